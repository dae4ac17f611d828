"""The workbook, the page, the console and the JSON tell the same of every case of every sample."""

import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from bs4 import BeautifulSoup, Tag
from golden import AS_OF, SAMPLES, samples
from openpyxl import load_workbook
from rich.console import Console

from reconcile import reconcile
from reconcile.report import console
from reconcile.result import Reconciliation
from reconcile.text import LANGUAGES, say

# What an amount looks like in a report: everything but digits, the decimal sign and the minus.
_NO_NUMBER = re.compile(r"[^\d.-]")


class Told(NamedTuple):
    """What a report says of one case."""

    verdict: str
    charged: str
    refunded: str
    shortfall: str
    step: str
    deadline: str


class ToDo(NamedTuple):
    """What a report says is to be done, or waited for."""

    step: str
    deadline: str


@pytest.fixture(scope="module", params=LANGUAGES)
def result(request: pytest.FixtureRequest) -> Reconciliation:
    """Every sample statement in one run, with the orders of one of them."""
    found = reconcile(*samples(), orders=SAMPLES / "orders.csv", as_of=AS_OF, lang=request.param)
    assert found.failed == []
    return found


@pytest.fixture
def from_json(result: Reconciliation) -> dict[str, Told]:
    """The cases of the JSON by id: the contract, with which the others are compared."""
    found = {}
    for case in json.loads(result.to_json())["cases"]:
        # A review without consequence is shown as what it comes to.
        open_ = case["verdict"] != "review" or case["next_step"]["code"] != "none"
        shown = case["verdict"] if open_ else "settled"
        found[case["id"]] = Told(
            say(f"verdict.{shown}", result.lang), case["charged"], case["refunded"],
            case["shortfall"], _plain(case["next_step"]["text"]),
            case["next_step"]["deadline"] or "",
        )  # fmt: skip
    assert len(found) > 40
    assert len({told.verdict for told in found.values()}) >= 6
    return found


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _number(shown: str) -> str:
    """An amount as the JSON has it: `¥4,845` as `4845`."""
    return _NO_NUMBER.sub("", shown)


def _same_number(shown: str, wanted: str) -> bool:
    """Whether two decimal texts are the same number, `48.4` and `48.40`."""
    return float(shown) == float(wanted)


def _agree(found: dict[str, Told], wanted: dict[str, Told]) -> None:
    """Verdict, amounts, step and deadline of every case are the same."""
    assert found.keys() == wanted.keys()
    for name, told in found.items():
        one = wanted[name]
        assert (told.verdict, told.step, told.deadline) == (one.verdict, one.step, one.deadline)
        for shown, exact in zip(told[1:4], one[1:4], strict=True):
            assert _same_number(shown, exact), (name, told, one)


def _open(result: Reconciliation, wanted: dict[str, Told]) -> dict[str, ToDo]:
    """What is to be done or waited for, as the cases say it."""
    steps = dict(zip(result.cases["id"], result.cases["next_step"], strict=True))
    verdicts = dict(zip(result.cases["id"], result.cases["verdict"], strict=True))
    return {
        name: ToDo(told.step, told.deadline)
        for name, told in wanted.items()
        if steps[name] != "none" or verdicts[name] == "waiting"
    }


