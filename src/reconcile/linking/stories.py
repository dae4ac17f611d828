"""The container of candidate stories: who could belong together, and how likely each is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reconcile.linking.candidates import Ints

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Refunds of a story beside the first three.
LATER = 5


class Stories(NamedTuple):
    """Candidate stories: up to three charges and eight refunds each, score, kind, currency.

    `charge`, `charge2`, … are movement rows, -1 where there is no second or third one; `later`
    (stories, `LATER`) are the refunds from the fourth on. `score` is the log-likelihood ratio
    against "unrelated", `kind` one of full, part, joint, split and pieces (parts that leave a
    rest), `currency` the likeliest merchant currency (position in `Worth.currencies`). `vague`
    marks parts of no particular fraction, which only the days speak for.
    """

    charge: Ints
    charge2: Ints
    charge3: Ints
    refund: Ints
    refund2: Ints
    refund3: Ints
    later: Ints
    score: Floats
    kind: npt.NDArray[np.object_]
    currency: Ints
    vague: Bools

    @property
    def charges(self) -> tuple[Ints, Ints, Ints]:
        """The columns of charges."""
        return self.charge, self.charge2, self.charge3

    @property
    def refunds(self) -> tuple[Ints, ...]:
        """The columns of refunds."""
        return self.refund, self.refund2, self.refund3, *self.later.T

    @property
    def single(self) -> Bools:
        """Which stories have one charge and one refund."""
        others = np.stack((*self.charges[1:], *self.refunds[1:]))
        return np.asarray((others < 0).all(axis=0))

    def charges_at(self, at: int) -> list[int]:
        """The rows of one story's charges."""
        return [int(column[at]) for column in self.charges if column[at] >= 0]

    def refunds_at(self, at: int) -> list[int]:
        """The rows of one story's refunds."""
        return [int(column[at]) for column in self.refunds if column[at] >= 0]


def build(
    charges: Sequence[Ints | int],
    refunds: Sequence[Ints | int],
    score: Floats,
    kind: str,
    currency: Ints | int,
    vague: Bools | bool = False,
) -> Stories:
    """Stories of one kind with so many charges and refunds; single numbers stand for all of them,
    and -1 for none.
    """
    length = len(score)

    def column(values: Ints | int) -> Ints:
        return np.broadcast_to(values, length).astype(np.int64)

    later = np.full((length, LATER), -1)
    for place, rows in enumerate(refunds[3:]):
        later[:, place] = rows
    c, c2, c3 = map(column, (*charges, -1, -1)[:3])
    r, r2, r3 = map(column, (*refunds, -1, -1)[:3])
    kinds = np.full(length, kind, dtype=object)
    loose = np.broadcast_to(vague, length).astype(np.bool_)
    return Stories(c, c2, c3, r, r2, r3, later, score, kinds, column(currency), loose)


def merge(parts: list[Stories]) -> Stories:
    """Several lists of stories as one."""
    if not parts:
        none = np.zeros(0, np.int64)
        return build([none], [none], np.zeros(0), "full", 0)
    return Stories(*(np.concatenate([getattr(p, f) for p in parts]) for f in Stories._fields))


def select(stories: Stories, keep: Bools | Ints) -> Stories:
    """The stories that `keep` (mask or positions) names."""
    return Stories(*(getattr(stories, f)[keep] for f in Stories._fields))


def numbered(columns: Sequence[Ints]) -> Ints:
    """A number for each row of the columns, the same for equal rows."""
    order = np.lexsort(columns)
    other = np.zeros(len(order), np.bool_)
    for column in columns:
        other[1:] |= np.diff(column[order]) != 0
    out = np.empty(len(order), np.int64)
    out[order] = np.cumsum(other)
    return out
