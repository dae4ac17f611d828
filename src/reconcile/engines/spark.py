"""Very many accounts on Apache Spark: the rows of the local engine, to the last digit.

Rows are shuffled once, by account, into many more partitions than there are processors, so that a
big account holds up only its own. Python is called once for thousands of accounts; between the
calls a partition's ledger is one binary cell, so that no value changes its type on the way.

Executors need this package and pyarrow installed (or `--py-files`), in the driver's versions.
"""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from reconcile import intake, ledger, readers
from reconcile.case_rows import shared
from reconcile.engines import core, inputs, local, output
from reconcile.engines.core import Job
from reconcile.engines.packed import packed, table, unpacked
from reconcile.engines.spark_folder import Folder
from reconcile.errors import InputError
from reconcile.ledger import Source
from reconcile.pool import Pool, dumps
from reconcile.settings import Settings
from reconcile.text import masked

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_SLICE = "bucket long, file long, nth long, payload binary"
# Of a partition: the rows to solve, what all must hear of it, and the tables that are ready.
_PART = "bucket long, kind string, count long, payload binary"
_BOOK, _NOTE, _FAULT = "book", "note", "fault"
_RESULT = "kind string, count long, payload binary"
# What messages call a frame.
_NAME = "DataFrame"
_LEDGER = {
    "str": "string", "int64": "bigint", "Int64": "bigint", "int8": "tinyint",
    "datetime64[us]": "timestamp_ntz",
}  # fmt: skip


class Found(NamedTuple):
    """The tables of a run as Spark frames, and the pool of cards that they rest on.

    The partitions' results are kept on the executors' disks until `release`.
    """

    spark: "SparkSession"
    results: "DataFrame"
    rejected_lines: pd.DataFrame
    pool: Pool | None
    held: tuple["DataFrame", ...]
    partitions: int

    def table(self, name: str) -> "DataFrame":
        """`cases`, `transactions`, `cards` or `rejected`."""
        if name == "rejected":
            schema = output.spark_schema(name)
            rows = output.arrow(name, self.rejected_lines).to_pylist()
            return self.spark.createDataFrame([tuple(row.values()) for row in rows], schema)
        from pyspark.sql import functions as sql

        mine = self.results.where(sql.col("kind") == name).select("payload")
        return mine.mapInArrow(unpacked, output.spark_schema(name))

    @property
    def cases(self) -> "DataFrame":
        """One row per case."""
        return self.table("cases")

    @property
    def transactions(self) -> "DataFrame":
        """One row per money movement."""
        return self.table("transactions")

    @property
    def cards(self) -> "DataFrame":
        """One row per card."""
        return self.table("cards")

    @property
    def rejected(self) -> "DataFrame":
        """One row per line that could not be used."""
        return self.table("rejected")

    def write(self, target: str) -> local.Counts:
        """Write the four tables as Parquet below `target`, any folder that Spark can write to.

        They appear together, in one step, when all are written; what an earlier run wrote there is
        replaced. Raises `OutputError` for a folder that holds anything else.
        """
        from pyspark.sql import functions as sql

        place = Folder(self.spark, target)
        place.check()
        try:
            for name in output.SCHEMAS:
                self.table(name).write.mode("overwrite").parquet(f"{place.temporary}/{name}")
            if self.pool is not None:
                place.write(local.POOL, dumps(self.pool))
            place.commit()
        finally:
            place.drop()
        sums = {
            row["kind"]: row["count"]
            for row in self.results.groupBy("kind").agg(sql.sum("count").alias("count")).collect()
        }
        found = [int(sums.get(name, 0)) for name in ("transactions", "cases", "cards")]
        return local.Counts(self.partitions, found[0], found[1], found[2], len(self.rejected_lines))

    def release(self) -> None:
        """Free what the executors hold of this run."""
        for frame in self.held:
            frame.unpersist()


