"""The layout engine: what each rule makes of rows, and that every line is accounted for."""

import datetime as dt
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read_file

from reconcile import layout, text
from reconcile.combine import combine
from reconcile.errors import InputError
from reconcile.ledger import Source
from reconcile.readers import fields

BASE = """
name = "test"
title = "Test"
currency = "JPY"

[recognise]
header = ["day", "shop", "sum", "memo"]

[values]
date = ["%Y/%m/%d"]

[columns]
transaction_date = "day"
description = "shop"
amount = "sum"
memo = "memo"
"""
HEADER = "day,shop,sum,memo\n"


def read(
    tmp_path: Path, content: str | bytes, rules: str = "", *, base: str = BASE, file: str = "f.csv"
) -> tuple[pd.DataFrame, Source]:
    """Ledger rows and source of a statement read by `base` with `rules` added."""
    path = tmp_path / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, (layout.parse(base + rules, "test.toml"),), layout="test")


def days(frame: pd.DataFrame) -> list[str]:
    """Transaction dates as text."""
    return frame["transaction_date"].dt.strftime("%Y-%m-%d").tolist()


def reasons(source: Source) -> list[tuple[int | None, str]]:
    """Line and reason of each rejected row."""
    return [(bad.line, bad.reason.code) for bad in source.rejected]


def test_bad_rows_are_rejected_with_a_reason_and_the_others_used(tmp_path: Path) -> None:
    """One broken row would cost the user the whole statement, or vanish in silence."""
    frame, source = read(
        tmp_path,
        HEADER
        + "2026/01/02,A,100,\n2026/13/40,B,200,\n,C,300,\n2026/01/05,D,12x,\n2026/01/06,E,,\n"
        + "2026/01/07,F,700,\n",
    )
    assert frame["amount"].tolist() == [100, 700]
    assert reasons(source) == [
        (3, "reason.date"),
        (4, "reason.no_date"),
        (5, "reason.amount"),
        (6, "reason.no_amount"),
    ]
    for lang in text.LANGUAGES:
        assert all(text.render(bad.reason, lang) for bad in source.rejected)


def test_a_note_row_fills_the_row_above_or_below(tmp_path: Path) -> None:
    """The foreign amount printed on a row of its own would be lost or given to another charge."""
    note = """
[[rows]]
role = "note"
of = "{of}"
match = {{ description = '^fx (?P<original_amount>\\S+) (?P<original_currency>\\w+)$' }}
"""
    content = HEADER + "2026/01/02,A,150,\n,fx 1.00 USD,,\n2026/01/03,B,300,\n"
    above, _ = read(tmp_path, content, note.format(of="above"))
    below, _ = read(tmp_path, content, note.format(of="below"))
    assert above["original_amount"].fillna(0).tolist() == [100, 0]
    assert below["original_amount"].fillna(0).tolist() == [0, 100]


def test_a_note_without_a_row_to_belong_to_is_rejected(tmp_path: Path) -> None:
    """A note at the top of a file would be given to a charge it does not belong to."""
    rule = "\n[[rows]]\nrole = 'note'\nmatch = { description = '^fx (?P<memo>.*)' }\n"
    _, source = read(tmp_path, HEADER + ",fx 1 USD,,\n2026/01/03,B,300,\n", rule)
    assert reasons(source) == [(2, "reason.no_date")]


@pytest.mark.parametrize(
    ("order", "day"),
    [
        ('["above"]', "2026-01-02"),
        ('["below"]', "2026-01-09"),
        ('["statement"]', "2026-02-10"),
    ],
)
def test_an_undated_charge_takes_its_day_from_where_the_layout_says(
    tmp_path: Path, order: str, day: str
) -> None:
    """An annual fee without a date would be missing from the sum."""
    rule = (
        "\n[[rows]]\nrole = 'preamble'\nmatch = { '*' = '^paid\\|(?P<statement_date>.*?)\\|' }\n"
        f"\n[[rows]]\nrole = 'charge'\ndate = {order}\nkind = 'fee'\n"
        "match = { description = 'fee' }\n"
    )
    content = "paid,2026/02/10,,\n" + HEADER
    content += "2026/01/02,A,100,\n,fee,1000,\n2026/01/09,B,300,\n"
    frame, source = read(tmp_path, content, rule)
    assert frame["amount"].tolist() == [100, 1000, 300]
    assert frame["kind"].tolist() == ["purchase", "fee", "purchase"]
    assert days(frame)[1] == day
    assert source.lines == {"preamble": 1, "header": 1, "transaction": 3}


