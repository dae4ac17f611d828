"""Statement files to ledger rows: `read_path` finds out what a file is and has it read."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile import files
from reconcile.errors import ErrorGroup, InputError, ReconcileError
from reconcile.layout import Layout, by_name, header_row, identify
from reconcile.ledger import Source, constant
from reconcile.readers import csv, dataframe, encoding, html, qif, sheets, text
from reconcile.readers.ofx_decode import looks_like_ofx
from reconcile.text import Message, masked

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".ofx", ".qfx", ".qif", ".xlsx", ".xls")
SUFFIXES = (*TEXT_SUFFIXES, ".zip")
_GUESSED = "guessed"
_XLS = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"

# A statement's rows (the reader's columns) and what became of its lines.
Reading = tuple[pd.DataFrame, Source]


class _Given(NamedTuple):
    """What the caller knows better than the file."""

    layouts: Sequence[Layout]
    layout: str | None
    encoding: str | None
    currency: str | None


def read_path(
    path: Path,
    layouts: Sequence[Layout],
    *,
    layout: str | None = None,
    encoding: str | None = None,
    currency: str | None = None,
) -> list[Reading]:
    """The statements in a file: one, or one for each statement of a workbook or ZIP archive.

    Those are named `archive.zip!member`. `layout`, `encoding` and `currency` override what would
    be found out. Raises `InputError` (of several members: `ErrorGroup`) when nothing can be read;
    a member that cannot be read beside others that can is told in the notes of the first.
    """
    given = _Given(layouts, layout, encoding, currency)
    return _read_bytes(files.load(path), files.label(path.name), given)


def read_file(
    path: Path,
    layouts: Sequence[Layout],
    *,
    layout: str | None = None,
    encoding: str | None = None,
    currency: str | None = None,
) -> Reading:
    """One statement file; like `read_path`, but `InputError` when the file holds several."""
    found = read_path(path, layouts, layout=layout, encoding=encoding, currency=currency)
    if len(found) != 1:
        raise InputError("several", file=files.label(path.name), count=len(found))
    return found[0]


def read_frame(
    table: pd.DataFrame,
    layouts: Sequence[Layout],
    *,
    layout: str | None = None,
    currency: str | None = None,
) -> Reading:
    """A statement held in a DataFrame: its column names are the header, its cells are texts,
    numbers or days. Read as a CSV file with these cells would be, by its layout or by header words.

    Raises `InputError` where no date, description or amount is found, or where an amount is a
    binary float that no amount of its currency is.
    """
    given = _Given(layouts, layout, None, currency)
    raw, source = dataframe.raw_table(table)
    head = dataframe.head_rows(raw)
    known = _known(head, source, given)
    if known is None:
        from reconcile.readers import guess

        known = guess.propose(head, text.excerpt(raw.cells))
    dataframe.check_floats(table, raw, known, currency)
    if known is None:
        raise InputError("frame_columns", file=source.file, seen=_seen(head))
    return _finish(raw, known, source, given)


def read_bytes(
    data: bytes,
    file: str,
    layouts: Sequence[Layout],
    *,
    layout: str | None = None,
    encoding: str | None = None,
    currency: str | None = None,
) -> list[Reading]:
    """Like `read_path`, of a file's content that is in memory; `file` is the name to show."""
    return _read_bytes(data, file, _Given(layouts, layout, encoding, currency))


def is_own_report(path: Path) -> bool:
    """Whether a file is a workbook that this program wrote, which lists no new movements."""
    if path.suffix.lower() != ".xlsx":
        return False
    try:
        return sheets.is_own_report(sheets.check_zip(files.load(path), path.name))
    except InputError:
        return False


def _read_bytes(data: bytes, file: str, given: _Given) -> list[Reading]:
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(_ZIP):
        archive = sheets.check_zip(data, file)
        if sheets.is_workbook(archive):
            if sheets.is_own_report(archive):
                raise InputError("own_report", file=file)
            return _read_sheets(sheets.read_xlsx(data, file), file, digest, given)
        inside = sheets.members(archive, file, TEXT_SUFFIXES)
        if not inside:
            raise InputError("zip_empty", file=file, suffixes=", ".join(TEXT_SUFFIXES))
        return _each([(f"{file}!{files.label(name)}", content) for name, content in inside], given)
    if data.startswith(_XLS):
        return _read_sheets(sheets.read_xls(data, file), file, digest, given)
    if given.layout is None and looks_like_ofx(data):
        from reconcile.readers import ofx

        return [ofx.read_ofx(data, file, digest, encoding=given.encoding, currency=given.currency)]
    content, found, notes = _decode(data, file, given)
    if given.layout is None and qif.looks_like_qif(data):
        return [_read_qif(content, Source(file, digest, "qif", found, notes=notes), given)]
    del data  # as large as all that follows
    if html.looks_like_html(content):
        content = html.tables(content)
        if not content.strip():
            raise InputError("layout_none", file=file, seen="")
        return [_read_text(content, Source(file, digest, "", found, notes=notes), given, ",")]
    return [_read_text(content, Source(file, digest, "", found, notes=notes), given)]


def _each(parts: list[tuple[str, bytes]], given: _Given) -> list[Reading]:
    """All members; those that cannot be read are noted on the first that can."""
    out: list[Reading] = []
    failed: list[ReconcileError] = []
    for name, content in parts:
        try:
            out += _read_bytes(content, name, given)
        except (InputError, ErrorGroup) as error:
            failed += error.errors if isinstance(error, ErrorGroup) else [error]
    return _or_raise(out, failed)


