"""Fee rows that banks print apart find their purchase or refund, and count in its case."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import card_kinds, read_file
from strategies import LEDGERS, frame, row

from reconcile import fees, intake, ledger, orders, pipeline, rates
from reconcile.combine import combine
from reconcile.settings import Settings
from reconcile.tables import CAUSES, Tables
from reconcile.text import LANGUAGES, render

AS_OF = dt.date(2026, 11, 23)


def book(rows: list[tuple[Any, ...]], currency: str = "CHF", **values: Any) -> pd.DataFrame:
    """A ledger of (day, description, amount[, original amount in USD]) in file order."""
    made = []
    for day, text, amount, *original in rows:
        one = row(
            transaction_date=dt.date.fromisoformat(day), description=text, amount=amount,
            currency=currency, **values,
        )  # fmt: skip
        if original:
            one |= {"original_amount": original[0], "original_currency": "USD"}
            one["original_decimals"] = 2
        made.append(one)
    read = frame(made)
    read["kind"] = card_kinds(read)
    return combine([read], [ledger.Source("card.csv", "", "plain", "utf-8")])


def parents(table: pd.DataFrame) -> dict[int, int | None]:
    """Line of each fee row -> line of the row it belongs to (lines count from 2)."""
    found = fees.attach(table)
    line = dict(zip(table["id"], table["line"].astype(int), strict=True))
    fee = table["kind"].eq("fee")
    return {
        int(at): None if pd.isna(parent) else line[str(parent)]
        for at, parent in zip(table.loc[fee, "line"], found[fee], strict=True)
    }


def run(table: pd.DataFrame, **settings: Any) -> Tables:
    """Result tables of a ledger."""
    known = intake.recognise(table.copy())
    return pipeline.Held(
        known, [], rates.ecb(), Settings(as_of=AS_OF, **settings), orders.none()
    ).tables()


def test_a_tax_on_purchases_abroad_names_no_shop() -> None:
    """The fee would be the shop's who bears the words of the tax, which is none's."""
    table = book([
        ("2025-06-02", "SUPERMERCADO", 4200), ("2025-06-03", "AliExpress", 22573),
        ("2025-06-03", "IOF de compra internacional", 790), ("2025-06-09", "PADARIA", 900),
    ], "BRL")  # fmt: skip
    assert parents(table) == {4: 3}


def test_swiss_fee_rows_find_their_purchase_before_or_behind_it() -> None:
    """A fee printed before its purchase would be counted for another one."""
    table = book([
        ("2024-11-02", "AliExpress", 626), ("2024-11-02", "Devisenzuschlag 1.75%", 11),
        ("2024-11-27", "AliExpress", 979), ("2024-11-27", "Devisenzuschlag 1.75%", 17),
        ("2025-11-26", "Devisenzuschlag 1.75%", 18), ("2025-11-26", "PayPal *Alipay", 1046),
        ("2025-11-26", "Corner shop", 1500),
    ])  # fmt: skip
    assert parents(table) == {3: 2, 5: 4, 6: 7}


def test_a_printed_percentage_must_match_to_the_minor_unit() -> None:
    """A fee would join a purchase it cannot be the fee of."""
    table = book([("2024-11-27", "AliExpress", 979), ("2024-11-27", "Devisenzuschlag 1.75%", 25)])
    assert parents(table) == {3: None}


@pytest.mark.parametrize(
    "text", ["FOREIGN TRANSACTION FEE", "INTERNATIONAL TRANSACTION FEE", "海外事務手数料"]
)
def test_fee_rows_without_percentage_join_by_nearness_and_habit(text: str) -> None:
    """Banks that print only the word fee would leave every fee unexplained."""
    table = book([
        ("2025-01-03", "HOTEL PARIS", 20000), ("2025-01-04", text, 600),
        ("2025-01-08", "ALIEXPRESS.COM", 2250), ("2025-01-09", text, 68),
        ("2025-01-09", "CORNER SHOP", 1000),
        ("2025-01-20", "BOOKS LONDON", 3000), ("2025-01-20", text, 90),
    ], "USD")  # fmt: skip
    assert parents(table) == {3: 2, 5: 4, 8: 7}


def test_a_fee_that_two_different_purchases_could_have_stays_alone() -> None:
    """A guess would be shown as a fact."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 2250), ("2025-01-08", "FOREIGN TRANSACTION FEE", 66),
        ("2025-01-08", "HOTEL PARIS", 2210),
    ], "USD")  # fmt: skip
    assert parents(table) == {3: None}


