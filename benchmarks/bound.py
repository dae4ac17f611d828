"""What can be had: F1 of this program when a world tells it what no reader of statements knows.

`python -m benchmarks.bound` gives the linker each world's own shares of story kinds, fractions,
days of refunds and density of older charges in place of its constants. Most of what is missed then
are partial refunds of an odd fraction, which fit any dearer purchase of their weeks.
"""

import argparse
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import measure, ours, stories
from benchmarks.worlds import REPORTING, ROBUST, TUNING, Made, World, make
from reconcile.linking import delays, evidence, partners, pieces, scene, score
from reconcile.linking.candidates import EARLIEST_DAYS

Family = Mapping[str, tuple[World, ...]]
_FAMILIES: dict[str, Family] = {"tuning": TUNING, "robust": ROBUST, "reporting": REPORTING}
# Refunds drawn for the distribution of days; the share left for days that none of them took.
_DRAWN, _ELSE = 400_000, 0.0005
# A share that a world does not have at all.
_NONE = 1e-4
# Shares of charges that come back in an odd fraction, for `by_share`.
_SHARES = (0.0, 0.01, 0.02, 0.04)
# Refunds that belong to nothing: none but those of older charges, for rounding's sake not zero.
_STRAY = 0.002


def days(world: World) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Chance of each day from `EARLIEST_DAYS` on that a refund of this world is booked."""
    rng = np.random.default_rng(world.seed)
    charge = np.datetime64(world.start, "D").astype(np.int64) + rng.integers(0, 364, _DRAWN)
    taken = stories._refund_day(rng, world, charge) - charge
    if world.posted:
        low, high = world.conversion_days
        taken = taken + rng.integers(low, high + 1, _DRAWN)
    else:
        taken = np.where(rng.random(_DRAWN) < world.backdated, 0, taken)
    count = np.bincount(taken - EARLIEST_DAYS, minlength=delays._DAYS)
    return np.asarray((1 - _ELSE) * count / _DRAWN + _ELSE / delays._DAYS)


@contextlib.contextmanager
def told(world: World) -> Iterator[None]:
    """The linker with this world's own figures as its constants."""
    part = world.partial_round + world.partial_odd
    kinds = {
        "FULL": world.full, "PARTIAL": part, "SPLIT": world.split, "JOINT": world.joint,
        "SPLIT3": world.split3, "JOINT3": world.joint3,
    }  # fmt: skip
    whole = sum(kinds.values())
    share = {name: max(value / whole, _NONE) for name, value in kinds.items()}
    fractions = np.array(stories._ROUND_SHARES)
    even = float(np.clip(world.partial_round / max(part, _NONE), 0.001, 0.999))
    usual = days(world)

    def arrival(rate: scene.Floats, odds: scene.Floats, out: scene.Floats) -> scene.Floats:
        late = out * world.orphans + _STRAY
        return np.asarray(np.maximum(rate * odds / (1 + odds) * late, 1e-7))

    shapes = {
        **share,
        "_FRACTIONS": dict.fromkeys(fractions.tolist(), 1.0),
        "_LOG_FRACTION": np.log(fractions),
        "_FRACTION_SHARE": np.full(len(fractions), 1 / len(fractions)),
        "ROUND_SHARE": even,
        "PERCENT_SHARE": 1.0 - even if world.odd_part == "percent" else 0.0,
        "_WHOLE_SHARE": 0.999 if world.odd_part == "amount" else 0.0,
        "SMALLEST_PART": world.odd_range[0],
        "LARGEST_PART": world.odd_range[1],
    }
    figures: dict[Any, dict[str, Any]] = {
        # Whoever imports one of them has it under its own name.
        module: {name: value for name, value in shapes.items() if name in vars(module)}
        for module in (score, partners, pieces, evidence)
    }
    figures |= {
        delays: {"SHAPES": usual[None, :], "_PRIOR": np.ones(1), "USUAL": usual},
        scene: {"USUAL": usual, "_SHARE_BOUNDS": (whole, whole), "_arrival": arrival},
    }
    with contextlib.ExitStack() as stack:
        for module, values in figures.items():
            stack.enter_context(mock.patch.multiple(module, **values))
        yield


def tally(made: Made) -> measure.Tally:
    """What the linker finds in a world that it was told everything of."""
    with told(made.world):
        cases = ours.linker(made.ledger, made.orders)
    return measure.links(cases, made.truth, made.aliexpress)


def table(family: Family) -> list[str]:
    """F1 of the linker as it is and told everything, by kind of world, as Markdown."""
    out = ["| world | F1 | F1, told all | pairs missed | of these odd fractions |"]
    out.append("| --- | --- | --- | --- | --- |")
    for kind, worlds in family.items():
        made = [make(world) for world in worlds]
        plain = _found(made)
        best = reduce(add, map(tally, made))
        odd = [name for name in best.kind_pairs if name.startswith(measure.UNKNOWABLE)]
        lost = sum(best.kind_pairs[name] - best.kind_found[name] for name in odd)
        missed = best.pairs_true - best.pairs_right
        out.append(f"| {kind} | {plain.f1:.3f} | {best.f1:.3f} | {missed} | {lost} |")
    return out


def _found(made: Iterable[Made]) -> measure.Tally:
    return reduce(
        add,
        (
            measure.links(ours.linker(one.ledger, one.orders), one.truth, one.aliexpress)
            for one in made
        ),
    )


def by_share(family: Family) -> list[str]:
    """F1 of the linker where more or fewer charges come back in an odd fraction, and where those
    fractions are whole percents, as Markdown.
    """
    heads = [f"{share:.0%}" for share in _SHARES]
    out = [f"| world | {' | '.join(heads)} | {heads[-1]}, whole percents |"]
    out.append("| --- " * (len(heads) + 2) + "|")
    settings = [{"partial_odd": share} for share in _SHARES]
    every: list[dict[str, Any]] = [*settings, {**settings[-1], "odd_part": "percent"}]
    for kind, worlds in family.items():
        tallies = (_found(make(replace(world, **given)) for world in worlds) for given in every)
        out.append(f"| {kind} | {' | '.join(f'{one.f1:.3f}' for one in tallies)} |")
    return out


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bound", description=__doc__)
    parser.add_argument("--family", choices=tuple(_FAMILIES), default="tuning")
    parser.add_argument("--kind", action="append", help="only this kind of world; may be repeated")
    given = parser.parse_args(arguments)
    family = _FAMILIES[given.family]
    chosen = {kind: family[kind] for kind in family if not given.kind or kind in given.kind}
    print("\n".join([*table(chosen), "", *by_share(chosen)]))


if __name__ == "__main__":
    main()