def test_an_undated_charge_with_no_day_to_take_is_rejected(tmp_path: Path) -> None:
    """A charge would be dated by guesswork."""
    rule = "\n[[rows]]\nrole = 'charge'\ndate = 'statement'\nmatch = { description = 'fee' }\n"
    frame, source = read(tmp_path, HEADER + ",fee,1000,\n", rule)
    assert frame.empty
    assert reasons(source) == [(2, "reason.no_date")]


YEARLESS = BASE.replace('date = ["%Y/%m/%d"]', 'date = ["%m/%d"]')


def test_days_without_a_year_take_it_from_the_statement(tmp_path: Path) -> None:
    """A December purchase on a January statement would be dated eleven months late."""
    rule = "\n[[rows]]\nrole = 'preamble'\nmatch = { '*' = '^(?P<statement_date>\\d+年\\d+月)' }\n"
    content = "2026年1月分,,,\n" + HEADER + "12/28,A,100,\n01/05,B,200,\n02/29,C,1,\n"
    frame, source = read(tmp_path, content, rule, base=YEARLESS)
    assert days(frame) == ["2025-12-28", "2026-01-05"]
    assert reasons(source) == [(5, "layout.no_year")]


def test_days_without_a_year_take_it_from_the_file_name(tmp_path: Path) -> None:
    """A statement named after its month could not be read."""
    base = YEARLESS.replace(
        'currency = "JPY"', "currency = 'JPY'\ndate_in_file_name = '(\\d{4})(\\d{2})'"
    )
    frame, _ = read(tmp_path, HEADER + "12/28,A,100,\n", base=base, file="m202601.csv")
    assert days(frame) == ["2025-12-28"]


def test_days_without_any_year_are_rejected(tmp_path: Path) -> None:
    """Rows would be dated in a made-up year."""
    frame, source = read(tmp_path, HEADER + "12/28,A,100,\n", base=YEARLESS)
    assert frame.empty
    assert reasons(source) == [(2, "layout.no_year")]


def test_one_date_format_holds_for_the_whole_file(tmp_path: Path) -> None:
    """5 March and 13 March of one file would land in different months."""
    base = BASE.replace(
        'date = ["%Y/%m/%d"]', 'date = ["%m/%d/%Y", "%d/%m/%Y"]\none_date_format = true'
    )
    frame, source = read(tmp_path, HEADER + "05/03/2026,A,1,\n13/03/2026,B,2,\n", base=base)
    assert days(frame) == ["2026-03-05", "2026-03-13"]
    assert source.notes == []
    _, source = read(tmp_path, HEADER + "05/03/2026,A,1,\n", base=base)
    assert [note.code for note in source.notes] == ["layout.date_order"]


def test_rows_below_an_end_row_are_no_transactions(tmp_path: Path) -> None:
    """A second table would count every instalment purchase twice."""
    rule = "\n[[rows]]\nrole = 'end'\nname = 'table'\nmatch = { '*' = '^plan' }\n"
    content = HEADER + "2026/01/02,A,100,\n\nplan,,,\nno,x,y,z\n2026/01/02,A,100,\n"
    frame, source = read(tmp_path, content, rule)
    assert frame["amount"].tolist() == [100]
    assert source.lines == {"header": 1, "transaction": 1, "blank": 1, "table": 3}


