"""A leaf of all transactions of an OFX file: its distinct texts, and which of them each row has.

Files repeat themselves: days, types, names and many amounts. Whatever a text means is found out
once for each distinct one and spread over the rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]


class Leaf(NamedTuple):
    """`codes` say which of `names` (distinct, `str`, none null) each row has; -1: no text."""

    codes: Positions
    names: pd.Series

    @classmethod
    def of(cls, codes: Positions, texts: "Sequence[str | None] | pd.Series") -> "Leaf":
        """From texts some of which may be the same or null, as may be codes of -1."""
        place, names = pd.factorize(pd.Series(texts, dtype="str"))
        return cls(np.append(place, -1)[codes], pd.Series(names, dtype="str"))

    @classmethod
    def constant(cls, text: str | None, length: int) -> "Leaf":
        """The same text, or none, in every row."""
        return cls.of(np.zeros(length, np.intp), [text])

    @property
    def there(self) -> Flags:
        """The rows that have a text."""
        return np.asarray(self.codes >= 0, np.bool_)

    def at(self, rows: "Positions | Flags") -> "Leaf":
        """Some rows."""
        return Leaf(self.codes[rows], self.names)

    def only(self, rows: Flags) -> "Leaf":
        """The texts of these rows, and none in all others."""
        return self if rows.all() else Leaf(np.where(rows, self.codes, -1), self.names)

    def put(self, rows: Flags, other: "Leaf") -> "Leaf":
        """These rows with what `other` has in them."""
        if not rows.any():
            return self
        theirs = np.where(other.there, other.codes + len(self.names), -1)
        names = pd.concat([self.names, other.names], ignore_index=True)
        return Leaf.of(np.where(rows, theirs, self.codes), names)

    def otherwise(self, other: "Leaf") -> "Leaf":
        """Rows without a text with what `other` has in them."""
        return self.put(~self.there & other.there, other)

    def changed(self, work: Callable[[pd.Series], pd.Series]) -> "Leaf":
        """Every text as `work` makes it of the distinct ones; null: none."""
        made = work(self.names)
        return self if made is self.names else Leaf.of(self.codes, made)

    def spread(self, values: npt.NDArray[Any], absent: Any) -> npt.NDArray[Any]:
        """One value for each distinct text as one for each row, `absent` where there is none."""
        return np.append(values, np.array([absent], values.dtype))[self.codes]

    def texts(self) -> pd.Series:
        """The text of each row; null where there is none."""
        return pd.Series(self.names.array.take(self.codes, allow_fill=True))

    def coded(self) -> pd.Series:
        """The same as a categorical."""
        return pd.Series(self.categorical(), copy=False)

    def categorical(self) -> pd.Categorical:
        """The same, not yet a column."""
        return pd.Categorical.from_codes(self.codes, pd.Index(self.names))


@dataclass(frozen=True)
class Rows:
    """Transactions as the file prints them.

    `leaves` by tag; `card`: of a card's statement; `pending`: in a list of pending ones; `cut`: the
    file ends inside.
    """

    leaves: Mapping[str, Leaf]
    card: Flags
    pending: Flags
    cut: Flags

    def __len__(self) -> int:
        return len(self.cut)

    def __getitem__(self, tag: str) -> Leaf:
        return self.leaves[tag]

    def at(self, rows: Flags) -> "Rows":
        """Some of the transactions."""
        if rows.all():
            return self
        leaves = {tag: leaf.at(rows) for tag, leaf in self.leaves.items()}
        return Rows(leaves, self.card[rows], self.pending[rows], self.cut[rows])
