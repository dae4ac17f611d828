"""Unlinked refunds and the equal charges of other cards."""

import datetime as dt
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reconcile import elsewhere, reconcile
from reconcile.text import LANGUAGES, Message, render

A, B, C = "…1111", "…2222", "…3333"
Row = tuple[str, str, int]


def told(*rows: Row) -> list[tuple[str, str] | None]:
    """Per refund of (account, day, amount): account and day of the charge named, '+' if shared."""
    return [
        (
            str(one.params["account"]),
            f"{one.params['day']:%m-%d}" + "+" * one.code.endswith("_shared"),
        )
        if one.code.startswith("unlinked.other_card")
        else None
        for one in reasons(book(rows))
    ]


def book(rows: tuple[Row, ...]) -> pd.DataFrame:
    """A ledger of AliExpress rows."""
    account, days, amount = zip(*rows, strict=True)
    none = pd.Series([None] * len(rows))
    return pd.DataFrame({
        "id": [f"{n:016x}" for n in range(len(rows))], "file": "card.csv", "account": account,
        "transaction_date": pd.to_datetime([f"2026-{one}" for one in days]),
        "posted_date": pd.to_datetime(none), "amount": amount, "currency": "JPY", "decimals": 0,
        "original_amount": none.astype("Int64"), "original_currency": none.astype("str"),
        "kind": np.where(np.array(amount) > 0, "purchase", "refund"), "status": "posted",
        "merchant": "aliexpress",
    })  # fmt: skip


def reasons(ledger: pd.DataFrame) -> list[Message]:
    """What is told of each refund when none is linked."""
    ids = ledger.loc[ledger["amount"].lt(0), "id"].tolist()
    open_ = pd.DataFrame({"transaction": ids, "reason": [Message("unlinked.no_charge")] * len(ids)})
    none = pd.DataFrame({"charges": [], "refunds": [], "verdict": [], "next_step": []})
    found, _ = elsewhere.on_other_cards(open_, ledger, none)
    assert found["transaction"].tolist() == ids
    return list(found["reason"])


def test_the_nearest_charge_before_a_refund_is_named() -> None:
    """A refund would be said to be for a charge that was made the day after it."""
    charges = [(A, "01-20", 5000), (A, "02-02", 5000)]
    assert told(*charges, (B, "02-01", -5000)) == [(A, "01-20")]
    assert told(*charges, (B, "02-14", -5000)) == [(A, "02-02")]
    # Days of booking may be the wrong way round by a little.
    assert told(charges[1], (B, "02-01", -5000)) == [(A, "02-02")]
    assert told(charges[1], (B, "01-29", -5000)) == [None]
    assert told(charges[0], (B, "07-19", -5000)) == [(A, "01-20")]
    assert told(charges[0], (B, "07-20", -5000)) == [None]


def test_a_charge_is_named_for_one_refund_or_said_to_be_shared() -> None:
    """Three refunds would each be said to be for the same purchase."""
    charges = [(A, "01-20", 5000), (A, "02-02", 5000)]
    refunds = [(B, "02-05", -5000), (B, "02-15", -5000)]
    assert told(*charges, *refunds) == [(A, "02-02"), (A, "01-20")]
    assert told(*charges, (B, "02-01", -5000), *refunds) == [
        (A, "01-20"), (A, "02-02+"), (A, "02-02+"),
    ]  # fmt: skip


def test_charges_of_the_refunds_own_card_are_passed_over() -> None:
    """The charge of the other card would be missed behind one of the same card."""
    own = [(B, "02-02", 5000), (B, "02-03", 5000)]
    assert told((A, "01-20", 5000), *own, (B, "02-05", -5000)) == [(A, "01-20")]
    assert told((B, "02-05", -5000), (B, "02-06", 5000), (C, "02-07", 5000)) == [(C, "02-07")]
    assert told(*own, (A, "01-20", 700), (B, "02-05", -5000)) == [None]


def test_the_price_in_the_shops_currency_is_equal_too() -> None:
    """Cards in two currencies would never be told of."""
    ledger = book(((A, "01-20", 4845), (B, "02-05", -3000))).assign(
        original_amount=pd.array([3249, -3249], dtype="Int64"), original_currency="USD"
    )
    ledger["currency"] = ["JPY", "EUR"]
    (reason,) = reasons(ledger)
    assert (reason.params["account"], reason.params["day"]) == (A, dt.date(2026, 1, 20))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_account_without_a_number_is_named_by_its_file(lang: str) -> None:
    """The charge would be said to be on the file in which the refund stands."""
    ledger = book((("guessed-1", "01-20", 5000), ("guessed-1#2", "02-05", -5000)))
    same = render(reasons(ledger)[0], lang)
    other = render(reasons(ledger.assign(file=["old.csv", "card.csv"]))[0], lang)
    assert {"en": "another account in card.csv", "ja": "card.csv の中の別の口座"}[lang] in same
    assert "old.csv" in other
    assert "card.csv" not in other


def test_many_equal_prices_take_no_more_than_the_ledger() -> None:
    """A seller's ledger of thousands of rows at two prices would fill the memory."""
    many = 20_000
    day = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(many) % 365, unit="D")
    amount = np.where(np.arange(many) % 3 > 0, 500, -500)
    ledger = book(((A, "01-20", 500),) * many).assign(
        transaction_date=day, amount=amount, account=np.where(amount > 0, A, B)
    )
    tracemalloc.start()
    try:
        found = reasons(ledger)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(one.code.startswith("unlinked.other_card") for one in found) > many // 4
    assert most < 50_000_000


