"""Purchases abroad in statements without a layout: which currency belongs to which amount."""

from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

from reconcile import layout
from reconcile.ledger import Source


def read(folder: Path, content: str) -> tuple[pd.DataFrame, Source]:
    """The one statement in a file with this content."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return read_file(path, layout.shipped())


def originals(frame: pd.DataFrame) -> list[tuple[float, str] | None]:
    """What each row prints of the merchant's currency."""
    return [
        None if pd.isna(amount) else (abs(int(amount)) / 10 ** int(places), str(code))
        for amount, places, code in zip(
            frame["original_amount"],
            frame["original_decimals"],
            frame["original_currency"],
            strict=True,
        )
    ]


CARD = [
    # The currency stands beside the billed amount, and is that of the other.
    "TransactionDate;Text;Currency Amount;Currency Rate;Currency;Amount\n"
    "2025-02-03;KIWI;-50.00;1;SEK;-50.00\n2025-02-05;ALIEXPRESS;-12.34;10.53;USD;-130.00\n"
    "2025-02-06;BOOKS;-70.00;1;SEK;-70.00\n",
    # At home there is no other amount.
    "Datum;Specifikation;Valuta;Utl. belopp;Belopp\n2025-02-03;KIWI;SEK;0;50,00\n"
    "2025-02-05;ALIEXPRESS;USD;12,34;130,00\n2025-02-06;BOOKS;SEK;0;70,00\n",
    # Money out and in in the account's currency beside the amount in that of the shop.
    "Дата;Описание;Сумма операции;Валюта операции;Приход в валюте счета;Расход в валюте счета\n"
    "03.02.2025;KIWI;-50,00;SEK;0,00;-50,00\n05.02.2025;ALIEXPRESS;-12,34;USD;0,00;-130,00\n"
    "06.02.2025;BOOKS;-70,00;SEK;0,00;-70,00\n",
]


@pytest.mark.parametrize("content", CARD)
def test_a_currency_belongs_to_the_amount_that_differs_with_it(
    content: str, tmp_path: Path
) -> None:
    """A purchase of 12.34 dollars would be billed in dollars, or as 12.34 of the account's."""
    frame, source = read(tmp_path, content)
    assert [int(amount) for amount in frame["amount"]] == [5000, 13000, 7000]
    assert frame["currency"].tolist() == ["SEK"] * 3
    assert originals(frame)[1] == (12.34, "USD")
    assert "guess.currency_home" in {note.code for note in source.notes}


def test_amounts_that_are_always_the_same_are_not_of_another_currency(tmp_path: Path) -> None:
    """The amount of an account beside its debits and credits would be lost as a foreign one."""
    content = (
        "Date;Text;Debit;Credit;Amount;Currency\n2025-02-03;KIWI;50.00;;-50.00;EUR\n"
        "2025-02-05;ALIEXPRESS;12.34;;-12.34;EUR\n2025-02-06;WAGES;;70.00;70.00;EUR\n;;;;;\n"
    )
    frame, _ = read(tmp_path, content)
    assert originals(frame) == [None] * 3
    assert [int(amount) for amount in frame["amount"]] == [5000, 1234, -7000]


@pytest.mark.parametrize(
    ("cell", "code"),
    [("Amount (RM)", "MYR"), ("Amount (Rp)", "IDR"), ("Amount (Kč)", "CZK"), ("Amount (zł)", "PLN"),
     ("Amount (Ft)", "HUF"), ("Amount (lei)", "RON"), ("Amount (TL)", "TRY"), ("GEL", "GEL")],
)  # fmt: skip
def test_a_header_cell_names_the_currency_by_its_mark(cell: str, code: str, tmp_path: Path) -> None:
    """Nothing else in the file may say in which currency it is."""
    content = f"Date;Text;{cell}\n2025-02-03;KIWI;50,00\n2025-02-05;ALIEXPRESS;12,34\n"
    assert read(tmp_path, content)[0]["currency"].tolist() == [code] * 2


@pytest.mark.parametrize("cell", ["Amount (kr)", "Amount (Form)", "Amount (Rs)"])
def test_marks_of_several_currencies_name_none(cell: str, tmp_path: Path) -> None:
    """A confident wrong currency is worse than none."""
    content = f"Date;Text;{cell}\n2025-02-03;KIWI;50,00\n2025-02-05;ALIEXPRESS;12,34\n"
    assert read(tmp_path, content)[0]["currency"].isna().all()


