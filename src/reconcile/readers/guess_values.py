"""What the cells of a column tell of it: days and their format, amounts, currencies."""

import re
from typing import NamedTuple

import pandas as pd

from reconcile import money
from reconcile.readers import day_texts, fields, guess_years
from reconcile.text import Message

_NUMERIC = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})\.?")
# Without the years of other calendars: 1447 is 2026 in Arabia, 1405 in Iran.
_YEAR_FIRST = re.compile(r"(?!1[34])\d{4}([-/. ]|年)\d{1,2}(?:\1|月)\d{1,2}(日|\.)?")
# Days with a year of Taiwan's calendar (115 is 2026), with signs between the parts or without.
_TAIWAN = re.compile(
    r"1(?:[0-2]\d|30)(?:([-/.])\d{1,2}\1\d{1,2}|年\d{1,2}月\d{1,2}日|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
)
_WORDED = (
    "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d %B %Y", "%d-%B-%Y", "%d%b%Y", "%b %d, %Y", "%B %d, %Y",
    "%b %d %Y", "%B %d %Y", "%d %b %y", "%d-%b-%y", "%d/%b/%y", "%d%b%y", "%Y-%b-%d", "%d. %b %Y",
    "%d. %B %Y", "%b-%d-%Y",
)  # fmt: skip
# What a day whose month is a word must begin with; words that are no month are not tried as days.
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_WITH_MONTH = rf"(?i)^\D{{0,5}}\d{{1,4}}\W{{0,3}}{_MONTH}|^{_MONTH}[a-z]{{0,6}}\W{{1,2}}\d"
# Such days with a year of Thailand's calendar (2569 is 2026).
_BUDDHIST = tuple(form.replace("%Y", "%EY") for form in _WORDED if form.endswith("%Y"))
_DIGITS = ("%Y%m%d", "%d%m%Y", "%m%d%Y")
_MONEY = re.compile(
    r"[-+]?\s*\(?\s*(?:[A-Za-z/]{1,3}\.|[A-Z]{3} [^\w\s.,()'+-]|[^\d\s.,()'+-]{0,4})\s*[-+(]?\s*"
    r"(?:\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d{1,3}0{0,9})?|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d{1,2})?"
    r"|[.,]\d{2})"
    r"\s*(?:[-)]\s+)?[^\d\s]{0,4}\)?[-+]?"
)
# What programs write where there is no amount.
_NOTHING = re.compile(r"-{1,3}|—|(?i:n\.?/?a\.?)")
# What an amount shows that a mere number does not: cents, a minus, or a currency.
_PRICED = r"\d[.,]\d\D*$|[.,]\d\d\D*$|^-|-$"
_GROUPED = r"\d[.,']\d{3}(?:\D|$)"
_STATE = (
    r" (?:A[LKZR]|C[AOT]|DC|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
    r"|T[NX]|UT|V[AT]|W[AIVY])(?: \d{5})?(?: USA?)?$"
)


class DateOrder(NamedTuple):
    """Formats for a statement's dates, and what had to be assumed."""

    formats: tuple[str, ...]
    assumed: tuple[Message, ...] = ()


def looks_like_dates(texts: pd.Series) -> float:
    """Share of the non-empty texts that are written like a date."""
    full = _days(texts)
    return float(_dated(full, _of_taiwan(full)).mean()) if len(full) else 0.0


def holds_date(texts: pd.Series) -> bool:
    """Whether one of the texts, whatever the others are, is written like a date."""
    full = _days(texts)
    taiwan = full.str.fullmatch(_TAIWAN.pattern) & full.str.contains(r"\D", regex=True)
    return bool(_dated(full, taiwan).any())


