"""Why a case is short: causes that sum exactly to the shortfall, and how sure each figure is.

With F the charge in the merchant's currency, F' the part that came back, X the network's rate
without the issuer's fee, f the fee at purchase and φ the fee on the refund (report contract):
fx_drift = F'·(X at the charge - X at the refund), fee = F'·(f·X at the charge - φ·X at the refund).
As the billed amounts are F·X·(1+f) and F'·X·(1+φ), both follow from them without knowing X:
with C the part of the charge that paid for F', and R the refund,
fee = C·f/(1+f) - R·φ/(1+φ) and fx_drift = C - R - fee.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import issuers, shares
from reconcile.cards import ON_REFUND, shifted
from reconcile.fees import NONE, Attached
from reconcile.linking.fit import Links
from reconcile.linking.worth import HOME, UNNAMED, conversion_days
from reconcile.markups import Terms, processed, same_day
from reconcile.rates import RateTable
from reconcile.spans import Doubt, spans
from reconcile.text import Message

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A refund that bears its purchase's day, no other being printed, and differs by more than this
# share from what the card's fee explains was converted on a day that is not told.
_SAME_DAY = 0.01


class Split(NamedTuple):
    """Causes of each chosen story, in minor units of its billing currency; arrays over stories.

    `low` and `high` hold the 90% interval per cause, `known` is False where nothing tells it.
    `share` is F'/F; `fee_rate` the card's fee on the day of the charge; `home`: billed in the
    card's own currency; `printed`: the statement prints the fee, in a column or in rows of its
    own; `rate` holds the reference rates at the charge and at the refund, `fixing` the days they
    are from (NaN, NaT: none) and `source` what they are from.
    """

    story: Ints
    charged: Ints
    refunded: Ints
    causes: dict[str, Ints]
    low: dict[str, Ints]
    high: dict[str, Ints]
    known: npt.NDArray[np.bool_]
    share: Floats
    fee_rate: Floats
    home: npt.NDArray[np.bool_]
    printed: npt.NDArray[np.bool_]
    rate: tuple[Floats, Floats]
    fixing: tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]
    source: tuple[list[Message], list[Message]]


def split(
    links: Links,
    rates: RateTable,
    due_share: Floats,
    attached: Attached = NONE,
    chosen: Ints | None = None,
) -> Split:
    """Causes of every chosen story, or of those that `chosen` names. Sums are exact; a residue of
    rounding goes to the larger of drift and fee.

    `due_share` is the share of each movement that an order says is due (NaN: not told). A charge's
    `attached` fee rows are part of what was charged, a refund's of what came back.
    """
    stories = links.stories
    if chosen is None:
        chosen = np.flatnonzero(links.solution.chosen)
    charges = [column[chosen] for column in stories.charges]
    refunds = [column[chosen] for column in stories.refunds]
    c, r = charges[0], refunds[0]
    # With the fee rows, which are positive where a fee was taken, on either side.
    extra = attached.amounts(links.moves.frame["id"])
    minor = links.moves.minor + np.where(links.moves.refund, -extra, extra)
    charged, refunded = (
        sum((np.where(rows >= 0, minor[rows], 0) for rows in side), np.zeros_like(c))
        for side in (charges, refunds)
    )
    part = shares.returned(links, chosen, due_share)
    share = part.share
    home = np.array([links.worth.currencies[n] == HOME for n in stories.currency[chosen]], np.bool_)
    rate, fixing = _reference(links, chosen, rates)
    paid = np.where(share >= 1.0, charged, np.rint(share * charged)).astype(np.int64)
    rest = paid - refunded
    fee_printed = _printed_fees(links, extra, charges, refunds)
    surcharge = share * fee_printed[0] + fee_printed[1]
    account = links.moves.account[c]
    moved = (_fee_moved(links, c), _fee_moved(links, r))
    point = _fees(links, account, paid, refunded, moved)
    printed = (fee_printed[0] != 0) | (fee_printed[1] != 0)
    # All back at the rate it was charged at: no fee and no rate took anything.
    even = (share >= 1.0) & (rest == 0) & _same_rate(links, charges + refunds)
    own = printed | home | even
    point = np.where(own, surcharge, point)
    undated = _dated_alike(links, c, r) & ~own
    undated &= np.abs(rest - point) > _SAME_DAY * np.maximum(paid, 1)
    rate[1][undated], fixing[1][undated] = np.nan, np.datetime64("NaT", "D")
    # Without a reference rate the fee can still be told when both originals and the fee are known.
    told = np.array([source is not None for source in links.cards.source], np.bool_)
    known = home | (np.isfinite(rate[0]) & np.isfinite(rate[1]))
    known |= part.exact & (told[account] | printed)
    # Rounded each for itself, halves of drift and fee may miss their sum by one.
    residue = rest - np.rint(point) - np.rint(rest - point)
    to_fee = known & ~home & (np.abs(point) > np.abs(rest - point))
    point = np.rint(point) + np.where(to_fee, residue, 0)
    # What the statement prints as a fee is known whether or not the rest can be divided.
    fee = np.where(known | printed, point, 0).astype(np.int64)
    fee = np.where(home & (rest == 0), 0, fee)
    fx = np.where(home | ~known, 0, rest - fee)
    causes = {
        "fx_drift": fx, "fee": fee, "missing": charged - paid, "kept": np.zeros_like(fx),
        "unexplained": rest - fee - fx,
    }  # fmt: skip
    doubt = Doubt(
        account, charged, refunded, _counts(charges, refunds), moved, own,
        np.rint(surcharge), part.share, part.likely, part.rounding, part.offset, part.deviation,
    )  # fmt: skip
    lows, highs = _intervals(causes, doubt, links, np.flatnonzero(known & ~home))
    fee_rate = np.maximum(links.cards.fee()[0][account] + moved[0], 0.0)
    return Split(
        chosen, charged, refunded, causes, lows, highs, known, share, fee_rate, home, printed,
        rate, fixing, (rates.named(fixing[0]), rates.named(fixing[1])),
    )  # fmt: skip


def _reference(links: Links, chosen: Ints, rates: RateTable) -> tuple[Any, Any]:
    """Reference rates (billing per original) at the charge and the refund, with their days."""
    stories, rows = links.stories, links.moves.frame
    names = np.array(links.worth.currencies, dtype=object)[stories.currency[chosen]]
    day, _ = conversion_days(rows)
    home = rows["currency"].to_numpy(object)[stories.charge[chosen]]
    account = links.moves.account[stories.charge[chosen]].tolist()
    # Networks known to take the fixing of the day before.
    before = same_day([links.cards.terms[number].network for number in account]) == 0
    found, dates = [], []
    for column in (stories.charge, stories.refund):
        at = day[column[chosen]] - before.astype("timedelta64[D]")
        value = np.full(len(chosen), np.nan)
        fixing = np.full(len(chosen), np.datetime64("NaT", "D"))
        pairs = pd.DataFrame({"base": names, "quote": home}).groupby(["base", "quote"]).indices
        for key, where in pairs.items():
            base, quote = (str(part) for part in key)  # type: ignore[attr-defined]
            if base in (HOME, UNNAMED):
                continue
            value[where], fixing[where] = rates.lookup(base, quote, at[where])
        found.append(value)
        dates.append(fixing)
    return (found[0], found[1]), (dates[0], dates[1])


def _counts(charges: list[Ints], refunds: list[Ints]) -> tuple[Ints, Ints]:
    """How many charges, and how many refunds, each story has."""
    one, two = (np.sum([rows >= 0 for rows in side], axis=0) for side in (charges, refunds))
    return one, two


def _printed_fees(
    links: Links, attached: Ints, charges: list[Ints], refunds: list[Ints]
) -> tuple[Floats, Floats]:
    """Sum of the fee columns and fee rows of a story's charges, and of its refunds."""
    column: Floats = links.moves.frame["fee_amount"].fillna(0).to_numpy(np.float64)
    column = column + attached.astype(np.float64)
    out = []
    for side in (charges, refunds):
        out.append(np.sum([np.where(rows >= 0, column[rows], 0.0) for rows in side], axis=0))
    return out[0], out[1]


