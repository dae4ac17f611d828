"""Every sentence a user reads, in English and Japanese, from `text/en.toml` and `text/ja.toml`.

Stages return `Message(code, params)`; only the edges (console, Excel, JSON, notebook) render them.
"""

import datetime as dt
import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

LANGUAGES = ("en", "ja")
_SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}


class Message(NamedTuple):
    """A sentence by its code in `text/*.toml`, with what fills it in."""

    code: str
    params: Mapping[str, Any] = {}


class Money(NamedTuple):
    """An amount inside a message: minor units, currency (None: not known), decimal places."""

    minor: int
    currency: str | None
    places: int


def choose(lang: str) -> str:
    """The language for `lang` (`en`, `ja` or `auto`, which follows the environment's locale)."""
    if lang in LANGUAGES:
        return lang
    locale = next(
        (os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    return "ja" if locale.lower().startswith("ja") else "en"


@cache
def _table(lang: str) -> dict[str, str]:
    raw = tomllib.loads(files("reconcile").joinpath("text", f"{lang}.toml").read_text("utf-8"))
    return {f"{group}.{key}": value for group, table in raw.items() for key, value in table.items()}


def codes(lang: str) -> dict[str, str]:
    """All templates of a language by code (`group.key`)."""
    return dict(_table(lang))


def say(code: str, lang: str, /, **params: Any) -> str:
    """The sentence `code` in `lang`, filled in. A missing code is a bug and raises KeyError."""
    shown = {key: show(value, lang) for key, value in params.items()}
    return _table(lang)[code].format(**shown)


def render(message: Message, lang: str) -> str:
    """A message as text in `lang`."""
    return say(message.code, lang, **message.params)


def show(value: Any, lang: str) -> str:
    """One parameter as a reader expects it: money with its mark, dates, nested messages."""
    if isinstance(value, Message):
        return render(value, lang)
    if isinstance(value, Money):
        return money(value, lang)
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        if lang == "ja":
            return f"{value.year}年{value.month}月{value.day}日"
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, (list, tuple)):
        return say("word.list_separator", lang).join(show(item, lang) for item in value)
    return str(value)


def money(value: Money, lang: str) -> str:
    """An amount with its currency: `¥4,845`, `$12.34`, `12.34 CHF`; in Japanese `4,845円`."""
    minor, currency, places = value
    number = f"{Decimal(abs(int(minor))).scaleb(-places):,f}"
    sign = "-" if minor < 0 else ""
    if currency is None:
        return sign + number
    if lang == "ja" and currency == "JPY":
        return f"{sign}{number}円"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency}"
