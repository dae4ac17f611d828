"""Several files of one unknown bank: what one month leaves open another one tells."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

import reconcile

SIGNS = {
    "september.csv": "15/09/2025,SHOP,-4.10\n16/09/2025,MARKET,-14.10\n"
    "25/09/2025,ALIEXPRESS.COM,-45.10\n26/09/2025,SHOP,-4.10\n",
    "october.csv": "02/10/2025,ALIEXPRESS.COM,45.10\n05/10/2025,MARKET,-14.10\n"
    "12/10/2025,PHARMACY,5.00\n",
}
DAYS = {
    "september.csv": "15/09/2025,SHOP,$4.10\n25/09/2025,ALIEXPRESS.COM,$45.10\n"
    "26/09/2025,SHOP,-$4.10\n",
    "october.csv": "02/10/2025,ALIEXPRESS.COM,-$45.10\n09/10/2025,MARKET,$14.10\n",
}


def write(folder: Path, files: dict[str, str], header: str = "Date,Description,Amount") -> None:
    """The files, each with the header."""
    for name, rows in files.items():
        (folder / name).write_text(f"{header}\n{rows}", "utf-8")


@pytest.mark.parametrize("files", [SIGNS, DAYS])
def test_files_of_one_bank_do_not_contradict_each_other(
    files: dict[str, str], tmp_path: Path
) -> None:
    """A refund in a month with few rows would be read as a purchase, or as one of another day."""
    write(tmp_path, files)
    found = []
    for order in itertools.permutations(files):
        result = reconcile.reconcile(*(tmp_path / name for name in order))
        assert result.cases["verdict"].tolist() == ["refunded"]
        own = result.transactions[result.transactions["merchant"].notna()]
        assert own["transaction_date"].dt.strftime("%d.%m.").tolist() == ["25.09.", "02.10."]
        codes = [note.code for source in result.tables.sources for note in source.notes]
        assert codes.count("guess.together") == 1
        found.append(result.transactions)
    pd.testing.assert_frame_equal(*found)


def test_files_that_agree_are_read_as_they_are(tmp_path: Path) -> None:
    """A note would say that files were told together which never differed."""
    write(tmp_path, {"a.csv": SIGNS["september.csv"], "b.csv": SIGNS["september.csv"]})
    result = reconcile.reconcile(tmp_path)
    assert not any(
        note.code == "guess.together" for source in result.tables.sources for note in source.notes
    )


def test_what_two_files_prove_stands(tmp_path: Path) -> None:
    """A bank account's signs would be turned by a card's export with the same column names."""
    header = "Date,Description,Amount,Balance"
    card = "".join(
        f"06/{day:02d}/2025,SHOP {day},10.00,{10 * (day + 1)}.00\n" for day in range(10, 30)
    )
    account = (
        "06/13/2025,ALIEXPRESS,-34.50,965.50\n06/14/2025,WALMART,-12.00,953.50\n"
        "06/25/2025,ALIEXPRESS REFUND,34.50,988.00\n"
    )
    write(tmp_path, {"card.csv": card + "06/30/2025,PAYMENT,-50.00,250.00\n"}, header)
    write(tmp_path, {"account.csv": account}, header)
    found = reconcile.reconcile(tmp_path)
    own = found.transactions[found.transactions["merchant"].notna()]
    assert own["amount"].map(str).tolist() == ["34.50", "-34.50"]


def test_the_currency_of_each_file_is_its_own(tmp_path: Path) -> None:
    """Dollars would be told as euros because a file of euros proves the order of days."""
    for code, day in (("EUR", "25/06/2025"), ("USD", "06/07/2025")):
        (tmp_path / f"{code}.csv").write_text(
            f"Account in {code},,\nDate,Description,Amount\n05/06/2025,ALIEXPRESS,-34.50\n"
            f"{day},REWE,-12.00\n07/07/2025,ALIEXPRESS,12.00\n",
            "utf-8",
        )
    found = reconcile.read(tmp_path)
    assert found["currency"].astype("str").tolist() == found["file"].str[:3].tolist()


def test_another_header_has_nothing_to_say(tmp_path: Path) -> None:
    """The signs of one bank would be forced on another one's file."""
    write(tmp_path, {"september.csv": SIGNS["september.csv"]})
    write(tmp_path, {"october.csv": SIGNS["october.csv"]}, "Date,Payee,Amount")
    alone = reconcile.read(tmp_path / "october.csv")["amount"].tolist()
    both = reconcile.read(tmp_path)
    assert both.loc[both["file"].eq("october.csv"), "amount"].tolist() == alone
