"""The table of issuers, what is set for single cards, and what both do to a case."""

import datetime as dt
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from strategies import frame, row

from reconcile import cards, intake, issuers, ledger, markups, orders, pipeline, rates
from reconcile.combine import combine
from reconcile.errors import SettingsError
from reconcile.markups import Terms
from reconcile.settings import NETWORKS, REFUND_MODES, Card, Settings
from reconcile.settings_toml import from_toml
from reconcile.tables import Tables
from reconcile.text import LANGUAGES, render, say

AS_OF = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("issuer", "network", "day", "fee"),
    [
        ("rakuten", None, "2024-03-31", 0.0163),
        ("rakuten", "visa", "2024-03-31", 0.0163),
        ("rakuten", "jcb", "2024-03-31", 0.0160),
        ("rakuten", "amex", "2024-03-31", 0.02),
        ("rakuten", "amex", "2024-04-01", 0.022),
        ("rakuten", "jcb", "2025-03-01", 0.0363),
        ("smbc", "mastercard", "2024-10-31", 0.022),
        ("smbc", None, "2024-11-01", 0.0363),
        ("mufg-nicos", None, "2024-07-31", 0.022),
        ("mufg-nicos", None, "2024-09-01", 0.0385),
        ("dc", None, "2026-01-01", 0.022),
        ("saison", "jcb", "2024-12-03", 0.0215),
        ("saison", None, "2024-12-03", 0.022),
        ("saison", "visa", "2024-12-04", 0.0385),
        ("saison", None, "2020-03-31", None),
        ("uc", None, "2024-12-04", 0.022),
        ("uc", None, "2024-12-05", 0.0385),
        ("aupay", None, "2024-06-19", 0.017),
        ("aupay", None, "2024-06-20", 0.0385),
        ("view", "mastercard", "2025-01-01", 0.0385),
        ("view", "jcb", "2025-01-01", 0.016),
        ("aeon", None, "2025-01-01", 0.016),
        ("jcb", "jcb", "2025-01-01", 0.016),
        ("epos", None, "2025-01-01", 0.0385),
        ("orico", "visa", "2025-01-01", 0.0385),
        ("orico", "jcb", "2025-01-01", 0.016),
        ("paypay", None, "2025-01-01", 0.022),
        ("dcard", None, "2025-01-01", 0.022),
        ("amex-jp", "amex", "2025-01-01", 0.02),
        ("mi", "amex", "2025-01-01", 0.0025),
        ("mi", "visa", "2025-01-01", 0.02),
        ("amex-uk", None, "2025-01-01", 0.0299),
        ("bank-of-scotland", None, "2025-01-01", 0.0295),
        ("macquarie", None, "2025-01-01", 0.03),
        ("cba", None, "2025-01-01", 0.03),
        ("us", None, "2025-01-01", 0.03),
        ("ca", None, "2025-01-01", 0.025),
        ("nobody", None, "2025-01-01", None),
        (None, None, "2025-01-01", None),
    ],
)
def test_fees_by_issuer_network_and_day(
    issuer: str | None, network: str | None, day: str, fee: float | None
) -> None:
    """A card would be judged by another network's fee, or by that of another year."""
    found = issuers.fees(issuer, np.array([day], dtype="datetime64[D]"), network)[0]
    assert found == fee or (fee is None and np.isnan(found))


@pytest.mark.parametrize(
    ("issuer", "mode", "strength"),
    [
        ("amex-hk", "symmetric", "S"),
        ("amex-au", "kept", "V"),
        ("pc-financial", "double", "V"),
        ("bnz", "double", "S"),
        ("ca", "kept", "S"),
    ],
)
def test_known_refund_modes(issuer: str, mode: str, strength: str) -> None:
    """What an issuer writes about refunds would not be used."""
    assert issuers.refund_mode(issuer) == (mode, strength)
    weights = cards.prior(Terms(issuer, fee=0.03), np.datetime64("2025-01-01"))[0].sum(axis=1)
    assert cards.MODES[int(np.argmax(weights))] == mode
    assert (weights[1:] > 0).all()


