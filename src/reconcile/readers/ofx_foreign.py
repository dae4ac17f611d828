"""Two currencies in one OFX row: CURRENCY, ORIGCURRENCY, and amounts printed in MEMO or NAME."""

import numpy as np
import pandas as pd

from reconcile import money
from reconcile.readers import ofx_amount, printed_fx
from reconcile.readers.ofx_amount import Ints
from reconcile.text import Message


def currency_codes(texts: pd.Series) -> pd.Series:
    """ISO 4217 codes in capitals; anything else is null."""
    code = texts.str.upper()
    return code.where(code.isin(money.CURRENCIES)).astype("str")


def places_of(currency: pd.Series) -> Ints:
    """Decimals of each currency; 2 where it is null."""
    known = {code: money.decimals(code) for code in currency.dropna().unique()}
    return currency.map(known).fillna(2).to_numpy(np.int64)


class Foreign:
    """Amounts in billing currency and what is known of the merchant's, as one array per column.

    Built from the raw rows, the statement's currency (`billing`), the currency of TRNAMT (`unit`),
    what is owed in minor units of `unit`, its decimals, and the day of each row.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        billing: pd.Series,
        unit: pd.Series,
        owed: Ints,
        places: Ints,
        day: pd.Series,
    ) -> None:
        length = len(rows)
        self.notes: list[Message] = []
        self._unread = 0
        self.amount, self.places, self.currency = owed.copy(), places.copy(), unit
        self.original = np.full(length, None, dtype=object)
        self.original_currency = np.full(length, None, dtype=object)
        self.original_places = np.full(length, 2, np.int64)
        self.rate = np.full(length, None, dtype=object)
        self.date = pd.Series(pd.NaT, index=range(length), dtype="datetime64[us]")
        self._aggregates(rows, billing, unit)
        for field in ("MEMO", "NAME"):
            self._printed(rows[field], day)
        if self._unread:
            self.notes.append(Message("ofx.annotation_unread", {"count": self._unread}))

    def _aggregates(self, rows: pd.DataFrame, billing: pd.Series, unit: pd.Series) -> None:
        """CURRENCY: TRNAMT is foreign. ORIGCURRENCY: TRNAMT is converted already (OFX 5.2)."""
        symbol = currency_codes(rows["CURSYM"].fillna(rows["ORIGCURRENCY"]))
        digits, scale, usable = ofx_amount.rates(rows["CURRATE"])
        # Tools write rate 1 where they know none.
        usable &= np.array(
            [a != 10 ** int(b) for a, b in zip(digits, scale, strict=True)], dtype=np.bool_
        )
        text = rows["CURRATE"].str.replace(",", ".", regex=False).to_numpy(object)
        abroad = (unit.ne(billing) & unit.notna() & billing.notna()).to_numpy(np.bool_)
        own = self.places.copy()
        target = places_of(billing)
        value, fits = ofx_amount.times(self.amount, digits, scale, target - own)
        turned = abroad & usable & fits
        self.original[turned] = self.amount[turned]
        self.original_currency[turned] = unit.to_numpy(object)[turned]
        self.original_places[turned] = own[turned]
        self.amount = np.where(turned, value, self.amount)
        self.places = np.where(turned, target, own)
        self.currency = unit.mask(turned, billing)

        marked = rows["ORIGCURRENCY"].notna() & symbol.notna() & symbol.ne(billing.fillna(""))
        was = marked.to_numpy(np.bool_) & ~abroad
        theirs = places_of(symbol)
        self.original_currency[was] = symbol.to_numpy(object)[was]
        self.original_places[was] = theirs[was]
        back = np.where(usable, digits, 1)
        value, fits = ofx_amount.over(self.amount, back, scale, theirs - self.places)
        known = was & usable & fits
        self.original[known] = value[known]
        self.rate[turned | known] = text[turned | known]
        for code, some in (
            ("ofx.converted", turned),
            ("ofx.foreign_kept", abroad & ~turned),
            ("ofx.original_computed", known),
        ):
            if some.any():
                self.notes.append(Message(code, {"count": int(some.sum())}))

    def _printed(self, texts: pd.Series, day: pd.Series) -> None:
        """Amounts printed in a text, for rows whose aggregates gave none or a computed one."""
        open_ = pd.isna(self.original) & pd.isna(self.rate)
        where = np.flatnonzero(open_ & texts.notna().to_numpy(np.bool_))
        if not len(where):
            return
        found = printed_fx.annotations(
            texts.iloc[where].reset_index(drop=True),
            self.amount[where],
            self.places[where],
            self.currency.iloc[where].reset_index(drop=True),
            day.iloc[where].reset_index(drop=True),
        )
        self._unread += int(found.unread.sum())
        rows = where[found.read]
        # ORIGCURRENCY without a rate: the text may say how much, but not in another currency.
        named = self.original_currency[rows]
        same = pd.isna(named) | (named == found.currency[found.read])
        rows = rows[same]
        self.original[rows] = found.amount[found.read][same]
        self.original_currency[rows] = found.currency[found.read][same]
        self.original_places[rows] = found.places[found.read][same]
        self.rate[rows] = found.rate[found.read][same]
        self.date.iloc[rows] = found.date[found.read][same].to_numpy()
