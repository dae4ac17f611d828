"""The command: options, exit codes, where the report goes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from tests.errors.reproducers import BAD_AMOUNT, BAD_DATE, HEADER, ROWS

from reconcile import __version__
from reconcile.cli import main
from reconcile.cli_many import many, spark
from reconcile.readers import SUFFIXES

ROOT = Path(__file__).parents[1]
ALWAYS = ["--as-of", "2025-09-30", "--lang", "en"]
ORDER = "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
OVERDUE = ORDER + "3041,2025-03-09,USD,20.00,Refunded,20.00,2025-03-20\n"
# Rows until long after the refund's time has run out.
LONG = HEADER + (
    "03/10/2025,03/11/2025,ALIEXPRESS.COM,Shopping,Sale,-20.00,\n"
    "04/10/2025,04/11/2025,CORNER SHOP,Groceries,Sale,-5.00,\n"
    "04/30/2025,04/30/2025,CORNER SHOP,Groceries,Sale,-5.00,\n"
    "05/20/2025,05/21/2025,CORNER SHOP,Groceries,Sale,-5.00,\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with one statement."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "statement.csv").write_text(HEADER + ROWS, "utf-8")
    return tmp_path


def call(*arguments: str, **options: Any) -> Result:
    """What the command does with these arguments."""
    return CliRunner().invoke(main, [*arguments, *ALWAYS], **options)


def names(folder: Path) -> set[str]:
    """Files in a folder."""
    return {path.name for path in folder.iterdir()}


def test_report_beside_the_statement(folder: Path) -> None:
    """`reconcile statement.csv` from the README would not leave its report where it says."""
    result = call("statement.csv")
    assert result.exit_code == 0
    assert names(folder) == {"statement.csv", "statement-refunds.xlsx"}
    assert "statement-refunds.xlsx" in result.stdout
    assert result.stderr == ""


def test_an_order_list_in_the_folder_is_no_statement(folder: Path) -> None:
    """Orders would be read as charges because they lie where the statements lie."""
    (folder / "my list.csv").write_text(OVERDUE, "utf-8")
    result = call(".", "--orders", "my list.csv", "--json", "-")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert [source["file"] for source in told["sources"]] == ["statement.csv"]
    assert any("3041" in case["orders"] for case in told["cases"])
    only = call("my list.csv", "--orders", "my list.csv")
    assert (only.exit_code, names(folder)) == (1, {"my list.csv", "statement.csv", "refunds.xlsx"})


@pytest.mark.parametrize(
    ("argument", "report"),
    [
        ("cards", "cards/refunds.xlsx"),
        ("cards/*.csv", "cards/a-refunds.xlsx"),
        ("cards/a.csv", "cards/a-refunds.xlsx"),
        ("*/a.csv", "a-refunds.xlsx"),
    ],
)
def test_where_the_report_goes(folder: Path, argument: str, report: str) -> None:
    """The report of a folder or a pattern would land where nobody looks."""
    (folder / "cards").mkdir()
    (folder / "statement.csv").rename(folder / "cards" / "a.csv")
    assert call(argument).exit_code == 0
    assert (folder / report).is_file()


def test_output_json_and_quiet(folder: Path) -> None:
    """-o, --json or -q would have no effect."""
    result = call("statement.csv", "-o", "r.xlsx", "--json", "r.json", "-q")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert names(folder) == {"statement.csv", "r.xlsx", "r.json"}
    found = json.loads((folder / "r.json").read_text("utf-8"))
    assert found["as_of"] == "2025-09-30"
    assert [case["verdict"] for case in found["cases"]] == ["refunded"]


def test_verbose_tells_how_files_were_read(folder: Path) -> None:
    """A user whose file is misread could not see by which layout."""
    assert "chase" in call("statement.csv", "-v").stdout.lower()


def test_language(folder: Path) -> None:
    """A Japanese user would get an English report."""
    result = CliRunner().invoke(main, ["statement.csv", "--lang", "ja", "--as-of", "2025-09-30"])
    assert "返金" in result.stdout


@pytest.mark.parametrize("command", [main, many])
def test_the_settings_file_tells_the_language_of_errors(
    command: click.Command, folder: Path
) -> None:
    """A Japanese user would be told in English what is wrong with a file."""
    (folder / "reconcile.toml").write_text('lang = "ja"\n', "utf-8")
    (folder / "empty.csv").touch()
    given = ["--config", "reconcile.toml"]
    given += ["empty.csv"] if command is main else ["--input", "empty.csv", "--output", "out"]
    result = CliRunner(env={"LC_ALL": "en_US.UTF-8"}).invoke(command, given)
    assert result.exit_code == 1
    assert "ファイル" in result.stderr


def test_hidden_folders_are_not_read(folder: Path) -> None:
    """Files that a program keeps for itself, however deep, would be read as statements."""
    deep = folder / "cards" / ".git" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "other.csv").write_text(HEADER + ROWS, "utf-8")
    (folder / "statement.csv").rename(folder / "cards" / "a.csv")
    told = json.loads(call("cards", "--json", "-", "-o", "r.xlsx").stdout)
    assert [source["file"] for source in told["sources"]] == ["a.csv"]
    # Named by itself it is meant.
    told = json.loads(call("cards/.git", "--json", "-", "-o", "r.xlsx").stdout)
    assert [source["file"] for source in told["sources"]] == ["other.csv"]


def test_rejected_rows_are_no_failure(folder: Path) -> None:
    """A script would throw away a report because of one bad line."""
    (folder / "statement.csv").write_text(HEADER + ROWS + BAD_AMOUNT, "utf-8")
    assert call("statement.csv").exit_code == 0


@pytest.mark.parametrize(
    "content",
    [
        "\033]0;owned\007Colour,\033[31mShape\nred,1\n",
        HEADER + BAD_DATE.replace("31", "\033[2J", 1),
    ],
)
def test_no_error_commands_the_terminal(content: str, folder: Path) -> None:
    """A file could rename the window, or wipe out what was said before."""
    (folder / "statement.csv").write_text(content, "utf-8")
    result = call("statement.csv")
    assert result.exit_code == 1
    assert result.stderr.strip().isprintable()


def test_header_alone_is_no_failure(folder: Path) -> None:
    """A month without purchases would stop a script."""
    (folder / "statement.csv").write_text(HEADER, "utf-8")
    result = call("statement.csv")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "statement.csv: The statement contains no transactions." in result.stdout


def test_no_refund_is_told_of_rows_that_nobody_could_read(folder: Path) -> None:
    """A user would believe that there is no refund, and find a workbook that says so too."""
    (folder / "statement.csv").write_text(HEADER + BAD_DATE, "utf-8")
    result = call("statement.csv", "--json", "-")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no row could be used" in result.stderr
    assert names(folder) == {"statement.csv"}


def test_nothing_readable(folder: Path) -> None:
    """A script would go on as if the statement had been read."""
    (folder / "statement.csv").write_text(HEADER + BAD_DATE, "utf-8")
    assert call("statement.csv", "-q").exit_code == 1
    assert call("none.csv").exit_code == 1
    (folder / "a.csv").touch()
    (folder / "b.csv").write_bytes(b"%PDF-1.4")
    result = call("a.csv", "b.csv")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 2


def test_one_of_two_files_readable(folder: Path) -> None:
    """One bad file would stop the run, or vanish without a word."""
    (folder / "bad.csv").touch()
    result = call("bad.csv", "statement.csv")
    assert result.exit_code == 0
    assert result.stderr.startswith("bad.csv: the file is empty.")


def test_an_account_that_is_no_name_is_told_before_any_report(folder: Path) -> None:
    """A run that failed would have written its workbook over the last one."""
    result = call("statement.csv", "--journal", "j.beancount", "--account", "card=Liabilities:ビザ")
    assert result.exit_code == 2
    assert result.stderr.startswith("--account card=Liabilities:ビザ: write a part and a name")
    assert names(folder) == {"statement.csv"}


def test_output_that_cannot_be_written(folder: Path) -> None:
    """A script would go on although there is no report."""
    assert call("statement.csv", "-o", "none/r.xlsx").exit_code == 1
    assert call("statement.csv", "-o", "r.xlsx", "--json", "none/r.json").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["statement.csv", "--no-such-option"],
        ["statement.csv", "--lang", "fr"],
        ["statement.csv", "--fee", "x"],
        ["statement.csv", "--refund-mode", "maybe"],
        ["statement.csv", "--layout", "none"],
        ["statement.csv", "--layouts-dir", "none"],
        ["statement.csv", "--config", "none.toml"],
        ["statement.csv", "--currency", "yen"],
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str]) -> None:
    """A mistyped option would be ignored, or look like a bad statement to a script."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.stderr
    assert names(folder) == {"statement.csv"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fee", "22%"], "--fee 22%: "),
        (["--fee", "x"], "--fee x: "),
        (["--currency", "yen"], "--currency YEN: "),
        (["--issuer", "foo"], "--issuer foo: "),
        (["--refund-mode", "maybe"], "--refund-mode maybe: "),
    ],
)
def test_a_wrong_option_is_told_as_it_was_typed(
    folder: Path, arguments: list[str], said: str
) -> None:
    """A user would look for a setting without knowing which option it is."""
    assert call("statement.csv", *arguments).stderr.startswith(said)


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.xls", "r.html"])
def test_a_workbook_under_another_ending_is_refused(folder: Path, name: str) -> None:
    """A workbook called r.csv would open as a page of signs."""
    result = call("statement.csv", "-o", name)
    assert result.exit_code == 2
    assert "--journal" in result.stderr
    assert names(folder) == {"statement.csv"}
    assert call("statement.csv", "-o", "r.XLSX").exit_code == 0
    assert call("statement.csv", "-o", "r").exit_code == 0


