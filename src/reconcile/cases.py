"""Links and orders to cases: one row per story, with its causes, verdict, sentence and next step."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reconcile import advice, explain, narrate
from reconcile.cards import CardModel
from reconcile.explain import Split
from reconcile.ledger import day
from reconcile.linking.fit import Links, alternatives
from reconcile.linking.worth import UNNAMED, original_currency
from reconcile.orders import Orders
from reconcile.rates import RateTable
from reconcile.tables import (
    CARD_COLUMNS, CASE_COLUMNS, CAUSES, RATE_COLUMNS, SUMMARY_COLUMNS, UNLINKED_COLUMNS, Alternative, Due, frame,
)  # fmt: skip
from reconcile.text import Message, Money

Covered = Sequence[Sequence[tuple[dt.date, dt.date]]]


@dataclass(frozen=True)
class Found:
    """Cases, refunds without a case, and the rates that were used."""

    cases: pd.DataFrame
    unlinked: pd.DataFrame
    rates: pd.DataFrame


def build(
    links: Links, book: pd.DataFrame, table: RateTable, orders: Orders, as_of: dt.date, covered: Covered
) -> Found:
    """All cases of a run, in the order of their first movement."""
    split = explain.split(links, table)
    shown = _Shown(links, table)
    owed = _owed_by_charge(links, orders)
    rows = [_linked(links, split, shown, n, owed, as_of, covered) for n in range(len(split.story))]
    in_case = {item for row in rows for item in row["charges"]}
    rows += _unpaid(links, shown, orders, owed, in_case, as_of, covered)
    rows += _voided(book)
    rows.sort(key=lambda row: (row.pop("_day"), row["id"]))
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in CASE_COLUMNS}
    table_rates = _rates_used(links, split, table)
    return Found(frame(CASE_COLUMNS, columns), _unlinked(links, split), table_rates)


class _Shown:
    """Movements of the links as plain values, looked up one by one while cases are worded."""

    def __init__(self, links: Links, table: RateTable) -> None:
        rows = links.moves.frame
        self.id = rows["id"].tolist()
        self.currency = [None if pd.isna(c) else str(c) for c in rows["currency"]]
        self.places = rows["decimals"].tolist()
        days = day(rows)
        self.day = [None if pd.isna(d) else d.date() for d in days]
        self.strength = rows["merchant_strength"].tolist()
        self.original = rows["original_amount"].abs().astype("object").where(rows["original_amount"].notna(), None).tolist()
        self.original_places = rows["original_decimals"].tolist()
        known = original_currency(rows, table)
        self.merchant = [None if pd.isna(c) or c == UNNAMED else str(c) for c in known]
        self.printed = rows["original_currency"].notna().tolist()


def _case_id(*parts: Sequence[str]) -> str:
    text = "|".join(",".join(sorted(part)) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _linked(
    links: Links, split: Split, shown: _Shown, n: int, owed: dict[int, "_Owed"], as_of: dt.date, covered: Covered
) -> dict[str, Any]:
    """The case of one chosen story."""
    at = int(split.story[n])
    stories = links.stories
    charge = [int(i) for i in (stories.charge[at], stories.charge2[at]) if i >= 0]
    refund = [int(i) for i in (stories.refund[at], stories.refund2[at]) if i >= 0]
    account = int(links.moves.account[charge[0]])
    causes = {name: int(split.causes[name][n]) for name in CAUSES}
    low = {name: int(split.low[name][n]) for name in CAUSES}
    high = {name: int(split.high[name][n]) for name in CAUSES}
    told = [owed[i] for i in charge if i in owed]
    if told:
        _by_order(causes, low, high, told, float(split.share[n]), int(split.charged[n]))
    confidence = round(float(links.solution.probability[at]), 3)
    verdict = _verdict(causes, confidence, told, as_of, covered[account])
    story = _story(links, split, shown, n, charge, refund, account, causes, confidence, bool(told))
    clock = max((o.clock_ends for o in told), default=None)
    to = covered[account][-1][1]
    code, deadline, text = advice.next_step(verdict, clock, to)
    due = None
    if told and causes["missing"] > 0:
        due = Due(causes["missing"], story.currency, story.places, min(o.since for o in told), clock)
    row: dict[str, Any] = {
        "account": links.moves.accounts[account],
        "charges": [shown.id[i] for i in charge], "refunds": [shown.id[i] for i in refund],
        "orders": [o.order_id for o in told if o.order_id], "fees": [], "currency": story.currency,
        "decimals": story.places, "charged": story.charged, "refunded": story.refunded,
        "shortfall": story.charged - story.refunded, **causes, "verdict": verdict, "confidence": confidence,
        "alternatives": [
            Alternative(tuple(shown.id[i] for i in c), tuple(shown.id[i] for i in r), round(p, 3))
            for c, r, p in alternatives(links, at)
        ],
        "due": due, "merchant_strength": story.strength, "evidence": narrate.evidence(story),
        "explanation": narrate.explanation(story), "next_step": code, "deadline": deadline, "next_text": text,
        "_day": shown.day[charge[0]] or as_of,
    }  # fmt: skip
    known = bool(split.known[n])
    for name in CAUSES:
        row[f"{name}_low"] = low[name] if known else None
        row[f"{name}_high"] = high[name] if known else None
    row["id"] = _case_id(row["charges"], row["refunds"], row["orders"])
    return row


def _story(
    links: Links, split: Split, shown: _Shown, n: int, charge: list[int], refund: list[int], account: int,
    causes: dict[str, int], confidence: float, ordered: bool,
) -> narrate.Story:  # fmt: skip
    at = int(split.story[n])
    name = links.worth.currencies[links.stories.currency[at]]
    first, last = charge[0], refund[0]
    home = bool(split.home[n])
    merchant = None if home or name == UNNAMED else name
    original = shown.original[first]
    rated = bool(np.isfinite(split.rate[0][n]) and np.isfinite(split.rate[1][n]))
    fee = _fee_shown(links.cards, account)
    return narrate.Story(
        currency=shown.currency[first], places=int(shown.places[first]), charged=int(split.charged[n]),
        refunded=int(split.refunded[n]), causes=causes, charge_day=shown.day[first], refund_day=shown.day[last],
        home=home, known=bool(split.known[n]), merchant_currency=merchant,
        original=None if original is None else Money(int(original), shown.merchant[first], int(shown.original_places[first])),
        same_original=len(charge) == len(refund) == 1 and original is not None and original == shown.original[last],
        inferred=original is not None and not shown.printed[first] and merchant is not None,
        rates=(f"{split.rate[0][n]:.6g}", f"{split.rate[1][n]:.6g}") if rated else None,
        fixings=(split.fixing[0][n].item(), split.fixing[1][n].item()) if rated else None,
        fee_percent=fee, mode=links.cards.mode(account), share=float(split.share[n]),
        strength="certain" if all(shown.strength[i] == "certain" for i in charge + refund) else "weak",
        confidence=confidence, ordered=ordered,
    )  # fmt: skip


def _fee_shown(cards: CardModel, account: int) -> str | None:
    """The card's fee in per cent where it is given, in the issuers' table, or well learned."""
    mean, low, high = (values[account] for values in cards.fee())
    if cards.source[account] is None and high - low > 0.008:
        return None
    return f"{100 * mean:.2f}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True)
class _Owed:
    """What an order says of a charge: share due back, when promised, and until when it may take."""

    order_id: str | None
    share: float
    since: dt.date
    clock_ends: dt.date
    known: bool


def _owed(order: Any) -> _Owed:
    promised = order.promised if pd.notna(order.promised) else order.order_date
    since = promised.date()
    share = min(order.due / order.total, 1.0) if order.known_due else 1.0
    name = None if pd.isna(order.order_id) else str(order.order_id)
    return _Owed(name, share, since, advice.clock_end(since), bool(order.known_due))


def _owed_by_charge(links: Links, orders: Orders) -> dict[int, _Owed]:
    """Orders by the row of the charge they were assigned to."""
    out = {}
    rows = list(orders.rows.itertuples(index=False))
    for position, charges in links.orders.items():
        for row in charges:
            out[int(row)] = _owed(rows[position])
    return out


def _by_order(
    causes: dict[str, int], low: dict[str, int], high: dict[str, int], told: list[_Owed], share: float, charged: int
) -> None:
    """Move what an order says is not due from `missing` to `kept`."""
    if not all(o.known for o in told):
        return
    due = sum(o.share for o in told) / len(told)
    still = max(due - share, 0.0)
    if still <= 0.005:
        still = 0.0
    missing = min(round(still * charged), causes["missing"])
    causes["kept"] += causes["missing"] - missing
    causes["missing"] = missing
    for bound in (low, high):
        bound["kept"], bound["missing"] = causes["kept"], missing


def _verdict(
    causes: dict[str, int], confidence: float, told: list[_Owed], as_of: dt.date,
    covered: Sequence[tuple[dt.date, dt.date]],
) -> str:  # fmt: skip
    if confidence < advice.REVIEW_BELOW:
        return "review"
    if causes["missing"] <= 0:
        return "refunded"
    if not told or not all(o.known for o in told):
        return "partly_refunded"
    late = advice.overdue(max(o.clock_ends for o in told), as_of, covered[-1][1])
    return "short" if late else "waiting"


def _unpaid(
    links: Links, shown: _Shown, orders: Orders, owed: dict[int, _Owed], in_case: set[str], as_of: dt.date,
    covered: Covered,
) -> list[dict[str, Any]]:  # fmt: skip
    """Cases of orders with something due for which no refund was linked."""
    out = []
    used = {int(p): [int(i) for i in rows] for p, rows in links.orders.items()}
    ends = [span[-1][1] for span in covered]
    for position, order in enumerate(orders.rows.itertuples(index=False)):
        if int(order.due) <= 0:
            continue
        charge = used.get(position, [])
        if any(shown.id[i] in in_case for i in charge):
            continue
        told = _owed(order)
        covered_to = covered[int(links.moves.account[charge[0]])][-1][1] if charge else max(ends, default=None)
        late = advice.overdue(told.clock_ends, as_of, covered_to)
        verdict = "missing" if late else "waiting"
        code, deadline, text = advice.next_step(verdict, told.clock_ends, covered_to)
        if charge:
            charged = sum(int(links.moves.minor[i]) for i in charge)
            missing = charged if told.share >= 1 else round(told.share * charged)
            currency, places = shown.currency[charge[0]], int(shown.places[charge[0]])
            due = Due(missing, currency, places, told.since, told.clock_ends)
        else:
            charged = missing = 0
            currency, places = str(order.currency), int(order.places)
            due = Due(int(order.due), currency, places, told.since, told.clock_ends)
        causes = {**dict.fromkeys(CAUSES, 0), "missing": missing, "kept": charged - missing}
        values = {"order": told.order_id or "-", "amount": Money(due.amount, currency, places),
                  "day": told.since, "end": told.clock_ends}  # fmt: skip
        row: dict[str, Any] = {
            "account": links.moves.accounts[int(links.moves.account[charge[0]])] if charge else None,
            "charges": [shown.id[i] for i in charge], "refunds": [], "orders": [told.order_id] if told.order_id else [],
            "fees": [], "currency": currency, "decimals": places, "charged": charged, "refunded": 0,
            "shortfall": charged, **causes, "verdict": verdict, "confidence": 1.0 if charge else 0.9,
            "alternatives": [], "due": due,
            "merchant_strength": shown.strength[charge[0]] if charge else "certain",
            "evidence": [Message("evidence.order", values)],
            "explanation": [Message(f"explain.{verdict}{'' if charge else '_no_charge'}", values)],
            "next_step": code, "deadline": deadline, "next_text": text,
            "_day": shown.day[charge[0]] if charge else order.order_date.date(),
        }  # fmt: skip
        for name in CAUSES:
            row[f"{name}_low"] = row[f"{name}_high"] = causes[name]
        row["id"] = _case_id(row["charges"], [], row["orders"] or [f"claim {order.line}"])
        out.append(row)
    return out


def _voided(book: pd.DataFrame) -> list[dict[str, Any]]:
    """Cases of AliExpress charges that were cancelled before they settled."""
    out = []
    gone = book[book["merchant"].notna() & book["status"].eq("voided") & book["amount"].gt(0)]
    for row in gone.itertuples(index=False):
        currency = None if pd.isna(row.currency) else str(row.currency)
        when = row.transaction_date if pd.notna(row.transaction_date) else row.posted_date
        amount = Money(int(row.amount), currency, int(row.decimals))
        case: dict[str, Any] = {
            "id": _case_id([row.id], [], []), "account": row.account, "charges": [row.id], "refunds": [],
            "orders": [], "fees": [], "currency": currency, "decimals": int(row.decimals),
            "charged": int(row.amount), "refunded": int(row.amount), "shortfall": 0,
            **dict.fromkeys(CAUSES, 0), "verdict": "voided", "confidence": 1.0, "alternatives": [], "due": None,
            "merchant_strength": row.merchant_strength, "evidence": [Message("evidence.voided")],
            "explanation": [Message("explain.voided", {"amount": amount, "day": when.date()})],
            "next_step": "none", "deadline": None, "next_text": Message("step.none"), "_day": when.date(),
        }  # fmt: skip
        for name in CAUSES:
            case[f"{name}_low"] = case[f"{name}_high"] = 0
        out.append(case)
    return out


def _unlinked(links: Links, split: Split) -> pd.DataFrame:
    """Refunds that no story explains, each with the reason."""
    stories, moves = links.stories, links.moves
    used = np.zeros(len(moves.refund), np.bool_)
    for column in (stories.refund, stories.refund2):
        rows = column[split.story]
        used[rows[rows >= 0]] = True
    alone = np.flatnonzero(moves.refund & ~used)
    candidates = np.unique(np.concatenate([stories.refund, stories.refund2]))
    reasons = [
        Message("unlinked.unlikely" if row in candidates else "unlinked.no_charge") for row in alone
    ]
    ids = moves.frame["id"].to_numpy(object)[alone].tolist()
    return frame(UNLINKED_COLUMNS, {"transaction": ids, "reason": reasons})


def _rates_used(links: Links, split: Split, table: RateTable) -> pd.DataFrame:
    """Every reference rate that a case was judged by, once."""
    seen: dict[tuple[str, str, np.datetime64], float] = {}
    home = links.moves.frame["currency"].to_numpy(object)
    for n, at in enumerate(split.story):
        base = links.worth.currencies[links.stories.currency[at]]
        quote = home[links.stories.charge[at]]
        for rate, fixing in zip(split.rate, split.fixing, strict=True):
            if np.isfinite(rate[n]):
                seen[base, str(quote), fixing[n]] = float(rate[n])
    keys = sorted(seen)
    return frame(RATE_COLUMNS, {
        "base": [k[0] for k in keys], "quote": [k[1] for k in keys],
        "date": [pd.Timestamp(k[2]) for k in keys], "rate": [f"{seen[k]:.6g}" for k in keys],
        "source": [table.source for _ in keys],
    })  # fmt: skip


def card_table(links: Links, covered: Covered) -> pd.DataFrame:
    """What is known of each card: fee, where it is from, refund mode, markup interval, days."""
    cards = links.cards
    mean, low, high = cards.fee()
    count = len(cards.accounts)
    learned = cards.observed.count if cards.observed is not None else np.zeros(count, np.int64)
    tight = (high - low) <= 0.008
    source = [s or ("learned" if tight[n] else None) for n, s in enumerate(cards.source)]
    fee = [f"{mean[n]:.4f}" if source[n] else None for n in range(count)]
    for n in range(count):
        if cards.source[n] == "issuer table" and abs(mean[n] - cards.table_fee[n]) > 0.002 and learned[n] >= 3:
            source[n] = "learned"
    return frame(CARD_COLUMNS, {
        "account": list(cards.accounts), "issuer": list(cards.issuer), "fee": fee, "fee_source": source,
        "refund_mode": [cards.mode(n) for n in range(count)],
        "markup_low": [f"{v:.4f}" for v in low], "markup_high": [f"{v:.4f}" for v in high],
        "covered": [list(span) for span in covered],
    })  # fmt: skip


def summary(cases: pd.DataFrame) -> pd.DataFrame:
    """Sums per billing currency; voided and review cases count like the others."""
    rows: list[dict[str, Any]] = []
    for currency, part in cases.groupby("currency", dropna=False, sort=True):
        row: dict[str, Any] = {"currency": None if pd.isna(currency) else currency}
        row["decimals"] = int(part["decimals"].max())
        for name in ("charged", "refunded", "shortfall", *CAUSES):
            row[name] = int(part[name].sum())
        due = part["due"].map(lambda d: 0 if d is None else d.amount)
        row["waiting"] = int(due[part["verdict"].eq("waiting")].sum())
        row["not_returned"] = int(due[part["verdict"].isin(["missing", "short"])].sum())
        rows.append(row)
    return frame(SUMMARY_COLUMNS, {name: [row[name] for row in rows] for name in SUMMARY_COLUMNS})

