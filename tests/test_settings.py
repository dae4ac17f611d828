"""Settings: flags, `reconcile.toml` and what is refused."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reconcile.errors import SettingsError
from reconcile.settings import Card, Settings, fee_of
from reconcile.settings_toml import from_toml
from reconcile.text import LANGUAGES, say


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("2.2%", 0.022),
        ("2.2", 0.022),
        ("0.022", 0.022),
        (" 3 % ", 0.03),
        ("0", 0),
        ("0.04%", 0.0004),
    ],
)
def test_fee_forms(text: str, fee: float) -> None:
    """A fee of 2.2% would count as 0.022% or 220%."""
    assert fee_of(text) == pytest.approx(fee)


@pytest.mark.parametrize("text", ["", "%", "two", "2,2%", "nan", "inf", "2.2%%"])
def test_fee_nonsense(text: str) -> None:
    """A mistyped fee would be used, or end in a traceback."""
    with pytest.raises(SettingsError):
        Settings(fee=fee_of(text))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"fee": 0.06}, "fee_range"),
        ({"fee": -0.01}, "fee_range"),
        ({"refund_mode": "maybe"}, "choice"),
        ({"currency": "YEN"}, "currency"),
        ({"lang": "fr"}, "choice"),
    ],
)
def test_senseless_values(values: dict[str, Any], code: str) -> None:
    """A senseless option would be obeyed in silence."""
    with pytest.raises(SettingsError) as caught:
        Settings(**values)
    assert caught.value.code == code
    for lang in LANGUAGES:
        assert say(f"error.{code}", lang, **caught.value.params)


def test_with_values() -> None:
    """A flag that was not given would wipe out the value of the settings file."""
    base = Settings(fee=0.022, lang="ja")
    assert base.with_values(fee=None, lang="en") == Settings(fee=0.022, lang="en")
    with pytest.raises(SettingsError):
        base.with_values(currency="YEN")


def test_texts_in_python() -> None:
    """A fee or day written in Python as on the command line would end in a traceback."""
    some = Settings().with_values(fee="2.2%", as_of="2025-06-20")
    assert (some.fee, some.as_of) == (0.022, dt.date(2025, 6, 20))
    assert Settings().with_values(as_of=dt.datetime(2025, 6, 20, 9)).as_of == some.as_of
    for wrong in ({"fee": "much"}, {"as_of": "tomorrow"}, {"as_of": 20250620}):
        with pytest.raises(SettingsError):
            Settings().with_values(**wrong)


@pytest.mark.parametrize("fee", [2.2, 3, Decimal("2.2"), -0.01])
def test_a_fee_in_per_cent_is_told_as_it_was_written(fee: Any) -> None:
    """Who writes fee=2.2 in Python would be told of an option --fee and of 220%."""
    with pytest.raises(SettingsError, match="fee_fraction") as caught:
        Settings().with_values(fee=fee)
    assert say("error.fee_fraction", "en", **caught.value.params).startswith(f"fee {fee}: ")


@pytest.mark.parametrize("fee", [Decimal("0.022"), np.float32(0.022), "2.2%", 0.022])
def test_a_fee_of_any_number_type(fee: Any) -> None:
    """A fee as Decimal, as money is in Python, would end in a traceback of numpy."""
    for settings in (Settings().with_values(fee=fee), Settings(fee=fee)):
        assert type(settings.fee) is float
        assert settings.fee == pytest.approx(0.022)
    assert type(Card(fee=fee).fee) is float


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("orders", pd.DataFrame()), ("orders", b"orders.csv"), ("currency", 5), ("lang", 5),
        ("lang", ["en"]), ("expect", [5]), ("expect", 5), ("rates", 5), ("fee", [0.02]),
        ("layouts_dir", 5), ("all_rows", "yes"), ("cards", {"1234": 5}), ("cards", 5),
        ("encoding", object()),
    ],
)  # fmt: skip
def test_a_value_of_another_type(name: str, value: Any) -> None:
    """A slip in Python would end in a traceback from deep inside instead of naming the argument."""
    for make in (Settings, Settings().with_values, Settings().over):
        with pytest.raises(SettingsError) as caught:
            make(**{name: value})
        assert caught.value.code == "setting_type"
        for lang in LANGUAGES:
            assert f"{name}=" in say("error.setting_type", lang, **caught.value.params)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", 5), ("network", ["visa"]), ("refund_mode", 1), ("closing_day", "15"),
        ("payment_day", True), ("payment_months", None), ("expires", 2027), ("fee", [0.02]),
    ],
)  # fmt: skip
def test_a_value_of_another_type_for_a_card(name: str, value: Any) -> None:
    """A day as text would end in a traceback of a comparison, or be taken and never fit."""
    with pytest.raises(SettingsError) as caught:
        Card(**{name: value})
    assert caught.value.code == "setting_type"
    for lang in LANGUAGES:
        assert f"{name}=" in say("error.setting_type", lang, **caught.value.params)


def test_a_null_day_is_no_day() -> None:
    """pandas' null as the day of the report would end in a traceback."""
    with pytest.raises(SettingsError, match="date"):
        Settings().with_values(as_of=pd.NaT)


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("0.05", 0.05), ("0.022", 0.022), ("2.2", 0.022), ("2", 0.02), ("0", 0),
        ('"0.05"', 0.05), ('"5%"', 0.05),
    ],
)  # fmt: skip
def test_fees_of_the_settings_file(tmp_path: Path, text: str, fee: float) -> None:
    """A fee of 5% written as in Python would count as a hundredth of it."""
    path = tmp_path / "reconcile.toml"
    path.write_text(f"fee = {text}\n[cards.1234]\nfee = {text}\n", "utf-8")
    found = from_toml(path)
    assert found.fee == pytest.approx(fee)
    assert found.cards["…1234"].fee == pytest.approx(fee)


