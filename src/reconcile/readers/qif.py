"""QIF (Quicken interchange) to raw text: one line of cells per record."""

import re

from reconcile.text import Message

_FIELDS = {
    "D": "Date",
    "T": "Amount",
    "U": "Amount",
    "P": "Payee",
    "M": "Memo",
    "N": "Number",
    "C": "Cleared",
}
# Every letter that a line may begin with, splits and investments included.
_LETTERS = frozenset("DTUPMNCLASE$%FXYIQOVJKRBGHW^!#")
HEADER = ("Date", "Payee", "Memo", "Amount", "Number", "Cleared", "Category")


def looks_like_qif(text: str) -> bool:
    """Whether a text starts as a QIF file of a bank or card account does."""
    return re.match(r"(?i)\s*!(?:Type:(?:Bank|CCard|Cash|Oth)|Account|Option)", text) is not None


def is_card(text: str) -> bool:
    """Whether the file says it is of a credit card."""
    return re.search(r"(?mi)^!Type:CCard", text) is not None


def is_mixed(text: str) -> bool:
    """Whether most of the file is no QIF, whatever its first line says."""
    lines = [line for line in text.split("\n") if line.strip()]
    strange = sum(line[0] not in _LETTERS for line in lines)
    return strange > sum(line[0] == "^" for line in lines)


def records(text: str) -> list[tuple[int, int, dict[str, str]]]:
    """(first line, lines, field -> text) of every transaction record; 1-based lines.

    Account and category lists between the transactions are passed over. A second date or amount
    begins a record of its own: the end of the one before is damaged.
    """
    out: list[tuple[int, int, dict[str, str]]] = []
    found: dict[str, str] = {}
    seen: set[str] = set()
    start, listed = 0, False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("!"):
            listed = re.match(r"(?i)!Type:(?:Bank|CCard|Cash|Oth)", line) is None
            continue
        if not line.strip() or listed:
            continue
        start = start or number
        if line[0] in seen and line[0] in "DT":
            out.append((start, number - start, found))
            start, found, seen = number, {}, set()
        if line[0] == "^":
            out.append((start, number - start + 1, found))
            start, found, seen = 0, {}, set()
            continue
        seen.add(line[0])
        name = "Category" if line[0] == "L" else _FIELDS.get(line[0])
        if name and name not in found:
            found[name] = line[1:].strip()
    if found:
        out.append((start, text.count("\n") + 1 - start, found))
    return out


def kept(assumed: tuple[Message, ...]) -> tuple[Message, ...]:
    """Of what a guess assumed, what a QIF file leaves open too: the order of day and month."""
    return tuple(
        note
        for note in assumed
        if note.code.startswith(("guess.day", "guess.month", "guess.year", "guess.group"))
    )
