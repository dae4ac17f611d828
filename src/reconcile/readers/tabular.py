"""A statement of lines and cells: read by its layout, else by a guess."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from reconcile.errors import InputError
from reconcile.layout import Layout, by_name, header_row, identify
from reconcile.layout_model import GUESSED
from reconcile.ledger import Source, constant
from reconcile.readers import (
    continued,
    csv,
    damage,
    dataframe,
    decimal_commas,
    decode,
    delimiters,
    encoding,
    fixed_widths,
    html,
    moved_headers,
    other_forms,
    qif,
    serial_days,
    split_days,
    text,
    two_accounts,
    two_currencies,
    two_headers,
    two_parties,
    yearless,
)
from reconcile.readers.given import Given, Reading
from reconcile.text import Message, clean, masked

# Reasons of rows that tell that a file is in another form than its layout has.
_OTHER_FORM = ("reason.date", "reason.amount")
# Words that a line below others has to have to be a header.
_KNOWN = 4
Anew = Callable[[], tuple[text.RawTable, Layout]]


def read_frame(table: pd.DataFrame, given: Given) -> Reading:
    """A statement held in a DataFrame; see `readers.read_frame`."""
    raw, source = dataframe.raw_table(table)

    def anew() -> tuple[text.RawTable, Layout]:
        whole = split_days.joined(raw)
        found = proposed(whole)
        dataframe.check_floats(table, whole, found, given.currency)
        if found is None:
            raise InputError("frame_columns", file=source.file, seen=_seen(raw.head))
        return whole, found

    known = _known(raw.head, source, given)
    if known is None:
        return finish(*anew(), source, given)
    dataframe.check_floats(table, raw, known, given.currency)
    if given.layout is not None:
        return finish(raw, known, source, given)
    return _by_layout(raw, known, source, given, anew)


def decoded(data: bytes, file: str, digest: str, given: Given) -> tuple[str, Source]:
    """The text of a file, and its source."""
    content, found, notes = _decode(data, file, given)
    return content, Source(file, digest, "", found, notes=notes)


def read(content: str, source: Source, given: Given) -> Reading:
    """A text as `decoded` gives it: CSV and its kin, QIF, or the tables of a web page."""
    if given.layout is None and qif.looks_like_qif(content):
        return _read_qif(content, source, given)
    page = html.is_page(content)
    if not html.looks_like_html(content):
        if page:
            raise InputError("web_page", file=source.file)
        form = None if given.layout else other_forms.of_text(content)
        if form is not None:
            raise InputError("other_form", file=source.file, kind=form)
        return read_cells(content, source, given)
    content = html.tables(content)
    if not content.strip():
        raise InputError("web_page", file=source.file)
    return read_cells(content, source, given, ",")


def _decode(data: bytes, file: str, given: Given) -> tuple[str, str, list[Message]]:
    """Text of a file, its encoding, and a note where only likelihood speaks for the encoding."""
    forced = by_name(given.layouts, given.layout) if given.layout else None
    likely = None if given.encoding else encoding.best(data)
    hints = (*(forced.encodings if forced else ()), *((likely[0],) if likely else ()))
    content, found, note = decode.decode(data, file, given.encoding, hints)
    notes = [] if note is None else [note]
    guessed = likely is not None and not likely[1] and found == likely[0]
    if guessed or (found in decode.WIDE and not given.encoding):
        notes.append(Message("guess.encoding", {"encoding": found}))
    return content, found, notes


def plain_text(content: str) -> str:
    """A text of cells without what programs put around them."""
    content = delimiters.with_short_delimiter(delimiters.without_formulas(content))
    return delimiters.with_close_quotes(content)


def read_cells(content: str, source: Source, given: Given, delimiter: str | None = None) -> Reading:
    """A statement of lines and cells: by its layout, else by a guess."""
    forced = by_name(given.layouts, given.layout) if given.layout else None
    placed = delimiter is not None
    if delimiter is None:
        content = plain_text(content)
        delimiter = _delimiter(content, forced)
    head = delimiters.head_rows(content, delimiter)
    known = _known(head, source, given)
    recognised = known is not None and given.layout is None
    if known is not None:
        # Whatever sign the bank uses, this one showed the layout: a spreadsheet may have saved it.
        quoted = known.quoted or delimiters.quotes_close(content, delimiter)
        raw = text.table(content, delimiter, quoted, source.file)
        if source.encoding in known.encodings:
            # The layout is known to come in this encoding, which settles what was only likely.
            source.notes = [note for note in source.notes if note.code != "guess.encoding"]
        if known.partial:
            source.notes.append(Message("note.partial", {"layout": known.title}))
    else:
        raw, known = _guess(content, delimiter, source)
    raw = replace(raw, placed=placed)
    if not recognised:
        return finish(raw, known, source, given)

    def anew() -> tuple[text.RawTable, Layout]:
        other, guessed = _guess(content, delimiter, source)
        return replace(other, placed=placed), guessed

    return _by_layout(raw, known, source, given, anew)


def _by_layout(
    raw: text.RawTable, known: Layout, source: Source, given: Given, anew: Anew
) -> Reading:
    """A file as the layout that it seems to have reads it; as a guess does (`anew`) where that
    reads no row: headings are few, and another bank may have the same.
    """
    frame, told = finish(raw, known, _afresh(source), given)
    odd = next((one for one in told.rejected if one.reason.code in _OTHER_FORM), None)
    if len(frame) or odd is None:
        return frame, told
    again = _afresh(source)
    # What is said of the layout does not hold of this file.
    again.notes = [note for note in again.notes if note.code != "note.partial"]
    why = {"layout": told.layout, "line": odd.line, "reason": odd.reason}
    again.notes.append(Message("layout.no_row", why))
    try:
        found = finish(*anew(), again, given)
    except InputError:
        return frame, told
    return found if len(found[0]) else (frame, told)


def _afresh(source: Source) -> Source:
    return replace(source, notes=[*source.notes], rejected=[], lines={})


def _delimiter(content: str, forced: Layout | None) -> str:
    """The sign that parts the cells: that of the layout asked for, unless it does not fit."""
    if forced is not None and forced.delimiter is not None:
        head = delimiters.head_rows(content, forced.delimiter)
        if header_row(forced, head) is not None if forced.header else len(max(head, key=len)) > 1:
            return forced.delimiter
    return delimiters.likeliest(content)


def _known(head: Sequence[Sequence[str]], source: Source, given: Given) -> Layout | None:
    """The layout that was asked for, else the one that fits; None without either."""
    if given.layout is None:
        known = identify(head, given.layouts, source.file)
        return None if known is not None and _headed_otherwise(known, head) else known
    forced = by_name(given.layouts, given.layout)
    if forced.header and header_row(forced, head) is None:
        raise InputError("layout_misfit", file=source.file, layout=forced.name, seen=_seen(head))
    return forced


def _headed_otherwise(known: Layout, head: Sequence[Sequence[str]]) -> bool:
    """Whether a layout without a header was told by the shape of rows that have one of their own,
    which says what they are.
    """
    if known.header:
        return False
    from reconcile.readers import guess_words

    named = [
        0 if text.has_digit(row) else sum(map(guess_words.is_known, row))
        for row in head
        if sum(bool(cell.strip()) for cell in row) > 2
    ]
    # Below other lines more of a header has to be known.
    return bool(named) and (named[0] > 1 or max(named) >= _KNOWN)


def _guess(content: str, delimiter: str, source: Source) -> tuple[text.RawTable, Layout]:
    """The likeliest delimiter first, then the others."""
    tables = {}
    for sign in dict.fromkeys((delimiter, *delimiters.SIGNS)):
        raw = prepared(content, sign, source)
        if raw.width > 1:
            found = proposed(raw)
            if found is not None:
                return raw, found
            tables[sign] = raw
    for raw in tables.values():
        if (told := _with_years(raw, source.file)) is not None:
            return told
    printed = fixed_widths.table(content)
    if printed is not None and (found := proposed(printed)) is not None:
        return printed, found
    seen = _seen(delimiters.head_rows(content, delimiter))
    if _may_be_garbled(content, source):
        raise InputError("layout_garbled", file=source.file, seen=seen, encoding=source.encoding)
    raise InputError("layout_none", file=source.file, seen=seen)


def proposed(raw: text.RawTable) -> Layout | None:
    """The layout that the cells of a table suggest; None where they suggest none."""
    from reconcile.readers import guess

    return guess.propose(raw.head, text.excerpt(raw.cells))


def prepared(content: str, delimiter: str, source: Source) -> text.RawTable:
    """The cells of a text without a layout, those put together that belong together."""
    raw = text.table(delimiters.without_apostrophes(content), delimiter, file=source.file)
    if raw.width < 2:
        return raw
    whole = two_headers.joined(decimal_commas.joined(continued.joined(raw)))
    whole = serial_days.joined(moved_headers.joined(whole))
    whole = two_currencies.joined(split_days.joined(whole))
    return two_parties.joined(two_accounts.joined(whole))


def _with_years(raw: text.RawTable, file: str) -> tuple[text.RawTable, Layout] | None:
    """A file whose days have no year, read with that which stands elsewhere; None where that
    does not make it one that can be read. Raises `InputError` where no year is told.
    """
    completed = yearless.completed(raw, file)
    if completed is None:
        return None
    whole, note, example = completed
    found = proposed(whole)
    if found is None:
        return None
    if note is None:
        raise InputError("days_without_year", file=file, example=example)
    return whole, found._replace(assumed=(*found.assumed, note))


def _may_be_garbled(content: str, source: Source) -> bool:
    """Whether no header is found perhaps because the file is in another encoding."""
    if any(note.code == "guess.encoding" for note in source.notes):
        return True
    return not source.encoding.startswith("utf") and encoding.is_garbled(content)


def _read_qif(content: str, source: Source, given: Given) -> Reading:
    from reconcile.readers import guess

    qif.check(content, source.file)
    found = qif.pieces(content)
    told = qif.told(content, found)
    known = guess.propose(told.head(delimiters.HEAD).to_numpy().tolist(), told)
    if known is None:
        raise qif.refusal(content, found, source.file)
    count = sum(piece.lines for piece in found if piece.role == "investment")
    if count:
        source.notes.append(Message("note.investments", {"count": count}))
    return finish(qif.table(found), qif.settled(known, content, found), source, given)


def finish(raw: text.RawTable, known: Layout, source: Source, given: Given) -> Reading:
    """The rows of a table as its layout reads them."""
    source.guess = known if known.guessed else None
    source.layout, source.issuer = known.name, known.issuer
    if damage.is_told(source.notes):
        raw = replace(raw, damaged=damage.rows(raw.cells))
    elif raw.cut_off:
        source.notes.append(damage.CUT_OFF)
    if raw.quoting_off and known.quoted:
        source.notes.append(Message("note.open_quote"))
    source.notes += known.assumed
    if given.currency and known.currency and given.currency != known.currency:
        known = known._replace(currency=given.currency)
    frame = csv.read_table(raw, known, source, given.currency)
    if len(frame) and frame["currency"].isna().all():
        source.notes.append(Message("note.no_currency"))
    if known.guessed:
        # Accounts without digits are labelled by layout, and guessed layouts are many.
        cells = known.header or [str(column) for column in known.columns]
        digest = hashlib.sha256("\n".join(cells).encode()).hexdigest()
        frame["layout"] = constant(f"{GUESSED}-{digest[:4]}", len(frame))
    return frame, source


def _seen(head: Sequence[Sequence[str]]) -> str:
    """The first row with several cells, as the columns to show in an error."""
    row = next((r for r in head if sum(bool(c.strip()) for c in r) > 1), head[0] if head else [])
    return " | ".join(masked(clean(cell).strip())[:30] for cell in row[:16])
