"""Columns of statements that no layout knows: which is read as what."""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from reading import read_file

from reconcile import account_labels, reconcile
from reconcile.errors import InputError
from reconcile.readers import guess_contents


@pytest.mark.parametrize(
    "name", ["Card Last 4 Digits", "Card ending in", "last4", "Card Number (last 4)"]
)
def test_cards_that_only_their_last_digits_name_are_told_apart(name: str, tmp_path: Path) -> None:
    """A refund to one card would be linked to a purchase with another."""
    text = f"Date,Merchant,Amount,{name}\n2026-05-03,ALIEXPRESS,26.81,1234\n"
    text += "2026-05-17,ALIEXPRESS,-26.81,0999\n2026-05-20,BOB,1.81,1234\n"
    assert read(tmp_path, text)["account_key"].tolist() == ["1234", "0999", "1234"]


def read(folder: Path, content: str) -> pd.DataFrame:
    """The ledger rows of the one statement in a file with this content."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return read_file(path)[0]


class Shops(NamedTuple):
    """Header and three rows: AliExpress charges 20, another shop 15.37, AliExpress refunds 20."""

    header: str
    rows: str


SHOPS = {
    "beside a constant text": Shops(
        "Produit;Description;Date de comptabilisation;Description 1;Description 2;Débit;Crédit",
        "0123;Compte;27.04.2026;Achat;ALIEXPRESS.COM;20.00;\n"
        "0123;Compte;28.04.2026;Achat;BOULANGERIE;15.37;\n"
        "0123;Compte;15.05.2026;Crédit;ALIEXPRESS.COM;;20.00",
    ),
    "beside an empty column": Shops(
        "Date;Booking text;Debit CHF;Credit CHF;Value date;Details",
        "27.04.2026;Purchase card xxxx, ALIEXPRESS.COM;20.00;;27.04.2026;\n"
        "28.04.2026;Standing order;15.37;;28.04.2026;Rent\n"
        "15.05.2026;Credit card xxxx, ALIEXPRESS.COM;;20.00;15.05.2026;",
    ),
    "beside the kind of payment": Shops(
        "记账日期,货币,交易金额,交易摘要,对手信息",
        "2026-04-27,CNY,-20.00,快捷支付,速卖通 ALIEXPRESS\n2026-04-28,CNY,-15.37,一网通支付,供电\n"
        "2026-05-15,CNY,20.00,银联退款,速卖通 ALIEXPRESS",
    ),
    "in another column than the refund's": Shops(
        "Buchungsdatum;Betrag;Auftraggebername;Text;Verwendungszweck",
        "27.04.2026;-20,00;;Zahlung an ALIEXPRESS.COM, London;\n28.04.2026;-15,37;;Miete;\n"
        "15.05.2026;20,00;ALIEXPRESS.COM;Gutschrift, Bestellung;Bestellung",
    ),
    "in what is called an action": Shops(
        "Run Date,Action,Security Description,Amount ($)",
        "04/27/2026,DEBIT CARD PURCHASE ALIEXPRESS.COM,No Description,-20.00\n"
        "04/28/2026,DIRECT DEBIT ACME,No Description,-15.37\n"
        "05/15/2026,DEBIT CARD REFUND ALIEXPRESS.COM,No Description,20.00",
    ),
    "below what carries out all payments": Shops(
        "Date,Type,Description,Amount",
        "2026-04-27,Alipay,ALIEXPRESS.COM,-20.00\n2026-04-28,Alipay Singapore,BAKERY,-15.37\n"
        "2026-05-15,Alipay,ALIEXPRESS.COM,20.00",
    ),
    "beside the words of the booking": Shops(
        "Rekeningnummer;Transactiedatum;CreditDebet;Bedrag;Tegenrekeninghouder;Omschrijving",
        "NL99;27-04-2026;D;20,00;ALIEXPRESS.COM;Pas 1 Betaling\n"
        "NL99;28-04-2026;D;15,37;M JANSSEN;Huur april\n"
        "NL99;15-05-2026;C;20,00;ALIEXPRESS.COM;Pas 1 Retour",
    ),
}


def test_no_shop_is_hidden_by_those_that_a_type_names(tmp_path: Path) -> None:
    """A purchase at AliExpress would be called by how it was paid."""
    rows = "2026-02-01,POS ALIEXPRESS,x,-10.00\n2026-02-03,Refund ALIEXPRESS,y,10.00\n"
    last = "2026-02-04,POS,ALIEXPRESS,-7.50\n"
    frame = read(tmp_path, f"Date,Type,Description,Amount\n{rows}{last}")
    assert frame["description"].iloc[2] == "ALIEXPRESS"


@pytest.mark.parametrize("name", SHOPS)
def test_the_shop_is_found_in_whatever_column(name: str, tmp_path: Path) -> None:
    """The report would say that there is no purchase at AliExpress in the statement."""
    frame = read(tmp_path, "\n".join(SHOPS[name]) + "\n")
    assert frame["description"].str.contains("ALIEXPRESS").tolist() == [True, False, True]
    assert [abs(amount) for amount in frame["amount"]] == [2000, 1537, 2000]
    assert (frame["amount"] < 0).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        # No word names the shop's column but one that elsewhere is a number.
        (
            "Completed Date ; Reference ; Paid Out (EUR) ; Paid In (EUR) ; Balance (EUR); Category",
            "Apr 8, 2026 ; Shop A ; 11.00 ;  ; 189.10; food\n"
            "Apr 2, 2026 ; Top-Up by *1234 ;  ; 200.00 ; 418.94; general\n",
            [1100, -20000],
        ),
        # The cell over the amounts is blank, its name stands over their currencies.
        (
            "Datum,Omschrijving,Mutatie,,Saldo,",
            '27-12-2026,Aankoop,EUR,"-0,19",EUR,"13,88"\n28-12-2026,Storting,EUR,"8,72",EUR,"22,60"\n',
            [19, -872],
        ),
        # One word for both halves.
        (
            "Datum der Transaktion,Referenz,Rechnungsbetrag ausgehend,Rechnungsbetrag eingehend",
            "29.12.2026,Laden,840.12,0.00\n15.12.2026,Kunde,0.00,40.00\n",
            [84012, -4000],
        ),
        (
            "Fecha;Descripcion;Importe Acreditado;Importe Debido",
            "2026-08-04;PAGO;;100,50\n2026-08-05;COBRO;200,00;\n",
            [10050, -20000],
        ),
        # What each of those who share it owes stands beside the price.
        (
            "Date,Description,Category,Cost,Currency,Ann,Bob",
            "2026-01-26,Hotel,Trip,83.75,EUR,-41.87,41.87\n"
            "2026-01-29,Dinner,Trip,63.00,EUR,31.50,-31.50\n",
            [8375, 6300],
        ),
        (
            '"DATE","DESCRIPTION","AMOUNT","CURRENT BALANCE"',
            '"05/14/2026","POS","$12.00","$88.00"\n"05/15/2026","ACME","$30.00","$118.00"\n',
            [1200, -3000],
        ),
        # What else may be a balance fills the rows that money out leaves.
        (
            "Datum;Text;Belastung;Guthaben",
            "2026-08-04;LADEN;100,50;\n2026-08-05;KUNDE;;200,00\n",
            [10050, -20000],
        ),
        (
            "Datum;Text;Soll;Guthaben",
            "2026-08-04;LADEN;100,50;0,00\n2026-08-05;KUNDE;0,00;200,00\n",
            [10050, -20000],
        ),
        (
            "Datum;Text;Betrag;Guthaben",
            "2026-08-04;LADEN;-100,50;899,50\n2026-08-05;KUNDE;200,00;1099,50\n",
            [10050, -20000],
        ),
        # A side of two words, and rows on neither.
        (
            "交易日期,交易地点,借贷,交易金额",
            "2026-01-01,商店,借 Dr,1.23\n2026-02-02,银行,贷 Cr,3.21\n",
            [123, -321],
        ),
        (
            "交易时间,订单标题,收/支,金额",
            "2026-01-01 10:00:00,商店,支出,1.23\n2026-01-02 10:00:00,退款,收入,3.21\n"
            "2026-01-03 10:00:00,转入,不计收支,5.00\n",
            [123, -321, 500],
        ),
        # Words that are not known over columns that are.
        ("一,二,三,四", "2026-01-01,商店,支出,1.23\n2026-02-02,退货店,收入,3.21\n", [123, -321]),
    ],
)
def test_what_moved_is_read_not_what_is_left(
    header: str, rows: str, expected: list[int], tmp_path: Path
) -> None:
    """The balance would be read as the amount, or money in be lost or taken for money out."""
    assert read(tmp_path, f"{header}\n{rows}")["amount"].tolist() == expected


def test_a_balance_alone_is_no_amount(tmp_path: Path) -> None:
    """Where amounts cannot be read, what is left after them would be taken for what was spent."""
    content = (
        "Date,Narration,Debit Amount,Credit Amount,Closing Balance\n"
        "01/08/2026,SHOP ONE,10 apples,,50000.00\n02/08/2026,SHOP TWO,,5 pears,49500.00\n"
    )
    with pytest.raises(InputError) as told:
        read(tmp_path, content)
    assert told.value.code == "layout_none"


def test_the_amount_beside_the_accounts_currency_is_the_billed_one(tmp_path: Path) -> None:
    """Dollars would be read as roubles: 4.50 charged, 4.50 back, nothing missing."""
    frame = read(
        tmp_path,
        "Дата операции;Сумма операции;Валюта операции;Итог;Валюта счета;Описание\n"
        "06.07.2026;-4,50;USD;-336,15;RUB;ALIEXPRESS.COM\n"
        "16.07.2026;4,50;USD;330,10;RUB;ALIEXPRESS.COM\n",
    )
    assert frame["amount"].tolist() == [33615, -33010]
    assert frame["original_amount"].tolist() == [450, -450]
    assert set(frame["original_currency"]) == {"USD"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # The account is named above the header; the numbers in the rows are of the other side.
        (
            '"Kontonummer:";"DE99999999999999991234 / Girokonto"\n\n'
            "Buchungstag;Auftraggeber / Begünstigter;Kontonummer;BLZ;Betrag (EUR)\n"
            "26.01.2026;ALIEXPRESS.COM;DE00000000000000005555;AAAA;20,00\n"
            "05.01.2026;ALIEXPRESS.COM;DE00000000000000007777;AAAA;-20,00\n",
            ["1234", "1234"],
        ),
        (
            "IBAN;DE12 5001 0517 0648 4898 90\n\nBuchung;Auftraggeber/Empfänger;Betrag\n"
            "05.01.2026;ALIEXPRESS.COM;-20,00\n06.01.2026;LADEN;-5,00\n",
            ["9890", "9890"],
        ),
        # The account of each row, in words that are not known.
        (
            "Bank Account,Date,Narrative,Debit Amount,Credit Amount\n"
            "748007654321,23/06/2026,ALIEXPRESS.COM,20.00,\n"
            "748007651912,24/06/2026,ALIEXPRESS.COM,20.00,\n",
            ["4321", "1912"],
        ),
        # Without a header the number that all rows show.
        (
            "12345678901;ALIEXPRESS.COM;02.07.2026;-5,99;EUR\n"
            "12345678901;ANOTHER VENDOR;21.06.2026;-30,99;EUR\n",
            ["8901", "8901"],
        ),
    ],
)
def test_rows_are_of_the_account_that_shows_them(
    content: str, expected: list[str], tmp_path: Path
) -> None:
    """A refund would not be linked, or be linked with a charge on another card."""
    rows = read(tmp_path, content)
    labels = account_labels.plain(rows["account_key"].astype("str"), rows["layout"].astype("str"))
    assert labels.tolist() == [f"…{digits}" for digits in expected]


def test_a_column_of_currencies_without_a_name_is_read(tmp_path: Path) -> None:
    """Without a currency no exchange rate applies, and refunds stay unlinked."""
    frame = read(tmp_path, "Datum;Text;Art;Betrag\n05.01.2026;LADEN;CHF;-20,00\n")
    assert frame["currency"].tolist() == ["CHF"]


def test_accounts_that_have_names_alone_are_told_apart(tmp_path: Path) -> None:
    """A household's list of all cards would be one card: a refund of one linked to the other."""
    (tmp_path / "x.csv").write_text(
        "日付,内容,金額（円）,保有金融機関\n2026/05/03,ALIEXPRESS.COM,-4845,赤いカード\n"
        "2026/05/10,ALIEXPRESS.COM,-4845,青いカード\n2026/05/20,ALIEXPRESS.COM,4845,青いカード\n"
        "2026/05/27,電気,-8000,赤いカード\n",
        "utf-8",
    )
    found = reconcile(tmp_path / "x.csv", as_of="2026-07-01")
    names = found.transactions["account"].astype("str")
    assert names.nunique() == 2
    assert names.str.startswith("guessed-").all()
    (case,) = found.cases.to_dict("records")
    book = found.transactions.set_index("id")
    of_case = book.loc[case["charges"] + case["refunds"]]
    assert of_case["account"].nunique() == 1
    assert of_case["transaction_date"].min() == pd.Timestamp("2026-05-10")


