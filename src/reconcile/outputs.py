"""Where the command writes: which files, and what goes to standard output."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from reconcile.errors import OutputError, SettingsError
from reconcile.messages import file_name
from reconcile.spared import spare
from reconcile.tables import Tables
from reconcile.text import masked
from reconcile.writing import further_rows

# In place of a JSON file's name: standard output.
STDOUT = Path("-")
# The options of the command that name a file to write.
_FILES = ("output", "json_file", "html", "journal", "calendar")


def _named(options: Mapping[str, Any], names: Iterable[str]) -> list[Path]:
    """The files and folders that these options name."""
    given = [(name, options[name]) for name in names if options[name]]
    return [path for name, path in given if (name, path) != ("json_file", STDOUT)]


def made(options: Mapping[str, Any], workbook: Path, tables: Tables) -> list[Path]:
    """All files that this run may write, the workbook and its list of rows first."""
    from reconcile.report.excel_sheets import MOST_ROWS

    out = [workbook]
    # One sheet has room for all others, besides its header.
    out += [further_rows(workbook)] if len(tables.transactions) >= MOST_ROWS - 1 else []
    out += _named(options, _FILES[1:])
    if options["messages"]:
        cases = tables.cases[["id", "next_step", "orders"]].to_dict("records")
        names = [file_name(str(c["id"]), str(c["next_step"]), c["orders"]) for c in cases]
        out += [options["messages"] / name for name in names]
    return out


def check(options: Mapping[str, Any], inputs: Iterable[Path]) -> None:
    """Raise `SettingsError` for what is wrong with the reports asked for, before any is made."""
    spare(_named(options, (*_FILES, "messages")), inputs)
    workbook = options["output"]
    if workbook is not None and workbook.suffix.lower() not in ("", ".xlsx"):
        raise SettingsError("output_form", file=masked(str(workbook)))
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
