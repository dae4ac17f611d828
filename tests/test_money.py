"""Amounts: printed text to minor units and back, exactly."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CURRENCY, MINOR, printed

from reconcile.money import decimals, fold, parse, parse_unique, to_decimal, to_text


@given(MINOR, CURRENCY)
def test_text_and_back(minor: int, currency: str) -> None:
    """A report would print another amount than the statement."""
    assert parse(to_text(minor, decimals(currency)), currency) == minor


@given(MINOR, CURRENCY, st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " ")]))
def test_grouped_amounts(minor: int, currency: str, signs: tuple[str, str]) -> None:
    """Amounts of German, Swiss or French exports would be off by a thousand."""
    places = decimals(currency)
    texts = pd.Series([printed(minor, places, *signs)], dtype="str")
    values, good = parse_unique(texts, places, *signs)
    assert good.all()
    assert values.tolist() == [minor]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,234", "JPY", 1234),
        ("△1,234", "JPY", -1234),
        ("▲100", "JPY", -100),
        ("¥4,845", "JPY", 4845),
        ("１，２３４円", "JPY", 1234),
        ("−５００", "JPY", -500),
        ("(12.34)", "USD", -1234),
        ("-(12.34)", "USD", None),
        ("$1,234.50", "USD", 123450),
        ("-$7.25", "USD", -725),
        ("12.34-", "USD", -1234),
        ("+12.34", "USD", 1234),
        ("12.34 CR", "USD", -1234),
        ("1,234.00Cr.", "INR", -123400),
        ("12.34 DR", "USD", 1234),
        ("12.34 C", "BRL", -1234),
        ("12.34 D", "BRL", 1234),
        ("12.34 H", "EUR", -1234),
        ("-12.34 S", "EUR", None),
        ("12.34 X", "EUR", None),
        ("-12.34 CR", "USD", None),
        ("(-20.00)", "USD", -2000),
        ("(+20.00)", "USD", None),
        ("12€50", "EUR", None),
        ("1EUR2", "EUR", None),
        ("12.50 €", "EUR", 1250),
        ("-12.50€", "EUR", -1250),
        ("(€12.50)", "EUR", -1250),
        ("€-12.50", "EUR", -1250),
        ("12.50 € -", "EUR", -1250),
        ("USD $12.50", "USD", 1250),
        ("5²", "USD", None),
        ("①00", "JPY", None),
        (".50", "USD", 50),
        ("5.", "USD", 500),
        ("12", "USD", 1200),
        ("12.3", "USD", 1230),
        ("12.340", "USD", 1234),
        ("12.345", "USD", None),
        ("1.5", "JPY", None),
        ("1.00", "JPY", 1),
        ("1.234", "KWD", 1234),
        ("1,23", "USD", None),
        ("1,2345", "USD", None),
        ("12,34,567", "INR", 123456700),
        ("1,20,000.00", "INR", 12000000),
        ("-₹1,20,00,000.50", "INR", -1200000050),
        ("1,20,000 Cr", "INR", -12000000),
        ("123,45,678", "INR", None),
        ("1,2,345", "INR", None),
        ("1,20,00", "INR", None),
        ("1,20", "INR", None),
        ("Rs.100", "INR", 10000),
        ("Rs. 1,299.00", "INR", 129900),
        ("Rs 1,20,000", "INR", 12000000),
        ("12,3x4", "JPY", None),
        ("1 2", "JPY", None),
        ("--5", "JPY", None),
        ("-5-", "JPY", None),
        ("(5", "JPY", None),
        ("5)", "JPY", None),
        ("", "JPY", None),
        ("-", "JPY", None),
        (".", "USD", None),
        ("1e3", "JPY", None),
        ("999999999999999", "JPY", 999999999999999),
        ("9999999999999999", "JPY", None),
        ("- 2.944,60", "BRL", -294460),
        ("R$ 1.002.944,60", "BRL", 100294460),
        ("2.944,6", "BRL", None),
        ("2.944,605", "BRL", None),
        ("2944,60", "BRL", None),
        ("2.94,60", "BRL", None),
        ("2.944.60", "BRL", None),
        ("-0000000000080.69", "USD", -8069),
        ("00000000000000000000", "USD", 0),
        ("12.34 USD", "USD", 1234),
        ("CHF 12.30", "CHF", 1230),
        ("1'234.50", "CHF", 123450),
        ("67.40 £", "GBP", 6740),
        ("CR 45.10", "USD", -4510),
        ("CR$45.10", "USD", -4510),
        ("DR.45.10", "USD", 4510),
        ("-CR 45.10", "USD", None),
        ("CRAB 45.10", "USD", None),
        ("CR 45.10 CR", "USD", None),
        ("MXN$45.10", "MXN", 4510),
        ("KRW 12", "KRW", 12),
        ("12.50 eur", "EUR", 1250),
        ("0", "JPY", 0),
        ("-0.00", "USD", 0),
    ],
)
def test_printed_forms(text: str, currency: str, minor: int | None) -> None:
    """An amount as banks print it would be misread, or nonsense taken for an amount."""
    assert parse(text, currency) == minor


def test_the_other_notation_is_read_where_it_shows() -> None:
    """A payment of 2.944,60 among amounts such as 231.45 would be lost, or the other way round."""
    values, good = parse_unique(pd.Series(["2,944.60", "231,45", "12.5"], dtype="str"), 2, ",", ".")
    assert values.tolist() == [294460, 23145, 0]
    assert good.tolist() == [True, True, False]


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    """One odd cell would end the whole run in a traceback."""
    value = parse(text, "USD")
    assert value is None or isinstance(value, int)


@given(st.lists(st.sampled_from(["1", "2.50", "x", "", "-3"]), max_size=30))
def test_rows_keep_their_amounts(texts: list[str]) -> None:
    """Reading every distinct text once would hand one row's amount to another."""
    values, good = parse_unique(pd.Series(texts, dtype="str"), 2)
    assert values.dtype == np.int64
    assert [int(v) if ok else None for v, ok in zip(values, good, strict=True)] == [
        parse(text, "USD") for text in texts
    ]


