"""What happens to bad files: `python -m benchmarks.hostile --out docs/reliability.md`.

Every sample statement and order list, and the public files of `--corpus`, are damaged in every way
of `mutations.py`; `monsters.py` adds files made to harm. Each is read in a process of its own with
a limit on time and memory, and must end in a clean error or in a reading that accounts for
every line. One in `--full` is also taken through to all reports. What became of each file is added
to `--results`, so that a run can be stopped and gone on with; the table counts what stands there.
"""

import argparse
import collections
import gc
import itertools
import json
import multiprocessing as mp
import multiprocessing.connection
import random
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import faults, monsters, mutations

ROOT = Path(__file__).parents[1]
OUTCOMES = ("clean error", "read", "traceback", "lost silently", "over 10 s", "over 1 GB")
SLOW, MEMORY, ADDRESS_SPACE = 10.0, 1 << 30, 6 << 30
_ORDERS, _LAYOUT, _SETTINGS, _RATES, _DECISIONS = "orders", "layout", "settings", "rates", "said"


class Job(NamedTuple):
    """One file to read: what it is read as, where the good one stands, what is done to it."""

    reader: str
    seed: Path
    recipe: mutations.Recipe
    full: bool


class Outcome(NamedTuple):
    """What became of a file; `detail` tells where a bad one failed."""

    kind: str
    reader: str
    what: str
    detail: str


def seeds(corpus: Path | None) -> list[tuple[str, Path]]:
    """(reader, file) of everything that is damaged."""
    samples = ROOT / "sample_statements"
    found = [path for path in sorted(samples.rglob("*")) if path.is_file()]
    out = []
    for path in found:
        if path.name.endswith((".expected.txt", ".md")):
            continue
        ordered = path.stem.startswith("orders") or path.parent.name == "orders"
        out.append((_ORDERS if ordered else "statement", path))
    layouts = ROOT / "src" / "reconcile" / "layouts"
    out += [(_LAYOUT, path) for path in sorted(layouts.glob("*.toml"))[::12]]
    if corpus is not None:
        suffixes = (".csv", ".tsv", ".txt", ".ofx", ".qfx", ".qif", ".xlsx")
        every = [path for path in sorted(corpus.rglob("*")) if path.suffix.lower() in suffixes]
        out += [
            (_ORDERS if "orders" in path.parts else "statement", path)
            for path in every
            if path.parent != corpus and "fx_cases" not in path.parts
        ]
    return out


def jobs(corpus: Path | None, share: float, full: int) -> Iterator[Job]:
    """Every file to read; one in `full` goes through to the reports."""
    number = 0
    for reader, path in seeds(corpus):
        data = path.read_bytes()
        name = str(path.relative_to(path.parents[1]))
        for recipe in mutations.recipes(name, data, share):
            number += 1
            yield Job(reader, path, recipe, number % full == 0)


class SilentError(AssertionError):
    """A line of the file that neither became a transaction nor was told."""


