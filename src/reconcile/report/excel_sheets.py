"""What the sheets share, and the two sheets of cases: what to do, and every refund."""

from typing import Any

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from reconcile.report import excel_rows
from reconcile.report.cells import Column, Formula, Link, Share, Tinted, Voice
from reconcile.report.digest import (
    Story,
    each,
    known,
    look,
    needing,
    outcome,
    percent,
    sentence,
    sureness,
    waiting,
)
from reconcile.report.excel_style import ALARM, Pen
from reconcile.report.remarks import period
from reconcile.tables import CAUSES, Tables
from reconcile.text import Money, render

SHEETS = (
    "summary", "todo", "refunds", "timeline", "transactions", "rates", "sources", "guide",
)  # fmt: skip
MOST_ROWS = 1_048_576  # of a sheet
_FIRST = 2  # the first data row of every sheet that is one table

# Where each column of the Refunds sheet stands; formulas and links are made from this alone.
REFUNDS = [
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
_AT = {column.header: get_column_letter(n) for n, column in enumerate(REFUNDS, start=1)}


class Data:
    """What every sheet is made from: the tables, the voice and where each case stands.

    `sheet_rows` is the number of rows that a sheet of transactions can hold.
    """

    def __init__(
        self, tables: Tables, told: list[Story], voice: Voice, all_rows: bool, sheet_rows: int
    ):
        self.tables, self.told, self.voice = tables, told, voice
        self.names = {name: voice.say(f"sheet.{name}") for name in SHEETS}
        self.case_of = {row: story.number for story in told for row in story.rows}
        self.positions, self.outside = shared_out(tables, told, all_rows, sheet_rows)
        self.row_of = {position: n for n, position in enumerate(self.positions, start=_FIRST)}

    def case_link(self, number: int) -> Link:
        """A link to a case's row on the Refunds sheet."""
        return Link(number, self.names["refunds"], _FIRST + number - 1)


class Book(Data):
    """The data with the workbook, its sheets and the pen that writes into them.

    `beside`: how many transactions stand in which file because the sheet has no room for them.
    """

    def __init__(
        self,
        workbook: Workbook,
        tables: Tables,
        told: list[Story],
        pen: Pen,
        all_rows: bool,
        rest: str,
    ):
        super().__init__(tables, told, pen, all_rows, MOST_ROWS)
        self.pen = pen
        self.beside = (len(self.outside), rest) if self.outside else None
        self.sheets: dict[str, Any] = {}
        for name, title in self.names.items():
            self.sheets[name] = workbook.create_sheet(title)


def shared_out(
    tables: Tables, told: list[Story], all_rows: bool, sheet_rows: int
) -> tuple[list[int], list[int]]:
    """Positions of the transactions that the sheet holds, and of those it has no room for.

    Rows of cases come into the sheet before all others, so that every link leads somewhere; a
    header and a line about the rest take their place.
    """
    ledger = tables.transactions
    of_cases = [row for story in told for row in story.rows]
    chosen = ledger["merchant"].notna().to_numpy(copy=True)
    chosen[of_cases] = True
    if all_rows:
        chosen[:] = True
    found: list[int] = chosen.nonzero()[0].tolist()
    room = sheet_rows - 2
    if len(found) <= room:
        return found, []
    first = set(of_cases)
    inside = sorted([*first, *[n for n in found if n not in first][: room - len(first)]])
    held = set(inside)
    return inside, [n for n in found if n not in held]


TODO = [
    Column("todo.number", "text", 5),
    Column("todo.state", "text", 12),
    Column("field.deadline", "text", 11),
    Column("field.next_step", "wrap", 60, 60),
    Column("field.due", "text", 10),
    Column("field.verdict", "text", 12),
    Column("field.explanation", "wrap", 50, 50),
    Column("todo.decision", "wrap", 12),
    # What follows is for sending and looking up, and is left out of the print.
    Column("field.date", "text", 11),
    Column("field.description", "wrap", 14, 24),
    Column("field.account"),
    Column("field.id", "text", 16),
    # A letter is longer than all that is to be read at a glance.
    Column("todo.message", "wrap", 60, 60, fits=False),
    Column("todo.checklist", "wrap", 50, 50, fits=False),
]
_TODO_AT = {column.header: get_column_letter(n) for n, column in enumerate(TODO, start=1)}
# Words of `decisions`: the sheet saved as CSV is a file of decisions.
DECISIONS = ("confirm", "reject", "not_due")


def todo_rows(data: Data) -> list[list[Any]]:
    """What the user can do now, by deadline, then what is still on its way; never empty."""
    rows = [_todo(data, story, "todo.act") for story in needing(data.told)]
    rows += [_todo(data, story, "todo.wait") for story in waiting(data.told)]
    if not rows:
        at = [column.header for column in TODO].index("field.next_step")
        rows = [[None] * len(TODO)]
        rows[0][at] = data.voice.say("excel.nothing_to_do")
    return rows


def todo(book: Book) -> None:
    """The sheet of what to do; saved as CSV, it is a file of decisions."""
    pen, sheet = book.pen, book.sheets["todo"]
    end = excel_rows.table(pen, sheet, "ToDo", TODO, todo_rows(book))
    pen.page(sheet, "B2", "1:1")
    letter = _TODO_AT["todo.decision"]
    sheet.print_area = f"A1:{letter}{end - 1}"
    words = {name: pen.say(f"todo.{name}") for name in DECISIONS}
    rule = DataValidation("list", formula1=f'"{",".join(words.values())}"', allow_blank=True)
    rule.promptTitle = pen.say("todo.decision")
    rule.prompt = pen.say("todo.choose", **words)
    rule.showInputMessage = rule.showErrorMessage = True
    rule.add(f"{letter}{_FIRST}:{letter}{end - 1}")
    sheet.add_data_validation(rule)


def _todo(data: Data, story: Story, state: str) -> list[Any]:
    voice, case = data.voice, story.case
    return [
        data.case_link(story.number),
        voice.say(state),
        known(case.deadline),
        sentence([case.next_text], voice.lang),
        case.due and Money(case.due.amount, case.due.currency, case.due.places),
        Tinted(voice.say(f"verdict.{outcome(case)}"), look(outcome(case))),
        sentence(case.explanation, voice.lang),
        None,
        story.day,
        story.description,
        data.voice.account(case.account),
        case.id,
        case.message and render(case.message, voice.lang).strip(),
        "\n".join(sentence([line], voice.lang) for line in case.checklist),
    ]


CARDS = ("field.account", "field.issuer", "field.fee", "field.refund_mode", "field.covered")


def card_rows(data: Data) -> list[list[str]]:
    """Every card: label, issuer, fee with its source, refund mode and the days covered."""
    say = data.voice.say
    rows = []
    for card in each(data.tables.cards):
        fee = say("report.unknown")
        if known(card.fee):
            source = say(f"fee_source.{card.fee_source}") if known(card.fee_source) else ""
            fee = say("report.fee", percent=percent(card.fee), source=source)
        spans = "\n".join(render(period(span), data.voice.lang) for span in card.covered or ())
        label, issuer = data.voice.account(card.account), known(card.issuer)
        mode = say(f"refund_mode.{card.refund_mode}")
        rows.append([label, issuer or say("report.unknown"), fee, mode, spans])
    return rows


def refund_rows(data: Data) -> list[list[Any]]:
    """Every case, in order of date."""
    return [_refund(data, story) for story in data.told]


def refunds(book: Book) -> None:
    """One row per case, with live sums and a check that turns red when they disagree."""
    pen, sheet = book.pen, book.sheets["refunds"]
    end = excel_rows.table(pen, sheet, "Refunds", REFUNDS, refund_rows(book))
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


def _refund(data: Data, story: Story) -> list[Any]:
    pen, case, row = data.voice, story.case, _FIRST + story.number - 1
    amounts = [story.money(cause) for cause in CAUSES]
    total = amounts[0]._replace(minor=sum(amount.minor for amount in amounts))
    at = {name: f"{letter}{row}" for name, letter in _AT.items()}
    first, last = at[f"cause.{CAUSES[0]}"], at[f"cause.{CAUSES[-1]}"]
    # Cells hold binary fractions: without rounding, dollars would differ by 1e-14 and turn red.
    check = f"=ROUND({at['field.shortfall']}-{at['field.causes_sum']},{total.places})"
    short = story.money("shortfall")
    number: Any = story.number
    if story.rows:
        number = Link(number, data.names["transactions"], data.row_of[story.rows[0]])
    return [
        number,
        story.day,
        story.description,
        data.voice.account(case.account),
        story.money("charged"),
        story.money("refunded"),
        Formula(f"={at['field.charged']}-{at['field.refunded']}", short),
        *amounts,
        Formula(f"=SUM({first}:{last})", total),
        Formula(check, short._replace(minor=short.minor - total.minor)),
        Tinted(pen.say(f"verdict.{outcome(case)}"), look(outcome(case))),
        Share(sureness(case)),
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
