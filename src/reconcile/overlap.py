"""Exports that overlap: each real movement once, pending ones settled, vanished ones voided.

Exports of one card overlap in many ways: the same month downloaded twice, an open and then the
closed month, a CSV and an OFX of the same days. The same movement may be worded differently in
each, so movements are compared by account, day, amount and the core of the descriptor, and counted:
two equal purchases of one day are two in either export and two in the result.
"""

import datetime as dt
from collections.abc import Container
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import holds
from reconcile.distinct import distinct, grouped
from reconcile.money import fold

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Words that an issuer puts before or behind the merchant while the month is open or once it is
# closed (Rakuten), and what a refund or reconversion adds.
_AROUND = (
    r"^(?:海外利用|マスター国内利用|VISA国内利用|JCB国内利用)\s+\S+\s+"
    r"|利用国[A-Z]{2,3}$|^RETURN:\s*"
)
_CORE = 10
# An export that prints only the day of booking dates a purchase up to this many days after its use.
_BOOKING_DAYS = 3
# How many days apart `same` may find two exports' dates of one movement.
NEAR = range(-_BOOKING_DAYS, _BOOKING_DAYS + 1)
# An export need not show all of its first days.
_EDGE_DAYS = 2
_EPOCH = pd.Timestamp(0)
# Two exports show the same days only if they share this much of what either shows there; and only
# with this many shared rows does a row that one of them lacks count as vanished.
_REPEATS, _REPEATED_ROWS = 0.5, 3
# Two exports of one card that share these days, and rows in them, have some of them in common.
_SHARED_DAYS = 7
# Exports further apart than this leave a hole; a month without any purchase is not one.
_HOLE_DAYS = 28


def cores(description: pd.Series) -> pd.Series:
    """The core of each descriptor: half-width letters and digits of its beginning, upper case."""
    codes, uniques = distinct(description)
    text = pd.Series([fold(u).upper() for u in uniques.tolist()], dtype="str")
    text = text.str.replace(_AROUND, "", regex=True).str.replace(r"[\W_]+", "", regex=True)
    return text.str.slice(0, _CORE).take(codes).set_axis(description.index)


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


class _Shared(NamedTuple):
    """What two exports share: their days, and the last day of each as a day number; `lacking`
    where a row that the later one lacks counts as cancelled.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    ends: tuple[int, int]
    lacking: bool


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
        spans = book.groupby(["account", "source"])["day"].agg(["min", "max"]).reset_index()
        pairs = spans.merge(spans, on="account", suffixes=("", "_other"))
        pairs = pairs[pairs["source"] < pairs["source_other"]]
        pairs = pairs[(pairs["min"] <= pairs["max_other"]) & (pairs["min_other"] <= pairs["max"])]
        where = book.groupby(["account", "source"], sort=False).indices
        listed: list[Any] = list(pairs.itertuples(index=False))
        for pair in listed:
            one = book.iloc[where[pair.account, pair.source]]
            two = book.iloc[where[pair.account, pair.source_other]]
            ends = (pair.max - _EPOCH).days, (pair.max_other - _EPOCH).days
            if one["rank"].min() > two["rank"].min():
                one, two, ends = two, one, ends[::-1]
            first, last = max(pair.min, pair.min_other), min(pair.max, pair.max_other)
            lacking = pair.source not in guessed and pair.source_other not in guessed
            shared = _Shared(first, last, ends, lacking)
            if not _compare_pair(one, two, shared, found):
                strange.append((pair.account, pair.source, pair.source_other))
        _settle_apart(book, found)
    # What any still later export shows again was only left out of the one that lacks it.
    vanished = (found.lacked > found.shown) & ~found.repeated & ~found.settled
    return Overlap(found.repeated, found.settled, vanished, strange)


def as_compared(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as compared: day, core of the descriptor, and `rank`: which of equal rows stays.

    The row that tells most ranks first, then by its content, so that no order of files decides.
    """
    telling = 1 * rows["original_amount"].notna() + rows["posted_date"].notna()
    telling += 2 * rows["status"].ne("pending") + rows["currency"].notna()
    book = rows[
        [
            "account", "source", "file", "line", "amount", "currency", "status",
            "transaction_date", "posted_date", "description",
        ]
    ].assign(
        day=rows["transaction_date"].fillna(rows["posted_date"]), core=cores(rows["description"]),
        less=-telling, amount=printed(rows),
    )  # fmt: skip
    by = ["less", "description", "transaction_date", "posted_date", "file", "line", "source"]
    order = book[by].sort_values(by, kind="stable").index.to_numpy()
    rank = np.empty(len(book), np.int64)
    rank[order] = np.arange(len(book))
    return book.assign(rank=rank)


