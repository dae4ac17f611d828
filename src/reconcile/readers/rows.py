"""What each record of a statement is: transaction, note, section, total, or not understood.

Row rules look only at records that are no plain transaction (unless a rule says `dated`), so their
cost does not grow with the statement. Every record ends with exactly one role.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout, Match, RowRule
from reconcile.money import fold
from reconcile.readers import fields
from reconcile.search import Seen

TRANSACTION = "transaction"
# Groups of a row rule that hold for the rows below it, not for one transaction.
_STANDING = ("account", "statement_date", "total")


@dataclass
class Roles:
    """Role of each record, what notes say (by the row they belong to) and where sections begin.

    `number` is the place of each record's role in `names`; "" is no role.
    """

    number: npt.NDArray[np.int16]
    names: list[str] = field(default_factory=lambda: ["", TRANSACTION])
    # (row of the transaction, field, text), one frame per note rule that matched
    notes: list[pd.DataFrame] = field(default_factory=list)
    # (row of the section's heading, rule)
    sections: list[tuple[int, RowRule]] = field(default_factory=list)
    # (row, text, rule that says what it sums)
    totals: list[tuple[int, str, RowRule]] = field(default_factory=list)
    # (row, text of an account number)
    accounts: list[tuple[int, str]] = field(default_factory=list)
    # (row, text of the statement's day or month)
    statement_dates: list[tuple[int, str]] = field(default_factory=list)
    # rows of card-holder headings
    holders: list[int] = field(default_factory=list)
    # (row, rule) of undated charges, which take their day from elsewhere
    undated: list[tuple[int, RowRule]] = field(default_factory=list)
    # records above the header that would be transactions below it
    above: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def are(self, name: str) -> npt.NDArray[np.bool_]:
        """Which records have a role."""
        if name not in self.names:
            return np.zeros(len(self.number), np.bool_)
        return np.asarray(self.number == self.names.index(name), np.bool_)

    def give(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64], name: str) -> None:
        """Give records (a mask or positions) a role."""
        if name not in self.names:
            self.names.append(name)
        self.number[rows] = self.names.index(name)


class Body(NamedTuple):
    """What `classify` has to know of the records: first row, transaction?, amount, readable?

    `above` are records above the header that read as transactions would, `unusable` those that
    hold others because a quote went astray, or a damaged character.
    """

    first: int
    is_transaction: npt.NDArray[np.bool_]
    amount: npt.NDArray[np.int64]
    priced: npt.NDArray[np.bool_]
    above: npt.NDArray[np.bool_]
    unusable: npt.NDArray[np.bool_]


def column_text(
    cells: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    positions: dict[str, list[int]],
    match: Match,
) -> pd.Series:
    """Text of the column a pattern looks at, or of the next one of its field where it is blank, for
    `rows`; `*` is the cells joined by `|`.
    """
    if match.column == "*":
        some = cells.iloc[rows].to_numpy(object).tolist()
        return pd.Series(["|".join(row) for row in some], index=cells.index[rows], dtype="str")
    where = positions.get(match.column, [])
    if not where:
        return pd.Series("", index=cells.index[rows], dtype="str")
    text = cells[where[0]].iloc[rows]
    for other in where[1:]:
        blank = text.str.strip().eq("")
        if blank.any():
            text = text.astype(object).mask(blank, cells[other].iloc[rows].astype(object))
    return text


def hits(text: pd.Series, match: Match, seen: Seen) -> npt.NDArray[np.bool_]:
    """Rows whose plain text holds the pattern; each distinct text is looked at once."""
    codes, texts = seen.of(text, fields.plain)
    found = texts.holding(match.pattern)
    return found[codes] if found.any() else np.zeros(len(codes), np.bool_)


def classify(
    cells: pd.DataFrame, layout: Layout, positions: dict[str, list[int]], body: Body, seen: Seen
) -> Roles:
    """Give every record its role. Rules are asked in the layout's order, the first that fits wins.

    Rows that no rule knows keep the role `""`; the caller rejects them with a reason.
    """
    roles = Roles(body.is_transaction.astype(np.int16), above=body.above.copy())
    odd = cells[~body.is_transaction].astype(object)
    blank = odd.index[(odd.map(str.strip) == "").all(axis=1)].to_numpy()
    roles.give(blank, "blank")
    won = np.full(len(cells), -1)
    open_ = np.setdiff1d(odd.index.to_numpy(), blank)
    repeats = _repeats(cells, open_, body.first)
    for number, rule in enumerate(layout.rows):
        asked = open_[won[open_] < 0]
        if rule.role == "charge":
            asked = asked[body.priced[asked]]
        elif rule.role == "end":
            asked = asked[asked >= body.first]
        elif rule.role == "preamble":
            asked = asked[_introduces(asked, body, repeats)]
        if rule.dated:
            every = body.is_transaction & (won < 0)
            every[asked] = True
            asked = np.flatnonzero(every)
        if len(asked):
            text = column_text(cells, asked, positions, rule.match)
            won[asked[hits(text, rule.match, seen)]] = number
    # Rows above the header that no rule knows; and the header, wherever it repeats.
    roles.give(open_[(won[open_] < 0) & (open_ < body.first - 1)], "preamble")
    roles.give(repeats[won[repeats] < 0], "header")
    won = _cut(roles, layout, won)
    roles.above &= roles.are("preamble")
    roles.give(roles.above | body.unusable, "")
    won[roles.above | body.unusable] = -1
    for number, rule in enumerate(layout.rows):
        rows = np.flatnonzero(won == number)
        if len(rows) and rule.role != "note":
            _record(roles, rule, rows, cells, positions, body)
    transactions = np.flatnonzero(roles.are(TRANSACTION))
    for number, rule in enumerate(layout.rows):
        rows = np.flatnonzero(won == number)
        if len(rows) and rule.role == "note":
            text = column_text(cells, rows, positions, rule.match)
            _note(roles, rule, rows, text, transactions)
    return roles


def _repeats(cells: pd.DataFrame, rows: npt.NDArray[np.int64], first: int) -> npt.NDArray[np.int64]:
    """The header, and those of the rows below that say the same."""
    below = rows[rows >= first - 1]
    if first == 0 or not len(below):
        return below[:0]
    odd, header = cells.iloc[below].astype(object), cells.iloc[[first - 1]].astype(object)
    return below[(odd == header.iloc[0]).all(axis=1).to_numpy(np.bool_)]


def _introduces(
    rows: npt.NDArray[np.int64], body: Body, repeats: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which rows stand above the first transaction, or above a header that comes again before the
    next one.
    """
    transactions = np.flatnonzero(body.is_transaction)
    if not len(transactions):
        return rows < body.first
    end = len(body.is_transaction)
    above = np.searchsorted(transactions, rows)
    header = np.append(repeats, end)[np.searchsorted(repeats, rows)]
    return np.asarray((above == 0) | (header < np.append(transactions, end)[above]), np.bool_)


