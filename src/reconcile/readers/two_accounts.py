"""Columns that name the account of money out and that of money in, as budget programs print them.

`付款(轉出)` and `收款(轉入)`, of which each row fills one, become the account and the side on which
its row stands; two such columns of currencies become one.
"""

from collections.abc import Sequence

import numpy as np

from reconcile.readers import guess_values, guess_words
from reconcile.readers.text import RawTable, with_columns

# Share of the rows that fill one of both columns; rows between own accounts fill both.
_MOST = 0.9
# Rows that tell what stands in a column.
_SAMPLE = 1000


def joined(raw: RawTable) -> RawTable:
    """The table with such columns joined; as it is without them."""
    for number, row in raw.headings():
        for out, in_ in _pairs(row):
            raw = _joined(raw, number, out, in_)
    return raw


def _pairs(row: Sequence[str]) -> list[tuple[int, int]]:
    """Cells of a header that are called the same but for the words of money out and money in."""
    found: dict[str, dict[str, int]] = {}
    for at, cell in enumerate(row):
        side = guess_words.side_of(cell)
        if side is not None and not guess_words.names_a_card(cell):
            found.setdefault(side[1], {}).setdefault(side[0], at)
    return [(sides["out"], sides["in"]) for sides in found.values() if len(sides) == 2]


def _joined(raw: RawTable, number: int, out: int, in_: int) -> RawTable:
    body = raw.cells.iloc[number + 1 :]
    some = body[[out, in_]].head(_SAMPLE)
    if any(
        tells(some[at]) > 1 - _MOST
        for at in (out, in_)
        for tells in (guess_values.looks_like_money, guess_values.looks_like_dates)
    ):
        return raw
    texts = [body[at].astype(object).str.strip() for at in (out, in_)]
    filled = [text.ne("").to_numpy(np.bool_) for text in texts]
    used = (body != "").any(axis=1).to_numpy(np.bool_)
    one = filled[0] ^ filled[1]
    if not all(map(np.any, filled)) or one[used].mean() < _MOST:
        return raw
    whole = texts[0].where(filled[0], texts[1])
    money = guess_values.looks_like_currency(whole.head(_SAMPLE)) == 1
    sides = np.select([one & filled[0], one & filled[1]], ["out", "in"], "")
    names = ("currency", "") if money else ("account", "in/out")
    columns = {out: (names[0], whole), in_: (names[1], "" if money else sides)}
    return with_columns(raw, number, columns)
