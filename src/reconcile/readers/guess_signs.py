"""On which side of the account an unknown statement's rows stand; the sign of its charges."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import merchants
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

    Words decide; else the running balance; else the sign that leaves fewer refunds without a
    purchase before them; else what most rows are, as most are charges; else it is as banks have
    it, and charges are negative. Rows without a day are no movements, and have no say.
    """
    value, good = minor_units(amounts, decimal)
    good &= seen.day.notna().to_numpy(np.bool_)
    negative, positive = good & (value < 0), good & (value > 0)
    if not negative.any():
        return False, ()
    spoken = _majority(
        int((negative & (seen.side > 0)).sum() + (positive & (seen.side < 0)).sum()),
        int((positive & (seen.side > 0)).sum() + (negative & (seen.side < 0)).sum()),
    )
    if spoken is not None:
        decided, how = spoken, "words"
    elif seen.balance is not None and _adds_up(value, good, seen.balance, decimal):
        decided, how = True, "balance"
    else:
        decided, how = _by_shops(value, good, seen)
    return decided, (Message(f"guess.{'negative' if decided else 'positive'}_{how}"),)


def _by_shops(
    value: npt.NDArray[np.int64], good: npt.NDArray[np.bool_], seen: Evidence
) -> tuple[bool, str]:
    """Whether charges are negative by what rows follow which at the same shop; and why.

    The first rows alone do not tell it: a statement may well begin with the refund of a purchase
    that stands in the one before.
    """
    lone = _lone_refunds(np.sign(value), good, seen)
    most = int((good & (value < 0)).sum()) - int((good & (value > 0)).sum())
    if lone.negative != lone.positive:
        decided = lone.negative < lone.positive
    elif most:
        decided = most > 0
    else:
        return True, "even"
    against, for_ = lone.above_first, lone.below_first
    if not decided:
        against, for_ = for_, against
    if not most or (most > 0) != decided or (for_ and not against):
        return decided, "first"
    # That a shop begins with the other sign is said, since a reader may know better.
    return decided, "although" if against else "most"


class _Lone(NamedTuple):
    """Refunds without a purchase if charges are negative, and if they are positive; shops with rows
    of either sign that begin with one below zero, and with one above."""

    negative: int
    positive: int
    below_first: int
    above_first: int


def _lone_refunds(
    sign: npt.NDArray[np.int64], good: npt.NDArray[np.bool_], seen: Evidence
) -> _Lone:
    """How many rows would be refunds without a purchase of their own before them at that shop.

    A purchase is taken to be refunded once. Of one day the purchases come first, as the order of
    rows within a day tells nothing. A merchant is one shop under whatever descriptors.
    """
    names = seen.description.astype("str").reset_index(drop=True)
    shop = merchants.match(names)["merchant"].astype("str").fillna(names)
    rows = pd.DataFrame({"shop": shop, "day": seen.day.to_numpy(), "sign": sign})
    # Rows without a text have nothing to do with each other.
    rows["shop"] = rows["shop"].where(names.ne(""), rows.index.astype("str"))
    daily = rows[good & (sign != 0)].groupby(["shop", "day"], sort=True)["sign"].sum()
    total = daily.groupby("shop").cumsum().groupby("shop")
    low, high = total.min().clip(upper=0), total.max().clip(lower=0)
    first = daily.groupby("shop").first()
    mixed = rows[good & (sign != 0)].groupby("shop")["sign"].nunique().eq(2)
    return _Lone(
        int(high.sum()), int(-low.sum()),
        int((mixed & first.lt(0)).sum()), int((mixed & first.gt(0)).sum()),
    )  # fmt: skip


def _majority(yes: int, no: int) -> bool | None:
    """The clear winner of a vote; None without one."""
    return yes > no if yes > 2 * no or no > 2 * yes else None


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
