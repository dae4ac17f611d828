"""The small tables beside the cases: cards, sums per currency, unlinked refunds, rates used."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from reconcile.card_fees import Printed
from reconcile.cards import NETWORK_MEAN, CardModel
from reconcile.explain import Split
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
from reconcile.text import Message, Money

# So sure it must be that a refund is for one of its equals.
_SURE = 0.9
# So many rows with a printed rate, and such a distance in itself and in standard deviations, say
# that a fee which the user gave is not this card's.
_ROWS, _FEE_OFF, _FEE_SDS = 3, 0.01, 4.0


def unlinked(links: Links, split: Split, rates: RateTable) -> pd.DataFrame:
    """Refunds that no chosen story explains, each with the reason."""
    stories, moves = links.stories, links.moves
    used = np.zeros(len(moves.refund), np.bool_)
    for column in stories.refunds:
        rows = column[split.story]
        used[rows[rows >= 0]] = True
    alone = np.flatnonzero(moves.refund & ~used)
    could = set(np.concatenate(stories.refunds).tolist())
    equals = _one_of(links)
    every = moves.frame["id"].to_numpy(object)
    ids = every[alone].tolist()
    reasons = [
        Message("unlinked.rejected") if one in links.refused
        else links.aside.get(one)
        or (equals.get(row) or _why(moves.frame.iloc[row], rates) if row in could
            else Message("unlinked.no_charge"))
        for row, one in zip(alone.tolist(), ids, strict=True)
    ]  # fmt: skip
    # What may have been taken back is told here unless it is linked or stands above.
    inside = set(every[moves.refund].tolist()) if links.stands else set()
    aside = {one: why for one, why in links.aside.items() if one not in inside}
    return frame(UNLINKED_COLUMNS, {
        "transaction": ids + list(aside), "reason": reasons + list(aside.values()),
    })  # fmt: skip


def _one_of(links: Links) -> dict[int, Message]:
    """Of the refunds that surely belong to one of several charges equal to them, by row, that so
    it is.
    """
    stories, moves = links.stories, links.moves
    charge, refund, count = stories.charge, stories.refund, len(moves.minor)
    equal = np.flatnonzero(stories.single & (moves.minor[charge] == moves.minor[refund]))
    sure = np.bincount(refund[equal], links.solution.probability[equal], count) >= _SURE
    # One pair may be read in several currencies.
    pairs = np.unique(refund[equal] * count + charge[equal])
    several = np.bincount(pairs // count, minlength=count) > 1
    found = np.flatnonzero(sure & several)
    seen = moves.frame.iloc[found]
    billed = zip(found.tolist(), seen["currency"], seen["decimals"], strict=True)
    return {
        row: Message("unlinked.one_of", {"amount": Money(int(moves.minor[row]), code, int(places))})
        for row, code, places in billed
        if isinstance(code, str)
    }


def _why(refund: pd.Series, rates: RateTable) -> Message:
    """Why no charge that could fit a refund was taken for it."""
    currency = refund["currency"]
    if pd.isna(currency):
        return Message("unlinked.bare")
    rated = any(rates.knows(code, str(currency)) for code in FOREIGN)
    if not rated and pd.isna(refund["original_amount"]):
        return Message("unlinked.unrated", {"currency": str(currency)})
    return Message("unlinked.unlikely")


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
    learned = cards.learned()
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
            source = cards.source[n] or ("learned" if learned[n] else None)
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


def doubtful_fees(cards: CardModel) -> list[Message]:
    """Fees that the user gave and that the card's printed rates do not fit."""
    seen = cards.observed
    out: list[Message] = []
    if seen is None:
        return out
    for n, terms in enumerate(cards.terms):
        if terms.fee is None or seen.count[n] < _ROWS or seen.charge_precision[n] <= 0:
            continue
        added = float(np.expm1(seen.charge[n] - NETWORK_MEAN))
        off = abs(added - terms.fee)
        if off > _FEE_OFF and off > _FEE_SDS / float(np.sqrt(seen.charge_precision[n])):
            shown = {"fee": f"{terms.fee:.2%}", "seen": f"{max(added, 0.0):.1%}"}
            out.append(Message("fees.unlike_rows", {"account": cards.accounts[n], **shown}))
    return out


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