def test_each_row_names_its_account_on_one_side_or_the_other(tmp_path: Path) -> None:
    """A refund would be of another account than its purchase, and not be linked."""
    frame = read(
        tmp_path,
        "日付,支払元,入金先,お店,収入,支出\n2026-05-03,赤いカード,-,ALIEXPRESS.COM,0,4845\n"
        "2026-05-20,-,赤いカード,ALIEXPRESS.COM,4720,0\n2026-05-21,青いカード,-,パン屋,0,500\n",
    )
    assert frame["account_key"].tolist() == ["赤いカード", "赤いカード", "青いカード"]


LINES = (
    ",Data,,Detalii tranzactie,,Debit,Credit\n"
    '24 octombrie 2025,,,Returnare POS,,,"26,81"\n'
    ",,,Numar card:**** 1234,,,\n,,,Terminal:ALIEXPRESS.COM  LU,,,\n"
    '09 octombrie 2025,,,Cumparare POS,,"26,81",\n'
    ",,,Numar card:**** 1234,,,\n,,,Terminal:ALIEXPRESS.COM  LU,,,\n"
    '03 octombrie 2025,,,Transfer,,"12,00",\n,,,Beneficiar:BOB,,,\n,,,Din contul:1,,,\n'
)


def test_lines_below_a_record_are_its_text(tmp_path: Path) -> None:
    """The report would say that there is no purchase at AliExpress: only `Cumparare POS` is."""
    frame = read(tmp_path, LINES)
    assert frame["amount"].tolist() == [-2681, 2681, 1200]
    assert frame["description"].tolist() == [
        "Returnare POS Numar card:**** 1234 Terminal:ALIEXPRESS.COM LU",
        "Cumparare POS Numar card:**** 1234 Terminal:ALIEXPRESS.COM LU",
        "Transfer Beneficiar:BOB Din contul:1",
    ]


