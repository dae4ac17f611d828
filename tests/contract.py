"""The report contract as a check written by hand: fields, types, forms and sums."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from reconcile.money import decimals

CAUSES = ("fx_drift", "fee", "missing", "kept", "unexplained")
KINDS = {"purchase", "refund", "payment", "fee", "interest", "cash_advance", "adjustment"}
STATUSES = {"posted", "pending", "failed", "voided"}
VERDICTS = {
    "refunded", "partly_refunded", "short", "missing", "waiting", "voided", "review",
}  # fmt: skip
MODES = {"kept", "symmetric", "double", "none", "unknown"}
FIELDS = {
    "": {
        "schema_version", "as_of", "sources", "transactions", "cases", "unlinked_refunds", "cards",
        "rates", "summary",
    },
    "sources": {
        "file", "sha256", "layout", "encoding", "rows", "transactions", "duplicates", "rejected",
    },
    "transactions": {
        "id", "file", "line", "reference", "account", "transaction_date", "posted_date",
        "description", "amount", "currency", "original_amount", "original_currency",
        "conversion_rate", "kind", "status", "fee_amount", "merchant",
    },
    "cases": {
        "id", "charges", "refunds", "orders", "currency", "charged", "refunded", "shortfall",
        "causes", "intervals", "verdict", "confidence", "alternatives", "fees", "due",
        "merchant_strength", "evidence", "explanation", "next_step",
    },
    "unlinked_refunds": {"transaction", "reason"},
    "cards": {
        "account", "issuer", "fee", "fee_source", "refund_mode", "markup_interval", "covered",
    },
    "rates": {"base", "quote", "date", "rate", "source"},
    "summary": {
        "currency", "charged", "refunded", "shortfall", *CAUSES, "waiting", "not_returned",
    },
}  # fmt: skip
_ACCOUNT = re.compile(r"…\d{4}(#\d+)?|[^\d]*(\d{1,3}[^\d]*)*")


def check(document: Any) -> None:
    """Raise AssertionError where a document breaks the contract."""
    assert type(document) is dict
    assert document.keys() >= FIELDS[""]
    assert document["schema_version"] == 1
    _day(document["as_of"])
    for name, wanted in FIELDS.items():
        for item in document[name] if name else []:
            assert item.keys() >= wanted, (name, wanted - item.keys())
    _no_empty_text(document)
    rows = {row["id"]: row for row in document["transactions"]}
    assert len(rows) == len(document["transactions"])
    for source in document["sources"]:
        _source(source)
    for row in rows.values():
        _transaction(row)
    for case in document["cases"]:
        _case(case, rows)
    used = [key for case in document["cases"] for key in (*case["charges"], *case["refunds"])]
    used += [item["transaction"] for item in document["unlinked_refunds"]]
    assert len(used) == len(set(used)), "a transaction stands in two cases"
    assert set(used) <= rows.keys()
    for item in document["unlinked_refunds"]:
        assert _text(item["reason"])
    for card in document["cards"]:
        _card(card)
    for rate in document["rates"]:
        assert Decimal(rate["rate"]) > 0
        assert _day(rate["date"])
        assert rate["source"] in ("ecb", "file", "online")
        assert re.fullmatch("[A-Z]{3}", rate["base"])
        assert re.fullmatch("[A-Z]{3}", rate["quote"])
    _summary(document)


def _no_empty_text(value: Any, path: str = "") -> None:
    """Unknown is null, never an empty text; and nothing is a binary fraction but confidences."""
    if isinstance(value, dict):
        for key, item in value.items():
            _no_empty_text(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            _no_empty_text(item, path)
    else:
        assert value != "" or path.endswith(".description"), path
        assert not isinstance(value, float) or path.endswith("confidence"), path


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _day(value: Any) -> bool:
    assert isinstance(value, str)
    return dt.date.fromisoformat(value).isoformat() == value


def _money(value: Any, currency: str | None) -> Decimal:
    """A plain decimal number, exact to the minor unit where the currency is known."""
    assert isinstance(value, str)
    assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value), value
    places = len(value.partition(".")[2])
    assert currency is None or places == decimals(currency), (value, currency)
    return Decimal(value)


def _source(source: dict[str, Any]) -> None:
    assert _text(source["file"])
    assert re.fullmatch("[0-9a-f]{64}", source["sha256"])
    assert _text(source["layout"])
    assert _text(source["encoding"])
    for name in ("rows", "transactions", "duplicates"):
        assert isinstance(source[name], int)
        assert source[name] >= 0
    for bad in source["rejected"]:
        assert bad["line"] is None or bad["line"] >= 1
        assert _text(bad["reason"])


def _transaction(row: dict[str, Any]) -> None:
    assert re.fullmatch("[0-9a-f]{16}", row["id"])
    assert row["line"] is None or row["line"] >= 1
    assert _ACCOUNT.fullmatch(row["account"]), row["account"]
    for name in ("transaction_date", "posted_date"):
        assert row[name] is None or _day(row[name])
    assert row["transaction_date"] or row["posted_date"]
    amount = _money(row["amount"], row["currency"])
    if row["original_amount"] is not None:
        original = _money(row["original_amount"], row["original_currency"])
        assert original * amount >= 0
    if row["fee_amount"] is not None:
        _money(row["fee_amount"], row["currency"])
    assert row["conversion_rate"] is None or Decimal(row["conversion_rate"]) > 0
    assert row["kind"] in KINDS
    assert row["status"] in STATUSES
    assert row["merchant"] in (None, "aliexpress")


def _case(case: dict[str, Any], rows: dict[str, Any]) -> None:
    currency = case["currency"]
    charged, refunded, short = (
        _money(case[name], currency) for name in ("charged", "refunded", "shortfall")
    )
    assert tuple(case["causes"]) == CAUSES
    assert tuple(case["intervals"]) == CAUSES
    causes = {name: _money(value, currency) for name, value in case["causes"].items()}
    assert short == charged - refunded == sum(causes.values())
    for name, pair in case["intervals"].items():
        if pair is not None:
            low, high = (_money(end, currency) for end in pair)
            assert low <= causes[name] <= high, name
    assert case["verdict"] in VERDICTS
    assert 0 <= case["confidence"] <= 1
    assert round(case["confidence"], 3) == case["confidence"]
    for other in case["alternatives"]:
        assert other.keys() == {"charges", "refunds", "confidence"}
        assert {*other["charges"], *other["refunds"]} <= rows.keys()
    assert case["merchant_strength"] in ("certain", "weak")
    assert all(isinstance(order, str) for order in case["orders"])
    assert all(_text(line) for line in case["evidence"])
    assert _text(case["explanation"])
    step = case["next_step"]
    assert step.keys() == {"code", "deadline", "text", "message", "checklist"}
    assert step["message"] is None or _text(step["message"])
    assert all(_text(line) for line in step["checklist"])
    assert _text(step["code"])
    assert _text(step["text"])
    assert step["deadline"] is None or _day(step["deadline"])
    due = case["due"]
    if due is not None:
        assert due.keys() == {"amount", "currency", "since", "clock_ends"}
        assert _money(due["amount"], due["currency"]) > 0
        assert due["since"] is None or _day(due["since"])
        assert due["clock_ends"] is None or _day(due["clock_ends"])
    _members(case, rows)


def _members(case: dict[str, Any], rows: dict[str, Any]) -> None:
    """A case's sums are those of its transactions."""
    fees = sum(Decimal(rows[key]["amount"]) for key in case["fees"])
    charged = sum(Decimal(rows[key]["amount"]) for key in case["charges"])
    refunded = -sum(Decimal(rows[key]["amount"]) for key in case["refunds"])
    assert all(Decimal(rows[key]["amount"]) > 0 for key in case["charges"])
    assert all(Decimal(rows[key]["amount"]) < 0 for key in case["refunds"])
    if case["verdict"] == "voided":
        assert case["shortfall"].strip("0.") == ""
        return
    assert Decimal(case["shortfall"]) == charged - refunded + fees


