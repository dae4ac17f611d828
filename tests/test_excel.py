"""The workbook: what is in it, and that nothing in a statement can misuse it."""

import csv
import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from fabricated import AS_OF, HOSTILE, no_cases, tables
from openpyxl import load_workbook

from reconcile import decisions, text
from reconcile.report import excel, excel_rows, excel_sheets
from reconcile.report.digest import stories
from reconcile.result import Reconciliation
from reconcile.tables import CAUSES
from reconcile.text import LANGUAGES, Message, clean

_CHART_NUMBERS = 40  # from this column on, Summary hides what its charts are drawn from


def _open(path: Path, lang: str = "en", results: bool = False, all_rows: bool = False) -> Any:
    excel.write(tables(lang), path, lang, all_rows)
    return load_workbook(path, data_only=results)


def _column(sheet: Any, code: str, lang: str = "en") -> list[Any]:
    header = text.say(code, lang)
    found = next(column for column in sheet.iter_cols() if column[0].value == header)
    return list(found[1:])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sheets_are_named_in_the_language(tmp_path: Path, lang: str) -> None:
    """A Japanese reader would find English tabs, or a tab would be missing."""
    book = _open(tmp_path / "a.xlsx", lang)
    names = (
        "summary", "todo", "refunds", "timeline", "transactions", "rates", "sources", "guide",
    )  # fmt: skip
    assert book.sheetnames == [text.say(f"sheet.{name}", lang) for name in names]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_are_sound(tmp_path: Path, lang: str) -> None:
    """Excel would offer to repair the file: two headers alike, or a table that is not its cells."""
    path = tmp_path / "a.xlsx"
    for found in (tables(lang), no_cases(lang)):
        excel.write(found, path, lang)
        seen = set()
        optional = {"Delays", "CardRates"} if len(found.cases) else set()
        for sheet in load_workbook(path):
            for table in sheet.tables.values():
                cells = sheet[table.ref]
                headers = [cell.value for cell in cells[0]]
                assert headers == [column.name for column in table.tableColumns]
                assert len(set(headers)) == len(headers)
                assert len(cells) >= 2
                assert table.displayName.isascii()
                seen.add(table.displayName)
        always = {"ToDo", "Refunds", "Months", "Transactions", "Rates", "Files", "Remarks", "Guide"}
        assert seen == always | optional


def test_text_from_a_file_is_never_a_formula(tmp_path: Path) -> None:
    """A descriptor such as =HYPERLINK(…) would run when the workbook is opened."""
    book = _open(tmp_path / "a.xlsx", all_rows=True)
    formulas = {cell.column_letter for cell in book["Refunds"][2] if cell.data_type == "f"}
    assert len(formulas) == 3
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                own = sheet.title == "Refunds" and cell.column_letter in formulas
                assert cell.data_type not in ("f", "e") or own, cell
    shown = _column(book["Transactions"], "field.description")
    for told in (HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[3], HOSTILE[6]):
        cell = next(cell for cell in shown if cell.value == told)
        assert cell.data_type == "s"
        assert cell.quotePrefix == (told[0] in "=+-@")


def test_control_characters_and_escapes_are_harmless(tmp_path: Path) -> None:
    """Excel would call the file damaged, or read _x0041_ as the letter A."""
    book = _open(tmp_path / "a.xlsx")
    values = [cell.value for cell in _column(book["Transactions"], "field.description")]
    assert "ALIEXPRESS   [31m RED txt.exe _x005F_x0041_" in values
    assert clean("a\x00b\u202ec\ud800\ufffe\n") == "a bc \n"


def test_nothing_leads_outside(tmp_path: Path) -> None:
    """Excel would warn of links to other places, or of macros."""
    _open(tmp_path / "a.xlsx")
    with ZipFile(tmp_path / "a.xlsx") as archive:
        assert not any(
            "external" in name.lower() or "vba" in name.lower() for name in archive.namelist()
        )
        for name in archive.namelist():
            assert b'TargetMode="External"' not in archive.read(name)


def test_same_tables_give_same_bytes(tmp_path: Path) -> None:
    """Two runs on the same statements would differ for no reason a user could see."""
    one, two = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    excel.write(tables(), one, "en")
    excel.write(tables(), two, "en")
    assert one.read_bytes() == two.read_bytes()
    properties = load_workbook(one).properties
    assert properties.modified == properties.created == dt.datetime.combine(AS_OF, dt.time())


