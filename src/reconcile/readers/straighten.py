"""Rows with more or fewer cells than their layout, brought back to its width.

Some banks quote nothing: a shop's bare comma or an amount's thousands separator makes a row too
wide. Others leave cells out in the middle of a row. A spreadsheet makes all rows as wide as the
widest. Only rows of an unusual width are looked at.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout, header_row
from reconcile.money import fold
from reconcile.readers import fields
from reconcile.readers.text import RawTable

_Rows = npt.NDArray[np.int64]


def straighten(raw: RawTable, layout: Layout) -> RawTable:
    """The table with cells as wide as the layout's widest row, where it tells widths to mend."""
    bends = (layout.wide_column, layout.thousands_column, layout.short_column)
    if not layout.widths or all(column is None for column in bends):
        return raw
    width, narrow = max(layout.widths), min(layout.widths)
    at = _header(raw, layout)
    if at is not None and raw.count[at] > width and raw.cells.iloc[at, width:].any():
        return raw  # the user has put in columns, or moved them
    count = raw.count.copy()
    most = max(width, raw.width, int(count.max()))
    out = raw.cells.astype(object).reindex(columns=range(most), fill_value="").copy()
    if _padded(raw, layout, width):
        _unpad(out, count, layout.thousands_column, width)
    for wide in np.unique(count[count > narrow]):
        rows = np.flatnonzero(count == wide)
        if layout.thousands_column is not None and wide > width:
            _join_thousands(out, count, rows, layout.thousands_column, width)
        if layout.wide_column is not None:
            for now in np.unique(count[rows]):
                part = rows[count[rows] == now]
                _join_text(out, count, part, layout, layout.wide_column)
    if layout.short_column is not None:
        for short in set(layout.widths) - {width}:
            rows = np.flatnonzero(count == short)
            # Of all rows pandas gives no copy, so that cells would be blanked before they move.
            tail = out.iloc[rows][list(range(layout.short_column, short))].to_numpy(copy=True)
            out.iloc[rows, layout.short_column : width] = ""
            out.iloc[rows, layout.short_column + width - short : width] = tail
    return replace(raw, cells=out[list(range(width))])


def _padded(raw: RawTable, layout: Layout, width: int) -> bool:
    """Whether the header, which has no empty cell of its own, was filled up with empty cells."""
    if raw.count.max(initial=0) <= width:
        return False
    at = _header(raw, layout)
    return at is not None and raw.count[at] > width and not raw.cells.iloc[at, width:].any()


def _header(raw: RawTable, layout: Layout) -> int | None:
    return header_row(layout, raw.head) if layout.header else None


def _unpad(out: pd.DataFrame, count: _Rows, column: int | None, width: int) -> None:
    """Take empty cells at the end off the count of rows, down to the layout's width.

    An empty cell may as well be a row's own last one, behind an amount that takes several cells,
    so before each step such amounts are joined.
    """
    for wide in range(int(count.max()), width, -1):
        rows = np.flatnonzero(count == wide)
        if column is not None and len(rows):
            _join_thousands(out, count, rows, column, width)
            rows = rows[count[rows] == wide]
        count[rows[out.iloc[rows, wide - 1].eq("").to_numpy(np.bool_)]] -= 1


def _join_thousands(out: pd.DataFrame, count: _Rows, rows: _Rows, column: int, width: int) -> None:
    """Amounts such as `-1,200` that take several cells, the column counted from the right."""
    wide = int(count[rows[0]])
    last = wide - width + column
    open_ = np.ones(len(rows), np.bool_)
    for extra in range(wide - width, 0, -1):
        part = out.iloc[rows]
        good = open_ & part[last - extra].map(fold).str.fullmatch(r"[-+]?\d{1,3}").to_numpy(
            np.bool_
        )
        for cell in range(last - extra + 1, last + 1):
            good &= part[cell].str.fullmatch(r"\d{3}").to_numpy(np.bool_)
        _merge(out, rows[good], last - extra, extra, wide)
        count[rows[good]] -= extra
        open_ &= ~good


def _join_text(out: pd.DataFrame, count: _Rows, rows: _Rows, layout: Layout, column: int) -> None:
    """Text with bare delimiters: as few cells are joined as give the rest the shape, of rows filled
    with empty cells where those that the layout does not have are among them.
    """
    if not len(rows):
        return
    wide, width, narrow = int(count[rows[0]]), max(layout.widths), min(layout.widths)
    open_ = np.ones(len(rows), np.bool_)
    filled = _filled(out.iloc[rows, :wide]) if wide > width else np.full(len(rows), wide)
    all_alike = bool((count == wide).all())
    exact = [extra for extra in range(wide - narrow + 1) if wide - extra in layout.widths]
    padded = [extra for extra in range(wide - width) if layout.shape]
    for extra in (*padded, *exact):
        good = open_ & (filled <= width + extra)
        if not good.any():
            continue
        for at, pattern in layout.shape:
            cell = at + extra if at > column else at
            if cell < out.shape[1]:
                good[good] = _looks(out.iloc[rows[good], cell], pattern.pattern)
        if extra:
            _merge(out, rows[good], column, extra, wide)
        count[rows[good]] = min(wide - extra, width)
        open_ &= ~good
    if wide > width:
        if all_alike:
            # Every row was filled up: those that are short without it are no movements.
            open_ &= filled > narrow
        _merge(out, rows[open_], column, wide - width, wide)
        count[rows[open_]] -= wide - width


def _filled(cells: pd.DataFrame) -> _Rows:
    """How many cells each row has up to the last one that is not empty."""
    full = (cells != "").to_numpy(np.bool_)
    upto: _Rows = np.where(full, np.arange(1, full.shape[1] + 1), 0).max(axis=1)
    return upto


def _looks(cells: pd.Series, pattern: str) -> npt.NDArray[np.bool_]:
    return fields.on_unique(
        cells, lambda unique: unique.map(fold).astype("str").str.fullmatch(pattern)
    ).to_numpy(np.bool_)


def _merge(out: pd.DataFrame, rows: _Rows, start: int, extra: int, count: int) -> None:
    """Join `extra` + 1 cells from `start` on, and move the rest of the row to the left."""
    if not len(rows):
        return
    part = out.iloc[rows]
    tail = part[list(range(start + extra + 1, count))].to_numpy(copy=True)
    out.iloc[rows, start] = (
        part[list(range(start, start + extra + 1))].agg(",".join, axis=1).to_numpy()
    )
    out.iloc[rows, start + 1 : count - extra] = tail
    out.iloc[rows, count - extra : count] = ""
