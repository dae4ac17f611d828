"""Orders and statements together: what is due, whether it came, and what is said about it."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

import reconcile
from reconcile import steps, voided
from reconcile.due import Owed
from reconcile.rates import log_reference
from reconcile.result import Reconciliation

HEADER = "Date,Description,Debit,Credit,Currency,Card\n"
ORDERS = (
    "order_id,order_date,currency,total,status,refund_amount,refund_date,refund_to,coupon,shipping"
)
# Statements that cover January to December without a hole, with a shop that is not AliExpress.
OTHERS = [(f"2025-{month:02d}-{day:02d}", "CORNER SHOP", "3.10")
          for month in range(1, 13) for day in (2, 16)]  # fmt: skip


def run(
    folder: Path,
    rows: list[tuple[str, str]],
    orders: list[str] | None = None,
    others: list[tuple[str, str, str]] = OTHERS,
    **options: Any,
) -> Reconciliation:
    """Reconcile AliExpress rows (day, amount) of a card in dollars with a list of orders."""
    lines = [*others, *((day, "ALIPAY*ALIEXPRESS", amount) for day, amount in rows)]
    text = "".join(
        f"{day},{told},,{amount[1:]},USD,**** 1234\n"
        if amount.startswith("-")
        else f"{day},{told},{amount},,USD,**** 1234\n"
        for day, told, amount in sorted(lines)
    )
    (folder / "card.csv").write_text(HEADER + text, "utf-8")
    if orders:
        (folder / "orders.csv").write_text("\n".join([ORDERS, *orders]) + "\n", "utf-8")
        options["orders"] = folder / "orders.csv"
    options = {"as_of": dt.date(2025, 12, 20), "lang": "en"} | options
    return reconcile.reconcile(folder / "card.csv", **options)


def only(result: Reconciliation) -> Any:
    """The one case of a result."""
    assert len(result.cases) == 1, result.cases[["verdict", "explanation"]]
    case = result.cases.iloc[0]
    causes = sum(case[name] for name in ("fx_drift", "fee", "missing", "kept", "unexplained"))
    assert case["charged"] - case["refunded"] == case["shortfall"] == causes
    return case


def test_a_basket_of_orders_in_one_charge(tmp_path: Path) -> None:
    """Orders placed together would seem never to have been charged."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.00"), ("2025-05-20", "-12.40")],
        ["1,2025-05-05,USD,12.40,Refunded,12.40,2025-05-15,card,,",
         "2,2025-05-05,USD,17.60,Completed,,,,,"],
    ))  # fmt: skip
    assert case["orders"] == ["1", "2"]


