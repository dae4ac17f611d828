"""Statements of banks that no layout knows, by the header words of many languages."""

from pathlib import Path
from typing import NamedTuple

import pytest
from reading import read_file

from reconcile.readers import guess_words


class Export(NamedTuple):
    """A header, and rows that hold {day}, {shop} and the amount of money out and money in."""

    header: str
    out: str
    back: str
    currency: str | None = None


# Money out of 26.81, and the same back.
EXPORTS = {
    "tr": Export(
        "İşlem Tarihi;Açıklama;Borç;Alacak;Bakiye;Para Birimi",
        "{day};{shop};26,81;;900,00;TRY", "{day};{shop};;26,81;926,81;TRY", "TRY",
    ),
    "tr in capitals": Export(
        "TARİH;AÇIKLAMA;TUTAR;BAKİYE", "{day};{shop};-26,81;900,00", "{day};{shop};26,81;926,81"
    ),
    "el": Export(
        "Ημερομηνία;Περιγραφή;Χρέωση;Πίστωση;Υπόλοιπο;Νόμισμα",
        "{day};{shop};26,81;;900,00;EUR", "{day};{shop};;26,81;926,81;EUR", "EUR",
    ),
    "el in capitals": Export(
        "ΗΜΕΡΟΜΗΝΙΑ;ΠΕΡΙΓΡΑΦΗ;ΠΟΣΟ;ΥΠΟΛΟΙΠΟ",
        "{day};{shop};-26,81;900,00", "{day};{shop};26,81;926,81",
    ),
    "he": Export(
        "תאריך;תיאור;בחובה;בזכות;יתרה", "{day};{shop};26.81;;900.00", "{day};{shop};;26.81;926.81"
    ),
    "ro": Export(
        "Data tranzacţiei;Detalii tranzacţie;Debit;Credit;Sold;Moneda",
        "{day};{shop};26,81;;900,00;RON", "{day};{shop};;26,81;926,81;RON", "RON",
    ),
    "uk": Export(
        "Дата операції;Опис операції;Сума;Валюта;Залишок",
        "{day};{shop};-26,81;UAH;900,00", "{day};{shop};26,81;UAH;926,81", "UAH",
    ),
    "bg": Export(
        "Дата;Основание;Дебит;Кредит;Салдо", "{day};{shop};26,81;;900", "{day};{shop};;26,81;926,81"
    ),
    "id": Export(
        "Tanggal;Keterangan;Debet;Kredit;Saldo",
        "{day};{shop};26,81;;900,00", "{day};{shop};;26,81;926,81",
    ),
    "ms": Export(
        "Tarikh;Butiran;Debit;Kredit;Baki",
        "{day};{shop};26.81;;900.00", "{day};{shop};;26.81;926.81",
    ),
    "vi": Export(
        "Ngày giao dịch;Nội dung;Ghi nợ;Ghi có;Số dư",
        "{day};{shop};26,81;;900,00", "{day};{shop};;26,81;926,81",
    ),
    "th": Export(
        "วันที่;รายการ;ถอนเงิน;ฝากเงิน;ยอดคงเหลือ",
        "{day};{shop};26.81;;900.00", "{day};{shop};;26.81;926.81",
    ),
    "hr": Export(
        "Datum izvršenja;Opis plaćanja;Isplate;Uplate;Valuta;Stanje",
        "{day}.;{shop};26,81;;EUR;900,00", "{day}.;{shop};;26,81;EUR;926,81", "EUR",
    ),
    "sl": Export(
        "Datum knjiženja;Prejemnik/Plačnik;Namen;Breme;Dobro;Valuta",
        "{day};{shop};Nakup;26,81;;EUR", "{day};{shop};Vračilo;;26,81;EUR", "EUR",
    ),
    "is": Export(
        "Dagsetning;Skýring;Upphæð;Staða;Mynt",
        "{day};{shop};-2.681;9.000;ISK", "{day};{shop};2.681;11.681;ISK", "ISK",
    ),
    "et": Export(
        "Kuupäev;Saaja/Maksja;Deebet;Kreedit;Valuuta",
        "{day};{shop};26,81;;EUR", "{day};{shop};;26,81;EUR", "EUR",
    ),
    "lv": Export(
        "Datums;Maksātājs/Saņēmējs;Debets;Kredīts;Valūta",
        "{day};{shop};26,81;;EUR", "{day};{shop};;26,81;EUR", "EUR",
    ),
    "sk": Export(
        "Dátum transakcie;Popis;Suma;Mena;Zostatok",
        "{day};{shop};-26,81;EUR;900,00", "{day};{shop};26,81;EUR;926,81", "EUR",
    ),
    "lt": Export(
        "DATA;MOKĖTOJO ARBA GAVĖJO PAVADINIMAS;SUMA;VALIUTA",
        "{day};{shop};-26,81;EUR", "{day};{shop};26,81;EUR", "EUR",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_headers_are_understood_in_many_languages(name: str, tmp_path: Path) -> None:
    """Money in would be taken for money out, and the report could not name what it read."""
    export = EXPORTS[name]
    rows = [
        row.format(day=day, shop="ALIEXPRESS.COM")
        for row, day in ((export.out, "29.09.2025"), (export.back, "17.10.2025"))
    ]
    path = tmp_path / "x.csv"
    path.write_text("\n".join((export.header, *rows, "")), "utf-8")
    frame, source = read_file(path)
    assert "guess.columns" in {note.code for note in source.notes}
    assert frame["amount"].gt(0).tolist() == [True, False]
    assert frame["description"].str.contains("ALIEXPRESS").all()
    assert guess_words.language(export.header.split(";")) == name[:2]
    if export.currency:
        assert frame["currency"].tolist() == [export.currency] * 2


def test_merchants_amounts_are_told_from_billed_ones(tmp_path: Path) -> None:
    """Dollars of a purchase abroad would be added up as shekels."""
    path = tmp_path / "x.csv"
    path.write_text(
        "תאריך רכישה,שם בית עסק,סכום עסקה,מטבע עסקה,סכום חיוב,מטבע חיוב\n"
        "03.10.25,ALIEXPRESS.COM,32.49,USD,118.42,ILS\n"
        "17.10.25,ALIEXPRESS.COM,-32.49,USD,-117.20,ILS\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [11842, -11720]
    assert frame["original_amount"].tolist() == [3249, -3249]
    assert frame["original_currency"].tolist() == ["USD", "USD"]


def test_a_time_behind_a_hyphen_is_none_of_the_day(tmp_path: Path) -> None:
    """Days of a Turkish bank (`22/10/2025-12:33:04`) would not be read."""
    path = tmp_path / "x.csv"
    path.write_text("Tarih/Saat;İşlem Tutarı*;Açıklama\n22/10/2025-12:33:04;-41,00;SHOP\n", "utf-8")
    assert read_file(path)[0]["transaction_date"].dt.strftime("%Y-%m-%d").tolist() == ["2025-10-22"]


def test_the_digits_of_arabic_are_read(tmp_path: Path) -> None:
    """No column of such a statement would be found."""
    path = tmp_path / "x.csv"
    path.write_text(
        "التاريخ,الوصف,المبلغ,العملة\n"
        "٠٣/٠٥/٢٠٢٦,ALIEXPRESS,-١٬٥٩٥٫٨٣,EGP\n١٧/٠٥/٢٠٢٦,ALIEXPRESS,١٬٥٩٥٫٨٣,EGP\n",
        "utf-8",
    )
    frame = read_file(path)[0]
    assert frame["amount"].tolist() == [159583, -159583]
    assert frame["transaction_date"].dt.strftime("%m-%d").tolist() == ["05-03", "05-17"]


def test_marks_of_the_direction_of_writing_change_nothing(tmp_path: Path) -> None:
    """Exports in Hebrew and Arabic have them beside days and amounts, and nobody sees them."""
    path = tmp_path / "x.csv"
    path.write_text(
        "תאריך,שם בית עסק,סכום חיוב\n\u200f03/05/2026,ALIEXPRESS,\u200e-26.81\n"
        "\u200f17/05/2026,ALIEXPRESS,\u202a26.81\u202c\u200b\n",
        "utf-8",
    )
    assert read_file(path)[0]["amount"].tolist() == [2681, -2681]
