"""The ledger: files joined, duplicates dropped, accounts named, ids given."""

import datetime as dt
import random
import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CARDS, DAY, LEDGERS, frame, row

from reconcile import ledger
from reconcile.combine import combine
from reconcile.ledger import COLUMNS, Source

DAYS = [dt.date(2025, 3, n) for n in range(1, 11)]


def combined(*files: list[dict[str, Any]]) -> tuple[pd.DataFrame, list[Source]]:
    """The ledger of files given as rows, and their sources."""
    sources = [Source(f"file{n}.csv", "", "plain", "utf-8") for n in range(len(files))]
    parts = [
        frame([{**item, "file": source.file} for item in rows])
        for rows, source in zip(files, sources, strict=True)
    ]
    return combine(parts, sources), sources


def test_schema() -> None:
    """A report, or a notebook of the user's, would find a column missing or of another kind."""
    book, _ = combined([row(), row(currency=None, original_amount=3249, original_currency="USD")])
    for table in (book, ledger.empty(), combine([], [])):
        assert list(table.columns) == list(COLUMNS)
        assert {name: str(dtype) for name, dtype in ledger.spelled(table).dtypes.items()} == {
            name: dtype for name, (dtype, _) in COLUMNS.items()
        }


def test_identical_purchases_stay() -> None:
    """The second of two equal bus tickets would vanish from the statement."""
    book, sources = combined([row(), row(), row()])
    assert len(book) == 3
    assert book["id"].is_unique
    assert sources[0].duplicates == 0


def test_overlapping_exports_count_once() -> None:
    """A purchase shown by two exports of the same days would be charged twice."""
    month = [row(transaction_date=day, amount=100 + n) for n, day in enumerate(DAYS)]
    book, sources = combined(month[:8], month[3:])
    assert len(book) == len(month)
    assert sum(source.duplicates for source in sources) == 5


def test_overlap_keeps_the_larger_count() -> None:
    """Two equal purchases of one day would become one, or four, after adding a second export."""
    days = [row(transaction_date=day, amount=900 + n) for n, day in enumerate(DAYS[:6])]
    twice = [*days, row(transaction_date=DAYS[2]), row(transaction_date=DAYS[2])]
    book, _ = combined(twice, twice)
    assert len(book) == len(twice)
    assert book["amount"].eq(4845).sum() == 2


def test_other_accounts_are_no_duplicates() -> None:
    """The same purchase on husband's and wife's card would count once."""
    book, _ = combined([row(account_key="****1234")], [row(account_key="****8765")])
    assert sorted(book["account"]) == ["…1234", "…8765"]


@settings(max_examples=10)
@given(LEDGERS, DAY, DAY, st.integers(0, 999))
def test_order_of_files_and_rows(
    rows: list[dict[str, Any]], one: dt.date, other: dt.date, chance: int
) -> None:
    """Naming the files in another order would give other ids, and other cases."""
    start, end = sorted((one, other))
    first = [item for item in rows if item["transaction_date"] <= end]
    second = [item for item in rows if item["transaction_date"] >= start]
    book, _ = combined(first, second)
    swapped, _ = combined(second, first)
    random.Random(chance).shuffle(first)
    random.Random(chance).shuffle(second)
    shuffled, _ = combined(first, second)
    # The copy that is kept may stand in either file, on any line.
    content = [name for name in COLUMNS if name not in ("file", "line")]
    for again in (swapped, shuffled):
        pd.testing.assert_frame_equal(_sorted(book[content]), _sorted(again[content]))


def _sorted(book: pd.DataFrame) -> pd.DataFrame:
    return book.sort_values("id", ignore_index=True)


@settings(max_examples=15)
@given(LEDGERS)
def test_every_row_is_kept_once(rows: list[dict[str, Any]]) -> None:
    """A line of a single statement would be lost, or counted twice."""
    book, sources = combined(rows)
    assert sorted(book["line"]) == list(range(2, len(rows) + 2))
    assert sources[0].duplicates == 0


