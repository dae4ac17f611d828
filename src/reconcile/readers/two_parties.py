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

# Rows that tell the holder, and their least share.
_SAMPLE, _NEARLY_ALL = 1000, 0.95


def joined(raw: RawTable) -> RawTable:
    """The table with the other party of each row in the column of who was paid, and in that of who
    paid the side on which the row stands; as it is where no name stands in one of both in nearly
    every row, or two names do equally.
    """
    number, row = guess_words.header_among(raw.headings())
    body = raw.cells.iloc[number + 1 : number + 1 + _SAMPLE].astype(object)
    body = body[(body != "").sum(axis=1) >= guess_words.KNOWN]
    found = _parties(row, body) if len(body) else []
    if len(found) != 1:
        return raw
    payer, payee, holder = found[0]
    cells = raw.cells.copy()
    from_, to = (cells[at].astype(object).copy() for at in (payer, payee))
    below = np.arange(len(cells)) > number
    paid, received = (column.eq(holder) & below for column in (from_, to))
    cells[payee] = to.mask(received, from_)
    sides = np.select([paid, received], ["out", "in"], "")
    cells[payer] = from_.mask(below, pd.Series(sides, index=from_.index))
    cells.iloc[number, payer] = "in/out"
    return replace(raw, cells=cells)


def _parties(header: Sequence[str], body: pd.DataFrame) -> list[tuple[int, int, str]]:
    """Columns of who paid and of who was paid, and the holder's name in them."""
    free = [at for at, cell in enumerate(header) if "account" not in guess_words.meanings(cell)]
    payees = [at for at in free if guess_words.names_payee(header[at])]
    pairs = [
        (one, other)
        for one, other in product(free, payees)
        if guess_words.is_payer(header[one], header[other])
    ]
    holders = [(*pair, _holder(*(body[at] for at in pair))) for pair in pairs]
    return [(payer, payee, holder) for payer, payee, holder in holders if holder]


def _holder(payer: pd.Series, payee: pd.Series) -> str | None:
    """The name on one of the two sides of nearly every row that names anybody, and now and then on
    the other. Of two it is that which pays more often, as purchases are more than refunds; None
    where none is.
    """
    # Transfers between the holder's own accounts have no parties.
    some = payer.ne("") | payee.ne("")
    payer, payee = payer[some], payee[some]
    count = pd.concat([payer, payee]).value_counts()
    often = sorted(set(count.index[count >= _NEARLY_ALL * len(payer)]) - {""})
    pays = {
        str(name): int(payer.eq(name).sum())
        for name in often
        if payer.eq(name).any()
        and payee.eq(name).any()
        and (payer.eq(name) ^ payee.eq(name)).mean() >= _NEARLY_ALL
    }
    most = [name for name, times in pays.items() if times == max(pays.values())]
    return most[0] if len(most) == 1 else None
