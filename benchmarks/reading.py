"""How each file of a folder is read: `python -m benchmarks.reading ../shared/corpus`.

One line per file: layout, rows, transactions, rejected, sum in minor units, and whether the totals
it prints match. Every physical line of a text file must have been accounted for.
"""

import argparse
from pathlib import Path

from reconcile import readers
from reconcile.errors import ErrorGroup, InputError
from reconcile.layout import shipped
from reconcile.text import say


def line_of(path: Path, root: Path) -> list[str]:
    """The table rows of one file."""
    name = str(path.relative_to(root))
    try:
        found = readers.read_path(path, shipped())
    except (InputError, ErrorGroup) as error:
        first = error.errors[0] if isinstance(error, ErrorGroup) else error
        told = say(f"error.{first.code}", "en", **first.params)
        return [f"| {name} | refused | | | | | {told.split(':', 1)[-1].strip()[:80]} |"]
    out = []
    for frame, source in found:
        differs = any(note.code == "note.total" for note in source.notes)
        total = "differs, told" if differs else "matches" if source.lines.get("total") else ""
        out.append(
            f"| {name} | {source.layout} | {source.rows} | {source.transactions} "
            f"| {len(source.rejected)} | {int(frame['amount'].sum())} | {total} |"
        )
    return out


def main() -> None:
    """Print the table for every file below the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    root = parser.parse_args().folder
    print("| file | layout | rows | transactions | rejected | sum | printed total |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix.lower() in (*readers.SUFFIXES, ".qfx"):
            print("\n".join(line_of(path, root)))


if __name__ == "__main__":
    main()
