"""Damaged and hostile files: a clean error or a reading that accounts for every line."""

import io
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from benchmarks import monsters, mutations
from benchmarks.hostile import SilentError, account_for
from reading import read_file

from reconcile import files, layout, orders
from reconcile.errors import InputError, ReconcileError
from reconcile.intake import expand
from reconcile.ledger import Source
from reconcile.readers import html, read_frame, read_path, text

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_statements"
HEAD = "Date,Description,Amount,Currency\n"
ROWS = [f"2025-03-{day:02},SHOP {day},{day}.50,USD\n" for day in range(1, 12)]
# Those that are quick to make and to read; `python -m benchmarks.hostile` tries all.
QUICK = {
    "no ordinary files": range(len(monsters.ALL["no ordinary files"])),
    "hostile names": range(len(monsters.ALL["hostile names"])),
    "entity bombs and entities from outside": range(9),
    "bombs in ZIP and XLSX": (3, 6, 7, 8, 9, 10),
    "100,000 columns": (0, 1, 2),
    "lines of 10 MB": (1, 5),
    "deep nesting": (6, 7, 8),
}


@pytest.mark.parametrize(
    "name",
    ["rakuten/enavi202607(4321).csv", "amex-us/activity.csv", "plain/gbp-card-debit-credit.csv",
     "ofx/eur-card-sgml.ofx", "smbc/202604.csv",
     "max/transaction-details_export_1746090000000.xlsx"],
)  # fmt: skip
def test_damaged_statements(name: str, tmp_path: Path) -> None:
    """A damaged download would end in a traceback, or with rows lost and not a word."""
    data = (SAMPLES / name).read_bytes()
    path = tmp_path / Path(name).name
    tried = read = 0
    for recipe in mutations.recipes(name, data, 0.01):
        if recipe.kind == "cut off" and recipe.number % 12:
            continue
        path.write_bytes(mutations.apply(recipe, data))
        tried += 1
        try:
            found = read_path(path, layout.shipped())
        except ReconcileError:
            continue
        read += 1
        for frame, source in found:
            account_for(path, frame, source, None)
    assert tried > 8
    assert 0 < read < tried


@pytest.mark.parametrize("name", ["statement.csv", "statement.ofx"])
@pytest.mark.parametrize("body", ["Session expired", "<table></table>"])
def test_a_login_page_is_said_to_be_one(body: str, name: str, tmp_path: Path) -> None:
    """Who was logged out would be told to describe the columns of a login page."""
    path = tmp_path / name
    path.write_text(f"<!DOCTYPE html>\n<html><body>{body}, 1, 2</body></html>\n", "utf-8")
    with pytest.raises(InputError) as told:
        read_path(path, layout.shipped())
    assert told.value.code == "web_page"


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_names_in_an_archive_packed_in_japan_are_legible(encoding: str, tmp_path: Path) -> None:
    """The user could not tell which statement of an archive a message is about."""
    path = tmp_path / "statements.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xxxx.csv", HEAD + ROWS[0])
    packed = "明細".encode("cp932") if encoding == "cp932" else "é¥".encode()
    assert len(packed) == 4
    # Written without the mark of UTF-8, as the file manager of Windows does.
    path.write_bytes(path.read_bytes().replace(b"xxxx.csv", packed + b".csv"))
    found = read_path(path, layout.shipped())
    assert found[0][1].file == f"statements.zip!{packed.decode(encoding)}.csv"


def test_a_folder_that_may_not_be_read_is_not_called_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user would look for statements that are there, and not at the folder's permissions."""

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(Path, "rglob", lambda *_: iter(()))
    with pytest.raises(InputError) as told:
        expand([tmp_path])
    assert (told.value.code, told.value.params["detail"]) == ("unreadable", "Permission denied")


@pytest.mark.parametrize(
    ("before", "lines", "lost"),
    [
        # A quote on the line before opens the record, which still holds its own row alone.
        ('"x\n', [2], False),
        # The record holds two rows and gives one.
        ("", [2], True),
    ],
)
def test_a_swallowed_row_is_noticed(
    before: str, lines: list[int], lost: bool, tmp_path: Path
) -> None:
    """A row inside another's record would be lost, and the count of lost rows say none."""
    rows = ["2026-01-02,A,100", "2026-01-03,B,100"]
    path = tmp_path / "f.csv"
    path.write_text(f"day,shop,sum\n{before}" + "\n".join(rows[: 1 if before else 2]) + "\n")
    count = path.read_text().count("\n")
    frame = pd.DataFrame({"line": lines, "amount": [100]})
    source = Source(path.name, "", "test", "utf-8", rows=1, lines={"all": count})
    whole = dict.fromkeys(rows, ("test", 100))
    if lost:
        with pytest.raises(SilentError):
            account_for(path, frame, source, whole)
    else:
        account_for(path, frame, source, whole)


