"""Cases of the chosen stories: charges with the refunds that were linked to them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from reconcile import due, narrate, rivals, steps, undone
from reconcile.advice import REVIEW_BELOW, Situation, Spans
from reconcile.arrivals import Came
from reconcile.case_rows import Scene, case_row, on_statement, place
from reconcile.due import Owed
from reconcile.equal_orders import Equals
from reconcile.explain import Ints
from reconcile.linking.worth import UNNAMED
from reconcile.order_cases import SURE
from reconcile.rivals import Other
from reconcile.tables import CAUSES, Alternative, Due
from reconcile.text import Message, Money

# A share of the charge too small to be told as a part of it.
_TRIFLE = 0.01


class _Chosen(NamedTuple):
    """A chosen story and what its `Split` tells of it, as plain values: taking one out of an array
    costs ten times as much as out of a list.

    `currency` is the merchant's, as in `Worth.currencies`; `rates` and `fixings` are None where
    one of the two reference rates is not known.
    """

    charge: list[int]
    refund: list[int]
    currency: int
    confidence: float
    charged: int
    refunded: int
    causes: dict[str, int]
    low: dict[str, int]
    high: dict[str, int]
    known: bool
    share: float
    fee_rate: float
    home: bool
    printed: bool
    rates: tuple[float, float] | None
    fixings: tuple[dt.date, dt.date] | None
    sources: tuple[Message, Message] | None
    # Only the day of the charge has a reference rate.
    half_rated: bool
    # The likeliest other reading of the same rows: its share, and what it says did not come back.
    other: tuple[float, int]


def linked(
    scene: Scene, told: dict[int, list[Owed]], found: dict[int, Came], equals: dict[int, Equals]
) -> list[dict[str, Any]]:
    """The cases of all chosen stories; `told` are orders by charge, `found` what came of each
    order, by its `id()`, `equals` are charges' orders that nothing tells apart.
    """
    others, alike = rivals.others(scene), rivals.indifferent(scene, told, equals)
    return [
        _linked(scene, one, other, told, found, either=either)
        for one, other, either in zip(_chosen(scene), others, alike, strict=True)
    ]


def _chosen(scene: Scene) -> Iterator[_Chosen]:
    links, split = scene.links, scene.split
    stories, at = links.stories, split.story
    rates = list(zip(split.rate[0].tolist(), split.rate[1].tolist(), strict=True))
    rated = (np.isfinite(split.rate[0]) & np.isfinite(split.rate[1])).tolist()
    fixings = zip(split.fixing[0].tolist(), split.fixing[1].tolist(), strict=True)
    sources = zip(*split.source, strict=True)
    columns = (
        _rows(stories.charges, at), _rows(stories.refunds, at), stories.currency[at].tolist(),
        [round(p, 3) for p in scene.read.total.tolist()], split.charged.tolist(),
        split.refunded.tolist(), _by_cause(split.causes), _by_cause(split.low),
        _by_cause(split.high), split.known.tolist(), split.share.tolist(),
        split.fee_rate.tolist(), split.home.tolist(), split.printed.tolist(),
        [pair if known else None for pair, known in zip(rates, rated, strict=True)],
        [pair if known else None for pair, known in zip(fixings, rated, strict=True)],
        [pair if known else None for pair, known in zip(sources, rated, strict=True)],
        (np.isfinite(split.rate[0]) & ~np.isfinite(split.rate[1])).tolist(),
        zip(scene.read.share.tolist(), scene.read.missing.tolist(), strict=True),
    )  # fmt: skip
    return map(_Chosen._make, zip(*columns, strict=True))


def _rows(columns: tuple[Ints, ...], at: Ints) -> list[list[int]]:
    """The rows of one side of the stories `at`."""
    every = zip(*(column[at].tolist() for column in columns), strict=True)
    return [[row for row in rows if row >= 0] for rows in every]


def _by_cause(amounts: dict[str, Ints]) -> list[dict[str, int]]:
    """Amounts by cause, one dictionary for each story."""
    every = zip(*(amounts[name].tolist() for name in CAUSES), strict=True)
    return [dict(zip(CAUSES, row, strict=True)) for row in every]


def _linked(
    scene: Scene, one: _Chosen, others: list[Other], told: dict[int, list[Owed]],
    found: dict[int, Came], *, either: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The case of one chosen story; `either` says why it does not matter which reading is right."""
    charge, refund, causes, confidence = one.charge, one.refund, one.causes, one.confidence
    orders = [order for row in charge for order in told.get(row, [])]
    owed = orders if all(order.known for order in orders) else []
    if owed:
        _by_order(one, due.share_due(owed) - one.share, _slack(scene, one, owed))
    spans = scene.spans(charge[0])
    came = [found[id(order)] for order in owed if id(order) in found]
    verdict = _verdict(causes["missing"], confidence, owed, scene.as_of, spans, came)
    story = _story(scene, one, bool(owed))
    told_by = steps.facts(owed)
    still = None
    if owed and causes["missing"] > 0:
        since, ends = told_by["since"], told_by["clock_ends"]
        still = Due(causes["missing"], story.currency, story.places, since, ends)
    exact = story.original is not None
    short = steps.short_by(owed, one.share, exact=exact) if still else None
    gap = _gap(one, story)
    perhaps = _read_otherwise(one, story)
    unsure = bool(perhaps) and not causes["missing"]
    open_ = [row for row in refund if scene.pending[row]]
    lent = [row for row in refund if scene.provisional[row] and not scene.pending[row]]
    held = bool(open_ or lent)
    spoken = narrate.explanation(story, gap is not None, pending=held, unsure=unsure)
    spoken += steps.remark(owed, short) + perhaps
    # Beside an amount that did not come it must be clear that this one did.
    pending = "explain.pending_beside" if causes["missing"] > 0 else "explain.pending"
    for code, rows in ((pending, open_), ("explain.provisional", lent)):
        if rows:
            day = narrate.days(_days(scene, rows)) or ""
            spoken.append(Message(code, {"amount": on_statement(scene, rows), "day": day}))
    gone = undone.of(scene, charge, story.money(causes["missing"]))
    spoken += [*undone.told(gone, story.money(0)), *undone.among(scene, refund)]
    shaky = any(scene.id[row] in scene.links.stands for row in refund)
    settled = bool(either) and not shaky and verdict == "review" and gap is None and not held
    if settled:
        spoken.insert(0, Message(f"explain.{either}"))
        if either == "either_equal" and not told:
            spoken.append(Message("explain.list_orders"))
    elif confidence < REVIEW_BELOW:
        spoken.insert(0, Message("explain.if_together"))
        spoken += [_otherwise(scene, story, one, *another) for another in others]
    situation = Situation(
        verdict=verdict, amount=story.money(causes["missing"]),
        charged=on_statement(scene, charge), refunded=on_statement(scene, refund),
        charge_day=min(story.charge_days, default=None),
        refund_day=narrate.days(story.refund_days), short_by=short,
        gap=gap, rivals=bool(others), settled=settled, pending=held,
        provisional=bool(lent) and not open_,
        **_merchant(scene, one, owed), **place(scene, charge[0]), **(told_by or _named(orders)),
    )  # fmt: skip
    row = case_row(
        scene, charge, refund, causes, currency=story.currency, decimals=story.places,
        charged=story.charged, refunded=story.refunded, verdict=verdict, confidence=confidence,
        orders=list(dict.fromkeys(order.order_id for order in orders if order.order_id)),
        alternatives=[
            Alternative(_ids(scene, c), _ids(scene, r), round(p, 3)) for c, r, p in others
        ], due=still, merchant_strength=story.strength,
        evidence=narrate.evidence(story), explanation=spoken, **steps.columns(situation),
    )  # fmt: skip
    if one.known:
        for name in CAUSES:
            row[f"{name}_low"], row[f"{name}_high"] = one.low[name], one.high[name]
    return row