def test_sections_set_sign_and_kind_or_drop_their_rows(tmp_path: Path) -> None:
    """Refunds printed without a minus below a heading would count as charges."""
    rule = (
        "\n[[rows]]\nrole = 'section'\nsign = 'negative'\nkind = 'refund'\n"
        "match = { '*' = '^cancelled' }\n"
        "\n[[rows]]\nrole = 'section'\ndrop = true\nname = 'next month'\n"
        "match = { '*' = '^next' }\n"
    )
    content = HEADER + "2026/01/02,A,100,\ncancelled,,,\n2026/01/03,A,40,\n2026/01/04,A,-5,\n"
    content += "next,,,\n2026/02/03,B,70,\n"
    frame, source = read(tmp_path, content, rule)
    assert frame["amount"].tolist() == [100, -40, -5]
    assert frame["kind"].tolist() == ["purchase", "refund", "refund"]
    assert source.lines == {"header": 1, "transaction": 3, "section": 2, "next month": 1}


REPEAT = "\n[[rows]]\nrole = 'repeat'\nname = 'twice'\nmatch = { description = 'paid back' }\n"
REPEAT += "\n[[words]]\nmatch = { description = 'paid back' }\nsign = 'negative'\nkind = 'refund'\n"


def test_a_row_that_repeats_a_refund_counts_once(tmp_path: Path) -> None:
    """A refund that the issuer prints twice would count double."""
    content = HEADER + "2026/01/02,A,-100,\n2026/01/02,paid back,100,\n2026/01/02,paid back,100,\n"
    frame, source = read(tmp_path, content, REPEAT)
    assert frame["amount"].tolist() == [-100, -100]
    assert source.lines["twice"] == 1


def test_a_refund_said_only_once_is_kept(tmp_path: Path) -> None:
    """A refund that stands only as an amount paid back would be lost."""
    frame, _ = read(tmp_path, HEADER + "2026/01/02,paid back,100,\n", REPEAT)
    assert frame["amount"].tolist() == [-100]


def test_a_dated_rule_takes_transactions_out(tmp_path: Path) -> None:
    """A wallet's funding rows would count every purchase twice."""
    rule = "\n[[rows]]\nrole = 'skip'\nname = 'funding'\ndated = true\n"
    rule += "match = { description = '^card$' }\n"
    frame, source = read(tmp_path, HEADER + "2026/01/02,A,100,\n2026/01/02,card,-100,\n", rule)
    assert frame["amount"].tolist() == [100]
    assert source.lines["funding"] == 1


@pytest.mark.parametrize(
    ("over", "printed", "matches"),
    [
        ("block", (300, 12), True),
        ("block", (300, 312), False),
        ("file", (312, 312), True),
        ("holder", (300, 12), True),
        ("holder", (312, 12), False),
    ],
)
def test_printed_totals_are_check_sums(
    tmp_path: Path, over: str, printed: tuple[int, int], matches: bool
) -> None:
    """A row lost in reading would go unnoticed though the statement's own total shows it."""
    rule = (
        "\n[[rows]]\nrole = 'holder'\nmatch = { '*' = '^holder' }\n"
        f"\n[[rows]]\nrole = 'total'\nover = '{over}'\n"
        "match = { '*' = '^total\\|(?P<total>\\d+)' }\n"
    )
    content = HEADER + "holder,x,,\n2026/01/02,A,100,\n2026/01/03,B,200,\n"
    content += f"total,{printed[0]},,\nholder,y,,\n2026/01/04,C,12,\ntotal,{printed[1]},,\n"
    frame, source = read(tmp_path, content, rule)
    assert len(frame) == 3
    assert ("note.total" in [note.code for note in source.notes]) != matches


def test_words_set_kind_status_and_sign_each_once(tmp_path: Path) -> None:
    """A pending refund would lose either its status or its kind."""
    rule = "".join(
        f"\n[[words]]\nmatch = {{ memo = '{word}' }}\n{effect}\n"
        for word, effect in (
            ("pending", "status = 'pending'"),
            ("refund", "kind = 'refund'\nsign = 'negative'"),
            ("flip", "sign = 'opposite'"),
        )
    )
    content = HEADER + "2026/01/02,A,100,pending refund flip\n2026/01/03,B,50,flip\n"
    frame, _ = read(tmp_path, content, rule)
    assert frame[["amount", "kind", "status"]].to_numpy().tolist() == [
        [-100, "refund", "pending"],
        [-50, "refund", "posted"],
    ]


