"""Fee rows that banks print apart: which charge or refund each of them belongs to.

Banks print a foreign fee before or after its purchase, the same day, days later or once a month;
with its percentage, with the merchant, or with neither. Every fee row is weighed against the rows
around it; one that could be of two different purchases stays with none.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.ledger import day, spelled
from reconcile.linking.candidates import ranges
from reconcile.money import fold

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# What a foreign fee may be of its purchase: a 0.25% surcharge (M.I. Amex) to IOF at 6.38%.
_LEAST, _MOST = 0.002, 0.065
# Fees that no purchase abroad causes, whatever else their text says.
_NOT_FOREIGN = (
    r"(?i)\b(?:late|annual|membership|over-?limit|cash advance|returned payment|statement)\b"
    r"|年会費|jahresgeb|jahresentgelt"
)
_PERCENT = r"(\d{1,2}(?:[.,]\d{1,4})?)\s*%"
# Words of fee rows that name no merchant.
_FEE_WORDS = re.compile(
    r"FOREIGN|INTERNATIONAL|INTL|OVERSEAS|NON|STERLING|TRANSACTION|TRANSACTIONS|CURRENCY|EXCHANGE"
    r"|CONVERSION|CROSS|BORDER|PURCHASE|FEE|FEES|CHARGE|CHG|COMMISSION|SURCHARGE|REVERSAL|REFUND"
    r"|CREDIT|ADJUSTMENT|RETURN(?:ED)?|WAIVE[DR]|REBATE|ERSTATTUNG|GUTSCHRIFT|DEVISENZUSCHLAG|AUSLANDSEINSATZ\w*|IOF|DE|DA|DO|COMPRA|INTERNACIONAL|FOR"
    r"|F[ÜU]R|VISA|MASTERCARD|MAESTRO|AMEX|JCB|CARD|KARTE|MIT|THE|OF|ON|REF|[A-Z]{3}|\d\S*"
    r"|海外事務手数料|海外サービス手数料|手数料|返金|ESTORNO"
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
# Weights of nearness and of what speaks for a purchase, in one unit. They only rank readings that
# the amount allows; `_CLEAR` is how much better the best must be than any other.
_PER_DAY, _PER_DAY_NAMED, _PER_ROW, _ROWS = 0.4, 0.02, 0.25, 8
_OTHER_FILE, _NOT_ROUNDED, _HOME_ROW, _ON_REFUND = 1.0, 0.5, 1.5, 1.6
_NAMED, _SAME_ORIGINAL, _HABIT = -3.0, -3.0, -1.5
_CLEAR, _WORST = 0.2, 4.5
# A rate counts as the card's habit when this many of its fee rows could have it.
_HABIT_ROWS = 3
# A bank prints its fees on one side of the purchases, as far as these many rows beside them show.
_SIDE_ROWS, _SIDE_SHARE, _OTHER_SIDE = 2, 0.75, 0.35
_ROUNDS = 50
_NEVER = pd.Timestamp("1900-01-01")


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
    table = _weighed(_pairs(rows), rows)
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


def _weighed(pairs: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The pairs that the amounts allow, each with its `cost` (the lower, the likelier)."""
    f, p = pairs["f"].to_numpy(np.int64), pairs["p"].to_numpy(np.int64)
    minor = rows["amount"].to_numpy(np.int64)
    live = rows["status"].isin(["posted", "pending"]).to_numpy()
    money = pd.factorize(rows["currency"], use_na_sentinel=False)[0]
    fee, base = np.abs(minor[f]).astype(np.float64), np.abs(minor[p]).astype(np.float64)
    # A fee that is given back belongs to a refund; one that is taken may be one on a refund too.
    on_refund = minor[p] < 0
    good = (live[f] == live[p]) & (money[f] == money[p]) & ((minor[f] > 0) | on_refund)
    percent = _percent(rows["description"])[f]
    printed = np.isfinite(percent)
    off = np.abs(fee - np.nan_to_num(percent) * base)
    good &= np.where(
        printed, off <= 1.0 + 1e-9, (fee >= _LEAST * base - 0.5) & (fee <= _MOST * base + 0.5)
    )
    spoken, other = _spoken(rows, f, p)
    same, differs = _originals(rows, f, p)
    # A row that names its merchant or its original belongs to no other.
    good &= ~differs & ~(pairs["named"].to_numpy() & ~spoken & ~same)
    first = pd.Series(spoken & good).groupby(f).transform("any").to_numpy(np.bool_)
    good &= ~first | spoken | other
    use = np.flatnonzero(good)
    f, p, fee, base, printed, off = (a[use] for a in (f, p, fee, base, printed, off))
    named = pairs["named"].to_numpy()[use]
    habit = _habit(rows, f, fee, base)
    place = _places(rows)
    file = pd.factorize(rows["file"])[0]
    lined = (file[f] == file[p]) & (place[f] >= 0) & (place[p] >= 0)
    step = np.where(lined, place[f] - place[p], 0)
    cost = _distance(rows, f, p, named, step)
    cost += _NAMED * spoken[use] + _SAME_ORIGINAL * same[use] + _HABIT * habit
    cost += _HOME_ROW * _at_home(rows)[p] + _NOT_ROUNDED * (printed & (off > 0.5 + 1e-9))
    taken_on_refund = (minor[f] > 0) & (minor[p] < 0)
    cost += _ON_REFUND * taken_on_refund
    told = printed | habit | spoken[use] | _repeated(rows, f, p, fee, base)
    keep = (cost <= _WORST) & (~taken_on_refund | told)
    out: pd.DataFrame = pd.DataFrame({"f": f, "p": p, "cost": cost, "step": step}).loc[keep]
    return out


