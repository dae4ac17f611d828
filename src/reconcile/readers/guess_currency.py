"""The billing currency of an unknown statement: what its header, its first rows, its columns and
its amounts say of it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from reconcile.marks import IN_HEADER, MARKS
from reconcile.money import CURRENCIES, fold
from reconcile.readers import fields, guess_words, notation
from reconcile.text import Message

# A currency's code, mark or name in a header cell.
_CODE = rf"(?<![A-Z])([A-Z]{{3}})(?![A-Z])|({IN_HEADER}|(?<=\()원(?=\)))"
# Codes that are words in capitals as often.
_WORDS = frozenset(("ALL", "TOP"))
_BRITISH = frozenset(("paid in", "paid out", "money in", "money out", "sort code"))
# Words of countries that call other dollars `$`, and of these countries in a column of their own.
_ELSEWHERE = re.compile(r"(?i)\b(?:cheques?|eftpos|interac|paywave|bpay|osko)\b")
_COUNTRIES = {
    "CAN": "CAD", "CANADA": "CAD", "AUS": "AUD", "AUSTRALIA": "AUD", "NZL": "NZD",
    "NEW ZEALAND": "NZD", "SGP": "SGD", "SINGAPORE": "SGD", "HKG": "HKD", "HONG KONG": "HKD",
}  # fmt: skip
# Share of the rows, or amounts, that have to say so.
_MOST, _ALL = 0.5, 0.98
# Japanese statements print yen without saying so, and never with decimals; Korean ones won.
_SILENT = {
    "ja": ("JPY", "guess.currency_language"),
    "ko": ("KRW", "guess.currency_korean"),
}
# Signs that only mainland Chinese headers are written with; other currencies are named there.
_MAINLAND = re.compile("[额币账类时对记种说]")

Told = tuple[str | None, tuple[Message, ...]]


class Seen(NamedTuple):
    """What may tell the currency: the header's cells over the amounts, over the balance and all of
    them, the rows above, the language of the header, the amounts, the rows, and whether a column
    names currencies, and days come first in the dates.
    """

    over: Sequence[str]
    held: Sequence[str]
    header: Sequence[str]
    above: Sequence[Sequence[str]]
    language: str
    amounts: pd.Series
    body: pd.DataFrame
    column: bool
    day_first: bool


def named(cells: Iterable[str]) -> list[str]:
    """The currencies that cells name by code, mark or word."""
    texts = {a or b for cell in cells for a, b in re.findall(_CODE, fold(cell))}
    texts = {MARKS.get(text) or text for text in texts}
    texts = {"EUR" if text.casefold().startswith("euro") else text for text in texts}
    codes = fields.currencies(pd.Series(sorted(texts - _WORDS), dtype="str")).dropna().unique()
    return [str(code) for code in codes]


def told(seen: Seen) -> Told:
    """The billing currency, None where nothing tells it or a column does; and what was assumed."""
    for cells in (seen.over, [cell for row in seen.above for cell in row], seen.held):
        codes = named(cells)
        # Beside dollars a bare dollar sign is the country's own, as pesos are.
        mixed = cells is seen.over and any("$" in cell and not named([cell]) for cell in cells)
        if len(codes) == 1 and not mixed:
            return codes[0], ()
    if seen.column:
        return None, ()
    if code := _in_amounts(seen.amounts):
        return code, ()
    words = {guess_words.bare(cell) for cell in seen.header}
    country = _country(seen.body)
    american = seen.language == "en" and not words & _BRITISH and not country
    american = american and not seen.day_first and not _elsewhere(seen)
    mark = notation.currency_mark(seen.amounts, american=american)
    if mark:
        return mark, (Message("guess.currency_mark", {"currency": mark}),)
    if country and seen.amounts.str.contains("$", regex=False).mean() > _MOST:
        return country, (Message("guess.currency_mark", {"currency": country}),)
    if seen.language in _SILENT and not _with_cents(seen.amounts):
        currency, said = _SILENT[seen.language]
        return currency, (Message(said, {"currency": currency}),)
    if seen.language == "zh" and any(_MAINLAND.search(cell) for cell in seen.header):
        return "CNY", (Message("guess.currency_chinese", {"currency": "CNY"}),)
    return None, ()


def _in_amounts(amounts: pd.Series) -> str | None:
    """The one code that stands beside every amount."""
    full = amounts[amounts.ne("")]
    codes = full.str.extract(r"(?i)(?<![a-z])([a-z]{3})(?![a-z])", expand=False).str.upper()
    found = codes.dropna().unique()
    if len(found) == 1 and str(found[0]) in CURRENCIES and codes.notna().mean() >= _ALL:
        return str(found[0])
    return None


def _with_cents(amounts: pd.Series) -> bool:
    return bool(amounts.str.contains(r"\.\d{2}$", regex=True).any())


def _country(body: pd.DataFrame) -> str | None:
    """The currency of the country that a column of its own names in most rows."""
    for at in body:
        code = body[at].str.strip().str.upper().map(_COUNTRIES)
        if code.notna().mean() > _MOST and code.nunique() == 1:
            return str(code.dropna().iloc[0])
    return None


def _elsewhere(seen: Seen) -> bool:
    texts = [cell for at in seen.body for cell in seen.body[at].unique().tolist()]
    return any(_ELSEWHERE.search(text) for text in (*texts, *seen.header))