WIDE = BASE.replace(
    'header = ["day", "shop", "sum", "memo"]',
    "widths = [4]\nshape = { 0 = '\\d{4}/\\d\\d/\\d\\d', 2 = '-?[\\d,]*' }",
)
for _name, _at in (("day", 0), ("shop", 1), ("sum", 2), ("memo", 3)):
    WIDE = WIDE.replace(f'"{_name}"', str(_at))


def test_bare_commas_in_a_shop_and_in_an_amount_are_mended(tmp_path: Path) -> None:
    """An unquoted comma would shift the amount into another column."""
    base = WIDE.replace("[values]", "[text]\nwide_column = 1\nthousands_column = 2\n[values]")
    content = "2026/01/02,A,100,m\n2026/01/03,B, INC.,200,m\n2026/01/04,C,-1,200,m\n"
    content += "2026/01/05,D, E, F,1,234,567,m\n"
    frame, source = read(tmp_path, content, base=base)
    assert frame["amount"].tolist() == [100, 200, -1200, 1234567]
    assert frame["description"].tolist() == ["A", "B, INC.", "C", "D, E, F"]
    assert source.rejected == []


def test_cells_left_out_in_the_middle_are_put_back(tmp_path: Path) -> None:
    """A row without a foreign amount would show its currency in the wrong column."""
    base = WIDE.replace("widths = [4]", "widths = [4, 5]").replace("memo = 3", "memo = 4")
    base = base.replace("[values]", "[text]\nshort_column = 3\n[values]")
    base += "original_amount = 3\noriginal_currency = 4\n"
    frame, _ = read(tmp_path, "2026/01/02,A,150,1.00,USD\n2026/01/03,B,300,JPY\n", base=base)
    assert frame["original_amount"].fillna(0).tolist() == [100, 0]


def test_a_fee_outside_the_amount_is_added_to_it(tmp_path: Path) -> None:
    """The foreign fee of a debit card would be missing from what was paid."""
    base = BASE.replace("[values]", '[values]\nfee = "outside"') + 'fee_amount = "memo"\n'
    frame, _ = read(tmp_path, HEADER + "2026/01/02,A,100,3\n2026/01/03,A,100,0\n", base=base)
    assert frame["amount"].tolist() == [103, 100]
    assert frame["fee_amount"].fillna(-1).tolist() == [3, -1]


def test_texts_that_stand_for_an_empty_cell(tmp_path: Path) -> None:
    """A dash in the credit column would make the row unreadable."""
    base = BASE.replace("[values]", '[values]\nblank = ["-"]')
    base = base.replace('amount = "sum"', 'debit = "sum"\ncredit = "memo"')
    frame, _ = read(tmp_path, HEADER + "2026/01/02,A,100,-\n2026/01/03,A,-,40\n", base=base)
    assert frame["amount"].tolist() == [100, -40]


def test_an_amount_inside_a_text_is_used_only_where_the_column_is_blank(tmp_path: Path) -> None:
    """The foreign amount of a purchase would be taken for the price of an instalment."""
    rule = "\n[[extract]]\nfill = 'blank'\nmatch = { memo = '^(?P<amount>\\d+)' }\n"
    frame, _ = read(tmp_path, HEADER + "2026/01/02,A,100,7 USD\n2026/01/03,A,,40\n", rule)
    assert frame["amount"].tolist() == [100, 40]


def test_dates_with_spaces_and_apostrophes_and_bare_line_feeds(tmp_path: Path) -> None:
    """Rows of issuers that pad or mark their dates would be rejected."""
    content = (
        b"note one\rnote two\r"
        + HEADER.strip().encode()
        + b"\r\n 2026/01/02,A,1,\r\n'2026/01/03,B,2,\r\n"
    )
    frame, source = read(tmp_path, content)
    assert days(frame) == ["2026-01-02", "2026-01-03"]
    assert frame["line"].tolist() == [4, 5]
    assert source.lines == {"preamble": 2, "header": 1, "transaction": 2}


