"""Links of small ledgers by hand, and of generated worlds whose truth is known."""

import dataclasses
import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks import measure
from benchmarks.ours import linker
from benchmarks.worlds import ROBUST, TUNING, Made, World, make, write_csv
from linking_case import Row, book, linked, told

from reconcile import arrivals, due, orders, rates, reconcile
from reconcile.cards import RATIOS
from reconcile.linking import candidates
from reconcile.linking.delays import USUAL
from reconcile.linking.fit import alternatives
from reconcile.linking.worth import UNNAMED, original_currency
from reconcile.rates import log_reference

CARD = "…0001"
# Least pair F1 of one tuning world per kind: what was measured, less a few points.
FLOOR = {
    "original amount": 0.93,
    "original amount and rate": 0.93,
    "no FX column": 0.87,
    "no FX column, orders": 0.96,
    "no FX column, order states": 0.95,
    "no FX column, 12 a year": 0.80,
    "no FX column, 200 a year": 0.74,
    "no FX column, rough": 0.82,
}


@cache
def world(kind: str) -> Made:
    """The first tuning world of a kind; the densest one with two accounts, to be quick."""
    chosen = TUNING[kind][0]
    return make(dataclasses.replace(chosen, accounts=2 if chosen.charges > 100 else 5))


@cache
def cases(kind: str) -> pd.DataFrame:
    """What is told of that world."""
    made = world(kind)
    return told(linked(made.ledger, made.orders))


@pytest.mark.parametrize("kind", FLOOR)
def test_accuracy_does_not_fall(kind: str) -> None:
    """A change to the linker would lose links that it used to find."""
    made = world(kind)
    tally = measure.links(cases(kind), made.truth, made.aliexpress)
    assert tally.f1 >= FLOOR[kind]
    assert tally.exact_when_sure >= 0.93


# The same of worlds whose lives have another shape, all of their cards.
ROBUST_FLOOR = {
    "uniform requests, original amount": 0.94,
    "quick refunds, no FX column": 0.94,
    "percent parts, original amount": 0.94,
    "threes, original amount": 0.93,
    "threes, no FX column": 0.82,
    "threes, orders": 0.95,
    "all at once, no FX column": 0.86,
}


@pytest.mark.parametrize("kind", ROBUST_FLOOR)
def test_other_lives_are_linked_as_well(kind: str) -> None:
    """A buyer who asks for refunds late, or gets them in three parts, would find them open."""
    tallies = []
    for world in ROBUST[kind][:2]:
        made = make(world)
        found = told(linked(made.ledger, made.orders))
        tallies.append(measure.links(found, made.truth, made.aliexpress))
    tally = tallies[0] + tallies[1]
    assert tally.f1 >= ROBUST_FLOOR[kind]
    assert tally.exact_when_sure >= 0.95
    assert tally.calibration_error <= 0.08
    assert tally.strangers == 0


@pytest.mark.parametrize(("request_", "handling"), [((3.0, 20.0), (3, 8)), ((25.0, 45.0), (8, 20))])
def test_accounts_teach_their_delays(
    request_: tuple[float, float], handling: tuple[int, int]
) -> None:
    """A card whose refunds all come within two weeks would be offered charges of two months ago."""
    made = make(World("days", 3, fx="original", request=request_, handling=handling))
    delay = linked(made.ledger).scene.delay
    days = np.arange(delay.shape[1]) + candidates.EARLIEST_DAYS
    usual = float((USUAL * days).sum())
    mean = (delay * days).sum(axis=1)
    assert np.all(mean < usual if request_[0] < 9 else mean > usual)
    np.testing.assert_allclose(delay.sum(axis=1), 1.0, atol=1e-6)


THREES: list[Row] = [
    (CARD, "2025-06-01", 4845, 3249),
    (CARD, "2025-06-24", -1710, -1149),
    (CARD, "2025-06-29", -1480, -1000),
    (CARD, "2025-07-04", -1630, -1100),
    (CARD, "2025-03-02", 1500, 1010),
    (CARD, "2025-03-03", 2377, 1601),
    (CARD, "2025-03-04", 3811, 2567),
    (CARD, "2025-03-28", -7688, -5178),
    (CARD, "2025-04-15", 9123, 6144),
]


