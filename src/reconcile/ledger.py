"""The ledger: the one table that every statement becomes, with one row per money movement.

`COLUMNS` is the schema. Readers produce frames with these columns (without `id`, `account` and
`merchant`, which are given later); everything after reading consumes them.
"""

import binascii
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from reconcile import overlap
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

_IDENTITY = [
    "account",
    "transaction_date",
    "posted_date",
    "amount",
    "currency",
    "description",
    "reference",
]


@dataclass(frozen=True)
class Rejected:
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


def empty() -> pd.DataFrame:
    """A ledger without rows, with every column in its dtype."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, (dtype, _) in COLUMNS.items()})


def reader_frame(columns: dict[str, object], length: int) -> pd.DataFrame:
    """A reader's frame of `length` rows from what it found; absent columns become null."""
    data = {}
    for name in [*READER_COLUMNS, *READER_EXTRA]:
        dtype = READER_EXTRA.get(name) or COLUMNS[name][0]
        value = columns.get(name)
        if value is None and dtype == "int8":
            value = 2
        data[name] = pd.Series(value, index=range(length), dtype=dtype)
    return pd.DataFrame(data)


def combine(parts: list[pd.DataFrame], sources: list[Source]) -> pd.DataFrame:
    """Join the frames of all files into one ledger, each real movement once.

    A movement that two files both show (overlapping exports) is kept once; identical movements
    inside one file are different purchases and all stay. Charges that a later export of the same
    days lacks become `voided`. Sets `Source.duplicates`. The result does not depend on the order
    of files or rows.
    """
    frames = [part.assign(source=number) for number, part in enumerate(parts) if len(part)]
    if not frames:
        return empty()
    rows = pd.concat(frames, ignore_index=True)
    rows["account"] = _account_labels(rows["account_key"], rows["layout"])
    shared = overlap.compare(rows)
    duplicate = shared.repeated | shared.settled
    for number, count in rows.loc[duplicate, "source"].value_counts().items():
        sources[int(str(number))].duplicates = int(count)
    rows.loc[shared.vanished, "status"] = "voided"
    base = rows["account"].str.replace(r"#\d+$", "", regex=True)
    # OFX repeats FITIDs across months in some converters, so the reference is only one part.
    keys = rows[_IDENTITY].assign(account=base)
    rows["_key"] = pd.util.hash_pandas_object(keys, index=False).to_numpy()
    rows = rows.sort_values(["account", "file", "line"], kind="stable", na_position="last")
    duplicate = duplicate[rows.index.to_numpy()]
    rows = rows[~duplicate]
    nth = rows.groupby("_key", sort=False).cumcount()
    rows["id"] = _ids(rows["_key"].to_numpy(np.uint64), nth.to_numpy(np.uint64))
    day = rows["transaction_date"].fillna(rows["posted_date"])
    rows = rows.assign(_day=day).sort_values(
        ["account", "_day", "id"], kind="stable", ignore_index=True
    )
    for name in ("merchant", "merchant_strength"):
        rows[name] = pd.Series(None, index=rows.index, dtype="str")
    return pd.DataFrame(rows[list(COLUMNS)])


def day(ledger: pd.DataFrame) -> pd.Series:
    """The day each movement is dated: the transaction date, else the posted date."""
    return ledger["transaction_date"].fillna(ledger["posted_date"])


def _account_labels(key: pd.Series, layout: pd.Series) -> pd.Series:
    """'…1234' per account; cards that share four digits are told apart by '#2', by full number."""
    tail = key.str.extract(r"(\d{4})\W*$", expand=False)
    label = ("…" + tail).fillna(layout)
    cards = pd.DataFrame({"label": label, "key": key.where(tail.notna())}).drop_duplicates()
    # A masked number ('****1234') may be any of the cards with these digits, so it counts as one.
    cards["number"] = cards["key"].str.replace(r"\D", "", regex=True).fillna("")
    cards = cards.drop_duplicates(["label", "number"]).sort_values(["label", "number"])
    cards["full"] = cards["number"].str.len() > 4
    full = cards[cards["full"]]
    nth = full.groupby("label").cumcount() + 1
    suffix = dict(zip(full["label"] + "\0" + full["number"], nth, strict=True))
    whole = label + "\0" + key.str.replace(r"\D", "", regex=True).fillna("")
    order = whole.map(suffix).fillna(1).astype("int64")
    return label.where(order.le(1), label + "#" + order.astype("str")).astype("str")


def _ids(key: np.ndarray, nth: np.ndarray) -> np.ndarray:
    mixed = pd.util.hash_array(key ^ pd.util.hash_array(nth))
    raw = binascii.hexlify(mixed.astype(">u8").tobytes())
    return np.frombuffer(raw, dtype="S16").astype("U16").astype(object)
