"""How likely each story is: log-likelihood ratios against "this refund belongs to nothing here".

A story joins charges with refunds: one with one in full or in part, one with two (split), two with
one (joint). Its score compares, for the refunds it explains, the chance of their day and amount
under the story with that under the background: refunds whose charge the statements do not show.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reconcile.cards import RATIOS
from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS, Ints, Movements, ranges
from reconcile.linking.worth import HOME, Worth

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Shares of story kinds among refunded charges. Public records tell no shares; these are set wide
# of any one world, full refunds being the ordinary case of a cancelled order.
FULL, PARTIAL, SPLIT, JOINT = 0.72, 0.16, 0.06, 0.06
# Fractions that shops refund: halves, thirds, quarters, tenths, twentieths; else any fraction.
_FRACTIONS = {
    0.5: 6.0, 1 / 3: 2.0, 2 / 3: 2.0, 0.25: 2.0, 0.75: 2.0,
    **dict.fromkeys((0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9), 1.0),
    **dict.fromkeys((0.05, 0.15, 0.35, 0.45, 0.55, 0.65, 0.85, 0.95), 0.25),
}  # fmt: skip
ROUND_SHARE = 0.5
SMALLEST_PART, LARGEST_PART = 0.02, 0.98
# A refund is asked for up to 45 days after the charge and lands 3 to 20 business days later (the
# source article; PayPay: up to 2 months).
_REQUEST_MEAN, _REQUEST_MAX = 12.0, 45
_LANDING_FIRST, _LANDING_LAST = 4, 28
_LATE_SHARE, _ANY_SHARE, _SAME_DAY_SHARE = 0.05, 0.02, 0.01
# Refunds that nothing in the statements explains, per refund that something does.
STRAY = 0.03
# Prior chance of each merchant currency; the rows of the account soon outweigh it.
_HOME_PRIOR, _USD_PRIOR, _EUR_PRIOR = 0.3, 0.45, 0.25
# A second, twice as wide, bell under the first: networks and tills have worse days.
_WIDE_SHARE, _WIDE = 0.08, 2.5
# An account mostly keeps to one merchant currency; this much stays for the others.
_MIXED = 0.03


def delay_density() -> Floats:
    """Probability per day for a refund `EARLIEST_DAYS`…`LATEST_DAYS` after its charge."""
    request = np.exp(-np.arange(_REQUEST_MAX + 1) / _REQUEST_MEAN)
    landing = np.zeros(_LANDING_LAST + 1)
    landing[_LANDING_FIRST:] = 1.0
    body = np.convolve(request / request.sum(), landing / landing.sum())
    out = np.full(LATEST_DAYS - EARLIEST_DAYS + 1, _ANY_SHARE / (LATEST_DAYS - EARLIEST_DAYS + 1))
    at = -EARLIEST_DAYS
    out[at : at + 91] += _LATE_SHARE / 91
    out[at] += _SAME_DAY_SHARE
    out[at : at + len(body)] += (1 - _LATE_SHARE - _ANY_SHARE - _SAME_DAY_SHARE) * body
    return out


DELAY = delay_density()
_STILL_OUT = 1.0 - np.concatenate([np.zeros(-EARLIEST_DAYS), np.cumsum(DELAY)])


@dataclass(frozen=True)
class Scene:
    """What all stories of all accounts share: worth, card model, background, delays."""

    moves: Movements
    worth: Worth
    # per account: weights over RATIOS, and over the merchant currencies
    ratio: Floats
    currency: Floats
    # per movement
    background: Floats
    odds: Floats
    arrival: Floats
    charge_rate: Floats


def scene(moves: Movements, worth: Worth, ratio: Floats, first_day: Ints, last_day: Ints) -> Scene:
    """The shared quantities. `first_day`, `last_day`: what the statements cover, per account."""
    account, accounts = moves.account, len(moves.accounts)
    log = np.log(moves.minor.astype(np.float64))
    charges = np.bincount(account[~moves.refund], minlength=accounts)
    refunds = np.bincount(account[moves.refund], minlength=accounts)
    span = np.maximum(last_day - first_day + 1, 30).astype(np.float64)
    # Background amounts: as the account's own charges are spread, and never too narrow.
    total = np.bincount(account, log, accounts)
    number = np.maximum(charges + refunds, 1)
    centre = total / number
    spread = np.sqrt(np.bincount(account, (log - centre[account]) ** 2, accounts) / number + 0.8**2)
    z = (log - centre[account]) / spread[account]
    background = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * spread[account])
    share = np.clip((refunds + 1.0) / (charges + 6.0), 0.02, 0.6)
    rate = charges / span
    age = np.clip(moves.day - first_day[account], 0, len(_STILL_OUT) - 1)
    arrival = rate[account] * share[account] * (_STILL_OUT[age] + STRAY)
    return Scene(
        moves, worth, ratio, currency_prior(worth, accounts), background,
        (share / (1 - share))[account], np.maximum(arrival, 1e-7), rate[account],
    )  # fmt: skip


def currency_prior(worth: Worth, accounts: int) -> Floats:
    """Prior weights of the merchant currencies, equal for all accounts."""
    known = {HOME: _HOME_PRIOR, "USD": _USD_PRIOR, "EUR": _EUR_PRIOR}
    weight = np.array([known.get(name, 0.1) for name in worth.currencies])
    return np.tile(weight / weight.sum(), (accounts, 1))


def bell(offset: Floats, variance: Floats) -> Floats:
    """Density of a log-ratio error: a normal curve on a wider one."""
    sd = np.sqrt(variance)
    z = offset / sd
    narrow = np.exp(-0.5 * z**2)
    wide = np.exp(-0.5 * (z / _WIDE) ** 2) / _WIDE
    both = (1 - _WIDE_SHARE) * narrow + _WIDE_SHARE * wide
    return np.asarray(both / (np.sqrt(2 * np.pi) * sd))


def ratio_density(offset: Floats, variance: Floats, weights: Floats) -> Floats:
    """Density of a log ratio under a card's distribution `weights` (rows, ratios) of its factor."""
    out = np.zeros(len(offset))
    step = RATIOS[1] - RATIOS[0]
    smooth = variance + (step / 2) ** 2 / 3
    used = np.flatnonzero(weights.max(axis=0) > 1e-6) if len(weights) else np.zeros(0, np.int64)
    for number in used:
        out += weights[:, number] * bell(offset - RATIOS[number], smooth)
    return out


