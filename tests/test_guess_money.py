"""Statements without a layout that print two amounts or two currencies: which one was billed."""

from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

from reconcile.ledger import Source


def read(folder: Path, content: str) -> tuple[pd.DataFrame, Source]:
    """The ledger rows of the one statement in a file with this content."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return read_file(path)


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        # Each amount has its currency; the bill's is always the same.
        (
            "תאריך,שם,סכום עסקה,מטבע עסקה,סכום חיוב,מטבע חיוב",
            "30.09.25,A,345.30,₪,345.30,₪\n03.10.25,ALIEXPRESS.COM,32.49,$,118.42,₪\n"
            "17.10.25,ALIEXPRESS.COM,-32.49,$,-117.20,₪\n",
        ),
        (
            "Datum,Text,Amount(Foreign),Foreign Type,Amount(Local),Local Type",
            "2025-09-30,A,,,345.30,ILS\n2025-10-03,ALIEXPRESS.COM,32.49,USD,118.42,ILS\n"
            "2025-10-17,ALIEXPRESS.COM,-32.49,USD,-117.20,ILS\n",
        ),
        # The header names the bill's currency, a column that of the purchase.
        (
            "Date,Payee,Amount (ILS),Currency,Foreign Amount",
            "2025-09-30,A,345.30,ILS,345.30\n2025-10-03,ALIEXPRESS.COM,118.42,USD,32.49\n"
            "2025-10-17,ALIEXPRESS.COM,-117.20,USD,-32.49\n",
        ),
        (
            "Дата i час,Деталі,Сума картки (ILS),Сума операції,Валюта",
            "30.09.2025,A,345.30,345.30,ILS\n03.10.2025,ALIEXPRESS.COM,118.42,32.49,USD\n"
            "17.10.2025,ALIEXPRESS.COM,-117.20,-32.49,USD\n",
        ),
    ],
)
def test_the_billed_amount_is_told_from_the_original(
    header: str, rows: str, tmp_path: Path
) -> None:
    """Dollars would be reconciled as if the bank had taken as many of its own currency."""
    frame, _ = read(tmp_path, f"{header}\n{rows}")
    assert frame["amount"].tolist() == [34530, 11842, -11720]
    assert set(frame["currency"]) == {"ILS"}
    assert frame["original_amount"].fillna(0).tolist() == [0, 3249, -3249]
    assert frame["original_currency"].iloc[1:].tolist() == ["USD", "USD"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("X;Y;Bonus;Z", "03/10/2025;ALIEXPRESS;0,00;-26,81\n17/10/2025;ALIEXPRESS;0,00;26,81\n"),
        (
            "Data;Descrição;Valor (em US$);Valor (em R$)",
            "03/10/2025;ALIEXPRESS;5,00;26,81\n17/10/2025;ALIEXPRESS;0;-26,81\n",
        ),
    ],
)
def test_a_column_of_zeros_is_no_amount(header: str, rows: str, tmp_path: Path) -> None:
    """Every amount would be nothing, and the shop's purchases be gone without a word."""
    frame, _ = read(tmp_path, f"{header}\n{rows}")
    assert frame["amount"].tolist() == [2681, -2681]


def test_the_amount_that_was_settled_is_taken(tmp_path: Path) -> None:
    """The amount that was only authorised may be another."""
    rows = "2026/05/06,ALIEXPRESS,1992,1955\n2026/05/08,BOOKS,700,700\n"
    frame, _ = read(tmp_path, f"利用日時,加盟店,オーソリ金額,確定金額\n{rows}")
    assert frame["amount"].tolist() == [1955, 700]


@pytest.mark.parametrize(
    "header", ["利用金額,確定金額", "オーソリ金額,確定金額", "Amount,Settled amount"]
)
@pytest.mark.parametrize(
    ("open_", "known"), [(["", ""], 1955), (["0", "0"], 1992), (["", "0"], 1992)]
)
def test_what_is_not_settled_yet_has_the_amount_asked_for(
    header: str, open_: list[str], known: int, tmp_path: Path
) -> None:
    """Purchases that are pending would be lost, or be nothing."""
    rows = "2026/01/04,ALIEXPRESS,1992,1955,確定\n2026/01/05,セブン,300,300,確定\n"
    rows += (
        f"2026/01/07,ローソン,410,{open_[0]},未確定\n2026/01/08,AliExpress,900,{open_[1]},未確定\n"
    )
    frame, source = read(tmp_path, f"利用日,利用店名,{header},状況\n{rows}")
    assert frame["amount"].tolist() == [known, 300, 410, 900]
    assert frame["status"].tolist() == ["posted", "posted", "pending", "pending"]
    assert not source.rejected


