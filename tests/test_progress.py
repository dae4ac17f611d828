"""The progress bar: late, gone at the end, and only where somebody looks."""

import io
import time

import pytest
from rich.console import Console

from reconcile.report import progress
from reconcile.text import LANGUAGES, say


def _told(encoding: str, lang: str, terminal: bool, work: float, patience: float) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=file, force_terminal=terminal, width=80)
    with progress.shown(console, lang, patience) as tell:
        if tell is not None:
            tell("read", 3, 12)
        time.sleep(work)
        if tell is not None:
            tell("link", 0, 1)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_long_work_shows_where_it_stands(encoding: str, lang: str) -> None:
    """A user would think that the program hangs, or a Japanese console would end in a traceback."""
    shown = _told(encoding, lang, True, 0.3, 0.05)
    assert f"{say('progress.read', lang)} 3/12" in shown


def test_short_work_shows_nothing() -> None:
    """A bar would flash at every run."""
    assert _told("utf-8", "en", True, 0.0, 60.0) == ""


def test_a_log_file_gets_no_bar() -> None:
    """A log would be full of control characters."""
    assert _told("utf-8", "en", False, 0.1, 0.01) == ""


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR would not keep the bar free of colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in _told("utf-8", "en", True, 0.3, 0.05)
