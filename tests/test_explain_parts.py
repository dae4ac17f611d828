"""The steps from a link to its causes: shares, printed fees, the rates that they are told by."""

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from linking_case import Row, linked
from linking_case import book as bare
from test_explain import AS_OF, START, book, hidden, mid, own_rates, run, the

from reconcile import intake, orders, pipeline, rates, shares
from reconcile.explain import Split, split
from reconcile.fees import Attached, attached
from reconcile.linking.score import ROUND_SHARE
from reconcile.settings import Card, Settings
from reconcile.tables import CAUSES

FEE = "FOREIGN TRANSACTION FEE"


def causes(rows: list[Row], due: float = math.nan, **setup: object) -> Split:
    """The causes of all that is linked in a ledger; `due` is what an order says of each charge."""
    links = linked(bare(rows), setup=setup)
    told = np.full(len(links.moves.frame), due)
    return split(links, rates.ecb(), told, attached(links.moves.frame))


def likeliest(guess: float, sd: float, told: float) -> tuple[float, float]:
    """The share behind an estimate, worked out one by one."""
    seen = {
        part: ROUND_SHARE * often * NormalDist(math.log(part), sd).pdf(math.log(guess))
        for part, often in shares._COMMON.items()
    }
    total = sum(seen.values()) + (1 - ROUND_SHARE) * guess
    part = max(seen, key=lambda one: seen[one])
    likely = seen[part] / total
    if told > 0:
        same = 0.97 * NormalDist(math.log(told), sd).pdf(math.log(guess))
        chance = same / (same + 0.03 * total)
        if chance >= 0.5:
            return told, chance
    return part, likely


def test_shares_are_weighed_as_bayes_would() -> None:
    """A refund near a half would be called a half too easily, or an order's word be ignored."""
    cases = [
        (guess, sd, told)
        for guess in (0.04, 0.249, 0.34, 0.46, 0.497, 0.5, 0.66, 0.71, 0.93, 0.999)
        for sd in (0.002, 0.01, 0.04, 0.2)
        for told in (math.nan, 0.0, 0.46, guess * 1.01, 0.72)
    ]
    columns = (np.array(column) for column in zip(*cases, strict=True))
    near, likely = shares._fraction(*columns)
    for at, (guess, sd, told) in enumerate(cases):
        part, chance = likeliest(guess, sd, told)
        assert near[at] == pytest.approx(part), cases[at]
        assert likely[at] == pytest.approx(chance), cases[at]


def test_a_printed_part_is_exact() -> None:
    """A part whose originals the statement prints would be rounded to a common fraction."""
    found = causes([
        ("…0001", "2025-06-20", 4844, 3000), ("…0001", "2025-07-18", -1918, -1200),
    ])  # fmt: skip
    assert found.share.tolist() == [1200 / 3000]
    assert found.causes["missing"].tolist() == [4844 - round(4844 * 0.4)]
    assert found.high["missing"][0] - found.low["missing"][0] <= 1


def test_a_whole_refund_is_the_whole_whatever_its_originals() -> None:
    """A refund in full would be short by a cent where the shop's rounding differs by one."""
    found = causes([
        ("…0001", "2025-06-20", 4844, 3000), ("…0001", "2025-07-18", -4800, -3000),
    ])  # fmt: skip
    assert found.share.tolist() == [1.0]
    assert found.causes["missing"].tolist() == [0]
    assert found.causes["fx_drift"][0] + found.causes["fee"][0] == 44


@pytest.mark.parametrize(("load", "back"), [(0.0363, 0.0), (0.0, 0.0), (0.03, 0.03)])
def test_an_estimated_part_takes_the_card_into_account(load: float, back: float) -> None:
    """The fee that a card keeps would be taken for a smaller part that came back."""
    when, later = START + 140, START + 150
    charge = round(200 * mid(when) * 1.0035 * (1 + load))
    part = round(200 * 0.46 * mid(later) * 1.0035 * (1 + back))
    rows = hidden(14, load, back)
    rows += [("…0001", str(when), charge, None), ("…0001", str(later), -part, None)]
    found = causes(rows)
    at = int(np.flatnonzero(found.charged == charge)[0])
    assert found.share[at] == pytest.approx(0.46, rel=0.012)
    width = int(found.high["missing"][at] - found.low["missing"][at])
    assert 0 < width < 0.03 * charge
    # What an order says is taken, where the amounts allow it, and is then exact.
    told = causes(rows, 0.46)
    assert told.share[at] == 0.46
    assert told.low["missing"][at] == told.high["missing"][at] == charge - round(0.46 * charge)


def test_half_of_a_cheap_purchase_is_as_wide_as_its_cent() -> None:
    """Half of a very cheap purchase would be told to the yen, although a cent is more than that."""
    when, later = START + 140, START + 150
    rows = hidden(14, 0.0, 0.0)
    charge, part = round(2.01 * mid(when) * 1.0035), round(1.0 * mid(later) * 1.0035)
    rows += [("…0001", str(when), charge, None), ("…0001", str(later), -part, None)]
    found = causes(rows)
    (at,) = np.flatnonzero(found.charged == charge)
    assert found.share[at] == 0.5
    assert 1 <= found.high["missing"][at] - found.low["missing"][at] <= 4


