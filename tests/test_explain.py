"""Causes, their intervals and their sentences: exact where told, honest where not."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from linking_case import Row, linked
from linking_case import book as bare
from strategies import frame, row

from reconcile import intake, ledger, orders, pipeline, rates, reconcile, spans
from reconcile.cards import Observed, fit
from reconcile.combine import combine
from reconcile.rates import RateTable, Series
from reconcile.settings import Settings
from reconcile.tables import CAUSES, Tables
from reconcile.text import LANGUAGES, Message, render

AS_OF = dt.date(2026, 11, 23)
START = np.datetime64("2024-09-02")


def book(rows: list[tuple[Any, ...]], shop: str = "USD", **values: Any) -> pd.DataFrame:
    """A ledger of (day, billed amount[, original]) of one shop, in minor units."""
    made = []
    for day, amount, *original in rows:
        when = dt.date.fromisoformat(str(day))
        dates = {"transaction_date": when, "posted_date": when}
        one = row(**{**dates, "amount": int(amount), **values})
        one["kind"] = "purchase" if amount > 0 else "refund"
        if original:
            one |= {"original_amount": original[0], "original_currency": shop}
            one["original_decimals"] = 2
        made.append(one)
    return combine([frame(made)], [ledger.Source("card.csv", "", "plain", "utf-8")])


def run(table: pd.DataFrame, rated: RateTable | None = None, **settings: Any) -> Tables:
    """Result tables of a ledger."""
    known = intake.recognise(table.copy())
    given = Settings(as_of=AS_OF, **settings)
    return pipeline.Held(known, [], rated or rates.ecb(), given, orders.none()).tables()


def the(tables: Tables) -> dict[str, Any]:
    """The one case."""
    assert len(tables.cases) == 1
    return dict(tables.cases.iloc[0])


def said(case: dict[str, Any], lang: str = "en") -> str:
    """The explanation of a case."""
    return " ".join(render(part, lang) for part in case["explanation"])


def mid(day: np.datetime64) -> float:
    """The reference rate of a day, yen per dollar."""
    return float(rates.ecb().lookup("USD", "JPY", np.array([day]), stale=True)[0][0])


@pytest.mark.parametrize("fee", ["0.0363", "0.0163", "0.0299"])
@pytest.mark.parametrize("mode", ["kept", "symmetric", "double"])
def test_a_known_fee_splits_to_the_yen(fee: str, mode: str) -> None:
    """A dear purchase would show some yen of fee too much, because the fee was rounded."""
    share = Decimal(fee)
    back = {"kept": Decimal(0), "symmetric": share, "double": -share}[mode]
    one, two = Decimal("150.20"), Decimal("146.90")
    charge, refund = (round(3000 * x * (1 + load)) for x, load in ((one, share), (two, back)))
    table = book([("2025-06-20", charge, 300_000), ("2025-07-18", -refund, -300_000)])
    case = the(run(table, fee=float(share), refund_mode=mode))
    assert abs(case["fee"] - 3000 * (share * one - back * two)) <= 1
    assert abs(case["fx_drift"] - 3000 * (one - two)) <= 1
    assert case["fee_high"] - case["fee_low"] <= 1
    assert sum(case[cause] for cause in CAUSES) == case["shortfall"]


@pytest.mark.parametrize(
    ("back", "fee", "drift"), [(197, 3, 0), (203, 2, -5), (190, 2, 8), (200, 2, -2)]
)
def test_half_a_unit_goes_to_the_larger_of_drift_and_fee(back: int, fee: int, drift: int) -> None:
    """A fee of 2.5 beside a drift of 0.5 would be shown as 2 and 1."""
    made = []
    for day, amount, original, printed in (
        ("2025-06-20", 400, 1000, 5), ("2025-07-18", -back, -500, 0),
    ):  # fmt: skip
        when = dt.date.fromisoformat(day)
        one = row(transaction_date=when, posted_date=when, amount=amount, fee_amount=printed)
        one |= {"original_amount": original, "original_currency": "USD", "original_decimals": 2}
        made.append(one | {"kind": "purchase" if amount > 0 else "refund"})
    table = combine([frame(made)], [ledger.Source("card.csv", "", "plain", "utf-8")])
    case = the(run(table))
    assert case["missing"] == 200
    assert (case["fee"], case["fx_drift"], case["unexplained"]) == (fee, drift, 0)


def hidden(count: int, load: float, refund_load: float) -> list[Row]:
    """Charges and full refunds without originals on a card with this fee."""
    rows: list[Row] = []
    rng = np.random.default_rng(4)
    for n in range(count):
        cents = 1511 + 337 * n
        for day, sign, part in ((n * 9, 1, load), (n * 9 + 21, -1, refund_load)):
            when = START + day
            x = mid(when) * (1.0035 + rng.normal(0, 0.002))
            rows.append(("…0001", str(when), sign * round(cents / 100 * x * (1 + part)), None))
    return rows


def test_what_is_unsure_has_a_range_and_adds_up() -> None:
    """A guess at the card's fee would be shown as if the statement had printed it."""
    table = bare(hidden(14, 0.0363, 0.0))
    cases = run(table).cases
    linked_cases = cases[cases["refunds"].map(len) > 0]
    assert len(linked_cases) >= 12
    widths = (linked_cases["fee_high"] - linked_cases["fee_low"]).astype(int)
    assert (widths > 0).all()
    # What the fee did not take the exchange rate took: their ranges are each other's mirror.
    other = (linked_cases["fx_drift_high"] - linked_cases["fx_drift_low"]).astype(int)
    assert (abs(widths - other) <= 2).all()
    for cause in CAUSES:
        low, high = linked_cases[f"{cause}_low"], linked_cases[f"{cause}_high"]
        assert ((low <= linked_cases[cause]) & (linked_cases[cause] <= high)).all()
    assert (linked_cases["unexplained"] == 0).all()


