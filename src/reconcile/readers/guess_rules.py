"""Rules by which words in the rows of an unknown statement set status and kind."""

import re
from collections.abc import Mapping, Sequence

from reconcile.layout import Effect, Match, WordRule
from reconcile.readers import guess_words
from reconcile.readers.guess_holds import HELD


def rules(columns: Mapping[str, Sequence[int]]) -> tuple[WordRule, ...]:
    """Rules for the columns that there are."""
    out = []
    held = guess_words.pattern("holds", "row")
    # Where a row is not settled yet, its type may say so, or the place of its balance.
    out += [
        WordRule(Match(name, held), Effect(status="pending"))
        for name in ("type", "balance")
        if name in columns
    ]
    if HELD in columns:
        out.append(WordRule(Match(HELD, re.compile(r"\d")), Effect(status="pending")))
    if "status" in columns:
        out += [
            WordRule(Match("status", guess_words.pattern("statuses", name)), Effect(status=name))
            for name in guess_words.names("statuses")
        ]
    if "type" in columns:
        pairs = (("refund", "refund"), ("payment", "payment"), ("received", "payment"))
        out += [
            WordRule(Match("type", guess_words.pattern("sides", words)), Effect(kind=kind))
            for words, kind in pairs
        ]
    return tuple(out)
