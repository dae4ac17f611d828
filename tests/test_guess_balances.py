"""Rows that state a balance, in statements that no layout knows."""

from pathlib import Path

import pytest
from reading import days, read_file
from test_guess import codes, read

from reconcile.errors import InputError

SHOPS = "2026-01-02;Bakery;-4.50\n2026-01-03;Cinema;-12.00\n"


@pytest.mark.parametrize(
    "footer",
    [
        "Alter Kontostand;1.200,00 EUR;",
        ";;Saldo końcowe;11 142,55 PLN",
        "#Saldo końcowe;11 142,55 PLN;",
        "Saldo inicial;1000,00;",
        "Saldo contabile;;1.000,00",
        "Kontostand vom 31.01.2026:;5.000,01 EUR;",
        "Balance;12.00;",
        "2026-01-31;;Solde;",
        ";잔액;12000",
    ],
)
def test_a_balance_below_the_rows_is_named(tmp_path: Path, footer: str) -> None:
    """The report would say that a line could not be used, where nothing is missing."""
    rows = "".join(f"{row};;\n" for row in SHOPS.splitlines())
    frame, source = read(tmp_path, f"Date;Description;Amount;;\n{rows}{footer}\n")
    assert frame["amount"].tolist() == [450, 1200]
    assert source.lines["balance"] == 1
    assert not source.rejected


def test_a_lone_balance_with_its_day_is_no_refund(tmp_path: Path) -> None:
    """What the card owes would be counted as money that came back."""
    frame, source = read(tmp_path, f"Date;Description;Amount\n2026-01-31;BALANCE;540.15\n{SHOPS}")
    assert frame["amount"].tolist() == [450, 1200]
    assert "guess.balance_row" in codes(source)


def test_a_row_that_repeats_the_balance_is_one(tmp_path: Path) -> None:
    """An opening balance would be counted as money that came in."""
    rows = (
        "2026-01-01,BALANCE,95.50,95.50\n2026-01-02,Bakery,-4.50,91.00\n"
        "2026-01-03,Cinema,-12.00,79.00\n2026-01-04,BALANCE,79.00,79.00\n"
    )
    frame, source = read(tmp_path, f"Date,Description,Amount,Balance\n{rows}")
    assert frame["amount"].tolist() == [450, 1200]
    assert source.lines["balance"] == 2


@pytest.mark.parametrize(
    "shop", ["NEW BALANCE TOKYO", "NEW BALANCE", "BALANCE TRANSFER", "Balance Yoga", "Balance"]
)
def test_a_shop_may_be_called_balance(tmp_path: Path, shop: str) -> None:
    """A purchase of shoes would not be counted."""
    bakery, cinema = SHOPS.splitlines()
    rows = f"{bakery}\n2026-01-02;{shop};-80.00\n{cinema}\n"
    frame, source = read(tmp_path, f"Date;Description;Amount\n{rows}")
    assert frame["amount"].tolist() == [450, 8000, 1200]
    assert "balance" not in source.lines


def test_a_shop_called_balance_is_told_from_the_balance(tmp_path: Path) -> None:
    """A visit to a shop of that name would be left out, because the header has a balance."""
    rows = "2026-01-02,Bakery,-4.50,91.00\n2026-01-03,Balance,-12.00,79.00\n"
    frame, _ = read(tmp_path, f"Date,Description,Amount,Balance\n{rows}")
    assert frame["amount"].tolist() == [450, 1200]


def test_amounts_without_cents_are_told_by_the_balance(tmp_path: Path) -> None:
    """Yen look like any other numbers, and a file without a header would be refused."""
    path = tmp_path / "x.csv"
    rows = ["ﾃﾞﾝｷ,732,,399268", "ALIEXPRESS,1945,,397323", "ｽｲﾄﾞｳ,475,,396848",
            "ALIEXPRESS,,1955,398803"]  # fmt: skip
    lines = [f"2026/05/{2 + 3 * n:02},{row}" for n, row in enumerate(rows)]
    path.write_text("\n".join(lines), "utf-8")
    frame, _ = read_file(path, currency="JPY")
    assert frame["amount"].tolist() == [732, 1945, 475, -1955]