def test_a_record_over_several_lines_keeps_all_its_cells(tmp_path: Path) -> None:
    """Cells behind a line break inside a quoted shop name would be cut off."""
    content = HEADER + '"2026/01/02","A\nB",100,"x\ny",1,2,3,4\n2026/01/03,C,200,\n'
    frame, source = read(tmp_path, content)
    assert frame["amount"].tolist() == [100, 200]
    assert frame["line"].tolist() == [2, 5]
    assert source.lines == {"header": 1, "transaction": 4}


def test_a_header_that_repeats_is_no_bad_row(tmp_path: Path) -> None:
    """Every page's header would be reported as a row that could not be read."""
    frame, source = read(tmp_path, HEADER + "2026/01/02,A,1,\n" + HEADER + "2026/01/03,B,2,\n")
    assert len(frame) == 2
    assert source.lines == {"header": 2, "transaction": 2}


RULES = """
[[rows]]
role = "holder"
match = { "*" = '^holder' }
[[rows]]
role = "total"
match = { "*" = '^total\\|(?P<total>-?\\d+)' }
[[rows]]
role = "note"
match = { description = '^fx (?P<memo>.*)' }
[[rows]]
role = "charge"
match = { description = '^fee' }
[[rows]]
role = "repeat"
name = "twice"
match = { description = 'paid back' }
[[rows]]
role = "section"
drop = true
name = "next month"
match = { "*" = '^next' }
[[rows]]
role = "section"
sign = "negative"
match = { "*" = '^cancelled' }
[[rows]]
role = "end"
name = "table"
match = { "*" = '^end' }
"""
ROWS = st.sampled_from(
    [
        "2026/01/02,A,100,", "2026/01/03,B,-40,x", '2026/01/04,"C\nD",7,', "", ",,,", "holder,x,,",
        "total,100,,", ",fx 1.00 USD,,", ",fee,1000,", "2026/01/05,paid back,40,", "next,,,",
        "cancelled,,,", "end,,,", "2026/99/99,A,1,", "2026/01/02,A,1.5.5,", "what is this",
        "day,shop,sum,memo",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROWS, max_size=25))
def test_every_line_ends_with_exactly_one_role(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    """Lines of a statement would vanish without a word."""
    content = HEADER + "".join(row + "\n" for row in rows)
    frame, source = read(tmp_path_factory.mktemp("law"), content, RULES)
    assert sum(source.lines.values()) == content.count("\n")
    assert frame["line"].is_unique
    lost = {bad.line for bad in source.rejected}
    assert len(lost) == len(source.rejected)
    assert not lost & set(frame["line"])
    assert source.rows == len(frame) + len(lost)


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1, 60), cut=st.integers(0, 60))
def test_plain_rows_are_read_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, count: int, cut: int
) -> None:
    """A file cut in two would not give the rows of the whole."""
    rows = [f"2026/01/{1 + n % 28:02},S{n % 7},{n * 13 % 500 + 1},\n" for n in range(count)]
    folder = tmp_path_factory.mktemp("cut")
    parts = [rows[:cut], rows[cut:]]
    whole, _ = read(folder, HEADER + "".join(rows))
    amounts: list[int] = []
    for part in parts:
        amounts += read(folder, HEADER + "".join(part))[0]["amount"].tolist()
    assert whole["amount"].tolist() == amounts


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ("2026/01/02,A,100,\n2026/01/03,A,-100,\n2026/01/04,B,,30\n", [100, -100, -30]),
        ("2026/01/02,A,-100,\n2026/01/03,A,-50,\n2026/01/04,A,50,\n", [100, 50, -50]),
        ("2026/01/02,A,-100,\n2026/01/03,B,,-30\n2026/01/04,B,,-40\n", [100, -30, -40]),
    ],
)
def test_signs_in_debit_and_credit_columns(tmp_path: Path, rows: str, amounts: list[int]) -> None:
    """Money back, printed as a negative debit, would count as another charge."""
    base = BASE.replace('amount = "sum"\nmemo = "memo"', 'debit = "sum"\ncredit = "memo"')
    frame, _ = read(tmp_path, HEADER + rows, base=base)
    assert frame["amount"].tolist() == amounts


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf\r\n"])
def test_file_of_a_mark_alone_is_empty(tmp_path: Path, content: bytes) -> None:
    """An export without any content would end in a traceback."""
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    assert error.value.code == "empty"


