"""The lines of an order list: our fields in them, and what is wrong with each line."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import order_prices
from reconcile.money import MAX_DIGITS
from reconcile.order_formats import Format
from reconcile.readers import fields
from reconcile.text import Message, masked

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%b %d, %Y", "%d %b %Y", "%b. %d, %Y",
    "%B %d, %Y", "%d %B %Y", "%d.%m.%Y",
)  # fmt: skip


@dataclass
class Sheet:
    """The lines of a file with our fields, and what is wrong with each."""

    table: pd.DataFrame
    form: Format
    wrong: list[Message | None]

    def has(self, name: str) -> bool:
        """Whether the file has a column for a field."""
        return self.column(name) is not None

    def column(self, name: str) -> str | None:
        """The column that holds a field."""
        names = self.form.columns.get(name, ())
        return next((column for column in names if column in self.table), None)

    def col(self, name: str) -> pd.Series:
        """A field as text, empty where there is none."""
        column = self.column(name)
        if column is None:
            return pd.Series("", index=self.table.index, dtype="str")
        return self.table[column].astype("str").fillna("").str.strip()

    def date(self, name: str) -> pd.Series:
        """A field as days; null where there is none."""
        column = self.column(name)
        if column is not None and pd.api.types.is_datetime64_any_dtype(self.table[column]):
            return self.table[column].astype("datetime64[us]")
        return fields.dates(self.col(name), _DATES)

    def blame(self, bad: pd.Series | npt.NDArray[np.bool_], name: str, code: str) -> None:
        """Note what is wrong with lines that nothing is known to be wrong with yet."""
        shown = self.col(name)
        for at in np.flatnonzero(bad).tolist():
            if self.wrong[at] is None:
                column = self.column(name) or name
                params = {"column": masked(column), "text": masked(shown.iloc[at])[:40]}
                self.wrong[at] = Message(code, params)


def amount(
    sheet: Sheet, name: str, currency: pd.Series, *, required: bool = False
) -> tuple[pd.Series, pd.Series]:
    """A column of prices in minor units (empty: 0), and each line's currency."""
    texts = sheet.col(name)
    if sheet.form.minor:
        cents = pd.to_numeric(texts, errors="coerce")
        good = ((cents % 1 == 0) & cents.abs().lt(10**MAX_DIGITS)).to_numpy(np.bool_)
        value, found = cents.where(good, 0).to_numpy(np.int64), currency
    else:
        value, good, found = order_prices.read(texts, currency)
        sheet.blame(texts.ne("") & found.isna(), name, "orders.no_currency")
    wrong = ~good if required else ~good & texts.ne("").to_numpy(np.bool_)
    sheet.blame(wrong, name, "orders.amount")
    return pd.Series(value, index=texts.index), found


def quantity(sheet: Sheet) -> pd.Series:
    """How many pieces each line is about; 1 where nothing is told."""
    texts = sheet.col("quantity").str.lstrip("xX×").str.strip()
    count = pd.to_numeric(texts.where(texts.ne(""), "1"), errors="coerce")
    good = count.notna() & (count % 1 == 0) & count.between(1, 99_999)
    sheet.blame(~good, "quantity", "orders.quantity")
    return count.where(good, 1).astype("int64")
