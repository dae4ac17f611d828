"""Exports that tell no card number: of which card they are, where they repeat its rows.

A file that a user renamed has lost the number that stood in its name. Were it another account, each
of its rows that an export of the card shows too would count twice.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from reconcile import same_rows

# Rows that both must show, and the share of the unnamed export's rows on the days that both show.
# So much is no chance: two cards may well pay the same subscriptions on the same days.
_ROWS, _SHARE = 3, 0.9


class Owner(NamedTuple):
    """Whose rows an export repeats: the account, one of its keys, and how many rows are alike."""

    account: str
    key: str
    rows: int


def owners(rows: pd.DataFrame) -> dict[int, Owner]:
    """By source, the one numbered account whose rows an export without a number repeats.

    `rows` is as `overlap.compare` takes it, with `account_key`; labels of numbered accounts begin
    with '…'. An export that names accounts in whatever way, or repeats rows of two, is of none.
    """
    numbered = rows["account"].str.startswith("…").to_numpy(np.bool_)
    lone = _lone(rows)
    if not lone or not numbered.any():
        return {}
    own = rows["source"].isin(lone).to_numpy(np.bool_)
    # Few rows of other exports have an amount of these: the rest need not be compared.
    amount = same_rows.printed(rows)
    alike = numbered & np.isin(amount, amount[own])
    days = rows["transaction_date"].fillna(rows["posted_date"])
    ends = days[numbered].groupby(rows.loc[numbered, "account"]).agg(["min", "max"])
    some = rows[own | alike].reset_index(drop=True)
    book = same_rows.as_compared(some)
    of_source = book.groupby("source").indices
    of_card = book[book["account"].str.startswith("…")].groupby("account").groups
    meet = _meeting(book[book["source"].isin(lone)], book[book["account"].isin(list(of_card))])
    shown = meet.groupby(["source", "account_other"])["row"].nunique()
    found: dict[int, list[tuple[Owner, bool]]] = {}
    pairs: list[Any] = shown.index[shown.ge(_ROWS)].tolist()
    for source, name in pairs:
        mine = book.iloc[of_source[source]]
        inside = mine[mine["day"].between(*ends.loc[name])]
        both = len(same_rows.same(inside, book.loc[of_card[name]])[0])
        if both >= _ROWS:
            owner = Owner(name, str(some["account_key"].loc[of_card[name][0]]), both)
            found.setdefault(int(source), []).append((owner, both >= _SHARE * len(inside)))
    return {at: told[0][0] for at, told in found.items() if len(told) == 1 and told[0][1]}


def doubled(rows: pd.DataFrame) -> list[tuple[int, int, int]]:
    """Exports without a number that show a shop's rows which another account's export shows too:
    source, the other's source, and how many; `rows` are those of the shop.

    One card's export may show too few of them to be known for its own, and would count twice.
    """
    lone = _lone(rows)
    if not lone or rows["account"].nunique() < 2:
        return []
    book = same_rows.as_compared(rows.reset_index(drop=True))
    meet = _meeting(book[book["source"].isin(lone)], book)
    names = ["account", "source", "account_other", "source_other"]
    pairs = meet[names].drop_duplicates().sort_values(names).to_numpy(object).tolist()
    where = book.groupby(["account", "source"]).indices
    out = []
    for account, source, other_account, other in pairs:
        parts = [book.iloc[where[side]] for side in ((account, source), (other_account, other))]
        count = len(same_rows.same(*parts)[0])
        out += [(int(source), int(other), count)] if count else []
    return out


def _meeting(lone: pd.DataFrame, book: pd.DataFrame) -> pd.DataFrame:
    """Rows of `lone` that those of another account's export may show too: `row`, by its index,
    `account` and `source`, and `account_other` and `source_other`; each at least once.

    All are found at once: of many exports, few show the same days, and each pair takes its time.
    """
    keys = ["amount", "core", "at"]
    own = ["account", "source"]
    sides = [
        pd.concat([
            part.assign(at=part[name] + pd.Timedelta(days=after)).dropna(subset="at")[kept + keys]
            for name in ("transaction_date", "posted_date") for after in afters
        ]).drop_duplicates()
        for part, kept, afters in (
            (lone.assign(row=lone.index), [*own, "row"], same_rows.NEAR), (book, own, (0,))
        )
    ]  # fmt: skip
    both = sides[0].merge(sides[1], on=keys, suffixes=("", "_other"))
    return both[both["account"].ne(both["account_other"])]


def _lone(rows: pd.DataFrame) -> set[int]:
    """The sources that tell of no row whose it is."""
    named = rows["account_key"].fillna("").ne("")
    return set(rows["source"]) - set(rows.loc[named, "source"])
