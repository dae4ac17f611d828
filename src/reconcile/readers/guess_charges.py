"""Which rows of an unknown statement are charges: columns and rules that tell it, by what its words
and balances say.
"""

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile import credited
from reconcile.layout import Effect, Match, WordRule, plain
from reconcile.readers import (
    fields,
    guess_rules,
    guess_sides,
    guess_signs,
    guess_words,
    notation,
)
from reconcile.readers.guess_table import MONEY, Table, in_use, title
from reconcile.text import Message

# Columns that only accounts with a balance have.
_BANK_WORDS = re.compile(
    r"iban|bic\b|sort code|counterpart|gegenkonto|tegenrekening|beguenstigter|kontonummer"
    r"|출금|찾으신|입출금|계좌번호"
)
# Columns that some cards have, too: of signs the rows' own words tell more.
_PARTY_WORDS = re.compile(
    r"auftraggeber|mandatsref|\bsepa\b|rentedato|proti(?:účt|účet|stran)|nadawca|номер сч[её]та"
)
# Most kinds of rows that a bank names, or their share of the rows; and the share of refunds.
_KINDS, _REPEATED, _BACK = 6, 0.2, 0.5
# Share of the rows that are most of them.
_MOST = 0.5


class Signs(NamedTuple):
    """Whether charges are negative, whether the running balance gives the signs, whether it is
    owed, what was assumed, and which column that is nothing else tells refunds."""

    negative: bool = False
    by_balance: bool = False
    owed: bool = False
    notes: tuple[Message, ...] = ()
    memo: tuple[int, ...] = ()


def told_sides(
    table: Table, decimal: str, formats: tuple[str, ...]
) -> tuple[Table, tuple[Message, ...]]:
    """The table with money out and money in as words over the columns tell or, without any, the
    rows, where the header is not understood."""
    if table.header or "debit" not in table.columns:
        return table, ()
    some = table.some
    notes: tuple[Message, ...] = ()
    over = [title(table.titles, table.columns[name][0]) for name in ("debit", "credit")]
    is_out = guess_words.is_money_out(*over)
    turn = is_out is False
    if is_out is None:
        read, seen = _out_less_in(some, decimal), _evidence(some, formats)
        turn, notes = guess_signs.swapped(*read, seen, decimal)
    if not turn:
        return table, notes
    columns = {**table.columns}
    columns["debit"], columns["credit"] = columns["credit"], columns["debit"]
    return replace(table, columns=columns, seen={}), notes


def _out_less_in(table: Table, decimal: str) -> notation.Money:
    """Amounts of columns of money out and in, positive for money out; and which are readable."""
    out, in_ = (notation.minor_units(table.texts(name), decimal) for name in ("debit", "credit"))
    return notation.out_less_in(out, in_)


