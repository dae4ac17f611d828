"""The benchmark of causes in small: planted causes are named, intervals hold the truth."""

import pytest
from benchmarks import causes, measure, planted
from benchmarks.planted import Planted
from benchmarks.worlds import TUNING

LEAST_NAMED = 0.95


@pytest.mark.parametrize(
    "what",
    [
        Planted("fx_drift"),
        Planted("missing"),
        Planted("fee", "symmetric", 0.0385),
        Planted("fee", "kept", 0.0363),
        Planted("fee", "double", 0.0385),
        Planted("fee", "kept", 0.0363, printed=False, given=True),
        Planted("fee", "double", 0.0385, printed=False, given=True),
    ],
    ids=lambda what: f"{what.name}-{'originals' if what.printed else 'given'}",
)
def test_a_planted_cause_is_named(what: Planted) -> None:
    """The only thing that made refunds differ would be called something else."""
    found = planted.count(what, "JPY", seed=3)
    assert found.linked >= 0.9 * found.planted > 0
    assert found.cause >= LEAST_NAMED * found.linked
    if what.cause == "fee" and what.mode != "symmetric":
        assert found.mode >= LEAST_NAMED * found.linked
    else:
        assert found.mode == 0


def test_what_cannot_be_told_apart_is_not_named() -> None:
    """A fee kept and half of it taken twice give the same amounts: naming one would be a guess."""
    found = planted.count(Planted("fee", "kept", 0.0363, printed=False), "JPY", seed=3)
    assert found.cause >= LEAST_NAMED * found.linked > 0
    assert found.mode == 0


def test_planted_truth_is_told_by_nothing_else() -> None:
    """The planted worlds would hold other causes than the one that they are named for."""
    book, pairs = planted.statements(Planted("fee", "kept", 0.0385), "EUR", seed=1)
    line = book.set_index("line")
    assert len(pairs) > 50
    for refund, charge in pairs.items():
        one, two = line.loc[refund], line.loc[charge]
        assert one["original_amount"] == -two["original_amount"]
        assert abs(-one["amount"] * 1.0385 - two["amount"]) <= 1.1


def test_intervals_hold_the_truth_about_nine_times_in_ten() -> None:
    """A 90% range would be a decoration: always right because too wide, or often wrong."""
    family = {"no FX column": TUNING["no FX column"][:4]}
    table = causes.errors(family)
    assert table["identity"].all()
    for cause in ("fx_drift", "fee"):
        inside, width = table[f"{cause}_inside"], table[f"{cause}_width"]
        unsure = inside[width > 0].astype(float)
        assert len(unsure) > 150
        assert 0.8 <= unsure.mean() <= 0.97
        # What is said without a range is right.
        assert inside[width == 0].astype(float).mean() >= 0.98
    assert table["worst"].quantile(0.9) <= 0.01
    rows = causes.coverage(table, "currency")
    assert {row[0] for row in rows} == {"JPY", "EUR", "USD", "GBP"}
    assert all(len(row) == 2 + 2 * (1 + len(causes.UNSURE)) for row in rows)


def test_worlds_as_networks_price_differ_in_nothing_else() -> None:
    """The second half of the table would measure another thing than it says."""
    for kind, worlds in causes.as_priced(TUNING).items():
        plain = TUNING[kind.removesuffix(", as networks price")]
        for one, other in zip(worlds, plain, strict=True):
            assert (one.seed, one.currency, one.fees) == (other.seed, other.currency, other.fees)
            assert one.spread in [spread for spread, _ in causes.NETWORKS[one.currency]]
    assert set(measure.CAUSES) > set(causes.UNSURE)
