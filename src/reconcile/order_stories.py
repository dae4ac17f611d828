"""Stories of orders beyond the linker's: of charges not here, and of refunds the bank misdated."""

from collections.abc import Sequence

import numpy as np

from reconcile.linking.candidates import Ints
from reconcile.linking.score import LARGEST_PART, SMALLEST_PART, bell
from reconcile.linking.stories import Stories, build, merge
from reconcile.linking.worth import Worth
from reconcile.order_view import BRINGS, LATEST, SHORT, View

# What comes of an order without a charge here: all at once, a part (`SHORT`), all in two parts,
# together with another order; wide of any one world, as the linker's own shares are.
_WHOLE, _SPLIT, _JOINT = 0.78, 0.07, 0.07
# Orders promised at about the same time that one refund may be for: about so many.
_PARTNERS = 4.0
# Days between two promises of which one refund may be for both.
_TOGETHER = 14
# The first of two parts may come this long before the promise of both.
_FIRST_PART = 60
# How far two parts may add up to something else than what is due, as a log, to be looked at.
_CLOSE = 0.06
# Refunds near the promise of one order that are tried in pairs, and orders tried together with it.
_MOST_REFUNDS, _MOST_NEAR = 120, 40
# Share of refunds that banks date with the purchase, up to some days off (time zones), and how far
# the rate has moved by the day they were converted.
_MISDATED, _SAME_DAYS, _MOVED = 0.015, 3, 0.025
# Stories less likely than this, as a log, change nothing shown.
LEAST = -8.0


def lone(view: View) -> list[Stories]:
    """Stories of the orders whose charge no statement shows."""
    orders = [at for at, o in enumerate(view.wanted) if not o.charges and o.amount > 0]
    if not orders or not len(view.rows):
        return []
    # Of a long list most orders have no refund near them at all.
    orders = np.unique(view.near(np.array(orders, np.int64))[0]).tolist()
    out = [_single(view, np.array(orders, np.int64))]
    for at in orders:
        out += _split(view, at)
    return out + _joint(view, orders)


def _single(view: View, orders: Ints) -> Stories:
    """One refund that is what one order has due, or a part of it."""
    at, row = view.near(orders)
    due = np.array([order.amount for order in view.wanted], np.float64)[at]
    names = np.array([order.currency for order in view.wanted], dtype=object)[at].astype(str)
    whole, part = np.zeros(len(at)), np.zeros(len(at))
    for name in np.unique(names):
        mine = np.flatnonzero(names == name)
        whole[mine] = view.equal(name, row[mine], due[mine])
        share = np.exp(view.worth(name)[0][row[mine]]) / due[mine]
        inside = (share > SMALLEST_PART) & (share < LARGEST_PART)
        part[mine] = np.where(inside, share / (LARGEST_PART - SMALLEST_PART), 0.0)
    with np.errstate(divide="ignore"):
        base = view.prior(at, row) + np.log(view.when(at, row)) - view.rare(row)
        parts = []
        # The other part may have come before the statements: then all is back.
        begin = np.array([order.day for order in view.wanted], np.int64)[at]
        span = np.maximum(view.links.moves.day[row] - begin, 1)
        before = np.clip((view.first[view.links.moves.account[row]] - begin) / span, 0.0, 1.0)
        kinds = (("full", _WHOLE, whole), ("part", SHORT, part), ("rest", _SPLIT * before, part))
        for kind, chance, values in kinds:
            score = base + np.log(chance) + np.log(np.nan_to_num(values))
            keep = np.flatnonzero(score > LEAST)
            parts.append(
                build(
                    [at[keep] + view.count], [row[keep]], score[keep], kind, 0, kind != "full"
                )
            )  # fmt: skip
    return merge(parts)


def misdated(view: View) -> list[Stories]:
    """Refunds of what is due that are dated with their purchase, of one order or of two."""
    moves, worth = view.links.moves, view.links.worth
    printed = moves.frame[["posted_date", "conversion_date", "original_amount"]].notna()
    loose = ~printed.any(axis=1).to_numpy() & moves.refund
    due: dict[int, float] = {}
    name: dict[int, str] = {}
    for order in view.wanted:
        if len(order.charges) == 1 and order.amount > 0:
            row = order.charges[0]
            due[row] = due.get(row, 0.0) + order.amount
            name[row] = order.currency
    out = []
    rows = view.rows[loose[view.rows]]
    day = moves.day[rows]
    charges = sorted(due, key=lambda row: (int(moves.account[row]), int(moves.day[row]), row))
    for place, charge in enumerate(charges):
        low, high = np.searchsorted(
            day, [moves.day[charge] - _SAME_DAYS, moves.day[charge] + _SAME_DAYS + 1]
        ).tolist()
        near = rows[low:high]
        near = near[moves.account[near] == moves.account[charge]]
        if not len(near):
            continue
        beside = [
            other
            for other in charges[max(0, place - _MOST_NEAR) : place + _MOST_NEAR]
            if other != charge
            and moves.account[other] == moves.account[charge]
            and name[other] == name[charge]
            and 0 <= moves.day[other] - moves.day[charge] <= _TOGETHER
        ]
        for other in (-1, *beside):
            whole = due[charge] + due.get(other, 0.0)
            out.append(_dated(view, charge, other, near, whole, name[charge], worth))
    return out


