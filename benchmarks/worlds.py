"""Card statements with known truth: who belongs to whom, and why the money is short.

`make(World(...))` gives the ledger a set of statements would become, the buyer's list of orders
and the true stories. Everything is drawn from the world's own seed; the same seed with another
printing (`fx`, `with_orders`) is the same life on paper of another kind.

The numbers follow what is published of networks and issuers (spread over the ECB, fees, refund
modes, delays), not what the linker assumes: nothing from `reconcile.linking` is imported here.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import movements, stories
from reconcile import money

FX_PRINTS = ("none", "original", "original+rate")
REQUESTS = ("exponential", "uniform")
ODD_PARTS = ("any", "percent", "amount")
REFUND_MODES = ("symmetric", "kept", "double", "none")


@dataclass(frozen=True)
class World:
    """What to draw. Shares are fractions of AliExpress charges unless said otherwise."""

    kind: str
    seed: int
    currency: str = "JPY"
    accounts: int = 5
    charges: int = 60  # AliExpress charges per card and year
    months: int = 12
    start: str = "2024-03-01"
    # What the statements print.
    fx: str = "none"
    posted: bool = True
    with_orders: bool = False
    amounts_told: bool = True  # the list of orders says how much came back and when
    # Cards: dealt out, so that five cards differ as far as the lists allow.
    billing: tuple[str, ...] = ("USD", "EUR", "USD", "home", "EUR")
    fees: tuple[float, ...] = (0.0, 0.016, 0.022, 0.0295, 0.0363, 0.0385)
    modes: tuple[str, ...] = ("symmetric", "kept", "double")
    same_name: float = 0.85  # of refunds: printed under the same name as their purchase
    weak_cards: float = 0.0  # share of cards whose AliExpress rows say only "ALIPAY SINGAPORE"
    # Network: rate = ECB mid × (1 + spread) of a day `conversion_days` after use.
    spread: tuple[float, float] = (0.0035, 0.0022)
    conversion_days: tuple[int, int] = (0, 3)
    fixing_before: float = 0.0  # share of cards whose network takes the fixing before that day
    # Prices, in US dollars before they are turned into the merchant's currency.
    price: tuple[float, float] = (18.0, 0.85)  # median and log-sd
    price_range: tuple[float, float] = (0.5, 900.0)
    tagged: bool = False  # every price ends in .99
    mixed: float = 0.0  # of charges: billed in any of `billing`, not in the card's usual currency
    repeated_prices: float = 0.15
    round_prices: float = 0.08
    # What becomes of a charge; the rest is simply kept.
    full: float = 0.30
    partial_round: float = 0.04
    partial_odd: float = 0.04
    split: float = 0.03
    joint: float = 0.03  # two charges, one refund
    split3: float = 0.0  # one charge, three refunds
    joint3: float = 0.0  # three charges, one refund
    missing: float = 0.03  # the order says refunded, nothing ever comes
    odd_range: tuple[float, float] = (0.08, 0.95)  # odd fractions lie between
    short: float = 0.25  # of partial refunds: the order says the whole charge is due
    odd_part: str = "any"  # odd partial refunds: any fraction, whole percents, round amounts
    split_short: float = 0.0  # of split refunds: the parts do not add up to the charge
    orphans: float = 1.0  # density of charges before the first row, against later ones
    # Delays: request after the charge (days), then business days until the row.
    request: tuple[float, float] = (10.0, 45.0)  # mean (of the exponential one) and bound
    request_shape: str = "exponential"
    handling: tuple[int, int] = (3, 20)
    backdated: float = 0.015  # of refunds: dated with the purchase's date
    # Other merchants, rows per card and year, and the share of them refunded.
    noise: int = 100
    noise_refunds: float = 0.06
    lookalikes: int = 18
    lookalike_refunds: float = 0.30

    def __post_init__(self) -> None:
        """Refuse what would give a silently different world."""
        if self.fx not in FX_PRINTS or not set(self.modes) <= set(REFUND_MODES):
            raise ValueError(f"unknown fx print or refund mode: {self.fx}, {self.modes}")
        if self.request_shape not in REQUESTS or self.odd_part not in ODD_PARTS:
            raise ValueError(f"unknown shape: {self.request_shape}, {self.odd_part}")
        shares = self.full + self.partial_round + self.partial_odd + self.missing
        shares += self.split + self.joint + self.split3 + self.joint3
        if not 1 <= self.accounts <= 9999 or shares > 1:
            raise ValueError("accounts must be 1 to 9999, and the shares of stories at most 1")


@dataclass(frozen=True)
class Made:
    """A generated world.

    `ledger` has `reconcile.ledger.COLUMNS`, with `merchant` null as after reading. `orders` has
    the hand-written template's columns, or is None. `truth` has one row per story that a
    reader of these statements could know of (see `movements.truth`). `cards` tells each account's
    merchant currency, fee and refund mode; `aliexpress` the ids of the rows that are AliExpress's.
    """

    world: World
    ledger: pd.DataFrame
    orders: pd.DataFrame | None
    truth: pd.DataFrame
    cards: pd.DataFrame
    aliexpress: frozenset[str]

    @property
    def own_rows(self) -> pd.DataFrame:
        """The ledger's AliExpress rows, as a perfect merchant filter would give them."""
        return self.ledger[self.ledger["id"].isin(self.aliexpress)]


