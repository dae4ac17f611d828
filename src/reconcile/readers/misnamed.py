"""A header that lost or gained a cell, so that its names stand over their neighbours' columns.

All rows then differ from it in width, just as they do where a bank ends each row in one delimiter
more than the header, or leaves out the empty cells at the end. What the columns hold tells one from
the other: from that cell on, what cannot stand under the names does under those beside them.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout, plain
from reconcile.readers import fields
from reconcile.readers.shapes import DAY, EMPTY, NUMBER, TEXT, shapes

# More rows of one width would tell no more.
_SAMPLE = 2_000
_DATES = ("transaction_date", "posted_date")
_BILLED = ("amount", "debit", "credit")
_MONEY = (*_BILLED, "balance", "fee_amount", "original_amount")
_CURRENCIES = ("currency", "original_currency")

_Bools = npt.NDArray[np.bool_]
# Which cells can stand in a field, and which cannot; empty cells tell nothing.
_Fits = Callable[[pd.Series], tuple[_Bools, _Bools]]


def misnamed(
    cells: pd.DataFrame, layout: Layout, positions: Mapping[str, Sequence[int]], by: int
) -> bool:
    """Whether names stand over the wrong columns of rows that are all `by` cells wider than the
    header: those from some name on to the last fit better `by` columns further right, or as well
    where the header lacks a name.

    Only names of fields that tell what can stand in them are asked.
    """
    some = cells.iloc[:: max(len(cells) // _SAMPLE, 1)]
    named = {at for places in positions.values() for at in places}
    found = []
    asked = _fits(layout)
    for name, fits in asked.items():
        # Columns known by their number stay where they are, whatever the header lost.
        if all(isinstance(ref, str) for ref in layout.fields.get(name, ())):
            found += [
                (at, *_judged(some, at, fits), *_judged(some, at + by, fits), name in _BILLED)
                for at in positions.get(name, ())
            ]
    found.sort(reverse=True)
    # Names that the layout knows and the header lacks may be what was lost. What a field of the
    # others holds would show, wherever it stands now.
    lacking = by > 0 and any(
        not positions.get(name) for name, _ in layout.columns if name not in asked
    )
    gain, told, priced = 0, False, False
    for at, good, bad, good_there, bad_there, billed in found:
        gain += good_there - bad_there - good + bad
        # To have fewer empty cells is not enough: those of a neighbour would fill any column.
        told |= good_there > good and bad_there < bad
        priced |= billed and good_there >= good > 0
        # What the header gained, left of the first name that moves, is the name of no field.
        if named.isdisjoint(range(at + by, at)) and (
            (told and gain > 0) or (lacking and priced and gain == 0)
        ):
            return True
    return False


def twins(header: Sequence[str]) -> bool:
    """Whether a header says a name twice side by side."""
    # Before the first name a byte order mark may stand, and then its quotes belong to the text.
    names = [plain(cell.strip('\ufeff" ')) for cell in header]
    return any(one == other != "" for one, other in itertools.pairwise(names))


def _fits(layout: Layout) -> dict[str, _Fits]:
    return {
        **dict.fromkeys(_DATES, _readable(lambda cells: fields.dates(cells, layout.dates))),
        **dict.fromkeys(_MONEY, _number),
        **dict.fromkeys(_CURRENCIES, _readable(fields.currencies)),
        "conversion_rate": _readable(lambda cells: fields.rates(cells, layout.decimal)),
        "description": _text,
    }


def _readable(read: Callable[[pd.Series], pd.Series]) -> _Fits:
    def fits(cells: pd.Series) -> tuple[_Bools, _Bools]:
        good = read(cells).notna().to_numpy(np.bool_)
        return good, ~good & (shapes(cells) != EMPTY)

    return fits


def _number(cells: pd.Series) -> tuple[_Bools, _Bools]:
    found = shapes(cells)
    # Words may stand around an amount: `35.60 UNITED STATES DOLLAR`.
    digits = cells.astype(object).str.contains(r"\d").to_numpy(np.bool_)
    return found == NUMBER, (found == DAY) | (found == TEXT) & ~digits


def _text(cells: pd.Series) -> tuple[_Bools, _Bools]:
    found = shapes(cells)
    return found == TEXT, (found == NUMBER) | (found == DAY)


def _judged(cells: pd.DataFrame, at: int, fits: _Fits) -> tuple[int, int]:
    """How many cells of a column can stand in a field, and how many cannot."""
    if not 0 <= at < cells.shape[1]:
        return 0, 0
    good, bad = fits(cells[at])
    return int(good.sum()), int(bad.sum())
