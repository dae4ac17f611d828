"""Money: ISO 4217 minor units, and text to and from integer minor units.

Amounts are `int64` counts of the currency's minor unit from the moment they are read to the
moment they are written. Nothing here uses binary floating point.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

# ISO 4217 (list one, 2025): currencies whose minor unit is not 1/100.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
# ISO 4217 codes in use, and those that statements from 1999 on may still carry.
CURRENCIES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG""".split()
)

# Characters that banks print for a minus or a space and that NFKC leaves as they are.
_LOOKALIKES = str.maketrans(
    {"−": "-", "‐": "-", "‑": "-", "–": "-", "―": "-", "△": "-", "▲": "-", "’": "'", "\u00a0": " "}
)
# Currency marks that stand before or behind an amount (between digits they mean something else)
# and say nothing that the layout does not say.
_MARK = (
    r"(?:(?:US|CA|AU|HK|NZ|S|C|A|R|MX)?\s?\$|[¥€£₩₽₹₺₫฿₴₱₪]|円|元|zł|Kč|kr\.?|R\$|CHF|Rs\.?|"
    + "|".join(sorted(CURRENCIES))
    + ")"
)
_BEFORE = re.compile(rf"^([-+(\s]*)(?:{_MARK}\s*)+")
_BEHIND = re.compile(rf"(?:\s*{_MARK})+([-+)\s]*)$")
_SIDE = re.compile(r"(?i)(?<=[\d.,\s])(CR|DR)\.?$")
# No amount is longer, and nothing longer is worth looking at.
_LONGEST = 64
# 15 digits stay far inside int64 and inside what a spreadsheet shows exactly.
MAX_DIGITS = 15


def decimals(currency: str | None) -> int:
    """Digits after the decimal sign of a currency's minor unit (JPY 0, USD 2, KWD 3).

    An unknown or absent currency counts 2, as nearly every currency does.
    """
    return _EXPONENTS.get(currency or "", 2)


def fold(text: str) -> str:
    """Text in its plain form: full-width to half-width (NFKC), look-alike signs, outer spaces."""
    if text.isascii():  # nothing of it is full-width or looks like another sign
        return text.strip()
    return unicodedata.normalize("NFKC", text).translate(_LOOKALIKES).strip()


def parse_unique(
    texts: pd.Series, places: int, decimal_sign: str = ".", group_sign: str = ","
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Read amounts printed as text into minor units.

    Every distinct text is read once. `places` is the number of digits after the decimal sign of
    the result. Understood: a leading or trailing sign, `△1,234`, `(12.34)`, a trailing `CR`
    (negative) or `DR`, full-width digits, currency marks at the ends, grouping by `group_sign`,
    blank or apostrophe in threes. Digits beyond `places` must be zeros: nothing is rounded in
    silence, and `1,234` is never read as 1.234.

    Returns `(minor units, readable?)`; unreadable texts give 0 and False.
    """
    codes, uniques = pd.factorize(texts)
    values, good = _parse(pd.Series(uniques, dtype="str"), places, decimal_sign, group_sign)
    known = codes >= 0
    out = np.where(known, values[codes] if len(values) else 0, 0)
    return out, np.where(known, good[codes] if len(good) else False, False)


def _parse(
    texts: pd.Series, places: int, decimal_sign: str, group_sign: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    if texts.empty:
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    # `-1234` and `-12.34` leave no question, and are nearly all there is.
    part = rf"(?:{re.escape(decimal_sign)}\d{{{places}}})?" if places and decimal_sign else ""
    plain = texts.str.fullmatch(rf"-?\d{{1,{MAX_DIGITS - places}}}{part}").to_numpy(np.bool_)
    values, good = np.zeros(len(texts), np.int64), plain.copy()
    if plain.any():
        some = texts[plain]
        digits = some.str.replace(decimal_sign, "", regex=False) if part else some
        whole = digits.str.len().eq(some.str.len()).to_numpy(np.bool_)
        values[plain] = digits.astype("int64").to_numpy() * np.where(whole, 10**places, 1)
    if not plain.all():
        values[~plain], good[~plain] = _parse_odd(texts[~plain], places, decimal_sign, group_sign)
    return values, good


def _parse_odd(
    texts: pd.Series, places: int, decimal_sign: str, group_sign: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    # Full-width digits, signs and marks exist only outside ASCII: no such work where it is absent.
    text = texts.str.strip() if texts.str.isascii().all() else texts.map(_folded)
    text = text.where(text.str.len().le(_LONGEST), "")
    side = text.str.extract(_SIDE, expand=False).str.upper()
    text = text.str.replace(_SIDE, "", regex=True).str.strip()
    text = text.str.replace(_BEFORE, r"\1", regex=True)
    text = text.str.replace(_BEHIND, r"\1", regex=True).str.strip()
    group = f"[{re.escape(group_sign)} ']" if group_sign else "[ ']"
    shape = (
        rf"^(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<whole>\d{{1,3}}(?:{group}\d{{3}})+|\d+|(?=\D\d))"
        rf"(?:{re.escape(decimal_sign)}(?P<part>\d*))?\s*(?P<after>[-+])?(?P<close>\))?$"
    )
    found = text.str.extract(shape)
    whole = found["whole"].str.replace(r"\D", "", regex=True)
    part = found["part"].fillna("")
    kept, rest = part.str.slice(0, places), part.str.slice(places)
    digits = (whole + kept.str.pad(places, side="right", fillchar="0")).fillna("")
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
    negative = (found["open"].notna() | minus | side.eq("CR")).to_numpy(np.bool_)
    return np.where(negative, -value, value), good


def _folded(text: str) -> str:
    """The plain form of an amount; empty where NFKC would make digits of other signs (`²`, `①`)."""
    odd = any(sign.isnumeric() and not sign.isdecimal() for sign in text)
    return "" if odd else fold(text)


def parse(text: str, currency: str | None) -> int | None:
    """One amount such as `"1,234.50"` in minor units of `currency`, or None if it is not one."""
    values, good = parse_unique(pd.Series([text], dtype="str"), decimals(currency))
    return int(values[0]) if good[0] else None


def to_decimal(minor: Any, places: int) -> Decimal:
    """Minor units as an exact Decimal in major units."""
    return Decimal(int(minor)).scaleb(-int(places))


def to_text(minor: Any, places: int) -> str:
    """Minor units as the plain decimal text of the report contract (`"-12.34"`, `"4845"`)."""
    return f"{to_decimal(minor, places):f}"
