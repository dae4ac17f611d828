"""Links and orders to cases: one row per story, with its causes, verdict, sentence and next step."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reconcile import due, explain, narrate, settle, steps
from reconcile.advice import REVIEW_BELOW, Situation, Spans, overdue
from reconcile.due import Owed
from reconcile.explain import Split
from reconcile.fees import NONE, Attached
from reconcile.ledger import day
from reconcile.linking.fit import Links, alternatives
from reconcile.linking.worth import UNNAMED, original_currency
from reconcile.orders import Orders
from reconcile.outline import LEARNED_WIDTH
from reconcile.rates import RateTable
from reconcile.steps import CardDays
from reconcile.tables import CASE_COLUMNS, CAUSES, Alternative, Due, frame
from reconcile.text import Message, Money

Covered = dict[str, list[tuple[dt.date, dt.date]]]
# An order whose charge is not in the statements is a fact; that its money is due is the list's word.
_NO_CHARGE_CONFIDENCE = 0.9
# Another story of the same refund counts as close when it is at least this likely beside it.
_RIVAL = 0.5


@dataclass(frozen=True)
class Scene:
    """What every case of a run is made from; lists hold one value per movement of the links."""

    links: Links
    split: Split
    covered: Covered
    as_of: dt.date
    id: list[str]
    currency: list[str | None]
    places: list[int]
    day: list[dt.date | None]
    strength: list[str]
    original: list[int | None]
    original_places: list[int]
    merchant_currency: list[str | None]
    named: list[bool]
    fee: list[str | None]
    attached: Attached
    cards: dict[str, CardDays]

    def spans(self, row: int) -> list[tuple[dt.date, dt.date]]:
        """The days covered for the account of a movement."""
        return self.covered[self.account(row)]

    def every(self) -> list[tuple[dt.date, dt.date]]:
        """The days that the statements of all cards cover; the card of an order is not known."""
        firsts = [spans[0][0] for spans in self.covered.values()]
        lasts = [spans[-1][1] for spans in self.covered.values()]
        if not firsts or max(firsts) > min(lasts):
            return []
        out = [(max(firsts), min(lasts))]
        for spans in self.covered.values():
            out = [
                (max(a, first), min(b, last))
                for a, b in out
                for first, last in spans
                if max(a, first) <= min(b, last)
            ]
        return out

    def account(self, row: int) -> str:
        """The account of a movement."""
        return self.links.moves.accounts[int(self.links.moves.account[row])]


def build(
    links: Links,
    book: pd.DataFrame,
    table: RateTable,
    orders: Orders,
    as_of: dt.date,
    covered: Covered,
    attached: Attached = NONE,
    cards: dict[str, CardDays] | None = None,
) -> tuple[pd.DataFrame, Split]:
    """All cases of a run, in the order of their first movement, and the split they rest on.

    `attached` are the fee rows that banks print apart from what they belong to, `cards` the
    calendars of the accounts.
    """
    owed = due.owed(links, orders)
    told = due.by_charge(owed)
    wanted = due.wanted(owed)
    came = settle.arrived(links, wanted)
    names = links.moves.accounts
    late = [
        one
        for one, order in zip(wanted, owed, strict=True)
        if order.charges
        and order.amount > 0
        and order.clock_ends is not None
        and overdue(
            order.since, order.clock_ends, as_of,
            covered[names[int(links.moves.account[order.charges[0]])]],
        )
    ]  # fmt: skip
    claimed = {row for part in came.refunds.values() for row in part}
    links = settle.late(links, late, claimed)
    split = explain.split(links, table, due.shares(links, told), attached)
    scene = _scene(links, split, table, as_of, covered, attached, cards or {})
    rows = [_linked(scene, n, told) for n in range(len(split.story))]
    taken = {item for row in rows for item in row["charges"]}
    found = {id(owed[at]): refunds for at, refunds in came.refunds.items()}
    unsure = {id(owed[at]) for at in came.doubtful}
    unsure |= {
        id(order)
        for one, order in zip(wanted, owed, strict=True)
        if one.charges and one.amount > 0 and settle.doubtful(links, one, claimed)
    }
    open_ = [o for o in owed if o.amount > 0 and not any(scene.id[i] in taken for i in o.charges)]
    rows += [
        _unpaid(scene, group, found.get(id(group[0]), ()), doubtful=id(group[0]) in unsure)
        for group in due.groups(open_)
    ]
    rows += [_voided(row, attached) for row in _gone(book)]
    rows.sort(key=lambda row: (row.pop("_day"), row["id"]))
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in CASE_COLUMNS}
    return frame(CASE_COLUMNS, columns), split


def _scene(
    links: Links, split: Split, table: RateTable, as_of: dt.date, covered: Covered,
    attached: Attached, cards: dict[str, CardDays],
) -> Scene:  # fmt: skip
    rows = links.moves.frame
    known = original_currency(rows, table)
    original = rows["original_amount"].abs()
    mean, low, high = links.cards.fee()
    fee = [
        f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"
        if source is not None or width <= LEARNED_WIDTH
        else None
        for value, source, width in zip(mean, links.cards.source, high - low, strict=True)
    ]
    return Scene(
        links, split, covered, as_of, rows["id"].tolist(),
        [None if pd.isna(code) else str(code) for code in rows["currency"]],
        rows["decimals"].tolist(), [None if pd.isna(d) else d.date() for d in day(rows)],
        rows["merchant_strength"].tolist(), [None if pd.isna(v) else int(v) for v in original],
        rows["original_decimals"].tolist(),
        [None if pd.isna(code) or code == UNNAMED else str(code) for code in known],
        rows["original_currency"].notna().tolist(), fee, attached, cards,
    )  # fmt: skip


def case_id(*parts: Sequence[str]) -> str:
    """A stable id from the transactions and orders of a case."""
    text = "|".join(",".join(sorted(part)) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _linked(scene: Scene, n: int, told: dict[int, list[Owed]]) -> dict[str, Any]:
    """The case of one chosen story."""
    split, stories = scene.split, scene.links.stories
    at = int(split.story[n])
    charge = [int(i) for i in (stories.charge[at], stories.charge2[at]) if i >= 0]
    refund = [int(i) for i in (stories.refund[at], stories.refund2[at]) if i >= 0]
    causes = {name: int(split.causes[name][n]) for name in CAUSES}
    low = {name: int(split.low[name][n]) for name in CAUSES}
    high = {name: int(split.high[name][n]) for name in CAUSES}
    orders = [order for row in charge for order in told.get(row, [])]
    owed = orders if all(order.known for order in orders) else []
    if owed:
        _by_order(
            causes, low, high, due.share_due(owed), float(split.share[n]), int(split.charged[n])
        )
    confidence = round(float(scene.links.solution.probability[at]), 3)
    others = [
        Alternative(tuple(scene.id[i] for i in c), tuple(scene.id[i] for i in r), round(p, 3))
        for c, r, p in alternatives(scene.links, at)
    ]
    spans = scene.spans(charge[0])
    verdict = _verdict(causes["missing"], confidence, owed, scene.as_of, spans, others)
    story = _story(scene, n, charge, refund, causes, confidence, bool(owed))
    told_by = steps.facts(owed)
    still = None
    if owed and causes["missing"] > 0:
        since = min(order.since for order in owed)
        still = Due(causes["missing"], story.currency, story.places, since, told_by["clock_ends"])
    exact = story.original is not None
    short = steps.short_by(owed, float(split.share[n]), exact=exact) if still else None
    spoken = narrate.explanation(story) + steps.remark(owed, short)
    situation = Situation(
        verdict=verdict, amount=_amount(story, causes["missing"]),
        charged=_amount(story, story.charged), refunded=_amount(story, story.refunded),
        charge_day=story.charge_day, refund_day=story.refund_day, short_by=short,
        gap=_gap(scene, n, story), **_place(scene, charge[0]), **told_by,
    )  # fmt: skip
    row = _row(
        scene, charge, refund, causes, currency=story.currency, decimals=story.places,
        charged=story.charged, refunded=story.refunded, verdict=verdict, confidence=confidence,
        orders=list(dict.fromkeys(order.order_id for order in orders if order.order_id)),
        alternatives=others, due=still, merchant_strength=story.strength,
        evidence=narrate.evidence(story), explanation=spoken, **steps.columns(situation),
    )  # fmt: skip
    if split.known[n]:
        for name in CAUSES:
            row[f"{name}_low"], row[f"{name}_high"] = low[name], high[name]
    return row


def _row(
    scene: Scene, charge: list[int], refund: list[int], causes: dict[str, int], **values: Any
) -> dict[str, Any]:
    """A case row: what all cases share, then `values`."""
    row = {
        "account": scene.account(charge[0]) if charge else None,
        "charges": [scene.id[i] for i in charge], "refunds": [scene.id[i] for i in refund],
        "fees": scene.attached.rows([scene.id[i] for i in charge + refund]),
        "shortfall": values["charged"] - values["refunded"], **causes, **values,
        "_day": (scene.day[charge[0]] if charge else None) or scene.as_of,
    }  # fmt: skip
    row["id"] = case_id(row["charges"], row["refunds"], row["orders"])
    return row


def _by_order(
    causes: dict[str, int], low: dict[str, int], high: dict[str, int],
    due_share: float, share: float, charged: int,
) -> None:  # fmt: skip
    """Move what an order says is not due from `missing` to `kept`."""
    still = due_share - share
    missing = min(round(still * charged), causes["missing"]) if still > due.ROUNDING_SHARE else 0
    causes["kept"] += causes["missing"] - missing
    causes["missing"] = missing
    for bound in (low, high):
        bound["kept"], bound["missing"] = causes["kept"], missing


def _verdict(
    missing: int, confidence: float, owed: list[Owed], as_of: dt.date, spans: Spans,
    others: list[Alternative],
) -> str:  # fmt: skip
    rival = max((other.confidence for other in others), default=0.0)
    late = missing > 0 and bool(owed) and steps.is_late(owed, as_of, spans)
    # Money that is overdue stays overdue whether or not this part of it came from here; only
    # another story of the same refund makes that doubtful.
    if confidence < REVIEW_BELOW and not (late and rival < confidence * _RIVAL):
        return "review"
    if missing <= 0:
        return "refunded"
    if not owed:
        return "partly_refunded"
    return "short" if late else "waiting"


def _amount(story: narrate.Story, minor: int) -> Money:
    return Money(minor, story.currency, story.places)


def _place(scene: Scene, row: int) -> dict[str, Any]:
    """What a next step needs to know of a charge's card, as fields of a `Situation`."""
    account = scene.account(row)
    days = scene.cards.get(account, CardDays())
    return {
        "as_of": scene.as_of, "covered": scene.spans(row), "account": account,
        "currency": scene.currency[row], "closing": days.closing, "expires": days.expires,
        "description": str(scene.links.moves.frame["description"].iloc[row]),
    }  # fmt: skip


