"""How wide and high cells have to be for what stands in them."""

import unicodedata
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

_MOST_LINES = 10  # a longer text is read in the formula bar


class _Wide(dict[str, int]):
    """Columns that a character takes, each worked out once; East Asian ones take 2."""

    def __missing__(self, sign: str) -> int:
        self[sign] = 1 + (unicodedata.east_asian_width(sign) in "WFA")
        return self[sign]


_WIDE = _Wide()


def widths(shown: str) -> list[int]:
    """Columns of a monospaced screen that each line takes."""
    if shown.isascii() and "\n" not in shown:
        return [len(shown)]
    return [
        len(line) if line.isascii() else sum(map(_WIDE.__getitem__, line))
        for line in shown.split("\n")
    ]


def width(shown: str) -> int:
    """Columns of a monospaced screen that the longest line takes."""
    return max(widths(shown))


def widen(sheet: Any, number: int, wanted: float) -> float:
    """Make a column at least as wide as `wanted`; another table above may need more. The width."""
    letter, sizes = get_column_letter(number), sheet.column_dimensions
    room = max(sizes[letter].width if letter in sizes else 0, wanted)
    sizes[letter].width = room
    return room


def fit(sheet: Worksheet, row: int, texts: list[tuple[str, float]]) -> None:
    """Make a row high enough for wrapped texts in cells of the given widths.

    Not every program fits the height of a row by itself, and none does for merged cells.
    """
    most = max((lines(shown, room) for shown, room in texts), default=1)
    if most > 1:
        size = sheet.row_dimensions[row]
        size.height = max(size.height or 0, height(most))


def lines(shown: str, room: float) -> int:
    """Lines that a text takes when it is wrapped in a cell of this width."""
    return wrapped(widths(shown), room)


def wrapped(took: list[int], room: float) -> int:
    """Lines that lines of these widths take when they are wrapped."""
    return sum([1 + int(one * 0.92 // room) for one in took])


def height(count: int) -> float:
    """Points that so many lines take, as far as a row is made high for them."""
    return 13.5 * min(count, _MOST_LINES) + 3
