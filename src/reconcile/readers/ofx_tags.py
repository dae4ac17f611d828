"""The tags of an OFX text and what stands between them, found without a step for each of them.

A tag begins at a `<` and ends at the first `>`, with no other `<` between. So the places of these
two signs are enough to find all of them at once, as bytes in UTF-8, where no other character holds
such a byte. What stands between two places is compared eight bytes at a time and becomes a text
only once for each distinct content.
"""

import re

import numpy as np
import pandas as pd

from reconcile.readers.ofx_leaf import Flags, Leaf, Positions

# What stands inside the brackets of a tag.
_INSIDE = re.compile(r"(/?[A-Za-z][\w.:-]*)(?:\s[^<>]*)?/?")
# `<` and `>` differ in one bit.
_BRACKET, _BUT_THE_BIT = ord("<"), 0xFD
# Longer contents are compared as texts.
_WORDS = 5


class Tags:
    """The tags of a text whose names are among `used`, in order, each as a small number.

    A namespace prefix or small letters change nothing about a tag.
    """

    def __init__(self, text: str, used: set[str]) -> None:
        # Some codecs make lone surrogates, which only this way can be encoded.
        data = text.encode("utf-8", "surrogatepass")
        self._spans = _Spans(data, text if text.isascii() else None)
        signs = np.frombuffer(data, np.uint8)
        marks = np.flatnonzero((signs & _BUT_THE_BIT) == _BRACKET)
        opens = signs[marks] == _BRACKET
        first = np.flatnonzero(opens[:-1] & ~opens[1:])
        begin, end = marks[first] + 1, marks[first + 1]
        inside, contents = self._spans.distinct(begin, end)
        named = [_INSIDE.fullmatch(content) for content in contents]
        names = [_bare(found[1]) if found else None for found in named]
        self.intuit = any(name is not None and name.startswith("INTU.") for name in names)
        self._known = {name: code for code, name in enumerate(sorted(used))}
        is_tag = np.array([name is not None for name in names], np.bool_)[inside]
        code = np.array([self._known.get(name or "", -1) for name in names], np.int64)[inside]
        begin, end, code = begin[is_tag], end[is_tag], code[is_tag]
        kept = np.flatnonzero(code >= 0)
        self.codes = code[kept]
        # A value is the text from its tag to the next tag, of whatever name.
        self._from, self._to = (end + 1)[kept], np.append(begin[1:] - 1, len(data))[kept]

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, *names: str) -> Flags:
        """Which tags have one of these names."""
        wanted = np.zeros(len(self._known), np.bool_)
        wanted[[self._known[name] for name in names]] = True
        flags: Flags = wanted[self.codes]
        return flags

    def count(self, name: str) -> int:
        """How many tags have this name."""
        return int(self.at(name).sum())

    def values(self, where: Positions) -> Leaf:
        """The texts behind these tags, without outer spaces; none where nothing is left."""
        codes, texts = self._spans.distinct(self._from[where], self._to[where])
        return Leaf.of(codes, [text.strip() or None for text in texts])


class _Spans:
    """Parts of a text by their places in its bytes; `ascii`: the text, if it has no others."""

    def __init__(self, data: bytes, ascii: str | None) -> None:
        self._data, self._ascii = data, ascii
        padded = data + bytes(8 * _WORDS)
        # The eight bytes from each place on, as one number.
        self._words = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))

    def distinct(self, begin: Positions, end: Positions) -> tuple[Positions, list[str]]:
        """Which of the distinct contents each part has, and those."""
        length = end - begin
        codes = np.zeros(len(begin), np.int64)
        count = 1
        for step in range(_WORDS):
            more = np.flatnonzero((length > 8 * step) & (length <= 8 * _WORDS))
            if not len(more):
                break
            left = np.minimum(length[more] - 8 * step, 8).astype(np.uint64)
            # Bytes behind the part become 0xFF, which UTF-8 does not have.
            behind = np.where(left < 8, ~np.uint64(0) << (np.uint64(8) * (left % np.uint64(8))), 0)
            word = self._words[begin[more] + 8 * step] | behind.astype(np.uint64)
            place, words = pd.factorize(word)
            pair, pairs = pd.factorize(codes[more] * len(words) + place)
            codes[more] = count + pair
            count += len(pairs)
        long = np.flatnonzero(length > 8 * _WORDS)
        if len(long):
            contents = [self._data[a:b] for a, b in self._pairs(begin[long], end[long])]
            codes[long] = count + pd.factorize(np.array(contents, object))[0]
        codes, used = pd.factorize(codes)
        first = np.zeros(len(used), np.intp)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        return codes, self._cut(begin[first], end[first])

    def _cut(self, begin: Positions, end: Positions) -> list[str]:
        if self._ascii is not None:
            return [self._ascii[a:b] for a, b in self._pairs(begin, end)]
        cut = [self._data[a:b] for a, b in self._pairs(begin, end)]
        return [part.decode("utf-8", "surrogatepass") for part in cut]

    @staticmethod
    def _pairs(begin: Positions, end: Positions) -> "zip[tuple[int, int]]":
        return zip(begin.tolist(), end.tolist(), strict=True)


def _bare(tag: str) -> str:
    slash = "/" if tag.startswith("/") else ""
    return slash + tag.lstrip("/").rpartition(":")[2].upper()
