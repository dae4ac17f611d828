"""Days of use and of booking, and what is not booked yet, in statements that no layout knows."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from reading import days as days_of
from reading import read_file

from reconcile.errors import InputError
from reconcile.ledger import Source


def read(folder: Path, content: str) -> tuple[pd.DataFrame, Source]:
    """The ledger rows of the one statement in a file with this content, and its source."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return read_file(path)


def days(frame: pd.DataFrame, name: str) -> list[str | None]:
    """Days as text."""
    return [None if pd.isna(day) else f"{day:%m-%d}" for day in frame[name]]


@pytest.mark.parametrize(
    "header",
    [
        "Data waluty;Data operacji;Opis;Kwota",  # booked on its second day
        "Execution date;Posting date;Description;Amount",
        "F.Valor;Fecha;Concepto;Importe",
        "Transaction date;Posting date;Description;Amount",
    ],
)
def test_the_earlier_of_two_days_is_the_day_of_use(header: str, tmp_path: Path) -> None:
    """A purchase would be looked for days after it was made, or booked before it was."""
    text = f"{header}\n2026-10-03;2026-10-05;ALIEXPRESS;-5.00\n2026-10-17;2026-10-18;BOB;-7.00\n"
    frame, _ = read(tmp_path, text)
    assert days(frame, "transaction_date") == ["10-03", "10-17"]
    assert days(frame, "posted_date") == ["10-05", "10-18"]


@pytest.mark.parametrize("value", ["2026-10-03", "2026-10-04"])
def test_a_value_date_that_is_mostly_the_booking_day_is_no_day_of_use(
    value: str, tmp_path: Path
) -> None:
    """Days on which nothing was bought would be shown as the days of purchases."""
    text = "Buchungstag;Valutadatum;Beschreibung;Betrag\n"
    text += f"2026-10-03;{value};ALIEXPRESS;-5,00\n2026-10-17;2026-10-17;BOB;-7,00\n"
    frame, _ = read(tmp_path, text + "2026-10-20;2026-10-20;SUE;-9,00\n")
    assert days(frame, "posted_date") == ["10-03", "10-17", "10-20"]
    assert frame["transaction_date"].isna().all()


def test_a_hold_is_pending(tmp_path: Path) -> None:
    """Money that is only held back would count as spent, and once more when it is booked."""
    text = "Data operacji;Data waluty;Typ transakcji;Kwota;Waluta;Saldo po transakcji;Opis\n"
    text += ";2026-10-25;Blokada;-9.34;PLN;W rozliczeniu;ZABKA\n"
    text += "2026-10-19;2026-10-17;Zwrot;+12.35;PLN;+35.52;ALIEXPRESS\n"
    text += "2026-10-05;2026-10-03;Zakup;-12.35;PLN;+23.17;ALIEXPRESS\n"
    frame, _ = read(tmp_path, text)
    status = dict(zip(frame["amount"], frame["status"].astype("str"), strict=True))
    assert status == {934: "pending", -1235: "posted", 1235: "posted"}


def test_an_amount_held_back_in_a_column_of_its_own_is_pending(tmp_path: Path) -> None:
    """A purchase of the last days would be reported as a line that could not be used."""
    text = "Data transakcji;Data księgowania;Opis;Kwota transakcji;Waluta;Kwota blokady;Waluta\n"
    text += "2026-10-25;;ZABKA;;;-15,80;PLN\n2026-10-17;2026-10-18;ALIEXPRESS;12,35;PLN;;\n"
    text += "2026-10-03;2026-10-04;ALIEXPRESS;-12,35;PLN;;\n"
    frame, source = read(tmp_path, text)
    assert not source.rejected
    assert frame["amount"].tolist() == [1580, -1235, 1235]
    assert frame["currency"].astype("str").tolist() == ["PLN"] * 3
    assert frame["status"].astype("str").tolist() == ["pending", "posted", "posted"]


def test_a_row_with_one_day_and_no_amount_lacks_its_amount(tmp_path: Path) -> None:
    """A reader would look for a missing date in a row that has one."""
    text = "Data transakcji;Data księgowania;Opis;Kwota\n2026-10-25;;ZABKA;\n"
    text += "2026-10-24;2026-10-25;ALI;-5,00\n2026-10-17;2026-10-18;BOB;-7,00\n"
    _, source = read(tmp_path, text)
    assert [(line.line, line.reason.code) for line in source.rejected] == [(2, "reason.no_amount")]


