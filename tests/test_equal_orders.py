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
        assert f"one of {count} orders of the same price" in case.explanation
    rest = found[found["verdict"] != "missing"]
    assert set(rest["next_step"]) == {"none"}
    assert rest["explanation"].str.contains("Whichever of them this was").all()


def test_it_is_sure_only_when_all_are_overdue(tmp_path: Path) -> None:
    """The refund that is still in time may be the one that did not come yet."""
    found = cancelled(tmp_path, 2, 1, last="2025-12-10").cases
    assert "missing" not in set(found["verdict"])


def test_it_is_told_in_japanese(tmp_path: Path) -> None:
    """The sentence would be English in a Japanese report."""
    found = cancelled(tmp_path, 2, 1, lang="ja").cases
    assert found["explanation"].str.contains("同じ金額の返金予定の注文が2件").any()
    assert found["explanation"].str.contains("どの注文の分でも").any()


def test_as_many_refunds_as_orders_leave_nothing_open(tmp_path: Path) -> None:
    """An order would be missed whose refund came."""
    found = cancelled(tmp_path, 3, 3).cases
    assert set(found["next_step"]) == {"none"}
