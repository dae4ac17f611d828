"""The report contract as JSON: money as decimal text, days as ISO 8601, unknown as null."""

import json
from typing import Any

import numpy as np
import pandas as pd

from reconcile.money import to_decimals, to_text
from reconcile.report.digest import known
from reconcile.tables import CAUSES, SUMMARY_AMOUNTS, Tables
from reconcile.text import render, sentences

SCHEMA_VERSION = 1
# Lists as long as the statements are: one line for each entry, by the fast encoder.
_LONG = frozenset(("transactions", "rates"))
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def document(tables: Tables, lang: str) -> dict[str, Any]:
    """Everything a run found as the contract's document, sentences in `lang`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": tables.as_of.isoformat(),
        "sources": [_source(source, lang) for source in tables.sources],
        "transactions": transactions(tables.transactions),
        "cases": [_case(row, lang) for row in _rows(tables.cases)],
        "unlinked_refunds": [
            {"transaction": row["transaction"], "reason": render(row["reason"], lang)}
            for row in _rows(tables.unlinked)
        ],
        "cards": [_card(row) for row in _rows(tables.cards)],
        "rates": [{**row, "date": _day(row["date"])} for row in _rows(tables.rates)],
        "summary": [_summary(row) for row in _rows(tables.summary)],
    }


def dumps(tables: Tables, lang: str) -> str:
    """The document as text, the same bytes for the same tables."""
    parts = []
    for key, value in document(tables, lang).items():
        if key in _LONG and value:
            body = "[\n  " + ",\n  ".join(map(_ENCODER.encode, value)) + "\n ]"
        else:
            body = json.dumps(value, ensure_ascii=False, indent=1).replace("\n", "\n ")
        parts.append(f' "{key}": {body}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    rows = zip(*(column for _, column in frame.items()), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _day(value: Any) -> str | None:
    day = known(value)
    return None if day is None else str(day.isoformat())


def _source(source: Any, lang: str) -> dict[str, Any]:
    return {
        "file": source.file, "sha256": source.sha256, "layout": source.layout,
        "encoding": source.encoding,
        "rows": source.rows, "transactions": source.transactions - source.duplicates,
        "duplicates": source.duplicates,
        "rejected": [{"line": bad.line,
        "reason": render(bad.reason, lang)} for bad in source.rejected],
        "lines": source.lines, "notes": [render(note, lang) for note in source.notes],
    }  # fmt: skip


def _amounts(values: pd.Series, places: pd.Series) -> list[str | None]:
    """Minor units as decimal text, column by column (a statement may hold a million rows)."""
    return [None if value is None else f"{value:f}" for value in to_decimals(values, places)]


def transactions(book: pd.DataFrame) -> list[dict[str, Any]]:
    """Transactions by the contract's field names, amounts as decimal text."""

    def text(name: str) -> list[Any]:
        column = book[name]
        known = column.to_numpy(object, copy=True)
        known[column.isna().to_numpy(np.bool_)] = None
        return list(known)

    def date(name: str) -> list[Any]:
        days = book[name].to_numpy("datetime64[D]")
        texts = np.datetime_as_string(days).astype(object)
        texts[np.isnat(days)] = None
        return list(texts)

    columns = {
        "id": text("id"), "file": text("file"), "line": text("line"),
        "reference": text("reference"),
        "account": text("account"), "transaction_date": date("transaction_date"),
        "posted_date": date("posted_date"), "description": text("description"),
        "amount": _amounts(book["amount"], book["decimals"]), "currency": text("currency"),
        "original_amount": _amounts(book["original_amount"], book["original_decimals"]),
        "original_currency": text("original_currency"), "conversion_rate": text("conversion_rate"),
        "conversion_date": date("conversion_date"), "kind": text("kind"), "status": text("status"),
        "fee_amount": _amounts(book["fee_amount"], book["decimals"]), "merchant": text("merchant"),
    }  # fmt: skip
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _case(row: dict[str, Any], lang: str) -> dict[str, Any]:
    places = int(row["decimals"])

    def amount(name: str) -> str | None:
        value = known(row[name])
        return None if value is None else to_text(value, places)

    due = row["due"]
    intervals = {
        cause: None
        if known(row[f"{cause}_low"]) is None
        else [amount(f"{cause}_low"), amount(f"{cause}_high")]
        for cause in CAUSES
    }
    return {
        "id": row["id"], "account": known(row["account"]), "charges": row["charges"],
        "refunds": row["refunds"],
        "orders": row["orders"], "currency": known(row["currency"]), "charged": amount("charged"),
        "refunded": amount("refunded"), "shortfall": amount("shortfall"),
        "causes": {cause: amount(cause) for cause in CAUSES}, "intervals": intervals,
        "verdict": row["verdict"], "confidence": row["confidence"],
        "alternatives": [
            {"charges": list(a.charges), "refunds": list(a.refunds), "confidence": a.confidence}
            for a in row["alternatives"]
        ],
        "fees": row["fees"],
        "due": None if due is None else {
            "amount": to_text(due.amount, due.places), "currency": due.currency,
            "since": _day(due.since), "clock_ends": _day(due.clock_ends),
        },
        "merchant_strength": row["merchant_strength"],
        "evidence": [render(message, lang) for message in row["evidence"]],
        "explanation": sentences(row["explanation"], lang),
        "next_step": {
            "code": row["next_step"], "deadline": _day(row["deadline"]),
            "text": render(row["next_text"], lang),
            "message": None if row["message"] is None else render(row["message"], lang),
            "checklist": [render(line, lang) for line in row["checklist"]],
        },
    }  # fmt: skip


def _card(row: dict[str, Any]) -> dict[str, Any]:
    low, high = known(row["markup_low"]), known(row["markup_high"])
    return {
        "account": row["account"], "issuer": known(row["issuer"]), "fee": known(row["fee"]),
        "fee_source": known(row["fee_source"]), "refund_mode": row["refund_mode"],
        "markup_interval": None if low is None else [low, high],
        "covered": [[a.isoformat(), b.isoformat()] for a, b in row["covered"]],
    }  # fmt: skip


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    places = int(row["decimals"])
    amounts = {name: to_text(row[name], places) for name in SUMMARY_AMOUNTS}
    return {"currency": known(row["currency"]), **amounts}
