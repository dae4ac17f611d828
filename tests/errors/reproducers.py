"""Every way in which input can be bad, each in its smallest form.

A reproducer fills an empty folder and returns the arguments of the command. What a user then reads
stands in `<name>.expected.txt`, and from there in `docs/errors.md`.
"""

import os
from collections.abc import Callable
from pathlib import Path

Reproducer = Callable[[Path], list[str]]

# A Chase export: a charge, and the refund of all of it.
HEADER = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
ROWS = (
    "03/10/2025,03/11/2025,ALIEXPRESS.COM,Shopping,Sale,-48.45,\n"
    "03/12/2025,03/13/2025,CORNER SHOP,Groceries,Sale,-5.00,\n"
    "04/02/2025,04/03/2025,ALIEXPRESS.COM,Shopping,Return,48.45,\n"
)
BAD_AMOUNT = "04/03/2025,04/04/2025,SHOP,Shopping,Sale,-12.3x4,\n"
BAD_DATE = "04/31/2025,04/31/2025,SHOP,Shopping,Sale,-12.34,\n"
_OFX = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><CREDITCARD"
    "MSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>0000000000001234</CCACCTFROM>"
    "<BANKTRANLIST>\n"
    "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250310<TRNAMT>-48.45<FITID>1<NAME>ALIEXPRESS.COM</STMTTRN>\n"
    "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20250402<TRNAMT>48.45<FITID>2<NAME>ALIEXPRESS.COM</STMTTRN>\n"
)


def _write(folder: Path, name: str, content: str | bytes) -> list[str]:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return [name]


def no_such_file(folder: Path) -> list[str]:
    """The name is mistyped."""
    return ["statment.csv"]


def no_match(folder: Path) -> list[str]:
    """No file matches the pattern."""
    return ["2025*.csv"]