@pytest.mark.parametrize("name", ["orders.csv", "orders/orders-extension.csv"])
def test_damaged_orders(name: str, tmp_path: Path) -> None:
    """A damaged order list would end in a traceback."""
    data = (SAMPLES / name).read_bytes()
    path = tmp_path / "orders.csv"
    outcomes = set()
    for recipe in mutations.recipes(name, data, 0.01):
        if recipe.kind == "cut off" and recipe.number % 12:
            continue
        path.write_bytes(mutations.apply(recipe, data))
        try:
            orders.read(path)
            outcomes.add("read")
        except ReconcileError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind, numbers in QUICK.items() for number in numbers]
)
def test_monsters(kind: str, number: int, tmp_path: Path) -> None:
    """A pipe would hang the command, a bomb eat the memory, a strange name break the report."""
    path = monsters.ALL[kind][number](tmp_path)
    try:
        found = read_path(path, layout.shipped())
    except ReconcileError:
        return
    for frame, source in found:
        account_for(path, frame, source, None)
        assert len(frame)


def test_pipes_and_devices_are_told(tmp_path: Path) -> None:
    """A named pipe would make the command wait for ever without a word."""
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero"), tmp_path):
        with pytest.raises(InputError) as told:
            files.load(path)
        assert told.value.code == "not_a_file"


def test_a_hidden_row_above_the_header_is_told(tmp_path: Path) -> None:
    """Rows of a statement sorted by hand, header and all, would vanish without a word."""
    path = tmp_path / "a.csv"
    path.write_text(ROWS[0] + ROWS[1] + HEAD + "".join(ROWS[2:]), "utf-8")
    frame, source = read_file(path)
    assert frame["line"].tolist() == list(range(4, 13))
    assert [(bad.line, bad.reason.code) for bad in source.rejected] == [
        (1, "reason.above_header"), (2, "reason.above_header"),
    ]  # fmt: skip


def test_a_stray_quote_swallows_no_rows(tmp_path: Path) -> None:
    """Two shops with a quotation mark in their names would swallow all purchases between them."""
    path = tmp_path / "a.csv"
    rows = [*ROWS]
    rows[2] = rows[2].replace("SHOP 3", '"SHOP 3')
    rows[6] = rows[6].replace("SHOP 7", 'SHOP 7"')
    path.write_text(HEAD + "".join(rows), "utf-8")
    frame, source = read_file(path)
    assert [(bad.line, bad.reason.code) for bad in source.rejected] == [(4, "reason.quote")]
    assert len(frame) == len(ROWS) - 5
    assert sum(source.lines.values()) == len(ROWS) + 1


