"""Faults around the program: full disks, locked folders, odd clocks, no home, no terminal."""

import datetime as dt
import itertools
import json
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import faults, worlds

from reconcile import Settings, reconcile
from reconcile.errors import OutputError
from reconcile.text import Message, render

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_statements" / "ofx" / "usd-card-xml.qfx"
DAY = "2026-11-23"


def command(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None, limit: int | None = None,
    before: tuple[str, ...] = (), program: str = "reconcile.cli import main",
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """The command in a process of its own, with nothing to read from and no terminal."""

    def small() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    code = "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    code += f"from {program}; {program.split()[-1]}()"
    surroundings = {**os.environ, **(env or {}), "PYTHONPATH": str(ROOT / "src")}
    if limit is not None:
        # On a full disk a measurement of coverage has no room for its own file either.
        surroundings.pop("COVERAGE_PROCESS_CONFIG", None)
    return subprocess.run(
        [*before, sys.executable, "-c", code, *arguments],
        cwd=cwd, env=surroundings, capture_output=True, encoding="utf-8", errors="replace",
        stdin=subprocess.DEVNULL, preexec_fn=small, timeout=300, check=False,
    )  # fmt: skip


def reports(folder: Path) -> list[str]:
    """Options that write every report into a folder."""
    return [
        "--as-of", DAY, "-o", str(folder / "r.xlsx"), "--json", str(folder / "r.json"),
        "--html", str(folder / "r.html"),
    ]  # fmt: skip


def test_full_disk(tmp_path: Path) -> None:
    """A full disk would leave half a report in the place of last month's."""
    old = tmp_path / "r.xlsx"
    old.write_text("last month's")
    done = command(str(SAMPLE), "-q", *reports(tmp_path), cwd=tmp_path, limit=2_000)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "r.xlsx" in done.stderr
    assert old.read_text() == "last month's"
    assert [path.name for path in tmp_path.iterdir()] == ["r.xlsx"]


def test_full_output_pipe(tmp_path: Path) -> None:
    """A list of layouts written to a full disk would end in a traceback."""
    code = "from reconcile.cli import main; main()"
    for arguments in (["--list-layouts"], [str(SAMPLE), "-o", "r.xlsx", "--lang", "en"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-c", code, *arguments], stdout=full, stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LANG": "en_US.UTF-8"},
                cwd=tmp_path, check=False, text=True,
            )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith("Standard output could not be written (")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_nothing_half_written(number: int, tmp_path: Path) -> None:
    """Hidden files beside the statements would stay for ever, with movements in them."""
    code = (
        "import os, signal\n"
        f"signal.signal({number:d}, signal.SIG_DFL)\n"
        "from reconcile.cli import main\n"
        "from reconcile.report import excel\n"
        f"excel.write = lambda *_: os.kill(os.getpid(), {number:d})\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(SAMPLE), "-o", "r.xlsx"], capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A report that cannot be written would be reported as written."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    done = command(str(SAMPLE), "-q", "-o", str(blocked / "r.xlsx"), cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_folder_without_permission(tmp_path: Path) -> None:
    """A report for a folder of somebody else's would end in a traceback."""
    # Not even an administrator may write there.
    done = command(str(SAMPLE), "-q", "-o", "/proc/r.xlsx", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "/proc/r.xlsx" in done.stderr


def test_report_that_is_open_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With last month's report open in Excel on Windows the run would end in a traceback."""
    old = tmp_path / "r.xlsx"
    old.write_text("last month's")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "The process cannot access the file", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    found = reconcile(SAMPLE, as_of=dt.date(2026, 11, 23))
    for write in (found.to_excel, found.to_json, found.to_html, found.to_calendar):
        with pytest.raises(OutputError) as told:
            write(old)
        assert "open elsewhere" in render(Message("error.not_written", told.value.params), "en")
    assert old.read_text() == "last month's"
    assert [path.name for path in tmp_path.iterdir()] == ["r.xlsx"]


def test_report_that_is_a_folder(tmp_path: Path) -> None:
    """A folder in the report's place would end in a traceback, with scraps beside it."""
    (tmp_path / "r.xlsx").mkdir()
    with pytest.raises(OutputError):
        reconcile(SAMPLE, as_of=dt.date(2026, 11, 23)).to_excel(tmp_path / "r.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["r.xlsx"]


@pytest.mark.parametrize(
    "env",
    [
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""},
        {"HOME": "", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""},
        {"HOME": "/proc", "XDG_CACHE_HOME": "/proc/cache", "XDG_CONFIG_HOME": "/proc"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": "", "LC_ALL": "nonsense", "LANGUAGE": "xx"},
        {"TERM": "dumb", "COLUMNS": "1"},
        {"TZ": "Pacific/Kiritimati"},
        {"TMPDIR": "/nonexistent"},
    ],
    ids=[
        "no home",
        "an empty home",
        "read-only home",
        "no locale",
        "unknown locale",
        "no terminal",
        "other zone",
        "no tmp",
    ],
)
def test_poor_surroundings(env: dict[str, str], tmp_path: Path) -> None:
    """In a container, in cron or over ssh the command would fail where it works at the desk."""
    done = command(str(SAMPLE), "--lang", "ja", *reports(tmp_path), cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert faults.whole(tmp_path / "r.json")
    assert faults.whole(tmp_path / "r.xlsx")


@pytest.mark.parametrize("day", ["1970-01-02", "1999-12-31", "2199-12-31"])
def test_clocks_far_off(day: str, tmp_path: Path) -> None:
    """A computer with a wrong clock would end in a traceback instead of odd deadlines."""
    out = tmp_path / "r.json"
    reconcile(SAMPLE, as_of=dt.date.fromisoformat(day)).to_json(out)
    assert json.loads(out.read_text("utf-8"))["as_of"] == day


def test_rates_older_than_the_statement(tmp_path: Path) -> None:
    """A table of rates that ends before the statement would end in a traceback, or be used."""
    rates = tmp_path / "rates.csv"
    rates.write_text("date,base,quote,rate\n2001-01-02,EUR,USD,0.9423\n", "utf-8")
    found = reconcile(SAMPLE, settings=Settings(rates=str(rates), as_of=dt.date(2026, 11, 23)))
    assert len(found.cases)
    assert found.rates.empty


def test_reports_are_swapped_in_whole(tmp_path: Path) -> None:
    """A program that shows the report while a new one is written would see half of it."""
    found = reconcile(SAMPLE, as_of=dt.date(2026, 11, 23))
    path = tmp_path / "r.json"
    found.to_json(path)
    with path.open("rb") as open_elsewhere:
        found.to_json(path)
        assert json.loads(open_elsewhere.read())
    assert json.loads(path.read_text("utf-8"))


def test_temporary_files_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user of the machine could read the report while it is being written."""
    seen: list[int] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        return replace(self, target)

    chmod = Path.chmod

    def noted(self: Path, mode: int) -> None:
        seen.append(stat.S_IMODE(self.stat().st_mode))
        chmod(self, mode)

    monkeypatch.setattr(Path, "replace", watched)
    monkeypatch.setattr(Path, "chmod", noted)
    reconcile(SAMPLE, as_of=dt.date(2026, 11, 23)).to_excel(tmp_path / "r.xlsx")
    assert seen == [0o600]
    assert [path.name for path in tmp_path.iterdir()] == ["r.xlsx"]


def test_killed_at_any_moment() -> None:
    """A run stopped halfway would leave a report that cannot be opened."""
    killed = faults.kill_loop(6)
    assert killed.tried == 6
    assert killed.wrong == []


ALONE = ("unshare", "-r", "-n")
SAMPLES = ROOT / "sample_statements"
EVERY_REPORT = (
    "--as-of", DAY, "-o", "r.xlsx", "--json", "r.json", "--html", "r.html", "--calendar", "r.ics",
    "--messages", "m", "--all-rows", "-v",
)  # fmt: skip
ORDERS = [f"orders/{path.name}" for path in sorted((SAMPLES / "orders").iterdir())]
# What the command can be asked for, by name: its arguments, relative to the samples.
PATHS: dict[str, tuple[str, ...]] = {
    "every sample, every report": (
        str(SAMPLES), "--orders", "orders.csv", "--journal", "r.beancount", "--cross-check",
        *EVERY_REPORT,
    ),
    "redacted, in Japanese": (
        "ofx", "--redact", "--lang", "ja", "--journal", "r.csv", *EVERY_REPORT,
    ),
    "decisions, settings, own rates": (
        "chase", "--decisions", "said.csv", "--rates", "rates.csv", "--config", "own.toml",
        "--expect", "2025-06-20 32.49 USD", "--journal", "r.hledger", *EVERY_REPORT,
    ),
    **{one: ("plain", "--orders", one, *EVERY_REPORT) for one in ORDERS},
    "JSON to standard output": ("ofx", "--as-of", DAY, "-q", "-o", "r.xlsx", "--json", "-"),
    "layouts": ("--list-layouts",),
    "a draft of a layout": ("--sketch-layout", "plain/gbp-card-debit-credit.csv"),
    "the list of orders to fill in": ("--orders-template",),
}  # fmt: skip


@pytest.mark.check
def test_the_namespace_has_no_way_out() -> None:
    """The tests below would run with a network and show nothing."""
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    done = subprocess.run(
        [*ALONE, sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in done.stderr


@pytest.mark.check
@pytest.mark.parametrize("name", PATHS)
def test_no_network_is_needed(name: str, tmp_path: Path) -> None:
    """On a machine without network a run would hang or fail."""
    for path in SAMPLES.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "said.csv").write_text("Case ID,Decision\nabcdefabcdef,confirm\n", "utf-8")
    (tmp_path / "rates.csv").write_text("date,base,quote,rate\n2025-01-02,EUR,USD,1.03\n", "utf-8")
    (tmp_path / "own.toml").write_text('lang = "en"\n', "utf-8")
    done = command(*PATHS[name], cwd=tmp_path, before=ALONE)
    assert done.returncode == 0, done.stderr
    for word, file in itertools.pairwise(PATHS[name]):
        if word in ("-o", "--json", "--html", "--calendar", "--journal") and file != "-":
            assert faults.whole(tmp_path / file), file


@pytest.mark.check
def test_very_many_need_no_network(tmp_path: Path) -> None:
    """The engine for very many accounts would ask for something, or fail without network."""
    source = tmp_path / "in"
    worlds.write_csv(worlds.make(worlds.World("many", 37, accounts=2, charges=8)), source)
    done = command(
        "--input", str(source), "--output", str(tmp_path / "out"), "--workers", "2", "--as-of",
        DAY, cwd=tmp_path, before=ALONE, program="reconcile.cli_many import many",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "_SUCCESS").exists()


def test_no_socket_is_opened(tmp_path: Path) -> None:
    """A run would ask a server for something, and tell it that a statement is being read."""
    guard = (
        "import sys\n"
        "def hook(event, arguments):\n"
        "    if event.startswith('socket.') and event != 'socket.__new__':\n"
        "        raise SystemExit(f'network: {event}')\n"
        "sys.addaudithook(hook)\n"
        "from reconcile.cli import main; main()"
    )
    arguments = [str(SAMPLE), "-v", "--cross-check", *reports(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", guard, *arguments], cwd=tmp_path, check=False, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "network:" not in done.stderr