def test_the_shortest_span_holds_nine_in_ten() -> None:
    """A 90% range would hold less, or hold a far outlier that only makes it wide."""
    rng = np.random.default_rng(1)
    values = np.rint(rng.normal(100, 20, (200, 256)))
    values[:, :10] = 10_000
    low, high = spans.shortest(values)
    inside = ((values >= low[:, None]) & (values <= high[:, None])).mean(axis=1)
    assert inside.min() >= 0.85
    assert 0.89 <= inside.mean() <= 0.92
    assert high.max() < 10_000
    one, same = spans.shortest(np.full((1, 256), 7.0))
    assert (one[0], same[0]) == (7, 7)


def test_half_of_it_came_back_or_nearly_half() -> None:
    """A part that happens to lie near a half would be called a half without a doubt."""
    rows = hidden(14, 0.0, 0.0)
    when, back = START + 140, START + 150
    charge = round(200 * mid(when) * 1.0035)
    for share, most in ((0.5, 200), (0.46, 900)):
        part = round(200 * share * mid(back) * 1.0035)
        table = bare([*rows, ("…0001", str(when), charge, None), ("…0001", str(back), -part, None)])
        cases = run(table).cases
        found = cases[cases["missing"] > 0]
        assert len(found) == 1
        case = dict(found.iloc[0])
        truth = round((1 - share) * charge)
        width = case["missing_high"] - case["missing_low"]
        assert 0 < width < most
        assert case["missing_low"] - width <= truth <= case["missing_high"] + width


def test_an_order_moves_the_range_with_the_amount() -> None:
    """What an order says was kept would be shown as known to the cent when it is an estimate."""
    rows = hidden(14, 0.0, 0.0)
    when, back = START + 140, START + 150
    charge, part = round(200 * mid(when) * 1.0035), round(92 * mid(back) * 1.0035)
    table = bare([*rows, ("…0001", str(when), charge, None), ("…0001", str(back), -part, None)])
    plain = dict(run(table).cases.query("missing > 0").iloc[0])
    listed = orders.normalise(
        pd.DataFrame({
            "order_id": ["8100000000000001"], "order_date": [pd.Timestamp(when)],
            "currency": ["USD"], "total": ["200.00"], "status": ["Completed"],
            "refund_amount": ["92.00"], "refund_date": [pd.Timestamp(back)],
        })
    )  # fmt: skip
    known = intake.recognise(table.copy())
    tables = pipeline.Held(known, [], rates.ecb(), Settings(as_of=AS_OF), listed).tables()
    case = dict(tables.cases[tables.cases["refunds"].map(plain["refunds"].__eq__)].iloc[0])
    assert case["missing"] == case["missing_low"] == case["missing_high"] == 0
    assert case["kept"] > 0
    truth = round(0.54 * charge)
    assert case["kept_low"] <= truth <= case["kept_high"]
    assert sum(case[cause] for cause in CAUSES) == case["shortfall"]


