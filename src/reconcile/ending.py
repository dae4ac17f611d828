"""How a command ends early: on a standard output that is full, or asked by the system to stop."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from reconcile.errors import OutputError

# By these the system asks a run to stop; the second where a terminal is closed.
_ASKED = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def orderly() -> Iterator[None]:
    """While a command runs, `OutputError` where standard output cannot take what it is told, and
    whatever stands half-written is taken away when the system ends the run.
    """
    # Handlers are the main thread's, and one that is set already is somebody else's, as `nohup`'s.
    at_all = threading.current_thread() is threading.main_thread()
    mine = [number for number in _ASKED if at_all and signal.getsignal(number) == signal.SIG_DFL]
    for number in mine:
        signal.signal(number, _leave)
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise  # whoever read it has read enough; the command ends as others do then
    except OSError as error:
        # Files have names; what can be written to none of them is told where that is tried.
        if error.filename is not None:
            raise
        _let_go()
        raise OutputError("not_printed", detail=error.strerror or str(error)) from None
    except OutputError:
        _let_go()
        raise
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _frame: FrameType | None) -> None:
    # Unlike the system's own way to stop, this lets every `finally` run.
    sys.exit(128 + number)


def _let_go() -> None:
    """Drop what standard output could not take: Python would try once more when it ends, and
    complain in its own words.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
