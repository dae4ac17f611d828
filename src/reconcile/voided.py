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
from reconcile.ledger import day
from reconcile.rates import RateTable, log_reference
from reconcile.tables import CAUSES
from reconcile.text import Message, Money

# Days from an order to its charge, and the log distance of a billed amount from the order's: as for
# charges that settled.
_FIRST_DAY, _LAST_DAY = -2, 7
_BELOW, _ABOVE = -0.025, 0.075
# States of orders whose goods were sent or paid for, so that another charge must have been theirs.
_PAID = (
    "refund_part", "partial_offer", "dispute", "fake_tracking", "unshipped", "shipped", "finished",
)  # fmt: skip
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class _Kind(NamedTuple):
    """What charges have in common that orders fit alike: day, currencies, and whether an amount of
    the merchant's is `printed`.
    """

    day: dt.date
    currency: str | None
    decimals: int
    printed: bool
    original: str | None


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
    rows = list(own[own["status"].eq("voided")].itertuples(index=False))
    fits = _alone(rows, orders, table) if rows and orders else {}
    stood = own[own["status"].isin(["posted", "pending"]) & ~own["id"].isin(placed)]
    days = np.sort(day(stood).dropna().to_numpy("datetime64[D]"))
    told = {at: orders[number] for at, number in fits.items() if _unpaid(orders[number], days)}
    return Gone(
        [(row, told.get(at)) for at, row in enumerate(rows)],
        frozenset(id(order) for order in told.values()),
    )


def _unpaid(order: Owed, charged: npt.NDArray[np.datetime64]) -> bool:
    """Whether an order may never have been paid: by its state, and as none of these days (sorted)
    is one on which it would have been charged.
    """
    first, last = (np.datetime64(order.day, "D") + step for step in (_FIRST_DAY, _LAST_DAY))
    near = np.searchsorted(charged, last, "right") - np.searchsorted(charged, first, "left")
    return order.state not in _PAID and not near


def _alone(rows: Sequence[Any], orders: Sequence[Owed], table: RateTable) -> dict[int, int]:
    """By position of a charge, that of the one order it fits, where neither fits another.

    Amounts of one day and currency are searched as sorted numbers, and what fits is counted, not
    listed: many equal charges and orders fit one another in very many pairs.
    """
    placed: dict[dt.date, dict[tuple[str, int], list[int]]] = {}
    for number, order in enumerate(orders):
        if not order.charges:
            own = placed.setdefault(order.day, {})
            own.setdefault((order.currency, order.places), []).append(number)
    alike: dict[_Kind, list[int]] = {}
    for at, row in enumerate(rows):
        alike.setdefault(_kind(row), []).append(at)
    total = np.array([order.total for order in orders], np.int64)
    of_row, of_order = np.zeros(len(rows), np.int64), np.zeros(len(orders), np.int64)
    first = np.zeros(len(orders), np.int64)
    for kind, members in alike.items():
        here = np.array(members)
        billed = np.array([int(rows[one].amount) for one in members])
        asked = billed
        if kind.printed:
            asked = np.array([abs(int(rows[one].original_amount)) for one in members])
        steps = range(_FIRST_DAY, _LAST_DAY + 1)
        near = (placed.get(kind.day - dt.timedelta(days=step), {}) for step in steps)
        for same in near:
            for (currency, places), numbers in same.items():
                wanted = total[numbers]
                low: npt.NDArray[Any] = wanted
                high: npt.NDArray[Any] = wanted
                amount = billed
                if kind.printed and currency != kind.currency:
                    if kind.original not in (None, currency):
                        continue
                    amount = asked
                elif currency != kind.currency:
                    low, high = _range(wanted, kind, currency, places, table)
                by_amount = np.argsort(amount, kind="stable")
                begin = np.searchsorted(amount[by_amount], low, "left")
                end = np.searchsorted(amount[by_amount], high, "right")
                of_order[numbers] += end - begin
                one, two = (np.bincount(side, minlength=len(here) + 1) for side in (begin, end))
                of_row[here[by_amount]] += np.cumsum(one - two)[:-1]
                some = np.flatnonzero(end > begin)
                first[np.array(numbers)[some]] = here[by_amount[begin[some]]]
    only = np.flatnonzero(of_order == 1)
    only = only[of_row[first[only]] == 1]
    return dict(zip(first[only].tolist(), only.tolist(), strict=True))


def _kind(row: Any) -> _Kind:
    return _Kind(
        _day(row), None if pd.isna(row.currency) else str(row.currency), int(row.decimals),
        bool(pd.notna(row.original_amount)),
        None if pd.isna(row.original_currency) else str(row.original_currency),
    )  # fmt: skip


def _range(
    total: Ints, kind: _Kind, currency: str, places: int, table: RateTable
) -> tuple[Floats, Floats]:
    """The least and the most that may be billed, in minor units, for orders of such totals; without
    a rate more than any charge.
    """
    if kind.currency is None or not table.knows(currency, kind.currency):
        return np.full(len(total), np.inf), np.full(len(total), np.inf)
    when = np.array([kind.day], "datetime64[D]")
    mean, _ = log_reference(table, currency, kind.currency, when, np.zeros(1, np.bool_))
    # Before a table's first day the rate is not a number.
    rate = np.exp(np.nan_to_num(mean, nan=np.inf)) * 10.0 ** (kind.decimals - places)
    return total * rate * np.exp(_BELOW), total * rate * np.exp(_ABOVE)


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
