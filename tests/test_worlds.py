"""The generated worlds are what they say they are: seeded, consistent, and without tells."""

import dataclasses
import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks import accuracy, bound, ecb, measure, peers
from benchmarks.movements import ORDER_COLUMNS
from benchmarks.worlds import REPORTING, REQUESTS, ROBUST, TUNING, Made, World, make, write_csv

from reconcile import ledger as schema
from reconcile import linking
from reconcile.linking import score

CURRENCIES = ("JPY", "EUR", "USD", "GBP")
WORLDS = [
    World("test", 7 + place, currency=currency, fx=fx, with_orders=with_orders)
    for place, currency in enumerate(CURRENCIES)
    for fx, with_orders in (("none", False), ("original+rate", True))
]


@pytest.fixture(scope="module", params=WORLDS, ids=lambda w: f"{w.currency}-{w.fx}")
def made(request: pytest.FixtureRequest) -> Made:
    """One generated world."""
    return make(request.param)


def test_a_seed_is_a_world() -> None:
    """Published accuracy could not be repeated if a seed gave another world each time."""
    first, again = make(WORLDS[1]), make(WORLDS[1])
    pd.testing.assert_frame_equal(first.ledger, again.ledger)
    pd.testing.assert_frame_equal(first.truth, again.truth)
    assert first.orders is not None
    assert again.orders is not None
    pd.testing.assert_frame_equal(first.orders, again.orders)
    other = make(dataclasses.replace(WORLDS[1], seed=999))
    assert not first.ledger["amount"].equals(other.ledger["amount"])


def test_global_randomness_plays_no_part() -> None:
    """Running another test first would change the published numbers."""
    np.random.seed(1)
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
    first = make(WORLDS[0])
    assert np.array_equal(before, np.random.get_state()[1])  # type: ignore[index]
    np.random.seed(2)
    pd.testing.assert_frame_equal(first.ledger, make(WORLDS[0]).ledger)


def test_printing_does_not_change_the_life() -> None:
    """ "With and without an FX column" would compare two different years of shopping."""
    plain = make(dataclasses.replace(WORLDS[0], fx="none", with_orders=False))
    rich = make(dataclasses.replace(WORLDS[0], fx="original+rate", with_orders=True))
    assert plain.ledger["id"].equals(rich.ledger["id"])
    linked = rich.truth[rich.truth["refunds"].map(len) > 0].reset_index(drop=True)
    assert linked["refunds"].tolist() == plain.truth["refunds"].tolist()


def test_the_ledger_is_what_reading_gives(made: Made) -> None:
    """A linker measured here would meet other columns on a user's statements."""
    assert list(made.ledger.columns) == list(schema.COLUMNS)
    assert schema.spelled(made.ledger).dtypes.astype(str).to_dict() == {
        name: dtype for name, (dtype, _) in schema.COLUMNS.items()
    }
    assert made.ledger["id"].is_unique
    assert made.ledger["merchant"].isna().all()
    assert sorted(made.ledger["account"].unique()) == [f"…{n:04d}" for n in range(1, 6)]
    foreign = made.ledger["original_amount"].notna()
    assert foreign.any() == (made.world.fx != "none")
    assert not (foreign & (made.ledger["original_currency"] == made.world.currency)).any()


def test_a_printed_rate_reproduces_the_amount() -> None:
    """Printed annotations would be refused by the reader as not belonging to their rows."""
    for world in WORLDS[1::2]:
        rows = make(world).ledger.dropna(subset="conversion_rate")
        scale = 10.0 ** (rows["decimals"] - rows["original_decimals"])
        billed = rows["original_amount"].astype(float) * rows["conversion_rate"].astype(float)
        assert ((billed * scale - rows["amount"]).abs() <= 1).all()


def test_true_causes_sum_to_the_shortfall(made: Made) -> None:
    """The truth itself would break the identity that every case must keep."""
    known = made.truth.dropna(subset="fee")
    assert len(known) > 0.8 * len(made.truth)
    total = known[["fx_drift", "fee", "missing", "kept"]].sum(axis=1)
    assert (total == known["charged"] - known["refunded"]).all()
    assert (known["missing"] >= 0).all()
    assert (known["kept"] >= 0).all()


