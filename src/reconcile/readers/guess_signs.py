"""On which side of the account an unknown statement's rows stand; the sign of its charges."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers import balance, fields, guess_words
from reconcile.readers.guess_values import minor_units
from reconcile.search import Seen
from reconcile.text import Message


def sides(texts: pd.Series, *, bank: bool) -> npt.NDArray[np.int8]:
    """What words say of each row: 1 money spent, -1 money that came back or in, 0 nothing."""
    codes, distinct = Seen().of(texts, fields.plain)

    def said(*names: str) -> npt.NDArray[np.bool_]:
        found = [distinct.holding(guess_words.pattern("sides", name)) for name in names]
        return np.asarray(np.any(found, axis=0), np.bool_)

    back = said("refund", "income") if bank else said("refund", "income", "payment")
    told = np.where(back, -1, np.where(said("spending"), 1, 0)).astype(np.int8)
    return np.asarray(told[codes], np.int8)


def stated_sides(texts: pd.Series) -> npt.NDArray[np.int8]:
    """What a side column says of each row: 1 money out, -1 money in, 0 nothing."""
    out, in_ = (
        texts.str.fullmatch(guess_words.pattern("direction", name).pattern).to_numpy(np.bool_)
        for name in ("debit", "credit")
    )
    return np.where(in_, -1, np.where(out, 1, 0)).astype(np.int8)


def any_negative(amounts: pd.Series) -> bool:
    """Whether any amount is below zero: with a minus before or behind it, or in parentheses."""
    return bool(amounts.str.contains(r"^\D{0,4}-\D{0,4}[\d.,]|\d\D{0,4}-$|^\(.*\)$").any())


class Evidence(NamedTuple):
    """What may tell the sign of charges, row by row: the side that words or a side column say (1
    spent, -1 back or in, 0 nothing), the running balance, the description and the day."""

    side: npt.NDArray[np.int8]
    balance: pd.Series | None
    description: pd.Series
    day: pd.Series


def charge_negative(
    amounts: pd.Series, seen: Evidence, decimal: str
) -> tuple[bool, tuple[Message, ...]]:
    """Whether purchases are printed negative.

    Words decide; else the running balance; else, of rows of one shop with either sign, the
    earliest, as a refund follows its purchase; else what most rows are, as most are charges;
    else it is as banks have it, and charges are negative.
    """
    value, good = minor_units(amounts, decimal)
    negative, positive = good & (value < 0), good & (value > 0)
    if not negative.any():
        return False, ()
    spoken = _majority(
        int((negative & (seen.side > 0)).sum() + (positive & (seen.side < 0)).sum()),
        int((positive & (seen.side > 0)).sum() + (negative & (seen.side < 0)).sum()),
    )
    first = _first_of_pairs(value, good, seen)
    most = int(negative.sum()) - int(positive.sum())
    if spoken is not None:
        decided, how = spoken, "words"
    elif seen.balance is not None and _adds_up(value, good, seen.balance, decimal):
        decided, how = True, "balance"
    elif first is not None:
        decided, how = first, "first"
    elif most:
        decided, how = most > 0, "most"
    else:
        decided, how = True, "even"
    return decided, (Message(f"guess.{'negative' if decided else 'positive'}_{how}"),)


def _majority(yes: int, no: int) -> bool | None:
    """The clear winner of a vote; None without one."""
    return yes > no if yes > 2 * no or no > 2 * yes else None


def _first_of_pairs(
    value: npt.NDArray[np.int64], good: npt.NDArray[np.bool_], seen: Evidence
) -> bool | None:
    """Whether the earliest row is negative for most shops that have rows of either sign."""
    rows = pd.DataFrame(
        {"name": seen.description.to_numpy(), "day": seen.day.to_numpy(), "below": value < 0}
    )[good & (value != 0)].dropna()
    both = rows.groupby("name")["below"].transform("nunique").eq(2)
    rows = rows[both & rows["name"].ne("")]
    early = rows[rows["day"].eq(rows.groupby("name")["day"].transform("min"))]
    told = early.groupby("name")["below"].agg(["all", "any"])
    return _majority(int(told["all"].sum()), int((~told["any"].astype(bool)).sum()))


def _adds_up(
    value: npt.NDArray[np.int64], good: npt.NDArray[np.bool_], total: pd.Series, decimal: str
) -> bool:
    """Whether the amounts with their signs lead from balance to balance."""
    money_, readable = minor_units(total, decimal)
    rows = good & readable
    told = balance.sides(value, money_, rows)
    return bool(told.any()) and float((told == np.sign(value))[told != 0].mean()) > 0.8


def balance_explains(amounts: pd.Series, total: pd.Series, decimal: str) -> bool:
    """Whether unsigned amounts and a running balance fit together, one sign or the other."""
    value, good = minor_units(amounts, decimal)
    money_, readable = minor_units(total, decimal)
    return balance.explains(value, money_, good & readable) > 0.8
