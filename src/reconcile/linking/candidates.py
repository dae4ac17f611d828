"""Who could belong to whom: charges and refunds of one account within the time a refund may take.

Sorted search per account; the work grows with the number of pairs inside the window, never with
the product of charges and refunds.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.ledger import day

Ints = npt.NDArray[np.int64]

# A refund may carry the purchase's date, and clocks differ by time zone: up to 3 days "before".
# PayPal allows disputes up to 180 days after the purchase.
EARLIEST_DAYS, LATEST_DAYS = -3, 180
# Bounds on the charges looked at per refund: by day and, on either side, by amount. Hardly any
# card has more than two purchases a day at one merchant.
CROWD, NEAREST = 400, 500
# Days before which a refund hardly ever comes.
_USUAL_DAYS = 3
# A refund booked this many days after the day that it prints, and later than any purchase of its
# account, was not under way so long: the day printed is another one's, most likely the purchase's.
# Where purchases too are usually booked so late, the second day is that of the bill.
_LONG_BEFORE = 8
# Stands for no such day.
UNDATED = -1_000_000


class Movements(NamedTuple):
    """The charges and refunds to link, as arrays over the rows of `frame` (one merchant's rows).

    `account` numbers the accounts, `day` counts days since 1970, `dated` is the day that a refund
    prints where it was booked long after (else `UNDATED`), `minor` is the billed amount without its
    sign, `billing` numbers its currency: amounts in two billing currencies of one
    account are never compared. Rows stand by account, day, amount and id, whatever the order of
    the ledger.
    """

    frame: pd.DataFrame
    account: Ints
    accounts: list[str]
    day: Ints
    dated: Ints
    refund: npt.NDArray[np.bool_]
    minor: Ints
    billing: Ints


def movements(ledger: pd.DataFrame) -> Movements:
    """The rows of a ledger (already cut to one merchant) that can be charges or refunds.

    Failed and voided rows, fees and payments cannot. A refund counts from its posted date where
    there is one, since banks may date it with the purchase, unless that is the day of a bill; a
    charge from its transaction date.
    """
    live = ledger["status"].isin(["posted", "pending"])
    refund = (
        live & ledger["amount"].lt(0) & ledger["kind"].isin(["refund", "adjustment", "purchase"])
    )
    charge = live & ledger["amount"].gt(0) & ledger["kind"].isin(["purchase", "adjustment"])
    rows = ledger[refund | charge]
    when = day(rows)
    back = rows["amount"].lt(0).to_numpy()
    printed = when.to_numpy("datetime64[D]").astype(np.int64)
    booked = rows["posted_date"].fillna(when).to_numpy("datetime64[D]").astype(np.int64)
    codes, names = pd.factorize(rows["account"], sort=True)
    billed, latest = _lateness(booked - printed, back, codes, len(names))
    when_day = np.where(back & ~billed, booked, printed)
    late = when_day - printed
    dated = np.where((late >= _LONG_BEFORE) & (late > latest), printed, UNDATED)
    # Sorted by content, so that the order of the ledger's rows changes nothing, down to the last
    # digit of a sum.
    ids, _ = pd.factorize(rows["id"], sort=True)
    order = np.lexsort((ids, rows["amount"].to_numpy(), when_day, codes))
    rows = rows.iloc[order].reset_index(drop=True)
    billing, _ = pd.factorize(rows["currency"], sort=True)
    return Movements(
        frame=rows,
        account=codes[order].astype(np.int64),
        accounts=[str(name) for name in names],
        day=when_day[order],
        dated=dated[order],
        refund=rows["amount"].lt(0).to_numpy(),
        minor=rows["amount"].abs().to_numpy(np.int64),
        billing=billing.astype(np.int64),
    )


def _lateness(
    late: Ints, back: npt.NDArray[np.bool_], account: npt.NDArray[np.intp], accounts: int
) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Of each row's account: whether its purchases are usually booked as late as a bill comes, and
    the most days after which one was.
    """
    most = np.zeros(accounts, np.int64)
    np.maximum.at(most, account[~back], late[~back])
    usual = pd.Series(late[~back]).groupby(account[~back]).median()
    billed = np.zeros(accounts, np.bool_)
    billed[usual.index.to_numpy(np.intp)] = usual.to_numpy() >= _LONG_BEFORE
    return billed[account], most[account]


def pairs(moves: Movements) -> tuple[Ints, Ints]:
    """(charge rows, refund rows) of every pair of one account inside the window, sorted by refund.

    A refund with more than `CROWD` charges in its window is offered the `CROWD` that a usual delay
    suggests and the `NEAREST` on either side in amount: others could not be told apart anyway.
    """
    charges, refunds = np.flatnonzero(~moves.refund), np.flatnonzero(moves.refund)
    if not len(charges) or not len(refunds):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # One number orders accounts and days together; accounts lie further apart than any window.
    gap = int(moves.day.max() - moves.day.min()) + 2 * LATEST_DAYS
    key = moves.account * gap + (moves.day - moves.day.min())
    charges = charges[np.argsort(key[charges], kind="stable")]
    low = np.searchsorted(key[charges], key[refunds] - LATEST_DAYS, side="left")
    high = np.searchsorted(key[charges], key[refunds] - EARLIEST_DAYS, side="right")
    crowded = high - low > CROWD
    usual = np.searchsorted(key[charges], key[refunds] - _USUAL_DAYS, side="right")
    top = np.clip(usual, low + CROWD, high)
    start, stop = np.where(crowded, top - CROWD, low), np.where(crowded, top, high)
    charge, refund = charges[ranges(start, stop - start)], np.repeat(refunds, stop - start)
    if not crowded.any():
        same = moves.billing[charge] == moves.billing[refund]
        return charge[same], refund[same]
    more = [_alike(moves, charges, part) for part in _parts(refunds[crowded])]
    both = np.concatenate([refund * len(key) + charge, *(r * len(key) + c for c, r in more)])
    both = np.unique(both)
    charge, refund = both % len(key), both // len(key)
    same = moves.billing[charge] == moves.billing[refund]
    return charge[same], refund[same]


def _alike(moves: Movements, charges: Ints, refunds: Ints) -> tuple[Ints, Ints]:
    """Pairs of refunds with the charges next to them in amount, inside the window."""
    printed = moves.frame["original_amount"].abs()
    amount = printed.fillna(moves.frame["amount"].abs()).to_numpy(np.float64)
    order = charges[np.lexsort((amount[charges], moves.account[charges]))]
    # Amounts of one account follow each other; a second number keeps the accounts apart.
    step = float(amount.max()) + 1.0
    key = moves.account * step + amount
    low = np.searchsorted(key[order], moves.account[refunds] * step, side="left")
    high = np.searchsorted(key[order], (moves.account[refunds] + 1) * step, side="left")
    place = np.searchsorted(key[order], key[refunds], side="left")
    start, stop = np.maximum(place - NEAREST, low), np.minimum(place + NEAREST, high)
    charge, refund = order[ranges(start, stop - start)], np.repeat(refunds, stop - start)
    later = moves.day[refund] - moves.day[charge]
    keep = (later >= EARLIEST_DAYS) & (later <= LATEST_DAYS)
    return charge[keep], refund[keep]


def _parts(rows: Ints) -> list[Ints]:
    """Rows in portions, so that what is made of each at a time stays small."""
    return np.array_split(rows, max(1, -(-len(rows) // 1000)))


def ranges(start: Ints, count: Ints) -> Ints:
    """`start[i], start[i]+1, …` for `count[i]` numbers each, in one array."""
    total = int(count.sum())
    if not total:
        return np.zeros(0, np.int64)
    before = np.cumsum(count) - count
    return np.arange(total) - np.repeat(before - start, count)
