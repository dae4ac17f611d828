"""What the program is built from: pinned, hashed, free to pass on, and enough by itself."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tools import supply

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PINNED = dict(re.findall(r"(?m)^([a-z0-9-]+)==([^\s;]+)", LOCK))


def test_every_pin_has_a_hash() -> None:
    """A release could be built with a package that somebody exchanged on its way."""
    entries = re.split(r"(?m)^(?=[a-z0-9-]+==)", LOCK)[1:]
    assert len(entries) == len(PINNED) > 40
    assert all("--hash=sha256:" in entry for entry in entries)


def test_no_place_is_named() -> None:
    """Builds elsewhere would ask a server that they cannot reach."""
    assert "://" not in LOCK
    assert "--index" not in LOCK


def test_all_dependencies_are_pinned() -> None:
    """An installation from the lock file would lack a package, or take an unknown version."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = told["optional-dependencies"]
    wanted = [*told["dependencies"], *extras["online"], *extras["notebook"], *extras["dev"]]
    for text in wanted:
        need = Requirement(text)
        if need.name == "reconcile":
            continue
        version = PINNED[canonicalize_name(need.name)]
        assert need.specifier.contains(version), text


def test_versions_agree_with_the_constraints() -> None:
    """Tests would run with other versions than those that are released."""
    told = re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"))
    constraints = {canonicalize_name(name): version for name, version in told}
    shared = PINNED.keys() & constraints.keys()
    assert len(shared) > 40
    assert {name: PINNED[name] for name in shared} == {name: constraints[name] for name in shared}


def test_licences() -> None:
    """Whoever passes the program on would be bound by the GPL without knowing it."""
    packages = supply.runtime()
    assert {"pandas", "openpyxl", "currencyconverter", "python-dateutil"} <= packages.keys()
    told = {name: supply.licence(package) for name, package in packages.items()}
    assert not [name for name, text in told.items() if supply.is_copyleft(text)]
    assert "unknown" not in told.values()


def test_copyleft_is_recognised() -> None:
    """The check of licences would let the GPL pass."""
    assert supply.is_copyleft("GNU General Public License v3 (GPLv3)")
    assert supply.is_copyleft("GPL-3.0-only")
    assert supply.is_copyleft("AGPL-3.0")
    assert not supply.is_copyleft("LGPL-2.1")
    assert not supply.is_copyleft("MIT")


def test_bill_of_materials() -> None:
    """Who looks for a flawed package in the bill of materials would not find it."""
    document = supply.sbom(supply.runtime())
    assert document["bomFormat"] == "CycloneDX"
    known = {one["bom-ref"] for one in document["components"]}
    assert set(document["dependencies"][0]["dependsOn"]) == known
    assert len(known) == len(supply.runtime())