def test_what_is_not_due_keeps_its_range() -> None:
    """The user's word that nothing is due would turn an estimate into a certainty."""
    from reconcile.decisions import settle

    case = {
        "kept": 0, "kept_low": 0, "kept_high": 0, "missing": 500, "missing_low": 480,
        "missing_high": 520, "evidence": [], "explanation": [],
    }  # fmt: skip
    after = settle(case, "not due")
    assert (after["kept_low"], after["kept"], after["kept_high"]) == (480, 500, 520)
    assert after["missing_low"] == after["missing_high"] == 0
    unknown = settle(case | {"missing_low": None, "kept_low": None}, "not due")
    assert unknown["kept"] == 500
    assert unknown["kept_low"] is None


def confirmed(tmp_path: Path, gap: int) -> dict[str, Any]:
    """A refund `gap` days after its charge that the user confirms, among twelve others."""
    from reconcile import decisions

    rows = hidden(14, 0.0363, 0.0)
    when = START + 3
    back = when + gap
    charge, part = round(77 * mid(when) * 1.0035 * 1.0363), round(77 * mid(back) * 1.0035)
    rows += [("…0001", str(when), charge, None), ("…0001", str(back), -part, None)]
    table = intake.recognise(bare(rows))
    ids = [table.loc[table["amount"].eq(value), "id"].item() for value in (charge, -part)]
    path = tmp_path / "said.csv"
    path.write_text(f"Case ID,Decision\n{' '.join(ids)},confirm\n", "utf-8")
    decided = decisions.read(path)
    given = Settings(as_of=AS_OF)
    tables = pipeline.Held(table, [], rates.ecb(), given, orders.none(), decided).tables()
    return dict(tables.cases[tables.cases["refunds"].map([ids[1]].__eq__)].iloc[0])


def test_a_confirmed_pair_of_long_ago_has_an_exchange_rate(tmp_path: Path) -> None:
    """A pair that the user names outside the usual months would be judged as billed at home."""
    case = confirmed(tmp_path, 230)
    assert len(case["charges"]) == 1
    assert case["confidence"] == 1.0
    assert case["missing"] == 0
    assert case["fee"] == pytest.approx(0.035 * case["charged"], rel=0.25)
    assert case["fx_drift"] == pytest.approx(
        case["charged"] * 0.965 * (1 - mid(START + 233) / mid(START + 3)),
        abs=0.01 * case["charged"],
    )


PAIR = [("2025-06-20", 4844, 3000), ("2025-07-18", -4500, -3000)]


def own_rates(tmp_path: Path, base: str, *rows: tuple[str, str]) -> RateTable:
    """The user's rates file with yen per one of `base`."""
    path = tmp_path / "my rates.csv"
    lines = [f"{day},{base},JPY,{rate}" for day, rate in rows]
    path.write_text("\n".join(["date,base,quote,rate", *lines]), "utf-8")
    return rates.from_csv(path)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rates_are_named_by_their_source(tmp_path: Path, lang: str) -> None:
    """The reader would look up the user's own rates at the European Central Bank."""
    table = own_rates(tmp_path, "USD", ("2025-06-20", "155.0"), ("2025-07-18", "147.5"))
    bank = {"en": "ECB", "ja": "欧州中央銀行"}[lang]
    for rated, named in ((table, "my rates.csv"), (rates.ecb(), bank)):
        found = run(book(PAIR), rated)
        case = the(found)
        evidence = " ".join(render(part, lang) for part in case["evidence"])
        for text in (said(case, lang), evidence):
            assert named in text
            assert (bank in text) == (named == bank)
    assert set(run(book(PAIR), table).rates["source"]) == {"file"}


