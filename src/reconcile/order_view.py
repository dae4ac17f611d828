"""Movements and orders as one: what each order expects, and what the list changes in the scores."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reconcile.cards import NETWORK_MEAN, NETWORK_MEAN_SD, REFUND_LOG
from reconcile.linking import pieces
from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS, Ints, ranges
from reconcile.linking.delays import USUAL, still_out
from reconcile.linking.fit import Links
from reconcile.linking.scene import UNTOLD, Floats
from reconcile.linking.score import bell, ratio_moments
from reconcile.linking.stories import Bools, Stories
from reconcile.linking.worth import HOME

# Of the refunds that orders promise, the share that reaches a card, and of these the share that is
# too small. Nobody publishes either; one in ten lets the rows speak.
BRINGS, SHORT = 0.9, 0.1
# The share of parts among what the linker gives a charge promised back in full.
_LINKER_SHORT = 0.027
# Chance that the card of an order is among the statements; of one whose charge should stand in
# them and does not, that it was paid there all the same (coupons, another price at the till).
_IN_FILES, UNSEEN = 0.85, 0.15
# Days after the promise on which a refund may come; by the same law as the linker's, and later.
EARLY, LATEST = 10, 75
# Share of refunds that follow no promise's day.
_ANY_DAY = 0.15
# Refunds that neither a charge nor an order explains, per refund that one does.
_STRAY = 0.03
# Spread of a refund's estimated worth around what is due, beside the reference rates' own.
_REFUND_SD = 0.002
# A story brought less than what is due when it lies this many spreads, or this share, below it.
_BELOW_Z, _BELOW_SHARE = 3.0, 0.004


class Wanted(NamedTuple):
    """An order as `arrivals.weigh` needs it: what is due in minor units, of which `total` was paid;
    days count from 1970, `promised` is None where the list tells no day.
    """

    currency: str
    amount: int
    day: int
    promised: int | None
    charges: tuple[int, ...]
    total: int = 0
    known: bool = True


class View:
    """Movements and orders as arrays, and what the order list changes in the linker's scores."""

    def __init__(self, links: Links, wanted: Sequence[Wanted]) -> None:
        self.links, self.wanted = links, wanted
        moves = links.moves
        self.count, accounts = len(moves.refund), len(moves.accounts)
        rows = np.flatnonzero(moves.refund)
        self.rows = rows[np.argsort(moves.day[rows], kind="stable")]
        self.first = np.full(accounts, np.iinfo(np.int64).max)
        np.minimum.at(self.first, moves.account, moves.day)
        weight = links.cards.posterior
        log = REFUND_LOG + NETWORK_MEAN
        self.load = (weight * log).sum(axis=(1, 2))
        self.loose = (weight * (log - self.load[:, None, None]) ** 2).sum(axis=(1, 2))
        self._by_currency: dict[str, tuple[Floats, Floats, Bools, Floats]] = {}
        self.listed = self._listed()

    def worth(self, currency: str) -> tuple[Floats, Floats, Bools, Floats]:
        """Each movement in `currency`, the card's share of a refund taken off: log of its minor
        units, variance, whether it is exact; and the weight of that currency on its card.
        """
        if currency not in self._by_currency:
            worth, moves = self.links.worth, self.links.moves
            place = {name: number for number, name in enumerate(worth.currencies)}
            home = moves.frame["currency"].to_numpy(object) == currency
            number = np.where(home, place[HOME], place.get(currency, -1))
            at = np.arange(self.count)
            known = number >= 0
            exact = known & worth.exact[number, at]
            off = np.where(exact, 0.0, self.load[moves.account])
            log = np.where(known, worth.log[number, at], np.nan) - off
            variance = worth.variance[number, at] + self.loose[moves.account]
            variance = np.where(exact, 0.0, variance + NETWORK_MEAN_SD**2 + _REFUND_SD**2)
            weight = np.where(known, self.links.scene.currency[moves.account, number], 0.0)
            self._by_currency[currency] = log, variance, exact, weight
        return self._by_currency[currency]

    def units(self, row: int, currency: str) -> int:
        """About how many minor units of an order's currency a refund is; 0 where none."""
        log = float(self.worth(currency)[0][row])
        return round(float(np.exp(log))) if np.isfinite(log) else 0

    def _listed(self) -> Floats:
        """Log of how much rarer a refund of unknown origin is than the linker takes it for.

        The linker knows nothing of charges before the statements; the list tells of most of them.
        """
        moves = self.links.moves
        begin = min(order.day for order in self.wanted)
        charge = np.flatnonzero(~moves.refund & (moves.day >= begin))
        told = {row for order in self.wanted for row in order.charges}
        lacking = sum(row not in told for row in charge.tolist())
        miss = (lacking + 1.0) / (len(charge) + 10.0)
        out = still_out(USUAL)

        def still(day: Ints) -> Floats:
            return np.asarray(out[np.clip(moves.day - day, 0, len(out) - 1)])

        first = self.first[moves.account]
        # Charges in holes between the statements are told by the list from its first day on.
        hidden = self.links.scene.before._replace(age=np.full(self.count, len(out) - 1))
        earlier = np.clip(moves.day - begin + 1, 0, len(out) - 1)[:, None]
        untold = hidden._replace(
            since=np.maximum(hidden.since, earlier), until=np.maximum(hidden.until, earlier)
        )
        before = still(first) + hidden.unseen(out[None], 0)
        left = still(np.minimum(first, begin)) + untold.unseen(out[None], 0)
        new = miss * before + (1 - miss) * left + _STRAY
        return np.asarray(np.log(before + _STRAY) - np.log(new))

    def change(self, stories: Stories) -> Floats:
        """What to add to the linker's scores."""
        s = self.links.scene
        out = np.zeros(len(stories.score))
        for column in stories.refunds:
            out += np.where(column >= 0, self.listed[column], 0.0)
        brings = np.log(BRINGS) - np.log(1.0 - BRINGS)
        due, known = np.zeros(self.count), np.zeros(self.count, np.bool_)
        for order in self.wanted:
            for row in order.charges:
                due[row] += order.amount
                known[row] |= order.known
        later = known & ~s.promise.told & ~s.promise.partly
        at = np.arange(self.count)
        told = np.where(s.promise.granted(at), brings - np.log1p(s.odds), 0.0)
        told[later] = np.where(due[later] > 0, brings - np.log(s.odds[later]), np.log(UNTOLD))
        for column in stories.charges:
            out += np.where(column >= 0, told[column], 0.0)
        whole = s.promise.due(stories.charge) & (s.promise.share[stories.charge] >= 1.0)
        return out + np.where(
            whole & np.isin(stories.kind, ("part", "pieces")), np.log(SHORT / _LINKER_SHORT), 0.0
        )

    def less(self, stories: Stories) -> Bools:
        """Stories that brought less than their orders promised."""
        out = np.zeros(len(stories.score), np.bool_)
        s, worth = self.links.scene, self.links.worth
        part = np.isin(stories.kind, ("part", "pieces"))
        lone = stories.charge >= self.count
        out[part & lone] = True
        at = np.flatnonzero(part & ~lone)
        charge, number = stories.charge[at], stories.currency[at]
        exact = worth.exact[number, charge]
        for column in stories.refunds:
            exact &= (column[at] < 0) | worth.exact[number, column[at]]
        returned, spread = pieces.returned(worth, stories, at)
        mean, extra = ratio_moments(s.ratio)
        account = self.links.moves.account[charge]
        home = np.array(worth.currencies, dtype=object)[number] == HOME
        shift = np.where(exact | home, 0.0, mean[account])
        share = returned - worth.log[number, charge] - shift
        spread = spread + worth.variance[number, charge] + extra[account]
        due = np.zeros(self.count)
        total = np.zeros(self.count)
        for order in self.wanted:
            for row in order.charges:
                due[row] += order.amount
                total[row] += order.total
        goal = np.log(np.maximum(due[charge], 1.0) / np.maximum(total[charge], 1.0))
        slack = np.where(exact, 0.0, _BELOW_Z * np.sqrt(spread)) + _BELOW_SHARE
        out[at] = (due[charge] > 0) & (share < goal - slack)
        return out

    def prior(self, at: Ints, row: Ints) -> Floats:
        """Log odds that an order's money comes to the card of a refund, per currency and card."""
        moves = self.links.moves
        charges = np.bincount(moves.account[~moves.refund], minlength=len(moves.accounts)) + 1.0
        day = np.array([order.day for order in self.wanted], np.int64)
        out = np.zeros(len(at))
        names = np.array([order.currency for order in self.wanted], dtype=object)[at]
        for name in np.unique(names.astype(str)):
            mine = np.flatnonzero(names == name)
            weight = np.zeros(len(moves.accounts))
            np.maximum.at(weight, moves.account, self.worth(name)[3])
            weight = weight * charges
            per_card = weight / max(float(weight.sum()), 1e-12)
            card = moves.account[row[mine]]
            # A charge that should stand on this card's statement and does not.
            unseen = day[at[mine]] > self.first[card] + 2
            out[mine] = per_card[card] * np.where(unseen, UNSEEN, 1.0)
        here = _IN_FILES * BRINGS
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(out * here / (1.0 - here)))

    def when(self, at: Ints, row: Ints) -> Floats:
        """Chance of a refund's day, given the order's day and its promise."""
        day = self.links.moves.day[row]
        ordered = np.array([order.day for order in self.wanted], np.int64)[at]
        told = np.array(
            [np.iinfo(np.int64).min if o.promised is None else o.promised for o in self.wanted]
        )[at]
        delay = day - ordered
        inside = (delay >= 0) & (delay <= LATEST_DAYS)
        free = np.where(inside, USUAL[np.clip(delay, 0, LATEST_DAYS) - EARLIEST_DAYS], 0.0)
        known = told > np.iinfo(np.int64).min
        away = np.where(known, day - told, 0)
        sent = np.zeros(len(at))
        for share, low, high in ((0.6, 0, 10), (0.3, 0, 30), (0.1, -EARLY, LATEST)):
            sent += np.where((away >= low) & (away <= high), share / (high - low + 1), 0.0)
        mixed = (1 - _ANY_DAY) * sent + _ANY_DAY * free * (away >= -EARLY) * (away <= LATEST)
        return np.where(known, mixed, free) * (delay >= 0)

    def rare(self, row: Ints) -> Floats:
        """Log density of a refund's being here by chance: its day and its amount."""
        s = self.links.scene
        return np.asarray(np.log(s.arrival[row]) + np.log(s.background[row]) - self.listed[row])

    def near(self, at: Ints) -> tuple[Ints, Ints]:
        """Pairs of order and refund whose days may fit."""
        day = self.links.moves.day[self.rows]
        first = np.array([
            o.day if o.promised is None else max(o.promised - EARLY, o.day) for o in self.wanted
        ], np.int64)[at]  # fmt: skip
        last = np.array([
            o.day + LATEST_DAYS if o.promised is None else o.promised + LATEST for o in self.wanted
        ], np.int64)[at]  # fmt: skip
        low, high = np.searchsorted(day, first, "left"), np.searchsorted(day, last, "right")
        number = np.maximum(high - low, 0)
        return np.repeat(at, number), self.rows[ranges(low, number)]

    def equal(self, currency: str, row: Ints, due: Floats) -> Floats:
        """Density, per unit of its log amount, of a refund that is just what is due."""
        log, variance, exact, _ = self.worth(currency)
        units = np.rint(np.exp(np.where(np.isfinite(log[row]), log[row], 0.0)))
        with np.errstate(divide="ignore"):
            off = log[row] - np.log(due)
        near = bell(np.nan_to_num(off, nan=9.0), np.maximum(variance[row], 1e-9))
        return np.where(exact[row], np.where(units == due, due, 0.0), near)
