"""Which merchant a descriptor names; look-alikes are named too, so that they never match."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from reconcile.distinct import distinct
from reconcile.money import fold
from reconcile.search import saying

ALIEXPRESS = "aliexpress"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("reconcile").joinpath("merchants.toml").read_text("utf-8"))


@cache
def _rules() -> list[tuple[re.Pattern[str], str | None, str | None]]:
    out: list[tuple[re.Pattern[str], str | None, str | None]] = []
    for entry in _data()["merchant"]:
        name = None if entry["name"] == "none" else entry["name"]
        pattern = re.compile("|".join(f"(?:{p})" for p in entry["patterns"]))
        out.append((pattern, name, entry.get("strength")))
    return out


def normalise(descriptor: str) -> str:
    """A descriptor as compared: half-width, upper case, dots, commas and stars as blanks."""
    return re.sub(r"[\s.,*]+", " ", fold(descriptor).upper()).strip()


def merchant_of(descriptor: str) -> tuple[str | None, str | None]:
    """(merchant, 'certain' or 'weak') of one descriptor; (None, None) for all others."""
    text = normalise(descriptor)
    for pattern, name, strength in _rules():
        if pattern.search(text):
            return name, strength
    return None, None


@cache
def _public() -> frozenset[str]:
    return frozenset(_data()["public"])


def shown(descriptor: str) -> str:
    """A merchant's descriptor for others to see: words of its own stay, and "…" stands for all else
    (names, numbers, sums and addresses of the buyer).
    """
    # 利用国LUX and the like: what a script ends, a word ends.
    words = re.compile(r"[A-Z0-9]+|[^\W_A-Z0-9]+", re.IGNORECASE)

    def seen(found: re.Match[str]) -> str:
        return found[0] if found[0].upper() in _public() else "…"

    return re.sub(r"…(?:[\W_]*…)*", "…", words.sub(seen, fold(descriptor)))


def match(descriptions: pd.Series) -> pd.DataFrame:
    """`merchant` and `merchant_strength` (text, null where none) per row; distinct texts once."""
    codes, uniques = distinct(descriptions)
    texts = uniques.tolist()
    folded = texts if "".join(texts).isascii() else [fold(text) for text in texts]
    # Few rows are a merchant's: they are filled into columns that are null otherwise.
    likely = np.flatnonzero(saying([text.upper() for text in folded], _data()["needed"]))
    found = [(number, *merchant_of(texts[number])) for number in likely]
    found = [one for one in found if one[1] is not None]
    place = np.full(len(texts), -1)
    place[[number for number, _, _ in found]] = np.arange(len(found))
    rows = np.flatnonzero(place[codes] >= 0) if len(texts) else np.zeros(0, np.int64)
    out = {}
    for at, name in enumerate(("merchant", "merchant_strength"), start=1):
        column = pd.Series(None, index=descriptions.index, dtype="str")
        told = np.array([one[at] for one in found], dtype=object)
        column.iloc[rows] = told[place[codes[rows]]]
        out[name] = column
    return pd.DataFrame(out)
