"""Days printed without their year, in a file that no layout knows: given the year that the lines
above them or the file's name tell.
"""

import re
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from reconcile.distinct import distinct
from reconcile.money import fold
from reconcile.readers import day_texts, eras, fields, guess_values, weekdays, years
from reconcile.readers.delimiters import HEAD
from reconcile.readers.text import RawTable
from reconcile.text import Message

# `4月30日`, `01/10` and `03.10.`; a dot alone is that of an amount.
_NUMBERS = re.compile(
    r"'?(?P<one>\d{1,2})(?:[-/](?P<two>\d{1,2})|月(?P<day>\d{1,2})日|\. ?(?P<dotted>\d{1,2})\.)"
)
_WORDS = re.compile(
    r"(?P<day>\d{1,2})[ -]?(?P<month>[A-Za-z]{3,9})|(?P<m>[A-Za-z]{3,9}) (?P<d>\d{1,2})"
)
_TIME = re.compile(r"(?<=[\d日])\s+\d{1,2}:\d{2}(?::\d{2})?$")
_MONTHS = tuple("jan feb mar apr may jun jul aug sep oct nov dec".split())
_IN_FULL = (
    "january february march april may june july august september october november december".split()
)
# Days and months with their year, as the lines above the rows hold them.
_FULL = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|\d{1,2} [A-Za-z]{3,9} \d{4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
)
_MONTH = re.compile(
    r"(?<![\d/.-])(?P<year>20\d\d)(?:[年년]\s?|[-/])(?P<month>\d{1,2})(?![\d/.-])"
    r"|(?<![\d/.-])(?P<m>\d{1,2})/(?P<y>20\d\d)"
    r"|(?P<name>\b[A-Za-z]{3,9}\b)\.?,? (?P<at>20\d\d)(?![\d年년/-])"
)
# What a cell above the rows speaks of when it speaks of their days; others hold the numbers of
# branches, or the year of a copyright.
_OF_PERIOD = re.compile(
    r"(?i)statement|period|billing|closing|cycle|month|transactions|abrechn|auszug|zeitraum|monat"
    r"|umsätze|relev|période|mois|extracto|estado|resumen|\bmes\b|fatura|\bm[êe]s\b|estratto"
    r"|rendiconto|mese|overzicht|afschrift|måned|månad|utdrag|wyciąg|okres|miesi|výpis|období"
    r"|ekstre|dönem|выписк|период|月分|請求|利用|支払|明細|明细|帳單|账单|帳戶|對帳|对账|期間|期间|月份"
    r"|명세|청구|기간|이용"
)
_NOT_OF_PERIOD = re.compile(r"(?i)copyright|©|\(c\)")
# Years of Taiwan's calendar in such lines.
_TAIWAN = re.compile(r"(?<![\d/.-])1[0-2]\d(?=年\d{1,2}月|[-/]\d{1,2}[-/]\d{1,2}(?!\d))")
_IN_NAME = re.compile(
    r"(?<!\d)(?P<year>20\d\d)"
    r"(?:[-_.年 ]?(?P<month>0[1-9]|1[0-2])(?:[-_.月 ]?(?P<day>[0-3]\d))?)?(?!\d)"
)
# Share of a column's filled cells, below its first such day, that must be days.
_MOST = 0.6
# What a statement holds lies that long before its day, where only that is known; the day in a
# file's name may as well be the first of its month.
_SPAN, _AFTER = pd.Timedelta(days=100), pd.Timedelta(days=30)


class _Period(NamedTuple):
    """From when to when a statement reaches, and what tells."""

    start: pd.Timestamp
    end: pd.Timestamp
    code: str


def completed(raw: RawTable, file: str) -> tuple[RawTable, Message | None, str] | None:
    """The table with whole days where they had no year, what to tell of it, and an example; None
    where no column holds such days. Without a message no year was found, and any was taken.
    """
    columns = {name: _parts(raw.cells[name]) for name in raw.cells}
    columns = {name: parts for name, parts in columns.items() if _is_days(raw.cells[name], parts)}
    if not columns:
        return None
    first = min(int(parts["one"].notna().to_numpy().argmax()) for parts in columns.values())
    period = _above(raw.cells.head(min(first, HEAD))) or _by_name(file)
    told = period or _Period(pd.Timestamp(2024, 1, 1), pd.Timestamp(2024, 12, 31), "")
    cells = raw.cells.copy()
    example = ""
    # All columns are written alike, and one of few days does not tell how.
    month_first = _month_first(pd.concat(columns.values()), told)
    for name, parts in columns.items():
        days = _days(parts, told, month_first=month_first)
        text = cells[name].astype(object)
        cells[name] = text.mask(days.notna(), days.dt.strftime("%Y-%m-%d"))
        if not example:
            at = days.first_valid_index()
            example = "" if at is None else f"{text[at]}".strip()
            named = {"example": example, "day": "" if at is None else f"{days[at]:%Y-%m-%d}"}
    note = Message(period.code, named) if period is not None else None
    return replace(raw, cells=cells), note, example


def _parts(texts: pd.Series) -> pd.DataFrame:
    """First and second number of days without a year, and whether the first is known to be the
    month; null where a text is none. Each distinct text is looked at once.
    """
    codes, unique = distinct(texts)
    found = [_part(fold(text)) or (None, None, False) for text in unique.tolist()]
    parts = pd.DataFrame(found, columns=["one", "two", "sure"])
    whole = parts.astype({"one": "Int64", "two": "Int64", "sure": "bool"})
    return whole.take(codes).set_index(texts.index)


