"""The ids of movements: hashes of what they are, so that every run gives the same."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.ledger import spelled

# What a movement is, beside its account.
_IDENTITY = (
    "transaction_date", "posted_date", "amount", "currency", "description", "reference",
)  # fmt: skip
# Rows that show whether the texts of a column mostly differ.
_SAMPLE = 1000
_NULL_HASH = np.uint64(2**64 - 1)


def numbers(
    rows: pd.DataFrame, labels: pd.Series, place: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The ids as numbers: a hash of what a movement is, and its number among its equals."""
    base = labels.str.replace(r"#\d+$", "", regex=True)
    codes, names = pd.factorize(base)
    # OFX repeats FITIDs across months in some converters, so the reference is only one part.
    account = pd.Categorical.from_codes(codes[place], categories=names)
    keys = [pd.Series(account), *(rows[name] for name in _IDENTITY)]
    key = _combined([_hashed(column) for column in keys])
    nth = np.zeros(len(rows), np.uint64)
    ranked = np.sort(key)
    # Twins are few: to look for their keys takes a fraction of what it takes to compare all rows.
    twins = np.flatnonzero(np.isin(key, np.unique(ranked[1:][ranked[1:] == ranked[:-1]])))
    if len(twins):
        some = spelled(rows.iloc[twins][["account", "file", "line"]])
        some = some.assign(_key=key[twins], _row=twins)
        some = some.sort_values(["account", "file", "line"], kind="stable", na_position="last")
        nth[some["_row"]] = some.groupby("_key", sort=False).cumcount()
    return pd.util.hash_array(key ^ pd.util.hash_array(nth))


def _hashed(column: pd.Series) -> npt.NDArray[Any]:
    """A number for each value, the same whether texts come as texts or as a categorical."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        # References mostly differ: to look for equal ones first takes longer than to hash them all.
        # Null has one hash among equal texts and another among all, so a column with it stays.
        some = column.iloc[:_SAMPLE]
        once = some.dtype == "str" and some.nunique() > 0.9 * len(some) and column.notna().all()
        return pd.util.hash_pandas_object(column, index=False, categorize=not once).to_numpy()
    # Categories are distinct, and null, whose code is -1, has the number that pandas gives it.
    hashes = pd.util.hash_array(column.cat.categories.to_numpy(object), categorize=False)
    return np.append(hashes, _NULL_HASH)[column.cat.codes.to_numpy()]


def _combined(hashes: list[npt.NDArray[Any]]) -> npt.NDArray[np.uint64]:
    """One number per row, as `pd.util.hash_pandas_object` combines those of a frame's columns."""
    out = np.full(len(hashes[0]), 0x345678, np.uint64)
    factor = 1_000_003
    for left, column in zip(range(len(hashes), 0, -1), hashes, strict=True):
        out = (out ^ column) * np.uint64(factor)
        factor += 82_520 + 2 * left
    return out + np.uint64(97_531)


def hex_ids(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.object_]:
    """Numbers as the 16 hex digits of ids."""
    text = numbers.astype(">u8").tobytes().hex(" ", 8)
    return np.array(text.split(" ") if text else [], dtype=object)
