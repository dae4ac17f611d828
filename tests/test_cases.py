"""From a ledger to cases: sums that hold for every statement, and sentences for all of them."""

import datetime as dt
import json
import random
from typing import Any

import contract
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ALIEXPRESS, LEDGERS, frame, row

from reconcile import intake, orders, pipeline, rates
from reconcile.combine import combine
from reconcile.ledger import Source
from reconcile.report.digest import headline, stories, sureness
from reconcile.report.json import document, dumps
from reconcile.settings import Settings
from reconcile.tables import CAUSES, Tables
from reconcile.text import LANGUAGES, render, sentences

AS_OF = dt.date(2026, 11, 23)
JPY_USD = {"currency": "JPY", "original_currency": "USD"}
ORDERS = ["order_id", "order_date", "currency", "total", "status", "refund_amount", "refund_date"]


def tables(
    rows: list[dict[str, Any]], wanted: list[list[str]] | None = None, **chosen: Any
) -> Tables:
    """Result tables of reader's rows and of orders given as text."""
    sources = [
        Source("card.csv", "0" * 64, "plain", "utf-8", rows=len(rows), transactions=len(rows))
    ]
    book = intake.recognise(combine([frame(rows)], sources))
    told = orders.none()
    if wanted:
        told = orders.normalise(pd.DataFrame(wanted, columns=ORDERS, dtype="str"))
    return pipeline.Held(book, sources, rates.ecb(), Settings(as_of=AS_OF, **chosen), told).tables()


def day(text: str) -> dt.date:
    """A day from its ISO form."""
    return dt.date.fromisoformat(text)


def pair(**values: Any) -> list[dict[str, Any]]:
    """A charge of 32.49 USD, the refund of all of it, and rows up to the end of the year."""
    charge = {"transaction_date": day("2025-03-10"), "amount": 4845, "original_amount": 3249}
    refund = {"transaction_date": day("2025-04-08"), "amount": -4717, "original_amount": -3249}
    return [
        row(**JPY_USD, **charge),
        row(**JPY_USD, **{**refund, "kind": "refund", **values}),
        row(description="CORNER SHOP", transaction_date=day("2025-12-20"), amount=500),
    ]


def case_of(found: Tables) -> Any:
    """The only case."""
    assert len(found.cases) == 1
    return found.cases.iloc[0]


@settings(max_examples=15)
@given(LEDGERS)
def test_causes_sum_to_the_shortfall(rows: list[dict[str, Any]]) -> None:
    """The causes in the report would not add up to what is missing."""
    cases = tables(rows).cases
    assert (cases["shortfall"] == cases["charged"] - cases["refunded"]).all()
    assert (cases["shortfall"] == cases[list(CAUSES)].sum(axis=1)).all()
    assert (cases["missing"] >= 0).all()
    assert (cases["kept"] >= 0).all()


@settings(max_examples=12)
@given(LEDGERS, st.sampled_from([None, 0.0, 0.022]), st.sampled_from([None, "kept", "double"]))
def test_documents_keep_the_contract(
    rows: list[dict[str, Any]], fee: float | None, mode: str | None
) -> None:
    """A program that reads the JSON would meet a field that it cannot use."""
    found = tables(rows, fee=fee, refund_mode=mode)
    contract.check(json.loads(dumps(found, "ja")))


@settings(max_examples=12)
@given(LEDGERS)
def test_every_refund_is_accounted_for(rows: list[dict[str, Any]]) -> None:
    """A refund from AliExpress would stand neither in a case nor among those left over."""
    found = tables(rows)
    book = found.transactions
    ours = book[book["merchant"].notna() & book["amount"].lt(0) & book["status"].eq("posted")]
    seen = {key for refunds in found.cases["refunds"] for key in refunds}
    left = set(found.unlinked["transaction"])
    assert set(ours["id"]) <= seen | left
    assert not seen & left


@settings(max_examples=8)
@given(LEDGERS, st.integers(0, 999))
def test_row_order_changes_nothing(rows: list[dict[str, Any]], chance: int) -> None:
    """The same statement, sorted the other way, would tell another story."""
    moved = [*rows]
    random.Random(chance).shuffle(moved)
    one, other = (document(tables(part), "en") for part in (rows, moved))
    assert one["cases"] == other["cases"]
    assert one["summary"] == other["summary"]


