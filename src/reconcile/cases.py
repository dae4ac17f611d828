"""Links and orders to cases: one row per story, with causes, verdict, sentence and next step."""

import datetime as dt

import pandas as pd

from reconcile import arrivals, decisions, due, equal_orders, explain, readings, rivals, voided
from reconcile.arrivals import Came
from reconcile.case_rows import Covered, make
from reconcile.decisions import Decisions
from reconcile.explain import Split
from reconcile.fees import NONE, Attached
from reconcile.linked_cases import linked
from reconcile.linking.fit import Links
from reconcile.order_cases import unpaid
from reconcile.orders import Orders
from reconcile.rates import RateTable
from reconcile.steps import CardDays
from reconcile.tables import CASE_COLUMNS, frame


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
    weighed = arrivals.weigh(due.billed_at_home(links, owed), due.wanted(owed))
    links = weighed.links
    owed = due.told_by_refunds(links, owed)
    told = due.by_charge(owed)
    shares = due.shares(links, told)
    split, read = readings.weigh(
        links, explain.split(links, table, shares, attached),
        lambda others: explain.split(links, table, shares, attached, others),
    )  # fmt: skip
    read = rivals.shaken(links, split, read)
    scene = make(links, split, read, table, as_of, covered, attached, cards or {})
    found = {id(owed[at]): came for at, came in weighed.came.items()}
    equals = equal_orders.groups(scene, told, found)
    rows = linked(scene, told, found, equals)
    taken = {item for row in rows for item in row["charges"]}
    open_ = [o for o in owed if o.amount > 0 and not any(scene.id[i] in taken for i in o.charges)]
    placed = {scene.id[row] for row in told}
    unmet = [o for o in open_ if not found.get(id(o), Came()).refunds]
    gone = voided.of(book, table, unmet, placed)
    open_ = [o for o in open_ if id(o) not in gone.paid]
    rows += [
        unpaid(scene, group, [found.get(id(order), Came()) for order in group], told, equals)
        for group in due.groups(open_)
    ]
    rows += gone.rows(attached)
    if decided is not None:
        rows = [
            decisions.settle(row, decided.of(row["id"], row["charges"] + row["refunds"]))
            for row in rows
        ]
    rows.sort(key=lambda row: (row.pop("_day"), row["id"]))
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in CASE_COLUMNS}
    return frame(CASE_COLUMNS, columns), split, links
