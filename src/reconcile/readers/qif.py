"""QIF (Quicken interchange) to a raw table: one row of cells per record, and one for each stretch
of lines that are none: headers, lists, investments.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile.errors import InputError
from reconcile.layout import Layout, Match, RowRule
from reconcile.readers import guess_values
from reconcile.readers.text import RawTable
from reconcile.text import Message, clean, masked

_FIELDS = {
    "D": "Date",
    "T": "Amount",
    "U": "Amount",
    "P": "Payee",
    "M": "Memo",
    "N": "Number",
    "C": "Cleared",
    "L": "Category",
}
# Those of which a record has one.
_ONCE = frozenset("DT")
# Every letter that a line may begin with, splits and investments included.
_LETTERS = frozenset("DTUPMNCLASE$%FXYIQOVJKRBGHW^!#")
HEADER = ("Date", "Payee", "Memo", "Amount", "Number", "Cleared", "Category")
_DATE = HEADER.index("Date")
_STATEMENT = re.compile(r"(?i)!Type:(?:Bank|CCard|Cash|Oth)")
# Quicken's own dates pad with blanks, and an apostrophe says that the year is one of this century.
_DAY = re.compile(r"(\d{1,4})\s*([-/.])\s*(\d{1,2})\s*(['’]|\2)\s*(\d{1,4})")
# Written so, a year from here on is one of the century before: no statement is of 2099.
_CENTURY_ENDS = 69
# A record: its day, an amount and what else there is, up to its end.
_RECORD = re.compile(
    r"\s*D *\d{1,4} *[-/.] *\d{1,2} *['’/.-] *\d{1,4}\s*\n(?:[MNCLASEX$].*\n|P.*\n){0,9}"
    r"[TU]-?[\d.,]+\s*\n(?:[A-Z$].*\n){0,12}\^"
)
_LENGTH = 40
# Of many accounts no more are named.
_NAMES = 8
# What lines are that belong to no transaction; each is counted under its own name.
_OTHER = ("header", "list", "investment")


class Piece(NamedTuple):
    """Lines that belong together, the first counted from 1: a record, or (`role`) none.

    `account` is the name of a record's account, empty where none is told.
    """

    line: int
    lines: int
    fields: dict[str, str]
    role: str = ""
    account: str = ""


def looks_like_qif(text: str) -> bool:
    """Whether a text starts as a QIF file does, or with a record of one that lost its header."""
    head = re.match(r"(?i)\s*!(?:Type:[a-z]|Account|Option|Clear)", text)
    return (head or _RECORD.match(text)) is not None


def is_card(text: str) -> bool:
    """Whether the file says it is of a credit card."""
    return re.search(r"(?mi)^!Type:CCard", text) is not None


def check(text: str, file: str) -> None:
    """Raise `InputError` where a text is QIF by its first line only, or has no account in it."""
    lines = text.split("\n")
    strange = [n for n, line in enumerate(lines) if line[:1] not in _LETTERS and line.strip()]
    if len(strange) > sum(line[:1] == "^" for line in lines):
        at = strange[0]
        raise InputError("qif_mixed", file=file, line=at + 1, text=_shown(lines[at]))
    heads = [line for line in lines if line[:1] == "!"]
    if heads and not any(_STATEMENT.match(line) for line in heads):
        seen = dict.fromkeys(_shown(line) for line in heads)
        raise InputError("qif_no_account", file=file, seen=", ".join([*seen][:8]))


def pieces(text: str) -> list[Piece]:
    """All lines of a file as records, and as stretches of lines that belong to none.

    A second date or amount begins a record of its own: the end of the one before is damaged.
    """
    out: list[Piece] = []
    found: dict[str, str] = {}
    seen: set[str] = set()
    start, section = 0, ""
    account = entry = ""
    listing = False

    def close(after: int) -> None:
        nonlocal found, seen, start
        if start:
            out.append(Piece(start, after - start, found, "", account))
        start, found, seen = 0, {}, set()

    lines = text.removesuffix("\n").split("\n")
    for number, line in enumerate(lines, 1):
        letter = line[:1]
        if letter == "!":
            close(number)
            # Options are said between the lists, and begin none.
            if re.match(r"(?i)!(?:Option|Clear)", line) is None:
                section = _section(line)
                listing = line[:8].casefold() == "!account"
                # Of a list of all accounts the last entry before the records is theirs.
                account = account if section else entry
                entry = "" if listing else entry
            elif line[:6].casefold() == "!clear":
                entry = ""  # the list of all accounts ends
            _pass(out, number, "header")
        elif section or not (start or line.strip()):
            if listing and letter == "N":
                entry = line[1:].strip()
            _pass(out, number, section if line.strip() else "blank")
        else:
            if letter in _ONCE:
                if letter in seen:
                    close(number)
                seen.add(letter)
            start = start or number
            if letter in _FIELDS:
                found.setdefault(_FIELDS[letter], line[1:].strip())
            elif letter == "^":
                close(number + 1)
    close(len(lines) + 1)
    if out and not out[0].role:
        # A file that lost its header begins with a record.
        out.insert(0, Piece(1, 0, {}, "header"))
    return out


def _section(line: str) -> str:
    """What the lines below a heading are; empty where they are transactions."""
    if _STATEMENT.match(line):
        return ""
    return "investment" if re.match(r"(?i)!Type:Invst", line) else "list"


def _pass(out: list[Piece], number: int, role: str) -> None:
    """Add a line that belongs to no record to the stretch of its role."""
    if out and out[-1].role == role:
        out[-1] = out[-1]._replace(lines=out[-1].lines + 1)
    else:
        out.append(Piece(number, 1, {}, role))


def table(found: Sequence[Piece]) -> RawTable:
    """The raw table of a file's pieces, below a header that names the fields.

    What is no record stands in a row of its own that `rules` know. The first piece is the header.
    Where accounts are named, the last column holds their names.
    """
    rest = found[1:]
    rows = [list(HEADER)]
    rows += [[f"!{p.role}"] + [""] * 6 if p.role in _OTHER else _cells(p) for p in rest]
    cells = _frame(rows)
    if accounts(found):
        cells[len(HEADER)] = ["Account", *(p.account for p in rest)]
    line, span = (np.array([p[n] for p in found], np.int64) for n in (0, 1))
    width = np.full(len(rows), cells.shape[1], np.int64)
    return RawTable(cells, line, span, width, placed=True)


def accounts(found: Sequence[Piece]) -> list[str]:
    """The names of the accounts whose records a file holds."""
    return [name for name in dict.fromkeys(p.account for p in found if not p.role) if name]


def told(text: str, found: Sequence[Piece]) -> pd.DataFrame:
    """The header, the records, and rows with nothing but a date: days that stand elsewhere in the
    file, which may show the order of day and month where those of the records leave it open.
    """
    records = [_cells(p) for p in found if not p.role]
    lines = text.split("\n")
    days = [day(d) for p in found if p.role == "investment" for d in _days_in(lines, p)]
    if re.search(r"(?mi)^!Option:MDY", text):
        days.append("12/31/1999")
    # Without a record nothing is to be told.
    elsewhere = [[d] + [""] * 6 for d in days] if records else []
    return _frame([list(HEADER), *records, *elsewhere])


def _days_in(lines: list[str], piece: Piece) -> list[str]:
    inside = lines[piece.line - 1 : piece.line - 1 + piece.lines]
    texts = [line[1:].strip() for line in inside if line[:1] == "D"]
    return [each for each in texts if _DAY.fullmatch(each)]


def _cells(piece: Piece) -> list[str]:
    cells = [piece.fields.get(name, "") for name in HEADER]
    cells[_DATE] = day(cells[_DATE])
    return cells


def _frame(rows: list[list[str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=range(len(HEADER)), dtype=object)


@lru_cache(maxsize=4096)  # days repeat
def day(text: str) -> str:
    """A date without Quicken's padding and apostrophe: `2/ 3'26` is `2/3/2026`."""
    parts = _DAY.fullmatch(text)
    if parts is None:
        return text
    first, sign, second, mark, year = parts.groups()
    if mark != sign and len(year) < 3:
        year = str(int(year) + (1900 if int(year) >= _CENTURY_ENDS else 2000))
    return f"{first}{sign}{second}{sign}{year}"


def rules() -> tuple[RowRule, ...]:
    """Row rules for what `table` holds besides records."""
    return tuple(RowRule("skip", Match("*", re.compile(rf"^!{r}\|")), r) for r in _OTHER)


def refusal(text: str, found: Sequence[Piece], file: str) -> InputError:
    """What to tell of a file whose dates or amounts cannot be told: the first that is none."""
    records = [piece for piece in found if not piece.role]
    lines = text.split("\n")
    for letter, name, is_one in (
        ("D", "date", guess_values.looks_like_dates),
        ("T", "amount", guess_values.looks_like_money),
    ):
        for piece in records:
            cell = piece.fields.get(name.capitalize(), "")
            plain = day(cell) if letter == "D" else cell
            if is_one(pd.Series([plain], dtype="str")):
                continue
            inside = range(piece.line, piece.line + piece.lines)
            at = next((n for n in inside if lines[n - 1][:1] == letter), piece.line)
            code = f"reason.qif_{name}" if cell else f"reason.no_{name}"
            reason = Message(code, {"text": _shown(cell)})
            return InputError("qif_rows", file=file, line=at, reason=reason)
    return InputError("qif_rows", file=file, line=records[0].line, reason=Message("reason.no_text"))


def kept(assumed: tuple[Message, ...]) -> tuple[Message, ...]:
    """Of what a guess assumed, what a QIF file leaves open too: the order of day and month."""
    return tuple(
        note
        for note in assumed
        if note.code.startswith(("guess.day", "guess.month", "guess.year", "guess.group"))
    )


def settled(layout: Layout, content: str, found: Sequence[Piece]) -> Layout:
    """A guessed layout with what QIF says of itself."""
    named = accounts(found)
    shown = [_shown(name) for name in named[:_NAMES]]
    return layout._replace(
        name="qif",
        title="QIF",
        bank=not is_card(content),
        charge_negative=True,
        rows=(*rules(), *layout.rows),
        columns=(*layout.columns, *([("account", (len(HEADER),))] if named else [])),
        assumed=(
            *kept(layout.assumed),
            *([Message("note.qif_accounts", {"names": shown})] if len(named) > 1 else []),
        ),
    )


def _shown(text: str) -> str:
    return masked(clean(text)).strip()[:_LENGTH]
