"""The same movement in two exports: rows worded and dated differently that are one.

Movements are compared by day, amount and the core of the descriptor, and counted: two equal
purchases of one day are two in either export.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.money import fold

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


def cores(description: pd.Series) -> pd.Series:
    """The core of each descriptor: half-width letters and digits of its beginning, upper case."""
    codes, uniques = distinct(description)
    text = pd.Series([fold(u).upper() for u in uniques.tolist()], dtype="str")
    text = text.str.replace(_AROUND, "", regex=True).str.replace(r"[\W_]+", "", regex=True)
    return text.str.slice(0, _CORE).take(codes).set_axis(description.index)


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
