"""What a user can set: flags of the command, keys of `reconcile.toml`, arguments in Python."""

import datetime as dt
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from reconcile.errors import SettingsError
from reconcile.money import CURRENCIES

REFUND_MODES = ("none", "symmetric", "kept", "double")


@dataclass(frozen=True)
class Settings:
    """Settings of one run; every field has the default of the command.

    `rates` is `ecb`, `online` or a path to a CSV; `fee` is a fraction (0.022); `lang` is en, ja or
    auto; `as_of` is the day from which deadlines count (default: today).
    """

    orders: Path | None = None
    rates: str = "ecb"
    fee: float | None = None
    refund_mode: str | None = None
    issuer: str | None = None
    currency: str | None = None
    layout: str | None = None
    layouts_dir: Path | None = None
    encoding: str | None = None
    as_of: dt.date | None = None
    lang: str = "auto"
    all_rows: bool = False

    def __post_init__(self) -> None:
        if self.fee is not None and not 0 <= self.fee <= 0.05:
            raise SettingsError("fee_range", value=f"{self.fee:g}")
        if self.refund_mode is not None and self.refund_mode not in REFUND_MODES:
            raise SettingsError(
                "choice", key="refund-mode", value=self.refund_mode, options=", ".join(REFUND_MODES)
            )
        if self.currency is not None and self.currency not in CURRENCIES:
            raise SettingsError("currency", value=self.currency)
        if self.lang not in ("en", "ja", "auto"):
            raise SettingsError("choice", key="lang", value=self.lang, options="en, ja, auto")

    def with_values(self, **values: Any) -> "Settings":
        """These settings with the values that are not None put in."""
        return replace(self, **{key: value for key, value in values.items() if value is not None})


def fee_of(text: str) -> float:
    """A fee such as `2.2%`, `2.2` (per cent) or `0.022` (a fraction below 0.05) as a fraction."""
    plain = text.strip()
    try:
        value = float(plain.rstrip("%"))
    except ValueError:
        raise SettingsError("fee_text", value=text) from None
    return value if not plain.endswith("%") and value < 0.05 else value / 100


def from_toml(path: Path) -> Settings:
    """Settings from a `reconcile.toml`; `SettingsError` names the key that is wrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError("config", file=str(path), detail=str(error)) from None
    known = {field.name for field in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = key.replace("-", "_")
        if name not in known:
            raise SettingsError("config_key", file=str(path), key=key)
        values[name] = _typed(path, name, value)
    return Settings(**values)


def _typed(path: Path, name: str, value: Any) -> Any:
    if name == "fee":
        return fee_of(str(value))
    if name in ("orders", "layouts_dir") and isinstance(value, str):
        return path.parent / value
    if name == "as_of" and isinstance(value, dt.date):
        return value
    if name == "all_rows" and isinstance(value, bool):
        return value
    if isinstance(value, str) and name not in ("as_of", "all_rows"):
        return value
    raise SettingsError("config_value", file=str(path), key=name, value=repr(value))
