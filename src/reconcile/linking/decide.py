"""Stories that the user has decided: confirmed ones stand, rejected ones never return."""

from collections.abc import Callable, Sequence

import numpy as np

from reconcile.linking.candidates import Movements
from reconcile.linking.scene import Scene
from reconcile.linking.score import ratio_density
from reconcile.linking.stories import Stories, build, merge, select

# A refund below this share of its charge is a part, where neither prints the merchant's amount.
_WHOLE = 0.9
# Added to a confirmed story's score: no set of other stories can outweigh it.
_CERTAIN = 1000.0
# Kinds by how many charges and refunds are named.
_KINDS = {(1, 1): "full", (2, 1): "joint", (3, 1): "joint", (1, 2): "split", (1, 3): "split"}
# What was decided of (charge ids, refund ids): `confirm`, `reject` or something else.
Decided = Callable[[list[str], list[str]], str | None]


def decide(stories: Stories, moves: Movements, decided: Decided) -> Stories:
    """The stories without the rejected ones; confirmed ones outweigh all others."""
    ids = moves.frame["id"].tolist()
    keep = np.ones(len(stories.score), np.bool_)
    score = stories.score.copy()
    for number in range(len(score)):
        charges = [ids[i] for i in stories.charges_at(number)]
        refunds = [ids[i] for i in stories.refunds_at(number)]
        said = decided(charges, refunds)
        keep[number] = said != "reject"
        score[number] += _CERTAIN if said == "confirm" else 0.0
    changed = stories._replace(score=score, vague=stories.vague & (score < _CERTAIN / 2))
    return select(changed, np.flatnonzero(keep))


def add_named(stories: Stories, s: Scene, wanted: Sequence[frozenset[str]]) -> Stories:
    """Stories that the user named by their transactions and that were not candidates.

    Up to three charges with one refund of one account, or the reverse; anything else is passed
    over. Each is read in the merchant currency that its account and amounts make likeliest.
    """
    moves = s.moves
    row = {name: number for number, name in enumerate(moves.frame["id"].tolist())}
    known = {
        frozenset((*stories.charges_at(number), *stories.refunds_at(number)))
        for number in range(len(stories.score))
    }
    parts = [stories]
    for names in wanted:
        rows = frozenset(row[name] for name in names if name in row)
        refunds = sorted(i for i in rows if moves.refund[i])
        charges = sorted(rows - set(refunds))
        kind = _KINDS.get((len(charges), len(refunds)))
        one_account = len({(int(moves.account[i]), int(moves.billing[i])) for i in rows}) == 1
        if kind is None or len(rows) != len(names) or rows in known or not one_account:
            continue
        number, part = _read(s, charges, refunds)
        if kind == "full" and part:
            kind = "part"
        parts.append(build(charges, refunds, np.zeros(1), kind, number))
    return merge(parts)


def _read(s: Scene, charges: list[int], refunds: list[int]) -> tuple[int, bool]:
    """The likeliest merchant currency of a story, and whether less came back than was paid."""
    worth, account, rows = s.worth, s.moves.account[charges[:1]], charges + refunds
    possible = np.isfinite(worth.log[:, rows]).all(axis=1)
    paid, back = (np.exp(worth.log[:, part]).sum(axis=1) for part in (charges, refunds))
    exact = np.asarray(worth.exact[:, rows].all(axis=1))
    offset = np.log(np.where(possible, back, 1.0)) - np.log(np.where(possible, paid, 1.0))
    variance = np.nan_to_num(worth.variance[:, rows].sum(axis=1)) + 1e-9
    fits = ratio_density(offset, variance, s.ratio, np.repeat(account, len(offset)))
    # Equal to the unit: as dense as there are units.
    fits = np.where(exact, np.where(np.abs(back - paid) < 0.5, paid, 0.0), fits)
    weight = np.where(possible, s.currency[account[0]], 0.0)
    whole = weight * np.nan_to_num(fits)
    number = int(np.argmax(whole if whole.max() > 0 else weight))
    if exact[number]:
        return number, bool(back[number] < paid[number] - 0.5)
    return number, bool(offset[number] < np.log(_WHOLE))
