"""Text from statements, and names of files, stay text in everything that is written."""

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from reconcile.cli import main

EVIL = (
    '=HYPERLINK("http://evil.example";"x") ALIEXPRESS.COM', "+1+cmd|' /C calc'!A0 ALIEXPRESS.COM",
    "-2+3 ALIEXPRESS.COM", "@SUM(A1) ALIEXPRESS.COM", "＝１＋１ ALIEXPRESS.COM",
    "<script>alert(1)</script> ALIEXPRESS.COM", "[bold]x[/bold] ALIEXPRESS.COM",
    "\x1b[31mred ALIEXPRESS.COM", "\u202egpj.exe ALIEXPRESS.COM", "a\nBEGIN:VALARM ALIEXPRESS.COM",
    "ALIEXPRESS.COM \\n; {0} {file} %s", "ALIEXPRESS.COM ]]> --> */",
)  # fmt: skip
NAMES = (
    "=cmd|' A0.csv", "line\nbreak.csv", "\u202evsc.csv", "<img src=x onerror=alert(1)>.csv",
    "[red]x[.csv", "\x1b[31mred.csv", "{file}{0}.csv", "-o.csv", "@SUM(A1).csv", "\"q\" 'q'.csv",
)  # fmt: skip


def statement() -> str:
    """A statement of hostile descriptors, one charge and one smaller refund of each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Date", "Description", "Amount", "Currency"])
    for number, text in enumerate(EVIL, 1):
        writer.writerow([f"2025-03-{number:02}", text, f"{10 * number}.17", "USD"])
        writer.writerow([f"2025-04-{number:02}", text, f"-{10 * number}.17", "USD"])
    return out.getvalue()


def run(folder: Path, name: str) -> tuple[Path, str]:
    """All reports of a statement under a name, and what the command printed."""
    (folder / name).write_text(statement(), "utf-8")
    out = folder / "out"
    out.mkdir()
    (folder / "orders.csv").write_text(
        "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
        "=1+2,2025-03-01,USD,55.55,Refunded,55.55,2025-03-05\n", "utf-8",
    )  # fmt: skip
    done = CliRunner().invoke(main, [
        "--lang", "en", "--as-of", "2026-11-23", "-v", "--all-rows", "--orders",
        str(folder / "orders.csv"), "-o", str(out / "r.xlsx"), "--json", str(out / "r.json"),
        "--html", str(out / "r.html"), "--calendar", str(out / "r.ics"), "--journal",
        str(out / "r.csv"), "--messages", str(out / "letters"), "--", str(folder / name),
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    return out, done.output


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The reports of the hostile statement, and what was printed."""
    return run(tmp_path_factory.mktemp("injection"), "a.csv")


def no_formula(out: Path) -> None:
    """Every formula of the workbook is the program's own: it mentions nothing of a file's."""
    book = openpyxl.load_workbook(out / "r.xlsx")
    seen = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    seen += 1
                    text = str(cell.value)
                    for part in ("cmd", "evil", "SUM(A1)", "1+2", "2+3"):
                        assert part not in text, (sheet.title, cell.coordinate, text)
    assert seen


def test_workbook(written: tuple[Path, str]) -> None:
    """A descriptor would run as a formula when the workbook is opened."""
    no_formula(written[0])


def test_journal(written: tuple[Path, str]) -> None:
    """A descriptor would run as a formula when the journal is opened as a table."""
    text = (written[0] / "r.csv").read_text("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            number = cell.lstrip("+-").replace(".", "", 1).isdigit()
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), cell


def test_page(written: tuple[Path, str]) -> None:
    """A descriptor would run as a script when the page is opened."""
    text = (written[0] / "r.html").read_text("utf-8")
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_calendar(written: tuple[Path, str]) -> None:
    """A descriptor would add alarms of its own to the calendar."""
    data = (written[0] / "r.ics").read_bytes()
    lines = data.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT")
    assert not any(line.startswith(b"BEGIN:VALARM ALI") for line in lines)


def test_letters_and_json(written: tuple[Path, str]) -> None:
    """A control character would change what a terminal or a mail program shows."""
    texts = [path.read_text("utf-8") for path in sorted((written[0] / "letters").glob("*"))]
    texts.append((written[0] / "r.json").read_text("utf-8"))
    assert not any("\x1b" in text for text in texts)
    assert len(json.loads(texts[-1])["transactions"]) == 2 * len(EVIL)


def test_terminal(written: tuple[Path, str]) -> None:
    """A descriptor would colour, hide or overwrite what the terminal shows."""
    assert "\x1b[31m" not in written[1]
    assert "\u202e" not in written[1]


@pytest.mark.parametrize("name", NAMES)
def test_file_names(name: str, tmp_path: Path) -> None:
    """A file from a stranger, named to do harm, would do it in the report or the terminal."""
    out, printed = run(tmp_path, name)
    no_formula(out)
    assert "\x1b[31m" not in printed
    assert "\u202e" not in printed
    assert "<img src=x onerror" not in (out / "r.html").read_text("utf-8")
    assert json.loads((out / "r.json").read_text("utf-8"))["sources"]
