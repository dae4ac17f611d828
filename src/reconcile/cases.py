"""Links and orders to cases: one row per story, with its causes, verdict, sentence and next step."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reconcile import advice, due, explain, narrate
from reconcile.due import Owed
from reconcile.explain import Split
from reconcile.ledger import day
from reconcile.linking.fit import Links, alternatives
from reconcile.linking.worth import UNNAMED, original_currency
from reconcile.orders import Orders
from reconcile.outline import LEARNED_WIDTH
from reconcile.rates import RateTable
from reconcile.tables import CASE_COLUMNS, CAUSES, Alternative, Due, frame
from reconcile.text import Message, Money

Covered = dict[str, list[tuple[dt.date, dt.date]]]
# An order whose charge is not in the statements is a fact; that its money is due is the list's word.
_NO_CHARGE_CONFIDENCE = 0.9


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

    def spans(self, row: int) -> list[tuple[dt.date, dt.date]]:
        """The days covered for the account of a movement."""
        return self.covered[self.account(row)]

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
) -> tuple[pd.DataFrame, Split]:
    """All cases of a run, in the order of their first movement, and the split they rest on."""
    owed = due.owed(links, orders)
    told = due.by_charge(owed)
    split = explain.split(links, table, due.shares(links, told))
    scene = _scene(links, split, table, as_of, covered)
    rows = [_linked(scene, n, told) for n in range(len(split.story))]
    taken = {item for row in rows for item in row["charges"]}
    open_ = [o for o in owed if o.amount > 0 and not any(scene.id[i] in taken for i in o.charges)]
    rows += [_unpaid(scene, order) for order in open_]
    rows += [_voided(row) for row in _gone(book)]
    rows.sort(key=lambda row: (row.pop("_day"), row["id"]))
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in CASE_COLUMNS}
    return frame(CASE_COLUMNS, columns), split


def _scene(links: Links, split: Split, table: RateTable, as_of: dt.date, covered: Covered) -> Scene:
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
        rows["original_currency"].notna().tolist(), fee,
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
    spans = scene.spans(charge[0])
    verdict = _verdict(causes["missing"], confidence, owed, scene.as_of, spans)
    story = _story(scene, n, charge, refund, causes, confidence, bool(owed))
    clock = max((order.clock_ends for order in owed), default=None)
    code, deadline, text = advice.next_step(verdict, clock, spans[-1][1])
    still = None
    if owed and causes["missing"] > 0:
        since = min(order.since for order in owed)
        still = Due(causes["missing"], story.currency, story.places, since, clock)
    others = [
        Alternative(tuple(scene.id[i] for i in c), tuple(scene.id[i] for i in r), round(p, 3))
        for c, r, p in alternatives(scene.links, at)
    ]
    row = _row(
        scene, charge, refund, causes, currency=story.currency, decimals=story.places,
        charged=story.charged, refunded=story.refunded, verdict=verdict, confidence=confidence,
        orders=[order.order_id for order in orders if order.order_id], alternatives=others,
        due=still, merchant_strength=story.strength, evidence=narrate.evidence(story),
        explanation=narrate.explanation(story), next_step=code, deadline=deadline, next_text=text,
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
        "fees": [], "shortfall": values["charged"] - values["refunded"], **causes, **values,
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
    missing: int, confidence: float, owed: list[Owed], as_of: dt.date, spans: advice.Spans
) -> str:
    if confidence < advice.REVIEW_BELOW:
        return "review"
    if missing <= 0:
        return "refunded"
    if not owed:
        return "partly_refunded"
    since, clock = min(o.since for o in owed), max(o.clock_ends for o in owed)
    return "short" if advice.overdue(since, clock, as_of, spans) else "waiting"


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
        strength="certain" if certain else "weak", confidence=confidence, ordered=ordered,
    )  # fmt: skip


def _unpaid(scene: Scene, order: Owed) -> dict[str, Any]:
    """The case of an order with something due for which no refund was linked."""
    charge = list(order.charges)
    if charge:
        spans: advice.Spans = scene.spans(charge[0])
        charged = sum(int(scene.links.moves.minor[i]) for i in charge)
        missing = round(order.amount / order.total * charged)
        currency, places = scene.currency[charge[0]], scene.places[charge[0]]
        still = Due(missing, currency, places, order.since, order.clock_ends)
    else:
        # The card is not known, so the statements cover the time only if every card's do.
        firsts = [spans[0][0] for spans in scene.covered.values()]
        lasts = [spans[-1][1] for spans in scene.covered.values()]
        spans = [(max(firsts), min(lasts))] if firsts else []
        charged = missing = 0
        currency, places = order.currency, order.places
        still = Due(order.amount, currency, places, order.since, order.clock_ends)
    late = advice.overdue(order.since, order.clock_ends, scene.as_of, spans)
    verdict = "missing" if late else "waiting"
    code, deadline, text = advice.next_step(
        verdict, order.clock_ends, spans[-1][1] if spans else None
    )
    amount = Money(still.amount, currency, places)
    name = order.order_id or "-"
    values = {"order": name, "amount": amount, "day": order.since, "end": order.clock_ends}
    causes = {**dict.fromkeys(CAUSES, 0), "missing": missing, "kept": charged - missing}
    said = f"explain.{verdict}" if charge else f"explain.{verdict}_no_charge"
    row = _row(
        scene, charge, [], causes, currency=currency, decimals=places, charged=charged, refunded=0,
        orders=[order.order_id] if order.order_id else [], verdict=verdict, alternatives=[],
        confidence=1.0 if charge else _NO_CHARGE_CONFIDENCE, due=still,
        merchant_strength=scene.strength[charge[0]] if charge else "certain",
        evidence=[Message("evidence.order", values)], explanation=[Message(said, values)],
        next_step=code, deadline=deadline, next_text=text,
    )  # fmt: skip
    for name in CAUSES:
        row[f"{name}_low"] = row[f"{name}_high"] = causes[name]
    if not charge:
        row["_day"] = order.day
        row["id"] = case_id([], [], row["orders"] or [f"claim on line {order.line}"])
    return row


def _gone(book: pd.DataFrame) -> list[Any]:
    """AliExpress charges that were cancelled before they settled."""
    gone = book["merchant"].notna() & book["status"].eq("voided") & book["amount"].gt(0)
    return list(book[gone].itertuples(index=False))


def _voided(row: Any) -> dict[str, Any]:
    """The case of a voided charge: charged and returned, nothing to do."""
    currency = None if pd.isna(row.currency) else str(row.currency)
    when = (row.transaction_date if pd.notna(row.transaction_date) else row.posted_date).date()
    values = {"amount": Money(int(row.amount), currency, int(row.decimals)), "day": when}
    case: dict[str, Any] = {
        "id": case_id([row.id], [], []), "account": row.account, "charges": [row.id],
        "refunds": [], "orders": [], "fees": [], "currency": currency,
        "decimals": int(row.decimals), "charged": int(row.amount), "refunded": int(row.amount),
        "shortfall": 0, **dict.fromkeys(CAUSES, 0), "verdict": "voided", "confidence": 1.0,
        "alternatives": [], "due": None, "merchant_strength": row.merchant_strength,
        "evidence": [Message("evidence.voided")], "explanation": [Message("explain.voided", values)],
        "next_step": "none", "deadline": None, "next_text": Message("step.none"), "_day": when,
    }  # fmt: skip
    for name in CAUSES:
        case[f"{name}_low"] = case[f"{name}_high"] = 0
    return case
