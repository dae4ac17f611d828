"""The console summary and the notebook fragment, on every kind of screen."""

import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fabricated import no_cases, tables
from rich.cells import cell_len
from rich.console import Console

from reconcile.report import console, html
from reconcile.report.remarks import Remark
from reconcile.report.screen import screen
from reconcile.report.wrap import lines
from reconcile.tables import Tables
from reconcile.text import LANGUAGES, Message


def _shown(
    found: Tables,
    lang: str = "en",
    encoding: str = "utf-8",
    terminal: bool = False,
    verbose: int = 0,
) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    screen = Console(
        file=file,
        width=100,
        force_terminal=terminal,
        color_system="standard" if terminal else "auto",
    )
    console.render(found, lang, screen, [Path("statement-refunds.xlsx")], verbose)
    file.flush()
    return raw.getvalue().decode(encoding)


def test_the_answer_comes_first() -> None:
    """A hurried user would have to search for whether something is to be done."""
    lines = _shown(tables()).splitlines()
    assert lines[0] == "4 of 8 cases need you; you are waiting for one more."
    assert lines[-1] == "Report: statement-refunds.xlsx"
    assert "5. by 28 Nov 2026: Open a dispute for 10.00 USD." in lines


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "ascii"])
def test_a_pipe_gets_what_rich_would_print(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """What a script reads would depend on whether a library of colours was imported."""
    raw = io.BytesIO()
    for asked in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(asked, raising=False)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding=encoding, newline="\n"))
    console.render(tables(), "ja", screen(), [Path("statement-refunds.xlsx")], 1)
    assert raw.getvalue().decode(encoding) == _shown(tables(), "ja", encoding, verbose=1)


def test_nothing_to_do_is_said() -> None:
    """A user whose refunds all came would still worry."""
    found = tables()
    calm = replace(found, cases=found.cases.assign(next_step="none"))
    told = "Nothing needs you: 7 cases are accounted for; you are waiting for one more."
    assert _shown(calm).startswith(told)
    one = replace(calm, cases=calm.cases.head(1))
    assert _shown(one).startswith("Nothing needs you: one case is accounted for.")


def test_one_case_is_told_in_good_english() -> None:
    """The first line that a user reads would say that refunds needs them."""
    found = tables()
    acting = found.cases[found.cases["next_step"].ne("none") & found.cases["verdict"].ne("waiting")]
    shown = _shown(replace(found, cases=acting.head(1)))
    assert shown.startswith("There is one case, and it needs you.")
    calm = found.cases["id"].isin(acting["id"].iloc[1:])
    two = found.cases.assign(next_step=found.cases["next_step"].mask(calm, "none"))
    assert _shown(replace(found, cases=two)).startswith("One of 8 cases needs you")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_no_statement_shows_has_no_amounts(lang: str) -> None:
    """An order whose charge is on another card would be told as one that was charged nothing."""
    found = tables()
    bare = [[] for _ in range(len(found.cases))]
    alone = found.cases.assign(charges=bare, refunds=bare, fees=bare).head(1)
    shown = _shown(replace(found, cases=alone), lang)
    assert ("no charge in these statements" if lang == "en" else "この明細に請求なし") in shown
    assert "charged" not in shown.split("no charge")[-1].split("]")[0]
    table = _shown(replace(found, cases=alone), lang, terminal=True)
    assert table.count("–") >= 3


def test_waiting_is_neither_work_nor_done() -> None:
    """A user would take money that has not come for money that is back, or run after it early."""
    found = tables()
    some = found.cases[found.cases["verdict"].eq("waiting")].assign(next_step="wait_export")
    shown = _shown(replace(found, cases=some))
    assert shown.startswith("Nothing needs you now: you are waiting for one refund.")
    assert "What to do" not in shown
    assert "\nWaiting\n1. " in shown


def test_no_case_names_the_charges_seen() -> None:
    """The user could not tell an empty answer from statements that were not understood."""
    assert "No AliExpress refund was found. AliExpress charges seen: 8." in _shown(no_cases())


