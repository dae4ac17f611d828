"""A header that comes again with its columns in other places: brought into the order of the first.

Cards of Israel print purchases at home and abroad below each other, these with one column more.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.readers import guess_words
from reconcile.readers.text import RawTable, has_digit

# Share of the words of another header in the first.
_ALIKE = 0.6
# More headers than any statement has that are not the same.
_MOST = 100


def joined(raw: RawTable) -> RawTable:
    """The table with the columns of each later header below those of the first that are called the
    same, and its other ones behind all; as it is where no header comes again in another order.
    """
    number, row = guess_words.header_among(raw.headings())
    first = next((at for at, cell in enumerate(row) if cell.strip()), None)
    if first is None:
        return raw
    again = _again(raw, number, row, first)
    texts = raw.cells.iloc[again].astype(object)
    codes = texts.groupby(list(texts), sort=False).ngroup().to_numpy(np.int64)
    titles = [_titles(each) for each in texts.drop_duplicates().to_numpy(object).tolist()]
    own = _titles(row)
    headed = [names == own or _alike(names, own) for names in titles[:_MOST]]
    moved = [n for n, good in enumerate(headed) if good and titles[n] != own]
    heads = again[np.isin(codes, np.flatnonzero(headed))]
    if not moved or len(titles) > _MOST or _held(raw, np.append(heads, number)):
        return raw
    order = [*own, *dict.fromkeys(name for n in moved for name in titles[n] if name not in own)]
    cells = raw.cells.astype(object).reindex(columns=range(len(order)), fill_value="").copy()
    count = raw.count.copy()
    # Which header each row stands below, and how many cells that has.
    height = np.diff(np.append(heads, len(cells)))
    below = np.repeat(codes[np.isin(again, heads)], height)
    whole = raw.count[heads[0] :] == np.repeat(raw.count[heads], height)
    for n in moved:
        rows = np.flatnonzero(below == n)
        cells.iloc[heads[0] + rows] = _in_order(raw.cells.iloc[heads[0] + rows], titles[n], order)
        count[heads[0] + rows[whole[rows]]] = raw.count[number]
    both = np.append(heads, number)
    cells.iloc[both] = [[name for name, _ in order]] * len(both)
    return replace(raw, cells=cells, count=count)


def _again(raw: RawTable, number: int, row: Sequence[str], first: int) -> npt.NDArray[np.int64]:
    """Rows below the header that begin as it does, with enough of its names and no digit."""
    rows = np.flatnonzero((raw.cells[first] == row[first]).to_numpy(np.bool_))
    rows = rows[rows > number]
    names = {cell.strip() for cell in row} - {""}
    same, digits = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
    for at in raw.cells if len(rows) else ():
        codes, texts = distinct(raw.cells[at].iloc[rows])
        same += texts.str.strip().isin(names).to_numpy(np.bool_)[codes]
        digits |= texts.str.contains(r"\d", regex=True).to_numpy(np.bool_)[codes]
    return rows[(same >= guess_words.KNOWN) & ~digits]


def _held(raw: RawTable, headers: npt.NDArray[np.int64]) -> bool:
    """Whether a line above a header calls its rows pending, which those of the others are not."""
    above = np.unique(np.concatenate([headers - 1, headers - 2]))
    lines = raw.cells.iloc[above[above >= 0]]
    words = guess_words.pattern("holds", "amount")
    return any(distinct(lines[at])[1].str.lower().str.contains(words).any() for at in lines)


def _titles(row: Sequence[str]) -> list[tuple[str, int]]:
    """The names of a header's cells, each with how often it stood before; blank ones by place."""
    names = [cell.strip() for cell in row]
    return [(name, names[:at].count(name) if name else at) for at, name in enumerate(names)]


def _alike(titles: list[tuple[str, int]], own: list[tuple[str, int]]) -> bool:
    """Whether a row that begins as a header does is one with most of its names."""
    named = [title for title in titles if title[0]]
    return not has_digit(name for name, _ in named) and (
        len(set(named) & set(own)) >= max(guess_words.KNOWN, _ALIKE * len(named))
    )


def _in_order(
    rows: pd.DataFrame, titles: list[tuple[str, int]], order: list[tuple[str, int]]
) -> np.ndarray:
    places = [titles.index(title) if title in titles else None for title in order]
    blank = np.full(len(rows), "", object)
    columns = [blank if at is None else rows[at].to_numpy(object) for at in places]
    return np.stack(columns, axis=1)
