"""Why a case is short: causes that sum exactly to the shortfall, and how sure each figure is.

With F the charge in the merchant's currency, F' the part that came back, X the network's rate
without the issuer's fee, f the fee at purchase and φ the fee on the refund (report contract):
fx_drift = F'·(X at the charge - X at the refund), fee = F'·(f·X at the charge - φ·X at the refund).
As the billed amounts are F·X·(1+f) and F'·X·(1+φ), both follow from them without knowing X:
with C the part of the charge that paid for F', and R the refund,
fee = C·f/(1+f) - R·φ/(1+φ) and fx_drift = C - R - fee.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import issuers
from reconcile.cards import FEES, Terms, processed, same_day
from reconcile.fees import NONE, Attached
from reconcile.linking.fit import Links
from reconcile.linking.score import ratio_moments
from reconcile.linking.worth import HOME, UNNAMED, conversion_days
from reconcile.rates import RateTable

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Common fractions that a partial refund is taken to be when the estimate lies this close to one.
_SNAP = 0.006
# Standard deviations within which an estimated share is taken to be the one an order tells.
_SNAP_TOLD = 2.5
_SNAPS = np.array([0.5, 1 / 3, 2 / 3, 0.25, 0.75, *(n / 10 for n in (1, 2, 3, 4, 6, 7, 8, 9))])
_LOW, _HIGH = 0.05, 0.95
_Z90 = 1.645


@dataclass(frozen=True)
class Split:
    """Causes of each chosen story, in minor units of its billing currency; arrays over stories.

    `low` and `high` hold the 90% interval per cause, `known` is False where nothing tells it.
    `share` is F'/F; `fee_rate` the card's fee on the day of the charge; `home`: billed in the
    card's own currency; `printed`: the statement prints the fee, in a column or in rows of its
    own; `rate` holds the reference rates at the charge and at
    the refund, `fixing` the days they are from (NaN, NaT: none).
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


