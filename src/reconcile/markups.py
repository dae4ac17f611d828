"""What a card's foreign rows show of what it adds to the exchange rate.

Rows of every merchant count whose original amount is printed: billed over original, over the
reference rate of the day, is the markup.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import issuers
from reconcile.rates import RateTable, log_reference

Floats = npt.NDArray[np.float64]

# Spread of single rows around their network's mean (`cards.NETWORK_MEAN`): 0.31% for Visa, 0.20%
# for Mastercard; the middle of both. A card's own rows correct it; this first guess counts as much
# as so many of them.
_ROW_SD, _ROW_SD_ROWS = 0.0026, 8
# Unit of the fixed-point sums of markups.
_FIXED = 1e6
# Rows further than this from the card's median are something else (converted at the till, hotel).
_OUTLIER = 0.03
# A refund that bears its purchase's day and lies this far off what a card of any fee would give on
# that day, but for one that takes its fee twice, was rather converted on another.
_SAME_DAY = 0.008
# Nor does any card add or take so much: 5% of fee and what a network and its day may differ by.
_MOST = 0.08


class Terms(NamedTuple):
    """What is known of a card before its rows are read; `fee` and `mode` are the user's word."""

    issuer: str | None = None
    network: str | None = None
    fee: float | None = None
    mode: str | None = None


@dataclass
class Observed:
    """Per account: mean of the log markup seen on charges and on refunds, and the precision of
    each by the spread of the rows alone, without what the network's own mean may differ by.
    """

    charge: Floats
    charge_precision: Floats
    refund: Floats
    refund_precision: Floats
    count: npt.NDArray[np.int64]


def observe(
    rows: pd.DataFrame, codes: npt.NDArray[np.int64], accounts: int, rates: RateTable,
    same: Floats | None = None, moved: Floats | None = None,
) -> Observed:  # fmt: skip
    """Markup evidence from rows with a printed original in a known foreign currency.

    `rows` are ledger rows, `codes` their account numbers below `accounts`, `same` what `same_day`
    says of each account, `moved` what `moved` says of each row: charges count as if they had the
    latest fee, refunds under another fee tell nothing of it. Medians drop rows that were converted
    by somebody else.
    """
    mixed = None if same is None else np.where(np.isnan(same), 0.5, same)[codes]
    markup, variance = implied_markup(rows, rates, mixed)
    sign = rows["amount"].to_numpy() < 0
    if moved is not None:
        markup = np.where(sign & (moved != 0), np.nan, markup - moved)
    good = (np.abs(markup) < _MOST) & ~_of_another_day(rows, codes, markup)
    out = []
    for side in (~sign, sign):
        use = good & side
        middle = pd.Series(markup[use]).groupby(codes[use]).median()
        centre = np.full(accounts, np.nan)
        centre[middle.index.to_numpy(np.int64)] = middle.to_numpy()
        use &= np.abs(markup - centre[codes]) < _OUTLIER
        # Summed as whole numbers: exact in float64, so that the rows' order changes nothing.
        mine = codes[use]
        weight = np.rint(1.0 / (variance[use] + _ROW_SD**2))
        precision = np.bincount(mine, weight, accounts)
        total = np.bincount(mine, np.rint(weight * markup[use] * _FIXED), accounts) / _FIXED
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(precision > 0, total / precision, 0.0)
        # How much wider or narrower than expected these rows lie.
        off = np.rint(weight * (markup[use] - mean[mine]) ** 2 * _FIXED)
        squares = np.bincount(mine, off, accounts) / _FIXED
        free = np.maximum(np.bincount(mine, minlength=accounts) - 1, 0)
        out += [mean, precision * (_ROW_SD_ROWS + free) / (_ROW_SD_ROWS + squares)]
    count = np.bincount(codes[good], minlength=accounts)
    return Observed(out[0], out[1], out[2], out[3], count)