def test_two_sources_are_both_named() -> None:
    """One online rate and one from the table would both be called by one name."""
    day = np.arange(0, 20_000, dtype=np.int64)
    series = {
        "USD": Series(day, np.full(len(day), 1.1)),
        "JPY": Series(day, np.full(len(day), 170.0)),
    }
    at = int(rates.day_numbers(["2025-07-18"])[0])
    table = RateTable("EUR", series, "ecb", {}, {at: "online"})
    case = the(run(book(PAIR), table))
    assert any("ECB and the online rate service" in render(e, "en") for e in case["evidence"])


def test_currencies_the_ecb_lacks(tmp_path: Path) -> None:
    """A charge in Taiwan dollars, or in roubles after March 2022, would be given a made-up rate."""
    for shop, first, last in (
        ("TWD", "2025-06-20", "2025-07-18"),
        ("RUB", "2022-05-10", "2022-06-08"),
    ):
        table = book([(first, 4844, 100_000), (last, -4700, -100_000)], shop)
        case = the(run(table))
        assert (case["fx_drift"], case["fee"], case["unexplained"]) == (0, 0, 144)
        assert pd.isna(case["fee_low"])
        assert "cannot be divided" in said(case)
        own = own_rates(tmp_path, shop, (first, "4.70"), (last, "4.56"))
        case = the(run(table, own))
        assert case["unexplained"] == 0
        assert case["fx_drift"] + case["fee"] == 144
        assert case["fx_drift"] > 100


def test_past_the_end_of_the_table() -> None:
    """Beyond the last known fixing a cause would be worked out with a rate of another month."""
    last = rates.ecb().last_day("USD", "JPY")
    assert last is not None
    for late, known in ((rates.MAX_AGE_DAYS, True), (rates.MAX_AGE_DAYS + 1, False)):
        charge, refund = str(last - 20), str(last + late)
        case = the(run(book([(charge, 4844, None), (refund, -4800, None)])))
        # Linked all the same, by the last fixing.
        assert len(case["refunds"]) == 1
        assert pd.notna(case["fx_drift_low"]) == known
        assert (case["unexplained"] != 0) != known
        assert ("cannot be divided" in said(case)) != known


def test_more_than_was_paid_is_ordinary() -> None:
    """A refund above its charge would look like a mistake to be reported."""
    rise = [("2025-05-02", 4320, 3000), ("2025-06-20", -4400, -3000)]
    case = the(run(book(rise)))
    assert case["shortfall"] == -80
    assert "ordinary" in said(case)
    assert case["verdict"] == "refunded"
    assert case["next_step"] == "none"
    assert "よくある" in said(case, "ja")


def test_all_that_came_back_is_not_called_a_part() -> None:
    """A whole refund whose fee and drift cancel out would be said not to be for the whole."""
    table = book([("2025-07-03", 3000, 2000), ("2025-07-22", -3000, -2000)])
    case = the(run(table, fee=0.022, refund_mode="kept"))
    assert case["fee"] == -case["fx_drift"] != 0
    assert "same amount came back" in said(case)
    assert "whole" not in said(case)


def test_refunds_of_several_days_name_each_day() -> None:
    """The sum of two refunds would be looked for on the day of the first."""
    parts = [("2025-07-01", -1500, -1000), ("2025-07-22", -1480, -1000)]
    case = the(run(book([("2025-06-20", 3000, 2000), *parts])))
    assert "came back on 1 Jul 2025 and 22 Jul 2025 together" in said(case)
    assert "7月1日と2025年7月22日に、合わせて2,980円が戻りました" in said(case, "ja")
    parts = [("2025-07-01", -1500, -1000), ("2025-07-22", -1500, -1000)]
    case = the(run(book([("2025-06-20", 3000, 2000), *parts])))
    assert "the same amount came back on 1 Jul 2025 and 22 Jul 2025 together" in said(case)
    assert "7月1日と2025年7月22日に、合わせて同じ金額が戻りました" in said(case, "ja")