def test_a_monthly_line_names_its_merchant_and_original() -> None:
    """German banks' monthly fee lines would join whatever stands next to them."""
    table = book([
        ("2026-01-05", "EXAMPLE.SHOP", 2290, 2639), ("2026-01-06", "OTHER.SHOP", 2280, 2600),
        ("2026-01-30", "BAKERY", 2285),
        ("2026-01-31", "2.1% Auslandseinsatzentgelt VISA EXAMPLE.SHOP", 48, 2639),
    ], "EUR")  # fmt: skip
    assert parents(table) == {5: 2}


def test_iof_names_its_merchant() -> None:
    """Brazil's tax row would join the purchase above it, whoever's it is."""
    table = book([
        ("2025-05-02", "AliExpress", 10000), ("2025-05-02", "Netflix", 10500),
        ("2025-05-03", 'IOF de "AliExpress"', 338), ("2025-05-03", 'IOF de "Spotify"', 340),
    ], "BRL")  # fmt: skip
    assert parents(table) == {4: 2, 5: None}


@pytest.mark.parametrize("named", ["", " ALIEXPRESS.COM"])
def test_a_fee_taken_again_on_the_refund_joins_it(named: str) -> None:
    """Half of what a card took for a purchase and its refund would be lost."""
    text = f"FOREIGN CURRENCY FEE{named}"
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 10000), ("2025-01-08", text, 300),
        ("2025-01-28", "ALIEXPRESS.COM", -9700), ("2025-01-28", text, 291),
    ], "USD")  # fmt: skip
    assert parents(table) == {3: 2, 5: 4}
    (case,) = run(table).cases.to_dict("records")
    assert (case["charged"], case["refunded"], len(case["fees"])) == (10300, 9409, 2)


def test_a_fee_at_no_known_rate_is_not_one_on_a_refund() -> None:
    """The fee of a purchase in another file would be taken off a refund."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 10000), ("2025-01-08", "FOREIGN TRANSACTION FEE", 300),
        ("2025-01-28", "ALIEXPRESS.COM", -9700), ("2025-01-28", "FOREIGN TRANSACTION FEE", 151),
    ], "USD")  # fmt: skip
    assert parents(table) == {3: 2, 5: None}


def test_a_fee_given_back_without_a_refund_joins_the_purchase() -> None:
    """A fee that the bank waived would count as paid, or as a part of the price that came back."""
    rows = [
        ("2025-01-08", "ALIEXPRESS.COM", 10000), ("2025-01-08", "FOREIGN TRANSACTION FEE", 300),
        ("2025-02-28", "REFUND FOREIGN TRANSACTION FEE ALIEXPRESS", -300),
        ("2025-06-20", "ALIEXPRESS.COM", -10000),
    ]  # fmt: skip
    table = book(rows, "USD")
    assert parents(table) == {3: 2, 4: 2}
    (case,) = run(table).cases.to_dict("records")
    assert (case["charged"], case["refunded"]) == (10000, 10000)
    other = [*rows[:2], ("2025-02-28", "FOREIGN TRANSACTION FEE AMAZON REFUND", -300)]
    assert parents(book(other, "USD")) == {3: 2, 4: None}
    twice = [*rows, ("2025-01-20", "HOTEL", 10000), ("2025-01-20", "FOREIGN TRANSACTION FEE", 300)]
    assert parents(book(twice, "USD")) == {3: 2, 4: None, 7: 6}


def test_a_fee_given_back_is_a_fee_whatever_its_type_says(tmp_path: Path) -> None:
    """Three dollars of a fee would pass for a part of the price that came back."""
    path = tmp_path / "Chase1234_Activity.CSV"
    path.write_text(
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
        "06/01/2026,06/01/2026,ALIEXPRESS.COM,Shopping,Sale,-100.00,\n"
        "06/20/2026,06/20/2026,REFUND FOREIGN TRANSACTION FEE ALIEXPRESS,Shopping,Return,3.00,\n"
        "06/21/2026,06/21/2026,ALIEXPRESS INCL FOREIGN TRANSACTION FEE,Shopping,Return,103.00,\n"
    )
    table, _ = read_file(path)
    assert table["kind"].tolist() == ["purchase", "fee", "refund"]


def test_a_fee_given_back_joins_the_refund() -> None:
    """The fee that came back would be missing from what came back."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 2250), ("2025-01-08", "FOREIGN TRANSACTION FEE", 68),
        ("2025-02-01", "ALIEXPRESS.COM", -2200), ("2025-02-01", "FOREIGN TRANSACTION FEE", -66),
    ], "USD")  # fmt: skip
    assert parents(table) == {3: 2, 5: 4}


