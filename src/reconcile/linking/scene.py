"""What all stories share: the background, the days between, and how much each account refunds.

Constants are public knowledge, named beside them, or shares fitted on the tuning worlds;
`python -m benchmarks.fit_priors` prints the latter.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS, UNDATED, Ints, Movements
from reconcile.linking.delays import USUAL, learn, still_out
from reconcile.linking.names import Names, learn_names, names, naming
from reconcile.linking.recurring import common
from reconcile.linking.worth import HOME, Worth

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Refunds that nothing in the statements explains, per refund that something does.
_STRAY = 0.02
# Prior chance of each merchant currency; the rows of the account soon outweigh it.
_CURRENCY = {HOME: 0.3, "USD": 0.45, "EUR": 0.25}
_OTHER_CURRENCY = 0.1
# Share of charges that are refunded, before the account's own rows speak: 1 in 6, as one charge
# in six seen already; and its bounds.
_REFUNDED, _SHARE_BOUNDS = (1.0, 6.0), (0.02, 0.6)


class Promise(NamedTuple):
    """What orders say of charges, per movement row: is it told, how much is due and since when.

    `share` is the part of the charge that is due back (0: nothing is), `day` the day the refund
    was promised (days since 1970; -1 unknown). `partly`: a part has come, and no word how much.
    """

    told: Bools
    share: Floats
    day: Ints
    partly: Bools

    def due(self, rows: Ints) -> Bools:
        """Rows of which an order says that something is due."""
        return self.told[rows] & (self.share[rows] > 0)

    def granted(self, rows: Ints) -> Bools:
        """Rows of which an order says that money comes back, be it told how much or not."""
        return self.due(rows) | self.partly[rows]

    def back(self, rows: Ints) -> Floats:
        """The part of each charge that may come back: what is due where told, else all of it."""
        return np.where(self.due(rows), self.share[rows], 1.0)


def no_promise(count: int) -> Promise:
    """No order says anything."""
    none = np.zeros(count, np.bool_)
    return Promise(none, np.zeros(count), np.full(count, -1), none.copy())


class Before(NamedTuple):
    """Which charges before each movement the statements do not show: those `age` days before it or
    more, and those `since` to `until` days before it (a column for each hole of its account).
    """

    age: Ints
    since: Ints
    until: Ints

    def unseen(self, out: Floats, row: Ints | int) -> Floats:
        """Chance that a refund's charge is not shown, by each movement's row of `still_out`."""
        chance = out[row, self.age]
        for since, until in zip(self.since.T, self.until.T, strict=True):
            chance = chance + (out[row, since] - out[row, until])
        return np.asarray(chance)


def no_holes(accounts: int) -> Ints:
    """The statements of no account leave a hole."""
    return np.zeros((accounts, 0, 2), np.int64)


def _before(day: Ints, first: Ints, holes: Ints) -> Before:
    """The same of movements of these days, by the first day and the holes of each one's account."""
    most = LATEST_DAYS + 1
    ago = [np.clip(day[:, None] - end, 0, most) for end in (holes[:, :, 1], holes[:, :, 0] - 1)]
    return Before(np.clip(day - first, 0, most), *ago)


class Scene(NamedTuple):
    """What all stories of all accounts share.

    Per account: `ratio`, weights over `cards.RATIOS`, `currency`, over the merchant currencies,
    and `delay`, the chance of each day from `EARLIEST_DAYS` on. Per movement: `background`, density
    of its log amount among the account's amounts; `odds` that its charge is refunded; `arrival`,
    rate per day of refunds without a visible charge; `charge_rate`, charges per day; `before`, the
    days on which a charge would not be shown. `names`: their descriptors.
    """

    moves: Movements
    worth: Worth
    ratio: Floats
    currency: Floats
    delay: Floats
    background: Floats
    odds: Floats
    arrival: Floats
    charge_rate: Floats
    before: Before
    promise: Promise
    names: Names


def scene(
    moves: Movements, worth: Worth, ratio: Floats, first_day: Ints, last_day: Ints,
    promise: Promise, holes: Ints,
) -> Scene:  # fmt: skip
    """The shared quantities. `first_day`, `last_day`: what the statements cover, per account;
    `holes`: the first and last days between that no statement covers (accounts, holes, 2).
    """
    account, accounts = moves.account, len(moves.accounts)
    charges = np.bincount(account[~moves.refund], minlength=accounts)
    refunds = np.bincount(account[moves.refund], minlength=accounts)
    lacking = (holes[:, :, 1] - holes[:, :, 0] + 1).sum(axis=1)
    span = np.maximum(last_day - first_day + 1 - lacking, 30).astype(np.float64)
    share = np.clip((refunds + _REFUNDED[0]) / (charges + _REFUNDED[1]), *_SHARE_BOUNDS)
    rate = charges / span
    # A row per account would cost as much as all else where there are many small accounts.
    delay = np.broadcast_to(USUAL, (accounts, len(USUAL)))
    before = _before(moves.day, first_day[account], holes[account])
    unseen = before.unseen(still_out(USUAL[None]), 0)
    odds = (share / (1 - share))[account]
    currency = currency_prior(worth, accounts)
    return Scene(
        moves, worth, ratio, currency, delay, common(moves, worth, ratio, currency),
        odds, _arrival(rate[account], odds, unseen), rate[account], before, promise,
        names(moves),
    )  # fmt: skip


