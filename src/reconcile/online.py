"""Rates from the internet, only on `--rates online`: forex-python, then the ECB's own 90-day file,
then the table shipped with the program, day by day, with the source of each day kept.

Nothing but currency codes and dates is sent. forex-python has no timeout and believes any answer:
its call runs against a clock here, and the date and base of what it got are checked.
"""

import datetime as dt
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, TypeVar
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from reconcile import online_cache
from reconcile.errors import SettingsError
from reconcile.fixings import fixing_days
from reconcile.online_cache import BASE, Day, rates_of
from reconcile.rates import RateTable, Series, day_numbers, ecb
from reconcile.text import Message

T = TypeVar("T")

TIMEOUT_SECONDS = 5.0
# Where both services are looked for instead: `/<date>` and `/eurofxref-hist-90d.xml` under it.
URL_VARIABLE = "RECONCILE_RATES_URL"
_ECB_URL = "https://www.ecb.europa.eu/stats/eurofxref/"
_ECB_FILE = "eurofxref-hist-90d.xml"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
# The ECB's file is a tenth of this.
_MOST_BYTES = 2_000_000
_ECB_DAYS = 95
# Failures after which a service is asked no more: each may cost the whole timeout.
_PATIENCE = 2
_NOT_RATES = Message("online.not_rates")


class _AnswerError(ValueError):
    """An answer that is not what was asked for, and what to tell of it."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.code)
        self.reason = reason


def check() -> None:
    """Raise `SettingsError` where the extra `online` is not installed."""
    if find_spec("forex_python") is None:
        raise SettingsError("rates_online")


def table(days: npt.NDArray[np.datetime64], today: dt.date | None = None) -> RateTable:
    """The embedded ECB table with the rates of these days, as far as they are found online.

    Days are taken back to the last day on which the ECB fixes rates; today's rate is not asked for,
    as it may not be there yet. What failed stands in the table's notes.
    """
    check()
    now = today or dt.date.today()
    wanted = fixing_days(days, now)
    url = os.environ.get(URL_VARIABLE, "").rstrip("/")
    cache = online_cache.Cache(online_cache.folder() / "rates.json", url)
    known = {day: cache.days[day] for day in wanted if day in cache.days}
    notes: list[Message] = []
    with _without_passwords():
        found, reason = _from_service([day for day in wanted if day not in known], url)
    known |= {day: ("online", rates) for day, rates in found.items()}
    if reason is not None:
        notes.append(Message("online.service", {"reason": reason}))
    recent = [day for day in wanted if day not in known and (now - day).days <= _ECB_DAYS]
    if recent:
        with _without_passwords():
            file, reason = _from_ecb(url)
        if reason is not None:
            notes.append(Message("online.ecb_failed", {"reason": reason}))
        known |= {day: ("ecb", file[day]) for day in recent if day in file}
    problem = cache.write(known)
    if problem is not None:
        notes.append(problem)
    embedded = ecb()
    left = [day for day in wanted if day not in known]
    if left:
        last = embedded.last_day(BASE, "USD")
        values = {"count": len(left), "last": None if last is None else last.astype(object)}
        notes.append(Message("online.embedded", values))
    at = day_numbers(day.isoformat() for day in known).tolist()
    numbers = dict(zip(at, known.values(), strict=True))
    return RateTable(
        embedded.pivot,
        _Merged(embedded.complete(), {n: rates for n, (_, rates) in numbers.items()}),
        embedded.source, {}, {n: source for n, (source, _) in numbers.items()}, tuple(notes),
    )  # fmt: skip


@contextmanager
def _without_passwords() -> Iterator[None]:
    """Nothing of ~/.netrc goes along: `requests` sends what stands there to whomever it asks."""
    was = os.environ.get("NETRC")
    os.environ["NETRC"] = os.devnull
    try:
        yield
    finally:
        if was is None:
            del os.environ["NETRC"]
        else:
            os.environ["NETRC"] = was


def _within(work: Callable[[], T]) -> T:
    """What `work` gives, or TimeoutError after `TIMEOUT_SECONDS`, however slowly bytes arrive.

    A thread cannot be stopped: one that hangs is left behind and does not keep the process alive.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def _from_service(days: list[dt.date], url: str) -> tuple[dict[dt.date, Day], Message | None]:
    """The rates of each day by forex-python, one request each, and why it failed, if it did."""
    found: dict[dt.date, Day] = {}
    failed, reason = 0, None
    if not days:
        return found, reason
    from forex_python.converter import CurrencyRates, RatesNotAvailableError

    class Checked(CurrencyRates):  # type: ignore[misc]
        """forex-python's client with its answers checked."""

        def _source_url(self) -> str:
            return f"{url}/" if url else str(super()._source_url())

        def _decode_rates(
            self, response: Any, use_decimal: bool = False, date_str: str | None = None
        ) -> Day:
            return _answer(response.json(), str(date_str))

    for day in days:
        if failed >= _PATIENCE:
            break
        try:
            found[day] = _within(lambda day=day: Checked().get_rates(BASE, day))  # type: ignore[misc]
        except (OSError, ValueError, RatesNotAvailableError) as error:
            failed, reason = failed + 1, _why(error)
    return found, reason


