"""What the user decided about earlier cases: confirmed, rejected, or not due.

A CSV or a workbook with an id and a decision per row; the id is that of a case, or the ids of its
transactions parted by blanks. The To do sheet of the report is such a table.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from reconcile import files
from reconcile.errors import InputError
from reconcile.ledger import Rejected
from reconcile.readers import decode, delimiters
from reconcile.text import Message, masked

# Words for each decision and each column, in both languages, folded to lower case.
_WORDS = {
    "confirm": ("confirm", "confirmed", "yes", "確認", "確定", "正しい"),
    "reject": ("reject", "rejected", "no", "却下", "違う"),
    "not due": ("not due", "not_due", "対象外", "返金不要"),
}
_ID = (
    "id", "case", "case id", "case_id", "transactions", "案件", "番号", "取引", "案件id",
    "案件 id", "案件番号", "案件の番号",
)  # fmt: skip
_DECISION = ("decision", "判断")
# Sentences after which there is no rest that could be due.
_NO_REST = ("explain.nothing_missing", "explain.likely_whole")
# How workbooks begin: XLSX, and XLS.
_ZIP, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# So many cases are named in a note.
_SHOWN = 5
_Name = TypeVar("_Name", str, frozenset[str])


@dataclass
class Decisions:
    """Decision (`confirm`, `reject`, `not due`) by case id, and by set of transaction ids."""

    by_case: dict[str, str] = field(default_factory=dict)
    by_rows: dict[frozenset[str], str] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    file: str = ""
    heard: set[str | frozenset[str]] = field(default_factory=set)
    # What rows of the file contradict each other about; none of them counts.
    contrary: set[str | frozenset[str]] = field(default_factory=set)
    # Cases about which a row by their id contradicts one by their transactions.
    clashing: set[str] = field(default_factory=set)

    def of(self, case: str, transactions: Iterable[str]) -> str | None:
        """What was decided of a case, or None."""
        rows = frozenset(transactions)
        self.heard |= {case} & self.by_case.keys() | {rows} & self.by_rows.keys()
        one, two = self.by_case.get(case), self.by_rows.get(rows)
        if one and two and one != two:
            self.clashing.add(case)
            return None
        return one or two

    def unheard(self) -> list[Message]:
        """Notes of decisions that changed nothing: about cases that are no longer there, and such
        as contradict each other.
        """
        lost = [case for case in self.by_case if case not in self.heard]
        lost += [" ".join(sorted(rows)) for rows in self.by_rows if rows not in self.heard]
        against = [one if isinstance(one, str) else " ".join(sorted(one)) for one in self.contrary]
        against += self.clashing
        return [
            Message(code, {
                "file": self.file, "count": len(names), "cases": masked(", ".join(names[:_SHOWN])),
            })
            for code, names in (
                ("decision.no_case", lost), ("decision.contrary", sorted(against)),
            ) if names
        ]  # fmt: skip

    def named(self) -> list[frozenset[str]]:
        """Sets of transactions that the user confirmed by name."""
        return [ids for ids, said in self.by_rows.items() if said == "confirm"]


def settle(row: dict[str, Any], said: str | None) -> dict[str, Any]:
    """A case row after the user's word: what is not due counts as kept and asks for nothing."""
    if said == "confirm":
        return row | {"evidence": [*row["evidence"], Message("decision.confirmed")]}
    if said != "not due":
        return row
    kept = row["kept"] + row["missing"]
    told = [_decided(one) for one in row["explanation"]]
    rest = (row["missing"] > 0 or row["due"] is not None or row["shortfall"] > 0) and not any(
        one.code in _NO_REST for one in told
    )
    if rest and told == row["explanation"]:
        told.append(Message("decision.not_due_sentence"))
    return row | {
        "kept": kept, **_all_kept(row), "missing": 0, "due": None, "verdict": "refunded",
        "next_step": "none", "deadline": None, "next_text": Message("advice.none"), "message": None,
        "checklist": [],
        "evidence": [*row["evidence"], Message("decision.not_due")],
        "explanation": told,
    }  # fmt: skip


