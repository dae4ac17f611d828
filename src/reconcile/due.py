"""What orders say is due back, joined to the charges they were assigned to."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import advice
from reconcile.linking.fit import Links
from reconcile.orders import Orders

# Orders and cards round apart: a share this much smaller than what is due counts as all of it.
ROUNDING_SHARE = 0.005


@dataclass(frozen=True)
class Owed:
    """One order: amounts in minor units of its own currency, when promised, until when in time.

    `known` is False where the order tells neither a refund amount nor a telling status.
    """

    order_id: str | None
    line: int
    currency: str
    places: int
    total: int
    amount: int
    day: dt.date
    since: dt.date
    clock_ends: dt.date
    known: bool
    charges: tuple[int, ...]


def owed(links: Links, orders: Orders) -> list[Owed]:
    """Every order with the rows of the charges it was assigned to."""
    out = []
    rows: list[Any] = list(orders.rows.itertuples(index=False))
    for position, order in enumerate(rows):
        promised = order.promised if pd.notna(order.promised) else order.order_date
        since = promised.date()
        out.append(
            Owed(
                order_id=None if pd.isna(order.order_id) else str(order.order_id),
                line=int(order.line), currency=str(order.currency), places=int(order.places),
                total=int(order.total), amount=min(int(order.due), int(order.total)),
                day=order.order_date.date(), since=since, clock_ends=advice.clock_end(since),
                known=bool(order.known_due),
                charges=tuple(int(row) for row in links.orders.get(position, ())),
            )
        )  # fmt: skip
    return out


def by_charge(orders: Sequence[Owed]) -> dict[int, list[Owed]]:
    """Orders by the row of each charge they were assigned to."""
    out: dict[int, list[Owed]] = {}
    for order in orders:
        for row in order.charges:
            out.setdefault(row, []).append(order)
    return out


def share_due(orders: Sequence[Owed]) -> float:
    """The share of these orders' totals that is due back, 0 to 1."""
    return sum(o.amount for o in orders) / max(sum(o.total for o in orders), 1)


def shares(links: Links, told: dict[int, list[Owed]]) -> npt.NDArray[np.float64]:
    """Share due of each movement of the links by its orders; NaN where no order tells."""
    out = np.full(len(links.moves.refund), np.nan)
    for row, orders in told.items():
        if all(order.known for order in orders):
            out[row] = share_due(orders)
    return out