def _dated(
    view: View, charge: int, other: int, near: Ints, whole: float, name: str, worth: Worth
) -> Stories:
    """The stories of one charge (or two) with the refunds dated about its day."""
    log, variance, _, _ = view.worth(name)
    off = log[near] - np.log(whole)
    density = bell(np.nan_to_num(off, nan=9.0), variance[near] + _MOVED**2)
    share = _MISDATED * (1.0 if other < 0 else _JOINT / _PARTNERS)
    count = 1.0 if other < 0 else 2.0
    score = np.log(share) - count * np.log(1.0 - BRINGS) - np.log(2 * _SAME_DAYS + 1)
    with np.errstate(divide="ignore"):
        score = score + np.log(density) - view.rare(near)
    keep = np.flatnonzero(score > LEAST)
    first, second = (charge, -1) if other < 0 else (min(charge, other), max(charge, other))
    kind = "full" if other < 0 else "joint"
    number = worth.currencies.index(name) if name in worth.currencies else 0
    return build([first, second], [near[keep]], score[keep], kind, number)


def _split(view: View, at: int) -> list[Stories]:
    """Two refunds on one card that are together what an order has due."""
    order = view.wanted[at]
    day = view.links.moves.day
    begin = order.day if order.promised is None else max(order.promised - _FIRST_PART, order.day)
    end = (order.day if order.promised is None else order.promised) + LATEST
    low, high = np.searchsorted(day[view.rows], [begin, end + 1]).tolist()
    rows = view.rows[low:high][:_MOST_REFUNDS]
    log, _, exact, _ = view.worth(order.currency)
    rows = rows[np.isfinite(log[rows])]
    one, two = np.triu_indices(len(rows), 1)
    account = view.links.moves.account
    same = account[rows[one]] == account[rows[two]]
    early, late = rows[one[same]], rows[two[same]]
    units = np.exp(log)
    both = units[early] + units[late]
    close = np.abs(np.log(both / order.amount)) < _CLOSE
    early, late, both = early[close], late[close], both[close]
    if not len(early):
        return []
    place = np.full(len(early), at)
    variance = np.maximum(view.worth(order.currency)[1], 1e-9)
    first, second = units[early] / both, units[late] / both
    spread = first**2 * variance[early] + second**2 * variance[late]
    printed = exact[early] & exact[late]
    density = np.where(
        printed,
        np.where(np.rint(both) == order.amount, order.amount, 0.0),
        bell(np.log(both / order.amount), spread),
    )
    # From (sum, fraction) to the two log amounts, any division alike; the first part's day is
    # anywhere between the order and the second.
    density = density * first * second / np.maximum(day[late] - order.day + 1, 1)
    with np.errstate(divide="ignore"):
        score = view.prior(place, late) + np.log(view.when(place, late) * _SPLIT * density)
        score -= view.rare(early) + view.rare(late)
    keep = np.flatnonzero(score > LEAST)
    one, two = np.minimum(early, late)[keep], np.maximum(early, late)[keep]
    return [build([place[keep] + view.count], [one, two], score[keep], "split", 0)]


def _joint(view: View, orders: Sequence[int]) -> list[Stories]:
    """One refund for two orders, of which at least one has no charge here."""
    mine, out = set(orders), []
    every = [
        at
        for at, order in enumerate(view.wanted)
        if order.amount > 0
        and order.promised is not None
        and (at in mine or len(order.charges) == 1)
    ]
    every.sort(key=lambda at: (view.wanted[at].promised or 0, at))
    for place, a in enumerate(every):
        for b in every[place + 1 : place + 1 + _MOST_NEAR]:
            one, two = view.wanted[a], view.wanted[b]
            if (two.promised or 0) - (one.promised or 0) > _TOGETHER:
                break
            if one.currency == two.currency and (a in mine or b in mine):
                out += _for_both(view, a, b)
    return out


def _for_both(view: View, a: int, b: int) -> list[Stories]:
    one, two = view.wanted[a], view.wanted[b]
    at, row = view.near(np.array([b]))
    moves = view.links.moves
    for order in (one, two):
        for charge in order.charges:
            own = moves.account[row] == moves.account[charge]
            at, row = at[own], row[own]
    density = view.equal(one.currency, row, np.full(len(row), float(one.amount + two.amount)))
    prior = np.log(_JOINT / _PARTNERS) - 2.0 * np.log(1.0 - BRINGS)
    with np.errstate(divide="ignore"):
        score = prior + np.log(view.when(at, row)) + np.log(np.nan_to_num(density))
        score -= view.rare(row)
        lone = [n for n, order in ((a, one), (b, two)) if not order.charges]
        card = np.min([view.prior(np.full(len(row), n), row) for n in lone], axis=0)
        score += card - np.log(BRINGS) + np.log(1.0 - BRINGS)
    keep = np.flatnonzero(score > LEAST)
    if not len(keep):
        return []
    items = sorted(
        order.charges[0] if order.charges else view.count + n for n, order in ((a, one), (b, two))
    )
    return [build(items, [row[keep]], score[keep], "joint", 0)]