def _sheet(path: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a sheet by their headers."""
    rows = load_workbook(path)[name].iter_rows(values_only=True)
    header = next(rows)
    for row in rows:
        yield dict(zip(header, row, strict=True))


def _day(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, dt.datetime) else str(value or "")


def test_workbook(result: Reconciliation, from_json: dict[str, Told], tmp_path: Path) -> None:
    """The workbook would tell a shopper another amount, or another day, than the JSON."""
    path = result.to_excel(tmp_path / "r.xlsx")

    def head(code: str) -> str:
        return say(code, result.lang)

    found = {}
    for row in _sheet(path, head("sheet.refunds")):
        charged, refunded = (row[head(f"field.{name}")] for name in ("charged", "refunded"))
        found[row[head("field.id")]] = Told(
            row[head("field.verdict")], str(charged), str(refunded),
            str(round(charged - refunded, 4)),
            _plain(row[head("field.next_step")]), _day(row[head("field.deadline")]),
        )  # fmt: skip
    _agree(found, from_json)
    todo = {
        row[head("field.id")]: ToDo(
            _plain(row[head("field.next_step")]), _day(row[head("field.deadline")])
        )
        for row in _sheet(path, head("sheet.todo"))
    }
    assert todo == _open(result, from_json)


def _table(page: BeautifulSoup, name: str) -> Iterator[dict[str, str]]:
    """The rows of a table of the page by their headers."""
    table = page.find("table", id=name)
    assert isinstance(table, Tag)
    header = [str(cell["data-label"]) for cell in table.select("thead th")]
    for row in table.select("tbody tr"):
        cells = [cell.get_text() for cell in row.find_all("td")]
        yield dict(zip(header, cells, strict=True))


def test_page(result: Reconciliation, from_json: dict[str, Told], tmp_path: Path) -> None:
    """The page would tell a shopper something else than the JSON."""
    content = result.to_html(tmp_path / "r.html").read_text("utf-8")
    page = BeautifulSoup(content, "html.parser")

    def head(code: str) -> str:
        return say(code, result.lang)

    found = {
        row[head("field.id")]: Told(
            row[head("field.verdict")],
            *(_number(row[head(f"field.{name}")]) for name in ("charged", "refunded", "shortfall")),
            _plain(row[head("field.next_step")]), row[head("field.deadline")],
        )
        for row in _table(page, "refunds-table")
    }  # fmt: skip
    _agree(found, from_json)
    todo = {
        row[head("field.id")]: ToDo(
            _plain(row[head("field.next_step")]), row[head("field.deadline")]
        )
        for row in _table(page, "todo-table")
    }
    assert todo == _open(result, from_json)


def test_console(result: Reconciliation, from_json: dict[str, Told]) -> None:
    """The command would say something else than the report it has just written."""
    out = Console(file=io.StringIO(), width=200, force_terminal=False)
    console.render(result.tables, result.lang, out, [], verbose=1)
    lines = out.file.getvalue().splitlines()  # type: ignore[attr-defined]
    wanted = list(from_json.values())
    names = ("date", "charged", "refunded", "shortfall", "verdict", "confidence")
    shape = re.escape(
        say("console.plain_case", result.lang, **{name: f"@{name}@" for name in names})
    )
    for name in names:
        shape = shape.replace(f"@{name}@", f"(?P<{name}>.*?)")
    pattern = re.compile(rf"\d+\. {shape} ")
    seen = [match for line in lines if (match := pattern.match(line))]
    assert len(seen) == len(wanted)
    parts = ("charged", "refunded", "shortfall")
    told = sorted((m["verdict"], *(float(_number(m[part])) for part in parts)) for m in seen)
    assert told == sorted((one[0], *(float(n) for n in one[1:4])) for one in wanted)
    text = "\n".join(lines)
    waits = {case.next_text for case in result.cases.itertuples() if "wait" in case.next_step}
    for one in _open(result, from_json).values():
        assert one.step in text
        if one.deadline:
            day = dt.date.fromisoformat(one.deadline)
            # To wait is nothing to do by a day; the step itself says how long.
            until = say("console.until", result.lang, day=day, step=one.step)
            assert (until in text) != (one.step in {_plain(step) for step in waits})


def test_the_answer_is_the_same_everywhere(result: Reconciliation, tmp_path: Path) -> None:
    """The first lines of two reports would give two answers to whether money is missing."""
    out = Console(file=io.StringIO(), width=400, force_terminal=False)
    console.render(result.tables, result.lang, out, [])
    answer, owed = out.file.getvalue().splitlines()[:2]  # type: ignore[attr-defined]
    page = result.to_html(tmp_path / "r.html").read_text("utf-8")
    sheet = load_workbook(result.to_excel(tmp_path / "r.xlsx")).worksheets[0]
    assert [sheet["A2"].value, sheet["A3"].value] == [answer, owed]
    assert answer in page
    assert owed in page
    assert owed in result._repr_html_()
    summary = json.loads(result.to_json())["summary"]
    assert summary
    for one in summary:
        for name in ("not_returned", "waiting"):
            if float(one[name]):
                assert one[name] in owed.replace(",", "")