def _gap(scene: Scene, n: int, story: narrate.Story) -> Money | None:
    """What the reference rates and the card's fee leave open of a whole refund, where it is much."""
    split = scene.split
    if story.home or story.rates is None or story.causes["missing"] or story.causes["kept"]:
        return None
    fee = story.causes["fee"]
    # The charge is worth this much at the refund's rate.
    drift = (story.charged - fee) * (1.0 - float(split.rate[1][n]) / float(split.rate[0][n]))
    open_ = story.causes["fx_drift"] - round(drift)
    return _amount(story, open_) if open_ > steps.GAP_SHARE * story.charged else None


def _story(
    scene: Scene, n: int, charge: list[int], refund: list[int], causes: dict[str, int],
    confidence: float, ordered: bool,
) -> narrate.Story:  # fmt: skip
    links, split = scene.links, scene.split
    name = links.worth.currencies[links.stories.currency[int(split.story[n])]]
    first, last = charge[0], refund[0]
    home = bool(split.home[n])
    merchant = None if home or name == UNNAMED else name
    original = scene.original[first]
    money = None
    if original is not None:
        money = Money(original, scene.merchant_currency[first], scene.original_places[first])
    single = len(charge) == len(refund) == 1
    rated = bool(np.isfinite(split.rate[0][n]) and np.isfinite(split.rate[1][n]))
    account = int(links.moves.account[first])
    certain = all(scene.strength[i] == "certain" for i in charge + refund)
    return narrate.Story(
        currency=scene.currency[first], places=scene.places[first], charged=int(split.charged[n]),
        refunded=int(split.refunded[n]), causes=causes, charge_day=scene.day[first],
        refund_day=scene.day[last], home=home, known=bool(split.known[n]),
        merchant_currency=merchant, original=money,
        same_original=single and original is not None and original == scene.original[last],
        inferred=original is not None and not scene.named[first] and merchant is not None,
        rates=(f"{split.rate[0][n]:.6g}", f"{split.rate[1][n]:.6g}") if rated else None,
        fixings=(split.fixing[0][n].item(), split.fixing[1][n].item()) if rated else None,
        fee_percent=scene.fee[account], mode=links.cards.mode(account), share=float(split.share[n]),
        printed=bool(split.printed[n]), strength="certain" if certain else "weak", confidence=confidence, ordered=ordered,
    )  # fmt: skip


