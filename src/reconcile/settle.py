"""Which charges paid which orders, beyond the joint solution: baskets and shared payments.

The linker gives each order one charge. Here follow, on what it left over: several orders paid by
one charge, one order paid by several charges, and orders whose total still contains a coupon.
"""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.linking.assign import SURE
from reconcile.linking.fit import Links
from reconcile.linking.order_fit import FIRST_DAY, LAST_DAY, NARROW
from reconcile.linking.worth import HOME

# Orders of one basket, and charges of one order, that are tried together.
_MOST_ORDERS, _MOST_CHARGES = 8, 3
# Charges of one card that are tried with one another for one order.
_MOST_TRIED = 24


def worth(links: Links, row: int, currency: str) -> tuple[float, int | None]:
    """Log of a movement's amount in `currency` (NaN: impossible), and its minor units if exact."""
    home = links.moves.frame["currency"].iloc[row]
    name = HOME if currency == home else currency
    if name not in links.worth.currencies:
        return float("nan"), None
    number = links.worth.currencies.index(name)
    exact = bool(links.worth.exact[number, row])
    return float(links.worth.log[number, row]), int(links.worth.units[row]) if exact else None


class Paid(NamedTuple):
    """Order position -> charge rows; and the orders whose coupon their total still contains."""

    charges: dict[int, list[int]]
    less_coupon: frozenset[int]


def together(links: Links, orders: pd.DataFrame) -> Paid:
    """The linker's charges of orders, and those of baskets, shared payments and coupons."""
    out = {at: list(rows) for at, rows in links.orders.items()}
    total, currency = orders["total"].tolist(), orders["currency"].tolist()
    coupon = orders["coupon"].tolist()
    less = {
        at
        for at, rows in out.items()
        if 0 < coupon[at] < total[at]
        and worth(links, rows[0], currency[at])[1] == total[at] - coupon[at]
    }
    taken = {row for rows in out.values() for row in rows}
    left = [at for at in range(len(orders)) if at not in out]
    if not left:
        return Paid(out, frozenset(less))
    moves = links.moves
    charges = [int(row) for row in np.flatnonzero(~moves.refund) if int(row) not in taken]
    day = orders["order_date"].to_numpy("datetime64[D]").astype(np.int64)
    placed, booked = _by_day(left, day), _by_day(charges, moves.day)
    for row in charges:
        # From the first day before the charge on which its order may lie, to the last.
        near = _around(placed, int(moves.day[row]), -LAST_DAY, -FIRST_DAY)
        near = [at for at in near if at not in out]
        found = _basket(links, row, near, total, currency, day)
        out.update({at: [row] for at in found})
        taken |= {row} if found else set()
    single = [at for at in left if at not in out]
    suited = {
        at: [
            row
            for row in _around(booked, int(day[at]), FIRST_DAY, LAST_DAY)
            if row not in taken and _fits(links, row, total[at], currency[at])
        ]
        for at in single
    }
    rivals = Counter(row for rows in suited.values() for row in rows)
    for at, only in suited.items():
        # What the linker found too weak counts when neither side has another choice.
        if len(only) == 1 and rivals[only[0]] == 1:
            out[at] = only
            taken.add(only[0])
    for at in left:
        if at not in out:
            near = _around(booked, int(day[at]), FIRST_DAY, LAST_DAY)
            near = [row for row in near if row not in taken]
            rows = _instalments(links, near, total[at], currency[at])
            if not rows and 0 < coupon[at] < total[at]:
                paid = total[at] - coupon[at]
                rows = [row for row in near if _fits(links, row, paid, currency[at])]
                rows = rows if len(rows) == 1 else []
                less |= {at} if rows else set()
            if rows:
                out[at] = rows
                taken |= set(rows)
    return Paid(out, frozenset(less))


