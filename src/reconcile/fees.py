"""Fee rows that banks print apart: which charge or refund each of them belongs to.

Banks print a foreign fee before or after its purchase, the same day, days later or once a month;
with its percentage, with the merchant, or with neither. Every fee row is weighed against the rows
around it; one that could be of two different purchases stays with none.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import fee_evidence
from reconcile.ledger import day, spelled
from reconcile.linking.candidates import ranges

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Fees that no purchase abroad causes, whatever else their text says.
_NOT_FOREIGN = (
    r"(?i)\b(?:late|annual|membership|over-?limit|cash advance|returned payment|statement)\b"
    r"|年会費|jahresgeb|jahresentgelt"
)
# A row that says by its form which merchant it is for: IOF de "Shop", … VISA SHOP; but not
# IOF de compra internacional.
_NAMES = (
    r"(?i)\"[^\"]+\"|^iof d[aeo] (?!compras?\b|transa)"
    r"|auslandseinsatz\w*\s+(?:visa|mastercard|maestro)\s+\S"
)
# Days by which a fee may come before and after its purchase; a monthly line names its merchant.
_BEFORE, _AFTER, _MONTH = 4, 7, 45
# Rows on either side that are looked at: more of one account in some days could not be told apart.
_NEAR, _NEAR_NAMED = 40, 200
# How much better the likeliest purchase of a fee row must be than any other (`fee_evidence`).
_CLEAR = 0.2
# A bank prints its fees on one side of the purchases, as far as these many rows beside them show.
_SIDE_ROWS, _SIDE_SHARE, _OTHER_SIDE = 2, 0.75, 0.35
_ROUNDS = 50


class Attached(NamedTuple):
    """Fee rows by what they belong to: `amount`, signed minor units by transaction id (a fee
    taken is positive, one given back negative), and `ids`, the fee rows by transaction id.
    """

    amount: Mapping[str, int]
    ids: Mapping[str, list[str]]

    def amounts(self, ids: pd.Series) -> Ints:
        """The fee rows' sum of each transaction, 0 where there is none."""
        if not self.amount:
            return np.zeros(len(ids), np.int64)
        return np.asarray(ids.map(dict(self.amount)).fillna(0), np.int64)

    def rows(self, ids: list[str]) -> list[str]:
        """The ids of the fee rows of these transactions."""
        return [fee for one in ids for fee in self.ids.get(one, ())]


NONE = Attached({}, {})


def attached(book: pd.DataFrame) -> Attached:
    """Every fee row of a ledger with its charge or refund, by that transaction's id."""
    parent = attach(book)
    known = parent.dropna()
    if known.empty:
        return NONE
    rows = book.loc[known.index]
    ids = rows["id"].groupby(known, sort=True).agg(list)
    total = rows["amount"].groupby(known, sort=True).sum()
    return Attached(
        {str(key): int(value) for key, value in total.items()},
        {str(key): value for key, value in ids.items()},
    )


def attach(book: pd.DataFrame) -> pd.Series:
    """The id of the charge or refund of every fee row; null for all other rows and where unsure.

    `book` is a ledger, recognised or not. One purchase has one fee row at most, and the row that
    gives that very fee back; else a fee that is given back (negative) belongs to a refund. How the
    rows of `book` are sorted changes nothing. Their lines in their files do: that a fee is printed
    right below or above its purchase is often all that tells whose it is.
    """
    out = pd.Series(None, index=book.index, dtype="str")
    fee = _foreign_fees(book)
    if not fee.any():
        return out
    rows = spelled(book[book["account"].isin(book.loc[fee, "account"].unique())])
    rows = rows.assign(_day=day(rows), _fee=fee[rows.index]).sort_values(
        ["account", "_day", "file", "line", "id"], kind="stable", na_position="last"
    )
    table = fee_evidence.weighed(_pairs(rows), rows)
    ids = rows["id"].to_numpy(object)
    f, p = _given_back(*_settle(table, rows), rows)
    out.loc[rows.index[f]] = ids[p]
    return out


def _foreign_fees(book: pd.DataFrame) -> pd.Series:
    """Rows that can be a fee on a purchase abroad."""
    fee = book["kind"].eq("fee") & book["amount"].ne(0)
    if fee.any():
        text = book.loc[fee, "description"].astype("str").fillna("")
        fee[fee] = ~text.str.contains(_NOT_FOREIGN, regex=True)
    return fee


