"""The ledger: the one table that every statement becomes, with one row per money movement.

`COLUMNS` is the schema. Readers produce frames with these columns (without `id`, `account` and
`merchant`, which are given later); everything after reading consumes them.

A column of texts may be a categorical instead, which takes a fraction of the time and memory where
texts repeat, as nearly all do in a long ledger. `spelled` makes texts of them, for a few rows that
are to be worked with, or for a user.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from reconcile.money import to_decimals
from reconcile.text import Message

# name: (dtype, meaning). Amounts are minor units of the currency beside them.
COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("str", "stable id, 16 hex digits"),
    "file": ("str", "file name as given"),
    "line": ("Int64", "1-based physical line on which the record starts; null for OFX"),
    "reference": ("str", "the bank's own id of the row (FITID, reference number); may be null"),
    "account": ("str", "'…1234', or the layout's name where no number is printed"),
    "transaction_date": (
        "datetime64[us]",
        "day of use; may be null where only a posted date is printed",
    ),
    "posted_date": ("datetime64[us]", "day of booking; may be null"),
    "description": ("str", "descriptor as printed"),
    "amount": ("int64", "billing amount owed by the cardholder: charge positive, refund negative"),
    "currency": ("str", "billing currency; null where nothing tells it"),
    "decimals": ("int8", "digits after the decimal sign of `amount` and `fee_amount`"),
    "original_amount": ("Int64", "merchant-currency amount, same sign as `amount`; may be null"),
    "original_currency": ("str", "merchant currency; null where the statement does not print it"),
    "original_decimals": ("int8", "digits after the decimal sign of `original_amount`"),
    "conversion_rate": ("str", "billing currency per one original, decimal text as printed"),
    "conversion_date": ("datetime64[us]", "day of conversion where printed"),
    "kind": ("str", "purchase, refund, payment, fee, interest, cash_advance, adjustment"),
    "status": ("str", "posted, pending, failed, voided"),
    "fee_amount": ("Int64", "foreign fee printed in its own column, contained in `amount`"),
    "layout": ("str", "layout that read the row"),
    "merchant": ("str", "merchant recognised in the descriptor; null for all others"),
    "merchant_strength": ("str", "certain or weak; null without a merchant"),
}
# What a reader hands over besides: the account as the file names it (never shown, never hashed).
READER_EXTRA = {"account_key": "str"}
READER_COLUMNS = [
    name for name in COLUMNS if name not in ("id", "account", "merchant", "merchant_strength")
]


class Rejected(NamedTuple):
    """A line that could not be used, with the reason; `line` is 1-based, None for OFX."""

    line: int | None
    reason: Message


@dataclass
class Source:
    """What became of one file: how it was read and where each of its lines went."""

    file: str
    sha256: str
    layout: str
    encoding: str
    rows: int = 0
    transactions: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    # role of lines -> number of physical lines: transaction, note, header, total, blank, …
    lines: dict[str, int] = field(default_factory=dict)
    # What was assumed and what did not add up, to be told to the user.
    notes: list[Message] = field(default_factory=list)
    issuer: str | None = None
    # Of a payment service: what its own rows tell of card and bank (see `readers.backing`).
    backing: pd.DataFrame | None = None
    # The layout that was guessed for this file alone (see `readers.alike`).
    guess: Any = None


def empty() -> pd.DataFrame:
    """A ledger without rows, with every column in its dtype."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, (dtype, _) in COLUMNS.items()})


def reader_frame(columns: dict[str, object], length: int) -> pd.DataFrame:
    """A reader's frame of `length` rows from what it found; absent columns become null.

    Texts that come as categoricals stay so: their distinct ones are known to whoever asks next.
    """
    data = {}
    for name in [*READER_COLUMNS, *READER_EXTRA]:
        dtype = READER_EXTRA.get(name) or COLUMNS[name][0]
        value = columns.get(name)
        if value is None and dtype == "int8":
            value = 2
        if dtype == "str" and value is None:
            value = constant(None, length)
        if dtype == "str" and isinstance(value, pd.Categorical):
            data[name] = pd.Series(value, index=range(length), copy=False)
        else:
            data[name] = pd.Series(value, index=range(length), dtype=dtype, copy=False)
    return pd.DataFrame(data, copy=False)


def constant(text: str | None, length: int) -> pd.Categorical:
    """A column that holds the same text, or null, in all rows."""
    codes = np.full(length, -1 if text is None else 0, np.int8)
    return pd.Categorical.from_codes(codes, pd.Index([] if text is None else [text], dtype="str"))


def spelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Ledger rows with every text column as texts, none as a categorical."""
    out: dict[str, Any] = {}
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype):
            texts = dtype.categories.array
            texts = texts if texts.dtype == "str" else texts.astype("str")
            codes = cast(pd.Categorical, frame[name].array).codes
            out[str(name)] = texts.take(codes, allow_fill=True)
    return frame.assign(**out)


def day(ledger: pd.DataFrame) -> pd.Series:
    """The day each movement is dated: the transaction date, else the posted date."""
    return ledger["transaction_date"].fillna(ledger["posted_date"])


def in_major_units(book: pd.DataFrame) -> pd.DataFrame:
    """A ledger with its amounts as exact `Decimal` in major units."""
    places = {
        "amount": "decimals",
        "fee_amount": "decimals",
        "original_amount": "original_decimals",
    }
    amounts = {name: to_decimals(book[name], book[digits]) for name, digits in places.items()}
    return spelled(book).assign(**amounts).drop(columns=["decimals", "original_decimals"])
