"""A second, independent reading of an OFX file by ofxparse, and every difference from ours.

ofxparse has gaps of its own (it reads `-12,345` yen as -12.345, ignores CURRENCY, finds nothing in
files cut short), so a difference is something to look at, not proof of an error in the ledger.
"""

import io
import warnings
from collections import Counter
from decimal import Decimal
from typing import Any

import pandas as pd

from reconcile import money
from reconcile.text import Message

# ofxparse takes quadratic time: 25 seconds for this many rows, 8 minutes for five times as many.
MAX_ROWS = 10_000
_SHOWN = 5


def cross_check(data: bytes, frame: pd.DataFrame) -> list[Message]:
    """Differences between the reader's `frame` of an OFX file and ofxparse's reading of its bytes.

    Per account: number and sum of transactions, FITIDs only one reading has, FITIDs with other
    amounts. Empty when both agree. Never raises: where ofxparse cannot read, a message says so.
    """
    if len(frame) > MAX_ROWS:
        return [Message("crosscheck.too_long", {"rows": len(frame), "limit": MAX_ROWS})]
    try:
        theirs = _second_reading(data)
    except _FAILURES as error:
        return [Message("crosscheck.failed", {"reason": f"{type(error).__name__}: {error}"[:200]})]
    ours = _first_reading(frame)
    messages = []
    for key in sorted({*ours, *theirs}):
        messages += _compare(_label(key), ours.get(key, []), theirs.get(key, []))
    return messages


# Whatever bs4, Decimal or ofxparse raise on files they do not understand, slips of theirs included.
_FAILURES = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    NameError,
    RuntimeError,
)


def _second_reading(data: bytes) -> dict[str, list[tuple[str, Decimal]]]:
    from ofxparse import OfxParser
    from ofxparse.ofxparse import OfxParserException

    try:
        with warnings.catch_warnings():
            # bs4 warns of HTML that is XML and of old names, on ofxparse's account.
            warnings.filterwarnings("ignore", module=r"(?:bs4|ofxparse)\b")
            parsed: Any = OfxParser.parse(io.BytesIO(data), fail_fast=False)
    except OfxParserException as error:
        raise ValueError(str(error)) from error
    found: dict[str, list[tuple[str, Decimal]]] = {}
    for account in parsed.accounts:
        rows = getattr(account.statement, "transactions", None) or []
        amounts = [(str(row.id or ""), row.amount) for row in rows if row.amount is not None]
        if amounts:
            found.setdefault((account.account_id or "").strip(), []).extend(amounts)
    return found


def _first_reading(frame: pd.DataFrame) -> dict[str, list[tuple[str, Decimal]]]:
    found: dict[str, list[tuple[str, Decimal]]] = {}
    columns = (frame["account_key"], frame["reference"], frame["amount"], frame["decimals"])
    for key, reference, amount, places in zip(*columns, strict=True):
        text = "" if pd.isna(reference) else str(reference)
        value = -money.to_decimal(amount, int(places))
        found.setdefault("" if pd.isna(key) else str(key), []).append((text, value))
    return found


def _compare(
    account: str, ours: list[tuple[str, Decimal]], theirs: list[tuple[str, Decimal]]
) -> list[Message]:
    messages: list[Message] = []
    values: dict[str, object]
    if len(ours) != len(theirs):
        numbers = {"account": account, "ours": len(ours), "theirs": len(theirs)}
        messages.append(Message("crosscheck.count", numbers))
    sums = [sum((amount for _, amount in rows), Decimal(0)) for rows in (ours, theirs)]
    if sums[0] != sums[1]:
        values = {"account": account, "ours": f"{sums[0]:f}", "theirs": f"{sums[1]:f}"}
        messages.append(Message("crosscheck.sum", values))
    ids = [Counter(name for name, _ in rows) for rows in (ours, theirs)]
    for code, only in (("only_ours", ids[0] - ids[1]), ("only_theirs", ids[1] - ids[0])):
        if only:
            shown = [name or "-" for name in sorted(only.elements())]
            values = {"account": account, "count": len(shown), "references": _few(shown)}
            messages.append(Message(f"crosscheck.{code}", values))
    left, right = Counter(ours), Counter(theirs)
    other = {name for name, _ in (left - right)} & {name for name, _ in (right - left)}
    for name in sorted(other & set(ids[0] & ids[1]))[:_SHOWN]:
        values = {
            "account": account,
            "reference": name or "-",
            "ours": _few([f"{amount:f}" for key, amount in (left - right) if key == name]),
            "theirs": _few([f"{amount:f}" for key, amount in (right - left) if key == name]),
        }
        messages.append(Message("crosscheck.amount", values))
    if len(other) > _SHOWN:
        more = {"account": account, "count": len(other) - _SHOWN}
        messages.append(Message("crosscheck.more_amounts", more))
    return messages


def _few(items: list[str]) -> list[str]:
    return items[:_SHOWN] + (["…"] if len(items) > _SHOWN else [])


def _label(key: str) -> str:
    digits = [sign for sign in key if sign.isdigit()]
    return "…" + "".join(digits[-4:]) if len(digits) >= 4 else "-"
