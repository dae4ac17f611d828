"""What the cases look like over time: sums by month, days until refunds, the card's own rates.

The notebook's figures, the workbook's sheets and the page are drawn from these.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile.ledger import day, spelled
from reconcile.report.digest import each, positions
from reconcile.tables import Tables

USUAL_DAYS = 28  # 20 business days, after which AliExpress calls a refund late
_WEEK = 7
_MOST_WEEKS = 26  # later refunds share the last stretch
_NEAR = 0.10  # a printed rate without currency is named by the reference rate this near
_OLDEST = pd.Timedelta(days=7)  # the longest hole between fixings is 5 days
_DAYS = ["transaction_date", "posted_date"]
_BILLED = ["currency", "amount", "decimals"]
_FOREIGN = [
    "account", "original_amount", "original_decimals", "original_currency", "conversion_date",
    *_DAYS, *_BILLED,
]  # fmt: skip


class Month(NamedTuple):
    """AliExpress in one month and billing currency; amounts in minor units, refunds positive."""

    month: str  # 2026-07
    currency: str | None
    decimals: int
    charges: int
    charged: int
    refunds: int
    refunded: int


class Stretch(NamedTuple):
    """How many refunds took from `first` to `last` days."""

    first: int
    last: int
    refunds: int


def months(tables: Tables) -> list[Month]:
    """AliExpress's booked rows by currency and month, without holes between first and last."""
    book = tables.transactions
    own = spelled(book.loc[book["merchant"].notna(), [*_DAYS, "status", *_BILLED]])
    rows = own[day(own).notna() & own["status"].isin(["posted", "pending"])]
    when = day(rows)
    amount = rows["amount"]
    cells = pd.DataFrame(
        {
            "month": when.dt.year * 12 + when.dt.month - 1,
            "currency": rows["currency"].fillna(""),
            "decimals": rows["decimals"],
            "charges": amount.gt(0).astype("int64"),
            "charged": amount.clip(lower=0),
            "refunds": amount.lt(0).astype("int64"),
            "refunded": -amount.clip(upper=0),
        }
    )
    out = []
    for currency, group in cells.groupby("currency"):
        sums = group.groupby("month").sum(numeric_only=True)
        whole = sums.reindex(range(int(sums.index.min()), int(sums.index.max()) + 1), fill_value=0)
        places = int(group["decimals"].iloc[0])
        out += [
            Month(
                f"{at // 12:04d}-{at % 12 + 1:02d}", str(currency) or None, places,
                int(one["charges"]), int(one["charged"]), int(one["refunds"]), int(one["refunded"]),
            )
            for at, one in zip(whole.index.tolist(), whole.to_dict("records"), strict=True)
        ]  # fmt: skip
    return out


def delays(tables: Tables) -> list[int]:
    """Days from the first charge of a case to each of its refunds."""
    ledger = tables.transactions
    ids = {key for case in each(tables.cases) for key in (*case.charges, *case.refunds)}
    rows = spelled(ledger[["id", *_DAYS]].iloc[positions(ledger, ids)])
    days = dict(zip(rows["id"], day(rows), strict=True))
    return [
        (days[refund] - min(days[charge] for charge in case.charges)).days
        for case in each(tables.cases)
        for refund in case.refunds
        if case.charges and pd.notna(days[refund])
    ]


def stretches(tables: Tables) -> list[Stretch]:
    """The delays counted by weeks, from the first week to the longest one."""
    took = np.array(delays(tables), dtype=np.int64)
    if not len(took):
        return []
    weeks = np.clip(took // _WEEK, None, _MOST_WEEKS - 1)
    low = min(0, int(weeks.min()))
    counts = np.bincount(weeks - low, minlength=max(USUAL_DAYS // _WEEK - low, 1))
    out = [
        Stretch((n + low) * _WEEK, (n + low) * _WEEK + _WEEK - 1, int(count))
        for n, count in enumerate(counts)
    ]
    last = out[-1]
    return [*out[:-1], last._replace(last=max(last.last, int(took.max())))]


def implied_rates(tables: Tables) -> pd.DataFrame:
    """Each foreign row of the cases' cards with its rate against the reference rate.

    Columns: account, day, refund (bool), implied and reference (billing per one original), above
    (implied / reference - 1). A row without printed currency is compared with the reference rate
    that lies nearest, if one is near; rows without a rate of the week before are left out.
    """
    ledger = tables.transactions
    printed = ledger["original_amount"].fillna(0).ne(0)
    foreign = spelled(ledger.loc[printed & ledger["amount"].ne(0), _FOREIGN])
    scale = 10.0 ** (
        foreign["original_decimals"].astype("int64") - foreign["decimals"].astype("int64")
    )
    implied = foreign["amount"] / foreign["original_amount"].astype("float64") * scale
    rows = pd.DataFrame(
        {
            "account": foreign["account"],
            "day": foreign["conversion_date"].fillna(foreign["posted_date"]).fillna(day(foreign)),
            "refund": foreign["amount"].lt(0),
            "implied": implied,
            "quote": foreign["currency"],
            "original": foreign["original_currency"],
            "row": foreign.index,
        }
    ).dropna(subset=["day", "quote"])
    fixings = tables.rates.assign(
        reference=tables.rates["rate"].astype("float64"), fixed=tables.rates["date"]
    ).sort_values("fixed", kind="stable")
    found = [rows.iloc[:0].assign(base="", reference=0.0)]
    for (base, quote), some in fixings.groupby(["base", "quote"]):
        wanted = rows[rows["quote"].eq(str(quote))].sort_values("day", kind="stable")
        right = some[["fixed", "reference"]]
        met = pd.merge_asof(wanted, right, left_on="day", right_on="fixed", tolerance=_OLDEST)
        found.append(met.dropna(subset="reference").drop(columns="fixed").assign(base=str(base)))
    pairs = pd.concat([part for part in found if len(part)] or found, ignore_index=True)
    pairs["above"] = pairs["implied"] / pairs["reference"] - 1
    far = pairs["above"].abs()
    kept = pairs["original"].eq(pairs["base"]) | (pairs["original"].isna() & far.lt(_NEAR))
    best = (
        pairs.assign(far=far)[kept]
        .sort_values(["row", "far"], kind="stable")
        .drop_duplicates("row")
    )
    return best[["account", "day", "refund", "implied", "reference", "above"]].reset_index(
        drop=True
    )