def test_the_truth_names_rows_of_the_ledger(made: Made) -> None:
    """Recall would be measured against rows that no statement shows."""
    amounts = made.ledger.set_index("id")["amount"]
    owner = made.ledger.set_index("id")["account"]
    for story in made.truth.itertuples():
        assert amounts[story.charges].sum() == story.charged
        assert -amounts[story.refunds].sum() == story.refunded
        assert set(owner[story.charges + story.refunds]) == {story.account}
    named = made.truth["charges"].sum() + made.truth["refunds"].sum()
    assert len(named) == len(set(named))
    assert set(named) <= made.aliexpress
    refunds = made.own_rows.loc[made.own_rows["amount"] < 0, "id"]
    assert set(refunds) == set(made.truth["refunds"].sum())


def test_home_billing_has_no_fx_excuse(made: Made) -> None:
    """A yen-billed purchase on a yen card would be blamed on the exchange rate."""
    at_home = made.cards.loc[made.cards["merchant_currency"] == made.world.currency, "account"]
    stories = made.truth[made.truth["account"].isin(at_home)].dropna(subset="fee")
    assert len(stories) > 0
    assert (stories[["fx_drift", "fee"]] == 0).all(axis=None)


def test_fees_follow_the_refund_mode() -> None:
    """Cards would be said to keep, return or double a fee that they do not."""
    for mode, factor in (("symmetric", 0), ("kept", 1), ("double", 2), ("none", 0)):
        world = World("test", 3, fees=(0.03,), modes=(mode,), billing=("USD",), accounts=20)
        truth = make(world).truth
        full = truth[(truth["kind"] == "full") & (truth["charged"] > 2000)]
        share = (full["fee"] / full["charged"]).astype(float)
        assert share.mean() == pytest.approx(
            factor * 0.03 / (1 + 0.03 * (mode != "none")), abs=0.002
        )


def test_counts_are_as_asked() -> None:
    """A "60 charges a year" row of the report would stand for another number of charges."""
    made = make(World("test", 11, accounts=40, with_orders=True))
    charges = made.own_rows["amount"].gt(0).sum() / 40
    assert charges == pytest.approx(60, rel=0.05)
    stories = made.truth["kind"].value_counts() / (40 * 60)
    assert stories["full"] == pytest.approx(0.30, abs=0.05)
    for kind in ("partial_round", "partial_odd", "split", "joint", "missing", "orphan"):
        assert 0.01 < stories[kind] < 0.06
    others = made.ledger[~made.ledger["id"].isin(made.aliexpress)]
    assert (others["amount"] < 0).sum() > 40
    assert others["description"].str.contains("TEMU|ALIBABA|ALIPAYHK", case=False).any()


def test_refunds_come_after_their_charges_in_time(made: Made) -> None:
    """Delays would lie outside what the merchant and the banks do."""
    day = schema.day(made.ledger).set_axis(made.ledger["id"])
    pairs = [(c, r) for t in made.truth.itertuples() for c in t.charges for r in t.refunds]
    apart = pd.Series([(day[refund] - day[charge]).days for charge, refund in pairs])
    assert apart.between(-7, 45 + 7 + 28).all()
    assert 20 < apart.median() < 35


def test_orders_tell_what_is_due_and_no_card(made: Made) -> None:
    """Orders would give the linker facts that a buyer's own list does not hold."""
    if not made.world.with_orders:
        assert made.orders is None
        return
    assert made.orders is not None
    assert list(made.orders.columns) == list(ORDER_COLUMNS)
    assert made.orders["order_id"].is_unique
    assert len(made.orders) > made.own_rows["amount"].gt(0).sum()
    refunded = made.orders["refund_amount"].notna()
    assert (refunded == made.orders["status"].str.contains("efunded")).all()
    assert (made.orders["refund_date"].notna() == refunded).all()
    assert (made.truth["kind"] == "missing").any()


