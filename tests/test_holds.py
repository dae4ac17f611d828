"""Holds and what they become: once in the ledger, whichever file shows which."""

import datetime as dt
import itertools
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import frame, row

from reconcile import holds
from reconcile.combine import combine
from reconcile.ledger import Source, reader_frame

Rows = list[dict[str, Any]]


def day(number: int, month: int = 3) -> dt.date:
    """A day of 2025."""
    return dt.date(2025, month, number)


def combined(*files: Rows) -> pd.DataFrame:
    """The ledger of files given as rows."""
    names = [f"file{n}.csv" for n in range(len(files))]
    sources = [Source(name, f"{n:064}", "plain", "utf-8") for n, name in enumerate(names)]
    parts = [
        frame([{**item, "file": name} for item in rows])
        for rows, name in zip(files, names, strict=True)
    ]
    return combine(parts, sources)


def in_any_order(*files: Rows) -> list[tuple[int, str]]:
    """Amount and status of the rows of the shop in question, the same for every order of files."""
    seen = set()
    for order in itertools.permutations(files):
        book = combined(*order)
        book = book[book["description"].ne("CORNER")]
        seen.add(tuple(sorted(zip(book["amount"], book["status"], strict=True))))
    assert len(seen) == 1
    return list(seen.pop())


def corner(first: int, last: int, month: int) -> Rows:
    """A purchase a day elsewhere, so that a file covers these days."""
    return [
        row(transaction_date=day(n, month), amount=100 + n, description="CORNER")
        for n in range(first, last + 1)
    ]


HOLD = row(transaction_date=day(30), amount=4800, status="pending")
MARCH = [*corner(1, 31, 3), HOLD]


def test_settled_by_the_next_month() -> None:
    """A hold of the last days of March would be charged twice, once more by the April file."""
    april = [*corner(1, 28, 4), row(transaction_date=day(2, 4), amount=4800)]
    assert in_any_order(MARCH, april) == [(4800, "posted")]


def test_another_purchase_of_the_next_month() -> None:
    """A purchase of April of about the same amount would be taken for the hold of March."""
    april = [*corner(1, 28, 4), row(transaction_date=day(2, 4), amount=4845)]
    assert in_any_order(MARCH, april) == [(4800, "pending"), (4845, "posted")]


@pytest.mark.parametrize(("used", "amount", "left"), [
    (day(30), 4845, 1), (day(31), 4845, 1), (day(2, 4), 4800, 2), (day(30), 5300, 2),
])  # fmt: skip
def test_the_day_of_use_tells(used: dt.date, amount: int, left: int) -> None:
    """A hold would stay beside its posting, or a purchase of another day would swallow it."""
    posted = row(transaction_date=used, posted_date=day(3, 4), amount=amount)
    dated = [{**item, "posted_date": item["transaction_date"]} for item in corner(1, 28, 4)]
    assert len(in_any_order(MARCH, [*dated, posted])) == left


def test_each_posting_settles_one_hold() -> None:
    """Two equal holds would both vanish for one charge, and one purchase would be lost."""
    april = [*corner(1, 28, 4), row(transaction_date=day(2, 4), amount=4800)]
    assert in_any_order([*MARCH, HOLD], april) == [(4800, "pending"), (4800, "posted")]


def test_too_late_or_elsewhere() -> None:
    """A purchase weeks later, or of another shop, would be taken for the hold's posting."""
    for other in (
        row(transaction_date=day(12, 4), amount=4800),
        row(transaction_date=day(2, 4), amount=4800, description="BOOKS"),
        row(transaction_date=day(2, 4), amount=4800, currency="USD"),
    ):
        assert len(in_any_order(MARCH, [*corner(1, 28, 4), other])) == 2


def test_one_file_shows_both() -> None:
    """A hold beside an equal charge in one file is a second purchase and would be lost."""
    book = combined([*MARCH, row(transaction_date=day(31), amount=4800)], corner(1, 28, 4))
    assert book["amount"].eq(4800).sum() == 2