def test_a_foot_of_the_page_is_no_text_of_the_last_record(tmp_path: Path) -> None:
    """The bank's small print would be shown as what was bought."""
    foot = "".join(f",Legend {n}: words of the bank,\n" for n in range(5))
    content = f"Date,Text,Amount\n2025-10-03,ONE,-26.81\n2025-10-04,TWO,-12.00\n{foot}"
    assert read(tmp_path, content)["description"].tolist() == ["ONE", "TWO"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("ショッピング利用金額,キャッシング利用金額", ['"3,480",', "620,", ',"10,000"']),
        ("Amount,Cash Advance", ["34.80,", "6.20,", ",100.00"]),
        ("Amount,Cashback", ["34.80,", "6.20,", ",1.00"]),
        ("利用金額,ポイント利用額", ["3480,0", "620,0", "0,1200"]),
        ("Amount,Interest", ["34.80,", "6.20,", ",1.00"]),
    ],
)
def test_a_column_that_fills_gaps_is_not_yet_the_other_side(
    header: str, rows: list[str], tmp_path: Path
) -> None:
    """Beside a column of cash advances or points every purchase would become a refund."""
    lines = [f"2026/01/0{day},SHOP {day},{row}" for day, row in enumerate(rows, 5)]
    frame = read(tmp_path, f"Date,Description,{header}\n" + "\n".join(lines) + "\n")
    assert (frame["amount"].iloc[:2] > 0).all()
    assert set(frame["kind"].iloc[:2]) == {"purchase"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # The account above, the cards in the rows.
        (
            "Account number,12345678\n\nDate,Card number,Description,Amount\n"
            "05/01/2026,XXXX XXXX XXXX 1111,ALIEXPRESS.COM,34.80\n"
            "12/01/2026,XXXX XXXX XXXX 2222,ALIEXPRESS.COM,34.80\n",
            ["1111", "2222"],
        ),
        # A number inside its IBAN.
        (
            "Compte,00040211293\n\nDate;IBAN;Libellé;Montant\n"
            "05/01/2026;FR7630004000400021129312345;ALIEXPRESS.COM;-34,80\n",
            ["2345"],
        ),
    ],
)
def test_cards_of_an_account_named_above_stay_apart(
    content: str, expected: list[str], tmp_path: Path
) -> None:
    """The refund of one card would compete with the purchase of another."""
    assert read(tmp_path, content)["account_key"].str[-4:].tolist() == expected


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Card", ["Contactless", "Chip and PIN", "Online"]),
        ("Account", ["Expenses:Shopping", "Expenses:Food", "Income:Refunds"]),
        ("カード", ["本人", "家族", "本人"]),
    ],
)
def test_ways_to_pay_are_no_accounts(name: str, values: list[str], tmp_path: Path) -> None:
    """A refund paid back online would be of another account than the purchase in the shop."""
    rows = "".join(f"0{n}/01/2026,SHOP,{value},3.50\n" for n, value in enumerate(values, 5))
    frame = read(tmp_path, f"Date,Description,{name},Amount\n{rows}")
    assert set(frame["account_key"]) == {""}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            "Card,Date,Description,Amount\nCard 4321,05/01/2026,ALIEXPRESS.COM,34.80\n"
            "Card 4321,09/01/2026,TESCO,6.2O\nCard 4321,20/01/2026,ALIEXPRESS.COM,-34.80\n"
            "Card 4321,32/01/2026,AMAZON,20.00\n",
            [3, 5],
        ),
        (
            "05/01/2O26,ALIEXPRESS.COM,£34.8O,GBP,a\n09/01/2026,TESCO,£6.20,GBP,a\n"
            "13/01/2026,BOOTS,£6.20,GBP,a\n20/01/2026,ALIEXPRESS.COM,-£34.80,GBP,a\n",
            [1],
        ),
    ],
)
def test_a_damaged_row_is_not_passed_over(content: str, lines: list[int], tmp_path: Path) -> None:
    """A purchase with a letter in its amount would be gone without a word."""
    (tmp_path / "x.csv").write_text(content, "utf-8")
    _, source = read_file(tmp_path / "x.csv")
    assert [bad.line for bad in source.rejected] == lines


