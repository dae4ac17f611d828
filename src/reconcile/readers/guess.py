"""A layout for a file that no known layout fits: columns from header words or, without a header,
from contents; formats and signs from all rows together.

Everything assumed is listed in the layout's `assumed` and told to the user.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile.layout import Effect, Layout, Match, WordRule, parse, plain
from reconcile.layout_model import GUESSED
from reconcile.readers import (
    fields,
    guess_columns,
    guess_contents,
    guess_currency,
    guess_dates,
    guess_fees,
    guess_holds,
    guess_money,
    guess_rules,
    guess_sides,
    guess_signs,
    guess_texts,
    guess_values,
    guess_words,
    notation,
)
from reconcile.readers.guess_table import Columns, Table, title
from reconcile.readers.text import has_digit
from reconcile.text import Message

# Amounts that a statement may print, in the order in which they tell formats and currency.
_MONEY = ("amount", "debit", "credit", "balance", "original_amount")
_BLANK = f"""
name = "{GUESSED}"
title = "{GUESSED}"
[recognise]
header = ["-"]
[columns]
transaction_date = 0
description = 0
amount = 0
"""
# A row has so many of the most cells that any has.
_ROW = 0.6
# Rows in which words and balances are looked for; formats are told from all rows.
_SAMPLE = 5000
# Languages in which dates begin with their year.
_YEAR_FIRST = frozenset(("ja", "zh", "zh-TW", "ko"))
# Columns that only accounts with a balance have.
_BANK_WORDS = re.compile(
    r"iban|bic\b|sort code|counterpart|gegenkonto|tegenrekening|beguenstigter|kontonummer"
    r"|출금|찾으신|입출금|계좌번호"
)


def propose(head: Sequence[Sequence[str]], cells: pd.DataFrame) -> Layout | None:
    """A layout guessed from the first rows and all cells; None where the guess is hopeless."""
    found = guess_columns.by_header(head, cells)
    if found is not None:
        number, columns = found
        body, header = cells.iloc[number + 1 :], list(head[number])
        columns = _with_shops(
            header, body, guess_money.settled(header, body.head(_SAMPLE), columns)
        )
        columns = guess_holds.with_held(header, body, columns)
        return _layout(Table(body, header, columns, header), head[:number])
    columns_only = guess_contents.by_contents(cells, _hints(head))
    if columns_only is None:
        return None
    at = _unknown_header(head, columns_only["transaction_date"][0])
    titles = [] if at is None else list(head[at])
    body = cells.iloc[0 if at is None else at + 1 :]
    columns_only = guess_money.settled(titles, body.head(_SAMPLE), columns_only)
    guess = _layout(Table(body, [], _with_shops(titles, body, columns_only), titles), [])
    if at is not None:
        guess = guess._replace(header=tuple(plain(cell) for cell in titles if cell.strip()))
    return guess


def _unknown_header(head: Sequence[Sequence[str]], dated: int) -> int | None:
    """The row of a header in words that are not known, if there is one: it stands above the first
    row with a day, has no digit, and about as many cells.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in head]
    # A line above the rows may name a day, too, but has few cells.
    rows = [
        n for n, count in enumerate(filled) if count >= _ROW * max(filled) and len(head[n]) > dated
    ]
    days = (n for n in rows if guess_values.looks_like_dates(pd.Series([head[n][dated]])))
    first = next(days, 0)
    # A row between them may have lost its day.
    words = [n for n in rows if n < first and not has_digit(head[n])]
    return words[-1] if words else None


def _hints(head: Sequence[Sequence[str]]) -> dict[int, frozenset[str]]:
    """What the first row that names anything says of each column, if it is no whole header."""
    for row in head:
        found = {at: frozenset(guess_words.meanings(cell)) for at, cell in enumerate(row)}
        if any(found.values()):
            return found
    return {}


def _with_shops(titles: Sequence[str], body: pd.DataFrame, columns: Columns) -> Columns:
    """The columns, the text that names known merchants first."""
    taken = {at for name, where in columns.items() if name != "description" for at in where}
    texts = guess_texts.shops_first(titles, body, columns["description"], taken)
    # Behind them what a bank says of amounts abroad, where the text has no column of its own.
    texts += [
        at
        for at, cell in enumerate(titles[: body.shape[1]])
        if at not in taken and at not in texts and guess_words.names_abroad(cell)
    ]
    return {**columns, "description": texts}


