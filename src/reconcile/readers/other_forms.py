"""Statements in forms that are not read, so that a user learns what to download instead."""

import re
import zipfile

_TEXTS = {
    "JSON": re.compile(r'\s*(?:\{\s*"|\[\s*[\[{])'),
    "XML": re.compile(r"\s*<\?xml\b|\s*<(?:\w+:)?(?:Document|Workbook)\b"),
    "MT940": re.compile(r"\s*(?:\{1:[^\n]*\n)?:20:[^\n]*\n(?::2[1358][A-Z]?:|\{)"),
}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


def of_text(text: str) -> str | None:
    """The form that a text begins in, if it is one of them."""
    return next((name for name, begins in _TEXTS.items() if begins.match(text)), None)


def of_archive(archive: zipfile.ZipFile) -> str | None:
    """The form of a document that is packed as an archive, if it is one of them."""
    names = archive.namelist()
    if "word/document.xml" in names:
        return "Word"
    if any(name.endswith(".iwa") for name in names):
        return "Numbers"
    if names[:1] == ["mimetype"]:
        with archive.open("mimetype") as stream:
            if stream.read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT:
                return "OpenDocument"
    return None