def _named(orders: list[Owed]) -> dict[str, Any]:
    """What orders tell of a case of which they do not say what is due."""
    names = ("order_day", "protection", "state", "target")
    told = {name: value for name, value in steps.facts(orders).items() if name in names}
    return told | {"order": steps.numbers(orders)}


def _merchant(scene: Scene, one: _Chosen, owed: list[Owed]) -> dict[str, Any]:
    """What the rows print in the merchant's currency, where they or the orders name it."""
    worth, rows = scene.links.worth, one.charge + one.refund
    name = worth.currencies[one.currency]
    told = all(scene.merchant_currency[row] == name and scene.named[row] for row in rows)
    ordered = bool(owed) and all(order.currency == name for order in owed)
    if one.home or not (told or ordered) or not worth.exact[one.currency, rows].all():
        return {}
    places = owed[0].places if ordered else scene.original_places[rows[0]]
    sides = (("paid", one.charge), ("returned", one.refund))
    return {key: Money(int(worth.units[side].sum()), name, places) for key, side in sides}


def _ids(scene: Scene, rows: list[int]) -> tuple[str, ...]:
    return tuple(scene.id[row] for row in rows)


def _otherwise(
    scene: Scene, story: narrate.Story, own: _Chosen, charges: list[int], refunds: list[int],
    chance: float,
) -> Message:  # fmt: skip
    """Another reading; equal purchases or refunds of one day read alike."""

    def named(rows: list[int]) -> list[Message]:
        minor = scene.links.moves.minor
        return [
            Message("explain.movement", {
                "amount": story.money(int(minor[row])), "day": scene.day[row] or "",
            })
            for row in rows
        ]  # fmt: skip

    params = {"percent": f"{chance:.0%}", "refunds": named(refunds), "charges": named(charges)}
    if not charges:
        return Message("explain.otherwise_apart", params)
    alike = named(own.charge) == params["charges"] and named(own.refund) == params["refunds"]
    if not alike:
        return Message("explain.otherwise", params)
    code = "otherwise_alike_refund" if charges == own.charge else "otherwise_alike"
    return Message(f"explain.{code}", params)


