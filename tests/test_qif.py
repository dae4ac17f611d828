"""QIF: Quicken's own dates, and what becomes of every line that is no transaction."""

from pathlib import Path

import pytest
from reading import read_file

from reconcile.errors import InputError
from reconcile.readers import Reading, qif


def read(folder: Path, *lines: str) -> Reading:
    """What a QIF file of these lines holds."""
    path = folder / "a.qif"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return read_file(path)


def record(day: str, amount: str = "-10.00", payee: str = "ALIEXPRESS.COM") -> tuple[str, ...]:
    """The lines of a record."""
    return f"D{day}", f"T{amount}", f"P{payee}", "^"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1/13'26", "1/13/2026"),
        ("2/ 3'26", "2/3/2026"),
        ("2/ 3/26", "2/3/26"),
        ("1/13'2026", "1/13/2026"),
        ("1/ 1' 5", "1/1/2005"),
        ("12/31'99", "12/31/1999"),
        ("13. 1.26", "13.1.26"),
        ("2026-01-13", "2026-01-13"),
        ("13 Jan '26", "13 Jan '26"),
    ],
)
def test_dates_as_quicken_writes_them(text: str, plain: str) -> None:
    """A year behind an apostrophe, or a day padded with a blank, would be no date."""
    assert qif.day(text) == plain


@pytest.mark.parametrize("days", [("1/13'26", "2/ 3'26"), ("1/13'2026", "2/3'2026")])
def test_a_quicken_file_is_read(days: tuple[str, str], tmp_path: Path) -> None:
    """Every export of Quicken's own would be refused."""
    lines = [line for day in days for line in record(day)]
    frame, source = read(tmp_path, "!Type:CCard", *lines)
    read_as = frame["transaction_date"].dt.strftime("%Y-%m-%d").tolist()
    assert read_as == ["2026-01-13", "2026-02-03"]
    assert source.rejected == []


def test_empty_lines_inside_a_record(tmp_path: Path) -> None:
    """A file whose line ends were doubled on the way would end in a traceback."""
    lines = [each for line in record("13/01/2026") for each in (line, "", "")]
    frame, source = read(tmp_path, "!Type:CCard", *lines)
    assert frame["amount"].tolist() == [1000]
    assert not source.rejected


def test_lines_of_other_sections_are_no_transactions(tmp_path: Path) -> None:
    """Lists of categories would be counted as lines of movements that the report does not show."""
    other = ["!Option:MDY", "!Type:Cat", "NShopping", "DAll of it", "^", "!Clear:AutoSwitch"]
    more = ["!Type:Invst", "D01/15/2021", "NBuy", "T550.00", "^", ""]
    lines = [*other, "!Type:Bank ", *record("02/13/2026"), "", *more]
    frame, source = read(tmp_path, *lines)
    assert frame["line"].tolist() == [8]
    assert source.lines == {
        "header": 5, "list": 3, "transaction": 4, "investment": 4, "blank": 2,
    }  # fmt: skip
    assert [note.code for note in source.notes if "invest" in note.code] == ["note.investments"]


@pytest.mark.parametrize("said", [("!Type:Invst", "D01/15/2021", "^"), ("!Option:MDY",)])
def test_what_a_file_says_elsewhere_of_its_dates_counts(
    said: tuple[str, ...], tmp_path: Path
) -> None:
    """`02/01` would be the second of January, though the file shows that months come first."""
    for lines in ([*said, "!Type:CCard", *record("02/01/2026")],
                  ["!Type:CCard", *record("02/01/2026"), *said]):  # fmt: skip
        frame, source = read(tmp_path, *lines)
        assert frame["transaction_date"].dt.month.tolist() == [2]
        assert not any(note.code.startswith("guess.day") for note in source.notes)


def test_a_section_without_records_is_an_empty_month(tmp_path: Path) -> None:
    """A card without a purchase this month would be an error, or investments its purchases."""
    frame, source = read(tmp_path, "!Type:CCard", "!Type:Invst", "D1/13/26", "T3.00", "^")
    assert len(frame) == 0
    assert "note.no_rows" in [note.code for note in source.notes]


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        (["!Type:CCard", *record("Thursday"), *record("Friday")], "qif_rows", 2),
        (["!Type:CCard", "PSHOP", "D1/13/26", "Tfive", "^"], "qif_rows", 4),
        (["!Type:CCard", "PSHOP", "T5.00", "^"], "qif_rows", 2),
        (["!Type:CCard", "so far", "so good", "^"], "qif_mixed", 2),
        (["!Type:Invst", "D1/13/26", "T3.00", "^"], "qif_no_account", None),
    ],
)
def test_what_cannot_be_read_is_shown(
    lines: list[str], code: str, line: int | None, tmp_path: Path
) -> None:
    """The message would speak of columns, which a QIF file does not have."""
    with pytest.raises(InputError) as told:
        read(tmp_path, *lines)
    assert told.value.code == code
    assert told.value.params.get("line") == line
