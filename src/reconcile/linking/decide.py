"""Stories that the user has decided: confirmed ones stand, rejected ones never return."""

from collections.abc import Callable, Sequence

import numpy as np

from reconcile.linking.candidates import Movements
from reconcile.linking.stories import Stories, build, merge, select

# Added to a confirmed story's score: no set of other stories can outweigh it.
_CERTAIN = 1000.0
# What was decided of (charge ids, refund ids): `confirm`, `reject` or something else.
Decided = Callable[[list[str], list[str]], str | None]


def decide(stories: Stories, moves: Movements, decided: Decided) -> Stories:
    """The stories without the rejected ones; confirmed ones outweigh all others."""
    ids = moves.frame["id"].tolist()
    keep = np.ones(len(stories.score), np.bool_)
    score = stories.score.copy()
    columns = (stories.charge, stories.charge2, stories.refund, stories.refund2)
    for number, rows in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        charges, refunds = ([ids[i] for i in part if i >= 0] for part in (rows[:2], rows[2:]))
        said = decided(charges, refunds)
        keep[number] = said != "reject"
        score[number] += _CERTAIN if said == "confirm" else 0.0
    changed = Stories(
        *columns, score, stories.kind, stories.currency,
        stories.vague & (score < _CERTAIN / 2),
    )  # fmt: skip
    return select(changed, np.flatnonzero(keep))


def add_named(stories: Stories, moves: Movements, wanted: Sequence[frozenset[str]]) -> Stories:
    """Stories that the user named by their transactions and that were not candidates.

    Up to two charges and two refunds of one account, not two of both; anything else is passed over.
    """
    row = {name: number for number, name in enumerate(moves.frame["id"].tolist())}
    known = {
        frozenset(i for i in rows if i >= 0)
        for rows in zip(
            *(
                c.tolist()
                for c in (stories.charge, stories.charge2, stories.refund, stories.refund2)
            ),
            strict=True,
        )
    }
    parts = [stories]
    for names in wanted:
        rows = frozenset(row[name] for name in names if name in row)
        refunds = sorted(i for i in rows if moves.refund[i])
        charges = sorted(rows - set(refunds))
        small = {(1, 1): "full", (2, 1): "joint", (1, 2): "split"}
        kind = small.get((len(charges), len(refunds)))
        one_account = len({(int(moves.account[i]), int(moves.billing[i])) for i in rows}) == 1
        if kind is None or len(rows) != len(names) or rows in known or not one_account:
            continue
        paid, back = (int(sum(moves.minor[i] for i in part)) for part in (charges, refunds))
        if kind == "full" and back < 0.9 * paid:
            kind = "part"
        second = [part[1] if len(part) > 1 else -1 for part in (charges, refunds)]
        parts.append(
            build(
                np.array(charges[:1]), second[0], np.array(refunds[:1]), second[1],
                np.zeros(1), kind, 0,
            )
        )  # fmt: skip
    return merge(parts)
