"""What descriptors say of which charge a refund belongs to."""

import pandas as pd
import pytest
from linking_case import Row, book, linked, told

from reconcile import reconcile
from reconcile.linking.candidates import UNDATED, movements

# Two purchases at one price, and a refund that fits both as well by amount and day.
TWINS: list[Row] = [
    ("1111", "2025-03-01", 1500, 1000),
    ("1111", "2025-03-01", 1500, 1000),
    ("1111", "2025-03-20", -1500, -1000),
]
# Purchases of other prices, each refunded in full.
OTHERS: list[Row] = [
    row
    for n in range(8)
    for row in (
        ("1111", f"2025-04-{2 * n + 1:02}", 2000 + 217 * n, 1400 + 151 * n),
        ("1111", f"2025-05-{2 * n + 1:02}", -2000 - 217 * n, -1400 - 151 * n),
    )
]


def named(rows: list[Row], descriptors: list[str]) -> pd.DataFrame:
    """A ledger of the rows under these descriptors, in the same order."""
    frame = book(rows).sort_values("line")
    return frame.assign(description=descriptors)


def twin(frame: pd.DataFrame) -> tuple[str | None, float]:
    """The descriptor of the charge that the twins' refund was linked to, and the confidence."""
    cases = told(linked(frame))
    refund = frame["id"].tolist()[2]
    for case in cases.itertuples():
        if case.refunds == [refund]:
            charge = frame.set_index("id").loc[case.charges[0], "description"]
            return str(charge), float(case.confidence)
    return None, 0.0


@pytest.mark.parametrize("right", [0, 1])
def test_an_order_number_on_both_rows_decides(right: int) -> None:
    """The wrong one of two purchases at one price would be called refunded."""
    numbers = ["8123456789012345", "8123456789054321"]
    text = [f"ALIEXPRESS.COM {number}" for number in numbers]
    found, confidence = twin(named(TWINS, [*text, text[right]]))
    assert found == text[right]
    assert confidence > 0.95


def test_a_number_on_every_row_says_nothing() -> None:
    """A telephone number would tie every refund to every purchase."""
    text = ["ALIEXPRESS.COM 18005551234"] * (len(TWINS) + len(OTHERS))
    _, confidence = twin(named(TWINS + OTHERS, text))
    assert confidence < 0.6


def test_refunds_that_keep_the_name_of_their_purchase() -> None:
    """Of two purchases at one price that show under two names, the refund's name tells which."""
    spelling = ["ALIEXPRESS.COM LONDON", "ALIPAY*ALIEXPRESS"]
    others = [spelling[n // 2 % 2] for n in range(len(OTHERS))]
    frame = named(TWINS + OTHERS, [*spelling, spelling[1], *others])
    found, confidence = twin(frame)
    assert found == spelling[1]
    assert confidence > 0.8


def test_refunds_that_have_a_name_of_their_own() -> None:
    """A bank that prints all refunds under one name would draw them to purchases of that name."""
    spelling = ["ALIEXPRESS.COM LONDON", "ALIPAY*ALIEXPRESS"]
    others = [spelling[n // 2 % 2] if n % 2 == 0 else spelling[1] for n in range(len(OTHERS))]
    frame = named(TWINS + OTHERS, [*spelling, spelling[1], *others])
    _, confidence = twin(frame)
    assert confidence < 0.7


def test_a_link_that_matters_not_is_told_as_such() -> None:
    """Of two purchases of one day and price a refund is either's; the user need not choose."""
    twins = pd.DataFrame(
        {
            "transaction_date": [day for _, day, _, _ in TWINS],
            "description": "ALIEXPRESS.COM",
            "amount": [billed for _, _, billed, _ in TWINS],
            "currency": "JPY",
            "kind": ["purchase", "purchase", "refund"],
        }
    )
    (case,) = reconcile(twins, lang="en").cases.to_dict("records")
    assert case["verdict"] == "review"
    assert case["explanation"].startswith("This card has more than one purchase of the same day")


@pytest.mark.parametrize("right", [0, 1])
def test_a_refund_dated_with_its_purchase_goes_to_that_purchase(right: int) -> None:
    """Of two purchases at one price the wrong one would be called refunded, though the day that
    the bank prints beside the booking says which it was."""
    bought = ("2025-03-01", "2025-03-04")
    rows: list[Row] = [
        *(("1111", day, 1500, 1000) for day in bought),
        ("1111", bought[right], -1500, -1000),
        *OTHERS,
    ]
    frame = book(rows).sort_values("line")
    booked = frame["transaction_date"].copy()
    booked.iloc[2] = pd.Timestamp("2025-03-24")
    ids = frame["id"].tolist()
    cases = told(linked(frame.assign(posted_date=booked)))
    case = next(case for case in cases.itertuples() if case.refunds == [ids[2]])
    assert case.charges == [ids[right]]
    assert case.confidence > 0.9


def test_a_refund_booked_some_days_late_says_nothing_of_its_purchase() -> None:
    """A bank that books after a weekend would tie each refund to what was bought that day."""
    frame = book([*TWINS, *OTHERS]).sort_values("line")
    late = frame.assign(posted_date=frame["transaction_date"] + pd.Timedelta(days=4))
    assert (movements(late).dated == UNDATED).all()


def test_the_day_of_a_bill_is_not_the_day_of_a_refund() -> None:
    """Where every row prints the day of the monthly bill, a refund would be tied, and surely so, to
    whatever was bought on the day that it came."""
    rows: list[Row] = [
        ("1111", "2025-01-12", 1200, 1000),
        ("1111", "2025-02-06", 2400, 2000),
        ("1111", "2025-02-06", -1200, -1000),
        *OTHERS,
    ]
    frame = book(rows).sort_values("line")
    ids = frame["id"].tolist()
    month = frame["transaction_date"].dt.to_period("M").dt.end_time.dt.normalize()
    billed = frame.assign(posted_date=(month + pd.Timedelta(days=10)).astype("datetime64[us]"))
    moves = movements(billed)
    assert (moves.dated == UNDATED).all()
    printed = billed["transaction_date"].to_numpy("datetime64[D]").astype(int)
    assert sorted(moves.day) == sorted(printed)
    case = next(c for c in told(linked(billed)).itertuples() if c.refunds == [ids[2]])
    assert case.charges == [ids[0]]


def test_a_refund_of_two_purchases_may_print_the_day_of_either() -> None:
    """Whether a joint refund is believed would hang on which of its purchases came last."""
    sure = []
    for day in ("2025-03-01", "2025-03-04"):
        rows: list[Row] = [
            ("1111", "2025-03-01", 1237, 1031),
            ("1111", "2025-03-04", 2418, 2015),
            ("1111", day, -3655, -3046),
            *OTHERS,
        ]
        frame = book(rows).sort_values("line")
        booked = frame["transaction_date"].copy()
        booked.iloc[2] = pd.Timestamp("2025-03-24")
        ids = frame["id"].tolist()
        cases = told(linked(frame.assign(posted_date=booked)))
        case = next(case for case in cases.itertuples() if case.refunds == [ids[2]])
        assert set(case.charges) == {ids[0], ids[1]}
        sure.append(case.confidence)
    assert abs(sure[0] - sure[1]) < 0.01
