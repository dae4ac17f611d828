"""The sentences of a case: what happened, why it differs, on what evidence. Messages, not text."""

import datetime as dt
from typing import NamedTuple

from reconcile.messages import summed
from reconcile.text import Message, Money

# The reference rate is told as the reason of a drift when it makes at least this share of it.
_MOST_OF_IT = 0.5


class Story(NamedTuple):
    """What a sentence needs to know of one case; amounts in minor units of `currency`."""

    currency: str | None
    places: int
    charged: int
    refunded: int
    causes: dict[str, int]
    charge_days: tuple[dt.date, ...]
    refund_days: tuple[dt.date, ...]
    home: bool
    known: bool
    merchant_currency: str | None
    original: Money | None
    same_original: bool
    inferred: bool
    rates: tuple[str, str] | None
    fixings: tuple[dt.date, dt.date] | None
    sources: tuple[Message, Message] | None
    fee_percent: str | Message | None
    mode: str
    printed: bool
    share: float
    strength: str
    confidence: float
    ordered: bool
    # Causes whose interval is wider than the amount itself.
    rough: frozenset[str] = frozenset()
    # Whether any of its rows prints the merchant's amount.
    any_original: bool = False
    # Whether a refund bears its charge's day though its rate is that of another.
    dated_alike: bool = False

    def money(self, minor: int) -> Money:
        """An amount of the case, as its card bills it."""
        return Money(minor, self.currency, self.places)


def days(told: tuple[dt.date, ...]) -> dt.date | Message | None:
    """The days of charges or refunds, as a sentence names them: each, or of many the ends."""
    if len(told) < 2:
        return told[0] if told else None
    if len(told) > 3:
        ends = {"first": told[0], "last": told[-1], "count": len(told)}
        return Message("explain.days_many", ends)
    code = "explain.days_2" if len(told) == 2 else "explain.days_3"
    return Message(code, {f"day{n}": day for n, day in enumerate(told, 1)})


def explanation(
    story: Story, gap: bool = False, *, pending: bool = False, unsure: bool = False
) -> list[Message]:
    """What happened in plain words: the difference, its parts, and whether money is missing, of
    which nothing is said where a `gap` is open or a refund is `pending`, and less where another
    reading leaves it `unsure`.
    """
    shortfall = story.charged - story.refunded
    base = {
        "charged": summed(story.money(story.charged), days(story.charge_days)),
        "charge_day": days(story.charge_days),
        "refunded": summed(story.money(story.refunded), days(story.refund_days)),
        "refund_day": days(story.refund_days),
        "same": summed(Message("explain.same_amount"), days(story.refund_days)),
        "difference": story.money(abs(shortfall)),
    }  # fmt: skip
    if not any(story.causes.values()):
        out = [Message("explain.same_whole", base), *_order(story)]
        return out if pending else [*out, Message("explain.nothing_missing")]
    if shortfall > 0:
        said = "explain.less"
    elif shortfall < 0:
        said = "explain.more_by_rate" if story.causes["fx_drift"] < 0 else "explain.more"
    else:
        part = story.causes["missing"] or story.causes["kept"]
        said = "explain.same" if part else "explain.same_whole"
    out = [Message(said, base), *_order(story), *_rest(story)]
    if story.causes["fee"]:
        out.append(_fee(story))
    if story.causes["fx_drift"]:
        out.append(_drift(story))
    if story.causes["unexplained"]:
        amount = story.money(story.causes["unexplained"])
        code = "unexplained_dated" if story.dated_alike else "unexplained"
        out.append(Message(f"explain.{code}", {"amount": amount}))
    elif story.dated_alike:
        out.append(Message("explain.dated_alike"))
    # Of equal originals all is back, whatever rate and fee took.
    open_ = story.causes["unexplained"] and not story.same_original
    if not (story.causes["missing"] or open_ or gap or pending):
        out.append(Message("explain.likely_whole" if unsure else "explain.nothing_missing"))
    return out


def _order(story: Story) -> list[Message]:
    """A remark where a refund is dated before its charge."""
    if not story.refund_days or not story.charge_days:
        return []
    early = story.refund_days[0] < story.charge_days[-1]
    return [Message("explain.before")] if early else []


def _rest(story: Story) -> list[Message]:
    """The share that did not come back."""
    out = []
    if story.causes["kept"]:
        out.append(Message("explain.kept", {"amount": story.money(story.causes["kept"])}))
    if story.causes["missing"]:
        code = "explain.due" if story.ordered else "explain.part"
        values = {
            "amount": story.money(story.causes["missing"]),
            "percent": f"{100 * story.share:.0f}%",
        }
        out.append(Message(code, values))
    return out


def _fee(story: Story) -> Message:
    amount = story.causes["fee"]
    value: Money | Message = story.money(abs(amount))
    if "fee" in story.rough:
        value = Message("explain.about_first", {"value": value})
    values = {"amount": value, "percent": story.fee_percent or ""}
    if amount < 0:
        return Message("explain.fee_back", values)
    if story.printed:
        return Message("fees.printed", values)
    if story.mode in ("kept", "double", "symmetric") and story.fee_percent:
        return Message(f"explain.fee_{story.mode}", values)
    return Message("explain.fee_or_margin", values)


def _drift(story: Story) -> Message:
    amount = story.causes["fx_drift"]
    value: Money | Message = story.money(abs(amount))
    if "fx_drift" in story.rough:
        value = Message("explain.about", {"value": value})
    values: dict[str, object] = {"amount": value}
    side = "cost" if amount > 0 else "gave"
    source = _source(story)
    if story.rates is None or story.fixings is None or source is None:
        return Message(f"explain.drift_{side}", values)
    values |= {
        "base": story.merchant_currency, "quote": story.currency,
        "from_rate": story.rates[0], "to_rate": story.rates[1],
        "from_day": story.fixings[0], "to_day": story.fixings[1], "source": source,
    }  # fmt: skip
    if story.rates[0] == story.rates[1]:
        return Message(f"explain.drift_{side}_same", values)
    # The network's own spread may outweigh the reference rate's move, or go against it.
    moved = story.charged * story.share * (1 - float(story.rates[1]) / float(story.rates[0]))
    how = "rates" if moved / amount >= _MOST_OF_IT else "spread"
    return Message(f"explain.drift_{side}_{how}", values)


def _source(story: Story) -> Message | None:
    """Where both rates are from, or the one and the other."""
    if story.sources is None:
        return None
    one, other = story.sources
    return one if one == other else Message("rate_source.said_two", {"one": one, "other": other})


def evidence(story: Story) -> list[Message]:
    """The facts that speak for the link, each one short."""
    out = []
    if story.same_original and story.original is not None:
        out.append(Message("evidence.same_original", {"amount": story.original}))
    elif story.home and story.charged == story.refunded:
        out.append(Message("evidence.same_billed", {"amount": story.money(story.charged)}))
    if story.inferred and story.merchant_currency:
        out.append(Message("evidence.inferred", {"currency": story.merchant_currency}))
    elif story.merchant_currency and not story.any_original:
        out.append(Message("evidence.assumed", {"currency": story.merchant_currency}))
    if story.charge_days and story.refund_days:
        apart = (story.refund_days[0] - story.charge_days[0]).days
        out.append(Message("evidence.days", {"days": apart}))
    source = _source(story)
    if story.rates is not None and source is not None:
        out.append(Message("evidence.rates", {
            "base": story.merchant_currency, "quote": story.currency, "source": source,
            "from_rate": story.rates[0], "to_rate": story.rates[1],
        }))  # fmt: skip
    if story.strength == "weak":
        out.append(Message("evidence.weak"))
    return out
