"""What orders tell beyond the joint solution: baskets, shared payments, refunds that came alone.

The linker gives each order one charge. Here follow, on what it left over: several orders paid by
one charge, one order paid by several charges, orders whose charge lies before the statements but
whose refund is in them, and the refund that is likeliest for an order that is overdue without one.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.cards import NETWORK_MEAN, REFUND_LOG
from reconcile.linking.fit import Links
from reconcile.linking.worth import HOME

# Days from an order to its charge, as for single orders.
_FIRST_DAY, _LAST_DAY = -2, 7
# Log distance of a billed amount from the order's: spread below, the highest fee and spread above.
_BELOW, _ABOVE = -0.012, 0.06
# Orders of one basket, and charges of one order, that are tried together.
_MOST_ORDERS, _MOST_CHARGES = 8, 3
# A promised refund may be dated this many days before its promise was written down, and reaches
# the card, at the latest, this many days after it.
_EARLY, _LATEST = 10, 75
# The first of two parts may be this much older than the promise of both; a part comes this soon.
_FIRST_PART, _SOON = 45, 30
# Time zones: a refund dated with its purchase may lie this many days before it.
_SAME_DAY = 3
# From this chance on that its refund is linked elsewhere, an order is not called missing.
_CLOSE = 0.3
# Spread of a refund's estimated worth around what is due, with only statement dates known, and
# how many such spreads, the card's own fee and mode counted in, still are the same amount.
_REFUND_SD, _REFUND_Z = 0.006, 3.0
# The same for doubt: a refund dated with its purchase was converted weeks later.
_DOUBT_Z = 6.0
# An overdue order takes a refund that nothing else explains from this chance on: without the
# order, "unrelated" would be likelier, but a refund of that shop without a purchase is rare.
LEAST_LATE = 0.1
# The same for a refund of exactly what is due, which banks may date with the purchase.
LEAST_DUE = 0.01


@dataclass(frozen=True)
class Wanted:
    """An order with something due, as `arrived` and `late` need it; days count from 1970."""

    currency: str
    amount: int
    day: int
    promised: int
    charges: tuple[int, ...]


def worth(links: Links, row: int, currency: str) -> tuple[float, int | None]:
    """Log of a movement's amount in `currency` (NaN: impossible), and its minor units if exact."""
    home = links.moves.frame["currency"].iloc[row]
    name = HOME if currency == home else currency
    if name not in links.worth.currencies:
        return float("nan"), None
    number = links.worth.currencies.index(name)
    exact = bool(links.worth.exact[number, row])
    return float(links.worth.log[number, row]), int(links.worth.units[row]) if exact else None


@dataclass(frozen=True)
class Paid:
    """Order position -> charge rows; and the orders whose coupon their total still contains."""

    charges: dict[int, list[int]]
    less_coupon: frozenset[int]


def together(links: Links, orders: pd.DataFrame) -> Paid:
    """The linker's charges of orders, and those of baskets, shared payments and coupons."""
    out = {at: list(rows) for at, rows in links.orders.items()}
    less: set[int] = set()
    taken = {row for rows in out.values() for row in rows}
    left = [at for at in range(len(orders)) if at not in out]
    if not left:
        return Paid(out, frozenset())
    moves = links.moves
    charges = [int(row) for row in np.flatnonzero(~moves.refund) if int(row) not in taken]
    day = orders["order_date"].to_numpy("datetime64[D]").astype(np.int64)
    total, currency = orders["total"].tolist(), orders["currency"].tolist()
    coupon = orders["coupon"].tolist()
    for row in charges:
        near = [at for at in left if at not in out and _near(int(moves.day[row]), int(day[at]))]
        found = _basket(links, row, near, total, currency, day)
        out.update({at: [row] for at in found})
        taken |= {row} if found else set()
    single = [at for at in left if at not in out]
    fits = {
        at: [
            row
            for row in charges
            if row not in taken
            and _near(int(moves.day[row]), int(day[at]))
            and _fits(links, row, total[at], currency[at])
        ]
        for at in single
    }
    rivals = Counter(row for rows in fits.values() for row in rows)
    for at, only in fits.items():
        # What the linker found too weak counts when neither side has another choice.
        if len(only) == 1 and rivals[only[0]] == 1:
            out[at] = only
            taken.add(only[0])
    for at in left:
        near = [row for row in charges if row not in taken]
        near = [row for row in near if _near(int(moves.day[row]), int(day[at]))]
        if at not in out:
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


def _near(charge_day: int, order_day: int) -> bool:
    return _FIRST_DAY <= charge_day - order_day <= _LAST_DAY