def test_null_is_no_amount() -> None:
    """An empty cell of a column would count as some other row's amount."""
    values, good = parse_unique(pd.Series([None, "5"], dtype="str"), 0)
    assert values.tolist() == [0, 5]
    assert good.tolist() == [False, True]


@given(MINOR, st.integers(0, 4))
def test_decimals_are_exact(minor: int, places: int) -> None:
    """A cent would get lost between the ledger and the report."""
    assert to_decimal(minor, places) * 10**places == Decimal(minor)
    assert "E" not in to_text(minor, places)


def test_minor_units_of_currencies() -> None:
    """Yen would be shown with cents, or dinars lose a digit."""
    assert [decimals(c) for c in ("JPY", "USD", "KWD", "CLF", None, "XXX")] == [0, 2, 3, 4, 2, 2]


def test_fold() -> None:
    """Full-width text of Japanese banks would not be recognised."""
    assert fold("　ＡＢＣ　１２３ ｱﾘ−△") == "ABC 123 アリ--"


def test_two_signs_are_no_amount() -> None:
    """A sum that says both plus and minus would be read as one of them."""
    assert [parse(text, "USD") for text in ("(5.00+)", "(5.00)+", "(5.00")] == [None] * 3
    assert parse("(5.00)", "USD") == -500


def test_signs_of_one_amount_do_not_spoil_another() -> None:
    """A column in which the bank mixes `CR` and minus signs would be rejected."""
    values, good = parse_unique(pd.Series(["5.00 CR", "-3.00"], dtype="str"), 2)
    assert values.tolist() == [-500, -300]
    assert good.all()