@pytest.mark.parametrize(
    ("returned", "mode"),
    [((125, 200), "symmetric"), ((125,), "unknown"), ((), "kept")],
)
def test_fees_given_back_on_the_purchase_tell_the_refund_mode(
    returned: tuple[int, ...], mode: str
) -> None:
    """A card that returns every fee would be told to keep them."""
    text = "FOREIGN TRANSACTION FEE"
    table = book([
        ("2026-01-10", "ALIEXPRESS.COM", 5000), ("2026-01-10", text, 125),
        ("2026-01-20", "ALIEXPRESS.COM", 8000), ("2026-01-20", text, 200),
        ("2026-02-15", "ALIEXPRESS.COM", -5000), ("2026-03-15", "ALIEXPRESS.COM", -8000),
        *((f"2026-0{3 + n}-25", f"{text} REVERSAL", -fee) for n, fee in enumerate(returned)),
        ("2026-05-10", "ALIEXPRESS.COM", 6000), ("2026-05-10", text, 150),
    ], "EUR")  # fmt: skip
    (card,) = run(table).cards.to_dict("records")
    assert (card["fee"], card["fee_source"], card["refund_mode"]) == ("0.0250", "learned", mode)


def test_fees_of_another_sort_join_nothing() -> None:
    """A late fee would be blamed on a purchase."""
    table = book([("2025-01-08", "ALIEXPRESS.COM", 90000), ("2025-01-08", "LATE FEE", 2900)], "USD")
    assert parents(table) == {3: None}


def test_a_fee_of_another_card_is_not_taken() -> None:
    """Cards of one household would share their fees."""
    one = book([("2025-01-08", "ALIEXPRESS.COM", 2250)], "USD")
    two = book([("2025-01-08", "FOREIGN TRANSACTION FEE", 68)], "USD", account_key="****8765")
    assert set(parents(pd.concat([one, two], ignore_index=True)).values()) == {None}


def test_equal_purchases_have_one_fee_row_each() -> None:
    """Two orders of the same price on one day would share a fee, or lose both."""
    table = book([
        ("2024-11-27", "AliExpress", 979), ("2024-11-27", "Devisenzuschlag 1.75%", 17),
        ("2024-11-27", "AliExpress", 979), ("2024-11-27", "Devisenzuschlag 1.75%", 17),
    ])  # fmt: skip
    assert sorted(parents(table).values(), key=str) == [2, 4]