def test_notes_over_several_lines_stay_one_record(tmp_path: Path) -> None:
    """A memo with line breaks would be taken for a stray quotation mark and be rejected."""
    path = tmp_path / "a.csv"
    path.write_text(HEAD + "".join(ROWS) + '2025-03-20,"A, B\nC, D\nE",4.00,USD\n', "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    assert frame["description"].iloc[-1] == "A, B C, D E"


def test_two_statements_joined_are_both_read(tmp_path: Path) -> None:
    """Of monthly files joined with `cat` only the first month would be read."""
    data = (SAMPLES / "aeon" / "meisai202605.csv").read_bytes()
    for name, content in (("one.csv", data), ("two.csv", data + data)):
        (tmp_path / name).write_bytes(content)
    one, two = (read_file(tmp_path / name)[0] for name in ("one.csv", "two.csv"))
    assert len(two) == 2 * len(one)


@pytest.mark.parametrize("lines", [0, 200_000])
def test_endless_lines_are_refused_with_their_number(lines: int) -> None:
    """A file of one endless line would keep the command busy for hours."""
    cells = "," * HEAD.count(",")
    with pytest.raises(InputError) as told:
        text.table(HEAD + "x" * 300_000 + cells + "\n" + f"{cells}\n" * lines, ",", file="a.csv")
    assert (told.value.code, told.value.params["line"]) == ("line_too_long", 2)


def test_pages_are_read_in_one_pass() -> None:
    """A saved page with broken tags would be misread, or keep the command busy for hours."""
    page = (
        "<table><!-- <tr><td>no</td></tr> --><tr><th colspan='2'>A &lt; B<br>C<th>D"
        "<tr><td>1 < 2</td><td><script>if (a<b) </script>x<td>&amp;amp;</table>" + "<!" * 100_000
    )
    assert html.tables(page) == "A < B C,,D\n1 < 2,x,&amp;\n"


def test_a_packed_file_longer_than_it_says(tmp_path: Path) -> None:
    """A ZIP file whose content is damaged would end in a traceback."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", HEAD + "".join(ROWS) * 50)
    data = bytearray(out.getvalue())
    for at in range(60, 160):
        data[at] ^= 0x5A
    (tmp_path / "a.zip").write_bytes(bytes(data))
    with pytest.raises(InputError) as told:
        read_path(tmp_path / "a.zip", layout.shipped())
    assert told.value.code == "zip_damaged"


@pytest.mark.parametrize("end", ['"^', "", "x^"])
def test_qif_records_run_together_are_told_apart(end: str, tmp_path: Path) -> None:
    """Of two purchases of which the mark between them is damaged, one would vanish."""
    path = tmp_path / "a.qif"
    rows = [
        "!Type:CCard",
        "D04/03/2026",
        "PONE",
        "T-2.00",
        end,
        "D25/01/2026",
        "PTWO",
        "T-3.00",
        "^",
    ]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [200, 300]
    assert source.rejected == []
    path.write_text("\n".join(row for row in rows if row != "D25/01/2026") + "\n", "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [200]
    assert len(source.rejected) == 1


def test_a_header_with_money_twice_is_not_the_known_one(tmp_path: Path) -> None:
    """With a column inserted, balances would be read as refunds, and nothing would say so."""
    path = tmp_path / "a.csv"
    head = '"日付","内容","出金金額(円)",{}"入金金額(円)","残高(円)","メモ"\n'
    row = '"2026/03/24","デビット　ALIEXPRESS.COM　返品",,"2,491","97,022","-"\n'
    for inserted, name in (("", "sbi-bank"), ('"出金金額(円)",', None)):
        path.write_text(head.format(inserted) + row * 3, "cp932")
        try:
            source = read_file(path)[1]
        except InputError:
            assert name is None
            continue
        assert (source.layout == "sbi-bank") == (name is not None)


_BANK = "Date,Description,Debit,Credit,Balance\n"
_MOVED = [
    ("2025-02-01,SHOP,,9.00,100.00", "2025-02-01,SHOP,9.00,100.00", "a cell lost"),
    ("2025-02-01,SHOP,9.00,,100.00", "2025-02-01,SHOP,9.00,9.00,,100.00", "a cell doubled"),
]


@pytest.mark.parametrize(("good", "bad"), [case[:2] for case in _MOVED], ids=[c[2] for c in _MOVED])
def test_a_row_whose_cells_moved_is_told(good: str, bad: str, tmp_path: Path) -> None:
    """A refund that lost an empty cell would be read as a charge, and nothing would say so."""
    path = tmp_path / "a.csv"
    rows = [f"2025-03-{day:02},SHOP {day},{day}.50,,90.00\n" for day in range(1, 9)]
    for line, read in ((good, 9), (bad, 8)):
        path.write_text(_BANK + "".join(rows) + f"{line}\n", "utf-8")
        frame, source = read_file(path)
        assert len(frame) == read
        assert [bad.line for bad in source.rejected] == [10] * (9 - read)
    assert source.rejected[0].reason.code == "reason.cells"


_CARD = "Date,Description,Amount,Category,Memo"
_PLAIN = [f"2025-03-{day:02},SHOP {day},-{day}.50,Food," for day in range(1, 11)]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        pytest.param(
            _CARD, [row.rstrip(",") + ",lunch" * (n % 3) for n, row in enumerate(_PLAIN)],
            id="empty cells left out, and bare commas in the memo",
        ),
        pytest.param(_CARD, [row[:-1] for row in _PLAIN], id="the memo left out in all rows"),
        pytest.param(_CARD, [*[row[:-1] for row in _PLAIN], "2025-03-12,SHOP,-9.00,Food,x"],
                     id="the memo left out in all rows but one"),
        pytest.param(_CARD, [row + "," * (n < 4) for n, row in enumerate(_PLAIN)],
                     id="a comma behind some rows"),
        pytest.param(_CARD, [*[row + "," for row in _PLAIN], "2025-03-12,SHOP,-9.00,Food,x"],
                     id="a comma behind all rows but one"),
        pytest.param("Date,Amount,Description",
                     [f"2025-03-{d:02},-{d}.50,SHOP{', CA' * (d % 2)}" for d in range(1, 9)],
                     id="bare commas in the last column"),
        pytest.param("Date,Description,Amount", [f"2025-03-{d:02},SHOP,-{d}.50,note {d}"
                     for d in range(1, 9)], id="a column without a name"),
    ],
)  # fmt: skip
def test_harmless_widths_lose_no_row(header: str, rows: list[str], tmp_path: Path) -> None:
    """Of a bank that ends its rows as it likes, good rows would be thrown away."""
    path = tmp_path / "a.csv"
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    frame, source = read_file(path)
    assert source.rejected == []
    assert len(frame) == len(rows)


_MISNAMED = """
name = "own"
title = "Own"
currency = "USD"
[recognise]
header = ["Day", "Booked", "Text", "Paid"]
[values]
date = ["%Y-%m-%d"]
[columns]
transaction_date = "Day"
posted_date = "Booked"
description = "Text"
amount = "Paid"
account = "Number"
original_amount = "Original"
original_currency = "Currency"
balance = "Balance"
"""
_NAMES = ["Day", "Booked", "Text", "Holder", "Number", "Paid", "Original", "Currency", "Balance",
          "Note"]  # fmt: skip
_CELLS = [
    f"2025-03-{day:02},2025-03-{day:02},SHOP {day},MARIA MUSTER,-31009,{day}.50,{abroad},90.00,"
    for day, abroad in ((1, ","), (2, "8.10,EUR"), (3, ","))
]


def _own(header: list[str], rows: list[str], tmp_path: Path) -> tuple[int, list[str]]:
    """How many rows of a file in the layout above are read, and why others are not."""
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join(header), *rows, ""]), "utf-8")
    frame, source = read_file(path, [layout.parse(_MISNAMED, "own.toml")])
    assert source.layout == "own"
    return len(frame), [bad.reason.code for bad in source.rejected]


@pytest.mark.parametrize("lost", ["Holder", "Number", "Original"])
def test_a_header_that_lost_a_name_is_told(lost: str, tmp_path: Path) -> None:
    """Card numbers or other columns would be read as amounts, as the rows' last cell is empty."""
    assert _own(_NAMES, _CELLS, tmp_path) == (3, [])
    header = [name for name in _NAMES if name != lost]
    assert _own(header, _CELLS, tmp_path) == (0, ["reason.cells"] * 3)


def test_a_header_that_gained_a_name_is_told(tmp_path: Path) -> None:
    """A column's neighbour would be read for it, whatever the header's first sign is."""
    for at, name in ((3, "Else"), (5, "Else"), (1, '\ufeff"Day"')):
        read, reasons = _own([*_NAMES[:at], name, *_NAMES[at:]], _CELLS, tmp_path)
        assert read == 0
        assert len(reasons) == 3
        assert "reason.cells" in reasons


def test_names_above_the_right_columns_lose_no_row(tmp_path: Path) -> None:
    """Of a bank that ends rows as it likes, a few odd cells would have all rows thrown away."""
    odd = _CELLS[1].replace("EUR", "?").replace("90.00", "n/a")
    rows = [*_CELLS, odd]
    for header in (_NAMES, [*_NAMES, ""]):
        for end in ("", ",", ",,"):
            assert _own(header, [row + end for row in rows], tmp_path) == (4, [])
    assert _own(_NAMES, [row[:-1] for row in rows], tmp_path) == (4, [])


def test_rows_of_other_tables_are_judged_by_no_header(tmp_path: Path) -> None:
    """A balance without the empty cells behind it would be a rejected line, not a balance."""
    path = tmp_path / "a.csv"
    last = "2025-03-31,Closing balance,44.50"
    path.write_text("\n".join([_CARD, *_PLAIN, last, ""]), "utf-8")
    _, source = read_file(path)
    assert source.rejected == []
    assert source.lines["balance"] == 1


def test_a_comma_in_a_frame_parts_no_cells() -> None:
    """Every row of a DataFrame whose shops have commas in their names would be rejected."""
    frame = pd.DataFrame(
        {
            "Date": [f"2025-03-{day:02}" for day in range(1, 9)],
            "Description": "ALIEXPRESS, SINGAPORE", "Amount": 12, "Currency": "JPY",
        }
    )  # fmt: skip
    rows, source = read_frame(frame, layout.shipped())
    assert len(rows) == 8
    assert source.rejected == []


@pytest.mark.parametrize(
    ("header", "good", "bad"),
    [
        ("Date,Description,Debit,Credit,Balance,Memo", "2025-03-{0:02},SHOP,{0}.50,,90.00,a",
         "2025-03-21,REFUND,9.00,100.00,x"),
        ("Date,Debit,Credit,Balance,Description", "2025-03-{0:02},{0}.50,,90.00,SHOP",
         "2025-03-23,9.00,9.00,,90.00,SHOP"),
        ("Date,Description,Amount", "2025-03-{0:02},SHOP,-{0}.50", "2025-03-21,SHOP,-1,200.50"),
    ],
)  # fmt: skip
def test_a_row_unlike_all_others_is_told(header: str, good: str, bad: str, tmp_path: Path) -> None:
    """A cell lost before a memo, or doubled, would make a charge of a refund."""
    path = tmp_path / "a.csv"
    rows = [good.format(day) for day in range(1, 9)]
    path.write_text("\n".join([header, *rows, bad, ""]), "utf-8")
    frame, source = read_file(path)
    assert len(frame) == 8
    assert [one.line for one in source.rejected] == [10]


def test_a_header_that_lost_or_doubled_a_cell_names_no_column(tmp_path: Path) -> None:
    """With a column's name doubled, balances would be read as what was paid."""
    path = tmp_path / "statement-transactions-2024-04-01.csv"
    head = '"date",{}"transaction","description","amount","balance"\n'
    rows = [f'"2024-04-{day:02}","SPEND","Shop","-{day}.34","5123.45"\n' for day in range(1, 8)]
    for twice, read in (("", 7), ('"date",', 0)):
        path.write_text(head.format(twice) + "".join(rows), "utf-8")
        frame, source = read_file(path)
        assert (source.layout, len(frame), len(source.rejected)) == ("wealthsimple", read, 7 - read)


@pytest.mark.parametrize("ends", [(",", ""), ("", ","), ("", "")])
def test_delimiters_at_the_end_move_nothing(ends: tuple[str, str], tmp_path: Path) -> None:
    """A bank that ends its rows or its header with a delimiter would have all rows rejected."""
    path = tmp_path / "a.csv"
    head, row = (
        text.rstrip("\n") + end + "\n" for text, end in zip((HEAD, "{}"), ends, strict=True)
    )
    path.write_text(head + "".join(row.format(one.strip()) for one in ROWS), "utf-8")
    frame, source = read_file(path)
    assert (len(frame), source.rejected) == (len(ROWS), [])


def test_cells_left_out_at_the_end_move_nothing(tmp_path: Path) -> None:
    """A statement saved by a spreadsheet, which leaves empty cells out, would be rejected."""
    path = tmp_path / "a.csv"
    short = [row.rsplit(",", 1)[0] + "\n" for row in ROWS[2:]]
    full = [row.rsplit(",", 1)[0] + ",\n" for row in ROWS[:2]]
    path.write_text(HEAD.replace("Currency", "Memo") + "".join(full + short), "utf-8")
    frame, source = read_file(path)
    assert (len(frame), source.rejected) == (len(ROWS), [])


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(['"', '2025-03-02,SHOP,-7.00,"x"'], id="a quote alone on a line"),
        pytest.param(['2025-03-02,SHOP,-7.00,"a', '2025-03-03,SHOP,-8.00,b', 'c"'],
                     id="a quote that closes two rows later"),
        pytest.param(['2025-03-02,SHOP,-7.00,"a', '2025-03-03,"1,000.00 USD",-8.00,b"'],
                     id="a quote beside a quoted comma"),
    ],
)  # fmt: skip
def test_a_row_inside_a_stray_quote_is_told(rows: list[str], tmp_path: Path) -> None:
    """A row that a stray quote swallowed would be part of another row's memo, and never be seen."""
    path = tmp_path / "a.csv"
    good = [f"2025-03-{day:02},SHOP,-{day}.00,lunch" for day in range(10, 18)]
    text_ = ["Date,Description,Amount,Memo", *good, *rows, *good, ""]
    path.write_text("\n".join(text_), "utf-8")
    frame, source = read_file(path)
    assert "reason.quote" in {one.reason.code for one in source.rejected}
    assert not {-700, -800, 700, 800} & set(frame["amount"])
