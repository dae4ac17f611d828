"""Merchant-currency amounts printed in a name or memo: `32.49 USD @ 149.123`, `10.35 EUR@1.1923`.

Read with caution: a printed rate has to lead to the billed amount, otherwise the annotation stays
plain text; without a rate only an unmistakable amount of a common currency counts.
"""

import re
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.distinct import distinct
from reconcile.readers import ofx_amount, years
from reconcile.readers.ofx_amount import Flags, Ints
from reconcile.search import Texts, holding

# Without a rate to check, codes that are also words (ALL, TOP, TRY, PEN) are not believed.
_COMMON = frozenset((
    "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD",
    "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP",
    "PLN", "RUB", "SEK", "SGD", "THB", "TWD", "USD", "VND", "ZAR",
))  # fmt: skip
_ALONE = r"(?<![A-Za-z0-9.,/-])"
_AMOUNT = r"-?(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d{1,3})?|\d{1,9}(?:[.,]\d{1,3})?)"
_WORD = (
    r"(?i:(?:exchange|exch\.?|fx|conversion)?\s?rate|(?:umrechnungs|wechsel|valuta)?kurs|kurz"
    r"|taux(?: de change)?|t\.?c\.?|tipo de cambio|cambio|tasso|курс|(?:換算)?レート)"
)
_GAP = (
    r"(?:\s?[@×*]\s?|\s[xX]\s|\s?/\s?(?=\d+\.\d\d)|,?\s1\s(?:[A-Z]{3}|EURO)\s?=\s?"
    r"|\sat\s(?=\d)|(?:\s\d\d\.\d\d\.\d{4})?[ ,;/-]{0,3}(?:at an? )?"
    + _WORD
    + r"\s?(?:[-:=@]|of)?\s?|\s(?=\d*\.\d\d))"
)
_RATE = (
    rf"(?:{_GAP}(?P<rate>\d*[.,]\d+|\d+)(?![.,]?\d)(?:\s(?P<month>\d\d)\s(?P<day>\d\d)(?!\d))?)?"
)
_CODE = r"(?P<code>[A-Z]{3})"
_BEFORE = r"(?:(?<![A-Za-z0-9])(?P<near>[A-Z]{3})\s?)?"
_AFTER = r"(?:\s?(?P<near>[A-Z]{3})(?![A-Za-z0-9]))?"
# Amount first is tried before code first: `EUR 20.00 USD 159.000` has the amount before its code.
_SHAPES = (
    rf"{_BEFORE}{_ALONE}{_AMOUNT}\s?/?\s?{_CODE}(?![A-Za-z0-9]){_RATE}",
    rf"(?<![A-Za-z0-9]){_CODE}\s?{_AMOUNT}(?![.,]?\d){_RATE}{_AFTER}",
)
# Where a rate is named further on, as in `Usd 12,50 Shop Kurs: 10,2144`, it proves a code in small
# letters too. Tried first: the others would take the amount alone.
_FAR = (
    rf"(?<![A-Za-z0-9])(?P<code>[A-Za-z]{{3}})\s?{_AMOUNT}(?![.,]?\d)\s.{{0,80}}?\b{_WORD}\s?[:=]\s?"
    rf"(?P<rate>\d*[.,]\d+|\d+)(?![.,]?\d)(?:\s(?P<month>\d\d)\s(?P<day>\d\d)(?!\d))?{_AFTER}"
)
_RATED = re.compile(r"(?i)(?<![a-z0-9])[a-z]{3} ?-?\d.*\b(?:rate|kurs|kurz) ?[:=]")
_NEAR = re.compile(r"(?:^|[^A-Za-z0-9])[A-Z]{3} ?-?\d|\d ?/?[A-Z]{3}(?:[^A-Za-z0-9]|$)")
_THREE = re.compile("(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
# Every space but the usual one.
_SPACES = [chr(n) for n in range(0x3001) if chr(n).isspace() and chr(n) != " "]
_PARTS = ["amount", "code", "rate", "month", "day", "near"]


class Printed(NamedTuple):
    """Per row: what was read; `unread` marks a rate that does not lead to the billed amount."""

    amount: Ints
    currency: npt.NDArray[np.object_]
    places: Ints
    rate: npt.NDArray[np.object_]
    date: pd.Series
    read: Flags
    unread: Flags


def annotations(
    texts: pd.Series, owed: Ints, places: Ints, billing: pd.Series, booked: pd.Series
) -> Printed:
    """Annotations in `texts` (one row each) beside the billed amounts in minor units.

    `amount` has the sign of `owed`; `rate` is billing currency per one original, `date` the day of
    conversion, both null where not printed. Rows with `read` False carry nothing.
    """
    length = len(texts)
    result = Printed(
        np.zeros(length, np.int64),
        np.full(length, None, dtype=object),
        np.full(length, 2, np.int64),
        np.full(length, None, dtype=object),
        pd.Series(pd.NaT, index=range(length), dtype="datetime64[us]"),
        np.zeros(length, np.bool_),
        np.zeros(length, np.bool_),
    )
    codes, plain = distinct(texts)
    wide = ~plain.str.isascii()
    plain[wide] = [money.fold(text) for text in plain[wide]]
    every = "\0".join(plain.tolist())
    if "  " in every or any(sign in every for sign in _SPACES):
        plain = plain.str.replace(r"\s+", " ", regex=True)
    # Most texts hold no currency code beside a digit; the shapes themselves are slow to try.
    near = Texts(plain.tolist()).meaning(_naming)
    candidates = np.flatnonzero(near[codes])
    if not len(candidates):
        return result
    for shape in (_FAR, *_SHAPES):
        rows = candidates[~result.read[candidates] & ~result.unread[candidates]]
        tried, place = np.unique(codes[rows], return_inverse=True)
        parts = plain.iloc[tried].str.extract(shape)[_PARTS].reset_index(drop=True)
        parts["code"] = parts["code"].str.upper()
        known = parts["code"].isin(money.CURRENCIES).to_numpy(np.bool_)[place]
        found, rows = parts.iloc[place[known]], rows[known]
        found = found.reset_index(drop=True)
        foreign = found["code"].ne(billing.iloc[rows].reset_index(drop=True)).to_numpy(np.bool_)
        rows, found = rows[foreign], found[foreign].reset_index(drop=True)
        if len(rows):
            _accept(result, rows, found, owed[rows], places[rows], booked.iloc[rows])
        if shape is _FAR:
            # What stands between may hold another amount, whose rate it is.
            result.unread[:] = False
    return result


def _naming(texts: list[str]) -> Flags:
    """Texts with three capitals beside a digit and a currency's among their capitals, and those
    with three letters of any size that name a rate."""
    near = holding(texts, _NEAR)
    for at in np.flatnonzero(near).tolist():
        near[at] = not money.CURRENCIES.isdisjoint(_THREE.findall(texts[at]))
    return near | holding(texts, _RATED)


def _accept(
    result: Printed,
    rows: npt.NDArray[np.intp],
    found: pd.DataFrame,
    owed: Ints,
    places: Ints,
    booked: pd.Series,
) -> None:
    """Check what a shape found and write the rows that hold into `result`."""
    own = (
        found["code"]
        .map({code: money.decimals(code) for code in found["code"].unique()})
        .to_numpy(np.int64)
    )
    amount, good = ofx_amount.read(found["amount"], own)
    good = good & (amount > 0)
    rated = found["rate"].notna().to_numpy(np.bool_)
    digits, scale, usable = ofx_amount.rates(found["rate"])
    direct, inverse = _fits(np.abs(owed), places, amount, own, digits, scale)
    holds = good & rated & usable & (direct | inverse)
    printed = (
        found["amount"].str.extract(r"[.,](\d{1,2})$")[0].str.len().fillna(0).to_numpy(np.int64)
    )
    alone = ~found["near"].isin(money.CURRENCIES).to_numpy(np.bool_)
    clear = (
        good & ~rated & alone & (printed == own) & found["code"].isin(_COMMON).to_numpy(np.bool_)
    )
    take = holds | clear
    result.read[rows] = take
    result.unread[rows] = rated & ~holds
    chosen = rows[take]
    result.amount[chosen] = (np.where(owed < 0, -1, 1) * amount)[take]
    result.currency[chosen] = found["code"].to_numpy(object)[take]
    result.places[chosen] = own[take]
    rate = found["rate"].str.replace(",", ".", regex=False).str.replace(r"^\.", "0.", regex=True)
    text = rate.where(direct, _inverse(rate.where(inverse & holds & ~direct)))
    result.rate[chosen] = text.where(holds, None).to_numpy(object)[take]
    day = years.nearest(found["month"], found["day"], booked.reset_index(drop=True))
    result.date.iloc[chosen] = day.where(holds)[take].to_numpy()


def _fits(
    home: Ints, places: Ints, foreign: Ints, own: Ints, digits: npt.NDArray[np.object_], scale: Ints
) -> tuple[Flags, Flags]:
    """Whether home = foreign * rate, and whether home = foreign / rate.

    Within one minor unit of home, or what the last printed digit of the rate can make. All in
    whole numbers, twice as large so that half a digit is one.
    """
    ours = 2 * home.astype(object) * ofx_amount.ten(own)
    theirs = 2 * foreign.astype(object) * ofx_amount.ten(places)
    one = 2 * ofx_amount.ten(own)
    direct = np.abs(ours * ofx_amount.ten(scale) - theirs * digits) <= np.maximum(
        one * ofx_amount.ten(scale), theirs // 2
    )
    inverse = np.abs(ours * digits - theirs * ofx_amount.ten(scale)) <= np.maximum(
        one * digits, ours // 2
    )
    return direct.astype(np.bool_), inverse.astype(np.bool_)


def _inverse(rates: pd.Series) -> pd.Series:
    """One over each rate as text with ten significant digits; nulls stay null."""
    return rates.map(
        lambda text: f"{Decimal(f'{1 / Decimal(text):.10g}'):f}", na_action="ignore"
    ).astype("str")
