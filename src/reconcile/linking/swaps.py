"""Two charges and two refunds that fit either way round: how sure the told way is.

Belief propagation settles on one of two such pairings and grows sure of it, however little speaks
for the one (a known fault of the method on short loops). With all else as it is, the chance of the
one against the other is exact: it follows from four stories.
"""

import numpy as np

from reconcile.linking.candidates import Ints
from reconcile.linking.stories import Floats, Stories

# Pairs of a charge and a refund that are at least this likely can be told, and so be crossed.
_LIKELY = 0.5
# A crossing less likely than this changes nothing that is shown.
_LEAST = 0.001


def weighed(stories: Stories, inside: Ints, chance: Floats, weight: Floats) -> Floats:
    """The chances of the stories `inside`, where two crossed pairs compete with two told ones.

    `weight` is the log weight of each story of `inside`, `chance` what propagation made of it.
    """
    alone = np.flatnonzero((stories.charge2[inside] < 0) & (stories.refund2[inside] < 0))
    if not len(alone):
        return chance
    charge, refund = stories.charge[inside[alone]], stories.refund[inside[alone]]
    rows = int(max(charge.max(), refund.max())) + 1
    # One pair may be read in several ways: with all back, a part, in another currency.
    key, pair = np.unique(charge * rows + refund, return_inverse=True)
    total = np.full(len(key), -np.inf)
    np.logaddexp.at(total, pair, weight[alone])
    mass = np.bincount(pair, chance[alone], len(key)).astype(np.float64)
    moved = mass + _moved(key, rows, total, mass)
    changed = np.flatnonzero((moved != mass)[pair])
    out = chance.copy()
    share = np.exp(weight[alone] - total[pair])
    out[alone[changed]] = (share * moved[pair])[changed]
    return out


def _moved(key: Ints, rows: int, total: Floats, mass: Floats) -> Floats:
    """What each pair gains or loses; a told pair loses to all its crossings together."""
    charge, refund = np.divmod(key, rows)
    sure = np.flatnonzero(mass >= _LIKELY)
    by_charge, by_refund = np.full(rows, -1), np.full(rows, -1)
    by_charge[charge[sure]], by_refund[refund[sure]] = sure, sure
    one, two = by_charge[charge], by_refund[refund]
    cross = np.flatnonzero((one >= 0) & (two >= 0) & (one < two))
    one, two = one[cross], two[cross]
    wanted = charge[two] * rows + refund[one]
    back = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    there = key[back] == wanted
    one, two, cross, back = one[there], two[there], cross[there], back[there]
    gain = total[one] + total[two] - total[cross] - total[back]
    odds = np.exp(-np.clip(gain, -50.0, 50.0))
    against = np.bincount(one, odds, len(key)) + np.bincount(two, odds, len(key))
    share = odds / (1.0 + np.maximum(against[one], against[two]))
    shift = np.minimum(mass[one], mass[two]) * share - np.minimum(mass[cross], mass[back])
    shift = np.where(shift < _LEAST, 0.0, shift)
    out = np.zeros(len(key))
    for pairs, change in ((one, -shift), (two, -shift), (cross, shift), (back, shift)):
        out += np.bincount(pairs, change, len(key))
    return out
