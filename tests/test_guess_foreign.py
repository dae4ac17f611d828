"""The merchant's amounts that statements without a layout print beside the billed ones."""

from pathlib import Path

import pytest
from reading import read_file

PRINTED = {
    "a note in the header": (
        "Date,Merchant,Txn Amount (Foreign Spend),Txn Currency (Foreign Spend),"
        "Txn Amount (Funding Card),Txn Currency (Funding Card)\n"
        "2026-10-17,ALIEXPRESS,-31.20,USD,-23.10,GBP\n2026-10-06,PRET,,,4.50,GBP\n"
        "2026-10-03,ALIEXPRESS,31.20,USD,23.49,GBP\n",
        ["GBP"] * 3,
    ),
    "two headers of one name": (
        "Datum provedení;Zpráva;Zaúčtovaná částka;Měna účtu;Původní částka a měna;"
        "Původní částka a měna\n2026-10-17;ALIEXPRESS;712,40;CZK;31,20;USD\n"
        "2026-10-09;NAJEM;-18 200,00;CZK;;\n2026-10-03;ALIEXPRESS;-712,40;CZK;-31,20;USD\n",
        ["CZK"] * 3,
    ),
    "words in Ukrainian": (
        "Дата;Картка;Опис операції;Сума в валюті картки;Валюта картки;Сума в валюті транзакції;"
        "Валюта транзакції\n2026-10-17;**** 1234;ALIEXPRESS;1338.02;UAH;31.20;USD\n"
        "2026-10-09;**** 1234;NOVUS;-3.50;UAH;-3.50;UAH\n"
        "2026-10-03;**** 1234;ALIEXPRESS;-1342.11;UAH;-31.20;USD\n",
        ["UAH"] * 3,
    ),
    "a name and a rate in the text": (
        "Date,Description,Amount NZD\n"
        '2026-10-17,"ALIEXPRESS 31.20 U.S.DOLLAR at a Conversion Rate  of 0.6010 (NZ$51.91)",'
        "-51.91\n2026-10-09,PRET,4.50\n"
        '2026-10-03,"ALIEXPRESS 31.20 U.S.DOLLAR at a Conversion Rate  of 0.5988 (NZ$52.10)",'
        "52.10\n",
        ["NZD"] * 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_printed_originals_are_read(name: str, tmp_path: Path) -> None:
    """A refund that prints the purchase's own dollars would be matched by guessed rates."""
    content, billed = PRINTED[name]
    path = tmp_path / "x.csv"
    path.write_text(content, "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    assert frame["currency"].astype("str").tolist() == billed
    originals = frame["original_amount"].fillna(0).tolist()
    assert originals == [-3120, 0, 3120]
    codes = frame["original_currency"].astype("str")[frame["original_amount"].notna()]
    assert codes.tolist() == ["USD", "USD"]


def test_a_lone_amount_with_such_a_note_is_the_billed_one(tmp_path: Path) -> None:
    """The statement of a dollar account would be said to have no amounts."""
    path = tmp_path / "x.csv"
    path.write_text("Data;Descrição;Valor (em US$)\n2026-10-03;ALI;5.00\n2026-10-04;B;7.00\n")
    assert read_file(path)[0]["amount"].tolist() == [500, 700]


BESIDE = {
    "a code behind": ("EUR", "50.00 USD", "USD", 5000),
    "a code before": ("EUR", "USD 50.00", "USD", 5000),
    "without a blank": ("JPY", "50.00USD", "USD", 5000),
    "a mark": ("EUR", "£50.00", "GBP", 5000),
    "a mark of a currency without cents": ("EUR", "5000円", "JPY", 5000),
    "a dollar sign": ("EUR", "$50.00", "USD", 5000),
    "a dollar sign that may be the bill's": ("CAD", "$50.00", None, 5000),
    "a yen sign that may be yuan's": ("EUR", "¥50.00", None, 5000),
    "none": ("EUR", "50.00", None, 5000),
}


@pytest.mark.parametrize("case", BESIDE)
def test_what_stands_beside_the_original_is_its_currency(case: str, tmp_path: Path) -> None:
    """The dollars of a purchase would be of no known currency, and its refund be matched by guess
    though both print the same amount."""
    billed, cell, code, amount = BESIDE[case]
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Merchant,Amount,Amount in foreign currency\n"
        f"2025-10-02,ALIEXPRESS,45 {billed},{cell}\n2025-10-05,SHOP,4 {billed},\n"
        f"2025-10-12,ALIEXPRESS,-45 {billed},-{cell}\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    assert frame["original_amount"].fillna(0).tolist() == [amount, 0, -amount]
    codes = frame["original_currency"].astype("str").fillna("").tolist()
    assert codes == [code or "", "", code or ""]


def test_an_original_in_the_bills_own_currency_is_none(tmp_path: Path) -> None:
    """Purchases at home would seem to be made abroad."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Merchant,Amount,Amount in foreign currency\n2025-10-02,ALI,45.10 EUR,50.00 USD\n"
        "2025-10-05,SHOP,4.10 EUR,4.10 EUR\n",
        "utf-8",
    )
    assert read_file(path)[0]["original_amount"].fillna(0).tolist() == [5000, 0]


def test_a_currency_beside_money_out_of_a_named_one_is_the_merchants(tmp_path: Path) -> None:
    """Francs would be billed in dollars, and the dollars paid be lost."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Datum;Buchungstext;Whg;Betrag Detail;Belastung CHF;Gutschrift CHF\n"
        "02.04.2026;AliExpress;USD;26.23;;22.87\n19.03.2026;Coop;;;58.85;\n"
        "09.03.2026;AliExpress;USD;26.23;23.15;\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    assert frame["currency"].tolist() == ["CHF"] * 3
    assert frame["original_amount"].fillna(0).tolist() == [-2623, 0, 2623]


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("DATA;VALIUTA;SUMA;MOKĖJIMO PASKIRTIS;SUMA SĄSKAITOS VALIUTA;NR;SĄSKAITOS VALIUTA", "EUR"),
        ("Дата;Валюта;Сумма;Описание;Сумма в рублях;Номер;Статус", "RUB"),
    ],
)
def test_a_heading_tells_which_amount_was_billed(header: str, codes: str, tmp_path: Path) -> None:
    """Purchases abroad would be billed in the dollars that the shop took."""
    last = codes if codes == "EUR" else ""
    path = tmp_path / "x.csv"
    path.write_text(
        f"{header}\n2026-03-31;USD;45,00;ALIEXPRESS.COM;41,40;1;{last}\n"
        f"2026-03-10;{codes};-7,10;PIGU;-7,10;2;{last}\n2026-03-08;{codes};-9,00;RIMI;-9,00;3;{last}\n"
        f"2026-03-07;USD;-45,00;ALIEXPRESS.COM;-41,46;4;{last}\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [-4140, 710, 900, 4146]
    assert frame["currency"].astype("str").tolist() == [codes] * 4
    assert frame["original_amount"].tolist()[::3] == [-4500, 4500]


def test_short_names_of_the_two_currencies_are_known(tmp_path: Path) -> None:
    """Taken for the bill's, the merchant's currency would stand beside another's amount."""
    path = tmp_path / "x.csv"
    path.write_text(
        "descriptor,txn_date,post_date,orig_amount,orig_ccy,billed_amount,billed_ccy\n"
        "ALIEXPRESS.COM,2026-03-16,2026-03-18,5.94,USD,351.94,RUB\n"
        "ALIEXPRESS.COM,2026-03-26,2026-03-28,-5.94,USD,-350.10,RUB\n",
        "utf-8",
    )
    frame = read_file(path)[0]
    assert frame["amount"].tolist() == [35194, -35010]
    assert frame["currency"].tolist() == ["RUB", "RUB"]
    assert frame["original_currency"].tolist() == ["USD", "USD"]
    assert frame["transaction_date"].dt.day.tolist() == [16, 26]
