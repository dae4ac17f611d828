"""Drafts of layouts, and the second reading of OFX files."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from reconcile import reconcile
from reconcile.cli import main
from reconcile.layout import parse

ROOT = Path(__file__).parents[1]
UNKNOWN = "Buchung;Empfänger;Betrag EUR\n03.02.2026;ALIEXPRESS LUXEMBOURG;-12,34\n" * 3


def test_draft_is_a_layout(tmp_path: Path) -> None:
    """The draft for an unknown export could not be used as a layout at all."""
    path = tmp_path / "bank export.csv"
    path.write_text(UNKNOWN, "utf-8")
    done = CliRunner().invoke(main, ["--sketch-layout", str(path)])
    assert done.exit_code == 0
    layout = parse(done.stdout, "draft.toml")
    assert layout.name == "bank-export"
    assert layout.decimal == ","
    assert "# guessed" in done.stdout


STATEMENTS = {
    "a header": "Date,Text,Amount\n2026-02-03,ALIEXPRESS.COM,12.34\n2026-02-09,B,1.00\n",
    "none": "03/02/2026,-12.34,ALIEXPRESS.COM\n04/02/2026,-1.00,B\n13/02/2026,12.34,ALIEXPRESS\n",
    "sides": "Date,Text,Amount,D/C\n2026-02-03,ALIEXPRESS,12.34,D\n2026-02-09,ALIEXPRESS,12.34,C\n",
    "words": "Date,Text,Amount\n2026-02-03,ALIEXPRESS,12.34\n2026-02-09,REFUND ALIEXPRESS,12.34\n",
    "balances": (
        "Date,Text,Amount,Balance\n2026-02-01,Opening balance,,100.00\n"
        "2026-02-03,ALIEXPRESS,12.34,87.66\n2026-02-04,B,7.66,80.00\n2026-02-05,C,5.00,85.00\n"
    ),
    "dashes": (
        "Date,Text,Debit,Credit\n2026-02-03,ALIEXPRESS,12.34,-\n2026-02-09,ALIEXPRESS,-,12.34\n"
    ),
}


@pytest.mark.parametrize("form", STATEMENTS)
def test_draft_reads_the_file_it_was_made_from(form: str, tmp_path: Path) -> None:
    """A user who follows the draft would get other rows or signs than the guess showed."""
    path = tmp_path / "bank export.csv"
    path.write_text(STATEMENTS[form], "utf-8")
    guessed = reconcile(path).tables.transactions
    folder = tmp_path / "layouts"
    folder.mkdir()
    draft = CliRunner().invoke(main, ["--sketch-layout", str(path)]).stdout
    (folder / "mine.toml").write_text(draft, "utf-8")
    drafted = reconcile(path, layouts_dir=folder)
    assert drafted.tables.sources[0].layout == "bank-export"
    shown = ["transaction_date", "description", "amount", "kind"]
    drawn = drafted.tables.transactions[shown]
    assert drawn.astype(str).equals(guessed[shown].astype(str))


def test_no_such_file(tmp_path: Path) -> None:
    """A wrong name would end in a traceback."""
    done = CliRunner().invoke(main, ["--sketch-layout", str(tmp_path / "none.csv")])
    assert done.exit_code == 1
    assert "none.csv" in done.stderr


def test_second_reading_agrees() -> None:
    """A user who asks for the second reading would not learn its outcome."""
    sample = ROOT / "sample_statements/ofx/usd-card-xml.qfx"
    notes = [note.code for note in reconcile(sample, cross_check=True).tables.sources[0].notes]
    assert "crosscheck.agrees" in notes


def test_draft_shows_no_card_number(tmp_path: Path) -> None:
    """A draft that a user shares for help would carry the card number of the statement's top."""
    path = tmp_path / "4111111111111111.csv"
    card = "4111 1111 1111 1111"
    path.write_text(f"Date,Text {card},Amount\n2026-02-03,ALIEXPRESS.COM,12.34\n", "utf-8")
    draft = CliRunner().invoke(main, ["--sketch-layout", str(path)]).stdout
    assert "1111 1111" not in draft
    assert "4111111111111111" not in draft
    assert "…1111" in draft
