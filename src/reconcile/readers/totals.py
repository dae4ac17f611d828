"""Printed totals as check sums: one that does not match the rows read is told, never an error."""

import bisect

import numpy as np
import pandas as pd

from reconcile import money
from reconcile.layout import Layout, RowRule
from reconcile.ledger import Source
from reconcile.readers import fields
from reconcile.readers.rows import Roles
from reconcile.text import Message, Money


def check(
    frame: pd.DataFrame,
    printed_columns: dict[str, pd.Series],
    layout: Layout,
    roles: Roles,
    source: Source,
) -> None:
    """Compare each printed total with the sum of its rows.

    `frame` holds the transactions by row number, `printed_columns` the text of the columns that
    totals sum (other than the amount itself), with the same index.
    """
    before: dict[RowRule, int] = {}
    for row, text, rule in sorted(roles.totals, key=lambda item: item[0]):
        inside = _rows(frame.index.to_numpy(), row, rule, roles, before.get(rule, -1))
        before[rule] = row
        if not inside.any() or frame.loc[inside, "currency"].nunique(dropna=False) != 1:
            continue
        part = frame[inside]
        code, places = part["currency"].iloc[0], int(part["decimals"].iloc[0])
        printed, ok = money.parse_unique(pd.Series([text]), places, layout.decimal, layout.group)
        total = _sum(part, printed_columns, layout, rule)
        if rule.effect.sign == "opposite":
            total = -total
        elif rule.effect.sign == "positive":
            total = abs(total)
        if ok[0] and int(printed[0]) != total:
            shown = None if pd.isna(code) else str(code)
            params = {
                "printed": Money(int(printed[0]), shown, places),
                "read": Money(total, shown, places),
            }
            source.notes.append(Message("note.total", params))


def _rows(numbers: np.ndarray, row: int, rule: RowRule, roles: Roles, before: int) -> np.ndarray:
    """Which transactions a total on `row` sums."""
    if rule.over == "file":
        return np.ones(len(numbers), np.bool_)
    if rule.over == "block":
        start = before
    else:
        starts = roles.holders if rule.over == "holder" else [at for at, _ in roles.sections]
        starts = sorted(starts)
        at = bisect.bisect_left(starts, row) - 1
        start = starts[at] if at >= 0 else -1
    return (numbers > start) & (numbers < row)


def _sum(
    part: pd.DataFrame, printed_columns: dict[str, pd.Series], layout: Layout, rule: RowRule
) -> int:
    if rule.sums == "amount" or rule.sums not in printed_columns:
        return int(part["amount"].sum())
    text = printed_columns[rule.sums].loc[part.index]
    values, good, _ = fields.amounts(text, part["currency"], layout.decimal, layout.group)
    return int(values[good].sum())
