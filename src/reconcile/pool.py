"""What the cards of one issuer tell about each other: a prior pooled over very many cards.

One step of what statisticians call empirical Bayes: every card's posterior from its own printed
rates is added up per issuer, network and table fee, and the sum takes the place of the prior. The
sums are whole numbers, so that it does not matter in which order, or on which machine, they are
made; and they are frozen before any card is fitted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reconcile.cards import FEES, MODES, CardModel
from reconcile.errors import SettingsError
from reconcile.markups import Terms
from reconcile.text import masked

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Unit of the fixed-point sums: a card counts as so much, dealt out over (mode, fee).
_UNIT = 1_000_000
# The prior counts as so many cards; fewer cards than `LEAST` of an issuer are not pooled, since
# each would be told too much of what it told itself.
_PRIOR_CARDS, LEAST = 20, 30
_SIZE = len(MODES) * len(FEES)
# Cards added up at a time.
_BLOCK = 64


def key(terms: Terms, table_fee: float) -> str | None:
    """The pool of a card: its issuer, network and fee by the table; None where it has none.

    What the user says of a card stands, whatever other cards say.
    """
    if terms.issuer is None or terms.fee is not None or terms.mode is not None:
        return None
    fee = "?" if np.isnan(table_fee) else f"{table_fee:.6f}"
    return f"{terms.issuer} {terms.network or '?'} {fee}"


@dataclass(frozen=True)
class Pool:
    """Sums per key: the number of cards, and what they say of (mode, fee) in millionths."""

    cards: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Ints] = field(default_factory=dict)

    def __call__(self, terms: Terms, table_fee: float, prior: Floats) -> Floats:
        """The pooled prior over (mode, fee); `prior` itself where too few cards speak."""
        name = key(terms, table_fee)
        count = self.cards.get(name or "", 0)
        if name is None or count < LEAST:
            return prior
        seen = self.sums[name].reshape(prior.shape) / _UNIT
        both = _PRIOR_CARDS * prior + seen
        return np.asarray(both / both.sum())

    def __add__(self, other: "Pool") -> "Pool":
        """Both together."""
        cards, sums = dict(self.cards), dict(self.sums)
        for name, count in other.cards.items():
            cards[name] = cards.get(name, 0) + count
            sums[name] = sums.get(name, np.zeros(_SIZE, np.int64)) + other.sums[name]
        return Pool(cards, sums)


def count(model: CardModel) -> Pool:
    """What the cards of a model, fitted to their printed rates alone, say."""
    seen = model.observed
    if seen is None:
        return Pool()
    speaks = (seen.charge_precision > 0) | (seen.refund_precision > 0)
    names = [key(one, fee) for one, fee in zip(model.terms, model.table_fee.tolist(), strict=True)]
    rows: dict[str, list[int]] = {}
    for at in np.flatnonzero(speaks).tolist():
        name = names[at]
        if name is not None:
            rows.setdefault(name, []).append(at)
    sums = {name: _sum(model.posterior, at) for name, at in rows.items()}
    return Pool({name: len(at) for name, at in rows.items()}, sums)


def _sum(posterior: Floats, at: list[int]) -> Ints:
    """What these cards say together, some at a time, so that no copy of all is made."""
    out = np.zeros(posterior.shape[1:])
    for first in range(0, len(at), _BLOCK):
        # Whole numbers, which floats hold exactly far beyond what all cards of the world give.
        out += np.rint(posterior[at[first : first + _BLOCK]] * _UNIT).sum(axis=0)
    return out.astype(np.int64).reshape(_SIZE)


def dumps(pool: Pool) -> str:
    """A pool as JSON text: the same sums give the same bytes."""
    data = {
        name: {
            "cards": pool.cards[name],
            "sums": {str(at): int(pool.sums[name][at]) for at in np.flatnonzero(pool.sums[name])},
        }
        for name in sorted(pool.cards)
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> Pool:
    """The pool that an engine wrote; `SettingsError` when the file is no such thing."""
    try:
        return _loaded(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SettingsError("pool", file=masked(str(path)), detail=str(error)) from None


def _loaded(data: Mapping[str, Mapping[str, object]]) -> Pool:
    out = Pool()
    for name, entry in data.items():
        sums = np.zeros(_SIZE, np.int64)
        told = entry["sums"]
        if not isinstance(told, dict):
            raise TypeError(name)
        for at, value in told.items():
            sums[int(at)] = int(value)
        out.cards[name], out.sums[name] = int(str(entry["cards"])), sums
    return out
