"""Stories of one charge that comes back piece by piece, as the items of one order do.

Two or more refunds that leave a rest, or four and more that make up the whole: `partners` finds two
and three that do by their sum. More than `_MOST` are not looked for.
"""

from itertools import combinations
from math import factorial

import numpy as np

from reconcile.linking.candidates import Ints
from reconcile.linking.partners import odds, parts_timing, payable_units
from reconcile.linking.scene import DIFFERENT, Bools, Floats, Scene, billed
from reconcile.linking.score import (
    LARGEST_PART,
    NOT_PARTLY,
    PARTIAL,
    PARTLY,
    SPLIT3,
    ratio_moments,
)
from reconcile.linking.stories import LATER, Stories, build, merge, select
from reconcile.linking.worth import HOME, Worth

# Share of refunded charges of which two pieces come back and a rest stays; each piece more is half
# as common. No source tells; set low, since two odd parts may as well be of two charges.
_PIECES, _MORE = 0.02, 0.5
# Of pieces, how many are the prices of single items; the others are parts as lone ones are.
_PRICES = 0.5
# Pieces of one charge that are tried together, the likeliest ones: those beyond are left out.
_MOST = 3 + LATER
# Stories kept of each charge, the likeliest: they overlap, and each more tells less.
_KEPT = 8
# A refund that another charge explains this much better (e^4) is no piece of this one.
_ELSEWHERE = 4.0


def piece_stories(s: Scene, alone: Stories, least: float) -> Stories:
    """Stories of several partial refunds of one charge that score above `least`.

    `alone` are the stories of one refund each; those of its parts are put together.
    """
    if not len(alone.score):
        return merge([])
    best = np.full(int(alone.refund.max()) + 1, -np.inf)
    np.maximum.at(best, alone.refund, alone.score)
    likely = alone.score > best[alone.refund] - _ELSEWHERE
    part = np.flatnonzero((alone.kind == "part") & likely)
    # Of each charge's parts the likeliest come first; equal ones by row.
    charge = alone.charge[part]
    part = part[np.lexsort((alone.refund[part], -np.round(alone.score[part], 9), charge))]
    charge = alone.charge[part]
    place = np.arange(len(part)) - np.searchsorted(charge, charge)
    part, place = part[place < _MOST], place[place < _MOST]
    charges, number = np.unique(alone.charge[part], return_inverse=True)
    table = np.full((len(charges), _MOST), -1)
    table[number, place] = alone.refund[part]
    currency = np.zeros(len(charges), np.int64)
    currency[number[::-1]] = alone.currency[part][::-1]  # of the likeliest part
    single = np.full(table.shape, -np.inf)
    single[number, place] = alone.score[part]
    count = (table >= 0).sum(axis=1)
    found = []
    for size in range(2, _MOST + 1):
        for slots in combinations(range(_MOST), size):
            at = np.flatnonzero(count > slots[-1])
            if len(at):
                # In the order of rows, which is that of days.
                rows = np.sort(table[at][:, slots], axis=1)
                apart = single[at][:, slots].sum(axis=1)
                found.append(_scored(s, charges[at], rows, currency[at], apart, least))
    every = merge(found)
    order = np.lexsort((*every.refunds, -np.round(every.score, 9), every.charge))
    first = np.searchsorted(every.charge[order], every.charge[order])
    return select(every, np.sort(order[np.arange(len(order)) - first < _KEPT]))


def returned(worth: Worth, stories: Stories, at: Ints) -> tuple[Floats, Floats]:
    """What the refunds of the stories `at` are worth together, in the currency each is read in: log
    of it, and variance.
    """
    number = stories.currency[at]
    rows = np.stack([column[at] for column in stories.refunds])
    log = np.where(rows >= 0, worth.log[number, rows], -np.inf)
    whole = np.logaddexp.reduce(log, axis=0)
    spread = np.where(rows >= 0, worth.variance[number, rows], 0.0)
    return whole, np.asarray((np.exp(2 * (log - whole)) * spread).sum(axis=0))


def _scored(
    s: Scene, charge: Ints, refunds: Ints, currency: Ints, apart: Floats, least: float
) -> Stories:
    """Stories of each charge with a row of `refunds`, read in one currency each; `apart` is the
    score that the refunds have together as lone parts of the charge.
    """
    worth, size = s.worth, refunds.shape[1]
    mean, _ = ratio_moments(s.ratio)
    every = np.column_stack([charge, refunds])
    exact = worth.exact[currency[:, None], every].all(axis=1)
    home = np.array([name == HOME for name in worth.currencies], np.bool_)[currency]
    load = np.where(exact | home, 0.0, mean[s.moves.account[charge]])
    log = worth.log[currency[:, None], every]
    fraction = log[:, 1:] - log[:, :1] - load[:, None]
    share = np.exp(fraction).sum(axis=1)
    paid, back = worth.units[charge], worth.units[refunds].sum(axis=1)
    rest = np.where(exact, back < paid, share < LARGEST_PART)
    whole = exact & (back == payable_units(s, charge)) & (size > 3)
    keep = np.flatnonzero((rest | whole) & np.isfinite(log).all(axis=1))
    charge, refunds, currency, whole = charge[keep], refunds[keep], currency[keep], whole[keep]
    common = _common(s, charge, size, whole)
    with np.errstate(divide="ignore"):
        read = np.log(billed(s, charge)[currency, np.arange(len(charge))])
    # Any division is as likely as another; on one sum all of its chance is as dense as its units.
    prices = common + parts_timing(s, charge, list(refunds.T)) + fraction[keep].sum(axis=1) + read
    prices -= np.log(s.background[refunds]).sum(axis=1)
    prices += np.where(
        whole,
        np.log(np.maximum(back[keep], 1)) + np.log(factorial(size - 1)),
        np.log(factorial(size)),
    )
    # A lone part counts its charge as refunded, as a part and in its currency, each time.
    again = (np.log(PARTIAL) + _told(s, charge)) * size + (odds(s, charge) + read) * (size - 1)
    parts = np.where(whole, -np.inf, common + apart[keep] - again)
    score = np.logaddexp(prices + np.log(_PRICES), parts + np.log(1.0 - _PRICES))
    at = np.flatnonzero(score > least)
    columns = np.full((len(at), _MOST), -1)
    columns[:, :size] = refunds[at]
    return merge([
        build(
            [charge[at[mine]]], list(columns[mine].T), score[at[mine]], kind, currency[at[mine]],
            kind == "pieces",
        )
        for kind, mine in (("pieces", ~whole[at]), ("split", whole[at]))
    ])  # fmt: skip


def _common(s: Scene, charge: Ints, size: int, whole: Bools) -> Floats:
    """Log of how common it is that so many refunds come back from one charge."""
    common = np.where(whole, SPLIT3 * _MORE ** (size - 3), _PIECES * _MORE ** (size - 2))
    told, partly = s.promise.due(charge), s.promise.partly[charge]
    common = np.where(~whole & told, DIFFERENT * common, common)
    return np.asarray(np.log(common * np.where(partly, np.where(whole, NOT_PARTLY, PARTLY), 1.0)))


def _told(s: Scene, charge: Ints) -> Floats:
    """Log of what an order makes of the chance of any one part of its charge."""
    all_due = s.promise.due(charge) & (s.promise.share[charge] >= 1.0)
    out = np.where(all_due, np.log(DIFFERENT), 0.0)
    return np.asarray(out + np.where(s.promise.partly[charge], np.log(PARTLY), 0.0))
