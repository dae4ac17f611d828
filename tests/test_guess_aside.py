"""What stands above and below the rows of a statement that no layout knows."""

from pathlib import Path

import pytest
from reading import read_file

ROWS = (
    "X1,2026-10-25,Salary Payment,52000.00,,56487.00\n"
    "X2,2026-10-17,Reversal ALIEXPRESS.COM,2940.00,,4487.00\n"
    "X3,2026-10-05,Customer Transfer,,-13.00,1547.00\n"
    "X4,2026-10-03,Pay Merchant ALIEXPRESS.COM,,-2940.00,1560.00\n"
    "X5,2026-10-01,Pay Bill,,-500.00,4500.00\n"
)
TOLD = "STATEMENT,,,,,\nCustomer Name:,JANE W,,,,\nMobile Number:,0712345678,,,,\n"
TOLD += "Period:,01/10/2026,,,,\n,,,,,\nNo.,Completed at,What,Paid In,Withdrawn,Left\n"
LEGAL = (
    '\n"The data and information in this file is provided to you, solely for your own use."\n'
    '"It is for informational purposes only and is not intended to provide any advice, nor"\n'
    "\n\nLegends :\nDate downloaded 11/01/2026 10:28 am\n"
)


def read(folder: Path, content: str) -> tuple[int, dict[str, int], list[int]]:
    """How many transactions a file with this content has, its lines by role, those not used."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    frame, source = read_file(path)
    return len(frame), source.lines, [line.line for line in source.rejected]


@pytest.mark.parametrize("legal", ["", LEGAL])
def test_names_and_legal_notes_around_the_rows_are_no_rows(legal: str, tmp_path: Path) -> None:
    """Nine lines would be reported as lost although no row is."""
    count, lines, rejected = read(tmp_path, TOLD + ROWS + legal)
    assert (count, rejected) == (5, [])
    assert lines.get("footer", 0) == (4 if legal else 0)


def test_a_sentence_below_a_known_header_is_a_footer(tmp_path: Path) -> None:
    """The report would say that a line of the statement could not be used."""
    text = "Date;Description;Amount\n2026-10-03;ALIEXPRESS;-5.00\n2026-10-17;BOB;-7.00\n"
    text += '"This document is for information only and is no proof of bookkeeping";;\n'
    assert read(tmp_path, text) == (2, {"footer": 1, "header": 1, "transaction": 2}, [])


@pytest.mark.parametrize(
    "lost",
    [
        "X6,,Pay Bill,,-500.00,4000.00",  # no day
        "X6,2026-09-30,Pay Bill,,,",  # no amount
        "Pay Bill,,-500.00,4000.00",  # its first cells
        "Pay Merchant Online",  # all others
        "Pay Merchant Online to ALIEXPRESS.COM with the card issued in October, thank you.",
        "External payment from the banking app: J Smith",
    ],
)
def test_a_row_that_lost_cells_is_still_reported(lost: str, tmp_path: Path) -> None:
    """Money would be missing from the report, and nothing would say so."""
    for content in (TOLD + ROWS + lost + "\n" + LEGAL, TOLD + ROWS + lost):
        count, _, rejected = read(tmp_path, content)
        assert (count, rejected) == (5, [12])
    if "-500.00" in lost:
        count, _, rejected = read(tmp_path, TOLD + lost + "\n" + ROWS)
        assert (count, rejected) == (5, [7])


def test_a_row_without_its_day_below_a_known_header_is_reported(tmp_path: Path) -> None:
    """The first row of a statement would be lost without a word."""
    text = "Date;Description;Amount\n;ALIEXPRESS;\n2026-10-17;BOB;-7.00\n2026-10-18;SUE;-9.00\n"
    assert read(tmp_path, text)[::2] == (2, [2])


@pytest.mark.parametrize(
    "total",
    [
        "本期應繳總額,,1300", ",סך חיוב,1300", ",Tổng cộng,1500", "Refunds in all,,-200",
        "ご請求合計,1300,", "カード小計,,99", "Mutasi Debet,=,1500.00", ",,1300", ",=,1500.00",
    ],
)  # fmt: skip
def test_what_the_rows_come_to_is_no_row(total: str, tmp_path: Path) -> None:
    """The report would say that a line of the statement could not be used."""
    text = "Date,Description,Amount\n2026-10-03,ALIEXPRESS,1000\n2026-10-17,BOB,500\n"
    text += f"2026-10-20,ALIEXPRESS,-200\n{total}\n"
    assert read(tmp_path, text)[::2] == (3, [])


@pytest.mark.parametrize(
    "lost",
    [
        ",BOB,1301", ",ALIEXPRESS,1300", "2026-10,BOB,", "Transfer to Bob,,",
        ",Late fee charged,1300", "Late fee charged,,1500",
    ],
)  # fmt: skip
def test_what_is_no_sum_of_the_rows_is_reported(lost: str, tmp_path: Path) -> None:
    """A row that lost its day would be gone without a word."""
    text = "Date,Description,Amount\n2026-10-03,ALIEXPRESS,1000\n2026-10-17,BOB,500\n"
    text += f"2026-10-20,ALIEXPRESS,-200\n{lost}\n"
    assert read(tmp_path, text)[::2] == (3, [5])


@pytest.mark.parametrize(
    "note",
    [
        "※返品・取消は△で表示しています。,,", "** End of Statement **,,", "# 支出合计: 3 笔",
        "----------------,,\n共3笔记录,,\n导出时间:[2026-11-01 12:00:00]    用户:张三,,",
    ],
)  # fmt: skip
def test_notes_below_the_rows_are_told_by_how_they_begin(note: str, tmp_path: Path) -> None:
    """A sentence in Japanese or Chinese has no blanks between its words."""
    text = "Date,Description,Amount\n" + "2026-10-03,ALIEXPRESS,1000\n2026-10-17,BOB,500\n" * 3
    assert read(tmp_path, f"{text}{note}\n")[::2] == (6, [])


def test_a_row_that_is_not_booked_yet_is_pending(tmp_path: Path) -> None:
    """Banks of Indonesia print `PEND` for its day."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Tanggal,Keterangan,Cabang,Jumlah,,Saldo\n"
        "03/10/2026,KARTU DEBIT ALIEXPRESS,0000,150000.00,DB,850000.00\n"
        "17/10/2026,GAJI,0000,500000.00,CR,1350000.00\nPEND,TOKO,0000,15000.00,DB,\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    assert frame["status"].tolist() == ["posted", "posted", "pending"]
