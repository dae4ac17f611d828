"""The tags of an OFX text and what stands between them, found without a step for each of them.

A tag begins at a `<` and ends at the first `>`, with no other `<` between. So the places of these
two signs are enough to find all of them at once, as bytes in UTF-8, where no other character holds
such a byte.
"""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers.ofx_leaf import Flags, Leaf, Positions
from reconcile.readers.ofx_spans import Spans

# What stands inside the brackets of a tag.
_INSIDE = re.compile(r"(/?[A-Za-z][\w.:-]*)(?:\s[^<>]*)?/?")
_UNUSED, _NO_TAG = -1, -2


class Tags:
    """The tags of a text whose names are among `used`, in order, each as a small number.

    A namespace prefix or small letters change nothing about a tag.
    """

    def __init__(self, text: str, used: set[str]) -> None:
        self._spans = Spans(text)
        self._known = {name: code for code, name in enumerate(sorted(used))}
        self._code_of: dict[str, int] = {}
        self.intuit = False
        none = np.zeros(0, np.intp)
        codes, begins, ends = [none.astype(np.int16)], [none], [none]
        for marks, opens in self._spans.brackets():
            first = np.flatnonzero(opens[:-1] & ~opens[1:])
            code = self._named(marks[first] + 1, marks[first + 1])
            if (code == _NO_TAG).any():
                first, code = first[code != _NO_TAG], code[code != _NO_TAG]
            if not len(first):
                continue
            # A value is the text from its tag to the next tag, of whatever name.
            starts = marks[first]
            ends[-1][ends[-1] < 0] = starts[0]
            kept = np.flatnonzero(code >= 0)
            codes.append(code[kept])
            begins.append(marks[first[kept] + 1] + 1)
            ends.append(np.append(starts[1:], -1)[kept])
        ends[-1][ends[-1] < 0] = self._spans.length
        self._codes = np.concatenate(codes)
        self._from, self._to = np.concatenate(begins), np.concatenate(ends)

    def _named(self, begin: Positions, end: Positions) -> npt.NDArray[np.int16]:
        """The numbers of what stands in some pairs of brackets."""
        inside, first = self._spans.distinct(begin, end)
        contents = self._spans.texts(begin[first], end[first])
        return np.array([self._code(content) for content in contents], np.int16)[inside]

    def _code(self, content: str) -> int:
        if content not in self._code_of:
            found = _INSIDE.fullmatch(content)
            name = _bare(found[1]) if found else ""
            self.intuit |= name.startswith("INTU.")
            self._code_of[content] = self._known.get(name, _UNUSED) if found else _NO_TAG
        return self._code_of[content]

    def __len__(self) -> int:
        return len(self._codes)

    def at(self, *names: str) -> Flags:
        """Which tags have one of these names."""
        flags = np.zeros(len(self), np.bool_)
        for name in names:
            flags |= self._codes == self._known[name]
        return flags

    def count(self, name: str) -> int:
        """How many tags have this name."""
        return int(self.at(name).sum())

    def values(self, where: Positions) -> Leaf:
        """The texts behind these tags, without outer spaces; none where nothing is left."""
        begin, end = self._from[where], self._to[where]
        end = self._spans.trimmed(begin, end)
        codes, first = self._spans.distinct(begin, end)
        begin, end = begin[first], end[first]
        texts = self._spans.texts(begin, end)
        if self._spans.stripped(begin, end):
            return Leaf(codes, pd.Series(texts, dtype="str"))
        return Leaf.of(codes, [text.strip() or None for text in texts])


def _bare(tag: str) -> str:
    slash = "/" if tag.startswith("/") else ""
    return slash + tag.lstrip("/").rpartition(":")[2].upper()
