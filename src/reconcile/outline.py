"""The small tables beside the cases: cards, sums per currency, unlinked refunds, rates used."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from reconcile.advice import known_card
from reconcile.cards import CardModel
from reconcile.explain import Split
from reconcile.fees import Printed
from reconcile.ledger import day, spelled
from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS
from reconcile.linking.fit import Links
from reconcile.linking.worth import FOREIGN
from reconcile.rates import RateTable
from reconcile.tables import (
    CARD_COLUMNS,
    CAUSES,
    RATE_COLUMNS,
    SUMMARY_COLUMNS,
    UNLINKED_COLUMNS,
    frame,
)
from reconcile.text import Message, Money, masked

# A fee learned from the card is told when its 90% interval is narrower than this.
LEARNED_WIDTH = 0.008
# Reasons for which a refund's charge may be looked for on the other cards of a run.
_NOT_HERE = ("unlinked.no_charge", "unlinked.unlikely")


def unlinked(links: Links, split: Split, rates: RateTable) -> pd.DataFrame:
    """Refunds that no chosen story explains, each with the reason."""
    stories, moves = links.stories, links.moves
    used = np.zeros(len(moves.refund), np.bool_)
    for column in stories.refunds:
        rows = column[split.story]
        used[rows[rows >= 0]] = True
    alone = np.flatnonzero(moves.refund & ~used)
    could = set(np.concatenate(stories.refunds).tolist())
    every = moves.frame["id"].to_numpy(object)
    ids = every[alone].tolist()
    reasons = [
        links.aside.get(one)
        or (_why(moves.frame.iloc[row], rates) if row in could else Message("unlinked.no_charge"))
        for row, one in zip(alone.tolist(), ids, strict=True)
    ]
    # What may have been taken back is told here unless it is linked or stands above.
    inside = set(every[moves.refund].tolist()) if links.stands else set()
    aside = {one: why for one, why in links.aside.items() if one not in inside}
    return frame(UNLINKED_COLUMNS, {
        "transaction": ids + list(aside), "reason": reasons + list(aside.values()),
    })  # fmt: skip


def _why(refund: pd.Series, rates: RateTable) -> Message:
    """Why no charge that could fit a refund was taken for it."""
    currency = refund["currency"]
    if pd.isna(currency):
        return Message("unlinked.bare")
    rated = any(rates.knows(code, str(currency)) for code in FOREIGN)
    if not rated and pd.isna(refund["original_amount"]):
        return Message("unlinked.unrated", {"currency": str(currency)})
    return Message("unlinked.unlikely")


def on_other_cards(unlinked: pd.DataFrame, book: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """The unlinked refunds, with the charge of another card that one is equal to as its reason.

    A shop may send a refund to another card than the one that paid. Such rows are not linked: two
    cards may well buy the same.
    """
    open_ = unlinked["reason"].map(lambda one: one.code in _NOT_HERE)
    asked = unlinked.loc[open_.to_numpy(np.bool_), "transaction"]
    own = book[book["merchant"].notna() & book["status"].isin(["posted", "pending"])]
    if not len(asked) or own["account"].nunique() < 2:
        return unlinked
    own = spelled(own)
    own = own.assign(day=day(own), minor=own["amount"].abs(), at=np.arange(len(own)))
    used = [one for ids in cases["charges"] for one in ids]
    bought = own["amount"].gt(0) & own["kind"].eq("purchase") & ~own["id"].isin(used)
    charges, refunds = own[bought], own[own["id"].isin(asked)]
    sides = [
        refunds.dropna(subset=names).merge(
            charges.dropna(subset=names).assign(
                original_amount=-charges["original_amount"]
            ), on=names, suffixes=("", "_charge"),
        )
        for names in (["minor", "currency"], ["original_amount", "original_currency"])
    ]  # fmt: skip
    both = pd.concat(sides, ignore_index=True)
    both = both[both["account"].ne(both["account_charge"])]
    both["after"] = (both["day"] - both["day_charge"]).dt.days
    both = both[both["after"].between(EARLIEST_DAYS, LATEST_DAYS)]
    nearest = both.sort_values(["id", "after", "at_charge"]).drop_duplicates("id")
    found = dict(zip(nearest["id"], map(int, nearest["at_charge"]), strict=True))
    reasons = [
        reason if one not in found else _elsewhere(own.iloc[[found[one]]])
        for one, reason in zip(unlinked["transaction"], unlinked["reason"], strict=True)
    ]
    return unlinked.assign(reason=pd.Series(reasons, unlinked.index, dtype=object))


def _elsewhere(one: pd.DataFrame) -> Message:
    charge = one.iloc[0]
    account = known_card(str(charge["account"]))
    currency = None if pd.isna(charge["currency"]) else str(charge["currency"])
    return Message("unlinked.other_card", {
        "amount": Money(int(charge["amount"]), currency, int(charge["decimals"])),
        "day": charge["day"].date(),
        "account": masked(account) if account else str(charge["file"]),
    })  # fmt: skip


def rates_used(links: Links, split: Split, table: RateTable) -> pd.DataFrame:
    """Every reference rate that a case was judged by, once."""
    base = np.array(links.worth.currencies, dtype=object)[links.stories.currency[split.story]]
    quote = links.moves.frame["currency"].to_numpy(object)[links.stories.charge[split.story]]
    parts = [
        pd.DataFrame({"base": base, "quote": quote, "date": fixing, "value": rate})
        for rate, fixing in zip(split.rate, split.fixing, strict=True)
    ]
    used = pd.concat(parts).dropna(subset=["value"]).drop_duplicates(["base", "quote", "date"])
    used = used.sort_values(["base", "quote", "date"])
    return frame(RATE_COLUMNS, {
        "base": used["base"].tolist(), "quote": used["quote"].tolist(),
        "date": used["date"].tolist(), "rate": [f"{value:.6g}" for value in used["value"]],
        "source": table.sources(used["date"].to_numpy("datetime64[D]")),
    })  # fmt: skip


def card_table(
    cards: CardModel,
    covered: Mapping[str, list[tuple[dt.date, dt.date]]],
    issuer: Mapping[str, str | None],
    printed: Mapping[str, Printed] | None = None,
) -> pd.DataFrame:
    """What is known of each card of the statements; fees only where there is something to go by.

    `printed` holds what fee rows of their own tell of the accounts that have them.
    """
    printed = printed or {}
    mean, low, high = cards.fee()
    names = sorted(covered)
    columns: dict[str, list[object]] = {name: [None] * len(names) for name in CARD_COLUMNS}
    columns["account"], columns["covered"] = list(names), [covered[name] for name in names]
    columns["issuer"] = [issuer.get(name) for name in names]
    columns["refund_mode"] = ["unknown"] * len(names)
    # Of most of very many cards no more than that is known.
    for at, account in enumerate(names):
        row: dict[str, object] = {}
        if account in cards.index:
            n = cards.index[account]
            source = cards.source[n] or ("learned" if high[n] - low[n] <= LEARNED_WIDTH else None)
            row = {
                "fee": f"{mean[n]:.4f}" if source else None,
                "fee_source": source, "refund_mode": cards.mode(n),
                "markup_low": f"{low[n]:.4f}", "markup_high": f"{high[n]:.4f}",
            }  # fmt: skip
        if account in printed:
            fee, mode = printed[account]
            row |= {"fee": f"{fee:.4f}", "fee_source": "learned", "refund_mode": mode}
        for name, value in row.items():
            columns[name][at] = value
    return frame(CARD_COLUMNS, dict(columns))


def summary(cases: pd.DataFrame) -> pd.DataFrame:
    """Sums per billing currency over all cases; what is due by verdict."""
    due = cases["due"].map(lambda d: 0 if d is None else d.amount).astype("int64")
    late = cases["verdict"].isin(["missing", "short"])
    table = cases.assign(
        waiting=due.where(cases["verdict"].eq("waiting"), 0), not_returned=due.where(late, 0)
    )
    names = ["charged", "refunded", "shortfall", *CAUSES, "waiting", "not_returned"]
    sums = table.groupby("currency", dropna=False, sort=True)
    # Where the currency is not known, each case has the decimals that its statement prints.
    more = sums["decimals"].transform("max").astype("int64") - table["decimals"]
    table[names] = table[names].mul(10**more, axis=0)
    total = sums[names].sum().astype("int64")
    columns: dict[str, object] = {name: total[name].tolist() for name in names}
    columns["currency"] = [None if pd.isna(code) else str(code) for code in total.index]
    columns["decimals"] = sums["decimals"].max().tolist()
    return frame(SUMMARY_COLUMNS, columns)