@settings(max_examples=15)
@given(LEDGERS)
def test_ids(rows: list[dict[str, Any]]) -> None:
    """Two transactions would share an id, and a report's links lead to the wrong row."""
    book, _ = combined(rows)
    assert book["id"].is_unique
    assert all(re.fullmatch("[0-9a-f]{16}", key) for key in book["id"])


def test_ids_are_stable() -> None:
    """Ids of last month's report would no longer be found after an update or on another machine."""
    book, _ = combined([row(), row(), row(currency="USD", original_amount=3249)])
    assert sorted(book["id"]) == ["5686e2ee3e451e22", "70538b6544542d5b", "cac9391df77e6b14"]


def test_a_reference_that_is_missing_late_changes_no_id() -> None:
    """Ids would depend on which rows a long file begins with, and decisions on them be lost."""
    known = [row(reference=f"R{n}", amount=100 + n) for n in range(1100)]
    unknown = [row(amount=n) for n in range(1, 90)]
    one, two = (set(combined(rows)[0]["id"]) for rows in (known + unknown, unknown + known))
    assert one == two
    assert set(combined(unknown)[0]["id"]) < one


@settings(max_examples=20)
@given(LEDGERS)
def test_categoricals_are_texts(rows: list[dict[str, Any]]) -> None:
    """A movement would have one id in a long file and another in a short one."""
    plain = frame(rows)
    coded = plain.assign(**{
        name: plain[name].astype("category")
        for name, dtype in plain.dtypes.items()
        if dtype == "str"
    })  # fmt: skip
    one, two = (combine([part], [Source("a.csv", "", "plain", "utf-8")]) for part in (plain, coded))
    pd.testing.assert_frame_equal(ledger.spelled(one), ledger.spelled(two))
    assert ledger.spelled(two)["id"].tolist() == two["id"].tolist()


def test_ids_outlive_a_new_file() -> None:
    """Adding next month's export would rename the transactions of this month."""
    alone, _ = combined([row(), row()])
    more, _ = combined([row(), row()], [row(transaction_date=dt.date(2025, 4, 20))])
    assert set(alone["id"]) < set(more["id"])


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        (["****1234"], ["…1234"]),
        (["4111111111111234"], ["…1234"]),
        (["4111-1111-1111-1234 "], ["…1234"]),
        (["", None], ["plain", "plain"]),
        (["4111111111111234", "5500000000001234"], ["…1234", "…1234#2"]),
        (["5500000000001234", "4111111111111234"], ["…1234#2", "…1234"]),
        (["****1234", "4111111111111234"], ["…1234", "…1234"]),
        (["4980-****-****-****"], ["…4980"]),
    ],
)
def test_account_labels(keys: list[str | None], labels: list[str]) -> None:
    """Two cards would be mixed up, or a whole card number shown."""
    rows = [row(account_key=key, amount=n + 1) for n, key in enumerate(keys)]
    book, _ = combined(rows)
    assert book.sort_values("amount")["account"].tolist() == labels


@settings(max_examples=15)
@given(LEDGERS)
def test_no_card_number_leaves_the_ledger(rows: list[dict[str, Any]]) -> None:
    """A full card number would stand in a report that the user sends to a shop."""
    book, _ = combined(rows)
    text = book.drop(columns="description").to_csv()
    assert not any(card in text for card in CARDS if len(card) > 8)


def test_no_card_number_in_ids() -> None:
    """An id could be turned back into the card number by trying all numbers."""
    one, _ = combined([row(account_key="4111111111111234")])
    other, _ = combined([row(account_key="5500000000001234")])
    assert one["id"].tolist() == other["id"].tolist()


def test_day() -> None:
    """Statements that print one date only would lose their days."""
    book, _ = combined([row(transaction_date=None, posted_date=dt.date(2025, 3, 4))])
    assert ledger.day(book).tolist() == [pd.Timestamp("2025-03-04")]
