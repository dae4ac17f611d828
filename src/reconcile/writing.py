"""Files are written whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reconcile import files
from reconcile.errors import OutputError


def write_bytes(path: Path, data: bytes) -> None:
    """Put a file with these bytes in place, as `write_whole` does."""
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` fill a temporary file beside `path`, then put it in place in one step.

    Whatever happens, `path` holds either the old content or the whole new one, and keeps its
    rights. Raises
    `OutputError` when the folder or the file cannot be written. A device, a pipe or a link, such
    as /dev/stdout, is written through and never replaced.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        _through(path, write)
        return
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise OutputError(
            "not_written", file=files.label(str(path)), detail=error.strerror or str(error)
        ) from None
    temporary = Path(name)
    try:
        write(temporary)
        rights = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644 & ~_umask()
        temporary.replace(path)
        # Only now: a run stopped before leaves nothing that others may read. Not every file system
        # has such rights.
        with suppress(OSError):
            path.chmod(rights)
    except OSError as error:
        raise OutputError(
            "not_written", file=files.label(str(path)), detail=error.strerror or str(error)
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _through(path: Path, write: Callable[[Path], object]) -> None:
    """Fill a device or pipe, which has no old content to keep."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "report"
        write(temporary)
        try:
            with path.open("wb") as out:
                out.write(temporary.read_bytes())
        except OSError as error:
            raise OutputError(
                "not_written", file=files.label(str(path)), detail=error.strerror or str(error)
            ) from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def further_rows(workbook: Path) -> Path:
    """The CSV beside a workbook for the rows that it has no room for."""
    return workbook.parent / f"{workbook.stem}-transactions.csv"
