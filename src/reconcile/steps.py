"""From a case and its orders to the next step: verdict of what is due, and the case's last columns.

`cases` builds the numbers; this module says what they mean for the buyer.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from reconcile import advice, messages
from reconcile.advice import Situation, Spans
from reconcile.clock import Closing
from reconcile.due import Owed
from reconcile.text import Message, Money

# A gap in the exchange rate beyond this share of what was paid is not the network's spread: 99 of
# 100 refunds lie within 2.5% of what the reference rates predict, statement dates alone known.
GAP_SHARE = 0.03
# Orders and cards round apart by this share when amounts are estimated.
_ROUNDING = 0.006
# The deadline that matters first, where orders of one case differ.
_STATES = (
    "refund_processing", "out_of_stock", "cancel_requested", "fake_tracking", "partial_offer",
    "refund_success", "refund_part", "cancelled",
)  # fmt: skip

# What statements do not show is said first, where the refunds of one case go different ways.
_TARGETS = ("wallet", "bank", "paypal", "card")


class CardDays(NamedTuple):
    """What is told of a card's calendar: closing and payment day, last day of validity."""

    closing: Closing | None = None
    expires: dt.date | None = None


def facts(orders: Sequence[Owed]) -> dict[str, Any]:
    """What the orders of a case say together, as fields of a `Situation`: of those with something
    due, where there are any.
    """
    if not orders:
        return {}
    due = [order for order in orders if order.amount > 0] or list(orders)
    first = min(due, key=lambda o: (_rank(o.state, _STATES), o.state or ""))
    ends = [order.clock_ends for order in due]
    known = [end for end in ends if end is not None]
    guards = [order.protection for order in due if order.protection is not None]
    coupon, shipping = sum(o.coupon for o in whole(due)), _shipping(due)
    promised = sum(order.amount for order in due)
    return {
        "promised": Money(promised, first.currency, first.places) if promised else None,
        "order": numbers(due), "state": first.state,
        "target": min((o.target for o in due), key=lambda name: _rank(name, _TARGETS)),
        "order_day": min(order.day for order in due), "since": min(order.since for order in due),
        "clock_ends": max(known) if len(known) == len(ends) else None,
        "protection": min(guards, default=None),
        "coupon": Money(coupon, first.currency, first.places) if coupon else None,
        "shipping": Money(shipping, first.currency, first.places) if shipping else None,
        "countries": frozenset().union(*(order.countries for order in due)),
        "dated": all(order.dated for order in due),
        "told": all(order.told for order in due),
    }  # fmt: skip


def _rank(name: str | None, names: tuple[str, ...]) -> int:
    return names.index(name) if name in names else len(names)


def numbers(orders: Sequence[Owed]) -> str | None:
    """The numbers of orders, as texts name them."""
    return ", ".join(dict.fromkeys(order.order_id for order in orders if order.order_id)) or None


def whole(orders: Sequence[Owed]) -> list[Owed]:
    """One of each order's pieces: coupon and shipping are of the order, and stand in all."""
    return list({order.line: order for order in orders}.values())


def _shipping(orders: Sequence[Owed]) -> int:
    return sum(order.shipping or 0 for order in whole(orders))


def is_late(orders: Sequence[Owed], as_of: dt.date, spans: Spans) -> bool:
    """Whether every refund of these orders is overdue within the days the statements cover."""
    return all(
        order.on_card
        and order.clock_ends is not None
        and advice.overdue(order.since, order.clock_ends, as_of, spans)
        for order in orders
        if order.amount > 0
    )


def short_by(orders: Sequence[Owed], share: float, *, exact: bool) -> str | None:
    """`coupon` or `shipping` where exactly that is what did not come back of what was paid."""
    total = sum(order.total for order in orders)
    rest = total - share * total
    slack = 0.5 if exact else _ROUNDING * total
    coupon, shipping = sum(order.coupon for order in whole(orders)), _shipping(orders)
    for name, amount in (("coupon", coupon), ("shipping", shipping)):
        # What is as small as the rounding cannot be told from it.
        if amount > slack and abs(rest - amount) <= slack:
            return name
    return None


def columns(s: Situation) -> dict[str, Any]:
    """The case's columns from `next_step` on."""
    found = advice.advise(s)
    letter = messages.letter(found, s)
    return {
        "next_step": found.code, "deadline": found.deadline,
        "next_text": messages.step(found.text, letter), "message": letter,
        "checklist": list(found.checklist),
    }  # fmt: skip


def remark(orders: Sequence[Owed], short: str | None) -> list[Message]:
    """Sentences on coupons: what the order's total still counts, or what the refund leaves out."""
    out = []
    for order in whole(orders):
        if order.unpaid_coupon:
            coupon = Money(order.unpaid_coupon, order.currency, order.places)
            out.append(Message("orders.coupon_unpaid", {"coupon": coupon}))
    if short == "coupon":
        first = orders[0]
        coupon = Money(sum(order.coupon for order in whole(orders)), first.currency, first.places)
        out.append(Message("orders.coupon_short", {"coupon": coupon}))
    return out
