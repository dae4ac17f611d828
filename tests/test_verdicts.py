"""Verdicts on a world with known truth: what is called missing is missing."""

from benchmarks import verdicts
from benchmarks.worlds import World, make


def test_overdue_verdicts_are_right() -> None:
    """A buyer would ask for money that came, or never hear of money that did not."""
    worlds = [
        World("test", 91 + n, currency=c, with_orders=True) for n, c in enumerate(("JPY", "GBP"))
    ]
    found = verdicts.score(make(worlds[0])) + verdicts.score(make(worlds[1]))
    assert sum(found.true.values()) >= 15
    assert found.due_right >= 0.9 * sum(found.said.values())
    assert found.due_right >= 0.9 * sum(found.true.values())


def test_a_part_is_told_from_nothing_and_from_all() -> None:
    """A buyer would tell AliExpress that nothing came where a part came, or the other way round."""
    found = verdicts.score(make(World("test", 97, with_orders=True, short=0.6, split_short=0.3)))
    assert sum(found.true.values()) >= 10
    assert found.precision() >= 0.85
    assert found.recall() >= 0.8


def test_nothing_is_called_missing_while_its_clock_runs() -> None:
    """A buyer would complain of a refund that is still in time."""
    found = verdicts.score(make(World("test", 95, with_orders=True, handling=(15, 20))))
    assert found.early == 0
