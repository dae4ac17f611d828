"""Rules for the rows of an unknown statement: what is no movement, and what kind of one."""

import numpy as np

from reconcile.layout import Effect, Match, RowRule, WordRule
from reconcile.readers import guess_values, guess_words
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
    own = RowRule("skip", Match("*", guess_words.pattern("accounts", "own")), "preamble")
    pending = Match(dated, guess_words.pattern("statuses", "pending"))
    effect = Effect(status="pending")
    return (
        *states,
        own,
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
        amount, good = guess_values.minor_units(table.texts("amount")[named], decimal)
        total, known = guess_values.minor_units(table.texts("balance")[named], decimal)
        return bool((good & known & (np.abs(amount) == np.abs(total))).all())
    at, full = np.flatnonzero(named), np.flatnonzero(texts.ne("").to_numpy(np.bool_))
    return len(full) > 1 and len(at) == 1 and at[0] in (full[0], full[-1])


def status_rules(table: Table) -> list[WordRule]:
    """What words of a status column say."""
    if "status" not in table.columns:
        return []
    return [
        WordRule(Match("status", guess_words.pattern("statuses", name)), Effect(status=name))
        for name in guess_words.names("statuses")
    ]


def kind_rules(table: Table) -> list[WordRule]:
    """What words of a column of types say."""
    if "type" not in table.columns:
        return []
    pairs = (("refund", "refund"), ("payment", "payment"), ("received", "payment"))
    return [
        WordRule(Match("type", guess_words.pattern("sides", words)), Effect(kind=kind))
        for words, kind in pairs
    ]
