"""Refund clocks: how long each thing may take, by rules of `advice.toml` and bank holidays."""

import calendar
import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np


class Rule(NamedTuple):
    """A range of days counted from something; `strength` as in `advice.toml`."""

    code: str
    unit: str
    start: str
    first: int
    last: int
    source: str
    strength: str


class Closing(NamedTuple):
    """When a card's month closes and when that bill is paid: days of the month, months between.

    Days beyond a month's end mean its last day.
    """

    closing: int
    payment: int
    months: int = 1


@cache
def table() -> dict[str, Any]:
    """`advice.toml` as it stands."""
    return tomllib.loads(files("reconcile").joinpath("advice.toml").read_text("utf-8"))


@cache
def rules() -> dict[str, Rule]:
    """All clocks by code."""
    return {
        code: Rule(
            code, row["unit"], row["from"], row["first"], row["last"], row["source"],
            row["strength"],
        )
        for code, row in table()["clock"].items()
    }  # fmt: skip


def country(currency: str | None) -> str | None:
    """The country whose bank holidays a card in `currency` follows; None: none in particular."""
    found = table()["country"].get(currency or "")
    return None if found is None else str(found)


def span(
    code: str, start: dt.date, countries: frozenset[str] = frozenset()
) -> tuple[dt.date, dt.date]:
    """First and last day of a clock that starts on `start`, in cards of these countries."""
    rule = rules()[code]
    if rule.unit == "business":
        return business(start, rule.first, countries), business(start, rule.last, countries)
    return start + dt.timedelta(days=rule.first), start + dt.timedelta(days=rule.last)


def end(code: str, start: dt.date, countries: frozenset[str] = frozenset()) -> dt.date:
    """The last day of a clock that starts on `start`."""
    return span(code, start, countries)[1]


def business(start: dt.date, count: int, countries: frozenset[str] = frozenset()) -> dt.date:
    """`count` business days after `start`; a start on a free day counts from the next open one."""
    days: set[dt.date] = set()
    years = range(start.year, start.year + 1 + (start.month > 6) + count // 200)
    for name in countries:
        for year in years:
            days |= holidays_of(name, year)
    closed = np.array(sorted(days), dtype="datetime64[D]")
    found = np.busday_offset(np.datetime64(start), count, roll="forward", holidays=closed)
    return dt.date.fromisoformat(str(found))


@cache
def holidays_of(name: str, year: int) -> frozenset[dt.date]:
    """Public and bank holidays of a country in a year; none where the country is not known."""
    # Late: the package costs as much as a small run.
    import holidays

    if name not in holidays.list_supported_countries():
        return frozenset()
    kinds = holidays.country_holidays(name).supported_categories
    wanted = tuple(kind for kind in ("public", "bank") if kind in kinds)
    return frozenset(holidays.country_holidays(name, years=[year], categories=wanted))


def statement(day: dt.date, closing: Closing) -> tuple[dt.date, dt.date]:
    """The closing day of the bill on which a movement of `day` stands, and when it is paid."""
    closes = _on(day.year, day.month, closing.closing)
    if closes < day:
        closes = _on(day.year, day.month + 1, closing.closing)
    return closes, _on(closes.year, closes.month + closing.months, closing.payment)


def _on(year: int, month: int, day: int) -> dt.date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))