def test_every_entry_is_whole() -> None:
    """An entry with a mistake would be read as no fee at all."""
    table = tomllib.loads(files("reconcile").joinpath("issuers.toml").read_text("utf-8"))
    for entry in table.values():
        assert {"name", "fees"} <= set(entry)
        assert set(entry["name"]) == {"en", "ja"}
        assert entry.get("network", "visa") in NETWORKS
        for one in entry["fees"]:
            assert set(one) - {"start"} == {"network", "fee", "strength", "source"}
            assert one["network"] in (*NETWORKS, "any")
            assert 0 < one["fee"] <= 0.05
            assert one["strength"] in "VSU"
            assert one["source"]
        if entry["fees"]:
            assert any(one["network"] == "any" for one in entry["fees"])
        if "refund_mode" in entry:
            assert entry["refund_mode"]["mode"] in REFUND_MODES
            assert entry["refund_mode"]["strength"] in "VS"


def test_sources_that_differ_weigh_less() -> None:
    """A fee from an old list would be asserted like one from the issuer's own page."""
    day = dt.date(2025, 6, 1)
    assert issuers.strength("rakuten", day) == "S"
    assert issuers.strength("rakuten", dt.date(2024, 6, 1)) == "V"
    assert issuers.strength("paypay", day) == "U"
    assert issuers.strength("view", dt.date(2020, 1, 1)) is None
    sure, unsure = (
        cards.prior(Terms(name), np.datetime64(day))[0].sum(axis=0).max()
        for name in ("dc", "paypay")
    )
    assert sure > unsure


def test_networks_choose_their_fixing() -> None:
    """A Mastercard would be judged by the rate of the day before, a Visa by that of the day."""
    found = markups.same_day(["visa", "amex", "mastercard", "jcb", None])
    assert found[:3].tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(found[3:]).all()
    assert issuers.network("amex-uk") == "amex"
    assert issuers.network("rakuten") is None


def book(rows: list[tuple[str, int, int]], account: str = "****1234") -> pd.DataFrame:
    """A ledger of AliExpress rows (day, yen, US cents)."""
    read = frame([
        row(
            transaction_date=dt.date.fromisoformat(day), posted_date=dt.date.fromisoformat(day),
            amount=yen, original_amount=cents, original_currency="USD", account_key=account,
            kind="purchase" if yen > 0 else "refund",
        )
        for day, yen, cents in rows
    ])  # fmt: skip
    return combine([read], [ledger.Source("card.csv", "", "plain", "utf-8")])


def run(table: pd.DataFrame, **settings: Any) -> Tables:
    """Result tables of a ledger."""
    known = intake.recognise(table.copy())
    return pipeline.Held(
        known, [], rates.ecb(), Settings(as_of=AS_OF, **settings), orders.none()
    ).tables()


@pytest.mark.parametrize(("day", "fee"), [("2025-02-10", 0.022), ("2025-03-10", 0.0363)])
def test_a_refund_after_a_fee_change_uses_each_day_s_fee(day: str, fee: float) -> None:
    """The higher fee of March would be charged to February's purchase as well."""
    days = np.array([day, "2025-03-28"], "datetime64[D]")
    rate = rates.ecb().lookup("USD", "JPY", days)[0] * 1.0035
    charge, refund = round(100 * rate[0] * (1 + fee)), round(100 * rate[1] * (1 - 0.0363))
    table = book([(day, charge, 10_000), ("2025-03-28", -refund, -10_000)])
    case = run(table, issuer="rakuten", refund_mode="double").cases.iloc[0]
    wanted = charge * fee / (1 + fee) + refund * 0.0363 / (1 - 0.0363)
    assert case["fee"] == pytest.approx(wanted, abs=1)
    assert case["fee_low"] <= wanted + 1
    assert case["fee_high"] >= wanted - 1


