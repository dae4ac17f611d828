"""A sample statement's whole story as plain text: how it was read, its rows, its cases."""

import datetime as dt
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd

from reconcile import pipeline
from reconcile.ledger import Source
from reconcile.money import to_text
from reconcile.settings import Settings
from reconcile.tables import CAUSES, Tables
from reconcile.text import render, sentences

SAMPLES = Path(__file__).parents[1] / "sample_statements"
AS_OF = dt.date(2026, 11, 23)
# The one statement whose orders are in `orders.csv`.
WITH_ORDERS = SAMPLES / "plain" / "jpy-card-with-originals.csv"
# Statements that are told together with others of their folder: what one shows, another paid.
TOGETHER = {SAMPLES / "paypal-and-card" / "Download_paypal.csv": ("card-4417.csv",)}
COLUMNS = (
    "line", "date", "posted", "amount", "currency", "original", "rate", "kind", "status",
    "merchant", "description",
)  # fmt: skip


def samples() -> list[Path]:
    """Every sample statement; not order lists, not expected texts."""
    others = {path.with_name(name) for path, names in TOGETHER.items() for name in names}
    found = [path for path in SAMPLES.rglob("*") if path.is_file() and path not in others]
    return sorted(
        path
        for path in found
        if not path.name.endswith(".expected.txt")
        and not path.name.startswith(("orders", "."))
        and path.suffix != ".md"
    )


def expected_file(path: Path) -> Path:
    """The expected text beside a sample."""
    return path.with_name(path.name + ".expected.txt")


def describe(path: Path) -> str:
    """What the program makes of one statement, in English, as of a fixed day."""
    orders = SAMPLES / "orders.csv" if path == WITH_ORDERS else None
    paths = [path, *(path.with_name(name) for name in TOGETHER.get(path, ()))]
    found, failed = pipeline.run(paths, Settings(orders=orders, as_of=AS_OF, lang="en"))
    if failed:
        raise failed[0]
    parts: list[str] = []
    for source in found.sources:
        parts += _source(source)
    for source in found.sources:
        own = found.transactions[found.transactions["file"].eq(source.file)]
        of = f" of {source.file}" if len(paths) > 1 else ""
        if of or source is found.sources[0]:
            parts += ["", f"Transactions{of}", *_transactions(own if of else found.transactions)]
    label = _labels(found.transactions, apart=len(paths) > 1)
    for number, case in enumerate(found.cases.to_dict("records"), start=1):
        parts += ["", f"Case {number}", *_case(case, label)]
    if len(found.unlinked):
        parts += ["", "Refunds without a case"]
        for item in found.unlinked.to_dict("records"):
            parts.append(f"  {label[item['transaction']]}: {render(item['reason'], 'en')}")
    parts += _cards(found)
    return "\n".join(line.rstrip() for line in parts) + "\n"


def _source(source: Source) -> list[str]:
    """How one file was read."""
    roles = ", ".join(f"{role} {count}" for role, count in sorted(source.lines.items()))
    out = [
        f"{source.file}: layout {source.layout}, encoding {source.encoding}",
        f"rows {source.rows}, transactions {source.transactions}",
    ]
    out += [f"duplicates {source.duplicates}"] if source.duplicates else []
    out += [f"lines: {roles}"] if roles else []
    out += [f"note: {render(note, 'en')}" for note in source.notes]
    out += [f"rejected, line {bad.line}: {render(bad.reason, 'en')}" for bad in source.rejected]
    return out


def _labels(book: pd.DataFrame, *, apart: bool) -> dict[str, str]:
    """A transaction by its line, or by the bank's reference where there is no line.

    With the file's name where several are told together.
    """
    columns = ("id", "file", "line", "reference")
    return {
        str(key): (f"{file} " if apart else "")
        + (f"line {line}" if pd.notna(line) else f"reference {reference}")
        for key, file, line, reference in zip(*(book[name] for name in columns), strict=True)
    }


def _amount(value: Any, places: Any, currency: Any = "") -> str:
    if pd.isna(value):
        return ""
    code = "" if currency == "" else " ?" if pd.isna(currency) else f" {currency}"
    return to_text(value, places) + code