@pytest.mark.parametrize("printed", [True, False])
def test_three_parts_are_one_story(printed: bool) -> None:
    """Three refunds of one order, or one for three, would be told as three shortfalls."""
    rows = (
        THREES if printed else [(account, day, billed, None) for account, day, billed, _ in THREES]
    )
    if not printed:
        # Billed at home, the parts add up to the yen.
        rows[3] = (CARD, "2025-07-04", -(4845 - 1710 - 1480), None)
    found = told(linked(book(rows)))
    assert sorted(zip(found["charges"].map(len), found["refunds"].map(len), strict=True)) == [
        (1, 3),
        (3, 1),
    ]
    assert found["kind"].tolist() == ["joint", "split"]
    assert found["confidence"].min() > 0.8


def test_three_parts_of_an_order_are_not_short() -> None:
    """A buyer whose money came back in three parts would be told to claim the rest."""
    wanted = pd.DataFrame(
        {
            "order_id": ["8100000000000001"],
            "order_date": ["2025-06-01"],
            "currency": ["USD"],
            "total": ["32.49"],
            "status": ["Refunded"],
            "refund_amount": ["32.49"],
            "refund_date": ["2025-07-01"],
        }
    )
    cases = linker(book(THREES), wanted)
    mine = cases[cases["orders"].map(bool)]
    assert mine["refunds"].map(len).tolist() == [3]
    assert mine["verdict"].tolist() == ["refunded"]
    assert (mine["missing"] == 0).all()


@pytest.mark.parametrize("kind", FLOOR)
def test_another_merchant_is_never_linked(kind: str) -> None:
    """A Temu or Alibaba Cloud refund would be shown as money back from AliExpress."""
    ids = {name for column in ("charges", "refunds") for row in cases(kind)[column] for name in row}
    assert ids
    assert ids <= world(kind).aliexpress


@pytest.mark.parametrize("kind", ["original amount", "no FX column, orders"])
def test_row_order_changes_nothing(kind: str) -> None:
    """The same statement, sorted otherwise by the bank, would give other links or confidences."""
    made = world(kind)
    mixed = made.ledger.sample(frac=1, random_state=5)
    wanted = None if made.orders is None else made.orders.sample(frac=1, random_state=6)
    again = told(linked(mixed, wanted))
    pd.testing.assert_frame_equal(cases(kind), again, check_exact=True)


def test_files_may_be_split_and_named_otherwise(tmp_path: Path) -> None:
    """One export for the year and one for each quarter would give other links or confidences."""
    made = make(dataclasses.replace(TUNING["original amount and rate"][0], accounts=2, charges=30))
    whole = write_csv(made, tmp_path / "whole")
    parts = []
    for number, path in enumerate(whole):
        head, *lines = path.read_text("utf-8").splitlines()
        for part in range(3):
            # Later rows first, so that neither the files' names nor their order is the days'.
            name = tmp_path / f"{9 - part}-{number}.csv"
            own = lines[part * len(lines) // 3 : (part + 1) * len(lines) // 3]
            name.write_text("\n".join([head, *own]) + "\n", "utf-8")
            parts.append(name)

    def said(paths: list[Path]) -> list[tuple[object, ...]]:
        result = reconcile(*paths, as_of=dt.date(2026, 11, 23))
        rows = result.transactions.set_index("id")[["transaction_date", "description", "amount"]]
        known = {name: tuple(row) for name, row in zip(rows.index, rows.to_numpy(), strict=True)}
        told = zip(
            result.cases["charges"], result.cases["refunds"], result.cases["confidence"],
            strict=True,
        )  # fmt: skip
        return sorted(
            (tuple(known[c] for c in charges), tuple(known[r] for r in refunds), confidence)
            for charges, refunds, confidence in told
        )

    once = said(whole)
    assert len(once) > 10
    assert said(parts) == once
    assert said(parts[::-1]) == once


def test_accounts_do_not_disturb_each_other() -> None:
    """Adding another card's statement would change the links of the first."""
    made = world("no FX column")
    whole = cases("no FX column")
    one = made.ledger[made.ledger["account"].eq("…0002")]
    alone = told(linked(one))
    mine = whole[[row[0] in set(one["id"]) for row in whole["refunds"]]].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone, rtol=1e-9)


