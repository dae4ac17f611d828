"""Links and card model together: what the card adds is learned from its rows and refunds, the
links follow from what the card adds.

Instead of alternating between one best set of links and one best card, the chance of every
possible pair is summed for every possible card factor and merchant currency (`ratio_evidence`);
the card's posterior then weighs the stories once. That is what alternating would converge to, and
it cannot lock in an early wrong link.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.cards import RATIOS, CardModel, Observed, fit
from reconcile.linking import score
from reconcile.linking.candidates import Ints, Movements, movements, pairs
from reconcile.linking.score import Scene, Stories
from reconcile.linking.solve import Solution, solve
from reconcile.linking.worth import HOME, Worth, worths
from reconcile.rates import RateTable

Floats = npt.NDArray[np.float64]

# A story this much less likely than its refund's best one (e^-9) changes no probability shown.
_HOPELESS = 9.0
# Stories below this are beaten by "unrelated" ten thousand times over.
_LEAST = -6.0
# Stories kept per refund; the rest of their chance is lost to "unrelated".
_MOST = 14


@dataclass(frozen=True)
class Links:
    """The outcome: movements, their worth, candidate stories, and which were chosen."""

    moves: Movements
    worth: Worth
    scene: Scene
    stories: Stories
    solution: Solution
    cards: CardModel


@dataclass(frozen=True)
class CardSetup:
    """What is known of the cards before linking, per account of the movements."""

    issuer: list[str | None]
    observed: Observed
    first_day: Ints
    last_day: Ints
    fee: float | None = None
    mode: str | None = None


def link(ledger: pd.DataFrame, rates: RateTable, setup: CardSetup) -> Links:
    """Link the charges and refunds of one merchant's rows; accounts as in `movements(ledger)`."""
    moves = movements(ledger)
    worth = worths(moves, rates)
    charge, refund = pairs(moves)
    days = setup.last_day.astype("datetime64[D]")
    cards = fit(moves.accounts, setup.issuer, days, setup.observed, setup.fee, setup.mode)
    scene = score.scene(moves, worth, cards.ratio_weights(), setup.first_day, setup.last_day)
    evidence, currency = ratio_evidence(scene, charge, refund)
    cards = fit(moves.accounts, setup.issuer, days, setup.observed, setup.fee, setup.mode, evidence)
    scene = replace(scene, ratio=cards.ratio_weights(), currency=currency)
    stories = prune(
        score.merge([
            score.single_stories(scene, charge, refund, _LEAST),
            score.joint_stories(scene, charge, refund, _LEAST),
            score.split_stories(scene, charge, refund, _LEAST),
        ])
    )  # fmt: skip
    return Links(moves, worth, scene, stories, solve(stories), cards)


def ratio_evidence(scene: Scene, charge: Ints, refund: Ints) -> tuple[Floats, Floats]:
    """Log-likelihood of each log ratio (accounts, ratios), and weights of each merchant currency.

    For every refund: the background plus all its candidate charges, each as a full refund under
    the ratio in question. Refunds are taken as independent, which costs little: a charge that two
    refunds could claim is rare among the many that only one can.
    """
    worth, moves = scene.worth, scene.moves
    accounts, names = len(moves.accounts), worth.currencies
    when = np.exp(score.timing(scene, charge, refund)) * score.FULL / scene.background[refund]
    account = moves.account[charge]
    refunds = np.flatnonzero(moves.refund)
    slot = np.full(len(moves.refund), -1)
    slot[refunds] = np.arange(len(refunds))
    home = moves.account[refunds]
    log = np.zeros((len(names), accounts, len(RATIOS)))
    for number, name in enumerate(names):
        offset = worth.log[number, refund] - worth.log[number, charge]
        variance = worth.variance[number, refund] + worth.variance[number, charge]
        exact = worth.exact[number, refund] & worth.exact[number, charge]
        equal = worth.units[charge] == worth.units[refund]
        fixed = np.isfinite(offset) & exact & equal
        sure = np.bincount(
            slot[refund[fixed]], when[fixed] * worth.units[refund[fixed]], minlength=len(refunds)
        )
        loose = np.isfinite(offset) & ~exact & (np.abs(offset) < 0.15)
        for at, ratio in enumerate(RATIOS):
            density = score.bell(offset[loose] - ratio, variance[loose])
            found = np.bincount(slot[refund[loose]], when[loose] * density, minlength=len(refunds))
            gain = np.log1p(found + sure)
            log[number, :, at] = np.bincount(home, gain, minlength=accounts)
        if name == HOME:
            log[number] = log[number].max(axis=1, keepdims=True)
    del account
    weights = scene.ratio[None, :, :]
    joint = log + np.log(np.maximum(scene.currency.T[:, :, None] * weights, 1e-300))
    top = joint.max(axis=(0, 2), keepdims=True)
    mass = np.exp(joint - top)
    share = mass.sum(axis=2)
    share /= share.sum(axis=0)
    kept = (1 - score._MIXED) * share.T + score._MIXED * scene.currency
    # The ratio's own evidence: foreign currencies only, each by how likely the account uses it.
    foreign = [n for n, name in enumerate(names) if name != HOME]
    level = log.max(axis=(0, 2))
    blend = np.einsum("na,nag->ag", share[foreign], np.exp(log[foreign] - level[None, :, None]))
    at_home = share[[n for n, name in enumerate(names) if name == HOME]].sum(axis=0)
    floor = np.exp(log[0].max(axis=1) - level) * at_home if HOME in names else 0.0
    return np.log(np.maximum(blend + np.asarray(floor)[:, None], 1e-300)), kept


def prune(stories: Stories) -> Stories:
    """Without the stories that cannot matter: far below their refund's best, or too far down."""
    if not len(stories.score):
        return stories
    size = int(max(stories.refund.max(), stories.refund2.max())) + 1
    best = np.full(size, -np.inf)
    np.maximum.at(best, stories.refund, stories.score)
    pair = stories.refund2 >= 0
    bar = np.maximum(best[stories.refund], 0.0) - _HOPELESS
    # A split must not be hopeless against what its two refunds can do apart.
    np.maximum.at(best, stories.refund2[pair], -np.inf)
    other = np.where(pair, np.maximum(best[stories.refund2], 0.0), 0.0)
    bar = np.where(pair, bar + other, bar)
    kept = np.flatnonzero(stories.score >= np.maximum(bar, _LEAST))
    stories = score.select(stories, kept)
    order = np.lexsort((stories.charge2, stories.refund2, stories.charge, -stories.score, stories.refund))
    ranked = pd.Series(stories.refund[order]).groupby(stories.refund[order]).cumcount().to_numpy()
    return score.select(stories, np.sort(order[ranked < _MOST]))