def test_nearest_amount_first() -> None:
    """Of two holds of a day, the wrong one would be settled."""
    names = ["day", "amount", "currency", "core", "rank", "transaction_date", "posted_date"]

    def made(amounts: list[int], first: int) -> pd.DataFrame:
        stamp = pd.Timestamp("2025-03-10")
        lines = [
            (stamp, amount, "JPY", "SHOP", first + n, stamp, pd.NaT)
            for n, amount in enumerate(amounts)
        ]
        return pd.DataFrame(lines, columns=names, index=range(first, first + len(lines)))

    one, two = holds.settled(made([1000, 1010, 2000], 0), made([1011, 990, 2500], 3))
    assert sorted(zip(one, two, strict=True)) == [(0, 4), (1, 3)]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 28), st.integers(90, 110))))
def test_settling_law(items: list[tuple[bool, int, int]]) -> None:
    """A hold or a posting would be used twice, or a pair would lie too far apart."""
    stamp = [pd.Timestamp(2025, 3, n) for _, n, _ in items]
    book = pd.DataFrame({
        "day": pd.Series(stamp, dtype="datetime64[us]"), "amount": [a for *_, a in items],
        "currency": "JPY", "core": "SHOP", "rank": range(len(items)),
        "transaction_date": pd.Series(stamp, dtype="datetime64[us]"), "posted_date": pd.NaT,
    })  # fmt: skip
    held = np.array([kind for kind, *_ in items], np.bool_)
    one, two = holds.settled(book[held], book[~held])
    assert len(set(one)) == len(one) == len(set(two)) == len(two)
    assert held[one].all()
    assert not held[two].any()
    later = (book["day"].to_numpy()[two] - book["day"].to_numpy()[one]) / np.timedelta64(1, "D")
    off = np.abs(book["amount"].to_numpy()[two] - book["amount"].to_numpy()[one])
    assert ((later >= -1) & (later <= holds.DAYS)).all()
    assert (off <= holds.MARGIN * book["amount"].to_numpy()[one]).all()
    # What is left could not have been paired: nearest is greedy, but never gives up too early.
    for h in set(np.flatnonzero(held)) - set(one):
        for p in set(np.flatnonzero(~held)) - set(two):
            apart = abs(int(book["amount"][p]) - int(book["amount"][h]))
            days = (book["day"][p] - book["day"][h]).days
            assert apart > holds.MARGIN * book["amount"][h] or not -1 <= days <= holds.DAYS


def test_many_holds_of_few_shops() -> None:
    """A business card with thousands of open rows would take minutes, or all of the memory."""
    size = 20_000
    rng = np.random.default_rng(5)
    days = pd.Timestamp("2025-03-01") + pd.to_timedelta(np.sort(rng.integers(0, 28, size)), "D")
    amount = rng.integers(100, 500_000, size)

    def part(file: str, status: str, shift: int, factor: float) -> pd.DataFrame:
        return reader_frame(
            {
                "file": file, "line": np.arange(size) + 2, "account_key": "****1234",
                "description": np.where(amount % 2 == 0, "ALIEXPRESS", "CORNER"),
                "transaction_date": days + pd.Timedelta(days=shift), "decimals": 0,
                "amount": (amount * factor).astype(np.int64), "currency": "JPY",
                "kind": "purchase", "status": status, "layout": "plain",
            }, size,
        )  # fmt: skip

    parts = [part("a.csv", "pending", 0, 1.0), part("b.csv", "posted", 2, 1.01)]
    sources = [Source(name, name * 32, "plain", "utf-8") for name in ("a.csv", "b.csv")]
    start = time.perf_counter()
    book = combine(parts, sources)
    assert size <= len(book) < 1.2 * size
    # About a second; with every hold against every posted row of its shop, minutes.
    assert time.perf_counter() - start < 20
