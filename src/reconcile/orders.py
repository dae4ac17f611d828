"""What the shopper ordered and what is due back: an order export or a hand-written list, as rows.

The known forms stand in `order_formats.toml`. A row without an order number is a claim.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from reconcile import files, order_formats
from reconcile.errors import InputError, SettingsError
from reconcile.ledger import Rejected
from reconcile.order_formats import Format, plain
from reconcile.order_rows import COLUMNS, joined, told_due
from reconcile.order_sheet import Sheet, amount, quantity
from reconcile.readers import decode, delimiters, fields, text
from reconcile.text import Message

# Lines looked at for the header.
_HEAD = 30
_ZIP = b"PK\x03\x04"
_EXPECT = re.compile(r"^\s*(?P<day>\S+)\s+(?P<amount>.+?)\s*$")
# What a spreadsheet makes of a long number.
_ROUNDED = r"(?i)\d(?:[.,]\d+)?e\+?\d+"


@dataclass
class Orders:
    """Order rows (`order_rows.COLUMNS`), the lines that could not be read, and what was assumed."""

    rows: pd.DataFrame
    file: str = ""
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    form: str = ""


def read(path: Path) -> Orders:
    """An order list as rows; `InputError` when the file or a known header is not there."""
    data = files.load(path)
    seen: list[str] = []
    for content, delimiter in _parts(data, files.label(path.name)):
        raw = text.table(content, delimiter, file=files.label(path.name))
        cells = raw.cells.astype("str").reset_index(drop=True)
        for at in range(min(_HEAD, len(cells))):
            names = [plain(cell) for cell in cells.iloc[at]]
            seen = seen or [name for name in names if name]
            form = order_formats.identify(names, path.name)
            if form is not None:
                body = cells.iloc[at + 1 :].reset_index(drop=True)
                body = body.set_axis(_unique(names), axis=1)
                line = np.asarray(raw.line[at + 1 :], np.int64)
                filled = (body != "").any(axis=1).to_numpy(np.bool_)
                return _collect(body[filled].reset_index(drop=True), form, path.name, line[filled])
    needs = [name for name in ("order_date", "currency", "total") if name not in seen]
    raise InputError(
        "orders_columns", file=files.label(path.name), columns=", ".join(needs) or "order_id"
    )


def _parts(data: bytes, file: str) -> list[tuple[str, str]]:
    """(text, delimiter) of a text file, or of each sheet of a workbook, the orders' sheet first."""
    if not data.startswith(_ZIP):
        content = decode.decode(data, file, None).text
        return [(content, delimiters.likeliest(content))]
    from reconcile.readers import sheets

    if not sheets.is_workbook(sheets.check_zip(data, file)):
        raise InputError("not_text", file=file, kind="ZIP")
    found = sheets.read_xlsx(data, file)
    found.sort(key=lambda sheet: plain(sheet[0]) != "order information")
    return [(content, ",") for _, content in found]


def _unique(names: Sequence[str]) -> list[str]:
    """Column names told apart: a name that comes again, or is empty, gets its number."""
    return [
        name if name and name not in names[:at] else f"{name or 'column'} {at + 1}"
        for at, name in enumerate(names)
    ]


def normalise(table: pd.DataFrame) -> Orders:
    """Rows of text (or dates) with the hand-written list's columns as `COLUMNS`."""
    form = next(form for form in order_formats.formats() if form.name == "list")
    return _collect(table.reset_index(drop=True), form, "", np.arange(1, len(table) + 1))


def expect(texts: Sequence[str]) -> Orders:
    """Claims such as `2025-06-20 32.49 USD`: all of it is due, the order number is not known."""
    rows = []
    for claim in texts:
        found = _EXPECT.match(claim)
        if found is None:
            raise SettingsError("expect", value=claim)
        rows.append({
            "order_date": found["day"], "total": found["amount"], "currency": "",
            "status": "refunded",
        })  # fmt: skip
    out = normalise(pd.DataFrame(rows, columns=["order_date", "total", "currency", "status"]))
    if out.rejected:
        raise SettingsError("expect", value=texts[(out.rejected[0].line or 1) - 1])
    out.rows["status"] = out.rows["state"] = pd.Series(None, index=out.rows.index, dtype="str")
    return out


def join(first: Orders, second: Orders) -> Orders:
    """Two lists as one, the second's lines counted behind the first's."""
    rows = first.rows if second.rows.empty else second.rows
    if len(first.rows) and len(second.rows):
        later = second.rows.assign(line=second.rows["line"] + int(first.rows["line"].max()))
        rows = pd.concat([first.rows, later], ignore_index=True)
    notes = [*first.notes, *second.notes]
    return Orders(rows, first.file or second.file, first.rejected, notes, first.form)


def none() -> Orders:
    """No orders."""
    rows = {name: pd.Series(dtype=dtype) for name, (dtype, _) in COLUMNS.items()}
    return Orders(pd.DataFrame(rows), "")


