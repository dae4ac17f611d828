"""Distinct texts looked through for words and patterns, all at once instead of one by one."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct

_FEW = 200  # fewer texts are searched one by one
# What could keep a pattern from matching in a text that others stand before and behind.
_LOOKS_AROUND = re.compile(r"\(\?<?!|\(\?>|[*+?}]\+|\\[AZ]")
_ONE_DIGIT = str.maketrans("123456789", "000000000")
# Parts of a pattern that hold digits and yet take any digit, or none, for what they stand for.
_NO_DIGIT = re.compile(r"\{\d*,?\d*\}|0-9")
_DIGIT = re.compile(r"\d|\(\?P=")
# Ways to name a digit that look like none: by its name, and between braces inside a class.
_HIDDEN = re.compile(r"\\N|\[[^\]]*\{")


def holding(texts: Sequence[str], pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """In which texts the pattern is found.

    All are searched as one text first, which takes a fraction of the time where few hold it.
    """
    search, out = pattern.search, np.zeros(len(texts), np.bool_)
    if len(texts) < _FEW or _LOOKS_AROUND.search(pattern.pattern):
        out[:] = [search(text) is not None for text in texts]
        return out
    ends = np.cumsum([len(text) + 1 for text in texts])
    lines = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
    spans = [found.span() for found in lines.finditer("\n".join(texts))]
    if not spans:
        return out
    first, last = np.searchsorted(ends, np.array(spans), side="right").T
    for number in {n for a, b in zip(first, last, strict=True) for n in range(a, b + 1)}:
        if number < len(texts):
            out[number] = search(texts[number]) is not None
    return out


def saying(texts: Sequence[str], words: Iterable[str]) -> npt.NDArray[np.bool_]:
    """In which texts any of the words stands, letter by letter; no word holds a line break."""
    out = np.zeros(len(texts), np.bool_)
    every = "\n".join(texts)
    at = [found for word in words for found in _places(every, word)]
    if at:
        ends = np.cumsum([len(text) + 1 for text in texts])
        out[np.searchsorted(ends, np.array(at), side="right")] = True
    return out


def _places(every: str, word: str) -> Iterator[int]:
    at = every.find(word)
    while at >= 0:
        yield at
        # One place in a text is enough: on with the next.
        at = every.find("\n", at)
        at = every.find(word, at) if at >= 0 else -1


class Texts:
    """Texts to be looked through more than once.

    Most texts of a long statement differ by their digits alone (`LAWSON 10384`, `LAWSON 22917`).
    What tells no digit from another finds the same in all of them, so it looks at one.
    """

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    @cached_property
    def _alike(self) -> tuple[npt.NDArray[np.intp], list[str]]:
        """Which of the texts with every digit a 0 each text is, and those."""
        same = "\n".join(self.texts).translate(_ONE_DIGIT).split("\n")
        if len(same) != len(self.texts):  # some hold line breaks
            same = [text.translate(_ONE_DIGIT) for text in self.texts]
        codes, found = pd.factorize(np.array(same, dtype=object))
        return codes, found.tolist()

    def holding(self, pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
        """In which texts the pattern is found; see `holding`."""
        told = pattern.pattern
        tells_digits = _DIGIT.search(_NO_DIGIT.sub("", told)) or _HIDDEN.search(told)
        if tells_digits or len(self.texts) < _FEW:
            return holding(self.texts, pattern)
        codes, alike = self._alike
        return holding(alike, pattern)[codes]

    def meaning(self, find: Callable[[list[str]], npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
        """Which texts `find` picks, which tells no digit from another."""
        codes, alike = self._alike
        return find(alike)[codes]


class Seen:
    """The texts of a statement's columns, looked through before or not."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[pd.Index, Texts]] = {}

    def of(
        self, column: pd.Series, plain: Callable[[pd.Series], pd.Series]
    ) -> tuple[npt.NDArray[np.intp], Texts]:
        """Which of its distinct texts each row of a column has, and those in plain form.

        A categorical's texts are known again by their index, which all its rows share.
        """
        codes, names = distinct(column)
        whole = isinstance(column.dtype, pd.CategoricalDtype)
        index = column.cat.categories if whole else None
        if index is None or len(index) != len(names):
            return codes, Texts(plain(names).tolist())
        if id(index) not in self._known:
            self._known[id(index)] = (index, Texts(plain(names).tolist()))
        return codes, self._known[id(index)][1]
