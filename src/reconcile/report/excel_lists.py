"""The sheets that list what was read: transactions, sources, and the guide."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl.utils import get_column_letter

from reconcile.ledger import spelled
from reconcile.report import excel_rows
from reconcile.report.cells import Column
from reconcile.report.digest import (
    OUTCOMES,
    sentence,
    values,
)
from reconcile.report.excel_sheets import SHEETS, Book, Data
from reconcile.report.remarks import remarks
from reconcile.tables import CAUSES
from reconcile.text import Money, render

_PRINTED = 15  # columns of Transactions up to the remark; the others are for looking closer


TRANSACTIONS = [
    Column("field.case", "text", 5),
    Column("field.transaction_date", "text", 11),
    Column("field.posted_date", "text", 11),
    Column("field.description", "wrap", 20, 36),
    Column("field.amount", "strong", 10),
    Column("field.kind"),
    Column("field.status"),
    Column("field.original_amount", "text", 10),
    Column("field.conversion_rate", "text", 9),
    Column("field.conversion_date", "text", 11),
    Column("field.fee_amount", "text", 9),
    Column("field.account"),
    Column("field.file", "wrap", 14, 28),
    Column("field.line", "text", 6),
    Column("field.remark", "wrap", 12, 40),
    Column("field.merchant"),
    Column("field.merchant_strength"),
    Column("field.reference", "wrap", 10, 24),
    Column("field.id", "text", 18),
]


def transactions(book: Book) -> None:
    """The chosen transactions as the statements print them, each with file, line and case.

    Those that a sheet cannot hold are left to the file beside it.
    """
    pen, sheet = book.pen, book.sheets["transactions"]
    pen.page(sheet, "B2", "1:1")
    last = 1 + max(len(book.positions), 1)
    sheet.print_area = f"A1:{get_column_letter(_PRINTED)}{last}"
    foot = book.beside and pen.say("timeline.rest", n=book.beside[0], file=book.beside[1])
    rows = transaction_rows(book)
    excel_rows.table(pen, sheet, "Transactions", TRANSACTIONS, rows, foot or None)


def transaction_rows(book: Data) -> Iterator[list[Any]]:
    """The chosen transactions, each with its case and what there is to remark on it."""
    pen, tables = book.voice, book.tables
    reasons = dict(zip(tables.unlinked["transaction"], tables.unlinked["reason"], strict=True))
    chosen = spelled(tables.transactions.iloc[book.positions])

    def said(group: str, name: str) -> list[str | None]:
        words = {key: pen.say(f"{group}.{key}") for key in chosen[name].dropna().unique()}
        return [words.get(key) for key in values(chosen[name])]

    labels = {label: pen.account(label) for label in chosen["account"].unique()}
    places = chosen["decimals"].tolist()
    ids = values(chosen["id"])
    currency = values(chosen["currency"])
    cases = [book.case_of.get(n) for n in book.positions]
    lists = (
        [None if number is None else book.case_link(number) for number in cases],
        values(chosen["transaction_date"]),
        values(chosen["posted_date"]),
        values(chosen["description"]),
        _amounts(values(chosen["amount"]), currency, places),
        said("kind", "kind"),
        said("status", "status"),
        _amounts(
            values(chosen["original_amount"]), values(chosen["original_currency"]),
            chosen["original_decimals"].tolist(),
        ),
        map(number_or_text, values(chosen["conversion_rate"])),
        values(chosen["conversion_date"]),
        _amounts(values(chosen["fee_amount"]), currency, places),
        values(chosen["account"].map(labels)),
        values(chosen["file"]),
        values(chosen["line"]),
        [None if key not in reasons else render(reasons[key], pen.lang) for key in ids],
        values(chosen["merchant"]),
        said("strength", "merchant_strength"),
        values(chosen["reference"]),
        ids,
    )  # fmt: skip
    return map(list, zip(*lists, strict=True))


def _amounts(
    minor: list[Any], currency: list[str | None], places: list[int]
) -> Iterator[Money | None]:
    every = zip(minor, currency, places, strict=True)
    return (None if value is None else Money(value, code, digits) for value, code, digits in every)


def number_or_text(text: str | None) -> Decimal | str | None:
    """A rate printed as decimal text as a number; as the text it is where it is none."""
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


FILES = [
    Column("field.file", "wrap", 30, 40),
    Column("field.layout", "text", 16),
    Column("field.encoding", "text", 12),
    Column("field.sha256", "text", 70, 70),
    Column("field.rows"),
    Column("field.transactions"),
    Column("field.duplicates"),
    Column("field.rejected"),
]
REMARKS = [
    Column("field.remark_file", "wrap", 30, 40),
    Column("field.remark_kind"),
    Column("field.line"),
    Column("field.remark", "wrap", 70, 70),
]
GUIDE = [
    Column("guide.about", "text", 18),
    Column("guide.term", "strong", 24),
    Column("guide.meaning", "wrap", 100, 100),
]


def file_rows(data: Data) -> list[list[Any]]:
    """The files that were read, and what became of their rows."""
    return [
        [s.file, s.layout, s.encoding, s.sha256, s.rows, s.transactions, s.duplicates,
         len(s.rejected)]
        for s in data.tables.sources
    ]  # fmt: skip


def remark_rows(data: Data) -> list[list[Any]]:
    """Each assumption, and each line that could not be used."""
    voice = data.voice
    return [
        [
            remark.file,
            voice.say(f"remark.{remark.kind}"),
            None if remark.line is None else voice.say("excel.line", line=remark.line),
            sentence([remark.message], voice.lang),
        ]
        for remark in remarks(data.tables)
    ]


def sources(book: Book) -> None:
    """The files read, and below them each assumption and each line that could not be used."""
    pen, sheet = book.pen, book.sheets["sources"]
    below = pen.table(sheet, 1, "Files", FILES, file_rows(book))
    pen.put(sheet, below + 1, 1, pen.say("excel.remarks"), "section")
    pen.table(sheet, below + 2, "Remarks", REMARKS, remark_rows(book))
    pen.page(sheet, "A2")


def guide_rows(data: Data) -> list[list[Any]]:
    """What each sheet, result, cause and number means."""
    say = data.voice.say
    rows = [[say("guide.reading"), data.names[name], say(f"guide.sheet_{name}")] for name in SHEETS]
    rows += [
        [say("guide.verdict"), say(f"verdict.{name}"), say(f"guide.verdict_{name}")]
        for name in OUTCOMES
    ]
    rows += [
        [say("guide.cause"), say(f"cause.{cause}"), say(f"guide.cause_{cause}")] for cause in CAUSES
    ]
    rows += [
        [say("guide.numbers"), say(f"guide.{name}"), say(f"guide.{name}_means")]
        for name in ("shortfall", "interval", "confidence", "check", "rate", "sign")
    ]
    return rows


def guide(book: Book) -> None:
    """How to read the workbook, and what each word in it means."""
    sheet = book.sheets["guide"]
    book.pen.table(sheet, 1, "Guide", GUIDE, guide_rows(book))
    book.pen.page(sheet, "A2", "1:1")
