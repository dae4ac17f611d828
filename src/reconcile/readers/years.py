"""The year of days printed without one: that in which they lie as a statement's other days tell."""

import pandas as pd

_HALF_A_YEAR = pd.Timedelta(days=183)


def last_until(month: pd.Series, day: pd.Series, until: pd.Series) -> pd.Series:
    """The last such days not after others, row by row; null where these are, or no such day is."""
    year = until.dt.year
    same = _in_year(year, month, day)
    return same.where(same.le(until), _in_year(year - 1, month, day))


def first_from(month: pd.Series, day: pd.Series, since: pd.Series) -> pd.Series:
    """The first such days not before others."""
    year = since.dt.year
    same = _in_year(year, month, day)
    return same.where(same.ge(since), _in_year(year + 1, month, day))


def nearest(month: pd.Series, day: pd.Series, to: pd.Series) -> pd.Series:
    """The such days that lie nearest to others."""
    year = to.dt.year
    best = pd.Series(pd.NaT, index=month.index, dtype="datetime64[us]")
    for step in (0, -1, 1):
        found = _in_year(year + step, month, day)
        best = best.mask(best.isna() & (found - to).abs().le(_HALF_A_YEAR), found)
    return best


def _in_year(year: pd.Series, month: pd.Series, day: pd.Series) -> pd.Series:
    parts = [part.astype("str") for part in (year.astype("Int64"), month, day)]
    texts = parts[0] + "-" + parts[1] + "-" + parts[2]
    return pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
