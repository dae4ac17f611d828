"""Readings beside the chosen stories: which they are, and whether it matters which one is right."""

from collections.abc import Container, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.advice import REVIEW_BELOW
from reconcile.case_rows import Scene
from reconcile.equal_orders import Equals
from reconcile.explain import Split
from reconcile.linking.candidates import Ints
from reconcile.linking.fit import Links, alternatives, unrelated
from reconcile.linking.scene import Floats
from reconcile.linking.worth import HOME
from reconcile.readings import Readings

# Another story: rows of its charges (none: they are not here) and refunds, and its probability.
Other = tuple[list[int], list[int], float]

# Other readings told of a case.
_TOLD = 3
# That a refund belongs to nothing here is told as a reading from this chance on.
_APART = 0.1
# Where a refund may be taken back, less likely readings are not told.
_LEAST = 0.01
# So sure it must be that equal refunds belong to equal charges, in whatever order.
_AMONG = 0.95
# What the causes of a charge or refund in a foreign currency depend on, beside its amount.
_DATED = ["transaction_date", "posted_date", "conversion_date", "conversion_rate"]


def others(scene: Scene) -> list[list[Other]]:
    """The likeliest other readings of each chosen story's refunds.

    Where it is not sure enough to be told, also those of its charges with other refunds, and that
    its refunds belong to nothing here. One pair may be read in several ways; that it is a pair is
    the same reading.
    """
    links, at = scene.links, scene.split.story
    found = alternatives(links, at)
    doubtful = np.flatnonzero(np.round(scene.read.total, 3) < REVIEW_BELOW)
    by_charge = alternatives(links, at[doubtful], "charges")
    alone = unrelated(links, at[doubtful]).tolist()
    own = [(links.stories.charges_at(n), links.stories.refunds_at(n)) for n in at.tolist()]
    found = [
        [other for other in every if other[:2] != mine]
        for every, mine in zip(found, own, strict=True)
    ]
    told = {}
    for n, more, chance in zip(doubtful.tolist(), by_charge, alone, strict=True):
        more = [one for one in more if one not in found[n] and one[:2] != own[n]]
        # Where a charge is another refund's, its own is left alone: that is one reading.
        chance -= sum(one[2] for one in more)
        every = found[n] + more
        if chance >= _APART or not every:
            every.append(([], links.stories.refunds_at(int(at[n])), max(chance, 0.0)))
        told[n] = sorted(every, key=lambda one: -round(one[2], 9))[:_TOLD]
    out = [told.get(n, every) for n, every in enumerate(found)]
    if not links.stands:
        return out
    stands = _standing(links)
    shaken = [[(c, r, p * float(stands[r].prod())) for c, r, p in every] for every in out]
    return [[one for one in every if one[2] >= _LEAST] for every in shaken]


def _standing(links: Links) -> Floats:
    """How likely it is, of each movement, that no other row takes it back."""
    ids = links.moves.frame["id"].tolist()
    return np.array([links.stands.get(one, 1.0) for one in ids], np.float64)


def shaken(links: Links, split: Split, read: Readings) -> Readings:
    """The readings, those less sure whose refunds may be what another row takes back."""
    if not links.stands:
        return read
    at, stands = split.story, _standing(links)
    chance = np.ones(len(at))
    for column in links.stories.refunds:
        rows = column[at]
        chance *= np.where(rows >= 0, stands[rows], 1.0)
    return read._replace(total=read.total * chance)


