"""What happens in a world: the cards, and the life of every purchase in its merchant's currency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.ecb import CURRENCIES
from reconcile import money

if TYPE_CHECKING:
    from benchmarks.worlds import World

Ints = npt.NDArray[np.int64]

# Long enough for every refund inside the statements to have its charge drawn.
LEAD_DAYS = 95
# What a US dollar of price becomes on the shop's page in another currency.
_PRICE_SCALE = {"USD": 1.0, "EUR": 0.92, "GBP": 0.8, "JPY": 150.0}
_REPEATED = (0.99, 1.99, 3.99, 4.99, 6.49, 9.99, 12.99, 19.99, 29.99)
_ROUND = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 25.0, 50.0)
_ROUND_SHARES = (1 / 2, 1 / 4, 3 / 4, 1 / 3, 1 / 5, 3 / 10, 1 / 10, 2 / 5, 7 / 10, 4 / 5)

DESCRIPTORS = (
    "ALIPAY*ALIEXPRESS",
    "WWW.ALIEXPRESS.COM LONDON",
    "WWW.ALIEXPRESS.COM LUXEMBOURG",
    "ALIEXPRESS.COM Luxembourg",
    "aliexpress Luxembourg LU",
    "WWW ALIEXPRESS COM, LONDON",
    "ALIEXPRESS.COM LONDON GBR",
)
WEAK_DESCRIPTOR = "ALIPAY SINGAPORE"
# Descriptor and the currency it bills in.
_NOISE = (
    ("AMZN MKTP US", "USD"),
    ("STEAMGAMES.COM BELLEVUE", "USD"),
    ("APPLE.COM/BILL", "home"),
    ("NETFLIX.COM", "home"),
    ("BOOKING.COM AMSTERDAM", "EUR"),
    ("PAYPAL *ETSY", "USD"),
    ("DB VERTRIEB GMBH", "EUR"),
    ("GITHUB, INC.", "USD"),
    ("CITY SUPERMARKET", "home"),
    ("UBER *TRIP", "home"),
    ("ZALANDO SE", "EUR"),
    ("ELECTRONICS STORE 114", "home"),
)
LOOKALIKES = (
    ("TEMU.COM DUBLIN 4 IE", "home"),
    ("PayPal *Temu", "USD"),
    ("ALIBABA CLOUD", "USD"),
    ("Alibaba.Com Singapore", "USD"),
    ("ALIPAYHK", "USD"),
    ("TMALL", "USD"),
    ("ALIEXPRESSO CAFE", "home"),
    ("Dabali Express", "home"),
)


def code(currency: str) -> int:
    """Position of a currency in `ecb.CURRENCIES`."""
    return CURRENCIES.index(currency)


def _shown(world: World, billing: Iterable[str]) -> list[str]:
    """Merchant currencies as the card sees them: its own for `home`, never its own otherwise."""
    other = {"USD": "EUR", "EUR": "USD"}
    return [
        world.currency if b == "home" else other.get(b, b) if b == world.currency else b
        for b in billing
    ]


def cards(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """One row per account: label, merchant currency code of AliExpress, fee, mode, fixing, weak.

    Values are dealt like cards from a shuffled pack, not thrown like dice, so that five cards
    show several fees and modes. A merchant currency equal to the card's own means home.
    """
    n = world.accounts

    def deal(values: tuple[object, ...]) -> list[object]:
        packs = [rng.permutation(len(values)) for _ in range(-(-n // len(values)))]
        return [values[int(place)] for place in np.concatenate(packs)[:n]]

    shown = _shown(world, [str(name) for name in deal(world.billing)])
    fee = np.array(deal(world.fees), np.float64)
    mode = np.array(deal(world.modes), object)
    fee[mode == "none"] = 0.0
    mode[fee == 0.0] = "none"
    sign = pd.Series(mode).map({"symmetric": 1.0, "kept": 0.0, "double": -1.0, "none": 0.0})
    return pd.DataFrame(
        {
            "account": [f"…{number + 1:04d}" for number in range(n)],
            "merchant_currency": shown,
            "code": np.array([code(str(currency)) for currency in shown], np.int64),
            "fee": fee,
            "mode": mode,
            "refund_fee": fee * sign.to_numpy(np.float64),
            "before": (rng.random(n) < world.fixing_before).astype(np.int64),
            "weak": rng.random(n) < world.weak_cards,
        }
    )


def tales(world: World, cards: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Every purchase's life, AliExpress's (`own`) and others', one row each.

    Columns: own, card (row of `cards`), code (merchant currency), descriptor, kind, day, day2 and
    day3 of the charges, amount, amount2 and amount3 in the merchant's minor units (second, third:
    joint stories), back, back2 and back3 (refunds; 0 where none), row_day, row_day2 and row_day3
    (their days), due (what the order says is due; the same unit). Days count from 1970-01-01.
    """
    first = int(np.datetime64(world.start, "D").astype(np.int64))
    days = round(world.months * 365 / 12)
    parts = [_own(world, cards, rng, first, days)]
    for names, per_year, share in (
        (_NOISE, world.noise, world.noise_refunds),
        (LOOKALIKES, world.lookalikes, world.lookalike_refunds),
    ):
        parts.append(_others(world, rng, first, days, names, per_year, share))
    out = pd.concat(parts, ignore_index=True)
    n = len(out)
    kind = out["kind"].to_numpy()
    joint = np.isin(kind, ["joint", "joint3"])
    last = out["day"].to_numpy() + np.where(joint, rng.integers(0, 8, n), 0)
    out["day2"] = out["day3"] = last
    out["amount"] = _prices(rng, world, out["code"].to_numpy())
    out["amount2"] = np.where(joint, _prices(rng, world, out["code"].to_numpy()), 0)
    out["amount3"] = 0
    # Drawn apart, so that a world without threes is the same whether or not they exist.
    threes = np.random.default_rng([world.seed, 3])
    if world.joint3:
        third = _prices(threes, world, out["code"].to_numpy())
        out["amount3"] = np.where(kind == "joint3", third, 0)
        last = last + np.where(kind == "joint3", threes.integers(0, 5, n), 0)
        out["day3"] = last
    out["back"], out["back2"] = _parts(rng, world, out)
    out["row_day"] = _refund_day(rng, world, last)
    out["row_day2"] = _refund_day(rng, world, last)
    out["back3"], out["row_day3"] = 0, out["row_day2"]
    if world.split3:
        # The second part is parted once more.
        some = np.rint(out["back2"] * threes.uniform(0.3, 0.7, n)).astype(np.int64)
        out["back3"] = np.where(kind == "split3", some, 0)
        out["back2"] = out["back2"] - out["back3"]
        out["row_day3"] = _refund_day(threes, world, last)
    whole = out["amount"] + out["amount2"] + out["amount3"]
    short = out["kind"].str.startswith("partial").to_numpy() & (rng.random(n) < world.short)
    refunded = out["back"] + out["back2"] + out["back3"]
    refunded = np.where(out["kind"] == "missing", whole, refunded)
    out["due"] = np.where(short, whole, refunded)
    return out


