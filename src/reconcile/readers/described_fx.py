"""Merchant-currency amounts that a statement without a layout prints in its descriptions.

Without a printed rate, an amount is believed only if the reference rate leads from it to something
like the billed amount: a text may name a currency for other reasons.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import rates
from reconcile.ledger import Source
from reconcile.marks import EAST, WORDS
from reconcile.readers import printed_fx
from reconcile.readers.columns import Columns
from reconcile.text import Message

# Billed over converted: fees, the network's own rate and days between make no more of it.
_LEAST, _MOST = 0.75, 1.35
# Names of currencies behind an amount.
_BEFORE, _BEHIND = r"(?i)(?<=\d )", r"(?![A-Z])"
# In other scripts the name may stand right behind the amount.
_FAR = rf"(?<=\d)\s?(?:{'|'.join(EAST)})"
_NAMED = rf"{_BEFORE}(?:{'|'.join(WORDS)}){_BEHIND}|{_FAR}"


def add(frame: pd.DataFrame, columns: Columns, source: Source) -> pd.DataFrame:
    """The rows with what their descriptions print, each of the columns taken for one in turn."""
    found = frame.assign(
        currency=frame["currency"].astype("str"),
        conversion_rate=frame["conversion_rate"].astype("str"),
        original_currency=frame["original_currency"].astype("str"),
    )
    any_read, unread = False, 0
    told = [
        replace(columns, positions={"text": [position]}, extra={}).text("text")
        for position in columns.positions.get("description", [])
    ]
    # What lines below the rows say of them.
    told += [columns.extra["memo"].fillna("").astype("str")] if "memo" in columns.extra else []
    for texts in told:
        open_ = np.flatnonzero(found["original_amount"].isna())
        if not len(open_):
            break
        read, doubtful = _read(found.iloc[open_], texts.iloc[open_])
        unread += doubtful
        if not len(read):
            continue
        any_read = True
        for name in read:
            column = found[name].astype(object)
            column.iloc[open_[read.index]] = read[name].to_numpy(object)
            found[name] = column.astype(found[name].dtype)
    if unread:
        source.notes.append(Message("note.annotation", {"count": unread}))
    if not any_read:
        return frame
    changed = ("original_amount", "original_decimals", "conversion_date")
    codes = {
        name: found[name].astype("category") for name in ("original_currency", "conversion_rate")
    }
    return frame.assign(**{name: found[name] for name in changed}, **codes)


def _read(frame: pd.DataFrame, texts: pd.Series) -> tuple[pd.DataFrame, int]:
    """What some texts print, by the number of the row, and how many rates do not fit their row."""
    owed = frame["amount"].to_numpy(np.int64)
    places = frame["decimals"].to_numpy(np.int64)
    billing = frame["currency"].reset_index(drop=True)
    day = frame["transaction_date"].fillna(frame["posted_date"]).reset_index(drop=True)
    printed = printed_fx.annotations(_coded(texts), owed, places, billing, day)
    rated = np.array([isinstance(rate, str) for rate in printed.rate], np.bool_)
    good = printed.read & (rated | _likely(printed, owed, places, billing, day))
    rows = np.flatnonzero(good)
    out = pd.DataFrame(
        {
            "original_amount": printed.amount[rows],
            "original_decimals": printed.places[rows],
            "original_currency": printed.currency[rows],
            "conversion_rate": printed.rate[rows],
            "conversion_date": printed.date.iloc[rows].to_numpy(),
        },
        index=rows,
    )
    return out, int(printed.unread.sum())


def _coded(texts: pd.Series) -> pd.Series:
    """Texts with the code for a currency's name behind an amount, as in `25.40 U.S.DOLLAR`."""
    plain = texts.astype("str")
    named = plain.str.contains(_NAMED, regex=True)
    if not named.any():
        return plain
    some = plain[named]
    for pattern, code in WORDS.items():
        some = some.str.replace(rf"{_BEFORE}(?:{pattern}){_BEHIND}", code, regex=True)
    some = some.str.replace(_FAR, lambda found: f" {EAST[found[0].strip()]}", regex=True)
    return plain.where(~named, some.reindex(plain.index))


def _likely(
    printed: printed_fx.Printed,
    owed: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    billing: pd.Series,
    day: pd.Series,
) -> npt.NDArray[np.bool_]:
    """Rows whose billed amount is about what the reference rate makes of the printed one."""
    out = np.zeros(len(owed), np.bool_)
    pairs = pd.DataFrame({"base": printed.currency, "quote": billing})[printed.read]
    for base, quote in pairs.drop_duplicates().itertuples(index=False):
        rows = pairs.index[pairs["base"].eq(base) & pairs["quote"].eq(quote)].to_numpy()
        days = day.iloc[rows].to_numpy("datetime64[D]")
        rate, _ = rates.ecb().lookup(str(base), str(quote), days, stale=True)
        billed = np.abs(owed[rows]) / 10.0 ** places[rows]
        worth = np.abs(printed.amount[rows]) / 10.0 ** printed.places[rows] * rate
        with np.errstate(divide="ignore", invalid="ignore"):
            share = billed / worth
        out[rows] = (share >= _LEAST) & (share <= _MOST)
    return out