def _decided(said: Message) -> Message:
    """That nothing tells whether the rest is due is no longer so."""
    return Message("decision.part", said.params) if said.code == "explain.part" else said


def _all_kept(row: dict[str, Any]) -> dict[str, Any]:
    """Intervals with all of `missing` in `kept`: what is unsure of it stays unsure."""
    if row.get("missing_low") is None:
        return {}
    ends = {f"kept_{end}": row[f"kept_{end}"] + row[f"missing_{end}"] for end in ("low", "high")}
    return ends | {"missing_low": 0, "missing_high": 0}


def read(path: Path) -> Decisions:
    """Decisions from a CSV or a workbook; rows without one are passed over, wrong ones reported.

    `InputError` when the file cannot be read or has no column for the id or the decision.
    """
    data, file = files.load(path), files.label(path.name)
    packed = data.startswith((_ZIP, _XLS))
    for content, delimiter in _sheets(data, file) if packed else [_text(data, file)]:
        out = _decisions(content, delimiter, file)
        if out is not None:
            return out
    raise InputError("decisions_sheet" if packed else "decisions_columns", file=file)


def _text(data: bytes, file: str) -> tuple[str, str]:
    """A file of lines, and what parts its cells."""
    content = decode.decode(data, file, None).text
    return content, delimiters.likeliest(content)


def _sheets(data: bytes, file: str) -> list[tuple[str, str]]:
    """The sheets of a workbook, likewise; of an archive of anything else, none."""
    # Late: it takes long to load, for what few runs need.
    from reconcile.readers import sheets

    if data.startswith(_XLS):
        found = sheets.read_xls(data, file)
    elif sheets.is_workbook(sheets.check_zip(data, file)):
        found = sheets.read_xlsx(data, file)
    else:
        return []
    return [(content, ",") for _, content in found]


def _decisions(content: str, delimiter: str, file: str) -> Decisions | None:
    """The decisions of a table; None where it lacks a column for them or for the cases."""
    reader = csv.reader(io.StringIO(content), delimiter=delimiter)
    out = Decisions(file=file)
    columns: tuple[int, int] | None = None
    for row in reader:
        cells = [cell.strip() for cell in row]
        if columns is None:
            columns = _columns(cells)
            continue
        if len(cells) <= max(columns) or not cells[columns[1]]:
            continue
        _take(out, cells[columns[0]], cells[columns[1]], reader.line_num)
    return None if columns is None else out


def _columns(cells: list[str]) -> tuple[int, int] | None:
    header = [_plain(cell) for cell in cells]
    found = [
        next((n for n, cell in enumerate(header) if cell in names), None)
        for names in (_ID, _DECISION)
    ]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _plain(cell: str) -> str:
    """A cell as words are compared: without regard to width, case and the number of blanks."""
    return " ".join(unicodedata.normalize("NFKC", cell).casefold().split())


def _take(out: Decisions, name: str, said: str, line: int) -> None:
    decision = next((key for key, words in _WORDS.items() if _plain(said) in words), None)
    ids = _plain(name).replace(",", " ").replace(";", " ").split()
    if decision is None or not ids:
        values = {"text": masked(said) if decision is None else name}
        out.rejected.append(Rejected(line, Message("reason.decision", values)))
    elif len(ids) == 1 and len(ids[0]) == 12:
        _note(out.contrary, out.by_case, ids[0], decision)
    else:
        _note(out.contrary, out.by_rows, frozenset(ids), decision)


def _note(
    contrary: set[str | frozenset[str]], known: dict[_Name, str], name: _Name, decision: str
) -> None:
    """Take a decision, or none where another row decides otherwise: their order tells nothing."""
    if name in contrary or known.setdefault(name, decision) != decision:
        known.pop(name, None)
        contrary.add(name)