def test_a_line_below_a_row_does_not_change_the_account(tmp_path: Path) -> None:
    """All rows behind it would be of another account, their refunds unlinked."""
    content = (
        "Date,Description,Amount\n05/01/2026,ALIEXPRESS.COM,34.80\n,Account 99995678,\n"
        "20/01/2026,ALIEXPRESS.COM,-34.80\n"
    )
    assert set(read(tmp_path, content)["account_key"]) == {""}


@pytest.mark.parametrize("name", ["Card type", "Clr"])
def test_letters_and_kinds_of_cards_are_no_sides(name: str, tmp_path: Path) -> None:
    """All purchases with a credit card would be refunds."""
    value = "Credit" if name == "Card type" else "C"
    rows = f"05/01/2026,SHOP,34.80,{value}\n06/01/2026,CAFE,3.50,{'Debit' * (len(value) > 1)}\n"
    frame = read(tmp_path, f"Date,Description,Amount,{name}\n{rows}")
    assert frame["amount"].tolist() == [3480, 350]


def test_the_banks_descriptor_is_not_replaced_by_the_users_note(tmp_path: Path) -> None:
    """The number that links a refund with its purchase would be lost."""
    rows = "2026-01-05,PAYPAL *HZDONGCHE 35314369001,aliexpress phone case,34.80\n"
    frame = read(tmp_path, f"Date,Description,Notes,Amount\n{rows}")
    assert frame["description"].tolist() == ["PAYPAL *HZDONGCHE 35314369001"]