@pytest.mark.parametrize("currency", ["JPY", "EUR", "USD", "GBP"])
def test_orders_find_their_charges(currency: str) -> None:
    """An order would be reported against another purchase of about the same price."""
    chosen = next(w for w in TUNING["no FX column, orders"] if w.currency == currency)
    made = make(dataclasses.replace(chosen, accounts=3))
    assert made.orders is not None
    links = linked(made.ledger, made.orders)
    assert len(links.orders) > 0.9 * links.moves.refund.size / 2
    charges = [row for rows in links.orders.values() for row in rows]
    assert len(charges) == len(set(charges))
    tally = measure.links(told(links), made.truth, made.aliexpress)
    assert tally.f1 > 0.95
    # The orders' currencies are the cards': a wrong charge would often show another.
    by_account = dict(zip(made.cards["account"], made.cards["merchant_currency"], strict=True))
    names = links.moves.frame["account"]
    right = [
        by_account[names[rows[0]]] == made.orders["currency"].iloc[at]
        for at, rows in links.orders.items()
    ]
    assert np.mean(right) > 0.97


def test_other_shops_teach_the_card() -> None:
    """A card with few AliExpress refunds would keep its fee a secret that other refunds tell."""
    made = world("no FX column, 12 a year")
    foreign = made.cards["merchant_currency"].ne(made.world.currency).to_numpy()
    true = np.log1p(made.cards["refund_fee"]) - np.log1p(made.cards["fee"])
    off = []
    for ledger in (made.ledger, made.own_rows):
        mean = linked(ledger).cards.ratio_weights() @ RATIOS
        off.append(np.abs(mean - true.to_numpy())[foreign].mean())
    assert off[0] < 0.6 * off[1]
    assert off[0] < 0.006


@pytest.mark.parametrize(("more", "least"), [((), 0.85), (("status",), 0.96)])
def test_orders_without_refund_amounts_still_help(more: tuple[str, ...], least: float) -> None:
    """A list with just the required columns would make every refund look impossible."""
    made = world("no FX column, orders")
    assert made.orders is not None
    plain = made.orders[["order_id", "order_date", "currency", "total", *more]]
    tally = measure.links(told(linked(made.ledger, plain)), made.truth, made.aliexpress)
    assert tally.f1 > least


@pytest.mark.parametrize("part", [0, 1])
def test_an_order_says_of_which_charge_a_part_came_back(part: int) -> None:
    """A refund of no particular amount would go to whichever charge lies nearer in time."""
    days = ("2025-06-01", "2025-06-09")
    rows: list[Row] = [(CARD, days[0], 4845, None), (CARD, days[1], 5213, None)]
    rows += [(CARD, "2025-06-28", -1717, None), (CARD, "2025-03-02", 1500, None)]
    wanted = pd.DataFrame(
        {
            "order_id": ["81", "82"],
            "order_date": list(days),
            "currency": "JPY",
            "total": ["4845", "5213"],
            "status": ["Partially refunded" if part == n else "Completed" for n in (0, 1)],
        }
    )
    found = told(linked(book(rows), wanted))
    charge = book(rows).set_index("amount")["id"][[4845, 5213][part]]
    assert found["charges"].tolist() == [[charge]]
    assert found["kind"].tolist() == ["part"]
    assert found["confidence"].iloc[0] > 0.9
    # What an order tells mostly comes, and is the surer for it.
    links = linked(book(rows[:3]), wanted)
    weighed = arrivals.weigh(links, due.wanted(due.owed(links, orders.normalise(wanted)))).links
    before, after = (told(one)["confidence"].iloc[0] for one in (links, weighed))
    assert after > before + 0.1


