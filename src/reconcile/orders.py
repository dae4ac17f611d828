"""What the shopper ordered and what is due back: an order export or a hand-written list, as rows.

The known forms stand in `order_formats.toml`. A row without an order number is a claim.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import files, order_formats, order_prices
from reconcile.errors import InputError, SettingsError
from reconcile.ledger import Rejected
from reconcile.money import decimals
from reconcile.order_formats import Format, plain
from reconcile.readers import decode, fields, sheets, text
from reconcile.text import Message, masked

TEMPLATE = """\
order_id,order_date,currency,total,status,refund_amount,refund_date,refund_to,protection_until
3012345678901234,2026-05-12,USD,32.49,Refunded,32.49,2026-06-02,card,2026-08-10
3012345678905678,2026-05-20,USD,80.00,Partially refunded,48.00,2026-06-11,card,
3012345678909012,2026-06-01,JPY,1980,Completed,,,,
"""
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%b %d, %Y", "%d %b %Y", "%b. %d, %Y",
    "%B %d, %Y", "%d %B %Y", "%d.%m.%Y",
)  # fmt: skip
# What a spreadsheet makes of a long number.
_ROUNDED = r"(?i)\d(?:[.,]\d+)?e\+?\d+"
# States in which nothing has been granted yet.
_OPEN = ("out_of_stock", "cancel_requested", "fake_tracking", "partial_offer", "dispute")
# Lines looked at for the header.
_HEAD = 30
_ZIP = b"PK\x03\x04"
_EXPECT = re.compile(r"^\s*(?P<day>\S+)\s+(?P<amount>.+?)\s*$")
_AMOUNTS = ("total", "refund_amount", "coupon", "shipping")
# name: (dtype, meaning)
COLUMNS: dict[str, tuple[str, str]] = {
    "order_id": ("str", "order number as printed; null for a claim"),
    "order_date": ("datetime64[us]", "day of the order"),
    "currency": ("str", "currency of the order"),
    "places": ("int8", "digits after the decimal sign of the amounts"),
    "total": ("int64", "minor units paid for the order"),
    "due": ("int64", "minor units due back; 0 where nothing is"),
    "known_due": ("bool", "whether the row tells what is due (a refund amount, or a status)"),
    "started": ("bool", "whether the refund clock runs; false: due, but not yet granted"),
    "promised": ("datetime64[us]", "day the refund was promised; null where not told"),
    "refund_to": ("str", "where the refund goes, as printed; may be null"),
    "target": ("str", "card, paypal, wallet or bank; null where not told"),
    "status": ("str", "status as printed; may be null"),
    "state": ("str", "what the status says, see order_formats.toml; may be null"),
    "protection_until": ("datetime64[us]", "last day of Buyer Protection; null where not told"),
    "coupon": ("int64", "minor units of coupons and vouchers; 0 where not told"),
    "shipping": ("int64", "minor units of shipping; -1 where not told"),
    "extra": ("object", "dict of the file's other columns, as printed"),
    "line": ("int64", "1-based line in the file; of several, the first"),
}


@dataclass
class Orders:
    """Order rows (`COLUMNS`), the lines that could not be read, and what was assumed."""

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
        return [(content, text.delimiter_of(content))]
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


@dataclass
class _Sheet:
    """The lines of a file with our fields, and what is wrong with each."""

    table: pd.DataFrame
    form: Format
    wrong: list[Message | None]

    def has(self, name: str) -> bool:
        """Whether the file has a column for a field."""
        return self.column(name) is not None

    def column(self, name: str) -> str | None:
        """The column that holds a field."""
        names = self.form.columns.get(name, ())
        return next((column for column in names if column in self.table), None)

    def col(self, name: str) -> pd.Series:
        """A field as text, empty where there is none."""
        column = self.column(name)
        if column is None:
            return pd.Series("", index=self.table.index, dtype="str")
        return self.table[column].astype("str").fillna("").str.strip()

    def date(self, name: str) -> pd.Series:
        """A field as days; null where there is none."""
        column = self.column(name)
        if column is not None and pd.api.types.is_datetime64_any_dtype(self.table[column]):
            return self.table[column].astype("datetime64[us]")
        return fields.dates(self.col(name), _DATES)

    def blame(self, bad: pd.Series | npt.NDArray[np.bool_], name: str, code: str) -> None:
        """Note what is wrong with lines that nothing is known to be wrong with yet."""
        shown = self.col(name)
        for at in np.flatnonzero(bad).tolist():
            if self.wrong[at] is None:
                column = self.column(name) or name
                params = {"column": masked(column), "text": masked(shown.iloc[at])[:40]}
                self.wrong[at] = Message(code, params)


def _collect(table: pd.DataFrame, form: Format, file: str, line: np.ndarray) -> Orders:
    """Lines to orders: each field read once, lines of one order put together, bad ones rejected."""
    if table.empty:
        return Orders(none().rows, file, [], [], form.name)
    sheet = _Sheet(table, form, [None] * len(table))
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
    rows["total"], currency = _amount(sheet, paid, currency, required=True)
    # A mark beside the price is all the currency some lists tell.
    rows["currency"] = currency
    sheet.blame(rows["currency"].isna(), paid, "orders.no_currency")
    if per_line:
        rows["total"] *= _quantity(sheet)
    for name in _AMOUNTS[1:]:
        rows[name], _ = _amount(sheet, name, currency)
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


def _amount(
    sheet: _Sheet, name: str, currency: pd.Series, *, required: bool = False
) -> tuple[pd.Series, pd.Series]:
    """A column of prices in minor units (empty: 0), and each line's currency."""
    texts = sheet.col(name)
    if sheet.form.minor:
        cents = pd.to_numeric(texts, errors="coerce")
        good = (cents.notna() & (cents % 1 == 0)).to_numpy(np.bool_)
        value, found = cents.where(good, 0).fillna(0).to_numpy(np.int64), currency
    else:
        value, good, found = order_prices.read(texts, currency)
        sheet.blame(texts.ne("") & found.isna(), name, "orders.no_currency")
    wrong = ~good if required else ~good & texts.ne("").to_numpy(np.bool_)
    sheet.blame(wrong, name, "orders.amount")
    return pd.Series(value, index=texts.index), found


