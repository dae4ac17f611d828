"""What every report says first: the cases in order, and which of them need the user.

The workbook, the console and the notebook read the same digest, so that they cannot disagree.
Amounts stay minor units, sentences stay `Message`s.
"""

import datetime as dt
import re
from collections import namedtuple
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.ledger import day, spelled
from reconcile.tables import VERDICTS, Tables
from reconcile.text import Message, Money, clean, say, sentences
from reconcile.text import money as render_money

# What comes of a case, as it is shown.
OUTCOMES = (*VERDICTS, "settled")

_NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
_SUREST = 0.999
_LONGEST = 60  # characters of a descriptor; the whole text stands among the transactions


class Story(NamedTuple):
    """One case as reports show it.

    `number` counts from 1 in order of date, `case` is the row of `Tables.cases` (its columns are
    attributes), `description` the first descriptor, shortened, `rows` the positions of its
    transactions in `Tables.transactions`, charges first.
    """

    number: int
    case: Any
    day: dt.date | None
    description: str
    rows: tuple[int, ...]

    def money(self, column: str) -> Money:
        """The amount in `column` of the case, with its currency."""
        return money(getattr(self.case, column), self.case)


def money(minor: Any, row: Any) -> Money:
    """Minor units with `currency` and `decimals` of a row of `cases` or `summary`."""
    return Money(int(minor), known(row.currency), int(row.decimals))


def known(value: Any) -> Any:
    """The value itself, or None for any of the ways a frame says null; dates without their time."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    return value.date() if isinstance(value, dt.datetime) else value


def values(column: pd.Series) -> list[Any]:
    """The values of a column as `known` gives them."""
    if column.dtype.kind == "M":
        return list(column.to_numpy("datetime64[D]").tolist())
    return list(column.astype(object).where(column.notna(), None))


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a small frame, with columns as attributes."""
    # itertuples makes a class for each call and takes column by column, which costs more than the
    # rows of a small frame.
    made = _row(tuple(frame.columns))
    return map(made._make, zip(*(column for _, column in frame.items()), strict=True))


@cache
def _row(names: tuple[str, ...]) -> Any:
    """The class of the rows of a frame with these columns."""
    return namedtuple("Row", names)


def spreadsheet_safe(value: Any) -> Any:
    """A value for a CSV; a text that a spreadsheet would take for a formula gets an apostrophe."""
    risky = isinstance(value, str) and value.startswith(tuple("=+-@\t\r＝＋－＠"))
    return f"'{value}" if risky and not _NUMBER.fullmatch(value) else value


def stories(tables: Tables) -> list[Story]:
    """All cases, oldest first."""
    cases = list(each(tables.cases))
    ids = [[*case.charges, *case.fees, *case.refunds] for case in cases]
    at = positions(tables.transactions, {key for some in ids for key in some})
    shown = ["id", "description", "transaction_date", "posted_date"]
    ledger = spelled(tables.transactions[shown].iloc[at])
    place = dict(zip(ledger["id"].tolist(), range(len(at)), strict=True))
    when = day(ledger).to_numpy("datetime64[D]").tolist()
    told = ledger["description"].astype(object).map(str).tolist()
    found = []
    for case, keys in zip(cases, ids, strict=True):
        rows = [place[key] for key in keys if key in place]
        first = when[rows[0]] if rows else None
        if first is None and case.due is not None:
            first = case.due.since
        said = told[rows[0]] if rows else ", ".join(case.orders)
        found.append(Story(0, case, first, _short(clean(said)), tuple(at[rows].tolist())))
    found.sort(key=lambda story: (story.day or dt.date.max, story.case.id))
    return [
        Story(n, story.case, story.day, story.description, story.rows)
        for n, story in enumerate(found, start=1)
    ]


def positions(ledger: pd.DataFrame, ids: set[str]) -> npt.NDArray[np.intp]:
    """Where the transactions of these ids stand."""
    # Nearly all are a merchant's, who has few rows: the others are looked through if need be.
    own = ledger["merchant"].notna().to_numpy()
    at = np.flatnonzero(own)
    at = at[ledger["id"].iloc[at].isin(ids)]
    if len(at) < len(ids):
        rest = np.flatnonzero(~own)
        at = np.sort(np.concatenate([at, rest[ledger["id"].iloc[rest].isin(ids)]]))
    return at


def _short(told: str) -> str:
    return told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "…"


def amount(story: Story, column: str, lang: str) -> str:
    """An amount of a case as text; of a case without a row on a statement there is none."""
    return render_money(story.money(column), lang) if story.rows else "–"


