"""Linking rules in use elsewhere, to be measured on the same worlds.

Each takes the AliExpress rows of a ledger (found perfectly, which favours them) and returns
(charge id, refund id) pairs. They see amounts and dates of the billing currency only, as they do
where they are in use, and give each row to one pair at most unless said otherwise.
"""

import importlib.util
from collections.abc import Callable

import numpy as np
import pandas as pd

from reconcile import ledger as schema

Pairs = list[tuple[str, str]]
Peer = Callable[[pd.DataFrame], Pairs]


def same_amount(rows: pd.DataFrame) -> Pairs:
    """The same amount, at most 45 days earlier; the nearest in time where several fit."""
    return _greedy(rows, days=45, share=0.0)


def within_five_percent(rows: pd.DataFrame) -> Pairs:
    """At most 5% apart and 90 days earlier; the nearest amount where several fit."""
    return _greedy(rows, days=90, share=0.05)


def nearest_amount(rows: pd.DataFrame) -> Pairs:
    """`pandas.merge_asof` on the amount per account, then only charges of the 90 days before.

    A charge may be given to several refunds.
    """
    charges, refunds = _sides(rows)
    joined = pd.merge_asof(
        refunds.sort_values("size", kind="stable"),
        charges.sort_values("size", kind="stable"),
        on="size",
        by="account",
        direction="nearest",
        suffixes=("_refund", "_charge"),
    ).dropna(subset="id_charge")
    apart = (joined["day_refund"] - joined["day_charge"]).dt.days
    good = joined[apart.between(0, 90)]
    return list(zip(good["id_charge"], good["id_refund"], strict=True))


def splink_link(rows: pd.DataFrame) -> Pairs:
    """Splink on amount and date (see `splink_peer`), settled one to one."""
    from benchmarks.splink_peer import link

    charges, refunds = _sides(rows)
    found: Pairs = link(charges, refunds)
    return found


PEERS: dict[str, Peer] = {
    "same amount, 45 days": same_amount,
    "within 5%, 90 days, nearest": within_five_percent,
    "merge_asof, nearest amount": nearest_amount,
}


def available() -> tuple[dict[str, Peer], dict[str, str]]:
    """The peers that can run here, and for each that cannot, why."""
    if importlib.util.find_spec("splink") is None:
        return PEERS, {"splink": "the splink package is not installed"}
    return {**PEERS, "splink": splink_link}, {}


def _sides(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Charges and refunds with id, account, day and size (absolute minor units), oldest first."""
    table = pd.DataFrame(
        {
            "id": rows["id"],
            "account": rows["account"],
            "day": schema.day(rows),
            "size": rows["amount"].abs(),
        }
    ).sort_values(["account", "day", "id"], ignore_index=True)
    charge = table["id"].isin(set(rows.loc[rows["amount"] > 0, "id"]))
    return table[charge], table[~charge]


def _greedy(rows: pd.DataFrame, days: int, share: float) -> Pairs:
    """Refunds in order of date, each taking the nearest free charge (amount, then date)."""
    charges, refunds = _sides(rows)
    out: Pairs = []
    for account, mine in refunds.groupby("account"):
        theirs = charges[charges["account"] == account]
        size = theirs["size"].to_numpy()
        day = theirs["day"].to_numpy("datetime64[D]")
        names = theirs["id"].to_numpy()
        free = np.ones(len(theirs), np.bool_)
        for name, when, amount in zip(
            mine["id"], mine["day"].to_numpy("datetime64[D]"), mine["size"], strict=True
        ):
            apart = (when - day).astype(np.int64)
            away = np.abs(size - amount)
            good = free & (apart >= 0) & (apart <= days) & (away <= share * size)
            if good.any():
                best = int(np.lexsort((apart, np.where(good, away, np.iinfo(np.int64).max)))[0])
                free[best] = False
                out.append((str(names[best]), str(name)))
    return out
