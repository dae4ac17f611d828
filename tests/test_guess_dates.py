"""Days of use and of booking, and what is not booked yet, in statements that no layout knows."""

from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

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
