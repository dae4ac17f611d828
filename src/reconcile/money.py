"""Money: ISO 4217 minor units, and text to and from integer minor units.

Amounts are `int64` counts of the currency's minor unit from the moment they are read to the
moment they are written. Nothing here uses binary floating point.
"""

import re
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.marks import BEFORE, BEHIND, MARK, named
from reconcile.signs import CURRENCIES, decimals, fold

__all__ = [
    "CURRENCIES", "MARKED", "MAX_DIGITS", "decimals", "fold", "marked", "parse", "parse_unique",
    "to_decimal", "to_decimals", "to_text",
]  # fmt: skip
# Currency marks that stand before or behind an amount; between digits they mean something else.
_BEFORE = rf"^([-+(\s]*){BEFORE}"
_BEHIND = rf"{BEHIND}([-+)\s]*)$"
_EITHER = rf"^[-+(\s]*({BEFORE})|({BEHIND})[-+)\s]*$"
# Amounts with a currency at one of their ends.
MARKED = rf"^[-+(\s]*{MARK}|{MARK}[-+)\s]*$"
# Amounts with nothing beside them, as most are.
_BARE = re.compile(r"[-+()\d.,' ]*")
_INDIAN = r"\d{1,2}(?:,\d\d)+,\d{3}"
_TURN = str.maketrans(".,", ",.")
_PADDING = re.compile(r"^0+(?=\d)")
_SIDE = (
    r"(?i)(?<=[\d.,\s])(?P<behind>CR|DR)\.?$|^(?P<before>CR|DR)(?![A-Za-z])\.?"
    # Credit and debit, Haben and Soll.
    r"|(?<=\d )(?P<letter>(?-i:[CDHS]))$"
)
_CREDIT = ("CR", "C", "H")
# No amount is longer, and nothing longer is worth looking at.
_LONGEST = 64
# 15 digits stay far inside int64 and inside what a spreadsheet shows exactly.
MAX_DIGITS = 15


