"""The same thing ordered several times, all cancelled, and fewer refunds than orders."""

from pathlib import Path

import pytest
from tests.test_due import run

from reconcile.result import Reconciliation


def cancelled(
    folder: Path, count: int, back: int, last: str = "2025-05-20", lang: str = "en"
) -> Reconciliation:
    """Equal charges of as many days whose orders are all refunded by the list, and the refunds."""
    days = [f"2025-05-{4 + number:02d}" for number in range(count)]
    rows = [(day, "12.99") for day in days]
    rows += [(f"2025-05-{22 + number:02d}", "-12.99") for number in range(back)]
    said = ["2025-05-18"] * (count - 1) + [last]
    orders = [
        f"70{number},{day},USD,12.99,Refunded,12.99,{when},card,,"
        for number, (day, when) in enumerate(zip(days, said, strict=True))
    ]
    return run(folder, rows, orders, lang=lang)


@pytest.mark.parametrize(("count", "back"), [(2, 1), (3, 1), (3, 2), (4, 2)])
def test_that_one_is_missing_is_sure_though_not_which(
    tmp_path: Path, count: int, back: int
) -> None:
    """Money that nobody sent would be called a matter of taste, and nothing overdue."""
    found = cancelled(tmp_path, count, back).cases
    open_ = found[found["verdict"] == "missing"]
    assert len(found) == count
    assert len(open_) == count - back
    assert {str(amount) for amount in open_["missing"]} == {"12.99"}
    for case in open_.itertuples():
        # That it is this very charge is as likely as that it is any other.
        assert case.confidence == pytest.approx(1 - back / count, abs=0.1)
        assert [one.refunds for one in case.alternatives] == [()] * (count - 1)
        assert f"one of {count} orders of one price" in case.explanation
    rest = found[found["verdict"] != "missing"]
    assert set(rest["next_step"]) == {"none"}
    assert rest["explanation"].str.contains("Whichever of them this was").all()


@pytest.mark.parametrize(("count", "back"), [(5, 1), (6, 2)])
def test_a_refund_that_could_be_of_any_of_many_is_not_missing(
    tmp_path: Path, count: int, back: int
) -> None:
    """A refund that is too unlikely to be linked to any one order would be asked for again."""
    found = cancelled(tmp_path, count, back).cases
    assert found["verdict"].eq("missing").sum() == count - back


def test_a_letter_names_no_order_of_several(tmp_path: Path) -> None:
    """A card company would be told of an order whose refund came."""
    found = cancelled(tmp_path, 3, 2).cases
    (letter,) = found.loc[found["verdict"].eq("missing"), "message"]
    assert not any(f"70{number}" in letter for number in range(3))


def test_what_is_sure_is_not_called_open(tmp_path: Path) -> None:
    """Two orders of one price, months apart, would be mixed up."""
    rows = [("2025-01-10", "12.99"), ("2025-01-28", "-12.99"), ("2025-09-05", "12.99")]
    orders = ["701,2025-01-10,USD,12.99,Refunded,12.99,2025-01-20,card,,",
              "702,2025-09-05,USD,12.99,Refunded,12.99,2025-09-12,card,,"]  # fmt: skip
    found = run(tmp_path, rows, orders).cases
    assert found["verdict"].tolist() == ["refunded", "missing"]
    assert not found["explanation"].str.contains("orders of one price").any()
    assert "702" in found["message"].iloc[1]


def test_a_part_is_no_refund_of_one_of_them(tmp_path: Path) -> None:
    """Five dollars of two orders of 12.99 would count as one of them."""
    rows = [("2025-05-04", "12.99"), ("2025-05-05", "12.99"), ("2025-05-25", "-5.00")]
    orders = [f"70{n},2025-05-0{n},USD,12.99,Refunded,12.99,2025-05-18,card,," for n in (4, 5)]
    found = run(tmp_path, rows, orders).cases
    assert not found["explanation"].str.contains("orders of one price").any()


def test_it_is_sure_only_when_all_are_overdue(tmp_path: Path) -> None:
    """The refund that is still in time may be the one that did not come yet."""
    found = cancelled(tmp_path, 2, 1, last="2025-12-10").cases
    assert "missing" not in set(found["verdict"])


def test_it_is_told_in_japanese(tmp_path: Path) -> None:
    """The sentence would be English in a Japanese report."""
    found = cancelled(tmp_path, 2, 1, lang="ja").cases
    assert found["explanation"].str.contains("同じ金額の返金が予定された注文が2件").any()
    assert found["explanation"].str.contains("どの注文の分でも").any()


@pytest.mark.parametrize("count", [3, 4, 6])
def test_as_many_refunds_as_orders_leave_nothing_open(tmp_path: Path, count: int) -> None:
    """An order would be missed whose refund came."""
    found = cancelled(tmp_path, count, count).cases
    assert len(found) == count
    assert set(found["next_step"]) == {"none"}


@pytest.mark.parametrize("count", [2, 4, 6])
def test_as_many_refunds_as_charges_are_all_of_them(tmp_path: Path, count: int) -> None:
    """Of many equal charges each link is unlikely, and none would be told."""
    rows = [(f"2025-05-{4 + n:02d}", "12.99") for n in range(count)]
    rows += [(f"2025-05-{22 + n:02d}", "-12.99") for n in range(count)]
    result = run(tmp_path, rows)
    assert len(result.cases) == count
    assert result.unlinked.empty
    assert set(result.cases["next_step"]) == {"none"}
    assert result.cases["explanation"].str.contains("as many equal refunds").all()
