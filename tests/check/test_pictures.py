"""The pictures of the README can be drawn anew."""

import sys
from pathlib import Path

import pytest
from benchmarks import pictures

pytestmark = pytest.mark.check


def test_pictures_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README would show an old report for ever."""
    monkeypatch.setattr(sys, "argv", ["pictures", str(tmp_path)])
    pictures.main()
    found = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert len(found) == 8
    assert all(5_000 < size < pictures.MOST_BYTES for size in found.values())
