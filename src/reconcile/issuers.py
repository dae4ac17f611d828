"""The dated table of issuers: foreign-transaction fees by network, refund modes, networks."""

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from reconcile.clock import Closing

# A fee whose start no source tells holds from the first day on.
_ALWAYS = dt.date(1, 1, 1)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("reconcile").joinpath("issuers.toml").read_text("utf-8"))


def known() -> list[str]:
    """Issuers with an entry, by key."""
    return sorted(_table())


def network(issuer: str | None) -> str | None:
    """The network of all cards of an issuer, where it has but one."""
    found = _table().get(issuer or "", {}).get("network")
    return None if found is None else str(found)


def refund_mode(issuer: str | None) -> tuple[str, str] | None:
    """The refund mode that the issuer is known for, and the strength of its source (V, S, U)."""
    found = _table().get(issuer or "", {}).get("refund_mode")
    return None if found is None else (str(found["mode"]), str(found["strength"]))


def _rows(issuer: str | None, network: str | None) -> list[dict[str, Any]]:
    """The fees of an issuer on a network, oldest first; without rows of its own, those of `any`."""
    rows = _table().get(issuer or "", {}).get("fees", [])
    mine = [row for row in rows if row["network"] == network]
    mine = mine or [row for row in rows if row["network"] == "any"]
    return sorted(mine, key=lambda row: row.get("start", _ALWAYS))


def fees(
    issuer: str | None, days: npt.NDArray[np.datetime64], network: str | None = None
) -> npt.NDArray[np.float64]:
    """The issuer's fee on each day of processing as a fraction (0.022); NaN where not known."""
    out = np.full(len(days), np.nan)
    for row in _rows(issuer, network):
        out[days >= np.datetime64(row.get("start", _ALWAYS))] = row["fee"]
    return out


def period(
    issuer: str | None, days: npt.NDArray[np.datetime64], network: str | None = None
) -> npt.NDArray[np.int64]:
    """Which of the issuer's dated fees holds on each day: their number until then, 0 before all."""
    starts = [row.get("start", _ALWAYS) for row in _rows(issuer, network)]
    out = np.zeros(len(days), np.int64)
    for start in starts:
        out += days >= np.datetime64(start)
    return out


def strength(issuer: str | None, day: dt.date, network: str | None = None) -> str | None:
    """How strong the source of the fee on that day is (V, S or U); None without a fee."""
    past = [row for row in _rows(issuer, network) if row.get("start", _ALWAYS) <= day]
    return str(past[-1]["strength"]) if past else None


def closing(issuer: str | None) -> Closing | None:
    """When the issuer's month closes and is paid, where it is the same for all its cards."""
    entry = _table().get(issuer or "")
    told = entry.get("closing") if entry else None
    return Closing(*told["days"]) if told else None
