"""Good files made bad: every kind of damage, repeatable from the file's name and a number.

`recipes(name, data)` lists what can be done to a file, `apply(recipe, data)` does it. Nothing here
knows how statements are read.
"""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

SLICES = 50
_ENCODINGS = (
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp932", "euc_jp", "gb18030",
    "cp1252", "cp1251", "utf-7", "iso2022_jp",
)  # fmt: skip
# What stands where an amount or a day should: too long, too large, no number, no day.
EXTREMES = (
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"9" * 40, b"9" * 400,
    b"1e999", b"1e-999", b"NaN", b"inf", b"-0", b"--5", b"0.0000000001", b"00/00/0000",
    b"9999-12-31", b"0001-01-01", b"2025-02-30", b"99999999", b"", b" ", b"-", b"=1+1", b"\0",
    b"0x10", b"1_000", "１２３".encode(), "٣٤٥".encode(), "△1,000".encode(), b"1,2,3,4", b"1.2.3.4",
    b"12:30", b"2262-04-12", b"1677-09-20", b"20250230", b"184467440737095516.15",
)  # fmt: skip


class Recipe(NamedTuple):
    """One way to damage one file: the kind of damage, the file's name, which of its many."""

    kind: str
    name: str
    number: int


def recipes(name: str, data: bytes, share: float = 1.0) -> Iterator[Recipe]:
    """Everything that is tried on a file; `share` of the counts that are a matter of taste."""
    packed = data.startswith(b"PK\x03\x04")
    for kind, count in COUNTS.items():
        if packed and kind not in ("bytes flipped", "cut off", "glued to another", "NULs"):
            continue
        many = count if kind in ("cut off", "encoding lied about") else max(1, round(count * share))
        for number in range(many):
            yield Recipe(kind, name, number)
    if packed:
        for number in range(max(1, round(200 * share))):
            yield Recipe("inside the workbook", name, number)


def apply(recipe: Recipe, data: bytes) -> bytes:
    """The damaged file."""
    chance = random.Random("/".join(map(str, recipe)))
    return _KINDS[recipe.kind](data, recipe.number, chance)


