"""Exports that overlap: each real movement once, pending ones settled, vanished ones voided.

Exports of one card overlap in many ways: the same month downloaded twice, an open and then the
closed month, a CSV and an OFX of the same days. Pairs of exports are compared in rounds, in which
each export stands once: there are as many as one account has exports, however many accounts.
"""

import datetime as dt
from collections.abc import Container
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import holds
from reconcile.distinct import grouped
from reconcile.same_rows import as_compared, same

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# An export need not show all of its first days.
_EDGE_DAYS = 2
# Two exports show the same days only if they share this much of what either shows there; and only
# with this many shared rows does a row that one of them lacks count as vanished.
_REPEATS, _REPEATED_ROWS = 0.5, 3
# Two exports of one card that share these days, and rows in them, have some of them in common.
_SHARED_DAYS = 7
# Exports further apart than this leave a hole; a month without any purchase is not one.
_HOLE_DAYS = 28
_DAY = np.timedelta64(1, "D")


class Overlap(NamedTuple):
    """Masks over the rows: `repeated` and `settled` are left out, `vanished` is marked.

    `strange` are pairs of exports of one account (account, source, source) that show the same days
    and not one row in common, as those of two cards do.
    """

    repeated: Mask
    settled: Mask
    vanished: Mask
    strange: list[tuple[str, int, int]]


class _Found(NamedTuple):
    """Per row: left out as repeated or settled, or posted in place of a settled one; last days of
    exports that show it and lack it.
    """

    repeated: Mask
    settled: Mask
    settles: Mask
    shown: Ints
    lacked: Ints


class _Round(NamedTuple):
    """Pairs of exports, none of which stands in two, by the number of the pair: the rows of both
    with it as `pair`, the first and last of the days they share and the last day of each. `lacking`
    where a row that the later one lacks counts as cancelled; `files` numbers the two sources.
    """

    one: pd.DataFrame
    two: pd.DataFrame
    first: npt.NDArray[np.datetime64]
    last: npt.NDArray[np.datetime64]
    ends: tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]
    lacking: Mask
    files: Ints

    def shared(self, part: pd.DataFrame, reach: int = 0) -> Mask:
        """Which rows of a side lie on the days that both show, or up to `reach` days beside."""
        pair, day = part["pair"].to_numpy(np.int64), part["day"].to_numpy("datetime64[D]")
        far = reach * _DAY
        return np.asarray((day >= self.first[pair] - far) & (day <= self.last[pair] + far))


def compare(rows: pd.DataFrame, guessed: Container[int] = ()) -> Overlap:
    """Compare all exports of each account pairwise on the days they share.

    What the sources `guessed` lack, or others lack of theirs, is not taken for cancelled.

    `rows` (index 0…n-1) needs account, source, file, line, transaction_date, posted_date, amount,
    currency, decimals, description, status, original_amount. Two exports count as showing the same
    days only if at least half of what either shows there is in the other: monthly bills that touch
    say nothing about each other's rows. The order of the files and rows does not matter.
    """
    found = _Found(
        np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_),
        np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64),
    )  # fmt: skip
    strange: list[tuple[str, int, int]] = []
    if rows["source"].nunique() > 1:
        book = as_compared(rows)
        book["core"] = book.groupby(["account", "core"], sort=False).ngroup()
        pairs = _pairs(book)
        where = book.groupby(["account", "source"], sort=False).indices
        for _, turn in pairs.groupby("round"):
            apart = _compare(_round(book, where, turn, guessed), found)
            listed: list[Any] = list(turn.loc[apart, ["account", "one", "two"]].to_numpy(object))
            strange += [(account, *sorted(sources)) for account, *sources in listed]
        _settle_apart(book, found)
    # What any still later export shows again was only left out of the one that lacks it.
    vanished = (found.lacked > found.shown) & ~found.repeated & ~found.settled
    return Overlap(found.repeated, found.settled, vanished, sorted(strange))


def _pairs(book: pd.DataFrame) -> pd.DataFrame:
    """The exports of each account that show the same days: `one`, whose best row ranks first, and
    `two`, with the first and last day of each; in a `round` each export stands once at most.
    """
    spans = book.groupby(["account", "source"]).agg(
        first=("day", "min"), last=("day", "max"), rank=("rank", "min")
    ).reset_index()  # fmt: skip
    exports = spans.groupby("account")["source"]
    spans = spans.assign(nth=exports.cumcount(), exports=exports.transform("size"))
    both = spans.merge(spans, on="account", suffixes=("_one", "_two"))
    both = both[both["rank_one"] < both["rank_two"]]
    meet = both["first_one"].le(both["last_two"]) & both["first_two"].le(both["last_one"])
    # Pairs of one account whose numbers add up to the same have no export in common.
    both["round"] = (both["nth_one"] + both["nth_two"]) % both["exports_one"]
    return both[meet].rename(columns={"source_one": "one", "source_two": "two"})