def test_dashes_stand_for_no_currency_and_no_rate(tmp_path: Path) -> None:
    """Rates of purchases abroad would be lost where most rows are of the country itself."""
    rows = "2026/05/06,A,1,-,-,-\n2026/05/07,B,2,-,-,-\n2026/05/08,ALI,1955,12.40,米ドル,157.66\n"
    frame, _ = read(tmp_path, f"ご利用日,ご利用店名,ご利用金額(円),外貨額,通貨,レート\n{rows}")
    assert frame["original_currency"].iloc[2] == "USD"
    assert frame["conversion_rate"].iloc[2] == "157.66"
    assert frame["currency"].tolist() == ["JPY"] * 3


def test_another_column_that_may_be_the_amount_is_told(tmp_path: Path) -> None:
    """Of two amounts the wrong one would be taken, and nobody would know that there are two."""
    rows = "2025-10-03,ALIEXPRESS,30.00,26.81\n2025-10-20,BOB,1.81,1.81\n"
    _, source = read(tmp_path, f"A,B,C,D\n{rows}")
    (told,) = [note for note in source.notes if note.code == "guess.two_amounts"]
    assert told.params["columns"] == ["D"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Dollars of the country that a column names, or of none that is known.
        ("Date,Payee,Country,Amount\n2026-10-03,ALI,CAN,$26.81\n2026-10-04,B,CAN,$1.81\n", "CAD"),
        ("Date,Payee,Amount\n23/10/2026,ALI,$26.81\n04/10/2026,B,$1.81\n", None),
        ("Date,Payee,Amount\n2026-10-03,EFTPOS SHOP,$26.81\n2026-10-04,B,$1.81\n", None),
        ("Date,Payee,Amount\n10/23/2026,ALI,$26.81\n10/04/2026,B,$1.81\n", "USD"),
        # A code in every amount, a word over them, a column of nothing else.
        ("Datum;Text;Betrag\n03.10.2026;ALI;-26,81 SEK\n04.10.2026;B;-1,81 SEK\n", "SEK"),
        ("Fecha;Concepto;Importe\n03/10/2026;ALI;-26,81EUR\n04/10/2026;B;-1,81EUR\n", "EUR"),
        ("Pvm;Saaja;Määrä (euro)\n3.10.2026;ALI;-26,81\n4.10.2026;B;-1,81\n", "EUR"),
        ("Tarih;Ne;Tutar(TL)\n03.10.2026;ALI;-26,81\n04.10.2026;B;-1,81\n", "TRY"),
        # Over the balance alone, in a word of the country, in a column named for the card's side.
        ("วันที่,รายการ,ถอนเงิน,ฝากเงิน,ยอดคงเหลือ (บาท)\n23/10/2026,ALI,26.81,,99.00\n", "THB"),
        ("序号,摘要,币别,交易日期,交易金额,账户余额\n1,A,人民币元,20261003,-26.81,9.00\n", "CNY"),
        ("交易时间,商户名称,金额,收/支\n2026-10-03,A,26.81,支出\n2026-10-04,B,1.81,收入\n", "CNY"),
        (
            "Date,Details,Foreign Currency Type,Amount (Foreign),Local Currency Type,Amount\n"
            "23/10/2026,ALI,USD,20.00,SGD,26.81\n24/10/2026,B,,,SGD,1.81\n",
            "SGD",
        ),
        (
            "Date,Merchant,Billing Amount,Transaction Currency\n"
            "2026-10-03,ALI,26.81,GBP\n2026-10-04,B,1.81,GBP\n",
            "GBP",
        ),
    ],
)
def test_the_currency_is_told_by_what_is_printed(
    content: str, expected: str | None, tmp_path: Path
) -> None:
    """Canadian dollars would be reckoned as American ones, or refunds stay unlinked."""
    frame, _ = read(tmp_path, content)
    found = frame["currency"].iloc[0]
    assert (None if pd.isna(found) else found) == expected
