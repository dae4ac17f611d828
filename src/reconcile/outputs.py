"""Where a run writes: nothing that is read is written over, and nothing goes between JSON lines."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from reconcile.errors import OutputError, SettingsError
from reconcile.intake import expand
from reconcile.messages import file_name
from reconcile.result import further_rows
from reconcile.tables import Tables
from reconcile.text import masked

# In place of a file's name: standard output.
STDOUT = Path("-")
# The options of the command that name a file to write.
_FILES = ("output", "json_file", "html", "journal", "calendar")


def read(statements: Iterable[str], settings: Any, config: Path | None) -> list[Path]:
    """The files that a run reads: statements, lists, rates, layouts, settings."""
    out = expand(statements)
    told = [config or Path("reconcile.toml")]
    for value in vars(settings).values():
        told += [value] if isinstance(value, Path) else []
    told += sorted(settings.layouts_dir.glob("*.toml")) if settings.layouts_dir else []
    # `ecb` and `online` are no files, whatever lies in this folder.
    told += [Path(settings.rates)] if settings.rates not in ("ecb", "online") else []
    return [path for path in [*out, *told] if path.is_file()]


def given(options: Mapping[str, Any]) -> list[Path]:
    """The files to write that the command names; the folder of messages counts as one."""
    named = [options[name] for name in (*_FILES, "messages") if options[name]]
    return [path for path in named if path != STDOUT]


def made(options: Mapping[str, Any], workbook: Path, tables: Tables) -> list[Path]:
    """All files that this run may write, the workbook and its list of rows first."""
    out = [workbook, further_rows(workbook)]
    out += [options[name] for name in _FILES[1:] if options[name] not in (None, STDOUT)]
    if options["messages"]:
        cases = tables.cases[["id", "next_step", "orders"]].to_dict("records")
        names = [file_name(str(c["id"]), str(c["next_step"]), c["orders"]) for c in cases]
        out += [options["messages"] / name for name in names]
    return out


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


def check(options: Mapping[str, Any], inputs: Iterable[Path]) -> None:
    """Raise `SettingsError` for what is wrong with the reports asked for, before any is made."""
    spare(given(options), inputs)
    if options["accounts"]:
        from reconcile.report import journal

        journal.accounts(options["accounts"])


def to_stdout(text: str) -> None:
    """Text in UTF-8 whatever the terminal's encoding, as a file would hold it."""
    try:
        click.echo(text.encode(), nl=False)
    except BrokenPipeError:
        raise  # whoever read it has read enough; the command ends as others do then
    except OSError as error:
        detail = error.strerror or str(error)
        raise OutputError("not_written", file=str(STDOUT), detail=detail) from None


def _identity(path: Path) -> tuple[int, int] | Path:
    """What tells a file by whatever name and link; of one that is not there, its full path."""
    try:
        found = path.stat()
    except OSError:
        return path.resolve()
    # Some file systems number no files.
    return (found.st_dev, found.st_ino) if found.st_ino else path.resolve()
