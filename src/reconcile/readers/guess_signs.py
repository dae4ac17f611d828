"""On which side of the account an unknown statement's rows stand; the sign of its charges."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import credited, merchants
from reconcile.readers import balance, fields, guess_words
from reconcile.readers.notation import Rows, Units, minor_units, totals
from reconcile.search import Seen
from reconcile.text import Message

Sides = npt.NDArray[np.int8]
Notes = tuple[Message, ...]
# Share of rows that a running balance has to fit, or words where all amounts have one sign.
_NEARLY_ALL = 0.8
# `-5`, `$ -5`, `5-`, `5- EUR`, `(5)`, `$(5)`
_NEGATIVE = r"^\D{0,4}-\D{0,4}[\d.,]|\d\D{0,4}-$|\d\s?-\s\D{1,4}$|^\D{0,5}\(.*\)\D{0,5}$"
# So many rows, or this share of them, must speak for words to decide; and where nearly all rows
# would then be money back, which is true of hardly any statement, at least so many and this share.
_SPEAKING, _TENTH, _TWO, _BACK = 3, 0.1, 2, 0.7


def sides(texts: pd.Series, *, bank: bool) -> npt.NDArray[np.int8]:
    """What words say of each row: 1 money spent, -1 money that came back or in, 0 nothing."""
    codes, distinct = Seen().of(texts, fields.plain)

    def said(*names: str) -> npt.NDArray[np.bool_]:
        found = [distinct.holding(guess_words.pattern("sides", name)) for name in names]
        return np.asarray(np.any(found, axis=0), np.bool_)

    ways = ("refund", "income", "received")
    back = said(*ways) if bank else said(*ways, "payment")
    told = np.where(back, -1, np.where(said("spending"), 1, 0)).astype(np.int8)[codes]
    # Who takes a refund back speaks of a refund, too.
    told[credited.saying(texts, "surely")] = 0
    return np.asarray(told, np.int8)


def any_negative(amounts: pd.Series) -> bool:
    """Whether any amount is below zero: with a minus before or behind it, or in parentheses, inside
    or outside its currency."""
    return bool(amounts.str.contains(_NEGATIVE).any())


class Evidence(NamedTuple):
    """What may tell the sign of charges, row by row: the side that words or a side column say (1
    spent, -1 back or in, 0 nothing), the description, the day and the running balance; and whether
    the header is that of a bank account."""

    side: npt.NDArray[np.int8]
    description: pd.Series
    day: pd.Series
    balance: pd.Series | None
    account: bool


def charge_negative(
    amounts: pd.Series, seen: Evidence, decimal: str
) -> tuple[bool, tuple[Message, ...]]:
    """Whether purchases are printed negative.

    Amounts of one sign alone are charges, unless nearly all rows say otherwise. Else words decide;
    else the running balance, held or owed; else what banks do, where the header is one's and no
    clear majority is against it, and charges are negative; else the sign that leaves fewer refunds
    without a purchase before them; else what most rows are. Rows without a day are no movements,
    and have no say.
    """
    value, good = minor_units(amounts, decimal)
    good &= seen.day.notna().to_numpy(np.bool_)
    if not (good & (value < 0)).any():
        return False, ()
    if not (good & (value > 0)).any():
        back = float((seen.side[good & (value < 0)] < 0).mean()) > _NEARLY_ALL
        return not back, (Message(f"guess.{'positive_words' if back else 'negative_most'}"),)
    spoken = _spoken_negative(value, good, seen)
    notes: Notes = ()
    told = balance_steps(value, good, seen, decimal)
    if spoken is not None:
        decided, how = spoken, "words"
    elif rises := follows(value, told):
        # No bank prints money that came in below zero beside a balance that it raised.
        owes, notes = owed(told, seen, falls=rises < 0)
        decided, how = (rises > 0) != owes, "owed" if owes else "balance"
    elif seen.account and (good & (value > 0)).sum() <= 2 * (good & (value < 0)).sum():
        decided, how = True, "bank"
    else:
        decided, how = _by_shops(value, good, seen)
    return decided, (Message(f"guess.{'negative' if decided else 'positive'}_{how}"), *notes)


def _spoken_negative(value: Units, good: Rows, seen: Evidence) -> bool | None:
    """Whether charges are negative by the words of the rows; None where they do not tell."""
    sign = np.where(good, np.sign(value), 0)
    rows = int((sign != 0).sum())
    spoken = (seen.side != 0) & (sign != 0)
    other, same = (
        int((spoken & (sign != seen.side)).sum()),
        int((spoken & (sign == seen.side)).sum()),
    )
    negative = _majority(other, same, rows)
    if negative is None:
        return None
    back = int((sign == (1 if negative else -1)).sum())
    few = max(other, same) < max(_TWO, _TENTH * rows)
    return None if few and back > _BACK * rows else negative


def swapped(value: Units, good: Rows, seen: Evidence, decimal: str) -> tuple[bool, Notes]:
    """Whether columns of money out and in, told by their contents alone, are the other way round.

    With a balance they were told by what lowers and raises it, as if it were held.
    """
    good = good & seen.day.notna().to_numpy(np.bool_)
    told = balance_steps(value, good, seen, decimal)
    return owed(told, seen) if told.any() else (bool(_spoken_negative(value, good, seen)), ())


def owed(told: Sides, seen: Evidence, *, falls: bool = False) -> tuple[bool, Notes]:
    """Whether the running balance is money owed, as on a card, and not held; and what to say of it.

    Words decide; else a bank account's header; else what rows follow which at the same shop, where
    it is clear, as balances of accounts are more common, unless the balance `falls` as the printed
    amounts rise. `told` is how each row moved the balance.
    """
    moved = told != 0
    spoken = _majority(
        int((moved & (seen.side == told)).sum()),
        int((moved & (seen.side == -told)).sum()),
        int(moved.sum()),
    )
    # What names a purchase may be its refund (`DEV. COMPRA`): one such row is no proof.
    said = seen.side[moved]
    one = np.count_nonzero(said) == (said > 0).sum() == 1 and moved.sum() > _SPEAKING
    if spoken is not None and not (spoken and one):
        return spoken, (Message("guess.balance_owed_words"),) if spoken else ()
    if seen.account:
        return False, ()
    lone = _lone_refunds(told, moved, seen)
    if lone.negative > 2 * (lone.positive + 1):
        return True, (Message("guess.balance_owed"),)
    if falls:
        return True, (Message("guess.balance_owed"),)
    return False, () if lone.positive > 2 * lone.negative else (Message("guess.balance_held"),)


def _by_shops(value: Units, good: Rows, seen: Evidence) -> tuple[bool, str]:
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


def _lone_refunds(sign: Units | Sides, good: Rows, seen: Evidence) -> _Lone:
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


def _majority(yes: int, no: int, among: int) -> bool | None:
    """The clear winner of a vote in which enough rows took part; None without one."""
    if max(yes, no) < min(_SPEAKING, _TENTH * among):
        return None
    return yes > no if yes > 2 * no or no > 2 * yes else None


def balance_steps(value: Units, good: Rows, seen: Evidence, decimal: str) -> Sides:
    """How each row moved the running balance: 1 up, -1 down, 0 untold or without a balance."""
    if seen.balance is None:
        return np.zeros(len(value), np.int8)
    money_, readable = totals(seen.balance, decimal)
    order = balance.oldest_first(seen.day[good])
    return balance.sides(value, money_, good & readable, order)


def follows(value: Units, told: Sides) -> int:
    """1 where the balance rises with the amounts and their signs, -1 where it falls with them, 0
    where neither holds.

    A step or two fit by chance, so that against the signs nearly all rows have to be explained.
    """
    moved = told != 0
    same = float((told == np.sign(value))[moved].mean()) if moved.any() else 0.5
    if same > _NEARLY_ALL:
        return 1
    most = np.count_nonzero(moved) > _NEARLY_ALL * (len(value) - 1)
    return -1 if same < 1 - _NEARLY_ALL and most else 0


def balance_explains(amounts: pd.Series, total: pd.Series, decimal: str) -> bool:
    """Whether unsigned amounts and a running balance fit together, one sign or the other."""
    value, good = minor_units(amounts, decimal)
    money_, readable = minor_units(total, decimal)
    return balance.explains(value, money_, good & readable) > _NEARLY_ALL
