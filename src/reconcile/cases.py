"""Links and orders to cases: one row per story, with causes, verdict, sentence and next step."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from reconcile import arrivals, decisions, due, explain, narrate, steps
from reconcile.advice import REVIEW_BELOW, Situation, Spans
from reconcile.arrivals import Came
from reconcile.case_rows import Covered, Scene, case_id, case_row, make, place
from reconcile.decisions import Decisions
from reconcile.due import Owed
from reconcile.explain import Split
from reconcile.fees import NONE, Attached
from reconcile.linking.fit import Links, alternatives
from reconcile.linking.worth import UNNAMED
from reconcile.order_cases import SURE, unpaid
from reconcile.orders import Orders
from reconcile.rates import RateTable
from reconcile.steps import CardDays
from reconcile.tables import CASE_COLUMNS, CAUSES, Alternative, Due, frame
from reconcile.text import Message, Money


def build(
    links: Links,
    book: pd.DataFrame,
    table: RateTable,
    orders: Orders,
    as_of: dt.date,
    covered: Covered,
    attached: Attached = NONE,
    cards: dict[str, CardDays] | None = None,
    decided: Decisions | None = None,
) -> tuple[pd.DataFrame, Split, Links]:
    """All cases of a run, in the order of their first movement; the split and links behind them.

    `attached` are the fee rows that banks print apart from what they belong to, `cards` the
    calendars of the accounts.
    """
    owed = due.owed(links, orders)
    told = due.by_charge(owed)
    weighed = arrivals.weigh(links, due.wanted(owed))
    links = weighed.links
    split = explain.split(links, table, due.shares(links, told), attached)
    scene = make(links, split, table, as_of, covered, attached, cards or {})
    found = {id(owed[at]): came for at, came in weighed.came.items()}
    rows = [_linked(scene, n, told, found) for n in range(len(split.story))]
    taken = {item for row in rows for item in row["charges"]}
    open_ = [o for o in owed if o.amount > 0 and not any(scene.id[i] in taken for i in o.charges)]
    rows += [
        unpaid(scene, group, [found.get(id(order), Came()) for order in group])
        for group in due.groups(open_)
    ]
    rows += [_voided(row, attached) for row in _gone(book)]
    if decided is not None:
        rows = [
            decisions.settle(row, decided.of(row["id"], row["charges"] + row["refunds"]))
            for row in rows
        ]
    rows.sort(key=lambda row: (row.pop("_day"), row["id"]))
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in CASE_COLUMNS}
    return frame(CASE_COLUMNS, columns), split, links


def _linked(
    scene: Scene, n: int, told: dict[int, list[Owed]], found: dict[int, Came]
) -> dict[str, Any]:
    """The case of one chosen story."""
    split, stories = scene.split, scene.links.stories
    at = int(split.story[n])
    charge, refund = stories.charges_at(at), stories.refunds_at(at)
    causes = {name: int(split.causes[name][n]) for name in CAUSES}
    low = {name: int(split.low[name][n]) for name in CAUSES}
    high = {name: int(split.high[name][n]) for name in CAUSES}
    orders = [order for row in charge for order in told.get(row, [])]
    owed = orders if all(order.known for order in orders) else []
    if owed:
        rows, number = charge + refund, int(stories.currency[at])
        exact = bool(scene.links.worth.exact[number, rows].all())
        units = int(scene.links.worth.units[charge].sum())
        slack = 1.5 / units if exact else due.ROUNDING_SHARE
        still_due = due.share_due(owed) - float(split.share[n])
        _by_order(causes, low, high, still_due, slack, int(split.charged[n]))
    confidence = round(float(scene.links.solution.probability[at]), 3)
    others = [
        Alternative(tuple(scene.id[i] for i in c), tuple(scene.id[i] for i in r), round(p, 3))
        for c, r, p in alternatives(scene.links, at)
    ]
    spans = scene.spans(charge[0])
    came = [found[id(order)] for order in owed if id(order) in found]
    verdict = _verdict(causes["missing"], confidence, owed, scene.as_of, spans, came)
    story = _story(scene, n, charge, refund, causes, confidence, bool(owed))
    told_by = steps.facts(owed)
    still = None
    if owed and causes["missing"] > 0:
        since = min(order.since for order in owed)
        still = Due(causes["missing"], story.currency, story.places, since, told_by["clock_ends"])
    exact = story.original is not None
    short = steps.short_by(owed, float(split.share[n]), exact=exact) if still else None
    spoken = narrate.explanation(story) + steps.remark(owed, short)
    if confidence < REVIEW_BELOW:
        spoken.insert(0, Message("explain.if_together"))
    situation = Situation(
        verdict=verdict, amount=_amount(story, causes["missing"]),
        charged=_amount(story, story.charged), refunded=_amount(story, story.refunded),
        charge_day=min(story.charge_days, default=None),
        refund_day=narrate.days(story.refund_days), short_by=short,
        gap=_gap(scene, n, story), **place(scene, charge[0]), **told_by,
    )  # fmt: skip
    row = case_row(
        scene, charge, refund, causes, currency=story.currency, decimals=story.places,
        charged=story.charged, refunded=story.refunded, verdict=verdict, confidence=confidence,
        orders=list(dict.fromkeys(order.order_id for order in orders if order.order_id)),
        alternatives=others, due=still, merchant_strength=story.strength,
        evidence=narrate.evidence(story), explanation=spoken, **steps.columns(situation),
    )  # fmt: skip
    if split.known[n]:
        for name in CAUSES:
            row[f"{name}_low"], row[f"{name}_high"] = low[name], high[name]
    return row


def _by_order(
    causes: dict[str, int], low: dict[str, int], high: dict[str, int],
    still: float, slack: float, charged: int,
) -> None:  # fmt: skip
    """Move what an order says is not due from `missing` to `kept`.

    `still` is the share of the charge that is due and did not come; up to `slack` it is rounding.
    What is unsure of the part that came back stays unsure: of `missing` where something is due
    still, else of `kept`.
    """
    missing = min(round(still * charged), causes["missing"]) if still > slack else 0
    kept = causes["missing"] - missing
    causes["kept"] += kept
    causes["missing"] = missing
    for bound in (low, high):
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


def _fee_percent(scene: Scene, n: int, account: int) -> str | Message | None:
    """The card's fee: as given or as the issuer tells it, else about what its rows show."""
    share = float(scene.split.fee_rate[n])
    if not scene.fee_told[account]:
        return None
    if scene.links.cards.source[account] is not None:
        return _percent(share, 2)
    return Message("explain.about", {"value": _percent(share, 1)})


