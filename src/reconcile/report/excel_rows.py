"""Rows of a long table, written as the text of their sheet instead of as cells.

openpyxl makes an object and an XML element of every cell, which takes 30 µs; the rows of a long
table repeat days, names and words, so each value is drawn once and its text used again. All else
of the sheet (views, widths, the table itself, links) is openpyxl's, which also decides how a value
is written; `Archive` puts both together.
"""

import datetime as dt
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from html import escape
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl.compat import safe_string
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook import Workbook
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.writer.excel import ExcelWriter

from reconcile.report.digest import clean
from reconcile.report.excel_style import NUMBERS, Column, Pen, fit, height, lines

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment an archive can name
_EMPTY_RESULT = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*><f>[^<]*</f>)(?:<v ?/>|<v></v>)')
_END = b"</sheetData>"
_MOST_KEPT = 50_000  # distinct values of a column that are remembered
# Beyond so many rows none waits until the widths are known, and so none is made higher.
FITTED = 50_000


class Long(NamedTuple):
    """Rows of a sheet below those that openpyxl knows: text, range of all, links in them."""

    text: IO[bytes]
    ref: str
    links: list[Any]


class _Drawn(NamedTuple):
    """A value's cell behind its place (` s="5" t="n"><v>1</v></c>`), its width, where it leads."""

    text: str
    width: int
    link: Any


class _Cell:
    """What `Pen.fill` needs of a cell."""

    def __init__(self, parent: Any, coordinate: str) -> None:
        self.parent, self.coordinate = parent, coordinate
        self.value: Any = None
        self.data_type = ""
        self.hyperlink: Any = None
        self._style = StyleArray()

    def text(self, pen: Pen, style: int) -> str:
        """The cell as openpyxl would write it, without its place."""
        value, start = self.value, f' s="{style}"'
        if self.data_type == "s":
            if not value:
                return f'{start} t="inlineStr"></c>'
            keep = ' xml:space="preserve"' if value != value.strip() else ""
            return f'{start} t="inlineStr"><is><t{keep}>{escape(value, quote=False)}</t></is></c>'
        if isinstance(value, str):
            result = pen.formulas[self.parent.title].pop(self.coordinate)
            return f"{start}><f>{escape(value[1:], quote=False)}</f><v>{result}</v></c>"
        if value is None:
            return f'{start} t="n"></c>'
        serial: Any = to_excel
        number = serial(value) if isinstance(value, dt.date) else value
        return f'{start} t="n"><v>{safe_string(number)}</v></c>'


class _Drawer:
    """Draws the values of one table's columns, each distinct one once."""

    def __init__(self, pen: Pen, sheet: Any, columns: list[Column]) -> None:
        self._pen, self._sheet = pen, sheet
        self.links: list[Any] = []
        self._columns = [
            (n, get_column_letter(n + 1), one.look, {}) for n, one in enumerate(columns)
        ]  # type: list[tuple[int, str, str, dict[Any, _Drawn]]]

    def row(self, number: int, values: list[Any], room: list[float]) -> str:
        """The cells of one row; makes `room` as wide as its widest."""
        out = []
        for (n, letter, look, seen), value in zip(self._columns, values, strict=True):
            # Equal decimals may be written differently.
            key = (Decimal, str(value)) if type(value) is Decimal else value
            drawn = seen.get(key)
            if drawn is None:
                drawn = self._draw(value, look, f"{letter}{number}")
                if len(seen) < _MOST_KEPT:
                    seen[key] = drawn
            if drawn.width + 2 > room[n]:
                room[n] = drawn.width + 2
            if drawn.link is not None:
                link = type(drawn.link)(ref=f"{letter}{number}", location=drawn.link.location)
                self.links.append(link)
            out.append(f'<c r="{letter}{number}"{drawn.text}')
        return "".join(out)

    def _draw(self, value: Any, look: str, place: str) -> _Drawn:
        cell = _Cell(self._sheet, place)
        took = self._pen.fill(cell, value, look)
        style = self._sheet.parent._cell_styles.add(cell._style)
        return _Drawn(cell.text(self._pen, style), took, cell.hyperlink)