def _collect(table: pd.DataFrame, form: Format, file: str, line: np.ndarray) -> Orders:
    """Lines to orders: each field read once, lines of one order put together, bad ones rejected."""
    if table.empty:
        return Orders(none().rows, file, [], [], form.name)
    sheet = Sheet(table, form, [None] * len(table))
    notes: list[Message] = []
    printed = sheet.col("currency")
    currency = fields.currencies(printed).astype("str")
    sheet.blame(printed.ne("") & currency.isna(), "currency", "orders.currency")
    if form.currency and not sheet.has("currency"):
        currency = pd.Series(form.currency, index=table.index, dtype="str")
        notes.append(Message("orders.currency_assumed", {"currency": form.currency}))
    when = sheet.date("order_date")
    sheet.blame(when.isna(), "order_date", "orders.date")
    rows = pd.DataFrame({"order_date": when}, index=table.index)
    per_line = form.lines == "item" and not form.repeated and not sheet.has("total")
    paid = "price" if per_line else "total"
    rows["total"], currency = amount(sheet, paid, currency, required=True)
    # A mark beside the price is all the currency some lists tell.
    rows["currency"] = currency
    sheet.blame(rows["currency"].isna(), paid, "orders.no_currency")
    if per_line:
        rows["total"] *= quantity(sheet)
    for name in ("refund_amount", "coupon", "shipping"):
        rows[name], _ = amount(sheet, name, currency)
    rows["refund_amount"] = rows["refund_amount"].abs()
    for name in ("refund_date", "protection_until"):
        rows[name] = sheet.date(name)
        sheet.blame(rows[name].isna() & sheet.col(name).ne(""), name, "orders.date")
    for name in ("order_id", "parent", "status", "refund_to", "payment"):
        rows[name] = sheet.col(name)
    lost = rows["order_id"].str.fullmatch(_ROUNDED).to_numpy(np.bool_)
    if lost.any():
        params = {"text": rows.loc[lost, "order_id"].iloc[0], "count": int(lost.sum())}
        notes.append(Message("orders.lost_number", params))
        rows.loc[lost, "order_id"] = ""
    rows["told"] = sheet.col("refund_amount").ne("")
    rows["shipped"] = sheet.col("shipping").ne("")
    rows["line"] = line
    used = {sheet.column(name) for name in form.columns}
    left = [name for name in table.columns if name not in used]
    rows["extra"] = pd.Series(
        [dict(zip(left, cells, strict=True)) for cells in table[left].itertuples(index=False)]
        if left
        else [{} for _ in range(len(table))],
        index=table.index, dtype="object",
    )  # fmt: skip
    return _orders(rows, sheet, per_line, Orders(none().rows, file, [], notes, form.name))


def _several(rows: pd.DataFrame, table: pd.DataFrame) -> list[Message]:
    """What became of orders that stand in several lines: their refunds, or the same told again."""
    largest = rows.groupby("group")["refund_amount"].max()
    sums = table.set_index("group")["refund_amount"]
    added = sums.index[sums.gt(largest.reindex(sums.index))]
    again = rows["group"].duplicated(keep=False) & rows["group"].isin(sums.index.difference(added))
    counts = {"orders.added": len(added), "orders.repeated": int(again.sum())}
    return [Message(code, {"count": count}) for code, count in counts.items() if count]


def _orders(rows: pd.DataFrame, sheet: Sheet, per_line: bool, out: Orders) -> Orders:
    """One row per order from lines; an order with a line that cannot be read is left out whole."""
    lines = [int(line) for line in rows["line"]]
    key = rows["parent"].where(~rows["parent"].isin(["", "0"]), rows["order_id"])
    alone = sheet.form.lines == "order"
    # Lines without a number stand for themselves.
    group = pd.Series(
        [name or f"\0{at}" for at, name in zip(rows.index, key, strict=True)],
        index=rows.index, dtype="str",
    )  # fmt: skip
    if per_line and sheet.has("parent"):
        # Where the parent order has a line of its own, its parts would be counted twice.
        own = rows["order_id"].eq(group)
        rows = rows[own | ~group.isin(set(group[own]))]
    bad = {group[at] for at, wrong in enumerate(sheet.wrong) if wrong is not None}
    for at, wrong in enumerate(sheet.wrong):
        if wrong is not None:
            out.rejected.append(Rejected(lines[at], wrong))
        elif group[at] in bad:
            out.rejected.append(Rejected(lines[at], Message("orders.beside")))
    rows = rows.assign(key=key, group=group)
    rows = rows[~rows["group"].isin(bad)]
    table, faults = joined(rows, per_line, alone)
    out.rejected += faults
    if alone:
        out.notes += _several(rows, table)
    out.rejected.sort(key=lambda r: r.line or 0)
    out.rows = told_due(table)
    untold = int((out.rows["started"] & ~out.rows["known_due"]).sum())
    if untold:
        out.notes.append(Message("orders.part_untold", {"count": untold}))
    return out
