"""What orders say is due back, joined to the charges they were assigned to."""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import advice, clock, settle
from reconcile.linking.fit import Links
from reconcile.linking.worth import HOME
from reconcile.order_view import Wanted
from reconcile.orders import Orders

# Orders and cards round apart: a share this much smaller than what is due counts as all of it.
ROUNDING_SHARE = 0.005
# What a status may say of an order of which everything is kept.
_KEPT = (None, "unshipped", "shipped", "finished")


class Owed(NamedTuple):
    """One order: amounts in minor units of its own currency, when promised, until when in time.

    `known` is False where the order tells neither a refund amount nor a telling status,
    `clock_ends` None where nothing was granted yet, `dated` whether the day of the promise is told,
    `told` whether the sum is, beside the status,
    `assigned` how sure it is that these charges, or none here, paid the order. An order paid by
    several charges comes as several of these, each with its share. `unpaid_coupon` is a coupon that
    `total` no longer contains, because it was not charged.
    """

    order_id: str | None
    line: int
    currency: str
    places: int
    total: int
    amount: int
    day: dt.date
    since: dt.date
    clock_ends: dt.date | None
    known: bool
    charges: tuple[int, ...]
    state: str | None = None
    target: str | None = None
    protection: dt.date | None = None
    coupon: int = 0
    unpaid_coupon: int = 0
    shipping: int | None = None
    dated: bool = True
    told: bool = False
    assigned: float = 1.0
    countries: frozenset[str] = frozenset()

    @property
    def on_card(self) -> bool:
        """Whether the money comes to where statements can show it."""
        return self.target not in ("wallet", "bank")


def owed(links: Links, orders: Orders) -> list[Owed]:
    """Every order with the rows of the charges it was assigned to."""
    out: list[Owed] = []
    if orders.rows.empty:
        return out
    rows: list[Any] = list(orders.rows.itertuples(index=False))
    links = settle.by_promise(links, orders.rows)
    paid = settle.together(links, orders.rows)
    every = _countries(links, range(len(links.moves.refund)))
    for position, order in enumerate(rows):
        charges = tuple(int(row) for row in paid.charges.get(position, ()))
        countries = _countries(links, charges) if charges else every
        coupon = int(order.coupon)
        unpaid = coupon if position in paid.less_coupon else 0
        total = int(order.total) - unpaid
        since, ends = _clock(links, order, charges, countries)
        one = Owed(
            order_id=None if pd.isna(order.order_id) else str(order.order_id),
            line=int(order.line), currency=str(order.currency), places=int(order.places),
            total=total, amount=min(int(order.due), total), day=order.order_date.date(),
            since=since, clock_ends=ends, known=bool(order.known_due), charges=charges,
            state=_text(order.state), target=_text(order.target),
            protection=None if pd.isna(order.protection_until) else order.protection_until.date(),
            coupon=coupon - unpaid, unpaid_coupon=unpaid,
            shipping=int(order.shipping) if order.shipping >= 0 else None,
            dated=bool(pd.notna(order.promised)), countries=countries,
            told=bool(order.told),
            assigned=_assigned(links, position, charges),
        )  # fmt: skip
        out += _pieces(links, one) if len(charges) > 1 else [one]
    return out


def _assigned(links: Links, position: int, charges: tuple[int, ...]) -> float:
    """How sure it is that these charges, or none, paid an order, where the linker said so."""
    by_linker = charges == tuple(links.orders.get(position, ()))
    return links.assigned.get(position, 1.0) if by_linker else 1.0


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _clock(
    links: Links, order: Any, charges: tuple[int, ...], countries: frozenset[str]
) -> tuple[dt.date, dt.date | None]:
    """Since when money is due, and until when it is in time (None: nothing was granted yet)."""
    promised = pd.notna(order.promised)
    since = (order.promised if promised else order.order_date).date()
    if charges:
        # Nothing can be due back before it was charged.
        first = min(int(links.moves.day[row]) for row in charges)
        since = max(since, dt.date.fromisoformat(str(np.datetime64(first, "D"))))
    if not order.started:
        return since, None
    start = since
    if not promised and order.state == "cancelled":
        # It may have taken its Processing Time to be cancelled.
        start = clock.end("auto_cancel", since)
    elif not promised and pd.notna(order.state):
        # Granted on an unknown day: AliExpress grants until Buyer Protection ends.
        told = pd.notna(order.protection_until)
        start = order.protection_until.date() if told else clock.end("protection", since)
    return since, advice.clock_end(max(start, since), countries)


