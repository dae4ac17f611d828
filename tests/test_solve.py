"""Probabilities of competing stories, against a count of every allowed set."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from reconcile.linking import chances, swaps
from reconcile.linking.chances import exact, incidence, propagate, same_refunds
from reconcile.linking.fit import prune
from reconcile.linking.solve import choose, solve, worth_telling
from reconcile.linking.stories import Stories, build, merge, select


def random_stories(seed: int, charges: int = 4, refunds: int = 3, count: int = 9) -> Stories:
    """A small tangle of stories of one to three charges or refunds; refunds come after charges."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(count):
        kind = str(rng.choice(["full", "joint", "split"]))
        many = 1 if kind == "full" else int(rng.integers(2, 4))
        c = sorted(rng.choice(charges, many if kind == "joint" else 1, replace=False).tolist())
        r = sorted(rng.choice(refunds, many if kind == "split" else 1, replace=False).tolist())
        parts.append(build(c, [charges + n for n in r], rng.normal(1.0, 2.0, 1), kind, 0))
    return merge(parts)


def brute_force(stories: Stories) -> npt.NDArray[np.float64]:
    """Chances by listing every subset of the stories."""
    count = len(stories.score)
    items = [{*stories.charges_at(k), *stories.refunds_at(k)} for k in range(count)]
    total, chance = 0.0, np.zeros(count)
    for picked in itertools.product((False, True), repeat=count):
        at = [k for k in range(count) if picked[k]]
        if sum(len(items[k]) for k in at) != len(set().union(*(items[k] for k in at))):
            continue
        weight = float(np.exp(stories.score[at].sum()))
        total += weight
        chance[at] += weight
    return chance / total


@pytest.mark.parametrize("seed", range(25))
def test_small_components_are_counted_exactly(seed: int) -> None:
    """A confidence shown for a handful of competing refunds would be a rough guess."""
    stories = random_stories(seed)
    found, bounded = chances.chances(stories)
    assert bounded == 0
    np.testing.assert_allclose(found, brute_force(stories), atol=1e-9)


def test_one_refund_among_many_charges_is_exact() -> None:
    """The commonest case, one refund that fits several charges, would get wrong confidences."""
    charge = np.arange(6)
    stories = build([charge], [6], np.linspace(-2, 30, 6), "full", 0)
    np.testing.assert_allclose(chances.chances(stories)[0], brute_force(stories), atol=1e-12)


def passed(stories: Stories) -> npt.NDArray[np.float64]:
    """The chances of all the stories by propagation alone."""
    group = same_refunds(stories, np.arange(len(stories.score)))
    return propagate(incidence(stories), group, stories.score)


def test_propagation_is_exact_on_trees() -> None:
    """Beyond the bound on size, confidences would be wrong even where nothing goes in circles."""
    chain = build(
        [np.array([0, 1, 1, 2, 2])], [np.array([4, 4, 5, 5, 6])],
        np.array([1.0, 2.0, -1.0, 0.5, 3.0]), "full", 0,
    )  # fmt: skip
    found = passed(chain)
    np.testing.assert_allclose(found, brute_force(chain), atol=1e-4)


def test_propagation_is_close_elsewhere() -> None:
    """Dense accounts would be told with confidences that no count supports."""
    gaps = []
    for seed in range(40):
        stories = random_stories(seed)
        gaps.append(np.abs(passed(stories) - brute_force(stories)))
    assert np.concatenate(gaps).mean() < 0.05


@pytest.mark.parametrize("joint", [False, True], ids=["two refunds", "two charges"])
def test_stories_that_share_two_movements_are_no_more_sure_for_it(joint: bool) -> None:
    """Of equal charges for the same two refunds one would be all but certain, by no evidence."""
    if joint:
        one, two = np.array([0, 0, 1, 0]), np.array([1, 2, 2, -1])
        stories = build([one, two], [5], np.array([9.0, 8.0, 8.5, 7.0]), "joint", 0)
    else:
        stories = build([np.arange(3)], [5, 6], np.array([9.0, 8.0, 8.5]), "split", 0)
    np.testing.assert_allclose(passed(stories), brute_force(stories), atol=1e-9)