def ratio_moments(weights: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the card's log factor, per account."""
    mean = weights @ RATIOS
    return mean, weights @ RATIOS**2 - mean**2


@dataclass
class PairScores:
    """Densities of each candidate pair per merchant currency: arrays (currencies, pairs)."""

    full: Floats
    part: Floats


def pair_densities(s: Scene, charge: Ints, refund: Ints) -> PairScores:
    """Density, per unit of the refund's log amount, of full and of partial refunds of each pair."""
    worth, account = s.worth, s.moves.account[charge]
    mean, extra = ratio_moments(s.ratio)
    full = np.zeros((len(worth.currencies), len(charge)))
    part = np.zeros_like(full)
    weights = s.ratio[account]
    for number, name in enumerate(worth.currencies):
        offset = worth.log[number, refund] - worth.log[number, charge]
        variance = worth.variance[number, refund] + worth.variance[number, charge]
        both = worth.exact[number, refund] & worth.exact[number, charge]
        known = np.isfinite(offset)
        sure = known & both
        if sure.any():
            c, r = worth.units[charge[sure]], worth.units[refund[sure]]
            # All of the chance on one minor unit: per unit of log amount that is r times as dense.
            full[number, sure] = np.where(c == r, r, 0.0)
            part[number, sure] = _exact_part(c, r)
        loose = known & ~both & (offset < 0.2)
        if loose.any():
            at = account[loose]
            shift = 0.0 if name == HOME else mean[at]
            density = ratio_density(offset[loose], variance[loose], weights[loose])
            full[number, loose] = density
            part[number, loose] = _loose_part(offset[loose] - shift, variance[loose] + extra[at])
    return PairScores(full, part)


def _exact_part(charge: Ints, refund: Ints) -> Floats:
    """Density of a partial refund when both amounts are printed in the merchant's currency."""
    fraction = refund / np.maximum(charge, 1)
    inside = (fraction > SMALLEST_PART) & (fraction < LARGEST_PART) & (refund < charge)
    odd = fraction / (LARGEST_PART - SMALLEST_PART)
    total = sum(_FRACTIONS.values())
    even = np.zeros(len(charge))
    for q, weight in _FRACTIONS.items():
        # Shops round the fraction either way: two minor units share the chance.
        even += np.where(np.abs(charge * q - refund) < 1.0, weight / total * refund / 2.0, 0.0)
    return np.where(inside, (1 - ROUND_SHARE) * odd + ROUND_SHARE * even, 0.0)


def _loose_part(offset: Floats, variance: Floats) -> Floats:
    """Density of a partial refund when at least one amount is estimated."""
    fraction = np.exp(offset)
    inside = (fraction > SMALLEST_PART) & (fraction < 1.0)
    # Close to the whole the odd fraction fades by the uncertainty of the amounts.
    odd = np.where(fraction < LARGEST_PART, fraction, 0.0) / (LARGEST_PART - SMALLEST_PART)
    total = sum(_FRACTIONS.values())
    even = np.zeros(len(offset))
    for q, weight in _FRACTIONS.items():
        even += weight / total * bell(offset - np.log(q), variance)
    return np.where(inside, (1 - ROUND_SHARE) * odd + ROUND_SHARE * even, 0.0)


@dataclass(frozen=True)
class Stories:
    """Candidate stories: movement rows (-1 where there is no second one), score, kind, currency."""

    charge: Ints
    charge2: Ints
    refund: Ints
    refund2: Ints
    score: Floats
    kind: npt.NDArray[np.object_]
    currency: Ints


def timing(s: Scene, charge: Ints, refund: Ints) -> Floats:
    """Log chance of the refund's day after this charge, against the background's at that day."""
    delay = s.moves.day[refund] - s.moves.day[charge] - EARLIEST_DAYS
    return np.asarray(np.log(DELAY[delay]) - np.log(s.arrival[refund]) + np.log(s.odds[charge]))


def single_stories(s: Scene, charge: Ints, refund: Ints, least: float) -> Stories:
    """Full and partial stories of the candidate pairs that score above `least`."""
    density = pair_densities(s, charge, refund)
    weight = s.currency[s.moves.account[charge]].T
    when = timing(s, charge, refund) - np.log(s.background[refund])
    parts = []
    for kind, share, values in (("full", FULL, density.full), ("part", PARTIAL, density.part)):
        mixed = weight * values
        with np.errstate(divide="ignore"):
            score = when + np.log(share) + np.log(mixed.sum(axis=0))
        keep = score > least
        parts.append(
            _stories(charge[keep], -1, refund[keep], -1, score[keep], kind, mixed[:, keep].argmax(0))
        )
    return merge(parts)


def joint_stories(s: Scene, charge: Ints, refund: Ints, least: float) -> Stories:
    """Two charges that one refund pays back in full, found by searching the missing amount."""
    return _with_partner(s, charge, refund, least, joint=True)


def split_stories(s: Scene, charge: Ints, refund: Ints, least: float) -> Stories:
    """One charge that two refunds pay back in full."""
    return _with_partner(s, charge, refund, least, joint=False)


def _with_partner(s: Scene, charge: Ints, refund: Ints, least: float, *, joint: bool) -> Stories:
    """Pairs completed by a second charge (joint) or a second refund (split) of the right worth."""
    worth, moves = s.worth, s.moves
    mean, extra = ratio_moments(s.ratio)
    pool = np.flatnonzero(~moves.refund if joint else moves.refund)
    parts = []
    for number, name in enumerate(worth.currencies):
        known = np.isfinite(worth.log[number, charge]) & np.isfinite(worth.log[number, refund])
        usable = pool[np.isfinite(worth.log[number, pool])]
        at = np.flatnonzero(known & (s.currency[moves.account[charge], number] > 1e-3))
        if not len(usable) or not len(at):
            continue
        c, r, account = charge[at], refund[at], moves.account[charge[at]]
        shift = np.zeros(len(at)) if name == HOME else mean[account]
        # Amounts in the charges' measure: a refund's, freed of what the card keeps of it.
        back = np.exp(worth.log[number, r] - np.where(worth.exact[number, r], 0.0, shift))
        paid = np.exp(worth.log[number, c])
        target = back - paid if joint else paid - back
        sd = np.sqrt(worth.variance[number, c] + worth.variance[number, r] + extra[account])
        sure = worth.exact[number, c] & worth.exact[number, r]
        whole = back if joint else paid
        tolerance = np.where(sure, 0.5, 3.5 * sd * whole + 0.5)
        value = np.exp(worth.log[number, usable])
        if not joint:
            own = np.zeros(len(usable)) if name == HOME else mean[moves.account[usable]]
            value = value * np.exp(-np.where(worth.exact[number, usable], 0.0, own))
        pick, partner = _search(account, target, tolerance, moves.account[usable], value)
        parts.append(
            _partner_stories(s, number, name, c[pick], r[pick], usable[partner], least, joint=joint)
        )
    return merge(parts)


def _search(
    account: Ints, target: Floats, tolerance: Floats, pool_account: Ints, value: Floats
) -> tuple[Ints, Ints]:
    """(index of target, index of pool value) of all values within the tolerance, per account."""
    top = float(value.max()) * 4 + float(np.abs(target).max()) * 4 + float(tolerance.max()) + 1.0
    key = pool_account * top + value
    order = np.argsort(key, kind="stable")
    positive = target > 0
    low = np.searchsorted(key[order], account * top + np.maximum(target - tolerance, 0.0), "left")
    high = np.searchsorted(key[order], account * top + target + tolerance, "right")
    count = np.where(positive, np.maximum(high - low, 0), 0)
    return np.repeat(np.arange(len(target)), count), order[ranges(low, count)]


def _partner_stories(
    s: Scene, number: int, name: str, c: Ints, r: Ints, partner: Ints, least: float, *, joint: bool
) -> Stories:
    moves, worth = s.moves, s.worth
    one, two = (c, partner) if joint else (r, partner)
    later = moves.day[r] - moves.day[partner] if joint else moves.day[partner] - moves.day[c]
    keep = (one < two) & (later >= EARLIEST_DAYS) & (later <= LATEST_DAYS)
    c, r, partner = c[keep], r[keep], partner[keep]
    if not len(c):
        return _stories(c, -1, r, -1, np.zeros(0), "joint", np.zeros(0, np.int64))
    mean, extra = ratio_moments(s.ratio)
    account = moves.account[c]
    shift = np.zeros(len(c)) if name == HOME else mean[account]
    log, units = worth.log[number], worth.units
    if joint:
        paid, back = np.logaddexp(log[c], log[partner]), log[r]
        members, whole = (c, partner, r), (paid, paid, back)
        equal = units[c] + units[partner] == units[r]
    else:
        paid, back = log[c], np.logaddexp(log[r], log[partner])
        members, whole = (c, r, partner), (paid, back, back)
        equal = units[r] + units[partner] == units[c]
    exact = np.all([worth.exact[number, m] for m in members], axis=0)
    variance = extra[account] + 1e-12
    for m, total in zip(members, whole, strict=True):
        variance = variance + np.exp(2 * (log[m] - total)) * worth.variance[number, m]
    loose = bell(back - paid - np.where(exact, 0.0, shift), variance)
    # All of the chance on one minor unit: per unit of log amount that is as dense as there are units.
    density = np.where(exact, np.where(equal, np.exp(paid), 0.0), loose)
    weight = s.currency[account, number]
    absent = np.full(len(c), -1)
    if joint:
        # The partner could have been any charge of about three months, and is refunded as well.
        near = np.maximum(s.charge_rate[c] * 90.0, 1.0)
        last = np.where(moves.day[c] > moves.day[partner], c, partner)
        prior = np.log(JOINT / near) + timing(s, last, r) + np.log1p(s.odds[c])
        prior -= np.log(s.background[r])
        pair = (c, partner, r, absent)
    else:
        # From (sum, fraction) to the two log amounts; any division is as likely as another.
        fraction = np.exp(log[r] - back)
        density = density * fraction * (1 - fraction)
        prior = np.log(SPLIT) + timing(s, c, r) + timing(s, c, partner) - np.log(s.odds[c])
        prior -= np.log(s.background[r]) + np.log(s.background[partner])
        pair = (c, absent, r, partner)
    with np.errstate(divide="ignore"):
        score = prior + np.log(weight) + np.log(density)
    good = score > least
    charge, charge2, refund, refund2 = (m[good] for m in pair)
    kind = "joint" if joint else "split"
    return _stories(charge, charge2, refund, refund2, score[good], kind, np.full(int(good.sum()), number))


def _stories(
    charge: Ints, charge2: Ints | int, refund: Ints, refund2: Ints | int,
    score: Floats, kind: str, currency: Ints,
) -> Stories:  # fmt: skip
    length = len(charge)
    return Stories(
        charge, np.broadcast_to(charge2, length).astype(np.int64), refund,
        np.broadcast_to(refund2, length).astype(np.int64), score,
        np.full(length, kind, dtype=object), np.asarray(currency, np.int64),
    )  # fmt: skip


def merge(parts: list[Stories]) -> Stories:
    """Several lists of stories as one."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Stories(none, none, none, none, np.zeros(0), np.zeros(0, object), none)
    names = ("charge", "charge2", "refund", "refund2", "score", "kind", "currency")
    return Stories(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def select(stories: Stories, keep: npt.NDArray[np.bool_] | Ints) -> Stories:
    """The stories that `keep` (mask or positions) names."""
    names = ("charge", "charge2", "refund", "refund2", "score", "kind", "currency")
    return Stories(*(getattr(stories, n)[keep] for n in names))
