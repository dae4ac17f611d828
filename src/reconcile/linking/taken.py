"""Money in that is no refund which stands: rewards, and credits that a later row takes back.

A credit and the row that takes it back cancel each other: both leave the candidates, so that
neither counts as a refund or as a purchase. Which credit is meant is told by the words of its sort
and by its amount. Where it could be one of several equal ones, as many as stand stay candidates,
less sure; a credit of about the amount is no candidate.
"""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import credited
from reconcile.ledger import day, spelled
from reconcile.linking.candidates import LATEST_DAYS
from reconcile.text import Message

# A credit taken back at another day's rate is taken back within so many days: later another credit
# of about that size is as likely the one.
_NEAR_DAYS = 60
_SORTS = ("provisional", "dispute")
_MONEY = ["account", "currency"]


class Undone(NamedTuple):
    """A credit that was taken back, or perhaps was (not `sure`), in minor units."""

    id: str
    account: str
    currency: str | None
    amount: int
    day: dt.date
    until: dt.date
    sure: bool


class Aside(NamedTuple):
    """Ids of the rows that are no candidates, and why, of those that are money in; `undone` are
    the credits taken back, `stands` how likely credits are not the ones that were.
    """

    ids: frozenset[str]
    reasons: Mapping[str, Message]
    undone: tuple[Undone, ...] = ()
    stands: Mapping[str, float] = MappingProxyType({})

    def without(self, confirmed: frozenset[str]) -> "Aside":
        """All but the rows that the user's own word links."""
        left = {one: why for one, why in self.reasons.items() if one not in confirmed}
        return Aside(
            self.ids - confirmed, left, tuple(one for one in self.undone if one.id in left),
            {one: chance for one, chance in self.stands.items() if one in left},
        )  # fmt: skip


def aside(book: pd.DataFrame, own: pd.DataFrame) -> Aside:
    """The rows of a merchant that can be no part of any link; `book` is the ledger with all rows.

    A row that takes a credit back need not name the merchant: its amount and account do.
    """
    live = own[own["status"].isin(["posted", "pending"])]
    given = live[credited.rewards(live)]
    live = live[~live.index.isin(given.index)]
    takers = live[credited.takes_back(live)]
    back = live[live["amount"].lt(0) & live["kind"].isin(["refund", "adjustment", "purchase"])]
    rows = pd.concat([takers, back, *_nameless(book, back)])
    reasons = {
        str(one): Message("unlinked.reward") for one in given.loc[given["amount"].lt(0), "id"]
    }
    out = frozenset([*reasons, *given["id"], *takers["id"]])
    if not rows["amount"].gt(0).any():
        return Aside(out, reasons)
    undone = _undone(_table(rows, own))
    stays = undone["stands"].gt(0)
    chance = dict(
        zip(undone.loc[stays, "id"].astype(str), undone.loc[stays, "stands"], strict=True)
    )
    reasons |= _told(undone)
    gone = undone[~stays]
    columns = [gone[name].astype(object).tolist() for name in ("id", "account", "currency")]
    columns += [gone["size"].astype("int64").tolist()]
    columns += [gone[name].dt.date.tolist() for name in ("day", "until")]
    columns += [gone["sure"].astype("bool").tolist()]
    undone_ = tuple(
        Undone(*one)._replace(currency=one[2] or None) for one in zip(*columns, strict=True)
    )
    return Aside(out | frozenset(undone.loc[~stays, "id"].astype(str)), reasons, undone_, chance)


def _nameless(book: pd.DataFrame, back: pd.DataFrame) -> list[pd.DataFrame]:
    """Rows without a shop's name that take back a credit of one of these amounts, and the credits
    of other merchants that they could mean.
    """
    amount, sizes = book["amount"].to_numpy(np.int64), -back["amount"].to_numpy(np.int64)
    at = np.flatnonzero(np.isin(amount, sizes))
    # Hardly any row has such words: the texts are looked through before anything is copied.
    at = at[credited.saying(book["description"].iloc[at], "taken")]
    takers = spelled(_strange(book.iloc[at], back))
    takers = takers[credited.nameless(takers["description"])]
    if takers.empty:
        return []
    others = _strange(book.iloc[np.flatnonzero(np.isin(-amount, takers["amount"]))], back)
    return [takers, spelled(others[others["kind"].isin(["refund", "adjustment"])])]


def _strange(rows: pd.DataFrame, back: pd.DataFrame) -> pd.DataFrame:
    """Of some rows those of no merchant known here, on the accounts of its credits."""
    strange = rows["merchant"].isna() & rows["status"].isin(["posted", "pending"])
    return rows[strange & rows["account"].isin(back["account"].unique())]