def test_very_long_cell(tmp_path: Path) -> None:
    """One oversized cell would end in a traceback instead of a statement."""
    frame, _ = read(tmp_path, HEADER + f"2026/01/02,A,100,{'x' * 140_000}\n2026/01/03,B,5,\n")
    assert frame["amount"].tolist() == [100, 5]


@pytest.mark.parametrize("name", ["undefined", "idna"])
def test_codecs_that_decode_nothing(tmp_path: Path, name: str) -> None:
    """`--encoding undefined` would end in a traceback."""
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER.encode() + b"2026/01/02,\xe9,100," + b"x" * 80)
    with pytest.raises(InputError):
        read_file(path, (), encoding=name)


FOREIGN = "2025-03-10,ALIEXPRESS.COM,20.00\n2025-03-15,CORNER SHOP,5.10\n"


def test_guessed_files_keep_their_accounts(tmp_path: Path) -> None:
    """Refunds of one card would be linked with the charges of another."""

    def account(file: str, header: str) -> str:
        path = tmp_path / file
        path.write_text(header + FOREIGN, "utf-8")
        frame, source = read_file(path, ())
        assert source.layout == "guessed"
        return str(combine([frame], [source])["account"].unique().item())

    plain, other = "Date,Description,Amount\n", "Date,Payee,Amount\n"
    assert account("visa-1111.csv", plain) == "…1111"
    assert account("visa-1111-2025-0630.csv", plain) == "…1111"
    assert account("statement 0925.csv", plain) == account("2510 card.csv", plain)
    assert account("card-1025.csv", plain) == "…1025"
    assert account("visa-2025.csv", plain) == account("march.csv", plain)
    assert account("march.csv", plain) != account("march.csv", other)
    assert account("march.csv", plain).startswith("guessed-")


@pytest.mark.parametrize("year", ["2999", "2100", "0999"])
def test_a_year_that_no_statement_has_is_no_date(tmp_path: Path, year: str) -> None:
    """A misprinted year would stretch the days covered over centuries, and nothing be overdue."""
    path = tmp_path / "plain.csv"
    rows = f"2099-12-31,A,1.00,USD\n{year}-03-01,B,2.00,USD\n"
    path.write_text("Date,Description,Amount,Currency\n" + rows, "utf-8")
    frame, source = read_file(path, layout.load(None))
    assert frame["description"].tolist() == ["A"]
    assert [bad.reason.code for bad in source.rejected] == ["reason.date"]


@pytest.mark.parametrize(
    ("name", "account"),
    [("card-4321.csv", "…4321"), ("my #4321.csv", "…4321"), ("Card 2025.csv", "chase"),
     ("Chase9876_Activity.csv", "…9876"), ("postcard-4321.csv", "chase")],
)  # fmt: skip
def test_a_card_named_by_its_file(tmp_path: Path, name: str, account: str) -> None:
    """Two cards of one bank could not be told apart where the export prints no number."""
    path = tmp_path / name
    head = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
    path.write_text(head + "03/10/2025,03/11/2025,ALIEXPRESS.COM,Shopping,Sale,-20.00,\n", "utf-8")
    frame, source = read_file(path, layout.load(None))
    assert combine([frame], [source])["account"].tolist() == [account]


@pytest.mark.parametrize(
    ("row", "read_"),
    [
        ("2026/01/02,A,147000,1000.00,147.00", True),
        # 146.996: the rate shows two digits of three.
        ("2026/01/02,A,146996,1000.00,147.00", True),
        # 0.0068032 dollars for a yen, shown with five digits.
        ("2026/01/02,A,147000,1000.00,0.00680", True),
        # The same shown with two digits, which may be off by seven in a thousand.
        ("2026/01/02,A,148100,1000.00,0.0068", True),
        ("2026/01/02,A,150500,1000.00,0.0068", False),
        # 0.00154, shown with so few digits that nearly any amount would fit.
        ("2026/01/02,A,649400,1000.00,0.0015", False),
        ("2026/01/02,A,147900,1000.00,147.00", False),
        ("2026/01/02,A,150000,1000.00,0.00680", False),
        ("2026/01/02,A,900,1.00,1000", False),
    ],
)
def test_printed_rates_are_rounded(tmp_path: Path, row: str, read_: bool) -> None:
    """Originals would be left unread for a rate with few digits, or believed beside a wrong one."""
    base = BASE.replace('memo = "memo"', 'original_amount = "usd"\nconversion_rate = "rate"')
    base = base.replace('"memo"', '"usd", "rate"')
    frame, source = read(tmp_path, f"day,shop,sum,usd,rate\n{row}\n", base=base)
    assert (frame["original_amount"].notna().all(), not source.notes) == (read_, read_)


