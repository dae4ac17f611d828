"""How the code is laid out: imports point one way, the command starts light, modules stay small."""

import ast
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import reconcile
from reconcile import errors

SOURCE = Path(reconcile.__file__).parent
# From the leaves to the command; a module imports only from ranks below its own, or its own rank.
RANKS = (
    (
        "errors",
        "ending",
        "files",
        "garbage",
        "text",
        "distinct",
        "search",
        "signs",
        "marks",
        "money",
        "writing",
    ),
    ("account_labels", "clock", "fixings", "holds", "rowwise", "same_rows"),
    ("overlap", "unnamed"),
    ("ledger",),
    ("row_ids", "tables"),
    ("combine",),
    (
        "layout",
        "layout_model",
        "layout_shelf",
        "layout_toml",
        "credited",
        "merchants",
        "rates",
        "issuers",
        "markups",
        "settings",
        "settings_toml",
        "online_cache",
    ),
    ("readers", "order_formats", "order_prices", "online"),
    ("order_rows", "order_sheet"),
    ("orders", "cards", "decisions", "pool"),
    ("linking",),
    ("settle", "fee_evidence", "fees", "funding"),
    ("intake", "card_fees"),
    ("order_view",),
    ("order_stories",),
    ("arrivals",),
    ("advice", "messages", "ics"),
    ("due", "shares", "spans"),
    ("explain", "narrate", "readings", "steps"),
    ("outline", "accounts", "elsewhere"),
    ("case_rows",),
    ("undone", "voided", "equal_orders"),
    ("rivals",),
    ("order_cases",),
    ("linked_cases",),
    ("cases",),
    ("pipeline", "redact", "spared"),
    ("report",),
    ("result",),
    ("engines",),
    ("outputs",),
    ("cli", "cli_many", "commands", "usage"),
    ("__main__",),
)
RANK = {name: number for number, names in enumerate(RANKS) for name in names}
DESIGN = SOURCE.parents[1] / "docs" / "design.md"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")
MOST_LINES = 400
HEAVY = {"pandas", "numpy", "openpyxl", "scipy", "rich", "ofxparse", "matplotlib", "bs4"}


def part(path: Path) -> str:
    """The part of the program that a file belongs to: a module or a package."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Parts of the program that a file imports, late imports included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            base = node.module or ""
            names = [
                f"{base}.{alias.name}" if base == "reconcile" else base for alias in node.names
            ]
        parts = [name.split(".") for name in names]
        found |= {name[1] for name in parts if name[0] == "reconcile" and len(name) > 1}
    return found & RANK.keys() - {part(path)}


def test_every_module_has_a_rank() -> None:
    """A new module could import anything, and one day everything would depend on everything."""
    assert {part(path) for path in MODULES} - RANK.keys() == set()


def test_the_design_names_every_module() -> None:
    """Who looks for where something is done would not find it in the picture of the program."""
    listed = re.findall(r"\w+\.py", DESIGN.read_text("utf-8").split("```")[3])
    apart = {"report", "engines", "funding"}
    own = {path.name for path in MODULES if path.relative_to(SOURCE).parts[0] not in apart}
    assert own - {"__init__.py"} <= set(listed)


def test_the_design_tells_the_way_of_imports() -> None:
    """The documentation would allow an import that this test refuses, or the reverse."""
    (line,) = re.findall(r"Imports point one way: `([^`]*)`", DESIGN.read_text("utf-8"))
    ranks = [[RANK[name] for name in group.split(", ")] for group in line.split(" ← ")]
    for below, above in pairwise(ranks):
        assert max(below) < min(above)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    """Reading a statement would come to depend on how a report is drawn."""
    own = part(path)
    above = {name for name in imported(path) if RANK[name] > RANK.get(own, len(RANKS))}
    assert above == set()


def test_stages_do_not_know_who_calls_them() -> None:
    """A stage could no longer be used alone in a notebook."""
    ends = {"cli", "engines", "result", "report", "pipeline"}
    for path in MODULES:
        if RANK.get(part(path), 0) < RANK["pipeline"]:
            assert not imported(path) & ends, path


def test_cards_and_linking_are_apart() -> None:
    """Fee and links would be estimated by one tangle, and neither could be checked alone."""
    assert "linking" not in imported(SOURCE / "cards.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_stay_small(path: Path) -> None:
    """A mistake would hide in a module that nobody can read in one go."""
    assert len(path.read_text("utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_sentence_outside_the_text_files(path: Path) -> None:
    """A Japanese user would meet an English sentence, or the other way round."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in vars(errors) and name.endswith(("Error", "Group")):
                first = node.args[0] if node.args else None
                said = first.value if isinstance(first, ast.Constant) else ""
                assert " " not in str(said), f"{path}:{node.lineno}"


@pytest.mark.parametrize("option", ["--help", "--version", "--list-layouts"])
def test_help_is_instant(option: str) -> None:
    """The command would take a second to print its help."""
    program = (
        "import sys\nfrom reconcile.cli import main\n"
        f"try:\n    main([{option!r}])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60,
        env={"PYTHONPATH": str(SOURCE.parent), "PATH": "", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    loaded = {name.split(".")[0] for name in ast.literal_eval(run.stderr)}
    assert loaded & HEAVY == set()
    assert run.stdout


def test_importing_the_package_is_instant() -> None:
    """`import reconcile` in a notebook would load everything before it is asked for anything."""
    program = "import sys, reconcile; print(sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60,
        env={"PYTHONPATH": str(SOURCE.parent), "PATH": ""},
    )  # fmt: skip
    assert {name.split(".")[0] for name in ast.literal_eval(run.stdout)} & HEAVY == set()
