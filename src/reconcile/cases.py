"""Links and orders to cases: one row per story, with causes, verdict, sentence and next step."""

import datetime as dt
from typing import Any

import pandas as pd

from reconcile import arrivals, decisions, due, explain, readings, rivals
from reconcile.arrivals import Came
from reconcile.case_rows import Covered, case_id, make
from reconcile.decisions import Decisions
from reconcile.explain import Split
from reconcile.fees import NONE, Attached
from reconcile.linked_cases import linked
from reconcile.linking.fit import Links
from reconcile.order_cases import unpaid
from reconcile.orders import Orders
from reconcile.rates import RateTable
from reconcile.steps import CardDays
from reconcile.tables import CASE_COLUMNS, CAUSES, frame
from reconcile.text import Message, Money


def build(
    links: Links,
    book: pd.DataFrame,
    table: RateTable,
    orders: Orders,
    as_of: dt.date,
    covered: Covered,
    attached: Attached = NONE,
    cards: dict[str, CardDays] | None = None,
    decided: Decisions | None = None,
) -> tuple[pd.DataFrame, Split, Links]:
    """All cases of a run, in the order of their first movement; the split and links behind them.

    `attached` are the fee rows that banks print apart from what they belong to, `cards` the
    calendars of the accounts.
    """
    owed = due.owed(links, orders)
    weighed = arrivals.weigh(links, due.wanted(owed))
    links, owed = due.told_by_refunds(weighed.links, owed)
    told = due.by_charge(owed)
    shares = due.shares(links, told)
    split, read = readings.weigh(
        links, explain.split(links, table, shares, attached),
        lambda others: explain.split(links, table, shares, attached, others),
    )  # fmt: skip
    read = rivals.shaken(links, split, read)
    scene = make(links, split, read, table, as_of, covered, attached, cards or {})
    found = {id(owed[at]): came for at, came in weighed.came.items()}
    rows = linked(scene, told, found)
    taken = {item for row in rows for item in row["charges"]}
    open_ = [o for o in owed if o.amount > 0 and not any(scene.id[i] in taken for i in o.charges)]
    rows += [
        unpaid(scene, group, [found.get(id(order), Came()) for order in group])
        for group in due.groups(open_)
    ]
    rows += [_voided(row, attached) for row in _gone(book)]
    if decided is not None:
        rows = [
            decisions.settle(row, decided.of(row["id"], row["charges"] + row["refunds"]))
            for row in rows
        ]
    rows.sort(key=lambda row: (row.pop("_day"), row["id"]))
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in CASE_COLUMNS}
    return frame(CASE_COLUMNS, columns), split, links


def _gone(book: pd.DataFrame) -> list[Any]:
    """AliExpress charges that were cancelled before they settled."""
    # Few rows are a merchant's: words are compared in those alone.
    own = book[book["merchant"].notna() & book["amount"].gt(0)]
    gone = own["status"].eq("voided") & own["kind"].ne("fee")
    return list(own[gone].itertuples(index=False)) if gone.any() else []


def _voided(row: Any, attached: Attached) -> dict[str, Any]:
    """The case of a voided charge: charged and returned, nothing to do."""
    currency = None if pd.isna(row.currency) else str(row.currency)
    when = (row.transaction_date if pd.notna(row.transaction_date) else row.posted_date).date()
    values = {"amount": Money(int(row.amount), currency, int(row.decimals)), "day": when}
    whole = int(row.amount) + attached.amount.get(row.id, 0)
    case: dict[str, Any] = {
        "id": case_id([row.id], [], []), "account": row.account, "charges": [row.id],
        "refunds": [], "orders": [], "fees": attached.rows([row.id]), "currency": currency,
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
