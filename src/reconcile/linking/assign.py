"""Orders as evidence: which charge paid which order, across all accounts.

Orders carry no card. An order explains a charge of about its day and its amount: to the minor unit
where the merchant's amount is printed or billed at home, else within the reference rate, the
network's spread and the card's markup, which the orders themselves teach.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.cards import CHARGE_LOG, FEES, NETWORK_MEAN, NETWORK_MEAN_SD
from reconcile.linking.candidates import Ints, ranges
from reconcile.linking.chances import chances
from reconcile.linking.order_fit import FIRST_DAY, LAST_DAY, WIDE
from reconcile.linking.scene import Floats, Promise, Scene, no_promise
from reconcile.linking.score import bell
from reconcile.linking.solve import choose
from reconcile.linking.stories import build
from reconcile.linking.worth import HOME, Paid, Worth

# Chance of each number of days from the order to the charge, from `FIRST_DAY` to `LAST_DAY`.
_GAP = np.array([0.01, 0.05, 0.62, 0.2, 0.05, 0.03, 0.01, 0.01, 0.01, 0.01])
# Most orders of a list have their charge in the files, and most charges their order in the list.
_LISTED = 0.9
# From here on an assignment counts as known. It is told at all when its order is likelier to have a
# charge here than none, and, of charges that fit alike, when it is not a mere guess.
SURE, TOLD, LEAST = 0.9, 0.5, 0.15
# Where a refund of what an order has due stands on a card soon after its promise, the order was
# paid with that card: chance that a promised refund comes at all, the days it takes, and how far
# the amounts lie apart while the card's fee on refunds is not known.
_BRINGS, _EARLY, _SOON, _LATE = 0.75, -10, 30, 60
_SOON_SHARE, _REFUND_SD = 0.9, 0.02


class Assigned(NamedTuple):
    """Orders (positions) and the charges (rows) that paid them, each with its probability.

    `paid` and `promise` are what the sure ones tell; `fee` the log-likelihood of each of
    `cards.FEES` per account that all possible assignments together give; `somewhere` the chance of
    each order of the list to have its charge here.
    """

    order: Ints
    charge: Ints
    probability: Floats
    paid: Paid
    promise: Promise
    fee: Floats
    somewhere: Floats

    def by_order(self) -> tuple[dict[int, list[int]], dict[int, float]]:
        """By order: the charge it is told to be paid by, and how sure that is; of all others how
        sure it is that their charge is not here.
        """
        order = self.order.tolist()
        sure = dict(enumerate((1.0 - self.somewhere).tolist()))
        sure |= dict(zip(order, self.probability.tolist(), strict=True))
        return {at: [row] for at, row in zip(order, self.charge.tolist(), strict=True)}, sure


class _Pairs(NamedTuple):
    """Possible (order, charge) pairs: weight of day and background, exact density or offset."""

    order: Ints
    charge: Ints
    weight: Floats
    exact: Floats
    offset: Floats
    variance: Floats


def fees(s: Scene, orders: pd.DataFrame) -> Floats:
    """Log-likelihood of each fee per account (accounts, fees), from all possible assignments."""
    moves = s.moves
    pairs = _pairs(s, orders)
    out = np.zeros((len(moves.accounts), len(FEES)))
    rows = np.unique(pairs.charge)
    slot = np.searchsorted(rows, pairs.charge)
    loose = np.isfinite(pairs.offset)
    for at in range(len(FEES)):
        density = pairs.exact.copy()
        density[loose] = bell(
            pairs.offset[loose] - CHARGE_LOG[at] - NETWORK_MEAN, pairs.variance[loose]
        )
        found = np.bincount(slot, pairs.weight * density, len(rows))
        out[:, at] = np.bincount(moves.account[rows], np.log1p(found), len(moves.accounts))
    return out


def assign(s: Scene, orders: pd.DataFrame, fee: Floats) -> Assigned:
    """The likeliest joint assignment; `fee` weighs each card's fees (accounts, fees)."""
    moves = s.moves
    pairs = _pairs(s, orders)
    density = pairs.exact.copy()
    loose = np.flatnonzero(np.isfinite(pairs.offset))
    chance = fee[moves.account[pairs.charge[loose]]]
    for at in np.flatnonzero(fee.max(axis=0, initial=0.0) > 1e-6).tolist():
        off = pairs.offset[loose] - CHARGE_LOG[at] - NETWORK_MEAN
        density[loose] += chance[:, at] * bell(off, pairs.variance[loose])
    with np.errstate(divide="ignore"):
        score = np.log(pairs.weight * density)
    score += np.log(_came(s, orders))[pairs.order, moves.account[pairs.charge]]
    keep = np.flatnonzero(score > -4.0)
    # An order takes the place of a refund in the solver: one charge each, one order per charge.
    count = len(moves.refund)
    stories = build([pairs.charge[keep]], [pairs.order[keep] + count], score[keep], "full", 0)
    probability, _ = chances(stories)
    somewhere = np.bincount(stories.refund - count, probability, len(orders)).astype(np.float64)
    told = (probability >= LEAST - 1e-9) & (somewhere[stories.refund - count] >= TOLD - 1e-9)
    chosen = np.flatnonzero(choose(stories, probability, told))
    order, charge = stories.refund[chosen] - count, stories.charge[chosen]
    sure = probability[chosen] >= SURE
    paid, promise = _known(s, orders, order[sure], charge[sure], fee)
    return Assigned(order, charge, probability[chosen], paid, promise, fee, somewhere)


