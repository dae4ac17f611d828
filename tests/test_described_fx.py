"""Amounts in the merchant's currency that a statement without a layout prints in its texts."""

from pathlib import Path

import pandas as pd
import pytest
from test_guess import codes, read

HEAD = "Date;Description;Details;Amount (EUR)\n2025-03-03;Bakery;Rolls;-4,50\n"


def foreign(frame: pd.DataFrame) -> list[object]:
    """What the last row prints of the merchant's currency."""
    row = frame.iloc[-1]
    columns = ("original_amount", "original_currency", "conversion_rate")
    return [None if pd.isna(row[name]) else row[name] for name in columns]


@pytest.mark.parametrize(
    ("text", "amount", "original", "code", "rate"),
    [
        ("NR XXXX 2012 ALIEXPRESS.COM KAUFUMSATZ 03.10 20,00 USD", "-18,80", 2000, "USD", None),
        ("ALIEXPRESS|USD 20,00|34567890987654321", "-18,80", 2000, "USD", None),
        ("Usd 20,00 Aliexpress Com Kurs: 0,9401", "-18,80", 2000, "USD", "0.9401"),
        ("ALIEXPRESS.COM 20,00USD 1 EURO = 1,049869", "-19,05", 2000, "USD", "0.9524997881"),
        ("ALIEXPRESS gutschrift 20,00 USD", "18,80", -2000, "USD", None),
    ],
)
def test_amounts_in_texts_are_read(
    tmp_path: Path, text: str, amount: str, original: int, code: str, rate: str | None
) -> None:
    """Refunds would be compared by the billed amounts, though the merchant's are printed."""
    frame, _ = read(tmp_path, f"{HEAD}2025-03-05;ALIEXPRESS;{text};{amount}\n")
    assert foreign(frame) == [original, code, rate]
    assert pd.isna(frame["original_amount"].iloc[0])


@pytest.mark.parametrize(
    "text",
    [
        "20,00 EUR",
        "Gift card 500.00 USD",
        "Usd 20,00 of something",
        "20,00 XYZ",
        "All 20,00 top 30,00",
        "20,00 TWD",
    ],
)
def test_what_nothing_confirms_stays_text(tmp_path: Path, text: str) -> None:
    """A number in a text would pass for the merchant's amount, and a refund look short."""
    frame, _ = read(tmp_path, f"{HEAD}2025-03-05;Shop;{text};-18,80\n")
    assert foreign(frame) == [None, None, None]


def test_a_rate_that_does_not_fit_is_told(tmp_path: Path) -> None:
    """An amount and a rate that do not lead to the bill would be dropped without a word."""
    frame, source = read(tmp_path, f"{HEAD}2025-03-05;Shop;20,00 USD @ 0,5;-18,80\n")
    assert foreign(frame) == [None, None, None]
    assert "note.annotation" in codes(source)


def test_a_rate_proves_the_amount_where_no_currency_is_printed(tmp_path: Path) -> None:
    """A bank that prints no currency of its own would lose what it prints of the merchant's."""
    frame, _ = read(
        tmp_path,
        "Dato;Forklaring;Rentedato;Ut fra konto;Inn på konto\n"
        "13.01.2026;Varekjøp Kiwi Oslo;14.01.2026;249,90;\n"
        "15.01.2026;Visa 100001 Usd 12,50 Aliexpress Com Kurs: 10,2144;16.01.2026;127,68;\n",
    )
    assert foreign(frame) == [1250, "USD", "10.2144"]
