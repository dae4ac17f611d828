"""The 24 collected facts of how banks convert and charge: each is reproduced or explained."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reading import card_kinds
from strategies import frame, row

from reconcile import fees, intake, ledger, markups, merchants, orders, pipeline, rates
from reconcile.combine import combine
from reconcile.linking.candidates import movements
from reconcile.money import decimals, parse
from reconcile.settings import Settings
from reconcile.tables import Tables

AS_OF = dt.date(2026, 11, 23)
# Facts with an original, a rate and no commission: |billed - original x rate| stays within a unit.
BY_RATE = {2, 3, 4, 6, 7, 18, 19, 20, 21, 22}
# The same where the rate is originals per one unit billed, or a commission is inside.
BY_INVERSE = {5, 15, 16}
# Commission of the facts that have one inside the billed amount, as their comment says.
COMMISSION = {15: 258, 16: 536, 24: 27}
# Fee rows printed apart, with the purchase each belongs to.
FEE_ROWS = {10: 9, 12: 11, 13: 14, 23: None}
OTHERS = {1, 8, 9, 11, 14, 17, 24}


@pytest.fixture(scope="module")
def facts(corpus: Path) -> pd.DataFrame:
    """The table of facts, by case number."""
    path = corpus / "fx_cases" / "aliexpress_fx_cases.tsv"
    read = pd.read_csv(path, sep="\t", dtype="str", keep_default_na=False)
    return read.set_index(read["case"].astype("int64"))


def billed(fact: pd.Series) -> int:
    """The billed amount without its sign, in minor units."""
    value = parse(fact["billed_amount"].lstrip("-"), fact["billed_ccy"])
    assert value is not None
    return value


def made(facts: pd.DataFrame, numbers: list[int], **values: Any) -> pd.DataFrame:
    """A ledger of these facts in this order; refunds negative, fees by their words."""
    rows = []
    for number in numbers:
        fact = facts.loc[number]
        sign = -1 if fact["kind"] == "REFUND" else 1
        one = row(
            transaction_date=day(fact["txn_date"]), posted_date=day(fact["post_date"]),
            description=fact["descriptor"], amount=sign * billed(fact),
            currency=fact["billed_ccy"],
            status="pending" if fact["kind"] == "AUTHORIZATION_HOLD" else "posted",
        )  # fmt: skip
        if fact["orig_amount"]:
            original = parse(fact["orig_amount"].lstrip("-"), fact["orig_ccy"])
            assert original is not None
            one |= {
                "original_amount": sign * original, "original_currency": fact["orig_ccy"],
                "original_decimals": decimals(fact["orig_ccy"]),
            }  # fmt: skip
        rows.append(one | values)
    read = frame(rows)
    read["kind"] = card_kinds(read)
    return combine([read], [ledger.Source("card.csv", "", "plain", "utf-8")])


def day(text: str) -> dt.date | None:
    """A date, or None where the fact has none."""
    return dt.date.fromisoformat(text) if text else None


def run(table: pd.DataFrame) -> Tables:
    """Result tables of a ledger."""
    known = intake.recognise(table.copy())
    return pipeline.Held(known, [], rates.ecb(), Settings(as_of=AS_OF), orders.none()).tables()


def test_every_fact_has_its_test(facts: pd.DataFrame) -> None:
    """A fact that was collected would be forgotten."""
    assert set(facts.index) == BY_RATE | BY_INVERSE | set(FEE_ROWS) | OTHERS


@pytest.mark.parametrize("number", sorted(BY_RATE))
def test_billed_is_original_times_rate(facts: pd.DataFrame, number: int) -> None:
    """A printed rate would be called wrong, or right, by the way a bank rounds."""
    fact = facts.loc[number]
    unit = Decimal(10) ** -decimals(fact["billed_ccy"])
    product = abs(Decimal(fact["orig_amount"])) * Decimal(fact["rate"])
    assert abs(product - abs(Decimal(fact["billed_amount"]))) <= unit


@pytest.mark.parametrize("number", sorted(BY_INVERSE))
def test_billed_without_commission_is_original_by_rate(facts: pd.DataFrame, number: int) -> None:
    """A rate printed the other way round, or a commission inside, would look like an error."""
    fact = facts.loc[number]
    original, rate = abs(Decimal(fact["orig_amount"])), Decimal(fact["rate"])
    net = (billed(fact) - COMMISSION.get(number, 0)) * Decimal(10) ** -decimals(fact["billed_ccy"])
    # Within the last digit of the printed rate.
    assert abs(original / net - rate) <= Decimal(10) ** rate.as_tuple().exponent


def test_a_hold_and_its_posted_charge_are_one(facts: pd.DataFrame) -> None:
    """A hold five per cent above the charge would count as a second purchase (1, 2)."""
    hold, posted = made(facts, [1]), made(facts, [2])
    assert billed(facts.loc[1]) / (5.94 * 59.93) == pytest.approx(105, abs=0.1)
    parts = [
        ledger.reader_frame(
            {name: part[name].tolist() for name in ledger.READER_COLUMNS}
            | {"account_key": ["****1234"], "file": file},
            1,
        )
        for part, file in ((hold, "one.csv"), (posted, "two.csv"))
    ]
    sources = [ledger.Source(name, "", "plain", "utf-8") for name in ("one.csv", "two.csv")]
    both = combine(parts, sources)
    assert both["amount"].tolist() == [35194]
    assert both["status"].tolist() == ["posted"]


@pytest.mark.parametrize("number", [3, 4, 5, 17])
def test_money_back_is_a_refund_of_the_shop(facts: pd.DataFrame, number: int) -> None:
    """A refund that the bank calls a purchase, or signs the other way, would be a charge."""
    book = intake.recognise(made(facts, [number]))
    assert book["merchant"].tolist() == [merchants.ALIEXPRESS]
    assert book["kind"].tolist() == ["refund"]
    assert (book["original_amount"] < 0).all()
    assert movements(book).refund.tolist() == [True]


def test_a_refund_in_the_type_s_own_words(facts: pd.DataFrame) -> None:
    """The title before the shop's name would hide the shop (4)."""
    assert merchants.merchant_of("Возврат платежа: WWW ALIEXPRESS COM")[0] == merchants.ALIEXPRESS