def test_many_columns_of_amounts_take_no_time() -> None:
    """A sheet of sixty columns of numbers would be looked at for half a minute, or lose its money
    out and in."""
    rows, wide = 200, 60
    amounts = np.arange(1, rows + 1) * 7
    out = np.arange(rows) % 3 > 0
    total = np.cumsum(np.where(out, -amounts, amounts)) + 100_000
    cells = {
        0: [f"2025-{n // 28 + 1:02}-{n % 28 + 1:02}" for n in range(rows)],
        1: [f"SHOP NUMBER {n % 9}" for n in range(rows)],
        2: [f"{n / 100:.2f}" if is_out else "" for n, is_out in zip(amounts, out, strict=True)],
        3: ["" if is_out else f"{n / 100:.2f}" for n, is_out in zip(amounts, out, strict=True)],
        4: [f"{n / 100:.2f}" for n in total],
    }
    for column in range(wide):
        cells[5 + column] = [f"{(n * 37 + column * 11) % 997}.{column % 90 + 10}" for n in amounts]
    start = time.perf_counter()
    found = guess_contents.by_contents(pd.DataFrame(cells, dtype=object))
    assert found is not None
    assert (found["debit"], found["credit"], found["balance"]) == ([2], [3], [4])
    # About a second; with every pair of them beside every other, twenty times that.
    assert time.perf_counter() - start < 8


def test_bookkeeping_is_not_read_as_money_out_less_money_in(tmp_path: Path) -> None:
    """Each entry has its amount on both sides: every row would be a purchase of nothing."""
    text = "取引日,借方勘定科目,借方金額,貸方勘定科目,貸方金額,摘要\n" + "".join(
        f"2026/05/0{day},消耗品費,{amount},未払金,{amount},{shop}\n"
        for day, amount, shop in [(2, 1568, "BOOKS"), (6, 1949, "ALIEXPRESS"), (9, 2669, "CAFE")]
    )
    with pytest.raises(InputError):
        read(tmp_path, text)


def test_the_day_of_sale_is_the_day_of_use(tmp_path: Path) -> None:
    """With the day of booking a refund would seem to come sooner."""
    text = "Sale Date,Post Date,Details,Amount\n05/13/26,05/14/26,ALIEXPRESS,12.40\n"
    row = read(tmp_path, text).iloc[0]
    assert str(row["transaction_date"])[:10] == "2026-05-13"
    assert str(row["posted_date"])[:10] == "2026-05-14"


def test_money_out_that_is_called_an_online_payment_is_a_purchase(tmp_path: Path) -> None:
    """A charge that counts as a payment is never linked with its refund."""
    rows = "02/03/2026,{},ONLINE PAYMENT,-24.31,900.00\n05/03/2026,{},ONLINE PAYMENT,-3.00,897.00\n"
    head = "Date,Counter Party,Type,Amount (GBP),Balance (GBP)\n"
    frame = read(tmp_path, head + rows.format("AliExpress", "Tesco"))
    assert frame["kind"].tolist() == ["purchase", "purchase"]


