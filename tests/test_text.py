"""Sentences: both languages complete, every code the program uses there, amounts and days."""

import datetime as dt
import re
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from strategies import CURRENCY, MINOR

import reconcile
from reconcile.money import decimals
from reconcile.tables import CAUSES, VERDICTS
from reconcile.text import (
    LANGUAGES,
    Message,
    Money,
    account,
    choose,
    codes,
    money,
    render,
    say,
    show,
)

SOURCE = Path(reconcile.__file__).parent
# Codes named whole, as a Message, an error (`error.` is put before it) or a sentence.
_MESSAGE = re.compile(r'\b(?:Message|say)\(\s*f?"([a-z_]+\.[^"]+)"')
_ERROR = re.compile(r'\b(?:\w+Error|ErrorGroup)\(\s*f?"([a-z_{}.]+)"')
_ANY = re.compile(r'"((?:[a-z]+)\.[a-z_]+)"')


def placeholders(template: str) -> set[str]:
    """Names that a template is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_same_codes() -> None:
    """A user of one language would get a traceback where the other gets a sentence."""
    assert set(codes("en")) ^ set(codes("ja")) == set()


def test_same_placeholders() -> None:
    """A sentence would lack an amount, or end in a traceback, in one of the languages."""
    english, japanese = codes("en"), codes("ja")
    shared = english.keys() & japanese.keys()
    differing = {c for c in shared if placeholders(english[c]) != placeholders(japanese[c])}
    assert differing == set()


def test_every_sentence_is_written() -> None:
    """An empty sentence, or one left in English, would stand in the Japanese report."""
    kana = re.compile(r"[ぁ-んァ-ヶ一-龠]")
    for code, template in codes("ja").items():
        assert template or code in ("report.sentence_space", "word.list_separator"), code
        words = re.sub(r"\{\w+\}|https?://\S+|[A-Z][\w-]*", "", template)
        if len(re.findall("[a-z]{3,}", words)) > 3:
            assert kana.search(template), code
    assert all(codes("en")[code] for code in codes("en"))
    assert not [code for code, text in codes("en").items() if kana.search(text)]


def _used() -> dict[str, str]:
    """Every code that the source names, with the module that does."""
    found = {}
    groups = {code.split(".")[0] for code in codes("en")}
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text("utf-8")
        where = str(path.relative_to(SOURCE))
        for code in _MESSAGE.findall(text):
            found[code] = where
        for code in _ERROR.findall(text):
            found[f"error.{code}"] = where
        for code in _ANY.findall(text):
            # Any other text in the form of a code; it may be the beginning of several.
            begins = any(name.startswith(code) for name in codes("en"))
            if code.split(".")[0] in groups and not begins and not code.endswith((".toml", ".csv")):
                found[code] = where
    return found


def _pattern(code: str) -> re.Pattern[str]:
    """A code with f-string parts as a pattern."""
    parts = re.split(r"\{[^}]*\}", code)
    return re.compile("[a-z_ ]*".join(map(re.escape, parts)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_used_exists(lang: str) -> None:
    """A message that the program wants to say would end in a traceback."""
    known = codes(lang)
    missing = {
        code: where
        for code, where in _used().items()
        if not any(_pattern(code).fullmatch(name) for name in known)
        and not code.endswith((".css", ".js"))
    }
    assert missing == {}


def test_codes_of_layouts() -> None:
    """A remark that a layout file asks for would end in a traceback."""
    for path in (SOURCE / "layouts").glob("*.toml"):
        data = tomllib.loads(path.read_text("utf-8"))
        for note in data.get("notes", []):
            assert not isinstance(note, str) or note in codes("en"), path.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_codes_of_tables(lang: str) -> None:
    """A verdict or cause would stand in the report by its technical name."""
    known = codes(lang)
    assert {f"verdict.{name}" for name in VERDICTS} <= known.keys()
    assert {f"cause.{name}" for name in CAUSES} <= known.keys()
    assert {f"guide.verdict_{name}" for name in VERDICTS} <= known.keys()


@pytest.mark.parametrize(
    ("minor", "currency", "english", "japanese"),
    [
        (4845, "JPY", "¥4,845", "4,845円"),
        (-83, "JPY", "-¥83", "-83円"),
        (1234, "USD", "$12.34", "$12.34"),
        (123456789, "EUR", "€1,234,567.89", "€1,234,567.89"),
        (1250, "CHF", "12.50 CHF", "12.50 CHF"),
        (1234, "KWD", "1.234 KWD", "1.234 KWD"),
        (5, None, "0.05", "0.05"),
        (0, "GBP", "£0.00", "£0.00"),
    ],
)
def test_money(minor: int, currency: str | None, english: str, japanese: str) -> None:
    """An amount would stand without its currency, or with wrong decimals."""
    value = Money(minor, currency, decimals(currency))
    assert money(value, "en") == english
    assert money(value, "ja") == japanese


@given(MINOR, CURRENCY)
def test_money_is_exact(minor: int, currency: str) -> None:
    """A sentence would name another amount than the table beside it."""
    for lang in LANGUAGES:
        digits = re.sub(r"\D", "", money(Money(minor, currency, decimals(currency)), lang))
        assert int(digits) == abs(minor)


def test_days() -> None:
    """A date in a sentence could be read as another day."""
    day = dt.date(2025, 3, 4)
    assert show(day, "en") == "4 Mar 2025"
    assert show(day, "ja") == "2025年3月4日"
    assert show(dt.datetime(2025, 3, 4, 5), "en") == "4 Mar 2025"


def test_nested_and_lists() -> None:
    """A reason inside a message would be printed as program text."""
    inner = Message("reason.no_date")
    assert show(inner, "en") == say("reason.no_date", "en")
    assert show(["a", inner], "en") == "a, " + say("reason.no_date", "en")
    said = render(
        Message("note.order_rejected", {"file": "o.csv", "line": 3, "reason": inner}), "ja"
    )
    assert say("reason.no_date", "ja") in said


def test_unknown_code_is_a_bug() -> None:
    """A forgotten sentence would pass every test and reach the user as its code."""
    with pytest.raises(KeyError):
        say("no.such", "en")


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": ""}, "ja"),
    ],
)
def test_language_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], lang: str
) -> None:
    """A Japanese user would get an English report without asking for one."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("locale.setlocale", lambda _: "C")
    assert choose("auto") == lang
    assert choose("ja") == "ja"
    assert choose("en") == "en"


def test_language_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, which sets none of these, a Japanese user would get English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.setlocale", lambda _: "Japanese_Japan.932")
    assert choose("auto") == "ja"
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert choose("auto") == "en"


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "Unnamed card (4eb5#2)"), ("ja", "番号不明のカード（4eb5#2）")]
)
def test_a_card_without_a_number_has_no_name_of_ours(lang: str, told: str) -> None:
    """Whoever reads "guessed-4eb5" would look for it on the card."""
    assert account("guessed-4eb5#2", lang) == told
    assert account("…1234", lang) == "…1234"
    hole = Message("report.hole", {"account": "guessed-4eb5#2", "periods": "May"})
    assert told in render(hole, lang)
