"""Rows of a long table, written as the text of their sheet instead of as cells.

openpyxl makes an object and an XML element of every cell, which takes 30 µs; the rows of a long
table repeat days, names and words, so each value is drawn once and its text used again. All else
of the sheet (views, widths, the table itself) is openpyxl's, whose way of writing a value is
followed; `Archive` puts both together.
"""

import datetime as dt
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from itertools import chain, islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl.compat import safe_string
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from reconcile.report.cells import NUMBERS, Column
from reconcile.report.excel_style import Pen, Shape, spanning
from reconcile.report.excel_widths import height, lines, widen, widths, wrapped

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment an archive can name
_EMPTY_RESULT = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*><f>[^<]*</f>)(?:<v ?/>|<v></v>)')
_ROWS, _END = b"<sheetData></sheetData>", b"</sheetData>"
_NO_ROWS = re.compile(rb"<sheetData ?/>")
# A sheet with more links is one that Excel wants to repair (its limits: 65,530).
_MOST_LINKS = 65_530
_MARGINS = b"<pageMargins"  # what comes behind the links of a sheet
_AT_ONCE = 2000  # rows drawn at a time
_IN_MEMORY = 1 << 22  # bytes of rows; more go to the disk
_MOST_KEPT = 50_000  # distinct values of a column that are remembered
# Beyond so many rows none waits until the widths are known, and so none is made higher.
FITTED = 50_000


class Long:
    """Rows of a sheet that are no cells of openpyxl: their text, in order, and links in them."""

    def __init__(self) -> None:
        self.text: list[bytes | IO[bytes]] = []
        self.links: list[str] = []
        self.columns = self.last = 1

    def reach(self, columns: int, row: int) -> None:
        """Count these columns and this row to what is filled."""
        self.columns, self.last = max(self.columns, columns), max(self.last, row)

    @property
    def ref(self) -> str:
        """The range of all that is filled."""
        return f"A1:{get_column_letter(self.columns)}{self.last}"


class _Drawn(NamedTuple):
    """A value's cell behind its place (` s="5" t="n"><v>1</v></c>`), the widths of its lines where
    it is wrapped, and where it leads.
    """

    text: str
    lines: list[int] | None
    link: str | None


class _Rows(NamedTuple):
    """Rows that follow each other: number of the first, the cells of each, and by column the line
    widths of wrapped texts.
    """

    first: int
    cells: list[str]
    wrapped: list[tuple[int, list[list[int] | None]]]


def _text(shape: Shape, style: int) -> str:
    """A cell as openpyxl would write it, without its place."""
    value, start = shape.value, f' s="{style}"'
    if shape.result is not None:
        return f"{start}><f>{escape(value[1:], quote=False)}</f><v>{shape.result}</v></c>"
    if isinstance(value, str):
        if not value:
            return f'{start} t="inlineStr"></c>'
        keep = ' xml:space="preserve"' if value != value.strip() else ""
        return f'{start} t="inlineStr"><is><t{keep}>{escape(value, quote=False)}</t></is></c>'
    if value is None:
        return f'{start} t="n"></c>'
    serial: Any = to_excel
    number = serial(value) if isinstance(value, dt.date) else value
    return f'{start} t="n"><v>{safe_string(number)}</v></c>'


class _Column(dict[Any, _Drawn]):
    """The values of a column as they are drawn, each distinct one once.

    `width` is that of the widest; `number` tells whether there was one with a number format.
    """

    def __init__(self, pen: Pen, place: int, look: str) -> None:
        super().__init__()
        self._pen, self.letter, self.look = pen, get_column_letter(place), look
        self.width, self.number, self.linked = 0, False, False

    def __missing__(self, value: Any) -> _Drawn:
        # Equal decimals may be written differently, and so come with their text.
        plain = value[0] if type(value) is tuple else value
        shape = self._pen.shape(plain, self.look)
        took = widths(shape.shown)
        self.width = max(self.width, max(took))
        self.number = self.number or isinstance(plain, NUMBERS)
        lines = took if self.look == "wrap" and isinstance(plain, str) else None
        link = None
        if shape.place is not None:
            link, self.linked = escape(shape.place), True
        drawn = _Drawn(_text(shape, self._pen.style_number(shape)), lines, link)
        if len(self) < _MOST_KEPT:
            self[value] = drawn
        return drawn

    def drawn(self, values: Sequence[Any]) -> list[_Drawn]:
        """How these values are drawn."""
        if Decimal in set(map(type, values)):
            values = [(one, str(one)) if type(one) is Decimal else one for one in values]
        return list(map(self.__getitem__, values))


