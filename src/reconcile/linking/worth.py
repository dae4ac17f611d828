"""What each movement is worth in the merchant's currency, known or estimated.

A card statement prints the billed amount always, the merchant's amount sometimes. Each movement
gets, for each currency the merchant may have billed in, the log of its merchant-currency amount
and how sure that is; the card's own markup is left out (it is `score`'s business).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.cards import ON_REFUND
from reconcile.linking.candidates import Movements
from reconcile.money import decimals
from reconcile.rates import RateTable, log_reference

Floats = npt.NDArray[np.float64]

# Spread of a network's rate around the ECB's: standard deviation 0.31% for Visa, 0.20% for
# Mastercard, USD/JPY, on its best ECB date (published rates 2025-01 to 2026-08). This is the core
# of a bell with wider tails (`score.bell`), 0.29% together.
SPREAD_SD = 0.0024
# Standard deviation of rounding to one minor unit.
ROUNDING_SD = 0.3
# AliExpress bills in the card's currency, in US dollars or in euro; none may be assumed.
HOME, FOREIGN = "home", ("USD", "EUR")
# Charges, and refunds, with an original that show that a layout prints them.
_PRINTING, _PRINTING_BACK = 2, 3
# A printed original without a currency code that no reference rate explains.
UNNAMED = "?"
# Currencies that such an original may be in.
_CODES = ("USD", "EUR", "GBP", "CNY")
# So many rows tell how far a card's rates lie from the reference; single ones stray by this much
# (the spread of networks, and the days to the conversion). One currency must be e^3 likelier.
_USUAL_ROWS, _USUAL_SD, _CLEAR = 3, 0.01, 3.0


class Worth(NamedTuple):
    """Log merchant-currency amounts: arrays of shape (currencies, movements); NaN: impossible.

    `exact` marks amounts printed to the minor unit; those are `units` (minor units). `seen` tells
    which currencies each account may be billed in (currencies, accounts).
    """

    currencies: list[str]
    log: Floats
    variance: Floats
    exact: npt.NDArray[np.bool_]
    units: npt.NDArray[np.int64]
    seen: npt.NDArray[np.bool_]


def conversion_days(rows: pd.DataFrame) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    """The day of conversion where printed or booked (True), else the day of use (False)."""
    booked = rows["conversion_date"].fillna(rows["posted_date"])
    day = booked.fillna(rows["transaction_date"]).to_numpy("datetime64[D]")
    return day, booked.notna().to_numpy()


def original_currency(rows: pd.DataFrame, rates: RateTable) -> pd.Series:
    """The currency of each printed original, inferred from the printed rate where no code stands.

    A rate of exactly 1 is the billing currency. Otherwise the one common currency whose reference
    rate lies near (a printed rate holds up to 6% of fee and spread, a refund's may be that much
    below), of two the one that fits the card's other rows; else `UNNAMED`.
    """
    known = rows["original_currency"].copy()
    open_ = rows["original_amount"].notna() & known.isna()
    if not open_.any():
        return known
    part = rows[open_]
    rate = pd.to_numeric(part["conversion_rate"], errors="coerce").to_numpy(np.float64)
    scale = 10.0 ** (part["original_decimals"] - part["decimals"]).to_numpy(np.float64)
    billed = (
        part["amount"].to_numpy(np.float64) * scale / part["original_amount"].to_numpy(np.float64)
    )
    rate = np.where(np.isnan(rate), billed, rate)
    day, booked = conversion_days(part)
    back = part["amount"].lt(0).to_numpy()
    off = np.full((len(_CODES), len(part)), np.nan)
    for home in part["currency"].dropna().unique():
        rows_home = part["currency"].eq(home).to_numpy()
        for number, name in enumerate(_CODES):
            if name == home or not rates.knows(name, home):
                continue
            mean, _ = log_reference(rates, name, home, day, booked)
            with np.errstate(invalid="ignore"):
                away = np.log(rate) - mean
                near = rows_home & (away > np.where(back, -0.06, -0.02)) & (away < 0.06)
            off[number, near] = away[near]
    guess = _named(off, pd.factorize(part["account"].astype("str"))[0] * 2 + back)
    one = np.abs(rate - 1.0) < 1e-9
    guess[one] = part["currency"].fillna(UNNAMED).to_numpy(object)[one]
    known[open_] = _as_its_equals(part, guess)
    return known


def _named(off: Floats, side: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """The currency of each row by how far its rate lies from that of each (currencies, rows; NaN:
    too far).

    Two are near where a euro costs little more than a dollar with the card's fee. There the rows of
    the same `side` (an account's charges or refunds) of which only one is near tell how far this
    card's rates lie from the reference.
    """
    hits = np.isfinite(off).sum(axis=0)
    out = np.full(off.shape[1], UNNAMED, dtype=object)
    sure = np.flatnonzero(hits == 1)
    if not len(sure):
        return out
    out[sure] = np.array(_CODES, dtype=object)[np.isfinite(off[:, sure]).argmax(axis=0)]
    told = pd.Series(np.nansum(off[:, sure], axis=0)).groupby(side[sure])
    usual = told.median()[told.size() >= _USUAL_ROWS]
    open_ = np.flatnonzero((hits > 1) & np.isin(side, usual.index.to_numpy()))
    if len(open_):
        square = (off[:, open_] - usual.reindex(side[open_]).to_numpy(np.float64)) ** 2
        square = np.where(np.isfinite(square), square, np.inf)
        two = np.partition(square, 1, axis=0)
        clear = two[1] - two[0] > 2 * _USUAL_SD**2 * _CLEAR
        out[open_[clear]] = np.array(_CODES, dtype=object)[square[:, clear].argmin(axis=0)]
    return out


def _as_its_equals(part: pd.DataFrame, guess: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The currencies, where a rate leaves one open that of the same amount on the same account: a
    charge whose rate is out of the way still has its refund's currency.
    """
    told = pd.Series(guess, index=part.index, dtype=object)
    told = told.mask(told.eq(UNNAMED))
    same = [part["account"].astype("str"), part["original_amount"].abs()]
    groups = told.groupby(same)
    shared = groups.transform("first").where(groups.transform("nunique").eq(1))
    return np.asarray(told.fillna(shared).fillna(UNNAMED).to_numpy(object))


class Paid(NamedTuple):
    """Charges whose merchant amount an order tells: rows, currency names and minor units.

    An estimated worth holds what the card adds (see the module), an order's amount does not:
    `load`, the log of what this card adds to a charge, and its variance, make them comparable.
    """

    row: npt.NDArray[np.int64]
    currency: npt.NDArray[np.object_]
    units: npt.NDArray[np.int64]
    load: Floats
    variance: Floats


# Printed originals in other currencies than the card's, of all merchants: how many and the last
# one's day, by account, layout and whether they are refunds.
Printing = dict[tuple[str, str, bool], tuple[int, int]]


def _billed_at_home(
    moves: Movements, foreign: npt.NDArray[np.bool_], printing: Printing | None
) -> npt.NDArray[np.bool_]:
    """Rows that say by their silence that nothing was converted.

    Where an account's statements of one layout print the originals of other charges, one without is
    in the card's own currency, and so with refunds; many banks print none of those, and none of
    pending rows or of a month that is still open, so nothing is said of days behind the last one
    printed. `printing` counts them over all merchants; without it these movements' own count.
    """
    layout, names = pd.factorize(moves.frame["layout"], use_na_sentinel=False)
    key = (moves.account * len(names) + layout) * 2 + moves.refund
    count = np.bincount(key[foreign], minlength=int(key.max(initial=0)) + 1)
    until = np.full(len(count), np.iinfo(np.int64).min)
    np.maximum.at(until, key[foreign], moves.day[foreign])
    known = printing or {}
    for one in np.unique(key).tolist() if known else ():
        number, back = divmod(one, 2)
        account, form = moves.accounts[number // len(names)], str(names[number % len(names)])
        told, last = known.get((account, form, bool(back)), (0, until[one]))
        count[one], until[one] = max(count[one], told), max(until[one], last)
    posted = moves.frame["status"].eq("posted").to_numpy(np.bool_)
    enough = count[key] >= np.where(moves.refund, _PRINTING_BACK, _PRINTING)
    return np.asarray(~foreign & posted & enough & (moves.day <= until[key]))


def worths(
    moves: Movements, rates: RateTable, same_day: Floats | None = None, paid: Paid | None = None,
    printing: Printing | None = None,
) -> Worth:  # fmt: skip
    """Merchant-currency worth of each movement under each currency the merchant may use.

    `same_day` is, per account, the chance that its network takes the fixing of the conversion day
    itself and not the one before (half each when not given).
    """
    rows = moves.frame
    printed = original_currency(rows, rates)
    has = rows["original_amount"].notna().to_numpy()
    home = rows["currency"].fillna("")
    # An original printed in the card's own currency says: billed at home.
    own = has & printed.eq(home).to_numpy()
    named = set(printed[has & ~own].dropna().unique())
    named |= set(paid.currency) - {HOME} if paid else set()
    currencies = [HOME, *FOREIGN, *sorted(named - set(FOREIGN))]
    # Other than those anybody may be billed in, an account's currencies are those it shows itself.
    seen = np.zeros((len(currencies), len(moves.accounts)), np.bool_)
    seen[: 1 + len(FOREIGN)] = True
    for number, name in enumerate(currencies):
        seen[number, moves.account[(has & ~own & printed.eq(name).to_numpy())]] = True
        if paid is not None:
            seen[number, moves.account[paid.row[paid.currency == name]]] = True
    day, booked = conversion_days(rows)
    billed = rows["amount"].abs().to_numpy(np.float64)
    fee = rows["fee_amount"].fillna(0).to_numpy(np.float64)
    net = np.maximum(billed - np.where(rows["amount"] > 0, fee, -fee), 1.0)
    units = np.where(
        has & ~own, rows["original_amount"].abs().fillna(0).to_numpy(np.int64), moves.minor
    )
    at_home = _billed_at_home(moves, has & ~own, printing)
    same = np.full(len(rows), 0.5) if same_day is None else same_day[moves.account]
    log = np.full((len(currencies), len(rows)), np.nan)
    variance = np.full_like(log, np.nan)
    exact = np.zeros(log.shape, np.bool_)
    for number, name in enumerate(currencies):
        if name == HOME:
            free = ~has | own
            log[number, free], variance[number, free] = np.log(billed[free]), 0.0
            exact[number, free] = True
            continue
        mine = has & ~own & printed.eq(name).to_numpy()
        log[number, mine], variance[number, mine] = np.log(np.maximum(units[mine], 1)), 0.0
        exact[number, mine] = True
        for code in home[~has].unique():
            free = ~has & ~at_home & home.eq(code).to_numpy() & seen[number, moves.account]
            if name in (code, UNNAMED) or not rates.knows(name, code):
                continue
            mean, spread = log_reference(rates, name, code, day[free], booked[free], same[free])
            # Minor units of the billing currency to those of the merchant's.
            scale = decimals(name) - rows["decimals"].to_numpy(np.float64)[free]
            log[number, free] = np.log(net[free]) + scale * np.log(10.0) - mean
            rounding = (ROUNDING_SD / net[free]) ** 2
            variance[number, free] = spread + SPREAD_SD**2 + rounding
    worth = Worth(currencies, log, variance, exact, units, seen)
    if paid is not None and len(paid.row):
        _set_paid(worth, paid)
    return worth


def _set_paid(worth: Worth, paid: Paid) -> None:
    """Give charges whose order is known the amount that it tells, where they print none.

    The order's currency is the merchant's, except that the till may have converted to the card's
    own: home billing stays possible until the refunds tell.
    """
    row, at = paid.row, np.array([worth.currencies.index(name) for name in paid.currency], np.int64)
    sure = worth.exact[at, row]
    log = np.where(sure, worth.log[at, row], np.log(np.maximum(paid.units, 1)) + paid.load)
    for number, name in enumerate(worth.currencies):
        if name != HOME:
            worth.log[number, row], worth.exact[number, row] = np.nan, False
    worth.log[at, row], worth.exact[at, row] = log, sure
    worth.variance[at, row] = np.where(sure, 0.0, paid.variance)


def as_latest(
    worth: Worth, moves: Movements, moved: Floats, modes: Floats, paid: Paid | None = None
) -> Worth:
    """Estimated worths as if each card had had its latest fee all along.

    `moved` is, per movement, how much more its own day's fee adds to a charge's log rate than the
    latest would (`markups.moved`), `modes` the probability of each refund mode per account. What a
    fee does to a refund depends on the mode: what is unsure of that widens the estimate.
    """
    if not moved.any():
        return worth
    factor = modes @ ON_REFUND
    doubt = np.maximum(modes @ ON_REFUND**2 - factor**2, 0.0)
    part = moved * np.where(moves.refund, factor[moves.account], 1.0)
    wider = np.where(moves.refund, doubt[moves.account] * moved**2, 0.0)
    if paid is not None:
        # What an order tells was given the latest fee from the first.
        part[paid.row], wider[paid.row] = 0.0, 0.0
    log = np.where(worth.exact, worth.log, worth.log - part)
    return worth._replace(log=log, variance=worth.variance + np.where(worth.exact, 0.0, wider))