@pytest.mark.parametrize(
    ("back", "verdict", "kept"), [("-12.40", "refunded", "17.60"), ("-9.00", "short", "17.60")]
)
def test_a_basket_of_which_one_order_tells_nothing(
    tmp_path: Path, back: str, verdict: str, kept: str
) -> None:
    """All that was promised is back, and the rest of the basket would be asked for."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.00"), ("2025-05-20", back)],
        ["1,2025-05-05,USD,12.40,Refunded,12.40,2025-05-15,card,,",
         "2,2025-05-05,USD,17.60,Completed,,,,,"],
    ))  # fmt: skip
    assert (case["verdict"], str(case["kept"])) == (verdict, kept)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("Partially refunded", "partly_refunded"), ("In dispute", "partly_refunded"),
     ("Partial refund offer", "partly_refunded"), ("Shipped", "refunded"), ("", "refunded")],
)  # fmt: skip
def test_a_status_of_a_basket_that_speaks_of_a_refund_is_none_of_what_is_kept(
    tmp_path: Path, status: str, verdict: str
) -> None:
    """A refund that was granted without its sum would be said not to be due."""
    case = only(run(
        tmp_path, [("2025-05-05", "80.00"), ("2025-05-25", "-30.00")],
        ["1,2025-05-05,USD,30.00,Refunded,30.00,2025-05-20,card,,",
         f"2,2025-05-05,USD,50.00,{status},,,,,"],
    ))  # fmt: skip
    assert case["verdict"] == verdict
    assert ("Nothing is missing" in case["explanation"]) == (verdict == "refunded")


@pytest.mark.parametrize(
    ("charges", "orders", "verdicts"),
    [
        (["41.50"], ["30.00,Refunded,30.00", "11.50,Refunded,11.50"], {"short": "3.00"}),
        (["41.50"], ["38.50,Refunded,38.50", "3.00,Completed,"], {"refunded": "0.00"}),
        (["41.50"], ["38.50,Completed,", "3.00,Completed,"], None),
        (["20.00", "41.50"], ["61.50,Refunded,61.50"], {"refunded": "0.00", "short": "3.00"}),
    ],
)
def test_what_orders_show_to_be_billed_at_home_has_no_exchange_rate(
    tmp_path: Path, charges: list[str], orders: list[str], verdicts: dict[str, str] | None
) -> None:
    """The rest of a basket, or of a charge among several, would be told as a foreign fee."""
    rows = [*((day, "CORNER SHOP", "3.10") for day, _, _ in OTHERS),
            *(("2025-05-05", "ALIEXPRESS", amount) for amount in charges),
            ("2025-05-31", "ALIEXPRESS", "-38.50")]  # fmt: skip
    rows += [("2025-05-31", "ALIEXPRESS", "-20.00")] * (len(charges) - 1)
    text = "".join(",".join([*row, "EUR"]) + "\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    lines = [f"{n},2025-05-05,EUR,{order},2025-05-25,card,," for n, order in enumerate(orders, 1)]
    (tmp_path / "orders.csv").write_text("\n".join([ORDERS, *lines]) + "\n", "utf-8")
    result = reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20)
    )
    found = result.cases
    assert found["unexplained"].eq(0).all()
    if verdicts is not None:
        assert dict(zip(found["verdict"], found["missing"].map(str), strict=True)) == verdicts
        assert found["fee"].eq(0).all()


def test_a_basket_in_the_currency_of_its_card(tmp_path: Path) -> None:
    """Orders and refunds that fit the bill to the unit would be told as those of a foreign shop."""
    rows = [*((day, "CORNER SHOP", "310") for day, _, _ in OTHERS),
            ("2025-05-06", "ALIEXPRESS", "9870"), ("2025-05-21", "ALIEXPRESS", "-3210"),
            ("2025-05-29", "ALIEXPRESS", "-4660")]  # fmt: skip
    text = "".join(f"{day},{told},{amount},JPY\n" for day, told, amount in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-05,JPY,3210,Refunded,3210,2025-05-19,card,,\n"
        "2,2025-05-05,JPY,4660,Refunded,4660,2025-05-25,card,,\n"
        "3,2025-05-05,JPY,2000,Completed,,,,,\n", "utf-8",
    )  # fmt: skip
    case = only(reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20),
        lang="en",
    ))  # fmt: skip
    assert (case["verdict"], str(case["kept"]), str(case["fee"])) == ("refunded", "2000", "0")
    assert "USD" not in case["explanation"]


def test_of_a_basket_without_a_refund_only_what_was_promised_is_missing(tmp_path: Path) -> None:
    """The orders that are kept would be asked for with the one that was refunded."""
    case = only(run(
        tmp_path, [("2025-05-05", "80.00")],
        ["1,2025-05-05,USD,30.00,Refunded,30.00,2025-05-20,card,,",
         "2,2025-05-05,USD,50.00,Completed,,,,,"],
    ))  # fmt: skip
    assert (case["verdict"], case["due"].amount) == ("missing", 3000)
    assert (str(case["missing"]), str(case["kept"])) == ("30.00", "50.00")
    assert "$30.00 has been due" in case["explanation"]


def test_a_letter_about_a_basket_names_the_orders_that_were_promised_something(
    tmp_path: Path,
) -> None:
    """A refund would be said to have been promised for what was kept, and from its day on."""
    case = only(run(
        tmp_path, [("2025-05-05", "80.00"), ("2025-05-25", "-20.00")],
        ["1,2025-05-05,USD,30.00,Refunded,30.00,2025-05-20,card,,",
         "2,2025-05-05,USD,50.00,Completed,,,,,"],
    ))  # fmt: skip
    assert case["orders"] == ["1", "2"]
    assert "For order 1 you promised a refund of $30.00 on 20 May 2025" in case["message"]
    assert "about order 1:" in case["next_text"]
    assert case["due"].since == dt.date(2025, 5, 20)


def test_a_basket_of_which_all_is_told(tmp_path: Path) -> None:
    """What is kept of a basket would be called missing."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.00"), ("2025-05-20", "-12.40")],
        ["1,2025-05-05,USD,12.40,Refunded,12.40,2025-05-15,card,,",
         "2,2025-05-05,USD,17.60,Completed,0,,,,"],
    ))  # fmt: skip
    assert (case["verdict"], str(case["kept"]), str(case["missing"])) == (
        "refunded",
        "17.60",
        "0.00",
    )


def test_one_order_over_two_charges(tmp_path: Path) -> None:
    """An order paid in two parts would seem never to have been charged."""
    case = only(run(
        tmp_path, [("2025-05-05", "20.15"), ("2025-05-06", "31.20")],
        ["1,2025-05-05,USD,51.35,Refunded,51.35,2025-05-15,card,,"],
    ))  # fmt: skip
    assert (case["verdict"], str(case["missing"])) == ("missing", "51.35")
    assert len(case["charges"]) == 2
    assert case["due"].amount == 5135


@pytest.mark.parametrize(
    ("due", "came", "short"), [("15.00", "-15.00", None), ("12.00", "-10.00", "2.00")]
)
def test_one_seller_of_an_order_over_several_charges(
    tmp_path: Path, due: str, came: str, short: str | None
) -> None:
    """What one seller gave back would be asked for again, of the other sellers' charges."""
    result = run(
        tmp_path,
        [("2025-05-05", "20.50"), ("2025-05-05", "15.00"), ("2025-05-05", "24.50"),
         ("2025-05-20", came)],
        [f"1,2025-05-05,USD,60.00,Partially refunded,{due},2025-05-15,card,,"],
    )  # fmt: skip
    case = only(result)
    assert case["verdict"] == ("short" if short else "refunded")
    assert str(case["missing"]) == (short or "0.00")


@pytest.mark.parametrize(
    ("charges", "due", "came", "missing"),
    [
        (["1990.00", "9.50"], "1.00", "-1.00", "0.00"),
        (["600.00", "400.00"], "404.00", "-400.00", "4.00"),
        (["600.00", "400.00"], "396.00", "-396.00", "0.00"),
        (["600.00", "400.00"], "404.00", None, "404.00"),
        (["30.00", "20.00"], "20.10", "-20.10", "0.00"),
    ],
)
def test_of_an_order_over_exact_charges_just_its_promise_is_due(
    tmp_path: Path, charges: list[str], due: str, came: str | None, missing: str
) -> None:
    """A charge of about the promised sum would be asked for in its place."""
    rows = [(f"2025-05-0{at}", amount) for at, amount in enumerate(charges, 4)]
    total = sum(float(amount) for amount in charges)
    order = f"1,2025-05-04,USD,{total:.2f},Partially refunded,{due},2025-05-20,card,,"
    found = run(tmp_path, rows + ([("2025-05-25", came)] if came else []), [order]).cases
    assert str(sum(found["missing"])) == missing
    assert set(found["verdict"]) <= ({"refunded"} if missing == "0.00" else {"refunded", "missing"})


