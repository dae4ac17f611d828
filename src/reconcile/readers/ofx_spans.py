"""Parts of a text by their places in its bytes: which of them have the same content.

Contents are compared eight bytes at a time, all parts at once, and become texts only once for each
distinct one.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers.ofx_leaf import Flags, Positions

# `<` and `>` differ in one bit.
_BRACKET, _BUT_THE_BIT = ord("<"), 0xFD
# What fits into the processor's caches is worked on several times faster.
_PIECE = 2**19
# Words of eight bytes that are compared; longer contents are compared as texts.
_WORDS = 12
# What makes of a word with so many bytes of its own one that no other bytes make: the others become
# 0xFF, which UTF-8 does not have.
_BEHIND = np.array([(2**64 - 1) >> 8 * n << 8 * n for n in range(8)] + [0], np.uint64)
# Any odd number with its bits well spread; what it mixes badly is found out and told apart.
_MIXED_BY = np.uint64(0x9E3779B97F4A7C15)
_SPACE = np.isin(np.arange(256), np.frombuffer(b" \t\r\n", np.uint8))
# First and last bytes of texts that may have something around them to strip.
_STRIPPED = np.array([n >= 0x80 or chr(n).isspace() for n in range(256)])


class Spans:
    """Parts of a text, told by where they begin and end in its UTF-8."""

    def __init__(self, text: str) -> None:
        # Some codecs make lone surrogates, which only this way can be encoded.
        data = text.encode("utf-8", "surrogatepass")
        self.length = len(data)
        self._plain = text if text.isascii() else None
        self._data = data + bytes(8 * _WORDS)
        self._bytes = np.frombuffer(self._data, np.uint8)
        # The eight bytes from each place on, as one number.
        self._words = np.ndarray((len(self._data) - 7,), "<u8", self._data, strides=(1,))

    def brackets(self) -> Iterator[tuple[Positions, Flags]]:
        """The places of all `<` and `>` of one piece of the text after the other, and which of
        them are `<`; every piece but the first begins with one, and so may be long where a text
        has few.
        """
        begin = 0
        while begin < self.length:
            stop = self._data.find(b"<", begin + _PIECE)
            stop = self.length if stop < 0 else stop
            piece = self._bytes[begin:stop]
            marks = np.flatnonzero((piece & _BUT_THE_BIT) == _BRACKET)
            yield marks + begin, piece[marks] == _BRACKET
            begin = stop

    def distinct(self, begin: Positions, end: Positions) -> tuple[Positions, Positions]:
        """Which of the distinct contents each part has, and which part has each of them first."""
        length = end - begin
        most = int(length.max(initial=0))
        if most > 8 * _WORDS:
            return self._as_texts(begin, end)
        key = np.zeros(len(begin), np.uint64)
        seen: list[tuple[Positions | slice, npt.NDArray[np.uint64]]] = []
        for step in range(-(-most // 8)):
            # Most tags have one word; of the longer ones alone the next is looked at.
            found = np.flatnonzero(length > 8 * step)
            more = found if len(found) < len(length) else slice(None)
            at = begin[more] + 8 * step
            word = self._words[at] | _BEHIND[np.minimum(end[more] - at, 8)]
            mixed = (key[more] ^ word) * _MIXED_BY
            key[more] = mixed ^ mixed >> np.uint64(32)
            seen.append((more, word))
        codes, first = _numbered(key)
        if not (length[first][codes] == length).all():
            return self._as_texts(begin, end)
        words = np.zeros(len(begin), np.uint64)
        for more, word in seen:
            # Parts of one length have their words at the same steps.
            words[more] = word
            if not (words[first[codes[more]]] == word).all():
                return self._as_texts(begin, end)
        return codes, first

    def _as_texts(self, begin: Positions, end: Positions) -> tuple[Positions, Positions]:
        """The same, whatever the contents are."""
        contents = [self._data[a:b] for a, b in _pairs(begin, end)]
        return _numbered(np.array(contents, object))

    def trimmed(self, begin: Positions, end: Positions) -> Positions:
        """The ends without the line break that nearly all parts, or none, have before them."""
        for _ in range(2):
            space = (end > begin) & _SPACE[self._bytes[end - 1]]
            if not space.any():
                break
            end = end - space
        return end

    def stripped(self, begin: Positions, end: Positions) -> bool:
        """Whether no part has a space of any kind at either end, and none is empty."""
        ends = _STRIPPED[self._bytes[begin]] | _STRIPPED[self._bytes[end - 1]]
        return not (ends | (begin == end)).any()

    def texts(self, begin: Positions, end: Positions) -> list[str]:
        """The contents of some parts."""
        if self._plain is not None:
            return [self._plain[a:b] for a, b in _pairs(begin, end)]
        cut = [self._data[a:b] for a, b in _pairs(begin, end)]
        return [part.decode("utf-8", "surrogatepass") for part in cut]


def _numbered(
    values: "np.ndarray[tuple[int], np.dtype[np.generic]]",
) -> tuple[Positions, Positions]:
    codes = pd.factorize(values)[0]
    # Numbers are given out in order, so that each stands first where none was as large.
    return codes, np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))


def _pairs(begin: Positions, end: Positions) -> "zip[tuple[int, int]]":
    return zip(begin.tolist(), end.tolist(), strict=True)
