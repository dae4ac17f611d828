"""The tags of an OFX text and what stands between them, found without a step for each of them.

A tag begins at a `<` and ends at the first `>`, with no other `<` between. So the places of these
two signs are enough to find all of them at once, as bytes in UTF-8, where no other character holds
such a byte. What stands between two places is compared eight bytes at a time and becomes a text
only once for each distinct content.
"""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers.ofx_leaf import Flags, Leaf, Positions

# What stands inside the brackets of a tag.
_INSIDE = re.compile(r"(/?[A-Za-z][\w.:-]*)(?:\s[^<>]*)?/?")
# `<` and `>` differ in one bit.
_BRACKET, _BUT_THE_BIT = ord("<"), 0xFD
_UNUSED, _NO_TAG = -1, -2
# What fits into the processor's caches is worked on several times faster: bytes, tags.
_PIECE, _AT_ONCE = 2**17, 2**16
# Longer contents are compared as texts.
_WORDS = 5
# What makes of a word with so many bytes of its own one that no other bytes make: the others become
# 0xFF, which UTF-8 does not have.
_BEHIND = np.array([(2**64 - 1) >> 8 * n << 8 * n for n in range(8)] + [0], np.uint64)
_SPACE = np.isin(np.arange(256), np.frombuffer(b" \t\r\n", np.uint8))


class Tags:
    """The tags of a text whose names are among `used`, in order, each as a small number.

    A namespace prefix or small letters change nothing about a tag.
    """

    def __init__(self, text: str, used: set[str]) -> None:
        # Some codecs make lone surrogates, which only this way can be encoded.
        data = text.encode("utf-8", "surrogatepass")
        self._spans = _Spans(data, text if text.isascii() else None)
        self._known = {name: code for code, name in enumerate(sorted(used))}
        self._code_of: dict[str, int] = {}
        self.intuit = False
        marks = self._spans.brackets()
        opens = self._spans.bytes[marks] == _BRACKET
        first = np.flatnonzero(opens[:-1] & ~opens[1:])
        parts = [first[at : at + _AT_ONCE] for at in range(0, max(len(first), 1), _AT_ONCE)]
        code = np.concatenate([self._named(marks[part] + 1, marks[part + 1]) for part in parts])
        if (code == _NO_TAG).any():
            first, code = first[code != _NO_TAG], code[code != _NO_TAG]
        kept = np.flatnonzero(code >= 0)
        self._codes = code[kept]
        # A value is the text from its tag to the next tag, of whatever name.
        self._from = marks[first[kept] + 1] + 1
        self._to = np.append(marks[first[1:]], len(data))[kept]

    def _named(self, begin: Positions, end: Positions) -> npt.NDArray[np.int16]:
        """The numbers of what stands in some pairs of brackets."""
        inside, contents = self._spans.distinct(begin, end)
        codes = [self._code(content) for content in contents]
        return np.array(codes, np.int16)[inside]

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
        codes, texts = self._spans.distinct(begin, self._spans.trimmed(begin, end))
        bare = [text.strip() for text in texts]
        if bare == texts and "" not in bare:
            return Leaf(codes, pd.Series(bare, dtype="str"))
        return Leaf.of(codes, [text or None for text in bare])


class _Spans:
    """Parts of a text by their places in its bytes; `plain`: the text, if it is all ASCII."""

    def __init__(self, data: bytes, plain: str | None) -> None:
        self._data, self._plain = data + bytes(8 * _WORDS), plain
        self.bytes = np.frombuffer(self._data, np.uint8, len(data))
        # The eight bytes from each place on, as one number.
        self._words = np.ndarray((len(data) + 8 * _WORDS - 7,), "<u8", self._data, strides=(1,))

    def brackets(self) -> Positions:
        """The places of all `<` and `>`."""
        return np.concatenate([
            at + np.flatnonzero((self.bytes[at : at + _PIECE] & _BUT_THE_BIT) == _BRACKET)
            for at in range(0, max(len(self.bytes), 1), _PIECE)
        ])  # fmt: skip

    def distinct(self, begin: Positions, end: Positions) -> tuple[Positions, list[str]]:
        """Which of the distinct contents each part has, and those."""
        length = end - begin
        codes, count = np.zeros(len(begin), np.int64), 1
        for step in range(_WORDS):
            more = np.flatnonzero((length > 8 * step) & (length <= 8 * _WORDS))
            if not len(more):
                break
            at = begin[more] + 8 * step
            word = self._words[at] | _BEHIND[np.minimum(end[more] - at, 8)]
            place, words = pd.factorize(word)
            if step:
                place, words = pd.factorize(codes[more] * len(words) + place)
            codes[more] = count + place
            count += len(words)
        long = np.flatnonzero(length > 8 * _WORDS)
        if len(long):
            contents = [self._data[a:b] for a, b in _pairs(begin[long], end[long])]
            codes[long] = count + pd.factorize(np.array(contents, object))[0]
        codes = pd.factorize(codes)[0]
        # Numbers are given out in order, so that each stands first where none was as large.
        first = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
        return codes, self._cut(begin[first], end[first])

    def trimmed(self, begin: Positions, end: Positions) -> Positions:
        """The ends without the line break that nearly all parts, or none, have before them."""
        for _ in range(2):
            space = (end > begin) & _SPACE[self.bytes[end - 1]]
            if not space.any():
                break
            end = end - space
        return end

    def _cut(self, begin: Positions, end: Positions) -> list[str]:
        if self._plain is not None:
            return [self._plain[a:b] for a, b in _pairs(begin, end)]
        cut = [self._data[a:b] for a, b in _pairs(begin, end)]
        return [part.decode("utf-8", "surrogatepass") for part in cut]


def _pairs(begin: Positions, end: Positions) -> "zip[tuple[int, int]]":
    return zip(begin.tolist(), end.tolist(), strict=True)


def _bare(tag: str) -> str:
    slash = "/" if tag.startswith("/") else ""
    return slash + tag.lstrip("/").rpartition(":")[2].upper()