def _dated(full: pd.Series, taiwan: pd.Series) -> pd.Series:
    hit = full.str.fullmatch(_NUMERIC.pattern) | full.str.fullmatch(_YEAR_FIRST.pattern) | taiwan
    rest = full[~hit]
    if len(rest):
        worded = rest[rest.str.contains(rf"{_WITH_MONTH}|^\d{{8}}$", regex=True)]
        if len(worded):
            hit[worded.index] = fields.dates(worded, (*_WORDED, *_BUDDHIST, *_DIGITS)).notna()
    return hit


def _of_taiwan(days: pd.Series) -> pd.Series:
    """Days whose year is of Taiwan's calendar; none where others do not begin with their year.

    Of digits alone there have to be several: a lone one is likelier an amount.
    """
    told = days.str.fullmatch(_TAIWAN.pattern)
    digits = days[~told & days.str.contains(r"\d", regex=True)]
    if digits.str.fullmatch(_YEAR_FIRST.pattern).all():
        return told & (days.str.contains(r"\D", regex=True) | (days[told].nunique() > 1))
    return told & False


def looks_like_money(texts: pd.Series, *, decimals: bool = False, grouped: bool = False) -> float:
    """Share of the non-empty texts that are amounts. With `decimals` some of them must be more than
    numbers: with cents, a minus or a currency, or, with `grouped`, parted in threes. What only says
    that there is none (`-`, `N/A`) does not count.
    """
    full = fields.filled(texts)
    if not len(full):
        return 0.0
    full = full[~full.str.fullmatch(_NOTHING.pattern)]
    if not len(full):
        return 0.0 if decimals else 1.0
    hit = full.str.fullmatch(_MONEY.pattern)
    if decimals:
        told = f"{_PRICED}|{_GROUPED}" if grouped else _PRICED
        seen = full[hit]
        if not (seen.str.contains(told, regex=True) | seen.str.contains(money.MARKED)).any():
            return 0.0
    return float(hit.mean())


def nothing(texts: pd.Series) -> tuple[str, ...]:
    """What amounts hold, as it is printed, where it says that there is none."""
    unique = pd.Series(texts.str.strip().unique(), dtype="str")
    return tuple(sorted(unique[fields.folded(unique).str.fullmatch(_NOTHING.pattern)]))


def looks_like_currency(texts: pd.Series) -> float:
    """Share of the non-empty texts that are currencies."""
    full = fields.filled(texts)
    return float(fields.currencies(full).notna().mean()) if len(full) else 0.0


def _days(texts: pd.Series) -> pd.Series:
    return fields.on_unique(
        fields.filled(texts),
        # A weekday before a day looks as if the day were a time.
        lambda unique: day_texts.tidied(fields.without_time(day_texts.tidied(unique))),
    )


def date_order(
    first: pd.Series, second: pd.Series, *, month_first: bool, year_first: bool
) -> DateOrder:
    """Formats for the transaction dates and posted dates of a statement, from all rows together.

    `month_first` is the order to assume where nothing in the rows tells it, `year_first` that of
    dates whose year has two digits.
    """
    columns = [_days(t.drop_duplicates()) for t in (first, second)]
    both = pd.concat(columns).drop_duplicates().reset_index(drop=True)
    told = _taiwan(both)
    parts = both.str.extract(rf"^{_NUMERIC.pattern}$").dropna()
    assumed: tuple[Message, ...] = ()
    short = parts[parts[3].str.len().eq(2)]
    by_year, said = False, assumed
    if len(short):
        by_year, said = guess_years.year_first(short, first, second, year_first)
    if by_year:
        parts = parts.drop(short.index)
    turned, mixed = guess_years.half_turned(columns, frozenset(both[parts.index]))
    formats = [] if turned else _full_years(both)
    formats += told.formats
    if by_year:
        formats += [f"%y{sign}%m{sign}%d" for sign in sorted(set(short[1]))]
    if len(parts):
        years = guess_years.codes(parts[3])
        by_month, assumed = _month_first(parts, years, first, second, month_first)
        day, month = ("%m", "%d") if by_month else ("%d", "%m")
        pairs = sorted(set(zip(parts[1], years, strict=True)))
        formats += [f"{day}{sign}{month}{sign}{year}" for sign, year in pairs]
    for form in (*_WORDED, *_BUDDHIST, *_DIGITS):
        open_ = both[fields.dates(both, formats).isna()] if formats else both
        if not len(open_):
            break
        read = fields.dates(open_, (form,))
        if (read.dt.year.between(1990, 2060)).any():
            formats.append(form)
    notes = (
        *told.assumed,
        *guess_years.told_buddhist(both, formats),
        *mixed,
        *said,
        *assumed,
    )
    return DateOrder(tuple(formats) or ("%Y-%m-%d",), notes)


