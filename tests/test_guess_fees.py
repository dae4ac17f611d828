"""Fee columns of statements that no layout knows: on top of the amounts, or part of them."""

from pathlib import Path

import pytest
from reading import read_file

HEAD = "Date,Description,Amount,Fee"
BALANCED = (
    "2026-09-29,TESCO,-45.20,0.00,954.80\n2026-10-03,ALIEXPRESS,-23.49,-0.70,{after}\n"
    "2026-10-17,ALIEXPRESS,23.49,0.00,{end}\n"
)


def read(folder: Path, content: str) -> tuple[list[int], list[int | None], list[str], list[str]]:
    """Amounts, fees, kinds and what was assumed of the fees."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    fees = [None if value != value else int(value) for value in frame["fee_amount"].astype(float)]
    said = [note.code for note in source.notes if note.code.startswith("guess.fee")]
    return frame["amount"].tolist(), fees, frame["kind"].astype("str").tolist(), said


@pytest.mark.parametrize(
    ("after", "end", "charged", "said"),
    [("930.61", "954.10", 2419, ["guess.fee_balance"]), ("931.31", "954.80", 2349, [])],
)
def test_the_balance_tells_whether_the_amounts_hold_the_fees(
    after: str, end: str, charged: int, said: list[str], tmp_path: Path
) -> None:
    """The fee would be missing from what was charged, or be counted twice."""
    rows = BALANCED.format(after=after, end=end)
    amounts, fees, _, notes = read(tmp_path, f"{HEAD},Balance\n{rows}")
    assert (amounts, fees, notes) == ([4520, charged, -2349], [None, 70, None], said)


@pytest.mark.parametrize("name", ["Fee", "Charge fee", "Gebühr", "Comisión", "手数料"])
def test_a_fee_without_proof_is_on_top_and_said_to_be(name: str, tmp_path: Path) -> None:
    """The refund would seem complete although the fee never came back."""
    text = f"Date,Description,Amount,{name}\n2026-10-03,ALIEXPRESS,-23.49,0.70\n"
    text += "2026-10-17,ALIEXPRESS,23.49,0.00\n2026-10-18,BOB,-1.00,0.00\n"
    assert read(tmp_path, text)[::3] == ([2419, -2349, 100], ["guess.fee_assumed"])


def test_a_foreign_fee_without_proof_is_part_of_the_amount(tmp_path: Path) -> None:
    """What banks print as information would be added to a bill that holds it already."""
    text = "Date,Description,Amount,Foreign transaction fee\n2026-10-03,ALIEXPRESS,-23.49,0.70\n"
    text += "2026-10-17,ALIEXPRESS,23.49,0.00\n2026-10-18,BOB,-1.00,0.00\n"
    assert read(tmp_path, text)[::3] == ([2349, -2349, 100], [])


@pytest.mark.parametrize(
    ("header", "row", "charged", "said"),
    [
        ("Amount,Fee,Total", "-23.49,-0.70,-24.19", 2419, ["guess.fee_sum"]),
        ("Gross,Fee,Net", "-23.49,-0.70,-24.19", 2419, []),
        ("Gross,Fee,Net", "24.19,-0.70,23.49", -2349, []),
    ],
)
def test_a_sum_beside_the_fee_tells_what_the_amounts_hold(
    header: str, row: str, charged: int, said: list[str], tmp_path: Path
) -> None:
    """A net amount would be charged with its fee once more."""
    text = f"Date,Name,{header}\n2026-10-03,ALIEXPRESS,{row}\n2026-10-04,BOB,-9.00,0.00,-9.00\n"
    text += "2026-10-05,SUE,-8.00,0.00,-8.00\n2026-10-06,ANN,-7.00,0.00,-7.00\n"
    amounts, _, _, notes = read(tmp_path, text)
    assert (amounts[0], notes) == (charged, said)


@pytest.mark.parametrize("out", ["-26.81", "26.81"])
def test_a_row_with_only_a_fee_is_a_fee(out: str, tmp_path: Path) -> None:
    """A month's fee would be reported as a line without an amount."""
    text = f"Date,Description,Money In,Money Out,Fee\n2026-10-03,ALIEXPRESS,,{out},-0.70\n"
    text += "2026-10-17,ALIEXPRESS,26.81,,\n2026-10-20,Monthly account,,,-1.81\n"
    amounts, _, kinds, notes = read(tmp_path, text)
    assert (amounts, notes) == ([2751, -2681, 181], ["guess.fee_alone"])
    assert kinds == ["purchase", "refund", "fee"]


def test_a_fee_that_came_back_is_taken_off(tmp_path: Path) -> None:
    """A returned fee would be counted as one more fee."""
    text = f"{HEAD},Balance\n2026-09-29,TESCO,-45.20,-0.50,954.30\n"
    text += "2026-10-03,ALIEXPRESS,-23.49,-0.70,930.11\n2026-10-17,ALIEXPRESS,23.49,0.70,954.30\n"
    assert read(tmp_path, text)[0] == [4570, 2419, -2419]


def test_fees_are_not_taken_for_money_in(tmp_path: Path) -> None:
    """A fee in a row without an amount would count as money that came back."""
    text = "Date,Description,Amount,Fee\n2026-10-03,ALIEXPRESS,26.81,\n2026-10-04,BOB,5.00,\n"
    text += "2026-10-20,Monthly account,,1.81\n"
    assert read(tmp_path, text)[0] == [2681, 500, 181]


def test_a_fee_with_the_amounts_sign_is_paid_and_returned_with_it(tmp_path: Path) -> None:
    """A fee below zero would be taken off what was charged, and no sum would fit the balance."""
    (tmp_path / "x.csv").write_text(
        "Date,Description,Amount,Fee,Balance\n2026-01-05,ALIEXPRESS.COM,-34.80,-0.70,964.50\n"
        "2026-01-09,TESCO,-6.20,0.00,958.30\n2026-01-20,ALIEXPRESS.COM,34.80,0.70,993.80\n"
    )
    frame, _ = read_file(tmp_path / "x.csv")
    assert frame["amount"].tolist() == [3550, 620, -3550]
