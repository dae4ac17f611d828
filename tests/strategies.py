"""Everything that property tests draw: amounts, ledgers, orders."""

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from reconcile import ledger
from reconcile.money import CURRENCIES, decimals

CURRENCY = st.sampled_from(sorted(CURRENCIES))
MINOR = st.integers(min_value=-(10**14), max_value=10**14)
DAY = st.dates(dt.date(2024, 3, 1), dt.date(2025, 9, 30))
CARDS = ("****1234", "4111111111111234", "5500000000001234", "****8765", "")
ALIEXPRESS = ("ALIPAY*ALIEXPRESS", "ALIEXPRESS.COM利用国LUX", "WWW.ALIEXPRESS.COM LONDON")
DESCRIPTIONS = (*ALIEXPRESS, "ALIPAY SINGAPORE", "CORNER SHOP", "スーパー丸山", "AliExpresso Bar")


def printed(minor: int, places: int, decimal: str = ".", group: str = ",") -> str:
    """An amount as banks print it, grouped in threes."""
    whole, part = divmod(abs(minor), 10**places)
    text = f"{whole:,}".replace(",", group)
    return ("-" if minor < 0 else "") + text + (f"{decimal}{part:0{places}d}" if places else "")


def row(**values: Any) -> dict[str, Any]:
    """One reader's row, a JPY purchase at AliExpress unless said otherwise."""
    base: dict[str, Any] = {
        "file": "card.csv", "line": 2, "account_key": "****1234", "description": ALIEXPRESS[0],
        "transaction_date": dt.date(2025, 3, 10), "amount": 4845, "currency": "JPY",
        "kind": "purchase", "status": "posted", "layout": "plain",
    }  # fmt: skip
    base.update(values)
    base.setdefault("decimals", decimals(base["currency"]))
    if base.get("original_amount") is not None:
        base.setdefault("original_decimals", decimals(base.get("original_currency")))
    return base


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a reader hands them over, lines counted from 2."""
    names = sorted({name for item in rows for name in item})
    columns: dict[str, object] = {name: [item.get(name) for item in rows] for name in names}
    columns["line"] = list(range(2, len(rows) + 2))
    for name in ("decimals", "original_decimals"):
        columns[name] = [2 if item.get(name) is None else item[name] for item in rows]
    return ledger.reader_frame(columns, len(rows))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A random charge, refund or payment, in one of four currencies, with or without original."""
    currency = draw(st.sampled_from(["JPY", "USD", "EUR", None]))
    refund = draw(st.booleans())
    sign = -1 if refund else 1
    values: dict[str, Any] = {
        "transaction_date": draw(DAY), "currency": currency,
        "description": draw(st.sampled_from(DESCRIPTIONS)),
        "amount": sign * draw(st.sampled_from([500, 1234, 4845, 9900]) | st.integers(1, 30_000)),
        "kind": "refund" if refund else "purchase", "account_key": draw(st.sampled_from(CARDS)),
        "posted_date": draw(st.none() | DAY), "reference": draw(st.none() | st.just("R1")),
        "status": draw(st.sampled_from(["posted"] * 6 + ["pending", "voided"])),
    }  # fmt: skip
    if draw(st.booleans()):
        values["original_currency"] = draw(st.sampled_from(["USD", "EUR", "JPY", None]))
        values["original_amount"] = sign * draw(st.integers(1, 20_000))
    if draw(st.integers(0, 5)) == 0:
        values["fee_amount"] = draw(st.integers(0, 40))
    return row(**values)


LEDGERS = st.lists(rows(), min_size=1, max_size=24)