THAI = "วันที่,รายละเอียด,จำนวนเงิน"
EN = "Date,Description,Amount"


def dated(folder: Path, header: str, days: list[str]) -> tuple[list[str], Source]:
    """The days that are read of a statement with a row for each, and its source."""
    path = folder / "x.csv"
    rows = "".join(f"{day},SHOP {n},{n}.10\n" for n, day in enumerate(days, 1))
    path.write_text(f"{header}\n{rows}", "utf-8")
    frame, source = read_file(path)
    return frame["transaction_date"].dt.strftime("%Y-%m-%d").tolist(), source


@pytest.mark.parametrize("header", [THAI, EN])
@pytest.mark.parametrize(
    "days",
    [
        ["02/10/2568", "05/10/2568", "12/11/2568"],
        ["02-10-68", "05-10-68", "12-11-68"],
        ["02/10/68 10:20", "05/10/68 11:20", "12/11/68 12:20"],
        ["2568-10-02", "2568-10-05", "2568-11-12"],
        ["02 Oct 2568", "05 Oct 2568", "12 Nov 2568"],
    ],
)
def test_years_of_thailand_are_read(header: str, days: list[str], tmp_path: Path) -> None:
    """A purchase of 2025 would lie in 2068, or each row be rejected."""
    found, source = dated(tmp_path, header, days)
    assert found == ["2025-10-02", "2025-10-05", "2025-11-12"]
    (told,) = (note for note in source.notes if note.code == "guess.buddhist")
    assert told.params == {"example": days[0].partition(" 1")[0], "year": "2025"}


def test_the_thai_year_that_looks_like_one_of_the_last_century(tmp_path: Path) -> None:
    """69 is 2026, and would be read as 1969."""
    year = dt.date.today().year
    found, _ = dated(tmp_path, THAI, [f"13/01/{year + 543 - 2500}"])
    assert found == [f"{year}-01-13"]


@pytest.mark.parametrize("header", [THAI, EN])
def test_common_years_are_no_thai_ones(header: str, tmp_path: Path) -> None:
    """A purchase of 2025 would be moved to 1982."""
    for days in (["02/10/25", "15/10/25"], ["02/10/2025", "15/10/2025"], ["13/10/98"]):
        found, source = dated(tmp_path, header, days)
        assert {day[2:4] for day in found} == {days[0][-2:]}
        assert "guess.buddhist" not in {note.code for note in source.notes}


def test_thai_years_may_stand_beside_common_ones(tmp_path: Path) -> None:
    """A file joined of two exports would lose the rows of one of them."""
    found, _ = dated(tmp_path, THAI, ["15/10/2568", "16/10/2025"])
    assert found == ["2025-10-15", "2025-10-16"]


def test_an_order_that_leads_far_ahead_is_left_where_there_is_another(tmp_path: Path) -> None:
    """Days parted by dots, as by a Japanese program, would lie in years to come."""
    ahead = dt.date.today().year % 100 + 3
    found, source = dated(tmp_path, EN, [f"20.03.{ahead}", f"20.04.{ahead}"])
    assert found == [f"2020-03-{ahead}", f"2020-04-{ahead}"]
    assert "guess.year_first" in {note.code for note in source.notes}


HALF = ["2025-02-10", "2025-03-10", "15/10/2025", "22/10/2025"]


@pytest.mark.parametrize(("one", "other"), [("260502", "260516"), ("260502", "261130")])
def test_days_may_be_six_digits(one: str, other: str, tmp_path: Path) -> None:
    """AEON and others write the year first; such a file would be refused."""
    text = f"ご利用日,ご利用先,ご利用金額\n{one},ALIEXPRESS,1200\n{other},BOB,1300\n,合計,2500\n"
    assert days_of(tmp_path, text) == [f"20{d[:2]}-{d[2:4]}-{d[4:]}" for d in (one, other)]


