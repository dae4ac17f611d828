"""What refunds of other merchants say of the cards: they go through the same conversion.

A card with a dozen AliExpress charges a year shows few refunds of theirs, but as many of other
shops. Their links are of no interest here, only what they tell of the card's factor.
"""

import numpy as np
import pandas as pd

from reconcile.cards import RATIOS
from reconcile.linking.candidates import Ints, movements, pairs
from reconcile.linking.evidence import ratio_evidence
from reconcile.linking.scene import Floats, no_promise, scene
from reconcile.linking.worth import worths
from reconcile.rates import RateTable

# Refunds asked per card at most: more would move its factor by less than the grid's step.
_ASKED = 40


def other_merchants(
    rows: pd.DataFrame,
    accounts: list[str],
    rates: RateTable,
    ratio: Floats,
    first: Ints,
    last: Ints,
    holes: Ints,
) -> Floats:
    """Log-likelihood of each of `RATIOS` per account, from ledger rows of other merchants.

    `ratio` weighs the ratios beforehand (accounts, ratios); `first` and `last` are the days
    covered per account but for `holes`. Only rows without a printed original speak here: the others
    already told `markups.observe`.
    """
    out = np.zeros((len(accounts), len(RATIOS)))
    owner = pd.Index(accounts).get_indexer(pd.Index(rows["account"]))
    open_ = rows["original_amount"].isna().to_numpy() & (owner >= 0)
    open_ &= rows["status"].eq("posted").to_numpy() & rows["currency"].notna().to_numpy()
    back = rows["amount"].lt(0).to_numpy() & rows["kind"].isin(["refund", "purchase"]).to_numpy()
    names, _ = pd.factorize(rows["description"], sort=True)
    shop = owner * (names.max(initial=0) + 1) + names
    asked = _few(rows, np.flatnonzero(open_ & back), owner)
    bought = open_ & rows["amount"].gt(0).to_numpy() & np.isin(shop, shop[asked])
    used = np.concatenate([asked, np.flatnonzero(bought)])
    if not len(asked) or len(used) == len(asked):
        return out
    # Each shop of each card is an account of its own: it mostly keeps to one currency.
    label = pd.Series(shop[used]).astype("str").str.zfill(20).to_numpy()
    moves = movements(rows.iloc[used].assign(account=label))
    card = owner[used][np.unique(label, return_index=True)[1]]
    charge, refund = pairs(moves)
    worth, nothing = worths(moves, rates), no_promise(len(moves.refund))
    stage = scene(moves, worth, ratio[card], first[card], last[card], nothing, holes[card])
    found = ratio_evidence(stage, charge, refund).ratio
    np.add.at(out, card, found - found.max(axis=1, keepdims=True))
    return out


def _few(rows: pd.DataFrame, refunds: Ints, owner: Ints) -> Ints:
    """`_ASKED` of the refunds per card at most, chosen by id, whatever the rows' order."""
    refunds = refunds[np.lexsort((rows["id"].to_numpy(object)[refunds], owner[refunds]))]
    first = np.searchsorted(owner[refunds], owner[refunds])
    return refunds[np.arange(len(refunds)) - first < _ASKED]