def _round(book: pd.DataFrame, where: Any, turn: pd.DataFrame, guessed: Container[int]) -> _Round:
    """The rows and days of pairs of exports none of which stands in two."""

    def rows(name: str) -> pd.DataFrame:
        at = [where[key] for key in zip(turn["account"], turn[name], strict=True)]
        number = np.repeat(np.arange(len(at)), [len(one) for one in at])
        found = book.iloc[np.concatenate(at)]
        # One shop in two pairs is two shops.
        return found.assign(pair=number, core=found["core"] * len(at) + number)

    day = {
        name: turn[name].to_numpy("datetime64[D]")
        for name in ("first_one", "first_two", "last_one", "last_two")
    }
    known = turn[["one", "two"]].map(lambda source: source not in guessed).all(axis=1)
    return _Round(
        rows("one"), rows("two"), np.maximum(day["first_one"], day["first_two"]),
        np.minimum(day["last_one"], day["last_two"]), (day["last_one"], day["last_two"]),
        known.to_numpy(np.bool_), _numbered(turn[["one", "two"]].to_numpy(np.int64)),
    )  # fmt: skip


def _numbered(sources: Ints) -> Ints:
    """One number for each two sources, in whichever order."""
    return np.unique(np.sort(sources, axis=1), axis=0, return_inverse=True)[1].reshape(-1)


def _compare(both: _Round, found: _Found) -> Mask:
    """Mark what the exports of each pair both show; True for the pairs that show the same days and
    nothing alike.
    """
    one, two, count = both.one, both.two, len(both.first)
    # What is used on the last shared days may be posted, and so be dated, after them.
    one_near, two_near = (part[both.shared(part, holds.DAYS)] for part in (one, two))
    left, right = same(one_near, two_near)
    held, posted = _settling(one_near.drop(left), two_near.drop(right))
    known = np.concatenate([left, right, held, posted])
    pair = np.full(len(found.shown), -1)
    for part in (one, two):
        pair[part.index] = part["pair"]
    apart, fits = np.ones(count, np.bool_), np.ones(count, np.bool_)
    for part in (one, two):
        inside = part[both.shared(part)]
        shown = np.bincount(inside["pair"], minlength=count)
        alike = np.bincount(inside["pair"][inside.index.isin(known)], minlength=count)
        fits &= (alike >= _REPEATS * shown) & ~_told_apart(shown, alike, both.files)
        apart &= shown >= _REPEATED_ROWS
    apart &= ~fits & (np.bincount(pair[known], minlength=count) == 0)
    apart &= both.last - both.first >= _SHARED_DAYS * _DAY
    matched = fits[pair[left]]
    left, right = left[matched], right[matched]
    rank = pd.concat([one["rank"], two["rank"]])
    earlier = rank.reindex(left).to_numpy() < rank.reindex(right).to_numpy()
    found.repeated[np.where(earlier, right, left)] = True
    held, posted = (side[fits[pair[side]]] for side in (held, posted))
    found.settled[held], found.settles[posted] = True, True
    # Either shows the other's matched rows until its own last day.
    end, end_other = (days.astype(np.int64) for days in both.ends)
    found.shown[left] = np.maximum(found.shown[left], end_other[pair[left]])
    found.shown[right] = np.maximum(found.shown[right], end[pair[right]])
    able = fits & (np.bincount(pair[left], minlength=count) >= _REPEATED_ROWS) & both.lacking
    for early, late, some in ((one, two, end < end_other), (two, one, end_other < end)):
        lost = early[(able & some)[early["pair"]] & ~early.index.isin(known)]
        lost = lost[lost["amount"].gt(0) & lost["status"].isin(["pending", "posted"])]
        gone = lost.index[_inside(lost, late)].to_numpy()
        last = np.maximum(end, end_other)[pair[gone]]
        found.lacked[gone] = np.maximum(found.lacked[gone], last)
    return apart


