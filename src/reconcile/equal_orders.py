"""Orders that nothing tells apart: where fewer refunds came than are due, it is sure that money is
missing, though not of which.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconcile.arrivals import Came
from reconcile.case_rows import Scene
from reconcile.due import Owed

# Whether a refund of an order came is open between these chances that none did.
_SURE, _NEVER = 0.05, 0.95
# How many refunds came is known if the chances of all orders are so near to a whole number; and
# nothing is told where this much speaks for refunds that are too small.
_NEAR, _SHORT = 0.1, 0.1


class Equals(NamedTuple):
    """Orders of which the same is due for the same price on one card, each with its own charge, and
    of which it is open whether a refund came.

    `nothing` holds of each the chance that none did. `came` is how many of them are back, `sure`
    how sure it is that no more are; `missing` are the charges of those that count as not back.
    """

    orders: list[Owed]
    nothing: list[float]
    came: int
    sure: float
    missing: frozenset[int]


def groups(
    scene: Scene, told: Mapping[int, Sequence[Owed]], found: Mapping[int, Came]
) -> dict[int, Equals]:
    """The equals of each charge whose order has some, by its row.

    `told` are orders by charge, `found` what came of each order, by its `id()`.
    """
    alike: dict[object, list[tuple[int, Came]]] = {}
    for row, orders in told.items():
        one = orders[0]
        came = found.get(id(one), Came())
        alone = len(orders) == 1 and len(one.charges) == 1
        open_ = alone and one.known and one.on_card and one.amount > 0
        if open_ and _SURE < came.nothing < _NEVER:
            account = int(scene.links.moves.account[row])
            key = account, one.currency, one.total, one.amount, one.unpaid_coupon, one.target
            alike.setdefault(key, []).append((row, came))
    out = {}
    for members in alike.values():
        group = _group(scene, members, told) if len(members) > 1 else None
        if group is not None:
            out.update(dict.fromkeys((row for row, _ in members), group))
    return out


def _group(
    scene: Scene, members: list[tuple[int, Came]], told: Mapping[int, Sequence[Owed]]
) -> Equals | None:
    """These orders together; None where it is not known how many refunds of them came, or one is
    no whole refund, or not booked yet.
    """
    pending = any(scene.pending[row] for _, came in members for row in came.refunds)
    parts = any(came.refunds and not came.whole for _, came in members)
    if pending or parts or sum(came.short for _, came in members) > _SHORT:
        return None
    # Each refund is one order's, so the chances of all orders count those that came.
    back = sum(1.0 - came.nothing for _, came in members)
    if abs(back - round(back)) > _NEAR:
        return None
    open_ = [(-came.nothing, row) for row, came in members if not came.refunds]
    lacking = [row for _, row in sorted(open_)][: max(len(members) - round(back), 0)]
    return Equals(
        [told[row][0] for row, _ in members], [came.nothing for _, came in members], round(back),
        1.0 - max(back - round(back), 0.0), frozenset(lacking),
    )  # fmt: skip
