"""The sheets about time: charges and refunds by month, days until refunds, and exchange rates."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
from openpyxl.chart import BarChart, Reference, ScatterChart, Series
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties

from reconcile.report import excel_rows
from reconcile.report.cells import Column, Share
from reconcile.report.digest import each, known
from reconcile.report.excel_lists import number_or_text
from reconcile.report.excel_sheets import Book, Data
from reconcile.report.timeline import Month, Stretch, implied_rates, months, stretches
from reconcile.text import Money

_OUT, _BACK = "C65A11", "2F75B5"
_CARDS = ("2F75B5", "C65A11", "009E73", "CC79A7", "595959")
_PALE = ("9DC3E6", "F4B183", "A0E0CE", "E8BFD6", "BFBFBF")
_ONE_PAGE = 40  # months that still can be read when printed on one page
MOST_POINTS = 2000  # more would not be told apart, and slow the workbook down
_CHART_ROWS = 18
_DIGITS = Decimal("0.0001")


MONTHS = [
    Column("timeline.month", "text", 18),
    Column("timeline.currency", "text", 10),
    Column("timeline.charges"),
    Column("field.charged", "text", 12),
    Column("timeline.refunds"),
    Column("field.refunded", "text", 12),
]
DELAYS = [Column("timeline.delay"), Column("timeline.refunds")]
RATES = [
    Column("field.rate_date", "text", 12),
    Column("field.base", "text", 12),
    Column("field.quote", "text", 12),
    Column("field.rate", "text", 14),
    Column("field.source", "text", 26),
]
CARD_RATES = [
    Column("field.date", "text", 12),
    Column("field.account", "text", 12),
    Column("field.kind", "text", 12),
    Column("timeline.implied_rate", "text", 14),
    Column("timeline.reference", "text", 14, 26),
    Column("timeline.above", "text", 12),
]


def month_rows(data: Data, found: list[Month]) -> list[list[Any]]:
    """Charges and refunds by month and currency; never empty."""
    rows = [
        [
            one.month,
            one.currency or data.voice.say("report.no_currency"),
            one.charges,
            Money(one.charged, one.currency, one.decimals),
            one.refunds,
            Money(one.refunded, one.currency, one.decimals),
        ]
        for one in found
    ]
    return rows or [[data.voice.say("timeline.no_month"), *[None] * (len(MONTHS) - 1)]]


def delay_rows(data: Data, took: list[Stretch]) -> list[list[Any]]:
    """How many refunds took how many days."""
    say = data.voice.say
    return [[say("timeline.days", first=one.first, last=one.last), one.refunds] for one in took]


def rate_rows(data: Data) -> list[list[Any]]:
    """Every reference rate that was used."""
    return [
        [
            known(r.date), r.base, r.quote, number_or_text(r.rate),
            data.voice.say(f"rate_source.{r.source}"),
        ]
        for r in each(data.tables.rates)
    ]  # fmt: skip


def card_rate_rows(data: Data, points: pd.DataFrame) -> list[list[Any]]:
    """The card's own rates beside the reference rates."""
    return [
        [
            known(one.day),
            data.voice.account(one.account),
            data.voice.say("plot.refund" if one.refund else "plot.charge"),
            Decimal(one.implied).quantize(_DIGITS),
            Decimal(one.reference).quantize(_DIGITS),
            Share(float(one.above)),
        ]
        for one in each(points)
    ]


def card_rates(data: Data) -> tuple[pd.DataFrame, int]:
    """The newest foreign rows of AliExpress by card, kind and day, and how many there are."""
    some = data.tables.transactions.iloc[data.positions]
    some = some[some["merchant"].notna()].reset_index(drop=True)
    found = implied_rates(replace(data.tables, transactions=some))
    newest = found.sort_values("day", kind="stable").tail(MOST_POINTS)
    return newest.sort_values(["account", "refund", "day"], kind="stable"), len(found)


def timeline(book: Book) -> None:
    """Charges and refunds by month, and how many days refunds took, each with its chart."""
    pen, sheet = book.pen, book.sheets["timeline"]
    found, took = months(book.tables), stretches(book.tables)
    below = pen.table(sheet, 1, "Months", MONTHS, month_rows(book, found))
    charts = []
    for currency in dict.fromkeys(one.currency for one in found):
        rows = [n for n, one in enumerate(found, start=2) if one.currency == currency]
        charts.append(_months_chart(book, sheet, currency, rows[0], rows[-1]))
    if took:
        pen.put(sheet, below + 1, 1, pen.say("timeline.how_long"), "section")
        end = pen.table(sheet, below + 2, "Delays", DELAYS, delay_rows(book, took))
        most = max(one.refunds for one in took)
        charts.append(_delays_chart(book, sheet, below + 2, end - 1, most))
    for n, chart in enumerate(charts):
        sheet.add_chart(chart, f"H{1 + n * _CHART_ROWS}")
    pen.page(sheet, "A2")
    if len(found) <= _ONE_PAGE:
        # A chart would be cut in two.
        sheet.page_setup.fitToHeight = 1