def test_fail_on_missing(folder: Path) -> None:
    """A script that watches for overdue money would never ring, or always."""
    (folder / "statement.csv").write_text(LONG, "utf-8")
    (folder / "orders.csv").write_text(OVERDUE, "utf-8")
    arguments = ["statement.csv", "--orders", "orders.csv"]
    assert call(*arguments).exit_code == 0
    assert call(*arguments, "--fail-on-missing").exit_code == 3
    assert call("statement.csv", "--fail-on-missing").exit_code == 0


def test_settings_file(folder: Path) -> None:
    """`reconcile.toml` would be ignored, or win against a flag."""
    (folder / "reconcile.toml").write_text('as-of = 2025-08-01\nlang = "ja"\n', "utf-8")
    CliRunner().invoke(main, ["statement.csv", "--json", "a.json"])
    found = json.loads((folder / "a.json").read_text("utf-8"))
    assert found["as_of"] == "2025-08-01"
    assert not found["cases"][0]["explanation"].isascii()
    call("statement.csv", "--json", "b.json")
    found = json.loads((folder / "b.json").read_text("utf-8"))
    assert found["as_of"] == "2025-09-30"
    assert found["cases"][0]["explanation"].isascii()


def test_an_issuer_is_told_where_it_was_written(folder: Path) -> None:
    """Who wrote it into the settings file would look for an option that was never typed."""
    assert call("statement.csv", "--issuer", "nobody").stderr.startswith("--issuer nobody:")
    (folder / "reconcile.toml").write_text('issuer = "nobody"\n', "utf-8")
    assert call("statement.csv").stderr.startswith("issuer nobody:")


