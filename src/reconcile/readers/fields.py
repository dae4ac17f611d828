"""Columns of text to values: dates, amounts, currencies, rates. Each text is read once."""

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import marks, money
from reconcile.distinct import distinct
from reconcile.readers import day_texts

# Minor units, readable?, decimal places, row by row.
Amounts = tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.int8]]

# Stands for the year of a day printed without one; a leap year, and older than any statement.
NO_YEAR = 1904
# No statement has days outside these years: a misprint, or no date at all. The first is low, since
# people who share a statement overwrite its dates with ones ("1111/11/11").
FIRST_YEAR, LAST_YEAR = 1000, 2099

# What makes a year of Taiwan's calendar a common one.
TAIWAN = 1911
# What makes a common year one of Thailand's calendar; its years in full.
BUDDHIST, _IN_FULL = 543, (2400, 2700)

# The merchant's country before the currency, as in `US/USD`.
_COUNTRY = re.compile(r"^[A-Z]{2} ?/ ?(?=[A-Z]{3}$)")

# A time of day behind a day, with its zone.
_TIME = re.compile(
    r"(?<=[\d年月日.)])(?:T|(?:,?\s+(?:[-|]\s+)?|\|\s*)(?:(?:오전|오후|午前|午後|上午|下午)\s*)?|-(?=\d{1,2}:))"
    r"\d{1,2}[:.h時时]\d{2}.*$"
)
# Day and time in digits alone, as OFX has them, with its zone.
_DIGITS_TIMED = re.compile(r"^(\d{8})(?:\d{4}|T\d{4})(?:\d\d)?(?:\.\d+)?(?:\[.*\]|Z)?$")
# What a text must hold to be one of either.
_TIMED = re.compile(r"[:.h時时]\d{2}|\d{12}|\dT\d{4}")


# Texts that are not worth telling apart.
_FEW = 100


