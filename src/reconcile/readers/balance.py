"""What a running balance tells: on which side of the account each row stands."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Units = npt.NDArray[np.int64]


def sides(
    amount: Units,
    balance: Units,
    good: npt.NDArray[np.bool_],
    oldest_first: bool | None = None,
) -> npt.NDArray[np.int8]:
    """Per row 1 where the amount raised the balance, -1 where it lowered it, 0 where untold.

    `amount` and `balance` are in the same minor units, in file order (oldest or newest first);
    rows that are not `good` are passed over. Where either order fits as well, the one counts in
    which the balance follows the printed signs, if there are any. Where `oldest_first` tells the
    order, a balance that fits the other one is that before each row, as a few banks print it.
    """
    out = np.zeros(len(amount), np.int8)
    rows = np.flatnonzero(good)
    size = np.abs(amount[rows])
    sign = np.sign(amount[rows]) if (amount[rows] < 0).any() else np.zeros(len(rows), np.int64)
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
        if oldest_first is not None and oldest_first != (before == 1):
            found = -found
        if _fits(found, sign) > _fits(best, sign):
            best = found.astype(np.int8)
    out[rows] = best
    return out


def oldest_first(days: pd.Series) -> bool | None:
    """Whether rows stand from the oldest day to the newest; None where that is not told."""
    known = days.dropna()
    rising, falling = known.is_monotonic_increasing, known.is_monotonic_decreasing
    return None if rising == falling else bool(rising)


def _fits(found: npt.NDArray[np.int8] | Units, sign: Units) -> tuple[int, int]:
    """Rows that the balance explains, and those of them with the printed sign."""
    same = (found == sign) & (found != 0)
    return int(np.count_nonzero(found)), int(np.count_nonzero(same))


def explains(amount: Units, balance: Units, good: npt.NDArray[np.bool_]) -> float:
    """Share of the steps between all rows that the amounts explain (0 for fewer than two rows)."""
    steps = len(amount) - 1
    return np.count_nonzero(sides(amount, balance, good)) / steps if steps > 0 else 0.0