def test_a_refund_dated_as_its_purchase_finds_it(facts: pd.DataFrame) -> None:
    """A refund that the bank dates three months back would come before its own charge (5)."""
    fact = facts.loc[5]
    charge = made(facts, [5]).assign(
        amount=162, original_amount=175, kind="purchase", id="charge",
        posted_date=pd.Timestamp("2024-05-26"),
    )  # fmt: skip
    case = run(pd.concat([charge, made(facts, [5])], ignore_index=True)).cases.iloc[0]
    assert (case["charged"], case["refunded"]) == (162, billed(fact))
    assert case["missing"] == 0
    refund = movements(intake.recognise(made(facts, [5])))
    assert refund.day.tolist() == [(dt.date(2024, 8, 23) - dt.date(1970, 1, 1)).days]


def test_billed_at_home_has_no_excuse(facts: pd.DataFrame) -> None:
    """A charge in the card's own currency would be given an exchange rate (8)."""
    charge = made(facts, [8])
    refund = charge.assign(
        amount=-billed(facts.loc[8]), kind="refund", id="refund",
        transaction_date=pd.Timestamp("2017-09-15"), posted_date=pd.Timestamp("2017-09-15"),
    )  # fmt: skip
    case = run(pd.concat([charge, refund], ignore_index=True)).cases.iloc[0]
    assert (case["shortfall"], case["fx_drift"], case["fee"]) == (0, 0, 0)


