"""Refunds that no charge of their card explains, with an equal charge of another card."""

import bisect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.advice import known_card
from reconcile.decisions import Decisions
from reconcile.ledger import day, spelled
from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS
from reconcile.tables import Due
from reconcile.text import Message, Money, masked

Ints = npt.NDArray[np.int64]

# Reasons for which a refund's charge may be looked for on the other cards of a run.
_NOT_HERE = ("unlinked.no_charge", "unlinked.unlikely", "unlinked.rejected")
_NEEDED = [
    "id", "file", "account", "transaction_date", "posted_date", "amount", "currency", "decimals",
    "original_amount", "original_currency", "kind",
]  # fmt: skip
# Cases that such a refund may be for; as nothing tells cards apart, it is or it is not.
_WAITING = ("missing", "waiting")
_EITHER = 0.5
# Steps by which AliExpress or the card company is asked for a refund that did not come to the card,
# and the days by which one may come before the day that the order tells.
_ASKING = ("refund_information", "contact_aliexpress", "ask_issuer", "chargeback", "check_card")
_EARLY = 10
# What is the same for a purchase and its refund: what the shop asked for, else what the card paid.
_EQUAL = (("original_amount", "original_currency"), ("amount", "currency"))


def on_other_cards(
    unlinked: pd.DataFrame,
    book: pd.DataFrame,
    cases: pd.DataFrame,
    decided: Decisions | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The unlinked refunds, with the charge of another card that one is equal to as its reason; and
    the cases, of which those that miss just such a refund say so.

    A shop may send a refund to another card than the one that paid. Such rows are not linked: two
    cards may well buy the same.
    """
    open_ = unlinked["reason"].map(lambda one: one.code in _NOT_HERE)
    asked = unlinked.loc[open_.to_numpy(np.bool_), "transaction"]
    own = book["merchant"].notna() & book["status"].isin(["posted", "pending"])
    if not len(asked) or book.loc[own, "account"].nunique() < 2:
        return unlinked, cases
    rows = spelled(book.loc[own, _NEEDED])
    waits = cases["refunds"].map(len).eq(0) & cases["verdict"].isin(_WAITING)
    used = [one for ids in cases.loc[~waits.to_numpy(np.bool_), "charges"] for one in ids]
    bought = rows["amount"].gt(0) & rows["kind"].eq("purchase") & ~rows["id"].isin(used)
    back = rows["id"].isin(asked)
    rows = rows[(bought | back) & day(rows).notna()].assign(refund=back)
    rows = rows.assign(
        day=day(rows).to_numpy("datetime64[D]").astype(np.int64), of=rows["account"].factorize()[0]
    ).reset_index(drop=True)
    found = _charges(rows)
    told = _told(rows, found)
    reasons = [
        told.get(one, reason)
        for one, reason in zip(unlinked["transaction"], unlinked["reason"], strict=True)
    ]
    cases = _perhaps_there(cases, rows, decided)
    return unlinked.assign(reason=pd.Series(reasons, unlinked.index, dtype=object)), cases


def _perhaps_there(
    cases: pd.DataFrame, rows: pd.DataFrame, decided: Decisions | None
) -> pd.DataFrame:
    """The cases, those whose refund may have come to another card for their owner to look at first.

    Equal is what is due, or what the shop was paid where all of it is. What the user decided stays,
    and cases that one refund would do for are all told of it.
    """
    names = ["explanation", "verdict", "confidence", "next_text"]
    asks = cases["verdict"].eq("missing") & cases["next_step"].isin(_ASKING)
    if not asks.any():
        return cases
    back = rows[rows["refund"]].sort_values(["day", "id"])
    refunds: list[Any] = list(back.itertuples(index=False))
    found: dict[tuple[Any, ...], list[Any]] = {}
    for one in refunds:
        for key in _keys(one):
            found.setdefault(key, []).append(one)
    mine = rows["id"].isin([one for ids in cases.loc[asks, "charges"] for one in ids])
    bought: list[Any] = list(rows[mine].itertuples(index=False))
    charges = {str(one.id): one for one in bought}
    told: list[dict[Any, Any]] = cases[names].to_dict("records")
    open_: list[Any] = list(cases[asks].itertuples(index=False))
    for at, case in zip(np.flatnonzero(asks).tolist(), open_, strict=True):
        paid = [charges[one] for one in case.charges if one in charges]
        if not paid or (decided and decided.of(case.id, case.charges + case.refunds)):
            continue
        one = _equal(case, paid, found)
        if one is not None:
            values = _arrived(one, paid[0].file)
            row = told[at]
            row |= {
                "explanation": [*row["explanation"], Message("explain.other_card", values)],
                "verdict": "review", "confidence": min(row["confidence"], _EITHER),
                "next_text": Message("advice.look_first", {**values, "text": row["next_text"]}),
            }  # fmt: skip
    return cases.assign(**{
        name: pd.Series([row[name] for row in told], cases.index, dtype=cases[name].dtype)
        for name in names
    })  # fmt: skip


def _keys(row: Any) -> list[tuple[Any, ...]]:
    """What has to be the same of a charge or what is due of it, and its refund."""
    out: list[tuple[Any, ...]] = []
    if pd.notna(row.currency):
        out.append((abs(int(row.amount)), row.currency, int(row.decimals)))
    if pd.notna(row.original_amount) and pd.notna(row.original_currency):
        out.append((abs(int(row.original_amount)), row.original_currency))
    return out


def _equal(case: Any, paid: Sequence[Any], found: Mapping[tuple[Any, ...], list[Any]]) -> Any:
    """The first refund on another card that may be what is due of a case, or None."""
    due: Due = case.due
    keys: list[tuple[Any, ...]] = [(due.amount, due.currency, due.places)]
    if len(paid) == 1 and due.amount == int(paid[0].amount):
        keys += _keys(paid[0])
    bought = min(int(one.day) for one in paid)
    since = bought if due.since is None else int(np.datetime64(due.since, "D").astype(np.int64))
    for key in keys:
        some = found.get(key, [])
        first = bisect.bisect_left(some, max(bought, since - _EARLY), key=lambda one: one.day)
        for at in range(first, len(some)):
            if some[at].day - bought > LATEST_DAYS:
                break
            if some[at].account != case.account:
                return some[at]
    return None


def _arrived(refund: Any, own: str) -> dict[str, Any]:
    """What a sentence says of a refund, to the owner of a card whose file is `own`."""
    name = None if pd.isna(refund.currency) else str(refund.currency)
    return {
        "amount": Money(-int(refund.amount), name, int(refund.decimals)),
        "day": np.datetime64(int(refund.day), "D").item(),
        "account": _account(refund.account, refund.file, own),
    }


def _charges(rows: pd.DataFrame) -> pd.Series:
    """By row of a refund, the row of the charge that is named for it."""
    found = pd.Series(dtype="int64")
    for amount, currency in _EQUAL:
        some = rows[rows[[amount, currency]].notna().all(axis=1) & ~rows.index.isin(found.index)]
        key = some.groupby([some[amount].abs(), currency], sort=False).ngroup()
        some = some.assign(key=key, row=some.index)
        # Each charge for one refund as far as they go; the nearest where there are too few.
        paired = _paired(some[~some["row"].isin(found)])
        left = some[~some["row"].isin(paired.index)]
        found = pd.concat([found, paired, _nearest(left)])
    return found


def _paired(rows: pd.DataFrame) -> pd.Series:
    """Each refund with the last equal charge before it that no refund between them is paired with.

    As brackets are: an open charge is a step up, a refund a step down, and those two are a pair
    that take the same step one after the other.
    """
    rows = rows.sort_values(["key", "day", "refund", "row"])
    height = rows["refund"].map({False: 1, True: -1}).groupby(rows["key"]).cumsum()
    rows = rows.assign(step=height + rows["refund"]).sort_values(["key", "step"], kind="stable")
    last = rows.shift()
    pair = rows["refund"] & last["refund"].eq(False) & last["of"].ne(rows["of"])
    pair &= last["key"].eq(rows["key"]) & last["step"].eq(rows["step"])
    pair &= (rows["day"] - last["day"]).le(LATEST_DAYS)
    return last.loc[pair, "row"].astype("int64").set_axis(rows.index[pair])


class _Sorted(NamedTuple):
    """Columns of charges in the order of key and day."""

    key: Ints
    day: Ints
    of: Ints
    row: Ints


def _nearest(rows: pd.DataFrame) -> pd.Series:
    """Each refund with the nearest equal charge before it, else with the one just after it."""
    refunds = rows[rows["refund"]]
    ordered = rows[~rows["refund"]].sort_values(["key", "day", "row"])
    if not len(refunds) or not len(ordered):
        return pd.Series(dtype="int64")
    c, r = (
        _Sorted(*(part[name].to_numpy(np.int64) for name in _Sorted._fields))
        for part in (ordered, refunds)
    )
    # One number orders keys and days together.
    low, gap = int(rows["day"].min()), int(rows["day"].max() - rows["day"].min()) + 1
    place = np.searchsorted(c.key * gap + c.day - low, r.key * gap + r.day - low, side="right")
    # Of the refund's own card are whole runs of charges, which are passed over.
    run = np.append(True, (c.key[1:] != c.key[:-1]) | (c.of[1:] != c.of[:-1])).cumsum()
    found = np.full(len(r.row), -1)
    for step, most in ((1, -EARLIEST_DAYS), (-1, LATEST_DAYS)):
        at = place if step > 0 else place - 1
        inside = np.clip(at, 0, len(c.row) - 1)
        own = (c.of[inside] == r.of) & (at == inside)
        past = np.searchsorted(run, run[inside] - (step < 0), side="right") - (step < 0)
        at = np.where(own, past, at)
        inside = np.clip(at, 0, len(c.row) - 1)
        fits = (at == inside) & (c.key[inside] == r.key) & (c.of[inside] != r.of)
        fits &= np.abs(r.day - c.day[inside]) <= most
        found[fits] = c.row[inside[fits]]
    return pd.Series(found, refunds.index)[found >= 0]


def _told(rows: pd.DataFrame, found: pd.Series) -> dict[str, Message]:
    """By refund, the sentence about the charge named for it."""
    charges, refunds = rows.loc[found], rows.loc[found.index]
    shared = found.duplicated(keep=False)
    dates = charges["day"].to_numpy("datetime64[D]").tolist()
    listed = zip(
        refunds["id"], refunds["file"], shared, dates, charges["amount"], charges["currency"],
        charges["decimals"], charges["account"], charges["file"], strict=True,
    )  # fmt: skip
    return {
        one: Message(f"unlinked.other_card{'_shared' if several else ''}", {
            "amount": Money(int(amount), None if pd.isna(currency) else str(currency), int(places)),
            "day": date, "account": _account(account, file, own),
        })
        for one, own, several, date, amount, currency, places, account, file in listed
    }  # fmt: skip


def _account(account: str, file: str, own: str) -> str | Message:
    """A card as its owner knows it; without a number, by its file, which may be the refund's."""
    known = known_card(account)
    if known:
        return masked(known)
    return Message("unlinked.same_file", {"file": file}) if file == own else file