def test_own_rates_are_used(folder: Path) -> None:
    """--rates would be read and then left unused."""
    (folder / "rates.csv").write_text("date,base,quote,rate\n2025-06-20,USD,JPY,145.32\n", "utf-8")
    assert call("statement.csv", "--rates", "rates.csv").exit_code == 0


def test_help() -> None:
    """The help would be a wall of options without order or examples."""
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for title in ("Reports", "Reading", "Judging", "Other", "Examples:"):
        assert title in result.stdout
    for param in main.params:
        for name in param.opts:
            if name.startswith("--"):
                assert name in result.stdout, f"{name} stands under no heading"
    for suffix in SUFFIXES:
        assert suffix[1:].upper() in result.stdout


@pytest.mark.parametrize("command", [main, many, spark])
@pytest.mark.parametrize("place", [("--lang", "ja", "--help"), ("--help", "--lang=ja")])
def test_help_in_japanese(command: click.Command, place: tuple[str, ...]) -> None:
    """A shopper in Japan would read English before anything is in their language."""
    shown = CliRunner().invoke(command, list(place))
    assert shown.exit_code == 0
    wide = [line for line in shown.stdout.split("\n") if cell_len(line) > 80]
    assert wide == []
    for param in command.params:
        if isinstance(param, click.Option):
            assert not str(param.help).isascii(), param.name
    assert "使い方：" in shown.stdout
    assert "Usage" not in shown.stdout
    assert "required" not in shown.stdout