class _Reader:
    """Reads damaged files; knows how the undamaged ones read."""

    def __init__(self, folder: Path) -> None:
        from reconcile import layout

        self.folder = folder
        self.layouts = layout.shipped()
        self.whole: dict[Path, dict[str, tuple[str, int]]] = {}

    def prepare(self, seeds: Iterable[Path]) -> None:
        """Read the good files once, before the worker processes are forked and have it all."""
        for path in seeds:
            self.whole[path] = self._lines_of(path)

    def run(self, job: Job) -> str:
        data = mutations.apply(job.recipe, job.seed.read_bytes())
        path = self.folder / job.seed.name
        path.write_bytes(data)
        try:
            if job.reader == "statement" and job.seed not in self.whole:
                self.whole[job.seed] = self._lines_of(job.seed)
            return self.read(job.reader, path, job.full, self.whole.get(job.seed))
        finally:
            path.unlink()

    def read(
        self, reader: str, path: Path, full: bool, whole: dict[str, tuple[str, int]] | None = None
    ) -> str:
        from reconcile import decisions, layout, orders, rates, settings_toml
        from reconcile.errors import ReconcileError
        from reconcile.readers import read_path
        from reconcile.text import say

        plain = {
            _ORDERS: orders.read, _RATES: rates.from_csv, _DECISIONS: decisions.read,
            _SETTINGS: settings_toml.from_toml, _LAYOUT: lambda path: layout.load(path.parent),
        }  # fmt: skip
        try:
            if reader != "statement":
                plain[reader](path)
                return "read"
            found = read_path(path, self.layouts)
            for frame, source in found:
                account_for(path, frame, source, whole)
            if full:
                self._report(path)
        except ReconcileError as error:
            for one in getattr(error, "errors", (error,)):
                say(f"error.{one.code}", "ja", **one.params)
            return "clean error"
        return "read"

    def _report(self, path: Path) -> None:
        """Through the command to every report, which must hold to the contract."""
        import json

        from click.testing import CliRunner
        from tests import contract

        from reconcile.cli import main

        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            out = Path(name)
            done = CliRunner().invoke(main, [
                "--as-of", "2026-11-23", "-q", "-o", str(out / "r.xlsx"), "--json",
                str(out / "r.json"), "--html", str(out / "r.html"), "--calendar",
                str(out / "r.ics"), "--journal", str(out / "r.csv"), "--messages",
                str(out / "m"), "--", str(path),
            ])  # fmt: skip
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            if (out / "r.json").exists():
                contract.check(json.loads((out / "r.json").read_text("utf-8")))

    def _lines_of(self, path: Path) -> dict[str, tuple[str, int]]:
        """Text of each line of a good file that is a transaction -> layout, size of its amount."""
        from reconcile.errors import ReconcileError
        from reconcile.readers import read_path

        try:
            found = read_path(path, self.layouts)
        except ReconcileError:
            return {}
        out = {}
        for frame, source in found:
            lines = _lines(path, source)
            for line, amount in zip(frame["line"], frame["amount"], strict=True):
                # A line with an open quote is no record by itself.
                if lines and line == line and lines[int(line) - 1].count('"') % 2 == 0:
                    out[lines[int(line) - 1]] = (source.layout, abs(int(amount)))
        return out


def _lines(path: Path, source: Any) -> list[str]:
    """Physical lines of a text file; none for workbooks, archives, OFX and web pages."""
    data = path.read_bytes()
    if source.layout in ("ofx", "qfx") or "!" in source.file or source.encoding == "workbook":
        return []
    text = data.decode(source.encoding, "replace")
    if text.lstrip()[:1] == "<":
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def account_for(
    path: Path, frame: Any, source: Any, whole: dict[str, tuple[str, int]] | None
) -> None:
    """Raise `SilentError` where a line of a file that was read went nowhere."""
    import re

    from reconcile.readers.ofx_decode import decode

    if source.rows != len(frame) + len(source.rejected):
        raise SilentError(f"{source.rows} rows, {len(frame)} read, {len(source.rejected)} rejected")
    if source.layout in ("ofx", "qfx"):
        text = decode(path.read_bytes(), path.name, None)[0]
        for start, end in (("<!--", "-->"), ("<![CDATA[", "]]>")):
            first, *rest = text.split(start)
            text = first + "".join(part.partition(end)[2] or part for part in rest)
        opened = len(re.findall(r"(?i)<(?:[\w.-]+:)?STMTTRNP?(?:\s[^<>]*)?/?>", text))
        if "!" not in source.file and source.rows != opened:
            raise SilentError(f"{opened} transactions begin, {source.rows} are accounted for")
        return
    lines = _lines(path, source)
    if not lines:
        return
    count = len(lines) - (lines[-1] == "")
    if sum(source.lines.values()) != count:
        raise SilentError(
            f"{count} lines, {sum(source.lines.values())} accounted for: {source.lines}"
        )
    amounts = {int(n): int(a) for n, a in zip(frame["line"], frame["amount"], strict=True)}
    told = {bad.line for bad in source.rejected}
    last, inside = 0, 0
    for number, text in enumerate(lines, 1):
        if number in amounts or number in told:
            last, inside = number, 0
        if whole is None or text not in whole or last in told:
            continue
        layout, size = whole[text]
        inside += 1
        # The lines of a QIF record may stand in any order: its first one may come later.
        if source.layout == "qif" and last in amounts and inside == 1:
            continue
        # A stray quote on the line before may open the record; then it is the only row inside.
        if number > last and inside == 1 and abs(amounts.get(last, 0)) == size:
            continue
        if number not in amounts:
            raise SilentError(
                f"line {number} {text[:60]!r} is neither read nor told ({source.layout})"
            )
        # A guess may fall on another column; it says on which.
        sure = source.layout == layout and layout not in ("guessed", "qif")
        if sure and abs(amounts[number]) != size:
            raise SilentError(f"line {number} {text[:60]!r} gives {amounts[number]}, not {size}")


