"""Money out and money in of an unknown statement, where each has a column of its own."""

from collections.abc import Sequence

import pandas as pd

from reconcile.readers import guess_values, guess_words
from reconcile.readers.guess_table import Columns, title

_MOST = 0.6
# Share of the rows in which one of the two has to be empty, or, of bookkeeping, the other's amount.
_NEARLY_ALL = 0.95
# Rows in which an amount is the same twice by chance are fewer.
_FEW = 2


def other_half(header: Sequence[str], body: pd.DataFrame, out: Columns, taken: set[int]) -> None:
    """Money out and money in where the amount found is one of them: the other column, none of the
    `taken`, has amounts just where it has none, and words tell which is which.
    """
    if "amount" not in out:
        return
    one = out["amount"][0]
    mine = guess_values.not_zero(body[one])
    signed = body[one].str.contains(r"^\s*[-(]|-\s*$", regex=True).any()
    if signed or mine.all() or not mine.any():
        return
    for other in range(body.shape[1]):
        filled = guess_values.not_zero(body[other])
        if (
            other in taken
            or not filled.any()
            or (filled ^ mine).mean() < _NEARLY_ALL
            or guess_values.looks_like_money(body[other]) < _MOST
        ):
            continue
        first_is_out = _is_money_out(title(header, one), title(header, other))
        # An advance, points or what is only held back may fill the gaps as well.
        if first_is_out is None or guess_words.names_apart(title(header, other)):
            continue
        del out["amount"]
        out["debit"], out["credit"] = ([one], [other]) if first_is_out else ([other], [one])
        return


def no_balance(body: pd.DataFrame, ranked: dict[str, list[int]]) -> None:
    """Take what may be a balance for money in, where it has amounts just in those rows that money
    out leaves empty, and nothing else is called money in: `Guthaben` is either."""
    for out in () if ranked.get("credit") else ranked.get("debit", []):
        spent = guess_values.not_zero(body[out])
        for at in ranked.get("balance", []):
            held = guess_values.not_zero(body[at])
            if at != out and held.any() and (held ^ spent).mean() >= _NEARLY_ALL:
                ranked["credit"] = [at]
                ranked["balance"] = [n for n in ranked["balance"] if n != at]
                return


def double_entry(body: pd.DataFrame, columns: Columns) -> bool:
    """Whether each row has one amount in both columns: bookkeeping, where the account that a side
    names tells which way money went, and not the side itself.
    """
    if not {"debit", "credit"} <= columns.keys():
        return False
    out, in_ = (body[columns[side][0]].str.strip() for side in ("debit", "credit"))
    same = out.eq(in_) & out.str.contains("[1-9]", regex=True)
    return len(same) > _FEW and float(same.mean()) > _NEARLY_ALL


def _is_money_out(one: str, other: str) -> bool | None:
    """Whether the first of two header cells is that of money out; None where neither tells.

    Beside what came back, an amount that nothing is said of is what was spent.
    """
    told = guess_words.is_money_out(one, other)
    back = [guess_words.names_back(cell) for cell in (one, other)]
    return back[1] if told is None and back[0] != back[1] else told
