"""Every command and every piece of Python in the READMEs and the other pages is executed.

Commands run in a copy of the samples, in this process, with every network connection refused. Of
commands that install, download or measure for minutes, only what can be checked at once is: see
`NOT_RUN`.
"""

import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from click.testing import CliRunner
from golden import SAMPLES
from tests import figures

from reconcile.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name != "CHANGELOG.md"
)
# Commands that a test should not run whole, why, and what is checked instead.
NOT_RUN = {
    "make": "installs into .venv and runs for minutes; the target exists, and `make demo` is run",
    "pip install": "needs a package index; the extras exist",
    "python -m benchmarks": "measures for minutes; the module and its --help are there",
    "python -m tests": "writes into this folder; the module is there and has a `main`",
    "python -m tools": "looks at what is installed; the module and its --help are there",
    "pytest": "is what runs this",
    "reconcile-": "works on a cluster's tables, which have tests of their own; the program exists",
}
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`((?:reconcile|make|python -m|pip install|pytest) [^`]+)`")
_PROGRAMS = ("reconcile", "make ", "python -m ", "pip ", "pytest")
# A span that shows a name, not a command.
_NAMES = ("make it", "reconcile(")


class Block(NamedTuple):
    """A piece of a page that is to be executed."""

    page: Path
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}: {' '.join(self.text.split())[:60]}"


def _commands() -> Iterator[Block]:
    """Every command, in blocks marked as shell and in the running text."""
    for page in PAGES:
        told = page.read_text("utf-8")
        for kind, body in _FENCE.findall(told):
            for line in body.replace("\\\n", " ").splitlines():
                # A block that is not marked may hold a command as well.
                shell = kind in ("sh", "console", "bash", "shell")
                shell = shell or (kind == "" and line.startswith(_PROGRAMS))
                if shell and line.strip() and not line.startswith("#"):
                    yield Block(page, line.removeprefix("$ ").split(" #")[0].strip())
        for span in _SPAN.findall(_FENCE.sub("", told)):
            if not span.startswith(_NAMES):
                yield Block(page, span)


def _python() -> Iterator[Block]:
    for page in PAGES:
        for kind, body in _FENCE.findall(page.read_text("utf-8")):
            if kind in ("python", "py"):
                yield Block(page, body)


COMMANDS = sorted(set(_commands()))
OURS = [block for block in COMMANDS if block.text.startswith("reconcile ")]
OTHERS = [block for block in COMMANDS if not block.text.startswith("reconcile ")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages name, from the samples; nothing in it can reach the network."""
    plain = SAMPLES / "plain"
    shutil.copy(plain / "jpy-card-with-originals.csv", tmp_path / "statement.csv")
    shutil.copy(plain / "gbp-card-debit-credit.csv", tmp_path / "2025-card.csv")
    shutil.copy(SAMPLES / "ofx" / "eur-card-sgml.ofx", tmp_path / "card.ofx")
    shutil.copy(SAMPLES / "orders.csv", tmp_path)
    shutil.copytree(SAMPLES / "rakuten", tmp_path / "statements")
    (tmp_path / "decisions.csv").write_text("case,decision\n", "utf-8")
    book = openpyxl.Workbook()
    book.worksheets[0].append(["ID", "Decision"])
    book.save(tmp_path / "statement-refunds.xlsx")
    (tmp_path / "rates.csv").write_text("date,base,quote,rate\n2026-08-03,USD,JPY,156.68\n")
    (tmp_path / "layouts").mkdir()
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object) -> None:
        raise AssertionError("a documented command asked for a network connection")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tmp_path


def _invoke(command: str, folder: Path) -> None:
    """Run one `reconcile …` line, with globs left to the program and `> FILE` understood."""
    words = shlex.split(command)[1:]
    target = None
    if ">" in words:
        at = words.index(">")
        target, words = folder / words[at + 1], words[:at]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.stderr}"
    if target is not None:
        target.write_text(done.stdout, "utf-8")
        assert target.stat().st_size > 0
    names = iter(words)
    for word in names:
        if word in ("-o", "--output", "--html", "--journal", "--json", "--messages", "--calendar"):
            assert (folder / next(names)).exists(), f"{command} writes no {word}"


def test_there_are_commands() -> None:
    """The pages would show no command, or the tests would no longer find them."""
    assert len(OURS) >= 12
    assert len(list(_python())) >= 4
    assert {block.page.name for block in OURS} >= {"README.md", "README.ja.md", "orders.md"}
    for name in figures.READMES.values():
        assert not re.search(r"^ {4}\S", name.read_text("utf-8"), re.MULTILINE), "a block unmarked"


@pytest.mark.parametrize("block", OURS, ids=str)
def test_commands_work(block: Block, desk: Path) -> None:
    """A user would copy a command from a page and meet an error, or be online without asking."""
    _invoke(block.text, desk)


@pytest.mark.parametrize("block", list(_python()), ids=str)
def test_python_works(block: Block, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user would paste the Python of a page into a notebook and meet an error."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    exec(compile(block.text, str(block.page), "exec"), {})


@pytest.mark.parametrize("block", OTHERS, ids=str)
def test_other_commands_exist(block: Block) -> None:
    """A page would name a make target, a module or an extra that is not there."""
    words = shlex.split(block.text)
    reason = next((name for name in NOT_RUN if block.text.startswith(name)), None)
    assert reason is not None, f"{block.text} is neither run nor known in NOT_RUN"
    if reason == "make":
        run = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, check=False)
        assert run.returncode == 0, run.stderr.decode()
    elif reason == "reconcile-":
        told = (ROOT / "pyproject.toml").read_text("utf-8")
        assert re.search(rf"^{words[0]} = ", told, re.MULTILINE), words[0]
    elif reason == "pip install":
        told = (ROOT / "pyproject.toml").read_text("utf-8")
        for extra in re.findall(r"\[(\w+)\]", block.text):
            assert re.search(rf"^{extra} = \[", told, re.MULTILINE), extra
    elif reason.startswith("python -m"):
        module = ROOT.joinpath(*words[2].split(".")).with_suffix(".py")
        assert module.is_file()
        source = module.read_text("utf-8")
        assert "def main(" in source
        if "argparse" in source:
            asked = [sys.executable, *words[1:3], "--help"]
            run = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False, timeout=120)
            assert run.returncode == 0, run.stderr.decode()
            for option in [word for word in words[3:] if word.startswith("--")]:
                assert option.split("=")[0] in run.stdout.decode()


def test_demo_runs_what_make_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command that a newcomer types would fail after the installation."""
    shown = subprocess.run(
        ["make", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.replace("\\\n", " ")
    (line,) = [row for row in shown.splitlines() if "bin/reconcile" in row]
    words = shlex.split(line)[1:]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_statements").symlink_to(SAMPLES)
    (tmp_path / "demo-output").mkdir()
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "demo-output" / "refunds.xlsx").is_file()


@pytest.mark.parametrize("lang", figures.READMES)
def test_figures_are_those_of_the_accuracy_page(lang: str) -> None:
    """The README would promise more than was measured: run `python -m tests.figures`."""
    readme, page = (path.read_text("utf-8") for path in (figures.READMES[lang], figures.PAGE))
    assert figures.section(page, lang) in readme
    assert all(0.5 < one.ours <= 1 for one in figures.figures(page).values())


def test_links_between_pages_lead_somewhere() -> None:
    """A reader would click on a page that is not there."""
    for page in PAGES:
        told = page.read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", told):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
        for name in re.findall(r"`((?:docs|notebooks|tests|benchmarks)/[\w./-]+\.\w+)`", told):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_promises_on_privacy_have_their_tests() -> None:
    """A promise would be kept by nothing but the page that makes it."""
    told = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", told)
    assert len(named) >= 6
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file}::{test}"
