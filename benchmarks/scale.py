"""How long very many accounts take, on this machine's processors and on Spark.

`python -m benchmarks.scale --out docs/scale.md` measures and puts the figures into the page,
between its marks. The ledger is made beforehand and is no part of any time.
"""

import argparse
import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import statements
from reconcile import ledger as schema
from reconcile.engines import core, dealt, inputs, local, output
from reconcile.row_ids import hex_ids
from reconcile.settings import Settings

SETTINGS = Settings(as_of=dt.date(2026, 1, 1), lang="en")
# For Spark in tests and measurements: no page, small, and quiet.
QUIET = {
    "spark.ui.enabled": "false", "spark.log.level": "ERROR", "spark.executor.memory": "640m",
    "spark.sql.shuffle.partitions": "8",
}  # fmt: skip
ROWS = 20
# A unit of work, and how many of them are measured; what the largest may take on two processors.
UNIT, UNITS, LIMIT_SECONDS = 25_000, (1, 2, 4), 15.0
_PARTITIONS = 8  # of a unit
BILLION = 10**9
_LAYOUT = "rakuten-card"
_MARK = ("<!-- measured -->", "<!-- /measured -->")


def ledger(accounts: int, rows: int = ROWS, seed: int = 7) -> pd.DataFrame:
    """Ledger rows of many small accounts: 1% AliExpress charges, a fifth of them returned."""
    made = statements.movements(accounts * rows, accounts, seed)
    count = len(made.yen)
    day = pd.Series(made.day.astype("datetime64[D]").astype("datetime64[us]"))
    abroad = pd.Series(made.cents != 0)
    number = pd.Series(made.account).astype("str").str.zfill(9)
    data: dict[str, object] = {
        "id": hex_ids(np.arange(count, dtype=np.uint64)), "file": "ledger",
        "line": np.arange(1, count + 1), "account": "card-" + number, "transaction_date": day,
        "posted_date": day + pd.Timedelta(days=2), "description": made.description,
        "amount": made.yen, "currency": "JPY", "decimals": 0,
        "original_amount": pd.Series(made.cents, dtype="Int64").where(abroad),
        "original_currency": pd.Series("USD", range(count)).where(abroad, None),
        "original_decimals": 2, "kind": np.where(made.yen < 0, "refund", "purchase"),
        "status": "posted", "layout": _LAYOUT,
    }  # fmt: skip
    return pd.DataFrame(
        {
            name: pd.Series(data.get(name), index=range(count), dtype=dtype)
            for name, (dtype, _) in schema.COLUMNS.items()
        }
    )


