"""The container of candidate stories: who could belong together, and how likely each is."""

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

    def charges_at(self, at: int) -> list[int]:
        """The rows of one story's charges."""
        return [int(column[at]) for column in self.charges if column[at] >= 0]

    def refunds_at(self, at: int) -> list[int]:
        """The rows of one story's refunds."""
        return [int(column[at]) for column in self.refunds if column[at] >= 0]


def build(
    charge: Ints,
    charge2: Ints | int,
    refund: Ints,
    refund2: Ints | int,
    score: Floats,
    kind: str,
    currency: Ints | int,
    vague: Bools | bool = False,
    charge3: Ints | int = -1,
    refund3: Ints | int = -1,
    later: Ints | int = -1,
) -> Stories:
    """Stories of one kind; single numbers stand for all of them."""
    length = len(charge)
    return Stories(
        charge,
        np.broadcast_to(charge2, length).astype(np.int64),
        np.broadcast_to(charge3, length).astype(np.int64),
        refund,
        np.broadcast_to(refund2, length).astype(np.int64),
        np.broadcast_to(refund3, length).astype(np.int64),
        np.broadcast_to(later, (length, LATER)).astype(np.int64),
        score,
        np.full(length, kind, dtype=object),
        np.broadcast_to(currency, length).astype(np.int64),
        np.broadcast_to(vague, length).astype(np.bool_),
    )


def merge(parts: list[Stories]) -> Stories:
    """Several lists of stories as one."""
    if not parts:
        none = np.zeros(0, np.int64)
        return build(none, -1, none, -1, np.zeros(0), "full", 0)
    return Stories(*(np.concatenate([getattr(p, f) for p in parts]) for f in Stories._fields))


def select(stories: Stories, keep: Bools | Ints) -> Stories:
    """The stories that `keep` (mask or positions) names."""
    return Stories(*(getattr(stories, f)[keep] for f in Stories._fields))
