"""Two currencies in one OFX row: CURRENCY, ORIGCURRENCY, and amounts printed in MEMO or NAME."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.readers import ofx_amount, printed_fx
from reconcile.readers.ofx_amount import Ints
from reconcile.readers.ofx_leaf import Leaf, Positions, Rows
from reconcile.text import Message


def currency_codes(leaf: Leaf) -> Leaf:
    """ISO 4217 codes in capitals; anything else is none."""
    capitals = leaf.changed(lambda texts: texts.str.upper())
    return capitals.changed(lambda texts: texts.where(texts.isin(money.CURRENCIES)))


def places_of(currency: Leaf) -> Ints:
    """Decimals of each currency; 2 where there is none."""
    return currency.spread(np.array([money.decimals(c) for c in currency.names], np.int64), 2)


class Foreign:
    """Amounts in billing currency and what is known of the merchant's, as one array per column.

    Built from the raw rows, the statement's currency (`billing`), the currency of TRNAMT (`unit`),
    what is owed in minor units of `unit`, its decimals, and the day of each row. `known` marks the
    rows that have an `original`.
    """

    def __init__(
        self,
        rows: Rows,
        billing: Leaf,
        unit: Leaf,
        owed: Ints,
        places: Ints,
        day: npt.NDArray[np.datetime64],
    ) -> None:
        length = len(rows)
        self.notes: list[Message] = []
        self._unread = 0
        self.amount, self.places, self.currency = owed.copy(), places.copy(), unit
        self.original, self.known = np.zeros(length, np.int64), np.zeros(length, np.bool_)
        self.original_currency = np.full(length, None, dtype=object)
        self.original_places = np.full(length, 2, np.int64)
        self.rate = np.full(length, None, dtype=object)
        self.date = np.full(length, np.datetime64("NaT", "us"))
        where = np.flatnonzero(rows["CURRENCY"].there | rows["ORIGCURRENCY"].there)
        if len(where):
            self._aggregates(where, rows, billing, unit)
        for field in ("MEMO", "NAME"):
            self._printed(rows[field], day)
        if self._unread:
            self.notes.append(Message("ofx.annotation_unread", {"count": self._unread}))

    def _aggregates(self, where: Positions, rows: Rows, billing: Leaf, unit: Leaf) -> None:
        """CURRENCY: TRNAMT is foreign. ORIGCURRENCY: TRNAMT is converted already (OFX 5.2)."""
        home, own = billing.at(where), unit.at(where)
        original = rows["ORIGCURRENCY"].at(where)
        symbol = currency_codes(rows["CURSYM"].at(where).otherwise(original))
        printed = (
            rows["CURRATE"]
            .at(where)
            .changed(lambda texts: texts.str.replace(",", ".", regex=False))
            .texts()
        )
        digits, scale, usable = ofx_amount.rates(printed)
        # Tools write rate 1 where they know none.
        usable &= np.array(
            [a != 10 ** int(b) for a, b in zip(digits, scale, strict=True)], dtype=np.bool_
        )
        text = printed.to_numpy(object)
        ours, theirs, marks = (leaf.texts().to_numpy(object) for leaf in (home, own, symbol))
        abroad = own.there & home.there & (ours != theirs)
        amount, places, target = self.amount[where], self.places[where], places_of(home)
        value, fits = ofx_amount.times(amount, digits, scale, target - places)
        turned = abroad & usable & fits
        self._set(where[turned], amount[turned], theirs[turned], places[turned])
        self.amount[where[turned]], self.places[where[turned]] = value[turned], target[turned]
        there = np.zeros(len(rows), np.bool_)
        there[where[turned]] = True
        self.currency = unit.put(there, billing)

        was = original.there & symbol.there & (marks != ours) & ~abroad
        digit = places_of(symbol)
        self.original_currency[where[was]] = marks[was]
        self.original_places[where[was]] = digit[was]
        back = np.where(usable, digits, 1)
        value, fits = ofx_amount.over(amount, back, scale, digit - places)
        known = was & usable & fits
        self._set(where[known], value[known], marks[known], digit[known])
        self.rate[where[turned | known]] = text[turned | known]
        for code, some in (
            ("ofx.converted", turned),
            ("ofx.foreign_kept", abroad & ~turned),
            ("ofx.original_computed", known),
        ):
            if some.any():
                self.notes.append(Message(code, {"count": int(some.sum())}))

    def _set(
        self, rows: Positions, value: Ints, currency: npt.NDArray[np.object_], places: Ints
    ) -> None:
        """The original amounts of some rows."""
        self.original[rows], self.known[rows] = value, True
        self.original_currency[rows], self.original_places[rows] = currency, places

    def _printed(self, leaf: Leaf, day: npt.NDArray[np.datetime64]) -> None:
        """Amounts printed in a text, for rows whose aggregates gave none or a computed one."""
        where = np.flatnonzero(~self.known & pd.isna(self.rate) & leaf.there)
        if not len(where):
            return
        found = printed_fx.annotations(
            leaf.at(where).coded(),
            self.amount[where],
            self.places[where],
            self.currency.at(where).texts(),
            pd.Series(day[where]),
        )
        self._unread += int(found.unread.sum())
        rows = where[found.read]
        # ORIGCURRENCY without a rate: the text may say how much, but not in another currency.
        named = self.original_currency[rows]
        some = np.flatnonzero(found.read)[pd.isna(named) | (named == found.currency[found.read])]
        rows = where[some]
        self._set(rows, found.amount[some], found.currency[some], found.places[some])
        self.rate[rows] = found.rate[some]
        self.date[rows] = found.date.to_numpy("datetime64[us]")[some]
