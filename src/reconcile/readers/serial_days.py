"""Days that a spreadsheet shows as the numbers that it counts them by: made days before a guess.

46144 is 2026-05-02. Only below a header that names a day, where all cells are such numbers.
"""

from dataclasses import replace

import pandas as pd

from reconcile.readers import fields, guess_words
from reconcile.readers.text import HEAD, RawTable

# Days from 2009 to 2036, perhaps with their time.
_SERIAL = r"(?:4\d|50)\d{3}(?:\.\d+)?"
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
    numbers = first.str.fullmatch(_SERIAL).to_numpy(bool)
    if not numbers.any():
        return None
    at = int(numbers.argmax())
    if not any(_DAYS & guess_words.meanings(cell).keys() for cell in first.iloc[:at]):
        return None
    plain = fields.folded(texts)
    found = plain.str.fullmatch(_SERIAL)
    if found.iloc[at:].sum() < _MOST * plain.iloc[at:].ne("").sum():
        return None
    count = pd.to_numeric(plain.where(found), errors="coerce").floordiv(1)
    days = (_BEFORE + pd.to_timedelta(count, unit="D")).dt.strftime("%Y-%m-%d")
    return days.where(found, texts.astype("str"))
