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
    data = _data()
    public = [re.escape(word) for word in data["public"]]
    stands_for = {
        "{trade}": data["trades"], "{before}": [*data["before"], *public], "{after}": public,
    }  # fmt: skip
    out: list[tuple[re.Pattern[str], str | None, str | None]] = []
    for entry in data["merchant"]:
        name = None if entry["name"] == "none" else entry["name"]
        whole = "|".join(f"(?:{p})" for p in entry["patterns"])
        for key, words in stands_for.items():
            whole = whole.replace(key, f"(?:{'|'.join(words)})")
        out.append((re.compile(whole), name, entry.get("strength")))
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
    """`merchant` and `merchant_strength` (categoricals, null where none) per row; distinct texts
    once.
    """
    codes, uniques = distinct(descriptions)
    texts = uniques.tolist()
    folded = [text if text.isascii() else fold(text) for text in texts]
    likely = np.flatnonzero(saying([text.upper() for text in folded], _data()["needed"]))
    found = {number: merchant_of(texts[number]) for number in likely}
    out = {}
    for at, name in enumerate(("merchant", "merchant_strength")):
        told = [pair[at] for pair in found.values()]
        names = sorted({one for one in told if one is not None})
        place = np.full(len(texts), -1, np.int8)
        place[list(found)] = [-1 if one is None else names.index(one) for one in told]
        coded = pd.Categorical.from_codes(place[codes], pd.Index(names, dtype="str"))
        out[name] = pd.Series(coded, descriptions.index)
    return pd.DataFrame(out)
