"""Where a report is shown: a terminal through rich; a pipe or a file line by line, without it."""

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

# Where one of them is set, rich is asked: it knows what they mean.
_ASKED = ("FORCE_COLOR", "TTY_COMPATIBLE")


class Plain:
    """A console where nobody sees colours: rich takes long to import beside a short run."""

    is_terminal = False
    width = 80

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr
        stream = sys.stderr if stderr else sys.stdout
        self.encoding = getattr(stream, "encoding", None) or "utf-8"

    def print(self, told: str, **_style: Any) -> None:
        """Print a line as it is."""
        click.echo(told, err=self._stderr, color=True)


def screen(*, stderr: bool = False) -> "Console | Plain":
    """The console for a stream."""
    # Without a descriptor, as under cron or a daemon, there is no stream at all.
    stream: TextIO | None = sys.stderr if stderr else sys.stdout
    terminal = stream is not None and stream.isatty()
    if terminal or any(os.environ.get(name) for name in _ASKED):
        from rich.console import Console

        return Console(stderr=stderr)
    return Plain(stderr=stderr)
