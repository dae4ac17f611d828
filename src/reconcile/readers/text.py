"""Text to a raw table: cells as text, the line of each record."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.errors import InputError
from reconcile.readers import parse
from reconcile.readers.delimiters import HEAD

_BLOCK, _BYTES = 8_192, 524_288  # lines, bytes
# No statement has a line of so many bytes or cells; reading them could take for ever.
MOST_CHARACTERS, MOST_CELLS = 200_000, 1_000
# A width that so many of all whole records have is no exception.
_COMMON = 0.1
# A table longer than this is judged by stretches of it and by all texts of columns with few.
_LONG, _STRETCH, _STRETCHES, _FEW = 30_000, 400, 12, 2_000


@dataclass(frozen=True)
class RawTable:
    """Cells as text (missing ones empty); per record its first line, its lines, its cells.

    Columns of long tables are categoricals: most of their texts repeat. Of a record over several
    lines `count` is that of the first, no more. In a `placed` table, a sheet or a web page, each
    cell stands in a column, and rows end where they are empty. `damaged` records hold characters
    that could not be read; a file `cut_off` ends inside the quotes of its last record.
    """

    cells: pd.DataFrame
    line: npt.NDArray[np.int64]
    span: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    quoting_off: bool = False
    delimiter: str = ","
    swallowed: npt.NDArray[np.bool_] | None = None
    placed: bool = False
    damaged: npt.NDArray[np.bool_] | None = None
    cut_off: bool = False

    @cached_property
    def head(self) -> list[list[str]]:
        """The first rows as cells, enough to find the header or to recognise a layout."""
        first = self.cells.head(HEAD)
        # Of a categorical all texts of the file would be made first.
        short = [
            first[name].cat.remove_unused_categories() if coded else first[name]
            for name, coded in zip(first, first.dtypes == "category", strict=True)
        ]
        return [list(row) for row in zip(*(part.astype(object) for part in short), strict=True)]

    def headings(self) -> Iterator[tuple[int, list[str]]]:
        """Rows of the head that may be the header, with their numbers: no header holds a digit."""
        return ((number, row) for number, row in enumerate(self.head) if not has_digit(row))

    @property
    def swallowing(self) -> npt.NDArray[np.bool_]:
        """Records that hold whole lines of others, because a quote opened in the wrong place."""
        return np.zeros(len(self.cells), np.bool_) if self.swallowed is None else self.swallowed

    @property
    def spoiled(self) -> npt.NDArray[np.bool_]:
        """Records of which a character could not be read, or the end is not there."""
        out = np.zeros(len(self.cells), np.bool_) if self.damaged is None else self.damaged.copy()
        out[-1:] |= self.cut_off
        return out

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.cells.shape[1]


def with_columns(raw: RawTable, header: int, columns: Mapping[int, tuple[str, Any]]) -> RawTable:
    """The table with other columns: by place what stands over each in the header row, and its
    values below.
    """
    cells = raw.cells.copy()
    for at, (title, values) in columns.items():
        column = cells[at].astype(object)
        column.iloc[header + 1 :] = values
        column.iloc[header] = title
        cells[at] = column
    return replace(raw, cells=cells)


def has_digit(cells: Iterable[str]) -> bool:
    """Whether any of the cells holds a digit."""
    return any(map(str.isdigit, "".join(cells)))


def table(text: str, delimiter: str, quoted: bool = True, file: str = "") -> RawTable:
    """All records of a file. A quote that never closes makes quotes plain characters.

    Raises `InputError` at a line that is far longer or wider than those of statements.
    """
    data = text.encode("utf-8")
    codes = np.frombuffer(data, dtype=np.uint8)
    if (even := _even(data, codes, delimiter)) is not None:
        return even
    ends = _line_ends(codes)
    lines = len(ends) + (0 if data.endswith(b"\n") or not data else 1)
    starts = np.concatenate([[0], ends + 1])[:lines]
    count = _signs_between(codes, ord(delimiter), starts) + 1
    width = int(count.max())
    longest = max(int(np.diff(starts).max(initial=0)), len(codes) - int(starts[-1]))
    if longest > MOST_CHARACTERS or width > MOST_CELLS:
        _refuse(np.diff(np.append(starts, len(codes))), count, file)
    cells = parse.cells(data, delimiter, width, quoted)
    off = cut = False
    if cells is None and _ends_in_quotes(data, delimiter, width, int(starts[-1])):
        cells, cut = parse.cells(data + b'"', delimiter, width, quoted), True
    if cells is None:
        cells, off = parse.cells(data, delimiter, width, False), True
    assert cells is not None
    if len(cells) == lines:
        span = np.ones(lines, np.int64)
    else:
        # Quoted cells may hold line breaks; only then is it worth counting them.
        breaks = [cells[n].str.count("\n").to_numpy(np.int64) for n in cells]
        span = 1 + np.sum(breaks, axis=0)
    line = np.concatenate([[1], 1 + np.cumsum(span)[:-1]]) if len(cells) else np.zeros(0, np.int64)
    cells = _trimmed(cells)
    swallowed = None
    if len(cells) != lines:
        swallowed = _swallowing(count, line, span, cells, delimiter)
        # A quote alone on a line, or at a line's end, opened what is no cell.
        swallowed |= (span > 1) & cells[0].astype(object).str.startswith("\n").to_numpy(np.bool_)
        count = count[line - 1]
    if b'"' in data:
        count = count - _inside(cells, delimiter)
    return RawTable(cells, line, span, count, off, delimiter, swallowed, cut_off=cut)


def _even(data: bytes, codes: npt.NDArray[np.uint8], delimiter: str) -> RawTable | None:
    """The table of a long file without quotes whose lines all have as many cells; else None.

    Most long files are like that, and where nothing is quoted it is enough to count delimiters:
    if they are as many as so many lines have, and pandas finds no line with more, none has fewer.
    """
    first = data.find(b"\n")
    if len(data) < parse.CODED or first < 0 or b'"' in data:
        return None
    width = data.count(delimiter.encode(), 0, first) + 1
    lines = _count(codes, "\n") + (not data.endswith(b"\n"))
    window = MOST_CHARACTERS // 2
    if (
        width > MOST_CELLS
        or _count(codes, delimiter) != (width - 1) * lines
        # A line longer than is allowed leaves half its length without an end.
        or any(data.find(b"\n", at, at + window) < 0 for at in range(0, len(data) - window, window))
    ):
        return None
    try:
        cells = parse.strictly(data, delimiter, width, quoted=False)
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        return None
    if len(cells) != lines:
        return None
    one = np.ones(lines, np.int64)
    return RawTable(_trimmed(cells), np.arange(1, lines + 1), one, one * width, False, delimiter)


def _ends_in_quotes(data: bytes, delimiter: str, width: int, last: int) -> bool:
    """Whether the quote that never closes is that of a last line that was cut off, in a file whose
    other quotes close.
    """
    if data.endswith(b"\n") or b'"' not in data[:last]:
        return False
    return parse.cells(data[:last], delimiter, width, True) is not None


def _refuse(size: npt.NDArray[np.int64], count: npt.NDArray[np.int64], file: str) -> None:
    for found, most in ((size, MOST_CHARACTERS), (count, MOST_CELLS)):
        at = int(found.argmax())
        if found[at] > most:
            raise InputError(
                "line_too_long", file=file, line=at + 1, size=int(size[at]), cells=int(count[at])
            )


def _swallowing(
    count: npt.NDArray[np.int64],
    line: npt.NDArray[np.int64],
    span: npt.NDArray[np.int64],
    cells: pd.DataFrame,
    delimiter: str,
) -> npt.NDArray[np.bool_]:
    """Records over several lines that hold the cells of two or more: two lines as wide as whole
    records are, or one such line and as many delimiters inside quotes.
    """
    # Lines above the header are no records, and may end in a delimiter or two.
    first = max(int((span > 1).argmax()) - 1, 0)
    whole = count[line[first:][span[first:] == 1] - 1]
    # A quote that opens in the header may swallow all there is.
    whole = whole[whole > 1] if (whole > 1).any() else count[count > 1]
    if not len(whole):
        return np.zeros(len(span), np.bool_)
    # Delimiters inside quotes make a line look wider, so the least width that is common counts.
    many = np.bincount(whole)
    common = np.flatnonzero(many >= _COMMON * len(whole))
    width = common[common >= many.argmax() / 2].min(initial=many.argmax())
    wide = np.concatenate([[0], np.cumsum(count >= width)])
    inside = wide[np.minimum(line - 1 + span, len(count))] - wide[line - 1]
    several = np.flatnonzero(span > 1)
    some = cells.iloc[several].astype(object)
    signs = [some[name].str.count(re.escape(delimiter)).to_numpy(np.int64) for name in some]
    out = (span > 1) & (inside > 1)
    out[several] |= (inside[several] > 0) & (np.sum(signs, axis=0) >= width - 1)
    return np.asarray(out, np.bool_)


def _inside(cells: pd.DataFrame, delimiter: str) -> npt.NDArray[np.int64]:
    """Delimiters inside the cells of each record: those in quotes, which part no cells."""
    out = np.zeros(len(cells), np.int64)
    for name in cells:
        codes, texts = distinct(cells[name])
        if delimiter in "\n".join(texts):
            out += texts.str.count(re.escape(delimiter)).to_numpy(np.int64)[codes]
    return out


def excerpt(cells: pd.DataFrame) -> pd.DataFrame:
    """Rows of a long table that show what all of it looks like; a short table whole.

    Blocks of neighbouring rows from the whole length, so that running balances stay followable,
    and behind them the first row of every text in columns with few distinct ones (days, kinds,
    currencies), so that none of those goes unseen.
    """
    if len(cells) <= _LONG:
        return cells
    starts = np.linspace(0, len(cells) - _STRETCH, _STRETCHES).astype(np.int64)
    chosen = np.zeros(len(cells), np.bool_)
    chosen[(starts[:, None] + np.arange(_STRETCH)).ravel()] = True
    extra = np.zeros(len(cells), np.bool_)
    sample = np.flatnonzero(chosen)
    for name in cells:
        if cells[name].iloc[sample].nunique() <= _FEW:
            codes, texts = distinct(cells[name])
            if len(texts) <= _FEW:
                # Written from the last row to the first, the first of each text is what stays.
                first = np.full(len(texts), -1)
                first[codes[::-1]] = np.arange(len(cells))[::-1]
                extra[first[first >= 0]] = True
    rows = np.concatenate([sample, np.flatnonzero(extra & ~chosen)])
    return cells.iloc[rows].reset_index(drop=True).astype(object)


def _line_ends(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Where lines end, block by block: what fits into the processor's memory is looked at fast."""
    parts = [
        np.flatnonzero(codes[first : first + _BYTES] == ord("\n")) + first
        for first in range(0, len(codes), _BYTES)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _signs_between(
    codes: npt.NDArray[np.uint8], sign: int, starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """How often a sign stands from each start to the next, block by block to spare memory."""
    out = np.zeros(len(starts), np.int64)
    for first in range(0, len(starts), _BLOCK):
        some = starts[first : first + _BLOCK]
        after = first + _BLOCK
        end = starts[after] if after < len(starts) else len(codes)
        found = codes[some[0] : end] == sign
        out[first : first + _BLOCK] = np.add.reduceat(found, some - some[0], dtype=np.int32)
    return out


def _count(codes: npt.NDArray[np.uint8], sign: str) -> int:
    """How often a sign stands in the whole."""
    return sum(
        int(np.count_nonzero(codes[first : first + _BYTES] == ord(sign)))
        for first in range(0, len(codes), _BYTES)
    )


def _trimmed(cells: pd.DataFrame) -> pd.DataFrame:
    """Without the last columns, if they are empty."""
    last = next((n for n in range(cells.shape[1] - 1, 0, -1) if _filled(cells[n])), 0)
    return cells if last + 1 == cells.shape[1] else cells[range(last + 1)]


def _filled(cells: pd.Series) -> bool:
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return bool((cells.cat.categories != "").any())
    # Most columns show it in their first rows.
    return any(bool((part != "").any()) for part in (cells.iloc[:HEAD], cells.iloc[HEAD:]))
