"""What a card's fee rows tell of it: how high its fee is, and what becomes of it on a refund."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile.fees import Attached
from reconcile.ledger import day, spelled

# What a whole refund may be of its purchase, as the exchange rate moves in between.
_REFUNDED = (0.9, 1.1)


class Printed(NamedTuple):
    """What an account's fee rows tell: the fee as a fraction, and the refund mode or `unknown`."""

    fee: float
    mode: str


def printed(book: pd.DataFrame, found: Attached) -> dict[str, Printed]:
    """What the fee rows of each account tell of its fee; accounts without any are not in it."""
    if not found.amount:
        return {}
    own = book.loc[book["id"].isin(list(found.amount)), "account"]
    rows = spelled(book[book["account"].isin(own)])
    taken = rows["id"].map(_taken(rows, found)).fillna(0)
    rows = rows[rows["kind"].isin(["purchase", "refund", "adjustment"])]
    fee = pd.Series(found.amounts(rows["id"]), index=rows.index)
    share = (taken[rows.index] / rows["amount"])[rows["amount"].gt(0) & taken[rows.index].ne(0)]
    out = share.groupby(rows["account"]).median()
    # On refunds: the fee comes back, is taken once more, or stays away, if all say the same.
    back = np.sign(fee[rows["amount"].lt(0) & rows["merchant"].notna()]).astype("float64")
    waived = rows[rows["amount"].gt(0) & fee.lt(taken[rows.index]) & rows["merchant"].notna()]
    back = _by_purchase(back, rows, waived)
    sides = back.groupby(rows["account"]).agg(["min", "max"]).reindex(out.index)
    same = sides["min"].where(sides["min"].eq(sides["max"]))
    mode = same.map({-1: "symmetric", 0: "kept", 1: "double"}).fillna("unknown")
    return {
        str(account): Printed(float(value), str(name))
        for account, value, name in zip(out.index, out, mode, strict=True)
    }


def _taken(rows: pd.DataFrame, found: Attached) -> dict[str, int]:
    """The fee rows' sum of each transaction without what was given back."""
    parent = {fee: one for one, ids in found.ids.items() for fee in ids}
    fees = rows[rows["amount"].gt(0) & rows["id"].isin(list(parent))]
    total = fees["amount"].groupby(fees["id"].map(parent)).sum()
    return {str(one): int(value) for one, value in total.items()}


def _by_purchase(back: pd.Series, rows: pd.DataFrame, waived: pd.DataFrame) -> pd.Series:
    """What is told `back` of each refund's fee, with those given back on the purchase (`waived`).

    A refund without a fee row of its own has its fee back where it may be that of such a purchase.
    As many refunds must fit as fees were given back: else nobody knows which refunds they were
    for, and nothing (NaN) is told of the account.
    """
    bare = back.index[back.eq(0)]
    if waived.empty or not len(bare):
        return back
    rows = rows.assign(_since=day(rows))[["account", "currency", "amount", "_since"]]
    one, two = rows.loc[bare].assign(_r=bare), rows.loc[waived.index].assign(_c=waived.index)
    both = one.merge(two, on=["account", "currency"], suffixes=("", "_paid"))
    low, high = _REFUNDED
    near = (-both["amount"]).between(both["amount_paid"] * low, both["amount_paid"] * high)
    both = both[near & both["_since"].ge(both["_since_paid"])]
    fits = both.groupby("account")[["_r", "_c"]].nunique()
    given = waived.groupby("account").size()
    fits = fits.reindex(given.index, fill_value=0)
    clear = given.index[fits["_r"].eq(given) & fits["_c"].eq(given)]
    out = back.mask(back.index.isin(both["_r"]), -1.0)
    unclear = rows["account"].isin(given.index.difference(clear))
    return out.where(~unclear[out.index])
