"""Very many accounts: dealing them out to processes changes nothing."""

import datetime as dt
import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from benchmarks import worlds
from benchmarks.worlds import World
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from reconcile import intake, pipeline, pool, reconcile
from reconcile.cards import FEES, MODES
from reconcile.cli_many import many
from reconcile.engines import core, local, output
from reconcile.engines.spark_folder import Folder
from reconcile.errors import ErrorGroup, InputError, OutputError, SettingsError
from reconcile.ledger import spelled
from reconcile.markups import Terms
from reconcile.rowwise import Table
from reconcile.settings import Settings
from reconcile.tables import Tables
from reconcile.text import LANGUAGES, say

AS_OF = dt.date(2025, 6, 1)
PLAIN = Settings(as_of=AS_OF, lang="en")
TABLES = ("cases", "transactions", "cards")
WORLDS = {
    "printed": World("printed", 11, accounts=6, charges=30, fx="original"),
    "estimated": World("estimated", 12, accounts=6, charges=30),
    "home or euro": World(
        "euro", 13, accounts=5, charges=25, currency="EUR", billing=("USD", "home")
    ),
    "few rows": World("few", 14, accounts=9, charges=3, months=4, fx="original+rate"),
}


def rows(folder: Path, table: str) -> list[str]:
    """Every row of a written table, as text, in an order of its own."""
    found: list[str] = []
    for path in sorted((folder / table).iterdir()):
        if path.suffix == ".parquet":
            found += [repr(row) for row in pd.read_parquet(path).astype(str).to_dict("records")]
        else:
            read = pd.read_csv(path, dtype="str", keep_default_na=False)
            found += [repr(row) for row in read.to_dict("records")]
    return sorted(found)


def written(frames: dict[str, pd.DataFrame], folder: Path) -> Path:
    """Frames as an engine would write them, in one part."""
    for table, frame in frames.items():
        (folder / table).mkdir(parents=True)
        suffix = "parquet" if output.has_arrow() else "csv"
        output.write(table, frame, folder / table / f"part.{suffix}")
    return folder


def flat(tables: Tables) -> dict[str, pd.DataFrame]:
    """Cases, transactions and cards of a run as an engine's frames."""
    return {
        "cases": output.flat_cases(tables.cases, "en"),
        "transactions": tables.transactions,
        "cards": output.flat_cards(tables.cards),
    }


def single(folder: Path, settings: Settings, target: Path) -> Path:
    """What `reconcile` finds in a folder, as an engine would write it."""
    return written(flat(reconcile(folder, settings=settings).tables), target)


def dealt(book: pd.DataFrame, with_: core.Job, partitions: int) -> dict[str, pd.DataFrame]:
    """The tables of a ledger that is dealt out to partitions, put together again."""
    parts = [
        core.of_ledger([book.iloc[at]], with_) for _, at in core.spread(book["account"], partitions)
    ]
    found = [part.ready for part in parts] + [core.solve(part.book, with_) for part in parts]
    out = {}
    for name in TABLES:
        some = [spelled(one[name]) for one in found if len(one.get(name, ()))]
        out[name] = pd.concat(some, ignore_index=True)
    return out


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("partitions", [2, 7])
def test_partitions_change_nothing(name: str, partitions: int, tmp_path: Path) -> None:
    """A card's cases would depend on which other cards happen to be in the same process."""
    book = core.typed(worlds.make(WORLDS[name]).ledger)
    with_ = core.job(PLAIN)
    whole = pipeline.Held(
        intake.recognise(book.copy()), with_.sources, with_.table(), PLAIN, with_.wanted
    ).tables()
    one = written(flat(whole), tmp_path / "one")
    two = written(dealt(book, with_, partitions), tmp_path / "two")
    assert rows(one, "cases")
    for table in TABLES:
        assert rows(one, table) == rows(two, table)


def test_a_currency_of_another_card_changes_nothing(tmp_path: Path) -> None:
    """A neighbour's purchases in pounds would shift what is said of a card that has none."""
    mixed = [
        worlds.make(World(kind, seed, accounts=3, charges=40, fx=fx, billing=(billing,)))
        for kind, seed, fx, billing in (
            ("pounds", 21, "original", "GBP"), ("plain", 22, "none", "USD"),
            ("euro", 23, "original", "EUR"),
        )
    ]  # fmt: skip
    parts = [
        core.typed(spelled(made.ledger)).assign(
            account=lambda part, at=at: part["account"] + f"/{at}"
        )
        for at, made in enumerate(mixed)
    ]
    book = pd.concat(parts, ignore_index=True)
    book["id"] = [f"{number:016x}" for number in range(len(book))]
    with_ = core.job(PLAIN)
    one = written(dealt(book, with_, 1), tmp_path / "one")
    two = written(dealt(book, with_, 5), tmp_path / "two")
    for table in TABLES:
        assert rows(one, table) == rows(two, table)


