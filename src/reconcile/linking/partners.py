"""Stories of three movements: two charges with one refund (joint), one charge with two (split).

The third movement is found by searching the missing amount among the account's sorted amounts.
"""

import numpy as np

from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS, Ints, ranges
from reconcile.linking.scene import UNTOLD, Floats, Scene, timing
from reconcile.linking.score import JOINT, SPLIT, bell, ratio_moments
from reconcile.linking.stories import Stories, build, merge
from reconcile.linking.worth import HOME

# One refund for two charges means orders that were placed, or cancelled, together: most within
# days of each other. No source tells how many; the rest lies anywhere in three months.
_TOGETHER, _TOGETHER_MEAN, _APART = 0.75, 6.0, 90.0
# Deviations of the estimated sum within which a third movement is looked for.
_WITHIN = 5.0
# A merchant currency this unlikely on an account is not searched.
_UNLIKELY = 1e-3
# Bounds for crowded accounts: pairs of a refund that are completed, third movements tried for each
# (those nearest the missing amount), and pairs worked on at a time.
_TRIED, _MATCHES, _BLOCK = 100, 30, 50_000


def joint_stories(s: Scene, charge: Ints, refund: Ints, least: float) -> Stories:
    """Two charges that one refund pays back in full."""
    return _with_partner(s, charge, refund, least, joint=True)


def split_stories(s: Scene, charge: Ints, refund: Ints, least: float) -> Stories:
    """One charge that two refunds pay back in full."""
    return _with_partner(s, charge, refund, least, joint=False)


def _payable(s: Scene, number: int, rows: Ints) -> Floats:
    """Log of what a charge may bring back: what its order says is due, else its whole worth."""
    return np.asarray(s.worth.log[number, rows] + np.log(s.promise.back(rows)))


def _payable_units(s: Scene, rows: Ints) -> Ints:
    return np.rint(s.worth.units[rows] * s.promise.back(rows)).astype(np.int64)