def _countries(links: Links, rows: Any) -> frozenset[str]:
    """Countries whose bank holidays the cards of these movements follow."""
    currency = links.moves.frame["currency"]
    names = {currency.iloc[row] for row in rows} if len(rows) < 20 else set(currency.unique())
    found = (clock.country(None if pd.isna(name) else str(name)) for name in names)
    return frozenset(name for name in found if name is not None)


def _pieces(links: Links, order: Owed) -> list[Owed]:
    """An order over several charges: to each its share of the total, and what of it is due."""
    minor = [int(links.moves.minor[row]) for row in order.charges]
    units = [settle.worth(links, row, order.currency)[1] for row in order.charges]
    totals = [unit for unit in units if unit is not None]
    exact = len(totals) == len(units) and sum(totals) == order.total
    totals = totals if exact else _divided(order.total, minor)
    amounts = _due_of(links, order, totals, 0.0 if exact else ROUNDING_SHARE * order.total)
    return [
        order._replace(total=total, amount=amount, charges=(row,))
        for row, total, amount in zip(order.charges, totals, amounts, strict=True)
    ]


def _divided(amount: int, parts: Sequence[int]) -> list[int]:
    """An amount divided as `parts` are, to the unit and none below zero."""
    whole, left, out = sum(parts), amount, []
    for part in parts[:-1]:
        mine = min(round(amount * part / max(whole, 1)), left)
        out.append(mine)
        left -= mine
    return [*out, left]


def _due_of(links: Links, order: Owed, totals: Sequence[int], slack: float) -> list[int]:
    """What is due of each charge of an order: of each as much as it is of the order, but

    a seller gives back the own charge: where just one choice of charges is what is due, up to
    `slack` minor units, it is due of them; else those that something was linked to come first.
    """
    count = len(totals)
    if order.amount >= order.total or not order.amount:
        return list(totals) if order.amount else [0] * count
    sets = [
        chosen
        for size in range(1, count)
        for chosen in itertools.combinations(range(count), size)
        if abs(sum(totals[at] for at in chosen) - order.amount) <= slack
    ]
    if len(sets) == 1:
        # What is promised above these charges is the rounding of cards; below, it is what is due.
        room = [totals[at] for at in sets[0]]
        part = dict(zip(sets[0], _divided(min(order.amount, sum(room)), room), strict=True))
        return [part.get(at, 0) for at in range(count)]
    linked = [_back(links, row, order.currency) for row in order.charges]
    first = {at for at, fits in enumerate(linked) if fits}
    if not first and any(fits is not None for fits in linked):
        # What came is more than the charge it was linked to: it is of one that is large enough.
        first = {at for at, total in enumerate(totals) if total >= order.amount}
    out, left = [0] * count, order.amount
    for group in (sorted(first), [at for at in range(count) if at not in first]):
        room = [totals[at] for at in group]
        share = _divided(min(left, sum(room)), room) if room else []
        for at, mine in zip(group, share, strict=True):
            out[at] = min(mine, totals[at])
            left -= mine
    return out


def _back(links: Links, row: int, currency: str) -> bool | None:
    """Whether refunds linked to a charge are no more than it; None where none is linked."""
    held = np.logical_or.reduce([column == row for column in links.stories.charges])
    found = np.flatnonzero(links.solution.chosen & held).tolist()
    if not found:
        return None
    paid = _units(links, links.stories.charges_at(found[0]), currency)
    came = _units(links, links.stories.refunds_at(found[0]), currency)
    return paid is None or came is None or came <= paid


def wanted(orders: Sequence[Owed]) -> list[Wanted]:
    """The orders as `arrivals` weighs them; what is not going to a card cannot have come there."""
    return [
        Wanted(
            o.currency, o.amount if o.on_card else 0, _number(o.day),
            _number(o.since) if o.dated else None, o.charges, o.total, o.known,
        )
        for o in orders
    ]  # fmt: skip


