"""Exports that tell no card number: of which card they are, where they repeat its rows.

A file that a user renamed has lost the number that stood in its name. Were it another account, each
of its rows that an export of the card shows too would count twice.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile import overlap

# Rows that both must show, and the share of the unnamed export's rows on the days that both show.
_ROWS, _SHARE = 3, 0.5


class Owner(NamedTuple):
    """Whose rows an export repeats: the account, one of its keys, and how many rows are alike."""

    account: str
    key: str
    rows: int


def owners(rows: pd.DataFrame) -> dict[int, Owner]:
    """By source, the one numbered account whose rows an export without a number repeats.

    `rows` is as `overlap.compare` takes it, with `account_key`; labels of numbered accounts begin
    with '…'. An export that repeats the rows of two accounts is of neither.
    """
    numbered = rows["account"].str.startswith("…").to_numpy(np.bool_)
    lone = set(rows.loc[~numbered, "source"]) - set(rows.loc[numbered, "source"])
    if not lone or not numbered.any():
        return {}
    book = overlap.as_compared(rows)
    cards = [part for _, part in book[numbered].groupby("account")]
    out = {}
    for source in sorted(lone):
        mine = book[book["source"].eq(source)]
        found = [
            (len(both), str(card["account"].iloc[0]), int(card.index[0]))
            for card in cards
            if len(both := _shared(mine, card)) >= _ROWS
        ]
        if len(found) == 1:
            count, account, at = found[0]
            out[int(source)] = Owner(account, str(rows["account_key"].iloc[at]), count)
    return out


def _shared(mine: pd.DataFrame, card: pd.DataFrame) -> pd.Index:
    """The rows of an export that a card shows too; none where they are too few of its days."""
    inside = mine[mine["day"].between(card["day"].min(), card["day"].max())]
    theirs = card[card["day"].between(mine["day"].min(), mine["day"].max())]
    if len(inside) < _ROWS or len(theirs) < _ROWS:
        return inside.index[:0]
    both = pd.Index(overlap.same(inside, theirs)[0])
    return both if len(both) >= _SHARE * len(inside) else both[:0]
