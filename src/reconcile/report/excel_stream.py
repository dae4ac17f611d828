"""A sheet of many rows, written row by row: its cells are never all in memory."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.writer.excel import ExcelWriter

from reconcile.report.excel_style import Column, Pen, fit
from reconcile.text import Money

# Widths stand before the rows in the file, so the first rows decide; amounts may grow later.
_SAMPLE = 2000
_MONEY_ROOM = 3


def sheet(workbook: Workbook, title: str) -> Any:
    """A sheet at the end of the workbook whose rows are written as they come."""
    made = WriteOnlyWorksheet(workbook, title)
    book: Any = workbook
    book._add_sheet(made)
    return made


def table(
    pen: Pen,
    into: Any,
    name: str,
    columns: list[Column],
    rows: Iterator[list[Any]],
    foot: str | None = None,
) -> None:
    """Write an Excel table from A1 on, and a line `foot` below it."""
    headers = [pen.say(column.header) for column in columns]
    first = list(islice(rows, _SAMPLE))
    room = pen.room(columns)
    heads = list(columns)
    for n, column in enumerate(columns):
        money = any(isinstance(values[n], Money) for values in first)
        heads[n] = column._replace(look="head_number" if money else "head")
        taken = [_cell(pen, into, values[n], column.look)[1] for values in first]
        most = max([room[n], *(took + 2 + _MONEY_ROOM * money for took in taken)])
        into.column_dimensions[get_column_letter(n + 1)].width = min(most, column.high)
        room[n] = min(most, column.high)
    fit(into, 1, [(header, room[n] - 3) for n, header in enumerate(headers)])
    _append(pen, into, headers, heads)
    count = 0
    for values in chain(first, rows):
        _append(pen, into, values, columns)
        count += 1
    if foot:
        _append(pen, into, [foot], [Column("", "plain")])
    made = Table(displayName=name, ref=f"A1:{get_column_letter(len(columns))}{count + 1}")
    made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    # A streamed sheet cannot be asked for its headers afterwards (and add_table warns of that).
    named: Any = made
    named._initialise_columns()
    for column, header in zip(named.tableColumns, headers, strict=True):
        column.name = header
    into._tables.add(made)


def _cell(pen: Pen, into: Any, value: Any, look: str) -> tuple[Any, int]:
    cell = WriteOnlyCell(into)
    return cell, pen.fill(cell, value, look)


def _append(pen: Pen, into: Any, values: list[Any], columns: list[Column]) -> None:
    into.append(
        [_cell(pen, into, value, one.look)[0] for value, one in zip(values, columns, strict=True)]
    )


class Writer(ExcelWriter):
    """Writes workbooks that have streamed sheets beside ordinary ones."""

    def write_worksheet(self, ws: Any) -> None:
        """Write one sheet; of a streamed one only the end is still to come."""
        if not isinstance(ws, WriteOnlyWorksheet):
            super().write_worksheet(ws)
            return
        streamed: Any = ws
        own: Any = self
        streamed._drawing = SpreadsheetDrawing()
        streamed.close()
        streamed._rels = streamed._writer._rels
        own._archive.write(streamed._writer.out, streamed.path[1:])
        own.manifest.append(streamed)
        streamed._writer.cleanup()