def write(folder: Path, accounts: int, *, group: int = 250_000) -> Path:
    """The ledger as Parquet in a folder, a file for each two million rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    book = ledger(accounts)
    for number, first in enumerate(range(0, len(book), 2_000_000)):
        part = pa.Table.from_pandas(book.iloc[first : first + 2_000_000], preserve_index=False)
        pq.write_table(part, folder / f"ledger-{number:04d}.parquet", row_group_size=group)
    return folder


def once(engine: str, source: Path, target: Path, partitions: int) -> dict[str, float]:
    """One run in this process: seconds, processor seconds and peak memory (MB, largest worker)."""
    start = time.perf_counter()
    if engine in PEERS:
        PEERS[engine](source)
    elif engine == "local":
        local.run([source], target, SETTINGS, workers=2, partitions=partitions)
    else:
        from reconcile.engines import session, spark

        with session.started("local[2]", **QUIET, **{"spark.driver.memory": "2g"}) as running:
            start = time.perf_counter()
            found = spark.run(running, source, SETTINGS, partitions=partitions)
            found.write(str(target))
            seconds = time.perf_counter() - start
        return {"seconds": seconds, "cpu": float("nan"), "memory": float("nan")}
    seconds = time.perf_counter() - start
    worker = resource.RUSAGE_SELF if engine in PEERS else resource.RUSAGE_CHILDREN
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "seconds": seconds,
        "cpu": sum(one.ru_utime + one.ru_stime for one in used),
        # Of the workers alone: this process's own figure holds that of the one that began it.
        "memory": resource.getrusage(worker).ru_maxrss / 1024,
    }


def bare_read(source: Path) -> None:
    """The same Parquet into one frame, and nothing else."""
    pd.read_parquet(source)


def plain_loop(source: Path) -> None:
    """What a short script does: account by account, each charge with a refund of its amount."""
    for _, rows in pd.read_parquet(source).groupby("account"):
        own = rows[rows["description"].str.contains("ALIEXPRESS")]
        charges = own[own["amount"] > 0]
        refunds = own[own["amount"] < 0].assign(original_amount=lambda part: -part.original_amount)
        charges.merge(refunds, on="original_amount", suffixes=("", "_refund"))


PEERS: dict[str, Callable[[Path], None]] = {"read": bare_read, "loop": plain_loop}
# Accounts that the plain loop is given: it would take minutes for all.
LOOP_ACCOUNTS = 2_000


def measured(engine: str, source: Path, target: Path, partitions: int) -> dict[str, float]:
    """`once` in a process of its own."""
    run = subprocess.run(
        [
            sys.executable, "-m", "benchmarks.scale", "--once", engine, "--partitions",
            str(partitions), str(source), str(target),
        ],
        stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def stages(source: Path, work: Path) -> dict[str, float]:
    """Processor seconds of each step for the accounts of a file, in one process."""
    (file,) = source.glob("*.parquet")
    with_ = core.job(SETTINGS)
    with_.table()
    core.solve(core.of_ledger([ledger(100)], with_).book, with_)  # imports and tables
    out = {}
    clock = time.process_time()
    frame = inputs.read_ledger(file, range(len(inputs.row_groups(file))))
    sizes = dealt.put(frame, work / "pieces.arrow", _PARTITIONS)
    out["deal"] = time.process_time() - clock
    clock = time.process_time()
    parts = [
        core.of_ledger([dealt.take([(work / "pieces.arrow", at)])], with_)
        for at in range(len(sizes))
    ]
    out["gather"] = time.process_time() - clock
    clock = time.process_time()
    for part in parts:
        output.write("transactions", part.ready["transactions"], work / "out.parquet")
    out["write"] = time.process_time() - clock
    clock = time.process_time()
    found = [core.solve(part.book, with_) for part in parts]
    out["solve"] = time.process_time() - clock
    out["asked"] = sum(len(one["cards"]) for one in found)
    out["cases"] = sum(len(one["cases"]) for one in found)
    return out


def table(folder: Path, name: str, keys: tuple[str, ...]) -> Any:
    """A written table in one order, as Arrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = [pq.read_table(path) for path in sorted((folder / name).glob("*.parquet"))]
    whole = pa.concat_tables([part.replace_schema_metadata(None) for part in parts])
    return whole.sort_by([(key, "ascending") for key in keys])


def same(one: Path, two: Path) -> bool:
    """Whether two runs found the same cases and cards, to the last digit."""
    keys = {"cases": ("account", "id"), "cards": ("account",)}
    return all(
        table(one, name, by).to_pylist() == table(two, name, by).to_pylist()
        for name, by in keys.items()
    )