def _fits(links: Links, row: int, total: int, currency: str) -> bool:
    log, units = worth(links, row, currency)
    if units is not None:
        return units == total
    return bool(_BELOW < log - np.log(max(total, 1)) < _ABOVE)


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
    fitting = []
    account = links.moves.account
    for size in range(2, _MOST_CHARGES + 1):
        for part in itertools.combinations(near[:24], size):
            if len({int(account[row]) for row in part}) > 1:
                continue
            known = [worth(links, row, currency) for row in part]
            if all(units is not None for _, units in known):
                fits = sum(units or 0 for _, units in known) == total
            else:
                whole = float(np.exp([log for log, _ in known]).sum())
                fits = bool(_BELOW < np.log(whole) - np.log(max(total, 1)) < _ABOVE)
            if fits:
                fitting.append(list(part))
    return fitting[0] if len(fitting) == 1 else []


def unlinked(links: Links) -> set[int]:
    """Rows of the refunds that no chosen story explains."""
    used: set[int] = set()
    for column in (links.stories.refund, links.stories.refund2):
        used |= set(column[links.solution.chosen].tolist())
    return {int(row) for row in np.flatnonzero(links.moves.refund)} - used


@dataclass(frozen=True)
class Came:
    """Orders without a charge (positions): the refunds that brought what is due, and the orders
    for which there is a smaller refund that may have been a part of it.
    """

    refunds: dict[int, tuple[int, ...]]
    doubtful: frozenset[int]


def arrived(links: Links, wanted: Sequence[Wanted]) -> Came:
    """What came of the orders whose charge lies before the statements."""
    free = unlinked(links)
    open_ = [at for at, order in enumerate(wanted) if not order.charges and order.amount > 0]
    found: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []
    for group in _baskets(wanted, open_):
        orders = [wanted[at] for at in group]
        first = max(order.promised for order in orders) - _FIRST_PART
        last = min(order.promised for order in orders) + _LATEST
        near = sorted(row for row in free if first <= int(links.moves.day[row]) <= last)
        for part in _parts(near, links) if len(group) == 1 else ((row,) for row in near):
            if off := _distance(links, part, orders):
                found.append((off + 10.0 * (len(part) + len(group) - 2), group, part))
    out: dict[int, tuple[int, ...]] = {}
    for _, group, part in sorted(found):
        if free.issuperset(part) and not any(at in out for at in group):
            out |= dict.fromkeys(group, part)
            free -= set(part)
    lone = _told_by_none(links, wanted)
    doubtful = {
        at
        for at in open_
        if at not in out
        and (_partly(links, wanted[at], free) or _equal(links, wanted[at], lone, -_EARLY))
    }
    return Came(out, frozenset(doubtful))


def doubtful(links: Links, wanted: Sequence[Wanted], claimed: set[int]) -> set[int]:
    """Orders (positions) whose charges leave it open whether the refund came.

    A refund may stand on the charge's card that is what is due, of one or of two orders, but dated
    strangely; or the linker gave it to another charge that it fits about as well.
    """
    stories, probability = links.stories, links.solution.probability
    rival = np.zeros(len(links.moves.refund))
    for column in (stories.charge, stories.charge2):
        some = column >= 0
        np.add.at(rival, column[some], probability[some])
    account, day = links.moves.account, links.moves.day
    free = unlinked(links) - claimed
    open_ = [at for at, order in enumerate(wanted) if order.charges and order.amount > 0]
    out = {at for at in open_ if max(rival[row] for row in wanted[at].charges) >= _CLOSE}
    for group in _baskets(wanted, open_):
        rows = [row for at in group for row in wanted[at].charges]
        cards = {int(account[row]) for row in rows}
        if len(cards) > 1:
            continue
        both = replace(wanted[group[0]], amount=sum(wanted[at].amount for at in group))
        own = {row for row in free if int(account[row]) in cards}
        first = min(int(day[row]) for row in rows) - both.promised - _SAME_DAY
        if own and _equal(links, both, own, first):
            out |= set(group)
    return out


def _equal(links: Links, order: Wanted, rows: set[int], first: int) -> bool:
    """Whether one of these refunds is what is due, from `first` days after the promise on."""
    return any(
        first <= int(links.moves.day[row]) - order.promised <= _LATEST
        and _distance_any(links, row, order, _DOUBT_Z) is not None
        for row in rows
    )


def _told_by_none(links: Links, wanted: Sequence[Wanted]) -> set[int]:
    """Refunds linked to a charge that no order was found for."""
    ordered = {row for order in wanted for row in order.charges}
    stories, chosen = links.stories, links.solution.chosen
    lone = chosen & ~np.isin(stories.charge, sorted(ordered))
    return set(stories.refund[lone].tolist())


