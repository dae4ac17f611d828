"""Amounts of statements without a layout: currencies beside them, and such without cents."""

from pathlib import Path

import openpyxl
import pytest
from reading import read_file

from reconcile import money


@pytest.mark.parametrize(
    ("one", "other", "currency", "amount"),
    [
        ("RM 26.81", "RM 26.81-", "MYR", 2681),
        ("RM1,026.81", "-RM1,026.81", "MYR", 102681),
        ("Rp 26.810", "-Rp 26.810", "IDR", 2681000),
        ("Rp26.810,00", "-Rp26.810,00", "IDR", 2681000),
        ("Rp.26.810", "-Rp.26.810", "IDR", 2681000),
        ("SEK 26,81", "SEK -26,81", "SEK", 2681),
        ("26.81 EUR", "-26.81 EUR", "EUR", 2681),
        ("26,81 TL", "-26,81 TL", "TRY", 2681),
        ("26,81 lei", "-26,81 lei", "RON", 2681),
        ("26,81 лв.", "-26,81 лв.", "BGN", 2681),
        ("26,81 грн", "-26,81 грн", "UAH", 2681),
        ("R 26.81", "-R 26.81", "ZAR", 2681),
        ("R1 026.81", "R-1 026.81", "ZAR", 102681),
        ("S/ 26.81", "S/ -26.81", "PEN", 2681),
        ("26.810 đ", "-26.810 đ", "VND", 26810),
        ("kr 26,81", "kr -26,81", None, 2681),
    ],
)
def test_currencies_beside_amounts_are_read(
    one: str, other: str, currency: str | None, amount: int, tmp_path: Path
) -> None:
    """Maybank's amounts would be refused, or stand in the report without their currency."""
    path = tmp_path / "x.csv"
    path.write_text(
        f"Date;Description;Amount\n2025-10-03;ALI;{other}\n2025-10-17;ALI;{one}\n", "utf-8"
    )
    frame, _ = read_file(path)
    assert frame["amount"].abs().tolist() == [amount] * 2
    assert frame["amount"].sum() == 0
    assert frame["currency"].dropna().unique().tolist() == ([currency] if currency else [])


def test_a_reference_is_no_amount_in_rand() -> None:
    """A text that begins with R would be read as money."""
    assert money.parse("Rent 12", "ZAR") is None
    assert money.parse("R.12", "ZAR") is None


def test_yen_that_old_japanese_encodings_show_as_a_backslash() -> None:
    """JA Bank prints `\\4,845` in its exports, and each row would be refused."""
    assert money.parse("\\4,845", "JPY") == 4845


WHOLE = {
    "with a minus": ("-187", "-312", "312"),
    "parted by dots": ("-1.870", "-26.810", "26.810"),
    "parted by blanks and a comma": ("-1 870,5", "-26 810,5", "26 810,5"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_amounts_without_cents_under_unknown_words(case: str, tmp_path: Path) -> None:
    """Statements of countries without cents would be refused where their words are not known."""
    first, second, third = WHOLE[case]
    path = tmp_path / "x.csv"
    path.write_text(
        f"Qqq;Www;Eee\n29.09.2025;BOB;{first}\n03.10.2025;ALI;{second}\n17.10.2025;ALI;{third}\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    number = float(third.replace(".", "").replace(" ", "").replace(",", "."))
    assert frame["amount"].iloc[1:].tolist() == [100 * number, -100 * number]


def test_a_short_whole_number_tells_grouping(tmp_path: Path) -> None:
    """Among `1.200` and `187` the first is twelve hundred: of three decimals all would be shown."""
    path = tmp_path / "x.csv"
    path.write_text("Date,Text,Amount\n2025-10-03,A,-1.200\n2025-10-04,B,-187\n", "utf-8")
    assert read_file(path, currency="ISK")[0]["amount"].tolist() == [1200, 187]
    path.write_text("Date,Text,Amount\n2025-10-03,A,-1.200\n2025-10-04,B,-0.187\n", "utf-8")
    assert read_file(path, currency="KWD")[0]["amount"].tolist() == [1200, 187]


def test_a_workbook_shows_fewer_decimals(tmp_path: Path) -> None:
    """Excel drops the last zeros, and a month of round amounts would be refused."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Qqq", "Www", "Eee", "Rrr"])
    sheet.append(["2025-10-03", "ALIEXPRESS", -312.4, 41300.1])
    sheet.append(["2025-10-17", "ALIEXPRESS", 312.4, 41612.5])
    sheet.append(["2025-10-20", "ICA", -12.5, 41600])
    path = tmp_path / "x.xlsx"
    book.save(path)
    assert read_file(path)[0]["amount"].tolist() == [31240, -31240, 1250]


def test_a_number_in_a_heading_is_no_amount(tmp_path: Path) -> None:
    """A second column of one name (`Amount.1`) would make the header a row of data."""
    path = tmp_path / "x.csv"
    path.write_text("Date,Text,Sum,Sum.1\n2025-10-03,A,-12.00,5\n", "utf-8")
    assert next(note.code for note in read_file(path)[1].notes) == "guess.columns"
