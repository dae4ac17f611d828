"""Print what the tuning worlds say of the linker's prior constants, beside the constants.

`python -m benchmarks.fit_priors`. Shares are set by hand near these figures and wide of any one
world (`reconcile.linking.score`, `.scene`, `.partners`, `.solve`): a public record that would give
them does not exist. Reporting worlds are never read here.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from benchmarks.worlds import TUNING, Made, make
from reconcile.linking import delays as delays_of
from reconcile.linking import partners, score
from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS

# One life in several prints: the plainest of them is enough.
_KIND = "original amount"


def main() -> None:
    """Fit and print."""
    made = [make(world) for world in TUNING[_KIND]]
    kinds: Counter[str] = Counter()
    for one in made:
        kinds.update(one.truth["kind"])
    shares(kinds)
    delays(made)
    together(made)


def shares(kinds: Counter[str]) -> None:
    """Story kinds among the complete stories, and round ones among the partial refunds."""
    part = kinds["partial_round"] + kinds["partial_odd"]
    found = {
        "FULL": kinds["full"],
        "PARTIAL": part,
        "SPLIT": kinds["split"],
        "JOINT": kinds["joint"],
    }
    total = sum(found.values())
    for name, count in found.items():
        _line(name, count / total, getattr(score, name))
    _line("ROUND_SHARE", kinds["partial_round"] / part, score.ROUND_SHARE)


def delays(made: list[Made]) -> None:
    """How likely the days of full refunds are under each shape of request, per refund."""
    days = []
    for one in made:
        when = one.ledger.set_index("id")
        full = one.truth[one.truth["kind"] == "full"]
        charge = when.loc[[row[0] for row in full["charges"]], "transaction_date"].to_numpy()
        back = when.loc[[row[0] for row in full["refunds"]]]
        landed = back["posted_date"].fillna(back["transaction_date"]).to_numpy()
        days.append((landed - charge) / np.timedelta64(1, "D"))
    delay = np.concatenate(days).astype(np.int64)
    inside = delay[(delay >= EARLIEST_DAYS) & (delay <= LATEST_DAYS)] - EARLIEST_DAYS
    for mean, weight in delays_of._REQUESTS.items():
        density = delays_of.delay_density(mean, (4, 28))
        name = "uniform" if mean is None else f"exponential {mean:.0f}"
        fit = float(np.log(density[inside]).mean())
        print(f"request, {name:<15} log chance per refund {fit:6.3f}   weight {weight:4.2f}")


def together(made: list[Made]) -> None:
    """Share of joint refunds whose charges lie within two weeks, and their mean distance."""
    gaps = []
    for one in made:
        when = one.ledger.set_index("id")["transaction_date"]
        for charges in one.truth.loc[one.truth["kind"] == "joint", "charges"]:
            gaps.append(abs(when[charges[0]] - when[charges[1]]) / pd.Timedelta(days=1))
    gap = np.array(gaps)
    _line("_TOGETHER", float((gap < 14).mean()), partners._TOGETHER)
    _line("_TOGETHER_MEAN", float(gap[gap < 14].mean()), partners._TOGETHER_MEAN)


def _line(name: str, fitted: float, used: float) -> None:
    print(f"{name:<16}tuning worlds {fitted:6.3f}   used {used:6.3f}")


if __name__ == "__main__":
    main()
