"""Credits that were taken back, in the cases whose money they may have been."""

import datetime as dt
from collections.abc import Sequence

from reconcile.advice import Reversed
from reconcile.case_rows import Scene, on_statement
from reconcile.credited import MARGIN
from reconcile.linking.candidates import EARLIEST_DAYS
from reconcile.linking.taken import Undone
from reconcile.text import Message, Money


def of(
    scene: Scene, charges: Sequence[int], amount: Money, since: dt.date | None = None
) -> Undone | None:
    """The credit taken back that may be `amount` of these charges (none: of an order of the day
    `since`, whose card is not known): the nearest in amount, the latest of equal ones.
    """
    first = min((day for row in charges if (day := scene.day[row])), default=since)
    if not amount.minor or first is None:
        return None
    account = scene.account(charges[0]) if charges else None
    start = first + dt.timedelta(days=EARLIEST_DAYS)
    fits = [
        one
        for one in scene.links.undone
        if account in (None, one.account)
        and one.currency == amount.currency
        and one.day >= start
        and abs(one.amount - amount.minor) <= MARGIN * amount.minor
    ]
    return min(
        fits,
        key=lambda one: (abs(one.amount - amount.minor), -one.day.toordinal(), one.id),
        default=None,
    )


def told(credit: Undone | None, like: Money) -> list[Message]:
    """A credit that was taken back in words; `like` is an amount of its currency."""
    if credit is None:
        return []
    values = {
        "amount": like._replace(minor=credit.amount), "came": credit.day, "day": credit.until,
    }  # fmt: skip
    return [Message("explain.undone" if credit.sure else "explain.undone_unsure", values)]


def fact(credit: Undone | None, like: Money) -> Reversed | None:
    """The same for letters."""
    if credit is None:
        return None
    return Reversed(like._replace(minor=credit.amount), credit.day, credit.until)


def among(scene: Scene, refunds: Sequence[int]) -> list[Message]:
    """That one of several equal credits was taken back, of which these refunds may be one."""
    return [
        Message("explain.undone_among", {
            "amount": on_statement(scene, [row]), "came": scene.day[row] or "",
            "day": scene.links.aside[scene.id[row]].params["day"],
        })
        for row in refunds if scene.id[row] in scene.links.stands
    ]  # fmt: skip
