"""The body of a statement that no layout knows, and what is known of it so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from reconcile.readers import fields

Columns = dict[str, list[int]]
# Amounts that a statement may print, in the order in which they tell formats and currency.
MONEY = ("amount", "debit", "credit", "balance", "original_amount")
# Rows in which words and balances are looked for; formats are told from all rows.
SAMPLE = 5000


def in_use(columns: Mapping[str, Sequence[int]]) -> set[int]:
    """The positions of all columns that are taken for something."""
    return {at for where in columns.values() for at in where}


def title(titles: Sequence[str], at: int) -> str:
    """What stands over a column; empty where nothing does."""
    return titles[at] if at < len(titles) else ""


@dataclass(frozen=True)
class Table:
    """The body of a statement, its header (empty: none) and the columns found in it; `titles` is
    what stands over the columns, understood or not."""

    body: pd.DataFrame
    header: list[str]
    columns: Columns
    titles: Sequence[str] = ()
    seen: dict[int, pd.Series] = field(default_factory=dict)

    def texts(self, name: str) -> pd.Series:
        """Plain text of a field's first column; empty where there is none."""
        where = self.columns.get(name)
        if not where:
            return pd.Series(dtype="str")
        if where[0] not in self.seen:
            self.seen[where[0]] = fields.folded(self.body[where[0]])
        return self.seen[where[0]]

    @property
    def some(self) -> "Table":
        """The first rows alone."""
        return replace(self, body=self.body.head(SAMPLE), seen={})
