"""What stands around the rows of statements without a layout: lines above, and first rows."""

import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

from reconcile import layout
from reconcile.ledger import Source
from reconcile.readers import fixed_widths


def read(folder: Path, content: str) -> tuple[pd.DataFrame, Source]:
    """The one statement in a file with this content."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return read_file(path, layout.shipped())


def test_lines_above_that_end_in_a_delimiter_are_no_records(tmp_path: Path) -> None:
    """Texts over several lines, quoted as they must be, would be refused one and all."""
    rows = "".join(
        f'{day}/02/2025;"PAIEMENT\n{shop} {day}/02\n";12,34;;\n'
        for day, shop in (("03", "ALIEXPRESS"), ("05", "FNAC"), ("06", "SNCF"))
    )
    above = "Compte 1;\n\nTitulaire A;\nAgence B;\nSolde au 01/03/2025 12,30 €;\n\n"
    frame, source = read(tmp_path, f"{above}Date;Libellé;Débit;Crédit;\n{rows}")
    assert [int(amount) for amount in frame["amount"]] == [1234] * 3
    assert not source.rejected


def test_a_header_below_other_lines_speaks_for_itself(tmp_path: Path) -> None:
    """A file would be read as another bank's whose rows have as many cells and no header."""
    rows = "".join(
        f'"2025/05/{day}","{shop}","","１回払い","{yen}","{yen}","{usd}","{code}","{rate}",""\n'
        for day, shop, yen, usd, code, rate in (
            ("07", "ユニクロ", 3580, "", "", ""),
            ("08", "マクドナルド", 553, "", "", ""),
            ("09", "スギ薬局", 345, "", "", ""),
            ("13", "ALIEXPRESS", 1947, "12.99", "USD", "149.912"),
        )
    )
    content = (
        '"会員名","会員番号","カード名称"\n"遠山　凪　様","****-****-****-7702","カード"\n\n'
        '"ご利用日","ご利用店名・商品名","ご家族","お支払区分","ご利用金額","今回お支払金額","現地通貨額",'
        f'"通貨","換算レート","摘要"\n{rows}'
    )
    frame, source = read(tmp_path, content)
    assert source.layout == "guessed"
    assert [int(amount) for amount in frame["amount"]] == [3580, 553, 345, 1947]
    assert frame["original_currency"].tolist()[3] == "USD"


SUMMARY = '2025-07-02,01-05-2025,\'11 1090 0000,JAN LIPA,PLN,"1500,00","1179,75",4,\n'
ROWS = [
    '09-05-2025,07-05-2025,"PŁATNOŚĆ KARTĄ KAWIARNIA",,,"-113,53","1386,47",1,\n',
    '14-05-2025,12-05-2025,"PŁATNOŚĆ KARTĄ BIEDRONKA",,,"-140,28","1246,19",2,\n',
    '15-05-2025,13-05-2025,"PŁATNOŚĆ KARTĄ ALIEXPRESS.COM",,,"-88,40","1157,79",3,\n',
    '20-05-2025,19-05-2025,"ZWROT",,,"21,96","1179,75",4,\n',
]


def test_a_first_row_with_balances_is_no_movement(tmp_path: Path) -> None:
    """The balance before would be money that came in; its row alone names the currency."""
    for rows in (ROWS, ROWS[::-1]):
        frame, _ = read(tmp_path, SUMMARY + "".join(rows))
        assert sorted(map(int, frame["amount"])) == [-2196, 8840, 11353, 14028]
        assert frame["currency"].tolist() == ["PLN"] * 4


def test_a_first_row_that_moves_the_balance_stays(tmp_path: Path) -> None:
    """The first purchase would be lost."""
    frame, _ = read(tmp_path, "".join(ROWS))
    assert len(frame) == 4


def test_amounts_with_many_zeros_are_amounts(tmp_path: Path) -> None:
    """Some banks print seven decimals, the last five of them zero."""
    content = (
        "Posting Date,Text,Amount\n2025-02-03,BOOKS,-4.3600000\n2025-02-05,ALIEXPRESS,-9.9900000\n"
        "2025-02-09,ALIEXPRESS,9.9900000\n"
    )
    assert [int(amount) for amount in read(tmp_path, content)[0]["amount"]] == [436, 999, -999]


