"""What fuzzing found stays mended."""

from pathlib import Path

import pytest
from tests.fuzz import harness

FOLDER = Path(__file__).parent / "fuzz" / "regressions"
FILES = sorted(FOLDER.iterdir())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_regressions(path: Path) -> None:
    """A file that once ended in a traceback would do so again."""
    harness.one(path.name.split("-")[0], path.read_bytes())


def test_there_is_something_to_read() -> None:
    """The files would be lost, and with them the check."""
    assert len(FILES) > 3
    assert {path.name.split("-")[0] for path in FILES} <= harness.TARGETS.keys()
