"""The speed benchmark: its statements, its page, and the shortcuts that large files take."""

from pathlib import Path

import pandas as pd
import pytest
from benchmarks import bench, contenders, figures, statements
from benchmarks.figures import Taken, Workload

from reconcile import reconcile
from reconcile.readers import text


@pytest.mark.parametrize("work", bench.QUICK, ids=lambda work: work.kind)
def test_same_bytes(work: Workload, tmp_path: Path) -> None:
    """Two runs of the benchmark would measure different files, and could not be compared."""
    first = bench.write(work, tmp_path).read_bytes()
    assert bench.write(work, tmp_path).read_bytes() == first


def test_statement_is_read(tmp_path: Path) -> None:
    """The benchmark would time a program that rejects the file's rows."""
    found = reconcile(statements.plain_csv(tmp_path / "cards.csv", 10_000)).tables
    assert len(found.transactions) == 10_000
    assert found.transactions["merchant"].notna().sum() == 120
    assert found.transactions["account"].nunique() == 2


def test_quick_page(tmp_path: Path) -> None:
    """`make bench` would end without its page."""
    page = tmp_path / "page.md"
    bench.main(["--quick", "--kind", "ofx1", "--out", str(page)])
    assert "| reconcile() |" in page.read_text("utf-8")


def test_linking_is_timed(tmp_path: Path) -> None:
    """The script that times linking alone is a text that no check of the code looks into."""
    assert bench.linking(statements.plain_csv(tmp_path / "cards.csv", 1_000), 1) > 0


def test_no_claim_inside_the_noise() -> None:
    """A ratio that two runs of one command show as well would be printed as a finding."""
    work = Workload("plain", 1_000)
    took = {contenders.BARE: 1.0, contenders.TWIN: 1.2, contenders.OURS: 1.1, "slow": 3.0}
    found = {work: {name: [Taken(wall, wall, 1.0)] for name, wall in took.items()}}
    page = bench.report(found, {"absent": "not installed"}, 1)
    assert "| reconcile() | 1.10 | 1.10–1.10 | (1.10) |" in page
    assert "| slow | 3.00 | 3.00–3.00 | 3.00 |" in page
    assert "Not measured: absent (not installed)." in page


def test_excerpt_shows_every_day() -> None:
    """A long file's date order would be guessed wrong where one row alone tells it."""
    days = ["01/02/2025"] * 100_000
    days[77_777] = "13/02/2025"
    cells = pd.DataFrame({0: days, 1: [str(n) for n in range(100_000)]}, dtype=object)
    found = text.excerpt(cells)
    assert len(found) < 20_000
    assert set(found[0]) == set(days)


def test_start_does_not_hide_growth() -> None:
    """A quadratic reader would look nearly linear, for its imports take as long at any size."""
    took = {1_000: 0.9, 5_000: 1.8, 10_000: 4.8}
    taken = {
        Workload("ofx1", rows): {contenders.OFXPARSE: [Taken(wall, wall, 1.0)]}
        for rows, wall in took.items()
    }
    assert figures.extrapolated(taken, "ofx1", "wall") is None
    taken[Workload("ofx1", 1_000)][contenders.OFXPARSE_START] = [Taken(0.8, 0.8, 1.0)]
    taken[Workload("ofx1", 50_000)] = {contenders.OURS: [Taken(1.0, 0.5, 1.0)]}
    found = figures.extrapolated(taken, "ofx1", "wall")
    assert found is not None
    assert round(found.power, 6) == 2
    assert round(found.far, 6) == 100.8
    page = bench.report(taken, {}, 1)
    assert "ofxparse extrapolated / reconcile() | 101 | 202 | ≥ 100 |" in page
    assert "0.80 s are its start" in page
    assert "power of 2.00, which makes 101 s for 50,000 rows" in page
