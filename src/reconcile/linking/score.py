"""How likely one charge and one refund belong together: log-likelihoods against "unrelated".

A story's score compares, for the refunds it explains, the chance of their day and amount under
the story with that under the background: refunds whose charge the statements do not show. This
module scores full and partial refunds of one charge; `partners` those of three movements.
"""

from dataclasses import dataclass

import numpy as np

from reconcile.cards import RATIOS
from reconcile.linking.candidates import Ints
from reconcile.linking.scene import DIFFERENT, Floats, Scene, billed, timing
from reconcile.linking.stories import Stories, build, merge
from reconcile.linking.worth import HOME

# Shares of story kinds among refunded charges: fitted, and set wide of any one world, full
# refunds being the ordinary case of a cancelled order.
FULL, PARTIAL, SPLIT, JOINT = 0.63, 0.18, 0.09, 0.08
# Three refunds of one charge, three charges with one refund.
SPLIT3, JOINT3 = 0.01, 0.01
# How much likelier these stories are where an order says that a part of its total came back.
PARTLY, NOT_PARTLY = (1 - DIFFERENT) / PARTIAL, DIFFERENT / (1 - PARTIAL)
# Fractions that shops refund: halves, thirds, quarters, tenths, twentieths; else any fraction. No
# source tells how often; those that people say are taken as equally common, but for halves.
_FRACTIONS = {
    0.5: 2.0, 1 / 3: 1.0, 2 / 3: 1.0, 0.25: 1.0, 0.75: 1.0,
    **dict.fromkeys((0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9), 1.0),
    **dict.fromkeys((0.05, 0.15, 0.35, 0.45, 0.55, 0.65, 0.85, 0.95), 0.2),
}  # fmt: skip
_LOG_FRACTION = np.log(np.array(list(_FRACTIONS)))
_FRACTION_SHARE = np.array(list(_FRACTIONS.values())) / sum(_FRACTIONS.values())
ROUND_SHARE = 0.6
# Else a whole percent of the charge, or an amount in whole units (5.00), or anything.
PERCENT_SHARE = 0.12
_WHOLE_SHARE, _WHOLE = 0.15, 100
SMALLEST_PART, LARGEST_PART = 0.02, 0.98
# A fraction of a charge is rounded to the nearer minor unit mostly, else to the one beyond.
_NEARER = 0.85
# A second, wider bell under the first: networks and tills have worse days. With the core of
# `worth.SPREAD_SD` both together spread by 0.29%, between Mastercard's 0.20 and Visa's 0.31.
_WIDE_SHARE, _WIDE = 0.08, 2.5
# Deviations beyond which a bell is zero for every purpose here, the wide one included.
_REACH = 9.0
# Weight below which a ratio is left out.
_NEGLIGIBLE = 1e-6


def bell(offset: Floats, variance: Floats) -> Floats:
    """Density of a log-ratio error: a normal curve on a wider one."""
    sd = np.sqrt(variance)
    half = -0.5 * (offset / sd) ** 2
    both = (1 - _WIDE_SHARE) * np.exp(half)
    both += (_WIDE_SHARE / _WIDE) * np.exp(half / _WIDE**2)
    return np.asarray(both / (np.sqrt(2 * np.pi) * sd))


def ratio_density(offset: Floats, variance: Floats, weights: Floats, account: Ints) -> Floats:
    """Density of log ratios, given each account's distribution `weights` (accounts, ratios)."""
    step = RATIOS[1] - RATIOS[0]
    smooth = variance + (step / 2) ** 2 / 3
    reach = _REACH * np.sqrt(smooth)
    near = np.flatnonzero((offset > RATIOS[0] - reach) & (offset < RATIOS[-1] + reach))
    out = np.zeros(len(offset))
    offset, smooth, account = offset[near], smooth[near], account[near]
    found = np.zeros(len(near))
    for number in np.flatnonzero(weights.max(axis=0, initial=0.0) > _NEGLIGIBLE).tolist():
        chance = weights[account, number]
        use = np.flatnonzero(chance > _NEGLIGIBLE)
        found[use] += chance[use] * bell(offset[use] - RATIOS[number], smooth[use])
    out[near] = found
    return out


