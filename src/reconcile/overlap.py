"""Exports that overlap: each real movement once, pending ones settled, vanished ones voided.

Exports of one card overlap in many ways: the same month downloaded twice, an open and then the
closed month, a CSV and an OFX of the same days. The same movement may be worded differently in
each, so movements are compared by account, day, amount and the core of the descriptor, and counted:
two equal purchases of one day are two in either export and two in the result.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

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
# A hold differs from what is posted by the day's rate and the bank's margin (holds of 5% more are
# documented), and is posted within days.
_HOLD_MARGIN, _HOLD_DAYS = 0.07, 8
# Two exports show the same days only if they share this much of what either shows there; and only
# with this many shared rows does a row that one of them lacks count as vanished.
_REPEATS, _REPEATED_ROWS = 0.5, 3
# Exports further apart than this leave a hole; a month without any purchase is not one.
_HOLE_DAYS = 28


def cores(description: pd.Series) -> pd.Series:
    """The core of each descriptor: half-width letters and digits of its beginning, upper case."""
    codes, uniques = pd.factorize(description, use_na_sentinel=False)
    text = pd.Series(["" if pd.isna(u) else fold(str(u)).upper() for u in uniques], dtype="str")
    text = text.str.replace(_AROUND, "", regex=True).str.replace(r"[\W_]+", "", regex=True)
    return text.str.slice(0, _CORE).take(codes).set_axis(description.index)


@dataclass(frozen=True)
class Overlap:
    """Masks over the rows: `repeated` and `settled` are left out, `vanished` is marked."""

    repeated: Mask
    settled: Mask
    vanished: Mask


def compare(rows: pd.DataFrame) -> Overlap:
    """Compare all exports of each account pairwise on the days they share.

    `rows` (index 0…n-1) needs account, source, file, line, transaction_date, posted_date, amount,
    currency, description, status, original_amount. Two exports count as showing the same days only
    if at least half of what either shows there is in the other: monthly bills that merely touch
    say nothing about each other's rows.
    """
    masks = Overlap(*(np.zeros(len(rows), np.bool_) for _ in range(3)))
    if rows["source"].nunique() < 2:
        return masks
    book = _book(rows)
    spans = book.groupby(["account", "source"])["day"].agg(["min", "max"]).reset_index()
    pairs = spans.merge(spans, on="account", suffixes=("", "_other"))
    pairs = pairs[pairs["source"] < pairs["source_other"]]
    pairs = pairs[(pairs["min"] <= pairs["max_other"]) & (pairs["min_other"] <= pairs["max"])]
    where = book.groupby(["account", "source"], sort=False).indices
    found: list[Any] = list(pairs.itertuples(index=False))
    for pair in found:
        one = book.iloc[where[pair.account, pair.source]]
        two = book.iloc[where[pair.account, pair.source_other]]
        first, last = max(pair.min, pair.min_other), min(pair.max, pair.max_other)
        one, two = (part[part["day"].between(first, last)] for part in (one, two))
        _compare_pair(one, two, masks, one_is_earlier=pair.max <= pair.max_other)
    masks.vanished[masks.repeated | masks.settled] = False
    return masks


def _book(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as compared: day, core of the descriptor, and how much each row tells."""
    telling = rows["original_amount"].notna() + 1 * rows["posted_date"].notna()
    return rows[
        [
            "account", "source", "file", "line", "amount", "currency", "status",
            "transaction_date", "posted_date",
        ]
    ].assign(
        day=rows["transaction_date"].fillna(rows["posted_date"]), core=cores(rows["description"]),
        telling=telling + 2 * rows["status"].ne("pending"),
    )  # fmt: skip


