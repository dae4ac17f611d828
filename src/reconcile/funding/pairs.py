"""Which rows of PayPal's export and of a card can be the same payment, and which of them are.

By day, shop and amount: as both print it, as PayPal says it took it from the card, or, where
currencies differ, near the reference rate. What could be paired in two ways stays unpaired.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import SHORTEST, same_names
from reconcile.linking.candidates import ranges
from reconcile.money import decimals, fold
from reconcile.rates import RateTable, log_reference
from reconcile.same_rows import cores

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# How a card's row says that it was paid through PayPal.
_PAYPAL = re.compile(r"PAYPAL|(?<![A-Z])PP ?\*|ペイパル")
# What stands around the shop in such a row: PayPal's own name, its places and telephone number.
_OWN_WORDS = re.compile(
    r".*?(?:PAYPAL|(?<![A-Z])PP ?\*|ペイパル)|\(?EUROPE\)?|\bS\.? ?[AÀ]\.? ?R\.? ?L\.?|\bET CIE\b"
    r"|\bS\.? ?C\.? ?A\.?(?![A-Z])|\bPTE\b|\bLTD\b|\bINST XFER\b|\bTRANSFER\b|\bREFUND\b"
    r"|\bPAYMENT\b|\bLUXEMBOURG\b|\bSINGAPORE\b|利用国[A-Z]{2,3}|\b[A-Z]{2}$|[\d\W_]+"
)
# Days from PayPal's row to the card's. PayPal's day may be that of its own time zone; it sends a
# refund on to the card within 30 days.
_FIRST_DAY, _LAST_DAY, _LAST_REFUND_DAY = -2, 6, 30
# Log of the card's amount above the reference rate where neither prints the other's amount:
# PayPal's own spread is 3–4%, a card's fee up to 3.85% with the network's 1%; on a refund either
# may be taken once more.
_BELOW, _ABOVE, _OFF_REFUND = 0.015, 0.06, 0.06
# The daily moves around one day lie within the bounds above; past the table's end they widen.
_USUAL_SPREAD = 1e-4


class Pairs(NamedTuple):
    """Pairs of PayPal's and the card's rows, as row numbers: is the amount printed on both, and
    does the card's row name PayPal's shop?
    """

    own: Ints
    card: Ints
    exact: Bools
    named: Bools

    def take(self, keep: Bools) -> "Pairs":
        """The pairs of a mask."""
        return Pairs(self.own[keep], self.card[keep], self.exact[keep], self.named[keep])

    def without(self, own: Ints, card: Ints) -> "Pairs":
        """The pairs that have none of these rows."""
        return self.take(~np.isin(self.own, own) & ~np.isin(self.card, card))


def spoken_of(description: pd.Series) -> Bools:
    """Whether each row says that it was paid through PayPal."""
    codes, uniques = pd.factorize(description, use_na_sentinel=False)
    hit = [pd.notna(u) and _PAYPAL.search(fold(str(u)).upper()) is not None for u in uniques]
    return np.asarray(np.array(hit, np.bool_)[codes])


def candidates(rows: pd.DataFrame, rates: RateTable, *, refund: bool) -> Pairs:
    """Every pair that the days, the shop and the amounts allow, among charges or refunds."""
    side = rows["amount"].lt(0).to_numpy(np.bool_) == refund
    service = rows["own"].to_numpy(np.bool_)
    own, card = np.flatnonzero(side & service), np.flatnonzero(side & ~service)
    when = rows["day"].to_numpy("datetime64[D]").astype(np.int64)
    card = card[np.argsort(when[card], kind="stable")]
    last = _LAST_REFUND_DAY if refund else _LAST_DAY
    low = np.searchsorted(when[card], when[own] + _FIRST_DAY, side="left")
    high = np.searchsorted(when[card], when[own] + last, side="right")
    one, two = np.repeat(own, high - low), card[ranges(low, high - low)]
    named, fits = _shops(rows, one, two)
    exact, near = _amounts(rows, one, two, rates, refund=refund)
    return Pairs(one, two, exact, named).take(fits & (exact | near))


def _shops(rows: pd.DataFrame, own: Ints, card: Ints) -> tuple[Bools, Bools]:
    """Does the card's row name PayPal's shop; does it name no other?"""
    codes, texts = pd.factorize(rows["description"], use_na_sentinel=False)
    plain = [fold("" if pd.isna(text) else str(text)).upper() for text in texts]
    rest = [re.sub(r"[\W_]+", "", _OWN_WORDS.sub(" ", text)) for text in plain]
    whole = [re.sub(r"[\W_]+", "", text) for text in plain]
    # A name in Japanese and one in Latin letters cannot be compared.
    latin = np.array([text.isascii() for text in whole], np.bool_)
    silent = np.array([len(text) < SHORTEST for text in rest], np.bool_)[codes[card]]
    silent |= latin[codes[own]] != np.array([text.isascii() for text in rest])[codes[card]]
    merchant = rows["merchant"].fillna("").to_numpy(object)
    same = (merchant[own] != "") & (merchant[own] == merchant[card])
    named = same_names(codes[own], codes[card], whole, rest) | np.asarray(same, np.bool_)
    return named, named | silent


def _amounts(
    rows: pd.DataFrame, own: Ints, card: Ints, rates: RateTable, *, refund: bool
) -> tuple[Bools, Bools]:
    """Pairs whose amount both print; and those whose amounts the reference rate makes likely."""
    amount, money = rows["amount"].to_numpy(np.int64), rows["currency"].to_numpy(object)
    backed = rows["minor"].notna().to_numpy(np.bool_)
    # What PayPal took from the card, where it says so, and else what was paid.
    taken = np.where(backed, rows["minor"].fillna(0).to_numpy(np.int64), amount)
    unit = np.where(backed, rows["backed"].to_numpy(object), money)
    has = rows["original_amount"].notna().to_numpy(np.bool_)
    original = rows["original_amount"].fillna(0).to_numpy(np.int64)
    foreign = rows["original_currency"].to_numpy(object)
    digits, places = rows["original_decimals"].to_numpy(), rows["decimals"].to_numpy()
    home = np.asarray(unit[own] == money[card], np.bool_)
    open_ = rows["original_currency"].isna().to_numpy(np.bool_)[card]
    printed = has[card] & (original[card] == taken[own]) & (
        np.asarray(unit[own] == foreign[card], np.bool_) | (open_ & (digits[card] == places[own]))
    )  # fmt: skip
    exact = (home & (taken[own] == amount[card])) | (printed & ~home)
    near = np.zeros(len(own), np.bool_)
    known = ~home & ~exact & ~has[card] & ~pd.isna(unit[own]) & ~pd.isna(money[card])
    when = rows["day"].to_numpy("datetime64[D]")
    both = zip(unit[own[known]].tolist(), money[card[known]].tolist(), strict=True)
    for base, quote in sorted(set(both)):
        if not rates.knows(base, quote):
            continue
        at = np.flatnonzero(known & (unit[own] == base) & (money[card] == quote))
        mean, spread = log_reference(rates, base, quote, when[own[at]], np.zeros(len(at), np.bool_))
        off = np.log(np.abs(amount[card[at]])) - np.log(np.abs(taken[own[at]])) - mean
        off += (decimals(base) - decimals(quote)) * np.log(10.0)
        low = -_OFF_REFUND if refund else -_BELOW
        wide = 3.0 * np.sqrt(np.maximum(spread - _USUAL_SPREAD, 0.0))
        near[at] = (off > low - wide) & (off < _ABOVE + wide)
    return exact, near


def settled(rows: pd.DataFrame, pairs: Pairs) -> tuple[Pairs, Ints]:
    """The pairs that no other could replace, and PayPal's rows that could be paired otherwise.

    Amounts that both print go before estimated ones.
    """
    found: list[Pairs] = []
    unsure = [np.zeros(0, np.int64)]
    for exact in (True, False):
        part = pairs.take(pairs.exact == exact)
        for named in (False, True):
            # Where several fit, only those that name the shop.
            some = part.take(part.named | (not named))
            hit = _clear(rows, some, many=exact)
            found.append(hit)
            part, pairs = part.without(hit.own, hit.card), pairs.without(hit.own, hit.card)
        unsure.append(part.own)
        pairs = pairs.without(part.own, part.card)
    joined = Pairs(
        *(np.concatenate(column) for column in zip(
            *((one.own, one.card, one.exact, one.named) for one in found), strict=True
        ))
    )  # fmt: skip
    return joined, np.unique(np.concatenate(unsure))


def _clear(rows: pd.DataFrame, pairs: Pairs, *, many: bool) -> Pairs:
    """Of each group of rows that could be paired with each other, the one way to pair them.

    With `many`, as many equal purchases of one shop on one card as PayPal shows count as one way:
    they are paired in the order of their days.
    """
    if not len(pairs.own):
        return pairs
    table = pd.DataFrame({"own": pairs.own, "card": pairs.card, "group": _groups(pairs)})
    order = np.lexsort((np.arange(len(rows)), rows["day"].to_numpy()))
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows))
    shop, account = cores(rows["description"]), rows["account"]
    for name in ("own", "card"):
        table[f"{name}_rank"] = rank[table[name]]
        table[f"{name}_nth"] = table.groupby("group")[f"{name}_rank"].rank(method="dense")
        table[f"{name}_account"] = account.to_numpy(object)[table[name]]
    table["shop"] = shop.to_numpy(object)[table["own"]]
    table["amount"] = rows["amount"].to_numpy()[table["own"]]
    in_turn = table["own_nth"].eq(table["card_nth"])
    of = table.groupby("group")
    size = of["own_nth"].transform("max")
    clear = size.eq(of["card_nth"].transform("max"))
    clear &= in_turn.groupby(table["group"]).transform("sum").eq(size)
    alike = pd.concat(
        [
            of[name].transform("nunique")
            for name in ("own_account", "card_account", "shop", "amount")
        ],
        axis=1,
    )
    clear &= size.eq(1) | (alike.eq(1).all(axis=1) & many)
    return pairs.take((clear & in_turn).to_numpy(np.bool_))


def _groups(pairs: Pairs) -> Ints:
    """A number per pair: pairs that share a row, also through others, have the same."""
    own, card = (pd.factorize(part)[0] for part in (pairs.own, pairs.card))
    label = own.astype(np.int64)
    while True:
        low = label.copy()
        for side in (own, card):
            least = np.full(side.max() + 1, len(label))
            np.minimum.at(least, side, low)
            low = least[side]
        if (low == label).all():
            return label
        label = low
