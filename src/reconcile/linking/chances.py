"""How sure each story is, given all stories that compete with it.

Stories that share a movement exclude each other; the weight of a set of stories is the product of
theirs, and the chance of a story is the share of the weight of all allowed sets that hold it.

Per connected component that chance is exact where it is cheap: where all stories use one movement
they exclude each other (closed form, all components at once); small components are summed over
every allowed set (`exact`). Beyond `MAX_REFUNDS` refunds or `MAX_STATES` open states, sums are
passed along the stories (`propagate`: belief propagation, exact on trees, `ROUNDS` rounds). These
are bounds on work, never on time, so that a rerun gives the same bytes; components beyond them are
counted.
"""

from typing import NamedTuple

import numpy as np

from reconcile.linking import swaps
from reconcile.linking.candidates import Ints
from reconcile.linking.stories import Bools, Floats, Stories, numbered

# Measured on the tuning worlds: up to here summing every set costs about a millisecond per
# component; beyond it propagation changes no figure of accuracy or calibration, while below it
# (12 charges a year) exact sums are better calibrated.
MAX_REFUNDS, MAX_STATES = 8, 200
# Always as many rounds: stopping early would let one account's rows touch another's last digits.
ROUNDS = 40
_DAMPING = 0.35
# No story is weighed as more than e^60: likelihoods carry no such certainty, and sums stay finite.
_CEILING = 60.0


class Incidence(NamedTuple):
    """Which story uses which movement: flat arrays of both; movements are numbered from 0."""

    story: Ints
    item: Ints
    refund: Bools
    items: int


def incidence(stories: Stories) -> Incidence:
    """The movements of each story, as pairs (story, item)."""
    columns = (*stories.charges, *stories.refunds)
    many = len(stories.charges)
    story = np.concatenate([np.flatnonzero(c >= 0) for c in columns])
    row = np.concatenate([c[c >= 0] for c in columns])
    refund = np.concatenate(
        [np.full(int((c >= 0).sum()), n >= many) for n, c in enumerate(columns)]
    )
    used, item = np.unique(row, return_inverse=True)
    return Incidence(story, item.astype(np.int64), refund, len(used))


def chances(stories: Stories) -> tuple[Floats, int]:
    """Probability of each story, and how many components were too large to be summed exactly."""
    count = len(stories.score)
    out = np.zeros(count)
    if not count:
        return out, 0
    table = incidence(stories)
    label = _labels(table, count)
    weight = np.minimum(stories.score, _CEILING)
    refunds = _distinct(label[table.story[table.refund]], table.item[table.refund], count)
    # Stories that all use one and the same movement exclude each other too.
    used = np.bincount(table.item, minlength=table.items)
    members = np.bincount(label, minlength=count)
    owner = np.zeros(table.items, np.int64)
    owner[table.item] = label[table.story]
    star = np.zeros(count, np.bool_)
    star[owner[used == members[owner]]] = True
    single = (refunds[label] == 1) | star[label]
    out[single] = _exclusive(weight[single], label[single], count)
    rest = np.flatnonzero(~single)
    rest = rest[np.argsort(label[rest], kind="stable")]
    large = []
    for members in np.split(rest, np.flatnonzero(np.diff(label[rest])) + 1) if len(rest) else []:
        found = exact(stories, members) if refunds[label[members[0]]] <= MAX_REFUNDS else None
        if found is None:
            large.append(members)
        else:
            out[members] = found
    if large:
        inside = np.concatenate(large)
        part = select_items(table, inside, count)
        found = propagate(part, same_refunds(stories, inside), weight[inside])
        found = swaps.weighed(stories, inside, found, weight[inside])
        out[inside] = _within_one(part, found)
    return out, len(large)


def same_refunds(stories: Stories, inside: Ints) -> Ints:
    """The stories `inside`, numbered by the refunds that they explain."""
    return numbered([column[inside] for column in stories.refunds])


def _within_one(table: Incidence, chance: Floats) -> Floats:
    """Chances of which those of no movement are more than 1 together, as sums passed along loops
    can make them.
    """
    whole = np.bincount(table.item, chance[table.story], table.items)
    factor = np.ones(len(chance))
    np.minimum.at(factor, table.story, 1.0 / np.maximum(whole, 1.0)[table.item])
    return np.asarray(chance * factor)


def select_items(table: Incidence, inside: Ints, count: int) -> Incidence:
    """The part of the table that concerns the stories `inside`, renumbered in that order."""
    place = np.full(count, -1)
    place[inside] = np.arange(len(inside))
    keep = place[table.story] >= 0
    used, item = np.unique(table.item[keep], return_inverse=True)
    return Incidence(place[table.story[keep]], item.astype(np.int64), table.refund[keep], len(used))


def _labels(table: Incidence, count: int) -> Ints:
    """The least story number of each story's component."""
    label = np.arange(count)
    while True:
        # Each movement takes the least label of its stories, each story that of its movements.
        least = np.full(table.items, count)
        np.minimum.at(least, table.item, label[table.story])
        new = label.copy()
        np.minimum.at(new, table.story, least[table.item])
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new


def _distinct(group: Ints, item: Ints, size: int) -> Ints:
    """How many different items each group holds."""
    order = np.lexsort((item, group))
    group, item = group[order], item[order]
    first = np.ones(len(group), np.bool_)
    first[1:] = (np.diff(group) != 0) | (np.diff(item) != 0)
    return np.bincount(group[first], minlength=size).astype(np.int64)


