"""How long a run takes beside the imports nobody can avoid: `python -m benchmarks.startup`.

Every round starts the pairs one after the other in fresh processes, so that whatever else the
machine does falls on both sides; the ratios are those of the medians.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmarks import ecb

ROWS = 330
NAME = "enavi202508(1234).csv"
_ROUNDS = 9
# Installed packages are compiled; a machine that keeps Python from doing so would measure that.
_ENVIRONMENT = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
_FEE = 0.022
_FIRST_DAY = "2025-04-28"
_HEADER = (
    "利用日", "利用店名・商品名", "利用者", "支払方法", "利用金額", "手数料/利息", "支払総額",
    "8月支払金額", "9月繰越残高", "新規サイン",
)  # fmt: skip
_SHOPS = ("セブンイレブン", "イオン", "ENEOS SS", "東京ガス", "ヨドバシカメラ", "ＪＲ東日本")
# Day of the charge, dollars, day of the refund (None: none came), dollars that came back.
_ORDERS = (
    (2, 3249, 30, 3249), (5, 1899, None, 0), (9, 12450, 41, 4150), (14, 799, None, 0),
    (20, 2310, None, 0), (23, 5675, 52, 5675), (31, 1120, None, 0), (38, 4480, None, 0),
    (44, 2199, 71, 1100), (50, 990, None, 0), (57, 6325, None, 0), (63, 1550, None, 0),
)  # fmt: skip
_EUR, _USD, _JPY = (ecb.CURRENCIES.index(code) for code in ("EUR", "USD", "JPY"))
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


class Row(NamedTuple):
    """A pair of commands, ours and the one it is compared with."""

    name: str
    ours: list[str]
    other: list[str]
    target: float


class Times(NamedTuple):
    """Seconds of one process: by the clock, and on the processor."""

    wall: float
    busy: float


def statement() -> str:
    """A Rakuten e-NAVI statement: 330 transactions, 12 AliExpress charges, 4 refunds below.

    The rows of AliExpress have the row with their foreign amount and rate below them.
    """
    first = np.datetime64(_FIRST_DAY, "D")
    charges = [(first + day, cents) for day, cents, _, _ in _ORDERS]
    refunds = [(first + day, cents) for _, _, day, cents in _ORDERS if day is not None]
    plain = ROWS - len(charges) - len(refunds)
    bought = [
        (day, [_line(day, _SHOPS[n % len(_SHOPS)], 180 + n * 37 % 9000)])
        for n, day in ((n, first + n * 90 // plain) for n in range(plain))
    ]
    bought += [(day, _foreign(day, cents)) for day, cents in charges]
    bought.sort(key=lambda entry: entry[0])
    lines = [_HEADER, *(line for _, group in bought for line in group)]
    lines.append(("■ご利用キャンセルなど", *[""] * 9))
    lines += [line for day, cents in refunds for line in _foreign(day, cents)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\r\n" for line in lines)


def _line(day: np.datetime64, shop: str, yen: int) -> tuple[str, ...]:
    date = str(day).replace("-", "/")
    return (date, shop, "本人", "1回払い", str(yen), "0", str(yen), str(yen), "0", "*")


def _foreign(day: np.datetime64, cents: int) -> list[tuple[str, ...]]:
    number = day.astype(np.int64)
    fixing = ecb.mid(np.array([_USD]), np.array([_JPY]), np.array([number]))
    rate = round(float(fixing[0]) * (1 + _FEE), 3)
    told = f"現地利用額　　　　　　　　{cents / 100:.3f}変換レート　{rate:.3f}円".translate(_WIDE)
    yen = int(cents * rate / 100)
    return [_line(day, "ALIPAY*ALIEXPRESS 利用国USA", yen), ("", told, *[""] * 8)]


def pairs(folder: Path) -> list[Row]:
    """The commands to measure; the statement and the reports are written to `folder`."""
    path = folder / NAME
    path.write_text(statement(), "utf-8-sig", newline="")
    command = [sys.executable, "-c", "from reconcile.cli import main; main()"]
    run = [str(path), "-o", str(folder / "report.xlsx"), "--json", str(folder / "report.json")]
    imports = [sys.executable, "-c"]
    return [
        Row(
            f"`reconcile` on {ROWS} rows, Excel and JSON / `import pandas, openpyxl`",
            [*command, *run],
            [*imports, "import pandas, openpyxl"],
            1.6,
        ),
        Row(
            "`reconcile --help` / `import click`",
            [*command, "--help"],
            [*imports, "import click"],
            3.0,
        ),
    ]


def time_of(command: list[str]) -> Times:
    """How long a command takes; RuntimeError with its messages when it fails."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_ENVIRONMENT)
    wall, after = time.perf_counter() - start, os.times()
    if done.returncode:
        raise RuntimeError(done.stderr)
    busy = after.children_user + after.children_system
    return Times(wall, busy - before.children_user - before.children_system)


def table(rounds: int = _ROUNDS) -> str:
    """The measurements as a Markdown table."""
    with tempfile.TemporaryDirectory() as name:
        rows = pairs(Path(name))
        taken: list[list[tuple[Times, Times]]] = [[] for _ in rows]
        for number in range(rounds + 1):
            for row, found in zip(rows, taken, strict=True):
                both = time_of(row.other), time_of(row.ours)
                if number:  # the first round fills the caches of files and compiled modules
                    found.append(both)
    lines = [
        f"Medians of {rounds} rounds; spread: the smallest and largest ratio of a round.",
        "",
        "| ours / other | ours (s) | other (s) | ratio | spread | processor time | target |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row, found in zip(rows, taken, strict=True):
        ours, other = median(b.wall for _, b in found), median(a.wall for a, _ in found)
        busy = median(b.busy for _, b in found) / median(a.busy for a, _ in found)
        ratios = sorted(b.wall / a.wall for a, b in found)
        lines.append(
            f"| {row.name} | {ours:.3f} | {other:.3f} | **{ours / other:.2f}** | "
            f"{ratios[0]:.2f}–{ratios[-1]:.2f} | {busy:.2f} | ≤ {row.target:g} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
