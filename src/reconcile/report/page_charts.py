"""The page's charts, from the same numbers as the workbook's."""

from typing import Any

import pandas as pd

from reconcile import text
from reconcile.report.digest import each, known
from reconcile.report.digest import money as amount_of
from reconcile.report.excel_sheets import Data
from reconcile.report.svg import Bar, Dot, bars, dots
from reconcile.report.timeline import Month, Stretch
from reconcile.tables import CAUSES


def waterfall(data: Data, total: Any) -> str:
    """The causes of one currency as steps up to the whole shortfall; empty where nothing fell."""
    steps = [int(getattr(total, cause)) for cause in CAUSES]
    if not any(steps):
        return ""
    say, unit = data.voice.say, 10.0 ** int(total.decimals)
    groups, running = [], 0
    for cause, step in zip(CAUSES, steps, strict=True):
        label = text.money(amount_of(step, total), data.voice.lang)
        look = "loss" if step >= 0 else "gain"
        bar = Bar(running / unit, (running + step) / unit, look, label)
        groups.append((say(f"cause.{cause}"), [bar]))
        running += step
    label = text.money(amount_of(running, total), data.voice.lang)
    groups.append((say("field.shortfall"), [Bar(0, running / unit, "total", label)]))
    currency = known(total.currency) or say("report.no_currency")
    return bars(say("excel.chart_title", currency=currency), groups, [])


def timeline(data: Data, found: list[Month], took: list[Stretch]) -> list[str]:
    """Charged and came back by month in each currency, and how long refunds took."""
    say = data.voice.say
    out = []
    legend = [("loss", say("field.charged")), ("gain", say("field.refunded"))]
    for currency in dict.fromkeys(one.currency for one in found):
        groups = [
            (
                one.month,
                [
                    Bar(0, one.charged / 10.0**one.decimals, "loss"),
                    Bar(0, one.refunded / 10.0**one.decimals, "gain"),
                ],
            )
            for one in found
            if one.currency == currency
        ]
        shown = currency or say("report.no_currency")
        out.append(bars(say("timeline.by_month", currency=shown), groups, legend))
    if took:
        groups = [
            (f"{one.first}–{one.last}", [Bar(0, one.refunds, "gain", str(one.refunds or ""))])
            for one in took
        ]
        out.append(bars(say("timeline.how_long"), groups, []))
    return out


def rates(data: Data, points: pd.DataFrame) -> str:
    """How far the card's rates lie above the reference rates."""
    say, label = data.voice.say, data.voice.account
    legend = [("loss", say("plot.charge")), ("hollow", say("plot.refund"))]
    found = [
        Dot(
            one.day.date(), float(one.above) * 100, "hollow" if one.refund else "loss",
            f"{label(one.account)} {one.day.date().isoformat()} {float(one.above):.2%}",
        )
        for one in each(points)
    ]  # fmt: skip
    return dots(say("plot.rates"), found, legend)
