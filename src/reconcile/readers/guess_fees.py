"""Whether an unknown statement's fee column is charged on top of its amounts, or part of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconcile.readers import balance, fields, guess_values, guess_words, notation
from reconcile.readers.guess_table import in_use
from reconcile.readers.notation import Money, Rows, Units
from reconcile.text import Message

# What was told, and by what; None where nothing tells.
Told = tuple[bool, str] | None
# Share of the rows with a fee of which another column has to give the sum.
_NEARLY_ALL = 0.9


def outside(
    body: pd.DataFrame,
    header: Sequence[str],
    columns: Mapping[str, Sequence[int]],
    decimal: str,
    *,
    charge_negative: bool,
) -> tuple[bool, tuple[Message, ...]]:
    """Whether the fees come on top of the amounts; and what to say of it.

    The running balance decides, else a column that holds the sum of both, or one without the other,
    else rows that have a fee and nothing else. Where nothing tells, a fee that only a card's
    foreign purchases have is part of the amount, as banks print it, and any other is on top.
    """
    if "fee_amount" not in columns:
        return False, ()

    def read(position: int) -> Money:
        return notation.minor_units(fields.folded(body[position]), decimal)

    fee, known = read(columns["fee_amount"][0])
    cost = np.where(known, np.abs(fee), 0)
    if not cost.any():
        return False, ()
    sign = -1 if charge_negative else 1
    if "amount" in columns:
        amount, good = read(columns["amount"][0])
        owed = sign * amount
        if fields.alike_signed(np.where(known, fee, 0), np.where(good, amount, 0)):
            cost = np.where(known, sign * fee, 0)
    else:
        out, in_ = (read(columns[name][0]) for name in ("debit", "credit"))
        owed, good = notation.out_less_in(out, in_)
    total = read(columns["balance"][0]) if "balance" in columns else None
    free = set(range(body.shape[1])) - in_use(columns)
    money = [n for n in sorted(free) if guess_values.looks_like_money(body[n]) == 1]
    others = [(sign * value, there) for value, there in (read(n) for n in money)]
    name = guess_words.shown(header[columns["fee_amount"][0]]) if header else ""
    told = _by_balance(owed, good, cost, total) or _by_sums(owed, good, cost, others)
    if told is None and ((cost != 0) & (~good | (owed == 0))).any():
        told = True, "alone"
    if told is None and guess_words.pattern("fees", "inside").search(guess_words.bare(name)):
        return False, ()
    on_top, how = told or (True, "assumed")
    return on_top, (Message(f"guess.fee_{how}", {"name": name}),) if on_top else ()


def _by_balance(owed: Units, good: Rows, cost: Units, total: Money | None) -> Told:
    """What the balance's steps at rows with a fee say, where they do not fit both or neither."""
    if total is None:
        return None
    rows = cost != 0
    with_fee = balance.sides(owed + cost, total[0], total[1] & (good | rows))
    without = balance.sides(owed, total[0], total[1] & good)
    on_top, part = (int((steps[rows] != 0).sum()) for steps in (with_fee, without))
    return None if on_top == part else (on_top > part, "balance")


def _by_sums(owed: Units, good: Rows, cost: Units, others: Sequence[Money]) -> Told:
    """What another column says that is what was owed with its fees, or without them."""
    for other, there in others:
        rows = (cost != 0) & good & there
        if not rows.any():
            continue
        if (other == owed + cost)[rows].mean() >= _NEARLY_ALL:
            return True, "sum"
        if (other + cost == owed)[rows].mean() >= _NEARLY_ALL:
            return False, "sum"
    return None
