"""`python -m tests.fuzz.harness TARGET [options]`: bytes in, a clean error or a reading out.

Targets: statement, ofx, orders, layout, amount. What fails is written to the working folder; the
ones worth keeping go to `regressions/`, which `tests/test_fuzz.py` reads in every run.
"""

import inspect
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from reconcile import layout, money, orders
from reconcile.errors import ReconcileError
from reconcile.layout_toml import parse
from reconcile.readers import ofx, read_path

_FOLDER = tempfile.TemporaryDirectory()


def _file(data: bytes, name: str) -> Path:
    path = Path(_FOLDER.name) / name
    path.write_bytes(data)
    return path


def statement(data: bytes) -> None:
    """A file of unknown kind: whatever is read accounts for every record."""
    for frame, source in read_path(_file(data, "a.csv"), layout.shipped()):
        assert source.rows == len(frame) + len(source.rejected)


def read_ofx(data: bytes) -> None:
    """An OFX file."""
    frame, source = ofx.read_ofx(data, "a.ofx", "")
    assert source.rows == len(frame) + len(source.rejected)


def read_orders(data: bytes) -> None:
    """An order list."""
    orders.read(_file(data, "orders.csv"))


def read_layout(data: bytes) -> None:
    """A layout that a user wrote."""
    parse(data.decode("utf-8", "replace"), "a.toml")


def amount(data: bytes) -> None:
    """An amount: what is read is written and read again as the same."""
    text = data.decode("utf-8", "replace")
    for currency in ("JPY", "USD", "KWD"):
        minor = money.parse(text, currency)
        if minor is not None:
            again = money.to_text(minor, money.decimals(currency))
            assert money.parse(again, currency) == minor


TARGETS: dict[str, Callable[[bytes], None]] = {
    "statement": statement, "ofx": read_ofx, "orders": read_orders, "layout": read_layout,
    "amount": amount,
}  # fmt: skip


def one(target: str, data: bytes) -> None:
    """One input of a target; a problem told to the user is no failure."""
    try:
        TARGETS[target](data)
    except ReconcileError:
        return


def main() -> None:
    """Fuzz one target until told to stop."""
    import atheris

    target = sys.argv.pop(1)
    # The project's own functions alone: those of pandas are many, and led nowhere new.
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "reconcile":
            for function in list(vars(module).values()):
                if inspect.isfunction(function) and function.__module__ == name:
                    atheris.instrument_func(function)
    with atheris.instrument_imports(include=["reconcile"]):
        atheris.Setup(sys.argv, lambda data: one(target, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
