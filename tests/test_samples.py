"""Every sample statement gives the story that stands beside it."""

from pathlib import Path

import pytest
from golden import SAMPLES, describe, expected_file, samples

HINT = "pytest tests/test_samples.py --rewrite-golden (make golden), then read what it says"


@pytest.mark.parametrize("path", samples(), ids=lambda path: str(path.relative_to(SAMPLES)))
def test_sample(path: Path, rewrite: bool) -> None:
    """A statement of this issuer would be read, linked or explained differently than before."""
    got = describe(path)
    expected = expected_file(path)
    if rewrite:
        expected.write_text(got, "utf-8")
    assert expected.is_file(), f"{expected.name} is missing: {HINT}"
    assert got == expected.read_text("utf-8"), f"{expected.name} differs: {HINT}"


def test_no_golden_without_its_statement() -> None:
    """A renamed sample would leave its old story behind, compared with nothing."""
    wanted = {expected_file(path) for path in samples()}
    assert set(SAMPLES.rglob("*.expected.txt")) <= wanted