def test_fee_rows_are_their_percentage_and_find_their_purchase(facts: pd.DataFrame) -> None:
    """Swiss fee rows, before or behind their purchase, would belong to nothing (9 to 14)."""
    book = made(facts, [9, 10, 11, 12, 13, 14])
    found = fees.attach(book)
    of = dict(zip(book["id"], book["amount"], strict=True))
    pairs = {
        (int(fee), of[str(parent)])
        for fee, parent in zip(book["amount"], found, strict=True)
        if pd.notna(parent)
    }
    assert pairs == {(17, 979), (11, 626), (18, 1046)}
    for fee, base in pairs:
        assert round(base * Decimal("0.0175")) == fee


def test_a_monthly_fee_line_finds_its_purchase(facts: pd.DataFrame) -> None:
    """A month's end line would not find the purchase whose shop and amount it names (23)."""
    fact = facts.loc[23]
    # 2.1% of what 26.39 USD cost: between 22.62 and 23.10 EUR.
    fee = made(facts, [23])
    purchase = fee.assign(
        id="purchase", description="EXAMPLE.SHOP", kind="purchase", amount=2278, line=1,
        transaction_date=pd.Timestamp("2026-01-09"), posted_date=pd.Timestamp("2026-01-10"),
    )  # fmt: skip
    other = purchase.assign(id="other", description="ANOTHER SHOP", original_amount=2600)
    found = fees.attach(pd.concat([purchase, other, fee], ignore_index=True))
    assert found.dropna().tolist() == ["purchase"]
    assert round(2278 * Decimal("0.021")) == billed(fact)


@pytest.mark.parametrize("number", sorted(COMMISSION))
def test_a_commission_inside_the_amount_is_the_fee(facts: pd.DataFrame, number: int) -> None:
    """Amex's commission would be taken for a worse exchange rate, or counted twice (15, 16, 24)."""
    commission = COMMISSION[number]
    fact = facts.loc[number]
    net = billed(fact) - commission
    assert 0.015 < commission / net < 0.04
    when = {"transaction_date": dt.date(2025, 3, 10), "posted_date": dt.date(2025, 3, 10)}
    charge = made(facts, [number], description="ALIEXPRESS", fee_amount=commission, **when)
    back = pd.Timestamp("2025-04-10")
    refund = charge.assign(
        id="refund", amount=-net, original_amount=-charge["original_amount"], kind="refund",
        fee_amount=pd.array([pd.NA], dtype="Int64"), transaction_date=back, posted_date=back,
    )  # fmt: skip
    case = run(pd.concat([charge, refund], ignore_index=True)).cases.iloc[0]
    assert (case["fee"], case["fx_drift"], case["missing"]) == (commission, 0, 0)
    with_fee, _ = markups.implied_markup(charge, rates.ecb())
    plain = charge.assign(fee_amount=pd.array([pd.NA], dtype="Int64"))
    without, _ = markups.implied_markup(plain, rates.ecb())
    if np.isfinite(with_fee).all():
        assert without - with_fee == pytest.approx(np.log(billed(fact) / net))


def test_look_alikes_and_weak_names(facts: pd.DataFrame) -> None:
    """Alipay purchases of others would be linked as AliExpress's (14, 15)."""
    assert merchants.merchant_of(facts.loc[15, "descriptor"])[0] is None
    for number in (16, 18, 19, 20, 21, 22, 24):
        assert merchants.merchant_of(facts.loc[number, "descriptor"])[0] is None
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 17):
        assert merchants.merchant_of(facts.loc[number, "descriptor"])[0] == merchants.ALIEXPRESS


def test_a_refund_with_its_original_in_the_billing_currency(facts: pd.DataFrame) -> None:
    """A refund billed negative beside a positive original would look like a conversion (17)."""
    refund = made(facts, [17])
    charge = refund.assign(
        id="charge", amount=2531, original_amount=2531, kind="purchase",
        transaction_date=pd.Timestamp("2025-12-20"), posted_date=pd.Timestamp("2026-01-10"),
    )  # fmt: skip
    case = run(pd.concat([charge, refund], ignore_index=True)).cases.iloc[0]
    assert (case["charged"], case["refunded"], case["fee"]) == (2531, 2531, 0)
