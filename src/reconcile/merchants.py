"""Which merchant a descriptor names; look-alikes are named too, so that they never match."""

import re
import tomllib
from functools import cache
from importlib.resources import files

import pandas as pd

from reconcile.money import fold

ALIEXPRESS = "aliexpress"


@cache
def _rules() -> list[tuple[re.Pattern[str], str | None, str | None]]:
    data = tomllib.loads(files("reconcile").joinpath("merchants.toml").read_text("utf-8"))
    out: list[tuple[re.Pattern[str], str | None, str | None]] = []
    for entry in data["merchant"]:
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


def match(descriptions: pd.Series) -> pd.DataFrame:
    """`merchant` and `merchant_strength` (text, null where none) per row; distinct texts once."""
    codes, uniques = pd.factorize(descriptions, use_na_sentinel=False)
    found = [merchant_of("" if pd.isna(text) else str(text)) for text in uniques]
    table = pd.DataFrame(found, columns=["merchant", "merchant_strength"], dtype="str")
    return table.take(codes).set_axis(descriptions.index)