def _answer(decoded: Any, asked: str) -> Day:
    """The rates in an answer that is of the day and base asked for."""
    if not isinstance(decoded, dict) or not isinstance(decoded.get("rates"), dict):
        raise _AnswerError(_NOT_RATES)
    if decoded.get("date") != asked:
        values = {"asked": asked, "got": str(decoded.get("date"))[:20]}
        raise _AnswerError(Message("online.wrong_date", values))
    if decoded.get("base") != BASE:
        values = {"asked": BASE, "got": str(decoded.get("base"))[:20]}
        raise _AnswerError(Message("online.wrong_base", values))
    rates = rates_of(decoded["rates"])
    if not rates:
        raise _AnswerError(_NOT_RATES)
    return rates


def _why(error: Exception) -> Message:
    """The reason of a failure, to be told."""
    if isinstance(error, _AnswerError):
        return error.reason
    if isinstance(error, TimeoutError):
        return Message("online.timeout", {"seconds": f"{TIMEOUT_SECONDS:g}"})
    if isinstance(error, OSError) and not isinstance(error, ValueError):
        return Message("online.unreachable")
    # Not JSON, not XML, or a status other than 200.
    return _NOT_RATES


def _from_ecb(url: str) -> tuple[dict[dt.date, Day], Message | None]:
    """All days of the ECB's 90-day file, and why it could not be had, if so."""
    import requests

    def download() -> bytes:
        address = f"{url}/{_ECB_FILE}" if url else _ECB_URL + _ECB_FILE
        with requests.get(address, timeout=TIMEOUT_SECONDS, stream=True) as response:
            if response.status_code != 200:
                raise _AnswerError(_NOT_RATES)
            return bytes(response.raw.read(_MOST_BYTES + 1, decode_content=True))

    try:
        return ecb_days(_within(download)), None
    except (OSError, ValueError) as error:
        return {}, _why(error)


def ecb_days(content: bytes) -> dict[dt.date, Day]:
    """The days of the ECB's XML file. `ValueError` for anything else; no entities are expanded."""
    text = content.decode("utf-8")
    if len(content) > _MOST_BYTES or "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise _AnswerError(_NOT_RATES)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise _AnswerError(_NOT_RATES) from None
    out = {}
    for cube in root.iter(_CUBE):
        if "time" in cube.attrib:
            pairs = ((one.get("currency"), float(one.get("rate", "nan"))) for one in cube)
            out[dt.date.fromisoformat(cube.attrib["time"])] = rates_of(dict(pairs))
    if not out:
        raise _AnswerError(_NOT_RATES)
    return out


class _Merged(Mapping[str, Series]):
    """Series in which some days have other values; each is made when it is first asked for."""

    def __init__(self, base: Mapping[str, Series], days: Mapping[int, Day]) -> None:
        self.base, self.days = base, days
        self.made: dict[str, Series] = {}

    def __getitem__(self, name: str) -> Series:
        if name not in self.made:
            own = sorted(number for number, rates in self.days.items() if name in rates)
            if not own:
                return self.base[name]
            day = np.array(own, np.int64)
            units = np.array([self.days[number][name] for number in own])
            old = self.base.get(name)
            if old is not None:
                kept = ~np.isin(old.day, day)
                day = np.concatenate([old.day[kept], day])
                units = np.concatenate([old.units[kept], units])
            order = np.argsort(day)
            self.made[name] = Series(day[order], units[order])
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        more = {name for rates in self.days.values() for name in rates}
        return iter(dict.fromkeys([*self.base, *sorted(more)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)
