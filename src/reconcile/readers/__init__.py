"""Statement files to ledger rows: `read_path` finds out what a file is and has it read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from reconcile import files
from reconcile.errors import ErrorGroup, InputError, ReconcileError
from reconcile.layout import Layout
from reconcile.ledger import Source
from reconcile.readers import own
from reconcile.readers.given import Given as Given
from reconcile.readers.given import Reading as Reading
from reconcile.readers.ofx_decode import looks_like_ofx
from reconcile.text import Message

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".ofx", ".qfx", ".qif", ".xlsx", ".xls")
SUFFIXES = (*TEXT_SUFFIXES, ".zip")
_XLS = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


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
    given = Given(layouts, layout, encoding, currency)
    return _read_bytes(files.load(path), files.label(path.name), given)


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
    from reconcile.readers import tabular

    return tabular.read_frame(table, Given(layouts, layout, None, currency))


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
    return _read_bytes(data, file, Given(layouts, layout, encoding, currency))


def is_own_report(path: Path) -> bool:
    """Whether this program wrote a file, which so lists no new movements."""
    try:
        if path.suffix.lower() != ".xlsx":
            with path.open("rb") as stream:
                return own.is_own(stream.read(own.HEAD).decode("utf-8", "replace"))
        from reconcile.readers import sheets

        return sheets.is_own_report(sheets.check_zip(files.load(path), path.name))
    except (InputError, OSError):
        return False


def _read_bytes(data: bytes, file: str, given: Given) -> list[Reading]:
    # Late, each where it is needed: what a kind of file takes is loaded with the first of it.
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith((_ZIP, _XLS)):
        return _read_packed(data, file, digest, given)
    if given.layout is None and looks_like_ofx(data):
        from reconcile.readers import ofx

        return [ofx.read_ofx(data, file, digest, encoding=given.encoding, currency=given.currency)]
    from reconcile.readers import tabular

    content, source = tabular.decoded(data, file, digest, given)
    del data  # as large as all that follows
    if given.layout is None and own.is_own(content[: own.HEAD]):
        raise InputError("own_report", file=file)
    return [tabular.read(content, source, given)]


def _read_packed(data: bytes, file: str, digest: str, given: Given) -> list[Reading]:
    """The statements of a workbook or of an archive."""
    from reconcile.readers import other_forms, sheets

    if data.startswith(_XLS):
        return _read_sheets(sheets.read_xls(data, file), file, digest, given)
    archive = sheets.check_zip(data, file)
    if sheets.is_workbook(archive):
        if sheets.is_own_report(archive):
            raise InputError("own_report", file=file)
        return _read_sheets(sheets.read_xlsx(data, file), file, digest, given)
    inside = sheets.members(archive, file, TEXT_SUFFIXES)
    if not inside and (form := other_forms.of_archive(archive)):
        raise InputError("other_form", file=file, kind=form)
    if not inside:
        raise InputError("zip_empty", file=file, suffixes=", ".join(TEXT_SUFFIXES))
    return _each([(f"{file}!{files.label(name)}", content) for name, content in inside], given)


def _each(parts: list[tuple[str, bytes]], given: Given) -> list[Reading]:
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
    found: list[tuple[str, str]], file: str, digest: str, given: Given
) -> list[Reading]:
    """The statements among a workbook's sheets."""
    from reconcile.readers import tabular

    if not found:
        raise InputError("empty", file=file)
    out: list[Reading] = []
    failed: list[ReconcileError] = []
    for name, content in found:
        label = file if len(found) == 1 else f"{file}!{files.label(name)}"
        try:
            source = Source(label, digest, "", "workbook")
            out.append(tabular.read_cells(content, source, given, ","))
        except InputError as error:
            failed.append(error)
    return _or_raise(out, failed)
