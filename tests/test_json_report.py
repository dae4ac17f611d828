"""The JSON file is the contract's document, written in a few large pieces."""

import json

import pytest
from fabricated import no_cases, tables

from reconcile.report.json import document, dumps
from reconcile.text import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_text_is_the_document(lang: str) -> None:
    """A program that reads the report would meet broken JSON or lose entries."""
    for found in (tables(lang), no_cases(lang)):
        told = dumps(found, lang)
        assert json.loads(told) == document(found, lang)
        assert told == dumps(found, lang)
        assert told.endswith("}\n")


def test_each_transaction_stands_on_its_own_line() -> None:
    """Comparing two reports line by line would not show which transaction changed."""
    found = tables("en")
    lines = dumps(found, "en").splitlines()
    entries = [
        json.loads(line.strip().rstrip(",")) for line in lines if '"transaction_date"' in line
    ]
    assert entries == document(found, "en")["transactions"]