def _arrival(rate: Floats, odds: Floats, unseen: Floats) -> Floats:
    """Refunds per day whose charge is not shown; `unseen`: the share of them where that is so."""
    return np.asarray(np.maximum(rate * odds / (1 + odds) * (unseen + _STRAY), 1e-7))


def timed(s: Scene, charge: Ints, refund: Ints, density: Floats) -> Scene:
    """The scene with the delays and the spellings that the accounts' own refunds tell.

    `density`: of each pair's refund amount, given its charge, per unit of log amount.
    """
    home = s.moves.account[charge]
    days = s.moves.day[refund] - s.moves.day[charge]
    mass = s.odds[charge] * density / (s.arrival[refund] * s.background[refund])
    told = np.exp(naming(s.names, home, charge, refund))
    delay = learn(home, len(s.delay), refund, days, mass * told)
    usual = delay[home, days - EARLIEST_DAYS]
    known = learn_names(s.names, home, charge, refund, mass * usual)
    unseen = s.before.unseen(still_out(delay), s.moves.account)
    return s._replace(
        delay=delay,
        arrival=_arrival(s.charge_rate, s.odds, unseen),
        names=s.names._replace(same=known),
    )


def learned(s: Scene, worth: Worth, ratio: Floats, currency: Floats) -> Scene:
    """The scene with what was learned of cards and currencies."""
    return s._replace(worth=worth, ratio=ratio, currency=currency)


def currency_prior(worth: Worth, accounts: int) -> Floats:
    """Prior weights of the merchant currencies, per account, among those it may be billed in."""
    weight = np.array([_CURRENCY.get(name, _OTHER_CURRENCY) for name in worth.currencies])
    mine = np.where(worth.seen.T, weight, 0.0)
    return np.asarray(mine / mine.sum(axis=1, keepdims=True)).reshape(accounts, len(weight))


def billed(s: Scene, charge: Ints) -> Floats:
    """Chance of each merchant currency for each charge (currencies, charges): what the account is
    mostly billed in, among what the statement leaves possible. A printed currency is certain.
    """
    weight = s.currency[s.moves.account[charge]].T
    weight = np.where(np.isfinite(s.worth.log[:, charge]), weight, 0.0)
    return np.asarray(weight / np.maximum(weight.sum(axis=0), 1e-300))


# A promised refund reaches the card within days, at the latest after the clock's 20 business days;
# the promise may be written down late. Chance per day from `_SENT_FIRST` days after the promise.
_SENT_FIRST, _SENT_LAST = -10, 60


def _sent_density() -> Floats:
    out = np.zeros(_SENT_LAST - _SENT_FIRST + 1)
    for share, low, high in ((0.6, 0, 10), (0.3, 0, 30), (0.1, _SENT_FIRST, _SENT_LAST)):
        out[low - _SENT_FIRST : high - _SENT_FIRST + 1] += share / (high - low + 1)
    return out


_SENT = _sent_density()
# Lists of orders are incomplete and late: refunds come that no order told of, and of what an
# order tells this share comes otherwise (late, in part, to another place).
UNTOLD = 0.05
DIFFERENT = 0.15


# A refund that prints a day long before it was booked prints its purchase's, by this chance (the
# bank may date it so); else any day of two months, like one of a purchase that is not shown.
_PURCHASE_DAY, _ANY_DAY = 0.8, 1 / 60


def dating(moves: Movements, charges: Sequence[Ints], refund: Ints) -> Floats | float:
    """Log weight of the day that a refund of these charges prints, where that is not its own."""
    dated = moves.dated[refund]
    if (dated == UNDATED).all():
        return 0.0
    any_of = np.any([dated == moves.day[charge] for charge in charges], axis=0)
    same = np.where(any_of, _PURCHASE_DAY / _ANY_DAY, 0.0)
    return np.where(dated == UNDATED, 0.0, np.log(same + 1.0 - _PURCHASE_DAY))


def timing(
    s: Scene, charge: Ints, refund: Ints, *, dated: bool = True, also: Sequence[Ints] = ()
) -> Floats:
    """Log chance of the refund's day and descriptor after this charge, against the background's.

    A promise's day counts where `dated`; the first of two parts comes before it is told of both.
    `also` are charges that the same refund gives back: it may print the day of any.
    """
    delay = s.moves.day[refund] - s.moves.day[charge]
    chance = np.log(s.delay[s.moves.account[charge], delay - EARLIEST_DAYS])
    odds = np.log(s.odds[charge])
    granted = s.promise.granted(charge)
    none = s.promise.told[charge] & ~granted
    if granted.any() or none.any():
        odds = np.where(granted, np.log1p(s.odds[charge]), odds + np.where(none, np.log(UNTOLD), 0))
        known = dated & granted & (s.promise.day[charge] >= 0)
        after = s.moves.day[refund] - s.promise.day[charge] - _SENT_FIRST
        near = (after >= 0) & (after < len(_SENT))
        sent = np.where(near, _SENT[np.clip(after, 0, len(_SENT) - 1)], 0.0)
        mixed = (1 - DIFFERENT) * sent + DIFFERENT * np.exp(chance)
        chance = np.where(known, np.log(mixed), chance)
    spelt = naming(s.names, s.moves.account[charge], charge, refund)
    spelt = spelt + dating(s.moves, (charge, *also), refund)
    return np.asarray(chance - np.log(s.arrival[refund]) + odds + spelt)