def test_rounding_of_one_seller_s_part_is_due_of_no_other(tmp_path: Path) -> None:
    """A unit that cards round away would be overdue on the other sellers' charges."""
    rows = [*((day, "CORNER SHOP", "310") for day, _, _ in OTHERS),
            ("2025-05-05", "ALIEXPRESS", "3010"), ("2025-05-05", "ALIEXPRESS", "2177"),
            ("2025-05-05", "ALIEXPRESS", "3555"),
            ("2025-05-27", "ALIEXPRESS", "-2170")]  # fmt: skip
    text = "".join(",".join([*row, "JPY"]) + "\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-05,USD,60.00,Partially refunded,14.98,2025-05-20,card,,\n", "utf-8"
    )
    case = only(reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20)
    ))  # fmt: skip
    assert case["verdict"] == "refunded"


def test_what_an_order_tells_counts_once_over_two_charges() -> None:
    """An order paid in two parts would be said to have had twice the shipping and the coupon."""
    one = Owed(
        "1", 2, "USD", 2, 2015, 2015, dt.date(2025, 5, 5), dt.date(2025, 5, 15), None, True, (0,),
        coupon=300, shipping=200,
    )  # fmt: skip
    told = steps.facts([one, one._replace(total=3120, amount=3120, charges=(1,))])
    assert (told["shipping"].minor, told["coupon"].minor) == (200, 300)
    assert told["promised"].minor == 5135


def test_a_coupon_that_was_never_charged(tmp_path: Path) -> None:
    """A full refund would be called short by the coupon."""
    case = only(run(
        tmp_path, [("2025-05-05", "25.50"), ("2025-05-20", "-25.50")],
        ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,5.00,"],
    ))  # fmt: skip
    assert case["verdict"] == "refunded"
    assert "counts the coupon of $5.00" in case["explanation"]


@pytest.mark.parametrize("whole", ["2025-05-04", "2025-05-05"])
@pytest.mark.parametrize("back", ["-30.00", None])
def test_a_coupon_is_no_rival_of_a_charge_of_the_whole_total(
    tmp_path: Path, whole: str, back: str | None
) -> None:
    """A refund that came would be fought for, as that of another charge that the coupon fits."""
    rows = [("2025-05-04", "27.00"), (whole, "30.00")]
    rows += [("2025-05-25", back)] if back else []
    order = "1,2025-05-04,USD,30.00,Refunded,,2025-05-20,card,3.00,"
    case = only(run(tmp_path, rows, [order]))
    assert (case["verdict"], str(case["charged"])) == ("refunded" if back else "missing", "30.00")
    assert case["orders"] == ["1"]


def test_what_is_short_of_an_order_with_a_coupon(tmp_path: Path) -> None:
    """The rest would be told as a foreign fee, though the order's total says what was charged."""
    rows = [*((day, "CORNER SHOP", "3.10") for day, _, _ in OTHERS),
            ("2025-05-05", "ALIEXPRESS", "41.50"),
            ("2025-05-31", "ALIEXPRESS", "-38.50")]  # fmt: skip
    text = "".join(",".join([*row, "EUR"]) + "\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-05,EUR,46.50,Refunded,46.50,2025-05-25,card,5.00,\n", "utf-8"
    )
    case = only(reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20),
        lang="en",
    ))  # fmt: skip
    assert (case["verdict"], str(case["missing"])) == ("short", "3.00")
    assert "counts the coupon of €5.00" in case["explanation"]


def test_a_coupon_of_an_order_whose_charge_is_known_by_its_rate_alone(tmp_path: Path) -> None:
    """A refund of all that was charged would not be told as this order's."""
    rows = [*((day, "CORNER SHOP", "310") for day, _, _ in OTHERS),
            ("2025-05-06", "ALIEXPRESS", "4845"),
            ("2025-05-25", "ALIEXPRESS", "-4845")]  # fmt: skip
    text = "".join(",".join([*row, "JPY"]) + "\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-05,USD,36.00,Refunded,36.00,2025-05-20,card,3.10,\n", "utf-8"
    )
    case = only(reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20),
        lang="en",
    ))  # fmt: skip
    assert (case["verdict"], case["orders"]) == ("refunded", ["1"])
    assert "counts the coupon of $3.10" in case["explanation"]


def test_short_by_exactly_the_coupon(tmp_path: Path) -> None:
    """A buyer would not be told that it is the coupon that did not come back."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50"), ("2025-05-20", "-27.50")],
        ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,3.00,2.00"],
    ))  # fmt: skip
    assert (case["verdict"], str(case["missing"])) == ("short", "3.00")
    assert "by exactly the coupon of $3.00" in case["explanation"]
    assert "coupon of $3.00" in case["message"]


def test_short_by_exactly_the_shipping(tmp_path: Path) -> None:
    """A buyer would not be told that the shipping was left out."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50"), ("2025-05-20", "-28.50")],
        ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,,2.00"],
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"]) == ("short", "contact_aliexpress")
    assert "exactly the shipping of $2.00" in case["next_text"]
    assert "you promised a refund of $30.50 on 15 May 2025" in case["message"]