def parse_unique(
    texts: pd.Series, places: int, decimal_sign: str = ".", group_sign: str = ","
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Read amounts printed as text into minor units.

    Every distinct text is read once. `places` is the number of digits after the decimal sign of
    the result. Understood: a leading or trailing sign, `△1,234`, `(12.34)`, a `CR`
    (negative) or `DR` at either end, a letter for it behind a blank, full-width digits, currency
    marks at the ends, grouping by `group_sign`, blank or apostrophe in threes, or by commas as in
    India (`1,20,000`). Digits
    beyond `places` must be zeros: nothing is rounded in silence, and `1,234` is never read as
    1.234. An amount that shows both signs the other way round (`1.234,56`) is read as it says.

    Returns `(minor units, readable?)`; unreadable texts give 0 and False.
    """
    codes, uniques = distinct(texts)
    values, good = _parse(uniques, places, decimal_sign, group_sign)
    return values[codes], good[codes]


def _parse(
    texts: pd.Series, places: int, decimal_sign: str, group_sign: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    if texts.empty:
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    # `-1234` and `-12.34` leave no question, and are nearly all there is.
    part = rf"(?:{re.escape(decimal_sign)}\d{{{places}}})?" if places and decimal_sign else ""
    shape = rf"-?\d{{1,{MAX_DIGITS - places}}}{part}"
    if all_fit(texts, shape):
        plain = np.ones(len(texts), np.bool_)
    else:
        plain = texts.str.fullmatch(shape).to_numpy(np.bool_)
    values, good = np.zeros(len(texts), np.int64), plain.copy()
    if plain.any():
        values[plain] = _plain_values(texts[plain].tolist(), places, decimal_sign if part else "")
    odd = ~plain & texts.ne("").to_numpy(np.bool_)
    if odd.any():
        values[odd], good[odd] = _parse_odd(texts[odd], places, decimal_sign, group_sign)
    return values, good


def _plain_values(texts: list[str], places: int, decimal_sign: str) -> npt.NDArray[np.int64]:
    """Minor units of amounts that are all of digits, or of digits, sign and `places` digits."""
    lines = "\n".join(texts)
    digits = lines.replace(decimal_sign, "") if decimal_sign else lines
    values = np.array([int(number) for number in digits.split("\n")], np.int64)
    if len(lines) - len(digits) < len(texts):
        whole = [not decimal_sign or decimal_sign not in text for text in texts]
        values[whole] *= 10**places
    return values


def all_fit(texts: pd.Series, shape: str) -> bool:
    """Whether all texts have a shape that holds no line break: one search, where most do."""
    lines = "\n".join((*texts.tolist(), ""))
    return lines.count("\n") == len(texts) and re.fullmatch(rf"(?:{shape}\n)*+", lines) is not None


def _parse_odd(
    texts: pd.Series, places: int, decimal_sign: str, group_sign: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    # Full-width digits, signs and marks exist only outside ASCII: no such work where it is absent.
    text = texts.str.strip() if texts.str.isascii().all() else texts.map(_folded)
    text = text.where(text.str.len().le(_LONGEST), "")
    text = _in_one_notation(text, decimal_sign, group_sign)
    sides = text.str.extract(_SIDE)
    side = sides["behind"].fillna(sides["before"]).fillna(sides["letter"]).str.upper()
    text = text.str.replace(_SIDE, "", n=1, regex=True).str.strip()
    text = text.str.replace(_BEFORE, r"\1", regex=True)
    text = text.str.replace(_BEHIND, r"\1", regex=True).str.strip()
    group = f"[{re.escape(group_sign)} ']" if group_sign else "[ ']"
    # Lakhs and crores: groups of two stand only before one of three, as no decimals do.
    indian = rf"{_INDIAN}|" if group_sign == "," else ""
    threes = rf"\d{{1,3}}(?:{group}\d{{3}})+"
    shape = (
        rf"^(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<whole>{threes}|{indian}\d+|(?=\D\d))"
        rf"(?:{re.escape(decimal_sign)}(?P<part>\d*))?\s*(?P<after>[-+])?(?P<close>\))?$"
    )
    found = text.str.extract(shape)
    whole = found["whole"].str.replace(r"\D", "", regex=True)
    part = found["part"].fillna("")
    kept, rest = part.str.slice(0, places), part.str.slice(places)
    # Fields of fixed width are filled up with zeros, which count for no digits.
    digits = (whole + kept.str.pad(places, side="right", fillchar="0")).fillna("")
    digits = digits.str.replace(_PADDING, "", regex=True)
    good = (
        digits.ne("")
        & digits.str.len().le(MAX_DIGITS)
        & rest.str.strip("0").eq("")
        & (found["open"].isna() == found["close"].isna())
        & ~(found["sign"].notna() & found["after"].notna())
        # `(+5)` contradicts itself, and `-5 CR` may mean either.
        & ~(found["open"].notna() & (found["sign"].eq("+") | found["after"].eq("+")))
        & ~(side.notna() & found[["open", "sign", "after"]].notna().any(axis=1))
    ).to_numpy(np.bool_)
    value = digits.where(good, "0").astype("int64").to_numpy()
    minus = found["sign"].eq("-") | found["after"].eq("-")
    negative = (found["open"].notna() | minus | side.isin(_CREDIT)).to_numpy(np.bool_)
    return np.where(negative, -value, value), good


def _in_one_notation(text: pd.Series, decimal_sign: str, group_sign: str) -> pd.Series:
    """Amounts that show both signs the other way round, as `2.944,60` among `231.45`, turned:
    grouped in threes with two digits behind the other sign, they can be read in one way only.
    """
    if {decimal_sign, group_sign} != {".", ","}:
        return text
    other = rf"(?<![\d.,'])\d{{1,3}}(?:[{decimal_sign}]\d{{3}})+[{group_sign}]\d\d(?![\d.,'])"
    turned = text.str.contains(other, regex=True)
    return text.where(~turned, text.str.translate(_TURN)) if turned.any() else text


def _folded(text: str) -> str:
    """The plain form of an amount; empty where NFKC would make digits of other signs (`²`, `①`)."""
    odd = any(sign.isnumeric() and not sign.isdecimal() for sign in text)
    return "" if odd else fold(text)


def marked(texts: pd.Series) -> pd.Series:
    """What stands beside amounts in plain form: the currency that it names, the mark itself where
    several currencies have it, nothing without one. `CR` and `DR` are sides, and no marks.
    """

    def said(text: str) -> str:
        if _BARE.fullmatch(text):
            return ""
        found = re.findall(_EITHER, re.sub(_SIDE, "", text, count=1).strip())
        return named(" ".join("".join(mark) for mark in found))

    return pd.Series([said(text) for text in texts.tolist()], index=texts.index, dtype="str")


def parse(text: str, currency: str | None) -> int | None:
    """One amount such as `"1,234.50"` in minor units of `currency`, or None if it is not one."""
    values, good = parse_unique(pd.Series([text], dtype="str"), decimals(currency))
    return int(values[0]) if good[0] else None


def to_decimal(minor: Any, places: int) -> Decimal:
    """Minor units as an exact Decimal in major units."""
    return Decimal(int(minor)).scaleb(-int(places))


def to_decimals(minor: pd.Series, places: pd.Series) -> pd.Series:
    """A column of minor units (null stays null) as exact Decimals, by the places of each row."""
    known = minor.notna().to_numpy(np.bool_)
    values = minor.fillna(0).to_numpy(np.int64)
    out = np.full(len(minor), None, dtype=object)
    for digits in places.unique().tolist():
        rows = np.flatnonzero(known & places.eq(digits).to_numpy(np.bool_))
        unit = Decimal(1).scaleb(-digits)
        out[rows] = np.fromiter(map(unit.__mul__, values[rows].tolist()), object, len(rows))
    return pd.Series(out, index=minor.index, dtype=object)


def to_text(minor: Any, places: int) -> str:
    """Minor units as the plain decimal text of the report contract (`"-12.34"`, `"4845"`)."""
    return f"{to_decimal(minor, places):f}"
