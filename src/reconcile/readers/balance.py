"""What a running balance tells: on which side of the account each row stands."""

import numpy as np
import numpy.typing as npt

Units = npt.NDArray[np.int64]


def sides(amount: Units, balance: Units, good: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Per row 1 where the amount raised the balance, -1 where it lowered it, 0 where untold.

    `amount` and `balance` are in the same minor units, in file order (oldest or newest first);
    rows that are not `good` are passed over.
    """
    out = np.zeros(len(amount), np.int8)
    rows = np.flatnonzero(good)
    size = np.abs(amount[rows])
    best = np.zeros(len(rows), np.int8)
    for before in (1, -1):
        change = np.zeros(len(rows), np.int64)
        told = np.zeros(len(rows), np.bool_)
        if len(rows) > 1:
            here, there = (
                (slice(1, None), slice(None, -1))
                if before == 1
                else (slice(None, -1), slice(1, None))
            )
            change[here] = balance[rows][here] - balance[rows][there]
            told[here] = True
        found = np.where(told & (size > 0) & (np.abs(change) == size), np.sign(change), 0)
        if np.count_nonzero(found) > np.count_nonzero(best):
            best = found.astype(np.int8)
    out[rows] = best
    return out


def explains(amount: Units, balance: Units, good: npt.NDArray[np.bool_]) -> float:
    """Share of the steps between all rows that the amounts explain (0 for fewer than two rows)."""
    steps = len(amount) - 1
    return np.count_nonzero(sides(amount, balance, good)) / steps if steps > 0 else 0.0