def _quantity(sheet: _Sheet) -> pd.Series:
    """How many pieces each line is about; 1 where nothing is told."""
    texts = sheet.col("quantity").str.lstrip("xX×").str.strip()
    count = pd.to_numeric(texts.where(texts.ne(""), "1"), errors="coerce")
    good = count.notna() & (count % 1 == 0) & count.between(1, 99_999)
    sheet.blame(~good, "quantity", "orders.quantity")
    return count.where(good, 1).astype("int64")


def _orders(rows: pd.DataFrame, sheet: _Sheet, per_line: bool, out: Orders) -> Orders:
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
    table, faults = _joined(rows, per_line, alone)
    out.rejected += faults
    again = rows["group"].duplicated(keep=False) & rows["group"].isin(table["group"])
    if alone and again.any():
        out.notes.append(Message("orders.repeated", {"count": int(again.sum())}))
    out.rejected.sort(key=lambda r: r.line or 0)
    out.rows = _told(table)
    untold = int((out.rows["started"] & ~out.rows["known_due"]).sum())
    if untold:
        out.notes.append(Message("orders.part_untold", {"count": untold}))
    return out


def _joined(rows: pd.DataFrame, per_line: bool, alone: bool) -> tuple[pd.DataFrame, list[Rejected]]:
    """Lines with the same `group` as one row each, and the orders whose lines contradict.

    `alone`: a line is a whole order, so that several say the same again, or later.
    """
    rule = {one.state: one for one in order_formats.statuses()}
    rank = {one.state: at for at, one in enumerate(order_formats.statuses())}
    state = order_formats.state(rows["status"])
    back = state.map(lambda s: s in rule and rule[s].due == "all").astype("bool")
    rows = rows.assign(
        rank=state.map(rank).fillna(len(rank)).astype("int64"),
        back=np.where(back, rows["total"], 0), backs=back,
        coupon=rows["coupon"].abs(), shipping=rows["shipping"].where(rows["shipped"], -1),
    )  # fmt: skip
    by = rows.groupby("group", sort=False)
    # Items of one order may differ: the one that says most of a refund speaks for the order.
    speaks = rows.sort_values("rank", kind="stable").drop_duplicates("group").set_index("group")
    out = by.first()
    out["order_id"] = out["key"]
    out["status"] = speaks["status"].reindex(out.index)
    for name in ("refund_date", "coupon", "shipping", "told"):
        out[name] = by[name].max()
    first = out["line"]
    faults = {
        "orders.currencies": by["currency"].nunique().gt(1),
        "orders.totals": by["total"].nunique().gt(1) & (not per_line),
    }
    if alone:
        # One refund may be told again, without its day or with it; others are further parts.
        told = rows[rows["told"]].drop_duplicates(["group", "refund_amount", "refund_date"])
        dated = told["refund_date"].notna()
        again = pd.MultiIndex.from_frame(told.loc[dated, ["group", "refund_amount"]])
        same = pd.MultiIndex.from_frame(told[["group", "refund_amount"]]).isin(again)
        parts = told[dated | ~same].groupby("group")["refund_amount"].sum()
        out["refund_amount"] = parts.reindex(out.index).fillna(0).astype("int64")
        faults["orders.refunds"] = out["refund_amount"].gt(out["total"]) & by.size().gt(1)
    if per_line:
        for name in ("total", "refund_amount"):
            out[name] = by[name].sum()
        # Only some items come back, and no amount is told: theirs is due.
        some = by["backs"].any() & ~by["backs"].all() & ~out["told"]
        out["refund_amount"] = out["refund_amount"].where(~some, by["back"].sum())
        out["told"] |= some
    faults["orders.nothing_paid"] = out["total"].le(0)
    bad = pd.Series(False, index=out.index)
    found = []
    for code, which in faults.items():
        found += [
            Rejected(int(first[at]), Message(code, {"text": out.loc[at, "key"] or "-"}))
            for at in out.index[which & ~bad]
        ]
        bad |= which
    return out[~bad].reset_index(), found