def printed(rows: pd.DataFrame) -> Ints:
    """The amounts as they are printed, all in the smallest unit that one of the rows has.

    Where no currency is told, yen may stand as hundredths.
    """
    places = rows["decimals"].to_numpy(np.int64)
    scale: Ints = 10 ** (places.max(initial=0) - places)
    return rows["amount"].to_numpy(np.int64) * scale


def _compare_pair(one: pd.DataFrame, two: pd.DataFrame, shared: _Shared, found: _Found) -> bool:
    """Mark what two exports both show; False where they show the same days and nothing alike."""
    # What is used on the last shared days may be posted, and so be dated, after them.
    reach = pd.Timedelta(days=holds.DAYS)
    near = [part["day"].between(shared.first - reach, shared.last + reach) for part in (one, two)]
    one_near, two_near = one[near[0]], two[near[1]]
    left, right = same(one_near, two_near)
    held, posted = _settling(one_near.drop(left), two_near.drop(right))
    known = np.concatenate([left, right, held, posted])
    for part in (one, two):
        inside = part.index[part["day"].between(shared.first, shared.last)]
        if inside.isin(known).sum() < _REPEATS * len(inside):
            return len(known) > 0 or not _same_days(one, two, shared)
    ranks = [side["rank"].reindex(at).to_numpy() for side, at in ((one, left), (two, right))]
    found.repeated[np.where(ranks[0] < ranks[1], right, left)] = True
    found.settled[held] = True
    found.settles[posted] = True
    end, end_other = shared.ends
    # Either shows the other's matched rows until its own last day.
    found.shown[left] = np.maximum(found.shown[left], end_other)
    found.shown[right] = np.maximum(found.shown[right], end)
    if len(left) < _REPEATED_ROWS or end == end_other or not shared.lacking:
        return True
    early, late = (one, two) if end < end_other else (two, one)
    lost = early.drop(early.index[early.index.isin(known)])
    lost = lost[lost["amount"].gt(0) & lost["status"].isin(["pending", "posted"])]
    gone = lost.index[_inside(lost, late)].to_numpy()
    found.lacked[gone] = np.maximum(found.lacked[gone], max(shared.ends))
    return True


def _same_days(one: pd.DataFrame, two: pd.DataFrame, shared: _Shared) -> bool:
    """Whether two exports show enough of the same days to have rows in common, were they one's."""
    inside = [part["day"].between(shared.first, shared.last).sum() for part in (one, two)]
    return min(inside) >= _REPEATED_ROWS and (shared.last - shared.first).days >= _SHARED_DAYS


def _inside(rows: pd.DataFrame, export: pd.DataFrame) -> Mask:
    """Which rows this export would have to show, whichever of the two dates it was cut by."""
    inside = np.ones(len(rows), np.bool_)
    comparable = np.zeros(len(rows), np.bool_)
    for name in ("transaction_date", "posted_date"):
        printed = bool(export[name].notna().any())
        days = export[name if printed else "day"]
        # The first days may be cut by time of day or by the other date.
        fits = rows[name].between(days.min() + pd.Timedelta(days=_EDGE_DAYS), days.max())
        inside &= (fits | rows[name].isna()).to_numpy(np.bool_)
        if printed:
            comparable |= rows[name].notna().to_numpy(np.bool_)
    return inside & comparable