def _own(
    world: World, cards: pd.DataFrame, rng: np.random.Generator, first: int, days: int
) -> pd.DataFrame:
    # A joint story brings two charges; fewer stories keep the charges per year as asked.
    per_day = world.charges / 365 / (1 + world.joint + 2 * world.joint3)
    inside, before = round(per_day * days), round(per_day * LEAD_DAYS * world.orphans)
    card = np.repeat(np.arange(world.accounts), inside + before)
    early = np.tile(np.arange(inside + before) >= inside, world.accounts)
    n = len(card)
    day = first + np.where(early, -1 - rng.integers(0, LEAD_DAYS, n), rng.integers(0, days, n))
    named = ("full", "partial_round", "partial_odd", "split", "joint", "missing")
    named += ("split3", "joint3")
    shares = [float(getattr(world, name)) for name in named]
    kind = rng.choice(np.array([*named, "plain"], object), n, p=[*shares, 1 - sum(shares)])
    # A card sees one or two spellings of the merchant.
    spelling = rng.integers(0, len(DESCRIPTORS), (world.accounts, 2))[card, rng.integers(0, 2, n)]
    weak = cards["weak"].to_numpy()[card]
    names = np.where(weak, WEAK_DESCRIPTOR, np.array(DESCRIPTORS)[spelling])
    codes = cards["code"].to_numpy()[card]
    if world.mixed:
        # Drawn apart: a world of one currency per card is the same whether or not others mix.
        other = np.random.default_rng([world.seed, 4])
        some = other.choice(np.array([code(name) for name in _shown(world, world.billing)]), n)
        codes = np.where(other.random(n) < world.mixed, some, codes)
    return pd.DataFrame(
        {"own": True, "card": card, "code": codes, "descriptor": names, "kind": kind, "day": day}
    )


