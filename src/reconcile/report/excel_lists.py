"""The sheets that list what was read and used: transactions, rates, sources, and the guide."""

from decimal import Decimal, InvalidOperation

from openpyxl.utils import get_column_letter

from reconcile.ledger import COLUMNS
from reconcile.report.digest import each, known, remarks, sentence
from reconcile.report.excel_sheets import SHEETS, Book
from reconcile.report.excel_style import Column
from reconcile.tables import CAUSES, VERDICTS
from reconcile.text import Money, render

_PRINTED = 15  # columns of Transactions up to the remark; the others are for looking closer


def transactions(book: Book) -> None:
    """The chosen transactions as the statements print them, each with file, line and case."""
    pen, sheet, tables = book.pen, book.sheets["transactions"], book.tables
    reasons = dict(zip(tables.unlinked["transaction"], tables.unlinked["reason"], strict=True))
    lists = {name: tables.transactions[name].astype(object).tolist() for name in COLUMNS}
    words = {
        (group, key): pen.say(f"{group}.{key}")
        for group, name in (
            ("kind", "kind"),
            ("status", "status"),
            ("strength", "merchant_strength"),
        )
        for key in tables.transactions[name].dropna().unique()
    }
    rows = []
    for n in book.positions:
        one = {name: known(values[n]) for name, values in lists.items()}
        number = book.case_of.get(n)
        original = one["original_amount"]
        fee = one["fee_amount"]
        reason = reasons.get(one["id"])
        rows.append(
            [
                None if number is None else book.case_link(number),
                one["transaction_date"],
                one["posted_date"],
                one["description"],
                Money(one["amount"], one["currency"], one["decimals"]),
                words["kind", one["kind"]],
                words["status", one["status"]],
                None if original is None
                else Money(original, one["original_currency"], one["original_decimals"]),
                number_or_text(one["conversion_rate"]),
                one["conversion_date"],
                None if fee is None else Money(fee, one["currency"], one["decimals"]),
                one["account"],
                one["file"],
                one["line"],
                None if reason is None else render(reason, pen.lang),
                one["merchant"],
                words.get(("strength", one["merchant_strength"])),
                one["reference"],
                one["id"],
            ]
        )  # fmt: skip
    columns = [
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
    end = pen.table(sheet, 1, "Transactions", columns, rows)
    pen.page(sheet, "B2", "1:1")
    sheet.print_area = f"A1:{get_column_letter(_PRINTED)}{end - 1}"


def number_or_text(text: str | None) -> Decimal | str | None:
    """A rate printed as decimal text as a number; as the text it is where it is none."""
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def rates(book: Book) -> None:
    """Every reference rate that was used, with its date and source."""
    pen, sheet = book.pen, book.sheets["rates"]
    rows = [
        [known(r.date), r.base, r.quote, number_or_text(r.rate), pen.say(f"rate_source.{r.source}")]
        for r in each(book.tables.rates)
    ]
    columns = [
        Column("field.rate_date", "text", 12),
        Column("field.base", "text", 12),
        Column("field.quote", "text", 12),
        Column("field.rate", "text", 14),
        Column("field.source", "text", 30),
    ]
    pen.table(sheet, 1, "Rates", columns, rows)
    pen.page(sheet, "A2", "1:1")


def sources(book: Book) -> None:
    """The files read, and below them each assumption and each line that could not be used."""
    pen, sheet = book.pen, book.sheets["sources"]
    files = [
        [
            s.file,
            s.layout,
            s.encoding,
            s.sha256,
            s.rows,
            s.transactions,
            s.duplicates,
            len(s.rejected),
        ]
        for s in book.tables.sources
    ]
    columns = [
        Column("field.file", "wrap", 30, 40),
        Column("field.layout", "text", 16),
        Column("field.encoding", "text", 12),
        Column("field.sha256", "text", 70, 70),
        Column("field.rows"),
        Column("field.transactions"),
        Column("field.duplicates"),
        Column("field.rejected"),
    ]
    below = pen.table(sheet, 1, "Files", columns, files)
    pen.put(sheet, below + 1, 1, pen.say("excel.remarks"), "section")
    notes = [
        [
            remark.file,
            pen.say(f"remark.{remark.kind}"),
            None if remark.line is None else pen.say("excel.line", line=remark.line),
            sentence([remark.message], pen.lang),
        ]
        for remark in remarks(book.tables)
    ]
    top = below + 2
    pen.table(
        sheet,
        top,
        "Remarks",
        [
            Column("field.remark_file", "wrap", 30, 40),
            Column("field.remark_kind"),
            Column("field.line"),
            Column("field.remark", "wrap", 70, 70),
        ],
        notes,
    )
    pen.page(sheet, "A2")


def guide(book: Book) -> None:
    """How to read the workbook, and what each word in it means."""
    pen, sheet = book.pen, book.sheets["guide"]
    rows = [
        [pen.say("guide.reading"), book.names[name], pen.say(f"guide.sheet_{name}")]
        for name in SHEETS
    ]
    rows += [
        [
            pen.say("guide.verdict"),
            pen.say(f"verdict.{verdict}"),
            pen.say(f"guide.verdict_{verdict}"),
        ]
        for verdict in VERDICTS
    ]
    rows += [
        [pen.say("guide.cause"), pen.say(f"cause.{cause}"), pen.say(f"guide.cause_{cause}")]
        for cause in CAUSES
    ]
    rows += [
        [pen.say("guide.numbers"), pen.say(f"guide.{name}"), pen.say(f"guide.{name}_means")]
        for name in ("shortfall", "interval", "confidence", "check", "rate", "sign")
    ]
    columns = [
        Column("guide.about", "text", 18),
        Column("guide.term", "strong", 24),
        Column("guide.meaning", "wrap", 100, 100),
    ]
    pen.table(sheet, 1, "Guide", columns, rows)
    pen.page(sheet, "A2", "1:1")
