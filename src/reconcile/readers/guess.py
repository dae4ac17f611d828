"""A layout for a file that no known layout fits: columns from header words or, without a header,
from contents; formats and signs from all rows together.

Everything assumed is listed in the layout's `assumed` and told to the user.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile.layout import Effect, Layout, Match, RowRule, WordRule, parse, plain
from reconcile.money import fold
from reconcile.readers import (
    fields,
    guess_columns,
    guess_contents,
    guess_signs,
    guess_texts,
    guess_values,
    guess_words,
)
from reconcile.text import Message

Columns = dict[str, list[int]]
# Amounts that a statement may print, in the order in which they tell formats and currency.
_MONEY = ("amount", "debit", "credit", "balance", "original_amount")
_BLANK = """
name = "guessed"
title = "guessed"
[recognise]
header = ["-"]
[columns]
transaction_date = 0
description = 0
amount = 0
"""
# Rows in which words and balances are looked for; formats are told from all rows.
_SAMPLE = 5000
# Languages in which dates begin with their year.
_YEAR_FIRST = frozenset(("ja", "zh", "zh-TW", "ko"))
# Columns that only accounts with a balance have.
_BANK_WORDS = re.compile(
    r"iban|bic\b|sort code|counterpart|gegenkonto|tegenrekening|beguenstigter|kontonummer"
    r"|출금|찾으신|입출금|계좌번호"
)


@dataclass(frozen=True)
class _Table:
    """The body of a statement, its header (empty: none) and the columns found in it."""

    body: pd.DataFrame
    header: list[str]
    columns: Columns
    seen: dict[int, pd.Series] = field(default_factory=dict)

    def texts(self, name: str) -> pd.Series:
        """Plain text of a field's first column; empty where there is none."""
        where = self.columns.get(name)
        if not where:
            return pd.Series(dtype="str")
        if where[0] not in self.seen:
            self.seen[where[0]] = fields.folded(self.body[where[0]])
        return self.seen[where[0]]


def propose(head: Sequence[Sequence[str]], cells: pd.DataFrame) -> Layout | None:
    """A layout guessed from the first rows and all cells; None where the guess is hopeless."""
    found = guess_columns.by_header(head, cells)
    if found is not None:
        number, columns = found
        body = cells.iloc[number + 1 :]
        return _layout(_Table(body, list(head[number]), _with_shops(body, columns)), head[:number])
    columns_only = guess_contents.by_contents(cells, _hints(head))
    if columns_only is None:
        return None
    guess = _layout(_Table(cells, [], _with_shops(cells, columns_only)), [])
    # A first row without any digit is a header in words that are not known.
    if head and not any(any(c.isdigit() for c in cell) for cell in head[0]):
        guess = guess._replace(header=tuple(plain(cell) for cell in head[0] if cell.strip()))
    return guess


def _hints(head: Sequence[Sequence[str]]) -> dict[int, frozenset[str]]:
    """What the first row that names anything says of each column, if it is no whole header."""
    for row in head:
        found = {at: frozenset(guess_words.meanings(cell)) for at, cell in enumerate(row)}
        if any(found.values()):
            return found
    return {}


def _with_shops(body: pd.DataFrame, columns: Columns) -> Columns:
    """The columns, the text that names known merchants first."""
    taken = {at for name, where in columns.items() if name != "description" for at in where}
    return {**columns, "description": guess_texts.shops_first(body, columns["description"], taken)}


def _layout(table: _Table, preamble: Sequence[Sequence[str]]) -> Layout:
    header = table.header
    language = guess_words.language(header)
    amounts = pd.concat([table.texts(name) for name in _MONEY[:3]])
    notation = language if header else guess_values.UNKNOWN
    decimal, assumed = guess_values.decimal_sign(amounts, notation)
    if assumed:
        # The balance and foreign amounts may show what the amounts leave open.
        every = pd.concat([amounts, *(table.texts(name) for name in _MONEY[3:])])
        decimal, assumed = guess_values.decimal_sign(every, notation)
    currency, said = _currency(table, preamble, language, amounts)
    words = {guess_words.bare(cell) for cell in header}
    american = language == "en" and (
        currency == "USD"
        or bool(words & _AMERICAN)
        or guess_values.names_states(table.texts("description"))
    )
    order = guess_values.date_order(
        table.texts("transaction_date"),
        table.texts("posted_date"),
        month_first=american,
        year_first=language in _YEAR_FIRST,
    )
    table, turned = _told_sides(table, decimal, order.formats)
    rules, signed = _signs(table, decimal, order.formats)
    code = "guess.columns" if header else "guess.contents"
    named = _named_balance(table, decimal)
    signs = (*turned, *signed.notes, *([Message("guess.balance_row")] if named else []))
    notes = (Message(code, {"columns": _shown(table)}), *order.assumed, *assumed, *signs, *said)
    return parse(_BLANK, "guessed")._replace(
        currency=currency,
        # What a balance owed stands beside is a card, where money in is a refund.
        bank=_names_bank(table) or ("balance" in table.columns and not signed.owed),
        header=tuple(plain(cell) for cell in header if cell.strip()),
        dates=order.formats,
        decimal=decimal,
        group="." if decimal == "," else ",",
        columns=tuple((name, tuple(where)) for name, where in table.columns.items()),
        charge_negative=signed.negative,
        words=rules,
        rows=_row_rules(table, named=named),
        blank=guess_columns.NONE[1:] if len(table.columns.get("account", [])) > 1 else (),
        balance_signs=signed.by_balance,
        balance_owed=signed.by_balance and signed.owed,
        assumed=notes,
    )


