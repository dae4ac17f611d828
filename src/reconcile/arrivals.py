"""What came of the orders: the linker's stories and the order list's own, weighed together.

An order whose charge no statement shows stands for that charge: a refund may be its money, whole,
in part, in two parts, or together with another order's. The more of the refunds an order list
accounts for, the less likely is one that belongs to nothing; all stories are then weighed anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from reconcile import order_stories
from reconcile.linking.chances import chances
from reconcile.linking.fit import Links
from reconcile.linking.scene import Floats
from reconcile.linking.solve import Solution, choose, equal_pairs, worth_telling
from reconcile.linking.stories import Bools, Stories, merge, select
from reconcile.order_stories import LEAST
from reconcile.order_view import View, Wanted


class Came(NamedTuple):
    """What came of one order (or one charge): the refund rows of its likeliest story (none: no
    story is likely enough), whether that is all that is due, and that story's chance; the chances
    that nothing came and that too little did. `part` is the likeliest smaller refund: its row, and
    what it is in the order's minor units.
    """

    refunds: tuple[int, ...] = ()
    whole: bool = False
    chance: float = 0.0
    nothing: float = 1.0
    short: float = 0.0
    part: tuple[int, int] | None = None


class Weighed(NamedTuple):
    """The links with all stories weighed anew, and what came of each order by its position."""

    links: Links
    came: dict[int, Came]


def weigh(links: Links, wanted: Sequence[Wanted]) -> Weighed:
    """The linker's stories and those of orders without a charge, as one joint solution."""
    if not any(order.amount > 0 for order in wanted) and not links.scene.promise.partly.any():
        return Weighed(links, {})
    return Weighed(*_solve(View(links, wanted)))


def _solve(view: View) -> tuple[Links, dict[int, Came]]:
    """All stories weighed with the shares of a view: the links, and what came of each order."""
    links, wanted = view.links, view.wanted
    own = links.stories._replace(score=links.stories.score + view.change(links.stories))
    stories = merge([own, *order_stories.lone(view), *order_stories.misdated(view)])
    stories = select(stories, np.flatnonzero(stories.score > LEAST))
    # Which of the linker's stories survived stays known by their place.
    kept = np.flatnonzero(own.score > LEAST)
    probability, _ = chances(stories)
    alike = equal_pairs(stories, links.moves, links.worth)
    chosen = choose(stories, probability, worth_telling(stories, probability, alike))
    solution = Solution(
        np.zeros(len(own.score), np.bool_), np.zeros(len(own.score)), links.solution.bounded
    )
    count = len(links.moves.refund)
    solution.probability[kept] = probability[: len(kept)]
    solution.chosen[kept] = chosen[: len(kept)]
    tally = _Tally(stories, probability, chosen, view.less(stories))
    found = {}
    for at, order in enumerate(wanted):
        if order.amount > 0:
            found[at] = tally.of(order.charges or (count + at,), view, order)
    return replace(links, solution=solution), found


class _Tally:
    """Chances of all stories, by the charges (or orders in their place) that they hold."""

    def __init__(self, stories: Stories, probability: Floats, chosen: Bools, less: Bools) -> None:
        self.stories, self.probability, self.chosen = stories, probability, chosen
        self.less = less
        columns = stories.charges
        story = np.concatenate([np.flatnonzero(c >= 0) for c in columns])
        item = np.concatenate([c[c >= 0] for c in columns])
        order = np.lexsort((story, item))
        self.story, self.item = story[order], item[order]

    def of(self, items: Sequence[int], view: View, order: Wanted) -> Came:
        """What came of an order, by its charges' rows or the number that stands for them."""
        low = np.searchsorted(self.item, items, "left").tolist()
        high = np.searchsorted(self.item, items, "right").tolist()
        at = np.unique(np.concatenate([self.story[a:b] for a, b in zip(low, high, strict=True)]))
        if not len(at):
            return Came()
        chance = self.probability[at]
        some = min(float(chance.sum()), 1.0)
        short = float(chance[self.less[at]].sum())
        best = at[np.lexsort((at, -np.round(chance, 9)))]
        told = [int(n) for n in best if self.chosen[n]]
        parts = [int(n) for n in best if self.less[n]]
        part = None
        if parts:
            row = int(self.stories.refund[parts[0]])
            part = (row, view.units(row, order.currency))
        if not told:
            return Came(nothing=1.0 - some, short=short, part=part)
        one = told[0]
        rows = tuple(int(c[one]) for c in self.stories.refunds if c[one] >= 0)
        return Came(rows, not self.less[one], float(self.probability[one]), 1.0 - some, short, part)
