"""A text whose columns are parted by blanks alone, as a page that was printed or copied: cut where
the blanks of its rows stand below each other.

Cut at each run of blanks instead, a row without money out would have its money in there.
"""

import re

import numpy as np
import numpy.typing as npt

# A row begins with a day, perhaps behind its number; fewer of them tell no columns.
_ROW = re.compile(r"\s*(?:\d{1,4}\s+)?\d{1,4}[-/.年]\s?\d{1,2}\D")
_FEWEST = 3
# Signs that take the place of two, which a filler makes two.
_WIDE = re.compile(
    "([\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6])"
)
_FILLER = "\ue000"
# Blanks between two columns; a lone one parts words. Longer lines or texts are no such page.
_GAP, _LONGEST, _MOST = 2, 400, 4_000_000
# Lines above the rows, of which one may be their header.
_ABOVE = 3


def parted(text: str) -> str | None:
    """The text with a tab between its columns; None where it has not three or more of them."""
    if "\t" in text or len(text) > _MOST:
        return None
    lines = _WIDE.sub(rf"\1{_FILLER}", text.replace("\u3000", "  ")).split("\n")
    rows = np.array([_ROW.match(line) is not None for line in lines], np.bool_)
    if rows.sum() < _FEWEST or max(map(len, lines)) > _LONGEST:
        return None
    signs = np.array(lines)
    grid = signs.view("U1").reshape(len(lines), -1)
    blank = np.isin(grid, ("", " ", "\r"))
    first = int(rows.argmax())
    above = ~blank[max(0, first - _ABOVE) : first]
    edges = _edges(np.all(blank[rows], axis=0), above.sum(axis=0))
    if len(edges) < _GAP:
        return None
    cut = zip([0, *edges], [*edges, grid.shape[1]], strict=True)
    cells = [np.ascontiguousarray(grid[:, a:b]).view(f"U{b - a}").ravel() for a, b in cut]
    out = np.char.strip(cells[0])
    for cell in cells[1:]:
        out = np.char.add(np.char.add(out, "\t"), np.char.strip(cell))
    return "\n".join(out.tolist()).replace(_FILLER, "")


def _edges(blank: npt.NDArray[np.bool_], above: npt.NDArray[np.int64]) -> list[int]:
    """Where columns end: in each run of two or more columns of blanks with signs around it, where
    the fewest signs stand above the rows, as a heading may be longer than what it heads.
    """
    filled = np.flatnonzero(~blank)
    gaps = np.flatnonzero(np.diff(filled) > _GAP)
    sides = ((int(filled[at]) + 1, int(filled[at + 1]) + 1) for at in gaps)
    return [start + int(above[start:end].argmin()) for start, end in sides]