def on_unique(texts: pd.Series, work: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """`work` applied to the distinct texts only (null: empty), spread back over the rows."""
    if len(texts) <= _FEW and not isinstance(texts.dtype, pd.CategoricalDtype):
        # To look for equal ones takes longer than to look at them all.
        every = texts if texts.dtype == "str" else texts.astype("str")
        return work(every.fillna("") if every.hasnans else every)
    codes, uniques = distinct(texts)
    return pd.Series(work(uniques).array.take(codes), index=texts.index)


def coded(texts: pd.Series, work: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Like `on_unique`, as a categorical: the distinct texts are known to whoever asks next."""
    codes, uniques = distinct(texts)
    made = work(uniques)
    if made is uniques and isinstance(texts.dtype, pd.CategoricalDtype) and texts.notna().all():
        return texts
    if made is uniques and (names := pd.Index(uniques)).is_unique:
        return pd.Series(pd.Categorical.from_codes(codes, names), index=texts.index)
    place, found = pd.factorize(made)
    return pd.Series(pd.Categorical.from_codes(place[codes], found), index=texts.index)


def plain(unique: pd.Series) -> pd.Series:
    """Texts in plain form: half-width, without outer spaces."""
    given, unique = unique, unique.fillna("").astype("str")
    texts = unique.tolist()
    if "".join(texts).isascii():  # most files are, and their texts are plain but for spaces
        if trimmed(texts):
            return given if given.dtype == "str" and not given.hasnans else unique
        return unique.str.strip()
    return pd.Series([money.fold(text) for text in texts], index=unique.index, dtype="str")


def trimmed(texts: Sequence[str]) -> bool:
    """Whether no text begins or ends with a blank or holds a control character; False where that
    is not told at once.
    """
    every = "|".join(("", *texts, ""))
    return every.isprintable() and "| " not in every and " |" not in every


def folded(texts: pd.Series) -> pd.Series:
    """Text in plain form (half-width, trimmed), row by row through the distinct ones."""
    return on_unique(texts, plain)


def filled(texts: pd.Series) -> pd.Series:
    """Those texts that are not empty, in plain form."""
    plain_texts = folded(texts)
    return plain_texts[plain_texts.ne("")]


def dates(texts: pd.Series, formats: Sequence[str]) -> pd.Series:
    """Days (`datetime64[us]`) from text; unreadable or empty ones are null.

    Only the formats given are tried, in order, and then once more without the time of day.
    A format without a year gives days of the year `NO_YEAR`; other years than `FIRST_YEAR` to
    `LAST_YEAR` are unreadable. `%Ey` is a year of Taiwan's calendar, of three digits: 115 is 2026;
    `%EY` and `%Oy`, at either end, one of Thailand's, of four digits or two: 2569 or 69.
    """

    tidy = day_texts.tidied_forms(formats)

    def read(unique: pd.Series) -> pd.Series:
        given = day_texts.tidied(plain(unique))
        found = pd.Series(pd.NaT, index=unique.index, dtype="datetime64[us]")
        day = day_texts.tidied(without_time(given))
        for texts_ in (given, day.where(day.ne(given), "")):
            holds: dict[str, npt.NDArray[np.bool_]] = {}
            filled = texts_.ne("").to_numpy(np.bool_)
            if not filled.any():
                continue
            for form in tidy:
                # Cheaper than to try the format: the signs between its parts have to be there.
                open_ = found.isna().to_numpy(np.bool_) & filled
                for sign in _signs(form):
                    if sign not in holds:
                        has = texts_.str.contains(sign, regex=False)
                        holds[sign] = has.to_numpy(np.bool_)
                    open_ &= holds[sign]
                if open_.any():
                    text, full = texts_[open_], form
                    if "%Ey" in form:
                        text, full = _common_era(text), form.replace("%Ey", "%Y", 1)
                    elif is_buddhist(form):
                        text, full = _from_buddhist(text, form)
                    elif "%y" not in form.lower():
                        text, full = f"{NO_YEAR} " + text, f"%Y {form}"
                    part = pd.to_datetime(text, format=full, errors="coerce")
                    part = part.astype("datetime64[us]")
                    # What no year of a statement is may be one of another calendar.
                    year = part.dt.year
                    sensible = year.between(FIRST_YEAR, LAST_YEAR) | year.eq(NO_YEAR)
                    found[open_] = part.where(sensible)
        return pd.Series(found.dt.normalize())

    return on_unique(texts, read)


def has_year(form: str) -> bool:
    """Whether a date format has a year."""
    return "%y" in form.lower() or "%Ey" in form or is_buddhist(form)


def is_buddhist(form: str) -> bool:
    """Whether the year of a date format is one of Thailand's calendar."""
    return "%EY" in form or "%Oy" in form


def _from_buddhist(texts: pd.Series, form: str) -> tuple[pd.Series, str]:
    """Days with the common year for one of Thailand's calendar, and their format; others empty."""
    code, digits, ages = ("%EY", 4, 0) if "%EY" in form else ("%Oy", 2, 2500)
    ends = form.endswith(code)
    year = rf"(?P<year>\d{{{digits}}})"
    parts = texts.str.extract(
        rf"^(?P<rest>.*\D){year}$" if ends else rf"^{year}(?P<rest>\D.*)$"
    ).fillna("")
    number = parts["year"].where(parts["year"].ne(""), "0").astype("int64") + ages
    common = (number - BUDDHIST).astype("str")
    whole = parts["rest"] + common if ends else common + parts["rest"]
    return whole.where(number.between(*_IN_FULL), ""), form.replace(code, "%Y", 1)


def _common_era(texts: pd.Series) -> pd.Series:
    """Days that begin with a year of Taiwan's calendar, with the common year; others empty."""
    year = texts.str.extract(r"^(\d{3})(?!\d{5})(?=\d{4}$|\D)", expand=False)
    found = year.fillna("0").astype("int64")
    common = (found + TAIWAN).astype("str") + texts.str.slice(3)
    return common.where(year.notna(), "")


@cache
def _signs(form: str) -> frozenset[str]:
    """Signs that stand in every text of a date format; letters of either size do not count."""
    signs = set(re.sub(r"%-?.", "", form))
    return frozenset(s for s in signs if not s.isspace() and s.lower() == s.upper())


def best_format(
    texts: pd.Series, formats: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The format that reads most distinct texts, and all that read as many if several do."""
    sample = pd.Series(texts[texts.str.strip().ne("")].unique(), dtype="str")
    share = {form: int(dates(sample, (form,)).notna().sum()) for form in formats}
    top = max(share.values())
    best = tuple(form for form in formats if share[form] == top)
    return best[:1], best if len(best) > 1 and top else ()


def without_time(plain: pd.Series) -> pd.Series:
    """The day of texts that end in a time of day, as in `2018-02-25 12:34:56 +0000`."""
    texts = plain.tolist()
    if not _TIMED.search("\n".join(texts)):  # nearly all columns of days
        return plain
    cut = [_DIGITS_TIMED.sub(r"\1", _TIME.sub("", text)) for text in texts]
    return pd.Series(cut, index=plain.index, dtype="str")


def currencies(texts: pd.Series, fallback: str | None = None) -> pd.Series:
    """ISO codes, as a categorical, from codes, marks or names; `fallback` (else null) elsewhere."""

    def read(unique: pd.Series) -> pd.Series:
        plain = [money.fold(text).upper() for text in unique.fillna("").tolist()]
        plain = [_COUNTRY.sub("", text) for text in plain]
        code = pd.Series([marks.code(text) for text in plain], unique.index, dtype="str")
        return code if fallback is None else code.fillna(fallback)

    return coded(texts, read)


def amounts(
    texts: pd.Series, currency: pd.Series, decimal: str, group: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
    """Minor units, readable?, decimal places, for rows whose currencies may differ.

    Without a currency the places are those printed: two, or three in all of these rows where the
    third is not zero in one of them.
    """
    codes, names = distinct(currency)
    if len(names) == 1 and names.iloc[0]:
        digits = money.decimals(str(names.iloc[0]))
        value, good = money.parse_unique(texts, digits, decimal, group)
        return value, good, np.full(len(texts), digits, np.int8)
    value = np.zeros(len(texts), np.int64)
    good = np.zeros(len(texts), np.bool_)
    places = np.full(len(texts), 2, np.int8)
    for number, name in enumerate(names):
        rows = np.flatnonzero(codes == number)
        if not name or not len(rows):
            continue
        digits = money.decimals(str(name))
        value[rows], good[rows] = money.parse_unique(texts.iloc[rows], digits, decimal, group)
        places[rows] = digits
    rows = np.flatnonzero(names.eq("").to_numpy(np.bool_)[codes])
    if len(rows):
        whole, ok = money.parse_unique(texts.iloc[rows], 3, decimal, group)
        deep = bool((whole % 10 != 0).any())
        value[rows], good[rows] = whole if deep else whole // 10, ok
        places[rows] = 3 if deep else 2
    return value, good, places


def alike_signed(values: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> bool:
    """Whether two columns have the same sign wherever both have an amount, and such rows are."""
    both = (values != 0) & (others != 0)
    return bool(both.any() and (np.sign(values) == np.sign(others))[both].all())


def to_places(
    value: npt.NDArray[np.int64], places: npt.NDArray[np.int8], wanted: npt.NDArray[np.int8]
) -> npt.NDArray[np.int64]:
    """Minor units with other decimal places; digits that these do not have are cut off."""
    if np.array_equal(places, wanted):
        return value
    step = wanted.astype(np.int64) - places
    size = np.abs(value) * 10 ** np.maximum(step, 0) // 10 ** np.maximum(-step, 0)
    return np.asarray(np.sign(value) * size)


def printed_places(texts: pd.Series, decimal: str) -> int:
    """Most digits that any amount of the column shows after the decimal sign (at most 4)."""
    tail = (
        pd.Series(texts.unique())
        .astype("str")
        .str.extract(rf"{re.escape(decimal)}(\d+)\D*$", expand=False)
    )
    return min(int(tail.dropna().str.len().max()), 4) if tail.notna().any() else 0


def rates(texts: pd.Series, decimal: str) -> pd.Series:
    """Conversion rates as plain decimal text (`'142.029'`); unreadable or absent ones are null."""

    def read(unique: pd.Series) -> pd.Series:
        plain = unique.fillna("").map(money.fold)
        if decimal == ",":
            plain = plain.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        else:
            plain = plain.str.replace(",", "", regex=False)
        number = plain.str.extract(r"^(\d*\.?\d+)\D*$", expand=False)
        number = number.str.replace(r"^\.", "0.", regex=True)
        return number.where(pd.to_numeric(number, errors="coerce").gt(0)).astype("str")

    return on_unique(texts, read)