def test_settings_file(tmp_path: Path) -> None:
    """A key of the settings file would have no effect."""
    path = tmp_path / "reconcile.toml"
    path.write_text(
        'orders = "orders.csv"\nrates = "ecb"\nfee = "2.2%"\nrefund-mode = "kept"\nissuer = "jcb"\n'
        'currency = "JPY"\nlayout = "chase"\nlayouts_dir = "mine"\nencoding = "cp932"\n'
        'as-of = 2026-11-23\nlang = "ja"\nall-rows = true\n',
        "utf-8",
    )
    assert from_toml(path) == Settings(
        orders=tmp_path / "orders.csv", rates="ecb", fee=0.022, refund_mode="kept", issuer="jcb",
        currency="JPY", layout="chase", layouts_dir=tmp_path / "mine", encoding="cp932",
        as_of=dt.date(2026, 11, 23), lang="ja", all_rows=True,
    )  # fmt: skip


def test_rates_file_beside_the_settings(tmp_path: Path) -> None:
    """The rates file would be looked for in another folder than the orders file."""
    path = tmp_path / "reconcile.toml"
    path.write_text('rates = "mine.csv"\n', "utf-8")
    assert from_toml(path).rates == str(tmp_path / "mine.csv")


@pytest.mark.parametrize("fee", ["0.022", '"2.2%"', "2.2"])
def test_fee_in_the_settings_file(tmp_path: Path, fee: str) -> None:
    """The fee would have to be written differently in the file than on the command line."""
    path = tmp_path / "reconcile.toml"
    path.write_text(f"fee = {fee}\n", "utf-8")
    assert from_toml(path).fee == pytest.approx(0.022)


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("colour = 1", "config_key", "colour"),
        ("lang = 1", "config_value", "lang"),
        ('all-rows = "yes"', "config_value", "all"),
        ('as-of = "soon"', "config_value", "as"),
        ("fee = [1]", "fee_text", "1"),
        ("lang = ", "config", "Invalid value"),
        ('lang = "fr"', "choice", "fr"),
    ],
)
def test_faults_of_the_settings_file(tmp_path: Path, text: str, code: str, named: str) -> None:
    """A mistake in the settings file would be ignored, or told without the key."""
    path = tmp_path / "reconcile.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        from_toml(path)
    assert caught.value.code == code
    for lang in LANGUAGES:
        assert named in say(f"error.{code}", lang, **caught.value.params)


def test_settings_file_that_is_not_there(tmp_path: Path) -> None:
    """A mistyped --config would be ignored."""
    with pytest.raises(SettingsError) as caught:
        from_toml(tmp_path / "none.toml")
    assert caught.value.code == "config"


def test_as_of_with_a_time_counts_as_its_day(tmp_path: Path) -> None:
    """`as_of = 2025-06-20T10:00:00` would end in a traceback when deadlines are counted."""
    path = tmp_path / "reconcile.toml"
    path.write_text("as_of = 2025-06-20T10:00:00Z\n", "utf-8")
    day = from_toml(path).as_of
    assert type(day) is dt.date
    assert day == dt.date(2025, 6, 20)


def test_currency_in_small_letters(tmp_path: Path) -> None:
    """`currency = "jpy"` would be refused in the file and taken on the command line."""
    path = tmp_path / "reconcile.toml"
    path.write_text('currency = "jpy"\n', "utf-8")
    assert from_toml(path).currency == "JPY"


@pytest.mark.parametrize(
    "text",
    [
        "all-rows = '{}'", "cards = ['{}']", "[cards]\n'{}' = 1", "['cards'.'1234']\n'{}' = 1",
        "fee = 'x {}'", "currency = '{}'", "lang = '{}'", "refund-mode = '{}'", "'{}' = 1",
        "[cards.1234]\nclosing_day = '{}'", "[cards.1234]\nnetwork = '{}'",
        "[cards.1234]\nexpires = '{}'",
    ],
)  # fmt: skip
@pytest.mark.parametrize("card", ["4111111111111111", "4111 1111 1111 1111"])
def test_no_card_number_in_a_complaint(tmp_path: Path, text: str, card: str) -> None:
    """A card number pasted into the settings file would be shown whole, and shared with the log."""
    path = tmp_path / "reconcile.toml"
    path.write_text(text.format(card) + "\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        from_toml(path)
    for lang in LANGUAGES:
        told = say(f"error.{caught.value.code}", lang, **caught.value.params)
        assert card not in told
        assert "…1111" in told


def test_a_settings_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """What the editor of Windows saves would be refused as no TOML."""
    path = tmp_path / "reconcile.toml"
    path.write_text("fee = 0.022\n", "utf-8-sig")
    assert from_toml(path).fee == pytest.approx(0.022)