def test_a_pair_that_is_read_in_two_ways_is_one_pair() -> None:
    """A whole refund and a part of the same charge would each take the other's place twice."""
    stories = build([np.array([0, 0, 1, 1])], [5], np.array([6.0, 5.0, 5.5, 3.0]), "full", 0)
    np.testing.assert_allclose(passed(stories), brute_force(stories), atol=1e-9)


def test_a_bound_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report could not say that an account was too large to be summed exactly."""
    monkeypatch.setattr(chances, "MAX_STATES", 1)
    stories = random_stories(3)
    assert exact(stories, np.arange(len(stories.score))) is None
    assert solve(stories).bounded == 1


@pytest.mark.parametrize("seed", range(10))
def test_no_movement_is_in_two_chosen_stories(seed: int) -> None:
    """One refund would be paid out twice in the report."""
    stories = random_stories(seed, charges=8, refunds=6, count=40)
    chosen = select(stories, choose(stories, np.full(40, 0.5), np.ones(40, np.bool_)))
    rows = np.concatenate([*chosen.charges, *chosen.refunds])
    assert len(chosen.score) > 0
    assert np.bincount(rows[rows >= 0]).max() == 1


def test_story_order_changes_nothing() -> None:
    """The same statements in another order would give other links."""
    stories = random_stories(1, charges=8, refunds=6, count=30)
    order = np.random.default_rng(0).permutation(30)
    first, second = solve(stories), solve(select(stories, order))
    np.testing.assert_array_equal(first.chosen[order], second.chosen)
    np.testing.assert_allclose(first.probability[order], second.probability, atol=1e-9)


def test_guesses_are_not_told() -> None:
    """A refund of an odd amount would be pinned on one of ten charges it may come from."""
    ten = np.arange(10)
    vague = build([ten], [10], np.full(10, 3.0), "part", 0, True)
    assert not solve(vague).chosen.any()
    three = build([ten[:3]], [10], np.full(3, 5.0), "full", 0)
    assert solve(three).chosen.tolist() == [True, False, False]


def test_nothing_to_solve() -> None:
    """A statement without refunds would end in an error."""
    solution = solve(merge([]))
    assert len(solution.chosen) == len(solution.probability) == solution.bounded == 0


def together(rows: list[tuple[int, int, int]], vague: bool = False) -> Stories:
    """Stories of one charge and one or two refunds: (charge, refund, second refund or -1)."""
    charge, refund, second = np.array(rows, dtype=np.int64).T
    return build([charge], [refund, second], np.zeros(len(rows)), "full", 0, vague)


@pytest.mark.parametrize(
    ("rows", "probability", "told"),
    [
        ([(1, 0, -1), (2, 0, -1)], [0.25, 0.5], [False, True]),
        ([(1, 0, -1), (2, 0, -1)], [0.25, 0.6], [True, True]),
        ([(1, 0, -1), (2, 0, -1)], [0.23, 0.6], [False, True]),
        ([(0, 1, -1)], [0.4], [False]),
        ([(0, 1, -1)], [0.6], [True]),
        ([(1, 5, 6), (2, 5, -1)], [0.4, 0.5], [False, True]),
        ([(1, 5, 0), (2, 5, -1)], [0.4, 0.5], [False, True]),
        ([(1, 5, 6), (2, 3, -1)], [0.6, 0.3], [True, False]),
    ],
    ids=["as likely as not at all", "a named guess", "less than a guess", "likelier unrelated",
         "likelier than not", "a second refund unrelated", "the first row unrelated", "a split"],
)  # fmt: skip
def test_a_story_must_beat_unrelated(
    rows: list[tuple[int, int, int]], probability: list[float], told: list[bool]
) -> None:
    """A refund that most likely belongs to nothing here would be told as that of some charge."""
    assert worth_telling(together(rows), np.array(probability)).tolist() == told


def test_what_only_days_speak_for_must_be_likelier() -> None:
    """A guess by the days alone would be told as readily as one by the amount."""
    rows, chance = [(1, 0, -1), (2, 0, -1)], np.array([0.3, 0.5])
    assert worth_telling(together(rows), chance).tolist() == [True, True]
    assert worth_telling(together(rows, vague=True), chance).tolist() == [False, True]


def test_nothing_is_worth_telling_of_nothing() -> None:
    """An account without refunds would spoil those it is joined with."""
    told = worth_telling(merge([]), np.zeros(0))
    assert told.dtype == np.bool_
    assert len(told) == 0


@pytest.mark.parametrize(
    ("rows", "probability", "chosen"),
    [
        ([(1, 9, -1), (2, 9, -1)], [0.6, 0.7], [False, True]),
        ([(1, 9, -1), (2, 9, -1)], [0.5, 0.5 + 3e-10], [True, False]),
        ([(1, 8, -1), (1, 9, -1), (2, 9, -1)], [0.9, 0.8, 0.7], [True, False, True]),
    ],
    ids=["the likelier", "a last digit decides nothing", "what a loser would have taken"],
)
def test_the_likelier_story_is_chosen(
    rows: list[tuple[int, int, int]], probability: list[float], chosen: list[bool]
) -> None:
    """The report would link a refund with the less likely of two charges, or with none."""
    every = np.ones(len(rows), np.bool_)
    assert choose(together(rows), np.array(probability), every).tolist() == chosen


def test_three_parts_do_not_hide_other_divisions_of_the_same_refunds() -> None:
    """A sum met by chance would leave the true stories of its refunds without a say."""
    apart = build(
        [np.array([0, 0, 1, 1])], [np.array([2, 3, 4, 5])], np.array([8.7, 1.4, 1.2, 1.2]),
        "part", 0,
    )  # fmt: skip
    two = build(
        [np.array([0, 1])], [np.array([4, 2]), np.array([5, 3])], np.array([10.5, 10.3]), "split", 0
    )
    three = build([1], [3, 4, 5], np.array([13.3]), "split", 0)
    hopeless = build([1], [2, 4], np.array([-0.5]), "split", 0)
    kept = prune(merge([apart, two, three, hopeless]))
    assert sorted(kept.score.tolist()) == [1.2, 1.2, 1.4, 8.7, 10.3, 10.5, 13.3]


def test_pairs_that_fit_crossed_as_well_are_not_sure() -> None:
    """Of two near ties one would be told as certain, the wrong one as often as the right one."""
    charge, refund = np.array([0, 1, 0, 1, 0]), np.array([2, 3, 3, 2, 2])
    score = np.array([12.0, 12.0, 11.8, 11.7, 9.0])
    stories = build([charge], [refund], score, "full", 0)
    truth = exact(stories, np.arange(5))
    assert truth is not None
    found = passed(stories)
    assert abs(found[0] - truth[0]) > 0.1
    better = swaps.weighed(stories, np.arange(5), found, score)
    assert np.abs(better - truth).max() < 0.02
    # Where nothing crosses, nothing changes.
    apart = select(stories, np.array([0, 1]))
    some = np.array([0.9, 0.8])
    assert swaps.weighed(apart, np.arange(2), some, score[:2]).tolist() == [0.9, 0.8]


def test_each_pair_of_a_ring_is_as_unsure_as_the_others() -> None:
    """The pair that came last would stay certain among three that fit all ways round."""
    charge, refund = np.divmod(np.arange(9), 3)
    score = np.where(charge == refund, 9.0, 8.0)
    stories = build([charge], [refund + 3], score, "full", 0)
    truth = exact(stories, np.arange(9))
    assert truth is not None
    found = swaps.weighed(stories, np.arange(9), passed(stories), score)
    told = found[charge == refund]
    assert np.ptp(told) < 1e-9
    assert np.abs(found - truth).max() < 0.05