def test_places_are_the_same_in_all_rows_without_a_currency() -> None:
    """5.000 beside 10.015 would be a half instead of five."""
    texts = pd.Series(["10.015", "-5.000", "7.12"], dtype="str")
    nothing = pd.Series([None] * 3, dtype="str")
    value, good, places = fields.amounts(texts, nothing, ".", ",")
    assert value.tolist() == [10015, -5000, 7120]
    assert (good.all(), set(places.tolist())) == (True, {3})
    assert fields.to_places(value, places, np.full(3, 2, np.int8)).tolist() == [1001, -500, 712]


def restyled(folder: Path, rows: list[list[object]], was: bytes, now: bytes) -> Path:
    """A workbook with these rows, and in its styles another text."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / "whole.xlsx")
    path = folder / "odd.xlsx"
    with zipfile.ZipFile(folder / "whole.xlsx") as whole, zipfile.ZipFile(path, "w") as odd:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "xl/styles.xml":
                data = re.sub(was, now, data, flags=re.DOTALL)
            odd.writestr(name, data)
    return path


DATED: list[list[object]] = [
    ["Date", "Description", "Amount", "Currency"],
    [dt.date(2025, 3, 1), "ALIEXPRESS.COM", 12.5, "EUR"],
    [dt.date(2025, 3, 11), "ALIEXPRESS.COM", -12.5, "EUR"],
]


def test_a_workbook_without_styles_is_read_in_silence(tmp_path: Path) -> None:
    """A user would be shown a line of the library's code before the report."""
    path = restyled(tmp_path, DATED, rb"<cellStyles.*?</cellStyles>", b"")
    # Warnings are errors here.
    assert read_file(path)[0]["amount"].tolist() == [1250, -1250]


def test_a_workbook_with_an_empty_fill_is_read(tmp_path: Path) -> None:
    """Exports of many programs would be called damaged; the dates in it must stay dates."""
    path = restyled(tmp_path, DATED, rb"<fills.*?</fills>", b"<fills><fill/></fills>")
    frame, _ = read_file(path)
    assert frame["transaction_date"].dt.day.tolist() == [1, 11]
    assert frame["amount"].tolist() == [1250, -1250]


FORMS = {
    '[\n  {"date": "2025-03-01"}]': "JSON",
    '<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053"/>': "XML",
    ":20:STARTUMS\n:25:10020030/1234\n:28C:1/1\n:60F:C250301EUR100,00\n": "MT940",
    "{1:F01BANK}{2:I940}{4:\n:20:1\n:25:1234\n": "MT940",
}


@pytest.mark.parametrize("content", FORMS)
def test_a_form_that_is_not_read_is_named(tmp_path: Path, content: str) -> None:
    """Whoever chose another form than CSV would be asked to describe its columns."""
    path = tmp_path / "statement.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError) as caught:
        read_file(path)
    assert (caught.value.code, caught.value.params["kind"]) == ("other_form", FORMS[content])


@pytest.mark.parametrize(
    ("member", "content", "kind"),
    [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "OpenDocument"),
        ("Index/Document.iwa", "", "Numbers"),
        ("word/document.xml", "<w:document/>", "Word"),
    ],
)
def test_a_document_that_is_not_read_is_named(
    tmp_path: Path, member: str, content: str, kind: str
) -> None:
    """A spreadsheet in another program's form would be called an archive without statements."""
    path = tmp_path / "statement"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    with pytest.raises(InputError) as caught:
        read_file(path)
    assert (caught.value.code, caught.value.params["kind"]) == ("other_form", kind)
