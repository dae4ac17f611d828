"""The forms of order lists, the words of statuses and targets: `order_formats.toml`, typed."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pandas as pd

from reconcile.errors import InputError
from reconcile.money import fold
from reconcile.readers import fields


class Format(NamedTuple):
    """One kind of order list; `columns` maps our field to the names its column may have."""

    name: str
    title: str
    header: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    lines: str
    total: str | None = None
    minor: bool = False
    currency: str | None = None

    @property
    def repeated(self) -> bool:
        """Whether each line of an order shows the order's total."""
        return self.total == "repeated"


class Status(NamedTuple):
    """What a status word says: `due` is all, told or none; `started`: the refund clock runs."""

    state: str
    pattern: re.Pattern[str]
    due: str
    started: bool


@cache
def formats() -> tuple[Format, ...]:
    """All known forms."""
    return tuple(
        Format(
            row["name"], row["title"], tuple(row["header"]),
            {key: tuple(names) for key, names in row["columns"].items()},
            row["lines"], row.get("total"), row.get("minor", False), row.get("currency"),
        )
        for row in _table()["format"]
    )  # fmt: skip


@cache
def statuses() -> tuple[Status, ...]:
    """All known status words, the first that fits decides."""
    return tuple(
        Status(
            row["state"], re.compile(row["pattern"], re.IGNORECASE), row["due"],
            row.get("started", False),
        )
        for row in _table()["status"]
    )  # fmt: skip


@cache
def _targets() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = _table()["target"]
    return tuple((row["to"], re.compile(row["pattern"], re.IGNORECASE)) for row in rows)


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(files("reconcile").joinpath("order_formats.toml").read_text("utf-8"))


def identify(names: Sequence[str], file: str) -> Format | None:
    """The form whose header these column names hold (the longest that fits), or None.

    `InputError` for a list that is known to be another shop's.
    """
    have = set(names)
    for row in _table()["foreign"]:
        if set(row["header"]) <= have:
            raise InputError("orders_foreign", file=file, shop=row["shop"])
    fitting = [form for form in formats() if set(form.header) <= have]
    return max(fitting, key=lambda form: len(form.header)) if fitting else None


def plain(name: str) -> str:
    """A column name as the forms write it: half-width, lower case, single blanks."""
    return " ".join(fold(name.replace("\ufeff", "")).lower().split())


def state(texts: pd.Series) -> pd.Series:
    """State of each status text; null where no known word stands in it."""

    def read(unique: pd.Series) -> pd.Series:
        return unique.map(lambda text: _state(fold(text))).astype("str")

    return fields.on_unique(texts, read)


def _state(text: str) -> str | None:
    return next((one.state for one in statuses() if text and one.pattern.search(text)), None)


def target(texts: pd.Series) -> pd.Series:
    """`card`, `paypal`, `wallet` or `bank` by the words of a refund target; else null."""

    def read(unique: pd.Series) -> pd.Series:
        return unique.map(lambda text: _target(fold(text))).astype("str")

    return fields.on_unique(texts, read)


def _target(text: str) -> str | None:
    return next((to for to, pattern in _targets() if text and pattern.search(text)), None)