def _shown(table: _Table) -> list[Message]:
    """The columns taken, as in `Used on from “Datum”`."""
    out = []
    for taken in ("transaction_date", "posted_date", "description", "amount", "debit", "credit"):
        where = table.columns.get(taken)
        if not where:
            continue
        label = Message(f"{'guess' if taken in ('debit', 'credit') else 'field'}.{taken}")
        name = table.header[where[0]].strip() if where[0] < len(table.header) else ""
        if name:
            out.append(Message("guess.column", {"field": label, "name": name}))
        else:
            out.append(Message("guess.numbered", {"field": label, "number": where[0] + 1}))
    return out


def _names_bank(table: _Table) -> bool:
    """Whether the header names what only bank accounts have."""
    return any(_BANK_WORDS.search(plain(cell)) for cell in table.header)


def _may_be_bank(table: _Table) -> bool:
    return "balance" in table.columns or _names_bank(table)


def _currency(
    table: _Table, preamble: Sequence[Sequence[str]], language: str, amounts: pd.Series
) -> tuple[str | None, tuple[Message, ...]]:
    """The billing currency from a column, the header, the preamble or marks beside the amounts."""
    used = [
        table.header[n] for name in _MONEY[:3] for n in table.columns.get(name, []) if table.header
    ]
    for cells in (used, [cell for row in preamble for cell in row]):
        named = {c for cell in cells for c in _CODE.findall(fold(cell))}
        codes = (
            fields.currencies(pd.Series(sorted({a or b for a, b in named}), dtype="str"))
            .dropna()
            .unique()
        )
        if len(codes) == 1:
            return str(codes[0]), ()
    if table.texts("currency").ne("").any():
        return None, ()
    words = {guess_words.bare(cell) for cell in table.header}
    mark = guess_values.currency_mark(amounts, american=language == "en" and not words & _BRITISH)
    if mark:
        return mark, (Message("guess.currency_mark", {"currency": mark}),)
    # Japanese statements print yen without saying so, and never with decimals; Korean ones won.
    if language in _SILENT and not amounts.str.contains(r"\.\d{2}$", regex=True).any():
        currency, said = _SILENT[language]
        return currency, (Message(said, {"currency": currency}),)
    return None, ()


_SILENT = {
    "ja": ("JPY", "guess.currency_language"),
    "ko": ("KRW", "guess.currency_korean"),
}


# A currency's code, mark or name in a header cell.
_CODE = re.compile(
    r"(?<![A-Z])([A-Z]{3})(?![A-Z])"
    r"|([¥円€£₩]|NT\$|新?[臺台]幣|人民币|人民幣|港幣|港币|원화|(?<=\()원(?=\)))"
)
_AMERICAN = frozenset(
    ("trans. date", "trans date", "post date", "posted date", "zip code", "check number")
)
_BRITISH = frozenset(("paid in", "paid out", "money in", "money out", "sort code"))


class _Signs(NamedTuple):
    """Whether charges are negative, whether the running balance gives the signs, whether it is
    owed, and what was assumed."""

    negative: bool = False
    by_balance: bool = False
    owed: bool = False
    notes: tuple[Message, ...] = ()


def _told_sides(
    table: _Table, decimal: str, formats: tuple[str, ...]
) -> tuple[_Table, tuple[Message, ...]]:
    """The table with money out and money in as the rows tell, where no header names them."""
    if table.header or "debit" not in table.columns:
        return table, ()
    some = _some(table)
    turn, notes = guess_signs.swapped(
        *_out_less_in(some, decimal), _evidence(some, formats), decimal
    )
    if not turn:
        return table, notes
    columns = {**table.columns}
    columns["debit"], columns["credit"] = columns["credit"], columns["debit"]
    return _Table(table.body, table.header, columns), notes


def _some(table: _Table) -> _Table:
    return _Table(table.body.head(_SAMPLE), table.header, table.columns)


def _out_less_in(table: _Table, decimal: str) -> tuple[guess_signs.Units, guess_signs.Rows]:
    """Amounts of columns of money out and in, positive for money out; and which are readable."""
    out, is_out = guess_values.minor_units(table.texts("debit"), decimal)
    in_, is_in = guess_values.minor_units(table.texts("credit"), decimal)
    return np.where(is_out, np.abs(out), 0) - np.where(is_in, np.abs(in_), 0), is_out | is_in


