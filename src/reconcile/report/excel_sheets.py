"""What the sheets share, and the two sheets of cases: what to do, and every refund."""

from typing import Any

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reconcile.report.digest import Story, known, needing, sentence
from reconcile.report.excel_style import ALARM, Column, Formula, Link, Pen, Share, Tinted
from reconcile.tables import CAUSES, Tables
from reconcile.text import Money

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

    def __init__(
        self, workbook: Workbook, tables: Tables, told: list[Story], pen: Pen, all_rows: bool
    ):
        self.tables, self.told, self.pen = tables, told, pen
        self.names = {name: pen.say(f"sheet.{name}") for name in SHEETS}
        self.sheets: dict[str, Worksheet] = {
            n: workbook.create_sheet(t) for n, t in self.names.items()
        }
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
        Rule(
            type="cellIs",
            operator="notEqual",
            formula=["0"],
            dxf=DifferentialStyle(
                font=Font(bold=True, color="FFFFFFFF"), fill=PatternFill(bgColor=ALARM)
            ),
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
            None
            if (bound := known(getattr(case, f"{cause}_{end}"))) is None
            else total._replace(minor=int(bound))
            for cause in CAUSES
            for end in ("low", "high")
        ),
        "\n".join(sentence([message], pen.lang) for message in case.evidence),
        len(case.alternatives),
        "\n".join(case.orders),
        case.id,
    ]