def _pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Fee rows (`f`) with the rows around them (`p`), as positions in `rows` (sorted)."""
    fee = rows["_fee"].to_numpy(np.bool_)
    kind = rows["kind"].isin(["purchase", "refund", "adjustment", "cash_advance"])
    parents = np.flatnonzero((kind & rows["amount"].ne(0)).to_numpy() & ~fee)
    fees = np.flatnonzero(fee)
    account = pd.factorize(rows["account"], sort=True)[0].astype(np.int64)
    number = rows["_day"].to_numpy("datetime64[D]").astype(np.int64)
    number = np.where(rows["_day"].isna(), 0, number)
    gap = int(number.max() - number.min()) + 2 * _MONTH
    key = account * gap + number - number.min()
    named = rows["description"].fillna("").str.contains(_NAMES, regex=True).to_numpy()[fees]
    back, near = np.where(named, _MONTH, _AFTER), np.where(named, _NEAR_NAMED, _NEAR)
    low = np.searchsorted(key[parents], key[fees] - back, side="left")
    high = np.searchsorted(key[parents], key[fees] + _BEFORE, side="right")
    middle = np.searchsorted(parents, fees)
    low, high = np.maximum(low, middle - near), np.minimum(high, middle + near)
    count = np.maximum(high - low, 0)
    return pd.DataFrame(
        {
            "f": np.repeat(fees, count),
            "p": parents[ranges(low, count)],
            "named": np.repeat(named, count),
        }
    )


def _settle(pairs: pd.DataFrame, rows: pd.DataFrame) -> tuple[Ints, Ints]:
    """Fee rows and their rows: first what nothing contests, then by each account's own order."""
    alike = rows.groupby(["account", "_day", "amount", "description"], dropna=False).ngroup()
    pairs = pairs.assign(
        same=alike.to_numpy()[pairs["p"]], fee=rows["amount"].to_numpy()[pairs["f"]]
    ).sort_values(["f", "cost", "p"], kind="stable")
    first, rest = _rounds(pairs)
    account = pd.factorize(rows["account"])[0]
    beside = first[first["step"].abs().eq(1)]
    side = np.sign(beside["step"]).groupby(account[beside["f"]]).agg(["mean", "size"])
    side = side[side["size"].ge(_SIDE_ROWS) & side["mean"].abs().ge(_SIDE_SHARE)]
    usual = pd.Series(account[rest["f"]], index=rest.index).map(np.sign(side["mean"]))
    rest = rest.assign(cost=rest["cost"] + _OTHER_SIDE * (np.sign(rest["step"]) == -usual))
    second, _ = _rounds(rest.sort_values(["f", "cost", "p"], kind="stable"))
    found = pd.concat([first, second])
    return found["f"].to_numpy(np.int64), found["p"].to_numpy(np.int64)


def _given_back(f: Ints, p: Ints, rows: pd.DataFrame) -> tuple[Ints, Ints]:
    """The settled fee rows, and those left that give a purchase's fee back without any refund.

    The amounts are equal, and no other fee row of the account has that amount.
    """
    minor = rows["amount"].to_numpy(np.int64)
    fees = np.flatnonzero(rows["_fee"].to_numpy(np.bool_))
    key = rows.iloc[fees][["account", "currency", "status", "_day"]].reset_index(drop=True)
    key = key.assign(size=np.abs(minor[fees]), back=minor[fees] < 0, f=fees)
    key["p"] = key["f"].map(pd.Series(p, f, dtype=np.float64))
    same = ["account", "currency", "status", "size"]
    key = key[~key.duplicated([*same, "back"], keep=False)]
    taken = key[~key["back"] & key["p"].notna()]
    both = key[key["back"] & key["p"].isna()].merge(taken, on=same, suffixes=("", "_taken"))
    both = both[both["_day"].ge(both["_day_taken"])]
    one, two = (both[name].to_numpy(np.int64) for name in ("f", "p_taken"))
    hit, silent = fee_evidence.naming(rows, one, two)
    use = (hit | silent) & (minor[two] > 0)
    return np.concatenate([f, one[use]]), np.concatenate([p, two[use]])


def _rounds(pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs that are settled, and those left; each round takes what nothing else contests."""
    found = [pairs.iloc[:0]]
    for _ in range(_ROUNDS):
        best = pairs.drop_duplicates("f").set_index("f", drop=False)
        # Purchases that are equal in all that is printed may be swapped without harm.
        others = pairs[pairs["same"].to_numpy() != best["same"].reindex(pairs["f"]).to_numpy()]
        second = others.groupby("f")["cost"].min().reindex(best.index).fillna(np.inf)
        claims = best[second - best["cost"] >= _CLEAR].reset_index(drop=True)
        claims = claims.sort_values(["p", "cost", "f"], kind="stable")
        won = claims.drop_duplicates("p")
        rival = claims[claims.duplicated("p")].drop_duplicates("p").set_index("p")
        rival = rival.reindex(won["p"])
        close = rival["cost"].to_numpy() - won["cost"].to_numpy() < _CLEAR
        won = won[~(close & (rival["fee"].to_numpy() != won["fee"].to_numpy()))]
        if won.empty:
            break
        found.append(won)
        pairs = pairs[~pairs["f"].isin(won["f"]) & ~pairs["p"].isin(won["p"])]
    return pd.concat(found), pairs
