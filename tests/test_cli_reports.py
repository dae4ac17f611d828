"""The command writes the page and the journal where it is told."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconcile.cli import main

STATEMENT = Path(__file__).parents[1] / "sample_statements/plain/jpy-card-with-originals.csv"


def _run(folder: Path, *options: str) -> str:
    words = [str(STATEMENT), "--as-of", "2026-11-23", "--lang", "en", "-o", str(folder / "r.xlsx")]
    done = CliRunner().invoke(main, [*words, *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_page_and_journal_are_written_and_named(tmp_path: Path) -> None:
    """The user would not find what was asked for."""
    page, journal = tmp_path / "r.html", tmp_path / "r.beancount"
    told = _run(tmp_path, "--html", str(page), "--journal", str(journal))
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "Liabilities:Card" in journal.read_text("utf-8")
    for path in (page, journal):
        assert f"Report: {path}" in told


def test_accounts_are_taken_from_the_command(tmp_path: Path) -> None:
    """A bookkeeper would have to rename every line by hand."""
    journal = tmp_path / "r.hledger"
    _run(tmp_path, "-q", "--journal", str(journal), "--account", "card=Liabilities:Visa")
    assert "Liabilities:Visa:" in journal.read_text("utf-8")
    wrong = [str(STATEMENT), "-o", str(tmp_path / "r.xlsx"), "--journal", str(journal)]
    done = CliRunner().invoke(main, [*wrong, "--account", "cards=A"])
    assert done.exit_code == 2


@pytest.mark.parametrize("option", ["--html", "--journal"])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, option: str) -> None:
    """The run would end in a traceback."""
    words = [str(STATEMENT), "-o", str(tmp_path / "r.xlsx"), option, str(tmp_path / "no" / "x")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert "Traceback" not in done.output


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_reports_among_the_statements_are_not_read(tmp_path: Path, lang: str) -> None:
    """A second run over the folder would count every charge of the journal once more."""
    shutil.copy(STATEMENT, tmp_path)
    words = [
        str(tmp_path), "--as-of", "2026-11-23", "--lang", lang, "-q", "--json", str(tmp_path / "j"),
        "--journal", str(tmp_path / "entries.csv"), "--messages", str(tmp_path / "letters"),
    ]  # fmt: skip
    found = []
    for _ in range(2):
        done = CliRunner().invoke(main, words)
        assert (done.exit_code, done.output) == (0, "")
        found.append((tmp_path / "j").read_text("utf-8"))
    assert found[0] == found[1]
    letters = sorted((tmp_path / "letters").iterdir())
    assert letters
    for path in (tmp_path / "entries.csv", letters[0]):
        one = CliRunner().invoke(main, [str(path), "--lang", "en"])
        assert one.exit_code == 1
        assert "a report of this program" in one.stderr
    assert len(json.loads(found[0])["sources"]) == 1


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_journal_that_a_spreadsheet_saved(tmp_path: Path, sign: str) -> None:
    """Opened and saved once, the journal would be a statement again."""
    journal = tmp_path / "r.csv"
    _run(tmp_path, "-q", "--journal", str(journal))
    path = tmp_path / "again.csv"
    path.write_text(journal.read_text("utf-8-sig").replace(",", sign), "utf-8")
    one = CliRunner().invoke(main, [str(path), "--lang", "en"])
    assert one.exit_code == 1
    assert "a report of this program" in one.stderr
