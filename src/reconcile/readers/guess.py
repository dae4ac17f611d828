"""A layout for a file that no known layout fits: columns from header words, formats from contents.

Everything assumed is listed in the layout's `assumed` and told to the user.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from reconcile.layout import ColumnRef, Effect, Layout, Match, WordRule, plain
from reconcile.money import fold
from reconcile.readers import fields

_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%b %d, %Y", "%m/%d/%y")
# Rows looked at to settle formats; a statement that changes its format later rejects those rows.
_SAMPLE = 2000


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("reconcile").joinpath("readers", "guess.toml").read_text("utf-8"))


def field_of(cell: str) -> str | None:
    """The ledger field that a header cell names, or None."""
    name = plain(cell)
    for field, words in _words()["words"].items():
        if name in words:
            return str(field)
    return None


def find_header(head: Sequence[Sequence[str]]) -> int | None:
    """The first row that names a date, a text and an amount; None where no row does."""
    for number, row in enumerate(head):
        found = {field_of(cell) for cell in row}
        dated = found & {"transaction_date", "posted_date"}
        priced = "amount" in found or {"debit", "credit"} <= found
        if dated and priced and "description" in found:
            return number
    return None


def layout_for(head: Sequence[Sequence[str]], cells: pd.DataFrame, header: int) -> Layout:
    """A layout guessed from the header row and the rows below it."""
    columns: dict[str, list[ColumnRef]] = {}
    ranked = sorted(enumerate(head[header]), key=lambda item: _rank(item[1]))
    for position, cell in ranked:
        field = field_of(cell)
        if field is not None and field not in columns:
            columns[field] = [position]
    if "amount" in columns:
        columns.pop("debit", None)
        columns.pop("credit", None)
    body = cells.iloc[header + 1 : header + 1 + _SAMPLE]

    def texts(field: str) -> pd.Series:
        return body[columns[field][0]].map(fold) if field in columns else pd.Series(dtype="str")

    dates, date_note = _date_formats(texts("transaction_date"), texts("posted_date"), head[header])
    decimal = _decimal_sign(pd.concat([texts(f) for f in ("amount", "debit", "credit", "original_amount")]))
    negative, sign_note = _charge_negative(texts("amount"), texts("type"))
    assumed = ["note.guessed", *date_note, *sign_note]
    return Layout(
        name="guessed", title="guessed from its header", issuer=None, currency=_currency(head[header]),
        bank="balance" in columns, partial=None, header=tuple(plain(c) for c in head[header] if c.strip()),
        header_absent=(), shape=(), widths=(), encodings=(), delimiter=None, quoted=True, wide_column=None,
        dates=dates, decimal=decimal, group="." if decimal == "," else ",",
        columns=tuple((name, tuple(refs)) for name, refs in columns.items()),
        charge_negative=negative, fee_outside=False, account_in_file=None, rows=(),
        words=_type_words() if "type" in columns else (), extracts=(), assumed=tuple(assumed),
    )  # fmt: skip


def _rank(cell: str) -> int:
    field = field_of(cell)
    return _words()["words"][field].index(plain(cell)) if field else 99


def _currency(header: Sequence[str]) -> str | None:
    """A currency named once in the header, as in `Amount (USD)` or `ご利用金額(円)`."""
    found = {m for cell in header for m in re.findall(r"\(([A-Z]{3}|[¥円€£])\)", fold(cell))}
    codes = fields.currencies(pd.Series(sorted(found), dtype="str")).dropna().unique()
    return str(codes[0]) if len(codes) == 1 else None


def _date_formats(
    first: pd.Series, second: pd.Series, header: Sequence[str]
) -> tuple[tuple[str, ...], list[str]]:
    """The formats that read most dates; day or month first only where the rows tell, else said."""
    sample = pd.concat([first, second])
    sample = sample[sample != ""]

    def share(formats: tuple[str, ...]) -> int:
        return int(fields.dates(sample, formats).notna().sum())

    best = max((_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST), key=share)
    if best is _YEAR_FIRST or share(_DAY_FIRST) != share(_MONTH_FIRST):
        return best, []
    # Every day is 12 or less: the order cannot be told. English headers without a hint: month first.
    return _MONTH_FIRST, ["note.guessed_month_first"]


def _decimal_sign(amounts: pd.Series) -> str:
    comma = amounts.str.contains(r",\d{1,2}\D*$", regex=True).sum()
    point = amounts.str.contains(r"\.\d{1,2}\D*$", regex=True).sum()
    return "," if comma > point else "."


def _charge_negative(amounts: pd.Series, types: pd.Series) -> tuple[bool, list[str]]:
    """Whether purchases are negative: refund words decide, else most rows of a statement are charges."""
    negative = amounts.str.contains(r"^\s*[-(]|-\s*$", regex=True)
    if not len(amounts) or not negative.any():
        return False, []
    if len(types):
        refund = types.str.contains(_words()["type_words"]["refund"], regex=True)
        if refund.any():
            return not bool(negative[refund].mean() > 0.5), []
    mostly = bool(negative.mean() > 0.5)
    return mostly, ["note.guessed_negative" if mostly else "note.guessed_positive"]


def _type_words() -> tuple[WordRule, ...]:
    words = _words()["type_words"]
    return tuple(
        WordRule(Match("type", re.compile(words[kind])), Effect(kind=kind, sign="negative"))
        for kind in ("refund", "payment")
    )
