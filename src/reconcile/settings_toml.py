"""Settings from a file, `reconcile.toml`, in the user's words."""

import datetime as dt
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from reconcile.errors import SettingsError
from reconcile.settings import DAYS, KINDS, MOST_FEE, Card, Settings, fee_of
from reconcile.text import masked


def from_toml(path: Path) -> Settings:
    """Settings from a `reconcile.toml`; `SettingsError` names the key that is wrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError("config", file=masked(str(path)), detail=str(error)) from None
    known = {each.name for each in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = key.replace("-", "_")
        if name not in known:
            raise SettingsError("config_key", file=masked(str(path)), key=masked(key))
        if name == "cards":
            values[name] = _cards(path, value)
            continue
        values[name] = _typed(path, name, value)
    return Settings(**values)


def _cards(path: Path, table: Any) -> dict[str, Card]:
    """The table `cards`: one card each, by its last four digits (`1234`, `…1234`) or its layout."""
    if not isinstance(table, dict):
        raise SettingsError(
            "config_value", file=masked(str(path)), key="cards", value=masked(repr(table))
        )
    known = {each.name for each in fields(Card)}
    out = {}
    for account, card in table.items():
        place = f"cards.{masked(account)}"
        if not isinstance(card, dict):
            raise SettingsError(
                "config_value", file=masked(str(path)), key=place, value=masked(repr(card))
            )
        values: dict[str, Any] = {}
        for key, value in card.items():
            name = key.replace("-", "_")
            wanted = int if name in DAYS else str
            if name not in known:
                raise SettingsError(
                    "config_key", file=masked(str(path)), key=masked(f"{place}.{key}")
                )
            if name == "fee" and not isinstance(value, bool):
                value = _fee(value)
            elif not isinstance(value, wanted) or isinstance(value, bool):
                shown = masked(repr(value))
                raise SettingsError(
                    "config_value", file=masked(str(path)), key=f"{place}.{key}", value=shown
                )
            values[name] = value
        digits = re.fullmatch(r"(?:…|\.{3}|\*+)?(\d{4}(?:#\d+)?)", account)
        out[f"…{digits[1]}" if digits else account] = Card(**values)
    return out


def _fee(value: Any) -> float:
    """A fee as TOML has it: a number with a decimal point as in Python, all else as it is typed."""
    return value if isinstance(value, float) and value <= MOST_FEE else fee_of(str(value))


def _typed(path: Path, name: str, value: Any) -> Any:
    if name == "fee":
        return _fee(value)
    if KINDS[name][0] is Path and isinstance(value, str):
        return path.parent / value
    if name == "rates" and isinstance(value, str) and value not in ("ecb", "online"):
        return str(path.parent / value)
    if name == "expect" and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if name == "as_of" and isinstance(value, dt.datetime):
        return value.date()
    if name == "as_of" and isinstance(value, dt.date):
        return value
    if name in ("all_rows", "cross_check") and isinstance(value, bool):
        return value
    if isinstance(value, str) and name not in ("as_of", "all_rows", "cross_check", "expect"):
        return value
    raise SettingsError("config_value", file=masked(str(path)), key=name, value=masked(repr(value)))
