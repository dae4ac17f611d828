"""Statements that a spreadsheet saved anew: other delimiters, quotes, dates, empty cells."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

from reconcile import layout
from reconcile.ledger import Source

SAMPLES = Path(__file__).parents[1] / "sample_statements"
SMBC, SAISON, SONY = "smbc/202604.csv", "saison/SAISON_2605.csv", "sony-bank/FutsuRireki.tsv"
TOLD = ["amount", "currency", "transaction_date", "description", "original_amount", "account_key"]


def text_of(name: str) -> str:
    """A sample as text."""
    data = (SAMPLES / name).read_bytes()
    return data.decode("utf-8-sig" if name == SONY else "cp932").replace("\r\n", "\n")


def saved(text: str, before: str, after: str, *, filled: bool = False) -> str:
    """A text as a spreadsheet writes it, with another delimiter and perhaps all rows as wide."""
    rows = list(csv.reader(text.splitlines(), delimiter=before))
    width = max(map(len, rows)) if filled else 0
    out = io.StringIO()
    writer = csv.writer(out, delimiter=after, lineterminator="\n")
    writer.writerows(row + [""] * (width - len(row)) for row in rows)
    return out.getvalue()


def read(path: Path, name: str | None = None) -> tuple[pd.DataFrame, Source]:
    """A statement as ledger rows, perhaps with a layout asked for."""
    return read_file(path, layout.shipped(), layout=name)


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(
    ("name", "after", "filled"),
    [(SMBC, ";", False), (SMBC, "\t", True), (SAISON, ",", True), (SAISON, ";", True),
     (SONY, ",", True), (SONY, ";", False)],
)  # fmt: skip
def test_a_statement_saved_anew_is_read_as_before(
    name: str, after: str, filled: bool, asked: bool, tmp_path: Path
) -> None:
    """Who looked at the file in a spreadsheet would be told that its columns are not there."""
    expected, source = read(SAMPLES / name)
    path = tmp_path / Path(name).with_suffix(".csv").name
    again = saved(text_of(name), "\t" if name == SONY else ",", after, filled=filled)
    path.write_text(again, "utf-8")
    found, other = read(path, source.layout if asked else None)
    assert other.layout == source.layout
    pd.testing.assert_frame_equal(
        found[TOLD], expected[TOLD], check_categorical=False, check_dtype=False
    )
    assert not other.rejected


def test_quotes_that_a_spreadsheet_put_round_amounts_are_quotes(tmp_path: Path) -> None:
    """Quoted amounts of a bank that quotes nothing would be torn at their comma."""
    expected, _ = read(SAMPLES / SMBC)
    path = tmp_path / "202604.csv"
    path.write_text(re.sub(r",(-?\d)(\d{3})(?=,)", r',"\1,\2"', text_of(SMBC)), "cp932")
    found, source = read(path)
    assert found["amount"].tolist() == expected["amount"].tolist()
    assert not source.rejected


def test_a_bare_quote_of_a_bank_that_quotes_nothing_stays_one(tmp_path: Path) -> None:
    """A sign for inches in a shop's name would swallow the cells behind it."""
    expected, _ = read(SAMPLES / SMBC)
    path = tmp_path / "202604.csv"
    name = expected["description"].iloc[1]
    path.write_text(text_of(SMBC).replace(f",{name},", f',"5" {name},', 1), "cp932")
    found, _ = read(path)
    assert found["amount"].tolist() == expected["amount"].tolist()
    assert found["description"].iloc[1] == f'"5" {name}'


def chase(days: str) -> str:
    """A Chase export with other days: MM/DD/YYYY as the bank prints them become `days`."""
    text = next((SAMPLES / "chase").glob("*.CSV")).read_text("utf-8")
    return re.sub(r"(\d\d)/(\d\d)/(\d{4})", days, text)


@pytest.mark.parametrize("days", [r"\3-\1-\2", r"\3/\1/\2"])
def test_days_that_a_spreadsheet_turned_year_first_are_read(days: str, tmp_path: Path) -> None:
    """Every row of the statement would be refused for days that can be read in one way only."""
    expected, source = read(next((SAMPLES / "chase").glob("*.CSV")))
    path = tmp_path / source.file
    path.write_text(chase(days), "utf-8")
    found, other = read(path)
    assert (other.layout, other.rejected) == (source.layout, [])
    for name in ("transaction_date", "posted_date", "amount"):
        assert found[name].tolist() == expected[name].tolist()
    assert "layout.year_first" in {note.code for note in other.notes}


def test_days_without_their_zeros_are_read_where_the_year_stands_first(tmp_path: Path) -> None:
    """2025/3/3 for 2025-03-03 would cost the user every row."""
    sample = next((SAMPLES / "n26").glob("*.csv"))
    expected, source = read(sample)
    text = sample.read_text("utf-8-sig")
    path = tmp_path / sample.name
    path.write_text(re.sub(r"(\d{4})-0?(\d+)-0?(\d+)", r"\1/\2/\3", text), "utf-8")
    found, other = read(path)
    assert other.layout == source.layout
    assert found["transaction_date"].tolist() == expected["transaction_date"].tolist()
    assert "layout.year_first" not in {note.code for note in other.notes}


def test_days_of_two_orders_in_one_file_are_not_trusted(tmp_path: Path) -> None:
    """What a program could take for a day it may have turned round: March 4 for April 3."""
    head, *rows = chase(r"\1/\2/\3").splitlines()
    rows[0] = re.sub(r"(\d\d)/(\d\d)/(\d{4})", r"\3-\2-\1", rows[0])
    path = tmp_path / "Chase1234_Activity.CSV"
    path.write_text("\n".join((head, *rows)), "utf-8")
    _, source = read(path)
    assert [(bad.line, bad.reason.code) for bad in source.rejected] == [(2, "reason.date")]


def test_columns_that_a_user_moved(tmp_path: Path) -> None:
    """A statement with a column put in front would be refused: its layout mends rows that are
    wider than the bank's.
    """
    path = tmp_path / "SAISON_2605.csv"
    path.write_text(
        "表1,,,,,,,\n,利用日,利用金額,ご利用店名及び商品名,支払区分名称,,備考,本人・家族区分\n"
        ',2026/06/11,"4,184",スーパー,1回,,,本人\n,2026/06/15,"2,999",ＡＬＩＥＸＰＲＥＳＳ,1回,,,本人\n'
        ',2026/07/07,"△2,999",ＡＬＩＥＸＰＲＥＳＳ,1回,,,本人\n',
        "utf-8",
    )
    frame, source = read(path)
    assert source.layout == "saison"
    assert frame["amount"].tolist() == [4184, 2999, -2999]
    assert not source.rejected
