"""The days on which the ECB fixes its reference rates."""

import datetime as dt

import numpy as np
import numpy.typing as npt


def fixing_days(days: npt.NDArray[np.datetime64], today: dt.date) -> list[dt.date]:
    """The days before `today` on which the ECB fixed the rates that were in force on these days."""
    asked = days[~np.isnat(days)].astype("datetime64[D]")
    asked = asked[(asked >= np.datetime64("1999-01-05")) & (asked < np.datetime64(today))]
    if not len(asked):
        return []
    years = range(int(str(asked.min())[:4]), int(str(asked.max())[:4]) + 1)
    closed = [day for year in years for day in _closed(year)]
    fixed = np.busday_offset(asked, 0, roll="backward", holidays=closed)
    return [day.astype(object) for day in np.unique(fixed)]


def _closed(year: int) -> list[np.datetime64]:
    """The ECB's holidays on weekdays of a year (TARGET closing days)."""
    # Easter Sunday after Butcher: the Gregorian computus.
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    easter = np.datetime64(dt.date(year, month, day + 1))
    fixed = [f"{year}-01-01", f"{year}-05-01", f"{year}-12-25", f"{year}-12-26"]
    return [*(np.datetime64(day) for day in fixed), easter - 2, easter + 1]