def test_sums_are_live_and_hold(tmp_path: Path) -> None:
    """The shortfall would not follow a corrected number, or a preview would be empty."""
    live = _open(tmp_path / "a.xlsx")["Refunds"]
    assert all(cell.value.startswith("=") for cell in _column(live, "field.check"))
    done = load_workbook(tmp_path / "a.xlsx", data_only=True)["Refunds"]
    charged, refunded, shortfall, total, check = (
        [cell.value for cell in _column(done, f"field.{name}")]
        for name in ("charged", "refunded", "shortfall", "causes_sum", "check")
    )
    causes = [[cell.value for cell in _column(done, f"cause.{cause}")] for cause in CAUSES]
    assert check == [0] * len(charged)
    assert shortfall == pytest.approx([c - r for c, r in zip(charged, refunded, strict=True)])
    assert total == pytest.approx([sum(each) for each in zip(*causes, strict=True)])
    assert shortfall[0] == 128


def test_check_column_turns_red(tmp_path: Path) -> None:
    """A sum that no longer holds would go unnoticed."""
    sheet = _open(tmp_path / "a.xlsx")["Refunds"]
    letter = _column(sheet, "field.check")[0].column_letter
    (rules,) = sheet.conditional_formatting
    assert str(rules.sqref) == f"{letter}2:{letter}9"
    assert rules.rules[0].operator == "notEqual"
    assert rules.rules[0].dxf.fill.bgColor.rgb == "FFB23A00"


@pytest.mark.parametrize(("lang", "yen"), [("en", '"¥"#,##0'), ("ja", '#,##0"円"')])
def test_amounts_are_numbers_in_their_currency(tmp_path: Path, lang: str, yen: str) -> None:
    """Amounts could not be summed, or yen would show cents."""
    book = _open(tmp_path / "a.xlsx", lang)
    cells = _column(book[text.say("sheet.refunds", lang)], "field.charged", lang)
    assert {cell.number_format for cell in cells} == {yen, '"$"#,##0.00'}
    assert [cell.value for cell in cells[:3]] == [4845, 12980, 54.99]
    days = _column(book[text.say("sheet.transactions", lang)], "field.transaction_date", lang)
    assert all(cell.is_date for cell in days)


def test_links_lead_to_the_right_rows(tmp_path: Path) -> None:
    """A click on a case would open another transaction than its own."""
    book = _open(tmp_path / "a.xlsx")
    rows = tables().transactions
    for story, cell in zip(
        stories(tables()), _column(book["Refunds"], "field.number"), strict=True
    ):
        place = re.fullmatch(r"'Transactions'!A(\d+)", cell.hyperlink.location)
        assert place is not None
        target = book["Transactions"][int(place[1])]
        assert target[-1].value == rows["id"].iloc[story.rows[0]]
        assert target[0].value == story.number
        assert target[0].hyperlink.location == f"'Refunds'!A{cell.row}"


def test_transactions_hold_what_concerns_the_reader(tmp_path: Path) -> None:
    """Groceries would hide the AliExpress rows, or --all-rows would leave some out."""
    some = _open(tmp_path / "a.xlsx")["Transactions"]
    shown = [cell.value for cell in _column(some, "field.description")]
    assert "GREENLEAF GROCERY" not in shown
    assert len(shown) == 13
    every = _open(tmp_path / "a.xlsx", all_rows=True)["Transactions"]
    assert every.max_row == 15


def test_to_do_stands_in_order_of_deadline(tmp_path: Path) -> None:
    """The user would miss the nearest deadline."""
    sheet = _open(tmp_path / "a.xlsx")["To do"]
    days = [cell.value and cell.value.date() for cell in _column(sheet, "field.deadline")]
    assert days == [dt.date(2026, 11, 28), dt.date(2026, 11, 30), dt.date(2026, 12, 5), None, None]
    states = [cell.value for cell in _column(sheet, "todo.state")]
    assert states == ["To do now"] * 4 + ["Just wait"]