def _worker(pipe: multiprocessing.connection.Connection, folder: Path, prepared: _Reader) -> None:
    """Read what comes through the pipe; answer what became of it."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reader = prepared
    reader.folder = folder
    while True:
        job = pipe.recv()
        if job is None:
            return
        start = time.process_time()
        try:
            what, detail = reader.run(job) if isinstance(job, Job) else _monster(reader, job), ""
        except SilentError as error:
            what, detail = "lost silently", str(error)
        except MemoryError:
            what, detail = "over 1 GB", "memory"
        except Exception as error:  # noqa: BLE001 - whatever comes is what is looked for
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno}"
            what, detail = "traceback", f"{type(error).__name__} at {place}: {str(error)[:200]}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        spent = time.process_time() - start
        if spent > SLOW:
            what, detail = "over 10 s", f"{spent:.1f} s"
        elif peak > MEMORY and what != "traceback":
            what, detail = "over 1 GB", f"{peak >> 20} MB"
        pipe.send((what, detail, peak))
        if peak > MEMORY // 2:
            # What one file needed is not to count for the next.
            return


def _monster(reader: _Reader, job: tuple[str, int, Path]) -> str:
    kind, _, path = job
    return reader.read("statement", path, kind == "hostile names")


class _Hand:
    """A worker process and what it is at."""

    def __init__(self, folder: Path, prepared: _Reader) -> None:
        self.folder = folder
        self.prepared = prepared
        self.job: Any = None
        self.start()

    def start(self) -> None:
        self.pipe, other = mp.Pipe()
        context = mp.get_context("fork")
        given = (other, self.folder, self.prepared)
        self.process = context.Process(target=_worker, args=given, daemon=True)
        self.process.start()
        other.close()

    def give(self, job: Any) -> None:
        self.job, self.since = job, time.monotonic()
        self.pipe.send(job)

    def again(self) -> None:
        """A fresh process in place of the one that stopped."""
        self.process.kill()
        self.process.join()
        self.start()

    def answer(self) -> tuple[str, str] | None:
        """What became of the job; None while it is still running."""
        try:
            if self.pipe.poll(0):
                done = self.pipe.recv()
                self.process.join(0 if done[2] < MEMORY // 2 else 5)
                if not self.process.is_alive():
                    self.again()
                return done[0], done[1]
        except (EOFError, OSError):
            self.again()
            return ("over 1 GB", "the process died")
        if time.monotonic() - self.since > 12 * SLOW:
            self.again()
            return ("over 10 s", "stopped")
        return None


def sweep(
    todo: Iterable[Any], hands: int = 2, good: Iterable[Path] = ()
) -> Iterator[tuple[Any, Outcome]]:
    """Have all jobs done by worker processes; `good` are the files that are damaged."""
    todo = iter(todo)
    with tempfile.TemporaryDirectory() as name:
        prepared = _Reader(Path(name))
        prepared.prepare(good)
        # Or each collection would copy the pages that the workers share.
        gc.freeze()
        workers = []
        for number in range(hands):
            folder = Path(name) / str(number)
            folder.mkdir()
            workers.append(_Hand(folder, prepared))
        busy = []
        for hand in workers:
            job = next(todo, None)
            if job is not None:
                hand.give(job)
                busy.append(hand)
        while busy:
            mp.connection.wait([hand.pipe for hand in busy], timeout=1)
            for hand in list(busy):
                done = hand.answer()
                if done is None:
                    continue
                outcome = _outcome(hand.job, *done)
                if outcome.detail:
                    print(f"{outcome.what}: {outcome.kind}: {outcome.detail}", flush=True)
                yield hand.job, outcome
                job = next(todo, None)
                if job is None:
                    busy.remove(hand)
                else:
                    hand.give(job)
        for hand in workers:
            hand.process.kill()


def _outcome(job: Any, what: str, detail: str) -> Outcome:
    if isinstance(job, Job):
        place = f"{job.recipe.name} #{job.recipe.number}: {detail}" if detail else ""
        return Outcome(job.recipe.kind, job.reader, what, place)
    kind, at, _ = job
    return Outcome(kind, "statement", what, f"#{at}: {detail}" if detail else "")


def table(outcomes: list[Outcome]) -> str:
    """What was tried, by kind of damage, and what happened."""
    counted = collections.Counter((one.kind, one.what) for one in outcomes)
    kinds = list(dict.fromkeys([*mutations.COUNTS, "inside the workbook", *monsters.ALL]))
    rows = [f"| damage | files | {' | '.join(OUTCOMES)} |", "| --- |" + " ---: |" * 7]
    for kind in kinds:
        figures = [counted[kind, what] for what in OUTCOMES]
        if sum(figures):
            rows.append(
                f"| {kind} | " + " | ".join(f"{n:,}" for n in [sum(figures), *figures]) + " |"
            )
    figures = [sum(counted[kind, what] for kind in kinds) for what in OUTCOMES]
    rows.append("| **all** | " + " | ".join(f"{n:,}" for n in [sum(figures), *figures]) + " |")
    readers = collections.Counter(one.reader for one in outcomes)
    shares = ", ".join(f"{many:,} as {reader}" for reader, many in readers.most_common())
    return "\n".join([*rows, "", f"Read {shares}."])


def monster_jobs(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """All files made to harm, each made when its turn comes; making them is not measured."""
    for kind, makers in monsters.ALL.items():
        for at, maker in enumerate(makers):
            home = folder / f"{kind.replace(' ', '-')}-{at}"
            home.mkdir()
            yield kind, at, maker(home)


class Results:
    """What became of every file so far, a line of JSON each; a bad end is tried again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Outcome] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                key, *outcome = json.loads(line)
                self.found[key] = Outcome(*outcome)

    def missing(self, job: Any) -> bool:
        """Whether a job has not been done yet, or went wrong."""
        found = self.found.get(_key(job))
        return found is None or found.what not in OUTCOMES[:2]

    def add(self, job: Any, outcome: Outcome) -> None:
        """Keep what became of a job."""
        self.found[_key(job)] = outcome
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([_key(job), *outcome]) + "\n")


