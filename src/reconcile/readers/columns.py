"""The columns of one statement by ledger field, as text."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass
class Columns:
    """Cells, where each field stands in them, and what notes and extracts say instead.

    `blank` lists texts that stand for an empty cell. Only the rows `rows` count, where given; their
    cells are copied when they are asked for.
    """

    cells: pd.DataFrame
    positions: dict[str, list[int]]
    extra: dict[str, pd.Series]
    blank: tuple[str, ...] = ()
    rows: npt.NDArray[np.int64] | None = None

    @property
    def index(self) -> pd.Index:
        """The numbers of the rows."""
        return self.cells.index if self.rows is None else self.cells.index[self.rows]

    def has(self, name: str) -> bool:
        """Whether anything may fill the field."""
        return name in self.extra or bool(self.positions.get(name))

    def text(self, name: str) -> pd.Series:
        """Text of a field: from its first column with content, else from a note; else empty."""
        where = self.positions.get(name, [])
        if where:
            out = self._cell(where[0])
            for position in where[1:]:
                filled = out.str.strip().ne("")
                if not filled.all():
                    out = out.astype(object).where(filled, self._cell(position).astype(object))
        else:
            out = pd.Series("", index=self.index, dtype=object)
        if name in self.extra:
            out = self.extra[name].where(self.extra[name].notna(), out.astype(object))
        return out

    def place(self, name: str) -> npt.NDArray[np.int8]:
        """Which column of a field `text` is taken from; 0 where none has content."""
        out = np.zeros(len(self.index), np.int8)
        for number, position in reversed(list(enumerate(self.positions.get(name, [])))):
            out[self._cell(position).str.strip().ne("").to_numpy(np.bool_)] = number
        return out

    def _cell(self, position: int) -> pd.Series:
        cells = self.cells[position]
        cells = cells if self.rows is None else cells.iloc[self.rows]
        if not self.blank:
            return cells
        blank = cells.str.strip().isin(self.blank)
        return cells.astype(object).mask(blank, "") if blank.any() else cells

    def fill(self, name: str, values: pd.Series) -> None:
        """Take `values` (by row; null: nothing said) for a field, keeping what was said before."""
        if not values.index.is_unique:
            values = values.groupby(level=0).first()
        values = values.reindex(self.index)
        self.extra[name] = self.extra[name].fillna(values) if name in self.extra else values

    def of(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Columns":
        """The columns of some rows only (a mask or positions)."""
        extra = {name: values.iloc[rows] for name, values in self.extra.items()}
        kept = np.arange(len(self.cells))[rows] if self.rows is None else self.rows[rows]
        return replace(self, extra=extra, rows=kept)
