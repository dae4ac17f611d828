"""Workbooks to raw text: every sheet becomes lines of cells; values as they stand, no formulas."""

import csv
import datetime as dt
import io
import lzma
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from reconcile.errors import InputError
from reconcile.text import masked

# A statement is small; a file that unpacks to more than this is not one.
MAX_BYTES = 256 * 1024 * 1024
MAX_RATIO = 200
MAX_ROWS = 200_000
MAX_COLUMNS = 200
# The flag of a packed file whose name is in UTF-8.
_UTF8 = 0x800


def check_zip(data: bytes, file: str) -> zipfile.ZipFile:
    """The archive, refused when damaged, encrypted, or when it unpacks to far more than it is."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError("zip_damaged", file=file, detail=masked(str(error))) from None
    size = sum(info.file_size for info in infos)
    if size > MAX_BYTES or size > MAX_RATIO * max(len(data), 1_000_000) or len(infos) > 5000:
        raise InputError("zip_too_big", file=file, size=size // 1_000_000)
    if any(info.flag_bits & 1 for info in infos):
        raise InputError("zip_locked", file=file)
    return archive


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether a zip archive is an XLSX workbook."""
    return "xl/workbook.xml" in archive.namelist()


def is_own_report(archive: zipfile.ZipFile) -> bool:
    """Whether a workbook was written by this program, and so holds no statement of a bank."""
    name = "docProps/core.xml"
    if name not in archive.namelist():
        return False
    return b">reconcile</dc:creator>" in _unpacked(archive, archive.getinfo(name), "")


def read_xlsx(data: bytes, file: str) -> list[tuple[str, str]]:
    """(sheet name, lines of comma-separated cells) of every sheet with content."""
    try:
        try:
            sheets = _sheets(data)
        except TypeError:
            # Some programs write colours and borders that openpyxl does not know.
            sheets = _sheets(_plain(data))
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parts raise
        raise InputError("sheet_damaged", file=file, detail=type(error).__name__) from None
    return [(name, text) for name, text in sheets if text.strip(",\n ")]


def _sheets(data: bytes) -> list[tuple[str, str]]:
    import openpyxl

    with warnings.catch_warnings():
        # Of styles, names and lists to choose from, which are not read.
        warnings.filterwarnings("ignore", module=r"openpyxl\b")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = []
        for sheet in book.worksheets:
            # Some programs write a wrong size, which would cut the sheet short.
            sheet.reset_dimensions()
            sheets.append((sheet.title, _lines(_rows(sheet))))
        book.close()
    return sheets


def _plain(data: bytes) -> bytes:
    """The workbook with no style of a cell but its number format, by which days are known."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
        for info in given.infolist():
            content = given.read(info)
            if info.filename == "xl/styles.xml":
                styles = ElementTree.fromstring(content)
                for part in list(styles):
                    if part.tag.rpartition("}")[2] not in ("numFmts", "cellXfs"):
                        styles.remove(part)
                content = ElementTree.tostring(styles)
            made.writestr(info.filename, content)
    return out.getvalue()


def _rows(sheet: Any) -> Iterable[list[str]]:
    for number, row in enumerate(sheet.iter_rows(values_only=False)):
        if number >= MAX_ROWS:
            raise ValueError("too many rows")
        yield [_cell(cell.value, cell.number_format) for cell in row[:MAX_COLUMNS]]


def _cell(value: Any, number_format: str | None) -> str:
    """A cell as text: ISO days, numbers without the noise of binary fractions."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d" if value.time() == dt.time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Excel shows 15 digits; beyond them stands only what binary fractions cannot express.
        number = Decimal(f"{value:.15g}")
        places = 2 if number_format and ".00" in number_format else 0
        exponent = number.as_tuple().exponent
        shown = -exponent if isinstance(exponent, int) else 0
        return f"{number:.{max(places, shown, 0)}f}"
    return " ".join(str(value).split("\n"))


def _lines(rows: Iterable[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
    return out.getvalue()


def members(
    archive: zipfile.ZipFile, file: str, suffixes: tuple[str, ...]
) -> list[tuple[str, bytes]]:
    """(name, bytes) of the statements in an archive, by name; folders and hidden files left out."""
    out = []
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        path = Path(info.filename)
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if info.is_dir() or hidden or path.suffix.lower() not in suffixes:
            continue
        out.append((_name(info), _unpacked(archive, info, file)))
    return out


# Line drawing and blocks of cp437; signs of Japanese names.
_BOXES = re.compile("[\u2500-\u259f]")
_JAPANESE = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f]")


def _name(info: zipfile.ZipInfo) -> str:
    """A packed file's name. Without the mark of UTF-8 it is in whatever the packing system used,
    which in Japan is cp932; `zipfile` takes it for cp437.
    """
    if info.flag_bits & _UTF8 or info.filename.isascii():
        return info.filename
    data = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp932"):
        try:
            name = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Accents of the West are a few signs of cp932 too; names in Japanese have kana or kanji
        # alone, and read as the West's they are full of boxes.
        if encoding == "utf-8" or (
            _BOXES.search(info.filename) and _JAPANESE.sub("", name).isascii()
        ):
            return name
    return info.filename


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> bytes:
    """A packed file, refused when damaged or when it is longer than the archive says."""
    try:
        with archive.open(info) as stream:
            content = stream.read(MAX_BYTES + 1)
    except (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError,
        RuntimeError, ValueError,
    ) as error:  # fmt: skip
        name = masked(info.filename)
        raise InputError("zip_damaged", file=f"{file}!{name}", detail=masked(str(error))) from None
    if len(content) > MAX_BYTES:
        raise InputError("zip_too_big", file=file, size=len(content) // 1_000_000)
    return content


def read_xls(data: bytes, file: str) -> list[tuple[str, str]]:
    """(sheet name, lines of comma-separated cells) of every sheet of an old XLS workbook."""
    import xlrd

    try:
        book = xlrd.open_workbook(
            file_contents=data, logfile=io.StringIO(), formatting_info=False, on_demand=False
        )
        sheets = []
        for sheet in book.sheets():
            rows = [
                [_old_cell(cell, book.datemode, xlrd) for cell in sheet.row(n)[:MAX_COLUMNS]]
                for n in range(min(sheet.nrows, MAX_ROWS))
            ]
            sheets.append((sheet.name, _lines(rows)))
    except Exception as error:  # noqa: BLE001 - xlrd raises whatever its parts raise
        raise InputError("sheet_damaged", file=file, detail=type(error).__name__) from None
    return [(name, text) for name, text in sheets if text.strip(",\n ")]


def _old_cell(cell: Any, mode: int, xlrd: Any) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _cell(xlrd.xldate_as_datetime(cell.value, mode), None)
    if cell.ctype in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    return _cell(cell.value, None)
