"""Stories of three or four movements: two or three charges with one refund (joint), one charge with
two or three refunds (split).

The last movement is found by searching the missing amount among the account's sorted amounts.
"""

import functools
import itertools

import numpy as np

from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS, Ints, Movements, ranges
from reconcile.linking.delays import LANDED_APART
from reconcile.linking.scene import UNTOLD, Floats, Scene, billed, timing
from reconcile.linking.score import (
    JOINT,
    JOINT3,
    NOT_PARTLY,
    SPLIT,
    SPLIT3,
    bell,
    ratio_moments,
)
from reconcile.linking.stories import Stories, build, merge
from reconcile.linking.worth import HOME

# One refund for two charges means orders that were placed, or cancelled, together: most within
# days of each other. No source tells how many; the rest lies anywhere in three months.
_TOGETHER, _TOGETHER_MEAN, _APART = 0.75, 6.0, 90.0
# Refunds are asked for within 45 days and land within 20 business days of that; an order longer ago
# is seldom among those that one refund pays back.
_REACH, _BEYOND = 75, 0.03
# Three charges of one refund, and three refunds of one charge, lie within these days.
_JOINT3_DAYS, _SPLIT3_DAYS = 21, 60
# Deviations of the estimated sum within which a last movement is looked for.
_WITHIN = 5.0
# Of refunds in two parts, how many come in halves. No source tells.
_HALVES = 0.12
# Of refunds in parts, how many are asked for at once. No source tells.
_AT_ONCE = 0.5
# A merchant currency this unlikely on an account is not searched.
_UNLIKELY = 1e-3
# Bounds for crowded accounts: pairs of a refund that are completed, last movements tried for each
# (those nearest the missing amount), and pairs worked on at a time.
_TRIED, _MATCHES, _BLOCK = 100, 30, 50_000
# The same where two movements more are looked for: pairs of a refund, and next movements of each.
_TRIED3, _NEXT = 20, 8


def partner_stories(s: Scene, charge: Ints, refund: Ints, least: float) -> Stories:
    """Joint and split stories of the candidate pairs that score above `least`.

    A pair is completed by one or two charges that the refund pays back as well (joint), or by one
    or two refunds of the same charge (split), so that all of what was paid comes back.
    """
    if not len(charge):
        return merge([])
    rank = _rank(s, charge, refund)
    parts: list[Stories] = []
    for most, three in ((_TRIED, False), (_TRIED3, True)):
        at = np.flatnonzero(rank < most)
        for joint in (True, False):
            parts += _completed(s, charge[at], refund[at], least, joint=joint, three=three)
    return merge(parts)


def _rank(s: Scene, charge: Ints, refund: Ints) -> Ints:
    """Place of each pair among its refund's, the likeliest days first."""
    order = np.lexsort((charge, -np.round(timing(s, charge, refund), 9), refund))
    out = np.empty(len(order), np.int64)
    out[order] = np.arange(len(order)) - np.searchsorted(refund, refund)
    return out


def _followed(moves: Movements, first: Ints, *, joint: bool) -> tuple[Ints, Ints]:
    """(position in `first`, row) of the `_NEXT` charges (joint) or refunds that follow, if soon."""
    pool = np.flatnonzero(moves.refund != joint)
    place = np.searchsorted(pool, first)
    most = _JOINT3_DAYS if joint else _SPLIT3_DAYS
    at, row = [], []
    for step in range(1, _NEXT + 1):
        there = np.flatnonzero(place + step < len(pool))
        next_ = pool[place[there] + step]
        near = moves.account[next_] == moves.account[first[there]]
        near &= moves.day[next_] - moves.day[first[there]] <= most
        at.append(there[near])
        row.append(next_[near])
    return np.concatenate(at), np.concatenate(row)


