"""How many faults put into the code the tests notice: `python -m benchmarks.mutants`.

Counts what `mutmut run` left in `mutants/` and, with `--out`, writes it into the page between its
marks. A fault that makes the code run for ever is noticed too; one that no test reaches is not.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

from benchmarks import faults

# How mutmut's test process ends: tests failed, pytest broke down, time ran out.
_NOTICED = (1, 3)
_OUT_OF_TIME = (36, 24, -24, 152, 255)


class Tally(NamedTuple):
    """Faults in one file: all, tried, that failed tests, ran out of time, went unnoticed."""

    known: int
    tried: int
    failed: int
    endless: int
    unnoticed: int

    @property
    def share(self) -> float:
        """Share of the faults that were noticed; 0 where none was tried."""
        return (self.failed + self.endless) / self.tried if self.tried else 0.0


def tally(folder: Path) -> dict[str, Tally]:
    """Counts of each file under a folder `mutants`; shares are of the faults that were tried.

    Raises ValueError where a file has no tried fault at all: nothing was measured.
    """
    out = {}
    for path in sorted(folder.rglob("*.py.meta")):
        codes = json.loads(path.read_text("utf-8"))["exit_code_by_key"].values()
        tried = [code for code in codes if code is not None]
        if not codes:
            continue
        if not tried:
            raise ValueError(f"no fault was tried in {path}")
        failed = sum(code in _NOTICED for code in tried)
        endless = sum(code in _OUT_OF_TIME for code in tried)
        name = path.relative_to(folder).as_posix().removesuffix(".meta")
        out[name] = Tally(len(codes), len(tried), failed, endless, len(tried) - failed - endless)
    return out


def table(found: dict[str, Tally]) -> str:
    """The counts as a table in Markdown."""
    rows = [
        "| file | faults | tried | tests failed | ran for ever | unnoticed | noticed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, one in found.items():
        rows.append(f"| `{name}` | " + " | ".join(map(str, one)) + f" | {one.share:.0%} |")
    return "\n".join(rows)


def main() -> None:
    """Print the table, and write it into a page when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*", default=[Path("mutants")])
    parser.add_argument("--out", type=Path, help="the page to write")
    given = parser.parse_args()
    found = {name: one for folder in given.folder for name, one in tally(folder).items()}
    print(table(found))
    if given.out is not None:
        faults.write(given.out, mutants=table(found))


if __name__ == "__main__":
    main()