def _unpaid(
    scene: Scene, group: list[Owed], came: tuple[int, ...], *, doubtful: bool
) -> dict[str, Any]:
    """The case of orders with something due for which no refund of a charge was linked.

    `came` are refunds that fit an order whose charge lies before the statements; `doubtful`: a
    smaller one may be a part of it, or one that fits it is dated strangely.
    """
    first = group[0]
    charge = sorted({row for order in group for row in order.charges})
    told_by = steps.facts(group)
    ends = told_by["clock_ends"]
    since = min(order.since for order in group)
    due_sum, total = sum(o.amount for o in group), sum(o.total for o in group)
    where: dict[str, Any] = {"as_of": scene.as_of, "covered": scene.every()}
    if charge:
        where = _place(scene, charge[0])
        charged = sum(int(scene.links.moves.minor[i]) for i in charge)
        charged += sum(scene.attached.amount.get(scene.id[i], 0) for i in charge)
        missing = round(due_sum / total * charged)
        currency, places = scene.currency[charge[0]], scene.places[charge[0]]
    else:
        charged = missing = 0
        currency, places = first.currency, first.places
    still = Due(missing if charge else due_sum, currency, places, since, ends)
    late = steps.is_late(group, scene.as_of, where["covered"])
    verdict = "refunded" if came else "missing" if late else "waiting"
    if late and doubtful and not came:
        verdict = "review"
    amount = Money(still.amount, currency, places)
    day = scene.day[charge[0]] if charge else None
    situation = Situation(
        verdict=verdict, amount=amount, charged=Money(charged, currency, places) if charge else None,
        charge_day=day, charge=bool(charge), **where, **told_by,
    )  # fmt: skip
    values = {
        "order": told_by["order"] or Message("advice.no_number"), "amount": amount, "day": since,
        "end": ends or "",
    }  # fmt: skip
    evidence = [Message("evidence.order", values)]
    said = f"explain.{verdict}" if charge else f"explain.{verdict}_no_charge"
    if came:
        said, days = "orders.came", [scene.day[row] for row in came]
        values["came"] = days[0]
        evidence += [_arrival(scene, row) for row in came]
    elif verdict == "review":
        said = "orders.doubtful" if charge else "orders.part_came"
    elif not all(order.on_card for order in group):
        said = "orders.elsewhere"
        values["target"] = Message(f"orders.{told_by['target']}")
    elif ends is None:
        said = "orders.not_granted"
    causes = {**dict.fromkeys(CAUSES, 0), "missing": missing, "kept": charged - missing}
    row = _row(
        scene, charge, [], causes, currency=currency, decimals=places, charged=charged, refunded=0,
        orders=list(dict.fromkeys(order.order_id for order in group if order.order_id)),
        verdict=verdict, alternatives=[], confidence=1.0 if charge else _NO_CHARGE_CONFIDENCE,
        due=None if came else still,
        merchant_strength=scene.strength[charge[0]] if charge else "certain", evidence=evidence,
        explanation=[Message(said, values), *steps.remark(group, None)],
        **steps.columns(situation),
    )  # fmt: skip
    for name in CAUSES:
        row[f"{name}_low"] = row[f"{name}_high"] = causes[name]
    if not charge:
        row["_day"] = first.day
        row["id"] = case_id([], [], row["orders"] or [f"claim on line {first.line}"])
    return row


