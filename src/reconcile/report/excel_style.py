"""How the workbook looks, and the one door through which every value enters a cell."""

import datetime as dt
import re
from copy import copy
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from reconcile import text
from reconcile.money import to_decimal
from reconcile.report.cells import NUMBERS, Column, Formula, Link, Share, Tinted, Voice
from reconcile.report.excel_widths import fit, widen, width
from reconcile.text import Money, clean

INK, LINE = "FF1F3A5F", "FFD0D5DD"
# Light tints of the Okabe-Ito palette: told apart by the colour-blind and, by lightness, in grey.
TINTS = {
    "refunded": "FFDDEFFA",
    "voided": "FFE9ECEF",
    "partly_refunded": "FFFFF3CC",
    "waiting": "FFFFF3CC",
    "review": "FFF6DCEB",
    "short": "FFFAD5B8",
    "missing": "FFF3B48A",
}
ALARM = "FFB23A00"
_MAX_TEXT = 32_000  # a cell holds 32,767 characters
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORMULA_STARTS = ("=", "+", "-", "@", "'")


def spanning(name: str, columns: int, top: int, last: int) -> Any:
    """An Excel table from column A on, with its header in row `top`."""
    made = Table(displayName=name, ref=f"A{top}:{get_column_letter(columns)}{last}")
    made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    return made


def money_format(currency: str | None, places: int, lang: str, dash: bool = False) -> str:
    """A number format with the currency's mark where the language puts it; `dash` shows zero."""
    digits = "#,##0" + ("." + "0" * places if places else "")
    before, _, after = text.money(Money(0, currency, 0), lang).replace('"', "").partition("0")
    whole = "".join((f'"{before}"' if before else "", digits, f'"{after}"' if after else ""))
    return f'{whole};-{whole};"–"' if dash else whole


class Shape(NamedTuple):
    """A value as a cell holds it: its style by look, number format and apostrophe, the text that
    is shown, the place it leads to, and what it is now where it is a formula.
    """

    value: Any
    look: str
    form: str
    quote: bool
    shown: str
    place: str | None
    result: str | None