def test_numbers_that_no_balance_proves_are_no_amounts(tmp_path: Path) -> None:
    """Quantities would be read as prices."""
    path = tmp_path / "x.csv"
    path.write_text("".join(f"2026/05/0{n},ALI,{n * 37},{n * n},{99 - n}\n" for n in range(1, 8)))
    with pytest.raises(InputError):
        read_file(path)


PASSBOOK = """日付,摘要,お支払金額,お預り金額,残高
2026/05/02,ﾃﾞﾝｷ,732,,399268
,ALIEXPRESS,1945,,397323
2026/05/20,ｽｲﾄﾞｳ,475,,396848
,ALIEXPRESS,,{back},398803
,合計,3152,1955,
"""


def test_rows_of_one_day_may_have_it_printed_once(tmp_path: Path) -> None:
    """Purchases and refunds would be left out of the report."""
    assert days(tmp_path, PASSBOOK.format(back=1955)) == ["2026-05-02"] * 2 + ["2026-05-20"] * 2


def test_a_row_without_its_day_that_the_balance_does_not_prove_is_reported(tmp_path: Path) -> None:
    """It may be of any day."""
    path = tmp_path / "x.csv"
    path.write_text(PASSBOOK.format(back=1950), "utf-8")
    _, source = read_file(path)
    assert {3, 5} <= {line.line for line in source.rejected}


def test_a_turnover_in_a_row_of_its_own_is_no_movement(tmp_path: Path) -> None:
    """What came in during the month would be counted twice, as one large refund."""
    rows = "02.03.2026;ALIEXPRESS;6,34;D\n04.04.2026;ALIEXPRESS;6,34;K\n10.05.2026;Käive;6,34;K\n"
    frame, source = read(tmp_path, f"Kuupäev;Selgitus;Summa;Deebet/Kreedit\n{rows}")
    assert frame["amount"].tolist() == [634, -634]
    assert source.lines["balance"] == 1


@pytest.mark.parametrize(
    "name",
    ["Net Total", "Total Outflows", "Total par monnaie", "TOTALES", "Toplam", "Общо", "Обороти"],
)
def test_a_sum_in_other_words_is_named(tmp_path: Path, name: str) -> None:
    """The report would say that a line could not be used, where nothing is missing."""
    frame, source = read(tmp_path, f"Date;Description;Amount;\n{SHOPS};{name};-16.50;\n")
    assert frame["amount"].tolist() == [450, 1200]
    assert source.lines["total"] == 1
    assert not source.rejected


@pytest.mark.parametrize(
    "rows",
    [
        "16/03/2026;-25,42;CB  ALIEXPRESS\n12/03/2026;-7,10;CB  SFR\n20/03/2026;25,42;AVOIR\n"
        "12/05/2026;-7,10;\n",
        "10/03/2026;-25,42;CB  ALIEXPRESS;174,58\n12/03/2026;-7,10;CB  SFR;167,48\n"
        "20/03/2026;25,42;AVOIR ALIEXPRESS;192,90\n12/05/2026;192,90;;\n",
        "16/03/2026;-25,42;Carte;;CB  ALIEXPRESS\n12/03/2026;-7,10;Carte;;CB  SFR\n"
        "20/03/2026;25,42;;;AVOIR CB ALIEXPRESS\n12/05/2026;1204,55;;01234 123456A\n",
    ],
)
def test_a_last_row_without_a_text_is_the_balance(rows: str, tmp_path: Path) -> None:
    """What the account holds would be a large refund from nobody."""
    frame, source = read(tmp_path, rows)
    assert frame["amount"].tolist() == [2542, 710, -2542]
    assert source.lines["balance"] == 1
    assert "guess.nameless_row" in codes(source)


