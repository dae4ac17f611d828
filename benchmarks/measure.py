"""How good predicted cases are against the truth: pairs, exact sets, confidence, causes.

A case is a row with `charges` and `refunds` (lists of ids) and `confidence`; the cause columns
of `reconcile.tables.CASE_COLUMNS` are used where present. Counts are kept as integers and add up
over worlds; shares are taken at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

CAUSES = ("fx_drift", "fee", "missing", "kept", "unexplained")
SURE = 0.9
# Partial refunds of any fraction: nothing but their days tells their charge.
UNKNOWABLE = "partial_odd"
# Where the bins of said confidence begin: tenths, and the last of them in three, since most cases
# are there.
EDGES = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 0.999])
BINS = len(EDGES)


def _zeros() -> npt.NDArray[np.float64]:
    return np.zeros(BINS)


@dataclass(frozen=True)
class Tally:
    """Counts of one or several worlds, to be added.

    Pairs are all (charge, refund) combinations inside a story. Cases count where they name both
    a charge and a refund; `owed_*` count the stories without a refund so far.
    """

    pairs_true: int = 0
    pairs_said: int = 0
    pairs_right: int = 0
    stories: int = 0  # true ones with a charge and a refund
    cases: int = 0
    exact: int = 0
    sure: int = 0  # cases said at SURE or more
    sure_exact: int = 0
    strangers: int = 0  # cases that hold a row of another merchant
    owed_true: int = 0
    owed_said: int = 0
    owed_right: int = 0
    kind_pairs: Counter[str] = field(default_factory=Counter)
    kind_found: Counter[str] = field(default_factory=Counter)
    bin_cases: npt.NDArray[np.float64] = field(default_factory=_zeros)
    bin_said: npt.NDArray[np.float64] = field(default_factory=_zeros)  # sum of confidences
    bin_exact: npt.NDArray[np.float64] = field(default_factory=_zeros)

    def __add__(self, other: Tally) -> Tally:
        """Both together; a kind that only one of them knows is kept."""
        return Tally(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in self.__dataclass_fields__
            }
        )

    @property
    def precision(self) -> float:
        """Share of said pairs that are true."""
        return _share(self.pairs_right, self.pairs_said)

    @property
    def recall(self) -> float:
        """Share of true pairs that were said."""
        return _share(self.pairs_right, self.pairs_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.pairs_right, self.pairs_said + self.pairs_true)

    @property
    def f1_knowable(self) -> float:
        """F1 without the pairs that truly are partial refunds of an odd fraction.

        What is wrongly said of such refunds still counts as wrong.
        """
        true, right = (
            sum(count[kind] for kind in count if kind.startswith(UNKNOWABLE))
            for count in (self.kind_pairs, self.kind_found)
        )
        whole = self.pairs_said - right + self.pairs_true - true
        return _share(2 * (self.pairs_right - right), whole)

    @property
    def exact_when_sure(self) -> float:
        """Of the cases said at 0.9 or more, the share that is exactly right."""
        return _share(self.sure_exact, self.sure)

    @property
    def coverage(self) -> float:
        """Of all cases, the share said at 0.9 or more."""
        return _share(self.sure, self.cases)

    @property
    def reached(self) -> float:
        """Of the true stories, the share told exactly and at 0.9 or more."""
        return _share(self.sure_exact, self.stories)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean |said - true| over the bins, weighted by cases."""
        return _share(float(np.abs(self.bin_said - self.bin_exact).sum()), self.cases)

    @property
    def recall_by_kind(self) -> dict[str, float]:
        """Share of true pairs said, by kind of story."""
        return {
            kind: _share(self.kind_found[kind], self.kind_pairs[kind])
            for kind in sorted(self.kind_pairs)
        }

    def reliability(self) -> pd.DataFrame:
        """Per bin of said confidence: cases, mean said, share exactly right (bins in use only)."""
        used = self.bin_cases > 0
        count = self.bin_cases[used]
        return pd.DataFrame(
            {
                "from": EDGES[used],
                "to": np.append(EDGES[1:], 1.0)[used],
                "cases": count.astype(np.int64),
                "said": self.bin_said[used] / count,
                "true": self.bin_exact[used] / count,
            }
        )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def cases_from_pairs(pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Pairs as cases of one charge and one refund, said with certainty (peers say no less)."""
    listed = list(pairs)
    return pd.DataFrame(
        {
            "charges": [[charge] for charge, _ in listed],
            "refunds": [[refund] for _, refund in listed],
            "confidence": np.ones(len(listed)),
        }
    )


def links(cases: pd.DataFrame, truth: pd.DataFrame, own: Iterable[str] | None = None) -> Tally:
    """Tally the cases of one world; `own` are the ids that are AliExpress's (for `strangers`)."""
    true_pairs: dict[tuple[str, str], str] = {}
    kinds: Counter[str] = Counter()
    told = zip(truth["kind"], truth["charges"], truth["refunds"], strict=True)
    for kind, charges, refunds in told:
        pairs = [(charge, refund) for charge in charges for refund in refunds]
        true_pairs.update(dict.fromkeys(pairs, kind))
        kinds[kind] += len(pairs)
    sets = _keys(truth)
    true_sets = {key for key in sets if all(key)}
    owed = {key for key in sets if key[0] and not key[1]}
    keys = _keys(cases)
    both = np.array([bool(key[0] and key[1]) for key in keys], np.bool_)
    exact = np.array([key in true_sets for key in keys], np.bool_)[both]
    said = cases["confidence"].to_numpy(np.float64)[both]
    pairs_said = {(c, r) for charges, refunds in keys for c in charges for r in refunds}
    right = pairs_said & true_pairs.keys()
    # Rounded first: a said 0.1 + 0.2 is a little more than 0.3, others are a little less.
    place = np.searchsorted(np.round(EDGES, 9), np.round(said, 9), side="right") - 1
    waiting = {key for key in keys if key[0] and not key[1]}
    known = None if own is None else frozenset(own)
    return Tally(
        pairs_true=len(true_pairs),
        pairs_said=len(pairs_said),
        pairs_right=len(right),
        stories=len(true_sets),
        cases=int(both.sum()),
        exact=int(exact.sum()),
        sure=int((said >= SURE).sum()),
        sure_exact=int((exact & (said >= SURE)).sum()),
        strangers=0 if known is None else sum(not (a | b) <= known for a, b in keys),
        owed_true=len(owed),
        owed_said=len(waiting),
        owed_right=len(owed & waiting),
        kind_pairs=+kinds,
        kind_found=Counter(true_pairs[pair] for pair in right),
        bin_cases=np.bincount(place, minlength=BINS).astype(np.float64),
        bin_said=np.bincount(place, said, minlength=BINS).astype(np.float64),
        bin_exact=np.bincount(place, exact, minlength=BINS).astype(np.float64),
    )


def _keys(table: pd.DataFrame) -> list[tuple[frozenset[str], frozenset[str]]]:
    lists = zip(table["charges"], table["refunds"], strict=True)
    return [(frozenset(charges), frozenset(refunds)) for charges, refunds in lists]


def causes(cases: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Errors of the causes in exactly linked cases whose true causes are known, one row each.

    Columns: kind, account, charged (minor units), per cause `<cause>_error` (said - true, minor
    units), `<cause>_inside` (is the truth in the 90% interval? null where none was given) and
    `<cause>_width` (of the interval, minor units), `worst` (the largest error as a share of the
    charge) and `identity` (do the five causes sum to charged - refunded?). `unexplained` is
    truly 0.
    """
    known = truth[truth["fee"].notna() & (truth["charged"] > 0)].assign(unexplained=0)
    left = known.assign(key=pd.Series(_keys(known), index=known.index, dtype="object"))
    right = cases.assign(key=pd.Series(_keys(cases), index=cases.index, dtype="object"))
    left = left[left["refunds"].map(len) > 0]
    both = left.merge(right, on="key", suffixes=("_true", ""))
    out = pd.DataFrame(
        {
            "kind": both["kind"],
            "account": both["account_true"] if "account_true" in both else both["account"],
            "charged": both["charged_true"] if "charged_true" in both else both["charged"],
        }
    )
    true_refunded = both["refunded_true"] if "refunded_true" in both else both["refunded"]
    for cause in CAUSES:
        true = both[f"{cause}_true"].astype("Int64")
        out[f"{cause}_error"] = both[cause].astype("Int64") - true
        low, high = both.get(f"{cause}_low"), both.get(f"{cause}_high")
        if low is None or high is None:
            out[f"{cause}_inside"] = pd.Series(pd.NA, index=both.index, dtype="boolean")
            out[f"{cause}_width"] = pd.Series(pd.NA, index=both.index, dtype="Int64")
        else:
            low, high = low.astype("Int64"), high.astype("Int64")
            out[f"{cause}_inside"] = (low <= true) & (true <= high)
            out[f"{cause}_width"] = high - low
    errors = out[[f"{cause}_error" for cause in CAUSES]].abs().max(axis=1)
    out["worst"] = errors.astype("float64") / out["charged"].astype("float64")
    total = both[list(CAUSES)].astype("int64").sum(axis=1)
    out["identity"] = total == (out["charged"] - true_refunded)
    return out