@pytest.mark.parametrize("mode", ["kept", "double", "symmetric"])
def test_refunds_across_a_fee_change_are_linked(mode: str) -> None:
    """In the months around a new fee, refunds would look 1.4% wrong and find no charge."""
    rng, rows = np.random.default_rng(3), []
    factor = {"kept": 0.0, "double": -1.0, "symmetric": 1.0}[mode]
    for n in range(16):
        for late, sign in ((n * 9, 1), (n * 9 + 25, -1)):
            day = np.datetime64("2024-12-01") + late
            fee = 0.0363 if day >= np.datetime64("2025-03-01") else 0.022
            x = float(rates.ecb().lookup("USD", "JPY", np.array([day]))[0][0])
            x *= 1.0035 + rng.normal(0, 0.002)
            billed = (15.11 + 3.37 * n) * x * (1 + fee * (1.0 if sign > 0 else factor))
            when = dt.date.fromisoformat(str(day))
            rows.append(
                row(
                    transaction_date=when, posted_date=when, amount=sign * round(billed),
                    line=len(rows) + 2, kind="purchase" if sign > 0 else "refund",
                )
            )  # fmt: skip
    table = combine([frame(rows)], [ledger.Source("card.csv", "", "plain", "utf-8")])
    found = run(table, issuer="rakuten")
    line = dict(zip(table["id"], table["line"].astype(int), strict=True))
    pairs = [[line[name] for name in (*c, *r)] for c, r in zip(
        found.cases["charges"], found.cases["refunds"], strict=True
    )]  # fmt: skip
    assert sorted(pairs) == [[n, n + 1] for n in range(2, 34, 2)]
    assert (found.cases["confidence"] > 0.9).all()
    assert (found.cases["missing"] == 0).all()
    assert found.cards["refund_mode"].tolist() == [mode]


def test_each_card_has_its_own_settings() -> None:
    """One card's fee would be taken for another's."""
    rows = [("2025-05-10", 14_910, 10_000), ("2025-06-20", -14_610, -10_000)]
    two = pd.concat([book(rows), book(rows, "****8765")], ignore_index=True)
    two["id"] = [f"{number:016x}" for number in range(len(two))]
    own = {"…1234": Card(fee=0.022, refund_mode="kept"), "…8765": Card(issuer="dc", network="visa")}
    tables = run(two, cards=own, fee=None)
    found = tables.cards.set_index("account")
    assert found.loc["…1234", ["fee", "fee_source", "refund_mode"]].tolist() == [
        "0.0220", "given", "kept",
    ]  # fmt: skip
    assert found.loc["…8765", ["issuer", "fee_source"]].tolist() == ["dc", "issuer table"]
    cases = tables.cases.set_index("account")
    assert cases.loc["…1234", "fee"] == round(14_910 * 0.022 / 1.022)
    assert cases.loc["…1234", "fee_low"] == pytest.approx(cases.loc["…1234", "fee"], abs=8)


def test_settings_of_a_card_that_is_not_there_are_told() -> None:
    """A mistyped card number would silently have no effect."""
    table = book([("2025-05-10", 15_500, 10_000)])
    notes = run(table, cards={"…9999": Card(fee=0.02)}).notes
    assert [note.code for note in notes] == ["fees.card_absent"]
    assert all("…9999" in render(note, lang) for note in notes for lang in LANGUAGES)


@pytest.mark.parametrize("where", ["all", "card"])
def test_an_unknown_issuer_is_refused(where: str) -> None:
    """A mistyped issuer would mean a card without a fee."""
    own = {"cards": {"…1234": Card(issuer="rakutan")}} if where == "card" else {"issuer": "rakutan"}
    with pytest.raises(SettingsError) as caught:
        run(book([("2025-05-10", 15_500, 10_000)]), **own)
    assert caught.value.code == "choice"
    for lang in LANGUAGES:
        assert "rakuten" in say("error.choice", lang, **caught.value.params)


def toml(tmp_path: Path, text: str) -> Settings:
    """Settings from a file with this text."""
    path = tmp_path / "reconcile.toml"
    path.write_text(text, "utf-8")
    return from_toml(path)


