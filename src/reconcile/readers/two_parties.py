"""Columns of who paid and of who was paid, of which one always names the account's holder: joined.

German, Finnish and other banks print both; the shop of a refund stands where that of a purchase
does not.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from reconcile.readers import guess_words
from reconcile.readers.text import RawTable

# Words of a header that a row has to have; rows that tell the holder, and their least share.
_KNOWN, _SAMPLE, _NEARLY_ALL = 3, 1000, 0.95


def joined(raw: RawTable) -> RawTable:
    """The table with the other party of each row in the column that is called a text, and in the
    other the side on which the row stands, or nothing where the headings do not tell it; as it is
    where no name stands in one of two columns in nearly every row.
    """
    named = (each for each in raw.headings() if sum(map(guess_words.is_known, each[1])) >= _KNOWN)
    number, row = next(named, (0, []))
    body = raw.cells.iloc[number + 1 : number + 1 + _SAMPLE].astype(object)
    body = body[(body != "").sum(axis=1) >= _KNOWN]
    found = _parties(row, body) if len(body) else None
    if found is None:
        return raw
    text, other, holder = found
    cells = raw.cells.copy()
    shown, hidden = (cells[at].astype(object).copy() for at in (text, other))
    below = np.arange(len(cells)) > number
    received, paid = (column.eq(holder) & below for column in (shown, hidden))
    cells[text] = shown.mask(received, hidden)
    if (out := guess_words.is_payer(row[other], row[text])) is None:
        cells[other] = hidden.mask(received | paid, "")
    else:
        sides = np.select([paid, received], ["out", "in"] if out else ["in", "out"], "")
        cells[other] = hidden.mask(below, pd.Series(sides, index=hidden.index))
        cells.iloc[number, other] = "in/out"
    return replace(raw, cells=cells)


def _parties(header: Sequence[str], body: pd.DataFrame) -> tuple[int, int, str] | None:
    """The two columns, that of texts first, and the holder's name in them."""
    fields = [guess_words.meanings(cell) for cell in header[: body.shape[1]]]
    part = guess_words.pattern("parts", "description")
    free = [at for at, found in enumerate(fields) if "account" not in found]
    texts = [
        at
        for at in free
        if "description" in fields[at] or part.search(guess_words.bare(header[at]))
    ]
    texts += [at for at in free if at not in texts and guess_words.names_payee(header[at])]
    often = {at: set(body[at].mode()[:1]) - {""} for at in free} if texts else {}
    for text, other in product(texts, free):
        for holder in often[text] | often[other] if text != other else ():
            here, there = body[text].eq(holder), body[other].eq(holder)
            if here.any() and there.any() and (here ^ there).mean() >= _NEARLY_ALL:
                return text, other, str(holder)
    return None