def _or_raise(out: list[Reading], failed: list[ReconcileError]) -> list[Reading]:
    if not out:
        raise failed[0] if len(failed) == 1 else ErrorGroup(tuple(failed))
    out[0][1].notes += [
        Message("guess.part_unread", {"reason": Message(f"error.{error.code}", error.params)})
        for error in failed
    ]
    return out


def _read_sheets(
    found: list[tuple[str, str]], file: str, digest: str, given: _Given
) -> list[Reading]:
    """The statements among a workbook's sheets."""
    if not found:
        raise InputError("empty", file=file)
    out: list[Reading] = []
    failed: list[ReconcileError] = []
    for name, content in found:
        label = file if len(found) == 1 else f"{file}!{files.label(name)}"
        try:
            out.append(_read_text(content, Source(label, digest, "", "workbook"), given, ","))
        except InputError as error:
            failed.append(error)
    return _or_raise(out, failed)


def _decode(data: bytes, file: str, given: _Given) -> tuple[str, str, list[Message]]:
    """Text of a file, its encoding, and a note where only likelihood speaks for the encoding."""
    forced = by_name(given.layouts, given.layout) if given.layout else None
    likely = None if given.encoding else encoding.best(data)
    hints = forced.encodings if forced else (likely[0],) if likely else ()
    content, found = text.decode(data, file, given.encoding, hints)
    sure = likely is None or likely[1] or found != likely[0]
    return content, found, [] if sure else [Message("guess.encoding", {"encoding": found})]


def _read_text(
    content: str, source: Source, given: _Given, delimiter: str | None = None
) -> Reading:
    """A statement of lines and cells: by its layout, else by a guess."""
    forced = by_name(given.layouts, given.layout) if given.layout else None
    placed = delimiter is not None
    delimiter = delimiter or (forced and forced.delimiter) or text.delimiter_of(content)
    head = text.head_rows(content, delimiter)
    known = _known(head, source, given)
    if known is not None:
        raw = text.table(content, known.delimiter or delimiter, known.quoted, source.file)
        if source.encoding in known.encodings:
            # The layout is known to come in this encoding, which settles what was only likely.
            source.notes = [note for note in source.notes if note.code != "guess.encoding"]
        if known.partial:
            source.notes.append(Message("note.partial", {"layout": known.title}))
    else:
        raw, known = _guess(content, delimiter, source.file)
    return _finish(replace(raw, placed=placed), known, source, given)


def _known(head: Sequence[Sequence[str]], source: Source, given: _Given) -> Layout | None:
    """The layout that was asked for, else the one that fits; None without either."""
    if given.layout is None:
        return identify(head, given.layouts, source.file)
    forced = by_name(given.layouts, given.layout)
    if forced.header and header_row(forced, head) is None:
        raise InputError("layout_misfit", file=source.file, layout=forced.name, seen=_seen(head))
    return forced


def _guess(content: str, delimiter: str, file: str) -> tuple[text.RawTable, Layout]:
    """The likeliest delimiter first, then the others."""
    from reconcile.readers import guess

    for sign in dict.fromkeys((delimiter, *text.DELIMITERS)):
        raw = text.table(content, sign, file=file)
        if raw.width > 1:
            found = guess.propose(text.head_rows(content, sign), text.excerpt(raw.cells))
            if found is not None:
                return raw, found
    raise InputError("layout_none", file=file, seen=_seen(text.head_rows(content, delimiter)))


def _read_qif(content: str, source: Source, given: _Given) -> Reading:
    if qif.is_mixed(content):
        raise InputError("layout_none", file=source.file, seen=_seen([list(qif.HEADER)]))
    from reconcile.readers import guess

    rows = qif.records(content)
    start = rows[0][0] if rows else 2
    cells = pd.DataFrame(
        [list(qif.HEADER), *([r[2].get(n, "") for n in qif.HEADER] for r in rows)], dtype=object
    )
    line = np.array([1, *(row[0] for row in rows)], np.int64)
    total = content.count("\n") + (0 if content.endswith("\n") else 1)
    span = (
        np.diff(np.append(line, total + 1)) if rows else np.array([max(total, start - 1)], np.int64)
    )
    width = np.full(len(cells), len(qif.HEADER), np.int64)
    raw = text.RawTable(cells, line, span, width, placed=True)
    known = guess.propose(cells.head(text.HEAD).to_numpy().tolist(), cells)
    if known is None:
        raise InputError("layout_none", file=source.file, seen=_seen([list(qif.HEADER)]))
    known = known._replace(
        name="qif", title="QIF", bank=not qif.is_card(content), charge_negative=True
    )
    known = known._replace(assumed=qif.kept(known.assumed))
    return _finish(raw, known, source, given)


def _finish(raw: text.RawTable, known: Layout, source: Source, given: _Given) -> Reading:
    source.layout, source.issuer = known.name, known.issuer
    if raw.quoting_off and known.quoted:
        source.notes.append(Message("note.open_quote"))
    source.notes += known.assumed
    if given.currency and known.currency and given.currency != known.currency:
        known = known._replace(currency=given.currency)
    frame = csv.read_table(raw, known, source, given.currency)
    if len(frame) and frame["currency"].isna().all():
        source.notes.append(Message("note.no_currency"))
    if known.name == _GUESSED:
        # Accounts without digits are labelled by layout, and guessed layouts are many.
        cells = known.header or [str(column) for column in known.columns]
        digest = hashlib.sha256("\n".join(cells).encode()).hexdigest()
        frame["layout"] = constant(f"{_GUESSED}-{digest[:4]}", len(frame))
    return frame, source


def _seen(head: Sequence[Sequence[str]]) -> str:
    """The first row with several cells, as the columns to show in an error."""
    row = next((r for r in head if sum(bool(c.strip()) for c in r) > 1), head[0] if head else [])
    return " | ".join(masked(cell.strip())[:30] for cell in row[:16])
