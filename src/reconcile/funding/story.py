"""What a report says of payments through PayPal: the same payment, and where a refund stopped."""

import datetime as dt
from typing import Any, NamedTuple

import pandas as pd

from reconcile.funding.join import Funded, Spans, Stopped, Told
from reconcile.text import Message, Money

# PayPal sends a refund on to the card within these days.
REFUND_DAYS = 30
# What is said of the card's rate, where the rate is PayPal's.
_BY_PAYPAL = {
    **{
        f"explain.fee_{how}": "funding.margin"
        for how in ("or_margin", "kept", "double", "symmetric")
    },
    "explain.fee_back": "funding.margin_back",
    **{
        f"explain.drift_{side}_{how}": f"funding.drift_{side}_{how}"
        for side in ("cost", "gave")
        for how in ("spread", "same")
    },
}


def tell(
    cases: pd.DataFrame, unlinked: pd.DataFrame, funded: Funded, book: pd.DataFrame, as_of: dt.date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cases and unlinked refunds, with what is known of their payments through PayPal.

    Evidence names the row left out as the same payment; where a refund stopped at PayPal, the case
    says where the money is and what to do about it. `book` holds the rows that stayed.
    """
    if not funded.same and not funded.stopped:
        return cases, unlinked
    rows = book[book["id"].isin(list(funded.stopped))]
    stops = {
        str(row.id): _stop(funded.stopped[str(row.id)], row, funded.covered or {}, as_of)
        for row in rows.itertuples(index=False)
    }
    told: list[dict[Any, Any]] = []
    names = ["charges", "refunds", "evidence", "explanation", "next_step", "next_text", "deadline"]
    names.append("message")
    for case in cases[names].to_dict("records"):
        ids = [*case["charges"], *case["refunds"]]
        same = [funded.same[one] for one in ids if one in funded.same]
        case["evidence"] = [*case["evidence"], *(_same(one) for one in same)]
        if any(one.converted for one in same):
            case["evidence"].append(Message("funding.converted"))
            case["explanation"] = [
                Message(_BY_PAYPAL.get(one.code, one.code), one.params)
                for one in case["explanation"]
            ]
            if case["next_text"].code == "advice.ask_rate":
                # The rates are PayPal's, of which a card company knows nothing.
                gap = {"gap": case["next_text"].params["gap"]}
                case |= {
                    "next_step": "ask_paypal", "next_text": Message("funding.ask_rate_step", gap),
                    "deadline": None, "message": None,
                }  # fmt: skip
        for stop in [stops[one] for one in case["refunds"] if one in stops][-1:]:
            said = [one for one in case["explanation"] if one.code != "explain.nothing_missing"]
            case["explanation"] = [*said, stop.said]
            if case["next_step"] == "none":
                case |= {"next_step": stop.step, "next_text": stop.text, "deadline": stop.deadline}
        told.append(case)
    changed = {
        name: pd.Series([case[name] for case in told], cases.index, dtype=cases[name].dtype)
        for name in names[2:]
    }
    reasons = [
        stops[one].said if one in stops else reason
        for one, reason in zip(unlinked["transaction"], unlinked["reason"], strict=True)
    ]
    reason = pd.Series(reasons, unlinked.index, dtype=unlinked["reason"].dtype)
    return cases.assign(**changed), unlinked.assign(reason=reason)


def _same(told: Told) -> Message:
    place = Message("funding.line", {"line": told.line}) if told.line is not None else ""
    params = {"file": told.file, "place": place, "amount": told.amount}
    if told.invoice is not None:
        return Message("funding.same_invoice", {**params, "invoice": told.invoice})
    return Message("funding.same", params)


class _Stop(NamedTuple):
    """What a case says of a refund that stopped at PayPal, and what to do."""

    said: Message
    step: str
    text: Message
    deadline: dt.date | None


def _stop(stopped: Stopped, row: Any, spans: Spans, as_of: dt.date) -> _Stop:
    day = row.transaction_date if pd.notna(row.transaction_date) else row.posted_date
    came = day.date()
    currency = None if pd.isna(row.currency) else str(row.currency)
    end = came + dt.timedelta(days=REFUND_DAYS)
    shown = any(first <= came and end <= last for first, last in spans.get(stopped.account, []))
    step = "look_paypal" if not stopped.sent else "ask_paypal" if shown else "wait_paypal"
    params = {
        "amount": Money(-int(row.amount), currency, int(row.decimals)), "day": came,
        "account": stopped.account, "deadline": end,
    }  # fmt: skip
    said = Message(f"funding.{step}", params)
    if step == "wait_paypal" and end < as_of:
        step = "add_export"
    deadline = end if step == "wait_paypal" else None
    return _Stop(said, step, Message(f"funding.{step}_step", params), deadline)