def test_a_refund_on_another_card_is_not_called_missing(tmp_path: Path) -> None:
    """A buyer would fight for money that another of their cards shows."""
    head = "Date,Description,Amount,Currency,Card\n"
    shop = [f"2026-{month:02d}-05,CORNER SHOP,3.10" for month in range(3, 11)]
    for card, row in (("1111", "2026-06-10,ALIEXPRESS,64.25"), ("2222", "")):
        for came in ("2026-07-02,ALIEXPRESS,-64.25", "2026-07-02,ALIEXPRESS,-61.20"):
            lines = sorted([*shop, row or came])
            text = "".join(f"{line},USD,**** {card}\n" for line in lines)
            (tmp_path / f"{card}{came[-5:]}.csv").write_text(head + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
        "1,2026-06-10,USD,64.25,Refunded,64.25,2026-06-28\n", "utf-8",
    )  # fmt: skip
    for came, verdict in (("64.25", "review"), ("61.20", "missing")):
        files = [tmp_path / f"1111{came}.csv", tmp_path / f"2222{came}.csv"]
        result = reconcile(
            *files, orders=tmp_path / "orders.csv", lang="en", as_of=dt.date(2026, 11, 23)
        )
        case = result.cases.iloc[0]
        # What to write should it be another refund, and until when, is told all the same.
        assert (case["verdict"], case["message"] is None) == (verdict, False)
        assert case["next_text"].startswith("First look at $64.25") == (verdict == "review")
        assert ("came on 2 Jul 2026 on …2222" in case["explanation"]) == (verdict == "review")
        overdue = "0.00" if verdict == "review" else "64.25"
        assert str(result.summary["not_returned"].iloc[0]) == overdue


Told = tuple[str, str | None, dt.date | None, bool]


def missing(
    folder: Path, charges: list[str], came: str, orders: list[str], decision: str | None = None
) -> list[Told]:
    """Verdict, step and deadline of each case of charges (day, amount) on one card and a refund on
    another, and whether it tells of that refund.
    """
    for card, rows in (("1111", charges), ("2222", [came])):
        lines = ["2026-01-02,GROCER,11.00", "2026-10-30,GROCER,10.00"]
        lines += [row.replace(",", ",ALIEXPRESS,") for row in rows]
        text = "".join(f"{line},USD,**** {card}\n" for line in lines)
        (folder / f"{card}.csv").write_text(
            "Date,Description,Amount,Currency,Card\n" + text, "utf-8"
        )
    (folder / "orders.csv").write_text(
        "order_id,order_date,currency,total,status,refund_amount,refund_date,refund_to\n"
        + "\n".join(orders), "utf-8",
    )  # fmt: skip
    files = [folder / "1111.csv", folder / "2222.csv"]
    said: dict[str, Any] = {
        "orders": folder / "orders.csv",
        "lang": "en",
        "as_of": dt.date(2026, 8, 1),
    }
    if decision:
        case = reconcile(*files, **said).cases["id"].iloc[0]
        said["decisions"] = folder / "decisions.csv"
        said["decisions"].write_text(f"Case ID,Decision\n{case},{decision}\n", "utf-8")
    found = reconcile(*files, **said).cases
    return [
        (one["verdict"], one["next_step"], one["deadline"], "…2222" in one["explanation"])
        for _, one in found.iterrows()
    ]


ALL = "1,2026-05-04,USD,30.00,Refunded,30.00,2026-05-20,card"
PART = "1,2026-05-04,USD,30.00,Partially refunded,10.00,2026-05-20,card"


@pytest.mark.parametrize(
    ("came", "order", "verdict"),
    [
        ("2026-05-25,-30.00", ALL, "review"),
        # Equal to what is due, not to what was paid.
        ("2026-05-25,-10.00", PART, "review"),
        ("2026-05-25,-30.00", PART, "missing"),
        # Long before it was promised, or before it was paid.
        ("2026-05-06,-30.00", ALL.replace("05-20", "06-20"), "missing"),
        ("2026-05-02,-30.00", ALL, "missing"),
        # Nothing was granted yet, or it goes to where no card shows it.
        ("2026-05-25,-30.00", "1,2026-05-04,USD,30.00,In dispute,30.00,,card", "waiting"),
        ("2026-05-25,-30.00", ALL.replace("card", "wallet"), "waiting"),
    ],
)
def test_what_is_due_and_may_stand_on_another_card(
    tmp_path: Path, came: str, order: str, verdict: str
) -> None:
    """A refund that cannot be what is due would be told as it, or one that can be would not."""
    (case,) = missing(tmp_path, ["2026-05-04,30.00"], came, [order])
    assert (case[0], case[3]) == (verdict, verdict == "review")


def test_a_refund_on_another_card_leaves_the_way_to_the_missing_one(tmp_path: Path) -> None:
    """The deadline and the letter would be gone for money that may be owed."""
    asked = ("chargeback", dt.date(2026, 9, 17))
    args = tmp_path, ["2026-05-04,30.00"], "2026-05-25,-30.00", [ALL]
    assert missing(*args) == [("review", *asked, True)]
    # Who looked and says that it is another refund is not asked again.
    for word in ("confirm", "reject"):
        assert missing(*args, word) == [("missing", *asked, False)]
    assert missing(*args, "not due") == [("refunded", "none", None, False)]


def test_both_cases_that_one_refund_may_be_for_tell_of_it(tmp_path: Path) -> None:
    """One of two equal refunds would be called surely missing, though it may be the one there."""
    both = [ALL, ALL.replace("1,", "2,", 1).replace("05-04", "05-06")]
    found = missing(tmp_path, ["2026-05-04,30.00", "2026-05-06,30.00"], "2026-05-25,-30.00", both)
    assert [(case[0], case[3]) for case in found] == [("review", True)] * 2