def _percent(description: pd.Series) -> Floats:
    """The percentage printed in each descriptor as a fraction; NaN without one."""
    codes, uniques = pd.factorize(description, use_na_sentinel=False)
    text = pd.Series(["" if pd.isna(u) else fold(str(u)) for u in uniques], dtype="str")
    found = text.str.extract(_PERCENT, expand=False).str.replace(",", ".", regex=False)
    return np.asarray(pd.to_numeric(found).to_numpy(np.float64)[codes] / 100)


def _spoken(rows: pd.DataFrame, f: Ints, p: Ints) -> tuple[Bools, Bools]:
    """Does the fee row name this row's merchant? And does it name no merchant at all?"""
    codes, uniques = pd.factorize(rows["description"], use_na_sentinel=False)
    plain = [fold("" if pd.isna(u) else str(u)).upper() for u in uniques]
    whole = [re.sub(r"[\W_]+", "", text) for text in plain]
    rest = ["".join(w for w in re.findall(r"\w+", t) if not _FEE_WORDS.fullmatch(w)) for t in plain]
    both = codes[f].astype(np.int64) * len(uniques) + codes[p]
    pairs, back = np.unique(both, return_inverse=True)
    left, right = np.divmod(pairs, max(len(uniques), 1))
    hit = [_alike(rest[a], whole[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    silent = np.array([len(text) < 4 for text in rest], np.bool_)
    return np.array(hit, np.bool_)[back], silent[codes[f]]


def _alike(name: str, descriptor: str) -> bool:
    """Whether a name in a fee row is that of a descriptor, either of which may be cut short."""
    short, long = sorted((name, descriptor), key=len)
    return len(short) >= 4 and (short in long or name[:8] == descriptor[:8])


def _originals(rows: pd.DataFrame, f: Ints, p: Ints) -> tuple[Bools, Bools]:
    """Are the original amounts printed on both rows the same; are they different?

    A bank may print the fee itself as its row's original: that says nothing of the purchase.
    """
    original = rows["original_amount"].abs().astype("float64").fillna(np.nan).to_numpy(np.float64)
    money = pd.factorize(rows["original_currency"], use_na_sentinel=False)[0]
    fee = rows["amount"].abs().to_numpy(np.float64)
    # In minor units of another currency, so this is only an order of magnitude.
    both = (original[f] > 5 * fee[f]) & np.isfinite(original[p]) & (money[f] == money[p])
    equal = original[f] == original[p]
    return both & equal, both & ~equal


def _at_home(rows: pd.DataFrame) -> Bools:
    """Rows billed in the card's own currency, as far as an account prints what is foreign."""
    foreign = rows["original_amount"].notna() & ~rows["original_currency"].eq(rows["currency"])
    prints = (foreign & ~rows["_fee"]).groupby(rows["account"]).transform("any")
    return (prints & ~foreign).to_numpy(np.bool_)


def _habit(rows: pd.DataFrame, f: Ints, fee: Floats, base: Floats) -> Bools:
    """Pairs at the rate that most fee rows of the account could have; none below a few rows."""
    seen = pd.DataFrame({"account": pd.factorize(rows["account"])[0][f], "f": f})
    seen["share"] = fee / base
    seen["bin"] = np.rint(1000 * seen["share"]).astype(np.int64)
    votes = seen.drop_duplicates(["f", "bin"]).groupby(["account", "bin"]).size()
    top = votes[votes >= _HABIT_ROWS].rename("count").reset_index()
    top = top.sort_values(["account", "count", "bin"]).drop_duplicates("account", keep="last")
    best = seen["account"].map(top.set_index("account")["bin"])
    near = seen[(seen["bin"] - best).abs().le(1)]
    rate = seen["account"].map(near.groupby("account")["share"].median()).to_numpy(np.float64)
    return np.asarray(np.abs(fee - rate * base) <= 0.6 + 0.02 * fee)


def _repeated(rows: pd.DataFrame, f: Ints, p: Ints, fee: Floats, base: Floats) -> Bools:
    """Pairs at a rate that another fee row of the account could have of a purchase."""
    bins = np.rint(1000 * fee / base).astype(np.int64)
    pairs = pd.DataFrame({"account": pd.factorize(rows["account"])[0][f], "bin": bins, "f": f})
    bought = pairs[rows["amount"].to_numpy(np.int64)[p] > 0]
    near = pd.concat([bought.assign(bin=bought["bin"] + step) for step in (-1, 0, 1)])
    most = near.groupby(["account", "bin"])["f"].agg(["min", "max"])
    found = pairs.join(most, on=["account", "bin"])
    other = found["min"].ne(found["f"]) | found["max"].ne(found["f"])
    return np.asarray(found["min"].notna() & other)


def _places(rows: pd.DataFrame) -> Ints:
    """Where each row stands among its account's rows, file by file; -1 without a line."""
    line = rows["line"].fillna(0).to_numpy(np.int64)
    place = np.empty(len(rows), np.int64)
    file, account = (pd.factorize(rows[name], sort=True)[0] for name in ("file", "account"))
    place[np.lexsort((line, file, account))] = np.arange(len(rows))
    return np.where(line > 0, place, -1)


def _distance(rows: pd.DataFrame, f: Ints, p: Ints, named: Bools, step: Ints) -> Floats:
    """How far apart two rows stand, in days and in lines of their file (`step`, 0: unknown)."""
    dates = [rows["_day"], rows["posted_date"].fillna(rows["_day"])]
    days = [part.fillna(_NEVER).to_numpy("datetime64[D]").astype(np.int64) for part in dates]
    apart = np.min([np.abs(one[f] - two[p]) for one in days for two in days], axis=0)
    cost = np.where(named, _PER_DAY_NAMED, _PER_DAY) * np.minimum(apart, 2 * _MONTH)
    near = np.where(step == 0, _OTHER_FILE, _PER_ROW * np.minimum(np.abs(step) - 1, _ROWS))
    # A line that comes once a month stands nowhere near its purchase.
    return np.asarray(cost + np.where(named, 0.0, near))


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
    hit, silent = _spoken(rows, one, two)
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
