"""Letters ready to send: to sellers, AliExpress and PayPal in English, to issuers in theirs."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconcile import clock, files
from reconcile.advice import Advice, Situation
from reconcile.errors import OutputError
from reconcile.tables import Tables
from reconcile.text import Ending, Letter, Message, Money, placeholders, render, say, sentences

# What stands in a letter for what is not known, in the language in which it is shown.
_NO_NUMBER, _BLANK = Message("message.no_number"), Message("message.blank")
# A file name's longest part; some systems allow 255 bytes in all.
_LONGEST = 60
# Letters that say that nothing came, and those that stand for them where a credit was taken back.
_UNDONE = {
    "aliexpress_missing": "aliexpress_undone", "aliexpress_processing": "aliexpress_undone",
    "issuer_refund": "issuer_undone", "issuer_chargeback": "issuer_undone",
    "issuer_expired": "issuer_undone",
}  # fmt: skip
_WAITING = ("none", "wait", "wait_export", "wait_paypal", "add_export", "review")


def language(letter: str, s: Situation) -> str:
    """The language of whom the letter goes to."""
    japanese = letter.startswith("issuer") and "JP" in (s.countries or _home(s.currency))
    return "ja" if japanese else "en"


def _home(currency: str | None) -> frozenset[str]:
    found = clock.country(currency)
    return frozenset() if found is None else frozenset((found,))


def letter(advice: Advice, s: Situation) -> Message | None:
    """The letter that goes with an advice, filled in, in its reader's language; None: none."""
    if advice.letter is None:
        return None
    name = _UNDONE.get(advice.letter, advice.letter) if s.undone else advice.letter
    if name == "aliexpress_short" and not s.told:
        # A status promises no sum.
        name = "aliexpress_short_status"
    lang = language(name, s)
    # The day of an order is no day on which anything was promised.
    since = s.since if s.dated else None
    late = s.since and s.clock_ends
    issuer = name.startswith("issuer")
    back = s.refunded if issuer else _both(s.refunded, s.returned)
    facts: dict[str, Any] = {
        "order": s.order or _NO_NUMBER, "promised": s.promised or s.amount,
        # Fee rows that a bank prints apart are no part of what the merchant sent.
        "sum": _both(s.amount, s.promised) if s.promised else s.amount, "open": _open(s),
        # The merchant knows its own currency, the card company the card's.
        "charged": s.charged if issuer else _both(s.charged, s.paid),
        "refunded": back and summed(back, s.refund_day),
        "charge_day": s.charge_day, "refund_day": s.refund_day, "since": since,
        "order_day": s.order_day or s.charge_day, "clock_ends": s.clock_ends if late else None,
        # The issuer knows a card by its number alone.
        "ending": Ending(s.account) if s.account and "…" in s.account else None,
        "description": s.description, "coupon": s.coupon, "gap": s.gap,
        "days": (s.as_of - since).days if since else None, "expires": s.expires,
        "undone": s.undone and s.undone.amount, "undone_day": s.undone and s.undone.day,
        "undone_until": s.undone and s.undone.until,
    }  # fmt: skip
    used = placeholders(f"message.{name}")
    params = {key: _BLANK if facts[key] is None else facts[key] for key in sorted(used)}
    # Filled in when it is shown, so that a report for others can veil what it tells.
    text = Letter(Message(f"message.{name}", params), lang)
    return Message("report.as_is", {"text": text})


def summed(amount: Money | Message, day: dt.date | Message | None) -> Money | Message:
    """An amount as a sentence says it behind its days: of several days it is their sum."""
    return Message("explain.sum", {"amount": amount}) if isinstance(day, Message) else amount


def _both(billed: Money | None, own: Money | None) -> Money | Message | None:
    """An amount as billed, with the merchant's own beside it where that is another currency."""
    if own is None or billed is None:
        return billed
    if own.currency == billed.currency:
        return own
    return Message("message.both", {"amount": billed, "promised": own})


def _open(s: Situation) -> Message | None:
    """What did not come of what was promised: to the unit where the statement tells it."""
    if s.amount is None or s.promised is None:
        return s.amount and Message("message.rest_billed", {"amount": s.amount})
    values: dict[str, Money] = {"amount": s.amount, "promised": s.promised}
    same = s.amount.currency == s.promised.currency
    came = s.returned or (s.refunded if same and s.charge else None)
    if came is not None and came.currency == s.promised.currency and came.minor < s.promised.minor:
        values["rest"] = s.promised._replace(minor=s.promised.minor - came.minor)
        return Message("message.rest" if same else "message.rest_both", values)
    return Message("message.rest_about" if same else "message.rest_billed", values)


def step(text: Message, letter: Message | None) -> Message:
    """A step in words; where its letter has blanks, with the words that are to be replaced."""
    inside = letter.params["text"] if letter is not None else None
    if not isinstance(inside, Letter):
        return text
    gaps = [gap for gap in (_NO_NUMBER, _BLANK) if gap in inside.message.params.values()]
    if not gaps:
        return text
    # Quoted as it stands in the letter; who does not read its language is told what it means.
    blanks = [
        Message(f"advice.{gap.code.partition('.')[2]}_{inside.lang}", {
            "text": Letter(gap, inside.lang),
        })
        for gap in gaps
    ]  # fmt: skip
    told = Message("advice.replace", {"blanks": blanks})
    more = Message("advice.further", {"text": told, "rest": text.params["more"]})
    return Message(text.code, {**text.params, "more": more})


def write(
    tables: Tables, folder: Path, lang: str, save: Callable[[Path, bytes], None]
) -> list[Path]:
    """One text per case that asks for an action; `save` puts a file in place whole.

    Raises `OutputError` when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            "not_written", file=files.label(str(folder)), detail=error.strerror or str(error)
        ) from None
    out = []
    cases: list[Any] = list(tables.cases.itertuples(index=False))
    for case in cases:
        if case.next_step in _WAITING:
            continue
        path = folder / file_name(str(case.id), str(case.next_step), case.orders)
        save(path, sheet(case, lang).encode())
        out.append(path)
    return out


def file_name(case_id: str, step: str, orders: Any) -> str:
    """A name of plain letters, digits and hyphens, the same for the same case on every system."""
    order = re.sub(r"[^A-Za-z0-9]+", "-", orders[0] if orders else "").strip("-")
    parts = [part for part in (order[:_LONGEST], step.replace("_", "-"), case_id[:12]) if part]
    return "-".join(parts) + ".txt"


def sheet(case: Any, lang: str) -> str:
    """The text of one case: what happened, what to do by when, the letter, the checklist."""
    parts = [
        sentences(case.explanation, lang),
        say("message.to_do", lang, text=case.next_text),
    ]
    if isinstance(case.deadline, dt.date):
        parts.append(say("message.by", lang, day=case.deadline))
    if case.message is not None:
        parts.append(say("message.send", lang) + "\n\n" + render(case.message, lang))
        letter = case.message.params.get("text")
        if isinstance(letter, Letter) and letter.lang != lang:
            # Who sends a letter should be able to read what it says.
            own = render(letter.message, lang)
            parts.append(say("message.translated", lang) + "\n\n" + own)
    if case.next_step == "ask_seller_cancel":
        question = say("message.seller_stock", "en")
        parts.append(say("message.next_time", lang) + "\n\n" + question)
    if case.checklist:
        lines = [render(message, lang) for message in case.checklist]
        parts.append(say("message.checklist", lang) + "\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"