def _signs(
    table: _Table, decimal: str, formats: tuple[str, ...]
) -> tuple[tuple[WordRule, ...], _Signs]:
    """Words that set kind, status or sign; and what else tells the signs."""
    rules = (*_status_rules(table), *_kind_rules(table))
    some = _some(table)
    seen = _evidence(some, formats)

    def owes(value: guess_signs.Units, good: guess_signs.Rows) -> bool:
        """Whether the balance rises with charges, positive in `value`; one step fits by chance."""
        told = guess_signs.balance_steps(value, good, seen, decimal)
        return bool((told != 0).sum() > 1) and guess_signs.follows(value, told) > 0

    if "amount" not in table.columns:
        return rules, _Signs(owed=owes(*_out_less_in(some, decimal)))
    amounts = table.texts("amount")
    value, good = guess_values.minor_units(some.texts("amount"), decimal)
    if guess_signs.any_negative(amounts):
        negative, notes = guess_signs.charge_negative(some.texts("amount"), seen, decimal)
        return rules, _Signs(negative, owed=owes(-value if negative else value, good), notes=notes)
    stated = "direction" in table.columns
    open_ = seen.balance is not None and not stated
    if open_ and guess_signs.balance_explains(amounts, table.texts("balance"), decimal):
        told = guess_signs.balance_steps(value, good, seen, decimal)
        owed, notes = guess_signs.owed(told, seen)
        return rules, _Signs(by_balance=True, owed=owed, notes=(Message("guess.balance"), *notes))
    more, notes = _unsigned(table, amounts)
    side = guess_signs.stated_sides(some.texts("direction")) if stated else np.ones(1, np.int8)
    return (*more, *rules), _Signs(owed=owes(value * side, good), notes=notes)


def _evidence(table: _Table, formats: tuple[str, ...]) -> guess_signs.Evidence:
    """What the rows hold that may tell the sign of charges."""
    if "direction" in table.columns:
        side = guess_signs.stated_sides(table.texts("direction"))
    else:
        side = guess_signs.sides(_telling(table), bank=_may_be_bank(table))
    dated = next(f for f in ("transaction_date", "posted_date") if f in table.columns)
    return guess_signs.Evidence(
        side,
        table.texts("description"),
        fields.dates(table.texts(dated), formats),
        table.texts("balance") if "balance" in table.columns else None,
        _names_bank(table),
    )


def _telling(table: _Table) -> pd.Series:
    """All that is written in each row besides its dates and amounts; words in it tell the side."""
    fixed = {"transaction_date", "posted_date", "currency", *_MONEY}
    taken = {at for name, where in table.columns.items() if name in fixed for at in where}
    free = [n for n in range(table.body.shape[1]) if n not in taken]
    rows = table.body[free].to_numpy().tolist()
    return pd.Series([" ".join(row) for row in rows], index=table.body.index, dtype=object)


def _unsigned(table: _Table, amounts: pd.Series) -> tuple[list[WordRule], tuple[Message, ...]]:
    """Sign rules for amounts without a minus: a side column, a plus, or words."""

    def rule(column: str, pattern: re.Pattern[str]) -> WordRule:
        return WordRule(Match(column, pattern), Effect(sign="negative"))

    if "direction" in table.columns:
        side = guess_words.pattern("direction", "credit")
        return [rule("direction", side)], (Message("guess.direction"),)
    if amounts.str.startswith("+").any() and not amounts.str.startswith("+").all():
        return [rule("amount", re.compile(r"^\+"))], (Message("guess.plus"),)
    named = ("refund", "received", *(() if _may_be_bank(table) else ("payment",)))
    rules = [
        rule(column, guess_words.pattern("sides", name))
        for name in named
        for column in ("type", "description")
        if column in table.columns
    ]
    hit = pd.Series(False, index=table.body.index)
    for word in rules:
        texts = table.texts(word.match.column)
        hit |= texts.str.contains(word.match.pattern.pattern, regex=True)
    if not hit.any():
        return [], (Message("guess.all_positive"),)
    return rules, (Message("guess.words_negative", {"count": int(hit.sum())}),)


def _row_rules(table: _Table, *, named: bool) -> tuple[RowRule, ...]:
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


def _named_balance(table: _Table, decimal: str) -> bool:
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


def _status_rules(table: _Table) -> list[WordRule]:
    if "status" not in table.columns:
        return []
    return [
        WordRule(Match("status", guess_words.pattern("statuses", name)), Effect(status=name))
        for name in guess_words.names("statuses")
    ]


def _kind_rules(table: _Table) -> list[WordRule]:
    if "type" not in table.columns:
        return []
    pairs = (("refund", "refund"), ("payment", "payment"), ("received", "payment"))
    return [
        WordRule(Match("type", guess_words.pattern("sides", words)), Effect(kind=kind))
        for words, kind in pairs
    ]
