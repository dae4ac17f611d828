"""The card model: what a card adds to the exchange rate, and what becomes of it on a refund.

For each card a posterior over (refund mode, fee): the prior from the user or the dated issuer
table, the evidence from every foreign row of every merchant whose original amount is printed, and
from the billed amounts of refunds whose original is not (`ratio`, given by the links).

Refund modes, with the fee f at purchase and φ at refund (what a refund's rate holds):
symmetric φ = f · kept φ = 0 · double φ = -f · none f = φ = 0.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reconcile import issuers
from reconcile.markups import Observed, Terms
from reconcile.rowwise import Table, between

Floats = npt.NDArray[np.float64]

MODES = ("none", "symmetric", "kept", "double")
# Fees seen run from 0 to 3.85% (issuers' texts); the grid leaves room above, in steps of 0.05%.
FEES = np.round(np.arange(0.0, 0.05001, 0.0005), 6)
# All four modes are seen in the world and which one holds is unknown for most issuers.
_MODE_PRIOR = {"symmetric": 0.36, "kept": 0.38, "double": 0.26}
# Cards without any foreign fee are common where the issuer is not known.
_NO_FEE_PRIOR = 0.25
# Chance that an issuer's table does not hold for this card (co-brands, other networks), and where
# its sources differ; the same of a refund mode, which few issuers write down.
_TABLE_WRONG, _UNSURE_WRONG = 0.08, 0.25
_MODE_WRONG = {"V": 0.1, "S": 0.3}
# A table's fee that is less likely than this by the card's own rows is not told any more.
_GIVEN_UP = 0.5
# Networks' mean distance from the ECB: Visa 0.38%, Mastercard 0.31% (USD/JPY); worlds of other
# currencies 0.25 to 0.46%. The mean of one card's network is known no better than this.
NETWORK_MEAN, NETWORK_MEAN_SD = 0.0035, 0.0005
# A fee learned from the card is told when its 90% interval is narrower than this.
LEARNED_WIDTH = 0.008
# A mode is named only when the others have together less than this probability.
NAMED_AT = 0.9
# What the ratio of a refund to its charge can be, as log: from double at 4.5% to a little above 1.
RATIOS = np.round(np.arange(-0.095, 0.0151, 0.001), 6)


def _mode_shape() -> tuple[Floats, Floats]:
    """ln(1+φ) and ln(1+φ) - ln(1+f) for every (mode, fee)."""
    refund = np.log1p(np.array([0.0, 1.0, 0.0, -1.0])[:, None] * FEES)
    return refund, refund - np.log1p(FEES)


REFUND_LOG, RATIO_LOG = _mode_shape()
CHARGE_LOG = np.log1p(FEES)
# What part of the fee stands in a refund's rate, by mode.
ON_REFUND = np.array([0.0, 1.0, 0.0, -1.0])


Pool = Callable[[Terms, float, Floats], Floats]


@dataclass
class CardModel:
    """Posterior of each account over (mode, fee): array (accounts, 4, fees), summing to 1.

    `shift` moves the grid of fees, per account, so that a fee that is known lies on it exactly.
    `alone` marks accounts of which one refund tells all that is known, and that only if it is a
    whole one: neither fee nor mode is told of them.
    """

    accounts: list[str]
    posterior: Floats
    source: list[str | None]
    # Latest table fee per account, from which fees on other days are counted; NaN without a table.
    table_fee: Floats
    terms: list[Terms]
    shift: Floats
    observed: Observed | None = None
    alone: npt.NDArray[np.bool_] | None = None
    index: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.index = {name: number for number, name in enumerate(self.accounts)}

    def fee(self) -> tuple[Floats, Floats, Floats]:
        """Mean fee and the ends of its 90% interval, per account."""
        weight = self.posterior.sum(axis=1)
        values = shifted(self.shift)
        total = np.cumsum(weight, axis=1)
        at = np.arange(len(weight))
        low = values[at, np.argmax(total >= 0.05, axis=1)]
        high = values[at, np.argmax(total >= 0.95 - 1e-12, axis=1)]
        return (weight * values).sum(axis=1), low, high

    def modes(self) -> Floats:
        """Probability of each refund mode, per account (accounts, 4)."""
        return np.asarray(self.posterior.sum(axis=2))

    def mode(self, number: int) -> str:
        """The mode of one account, where the data tell it; else `unknown`."""
        chance = self.posterior[number].sum(axis=1)
        best = int(np.argmax(chance))
        if self.alone is not None and self.alone[number] and self.terms[number].mode is None:
            return "unknown"
        return MODES[best] if chance[best] >= NAMED_AT else "unknown"

    def learned(self) -> npt.NDArray[np.bool_]:
        """The accounts whose own rows tell their fee."""
        _, low, high = self.fee()
        narrow = high - low <= LEARNED_WIDTH
        return np.asarray(narrow if self.alone is None else narrow & ~self.alone)

    def ratio_weights(self) -> Floats:
        """Probability of each log ratio refund/charge on the grid `RATIOS` (accounts, ratios)."""
        flat = self.posterior.reshape(len(self.accounts), len(MODES) * len(FEES))
        return _RATIO_MAP.times(flat)


def nothing() -> CardModel:
    """The model of no card at all."""
    none = np.zeros(0)
    return CardModel([], np.zeros((0, len(MODES), len(FEES))), [], none, [], none)


_RATIO_PLACE = (RATIO_LOG.ravel() - RATIOS[0]) / (RATIOS[1] - RATIOS[0])
_RATIO_MAP = Table(between(_RATIO_PLACE, len(RATIOS), 2))
# For log-likelihoods, by cubics: straight lines would cut off the tops of narrow ones.
_RATIO_CURVE = Table(between(_RATIO_PLACE, len(RATIOS), 4).T)


def shifted(shift: Floats) -> Floats:
    """The grid of fees per account (accounts, fees), moved by `shift`; no fee stays no fee."""
    return np.asarray(np.where(FEES > 0, FEES + shift[:, None], 0.0))


def _nearest(fee: float) -> int:
    """Place of a fee on the grid, never that of no fee."""
    return 1 + int(np.argmin(np.abs(FEES[1:] - fee)))


def prior(
    terms: Terms, day: np.datetime64, pool: Pool | None = None
) -> tuple[Floats, str | None, float, float]:
    """Prior over (mode, fee) of one card, where its fee comes from, the table's fee, and how far a
    fee that is known lies from its place on the grid.
    """
    table = issuers.fees(terms.issuer, np.array([day]), terms.network)[0]
    fee = np.full(len(FEES), (1 - _NO_FEE_PRIOR) / (len(FEES) - 1))
    fee[0] = _NO_FEE_PRIOR
    source, value = None, table if terms.fee is None else terms.fee
    shift, peak = 0.0, np.zeros(len(FEES))
    if np.isfinite(value):
        at = _nearest(value) if value > 0 else 0
        shift, peak[at] = value - FEES[at], 1.0
    if terms.fee is not None:
        fee, source = peak, "given"
    elif np.isfinite(table):
        unsure = issuers.strength(terms.issuer, day.astype(object), terms.network) == "U"
        wrong = _UNSURE_WRONG if unsure else _TABLE_WRONG
        fee, source = (1 - wrong) * peak + wrong * fee, "issuer table"
    fee = fee / fee.sum()
    mode = np.array([0.0, *(_MODE_PRIOR[name] for name in MODES[1:])])
    told = issuers.refund_mode(terms.issuer)
    if terms.mode is not None:
        mode = np.array([float(name == terms.mode) for name in MODES])
    elif told is not None:
        wrong = _MODE_WRONG[told[1]]
        mode = (1 - wrong) * np.array([float(name == told[0]) for name in MODES]) + wrong * mode
    out = mode[:, None] * fee[None, :]
    if terms.mode is None:
        # Without a fee there is nothing to keep or to take twice: all that mass is mode `none`.
        out[:, 0] = 0.0
        out[0, 0] = fee[0]
    elif terms.mode == "none":
        out = np.zeros_like(out)
        out[0, 0] = 1.0
    out /= out.sum()
    out = pool(terms, float(table), out) if pool else out
    return out, source, float(table), float(shift)


def fit(
    accounts: list[str],
    terms: list[Terms],
    last_day: npt.NDArray[np.datetime64],
    observed: Observed,
    ratio: Floats | None = None,
    charged: Floats | None = None,
    pool: Pool | None = None,
    bare: CardModel | None = None,
) -> CardModel:
    """Posterior of every card.

    `ratio` is the log-likelihood over `RATIOS` (accounts, ratios) that refunds give, `charged` that
    over `FEES` (accounts, fees) that charges with a known merchant amount give. `pool` makes of
    terms, table fee and prior the prior that many cards of the issuer gave. `bare` is the same fit
    without ratio and charged, where it was made: cards that neither tells of are taken from it.
    """
    kind, first = _kinds(terms, last_day)
    made = [prior(terms[at], last_day[at], pool) for at in first.tolist()]
    priors = np.array([one[0] for one in made]).reshape(-1, len(MODES), len(FEES))
    sources = [made[at][1] for at in kind.tolist()]
    table, move = (np.array([one[place] for one in made], np.float64) for place in (2, 3))
    seen = (observed.charge_precision > 0) | (observed.refund_precision > 0)
    spoken = np.zeros(len(accounts), np.bool_)
    for told in (ratio, charged):
        if told is not None:
            spoken |= (told != 0).any(axis=1)
    if bare is not None:
        posterior, seen = bare.posterior.copy(), spoken
    else:
        # Cards of which nothing was seen keep their prior; in a million accounts that is most.
        posterior, seen = priors[kind], seen | spoken
    with np.errstate(divide="ignore"):
        log_prior = np.log(priors)
    loads = _loads(move)
    for at in _blocks(np.flatnonzero(seen), observed):
        log = log_prior[kind[at]]
        log += _seen(observed, at, loads, kind[at])
        if ratio is not None:
            log += _RATIO_CURVE.times(ratio[at]).reshape(log.shape)
        if charged is not None:
            log += charged[at, None, :]
        log -= log.max(axis=(1, 2), keepdims=True)
        np.exp(log, out=log)
        log /= log.sum(axis=(1, 2), keepdims=True)
        posterior[at] = log
    source = [sources[at] for at in kind.tolist()] if bare is None else list(bare.source)
    for number in np.flatnonzero(spoken).tolist():
        source[number] = sources[int(kind[number])]
    for number in _contradicted(posterior, source, table[kind], np.flatnonzero(seen)):
        source[number] = None
    return CardModel(accounts, posterior, source, table[kind], terms, move[kind], observed)


def _contradicted(
    posterior: Floats, source: list[str | None], table: Floats, at: npt.NDArray[np.int64]
) -> list[int]:
    """Of the cards `at` those whose own rows make the fee of the issuer's table unlikely."""
    listed = at[np.array([source[n] == "issuer table" for n in at.tolist()], np.bool_)]
    fees, place = np.unique(table[listed], return_inverse=True)
    cell = np.array([_nearest(fee) if fee > 0 else 0 for fee in fees.tolist()], np.int64)
    chance = posterior[listed, :, cell[place]].sum(axis=1)
    return list(listed[chance < _GIVEN_UP].tolist())


