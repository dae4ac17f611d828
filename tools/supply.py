"""What the program is made of: licences of what it runs on, and a bill of materials.

`python -m tools.supply licences` fails where a run-time dependency is under the GPL;
`python -m tools.supply sbom OUT` writes CycloneDX JSON. Both read installed packages alone.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_COPYLEFT = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|Affero|GNU General Public", re.IGNORECASE)


def project() -> dict[str, Any]:
    """What `pyproject.toml` says of the project."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def runtime() -> dict[str, Any]:
    """Installed distributions that the program needs to run without extras, by name.

    Raises `PackageNotFoundError` where one is not installed.
    """
    found: dict[str, Any] = {}
    todo = [(text, frozenset[str]()) for text in project()["dependencies"]]
    while todo:
        text, wanted = todo.pop()
        need = Requirement(text)
        asked = [{"extra": extra} for extra in (*wanted, "")]
        if need.marker is not None and not any(need.marker.evaluate(one) for one in asked):
            continue
        key = canonicalize_name(need.name)
        if key not in found:
            found[key] = metadata.distribution(key)
            todo += [(one, frozenset(need.extras)) for one in found[key].requires or ()]
    return dict(sorted(found.items()))


def licence(package: Any) -> str:
    """The licence a package states: its expression, classifiers, words or file's first line."""
    told = package.metadata
    classes = [c.split(" :: ")[-1] for c in told.get_all("Classifier", ()) if "License ::" in c]
    words = (told.get("License") or "").strip().split("\n")[0][:80]
    stated = told.get("License-Expression") or ", ".join(classes) or words
    return stated or next(_titles(package), "unknown")


def _titles(package: Any) -> Iterator[str]:
    for file in package.files or ():
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            yield file.read_text("utf-8").strip().split("\n")[0].strip()


def is_copyleft(text: str) -> bool:
    """Whether a licence would bind those who pass the program on (GPL and AGPL, not LGPL)."""
    return _COPYLEFT.search(text) is not None


def sbom(packages: dict[str, Any]) -> dict[str, Any]:
    """A CycloneDX 1.6 document of the program and what it runs on."""

    def component(key: str, package: Any) -> dict[str, Any]:
        reference = f"pkg:pypi/{key}@{package.version}"
        return {
            "type": "library", "bom-ref": reference, "name": key, "version": package.version,
            "purl": reference, "licenses": [{"license": {"name": licence(package)}}],
        }  # fmt: skip

    told = project()
    reference = f"pkg:pypi/{told['name']}@{told['version']}"
    own = {
        "type": "application", "bom-ref": reference, "name": told["name"],
        "version": told["version"], "purl": reference, "licenses": [{"license": {"id": "MIT"}}],
    }  # fmt: skip
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": own},
        "components": [component(key, package) for key, package in packages.items()],
        "dependencies": [{
            "ref": own["bom-ref"],
            "dependsOn": [f"pkg:pypi/{k}@{p.version}" for k, p in packages.items()],
        }],
    }  # fmt: skip


def main() -> None:
    """Check licences, or write the bill of materials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("licences", "sbom"))
    parser.add_argument("out", type=Path, nargs="?")
    given = parser.parse_args()
    packages = runtime()
    if given.what == "sbom":
        text = json.dumps(sbom(packages), indent=2, sort_keys=True) + "\n"
        if given.out is None:
            sys.stdout.write(text)
        else:
            given.out.write_text(text, "utf-8")
        return
    for key, package in packages.items():
        sys.stdout.write(f"{key:24} {package.version:12} {licence(package)}\n")
    bad = [key for key, package in packages.items() if is_copyleft(licence(package))]
    if bad:
        sys.exit(f"under the GPL: {', '.join(bad)}")


if __name__ == "__main__":
    main()
