"""Bad input: every message word for word, and nothing half-written."""

import inspect
from pathlib import Path

import pytest
from tests import errors_page
from tests.errors import reproducers
from tests.errors.catalogue import FOLDER, describe, expected_file, run
from tests.errors.reproducers import ALL, Reproducer

HINT = "is not there or differs: look at it, then run pytest tests/test_errors.py --rewrite-golden"


@pytest.mark.parametrize("reproducer", ALL, ids=lambda item: item.__name__)
def test_message(reproducer: Reproducer, tmp_path: Path, rewrite: bool) -> None:
    """A user with a bad file would read something else than the page on errors says."""
    got = describe(reproducer, tmp_path)
    expected = expected_file(reproducer)
    if rewrite:
        expected.write_text(got, "utf-8")
    assert expected.is_file(), f"{expected.name} {HINT}"
    assert got == expected.read_text("utf-8"), f"{expected.name} {HINT}"
    assert "Traceback" not in got


@pytest.mark.parametrize("reproducer", ALL, ids=lambda item: item.__name__)
def test_nothing_half_written(reproducer: Reproducer, tmp_path: Path) -> None:
    """A run that failed would leave an unusable report, or scraps beside the statement."""
    _, result = run(reproducer, tmp_path, "en")
    names = {path.name for path in tmp_path.rglob("*")}
    assert not any(name.startswith(".") for name in names)
    if result.exit_code == 2:
        assert not any(name.endswith(".xlsx") for name in names)


def test_catalogue_is_complete() -> None:
    """A reproducer would be written and never run, or an expected text never compared."""
    found = {
        item for _, item in inspect.getmembers(reproducers, inspect.isfunction)
        if not item.__name__.startswith("_")
    }  # fmt: skip
    assert found == set(ALL)
    assert {path.name for path in FOLDER.glob("*.txt")} == {expected_file(r).name for r in ALL}


def test_page_is_up_to_date() -> None:
    """The page on errors would show messages that the command no longer says."""
    assert errors_page.PAGE.read_text("utf-8") == errors_page.page(), "python -m tests.errors_page"
