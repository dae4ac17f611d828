"""Cases of orders with something due for which no refund was linked to a charge."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from reconcile import settle, steps, undone
from reconcile.advice import REVIEW_BELOW, Situation, Spans, covers
from reconcile.arrivals import Came
from reconcile.case_rows import Scene, case_id, case_row, on_statement, place
from reconcile.due import Owed
from reconcile.equal_orders import Equals
from reconcile.linking.taken import Undone
from reconcile.order_view import UNSEEN
from reconcile.tables import CAUSES, Alternative, Due
from reconcile.text import Message, Money

# Chance from which on nothing, or too little, is said to have come; below it the case is `review`.
SURE = 0.6
# A card takes up to 4 days to book a purchase; what is cancelled before may never be charged.
_BOOKED = dt.timedelta(days=4)


class _Billed(NamedTuple):
    """What charges came to, in minor units of `currency`, for orders of `total` in their own; of
    orders whose charge no statement shows nothing, in the orders' currency.
    """

    charged: int
    total: int
    currency: str | None
    places: int

    def part(self, amount: int) -> int:
        """An amount of the orders as it was billed, or, without a charge, as it is."""
        return round(amount / self.total * self.charged) if self.total else amount

    def money(self, minor: int) -> Money:
        """An amount of the same currency."""
        return Money(minor, self.currency, self.places)


class _Judged(NamedTuple):
    """What came of the orders of a case: `came` are refunds that are all of it, `part` is a smaller
    one (as in `Came`), `gone` a credit that was taken back; `sure` the chance of the verdict.
    `doubt` is why money that did not come is not called missing: `paypal`, `uncharged` or
    `other_card` (see `_doubt`), empty where nothing speaks against it.
    """

    verdict: str
    sure: float
    late: bool
    came: tuple[int, ...]
    part: tuple[int, int] | None
    gone: Undone | None
    doubt: str = ""


def unpaid(
    scene: Scene, group: list[Owed], weighed: Sequence[Came], told: dict[int, list[Owed]],
    equals: dict[int, Equals],
) -> dict[str, Any]:  # fmt: skip
    """The case of orders with something due for which no refund of a charge was linked.

    `weighed` tells what came of each of them, `told` are all orders by charge, `equals` those that
    nothing tells apart. Where their charge is not in the statements a refund may have come all the
    same, whole or in part.
    """
    first, facts = group[0], steps.facts(group)
    charge = sorted({row for order in group for row in order.charges})
    billed = _billed(scene, charge, told, first)
    due = sum(order.amount for order in group)
    where: dict[str, Any] = {"as_of": scene.as_of, "covered": scene.every()}
    if charge:
        where = place(scene, charge[0])
    among = _among(scene, charge, equals)
    found = _judged(
        scene, group, weighed, charge, billed.money(billed.part(due)), where["covered"], among
    )
    among = among if found.verdict == "missing" else None
    part, gone = found.part, found.gone
    rest = billed.part(max(due - (part[1] if part else 0), 0))
    since, ends = min(order.since for order in group), facts["clock_ends"]
    amount = billed.money(rest)
    situation = Situation(
        verdict=found.verdict, amount=amount, charge_day=scene.day[charge[0]] if charge else None,
        charged=on_statement(scene, charge) if charge else None, charge=bool(charge),
        refunded=on_statement(scene, part[:1]) if part else None,
        refund_day=scene.day[part[0]] if part else None,
        uncharged=found.doubt in ("uncharged", "paypal"), unseen=found.doubt == "other_card",
        undone=undone.fact(gone, amount),
        returned=_printed(scene, part[0], first) if part else None, **where,
        # No letter names one of several orders that nothing tells apart.
        **(facts | {"order": None} if among else facts),
    )  # fmt: skip
    values: dict[str, Any] = {
        "order": facts["order"] or Message("advice.no_number"), "amount": amount, "day": since,
        "end": ends or "",
        **_since(since if facts["dated"] and since <= scene.as_of else None),
    }  # fmt: skip
    said, more, arrived = _said(scene, group, facts, found, charge=bool(charge))
    missing = billed.part(due) if charge else 0
    causes = {
        **dict.fromkeys(CAUSES, 0), "missing": missing, "kept": billed.charged - missing,
    }  # fmt: skip
    assigned = min(order.assigned for order in group)
    row = case_row(
        scene, charge, [], causes, currency=billed.currency, decimals=billed.places,
        charged=billed.charged, refunded=0,
        orders=list(dict.fromkeys(order.order_id for order in group if order.order_id)),
        verdict=found.verdict, confidence=round(found.sure, 3),
        alternatives=_instead(scene, charge, among),
        due=None if found.came else Due(rest, billed.currency, billed.places, since, ends),
        merchant_strength=scene.strength[charge[0]] if charge else "certain",
        evidence=[Message("evidence.order", values), *(_arrival(scene, row) for row in arrived)],
        explanation=[
            Message(said, values | more), *_perhaps_paid(charge, assigned), *_one_of(among),
            *steps.remark(group, None), *undone.told(gone, amount),
        ],
        **steps.columns(situation),
    )  # fmt: skip
    for name in CAUSES:
        row[f"{name}_low"] = row[f"{name}_high"] = causes[name]
    if not charge:
        row["_day"] = first.day
        row["id"] = case_id([], [], row["orders"] or [f"claim on line {first.line}"])
    return row


def _billed(scene: Scene, charge: list[int], told: dict[int, list[Owed]], first: Owed) -> _Billed:
    """What these charges came to, with their fee rows; each paid its other orders, too, of which
    nothing is due.
    """
    if not charge:
        return _Billed(0, 0, first.currency, first.places)
    charged = sum(int(scene.links.moves.minor[i]) for i in charge)
    charged += sum(scene.attached.amount.get(scene.id[i], 0) for i in charge)
    total = sum(order.total for row in charge for order in told[row])
    return _Billed(charged, total, scene.currency[charge[0]], scene.places[charge[0]])


def _judged(
    scene: Scene, group: list[Owed], weighed: Sequence[Came], charge: list[int], due: Money,
    covered: Spans, among: Equals | None,
) -> _Judged:  # fmt: skip
    """What came of orders of which `due` is due in all, and what is said of it; `among` are others
    that nothing tells apart from one of them.
    """
    one, nothing = weighed[0], min(each.nothing for each in weighed)
    came = one.refunds if one.whole and not charge else ()
    part = one.part if one.short >= SURE else None
    sure = one.chance if came else one.short if part else nothing
    sure *= min(order.assigned for order in group)
    late = steps.is_late(group, scene.as_of, covered)
    verdict = "refunded" if came else "waiting"
    if came and one.chance < REVIEW_BELOW and late:
        verdict, came = "review", ()
    elif late and not came:
        # That so much is missing is sure although any of them may be the one of which it is.
        beyond = nothing if charge else sure
        if among:
            beyond = among.sure if among.missing.issuperset(charge) else 0.0
        verdict = "short" if part else "missing" if beyond >= SURE else "review"
    gone = None if came else undone.of(scene, charge, due, min(order.day for order in group))
    found = _Judged(verdict, sure, late, came, part, gone)
    doubt = _doubt(group, covered, gone) if verdict == "missing" and not charge else ""
    if doubt:
        found = found._replace(verdict="review", sure=sure * (1.0 - UNSEEN), doubt=doubt)
    return found


def _doubt(orders: Sequence[Owed], covered: Spans, gone: Undone | None) -> str:
    """Why the money of orders without a charge is not called missing, though its time is over."""
    due = [order for order in orders if order.amount > 0]
    # What was paid where no statement shows it comes back there too.
    if all(order.target == "paypal" for order in due):
        return "paypal"
    # Only where all statements cover the days of the charge does its absence tell anything.
    if not all(covers(order.day, order.day + _BOOKED, covered) for order in due):
        return ""
    # Cancelled before the charge was booked, or not paid at all: nothing tells when.
    if all(
        order.state == "cancelled" and (not order.dated or order.since - order.day <= _BOOKED)
        for order in due
    ):
        return "uncharged"
    # A credit of this sum, though taken back, is a trace of the order on these cards.
    return "" if gone else "other_card"


def _said(
    scene: Scene, group: list[Owed], facts: dict[str, Any], found: _Judged, *, charge: bool
) -> tuple[str, dict[str, Any], Sequence[int]]:
    """The sentence of a case, what it names besides amount and days, and the refunds it tells of;
    `facts` are those of `steps`.
    """
    verdict, part, ends = found.verdict, found.part, facts["clock_ends"]
    if found.came:
        return "orders.came", {"came": scene.day[found.came[0]]}, found.came
    if found.doubt == "uncharged":
        return _said_uncharged(group), {}, ()
    if found.doubt == "paypal":
        return "orders.unseen", {"target": Message("orders.paypal")}, ()
    if found.doubt == "other_card":
        return "orders.other_card", {}, ()
    if verdict == "review" and (charge or not part):
        return "orders.doubtful", {}, ()
    if part:
        said = "orders.part_came" if found.late else "orders.part_waiting"
        if charge:
            said = "orders.part_beside"
        if ends is None:
            said = "orders.part_not_granted"
        named = {"part": on_statement(scene, part[:1]), "came": scene.day[part[0]]}
        return said, named, part[:1]
    if not all(order.on_card for order in group):
        return "orders.elsewhere", {"target": Message(f"orders.{facts['target']}")}, ()
    if ends is None:
        return "orders.not_granted", {}, ()
    if verdict == "waiting" and ends < scene.as_of:
        return "orders.over_uncovered", {}, ()
    said = "explain.missing_undone" if verdict == "missing" and found.gone else f"explain.{verdict}"
    return said if charge else f"{said}_no_charge", {}, ()


def _among(scene: Scene, charge: Sequence[int], equals: dict[int, Equals]) -> Equals | None:
    """The orders that nothing tells apart from the one of these charges, where all are overdue and
    some of them are back.
    """
    among = equals.get(charge[0]) if len(charge) == 1 else None
    if among is None or not among.came or not among.missing:
        return None
    return among if steps.is_late(among.orders, scene.as_of, scene.spans(charge[0])) else None


def _instead(scene: Scene, charge: Sequence[int], among: Equals | None) -> list[Alternative]:
    """The other charges of which nothing may have come instead."""
    if among is None:
        return []
    return [
        Alternative((scene.id[order.charges[0]],), (), round(nothing, 3))
        for order, nothing in zip(among.orders, among.nothing, strict=True)
        if order.charges[0] != charge[0]
    ]


def _one_of(among: Equals | None) -> list[Message]:
    """That it is one of several equal orders, and nothing tells which."""
    if among is None:
        return []
    return [Message("orders.one_of_equal", {"count": len(among.orders), "came": among.came})]


def _perhaps_paid(charge: Sequence[int], assigned: float) -> list[Message]:
    """That the order may be another charge's, where several fit it alike."""
    if not charge or assigned >= REVIEW_BELOW:
        return []
    return [Message("orders.perhaps_paid", {"percent": f"{assigned:.0%}"})]


def _since(day: dt.date | None) -> dict[str, Message | str]:
    """Since when money is due, as sentences say it. The day of an order (None) is no day on which
    anything was promised, nor is one to come.
    """
    if day is None:
        return {"since": "", "due": Message("explain.due_untold")}
    said = {"day": day}
    return {"since": Message("explain.since", said), "due": Message("explain.due_since", said)}


def _printed(scene: Scene, row: int, order: Owed) -> Money | None:
    """A refund in its order's currency, where the statement prints it."""
    units = settle.worth(scene.links, row, order.currency)[1]
    return None if units is None else Money(units, order.currency, order.places)


def _said_uncharged(orders: Sequence[Owed]) -> str:
    """What is said of them: a sum that was promised back on a day speaks for its having been paid,
    and the day of an order is no day on which anything was promised.
    """
    due = [order for order in orders if order.amount > 0]
    if not all(order.dated for order in due):
        return "orders.uncharged_undated"
    return "orders.uncharged_promised" if all(o.told for o in due) else "orders.uncharged"


def _arrival(scene: Scene, row: int) -> Message:
    """A refund whose charge is not in the statements, as evidence."""
    return Message("orders.arrived", {"amount": on_statement(scene, [row]), "day": scene.day[row]})