def _compare_pair(
    one: pd.DataFrame, two: pd.DataFrame, masks: Overlap, *, one_is_earlier: bool
) -> None:
    left, right = _same(one, two)
    held = _settling(one.drop(left), two.drop(right))
    matched = len(left) + len(held)
    if matched < _REPEATS * max(len(one), len(two)):
        return
    table = pd.concat([one, two])
    tells = _at(table["telling"], left) - _at(table["telling"], right)
    earlier = (_at(table["file"], left) <= _at(table["file"], right)) | (left < right)
    masks.repeated[np.where((tells > 0) | ((tells == 0) & earlier), right, left)] = True
    masks.settled[held] = True
    early, late_hits = (one, left) if one_is_earlier else (two, right)
    if len(left) >= _REPEATED_ROWS:
        lost = early.drop(late_hits)
        lost = lost[lost["amount"].gt(0) & lost["status"].isin(["pending", "posted"])]
        masks.vanished[lost.index.to_numpy()] = True


def _at(column: pd.Series, rows: Ints) -> npt.NDArray[Any]:
    """The values of a column at these index labels."""
    return np.asarray(column.reindex(rows).to_numpy())


def _same(one: pd.DataFrame, two: pd.DataFrame) -> tuple[Ints, Ints]:
    """Index pairs of rows that both show, by transaction day, then by posted day, each counted."""
    left, right = [], []
    for name in ("transaction_date", "posted_date"):
        keys = [name, "amount", "currency", "core"]
        parts = []
        for part in (one, two):
            part = part[part[name].notna()].sort_values(["line"], kind="stable")
            nth = part.groupby(keys, sort=False, dropna=False).cumcount()
            parts.append(part[keys].assign(nth=nth).reset_index(names="row"))
        both = parts[0].merge(parts[1], on=[*keys, "nth"], suffixes=("", "_other"))
        left.append(both["row"].to_numpy(np.int64))
        right.append(both["row_other"].to_numpy(np.int64))
        one, two = one.drop(left[-1]), two.drop(right[-1])
    return np.concatenate(left), np.concatenate(right)


def _settling(one: pd.DataFrame, two: pd.DataFrame) -> Ints:
    """Pending rows of either side whose posted row, of nearly the same amount, the other shows."""
    out = []
    for held, posted in ((one, two), (two, one)):
        held = held[held["status"].eq("pending")].reset_index(names="row")
        posted = posted[posted["status"].eq("posted")].reset_index(names="row")
        both = held.merge(posted, on=["currency", "core"], suffixes=("", "_posted"))
        off = (both["amount_posted"] - both["amount"]).abs()
        later = (both["day_posted"] - both["day"]).dt.days
        both = both.assign(off=off, later=later)
        both = both[(off <= _HOLD_MARGIN * both["amount"].abs()) & later.between(-1, _HOLD_DAYS)]
        both = both.sort_values(["later", "off", "row", "row_posted"])
        # Each posted row settles one pending row.
        both = both.drop_duplicates("row").drop_duplicates("row_posted")
        out.append(both["row"].to_numpy(np.int64))
    return np.concatenate(out)


def covered(book: pd.DataFrame) -> dict[str, list[tuple[dt.date, dt.date]]]:
    """The spans of days that the statements cover, per account."""
    day = book["transaction_date"].fillna(book["posted_date"])
    last = book["posted_date"].fillna(book["transaction_date"])
    of_account, accounts = pd.factorize(book["account"])
    of_file, files = pd.factorize(book["file"])
    group = of_account * len(files) + of_file
    first_day = day.groupby(group).min()
    last_day = day.where(day >= last, last).groupby(group).max()
    out: dict[str, list[tuple[dt.date, dt.date]]] = {}
    spans = pd.DataFrame({"first": first_day, "last": last_day})
    spans["account"] = accounts[spans.index.to_numpy() // max(len(files), 1)]
    ordered: list[Any] = list(
        spans.sort_values(["account", "first", "last"]).itertuples(index=False)
    )
    for row in ordered:
        first, end = row.first.date(), row.last.date()
        known = out.setdefault(row.account, [])
        if known and (first - known[-1][1]).days <= _HOLE_DAYS:
            known[-1] = (known[-1][0], max(known[-1][1], end))
        else:
            known.append((first, end))
    return out