def table(
    pen: Pen,
    sheet: Any,
    name: str,
    columns: list[Column],
    rows: Iterable[list[Any]],
    foot: str | None = None,
) -> int:
    """Write an Excel table from A1 on, and a line `foot` below it; returns the row after both.

    The same as `Pen.table` for a table that is all of its sheet. Rows are made high
    enough for wrapped texts unless there are more than `FITTED`.
    """
    fitted = FITTED
    room = pen.room(columns)
    draw = _Drawer(pen, sheet, columns)
    wrapped = [n for n, column in enumerate(columns) if column.look == "wrap"]
    money = [False] * len(columns)
    text = TemporaryFile()  # noqa: SIM115  (closed by the archive that takes it)
    waiting: list[tuple[int, str, list[tuple[int, str]]]] = []
    number = 1
    for number, values in zip(count(2), _never_none(rows, len(columns))):
        cells = draw.row(number, values, room)
        for n, value in enumerate(values):
            money[n] = money[n] or isinstance(value, NUMBERS)
        texts = [(n, values[n]) for n in wrapped if isinstance(values[n], str)]
        waiting.append((number, cells, texts))
        if len(waiting) > fitted:
            _write(text, waiting, None)
            waiting = []
            fitted = 0
    headers = [pen.say(column.header) for column in columns]
    for n, column in enumerate(columns):
        pen.put(sheet, 1, n + 1, headers[n], "head_number" if money[n] else "head")
        room[n] = min(room[n], column.high)
        sheet.column_dimensions[get_column_letter(n + 1)].width = room[n]
    fit(sheet, 1, [(header, room[n] - 3) for n, header in enumerate(headers)])
    _write(text, waiting, room if fitted else None)
    last = number
    if foot:
        last += 1
        plain = _Drawer(pen, sheet, [Column("", "plain")]).row(last, [foot], [0.0])
        _write(text, [(last, plain, [])], None)
    letter = get_column_letter(len(columns))
    made: Any = Table(displayName=name, ref=f"A1:{letter}{number}")
    made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    made._initialise_columns()
    for column, header in zip(made.tableColumns, headers, strict=True):
        column.name = header
    sheet.add_table(made)
    pen.long[sheet.title] = Long(text, f"A1:{letter}{last}", draw.links)
    return last + 1


def _never_none(rows: Iterable[list[Any]], columns: int) -> Iterator[list[Any]]:
    """The rows, or an empty one: a table needs at least one."""
    those = iter(rows)
    first = next(those, [None] * columns)
    return chain([first], those)


def _write(
    text: IO[bytes],
    rows: list[tuple[int, str, list[tuple[int, str]]]],
    room: list[float] | None,
) -> None:
    known: dict[tuple[int, str], int] = {}
    for number, cells, texts in rows:
        high = 1
        for key in texts if room else ():
            if key not in known:
                known[key] = lines(clean(key[1]), room[key[0]])  # type: ignore[index]
            high = max(high, known[key])
        size = f' ht="{height(high):g}" customHeight="1"' if high > 1 else ""
        text.write(f'<row r="{number}"{size}>{cells}</row>'.encode())


class Writer(ExcelWriter):
    """Writes a workbook some of whose sheets have rows (`long`, by title) that are no cells."""

    def __init__(self, workbook: Workbook, archive: ZipFile, long: Mapping[str, Long]) -> None:
        super().__init__(workbook, archive)
        self._long = long

    def write_worksheet(self, ws: Any) -> None:
        """Write one sheet as openpyxl does; the links of long rows come behind its rows."""
        own: Any = self
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        writer: Any = WorksheetWriter(ws)
        writer.write_top()
        writer.write_rows()
        ws._hyperlinks += self._long[ws.title].links if ws.title in self._long else []
        writer.write_tail()
        writer.close()
        ws._rels = writer._rels
        own._archive.write(writer.out, ws.path[1:])
        own.manifest.append(ws)
        writer.cleanup()


class Archive(ZipFile):
    """A zip without clock times, in which sheets have their long rows, formulas their results.

    openpyxl writes formulas without results; a phone's preview, which does not calculate, would
    show empty cells. `results` maps a sheet's name in the archive to results by cell, `long` to the
    rows that are still to be put in.
    """

    def __init__(
        self, file: IO[bytes], results: Mapping[str, Mapping[str, str]], long: Mapping[str, Long]
    ) -> None:
        super().__init__(file, "w", ZIP_DEFLATED)
        self._results, self._long = results, long

    def writestr(self, zinfo_or_arcname: str | ZipInfo, data: Any, *_: Any, **__: Any) -> None:
        """Add a member under a fixed time."""
        name = zinfo_or_arcname
        super().writestr(_info(name if isinstance(name, str) else name.filename), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add a sheet from openpyxl's temporary file, with results and long rows filled in."""
        body = Path(filename).read_bytes()
        results = self._results.get(arcname)
        if results:
            body = _EMPTY_RESULT.sub(
                lambda found: found[1] + f"<v>{results[found[2].decode()]}</v>".encode(), body
            )
        rows = self._long.get(arcname)
        if rows is None:
            self.writestr(arcname, body)
            return
        body = re.sub(rb'(<dimension ref=")[^"]*', rb"\g<1>" + rows.ref.encode(), body, count=1)
        head, end, tail = body.partition(_END)
        with self.open(_info(arcname), "w", force_zip64=True) as member, rows.text as text:
            member.write(head)
            text.seek(0)
            shutil.copyfileobj(text, member, 1 << 20)
            member.write(end + tail)


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _EPOCH)
    info.compress_type = ZIP_DEFLATED
    return info
