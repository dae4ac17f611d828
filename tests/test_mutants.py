"""The count of faults that the tests notice."""

import json
from pathlib import Path

import pytest
from benchmarks import faults, mutants


def left(folder: Path, name: str, codes: list[int | None]) -> None:
    """What a run over one file leaves: how the tests of each fault ended."""
    path = folder / "src" / f"{name}.py.meta"
    path.parent.mkdir(parents=True, exist_ok=True)
    ended = {f"{name}_{at}": code for at, code in enumerate(codes)}
    path.write_text(json.dumps({"exit_code_by_key": ended}), "utf-8")


def test_only_what_was_noticed_counts(tmp_path: Path) -> None:
    """The page would praise tests that notice nothing, or that were never run."""
    left(tmp_path, "money", [1, 1, 3, 0, 33, 36, None])
    found = mutants.tally(tmp_path)
    assert found == {"src/money.py": mutants.Tally(7, 6, 3, 1, 2)}
    assert mutants.table(found).splitlines()[-1] == "| `src/money.py` | 7 | 6 | 3 | 1 | 2 | 67% |"


def test_a_file_that_was_not_tried_is_told(tmp_path: Path) -> None:
    """A run that broke off early would be shown as a measured one."""
    left(tmp_path, "money", [None, None])
    with pytest.raises(ValueError, match="no fault was tried"):
        mutants.tally(tmp_path)


def test_only_the_measured_part_of_the_page_changes(tmp_path: Path) -> None:
    """One measurement would wipe out the figures of another."""
    page = tmp_path / "a.md"
    page.write_text("<!-- a -->\n1\n<!-- end -->\n<!-- b -->\n2\n<!-- end -->\n", "utf-8")
    faults.write(page, a=None, b="3")
    assert page.read_text("utf-8") == "<!-- a -->\n1\n<!-- end -->\n<!-- b -->\n3\n<!-- end -->\n"
    with pytest.raises(AssertionError, match="c"):
        faults.write(page, c="4")