def main() -> None:
    """Measure, and put the figures into the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--unit", type=int, default=UNIT, help="accounts of a unit")
    parser.add_argument("--once", choices=("local", "spark", *PEERS))
    parser.add_argument("--partitions", type=int)
    parser.add_argument("paths", nargs="*", type=Path)
    given = parser.parse_args()
    if given.once:
        print(json.dumps(once(given.once, *given.paths, given.partitions)))
        return
    with tempfile.TemporaryDirectory() as name:
        text = figures(Path(name), given.runs, given.unit)
    print(text)
    if given.out:
        head, _, rest = given.out.read_text("utf-8").partition(_MARK[0])
        tail = rest.partition(_MARK[1])[2]
        given.out.write_text(f"{head}{_MARK[0]}\n{text}\n{_MARK[1]}{tail}", "utf-8")


def figures(work: Path, runs: int, unit: int = UNIT) -> str:
    """The measured part of the page."""
    lines = [
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"pandas {pd.__version__}; {ROWS} rows per account, medians of {runs} interleaved runs.",
        "",
        "| accounts | rows | seconds | spread | processor seconds | largest worker, MB |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    sources = {units: write(work / f"in{units}", units * unit) for units in UNITS}
    found: dict[int, list[dict[str, float]]] = {units: [] for units in UNITS}
    for _ in range(runs):
        for units in UNITS:
            target = work / f"local{units}"
            found[units].append(measured("local", sources[units], target, units * _PARTITIONS))
    middle = {
        units: {key: statistics.median(one[key] for one in of) for key in of[0]}
        for units, of in found.items()
    }
    for units in UNITS:
        took, every = middle[units], [one["seconds"] for one in found[units]]
        lines.append(
            f"| {units * unit:,} | {units * unit * ROWS:,} | {took['seconds']:.1f} "
            f"| {min(every):.1f}–{max(every):.1f} | {took['cpu']:.1f} | {took['memory']:.0f} |"
        )
    low, high = UNITS[0], UNITS[-1]
    span = (high - low) * unit / 1e6
    slope = (middle[high]["seconds"] - middle[low]["seconds"]) / span
    work_slope = (middle[high]["cpu"] - middle[low]["cpu"]) / span
    part = stages(sources[low], work)
    whole = part["deal"] + part["gather"] + part["write"] + part["solve"]
    small = write(work / "loop", LOOP_ACCOUNTS)
    peers: dict[str, list[float]] = {name: [] for name in PEERS}
    for _ in range(runs):
        for name, given in (("read", sources[high]), ("loop", small)):
            peers[name].append(measured(name, given, work / "none", 1)["seconds"])
    bare, loop = (statistics.median(peers[name]) for name in ("read", "loop"))
    spark = measured("spark", sources[high], work / "spark", high * _PARTITIONS)
    equal = same(work / f"local{high}", work / "spark")
    size = sum(path.stat().st_size for path in sources[high].iterdir()) / (high * unit * ROWS)
    hours = work_slope * BILLION / ROWS / 1e6 / 3600
    verdict = "met" if middle[high]["seconds"] <= LIMIT_SECONDS else "not met"
    bar = f"- The bar, {high * unit:,} accounts in {LIMIT_SECONDS:.0f} s: {verdict}."
    lines += [
        "",
        f"- Each further million accounts: **{slope:.0f} s** on two processors, "
        f"**{work_slope:.0f} processor seconds**.",
        bar if unit == UNIT else "- Smaller than the bar's accounts: a trial.",
        f"- Beside it, in the same run: `pandas.read_parquet` of the {high * unit:,} accounts, and "
        f"nothing else, {bare:.1f} s; a loop over `groupby` that pairs equal amounts, {loop:.1f} s "
        f"for {LOOP_ACCOUNTS:,} accounts ({loop * high * unit / LOOP_ACCOUNTS:.0f} s for all at "
        "that pace).",
        f"- Of the work in a process: reading and dealing out {part['deal'] / whole:.0%}, putting "
        f"together and recognising {part['gather'] / whole:.0%}, writing the transactions "
        f"{part['write'] / whole:.0%}, linking and cases {part['solve'] / whole:.0%} "
        f"({part['asked']:,.0f} of {unit:,} accounts bought at AliExpress, {part['cases']:,.0f} "
        "cases).",
        f"- Spark on two threads of this machine: {spark['seconds']:.0f} s for {high * unit:,} "
        f"accounts; cases and cards {'identical' if equal else 'DIFFERENT'}.",
        f"- Input: {size:.0f} bytes of Parquet per row.",
        f"- By these slopes, 10⁹ rows ({BILLION // ROWS // 1_000_000} million accounts): "
        f"{size * BILLION / 1e9:.0f} GB of input in {-(-BILLION // local.ROWS):,} partitions, "
        f"{hours:.1f} processor hours, on 200 cores {3600 * hours / 200:.0f} seconds.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
