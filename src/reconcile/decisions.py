"""What the user decided about earlier cases: confirmed, rejected, or not due.

A CSV with an id and a decision per row; the id is that of a case, or the ids of its transactions
parted by blanks. The To do sheet of the workbook saved as CSV is such a file.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconcile import files
from reconcile.errors import InputError
from reconcile.ledger import Rejected
from reconcile.readers import decode, text
from reconcile.text import Message, masked

# Words for each decision and each column, in both languages, folded to lower case.
_WORDS = {
    "confirm": ("confirm", "confirmed", "yes", "確認", "確定", "正しい"),
    "reject": ("reject", "rejected", "no", "却下", "違う"),
    "not due": ("not due", "not_due", "対象外", "返金不要"),
}
_ID = ("id", "case", "case id", "case_id", "transactions", "案件", "番号", "取引")
_DECISION = ("decision", "判断")
# So many cases are named in a note.
_SHOWN = 5


@dataclass
class Decisions:
    """Decision (`confirm`, `reject`, `not due`) by case id, and by set of transaction ids."""

    by_case: dict[str, str] = field(default_factory=dict)
    by_rows: dict[frozenset[str], str] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    file: str = ""
    heard: set[str | frozenset[str]] = field(default_factory=set)

    def of(self, case: str, transactions: Iterable[str]) -> str | None:
        """What was decided of a case, or None."""
        rows = frozenset(transactions)
        self.heard |= {case} & self.by_case.keys() | {rows} & self.by_rows.keys()
        return self.by_case.get(case) or self.by_rows.get(rows)

    def unheard(self) -> list[Message]:
        """A note where decisions name what nobody asked about: cases that are no longer there."""
        lost = [case for case in self.by_case if case not in self.heard]
        lost += [" ".join(sorted(rows)) for rows in self.by_rows if rows not in self.heard]
        values = {"file": self.file, "count": len(lost), "cases": masked(", ".join(lost[:_SHOWN]))}
        return [Message("decision.no_case", values)] if lost else []

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
    return row | {
        "kept": kept, **_all_kept(row), "missing": 0, "due": None, "verdict": "refunded",
        "next_step": "none", "deadline": None, "next_text": Message("advice.none"), "message": None,
        "checklist": [],
        "evidence": [*row["evidence"], Message("decision.not_due")],
        "explanation": [*row["explanation"], Message("decision.not_due_sentence")],
    }  # fmt: skip


def _all_kept(row: dict[str, Any]) -> dict[str, Any]:
    """Intervals with all of `missing` in `kept`: what is unsure of it stays unsure."""
    if row.get("missing_low") is None:
        return {}
    ends = {f"kept_{end}": row[f"kept_{end}"] + row[f"missing_{end}"] for end in ("low", "high")}
    return ends | {"missing_low": 0, "missing_high": 0}


def read(path: Path) -> Decisions:
    """Decisions from a CSV; rows without a decision are passed over, wrong ones are reported.

    `InputError` when the file cannot be read or has no column for the id or the decision.
    """
    content = decode.decode(files.load(path), files.label(path.name), None).text
    reader = csv.reader(io.StringIO(content), delimiter=text.delimiter_of(content))
    out = Decisions(file=files.label(path.name))
    columns: tuple[int, int] | None = None
    for row in reader:
        cells = [cell.strip() for cell in row]
        if columns is None:
            columns = _columns([cell.casefold() for cell in cells])
            continue
        if len(cells) <= max(columns) or not cells[columns[1]]:
            continue
        _take(out, cells[columns[0]], cells[columns[1]], reader.line_num)
    if columns is None:
        raise InputError("decisions_columns", file=files.label(path.name))
    return out


def _columns(header: list[str]) -> tuple[int, int] | None:
    found = [
        next((n for n, cell in enumerate(header) if cell in names), None)
        for names in (_ID, _DECISION)
    ]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _take(out: Decisions, name: str, said: str, line: int) -> None:
    decision = next((key for key, words in _WORDS.items() if said.casefold() in words), None)
    ids = name.replace(",", " ").replace(";", " ").split()
    if decision is None or not ids:
        values = {"text": masked(said) if decision is None else name}
        out.rejected.append(Rejected(line, Message("reason.decision", values)))
    elif len(ids) == 1 and len(ids[0]) == 12:
        out.by_case[ids[0]] = decision
    else:
        out.by_rows[frozenset(ids)] = decision