def signs(
    table: Table, decimal: str, formats: tuple[str, ...]
) -> tuple[tuple[WordRule, ...], Signs]:
    """Words that set kind, status or sign; and what else tells the signs."""
    status = [title(table.titles, at) for at in table.columns.get("status", [])]
    rules = guess_rules.rules(table.columns, cancels=any(map(guess_words.names_cancelled, status)))
    some = table.some
    seen = _evidence(some, formats)

    def owes(value: notation.Units, good: notation.Rows) -> bool:
        """Whether the balance rises with charges, positive in `value`; one step fits by chance."""
        told = guess_signs.balance_steps(value, good, seen, decimal)
        return bool((told != 0).sum() > 1) and guess_signs.follows(value, told) > 0

    if "amount" not in table.columns:
        return rules, Signs(owed=owes(*_out_less_in(some, decimal)))
    amounts = table.texts("amount")
    value, good = notation.minor_units(some.texts("amount"), decimal)
    if guess_signs.any_negative(amounts):
        negative, notes = guess_signs.charge_negative(some.texts("amount"), seen, decimal)
        return rules, Signs(negative, owed=owes(-value if negative else value, good), notes=notes)
    if (value[good] < 0).any():
        return rules, Signs(owed=owes(value, good), notes=(Message("guess.letters"),))
    stated = "direction" in table.columns
    open_ = seen.balance is not None and not stated
    if open_ and guess_signs.balance_explains(amounts, table.texts("balance"), decimal):
        told = guess_signs.balance_steps(value, good, seen, decimal)
        owed, notes = guess_signs.owed(told, seen)
        return rules, Signs(by_balance=True, owed=owed, notes=(Message("guess.balance"), *notes))
    more, notes = _unsigned(table, amounts)
    if not more and (at := _minus(some)) is not None:
        return (WordRule(Match("memo", re.compile("^-$")), Effect(sign="negative")), *rules), Signs(
            notes=(Message("guess.signs", {"column": guess_words.shown(title(table.titles, at))}),),
            memo=(at,),
        )
    if not more and (at := _telling_refunds(some)) is not None:
        refund = Match("memo", guess_words.pattern("sides", "refund"))
        hits = table.body[at].str.contains(refund.pattern.pattern, regex=True)
        more = [WordRule(refund, Effect(sign="negative"))]
        if _is_wallet(table) or _is_paid(table, at):
            put_in = Match("memo", guess_words.pattern("direction", "topup"))
            more.append(WordRule(put_in, Effect(kind="payment", sign="negative")))
        notes = (Message("guess.words_negative", {"count": int(hits.sum())}),)
        return (*more, *rules), Signs(notes=notes, memo=(at,))
    side = _stated(some) if stated else np.ones(1, np.int8)
    return (*more, *rules), Signs(owed=owes(value * side, good), notes=notes)


def _evidence(table: Table, formats: tuple[str, ...]) -> guess_signs.Evidence:
    """What the rows hold that may tell the sign of charges."""
    if "direction" in table.columns:
        side = _stated(table)
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
        _is_surely_bank(table),
    )


def _telling(table: Table) -> pd.Series:
    """All that is written in each row besides its dates and amounts; words in it tell the side."""
    fixed = {"transaction_date", "posted_date", "currency", *MONEY}
    taken = {at for name, where in table.columns.items() if name in fixed for at in where}
    free = [n for n in range(table.body.shape[1]) if n not in taken]
    rows = table.body[free].to_numpy().tolist()
    return pd.Series([" ".join(row) for row in rows], index=table.body.index, dtype=object)


def _unsigned(table: Table, amounts: pd.Series) -> tuple[list[WordRule], tuple[Message, ...]]:
    """Sign rules for amounts without a minus: a side column, a plus, or words."""

    def rule(column: str, pattern: re.Pattern[str], sign: str = "negative") -> WordRule:
        return WordRule(Match(column, pattern), Effect(sign=sign))

    if "direction" in table.columns:
        at = table.columns["direction"][0]
        side = guess_sides.money_in(table.texts("direction"), title(table.titles, at))
        return [rule("direction", side)], (Message("guess.direction"),)
    if amounts.str.startswith("+").any() and not amounts.str.startswith("+").all():
        return [rule("amount", re.compile(r"^\+"))], (Message("guess.plus"),)
    spent = _pays_shops(table)
    named = ("refund", "received", *(() if _may_be_bank(table) else ("payment",)))
    rules = [
        rule(column, guess_words.pattern("sides", name))
        for name in named
        for column in ("type", "description")
        if column in table.columns and not (name == "payment" and column == "type" and spent)
    ]
    if any(_is_wallet(table) or _is_paid(table, n) for n in table.columns.get("type", [])[:1]):
        rules.append(rule("type", guess_words.pattern("direction", "topup")))
    if "status" in table.columns:
        rules.append(rule("status", guess_words.pattern("reversals", "refund")))
    # The first rule that fits tells: a "reversal of a credit" is no reversal of a purchase.
    undone = [rule("description", credited.surely_taken(), "positive")]
    hit = _fitting(table, rules) & ~_fitting(table, undone)
    rules = undone + rules
    if not hit.any():
        if (odd := guess_sides.unknown(table.titles, table.body)) is not None:
            return [], (Message("guess.sides_unknown", {"column": odd[0], "words": odd[1]}),)
        return [], (Message("guess.all_positive"),)
    return rules, (Message("guess.words_negative", {"count": int(hit.sum())}),)


