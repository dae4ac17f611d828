"""The result in Python, and files that are written whole or not at all."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from fabricated import no_cases, tables

import reconcile
from reconcile.errors import OutputError
from reconcile.result import Reconciliation, write_whole
from reconcile.text import LANGUAGES

STATEMENT = """\
Date,Description,Amount,Currency,Card
2025-03-10,ALIEXPRESS.COM,48.45,USD,****1234
2025-03-12,CORNER SHOP,5.00,USD,****1234
2025-04-02,ALIEXPRESS.COM,-48.45,USD,****1234
"""


def test_written_in_one_step(tmp_path: Path) -> None:
    """A report read while it is written would be half a report."""
    target = tmp_path / "report.json"
    target.write_text("old", "utf-8")

    def write(path: Path) -> None:
        path.write_text("new", "utf-8")
        assert target.read_text("utf-8") == "old"

    write_whole(target, write)
    assert target.read_text("utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), RuntimeError("bug")])
def test_failure_leaves_the_old_file(tmp_path: Path, fault: Exception) -> None:
    """A full disk would destroy last month's report, or leave scraps beside it."""
    target = tmp_path / "report.json"
    target.write_text("old", "utf-8")

    def write(path: Path) -> None:
        path.write_text("half", "utf-8")
        raise fault

    with pytest.raises(OutputError if isinstance(fault, OSError) else RuntimeError):
        write_whole(target, write)
    assert target.read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """A mistyped output folder would end in a traceback."""
    with pytest.raises(OutputError) as caught:
        write_whole(tmp_path / "none" / "report.json", lambda path: None)
    assert caught.value.code == "not_written"
    assert caught.value.params["detail"] == "No such file or directory"


def test_target_is_a_folder(tmp_path: Path) -> None:
    """Naming a folder as output would end in a traceback and leave a hidden file."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(OutputError):
        write_whole(tmp_path / "report.json", lambda path: path.write_text("new") and None)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_file_mode(tmp_path: Path) -> None:
    """Other users of a shared folder could not open the report."""
    write_whole(tmp_path / "new", lambda path: None)
    (tmp_path / "plain").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("lang", LANGUAGES)
def test_frames(lang: str) -> None:
    """Amounts in a notebook would be counts of cents, or lose cents, or be 0 where unknown."""
    result = Reconciliation(tables(lang), lang)
    cases = result.cases
    assert all(isinstance(value, Decimal) for value in cases["charged"])
    sums = cases[["fx_drift", "fee", "missing", "kept", "unexplained"]].sum(axis=1)
    assert (sums == cases["shortfall"]).all()
    assert str(result.transactions["amount"].iloc[0]) == "4845"
    assert None in set(result.transactions["original_amount"])
    assert all(isinstance(text, str) and text for text in cases["explanation"])
    assert "decimals" not in cases
    assert len(result.summary) == len(result.tables.summary)
    assert all(isinstance(text, str) for text in result.unlinked["reason"])
    assert len(result.cards) == len(result.tables.cards)
    assert len(result.rates) == len(result.tables.rates)


def test_frames_are_copies() -> None:
    """Playing with a frame in a notebook would change the report written afterwards."""
    result = Reconciliation(tables("en"), "en")
    before = result.to_json()
    for frame in (result.cards, result.rates, result.cases, result.transactions, result.summary):
        frame.iloc[:, 0] = None
    assert result.to_json() == before


def test_one_case() -> None:
    """A case could not be looked up by the id in the report."""
    result = Reconciliation(tables("en"), "en")
    first = result.cases.iloc[0]
    pd.testing.assert_series_equal(result.case(first["id"]), first)
    with pytest.raises(KeyError):
        result.case("none")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_shown_in_a_notebook(lang: str) -> None:
    """The last line of a notebook cell would show an object's address, or a traceback."""
    for found in (tables(lang), no_cases(lang)):
        result = Reconciliation(found, lang)
        assert "object at" not in repr(result)
        assert "<script>" not in result._repr_html_()


def test_python_call(tmp_path: Path) -> None:
    """`reconcile("statement.csv")` from the README would not work."""
    path = tmp_path / "statement.csv"
    path.write_text(STATEMENT, "utf-8")
    result = reconcile.reconcile(path, as_of=dt.date(2025, 6, 1), lang="en")
    assert result.cases["verdict"].tolist() == ["refunded"]
    assert len(reconcile.read(str(path))) == 3
    assert result.to_excel(tmp_path / "r.xlsx").is_file()
    text = result.to_json(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == json.loads(text)
    assert result.failed == []


def test_files_that_fail_beside_one_that_works(tmp_path: Path) -> None:
    """One unreadable file among twelve would stop the whole run, or vanish without a word."""
    (tmp_path / "a.csv").write_text(STATEMENT, "utf-8")
    (tmp_path / "b.csv").touch()
    result = reconcile.reconcile(tmp_path)
    assert [error.code for error in result.failed] == ["empty"]
    assert len(result.cases) == 1


def test_public_names() -> None:
    """A name that the documentation promises would not be there."""
    for name in reconcile.__all__:
        assert getattr(reconcile, name) is not None
    with pytest.raises(AttributeError):
        reconcile.nothing  # noqa: B018