def _number(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def billed_at_home(links: Links, orders: Sequence[Owed]) -> Links:
    """The links, where orders that the linker did not know of are in a card's own currency and add
    up to its charge to the unit: it was billed in that, and only as much gave all of it back.
    """
    known = {row for rows in links.orders.values() for row in rows}
    names = links.moves.frame["currency"]
    rows = [
        row
        for row, group in by_charge(orders).items()
        if row not in known
        and {o.currency for o in group} == {names.iloc[row]}
        and _units(links, [row], group[0].currency) == sum(o.total for o in group)
    ]
    # Without anything due the stories are not weighed again, and have to stay as they are.
    if not rows or not any(o.amount > 0 for o in orders):
        return links
    stories, minor = links.stories, links.moves.minor
    mine = (stories.charge2 < 0) & np.isin(stories.charge, rows)
    back = sum(np.where(column >= 0, minor[column], 0) for column in stories.refunds)
    whole = np.isin(stories.kind, ("full", "split")) & (back != minor[stories.charge])
    score = np.where(mine & whole, -np.inf, stories.score)
    currency = np.where(mine, links.worth.currencies.index(HOME), stories.currency)
    return replace(links, stories=stories._replace(score=score, currency=currency))


def told_by_refunds(links: Links, orders: Sequence[Owed]) -> list[Owed]:
    """Orders of a basket that tell nothing, as with nothing due, where the refunds of its charge
    are no more than what its other orders say. A status that speaks of a refund tells something.
    """
    baskets = {
        row: group
        for row, group in by_charge(orders).items()
        if any(o.known and o.amount for o in group) and not all(o.known for o in group)
        if all(o.known or o.state in _KEPT for o in group)
    }
    done: set[int] = set()
    for at in np.flatnonzero(links.solution.chosen).tolist() if baskets else ():
        charges = links.stories.charges_at(at)
        group = baskets.get(charges[0], []) if len(charges) == 1 else []
        names = {o.currency for o in group}
        if len(names) != 1:
            continue
        came = _units(links, links.stories.refunds_at(at), names.pop())
        if came is not None and came <= sum(o.amount for o in group if o.known):
            done.add(charges[0])
    return [
        o._replace(known=True) if o.charges and done.issuperset(o.charges) else o for o in orders
    ]


def _units(links: Links, rows: Sequence[int], currency: str) -> int | None:
    """What movements are together in a currency, in minor units; None where it is estimated."""
    units = [settle.worth(links, row, currency)[1] for row in rows]
    return None if None in units else sum(one or 0 for one in units)


def by_charge(orders: Sequence[Owed]) -> dict[int, list[Owed]]:
    """Orders by the row of each charge they were assigned to."""
    out: dict[int, list[Owed]] = {}
    for order in orders:
        for row in order.charges:
            out.setdefault(row, []).append(order)
    return out


def groups(orders: Sequence[Owed]) -> list[list[Owed]]:
    """Orders that share a charge or are pieces of one, together.

    Groups and orders stand in the order of the list, but for groups that a later order joins: the
    second then comes behind that order.
    """
    out: list[list[Owed]] = []
    place: dict[object, int] = {}
    for order in orders:
        keys = [("line", order.line), *(("charge", row) for row in order.charges)]
        known = sorted({place[key] for key in keys if key in place})
        at = known[0] if known else len(out)
        if not known:
            out.append([])
        out[at].append(order)
        for other in known[1:]:
            out[at] += out[other]
            out[other] = []
            place |= {key: at for key, value in place.items() if value == other}
        place |= dict.fromkeys(keys, at)
    return [group for group in out if group]


def share_due(orders: Sequence[Owed]) -> float:
    """The share of these orders' totals that is due back, 0 to 1."""
    return sum(o.amount for o in orders) / max(sum(o.total for o in orders), 1)


def shares(links: Links, told: dict[int, list[Owed]]) -> npt.NDArray[np.float64]:
    """Share due of each movement of the links by its orders; NaN where no order tells."""
    out = np.full(len(links.moves.refund), np.nan)
    for row, orders in told.items():
        if all(order.known for order in orders):
            out[row] = share_due(orders)
    return out
