"""Tables as cells of a table: how a partition's results pass through Spark."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from reconcile.engines import output

if TYPE_CHECKING:
    import pyarrow as pa


def table(schema: str, rows: Sequence[tuple[Any, ...]]) -> "pa.Table":
    """Rows as an Arrow table of a schema such as `kind string, count long, payload binary`."""
    import pyarrow as pa

    kinds = {"long": pa.int64(), "string": pa.string(), "binary": pa.binary()}
    columns = [column.split(" ") for column in schema.split(", ")]
    arrays = [
        pa.array([row[at] for row in rows], kinds[kind]) for at, (_, kind) in enumerate(columns)
    ]
    return pa.Table.from_arrays(arrays, [name for name, _ in columns])


def packed(name: str, frame: pd.DataFrame) -> tuple[str, int, bytes]:
    """A table's name, its number of rows, and its rows as an Arrow stream."""
    import pyarrow as pa

    found, sink = output.arrow(name, frame), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as stream:
        stream.write_table(found)
    return name, len(frame), sink.getvalue().to_pybytes()


def unpacked(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """The rows that `packed` put away in the column `payload`."""
    import pyarrow as pa

    for batch in batches:
        for payload in batch.column("payload"):
            with pa.ipc.open_stream(payload.as_buffer()) as stream:
                yield from stream
