"""Which stories are told: the likeliest that do not contradict each other.

They must beat "unrelated" and be more than a guess (`worth_telling`). That each told story is right
matters more than that the whole set is the single likeliest one, so the choice is by chance.
"""

from typing import NamedTuple

import numpy as np

from reconcile.linking.chances import chances, incidence
from reconcile.linking.stories import Bools, Floats, Stories

# A story whose amounts speak for it is told from one in four on (as with three charges of one price
# that one refund fits equally), one that only its days speak for from a little over one in three.
# Fitted: pair F1 is flat between 0.2 and 0.4 in every kind of tuning world.
LEAST_NAMED, LEAST_VAGUE = 0.25, 0.35


class Solution(NamedTuple):
    """Per story: whether it is chosen and its probability; how many components hit a bound."""

    chosen: Bools
    probability: Floats
    bounded: int


def solve(stories: Stories) -> Solution:
    """Probabilities of all stories of all accounts and the choice among them."""
    probability, bounded = chances(stories)
    chosen = choose(stories, probability, worth_telling(stories, probability))
    return Solution(chosen, probability, bounded)


def worth_telling(stories: Stories, probability: Floats) -> Bools:
    """Stories likelier than that their refund belongs to nothing here, and not mere guesses."""
    if not len(probability):
        return np.zeros(0, np.bool_)
    told = np.zeros(max(int(column.max()) for column in stories.refunds) + 1)
    for column in stories.refunds:
        some = np.flatnonzero(column >= 0)
        np.add.at(told, column[some], probability[some])
    unrelated = 1.0 - told[stories.refund]
    for column in stories.refunds[1:]:
        unrelated = np.where(column >= 0, np.maximum(unrelated, 1.0 - told[column]), unrelated)
    least = np.where(stories.vague, LEAST_VAGUE, LEAST_NAMED)
    # Slack for the last digits, so that equal chances fare alike.
    return (probability > unrelated) & (probability > least - 1e-9)


def choose(stories: Stories, probability: Floats, eligible: Bools) -> Bools:
    """The likeliest of the `eligible` stories that share no movement."""
    table = incidence(stories) if len(probability) else None
    chosen = np.zeros(len(probability), np.bool_)
    if table is None:
        return chosen
    # Rounded, so that equal stories tie whatever the last digit says; then by content.
    order = np.lexsort((
        *stories.later.T, stories.refund3, stories.charge3, stories.refund2, stories.charge2,
        stories.charge, stories.refund, -np.round(probability, 9),
    ))  # fmt: skip
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    open_ = eligible.copy()
    while open_.any():
        live = open_[table.story]
        best = np.full(table.items, len(rank))
        np.minimum.at(best, table.item[live], rank[table.story[live]])
        beaten = np.zeros(len(rank), np.bool_)
        beaten[table.story[live & (best[table.item] < rank[table.story])]] = True
        winners = open_ & ~beaten
        chosen |= winners
        taken = np.zeros(table.items, np.bool_)
        taken[table.item[winners[table.story]]] = True
        hit = np.zeros(len(rank), np.bool_)
        hit[table.story[taken[table.item]]] = True
        open_ &= ~hit
    return chosen
