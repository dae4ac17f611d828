"""Days of transactions: printed in full, without their year, or lent by another row."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.typing import NaTType

from reconcile.layout import Layout
from reconcile.readers import fields, years
from reconcile.readers.rows import TRANSACTION, Roles
from reconcile.text import Message

_MONTHS = ("%Y年%m月", "%Y/%m", "%Y-%m", "%Y%m", "%y/%m", "%B %Y", "%b %Y")
# What programs make of days, and what is read in one way only.
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
_DAYS = ("%Y年%m月%d日", "%Y/%m/%d", "%Y-%m-%d", "%Y.%m.%d", "%Y%m%d")


@dataclass
class Days:
    """Day of use and of booking by row; `yearless`: there may be days whose year is to be found."""

    used: pd.Series
    posted: pd.Series
    yearless: bool
    # The formats that read the file equally well, where only one may hold and the days do not tell.
    undecided: tuple[str, ...] = ()
    # Rows whose day of use has digits in it and cannot be read: the booking day must not stand in.
    garbled: npt.NDArray[np.bool_] | None = None

    def known(self) -> npt.NDArray[np.bool_]:
        """Rows with a day of either sort, and none that is there and cannot be read."""
        known = (self.used.notna() | self.posted.notna()).to_numpy(np.bool_)
        return known if self.garbled is None else known & ~self.garbled


def read(used: pd.Series, posted: pd.Series, layout: Layout) -> Days:
    """Days from the text of the two date columns."""
    formats: tuple[str, ...] = layout.dates
    undecided: tuple[str, ...] = ()
    if layout.one_date_format and len(formats) > 1:
        texts = pd.concat([used, posted])
        formats, undecided = fields.best_format(texts, formats)
    yearless = any(not fields.has_year(form) for form in formats)
    days = Days(fields.dates(used, formats), fields.dates(posted, formats), yearless, undecided)
    digits = fields.on_unique(used, lambda unique: unique.fillna("").str.contains(r"\d"))
    days.garbled = digits.to_numpy(np.bool_) & days.used.isna().to_numpy(np.bool_)
    return days


def year_first(
    used: pd.Series, posted: pd.Series, found: Days, layout: Layout
) -> tuple[Layout, Days, list[Message]] | None:
    """For days that the layout does not read, but that stand year first, as programs save them
    anew: the layout that reads them too, the days, and what to tell of it.

    Where the layout's own order is another, all days have to be so. If some are not, they are those
    that the program could not take for days, and it may have taken day for month in the rest.
    """
    own = all(form.startswith("%Y") for form in layout.dates)
    if not own and (found.used.notna().any() or found.posted.notna().any()):
        return None
    garbled = np.zeros(len(used), np.bool_) if found.garbled is None else found.garbled
    texts = used[garbled] if garbled.any() or own else posted
    days = fields.dates(texts, _YEAR_FIRST)
    if not days.notna().any():
        return None
    wider = layout._replace(dates=(*layout.dates, *_YEAR_FIRST))
    example = texts[days.notna()].iloc[0].strip()
    known = any(form.startswith("%Y") for form in layout.dates)
    told = [] if known else [Message("layout.year_first", {"example": example})]
    return wider, read(used, posted, wider), told


def complete(
    days: Days, roles: Roles, layout: Layout, file: str, priced: npt.NDArray[np.bool_]
) -> None:
    """Find missing years and lend undated charges a day; rows left without one lose their role.

    `priced` are rows whose amount can be read.
    """
    rows = np.arange(len(roles.number))
    reference = _statement_days(roles, layout, file)
    if days.yearless:
        days.used = _with_year(days.used, reference)
        days.posted = _with_year(days.posted, reference)
    undated = np.array([row for row, _ in roles.undated], dtype=np.int64)
    if len(undated):
        day = days.used.fillna(days.posted)
        own = day.where(roles.are(TRANSACTION) & ~np.isin(rows, undated))
        lent = {"above": own.ffill(), "below": own.bfill(), "statement": reference}
        rules = {id(rule): rule for _, rule in roles.undated}
        asked = np.array([id(rule) for _, rule in roles.undated])
        hidden = _below_rejected(days, roles, own.notna().to_numpy(np.bool_), priced)
        for key, rule in rules.items():
            at = undated[asked == key]
            found = lent[rule.date[0]]
            for name in rule.date[1:]:
                found = found.fillna(lent[name])
            if rule.date == ("above",):
                found = found.mask(hidden)
            days.used.iloc[at] = found.iloc[at]
    roles.give(roles.are(TRANSACTION) & ~days.known(), "")


def _below_rejected(
    days: Days, roles: Roles, lends: npt.NDArray[np.bool_], priced: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Rows above which a rejected row with a day of its own is nearer than one that lends its day:
    which day theirs is, nobody knows.
    """
    garbled = np.zeros(len(priced), np.bool_) if days.garbled is None else days.garbled
    rejected = roles.are("") & (days.known() | garbled & priced)
    rows = np.arange(len(priced))
    last = [np.maximum.accumulate(np.where(mask, rows, -1)) for mask in (rejected, lends)]
    return np.asarray(last[0] > last[1], np.bool_)


def _statement_days(roles: Roles, layout: Layout, file: str) -> pd.Series:
    """The statement's day for each row: told above it, else below, else by the file name."""
    out = pd.Series(pd.NaT, index=range(len(roles.number)), dtype="datetime64[us]")
    for row, text in roles.statement_dates:
        out.iloc[row] = _statement_day(text, layout)
    out = out.ffill().bfill()
    if layout.date_in_file is not None:
        found = layout.date_in_file.search(file)
        if found is not None:
            parts = [group for group in found.groups() if group is not None]
            day = _statement_day("/".join(parts), layout)
            out = out.fillna(pd.Series(day, index=out.index, dtype="datetime64[us]"))
    return out


def _statement_day(text: str, layout: Layout) -> pd.Timestamp | NaTType:
    """A day from text; of a month its last day, as the statement may hold any day of it."""
    for form in (text, re.sub(r"\s+", "", text)):
        day = fields.dates(pd.Series([form], dtype="str"), (*layout.dates, *_DAYS)).iloc[0]
        if not pd.isna(day) and day.year != fields.NO_YEAR:
            return pd.Timestamp(day)
        month = fields.dates(pd.Series([form], dtype="str"), _MONTHS).iloc[0]
        if not pd.isna(month):
            return pd.Timestamp(month) + pd.offsets.MonthEnd(0)
    return pd.NaT


def _with_year(days: pd.Series, reference: pd.Series) -> pd.Series:
    """Days without a year become the last such day not after the statement's; without one, null."""
    open_ = days.dt.year.eq(fields.NO_YEAR)
    if not open_.any():
        return days
    part, until = days[open_], reference.set_axis(days.index)[open_]
    return days.mask(open_, years.last_until(part.dt.month, part.dt.day, until))