def _arrival(scene: Scene, row: int) -> Message:
    """A refund whose charge is not in the statements, as evidence."""
    minor = int(scene.links.moves.minor[row])
    amount = Money(minor, scene.currency[row], scene.places[row])
    return Message("orders.arrived", {"amount": amount, "day": scene.day[row]})


def _gone(book: pd.DataFrame) -> list[Any]:
    """AliExpress charges that were cancelled before they settled."""
    gone = book["merchant"].notna() & book["status"].eq("voided") & book["amount"].gt(0)
    gone &= book["kind"].ne("fee")
    return list(book[gone].itertuples(index=False))


def _voided(row: Any, attached: Attached) -> dict[str, Any]:
    """The case of a voided charge: charged and returned, nothing to do."""
    currency = None if pd.isna(row.currency) else str(row.currency)
    when = (row.transaction_date if pd.notna(row.transaction_date) else row.posted_date).date()
    values = {"amount": Money(int(row.amount), currency, int(row.decimals)), "day": when}
    whole = int(row.amount) + attached.amount.get(row.id, 0)
    case: dict[str, Any] = {
        "id": case_id([row.id], [], []), "account": row.account, "charges": [row.id],
        "refunds": [], "orders": [], "fees": attached.rows([row.id]), "currency": currency,
        "decimals": int(row.decimals), "charged": whole, "refunded": whole,
        "shortfall": 0, **dict.fromkeys(CAUSES, 0), "verdict": "voided", "confidence": 1.0,
        "alternatives": [], "due": None, "merchant_strength": row.merchant_strength,
        "evidence": [Message("evidence.voided")], "explanation": [Message("explain.voided", values)],
        "next_step": "none", "deadline": None, "next_text": Message("advice.none", {"more": ""}),
        "message": None, "checklist": [], "_day": when,
    }  # fmt: skip
    for name in CAUSES:
        case[f"{name}_low"] = case[f"{name}_high"] = 0
    return case
