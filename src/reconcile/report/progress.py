"""A progress bar for work that lasts: nothing for the first second, nothing off a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock, Timer
from typing import TYPE_CHECKING, Any

from reconcile import text
from reconcile.report.screen import Plain

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 1.0  # seconds without a word


@contextmanager
def shown(
    console: "Console | Plain", lang: str, patience: float = PATIENCE
) -> Iterator[Callable[[str, int, int], None] | None]:
    """Gives the `progress(stage, done, total)` that a run takes; None where nobody would see it.

    Stages are `read` and `link`. The bar appears after `patience` seconds and leaves no trace.
    """
    if isinstance(console, Plain) or not console.is_terminal:
        yield None
        return
    bar = _Bar(console, lang)
    timer = Timer(patience, bar.appear)
    timer.daemon = True
    timer.start()
    try:
        yield bar.tell
    finally:
        timer.cancel()
        bar.vanish()


class _Bar:
    """What is told before the bar appears is remembered; rich is loaded only when it does."""

    def __init__(self, console: "Console", lang: str) -> None:
        self._console, self._lang = console, lang
        self._last: tuple[str, int, int] | None = None
        self._lock = RLock()
        self._bar: Any = None
        self._over = False

    def tell(self, stage: str, done: int, total: int) -> None:
        """Remember where the work stands, and show it where the bar is to be seen."""
        with self._lock:
            self._last = stage, done, total
            if self._bar is not None:
                self._show()

    def appear(self) -> None:
        """Show the bar from now on."""
        from rich.progress import BarColumn, Progress, TextColumn

        with self._lock:
            if self._over:
                return
            # Bars of any other encoding would be question marks.
            fancy = self._console.encoding.lower().replace("-", "") == "utf8"
            columns = [TextColumn("{task.description}"), *([BarColumn()] if fancy else [])]
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task("", total=None)
            self._bar.start()
            self._show()

    def vanish(self) -> None:
        """Take the bar away, for good."""
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()

    def _show(self) -> None:
        if self._last is None:
            return
        from reconcile.report.console import printable_in

        stage, done, total = self._last
        told = printable_in(self._console.encoding)(text.say(f"progress.{stage}", self._lang))
        if total > 1:
            told += f" {done}/{total}"
        known = {"completed": done, "total": total} if total > 1 else {"total": None}
        self._bar.update(0, description=told.replace("[", "\\["), **known)
