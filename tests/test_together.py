"""Several statements read at once: the same results as one after the other, whatever fails."""

from pathlib import Path

import pandas as pd
import pytest
from benchmarks import statements

from reconcile import layout, pipeline, readers
from reconcile.ledger import spelled
from reconcile.readers import together
from reconcile.settings import Settings

SAMPLES = Path(__file__).parents[1] / "sample_statements"
FILES = sorted((SAMPLES / "rakuten").glob("*.csv")) + sorted((SAMPLES / "ofx").glob("*.ofx"))


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processors, and no file too small to be read by the second."""
    monkeypatch.setattr(together, "ENOUGH", 0)
    monkeypatch.setattr(together.os, "cpu_count", lambda: 2)


def same(one: list[readers.Reading] | None, two: list[readers.Reading]) -> None:
    """Fails where the rows or what became of the lines differ."""
    assert one is not None
    for (rows, source), (others, other) in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(spelled(rows), spelled(others))
        assert (source.sha256, source.lines, source.rejected, str(source.notes)) == (
            other.sha256, other.lines, other.rejected, str(other.notes),
        )  # fmt: skip


@pytest.mark.usefixtures("always")
def test_the_same_rows_in_the_same_order() -> None:
    """A folder of large statements would give other cases than its files one by one."""
    told: list[int] = []
    found = together.read([together.Asked(path) for path in FILES], told.append)
    for path, inside in zip(FILES, found, strict=True):
        same(inside, readers.read_path(path, layout.shipped()))
    assert told == list(range(1, len(FILES) + 1))


@pytest.mark.usefixtures("always")
def test_a_process_reads_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process would be started and left idle, and nothing gained."""
    monkeypatch.setattr(together, "_here", lambda asked: None)
    asked = together.Asked(FILES[0])
    process = together._Process()
    same(process(asked), readers.read_path(FILES[0], layout.shipped()))
    process.close()


@pytest.mark.usefixtures("always")
def test_a_process_that_dies_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement would be missing from the report without a word."""
    monkeypatch.setattr(together, "_PROGRAM", "raise SystemExit(1)")
    plain = [readers.read_path(path, layout.shipped()) for path in FILES]
    held, failed = pipeline.gather(FILES, Settings())
    assert not failed
    assert [s.file for s in held.sources] == [s.file for part in plain for _, s in part]


@pytest.mark.usefixtures("always")
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A broken file among good ones would vanish, or stop the others."""
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing,here\n", "utf-8")
    held, failed = pipeline.gather([bad, *FILES[:2]], Settings())
    assert [error.code for error in failed] == ["layout_none"]
    assert len(held.sources) == 2


def test_small_files_are_read_here(tmp_path: Path) -> None:
    """A monthly run would take seconds longer, for processes that it does not need."""
    paths = [statements.plain_csv(tmp_path / f"{n}.csv", 1_000) for n in range(3)]
    assert not together.worthwhile(paths)
    assert not together.worthwhile(paths[:1])


def test_many_small_files_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Years of monthly statements would be read one after the other while a processor idles."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    paths = [tmp_path / f"{n}.csv" for n in range(40)]
    for path in paths:
        path.write_text("Date,Description,Amount\n", "utf-8")
    assert together.worthwhile(paths)
    assert not together.worthwhile(paths[:6])
