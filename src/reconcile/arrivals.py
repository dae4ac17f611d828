"""Refunds that orders tell of beyond the links: those that came alone, late, in part or misdated.

An order's charge may lie before the statements while its refund is in them; an overdue order may
have a refund that the linker left open because, without the order, "unrelated" is likelier.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reconcile.cards import NETWORK_MEAN, REFUND_LOG
from reconcile.linking.candidates import Ints
from reconcile.linking.fit import Links
from reconcile.linking.worth import Floats
from reconcile.settle import worth

# A promised refund may be dated this many days before its promise was written down, and reaches
# the card, at the latest, this many days after it.
_EARLY, _LATEST = 10, 75
# The first of two parts may be this much older than the promise of both; a part comes this soon.
_FIRST_PART, _SOON = 45, 30
# Orders promised at about the same time that are tried in pairs with each one.
_MOST_NEAR = 40
# Refunds tried in pairs for one order.
_MOST_REFUNDS = 40
# A part on a card that shows the charge, and nothing else to explain it, comes this soon.
_AT_ONCE = 14
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


def unlinked(links: Links) -> set[int]:
    """Rows of the refunds that no chosen story explains."""
    used: set[int] = set()
    for column in (links.stories.refund, links.stories.refund2):
        used |= set(column[links.solution.chosen].tolist())
    return {int(row) for row in np.flatnonzero(links.moves.refund)} - used


@dataclass(frozen=True)
class Came:
    """Orders without a charge (positions): the refunds that brought what is due, and the orders
    for which there is a smaller refund that may be a part of it (`parts`: its row, and about how
    much of the order's currency it is, in minor units), or one of the same amount that belongs to
    a charge without an order (`doubtful`).
    """

    refunds: dict[int, tuple[int, ...]]
    parts: dict[int, tuple[int, int]]
    doubtful: frozenset[int]


def arrived(links: Links, wanted: Sequence[Wanted]) -> Came:
    """What came of the orders whose charge lies before the statements."""
    free = unlinked(links)
    open_ = [at for at, order in enumerate(wanted) if not order.charges and order.amount > 0]
    found: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []
    pool = _Pool(links, free)
    for group in _baskets(wanted, open_):
        orders = [wanted[at] for at in group]
        extra = 10.0 * (len(group) - 1)
        found += [(off + extra, group, (row,)) for off, row in pool.singles(orders)]
        if len(group) == 1:
            found += [(off + 10.0, group, rows) for off, rows in pool.pairs(orders[0])]
    out: dict[int, tuple[int, ...]] = {}
    for _, group, rows in sorted(found):
        if free.issuperset(rows) and not any(at in out for at in group):
            out |= dict.fromkeys(group, rows)
            free -= set(rows)
    left = [at for at in open_ if at not in out]
    lone = _told_by_none(links, wanted)
    unsure = {at for at in left if _equal(links, wanted[at], lone, -_EARLY)}
    parts: dict[int, tuple[int, int]] = {}
    for at in left:
        part = None if at in unsure else _part_of(links, wanted[at], free, -_EARLY, _SOON)
        if part is not None:
            parts[at] = part
    return Came(out, parts, frozenset(unsure))


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
    ordered = sorted(open_, key=lambda at: (wanted[at].promised, at))
    for place, one in enumerate(ordered):
        for two in ordered[place + 1 : place + 1 + _MOST_NEAR]:
            a, b = wanted[one], wanted[two]
            if b.promised - a.promised > _EARLY:
                break
            if a.currency == b.currency:
                yield min(one, two), max(one, two)


class _Pool:
    """Refunds that nothing explains, by day, with their worth in each currency asked for."""

    def __init__(self, links: Links, free: set[int]) -> None:
        self.links = links
        rows = np.array(sorted(free), np.int64)
        self.rows = rows[np.argsort(links.moves.day[rows], kind="stable")]
        self.day = links.moves.day[self.rows]
        self.account = links.moves.account[self.rows]
        self._seen: dict[str, tuple[Floats, Floats, Floats]] = {}

    def _worth(self, currency: str) -> tuple[Floats, Floats, Floats]:
        """Amount in minor units, spread of its log, and 1 where it is exact, per refund."""
        if currency not in self._seen:
            out = np.full((3, len(self.rows)), np.nan)
            for at, row in enumerate(self.rows.tolist()):
                log, units = worth(self.links, row, currency)
                mean, spread = (0.0, 1e-9) if units is not None else _load(self.links, row)
                out[:, at] = (
                    np.exp(log - mean) if units is None else units, spread, units is not None
                )  # fmt: skip
            self._seen[currency] = (out[0], out[1], out[2])
        return self._seen[currency]

    def _near(self, orders: Sequence[Wanted]) -> slice:
        first = max(order.promised for order in orders) - _FIRST_PART
        last = min(order.promised for order in orders) + _LATEST
        low, high = np.searchsorted(self.day, [first, last + 1]).tolist()
        return slice(low, high)

    def singles(self, orders: Sequence[Wanted]) -> list[tuple[float, int]]:
        """Single refunds of what these orders have due together, with how far off each is."""
        near = self._near(orders)
        amount, spread, exact = (column[near] for column in self._worth(orders[0].currency))
        away = self.day[near] - orders[0].promised
        off = _off(amount, spread, exact, away, sum(order.amount for order in orders))
        at = np.flatnonzero(np.isfinite(off))
        return list(zip(off[at].tolist(), self.rows[near][at].tolist(), strict=True))

    def pairs(self, order: Wanted) -> list[tuple[float, tuple[int, int]]]:
        """Two refunds on one card that are what an order has due."""
        near = self._near([order])
        near = slice(near.start, min(near.stop, near.start + _MOST_REFUNDS))
        amount, spread, exact = (column[near] for column in self._worth(order.currency))
        one, two = np.triu_indices(len(amount), 1)
        same = self.account[near][one] == self.account[near][two]
        one, two = one[same], two[same]
        away = self.day[near][two] - order.promised
        both = exact[one] * exact[two]
        off = _off(amount[one] + amount[two], spread[one], both, away, order.amount)
        at = np.flatnonzero(np.isfinite(off))
        rows = self.rows[near]
        parts = zip(rows[one[at]].tolist(), rows[two[at]].tolist(), strict=True)
        return list(zip(off[at].tolist(), parts, strict=True))


def _off(amount: Floats, spread: Floats, exact: Floats, away: Ints, due: int) -> Floats:
    """How far refunds lie from what is due, in amount and days; NaN: too far.

    The last part comes after the promise; what came first may be older.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.abs(np.log(amount / due)) / spread
        fits = np.where(exact == 1.0, amount == due, z < _REFUND_Z) & (away >= -_EARLY)
        far = np.where(exact == 1.0, 0.01 + np.abs(away) / 20, 0.01 + z + np.abs(away) / 10)
    return np.where(fits, far, np.nan)


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


def parts_on_card(
    links: Links, wanted: Sequence[Wanted], claimed: set[int]
) -> dict[int, tuple[int, int]]:
    """Overdue orders (positions) whose charge no story explains, and the smaller refund that came
    to its card soon after the promise: its row, and what it is in the order's minor units.
    """
    free = unlinked(links) - claimed
    stories, chosen = links.stories, links.solution.chosen
    busy = set(stories.charge[chosen].tolist()) | set(stories.charge2[chosen].tolist())
    account = links.moves.account
    out: dict[int, tuple[int, int]] = {}
    for at, order in enumerate(wanted):
        if not order.charges or order.amount <= 0 or busy.intersection(order.charges):
            continue
        own = {row for row in free if account[row] == account[order.charges[0]]}
        part = _part_of(links, order, own, -_SAME_DAY, _AT_ONCE)
        if part is not None:
            out[at] = part
            free.discard(part[0])
    return out


def _part_of(
    links: Links, order: Wanted, free: set[int], first: int, last: int
) -> tuple[int, int] | None:
    """The smaller refund that nothing explains and that came closest to the promise."""
    found = []
    for row in sorted(free):
        away = int(links.moves.day[row]) - order.promised
        log, _ = worth(links, row, order.currency)
        units = round(float(np.exp(log - _load(links, row)[0]))) if np.isfinite(log) else 0
        if first <= away <= last and 0 < units < order.amount:
            found.append((abs(away), row, units))
    if not found:
        return None
    _, row, units = min(found)
    return row, units


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
