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
import numpy.typing as npt
import pandas as pd

from reconcile import overlap, unnamed
from reconcile.money import to_decimals
from reconcile.text import Message, masked

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

# Stands behind every day of this millennium, in days since 1970.
_NO_DAY = 400_000

# The first and last digits of a card number masked between them, spaces and hyphens removed.
_MASKED = r"^\D*?(\d+)[*＊xX•●…#_]+(\d{4,})\W*$"

# An IBAN in the groups in which it is printed.
_IBAN = r"[A-Z]{2}\d{2}(?: [A-Z\d]{4})+(?: [A-Z\d]{1,3})?"

# Layouts that say nothing of the bank, and so not what the names of accounts are: those that were
# guessed, and QIF.
_ANY_BANK = r"guessed.*|qif"
# What a movement is, beside its account.
_IDENTITY = (
    "transaction_date", "posted_date", "amount", "currency", "description", "reference",
)  # fmt: skip


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


def combine(parts: list[pd.DataFrame], sources: list[Source]) -> pd.DataFrame:
    """Join the frames of all files into one ledger, each real movement once.

    A movement that two files both show (overlapping exports) is kept once; identical movements
    inside one file are different purchases and all stay. Charges that a later export of the same
    days lacks become `voided`. Sets `Source.duplicates`, and numbers `Source.file` where different
    files share a name. The result does not depend on the order of files or rows.
    """
    frames = [part.assign(source=number) for number, part in enumerate(parts) if len(part)]
    for frame in frames if name_apart(sources) else []:
        name = sources[int(str(frame["source"].iat[0]))].file
        frame["file"] = pd.Series(name, frame.index, dtype="str")
    if not frames:
        return empty()
    if len(frames) > 1:
        # Categories of several files would have to be united.
        rows = pd.concat([spelled(frame) for frame in frames], ignore_index=True)
    else:
        rows = frames[0]
    rows.index = pd.RangeIndex(len(rows))
    labels, place = _account_labels(rows["account_key"], rows["layout"])
    rows["account"] = pd.Categorical.from_codes(place, pd.Index(labels))
    known: dict[int, unnamed.Owner] = {}
    if len(frames) > 1:
        rows["account"] = rows["account"].astype("str")
        known = unnamed.owners(rows)
        for at, owner in known.items():
            rows.loc[rows["source"].eq(at), "account_key"] = owner.key
            shown = {"account": masked(owner.account), "count": owner.rows}
            sources[at].notes.append(Message("note.unnamed", shown))
        if known:
            labels, place = _account_labels(rows["account_key"], rows["layout"])
            rows["account"] = pd.array(labels.to_numpy(object)[place], dtype="str")
    # Whose an export is was found by what it repeats, which does not say what it ought to show.
    shared = overlap.compare(rows, known)
    duplicate = shared.repeated | shared.settled
    for number, count in rows.loc[duplicate, "source"].value_counts().items():
        sources[int(str(number))].duplicates = int(count)
    for account, one, two in shared.strange:
        # A printed number says which card it is.
        if not account.startswith("…"):
            for mine, other in ((one, two), (two, one)):
                told = {"other": sources[other].file}
                sources[mine].notes.append(Message("note.one_card", told))
    if shared.vanished.any():
        rows = spelled(rows)
        rows.loc[shared.vanished, "status"] = "voided"
    if duplicate.any():
        kept = np.flatnonzero(~duplicate)
        rows, place = rows.iloc[kept].reset_index(drop=True), place[kept]
    mixed = _mixed(rows, labels, place)
    rank = np.asarray(labels.rank(method="dense"), np.int64)
    day = rows["transaction_date"].fillna(rows["posted_date"])
    # As sorting by account, day (null last) and id: hex digits sort as their numbers do.
    since = day.to_numpy("datetime64[D]").astype(np.int64)
    since[day.isna().to_numpy(np.bool_)] = _NO_DAY
    order = _order(np.asarray(rank[place], np.int64), since, mixed)
    out: dict[str, Any] = {name: rows[name].array.take(order) for name in COLUMNS if name in rows}
    out["id"] = pd.array(hex_ids(mixed[order]), dtype="str")
    for name in ("merchant", "merchant_strength"):
        if name not in out:
            out[name] = constant(None, len(rows))
    return pd.DataFrame({name: out[name] for name in COLUMNS}, copy=False)


