"""Figures for the notebook: where the shortfall went, how long refunds took, the card's rates.

Each function returns a matplotlib Figure and leaves matplotlib's own settings as they were.
matplotlib is an optional dependency (`reconcile[notebook]`) and is imported when first drawn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from reconcile import text
from reconcile.errors import SettingsError
from reconcile.report import timeline
from reconcile.report.digest import each, known
from reconcile.tables import CAUSES, Tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOSS, _GAIN, _TOTAL = "#C65A11", "#2F75B5", "#595959"
_CARDS = ("#2F75B5", "#C65A11", "#009E73", "#CC79A7", "#595959")


def waterfall(tables: Tables, lang: str, currency: str | None = None) -> "Figure":
    """The causes of the shortfall as steps up to the whole, in one billing currency.

    Without `currency`, that of most cases. A currency without cases gives a figure that says so.
    """
    with _drawing(lang) as (figure, axes):
        axes.set_title(text.say("plot.waterfall", lang))
        totals = tables.summary
        if currency is None and len(tables.cases):
            # Orders without a charge in the statements have nothing to show.
            charged = tables.cases[tables.cases["charged"].ne(0)]
            some = charged if len(charged) else tables.cases
            counts = some["currency"].value_counts(dropna=False).sort_index(kind="stable")
            currency = counts.index[int(counts.to_numpy().argmax())]
        shown = known(currency)
        same = totals["currency"].isna() if shown is None else totals["currency"].eq(shown)
        chosen = totals[same]
        steps = (
            chosen[list(CAUSES)].to_numpy().sum(axis=0) if len(chosen) else np.zeros(len(CAUSES))
        )
        if not steps.any():
            return _say_only(figure, axes, text.say("plot.nothing_short", lang))
        places = int(chosen["decimals"].iloc[0])
        ends = np.append(steps.cumsum(), steps.sum())
        starts = np.append(0, ends[:-1])
        starts[-1] = 0
        heights = (ends - starts) / 10**places
        colors = [
            _TOTAL if n == len(steps) else _LOSS if h >= 0 else _GAIN for n, h in enumerate(heights)
        ]
        axes.bar(range(len(ends)), heights, bottom=starts / 10**places, color=colors, width=0.65)
        for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
            label = text.money(text.Money(int(end - start), shown, places), lang)
            top = (n, max(start, end) / 10**places)
            axes.annotate(label, top, (0, 3), textcoords="offset points", ha="center")
        for n, end in enumerate(ends[:-1]):
            axes.plot((n, n + 1), [end / 10**places] * 2, color=_TOTAL, linewidth=0.8, zorder=0)
        names = [text.say(f"cause.{cause}", lang) for cause in CAUSES]
        axes.set_xticks(range(len(ends)), [*names, text.say("field.shortfall", lang)], fontsize=9)
        axes.yaxis.set_major_formatter("{x:,g}" if abs(ends).max() < 10**places else "{x:,.0f}")
        unit = shown or text.say("report.no_currency", lang)
        axes.set_ylabel(text.say("plot.amount_in", lang, currency=unit))
        axes.axhline(0, color="black", linewidth=0.8)
        axes.use_sticky_edges = False
        axes.margins(y=0.12)
        if ends.min() >= 0:  # room below is needed for steps below zero only
            axes.set_ylim(bottom=0)
    return figure


def delays(tables: Tables, lang: str) -> "Figure":
    """How many days passed from the first charge of a case to each of its refunds."""
    took = timeline.delays(tables)
    with _drawing(lang) as (figure, axes):
        axes.set_title(text.say("plot.delays", lang))
        if not took:
            return _say_only(figure, axes, text.say("plot.no_refunds", lang))
        from matplotlib.ticker import MaxNLocator

        top = max(*took, timeline.USUAL_DAYS) + 7
        axes.hist(took, bins=range(min(0, *took), top, 7), color=_GAIN, edgecolor="white")
        axes.axvline(
            timeline.USUAL_DAYS,
            color=_LOSS,
            linestyle="--",
            label=text.say("plot.usual_time", lang),
        )
        axes.set_xlabel(text.say("plot.days", lang))
        axes.set_ylabel(text.say("plot.refunds", lang))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False)
    return figure


def rates(tables: Tables, lang: str) -> "Figure":
    """How far each foreign charge's and refund's rate lies above the reference rate, in percent.

    The band of each card is the likely range of its fee, where it is known.
    """
    points = timeline.implied_rates(tables)
    with _drawing(lang) as (figure, axes):
        axes.set_title(text.say("plot.rates", lang))
        if points.empty:
            return _say_only(figure, axes, text.say("plot.no_rates", lang))
        cards = {card.account: card for card in each(tables.cards)}
        for n, (account, group) in enumerate(points.groupby("account")):
            color, name = _CARDS[n % len(_CARDS)], text.clean(text.account(str(account), lang))
            for refund, some in group.groupby("refund"):
                what = text.say("plot.refund" if refund else "plot.charge", lang)
                axes.scatter(
                    some["day"], some["above"] * 100, color=color, marker="v" if refund else "o",
                    facecolors="none" if refund else color, label=f"{name} {what}",
                )  # fmt: skip
            card = cards.get(account)
            if card is not None and known(card.markup_low) and known(card.markup_high):
                ends = float(card.markup_low) * 100, float(card.markup_high) * 100
                band = text.say("plot.band", lang, account=name)
                axes.axhspan(*ends, color=color, alpha=0.15, linewidth=0, label=band)
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set_xlabel(text.say("plot.day", lang))
        axes.set_ylabel(text.say("plot.above_reference", lang))
        axes.legend(frameon=False)
        figure.autofmt_xdate()
    return figure


@contextmanager
def _drawing(lang: str) -> "Iterator[tuple[Figure, Axes]]":
    """A figure with one set of axes, in a font that has the language's characters."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise SettingsError("figures_missing") from None

    with plt.rc_context(
        {"text.parse_math": False, "axes.spines.top": False, "axes.spines.right": False}
    ):
        if lang == "ja":
            import matplotlib_fontja

            matplotlib_fontja.japanize()
        figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
        # The figure belongs to the caller: a notebook would show a figure left open a second time.
        plt.close(figure)
        axes.tick_params(labelfontfamily=plt.rcParams["font.family"][0])
        axes.set_axisbelow(True)
        axes.grid(axis="y", color="#E3E6EB")
        yield figure, axes


def _say_only(figure: "Figure", axes: Any, told: str) -> "Figure":
    axes.set_axis_off()
    axes.text(0.5, 0.5, told, ha="center", va="center", transform=axes.transAxes)
    return figure