def _part(text: str) -> tuple[int, int, bool] | None:
    text = _TIME.sub("", weekdays.without(text))
    if len(text) > 20 or not any(map(str.isdigit, text)):
        return None
    told = _NUMBERS.fullmatch(text)
    if told is not None:
        second = told["two"] or told["day"] or told["dotted"]
        return int(told["one"]), int(second), told["day"] is not None
    told = _WORDS.fullmatch(day_texts.text_tidied(text))
    name = "" if told is None else (told["month"] or told["m"]).lower()
    if told is None or not _month(name):
        return None
    return _month(name), int(told["day"] or told["d"]), True


def _month(name: str) -> int:
    """The number of a month by its English name in small letters, whole or short; 0 for others."""
    short = name[:3]
    if short not in _MONTHS or name not in (short, _IN_FULL[_MONTHS.index(short)]):
        return 0
    return _MONTHS.index(short) + 1


def _is_days(cells: pd.Series, parts: pd.DataFrame) -> bool:
    known = parts["one"].notna()
    if not known.any():
        return False
    below = cells.loc[known.idxmax() :].astype(object).str.strip().ne("")
    return bool(known.sum() >= _MOST * below.sum())


def _readings(parts: pd.DataFrame, period: _Period) -> tuple[pd.Series, pd.Series]:
    """The last such days not after the period, with the month first and with the day first."""
    end = pd.Series(period.end, index=parts.index)
    return (
        years.last_until(parts["one"], parts["two"], end),
        years.last_until(parts["two"], parts["one"], end),
    )


def _month_first(parts: pd.DataFrame, period: _Period) -> bool:
    """Whether the month stands first: more of them are days so or, where as many are, more of them
    lie in the period."""
    some = parts[parts["one"].notna()].reset_index(drop=True)
    inside = [
        (days.notna().sum(), (days.ge(period.start) & days.le(period.end)).sum())
        for days in _readings(some, period)
    ]
    return bool(some["sure"].all()) or inside[0] > inside[1]


def _days(parts: pd.DataFrame, period: _Period, *, month_first: bool) -> pd.Series:
    """The days meant; those that name their month have it first in any case."""
    some = parts[parts["one"].notna()]
    by_month, by_day = _readings(some, period)
    days = by_month if month_first else by_day.where(~some["sure"], by_month)
    return days.reindex(parts.index)


def _above(rows: pd.DataFrame) -> _Period | None:
    """The span of the days, or else of the months, that lines above the rows name."""
    cells = [fold(cell) for row in rows.astype(object).to_numpy().tolist() for cell in row]
    of_days = [cell for cell in cells if _tells_days(cell)]
    text = eras.common("\n".join(of_days))
    text = _TAIWAN.sub(lambda hit: str(int(hit[0]) + fields.TAIWAN), text)
    whole = "\n".join([text, *(cell for cell in cells if cell not in of_days)])
    found = pd.Series(_FULL.findall(day_texts.text_tidied(whole)), dtype="str")
    if len(found):
        none = pd.Series(dtype="str")
        order = guess_values.date_order(found, none, month_first=False, year_first=False)
        days = fields.dates(found, order.formats).dropna()
        if len(days):
            return _span(days.min(), days.max(), "guess.year_above")
    months = [
        (int(hit["year"] or hit["y"] or hit["at"]), _number(hit)) for hit in _MONTH.finditer(text)
    ]
    months = [(year, month) for year, month in months if 1 <= month <= 12]
    if not months:
        return None
    first, last = (pd.Timestamp(year, month, 1) for year, month in (min(months), max(months)))
    return _span(first, last + pd.offsets.MonthEnd(0), "guess.year_above")


def _tells_days(cell: str) -> bool:
    """Whether a cell above the rows tells their months: by its words, or holding nothing else."""
    if _NOT_OF_PERIOD.search(cell):
        return False
    return _OF_PERIOD.search(cell) is not None or _MONTH.fullmatch(cell.strip()) is not None


def _number(hit: re.Match[str]) -> int:
    """The number of the month that was found; 0 where the word is none."""
    if hit["name"] is None:
        return int(hit["month"] or hit["m"])
    return _month(day_texts.text_tidied(f"1 {hit['name']}")[2:].lower())


def _by_name(file: str) -> _Period | None:
    """The span that a file's name tells: `…_202510.csv`, `…_20251001-20251031.csv`."""
    spans = [_named(hit) for hit in _IN_NAME.finditer(file)]
    if not spans:
        return None
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    return _span(start, end if start < end else end + _AFTER, "guess.year_file")


def _named(hit: re.Match[str]) -> tuple[pd.Timestamp, pd.Timestamp]:
    year, month, day = int(hit["year"]), int(hit["month"] or 0), int(hit["day"] or 0)
    if not month:
        return pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    first = pd.Timestamp(year, month, 1)
    last = first + pd.offsets.MonthEnd(0)
    return (first, last) if not 1 <= day <= last.day else (first.replace(day=day),) * 2


def _span(start: pd.Timestamp, end: pd.Timestamp, code: str) -> _Period:
    """A period; where but one day is told, the time before it."""
    return _Period(start if start < end else end - _SPAN, end, code)