def make(world: World) -> Made:
    """Draw the world. The same world gives the same frames, whatever else uses random numbers."""
    rng = np.random.default_rng(world.seed)
    cards = stories.cards(world, rng)
    tales = stories.tales(world, cards, rng)
    rows = movements.rows(world, cards, tales, rng)
    orders = movements.orders(world, tales, rows, rng)
    ledger, rows = movements.ledger(world, cards, rows)
    own = frozenset(rows.loc[rows["printed"] & rows["own"], "id"])
    truth = movements.truth(world, cards, tales, rows, orders)
    columns = movements.ORDER_COLUMNS if world.amounts_told else movements.STATE_COLUMNS
    template = orders[list(columns)] if world.with_orders else None
    return Made(world, ledger, template, truth, cards, own)


def write_csv(made: Made, folder: Path, together: bool = False) -> list[Path]:
    """Write the statements as plain CSV, one file per account (or all in one), and orders.csv.

    Purchases are positive. The folder is created; returns the paths written, orders last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = made.ledger.sort_values(["file", "line"])
    places = rows["decimals"].tolist()
    out = pd.DataFrame({"Date": rows["transaction_date"].dt.strftime("%Y-%m-%d")})
    if made.world.posted:
        out["Posted Date"] = rows["posted_date"].dt.strftime("%Y-%m-%d")
    out["Description"] = rows["description"]
    out["Amount"] = list(map(money.to_text, rows["amount"], places))
    out["Currency"] = rows["currency"]
    if made.world.fx != "none":
        known = zip(rows["original_amount"], rows["original_decimals"].tolist(), strict=True)
        out["Original Amount"] = ["" if pd.isna(a) else money.to_text(a, p) for a, p in known]
        out["Original Currency"] = rows["original_currency"]
    if made.world.fx == "original+rate":
        out["Rate"] = rows["conversion_rate"]
    out["Card"] = "**** **** **** " + rows["account"].str[-4:]
    parts = [("cards.csv", out)] if together else list(out.groupby(rows["file"]))
    paths = []
    for name, part in parts:
        paths.append(folder / str(name))
        part.to_csv(paths[-1], index=False)
    if made.orders is not None:
        paths.append(folder / "orders.csv")
        made.orders.to_csv(paths[-1], index=False, date_format="%Y-%m-%d")
    return paths


# What sets each measured kind of world apart from the plain one.
_KINDS: dict[str, dict[str, Any]] = {
    "original amount": {"fx": "original"},
    "original amount and rate": {"fx": "original+rate"},
    "no FX column": {},
    "no FX column, orders": {"with_orders": True},
    "no FX column, order states": {"with_orders": True, "amounts_told": False},
    "no FX column, 12 a year": {"charges": 12},
    "no FX column, 200 a year": {"charges": 200},
    "no FX column, rough": {
        "weak_cards": 0.4,
        "fixing_before": 0.5,
        "split_short": 0.3,
        "backdated": 0.05,
    },
}


def family(
    first_seed: int,
    seeds: int,
    kinds: Mapping[str, Mapping[str, Any]] | None = None,
    **settings: Any,
) -> dict[str, tuple[World, ...]]:
    """Worlds by kind: every card currency × `seeds` seeds; every second seed prints posted dates.

    `settings` are common to all; kinds share seeds, so that they differ in what sets them apart.
    """
    kinds = _KINDS if kinds is None else kinds
    plan = list(itertools.product(range(seeds), ("JPY", "EUR", "USD", "GBP")))
    return {
        kind: tuple(
            World(
                kind=kind,
                seed=first_seed + place,
                currency=currency,
                posted=number % 2 == 0,
                **{**settings, **own},
            )
            for place, (number, currency) in enumerate(plan)
        )
        for kind, own in kinds.items()
    }


# Constants are fitted on these …
TUNING = family(
    41_000,
    2,
    start="2022-02-01",
    months=13,
    fees=(0.0, 0.01, 0.0163, 0.02, 0.025, 0.03, 0.0385),
    billing=("USD", "USD", "EUR", "home", "EUR"),
    same_name=0.75,
    price=(15.0, 0.95),
    repeated_prices=0.10,
    full=0.26,
    partial_round=0.05,
    partial_odd=0.03,
    split=0.04,
    request=(8.0, 45.0),
    handling=(3, 18),
    orphans=1.3,
    noise=70,
)
# … and these are published.
REPORTING = family(970_000, 3)

# What else a world may be like: each changes one thing that no source tells, the last ones several.
_VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "uniform requests": {"request_shape": "uniform"},
    "quick refunds": {"request": (3.0, 20.0), "handling": (3, 10)},
    "slow refunds": {"request": (20.0, 45.0), "handling": (8, 20)},
    "percent parts": {"odd_part": "percent", "partial_odd": 0.07},
    "round amounts as parts": {"odd_part": "amount", "partial_odd": 0.07},
    "many parts": {
        "full": 0.16,
        "partial_round": 0.08,
        "partial_odd": 0.03,
        "split": 0.08,
        "joint": 0.08,
    },
    "threes": {"split3": 0.025, "joint3": 0.025},
    "few refunds": {"full": 0.06, "partial_odd": 0.01, "partial_round": 0.02, "split": 0.01},
    "many refunds": {"full": 0.55, "partial_odd": 0.01},
    "cheap, repeated prices": {"price": (6.0, 0.6), "repeated_prices": 0.3},
    "dear, wide prices": {"price": (45.0, 1.3)},
    "many orphans": {"orphans": 2.0, "backdated": 0.04},
    "wide spread": {"spread": (0.005, 0.0031), "conversion_days": (0, 5), "fixing_before": 0.5},
    "full refunds only": {
        "full": 0.4,
        "partial_round": 0.0,
        "partial_odd": 0.0,
        "split": 0.0,
        "joint": 0.0,
        "missing": 0.05,
    },
    "names by chance": {"same_name": 0.0},
    "names kept": {"same_name": 1.0},
    "round parts only": {"partial_odd": 0.0, "request_shape": "uniform", "orphans": 0.7},
    "price tags": {"tagged": True, "price_range": (3.0, 200.0), "repeated_prices": 0.0},
    "mixed currencies": {"mixed": 1.0},
    "some in another currency": {"mixed": 0.15},
    "any parts, any day": {
        "request_shape": "uniform",
        "odd_range": (0.1, 0.9),
        "full": 0.25,
        "partial_round": 0.05,
        "partial_odd": 0.05,
        "split": 0.05,
        "joint": 0.05,
        "same_name": 1.0,
    },
    "all at once": {
        "request_shape": "uniform",
        "odd_part": "percent",
        "partial_round": 0.06,
        "split": 0.05,
        "joint": 0.05,
        "split3": 0.01,
        "joint3": 0.01,
        "fixing_before": 0.5,
        "orphans": 1.2,
        "fees": (0.0, 0.015, 0.02, 0.022, 0.03, 0.0363, 0.0385),
    },
}
# Constants must do well here too: the same cards with lives of other shapes.
ROBUST = family(
    57_000,
    1,
    {
        f"{variant}, {name}": {**print_, **own}
        for variant, own in _VARIANTS.items()
        for name, print_ in (("original amount", {"fx": "original"}), ("no FX column", {}))
    }
    | {
        f"{variant}, orders": {"with_orders": True, **_VARIANTS[variant]}
        for variant in ("plain", "threes", "all at once")
    },
    start="2023-02-01",
    billing=("USD", "EUR", "home", "USD", "EUR"),
    price=(20.0, 0.9),
    partial_odd=0.02,
)
