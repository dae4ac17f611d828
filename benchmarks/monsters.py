"""Files made to harm: far too long, far too deep, bombs, and things that are no files at all.

Each maker writes into a folder and gives the path to read. `ALL` lists them by kind.
"""

import io
import os
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

_HEAD = b"Date,Description,Amount,Currency\n"
_ROWS = b"".join(
    b"2025-03-%02d,ALIEXPRESS.COM,%d.50,USD\n" % (day, 20 + day) for day in range(1, 20)
)
_OFX = (
    b"<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>1111"
    b"</CCACCTFROM><BANKTRANLIST>"
)
_ONE = b"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250310<TRNAMT>-20.00<FITID>%d<NAME>SHOP</STMTTRN>"
_END = b"</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
_LAUGHS = b"".join(
    [b'<!DOCTYPE lolz [<!ENTITY a0 "lol">']
    + [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)]
    + [b"]>"]
)
_OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_SHEET = b"xl/worksheets/sheet1.xml"

Maker = Callable[[Path], Path]


def _content(name: str, data: Callable[[], bytes]) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data())
        return path

    return make


def _csv(cell: bytes) -> Callable[[], bytes]:
    return lambda: _HEAD + _ROWS + b"2025-03-20," + cell + b",5.00,USD\n" + _ROWS


def _statement(before: bytes = b"", inside: bytes = b"", after: bytes = b"") -> bytes:
    return before + _OFX + inside + b"".join(_ONE % n for n in range(9)) + after + _END