@pytest.mark.parametrize("part", [0, 1])
def test_two_parts_of_a_whole_are_not_those_of_an_order_partly_refunded(part: int) -> None:
    """Both parts would go to the charge whose order says that only a part came back."""
    days = ("2025-06-01", "2025-06-02")
    rows: list[Row] = [(CARD, days[0], 4845, 3249), (CARD, days[1], 4839, 3249)]
    rows += [(CARD, "2025-06-28", -1966, -1333), (CARD, "2025-06-30", -2826, -1916)]
    wanted = pd.DataFrame(
        {
            "order_id": ["81", "82"],
            "order_date": list(days),
            "currency": "USD",
            "total": "32.49",
            "status": ["Partially refunded" if part == n else "Refunded" for n in (0, 1)],
        }
    )
    found = told(linked(book([*rows, (CARD, "2025-03-02", 1500, 1010)]), wanted))
    charge = book(rows).set_index("amount")["id"][[4839, 4845][part]]
    assert found["charges"].tolist() == [[charge]]
    assert found["kind"].tolist() == ["split"]
    assert found["confidence"].iloc[0] > 0.75


EQUAL: list[Row] = [
    (CARD, "2025-06-01", 4845, 3249),
    (CARD, "2025-06-09", 4790, 3249),
    (CARD, "2025-06-28", -4717, -3249),
    (CARD, "2025-03-02", 1500, 1010),
]


def test_equal_charges_are_alternatives() -> None:
    """With two purchases of one price the report would name one as if it were certain."""
    links = linked(book(EQUAL))
    found = told(links)
    assert len(found) == 1
    assert 0.3 < found["confidence"].iloc[0] < 0.8
    at = int(np.flatnonzero(links.solution.chosen)[0])
    others = alternatives(links, np.array([at]))[0]
    assert len(others) >= 1
    charges, refunds, chance = others[0]
    assert refunds == [int(links.stories.refund[at])]
    assert charges != [int(links.stories.charge[at])]
    assert found["confidence"].iloc[0] + chance == pytest.approx(1.0, abs=0.1)


def test_home_billing_needs_no_rates() -> None:
    """A refund to the yen of a charge in yen would not be recognised."""
    rows: list[Row] = [
        (CARD, f"2025-0{month}-03", 1000 * month + 37, None) for month in range(1, 9)
    ]
    found = told(linked(book([*rows, (CARD, "2025-05-28", -5037, None)])))
    assert found["kind"].tolist() == ["full"]
    assert found["confidence"].iloc[0] > 0.95


def test_a_refund_long_before_its_charge_is_not_linked() -> None:
    """Money that came back in spring would be set against a purchase of the summer."""
    rows: list[Row] = [
        (CARD, "2025-03-01", -4845, -3249),
        (CARD, "2025-06-01", 4845, 3249),
    ]
    assert told(linked(book(rows))).empty


def test_empty_ledger() -> None:
    """Statements without any AliExpress row would end in an error."""
    links = linked(book(EQUAL).iloc[:0])
    assert told(links).empty
    assert links.orders == {}