def _fitting(table: Table, rules: list[WordRule]) -> pd.Series:
    """Which rows one of the rules is about."""
    hit = pd.Series(False, index=table.body.index)
    for word in rules:
        texts = table.texts(word.match.column)
        hit |= texts.str.contains(word.match.pattern.pattern, regex=True)
    return hit


def _pays_shops(table: Table) -> bool:
    """Whether the type of most rows is `Payment` alone, as a wallet calls what it spends; and none
    tells of the bill of a card, which may be paid more often than it is used."""
    if not _is_wallet(table) or "type" not in table.columns:
        return False
    types = table.texts("type")
    paid = types.str.fullmatch("(?i)payments?")
    texts = pd.concat([types[~paid], table.texts("description")])
    billed = (guess_words.pattern("sides", name) for name in ("payment", "received", "repaid"))
    if any(texts.str.contains(each.pattern, regex=True).any() for each in billed):
        return False
    return bool(paid.mean() > _MOST)


def _is_wallet(table: Table) -> bool:
    """Whether headings speak of a wallet or of what it holds: on a card, what is put into a wallet
    was spent, and payments are those of its bill."""
    return "balance" in table.columns or any(map(guess_words.names_a_wallet, table.titles))


def _is_paid(table: Table, at: int) -> bool:
    """Whether a column of types calls most rows paid, as wallets do; cards say `purchase`, or
    how it is paid."""
    paid = guess_words.pattern("direction", "paid").pattern
    return bool(fields.folded(table.body[at]).str.fullmatch(paid).mean() > _MOST)


def _stated(table: Table) -> guess_signs.Sides:
    """What the column of sides says of each row."""
    at = table.columns["direction"][0]
    return guess_sides.stated(table.texts("direction"), title(table.titles, at))


def _is_reversal(text: str) -> bool:
    """Whether a cell says that its row is a refund or was cancelled, and nothing else."""
    patterns = (guess_words.pattern("reversals", name) for name in ("refund", "cancelled"))
    return any(one.search(text) for one in patterns)


def _telling_refunds(table: Table) -> int | None:
    """A column of a few words, taken for nothing else, of which some name a refund."""
    pattern = guess_words.pattern("sides", "refund").pattern
    # Where several columns are texts, only the first is looked through for words.
    taken = in_use(table.columns) - set(table.columns["description"][1:])
    for at in range(table.body.shape[1]):
        texts = fields.filled(table.body[at])
        if at in taken or not len(texts):
            continue
        back = texts.str.contains(pattern, regex=True)
        few = texts.nunique() <= max(_KINDS, _REPEATED * len(texts))
        noted = guess_words.names_notes(title(table.titles, at))
        # Where nothing came back the cell may as well be empty, if it holds that one word alone.
        one_word = _BACK * len(table.body) if texts.map(_is_reversal).all() else _BACK * len(texts)
        if back.any() and few and not noted and back.sum() <= one_word:
            return at
    return None


def _minus(table: Table) -> int | None:
    """A column, named for it, of nothing but the minus of some rows."""
    for at in range(table.body.shape[1]):
        texts = fields.filled(table.body[at])
        named = guess_words.names_signs(title(table.titles, at))
        if named and texts.eq("-").all() and 0 < len(texts) <= _BACK * len(table.body):
            return at
    return None


def names_bank(table: Table, told: Signs) -> bool:
    """Whether the header names what only bank accounts have, or what few cards have where charges
    are not printed as those of cards, above zero beside money that came in below it."""
    as_cards = "amount" in table.columns and not ("direction" in table.columns or told.negative)
    return _is_surely_bank(table) or (not as_cards and _names_parties(table))


def _names_parties(table: Table) -> bool:
    return any(_PARTY_WORDS.search(plain(cell)) for cell in table.header)


def _is_surely_bank(table: Table) -> bool:
    """Whether the header names what only bank accounts have, so that it may tell the signs."""
    return any(_BANK_WORDS.search(plain(cell)) for cell in table.header)


def _may_be_bank(table: Table) -> bool:
    return "balance" in table.columns or _is_surely_bank(table)