def _read_otherwise(one: _Chosen, story: narrate.Story) -> list[Message]:
    """What else the same rows can mean, where that says otherwise whether all is back."""
    share, missing = one.other
    missing = missing if missing > _TRIFLE * one.charged else 0
    whole = not (one.causes["missing"] or one.causes["kept"])
    if not share or whole == (not missing):
        return []
    params = {"percent": f"{share:.0%}", "amount": story.money(missing or one.causes["missing"])}
    return [Message("explain.perhaps_part" if whole else "explain.perhaps_whole", params)]


def _slack(scene: Scene, one: _Chosen, owed: list[Owed]) -> float:
    """The share of a charge up to which it is rounding that parts what orders say from what came:
    only in the same money do orders and statement agree to the unit.
    """
    worth = scene.links.worth
    name = scene.currency[one.charge[0]] if one.home else worth.currencies[one.currency]
    printed = worth.exact[one.currency, one.charge + one.refund].all()
    if printed and all(order.currency == name for order in owed):
        return 1.5 / int(worth.units[one.charge].sum())
    return due.ROUNDING_SHARE


def _by_order(one: _Chosen, still: float, slack: float) -> None:
    """Move what an order says is not due from `missing` to `kept`.

    `still` is the share of the charge that is due and did not come; up to `slack` it is rounding.
    What is unsure of the part that came back stays unsure: of `missing` where something is due
    still, else of `kept`.
    """
    causes = one.causes
    missing = min(round(still * one.charged), causes["missing"]) if still > slack else 0
    kept = causes["missing"] - missing
    causes["kept"] += kept
    causes["missing"] = missing
    for bound in (one.low, one.high):
        bound["kept"] = causes["kept"] if missing else bound["missing"]
        bound["missing"] = max(bound["missing"] - kept, 0) if missing else 0


