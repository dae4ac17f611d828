"""The cases as bookkeeping entries: beancount, hledger, or CSV for any spreadsheet or program.

One entry per case whose rows are on a card: the statement's rows on one side; on the other what
they were: goods, money still to come, exchange loss or gain, card fee. Every entry sums to exactly
zero. What is not known to be a loss yet (due, but not back) is a receivable, no expense.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from reconcile.errors import SettingsError
from reconcile.ledger import day
from reconcile.money import to_text
from reconcile.readers.own import JOURNAL
from reconcile.report.digest import Story, known, spreadsheet_safe, stories
from reconcile.tables import Tables
from reconcile.text import clean, masked, say

# Where each part of an entry is booked, unless the user names other accounts.
ACCOUNTS = {
    "card": "Liabilities:Card",
    "goods": "Expenses:AliExpress",
    "due": "Assets:Receivable:AliExpress",
    "fx_loss": "Expenses:Exchange",
    "fx_gain": "Income:Exchange",
    "fee": "Expenses:Card-Fees",
    "unexplained": "Expenses:Unexplained",
}
_NO_CURRENCY = "XXX"  # ISO 4217 for "no currency is involved"
_NAME = re.compile(r"[A-Z][A-Za-z0-9-]*(:[A-Z0-9][A-Za-z0-9-]*)+")
_STILL_DUE = ("waiting", "missing", "short")


class Posting(NamedTuple):
    """One line of an entry: minor units, above zero for what the account receives."""

    account: str
    part: str
    amount: int
    day: dt.date | None
    told: str


class Entry(NamedTuple):
    """One case as postings that sum to zero; `sure` is False where it is for the user to look."""

    day: dt.date
    case: str
    verdict: str
    sure: bool
    told: str
    currency: str | None
    places: int
    postings: tuple[Posting, ...]


def accounts(given: Iterable[str]) -> dict[str, str]:
    """Account names with those of `card=Liabilities:Visa` and the like put in their place.

    Raises `SettingsError` for an unknown part or for what is not a name that beancount takes.
    """
    out = dict(ACCOUNTS)
    for item in given:
        key, _, name = item.partition("=")
        if key not in ACCOUNTS or not _NAME.fullmatch(name):
            raise SettingsError("account", value=masked(item), parts=", ".join(ACCOUNTS))
        out[key] = name
    return out


def document(
    tables: Tables, lang: str, suffix: str = ".csv", names: Mapping[str, str] = ACCOUNTS
) -> str:
    """All entries as text in the form that a file with this suffix holds."""
    found = entries(tables, lang, names)
    if suffix == ".beancount":
        return _beancount(found)
    if suffix in (".hledger", ".journal", ".ledger"):
        return _hledger(found)
    return _csv(found, lang)


def entries(tables: Tables, lang: str, names: Mapping[str, str] = ACCOUNTS) -> list[Entry]:
    """An entry for each case that has rows and an effect, by date."""
    cards = _cards(tables.transactions["account"], names["card"])
    days = day(tables.transactions)
    out = []
    for story in stories(tables):
        lines = [*_rows(tables, story, cards, days), *_parts(story, names, lang)]
        if not story.rows or story.case.verdict == "voided":
            continue
        when = [line.day for line in lines if line.day is not None]
        case = story.case
        told = say("journal.case", lang, id=case.id)
        entry = Entry(
            max(when, default=tables.as_of), str(case.id), str(case.verdict),
            case.verdict != "review", f"{told}: {story.description}", known(case.currency),
            int(case.decimals), tuple(line for line in lines if line.amount),
        )  # fmt: skip
        out.append(entry)
    return sorted(out, key=lambda entry: (entry.day, entry.case))


def _rows(tables: Tables, story: Story, cards: dict[str, str], days: pd.Series) -> list[Posting]:
    """The statement's rows of a case, on their cards; a charge makes a card's debt larger."""
    book, case = tables.transactions, story.case
    lines = [
        Posting(
            cards[str(book["account"].iloc[n])], "card", -int(book["amount"].iloc[n]),
            known(days.iloc[n]), clean(str(book["description"].iloc[n])),
        )
        for n in story.rows
    ]  # fmt: skip
    shortfall = -int(case.shortfall)
    rest = shortfall - sum(line.amount for line in lines)
    if rest and lines:
        # A case may count a part of a row only; what is left of it concerns no refund.
        lines.append(lines[0]._replace(amount=rest))
    return lines


def _parts(story: Story, names: Mapping[str, str], lang: str) -> list[Posting]:
    """What the shortfall of a case consists of."""
    case = story.case
    drift, missing = int(case.fx_drift), int(case.missing)
    still = missing if case.verdict in _STILL_DUE else 0
    split = [
        ("goods", "journal.principal", int(case.kept) + missing - still),
        ("due", "field.due", still),
        ("fx_loss" if drift > 0 else "fx_gain", "journal.fx_loss" if drift > 0
         else "journal.fx_gain", drift),
        ("fee", "journal.fee", int(case.fee)),
        ("unexplained", "journal.unexplained", int(case.unexplained)),
    ]  # fmt: skip
    return [
        Posting(names[key], key, amount, None, say(code, lang))
        for key, code, amount in split
        if amount
    ]


def _cards(labels: pd.Series, above: str) -> dict[str, str]:
    """A book account for each card, from its label: `…1234#2` becomes `…:1234-2`."""
    out: dict[str, str] = {}
    taken: set[str] = set()
    for label in sorted(str(one) for one in labels.dropna().unique()):
        name = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-") or "Card"
        name = name[0].upper() + name[1:]
        nth, whole = 1, f"{above}:{name}"
        while whole in taken:
            nth += 1
            whole = f"{above}:{name}-{nth}"
        out[label] = whole
        taken.add(whole)
    return out


def _beancount(found: list[Entry]) -> str:
    names = sorted({line.account for entry in found for line in entry.postings})
    first = min((entry.day for entry in found), default=None)
    parts = [f"{first} open {name}" for name in names]
    for entry in found:
        mark, unit = "*" if entry.sure else "!", entry.currency or _NO_CURRENCY
        lines = [f"{entry.day} {mark} {_quoted('AliExpress')} {_quoted(entry.told)}"]
        lines += [f"  case: {_quoted(entry.case)}", f"  result: {_quoted(entry.verdict)}"]
        for line in entry.postings:
            lines.append(f"  {line.account}  {to_text(line.amount, entry.places)} {unit}")
            if line.day:
                lines.append(f"    booked: {line.day}")
            lines.append(f"    told: {_quoted(line.told)}")
        parts.append("\n" + "\n".join(lines))
    return "\n".join(parts) + "\n"


def _hledger(found: list[Entry]) -> str:
    parts = []
    for entry in found:
        mark, unit = "*" if entry.sure else "!", entry.currency or _NO_CURRENCY
        lines = [f"{entry.day} {mark} {_one_line(entry.told)}"]
        lines.append(f"    ; case:{entry.case}, result:{entry.verdict}")
        for line in entry.postings:
            date = f"date:{line.day}, " if line.day else ""
            amount = to_text(line.amount, entry.places)
            lines.append(f"    {line.account}  {amount} {unit}  ; {date}{_one_line(line.told)}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _csv(found: list[Entry], lang: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([say(code, lang) for code in JOURNAL])
    for entry in found:
        for line in entry.postings:
            told = line.told if line.part == "card" else entry.told
            part = say("field.account", lang) if line.part == "card" else line.told
            writer.writerow([
                line.day or entry.day, spreadsheet_safe(entry.case),
                say(f"verdict.{entry.verdict}", lang), line.account, part,
                to_text(line.amount, entry.places), entry.currency or "", spreadsheet_safe(told),
            ])  # fmt: skip
    return out.getvalue()


def _quoted(told: str) -> str:
    return '"' + " ".join(told.split()).replace("\\", "/").replace('"', "'") + '"'


def _one_line(told: str) -> str:
    # A semicolon begins a comment, a bar parts payee and note, a comma ends a tag's value.
    return re.sub(r"[;|,:]", " ", " ".join(told.split()))
