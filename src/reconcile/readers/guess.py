"""A layout for a file that no known layout fits: columns from header words or, without a header,
from contents; formats and signs from all rows together.

Everything assumed is listed in the layout's `assumed` and told to the user.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from reconcile.layout import Layout, parse, plain
from reconcile.layout_model import GUESSED
from reconcile.readers import (
    guess_charges,
    guess_codes,
    guess_columns,
    guess_contents,
    guess_currency,
    guess_dates,
    guess_fees,
    guess_halves,
    guess_holds,
    guess_money,
    guess_rules,
    guess_texts,
    guess_values,
    guess_words,
    notation,
)
from reconcile.readers.guess_table import MONEY, SAMPLE, Columns, Table, title
from reconcile.readers.text import has_digit
from reconcile.text import Message

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
# Languages in which dates begin with their year.
_YEAR_FIRST = frozenset(("ja", "zh", "zh-TW", "ko"))
# What is said where no amount has a sign.
_UNSIGNED = ("guess.all_positive", "guess.words_negative")
# Words that only headers of American banks have.
_AMERICAN = frozenset(
    ("trans. date", "trans date", "post date", "posted date", "zip code", "check number")
)


def propose(head: Sequence[Sequence[str]], cells: pd.DataFrame) -> Layout | None:
    """A layout guessed from the first rows and all cells; None where the guess is hopeless."""
    found = guess_columns.by_header(head, cells)
    if found is not None:
        number, columns = found
        body, header = cells.iloc[number + 1 :], list(head[number])
        if guess_halves.double_entry(body.head(SAMPLE), columns):
            return None
        columns = _with_shops(header, body, guess_money.settled(header, body.head(SAMPLE), columns))
        columns = guess_holds.with_held(header, body, columns)
        columns = guess_holds.with_open(header, body, columns)
        return _layout(Table(body, header, columns, header), head[:number])
    columns_only = guess_contents.by_contents(cells, _hints(head))
    if columns_only is None:
        return None
    at = _unknown_header(head, columns_only["transaction_date"][0])
    titles = [] if at is None else list(head[at])
    body = cells.iloc[0 if at is None else at + 1 :]
    columns_only = guess_money.settled(titles, body.head(SAMPLE), columns_only)
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
    # What is called a reference or an action is where some banks print the shop.
    free = ("description", "reference", "type")
    taken = {at for name, where in columns.items() if name not in free for at in where}
    kinds = columns.get("type", [])
    texts = guess_texts.shops_first(titles, body, columns["description"], taken, kinds)
    if columns.get("reference", [])[:1] == texts[:1]:
        columns = {name: where for name, where in columns.items() if name != "reference"}
    taken |= set(columns.get("reference", []))
    # Behind them what a bank says of amounts abroad, where the text has no column of its own.
    texts += [
        at
        for at, cell in enumerate(titles[: body.shape[1]])
        if at not in taken and at not in texts and guess_words.names_abroad(cell)
    ]
    texts += guess_texts.abroad(body, taken | set(texts))
    return {**columns, "description": texts}


def _layout(table: Table, preamble: Sequence[Sequence[str]]) -> Layout:
    header = table.header
    language = guess_words.language(header)
    amounts = pd.concat([table.texts(name) for name in MONEY[:3]])
    spoken = language if header else notation.UNKNOWN
    decimal, assumed = notation.decimal_sign(amounts, spoken)
    if assumed:
        # The balance and foreign amounts may show what the amounts leave open.
        every = pd.concat([amounts, *(table.texts(name) for name in MONEY[3:])])
        decimal, assumed = notation.decimal_sign(every, spoken)
    stated = guess_rules.summary(table, decimal)
    above = preamble if stated is None else [*preamble, stated]
    some = table.some
    order, (currency, said) = _days_and_currency(table, above, language, amounts)
    dated = guess_dates.settled(table.some.body, header, table.columns, order.formats)
    table = replace(table, columns=dated, seen={})
    table, turned = guess_charges.told_sides(table, decimal, order.formats)
    rules, signed = guess_charges.signs(table, decimal, order.formats)
    original = _original_decimal(table, decimal)
    code = "guess.columns" if header else "guess.contents"
    named = guess_rules.named_balance(table, decimal)
    closing = guess_rules.nameless(table, decimal)
    fee_outside, fees = guess_fees.outside(
        table.some.body, header, table.columns, decimal, charge_negative=signed.negative
    )
    headed = None
    if any(note.code in _UNSIGNED for note in signed.notes):
        headed = guess_rules.sections(table)
    if headed is not None:
        told = Message("guess.section", {"name": guess_words.shown(headed)})
        signed = signed._replace(notes=(told, *(n for n in signed.notes if n.code != _UNSIGNED[0])))
    signs = (*turned, *signed.notes, *fees, *([Message("guess.balance_row")] if named else []))
    signs += (Message("guess.nameless_row"),) if closing else ()
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
        bank=guess_charges.names_bank(table, signed)
        or ("balance" in table.columns and not signed.owed),
        header=tuple(plain(cell) for cell in header if cell.strip()),
        dates=order.formats,
        decimal=decimal,
        group=notation.group_sign(decimal),
        original_decimal=original,
        columns=(
            *((name, tuple(where)) for name, where in table.columns.items()),
            *((("memo", signed.memo),) if signed.memo else ()),
        ),
        charge_negative=signed.negative,
        words=rules,
        rows=(
            *(guess_rules.this_row(cells) for cells in (stated, closing) if cells is not None),
            *(() if headed is None else guess_rules.section_rules()),
            *guess_rules.row_rules(table, named=named),
            *guess_rules.same_day(table, decimal),
        ),
        blank=_blank(table),
        balance_signs=signed.by_balance,
        # Read as an amount, money held that is said to be in credit is less than nothing owed.
        balance_owed=signed.by_balance and signed.owed != notation.in_credit(some.texts("balance")),
        fee_outside=fee_outside,
        assumed=notes,
    )


def _original_decimal(table: Table, decimal: str) -> str | None:
    """The decimal sign of amounts in the merchant's currency, where it is not that of the bill:
    forints and yen show none. None where it is the same.
    """
    texts = table.texts("original_amount")
    if not len(texts) or texts.str.contains(decimal, regex=False).any():
        return None
    sign, assumed = notation.decimal_sign(texts, notation.UNKNOWN)
    shown = texts.str.contains(sign, regex=False).any()
    return sign if shown and not assumed and sign != decimal else None


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

    def over(*names: str) -> list[str]:
        """What stands over the columns of these fields."""
        return [title(table.titles, at) for name in names for at in table.columns.get(name, [])]

    words = {guess_words.bare(cell) for cell in table.header}
    american = bool(words & _AMERICAN) or guess_values.names_states(table.texts("description"))
    american = american and language == "en"
    found = order(american=american)
    day_first = not found.assumed and any(form.startswith("%d") for form in found.formats)
    told = guess_currency.told(
        guess_currency.Seen(
            over(*MONEY[:3]), over(MONEY[3]),
            table.header, preamble, language, amounts, table.some.body,
            bool(table.texts("currency").ne("").any()), day_first,
        )
    )  # fmt: skip
    home = guess_codes.home(table.some.body, table.columns) if told[0] is None else None
    if home is not None:
        told = home, (Message("guess.currency_home", {"currency": home}),)
    if told[0] == "USD" and language == "en" and not american:
        found = order(american=True)
    return found, told


def _rivals(table: Table) -> tuple[Message, ...]:
    """What is said where other columns may hold the amount as well."""
    found = guess_money.rivals(table.titles, table.some.body, table.columns)
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
