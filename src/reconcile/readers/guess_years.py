"""Years of the days of an unknown statement: where they stand, in which calendar, and whether a
program has turned some days round.
"""

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from reconcile.readers import fields
from reconcile.text import Message

# Orders of dates whose year has two digits.
_SHORT = {"day": "%d/%m/%y", "month": "%m/%d/%y", "year": "%y/%m/%d"}
# Two readings of a date are told apart by how close the dates then lie, if it is clearly so.
CLEARLY = 3
# What makes a year of Reiwa, read as one of this century, the year that it is.
_REIWA = 18
# Statements are seldom older than this; so many days show how far apart days lie.
_LONG_AGO, _FEW_DAYS = pd.Timedelta(days=3653), 3
# No statement has days further ahead than this.
_AHEAD = pd.Timedelta(days=366)
# Years of the Buddhist calendar in full, and for how many years back two digits are taken for one.
_BUDDHIST, _YEARS_BACK = (2500, 2600), 7
_TURNED = r"\d{4}([-/.])\d{1,2}\1(\d{1,2})"


def year_first(
    parts: pd.DataFrame, first: pd.Series, second: pd.Series, habit: bool
) -> tuple[bool, tuple[Message, ...]]:
    """Whether dates begin with their year of two digits; with a message where that is not sure.

    Read in the wrong order, the days of one month lie years apart. Where they do not, the order is
    one by which no day lies ahead of today, and `habit` says which of several. An order by which
    days lie far ahead is none, as long as there is another.
    """
    texts = parts[0] + parts[1] + parts[2] + parts[1] + parts[3]
    named = {"example": str(texts.iloc[0])}
    last = (Message("guess.year_last", named),)
    if not parts[0].str.len().eq(2).all():
        return False, last if habit else ()
    forms = {
        order: [form.replace("/", sign) for sign in sorted(set(parts[1]))]
        for order, form in _SHORT.items()
    }
    days = {order: fields.dates(texts, form) for order, form in forms.items()}
    most = max(int(read.notna().sum()) for read in days.values())
    days = {order: read for order, read in days.items() if read.notna().sum() == most}
    today = pd.Timestamp(dt.date.today())
    near = {order for order, read in days.items() if read.max() <= today + _AHEAD}
    only = near == {"year"}
    if parts[1].eq(".").all() and not habit and not only:
        return False, ()  # where days are parted by dots, they come first
    if "year" not in days or not most:
        return False, ()
    others = [order for order in days if order != "year"]
    if not others:
        return True, ()
    if all(days[order].equals(days["year"]) for order in others):
        return False, ()
    apart = {order: spread(first, second, forms[order], least=2) for order in days}
    if texts.nunique() < _FEW_DAYS:
        # Two days are near each other by chance; that statements are of late years says more.
        apart = dict.fromkeys(apart, 0.0)
        recent = [order for order, read in days.items() if read.max() > today - _LONG_AGO]
        if recent and "year" not in recent and not only:
            return False, last if habit else ()
    least = min(apart[order] for order in others)
    if least * CLEARLY < apart["year"] and not only:
        return False, ()
    code = "guess.year_first_near"
    if apart["year"] * CLEARLY >= least:
        past = [order for order, read in days.items() if read.max() <= today] or list(days)
        if ("year" not in past or (len(past) > 1 and not habit)) and not only:
            return False, last
        code = "guess.year_first"
    elif near and "year" not in near:
        return False, last
    if habit and _may_be_era(days["year"]):
        year = int(days["year"].dt.year.iloc[0])
        code, named = "guess.era", {**named, "year": str(year), "era": str(year + _REIWA)}
    return True, (Message(code, named),)


def _may_be_era(days: pd.Series) -> bool:
    """Whether years could as well be years of Reiwa, counted from 2019."""
    return bool((days.dt.year.dropna() + _REIWA).between(2019, dt.date.today().year).all())


def spread(first: pd.Series, second: pd.Series, formats: Sequence[str], *, least: int) -> float:
    """Days that lie between the uses and their bookings, or else between first and last day, where
    there are at least so many."""
    one, other = fields.dates(first, formats), fields.dates(second, formats)
    if len(one) == len(other) and len(one):
        gap = (other.reset_index(drop=True) - one.reset_index(drop=True)).dt.days.abs().dropna()
        if len(gap) and gap.gt(0).any():
            return float(gap.sum())
    days = pd.concat([one, other]).dropna()
    return float((days.max() - days.min()).days) if len(days) >= least else 0.0


def codes(years: pd.Series) -> pd.Series:
    """The date format's code for each year as printed: of two digits or four, common or Buddhist.

    Years of two digits are common ones, unless these would all lie ahead or long ago, and those of
    Thailand's calendar would not.
    """
    number, full = years.astype("int64"), years.str.len().eq(4)
    short, this = number[~full], dt.date.today().year
    common = short + 2000 - 100 * short.ge(69)
    buddhist = short + 2500 - fields.BUDDHIST
    meant = buddhist.between(this - _YEARS_BACK, this + 1) & ~common.between(1990, this + 1)
    out = pd.Series("%y", index=years.index, dtype="str").mask(full, "%Y")
    out = out.mask(full & number.between(*_BUDDHIST), "%EY")
    return out.mask(~full, "%Oy") if len(short) and meant.all() else out


def told_buddhist(days: pd.Series, formats: Sequence[str]) -> tuple[Message, ...]:
    """A message that years were read as those of Thailand's calendar, where formats do so."""
    forms = [form for form in formats if fields.is_buddhist(form)]
    read = fields.dates(days, forms) if forms else days.iloc[:0]
    found = read.dropna()
    if not len(found):
        return ()
    year = str(pd.Timestamp(found.iloc[0]).year)
    return (Message("guess.buddhist", {"example": str(days[found.index[0]]), "year": year}),)


def half_turned(
    columns: Sequence[pd.Series], others: frozenset[str]
) -> tuple[bool, tuple[Message, ...]]:
    """Whether a program seems to have turned some days of a column year first, and left others
    (`others`), which begin with day or month; and what to say where a column has either.

    It may have taken the day for the month in those that it could take for days. Not so where one
    that stands year first could not have been turned, or one that was left could have been.
    """
    for texts in columns:
        some, left = texts[texts.str.fullmatch(_TURNED)], texts[texts.isin(others)]
        if len(some) and len(left):
            last = some.str.extract(_TURNED)[1].astype("int64")
            parts = left.str.extract(r"^(\d+)\D+(\d+)").astype("int64")
            doubtful = bool(last.le(12).all() and parts.gt(12).any(axis=1).all())
            code = "guess.half_turned" if doubtful else "guess.two_orders"
            named = {"example": str(some.iloc[0]), "other": str(left.iloc[0])}
            return doubtful, (Message(code, named),)
    return False, ()