@settings(max_examples=8)
@given(LEDGERS, st.sampled_from(["USD", "JPY"]), st.integers(1, 30_000), st.booleans())
def test_orders_keep_the_sums(
    rows: list[dict[str, Any]], currency: str, total: int, part: bool
) -> None:
    """Naming an order list would make the causes wrong."""
    due = str(total // 2) if part else ""
    wanted = [
        [f"30{n}", str(item["transaction_date"]), currency, str(total), "Refunded", due, ""]
        for n, item in enumerate(rows[:3])
    ]
    contract.check(document(tables(rows, wanted), "en"))


def test_fee_taken_again() -> None:
    """A card that takes its fee twice would look as if the exchange rate had moved."""
    case = case_of(tables(pair(amount=-4636), fee=0.022, refund_mode="double"))
    # 4845 contains 4845·0.022/1.022 = 104.3 of fee, the refund lost 4636·0.022/0.978 = 104.3.
    assert case["fee"] == 209
    assert case["fx_drift"] == 0
    assert case["verdict"] == "refunded"


def test_fee_kept() -> None:
    """A fee that stays with the bank would be called a movement of the exchange rate."""
    case = case_of(tables(pair(amount=-4741), fee=0.022, refund_mode="kept"))
    assert case["fee"] == 104
    assert case["fx_drift"] == 0


@pytest.mark.parametrize("amount", [-4845, -4717])
def test_a_pending_refund_is_not_said_to_be_back(amount: int) -> None:
    """Who trusts a refund that is never booked would not ask for it in time."""
    found = case_of(tables(pair(status="pending", amount=amount)))
    codes = [message.code for message in found["explanation"]]
    assert codes[-1] == "explain.pending"
    assert "explain.nothing_missing" not in codes
    assert (found["verdict"], found["next_step"]) == ("refunded", "wait_booked")
    for lang, money in (("en", f"¥{-amount:,}"), ("ja", f"{-amount:,}円")):
        assert money in render(found["explanation"][-1], lang)


def test_a_refund_dated_before_its_charge_is_remarked_on() -> None:
    """The order of the days would look like a fault of the report."""
    for when, told in (("2025-03-09", True), ("2025-03-10", False)):
        found = case_of(tables(pair(transaction_date=day(when))))
        assert ("explain.before" in [message.code for message in found["explanation"]]) is told


def test_same_amount() -> None:
    """A refund in full would be followed by sentences about rates and fees."""
    found = tables(pair(amount=-4845), fee=0.022, refund_mode="symmetric")
    case = case_of(found)
    assert case["shortfall"] == 0
    text = sentences(case["explanation"], "en")
    assert text.startswith("¥4,845 was charged on 10 Mar 2025")
    assert text.endswith("Nothing is missing.")


def test_more_came_back() -> None:
    """A refund above the charge would count as an error instead of a gain."""
    case = case_of(tables(pair(amount=-4900)))
    assert case["shortfall"] == -55
    assert case["verdict"] == "refunded"
    assert "¥55 more than you paid" in sentences(case["explanation"], "en")


def test_half_came_back() -> None:
    """Half a refund would be called a bad exchange rate."""
    rows = pair()
    rows[1]["amount"], rows[1]["original_amount"] = -2400, -1625
    case = case_of(tables(rows))
    assert case["verdict"] == "partly_refunded"
    assert 2300 < case["missing"] < 2540
    assert case["next_step"] != "none"


def test_order_says_the_rest_is_kept() -> None:
    """Money for items that the buyer kept would be demanded back."""
    rows = pair()
    rows[1]["amount"], rows[1]["original_amount"] = -2400, -1625
    order = ["3041", "2025-03-09", "USD", "32.49", "Refunded", "16.25", "2025-04-01"]
    case = case_of(tables(rows, [order]))
    assert case["verdict"] == "refunded"
    assert case["missing"] == 0
    assert 2300 < case["kept"] < 2540
    assert case["orders"] == ["3041"]


def test_order_says_more_is_due() -> None:
    """Too small a refund would pass unnoticed although the order list says so."""
    rows = pair()
    rows[1]["amount"], rows[1]["original_amount"] = -2400, -1625
    order = ["3041", "2025-03-09", "USD", "32.49", "Refunded", "32.49", "2025-04-01"]
    case = case_of(tables(rows, [order]))
    assert case["verdict"] == "short"
    assert case["due"].amount == case["missing"] > 0
    assert case["next_step"] != "none"


@pytest.mark.parametrize(
    ("promised", "covered", "verdict"),
    [
        ("2025-04-01", "2025-12-20", "missing"),
        ("2025-04-01", "2025-04-10", "waiting"),
        ("2026-11-20", "2026-11-22", "waiting"),
    ],
)
def test_nothing_came(promised: str, covered: str, verdict: str) -> None:
    """A promised refund that never came would be forgotten, or demanded too early."""
    rows = [
        row(**JPY_USD, amount=4845, original_amount=3249),
        row(description="CORNER SHOP", transaction_date=day(covered), amount=500),
    ]
    order = ["3041", "2025-03-09", "USD", "32.49", "Refunded", "32.49", promised]
    case = case_of(tables(rows, [order]))
    assert case["verdict"] == verdict
    assert case["next_step"] != "none"
    assert case["shortfall"] == case["missing"] == case["due"].amount == 4845
    assert case["refunds"] == []


def test_order_without_its_charge() -> None:
    """Money due for an order paid with an unknown card would be left out, or counted as charged."""
    order = ["3041", "2025-03-09", "USD", "99.99", "Refunded", "99.99", "2025-04-01"]
    found = tables([row(description="CORNER SHOP")], [order])
    case = case_of(found)
    assert case["charged"] == case["shortfall"] == 0
    assert (case["due"].amount, case["due"].currency) == (9999, "USD")
    contract.check(document(found, "en"))


def test_voided_charge() -> None:
    """A charge that was cancelled would look like money still owed."""
    found = tables([row(status="voided")])
    case = case_of(found)
    assert case["verdict"] == "voided"
    assert case["charged"] == case["refunded"] == 4845
    assert case["shortfall"] == 0


def test_refund_without_charge() -> None:
    """A refund from before the statements would be forced onto a stranger's charge."""
    found = tables([row(amount=-4845, kind="refund")])
    assert found.cases.empty
    assert len(found.unlinked) == 1
    for lang in LANGUAGES:
        assert render(found.unlinked["reason"].iloc[0], lang)


def test_a_charge_may_lie_between_the_statements() -> None:
    """A refund whose charge stands on a month that nobody downloaded would be called a part of
    another purchase, with certainty."""

    def likelihood(*between: str) -> float:
        days = ["2025-01-05", "2025-02-02", *between, "2025-06-28"]
        pair = [
            row(transaction_date=day("2025-06-12"), amount=4200),
            row(transaction_date=day("2025-06-20"), amount=-1700, kind="refund"),
        ]
        other = [row(transaction_date=day(one), description="CORNER SHOP") for one in days]
        rows = [{**one, "file": f"{one['transaction_date']:%Y-%m}.csv"} for one in [*pair, *other]]
        rows.append(row(transaction_date=day("2025-01-18"), amount=3180, file="2025-01.csv"))
        cases = tables(rows).cases
        return float(cases["confidence"].max()) if len(cases) else 0.0

    assert likelihood("2025-03-01", "2025-03-27", "2025-04-20", "2025-05-15") > 0.9
    assert likelihood() < 0.6


@pytest.mark.parametrize(
    ("currency", "reasons"),
    [(None, ["unlinked.bare"]), ("CAD", []), ("UAH", ["unlinked.unrated"])],
)
def test_an_unlinked_refund_says_what_is_missing_to_link_it(
    currency: str | None, reasons: list[str]
) -> None:
    """Nobody would think of naming the currency, or of giving rates for one that the European
    Central Bank does not publish, and the refund would stay unlinked."""
    told = {"currency": currency, "decimals": 2, "description": "ALIEXPRESS.COM"}
    found = tables([
        row(amount=3210, transaction_date=dt.date(2026, 8, 5), **told),
        row(amount=-3155, transaction_date=dt.date(2026, 8, 16), kind="refund", **told),
    ])  # fmt: skip
    assert [reason.code for reason in found.unlinked["reason"]] == reasons


def dollars(*moves: tuple[str, int]) -> list[dict[str, Any]]:
    """AliExpress rows (day, cents) of a card in dollars, whose statements begin in May."""
    told = {"currency": "USD", "description": "ALIEXPRESS.COM"}
    rows = [
        row(
            transaction_date=day(on),
            amount=cents,
            kind="refund" if cents < 0 else "purchase",
            **told,
        )
        for on, cents in moves
    ]
    return [
        *rows,
        row(**{**told, "description": "CORNER SHOP"}, transaction_date=day("2025-01-02")),
    ]


def test_a_case_for_review_names_its_rival() -> None:
    """A user would be asked to decide without being told between what."""
    found = tables(dollars(("2025-06-01", 3000), ("2025-06-20", -3000), ("2025-06-22", -3000)))
    case = case_of(found)
    assert case["verdict"] == "review"
    assert [(other.charges, other.refunds) for other in case["alternatives"]] == [
        (tuple(case["charges"]), (found.unlinked["transaction"].iloc[0],))
    ]
    assert abs(case["alternatives"][0].confidence + case["confidence"] - 1) < 0.02
    assert "20 Jun 2025" in sentences(case["explanation"], "en")


def test_a_case_for_review_says_that_its_refund_may_be_anothers() -> None:
    """A user would look for another reading where the only one is that the charge is not here."""
    rows = dollars(("2025-01-05", 4200), ("2025-01-25", -1700))
    case = case_of(tables(rows))
    assert case["verdict"] == "review"
    (other,) = case["alternatives"]
    assert (other.charges, list(other.refunds)) == ((), case["refunds"])
    assert "not in these statements" in sentences(case["explanation"], "en")


@pytest.mark.parametrize(
    "days",
    [
        ["2025-06-01", "2025-06-05"],
        ["2025-06-01", "2025-06-01"],
        # More charges than refunds: that what came is whole is all that can be told.
        ["2025-06-01", "2025-06-05", "2025-06-06"],
        ["2025-06-01", "2025-06-01", "2025-06-01"],
        ["2025-06-01", "2025-06-05", "2025-06-05"],
    ],
)
def test_a_doubt_without_consequence_asks_for_nothing(days: list[str]) -> None:
    """A user would have to choose between readings that all say that the money is back."""
    charges = [(day, 4200) for day in days]
    found = tables(dollars(*charges, ("2025-06-15", -4200), ("2025-06-25", -4200)))
    cases = found.cases[found.cases["verdict"].eq("review")]
    assert len(cases) == 2
    assert set(cases["next_step"]) == {"none"}
    assert all(cases["alternatives"])
    assert "Whichever" in sentences(cases["explanation"].iloc[0], "en")
    assert headline(found, stories(found)).code == "report.nothing"
    # All being back is sure, though which reading is right is not.
    assert all(sureness(story.case) > 0.9 for story in stories(found))


def test_of_equal_charges_an_order_may_mean_one() -> None:
    """What an order has due would be called back while it may be the other purchase's."""
    rows = dollars(("2025-06-01", 4200), ("2025-06-01", 4200), ("2025-06-15", -4200))
    assert case_of(tables(rows))["next_step"] == "none"
    order = ["3041", "2025-06-01", "USD", "42.00", "Finished", "", ""]
    assert case_of(tables(rows, [order]))["next_step"] == "review"


def test_equal_charges_in_another_currency_have_causes_by_day() -> None:
    """Amounts that differ by the reading would be told as if they did not."""
    values = {"original_amount": 3249, "amount": 4845}
    back = {"original_amount": -3249, "amount": -4717, "kind": "refund"}

    def steps(*days: str) -> set[str]:
        rows = [row(**JPY_USD, transaction_date=day(one), **values) for one in days[:2]]
        rows += [row(**JPY_USD, transaction_date=day(one), **back) for one in days[2:]]
        rows.append(row(description="CORNER SHOP", transaction_date=day("2024-06-02")))
        cases = tables(rows).cases
        assert set(cases["verdict"]) == {"review"}
        return set(cases["next_step"])

    assert steps("2025-03-10", "2025-03-10", "2025-04-08", "2025-04-08") == {"none"}
    assert steps("2025-03-10", "2025-03-12", "2025-04-08", "2025-04-09") == {"review"}


def test_an_equal_charge_on_another_card_is_named() -> None:
    """A buyer would look for an old statement while the charge stands on their other card."""
    rows = dollars(("2025-06-01", 4200), ("2025-06-20", -4200), ("2025-06-02", 900))
    rows[1]["account_key"] = "****8765"
    found = tables([*rows, row(account_key="****8765", transaction_date=day("2025-01-03"))])
    assert found.cases.empty
    (reason,) = found.unlinked["reason"]
    assert reason.code == "unlinked.other_card"
    assert (reason.params["account"], reason.params["day"]) == ("…1234", day("2025-06-01"))
    assert "$42.00 on 1 Jun 2025" in render(reason, "en")
    # Another amount, a charge that was paid back itself, or one that comes later, is none.
    for other in (
        [{**rows[0], "amount": 4300}],
        [rows[0], {**rows[1], "account_key": "****1234"}],
        [{**rows[0], "transaction_date": day("2025-07-10")}],
    ):
        told = tables([*other, *rows[1:]]).unlinked["reason"].map(lambda one: one.code)
        assert "unlinked.other_card" not in set(told)


def test_charges_alone_are_no_cases() -> None:
    """Every ordinary purchase would be listed as a case."""
    found = tables([row(), row(amount=100)])
    assert found.cases.empty
    assert found.summary.empty


def test_money_in_from_the_shop_is_a_refund() -> None:
    """A refund that the bank books as a payment would be overlooked."""
    found = tables(pair(kind="payment"))
    assert case_of(found)["refunds"]
    assert "payment" not in set(found.transactions["kind"])


def test_alipay_alone_is_weak() -> None:
    """A link that rests on the word Alipay would be shown as certain."""
    rows = [{**item, "description": "ALIPAY SINGAPORE"} for item in pair()[:2]]
    case = case_of(tables(rows))
    assert case["merchant_strength"] == "weak"
    assert any("Alipay" in render(message, "en") for message in case["evidence"])


def test_evidence() -> None:
    """A reader could not check why a refund was given to a charge."""
    case = case_of(tables(pair()))
    said = [render(message, "en") for message in case["evidence"]]
    assert "same original amount: $32.49" in said
    assert "29 days apart" in said
    assert any(line.startswith("ECB ") for line in said)


def test_rates_beyond_the_table_are_not_used() -> None:
    """A drift would be asserted from a rate of another month."""
    rows = pair()
    rows[0]["transaction_date"], rows[1]["transaction_date"] = day("2030-03-10"), day("2030-04-08")
    found = tables(rows)
    case = case_of(found)
    assert found.rates.empty
    assert case["fx_drift"] + case["fee"] + case["unexplained"] == 128


def test_currencies_are_summed_apart() -> None:
    """Yen and dollars would be added up."""
    dollars = {"currency": "USD", "account_key": "****8765"}
    rows = [
        *pair(),
        row(**dollars, amount=2000),
        row(**dollars, amount=-2000, kind="refund", transaction_date=day("2025-03-20")),
    ]
    found = tables(rows)
    assert sorted(found.summary["currency"]) == ["JPY", "USD"]
    contract.check(document(found, "en"))


def test_sums_over_an_unknown_currency_have_one_unit() -> None:
    """Cases whose statements print two and three decimals would be added up as if alike."""
    found = tables([
        row(currency=None, account="…0001", amount=2000, decimals=2),
        row(currency=None, account="…0001", amount=-1500, decimals=2, kind="refund",
            transaction_date=day("2025-03-20")),
        row(currency=None, account="…0002", amount=7125, decimals=3),
        row(currency=None, account="…0002", amount=-7125, decimals=3, kind="refund",
            transaction_date=day("2025-03-21")),
    ])  # fmt: skip
    assert sorted(found.cases["decimals"]) == [2, 3]
    (total,) = found.summary.to_dict("records")
    assert total["decimals"] == 3
    assert (total["charged"], total["refunded"], total["missing"]) == (27_125, 22_125, 5_000)


def test_no_currency_at_all() -> None:
    """A statement that does not tell its currency would end in a traceback."""
    rows = [
        row(currency=None, amount=2000),
        row(currency=None, amount=-2000, kind="refund", transaction_date=day("2025-03-20")),
    ]
    found = tables(rows)
    assert len(found.cases) == 1
    contract.check(document(found, "ja"))


def test_both_descriptors_of_one_shop() -> None:
    """A refund under another of the shop's names would not be found."""
    rows = pair()
    for item, name in zip(rows, ALIEXPRESS, strict=False):
        item["description"] = name
    assert case_of(tables(rows[:2]))["refunds"]