@pytest.mark.parametrize(
    ("fees", "paid", "back", "fee"),
    [
        ((68, 0), 4912, 4700, 68),
        ((0, 67), 4844, 4633, 67),
        ((68, -66), 4912, 4766, 2),
        ((68, 67), 4912, 4633, 135),
    ],
)
def test_printed_fees_count_on_their_side(
    fees: tuple[int, int], paid: int, back: int, fee: int
) -> None:
    """A fee row on a refund would be added where it is taken off, or a lone one be overlooked."""
    rows = [("…0001", "2025-06-20", 4844, 3000), ("…0001", "2025-07-18", -4700, -3000)]
    links = linked(bare(rows))
    ids = links.moves.frame.sort_values("amount", ascending=False)["id"]
    apart = Attached(dict(zip(ids, fees, strict=True)), {})
    found = split(links, rates.ecb(), np.full(2, np.nan), apart)
    assert (found.charged[0], found.refunded[0]) == (paid, back)
    values = {name: int(value[0]) for name, value in found.causes.items()}
    drift = paid - back - fee
    assert values == dict.fromkeys(CAUSES, 0) | {"fee": fee, "fx_drift": drift}
    assert found.low["fee"][0] == found.high["fee"][0] == fee
    assert found.printed[0]


def test_a_part_takes_its_part_of_the_printed_fee() -> None:
    """All of a purchase's fee would be called lost where only half of it came back."""
    table = book([("2025-06-20", 4844, 3000), ("2025-07-18", -2350, -1500), ("2025-06-20", 68)])
    lone = table["original_amount"].isna()
    table["description"] = table["description"].mask(lone, FEE)
    table["kind"] = table["kind"].mask(lone, "fee")
    case = the(run(table))
    assert (case["charged"], case["missing"], case["fee"]) == (4912, 2456, 34)
    assert case["fx_drift"] == 2456 - 2350 - 34


def test_at_home_nothing_drifts() -> None:
    """A purchase billed in its own currency would be told to have lost to the exchange rate."""
    links = linked(bare([
        ("…0001", "2025-06-20", 3000, None), ("…0001", "2025-07-18", -3000, None),
    ], "USD"))  # fmt: skip
    home = split(links, rates.ecb(), np.full(2, np.nan), attached(links.moves.frame))
    assert home.home.tolist() == [True]
    assert {name: value.tolist() for name, value in home.causes.items()} == {
        name: [0] for name in CAUSES
    }
    assert home.home.dtype == np.bool_


def test_a_fee_that_changed_is_that_of_the_charge_s_day() -> None:
    """A purchase before the issuer raised its fee would be shown with the fee of today."""
    found = causes([
        ("…0001", "2024-10-10", 4600, 3000), ("…0001", "2024-11-20", -4500, -3000),
        ("…0001", "2025-06-20", 4844, 3000), ("…0001", "2025-07-18", -4700, -3000),
    ], issuer="smbc")  # fmt: skip
    by_charge = dict(zip(found.charged.tolist(), found.fee_rate.tolist(), strict=True))
    assert by_charge[4844] - by_charge[4600] == pytest.approx(0.0363 - 0.0220, abs=1e-9)
    assert by_charge[4844] > 0.02


@pytest.mark.parametrize(
    ("network", "days"),
    [("visa", ("2025-06-19", "2025-07-17")), ("mastercard", ("2025-06-20", "2025-07-18")),
     (None, ("2025-06-20", "2025-07-18"))],
)  # fmt: skip
def test_networks_take_the_fixing_of_their_own_day(
    network: str | None, days: tuple[str, str]
) -> None:
    """A Visa card would be judged by a rate that was not yet known when it was charged."""
    rows = [("2025-06-20", 4844, 3000), ("2025-07-18", -4700, -3000)]
    table = book(rows)
    known = intake.recognise(table)
    account = str(known["account"].iloc[0])
    given = Settings(as_of=AS_OF, cards={account: Card(network=network)})
    used = pipeline.Held(known, [], rates.ecb(), given, orders.none()).tables().rates
    assert sorted(str(day)[:10] for day in used["date"].unique()) == sorted(days)


def test_both_rates_are_looked_up_with_their_days() -> None:
    """The rate of the refund would stand for that of the charge as well."""
    found = causes([
        ("…0001", "2025-06-20", 4844, 3000), ("…0001", "2025-07-18", -4700, -3000),
    ])  # fmt: skip
    for (rate,), (fixing,), day in zip(
        found.rate, found.fixing, ("2025-06-20", "2025-07-18"), strict=True
    ):
        assert rate == mid(np.datetime64(day))
        assert fixing == np.datetime64(day)


def test_without_the_rate_of_the_charge_nothing_is_divided(tmp_path: Path) -> None:
    """A charge in a month without rates would be divided by the rate of the refund alone."""
    pair = book([("2025-06-20", 4844, 100_000), ("2025-07-18", -4700, -100_000)], "TWD")
    for days, known in ((("2025-06-20", "2025-07-18"), True), (("2025-07-18",), False)):
        table = own_rates(tmp_path, "TWD", *((day, "4.6") for day in days))
        case = the(run(pair, table))
        assert (case["unexplained"] == 0) == known
        assert (case["fx_drift"] + case["fee"] == 144) == known
