"""Bytes to text: by what was asked for, a byte order mark, or the first encoding that reads all."""

import codecs
import re
from collections.abc import Sequence
from typing import NamedTuple

from reconcile.errors import InputError
from reconcile.readers import damage
from reconcile.text import Message

# Tried in this order after the byte order mark: UTF-8 refuses nearly all other text, cp932 (what
# Japanese banks call Shift_JIS) refuses most of what is not Japanese, latin-1 accepts anything.
LADDER = ("utf-8", "cp932", "shift_jis_2004", "euc_jp", "latin-1")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"),
    (b"PK\x03\x04", "ZIP"), (b"\xd0\xcf\x11\xe0", "XLS"), (b"\x1f\x8b", "GZIP"), (b"RIFF", "RIFF"),
)  # fmt: skip
# UTF-16 whose file does not say so. Even of Japanese rows so many signs are digits and commas.
WIDE = ("utf-16-le", "utf-16-be")
# In the other byte they are rare: the ideographic blank has one.
_BEGINNING, _ZEROS, _ZEROS_MORE = 4096, 0.2, 4
# Anything but blanks and byte order marks.
_CONTENT = re.compile(r"[^\s\ufeff]")


class Decoded(NamedTuple):
    """Text of a file, the encoding found, and a note where a few bytes could not be read."""

    text: str
    encoding: str
    note: Message | None = None


def decode(data: bytes, file: str, encoding: str | None, hints: Sequence[str] = ()) -> Decoded:
    """Text of a file; `InputError` when it is no text or is empty.

    Where a few bytes are not in the encoding that was given, that a byte order mark names or that
    `hints` speak for, U+FFFD stands for them.
    """
    if not data or data.isspace():
        raise InputError("empty", file=file)
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), None)
    if kind is not None:
        raise InputError("not_text", file=file, kind=kind)
    bom = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _wide(data)
    told = encoding or bom
    if told is None and b"\0" in data[:4096]:
        raise InputError("not_text", file=file, kind="binary")
    if told is not None:
        found = _strict(data, (told,), file)
        # What is whole in UTF-8 is not damaged in another encoding: the wrong one was named.
        if found is None and (told == bom or _strict(data, LADDER[:1], file) is None):
            found = _mended(data, (told,), named=told == bom)
    else:
        found = _strict(data, (*hints, LADDER[0]), file) or _mended(data, hints)
        found = found or _strict(data, LADDER[1:], file)
    if found is None:
        if encoding is None and bom in WIDE:
            raise InputError("not_text", file=file, kind="binary")
        if encoding is None:
            shown = str(bom).removesuffix("-sig").upper()
            raise InputError("encoding_mark", file=file, encoding=shown)
        raise InputError("encoding_wrong", file=file, encoding=encoding)
    if not _CONTENT.search(found.text):
        raise InputError("empty", file=file)
    # Looking for one sign takes a tenth of the time that looking for two takes.
    if "\r" in found.text:
        return found._replace(text=found.text.replace("\r\n", "\n").replace("\r", "\n"))
    return found


def _wide(data: bytes) -> str | None:
    """UTF-16 without its byte order mark: every other byte is zero as often as text makes it, and
    what the beginning says is text.
    """
    first = data[:_BEGINNING]
    halves = (first[1::2], first[::2])
    for name, zeros, others in zip(WIDE, halves, halves[::-1], strict=True):
        if zeros.count(0) < max(_ZEROS * len(zeros), _ZEROS_MORE * others.count(0)):
            continue
        text = first[: len(first) // 2 * 2].decode(name, "replace")
        legible = len(text) > 1 and all(sign.isprintable() or sign.isspace() for sign in text)
        return name if legible else None
    return None


def _strict(data: bytes, names: Sequence[str], file: str) -> Decoded | None:
    """The text in the first encoding that reads all of it."""
    for name in names:
        try:
            return Decoded(data.decode(name), name)
        except UnicodeError:
            continue
        except LookupError:
            raise InputError("encoding_unknown", file=file, encoding=name) from None
    return None


def _mended(data: bytes, names: Sequence[str], *, named: bool = False) -> Decoded | None:
    """The text in the first encoding that reads nearly all of it."""
    for name in names:
        found = damage.mended(data, name, named=named)
        if found is not None:
            return Decoded(found.text, name, found.note)
    return None
