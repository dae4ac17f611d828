"""Records over several lines, of which all but the first hold a text alone: joined to the first.

ING in Romania prints the card, the shop and the day of authorisation in lines of their own.
"""

from dataclasses import replace

import numpy as np

from reconcile.readers.text import RawTable

# A record that lines may belong to has a day, a text and an amount at least.
_LEAST = 3


def joined(raw: RawTable) -> RawTable:
    """The table with such texts behind those of the records that they belong to, their own lines
    left empty; as it is where not most of the lines below the first record are of that kind.
    """
    if raw.width < _LEAST:
        return raw
    filled = np.column_stack([raw.cells[name].ne("").to_numpy(np.bool_) for name in raw.cells])
    many = filled.sum(axis=1)
    records = many >= _LEAST
    record = np.cumsum(records)
    alone = (many == 1) & (record > 0)
    if alone.sum() <= records.sum():
        return raw
    column = int(filled[alone].sum(axis=0).argmax())
    first = np.flatnonzero(records)[np.maximum(record - 1, 0)]
    own = alone & filled[:, column] & filled[first, column]
    # A foot of the page stands below the last record alone.
    if own.sum() <= records.sum() or len(np.unique(record[own])) * 2 <= records.sum():
        return raw
    texts = raw.cells[column].astype(object).str.strip()
    lines = texts[own].groupby(record[own]).agg(" ".join)
    where = np.flatnonzero(records)[lines.index.to_numpy() - 1]
    whole = texts.mask(own, "")
    whole.iloc[where] = whole.iloc[where].to_numpy() + " " + lines.to_numpy()
    cells = raw.cells.copy()
    cells[column] = whole
    return replace(raw, cells=cells)
