"""How long refunds take, and what each account's own refunds say of it.

A refund is asked for some time after the charge and lands some time after that. Neither habit is
public for any one buyer or bank, so a few shapes of both stand beside each other, weighed by the
account's own refunds.
"""

import numpy as np
import numpy.typing as npt

from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS, Ints

Floats = npt.NDArray[np.float64]

# A refund is asked for up to 45 days after the charge: mostly soon, at these mean days, or at any
# time alike (None). It lands 3 to 20 business days, 4 to 28 calendar days, later (the buyers'
# guide), or, where shop and bank are quick or slow, in the first or the last part of that time.
# With the weight of each before any refund is seen; fitted.
_REQUEST_MAX = 45
_REQUESTS: dict[float | None, float] = {3.0: 0.15, 9.0: 0.45, 20.0: 0.2, None: 0.2}
_LANDINGS = {(4, 28): 0.7, (3, 15): 0.15, (11, 28): 0.15}
# PayPal and some banks take up to 2 months more; disputes run to 180 days; some banks date a
# refund with its purchase. No source tells shares: small ones, so that none is impossible.
_LATE_SHARE, _ANY_SHARE, _SAME_DAY_SHARE = 0.03, 0.01, 0.01
_DAYS = LATEST_DAYS - EARLIEST_DAYS + 1


def delay_density(request_mean: float | None, landing: tuple[int, int]) -> Floats:
    """Probability per day for a refund `EARLIEST_DAYS`…`LATEST_DAYS` after its charge."""
    days = np.arange(_REQUEST_MAX + 1)
    request = np.ones(len(days)) if request_mean is None else np.exp(-days / request_mean)
    first, last = landing
    landed = np.zeros(last + 1)
    landed[first:] = 1.0
    body = np.convolve(request / request.sum(), landed / landed.sum())
    out = np.full(_DAYS, _ANY_SHARE / _DAYS)
    at = -EARLIEST_DAYS
    out[at : at + 91] += _LATE_SHARE / 91
    out[at] += _SAME_DAY_SHARE
    out[at : at + len(body)] += (1 - _LATE_SHARE - _ANY_SHARE - _SAME_DAY_SHARE) * body
    return out


def _landed_apart() -> Floats:
    """Chance per day that two refunds asked for at once land 0, 1, 2, … days apart, either first;
    the last is that of any more.
    """
    out = np.zeros(max(last for _, last in _LANDINGS) + 1)
    for (first, last), share in _LANDINGS.items():
        days = last - first + 1
        out[:days] += share * (days - np.arange(days)) / days**2
    return out


LANDED_APART = _landed_apart()
SHAPES = np.array(
    [delay_density(mean, landing) for mean in _REQUESTS for landing in _LANDINGS]
)  # (shapes, days)
_PRIOR = np.array([a * b for a in _REQUESTS.values() for b in _LANDINGS.values()])
# What is assumed of an account of which nothing is known.
USUAL = _PRIOR @ SHAPES


def still_out(delay: Floats) -> Floats:
    """Chance that a refund takes 0, 1, 2, … days or more; one row per row of `delay`."""
    out = np.ones((*delay.shape[:-1], LATEST_DAYS + 2))
    out[..., 1:] = 1.0 - np.cumsum(delay, axis=-1)[..., -EARLIEST_DAYS:]
    return np.maximum(out, 0.0)


def learn(home: Ints, accounts: int, refund: Ints, delay: Ints, mass: Floats) -> Floats:
    """Delay densities (accounts, days), weighed by each account's own refunds.

    Per candidate pair: `home`, its account; `refund`, sorted; `delay` in days; `mass`, how much
    likelier the pair is than "unrelated", but for the delay. All pairs of a refund compete.
    """
    log = np.zeros((accounts, len(SHAPES)))
    first = np.flatnonzero(np.diff(refund, prepend=-1))
    if len(first):
        at = delay - EARLIEST_DAYS
        for number, shape in enumerate(SHAPES):
            told = np.log1p(np.add.reduceat(mass * shape[at], first))
            log[:, number] = np.bincount(home[first], told, accounts)
    log += np.log(_PRIOR)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    out = np.zeros((accounts, _DAYS))
    # Added up one by one: a product of matrices would round by how many accounts there are.
    for number, shape in enumerate(SHAPES):
        out += weight[:, number, None] * shape
    return out
