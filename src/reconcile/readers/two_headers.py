"""A header of two rows, as spreadsheets with merged cells have: joined into one.

Under `海外ご利用分` stand `現地通貨額`, `通貨` and `換算レート`; under `ご利用金額` the unit alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from reconcile.readers import guess_words
from reconcile.readers.text import RawTable, has_digit

# Words of a header that the first row has to have.
_KNOWN = 2


def joined(raw: RawTable) -> RawTable:
    """The table with the second row of its header in the first; as it is without one."""
    for number, row in raw.headings():
        if number + 1 < len(raw.head) and sum(map(guess_words.is_known, row)) >= _KNOWN:
            below = raw.head[number + 1]
            return _joined(raw, number, row, below) if _names_parts(row, below) else raw
    return raw


def _names_parts(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row names parts of what stands above it: it is blank under its first cell, where
    rows have their day, holds no digit and says what some column is.
    """
    first = next(at for at, cell in enumerate(row) if cell.strip())
    if has_digit(below) or below[first].strip():
        return False
    parts = [(over, under.strip()) for over, under in zip(row, below, strict=True) if under.strip()]
    # What is named already may have its unit below it, and no other name.
    names = [under for over, under in parts if not guess_words.meanings(over)]
    units = all(under[0] in "([（" for over, under in parts if guess_words.meanings(over))
    return units and any(map(guess_words.meanings, names))


def _joined(raw: RawTable, number: int, row: Sequence[str], below: Sequence[str]) -> RawTable:
    cells = raw.cells.copy()
    for at, (over, under) in enumerate(zip(row, below, strict=True)):
        if under.strip():
            column = cells[at].astype(object)
            whole = under if guess_words.meanings(under) else f"{over.strip()} {under.strip()}"
            column.iloc[number], column.iloc[number + 1] = whole.strip(), ""
            cells[at] = column
    return replace(raw, cells=cells)
