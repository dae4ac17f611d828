"""What a statement prints of the merchant's currency: amount, currency, rate, day of conversion."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.distinct import distinct
from reconcile.layout import Layout
from reconcile.ledger import Source, constant, spelled
from reconcile.readers import described_fx, fields, years
from reconcile.readers.columns import Columns
from reconcile.text import Message

# The billed amount is rounded, and so is the printed rate: by half of its last digit, which is
# believed up to one percent, or cut after four digits.
_ANNOTATION_TOLERANCE, _CUT, _VAGUE = 1.0, 1e-4, 0.01
# Currencies other than the dollar of the United States that are written with a bare `$` at home.
_DOLLARS = tuple(
    "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD NZD SBD "
    "SGD SRD TTD TWD UYU XCD".split()
)


def foreign(frame: pd.DataFrame, columns: Columns, layout: Layout, source: Source) -> pd.DataFrame:
    """Original amount, currency, rate; an annotation that does not fit its row is left unread."""
    blank = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    frame = frame.assign(
        fee_amount=blank, original_amount=blank, original_decimals=np.int8(2),
        original_currency=constant(None, len(frame)), conversion_rate=constant(None, len(frame)),
        conversion_date=pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]"),
    )  # fmt: skip
    if columns.has("fee_amount"):
        fee, ok, places = fields.amounts(
            columns.text("fee_amount"), frame["currency"], layout.decimal, layout.group
        )
        fee = fields.to_places(fee, places, frame["decimals"].to_numpy(np.int8))
        frame["fee_amount"] = pd.array(np.where(ok & (fee != 0), np.abs(fee), 0), dtype="Int64")
        frame["fee_amount"] = frame["fee_amount"].where(ok & (fee != 0))
    if not columns.has("original_amount"):
        return described_fx.add(frame, columns, source) if layout.any_bank else frame
    text = columns.text("original_amount")
    codes, uniques = distinct(text)
    filled = uniques.str.strip().ne("").to_numpy(np.bool_)
    rows = np.flatnonzero(filled[codes])
    if len(rows):
        some = text.iloc[rows].astype("str")
        found = _annotations(spelled(frame.iloc[rows]), columns.of(rows), some, layout, source)
        for name in found:
            frame[name] = _spread(found[name], rows, frame[name])
    return frame


def _spread(found: pd.Series, rows: npt.NDArray[np.intp], blank: pd.Series) -> Any:
    """The values of `blank` with what was found in some rows."""
    if isinstance(blank.dtype, pd.CategoricalDtype):
        codes = np.full(len(blank), -1, np.int32)
        codes[rows], texts = pd.factorize(found)
        return pd.Categorical.from_codes(codes, pd.Index(texts, dtype="str"), validate=False)
    out = blank.array.copy()
    out[rows] = found.astype(blank.dtype).array
    return out


def _annotations(
    frame: pd.DataFrame, columns: Columns, text: pd.Series, layout: Layout, source: Source
) -> pd.DataFrame:
    """The five foreign columns for rows that print an original amount."""
    own = fields.currencies(columns.text("original_currency")).astype("str")
    if layout.any_bank:
        own = own.fillna(_beside(text, frame["currency"]))
    decimal = layout.original_decimal or layout.decimal
    group = layout.group if decimal == layout.decimal else layout.decimal
    value, ok, places = fields.amounts(text, own, decimal, group)
    rate = fields.rates(columns.text("conversion_rate"), decimal)
    # A statement may print the original of every row; in the billing currency it tells nothing,
    # and where the columns were guessed another amount shows that they hold something else.
    same = own.eq(frame["currency"])
    if not layout.any_bank:
        same &= np.abs(value) == frame["amount"].abs()
    ok = ok & (value != 0) & ~same.to_numpy(np.bool_)
    signed = np.abs(value) * np.where(frame["amount"] < 0, -1, 1)
    number = pd.to_numeric(rate, errors="coerce").to_numpy(np.float64)
    digits = rate.str.extract(r"\.(\d+)$", expand=False).str.len().fillna(0).to_numpy(np.float64)
    half: npt.NDArray[np.float64] = np.asarray(0.5 * 10.0**-digits, np.float64)
    fits, turned = _annotation_fits(frame, np.abs(value), places, number, half)
    keep = ok & fits
    unread = int((ok & ~fits).sum())
    if unread:
        source.notes.append(Message("note.annotation", {"count": unread}))
    if turned.any():
        rate = rate.copy()
        rate[turned] = [f"{value:.6g}" for value in 1 / number[turned]]
    columns_out = {
        "original_amount": pd.Series(pd.array(signed, dtype="Int64"), index=frame.index),
        "original_currency": own,
        "conversion_rate": rate,
        "conversion_date": _conversion_dates(columns, frame, layout),
    }
    out = pd.DataFrame({name: value.where(keep) for name, value in columns_out.items()})
    return out.assign(original_decimals=places)


def _beside(text: pd.Series, billing: pd.Series) -> pd.Series:
    """The currency that stands beside each amount, null where none does. A bare `$` is that of the
    United States, where it is known that the bill is in nothing that is called so, too.
    """
    marked = fields.on_unique(text, lambda unique: money.marked(fields.plain(unique)))
    marked = marked.mask(marked.eq("$") & billing.notna() & ~billing.isin(_DOLLARS), "USD")
    return marked.where(marked.isin(money.CURRENCIES))


def _annotation_fits(
    frame: pd.DataFrame,
    value: npt.NDArray[np.int64],
    places: npt.NDArray[np.int8],
    rate: npt.NDArray[np.float64],
    half: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether |billed - original x rate| stays within rounding; and whether only 1/rate does so.

    `half` is half of the last digit that each rate shows.
    """
    bill = frame["amount"].abs().to_numpy(np.float64) - frame["fee_amount"].fillna(0).to_numpy(
        np.float64
    )
    scale = 10.0 ** frame["decimals"].to_numpy(np.float64)
    original = value / 10.0**places
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.minimum(half, _VAGUE * rate)
        slack = _ANNOTATION_TOLERANCE + np.abs(original) * scale * np.maximum(_CUT, half)
        straight = np.abs(bill - original * rate * scale) <= slack
        slack = _ANNOTATION_TOLERANCE + bill * np.maximum(_CUT, half / rate)
        turned = np.abs(bill - original / rate * scale) <= slack
    unknown = np.isnan(rate)
    return unknown | straight | turned, ~unknown & ~straight & turned


def _conversion_dates(columns: Columns, frame: pd.DataFrame, layout: Layout) -> pd.Series:
    """Printed conversion days; where the year is missing, the first such day after use."""
    if not columns.has("conversion_date"):
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    text = columns.text("conversion_date").astype("str").fillna("").str.strip()
    full = fields.dates(text, layout.dates)
    part = text.str.extract(r"^(?P<month>\d{1,2})\D(?P<day>\d{1,2})$")
    used = frame["transaction_date"].fillna(frame["posted_date"])
    return full.fillna(years.first_from(part["month"], part["day"], used))
