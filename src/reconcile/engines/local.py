"""Very many accounts on one machine: worker processes, and never the whole ledger in one of them.

Rows are first dealt out by account to partitions on disk, a file or some row groups at a time; then
each partition is gathered, and then solved, by whichever process is free, the largest first. The
output appears in one step when all of it is written; a rerun writes the same bytes.
"""

import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from reconcile import layout, ledger, pipeline, readers
from reconcile.case_rows import Span, shared
from reconcile.engines import core, output
from reconcile.engines.core import Job, Part
from reconcile.errors import ErrorGroup, InputError, OutputError, ReconcileError
from reconcile.ledger import Rejected, Source
from reconcile.pool import Pool, dumps
from reconcile.settings import Settings
from reconcile.text import Message, masked

T = TypeVar("T")

SUCCESS, POOL = "_SUCCESS", "pool.json"
# Rows of a partition, about: some tens of megabytes in a process, and thousands of accounts a call.
ROWS = 60_000
# Bytes of a statement file for one row, about.
ROW_BYTES = 80
# Row groups are read until so many rows are together.
_CHUNK = 250_000


@dataclass(frozen=True)
class Counts:
    """What a run read and wrote."""

    partitions: int
    transactions: int
    cases: int
    cards: int
    rejected: int


@dataclass(frozen=True)
class _Chunk:
    """Some of the input, read at once: a statement file, or row groups of a Parquet file."""

    number: int
    path: Path
    groups: tuple[int, ...] | None
    rows: int


@dataclass(frozen=True)
class _Dealt:
    """What became of a chunk: rows per partition, and what each source says of its lines."""

    rows: dict[int, int]
    sources: dict[core.Key, Source]