def test_a_row_without_its_day_below_one_that_is_rejected_is_rejected(tmp_path: Path) -> None:
    """It would be of the day above, which is a month away."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Description,Amount,Balance\n2026-01-03,ALI,-25.00,75.00\n"
        "2026-02-30,TESCO,-12.00,63.00\n,SPAR,-5.00,58.00\n2026-02-06,LIDL,-5.00,53.00\n"
        ",ALDI,-3.00,50.00\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert frame["description"].tolist() == ["ALI", "LIDL", "ALDI"]
    assert [line.line for line in source.rejected] == [3, 4]


@pytest.mark.parametrize("last", ["-10.00", "63.00", "-10.00,1234567"])
def test_a_last_row_without_a_text_that_is_no_sum_is_a_movement(last: str, tmp_path: Path) -> None:
    """A purchase would be left out, or what was paid for the others."""
    rows = "2026-01-03,ALI,-25.00\n2026-01-04,REWE,-26.00\n2026-01-05,SPAR,-12.00\n"
    frame, source = read(tmp_path, f"{rows}2026-01-07,,{last}\n")
    assert frame["amount"].tolist() == [2500, 2600, 1200, round(-100 * float(last.split(",")[0]))]
    assert "guess.nameless_row" not in codes(source)


def test_a_balance_before_each_row_is_told_by_the_order_of_days_without_a_header(
    tmp_path: Path,
) -> None:
    """A bank prints what there was before and after each row, under words that nobody knows."""
    text = "a,b,c,d,e,f\n"
    text += "2026-08-06,GAJI PT MAJU,1000.00,0.00,800.00,1800.00\n"
    text += "2026-08-07,LISTRIK KOTA,1800.00,250.00,0.00,1550.00\n"
    text += "2026-08-08,ALIEXPRESS.COM,1550.00,120.00,0.00,1430.00\n"
    text += "2026-08-18,ALIEXPRESS.COM,1430.00,0.00,120.00,1550.00\n"
    path = tmp_path / "x.csv"
    path.write_text(text, "utf-8")
    assert read_file(path)[0]["amount"].tolist() == [-80000, 25000, 12000, -12000]


def test_a_row_that_only_brings_the_balance_forward_is_none(tmp_path: Path) -> None:
    """It has a day and amounts of zero."""
    text = "Date,Particulars,Deposits,Withdrawals,Balance\n2026-04-01,B/F,0.0,0.0,100.00\n"
    text += "2026-04-03,ALIEXPRESS,0.0,40.25,59.75\n2026-04-09,ALIEXPRESS,40.25,0.0,100.00\n"
    path = tmp_path / "x.csv"
    path.write_text(text, "utf-8")
    assert read_file(path)[0]["amount"].tolist() == [4025, -4025]


@pytest.mark.parametrize("header", [True, False])
def test_a_balance_in_credit_is_money_held(header: bool, tmp_path: Path) -> None:
    """An amount in credit is below zero, but such a balance rises with what comes in."""
    text = "Date,Particulars,Amount,Balance\n" if header else ""
    text += '2026-04-01,BHARAT T,11800.00,"111800.00 CR"\n'
    for day, shop, amount, left in (
        (2, "ACME", 5000, 106800), (3, "ALIEXPRESS.COM", 1800, 105000),
        (9, "ALIEXPRESS.COM", 1800, 106800), (10, "GROCER", 800, 106000),
    ):  # fmt: skip
        text += f'2026-04-{day:02},{shop},{amount}.00,"{left}.00 CR"\n'
    path = tmp_path / "x.csv"
    path.write_text(text, "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist()[1:] == [500000, 180000, -180000, 80000]
    assert "guess.balance_owed" not in codes(source)
    assert frame["kind"].tolist()[3] == "payment"  # on a bank account, until the shop is known


@pytest.mark.parametrize("above", [0, 6, 30])
def test_lines_without_a_balance_do_not_outvote_balances_in_credit(
    above: int, tmp_path: Path
) -> None:
    """Below as many lines of other things every sign was turned."""
    text = "Account holder,A. Person\n" * above + "Date,Particulars,Amount,Balance\n"
    days = ((2, "SHOP", 1000, 499000), (5, "ALIEXPRESS", 2510, 496490), (9, "BAR", 750, 495740),
            (20, "ALIEXPRESS", 2510, 498250), (25, "GROCER", 3000, 495250))  # fmt: skip
    for day, shop, price, left in days:
        text += f"{day:02}/01/2025,{shop},{price / 100:.2f},{left / 100:.2f} Cr\n"
    path = tmp_path / "x.csv"
    path.write_text(text, "utf-8")
    assert read_file(path)[0]["amount"].tolist() == [1000, 2510, 750, -2510, 3000]