@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_any_dealing_gives_the_same_rows(partitions: int, random: Any) -> None:
    """The order in which a cluster delivers rows would show in the result."""
    with_ = core.job(PLAIN)
    book = core.typed(worlds.make(WORLDS["few rows"]).ledger)
    order = list(range(len(book)))
    random.shuffle(order)
    first = dealt(book, with_, 1)
    second = dealt(book.iloc[order], with_, partitions)
    for table in TABLES:
        by = ["account", "id"] if table != "cards" else ["account"]
        one, two = (part[table].sort_values(by, ignore_index=True) for part in (first, second))
        pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("fx", ["none", "original"])
def test_files_give_what_a_single_run_gives(fx: str, tmp_path: Path) -> None:
    """The many-accounts command would find other cases than the ordinary one."""
    made = worlds.make(World("files", 31, accounts=8, charges=25, fx=fx))
    worlds.write_csv(made, tmp_path / "in")
    one = single(tmp_path / "in", PLAIN, tmp_path / "one")
    for partitions in (1, 3, 20):
        two = tmp_path / f"two{partitions}"
        counts = local.run(
            [tmp_path / "in"], two, PLAIN, workers=1, partitions=partitions, pooled=False
        )
        assert counts.cases == len(rows(one, "cases")) > 10
        for table in TABLES:
            assert rows(one, table) == rows(two, table)


def test_files_that_overlap_are_read_once(tmp_path: Path) -> None:
    """A month downloaded twice would be counted twice."""
    made = worlds.make(World("twice", 32, accounts=4, charges=25))
    paths = worlds.write_csv(made, tmp_path / "in")
    (tmp_path / "in" / "again").mkdir()
    shutil.copy(paths[0], tmp_path / "in" / "again" / paths[0].name)
    one = single(tmp_path / "in", PLAIN, tmp_path / "one")
    local.run([tmp_path / "in"], tmp_path / "two", PLAIN, workers=1, partitions=3, pooled=False)
    for table in TABLES:
        assert rows(one, table) == rows(tmp_path / "two", table)


def test_orders_count_across_all_cards(tmp_path: Path) -> None:
    """An order would be looked for on one card only, and called missing on the others."""
    made = worlds.make(World("orders", 33, accounts=6, charges=20, with_orders=True))
    *_, orders = worlds.write_csv(made, tmp_path / "in")
    target = tmp_path / "orders.csv"
    orders.rename(target)
    # Cards that never bought at AliExpress, of which one began late: they bound what is overdue.
    for number, first in ((9001, "2024-03-05"), (9002, "2024-05-20")):
        (tmp_path / "in" / f"{number}.csv").write_text(
            "Date,Posted Date,Description,Amount,Currency,Card\n"
            f"{first},{first},LAWSON,500,JPY,**** **** **** {number}\n"
            f"2025-02-20,2025-02-20,LAWSON,600,JPY,**** **** **** {number}\n",
            "utf-8",
        )
    settings = replace(PLAIN, orders=target)
    one = single(tmp_path / "in", settings, tmp_path / "one")
    local.run([tmp_path / "in"], tmp_path / "two", settings, workers=1, partitions=4, pooled=False)
    assert any("missing" in row for row in rows(one, "cases"))
    for table in TABLES:
        assert rows(one, table) == rows(tmp_path / "two", table)


def test_an_order_list_among_the_statements_is_none(tmp_path: Path) -> None:
    """Its orders would be charges of a card that does not exist, as they are in no single run."""
    made = worlds.make(World("list", 40, accounts=2, charges=8, with_orders=True))
    *_, orders = worlds.write_csv(made, tmp_path / "in")
    target = tmp_path / "in" / "bought.csv"
    orders.rename(target)
    settings = replace(PLAIN, orders=target)
    one = single(tmp_path / "in", settings, tmp_path / "one")
    local.run([tmp_path / "in"], tmp_path / "two", settings, workers=1, partitions=4, pooled=False)
    for table in TABLES:
        assert rows(one, table) == rows(tmp_path / "two", table)