def test_fee_rows_count_in_their_case() -> None:
    """The fee row would neither be in what was paid nor in why less came back."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 2250, 2400), ("2025-01-08", "FOREIGN FEE 3%", 68),
        ("2025-02-03", "ALIEXPRESS.COM", -2230, -2400),
    ], "EUR")  # fmt: skip
    table["kind"] = table["kind"].mask(table["description"].eq("FOREIGN FEE 3%"), "fee")
    case = run(table).cases.iloc[0]
    fee = table.loc[table["kind"].eq("fee"), "id"].tolist()
    assert case["fees"] == fee
    assert (case["charged"], case["refunded"], case["shortfall"]) == (2318, 2230, 88)
    assert (case["fee"], case["fx_drift"], case["missing"], case["unexplained"]) == (68, 20, 0, 0)
    assert (case["fee_low"], case["fee_high"]) == (68, 68)


def test_a_fee_row_on_either_side_is_net() -> None:
    """A fee that came back would still be called a loss."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 2250, 2400), ("2025-01-08", "FOREIGN TRANSACTION FEE", 68),
        ("2025-02-03", "ALIEXPRESS.COM", -2230, -2400),
        ("2025-02-03", "FOREIGN TRANSACTION FEE", -67),
    ], "EUR")  # fmt: skip
    case = run(table).cases.iloc[0]
    assert (case["charged"], case["refunded"], case["fee"], case["fx_drift"]) == (2318, 2297, 1, 20)
    assert len(case["fees"]) == 2


