"""Money out and money in of an unknown statement, where each has a column of its own."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconcile.readers import (
    balance,
    fields,
    guess_dates,
    guess_values,
    guess_words,
    notation,
)
from reconcile.readers.guess_table import Columns, title

_MOST = 0.6
# Share of the rows in which one of the two has to be empty, or, of bookkeeping, the other's amount.
_NEARLY_ALL = 0.95
# Share of what came in that has to be of shops that were paid before.
_HALF = 0.5
# Rows in which an amount is the same twice by chance are fewer.
_FEW = 2


def other_half(
    header: Sequence[str],
    body: pd.DataFrame,
    out: Columns,
    taken: set[int],
    ranked: Mapping[str, list[int]],
) -> None:
    """Money out and money in where the amount found is one of them: the other column, neither one
    of the `taken` nor a fee, has amounts just where it has none, and words tell which is which.
    `ranked` has the columns that words give each field.

    Beside a column of money out, as of withdrawals, a plain amount is money in only if the rows say
    so: it may as well be of purchases.
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
            or other in ranked.get("fee_amount", [])
            or not filled.any()
            or (filled ^ mine).mean() < _NEARLY_ALL
            or guess_values.looks_like_money(body[other]) < _MOST
        ):
            continue
        first_is_out = _is_money_out(title(header, one), title(header, other))
        # An advance, points or what is only held back may fill the gaps as well.
        if first_is_out is None or guess_words.names_apart(title(header, other)):
            continue
        sides = (one, other) if first_is_out else (other, one)
        called = title(header, sides[1])
        if not guess_words.names_money_in(called) and (
            guess_words.names_charges(called) or not _opposite(body, sides, out, ranked)
        ):
            continue
        del out["amount"]
        out["debit"], out["credit"] = [sides[0]], [sides[1]]
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


def _opposite(
    body: pd.DataFrame, sides: tuple[int, int], out: Columns, ranked: Mapping[str, list[int]]
) -> bool:
    """Whether rows of two columns, of money out and maybe in, stand on opposite sides: one moves
    the balance as the other does not, or gives shops back what the other paid before.
    """
    texts = [fields.folded(body[at]) for at in (*sides, *ranked.get("balance", [])[:1])]
    decimal, _ = notation.decimal_sign(pd.concat(texts), notation.UNKNOWN)
    read = [notation.minor_units(each, decimal) for each in texts]
    amount, good = notation.out_less_in(read[0], read[1])
    for total, known in read[2:]:
        told = balance.sides(np.abs(amount), total, good & known)
        if told.any():
            return int(told[amount > 0].sum()) * int(told[amount < 0].sum()) < 0
    return _comes_back(body, amount, out, ranked)


def _comes_back(
    body: pd.DataFrame, amount: notation.Units, out: Columns, ranked: Mapping[str, list[int]]
) -> bool:
    """Whether most amounts below zero are at a shop that was paid as much before."""
    shops = ranked.get("description", [])
    if not shops or not (amount < 0).any():
        return False
    dated = next(name for name in ("transaction_date", "posted_date") if name in out)
    rows = pd.DataFrame({"shop": body[shops[0]].to_numpy(), "amount": amount, "size": abs(amount)})
    if guess_dates.oldest_first(body[out[dated][0]]) is False:
        rows = rows.iloc[::-1]
    left = rows.groupby(["shop", "size"], sort=False)["amount"].cumsum()
    return bool(left[rows["amount"] < 0].ge(0).mean() > _HALF)


def _is_money_out(one: str, other: str) -> bool | None:
    """Whether the first of two header cells is that of money out; None where neither tells.

    Beside what came back, an amount that nothing is said of is what was spent.
    """
    told = guess_words.is_money_out(one, other)
    back = [guess_words.names_back(cell) for cell in (one, other)]
    return back[1] if told is None and back[0] != back[1] else told