def test_a_fee_is_only_called_kept_where_that_can_be_told() -> None:
    """The bank would be accused of keeping a fee that may be its rate margin."""
    fee = 0.0363
    one, two = mid(np.datetime64("2025-06-20")), mid(np.datetime64("2025-07-18"))
    charge, refund = round(30 * one * 1.0035 * (1 + fee)), round(30 * two * 1.0035)
    printed = book([("2025-06-20", charge, 3000), ("2025-07-18", -refund, -3000)])
    assert "kept when a purchase is refunded" in said(the(run(printed, fee=fee)))
    # One row without originals and a fee of 1.6%: as much as networks' rates differ by themselves.
    charge, refund = round(30 * one * 1.0035 * 1.016), round(30 * two * 1.0035)
    hidden_pair = book([("2025-06-20", charge), ("2025-07-18", -refund)], posted_date=None)
    text = said(the(run(hidden_pair, fee=0.016)))
    assert "fee or its rate margin" in text
    assert "kept when" not in text


def test_a_mode_s_names_are_those_of_the_sentence() -> None:
    """The sentence would give the amount, but not what becomes of the fee."""
    fee = 0.0363
    one, two = mid(np.datetime64("2025-06-20")), mid(np.datetime64("2025-07-18"))
    words = {
        1.0: "otherwise comes back", 0.0: "kept when a purchase is refunded",
        -1.0: "again on the refund",
    }  # fmt: skip
    for factor, word in words.items():
        charge = round(30 * one * 1.0035 * (1 + fee))
        refund = round(30 * two * 1.0035 * (1 + factor * fee))
        table = book([("2025-06-20", charge, 3000), ("2025-07-18", -refund, -3000)])
        case = the(run(table, issuer="smbc"))
        text = said(case)
        assert (word in text) or (factor == 1.0 and "more of the card's fee" in text)
        if factor != 1.0:
            assert "3.63%" in text


def test_a_drift_against_the_rate_is_the_card_s_own() -> None:
    """The sentence would say that a rate which hardly moved cost a tenth of the charge."""
    still = RateTable("EUR", {
        name: Series(np.arange(20_000, dtype=np.int64), np.full(20_000, value))
        for name, value in (("USD", 1.1), ("JPY", 165.0))
    }, "ecb")  # fmt: skip
    table = book([("2025-06-20", 4515, 3000), ("2025-07-18", -4490, -3000)])
    text = said(the(run(table, still, refund_mode="none")))
    assert "own rates differ" in text
    assert "same for both" in text


def test_the_network_s_distance_cancels_between_charges_and_refunds() -> None:
    """A card whose network is dear on both sides would be said to take a fee twice."""
    precise = np.array([1e8])
    terms = linked(bare(hidden(2, 0.0, 0.0))).cards.terms[:1]
    day = np.array(["2025-06-20"], "datetime64[D]")

    def mode(refund: float) -> str:
        charges = np.array([0.0363 + 0.0045])
        seen = Observed(charges, precise, np.array([refund]), precise, np.array([9]))
        return fit(["…0001"], terms, day, seen).mode(0)

    assert mode(0.0045) == "kept"
    assert mode(0.0363 + 0.0045) == "symmetric"
    assert mode(-0.0363 + 0.0045) == "double"


def test_the_same_rate_leaves_nothing_to_divide() -> None:
    """A fee and a gain that cancel out would be told where nothing moved."""
    rows = [("2025-06-20", 12_000, 7_273), ("2025-07-18", -12_000, -7_273)]
    case = the(run(book(rows, conversion_rate="165.00")))
    assert [case[name] for name in ("fee", "fx_drift", "fee_low", "fee_high")] == [0, 0, 0, 0]
    assert "Nothing is missing." in said(case)
    assert "fee" not in said(case)


def test_what_is_guessed_is_told_as_such() -> None:
    """One number would stand for a fee that may be nothing or three times as much."""
    when = (np.datetime64("2025-06-20"), np.datetime64("2025-07-18"))
    charge, back = (
        round(50 * mid(day) * load) for day, load in zip(when, (1.006, 1.0), strict=True)
    )
    case = the(run(book([(str(when[0]), charge), (str(when[1]), -back)])))
    assert case["fee_high"] - case["fee_low"] > abs(case["fee"])
    assert "About ¥" in said(case)
    told = {message.code for message in case["evidence"]}
    assert "evidence.assumed" in told


