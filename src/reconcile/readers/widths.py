"""Rows whose cells have moved: they are more or fewer than the header's, and do not look like those
of the other rows.

A cell lost or doubled puts all behind it under other names, so that a balance or a fee is read as
the amount. Which cell it was cannot be told; such rows are rejected. Most rows of another width are
harmless: a delimiter at the end, empty cells left out, a bare delimiter in a text at the end.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout
from reconcile.readers import misnamed
from reconcile.readers.shapes import TEXT, shapes
from reconcile.readers.text import RawTable

_Bools = npt.NDArray[np.bool_]
_Rows = npt.NDArray[np.int64]
# Fields that hold what a movement is; a row that ends before one of them has lost a cell.
_MONEY = ("amount", "debit", "credit", "balance", "fee_amount", "original_amount")
_NEEDED = (
    *_MONEY, "transaction_date", "posted_date", "description", "currency", "original_currency",
    "direction",
)  # fmt: skip
# Fewer whole rows do not show what a column can look like; more than so many are not looked at.
_TELLING, _SAMPLE = 5, 20_000
# A header that lost or gained more cells is none.
_LOST = 3


def moved(
    raw: RawTable,
    layout: Layout,
    positions: Mapping[str, Sequence[int]],
    header: int | None,
    rows: _Bools,
    straightened: bool,
) -> _Bools:
    """Which of `rows`, the transactions, have cells that must have moved.

    Rows as wide as the header (without one: as the layout says) are never judged. Rows that were
    brought to the layout's width can only be too short.
    """
    out = np.zeros(len(rows), np.bool_)
    # The cells of a sheet, page or frame stand in columns, however few a row has; of a header over
    # several lines it is not known how many it has.
    untold = not layout.widths if header is None else raw.span[header] != 1
    every, rows = rows, rows & (raw.span == 1)
    if raw.placed or untold or not rows.any():
        return out
    count = raw.count
    if straightened:
        return np.asarray(rows & (count < min(layout.widths)))
    widths = layout.widths if header is None else (int(count[header]),)
    named = max(widths)
    whole = np.flatnonzero(rows & np.isin(count, widths))
    odd = np.flatnonzero(rows & ~np.isin(count, widths))
    if not len(odd):
        return out
    # Of several columns for one field the first is the one that most rows have.
    last = max(positions[name][0] for name in _NEEDED if positions.get(name))
    short, surplus = count[odd] < named, ~_blank(raw.cells.iloc[odd], named, raw.width)
    gone = short & (count[odd] <= last)
    # In a last column that is not needed, or is text, bare delimiters may stand.
    in_text = any(named - 1 in positions.get(name, []) for name in ("description", "memo"))
    free = in_text or last < named - 1
    strange = _strange(raw.cells, whole, odd, np.minimum(count[odd], named - 1 if free else named))
    if len(whole):
        # A last amount with bare delimiters in it (1,200.50) is read in part.
        amount_last = any(named - 1 in positions.get(name, []) for name in _MONEY)
        gone |= ~short & surplus & amount_last
    elif header is not None:
        # No row is as wide as the header, so it may be the header that lost or doubled a cell; of
        # several columns of numbers one would then be read as another.
        several = sum(bool(positions.get(name)) for name in _MONEY) > 1
        gone |= ~short & (several and not in_text and bool(surplus.any()))
    out[odd] = gone | strange
    if header is not None:
        names = raw.cells.iloc[header].astype(str).tolist()
        wrong = np.zeros(len(odd), np.bool_)
        by = count[odd] - named
        for each in np.unique(by[np.abs(by) <= _LOST]):
            mine = raw.cells.iloc[odd[by == each]]
            wrong[by == each] = misnamed.misnamed(mine, layout, positions, each)
        if np.count_nonzero(short) > len(whole) and misnamed.twins(names):
            wrong |= short
        out[odd[wrong]] = True
        # Where that is most rows it is the header: rows as wide as it have lost a cell too, and of
        # those over several lines it is not known.
        if np.count_nonzero(wrong) > len(whole):
            out |= every
    return out


def _strange(cells: pd.DataFrame, whole: _Rows, odd: _Rows, upto: _Rows) -> _Bools:
    """Which odd rows hold, before the column `upto`, what no whole row has in that column."""
    out = np.zeros(len(odd), np.bool_)
    if len(whole) < _TELLING:
        return out
    whole = whole[:: max(len(whole) // _SAMPLE, 1)]
    for number, name in enumerate(cells):
        seen = np.bincount(shapes(cells[name].iloc[whole]), minlength=TEXT + 1) > 0
        out |= (number < upto) & ~seen[shapes(cells[name].iloc[odd])]
    return out


def _blank(cells: pd.DataFrame, start: int, end: int) -> _Bools:
    """Rows without text from one column to before another."""
    some = cells[[name for name in cells if start <= int(str(name)) < end]].astype(object)
    return (some.map(str.strip) == "").all(axis=1).to_numpy(np.bool_)
