"""Files that a user names, to bytes: only what is an ordinary file is opened."""

import os
import re
import stat
from pathlib import Path

from reconcile.errors import InputError
from reconcile.text import masked

# A file that begins with this many zero bytes is no statement, whatever comes behind them.
_EMPTY = 1 << 20
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def label(name: str) -> str:
    """A file's name as it is shown: card numbers cut, what is no plain text replaced.

    Line breaks, escapes of terminals and marks that turn the direction of writing would let a
    name pretend to be something else.
    """
    return masked(_ODD.sub("\ufffd", name))


def load(path: Path) -> bytes:
    """All bytes of a file; `InputError` when it is not there, cannot be read or is no file.

    A pipe would wait for ever and a device never end, so neither is read; of a file that holds
    nothing but zeros for a megabyte, only those are.
    """
    try:
        # Without waiting: to open a pipe that nobody writes to would never return.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InputError("not_a_file", file=label(str(path)))
            head = stream.read(_EMPTY)
            if len(head) == _EMPTY and not head.strip(b"\0"):
                return head
            stream.seek(0)
            return stream.read()
    except FileNotFoundError:
        raise InputError("no_file", file=label(str(path))) from None
    except IsADirectoryError:
        raise InputError("not_a_file", file=label(str(path))) from None
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise InputError("unreadable", file=label(str(path)), detail=detail) from None