def test_sources_name_each_rejected_line_and_assumption(tmp_path: Path) -> None:
    """A line that could not be used would vanish without a word."""
    values = [
        cell.value for row in _open(tmp_path / "a.xlsx")["Sources"].iter_rows() for cell in row
    ]
    for told in (
        "line 9",
        "“12,3x4” is not an amount.",
        "No currency is printed; US dollars assumed.",
    ):
        assert told in values
    assert any(
        str(value).startswith("Card …1234: no statement covers 1 Aug 2026") for value in values
    )


def test_summary_has_a_chart_per_currency_and_says_the_answer(tmp_path: Path) -> None:
    """The first page would not say what matters."""
    sheet = _open(tmp_path / "a.xlsx")["Summary"]
    assert sheet["A2"].value == "4 of 8 cases need you; you are waiting for one more."
    assert len(sheet._charts) == 2


def test_a_long_letter_makes_no_row_high(tmp_path: Path) -> None:
    """Of what to do, two cases would fill a screen, most of it empty."""
    found = tables()
    heights = []
    for letter in (None, Message("report.as_is", {"text": "\n".join(["a line"] * 9)})):
        path = tmp_path / "a.xlsx"
        letters = [letter] * len(found.cases)
        excel.write(replace(found, cases=found.cases.assign(message=letters)), path, "en")
        sheet = load_workbook(path)["To do"]
        heights.append([sheet.row_dimensions[n].height for n in range(2, sheet.max_row + 1)])
    assert heights[0] == heights[1]


def test_no_case_is_said_plainly(tmp_path: Path) -> None:
    """A user without refunds would see an empty workbook and wonder."""
    excel.write(no_cases(), tmp_path / "a.xlsx", "en")
    book = load_workbook(tmp_path / "a.xlsx")
    assert book["Summary"]["A2"].value.startswith("No AliExpress refund was found.")
    assert _column(book["To do"], "field.next_step")[0].value == "Nothing to do."


@pytest.mark.parametrize("lang", LANGUAGES)
def test_columns_are_wide_enough(tmp_path: Path, lang: str) -> None:
    """Amounts and dates would show as ####."""
    for sheet in _open(tmp_path / "a.xlsx", lang):
        for row in sheet.iter_rows(min_row=2, max_col=_CHART_NUMBERS - 1):
            for cell in row:
                if isinstance(cell.value, float | dt.datetime):
                    room = sheet.column_dimensions[cell.column_letter].width
                    assert room >= len(str(cell.value)[:10])


def test_long_lists_are_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long history would take all memory, or its sheet would differ from a short one's."""
    plain = _open(tmp_path / "a.xlsx", all_rows=True)["Transactions"]
    monkeypatch.setattr(excel_rows, "FITTED", 5)
    streamed = _open(tmp_path / "b.xlsx", all_rows=True)["Transactions"]
    for one, two in zip(plain.iter_rows(), streamed.iter_rows(), strict=True):
        assert [(c.value, c.data_type, c.number_format, c.quotePrefix) for c in one] == [
            (c.value, c.data_type, c.number_format, c.quotePrefix) for c in two
        ]
        assert [c.hyperlink and c.hyperlink.location for c in one] == [
            c.hyperlink and c.hyperlink.location for c in two
        ]
    assert streamed.tables["Transactions"].ref == plain.tables["Transactions"].ref
    headers = [column.name for column in streamed.tables["Transactions"].tableColumns]
    assert headers == [cell.value for cell in streamed[1]]
    assert streamed.freeze_panes == plain.freeze_panes
    again = tmp_path / "c.xlsx"
    excel.write(tables(), again, "en", all_rows=True)
    assert again.read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_a_sheet_cannot_hold_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows beyond Excel's limit would be lost without a word, or a link would lead nowhere."""
    monkeypatch.setattr(excel_sheets, "MOST_ROWS", 15)
    found = tables()
    path, beside = Reconciliation(found, "en").to_workbook(tmp_path / "a.xlsx", all_rows=True)
    assert beside == tmp_path / "a-transactions.csv"
    book = load_workbook(path)
    sheet = book["Transactions"]
    inside = [row[-1].value for row in sheet.iter_rows(min_row=2) if row[-1].value]
    rest = list(csv.DictReader(io.StringIO(beside.read_text("utf-8-sig"))))
    assert sorted([*inside, *[row["ID"] for row in rest]]) == sorted(found.transactions["id"])
    assert sheet.max_row <= 15
    told = f"{len(rest)} more rows stand in the file a-transactions.csv beside this workbook."
    assert sheet.cell(sheet.max_row, 1).value == told
    assert told in [cell.value for row in book["Summary"].iter_rows() for cell in row]
    assert {row["On the statement"] for row in rest} == {"GREENLEAF GROCERY"}


