"""Ledger rows between two steps, on disk: a file for each chunk of the input, in it a record batch
for each partition, of which a process later maps the few that it needs.

Columns of few distinct texts stay so; a column of many is spelled out, since each partition would
have to look through all of them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reconcile.engines import core, output

if TYPE_CHECKING:
    import pyarrow as pa

# Where a piece of a partition lies: its file, and its batch in it.
Piece = tuple[Path, int]

# Distinct texts up to which a column keeps them.
_FEW = 2_000


def put(frame: pd.DataFrame, path: Path, partitions: int) -> dict[int, int]:
    """Write rows by partition; the number of rows of each, in the order of their batches."""
    import pyarrow as pa

    parts = core.spread(frame["account"], partitions)
    rows = frame.take(np.concatenate([at for _, at in parts])) if parts else frame
    arrays = [_array(rows[name]) for name in rows]
    batch = pa.RecordBatch.from_arrays(arrays, names=list(rows.columns))
    sizes = {place: len(at) for place, at in parts}
    with pa.ipc.new_file(path, batch.schema) as sink:
        first = 0
        for size in sizes.values():
            sink.write_batch(batch.slice(first, size))
            first += size
    return sizes


def take(pieces: Sequence[Piece]) -> pd.DataFrame:
    """The rows of a partition, put together."""
    import pyarrow as pa

    batches = [pa.ipc.open_file(pa.memory_map(str(path))).get_batch(at) for path, at in pieces]
    columns = {
        name: _joined([batch.column(name) for batch in batches]) for name in batches[0].schema.names
    }
    return core.typed(output.frame(pa.table(columns)))


def _array(column: pd.Series) -> "pa.Array":
    import pyarrow as pa

    if not isinstance(column.dtype, pd.CategoricalDtype):
        return _whole(pa.array(column, from_pandas=True))
    codes = column.cat.codes.to_numpy(np.int32)
    texts = _whole(pa.array(column.cat.categories)).cast(pa.large_string())
    coded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), texts)
    return coded if len(texts) <= _FEW else coded.dictionary_decode()


def _whole(array: Any) -> "pa.Array":
    """An array in one piece."""
    import pyarrow as pa

    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _joined(parts: "list[pa.Array]") -> "pa.ChunkedArray":
    """Pieces of a column as one; with the distinct texts of all where all of them have some."""
    import pyarrow as pa

    kinds = {part.type for part in parts}
    if len(kinds) > 1:
        parts = [part.cast(pa.large_string()) for part in parts]
    return pa.chunked_array(parts).unify_dictionaries()
