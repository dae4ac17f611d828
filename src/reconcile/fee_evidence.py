"""What speaks for a fee row's being that of a row near it: amounts, names, places, habits."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import SHORTEST, same_names
from reconcile.money import fold

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# What a foreign fee may be of its purchase: a 0.25% surcharge (M.I. Amex) to IOF at 6.38%.
_LEAST, _MOST = 0.002, 0.065
_PERCENT = r"(\d{1,2}(?:[.,]\d{1,4})?)\s*%"
# Words of fee rows that name no merchant.
_FEE_WORDS = re.compile(
    r"FOREIGN|INTERNATIONAL|INTL|OVERSEAS|NON|STERLING|TRANSACTION|TRANSACTIONS|CURRENCY|EXCHANGE"
    r"|CONVERSION|CROSS|BORDER|PURCHASE|FEE|FEES|CHARGE|CHG|COMMISSION|SURCHARGE|REVERSAL|REFUND"
    r"|CREDIT|ADJUSTMENT|RETURN(?:ED)?|WAIVE[DR]|REBATE|ERSTATTUNG|GUTSCHRIFT|DEVISENZUSCHLAG|AUSLANDSEINSATZ\w*|IOF|DE|DA|DO|COMPRA|INTERNACIONAL|FOR"
    r"|F[ÜU]R|VISA|MASTERCARD|MAESTRO|AMEX|JCB|CARD|KARTE|MIT|THE|OF|ON|REF|[A-Z]{3}|\d\S*"
    r"|海外事務手数料|海外サービス手数料|手数料|返金|ESTORNO"
)
# Weights of nearness and of what speaks for a purchase, in one unit. They only rank readings that
# the amount allows; from `_WORST` on there is none. Days beyond `_FAR` are no further away.
_PER_DAY, _PER_DAY_NAMED, _PER_ROW, _ROWS = 0.4, 0.02, 0.25, 8
_OTHER_FILE, _NOT_ROUNDED, _HOME_ROW, _ON_REFUND = 1.0, 0.5, 1.5, 1.6
_NAMED, _SAME_ORIGINAL, _HABIT = -3.0, -3.0, -1.5
_WORST, _FAR = 4.5, 90
# A rate counts as the card's habit when this many of its fee rows could have it.
_HABIT_ROWS = 3
_NEVER = pd.Timestamp("1900-01-01")


def weighed(pairs: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
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
    spoken, other = naming(rows, f, p)
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


def naming(rows: pd.DataFrame, f: Ints, p: Ints) -> tuple[Bools, Bools]:
    """Does the fee row name this row's merchant? And does it name no merchant at all?"""
    codes, uniques = pd.factorize(rows["description"], use_na_sentinel=False)
    plain = [fold("" if pd.isna(u) else str(u)).upper() for u in uniques]
    whole = [re.sub(r"[\W_]+", "", text) for text in plain]
    rest = ["".join(w for w in re.findall(r"\w+", t) if not _FEE_WORDS.fullmatch(w)) for t in plain]
    silent = np.array([len(text) < SHORTEST for text in rest], np.bool_)
    return same_names(codes[f], codes[p], rest, whole), silent[codes[f]]


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
    cost = np.where(named, _PER_DAY_NAMED, _PER_DAY) * np.minimum(apart, _FAR)
    near = np.where(step == 0, _OTHER_FILE, _PER_ROW * np.minimum(np.abs(step) - 1, _ROWS))
    # A line that comes once a month stands nowhere near its purchase.
    return np.asarray(cost + np.where(named, 0.0, near))