def _exclusive(weight: Floats, label: Ints, size: int) -> Floats:
    """Chances where all stories of a label exclude each other and "unrelated" weighs one."""
    top = np.zeros(size)
    np.maximum.at(top, label, weight)
    share = np.exp(weight - top[label])
    total = np.bincount(label, share, size) + np.exp(-top)
    return np.asarray(share / total[label])


def propagate(table: Incidence, group: Ints, weight: Floats) -> Floats:
    """Chances by belief propagation over movements that at most one story may use.

    Stories of one `group` exclude each other and are weighed as one thing in several forms: between
    two that share two movements, as two charges for the same two refunds, sums would go round in a
    circle and make one of them all but certain, however little speaks for it.
    """
    count, groups = len(weight), int(group.max(initial=-1)) + 1
    # One edge for each movement of a group, whichever of its stories use it.
    owner = group[table.story]
    edge_key, edge = np.unique(owner * table.items + table.item, return_inverse=True)
    home, item = np.divmod(edge_key, table.items)
    edges = len(edge_key)
    # Message of a movement to a group: how free it is of the other groups, as a log.
    free = np.zeros(edges)
    for _ in range(ROUNDS):
        share, none = _shares(table, edge, group, groups, weight, free)
        used = np.bincount(edge, share[table.story], edges)
        total = none + np.bincount(group, share, groups)
        # What is left of the group without the movement: never less than nothing of it at all.
        rest = np.maximum(np.maximum(total[home] - used, none[home]), 1e-15 * total[home])
        with np.errstate(divide="ignore"):
            claim = np.exp(np.minimum(np.log(used) - np.log(rest) - free, 600.0))
        # Summed without the group itself: by difference only where that loses no digits.
        new = -np.log1p(_others(item, claim, table.items))
        free = (1 - _DAMPING) * new + _DAMPING * free
    share, none = _shares(table, edge, group, groups, weight, free)
    total = none + np.bincount(group, share, groups)
    return np.asarray(share / total[group]) if count else np.zeros(0)


def _shares(
    table: Incidence, edge: Ints, group: Ints, groups: int, weight: Floats, free: Floats
) -> tuple[Floats, Floats]:
    """Weight of each story and of none of its group's, as parts of the greatest of these."""
    whole = weight + np.bincount(table.story, free[edge], len(weight))
    top = np.zeros(groups)
    np.maximum.at(top, group, whole)
    return np.asarray(np.exp(whole - top[group])), np.asarray(np.exp(-np.minimum(top, 600.0)))


def _others(item: Ints, claim: Floats, items: int) -> Floats:
    """Sum of the claims on the same movement without each one's own, exact to the last digits."""
    total = np.bincount(item, claim, items)[item].astype(np.float64)
    rest = total - claim
    doubtful = rest < 1e-6 * total
    if doubtful.any():
        # One claim outweighs all others a million times: add up the others alone.
        small = np.bincount(item, np.where(doubtful, 0.0, claim), items)[item]
        rest = np.where(doubtful, small, rest)
    return np.asarray(np.maximum(rest, 0.0))


def exact(stories: Stories, members: Ints) -> Floats | None:
    """Chances by summing every allowed set of one component; None beyond `MAX_STATES`.

    Refunds are taken in order; a state is the set of movements already used that later stories
    could still want, so that sets which differ only in the past are counted together.
    """
    columns = [c[members] for c in (*stories.charges, *stories.refunds)]
    bit = {item: 1 << n for n, item in enumerate(np.unique(np.concatenate(columns)).tolist())}
    bit[-1] = 0
    use = [0] * len(members)
    for column in columns:
        for story, item in enumerate(column.tolist()):
            use[story] |= bit[item]
    score = np.minimum(stories.score[members], _CEILING)
    weight = np.exp(score).tolist()
    back = columns[len(stories.charges) :]
    steps: dict[int, list[int]] = {int(r): [] for c in back for r in np.unique(c[c >= 0])}
    steps = dict(sorted(steps.items()))
    first = back[0]
    for column in back[1:]:
        first = np.where(column >= 0, np.minimum(first, column), first)
    for story, refund in enumerate(first.tolist()):
        steps[refund].append(story)
    wanted = [0]
    for refund, choices in reversed(steps.items()):
        mask = wanted[-1] | bit[refund]
        for choice in choices:
            mask |= use[choice]
        wanted.append(mask)
    wanted.reverse()
    layers: list[dict[int, float]] = [{0: 1.0}]
    for (refund, choices), keep in zip(steps.items(), wanted[1:], strict=True):
        layer: dict[int, float] = {}
        for state, value in layers[-1].items():
            layer[state & keep] = layer.get(state & keep, 0.0) + value
            if state & bit[refund]:
                continue
            for choice in choices:
                if not state & use[choice]:
                    new = (state | use[choice]) & keep
                    layer[new] = layer.get(new, 0.0) + value * weight[choice]
        if len(layer) > MAX_STATES:
            return None
        layers.append(layer)
    total = sum(layers[-1].values())
    chance = [0.0] * len(use)
    ahead = dict.fromkeys(layers[-1], 1.0)
    for layer, (refund, choices), keep in zip(
        reversed(layers[:-1]), reversed(steps.items()), reversed(wanted[1:]), strict=True
    ):
        earlier = {}
        for state, value in layer.items():
            onward = ahead[state & keep]
            if not state & bit[refund]:
                for choice in choices:
                    if not state & use[choice]:
                        gain = weight[choice] * ahead[(state | use[choice]) & keep]
                        onward += gain
                        chance[choice] += value * gain
            earlier[state] = onward
        ahead = earlier
    return np.minimum(np.array(chance) / total, 1.0)
