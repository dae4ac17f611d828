"""Amounts with a decimal comma that nobody quoted in a file of commas: `-45,10` is two cells.

Every row is then wider than the header by the number of such amounts, and the cents of each stand
behind it.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers import guess_words
from reconcile.readers.text import RawTable

_WHOLE = r"\s*[-+(]?\W{0,2}\d{1,3}(?:[. ]?\d{3})*"
_CENTS = r"\d\d[-)]?(?: ?[^\d\s]{1,3})?\s*"
# Instalments and months are no larger; cents of a few amounts are.
_INSTALMENTS = 48
# A day, a text and an amount.
_LEAST = 3


def joined(raw: RawTable) -> RawTable:
    """The table with such amounts in one cell each; as it is where rows are no wider, or where it
    is open which cells belong together.
    """
    if raw.delimiter != ",":
        return raw
    wide_enough = ((n, row) for n, row in raw.headings() if raw.count[n] >= _LEAST)
    known = (n for n, row in wide_enough if sum(map(guess_words.is_known, row)) > 1)
    header = next(known, None)
    if header is None:
        return raw
    names = int(raw.count[header])
    rows = header + 1 + np.flatnonzero(raw.count[header + 1 :] > 1)
    if not len(rows) or not (raw.count[rows] == raw.count[rows[0]]).all():
        return raw
    wide = int(raw.count[rows[0]])
    # Delimiters inside quotes make no cells.
    if not names < wide <= raw.width:
        return raw
    places = _places(raw.cells.iloc[rows], wide)
    if len(places) != wide - names:
        return raw
    return replace(raw, cells=_joined(raw.cells, rows, places, wide))


def _places(body: pd.DataFrame, wide: int) -> list[int]:
    """The columns of numbers in all rows behind which cents stand in all rows."""
    out: list[int] = []
    for at in range(wide - 1):
        taken = out and out[-1] == at - 1
        if taken or not body[at].str.fullmatch(_WHOLE).all():
            continue
        cents = body[at + 1]
        if cents.str.fullmatch(_CENTS).all() and cents.str[:2].astype("int64").max() > _INSTALMENTS:
            out.append(at)
    return out


def _joined(
    cells: pd.DataFrame, rows: npt.NDArray[np.intp], places: list[int], wide: int
) -> pd.DataFrame:
    out = cells.astype(object)
    body = out.iloc[rows]
    columns, at = [], 0
    while at < wide:
        columns.append(body[at] + "," + body[at + 1] if at in places else body[at])
        at += 2 if at in places else 1
    blank = pd.Series("", index=body.index, dtype=object)
    for number in range(wide):
        column = out[number].copy()
        column.iloc[rows] = (columns[number] if number < len(columns) else blank).to_numpy()
        out[number] = column
    return out
