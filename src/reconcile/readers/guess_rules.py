"""Rules for the rows of an unknown statement: what is no movement, and what kind of one."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from reconcile.layout import Effect, Match, RowRule, WordRule
from reconcile.readers import guess_words, notation
from reconcile.readers.guess_holds import HELD
from reconcile.readers.guess_table import Table


def row_rules(table: Table, *, named: bool) -> tuple[RowRule, ...]:
    """Rows that state a balance or a sum, though they may carry a date and an amount; and charges
    whose date cell only says that they are pending. `named`: so does a row called `Balance`."""
    kinds = [("description", "balance", "balance", True), ("*", "stated", "balance", False),
             ("*", "total", "total", False)]  # fmt: skip
    if named:
        kinds.insert(0, ("description", "bare", "balance", True))
    states = tuple(
        RowRule("skip", Match(column, guess_words.pattern("rows", words)), name, dated=dated)
        for column, words, name, dated in kinds
    )
    dated = next(f for f in ("transaction_date", "posted_date") if f in table.columns)
    # The account and the currency of the rows below, of which there may be several in a file.
    stand = [
        RowRule("preamble", Match("*", guess_words.pattern("accounts", name)), "preamble")
        for name in ("own", "currency")
    ]
    pending = Match(dated, guess_words.pattern("statuses", "pending"))
    effect = Effect(status="pending")
    return (
        *states,
        *stand,
        RowRule("charge", pending, "charge", effect=effect, date=("below", "above")),
    )


def named_balance(table: Table, decimal: str) -> bool:
    """Whether rows called no more than `Balance` state one: the running balance says so, or there
    is one alone, the first or the last of all rows."""
    texts = table.texts("description")
    named = texts.str.fullmatch(guess_words.pattern("rows", "bare").pattern).to_numpy(np.bool_)
    if not named.any():
        return False
    if "balance" in table.columns:
        if "amount" not in table.columns:
            return False
        amount, good = notation.minor_units(table.texts("amount")[named], decimal)
        total, known = notation.minor_units(table.texts("balance")[named], decimal)
        return bool((good & known & (np.abs(amount) == np.abs(total))).all())
    at, full = np.flatnonzero(named), np.flatnonzero(texts.ne("").to_numpy(np.bool_))
    return len(full) > 1 and len(at) == 1 and at[0] in (full[0], full[-1])


def rules(columns: Mapping[str, Sequence[int]]) -> tuple[WordRule, ...]:
    """What words of types and statuses say, of the columns that there are."""
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
