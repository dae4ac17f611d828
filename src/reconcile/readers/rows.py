"""What each record of a statement is: transaction, note, section, total, or not understood.

Row rules look only at records that are no plain transaction, so their cost does not grow with
the statement. Every record ends with exactly one role.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout import Layout, Match, RowRule
from reconcile.money import fold

TRANSACTION = "transaction"


@dataclass
class Roles:
    """Role of each record, what notes say (by the row they belong to) and where sections begin."""

    role: npt.NDArray[np.object_]
    # (row of the transaction, field, text), one frame per note rule that matched
    notes: list[pd.DataFrame] = field(default_factory=list)
    # (row of the section's heading, rule)
    sections: list[tuple[int, RowRule]] = field(default_factory=list)
    # (row, text, field to sum)
    totals: list[tuple[int, str, str]] = field(default_factory=list)
    # (row, text of an account number)
    accounts: list[tuple[int, str]] = field(default_factory=list)
    currencies: list[tuple[int, str]] = field(default_factory=list)


def column_text(cells: pd.DataFrame, positions: dict[str, list[int]], match: Match) -> pd.Series:
    """Plain text of the column a pattern looks at; `*` is the row's cells joined by `|`."""
    if match.column == "*":
        joined = cells.agg("|".join, axis=1) if len(cells) else pd.Series(dtype="str")
        return joined.map(fold).astype("str")
    where = positions.get(match.column, [])
    if not where:
        return pd.Series("", index=cells.index, dtype="str")
    return cells[where[0]].map(fold).astype("str")


def classify(
    cells: pd.DataFrame,
    layout: Layout,
    positions: dict[str, list[int]],
    first: int,
    is_transaction: npt.NDArray[np.bool_],
) -> Roles:
    """Give every record its role. `first` is the first row after the header.

    Rows that no rule knows keep the role `""`; the caller rejects them with a reason.
    """
    roles = Roles(np.where(is_transaction, TRANSACTION, "").astype(object))
    odd = cells[~is_transaction]
    blank = odd.index[(odd.map(str.strip) == "").all(axis=1)].to_numpy()
    roles.role[blank] = "blank"
    open_ = odd.index.difference(blank)
    for rule in layout.rows:
        if not len(open_):
            break
        text = column_text(cells.loc[open_], positions, rule.match)
        hit = text.str.contains(_bare(rule.match.pattern), regex=True)
        rows = open_[hit.to_numpy(bool)]
        _record(roles, rule, rows.to_numpy(), text[hit], is_transaction)
        open_ = open_.difference(rows)
    header = open_[open_ == first - 1]
    roles.role[header] = "header"
    roles.role[open_[open_ < first - 1]] = "preamble"
    return roles


def _bare(pattern: re.Pattern[str]) -> str:
    """The pattern without group names, which `str.contains` would warn about."""
    return re.sub(r"(?<!\\)\((?:\?P<\w+>)?(?!\?)", "(?:", pattern.pattern)


def _record(
    roles: Roles,
    rule: RowRule,
    rows: npt.NDArray[np.int64],
    text: pd.Series,
    is_transaction: npt.NDArray[np.bool_],
) -> None:
    if not len(rows):
        return
    roles.role[rows] = rule.name if rule.role == "skip" else rule.role
    found = text.str.extract(rule.match.pattern) if rule.match.pattern.groupindex else None
    if rule.role == "section":
        roles.sections += [(int(row), rule) for row in rows]
    if found is None:
        return
    if rule.role == "note":
        target = _neighbour(rows, np.flatnonzero(is_transaction), below=rule.below)
        roles.role[rows[target < 0]] = ""
        roles.notes.append(found[target >= 0].set_axis(target[target >= 0]))
    for name, seen in (("account", roles.accounts), ("currency", roles.currencies)):
        if name in found and rule.role != "note":
            seen += [(int(r), str(v)) for r, v in found[name].dropna().items()]  # type: ignore[call-overload]
    if "total" in found:
        roles.totals += [(int(r), str(v), rule.sums) for r, v in found["total"].dropna().items()]  # type: ignore[call-overload]


def _neighbour(
    rows: npt.NDArray[np.int64], transactions: npt.NDArray[np.int64], *, below: bool
) -> npt.NDArray[np.int64]:
    """The nearest transaction above (or below) each row; -1 where there is none."""
    if not len(transactions):
        return np.full(len(rows), -1)
    at = np.searchsorted(transactions, rows) - (0 if below else 1)
    inside = (at >= 0) & (at < len(transactions))
    return np.where(inside, transactions[np.clip(at, 0, len(transactions) - 1)], -1)