def _completed(
    s: Scene, charge: Ints, refund: Ints, least: float, *, joint: bool, three: bool
) -> list[Stories]:
    """Pairs completed by one more charge (joint) or refund (split), or by two (`three`).

    The charges of a joint story, and the refunds of a split one, are taken in the order of rows.
    """
    worth, moves = s.worth, s.moves
    mean, extra = ratio_moments(s.ratio)
    pool = np.flatnonzero(moves.refund != joint)
    likely = billed(s, charge) > _UNLIKELY
    promised = np.log(s.promise.back(np.arange(len(moves.refund))))
    parts: list[Stories] = []
    for number, name in enumerate(worth.currencies):
        log, exact = worth.log[number], worth.exact[number]
        # Amounts in the charges' measure: a refund's, freed of what the card keeps of it.
        load = np.zeros(len(log)) if name == HOME else mean[moves.account]
        load = np.where(exact, 0.0, load)
        amount = np.exp(np.where(moves.refund, log - load, log + promised))
        usable = pool[np.isfinite(log[pool])]
        # The missing amount must be there at all, but for the error of the estimates.
        missing = (amount[refund] - amount[charge]) * (1 if joint else -1)
        least_missing = -0.02 * amount[refund if joint else charge]
        at = np.flatnonzero(likely[number] & (missing > least_missing))
        if not len(usable) or not len(at):
            continue
        c, r, target, room = charge[at], refund[at], missing[at], least_missing[at]
        sure = exact[c] & exact[r]
        many = [c if joint else r]
        if three:
            at, second = _followed(moves, many[0], joint=joint)
            target = target[at] - amount[second]
            more = target > room[at]
            at, second, target = at[more], second[more], target[more]
            c, r, sure = c[at], r[at], sure[at] & exact[second]
            many = [many[0][at], second]
        variance = worth.variance[number, c] + worth.variance[number, r] + extra[moves.account[c]]
        tolerance = np.where(
            sure, 0.5, _WITHIN * np.sqrt(variance) * amount[r if joint else c] + 0.5
        )
        search = _Search(moves.account[usable], amount[usable])
        for block in np.array_split(np.arange(len(c)), max(1, -(-len(c) // _BLOCK))):
            pick, found = search.near(moves.account[c[block]], target[block], tolerance[block])
            chosen, partner = block[pick], usable[found]
            later = many[-1][chosen] < partner
            chosen, partner = chosen[later], partner[later]
            one = (r if joint else c)[chosen]
            rows = [*(m[chosen] for m in many), partner]
            parts.append(_score(s, number, one, rows, least, joint=joint))
    return parts


def _payable(s: Scene, number: int, rows: Ints) -> Floats:
    """Log of what a charge may bring back: what its order says is due, else its whole worth."""
    return np.asarray(s.worth.log[number, rows] + np.log(s.promise.back(rows)))


def payable_units(s: Scene, rows: Ints) -> Ints:
    """Minor units that a charge may bring back: what its order says is due, else all."""
    return np.rint(s.worth.units[rows] * s.promise.back(rows)).astype(np.int64)


class _Search:
    """Amounts of a pool of movements, sorted per account."""

    def __init__(self, account: Ints, value: Floats) -> None:
        # One number orders accounts and amounts together.
        self.step = 4.0 * float(value.max()) + 1.0
        key = account * self.step + value
        self.order = np.argsort(key, kind="stable")
        self.key = key[self.order]

    def near(self, account: Ints, target: Floats, tolerance: Floats) -> tuple[Ints, Ints]:
        """(index of target, index of pool value) within the tolerance, `_MATCHES` at most each."""
        base = account * self.step
        least = np.clip(target - tolerance, 0.0, self.step / 2)
        most = np.clip(target + tolerance, 0.0, self.step / 2)
        low = np.searchsorted(self.key, base + least, "left")
        high = np.searchsorted(self.key, base + most, "right")
        count = np.where(target > 0, np.maximum(high - low, 0), 0)
        low = low + np.maximum(count - _MATCHES, 0) // 2
        count = np.minimum(count, _MATCHES)
        return np.repeat(np.arange(len(target)), count), self.order[ranges(low, count)]


def _score(
    s: Scene, number: int, one: Ints, many: list[Ints], least: float, *, joint: bool
) -> Stories:
    """Stories of the refund `one` with charges `many` (joint), or of a charge with refunds."""
    moves, worth = s.moves, s.worth
    keep = np.ones(len(one), np.bool_)
    for m in many:
        later = (moves.day[one] - moves.day[m]) * (1 if joint else -1)
        keep &= (later >= EARLIEST_DAYS) & (later <= LATEST_DAYS)
        keep &= moves.billing[one] == moves.billing[m]
    if len(many) > 2:
        most = _JOINT3_DAYS if joint else _SPLIT3_DAYS
        keep &= moves.day[many[-1]] - moves.day[many[0]] <= most
    one, many = one[keep], [m[keep] for m in many]
    if not len(one):
        return merge([])
    mean, extra = ratio_moments(s.ratio)
    account = moves.account[one]
    shift = 0.0 if worth.currencies[number] == HOME else mean[account]
    charges, refunds = (many, [one]) if joint else ([one], many)
    due, log = [_payable(s, number, c) for c in charges], [worth.log[number, r] for r in refunds]
    paid, back = _sum_logs(due), _sum_logs(log)
    units = sum(payable_units(s, c) for c in charges)
    equal = units == sum(worth.units[r] for r in refunds)
    exact = np.all([worth.exact[number, m] for m in (*charges, *refunds)], axis=0)
    variance = extra[account] + 1e-12
    for rows, part, whole in ((charges, due, paid), (refunds, log, back)):
        for m, value in zip(rows, part, strict=True):
            variance = variance + np.exp(2 * (value - whole)) * worth.variance[number, m]
    loose = bell(back - paid - np.where(exact, 0.0, shift), variance)
    # All of the chance on one minor unit: per unit of log amount as dense as there are units.
    density = np.where(exact, np.where(equal, np.exp(paid), 0.0), loose)
    prior = -sum(np.log(s.background[r]) for r in refunds)
    for c in charges:
        prior = prior + np.where(s.promise.partly[c], np.log(NOT_PARTLY), 0.0)
    three = len(many) > 2
    if joint:
        prior = prior + np.log(JOINT3 if three else JOINT)
        prior = _beside(s, prior, charges, one)
    else:
        # From (sum, fractions) to the log amounts; any division is as likely as another.
        for value in log:
            density = density * np.exp(value - back)
        if not three:
            density = density * _division(s, number, refunds)
        prior = prior + np.log(SPLIT3 if three else SPLIT) + parts_timing(s, one, refunds)
    if three:
        # Either of the two others may be called the first; three parts lie on a triangle.
        prior = prior + np.log(2.0)
    # All charges of a story are billed alike: one that prints its currency speaks for the others.
    alike = functools.reduce(np.maximum, (billed(s, c)[number] for c in charges))
    with np.errstate(divide="ignore"):
        score = prior + np.log(alike) + np.log(density)
    keep = score > least
    charges, refunds = ([m[keep] for m in side] for side in (charges, refunds))
    return build(charges, refunds, score[keep], "joint" if joint else "split", number)


def _beside(s: Scene, prior: Floats, charges: list[Ints], refund: Ints) -> Floats:
    """`prior` with what the days say of charges that one refund paid back together."""
    # Rows stand by day: the last charge is the latest.
    day, last = s.moves.day, charges[-1]
    prior = prior + timing(s, last, refund, also=charges[:-1])
    # How many other charges could have been the partner, and that it is refunded as well.
    rivals = np.log(np.maximum(s.charge_rate[refund], 1 / _APART))
    for c in charges[:-1]:
        near = _TOGETHER * np.exp(-(day[last] - day[c]) / _TOGETHER_MEAN) / _TOGETHER_MEAN
        near += (1 - _TOGETHER) / _APART
        prior = prior + np.log(near) - rivals + _refunded(s, c)
        prior = prior + np.where(day[refund] - day[c] > _REACH, np.log(_BEYOND), 0.0)
    return prior


def parts_timing(s: Scene, charge: Ints, refunds: list[Ints]) -> Floats:
    """`timing` of several refunds of one charge, in the order of their days.

    Parts that were asked for on one day land at about the same time, so that the days of a second
    one say little more of the charge than the first one's did.
    """
    out = timing(s, charge, refunds[-1])
    for refund, after in itertools.pairwise(refunds):
        taken = s.moves.day[refund] - s.moves.day[charge]
        alone = s.delay[s.moves.account[charge], taken - EARLIEST_DAYS]
        gap = np.minimum(np.abs(s.moves.day[after] - s.moves.day[refund]), len(LANDED_APART) - 1)
        both = (1.0 - _AT_ONCE) + _AT_ONCE * LANDED_APART[gap] / alone
        out = out + timing(s, charge, refund, dated=False) - odds(s, charge) + np.log(both)
    return out


def _division(s: Scene, number: int, refunds: list[Ints]) -> Floats:
    """How much likelier two parts are divided like this than if any division were as likely."""
    worth, (one, two) = s.worth, refunds
    exact = worth.exact[number, one] & worth.exact[number, two]
    apart = np.abs(worth.units[one] - worth.units[two]) <= 1
    sure = np.where(apart, np.exp(worth.log[number, one]) + np.exp(worth.log[number, two]), 0.0)
    variance = worth.variance[number, one] + worth.variance[number, two] + 1e-12
    # A part of the whole moves by a quarter of what the ratio of both parts moves.
    loose = 4.0 * bell(worth.log[number, one] - worth.log[number, two], variance)
    return np.asarray(1.0 - _HALVES + _HALVES * np.where(exact, sure, loose))


def _sum_logs(logs: list[Floats]) -> Floats:
    """Log of a sum of amounts given as logs."""
    return np.asarray(functools.reduce(np.logaddexp, logs))


def odds(s: Scene, charge: Ints) -> Floats:
    """Log odds that a charge is refunded, as `timing` counts them."""
    granted = s.promise.granted(charge)
    return np.where(granted, np.log1p(s.odds[charge]), np.log(s.odds[charge]))


def _refunded(s: Scene, charge: Ints) -> Floats:
    """Log weight of a second charge's being refunded too: certain where its order says so.

    The kind's share counts stories per refunded charge and this charge is one of them, so its
    odds are not counted; where an order says nothing is due, the chance is small.
    """
    none = s.promise.told[charge] & ~s.promise.due(charge)
    return np.where(none, np.log(UNTOLD), np.log1p(s.odds[charge]))
