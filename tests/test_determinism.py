"""The same inputs give the same bytes, whatever surrounds the run."""

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_statements"
INPUTS = ("plain/jpy-card-with-originals.csv", "ofx/usd-card-xml.qfx", "chase")
SURROUNDINGS: dict[str, dict[str, str]] = {
    "as it is": {},
    "another hash seed": {"PYTHONHASHSEED": "4242"},
    "another locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "1"},
    "another time zone": {"TZ": "America/St_Johns"},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "another processor": {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "AVX2"},
}


def run(folder: Path, inputs: list[Path], env: dict[str, str]) -> tuple[bytes, dict[str, bytes]]:
    """The JSON report, and the parts of the workbook."""
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-c", "from reconcile.cli import main; main()", *map(str, inputs), "-q",
         "--orders", str(SAMPLES / "orders.csv"), "--lang", "en", "--as-of", "2026-11-23",
         "-o", str(folder / "r.xlsx"), "--json", str(folder / "r.json")],
        env={"PYTHONHASHSEED": "1", **os.environ, **env, "PYTHONPATH": str(ROOT / "src")},
        check=True, cwd=folder,
    )  # fmt: skip
    with zipfile.ZipFile(folder / "r.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return (folder / "r.json").read_bytes(), parts


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, bytes]]:
    """The reports of a run as it is."""
    home = tmp_path_factory.mktemp("usual") / "out"
    return run(home, [SAMPLES / name for name in INPUTS], {})


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_surroundings(name: str, usual: tuple[bytes, dict[str, bytes]], tmp_path: Path) -> None:
    """Two people who compare their reports of the same files would find differences."""
    again = run(tmp_path / "out", [SAMPLES / one for one in INPUTS], SURROUNDINGS[name])
    assert again[0] == usual[0]
    differing = {part for part, data in usual[1].items() if again[1].get(part) != data}
    # When the workbook was written stands in its properties, as of any document.
    assert differing <= {"docProps/core.xml"}
    assert again[1].keys() == usual[1].keys()


def test_order_of_files(usual: tuple[bytes, dict[str, bytes]], tmp_path: Path) -> None:
    """Naming the files in another order would give other findings."""
    import json

    again = run(tmp_path / "out", [SAMPLES / name for name in reversed(INPUTS)], {})
    one, other = json.loads(usual[0]), json.loads(again[0])
    for part in ("cases", "cards", "rates", "summary", "unlinked_refunds"):
        assert one[part] == other[part], part
    assert {row["id"]: row for row in one["transactions"]} == {
        row["id"]: row for row in other["transactions"]
    }


def test_order_of_rows(tmp_path: Path) -> None:
    """A statement sorted the other way round would give other findings."""
    import json

    data = (SAMPLES / INPUTS[0]).read_text("utf-8").splitlines(keepends=True)
    found = []
    for number in range(2):
        body = data[1:]
        if number:
            random.Random(5).shuffle(body)
        home = tmp_path / str(number)
        home.mkdir()
        path = home / "card.csv"
        path.write_text(data[0] + "".join(body), "utf-8")
        document = json.loads(run(home / "out", [path], {})[0])
        found.append({part: document[part] for part in ("cases", "summary", "unlinked_refunds")})
    assert found[0] == found[1]
