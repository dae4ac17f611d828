"""Order lists: what is due back, and rows that cannot be used."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile import order_rows, orders
from reconcile.errors import InputError
from reconcile.text import LANGUAGES, Message, render

HEADER = "order_id,order_date,currency,total,status,refund_amount,refund_date,refund_to\n"


def read(folder: Path, text: str, encoding: str = "utf-8") -> orders.Orders:
    """The orders of a file with this text."""
    path = folder / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return orders.read(path)


def test_rows(tmp_path: Path) -> None:
    """What an order says is due back would be read wrongly."""
    found = read(
        tmp_path,
        HEADER
        + "3041112223330001,2026-08-14,USD,80.00,Refunded,48.00,2026-09-01,card\n"
        + "3041112223330002,2026/08/24,JPY,4845,Cancelled,,,\n"
        + "3041112223330003,Sep 3, 2026,USD,5.00,,,,\n".replace("Sep 3, 2026", '"Sep 3, 2026"')
        + ",2026年9月4日,USD,7.10,,7.10,,\n",
    )
    assert found.rejected == []
    assert found.rows["order_id"].fillna("-").tolist() == [
        "3041112223330001", "3041112223330002", "3041112223330003", "-",
    ]  # fmt: skip
    assert found.rows["total"].tolist() == [8000, 4845, 500, 710]
    assert found.rows["due"].tolist() == [4800, 4845, 0, 710]
    assert found.rows["known_due"].tolist() == [True, True, False, True]
    assert found.rows["places"].tolist() == [2, 0, 2, 2]
    assert found.rows["line"].tolist() == [2, 3, 4, 5]
    assert [str(day.date()) for day in found.rows["order_date"]] == [
        "2026-08-14", "2026-08-24", "2026-09-03", "2026-09-04",
    ]  # fmt: skip
    assert found.rows["promised"].notna().tolist() == [True, False, False, False]
    assert {n: str(d) for n, d in found.rows.dtypes.items()} == {
        n: d for n, (d, _) in order_rows.COLUMNS.items()
    }


def test_nothing_refunded_is_told(tmp_path: Path) -> None:
    """An order whose refund is zero would count as one that tells nothing."""
    found = read(tmp_path, HEADER + "1,2026-08-14,USD,80.00,Finished,0.00,,\n")
    assert found.rows[["due", "known_due"]].to_numpy().tolist() == [[0, True]]


@pytest.mark.parametrize(("amount", "codes"), [("", ["orders.part_untold"]), ("1.50", [])])
def test_a_part_of_unknown_size_is_told(tmp_path: Path, amount: str, codes: list[str]) -> None:
    """An order of which nobody can say what is still due would drop out without a word."""
    lines = (
        f"1,2026-08-14,USD,8.00,Partially refunded,{amount},,\n2,2026-08-15,USD,9.00,Finished,,,\n"
    )
    assert [note.code for note in read(tmp_path, HEADER + lines).notes] == codes


@pytest.mark.parametrize(
    "status", ["Refunded", "CANCELED", "Closed", "返金済み", "キャンセル", "取消"]
)
def test_whole_sum_comes_back(tmp_path: Path, status: str) -> None:
    """A cancelled order would not count as money due."""
    found = read(tmp_path, HEADER + f"1,2026-08-14,USD,80.00,{status},,,\n")
    assert found.rows["due"].tolist() == [8000]


@pytest.mark.parametrize(
    "line",
    [
        "1,2026-08-32,USD,80.00,,,,",
        "1,,USD,80.00,,,,",
        "1,2026-08-14,XYZ,80.00,,,,",
        "1,2026-08-14,USD,8x,,,,",
        "1,2026-08-14,USD,0,,,,",
        "1,2026-08-14,JPY,80.50,,,,",
        "1,2026-08-14,USD,80.00,,4o,,",
    ],
)
def test_bad_rows(tmp_path: Path, line: str) -> None:
    """A typing error in the list would be guessed at, or lose the other orders."""
    found = read(tmp_path, HEADER + "9,2026-08-01,USD,1.00,,,,\n" + line + "\n")
    assert found.rows["order_id"].tolist() == ["9"]
    assert [bad.line for bad in found.rejected] == [3]
    for lang in LANGUAGES:
        assert render(found.rejected[0].reason, lang)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """A list saved by a spreadsheet program would not be readable."""
    text = HEADER + "1,2026年8月14日,USD,80.00,返金,,,クレジットカード\n"
    assert read(tmp_path, text, encoding).rows["due"].tolist() == [8000]


def test_other_delimiters_and_headers(tmp_path: Path) -> None:
    """A list with semicolons or capital letters would be refused."""
    text = "Order_ID;Order_Date;Currency;Total;Colour\n1;2026-08-14;USD;80.00;red\n"
    assert read(tmp_path, text).rows["total"].tolist() == [8000]


def test_missing_columns(tmp_path: Path) -> None:
    """A list without totals would end in a traceback."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, "order_id,order_date\n1,2026-08-14\n")
    assert caught.value.code == "orders_columns"
    assert caught.value.params["columns"] == "currency, total"


def test_list_that_is_not_there(tmp_path: Path) -> None:
    """A mistyped name of the list would be ignored."""
    with pytest.raises(InputError) as caught:
        orders.read(tmp_path / "none.csv")
    assert caught.value.code == "no_file"


