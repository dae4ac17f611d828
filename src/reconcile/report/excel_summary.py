"""The first sheet: the answer, the money, what to do next, and how far the statements reach."""

from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Paragraph,
    ParagraphProperties,
    RichTextProperties,
)
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reconcile import text
from reconcile.advice import known_card
from reconcile.money import to_decimal
from reconcile.report.digest import (
    Story,
    each,
    headline,
    known,
    look,
    money,
    needing,
    outcome_counts,
    owed,
    sentence,
    waiting,
)
from reconcile.report.excel_sheets import CARDS, Book, card_rows
from reconcile.report.excel_widths import fit
from reconcile.report.remarks import remarks
from reconcile.tables import CAUSES, SUMMARY_AMOUNTS
from reconcile.text import render

_WIDTHS = (28, 16, 18, 20, 28, 3, *[13] * 7)
_TOP = 6  # first row below the answer
_LAST = 5  # text runs over columns A to E; the charts stand beside them
_CHART_ROWS = 17  # rows that one chart is high
_HIDDEN = 40  # first of the hidden columns with the charts' numbers
_LOSS, _GAIN, _TOTAL = "C65A11", "2F75B5", "595959"
_MOST = 3  # things to do that the first page names


def summary(book: Book) -> None:
    """Write the Summary sheet."""
    sheet, pen, tables = book.sheets["summary"], book.pen, book.tables
    for column, wide in zip("ABCDEFGHIJKLM", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = wide
    pen.put(sheet, 1, 1, pen.say("excel.title"), "title")
    for row, high in ((1, 28), (2, 20), (3, 20)):
        sheet.row_dimensions[row].height = high
    pen.put(sheet, 2, 1, render(headline(tables, book.told), pen.lang), "lead")
    pen.put(sheet, 3, 1, sentence(owed(tables, book.told), pen.lang), "lead")
    pen.put(sheet, 4, 1, pen.say("excel.as_of", day=tables.as_of), "plain")
    row = _todo(book, sheet, _money(book, sheet, _TOP))
    row = _remarks(book, sheet, _cards(book, sheet, _verdicts(book, sheet, row)))
    charts = [_chart(book, sheet, n, one) for n, one in enumerate(each(tables.summary))]
    shown = [chart for chart in charts if chart is not None]
    for n, chart in enumerate(shown):
        sheet.add_chart(chart, f"G{_TOP + n * _CHART_ROWS}")
    pen.page(sheet)
    sheet.print_area = f"A1:{'M' if shown else 'F'}{max(row, _TOP + _CHART_ROWS * len(shown))}"
    sheet.page_setup.fitToHeight = 1


def _head(book: Book, sheet: Worksheet, row: int, title: str, headers: list[Any]) -> int:
    """A section's title and header line; returns the first row below them."""
    book.pen.put(sheet, row, 1, book.pen.say(title), "section")
    for n, header in enumerate(headers, start=1):
        book.pen.put(sheet, row + 1, n, header, "head")
    return row + 2


def _prose(book: Book, sheet: Worksheet, row: int, first: int, told: str) -> None:
    """A sentence over the columns from `first` to the last one, in a row high enough for it."""
    book.pen.put(sheet, row, first, told, "prose")
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=_LAST)
    room = sum(sheet.column_dimensions[get_column_letter(n)].width for n in range(first, _LAST + 1))
    fit(sheet, row, [(told, room)])


def _money(book: Book, sheet: Worksheet, row: int) -> int:
    pen = book.pen
    totals = list(each(book.tables.summary))
    names = [
        one.currency if isinstance(one.currency, str) else pen.say("report.no_currency")
        for one in totals
    ]
    row = _head(book, sheet, row, "excel.money", [None, *names])
    for n, name in enumerate(names, start=2):
        pen.put(sheet, row - 1, n, name, "head_number")
    for name in SUMMARY_AMOUNTS:
        cause = name in CAUSES
        label = pen.say(f"cause.{name}" if cause else f"field.{name}")
        pen.put(sheet, row, 1, ("    " + label) if cause else label, "text" if cause else "strong")
        for n, one in enumerate(totals, start=2):
            pen.put(sheet, row, n, money(getattr(one, name), one), "cause" if cause else "strong")
        row += 1
    return row + 1


def _todo(book: Book, sheet: Worksheet, row: int) -> int:
    row = _steps(book, sheet, row, "excel.first_things", needing(book.told))
    # What only waits is no thing to do.
    return _steps(book, sheet, row, "excel.on_their_way", waiting(book.told))


def _steps(book: Book, sheet: Worksheet, row: int, title: str, steps: list[Story]) -> int:
    pen = book.pen
    if not steps:
        return row
    row = _head(
        book,
        sheet,
        row,
        title,
        [pen.say("field.deadline"), pen.say("field.next_step"), None, None, None],
    )
    for story in steps[:_MOST]:
        deadline = story.case.deadline
        pen.put(sheet, row, 1, deadline or pen.say("report.no_deadline"))
        _prose(book, sheet, row, 2, _task(story, pen.lang))
        row += 1
    if len(steps) > _MOST:
        more = pen.say("excel.more_to_do", n=len(steps) - _MOST, sheet=book.names["todo"])
        _prose(book, sheet, row, 2, more)
        row += 1
    return row + 1


