"""What the shopper ordered and what is due back: a hand-written list or an order export, as rows.

Columns of the list: `order_id, order_date, currency, total` (required) and, where known, `status,
refund_amount, refund_date, refund_to, protection_until`. A row without an order number is a claim.
"""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from reconcile.errors import InputError
from reconcile.ledger import Rejected
from reconcile.readers import fields, text
from reconcile.text import Message

REQUIRED = ("order_date", "currency", "total")
OPTIONAL = ("order_id", "status", "refund_amount", "refund_date", "refund_to", "protection_until")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%b %d, %Y", "%d %b %Y")
# Words of AliExpress order lists that say the whole sum comes back.
_ALL_BACK = r"(?i)cancel|refund|closed|キャンセル|取消|返金"
# name: (dtype, meaning)
COLUMNS: dict[str, tuple[str, str]] = {
    "order_id": ("str", "order number as printed; null for a claim"),
    "order_date": ("datetime64[us]", "day of the order"),
    "currency": ("str", "currency of the order"),
    "places": ("int8", "digits after the decimal sign of the amounts"),
    "total": ("int64", "minor units paid for the order"),
    "due": ("int64", "minor units due back; 0 where nothing is"),
    "known_due": ("bool", "whether the row tells what is due (a refund amount, or a status)"),
    "promised": ("datetime64[us]", "day the refund was promised; null where not told"),
    "refund_to": ("str", "where the refund goes, as printed; may be null"),
    "line": ("int64", "1-based line in the file"),
}


@dataclass
class Orders:
    """Order rows (`COLUMNS`) and the lines that could not be read."""

    rows: pd.DataFrame
    file: str = ""
    rejected: list[Rejected] = field(default_factory=list)


def read(path: Path) -> Orders:
    """An order list as rows; `InputError` when the file or a required column is not there."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("unreadable", file=str(path), detail=error.strerror or "") from None
    content, _ = text.decode(data, path.name, None)
    reader = csv.DictReader(io.StringIO(content), delimiter=text.delimiter_of(content))
    names = [name.strip().lower() for name in reader.fieldnames or []]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InputError("orders_columns", file=path.name, columns=", ".join(missing))
    reader.fieldnames = names
    raw, lines = [], []
    for row in reader:
        raw.append({name: row.get(name) or "" for name in names})
        lines.append(reader.line_num)
    table = pd.DataFrame(raw, columns=names, dtype="str")
    return normalise(table, path.name, np.array(lines, np.int64))


def normalise(table: pd.DataFrame, file: str = "", lines: np.ndarray | None = None) -> Orders:
    """Rows of text (or dates) with the list's columns as `COLUMNS`; bad rows are rejected."""
    table = table.reset_index(drop=True)
    line = np.arange(1, len(table) + 1) if lines is None else lines
    blank = pd.Series("", index=table.index, dtype="str")

    def col(name: str) -> pd.Series:
        return table[name].astype("str").fillna("").str.strip() if name in table else blank

    def date(name: str) -> pd.Series:
        if name in table and pd.api.types.is_datetime64_any_dtype(table[name]):
            return table[name].astype("datetime64[us]")
        return fields.dates(col(name), _DATES)

    currency = fields.currencies(col("currency"))
    total, total_ok, places = fields.amounts(col("total"), currency, ".", ",")
    refund, refund_ok, _ = fields.amounts(col("refund_amount"), currency, ".", ",")
    when = date("order_date")
    back = col("status").str.contains(_ALL_BACK, regex=True)
    told = pd.Series(refund_ok) & col("refund_amount").ne("")
    rows = pd.DataFrame({
        "order_id": col("order_id").where(col("order_id").ne("")), "order_date": when,
        "currency": currency, "places": places, "total": total,
        "due": np.where(told & (refund > 0), refund, np.where(back & ~told, total, 0)),
        "known_due": told | back, "promised": date("refund_date"),
        "refund_to": col("refund_to").where(col("refund_to").ne("")), "line": line,
    })  # fmt: skip
    rows = rows.astype({name: dtype for name, (dtype, _) in COLUMNS.items()})
    good = when.notna() & currency.notna() & total_ok & (total > 0)
    good &= ~col("refund_amount").ne("") | refund_ok
    out = Orders(rows[good].reset_index(drop=True), file)
    for position in np.flatnonzero(~good):
        wrong = next(
            name
            for name, ok in (
                ("order_date", pd.notna(when[position])),
                ("currency", pd.notna(currency[position])),
                ("total", bool(total_ok[position]) and total[position] > 0),
                ("refund_amount", False),
            )
            if not ok
        )  # fmt: skip
        shown = col(wrong)[position][:40]
        reason = Message("reason.order", {"column": wrong, "text": shown})
        out.rejected.append(Rejected(int(line[position]), reason))
    return out


def none() -> Orders:
    """No orders."""
    rows = {name: pd.Series(dtype=dtype) for name, (dtype, _) in COLUMNS.items()}
    return Orders(pd.DataFrame(rows), "")