def test_families_share_nothing() -> None:
    """Published numbers would come from the worlds the constants were fitted on."""
    families = (TUNING, ROBUST, REPORTING)
    seeds = [{w.seed for worlds in f.values() for w in worlds} for f in families]
    assert len(set.union(*seeds)) == sum(map(len, seeds))
    assert list(TUNING) == list(REPORTING)
    for kind in TUNING:
        assert {w.currency for w in REPORTING[kind]} == set(CURRENCIES)
        ours, theirs = TUNING[kind][0], REPORTING[kind][0]
        assert ours.fees != theirs.fees
        assert ours.price != theirs.price
        assert ours.request != theirs.request


def test_three_parts_add_up() -> None:
    """Accuracy on stories of three refunds or charges would be measured on something else."""
    made = make(World("test", 12, accounts=20, split3=0.05, joint3=0.05, fx="original"))
    amount = made.ledger.set_index("id")["original_amount"].fillna(
        made.ledger.set_index("id")["amount"]
    )
    for kind, charges, refunds in (("split3", 1, 3), ("joint3", 3, 1)):
        stories = made.truth[made.truth["kind"].eq(kind)]
        assert len(stories) > 20
        assert (stories["charges"].map(len) == charges).all()
        assert (stories["refunds"].map(len) == refunds).all()
        for story in stories.itertuples():
            assert amount[story.charges].sum() + amount[story.refunds].sum() == 0


def test_shapes_of_lives_are_as_asked() -> None:
    """A variant's row would stand for the ordinary world."""
    late = [make(World("test", 13, accounts=20, request_shape=shape)).truth for shape in REQUESTS]
    assert not late[0]["refunds"].equals(late[1]["refunds"])
    made = make(World("test", 14, accounts=20, odd_part="percent", fx="original"))
    amount = made.ledger.set_index("id")["original_amount"]
    odd = made.truth[made.truth["kind"].eq("partial_odd")]
    share = [
        -amount[r[0]] / amount[c[0]] for c, r in zip(odd["charges"], odd["refunds"], strict=True)
    ]
    known = pd.Series(share, dtype="Float64").dropna()
    assert (100 * known - (100 * known).round()).abs().median() < 0.05
    for wrong in ({"request_shape": "none"}, {"odd_part": "none"}):
        with pytest.raises(ValueError, match="unknown shape"):
            World("test", 1, **wrong)  # type: ignore[arg-type]


def test_csv_files_hold_every_row(made: Made, tmp_path: Path) -> None:
    """The same world given to the command line would be another world."""
    paths = write_csv(made, tmp_path / "apart")
    assert len(paths) == made.world.accounts + (made.orders is not None)
    statements = [pd.read_csv(p, dtype=str) for p in paths[: made.world.accounts]]
    joined = pd.concat(statements, ignore_index=True)
    assert len(joined) == len(made.ledger)
    assert joined["Amount"].astype(float).sum() == pytest.approx(
        made.ledger["amount"].sum() / 10.0 ** made.ledger["decimals"].iloc[0]
    )
    one = write_csv(made, tmp_path / "together", together=True)
    assert len(pd.read_csv(one[0], dtype=str)) == len(made.ledger)


def test_no_rate_is_taken_from_the_future() -> None:
    """Weekend purchases would be converted at Monday's fixing, which nobody knew."""
    friday = int(np.datetime64("2024-03-08").astype(np.int64))
    days = friday + np.arange(4)
    usd, jpy = (np.full(4, ecb.CURRENCIES.index(name)) for name in ("USD", "JPY"))
    rate = ecb.mid(usd, jpy, days)
    assert rate[0] == rate[1] == rate[2] != rate[3]
    assert rate[0] == pytest.approx(161.01 / 1.0932, rel=0.01)
    with pytest.raises(ValueError, match="no ECB fixing"):
        ecb.mid(usd[:1], jpy[:1], np.array([0]))


