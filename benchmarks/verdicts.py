"""How right `missing` and `short` are on worlds with orders: `python -m benchmarks.verdicts`.

The truth of a story follows from its life alone: money is overdue when the order promised it, the
refund clock ended before the statements do, and less came than was due.
"""

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from benchmarks import movements, stories
from benchmarks.worlds import REPORTING, TUNING, Made, World, make
from reconcile import clock, intake, pipeline
from reconcile import orders as order_lists
from reconcile.settings import Settings

OVERDUE = ("missing", "short")
# A rounding of the order list, not money that is due.
_LEAST_SHARE = 0.005
KIND = "no FX column, orders"


@dataclass(frozen=True)
class Score:
    """Counts over stories: said and true per verdict, and refunds still in time called missing."""

    said: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    due_right: int = 0  # said overdue, and overdue it is, one way or the other
    early: int = 0
    wrong: tuple[tuple[str, str], ...] = ()  # (said, true)

    def __add__(self, other: "Score") -> "Score":
        """Both together."""
        return Score(
            self.said + other.said, self.true + other.true, self.right + other.right,
            self.due_right + other.due_right, self.early + other.early, self.wrong + other.wrong,
        )  # fmt: skip

    def precision(self, names: Iterable[str] = OVERDUE) -> float:
        """Share of the verdicts said that are true."""
        names = tuple(names)
        return _share(sum(self.right[n] for n in names), sum(self.said[n] for n in names))

    def recall(self, names: Iterable[str] = OVERDUE) -> float:
        """Share of the true verdicts that were said."""
        names = tuple(names)
        return _share(sum(self.right[n] for n in names), sum(self.true[n] for n in names))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


@dataclass(frozen=True)
class Fact:
    """What is true of one story: verdict, ids of its printed charges and of its orders."""

    verdict: str  # missing | short | waiting | settled
    charges: frozenset[str]
    orders: frozenset[str]


def facts(made: Made) -> list[Fact]:
    """The truth of every story with something due, drawn anew from the world's own seed.

    What was promised before the statements begin is `settled`: nobody could tell.
    """
    world = made.world
    rng = np.random.default_rng(world.seed)
    cards = stories.cards(world, rng)
    tales = stories.tales(world, cards, rng)
    rows = movements.rows(world, cards, tales, rng)
    orders = movements.orders(world, tales, rows, rng)
    _, rows = movements.ledger(world, cards, rows)
    _, last = movements.period(world)
    shown = rows[rows["printed"]]
    spans = shown.groupby("card")["day"].agg(["min", "max"])
    every = max(spans["min"]), min(spans["max"])
    own = rows[rows["own"]]
    charges = (
        own[own["printed"] & (own["place"] < movements.CHARGES)]
        .groupby("tale")["id"]
        .agg(frozenset)
    )
    # What came before the statements came too.
    back = (
        -own[(own["place"] >= movements.CHARGES) & (own["day"] <= last)]
        .groupby("tale")["original"]
        .sum()
    )
    home = clock.country(world.currency)
    holidays = frozenset() if home is None else frozenset((home,))
    out = []
    for tale, part in orders[orders["due"] > 0].groupby("tale"):
        due, came = int(part["due"].sum()), int(back.get(tale, 0))
        since = int(part["refund_date"].max().to_datetime64().astype("datetime64[D]").astype(int))
        ids = charges.get(tale, frozenset())
        # Without its charge nobody knows the card of an order: then all must reach far enough.
        first, end = every
        if ids:
            first, end = spans.loc[tales["card"].iloc[tale]]
        verdict = "settled"
        if since >= first and due - came > _LEAST_SHARE * due:
            verdict = "waiting"
            day = dt.date.fromisoformat(str(np.datetime64(since, "D")))
            if np.datetime64(clock.end("refund", day, holidays)).astype(int) <= end:
                verdict = "short" if came else "missing"
        out.append(Fact(verdict, ids, frozenset(part["order_id"])))
    return out


def score(made: Made) -> Score:
    """What the program says of one world, against its truth; cases are told by their orders."""
    _, last = movements.period(made.world)
    as_of = dt.date.fromisoformat(str(np.datetime64(last, "D"))) + dt.timedelta(days=1)
    wanted = order_lists.normalise(made.orders) if made.orders is not None else order_lists.none()
    settings = Settings(as_of=as_of)
    book = intake.recognise(made.ledger.copy())
    cases = pipeline.Held(book, [], intake.rate_source(settings), settings, wanted).tables().cases
    true = facts(made)
    by_order = {order: fact for fact in true for order in fact.orders}
    by_charge = {charge: fact for fact in true for charge in fact.charges}
    said, right, early, due_right = Counter[str](), Counter[str](), 0, 0
    wrong: list[tuple[str, str]] = []
    seen: set[int] = set()
    told: dict[int, str] = {}
    for verdict, charges, orders in zip(
        cases["verdict"], cases["charges"], cases["orders"], strict=True
    ):
        found = [by_charge[c] for c in charges if c in by_charge]
        found += [by_order[o] for o in orders if o in by_order]
        fact = found[0] if found else Fact("settled", frozenset(), frozenset())
        one = all(other is fact for other in found) and frozenset(charges) <= fact.charges
        told[id(fact)] = verdict
        if verdict not in OVERDUE:
            continue
        said[verdict] += 1
        early += fact.verdict == "waiting"
        due_right += fact.verdict in OVERDUE
        if one and fact.verdict == verdict and id(fact) not in seen:
            right[verdict] += 1
            seen.add(id(fact))
        else:
            wrong.append((verdict, fact.verdict))
    for fact in true:
        if fact.verdict in OVERDUE and id(fact) not in seen:
            wrong.append((told.get(id(fact), "no case"), fact.verdict))
    count = Counter(fact.verdict for fact in true if fact.verdict in OVERDUE)
    return Score(said, count, right, due_right, early, tuple(wrong))


def report(worlds: Iterable[World]) -> Score:
    """Score of all worlds together."""
    total = Score()
    for world in worlds:
        total += score(make(world))
    return total


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdicts", description=__doc__)
    parser.add_argument("--family", choices=("tuning", "reporting"), default="reporting")
    parser.add_argument("--wrong", action="store_true", help="list every wrong verdict")
    given = parser.parse_args(arguments)
    family = {"tuning": TUNING, "reporting": REPORTING}[given.family]
    total = report(family[KIND])
    print("| verdict | true | said | right | precision | recall |")
    print("|---|---|---|---|---|---|")
    for name, group in (("missing", ("missing",)), ("short", ("short",)), ("both", OVERDUE)):
        counts = [sum(part[n] for n in group) for part in (total.true, total.said, total.right)]
        shares = [total.precision(group), total.recall(group)]
        cells = [name, *map(str, counts), *(f"{share:.3f}" for share in shares)]
        print("| " + " | ".join(cells) + " |")
    total_said, total_true = sum(total.said.values()), sum(total.true.values())
    print(
        f"\nOverdue, whichever of the two: precision {total.due_right / total_said:.3f},", end=" "
    )
    print(f"recall {total.due_right / total_true:.3f}.")
    print(f"\nRefunds still in time called overdue: {total.early}.")
    if given.wrong:
        for (said, fact), count in Counter(total.wrong).most_common():
            print(f"said {said}, true {fact}: {count}")


if __name__ == "__main__":
    main()
