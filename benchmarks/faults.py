"""A run killed at any moment: the old report is whole, or the new one is."""

import json
import os
import random
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_statements" / "ofx" / "usd-card-xml.qfx"
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


def command(folder: Path, day: str) -> list[str]:
    """A run that writes every kind of report, as of a day that stands in each of them."""
    return [
        sys.executable, "-c", "from reconcile.cli import main; main()", str(SAMPLE), "-q",
        "--lang", "en", "--as-of", day, "-o", str(folder / "r.xlsx"),
        "--json", str(folder / "r.json"), "--html",
        str(folder / "r.html"), "--calendar", str(folder / "r.ics"), "--journal",
        str(folder / "r.csv"),
    ]  # fmt: skip


def environment() -> dict[str, str]:
    """The surroundings with the project's own source first."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


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


def until_writing(run: subprocess.Popen[bytes], folder: Path, known: frozenset[str]) -> None:
    """Wait until a run has made a file that is not `known`, or has ended."""
    while run.poll() is None and all(path.name in known for path in folder.iterdir()):
        time.sleep(0.001)


def kill_loop(times: int) -> Kills:
    """Kill a run at random moments, with whole reports of an earlier run in its place."""
    chance = random.Random(9)
    old = new = mixed = temporary = 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.monotonic()
        with subprocess.Popen(command(folder, "2026-01-01"), env=environment()) as run:
            until_writing(run, folder, frozenset())
            writing = time.monotonic()
        assert run.returncode == 0
        length, span = writing - started, time.monotonic() - writing
        kept = contents(folder)
        for number in range(times):
            for path, data in kept.items():
                (folder / path).write_bytes(data)
            run = subprocess.Popen(command(folder, "2026-06-01"), env=environment())
            if number % 4 == 0:
                time.sleep(length * chance.random())
            else:
                # Most of the kills fall where files are written, however busy the machine is.
                until_writing(run, folder, frozenset(_REPORTS))
                time.sleep(1.2 * span * chance.random())
            run.send_signal(signal.SIGKILL)
            run.wait()
            same = [contents(folder)[path] == data for path, data in kept.items()]
            old, new = old + all(same), new + (not any(same))
            mixed += any(same) and not all(same)
            for path in folder.iterdir():
                if path.name in _REPORTS:
                    if not whole(path):
                        wrong.append(f"{number}: {path.name}")
                    continue
                temporary += 1
                if stat.S_IMODE(path.stat().st_mode) != 0o600 or (
                    path.stat().st_size and not (path.name.startswith(".r."))
                ):
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
