"""`python -m tests.errors_page` writes `docs/errors.md` from the catalogue of errors."""

from pathlib import Path

from tests.errors.catalogue import expected_file
from tests.errors.reproducers import ALL

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"
HEAD = """\
# What can go wrong, and what you then read

This page is made from `tests/errors` by `python -m tests.errors_page`; a test compares each message
with what the command really says. Messages go to the standard error output. The exit code is 0 when
something was read, were it a month without a transaction, 1 when no file or no row could be used or
a report could not be written, 2 for wrong usage, and 3 when `--fail-on-missing` finds money that is
overdue.
"""


def page() -> str:
    """The page as the expected texts have it."""
    parts = [HEAD]
    for reproducer in ALL:
        title = (reproducer.__doc__ or "").strip()
        expected = expected_file(reproducer).read_text("utf-8").rstrip("\n")
        parts.append(f"## {title.rstrip('.')}\n\n```text\n{expected}\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
