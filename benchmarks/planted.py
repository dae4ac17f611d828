"""Statements on which one thing alone makes refunds differ: the rate, a fee, or a part.

The rates stand still except where they are what is planted, so that nothing else can be said of
the difference. `named` counts how often the program says so.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks import ecb
from reconcile import intake, money, orders, pipeline, rates
from reconcile import ledger as schema
from reconcile.combine import combine
from reconcile.rates import RateTable, Series
from reconcile.settings import Settings

# What a euro is worth where rates stand still.
_STILL = {"USD": 1.08, "JPY": 162.0, "GBP": 0.85}
_FACTOR = {"symmetric": 1.0, "kept": 0.0, "double": -1.0}
# The network's distance from the ECB's rate, and how much it differs from row to row.
_SPREAD, _SPREAD_SD = 0.0035, 0.0022
CARDS, CHARGES, _DAYS = 3, 150, 330
_PARTS = (0.2, 0.25, 0.4, 0.5, 0.75)


class Planted(NamedTuple):
    """What is planted: a cause, the fee with its mode where there is one; whether the statements
    print originals, and whether the user gave the fee.
    """

    cause: str
    mode: str = "none"
    fee: float = 0.0
    printed: bool = True
    given: bool = False

    @property
    def name(self) -> str:
        """As the report calls it."""
        return f"fee, {self.mode}" if self.cause == "fee" else self.cause


class Count(NamedTuple):
    """Refunds planted, linked with their charges, and of those: named, and their mode named."""

    planted: int
    linked: int
    cause: int
    mode: int


def statements(what: Planted, currency: str, seed: int) -> tuple[pd.DataFrame, dict[int, int]]:
    """A ledger, and the line of each refund's charge by the refund's line."""
    rng = np.random.default_rng([seed, len(what.mode), round(what.fee * 1e4), what.printed])
    n = CHARGES
    shop = "EUR" if currency == "USD" else "USD"
    start = np.datetime64("2024-05-01")
    bought = rng.integers(0, _DAYS - 60, n)
    paid = np.rint(np.exp(rng.normal(np.log(2500), 0.8, n))).astype(np.int64).clip(400)
    back = np.flatnonzero(rng.random(n) < 0.5)
    part = paid[back]
    if what.cause == "missing":
        part = np.rint(part * rng.choice(_PARTS, len(back))).astype(np.int64)
    use = np.concatenate([bought, bought[back] + rng.integers(4, 46, len(back))])
    units = np.concatenate([paid, -part])
    refund = units < 0
    booked = start + use + rng.integers(0, 4, len(use))
    rate = _rate(what, shop, currency, booked)
    if what.cause == "fx_drift":
        rate = rate * (1 + rng.normal(0, _SPREAD_SD, len(use)))
    load = np.where(refund, what.fee * _FACTOR.get(what.mode, 0.0), what.fee)
    scale = 10.0 ** (money.decimals(currency) - money.decimals(shop))
    billed = np.rint(units * scale * rate * (1 + _SPREAD) * (1 + load)).astype(np.int64)
    card = np.concatenate([np.arange(n) % CARDS, back % CARDS])
    line = np.arange(len(use)) + 2
    found: dict[str, object] = {
        "file": [f"card{number}.csv" for number in card], "line": line,
        "account_key": [f"**** **** **** {number + 1:04d}" for number in card],
        "transaction_date": (start + use).astype("datetime64[us]"),
        "posted_date": booked.astype("datetime64[us]"),
        "description": "ALIEXPRESS.COM", "amount": billed, "currency": currency,
        "decimals": money.decimals(currency),
        "original_amount": units if what.printed else None,
        "original_currency": shop if what.printed else None,
        "original_decimals": money.decimals(shop),
        "kind": np.where(refund, "refund", "purchase"), "status": "posted", "layout": "planted",
    }  # fmt: skip
    source = schema.Source("planted", "", "planted", "utf-8")
    book = combine([schema.reader_frame(found, len(use))], [source])
    return book, dict(zip(line[n:].tolist(), line[back].tolist(), strict=True))


def _rate(what: Planted, shop: str, currency: str, days: Any) -> Any:
    if what.cause != "fx_drift":
        units = {"EUR": 1.0, **_STILL}
        return np.full(len(days), units[currency] / units[shop])
    one, other = (np.full(len(days), ecb.CURRENCIES.index(name)) for name in (shop, currency))
    return ecb.mid(one, other, days.astype("datetime64[D]").astype(np.int64))


def table(what: Planted) -> RateTable:
    """The reference rates that go with it."""
    if what.cause == "fx_drift":
        return rates.ecb()
    day = np.arange(0, 20_000, dtype=np.int64)
    series = {name: Series(day, np.full(len(day), value)) for name, value in _STILL.items()}
    return RateTable("EUR", series, "file")


def count(what: Planted, currency: str, seed: int) -> Count:
    """How often one planted cause is named as what it is."""
    book, pairs = statements(what, currency, seed)
    lines = dict(zip(book["id"], book["line"].astype(int), strict=True))
    settings = Settings(as_of=dt.date(2025, 12, 1), fee=what.fee if what.given else None)
    book = intake.recognise(book)
    found = pipeline.Held(book, [], table(what), settings, orders.none()).tables().cases
    linked = cause = mode = 0
    for case in found.to_dict("records"):
        rows = [[lines[name] for name in case[side]] for side in ("charges", "refunds")]
        if len(rows[0]) != 1 or len(rows[1]) != 1 or pairs.get(rows[1][0]) != rows[0][0]:
            continue
        linked += 1
        cause += _NAMED[what.cause](case, what)
        said = {message.code for message in case["explanation"]}
        mode += f"explain.fee_{what.mode}" in said
    return Count(len(pairs), linked, cause, mode)


def _largest(case: dict[str, Any], name: str) -> bool:
    """Whether a cause is larger than any other and of what all others are together."""
    others = ("fx_drift", "fee", "missing", "kept", "unexplained")
    rest = sum(abs(int(case[other])) for other in others if other != name)
    return abs(int(case[name])) > rest


def _fee_named(case: dict[str, Any], what: Planted) -> bool:
    # A fee that comes back leaves nothing to explain.
    if what.mode == "symmetric":
        return all(abs(int(case[name])) <= 1 for name in ("fx_drift", "fee", "missing"))
    return _largest(case, "fee")


_NAMED: dict[str, Callable[[dict[str, Any], Planted], bool]] = {
    "fx_drift": lambda case, _: case["shortfall"] == 0 or _largest(case, "fx_drift"),
    "fee": _fee_named,
    "missing": lambda case, _: _largest(case, "missing"),
}
