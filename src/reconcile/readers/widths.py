"""Rows whose cells may have moved: they are not as many as the header and the other rows have.

A cell lost or doubled puts all behind it under other names, so that a balance or a fee is read as
the amount. Which cell it was cannot be told; such rows are rejected.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.layout import Layout
from reconcile.readers.text import RawTable

_Bools = npt.NDArray[np.bool_]
# Fields of free text.
_TEXTS = ("description", "memo")
# So many rows, and such a share of them, are not too short by accident.
_SEVERAL, _MANY = 3, 0.2


def moved(
    raw: RawTable,
    layout: Layout,
    positions: Mapping[str, Sequence[int]],
    header: int | None,
    rows: _Bools,
    straightened: bool,
) -> _Bools:
    """Which of `rows` have another number of cells than belongs to them.

    That is the header's, or more where its last column is text that holds bare delimiters.
    Where most rows have another number, it may be theirs: with a delimiter at the end of every row
    or of the header, or with cells left out at the end that are empty where they are not; where
    many rows are too short, by one cell or more, the file leaves out empty ones. Else the
    header itself has lost or doubled a cell, and no row can be told. Without a header it is what
    the layout says, if it does; rows brought to the layout's width can only be too short.
    """
    rows = rows & (raw.span == 1)
    # The cells of a sheet or page stand in columns, however few a row has; of a header over several
    # lines it is not known how many it has.
    untold = not layout.widths if header is None else raw.span[header] != 1
    if raw.placed or untold or not rows.any():
        return np.zeros(len(rows), np.bool_)
    # A delimiter inside quotes parts no cells.
    count = raw.count - _quoted(raw)
    if straightened:
        return np.asarray(rows & (count < min(layout.widths)))
    if header is None:
        return np.asarray(rows & ~np.isin(count, layout.widths))
    named, found = int(count[header]), np.bincount(count[rows], minlength=int(count[header]) + 1)
    usual = int(found.argmax())
    if 2 * found[usual] <= rows.sum():
        usual = named
    agree = bool(found[named])
    if usual > named:
        agree = not agree and bool(_blank(raw.cells[rows & (count == usual)], named, usual).all())
    elif usual < named:
        left_out = _blank(raw.cells[rows & (count == named)], usual, named).any()
        agree = bool(left_out or _blank(raw.cells.iloc[[header]], usual, named).all())
    good = np.isin(count, [named, usual]) & agree
    short = count < named
    if usual == named and agree and (rows & short).sum() >= max(_SEVERAL, _MANY * rows.sum()):
        good |= short
    if any(named - 1 in positions.get(name, []) for name in _TEXTS):
        good |= (count > named) & ~_blank(raw.cells, named, raw.width)
    return np.asarray(rows & ~good)


def _quoted(raw: RawTable) -> npt.NDArray[np.int64]:
    """Delimiters inside the cells of each record."""
    out = np.zeros(len(raw.cells), np.int64)
    for name in raw.cells:
        codes, texts = distinct(raw.cells[name])
        if raw.delimiter in "\n".join(texts):
            out += texts.str.count(re.escape(raw.delimiter)).to_numpy(np.int64)[codes]
    return out


def _blank(cells: pd.DataFrame, start: int, end: int) -> _Bools:
    """Rows without text from one column to before another."""
    some = cells[[name for name in cells if start <= int(str(name)) < end]].astype(object)
    return (some.map(str.strip) == "").all(axis=1).to_numpy(np.bool_)