def _flip(data: bytes, number: int, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(1 + number % 8):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _cut(data: bytes, number: int, chance: random.Random) -> bytes:
    del chance
    return data[: len(data) * (number + 1) // SLICES]


def _shuffle_body(data: bytes, number: int, chance: random.Random) -> bytes:
    """Rows in another order below the first line; every other time all of them."""
    lines = data.splitlines(keepends=True)
    head = number % 2
    body = lines[head:]
    chance.shuffle(body)
    return b"".join(lines[:head] + body)


def _drop_rows(data: bytes, number: int, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    kept = [line for line in lines if chance.random() > 0.1 * (1 + number % 5)]
    return b"".join(kept)


def _double_rows(data: bytes, number: int, chance: random.Random) -> bytes:
    del number
    lines = data.splitlines(keepends=True)
    return b"".join(line * chance.choice((1, 1, 2, 3)) for line in lines)


def _sign(data: bytes) -> bytes:
    return max((b",", b";", b"\t"), key=data.count)


def _drop_column(data: bytes, number: int, chance: random.Random) -> bytes:
    del chance
    sign = _sign(data)
    out = []
    for line in data.splitlines(keepends=True):
        cells = line.split(sign)
        if len(cells) > 1:
            del cells[number % len(cells)]
        out.append(sign.join(cells))
    return b"".join(out)


def _ragged(data: bytes, number: int, chance: random.Random) -> bytes:
    """Cells lost or doubled in single rows."""
    sign = _sign(data)
    out = []
    for line in data.splitlines(keepends=True):
        cells = line.split(sign)
        if chance.random() < 0.1 * (1 + number % 5):
            at = chance.randrange(len(cells))
            cells[at : at + 1] = [] if chance.random() < 0.5 else [cells[at]] * 2
        out.append(sign.join(cells))
    return b"".join(out)


def _quotes(data: bytes, number: int, chance: random.Random) -> bytes:
    """Quotes that open, close or stand inside a cell where none should."""
    sign = _sign(data)
    cells = re.split(b"([" + re.escape(sign) + b"\r\n])", data)
    for _ in range(1 + number % 4):
        at = chance.randrange(len(cells))
        cells[at] = chance.choice((b'"' + cells[at], cells[at] + b'"', cells[at] + b'"x'))
    return b"".join(cells)


def _nuls(data: bytes, number: int, chance: random.Random) -> bytes:
    out = bytearray(data)
    if number % 3 == 2:
        return bytes(out) + b"\0" * (1 << number)
    for _ in range(1 << number):
        out.insert(chance.randrange(len(out) + 1), 0)
    return bytes(out)


def _lie(data: bytes, number: int, chance: random.Random) -> bytes:
    """The text in another encoding than it says, or marked as one that it is not."""
    del chance
    if number == len(_ENCODINGS):
        return b"\xef\xbb\xbf" + data
    if number == len(_ENCODINGS) + 1:
        return b"\xff\xfe" + data
    if number == len(_ENCODINGS) + 2:
        return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r")
    for name in ("utf-8-sig", "cp932", "gb18030", "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        return text.encode(_ENCODINGS[number], "replace")
    return data


def _extreme(data: bytes, number: int, chance: random.Random) -> bytes:
    """An amount, a day or a number replaced by what is none."""
    runs = list(re.finditer(rb"[0-9][0-9.,/-]*", data))
    if not runs:
        return data
    found = chance.choice(runs)
    value = EXTREMES[number % len(EXTREMES)]
    return data[: found.start()] + value + data[found.end() :]


def _glue(data: bytes, number: int, chance: random.Random) -> bytes:
    del chance
    others = (
        data,
        b"%PDF-1.4\n",
        b"PK\x03\x04",
        b"<OFX>",
        b"<html><table><tr><td>",
        b"!Type:Bank\n",
    )
    other = others[number % len(others)]
    return other + data if number % 2 else data + other


def _lines(data: bytes, number: int, chance: random.Random) -> bytes:
    """Line ends lost, doubled, mixed, or of kinds that only Unicode knows."""
    ends = (b"", b"\n\n", b"\r", b"\r\r\n", b"\x0b", b"\x0c", b"\x1c", b"\x85", "\u2028".encode())
    other = ends[number % len(ends)]
    pieces = re.split(rb"\r?\n", data)
    return b"".join(
        piece + (other if chance.random() < 0.2 else b"\n") for piece in pieces if piece
    )


def _member(data: bytes, number: int, chance: random.Random) -> bytes:
    """A packed file of a workbook damaged and packed again, so that the checks of ZIP hold."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    names = archive.namelist()
    victim = chance.choice([name for name in names if name.endswith((".xml", ".rels"))])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            content = archive.read(name)
            if name == victim:
                if number % 5 == 4:
                    continue
                ways = (_flip, _cut, _extreme, _nuls)
                at = number % (SLICES if number % 4 == 1 else 8)
                content = ways[number % 4](content, at, chance)
            packed.writestr(name, content)
    return out.getvalue()


COUNTS = {
    "bytes flipped": 40,
    "cut off": SLICES - 1,
    "rows shuffled": 6,
    "rows lost": 5,
    "rows doubled": 2,
    "columns lost": 8,
    "cells lost or doubled": 6,
    "stray quotes": 12,
    "NULs": 8,
    "encoding lied about": len(_ENCODINGS) + 3,
    "impossible values": len(EXTREMES),
    "glued to another": 6,
    "odd line ends": 9,
}
_KINDS: dict[str, Callable[[bytes, int, random.Random], bytes]] = {
    "bytes flipped": _flip,
    "cut off": _cut,
    "rows shuffled": _shuffle_body,
    "rows lost": _drop_rows,
    "rows doubled": _double_rows,
    "columns lost": _drop_column,
    "cells lost or doubled": _ragged,
    "stray quotes": _quotes,
    "NULs": _nuls,
    "encoding lied about": _lie,
    "impossible values": _extreme,
    "glued to another": _glue,
    "odd line ends": _lines,
    "inside the workbook": _member,
}
