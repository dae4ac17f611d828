"""What to do about a case: the refund clock, the next step with its deadline, the checklist.

The rules stand in `advice.toml`; this module only applies them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from reconcile import clock
from reconcile.clock import Closing
from reconcile.text import Message, Money, is_unnamed

# Spans of days that the statements of one card cover, in order.
Spans = Sequence[tuple[dt.date, dt.date]]

# Below this probability a case is for the user to look at, not for the program to assert.
REVIEW_BELOW = 0.7
# What is said of a deadline that is over, by its kind.
_PASSED = {
    "protection": "advice.passed_protection",
    "protection_or_chargeback": "advice.passed_chargeback",
    "chargeback": "advice.passed_chargeback",
}
# What a deadline that is to come is for, by its kind; Buyer Protection is told by itself.
_UNTIL = {
    "chargeback": "advice.chargeback_until",
    "protection_or_chargeback": "advice.chargeback_until",
    "paypal_dispute": "advice.paypal_until",
    "auto_cancel": "advice.cancel_by",
}


class Reversed(NamedTuple):
    """A credit that came on `day` and that a row of the day `until` took back, or may have."""

    amount: Money
    day: dt.date
    until: dt.date


class Situation(NamedTuple):
    """What a next step depends on. Absent facts are None; `amount` is what is still due, as the
    card bills it, `promised` the whole refund in the order's currency.

    `order` is the order number to show, `state` and `target` what the order says (see
    `order_formats.toml`), `order_day` its day, `since` the day of the promise. `short_by` is
    `shipping` or `coupon` where exactly that is what did not come back; `rivals`: other
    readings of the same refund are shown, `settled`: in each of them all is back; `uncharged`: it
    was most likely never charged, `unseen`: the statements cover its days and show no charge, and
    the time is over; `pending`: a refund is not booked yet, or is `provisional` by its
    words. `paid` and `returned` are `charged` and `refunded` in the merchant's currency where the
    statement prints it; `dated`: the day of the promise is told, `told`: so is its sum, beside the
    status. `undone` is a credit that was taken back and may be what is due.
    """

    verdict: str
    as_of: dt.date
    amount: Money | None = None
    promised: Money | None = None
    charged: Money | None = None
    refunded: Money | None = None
    charge_day: dt.date | None = None
    refund_day: dt.date | Message | None = None
    order: str | None = None
    state: str | None = None
    target: str | None = None
    order_day: dt.date | None = None
    since: dt.date | None = None
    clock_ends: dt.date | None = None
    protection: dt.date | None = None
    coupon: Money | None = None
    shipping: Money | None = None
    short_by: str | None = None
    charge: bool = True
    covered: Spans = ()
    account: str | None = None
    currency: str | None = None
    description: str | None = None
    countries: frozenset[str] = frozenset()
    gap: Money | None = None
    paid: Money | None = None
    returned: Money | None = None
    dated: bool = True
    told: bool = True
    rivals: bool = False
    pending: bool = False
    provisional: bool = False
    uncharged: bool = False
    unseen: bool = False
    settled: bool = False
    closing: Closing | None = None
    expires: dt.date | None = None
    undone: Reversed | None = None


class Advice(NamedTuple):
    """The next step: its code, deadline, sentence, the letter's code and the checklist."""

    code: str
    deadline: dt.date | None
    text: Message
    letter: str | None
    checklist: tuple[Message, ...]


def clock_end(since: dt.date, countries: frozenset[str] = frozenset()) -> dt.date:
    """The last day on which a refund promised on `since` is still in time."""
    return clock.end("refund", since, countries)


def covers(since: dt.date, until: dt.date, covered: Spans) -> bool:
    """Whether the statements cover these days without a hole."""
    return any(first <= since and until <= last for first, last in covered)


def overdue(since: dt.date, clock_ends: dt.date, as_of: dt.date, covered: Spans) -> bool:
    """Whether the clock has run out within the days that the statements cover without a hole."""
    return clock_ends < as_of and covers(since, clock_ends, covered)


def absent(since: dt.date, until: dt.date, covered: Spans) -> tuple[dt.date, dt.date]:
    """The first stretch of days from `since` to `until` that no statement covers."""
    start = since
    for first, last in covered:
        if first <= start <= last:
            start = last + dt.timedelta(days=1)
        elif start < first <= until:
            return start, first - dt.timedelta(days=1)
    return start, max(start, until)


