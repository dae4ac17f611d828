"""Cases of charges that were cancelled before they settled, with the orders they were for."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.case_rows import case_id
from reconcile.due import Owed
from reconcile.fees import Attached
from reconcile.ledger import day, spelled
from reconcile.linking.order_fit import FIRST_DAY, LAST_DAY, WIDE
from reconcile.rates import RateTable, log_reference
from reconcile.tables import CAUSES
from reconcile.text import Message, Money

# States of orders whose goods were sent or paid for, so that another charge must have been theirs.
_PAID = (
    "refund_part", "partial_offer", "dispute", "fake_tracking", "unshipped", "shipped", "finished",
)  # fmt: skip
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Gone(NamedTuple):
    """Voided charges as rows of the ledger, each with its order if any; `paid` are the `id()` of
    the orders that stand there.
    """

    charges: list[tuple[Any, Owed | None]]
    paid: frozenset[int]

    def rows(self, attached: Attached) -> list[dict[str, Any]]:
        """Their cases."""
        return [_case(row, order, attached) for row, order in self.charges]


def of(
    book: pd.DataFrame, table: RateTable, orders: Sequence[Owed], placed: Collection[str]
) -> Gone:
    """The voided AliExpress charges, each with the one of these orders that it was for.

    An order is a charge's only where no other order and no other charge fits either, where nothing
    says that it was paid after all, and where no charge of its days that settled may be its own:
    `placed` are the ids of those that other orders have.
    """
    # Few rows are a merchant's: words are compared in those alone.
    own = book[book["merchant"].notna() & book["amount"].gt(0) & book["kind"].ne("fee")]
    gone = spelled(own[own["status"].eq("voided")]).reset_index(drop=True)
    found = _alone(gone, orders, table) if len(gone) and orders else {}
    stood = own[own["status"].isin(["posted", "pending"]) & ~own["id"].isin(placed)]
    days = np.sort(_days(stood[day(stood).notna()]))
    told = {at: order for at, order in found.items() if _unpaid(order, days)}
    return Gone(
        [(row, told.get(at)) for at, row in enumerate(gone.itertuples(index=False))],
        frozenset(id(order) for order in told.values()),
    )


def _unpaid(order: Owed, charged: npt.NDArray[np.datetime64]) -> bool:
    """Whether an order may never have been paid: by its state, and as none of these days (sorted)
    is one on which it would have been charged.
    """
    first, last = _charged(order)
    near = np.searchsorted(charged, last, "right") - np.searchsorted(charged, first, "left")
    return order.state not in _PAID and not near


def _alone(rows: pd.DataFrame, orders: Sequence[Owed], table: RateTable) -> dict[int, Owed]:
    """By position of a charge (`rows` are numbered), the one order it fits, where neither fits
    another.
    """
    days = _days(rows)
    by_day = np.argsort(days, kind="stable")
    days = days[by_day]
    asked = {name: _in_currency(rows, name, table) for name in {one.currency for one in orders}}
    suited = np.zeros(len(rows), np.int64)
    only: dict[int, Owed] = {}
    for order in orders:
        if order.charges:
            continue
        first, last = _charged(order)
        near = by_day[np.searchsorted(days, first, "left") : np.searchsorted(days, last, "right")]
        units, log = (column[near] for column in asked[order.currency])
        off = log - np.log(max(order.total, 1)) + order.places * np.log(10.0)
        hit = near[(units == order.total) | WIDE.holds(off)]
        suited[hit] += 1
        if len(hit) == 1:
            only[int(hit[0])] = order
    return {at: order for at, order in only.items() if suited[at] == 1}


def _in_currency(rows: pd.DataFrame, currency: str, table: RateTable) -> tuple[Ints, Floats]:
    """The charges in the currency of an order: in minor units where that is theirs or the printed
    original's (-1 elsewhere); else the log of what they come to (NaN where no rate tells).
    """
    own = rows["currency"].eq(currency).to_numpy(np.bool_)
    printed = rows["original_amount"].notna().to_numpy(np.bool_)
    named = rows["original_currency"]
    original = rows["original_amount"].abs().where(named.isna() | named.eq(currency), -1)
    units = np.where(own, rows["amount"], original.fillna(-1).to_numpy(np.int64))
    log, open_ = np.full(len(rows), np.nan), rows[~own & ~printed]
    for name in open_["currency"].dropna().unique():
        some = open_[open_["currency"].eq(name)]
        mean, _ = log_reference(table, currency, name, _days(some), np.zeros(len(some), np.bool_))
        scale = some["decimals"].to_numpy(np.float64) * np.log(10.0)
        log[some.index] = np.log(some["amount"].to_numpy(np.float64)) - scale - mean
    return units, log


def _charged(order: Owed) -> tuple[np.datetime64, np.datetime64]:
    """The first and the last day on which the charge of an order may stand."""
    day_ = np.datetime64(order.day, "D")
    return day_ + FIRST_DAY, day_ + LAST_DAY


def _days(rows: pd.DataFrame) -> npt.NDArray[np.datetime64]:
    return day(rows).to_numpy("datetime64[D]")


def _day(row: Any) -> dt.date:
    when = row.transaction_date if pd.notna(row.transaction_date) else row.posted_date
    return dt.date.fromisoformat(str(when)[:10])


def _case(row: Any, order: Owed | None, attached: Attached) -> dict[str, Any]:
    """The case of a voided charge: charged and returned, nothing to do."""
    currency = None if pd.isna(row.currency) else str(row.currency)
    when = _day(row)
    numbers = [order.order_id] if order is not None and order.order_id else []
    values = {"amount": Money(int(row.amount), currency, int(row.decimals)), "day": when}
    whole = int(row.amount) + attached.amount.get(row.id, 0)
    case: dict[str, Any] = {
        "id": case_id([row.id], [], []), "account": row.account, "charges": [row.id],
        "refunds": [], "orders": numbers, "fees": attached.rows([row.id]), "currency": currency,
        "decimals": int(row.decimals), "charged": whole, "refunded": whole,
        "shortfall": 0, **dict.fromkeys(CAUSES, 0), "verdict": "voided", "confidence": 1.0,
        "alternatives": [], "due": None, "merchant_strength": row.merchant_strength,
        "evidence": [Message("evidence.voided")],
        "explanation": [
            Message("explain.voided", values),
            *(Message("explain.voided_order", {"order": number}) for number in numbers),
        ],
        "next_step": "none", "deadline": None, "next_text": Message("advice.none"),
        "message": None, "checklist": [], "_day": when,
    }  # fmt: skip
    for name in CAUSES:
        case[f"{name}_low"] = case[f"{name}_high"] = 0
    return case