def test_six_digits_that_may_be_two_days_are_none(tmp_path: Path) -> None:
    """The 11th of December 2013 may as well be the 13th of December 2011."""
    with pytest.raises(InputError):
        days_of(tmp_path, "Date,Details,Amount\n131211,ALIEXPRESS,12.00\n121112,BOB,13.00\n")


@pytest.mark.parametrize("day", ["46144", "46144.5"])
def test_days_may_be_numbers_that_a_spreadsheet_counts_by(day: str, tmp_path: Path) -> None:
    """A workbook whose days have lost their form would be refused."""
    text = f"Paid,,\nDate,Details,Amount\n{day},ALIEXPRESS,12.00\n46158,BOB,13.00\n,Total,25.00\n"
    assert days_of(tmp_path, text) == ["2026-05-02", "2026-05-16"]


def test_days_that_a_spreadsheet_half_turned_are_not_trusted(tmp_path: Path) -> None:
    """The second of October would be read as the tenth of February without a word."""
    found, source = dated(tmp_path, EN, HALF)
    assert found == ["2025-10-15", "2025-10-22"]
    assert [(bad.line, bad.reason.code) for bad in source.rejected] == [
        (2, "reason.date"), (3, "reason.date"),
    ]  # fmt: skip
    (told,) = (note for note in source.notes if note.code == "guess.half_turned")
    assert told.params == {"example": "2025-02-10", "other": "15/10/2025"}


def test_days_year_first_that_cannot_be_turned_are_read_beside_others(tmp_path: Path) -> None:
    """A file joined of two exports would lose the rows of one of them."""
    found, source = dated(tmp_path, EN, [*HALF, "2025-10-23"])
    assert found == ["2025-02-10", "2025-03-10", "2025-10-15", "2025-10-22", "2025-10-23"]
    assert not source.rejected
    assert "guess.two_orders" in {note.code for note in source.notes}


def test_two_columns_of_days_may_be_written_in_two_ways(tmp_path: Path) -> None:
    """A statement whose bank prints the day of booking in another way would lose its rows."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Transaction Date,Posting Date,Description,Amount\n2025-10-02,04/10/2025,A,1.10\n"
        "2025-10-11,13/10/2025,B,2.10\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert frame["transaction_date"].dt.day.tolist() == [2, 11]
    assert frame["posted_date"].dt.day.tolist() == [4, 13]
    assert not source.rejected


def test_days_of_the_calendar_of_arabia_are_no_days_of_use(tmp_path: Path) -> None:
    """Rows would be of the year 1447, and no refund ever late."""
    text = "Hijri date,Date,Details,Debit,Credit\n1447/11/15,2026/05/02,ALIEXPRESS,12.00,\n"
    text += "1447/11/29,2026/05/16,ALIEXPRESS,,12.00\n"
    assert days_of(tmp_path, text) == ["2026-05-02", "2026-05-16"]


def test_a_note_that_a_row_is_only_held_makes_it_pending(tmp_path: Path) -> None:
    """A hold would count as a charge beside the one that follows it."""
    frame, _ = read(
        tmp_path,
        "Buchungstag;Verwendungszweck;Betrag;Info\n"
        "11.05.26;LIDL;-12,50;Umsatz vorgemerkt\n10.05.26;ALIEXPRESS;-9,00;Umsatz gebucht\n",
    )
    assert frame["status"].tolist() == ["pending", "posted"]


@pytest.mark.parametrize(
    ("header", "row", "status"),
    [
        ("Date,Description,Amount,Status", "2026-05-02,{},99.00,Reserverat belopp", "pending"),
        ("Date,Description,Amount,Outcome", "2026-05-02,{},99.00,Declined", "failed"),
        ("Date,Description,Amount", "2026-05-02,PENDING - {},99.00", "pending"),
        ("Date,Description,Amount", "2026-05-02,{} PENDING,99.00", "posted"),
    ],
)
def test_a_row_that_is_not_booked_says_so_in_many_ways(
    header: str, row: str, status: str, tmp_path: Path
) -> None:
    """What was held or declined would be a charge that was never refunded."""
    lines = [header, row.format("UBER"), "2026-05-01,ALIEXPRESS,9.00", "2026-04-30,SHOP,-9.00"]
    frame, _ = read(tmp_path, "\n".join(lines) + "\n")
    assert frame["status"].tolist()[0] == status
