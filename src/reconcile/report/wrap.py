"""Lines of a terminal for text without blanks: Japanese may break nearly anywhere.

rich breaks at blanks alone, which leaves half-empty lines, and full stops at their beginning.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.measure import Measurement
    from rich.text import Text

# A run of Latin letters, digits and marks (¥2,651) stays whole; everything else may stand alone.
_PIECES = re.compile(r"[!-~\u00a1-\u024f\u2010-\u2026\u20a0-\u20bf]+ ?|.", re.DOTALL)
# What no line may begin with clings to what stands before it; opening marks cling to what follows.
_CLINGS = frozenset("。、，．）」』】］％円年月日：；・ー～？")
_OPENS = frozenset("（「『【［")


def lines(told: str, width: int) -> list[str]:
    """The lines of a text, none wider than `width` columns."""
    from rich.cells import cell_len, chop_cells

    out = []
    for paragraph in told.split("\n"):
        line = ""
        for piece in _together(paragraph):
            if line and cell_len(line + piece.rstrip()) > width:
                out.append(line.rstrip())
                line = ""
            if cell_len(piece) > width:
                *whole, piece = chop_cells(piece, width)
                out += whole
            line += piece
        out.append(line.rstrip())
    return out


def _together(paragraph: str) -> Iterator[str]:
    held = ""
    for found in _PIECES.finditer(paragraph):
        piece = found[0]
        if held and piece[0] not in _CLINGS and held[-1] not in _OPENS:
            yield held
            held = ""
        held += piece
    if held:
        yield held


class Flowing:
    """A text for rich that flows like this into whatever room it gets."""

    def __init__(self, told: str) -> None:
        self._told = told

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[Text]":
        from rich.text import Text

        yield Text("\n".join(lines(self._told, options.max_width)))

    def __rich_measure__(self, console: "Console", options: "ConsoleOptions") -> "Measurement":
        from rich.cells import cell_len
        from rich.measure import Measurement

        return Measurement(min(20, options.max_width), min(cell_len(self._told), options.max_width))
