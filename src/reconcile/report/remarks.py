"""What every report says of the reading: lines not used, what was assumed, holes, lost credits."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pandas as pd

from reconcile import credited
from reconcile.ledger import day
from reconcile.report.digest import each, known, money, positions
from reconcile.tables import Tables
from reconcile.text import Message

# What is said of credits that were taken back, and how many are named.
_UNDONE = {
    "unlinked.taken_back": "report.undone", "unlinked.taken_back_unsure": "report.undone_unsure",
}  # fmt: skip
_NAMED = 3


class Remark(NamedTuple):
    """Something a reader should know of how a file was read; `file` and `line` may be unknown."""

    kind: str  # rejected | assumed | general
    file: str | None
    line: int | None
    message: Message


def remarks(tables: Tables) -> list[Remark]:
    """Rejected lines, assumptions, holes and general notes, in the order of files and lines."""
    notes = list(tables.notes)
    for card in each(tables.cards):
        gaps = [period(span) for span in _holes(card.covered or ())]
        if gaps:
            notes.append(Message("report.hole", {"account": card.account, "periods": gaps}))
    if len(tables.unlinked):
        code = "report.unlinked_one" if len(tables.unlinked) == 1 else "report.unlinked"
        notes.append(Message(code, {"n": len(tables.unlinked)}))
    notes += [*_undone(tables), *_unseen(tables)]
    found = [Remark("general", None, None, note) for note in notes]
    for source in tables.sources:
        found += [Remark("assumed", source.file, None, note) for note in source.notes]
        found += [Remark("rejected", source.file, r.line, r.reason) for r in source.rejected]
    return found


def period(span: tuple[dt.date, dt.date]) -> Message:
    """A stretch of days as text."""
    return Message("report.period", {"first": span[0], "last": span[1]})


def _holes(covered: Iterable[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    """(first, last) day of each stretch between the covered periods that no statement covers."""
    one = dt.timedelta(days=1)
    found = []
    end: dt.date | None = None
    for first, last in sorted(covered):
        if end is not None and first > end + one:
            found.append((end + one, first - one))
        end = last if end is None else max(end, last)
    return found


def _undone(tables: Tables) -> list[Message]:
    """The credits that another row took back: no case tells of them, and who counts on one is out
    of its money.
    """
    until = {
        str(one): reason for one, reason in zip(
            tables.unlinked["transaction"], tables.unlinked["reason"], strict=True
        ) if reason.code in _UNDONE
    }  # fmt: skip
    if not until:
        return []
    rows = tables.transactions.iloc[positions(tables.transactions, set(until))]

    def told(row: Any) -> Message:
        values = {"amount": money(-row.amount, row), "came": known(row.came) or ""}
        return Message(_UNDONE[until[row.id].code], values | {"day": until[row.id].params["day"]})

    return _by_name(rows, told)


def _unseen(tables: Tables) -> list[Message]:
    """The shop's rows that take back a credit which no statement here shows: no money in of the
    account is about as much. Their money is charged again, so the credit has to be somewhere.
    """
    every = tables.transactions
    takers = every[every["merchant"].notna() & every["kind"].eq("adjustment")]
    takers = takers[credited.takes_back(takers)]
    if takers.empty:
        return []
    given = every[every["amount"].lt(0) & every["account"].isin(takers["account"].unique())]
    given = given.assign(amount=-given["amount"])[["account", "amount"]].astype({"account": "str"})
    nearest = pd.merge_asof(
        takers.astype({"account": "str"}).sort_values("amount"),
        given.assign(near=given["amount"]).sort_values("amount"),
        on="amount", by="account", direction="nearest",
    )  # fmt: skip
    far = (nearest["near"] - nearest["amount"]).abs().gt(credited.MARGIN * nearest["amount"])

    def told(row: Any) -> Message:
        values = {"amount": money(row.amount, row), "day": known(row.came) or ""}
        return Message("report.undone_unseen", values)

    return _by_name(nearest[far | nearest["near"].isna()], told)


def _by_name(rows: pd.DataFrame, told: Callable[[Any], Message]) -> list[Message]:
    """What is told of the first rows (`came` is their day), and of the others their number."""
    rows = rows.assign(came=day(rows)).sort_values(["came", "id"])
    out = [told(row) for row in each(rows.head(_NAMED))]
    if len(rows) > _NAMED:
        out.append(Message("report.undone_more", {"n": len(rows) - _NAMED}))
    return out
