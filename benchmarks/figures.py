"""What the speed benchmark took, and what follows from it for other numbers of rows."""

import itertools
import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.contenders import OFXPARSE, OFXPARSE_START, TWIN


class Workload(NamedTuple):
    """A generated statement: its kind, its transactions."""

    kind: str
    rows: int


class Extrapolated(NamedTuple):
    """What a program would take for more rows than it was run with, and what tells so: its start,
    its times for the two largest numbers of rows, and the power by which they grow without it.
    """

    far: float
    start: float
    half: float
    whole: float
    power: float


class Taken(NamedTuple):
    """One process: seconds by the clock and on the processor, largest resident set in MB."""

    wall: float
    busy: float
    memory: float


Figures = dict[Workload, dict[str, list[Taken]]]
# ofxparse is run with half as many and as many rows as it reads in bearable time, and extrapolated.
HALF, FAR = 5_000, 50_000


def middle(taken: Sequence[Taken]) -> Taken:
    """The medians of several runs."""
    return Taken(*(median(values) for values in zip(*taken, strict=True)))


def extrapolated(figures: Figures, kind: str, clock: str) -> Extrapolated | None:
    """What ofxparse would take for `FAR` rows, by one of the clocks of `Taken`.

    Its start does not grow, and would make what does grow look slower than it is; so it is left
    out of the power, which is that between the two largest files it reads.
    """
    asked = ((OFXPARSE_START, 1_000), (OFXPARSE, HALF), (OFXPARSE, 2 * HALF))
    taken = [figures.get(Workload(kind, rows), {}).get(name) for name, rows in asked]
    if not all(taken):
        return None
    start, half, whole = (float(getattr(middle(one), clock)) for one in taken if one)
    if not start < half < whole:
        return None
    power = math.log2((whole - start) / (half - start))
    far = start + (whole - start) * (FAR / (2 * HALF)) ** power
    return Extrapolated(far, start, half, whole, power)


def method(figures: Figures) -> list[str]:
    """How what was extrapolated was."""
    out = []
    for kind in ("ofx1", "ofx2"):
        found = extrapolated(figures, kind, "wall")
        if found is not None:
            out.append(
                f"{OFXPARSE} on {kind} is extrapolated: it took {found.half:.2f} s for {HALF:,} "
                f"rows and {found.whole:.2f} s for {2 * HALF:,}, of which {found.start:.2f} s are "
                f"its start. The rest grows as rows to the power of {found.power:.2f}, which makes "
                f"{found.far:.0f} s for {FAR:,} rows.\n"
            )
    return out


def growth(figures: Figures) -> list[str]:
    """Rows of a table: by which power of the rows each contender's seconds grow."""
    out = []
    for kind in dict.fromkeys(work.kind for work in figures):
        sizes = sorted(work.rows for work in figures if work.kind == kind)
        for small, large in itertools.pairwise(sizes):
            one, two = figures[Workload(kind, small)], figures[Workload(kind, large)]
            for name in one:
                if name != TWIN and one[name] and two.get(name):
                    larger = middle(two[name]).wall / middle(one[name]).wall
                    power = math.log(larger) / math.log(large / small)
                    out.append(f"| {name} | {kind}, {small:,} to {large:,} | {power:.2f} |")
    return out