def _day(value: Any) -> str:
    return "" if value is None or pd.isna(value) else f"{value:%Y-%m-%d}"


def _transactions(book: pd.DataFrame) -> list[str]:
    """All rows as an aligned table, in the order of the file."""
    rows: list[tuple[str, ...]] = [COLUMNS]
    # Files without line numbers list their rows in the order of the ledger.
    for item in book.sort_values("line", kind="stable").to_dict("records"):
        rows.append((
            str(item["reference"] if pd.isna(item["line"]) else item["line"]),
            _day(item["transaction_date"]), _day(item["posted_date"]),
            _amount(item["amount"], item["decimals"]), _text(item["currency"], "?"),
            _amount(item["original_amount"], item["original_decimals"], item["original_currency"]),
            _text(item["conversion_rate"]), item["kind"], item["status"],
            _merchant(item), item["description"],
        ))  # fmt: skip
    sizes = [max(_width(row[n]) for row in rows) for n in range(len(COLUMNS))]
    right = {COLUMNS.index(name) for name in ("line", "amount", "original", "rate")}
    lines = []
    for row in rows:
        cells = []
        for n, cell in enumerate(row):
            gap = " " * (sizes[n] - _width(cell))
            cells.append(gap + cell if n in right else cell + gap)
        lines.append("  " + "  ".join(cells))
    return lines


def _text(value: Any, unknown: str = "") -> str:
    return unknown if value is None or pd.isna(value) else str(value)


def _merchant(item: dict[Any, Any]) -> str:
    name = _text(item["merchant"])
    return f"{name} (weak)" if item["merchant_strength"] == "weak" else name


def _width(text: str) -> int:
    """Columns that a text takes on a terminal; Japanese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _case(case: dict[Any, Any], label: dict[str, str]) -> list[str]:
    """One case, a fact a line."""
    places, currency = case["decimals"], _text(case["currency"], "?")

    def money(name: str) -> str:
        return _amount(case[name], places)

    def members(name: str) -> str:
        return ", ".join(label[key] for key in case[name]) or "none"

    out = [f"  charges: {members('charges')}; refunds: {members('refunds')}"]
    if case["orders"]:
        out.append(f"  orders: {', '.join(case['orders'])}")
    if case["fees"]:
        out.append(f"  fees: {members('fees')}")
    out.append(
        f"  charged {money('charged')} {currency}, refunded {money('refunded')},"
        f" shortfall {money('shortfall')}"
    )
    for cause in CAUSES:
        known = not pd.isna(case[f"{cause}_low"])
        interval = f"{money(f'{cause}_low')} to {money(f'{cause}_high')}" if known else "unknown"
        if case[cause] or interval not in (f"{money(cause)} to {money(cause)}",):
            out.append(f"    {cause}: {money(cause)} ({interval})")
    out.append(
        f"  verdict: {case['verdict']}, confidence {case['confidence']:.2f},"
        f" merchant {case['merchant_strength']}"
    )
    out += [
        f"  or, {other.confidence:.2f}: "
        + ", ".join(label[k] for k in other.charges + other.refunds)
        for other in case["alternatives"]
    ]
    if case["due"] is not None:
        due = case["due"]
        amount = _amount(due.amount, due.places, due.currency)
        out.append(f"  due: {amount} since {_day(due.since)}, until {_day(due.clock_ends)}")
    out += [f"  evidence: {render(message, 'en')}" for message in case["evidence"]]
    out.append(f"  why: {sentences(case['explanation'], 'en')}")
    deadline = f" by {_day(case['deadline'])}" if _day(case["deadline"]) else ""
    out.append(f"  next: {case['next_step']}{deadline}: {render(case['next_text'], 'en')}")
    return out


def _cards(found: Tables) -> list[str]:
    """What is known of each card."""
    out = ["", "Cards"] if len(found.cards) else []
    for card in found.cards.to_dict("records"):
        fee = _text(card["fee"], "unknown")
        source = f" ({card['fee_source']})" if _text(card["fee_source"]) else ""
        days = ", ".join(f"{_day(a)} to {_day(b)}" for a, b in card["covered"])
        out.append(
            f"  {card['account']}: fee {fee}{source}, on refunds {card['refund_mode']},"
            f" covered {days}"
        )
    return out
