"""Records over several lines, of which all but the first hold a text alone: joined to the first.

ING in Romania prints the card, the shop and the day of authorisation in lines of their own.
"""

from dataclasses import replace

import numpy as np

from reconcile.readers.text import RawTable

# A record that lines may belong to has a day, a text and an amount at least.
_LEAST = 3
# A bank that prints records so does it from the first on.
_FIRST = 5000


def joined(raw: RawTable) -> RawTable:
    """The table with such texts behind those of the records that they belong to, their own lines
    left empty; as it is where not most of the lines below the first record are of that kind.
    """
    if raw.width < _LEAST:
        return raw
    for cells in (raw.cells.head(_FIRST), raw.cells):
        filled = [cells[name].ne("").to_numpy(np.bool_) for name in cells]
        many = np.zeros(len(cells), np.int16)
        for column in filled:
            many += column
        records, alone = many >= _LEAST, many == 1
        if np.count_nonzero(alone) <= np.count_nonzero(records) or not records.any():
            return raw
    record = np.cumsum(records)
    alone &= record > 0
    at = int(np.argmax([np.count_nonzero(column & alone) for column in filled]))
    first = np.flatnonzero(records)[np.maximum(record - 1, 0)]
    own = alone & filled[at] & filled[at][first]
    # A foot of the page stands below the last record alone.
    if own.sum() <= records.sum() or len(np.unique(record[own])) * 2 <= records.sum():
        return raw
    texts = raw.cells[at].astype(object).str.strip()
    lines = texts[own].groupby(record[own]).agg(" ".join)
    where = np.flatnonzero(records)[lines.index.to_numpy() - 1]
    whole = texts.mask(own, "")
    whole.iloc[where] = whole.iloc[where].to_numpy() + " " + lines.to_numpy()
    cells = raw.cells.copy()
    cells[at] = whole
    return replace(raw, cells=cells)