def test_cards_in_the_settings_file(tmp_path: Path) -> None:
    """What is written for one card would be used for none, or for all."""
    read = toml(
        tmp_path,
        '[cards."…1234"]\nissuer = "rakuten"\nnetwork = "jcb"\nfee = "2.2%"\n'
        'refund-mode = "kept"\nclosing_day = 31\n'
        "[cards.8765]\nfee = 3\n[cards.plain]\nfee = 0.01\n",
    )
    assert dict(read.cards) == {
        "…1234": Card("rakuten", "jcb", 0.022, "kept", 31),
        "…8765": Card(fee=0.03),
        "plain": Card(fee=0.01),
    }


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("cards = 3", "config_value", "cards"),
        ("[cards]\n1234 = 3", "config_value", "cards.1234"),
        ("[cards.1234]\nfees = 3", "config_key", "cards.1234.fees"),
        ("[cards.1234]\nclosing_day = true", "config_value", "cards.1234.closing_day"),
        ("[cards.1234]\nclosing_day = '5'", "config_value", "cards.1234.closing_day"),
        ("[cards.1234]\nissuer = 5", "config_value", "cards.1234.issuer"),
        ("[cards.1234]\nclosing_day = 32", "choice", "closing_day"),
        ("[cards.1234]\nnetwork = 'vista'", "choice", "network"),
        ("[cards.1234]\nrefund_mode = 'maybe'", "choice", "refund-mode"),
        ("[cards.1234]\nfee = 40", "fee_range", "fee"),
        ("[cards.1234]\nfee = 'much'", "fee_text", "fee"),
    ],
)
def test_mistakes_in_the_settings_of_a_card(
    tmp_path: Path, text: str, code: str, key: str | None
) -> None:
    """A mistake in the settings of a card would be obeyed in silence."""
    with pytest.raises(SettingsError) as caught:
        toml(tmp_path, text)
    assert caught.value.code == code
    assert caught.value.params.get("key") == key
    for lang in LANGUAGES:
        assert say(f"error.{code}", lang, **caught.value.params)


def test_a_flag_stands_over_what_the_file_says_of_a_card() -> None:
    """`--fee` would have no effect on a card that the settings file names."""
    own = Card(issuer="dc", network="visa", fee=0.03, closing_day=10)
    base = Settings(cards={"…1234": own})
    assert base.with_values(fee=0.022).cards["…1234"] == Card("dc", "visa", None, None, 10)
    assert base.with_values(issuer="uc").cards["…1234"].issuer is None
    assert base.with_values(lang="ja").cards["…1234"] == own


def test_a_table_that_the_rows_contradict_is_not_named() -> None:
    """A rate the card's own rows gave would be told as what the issuer publishes."""
    rows = [("2025-05-10", 15_500, 10_000), ("2025-06-20", -15_100, -10_000)]
    told = run(book(rows), issuer="dc", cards={"…1234": Card(network="visa")}).cards.iloc[0]
    assert (told["issuer"], told["fee_source"]) == ("dc", "learned")
    assert float(told["fee"]) > 0.03


def test_what_other_shops_print_tells_of_home_billing() -> None:
    """AliExpress rows in yen would be read as dollars where the bank prints all foreign amounts."""
    days = [("2025-05-10", 5465), ("2025-06-20", -4481)]
    foreign = {"original_currency": "USD", "original_amount": 1000, "amount": 1480}
    others = [
        row(description="HOTEL LISBOA", transaction_date=dt.date(2025, 5, day), **foreign)
        for day in (3, 19)
    ]
    others += [
        row(
            description="HOTEL LISBOA", transaction_date=dt.date(2025, 6, day), kind="refund",
            **{**foreign, "original_amount": -1000, "amount": -1460},
        )
        for day in (12, 14, 26)
    ]  # fmt: skip
    own = [
        row(transaction_date=dt.date.fromisoformat(day), amount=yen, kind=kind)
        for (day, yen), kind in zip(days, ("purchase", "refund"), strict=True)
    ]
    # Behind the last printed one the month may still be open, and nothing printed yet.
    early = [one for one in others if one["transaction_date"] < dt.date(2025, 6, 20)]
    for rows, certain in (([*own, *others], True), ([*own, *early], False), (own, False)):
        table = combine([frame(rows)], [ledger.Source("card.csv", "", "plain", "utf-8")])
        known = intake.recognise(table)
        held = pipeline.Held(known, [], rates.ecb(), Settings(as_of=AS_OF), orders.none())
        links = pipeline.link_ledger(held, {})
        home = np.isfinite(links.worth.log).sum(axis=0) == 1
        assert home.all() == certain
