"""How a statement whose layout is not known writes its amounts: signs inside and marks beside."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.readers import fields
from reconcile.text import Message

Units = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_]
# Amounts in thousandths, and which of them can be read.
Money = tuple[Units, Rows]

_COMMA_LANGUAGES = frozenset(
    "de fr es it pt nl sv no da fi pl cs hu ru lt tr el ro uk bg id vi hr sr sl is et lv sk".split()
)
# Stands for the language of a file whose header is not understood.
UNKNOWN = "unknown"
# Marks and codes of currencies whose cents stand behind a comma, if there are any.
_COMMA_MARKS = (
    r"Rp|₫|đ|zł|Kč|R\$|лв|руб|грн|дин|din\b|\b(?:[Kk]r|TL|[Ll]ei|IDR|VND|ISK|SEK|NOK|DKK|PLN|CZK"
    r"|HUF|TRY|RON|BGN|RSD|BRL|CLP|COP|ARS|UAH|RUB)\b"
)
# Distinct texts that suffice to tell decimal sign and marks.
_ENOUGH = 20_000
# Rows that suffice to tell whether balances are in credit, if so many of them are.
_SHOWN, _HALF = 1000, 0.5


def decimal_sign(texts: pd.Series, language: str) -> tuple[str, tuple[Message, ...]]:
    """The decimal sign of all amounts together, and a message where no amount shows it."""
    full = _thinned(fields.filled(texts.drop_duplicates()))
    core = (
        full.str.extract(r"([\d.,' ]*\d)", expand=False)
        .dropna()
        .str.replace(r"[' ]", "", regex=True)
    )
    comma = core.str.contains(r"(?:\.\d+)?,(?:\d{1,2}|\d{4,})$|\.\d{3},\d+$", regex=True).sum()
    point = core.str.contains(r"\.(?:\d{1,2}|\d{4,})$|,\d{3}\.\d+$", regex=True).sum()
    # Thousands would be parted as well in 24500.000, so that three decimals are printed.
    comma += core.str.contains(r"^\d{4,},\d{3}$", regex=True).sum()
    point += core.str.contains(r"^\d{4,}\.\d{3}$", regex=True).sum()
    # 1.234.567 and 12,34,567 can only be grouping, and so tell the other sign.
    comma += core.str.contains(r"\.\d{3}\.\d{3}", regex=True).sum()
    point += core.str.contains(r",\d{2,3},\d{3}", regex=True).sum()
    if comma or point:
        return ("," if comma > point else "."), ()
    unsure = core[core.str.contains(r"[.,]\d{3}$", regex=True)]
    if not len(unsure):
        return ".", ()
    sample = str(unsure.iloc[0])
    # With three digits behind the only sign, it parts thousands: cents are never three digits here.
    sign = "." if "," in sample else ","
    # Where amounts have three decimals, all have them; `0.250` can be nothing else.
    whole = bool(core.str.fullmatch(r"[1-9]\d{0,2}").any())
    grouped = language in _COMMA_LANGUAGES or full.str.contains(_COMMA_MARKS).any() or whole
    grouped |= language == UNKNOWN and not core.str.contains(r"^0[.,]", regex=True).any()
    if "." in sample and not grouped:
        sign = "."
        return sign, (Message("guess.decimal_kept", {"example": sample}),)
    return sign, (Message("guess.grouping", {"example": sample}),)


def currency_mark(texts: pd.Series, *, american: bool) -> str | None:
    """The currency whose mark stands beside every amount; a bare `$` only where it is American."""
    marks = money.marked(_thinned(fields.filled(texts.drop_duplicates())))
    found = marks[marks.ne("")]
    if found.nunique() != 1 or len(found) < 0.5 * len(marks):
        return None
    mark = str(found.iloc[0])
    if mark == "$":
        return "USD" if american else None
    return mark if mark in money.CURRENCIES else None


def minor_units(texts: pd.Series, decimal: str) -> Money:
    """Amounts in thousandths, whatever the currency, to compare them with each other."""
    return money.parse_unique(texts, 3, decimal, group_sign(decimal))


def in_credit(balances: pd.Series) -> bool:
    """Whether most balances, by the first rows that have one, are said to be in credit
    (`105.00 CR`): money that the bank owes, though an amount in credit is one below zero."""
    some = fields.folded(balances.astype("str"))
    some = some[some.str.contains(r"\d", regex=True)].iloc[:_SHOWN]
    return bool(some.str.contains(r"(?i)(?<=[\d\s])cr\.?$", regex=True).mean() > _HALF)


def totals(balances: pd.Series, decimal: str) -> Money:
    """Running balances in thousandths, as money held where they are said to be in credit."""
    value, good = minor_units(balances, decimal)
    return (-value if in_credit(balances) else value), good


def out_less_in(out: Money, in_: Money) -> Money:
    """Amounts of columns of money out and in, positive for money out."""
    (spent, is_out), (back, is_in) = out, in_
    return np.where(is_out, np.abs(spent), 0) - np.where(is_in, np.abs(back), 0), is_out | is_in


def group_sign(decimal: str) -> str:
    """What parts thousands beside a decimal sign."""
    return "." if decimal == "," else ","


def _thinned(texts: pd.Series) -> pd.Series:
    """At most so many texts, from all over the file, that looking at them stays quick."""
    return texts.iloc[:: max(1, len(texts) // _ENOUGH)]
