"""Several large statements, or many, read at once, each extra one by a process of its own.

The result is what reading them one after the other gives: whatever a process does not bring back,
for whatever reason, is read here. Processes are started as programs of their own, so that nothing
of the caller's `__main__` runs again in them, as `multiprocessing` would have it.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple

import pandas as pd

from reconcile import layout, readers
from reconcile.errors import ReconcileError
from reconcile.ledger import spelled

# A second process takes the best part of a second to start and to hand over. Measured with two
# files of one size on two processors: 10 and 20 MB in all as long as one after the other, 40 MB an
# eighth shorter (processor seconds of the busier process).
ENOUGH = 40_000_000
# A file of a few rows takes as long to understand as so many bytes more take to read: with two
# processes 14 files of 40 rows take a fifth less time, 300 of them four tenths less.
_EACH = 3_000_000
_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from reconcile.readers.together import serve
serve()
"""


class Asked(NamedTuple):
    """A file and what the caller knows of it; see `readers.read_path`."""

    path: Path
    layouts_dir: Path | None = None
    layout: str | None = None
    encoding: str | None = None
    currency: str | None = None


def worthwhile(paths: Sequence[Path]) -> bool:
    """Whether there are several files, and large or many enough for more than one process."""
    work = [path.stat().st_size + _EACH for path in paths if path.is_file()]
    other = min(sum(work) - max(work, default=0), sum(work) / 2)
    return other >= ENOUGH / 2 and (os.cpu_count() or 1) > 1


def read(
    asked: Sequence[Asked], done: Callable[[int], None] | None = None
) -> list[list[readers.Reading] | None]:
    """The statements in each file, in the order asked; None for those that are still to be read.

    `done` is told how many are finished. The largest are read first.
    """
    out: list[list[readers.Reading] | None] = [None] * len(asked)
    order = sorted(range(len(asked)), key=lambda n: (-_size(asked[n].path), n))
    open_, lock, finished = deque(order), Lock(), 0

    def work(one: Callable[[Asked], list[readers.Reading] | None]) -> None:
        nonlocal finished
        while True:
            with lock:
                if not open_:
                    return
                number = open_.popleft()
            out[number] = one(asked[number])
            with lock:
                finished += 1
                if done:
                    done(finished)

    helpers = [_Process() for _ in range(min(os.cpu_count() or 1, len(asked)) - 1)]
    threads = [Thread(target=work, args=(helper,)) for helper in helpers]
    for thread in threads:
        thread.start()
    try:
        work(_here)
    finally:
        with lock:
            open_.clear()
        for thread, helper in zip(threads, helpers, strict=True):
            thread.join()
            helper.close()
    return out


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _here(asked: Asked) -> list[readers.Reading] | None:
    known = {"layout": asked.layout, "encoding": asked.encoding, "currency": asked.currency}
    try:
        return readers.read_path(asked.path, layout.load(asked.layouts_dir), **known)
    except ReconcileError:
        return None  # who reads it again gets the error in its place


class _Process:
    """A process that reads one file after the other; once it fails, it reads none."""

    def __init__(self) -> None:
        root = str(Path(readers.__file__).parents[2])
        command = [sys.executable, "-c", _PROGRAM, root]
        self._child: subprocess.Popen[bytes] | None
        try:
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError:
            self._child = None

    def __call__(self, asked: Asked) -> list[readers.Reading] | None:
        if self._child is None:
            return None
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            pickle.dump(asked, self._child.stdin)
            self._child.stdin.flush()
            found = pickle.load(self._child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            self.close()
            return None
        return None if found is None else [(spelled(rows), source) for rows, source in found]

    def close(self) -> None:
        """Let the process end."""
        if self._child is not None:
            self._child.communicate()
            self._child = None


def serve() -> None:
    """Read the files asked for on the standard input until it ends; answers go to the output."""
    into, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that is printed may come between the answers
    while True:
        try:
            asked = pickle.load(into)
        except EOFError:
            return
        found: Any = _here(asked)
        if found is not None:
            found = [(_tight(rows), source) for rows, source in found]
        pickle.dump(found, out, protocol=5)
        out.flush()


def _tight(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns of text as categoricals, which are handed over many times as fast."""
    texts = [name for name in rows if rows[name].dtype == "str"]
    return rows.assign(**{str(name): rows[name].astype("category") for name in texts})