def _task(story: Story, lang: str) -> str:
    """What to do, with the case it is about: its number, its charge or order, its card."""
    case = story.case
    what: list[Any] = [story.money("charged")] if case.charged else list(case.orders)
    if not what and case.due is not None:
        what = [text.Money(case.due.amount, case.due.currency, case.due.places)]
    card = known_card(known(case.account))
    if card is not None:
        what.append(card)
    step = sentence([case.next_text], lang)
    return text.say("excel.task", lang, number=story.number, what=what, step=step)


def _verdicts(book: Book, sheet: Worksheet, row: int) -> int:
    pen = book.pen
    headers = [
        pen.say("field.verdict"),
        pen.say("field.cases"),
        pen.say("guide.meaning"),
        None,
        None,
    ]
    row = _head(book, sheet, row, "excel.verdicts", headers)
    for shown, count in outcome_counts(book.told):
        pen.put(sheet, row, 1, pen.say(f"verdict.{shown}"), look(shown))
        pen.put(sheet, row, 2, count)
        _prose(book, sheet, row, 3, pen.say(f"guide.verdict_{shown}"))
        row += 1
    if book.told:
        sure = sum(float(story.case.confidence) >= 0.9 for story in book.told)
        _prose(book, sheet, row, 1, pen.say("excel.sure", n=sure, total=len(book.told)))
        row += 1
    return row + 1


def _cards(book: Book, sheet: Worksheet, row: int) -> int:
    pen = book.pen
    if book.tables.cards.empty:
        return row
    row = _head(book, sheet, row, "excel.cards", [pen.say(name) for name in CARDS])
    for cells in card_rows(book):
        for n, told in enumerate(cells, start=1):
            pen.put(sheet, row, n, told, "wrap")
        fit(sheet, row, [(told, _WIDTHS[n]) for n, told in enumerate(cells)])
        row += 1
    return row + 1


def _remarks(book: Book, sheet: Worksheet, row: int) -> int:
    """Holes and notes about the whole run; those of single files are counted only."""
    pen = book.pen
    notes = remarks(book.tables)
    lines = [sentence([note.message], pen.lang) for note in notes if note.kind == "general"]
    rest = len(notes) - len(lines)
    if rest:
        code = "excel.file_notes_one" if rest == 1 else "excel.file_notes"
        lines.append(pen.say(code, n=rest, sheet=book.names["sources"]))
    if book.beside:
        lines.append(pen.say("timeline.rest", n=book.beside[0], file=book.beside[1]))
    if not lines:
        return row
    pen.put(sheet, row, 1, pen.say("excel.remarks"), "section")
    for n, line in enumerate(lines, start=row + 1):
        _prose(book, sheet, n, 1, line)
    return row + 1 + len(lines)


def _chart(book: Book, sheet: Worksheet, nth: int, total: Any) -> BarChart | None:
    """The causes of one currency as steps from nothing to the whole shortfall.

    A native waterfall chart does not exist in the file format that all programs read, so four
    stacked series draw one: an unseen foot and a seen step, above and below zero.
    """
    steps = [int(getattr(total, cause)) for cause in CAUSES]
    if not any(steps):
        return None
    pen, first = book.pen, _HIDDEN + 6 * nth
    names = [pen.say(f"cause.{cause}") for cause in CAUSES] + [pen.say("field.shortfall")]
    running, spans = 0, []
    for step in steps:
        spans.append((running, running + step))
        running += step
    spans.append((0, running))
    pen.put(sheet, 1, first, pen.say("excel.chart_numbers"))
    for row, (name, (start, end)) in enumerate(zip(names, spans, strict=True), start=2):
        low, high = min(start, end), max(start, end)
        shown = text.money(money(end - start, total), pen.lang)
        foot, below = max(low, 0), min(high, 0)
        values = (foot, max(high, 0) - foot, below, min(low, 0) - below)
        pen.put(sheet, row, first, f"{name}\n{shown}")
        for n, value in enumerate(values, start=1):
            sheet.cell(row, first + n, to_decimal(value, int(total.decimals)))
    for n in range(5):
        sheet.column_dimensions[get_column_letter(first + n)].hidden = True
    last = len(spans) + 1
    made = BarChart()
    chart: Any = made
    chart.grouping, chart.overlap, chart.gapWidth = "stacked", 100, 40
    chart.add_data(Reference(sheet, first + 1, 2, first + 4, last))
    chart.set_categories(Reference(sheet, first, 2, first, last))
    for n, series in enumerate(chart.series):
        if n % 2 == 0:
            series.graphicalProperties.noFill = True
            series.graphicalProperties.line.noFill = True
            continue
        for at, (start, end) in enumerate(spans):
            point = DataPoint(idx=at, invertIfNegative=False)
            color = _TOTAL if at == len(steps) else _LOSS if end >= start else _GAIN
            point.graphicalProperties.solidFill = color
            point.graphicalProperties.line.solidFill = color
            series.dPt.append(point)
    currency = total.currency if isinstance(total.currency, str) else pen.say("report.no_currency")
    chart.title = pen.say("excel.chart_title", currency=currency)
    chart.title.tx.rich.p[0].r[0].rPr = CharacterProperties(sz=1200, b=True)
    chart.title.overlay = False
    chart.legend = None
    chart.visible_cells_only = False
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="E3E6EB"))
    chart.x_axis.tickLblPos = "low"
    # Long Japanese names would be turned on their side.
    level = Paragraph(pPr=ParagraphProperties(defRPr=CharacterProperties(sz=800)), endParaRPr=None)
    chart.x_axis.txPr = RichText(bodyPr=RichTextProperties(rot=0, vert="horz"), p=[level])
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.height, chart.width = 8.2, 17
    return made