def test_window_and_crowd_bound_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with very many rows would take forever, or lose its equal amounts."""
    days = pd.date_range("2025-01-01", periods=150).strftime("%Y-%m-%d")
    rows: list[Row] = [(CARD, day, 3000 + 7 * n, None) for n, day in enumerate(days)]
    rows.append((CARD, "2025-06-20", -3014, None))
    moves = candidates.movements(book(rows))
    charge, refund = candidates.pairs(moves)
    gap = moves.day[refund] - moves.day[charge]
    assert gap.max() <= candidates.LATEST_DAYS
    assert len(charge) > 100
    monkeypatch.setattr(candidates, "CROWD", 20)
    monkeypatch.setattr(candidates, "NEAREST", 5)
    few, _ = candidates.pairs(moves)
    assert len(few) <= 30
    assert 3014 in moves.minor[few]


def test_a_charge_without_an_original_among_others_is_billed_at_home() -> None:
    """A yen purchase that came back to the yen would be split into a fee and a drift."""
    rows: list[Row] = [
        ("1111", "2025-03-01", 3000, 2000),
        ("1111", "2025-03-05", 4500, 3000),
        ("1111", "2025-03-08", 1234, None),
        ("1111", "2025-03-25", -1234, None),
        ("1111", "2025-03-29", -4480, -3000),
    ]
    links = linked(book(rows))
    stories = links.stories
    (at,) = [
        n
        for n in np.flatnonzero(links.solution.chosen)
        if links.moves.minor[stories.refund[n]] == 1234
    ]
    assert links.worth.currencies[stories.currency[at]] == "home"


def test_a_refund_without_an_original_among_others_came_at_home() -> None:
    """Yen for yen would lose against a dollar purchase of nearly that price."""
    rows: list[Row] = [
        ("1111", "2025-03-01", 3000, 2000),
        ("1111", "2025-03-05", 4500, 3000),
        ("1111", "2025-03-08", 1085, None),
        ("1111", "2025-04-18", 1098, 732),
        ("1111", "2025-05-02", -1085, None),
        ("1111", "2025-03-28", -2980, -2000),
        ("1111", "2025-03-29", -4480, -3000),
        ("1111", "2025-05-20", -1090, -732),
    ]
    links = linked(book(rows))
    moves, worth = links.moves, links.worth
    silent = moves.refund & moves.frame["original_amount"].isna().to_numpy()
    possible = np.isfinite(worth.log[:, silent]).any(axis=1)
    assert [name for name, may in zip(worth.currencies, possible, strict=True) if may] == ["home"]


def test_a_printed_currency_is_certain_however_rare() -> None:
    """A part of the one euro purchase among dollars would stay unlinked."""
    dollars: list[Row] = []
    for month in range(1, 9):
        dollars.append((CARD, f"2025-{month:02}-03", 3000 + 7 * month, 2000 + 5 * month))
        dollars.append((CARD, f"2025-{month:02}-24", -2980 - 7 * month, -2000 - 5 * month))
    frame = book([*dollars, (CARD, "2025-04-10", 3840, 2396), (CARD, "2025-05-02", -1220, -759)])
    euro = frame["original_amount"].abs().isin([2396, 759])
    frame["original_currency"] = frame["original_currency"].astype("str").mask(euro, "EUR")
    found = told(linked(frame))
    ids = set(frame.loc[euro, "id"])
    (case,) = [row for row in found.itertuples() if set(row.charges) & ids]
    assert set(case.charges) | set(case.refunds) == ids


def test_two_halves_are_one_refund() -> None:
    """Each half would be taken for a part, one of them of another purchase."""
    rows: list[Row] = [
        (CARD, "2025-03-01", 1505, 1284),
        (CARD, "2025-03-20", 2543, 2140),
        (CARD, "2025-05-02", -773, -642),
        (CARD, "2025-05-06", -760, -642),
    ]
    found = told(linked(book(rows)))
    assert [len(refunds) for refunds in found["refunds"]] == [2]


def test_a_half_of_an_unprinted_charge_is_no_certainty() -> None:
    """Two refunds would be one purchase's for sure whose amount in dollars is only estimated."""
    rows: list[Row] = [
        (CARD, "2025-03-01", 963, 642),
        (CARD, "2025-03-04", 1930, None),
        (CARD, "2025-03-20", -950, -642),
        (CARD, "2025-03-27", -948, -642),
    ]
    found = told(linked(book(rows)))
    assert not (found["kind"].eq("split") & found["confidence"].gt(0.95)).any()


