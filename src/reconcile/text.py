"""Every sentence a user reads, in English and Japanese, from `text/en.toml` and `text/ja.toml`.

Stages return `Message(code, params)`; only the edges (console, Excel, JSON, notebook) render them.
"""

import datetime as dt
import locale
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, NamedTuple

LANGUAGES = ("en", "ja")
_SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
# Digits, full-width ones too, with up to two blanks, dashes or dots between them. Low lines part
# numbers and days in names of files, and slashes days: they count where groups are as cards have.
_BETWEEN = r"[\s.\-\u00b7\u2010-\u2015\u2212\u30fb\uff0d\uff0e]{0,2}+"
_LONG_RUN = re.compile(
    rf"(?<!\d)\d(?:{_BETWEEN}\d){{12,}}|(?<![\d/])\d{{4}}(?:/\d{{4}}){{3}}(?![\d/])"
    r"|(?<!\d)\d{4}(?:(?:_\d{4}){2,}(?:_\d{1,3})?|_\d{6}_\d{4,5})(?!\d)"
)
# Marks that reverse the reading direction can make a text look like another one.
_UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
# Control characters but for line breaks and tabs, and halves of characters.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_GROUP = re.compile(r"\d+")
# How the labels of accounts begin that have no name but their guessed layout's.
_UNNAMED = "guessed-"
_CARD_DIGITS = range(13, 20)


class Message(NamedTuple):
    """A sentence by its code in `text/*.toml`, with what fills it in."""

    code: str
    params: Mapping[str, Any] = {}


class Money(NamedTuple):
    """An amount inside a message: minor units, currency (None: not known), decimal places."""

    minor: int
    currency: str | None
    places: int


class Ending(NamedTuple):
    """A card in a letter to its company, which knows it by its last digits: `…1234#2` → `1234`."""

    account: str


class Letter(NamedTuple):
    """A message inside a message, in the language of its reader, whatever the report's is."""

    message: "Message"
    lang: str


def choose(lang: str) -> str:
    """The language for `lang` (`en`, `ja` or `auto`, which follows the environment's locale, and
    without one, as on Windows, the system's).
    """
    if lang in LANGUAGES:
        return lang
    told = next((os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), "")
    # "ja_JP.UTF-8", or on Windows "Japanese_Japan.932".
    return "ja" if (told or locale.setlocale(locale.LC_CTYPE)).lower().startswith("ja") else "en"


@cache
def _table(lang: str) -> dict[str, str]:
    raw = tomllib.loads(files("reconcile").joinpath("text", f"{lang}.toml").read_text("utf-8"))
    return {f"{group}.{key}": value for group, table in raw.items() for key, value in table.items()}


def codes(lang: str) -> dict[str, str]:
    """All templates of a language by code (`group.key`)."""
    return dict(_table(lang))


@cache
def _parts(code: str, lang: str) -> tuple[tuple[str, str | None], ...]:
    """A template taken apart: texts, each with the name of what stands behind it (None: nothing).

    Done once for each, as the same few sentences are said thousands of times.
    """
    pieces = Formatter().parse(_table(lang)[code])
    return tuple((text, name) for text, name, _, _ in pieces)


def placeholders(code: str) -> frozenset[str]:
    """What fills in a sentence, by name."""
    return frozenset(name for _, name in _parts(code, LANGUAGES[0]) if name is not None)


def say(code: str, lang: str, /, **params: Any) -> str:
    """The sentence `code` in `lang`, filled in. A missing code is a bug and raises KeyError."""
    return _filled(code, lang, params)


def render(message: Message, lang: str) -> str:
    """A message as text in `lang`."""
    return _filled(message.code, lang, message.params)


def sentences(messages: Iterable[Message], lang: str) -> str:
    """Messages read one after the other, as one text; Japanese needs no blank between them."""
    return say("report.sentence_space", lang).join(render(message, lang) for message in messages)


def _filled(code: str, lang: str, params: Mapping[str, Any]) -> str:
    parts = _parts(code, lang)
    return "".join(
        [text if name is None else text + _part(name, params[name], lang) for text, name in parts]
    )


def _part(name: str, value: Any, lang: str) -> str:
    shown = show(value, lang)
    return account(shown, lang) if name == "account" else shown


def account(label: str, lang: str) -> str:
    """The label of an account as a reader knows it: the one that stands for a card of which no file
    tells a number says so.
    """
    if is_unnamed(label):
        return say("word.unnamed_card", lang, mark=label.removeprefix(_UNNAMED))
    return label


def is_unnamed(label: str) -> bool:
    """Whether an account has its label from a layout that was guessed, which says nothing."""
    return label.startswith(_UNNAMED)


def show(value: Any, lang: str) -> str:
    """One parameter as a reader expects it: money with its mark, dates, nested messages."""
    if isinstance(value, str):
        return value
    if isinstance(value, Message):
        return render(value, lang)
    if isinstance(value, Letter):
        return render(value.message, value.lang)
    if isinstance(value, Money):
        return money(value, lang)
    if isinstance(value, Ending):
        return value.account.partition("#")[0].removeprefix("…")
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return _date(value, lang)
    if isinstance(value, (list, tuple)):
        return say("word.list_separator", lang).join(show(item, lang) for item in value)
    return str(value)


@cache
def _date(value: dt.date, lang: str) -> str:
    if lang == "ja":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%b %Y}"


def clean(text: str) -> str:
    """Text of a file without what a terminal or a spreadsheet would obey instead of showing."""
    if text.isprintable():
        return text
    return _OBEYED.sub(" ", _UNSEEN.sub("", text))


def may_hold_card(text: str) -> bool:
    """Whether a text has digits enough in a row for a card number: cheap, and often wrong."""
    return _LONG_RUN.search(text) is not None


def masked(text: str) -> str:
    """The text with every card number in it cut to its last four digits (`…1234`).

    A card number is 13 to 19 digits that pass the Luhn check, in groups or not; it begins neither
    with 0 nor, as dates do, with 19 or 20.
    """
    return _LONG_RUN.sub(_cut, text)


def _cut(run: re.Match[str]) -> str:
    """A run of digit groups with the card numbers among them cut; the longest go first."""
    text = run[0]
    groups = [group.span() for group in _GROUP.finditer(text)]
    out, done, at = "", 0, 0
    while at < len(groups):
        start = groups[at][0]
        for last in range(min(len(groups), at + max(_CARD_DIGITS)) - 1, at - 1, -1):
            digits = "".join(text[a:b] for a, b in groups[at : last + 1])
            if len(digits) in _CARD_DIGITS and _is_card(digits):
                out += text[done:start] + "…" + digits[-4:]
                done, at = groups[last][1], last
                break
        at += 1
    return out + text[done:]


def _is_card(digits: str) -> bool:
    numbers = [int(digit) for digit in digits]
    if numbers[0] == 0 or numbers[:2] in ([1, 9], [2, 0]):
        return False
    doubled = sum(sum(divmod(2 * number, 10)) for number in numbers[-2::-2])
    return (sum(numbers[-1::-2]) + doubled) % 10 == 0


def money(value: Money, lang: str) -> str:
    """An amount with its currency: `¥4,845`, `$12.34`, `12.34 CHF`; in Japanese `4,845円`."""
    minor, currency, places = value
    whole, part = divmod(abs(int(minor)), 10**places)
    number = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    sign = "-" if minor < 0 else ""
    if currency is None:
        return sign + number
    if lang == "ja" and currency == "JPY":
        return f"{sign}{number}円"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency}"
