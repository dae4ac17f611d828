"""Statements whose columns are parted by blanks alone, as pages that were printed or copied are."""

from pathlib import Path

import pytest
from reading import read_file

from reconcile.errors import InputError

PAGE = """\
           STATEMENT OF ACCOUNT   May 2026

Date        Description               Withdrawal      Deposit      Balance
02/05/2026  GRAB RIDES                    120.00                  9,880.00
05/05/2026  SALARY                                  20,000.00    29,880.00
07/05/2026  ALIEXPRESS.COM                402.11                 29,477.89
17/05/2026  ALIEXPRESS.COM REFUND                      402.11    29,880.00
              Total                       522.11    20,402.11
"""
JAPANESE = """\
ご利用日      ご利用先                ご利用金額
2026/05/02    ｺﾝﾋﾞﾆ                       289
2026/05/08    ＡＬＩＥＸＰＲＥＳＳ      1,945
2026/05/10    東京　電力                9,348
2026/05/28    ＡＬＩＥＸＰＲＥＳＳ     -1,945
"""


def test_money_in_stays_on_its_side(tmp_path: Path) -> None:
    """Cut at runs of blanks, the refund would be a purchase: nothing stands before it."""
    path = tmp_path / "page.txt"
    path.write_text(PAGE, "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [12000, -2000000, 40211, -40211]
    assert frame["description"].iloc[3] == "ALIEXPRESS.COM REFUND"
    assert not source.rejected
    assert "guess.columns" in {note.code for note in source.notes}


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_wide_letters_take_two_places(encoding: str, tmp_path: Path) -> None:
    """The file would be refused."""
    path = tmp_path / "page.txt"
    path.write_text(JAPANESE, encoding)
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [289, 1945, 9348, -1945]
    assert frame["description"].iloc[2] == "東京 電力"
    assert frame["line"].tolist() == [2, 3, 4, 5]


def test_a_text_without_columns_is_refused(tmp_path: Path) -> None:
    """A letter that names days is no statement."""
    path = tmp_path / "page.txt"
    path.write_text("02/05/2026 we met and\n03/05/2026 talked of\n04/05/2026 money\n" * 3, "utf-8")
    with pytest.raises(InputError):
        read_file(path)
