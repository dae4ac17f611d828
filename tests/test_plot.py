"""The figures show the numbers of the tables, in both languages."""

import io
import sys
import warnings
from dataclasses import replace

import matplotlib
import pytest
from fabricated import no_cases, tables

from reconcile.errors import SettingsError
from reconcile.report import plot, timeline
from reconcile.text import LANGUAGES

matplotlib.use("agg")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["waterfall", "delays", "rates"])
def test_figures_draw_in_both_languages(lang: str, name: str) -> None:
    """Japanese labels would be empty boxes, or an amount in dollars would break the drawing."""
    before = dict(matplotlib.rcParams)
    for found in (tables(lang), no_cases(lang)):
        figure = getattr(plot, name)(found, lang)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure.savefig(io.BytesIO(), format="png")
    assert dict(matplotlib.rcParams) == before


def test_figures_without_their_packages_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would end in the traceback of a package that the user never named."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(SettingsError, match="figures_missing"):
        plot.waterfall(tables(), "en")


@pytest.mark.parametrize(("currency", "shown"), [("JPY", 12068), (None, 12068), ("USD", 27.10)])
def test_waterfall_ends_at_the_shortfall(currency: str | None, shown: float) -> None:
    """The last bar would not be the shortfall that the report states."""
    (axes,) = plot.waterfall(tables(), "en", currency).axes
    *steps, total = axes.patches
    assert total.get_height() == pytest.approx(shown)
    assert sum(step.get_height() for step in steps) == pytest.approx(shown)


def test_delays_count_each_refund() -> None:
    """A refund would be missing from the picture of delays."""
    (axes,) = plot.delays(tables(), "en").axes
    assert sum(bar.get_height() for bar in axes.patches) == 5


def test_implied_rates_are_told_against_the_fixing() -> None:
    """The card's fee would look larger or smaller than it is."""
    points = timeline.implied_rates(tables())
    assert points["implied"].iloc[0] == pytest.approx(4845 / 32.49)
    assert points["reference"].iloc[0] == 145.32
    assert points["above"].iloc[0] == pytest.approx(4845 / 32.49 / 145.32 - 1)
    assert points["refund"].tolist() == [False, True, False, True]


def test_a_rate_without_currency_is_compared_with_the_nearest() -> None:
    """Cards that print no currency would have no points at all."""
    found = tables()
    unnamed = replace(found, transactions=found.transactions.assign(original_currency=None))
    assert len(timeline.implied_rates(unnamed)) == len(timeline.implied_rates(found)) == 4
