"""Rates that were got from the internet, kept on the disk for the next run."""

import datetime as dt
import json
import math
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconcile.money import CURRENCIES
from reconcile.text import Message

# Units of a currency per one of `BASE`.
Day = dict[str, float]
BASE = "EUR"


def rates_of(rates: Mapping[Any, Any]) -> Day:
    """The entries of an answer that are a currency with a rate."""
    out = {}
    for code, value in rates.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if code in CURRENCIES and code != BASE and number and 0 < value < math.inf:
            out[str(code)] = float(value)
    return out


def folder() -> Path:
    """Where programs keep on this system what they can have again."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / "reconcile"
    if os.name == "nt" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "reconcile" / "Cache"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "reconcile"


class Cache:
    """Rates got before, by day, each with its source; `days` is empty where there is no cache."""

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url
        self.days: dict[dt.date, tuple[str, Day]] = {}
        try:
            stored = json.loads(path.read_text("utf-8"))
            # Rates of another service are not mixed in.
            entries = stored["days"] if stored["url"] == url else {}
            for day, (source, rates) in entries.items():
                if source in ("online", "ecb") and (numbers := rates_of(rates)):
                    self.days[dt.date.fromisoformat(day)] = (source, numbers)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Absent or damaged: made anew, since everything in it can be had again.
            self.days = {}

    def write(self, known: Mapping[dt.date, tuple[str, Day]]) -> Message | None:
        """Keep these days too, readable by the user alone; what to tell where that fails."""
        days = {**self.days, **known}
        if days == self.days:
            return None
        content = {"url": self.url, "days": {str(day): days[day] for day in sorted(days)}}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.path.parent)  # mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(content, file)
                Path(name).replace(self.path)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            detail = error.strerror or str(error)
            return Message("online.cache", {"file": str(self.path), "detail": detail})
        return None
