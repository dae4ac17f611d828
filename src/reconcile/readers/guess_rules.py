"""Rules for the rows of an unknown statement: what is no movement, and what kind of one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from reconcile.layout import Effect, Match, RowRule, WordRule
from reconcile.marks import EAST, WORDS
from reconcile.money import CURRENCIES, fold
from reconcile.readers import guess_words, notation
from reconcile.readers.guess_holds import HELD
from reconcile.readers.guess_table import Table
from reconcile.readers.text import has_digit

_CODED = rf"(?:{'|'.join(sorted(CURRENCIES))})"
_NAMED = rf"(?:{_CODED}(?![A-Za-z])|(?i:{'|'.join(WORDS)})(?![A-Za-z])|{'|'.join(EAST)})"
_PRICED = rf"(?:\d\s?/?\s?{_NAMED}|(?<![A-Za-z]){_CODED}\s?\d)"


def _abroad() -> re.Pattern[str]:
    """A line of one cell with an amount in another currency, below the row that it was billed in:
    it begins with that amount or says that it is one, as what names a shop may be a lost row.
    """
    said = guess_words.pattern("headings", "abroad").pattern.removeprefix("(?i)")
    amount = rf"\W*(?:\d[\d.,]*\s?/?\s?{_NAMED}|{_CODED}\s?\d)"
    return re.compile(rf"^\|*(?P<memo>(?={amount}|[^|]*(?i:{said}))[^|]*{_PRICED}[^|]*)\|*$")


@cache
def _no_shop() -> re.Pattern[str]:
    """What money in is called that no shop gives, as long as nothing calls it a refund: by whatever
    way it came. One pattern, as each takes its time."""
    repaid, came, back = (
        guess_words.pattern("sides", name).pattern.removeprefix("(?i)")
        for name in ("repaid", "came", "refund")
    )
    return re.compile(f"(?i){repaid}|^(?!.*(?:{back})).*(?:{came})")


# Rows with balances that prove one of them to be none.
_FEW = 4
# Share of the steps of a balance that its rows have to explain.
_PROVED = 0.9


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
        RowRule("note", Match("*", _abroad()), "note"),
        RowRule("charge", pending, "charge", effect=effect, date=("below", "above")),
    )


def same_day(table: Table, decimal: str) -> tuple[RowRule, ...]:
    """A rule for rows without a day that are of the day above, as passbooks print each day once:
    the running balance goes through every one of them. None where it does not.
    """
    dated = [name for name in ("transaction_date", "posted_date") if name in table.columns]
    if len(dated) > 1 or "balance" not in table.columns:
        return ()
    day, held = table.columns[dated[0]][0], table.columns["balance"][0]
    blank = table.texts(dated[0]).eq("").to_numpy(np.bool_)
    if not blank.any() or day > held:
        return ()
    names = ("amount",) if "amount" in table.columns else ("debit", "credit")
    read = [notation.minor_units(table.texts(name), decimal) for name in names]
    value, good = read[0] if len(read) == 1 else notation.out_less_in(*read)
    total, known = notation.minor_units(table.texts("balance"), decimal)
    rows = np.flatnonzero(good & known)
    fits = np.abs(np.diff(total[rows])) == np.abs(value[rows][1:])
    lacks = blank[rows][1:]
    if not lacks.any() or not fits[lacks].all() or fits.mean() < _PROVED:
        return ()
    cells = rf"^(?:[^|]*\|){{{day}}}\s*\|(?:[^|]*\|){{{held - day - 1}}}[^|]*\d"
    return (RowRule("charge", Match("*", re.compile(cells)), "charge", date=("above",)),)


def sections(table: Table) -> str | None:
    """The first line that heads rows of money that came back, printed without a sign: its only cell
    is the first one. None where there is none, or where such a line among the rows says nothing
    that is known: nobody could tell where those rows end.
    """
    filled = (table.body != "").to_numpy(np.bool_)
    count = filled.sum(axis=1)
    dated = next(name for name in ("transaction_date", "posted_date") if name in table.columns)
    days = table.texts(dated).str.contains(r"\d", regex=True).to_numpy(np.bool_)
    rows = np.flatnonzero(days & (count > 1))
    alone = np.flatnonzero((count == 1) & filled[:, 0])
    alone = alone[alone < rows[-1]] if len(rows) else alone[:0]
    heads = table.body[0].iloc[alone].astype("str").str.strip()
    back, spent = (
        heads.str.contains(guess_words.pattern("headings", name).pattern, regex=True)
        for name in ("section_back", "section_out")
    )
    return str(heads[back].iloc[0]) if back.any() and (back | spent).all() else None


def section_rules() -> tuple[RowRule, ...]:
    """Rules for lines of one cell, the first, that head rows of money back, or of purchases."""
    back, spent = (
        Match("*", guess_words.pattern("headings", name))
        for name in ("section_back", "section_out")
    )
    return (
        RowRule("section", back, "section", effect=Effect(sign="negative")),
        RowRule("section", spent, "section"),
    )


def summary(table: Table, decimal: str) -> list[str] | None:
    """The cells of a first row that states the balances before and after all others, as the running
    balance proves; None where there is none.
    """
    if table.header or not {"amount", "balance"} <= table.columns.keys() or len(table.body) < _FEW:
        return None
    ends = replace(table, body=table.body.iloc[[0, 1, -1]], seen={})
    read = [notation.minor_units(ends.texts(name), decimal) for name in ("amount", "balance")]
    (amount, good), (total, known) = read
    first, last = (1, 2) if total[0] == total[2] else (2, 1)
    stated = total[0] == total[last] and amount[0] + amount[first] == total[first]
    if not (stated and good.all() and known.all()) or total[0] + amount[1] == total[1]:
        return None
    return [str(cell) for cell in table.body.iloc[0].tolist()]


def nameless(table: Table, decimal: str) -> list[str] | None:
    """The cells of the first or last row where it alone has no text, in a file without a header,
    and is what the others come to or hold, or stands beside nothing but a number of an account that
    no other row has: a balance, as some banks put it there with its day. None where there is none.
    """
    texts = table.body[table.columns["description"]]
    named = {"transaction_date", "amount"} <= table.columns.keys()
    if table.header or len(texts) < _FEW or not named:
        return None
    blank = np.flatnonzero((texts == "").all(axis=1).to_numpy(np.bool_))
    if len(blank) != 1 or blank[0] not in (0, len(texts) - 1):
        return None
    at = int(blank[0])
    if not has_digit(table.texts("transaction_date").iloc[at]):
        return None  # a row that lost its cells
    value, good = notation.minor_units(table.texts("amount"), decimal)
    known = [int(value[good].sum() - value[at])]
    if "balance" in table.columns:
        total, held = notation.minor_units(table.texts("balance"), decimal)
        near = 1 if at == 0 else at - 1
        # What has a balance of its own moved it.
        known = [int(total[near] + step) for step in (0, value[near], -value[near])]
        good = good & ~held
        good[at] &= held[near]
    if not good[at] or not value[at] or (value[at] not in known and not _of_account(table, at)):
        return None
    return [str(cell) for cell in table.body.iloc[at].tolist()]


def _of_account(table: Table, at: int) -> bool:
    """Whether a row has a day, an amount and beside them an account number alone, where all other
    rows have nothing. Checks have shorter numbers."""
    own = {table.columns[name][0] for name in ("transaction_date", "amount")}
    cells = [str(cell).strip() for cell in table.body.iloc[at].tolist()]
    more = [n for n, cell in enumerate(cells) if n not in own and cell]
    if len(more) != 1 or (table.body[more[0]] != "").sum() != 1:
        return False
    return re.fullmatch(r"\d[\d ]{9,}[A-Z]?", cells[more[0]]) is not None


def this_row(cells: Sequence[str]) -> RowRule:
    """A rule for a row that states balances, and looks like a movement."""
    whole = re.compile(f"^{re.escape(fold('|'.join(cells)))}$")
    return RowRule("skip", Match("*", whole), "balance", dated=True)


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


def rules(columns: Mapping[str, Sequence[int]], *, cancels: bool) -> tuple[WordRule, ...]:
    """What words of types and statuses say, of the columns that there are; `cancels`: the status
    says of each row no more than whether it was cancelled."""
    out = []
    held = guess_words.pattern("holds", "row")
    # Where a row is not settled yet, its type may say so, or the place of its balance or number.
    out += [
        WordRule(Match(name, held), Effect(status="pending"))
        for name in ("type", "balance", "reference")
        if name in columns
    ]
    if HELD in columns:
        out.append(WordRule(Match(HELD, re.compile(r"\d")), Effect(status="pending")))
    if "status" in columns:
        # What gives a charge back is no cancelled row.
        cancelled = Match("status", guess_words.pattern("reversals", "cancelled"))
        out += [
            WordRule(cancelled, Effect(kind="refund", status="posted"), side=-1),
            WordRule(cancelled, Effect(status="voided"), side=1),
        ]
        if cancels:
            yes = Match("status", guess_words.pattern("reversals", "yes"))
            out.append(WordRule(yes, Effect(status="voided"), side=1))
        out += [
            WordRule(Match("status", guess_words.pattern("statuses", name)), Effect(status=name))
            for name in guess_words.names("statuses")
        ]
    if "type" in columns:
        # Of money that went out a wallet says that it was a payment, too, and of a purchase a bank
        # that it was an `online payment`.
        ways = (
            ("sides", "refund", "refund", 0),
            ("sides", "payment", "payment", -1),
            ("sides", "received", "payment", -1),
            ("direction", "topup", "payment", -1),
        )
        out += [
            WordRule(Match("type", guess_words.pattern(group, words)), Effect(kind=kind), side)
            for group, words, kind, side in ways
        ]
        told = (
            ("description", guess_words.pattern("sides", "repaid"), "payment"),
            ("description", guess_words.pattern("sides", "refund"), "refund"),
            ("type", _no_shop(), "payment"),
        )
        out += [WordRule(Match(name, words), Effect(kind=kind), -1) for name, words, kind in told]
    if "direction" in columns:
        said = Match("direction", guess_words.pattern("sides", "refund"))
        out.append(WordRule(said, Effect(kind="refund"), side=-1))
    before = Match("description", guess_words.pattern("holds", "prefix"))
    out.append(WordRule(before, Effect(status="pending")))
    return (*out, WordRule(Match("description", _no_shop()), Effect(kind="payment"), side=-1))
