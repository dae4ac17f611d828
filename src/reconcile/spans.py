"""90% intervals of the causes of a case, from all that is unsure in it at once.

Causes that share a doubt move together: what the fee did not take, the exchange rate took; a part
that came back larger leaves less missing. So every case is worked out many times, with values for
everything unsure that cover their distributions evenly, and the shortest span that holds 90% of
the outcomes is the interval. The values are the same on every run.
"""

from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reconcile.cards import FEES, MODES, ON_REFUND, RATIO_LOG, CardModel, shifted

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_DRAWS, _INSIDE, _LEAST = 256, 0.9, 0.85
# Cases worked out at a time: bounds memory (cases x draws x 8 bytes x some arrays).
_BLOCK = 1024
# What each of the unsure values is drawn by.
_CARD, _FEE, _RATE, _WHICH, _ROUND, _BILLS = 0, 1, 2, 3, 4, 5
_BILLED = 6


class Doubt(NamedTuple):
    """What is unsure of each case; arrays over cases, amounts in minor units.

    `moved` is what the issuer's table adds to the card's fee on the day of the charge and of the
    refund. `printed` marks cases whose fee the statement prints or that have none (`surcharge`).
    A share of 1, or one of two printed originals, is `share`. Otherwise the part that came back is
    `share` with the chance `likely`, give or take `rounding`, else what the rates make of it: its
    log before the card's own ratio, `offset`, with the standard deviation `deviation`.
    """

    account: Ints
    charged: Ints
    refunded: Ints
    bills: tuple[Ints, Ints]
    moved: tuple[Floats, Floats]
    printed: Bools
    surcharge: Floats
    share: Floats
    likely: Floats
    rounding: Floats
    offset: Floats
    deviation: Floats