def test_lines_that_could_not_be_used_come_first() -> None:
    """What is lost would stand behind remarks of no weight, where the list is cut off."""
    found = [
        Remark("general", None, None, Message("report.none_overdue")),
        Remark("rejected", "a.csv", 7, Message("orders.date", {"text": "x", "column": "day"})),
    ]
    first, *_ = console._notes(found, "en", 0)
    assert "line 7" in first


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("encoding", ["cp932", "ascii", "utf-8", "cp1252"])
@pytest.mark.parametrize("terminal", [True, False])
def test_any_encoding_is_printed(lang: str, encoding: str, terminal: bool) -> None:
    """On a Japanese Windows console or a bare server the run would end in a traceback."""
    shown = _shown(tables(lang), lang, encoding, terminal)
    assert "4,717" in shown
    assert "\x00" not in shown


def test_yen_stays_readable_without_its_sign() -> None:
    """On a plain console amounts would read ?4,845."""
    assert "charged JPY 4,845" in _shown(tables(), encoding="ascii")


def test_plain_output_has_no_colour_codes() -> None:
    """A log file would be full of escape codes."""
    assert "\x1b" not in _shown(tables(), verbose=1)
    assert "\x1b" in _shown(tables(), terminal=True)


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR would not keep the terminal free of colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31" not in _shown(tables(), terminal=True)


def test_many_cases_are_cut_and_the_urgent_ones_stay() -> None:
    """A long statement would scroll the answer away, or hide a case that needs the user."""
    found = tables()
    calm = found.cases.iloc[[0]]
    copies = [calm.assign(id=f"copy{n:02d}") for n in range(40)]
    many = replace(found, cases=pd.concat([*copies, found.cases], ignore_index=True))
    shown = _shown(many)
    assert "and 18 more in the report" in shown
    assert "[Missing, 95.0% sure]" in shown
    assert "more in the report" not in _shown(many, verbose=1)


def test_no_case_is_shown_as_wholly_sure() -> None:
    """A probability would be rounded to a certainty that no reading of statements has."""
    found = tables()
    surest = replace(found, cases=found.cases.assign(confidence=1.0))
    assert "[Missing, 99.9% sure]" in _shown(surest)
    assert "100.0%" not in _shown(surest)


def test_brackets_in_texts_are_shown_as_they_are() -> None:
    """A message with [bold] in it would vanish into formatting."""
    found = tables()
    words = {"text": "[bold]stay[/bold] \x1b[2J"}
    step = found.cases["next_text"].iloc[0]._replace(code="report.as_is", params=words)
    cases = found.cases.head(1).assign(next_text=[step], next_step="look", explanation=[[step]])
    for terminal in (True, False):
        shown = _shown(replace(found, cases=cases), terminal=terminal)
        assert "[bold]stay[/bold]" in shown
        assert "\x1b[2J" not in shown


def test_notebook_fragment_is_escaped() -> None:
    """A descriptor could run a script in the notebook."""
    shown = html.fragment(tables(), "en")
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count("<tr>") == 9
    assert "href" not in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_notebook_fragment_without_cases(lang: str) -> None:
    """The notebook would show an empty box."""
    assert "AliExpress" in html.fragment(no_cases(lang), lang)


def test_japanese_breaks_between_characters() -> None:
    """Lines would end half-way, or begin with a full stop."""
    told = "注文 3041112223330003：3,560円は2026年9月14日から返金されるはずでした。戻っていません。"
    for width in range(20, 60):
        found = lines(told, width)
        assert "".join(found).replace(" ", "") == told.replace(" ", "")
        assert all(cell_len(line) <= width for line in found)
        assert not any(line.startswith(("。", "、", "円", "：")) for line in found)
    assert lines("costs ¥2,651 more", 8) == ["costs", "¥2,651", "more"]
    assert lines("one two three", 7) == ["one two", "three"]
    assert lines("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
