"""Which posted row settles which hold, where two exports of a card show the one and the other."""

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# A hold differs from what is posted by the day's rate and the bank's margin (holds of 5% more are
# documented), and is posted within days.
MARGIN, DAYS = 0.07, 8
# Days from the hold to its posting, the nearest first.
_LAGS = (0, 1, -1, *range(2, DAYS + 1))
# Clocks differ: the day of use of one purchase in two exports.
_USED_DAYS = 1


def settled(held: pd.DataFrame, posted: pd.DataFrame, *, apart: bool = False) -> tuple[Ints, Ints]:
    """Index pairs of holds and the posted rows that settle them; each row at most once.

    Both frames hold one account's rows, or those of several whose `core` tells them apart: day,
    amount, currency, core, rank, transaction_date, posted_date. The nearest day goes first, then
    the nearest amount, up to `MARGIN` away. With `apart` the files need not show the same days:
    see `overlap`. Sorted search per day; the work grows as n log n, times the rivals that holds of
    one shop and day have for one posted row.
    """
    book = pd.concat([held, posted], keys=("held", "posted"))
    core, _ = pd.factorize(book["core"])
    unit, names = pd.factorize(book["currency"])
    day = book["day"].to_numpy("datetime64[D]").astype(np.int64)
    amount, rank = book["amount"].to_numpy(np.int64), book["rank"].to_numpy(np.int64)
    both = (book["transaction_date"].notna() & book["posted_date"].notna()).to_numpy(np.bool_)
    number = len(held)
    free, left = np.ones(len(book), np.bool_), np.arange(len(book)) < number
    out: list[tuple[Ints, Ints]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    every, none = np.ones(len(book), np.bool_), unit < 0
    # Currencies are the same; one that nothing tells may be any of the account's.
    passes = [(every, every, True)]
    passes += [(none, every, False), (every, none, False)] if none.any() else []
    # Which posted rows, up to how many days away, and how far off in amount.
    reach = [(both, _USED_DAYS, MARGIN), (~both, DAYS, 0.0)] if apart else [(every, DAYS, MARGIN)]
    for lag, (some, most, margin) in itertools.product(_LAGS, reach):
        for mine, theirs, same in passes if abs(lag) <= most else ():
            h = np.flatnonzero(free & left & mine)
            p = np.flatnonzero(free & ~left & theirs & some)
            kind = [core[rows] * (len(names) + 1) + (unit[rows] + 1) * same for rows in (h, p)]
            group = _groups(kind[0], day[h] + lag, kind[1], day[p])
            hits = _nearest(h, p, group, amount, rank, margin)
            free[hits[0]] = free[hits[1]] = False
            out.append(hits)
    index = np.concatenate([held.index.to_numpy(np.int64), posted.index.to_numpy(np.int64)])
    return (
        index[np.concatenate([one for one, _ in out])],
        index[np.concatenate([two for _, two in out])],
    )


def _groups(shop: Ints, day: Ints, shop_other: Ints, day_other: Ints) -> Ints:
    """One number per shop and day, the same on both sides."""
    shops, days = np.concatenate([shop, shop_other]), np.concatenate([day, day_other])
    if not len(days):
        return days
    first = days.min()
    return np.asarray(
        np.unique(shops * (days.max() - first + 1) + days - first, return_inverse=True)[1]
    )


def _nearest(
    held: Ints, posted: Ints, group: Ints, amount: Ints, rank: Ints, margin: float
) -> tuple[Ints, Ints]:
    """Pairs of rows of one group with the nearest amounts, each row once; `group` of all rows."""
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    levels = np.unique(amount)
    step = len(levels) + 1
    key = group[len(held) :] * step + np.searchsorted(levels, amount[posted])
    order = np.lexsort((rank[posted], key))
    posted, key = posted[order], key[order]
    wanted = group[: len(held)] * step + np.searchsorted(levels, amount[held])
    order = np.lexsort((rank[held], wanted))
    held, wanted = held[order], wanted[order]
    while len(held) and len(posted):
        best, off = _best(wanted, key, amount[held], amount[posted], step)
        asking = np.flatnonzero(off <= margin * np.abs(amount[held]))
        if not len(asking):
            break
        # Of several holds that want one posted row, the nearest gets it.
        asking = asking[np.lexsort((rank[held[asking]], off[asking], best[asking]))]
        first = asking[np.flatnonzero(np.diff(best[asking], prepend=-1))]
        left.append(held[first])
        right.append(posted[best[first]])
        keep, keep_posted = np.zeros(len(held), np.bool_), np.ones(len(posted), np.bool_)
        # What asked in vain asks again; what found nothing near never will.
        keep[asking], keep[first] = True, False
        keep_posted[best[first]] = False
        held, wanted = held[keep], wanted[keep]
        posted, key = posted[keep_posted], key[keep_posted]
    return np.concatenate(left), np.concatenate(right)


def _best(
    wanted: Ints, key: Ints, amount: Ints, amount_posted: Ints, step: int
) -> tuple[Ints, Ints]:
    """Of each hold the posted row of its group that is nearest in amount, and how far off it is.

    Equal holds ask equal posted rows in turn, so that one round serves them all. All are sorted
    by key.
    """
    nth = np.arange(len(wanted)) - np.searchsorted(wanted, wanted)
    above = np.searchsorted(key, wanted)
    best = np.zeros(len(wanted), np.int64)
    off = np.full(len(wanted), np.iinfo(np.int64).max)
    for at in (above, above - 1):
        inside = (at >= 0) & (at < len(key))
        near = np.clip(at, 0, len(key) - 1)
        start = np.searchsorted(key, key[near])
        size = np.searchsorted(key, key[near], side="right") - start
        near = start + nth % size
        apart = np.abs(amount_posted[near] - amount)
        better = inside & (key[near] // step == wanted // step) & (apart < off)
        best, off = np.where(better, near, best), np.where(better, apart, off)
    return best, off