def _layout(table: Table, preamble: Sequence[Sequence[str]]) -> Layout:
    header = table.header
    language = guess_words.language(header)
    amounts = pd.concat([table.texts(name) for name in _MONEY[:3]])
    spoken = language if header else notation.UNKNOWN
    decimal, assumed = notation.decimal_sign(amounts, spoken)
    if assumed:
        # The balance and foreign amounts may show what the amounts leave open.
        every = pd.concat([amounts, *(table.texts(name) for name in _MONEY[3:])])
        decimal, assumed = notation.decimal_sign(every, spoken)
    order, (currency, said) = _days_and_currency(table, preamble, language, amounts)
    dated = guess_dates.settled(_some(table).body, header, table.columns, order.formats)
    table = replace(table, columns=dated, seen={})
    table, turned = _told_sides(table, decimal, order.formats)
    rules, signed = _signs(table, decimal, order.formats)
    code = "guess.columns" if header else "guess.contents"
    named = guess_rules.named_balance(table, decimal)
    fee_outside, fees = guess_fees.outside(
        _some(table).body, header, table.columns, decimal, charge_negative=signed.negative
    )
    signs = (*turned, *signed.notes, *fees, *([Message("guess.balance_row")] if named else []))
    columns = Message(code, {"columns": guess_columns.shown(table.header, table.columns)})
    notes = (
        columns,
        *_rivals(table),
        *_named_accounts(table),
        *order.assumed,
        *assumed,
        *signs,
        *said,
    )
    return parse(_BLANK, GUESSED)._replace(
        currency=currency,
        # What a balance owed stands beside is a card, where money in is a refund.
        bank=_names_bank(table) or ("balance" in table.columns and not signed.owed),
        header=tuple(plain(cell) for cell in header if cell.strip()),
        dates=order.formats,
        decimal=decimal,
        group=notation.group_sign(decimal),
        columns=tuple((name, tuple(where)) for name, where in table.columns.items()),
        charge_negative=signed.negative,
        words=rules,
        rows=guess_rules.row_rules(table, named=named),
        blank=_blank(table),
        balance_signs=signed.by_balance,
        balance_owed=signed.by_balance and signed.owed,
        fee_outside=fee_outside,
        assumed=notes,
    )


def _blank(table: Table) -> tuple[str, ...]:
    """Texts that stand for an empty cell: where money went the other way, and in a row's own one of
    several accounts."""
    sides = [at for name in ("debit", "credit") for at in table.columns.get(name, [])[:1]]
    found = {text for at in sides for text in guess_values.nothing(table.body[at])}
    if len(table.columns.get("account", [])) > 1:
        found.update(guess_columns.NONE[1:])
    return tuple(sorted(found))


def _days_and_currency(
    table: Table, preamble: Sequence[Sequence[str]], language: str, amounts: pd.Series
) -> tuple[guess_values.DateOrder, guess_currency.Told]:
    """The order of day and month, and the billing currency: either may tell of the other."""

    def order(*, american: bool) -> guess_values.DateOrder:
        return guess_values.date_order(
            table.texts("transaction_date"),
            table.texts("posted_date"),
            month_first=american,
            year_first=language in _YEAR_FIRST,
        )

    words = {guess_words.bare(cell) for cell in table.header}
    american = bool(words & _AMERICAN) or guess_values.names_states(table.texts("description"))
    american = american and language == "en"
    found = order(american=american)
    day_first = not found.assumed and any(form.startswith("%d") for form in found.formats)
    told = guess_currency.told(
        guess_currency.Seen(
            [table.titles[at] for name in _MONEY[:3] for at in table.columns.get(name, [])
             if at < len(table.titles)],
            table.header, preamble, language, amounts, table.body.head(_SAMPLE),
            bool(table.texts("currency").ne("").any()), day_first,
        )
    )  # fmt: skip
    if told[0] == "USD" and language == "en" and not american:
        found = order(american=True)
    return found, told


def _rivals(table: Table) -> tuple[Message, ...]:
    """What is said where other columns may hold the amount as well."""
    found = guess_money.rivals(table.titles, table.body.head(_SAMPLE), table.columns)
    shown = [_shown(table, at) for at in found]
    return (Message("guess.two_amounts", {"columns": shown}),) if found else ()


def _shown(table: Table, at: int) -> str:
    """A column as a message names it: by what stands over it, else by its number."""
    return guess_words.shown(title(table.titles, at)) or str(at + 1)


def _named_accounts(table: Table) -> tuple[Message, ...]:
    """What is said where rows are of several accounts that have nothing but names."""
    if "account" not in table.columns:
        return ()
    at = table.columns["account"][0]
    names = table.texts("account")
    named = names[names.ne("") & ~names.str.contains(r"\d{4}", regex=True)].nunique()
    return (Message("guess.accounts_named", {"column": _shown(table, at)}),) if named > 1 else ()


def _names_bank(table: Table) -> bool:
    """Whether the header names what only bank accounts have."""
    return any(_BANK_WORDS.search(plain(cell)) for cell in table.header)


def _may_be_bank(table: Table) -> bool:
    return "balance" in table.columns or _names_bank(table)


_AMERICAN = frozenset(
    ("trans. date", "trans date", "post date", "posted date", "zip code", "check number")
)


