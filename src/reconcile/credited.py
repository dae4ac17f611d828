"""What money in from a merchant is by its words, where it is no refund that stands."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.merchants import normalise
from reconcile.search import Texts, holding

Bools = npt.NDArray[np.bool_]
# A credit taken back, or given anew, at another day's rate differs from the first by no more.
MARGIN = 0.1


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("reconcile").joinpath("credited.toml").read_text("utf-8"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    data = _data()
    whole = "|".join(data["sorts"].get(name) or data[name])
    sorts = [word for words in data["sorts"].values() for word in words]
    for key, words in (("credit", data["credit"]), ("back", data["back"]), ("sort", sorts)):
        whole = whole.replace(f"{{{key}}}", f"(?:{'|'.join(words)})")
    return re.compile(whole)


@cache
def surely_taken() -> re.Pattern[str]:
    """What money by which a credit is taken back is surely called, in plain text of any case."""
    return re.compile(f"(?i){_pattern('surely').pattern}")


def saying(descriptions: pd.Series, name: str) -> Bools:
    """Which descriptors hold the words that `credited.toml` lists under a name."""
    pattern = _pattern(name)

    def find(alike: list[str]) -> Bools:
        return holding([normalise(text) for text in alike], pattern)

    codes, names = distinct(descriptions)
    return Texts(names.tolist()).meaning(find)[codes]


def rewards(rows: pd.DataFrame) -> Bools:
    """Cash-back, points, offers and payouts, and the rows that take them back."""
    text, back = rows["description"], rows["amount"].lt(0).to_numpy(np.bool_)
    named = saying(text, "reward")
    if not named.any():
        return named
    undoes = saying(text, "reversed")
    given = back & named & ~saying(text, "refund")
    return (given & ~_bought(rows, ~back & ~undoes, given)) | (~back & named & undoes)


def _bought(rows: pd.DataFrame, charge: Bools, given: Bools) -> Bools:
    """Which of the rows `given` have the words of a `charge` of their account, where rows tell
    theirs: those words are a name, of a shop or of a card, and say nothing of the money.
    """
    out = np.zeros(len(rows), np.bool_)
    some = rows[charge | given]
    codes, names = distinct(some["description"])
    # Of such a name the numbers may differ from row to row.
    plain = np.array([re.sub(r"\d+", "0", normalise(text)) for text in names], dtype=object)
    key = pd.DataFrame({"words": plain[codes]})
    key["account"] = some["account"].astype("str").to_numpy() if "account" in rows else ""
    mine = charge[charge | given]
    key["charge"] = mine
    seen = key.groupby(["words", "account"], dropna=False)["charge"].transform("any").to_numpy()
    out[charge | given] = seen & ~mine
    return out


def takes_back(rows: pd.DataFrame) -> Bools:
    """Money out that takes a credit back."""
    out = rows["amount"].gt(0).to_numpy(np.bool_, copy=True)
    out[out] = saying(rows.loc[out, "description"], "taken")
    return out


def nameless(descriptions: pd.Series) -> Bools:
    """Which of the texts that take a credit back name no shop."""
    codes, names = distinct(descriptions)
    rest = [re.sub(_pattern("around"), "", _pattern("taken").sub("", normalise(t))) for t in names]
    return np.array([re.search(r"[^\W\d_]{2}", text) is None for text in rest], np.bool_)[codes]


def kinds(rows: pd.DataFrame) -> pd.Series:
    """The kinds of a merchant's rows: money in is a refund and no payment; what is given for
    buying and what takes a credit back are adjustments.
    """
    kind = rows["kind"].astype("str")
    kind = kind.mask(rows["amount"].lt(0) & kind.eq("payment"), "refund")
    plain = kind.isin(["refund", "purchase"])
    return kind.mask(plain & (rewards(rows) | takes_back(rows)), "adjustment")
