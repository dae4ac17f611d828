"""What refunds say of the card and of the merchant's currency, before any link is settled."""

import functools
from typing import NamedTuple

import numpy as np

from reconcile.cards import RATIOS
from reconcile.linking.candidates import Ints
from reconcile.linking.scene import Floats, Scene, timing
from reconcile.linking.score import FULL, bell

# An account mostly keeps to one merchant currency, or uses any: the part of its charges that may be
# billed in any, and how common accounts of that kind are. Fitted.
_HABITS = {0.05: 0.9, 1.0: 0.1}
# Estimated amounts further apart than a card's factor and the spread can explain are no evidence.
_BELOW, _ABOVE = RATIOS[0] - 0.04, RATIOS[-1] + 0.04
# Refunds of one account that are asked at most, evenly over its days; more would add no digit.
_ENOUGH = 200
# Pairs weighed over all ratios at once: bounds memory (rows × ratios × 8 bytes × a few arrays).
_BLOCK = 20_000


class Evidence(NamedTuple):
    """Per account: log-likelihood of each of `RATIOS`, shares of the currencies, and in total."""

    ratio: Floats
    currency: Floats
    total: Floats


def ratio_evidence(s: Scene, charge: Ints, refund: Ints) -> Evidence:
    """Weigh every card factor and every habit of currencies by all pairs that could be full
    refunds.

    For every refund: the background plus all its candidate charges, each as a full refund under
    the ratio in question. Refunds are taken as independent, which costs little: a charge that two
    refunds could claim is rare among the many that only one can. `refund` must be sorted.
    """
    moves = s.moves
    refunds = _enough(moves.account, np.unique(refund))
    known = np.zeros(len(moves.refund), np.bool_)
    known[refunds] = True
    charge, refund = charge[known[refund]], refund[known[refund]]
    # Accounts without a candidate pair have nothing to tell: only the others are weighed.
    active = np.unique(moves.account[refunds])
    chance, share = _habits(s.currency[active])
    log = np.zeros((len(chance), len(active), len(RATIOS)))
    for start, stop in _blocks(refund):
        c, r = charge[start:stop], refund[start:stop]
        first = np.flatnonzero(np.diff(r, prepend=-1))
        found = _found(s, c, r, first)
        home = np.searchsorted(active, moves.account[r[first]])
        for number in range(len(chance)):
            mixed = np.zeros(found.shape[1:])
            for weight, density in zip(share[number].T, found, strict=True):
                mixed += weight[home, None] * density
            np.add.at(log[number], home, np.log1p(mixed))
    joint = log + np.log(np.maximum(chance, 1e-300))[:, :, None]
    out = Evidence(np.zeros_like(s.ratio), s.currency.copy(), np.zeros(len(s.ratio)))
    out.ratio[active] = _log_sum(joint)
    # Weighed in logs: where the ratio is given, all that it does not allow is far below the top.
    joint += np.log(np.maximum(s.ratio[active], 1e-300))
    habit = _log_sum(joint.transpose(2, 0, 1))
    total = _log_sum(habit)
    out.currency[active] = _added(np.exp(habit - total)[:, :, None] * share)
    out.total[active] = total
    return out


def _log_sum(logs: Floats) -> Floats:
    """Log of the sum over the first axis of numbers given as logs."""
    top = logs.max(axis=0)
    return np.asarray(top + np.log(_added(np.exp(logs - top))))


def _added(values: Floats) -> Floats:
    """The sum over the first axis, one by one: numpy's own would round by how many accounts there
    are.
    """
    return functools.reduce(np.add, values)


def _habits(prior: Floats) -> tuple[Floats, Floats]:
    """Chance of each habit per account (habits, accounts), and the shares of the currencies that
    each means (habits, accounts, currencies): mostly one, the rest as anybody's.
    """
    chance, share = [], []
    for mixed, common in _HABITS.items():
        for number in range(prior.shape[1]):
            chance.append(common * prior[:, number])
            share.append(mixed * prior)
            share[-1][:, number] += 1.0 - mixed
    return np.array(chance), np.array(share)


def _found(s: Scene, charge: Ints, refund: Ints, first: Ints) -> Floats:
    """How much likelier than the background each refund is as a full one of any of its charges:
    (currencies, refunds, ratios). `first` is where each refund's pairs begin.
    """
    worth = s.worth
    place = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(refund))))
    weight = np.exp(timing(s, charge, refund)) * FULL / s.background[refund]
    out = np.zeros((len(worth.currencies), len(first), len(RATIOS)))
    for number in range(len(worth.currencies)):
        offset = worth.log[number, refund] - worth.log[number, charge]
        exact = worth.exact[number, refund] & worth.exact[number, charge]
        fixed = np.flatnonzero(exact & (worth.units[charge] == worth.units[refund]))
        sure = weight[fixed] * worth.units[refund[fixed]]
        out[number] += np.bincount(place[fixed], sure, len(first))[:, None]
        near = np.flatnonzero(~exact & (offset > _BELOW) & (offset < _ABOVE))
        if not len(near):
            continue
        c, r = charge[near], refund[near]
        variance = worth.variance[number, r] + worth.variance[number, c]
        density = bell(offset[near, None] - RATIOS, variance[:, None]) * weight[near, None]
        start = np.flatnonzero(np.diff(place[near], prepend=-1))
        out[number, place[near[start]]] += np.add.reduceat(density, start, axis=0)
    return out


def _enough(account: Ints, refunds: Ints) -> Ints:
    """`_ENOUGH` refunds of each account at most; `refunds` stand by account and day."""
    home = account[refunds]
    first = np.searchsorted(home, home)
    count = np.searchsorted(home, home, side="right") - first
    place = (np.arange(len(home)) - first) * _ENOUGH
    # Kept where the share of refunds passed crosses a whole number.
    keep = (count <= _ENOUGH) | (place // count != (place - _ENOUGH) // count)
    return refunds[np.flatnonzero(keep)]


def _blocks(refund: Ints) -> list[tuple[int, int]]:
    """Slices of about `_BLOCK` pairs that do not part the pairs of one refund."""
    if not len(refund):
        return []
    ends = np.append(np.flatnonzero(np.diff(refund)) + 1, len(refund))
    wanted = np.searchsorted(ends, np.arange(_BLOCK, len(refund) + _BLOCK, _BLOCK))
    cut = np.unique(ends[np.minimum(wanted, len(ends) - 1)])
    return list(zip([0, *cut[:-1].tolist()], cut.tolist(), strict=True))
