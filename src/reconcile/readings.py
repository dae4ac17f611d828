"""Charges and refunds that belong together and may yet be read in two ways: all is back, or a part.

Without a printed original, a refund that is a little smaller is a whole one abroad, less rate and
fee, or a part of a purchase at home. That the rows belong together is then surer than either, and
the intervals of the causes hold both.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from reconcile.explain import Floats, Ints, Split
from reconcile.linking.fit import Links
from reconcile.tables import CAUSES

# Half of what a 90% interval leaves out: a reading that is likelier lies inside.
_TAIL = 0.05


class Readings(NamedTuple):
    """Arrays over the stories of a `Split`: `total`, how sure it is that the rows belong together;
    `share`, the part of it that the likeliest other reading has (0: none worth telling), and
    `missing`, what it says did not come back, in minor units.
    """

    total: Floats
    share: Floats
    missing: Ints


def weigh(links: Links, told: Split, again: Callable[[Ints], Split]) -> tuple[Split, Readings]:
    """The split with intervals that hold the other readings, and those; `again` splits stories."""
    chance = links.solution.probability
    key = _sets(links)
    own, inverse = np.unique(key, return_inverse=True)
    by_set = np.full(len(own), -1)
    by_set[inverse[told.story]] = np.arange(len(told.story))
    place = by_set[inverse]
    mine = np.flatnonzero(place >= 0)
    total: Floats = np.bincount(place[mine], chance[mine], len(told.story)).astype(np.float64)
    others = mine[(told.story[place[mine]] != mine) & (chance[mine] > _TAIL * total[place[mine]])]
    # Of each case the likeliest other one.
    others = others[np.lexsort((others, -np.round(chance[others], 9), place[others]))]
    others = np.sort(others[np.diff(place[others], prepend=-1) != 0])
    out = Readings(total, np.zeros(len(total)), np.zeros(len(total), np.int64))
    if not len(others):
        return told, out
    second, at = again(others), place[others]
    out.share[at] = chance[others] / total[at]
    out.missing[at] = second.causes["missing"]
    known = second.known & told.known[at]
    low, high = ({name: value.copy() for name, value in side.items()}
                 for side in (told.low, told.high))  # fmt: skip
    for name in CAUSES:
        low[name][at[known]] = np.minimum(low[name][at], second.low[name])[known]
        high[name][at[known]] = np.maximum(high[name][at], second.high[name])[known]
    return told._replace(low=low, high=high), out


def _sets(links: Links) -> Ints:
    """A number for the charges and refunds of each story, however it is read."""
    stories, rows = links.stories, len(links.moves.refund) + 1
    columns = np.column_stack([*stories.charges, *stories.refunds]) + 1
    single = (columns > 0).sum(axis=1) == 2
    key = stories.charge * rows + stories.refund
    more = np.flatnonzero(~single)
    if len(more):
        _, place = np.unique(columns[more], axis=0, return_inverse=True)
        key[more] = rows * rows + place.reshape(-1)
    return np.asarray(key)
