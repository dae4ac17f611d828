"""A header that comes again with its columns in other places: brought into the order of the first.

Cards of Israel print purchases at home and abroad below each other, these with one column more.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from reconcile.readers import guess_words
from reconcile.readers.text import RawTable, has_digit

# Words of a header that the first row has to have, and share of those of the second in the first.
_KNOWN, _ALIKE = 3, 0.6
# More headers than any statement has, to bring rows below each into place.
_MOST = 100


def joined(raw: RawTable) -> RawTable:
    """The table with the columns of each later header below those of the first that are called the
    same, and its other ones behind all; as it is where no header comes again in another order.
    """
    found = (each for each in raw.headings() if sum(map(guess_words.is_known, each[1])) >= _KNOWN)
    number, row = next(found, (0, []))
    first = next((at for at, cell in enumerate(row) if cell.strip()), None)
    if first is None:
        return raw
    again = np.flatnonzero((raw.cells[first] == row[first]).to_numpy(np.bool_))
    again = again[again > number]
    titles = [_titles(raw.cells.iloc[at].tolist()) for at in again[:_MOST]]
    own = _titles(row)
    moved = [n for n, names in enumerate(titles) if names != own and _alike(names, own)]
    if not moved or any(_held(raw, at) for at in (number, *again)):
        return raw
    order = [*own, *dict.fromkeys(name for n in moved for name in titles[n] if name not in own)]
    cells = raw.cells.astype(object).reindex(columns=range(len(order)), fill_value="").copy()
    count = raw.count.copy()
    ends = [*again[1:], len(cells)]
    for n in moved:
        rows = np.arange(again[n], ends[n])
        cells.iloc[rows] = _in_order(raw.cells.iloc[rows], titles[n], order)
        count[rows[count[rows] == raw.count[again[n]]]] = raw.count[number]
    heads = [number, *again]
    cells.iloc[heads] = [[name for name, _ in order]] * len(heads)
    return replace(raw, cells=cells, count=count)


def _held(raw: RawTable, header: int) -> bool:
    """Whether a line above a header calls its rows pending, which those of the others are not."""
    if not header:
        return False
    above = raw.cells.iloc[max(header - 2, 0) : header].agg(" ".join, axis=1)
    return bool(above.str.lower().str.contains(guess_words.pattern("holds", "amount")).any())


def _titles(row: Sequence[str]) -> list[tuple[str, int]]:
    """The names of a header's cells, each with how often it stood before; blank ones by place."""
    names = [cell.strip() for cell in row]
    return [(name, names[:at].count(name) if name else at) for at, name in enumerate(names)]


def _alike(titles: list[tuple[str, int]], own: list[tuple[str, int]]) -> bool:
    """Whether a row that begins as a header does is one with most of its names."""
    named = [title for title in titles if title[0]]
    return not has_digit(name for name, _ in named) and (
        len(set(named) & set(own)) >= max(_KNOWN, _ALIKE * len(named))
    )


def _in_order(
    rows: pd.DataFrame, titles: list[tuple[str, int]], order: list[tuple[str, int]]
) -> np.ndarray:
    places = [titles.index(title) if title in titles else None for title in order]
    blank = np.full(len(rows), "", object)
    columns = [blank if at is None else rows[at].to_numpy(object) for at in places]
    return np.stack(columns, axis=1)
