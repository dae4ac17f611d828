"""Prices as AliExpress prints them: `US $120.95`, `129,46zł`, `￥1,234`, `EUR 1.234,56`."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import marks, money
from reconcile.readers import fields

# Marks that name one currency; a bare `$` or `kr` names several and tells nothing.
_MARKS = {
    **{mark.upper().strip("."): code for mark, code in marks.MARKS.items() if code},
    "¥": "JPY", "元": "CNY", "CLP$": "CLP", "SFR": "CHF",
}  # fmt: skip
_VAGUE = ("", "$", "KR", "RS", "FR")
_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*")


def read(
    texts: pd.Series, currency: pd.Series
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], pd.Series]:
    """Minor units, readable?, and the currency of each price.

    `currency` is what the row's own column says (null: nothing); the price's mark fills it in.
    Without any currency a price is not readable; a mark that contradicts the column neither.
    """
    marked = fields.on_unique(texts, lambda unique: unique.map(mark).astype("str"))
    named = currency.where(currency.notna(), marked).astype("str")
    # Yen and yuan share their mark.
    shared = marked.eq("JPY") & currency.eq("CNY")
    clash = marked.notna() & currency.notna() & marked.ne(currency) & ~shared
    plain = pd.Series("", index=texts.index, dtype="str")
    for name in named.dropna().unique():
        rows = named.eq(name)
        plain[rows] = _numbers(texts[rows], money.decimals(str(name)))
    value, good, _ = fields.amounts(plain, named, ".", "")
    known = (named.notna() & ~clash & plain.ne("")).to_numpy(np.bool_)
    return np.where(good & known, value, 0), good & known, named


def _numbers(texts: pd.Series, places: int) -> pd.Series:
    """The number of each price as plain text, each distinct price read once."""

    def work(unique: pd.Series) -> pd.Series:
        return unique.map(lambda text: number(text, places)).astype("str")

    return fields.on_unique(texts, work)


def mark(text: str) -> str | None:
    """The currency that a price names, or None."""
    rest = _rest(text)
    return rest if rest in money.CURRENCIES else _MARKS.get(rest)


def _rest(text: str) -> str:
    """What stands around the number."""
    return _NUMBER.sub("", money.fold(text)).upper().replace(" ", "").strip(".,")


def number(text: str, places: int) -> str:
    """The number in a price as plain text (`1234.56`); empty where there is not exactly one.

    The last point or comma is the decimal sign unless three digits follow it, which only
    currencies with three decimal places print.
    """
    found = _NUMBER.findall(money.fold(text))
    rest = _rest(text)
    if len(found) != 1 or not (rest in _VAGUE or rest in _MARKS or rest in money.CURRENCIES):
        return ""
    digits = re.sub(r"[' ]", "", found[0]).rstrip(".,")
    sign = max(digits.rfind("."), digits.rfind(","))
    tail = len(digits) - sign - 1
    if sign < 0 or (tail == 3 and places < 3) or digits.count(digits[sign]) > 1:
        if not re.fullmatch(r"[-+]?\d{1,3}(?:[.,]\d{3})*|[-+]?\d+", digits):
            return ""
        return re.sub(r"[.,]", "", digits)
    whole, part = digits[:sign], digits[sign + 1 :]
    if not re.fullmatch(r"[-+]?\d{1,3}(?:[.,]\d{3})*|[-+]?\d+", whole):
        return ""
    return f"{re.sub(r'[.,]', '', whole)}.{part}"