def test_the_shop_may_stand_in_what_is_called_a_reference(tmp_path: Path) -> None:
    """Rows that are called by their kind alone are never linked with an order or a refund."""
    frame = read(
        tmp_path,
        "Bokföringsdag,Transaktionsdag,Referens,Beskrivning,Belopp\n"
        "2026-03-27,2026-03-26,ALIEXPRESS.COM,Återköp kort,683.09\n"
        "2026-03-11,2026-03-11,ICA NÄRA,Kortköp,-314.80\n"
        "2026-03-03,2026-03-02,ALIEXPRESS.COM,Kortköp,-683.09\n",
    )
    assert frame["description"].str.contains("ALIEXPRESS").tolist() == [True, False, True]


def test_a_place_that_says_hold_makes_a_row_pending(tmp_path: Path) -> None:
    """What is only held back would count as a charge that was never refunded."""
    frame = read(
        tmp_path,
        "Дата операции;Референс проводки;Описание операции;Приход;Расход\n"
        "11.05.26;HOLD;MAGNIT;0;350,00\n10.05.26;CRD_1;ALIEXPRESS;0;1 200,00\n",
    )
    assert frame["status"].tolist() == ["pending", "posted"]


def test_the_shop_is_whichever_party_is_not_the_holder(tmp_path: Path) -> None:
    """A refund would be a payment from the holder to the holder, and found by no charge."""
    head = "Buchungsdatum;Zahlungspflichtige*r;Zahlungsempfänger*in;Verwendungszweck;Betrag (€)\n"
    frame = read(
        tmp_path,
        head
        + "07.04.26;ALIEXPRESS.COM;Erika M;Karte;15,81\n10.03.26;Firma AG;Erika M;Lohn;2850,00\n"
        "09.03.26;Erika M;REWE;Karte;-4,50\n05.03.26;Erika M;ALIEXPRESS.COM;Karte;-15,81\n",
    )
    assert frame["description"].tolist() == ["ALIEXPRESS.COM", "Firma AG", "REWE", "ALIEXPRESS.COM"]


def test_a_holder_in_one_column_alone_changes_nothing(tmp_path: Path) -> None:
    """Names that repeat would be moved about."""
    rows = "".join(f"0{n}.03.26;Erika M;SHOP {n};-4,50\n" for n in range(1, 5))
    frame = read(tmp_path, f"Buchungsdatum;Zahlungspflichtige*r;Empfänger;Betrag\n{rows}")
    assert frame["description"].tolist() == [f"SHOP {n}" for n in range(1, 5)]


def test_a_summary_above_rows_without_a_header_does_not_move_the_amount(tmp_path: Path) -> None:
    """The numbers of the rows would be read as amounts, in silence."""
    frame, source = read_file(_write(tmp_path, (
        '2026-05-12,01-03-2026,KONTO,,JAN K,PLN,"2500,00","2231,32",3,\n'
        '30-03-2026,29-03-2026,ZWROT ALIEXPRESS.COM,,,"68,68","2299,99",1,\n'
        '16-03-2026,16-03-2026,ALIEXPRESS.COM,,,"-68,68","2231,31",2,\n'
        '16-03-2026,15-03-2026,BIEDRONKA,,,"-200,01","2299,99",3,\n'
    )))  # fmt: skip
    assert frame["amount"].tolist() == [-6868, 6868, 20001]
    assert [bad.line for bad in source.rejected] == [1]


def _write(folder: Path, content: str) -> Path:
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return path


def test_numbers_of_transactions_are_no_shops(tmp_path: Path) -> None:
    """Every row would be called by its number, and no refund be found."""
    frame = read(
        tmp_path,
        "Transaction ID,Date,Currency,Amount,Notes\nab0002,2026-04-06,USD,8.53,AliExpress\n"
        "cd0001,2026-03-18,USD,-2.02,Starbucks\nab0000,2026-03-13,USD,-8.53,AliExpress\n",
    )
    assert frame["description"].tolist() == ["AliExpress", "Starbucks", "AliExpress"]


def test_a_currency_for_either_side_is_one(tmp_path: Path) -> None:
    """Refunds would be of no known currency."""
    frame = read(
        tmp_path,
        "DATE;ACTIVITY NAME;DEBIT;DEBIT CURRENCY;CREDIT;CREDIT CURRENCY\n"
        "04/03/2026;Migros;-38.19;CHF;;\n11/04/2026;AliExpress;;;14.16;CHF\n",
    )
    assert frame["currency"].tolist() == ["CHF", "CHF"]