def _told(table: pd.DataFrame) -> pd.DataFrame:
    """What each order says is due, to where and since when: `COLUMNS`."""
    status = table["status"].astype("str")
    state = order_formats.state(status)
    rule = {one.state: one for one in order_formats.statuses()}
    says = state.map(lambda s: rule[s].due if s in rule else "none")
    started = state.map(lambda s: s in rule and rule[s].started).astype("bool")
    total, refund = table["total"].astype("int64"), table["refund_amount"].astype("int64")
    told = table["told"].astype("bool")
    due = np.where(told & refund.gt(0), refund, np.where(says.eq("all") & ~told, total, 0))
    promised = pd.to_datetime(table["refund_date"]).astype("datetime64[us]")
    refund_to = table["refund_to"].where(table["refund_to"].ne(""))
    target = order_formats.target(table["refund_to"].astype("str"))
    paid_by = order_formats.target(table["payment"].astype("str"))
    currency = table["currency"].astype("str")
    # An offer or a claim is not yet a promise, unless the day of one is told.
    granted = told & refund.gt(0) & (promised.notna() | ~state.isin(_OPEN))
    columns = {
        "order_id": table["order_id"].where(table["order_id"].ne("")),
        "order_date": table["order_date"], "currency": currency,
        "places": [decimals(str(name)) for name in currency], "total": total, "due": due,
        "known_due": told | says.eq("all"),
        "started": started | granted, "promised": promised, "refund_to": refund_to,
        "target": target.where(target.notna(), paid_by),
        "status": status.where(status.ne("")), "state": state,
        "protection_until": pd.to_datetime(table["protection_until"]),
        "coupon": table["coupon"], "shipping": table["shipping"], "extra": table["extra"],
        "line": table["line"],
    }  # fmt: skip
    rows = pd.DataFrame(columns, columns=list(COLUMNS))
    return rows.astype({name: dtype for name, (dtype, _) in COLUMNS.items()})
