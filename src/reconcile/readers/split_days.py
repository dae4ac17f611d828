"""Days whose year, month and day stand in three columns, as Japanese banks print them: joined.

`操作日(年)`, `操作日(月)` and `操作日(日)` become one column of days such as 2025/10/03.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from reconcile.distinct import distinct
from reconcile.layout import plain
from reconcile.readers.text import RawTable

# How the three parts of a day are called behind the name of the day, or without one.
_PARTS = (
    re.compile(r"^(?P<name>.*?)[ (（\[]*(?:年|year|jahr|année|año)[)）\]]*$"),
    re.compile(r"^(?P<name>.*?)[ (（\[]*(?:月|month|monat|mois|mes)[)）\]]*$"),
    re.compile(r"^(?P<name>.*?)[ (（\[]*(?:日|day|tag|jour|día)[)）\]]*$"),
)
# What each part holds: a year of two or four digits, a month, a day of it.
_SHAPES = (r"\d{4}|\d{2}", r"0?[1-9]|1[0-2]", r"0?[1-9]|[12]\d|3[01]")
# Share of the rows below the header that must hold a whole day.
_MOST = 0.6

# Where the three parts of a day stand, and what their column is called when it is one.
Split = tuple[tuple[int, int, int], str]


def joined(raw: RawTable) -> RawTable:
    """The table with days in one column each, the other two left empty; as it is without such."""
    for number, row in enumerate(raw.head):
        found = _splits(row)
        if found:
            return replace(raw, cells=_joined(raw.cells, number, found))
    return raw


def _splits(header: Sequence[str]) -> list[Split]:
    """Where a header names year, month and day of one day, side by side."""
    out: list[Split] = []
    for at in range(len(header) - 2):
        names = [
            part.match(plain(cell)) for part, cell in zip(_PARTS, header[at : at + 3], strict=True)
        ]
        stems = {found["name"] for found in names if found is not None}
        if None not in names and len(stems) == 1:
            out.append(((at, at + 1, at + 2), _name(stems.pop(), header[at])))
    return out


def _name(stem: str, first: str) -> str:
    """The name of the whole day: `利用年` is the year of a `利用日`."""
    if not first.isascii():
        return stem if stem.endswith("日") else f"{stem}日" if stem else "年月日"
    return f"{stem} date".strip()


def _joined(cells: pd.DataFrame, header: int, splits: Sequence[Split]) -> pd.DataFrame:
    out = {name: cells[name] for name in cells}
    for places, name in splits:
        parts = [_part(cells[at], shape) for at, shape in zip(places, _SHAPES, strict=True)]
        whole = parts[0].ne("") & parts[1].ne("") & parts[2].ne("")
        below = whole.iloc[header + 1 :]
        if not len(below) or below.mean() < _MOST:
            continue
        day = parts[0] + "/" + parts[1].str.zfill(2) + "/" + parts[2].str.zfill(2)
        for at, text in zip(places, (day, "", ""), strict=True):
            column = out[at].astype(object).mask(whole, text)
            column.iloc[header] = name if at == places[0] else ""
            out[at] = column
    return pd.DataFrame(out, index=cells.index)


def _part(cells: pd.Series, shape: str) -> pd.Series:
    """A column's texts where they have a shape, else empty; each distinct one is looked at once."""
    codes, texts = distinct(cells)
    bare = texts.str.strip().str.replace(r"[年月日]$", "", regex=True)
    kept = bare.where(bare.str.fullmatch(shape), "")
    return pd.Series(kept.array.take(codes), index=cells.index, dtype=object)
