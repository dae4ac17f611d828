"""What refunds say of the card and of the merchant's currency, before any link is settled."""

from dataclasses import dataclass

import numpy as np

from reconcile.cards import RATIOS
from reconcile.linking.candidates import Ints
from reconcile.linking.scene import Floats, Scene, timing
from reconcile.linking.score import FULL, bell
from reconcile.linking.worth import HOME

# An account mostly keeps to one merchant currency; this much stays for the others.
_MIXED = 0.03
# Estimated amounts further apart than a card's factor and the spread can explain are no evidence.
_BELOW, _ABOVE = RATIOS[0] - 0.04, RATIOS[-1] + 0.04
# Refunds of one account that are asked at most, evenly over its days; more would add no digit.
_ENOUGH = 200
# Pairs weighed over all ratios at once: bounds memory (rows × ratios × 8 bytes × a few arrays).
_BLOCK = 20_000


@dataclass(frozen=True)
class Evidence:
    """Per account: log-likelihood of each of `RATIOS`, weights of the currencies, and in total."""

    ratio: Floats
    currency: Floats
    total: Floats


def ratio_evidence(s: Scene, charge: Ints, refund: Ints) -> Evidence:
    """Weigh every card factor and merchant currency by all pairs that could be full refunds.

    For every refund: the background plus all its candidate charges, each as a full refund under
    the ratio in question. Refunds are taken as independent, which costs little: a charge that two
    refunds could claim is rare among the many that only one can. `refund` must be sorted.
    """
    worth, moves, names = s.worth, s.moves, s.worth.currencies
    refunds = _enough(moves.account, np.unique(refund))
    known = np.zeros(len(moves.refund), np.bool_)
    known[refunds] = True
    charge, refund = charge[known[refund]], refund[known[refund]]
    slot = np.full(len(moves.refund), -1)
    slot[refunds] = np.arange(len(refunds))
    # Accounts without a candidate pair have nothing to tell: only the others are weighed.
    active, home = np.unique(moves.account[refunds], return_inverse=True)
    accounts = len(active)
    log = np.zeros((len(names), accounts, len(RATIOS)))
    for number in range(len(names)):
        offset = worth.log[number, refund] - worth.log[number, charge]
        exact = worth.exact[number, refund] & worth.exact[number, charge]
        fixed = np.flatnonzero(exact & (worth.units[charge] == worth.units[refund]))
        weight = _weight(s, charge[fixed], refund[fixed]) * worth.units[refund[fixed]]
        sure = np.bincount(slot[refund[fixed]], weight, len(refunds))
        near = np.flatnonzero(~exact & (offset > _BELOW) & (offset < _ABOVE))
        seen = np.unique(slot[refund[near]])
        rest = np.ones(len(refunds), np.bool_)
        rest[seen] = False
        log[number] += np.bincount(home[rest], np.log1p(sure[rest]), accounts)[:, None]
        for start, stop in _blocks(refund[near]):
            at = near[start:stop]
            variance = worth.variance[number, refund[at]] + worth.variance[number, charge[at]]
            density = bell(offset[at, None] - RATIOS, variance[:, None])
            density *= _weight(s, charge[at], refund[at])[:, None]
            first = np.flatnonzero(np.diff(refund[at], prepend=-1))
            mine = slot[refund[at[first]]]
            found = np.add.reduceat(density, first, axis=0) + sure[mine, None]
            np.add.at(log[number], home[mine], np.log1p(found))
    return _posterior(s, log, active)


def _enough(account: Ints, refunds: Ints) -> Ints:
    """`_ENOUGH` refunds of each account at most; `refunds` stand by account and day."""
    home = account[refunds]
    first = np.searchsorted(home, home)
    count = np.searchsorted(home, home, side="right") - first
    place = (np.arange(len(home)) - first) * _ENOUGH
    # Kept where the share of refunds passed crosses a whole number.
    keep = (count <= _ENOUGH) | (place // count != (place - _ENOUGH) // count)
    return refunds[np.flatnonzero(keep)]


def _weight(s: Scene, charge: Ints, refund: Ints) -> Floats:
    return np.asarray(np.exp(timing(s, charge, refund)) * FULL / s.background[refund])


def _blocks(refund: Ints) -> list[tuple[int, int]]:
    """Slices of about `_BLOCK` pairs that do not part the pairs of one refund."""
    if not len(refund):
        return []
    ends = np.append(np.flatnonzero(np.diff(refund)) + 1, len(refund))
    wanted = np.searchsorted(ends, np.arange(_BLOCK, len(refund) + _BLOCK, _BLOCK))
    cut = np.unique(ends[np.minimum(wanted, len(ends) - 1)])
    return list(zip([0, *cut[:-1].tolist()], cut.tolist(), strict=True))


def _posterior(s: Scene, log: Floats, active: Ints) -> Evidence:
    names = s.worth.currencies
    prior, ratio = s.currency[active], s.ratio[active]
    joint = log + np.log(np.maximum(prior.T[:, :, None] * ratio[None, :, :], 1e-300))
    top = joint.max(axis=(0, 2), keepdims=True)
    mass = np.exp(joint - top).sum(axis=2)
    share = mass / mass.sum(axis=0)
    # The ratio's own evidence: foreign currencies, each by how likely the account uses it. What is
    # billed at home tells nothing of the ratio.
    level = log.max(axis=(0, 2))
    foreign = [n for n, name in enumerate(names) if name != HOME]
    blend = np.einsum("na,nag->ag", share[foreign], np.exp(log[foreign] - level[None, :, None]))
    at_home = names.index(HOME)
    blend += (share[at_home] * np.exp(log[at_home].max(axis=1) - level))[:, None]
    out = Evidence(np.zeros_like(s.ratio), s.currency.copy(), np.zeros(len(s.ratio)))
    out.ratio[active] = np.log(np.maximum(blend, 1e-300))
    out.currency[active] = (1 - _MIXED) * share.T + _MIXED * prior
    out.total[active] = np.log(mass.sum(axis=0)) + top[0, :, 0]
    return out
