"""Very many accounts on one machine: worker processes, and never the whole ledger in one of them.

Rows are first dealt out by account to partitions on disk, a file or some row groups at a time; then
each partition is gathered, and then solved, by whichever process is free, the largest first. The
output appears in one step when all of it is written; a rerun writes the same bytes.
"""

import errno
import os
import pickle
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from reconcile.case_rows import Span, shared
from reconcile.engines import core, dealt, inputs, output
from reconcile.engines.core import Job
from reconcile.engines.dealt import Piece
from reconcile.engines.inputs import Chunk
from reconcile.errors import OutputError
from reconcile.intake import Progress
from reconcile.ledger import Source
from reconcile.pool import Pool, dumps
from reconcile.settings import Settings
from reconcile.text import masked

T = TypeVar("T")

SUCCESS, POOL = "_SUCCESS", "pool.json"
# What the files say of their lines, among the run's own files.
SOURCES = "sources"
# Rows of a partition, about: some tens of megabytes in a process, and thousands of accounts a call.
ROWS = 60_000


class Counts(NamedTuple):
    """What a run read and wrote."""

    partitions: int
    transactions: int
    cases: int
    cards: int
    rejected: int


class _Dealt(NamedTuple):
    """What became of a chunk: rows and piece of each partition, and what each source says of its
    lines.
    """

    rows: dict[int, int]
    pieces: dict[int, list[Piece]]
    sources: dict[core.Key, Source]


@dataclass(frozen=True)
class _Gathered:
    """What came of a partition's rows: rows written of each table, and what all must hear of."""

    count: dict[str, int]
    spans: list[Span] | None
    pool: Pool