def same(one: pd.DataFrame, two: pd.DataFrame) -> tuple[Ints, Ints]:
    """Index pairs of rows that both show, each counted.

    By transaction day, then by posted day, then, where one prints only the day of use and the
    other only the day of booking, by those two.
    """
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    sides = [None, *(at for at, part in enumerate((one, two)) if part["currency"].isna().any())]
    lone = any(
        part[name].isna().any()
        for part in (one, two)
        for name in ("transaction_date", "posted_date")
    )
    for name in ("transaction_date", "posted_date", *(("day", "near") if lone else ())):
        for unknown in sides:
            parts = [part[part["day" if name == "near" else name].notna()] for part in (one, two)]
            # A currency that nothing tells may be any of the account's.
            if unknown is not None:
                parts[unknown] = parts[unknown][parts[unknown]["currency"].isna()]
            if not all(map(len, parts)):
                continue
            keys = ["amount", *(["currency"] if unknown is None else []), "core"]
            if name in ("day", "near"):
                hits = _crossed(parts[0], parts[1], keys, near=name == "near")
            else:
                hits = _counted(parts[0], parts[1], [name, *keys])
            left.append(hits[0])
            right.append(hits[1])
            one, two = one.drop(hits[0]), two.drop(hits[1])
    return np.concatenate(left), np.concatenate(right)


def _counted(one: pd.DataFrame, two: pd.DataFrame, keys: list[str]) -> tuple[Ints, Ints]:
    """Index pairs of rows with equal keys, the n-th of one with the n-th of the other."""
    parts = []
    for part in (one, two):
        part = part.sort_values("rank")
        nth = part.groupby(keys, sort=False, dropna=False).cumcount()
        parts.append(part[keys].assign(nth=nth).reset_index(names="row"))
    both = parts[0].merge(parts[1], on=[*keys, "nth"], suffixes=("", "_other"))
    return both["row"].to_numpy(np.int64), both["row_other"].to_numpy(np.int64)


def _crossed(
    one: pd.DataFrame, two: pd.DataFrame, keys: list[str], *, near: bool
) -> tuple[Ints, Ints]:
    """Index pairs of rows of which one has only its day of use, the other only of booking."""
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for used, booked, out in ((one, two, (left, right)), (two, one, (right, left))):
        used, booked = used[used["posted_date"].isna()], booked[booked["transaction_date"].isna()]
        if not len(used) or not len(booked):
            continue
        counted = ["day", *keys]
        hits = _booked_later(used, booked, keys) if near else _counted(used, booked, counted)
        out[0].append(hits[0])
        out[1].append(hits[1])
    return np.concatenate(left), np.concatenate(right)


def _booked_later(used: pd.DataFrame, booked: pd.DataFrame, keys: list[str]) -> tuple[Ints, Ints]:
    """Index pairs of rows booked within days of their use, where no other row fits either."""
    columns = [*keys, "day"]
    both = used[columns].reset_index(names="row").merge(
        booked[columns].reset_index(names="row_other"), on=keys, suffixes=("", "_other")
    )  # fmt: skip
    both = both[(both["day_other"] - both["day"]).dt.days.between(0, _BOOKING_DAYS)]
    twice = both["row"].duplicated(keep=False) | both["row_other"].duplicated(keep=False)
    both = both[~twice]
    return both["row"].to_numpy(np.int64), both["row_other"].to_numpy(np.int64)


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
    posted = posted[posted["account"].isin(held["account"]) & posted["core"].isin(held["core"])]
    # By content, so that the order of the files decides nothing.
    turns = held.groupby(["account", "source"])["rank"].min().sort_values().reset_index()
    # Accounts have nothing to do with each other, so each round settles an export of all of them.
    held, posted = (
        part.assign(core=part["account"].astype("str") + "\0" + part["core"])
        for part in (held, posted)
    )
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
