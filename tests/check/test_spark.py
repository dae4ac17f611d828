"""Spark finds what the local engine finds, whatever happens to its executors."""

import datetime as dt
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks import scale, worlds
from benchmarks.worlds import World

from reconcile.engines import core, inputs, local
from reconcile.errors import ErrorGroup, InputError, OutputError
from reconcile.settings import Settings

pytestmark = pytest.mark.spark

ROOT = Path(__file__).parents[2]
KEYS = {"cases": ("account", "id"), "transactions": ("account", "id"), "cards": ("account",)}
KEYS |= {"rejected": ("file", "line")}


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    """A written table, in an order of its own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = [pq.read_table(path) for path in sorted((folder / name).glob("*.parquet"))]
    whole = pa.concat_tables([part.replace_schema_metadata(None) for part in parts])
    return list(whole.sort_by([(key, "ascending") for key in KEYS[name]]).to_pylist())


def assert_same(one: Path, two: Path) -> None:
    """Every row of every table, and what the cards were told of each other."""
    for name in KEYS:
        assert table(one, name) == table(two, name)
    assert (one / local.POOL).read_bytes() == (two / local.POOL).read_bytes()
    assert (two / local.SUCCESS).exists()


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A Spark of two threads in this process."""
    from reconcile.engines import session

    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # Workers import the package from the source tree, as the tests do.
        patch.setenv("PYTHONPATH", str(ROOT / "src"))
        # Spark looks into its own environment with calls that Python has given up.
        warnings.simplefilter("ignore")
        with session.started("local[2]", **scale.QUIET) as running:
            yield running


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Spark's own warnings are not ours: it does not know pandas 3 yet, whose calls we avoid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_a_ledger_gives_the_same_rows(spark: Any, tmp_path: Path) -> None:
    """The same night's run would give other cases on the cluster than on one machine."""
    from reconcile.engines import spark as engine

    source = scale.write(tmp_path / "in", 300)
    counts = local.run([source], tmp_path / "one", scale.SETTINGS, workers=1, partitions=3)
    found = engine.run(spark, source, scale.SETTINGS, partitions=5)
    assert found.write(str(tmp_path / "two")) == counts._replace(partitions=5)
    assert counts.cases > 10
    assert_same(tmp_path / "one", tmp_path / "two")
    # A rerun, of the same rows as a frame, dealt out otherwise.
    frame = spark.read.parquet(str(source)).repartition(3)
    again = engine.run(spark, frame, scale.SETTINGS, partitions=2)
    again.write(str(tmp_path / "two"))
    again.release()
    assert_same(tmp_path / "one", tmp_path / "two")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"in", "one", "two"}


def test_statements_and_orders_give_the_same_rows(spark: Any, tmp_path: Path) -> None:
    """Lines that could not be used, or orders of another card, would be lost on the cluster."""
    from reconcile.engines import spark as engine

    made = worlds.make(World("orders", 51, accounts=4, charges=12, with_orders=True))
    *_, orders = worlds.write_csv(made, tmp_path / "in")
    orders.rename(tmp_path / "orders.csv")
    bad = tmp_path / "in" / "bad.csv"
    bad.write_text("Date,Description,Amount,Currency,Card\n2024-05-02,LAWSON,12x,JPY,*1\n", "utf-8")
    (tmp_path / "in" / "empty.csv").write_text("", "utf-8")
    settings = Settings(as_of=scale.SETTINGS.as_of, lang="ja", orders=tmp_path / "orders.csv")
    local.run([tmp_path / "in"], tmp_path / "one", settings, workers=1, partitions=3)
    found = engine.run(spark, tmp_path / "in", settings, partitions=4)
    found.write(str(tmp_path / "two"))
    assert len(table(tmp_path / "one", "rejected")) == 2
    assert_same(tmp_path / "one", tmp_path / "two")


def test_wrong_input_and_output_are_told(spark: Any, tmp_path: Path) -> None:
    """A user would meet Java's traceback, or lose a folder."""
    from reconcile.engines import spark as engine

    with pytest.raises(InputError) as absent:
        engine.run(spark, tmp_path / "nowhere", scale.SETTINGS)
    assert absent.value.code == "unreadable_input"
    with pytest.raises(InputError) as columns:
        engine.run(spark, spark.createDataFrame([("a", 1)], "account string, amount long"))
    assert columns.value.code == "ledger_columns"
    for names, values, code in (
        ("amount double", (32.49,), "ledger_amounts"),
        ("amount long, original_amount double", (3249, 32.49), "ledger_amounts"),
        ("amount long", (None,), "parquet"),
        ("amount long", (3249,), "ledger_repeated"),
    ):
        row = ("a", "…1", "X", "USD", 2, dt.datetime(2025, 1, 1), *values)
        schema = "id string, account string, description string, currency string, decimals long"
        schema += f", transaction_date timestamp_ntz, {names}"
        with pytest.raises(InputError) as wrong:
            engine.run(spark, spark.createDataFrame([row, row], schema), scale.SETTINGS)
        assert wrong.value.code == code
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.csv").write_text("", "utf-8")
    with pytest.raises(ErrorGroup):
        engine.run(spark, tmp_path / "in", scale.SETTINGS)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    source = scale.write(tmp_path / "ledger", 20)
    with pytest.raises(OutputError):
        engine.run(spark, source, scale.SETTINGS, partitions=2).write(str(tmp_path / "photos"))
    assert (tmp_path / "photos" / "cat.jpg").exists()


def test_parquet_is_read_locally_in_row_groups(tmp_path: Path) -> None:
    """A ledger larger than memory would not fit into a process."""
    source = scale.write(tmp_path / "in", 200, group=500)
    (file,) = source.glob("*.parquet")
    assert len(inputs.row_groups(file)) > 5
    with_ = core.job(scale.SETTINGS)
    counts = local.run([source], tmp_path / "out", scale.SETTINGS, workers=1, partitions=3)
    whole = core.solve(core.of_ledger([scale.ledger(200)], with_).book, with_)
    assert counts.cases == len(whole["cases"])


def test_a_null_amount_is_told_with_its_file(tmp_path: Path) -> None:
    """One bad row of a bank's ledger would end in a traceback that names no file."""
    book = scale.ledger(100).astype({"amount": "Int64"})
    book.loc[7, "amount"] = None
    (tmp_path / "in").mkdir()
    book.to_parquet(tmp_path / "in" / "march.parquet")
    with pytest.raises(InputError) as caught:
        local.run([tmp_path / "in"], tmp_path / "out", scale.SETTINGS, workers=1)
    assert caught.value.code == "parquet"
    assert "march.parquet" in caught.value.params["file"]


def test_a_killed_executor_changes_nothing(tmp_path: Path) -> None:
    """A machine that is lost in the night would cost, or double, the cases of its accounts."""
    source = scale.write(tmp_path / "in", 3_000)
    local.run([source], tmp_path / "one", scale.SETTINGS, workers=1, partitions=3)
    script = Path(__file__).with_name("spark_worker_lost.py")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    run = subprocess.run(
        [sys.executable, str(script), str(source), str(tmp_path / "two")],
        capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-4000:]
    assert "tasks were done" in run.stdout, run.stdout
    assert_same(tmp_path / "one", tmp_path / "two")