def test_forints_show_no_decimal_sign_and_dollars_do(tmp_path: Path) -> None:
    """The dollars would be a hundred times too many, or not be read."""
    content = (
        "Dátum;Leírás;Eredeti összeg;Eredeti pénznem;Összeg (Ft)\n"
        "2025.02.03.;SPAR;-9644;HUF;-9 644\n"
        "2025.02.05.;ALIEXPRESS;-18,80;USD;-6 881\n2025.02.06.;ALDI;-238;HUF;-238\n"
    )
    assert originals(read(tmp_path, content)[0])[1] == (18.8, "USD")


NOTES = [
    "現地通貨額 12.34 USD 換算レート 149.912 換算日 05/15",
    "(現地利用額 12.34 USD 換算レート 149.912円)",
    "現地利用額 12.34米ドル",
    "Betrag in Fremdwährung 12,34 US-Dollar Umrechnungskurs 149,912",
    "12.34 US Dollars at 149.912",
    "12,34 USD 1 USD = 149,912 JPY",
    "USD 12.34 @ 149.912",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_line_below_a_row_tells_its_original_amount(note: str, tmp_path: Path) -> None:
    """The line would be reported as lost, and the dollars not be known."""
    content = (
        "利用日;利用先;利用金額\n2025/05/13;BOOKS;5825\n2025/05/13;ALIEXPRESS;1850\n"
        f";{note};\n2025/05/17;SPAR;2677\n"
    )
    frame, source = read(tmp_path, content)
    assert originals(frame) == [None, (12.34, "USD"), None]
    assert not source.rejected


@pytest.mark.parametrize("line", ["ALIEXPRESS 12.34 USD", "NETFLIX.COM USD 15.99"])
def test_a_shop_alone_on_a_line_is_reported(line: str, tmp_path: Path) -> None:
    """A row that lost its cells would be passed over as a note on another."""
    content = (
        "利用日;利用先;利用金額\n2025/05/13;BOOKS;5825\n2025/05/13;ALIEXPRESS;1850\n"
        f";{line};\n2025/05/17;SPAR;2677\n"
    )
    assert [row.line for row in read(tmp_path, content)[1].rejected] == [4]


@pytest.mark.parametrize(
    "column",
    [
        "海外利用（現地通貨額／通貨／レート）;12.34／USD／149.912",
        "Information;12.34 USD TAUX 149.912",
    ],
)
def test_a_column_of_notes_on_purchases_abroad_is_read(column: str, tmp_path: Path) -> None:
    """The dollars stand in a column that may be called anything."""
    name, text = column.split(";")
    content = (
        f"利用日;利用先;利用金額;{name}\n2025/05/13;BOOKS;5825;\n2025/05/13;ALIEXPRESS;1850;{text}\n"
        "2025/05/17;SPAR;2677;\n"
    )
    assert originals(read(tmp_path, content)[0])[1] == (12.34, "USD")


def test_a_header_of_two_rows_is_one(tmp_path: Path) -> None:
    """Amount, currency and rate abroad stand under one heading, in cells of their own."""
    content = (
        "ご利用明細,,,,,,\nご利用日,ご利用先,ご利用金額,海外ご利用の場合,,,備考\n,,(円),現地金額,通貨,レート,\n"
        '2025/05/08,BOOKS,"1,420",,,,\n2025/05/13,ALIEXPRESS,"1,850",12.34,USD,149.912,\n'
        '2025/05/27,SPAR,"8,453",,,,\n'
    )
    frame, source = read(tmp_path, content)
    assert originals(frame)[1] == (12.34, "USD")
    assert not source.rejected


def test_a_first_row_with_a_word_of_headers_is_no_header(tmp_path: Path) -> None:
    """The column of shops would be called a balance, and be lost."""
    content = (
        "Date,Description,Amount,Card\n,Balance,,\n2025-02-03,KIWI,50.00,1\n"
        "2025-02-05,ALIEXPRESS,12.34,1\n"
    )
    assert read(tmp_path, content)[0]["description"].tolist() == ["KIWI", "ALIEXPRESS"]


def test_a_heading_tells_which_amount_was_billed(tmp_path: Path) -> None:
    """12.34 dollars would be billed as such to an account in euros."""
    content = (
        "Date;Text;Amount;Currency;Billed\n2025-02-03;KIWI;5.00;EUR;5.00\n"
        "2025-02-05;ALIEXPRESS;12.34;USD;11.00\n2025-02-06;BOOKS;7.00;EUR;7.00\n"
    )
    frame, _ = read(tmp_path, content)
    assert [int(amount) for amount in frame["amount"]] == [500, 1100, 700]
    assert frame["currency"].tolist() == ["EUR"] * 3
    assert originals(frame)[1] == (12.34, "USD")