def _others(
    world: World,
    rng: np.random.Generator,
    first: int,
    days: int,
    names: tuple[tuple[str, str], ...],
    per_year: int,
    refunds: float,
) -> pd.DataFrame:
    card = np.repeat(np.arange(world.accounts), round(per_year * (days + LEAD_DAYS) / 365))
    n = len(card)
    which = rng.integers(0, len(names), n)
    home = [code(world.currency if currency == "home" else currency) for _, currency in names]
    return pd.DataFrame(
        {
            "own": False,
            "card": card,
            "code": np.array(home, np.int64)[which],
            "descriptor": np.array([name for name, _ in names])[which],
            "kind": np.where(
                rng.random(n) < refunds,
                np.where(rng.random(n) < 0.7, "full", "partial_odd"),
                "plain",
            ).astype(object),
            "day": first + rng.integers(-LEAD_DAYS, days, n),
        }
    )


def _prices(rng: np.random.Generator, world: World, codes: Ints) -> Ints:
    n = len(codes)
    places = np.array([money.decimals(currency) for currency in CURRENCIES], np.int64)[codes]
    median, width = world.price
    free = np.clip(np.exp(rng.normal(np.log(median), width, n)), *world.price_range)
    free = np.floor(free) + 0.99 if world.tagged else free
    which = rng.random(n)
    tagged = np.where(
        which < world.repeated_prices,
        rng.choice(_REPEATED, n),
        np.where(which > 1 - world.round_prices, rng.choice(_ROUND, n), 0.0),
    )
    scale = np.array([_PRICE_SCALE[currency] for currency in CURRENCIES])[codes]
    # A price tag stays a price tag abroad, but a yen tag ends in tens.
    tag = np.where(places == 0, np.rint(tagged * scale / 10) * 10, tagged * 10.0**places)
    price: Ints = np.where(tagged > 0, tag, np.rint(free * scale * 10.0**places)).astype(np.int64)
    return price


def _parts(rng: np.random.Generator, world: World, tale: pd.DataFrame) -> tuple[Ints, Ints]:
    n = len(tale)
    kind, amount = tale["kind"].to_numpy(), tale["amount"].to_numpy()
    even = rng.choice(_ROUND_SHARES, n)
    odd = rng.uniform(*world.odd_range, n)
    if world.odd_part == "percent":
        odd = np.round(odd, 2)
    split = np.isin(kind, ["split", "split3"])
    cut = np.where(split & (rng.random(n) < 0.5), rng.uniform(0.2, 0.8, n), even)
    share = np.where(kind == "partial_odd", odd, cut)
    part = np.clip(np.rint(amount * share), 1, np.maximum(amount - 1, 1)).astype(np.int64)
    if world.odd_part == "amount":
        # Whole dollars, whole hundreds of yen; less than one of them stays what it is.
        whole_units = np.where((kind == "partial_odd") & (part >= 100), part // 100 * 100, part)
        part = np.asarray(whole_units, np.int64)
    rest = amount - part
    less = np.rint(rest * rng.uniform(0.3, 0.95, n)).astype(np.int64)
    rest = np.where(rng.random(n) < world.split_short, np.maximum(less, 1), rest)
    whole = np.isin(kind, ["full", "joint", "joint3"])
    some = np.isin(kind, ["partial_round", "partial_odd"]) | split
    paid = amount + tale["amount2"].to_numpy() + tale["amount3"].to_numpy()
    back = np.where(whole, paid, np.where(some, part, 0))
    return back, np.where(split, rest, 0)


def _refund_day(rng: np.random.Generator, world: World, charge: Ints) -> Ints:
    mean, bound = world.request
    drawn = rng.random(len(charge))
    # Exponential, cut at the bound by inverting its distribution.
    asked = -mean * np.log1p(-drawn * (1 - np.exp(-bound / mean)))
    if world.request_shape == "uniform":
        asked = drawn * (bound + 1)
    day = (charge + np.floor(asked).astype(np.int64)).astype("datetime64[D]")
    low, high = world.handling
    wait = rng.integers(low, high + 1, len(charge))
    arrived: Ints = np.busday_offset(day, wait, roll="backward").astype(np.int64)
    return arrived