class Pen(Voice):
    """Writes values into cells of one workbook, in few shared styles, and remembers widths."""

    def __init__(self, book: Workbook, lang: str) -> None:
        super().__init__(lang)
        self.formulas: dict[str, dict[str, str]] = {}
        self.long: dict[str, Any] = {}  # rows by sheet that are not among its cells
        self._styles: dict[tuple[str, str, bool], Any] = {}
        self._numbers: dict[tuple[str, str, bool], int] = {}
        self._formats: dict[tuple[str | None, int, bool], str] = {}
        self._scratch = book.create_sheet("scratch")
        self._book = book
        self._family = "Yu Gothic" if lang == "ja" else "Calibri"
        self._date = "yyyy/mm/dd" if lang == "ja" else "yyyy-mm-dd"

    def done(self) -> None:
        """Drop what was needed for drawing only; call once, before saving."""
        self._book.remove(self._scratch)

    def put(self, sheet: Worksheet, row: int, column: int, value: Any, look: str = "text") -> int:
        """Write one value and return the width it takes.

        Text is always a text cell, whatever it starts with; `Money` a number in its currency's
        format; dates dates; `None` leaves the cell empty but styled.
        """
        cell: Any = sheet.cell(row, column)
        found = self.shape(value, look)
        if found.value is not None:
            cell.value = found.value
            if isinstance(found.value, str) and found.result is None:
                cell.data_type = "s"
        if found.result is not None:
            self.formulas.setdefault(sheet.title, {})[cell.coordinate] = found.result
        cell._style = self.style(found.look, found.form, found.quote)
        if found.place is not None:
            cell.hyperlink = Hyperlink(ref="", location=found.place)
        return width(found.shown)

    def shape(self, value: Any, look: str = "text") -> Shape:
        """How a value stands in a cell of this look."""
        form, quote, shown, place, result = "General", False, "", None, None
        if isinstance(value, Link):
            place = f"'{value.sheet}'!A{value.row}"
            look, value = "link", value.text
        elif isinstance(value, Tinted):
            look, value = value.look, value.text
        if isinstance(value, str):
            shown = clean(value)[:_MAX_TEXT]
            value = _ESCAPE.sub("_x005F_", shown) if "_x" in shown else shown
            quote = shown.startswith(_FORMULA_STARTS)
        elif isinstance(value, Money):
            form, shown = self._money(value, look), text.money(value, self.lang)
            value = to_decimal(value.minor, value.places)
        elif isinstance(value, Formula):
            amount = value.value
            form, shown = self._money(amount, look), text.money(amount, self.lang)
            result = f"{to_decimal(amount.minor, amount.places):f}"
            value = value.body
        elif isinstance(value, Share):
            value, form, shown = value.fraction, "0.0%", "100.0%"
        elif isinstance(value, dt.date):
            form, shown = self._date, "2026-11-23"
        elif isinstance(value, Decimal):
            form, shown = "0.0###", f"{value:f}"
        elif value is not None:
            shown = str(value)
        return Shape(value, look, form, quote, shown, place, result)

    def table(
        self, sheet: Worksheet, top: int, name: str, columns: list[Column], rows: list[list[Any]]
    ) -> int:
        """Write an Excel table with its header in row `top`; returns the first row below it.

        A table needs at least one row, so without rows it gets an empty one.
        """
        headers = [self.say(column.header) for column in columns]
        room = self.room(columns)
        for offset, values in enumerate(rows or [[None] * len(columns)], start=1):
            for n, value in enumerate(values):
                took = self.put(sheet, top + offset, n + 1, value, columns[n].look)
                if took + 2 > room[n]:
                    room[n] = took + 2
        for n, column in enumerate(columns):
            number = any(isinstance(values[n], NUMBERS) for values in rows)
            self.put(sheet, top, n + 1, headers[n], "head_number" if number else "head")
            room[n] = widen(sheet, n + 1, min(room[n], column.high))
        fit(sheet, top, [(header, room[n] - 3) for n, header in enumerate(headers)])
        wrapped = [n for n, column in enumerate(columns) if column.look == "wrap"]
        for offset, values in enumerate(rows, start=1):
            texts = [(clean(values[n]), room[n]) for n in wrapped if isinstance(values[n], str)]
            fit(sheet, top + offset, texts)
        last = top + max(len(rows), 1)
        sheet.add_table(spanning(name, len(columns), top, last))
        return last + 1

    def room(self, columns: list[Column]) -> list[float]:
        """The least width of each column: what its header takes.

        A header breaks between words; three more columns are for the filter's button.
        """
        return [
            max([column.low, *(3 + width(word) for word in self.say(column.header).split())])
            for column in columns
        ]

    def page(self, sheet: Any, freeze: str | None = None, head: str | None = None) -> None:
        """Set a sheet up for reading on screen and for printing on A4, landscape."""
        sheet.sheet_view.showGridLines = False
        sheet.freeze_panes = freeze
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        for side in ("left", "right"):
            setattr(sheet.page_margins, side, 0.4)
        sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.8
        sheet.oddFooter.left.text = "&A"
        sheet.oddFooter.right.text = "&P / &N"
        if head:
            sheet.print_title_rows = head

    def _money(self, amount: Money, look: str) -> str:
        key = (amount.currency, amount.places, look == "cause")
        if key not in self._formats:
            self._formats[key] = money_format(amount.currency, amount.places, self.lang, key[2])
        return self._formats[key]

    def style_number(self, shape: Shape) -> int:
        """The number by which cells written as text name a shape's style."""
        key = (shape.look, shape.form, shape.quote)
        if key not in self._numbers:
            book: Any = self._book
            self._numbers[key] = book._cell_styles.add(self.style(*key))
        return self._numbers[key]

    def style(self, look: str, form: str, quote: bool) -> Any:
        """The shared style of a look; styling each cell by itself costs ten times as much."""
        key = (look, form, quote)
        if key not in self._styles:
            cell: Any = self._scratch.cell(len(self._styles) + 1, 1)
            cell.font = Font(name=self._family, **_FONTS.get(look, {"size": 10}))
            amount = look == "head_number" or form not in ("General", self._date)
            cell.alignment = Alignment(
                vertical="center" if look in _HEADS else "top",
                horizontal="right" if amount else "left",
                indent=0 if amount or look in _BARE - {"prose"} else 1,
                wrap_text=look in _WRAPPED,
            )
            if look not in _BARE:
                cell.border = Border(bottom=Side(style="thin", color=LINE))
            tint = INK if look in _HEADS else TINTS.get(look)
            if tint:
                cell.fill = PatternFill("solid", start_color=tint)
            cell.number_format = form
            cell.quotePrefix = quote
            self._styles[key] = copy(cell._style)
        return self._styles[key]


_HEADS = frozenset(("head", "head_number"))
_WRAPPED = _HEADS | {"wrap", "prose"}
_BARE = frozenset(("title", "section", "lead", "plain", "prose"))
_FONTS: dict[str, dict[str, Any]] = {
    "title": {"size": 18, "bold": True, "color": INK},
    "lead": {"size": 13, "bold": True},
    "section": {"size": 12, "bold": True, "color": INK},
    "head": {"size": 10, "bold": True, "color": "FFFFFFFF"},
    "head_number": {"size": 10, "bold": True, "color": "FFFFFFFF"},
    "link": {"size": 10, "underline": "single", "color": "FF0B5394"},
    "strong": {"size": 10, "bold": True},
}