def test_a_status_promises_no_sum(tmp_path: Path) -> None:
    """A letter would hold AliExpress to a sum that nobody promised."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50"), ("2025-05-20", "-28.50")],
        ["1,2025-05-05,USD,30.50,Refunded,,2025-05-15,card,,2.00"],
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"]) == ("short", "contact_aliexpress")
    assert "promised" not in case["message"]
    assert "$2.00 of $30.50 has not come" in case["message"]


@pytest.mark.parametrize(
    ("as_of", "verdict"), [(dt.date(2025, 5, 30), "waiting"), (dt.date(2025, 12, 20), "missing")]
)
def test_a_claim_without_a_list(tmp_path: Path, as_of: dt.date, verdict: str) -> None:
    """Without an export nothing could be found missing."""
    result = run(tmp_path, [("2025-05-05", "32.49")], expect=("2025-05-05 32.49 USD",), as_of=as_of)
    case = only(result)
    assert (case["verdict"], case["due"].amount) == (verdict, 3249)
    assert case["orders"] == []
    # When it was promised nobody said.
    assert "since" not in case["explanation"]


@pytest.mark.parametrize(
    ("promised", "since"), [("2025-05-15", True), ("", False), ("2026-01-15", False)]
)
def test_a_day_that_no_promise_has_is_not_told(tmp_path: Path, promised: str, since: bool) -> None:
    """Money would be called due since the day of the order, or since a day to come."""
    order = f"1,2025-05-05,USD,30.50,Cancelled,30.50,{promised},card,,"
    case = only(run(tmp_path, [("2025-05-05", "30.50")], [order]))
    assert ("since" in case["explanation"]) == since


def test_a_claim_without_a_charge(tmp_path: Path) -> None:
    """A refund that is due would be forgotten because its charge is on another card."""
    result = run(tmp_path, [("2025-02-05", "9.00")], expect=("2025-05-05 32.49 USD",))
    case = only(result)
    assert (case["verdict"], case["next_step"]) == ("review", "find_charge")
    assert (case["charged"], case["charges"]) == (0, [])
    # What this card never paid cannot be overdue on it.
    assert str(result.summary["not_returned"].iloc[0]) in ("0", "0.00")
    assert "paid another way" in case["explanation"]
    assert not any("[x] The statements cover" in line for line in case["checklist"])


@pytest.mark.parametrize("status", ["Refunded", "Refund Processing"])
def test_what_is_overdue_of_a_charge_that_is_not_here_is_not_waited_for(
    tmp_path: Path, status: str
) -> None:
    """The sum would be called on its way, and a letter would say that a card never paid was not
    paid back.
    """
    order = f"1,2025-05-05,USD,30.50,{status},30.50,2025-06-02,card,,"
    result = run(tmp_path, [("2025-02-05", "9.00")], [order], as_of=dt.date(2025, 9, 1))
    case = only(result)
    assert (case["verdict"], case["next_step"], case["message"]) == ("review", "find_charge", None)
    # Where its charge turns up, the card company can still be asked until then.
    assert case["deadline"] == dt.date(2025, 9, 30)
    assert str(result.summary["waiting"].iloc[0]) == "0.00"


@pytest.mark.parametrize(
    ("order", "verdict", "never"),
    [
        ("2025-05-05,USD,30.50,Cancelled,30.50,2025-05-06,card,,", "review", True),
        ("2025-05-05,USD,30.50,Cancelled,30.50,,card,,", "review", True),
        # Long after it was charged, wherever that was; or charged before the statements begin.
        ("2025-05-05,USD,30.50,Cancelled,30.50,2025-06-02,card,,", "review", False),
        ("2024-12-30,USD,30.50,Cancelled,30.50,2025-01-02,card,,", "missing", False),
    ],
)
def test_an_order_that_was_never_charged(
    tmp_path: Path, order: str, verdict: str, never: bool
) -> None:
    """A buyer would be told to fight for money that was never taken."""
    result = run(tmp_path, [("2025-02-05", "9.00")], [f"1,{order}"])
    case = only(result)
    assert (case["verdict"], case["next_step"]) == (verdict, "find_charge")
    assert case["due"].amount == 3050
    assert ("never charged" in case["explanation"]) == never
    if verdict == "review":
        assert case["confidence"] < 0.9
        assert str(result.summary["not_returned"].iloc[0]) in ("0", "0.00")


@pytest.mark.parametrize(
    ("original", "total", "found"),
    [("30.50,USD", "USD,30.50", True), ("31.50,USD", "USD,30.50", False),
     (",", "USD,32.90", True), (",", "USD,45.00", False),
     # No rate tells what a sol is in yen.
     (",", "PEN,32.90", False)],
)  # fmt: skip
def test_an_order_whose_charge_was_voided(
    tmp_path: Path, original: str, total: str, found: bool
) -> None:
    """Money that was never taken would be waited for."""
    rows = [*((day, "CORNER SHOP", "310", ",", "Posted") for day, _, _ in OTHERS),
            ("2025-05-06", "ALIEXPRESS", "4845", original, "Voided")]  # fmt: skip
    head = "Date,Description,Amount,Original Amount,Original Currency,Status,Currency\n"
    text = "".join(",".join(row) + ",JPY\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text(head + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-05,{total},Cancelled,{total[4:]},2025-05-20,card,,\n", "utf-8"
    )
    result = reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20)
    )
    said = dict(zip(result.cases["verdict"], result.cases["orders"], strict=True))
    assert said == ({"voided": ["1"]} if found else {"voided": [], "review": ["1"]})


@pytest.mark.parametrize(
    ("posted", "status", "whose"),
    [
        ([], "Refunded,30.00", "1"),
        # Charged anew with another sum, or in two: what settled is the order's, or may be.
        (["27.00"], "Refunded,30.00", None),
        (["10.00", "21.00"], "Refunded,30.00", None),
        # Goods came, or their loss is disputed: they were paid for.
        ([], "Partially refunded,12.00", None),
        ([], "In dispute,30.00", None),
        ([], "Shipped,30.00", None),
    ],
)
def test_a_voided_charge_takes_no_order_that_was_paid(
    tmp_path: Path, posted: list[str], status: str, whose: str | None
) -> None:
    """A buyer who is owed money would be told that there is nothing to pay and nothing to do."""
    rows = [*((day, "CORNER SHOP", "3.10", "Posted") for day, _, _ in OTHERS),
            ("2025-05-05", "ALIEXPRESS", "30.00", "Voided"),
            *(("2025-05-06", "ALIEXPRESS", amount, "Posted") for amount in posted)]  # fmt: skip
    text = "".join(",".join(row) + ",USD\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Status,Currency\n" + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-04,USD,30.00,{status},2025-05-20,card,,\n", "utf-8"
    )
    found = reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20),
        lang="en",
    ).cases  # fmt: skip
    gone = found[found["verdict"].eq("voided")].iloc[0]
    assert (gone["orders"], "for order 1" in gone["explanation"]) == ([whose] * bool(whose),
                                                                      bool(whose))  # fmt: skip
    # What is due is told all the same.
    others = found[~found["verdict"].eq("voided")]
    assert [case["orders"] for _, case in others.iterrows()] == ([] if whose else [["1"]])


def test_many_voided_charges_and_orders_ask_for_few_rates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of some hundred orders and as many voided charges would take minutes."""
    calls = []

    def counted(*args: Any) -> Any:
        calls.append(args)
        return log_reference(*args)

    monkeypatch.setattr(voided, "log_reference", counted)
    rows = [*((day, "CORNER SHOP", "3.10", "Posted") for day, _, _ in OTHERS),
            *(("2025-05-05", "ALIEXPRESS", f"{20 + at * 7}.00", "Voided") for at in range(40)),
            ("2025-05-05", "ALIEXPRESS", "900.00", "Voided")]  # fmt: skip
    text = "".join(",".join(row) + ",EUR\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Status,Currency\n" + text, "utf-8")
    lines = [f"{at},2025-05-04,USD,{500 + at}.00,Refunded,,2025-05-20,card,," for at in range(40)]
    lines += ["last,2025-05-04,USD,1030.00,Refunded,,2025-05-20,card,,"]
    (tmp_path / "orders.csv").write_text("\n".join([ORDERS, *lines]) + "\n", "utf-8")
    found = reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20)
    ).cases
    gone = found[found["verdict"].eq("voided")]
    assert (len(gone), [one for one in gone["orders"] if one]) == (41, [["last"]])
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("back", "order", "verdict"),
    [
        (["-5282,-32.49,USD"], "5190,Refunded,5190", "refunded"),
        ([], "5190,Refunded,5190", "missing"),
        (["-1634,-10.05,USD"], "5190,Partially refunded,1605", "refunded"),
        (["-1634,-10.05,USD"], "5190,Refunded,5190", "short"),
        # No rate and no fee make that of it.
        ([], "7190,Refunded,7190", "review"),
    ],
)
def test_an_order_shown_in_another_currency_than_it_was_billed_in(
    tmp_path: Path, back: list[str], order: str, verdict: str
) -> None:
    """The order would seem to have been paid elsewhere, and its refund to be on its way."""
    rows = [*(f"2026-{month:02d}-05,CORNER SHOP,310,," for month in range(5, 11)),
            "2026-06-03,ALIEXPRESS,5401,32.49,USD",
            *(f"2026-06-26,ALIEXPRESS,{row}" for row in back)]  # fmt: skip
    head = "Date,Description,Amount,Original Amount,Original Currency,Currency\n"
    text = "".join(f"{row},JPY\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text(head + text, "utf-8")
    total, status, refund = order.split(",")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2026-06-03,JPY,{total},{status},{refund},2026-06-22,card,,\n", "utf-8"
    )
    result = reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2026, 11, 20)
    )
    assert verdict in result.cases["verdict"].tolist()
    if verdict != "review":
        assert only(result)["orders"] == ["1"]


