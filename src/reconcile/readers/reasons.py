"""Why a record of a statement could not be used, said of all such records at once."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout
from reconcile.money import decimals, parse_unique
from reconcile.readers import fields
from reconcile.text import Message, masked

_LENGTH = 40
# As many as any amount has whose currency is not known.
_MOST_PLACES = 3


def reasons(
    rows: pd.DataFrame,
    positions: Mapping[str, Sequence[int]],
    layout: Layout,
    known: Mapping[str, npt.NDArray[np.bool_]],
) -> list[Message]:
    """One reason per record: the first of its date and amount that cannot be read.

    `rows` are cells as text; `known` maps message codes to the records that they are already known
    to hold for.
    """
    out: list[Message | None] = [None] * len(rows)
    for code, flags in known.items():
        for at in np.flatnonzero(flags):
            out[at] = out[at] or Message(code)
    written = [
        rows[position].astype("str").fillna("")
        for name in ("transaction_date", "posted_date")
        for position in positions.get(name, [])[:1]
    ]
    days = [fields.dates(texts, layout.dates) for texts in written]
    # One of two days is enough for a row, so that the other is not to blame.
    dated = np.zeros(len(rows), np.bool_)
    for day in days:
        dated |= (day.notna() & day.dt.year.ne(fields.NO_YEAR)).to_numpy(np.bool_)
    for texts, day in zip(written, days, strict=True):
        _dates(texts, day, layout, out, dated)
    cells = {
        name: rows[position].astype("str").fillna("")
        for name in ("amount", "debit", "credit")
        for position in positions.get(name, [])[:1]
    }
    # Of money out and money in, the one that cannot be read is to blame, not the one beside it.
    for texts in cells.values():
        _amounts(texts, layout, out, _unreadable(texts, layout))
    for name, texts in cells.items():
        _amounts(texts, layout, out, texts.str.strip().ne("") | (name == "amount"))
    none = Message("reason.no_amount", {"text": "", "decimal": layout.decimal})
    return [reason or none for reason in out]


def _dates(
    cells: pd.Series,
    days: pd.Series,
    layout: Layout,
    out: list[Message | None],
    dated: npt.NDArray[np.bool_],
) -> None:
    expected = ", ".join(map(_shown, layout.dates))
    no_year = days.dt.year.eq(fields.NO_YEAR).to_numpy(np.bool_)
    for at in np.flatnonzero((days.isna().to_numpy(np.bool_) | no_year) & ~dated):
        if out[at] is None:
            cell = cells.iloc[at]
            text = masked(cell[:1000])[:_LENGTH]
            if no_year[at]:
                out[at] = Message("layout.no_year", {"text": text})
            else:
                code = "reason.date" if cell.strip() else "reason.no_date"
                out[at] = Message(code, {"text": text, "expected": expected})


def _unreadable(cells: pd.Series, layout: Layout) -> pd.Series:
    """Cells that hold something, and no amount of the layout's currency."""
    places = decimals(layout.currency) if layout.currency else _MOST_PLACES
    _, good = parse_unique(cells, places, layout.decimal, layout.group)
    return cells.str.strip().ne("") & ~good


def _amounts(cells: pd.Series, layout: Layout, out: list[Message | None], told: pd.Series) -> None:
    for at, (cell, blamed) in enumerate(zip(cells, told, strict=True)):
        if out[at] is None and blamed:
            code = "reason.amount" if cell.strip() else "reason.no_amount"
            text = masked(cell[:1000])[:_LENGTH]
            out[at] = Message(code, {"text": text, "decimal": layout.decimal})


def _shown(form: str) -> str:
    """A date format as people write it: `MM/DD/YYYY`."""
    words = {
        "%Ey": "YYY",
        "%EY": "YYYY",
        "%Oy": "YY",
        "%Y": "YYYY",
        "%y": "YY",
        "%m": "MM",
        "%d": "DD",
        "%b": "Mon",
        "%B": "Month",
    }
    for code, word in words.items():
        form = form.replace(code, word)
    return re.sub(r"[ T,]*%[HMSfIpz].*", "", form)
