"""Orders that nothing tells apart: where fewer refunds came than are due, it is sure that money is
missing, though not of which.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconcile.arrivals import Came
from reconcile.case_rows import Scene
from reconcile.due import Owed


class Equals(NamedTuple):
    """Orders of which the same is due for the same price on one card, each with its own charge.

    `nothing` holds of each the chance that no refund is its own, `came` is how many refunds were
    linked to them, and `short` the chance that no more of them are theirs.
    """

    orders: list[Owed]
    nothing: list[float]
    came: int
    short: float


def groups(
    scene: Scene, told: Mapping[int, Sequence[Owed]], found: Mapping[int, Came]
) -> dict[int, Equals]:
    """The equals of each charge whose order has some, by its row.

    `told` are orders by charge, `found` what came of each order, by its `id()`.
    """
    alike: dict[object, list[int]] = {}
    for row, orders in told.items():
        one = orders[0]
        if len(orders) == 1 and len(one.charges) == 1 and one.known and one.on_card and one.amount:
            account = int(scene.links.moves.account[row])
            key = account, one.currency, one.total, one.amount, one.unpaid_coupon
            alike.setdefault(key, []).append(row)
    out = {}
    for rows in alike.values():
        if len(rows) > 1:
            orders = [told[row][0] for row in rows]
            came = [found.get(id(order), Came()) for order in orders]
            linked = sum(bool(one.refunds) for one in came)
            # Each refund is one order's, so the chances of all orders count those that came.
            more = max(sum(1.0 - one.nothing for one in came) - linked, 0.0)
            group = Equals(orders, [one.nothing for one in came], linked, max(1.0 - more, 0.0))
            out.update(dict.fromkeys(rows, group))
    return out
