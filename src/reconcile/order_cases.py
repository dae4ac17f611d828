"""Cases of orders with something due for which no refund was linked to a charge."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from reconcile import settle, steps, undone
from reconcile.advice import REVIEW_BELOW, Situation, Spans, covers
from reconcile.arrivals import Came
from reconcile.case_rows import Scene, case_id, case_row, on_statement, place
from reconcile.due import Owed
from reconcile.equal_orders import Equals
from reconcile.order_view import UNSEEN
from reconcile.tables import CAUSES, Alternative, Due
from reconcile.text import Message, Money

# Chance from which on nothing, or too little, is said to have come; below it the case is `review`.
SURE = 0.6
# A card takes up to 4 days to book a purchase; what is cancelled before may never be charged.
_BOOKED = dt.timedelta(days=4)


def unpaid(
    scene: Scene, group: list[Owed], weighed: Sequence[Came], told: dict[int, list[Owed]],
    equals: dict[int, Equals],
) -> dict[str, Any]:  # fmt: skip
    """The case of orders with something due for which no refund of a charge was linked.

    `weighed` tells what came of each of them, `told` are all orders by charge, `equals` those that
    nothing tells apart. Where their charge is not in the statements a refund may have come all the
    same, whole or in part.
    """
    first = group[0]
    charge = sorted({row for order in group for row in order.charges})
    told_by = steps.facts(group)
    ends = told_by["clock_ends"]
    since = min(order.since for order in group)
    due_sum = sum(o.amount for o in group)
    # A charge paid its other orders, too, of which nothing is due.
    total = sum(order.total for row in charge for order in told[row])
    where: dict[str, Any] = {"as_of": scene.as_of, "covered": scene.every()}
    if charge:
        where = place(scene, charge[0])
        charged = sum(int(scene.links.moves.minor[i]) for i in charge)
        charged += sum(scene.attached.amount.get(scene.id[i], 0) for i in charge)
        missing = round(due_sum / total * charged)
        currency, places = scene.currency[charge[0]], scene.places[charge[0]]
    else:
        charged = missing = 0
        currency, places = first.currency, first.places
    one = weighed[0]
    came = one.refunds if one.whole and not charge else ()
    part = one.part if one.short >= SURE else None
    rest = due_sum - (part[1] if part else 0)
    if charge:
        rest = round(max(rest, 0) / total * charged)
    still = Due(rest, currency, places, since, ends)
    late = steps.is_late(group, scene.as_of, where["covered"])
    assigned = min(order.assigned for order in group)
    nothing = min(o.nothing for o in weighed)
    sure = (one.chance if came else one.short if part else nothing) * assigned
    among = _among(scene, charge, equals)
    verdict = "refunded" if came else "waiting"
    if came and one.chance < REVIEW_BELOW and late:
        verdict, came = "review", ()
    elif late and not came:
        # That so much is missing is sure although any of them may be the one of which it is.
        beyond = nothing if charge else sure
        if among:
            beyond = max(beyond, among.short)
        verdict = "short" if part else "missing" if beyond >= SURE else "review"
    absent = verdict == "missing" and not charge
    # What was paid where no statement shows it comes back there too.
    paypal = absent and all(order.target == "paypal" for order in group if order.amount > 0)
    uncharged = absent and not paypal and _uncharged(group, where["covered"])
    if uncharged or paypal:
        verdict, sure = "review", sure * (1.0 - UNSEEN)
    amount = Money(still.amount, currency, places)
    day = scene.day[charge[0]] if charge else None
    full = Money(missing if charge else due_sum, currency, places)
    gone = None if came else undone.of(scene, charge, full, min(order.day for order in group))
    # A credit of this sum, though taken back, is a trace of the order on these cards.
    other_card = verdict == "missing" and not charge and not gone
    other_card = other_card and _elsewhere(group, where["covered"])
    if other_card:
        # Its time is over, so it is no longer waited for; where it was paid nothing tells.
        verdict, sure = "review", sure * (1.0 - UNSEEN)
    situation = Situation(
        verdict=verdict, amount=amount, charge_day=day,
        charged=on_statement(scene, charge) if charge else None, charge=bool(charge),
        refunded=on_statement(scene, part[:1]) if part else None,
        refund_day=scene.day[part[0]] if part else None, uncharged=uncharged or paypal,
        unseen=other_card,
        undone=undone.fact(gone, amount),
        returned=_printed(scene, part[0], first) if part else None, **where, **told_by,
    )  # fmt: skip
    values: dict[str, Any] = {
        "order": told_by["order"] or Message("advice.no_number"), "amount": amount, "day": since,
        "end": ends or "",
        **_since(since if told_by["dated"] and since <= scene.as_of else None),
    }  # fmt: skip
    evidence = [Message("evidence.order", values)]
    said = f"explain.{verdict}" if charge else f"explain.{verdict}_no_charge"
    if came:
        said, days = "orders.came", [scene.day[row] for row in came]
        values["came"] = days[0]
        evidence += [_arrival(scene, row) for row in came]
    elif uncharged:
        said = _said_uncharged(group)
    elif paypal:
        said = "orders.unseen"
        values["target"] = Message("orders.paypal")
    elif other_card:
        said = "orders.other_card"
    elif verdict == "review" and (charge or not part):
        said = "orders.doubtful"
    elif part:
        said = "orders.part_came" if late else "orders.part_waiting"
        if charge:
            said = "orders.part_beside"
        if ends is None:
            said = "orders.part_not_granted"
        values |= {"part": on_statement(scene, part[:1]), "came": scene.day[part[0]]}
        evidence.append(_arrival(scene, part[0]))
    elif not all(order.on_card for order in group):
        said = "orders.elsewhere"
        values["target"] = Message(f"orders.{told_by['target']}")
    elif ends is None:
        said = "orders.not_granted"
    elif verdict == "waiting" and ends < scene.as_of:
        said = "orders.over_uncovered"
    elif verdict == "missing" and gone:
        said = "explain.missing_undone" if charge else "explain.missing_undone_no_charge"
    causes = {**dict.fromkeys(CAUSES, 0), "missing": missing, "kept": charged - missing}
    row = case_row(
        scene, charge, [], causes, currency=currency, decimals=places, charged=charged, refunded=0,
        orders=list(dict.fromkeys(order.order_id for order in group if order.order_id)),
        verdict=verdict, confidence=round(sure, 3),
        alternatives=_instead(scene, charge, among) if verdict == "missing" else [],
        due=None if came else still,
        merchant_strength=scene.strength[charge[0]] if charge else "certain", evidence=evidence,
        explanation=[
            Message(said, values), *_perhaps_paid(charge, assigned),
            *_one_of(among if verdict == "missing" else None),
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


def _among(scene: Scene, charge: Sequence[int], equals: dict[int, Equals]) -> Equals | None:
    """The orders that nothing tells apart from the one of these charges, where all are overdue and
    some of them are back.
    """
    among = equals.get(charge[0]) if len(charge) == 1 else None
    if among is None or not 0 < among.came < len(among.orders):
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


def _uncharged(orders: Sequence[Owed], covered: Spans) -> bool:
    """Whether no charge is to be expected of these orders: cancelled before it was booked (or not
    paid at all: nothing tells when), while the statements cover the days on which it would stand.
    """
    return all(
        order.state == "cancelled"
        and (not order.dated or order.since - order.day <= _BOOKED)
        and covers(order.day, order.day + _BOOKED, covered)
        for order in orders
        if order.amount > 0
    )


def _elsewhere(orders: Sequence[Owed], covered: Spans) -> bool:
    """Whether the statements of every card cover the days on which these orders were charged: as
    no charge is there, the money does not come back there either.
    """
    return all(
        covers(order.day, order.day + _BOOKED, covered) for order in orders if order.amount > 0
    )


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