def split(links: Links, rates: RateTable, due_share: Floats, attached: Attached = NONE) -> Split:
    """Causes of every chosen story. Sums are exact; a residue of rounding goes to the drift.

    `due_share` is the share of each movement that an order says is due (NaN: not told). A charge's
    `attached` fee rows are part of what was charged, a refund's of what came back.
    """
    stories = links.stories
    chosen = np.flatnonzero(links.solution.chosen)
    c, c2 = stories.charge[chosen], stories.charge2[chosen]
    r, r2 = stories.refund[chosen], stories.refund2[chosen]
    # With the fee rows, which are positive where a fee was taken, on either side.
    extra = attached.amounts(links.moves.frame["id"])
    minor = links.moves.minor + np.where(links.moves.refund, -extra, extra)
    charged = minor[c] + np.where(c2 >= 0, minor[c2], 0)
    refunded = minor[r] + np.where(r2 >= 0, minor[r2], 0)
    share, spread, exact = _shares(links, chosen, due_share)
    home = np.array([links.worth.currencies[n] == HOME for n in stories.currency[chosen]], np.bool_)
    rate, fixing = _reference(links, chosen, rates)
    paid = np.where(share >= 1.0, charged, np.rint(share * charged)).astype(np.int64)
    rest = paid - refunded
    fee_printed = _printed_fees(links, extra, (c, c2), (r, r2))
    surcharge = share * fee_printed[0] + fee_printed[1]
    account = links.moves.account[c]
    point, low, high = _fees(links, chosen, paid, refunded)
    printed = (fee_printed[0] != 0) | (fee_printed[1] != 0)
    own = printed | home
    point, low, high = (np.where(own, surcharge, value) for value in (point, low, high))
    # Without a reference rate the fee can still be told when both originals and the fee are known.
    told = np.array([source is not None for source in links.cards.source], np.bool_)
    known = home | (np.isfinite(rate[0]) & np.isfinite(rate[1]))
    known |= exact & (told[account] | printed)
    # What the statement prints as a fee is known whether or not the rest can be divided.
    fee = np.where(known | printed, np.rint(point), 0).astype(np.int64)
    fee = np.where(home & (rest == 0), 0, fee)
    fx = np.where(home | ~known, 0, rest - fee)
    causes = {
        "fx_drift": fx, "fee": fee, "missing": charged - paid, "kept": np.zeros_like(fx),
        "unexplained": rest - fee - fx,
    }  # fmt: skip
    lows, highs = _intervals(causes, low, high, home, paid, spread, charged)
    fee_rate = np.maximum(links.cards.fee()[0][account] + _fee_moved(links, c), 0.0)
    return Split(
        chosen, charged, refunded, causes, lows, highs, known, share, fee_rate, home, printed,
        rate, fixing,
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


def _shares(
    links: Links, chosen: Ints, due_share: Floats
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """F'/F per story, its relative uncertainty, and whether it is exact.

    Full, split and joint stories return everything. A partial refund's share comes from printed
    originals, else from billed amounts, reference rates and the card, drawn to a common fraction.
    """
    stories, worth, moves = links.stories, links.worth, links.moves
    share, spread = np.ones(len(chosen)), np.zeros(len(chosen))
    c, r, number = stories.charge[chosen], stories.refund[chosen], stories.currency[chosen]
    both = worth.exact[number, c] & worth.exact[number, r]
    part = stories.kind[chosen] == "part"
    sure = part & both
    share[sure] = worth.units[r[sure]] / worth.units[c[sure]]
    loose = np.flatnonzero(part & ~both)
    if len(loose):
        weights = links.cards.ratio_weights()
        mean, extra = ratio_moments(weights)
        at = moves.account[c[loose]]
        offset = worth.log[number[loose], r[loose]] - worth.log[number[loose], c[loose]] - mean[at]
        sd = np.sqrt(
            worth.variance[number[loose], r[loose]]
            + worth.variance[number[loose], c[loose]]
            + extra[at]
        )
        guess = np.minimum(np.exp(offset), 0.999)
        near = _SNAPS[np.argmin(np.abs(guess[:, None] - _SNAPS), axis=1)]
        told = ~np.isnan(due_share[c[loose]])
        near = np.where(told, due_share[c[loose]], near)
        # What an order says is due may lie as far off as the estimate is unsure.
        reach = np.where(told, _SNAP_TOLD * sd * guess, np.minimum(_SNAP, 1.5 * sd * guess))
        snap = np.abs(guess - near) <= reach
        share[loose] = np.where(snap, near, guess)
        spread[loose] = np.where(snap, 0.0, sd)
    return share, spread, both


def _printed_fees(
    links: Links, attached: Ints, charges: tuple[Ints, Ints], refunds: tuple[Ints, Ints]
) -> tuple[Floats, Floats]:
    """Sum of the fee columns and fee rows of a story's charges, and of its refunds."""
    column: Floats = links.moves.frame["fee_amount"].fillna(0).to_numpy(np.float64)
    column = column + attached.astype(np.float64)
    out = []
    for one, two in (charges, refunds):
        out.append(column[one] + np.where(two >= 0, column[two], 0.0))
    return out[0], out[1]


def _fees(links: Links, chosen: Ints, paid: Ints, refunded: Ints) -> tuple[Floats, Floats, Floats]:
    """Fee cause from the card model: posterior mean and the ends of its 90% interval.

    A fee that the issuer changed in between holds on each side with the fee of its own day.
    """
    cards, stories = links.cards, links.stories
    account = links.moves.account[stories.charge[chosen]]
    count = len(account)
    point, low, high = np.zeros(count), np.zeros(count), np.zeros(count)
    moved = [_fee_moved(links, column[chosen]) for column in (stories.charge, stories.refund)]
    factor = np.array([0.0, 1.0, 0.0, -1.0])[:, None]
    for start in range(0, count, 2048):
        rows = slice(start, start + 2048)
        weight = cards.posterior[account[rows]].reshape(len(account[rows]), -1)
        fee = np.maximum(FEES + moved[0][rows, None], 0.0)
        back = factor * np.maximum(FEES + moved[1][rows, None], 0.0)[:, None, :]
        taken = (fee / (1 + fee))[:, None, :]
        value = paid[rows, None, None] * taken - refunded[rows, None, None] * (back / (1 + back))
        value[:, 0] = 0.0  # mode `none`: no fee on either side
        value = value.reshape(len(weight), -1)
        order = np.argsort(value, axis=1)
        ranked = np.take_along_axis(value, order, axis=1)
        total = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
        pick = np.arange(len(ranked))
        point[rows] = (weight * value).sum(axis=1)
        low[rows] = ranked[pick, np.argmax(total >= _LOW, axis=1)]
        high[rows] = ranked[pick, np.argmax(total >= _HIGH - 1e-9, axis=1)]
    return point, low, high


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
    causes: dict[str, Ints], low: Floats, high: Floats, home: npt.NDArray[np.bool_],
    paid: Ints, spread: Floats, charged: Ints,
) -> tuple[dict[str, Ints], dict[str, Ints]]:  # fmt: skip
    """90% intervals per cause; they hold the point value."""
    fee_low = np.where(home, causes["fee"], np.minimum(np.floor(low), causes["fee"])).astype(
        np.int64
    )
    fee_high = np.where(home, causes["fee"], np.maximum(np.ceil(high), causes["fee"])).astype(
        np.int64
    )
    slack = np.rint(_Z90 * spread * paid).astype(np.int64)
    both = causes["fx_drift"] + causes["fee"]
    lows = {
        "fx_drift": np.where(home, causes["fx_drift"], both - fee_high - slack),
        "fee": fee_low,
        "missing": np.maximum(causes["missing"] - slack, 0),
        "kept": causes["kept"],
        "unexplained": causes["unexplained"] - np.where(home, 0, 1),
    }
    highs = {
        "fx_drift": np.where(home, causes["fx_drift"], both - fee_low + slack),
        "fee": fee_high,
        "missing": np.minimum(causes["missing"] + slack, charged),
        "kept": causes["kept"],
        "unexplained": causes["unexplained"] + np.where(home, 0, 1),
    }
    return lows, highs
