"""A DataFrame to ledger rows: its cells become the text that they would be in a CSV file, and are
read as such, so that both give the same."""

import datetime as dt
import hashlib
import re
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.errors import InputError
from reconcile.layout import Layout, find_column, plain
from reconcile.ledger import Source
from reconcile.readers import fields
from reconcile.readers.text import RawTable

NAME = "DataFrame"
# Columns of money, and the column that names their currency.
_MONEY = {
    "amount": "currency", "debit": "currency", "credit": "currency", "fee_amount": "currency",
    "original_amount": "original_currency",
}  # fmt: skip
_MOST_PLACES = 4


def raw_table(frame: pd.DataFrame) -> tuple[RawTable, Source]:
    """The cells of a frame as text below a row of its column names, and where they come from.

    Decimals, integers, texts, days and floats are written exactly as they are; null becomes empty.
    The index is left out. `line` counts as in a CSV file: the first row stands on line 2. Raises
    `InputError` for a frame without rows or columns, with levels of columns, or with a cell that is
    no text, number or day.
    """
    if frame.columns.nlevels > 1:
        raise InputError("frame_levels", file=NAME)
    if frame.empty:
        raise InputError("empty", file=NAME)
    texts = [_texts(frame.iloc[:, at], str(name)) for at, name in enumerate(frame.columns)]
    cells = pd.DataFrame(
        {
            at: [str(name), *column]
            for at, (name, column) in enumerate(zip(frame, texts, strict=True))
        },
        dtype=object,
    )
    count = len(cells)
    raw = RawTable(
        cells, np.arange(1, count + 1), np.ones(count, np.int64),
        np.full(count, cells.shape[1], np.int64), placed=True,
    )  # fmt: skip
    hashed = pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes()
    return raw, Source(NAME, hashlib.sha256(hashed).hexdigest(), "", "pandas")


def check_floats(
    frame: pd.DataFrame, raw: RawTable, known: Layout | None, given: str | None
) -> None:
    """Refuse binary floats that are no amount of their currency, such as 0.1 + 0.2.

    A float with at most as many decimals as the currency has is taken as the number it prints as.
    Where no layout is known, a float that no currency could have may be why. Raises `InputError`
    that names the first such float, its column and row; `given` is the billing currency.
    """
    body = raw.cells.iloc[1:].reset_index(drop=True)
    free = pd.Series(None, index=body.index, dtype="str")
    if known is None:
        for position in range(raw.width):
            _refuse(frame, body, position, free)
        return
    header = [plain(str(name)) for name in frame.columns]
    at = {name: find_column(refs, header, raw.width) for name, refs in known.columns}
    for name, of in _MONEY.items():
        for position in at.get(name, [])[:1]:
            code = free if of == "original_currency" else free.fillna(known.currency or given)
            for where in at.get(of, [])[:1]:
                code = fields.currencies(body[where]).astype("str").fillna(code)
            _refuse(frame, body, position, code)


def _refuse(frame: pd.DataFrame, body: pd.DataFrame, position: int, code: pd.Series) -> None:
    """Raise for the first float of a column with more decimals than its currency has."""
    inexact = _floats(frame.iloc[:, position])
    if not inexact.any():
        return
    places = body[position].astype("str").str.extract(r"\.(\d+)$", expand=False).str.len()
    allowed = code.map(money.decimals, na_action="ignore").fillna(_MOST_PLACES)
    bad = np.flatnonzero(inexact & places.fillna(0).gt(allowed).to_numpy(np.bool_))
    if len(bad):
        row = int(bad[0])
        column, text = str(frame.columns[position]), body[position][row]
        raise InputError("frame_float", file=NAME, column=column, row=row, text=text)


def _floats(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Which cells are binary floats."""
    if pd.api.types.is_float_dtype(column):
        return column.notna().to_numpy(np.bool_)
    if column.dtype != object:
        return np.zeros(len(column), np.bool_)
    return column.map(lambda value: isinstance(value, float | np.floating)).to_numpy(np.bool_)


def _texts(column: pd.Series, name: str) -> list[str]:
    """A column's cells as text, null as empty."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        # The categories' own type may have no null.
        column = column.astype(object if column.hasnans else column.cat.categories.dtype)
    if pd.api.types.is_datetime64_any_dtype(column):
        return list(column.dt.strftime("%Y-%m-%d").fillna("").astype(object))
    if pd.api.types.is_integer_dtype(column) or isinstance(column.dtype, pd.StringDtype):
        return list(column.astype("str").fillna("").astype(object))
    # Floats repeat, and each prints the same; other objects are what Python makes of them.
    codes, values = pd.factorize(column) if pd.api.types.is_float_dtype(column) else (None, column)
    done = [_text(value, name, row) for row, value in enumerate(values)]
    if codes is None:
        return done
    return list(np.array([*done, ""], dtype=object)[codes])


def _text(value: Any, name: str, row: int) -> str:
    """One cell as it would stand in a CSV file."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, dt.date):  # a datetime is one too
        return value.isoformat()[:10]
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, float | np.floating | Decimal) and np.isnan(float(value)):
        return ""
    if isinstance(value, float | np.floating) and np.isfinite(value):
        # The shortest text that names this float; "48.0" is what pandas makes of a whole number.
        return re.sub(r"\.0+$", "", f"{Decimal(str(value)):f}")
    raise InputError("frame_cell", file=NAME, column=name, row=row, type=type(value).__name__)