def run(
    spark: "SparkSession",
    source: "DataFrame | str | Path | Iterable[str | Path]",
    settings: Settings | None = None,
    *,
    partitions: int | None = None,
    pooled: bool = True,
) -> Found:
    """Reconcile a frame of ledger columns, or Parquet or statement files, on a Spark session.

    Paths may be folders and patterns of any file system that Spark reads; those that end in
    `.parquet`, and folders with such files, hold ledger columns, all others statements, each read
    whole by one executor. `partitions` changes no row. `pooled` as in `local.run`. Raises
    `ReconcileError`; an `ErrorGroup` when no file could be read.
    """
    from pyspark import StorageLevel
    from pyspark.sql import DataFrame

    settings = settings or Settings()
    with_ = core.job(settings)
    paths: list[str] = []
    if isinstance(source, DataFrame):
        frame, files = source, None
    else:
        given = [source] if isinstance(source, str | Path) else source
        paths = [str(path) for path in given]
        frame, files = _read(spark, paths, settings)
    held: list[DataFrame] = []
    sources: dict[core.Key, Source] = {}
    least = 4 * spark.sparkContext.defaultParallelism
    if files is None:
        number = partitions or max(least, -(-frame.count() // local.ROWS))
        parts = _of_ledger(frame, with_, number)
    else:
        size = sum(row["length"] for row in files.select("length").collect())
        number = partitions or max(least, -(-size // inputs.ROW_BYTES // local.ROWS))
        slices = _slices(frame, with_.settings, number).persist(StorageLevel.DISK_ONLY)
        held.append(slices)
        told = slices.where("bucket < 0").select("file", "nth", "payload").collect()
        sources = {(row["file"], row["nth"]): pickle.loads(row["payload"]) for row in told}
        for at, name in enumerate(
            _hollow(spark, paths), max((key[0] for key in sources), default=0)
        ):
            ((_, nothing),) = inputs.read_statement(Path(name), b"", with_.settings)
            sources[at + 1, 0] = nothing
        sources = inputs.name_apart(sources)
        parts = _of_files(slices.where("bucket >= 0"), sources, with_, number)
    parts = parts.persist(StorageLevel.DISK_ONLY)
    held.append(parts)
    told = parts.where(f"kind in ('{_NOTE}', '{_FAULT}')").orderBy("bucket").collect()
    for row in told:
        if row["kind"] == _FAULT:
            raise pickle.loads(row["payload"])
    notes = [pickle.loads(row["payload"]) for row in told]
    if pooled and with_.pool is None:
        with_ = with_._replace(pool=sum((pool for pool, _ in notes), Pool()))
    solved = _solved(parts, with_, notes).persist(StorageLevel.DISK_ONLY)
    held.append(solved)
    ready = parts.where(f"kind not in ('{_BOOK}', '{_NOTE}')").select("kind", "count", "payload")
    lines = output.rejected(list(sources.values()), with_.settings.lang)
    return Found(spark, ready.unionAll(solved), lines, with_.pool, tuple(held), len(notes))


def _read(
    spark: "SparkSession", paths: list[str], settings: Settings
) -> "tuple[DataFrame, DataFrame | None]":
    """The input as a frame: ledger rows, or files with their content (then given twice)."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as sql

    try:
        files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(paths)
        names = [row["path"] for row in files.select("path").collect()]
        tables = [name for name in names if name.endswith(".parquet")]
        if tables:
            ledgers: DataFrame = spark.read.parquet(*tables)
            return ledgers, None
    except PySparkException as error:
        detail = str(error).splitlines()[0]
        raise InputError("unreadable_input", file=masked(", ".join(paths)), detail=detail) from None
    endings = "|".join(suffix[1:] for suffix in readers.SUFFIXES)
    files = files.where(f"lower(path) rlike '[.]({endings})$'")
    # Order lists and the like, as Spark names files of this machine.
    apart = [f"file:{path}" for path in sorted(intake.beside(settings))]
    files = files.where(~sql.col("path").isin(apart))
    if not files.take(1) and not _hollow(spark, paths):
        suffixes = ", ".join(readers.SUFFIXES)
        raise InputError("empty_folder", file=masked(", ".join(paths)), suffixes=suffixes)
    return files, files


def _hollow(spark: "SparkSession", paths: Sequence[str]) -> list[str]:
    """Names of the statement files without a byte, which Spark leaves out without a word."""
    java: Any = spark.sparkContext._jvm
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    out = []
    for path in paths:
        place = java.org.apache.hadoop.fs.Path(path)
        system = place.getFileSystem(hadoop)
        for found in system.globStatus(place) or ():
            files = system.listFiles(found.getPath(), True)
            while files.hasNext():
                one = files.next()
                name = str(one.getPath().getName())
                if not one.getLen() and name.lower().endswith(readers.SUFFIXES):
                    out.append(name)
    return sorted(out)


def _parted(part: core.Part, bucket: int) -> "pa.Table":
    rows: list[tuple[Any, ...]] = [
        (bucket, _BOOK, len(part.book), pickle.dumps(part.book)),
        (bucket, _NOTE, 1, pickle.dumps((part.pool, part.spans))),
    ]
    rows += [(bucket, *packed(name, frame)) for name, frame in part.ready.items()]
    return table(_PART, rows)


def _of_ledger(frame: "DataFrame", with_: Job, number: int) -> "DataFrame":
    """Partitions of a frame of ledger columns."""
    from pyspark.sql import functions as sql
    from pyspark.sql.types import FractionalType, IntegralType

    absent = core.absent(frame.columns)
    if absent:
        raise InputError("ledger_columns", file=_NAME, columns=", ".join(absent))
    kinds = {field.name: field.dataType for field in frame.schema.fields}
    if not isinstance(kinds["amount"], IntegralType):
        raise core.not_whole(_NAME, "amount", kinds["amount"].simpleString())
    columns = [
        sql.col(name)
        # Cast, these would be cut to whole numbers without a word: left to `core.typed`.
        if isinstance(kinds[name], FractionalType) and _LEDGER[dtype].endswith("int")
        else sql.col(name).cast(_LEDGER[dtype]).alias(name)
        for name, (dtype, _) in ledger.COLUMNS.items()
        if name in kinds
    ]
    dealt = frame.select(*columns, sql.expr(f"pmod(xxhash64(account), {number})").alias("bucket"))

    def gather(key: tuple[Any, ...], rows: "pa.Table") -> "pa.Table":
        bucket = key[0].as_py()
        try:
            book = core.readable(output.frame(rows.drop_columns(["bucket"])), _NAME)
            return _parted(core.of_ledger([book], with_), bucket)
        except InputError as error:
            # An executor's exception would reach the user as Java's.
            return table(_PART, [(bucket, _FAULT, 1, pickle.dumps(error))])

    grouped = dealt.repartition(number, "bucket").groupBy("bucket")
    out: DataFrame = grouped.applyInArrow(gather, _PART)
    return out


def _slices(files: "DataFrame", settings: Settings, number: int) -> "DataFrame":
    """The rows of statement files by partition, and (bucket -1) what became of each file."""
    from pyspark.sql import functions as sql
    from pyspark.sql.window import Window

    # Numbered by path, so that the same files count in the same order wherever they are read.
    order = files.select("path").withColumn("file", sql.row_number().over(Window.orderBy("path")))
    numbers = {row["path"]: int(row["file"]) for row in order.collect()}

    def read(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for batch in batches:
            for row in batch.to_pylist():
                file = numbers[row["path"]]
                name = Path(row["path"].rpartition("/")[2])
                parts = inputs.read_statement(name, row["content"], settings)
                rows: list[tuple[Any, ...]] = []
                for nth, (frame, source) in enumerate(parts):
                    rows.append((-1, file, nth, pickle.dumps(source)))
                    rows += [
                        (place, file, nth, pickle.dumps(part))
                        for place, part in inputs.slices(frame, number)
                    ]
                yield from table(_SLICE, rows).to_batches()

    count = max(1, min(len(numbers), 10_000))
    return files.select("path", "content").repartition(count).mapInArrow(read, _SLICE)


def _of_files(
    slices: "DataFrame", sources: dict[core.Key, Source], with_: Job, number: int
) -> "DataFrame":
    """Partitions of statements' rows."""

    def gather(key: tuple[Any, ...], rows: "pa.Table") -> "pa.Table":
        parts = {
            (row["file"], row["nth"]): pickle.loads(row["payload"]) for row in rows.to_pylist()
        }
        return _parted(core.of_files(parts, sources, with_), key[0].as_py())

    grouped = slices.repartition(number, "bucket").groupBy("bucket")
    out: DataFrame = grouped.applyInArrow(gather, _PART)
    return out


def _solved(parts: "DataFrame", with_: Job, notes: "Sequence[tuple[Pool, Any]]") -> "DataFrame":
    """The tables of each partition's accounts; with orders, all accounts are one partition."""
    from pyspark.sql import functions as sql

    mine = parts.where(sql.col("kind") == _BOOK).select("bucket", "payload")
    spans = shared(spans for _, spans in notes)

    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for batch in batches:
            for payload in batch.column("payload"):
                found = core.solve(pickle.loads(payload.as_py()), with_)
                yield from table(_RESULT, [packed(*one) for one in found.items()]).to_batches()

    def all_(rows: "pa.Table") -> "pa.Table":
        books = sorted(rows.to_pylist(), key=lambda row: row["bucket"])
        book = core.together([pickle.loads(row["payload"]) for row in books])
        found = core.solve(book, with_, spans)
        return table(_RESULT, [packed(*one) for one in found.items()])

    if not len(with_.wanted.rows):
        return mine.mapInArrow(each, _RESULT)
    # A column, since Spark takes a plain 0 for the number of one.
    return mine.withColumn("all", sql.lit(0)).groupBy("all").applyInArrow(all_, _RESULT)
