"""QIF: Quicken's own dates, and what becomes of every line that is no transaction."""

import time
from pathlib import Path

import pytest
from reading import read_file

import reconcile
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


def account(name: str, kind: str) -> tuple[str, ...]:
    """The lines that say whose the records below them are."""
    return "!Account", f"N{name}", f"T{kind}", "^", f"!Type:{kind}"


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


def test_accounts_of_one_file_are_kept_apart(tmp_path: Path) -> None:
    """A charge on one card would be linked with a refund on another, and nothing said of it."""
    charge = record("10/02/2025", "-45.10")
    refund = (*record("10/12/2025", "45.10"), *record("10/22/2025", "-3.10", "SHOP"))
    lines = [*account("Checking", "Bank"), *charge, *account("Visa", "CCard"), *refund]
    frame, source = read(tmp_path, *lines)
    assert frame["account_key"].tolist() == ["Checking", "Visa", "Visa"]
    assert not source.rejected
    (note,) = [note for note in source.notes if note.code == "note.qif_accounts"]
    assert note.params == {"names": ["Checking", "Visa"]}
    found = reconcile.reconcile(tmp_path / "a.qif", as_of="2025-12-01", currency="USD")
    assert found.transactions["account"].tolist() == ["qif", "qif#2", "qif#2"]
    assert found.cases.empty


def test_accounts_with_digits_are_named_by_them(tmp_path: Path) -> None:
    """A card would not be known for that of which the bank's own export tells."""
    lines = [*account("Visa 1234", "CCard"), *record("10/02/2025"),
             *account("Checking ...9876", "Bank"), *record("10/03/2025")]  # fmt: skip
    read(tmp_path, *lines)
    assert reconcile.read(tmp_path / "a.qif")["account"].tolist() == ["…1234", "…9876"]


def test_a_file_of_one_account_has_its_name(tmp_path: Path) -> None:
    """A card exported alone and with others would be two cards, its movements counted twice; a list
    of all accounts, which Quicken writes first, would be taken for accounts of the records."""
    every = ["!Option:AutoSwitch", "!Account", "NChecking", "TBank", "^", "NVisa", "TCCard",
             "^", "!Clear:AutoSwitch"]  # fmt: skip
    rows = [*record("10/02/2025"), *record("10/22/2025", "-3.10", "SHOP")]
    seen = []
    for above, name in (
        (["!Type:CCard"], ""),
        ([*every, "!Type:CCard"], ""),
        (account("Visa", "CCard"), "Visa"),
        ([*every, *account("Visa", "CCard")], "Visa"),
        ([*account("Visa", "CCard"), "!Type:Cat", "NFood", "^", "!Type:CCard"], "Visa"),
        ([*account("Broker", "Invst"), "D10/02/2025", "^", *account("Visa", "CCard")], "Visa"),
    ):
        frame, source = read(tmp_path, *above, *rows)
        assert "note.qif_accounts" not in [note.code for note in source.notes]
        assert frame["account_key"].fillna("").tolist() == [name, name]
        book = reconcile.read(tmp_path / "a.qif")
        assert book["account"].unique().tolist() == ["qif"]
        seen.append(book["id"].tolist())
    assert seen == seen[:1] * len(seen)


def test_a_card_alone_and_among_others_is_one_card(tmp_path: Path) -> None:
    """Its charges would count twice, once for each export."""
    visa = [*account("Visa", "CCard"), *record("10/02/2025"), *record("10/22/2025", "10.00")]
    lines = [*visa, *account("Checking", "Bank"), *record("10/03/2025", "-7.00", "SHOP")]
    (tmp_path / "card.qif").write_text("\n".join(visa) + "\n", "utf-8")
    (tmp_path / "all.qif").write_text("\n".join(lines) + "\n", "utf-8")
    assert len(reconcile.read(tmp_path)) == 3


def test_a_list_between_accounts_says_nothing_of_their_records(tmp_path: Path) -> None:
    """Records would be of the last account that a list names, or of a category."""
    lists = ["!Type:Cat", "NFood", "DAll", "^", "!Account", "NChecking", "^", "NCash", "^"]
    lines = [*lists, *account("Visa", "CCard"), *record("10/02/2025"), "!Type:Class", "NHome", "^",
             *account("Gold", "CCard"), *record("10/03/2025")]  # fmt: skip
    frame, source = read(tmp_path, *lines)
    assert frame["account_key"].tolist() == ["Visa", "Gold"]
    assert sum(source.lines.values()) == len(lines)


def test_investments_between_records_take_no_time(tmp_path: Path) -> None:
    """A file of half a megabyte, of card and investments by turns, would take long."""
    invested = ("!Type:Invst", "D01/15/2021", "NBuy", "T550.00", "^", "!Type:CCard")
    lines = (*invested, *record("02/13/2026")) * 8000
    start = time.perf_counter()
    frame, _ = read(tmp_path, "!Type:CCard", *lines)
    assert len(frame) == 8000
    # About a second; with the whole text split for each stretch, twenty.
    assert time.perf_counter() - start < 8


def test_a_file_that_lost_its_header_is_read(tmp_path: Path) -> None:
    """Some programs write the records alone; the first of them is no header."""
    lines = [*record("11/ 9'16"), "D11/19'16", "U10.00", "T10.00", "PALIEXPRESS.COM", "LShop", "^"]
    frame, source = read(tmp_path, *lines)
    assert frame["amount"].tolist() == [1000, -1000]
    assert frame["transaction_date"].dt.day.tolist() == [9, 19]
    assert source.rejected == []
