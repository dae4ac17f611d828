"""Lines whose cells are parted by nothing but blanks, as printed statements are: a table of them.

Where two blanks or more stand at one place in all lines that have a day in front, two cells part.
"""

import re

import numpy as np
import pandas as pd

from reconcile.readers.text import RawTable

# A line of a movement: a day in front, and a number behind it.
_MOVEMENT = (
    r"\s{0,8}'?(?:\d{1,4}[./-]\d{1,2}\S*|\d{8}|\d{4}年\S*|\d{1,2}[ -]?[^\W\d_]{3,9}\.?[ -]\S*"
    r"|[^\W\d_]{3,9}\.? \d{1,2},?)\s.*\d.*"
)
# Fewer lines do not show where cells part; what is longer was written by no printer.
_FEWEST, _LONGEST, _MOST = 3, 400, 5_000_000
_SIDE = 4
# Lines laid out sign by sign at a time, to spare memory.
_BLOCK = 4096
_RULED = "-=_ "
_RULE = rf"[{_RULED}]*"
_GAP = r"\s{2,}"
# Signs that take the place of two, which a filler makes two. The first page that needs them
# compiles them.
_WIDE = (
    "([\u1100-\u115f\u2e80-\u2fff\u3001-\ua4cf\uac00-\ud7a3"
    "\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6])"
)
_FILLER = "\ue000"


def table(text: str) -> RawTable | None:
    """The lines of a text as rows of cells; None where no cells part. Other lines are parted where
    they have two blanks, a header by what its words stand over."""
    if len(text) > _MOST:
        return None
    text = re.sub(_WIDE, rf"\1{_FILLER}", text.removesuffix("\n").replace("\u3000", "  "))
    lines = pd.Series(text.expandtabs().split("\n"), dtype=object)
    # A line without two blanks parts no cells: `Page 1 of 2`.
    parted = lines.str.strip().str.contains(_GAP, regex=True)
    told = (parted & lines.str.fullmatch(_MOVEMENT)).to_numpy(np.bool_)
    width = int(lines[told].str.len().max()) if told.any() else 0
    if told.sum() < _FEWEST or width > _LONGEST:
        return None
    spans = _spans(lines[told], width)
    if len(spans) < _FEWEST:
        return None
    columns = {at: lines.str.slice(*span).str.strip() for at, span in enumerate(spans)}
    rest = lines[~told].str.strip().mask(lines.str.fullmatch(_RULE), "")
    parts = rest.str.split(_GAP, n=len(spans) - 1, expand=True, regex=True)
    for at, cells in parts.astype(object).reindex(columns=range(len(spans))).items():
        columns[int(str(at))][~told] = cells.where(cells.notna(), "")
    above = [n for n in range(int(told.argmax())) if lines[n].strip(_RULED)]
    if above and not any(map(str.isdigit, lines[above[-1]])):
        for at, name in enumerate(_header(lines[above[-1]], spans)):
            columns[at][above[-1]] = name
    one = np.ones(len(lines), np.int64)
    cells = pd.DataFrame(columns).apply(lambda column: column.str.replace(_FILLER, ""))
    return RawTable(cells, np.arange(1, len(lines) + 1), one, one * len(spans))


def _spans(lines: pd.Series, width: int) -> list[tuple[int, int]]:
    """From where to where the cells of these lines stand."""
    free = np.ones(width, np.bool_)
    for first in range(0, len(lines), _BLOCK):
        some = lines.iloc[first : first + _BLOCK].str.ljust(width).tolist()
        signs = np.array(some, f"<U{width}").view("<U1").reshape(len(some), width)
        free &= (signs == " ").all(axis=0)
    blank = "".join(" " if none else "x" for none in free)
    starts = [found.start() for found in re.finditer(r"(?:^|(?<=  ))x", blank)]
    # A letter behind the cents, as `S` and `H`, is a cell of its own.
    side = blank.rfind(" ")
    if (
        side >= max(starts[-1], width - _SIDE)
        and lines.str.slice(side - 1, side).str.isdigit().all()
    ):
        starts.append(side + 1)
    return list(zip(starts, [*starts[1:], width + 1], strict=True))


def _header(line: str, spans: list[tuple[int, int]]) -> list[str]:
    """The words of a header, each over the cells that it stands nearest to."""
    out = [""] * len(spans)
    for found in re.finditer(r"\S+(?:\s\S+)*", line):
        near = [min(found.end(), end) - max(found.start(), start) for start, end in spans]
        at = int(np.argmax(near))
        out[at] = f"{out[at]} {found[0]}".strip()
    return out
