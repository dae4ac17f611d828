"""Links and card model together: what the card adds is learned from its rows and refunds, the
links follow from what the card adds.

Instead of alternating between one best set of links and one best card, the chance of every
possible pair is summed for every possible card factor and merchant currency (`evidence`); the
card's posterior then weighs the stories once. That is what alternating would converge to, and it
cannot lock in an early wrong link.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from reconcile.cards import RATIOS, CardModel, Pool, fit
from reconcile.linking import assign
from reconcile.linking.candidates import Ints, Movements, pairs, ranges
from reconcile.linking.decide import Decided, add_named, decide
from reconcile.linking.evidence import Evidence, ratio_evidence
from reconcile.linking.others import other_merchants
from reconcile.linking.partners import partner_stories
from reconcile.linking.pieces import piece_stories
from reconcile.linking.recurring import common
from reconcile.linking.scene import (
    Bools,
    Floats,
    Scene,
    learned,
    no_holes,
    no_promise,
    scene,
    timed,
)
from reconcile.linking.score import amount_density, pair_densities, single_stories
from reconcile.linking.solve import Solution, equal_pairs, solve
from reconcile.linking.stories import Stories, merge, select
from reconcile.linking.taken import Undone
from reconcile.linking.worth import HOME, Printing, Worth, as_latest, worths
from reconcile.markups import Observed, Terms, moved, same_day
from reconcile.rates import RateTable
from reconcile.text import Message

# A story this much less likely than its refund's best one (e^-10) changes no probability shown.
_HOPELESS = 10.0
# Stories below this are beaten by "unrelated" thousands of times over.
_LEAST = -8.0
# Alternatives less likely than this are not worth a reader's time.
_SHOWN = 0.01
# Alternatives told of a story.
_OTHERS = 3
# Stories kept per refund; the rest of their chance is lost to "unrelated".
_MOST = 40


@dataclass(frozen=True)
class Links:
    """The outcome: movements, their worth, candidate stories, and which were chosen."""

    moves: Movements
    worth: Worth
    scene: Scene
    stories: Stories
    solution: Solution
    cards: CardModel
    # position in the order list -> rows of the charges it paid
    orders: dict[int, list[int]] = field(default_factory=dict)
    # the same -> how sure that is; for the others, that their charge is not here
    assigned: dict[int, float] = field(default_factory=dict)
    # id of money in that is no candidate -> why
    aside: Mapping[str, Message] = field(default_factory=dict)
    # ids of refunds of which the user rejected a link
    refused: frozenset[str] = frozenset()
    # credits that were taken back, and how likely the others are not the ones that were, by id
    undone: Sequence[Undone] = ()
    stands: Mapping[str, float] = field(default_factory=dict)


class CardSetup(NamedTuple):
    """What is known of the cards before linking, per account of the movements; `holes` as `scene`
    takes them (None: there are none).
    """

    terms: list[Terms]
    observed: Observed
    first_day: Ints
    last_day: Ints
    pool: Pool | None = None
    printing: Printing | None = None
    holes: Ints | None = None


def link(
    moves: Movements,
    rates: RateTable,
    setup: CardSetup,
    orders: pd.DataFrame | None = None,
    others: pd.DataFrame | None = None,
    decided: Decided | None = None,
    named: Sequence[frozenset[str]] = (),
) -> Links:
    """Link the charges and refunds of one merchant's rows.

    `orders` has the columns of `reconcile.order_rows.COLUMNS`; `others` are ledger rows of other
    merchants on the same cards, whose refunds teach the cards' factors. Row order changes nothing.
    """
    charge, refund = pairs(moves)
    days = setup.last_day.astype("datetime64[D]")

    def card(ratio: Floats | None = None, charged: Floats | None = None) -> CardModel:
        return fit(
            moves.accounts, setup.terms, days, setup.observed, ratio, charged, setup.pool, bare
        )

    told = same_day([one.network for one in setup.terms])
    mixed = np.where(np.isnan(told), 0.5, told)
    bare: CardModel | None = None
    model = bare = card()
    shifts = moved(setup.terms, moves.account, moves.frame, days)

    def valued(same: Floats) -> Worth:
        found = worths(moves, rates, same, paid, setup.printing)
        return as_latest(found, moves, shifts, model.modes(), paid)

    holes = no_holes(len(moves.accounts)) if setup.holes is None else setup.holes

    def staged(ratio: Floats) -> Scene:
        return scene(moves, worth, ratio, setup.first_day, setup.last_day, promise, holes)

    promise, paid, charged = no_promise(len(moves.refund)), None, None
    worth = valued(mixed)
    elsewhere = np.zeros((len(moves.accounts), len(RATIOS)))
    # Of each account by itself: what other accounts of the run print changes nothing for it.
    guessed = np.unique(moves.account[estimated(worth)])
    if others is not None and len(guessed):
        names = [moves.accounts[number] for number in guessed.tolist()]
        elsewhere = other_merchants(
            others[others["account"].isin(names)], moves.accounts, rates, model.ratio_weights(),
            setup.first_day, setup.last_day, holes,
        )  # fmt: skip
        model = card(elsewhere)
    base = staged(model.ratio_weights())
    paid_by: dict[int, list[int]] = {}
    sure: dict[int, float] = {}
    if orders is not None and len(orders):
        charged = assign.fees(base, orders)
        model = card(elsewhere, charged)
        found = assign.assign(base, orders, model.posterior.sum(axis=1))
        paid, promise = found.paid, found.promise
        paid_by, sure = found.by_order()
        worth = valued(mixed)
        base = staged(model.ratio_weights())
    if estimated(worth).any():
        mixed = _fixings(base, valued, told, charge, refund)
        worth = valued(mixed)
        base = learned(base, worth, base.ratio, base.currency)
    evidence = ratio_evidence(base, charge, refund)
    prior, model = model, card(evidence.ratio + elsewhere, charged)
    model.alone = _lone(base, charge, refund) & (setup.observed.count == 0)
    model.alone &= np.array([source is None for source in model.source], np.bool_)
    for taught in (elsewhere, charged):
        if taught is not None:
            model.alone &= (taught == 0).all(axis=1)
    if shifts.any():
        # Now that the mode is better known, so is what an older fee did to refunds.
        worth = valued(mixed)
    base = learned(base, worth, *_apart(base, charge, refund, prior, model, evidence))
    base = base._replace(background=common(moves, worth, base.ratio, base.currency))
    density = pair_densities(base, charge, refund)
    base = timed(base, charge, refund, amount_density(base, charge, density))
    alone = single_stories(base, charge, refund, density, _LEAST)
    more = partner_stories(base, charge, refund, _LEAST)
    stories = prune(merge([alone, more, piece_stories(base, alone, _LEAST)]))
    if decided is not None:
        stories = decide(add_named(stories, base, named), moves, decided)
    return Links(
        moves,
        worth,
        base,
        stories,
        solve(stories, equal_pairs(stories, moves, worth)),
        model,
        paid_by,
        sure,
    )


def _fixings(
    s: Scene, valued: Callable[[Floats], Worth], told: Floats, charge: Ints, refund: Ints
) -> Floats:
    """Chance per account that its network takes the fixing of the day itself: as `told`, else (NaN)
    as the account's own refunds fit either, by what movements are then worth (`valued`).
    """
    before, same = (
        ratio_evidence(learned(s, worth, s.ratio, s.currency), charge, refund).total
        for worth in (valued(np.where(np.isnan(told), day, told)) for day in (0.0, 1.0))
    )
    likelier = 1.0 / (1.0 + np.exp(np.clip(before - same, -50.0, 50.0)))
    return np.where(np.isnan(told), likelier, told)


def _apart(
    s: Scene, charge: Ints, refund: Ints, before: CardModel, after: CardModel, evidence: Evidence
) -> tuple[Floats, Floats]:
    """Ratios and currencies by which stories are weighed: what other refunds taught of the card.

    An account's only refund cannot speak for itself: read as a whole one it makes a card and a
    currency of which it looks like a whole one.
    """
    ratio, currency = after.ratio_weights(), evidence.currency.copy()
    lone = _lone(s, charge, refund)
    ratio[lone] = before.ratio_weights()[lone]
    only = _counted(s, refund) == 1
    currency[only] = s.currency[only]
    return ratio, currency


def _lone(s: Scene, charge: Ints, refund: Ints) -> Bools:
    """Accounts of which at most one refund could teach a ratio: all others that could be a
    charge's are equal to one in the card's own currency, which says nothing of any other.
    """
    home = s.worth.currencies.index(HOME)
    exact = s.worth.exact[home]
    equal = exact[charge] & exact[refund] & (s.worth.units[charge] == s.worth.units[refund])
    even = np.zeros(len(s.moves.refund), np.bool_)
    even[refund[equal]] = True
    return np.asarray((_counted(s, refund) == 1) | (_counted(s, refund[~even[refund]]) == 1))


def _counted(s: Scene, refund: Ints) -> Ints:
    """How many of these refunds each account has."""
    return np.bincount(s.moves.account[np.unique(refund)], minlength=len(s.ratio))


def estimated(worth: Worth) -> Bools:
    """Per movement: whether its worth in a foreign currency rests on reference rates."""
    foreign = [number for number, name in enumerate(worth.currencies) if name != HOME]
    return np.asarray((np.isfinite(worth.log[foreign]) & ~worth.exact[foreign]).any(axis=0))


def prune(stories: Stories) -> Stories:
    """Without the stories that cannot matter: far below their refund's best, or too far down."""
    if not len(stories.score):
        return stories
    best = np.zeros(max(int(column.max()) for column in stories.refunds) + 1)
    # What each refund can do alone: a split's score counts all of its refunds.
    alone = np.flatnonzero(stories.refund2 < 0)
    np.maximum.at(best, stories.refund[alone], stories.score[alone])
    # A split must not be hopeless against what its refunds can do apart.
    bar = best[stories.refund] - _HOPELESS
    for column in stories.refunds[1:]:
        bar += np.where(column >= 0, best[column], 0.0)
    stories = select(stories, np.flatnonzero(stories.score >= np.maximum(bar, _LEAST)))
    keys = (
        *stories.later.T, stories.charge3, stories.refund3, stories.charge2, stories.refund2,
        stories.charge, -stories.score, stories.refund,
    )  # fmt: skip
    order = np.lexsort(keys)
    first = np.searchsorted(stories.refund[order], stories.refund[order])
    return select(stories, np.sort(order[np.arange(len(order)) - first < _MOST]))


