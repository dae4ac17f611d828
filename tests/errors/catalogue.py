"""What a user reads for each reproducer, as one text, and where the expected text stands."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result
from tests.errors.reproducers import Reproducer

from reconcile.cli import main
from reconcile.text import LANGUAGES, say

FOLDER = Path(__file__).parent
# Rows that are left out are no errors of the run: the summary tells of them, not stderr.
TOLD_IN_SUMMARY = (
    "unreadable_amount",
    "unreadable_date",
    "ofx_truncated",
    "damaged_character",
    "cut_off",
)


def expected_file(reproducer: Reproducer) -> Path:
    """Where the expected text of a reproducer stands."""
    return FOLDER / f"{reproducer.__name__}.expected.txt"


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(reproducer: Reproducer, folder: Path, lang: str) -> tuple[list[str], Result]:
    """Arguments of a reproducer, and what the command did with them in its folder."""
    arguments = reproducer(folder)
    fixed = ["--lang", lang]
    if "--as-of" not in arguments:
        fixed += ["--as-of", "2026-11-23"]
    with _inside(folder):
        result = CliRunner().invoke(main, [*arguments, *fixed], env={"COLUMNS": "100"})
    return arguments, result


def describe(reproducer: Reproducer, folder: Path) -> str:
    """Command, exit code and message, in both languages."""
    out: list[str] = []
    for lang in LANGUAGES:
        place = folder / lang
        place.mkdir()
        arguments, result = run(reproducer, place, lang)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        told = result.stderr
        if reproducer.__name__ in TOLD_IN_SUMMARY:
            told += _good_to_know(result.stdout, lang)
        if not out:
            out = [f"$ reconcile {' '.join(arguments)}", f"exit {result.exit_code}"]
        out += [f"[{lang}]", told.rstrip("\n")]
    return "\n".join(out) + "\n"


def _good_to_know(shown: str, lang: str) -> str:
    """The remarks of the summary."""
    _, found, rest = shown.partition(say("console.good_to_know", lang) + "\n")
    return rest.partition("\n\n")[0] + "\n" if found else ""
