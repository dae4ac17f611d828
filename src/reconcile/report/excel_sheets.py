"""The sheets of the workbook that are tables: what to do, refunds, transactions, rates, sources."""

from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reconcile.ledger import COLUMNS
from reconcile.report.digest import Story, known, needing, remarks, sentence
from reconcile.report.excel_style import ALARM, Column, Formula, Link, Pen, Share, Tinted
from reconcile.tables import CAUSES, VERDICTS, Tables
from reconcile.text import Money, render

SHEETS = ("summary", "todo", "refunds", "transactions", "rates", "sources", "guide")
_FIRST = 2  # the first data row of every sheet that is one table

# Where each column of the Refunds sheet stands; formulas and links are made from this alone.
_REFUNDS = [
    Column("field.number", "text", 5),
    Column("field.date", "text", 11),
    Column("field.description", "wrap", 14, 24),
    Column("field.account"),
    Column("field.charged", "text", 10),
    Column("field.refunded", "text", 10),
    Column("field.shortfall", "strong", 10),
    *(Column(f"cause.{cause}", "cause", 9) for cause in CAUSES),
    Column("field.causes_sum", "cause", 10),
    Column("field.check", "cause", 8),
    Column("field.verdict", "text", 12),
    Column("field.confidence", "text", 9),
    Column("field.explanation", "wrap", 56, 56),
    # What follows is for looking closer, and is left out of the print.
    Column("field.next_step", "wrap", 40, 40),
    Column("field.deadline", "text", 11),
    *(Column(f"field.{cause}_{end}", "text", 10) for cause in CAUSES for end in ("low", "high")),
    Column("field.evidence", "wrap", 40, 40),
    Column("field.alternatives", "text", 8),
    Column("field.orders", "wrap", 12, 22),
    Column("field.id", "text", 18),
]
_AT = {column.header: get_column_letter(n) for n, column in enumerate(_REFUNDS, start=1)}


class Book:
    """What the sheets share: the workbook, the pen, the tables and where each case stands."""

    def __init__(self, workbook: Workbook, tables: Tables, told: list[Story], pen: Pen, all_rows: bool):
        self.tables, self.told, self.pen = tables, told, pen
        self.names = {name: pen.say(f"sheet.{name}") for name in SHEETS}
        self.sheets: dict[str, Worksheet] = {n: workbook.create_sheet(t) for n, t in self.names.items()}
        ledger = tables.transactions
        self.case_of = {row: story.number for story in told for row in story.rows}
        chosen = ledger["merchant"].notna().to_numpy(copy=True)
        chosen[list(self.case_of)] = True
        self.positions = list(range(len(ledger))) if all_rows else chosen.nonzero()[0].tolist()
        self.row_of = {position: n for n, position in enumerate(self.positions, start=_FIRST)}

    def case_link(self, number: int) -> Link:
        """A link to a case's row on the Refunds sheet."""
        return Link(number, self.names["refunds"], _FIRST + number - 1)


def todo(book: Book) -> None:
    """One row per case in which the user has something to do, by deadline."""
    pen, sheet = book.pen, book.sheets["todo"]
    rows = []
    for story in needing(book.told):
        case = story.case
        due = case.due and Money(case.due.amount, case.due.currency, case.due.places)
        rows.append(
            [
                book.case_link(story.number),
                known(case.deadline),
                sentence([case.next_text], pen.lang),
                due,
                Tinted(pen.say(f"verdict.{case.verdict}"), case.verdict),
                sentence(case.explanation, pen.lang),
                story.day,
                story.description,
                known(case.account),
            ]
        )
    columns = [
        Column("field.number", "text", 5),
        Column("field.deadline", "text", 11),
        Column("field.next_step", "wrap", 60, 60),
        Column("field.due", "text", 10),
        Column("field.verdict", "text", 12),
        Column("field.explanation", "wrap", 50, 50),
        Column("field.date", "text", 11),
        Column("field.description", "wrap", 14, 24),
        Column("field.account"),
    ]
    if not rows:
        rows = [[None, None, pen.say("excel.nothing_to_do"), *[None] * (len(columns) - 3)]]
    pen.table(sheet, 1, "ToDo", columns, rows)
    pen.page(sheet, "B2", "1:1")