def _kinds(
    terms: list[Terms], last_day: npt.NDArray[np.datetime64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cards that share their prior: the kind of each card, and the first card of each kind.

    They have the same terms, and their days lie in the same of the issuer's periods.
    """
    numbers: dict[Terms, int] = {}
    of = np.array([numbers.setdefault(one, len(numbers)) for one in terms], np.int64)
    period = np.zeros(len(terms), np.int64)
    for one, number in numbers.items():
        mine = np.flatnonzero(of == number)
        period[mine] = issuers.period(one.issuer, last_day[mine], one.network)
    both = of * (int(period.max(initial=0)) + 1) + period
    _, first, kind = np.unique(both, return_index=True, return_inverse=True)
    return kind, first


# Cards weighed at a time: their tables stay in the processor's cache.
_BLOCK = 64


def _blocks(at: npt.NDArray[np.int64], observed: Observed) -> Iterator[npt.NDArray[np.int64]]:
    """Cards in portions: those without rows of refunds, then the others."""
    back = observed.refund_precision[at] > 0
    for part in (at[~back], at[back]):
        for first in range(0, len(part), _BLOCK):
            yield part[first : first + _BLOCK]


class _Loads(NamedTuple):
    """Per kind of card, what each fee adds to the log rate: of a charge, and by mode of a refund"""

    charge: Floats
    refund: Floats


def _loads(shift: Floats) -> _Loads:
    fees = shifted(shift)
    return _Loads(np.log1p(fees), np.log1p(ON_REFUND[:, None] * fees[:, None, :]))


def _seen(
    observed: Observed, at: npt.NDArray[np.int64], loads: _Loads, kind: npt.NDArray[np.int64]
) -> Floats:
    """Log-likelihood over (mode, fee) that the markups of the accounts `at` give.

    The network's own mean is one for all rows of a card: it never averages out, but between the
    charges and the refunds of one card it cancels. Without refunds no mode is likelier.
    """
    charge = (observed.charge[at, None] - NETWORK_MEAN - loads.charge[kind])[:, None, :]
    one, two = observed.charge_precision[at, None, None], observed.refund_precision[at, None, None]
    # With m the network's deviation: the sum of squares over both sides, m integrated out.
    whole = one + two + NETWORK_MEAN_SD**-2
    square, both = one * charge**2, one * charge
    if two.any():
        refund = observed.refund[at, None, None] - NETWORK_MEAN - loads.refund[kind]
        square, both = square + two * refund**2, both + two * refund
    return np.asarray(-0.5 * (square - both**2 / whole))