def _months_chart(book: Book, sheet: Any, currency: str | None, first: int, last: int) -> BarChart:
    made = BarChart()
    chart: Any = made
    for column, color in ((4, _OUT), (6, _BACK)):
        title = book.pen.say("field.charged" if column == 4 else "field.refunded")
        series: Any = Series(Reference(sheet, column, first, column, last), title=title)
        series.graphicalProperties.solidFill = color
        series.graphicalProperties.line.solidFill = color
        series.invertIfNegative = False
        chart.series.append(series)
    chart.set_categories(Reference(sheet, 1, first, 1, last))
    shown = currency or book.pen.say("report.no_currency")
    _dress(chart, book.pen.say("timeline.by_month", currency=shown))
    chart.legend.position = "b"
    chart.gapWidth = 60
    return made


def _delays_chart(book: Book, sheet: Any, top: int, last: int, most: int) -> BarChart:
    made = BarChart()
    chart: Any = made
    series: Any = Series(Reference(sheet, 2, top + 1, 2, last))
    series.graphicalProperties.solidFill = _BACK
    chart.series.append(series)
    chart.set_categories(Reference(sheet, 1, top + 1, 1, last))
    _dress(chart, book.pen.say("timeline.how_long"))
    chart.legend = None
    chart.gapWidth = 10
    chart.y_axis.majorUnit = 1 if most < 8 else None
    return made


def _dress(chart: Any, title: str) -> None:
    chart.title = title
    chart.title.tx.rich.p[0].r[0].rPr = CharacterProperties(sz=1200, b=True)
    chart.title.overlay = False
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="E3E6EB"))
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.height, chart.width = 8.2, 17


def rates(book: Book) -> None:
    """Every reference rate that was used, and the card's own rates beside them, with a chart."""
    pen, sheet = book.pen, book.sheets["rates"]
    below = excel_rows.table(pen, sheet, "Rates", RATES, rate_rows(book))
    points, total = card_rates(book)
    if total:
        excel_rows.line(pen, sheet, below + 1, pen.say("timeline.implied"), "section")
        top = below + 2
        if total > len(points):
            told = pen.say("timeline.newest", n=len(points), total=total)
            excel_rows.line(pen, sheet, top, told, "plain")
            top += 1
        rows = card_rate_rows(book, points)
        excel_rows.table(pen, sheet, "CardRates", CARD_RATES, rows, top=top)
        sheet.add_chart(_rates_chart(book, sheet, top, points), "H1")
    pen.page(sheet, "A2")


def _rates_chart(book: Book, sheet: Any, top: int, points: pd.DataFrame) -> ScatterChart:
    """How far the card's rate lies above the reference rate, by day; nought is the reference."""
    pen = book.pen
    made = ScatterChart()
    chart: Any = made
    chart.style, chart.scatterStyle = 13, "lineMarker"
    cards = list(dict.fromkeys(points["account"]))
    fills: dict[tuple[int, Any], GraphicalProperties] = {}
    row = top + 1
    for (account, refund), group in points.groupby(["account", "refund"], sort=False):
        last = row + len(group) - 1
        what = pen.say("plot.refund" if refund else "plot.charge")
        series: Any = Series(
            Reference(sheet, 6, row, 6, last), Reference(sheet, 1, row, 1, last),
            title=f"{pen.account(account)} {what}",
        )  # fmt: skip
        at = cards.index(account) % len(_CARDS)
        series.marker.symbol = "triangle" if refund else "circle"
        series.marker.size = 8
        if (at, refund) not in fills:
            fills[at, refund] = GraphicalProperties(
                solidFill=_PALE[at] if refund else _CARDS[at],
                ln=LineProperties(solidFill=_CARDS[at]),
            )
        series.marker.graphicalProperties = fills[at, refund]
        series.graphicalProperties.line.noFill = True
        chart.series.append(series)
        row = last + 1
    _dress(chart, pen.say("plot.rates"))
    chart.title.tx.rich.p[0].r[0].rPr = CharacterProperties(sz=1100, b=True)
    chart.legend.position = "b"
    chart.y_axis.number_format = "0.0%"
    chart.y_axis.title = None
    chart.x_axis.number_format = "yyyy/mm/dd" if pen.lang == "ja" else "yyyy-mm-dd"
    chart.x_axis.majorGridlines = None
    return made
