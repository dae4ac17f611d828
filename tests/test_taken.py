"""Rewards, and credits that a later row takes back, are no refunds."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import card_kinds
from strategies import frame, row

from reconcile import credited, intake, ledger, orders, pipeline, rates
from reconcile.combine import combine
from reconcile.decisions import Decisions
from reconcile.linking import taken
from reconcile.report.remarks import remarks
from reconcile.settings import Settings
from reconcile.tables import Tables
from reconcile.text import render

SHOP = "ALIEXPRESS.COM"
UNDONE, UNSURE = "unlinked.taken_back", "unlinked.taken_back_unsure"
Row = tuple[str, str, int]


def book(rows: list[Row]) -> pd.DataFrame:
    """A recognised ledger of (day, description, cents) in file order."""
    made = [
        row(transaction_date=dt.date.fromisoformat(day), description=text, amount=amount,
            currency="USD")
        for day, text, amount in rows
    ]  # fmt: skip
    read = frame(made)
    read["kind"] = card_kinds(read)
    table = combine([read], [ledger.Source("card.csv", "", "plain", "utf-8")])
    return intake.recognise(table)


def run(rows: list[Row]) -> Tables:
    """Result tables of a ledger."""
    settings = Settings(as_of=dt.date(2025, 12, 31))
    return pipeline.Held(book(rows), [], rates.ecb(), settings, orders.none()).tables()


def said(rows: list[Row]) -> dict[int, str]:
    """What is said of the refunds that stand alone, by their number among the rows."""
    found = run(rows)
    line = dict(zip(found.transactions["id"], found.transactions["line"] - 2, strict=True))
    told = zip(found.unlinked["transaction"], found.unlinked["reason"], strict=True)
    return {int(line[one]): reason.code for one, reason in told}


@pytest.mark.parametrize(
    ("credit", "text"),
    [
        ("PROVISIONAL CREDIT ALIEXPRESS.COM", "REVERSAL OF PROVISIONAL CREDIT ALIEXPRESS.COM"),
        ("DISPUTE CREDIT ALIEXPRESS.COM", "DISPUTE CREDIT REVERSAL ALIEXPRESS.COM"),
        (SHOP, "ALIEXPRESS.COM REFUND REVERSAL"),
        (SHOP, "ALIEXPRESS.COM 返金取消"),
        (SHOP, "ALIEXPRESS STORNO GUTSCHRIFT"),
        (SHOP, "ANNULATION REMBOURSEMENT ALIEXPRESS"),
        (SHOP, "ANULACIÓN DEVOLUCIÓN ALIEXPRESS"),
        (SHOP, "STORNO RIMBORSO ALIEXPRESS"),
        (SHOP, "ALIEXPRESS 退款撤销"),
        ("CREDIT ALIEXPRESS.COM", "REVERSAL OF PROVISIONAL CREDIT REF 12345"),
    ],
)
def test_a_credit_that_is_taken_back_is_no_refund(credit: str, text: str) -> None:
    """Who is out of eighty dollars would read that nothing is missing."""
    rows = [("2025-05-10", SHOP, 8000), ("2025-07-01", credit, -8000), ("2025-08-20", text, 8000)]
    found = run(rows)
    assert found.cases.empty
    (reason,) = found.unlinked["reason"]
    assert reason.code == UNDONE
    assert reason.params["day"] == dt.date(2025, 8, 20)


@pytest.mark.parametrize("text", ["REVERSAL ALIEXPRESS.COM", "ALIEXPRESS.COM REFUND REVERSAL"])
def test_a_charge_that_is_reversed_is_refunded(text: str) -> None:
    """An ordinary refund would be lost for the word that its bank has for it."""
    found = run([("2025-05-10", SHOP, 8000), ("2025-05-12", text, -8000)])
    assert found.cases["verdict"].tolist() == ["refunded"]


def test_a_credit_that_comes_again_counts() -> None:
    """The refund that came at last would be taken for the one that was taken back."""
    rows = [
        ("2025-05-10", SHOP, 8000), ("2025-06-01", SHOP, -8000),
        ("2025-06-03", "ALIEXPRESS.COM REFUND REVERSAL", 8000), ("2025-06-20", SHOP, -8000),
    ]  # fmt: skip
    found = run(rows)
    (case,) = found.cases.to_dict("records")
    last = found.transactions["id"][found.transactions["line"].eq(5)].tolist()
    assert (case["verdict"], case["refunds"]) == ("refunded", last)
    assert said(rows) == {1: UNDONE}


def test_the_credit_of_the_sort_that_is_named_is_meant() -> None:
    """The merchant's own refund would be struck out instead of the bank's provisional one."""
    rows = [
        ("2025-05-10", SHOP, 8000), ("2025-06-01", "PROVISIONAL CREDIT ALIEXPRESS.COM", -8000),
        ("2025-06-20", SHOP, -8000), ("2025-07-01", "PROVISIONAL CREDIT REVERSAL", 8000),
    ]  # fmt: skip
    found = run(rows)
    assert found.cases["verdict"].tolist() == ["refunded"]
    assert said(rows) == {1: UNDONE}


def test_of_two_equal_credits_one_stands_and_neither_is_sure() -> None:
    """A guess which of two refunds was taken back would be shown as a fact, or both as gone."""
    rows = [
        ("2025-05-10", SHOP, 8000), ("2025-05-20", SHOP, 8000), ("2025-06-10", SHOP, -8000),
        ("2025-06-11", SHOP, -8000), ("2025-07-01", "ALIEXPRESS REFUND REVERSAL", 8000),
    ]  # fmt: skip
    assert said(rows) == {3: UNSURE}
    (case,) = run(rows).cases.to_dict("records")
    assert (case["verdict"], len(case["refunds"])) == ("review", 1)
    assert "explain.undone_among" in [one.code for one in case["explanation"]]
    single = rows[:1] + rows[2:]
    (case,) = run(single).cases.to_dict("records")
    assert (case["verdict"], case["confidence"], case["alternatives"]) == ("review", 0.5, [])
    both = [*rows, ("2025-07-02", "ALIEXPRESS REFUND REVERSAL", 8000)]
    assert said(both) == {2: UNDONE, 3: UNDONE}


@pytest.mark.parametrize(
    ("text", "amount"),
    [("ALIEXPRESS REFUND REVERSAL", 8100), ("PROVISIONAL CREDIT REVERSAL ALIEXPRESS", 5000)],
)
def test_another_amount_leaves_it_open(text: str, amount: int) -> None:
    """A credit taken back at another rate, or in part, would count as a whole refund."""
    credit = ("2025-06-01", "PROVISIONAL CREDIT ALIEXPRESS.COM", -8000)
    rows = [("2025-05-10", SHOP, 7900), credit, ("2025-06-20", text, amount)]
    assert said(rows) == {1: UNSURE}
    assert run(rows).cases.empty


def test_another_amount_says_nothing_of_a_refund_of_the_very_purchase() -> None:
    """A whole refund in the card's own currency would be doubted for a row months later."""
    rows = [("2025-02-10", SHOP, 4700), ("2025-03-03", SHOP, -4700)]
    for when in ("2025-03-20", "2025-07-10"):
        later = [*rows, (when, "ALIEXPRESS REFUND REVERSAL", 4650)]
        assert said(later) == {}
        assert run(later).cases["verdict"].tolist() == ["refunded"]
    rated = [
        ("2025-02-10", SHOP, 4800),
        rows[1],
        ("2025-07-10", "ALIEXPRESS REFUND REVERSAL", 4650),
    ]
    assert UNSURE not in said(rated).values()