def test_an_order_that_two_cards_may_have_paid(tmp_path: Path) -> None:
    """A card company would be written to about an order that another card paid."""
    head = "Date,Description,Amount,Currency,Card\n"
    shop = [f"2025-{month:02d}-05,CORNER SHOP,3.10" for month in range(3, 12)]
    for card, came in (("1111", ["2025-06-20,ALIEXPRESS,-20.00"]), ("2222", [])):
        lines = sorted([*shop, "2025-05-05,ALIEXPRESS,20.00", *came])
        text = "".join(f"{line},USD,**** {card}\n" for line in lines)
        (tmp_path / f"{card}.csv").write_text(head + text, "utf-8")
    (tmp_path / "orders.csv").write_text(
        f"{ORDERS}\n1,2025-05-05,USD,20.00,Refunded,20.00,2025-06-15,card,,\n"
        "2,2025-05-05,USD,20.00,Refunded,20.00,2025-06-15,card,,\n", "utf-8",
    )  # fmt: skip
    result = reconcile.reconcile(
        tmp_path / "1111.csv", tmp_path / "2222.csv", orders=tmp_path / "orders.csv",
        as_of=dt.date(2025, 12, 20), lang="en",
    )  # fmt: skip
    case = result.cases[result.cases["verdict"].eq("missing")].iloc[0]
    assert "this charge paid the order is 50% likely" in case["explanation"]