def by_promise(links: Links, orders: pd.DataFrame) -> Links:
    """The links, where orders that are alike but for what is due, and that the linker could have
    given each other's charges, have them by what is due and what came, not by place in the list.
    """
    alike: dict[object, list[int]] = {}
    promised = orders["promised"].notna().tolist()
    keys = zip(
        orders["order_date"], orders["currency"], orders["total"], orders["coupon"], strict=True
    )
    for at, key in enumerate(keys):
        # What is sure has told the linker what to expect of its charge.
        if at in links.orders and not promised[at] and links.assigned.get(at, 1.0) < SURE:
            alike.setdefault(key, []).append(at)
    groups = [group for group in alike.values() if len(group) > 1]
    if not groups:
        return links
    out, assigned = dict(links.orders), dict(links.assigned)
    back, minor = _came_back(links), links.moves.minor
    due, total = orders["due"].tolist(), orders["total"].tolist()
    # Some is due, but not told how much.
    open_ = (orders["started"] & ~orders["known_due"]).tolist()
    number, line = orders["order_id"].fillna("").tolist(), orders["line"].tolist()
    for group in groups:
        chance = {row: assigned[at] for at in group for row in out[at]}
        left = sorted(chance)
        for at in sorted(group, key=lambda at: (-due[at], not open_[at], number[at], line[at])):
            came = [total[at] * back[row] // max(int(minor[row]), 1) for row in left]
            # What is due to the unit; else what has the most, and of nothing due the least.
            best = max(came) if due[at] or open_[at] else min(came)
            best = due[at] if due[at] and due[at] in came else best
            row = left.pop(came.index(best))
            out[at], assigned[at] = [row], chance[row]
    return replace(links, orders=out, assigned=assigned)


def _came_back(links: Links) -> list[int]:
    """Minor units that refunds linked to each movement alone brought back."""
    minor, stories = links.moves.minor, links.stories
    chosen = links.solution.chosen & (stories.charge2 < 0) & (stories.charge >= 0)
    out = np.zeros(len(minor), np.int64)
    for column in stories.refunds:
        held = chosen & (column >= 0)
        np.add.at(out, stories.charge[held], minor[column[held]])
    return list(out.tolist())


def _by_day(items: Sequence[int], day: npt.NDArray[np.int64]) -> dict[int, list[int]]:
    """The items of each day."""
    out: dict[int, list[int]] = {}
    for item in items:
        out.setdefault(int(day[item]), []).append(item)
    return out


def _around(by_day: dict[int, list[int]], day: int, first: int, last: int) -> list[int]:
    """The items from `first` to `last` days after a day, in their own order."""
    found = (by_day.get(day + step, ()) for step in range(first, last + 1))
    return sorted(item for items in found for item in items)


def _fits(links: Links, row: int, total: int, currency: str) -> bool:
    log, units = worth(links, row, currency)
    if units is not None:
        return units == total
    if math.isnan(log) and currency == links.moves.frame["currency"].iloc[row]:
        # A shop that billed in another currency may show its orders in that of the buyer.
        log = math.log(int(links.moves.minor[row]))
    return bool(NARROW.holds(log - math.log(max(total, 1))))


def _basket(
    links: Links, row: int, near: Sequence[int], total: list[int], currency: list[str],
    day: npt.NDArray[np.int64],
) -> list[int]:  # fmt: skip
    """Orders of one day that one charge paid together; empty unless only one set fits."""
    fitting = []
    keys = sorted({(int(day[at]), currency[at]) for at in near})
    for key in keys:
        same = [at for at in near if (int(day[at]), currency[at]) == key]
        if not 2 <= len(same) <= _MOST_ORDERS:
            continue
        _, units = worth(links, row, key[1])
        # An estimated amount cannot tell one part of a basket from another.
        sizes = range(2, len(same) + 1) if units is not None else [len(same)]
        sets = itertools.chain.from_iterable(itertools.combinations(same, n) for n in sizes)
        fitting += [
            list(part) for part in sets if _fits(links, row, sum(total[at] for at in part), key[1])
        ]
    return fitting[0] if len(fitting) == 1 else []


def _instalments(links: Links, near: Sequence[int], total: int, currency: str) -> list[int]:
    """Charges of one card that paid one order together; empty unless only one set fits."""
    own: dict[int, list[tuple[int, float, int | None]]] = {}
    for row in near:
        card = own.setdefault(int(links.moves.account[row]), [])
        if len(card) < _MOST_TRIED:
            log, units = worth(links, row, currency)
            card.append((row, math.exp(log), units))
    fitting, asked = [], math.log(max(total, 1))
    for card, size in itertools.product(own.values(), range(2, _MOST_CHARGES + 1)):
        for part in itertools.combinations(card, size):
            if all(units is not None for _, _, units in part):
                fit = sum(units or 0 for _, _, units in part) == total
            else:
                whole = sum(whole for _, whole, _ in part)
                fit = NARROW.holds(math.log(whole) - asked)
            if fit:
                fitting.append([row for row, _, _ in part])
    return fitting[0] if len(fitting) == 1 else []
