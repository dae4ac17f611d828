"""Rows that belong together and can be read in two ways: all came back, or a part."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

import reconcile
from reconcile.text import LANGUAGES

FILLER = ("2026-01-05", "2026-02-07", "2026-03-09", "2026-09-30")


def case_of(back: float, currency: str = "USD", lang: str = "en", **more: Any) -> dict[str, Any]:
    """The case of a charge of 42 whose refund is this much, without the shop's own amounts."""
    days = [*FILLER, "2026-06-01", "2026-06-05"]
    shops = [*["GROCER"] * len(FILLER), *["ALIEXPRESS.COM"] * 2]
    amounts = [*["12.00"] * len(FILLER), "42.00", f"{-back:.2f}"]
    table = pd.DataFrame({"Date": days, "Description": shops, "Amount": amounts})
    table["Currency"] = currency
    found = reconcile.reconcile(table, as_of=dt.date(2026, 11, 20), lang=lang, **more)
    assert len(found.cases) == 1
    return dict(found.cases.iloc[0])


@pytest.mark.parametrize("back", [41.0, 40.0, 39.0])
def test_a_lone_smaller_refund_may_be_a_part(back: float) -> None:
    """The shop's currency, the card's fee and the refund were told by the one pair alone."""
    case = case_of(back)
    rest = 42 - back
    assert case["confidence"] > 0.9
    assert (float(case["missing_low"]), float(case["missing_high"])) == (0, rest)
    assert float(case["fee_low"]) == 0
    assert f"${rest:.2f} of the charge did not come back" in case["explanation"]
    assert "Nothing is missing" not in case["explanation"]


def test_the_likelier_part_names_the_other_reading() -> None:
    """A tenth less is a part rather than what rates and fees leave; who asks ought to know both."""
    case = case_of(38.0)
    assert case["verdict"] == "partly_refunded"
    assert (float(case["missing"]), float(case["missing_low"])) == (4.0, 0.0)
    assert "all of it came back" in case["explanation"]


def test_a_card_known_to_take_nothing_leaves_one_reading() -> None:
    """Then a smaller refund in dollars is a part; nothing else is told."""
    case = case_of(40.0, fee=0.0, refund_mode="none")
    assert (float(case["missing"]), float(case["missing_low"])) == (2.0, 2.0)
    assert "may also be" not in case["explanation"]


def test_an_equal_refund_has_one_reading() -> None:
    """To the cent the same: nobody wonders."""
    case = case_of(42.0)
    assert float(case["missing_high"]) == 0
    assert "Nothing is missing" in case["explanation"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_causes_still_add_up(lang: str) -> None:
    """Intervals of two readings are wide; the point values are of one."""
    case = case_of(40.0, lang=lang)
    causes = ("fx_drift", "fee", "missing", "kept", "unexplained")
    assert sum(case[name] for name in causes) == case["shortfall"]
    assert "%" in case["explanation"]