def outcomes(doubt: Doubt, cards: CardModel, at: Ints) -> dict[str, Floats]:
    """Drift, fee and missing of the cases `at` for every draw: whole numbers, (cases, draws)."""
    draw = _draws()
    account = doubt.account[at]
    cells = len(MODES) * len(FEES)
    weight = np.cumsum(cards.posterior[account].reshape(-1, cells), axis=1)
    # Each draw stands for an equal part of the card's chances, in the order of the cells.
    row = np.arange(len(at))[:, None]
    level = weight / weight[:, -1:] + row
    cell = np.searchsorted(level.ravel(), (draw[_CARD] + row).ravel(), side="right")
    cell = np.minimum(cell.reshape(len(at), -1) - row * cells, cells - 1)
    mode, place = np.divmod(cell, len(FEES))
    fee = shifted(cards.shift[account])[row, place]
    # A fee that nobody told lies anywhere between its neighbours on the grid.
    told = np.array([one is not None for one in cards.source], np.bool_)[account][:, None]
    step = FEES[1] - FEES[0]
    fee = np.where((place == 0) | told, fee, fee + step * (draw[_FEE] - 0.5))
    one = np.where(mode == 0, 0.0, np.maximum(fee + doubt.moved[0][at, None], 0.0))
    two = ON_REFUND[mode] * np.maximum(fee + doubt.moved[1][at, None], 0.0)
    # Bills are rounded: the true amount lies half a unit around the one that is printed.
    charged, refunded = (
        value[at, None] + _rounding(draw, first, count[at])
        for value, first, count in (
            (doubt.charged, _BILLS, doubt.bills[0]),
            (doubt.refunded, _BILLS + _BILLED // 2, doubt.bills[1]),
        )
    )
    share = doubt.share[at, None] + doubt.rounding[at, None] * (draw[_ROUND] - 0.5)
    by_rates = doubt.offset[at, None] + doubt.deviation[at, None] * _normal()
    by_rates = np.exp(np.minimum(by_rates - RATIO_LOG.ravel()[cell], -1e-6))
    share = np.where(draw[_WHICH] < doubt.likely[at, None], share, by_rates)
    paid = share * charged
    value = paid * one / (1 + one) - refunded * two / (1 + two)
    value = np.where(doubt.printed[at, None], doubt.surcharge[at, None], value)
    drift = paid - refunded - value
    missing = np.rint(charged - paid)
    out = {"fx_drift": np.rint(drift), "fee": np.rint(value), "missing": missing}
    # As the causes are told: what rounding leaves goes to the larger of drift and fee.
    rest = (doubt.charged - doubt.refunded)[at, None] - sum(out.values())
    larger = np.abs(out["fx_drift"]) >= np.abs(out["fee"])
    larger |= doubt.printed[at, None]
    out["fx_drift"] = out["fx_drift"] + np.where(larger, rest, 0.0)
    out["fee"] = out["fee"] + np.where(larger, 0.0, rest)
    return out


def spans(doubt: Doubt, cards: CardModel, at: Ints) -> dict[str, tuple[Ints, Ints]]:
    """Ends of the 90% intervals of drift, fee and missing of the cases `at`."""
    names = ("fx_drift", "fee", "missing")
    ends = {name: (np.zeros(len(at), np.int64), np.zeros(len(at), np.int64)) for name in names}
    for start in range(0, len(at), _BLOCK):
        part = slice(start, start + _BLOCK)
        found = outcomes(doubt, cards, at[part])
        for name, values in found.items():
            ends[name][0][part], ends[name][1][part] = shortest(values)
    return ends


def shortest(values: Floats) -> tuple[Ints, Ints]:
    """The shortest spans that hold 90% of each row's values; of equal ones, that in the middle.

    Values come in lumps of whole units: a shorter span that holds nearer to 90% is taken instead.
    """
    ranked = np.sort(values, axis=1)
    low, high = _shortest(ranked, _INSIDE)
    less = _shortest(ranked, _LEAST)
    more, fewer = (
        ((values >= a[:, None]) & (values <= b[:, None])).mean(axis=1)
        for a, b in ((low, high), less)
    )
    better = (more - _INSIDE) > np.abs(_INSIDE - fewer)
    return np.where(better, less[0], low), np.where(better, less[1], high)


def _shortest(ranked: Floats, inside: float) -> tuple[Ints, Ints]:
    count = int(np.ceil(inside * ranked.shape[1]))
    width = ranked[:, count - 1 :] - ranked[:, : ranked.shape[1] - count + 1]
    least = width == width.min(axis=1, keepdims=True)
    seen = np.cumsum(least, axis=1)
    first = np.argmax(seen >= (seen[:, -1:] + 1) // 2, axis=1)
    row = np.arange(len(ranked))
    return ranked[row, first].astype(np.int64), ranked[row, first + count - 1].astype(np.int64)


def _rounding(draw: Floats, first: int, bills: Ints) -> Floats:
    """Rounding of one bill or of the sum of up to three, in units of one."""
    more = [np.where(bills[:, None] > n, draw[first + n] - 0.5, 0.0) for n in (1, 2)]
    return np.asarray(draw[first] - 0.5 + sum(more))


@cache
def _normal() -> Floats:
    """The draws of the rates' error, as standard deviations."""
    return np.array([NormalDist().inv_cdf(value) for value in _draws()[_RATE].tolist()])


@cache
def _draws() -> Floats:
    """Values between 0 and 1, (what is unsure, draws): each row even, and no two rows alike."""
    number = np.arange(_DRAWS)
    rows = _BILLS + _BILLED
    # Multiples of powers of the number that solves x^(rows+1) = x + 1 fill all directions evenly.
    base = 1.5
    for _ in range(60):
        base = (1.0 + base) ** (1.0 / (rows + 1))
    out = [(number + 0.5) / _DRAWS]
    for power in range(1, rows):
        value = (number * base**-power) % 1.0
        # By rank, so that each row holds every part of its distribution once.
        out.append((np.argsort(np.argsort(value)) + 0.5) / _DRAWS)
    return np.array(out)