@pytest.mark.parametrize(
    ("out", "in_"),
    [
        ("Amount (Debit)", "Amount (Credit)"),
        ("金額（出金）", "金額（入金）"),
        ("记账金额(支出)", "记账金额(收入)"),
        ("Betrag (Soll)", "Betrag (Haben)"),
    ],
)
def test_a_note_that_says_which_way_money_went_tells_two_columns_apart(
    out: str, in_: str, tmp_path: Path
) -> None:
    """Without it both are called the same, and what came in would be read as spent, or not read."""
    text = f"Date,Payee,{in_},{out}\n2026-03-01,RENT,,500.00\n2026-03-02,ALIEXPRESS,,20.00\n"
    text += "2026-03-05,ALIEXPRESS,20.00,\n2026-03-06,ACME,1000.00,\n"
    assert read(tmp_path, text)["amount"].tolist() == [50000, 2000, -2000, -100000]


def test_columns_of_money_that_hold_none_give_way_to_those_that_do(tmp_path: Path) -> None:
    """Beside its own amounts a bank prints the merchant's, which at home are dashes alone."""
    text = "交易日期,交易场所,交易金额(收入),交易金额(支出),记账金额(收入),记账金额(支出)\n"
    text += "2026-03-01,超市,-,-,,13.40\n2026-03-02,ALIEXPRESS,-,-,,23.40\n"
    text += "2026-03-05,ALIEXPRESS,-,-,23.40,\n"
    assert read(tmp_path, text)["amount"].tolist() == [1340, 2340, -2340]


def test_the_day_of_the_transaction_is_taken_where_its_name_is_short(tmp_path: Path) -> None:
    """The value date beside it is a later one."""
    text = "Tran Date,Value Date,Details,Amount\n2026-04-06,2026-04-07,ALIEXPRESS,5.00\n"
    rows = read(tmp_path, text)
    assert rows["transaction_date"].dt.day.tolist() == [6]
    assert rows["posted_date"].dt.day.tolist() == [7]


def test_of_two_columns_of_the_same_amounts_the_one_with_signs_counts(tmp_path: Path) -> None:
    """A bank prints each amount twice, and what came back below zero in the second place alone."""
    text = "Date,Details,Points,Amount,Billing Amount Sign\n"
    text += "2026-03-01,GROCER,14,718.61,718.61\n2026-03-02,ALIEXPRESS,10,102.34,102.34\n"
    text += "2026-03-05,PAYMENT RECEIVED,0,740.15,-740.15\n"
    text += "2026-03-09,ALIEXPRESS,10,102.34,-102.34\n"
    rows = read(tmp_path, text)
    assert rows["amount"].tolist() == [71861, 10234, -74015, -10234]
    assert rows["kind"].tolist() == ["purchase", "purchase", "payment", "refund"]


