"""Whose a column of currencies is in an unknown statement: the bill's or the merchant's."""

import pandas as pd

from reconcile.readers import fields, guess_values, notation
from reconcile.readers.guess_table import Columns, in_use

# Share of the cells that have to be currencies.
_NEARLY_ALL = 0.95
# Rows in which an amount is the same twice by chance are fewer.
_FEW = 2


def by_place(body: pd.DataFrame, out: Columns) -> None:
    """Give columns of currencies that words leave open their part, the merchant's or the bill's."""
    _beside_foreign(out)
    _unnamed(body, out)


def _beside_foreign(out: Columns) -> None:
    """A lone currency column beside the foreign amount, and not right behind the billed one, is
    the foreign amount's."""
    foreign, code = out.get("original_amount"), out.get("currency")
    if not foreign or not code or "original_currency" in out:
        return
    behind_billed = code[0] - 1 in out.get("amount", [])
    if code[0] == foreign[0] + 1 or (code[0] == foreign[0] - 1 and not behind_billed):
        out["original_currency"] = out.pop("currency")


def _unnamed(body: pd.DataFrame, out: Columns) -> None:
    """A column of currencies that no word names: beside the amount, or the same one in all rows."""
    if "currency" in out or "original_amount" in out:
        return
    beside = {at + step for at in out.get("amount", []) for step in (-1, 1)}
    free = set(range(body.shape[1])) - in_use(out)
    for at in [*sorted(free & beside), *sorted(free - beside)]:
        texts = body[at].str.strip()
        alike = texts.ne("").all() and texts.nunique() == 1
        if (alike or at in beside) and guess_values.looks_like_currency(texts) > _NEARLY_ALL:
            out["currency"] = [at]
            return


def merchants(body: pd.DataFrame, out: Columns) -> None:
    """A currency column is the merchant's if only rows whose two amounts differ name another."""
    code, foreign = out.get("currency"), out.get("original_amount")
    if not code or not foreign or "original_currency" in out:
        return
    at_home, abroad = _by_home(body, out, code[0], foreign[0])
    if len(abroad) and at_home.nunique() <= 1 and not set(at_home) & set(abroad):
        out["original_currency"] = out.pop("currency")


def lone(body: pd.DataFrame, out: Columns) -> None:
    """A single currency of all rows is the bill's, whatever it is called, where no amount abroad
    is printed.
    """
    code = out.get("original_currency")
    alone = code and "original_amount" not in out and "currency" not in out
    if code and alone and len(guess_values.currencies(body[code[0]])) == 1:
        out["currency"] = out.pop("original_currency")


def home(body: pd.DataFrame, columns: Columns, *, abroad: bool = False) -> str | None:
    """The billing currency that a column of the merchant's currencies shows: the one of all rows
    whose two amounts are the same, or that have but one, if no other row has it; else None.
    With `abroad` there have to be other rows.
    """
    where = [columns.get(name, [])[:1] for name in ("original_currency", "original_amount")]
    if not all(where) or "currency" in columns:
        return None
    own, others = _by_home(body, columns, where[0][0], where[1][0])
    if own.nunique() != 1 or len(own) < _FEW or (abroad and not len(others)):
        return None
    return str(own.iloc[0]) if not others.eq(own.iloc[0]).any() else None


def _by_home(
    body: pd.DataFrame, columns: Columns, code: int, foreign: int
) -> tuple[pd.Series, pd.Series]:
    """The currencies of rows whose billed amount is their original one, or that have no other; and
    those of the rest.
    """
    billed = [body[at] for name in ("amount", "debit", "credit") for at in columns.get(name, [])]
    sizes = []
    for texts in (billed, [body[foreign]]):
        plain = [fields.folded(text) for text in texts]
        decimal, _ = notation.decimal_sign(pd.concat(plain), notation.UNKNOWN)
        read = [notation.minor_units(text, decimal) for text in plain]
        sizes.append(sum(abs(value) * good for value, good in read))
    mine, theirs = sizes
    codes = fields.currencies(body[code]).astype("str")
    known = codes.notna() & codes.ne("") & (mine != 0)
    home = (theirs == 0) | (mine == theirs)
    return codes[known & home], codes[known & ~home]
