"""Statement files to ledger rows: `read_file` finds out what a file is and has it read."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from reconcile.errors import InputError
from reconcile.layout import Layout, by_name, header_row, identify
from reconcile.ledger import Source
from reconcile.readers import csv, guess, ofx, text
from reconcile.text import Message

SUFFIXES = (".csv", ".tsv", ".txt", ".ofx", ".qfx")


def read_file(
    path: Path,
    layouts: Sequence[Layout],
    *,
    layout: str | None = None,
    encoding: str | None = None,
    currency: str | None = None,
) -> tuple[pd.DataFrame, Source]:
    """One statement file as ledger rows (the reader's columns) and what became of its lines.

    `layout`, `encoding` and `currency` override what would be found out. Raises `InputError` when
    the file as a whole cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError("no_file", file=str(path)) from None
    except OSError as error:
        raise InputError("unreadable", file=str(path), detail=error.strerror or str(error)) from None
    digest = hashlib.sha256(data).hexdigest()
    if layout is None and ofx.looks_like_ofx(data):
        return ofx.read_ofx(data, path.name, digest, encoding=encoding, currency=currency)
    return _read_text(data, path.name, digest, layouts, layout, encoding, currency)


def _read_text(
    data: bytes, file: str, digest: str, layouts: Sequence[Layout],
    wanted: str | None, encoding: str | None, currency: str | None,
) -> tuple[pd.DataFrame, Source]:  # fmt: skip
    forced = by_name(layouts, wanted) if wanted else None
    content, found = text.decode(data, file, encoding, forced.encodings if forced else ())
    delimiter = (forced and forced.delimiter) or text.delimiter_of(content)
    head = text.head_rows(content, delimiter)
    known = forced or identify(head, layouts, file)
    if forced is not None and forced.header and header_row(forced, head) is None:
        raise InputError("layout_misfit", file=file, layout=forced.name, seen=_seen(head))
    if known is not None:
        raw = text.table(content, known.delimiter or delimiter, known.quoted)
    else:
        header = guess.find_header(head)
        if header is None:
            raise InputError("layout_none", file=file, seen=_seen(head))
        raw = text.table(content, delimiter)
        known = guess.layout_for(head, raw.cells, header)
    source = Source(file, digest, known.name, found, issuer=known.issuer)
    if raw.quoting_off and known.quoted:
        source.notes.append(Message("note.open_quote"))
    if known.partial:
        source.notes.append(Message("note.partial", {"layout": known.title}))
    source.notes += [Message(code) for code in known.assumed]
    if currency and known.currency and currency != known.currency:
        known = replace(known, currency=currency)
    frame = csv.read_table(raw, known, source, currency)
    if len(frame) and frame["currency"].isna().all():
        source.notes.append(Message("note.no_currency"))
    return frame, source


def _seen(head: Sequence[Sequence[str]]) -> str:
    """The first row with several cells, as the columns to show in an error."""
    row = next((r for r in head if sum(bool(c.strip()) for c in r) > 1), head[0] if head else [])
    return " | ".join(cell.strip()[:30] for cell in row[:16])