@pytest.mark.parametrize("text", ["ALIEXPRESS.COM PREMIER REWARDS 4411", "AliExpress ポイント2倍"])
def test_a_refund_in_its_purchases_own_words_is_no_reward(text: str) -> None:
    """The name of a card or a shop would make a reward of every refund."""
    rows = [("2025-02-10", text, 5000), ("2025-03-03", text, -5000)]
    assert run(rows).cases["verdict"].tolist() == ["refunded"]
    assert book(rows)["kind"].tolist() == ["purchase", "refund"]
    numbered = [rows[0], ("2025-03-03", text.replace("4411", "4412"), -5000)]
    assert run(numbered).cases["verdict"].tolist() == ["refunded"]
    clawed = [("2025-02-10", "ALIEXPRESS CASHBACK REVERSAL", 500), *rows[1:]]
    assert said(clawed) == {1: "unlinked.reward"}


def test_a_credit_that_is_taken_back_is_named_among_the_remarks() -> None:
    """Who is out of eighty dollars would have to read every transaction to learn of it."""
    rows = [("2025-05-10", SHOP, 8000), ("2025-06-01", SHOP, -8000)]
    found = run([*rows, ("2025-06-20", "ALIEXPRESS REFUND CANCELLED", 8000)])
    (note,) = [one.message for one in remarks(found) if "undone" in one.message.code]
    assert render(note, "en").startswith(
        "The credit of $80.00 on 1 Jun 2025 was taken back on 20 Jun 2025"
    )
    many = [
        (f"2025-{month:02d}-{day}", text, sign * month * 1000)
        for month in range(1, 6)
        for day, text, sign in (
            (10, SHOP, 1), (15, SHOP, -1), (20, "ALIEXPRESS REFUND CANCELLED", 1)
        )
    ]  # fmt: skip
    codes = [one.message.code for one in remarks(run(many))]
    assert codes.count("report.undone") == 3
    assert codes.count("report.undone_more") == 1


def test_a_reversal_of_a_credit_that_no_statement_shows_is_told() -> None:
    """Fifty dollars would be charged again, and nobody would be told why."""
    rows = [
        ("2025-05-10", SHOP, 8000),
        ("2025-06-01", SHOP, -8000),
        ("2025-07-20", "REVERSAL OF PROVISIONAL CREDIT ALIEXPRESS", 5000),
    ]
    (note,) = [one.message for one in remarks(run(rows)) if "undone" in one.message.code]
    assert render(note, "en").startswith("$50.00 was charged again on 20 Jul 2025")
    near = [*rows, ("2025-07-01", "PROVISIONAL CREDIT", -5000)]
    codes = [one.message.code for one in remarks(run(near))]
    assert "report.undone_unseen" not in codes