def test_header_alone(tmp_path: Path) -> None:
    """A list without orders yet would end in a traceback."""
    assert read(tmp_path, HEADER).rows.empty
    assert orders.none().rows.empty


@given(
    st.lists(
        st.tuples(
            st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
            st.sampled_from(["USD", "JPY", "KWD", "??"]),
            st.integers(-5, 10**6),
            st.none() | st.integers(0, 10**6),
        ),
        max_size=12,
    )
)
def test_every_row_is_used_or_rejected(items: list[tuple[dt.date, str, int, int | None]]) -> None:
    """An order would vanish without a word."""
    table = pd.DataFrame(
        {
            "order_date": [str(day) for day, *_ in items],
            "currency": [currency for _, currency, *_ in items],
            "total": [str(total) for *_, total, _ in items],
            "refund_amount": ["" if refund is None else str(refund) for *_, refund in items],
        },
        dtype="str",
    )
    found = orders.normalise(table)
    lines = [*found.rows["line"], *(bad.line for bad in found.rejected)]
    assert sorted(lines) == list(range(1, len(items) + 1))
    assert (found.rows["due"] >= 0).all()


@pytest.mark.parametrize("first", [True, False], ids=["a list", "no list"])
def test_joined_lists_keep_what_either_says(first: bool) -> None:
    """What was assumed of one list would go unsaid because another was given beside it."""
    claim = orders.expect(["2025-06-20 32.49 USD"])
    claim.notes.append(Message("orders.part_untold", {"count": 1}))
    held = orders.expect(["2025-06-21 5.00 EUR"]) if first else orders.none()
    found = orders.join(held, claim)
    assert found.notes == claim.notes
    assert found.rows["line"].tolist() == ([1, 2] if first else [1])


def test_no_card_number_in_a_rejected_line(tmp_path: Path) -> None:
    """A card number in the wrong column of the list would stand whole in the report."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,order_date,currency,total\n1,4111111111111111,USD,20.00\n"
        "2,2026-03-01,USD,4111 1111 1111 1111 x\n",
        "utf-8",
    )
    told = [str(bad.reason.params) for bad in orders.read(path).rejected]
    assert len(told) == 2
    assert not [text for text in told if "1111111111" in text or "1111 1111" in text]


LINE = "3041112223330001,2026-08-14,USD,80.00,Refunded,80.00,2026-09-01,card\n"


def codes(found: orders.Orders) -> list[str]:
    """The codes of what was noted of a list."""
    return [note.code for note in found.notes]


def test_an_order_listed_twice_counts_once(tmp_path: Path) -> None:
    """Two exports put together would make one refund due twice."""
    found = read(tmp_path, HEADER + LINE + LINE)
    assert found.rows["due"].tolist() == [8000]
    assert (codes(found), found.rejected) == (["orders.repeated"], [])
    assert "2" in render(found.notes[0], "en")
    # Without a number nothing tells one order from another of the same day.
    bare = LINE.replace("3041112223330001", "")
    assert read(tmp_path, HEADER + bare + bare).rows["due"].tolist() == [8000, 8000]


def test_refunds_of_one_order_are_no_repetition(tmp_path: Path) -> None:
    """Who lists two refunds as documented would read that one of them does not count."""
    one = LINE.replace(",80.00,2026-09-01", ",30.00,2026-09-01")
    two = LINE.replace(",80.00,2026-09-01", ",20.00,2026-09-09")
    found = read(tmp_path, HEADER + one + two)
    assert found.rows["due"].tolist() == [5000]
    assert codes(found) == ["orders.added"]
    assert "added up: 1" in render(found.notes[0], "en")
    other = LINE.replace("0001,", "0009,")
    assert codes(read(tmp_path, HEADER + one + two + other * 2)) == [
        "orders.added",
        "orders.repeated",
    ]


def test_a_later_line_of_an_order_may_say_more(tmp_path: Path) -> None:
    """What an older export said of an order would stand beside what became of it."""
    older = "3041112223330001,2026-08-14,USD,80.00,Awaiting shipment,,,\n"
    for lines in (older + LINE, LINE + older):
        found = read(tmp_path, HEADER + lines)
        assert found.rows[["due", "state"]].to_numpy().tolist() == [[8000, "refund_success"]]
        assert found.rows["promised"].notna().all()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(",80.00,R", ",81.00,R", "orders.totals"), (",80.00,2026", ",30.00,2026", "orders.refunds")],
)
def test_lines_of_one_order_that_differ(tmp_path: Path, old: str, new: str, code: str) -> None:
    """One of two sums would be taken without a word."""
    found = read(tmp_path, HEADER + LINE + LINE.replace(old, new))
    assert found.rows.empty
    assert [bad.reason.code for bad in found.rejected] == [code]


def test_a_number_that_a_spreadsheet_rounded_is_no_number(tmp_path: Path) -> None:
    """Two orders would be one, and letters would name a number that does not exist."""
    lines = [LINE.replace("3041112223330001", "3.04111E+15"), "3.04111E+15,2026-08-20,USD,5,,,,\n"]
    found = read(tmp_path, HEADER + "".join(lines))
    assert found.rows["order_id"].isna().tolist() == [True, True]
    assert codes(found) == ["orders.lost_number"]
    assert "3.04111E+15" in render(found.notes[0], "ja")