def advise(s: Situation) -> Advice:
    """The next step of a case by the first rule that fits."""
    facts = _facts(s)
    row = next(row for row in _steps(s.verdict) if _fits(row, *facts))
    deadline = _deadline(row["deadline"], s)
    ahead = deadline if deadline is not None and deadline >= s.as_of else None
    passed = deadline if ahead is None else None
    code, kind = row["code"], row["deadline"]
    letter = row.get("letter")
    # Once all is back there is nothing to look for.
    checks = checklist(s) if code not in ("none", "review") and s.verdict != "refunded" else ()
    return Advice(code, ahead, _sentence(code, kind, s, ahead, passed), letter, checks)


@cache
def _steps(verdict: str) -> tuple[dict[str, Any], ...]:
    """The steps that a verdict allows, in order."""
    every = clock.table()["step"]
    return tuple(row for row in every if verdict in row.get("verdict", (verdict,)))


def _facts(s: Situation) -> tuple[dict[str, Any], dict[str, str], int | None]:
    """What rules ask of a case: facts that must be equal, words that must be listed, days since."""
    days = (s.as_of - s.since).days if s.since is not None else None
    seen = s.since is None or s.clock_ends is None or covers(s.since, s.clock_ends, s.covered)
    facts: dict[str, Any] = {
        "charge": s.charge, "covered": seen, "gap": s.gap is not None, "pending": s.pending,
        "uncharged": s.uncharged, "unseen": s.unseen, "settled": s.settled,
        "over": s.clock_ends is not None and s.clock_ends < s.as_of,
        "clock": s.clock_ends is not None,
        "coupon": s.short_by == "coupon",
        "expired": _expired(s),
    }  # fmt: skip
    return facts, {"verdict": s.verdict, "state": s.state or "", "to": s.target or ""}, days


def _expired(s: Situation) -> bool:
    """Whether the card ends before the clock does."""
    return s.expires is not None and s.expires < (s.clock_ends or s.as_of)


def _fits(
    row: Mapping[str, Any], facts: dict[str, Any], words: dict[str, str], days: int | None
) -> bool:
    for key, wanted in row.items():
        if key in words:
            if words[key] not in wanted:
                return False
        elif key in facts and facts[key] != wanted:
            return False
    span = row.get("days")
    return span is None or (days is not None and span[0] <= days <= span[1])


def protection(s: Situation) -> tuple[dt.date, dt.date] | None:
    """The days between which Buyer Protection ends: one day where the order tells it."""
    if s.protection is not None:
        return s.protection, s.protection
    start = s.order_day or s.charge_day
    return None if start is None else clock.span("protection", start)


def _deadline(kind: str, s: Situation) -> dt.date | None:
    if kind == "protection_or_chargeback":
        first = _deadline("protection", s)
        return first if first is not None and first >= s.as_of else _deadline("chargeback", s)
    if kind in ("none", "clock"):
        return s.clock_ends if kind == "clock" else None
    if kind == "protection":
        # The cautious end of the range, as long as that is to come.
        ends = protection(s)
        return None if ends is None else ends[0] if ends[0] >= s.as_of else ends[1]
    start = s.since if kind == "chargeback" else s.order_day or s.charge_day
    return clock.end(kind, start) if start is not None else None


def _sentence(
    code: str, kind: str, s: Situation, ahead: dt.date | None, passed: dt.date | None
) -> Message:
    """The step in words, with what the case adds to it; `kind` of deadline."""
    found = (_card(code, s), _statement(code, s), _protected(code, s), _sums(code, s))
    more = [message for message in found if message]
    # AliExpress first; the card company's own day is another.
    until = _deadline("chargeback" if kind == "protection_or_chargeback" else kind, s)
    if kind in _UNTIL and until is not None and until >= s.as_of:
        more.append(Message(_UNTIL[kind], {"day": until}))
    # A dispute that is open stays so whatever has ended.
    if passed is not None and code not in ("wait", "wait_export", "follow_claim"):
        said = _PASSED.get(kind, "advice.passed")
        exact = kind == "protection" and s.protection is not None
        more.append(Message(f"{said}_told" if exact else said, {"day": passed}))
    gap = absent(s.since, s.clock_ends, s.covered) if s.since and s.clock_ends else None
    params: dict[str, Any] = {
        "order": s.order or Message("advice.no_number"), "amount": s.amount or "",
        "since": s.since or "", "day": s.clock_ends or "", "deadline": ahead or "",
        "account": _shown(s),
        "covered": s.covered[-1][1] if s.covered else "",
        "first": gap[0] if gap else "", "last": gap[1] if gap else "",
        "refunded": s.refunded or "", "gap": s.gap or "", "expires": s.expires or "",
        "more": _chain(more),
    }  # fmt: skip
    said = "ask_rate" if code == "ask_issuer" and s.verdict == "refunded" else code
    asked = code == "ask_seller_cancel" and s.state == "cancel_requested"
    said = "ask_seller_accept" if asked else said
    said = "review_alone" if code == "review" and not s.rivals else said
    said = "wait_provisional" if code == "wait_booked" and s.provisional else said
    said = "follow_claim_late" if code == "follow_claim" and passed is not None else said
    said = "wait_export_none" if code == "wait_export" and not s.covered else said
    return Message(f"advice.{said}", params)