class _Signs(NamedTuple):
    """Whether charges are negative, whether the running balance gives the signs, whether it is
    owed, and what was assumed."""

    negative: bool = False
    by_balance: bool = False
    owed: bool = False
    notes: tuple[Message, ...] = ()


def _told_sides(
    table: Table, decimal: str, formats: tuple[str, ...]
) -> tuple[Table, tuple[Message, ...]]:
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
    return replace(table, columns=columns, seen={}), notes


def _some(table: Table) -> Table:
    return replace(table, body=table.body.head(_SAMPLE), seen={})


def _out_less_in(table: Table, decimal: str) -> tuple[guess_signs.Units, guess_signs.Rows]:
    """Amounts of columns of money out and in, positive for money out; and which are readable."""
    out, is_out = notation.minor_units(table.texts("debit"), decimal)
    in_, is_in = notation.minor_units(table.texts("credit"), decimal)
    return np.where(is_out, np.abs(out), 0) - np.where(is_in, np.abs(in_), 0), is_out | is_in


def _signs(
    table: Table, decimal: str, formats: tuple[str, ...]
) -> tuple[tuple[WordRule, ...], _Signs]:
    """Words that set kind, status or sign; and what else tells the signs."""
    rules = guess_rules.rules(table.columns)
    some = _some(table)
    seen = _evidence(some, formats)

    def owes(value: guess_signs.Units, good: guess_signs.Rows) -> bool:
        """Whether the balance rises with charges, positive in `value`; one step fits by chance."""
        told = guess_signs.balance_steps(value, good, seen, decimal)
        return bool((told != 0).sum() > 1) and guess_signs.follows(value, told) > 0

    if "amount" not in table.columns:
        return rules, _Signs(owed=owes(*_out_less_in(some, decimal)))
    amounts = table.texts("amount")
    value, good = notation.minor_units(some.texts("amount"), decimal)
    if guess_signs.any_negative(amounts):
        negative, notes = guess_signs.charge_negative(some.texts("amount"), seen, decimal)
        return rules, _Signs(negative, owed=owes(-value if negative else value, good), notes=notes)
    if (value[good] < 0).any():
        return rules, _Signs(owed=owes(value, good), notes=(Message("guess.letters"),))
    stated = "direction" in table.columns
    open_ = seen.balance is not None and not stated
    if open_ and guess_signs.balance_explains(amounts, table.texts("balance"), decimal):
        told = guess_signs.balance_steps(value, good, seen, decimal)
        owed, notes = guess_signs.owed(told, seen)
        return rules, _Signs(by_balance=True, owed=owed, notes=(Message("guess.balance"), *notes))
    more, notes = _unsigned(table, amounts)
    side = guess_sides.stated(some.texts("direction")) if stated else np.ones(1, np.int8)
    return (*more, *rules), _Signs(owed=owes(value * side, good), notes=notes)


def _evidence(table: Table, formats: tuple[str, ...]) -> guess_signs.Evidence:
    """What the rows hold that may tell the sign of charges."""
    if "direction" in table.columns:
        side = guess_sides.stated(table.texts("direction"))
    else:
        side = guess_signs.sides(_telling(table), bank=_may_be_bank(table))
    dated = next(f for f in ("transaction_date", "posted_date") if f in table.columns)
    description = table.texts("description")
    stated = [guess_words.pattern("rows", name).pattern for name in ("balance", "bare")]
    no_movement = description.str.fullmatch(stated[0]) | description.str.fullmatch(stated[1])
    return guess_signs.Evidence(
        side,
        description,
        fields.dates(table.texts(dated), formats).mask(no_movement),
        table.texts("balance") if "balance" in table.columns else None,
        _names_bank(table),
    )


def _telling(table: Table) -> pd.Series:
    """All that is written in each row besides its dates and amounts; words in it tell the side."""
    fixed = {"transaction_date", "posted_date", "currency", *_MONEY}
    taken = {at for name, where in table.columns.items() if name in fixed for at in where}
    free = [n for n in range(table.body.shape[1]) if n not in taken]
    rows = table.body[free].to_numpy().tolist()
    return pd.Series([" ".join(row) for row in rows], index=table.body.index, dtype=object)


def _unsigned(table: Table, amounts: pd.Series) -> tuple[list[WordRule], tuple[Message, ...]]:
    """Sign rules for amounts without a minus: a side column, a plus, or words."""

    def rule(column: str, pattern: re.Pattern[str]) -> WordRule:
        return WordRule(Match(column, pattern), Effect(sign="negative"))

    if "direction" in table.columns:
        side = guess_sides.money_in(table.texts("direction"))
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
        if (odd := guess_sides.unknown(table.titles, table.body)) is not None:
            return [], (Message("guess.sides_unknown", {"column": odd[0], "words": odd[1]}),)
        return [], (Message("guess.all_positive"),)
    return rules, (Message("guess.words_negative", {"count": int(hit.sum())}),)
