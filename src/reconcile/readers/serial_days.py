"""Days that are mere numbers, made days before a guess: `46085` is 2026-03-04 in a spreadsheet.

A spreadsheet counts days, which cells copied without their formats show; other programs count the
seconds since 1970 by the clock of Greenwich, or thousandths of them. And some write year, month and
day in two digits each: `260304`.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from reconcile.distinct import distinct
from reconcile.readers import guess_values, guess_words
from reconcile.readers.text import RawTable

# A spreadsheet's day 0, and what others count from; numbers of the days of 2000 to 2063, and of the
# seconds of 2001 to 2033, which no other column of days holds.
_FIRST, _EPOCH = pd.Timestamp(1899, 12, 30), pd.Timestamp(1970, 1, 1)
_DAY, _SPAN = r"(?:36[5-9]\d\d|3[7-9]\d{3}|[45]\d{4})(?:\.\d*)?", (36526, 59900)
_SECONDS, _A_DAY = r"1\d{9}(?:\d{3})?", 86400
# Year, month and day; of any other years they are other numbers.
_SHORT, _YEARS = r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", (2009, 2036)
_DATES = ("transaction_date", "posted_date")
# Share of a column's first rows that are days where it holds them; and how far the day of booking
# is from that of use, where both are.
_MOST, _SAMPLE, _NEAR = 0.5, 1000, pd.Timedelta(days=10)


def joined(raw: RawTable) -> RawTable:
    """The table with such numbers as days, where a header calls their column one of days, they are
    all there is below it, and no column holds days as they are written; as it is without them.

    Of several such columns the rest have to be near the one that is called the day of use.
    """
    number, row = guess_words.header_among(raw.headings())
    body = raw.cells.iloc[number + 1 :]
    found = _columns(row, body)
    if not found or any(
        guess_values.looks_like_dates(body[at].head(_SAMPLE).astype(object)) > _MOST
        for at in body
        if at not in found
    ):
        return raw
    cells, first = raw.cells.copy(), next(iter(found.values()))
    for at, days in found.items():
        if ((days - first).abs() > _NEAR).any():
            continue
        column = cells[at].astype(object)
        shown = days.dt.strftime("%Y-%m-%d").astype(object)
        column.iloc[number + 1 :] = shown.where(days.notna().to_numpy(), column.iloc[number + 1 :])
        cells[at] = column
    return replace(raw, cells=cells)


def _columns(header: Sequence[str], body: pd.DataFrame) -> dict[int, pd.Series]:
    """The days of each row, null where there are none, by column; that of the day of use first."""
    found = {}
    for at, name in enumerate(header):
        ranks = [guess_words.meanings(name).get(field) for field in _DATES]
        if not any(rank is not None for rank in ranks):
            continue
        codes, texts = distinct(body[at])
        days = _counted(texts).fillna(_written(texts))
        told = days.notna()
        if told.any() and not texts[~told].str.contains(r"\d", regex=True).any():
            order = next((n, rank) for n, rank in enumerate(ranks) if rank is not None)
            found[(*order, at)] = days.iloc[codes].set_axis(body.index)
    return {at: found[(n, rank, at)] for n, rank, at in sorted(found)}


def _counted(texts: pd.Series) -> pd.Series:
    """Days that are counted, or their seconds; null where a text is neither."""
    days = pd.to_numeric(texts.where(texts.str.fullmatch(_DAY)), errors="coerce")
    since = pd.to_numeric(texts.where(texts.str.fullmatch(_SECONDS)).str[:10], errors="coerce")
    days = days.fillna(since // _A_DAY + (_EPOCH - _FIRST).days)
    days = days.where(days.between(*_SPAN))
    return (_FIRST + pd.to_timedelta(days // 1, unit="D")).astype("datetime64[us]")


def _written(texts: pd.Series) -> pd.Series:
    """Days written with the year first, in two digits; null where some are none, or all of them
    are days the other way round, too.
    """
    digits = texts.where(texts.str.fullmatch(_SHORT))
    days, turned = (
        pd.to_datetime(digits, format=form, errors="coerce").astype("datetime64[us]")
        for form in ("%y%m%d", "%d%m%y")
    )
    some = digits.notna()
    sensible = days[some].dt.year.between(*_YEARS).all()
    either = some.any() and turned[some].dt.year.between(*_YEARS).all()
    return days if sensible and not either else days.where(~some)
