"""From lives to paper: what the card bills, what the statement prints, and the truth behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import ecb
from benchmarks.stories import DESCRIPTORS, LEAD_DAYS, WEAK_DESCRIPTOR, code
from reconcile import ledger as schema
from reconcile import money
from reconcile.combine import combine

if TYPE_CHECKING:
    from benchmarks.worlds import World

Floats = npt.NDArray[np.float64]

CAUSES = ("fx_drift", "fee", "missing", "kept")
STATE_COLUMNS = ("order_id", "order_date", "currency", "total", "status")
ORDER_COLUMNS = (*STATE_COLUMNS, "refund_amount", "refund_date")
# Places of a tale's rows below this are its charges, the others its refunds.
CHARGES = 3
_DECIMALS = np.array([money.decimals(currency) for currency in ecb.CURRENCIES], np.int64)


def rows(
    world: World, cards: pd.DataFrame, tales: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Every money movement that the tales bring about, one row each, printed or not.

    Columns: tale, place (0 to 2 for charges, 3 to 5 for refunds), own, card, code, descriptor,
    day (as printed), booked (conversion day), original and billed (signed minor units), x (the
    network's rate without fee), load (the rate's factor for the fee), printed.
    """
    n = len(tales)
    names = [
        (amount + number, day + number)
        for amount, day in (("amount", "day"), ("back", "row_day"))
        for number in ("", "2", "3")
    ]
    parts = [
        pd.DataFrame(
            {
                "tale": np.arange(n),
                "place": place,
                "original": tales[amount] * (1 if place < CHARGES else -1),
                "day": tales[day],
            }
        )
        for place, (amount, day) in enumerate(names)
    ]
    out = pd.concat(parts, ignore_index=True)
    out = out[out["original"] != 0].reset_index(drop=True)
    for name in ("own", "card", "code", "descriptor"):
        out[name] = tales[name].to_numpy()[out["tale"]]
    _spell(world, out)
    low, high = world.conversion_days
    out["booked"] = out["day"] + rng.integers(low, high + 1, len(out))
    _bill(world, cards, out, rng)
    first, last = period(world)
    out["printed"] = (out["day"] >= first) & (out["day"] <= last)
    # Some banks date a refund with its purchase: seen only where that purchase is on the statement.
    bought = tales["day"].to_numpy()[out["tale"]]
    dated = (out["place"] >= CHARGES) & (rng.random(len(out)) < world.backdated) & (bought >= first)
    out["day"] = out["day"].where(~dated, bought)
    return out


def _spell(world: World, out: pd.DataFrame) -> None:
    """Some banks print a refund under another of the shop's names."""
    # Of its own seed: worlds that differ in this alone are the same in all else.
    rng = np.random.default_rng([world.seed, 1])
    other = rng.choice(np.array(DESCRIPTORS, object), len(out))
    own = out["own"] & (out["place"] >= CHARGES) & out["descriptor"].ne(WEAK_DESCRIPTOR)
    changed = own & (rng.random(len(out)) >= world.same_name)
    out["descriptor"] = out["descriptor"].where(~changed, other)


def period(world: World) -> tuple[int, int]:
    """First and last day that the statements cover, in days since 1970-01-01."""
    first = int(np.datetime64(world.start, "D").astype(np.int64))
    return first, first + round(world.months * 365 / 12) - 1


def _bill(world: World, cards: pd.DataFrame, out: pd.DataFrame, rng: np.random.Generator) -> None:
    codes, home = out["code"].to_numpy(), code(world.currency)
    card = out["card"].to_numpy()
    foreign = codes != home
    day = out["booked"].to_numpy() - cards["before"].to_numpy()[card]
    spread = rng.normal(*world.spread, len(out))
    x = ecb.mid(codes, np.full(len(out), home), day) * (1 + spread)
    fee = np.where(out["place"] < CHARGES, cards["fee"].iloc[card], cards["refund_fee"].iloc[card])
    out["x"] = np.where(foreign, x, 1.0)
    out["load"] = np.where(foreign, 1 + fee, 1.0)
    scale = 10.0 ** (_DECIMALS[home] - _DECIMALS[codes])
    out["billed"] = np.rint(out["original"] * out["x"] * out["load"] * scale).astype(np.int64)


