"""Which stories are told: the likeliest that do not contradict each other.

They must beat "unrelated" and be more than a guess (`worth_telling`). That each told story is right
matters more than that the whole set is the single likeliest one, so the choice is by chance.
"""

from typing import NamedTuple

import numpy as np

from reconcile.linking.candidates import Ints, Movements
from reconcile.linking.chances import chances, incidence
from reconcile.linking.stories import Bools, Floats, Stories, numbered
from reconcile.linking.worth import Worth

# A story whose amounts speak for it is told from nearly one in four on (as with four charges of one
# price that one refund fits equally), one that only its days speak for from a little over one in
# three. Fitted: pair F1 is flat between 0.2 and 0.4 in every kind of tuning world.
LEAST_NAMED, LEAST_VAGUE = 0.24, 0.35
# So sure it must be that equal refunds belong to as many equal charges.
_AMONG = 0.9


class Solution(NamedTuple):
    """Per story: whether it is chosen and its probability; how many components hit a bound."""

    chosen: Bools
    probability: Floats
    bounded: int


def solve(stories: Stories, alike: Ints | None = None) -> Solution:
    """Probabilities of all stories of all accounts and the choice among them; `alike` is as in
    `worth_telling`.
    """
    probability, bounded = chances(stories)
    chosen = choose(stories, probability, worth_telling(stories, probability, alike))
    return Solution(chosen, probability, bounded)


def equal_pairs(stories: Stories, moves: Movements, worth: Worth) -> Ints:
    """A number for all stories of one charge and one refund of the same amount on an account, known
    to the unit; -1 for the others.
    """
    out = np.full(len(stories.score), -1)
    # Beyond the movements stand orders whose charge is in no statement.
    at = np.flatnonzero(stories.single & (stories.charge < len(moves.refund)))
    charge, refund, currency = stories.charge[at], stories.refund[at], stories.currency[at]
    exact = worth.exact[currency, charge] & worth.exact[currency, refund]
    same = exact & (worth.units[charge] == worth.units[refund])
    row = charge[same]
    out[at[same]] = numbered((moves.account[row], currency[same], worth.units[row]))
    return out


def _all_back(stories: Stories, probability: Floats, alike: Ints) -> Bools:
    """Stories of as many equal refunds as equal charges that surely belong together: each charge
    is back, however many ways there are to pair them.
    """
    at = np.flatnonzero(alike >= 0)
    out = np.zeros(len(alike), np.bool_)
    if not len(at):
        return out
    kind, count = alike[at], int(alike.max()) + 1
    charges, refunds = (
        np.bincount(np.unique(np.stack([kind, rows[at]]), axis=1)[0], minlength=count)
        for rows in (stories.charge, stories.refund)
    )
    inside = np.bincount(stories.refund[at], probability[at])[stories.refund[at]]
    least = np.ones(count)
    np.minimum.at(least, kind, inside)
    out[at] = ((charges == refunds) & (charges > 1) & (least >= _AMONG))[kind]
    return out


def worth_telling(stories: Stories, probability: Floats, alike: Ints | None = None) -> Bools:
    """Stories likelier than that their refund belongs to nothing here, and not mere guesses; or of
    equal charges that are all back (`alike`: see `equal_pairs`).
    """
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
    sure = (probability > unrelated) & (probability > least - 1e-9)
    return sure if alike is None else sure | _all_back(stories, probability, alike)


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
