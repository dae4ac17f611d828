"""Products of many accounts' rows with one fixed table, each row by itself.

A product of matrices rounds by how many rows there are; here a row's result is the same in whatever
company it stands, so that accounts may be dealt out over processes as one likes.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Rows weighed at a time: bounds memory.
_BLOCK = 4096


class Table:
    """A table (inputs, outputs) that is mostly zero, to be multiplied from the left."""

    def __init__(self, table: Floats) -> None:
        outputs, self._source = np.nonzero(table.T)
        self._weight = table.T[outputs, self._source]
        self._outputs, self._start = np.unique(outputs, return_index=True)
        self._shape = table.shape

    def times(self, rows: Floats) -> Floats:
        """`rows` (n, inputs) times the table: (n, outputs)."""
        out = np.zeros((len(rows), self._shape[1]))
        for first in range(0, len(rows), _BLOCK):
            part = rows[first : first + _BLOCK, self._source] * self._weight
            out[first : first + _BLOCK, self._outputs] = np.add.reduceat(part, self._start, axis=1)
        return out


def between(place: Floats, size: int, points: int) -> Floats:
    """Weights (places, size) that interpolate a grid's values at fractional places on it.

    Through two `points` of the grid with straight lines, through four with cubics. Beyond its ends
    the value of the end holds: a line drawn further would give weights below zero.
    """
    place = np.clip(place, 0.0, size - 1.0)
    first = np.clip(np.floor(place).astype(int) - (points // 2 - 1), 0, size - points)
    out = np.zeros((len(place), size))
    for at in range(points):
        factor = np.ones(len(place))
        for other in range(points):
            if other != at:
                factor *= (place - first - other) / (at - other)
        out[np.arange(len(place)), first + at] += factor
    return out