def test_a_gap_is_not_called_complete() -> None:
    """'Nothing is missing' would stand beside money that the rates do not explain."""
    rows = [("2025-06-20", 14_900, 10_000), ("2025-07-18", -12_000, -10_000)]
    case = the(run(book(rows), fee=0.022, refund_mode="kept"))
    assert case["next_step"] == "ask_issuer"
    assert "Nothing is missing" not in said(case)


def test_the_other_reading_is_told() -> None:
    """A doubtful refund would be put to the user without what else it could be."""
    rows = [("2025-06-02", 4_845), ("2025-06-02", 4_848), ("2025-06-20", -4_846)]
    case = the(run(book(rows)))
    assert case["verdict"] == "review"
    assert "takes ¥4,846 on 20 Jun 2025 as the refund of ¥4,84" in said(case)
    assert "別の見方" in said(case, "ja")
    rows[1:] = [rows[0], ("2025-06-20", -4_845)]
    case = the(run(book(rows)))
    assert "more than one purchase of the same day and amount" in said(case)
    assert "Another reading" not in said(case)


def test_which_of_equal_purchases_came_back_need_not_be_decided() -> None:
    """The same was bought twice and cancelled once: there would be a choice to make for nothing."""
    rows = [("2026-03-05", 4_845), ("2026-03-09", 4_845), ("2026-03-20", -4_845)]
    case = the(run(book(rows)))
    assert case["verdict"] == "review"
    assert case["next_step"] == "none"
    assert "more purchases of this amount than refunds" in said(case)
    assert "--orders" in said(case, "ja")
    assert "Another reading" not in said(case)


def test_one_of_many_equal_purchases() -> None:
    """Each of ten would be too unlikely to be named, and the refund seem to be of none of them."""
    # A purchase of months before shows that no earlier one of this price is hidden.
    rows = [("2025-11-03", 1_280), *((f"2026-03-{day:02}", 4_845) for day in range(1, 11))]
    found = run(book([*rows, ("2026-03-25", -4_845)]))
    assert found.cases.empty
    (why,) = found.unlinked["reason"]
    assert why.code == "unlinked.one_of"
    assert "several charges of ¥4,845" in render(why, "en")
    found = run(book([*rows, ("2026-03-25", -4_000)]))
    assert "unlinked.one_of" not in {one.code for one in found.unlinked["reason"]}


def test_what_is_said_of_equal_purchases_fits_any_number_and_any_sum() -> None:
    """Of three purchases one would speak of two, and of ten yen less as of all that was paid."""
    rows = [("2025-11-03", 1_280), *[("2026-02-01", 5_000)] * 3, ("2026-02-20", -4_990)]
    case = the(run(book(rows)))
    assert "explain.either_twin" in {one.code for one in case["explanation"]}
    assert "¥10 less" in said(case)
    assert "all of it" not in said(case)
    assert "全額" not in said(case, "ja")
    assert "どちらの" not in said(case, "ja")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", ["otherwise_alike", "otherwise_alike_refund"])
def test_an_unlikely_reading_is_not_called_as_good(code: str, lang: str) -> None:
    """What is 2% likely would be said to fit as well."""
    told = render(Message(f"explain.{code}", {"percent": "2%"}), lang)
    assert "as well" not in told
    assert "同じように" not in told
    assert "2%" in told


@pytest.mark.parametrize(("back", "posted"), [("3919", False), ("3919", True), ("3985", False)])
def test_a_refund_that_bears_its_purchase_s_day(tmp_path: Path, back: str, posted: bool) -> None:
    """What the rate took until another day would be called a fee taken twice."""
    rows = [("2026-05-04", "CORNER SHOP", "310", ","), ("2026-10-20", "CORNER SHOP", "310", ","),
            ("2026-08-11", "ALIEXPRESS", "3986", "25.00,USD"),
            ("2026-08-11", "ALIEXPRESS", f"-{back}", "-25.00,USD")]  # fmt: skip
    text = "".join(
        ",".join([day, day if posted else "", told, amount, "JPY", original]) + "\n"
        for day, told, amount, original in sorted(rows)
    )
    head = "Date,Posted Date,Description,Amount,Currency,Original Amount,Original Currency\n"
    (tmp_path / "card.csv").write_text(head + text, "utf-8")
    result = reconcile(tmp_path / "card.csv", lang="en", as_of=dt.date(2026, 11, 23))
    case = result.cases.iloc[0]
    undated = back == "3919" and not posted
    assert ("most likely converted on another day" in case["explanation"]) == undated
    assert (case["unexplained"] == 67) == undated
    assert case["explanation"].endswith("Nothing is missing.")
    assert (result.cards["refund_mode"].iloc[0] == "double") == (back == "3919" and posted)


