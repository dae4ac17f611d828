"""What descriptors say of a pair: the shop's spelling, and order numbers.

A merchant shows under several spellings ("ALIPAY*ALIEXPRESS", "ALIEXPRESS.COM Luxembourg"), and at
many banks a refund carries that of its purchase; at others it has one of its own. Which it is, the
account's own refunds tell. A number that both rows print decides.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reconcile.distinct import distinct
from reconcile.linking.candidates import Ints, Movements
from reconcile.money import fold

Floats = npt.NDArray[np.float64]

# Shares of refunds that repeat their purchase's spelling, with the weight of each before any
# refund is seen: nobody publishes them, so "by chance alone" weighs most. Fitted.
SAME = np.array([0.0, 0.5, 0.8, 0.97])
_PRIOR = np.array([0.4, 0.2, 0.2, 0.2])
# Order numbers of AliExpress have 14 to 17 digits, of PayPal and banks as few as ten; a telephone
# number or a card's last digits are shorter.
_NUMBER = re.compile(r"(?<!\d)(\d{10,20})(?!\d)")
# More rows than an order ever brings about: a telephone number, say.
_COMMON = 6
# Log weight of a number that both rows print, and of the number of another purchase.
_EQUAL, _ANOTHER = 12.0, -4.0


class Names(NamedTuple):
    """Per movement: `spelling`, `number` (codes; -1 for none), `usual`, how common its spelling is
    among its account's, and `bought`, whether a charge of its account prints its number. Per
    account: `same`, weights over `SAME`.
    """

    spelling: Ints
    number: Ints
    usual: Floats
    bought: npt.NDArray[np.bool_]
    same: Floats


def names(moves: Movements) -> Names:
    """The descriptors of all movements, of whose accounts nothing is known yet."""
    codes, uniques = distinct(moves.frame["description"])
    texts = [fold(text).upper() for text in uniques.tolist()]
    # Numbered by content: what stands in other accounts must not change the order of sums.
    plain = ["".join(sign for sign in text if sign.isalpha()) for text in texts]
    _, spelt = np.unique(np.array([*plain, ""], dtype=object), return_inverse=True)
    spelling = spelt[codes].astype(np.int64)
    key = moves.account * (len(spelt) + 1) + spelling
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    accounts = len(moves.accounts)
    rows = np.bincount(moves.account, minlength=accounts)[moves.account]
    # One spelling on all rows says nothing: exactly one.
    usual = (count[place] + 1.0) / (rows + 1.0)
    number = _numbers(texts)[codes]
    printed = moves.account * (int(number.max(initial=0)) + 2) + number
    _, place, count = np.unique(printed, return_inverse=True, return_counts=True)
    number[count[place] > _COMMON] = -1
    bought = (number >= 0) & np.isin(printed, printed[~moves.refund & (number >= 0)])
    return Names(spelling, number, usual, bought, np.broadcast_to(_PRIOR, (accounts, len(SAME))))


def _numbers(texts: list[str]) -> Ints:
    found = [_NUMBER.search(text) for text in texts]
    known = {hit[1]: at for at, hit in enumerate(found) if hit}
    return np.array([*(known[hit[1]] if hit else -1 for hit in found), -1], np.int64)


def _numbered(told: Names, charge: Ints, refund: Ints) -> Floats:
    one, two = told.number[charge], told.number[refund]
    other = np.where(told.bought[refund], _ANOTHER, 0.0)
    return np.where((one >= 0) & (one == two), _EQUAL, other)


def naming(told: Names, account: Ints, charge: Ints, refund: Ints) -> Floats:
    """Log weight of each pair's descriptors against those of unrelated rows."""
    alike = (told.spelling[charge] == told.spelling[refund]) / told.usual[refund]
    weight = np.zeros(len(charge))
    for at, share in enumerate(SAME.tolist()):
        weight += told.same[account, at] * (1.0 - share + share * alike)
    return np.asarray(np.log(weight) + _numbered(told, charge, refund))


def learn_names(told: Names, home: Ints, charge: Ints, refund: Ints, mass: Floats) -> Floats:
    """Weights (accounts, `SAME`) by each account's own refunds.

    Per candidate pair: `home`, its account; `refund`, sorted; `mass`, how much likelier the pair is
    than "unrelated", but for its descriptors. All pairs of a refund compete.
    """
    log = np.tile(np.log(_PRIOR), (len(told.same), 1))
    first = np.flatnonzero(np.diff(refund, prepend=-1))
    if len(first):
        alike = (told.spelling[charge] == told.spelling[refund]) / told.usual[refund]
        for at, share in enumerate(SAME.tolist()):
            found = np.add.reduceat(mass * (1.0 - share + share * alike), first)
            log[:, at] += np.bincount(home[first], np.log1p(found), len(log))
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
