"""What to do about a case: verdict, refund clock and the next step."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from reconcile.text import Message

# Spans of days that the statements of one card cover, in order.
Spans = Sequence[tuple[dt.date, dt.date]]

# AliExpress: a refund lands 3 to 20 business days after it was granted (source article).
CLOCK_BUSINESS_DAYS = 20
# Below this probability a case is for the user to look at, not for the program to assert.
REVIEW_BELOW = 0.7


def clock_end(since: dt.date) -> dt.date:
    """The last day on which a refund promised on `since` is still in time."""
    end = np.busday_offset(np.datetime64(since), CLOCK_BUSINESS_DAYS, roll="forward")
    return dt.date.fromisoformat(str(end))


def overdue(since: dt.date, clock_ends: dt.date, as_of: dt.date, covered: Spans) -> bool:
    """Whether the clock has run out within the days that the statements cover without a hole."""
    seen = any(first <= since and clock_ends <= last for first, last in covered)
    return clock_ends < as_of and seen


def next_step(
    verdict: str, clock_ends: dt.date | None, covered_to: dt.date | None
) -> tuple[str, dt.date | None, Message]:
    """(code, deadline, sentence) for a verdict; ('none', None, …) where nothing is to be done."""
    if verdict == "waiting" and clock_ends is not None:
        if covered_to is not None and covered_to < clock_ends:
            return (
                "wait",
                clock_ends,
                Message("step.wait_export", {"day": clock_ends, "covered": covered_to}),
            )
        return "wait", clock_ends, Message("step.wait", {"day": clock_ends})
    if verdict in ("missing", "short"):
        return "ask_aliexpress", None, Message(f"step.{verdict}")
    if verdict == "partly_refunded":
        return "check_part", None, Message("step.partly_refunded")
    if verdict == "review":
        return "review", None, Message("step.review")
    return "none", None, Message("step.none")
