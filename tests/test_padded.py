"""Files without a header that a spreadsheet saved again, and so filled with empty cells."""

import csv
import io
from pathlib import Path

import pytest
from reading import read_file

from reconcile import layout, readers

SAMPLES = Path(__file__).parent.parent / "sample_statements"
HEADLESS = {
    "amazon-mastercard/202603.csv": "amazon-mastercard",
    "barclaycard/Barclaycard_20250502.csv": "barclaycard",
    "dcard/202603.csv": "dcard",
    "smbc/202604.csv": "smbc-vpass",
    "smbc/202607_unconfirmed.csv": "smbc-vpass-open",
    "td/accountactivity.csv": "td",
    "wells-fargo/CreditCard3.csv": "wells-fargo",
}


def padded(text: str, more: int) -> str:
    """All rows as wide as the widest, and so many empty cells wider."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    width = max(map(len, rows)) + more
    out = io.StringIO(newline="")
    csv.writer(out).writerows(row + [""] * (width - len(row)) for row in rows)
    return out.getvalue()


@pytest.mark.parametrize("more", [0, 1, 4])
@pytest.mark.parametrize("name", HEADLESS)
def test_empty_cells_at_the_end_hide_no_layout(name: str, more: int) -> None:
    """A statement looked at in Excel and saved would be guessed: foreign amounts for billed."""
    data = (SAMPLES / name).read_bytes()
    ((frame, source),) = readers.read_bytes(data, name, layout.shipped())
    again = padded(data.decode(source.encoding), more).encode(source.encoding)
    ((found, told),) = readers.read_bytes(again, name, layout.shipped())
    assert told.layout == HEADLESS[name]
    assert len(told.rejected) == len(source.rejected)
    assert found.drop(columns="line").equals(frame.drop(columns="line"))


def test_a_foreign_shop_with_a_comma_keeps_its_row(tmp_path: Path) -> None:
    """The row that made the others wider would be read with its cells moved, or lost."""
    rows = [
        "2026/6/1,SHOP, INC.,ご本人,1回払い,,'26/07,2527,,,15.20,USD,166.241,2026/06/03",
        "2026/6/4,ミドリヤ書店,ご本人,1回払い,,'26/07,990,990,0,,,,",
        "2026/6/9,A, B, C,ご本人,1回払い,,'26/07,1200,1200,0,,,,",
    ]
    path = tmp_path / "202607.csv"
    path.write_bytes(padded("\n".join(rows), 0).encode("cp932"))
    frame, source = read_file(path, layout.shipped())
    assert source.layout == "smbc-vpass-open"
    assert frame["amount"].tolist() == [2527, 990, 1200]
    assert frame["description"].tolist() == ["SHOP, INC.", "ミドリヤ書店", "A, B, C"]


def test_filled_columns_at_the_end_are_another_layout(tmp_path: Path) -> None:
    """A bank's file with two more columns would be read as one of five, whatever they hold."""
    path = tmp_path / "x.csv"
    row = "04/28/2025,SHOP,16.75,,434.75,,{}\n"
    path.write_text(row.format("") + row.format("x"))
    _, source = read_file(path, layout.shipped())
    assert source.layout == "guessed"