def _with_partner(s: Scene, charge: Ints, refund: Ints, least: float, *, joint: bool) -> Stories:
    """Pairs completed by a second charge (joint) or a second refund (split) of the right worth."""
    worth, moves = s.worth, s.moves
    mean, extra = ratio_moments(s.ratio)
    pool = np.flatnonzero(~moves.refund if joint else moves.refund)
    if not len(charge) or not len(pool):
        return merge([])
    timely = _timely(s, charge, refund)
    charge, refund = charge[timely], refund[timely]
    likely = s.currency[moves.account[charge]] > _UNLIKELY
    parts = []
    for number, name in enumerate(worth.currencies):
        known = np.isfinite(worth.log[number, charge]) & np.isfinite(worth.log[number, refund])
        usable = pool[np.isfinite(worth.log[number, pool])]
        at = np.flatnonzero(known & likely[:, number])
        # The missing amount must be there at all: the refund above one charge, or below it.
        room = worth.log[number, refund[at]] - _payable(s, number, charge[at])
        at = at[room > -0.02] if joint else at[room < 0.02]
        if not len(usable) or not len(at):
            continue
        c, r, account = charge[at], refund[at], moves.account[charge[at]]
        shift = np.zeros(len(at)) if name == HOME else mean[account]
        # Amounts in the charges' measure: a refund's, freed of what the card keeps of it.
        back = np.exp(worth.log[number, r] - np.where(worth.exact[number, r], 0.0, shift))
        paid = np.exp(_payable(s, number, c))
        target = back - paid if joint else paid - back
        sd = np.sqrt(worth.variance[number, c] + worth.variance[number, r] + extra[account])
        sure = worth.exact[number, c] & worth.exact[number, r]
        whole = back if joint else paid
        tolerance = np.where(sure, 0.5, _WITHIN * sd * whole + 0.5)
        value = np.exp(_payable(s, number, usable) if joint else worth.log[number, usable])
        if not joint:
            own = np.zeros(len(usable)) if name == HOME else mean[moves.account[usable]]
            value = value * np.exp(-np.where(worth.exact[number, usable], 0.0, own))
        search = _Search(moves.account[usable], value)
        for block in np.array_split(np.arange(len(at)), max(1, -(-len(at) // _BLOCK))):
            pick, partner = search.near(account[block], target[block], tolerance[block])
            chosen = block[pick]
            parts.append(
                _score(s, number, c[chosen], r[chosen], usable[partner], least, joint=joint)
            )
    return merge(parts)


def _timely(s: Scene, charge: Ints, refund: Ints) -> Ints:
    """Positions of the pairs to be completed: per refund the `_TRIED` with the likeliest days."""
    first = np.searchsorted(refund, refund)
    if np.bincount(refund).max() <= _TRIED:
        return np.arange(len(refund))
    order = np.lexsort((charge, -np.round(timing(s, charge, refund), 9), refund))
    return np.sort(order[np.arange(len(order)) - first < _TRIED])


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
    s: Scene, number: int, c: Ints, r: Ints, partner: Ints, least: float, *, joint: bool
) -> Stories:
    moves, worth = s.moves, s.worth
    one, two = (c, partner) if joint else (r, partner)
    later = moves.day[r] - moves.day[partner] if joint else moves.day[partner] - moves.day[c]
    keep = (
        (one < two)
        & (moves.billing[c] == moves.billing[partner])
        & (later >= EARLIEST_DAYS)
        & (later <= LATEST_DAYS)
    )
    c, r, partner = c[keep], r[keep], partner[keep]
    if not len(c):
        return merge([])
    mean, extra = ratio_moments(s.ratio)
    account = moves.account[c]
    shift = 0.0 if worth.currencies[number] == HOME else mean[account]
    log, payable = worth.log[number], _payable_units(s, c)
    none = np.zeros(len(c))
    due = _payable(s, number, c)
    if joint:
        paid, back = np.logaddexp(due, _payable(s, number, partner)), log[r]
        members, shares = (c, partner, r), (due - paid, _payable(s, number, partner) - paid, none)
        equal = payable + _payable_units(s, partner) == worth.units[r]
    else:
        paid, back = due, np.logaddexp(log[r], log[partner])
        members, shares = (c, r, partner), (none, log[r] - back, log[partner] - back)
        equal = worth.units[r] + worth.units[partner] == payable
    exact = np.all([worth.exact[number, m] for m in members], axis=0)
    variance = extra[account] + 1e-12
    for m, share in zip(members, shares, strict=True):
        variance = variance + np.exp(2 * share) * worth.variance[number, m]
    loose = bell(back - paid - np.where(exact, 0.0, shift), variance)
    # All of the chance on one minor unit: per unit of log amount as dense as there are units.
    density = np.where(exact, np.where(equal, np.exp(paid), 0.0), loose)
    if joint:
        gap = np.abs(moves.day[c] - moves.day[partner])
        near = _TOGETHER * np.exp(-gap / _TOGETHER_MEAN) / _TOGETHER_MEAN
        near += (1 - _TOGETHER) / _APART
        # How many other charges could have been the partner, and that it is refunded as well.
        rivals = np.maximum(s.charge_rate[c], 1 / _APART)
        last = np.where(moves.day[c] > moves.day[partner], c, partner)
        first = np.where(last == c, partner, c)
        prior = np.log(JOINT) + np.log(near / rivals) + timing(s, last, r) + _refunded(s, first)
        prior -= np.log(s.background[r])
        pair = (c, partner, r, np.full(len(c), -1))
    else:
        # From (sum, fraction) to the two log amounts; any division is as likely as another.
        fraction = np.exp(log[r] - back)
        density = density * fraction * (1 - fraction)
        early = np.where(moves.day[r] < moves.day[partner], r, partner)
        late = np.where(early == r, partner, r)
        prior = np.log(SPLIT) + timing(s, c, late) + timing(s, c, early, dated=False) - _odds(s, c)
        prior -= np.log(s.background[r]) + np.log(s.background[partner])
        pair = (c, np.full(len(c), -1), r, partner)
    with np.errstate(divide="ignore"):
        score = prior + np.log(s.currency[account, number]) + np.log(density)
    keep = score > least
    charge, charge2, refund, refund2 = (m[keep] for m in pair)
    kind = "joint" if joint else "split"
    return build(charge, charge2, refund, refund2, score[keep], kind, number)


def _odds(s: Scene, charge: Ints) -> Floats:
    """Log odds that a charge is refunded, as `timing` counts them."""
    due = s.promise.due(charge)
    return np.where(due, np.log1p(s.odds[charge]), np.log(s.odds[charge]))


def _refunded(s: Scene, charge: Ints) -> Floats:
    """Log weight of a second charge's being refunded too: certain where its order says so.

    The kind's share counts stories per refunded charge and this charge is one of them, so its
    odds are not counted; where an order says nothing is due, the chance is small.
    """
    none = s.promise.told[charge] & ~s.promise.due(charge)
    return np.where(none, np.log(UNTOLD), np.log1p(s.odds[charge]))
