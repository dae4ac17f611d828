"""Bytes of an OFX file to text, whatever its header claims.

Headers lie more often than not: UTF-8 bodies are labelled 1252, Shift_JIS bodies too. So the bytes
are asked first and the claim settles only what they leave open.
"""

import codecs
import re

from reconcile.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CLAIM = re.compile(rb"""(?i)\b(ENCODING|CHARSET)\s*[:=]\s*["']?([\w.-]+)""")
# Claims that say nothing more than the bytes do.
_NO_CLAIM = frozenset(
    (
        "usascii",
        "us-ascii",
        "ascii",
        "unicode",
        "utf-8",
        "utf8",
        "none",
        "csunicode",
        "utf-16",
        "65001",
    )
)
_ALIASES = {
    **dict.fromkeys(
        ("932", "shift_jis", "shift-jis", "sjis", "x-sjis", "ms932", "windows-31j", "csshiftjis"),
        "cp932",
    ),
    **dict.fromkeys(("8859-1", "iso-8859-1", "iso8859-1", "latin1", "latin-1"), "cp1252"),
    "8859-15": "iso-8859-15",
    **dict.fromkeys(("gb2312", "gbk", "936"), "gb18030"),
}
# The header of nearly every file names one of these, so they are believed last.
_WESTERN = frozenset(("cp1252", "cp1250", "cp437", "cp850", "iso-8859-15"))
_FULL = r"[\u3000-\u30ff\u3400-\u9fff\uff01-\uff60]"
_RUNS = rf"(?:{_FULL}|[\uff61-\uff9f]){{2,}}"
_HALF = r"[\uff61-\uff9f]"
_NOT_ASCII = r"[^\x00-\x7f]"
_MARK = re.compile(rb"(?i)OFXHEADER\s*[:=]|<(?:\w+:)?OFX[\s>]|<(?:\w+:)?STMTTRNP?[\s>]")


def looks_like_ofx(data: bytes) -> bool:
    """Whether the first bytes speak of OFX, in whatever encoding and with or without its header."""
    return _MARK.search(data[:65536].replace(b"\0", b"")) is not None


def decode(data: bytes, file: str, encoding: str | None) -> tuple[str, str, bool]:
    """Text, the encoding used, and whether it had to be guessed.

    `encoding` overrides everything; `InputError` when it is unknown or does not fit the bytes.
    Without it the ladder is: byte order mark, UTF-16, UTF-8, the claim, Japanese, western.
    """
    if encoding is not None:
        if not _is_codec(encoding):
            raise InputError("encoding_unknown", file=file, encoding=encoding)
        text = _strict(data, encoding)
        if text is None:
            raise InputError("encoding_wrong", file=file, encoding=encoding)
        return text.removeprefix("\ufeff"), encoding, False
    for mark, name in _BOMS:
        if data.startswith(mark):
            return codecs.decode(data, name, "replace"), name, False
    if b"\0" in data[:400]:
        name = (
            "utf-16-le" if data[:400:2].count(b"\0") < data[1:400:2].count(b"\0") else "utf-16-be"
        )
        return codecs.decode(data, name, "replace"), name, False
    # ISO-2022-JP is seven-bit, so UTF-8 would take its escapes for text. That one sign is absent
    # is found much sooner than that two are.
    escaped = b"\x1b" in data and b"\x1b$" in data
    for name in ("iso2022_jp", "utf-8") if escaped else ("utf-8",):
        text = _strict(data, name)
        if text is not None:
            return text, name, False
    claim = _claimed(data)
    if claim is not None and claim not in _WESTERN:
        text = _strict(data, claim)
        if text is not None:
            return text, claim, False
    return _eight_bit(data, claim)


def _eight_bit(data: bytes, claim: str | None) -> tuple[str, str, bool]:
    found = [
        (score, name, text)
        for name in ("cp932", "euc_jp")
        for score, text in [_japanese(data, name)]
    ]
    score, name, text = max(found)
    if score >= 0.6:
        return text, name, True
    western = claim if claim in _WESTERN else "cp1252"
    plain = _strict(data, western)
    if plain is not None:
        return plain, western, claim != western
    return data.decode("latin-1"), "latin-1", True


def _japanese(data: bytes, name: str) -> tuple[float, str]:
    """How far the bytes read as Japanese words: accented Latin gives lone kanji, never runs."""
    text = _strict(data, name)
    if text is None:
        return 0.0, ""
    other = len(re.findall(_NOT_ASCII, text))
    words = "".join(re.findall(_RUNS, text))
    # Half-width kana are what EUC-JP looks like when read as cp932, so they count less.
    return (len(words) - 0.3 * len(re.findall(_HALF, words))) / max(other, 1), text


def _claimed(data: bytes) -> str | None:
    claims = dict.fromkeys(
        value.decode("ascii", "replace").lower() for _, value in _CLAIM.findall(data[:4096])
    )
    for claim in claims:
        if claim in _NO_CLAIM:
            continue
        name = _ALIASES.get(claim, f"cp{claim}" if claim.isdigit() else claim)
        if _is_codec(name):
            return name
    return None


def _is_codec(name: str) -> bool:
    try:
        # Python does not look the name up for empty bytes.
        b"x".decode(name)
    except UnicodeDecodeError:
        return True
    except (LookupError, ValueError):  # a UnicodeError of another kind: `undefined`, `idna`
        return False
    return True


def _strict(data: bytes, name: str) -> str | None:
    """Text, or None if the bytes do not fit; a character cut off at the very end is dropped."""
    if name == "utf-8" and data.isascii():
        return data.decode("ascii")  # an incremental decoder would copy the bytes first
    try:
        return codecs.getincrementaldecoder(name)("strict").decode(data, False)
    except (UnicodeError, LookupError):
        return None