WRONG = {
    ("--bogus",): ("There is no option --bogus.", "--bogus というオプションはありません。"),
    ("--outptu", "x"): ("Did you mean --output", "というオプションはありません。--output"),
    ("-z",): ("There is no option -z.", "-z というオプションはありません。"),
    ("--fee",): ("--fee needs a value", "--fee の後に値を書いてください。"),
    ("--verbose=3",): ("--verbose takes no value.", "--verbose には値を付けられません。"),
    ("--quiet=1",): ("--quiet takes no value.", "--quiet には値を付けられません。"),
    (): ("Name at least one statement", "明細を 1 つ以上指定してください"),
}
MANY_WRONG = {
    (): ("--input is missing.", "--input を指定してください。"),
    ("--input", "x", "--output", "y", "z"): ("no option", "どのオプションにも属さない"),
    ("--input", "x", "--output", "y", "--workers", "0"): ("from 1 on", "1 以上の整数"),
}


@pytest.mark.parametrize(
    ("command", "words", "told"),
    [(main, *item) for item in WRONG.items()] + [(many, *item) for item in MANY_WRONG.items()],
)
def test_wrong_usage_is_told_in_the_language(
    command: click.Command, words: tuple[str, ...], told: tuple[str, str]
) -> None:
    """What is wrong with the words of a call would be told in English alone."""
    for lang, sentence in zip(("en", "ja"), told, strict=True):
        result = CliRunner().invoke(command, ["--lang", lang, *words])
        assert result.exit_code == 2
        assert sentence in result.stderr
        assert "--help" in result.stderr
        assert (lang == "ja") == ("使い方：" in result.stderr)


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """Where scripts are not on the path, as in many a notebook, nothing would start it."""
    done = subprocess.run(
        [sys.executable, "-m", "reconcile", "--version"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stdout == call("--version").stdout.replace("main", "reconcile")


def test_version() -> None:
    """A report about a fault could not say which version it is about."""
    result = CliRunner().invoke(main, ["--version"])
    assert __version__ in result.stdout


def test_list_layouts(folder: Path) -> None:
    """A user could not find out whether a bank is known."""
    lines = call("--list-layouts").stdout.splitlines()
    listed = [line.split()[0] for line in lines if line.strip()]
    assert {"chase", "rakuten-card"} <= set(listed)


@pytest.mark.parametrize("option", ["-o", "--json", "--html", "--journal", "--calendar"])
@pytest.mark.parametrize("target", ["statement.csv", "orders.csv", "decided.csv", "reconcile.toml"])
def test_no_report_over_what_is_read(folder: Path, option: str, target: str) -> None:
    """A mistyped file name would overwrite the statement with a report."""
    (folder / "orders.csv").write_text(OVERDUE, "utf-8")
    (folder / "decided.csv").write_text("Case ID,Decision\n", "utf-8")
    (folder / "reconcile.toml").write_text('lang = "en"\n', "utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    given = ["--orders", "orders.csv", "--decisions", "decided.csv", option, f"./{target}"]
    result = call("statement.csv", *given)
    assert result.exit_code == 2
    assert target in result.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_json_on_standard_output_is_all_that_stands_there(folder: Path) -> None:
    """`reconcile statement.csv --json - | jq` would meet a summary, or leave a file named `-`."""
    result = call("statement.csv", "--json", "-", "-v")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["schema_version"]
    assert "statement-refunds.xlsx" in result.stderr
    assert names(folder) == {"statement.csv", "statement-refunds.xlsx"}
    call("statement.csv", "--json", "same.json", "-q")
    assert (folder / "same.json").read_text("utf-8") == result.stdout


def test_json_on_a_full_standard_output_is_told(folder: Path) -> None:
    """Half of the results would be handed on, and the command would end as if all were well."""
    code = "from reconcile.cli import main; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "statement.csv", "-q", "--json", "-"], stdout=full,
            stderr=subprocess.PIPE, check=False, cwd=folder, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("-:")