def folder_without_statements(folder: Path) -> list[str]:
    """The folder holds nothing that could be a statement."""
    (folder / "statements").mkdir()
    (folder / "statements" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    return ["statements"]


def empty_file(folder: Path) -> list[str]:
    """The download broke off before the first byte."""
    return _write(folder, "statement.csv", "")


def pdf_renamed(folder: Path) -> list[str]:
    """A PDF was renamed to .csv."""
    return _write(folder, "statement.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")


def image_renamed(folder: Path) -> list[str]:
    """A screenshot was renamed to .csv."""
    return _write(folder, "statement.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


def unknown_layout(folder: Path) -> list[str]:
    """No layout fits, and the columns cannot be told."""
    return _write(
        folder, "statement.csv", "Colour,Shape,Weight\nred,round,heavy\nblue,flat,light\n"
    )


def days_without_year(folder: Path) -> list[str]:
    """The days have no year, and nothing else tells one."""
    rows = "取扱日付,お支払金額,摘要\n10月3日,4845,SHOP\n10月9日,612,SHOP\n"
    return _write(folder, "statement.csv", rows)


def other_encoding(folder: Path) -> list[str]:
    """The file is in an encoding that cannot be told: the letters shown are not those written."""
    rows = "Kada;Pardavėjas;Išleista\n01/02/2026;Šeškinės vaistinė;12\n"
    return _write(folder, "statement.csv", rows.encode("cp1257"))


def unreadable_amount(folder: Path) -> list[str]:
    """One amount cannot be read: its row is left out, the others are used."""
    return _write(folder, "statement.csv", HEADER + ROWS + BAD_AMOUNT)


def unreadable_date(folder: Path) -> list[str]:
    """One date cannot be read: its row is left out, the others are used."""
    return _write(folder, "statement.csv", HEADER + ROWS + BAD_DATE)


def no_row_readable(folder: Path) -> list[str]:
    """No row can be read at all."""
    return _write(folder, "statement.csv", HEADER + BAD_DATE)


def ofx_truncated(folder: Path) -> list[str]:
    """The OFX file ends too early: what is there is used, and the user is told."""
    return _write(folder, "statement.ofx", _OFX)


def ofx_truncated_before_the_first_row(folder: Path) -> list[str]:
    """The OFX file ends before its first complete transaction."""
    return _write(folder, "statement.ofx", _OFX.partition("<TRNAMT>")[0])


def output_not_writable(folder: Path) -> list[str]:
    """The folder of the report does not exist."""
    return [*_write(folder, "statement.csv", HEADER + ROWS), "-o", "reports/refunds.xlsx"]


def json_not_writable(folder: Path) -> list[str]:
    """The JSON file is to be written where a folder stands."""
    (folder / "refunds.json").mkdir()
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--json", "refunds.json"]


def rates_without_a_column(folder: Path) -> list[str]:
    """The rates file lacks a column."""
    _write(folder, "rates.csv", "date,base,quote\n2025-06-20,USD,JPY\n")
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--rates", "rates.csv"]


def rates_with_a_bad_line(folder: Path) -> list[str]:
    """A line of the rates file holds no rate."""
    _write(folder, "rates.csv", 'date,base,quote,rate\n2025-06-20,USD,JPY,"145,32"\n')
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--rates", "rates.csv"]


def rates_file_missing(folder: Path) -> list[str]:
    """The rates file does not exist."""
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--rates", "rates.csv"]


def orders_without_columns(folder: Path) -> list[str]:
    """The order list lacks columns."""
    _write(folder, "orders.csv", "order,price\n1,2\n")
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--orders", "orders.csv"]


def fee_not_a_number(folder: Path) -> list[str]:
    """`--fee` is no percentage."""
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--fee", "two"]


def fee_too_high(folder: Path) -> list[str]:
    """`--fee` is higher than any card's."""
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--fee", "22%"]


def as_of_not_a_date(folder: Path) -> list[str]:
    """`--as-of` is no date."""
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--as-of", "tomorrow"]


def currency_unknown(folder: Path) -> list[str]:
    """`--currency` is no ISO code."""
    return [*_write(folder, "statement.csv", HEADER + ROWS), "--currency", "yen"]


def settings_with_an_unknown_key(folder: Path) -> list[str]:
    """`reconcile.toml` holds a key that does not exist."""
    _write(folder, "reconcile.toml", 'curency = "JPY"\n')
    return _write(folder, "statement.csv", HEADER + ROWS)


def not_a_file(folder: Path) -> list[str]:
    """The statement is a pipe."""
    os.mkfifo(folder / "statement.csv")
    return ["statement.csv"]


def line_too_long(folder: Path) -> list[str]:
    """A line of the file has no end."""
    return _write(folder, "statement.csv", HEADER + ROWS + "x" * 300_000 + ",1\n")


def output_twice(folder: Path) -> list[str]:
    """Two reports are to go into one file."""
    statement = _write(folder, "statement.csv", HEADER + ROWS)
    return [*statement, "--json", "refunds.txt", "--html", "refunds.txt"]


def login_page(folder: Path) -> list[str]:
    """The bank had logged the user out and sent its login page instead."""
    return _write(folder, "statement.csv", "<!DOCTYPE html><html><body>Log in</body></html>\n")


def another_form(folder: Path) -> list[str]:
    """The bank offers several forms, and JSON was chosen."""
    return _write(folder, "statement.json", '{"account": "1234", "booked": []}\n')


def damaged_character(folder: Path) -> list[str]:
    """A byte was lost in the download: the row it belonged to is left out, the others are used."""
    shop = "03/13/2025,03/14/2025,CAFÉ ÉTÉ À CÔTÉ,Groceries,Sale,-5.00,\n".encode() * 2
    bad = b"03/14/2025,03/14/2025,CAF\xc3,Groceries,Sale,-5.00,\n"
    return _write(folder, "statement.csv", (HEADER + ROWS).encode() + shop + bad)


def cut_off(folder: Path) -> list[str]:
    """The download broke off inside a cell: the row is left out, the others are used."""
    rows = (HEADER + ROWS).replace("ALIEXPRESS.COM", '"ALIEXPRESS.COM"')
    return _write(folder, "statement.csv", rows + '04/04/2025,04/05/2025,"CORNER SH')


def mark_that_lies(folder: Path) -> list[str]:
    """The file begins as UTF-8 does and goes on as something else."""
    return _write(folder, "statement.csv", b"\xef\xbb\xbf" + "利用日,利用店名\n".encode("cp932"))


def account_not_a_name(folder: Path) -> list[str]:
    """`--account` is no account of a journal."""
    statement = _write(folder, "statement.csv", HEADER + ROWS)
    return [*statement, "--journal", "refunds.beancount", "--account", "card=visa"]


def qif_dates(folder: Path) -> list[str]:
    """The dates of a QIF file are in words that are not known."""
    return _write(folder, "statement.qif", "!Type:CCard\nDThursday\nT-48.45\nPALIEXPRESS.COM\n^\n")


def qif_of_something_else(folder: Path) -> list[str]:
    """A QIF file holds investments, and no card."""
    return _write(folder, "statement.qif", "!Type:Invst\nD01/15/2025\nNBuy\nT550.00\n^\n")


def qif_mixed(folder: Path) -> list[str]:
    """What begins like a QIF file goes on as something else."""
    return _write(folder, "statement.qif", "!Type:CCard\n" + HEADER.lower() + ROWS)


ALL: tuple[Reproducer, ...] = (
    no_such_file, no_match, folder_without_statements, empty_file, pdf_renamed, image_renamed,
    unknown_layout, other_encoding, days_without_year, unreadable_amount, unreadable_date,
    no_row_readable,
    ofx_truncated, ofx_truncated_before_the_first_row, output_not_writable, json_not_writable,
    rates_without_a_column, rates_with_a_bad_line, rates_file_missing, orders_without_columns,
    fee_not_a_number, fee_too_high, as_of_not_a_date, currency_unknown,
    settings_with_an_unknown_key, not_a_file, line_too_long, output_twice, login_page,
    another_form,
    damaged_character, cut_off, mark_that_lies, account_not_a_name,
    qif_dates, qif_of_something_else, qif_mixed,
)  # fmt: skip