def _told_apart(shown: Ints, alike: Ints, files: Ints) -> Mask:
    """Accounts whose few rows on the shared days may be alike by chance: two files that cut a day
    in two show nothing alike of the other accounts.
    """
    others, same = (np.bincount(files, rows)[files] - rows for rows in (shown, alike))
    few = shown < _REPEATED_ROWS
    return np.asarray(few & (others >= _REPEATED_ROWS) & (same < _REPEATS * others))


def _inside(rows: pd.DataFrame, export: pd.DataFrame) -> Mask:
    """Which rows the export of their pair would have to show, whichever date it was cut by."""
    inside = np.ones(len(rows), np.bool_)
    comparable = np.zeros(len(rows), np.bool_)
    for name in ("transaction_date", "posted_date"):
        printed = export[name].notna().groupby(export["pair"]).any()
        told = export["pair"].map(printed)
        ends = export[name].where(told, export["day"]).groupby(export["pair"]).agg(["min", "max"])
        # The first days may be cut by time of day or by the other date.
        first = rows["pair"].map(ends["min"]) + pd.Timedelta(days=_EDGE_DAYS)
        fits = rows[name].between(first, rows["pair"].map(ends["max"]))
        inside &= (fits | rows[name].isna()).to_numpy(np.bool_)
        comparable |= (rows["pair"].map(printed) & rows[name].notna()).to_numpy(np.bool_)
    return inside & comparable


def _settling(one: pd.DataFrame, two: pd.DataFrame) -> tuple[Ints, Ints]:
    """Pending rows of either side and the posted row, of nearly the same amount, of the other."""
    held_rows, posted_rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for held, posted in ((one, two), (two, one)):
        held, posted = held[held["status"].eq("pending")], posted[posted["status"].eq("posted")]
        if len(held) and len(posted):
            hits = holds.settled(held, posted)
            held_rows.append(hits[0])
            posted_rows.append(hits[1])
    return np.concatenate(held_rows), np.concatenate(posted_rows)


def _settle_apart(book: pd.DataFrame, found: _Found) -> None:
    """Settle the holds that no export of the same days has settled: by those that follow.

    Another file shows the posted row with the day of use that the hold has, or, where it prints
    one day only, with exactly the hold's amount: a file that need not repeat the hold's day may
    well have another purchase of about its amount.
    """
    open_ = ~found.repeated & ~found.settled
    held = book[open_ & book["status"].eq("pending").to_numpy(np.bool_)]
    free = ~found.repeated & ~found.settles
    posted = book[free & book["status"].eq("posted").to_numpy(np.bool_)]
    posted = posted[posted["core"].isin(held["core"])]
    # By content, so that the order of the files decides nothing.
    turns = held.groupby(["account", "source"])["rank"].min().sort_values().reset_index()
    # Accounts have nothing to do with each other, so each round settles an export of all of them.
    for _, turn in turns.groupby(turns.groupby("account").cumcount()):
        of = turn.set_index("account")["source"]
        mine = held[held["source"].eq(held["account"].map(of))]
        theirs = posted["account"].map(of)
        others = posted[theirs.notna() & posted["source"].ne(theirs)]
        hits = holds.settled(mine, others, apart=True)
        found.settled[hits[0]] = True
        posted = posted.drop(hits[1])


def covered(book: pd.DataFrame) -> dict[str, list[tuple[dt.date, dt.date]]]:
    """The spans of days that the statements cover, per account."""
    day = book["transaction_date"].fillna(book["posted_date"])
    last = book["posted_date"].fillna(book["transaction_date"])
    of_account, accounts = grouped(book["account"])
    of_file, files = grouped(book["file"])
    # Rows whose file nobody tells are one file's.
    many = len(files) + 1
    group = of_account * many + of_file + 1
    first_day = day.groupby(group).min()
    last_day = day.where(day >= last, last).groupby(group).max()
    out: dict[str, list[tuple[dt.date, dt.date]]] = {}
    spans = pd.DataFrame({"first": first_day, "last": last_day})
    spans["account"] = accounts[spans.index.to_numpy() // many]
    spans = spans.sort_values(["account", "first", "last"])
    ends = (spans[name].to_numpy("datetime64[D]").tolist() for name in ("first", "last"))
    for account, first, end in zip(spans["account"].tolist(), *ends, strict=True):
        known = out.setdefault(account, [])
        if known and (first - known[-1][1]).days <= _HOLE_DAYS:
            known[-1] = (known[-1][0], max(known[-1][1], end))
        else:
            known.append((first, end))
    return out