def _dated_alike(links: Links, charge: Ints, refund: Ints) -> npt.NDArray[np.bool_]:
    """Stories whose refund bears the day of its charge and no other."""
    frame, day = links.moves.frame, links.moves.day
    other = frame[["posted_date", "conversion_date"]].notna().any(axis=1).to_numpy()
    return np.asarray((day[charge] == day[refund]) & ~other[refund])


def _same_rate(links: Links, sides: list[Ints]) -> npt.NDArray[np.bool_]:
    """Stories all of whose movements print the same conversion rate."""
    text = links.moves.frame["conversion_rate"]
    rate: Floats = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    first = rate[sides[0]]
    return np.asarray(np.all([(rows < 0) | (rate[rows] == first) for rows in sides], axis=0))


def _fees(
    links: Links, account: Ints, paid: Ints, refunded: Ints, moved: tuple[Floats, Floats]
) -> Floats:
    """Fee cause from the card model: its mean.

    A fee that the issuer changed in between holds on each side with the fee of its own day.
    """
    cards = links.cards
    point = np.zeros(len(account))
    for start in range(0, len(account), 2048):
        rows = slice(start, start + 2048)
        weight = cards.posterior[account[rows]]
        fees = shifted(cards.shift[account[rows]])
        one = np.maximum(fees + moved[0][rows, None], 0.0)
        two = ON_REFUND[:, None] * np.maximum(fees + moved[1][rows, None], 0.0)[:, None, :]
        taken = (one / (1 + one))[:, None, :]
        value = paid[rows, None, None] * taken - refunded[rows, None, None] * (two / (1 + two))
        value[:, 0] = 0.0  # mode `none`: no fee on either side
        point[rows] = (weight * value).sum(axis=(1, 2))
    return point


def _fee_moved(links: Links, rows: Ints) -> Floats:
    """How much the issuer's table differs on each row's day from the fee the card model holds."""
    account = links.moves.account[rows]
    days = processed(links.moves.frame)[rows]
    kinds: dict[Terms, int] = {}
    kind = np.array([kinds.setdefault(one, len(kinds)) for one in links.cards.terms], np.int64)
    table = np.full(len(rows), np.nan)
    for terms, number in kinds.items():
        if terms.fee is None:
            mine = kind[account] == number
            table[mine] = issuers.fees(terms.issuer, days[mine], terms.network)
    return np.nan_to_num(table - links.cards.table_fee[account])


def _intervals(
    causes: dict[str, Ints], doubt: Doubt, links: Links, unsure: Ints
) -> tuple[dict[str, Ints], dict[str, Ints]]:
    """90% intervals per cause; they hold the point value, and are that alone where nothing is
    unsure. What is known of a case leaves nothing unexplained.
    """
    lows = {name: value.copy() for name, value in causes.items()}
    highs = {name: value.copy() for name, value in causes.items()}
    for name, (low, high) in spans(doubt, links.cards, unsure).items():
        lows[name][unsure] = np.minimum(low, causes[name][unsure])
        highs[name][unsure] = np.maximum(high, causes[name][unsure])
    return lows, highs