def workbook(edit: dict[str, Callable[[bytes], bytes]] | None = None) -> bytes:
    """A small workbook with a statement, its packed files changed by name."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (_HEAD + _ROWS).decode().splitlines():
        sheet.append(line.split(","))
    plain, out = io.BytesIO(), io.BytesIO()
    book.save(plain)
    source = zipfile.ZipFile(plain)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in source.namelist():
            content = source.read(name)
            packed.writestr(name, (edit or {}).get(name, bytes)(content))
    return out.getvalue()


def _after_declaration(text: bytes) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        return content.replace(b"?>", b"?>" + text, 1) if b"?>" in content else text + content

    return edit


def _in_cell(text: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(b"ALIEXPRESS.COM", text, 1)


def _sheet(edit: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    name = _SHEET.decode()
    return lambda: workbook({name: edit, "xl/sharedStrings.xml": edit})


def _both(one: Callable[[bytes], bytes], two: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda content: two(one(content))


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


def _linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        info = zipfile.ZipInfo("passwd.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(info, "/etc/passwd")
    return out.getvalue()


def _locked() -> bytes:
    data = bytearray(_zip({"a.csv": _HEAD + _ROWS}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def _nested(depth: int) -> bytes:
    data = _HEAD + _ROWS
    for number in range(depth):
        data = _zip({f"{number}.zip" if number else "a.csv": data})
    return data


def _dimension(content: bytes) -> bytes:
    """A sheet whose rows and cells claim to stand at the far end of what a sheet can be."""
    return content.replace(b'<row r="20"', b'<row r="1048576"').replace(
        b'r="D20"', b'r="XFD1048576"'
    )


def _fifo(folder: Path) -> Path:
    path = folder / "pipe.csv"
    os.mkfifo(path)
    return path


def _socket(folder: Path) -> Path:
    path = folder / "s.csv"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def _link(target: str) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / "link.csv"
        path.symlink_to(target)
        return path

    return make


def _folder(folder: Path) -> Path:
    path = folder / "folder.csv"
    path.mkdir()
    return path


def _unreadable(folder: Path) -> Path:
    path = folder / "locked.csv"
    path.write_bytes(_HEAD + _ROWS)
    path.chmod(0)
    return path


def _sparse(folder: Path) -> Path:
    path = folder / "sparse.csv"
    with path.open("wb") as stream:
        stream.truncate(8 << 30)
    return path


def _named(name: str) -> Maker:
    return _content(name, lambda: _HEAD + _ROWS)


_LONG = 10_000_000
_DEEP = 200_000
ALL: dict[str, tuple[Maker, ...]] = {
    "lines of 10 MB": (
        _content("cell.csv", _csv(b"x" * _LONG)),
        _content("digits.csv", _csv(b"4" * _LONG)),
        _content("groups.csv", _csv(b"4 " * (_LONG // 2))),
        _content("quoted.csv", _csv(b'"' + b"y\n" * (_LONG // 2) + b'"')),
        _content("open.csv", _csv(b'"' + b"z" * _LONG)),
        _content("quotes.csv", _csv(b'"' * _LONG)),
        _content("blanks.csv", _csv(b" " * _LONG)),
        _content("one.csv", lambda: b"a" * _LONG),
        _content("commas.csv", lambda: b"," * _LONG),
        _content("amount.csv", lambda: _HEAD + _ROWS + b"2025-03-20,X," + b"9" * _LONG + b",USD\n"),
        _content("memo.ofx", lambda: _statement(inside=b"<MEMO>" + b"m" * _LONG)),
        _content("line.qif", lambda: b"!Type:CCard\nD2025-03-01\nP" + b"p" * _LONG + b"\nT-5\n^\n"),
        _content("page.xls", lambda: b"<table><tr><td>" + b"h" * _LONG + b"</td></tr></table>"),
        _content("kana.csv", _csv("ア".encode("cp932") * (_LONG // 2))),
    ),
    "100,000 columns": (
        _content("wide.csv", lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + _ROWS),
        _content("row.csv", lambda: _HEAD + _ROWS + b"x," * 100_000 + b"\n" + _ROWS),
        _content("all.csv", lambda: (b"1," * 100_000 + b"\n") * 20),
        _content("tabs.tsv", lambda: _HEAD.replace(b",", b"\t") + b"\t" * 100_000 + b"\n"),
        _content("span.xls", lambda: b"<table><tr>" + b"<td colspan=99>" * 100_000 + b"</table>"),
    ),
    "very many rows": (
        _content("empty.csv", lambda: _HEAD + b"\n" * 3_000_000),
        _content("odd.csv", lambda: _HEAD + _ROWS + b"nothing,here\n" * 300_000),
        _content("same.csv", lambda: _HEAD + _ROWS * 10_000),
        _content("open.ofx", lambda: _statement(inside=b"<STMTTRN>" * 300_000)),
        _content("short.qif", lambda: b"!Type:CCard\n" + b"^\n" * 500_000),
    ),
    "deep nesting": (
        _content("tags.ofx", lambda: _statement(inside=b"<A>" * _DEEP, after=b"</A>" * _DEEP)),
        _content("ofx.ofx", lambda: b"<OFX>" * _DEEP + _statement()),
        _content("cdata.ofx", lambda: _statement(inside=b"<![CDATA[" * _DEEP)),
        _content("notes.ofx", lambda: _statement(inside=b"<!--" * _DEEP)),
        _content("angles.ofx", lambda: _statement(inside=b"<" * _DEEP)),
        _content("attributes.ofx", lambda: _statement(inside=b"<A " + b"x " * _DEEP)),
        _content("tables.xls", lambda: b"<table><tr><td>" * _DEEP),
        _content("open.xls", lambda: b"<table" + b"<" * _DEEP),
        _content("bangs.xls", lambda: b"<table><tr><td>" + b"<!" * _DEEP),
        _content("instructions.xls", lambda: b"<table>" + b"<?" * _DEEP),
        _content("entities.xls", lambda: b"<table><tr><td>" + b"&#x" * _DEEP),
        _content("deep.xlsx", _sheet(_in_cell(b"<r>" * _DEEP + b"</r>" * _DEEP))),
    ),
    "entity bombs and entities from outside": (
        _content("laughs.ofx", lambda: _statement(before=_LAUGHS, inside=b"<MEMO>&a11;")),
        _content("outside.ofx", lambda: _statement(before=_OUTSIDE, inside=b"<MEMO>&e;")),
        _content("laughs.xls", lambda: _LAUGHS + b"<table><tr><td>&a11;</td></tr></table>"),
        _content("laughs.xlsx", _sheet(_both(_after_declaration(_LAUGHS), _in_cell(b"&a11;")))),
        _content("outside.xlsx", _sheet(_both(_after_declaration(_OUTSIDE), _in_cell(b"&e;")))),
        _content("book.xlsx", lambda: workbook({"xl/workbook.xml": _after_declaration(_LAUGHS)})),
        _content("styles.xlsx", lambda: workbook({"xl/styles.xml": lambda _: b"<styleSheet>"})),
        _content("types.xlsx", lambda: workbook({"[Content_Types].xml": lambda _: b""})),
        _content("far.xlsx", _sheet(_dimension)),
    ),
    "bombs in ZIP and XLSX": (
        _content("zeros.zip", lambda: _zip({"a.csv": b"\0" * 300_000_000})),
        _content("rows.zip", lambda: _zip({"a.csv": _HEAD + _ROWS * 400_000})),
        _content("ratio.zip", lambda: _zip({"a.csv": _HEAD + b"x" * 250_000_000})),
        _content("many.zip", lambda: _zip({f"{n}.csv": _HEAD for n in range(6000)})),
        _content("cells.xlsx", _sheet(_in_cell(b"x" * 200_000_000))),
        _content("rows.xlsx", _sheet(lambda c: c.replace(b"</sheetData>", b"<row/>" * 9_000_000))),
        _content("nested.zip", lambda: _nested(30)),
        _content("locked.zip", _locked),
        _content("link.zip", _linked),
        _content("up.zip", lambda: _zip({"../../etc/up.csv": _HEAD + _ROWS})),
        _content("root.zip", lambda: _zip({"/etc/root.csv": _HEAD + _ROWS})),
    ),
    "no ordinary files": (
        _fifo, _socket, _folder, _sparse, _unreadable,
        _link("/dev/zero"), _link("/dev/full"), _link("/dev/null"), _link("/dev/random"),
        _link("/dev/stdin"), _link("link.csv"), _link("nowhere"), _link("/proc/self/mem"),
        _link("/etc/passwd"), _content("empty.csv", bytes), _content("blank.csv", lambda: b"\n\n "),
        _content("mark.csv", lambda: b"\xef\xbb\xbf"), _content("half.csv", lambda: b"\xff\xfea"),
    ),
    "hostile names": (
        _named("line\nbreak.csv"), _named("\u202evsc.csv"), _named("=cmd|' !A0.csv"),
        _named("quote\"'`$(x).csv"), _named("-o.csv"), _named("{file}.csv"), _named("%s%n.csv"),
        _named("<script>alert(1)<.csv"), _named("[bold]x[.csv"), _named("\x1b[31mred.csv"),
        _named("a" * 240 + ".csv"), _named("4111111111111111.csv"), _named("\udcff.csv"),
    ),
}  # fmt: skip
