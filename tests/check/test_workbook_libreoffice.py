"""The workbook, recalculated by another program than the one it was written for."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from fabricated import no_cases, tables
from openpyxl import load_workbook

from reconcile import text
from reconcile.report import excel
from reconcile.tables import Tables
from reconcile.text import LANGUAGES

pytestmark = pytest.mark.check

# Formulas carry results; without this setting LibreOffice would trust them.
_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def _recalculated(found: Tables, lang: str, folder: Path) -> Any:
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_RECALCULATE, "utf-8")
    excel.write(found, folder / "report.xlsx", lang, all_rows=True)
    out = folder / "out"
    command = [
        "soffice", f"-env:UserInstallation={profile.parent.as_uri()}", "--headless",
        "--convert-to", "xlsx", "--outdir", str(out), str(folder / "report.xlsx"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return load_workbook(out / "report.xlsx", data_only=True)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("make", [tables, no_cases])
def test_no_error_and_every_sum_holds(tmp_path: Path, lang: str, make: Any) -> None:
    """An opened report would show an error, or a red check where nothing is wrong."""
    book = _recalculated(make(lang), lang, tmp_path)
    for sheet in book:
        errors = [
            cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "e"
        ]
        assert not errors, sheet.title
    sheet = book[text.say("sheet.refunds", lang)]
    headers = {cell.value: cell.column for cell in sheet[1]}
    cases = len(make(lang).cases)
    for row in range(2, 2 + cases):
        assert sheet.cell(row, headers[text.say("field.check", lang)]).value == 0
        assert sheet.cell(row, headers[text.say("field.shortfall", lang)]).value is not None


def test_a_wrong_number_is_noticed(tmp_path: Path) -> None:
    """The check would stay calm when the causes do not make up the shortfall."""
    found = tables()
    found.cases.loc[0, "fee"] += 7
    sheet = _recalculated(found, "en", tmp_path)["Refunds"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.cell(2, headers["Check"]).value == -7
