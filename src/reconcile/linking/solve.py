"""The jointly likeliest set of stories, and how sure each of them is.

Stories that share a movement exclude each other. Per connected component every allowed set is
weighed: refunds are taken in order, a state is the set of movements already used that later
stories could still want, and sums over states give the exact probability of each story as well as
the best set. Beyond `MAX_STATES` states at once only the heaviest are followed (a bound on work,
never on time, so that a rerun gives the same bytes); such components are counted in the result.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reconcile.linking.candidates import Ints
from reconcile.linking.score import Stories

MAX_STATES = 3000


@dataclass(frozen=True)
class Solution:
    """Per story: is it in the best set, and its probability; per movement row: P(unrelated)."""

    chosen: npt.NDArray[np.bool_]
    probability: npt.NDArray[np.float64]
    bounded: int


def solve(stories: Stories) -> Solution:
    """Choose among all stories of all accounts; row order does not change the answer."""
    count = len(stories.score)
    chosen, probability = np.zeros(count, np.bool_), np.zeros(count)
    bounded = 0
    for members in components(stories):
        part = _Component(stories, members)
        best, chance = part.run()
        chosen[members[best]] = True
        probability[members] = chance
        bounded += part.bounded
    return Solution(chosen, probability, bounded)


def components(stories: Stories) -> list[Ints]:
    """Story positions of each connected component (stories that share movements)."""
    count = len(stories.score)
    if not count:
        return []
    columns = (stories.charge, stories.charge2, stories.refund, stories.refund2)
    story = np.concatenate([np.flatnonzero(c >= 0) for c in columns])
    item = np.concatenate([c[c >= 0] for c in columns])
    label = np.arange(count)
    while True:
        # Each movement takes the least label of its stories, each story that of its movements.
        least = np.full(int(item.max()) + 1, count)
        np.minimum.at(least, item, label[story])
        new = label.copy()
        np.minimum.at(new, story, least[item])
        if np.array_equal(new, label):
            break
        label = new[new]
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)


class _Component:
    """Forward and backward sums over the refunds of one component."""

    def __init__(self, stories: Stories, members: Ints) -> None:
        columns = [c[members] for c in (stories.charge, stories.charge2, stories.refund, stories.refund2)]
        items = sorted({int(i) for c in columns for i in c if i >= 0})
        bit = {item: 1 << n for n, item in enumerate(items)}
        bit[-1] = 0
        self.use = [
            bit[int(a)] | bit[int(b)] | bit[int(c)] | bit[int(d)] for a, b, c, d in zip(*columns, strict=True)
        ]
        self.score = stories.score[members]
        refunds = sorted({int(i) for c in columns[2:] for i in c if i >= 0})
        first = np.where(columns[3] >= 0, np.minimum(columns[2], columns[3]), columns[2])
        self.steps = [(bit[r], np.flatnonzero(first == r).tolist()) for r in refunds]
        self.bounded = 0

    def run(self) -> tuple[list[int], npt.NDArray[np.float64]]:
        """(stories of the best set, probability of each story)."""
        if len(self.steps) == 1:
            return self._single()
        wanted = self._wanted()
        layers: list[dict[int, float]] = [{0: 0.0}]
        best: list[dict[int, tuple[float, int, int]]] = [{0: (0.0, -1, 0)}]
        moves: list[list[tuple[int, int, int]]] = []
        for number, (refund, choices) in enumerate(self.steps):
            total: dict[int, list[float]] = {}
            top: dict[int, tuple[float, int, int]] = {}
            taken: list[tuple[int, int, int]] = []
            keep = wanted[number + 1]
            for state, weight in layers[-1].items():
                value = best[-1][state][0]
                options = [-1] if state & refund else [-1, *(c for c in choices if not state & self.use[c])]
                for choice in options:
                    gain = 0.0 if choice < 0 else float(self.score[choice])
                    new = (state | (0 if choice < 0 else self.use[choice])) & keep
                    taken.append((state, choice, new))
                    total.setdefault(new, []).append(weight + gain)
                    mine = (value + gain, choice, state)
                    if new not in top or mine > top[new]:
                        top[new] = mine
            layer = {state: _log_sum(values) for state, values in total.items()}
            if len(layer) > MAX_STATES:
                self.bounded = 1
                heaviest = sorted(layer, key=lambda state: (-layer[state], state))[:MAX_STATES]
                layer = {state: layer[state] for state in heaviest}
                taken = [move for move in taken if move[2] in layer]
                top = {state: top[state] for state in heaviest}
            layers.append(layer)
            best.append(top)
            moves.append(taken)
        return self._trace(best), self._chances(layers, moves)

    def _single(self) -> tuple[list[int], npt.NDArray[np.float64]]:
        """One refund: its stories exclude each other, nothing else competes."""
        top = float(max(self.score.max(), 0.0))
        weight = np.exp(self.score - top)
        chance = weight / (weight.sum() + np.exp(-top))
        best = int(np.argmax(self.score))
        return ([best] if self.score[best] > 0 else []), chance

    def _wanted(self) -> list[int]:
        """Before each step (and after the last): the movements that stories still to come may use."""
        wanted, mask = [0], 0
        for refund, choices in reversed(self.steps):
            mask |= refund
            for choice in choices:
                mask |= self.use[choice]
            wanted.append(mask)
        return wanted[::-1]

    @staticmethod
    def _trace(best: list[dict[int, tuple[float, int, int]]]) -> list[int]:
        state = max(best[-1], key=lambda s: (best[-1][s][0], -s))
        out = []
        for layer in reversed(best[1:]):
            _, choice, state = layer[state]
            if choice >= 0:
                out.append(choice)
        return sorted(out)

    def _chances(
        self, layers: list[dict[int, float]], moves: list[list[tuple[int, int, int]]]
    ) -> npt.NDArray[np.float64]:
        back: dict[int, float] = dict.fromkeys(layers[-1], 0.0)
        total = _log_sum(list(layers[-1].values()))
        chance = np.zeros(len(self.score))
        for layer, taken in zip(reversed(layers[:-1]), reversed(moves), strict=True):
            sums: dict[int, list[float]] = {}
            for state, choice, new in taken:
                if new not in back:  # cut off further on by the bound
                    continue
                gain = 0.0 if choice < 0 else float(self.score[choice])
                onward = gain + back[new]
                sums.setdefault(state, []).append(onward)
                if choice >= 0:
                    chance[choice] += np.exp(layer[state] + onward - total)
            back = {state: _log_sum(values) for state, values in sums.items()}
        return np.minimum(chance, 1.0)


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + float(np.log(sum(np.exp(value - top) for value in values)))