def ratio_moments(weights: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the card's log factor, per account."""
    mean = (weights * RATIOS).sum(axis=1)
    # Never below zero by rounding.
    return mean, np.maximum((weights * RATIOS**2).sum(axis=1) - mean**2, 0.0)


# Originals that a converter works out from the billed amount and a rounded rate can be one minor
# unit off (OFX with ORIGCURRENCY prints the rate, not the amount); the chance of it, both ways. Set
# low: where nothing else fits, an amount a unit away still tells far more than any part.
NEXT_UNIT = 0.004


@dataclass
class PairScores:
    """Densities of each candidate pair per merchant currency: arrays (currencies, pairs).

    `odd` is the share of `part` that any fraction gives, not a round one.
    """

    full: Floats
    part: Floats
    odd: Floats


def pair_densities(s: Scene, charge: Ints, refund: Ints) -> PairScores:
    """Density, per unit of the refund's log amount, of full and of partial refunds of each pair."""
    worth, account = s.worth, s.moves.account[charge]
    mean, extra = ratio_moments(s.ratio)
    shape = (len(worth.currencies), len(charge))
    out = PairScores(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    told = s.promise.due(charge)
    for number, name in enumerate(worth.currencies):
        offset = worth.log[number, refund] - worth.log[number, charge]
        both = worth.exact[number, refund] & worth.exact[number, charge]
        known = np.isfinite(offset)
        sure = np.flatnonzero(known & both)
        if len(sure):
            c, r = worth.units[charge[sure]], worth.units[refund[sure]]
            # All of the chance on one minor unit: per unit of log amount that is r times as dense.
            near = 0.0 if name == HOME else NEXT_UNIT / 2
            chance = np.where(c == r, 1.0 - 2 * near, np.where(np.abs(c - r) == 1, near, 0.0))
            out.full[number, sure] = chance * r
            out.part[number, sure], out.odd[number, sure] = _exact_part(c, r)
        loose = np.flatnonzero(known & ~both & (offset < 0.2))
        if len(loose):
            at = account[loose]
            variance = worth.variance[number, refund[loose]] + worth.variance[number, charge[loose]]
            shift = 0.0 if name == HOME else mean[at]
            out.full[number, loose] = ratio_density(offset[loose], variance, s.ratio, at)
            found = _loose_part(offset[loose] - shift, variance + extra[at])
            out.part[number, loose], out.odd[number, loose] = found
        _promised(s, out, number, np.flatnonzero(told & known), charge, refund)
    partly = np.flatnonzero(s.promise.partly[charge])
    for values, factor in ((out.full, NOT_PARTLY), (out.part, PARTLY), (out.odd, PARTLY)):
        values[:, partly] *= factor
    return out


def _promised(s: Scene, out: PairScores, number: int, at: Ints, charge: Ints, refund: Ints) -> None:
    """Where an order tells what is due, that amount is likely and every other is not."""
    if not len(at):
        return
    c, r, worth = charge[at], refund[at], s.worth
    share = s.promise.share[c]
    exact = worth.exact[number, r] & worth.exact[number, c]
    offset = worth.log[number, r] - worth.log[number, c] - np.log(share)
    variance = worth.variance[number, r] + worth.variance[number, c] + 1e-9
    loose = ratio_density(offset, variance, s.ratio, s.moves.account[c])
    units = worth.units[r]
    equal = np.where(np.rint(worth.units[c] * share) == units, units, 0)
    due = np.where(exact, equal, loose)
    full = share >= 1.0
    sure = (1 - DIFFERENT) / np.where(full, FULL, PARTIAL)
    out.full[number, at] = np.where(full, sure * due, DIFFERENT * out.full[number, at])
    part, odd = out.part[number, at], out.odd[number, at]
    out.part[number, at] = DIFFERENT * part + np.where(full, 0.0, sure * due)
    out.odd[number, at] = DIFFERENT * odd


def _exact_part(charge: Ints, refund: Ints) -> tuple[Floats, Floats]:
    """Density of a partial refund with both amounts printed, and its share of odd fractions."""
    fraction = refund / np.maximum(charge, 1)
    # Printed to the unit there is nothing to fade: all but the next unit is a part.
    inside = (fraction > SMALLEST_PART) & (refund < charge - 1)
    # Any fraction is as likely as another; a whole amount is more likely than those around it.
    lump = np.where(refund % _WHOLE == 0, _WHOLE * _WHOLE_SHARE, 0.0) + 1 - _WHOLE_SHARE
    any_share = 1 - ROUND_SHARE - PERCENT_SHARE
    odd = np.where(inside, any_share * lump * fraction / (LARGEST_PART - SMALLEST_PART), 0.0)
    even = np.zeros(len(charge))
    for q, share in zip(_FRACTIONS, _FRACTION_SHARE, strict=True):
        even += share * refund * _rounded(np.asarray(charge * q - refund, np.float64))
    off: Floats = charge * np.rint(100.0 * fraction) / 100.0 - refund
    hit = _rounded(off)
    # Of small charges several percents make the same amount.
    percent: Floats = np.where(hit > 0, np.maximum(hit, 100.0 / np.maximum(charge, 1)), 0.0)
    percent *= refund.astype(np.float64)
    percent /= 100.0 * (LARGEST_PART - SMALLEST_PART)
    regular = ROUND_SHARE * even + PERCENT_SHARE * percent
    return odd + np.where(inside, regular, 0.0), odd


def _rounded(off: Floats) -> Floats:
    """Chance that rounding moved an amount by `off` minor units; 1 where there was none to do."""
    away = np.abs(off)
    # Of two units equally near either is as likely.
    near = np.where(away < 0.5 - 1e-9, _NEARER, np.where(away < 0.5 + 1e-9, 0.5, 1.0 - _NEARER))
    return np.where(away < 1e-9, 1.0, np.where(away < 1.0 - 1e-9, near, 0.0))


def _loose_part(offset: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The same where at least one amount is estimated."""
    fraction = np.exp(offset)
    inside = (fraction > SMALLEST_PART) & (fraction < 1.0)
    # Close to the whole the odd fraction fades: there a full refund tells the same.
    odd = np.where(inside & (fraction < LARGEST_PART), fraction, 0.0)
    odd *= (1 - ROUND_SHARE) / (LARGEST_PART - SMALLEST_PART)
    even = np.zeros(len(offset))
    reach = _REACH * np.sqrt(variance)
    for log, share in zip(_LOG_FRACTION, _FRACTION_SHARE, strict=True):
        near = np.flatnonzero(inside & (np.abs(offset - log) < reach))
        even[near] += share * bell(offset[near] - log, variance[near])
    return odd + ROUND_SHARE * even, odd


def amount_density(s: Scene, charge: Ints, density: PairScores) -> Floats:
    """Density of each pair's refund as a full or partial one, over all currencies."""
    weight = billed(s, charge)
    return np.asarray((weight * (FULL * density.full + PARTIAL * density.part)).sum(axis=0))


def single_stories(
    s: Scene, charge: Ints, refund: Ints, density: PairScores, least: float
) -> Stories:
    """Full and partial stories of the candidate pairs that score above `least`."""
    weight = billed(s, charge)
    when = timing(s, charge, refund) - np.log(s.background[refund])
    parts = []
    for kind, share, values in (("full", FULL, density.full), ("part", PARTIAL, density.part)):
        mixed = weight * values
        total = mixed.sum(axis=0)
        with np.errstate(divide="ignore"):
            score = when + np.log(share) + np.log(total)
        keep = np.flatnonzero(score > least)
        odd = (weight[:, keep] * density.odd[:, keep]).sum(axis=0) > 0.5 * total[keep]
        vague = odd if kind == "part" else False
        best = mixed[:, keep].argmax(axis=0)
        parts.append(build([charge[keep]], [refund[keep]], score[keep], kind, best, vague))
    return merge(parts)