def test_processes_and_a_rerun_write_the_same_bytes(tmp_path: Path) -> None:
    """A rerun would look like a change to whoever compares or backs up the files."""
    made = worlds.make(World("bytes", 34, accounts=6, charges=12))
    worlds.write_csv(made, tmp_path / "in")
    target = tmp_path / "out"

    def content() -> dict[str, bytes]:
        found = (path for path in target.rglob("*") if path.is_file())
        return {str(path.relative_to(target)): path.read_bytes() for path in found}

    local.run([tmp_path / "in"], target, PLAIN, workers=2, partitions=3)
    first = content()
    local.run([tmp_path / "in"], target, PLAIN, workers=1, partitions=3)
    assert content() == first
    assert {"_SUCCESS", "pool.json"} < set(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_every_bad_line_and_file_is_told(tmp_path: Path) -> None:
    """A line that could not be used would vanish among millions."""
    folder = tmp_path / "in"
    folder.mkdir()
    head = "Date,Description,Amount,Currency,Card\n"
    good = "2024-05-01,LAWSON,500,JPY,**** 1234\n"
    (folder / "a.csv").write_text(head + good + "2024-05-02,LAWSON,12x,JPY,**** 1234\n", "utf-8")
    (folder / "b.csv").write_text("", "utf-8")
    counts = local.run([folder], tmp_path / "out", PLAIN, workers=1, partitions=2)
    assert counts.transactions == 1
    assert counts.rejected == 2
    told = " ".join(rows(tmp_path / "out", "rejected"))
    assert "a.csv" in told
    assert "12x" in told
    assert "b.csv" in told


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    """An empty result would pass for a month without refunds."""
    (tmp_path / "a.csv").write_text("", "utf-8")
    with pytest.raises(ErrorGroup) as caught:
        local.run([tmp_path / "a.csv"], tmp_path / "out", PLAIN, workers=1)
    assert [one.code for one in caught.value.errors] == ["empty"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_long_run_says_how_far_it_is(tmp_path: Path) -> None:
    """A run over a bank's cards would look as if it stood still, or end before it is done."""
    worlds.write_csv(worlds.make(World("told", 38, accounts=4, charges=6)), tmp_path / "in")
    seen: list[tuple[str, int, int]] = []
    counts = local.run(
        [tmp_path / "in"], tmp_path / "out", PLAIN, workers=1, partitions=3,
        progress=lambda *told: seen.append(told),
    )  # fmt: skip
    links = 2 * counts.partitions
    read = len(seen) - links
    assert seen[:read] == [("read", at + 1, read) for at in range(read)]
    assert seen[read:] == [("link", at + 1, links) for at in range(links)]


def test_a_failed_run_leaves_the_old_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that breaks off half-way would destroy last night's tables."""
    worlds.write_csv(worlds.make(World("old", 35, accounts=2, charges=8)), tmp_path / "in")
    target = tmp_path / "out"
    local.run([tmp_path / "in"], target, PLAIN, workers=1, partitions=2)
    before = rows(target, "cases")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(output, "write", broken)
    with pytest.raises(OutputError) as caught:
        local.run([tmp_path / "in"], target, PLAIN, workers=1, partitions=2)
    # Not as if standard output could take no more.
    assert caught.value.params == {"file": str(target), "detail": "disk full"}
    assert rows(target, "cases") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_folder_of_something_else_is_kept(tmp_path: Path) -> None:
    """A slip in `--output` would delete somebody's photographs."""
    worlds.write_csv(worlds.make(World("keep", 36, accounts=1, charges=4)), tmp_path / "in")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(OutputError) as caught:
        local.run([tmp_path / "in"], tmp_path / "photos", PLAIN, workers=1)
    assert caught.value.code == "not_ours"
    assert (tmp_path / "photos" / "cat.jpg").read_bytes() == b"cat"


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    """Tables meant for a large disk would be written beside the link that leads to it."""
    worlds.write_csv(worlds.make(World("link", 37, accounts=1, charges=4)), tmp_path / "in")
    (tmp_path / "large").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "large")
    for _ in range(2):
        local.run([tmp_path / "in"], tmp_path / "out", PLAIN, workers=1)
        assert (tmp_path / "out").is_symlink()
        assert (tmp_path / "large" / local.SUCCESS).exists()


@pytest.mark.parametrize("target", [".", "/proc"])
def test_a_folder_that_cannot_be_replaced_is_refused_at_once(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--output .`, or a volume of a container, would end in a traceback when all is done."""
    worlds.write_csv(worlds.make(World("here", 39, accounts=1, charges=4)), tmp_path / "in")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setattr(local, "SUCCESS", "version")
    monkeypatch.setattr(local, "_run", lambda *_: pytest.fail("began all the same"))
    with pytest.raises(OutputError) as caught:
        local.run([tmp_path / "in"], target, PLAIN, workers=1)
    assert caught.value.code == "not_written"


@pytest.mark.parametrize(
    ("target", "parent"), [("/out", ""), ("out", "."), ("s3a://b/out", "s3a://b")]
)
def test_spark_fills_a_folder_beside_the_target(target: str, parent: str) -> None:
    """A result for the root of a file system would be made where the driver was started."""
    assert Folder(MagicMock(), target).temporary.startswith(f"{parent}/.out.")


def test_spark_keeps_the_old_result_where_the_new_one_has_no_place() -> None:
    """Last night's tables would lie under a name that nobody looks for."""
    spark = MagicMock()
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path
    system = MagicMock()
    path.side_effect = lambda name: SimpleNamespace(name=name, getFileSystem=lambda _: system)
    system.rename.side_effect = lambda old, new: not old.name.endswith("-new")
    spark.sparkContext._jvm.java.util.UUID.randomUUID.return_value = "1-new"
    with pytest.raises(OutputError):
        Folder(spark, "/a/out").commit()
    renamed = [(old.name, new.name) for (old, new), _ in system.rename.call_args_list]
    assert renamed[-1] == ("/a/.out.1-new.old", "/a/out")


@pytest.mark.spark  # writes Parquet, as that extra does
def test_damaged_rows_of_a_table_are_told(tmp_path: Path) -> None:
    """A file cut by a broken download, or changed on the disk, would end in a traceback."""
    path = tmp_path / "a.parquet"
    many = 1000
    pd.DataFrame({
        "id": [f"{n:016x}" for n in range(many)], "account": "a", "description": "x",
        "amount": range(many), "currency": "JPY", "decimals": 0,
        "transaction_date": pd.Timestamp("2025-03-10"),
    }).to_parquet(path)  # fmt: skip
    data = bytearray(path.read_bytes())
    data[4:3000] = bytes(2996)
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        local.run([path], tmp_path / "out", PLAIN, workers=1)
    assert caught.value.code == "parquet"


def test_tables_and_statements_do_not_mix(tmp_path: Path) -> None:
    """Half of the input would be read as something that it is not."""
    (tmp_path / "a.csv").write_text("", "utf-8")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as caught:
        local.run([tmp_path / "a.csv", tmp_path / "b"], tmp_path / "out", PLAIN, workers=1)
    assert caught.value.code == "mixed_inputs"


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user without the extra would meet a traceback."""
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr(output, "has_arrow", lambda: False)
    with pytest.raises(InputError) as caught:
        local.run([tmp_path], tmp_path / "out", PLAIN, workers=1)
    assert caught.value.code == "parquet_missing"


def test_a_table_without_needed_columns_names_them() -> None:
    """A wrong export would be read as a ledger full of nothing."""
    with pytest.raises(InputError) as caught:
        core.typed(pd.DataFrame({"account": ["a"], "amount": [1]}), "x.parquet")
    assert caught.value.params["columns"] == (
        "id, description, currency, decimals, transaction_date"
    )


def test_online_rates_are_refused() -> None:
    """Every process would ask the internet for the rates of its own days."""
    with pytest.raises(SettingsError):
        core.job(Settings(rates="online"))


def test_the_command_writes_and_counts(tmp_path: Path) -> None:
    """The command would not be there, or would not say what it did."""
    worlds.write_csv(worlds.make(World("command", 37, accounts=2, charges=8)), tmp_path / "in")
    given_ = ["--input", str(tmp_path / "in"), "--output", str(tmp_path / "out"), "--lang", "en"]
    told = CliRunner().invoke(many, [*given_, "--workers", "1", "--as-of", "2025-06-01"])
    assert told.exit_code == 0, told.output
    assert f"{len(rows(tmp_path / 'out', 'cases'))} cases" in told.output
    wrong = CliRunner().invoke(many, [*given_, "--as-of", "soon"])
    assert wrong.exit_code == 2
    assert "soon" in wrong.output


def test_cards_of_an_issuer_teach_each_other(tmp_path: Path) -> None:
    """Thousands of cards of a bank would leave its fee as unsure as one card does."""
    many_cards = World("bank", 41, accounts=60, charges=6, fx="original", fees=(0.0295,))
    book = core.typed(worlds.make(many_cards).ledger).assign(layout="epos")
    settings = replace(PLAIN, issuer="epos")
    with_ = core.job(settings)
    part = core.of_ledger([book], with_)
    (name,) = part.pool.cards
    assert part.pool.cards[name] == 60
    alone = core.solve(part.book, with_)["cards"]
    together = core.solve(part.book, with_._replace(pool=part.pool))["cards"]
    away = [(card["fee"].astype(float) - 0.0295).abs().mean() for card in (alone, together)]
    assert away[1] <= away[0]
    path = tmp_path / "pool.json"
    path.write_text(pool.dumps(part.pool), "utf-8")
    again = core.job(replace(settings, pool=path))
    pd.testing.assert_frame_equal(core.solve(part.book, again)["cards"], together)


def test_a_pool_is_the_same_however_it_is_added_up() -> None:
    """The prior, and with it every card, would depend on how many machines there were."""
    book = core.typed(worlds.make(World("bank", 42, accounts=40, charges=4, fx="original")).ledger)
    with_ = core.job(replace(PLAIN, issuer="rakuten"))
    whole = core.of_ledger([book], with_).pool
    for partitions in (3, 17):
        parts = [
            core.of_ledger([book.iloc[at]], with_).pool
            for _, at in core.spread(book["account"], partitions)
        ]
        assert pool.dumps(sum(parts, pool.Pool())) == pool.dumps(whole)
    assert json.loads(pool.dumps(whole))


def test_a_pool_of_few_cards_says_nothing() -> None:
    """Two cards would be told twice what they told themselves."""
    terms = Terms("epos", "visa")
    name = pool.key(terms, 0.0385)
    assert name is not None
    prior = np.full((len(MODES), len(FEES)), 1.0 / (len(MODES) * len(FEES)))
    sums = np.zeros(prior.size, np.int64)
    sums[7] = pool.LEAST * 1_000_000
    few = pool.Pool({name: pool.LEAST - 1}, {name: sums})
    assert few(terms, 0.0385, prior) is prior
    enough = pool.Pool({name: pool.LEAST}, {name: sums})(terms, 0.0385, prior)
    assert enough.sum() == pytest.approx(1.0)
    assert enough.ravel()[7] > 0.5
    assert pool.key(terms._replace(fee=0.02), 0.0385) is None


def test_a_pool_that_is_none_is_refused(tmp_path: Path) -> None:
    """A wrong file would silently count as no pool."""
    path = tmp_path / "pool.json"
    path.write_text('{"a": {"cards": 3}}', "utf-8")
    with pytest.raises(SettingsError) as caught:
        pool.read(path)
    assert caught.value.code == "pool"


def test_a_row_times_a_table_does_not_depend_on_its_company() -> None:
    """The last digit of a confidence would tell how many cards were in the same process."""
    rng = np.random.default_rng(5)
    table = np.where(rng.random((40, 11)) < 0.2, rng.normal(size=(40, 11)), 0.0)
    values = rng.normal(size=(5_000, 40))
    found = Table(table).times(values)
    np.testing.assert_allclose(found, values @ table, atol=1e-12)
    for at in (0, 17, 4_999):
        assert (Table(table).times(values[at : at + 1])[0] == found[at]).all()


def two_rows() -> pd.DataFrame:
    """A table of ledger columns, and only those that are needed."""
    return pd.DataFrame(
        {
            "id": ["a", "b"], "account": ["…1", "…1"], "description": ["X", "Y"],
            "amount": [1, 2], "currency": ["JPY", "JPY"], "decimals": [0, 0],
            "transaction_date": pd.to_datetime(["2025-01-01", "2025-01-02"]),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("amount", [32.49, 5.0], "float64"),
        ("amount", [32.0, 5.0], "float64"),
        ("amount", ["1", "2"], "str"),
        ("amount", [True, False], "bool"),
        ("original_amount", [None, 32.49], "32.49"),
        ("fee_amount", [0.5, None], "0.5"),
        ("decimals", [2.5, 2.0], "2.5"),
    ],
)
def test_amounts_in_major_units_are_refused(column: str, values: list[Any], found: str) -> None:
    """A ledger with amounts like 32.49 would be judged by 32 cents, without a word."""
    table = two_rows().assign(**{column: values})
    with pytest.raises(InputError) as caught:
        core.readable(table, "x.parquet")
    assert caught.value.code == "ledger_amounts"
    for lang in LANGUAGES:
        told = say("error.ledger_amounts", lang, **caught.value.params)
        assert column in told
        assert found in told


def test_whole_numbers_beside_nulls_are_read() -> None:
    """A ledger from pandas, where a null makes floats of whole numbers, would be refused."""
    read = core.readable(two_rows().assign(original_amount=[None, 3249.0]), "x.parquet")
    assert read["original_amount"].tolist() == [pd.NA, 3249]


def test_a_row_that_comes_twice_is_refused() -> None:
    """A table named twice, or two that overlap, would count every movement twice."""
    with_ = core.job(PLAIN)
    part = core.typed(two_rows())
    assert len(core.of_ledger([part], with_).ready["transactions"]) == 2
    for parts in ([part, part], [part, part.iloc[:1].assign(amount=7)]):
        with pytest.raises(InputError) as caught:
            core.of_ledger(parts, with_)
        assert caught.value.code == "ledger_repeated"
        for lang in LANGUAGES:
            assert " a " in say("error.ledger_repeated", lang, **caught.value.params)


@pytest.mark.spark  # reads Parquet, as that extra does
@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_found_by_a_worker_is_told(tmp_path: Path, workers: int) -> None:
    """What is wrong with a table would be told as a lost worker, or as a traceback."""
    table = two_rows().assign(amount=[32.49, 5.0])
    table.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError) as caught:
        local.run([tmp_path], tmp_path / "out", PLAIN, workers=workers)
    assert caught.value.code == "ledger_amounts"


def test_errors_come_whole_from_another_process() -> None:
    """An error in a worker process would be told as a lost worker."""
    one = InputError("empty", file="a.csv")
    for error in (one, ErrorGroup((one, SettingsError("date", key="as_of", value="x")))):
        came = pickle.loads(pickle.dumps(error))
        assert type(came) is type(error)
        assert str(came) == str(error)
        assert came.args == error.args


def test_a_file_is_no_folder_for_tables(tmp_path: Path) -> None:
    """`--output` with the name of a file would end in a traceback."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("", "utf-8")
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(OutputError) as caught:
        local.run([tmp_path / "in"], tmp_path / "out", PLAIN, workers=1)
    assert caught.value.code == "not_written"
    assert (tmp_path / "out").read_text("utf-8") == "mine"


@pytest.mark.parametrize("lost", ["id", "account", "amount", "transaction_date"])
def test_a_row_without_what_it_needs_is_refused(lost: str) -> None:
    """A ledger with a hole in it would end a long run in a traceback at its end, or a movement
    without a day would count for no day at all."""
    good = two_rows()
    assert len(core.typed(good)) == 2
    holed = good.astype({"amount": "Int64"})
    holed.loc[1, lost] = None
    with pytest.raises(ValueError, match=lost):
        core.typed(holed)


def test_accounts_are_sorted_by_text_whatever_the_categories() -> None:
    """A table that knows its accounts in another order would come out in that order."""
    made = worlds.make(World("sorted", 31, accounts=4, charges=20))
    plain = core.typed(spelled(made.ledger))
    names = plain["account"].unique()
    turned = plain.assign(
        account=pd.Categorical(plain["account"], categories=["…0000", *names[::-1]])
    )
    one, two = (spelled(core.together([part])) for part in (plain, turned))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--as-of", "tomorrow"), ("--refund-mode", "maybe"), ("--fee", "two"), ("--lang", "fr")],
)
def test_a_wrong_option_is_told_as_it_was_typed(tmp_path: Path, option: str, value: str) -> None:
    """A mistyped option would be told under a name that the user never wrote."""
    found = CliRunner().invoke(
        many, ["--input", "nothing.csv", "--output", str(tmp_path / "out"), option, value]
    )
    assert found.exit_code == 2
    assert found.stderr.startswith(f"{option} {value}")
