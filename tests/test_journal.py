"""Bookkeeping entries: balanced to the minor unit, and harmless whatever a statement prints."""

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fabricated import no_cases, tables

from reconcile.errors import SettingsError
from reconcile.report import journal
from reconcile.result import Reconciliation
from reconcile.text import LANGUAGES

_AMOUNT = re.compile(r"^ +([A-Z][\w:-]+)  (-?[0-9.]+) ([A-Z]{3})\b", re.MULTILINE)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_entry_sums_to_zero(lang: str) -> None:
    """The books would refuse the entry, or be wrong by a cent."""
    found = journal.entries(tables(lang), lang)
    assert len(found) == 7  # the cancelled charge never moved money
    for entry in found:
        assert sum(line.amount for line in entry.postings) == 0
        assert all(line.amount for line in entry.postings)


@pytest.mark.parametrize("suffix", [".beancount", ".hledger"])
def test_text_entries_balance_as_written(suffix: str) -> None:
    """What is balanced inside would not be in the file."""
    for part in journal.document(tables(), "en", suffix).split("\n\n"):
        amounts = [Decimal(amount) for _, amount, _ in _AMOUNT.findall(part)]
        assert sum(amounts) == 0
        assert len({unit for _, _, unit in _AMOUNT.findall(part)}) <= 1


def test_parts_stand_on_their_accounts() -> None:
    """The card's fee would count as an exchange loss, or money still due as spent."""
    by_case = {entry.case: entry for entry in journal.entries(tables(), "en")}
    split = {line.account: line.amount for line in by_case["0" * 16].postings[2:]}
    assert split == {"Income:Exchange": -83, "Expenses:Card-Fees": 211}
    due = {line.account: line.amount for line in by_case["0" * 15 + "2"].postings}
    assert due == {"Liabilities:Card:1234": -3300, "Assets:Receivable:AliExpress": 3300}
    part = {line.account: line.amount for line in by_case["0" * 15 + "1"].postings[2:]}
    assert part["Expenses:AliExpress"] == 6200


def test_doubtful_cases_are_marked() -> None:
    """A reading that the user is to check would enter the books as certain."""
    shown = journal.document(tables(), "en", ".beancount")
    marks = re.findall(r'^\S+ ([*!]) "AliExpress"', shown, re.MULTILINE)
    assert sorted(marks) == ["!"] + ["*"] * 6


@pytest.mark.parametrize("suffix", [".beancount", ".hledger"])
def test_accounts_are_opened_and_names_fit(suffix: str) -> None:
    """The bookkeeping program would not know the accounts."""
    shown = journal.document(tables(), "en", suffix)
    used = {account for account, _, _ in _AMOUNT.findall(shown)}
    assert used
    if suffix == ".beancount":
        assert used == set(re.findall(r"^\S+ open (\S+)$", shown, re.MULTILINE))


def test_no_line_of_a_statement_becomes_an_entry() -> None:
    """A descriptor with a line break or a quotation mark could write entries of its own."""
    found = tables()
    hostile = 'x"\n2026-01-01 open Assets:Evil\n; y | z'
    rows = found.transactions.assign(description=hostile)
    for suffix in (".beancount", ".hledger"):
        shown = journal.document(replace(found, transactions=rows), "en", suffix)
        assert not re.search(r"^2026-01-01", shown, re.MULTILINE)
        if suffix == ".beancount":
            assert all(line.count('"') % 2 == 0 for line in shown.splitlines())


def test_csv_is_for_every_spreadsheet() -> None:
    """A descriptor would run as a formula, or the amounts could not be summed."""
    rows = list(csv.DictReader(io.StringIO(journal.document(tables(), "en"))))
    assert sum(Decimal(row["Amount"]) for row in rows) == 0
    assert not any(row["On the statement"].startswith(("=", "+", "@")) for row in rows)
    assert {row["Currency"] for row in rows} == {"JPY", "USD"}


def test_unknown_currency_is_not_invented() -> None:
    """Amounts without a currency would be booked as dollars."""
    found = tables()
    bare = replace(found, cases=found.cases.assign(currency=None))
    assert {unit for *_, unit in _AMOUNT.findall(journal.document(bare, "en", ".hledger"))} == {
        "XXX"
    }
    rows = list(csv.DictReader(io.StringIO(journal.document(bare, "en"))))
    assert {row["Currency"] for row in rows} == {""}


def test_accounts_can_be_named(tmp_path: Path) -> None:
    """A bookkeeper would have to rename every line by hand."""
    path = Reconciliation(tables(), "en").to_journal(
        tmp_path / "a.beancount", ["card=Liabilities:Visa", "fee=Expenses:Bank"]
    )
    shown = path.read_text("utf-8")
    assert "Liabilities:Visa:1234" in shown
    assert "Expenses:Bank" in shown
    for wrong in ("card", "card=visa", "cards=A:B"):
        with pytest.raises(SettingsError):
            journal.accounts([wrong])


def test_cards_stay_apart() -> None:
    """Two cards that share four digits would become one account."""
    import pandas as pd

    labels = pd.Series(["…1234", "…1234#2", "1234-2", "楽天"])
    made = journal._cards(labels, "Liabilities:Card")
    assert len(set(made.values())) == 4
    assert all(
        re.fullmatch(r"Liabilities:Card:[A-Z0-9][A-Za-z0-9-]*", one) for one in made.values()
    )


def test_without_cases_the_journal_is_empty() -> None:
    """A run without refunds would end in a traceback."""
    assert journal.document(no_cases(), "en", ".beancount").strip() == ""