def test_a_refund_dated_alike_says_so_where_the_fee_is_known(tmp_path: Path) -> None:
    """The rate would seem to have moved within a day."""
    rows = [("2026-05-04", "CORNER SHOP", "310", ","), ("2026-10-20", "CORNER SHOP", "310", ","),
            ("2026-08-11", "ALIEXPRESS", "4100", "25.00,USD"),
            ("2026-08-11", "ALIEXPRESS", "-4300", "-25.00,USD")]  # fmt: skip
    text = "".join(f"{day},{told},{amount},JPY,{own}\n" for day, told, amount, own in sorted(rows))
    head = "Date,Description,Amount,Currency,Original Amount,Original Currency\n"
    (tmp_path / "card.csv").write_text(head + text, "utf-8")
    result = reconcile(
        tmp_path / "card.csv", fee=0.0363, refund_mode="symmetric", lang="en",
        as_of=dt.date(2026, 11, 23),
    )  # fmt: skip
    case = result.cases.iloc[0]
    assert (case["unexplained"], case["missing"]) == (0, 0)
    assert "bears the day of its purchase" in case["explanation"]


@pytest.mark.parametrize(("more", "told"), [((), False), ((("2026-07-02", "2026-07-28"),), True)])
def test_a_lone_refund_teaches_no_fee(
    tmp_path: Path, more: tuple[tuple[str, str], ...], told: bool
) -> None:
    """A part of a purchase at home would be told as a foreign fee that no card has."""
    rows = [(f"2026-{month:02d}-05", "CORNER SHOP", "3.10") for month in range(4, 11)]
    for bought, back in (("2026-06-03", "2026-06-29"), *more):
        rows += [(bought, "ALIEXPRESS", "41.50"), (back, "ALIEXPRESS", "-38.50")]
    text = "".join(",".join([*row, "EUR"]) + "\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    result = reconcile(tmp_path / "card.csv", lang="en", as_of=dt.date(2026, 11, 23))
    case = result.cases.iloc[0]
    assert ("taken on the purchase and again" in case["explanation"]) == told
    assert (result.cards["refund_mode"].iloc[0] == "unknown") != told
    assert ("Most likely nothing is missing" in case["explanation"]) != told
    assert (case["missing_high"] >= Decimal("3.00")) != told


def test_a_part_among_equal_refunds_is_not_told_as_a_fee(tmp_path: Path) -> None:
    """Refunds that are equal to the cent say that the card is billed in its own currency."""
    rows = [(f"2026-{month:02d}-05", "CORNER SHOP", "3.10") for month in range(3, 11)]
    for bought, back, out, came in (
        ("2026-03-10", "2026-04-02", "31.20", "-31.20"),
        ("2026-04-10", "2026-05-02", "12.20", "-12.20"),
        ("2026-05-10", "2026-06-02", "22.90", "-22.90"),
        ("2026-06-03", "2026-06-29", "41.50", "-38.50"),
    ):
        rows += [(bought, "ALIEXPRESS", out), (back, "ALIEXPRESS", came)]
    text = "".join(",".join([*row, "EUR"]) + "\n" for row in sorted(rows))
    (tmp_path / "card.csv").write_text("Date,Description,Amount,Currency\n" + text, "utf-8")
    result = reconcile(tmp_path / "card.csv", lang="en", as_of=dt.date(2026, 11, 23))
    case = result.cases[result.cases["charged"].eq(Decimal("41.50"))].iloc[0]
    assert case["missing_high"] >= Decimal("3.00")
    assert result.cards["refund_mode"].iloc[0] == "unknown"