def refunds(book: Book) -> None:
    """One row per case, with live sums and a check that turns red when they disagree."""
    pen, sheet = book.pen, book.sheets["refunds"]
    rows = [_refund(book, story) for story in book.told]
    end = pen.table(sheet, 1, "Refunds", _REFUNDS, rows)
    pen.page(sheet, "C2", "1:1")
    sheet.print_area = f"A1:{_AT['field.explanation']}{end - 1}"
    check = _AT["field.check"]
    sheet.conditional_formatting.add(
        f"{check}{_FIRST}:{check}{max(end - 1, _FIRST)}",
        CellIsRule(
            operator="notEqual",
            formula=["0"],
            font=Font(bold=True, color="FFFFFFFF"),
            fill=PatternFill(bgColor=ALARM),
        ),
    )


def _refund(book: Book, story: Story) -> list[Any]:
    pen, case, row = book.pen, story.case, _FIRST + story.number - 1
    amounts = [story.money(cause) for cause in CAUSES]
    total = amounts[0]._replace(minor=sum(amount.minor for amount in amounts))
    at = {name: f"{letter}{row}" for name, letter in _AT.items()}
    first, last = at[f"cause.{CAUSES[0]}"], at[f"cause.{CAUSES[-1]}"]
    # Cells hold binary fractions: without rounding, dollars would differ by 1e-14 and turn red.
    check = f"=ROUND({at['field.shortfall']}-{at['field.causes_sum']},{total.places})"
    short = story.money("shortfall")
    number: Any = story.number
    if story.rows:
        number = Link(number, book.names["transactions"], book.row_of[story.rows[0]])
    return [
        number,
        story.day,
        story.description,
        known(case.account),
        story.money("charged"),
        story.money("refunded"),
        Formula(f"={at['field.charged']}-{at['field.refunded']}", short),
        *amounts,
        Formula(f"=SUM({first}:{last})", total),
        Formula(check, short._replace(minor=short.minor - total.minor)),
        Tinted(pen.say(f"verdict.{case.verdict}"), case.verdict),
        Share(float(case.confidence)),
        sentence(case.explanation, pen.lang),
        sentence([case.next_text], pen.lang),
        known(case.deadline),
        *(
            None if (bound := known(getattr(case, f"{cause}_{end}"))) is None else total._replace(minor=int(bound))
            for cause in CAUSES
            for end in ("low", "high")
        ),
        "\n".join(sentence([message], pen.lang) for message in case.evidence),
        len(case.alternatives),
        "\n".join(case.orders),
        case.id,
    ]


def transactions(book: Book) -> None:
    """The chosen transactions as the statements print them, each with file, line and case."""
    pen, sheet, tables = book.pen, book.sheets["transactions"], book.tables
    reasons = dict(zip(tables.unlinked["transaction"], tables.unlinked["reason"], strict=True))
    lists = {name: tables.transactions[name].astype(object).tolist() for name in COLUMNS}
    words = {
        (group, key): pen.say(f"{group}.{key}")
        for group, name in (("kind", "kind"), ("status", "status"), ("strength", "merchant_strength"))
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
    pen.table(sheet, 1, "Transactions", columns, rows)
    pen.page(sheet, "B2", "1:1")


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
        for r in book.tables.rates.itertuples(index=False)
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
        [s.file, s.layout, s.encoding, s.rows, s.transactions, s.duplicates, len(s.rejected), s.sha256]
        for s in book.tables.sources
    ]
    columns = [
        Column("field.file", "wrap", 30, 40),
        Column("field.layout", "text", 16),
        Column("field.encoding", "text", 12),
        Column("field.rows"),
        Column("field.transactions"),
        Column("field.duplicates"),
        Column("field.rejected"),
        Column("field.sha256", "wrap", 34, 34),
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
            Column("field.remark", "plain", 8, 12),
        ],
        notes,
    )
    # The sentence is long and its column narrow: it may run over the empty cells beside it.
    pen.page(sheet, "A2")


def guide(book: Book) -> None:
    """How to read the workbook, and what each word in it means."""
    pen, sheet = book.pen, book.sheets["guide"]
    rows = [[pen.say("guide.reading"), book.names[name], pen.say(f"guide.sheet_{name}")] for name in SHEETS]
    rows += [
        [pen.say("guide.verdict"), pen.say(f"verdict.{verdict}"), pen.say(f"guide.verdict_{verdict}")]
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