def ledger(
    world: World, cards: pd.DataFrame, rows: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The printed rows as a ledger, and `rows` again with each printed row's `id` (else "")."""
    # Of rows of one day, nothing but chance decides which stands first on paper.
    shown = rows[rows["printed"]].sort_values(["card", "day", "billed", "tale"], kind="stable")
    foreign = (shown["code"] != code(world.currency)).to_numpy()
    original = foreign & (world.fx != "none")
    rate = shown["x"].to_numpy() * shown["load"].to_numpy()
    digits = 3 if world.currency == "JPY" else 6
    label = cards["account"].to_numpy()[shown["card"]]
    file = [f"card{name[1:]}.csv" for name in label]
    currency = shown["code"].map(dict(enumerate(ecb.CURRENCIES))).astype(object)
    day = shown["day"].to_numpy().astype("datetime64[D]").astype("datetime64[us]")
    booked = shown["booked"].to_numpy().astype("datetime64[D]").astype("datetime64[us]")
    line = shown.groupby("card").cumcount().to_numpy() + 2
    found: dict[str, object] = {
        "file": file,
        "line": line,
        "account_key": [f"**** **** **** {name[1:]}" for name in label],
        "transaction_date": day,
        "posted_date": booked if world.posted else None,
        "description": shown["descriptor"].to_numpy(),
        "amount": shown["billed"].to_numpy(),
        "currency": world.currency,
        "decimals": money.decimals(world.currency),
        "original_amount": shown["original"].where(original).astype("Int64").to_list(),
        "original_currency": currency.where(original, None).to_list(),
        "original_decimals": np.where(original, _DECIMALS[shown["code"]], 2),
        "conversion_rate": [
            f"{value:.{digits}f}" if known and world.fx == "original+rate" else None
            for value, known in zip(rate, original, strict=True)
        ],
        "kind": np.where(shown["billed"] < 0, "refund", "purchase"),
        "status": "posted",
        "layout": "worlds",
    }
    source = schema.Source("worlds", "", "worlds", "utf-8")
    out = combine([schema.reader_frame(found, len(shown))], [source])
    if len(out) != len(shown):
        raise AssertionError("the ledger took two different movements for one")
    where = pd.MultiIndex.from_arrays([file, pd.array(line, dtype="Int64")])
    ids = out.set_index(["file", "line"])["id"].reindex(where).to_numpy()
    rows = rows.assign(id="")
    rows.loc[shown.index, "id"] = ids
    return out, rows


def orders(
    world: World, tales: pd.DataFrame, rows: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """The buyer's list on the statements' last day: one row per AliExpress charge, no card.

    The columns of the hand-written template, amounts as text in the merchant's currency, with
    `tale` and `place` before them. A refund is known once AliExpress has sent it, a few days
    before it reaches the card.
    """
    first, last = period(world)
    bought = rows[rows["own"] & (rows["place"] < CHARGES) & (rows["day"] >= first - LEAD_DAYS)]
    tale = bought["tale"].to_numpy()
    n = len(bought)
    it = tales.iloc[tale].reset_index(drop=True)
    total = bought["original"].to_numpy()
    # Each part becomes known on its own day; a joint refund is written as each order's share.
    joint = np.isin(it["kind"], ["joint", "joint3"])
    sent1 = np.maximum(it["row_day"].to_numpy() - rng.integers(0, 8, n), bought["day"].to_numpy())
    sent2 = np.maximum(it["row_day2"].to_numpy() - rng.integers(0, 8, n), bought["day"].to_numpy())
    split = np.isin(it["kind"], ["split", "split3"])
    one = np.where(joint, total, np.where(split, it["back"], it["due"]))
    known1, known2 = (one > 0) & (sent1 <= last), split & (sent2 <= last)
    due = np.where(known1, one, 0) + np.where(known2, it["back2"], 0)
    sent = np.maximum(np.where(known1, sent1, 0), np.where(known2, sent2, 0))
    # The third part becomes known when the bank shows it.
    sent3 = it["row_day3"].to_numpy()
    known3 = (it["back3"].to_numpy() > 0) & (sent3 <= last)
    due = due + np.where(known3, it["back3"], 0)
    sent = np.maximum(sent, np.where(known3, sent3, 0))
    some = np.where(due < total, "Partially refunded", "Refunded")
    status = np.where(due == 0, "Completed", some)
    places = _DECIMALS[bought["code"].to_numpy()].tolist()
    ordered = bought["day"].to_numpy() - (rng.random(n) < 0.2)
    day = np.where(due > 0, sent, 0).astype("datetime64[D]").astype("datetime64[us]")
    number = 8_100_000_000_000_000 + rng.permutation(n) * 9_973 + rng.integers(0, 9_973, n)
    out = pd.DataFrame(
        {
            "tale": tale,
            "place": bought["place"].to_numpy(),
            "order_id": number.astype(str),
            "order_date": ordered.astype("datetime64[D]").astype("datetime64[us]"),
            "currency": np.array(ecb.CURRENCIES, object)[bought["code"].to_numpy()],
            "total": list(map(money.to_text, total, places)),
            "status": status,
            "refund_amount": [
                money.to_text(d, p) if d else None for d, p in zip(due, places, strict=True)
            ],
            "refund_date": pd.Series(day).where(due > 0),
            "due": due,
        }
    )
    return out.sort_values(["order_date", "order_id"], ignore_index=True)


def truth(
    world: World, cards: pd.DataFrame, tales: pd.DataFrame, rows: pd.DataFrame, orders: pd.DataFrame
) -> pd.DataFrame:
    """The true stories that these papers could tell, one row each.

    Columns: kind, account, charges, refunds (lists of ids, in statement order), due (minor units
    of the merchant's currency; null where no order tells it), charged, refunded, and the causes
    by the contract's definitions in minor units, which sum to charged - refunded exactly; causes
    are null where a part of the story lies outside the statements' first day (`orphan`, or a
    joint refund of a charge before it). Kinds are those of `World`; a story of which a charge or
    refund is not printed ends in ` cut`, one without any refund so far is `missing` or `late`.
    Without orders nobody could know of those two, and they are left out.
    """
    own = rows[rows["own"]]
    n, tale = len(tales), own["tale"].to_numpy()
    charge = (own["place"] < CHARGES).to_numpy()
    shown = own["printed"].to_numpy()
    original = own["original"].to_numpy().astype(np.float64)
    paid = original * own["x"].to_numpy()

    def total(values: Floats, mask: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(tale[mask], values[mask], minlength=n).astype(np.float64)

    one = np.ones(len(own))
    billed = own["billed"].to_numpy().astype(np.float64)
    F, R = total(original, shown & charge), -total(original, shown & ~charge)
    fx_paid, fx_back = total(paid, shown & charge), -total(paid, shown & ~charge)
    charged, refunded = total(billed, shown & charge), -total(billed, shown & ~charge)
    charges, refunds = total(one, shown & charge), total(one, shown & ~charge)
    due = np.bincount(orders["tale"], orders["due"], minlength=n)
    card = tales["card"].to_numpy()
    at_home = tales["code"].to_numpy() == code(world.currency)
    fee = np.where(at_home, 0.0, cards["fee"].to_numpy()[card])
    back_fee = np.where(at_home, 0.0, cards["refund_fee"].to_numpy()[card])
    X = fx_paid / np.where(F > 0, F, 1)
    scale = 10.0 ** (_DECIMALS[code(world.currency)] - _DECIMALS[tales["code"].to_numpy()])
    rest = np.maximum(F - R, 0)
    # "Partially refunded" without an amount does not say how much is due.
    due_told = np.full(n, world.with_orders) & (world.amounts_told | (due >= F))
    owed = np.where(due_told, np.clip(due - R, 0, rest), rest)
    whole = X * (1 + fee) * scale
    causes = {
        "fx_drift": np.rint((R * X - fx_back) * scale),
        "fee": np.rint((R * fee * X - back_fee * fx_back) * scale),
        "missing": np.rint(owed * whole),
        "kept": np.rint((rest - owed) * whole),
    }
    residue = charged - refunded - sum(causes.values())
    to_fx = np.abs(causes["fx_drift"]) >= np.abs(causes["fee"])
    causes["fx_drift"] += np.where(to_fx, residue, 0)
    causes["fee"] += np.where(to_fx, 0, residue)
    complete = total(one, charge & ~shown) == 0
    all_back = total(one, ~charge & ~shown) == 0
    kind = tales["kind"].to_numpy().astype(object)
    kind = np.where(complete & all_back, kind, kind + " cut")
    kind = np.where((refunds == 0) & (tales["kind"] != "missing"), "late", kind)
    kind = np.where(charges == 0, "orphan", kind)
    known = (charges > 0) & (due > 0) & world.with_orders
    keep = tales["own"].to_numpy() & ((refunds > 0) | known)
    whole_story = complete & (charges > 0)
    out = pd.DataFrame(
        {
            "kind": kind,
            "account": cards["account"].to_numpy()[card],
            "charges": _lists(own, charge & shown, n),
            "refunds": _lists(own, ~charge & shown, n),
            "due": pd.Series(due, range(n), dtype="Int64").where(due_told),
            "charged": charged.astype(np.int64),
            "refunded": refunded.astype(np.int64),
            **{
                name: pd.Series(values).where(whole_story).astype("Int64")
                for name, values in causes.items()
            },
        }
    )
    return out[keep].reset_index(drop=True)


def _lists(own: pd.DataFrame, mask: npt.NDArray[np.bool_], n: int) -> list[list[str]]:
    out: list[list[str]] = [[] for _ in range(n)]
    part = own[mask].sort_values(["day", "place"])
    for tale, name in zip(part["tale"], part["id"], strict=True):
        out[tale].append(name)
    return out