def _table(rows: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Credits and the rows that take them back, in order of account, amount and day."""
    sort = np.zeros(len(rows), np.int64)
    for number, name in reversed(list(enumerate(_SORTS, 1))):
        sort[credited.saying(rows["description"], name)] = number
    table = pd.DataFrame({
        "id": rows["id"].astype("str"), "account": rows["account"].astype("str"),
        "currency": rows["currency"].astype("str").fillna(""), "size": rows["amount"].abs(),
        "step": np.where(rows["amount"].lt(0), 1, -1), "sort": sort, "day": day(rows),
        "own": rows["id"].isin(own["id"]), "foreign": _foreign(rows, own),
    })  # fmt: skip
    table = table[table["day"].notna()]
    order = [*_MONEY, "size", "day", "step", "id"]
    ascending = [name != "step" for name in order]
    return table.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)


def _foreign(rows: pd.DataFrame, own: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which credits can be taken back for another amount: at another day's rate, on accounts whose
    rows print foreign amounts, or where the credit itself is no purchase's amount.
    """
    printed = own["original_amount"].notna() & own["original_currency"].ne(own["currency"])
    bought = own[own["amount"].gt(0) & own["kind"].eq("purchase")]
    names = ["account", "currency", "amount"]
    keys = [
        pd.MultiIndex.from_frame(some[names].astype({"account": "str", "currency": "str"}))
        for some in (rows.assign(amount=rows["amount"].abs()), bought)
    ]
    abroad = rows["account"].isin(own.loc[printed, "account"].unique()).to_numpy(np.bool_)
    return abroad | ~keys[0].isin(keys[1])


def _undone(table: pd.DataFrame) -> pd.DataFrame:
    """The credits that are taken back: `id`, `until` when, whether it is `sure`, and, of those that
    stay candidates, how likely it `stands` (0: it does not stay).

    First those of the sort that the row names, then any of its amount, last those near it.
    """
    sorted_ = table[table["sort"].gt(0)]
    found = [_matched(sorted_, [*_MONEY, "size", "sort"])]
    left = table[~table["id"].isin(found[0]["used"])]
    found.append(_matched(left, [*_MONEY, "size"]))
    left = left[~left["id"].isin(found[1]["used"])]
    found.append(_near(left))
    every = pd.concat(found)
    return every[every["step"].eq(1) & every["own"]]


def _matched(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Credits and rows that take back as much, as brackets that open and close.

    Where as many close as have opened, all of those credits are taken back; where fewer do, any of
    them may be, and as many as are left over, the first ones, stay.
    """
    table = table.reset_index(drop=True)
    group = table.groupby(keys, sort=False).ngroup()
    far = table["day"].diff().dt.days.gt(LATEST_DAYS) | group.diff().ne(0)
    part = far.cumsum()
    # A row that finds no open credit takes back one that no statement shows.
    height = table["step"].groupby(part).cumsum()
    lost = table["step"].lt(0) & height.lt(
        height.groupby(part).cummin().groupby(part).shift(fill_value=0).clip(upper=0)
    )
    table, part = table[~lost], part[~lost]
    height = table["step"].groupby(part).cumsum()
    run = (height.sub(table["step"]).eq(0) & table["step"].eq(1)).cumsum()
    last = table["day"].where(table["step"].lt(0)).groupby(run).transform("max")
    # Credits that come after the last row that takes one back are not touched.
    table = table.assign(_run=run, _last=last)[last.notna() & table["day"].le(last)]
    left = table.groupby("_run")["step"].transform("sum")
    table["sure"] = left.eq(0)
    nth = table.groupby(["_run", "step"]).cumcount()
    opened = table["step"].eq(1).groupby(table["_run"]).transform("sum")
    # Where one may be another merchant's, none of these stays.
    strange = (table["step"].eq(1) & ~table["own"]).groupby(table["_run"]).transform("any")
    stays = table["step"].eq(1) & nth.lt(left) & ~strange
    table["stands"] = (left / opened.clip(lower=1)).where(stays, 0.0)
    closes = table.assign(_nth=nth)[table["step"].lt(0)].set_index(["_run", "_nth"])["day"]
    pair = pd.MultiIndex.from_arrays([table["_run"], nth])
    table["until"] = closes.reindex(pair).to_numpy()
    table["until"] = table["until"].where(table["sure"], table["_last"])
    return table.assign(used=table["id"])


def _near(table: pd.DataFrame) -> pd.DataFrame:
    """Credits near in amount to rows of the merchant that take some other amount back, or of their
    sort and larger: they may be what is meant.
    """
    takers = table[table["step"].lt(0) & table["own"]].sort_values("size", kind="stable")
    given = table[table["step"].gt(0)].sort_values("size", kind="stable")
    given = given.assign(amount=given["size"])
    rated = given[given["foreign"]]
    names = ["size", "day", "sort", *_MONEY]
    some = takers[names].rename(columns={"day": "until"})
    alike = pd.merge_asof(
        some.drop(columns="sort"), rated, on="size", by=_MONEY, direction="nearest"
    )
    alike = alike[(alike["amount"] - alike["size"]).abs().le(credited.MARGIN * alike["size"])]
    alike = alike[(alike["until"] - alike["day"]).dt.days.le(_NEAR_DAYS)]
    part = pd.merge_asof(
        some[some["sort"].gt(0)], given, on="size", by=[*_MONEY, "sort"], direction="forward"
    )
    both = pd.concat([alike, part])
    near = (both["until"] - both["day"]).dt.days.between(0, LATEST_DAYS)
    # One credit may be near several rows that take one back.
    return both[near].assign(sure=False, stands=0.0, size=both["amount"]).drop_duplicates("id")


def _told(undone: pd.DataFrame) -> dict[str, Message]:
    return {
        str(one): Message(f"unlinked.taken_back{'' if sure else '_unsure'}", {"day": until.date()})
        for one, sure, until in zip(undone["id"], undone["sure"], undone["until"], strict=True)
    }