def name_apart(sources: list[Source]) -> bool:
    """Tell different files of one name apart, 'march.csv' and 'march.csv (2)', if there are any."""
    if len({source.file for source in sources}) == len(sources):
        return False
    listed = pd.DataFrame({"file": [s.file for s in sources], "sha": [s.sha256 for s in sources]})
    nth = listed.groupby("file")["sha"].rank(method="dense").astype("int64")
    for number in np.flatnonzero(nth > 1):
        sources[number].file += f" ({nth[number]})"
    return bool(nth.gt(1).any())


def day(ledger: pd.DataFrame) -> pd.Series:
    """The day each movement is dated: the transaction date, else the posted date."""
    return ledger["transaction_date"].fillna(ledger["posted_date"])


def _order(
    rank: npt.NDArray[np.int64], since: npt.NDArray[np.int64], mixed: npt.NDArray[np.uint64]
) -> npt.NDArray[np.intp]:
    """Row numbers by rank, then day, then hash."""
    low = int(since.min())
    span = int(since.max()) - low + 1
    bits = ((int(rank.max()) + 1) * span).bit_length()
    if bits <= 40:
        # All three in one number, of the hash as many bits as fit: sorted in a third of the time.
        key = (rank * span + (since - low)).astype(np.uint64) << np.uint64(64 - bits)
        key |= mixed >> np.uint64(bits)
        order = np.argsort(key)
        key = key[order]
        if (key[1:] != key[:-1]).all():
            return order
    return np.lexsort((mixed, since, rank))


