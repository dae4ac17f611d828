"""The card model finds the fee and the refund mode that were planted."""

import numpy as np
import pytest
from linking_case import Row, book, linked

from reconcile import accounts, cards, outline, rates
from reconcile.text import render

CARD = "…0001"
RATE = rates.ecb()


def card_rows(fee: float, refund_fee: float, count: int = 12) -> list[Row]:
    """Charges in US dollars with a fee, each returned three weeks later, originals printed."""
    rows: list[Row] = []
    for n in range(count):
        cents = 1500 + 137 * n
        for day, sign, load in ((n * 9, 1, fee), (n * 9 + 21, -1, refund_fee)):
            when = np.datetime64("2024-09-02") + day
            mid = RATE.lookup("USD", "JPY", np.array([when]), stale=True)[0][0]
            billed = round(cents / 100 * mid * 1.0035 * (1 + load))
            rows.append((CARD, str(when), sign * billed, sign * cents))
    return rows


@pytest.mark.parametrize(("mode", "factor"), [("symmetric", 1.0), ("kept", 0.0), ("double", -1.0)])
def test_planted_fee_and_mode_are_found(mode: str, factor: float) -> None:
    """The report would blame the exchange rate for what the issuer keeps."""
    model = linked(book(card_rows(0.0363, factor * 0.0363))).cards
    mean, low, high = model.fee()
    assert model.mode(0) == mode
    assert mean[0] == pytest.approx(0.0363, abs=0.003)
    assert low[0] <= 0.0363 <= high[0]


def test_a_card_without_fee_is_mode_none() -> None:
    """A card that adds nothing would be told to take a fee."""
    model = linked(book(card_rows(0.0, 0.0))).cards
    assert model.modes()[0, cards.MODES.index("none")] > 0.5
    assert model.fee()[0][0] < 0.002


def test_hidden_originals_still_teach_the_ratio() -> None:
    """Without an FX column the fee kept on every refund would go unnoticed."""
    rows: list[Row] = [(a, d, billed, None) for a, d, billed, _ in card_rows(0.0363, -0.0363, 20)]
    model = linked(book(rows)).cards
    ratio = float((model.ratio_weights() @ cards.RATIOS)[0])
    assert ratio == pytest.approx(np.log((1 - 0.0363) / (1 + 0.0363)), abs=0.006)


def test_given_fee_and_mode_stand() -> None:
    """The user's own --fee would be overruled by what the rows suggest."""
    links = linked(book(card_rows(0.0363, 0.0)), setup={"fee": 0.022, "mode": "symmetric"})
    assert links.cards.mode(0) == "symmetric"
    assert links.cards.fee()[0][0] == pytest.approx(0.022, abs=1e-3)
    assert links.cards.source == ["given"]


@pytest.mark.parametrize("returned", [True, False])
def test_a_fee_that_the_rows_speak_against_is_not_called_the_issuer_s(returned: bool) -> None:
    """A fee that the card's own rows show would be said to stand in the issuer's terms."""
    rows = [row for row in card_rows(0.0363, 0.0363) if returned or row[2] > 0]
    model = linked(book(rows), setup={"issuer": "rakuten"}).cards
    assert (model.table_fee[0], model.source) == (0.022, [None])
    assert model.fee()[0][0] == pytest.approx(0.0363, abs=0.003)


def test_posteriors_are_probabilities() -> None:
    """Intervals of fees would not mean what they say."""
    model = linked(book([*card_rows(0.02, 0.0), ("…0002", "2025-01-01", 900, None)])).cards
    np.testing.assert_allclose(model.posterior.sum(axis=(1, 2)), 1.0)
    np.testing.assert_allclose(model.ratio_weights().sum(axis=1), 1.0)
    # A card that shows nothing keeps its prior.
    assert model.mode(1) == "unknown"


def test_days_before_1970_count() -> None:
    """An old statement would be judged as if it reached to 1970."""
    table = book([(CARD, "1969-03-01", 4845, 3249), (CARD, "1969-03-20", -4845, -3249)])
    name = table["account"].iloc[0]
    told, _ = accounts.setup(table, [name], {}, rates.ecb())
    found = [days.astype("datetime64[D]").astype(str).tolist() for days in told[2:4]]
    assert found == [["1969-03-01"], ["1969-03-20"]]


def test_a_rate_that_no_card_has_teaches_nothing() -> None:
    """A misprinted refund, a quarter below its rate, would make every other refund a costly one."""
    rows = [r for r in card_rows(0.022, 0.022, 3) if r[2] > 0]
    odd: Row = (CARD, "2024-11-20", -2500, -2220)
    before, after = (linked(book([*rows, *more])).cards for more in ([], [odd]))
    assert after.fee()[0] == pytest.approx(before.fee()[0], abs=1e-9)
    assert after.modes() == pytest.approx(before.modes(), abs=1e-9)


@pytest.mark.parametrize(("given", "told"), [(0.0, True), (0.0363, False), (0.031, False)])
def test_a_given_fee_that_the_rows_do_not_fit_is_named(given: float, told: bool) -> None:
    """A slip in --fee would turn the fee into exchange rate without a word."""
    links = linked(book(card_rows(0.0363, 0.0)), setup={"fee": given})
    notes = outline.doubtful_fees(links.cards)
    assert [note.code for note in notes] == ["fees.unlike_rows"] * told
    assert not told or "about 3.5%" in render(notes[0], "en")