def _key(job: Any) -> str:
    parts = job.recipe if isinstance(job, Job) else job[:2]
    return "/".join(map(str, parts))


def _within(todo: list[Job], minutes: float) -> Iterator[Job]:
    """Jobs for some time from when the first is asked for."""
    end = time.monotonic() + minutes * 60
    yield from itertools.takewhile(lambda _: time.monotonic() < end, todo)


def main() -> None:
    """Try everything, print what went wrong, and write the page when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder of public statement files")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each damage")
    parser.add_argument("--full", type=int, default=20, help="one in how many gets all reports")
    parser.add_argument("--kills", type=int, default=200, help="how often a run is killed")
    parser.add_argument("--only", choices=("mutations", "monsters", "kills", "none"))
    parser.add_argument("--minutes", type=float, default=120, help="stop giving out files then")
    parser.add_argument("--kind", help="only this kind of damage")
    parser.add_argument("--hands", type=int, default=2, help="how many worker processes")
    parser.add_argument("--results", type=Path, help="where what became of each file is kept")
    parser.add_argument("--out", type=Path, help="the page to write")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kept = Results(given.results or Path(name) / "results.jsonl")
        if given.only in (None, "mutations"):
            todo = [
                j
                for j in jobs(given.corpus, given.share, given.full)
                if given.kind in (None, j.recipe.kind) and kept.missing(j)
            ]
            # So that a run that is cut short has tried a fair share of everything.
            random.Random(1).shuffle(todo)
            good = dict.fromkeys(j.seed for j in todo if j.reader == "statement")
            for job, outcome in sweep(_within(todo, given.minutes), given.hands, good):
                kept.add(job, outcome)
        if given.only in (None, "monsters"):
            every = monster_jobs(Path(name))
            some = (j for j in every if given.kind in (None, j[0]) and kept.missing(j))
            for job, outcome in sweep(some, given.hands):
                kept.add(job, outcome)
    damage = table(list(kept.found.values()))
    print(damage)
    killed = faults.kill_loop(given.kills) if given.only in (None, "kills") else None
    if killed is not None:
        print(killed)
    if given.out is not None:
        tried = damage if given.only != "kills" else None
        faults.write(given.out, damage=tried, kills=None if killed is None else f"{killed}.")


if __name__ == "__main__":
    main()
