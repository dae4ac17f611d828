"""Amounts and rates of OFX files: decimal point or comma by evidence, exact integer arithmetic."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.distinct import distinct

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# A lone amount of another sign than its type's may be a mistake of the bank.
_SEVERAL = 2


def read(texts: pd.Series, places: npt.NDArray[Any]) -> tuple[Ints, Flags]:
    """Minor units of amounts as text, each with its own number of decimals; `(values, readable?)`.

    The decimal sign is a point or a comma. OFX forbids grouping, yet files have `-12,345` yen, so
    what could be either is settled by the other amounts of the file, then by the currency.
    """
    codes, names = distinct(texts)
    width = int(places.max()) + 1 if len(places) else 1
    rows, pairs = pd.factorize(codes * width + places)
    values, good = _read(names.take(pairs // width).reset_index(drop=True), pairs % width)
    return values[rows], good[rows]


def _read(texts: pd.Series, places: npt.NDArray[Any]) -> tuple[Ints, Flags]:
    signs = decimal_signs(texts, places)
    values, good = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_)
    for count in np.unique(places):
        for sign, group in ((".", ","), (",", ".")):
            some = (places == count) & (signs == sign)
            if some.any():
                values[some], good[some] = money.parse_unique(texts[some], int(count), sign, group)
    return values, good


def decimal_signs(texts: pd.Series, places: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """`.` or `,` for each text: which of the two parts the decimals."""
    signs = np.full(len(texts), ".", dtype=object)
    # `12`, `12.5` and `12.50` leave no question, and are nearly all there is.
    if money.all_fit(texts, r"[+-]?\d*(?:\.\d{1,2})?"):
        return signs
    plain = texts.str.fullmatch(r"[+-]?\d*(?:\.\d{1,2})?").to_numpy(np.bool_)
    rest = np.flatnonzero(~plain)
    digits = texts.iloc[rest].map(money.fold).str.replace(r"[^\d.,]", "", regex=True)
    part = digits.str.extract(r"^(?P<head>.*?)(?P<sign>[.,])(?P<tail>\d*)$").fillna("")
    head, sign = part["head"], part["sign"]
    other = sign.map({".": ",", ",": ".", "": "."})
    grouped = head.str.contains(".", regex=False) & sign.eq(".")
    grouped |= head.str.contains(",", regex=False) & sign.eq(",")
    mixed = head.str.contains("[.,]", regex=True) & ~grouped
    open_ = ~grouped & ~mixed & part["tail"].str.len().eq(3) & head.str.fullmatch(r"[1-9]\d{0,2}")
    decimal = sign.mask(grouped, other)
    sure = sign.ne("") & ~open_
    decimals = set(decimal[sure]) | (
        {"."} if texts.iloc[plain].str.contains(".", regex=False).any() else set()
    )
    groups = {".": ",", ",": "."}
    grouping = set(sign[grouped]) | {groups[mark] for mark in decimal[mixed]}
    count = places[rest]
    for mark in (".", ","):
        mine = open_ & sign.eq(mark)
        if mark in decimals - grouping:
            continue
        if mark in grouping or groups[mark] in decimals:
            decimal = decimal.mask(mine, groups[mark])
        else:
            # No other amount tells: three decimals where the currency has them, else thousands,
            # but a point before `000` or before cents of a cent is what the standard says it is.
            thousands = (count != 3) & ((mark == ",") | ((count == 0) & part["tail"].ne("000")))
            decimal = decimal.mask(mine & thousands, groups[mark])
    signs[rest] = decimal.mask(decimal.eq(""), ".").to_numpy(object)
    return signs


def without_signs(printed: Ints, out: Flags, in_: Flags) -> bool:
    """Whether amounts are printed without the sign that the standard asks for: none is below zero,
    though several are of types that money leaves by (`out`), beside one that it comes `in_` by."""
    if (printed < 0).any() or not (in_ & (printed > 0)).any():
        return False
    return int((out & (printed > 0)).sum()) >= _SEVERAL


def printed_places(texts: pd.Series) -> int:
    """Most decimals printed in amounts whose currency nothing tells."""
    texts = texts.dropna()
    tails = texts.str.extract(r"[.,](\d{1,2})\D*$")[0].str.len()
    return int(tails.max()) if tails.notna().any() else 0


def rates(texts: pd.Series) -> tuple[npt.NDArray[np.object_], Ints, Flags]:
    """Rates as `(digits, number of decimals, readable and not zero?)`; digits are Python ints."""
    codes, uniques = pd.factorize(texts)
    unique = pd.Series(uniques, dtype="str").str.strip().str.replace(",", ".", regex=False)
    good = unique.str.fullmatch(r"\d{1,9}(?:\.\d{0,12})?|\.\d{1,12}").to_numpy(np.bool_)
    whole = unique.where(good, "0").str.replace(".", "", regex=False)
    digits = np.array([int(text) for text in whole], dtype=object)
    part = unique.where(good, "0").str.extract(r"\.(\d*)$")[0]
    scale = part.fillna("").str.len().to_numpy(np.int64)
    good = good & (digits != 0)
    # A null text has code -1: one more, unreadable entry at the end serves it.
    every = np.array([*digits, 0], dtype=object)
    scales, usable = np.append(scale, 0).astype(np.int64), np.append(good, False).astype(np.bool_)
    return every[codes], scales[codes], usable[codes]


def times(
    minor: Ints, digits: npt.NDArray[np.object_], scale: Ints, shift: Ints
) -> tuple[Ints, Flags]:
    """`minor` times a rate, `shift` decimals more, rounded half away from zero."""
    return _rounded(minor.astype(object) * digits * ten(shift), ten(scale) * ten(-shift))


def over(
    minor: Ints, digits: npt.NDArray[np.object_], scale: Ints, shift: Ints
) -> tuple[Ints, Flags]:
    """`minor` divided by a rate, `shift` decimals more, rounded half away from zero."""
    return _rounded(minor.astype(object) * ten(scale) * ten(shift), digits * ten(-shift))


def ten(power: Ints) -> npt.NDArray[np.object_]:
    """Ten to each power (0 for a negative one) as Python integers."""
    # Python integers: 15 digits of money times 12 of a rate do not fit 64 bits.
    table = np.array([10**n for n in range(40)], dtype=object)
    found: npt.NDArray[np.object_] = table[np.clip(power, 0, 39)]
    return found


def _rounded(top: npt.NDArray[Any], bottom: npt.NDArray[Any]) -> tuple[Ints, Flags]:
    sign = np.where(top < 0, -1, 1).astype(object)
    value = sign * ((2 * top * sign + bottom) // (2 * bottom))
    good = (value * sign < 10**money.MAX_DIGITS).astype(np.bool_)
    return np.where(good, value, 0).astype(np.int64), good