def _draw(columns: list[_Column], first: int, rows: list[list[Any]], links: list[str]) -> _Rows:
    """Rows as text, from row `first` on; what leads elsewhere is added to `links`."""
    cells, long = [], []
    for n, (column, values) in enumerate(zip(columns, zip(*rows, strict=True), strict=True)):
        drawn, start = column.drawn(values), f'<c r="{column.letter}'
        cells.append([f'{start}{row}"{one[0]}' for row, one in enumerate(drawn, first)])
        if column.look == "wrap":
            long.append((n, [one.lines for one in drawn]))
        if column.linked:
            links += [
                f'<hyperlink ref="{column.letter}{row}" location="{one.link}"/>'
                for row, one in enumerate(drawn, first)
                if one.link is not None
            ]
    return _Rows(first, ["".join(row) for row in zip(*cells, strict=True)], long)


def table(
    pen: Pen,
    sheet: Any,
    name: str,
    columns: list[Column],
    rows: Iterable[list[Any]],
    foot: str | None = None,
    top: int = 1,
) -> int:
    """Write an Excel table with its header in row `top`, and a line `foot` below it; returns the
    row after both.

    The same as `Pen.table`, for sheets all of whose rows are written so, one after the other.
    Rows are made high enough for wrapped texts unless there are more than `FITTED`.
    """
    long = pen.long.setdefault(sheet.title, Long())
    drawn = [_Column(pen, n, column.look) for n, column in enumerate(columns, 1)]
    text = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (closed by the archive that takes it)
    waiting: list[_Rows] = []
    number, fitted = top, True
    for some in _portions(rows, len(columns)):
        waiting.append(_draw(drawn, number + 1, some, long.links))
        number += len(some)
        if not fitted or number - top > FITTED:
            _write(text, waiting, None)
            waiting, fitted = [], False
    headers = [pen.say(column.header) for column in columns]
    room = pen.room(columns)
    for n, column in enumerate(columns):
        room[n] = widen(sheet, n + 1, min(max(room[n], drawn[n].width + 2), column.high))
    _write(text, waiting, [size * column.fits for size, column in zip(room, columns, strict=True)])
    heads = [
        _Column(pen, n, "head_number" if column.number else "head")
        for n, column in enumerate(drawn, 1)
    ]
    high = max(lines(header, room[n] - 3) for n, header in enumerate(headers))
    long.text += [_row(top, _draw(heads, top, [headers], []).cells[0], high), text]
    if foot:
        line(pen, sheet, number + 1, foot, "plain")
    made = spanning(name, len(columns), top, number)
    made._initialise_columns()
    for column, header in zip(made.tableColumns, headers, strict=True):
        column.name = header
    sheet.add_table(made)
    long.reach(len(columns), number)
    return number + 1 + bool(foot)


def line(pen: Pen, sheet: Any, row: int, told: str, look: str) -> None:
    """Write one text into column A, between or below tables."""
    long = pen.long.setdefault(sheet.title, Long())
    cells = _draw([_Column(pen, 1, look)], row, [[told]], long.links).cells[0]
    long.text.append(_row(row, cells, 1))
    long.reach(1, row)


def _portions(rows: Iterable[list[Any]], columns: int) -> Iterator[list[list[Any]]]:
    """The rows in portions, or an empty one: a table needs at least one."""
    those = iter(rows)
    first = next(those, [None] * columns)
    every = chain([first], those)
    return iter(lambda: list(islice(every, _AT_ONCE)), [])


def _write(text: IO[bytes], portions: list[_Rows], room: list[float] | None) -> None:
    """Write rows, high enough for their wrapped texts where the widths are known and not 0."""
    for some in portions:
        high = [1] * len(some.cells)
        for n, column in some.wrapped:
            for at, took in enumerate(column):
                if took is not None and room is not None:
                    high[at] = max(high[at], wrapped(took, room[n]) if room[n] else 1)
        rows = zip(range(some.first, some.first + len(high)), some.cells, high, strict=True)
        text.writelines([_row(*row) for row in rows])


def _row(number: int, cells: str, high: int) -> bytes:
    size = f' ht="{height(high):g}" customHeight="1"' if high > 1 else ""
    return f'<row r="{number}"{size}>{cells}</row>'.encode()


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
        above, tail = _NO_ROWS.sub(_ROWS, body, count=1).split(_END, 1)
        with self.open(_info(arcname), "w", force_zip64=True) as member:
            member.write(above)
            for part in rows.text:
                if isinstance(part, bytes):
                    member.write(part)
                    continue
                with part as text:
                    text.seek(0)
                    shutil.copyfileobj(text, member, 1 << 20)
            member.write(_END)
            if rows.links:
                some = rows.links[:_MOST_LINKS]
                links = "".join(["<hyperlinks>", *some, "</hyperlinks>"]).encode()
                tail = tail.replace(_MARGINS, links + _MARGINS, 1)
            member.write(tail)


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _EPOCH)
    info.compress_type = ZIP_DEFLATED
    return info
