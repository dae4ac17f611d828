"""What an engine reads: ledgers in Parquet, or statement files; and their rows, dealt out."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from reconcile import account_labels, combine, intake, layout, ledger, readers
from reconcile.engines import core, output
from reconcile.errors import ErrorGroup, InputError, ReconcileError
from reconcile.ledger import Rejected, Source
from reconcile.settings import Settings
from reconcile.text import Message, masked

# Bytes of a statement file for one row, about.
ROW_BYTES = 80
# Row groups are read until so many rows are together.
_CHUNK = 250_000


class Chunk(NamedTuple):
    """Some of the input, read at once: a statement file, or row groups of a Parquet file."""

    number: int
    path: Path
    groups: tuple[int, ...] | None
    rows: int


def files(paths: Iterable[str | Path], settings: Settings) -> list[Path]:
    """Files named by paths, folders and patterns: all Parquet, or all statements."""
    out: dict[Path, None] = {}
    for item in paths:
        folder = Path(item)
        tables = sorted(folder.rglob("*.parquet")) if folder.is_dir() else []
        # Files that begin with a dot or underscore are notes of the program that wrote the others.
        tables = [path for path in tables if not path.name.startswith((".", "_"))]
        out.update(dict.fromkeys(tables or intake.to_read([item], settings)))
    kinds = {path.suffix == ".parquet" for path in out}
    if len(kinds) > 1:
        raise InputError("mixed_inputs")
    return list(out)


def chunks(paths: Sequence[Path]) -> Iterator[Chunk]:
    """The files in portions to be read at once."""
    number = 0
    for path in paths:
        if path.suffix != ".parquet":
            yield Chunk(number, path, None, path.stat().st_size // ROW_BYTES)
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
                yield Chunk(number, path, tuple(groups), rows)
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


def read_ledger(path: Path, groups: Sequence[int]) -> pd.DataFrame:
    """Row groups of a Parquet file as ledger rows; texts, but for ids, as categoricals.

    Raises `InputError` for damaged ones and for what is no ledger.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {pa.string(), pa.large_string()}
    with pq.ParquetFile(path) as file:
        given = file.schema_arrow
    names = [name for name in given.names if name in ledger.COLUMNS]
    # Parquet holds the distinct texts and which of them each row has: so they are left.
    texts = [name for name in names if given.field(name).type in kinds and name != "id"]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        try:
            table = file.read_row_groups(list(groups), columns=names, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise InputError("parquet", file=masked(str(path)), detail=str(error)) from None
    return core.readable(output.frame(table), masked(str(path)))


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


def slices(frame: pd.DataFrame, partitions: int) -> Iterator[tuple[int, pd.DataFrame]]:
    """The rows of each partition: of a statement, by the account's last digits.

    Which cards share their last digits is told apart when all rows of these digits are together.
    """
    if not len(frame):
        return
    label = account_labels.plain(frame["account_key"], frame["layout"])
    for place, rows in core.spread(label, partitions):
        yield place, frame.iloc[rows].reset_index(drop=True)


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
    combine.name_apart(every)
    return ordered
