"""What the start-up benchmark times is a whole run, and a run loads nothing that it can spare."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import startup

_LATE = ("scipy", "matplotlib", "ofxparse", "bs4", "currency_converter", "forex_python")


def _loaded(arguments: list[str], names: tuple[str, ...]) -> list[str]:
    """Those of `names` that a run of the command has imported at its end."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([n for n in {names!r} if n in sys.modules]))\n"
        "from reconcile.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    last = _output([sys.executable, "-c", code, *arguments]).splitlines()[-1]
    return list(json.loads(last.replace("'", '"')))


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_statement_is_read_whole(tmp_path: Path) -> None:
    """The benchmark would look fast because it skips rows."""
    big, _ = startup.pairs(tmp_path)
    _output(big.ours)
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    (source,) = found["sources"]
    assert source["layout"] == "rakuten-card"
    assert source["rejected"] == []
    assert source["lines"]["note"] == 16
    assert source["rows"] == source["transactions"] == len(found["transactions"]) == startup.ROWS
    assert sum(len(case["refunds"]) for case in found["cases"]) == 4
    assert (tmp_path / "report.xlsx").stat().st_size > 10_000


def test_csv_run_loads_no_heavy_library(tmp_path: Path) -> None:
    """A small statement would take seconds because of libraries that it does not need."""
    (tmp_path / startup.NAME).write_text(startup.statement(), "utf-8-sig", newline="")
    arguments = [str(tmp_path / startup.NAME), "-q", "-o", str(tmp_path / "report.xlsx")]
    assert _loaded(arguments, _LATE) == []


def test_a_pipe_is_served_without_rich(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script would wait for a library of colours that it never sees."""
    for asked in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(asked, raising=False)
    (tmp_path / startup.NAME).write_text(startup.statement(), "utf-8-sig", newline="")
    arguments = [str(tmp_path / startup.NAME), "-o", str(tmp_path / "report.xlsx")]
    assert _loaded(arguments, ("rich",)) == []


def test_help_loads_no_library_but_click() -> None:
    """Looking something up in --help would take as long as a run."""
    assert _loaded(["--help"], ("pandas", "numpy", "openpyxl", "rich", *_LATE)) == []