def _came(s: Scene, orders: pd.DataFrame) -> Floats:
    """How much likelier the refunds of each card are if it paid an order (orders, accounts)."""
    moves, worth, accounts = s.moves, s.worth, len(s.moves.accounts)
    out = np.ones((len(orders), accounts))
    due = orders["due"].to_numpy(np.float64)
    promised = orders["promised"].to_numpy("datetime64[D]")
    dated = np.flatnonzero((due > 0) & ~np.isnat(promised))
    refunds = np.flatnonzero(moves.refund)
    if not len(dated) or not len(refunds):
        return out
    refunds = refunds[np.argsort(moves.day[refunds], kind="stable")]
    when = promised.astype(np.int64)
    low = np.searchsorted(moves.day[refunds], when[dated] + _EARLY, "left")
    high = np.searchsorted(moves.day[refunds], when[dated] + _LATE, "right")
    order, row = np.repeat(dated, high - low), refunds[ranges(low, high - low)]
    number = _numbers(worth, orders, moves.frame["currency"], order, row)
    known = number >= 0
    exact = known & worth.exact[number, row]
    off = np.where(known, worth.log[number, row], np.nan) - np.log(due[order]) - NETWORK_MEAN
    near = bell(
        np.nan_to_num(off, nan=9.0), np.maximum(worth.variance[number, row], 0.0) + _REFUND_SD**2
    )
    density = np.where(exact, np.where(worth.units[row] == due[order], due[order], 0.0), near)
    density = np.where(known, np.nan_to_num(density), 0.0)
    away = moves.day[row] - when[order]
    soon = (away >= 0) & (away <= _SOON)
    chance = np.where(soon, _SOON_SHARE / (_SOON + 1), (1 - _SOON_SHARE) / (_LATE - _EARLY + 1))
    found = chance * density / (s.arrival[row] * s.background[row])
    total = np.bincount(order * accounts + moves.account[row], found, out.size)
    # What is promised too late to stand here already says nothing by its absence.
    last = int(moves.day.max())
    share = np.where(when[dated] + _SOON > last, 0.0, _BRINGS)
    came = total.reshape(out.shape)[dated]
    out[dated] = np.where(came > 1.0, 1.0 - _BRINGS + _BRINGS * came, 1.0 - share[:, None])
    return out


