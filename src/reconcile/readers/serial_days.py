"""Days that are mere numbers, made days before a guess: those that a spreadsheet counts by (46144
is 2026-05-02), and year, month and day in two digits each (260502).

Only below a header that names a day, where all cells are such numbers.
"""

from dataclasses import replace

import pandas as pd

from reconcile.readers import fields, guess_words
from reconcile.readers.text import HEAD, RawTable

# Days from 2009 to 2036, perhaps with their time.
_SERIAL = r"(?:4\d|50)\d{3}(?:\.\d+)?"
# Year, month and day; of any other years they are other numbers.
_SHORT, _YEARS = r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", (2009, 2036)
# The day before the first that is counted, as spreadsheets have a day in 1900 too many.
_BEFORE = pd.Timestamp(1899, 12, 30)
_DAYS = frozenset(("transaction_date", "posted_date"))
# Share of the cells below the header.
_MOST = 0.9


def joined(raw: RawTable) -> RawTable:
    """The table with such numbers as days; as it is without them."""
    made = {at: days for at in raw.cells if (days := _days(raw.cells[at])) is not None}
    if not made:
        return raw
    cells = raw.cells.copy()
    for at, days in made.items():
        cells[at] = days
    return replace(raw, cells=cells)


def _days(texts: pd.Series) -> pd.Series | None:
    """A column with its numbers as days; None where it is none of them."""
    first = fields.folded(texts.head(HEAD))
    numbers = first.str.fullmatch(f"{_SERIAL}|{_SHORT}").to_numpy(bool)
    if not numbers.any():
        return None
    at = int(numbers.argmax())
    if not any(_DAYS & guess_words.meanings(cell).keys() for cell in first.iloc[:at]):
        return None
    plain = fields.folded(texts)
    for shape, read in ((_SERIAL, _counted), (_SHORT, _written)):
        found = plain.str.fullmatch(shape)
        if found.iloc[at:].sum() < _MOST * plain.iloc[at:].ne("").sum():
            continue
        days = read(plain[found])
        if days is not None:
            return days.dt.strftime("%Y-%m-%d").reindex(plain.index).fillna(texts.astype("str"))
    return None


def _counted(numbers: pd.Series) -> pd.Series:
    count = pd.to_numeric(numbers).floordiv(1)
    return _BEFORE + pd.to_timedelta(count, unit="D")


def _written(digits: pd.Series) -> pd.Series | None:
    """Days with the year first; None where some are none, or all are days the other way round."""
    days, turned = (
        pd.to_datetime(digits, format=form, errors="coerce") for form in ("%y%m%d", "%d%m%y")
    )
    sensible = days.dt.year.between(*_YEARS).all()
    return days if sensible and not turned.dt.year.between(*_YEARS).all() else None