@pytest.mark.parametrize("status", ["Refunded", "Partially refunded"])
@pytest.mark.parametrize("first", [True, False])
def test_of_orders_alike_the_refunded_one_was_paid_by_the_refunded_charge(
    tmp_path: Path, status: str, first: bool
) -> None:
    """A card company would be asked for what came, because of the order of the list's lines."""
    rows = [*((day, "CORNER SHOP", "3.10", "1111") for day, _, _ in OTHERS),
            *((day, "CORNER SHOP", "3.10", "2222") for day, _, _ in OTHERS),
            ("2025-05-02", "ALIEXPRESS", "13.00", "1111"),
            ("2025-06-08", "ALIEXPRESS", "-13.00", "1111"),
            ("2025-05-02", "ALIEXPRESS", "13.00", "2222")]  # fmt: skip
    text = "".join(f"{day},{told},{amount},USD,**** {card}\n" for day, told, amount, card in rows)
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency,Card\n" + text, "utf-8")
    lines = [f"2,2025-05-01,USD,13.00,{status},,,,,", "4,2025-05-01,USD,13.00,Completed,,,,,"]
    lines = lines if first else lines[::-1]
    (tmp_path / "orders.csv").write_text("\n".join([ORDERS, *lines]) + "\n", "utf-8")
    case = only(reconcile.reconcile(
        tmp_path / "card.csv", orders=tmp_path / "orders.csv", as_of=dt.date(2025, 12, 20)
    ))  # fmt: skip
    assert (case["verdict"], case["orders"]) == ("refunded", ["2"])


@pytest.mark.parametrize("first", [True, False])
def test_of_refunds_that_go_different_ways_the_wallet_is_said_first(
    tmp_path: Path, first: bool
) -> None:
    """The next step would depend on the order of the list's lines."""
    orders = ["1,2025-05-05,USD,30.00,Refunded,30.00,2025-05-20,card,,",
              "2,2025-05-05,USD,50.00,Refunded,50.00,2025-05-20,wallet,,"]  # fmt: skip
    case = only(run(tmp_path, [("2025-05-05", "80.00")], orders if first else orders[::-1]))
    assert (case["verdict"], case["next_step"]) == ("waiting", "check_wallet")


def test_a_refund_whose_charge_lies_before_the_statements(tmp_path: Path) -> None:
    """A refund that came would be called missing at the beginning of the statements."""
    case = only(run(
        tmp_path, [("2025-01-20", "-32.49"), *((f"2025-0{n}-05", "4.20") for n in range(2, 9))],
        ["1,2024-12-10,USD,32.49,Refunded,32.49,2025-01-15,card,,"],
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"], case["due"]) == ("refunded", "none", None)
    assert "a refund that fits it came on 20 Jan 2025" in case["explanation"]


def test_a_refund_to_the_wallet_is_never_missing(tmp_path: Path) -> None:
    """A buyer would dispute with the card company what lies in the wallet."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50")],
        ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,Alipay wallet,,"],
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"]) == ("waiting", "check_wallet")
    assert "wallet" in case["explanation"]


def test_what_nobody_granted_has_no_clock(tmp_path: Path) -> None:
    """A refund that the seller has not agreed to would be called late."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50")], ["1,2025-05-05,USD,30.50,Out of stock,,,,,"],
        as_of=dt.date(2025, 5, 8),
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"]) == ("waiting", "ask_seller_cancel")
    assert case["due"].clock_ends is None
    assert case["deadline"] == dt.date(2025, 5, 12)