def test_the_users_word_stands_above_words_of_the_bank() -> None:
    """Who knows better than a word in a row could not say so."""
    rows = [("2025-06-01", SHOP, 2000), ("2025-06-26", "OFFER CREDIT ALIEXPRESS", -2000)]
    table = book(rows)
    word = Decisions(by_rows={frozenset(table["id"]): "confirm"})
    settings = Settings(as_of=dt.date(2025, 12, 31))
    held = pipeline.Held(table, [], rates.ecb(), settings, orders.none(), word)
    found = held.tables()
    assert found.cases["verdict"].tolist() == ["refunded"]
    assert found.unlinked.empty


def test_what_other_shops_take_back_is_theirs() -> None:
    """A refund would be struck out because another shop took one of its own back."""
    rows = [
        ("2025-05-10", SHOP, 8000), ("2025-06-01", SHOP, -8000),
        ("2025-06-02", "AMAZON REFUND REVERSAL", 8000),
    ]  # fmt: skip
    assert run(rows).cases["verdict"].tolist() == ["refunded"]
    either = [*rows[:2], ("2025-06-02", "AMAZON", -8000), ("2025-07-02", "REFUND REVERSAL", 8000)]
    assert said(either) == {1: UNSURE}


def test_a_row_that_takes_an_unseen_credit_back_is_no_purchase() -> None:
    """A refund would be linked with the row that took an earlier one back."""
    rows = [("2025-06-02", "ALIEXPRESS REFUND REVERSAL", 8000), ("2025-06-20", SHOP, -8000)]
    assert run(rows).cases.empty
    assert book(rows)["kind"].tolist() == ["adjustment", "refund"]
    late = [("2025-01-02", SHOP, -8000), ("2025-12-02", "ALIEXPRESS REFUND REVERSAL", 8000)]
    assert said(late) == {0: "unlinked.no_charge"}


@pytest.mark.parametrize(
    "text",
    [
        "OFFER CREDIT ALIEXPRESS", "CHASE OFFER: 10% BACK AT ALIEXPRESS", "CASHBACK ALIEXPRESS",
        "ALIEXPRESS.COM ﾎﾟｲﾝﾄ還元", "キャッシュバック ALIEXPRESS", "AliExpress Affiliate Payout",
        "ALIEXPRESS 返现", "ALIEXPRESS Bonuspunkte", "ALIEXPRESS points fidélité",
    ],
)  # fmt: skip
def test_rewards_are_no_refunds(text: str) -> None:
    """Five per cent of cash-back would pass for a refund that is far too small."""
    rows = [("2025-06-01", SHOP, 2000), ("2025-06-26", text, -500)]
    assert said(rows) == {1: "unlinked.reward"}
    assert run(rows).cases.empty
    assert book(rows)["kind"].tolist() == ["purchase", "adjustment"]


@pytest.mark.parametrize(
    "text",
    [
        "ALIEXPRESS REFUND POINTS RETURNED", "POINT OF SALE CREDIT ALIEXPRESS",
        "CREDIT VOUCHER ALIEXPRESS", "ALIEXPRESS 返金（ポイント分）",
        "ALIEXPRESS.COM CASHBACK CARD 1234", "CHARGEBACK ALIEXPRESS",
    ],
)  # fmt: skip
def test_refunds_that_mention_rewards_stay_refunds(text: str) -> None:
    """A refund would be lost for a word beside it."""
    found = run([("2025-06-01", SHOP, 2000), ("2025-06-26", text, -2000)])
    assert found.cases["verdict"].tolist() == ["refunded"]


def test_a_reward_that_is_taken_back_is_no_purchase() -> None:
    """Cash-back taken back would be one more purchase that a refund may belong to."""
    rows = [("2025-06-01", "CASHBACK REVERSAL ALIEXPRESS", 500), ("2025-06-26", SHOP, -500)]
    assert said(rows) == {1: "unlinked.no_charge"}
    assert not credited.rewards(book([("2025-06-01", "CASHBACK ALIEXPRESS", 500)])).any()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400), st.sampled_from([500, -500, 800, -800, 810]),
            st.sampled_from([SHOP, "ALIEXPRESS REFUND REVERSAL", "PROVISIONAL CREDIT REVERSAL"]),
        ),
        min_size=1, max_size=12,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_row_order_changes_nothing(rows: list[tuple[int, int, str]], chance: Any) -> None:
    """The same statement sorted another way would call another credit taken back."""
    start = np.datetime64("2025-01-01")
    table = book([(str(start + day), text, amount) for day, amount, text in rows])
    shuffled = table.sample(frac=1.0, random_state=chance.randrange(1000))
    one, two = (taken.aside(part, part[part["merchant"].notna()]) for part in (table, shuffled))
    assert one == two
