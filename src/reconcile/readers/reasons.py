"""Why a record of a statement could not be used, said of all such records at once."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout
from reconcile.readers import fields
from reconcile.text import Message, masked

_LENGTH = 40


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
    for name in ("transaction_date", "posted_date"):
        for position in positions.get(name, [])[:1]:
            _dates(rows[position].astype("str").fillna(""), layout, out)
    for name in ("amount", "debit", "credit"):
        for position in positions.get(name, [])[:1]:
            _amounts(rows[position].astype("str").fillna(""), layout, out, every=name == "amount")
    none = Message("reason.no_amount", {"text": "", "decimal": layout.decimal})
    return [reason or none for reason in out]


def _dates(cells: pd.Series, layout: Layout, out: list[Message | None]) -> None:
    days = fields.dates(cells, layout.dates)
    expected = ", ".join(map(_shown, layout.dates))
    no_year = days.dt.year.eq(fields.NO_YEAR).to_numpy(np.bool_)
    for at in np.flatnonzero(days.isna().to_numpy(np.bool_) | no_year):
        if out[at] is None:
            cell = cells.iloc[at]
            text = masked(cell[:1000])[:_LENGTH]
            if no_year[at]:
                out[at] = Message("layout.no_year", {"text": text})
            else:
                code = "reason.date" if cell.strip() else "reason.no_date"
                out[at] = Message(code, {"text": text, "expected": expected})


def _amounts(cells: pd.Series, layout: Layout, out: list[Message | None], *, every: bool) -> None:
    for at, cell in enumerate(cells):
        if out[at] is None and (every or cell.strip()):
            code = "reason.amount" if cell.strip() else "reason.no_amount"
            text = masked(cell[:1000])[:_LENGTH]
            out[at] = Message(code, {"text": text, "decimal": layout.decimal})


def _shown(form: str) -> str:
    """A date format as people write it: `MM/DD/YYYY`."""
    words = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%b": "Mon", "%B": "Month"}
    for code, word in words.items():
        form = form.replace(code, word)
    return re.sub(r"[ T,]*%[HMSfIpz].*", "", form)