def sureness(case: Any) -> float:
    """How sure a case is, as reports show it: never wholly, since of the links that are said to be
    surer one in a thousand was wrong where it was measured (docs/accuracy.md). Where all is back
    in each of its readings, they count together.
    """
    sure = float(case.confidence)
    if outcome(case) == "settled":
        sure += sum(other.confidence for other in case.alternatives)
    return min(sure, _SUREST)


def needing(told: Iterable[Story]) -> list[Story]:
    """The cases in which the user can do something now, the nearest deadline first."""
    return _by_deadline(story for story in told if not _waits(story) and _open(story))


def waiting(told: Iterable[Story]) -> list[Story]:
    """The cases whose refund is still on its way and that ask for nothing but patience."""
    return _by_deadline(story for story in told if _waits(story))


def _open(story: Story) -> bool:
    return known(story.case.next_step) not in (None, "none")


def _waits(story: Story) -> bool:
    if _open(story):
        return str(story.case.next_step).startswith("wait")
    return bool(story.case.verdict == "waiting")


def _by_deadline(some: Iterable[Story]) -> list[Story]:
    return sorted(some, key=lambda s: (known(s.case.deadline) or dt.date.max, s.number))


def headline(tables: Tables, told: list[Story]) -> Message:
    """The whole answer in one sentence."""
    if not told:
        ours = tables.transactions
        bought = ours["amount"].gt(0) & ours["kind"].eq("purchase")
        seen = int((ours["merchant"].notna() & bought).sum())
        if len(tables.unlinked):
            values = {"charges": seen, "refunds": len(tables.unlinked)}
            return Message("report.no_link", values)
        return Message("report.no_case", {"charges": seen})
    acts, late = len(needing(told)), len(waiting(told))
    done = len(told) - acts - late
    more: Any = ""
    if late:
        more = Message(
            "report.also_waiting_one" if late == 1 else "report.also_waiting", {"n": late}
        )
    if acts:
        code = "report.need_one" if acts == 1 else "report.need"
        if acts == len(told):
            code = {1: "report.need_only", 2: "report.need_both"}.get(acts, "report.need_all")
        return Message(code, {"n": acts, "total": len(told), "more": more})
    if done:
        code = "report.nothing_one" if done == 1 else "report.nothing"
        return Message(code, {"done": done, "more": more})
    return Message("report.nothing_yet_one" if late == 1 else "report.nothing_yet", {"n": late})


def owed(tables: Tables, told: list[Story]) -> list[Message]:
    """How much money is missing: what is overdue, what may still be due, what is on its way.

    Amounts of several currencies stand side by side. Empty where there is no case.
    """
    totals = list(each(tables.summary))
    unclear: dict[Any, int] = {}
    for story in told:
        if story.case.verdict == "partly_refunded":
            name = known(story.case.currency)
            unclear[name] = unclear.get(name, 0) + int(story.case.missing)
    found = {
        "overdue": [money(one.not_returned, one) for one in totals],
        "unclear": [money(unclear.get(known(one.currency), 0), one) for one in totals],
        "on_its_way": [money(one.waiting, one) for one in totals],
    }
    said = [
        Message(f"report.{name}", {"amounts": some})
        for name, amounts in found.items()
        if (some := [amount for amount in amounts if amount.minor > 0])
    ]
    if not any(one.code == "report.overdue" for one in said):
        said = [Message("report.none_overdue"), *said]
    return said if told else []


def step(story: Story, lang: str) -> str:
    """What to do in a case, with its deadline in front; waiting has no deadline to meet."""
    said = sentence([story.case.next_text], lang)
    deadline = known(story.case.deadline)
    if deadline is None or _waits(story):
        return said
    return say("console.until", lang, day=deadline, step=said)


def sentence(messages: Iterable[Message], lang: str) -> str:
    """Messages read one after the other, as one text."""
    return clean(sentences(messages, lang))


def outcome(case: Any) -> str:
    """A case's verdict as it is shown: a review in which all is back either way is `settled`."""
    settled = case.verdict == "review" and known(case.next_step) == "none"
    return "settled" if settled else str(case.verdict)


def look(shown: str) -> str:
    """The verdict whose colour an outcome has."""
    return "refunded" if shown == "settled" else shown


def outcome_counts(told: list[Story]) -> Iterator[tuple[str, int]]:
    """(outcome, cases) for each outcome that occurs."""
    for name in OUTCOMES:
        count = sum(outcome(story.case) == name for story in told)
        if count:
            yield name, count


def percent(fraction: str) -> str:
    """A decimal fraction in text as percent without needless zeros: `"0.0220"` → `"2.2"`."""
    value = f"{Decimal(fraction) * 100:f}"
    return value.rstrip("0").rstrip(".") if "." in value else value