def _card(card: dict[str, Any]) -> None:
    assert (card["fee"] is None) == (card["fee_source"] is None)
    assert card["fee_source"] in (None, "issuer table", "learned", "given")
    assert card["fee"] is None or 0 <= Decimal(card["fee"]) < Decimal("0.1")
    assert card["refund_mode"] in MODES
    if card["markup_interval"] is not None:
        low, high = (Decimal(end) for end in card["markup_interval"])
        assert low <= high
    for first, last in card["covered"]:
        assert _day(first)
        assert _day(last)
        assert first <= last


def _summary(document: dict[str, Any]) -> None:
    """One row per currency, each figure the sum of that currency's cases."""
    currencies = [row["currency"] for row in document["summary"]]
    assert len(currencies) == len(set(currencies))
    assert set(currencies) == {case["currency"] for case in document["cases"]}
    for row in document["summary"]:
        cases = [case for case in document["cases"] if case["currency"] == row["currency"]]
        for name in ("charged", "refunded", "shortfall"):
            total = sum(Decimal(case[name]) for case in cases)
            assert _money(row[name], row["currency"]) == total, name
        for name in CAUSES:
            total = sum(Decimal(case["causes"][name]) for case in cases)
            assert _money(row[name], row["currency"]) == total, name
        for name, verdicts in (("waiting", {"waiting"}), ("not_returned", {"missing", "short"})):
            due = [c["due"]["amount"] for c in cases if c["verdict"] in verdicts and c["due"]]
            assert _money(row[name], row["currency"]) == sum(map(Decimal, due)), name