def _cut(roles: Roles, layout: Layout, won: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Take out what lies below an `end` row or inside a section whose rows are no transactions."""
    rows = np.arange(len(won))
    out = np.full(len(won), -1)
    ends = [n for n, rule in enumerate(layout.rows) if rule.role == "end"]
    stop = np.flatnonzero(np.isin(won, ends))
    ended = -1
    for row in stop:
        if row > ended:
            # Where the header comes again, another statement was joined to this one.
            again = np.flatnonzero(roles.are("header") & (rows > row))
            ended = int(again[0]) if len(again) else len(won)
            out[row:ended] = won[row]
    sections = [n for n, rule in enumerate(layout.rows) if rule.role == "section"]
    starts = np.flatnonzero(np.isin(won, sections))
    if len(starts):
        at = np.searchsorted(starts, rows, side="right") - 1
        rule = np.where(at >= 0, won[starts[np.maximum(at, 0)]], -1)
        dropping = np.isin(rule, [n for n in sections if layout.rows[n].drop])
        plain = roles.are(TRANSACTION) | (roles.are("") & (won < 0))
        gone = dropping & plain & (out < 0)
        out[gone] = rule[gone]
    for number, rule_ in enumerate(layout.rows):
        if rule_.role in ("end", "section"):
            roles.give((out == number) & ~roles.are("blank"), rule_.name)
    return np.where(out >= 0, -1, won)


def _record(
    roles: Roles,
    rule: RowRule,
    rows: npt.NDArray[np.int64],
    cells: pd.DataFrame,
    positions: dict[str, list[int]],
    body: Body,
) -> None:
    if rule.role == "repeat":
        rows = _said_before(roles, rows, body)
        roles.give(rows, rule.name)
        return
    if rule.role == "charge":
        roles.give(rows, "")
        roles.give(rows[rows >= body.first], TRANSACTION)
        roles.above[rows[rows < body.first]] = True
        roles.undated += [(int(row), rule) for row in rows if row >= body.first]
        return
    roles.give(rows, rule.name if rule.role == "skip" else rule.role)
    if rule.role == "section":
        roles.sections += [(int(row), rule) for row in rows]
    if rule.role == "holder":
        roles.holders += [int(row) for row in rows]
    if not set(_STANDING) & set(rule.match.pattern.groupindex):
        return
    text = column_text(cells, rows, positions, rule.match)
    found = text.astype("str").map(fold).astype("str").str.extract(rule.match.pattern)
    for name, seen in (
        ("account", roles.accounts),
        ("statement_date", roles.statement_dates),
    ):
        if name in found:
            told = found[name].dropna()
            seen += [(int(str(row)), str(value)) for row, value in told.items()]
    if "total" in found:
        told = found["total"].dropna()
        roles.totals += [(int(str(row)), str(value), rule) for row, value in told.items()]


def standing(told: Sequence[tuple[int, str]], rows: pd.Index) -> npt.NDArray[np.object_]:
    """What stands above each of the rows: the last of these (row, text), else the first."""
    starts = sorted(told)
    which = np.searchsorted([row for row, _ in starts], rows.to_numpy()) - 1
    return np.array([text for _, text in starts], dtype=object)[np.maximum(which, 0)]


def _said_before(roles: Roles, rows: npt.NDArray[np.int64], body: Body) -> npt.NDArray[np.int64]:
    """Of rows that may say money a second time, those whose amount a negative row has said.

    Each other row accounts for one of them; the rest are movements of their own.
    """
    others = np.flatnonzero(roles.are(TRANSACTION) & (body.amount < 0))
    others = np.setdiff1d(others, rows)
    there = pd.Series(-body.amount[others]).value_counts()
    amount = pd.Series(np.abs(body.amount[rows]))
    nth = amount.groupby(amount).cumcount()
    return rows[(nth < amount.map(there).fillna(0)).to_numpy(np.bool_)]


def _note(
    roles: Roles,
    rule: RowRule,
    rows: npt.NDArray[np.int64],
    text: pd.Series,
    transactions: npt.NDArray[np.int64],
) -> None:
    target = _neighbour(rows, transactions, below=rule.below)
    roles.give(rows, "")
    roles.give(rows[target >= 0], rule.name)
    if not rule.match.pattern.groupindex:
        return
    texts = text[target >= 0].astype("str")
    found = texts.map(fold).astype("str").str.extract(rule.match.pattern)
    roles.notes.append(found[list(rule.match.pattern.groupindex)].set_axis(target[target >= 0]))


def _neighbour(
    rows: npt.NDArray[np.int64], transactions: npt.NDArray[np.int64], *, below: bool
) -> npt.NDArray[np.int64]:
    """The nearest transaction above (or below) each row; -1 where there is none."""
    if not len(transactions):
        return np.full(len(rows), -1)
    at = np.searchsorted(transactions, rows) - (0 if below else 1)
    inside = (at >= 0) & (at < len(transactions))
    return np.where(inside, transactions[np.clip(at, 0, len(transactions) - 1)], -1)
