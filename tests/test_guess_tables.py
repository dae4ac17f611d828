"""Unknown statements of several tables, accounts or currencies, and of cells that fell apart."""

from pathlib import Path

import pandas as pd
import pytest
from reading import read_file


def read(folder: Path, content: str) -> pd.DataFrame:
    """The rows of a file that must be read whole, by line."""
    path = folder / "statement.csv"
    path.write_text(content, "utf-8")
    frame, source = read_file(path)
    assert source.layout == "guessed"
    assert not source.rejected
    return frame


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            "Domestic\nDate,Merchant,Amount EUR\n2025-10-02,LIDL,45.10\n2025-10-05,SHOP,4.10\n"
            "Abroad\nPurchase date,Merchant,Original amount,Currency,Amount EUR\n"
            "2025-10-02,ALIEXPRESS,60.00,USD,55.10\n2025-10-15,ALIEXPRESS,-60.00,USD,-54.10\n",
            [3, 4],
        ),
        (
            "Pending transactions\nDate,Description,Amount\n02/10/2025,ALIEXPRESS,50.00\n"
            "15/10/2025,SHOP,4.10\nPosted transactions\nDate,Posting Date,Description,Amount\n"
            "16/09/2025,17/09/2025,SHOP,14.10\n22/09/2025,23/09/2025,ALIEXPRESS,-64.10\n",
            [3, 4],
        ),
    ],
)
def test_rows_of_a_table_above_are_reported(content: str, lines: list[int], tmp_path: Path) -> None:
    """Purchases of the first of two tables would be gone as lines above the header."""
    (tmp_path / "x.csv").write_text(content, "utf-8")
    frame, source = read_file(tmp_path / "x.csv")
    assert len(frame) == 2
    assert [bad.line for bad in source.rejected] == lines
    assert {bad.reason.code for bad in source.rejected} == {"reason.above_header"}


def test_a_number_and_a_day_above_the_header_are_no_row(tmp_path: Path) -> None:
    """What a bank says of the statement would be reported as rows that were not used."""
    frame = read(
        tmp_path,
        "Statement,01/10/2025 to 31/10/2025,45.10\nDate,Description,Amount\n"
        "02/10/2025,ALIEXPRESS,50.00\n22/10/2025,ALIEXPRESS,-50.00\n",
    )
    assert frame["amount"].tolist() == [5000, -5000]


def test_a_summary_above_the_header_is_no_table(tmp_path: Path) -> None:
    """The sum of the bill would be reported as a row that was not used."""
    frame = read(
        tmp_path,
        'カード名,今回ご請求金額,お支払日\nファミマＴカード,"40,870",2026年08月03日\n\n'
        'ご利用年月日,ご利用内容/店名,ご利用金額（円）\n2026/06/04,ＡＬＩＥＸＰＲＥＳＳ,"1,860"\n'
        '2026/06/25,ＡＬＩＥＸＰＲＥＳＳ,"-1,860"\n',
    )
    assert frame["amount"].tolist() == [1860, -1860]


def test_half_an_amount_is_not_the_original_one(tmp_path: Path) -> None:
    """Each refund would be told to have been billed in another currency."""
    frame = read(
        tmp_path,
        "Date,Description,Amount (credit),Amount (debit),Amount\n29-09-2025,SHOP,,84.50,-84.50\n"
        "03-10-2025,ALIEXPRESS,,42.42,-42.42\n17-10-2025,ALIEXPRESS,42.42,,42.42\n"
        "24-10-2025,ACME SALARY,2650.00,,2650.00\n",
    )
    assert frame["original_amount"].isna().all()


HEADERS = [
    "Foreign Currency Amount,SGD Amount", "Foreign Amount,Local Currency Amount",
    "Foreign Amount,Local Amount", "Foreign Amount,Card Currency Amount",
    "Txn Amount,Amount in INR", "Foreign Amount,Domestic Amount", "Valor USD,Valor R$",
    "Fremdwährungsbetrag,EUR-Betrag", "Amount (USD),Amount (SGD)",
]  # fmt: skip