def test_a_card_beyond_all_fees_is_estimated() -> None:
    """What no card should take would leave every row of the account without an estimate."""
    for setup, ratio in ((None, 0.094), ({"fee": 0.0, "mode": "none"}, 0.09)):
        rows: list[Row] = []
        for number in range(200):
            day = np.datetime64("2024-01-03") + 2 * number
            billed = 5000 + 37 * number
            rows.append((CARD, str(day), billed, None))
            rows.append((CARD, str(day + 9), -round(billed * np.exp(-ratio)), None))
        links = linked(book(rows), setup=setup)
        assert (links.scene.ratio >= 0).all()
        assert np.isfinite(links.scene.currency).all()
        assert np.isfinite(links.scene.worth.log[1, 0])


def test_an_order_of_months_ago_is_seldom_refunded_with_a_new_one() -> None:
    """Two sums that happen to add up would be told as one refund of orders months apart."""
    sure = []
    for first in ("2025-02-20", "2025-01-15"):
        rows: list[Row] = [
            (CARD, first, 575, 383),
            (CARD, "2025-03-01", 1116, 744),
            (CARD, "2025-03-03", 2800, 1879),
            (CARD, "2025-04-10", -1690, -1127),
        ]
        found = linked(book(rows))
        joint = np.flatnonzero(found.stories.charge2 >= 0)
        sure.append(float(found.solution.probability[joint].max(initial=0.0)))
    assert sure[0] > 0.8
    assert sure[1] < 0.1


def test_equal_originals_without_a_code_are_of_one_currency() -> None:
    """A refund of the whole would be left unlinked, because only one of the two printed rates is
    near enough to the reference rate to tell that the originals are dollars.
    """
    frame = pd.DataFrame(
        {
            "transaction_date": pd.to_datetime(["2025-06-05", "2025-06-28"]),
            "description": ["ALIEXPRESS.COM"] * 2,
            "amount": [1668, -1668],
            "currency": "JPY",
            "original_amount": ["12.00", "-12.00"],
        }
    )
    found = reconcile(frame)
    assert found.transactions["original_currency"].isna().all()
    assert found.cases["verdict"].tolist() == ["refunded"]
    assert float(found.cases["confidence"].iloc[0]) > 0.9


def test_parts_that_come_back_together_speak_of_their_day_once() -> None:
    """Of two equal purchases the days of both parts would make one of them all but certain."""

    def chance(back: list[int]) -> float:
        rows: list[Row] = [(CARD, "2025-03-01", 4500, 3000), (CARD, "2025-04-02", 4500, 3000)]
        day = np.datetime64("2025-04-16")
        for number, cents in enumerate(back):
            rows.append((CARD, str(day + 2 * number), -round(cents * 1.5), -cents))
        found = told(linked(book(rows)))
        return float(found["confidence"].iloc[0])

    whole, parts = chance([3000]), chance([1130, 1870])
    assert whole < 0.95
    assert parts < 1 - (1 - whole) ** 1.6


def test_a_currency_that_two_rates_allow_is_told_by_the_cards_other_rows() -> None:
    """With euro and dollar nearly equal, a loaded rate fits both: a charge and its refund would be
    in two currencies and never be found to belong together.
    """
    table = rates.ecb()
    days = np.array(["2024-06-03", "2024-07-01", "2024-08-05", "2024-12-10"], "datetime64[D]")
    rows = book([(CARD, str(day), 1, 2000) for day in days])
    rate = np.exp(log_reference(table, "USD", "JPY", days, np.ones(4, np.bool_))[0]) * 1.038
    rows["conversion_rate"] = [f"{value:.3f}" for value in rate]
    rows["amount"] = np.rint(rate * 20).astype(np.int64)
    rows["original_currency"] = pd.Series(None, index=rows.index, dtype=object)
    alone = rows[rows["transaction_date"] > "2024-12-01"].assign(original_amount=1999)
    rows["original_amount"] = [2000, 2100, 2200, 1999]
    assert original_currency(alone, table).tolist() == [UNNAMED]
    assert original_currency(rows, table).tolist() == ["USD"] * 4