def _account_labels(key: pd.Series, layout: pd.Series) -> tuple[pd.Series, npt.NDArray[np.int64]]:
    """The distinct labels, and which of them each row has.

    '…1234' per account; cards that share four digits are told apart by '#2', by full number, and
    accounts that have names alone by their names.
    """
    of_key, keys = pd.factorize(key, use_na_sentinel=False)
    of_layout, layouts = pd.factorize(layout, use_na_sentinel=False)
    codes, pairs = pd.factorize(of_key * len(layouts) + of_layout)
    key = pd.Series(keys, dtype="str").take(pairs // len(layouts)).reset_index(drop=True)
    layout = pd.Series(layouts, dtype="str").take(pairs % len(layouts)).reset_index(drop=True)
    label = plain_labels(key, layout)
    if not label.is_unique:
        label = _told_apart(label, key)
    place, distinct = pd.factorize(label)
    return pd.Series(distinct, dtype="str"), place[codes].astype(np.int64)


def _told_apart(label: pd.Series, key: pd.Series) -> pd.Series:
    """The labels, those of different full numbers with '#2' and so on; and those of different names
    where an export of several accounts has nothing else for them.
    """
    numbered = _tail(key).notna()
    # What a bank's layout calls the account, without a number, are the ways to pay with one card.
    name = key.str.strip().str.casefold().where(label.str.fullmatch(_ANY_BANK), "")
    # A masked number ('****1234') may be any of the cards with these digits, so it counts as one.
    number = _numbers(label, key).where(numbered, name)
    cards = pd.DataFrame({"label": label, "number": number, "numbered": numbered})
    cards = cards.drop_duplicates(["label", "number"]).sort_values(["label", "number"])
    full = cards[cards["number"].str.len().gt(cards["numbered"].map({True: 4, False: 0}))]
    nth = full.groupby("label").cumcount() + 1
    suffix = dict(zip(full["label"] + "\0" + full["number"], nth, strict=True))
    whole = label + "\0" + number
    order = whole.map(suffix).fillna(1).astype("int64")
    return label.where(order.le(1), label + "#" + order.astype("str")).astype("str")


def plain_labels(key: pd.Series, layout: pd.Series) -> pd.Series:
    """'…1234' or the layout's name: the label of each account, as long as it is the only one."""
    return ("…" + _tail(key)).fillna(layout)


def _tail(key: pd.Series) -> pd.Series:
    key = key.where(~key.str.fullmatch(_IBAN), key.str.replace(" ", ""))
    return key.str.extract(r"(\d{4})\W*$", expand=False)


def _numbers(label: pd.Series, key: pd.Series) -> pd.Series:
    """The digits of each key; of a number masked in its middle, those of the only one that fits."""
    number = key.str.replace(r"\D", "", regex=True).fillna("")
    shown = key.str.replace(r"[\s-]", "", regex=True).str.extract(_MASKED)
    masked = shown[0].notna()
    if not masked.any():
        return number
    table = pd.DataFrame({"label": label, "number": number, "head": shown[0], "tail": shown[1]})
    full = table.loc[~masked, ["label", "number"]].drop_duplicates()
    both = table[masked].reset_index(names="at").merge(full, on="label", suffixes=("", "_full"))
    fits = [
        len(whole) > len(head + tail) and whole.startswith(head) and whole.endswith(tail)
        for whole, head, tail in zip(both["number_full"], both["head"], both["tail"], strict=True)
    ]
    both = both[np.array(fits, np.bool_)].drop_duplicates("at", keep=False)
    number = number.copy()
    number.loc[both["at"]] = both["number_full"].to_numpy()
    return number


def _mixed(
    rows: pd.DataFrame, labels: pd.Series, place: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The ids as numbers: a hash of what a movement is, and its number among its equals."""
    base = labels.str.replace(r"#\d+$", "", regex=True)
    codes, names = pd.factorize(base)
    # OFX repeats FITIDs across months in some converters, so the reference is only one part.
    account = pd.Categorical.from_codes(codes[place], categories=names)
    keys = [pd.Series(account), *(rows[name] for name in _IDENTITY)]
    key = _combined([_hashed(column) for column in keys])
    nth = np.zeros(len(rows), np.uint64)
    ranked = np.sort(key)
    # Twins are few: to look for their keys takes a fraction of what it takes to compare all rows.
    twins = np.flatnonzero(np.isin(key, np.unique(ranked[1:][ranked[1:] == ranked[:-1]])))
    if len(twins):
        some = spelled(rows.iloc[twins][["account", "file", "line"]])
        some = some.assign(_key=key[twins], _row=twins)
        some = some.sort_values(["account", "file", "line"], kind="stable", na_position="last")
        nth[some["_row"]] = some.groupby("_key", sort=False).cumcount()
    return pd.util.hash_array(key ^ pd.util.hash_array(nth))


# Rows that show whether the texts of a column mostly differ.
_SAMPLE = 1000
_NULL_HASH = np.uint64(2**64 - 1)


def _hashed(column: pd.Series) -> npt.NDArray[Any]:
    """A number for each value, the same whether texts come as texts or as a categorical."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        # References mostly differ: to look for equal ones first takes longer than to hash them all.
        # Null has one hash among equal texts and another among all, so a column with it stays.
        some = column.iloc[:_SAMPLE]
        once = some.dtype == "str" and some.nunique() > 0.9 * len(some) and column.notna().all()
        return pd.util.hash_pandas_object(column, index=False, categorize=not once).to_numpy()
    # Categories are distinct, and null, whose code is -1, has the number that pandas gives it.
    hashes = pd.util.hash_array(column.cat.categories.to_numpy(object), categorize=False)
    return np.append(hashes, _NULL_HASH)[column.cat.codes.to_numpy()]


def _combined(hashes: list[npt.NDArray[Any]]) -> npt.NDArray[np.uint64]:
    """One number per row, as `pd.util.hash_pandas_object` combines those of a frame's columns."""
    out = np.full(len(hashes[0]), 0x345678, np.uint64)
    factor = 1_000_003
    for left, column in zip(range(len(hashes), 0, -1), hashes, strict=True):
        out = (out ^ column) * np.uint64(factor)
        factor += 82_520 + 2 * left
    return out + np.uint64(97_531)


def hex_ids(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.object_]:
    """Numbers as the 16 hex digits of ids."""
    text = numbers.astype(">u8").tobytes().hex(" ", 8)
    return np.array(text.split(" ") if text else [], dtype=object)


def in_major_units(book: pd.DataFrame) -> pd.DataFrame:
    """A ledger with its amounts as exact `Decimal` in major units."""
    places = {
        "amount": "decimals",
        "fee_amount": "decimals",
        "original_amount": "original_decimals",
    }
    amounts = {name: to_decimals(book[name], book[digits]) for name, digits in places.items()}
    return spelled(book).assign(**amounts).drop(columns=["decimals", "original_decimals"])