@pytest.mark.parametrize("nothing", ["", "0.00"])
@pytest.mark.parametrize("header", HEADERS)
def test_the_foreign_amount_is_not_the_billed_one(
    header: str, nothing: str, tmp_path: Path
) -> None:
    """Dollars would be told as what the card was charged, and other purchases as nothing."""
    frame = read(
        tmp_path,
        f"Transaction Date,Description,{header}\n02/10/2025,ALIEXPRESS,50.00,65.10\n"
        f"15/10/2025,SHOP,{nothing},4.10\n16/10/2025,SHOP,{nothing},14.10\n"
        "22/10/2025,ALIEXPRESS,-50.00,-64.10\n",
    )
    assert frame["amount"].tolist() == [6510, 410, 1410, -6410]
    assert frame["original_amount"].fillna(0).tolist() == [5000, 0, 0, -5000]


def test_what_is_not_billed_yet_keeps_its_original_amount(tmp_path: Path) -> None:
    """The merchant's amounts would become the bill's because one row lacks the bill's."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Description,Original Amount,Amount\n02/10/2025,ALIEXPRESS,50.00,65.10\n"
        "15/10/2025,SHOP,3.00,4.10\n16/10/2025,SHOP,10.00,\n22/10/2025,ALIEXPRESS,-50.00,-64.10\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [6510, 410, -6410]


@pytest.mark.parametrize(
    "header",
    ["Billing Amount,Transaction Amount", "Settlement Amount,Amount"],
)
def test_a_row_that_is_not_billed_changes_nothing(header: str, tmp_path: Path) -> None:
    """One declined purchase would make the merchant's amounts of a whole file the billed ones."""
    path = tmp_path / "x.csv"
    path.write_text(
        f"Date,Merchant,{header}\n2025-06-01,ALIEXPRESS,30.00,34.50\n2025-06-02,TEMU,12.00,13.80\n"
        "2025-06-09,ALIEXPRESS,-20.00,-23.00\n2025-06-10,SHEIN,,9.20\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [3000, 1200, -2000]
    assert [bad.line for bad in source.rejected] == [5]


@pytest.mark.parametrize(
    "names", ["Pesos;Dólares", "Débito en $;Débito en U$S", "Importe ARS;Importe USD"]
)
@pytest.mark.parametrize("below", ["", ";Total;46100,00;0,30\n;Saldo;46100,00;1,20\n"])
def test_a_column_for_each_currency(names: str, below: str, tmp_path: Path) -> None:
    """Dollars would be taken for money that came in, and refunds for purchases."""
    frame = read(
        tmp_path,
        f"Fecha;Descripción;{names}\n15/10/2025;MERCADO;45100,00;\n16/10/2025;ALIEXPRESS;;14,10\n"
        f"17/10/2025;KIOSCO;1000,00;0,00\n28/10/2025;ALIEXPRESS DEVOLUCION;;-14,10\n{below}",
    )
    assert frame["amount"].tolist() == [4510000, 1410, 100000, -1410]
    first = "ARS" if "ARS" in names else ""
    assert frame["currency"].astype("str").fillna("").tolist() == [first, "USD", first, "USD"]


@pytest.mark.parametrize(
    "names", ["Purchase amount ($),Refund amount (US$)", "Purchases €,Reimbursed $"]
)
def test_purchases_and_refunds_are_no_two_currencies(names: str, tmp_path: Path) -> None:
    """Refunds would be purchases in dollars."""
    path = tmp_path / "x.csv"
    path.write_text(
        f"Date,Description,{names}\n2025-06-01,ALIEXPRESS,34.50,\n2025-06-02,SHOP,12.00,\n"
        "2025-06-12,ALIEXPRESS,,34.50\n",
        "utf-8",
    )
    frame, source = read_file(path)
    back = frame["line"].eq(4)
    assert frame.loc[back, "amount"].lt(0).all()
    assert back.any() or [bad.line for bad in source.rejected] == [4]


@pytest.mark.parametrize("gap", [False, True])
def test_what_the_balance_does_not_explain_is_told_by_words(gap: bool, tmp_path: Path) -> None:
    """The first row, and one behind a gap, would be a charge though it is called a refund."""
    rows = [("SHOP A", 1655, 98345), ("SHOP B", 3402, 94943), ("SHOP C", 2409, 92534)]
    odd = ("ALIEXPRESS REFUND", 1636, 92000 if gap else 100000)
    after = [("SHOP D", 5975, 86025), ("SHOP E", 2981, 83044), ("SHOP F", 25, 83019)]
    listed = [*rows, odd, *after] if gap else [odd, *rows]
    lines = [
        f"2025-10-{day:02d},{name},{amount / 100:.2f},{total / 100:.2f}"
        for day, (name, amount, total) in enumerate(listed, 1)
    ]
    frame = read(tmp_path, "Date,Description,Amount,Balance\n" + "\n".join(lines) + "\n")
    back = frame["description"].eq("ALIEXPRESS REFUND")
    assert frame["amount"].lt(0).tolist() == back.tolist()


@pytest.mark.parametrize(
    "content",
    [
        "利用日,利用店名,利用金額\n2025/06/01,ALIEXPRESS,3450,01\n2025/06/02,LAWSON,1200,01\n"
        "2025/06/12,ALIEXPRESS,-1200,24\n",
        "Fecha,Descripción,Monto\n01/06/2025,ALIEXPRESS,34500,01\n02/06/2025,LIDER,12000,03\n"
        "13/06/2025,ALIEXPRESS,-12000,01\n",
    ],
)
def test_instalments_behind_amounts_are_no_cents(content: str, tmp_path: Path) -> None:
    """An unnamed column of instalments would be added to every amount."""
    frame = read(tmp_path, content)
    units = 10 ** frame["decimals"].astype("int64")
    assert (frame["amount"] % units).eq(0).all()


@pytest.mark.parametrize("middle", [False, True])
def test_decimal_commas_without_quotes(middle: bool, tmp_path: Path) -> None:
    """Every amount would lose its cents."""
    header = "Date,Amount,Description" if middle else "Date,Description,Amount"
    rows = [("ALIEXPRESS", "-45,90"), ("SHOP", "-1.204,05"), ("ALIEXPRESS", "45,90")]
    lines = [
        f"2025-10-{day:02d}," + ",".join((amount, name) if middle else (name, amount))
        for day, (name, amount) in enumerate(rows, 1)
    ]
    frame = read(tmp_path, "\n".join([header, *lines]) + "\n")
    assert frame["amount"].tolist() == [4590, 120405, -4590]
    assert frame["description"].tolist() == ["ALIEXPRESS", "SHOP", "ALIEXPRESS"]


def test_a_quoted_file_that_was_cut_off_is_read(tmp_path: Path) -> None:
    """A download that ended inside a quoted amount would end in a traceback."""
    path = tmp_path / "x.csv"
    path.write_text(
        'Date,Description,Amount,Running Total\n2025-10-02,ALIEXPRESS,"-45,10","100,', "utf-8"
    )
    frame, source = read_file(path)
    assert len(frame) + len(source.rejected) == 1


def test_blocks_of_several_accounts(tmp_path: Path) -> None:
    """A charge in euros would be linked with a refund in dollars on another account."""
    block = "Account: {}\nCurrency: {}\nDate,Description,Amount\n2025-10-{},ALIEXPRESS,{}\n"
    frame = read(
        tmp_path,
        block.format("12345678", "EUR", "02", "-45.10") + "\n"
        + block.format("87654321", "JPY", "03", "-5510"),
    )  # fmt: skip
    assert frame["account_key"].tolist() == ["12345678", "87654321"]
    assert frame["currency"].tolist() == ["EUR", "JPY"]
    assert frame["amount"].tolist() == [4510, 5510]
    assert frame["decimals"].tolist() == [2, 0]


def test_a_line_of_a_currency_is_not_above_the_column_of_it(tmp_path: Path) -> None:
    """Dollars of a column would be francs, because a line above the table says so."""
    block = "Account: {}\nCurrency: {}\nDate,Description,Currency,Amount\n"
    frame = read(
        tmp_path,
        block.format("11112222", "CHF") + "2025-06-01,ALIEXPRESS,USD,-34.50\n"
        "2025-06-02,COOP,CHF,-3.5\n\n" + block.format("33334444", "EUR")
        + "2025-06-05,ALIEXPRESS,EUR,-3.5\n2025-06-06,ALIEXPRESS,USD,-8.5\n",
    )  # fmt: skip
    assert frame["currency"].astype("str").tolist() == ["USD", "CHF", "EUR", "USD"]


def test_accounts_in_currencies_with_and_without_cents(tmp_path: Path) -> None:
    """Dollars would be refused because the first account is in yen; `any` is no currency."""
    block = "Account: {}\nCurrency: {}\nDate,Description,Amount\n2025-06-1{},ALIEXPRESS,{}\n"
    frame = read(
        tmp_path,
        block.format("11112222", "jpy", 0, "-3450") + "\n"
        + block.format("33334444", "usd", 1, "-44.50") + "\n"
        + block.format("55556666", "any", 2, "-1.50"),
    )  # fmt: skip
    assert frame["amount"].tolist() == [3450, 4450, 150]
    assert frame["currency"].astype("str").tolist() == ["JPY", "USD", "USD"]


def test_a_second_table_with_a_column_more_is_read_beside_the_first(tmp_path: Path) -> None:
    """All purchases at home would be passed over as lines above the header."""
    content = (
        "פירוט עסקאות\n\nתאריך רכישה,שם בית עסק,סכום עסקה,מטבע עסקה,סכום חיוב,מטבע חיוב\n"
        '05.03.26,SUPER,72.04,₪,72.04,₪\n09.03.26,PAZ,83.91,₪,83.91,₪\nסה"כ לחיוב,,,,155.95,₪\n\n'
        "תאריך רכישה,תאריך חיוב,שם בית עסק,סכום עסקה,מטבע עסקה,סכום חיוב,מטבע חיוב\n"
        "03.03.26,05.03.26,ALIEXPRESS,10.00,$,36.12,₪\n28.03.26,29.03.26,ALIEXPRESS,-10.00,$,-36.40,₪\n"
        'סה"כ לחיוב,,,,,-0.28,₪\n'
    )
    frame = read(tmp_path, content)
    assert frame["amount"].tolist() == [7204, 8391, 3612, -3640]
    assert frame["line"].tolist() == [4, 5, 9, 10]
    assert frame["posted_date"].isna().tolist() == [True, True, False, False]
    assert frame["original_currency"].astype("str").tolist()[2:] == ["USD", "USD"]


def test_a_header_on_the_first_line_may_come_again_moved(tmp_path: Path) -> None:
    """The program would break off at a file like any other."""
    content = (
        "Date,Description,Amount\n2026-01-03,ALI,25.00\n2026-01-04,TESCO,12.00\n"
        "Date,Description,Fee,Amount\n2026-01-05,SPAR,1.00,12.00\n"
    )
    frame = read(tmp_path, content)
    assert frame["description"].tolist() == ["ALI", "TESCO", "SPAR"]
    assert frame["line"].tolist() == [2, 3, 5]


def test_headers_that_move_often_are_all_followed(tmp_path: Path) -> None:
    """Rows below all but the first of them would be reported as unused."""
    home = [f"2026-01-{n:02},ALI,2{n}.00\n" for n in range(1, 6)]
    abroad = [f"2026-02-{n:02},1.00,SPAR,1{n}.00\n" for n in range(1, 6)]
    pages = "".join(["Date,Description,Amount\n", *home, "Date,Fee,Description,Amount\n", *abroad])
    frame = read(tmp_path, pages * 110)
    assert frame["description"].tolist() == (["ALI"] * 5 + ["SPAR"] * 5) * 110


def test_rows_that_begin_as_the_header_does_are_none(tmp_path: Path) -> None:
    """Each row of a kind that is called as its column would be taken for a header, and be lost."""
    content = (
        "Transaction,Date,Description,Amount\nTransaction,2026-01-03,ALI,25.00\n"
        "Transaction,2026-01-04,TESCO,12.00\n"
        "Transaction,Date,Description,Fee,Amount\nTransaction,2026-01-05,SPAR,1.00,12.00\n"
        "Transaction,2026-01-06,LIDL,1.00,13.00\n"
    )
    assert read(tmp_path, content)["description"].tolist() == ["ALI", "TESCO", "SPAR", "LIDL"]
