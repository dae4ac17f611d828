"""What each row of a raw table comes to: its amount with the ledger's sign, and the currency."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout
from reconcile.ledger import Source, constant
from reconcile.readers import balance, fields, guess_signs, notation
from reconcile.readers.columns import Columns
from reconcile.text import Message

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_Read = Callable[[str], fields.Amounts]


class Priced(NamedTuple):
    """Per row: minor units with the ledger's sign, a fee column included; whether they could be
    read; decimal places; whether there is nothing but a fee.
    """

    value: Ints
    good: Bools
    places: npt.NDArray[np.int8]
    lone: Bools


def with_decimal(layout: Layout, columns: Columns, first: int) -> Layout:
    """The layout with the decimal sign that this file uses, where the layout leaves it open."""
    if layout.decimal != "auto":
        return layout
    amounts = [columns.text(name).iloc[first:] for name in ("amount", "debit", "credit")]
    sign, _ = notation.decimal_sign(pd.concat(amounts), "")
    return layout._replace(decimal=sign, group=notation.group_sign(sign))


def billing_currency(columns: Columns, layout: Layout, given: str | None) -> pd.Series:
    """The billing currency of each row: its own cell's, that of the column its amount stands in,
    else the user's or the layout's; null where nothing tells.
    """
    if columns.has("currency"):
        fallback = layout.currency or given
        return fields.currencies(columns.text("currency"), fallback)
    each = layout.amount_currencies
    if len(each) == len(columns.positions.get("amount", [])) > 1:
        place = columns.place("amount")
        return pd.Series(pd.Categorical.from_codes(place, pd.Index(each)), columns.index)
    return pd.Series(constant(given or layout.currency, len(columns.index)), columns.index)


def priced(columns: Columns, layout: Layout, billing: pd.Series, source: Source) -> Priced:
    """The amounts of all rows; what a balance leaves open is noted in `source`."""

    def read(name: str) -> fields.Amounts:
        return fields.amounts(columns.text(name), billing, layout.decimal, layout.group)

    if not columns.has("amount"):
        value, good, places = _of_sides(columns, read)
    else:
        value, good, places = read("amount")
        value = -value if layout.charge_negative else value
        if layout.balance_signs and columns.has("balance"):
            value = _by_balance(columns, layout, source, (value, good, places), read)
    if layout.fee_outside and columns.has("fee_amount"):
        return _with_fee(columns, layout, (value, good, places), read)
    return Priced(value, good, places, np.zeros(len(value), np.bool_))


def _of_sides(columns: Columns, read: _Read) -> fields.Amounts:
    """Amounts of rows that stand in a debit or a credit column."""
    (debit, debit_ok, places), (credit, credit_ok, other) = read("debit"), read("credit")
    debit_blank, credit_blank = _blank(columns, "debit"), _blank(columns, "credit")
    deepest = np.maximum(places, other)
    debit = fields.to_places(debit, places, deepest)
    credit = fields.to_places(credit, other, deepest)
    good = (debit_ok | debit_blank) & (credit_ok | credit_blank) & ~(debit_blank & credit_blank)
    return _one_sided(debit) - _one_sided(credit), good, deepest


def _by_balance(
    columns: Columns, layout: Layout, source: Source, amounts: fields.Amounts, read: _Read
) -> Ints:
    """Amounts whose sign the balance tells: what lowered it was spent, or raised it where it is
    owed.
    """
    value, good, places = amounts
    total, known, other = read("balance")
    told = balance.sides(value, fields.to_places(total, other, places), good & known)
    back = told < 0 if layout.balance_owed else told > 0
    back |= _back_by_words(columns, source, np.flatnonzero(good & (value != 0) & (told == 0)))
    return np.abs(value) * np.where(back, -1, 1)


def _back_by_words(columns: Columns, source: Source, rows: npt.NDArray[np.intp]) -> Bools:
    """Rows without a sign that the balance does not explain either, as the first and those behind a
    gap, whose words say that money came back. All others are taken as charges, which is told.
    """
    side = guess_signs.sides(columns.text("description").iloc[rows], bank=True)
    if untold := int(np.count_nonzero(side == 0)):
        source.notes.append(Message("guess.no_side", {"count": untold}))
    back = np.zeros(len(columns.index), np.bool_)
    back[rows] = side < 0
    return back


def _with_fee(columns: Columns, layout: Layout, amounts: fields.Amounts, read: _Read) -> Priced:
    """Amounts with the fee that stands beside them and is not in them."""
    value, good, places = amounts
    blank = _blank(columns, "amount") & _blank(columns, "debit") & _blank(columns, "credit")
    fee, fee_ok, other = read("fee_amount")
    # What stands there in a row without a readable amount may be a cell that has moved.
    fee_ok &= blank | good
    fee = np.where(fee_ok, fields.to_places(fee, other, places), 0)
    raw = -value if layout.charge_negative else value
    if columns.has("amount") and fields.alike_signed(fee, raw):
        # Printed with the amount's sign, a fee is paid or returned as the amount is.
        fee = -fee if layout.charge_negative else fee
    else:
        fee = _one_sided(fee)
    lone = (fee != 0) & (blank | good & (value == 0))
    return Priced(value + fee, good | lone, places, lone)


def _one_sided(values: Ints) -> Ints:
    """A debit or credit column, positive for what it is named after, whichever sign most carry.

    The other sign means the opposite: a negative debit among positive ones is money back.
    """
    return values if (values > 0).sum() >= (values < 0).sum() else -values


def _blank(columns: Columns, name: str) -> Bools:
    return columns.text(name).astype("str").str.strip().eq("").to_numpy(np.bool_)