def test_missing_needs_statements_to_the_clocks_end(tmp_path: Path) -> None:
    """Money would be called missing that stands in the export that is not here."""
    order = "1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,,"
    run(tmp_path, [("2025-05-05", "30.50")], [order])
    lines = (tmp_path / "card.csv").read_text("utf-8").splitlines(keepends=True)
    for name, first, last in (("a.csv", "2025-01-01", "2025-05-20"), ("b.csv", "2025-07-30", "3")):
        part = [line for line in lines[1:] if first <= line < last]
        (tmp_path / name).write_text(HEADER + "".join(part), "utf-8")
    case = only(reconcile.reconcile(
        tmp_path / "a.csv", tmp_path / "b.csv", orders=tmp_path / "orders.csv",
        as_of=dt.date(2025, 12, 20), lang="en",
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"]) == ("waiting", "add_export")
    assert "from 17 May 2025" in case["next_text"]


def test_a_part_of_which_the_order_says_no_more_is_asked_for_by_its_number(tmp_path: Path) -> None:
    """The letter would leave the number of the order blank, which the list tells."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50"), ("2025-05-20", "-10.00")],
        ["77,2025-05-05,USD,30.50,Partially refunded,,,card,,"],
    ))  # fmt: skip
    assert (case["verdict"], case["next_step"]) == ("partly_refunded", "check_part")
    assert "for order 77 of 5 May 2025" in case["message"]
    assert "replace" not in case["next_text"]


def test_finished_orders_have_nothing_due(tmp_path: Path) -> None:
    """Every order that arrived would become a case."""
    result = run(tmp_path, [("2025-05-05", "30.50")], ["1,2025-05-05,USD,30.50,Finished,,,,,"])
    assert len(result.cases) == 0


def test_no_transaction_stands_in_two_cases(tmp_path: Path) -> None:
    """The same money would be counted twice."""
    result = run(
        tmp_path, [("2025-05-05", "30.00"), ("2025-06-01", "44.00")],
        ["1,2025-05-05,USD,12.40,Refunded,12.40,2025-05-15,card,,",
         "2,2025-05-05,USD,17.60,Refunded,17.60,2025-05-16,card,,",
         "3,2025-06-01,USD,44.00,Refunded,44.00,2025-06-16,card,,"],
    )  # fmt: skip
    seen = [row for charges in result.cases["charges"] for row in charges]
    assert len(seen) == len(set(seen)) == 2
    assert sorted(map(tuple, result.cases["orders"])) == [("1", "2"), ("3",)]


def test_the_same_run_gives_the_same_calendar(tmp_path: Path) -> None:
    """A calendar would show every deadline twice after a second run."""
    orders = ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-12-10,card,,"]
    result = run(tmp_path, [("2025-05-05", "30.50")], orders)
    data = result.to_calendar(tmp_path / "a.ics").read_bytes()
    again = run(tmp_path, [("2025-05-05", "30.50")], orders)
    assert again.to_calendar(tmp_path / "b.ics").read_bytes() == data
    assert data.count(b"BEGIN:VEVENT") == 1


def test_messages_stand_in_their_folder(tmp_path: Path) -> None:
    """The text to send would not be where it was asked for."""
    result = run(
        tmp_path, [("2025-05-05", "30.50")],
        ["A/1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,,"],
    )  # fmt: skip
    paths = result.to_messages(tmp_path / "out" / "texts")
    assert [path.parent for path in paths] == [tmp_path / "out" / "texts"]
    text = paths[0].read_text("utf-8")
    assert paths[0].name.startswith("A-1-")
    assert "What to do:" in text
    assert "30.50" in text


def test_an_order_that_fits_two_charges_is_not_lost(tmp_path: Path) -> None:
    """Of two equal charges on a day, an order would be said to have paid neither."""
    case = only(run(
        tmp_path, [("2025-05-05", "30.50"), ("2025-05-05", "30.50")],
        ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,,"],
    ))  # fmt: skip
    assert len(case["charges"]) == 1
    assert case["verdict"] in ("missing", "review")
    assert case["confidence"] < 0.75


def test_a_refund_that_two_orders_could_claim_is_not_called_missing(tmp_path: Path) -> None:
    """A buyer would ask for money that came, for the other of two equal orders."""
    before = [("2025-01-20", "-32.49")]
    result = run(
        tmp_path, [*before, *((f"2025-0{n}-05", "4.20") for n in range(2, 9))],
        ["1,2024-12-10,USD,32.49,Refunded,32.49,2025-01-15,card,,",
         "2,2024-12-11,USD,32.49,Refunded,32.49,2025-01-15,card,,"],
    )  # fmt: skip
    assert list(result.cases["verdict"]).count("missing") == 0
    assert "review" in set(result.cases["verdict"])
    assert all(result.cases["confidence"] < 0.8)


def test_one_refund_for_two_orders_before_the_statements(tmp_path: Path) -> None:
    """Two orders that one refund paid back would both be called missing."""
    result = run(
        tmp_path, [("2025-01-20", "-41.80"), *((f"2025-0{n}-05", "4.20") for n in range(2, 9))],
        ["1,2024-12-10,USD,30.50,Refunded,30.50,2025-01-15,card,,",
         "2,2024-12-11,USD,11.30,Refunded,11.30,2025-01-16,card,,"],
    )  # fmt: skip
    assert list(result.cases["verdict"]) == ["refunded", "refunded"]


def test_a_part_is_short_and_not_missing(tmp_path: Path) -> None:
    """A buyer who got a third back would tell AliExpress that nothing came."""
    case = only(run(
        tmp_path, [("2025-05-05", "90.40"), ("2025-05-20", "-31.27")],
        ["1,2025-05-05,USD,90.40,Refunded,90.40,2025-05-18,card,,"],
    ))  # fmt: skip
    assert (case["verdict"], str(case["missing"])) == ("short", "59.13")
    assert "$59.13 of $90.40 has not come" in case["message"]


def test_the_shop_reads_its_own_money_in_a_letter_from_a_card_in_yen() -> None:
    """AliExpress would be asked for yen, which no order of it names."""
    samples = Path(__file__).parents[1] / "sample_statements"
    result = reconcile.reconcile(
        samples / "plain" / "jpy-card-with-originals.csv", orders=samples / "orders.csv",
        as_of=dt.date(2026, 11, 23), lang="en",
    )  # fmt: skip
    letter = result.cases.set_index("verdict").loc["short", "message"]
    assert "My card shows ¥4,951 ($32.00) on 10 Sep 2026" in letter
    assert "$16.00 of $48.00 (¥2,651 as billed by my card) has not come" in letter


def test_a_refund_granted_on_an_unknown_day_has_until_protection_ends(tmp_path: Path) -> None:
    """A refund that was granted weeks after the order would be called late in its time."""
    order = ["1,2025-05-05,USD,30.50,Refunded,30.50,,card,,"]
    early = only(run(tmp_path, [("2025-05-05", "30.50")], order, as_of=dt.date(2025, 7, 1)))
    assert (early["verdict"], early["next_step"]) == ("waiting", "wait")
    assert early["due"].clock_ends == dt.date(2025, 9, 2)
    assert only(run(tmp_path, [("2025-05-05", "30.50")], order))["verdict"] == "missing"


def test_a_case_of_an_order_alone_tells_how_sure_it_is(tmp_path: Path) -> None:
    """Every missing refund would look equally sure, whatever else could explain it."""
    order = ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,,"]
    clear = only(run(tmp_path, [("2025-05-05", "30.50")], order))
    rival = run(tmp_path, [("2025-05-05", "30.50"), ("2025-06-20", "-24.00")], order).cases
    assert clear["confidence"] > 0.95
    assert rival["confidence"].iloc[0] < clear["confidence"]


def test_the_document_holds_letter_and_checklist(tmp_path: Path) -> None:
    """Who reads the JSON would lack the words to send that the workbook has."""
    order = ["1,2025-05-05,USD,30.50,Refunded,30.50,2025-05-15,card,,"]
    text = run(tmp_path, [("2025-05-05", "30.50")], order).to_json()
    step = json.loads(text)["cases"][0]["next_step"]
    assert "30.50" in step["message"]
    assert len(step["checklist"]) > 5


def test_a_letter_does_not_deny_a_credit_that_was_taken_back(tmp_path: Path) -> None:
    """A card company would be told that it never posted what it posted and reversed."""
    reversal = [*OTHERS, ("2025-06-10", "ALIEXPRESS REFUND CANCELLED", "30.50")]
    for status in ("Refunded", "Refund success"):
        order = [f"1,2025-05-05,USD,30.50,{status},30.50,2025-05-15,card,,"]
        rows = [("2025-05-05", "30.50"), ("2025-05-28", "-30.50")]
        case = only(run(tmp_path, rows, order, reversal))
        assert case["verdict"] == "missing"
        assert "$30.50 came on 28 May 2025, but it was taken back on 10 Jun" in case["explanation"]
        assert "nothing came" not in case["explanation"]
        assert "28 May 2025" in case["message"]
        assert "10 Jun 2025" in case["message"]
        assert "has not been posted" not in case["message"]
        assert "no refund is on" not in case["message"]


@pytest.mark.parametrize(
    ("words", "final"),
    [("PROVISIONAL CREDIT DISPUTE ALIEXPRESS", False), ("DISPUTE CREDIT ALIEXPRESS", True)],
)
def test_a_provisional_credit_is_not_called_final(tmp_path: Path, words: str, final: bool) -> None:
    """Who loses the dispute would have been told that nothing is missing."""
    credit = [*OTHERS, ("2025-06-20", words, "-80.00")]
    case = only(run(tmp_path, [("2025-05-05", "80.00")], others=credit))
    assert (case["verdict"], case["next_step"]) == ("refunded", "none" if final else "wait_booked")
    assert ("Nothing is missing" in case["explanation"]) == final
    assert ("provisional" in case["explanation"]) != final


def test_a_part_that_is_left_tells_of_the_credit_taken_back(tmp_path: Path) -> None:
    """The other half would seem never to have come."""
    reversal = [*OTHERS, ("2025-06-10", "ALIEXPRESS REFUND CANCELLED", "30.00")]
    rows = [("2025-05-05", "80.00"), ("2025-05-20", "-50.00"), ("2025-05-28", "-30.00")]
    case = only(run(tmp_path, rows, others=reversal))
    assert "$30.00 came on 28 May 2025, but it was taken back" in case["explanation"]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("57.50,2025-02-11,PayPal,,", "was to go back to PayPal on 11 Feb 2025"),
        ("57.50,2025-02-11,card,,", "was to come back from 11 Feb 2025 on"),
        (",,card,,", "If it was paid another way, $57.50 is due back."),
    ],
)
def test_what_a_cancelled_order_says_of_its_refund_is_told(
    tmp_path: Path, order: str, told: str
) -> None:
    """A refund that was promised on a day would be called one of nothing."""
    case = only(run(tmp_path, [], [f"1,2025-02-10,USD,57.50,Cancelled,{order}"]))
    assert (case["verdict"], case["next_step"]) == ("review", "find_charge")
    assert told in case["explanation"]
    assert ("Most likely" in case["explanation"]) == order.startswith(",")
    assert "10 Feb" not in case["explanation"]


@pytest.mark.parametrize("status", ["In dispute", "Cancel requested"])
def test_a_claim_with_a_part_come_names_no_day_that_is_not_known(
    tmp_path: Path, status: str
) -> None:
    """A sentence would end in "until" without a day."""
    order = f"1,2025-05-05,USD,57.50,{status},57.50,,card,,"
    result = run(tmp_path, [("2025-02-05", "9.00"), ("2025-05-20", "-28.75")], [order])
    case = only(result)
    assert "until ." not in case["explanation"]
    assert "$28.75 came on 20 May 2025 and may be a part of it" in case["explanation"]


def pending(tmp_path: Path, rows: list[str], order: str = "") -> Reconciliation:
    """A run of rows (day, debit, credit, status) at AliExpress."""
    head = "Date,Description,Debit,Credit,Currency,Status,Card"
    lines = [f"{d},CORNER SHOP,3.10,,USD,Posted,**** 1234" for d in ("2025-01-02", "2025-12-16")]
    lines += [
        f"{d},ALIPAY*ALIEXPRESS,{out},{back},USD,{status},**** 1234"
        for d, out, back, status in (row.split(",") for row in rows)
    ]
    (tmp_path / "card.csv").write_text("\n".join([head, *sorted(lines)]) + "\n", "utf-8")
    options: dict[str, Any] = {}
    if order:
        (tmp_path / "orders.csv").write_text(f"{ORDERS}\n{order}\n", "utf-8")
        options["orders"] = tmp_path / "orders.csv"
    return reconcile.reconcile(
        tmp_path / "card.csv", as_of=dt.date(2025, 12, 20), lang="en", **options
    )


def test_equal_pairs_of_which_one_is_pending_do_not_contradict_each_other(tmp_path: Path) -> None:
    """One case would say that all is back, the other that it is not."""
    rows = ["2025-05-05,50.00,,Posted", "2025-05-06,50.00,,Posted", "2025-05-28,,50.00,Posted"]
    result = pending(tmp_path, [*rows, "2025-06-01,,50.00,Pending"])
    assert not result.cases["explanation"].str.contains("Whichever belongs to which").any()
    assert result.cases["explanation"].str.contains("pending").sum() == 1
    booked = pending(tmp_path, [*rows, "2025-06-01,,50.00,Posted"])
    assert booked.cases["explanation"].str.contains("Whichever belongs to which").all()


def test_what_is_pending_is_told_apart_from_what_has_not_come(tmp_path: Path) -> None:
    """Two equal amounts would read as one."""
    case = only(pending(
        tmp_path, ["2025-05-05,80.00,,Posted", "2025-05-28,,40.00,Pending"],
        "1,2025-05-05,USD,80.00,Refunded,80.00,2025-05-15,card,,",
    ))  # fmt: skip
    assert "$40.00 of what your order says is due has not come back." in case["explanation"]
    assert "The $40.00 of 28 May 2025 that did come is itself still pending" in case["explanation"]