def _amount(story: narrate.Story, minor: int) -> Money:
    return Money(minor, story.currency, story.places)


def _gap(scene: Scene, n: int, story: narrate.Story) -> Money | None:
    """What reference rates and the card's fee leave open of a whole refund, where it is much."""
    split = scene.split
    if story.home or story.rates is None or story.causes["missing"] or story.causes["kept"]:
        return None
    fee = story.causes["fee"]
    # The charge is worth this much at the refund's rate.
    drift = (story.charged - fee) * (1.0 - float(split.rate[1][n]) / float(split.rate[0][n]))
    open_ = story.causes["fx_drift"] - round(drift)
    return _amount(story, open_) if open_ > steps.GAP_SHARE * story.charged else None


def _days(scene: Scene, rows: list[int]) -> tuple[dt.date, ...]:
    """The days of some movements, each once, in order."""
    return tuple(sorted({day for row in rows if (day := scene.day[row]) is not None}))


def _story(
    scene: Scene, n: int, charge: list[int], refund: list[int], causes: dict[str, int],
    confidence: float, ordered: bool,
) -> narrate.Story:  # fmt: skip
    links, split = scene.links, scene.split
    name = links.worth.currencies[links.stories.currency[int(split.story[n])]]
    first, last = charge[0], refund[0]
    home = bool(split.home[n])
    merchant = None if home or name == UNNAMED else name
    original = scene.original[first]
    money = None
    if original is not None:
        money = Money(original, scene.merchant_currency[first], scene.original_places[first])
    single = len(charge) == len(refund) == 1
    rated = bool(np.isfinite(split.rate[0][n]) and np.isfinite(split.rate[1][n]))
    account = int(links.moves.account[first])
    certain = all(scene.strength[i] == "certain" for i in charge + refund)
    return narrate.Story(
        currency=scene.currency[first], places=scene.places[first], charged=int(split.charged[n]),
        refunded=int(split.refunded[n]), causes=causes, charge_days=_days(scene, charge),
        refund_days=_days(scene, refund), home=home, known=bool(split.known[n]),
        merchant_currency=merchant, original=money,
        same_original=single and original is not None and original == scene.original[last],
        inferred=original is not None and not scene.named[first] and merchant is not None,
        rates=(f"{split.rate[0][n]:.6g}", f"{split.rate[1][n]:.6g}") if rated else None,
        fixings=(split.fixing[0][n].item(), split.fixing[1][n].item()) if rated else None,
        sources=(split.source[0][n], split.source[1][n]) if rated else None,
        fee_percent=_fee_percent(scene, n, account),
        mode=links.cards.mode(account), share=float(split.share[n]),
        printed=bool(split.printed[n]), strength="certain" if certain else "weak",
        confidence=confidence, ordered=ordered,
    )  # fmt: skip


def _gone(book: pd.DataFrame) -> list[Any]:
    """AliExpress charges that were cancelled before they settled."""
    gone = book["merchant"].notna() & book["status"].eq("voided") & book["amount"].gt(0)
    gone &= book["kind"].ne("fee")
    return list(book[gone].itertuples(index=False))


def _voided(row: Any, attached: Attached) -> dict[str, Any]:
    """The case of a voided charge: charged and returned, nothing to do."""
    currency = None if pd.isna(row.currency) else str(row.currency)
    when = (row.transaction_date if pd.notna(row.transaction_date) else row.posted_date).date()
    values = {"amount": Money(int(row.amount), currency, int(row.decimals)), "day": when}
    whole = int(row.amount) + attached.amount.get(row.id, 0)
    case: dict[str, Any] = {
        "id": case_id([row.id], [], []), "account": row.account, "charges": [row.id],
        "refunds": [], "orders": [], "fees": attached.rows([row.id]), "currency": currency,
        "decimals": int(row.decimals), "charged": whole, "refunded": whole,
        "shortfall": 0, **dict.fromkeys(CAUSES, 0), "verdict": "voided", "confidence": 1.0,
        "alternatives": [], "due": None, "merchant_strength": row.merchant_strength,
        "evidence": [Message("evidence.voided")],
        "explanation": [Message("explain.voided", values)],
        "next_step": "none", "deadline": None, "next_text": Message("advice.none", {"more": ""}),
        "message": None, "checklist": [], "_day": when,
    }  # fmt: skip
    for name in CAUSES:
        case[f"{name}_low"] = case[f"{name}_high"] = 0
    return case