def test_a_perfect_linker_scores_one(made: Made) -> None:
    """The measure itself would lose or invent pairs."""
    cases = made.truth.assign(confidence=0.97, unexplained=0)
    for cause in measure.CAUSES:
        cases[f"{cause}_low"] = cases[cause].astype("Int64") - 1
        cases[f"{cause}_high"] = cases[cause].astype("Int64") + 1
    linked = cases[cases["charges"].map(len) > 0]
    tally = measure.links(linked, made.truth, made.aliexpress)
    assert tally.f1 == tally.precision == tally.recall == 1
    assert tally.exact_when_sure == tally.coverage == tally.reached == 1
    assert tally.calibration_error == pytest.approx(0.03)
    assert tally.strangers == 0
    assert set(tally.recall_by_kind.values()) == {1.0}
    assert tally.owed_right == tally.owed_true == tally.owed_said
    errors = measure.causes(linked, made.truth)
    assert len(errors) == (made.truth["fee"].notna() & (made.truth["refunds"].map(len) > 0)).sum()
    assert (errors["worst"] == 0).all()
    assert errors["identity"].all()
    assert errors["fee_inside"].all()


def test_wrong_cases_are_counted_as_wrong() -> None:
    """A linker that invents links or doubts what is right would look as good as an honest one."""
    truth = pd.DataFrame(
        {
            "kind": ["full", "split", "missing"],
            "account": "…0001",
            "charges": [["a"], ["b"], ["c"]],
            "refunds": [["x"], ["y", "z"], []],
        }
    )
    cases = pd.DataFrame(
        {
            "charges": [["a"], ["b"], ["n"], ["c"]],
            "refunds": [["x"], ["y"], ["w"], []],
            "confidence": [0.95, 0.9, 0.3, 0.8],
        }
    )
    tally = measure.links(cases, truth, {"a", "b", "c", "x", "y", "z", "w"})
    assert (tally.pairs_true, tally.pairs_said, tally.pairs_right) == (3, 3, 2)
    assert (tally.cases, tally.exact, tally.sure, tally.sure_exact) == (3, 1, 2, 1)
    assert tally.strangers == 1
    assert (tally.owed_true, tally.owed_said, tally.owed_right) == (1, 1, 1)
    assert tally.calibration_error == pytest.approx((abs(0.95 + 0.9 - 1) + 0.3) / 3)
    assert tally.reliability()["from"].tolist() == pytest.approx([0.3, 0.9])
    both = tally + tally
    assert both.pairs_true == 6
    assert both.f1 == tally.f1
    assert both.recall_by_kind == {"full": 1.0, "split": 0.5}


def test_peers_find_what_such_rules_find() -> None:
    """The comparison would be with rules weaker or stronger than those in use."""
    total = {name: measure.Tally() for name in peers.PEERS}
    for world in REPORTING["no FX column"]:
        made = make(world)
        for name, peer in peers.PEERS.items():
            cases = measure.cases_from_pairs(peer(made.own_rows))
            total[name] += measure.links(cases, made.truth, made.aliexpress)
    same, near, _ = total.values()
    assert 0.10 <= same.recall <= 0.17
    assert 0.40 <= near.recall <= 0.53
    assert 0.66 <= near.precision <= 0.76


def test_the_report_names_every_world_and_peer() -> None:
    """The published page would leave out what was measured."""
    family = {"small": (World("small", 5, accounts=2, charges=24),)}

    def linker(ledger: pd.DataFrame, orders: pd.DataFrame | None) -> pd.DataFrame:
        truth = make(family["small"][0]).truth
        return truth[truth["charges"].map(len) > 0].assign(confidence=1.0, unexplained=0)

    text = accuracy.report(family, linker)
    for name in ("small", "reconcile", *peers.PEERS, "Confidence", "Causes"):
        assert name in text
    assert "| small | reconcile |" in text


def test_a_linker_told_all_is_told_everywhere() -> None:
    """What can be had at best would be measured with a part of the program's own constants."""
    own = {name for name in vars(score) if name.isupper() and name[0] != "_"}
    with bound.told(World("told", 1, full=0.5, partial_odd=0.1, split3=0.05)):
        for found in pkgutil.iter_modules(linking.__path__):
            module = importlib.import_module(f"reconcile.linking.{found.name}")
            for name in own & vars(module).keys():
                assert getattr(module, name) is getattr(score, name), (found.name, name)
