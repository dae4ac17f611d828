"""The notebook runs from top to bottom, and is kept without results."""

import base64
import json
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"
_PNG = b"\x89PNG\r\n\x1a\n"


def _read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)


def _figures(notebook: Any) -> dict[str, bytes]:
    """The last figure of each cell that draws one, by the cell's id."""
    return {
        cell.id: base64.b64decode(output.data["image/png"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    }


def _texts(cell: Any) -> list[str]:
    """Everything readable that a cell shows."""
    outputs = cell.get("outputs", ())
    told = [output.text for output in outputs if output.get("name") == "stdout"]
    return told + [o.data["text/html"] for o in outputs if "text/html" in o.get("data", {})]


def _run(notebook: Any, folder: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Execute in this Python, as if opened in `folder`; nothing is written to the home folder."""
    spec = own / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": command, "display_name": "here", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(own))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(own / name))
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()


def test_runs_without_error_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who opens the notebook would meet an error or an empty place for a figure."""
    notebook = _read()
    began = time.monotonic()
    _run(notebook, NOTEBOOK.parent, tmp_path, monkeypatch)
    assert time.monotonic() - began < 60
    figures = _figures(notebook)
    assert list(figures) == ["waterfall", "waterfall-ja", "delays", "rates", "confidence"]
    assert all(figure.startswith(_PNG) and len(figure) > 5_000 for figure in figures.values())
    assert figures["waterfall"] != figures["waterfall-ja"]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    shown = {cell.id: "\n".join(_texts(cell)) for cell in notebook.cells}
    # Twelve settings are tried.
    assert shown["what-if"].count("<tr") >= 12
    for name in ("Shortfall / 差額", "Card fee / 海外事務手数料"):
        assert name in shown["what-if"]
    assert "Waiting / 返金待ち" in shown["what-if-day"]
    assert "What to do" in shown["one"]
    assert "やること" in shown["one"]


def test_finds_the_samples_from_the_project_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor that starts notebooks in the project's folder would not find the sample."""
    notebook = _read()
    first = next(n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells = notebook.cells[: first + 1]
    _run(notebook, ROOT, tmp_path, monkeypatch)
    (shown,) = notebook.cells[first].outputs
    assert "<table" in shown.data["text/html"]


def test_is_kept_without_results() -> None:
    """Every run would change the file, and results of another version would be shown as ours."""
    notebook = _read()
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None)
    assert all(len(cell.id) < 30 and not cell.id.isnumeric() for cell in notebook.cells)