def _pairs(s: Scene, orders: pd.DataFrame) -> _Pairs:
    moves, worth = s.moves, s.worth
    charges = np.flatnonzero(~moves.refund)
    charges = charges[np.argsort(moves.day[charges], kind="stable")]
    day = orders["order_date"].to_numpy("datetime64[D]").astype(np.int64)
    low = np.searchsorted(moves.day[charges], day + FIRST_DAY, side="left")
    high = np.searchsorted(moves.day[charges], day + LAST_DAY, side="right")
    charge = charges[ranges(low, high - low)]
    order = np.repeat(np.arange(len(orders)), high - low)
    number = _numbers(worth, orders, moves.frame["currency"], order, charge)
    total = orders["total"].to_numpy(np.int64)[order]
    known = number >= 0
    log, exact = worth.log[number, charge], known & worth.exact[number, charge]
    offset = log - np.log(np.maximum(total, 1))
    units = worth.units[charge]
    whole = (known & ~exact & WIDE.holds(offset)) | (exact & (units == total))
    # A total that still holds its coupon is that much above what was charged; it counts without
    # its coupon, so that is tried only where no charge fits it as it stands.
    less = total - orders["coupon"].to_numpy(np.int64)[order]
    fitted = np.bincount(order[whole], minlength=len(orders)) > 0
    keep = np.flatnonzero(whole | (exact & (units == less) & ~fitted[order]))
    order, charge, total, number = order[keep], charge[keep], total[keep], number[keep]
    gap = moves.day[charge] - day[order] - FIRST_DAY
    days = float(moves.day.max() - moves.day.min() + 1) if len(moves.day) else 1.0
    rate = max(len(charges), 1) / days
    odds = _LISTED / (1 - _LISTED) ** 2
    return _Pairs(
        order,
        charge,
        odds * _GAP[gap] / (rate * s.background[charge]),
        np.where(exact[keep], total, 0.0),
        np.where(exact[keep], np.nan, offset[keep]),
        worth.variance[number, charge],
    )


def _numbers(
    worth: Worth, orders: pd.DataFrame, home: pd.Series, order: Ints, charge: Ints
) -> Ints:
    """Position of each pair's order currency in `worth.currencies`, as its card sees it; or -1."""
    place = {name: number for number, name in enumerate(worth.currencies)}
    number = orders["currency"].map(place).fillna(-1).to_numpy(np.int64)[order]
    own = orders["currency"].to_numpy(object)[order] == home.to_numpy(object)[charge]
    return np.where(own, place[HOME], number)


def _known(
    s: Scene, orders: pd.DataFrame, order: Ints, charge: Ints, fee: Floats
) -> tuple[Paid, Promise]:
    """What sure assignments tell of the charges: their amount, and what is due back since when."""
    moves = s.moves
    number = _numbers(s.worth, orders, moves.frame["currency"], order, charge)
    names: npt.NDArray[np.object_] = np.array(s.worth.currencies, dtype=object)[number]
    mean = (fee * CHARGE_LOG).sum(axis=1)
    spread = np.maximum((fee * CHARGE_LOG**2).sum(axis=1) - mean**2, 0.0) + NETWORK_MEAN_SD**2
    exact = s.worth.exact[number, charge]
    load = np.where(exact, 0.0, NETWORK_MEAN + mean[moves.account[charge]])
    variance = np.where(exact, 0.0, spread[moves.account[charge]])
    # What is printed is what was paid, whether or not the total still holds a coupon.
    units = np.where(exact, s.worth.units[charge], orders["total"].to_numpy(np.int64)[order])
    paid = Paid(charge, names, units, load, variance)
    promise = no_promise(len(moves.refund))
    # A list that tells of no refund at all does not say that there was none.
    if (orders["known_due"] | orders["started"]).any():
        total = np.maximum(orders["total"].to_numpy(np.float64)[order], 1.0)
        day = orders["promised"].to_numpy("datetime64[D]")[order]
        # A refund that has begun without its amount being told leaves open how much comes.
        known = (orders["known_due"] | ~orders["started"]).to_numpy(np.bool_)
        part = orders["state"].eq("refund_part").to_numpy(np.bool_) & ~known
        promise.told[charge], promise.partly[charge] = known[order], part[order]
        promise.share[charge] = np.clip(orders["due"].to_numpy(np.float64)[order] / total, 0.0, 1.0)
        promise.day[charge] = np.where(np.isnat(day), -1, day.astype(np.int64))
    return paid, promise
