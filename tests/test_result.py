"""The result in Python, and files that are written whole or not at all."""

import datetime as dt
import gc
import html
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from fabricated import no_cases, tables

import reconcile
from reconcile.errors import InputError, OutputError, SettingsError
from reconcile.ledger import COLUMNS
from reconcile.redact import redacted
from reconcile.result import Reconciliation
from reconcile.settings import Card
from reconcile.text import LANGUAGES, say
from reconcile.writing import write_bytes, write_whole

SAMPLES = Path(__file__).parents[1] / "sample_statements"
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


def test_a_report_that_others_may_not_read_stays_so(tmp_path: Path) -> None:
    """Whoever closed a report to others would find it open again after the next run."""
    target = tmp_path / "report.json"
    target.touch(0o600)
    write_bytes(target, b"new")
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_disk_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report on a memory stick would be called not written though it stands there."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    write_bytes(tmp_path / "report.json", b"new")
    assert (tmp_path / "report.json").read_bytes() == b"new"


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
    coded = replace(result.tables, transactions=result.tables.transactions.astype(
        {"description": "category", "merchant": "category"}
    ))  # fmt: skip
    assert Reconciliation(coded, lang).transactions.equals(result.transactions)
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
    case = result.case(first["id"])
    pd.testing.assert_series_equal(case.fields, first)
    assert case.charged == case["charged"] == first["charged"]
    assert case.transactions["id"].tolist() == [
        *first["charges"],
        *first["fees"],
        *first["refunds"],
    ]
    with pytest.raises(AttributeError):
        case.nothing  # noqa: B018
    with pytest.raises(KeyError):
        result.case("none")


def test_categoricals_reach_every_report(tmp_path: Path) -> None:
    """A long statement would end in an error after all was found, one without currency at the
    least.
    """
    plain = tables("en")
    for told in (plain.transactions, plain.transactions.assign(currency=None, merchant=None)):
        names = [name for name, (dtype, _) in COLUMNS.items() if dtype == "str" and name != "id"]
        coded = told.astype(dict.fromkeys(names, "category"))
        found = [replace(plain, transactions=some) for some in (told, coded)]
        texts = []
        for one in (*found, *(redacted(one, b"key") for one in found)):
            result = Reconciliation(one, "en")
            result.to_workbook(tmp_path / "r.xlsx", all_rows=True)
            page = result.to_html(tmp_path / "r.html", all_rows=True).read_text("utf-8")
            journal = result.to_journal(tmp_path / "r.csv").read_text("utf-8")
            texts.append((result.to_json(), page, journal))
        assert texts[0] == texts[1]
        assert texts[2] == texts[3]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_case_shown_in_a_notebook(lang: str) -> None:
    """A case would be shown as an object's address, or a shop's name would run as a script."""
    found = tables(lang)
    found.transactions["description"] = "<script>alert(1)</script>"
    result = Reconciliation(found, lang)
    for case_id in result.cases["id"]:
        case = result.case(case_id)
        verdict = say(f"verdict.{case.verdict}", lang)
        shown = case._repr_html_()
        assert "<script" not in shown
        for told in (verdict, case.explanation, case.next_text, *case.evidence):
            assert told in repr(case)
            assert html.escape(told) in shown
        assert "object at" not in repr(case)


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


@pytest.mark.parametrize(
    "options",
    [
        {"fee": 0.03, "refund_mode": "kept"},
        {"as_of": dt.date(2026, 10, 1)},
        {"orders": None, "issuer": "rakuten"},
        {"expect": "2026-08-20 12.00 USD", "lang": "ja"},
        {"cards": {"…5678": Card(fee=0.01)}},
        {"decisions": "decisions.csv"},
        {"rates": "rates.csv"},
    ],
    ids=lambda options: "-".join(options),
)
def test_relink_is_a_run_with_these_settings(options: dict[str, Any], tmp_path: Path) -> None:
    """A what-if in a notebook would show something else than a run with those settings."""
    statement = shutil.copy(SAMPLES / "plain" / "jpy-card-with-originals.csv", tmp_path)
    given: dict[str, Any] = {
        "orders": SAMPLES / "orders.csv", "as_of": dt.date(2026, 11, 23), "lang": "en"
    }  # fmt: skip
    first = reconcile.reconcile(statement, **given)
    before = first.to_json()
    if "decisions" in options:
        path = tmp_path / "decisions.csv"
        path.write_text(f"case,decision\n{first.cases['id'].iloc[0]},not due\n", "utf-8")
        options = {"decisions": str(path)}
    if "rates" in options:
        path = tmp_path / "rates.csv"
        days = pd.date_range("2026-07-01", "2026-11-20")
        days = "\n".join(f"{day:%Y-%m-%d},USD,JPY,150.0" for day in days)
        path.write_text(f"date,base,quote,rate\n{days}\n", "utf-8")
        options = {"rates": str(path)}
    wanted = reconcile.reconcile(statement, **{**given, **options}).to_json()
    # The statement is not there to be read a second time.
    Path(statement).unlink()
    changed = first.relink(**options)
    assert changed.to_json() == wanted != before
    assert first.to_json() == before
    assert changed.relink(**{**dict.fromkeys(options), **given}).to_json() == before