def alternatives(
    links: Links, positions: Ints, side: Literal["refunds", "charges"] = "refunds"
) -> list[list[tuple[list[int], list[int], float]]]:
    """Up to three other stories of each story's refunds, or charges: (charge rows, refund rows,
    probability).

    All are found at once, by movement: the work grows with the stories, not with their square.
    """
    s, chance = links.stories, links.solution.probability
    likely = np.flatnonzero(chance >= _SHOWN)
    place, own = _members(getattr(s, side), positions)
    other, shared = _members(getattr(s, side), likely)
    order = np.argsort(shared, kind="stable")
    low = np.searchsorted(shared[order], own, side="left")
    count = np.searchsorted(shared[order], own, side="right") - low
    number, at = np.repeat(place, count), likely[other[order[ranges(low, count)]]]
    # Stories that share two movements meet twice.
    both = np.unique(number * len(chance) + at)
    number, at = np.divmod(both, len(chance)) if len(both) else (both, both)
    different = at != positions[number]
    number, at = number[different], at[different]
    keys = (
        s.charge3[at], s.charge2[at], s.charge[at], s.refund[at], -np.round(chance[at], 9), number,
    )  # fmt: skip
    order = np.lexsort(keys)
    number, at = number[order], at[order]
    rank = np.arange(len(number)) - np.searchsorted(number, number, side="left")
    out: list[list[tuple[list[int], list[int], float]]] = [[] for _ in range(len(positions))]
    for n, story in zip(number[rank < _OTHERS].tolist(), at[rank < _OTHERS].tolist(), strict=True):
        out[n].append((s.charges_at(story), s.refunds_at(story), float(chance[story])))
    return out


def unrelated(links: Links, positions: Ints) -> Floats:
    """Chance that the refunds of each story belong to none of the charges here."""
    chance = links.solution.probability
    told = np.zeros(len(links.moves.refund))
    story, refund = _members(links.stories.refunds, np.arange(len(chance)))
    np.add.at(told, refund, chance[story])
    most = np.zeros(len(positions))
    place, own = _members(links.stories.refunds, positions)
    np.maximum.at(most, place, told[own])
    return np.asarray(np.maximum(1.0 - most, 0.0))


def _members(columns: tuple[Ints, ...], at: Ints) -> tuple[Ints, Ints]:
    """The movements that some columns of the stories `at` hold: place in `at`, and row."""
    rows = np.stack([column[at] for column in columns], axis=1)
    place, column = np.nonzero(rows >= 0)
    return place, rows[place, column]