def _baskets(wanted: Sequence[Wanted], open_: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Each order alone, and pairs of one currency promised at about the same time."""
    yield from ((at,) for at in open_)
    for one, two in itertools.combinations(open_, 2):
        a, b = wanted[one], wanted[two]
        if a.currency == b.currency and abs(a.promised - b.promised) <= _EARLY:
            yield one, two


def _parts(near: Sequence[int], links: Links) -> Iterator[tuple[int, ...]]:
    """Each refund alone, and pairs on one card."""
    yield from ((row,) for row in near)
    account = links.moves.account
    for pair in itertools.combinations(near[:24], 2):
        if account[pair[0]] == account[pair[1]]:
            yield pair


def _distance(
    links: Links, part: tuple[int, ...], orders: Sequence[Wanted], most: float = _REFUND_Z
) -> float | None:
    """How far refunds lie from what orders promised, in amount and days; None: too far."""
    due, currency = sum(order.amount for order in orders), orders[0].currency
    known = [worth(links, row, currency) for row in part]
    # The last part comes after the promise; what came first may be older.
    away = max(int(links.moves.day[row]) for row in part) - orders[0].promised
    if away < -_EARLY:
        return None
    if all(units is not None for _, units in known):
        return 0.01 + abs(away) / 20 if sum(u or 0 for _, u in known) == due else None
    mean, spread = _load(links, part[0])
    off = np.log(float(np.exp([log for log, _ in known]).sum())) - np.log(due) - mean
    z = abs(off) / spread
    return float(z + abs(away) / 10 + 0.01) if z < most else None


def _load(links: Links, row: int) -> tuple[float, float]:
    """What the card adds to a refund's worth (log), and how sure that is with the network."""
    weight = links.cards.posterior[int(links.moves.account[row])]
    log = REFUND_LOG + NETWORK_MEAN
    mean = float((weight * log).sum())
    variance = float((weight * (log - mean) ** 2).sum())
    return mean, float(np.sqrt(variance + _REFUND_SD**2))


def _partly(links: Links, order: Wanted, free: set[int]) -> bool:
    """Whether a smaller refund that nothing explains came soon after the promise."""
    for row in free:
        log, _ = worth(links, row, order.currency)
        soon = -_EARLY <= int(links.moves.day[row]) - order.promised <= _SOON
        if soon and log < np.log(order.amount):
            return True
    return False


def late(links: Links, wanted: Sequence[Wanted], claimed: set[int]) -> Links:
    """The links with the likeliest still unexplained refund for each overdue order without one.

    `wanted` are the overdue orders only; `claimed` refund rows belong elsewhere.
    """
    stories, solution = links.stories, links.solution
    free = unlinked(links) - claimed - _shared(links, wanted, unlinked(links) - claimed)
    busy = set(stories.charge[solution.chosen].tolist())
    busy |= set(stories.charge2[solution.chosen].tolist())
    open_ = {row: order for order in wanted for row in order.charges if row not in busy}
    alone = (stories.charge2 < 0) & (stories.refund2 < 0)
    likely = np.flatnonzero(alone & (solution.probability >= LEAST_DUE))
    chosen = solution.chosen.copy()
    for at in likely[np.argsort(-np.round(solution.probability[likely], 9), kind="stable")]:
        charge, refund = int(stories.charge[at]), int(stories.refund[at])
        if charge not in open_ or refund not in free:
            continue
        order = open_[charge]
        if _distance_any(links, refund, order) is None:
            # Not what is due: then its day must fit, and it must be likely enough.
            away = int(links.moves.day[refund]) - order.promised
            if solution.probability[at] < LEAST_LATE or not -_EARLY <= away <= _LATEST:
                continue
        chosen[at] = True
        free.discard(refund)
        del open_[charge]
    return replace(links, solution=replace(solution, chosen=chosen))


def _shared(links: Links, wanted: Sequence[Wanted], free: set[int]) -> set[int]:
    """Refunds dated with a purchase that are what two of these orders together have due."""
    account, day = links.moves.account, links.moves.day
    out: set[int] = set()
    for group in _baskets(wanted, range(len(wanted))):
        rows = [row for at in group for row in wanted[at].charges]
        if len(group) == 2 and len({int(account[row]) for row in rows}) == 1:
            both = replace(wanted[group[0]], amount=sum(wanted[at].amount for at in group))
            own = [row for row in free if account[row] == account[rows[0]]]
            own = [row for row in own if any(abs(day[row] - day[at]) <= _SAME_DAY for at in rows)]
            out |= {row for row in own if _distance_any(links, row, both, _DOUBT_Z) is not None}
    return out


def _distance_any(links: Links, row: int, order: Wanted, most: float = _REFUND_Z) -> float | None:
    """How far a refund of any day lies from what is due; None: too far."""
    own_day = replace(order, promised=int(links.moves.day[row]))
    return _distance(links, (row,), [own_day], most)