def _verdict(
    missing: int, confidence: float, owed: list[Owed], as_of: dt.date, spans: Spans,
    came: list[Came],
) -> str:  # fmt: skip
    if missing > 0 and owed and steps.is_late(owed, as_of, spans):
        # Which refund was the part that came may be open; that it was only a part is what counts.
        return "short" if came and min(one.short for one in came) >= SURE else "review"
    if confidence < REVIEW_BELOW:
        return "review"
    if missing <= 0:
        return "refunded"
    return "waiting" if owed else "partly_refunded"


def _percent(share: float, places: int) -> str:
    text = f"{100 * share:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def _fee_percent(scene: Scene, fee: float, account: int) -> str | Message | None:
    """The card's fee: as given or as the issuer tells it, else about what its rows show."""
    if not scene.fee_told[account]:
        return None
    if scene.links.cards.source[account] is not None:
        return _percent(fee, 2)
    return Message("explain.about", {"value": _percent(fee, 1)})


def _is_rough(one: _Chosen, cause: str) -> bool:
    """Whether the interval of a cause is wider than the amount itself."""
    return one.known and one.high[cause] - one.low[cause] > abs(one.causes[cause])


def _gap(one: _Chosen, story: narrate.Story) -> Money | None:
    """What reference rates and the card's fee leave open of a whole refund, where it is much."""
    if one.home or one.rates is None or one.causes["missing"] or one.causes["kept"]:
        return None
    # The charge is worth this much at the refund's rate.
    drift = (one.charged - one.causes["fee"]) * (1.0 - one.rates[1] / one.rates[0])
    open_ = one.causes["fx_drift"] - round(drift)
    return story.money(open_) if open_ > steps.GAP_SHARE * one.charged else None


def _days(scene: Scene, rows: list[int]) -> tuple[dt.date, ...]:
    """The days of some movements, each once, in order."""
    return tuple(sorted({day for row in rows if (day := scene.day[row]) is not None}))


def _story(scene: Scene, one: _Chosen, ordered: bool) -> narrate.Story:
    links, charge, refund = scene.links, one.charge, one.refund
    name = links.worth.currencies[one.currency]
    first, last = charge[0], refund[0]
    merchant = None if one.home or name == UNNAMED else name
    original = scene.original[first]
    money = None
    if original is not None:
        money = Money(original, scene.merchant_currency[first], scene.original_places[first])
    single = len(charge) == len(refund) == 1
    account = scene.accounts[first]
    certain = all(scene.strength[i] == "certain" for i in charge + refund)
    return narrate.Story(
        currency=scene.currency[first], places=scene.places[first], charged=one.charged,
        refunded=one.refunded, causes=one.causes, charge_days=_days(scene, charge),
        refund_days=_days(scene, refund), home=one.home, known=one.known,
        merchant_currency=merchant, original=money,
        same_original=single and original is not None and original == scene.original[last],
        inferred=original is not None and not scene.named[first] and merchant is not None,
        rates=None if one.rates is None else (f"{one.rates[0]:.6g}", f"{one.rates[1]:.6g}"),
        fixings=one.fixings, sources=one.sources,
        fee_percent=_fee_percent(scene, one.fee_rate, account),
        mode=scene.mode[account], share=one.share, printed=one.printed,
        strength="certain" if certain else "weak", confidence=one.confidence, ordered=ordered,
        any_original=any(scene.original[row] is not None for row in charge + refund),
        rough=frozenset(name for name in CAUSES if _is_rough(one, name)),
        dated_alike=one.half_rated and _days(scene, charge) == _days(scene, refund),
    )  # fmt: skip