def _of_another_day(
    rows: pd.DataFrame, codes: npt.NDArray[np.int64], markup: Floats
) -> npt.NDArray[np.bool_]:
    """Refunds that some banks date with their purchase, so that nothing tells whose rate they have.

    They bear the day, and no other, of a purchase of the same original amount, and their markup is
    neither that purchase's nor between it and none.
    """
    out = np.zeros(len(rows), np.bool_)
    single = rows["posted_date"].isna() & rows["conversion_date"].isna()
    at = np.flatnonzero(single.to_numpy() & np.isfinite(markup))
    back = rows["amount"].iloc[at].lt(0).to_numpy()
    if not back.any() or back.all():
        return out
    part = rows[["transaction_date", "original_currency"]].iloc[at].reset_index(drop=True)
    part["account"] = codes[at]
    part["original"] = rows["original_amount"].iloc[at].abs().to_numpy()
    key = part.groupby(list(part.columns), observed=True, sort=False).ngroup().to_numpy()
    bought = pd.Series(markup[at[~back]]).groupby(key[~back]).max()
    top = bought.reindex(key[back]).to_numpy()
    own = markup[at[back]]
    off = (own < np.minimum(top, 0.0) - _SAME_DAY) | (own > np.maximum(top, 0.0) + _SAME_DAY)
    out[at[back]] = np.isfinite(top) & off
    return out


def implied_markup(
    rows: pd.DataFrame, rates: RateTable, same: Floats | None = None
) -> tuple[Floats, Floats]:
    """Log of (billed / original) over the reference rate, and its variance; NaN where unknown.

    `same` is, per row, the chance that its conversion day's own fixing counts (`log_reference`).
    """
    markup = np.full(len(rows), np.nan)
    variance = np.full(len(rows), np.nan)
    foreign = (
        rows["original_amount"].notna()
        & rows["original_currency"].notna()
        & rows["currency"].notna()
    )
    foreign &= rows["original_currency"].ne(rows["currency"]) & rows["amount"].ne(0)
    booked = rows["conversion_date"].fillna(rows["posted_date"])
    day = booked.fillna(rows["transaction_date"])
    where = np.flatnonzero(foreign.to_numpy())
    names = rows["original_currency"].iloc[where] + " " + rows["currency"].iloc[where]
    codes, pairs = pd.factorize(names)
    for number, pair in enumerate(pairs):
        base, quote = str(pair).split(" ")
        if not rates.knows(base, quote):
            continue
        at = where[codes == number]
        part = rows.iloc[at]
        mean, spread = log_reference(
            rates, base, quote, day.iloc[at].to_numpy("datetime64[D]"),
            booked.iloc[at].notna().to_numpy(), None if same is None else same[at],
        )  # fmt: skip
        fee = part["fee_amount"].fillna(0).to_numpy(np.float64)
        # A fee makes a charge larger and a refund smaller.
        billed = part["amount"].to_numpy(np.float64) - fee
        billed = np.abs(billed)
        original = part["original_amount"].abs().to_numpy(np.float64)
        scale = (part["original_decimals"] - part["decimals"]).to_numpy(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            markup[at] = np.log(billed) - np.log(original) + scale * np.log(10.0) - mean
        variance[at] = spread + (0.3 / np.maximum(billed, 1.0)) ** 2
    return markup, variance


def same_day(networks: list[str | None]) -> Floats:
    """Chance per network that it takes the fixing of the conversion day itself, not the one before
    (Visa and Amex: before; Mastercard: same day); NaN where that is not known.
    """
    known = {"visa": 0.0, "amex": 0.0, "mastercard": 1.0}
    return np.array([known.get(name or "", np.nan) for name in networks])


def moved(terms: list[Terms], account: npt.NDArray[np.int64], rows: pd.DataFrame,
    last_day: npt.NDArray[np.datetime64]) -> Floats:  # fmt: skip
    """How much more a row's own day adds to its log rate than `last_day` of its account would, by
    the issuers' tables; 0 where they tell nothing or the user gave the fee.
    """
    kinds: dict[Terms, int] = {}
    kind = np.array([kinds.setdefault(one, len(kinds)) for one in terms], np.int64)[account]
    days = processed(rows)
    out = np.zeros(len(rows))
    for one, number in kinds.items():
        if one.fee is None and one.issuer is not None:
            mine = np.flatnonzero(kind == number)
            own, last = (
                issuers.fees(one.issuer, day, one.network)
                for day in (days[mine], last_day[account[mine]])
            )
            out[mine] = np.nan_to_num(np.log1p(own) - np.log1p(last))
    return out


def processed(rows: pd.DataFrame) -> npt.NDArray[np.datetime64]:
    """The day by which a row's fee is decided: that of conversion or booking, else some days after
    the use (data reach the network 2 to 4 days after it, by issuers' texts).
    """
    booked = rows["conversion_date"].fillna(rows["posted_date"])
    late = rows["transaction_date"] + pd.Timedelta(days=2)
    return np.asarray(booked.fillna(late).to_numpy("datetime64[D]"))