def test_relink_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    """A setting for reading would be taken without a word and change nothing."""
    path = tmp_path / "statement.csv"
    path.write_text(STATEMENT, "utf-8")
    result = reconcile.reconcile(path)
    for options, code in (
        ({"currency": "EUR"}, "relink_reading"),
        ({"encoding": "cp932"}, "relink_reading"),
        ({"nothing": 1}, "argument"),
        ({"fee": 7}, "fee_fraction"),
    ):
        with pytest.raises(SettingsError) as caught:
            result.relink(**options)
        assert caught.value.code == code
    with pytest.raises(SettingsError, match="relink_nothing"):
        Reconciliation(tables("en"), "en").relink(fee=0.02)


@pytest.mark.parametrize("call", [reconcile.reconcile, reconcile.read])
def test_every_error_of_a_call_is_one_of_ours(
    call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that catches `ReconcileError` would end in a traceback all the same."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "statement.csv").write_text(STATEMENT, "utf-8")
    for given in (None, b"statement.csv", 5, ["statement.csv", None], {"statement.csv": 1}):
        with pytest.raises(InputError, match="statement_type") as caught:
            call(given)
        for lang in LANGUAGES:
            assert say("error.statement_type", lang, **caught.value.params)
    # An empty name is not the folder that one is in.
    with pytest.raises(InputError, match="nothing_named"):
        call("")
    with pytest.raises(InputError, match="unreadable"):
        call("x" * 5000)
    with pytest.raises(SettingsError, match="setting_type"):
        call("statement.csv", settings=5)
    with pytest.raises(SettingsError, match="setting_type"):
        call("statement.csv", orders=pd.DataFrame())
    assert str(call(Path(name) for name in ["statement.csv"])) == str(call("statement.csv"))


def test_no_report_over_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped name in Python would destroy the statement, or the orders written by hand."""
    monkeypatch.chdir(tmp_path)
    statement, orders = tmp_path / "statement.csv", tmp_path / "orders.csv"
    statement.write_text(STATEMENT, "utf-8")
    orders.write_text("order_id,order_date,currency,total\n1,2025-03-10,USD,48.45\n", "utf-8")
    result = reconcile.reconcile("statement.csv")
    later = result.relink(orders="orders.csv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    before = statement.read_bytes(), orders.read_bytes()
    for one, path in ((result, statement), (later, statement), (later, orders)):
        for write in (
            one.to_excel, one.to_workbook, one.to_html, one.to_json, one.to_journal,
            one.to_calendar,
        ):  # fmt: skip
            with pytest.raises(SettingsError, match="output_is_input"):
                write(path)
    assert (statement.read_bytes(), orders.read_bytes()) == before
    assert result.to_html(tmp_path / "report.html").is_file()
    assert result.to_html(tmp_path / "report.html").is_file()


def test_errors_speak() -> None:
    """A Python user would read `layout_none: file=…` instead of what to do about it."""
    with pytest.raises(reconcile.InputError, match="no such file"):
        raise reconcile.InputError("no_file", file="a.csv")
    group = reconcile.ErrorGroup((reconcile.InputError("no_file", file="a.csv"),) * 2)
    assert str(group).count("a.csv: there is no such file. [no_file]") == 2


def test_public_names() -> None:
    """A name that the documentation promises would not be there."""
    for name in reconcile.__all__:
        assert getattr(reconcile, name) is not None
    with pytest.raises(AttributeError):
        reconcile.nothing  # noqa: B018


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    """A report to /dev/stdout or /dev/null would, for root, put a file in the device's place."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    got: list[str] = []
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    reader = Thread(target=lambda: got.append(pipe.read_text("utf-8")))
    reader.start()
    write_whole(link, lambda path: _fill(path, "all of it"))
    reader.join(10)
    assert got == ["all of it"]
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A report that is kept elsewhere through a link would no longer reach that place."""
    kept, link = tmp_path / "kept.json", tmp_path / "link.json"
    link.symlink_to(kept)
    write_whole(link, lambda path: _fill(path, "new"))
    assert link.is_symlink()
    assert kept.read_text("utf-8") == "new"


def _fill(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


class _Named:
    """A path of another library: all that it has in common with pathlib's is its text."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


def test_any_kind_of_path_names_a_statement(tmp_path: Path) -> None:
    """What `os.scandir` or another library calls a file would be taken for a list."""
    path = tmp_path / "statement.csv"
    path.write_text(STATEMENT, "utf-8")
    wanted = reconcile.read(path)
    with os.scandir(tmp_path) as inside:
        entry = next(inside)
    for same in (_Named(path), entry, [_Named(path)]):
        pd.testing.assert_frame_equal(reconcile.read(same), wanted)


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_left_as_it_was(tmp_path: Path, on: bool) -> None:
    """A caller's process would grow for ever after one call, or lose its own setting."""
    path = tmp_path / "statement.csv"
    path.write_text(STATEMENT, "utf-8")
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        reconcile.reconcile(path)
        assert gc.isenabled() == on
        with pytest.raises(reconcile.ReconcileError):
            reconcile.read(tmp_path / "absent.csv")
        assert gc.isenabled() == on
    finally:
        (gc.enable if was else gc.disable)()