def indifferent(scene: Scene, told: Container[int], equals: Mapping[int, Equals]) -> list[str]:
    """Of each chosen story whether it matters that others are as likely: '' where it does.

    'either_way': equal charges and as many equal refunds; whichever belongs to which, each charge
    is back, and for the same causes. 'either_twin': of equal charges of one day some are back, and
    no order `told` of any, so that nobody could tell one from the other. 'either_equal': the same
    of charges in the card's own currency on several days, each of which these refunds give back.
    'either_order': of all these charges orders tell the same (`equals`).
    """
    links, split = scene.links, scene.split
    stories, chance, at = links.stories, links.solution.probability, split.story
    out = np.full(len(at), "", dtype=object)
    whole = (split.causes["missing"] == 0) & (split.causes["kept"] == 0)
    place = np.flatnonzero(stories.single[at] & whole)
    if not (np.round(scene.read.total[place], 3) < REVIEW_BELOW).any():
        return out.tolist()
    charge, refund = stories.charge[at[place]], stories.refund[at[place]]
    home = split.home[place]
    sides = _like(scene, charge, home), _like(scene, refund, home)
    group = _numbers(sides[0].add_prefix("charge_").join(sides[1].add_prefix("refund_")))
    count = int(group.max()) + 1
    of_charge, of_refund = (np.full(len(links.moves.refund), -1) for _ in range(2))
    of_charge[charge], of_refund[refund] = group, group
    whole_ = stories.single & (stories.kind == "full") & (chance >= _LEAST)
    open_ = whole_ & (of_refund[stories.refund] >= 0)
    at_home = np.zeros(len(of_charge), np.bool_)
    at_home[charge[home]] = True
    at_home[stories.charge[open_ & (stories.currency == links.worth.currencies.index(HOME))]] = True
    wanted = stories.charge[open_], of_refund[stories.refund[open_]]
    beside = _beside(scene, charge, group, *wanted, np.zeros(len(at_home), np.bool_))
    equal = _beside(scene, charge, group, *wanted, at_home)
    for row, number in (beside | equal).items():
        of_charge[row] = number
    among = open_ & (of_charge[stories.charge] == of_refund[stories.refund])
    inside = np.bincount(stories.refund[among], chance[among], len(links.moves.refund))
    least = np.ones(count)
    np.minimum.at(least, group, inside[refund])
    sure = least >= _AMONG
    twin, other = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    twin[list(beside.values())] = True
    other[[number for row, number in equal.items() if row not in beside]] = True
    # What orders tell of the charges of each group; of most charges there are none.
    heard: list[set[int | None]] = [set() for _ in range(count)]
    for row in np.flatnonzero(of_charge >= 0).tolist():
        of_row = id(equals[row]) if row in equals else row
        heard[of_charge[row]].add(of_row if row in told else None)
    unheard = np.array([one == {None} for one in heard], np.bool_)
    same = np.array([len(one) == 1 for one in heard], np.bool_) & ~unheard
    several = np.bincount(group) > 1
    out[place[(sure & several & ~twin & ~other)[group]]] = "either_way"
    out[place[(sure & twin & unheard)[group]]] = "either_twin"
    # An equal refund that is linked to none of them is one more.
    minor = links.moves.minor
    left = whole_ & (of_refund[stories.refund] < 0) & (of_charge[stories.charge] >= 0)
    left &= minor[stories.charge] == minor[stories.refund]
    other &= ~np.isin(np.arange(count), of_charge[stories.charge[left]])
    out[place[(sure & other & unheard)[group]]] = "either_equal"
    out[place[(sure & (twin | other) & same)[group]]] = "either_order"
    return out.tolist()


def _beside(
    scene: Scene, chosen: Ints, group: Ints, charge: Ints, wanted: Ints,
    home: npt.NDArray[np.bool_],
) -> dict[int, int]:  # fmt: skip
    """Charges of no chosen story that are in all as those of a group are, but for the days of
    rows that are `home`.

    Each `charge` could be given back by a refund of the group `wanted`.
    """
    stories, at = scene.links.stories, scene.split.story
    taken = np.unique(np.concatenate([column[at] for column in stories.charges]))
    free = ~np.isin(charge, taken)
    rows = np.unique(np.concatenate([chosen, charge]))
    kind = _numbers(_like(scene, rows, home[rows]))
    count = int(group.max()) + 1
    first, last = np.full(count, len(rows)), np.full(count, -1)
    np.minimum.at(first, group, kind[np.searchsorted(rows, chosen)])
    np.maximum.at(last, group, kind[np.searchsorted(rows, chosen)])
    same = (first == last)[wanted] & (kind[np.searchsorted(rows, charge)] == first[wanted])
    fits = np.flatnonzero(free & same)
    return dict(zip(charge[fits].tolist(), wanted[fits].tolist(), strict=True))


def _numbers(table: pd.DataFrame) -> Ints:
    """One number for all equal rows."""
    return np.asarray(table.groupby(list(table.columns), dropna=False).ngroup(), np.int64)


def _like(scene: Scene, rows: Ints, home: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """What movements must have in common to be worth the same; in the card's own currency that
    does not depend on days.
    """
    moves = scene.links.moves
    seen = moves.frame.iloc[rows]
    out = pd.DataFrame({
        "account": moves.account[rows], "billing": moves.billing[rows],
        "minor": moves.minor[rows], "home": home,
        # What is not booked yet is not back yet.
        "status": seen["status"].astype("str").to_numpy(),
        "fee": [scene.attached.amount.get(scene.id[row], 0) for row in rows.tolist()],
        "original": seen["original_amount"].to_numpy(),
        "code": seen["original_currency"].to_numpy(),
    })  # fmt: skip
    for name in _DATED:
        out[name] = seen[name].reset_index(drop=True).mask(pd.Series(home))
    return out
