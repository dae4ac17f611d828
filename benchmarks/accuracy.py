"""Measure a linker beside the peers on the generated worlds: `python -m benchmarks.accuracy`.

Without `--linker module:function` only the peers run. The function takes a ledger and the orders
(or None) and returns cases (`charges`, `refunds`, `confidence`, and causes where it has them).
The report is Markdown, on the standard output or in `--out FILE`; it says the command it came from.
"""

import argparse
import importlib
from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import measure, peers
from benchmarks.worlds import REPORTING, TUNING, Made, World, make

Linker = Callable[[pd.DataFrame, pd.DataFrame | None], pd.DataFrame]
Family = Mapping[str, tuple[World, ...]]
OURS = "reconcile"


def peer_linker(peer: peers.Peer) -> Callable[[Made], pd.DataFrame]:
    """A peer as something that takes a world; it is handed the AliExpress rows."""
    return lambda made: measure.cases_from_pairs(peer(made.own_rows))


def run(
    family: Family, linker: Linker | None
) -> tuple[dict[tuple[str, str], measure.Tally], dict[str, pd.DataFrame], dict[str, measure.Tally]]:
    """Every linker on every world, each world made once.

    Returns tallies by (kind of world, linker), the linker's cause errors by kind of world, and
    its tallies by card currency.
    """
    every: dict[str, Callable[[Made], pd.DataFrame]] = {
        name: peer_linker(peer) for name, peer in peers.available()[0].items()
    }
    tallies: dict[tuple[str, str], list[measure.Tally]] = {}
    by_currency: dict[str, list[measure.Tally]] = {}
    errors: dict[str, list[pd.DataFrame]] = {}
    for kind, worlds in family.items():
        for made in map(make, worlds):
            for name, link in every.items():
                tally = measure.links(link(made), made.truth, made.aliexpress)
                tallies.setdefault((kind, name), []).append(tally)
            if linker is not None:
                cases = linker(made.ledger, made.orders)
                tally = measure.links(cases, made.truth, made.aliexpress)
                tallies.setdefault((kind, OURS), []).append(tally)
                by_currency.setdefault(made.world.currency, []).append(tally)
                if set(measure.CAUSES) <= set(cases.columns):
                    errors.setdefault(kind, []).append(measure.causes(cases, made.truth))
    return (
        {key: reduce(add, parts) for key, parts in tallies.items()},
        {kind: pd.concat(parts, ignore_index=True) for kind, parts in errors.items()},
        {currency: reduce(add, parts) for currency, parts in by_currency.items()},
    )


def report(family: Family, linker: Linker | None) -> str:
    """The Markdown report of `run`."""
    tallies, errors, currencies = run(family, linker)
    names = list(dict.fromkeys(name for _, name in tallies))
    names = [name for name in (OURS, *names) if name in names]
    out = ["## Pairs by kind of world", ""]
    rows = [
        [
            kind,
            name,
            str(t.pairs_true),
            *(_text(v) for v in (t.precision, t.recall, t.f1)),
        ]
        for kind in family
        for name in dict.fromkeys([*names])
        for t in [tallies[kind, name]]
    ]
    out += _table(["world", "linker", "true pairs", "precision", "recall", "F1"], rows)
    for name, reason in peers.available()[1].items():
        out += ["", f"Not measured: {name} ({reason})."]
    out += ["", "## Recall by kind of refund", ""]
    kinds = sorted({kind for tally in tallies.values() for kind in tally.kind_pairs})
    sums = {name: reduce(add, [tallies[kind, name] for kind in family]) for name in names}
    recall = [
        [kind, *(_text(sums[name].recall_by_kind.get(kind, float("nan"))) for name in names)]
        for kind in kinds
    ]
    out += _table(["refund", *names], recall)
    if linker is not None:
        out += _confidence(family, tallies, currencies, sums[OURS])
    if errors:
        out += _causes(errors)
    return "\n".join(out) + "\n"


def _confidence(
    family: Family,
    tallies: Mapping[tuple[str, str], measure.Tally],
    currencies: Mapping[str, measure.Tally],
    whole: measure.Tally,
) -> list[str]:
    head = ["F1", "exact at ≥ 0.9", "cases at ≥ 0.9", "stories told so", "calibration error", "strangers"]
    groups = {**{kind: tallies[kind, OURS] for kind in family}, **currencies}
    rows = [
        [
            group,
            *(
                _text(v)
                for v in (t.f1, t.exact_when_sure, t.coverage, t.reached, t.calibration_error)
            ),
            str(t.strangers),
        ]
        for group, t in groups.items()
    ]
    bins = [
        [f"{row['from']:.1f}–{row['to']:.1f}", f"{row['cases']:.0f}", _text(row["said"]), _text(row["true"])]
        for _, row in whole.reliability().iterrows()
    ]
    out = ["", "## Confidence", "", *_table(["world or currency", *head], rows)]
    return [*out, "", *_table(["said", "cases", "mean said", "exactly right"], bins)]


def _causes(errors: Mapping[str, pd.DataFrame]) -> list[str]:
    rows = []
    for kind, table in errors.items():
        inside = [table[f"{cause}_inside"].astype("float64").mean() for cause in measure.CAUSES]
        worst = table["worst"]
        identity = table["identity"].mean()
        cells = [worst.quantile(0.5), worst.quantile(0.9)]
        rows.append(
            [
                kind,
                str(len(table)),
                *(f"{100 * cell:.2f}%" for cell in cells),
                *(_text(share) for share in inside),
                _text(identity),
            ]
        )
    head = ["world", "cases", "worst p50", "worst p90"]
    head += [f"{cause} in interval" for cause in measure.CAUSES] + ["identity"]
    return ["", "## Causes in exactly linked cases, errors as a share of the charge", "", *_table(head, rows)]


def _text(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, measure, and print or write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--linker", help="module:function taking (ledger, orders)")
    parser.add_argument("--family", choices=("tuning", "reporting"), default="reporting")
    parser.add_argument("--kind", action="append", help="only this kind of world; may be repeated")
    parser.add_argument("--out", type=Path, help="file to write instead of the standard output")
    given = parser.parse_args(arguments)
    family = {"tuning": TUNING, "reporting": REPORTING}[given.family]
    unknown = set(given.kind or ()) - set(family)
    if unknown:
        parser.error(f"no such kind of world: {', '.join(sorted(unknown))}; there are {', '.join(family)}")
    chosen = {kind: worlds for kind, worlds in family.items() if not given.kind or kind in given.kind}
    linker = None
    if given.linker:
        module, _, name = given.linker.partition(":")
        linker = getattr(importlib.import_module(module), name)
    text = report(chosen, linker)
    if given.out:
        given.out.write_text(text, "utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
