"""What a run reads, over which no report may be written."""

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from reconcile.errors import SettingsError
from reconcile.intake import One, expand
from reconcile.settings import Settings
from reconcile.text import masked


def read(statements: Sequence[One], settings: Settings) -> list[Path]:
    """The files that a run reads: statements, lists, rates, layouts."""
    out = expand(item for item in statements if isinstance(item, str | PathLike))
    out += named(settings)
    return [path for path in out if path.is_file()]


def named(settings: Settings) -> list[Path]:
    """The files that the settings name."""
    out = [value for value in vars(settings).values() if isinstance(value, Path)]
    out += sorted(settings.layouts_dir.glob("*.toml")) if settings.layouts_dir else []
    return out + [path for path in (settings.rates_file,) if path is not None]


def spare(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise `SettingsError` where an output is an input, or two outputs are one file."""
    files = {_identity(path) for path in inputs}
    seen = set()
    for path in outputs:
        one = _identity(path)
        if one in files:
            raise SettingsError("output_is_input", file=masked(str(path)))
        if one in seen:
            raise SettingsError("output_twice", file=masked(str(path)))
        seen.add(one)


def _identity(path: Path) -> tuple[int, int] | Path:
    """What tells a file by whatever name and link; of one that is not there, its full path."""
    try:
        found = path.stat()
    except OSError:
        return path.resolve()
    # Some file systems number no files.
    return (found.st_dev, found.st_ino) if found.st_ino else path.resolve()
