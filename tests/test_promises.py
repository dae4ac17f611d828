"""The promises of the pages on security and privacy, each held by a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("SECURITY.md", "docs/privacy.md")
_LINK = re.compile(r"`(tests/test_\w+\.py)::(test_\w+)`")


@pytest.mark.parametrize("page", PAGES)
def test_every_promise_has_its_test(page: str) -> None:
    """A promise would stand on the page though nothing checks it any more."""
    text = (ROOT / page).read_text("utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| [A-Z`]", line)]
    assert len(rows) > 5
    for row in rows:
        linked = _LINK.findall(row)
        assert linked, row
        for file, name in linked:
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            known = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in known, f"{file}::{name}"
