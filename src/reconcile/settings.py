"""What a user can set: flags of the command, keys of `reconcile.toml`, arguments in Python."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any

from reconcile.errors import SettingsError
from reconcile.money import CURRENCIES
from reconcile.text import masked

REFUND_MODES = ("none", "symmetric", "kept", "double")
NETWORKS = ("visa", "mastercard", "jcb", "amex")
# No card takes more, as a fraction; a number above it is a percentage.
MOST_FEE = 0.05
# What a setting is held as, and how it may be written in Python.
KINDS: dict[str, tuple[type, str]] = {
    "orders": (Path, 'orders="orders.csv"'),
    "decisions": (Path, 'decisions="decisions.csv"'),
    "pool": (Path, 'pool="pool.json"'),
    "rates": (str, 'rates="rates.csv"'),
    "fee": (float, "fee=0.022"),
    "refund_mode": (str, 'refund_mode="kept"'),
    "issuer": (str, 'issuer="rakuten"'),
    "currency": (str, 'currency="JPY"'),
    "layout": (str, 'layout="chase"'),
    "layouts_dir": (Path, 'layouts_dir="layouts"'),
    "encoding": (str, 'encoding="cp932"'),
    "as_of": (dt.date, 'as_of="2025-06-20"'),
    "lang": (str, 'lang="ja"'),
    "all_rows": (bool, "all_rows=True"),
    "cross_check": (bool, "cross_check=True"),
    "cards": (Mapping, 'cards={"…1234": Card(fee=0.022)}'),
    "expect": (tuple, 'expect=["2025-06-20 32.49 USD"]'),
}
DAYS = ("closing_day", "payment_day", "payment_months")
_CARD_EXAMPLES = {
    "issuer": "rakuten", "network": "visa", "refund_mode": "kept", "closing_day": 15,
    "payment_day": 10, "payment_months": 1, "expires": "2027-09",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """What a user says of one card; stands before the settings of all cards. `fee` is a fraction,
    `closing_day` the day of the month on which a bill closes (31: the last), `payment_day` the one
    on which it is paid, `payment_months` later; `expires` is the card's last month ("2027-09").
    """

    issuer: str | None = None
    network: str | None = None
    fee: float | None = None
    refund_mode: str | None = None
    closing_day: int | None = None
    payment_day: int | None = None
    payment_months: int = 1
    expires: str | None = None

    def __post_init__(self) -> None:
        if self.fee is not None:
            object.__setattr__(self, "fee", _held("fee", self.fee))
        for name, example in _CARD_EXAMPLES.items():
            value = getattr(self, name)
            kind: type = Integral if name in DAYS else str
            open_ = value is None and name != "payment_months"
            if not open_ and (not isinstance(value, kind) or isinstance(value, bool)):
                raise _of_no_use(name, value, f"Card({name}={example!r})")
        _check(self.fee, self.refund_mode)
        if self.network is not None and self.network not in NETWORKS:
            raise SettingsError(
                "choice", key="network", value=masked(self.network), options=", ".join(NETWORKS)
            )
        for key, most in (("closing_day", 31), ("payment_day", 31), ("payment_months", 3)):
            value = getattr(self, key)
            if value is not None and not 1 <= value <= most:
                raise SettingsError("choice", key=key, value=value, options=f"1–{most}")
        if self.expires is not None and not re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])", self.expires):
            raise SettingsError("month", key="expires", value=masked(self.expires))


@dataclass(frozen=True)
class Settings:
    """Settings of one run; every field has the default of the command.

    `rates` is `ecb`, `online` or a path to a CSV; `fee` is a fraction (0.022); `lang` is en, ja or
    auto; `as_of` is the day from which deadlines count (default: today); `cards` holds what is said
    of single cards, by account ("…1234", or the layout's name where no number is printed);
    `expect` are refunds to come without an order list ("2025-06-20 32.49 USD"); `pool` is what a
    run over very many cards learned of their issuers (see `reconcile.pool`). Paths, a fee and a day
    may be given as text ("2.2%", "2025-06-20").
    """

    orders: Path | None = None
    decisions: Path | None = None
    pool: Path | None = None
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
    cross_check: bool = False
    cards: Mapping[str, Card] = field(default_factory=dict)
    expect: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not None or each.default is not None:
                object.__setattr__(self, each.name, _held(each.name, value))
        _check(self.fee, self.refund_mode)
        if self.currency is not None and self.currency not in CURRENCIES:
            raise SettingsError("currency", key="currency", value=masked(self.currency))
        if self.lang not in ("en", "ja", "auto"):
            raise SettingsError(
                "choice", key="lang", value=masked(self.lang), options="en, ja, auto"
            )

    @property
    def rates_file(self) -> Path | None:
        """The user's own rates; `ecb` and `online` are no files, whatever lies in this folder."""
        return None if self.rates in ("ecb", "online") else Path(self.rates)

    def with_values(self, **values: Any) -> "Settings":
        """These settings with the values that are not None put in.

        A fee, refund mode or issuer put in stands for every card, whatever was said of single ones.
        Raises `SettingsError` for a name that no setting has.
        """
        known = [each.name for each in fields(self)]
        for name in values:
            if name not in known:
                raise SettingsError("argument", key=name, options=", ".join(known))
        given = {key: value for key, value in values.items() if value is not None}
        fee = given.get("fee")
        if isinstance(fee, Real | Decimal) and not 0 <= float(fee) <= MOST_FEE:
            raise SettingsError("fee_fraction", key="fee", value=f"{float(fee):g}")
        over: dict[str, Any] = {
            name: None for name in ("fee", "refund_mode", "issuer") if name in given
        }
        if over and "cards" not in given:
            given["cards"] = {name: replace(card, **over) for name, card in self.cards.items()}
        return replace(self, **given)

    def over(self, **values: Any) -> "Settings":
        """Like `with_values`, but None puts a setting back to its default."""
        taken = {name for name, value in values.items() if value is None}
        plain = {each.name: getattr(Settings(), each.name) for each in fields(self)}
        kept = self.with_values(**values)
        return replace(kept, **{name: plain[name] for name in taken})


def chosen(given: Any, options: Mapping[str, Any]) -> Settings:
    """The settings given to a call (None: those of the command), with its options put in."""
    if not isinstance(given, Settings | None):
        raise _of_no_use("settings", given, "settings=Settings()")
    return (given or Settings()).with_values(**options)


def _held(name: str, value: Any) -> Any:
    """A setting as it is held; `SettingsError` for a value of a type that it cannot have."""
    kind, example = KINDS[name]
    if kind is dt.date:
        return _day(value)
    if kind is float and isinstance(value, str):
        return fee_of(value)
    if kind is float and isinstance(value, Real | Decimal):
        return float(value)
    if kind is Path and isinstance(value, str | PathLike):
        return Path(value)
    if name == "rates" and isinstance(value, PathLike):
        return str(value)
    if name == "currency" and isinstance(value, str):
        return value.upper()
    if name == "expect" and isinstance(value, str):
        return (value,)
    parts: list[tuple[Any, type]] = []
    if name == "expect" and isinstance(value, Iterable):
        value = tuple(value)
        parts = [(one, str) for one in value]
    elif name == "cards" and isinstance(value, Mapping):
        parts = [*((one, str) for one in value), *((one, Card) for one in value.values())]
    if not isinstance(value, kind) or not all(isinstance(one, of) for one, of in parts):
        raise _of_no_use(name, value, example)
    return value


def _of_no_use(name: str, value: Any, example: str) -> SettingsError:
    kind = type(value).__name__
    return SettingsError("setting_type", key=name, type=kind, example=example)


def _check(fee: float | None, mode: str | None) -> None:
    if fee is not None and not 0 <= fee <= MOST_FEE:
        raise SettingsError("fee_range", key="fee", value=f"{100 * fee:g}%")
    if mode is not None and mode not in REFUND_MODES:
        options = ", ".join(REFUND_MODES)
        raise SettingsError("choice", key="refund-mode", value=masked(mode), options=options)


def _day(value: Any) -> dt.date:
    """A day from a date, a time or a text."""
    # pandas' null is a time too, of no day, and not even equal to itself.
    if isinstance(value, dt.date) and value == value:
        return value.date() if isinstance(value, dt.datetime) else value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise SettingsError("date", key="as_of", value=masked(str(value))) from None


def fee_of(text: str) -> float:
    """A fee such as `2.2%`, `2.2` (per cent) or `0.022` (a fraction up to 0.05) as a fraction."""
    plain = text.strip()
    try:
        value = Decimal(plain.removesuffix("%").strip())
    except InvalidOperation:
        raise SettingsError("fee_text", key="fee", value=masked(text)) from None
    if not value.is_finite():
        raise SettingsError("fee_text", key="fee", value=masked(text))
    fraction = not plain.endswith("%") and value <= Decimal(str(MOST_FEE))
    return float(value if fraction else value / 100)