def test_days_named_by_zone_are_days_of_use(tmp_path: Path) -> None:
    """The day of settlement would stand for the day of the purchase."""
    content = (
        "Settlement date (UTC);Operation date (UTC);Counterparty name;Amount\n"
        "11-05-2025 10:00:00;09-05-2025 10:00:00;FNAC;-8,67\n"
        "15-05-2025 10:00:00;13-05-2025 10:00:00;ALIEXPRESS;-22,53\n"
    )
    days = read(tmp_path, content)[0]["transaction_date"].dt.strftime("%m-%d").tolist()
    assert days == ["05-09", "05-13"]


PRINTED = {
    "a header": (
        "CARD STATEMENT\n\nTRANS DATE   POST DATE    DESCRIPTION              AMOUNT\n"
        "----------   ----------   ---------------   ------------\n"
        "03/04/2026   03/04/2026   STARBUCKS 1122       1,156.53\n"
        "03/06/2026   03/07/2026   ALIEXPRESS.COM           4.23\n"
        "03/30/2026   03/31/2026   ALIEXPRESS.COM           4.23CR\n"
    ),
    "no header": (
        "04 MAR 2026  04 MAR 2026  STARBUCKS 1122       1,156.53\n"
        "06 MAR 2026  07 MAR 2026  ALIEXPRESS.COM           4.23\n"
        "30 MAR 2026  31 MAR 2026  ALIEXPRESS.COM           4.23 CR\n"
    ),
    "amounts without cents": (
        "TRANS DATE   POST DATE    DESCRIPTION          AMOUNT    ABROAD\n"
        "03/04/2026   03/04/2026   STARBUCKS 1122      115,653\n"
        "03/06/2026   03/07/2026   ALIEXPRESS.COM          423    3.10 USD\n"
        "03/30/2026   03/31/2026   ALIEXPRESS.COM         -423    3.10 USD\n"
    ),
    "words behind the amount": (
        "Выписка\n\nДата        Дата проводки  Детали            Сумма          Операция\n"
        "04.03.2026  04.03.2026  STARBUCKS 1122    - 1 156,53 ₸   Покупка\n"
        "06.03.2026  07.03.2026  ALIEXPRESS.COM    - 4,23 ₸       Покупка\n"
        "30.03.2026  31.03.2026  ALIEXPRESS.COM    + 4,23 ₸       Возврат\n"
    ),
    "a letter for the side": (
        "Kontoauszug Nr. 4\n\nDatum       Wert        Buchungstext            Betrag EUR\n"
        "04.03.2026  04.03.2026  STARBUCKS 1122          1.156,53 S\n"
        "06.03.2026  07.03.2026  ALIEXPRESS.COM              4,23 S\n"
        "30.03.2026  31.03.2026  ALIEXPRESS.COM              4,23 H\n\n"
        "Neuer Saldo                                        12,00 H\n"
    ),
}


@pytest.mark.parametrize("case", PRINTED)
def test_cells_that_only_blanks_part_are_read(case: str, tmp_path: Path) -> None:
    """A statement as it was printed would be refused."""
    path = tmp_path / "x.txt"
    path.write_text(PRINTED[case], "utf-8")
    frame, source = read_file(path)
    whole = frame["decimals"].eq(2) & (case == "amounts without cents")
    assert (frame["amount"] // whole.map({True: 100, False: 1})).tolist() == [115653, 423, -423]
    assert frame["description"].tolist() == ["STARBUCKS 1122", *["ALIEXPRESS.COM"] * 2]
    assert frame["posted_date"].dt.strftime("%m-%d").tolist() == ["03-04", "03-07", "03-31"]
    assert sum(source.lines.values()) == PRINTED[case].count("\n")


@pytest.mark.parametrize("foot", ["Page 1 of 2", "Seite 1 von 2", "Page 2 / 2"])
def test_the_foot_of_a_printed_page_is_no_row_of_it(foot: str, tmp_path: Path) -> None:
    """A whole statement would be refused for the number of its page."""
    path = tmp_path / "x.txt"
    path.write_text(PRINTED["a header"] + foot + "\n", "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [115653, 423, -423]
    assert len(source.rejected) <= 1


def test_one_long_line_does_not_widen_all_others() -> None:
    """A statement of some megabytes would take hundreds of them."""
    row = "03/04/2026  SHOP                4.23\n"
    tracemalloc.start()
    found = fixed_widths.table(row * 30_000 + row.rstrip() + " " * 350 + "X\n")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is not None
    assert most < 40_000_000
