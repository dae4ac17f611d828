"""Text of which a few bytes were damaged, or whose last character was cut off.

One byte lost in a download must not cost the file, nor let an encoding win that accepts any byte.
The signs that cannot be read become U+FFFD, and the rows that hold one are not used.
"""

import codecs
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.text import Message

SIGN = "\ufffd"
CUT_OFF = Message("note.cut_off")
_DAMAGED = "note.damaged"
# One in so many of the characters that are not ASCII may be damaged, and no more in all of a
# beginning that is looked at; with more, another encoding is likelier.
_SHARE, _MOST = 8, 50
# So few say nothing against an encoding that the file itself names.
_NAMED = 3


class Mended(NamedTuple):
    """A text with U+FFFD for what could not be read, and what to tell of it."""

    text: str
    note: Message


def mended(data: bytes, name: str, *, named: bool = False) -> Mended | None:
    """The text in an encoding that does not read all of it; None where it is not nearly all.

    `named`: a byte order mark speaks for the encoding.
    """
    try:
        text = data.decode(name, "replace")
        faults = text.count(SIGN)
        if not (named and faults <= _NAMED) and not _are_few(faults, text):
            return None
        # As long as more bytes may come, a character that is not complete is no fault.
        codecs.getincrementaldecoder(name)("strict").decode(data, False)
    except UnicodeDecodeError:
        return Mended(text, Message(_DAMAGED, {"encoding": name}))
    except (UnicodeError, LookupError):
        return None
    return Mended(text, CUT_OFF)


def nearly(data: bytes, name: str) -> str | None:
    """The text in an encoding that keeps no state, None where more than a few bytes are not in it.

    Gives up as soon as that is known.
    """
    view, parts, at = memoryview(data), list[str](), 0
    while len(parts) <= 2 * _MOST:
        try:
            text = "".join((*parts, str(view[at:], name)))
        except UnicodeDecodeError as error:
            parts += [str(view[at : at + error.start], name), SIGN]
            at += error.end
        else:
            return text if _are_few(len(parts) // 2, text) else None
    return None


def _are_few(faults: int, text: str) -> bool:
    return faults * _SHARE <= len(text) - len(text.encode("ascii", "ignore"))


def is_told(notes: Iterable[Message]) -> bool:
    """Whether notes say that a file was mended; U+FFFD in any other file is the bank's own."""
    return any(note.code in (CUT_OFF.code, _DAMAGED) for note in notes)


def rows(cells: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Records that hold a character which could not be read."""
    out = np.zeros(len(cells), np.bool_)
    for name in cells:
        codes, texts = distinct(cells[name])
        out |= texts.astype("str").str.contains(SIGN, regex=False).to_numpy(np.bool_)[codes]
    return out
