"""How common an amount is on its account: shoppers pay the same price again.

A refund that equals a charge says less of it where many charges have that amount: one of months ago
may have had it too.
"""

import numpy as np

from reconcile.cards import RATIOS
from reconcile.linking.candidates import Ints, Movements
from reconcile.linking.stories import numbered
from reconcile.linking.worth import HOME, Floats, Worth

# Two charges have the same amount by chance this often, before the account's own speak: a price tag
# in six is a common one (9.99), of some dozens. Counts as much as this many pairs of charges.
_SAME, _PAIRS = 0.002, 200.0
# Share of refunds that give back a whole price (as `score.FULL`); parts and sums equal none.
_WHOLE = 0.63
# An account's own spread of log amounts is known no better than this.
_LEAST_SPREAD = 0.8
# Logs of amounts are compared to this part of one; each account's have this room.
_FINE, _STEP = 2.0**24, 2**32


def common(moves: Movements, worth: Worth, ratio: Floats, currency: Floats) -> Floats:
    """Density of each movement's log amount among its account's: that of amounts of about this
    size, and for refunds as much more as the account's charges repeat their amounts.

    An amount is drawn anew with some chance, else again one that was drawn before, in proportion to
    how often it was (Pólya's urn). Per account `ratio` has weights over `cards.RATIOS`, `currency`
    over the merchant currencies.
    """
    smooth = _smooth(moves)
    known = np.isfinite(worth.log)
    weight = np.where(known, currency[moves.account].T, 0.0)
    whole = weight.sum(axis=0)
    out = np.where(whole > 0, 0.0, smooth)
    weight /= np.where(whole > 0, whole, 1.0)
    for number, name in enumerate(worth.currencies):
        density = smooth.copy()
        exact = np.flatnonzero(known[number] & worth.exact[number])
        parts = [_printed(moves, worth.units, exact, smooth)]
        if name != HOME:
            loose = np.flatnonzero(known[number] & ~worth.exact[number])
            parts.append(_estimated(moves, worth, number, loose, ratio, smooth))
        for rows, found in parts:
            density[rows] = found
        out += weight[number] * density
    return out


def _smooth(moves: Movements) -> Floats:
    """A wide normal curve around the account's log amounts."""
    account, accounts = moves.account, len(moves.accounts)
    log = np.log(moves.minor.astype(np.float64))
    number = np.maximum(np.bincount(account, minlength=accounts), 1)
    centre = np.bincount(account, log, accounts) / number
    square = np.bincount(account, (log - centre[account]) ** 2, accounts) / number
    spread = np.sqrt(square + _LEAST_SPREAD**2)[account]
    z = (log - centre[account]) / spread
    return np.asarray(np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * spread))


def _printed(moves: Movements, units: Ints, rows: Ints, smooth: Floats) -> tuple[Ints, Floats]:
    """(refunds, their densities) of the `rows`, whose amounts are known to the unit."""
    back = moves.refund[rows]
    charge, refund = rows[~back], rows[back]
    key = numbered((moves.account[rows], moves.billing[rows], units[rows]))
    count = np.bincount(key[~back], minlength=len(rows)).astype(np.float64)
    # Every charge meets the others of its amount.
    others = count[key[~back]] - 1.0
    equal = np.bincount(moves.account[charge], others, len(moves.accounts)).astype(np.float64)
    again: Floats = count[key[back]] * units[refund]
    return refund, _urn(moves, charge, refund, equal, again, smooth)


def _estimated(
    moves: Movements, worth: Worth, number: int, rows: Ints, ratio: Floats, smooth: Floats
) -> tuple[Ints, Floats]:
    """The same of rows whose amounts are estimates: what lies within their errors is equal."""
    back = moves.refund[rows]
    charge, refund = rows[~back], rows[back]
    mean = (ratio * RATIOS).sum(axis=1)
    doubt = np.maximum((ratio * RATIOS**2).sum(axis=1) - mean**2, 0.0)
    log, variance = worth.log[number], worth.variance[number]
    if not len(charge) or not len(refund):
        return refund, smooth[refund]
    place = moves.account * (int(moves.billing.max()) + 1) + moves.billing
    # One number orders accounts, billing currencies and amounts together: a whole one, so that
    # where an account stands among others does not change what is near.
    key = np.sort(place[charge] * _STEP + _whole(log[charge]))

    def near(at: Ints, value: Floats, reach: Floats) -> Floats:
        low = np.searchsorted(key, place[at] * _STEP + _whole(value - reach), "left")
        high = np.searchsorted(key, place[at] * _STEP + _whole(value + reach), "right")
        return np.asarray(high - low, np.float64)

    # A box as wide as two errors together, of the same variance.
    reach = np.sqrt(3.0 * 2.0 * variance[charge])
    home, accounts = moves.account[charge], len(moves.accounts)
    charges = np.bincount(home, minlength=accounts)
    chance = (charges[home] - 1) * smooth[charge] * 2.0 * reach
    found = near(charge, log[charge], reach) - 1.0
    equal = np.maximum(np.bincount(home, found - chance, accounts), 0.0)
    reach = np.sqrt(3.0 * (2.0 * variance[refund] + doubt[moves.account[refund]]))
    value = log[refund] - mean[moves.account[refund]]
    density = near(refund, value, reach) / (2.0 * reach)
    return refund, _urn(moves, charge, refund, equal, density, smooth)


def _whole(log: Floats) -> Ints:
    """Logs as whole numbers, between 0 and `_STEP`."""
    return np.rint((np.clip(log, -60.0, 60.0) + 64.0) * _FINE).astype(np.int64)


def _urn(
    moves: Movements, charge: Ints, refund: Ints, equal: Floats, again: Floats, smooth: Floats
) -> Floats:
    """Densities of refunds: `equal` counts for each charge the others of its amount, per account;
    `again` is how dense the account's charges lie at each refund's amount.
    """
    charges = np.bincount(moves.account[charge], minlength=len(moves.accounts)).astype(np.float64)
    pairs = charges * (charges - 1) / 2
    same = np.minimum((equal / 2 + _SAME * _PAIRS) / (pairs + _PAIRS), 1.0)
    home = moves.account[refund]
    anew = (1 / same - 1)[home]
    priced = (anew * smooth[refund] + again) / (anew + charges[home])
    return np.asarray(_WHOLE * priced + (1 - _WHOLE) * smooth[refund])