def _full_years(days: pd.Series) -> list[str]:
    """Formats for days that begin with a year of four digits."""
    found = days.str.extract(_YEAR_FIRST.pattern).dropna(subset=[0]).fillna("")
    years = days[found.index].str.extract(r"(\d{4})[-/. 年]", expand=False)
    parts = sorted(set(zip(found[0], found[1], guess_years.codes(years), strict=True)))
    return [
        f"{year}年%m月%d{tail}" if sign == "年" else f"{year}{sign}%m{sign}%d{tail}"
        for sign, tail, year in parts
    ]


def _taiwan(days: pd.Series) -> DateOrder:
    """Formats for days whose year is of Taiwan's calendar, and a message that says so."""
    found = days[_of_taiwan(days)]
    if not len(found):
        return DateOrder(())
    signs = found.str.extract(r"^\d{3}(\D?)", expand=False).unique().tolist()
    formats = [
        "%Ey年%m月%d日" if sign == "年" else f"%Ey{sign}%m{sign}%d" for sign in sorted(signs)
    ]
    example = str(found.iloc[0])
    year = int(fields.dates(found.iloc[:1], formats).dt.year.iloc[0])
    named = {"example": example, "year": str(year)}
    return DateOrder(tuple(formats), (Message("guess.taiwan", named),))


def _month_first(
    parts: pd.DataFrame, years: pd.Series, first: pd.Series, second: pd.Series, default: bool
) -> tuple[bool, tuple[Message, ...]]:
    """Whether the month is written first; with a message where no day above 12 shows it."""
    left, right = parts[0].astype("int64"), parts[2].astype("int64")
    day_first, month_first = int((left > 12).sum()), int((right > 12).sum())
    if day_first or month_first:
        return month_first > day_first, ()
    starts = {True: "%m/%d/", False: "%d/%m/"}
    ends = sorted({"%Y", "%y", *years} - ({"%y"} if years.eq("%Oy").any() else set()))
    signs = sorted(set(parts[1]))
    spread = {
        order: guess_years.spread(
            first, second, [f"{start}{y}".replace("/", s) for s in signs for y in ends], least=3
        )
        for order, start in starts.items()
    }
    example = f"{parts[0].iloc[0]}{parts[1].iloc[0]}{parts[2].iloc[0]}"
    clearly = guess_years.CLEARLY
    if spread[True] * clearly < spread[False] or spread[False] * clearly < spread[True]:
        by_month = spread[True] < spread[False]
        code = "guess.month_first_near" if by_month else "guess.day_first_near"
    elif (left == right).all():
        return default, ()
    else:
        by_month, code = default, "guess.month_first" if default else "guess.day_first"
    return by_month, (Message(code, {"example": example}),)


def not_zero(texts: pd.Series) -> pd.Series:
    """Which of the texts are amounts that are not zero."""
    return texts.str.contains("[1-9]", regex=True)


def currencies(texts: pd.Series) -> frozenset[str]:
    """The distinct currencies that the texts name."""
    return frozenset(map(str, fields.currencies(texts).dropna().unique()))


def names_states(texts: pd.Series) -> bool:
    """Whether many descriptions end with a state of the USA, as American card statements print."""
    full = fields.filled(texts)
    return len(full) > 0 and float(full.str.contains(_STATE, regex=True).mean()) > 0.3