@pytest.mark.parametrize(
    ("out", "in_"), [("Withdrawal (Dr)", "Deposit (Cr)"), ("Debit (Dr)", "Credit (Cr)")]
)
@pytest.mark.parametrize("none", ["", "0.00"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_note_on_a_word_that_tells_the_side_leaves_it_that_word(
    out: str, in_: str, none: str, turned: bool, tmp_path: Path
) -> None:
    """With the note neither was known, and refunds were lost, or all that was spent."""
    names, step = [out, in_], -1 if turned else 1
    text = f"Date,Value Date,Particulars,Chq No,{','.join(names[::step])},Balance\n"
    for day, shop, cells, left in (
        (2, "SHOP", ["10.00", none], "990.00"), (5, "ALIEXPRESS", ["25.10", none], "964.90"),
        (20, "ALIEXPRESS", [none, "25.10"], "990.00"), (25, "BAR", ["30.00", none], "960.00"),
    ):  # fmt: skip
        date, cheque = f"2025-01-{day:02}", f"{day:05}"
        text += f"{date},{date},{shop},{cheque},{','.join(cells[::step])},{left} Cr\n"
    assert read(tmp_path, text)["amount"].tolist() == [1000, 2510, -2510, 3000]


@pytest.mark.parametrize(
    ("header", "beside"),
    [
        ("Date,Description,Limit,Total (paid)", "5000.00"),
        ("Fecha,Concepto,Límite,Monto (cargo)", "5000.00"),
        ("Datum,Beschreibung,Limit,Umsatz (Ausgabe)", "5000.00"),
        ("利用日,利用店,ポイント,請求額(支払い)", "10"),
        ("이용일,가맹점,포인트,이용금액(이용)", "10"),
        ("Data,Descrição,Pontos,Valor (despesa)", "10"),
    ],
)
def test_a_note_of_a_side_leaves_an_amount_the_amount(
    header: str, beside: str, tmp_path: Path
) -> None:
    """Joined to its word it made an unknown one, and the limit or the points were read."""
    text = (
        f"{header}\n2025-01-02,ALIEXPRESS,{beside},25.10\n2025-02-01,ALIEXPRESS,{beside},-25.10\n"
    )
    text += f"2025-02-03,BAR,{beside},7.00\n"
    rows = read(tmp_path, text)
    scale = 1 if (rows["currency"].isin(["JPY", "KRW"])).all() else 100
    assert (rows["amount"] / scale).round().tolist() == [25, -25, 7]


@pytest.mark.parametrize(
    "dates", ["Date (sale),Date (settled)", "日付(利用),日付(引落)", "Date (purchase),Posted date"]
)
def test_a_note_of_a_side_leaves_a_day_the_day(dates: str, tmp_path: Path) -> None:
    """The other day, of the settlement, was taken."""
    text = f"{dates},Description,Amount\n2025-01-02,2025-01-04,ALIEXPRESS,25.10\n"
    assert read(tmp_path, text)["transaction_date"].dt.day.tolist() == [2]


def test_amounts_with_signs_do_not_replace_those_whose_side_a_column_tells(tmp_path: Path) -> None:
    """A check beside them says something else by its minus."""
    text = "Date,Description,Debit/Credit,Amount,Check\n2025-01-02,SHOP,Debit,10.00,10.00\n"
    text += "2025-01-05,ALIEXPRESS,Debit,25.00,25.00-\n2025-02-05,ALIEXPRESS,Credit,25.00,25.00\n"
    text += "2025-02-06,BAR,Debit,5.00,5.00-\n"
    assert read(tmp_path, text)["amount"].tolist() == [1000, 2500, -2500, 500]


def test_a_hyphen_inside_a_number_is_no_sign(tmp_path: Path) -> None:
    """A reference has the digits of the amount, and was read in its place."""
    text = "Date,Description,Amount,Ref\n2025-01-02,SHOP,10,1-0\n2025-01-05,ALIEXPRESS,25,2-5\n"
    text += "2025-02-05,BAR,30,30\n"
    assert read(tmp_path, text)["amount"].tolist() == [1000, 2500, 3000]


def _halves(names: str, rows: list[tuple[str, str, str]], turned: bool, *, last: str = "") -> str:
    """A statement of two columns of money, in one order or the other; `last` is the word over a
    balance of which each row takes what it comes to."""
    step, left = -1 if turned else 1, 1000.0
    text = f"Date,Description,{','.join(names.split(',')[::step])}{',' * bool(last)}{last}\n"
    for day, (shop, one, other) in enumerate(rows, 5):
        left -= float(one or 0) + float(other or 0)
        text += f"2025-01-{day:02},{shop},{','.join([one, other][::step])}"
        text += f",{left:.2f}\n" if last else "\n"
    return text


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("last", ["", "Balance"])
@pytest.mark.parametrize(
    "names",
    [
        "Importe,Retiros", "Amount,Withdrawal", "Purchase amount,Withdrawal amount",
        "Charge,Cash withdrawal", "利用金額,分割支払額", "利用金額,支払金額",
        "Card amount,Spent", "Amount,Amount spent abroad",
    ],
)  # fmt: skip
def test_beside_a_column_of_money_out_an_amount_is_no_money_in(
    names: str, last: str, turned: bool, tmp_path: Path
) -> None:
    """Beside withdrawals every purchase was taken for a refund. Rows of the other column are told
    as not read."""
    rows = [("ALIEXPRESS", "25.10", ""), ("ATM", "", "100.00"), ("VIDEO", "9.99", ""),
            ("ATM", "", "30.00"), ("VIDEO", "9.99", "")]  # fmt: skip
    path = _write(tmp_path, _halves(names, rows, turned, last=last))
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [2510, 999, 999]
    assert len(source.rejected) == 2


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("names", ["Withdrawal,Amount", "Retiros,Importe", "支払金額,金額"])
def test_an_amount_beside_money_out_is_money_in_where_rows_say_so(
    names: str, turned: bool, tmp_path: Path
) -> None:
    """It gives shops back what they were paid before."""
    rows = [("ALIEXPRESS", "25.10", ""), ("BAR", "7.50", ""), ("ALIEXPRESS", "", "25.10")]
    frame = read(tmp_path, _halves(names, rows, turned))
    told = frame["amount"] / (1 if frame["currency"].eq("JPY").all() else 100)
    assert told.gt(0).tolist() == [True, True, False]


def test_a_balance_tells_that_an_amount_beside_money_out_is_money_in(tmp_path: Path) -> None:
    """It rises with the one as it falls with the other, though no shop has both."""
    text = "Date,Description,Amount,Withdrawal,Balance\n2025-01-02,BAR,,10.00,990.00\n"
    text += "2025-01-03,SHOP,,20.00,970.00\n2025-01-04,ACME,500.00,,1470.00\n"
    text += "2025-01-05,BAR,,10.00,1460.00\n"
    assert read(tmp_path, text)["amount"].tolist() == [1000, 2000, -50000, 1000]
