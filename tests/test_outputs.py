"""Reports never go over what is read, nor over each other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.errors.reproducers import HEADER, ROWS
from tests.test_cli import LONG, OVERDUE

from reconcile.cli import main

ORDERS = "order_id,order_date,currency,total\n3041,2025-03-09,USD,20.00\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with one statement and one list of orders."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "statement.csv").write_text(HEADER + ROWS, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    return tmp_path


def call(*arguments: str) -> Result:
    """What the command does with these arguments."""
    return CliRunner().invoke(main, [*arguments, "--as-of", "2025-09-30", "--lang", "en"])


def refused(folder: Path, result: Result) -> bool:
    """Whether the run ended with one sentence and wrote nothing."""
    one = result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    same = (folder / "statement.csv").read_text("utf-8") == HEADER + ROWS
    orders = (folder / "orders.csv").read_text("utf-8") == ORDERS
    return one and same and orders and not list(folder.glob("*refunds.*"))


@pytest.mark.parametrize("closed", [1, 2])
def test_without_a_stream(folder: Path, closed: int) -> None:
    """Under cron or as a daemon, where nobody listens, no report would be written."""
    code = f"import os, sys; os.close({closed}); os.execv(sys.executable, sys.argv[1:])"
    command = "from reconcile.cli import main; main()"
    own = [sys.executable, "-c", command, "statement.csv", "-o", "report.xlsx"]
    done = subprocess.run(
        [sys.executable, "-c", code, *own], capture_output=True, cwd=folder, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (folder / "report.xlsx").is_file()


@pytest.mark.parametrize("option", ["-o", "--json", "--html", "--journal", "--calendar"])
@pytest.mark.parametrize("target", ["statement.csv", "./statement.csv", "orders.csv", "link.csv"])
def test_named_report_is_an_input(folder: Path, option: str, target: str) -> None:
    """A mistyped option would destroy the statement, or the list of orders written by hand."""
    os.link(folder / "statement.csv", folder / "link.csv")
    assert refused(folder, call("statement.csv", "--orders", "orders.csv", option, target))


def test_symbolic_link(folder: Path) -> None:
    """A report through a link would destroy the statement that the link leads to."""
    (folder / "report.json").symlink_to(folder / "statement.csv")
    assert refused(folder, call("statement.csv", "--json", "report.json"))


def test_default_report_is_an_input(folder: Path) -> None:
    """A bank's file that has the name of the default report would be written over."""
    bank = folder / "statement-refunds.xlsx"
    bank.write_text(HEADER + ROWS, "utf-8")
    result = call("statement.csv", "statement-refunds.xlsx")
    assert result.exit_code == 2
    assert "statement-refunds.xlsx" in result.stderr
    assert bank.read_text("utf-8") == HEADER + ROWS


def test_message_is_an_input(folder: Path) -> None:
    """A letter would be written over a file that is read."""
    (folder / "long.csv").write_text(LONG, "utf-8")
    (folder / "orders.csv").write_text(OVERDUE, "utf-8")
    given = ("--orders", "orders.csv", "--messages", "letters")
    call("long.csv", *given)
    letter = next((folder / "letters").iterdir())
    letter.write_text(LONG, "utf-8")
    result = call("long.csv", str(letter), *given, "-o", "new.xlsx")
    assert result.exit_code == 2
    assert letter.name in result.stderr
    assert letter.read_text("utf-8") == LONG
    assert not (folder / "new.xlsx").exists()


@pytest.mark.parametrize("setting", ["orders", "decisions", "layouts_dir", "rates", "config"])
def test_inputs_of_the_settings_file(folder: Path, setting: str) -> None:
    """A report would be written over a file that only the settings name."""
    layout = folder / "layouts" / "mine.toml"
    layout.parent.mkdir()
    layout.write_text("name = 'mine'\n", "utf-8")
    (folder / "decisions.csv").write_text("case,decision\n", "utf-8")
    (folder / "rates.csv").write_text("date,base,quote,rate\n", "utf-8")
    targets = {
        "orders": "orders.csv", "decisions": "decisions.csv", "layouts_dir": "layouts/mine.toml",
        "rates": "rates.csv", "config": "reconcile.toml",
    }  # fmt: skip
    value = "layouts" if setting == "layouts_dir" else targets[setting]
    line = "" if setting == "config" else f"{setting} = '{value}'\n"
    (folder / "reconcile.toml").write_text(line, "utf-8")
    before = (folder / targets[setting]).read_bytes()
    assert refused(folder, call("statement.csv", "--json", targets[setting]))
    assert (folder / targets[setting]).read_bytes() == before


def test_two_reports_in_one_file(folder: Path) -> None:
    """One report would be written over by the other, and the user would look for it."""
    result = call("statement.csv", "--json", "out.html", "--html", "./out.html")
    assert refused(folder, result)
    assert not (folder / "out.html").exists()
    assert refused(folder, call("statement.csv", "--json", "statement-refunds.xlsx"))


def test_reports_named_by_a_hyphen_are_not_one_file(folder: Path) -> None:
    """Of two reports that are meant for standard output, which only JSON has, one would be lost."""
    assert refused(folder, call("statement.csv", "--html", "-", "--calendar", "-"))


def test_a_statement_named_as_rows_beside_a_workbook(folder: Path) -> None:
    """It would be refused for a list of further rows that only a million of them make."""
    (folder / "statement.csv").rename(folder / "card-transactions.csv")
    assert call("card-transactions.csv", "-o", "card.xlsx").exit_code == 0


def test_a_folder_as_report(folder: Path) -> None:
    """`-o .`, meant as "here", would end in a traceback."""
    done = call("statement.csv", "-o", ".")
    assert done.exit_code == 1
    assert "could not be written" in done.stderr
    assert not list(folder.glob(".*"))
