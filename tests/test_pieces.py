"""One charge that comes back piece by piece, as the items of one order do."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reconcile

OTHERS = ("2026-01-05", "2026-02-07", "2026-03-09", "2026-09-30")
CHARGED = "2026-06-01"


def cases(
    pieces: dict[str, str], tmp_path: Path, *, order: str = "", currency: str = "USD",
    originals: dict[str, str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Cases of a card with one charge (day `CHARGED`) and refunds, amounts as printed by day."""
    days = [*OTHERS, *pieces]
    amounts = [*["12.00"] * len(OTHERS), *pieces.values()]
    shops = [*["GROCER"] * len(OTHERS), *["ALIEXPRESS.COM"] * len(pieces)]
    table = {"Date": days, "Description": shops, "Amount": amounts, "Currency": currency}
    if originals is not None:
        printed = [originals.get(day, "") for day in days]
        table["Original Amount"] = printed
        table["Original Currency"] = ["USD" if text else "" for text in printed]
    options: dict[str, Any] = {"as_of": dt.date(2026, 11, 20), "lang": "en"}
    if order:
        listed = tmp_path / "orders.csv"
        head = "order_id,order_date,currency,total,status,refund_amount,refund_date,refund_to\n"
        listed.write_text(f"{head}9001,{CHARGED},USD,{order}\n", "utf-8")
        options["orders"] = listed
    found = reconcile.reconcile(pd.DataFrame(table), **options)
    return [dict(row) for row in found.cases.to_dict("records")]


def causes(case: dict[str, Any]) -> dict[str, str]:
    """The causes that are not zero."""
    names = ("fx_drift", "fee", "missing", "kept", "unexplained")
    return {name: str(case[name]) for name in names if case[name]}


@pytest.mark.parametrize(
    "days", [("2026-06-20", "2026-06-28"), ("2026-06-20", "2026-06-22", "2026-06-28")]
)
def test_parts_of_what_an_order_says_is_due_leave_the_rest_kept(
    days: tuple[str, ...], tmp_path: Path
) -> None:
    """Several refunds are what one of the same sum is."""
    parts = dict(zip(days, ("-12.00", "-9.00") if len(days) == 2 else ("-5.00", "-7.00", "-9.00"),
                     strict=True))  # fmt: skip
    told = "30.00,Partially refunded,21.00,2026-06-28,card"
    (case,) = cases({CHARGED: "30.00", **parts}, tmp_path, order=told)
    assert causes(case) == {"kept": "9.00"}
    assert case["verdict"] == "refunded"
    assert len(case["refunds"]) == len(days)


def test_parts_abroad_are_no_drift(tmp_path: Path) -> None:
    """What the order does not give back is nothing that the card company owes."""
    (case,) = cases(
        {CHARGED: "25.76", "2026-06-20": "-8.72", "2026-06-22": "-5.23"}, tmp_path, currency="EUR",
        originals={CHARGED: "30.00", "2026-06-20": "-10.00", "2026-06-22": "-6.00"},
        order="30.00,Partially refunded,16.00,2026-06-20,card",
    )  # fmt: skip
    assert abs(case["fx_drift"]) < 1
    assert float(case["kept"]) == pytest.approx(25.76 * 14 / 30, abs=0.01)


@pytest.mark.parametrize("order", ["", "30.00,Refunded,30.00,2026-06-28,card"])
def test_four_parts_make_up_the_whole(order: str, tmp_path: Path) -> None:
    """More refunds than charges of one story make it no less sure."""
    parts = {"2026-06-20": "-5.00", "2026-06-22": "-7.00", "2026-06-25": "-10.00",
             "2026-06-28": "-8.00"}  # fmt: skip
    (case,) = cases({CHARGED: "30.00", **parts}, tmp_path, order=order)
    assert (case["verdict"], len(case["refunds"]), causes(case)) == ("refunded", 4, {})
    assert case["confidence"] > 0.9
    assert "on 4 days between 20 Jun 2026 and 28 Jun 2026 together" in case["explanation"]


def test_no_chance_is_above_one(tmp_path: Path) -> None:
    """Many pieces of one charge overlap: their chances are of one another's cost."""
    rows = {
        "2026-02-27": "8916", "2026-03-09": "-605", "2026-04-01": "-8887", "2026-04-15": "-4225",
        "2026-04-17": "-3627", "2026-05-10": "9519", "2026-05-20": "-6179", "2026-05-23": "-963",
        "2026-05-29": "-3113", "2026-05-31": "-2179", "2026-06-01": "-311",
    }  # fmt: skip
    found = cases(rows, tmp_path, currency="JPY")
    assert found
    for case in found:
        told = [case["confidence"], *(other[2] for other in case["alternatives"])]
        assert sum(told) <= 1.001


def test_two_parts_of_a_lone_charge_are_both_its(tmp_path: Path) -> None:
    """A third of it draws the one refund; the other has nowhere else to belong."""
    (case,) = cases(
        {"2026-06-01": "9000", "2026-07-01": "-4000", "2026-07-02": "-3000"}, tmp_path,
        currency="JPY",
    )  # fmt: skip
    assert (len(case["refunds"]), float(case["missing"])) == (2, 2000.0)


def test_three_parts_leave_a_rest(tmp_path: Path) -> None:
    """To ask for what came in other parts would be a false claim."""
    parts = {"2026-06-20": "-5.00", "2026-06-22": "-7.00", "2026-06-28": "-9.00"}
    (case,) = cases({CHARGED: "30.00", **parts}, tmp_path)
    assert causes(case) == {"missing": "9.00"}
    assert (case["verdict"], len(case["refunds"])) == ("partly_refunded", 3)


def test_two_parts_of_printed_amounts_leave_their_rest(tmp_path: Path) -> None:
    """Their merchant's amounts tell the rest to the cent."""
    (case,) = cases(
        {CHARGED: "25.76", "2026-06-20": "-6.37", "2026-06-22": "-7.16"}, tmp_path, currency="EUR",
        originals={CHARGED: "30.00", "2026-06-20": "-7.31", "2026-06-22": "-8.23"},
    )  # fmt: skip
    assert len(case["refunds"]) == 2
    assert float(case["missing"]) == pytest.approx(25.76 * (30 - 7.31 - 8.23) / 30, abs=0.01)


def test_a_part_of_another_charge_stays_there(tmp_path: Path) -> None:
    """Of two charges each comes back whole: none is a piece of the other."""
    rows = {CHARGED: "30.00", "2026-06-03": "12.50", "2026-06-20": "-12.50", "2026-06-22": "-30.00"}
    found = cases(rows, tmp_path)
    assert [(len(case["refunds"]), case["verdict"]) for case in found] == [(1, "refunded")] * 2
