"""Which part of a charge came back: as printed, as an order tells, or as estimates make likely."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reconcile.linking import pieces
from reconcile.linking.fit import Links
from reconcile.linking.score import ROUND_SHARE, ratio_moments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Common fractions that a part can be, each with its share of them; any other part is as likely as
# its neighbours.
_COMMON = {
    0.5: 0.24, **dict.fromkeys((1 / 3, 2 / 3, 0.25, 0.75), 0.08),
    **dict.fromkeys((0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9), 0.04),
    **dict.fromkeys((0.05, 0.95), 0.06),
}  # fmt: skip
# Chance that what came back is what an order says is due, where the amounts allow it.
_AS_TOLD = 0.97


class Part(NamedTuple):
    """F'/F per story as best told, if it is exact, and what is unsure of it (see `spans.Doubt`)."""

    share: Floats
    exact: npt.NDArray[np.bool_]
    likely: Floats
    rounding: Floats
    offset: Floats
    deviation: Floats


def returned(links: Links, chosen: Ints, due_share: Floats) -> Part:
    """The part of the charge that came back.

    Full, split and joint stories return everything, or what orders say is due. A partial refund's
    share comes from printed originals, else from billed amounts, reference rates and the card: it
    is what an order tells or a common fraction, as far as the estimate makes that likely.
    """
    stories, worth, moves = links.stories, links.worth, links.moves
    count = len(chosen)
    c, number = stories.charge[chosen], stories.currency[chosen]
    exact, paid, back = _units(links, chosen)
    part = np.isin(stories.kind[chosen], ("part", "pieces"))
    out = Part(np.ones(count), exact, np.ones(count), *(np.zeros(count) for _ in range(3)))
    told = _due(links, chosen)
    out.share[:] = np.where(part, 1.0, told)
    sure = exact & (part | (told < 1.0))
    out.share[sure] = np.minimum(back[sure] / np.maximum(paid[sure], 1), 1.0)
    at = np.flatnonzero(part & ~exact)
    if not len(at):
        return out
    # As links are weighed: a lone refund that is a part cannot teach what a whole one would.
    mean, extra = ratio_moments(links.scene.ratio)
    c, number, account = c[at], number[at], moves.account[c[at]]
    returned, spread = pieces.returned(worth, stories, chosen[at])
    offset = returned - worth.log[number, c]
    variance = spread + worth.variance[number, c]
    # The part of the merchant's unit that rounding can make of a fraction.
    unit = 1.0 / np.maximum(np.exp(worth.log[number, c]), 1.0)
    guess = np.minimum(np.exp(offset - mean[account]), 0.999)
    sd = np.sqrt(variance + extra[account] + (0.3 * unit / guess) ** 2)
    told = due_share[c]
    near, likely = _fraction(guess, sd, told)
    common = likely >= 0.5
    out.share[at] = np.where(common, near, guess)
    # What is less likely than not is left to the rates as a whole.
    out.likely[at] = np.where(common, likely, 0.0)
    out.rounding[at] = np.where(common & (near != told), unit, 0.0)
    out.offset[at], out.deviation[at] = offset, np.sqrt(variance)
    return out


def _units(links: Links, chosen: Ints) -> tuple[npt.NDArray[np.bool_], Ints, Ints]:
    """Whether the merchant's amounts of all movements of each story are known, and, if so, their
    sums in its minor units: of the charges, and of the refunds.
    """
    stories, worth = links.stories, links.worth
    number, exact = stories.currency[chosen], np.ones(len(chosen), np.bool_)
    sums = []
    for columns in (stories.charges, stories.refunds):
        rows = np.stack([column[chosen] for column in columns])
        exact &= ((rows < 0) | worth.exact[number, rows]).all(axis=0)
        sums.append(np.where(rows >= 0, worth.units[rows], 0).sum(axis=0))
    return exact, sums[0], sums[1]


def _due(links: Links, chosen: Ints) -> Floats:
    """The part of each story's charges that may come back: what orders say is due, else all."""
    paid, due = np.zeros(len(chosen)), np.zeros(len(chosen))
    for column in links.stories.charges:
        rows = column[chosen]
        minor = np.where(rows >= 0, links.moves.minor[rows], 0)
        paid, due = paid + minor, due + minor * links.scene.promise.back(rows)
    return np.asarray(due / np.maximum(paid, 1))


def _fraction(guess: Floats, sd: Floats, told: Floats) -> tuple[Floats, Floats]:
    """The share that is likeliest behind an estimated one, and how likely it is that very one."""
    fractions = np.array(list(_COMMON))
    off = np.log(guess)[:, None] - np.log(fractions)
    density = np.exp(-0.5 * (off / sd[:, None]) ** 2) / (np.sqrt(2 * np.pi) * sd[:, None])
    density *= ROUND_SHARE * np.array(list(_COMMON.values()))
    # Any share between nothing and the whole, in the measure of its log.
    total = density.sum(axis=1) + (1 - ROUND_SHARE) * guess
    best = np.argmax(density, axis=1)
    row = np.arange(len(guess))
    near, likely = fractions[best], density[row, best] / total
    known = np.flatnonzero(np.isfinite(told) & (told > 0))
    off = np.log(guess[known]) - np.log(told[known])
    same = np.exp(-0.5 * (off / sd[known]) ** 2) / (np.sqrt(2 * np.pi) * sd[known])
    chance = _AS_TOLD * same / (_AS_TOLD * same + (1 - _AS_TOLD) * total[known])
    likely[known] = np.where(chance >= 0.5, chance, likely[known])
    near[known] = np.where(chance >= 0.5, told[known], near[known])
    return near, likely