def test_a_home_currency_surcharge_is_the_only_loss() -> None:
    """Australian fees on AUD purchases would be called missing money."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 5000),
        ("2025-01-08", "INTERNATIONAL TRANSACTION FEE", 150),
        ("2025-01-20", "ALIEXPRESS.COM", -5000),
    ], "TWD")  # fmt: skip
    case = run(table).cases.iloc[0]
    assert (case["charged"], case["refunded"], case["fee"]) == (5150, 5000, 150)
    assert (case["fx_drift"], case["missing"], case["unexplained"]) == (0, 0, 0)


def test_the_rate_of_a_card_with_fee_rows_holds_no_fee() -> None:
    """A fee printed apart would be taken to be in the rate as well, and counted twice."""
    rows: list[tuple[Any, ...]] = []
    for day in range(1, 26, 2):
        rows += [
            (f"2025-01-{day:02d}", "SHOP BERLIN", 10000, 10300),
            (f"2025-01-{day:02d}", "FOREIGN TRANSACTION FEE", 300),
        ]
    rows += [
        ("2025-01-08", "ALIEXPRESS.COM", 2250, 2317), ("2025-01-08", "FOREIGN TRANSACTION FEE", 68),
        ("2025-02-03", "ALIEXPRESS.COM", -2230, -2317),
    ]  # fmt: skip
    table = book(rows, "EUR")
    found = run(table, issuer="amex-uk")
    card = found.cards.iloc[0]
    assert found.cases.iloc[0]["fee"] == 68
    assert card["fee_source"] == "learned"
    assert float(card["fee"]) == pytest.approx(0.03, abs=0.0005)
    assert card["issuer"] == "amex-uk"


def test_a_given_fee_is_set_aside_with_a_note() -> None:
    """A fee given for a card that prints its fees would be set aside without a word."""
    table = book([
        ("2025-01-08", "ALIEXPRESS.COM", 2250, 2400), ("2025-01-08", "FOREIGN TRANSACTION FEE", 68),
        ("2025-02-03", "ALIEXPRESS.COM", -2230, -2400),
    ], "EUR")  # fmt: skip
    for given_, told in (({"fee": 0.0}, 1), ({"refund_mode": "kept"}, 1), ({}, 0)):
        notes = [note for note in run(table, **given_).notes if note.code == "fees.set_aside"]
        assert len(notes) == told
        assert all("1234" in render(note, lang) for note in notes for lang in LANGUAGES)
    plain = book([("2025-01-08", "ALIEXPRESS.COM", 2250, 2400)], "EUR")
    assert "fees.set_aside" not in {note.code for note in run(plain, fee=0.02).notes}


@st.composite
def with_fees(draw: st.DrawFn) -> pd.DataFrame:
    """Random ledgers in which some rows have a fee row beside them."""
    made = draw(LEDGERS)
    out: list[dict[str, Any]] = []
    for one in made:
        share = draw(st.sampled_from([0, 0.01, 0.0175, 0.03]))
        minor = round(abs(one["amount"]) * share)
        out.append(one)
        if minor:
            sign = draw(st.sampled_from([1, -1])) if one["amount"] < 0 else 1
            printed = {
                key: one[key] for key in ("account_key", "transaction_date", "currency", "status")
            }
            text = draw(
                st.sampled_from(["FOREIGN TRANSACTION FEE", f"Devisenzuschlag {share:.2%}"])
            )
            out.append(
                row(**printed, posted_date=None, description=text, amount=sign * minor, kind="fee")
            )
    read = frame(out)
    return combine([read], [ledger.Source("card.csv", "", "plain", "utf-8")])


@given(with_fees())
def test_causes_sum_exactly_with_fee_rows(table: pd.DataFrame) -> None:
    """A report with fee rows would not add up."""
    found = run(table)
    cases, minor = found.cases, dict(zip(table["id"], table["amount"], strict=True))
    assert (cases["shortfall"] == cases[list(CAUSES)].sum(axis=1)).all()
    assert (cases["shortfall"] == cases["charged"] - cases["refunded"]).all()
    for case in cases.itertuples(index=False):
        rows = [*case.charges, *case.refunds, *case.fees]
        if case.verdict != "voided":
            assert case.charged - case.refunded == sum(minor[one] for one in rows)
        for cause in CAUSES:
            low, high = getattr(case, f"{cause}_low"), getattr(case, f"{cause}_high")
            assert pd.isna(low) or low <= getattr(case, cause) <= high
    taken = [fee for ids in cases["fees"] for fee in ids]
    assert len(taken) == len(set(taken))


@given(with_fees(), st.randoms(use_true_random=False))
def test_row_order_changes_no_fee(table: pd.DataFrame, random: Any) -> None:
    """Sorting the ledger would move fees between purchases."""
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = table.iloc[order]
    one = dict(zip(table["id"], fees.attach(table).fillna(""), strict=True))
    two = dict(zip(mixed["id"], fees.attach(mixed).fillna(""), strict=True))
    assert one == two


@given(with_fees())
def test_each_purchase_has_one_fee_row_and_the_right_sign(table: pd.DataFrame) -> None:
    """A purchase would carry two fees, or a returned fee would make a purchase cheaper."""
    found = fees.attach(table)
    known = found.dropna()
    assert known.is_unique
    assert table.loc[known.index, "kind"].eq("fee").all()
    minor = table.set_index("id")["amount"]
    back = table.loc[known.index, "amount"].lt(0).to_numpy()
    assert (minor.reindex(known).to_numpy()[back] < 0).all()


def test_many_fee_rows_take_no_time() -> None:
    """A large export with a fee row under every purchase would never end."""
    count = 20_000
    amount = np.random.default_rng(1).integers(500, 90_000, count)
    day = np.datetime64("2023-01-01") + np.arange(count) // 40
    pair = {
        "transaction_date": np.repeat(day, 2), "line": np.arange(2 * count) + 2,
        "amount": np.stack([amount, np.rint(amount * 0.03)], axis=1).ravel().astype(np.int64),
        "description": ["SHOP BERLIN", "FOREIGN TRANSACTION FEE"] * count,
        "kind": ["purchase", "fee"] * count, "file": "card.csv", "account_key": "****1234",
        "currency": "EUR", "status": "posted", "layout": "plain",
    }  # fmt: skip
    table = ledger.reader_frame(pair, 2 * count)
    table = combine([table], [ledger.Source("card.csv", "", "plain", "utf-8")])
    found = fees.attach(table)
    line = dict(zip(table["id"], table["line"], strict=True))
    fee = table["kind"].eq("fee")
    right = found[fee].map(line) == table.loc[fee, "line"] - 1
    assert right.mean() > 0.99