def test_rows_beside_are_no_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A descriptor would run as a formula when the CSV is opened."""
    monkeypatch.setattr(excel_sheets, "MOST_ROWS", 3)
    found = tables()
    bare = replace(found, cases=found.cases.head(0))
    rows = list(csv.DictReader(io.StringIO(excel.beyond(bare, "en"))))
    assert len(rows) == 12
    assert not any(row["On the statement"].startswith(("=", "+", "-", "@")) for row in rows)
    assert rows[0]["Amount"] == "-4717"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_to_do_saved_as_csv_is_a_file_of_decisions(tmp_path: Path, lang: str) -> None:
    """A user's decisions would not be understood by the next run."""
    found = tables(lang)
    ids = [f"{n:012x}" for n in range(len(found.cases))]
    excel.write(replace(found, cases=found.cases.assign(id=ids)), tmp_path / "a.xlsx", lang)
    sheet = load_workbook(tmp_path / "a.xlsx")[text.say("sheet.todo", lang)]
    (rule,) = sheet.data_validations.dataValidation
    words = rule.formula1.strip('"').split(",")
    cells = _column(sheet, "todo.decision", lang)
    assert str(rule.sqref) == f"{cells[0].column_letter}2:{cells[-1].coordinate}"
    for cell, word in zip(cells, words, strict=False):
        cell.value = word
    names = [cell.value for cell in _column(sheet, "field.id", lang)]
    out = tmp_path / "todo.csv"
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(sheet.iter_rows(values_only=True))
    read = decisions.read(out)
    assert read.by_case == dict(zip(names, ("confirm", "reject", "not due"), strict=False))
    assert read.rejected == []


def test_to_do_has_the_letter_and_what_was_checked(tmp_path: Path) -> None:
    """The user would have to write the message alone."""
    found = tables()
    letter = Message("report.as_is", {"text": "\nHuman agent, please."})
    cases = found.cases.assign(
        message=[letter] * len(found.cases),
        checklist=[[Message("report.as_is", {"text": "[x] Card"})] * 2] * len(found.cases),
    )
    excel.write(replace(found, cases=cases), tmp_path / "a.xlsx", "en")
    sheet = load_workbook(tmp_path / "a.xlsx")["To do"]
    assert _column(sheet, "todo.message")[0].value == "Human agent, please."
    assert _column(sheet, "todo.checklist")[0].value == "[x] Card\n[x] Card"
    assert _column(sheet, "field.id")[0].data_type == "s"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_timeline_counts_months_and_delays(tmp_path: Path, lang: str) -> None:
    """A month would be missing, or charges would stand among the refunds."""
    sheet = _open(tmp_path / "a.xlsx", lang)[text.say("sheet.timeline", lang)]
    rows = [[cell.value for cell in row[:6]] for row in sheet.iter_rows(min_row=2, max_row=9)]
    assert rows[0] == ["2026-06", "JPY", 1, 4845, 0, 0]
    assert rows[1] == ["2026-07", "JPY", 1, 12980, 2, 11207]
    assert [row[0] for row in rows if row[1] == "USD"] == ["2026-07", "2026-08", "2026-09"]
    assert len(sheet._charts) == 3
    counted = sheet.tables["Delays"].ref
    assert [row[1].value for row in sheet[counted]][1:] == [0, 0, 0, 3, 2]


def test_rates_show_the_card_beside_the_reference(tmp_path: Path) -> None:
    """What the card adds to the rate could not be seen."""
    sheet = _open(tmp_path / "a.xlsx")["Rates"]
    rows = list(sheet[sheet.tables["CardRates"].ref])[1:]
    assert [row[2].value for row in rows] == ["Charge", "Charge", "Refund", "Refund"]
    assert float(rows[0][5].value) == pytest.approx(149.1228 / 145.32 - 1, abs=1e-4)
    assert len(sheet._charts) == 1
