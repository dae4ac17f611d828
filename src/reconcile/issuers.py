"""The dated table of issuers' foreign-transaction fees."""

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("reconcile").joinpath("issuers.toml").read_text("utf-8"))


def known() -> list[str]:
    """Issuers with an entry, by key."""
    return sorted(_table())


def fees(issuer: str | None, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    """The issuer's fee on each day as a fraction (0.022); NaN where the table does not tell."""
    out = np.full(len(days), np.nan)
    entry = _table().get(issuer or "")
    for row in entry["fees"] if entry else []:
        if row["network"] == "any":
            out[days >= np.datetime64(row["start"])] = row["fee"]
    return out


def fee_on(issuer: str | None, day: dt.date) -> float | None:
    """The issuer's fee on one day, or None."""
    value = fees(issuer, np.array([day], dtype="datetime64[D]"))[0]
    return None if np.isnan(value) else float(value)
