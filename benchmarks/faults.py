"""A run killed at any moment: the old report is whole, or the new one is."""

import json
import multiprocessing
import os
import random
import re
import signal
import stat
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_statements" / "ofx" / "usd-card-xml.qfx"
# What Python tells of before it does it: files opened, renamed, removed, their rights changed.
_EVENTS = ("open", "os.rename", "os.remove", "os.chmod")
# Loaded once; every run is forked from there, so that starting it takes no time.
_WARM = [
    "reconcile.cli",
    "reconcile.pipeline",
    "reconcile.result",
    "reconcile.outputs",
    "reconcile.ics",
    *(f"reconcile.report.{name}" for name in ("console", "excel", "json", "page", "journal")),
]
_REPORTS = ("r.xlsx", "r.json", "r.html", "r.ics", "r.csv")


class Kills(NamedTuple):
    """How often a run was killed, before and after which state of its reports, what was wrong."""

    tried: int
    old: int
    new: int
    mixed: int
    temporary: int
    wrong: list[str]

    def __str__(self) -> str:
        return (
            f"{self.tried} kills: {self.old} left all reports old, {self.mixed} some old and some "
            f"new, {self.new} all new; {len(self.wrong)} half-written files; "
            f"{self.temporary} left a temporary file, all of them readable by their owner alone"
        )


def arguments(folder: Path, day: str) -> list[str]:
    """A run that writes every kind of report, as of a day that stands in each of them."""
    return [
        str(SAMPLE), "-q", "--lang", "en", "--as-of", day, "-o", str(folder / "r.xlsx"),
        "--json", str(folder / "r.json"), "--html", str(folder / "r.html"), "--calendar",
        str(folder / "r.ics"), "--journal", str(folder / "r.csv"),
    ]  # fmt: skip


def _work(given: list[str], events: Any, stop_at: int) -> None:
    """The command; `events` counts what it does to files, and at one of them it kills itself."""

    def watch(event: str, values: tuple[Any, ...]) -> None:
        if event in _EVENTS and not (event == "open" and values[1] in ("r", "rb", None)):
            events.value += 1
            if events.value == stop_at:
                os.kill(os.getpid(), signal.SIGKILL)

    from reconcile.cli import main

    sys.addaudithook(watch)
    main(given)


def whole(path: Path) -> bool:
    """Whether a report can be read to its end."""
    data = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None and "xl/workbook.xml" in archive.namelist()
    if path.suffix == ".json":
        return bool(json.loads(data)["schema_version"])
    if path.suffix == ".html":
        return data.rstrip().endswith(b"</html>")
    if path.suffix == ".ics":
        return data.endswith(b"END:VCALENDAR\r\n")
    return data.endswith(b"\n")


def contents(folder: Path) -> dict[str, bytes]:
    """What each report holds; of a workbook its parts, of which some tell when they were packed."""
    return {name: (folder / name).read_bytes() for name in _REPORTS}


def kill_loop(times: int) -> Kills:
    """Kill a run at random moments, with whole reports of an earlier run in its place.

    A third of the kills fall at any time of the run, a third at any time while files are written,
    and a third exactly where a file is about to be opened, replaced or removed.
    """
    chance = random.Random(9)
    old = new = mixed = temporary = 0
    wrong: list[str] = []
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_WARM)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def start(day: str, stop_at: int = 0) -> tuple[Any, Any]:
            events = context.RawValue("l", 0)
            run = context.Process(target=_work, args=(arguments(folder, day), events, stop_at))
            run.start()
            return run, events

        start("2026-01-01")[0].join()  # the first loads what all share
        for path in folder.iterdir():
            path.unlink()
        started = time.monotonic()
        run, events = start("2026-01-01")
        while run.is_alive() and not any(folder.iterdir()):
            time.sleep(0.001)
        writing = time.monotonic()
        run.join()
        assert run.exitcode == 0
        length, span, many = writing - started, time.monotonic() - writing, events.value
        kept = contents(folder)
        for number in range(times):
            for path_, data in kept.items():
                (folder / path_).write_bytes(data)
            run, events = start("2026-06-01", chance.randint(1, many) if number % 3 == 2 else 0)
            if number % 3 == 0:
                run.join((length + span) * chance.random())
            elif number % 3 == 1:
                while run.is_alive() and {path.name for path in folder.iterdir()} <= set(_REPORTS):
                    time.sleep(0.001)
                run.join(span * chance.random())
            else:
                run.join()
            run.kill()
            run.join()
            same = [contents(folder)[path] == data for path, data in kept.items()]
            old, new = old + all(same), new + (not any(same))
            mixed += any(same) and not all(same)
            for path in folder.iterdir():
                if path.name in _REPORTS:
                    if not whole(path):
                        wrong.append(f"{number}: {path.name}")
                    continue
                temporary += 1
                private = stat.S_IMODE(path.stat().st_mode) == 0o600
                if not path.name.startswith(".r.") or not private:
                    wrong.append(f"{number}: {path.name} {path.stat().st_mode:o}")
                path.unlink()
    return Kills(times, old, new, mixed, temporary, wrong)


def write(path: Path, **parts: str | None) -> None:
    """Replace the parts of a page that were measured, each between its marks."""
    text = path.read_text("utf-8")
    for name, content in parts.items():
        if content is None:
            continue
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text, found = re.subn(pattern, lambda m: f"{m[1]}{content}\n{m[2]}", text, flags=re.S)  # noqa: B023
        assert found == 1, name
    path.write_text(text, "utf-8")