def run(
    paths: Iterable[str | Path],
    target: str | Path,
    settings: Settings | None = None,
    *,
    workers: int | None = None,
    partitions: int | None = None,
    pooled: bool = True,
    progress: Progress | None = None,
) -> Counts:
    """Reconcile a folder or pattern of Parquet (ledger columns) or statement files into `target`.

    Writes the folders cases, transactions, cards and rejected with Parquet files for each
    partition (CSV without pyarrow). The number of `workers` (default: processors) and of
    `partitions` changes no row. `pooled`: cards learn from the other cards of their issuer first;
    the file `pool.json` then gives a single run the same (`Settings.pool`). `progress` is called
    with the stage (`read`, `link`) and how many of its pieces of work are done. Raises
    `ReconcileError`; an `ErrorGroup` when no file could be read.
    """
    settings = settings or Settings()
    with_ = core.job(settings)
    found = inputs.files(paths, settings)
    processes = workers or os.cpu_count() or 1
    chunks = list(inputs.chunks(found))
    rows = sum(chunk.rows for chunk in chunks)
    number = partitions or max(4 * processes, -(-rows // ROWS))
    with _committed(Path(target)) as folder, _processes(processes) as pool:
        (folder / "work").mkdir()
        return _run(pool, with_, chunks, folder, number, pooled, progress)


def _run(
    pool: Executor | None, with_: Job, chunks: Sequence[Chunk], folder: Path, number: int,
    pooled: bool, progress: Progress | None,
) -> Counts:  # fmt: skip
    work, out = folder / "work", folder / "out"
    suffix = ".parquet" if output.has_arrow() else ".csv"
    for table in output.SCHEMAS:
        (out / table).mkdir(parents=True)
    tasks: list[tuple[Any, ...]] = [(chunk, with_, work, number) for chunk in chunks]
    read = _all(pool, _deal, tasks, _Told(progress, "read", len(tasks)))
    sources = inputs.name_apart({key: one for part in read for key, one in part.sources.items()})
    (work / SOURCES).write_bytes(pickle.dumps(sources))
    sizes: Counter[int] = Counter()
    pieces: dict[int, list[Piece]] = {}
    for part in read:
        sizes.update(part.rows)
        for place, found in part.pieces.items():
            pieces.setdefault(place, []).extend(found)
    by_size = sorted(sizes, key=lambda place: (-sizes[place], place))
    tasks = [(place, pieces[place], with_, work, out, suffix) for place in by_size]
    # Every partition is gathered, then solved: two pieces of work each.
    told = _Told(progress, "link", 2 * len(tasks))
    gathered = _all(pool, _gather, tasks, told)
    for file in work.glob("*.arrow"):
        file.unlink()
    if pooled and with_.pool is None:
        with_ = with_._replace(pool=sum((one.pool for one in gathered), Pool()))
    if with_.pool is not None:
        (out / POOL).write_text(dumps(with_.pool), "utf-8")
    if len(with_.wanted.rows) and by_size:
        spans = shared(one.spans for one in gathered)
        tasks = [("together", sorted(by_size), with_, spans, work, out, suffix)]
    else:
        tasks = [(f"{place:06d}", [place], with_, None, work, out, suffix) for place in by_size]
    solved = _all(pool, _solve, tasks, told)
    lines = output.rejected(list(sources.values()), with_.settings.lang)
    output.write("rejected", lines, out / "rejected" / f"part-000000{suffix}")
    rows: Counter[str] = Counter()
    for written in [*(one.count for one in gathered), *solved]:
        rows.update(written)
    return Counts(len(by_size), rows["transactions"], rows["cases"], rows["cards"], len(lines))


def _deal(chunk: Chunk, with_: Job, work: Path, partitions: int) -> _Dealt:
    """Read a chunk and put its rows into pieces, one for each partition."""
    if chunk.groups is not None:
        path = work / f"{chunk.number:06d}.arrow"
        sizes = dealt.put(inputs.read_ledger(chunk.path, chunk.groups), path, partitions)
        return _Dealt(sizes, {place: [(path, at)] for at, place in enumerate(sizes)}, {})
    rows: dict[int, int] = {}
    pieces: dict[int, list[Piece]] = {}
    sources: dict[core.Key, Source] = {}
    for nth, (frame, source) in enumerate(inputs.read_statement(chunk.path, None, with_.settings)):
        sources[chunk.number, nth] = source
        for place, part in inputs.slices(frame, partitions):
            path = work / f"{chunk.number:06d}-{nth:04d}-{place:06d}.pickle"
            part.to_pickle(path)
            rows[place] = rows.get(place, 0) + len(part)
            pieces.setdefault(place, []).append((path, nth))
    return _Dealt(rows, pieces, sources)


def _gather(
    place: int, pieces: Sequence[Piece], with_: Job, work: Path, out: Path, suffix: str
) -> _Gathered:
    """Put a partition's rows together and write what is ready; what is left to solve is kept."""
    if pieces[0][0].suffix == ".arrow":
        part = core.of_ledger([dealt.take(pieces)], with_)
    else:
        sources: dict[core.Key, Source] = pickle.loads((work / SOURCES).read_bytes())
        frames = {(int(path.name[:6]), nth): pd.read_pickle(path) for path, nth in pieces}
        part = core.of_files(frames, sources, with_)
        for path, _ in pieces:
            path.unlink()
    part.book.to_pickle(work / f"{place:06d}")
    for table, frame in part.ready.items():
        output.write(table, frame, out / table / f"part-{place:06d}{suffix}")
    sizes = {table: len(frame) for table, frame in part.ready.items()}
    return _Gathered(sizes, part.spans, part.pool)


def _solve(
    name: str, places: Sequence[int], with_: Job, spans: Sequence[Span] | None, work: Path,
    out: Path, suffix: str,
) -> dict[str, int]:  # fmt: skip
    """Solve the ledgers of these partitions together; how many rows of each table that gives."""
    parts = [pd.read_pickle(work / f"{place:06d}") for place in places]
    book = core.together(parts) if len(parts) > 1 else parts[0]
    found = core.solve(book, with_, spans)
    for table, frame in found.items():
        output.write(table, frame, out / table / f"solved-{name}{suffix}")
    return {table: len(frame) for table, frame in found.items()}


class _Told:
    """Tells how far a stage is; done work may be reported from any thread."""

    def __init__(self, progress: Progress | None, stage: str, total: int) -> None:
        self._progress, self._stage, self._total = progress, stage, total
        self._done = count()

    def __call__(self, _: object = None) -> None:
        """One more piece of work is done."""
        if self._progress is not None:
            self._progress(self._stage, next(self._done) + 1, self._total)


def _all(
    pool: Executor | None, task: Callable[..., T], given: Sequence[tuple[Any, ...]], told: _Told
) -> list[T]:
    """What the task gives for each of these, begun in this order; raises what a task raises."""
    if pool is None:
        out = []
        for asked in given:
            out.append(task(*asked))
            told()
        return out
    waiting = [pool.submit(task, *one) for one in given]
    for one in waiting:
        one.add_done_callback(told)
    try:
        return [one.result() for one in waiting]
    except BrokenProcessPool:
        raise OutputError("worker_lost") from None
    finally:
        for one in waiting:
            one.cancel()


@contextmanager
def _processes(number: int) -> Iterator[Executor | None]:
    """Processes to work in; this one alone where one is enough."""
    if number == 1:
        yield None
        return
    # Begun anew and not forked: a copy of a process with threads may stand still for ever.
    with ProcessPoolExecutor(number, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def _committed(target: Path) -> Iterator[Path]:
    """A folder beside `target`; what is put into its `out` takes the target's place at the end.

    A folder that an earlier run wrote is replaced, a link leads to it; raises `OutputError` for any
    other, for a file, and where the disk cannot take what is written.
    """
    name, target = masked(str(target)), target.resolve()
    try:
        if target.exists() and not (target / SUCCESS).exists() and any(target.iterdir()):
            raise OutputError("not_ours", file=name)
        if target.is_mount() or target == Path.cwd():
            # It could not be put in another's place, which would only be found out at the end.
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            yield folder
            (folder / "out" / SUCCESS).touch()
            if target.exists():
                target.rename(folder / "old")
            (folder / "out").rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        detail = error.strerror or str(error)
        raise OutputError("not_written", file=name, detail=detail) from None