def run(
    paths: Iterable[str | Path],
    target: str | Path,
    settings: Settings | None = None,
    *,
    workers: int | None = None,
    partitions: int | None = None,
    pooled: bool = True,
) -> Counts:
    """Reconcile a folder or pattern of Parquet (ledger columns) or statement files into `target`.

    Writes the folders cases, transactions, cards and rejected with one Parquet file for each
    partition (CSV without pyarrow). The number of `workers` (default: processors) and of
    `partitions` changes no row. `pooled`: cards learn from the other cards of their issuer first;
    the file `pool.json` then gives a single run the same (`Settings.pool`). Raises
    `ReconcileError`; an `ErrorGroup` when no file could be read.
    """
    with_ = core.job(settings or Settings())
    found = _inputs(paths)
    count = workers or os.cpu_count() or 1
    chunks = list(_chunks(found))
    rows = sum(chunk.rows for chunk in chunks)
    number = partitions or max(4 * count, -(-rows // ROWS))
    with _committed(Path(target)) as folder, _processes(count) as pool:
        (folder / "work").mkdir()
        return _run(pool, with_, chunks, folder, number, pooled)


def _run(
    pool: Executor | None, with_: Job, chunks: Sequence[_Chunk], folder: Path, number: int,
    pooled: bool,
) -> Counts:  # fmt: skip
    work, out = folder / "work", folder / "out"
    suffix = ".parquet" if output.has_arrow() else ".csv"
    for table in output.SCHEMAS:
        (out / table).mkdir(parents=True)
    dealt = _all(pool, _deal, [(chunk, with_, work, number) for chunk in chunks])
    sources = name_apart({key: one for part in dealt for key, one in part.sources.items()})
    (work / "sources").write_bytes(pickle.dumps(sources))
    sizes: dict[int, int] = {}
    for part in dealt:
        for place, count in part.rows.items():
            sizes[place] = sizes.get(place, 0) + count
    by_size = sorted(sizes, key=lambda place: (-sizes[place], place))
    gathered = _all(pool, _gather, [(place, with_, work) for place in by_size])
    if pooled and with_.pool is None:
        with_ = replace(with_, pool=sum((one.pool for one in gathered), Pool()))
    if with_.pool is not None:
        (out / POOL).write_text(dumps(with_.pool), "utf-8")
    tasks: list[tuple[Any, ...]] = []
    if len(with_.wanted.rows):
        spans = shared(one.spans for one in gathered)
        books = [f"{place:06d}/{core.APART}" for place in sorted(by_size)]
        tasks.append((core.APART, books, with_, spans, work, out, suffix))
    for place in by_size:
        name = f"{place:06d}"
        tasks.append((name, [f"{name}/{core.BOOK}"], with_.alone(), None, work, out, suffix))
    written = _all(pool, _solve, tasks)
    lines = output.rejected(list(sources.values()), with_.settings.lang)
    output.write("rejected", lines, out / "rejected" / f"part-000000{suffix}")
    cases, transactions, cards = (sum(one[at] for one in written) for at in range(3))
    return Counts(len(by_size), transactions, cases, cards, len(lines))


def _inputs(paths: Iterable[str | Path]) -> list[Path]:
    """Files named by paths, folders and patterns: all Parquet, or all statements."""
    out: dict[Path, None] = {}
    for item in paths:
        folder = Path(item)
        tables = sorted(folder.rglob("*.parquet")) if folder.is_dir() else []
        # Files that begin with a dot or underscore are notes of the program that wrote the others.
        tables = [path for path in tables if not path.name.startswith((".", "_"))]
        out.update(dict.fromkeys(tables or pipeline.expand([item])))
    kinds = {path.suffix == ".parquet" for path in out}
    if len(kinds) > 1:
        raise InputError("mixed_inputs")
    return list(out)


def _chunks(paths: Sequence[Path]) -> Iterator[_Chunk]:
    number = 0
    for path in paths:
        if path.suffix != ".parquet":
            yield _Chunk(number, path, None, path.stat().st_size // ROW_BYTES)
            number += 1
            continue
        output.need_arrow(masked(str(path)))
        groups: list[int] = []
        rows = 0
        sizes = row_groups(path)
        for group, size in enumerate(sizes):
            groups.append(group)
            rows += size
            if rows >= _CHUNK or group == len(sizes) - 1:
                yield _Chunk(number, path, tuple(groups), rows)
                groups, rows, number = [], 0, number + 1


def row_groups(path: Path) -> list[int]:
    """The number of rows of each row group; `InputError` when the file is no Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.ParquetFile(path).metadata
    except (OSError, pa.ArrowException) as error:
        raise InputError("parquet", file=masked(str(path)), detail=str(error)) from None
    return [about.row_group(at).num_rows for at in range(about.num_row_groups)]


def read_statement(
    path: Path, data: bytes | None, settings: Settings
) -> list[tuple[pd.DataFrame, Source]]:
    """What a statement file holds; one that cannot be read gives no rows and says why.

    `data` is the file's content where it was read already.
    """
    layouts = layout.load(settings.layouts_dir)
    given = {
        "layout": settings.layout, "encoding": settings.encoding, "currency": settings.currency,
    }  # fmt: skip
    try:
        if data is None:
            found = readers.read_path(path, layouts, **given)
        else:
            found = readers.read_bytes(data, masked(path.name), layouts, **given)
        # A partition's few rows would carry the distinct texts of the whole file with them.
        return [(ledger.spelled(rows), source) for rows, source in found]
    except ReconcileError as error:
        faults = error.errors if isinstance(error, ErrorGroup) else (error,)
        lines = [Rejected(None, Message(f"error.{one.code}", one.params)) for one in faults]
        return [(pd.DataFrame(), Source(masked(path.name), "", "", "", rejected=lines))]


def slices(
    frame: pd.DataFrame, source: Source | None, partitions: int
) -> Iterator[tuple[int, pd.DataFrame]]:
    """The rows of each partition: by account, or, of a statement, by the account's last digits.

    Which cards share their last digits is told apart when all rows of these digits are together.
    """
    if not len(frame):
        return
    if source is None:
        label = frame["account"]
    else:
        label = ledger.plain_labels(frame["account_key"], frame["layout"])
    for place, rows in core.spread(label, partitions):
        yield place, frame.iloc[rows].reset_index(drop=True)


def _deal(chunk: _Chunk, with_: Job, work: Path, partitions: int) -> _Dealt:
    """Read a chunk and put its rows into the partitions' folders."""
    parts: list[tuple[pd.DataFrame, Source | None]]
    if chunk.groups is None:
        parts = list(read_statement(chunk.path, None, with_.settings))
    else:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(chunk.path)
        names = [name for name in file.schema_arrow.names if name in ledger.COLUMNS]
        frame = file.read_row_groups(list(chunk.groups), columns=names).to_pandas()
        parts = [(core.typed(frame, masked(str(chunk.path))), None)]
    rows: dict[int, int] = {}
    for nth, (frame, source) in enumerate(parts):
        for place, part in slices(frame, source, partitions):
            folder = work / f"{place:06d}"
            folder.mkdir(exist_ok=True)
            part.to_pickle(folder / f"{chunk.number:06d}-{nth:04d}.pickle")
            rows[place] = rows.get(place, 0) + len(part)
    told = {(chunk.number, nth): one for nth, (_, one) in enumerate(parts) if one is not None}
    return _Dealt(rows, told)


def name_apart(sources: dict[core.Key, Source]) -> dict[core.Key, Source]:
    """All sources in order, different files of one name numbered.

    Raises `ErrorGroup` when there are sources and none of them could be read.
    """
    ordered = {key: sources[key] for key in sorted(sources)}
    every = list(ordered.values())
    if every and not any(source.layout for source in every):
        faults = [bad.reason for source in every for bad in source.rejected]
        raise ErrorGroup(
            tuple(InputError(one.code.removeprefix("error."), **one.params) for one in faults)
        )
    ledger.name_apart(every)
    return ordered


def _gather(place: int, with_: Job, work: Path) -> Part:
    """Put a partition's rows together; its ledger is left in its folder, the rest is returned."""
    folder = work / f"{place:06d}"
    files = sorted(folder.glob("*.pickle"))
    sources: dict[core.Key, Source] = pickle.loads((work / "sources").read_bytes())
    frames = [pd.read_pickle(file) for file in files]
    if sources:
        keys = [(int(file.name[:6]), int(file.name[7:11])) for file in files]
        part = core.of_files(dict(zip(keys, frames, strict=True)), sources, with_)
    else:
        part = core.of_ledger(frames, with_)
    for file in files:
        file.unlink()
    part.book.to_pickle(folder / core.BOOK)
    if part.apart is not None:
        part.apart.to_pickle(folder / core.APART)
    return replace(part, book=ledger.empty(), apart=None)


def _solve(
    place: str, books: Sequence[str], with_: Job, spans: Sequence[Span] | None, work: Path,
    out: Path, suffix: str,
) -> tuple[int, int, int]:  # fmt: skip
    """Solve the ledgers of these partitions together; how many cases, transactions and cards."""
    parts = [pd.read_pickle(work / name) for name in books]
    book = core.together(parts) if len(parts) > 1 else parts[0]
    found = core.solve(book, with_, spans)
    for table, frame in found.items():
        output.write(table, frame, out / table / f"part-{place}{suffix}")
    return len(found["cases"]), len(found["transactions"]), len(found["cards"])


def _all(
    pool: Executor | None, task: Callable[..., T], given: Sequence[tuple[Any, ...]]
) -> list[T]:
    """What the task gives for each of these, begun in this order; raises what a task raises."""
    if pool is None:
        return [task(*one) for one in given]
    waiting = [pool.submit(task, *one) for one in given]
    try:
        return [one.result() for one in waiting]
    except BrokenProcessPool:
        raise OutputError("worker_lost") from None
    finally:
        for one in waiting:
            one.cancel()


@contextmanager
def _processes(count: int) -> Iterator[Executor | None]:
    """Processes to work in; this one alone where one is enough."""
    if count == 1:
        yield None
        return
    # Begun anew and not forked: a copy of a process with threads may stand still for ever.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def _committed(target: Path) -> Iterator[Path]:
    """A folder beside `target`; what is put into its `out` takes the target's place at the end.

    A folder that an earlier run wrote is replaced; raises `OutputError` for any other.
    """
    if target.exists() and not (target / SUCCESS).exists() and any(target.iterdir()):
        raise OutputError("not_ours", file=masked(str(target)))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        detail = error.strerror or str(error)
        raise OutputError("not_written", file=masked(str(target)), detail=detail) from None
    try:
        yield folder
        (folder / "out" / SUCCESS).touch()
        if target.exists():
            target.rename(folder / "old")
        (folder / "out").rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
