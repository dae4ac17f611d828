"""Amounts that an account pays again and again."""

import numpy as np
import pytest
from linking_case import Row, book, linked, told

CARD = "…1234"
# Yen that one dollar cost on any of these days, nearly enough for what is compared here.
YEN = 150


def early(prices: list[int], printed: bool) -> list[Row]:
    """Twenty purchases of the year's later months, then one of 9.99 and a refund of it, both among
    the first days that the statements show.
    """
    dollars = [999, *prices]
    days = ["2025-03-03", *(str(np.datetime64("2025-04-02") + 9 * n) for n in range(len(prices)))]
    rows: list[Row] = [
        (CARD, day, round(cents * YEN / 100), cents if printed else None)
        for day, cents in zip(days, dollars, strict=True)
    ]
    return [*rows, (CARD, "2025-03-09", -round(999 * YEN / 100), -999 if printed else None)]


@pytest.mark.parametrize("printed", [True, False], ids=["original printed", "billed only"])
def test_a_refund_of_a_price_often_paid_says_less_of_its_charge(printed: bool) -> None:
    """In the first days it may be of a purchase before them, and would be told as certain."""
    often, once = [999] * 20, [1203 + 97 * n for n in range(20)]
    sure = []
    for prices in (often, once):
        found = told(linked(book(early(prices, printed))))
        first = found[[len(charges) == 1 for charges in found["charges"]]]
        sure.append(float(first["confidence"].max()) if len(first) else 0.0)
    assert sure[0] < sure[1] - 0.05


def test_a_part_is_no_surer_for_prices_that_come_again() -> None:
    """What equals no price would be certain to be a part of a charge here."""
    rows = early([999] * 20, printed=True)[:-1]
    found = told(linked(book([*rows, (CARD, "2025-03-09", -round(500 * YEN / 100), -500)])))
    assert found["confidence"].max() < 0.9


def test_how_common_an_amount_is_depends_on_no_other_account() -> None:
    """One engine puts accounts side by side that another weighs alone."""
    mine = early([999, 1499] * 10, printed=False)
    other: list[Row] = [("…0001", day, billed * 3, cents) for _, day, billed, cents in mine]
    alone, both = linked(book(mine)), linked(book([*other, *mine]))
    at = both.moves.account == both.moves.accounts.index(CARD)
    assert alone.scene.background.tolist() == both.scene.background[at].tolist()
