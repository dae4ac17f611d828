"""Cases of charges that were cancelled before they settled, with the orders they were for."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from reconcile.case_rows import case_id
from reconcile.due import Owed
from reconcile.fees import Attached
from reconcile.rates import RateTable, log_reference
from reconcile.tables import CAUSES
from reconcile.text import Message, Money

# Days from an order to its charge, and the log distance of a billed amount from the order's: as for
# charges that settled.
_FIRST_DAY, _LAST_DAY = -2, 7
_BELOW, _ABOVE = -0.025, 0.075


class Gone(NamedTuple):
    """Voided charges as rows of the ledger, each with its order if any; `paid` are the `id()` of
    the orders that stand there.
    """

    charges: list[tuple[Any, Owed | None]]
    paid: frozenset[int]

    def rows(self, attached: Attached) -> list[dict[str, Any]]:
        """Their cases."""
        return [_case(row, order, attached) for row, order in self.charges]


def of(book: pd.DataFrame, table: RateTable, orders: Sequence[Owed]) -> Gone:
    """The voided AliExpress charges, each with the one of these orders that it was for.

    An order is a charge's only where no other order and no other charge fits either.
    """
    # Few rows are a merchant's: words are compared in those alone.
    own = book[book["merchant"].notna() & book["amount"].gt(0)]
    own = own[own["status"].eq("voided") & own["kind"].ne("fee")]
    rows = list(own.itertuples(index=False))
    placed: dict[dt.date, list[int]] = {}
    for number, order in enumerate(orders):
        if not order.charges:
            placed.setdefault(order.day, []).append(number)
    steps = [dt.timedelta(days=step) for step in range(_FIRST_DAY, _LAST_DAY + 1)]
    fits = [
        (at, number)
        for at, row in enumerate(rows)
        for step in steps
        for number in placed.get(_day(row) - step, ())
        if _fits(row, orders[number], table)
    ]
    of_row, of_order = (Counter(pair[side] for pair in fits) for side in (0, 1))
    alone = [(at, number) for at, number in fits if of_row[at] == of_order[number] == 1]
    told = {at: orders[number] for at, number in alone}
    return Gone(
        [(row, told.get(at)) for at, row in enumerate(rows)],
        frozenset(id(order) for order in told.values()),
    )


def _fits(row: Any, order: Owed, table: RateTable) -> bool:
    """Whether a charge can be an order's by its amount, as printed or by the reference rate."""
    currency = None if pd.isna(row.currency) else str(row.currency)
    if pd.notna(row.original_amount) and order.currency != currency:
        other = pd.notna(row.original_currency) and row.original_currency != order.currency
        return not other and abs(int(row.original_amount)) == order.total
    if currency == order.currency:
        return int(row.amount) == order.total
    if currency is None or not table.knows(order.currency, currency):
        return False
    day = np.array([_day(row)], "datetime64[D]")
    mean, _ = log_reference(table, order.currency, currency, day, np.zeros(1, np.bool_))
    scale = float(10.0 ** (order.places - int(row.decimals)))
    off = float(np.log(int(row.amount) * scale / order.total)) - float(mean[0])
    return _BELOW < off < _ABOVE


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
        "explanation": [Message("explain.voided", values)],
        "next_step": "none", "deadline": None, "next_text": Message("advice.none"),
        "message": None, "checklist": [], "_day": when,
    }  # fmt: skip
    for name in CAUSES:
        case[f"{name}_low"] = case[f"{name}_high"] = 0
    return case