def _shown(s: Situation) -> str | Message:
    return known_card(s.account) or Message("advice.your_card")


def _card(code: str, s: Situation) -> Message | None:
    """That the card has expired, where AliExpress is to be asked first."""
    asked = code in ("contact_aliexpress", "refund_information") and s.verdict == "missing"
    if not asked or not _expired(s):
        return None
    return Message("advice.expired", {"account": _shown(s), "expires": s.expires})


def known_card(account: str | None) -> str | None:
    """A card as its owner knows it: the label of a layout that was guessed says nothing."""
    return None if account is None or is_unnamed(account) else account


def _chain(more: Sequence[Message]) -> Any:
    """Further sentences, each with the blank its language wants before it."""
    out: Any = ""
    for message in reversed(more):
        out = Message("advice.further", {"text": message, "rest": out})
    return out


def _statement(code: str, s: Situation) -> Message | None:
    """On which bill the refund will stand, where the card's closing day is known."""
    if code not in ("wait", "wait_export") or s.closing is None or s.since is None:
        return None
    if s.target not in (None, "card"):
        return None
    early, late = clock.span("refund", s.since, s.countries)
    one = clock.statement(max(early, min(s.as_of, late)), s.closing)
    two = clock.statement(late, s.closing)
    params = {"closes": one[0], "paid": one[1], "closes_late": two[0], "paid_late": two[1]}
    return Message("advice.statement" if one == two else "advice.statement_either", params)


def _protected(code: str, s: Situation) -> Message | None:
    """Until when AliExpress takes a claim, where that matters for the step."""
    if code in ("none", "review", "find_charge", "add_export"):
        return None
    ends = protection(s)
    if ends is None or ends[1] < s.as_of:
        return None
    if code.startswith("wait") and (s.clock_ends is None or ends[0] > s.clock_ends):
        return None
    params = {"first": ends[0], "last": ends[1]}
    return Message("advice.protected" if ends[0] == ends[1] else "advice.protected_range", params)


def _sums(code: str, s: Situation) -> Message | None:
    """What exactly is missing, where it is the shipping or the coupon."""
    if s.short_by == "shipping" and s.shipping is not None:
        return Message("advice.shipping", {"shipping": s.shipping})
    if code in ("check_part", "check_offer") and s.shipping is not None and s.shipping.minor:
        return Message("advice.shipping_share", {"shipping": s.shipping})
    return None


def checklist(s: Situation) -> tuple[Message, ...]:
    """The guide's questions for a refund that did not come, with what the data answer: `yes`, `no`
    (look into it), `soon` (it will be so) or, where they do not tell, `open` (ask yourself).
    """
    return tuple(_check(row, s) for row in clock.table()["check"])


def _check(row: Mapping[str, Any], s: Situation) -> Message:
    code: str = row["code"]
    answer = "open"
    if s.state is not None and s.state in row.get("answers", ()):
        answer = "yes"
    elif s.state is not None and s.state in row.get("denies", ()):
        answer = "no"
    elif code == "card_expired" and s.expires is not None:
        answer = "no" if s.expires < s.as_of else "soon" if _expired(s) else "yes"
        return Message(f"checklist.{code}_{answer}", {"expires": s.expires})
    elif code == "wallet" and s.target is not None:
        answer = "yes" if s.target == "card" else "no"
    elif code == "statement_end" and s.since and s.clock_ends and s.covered:
        answer = "yes" if covers(s.since, s.clock_ends, s.covered) else "no"
        if answer == "yes" and (not s.charge or s.target in ("wallet", "bank")):
            # It is not known to be the statements of these cards on which it should come.
            answer = "open"
    elif code == "alipay_name":
        # Every row of the statements is looked through under all the names AliExpress has.
        answer = "yes"
    elif code == "shipping" and s.short_by is not None:
        answer = "no" if s.short_by == "shipping" else "yes"
    elif code == "coupon" and s.coupon is not None:
        answer = "no" if s.short_by == "coupon" else "open"
    return Message(f"checklist.{code}_{answer}")
