"""Statements without a layout whose rows have no sign: on which side each stands."""

from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

from reconcile import layout


def read(folder: Path, content: str) -> pd.DataFrame:
    """The rows of the one statement in a file with this content."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    return read_file(path, layout.shipped())[0]


def owed(frame: pd.DataFrame) -> list[float]:
    """Amounts in file order, positive where money was spent."""
    places = frame["decimals"].astype(int)
    return (frame["amount"].astype(int) / 10**places).tolist()


@pytest.mark.parametrize(
    ("header", "out", "in_"),
    [
        ("収支区分", "支出", "収入"),
        ("收付", "付", "收"),
        ("Тип", "Списання", "Зарахування"),
        ("Loại", "Ghi nợ", "Ghi có"),
        ("収入/支出", "支出", "収入"),
        ("利用/チャージ", "支払い", "返金"),
        ("利用/チャージ", "支払い", "チャージ"),
        ("Income/Expense", "Exp.", "Income"),
        ("Type", "Expense", "Income"),
        ("İşlem Tipi", "Satış", "İade"),
        ("Typ", "Wydatek", "Przychód"),
        ("Typ", "Výdaje", "Příjmy"),
        ("Típus", "Kiadás", "Bevétel"),
        ("Tip", "Cheltuieli", "Venituri"),
        ("Typ", "Utgift", "Inkomst"),
        ("Type", "Utgift", "Inntekt"),
        ("Type", "Udgift", "Indtægt"),
        ("Laji", "Meno", "Tulo"),
        ("Τύπος", "Έξοδο", "Έσοδο"),
        ("Тип", "Расход", "Доход"),
        ("유형", "지출", "수입"),
        ("类型", "支出", "收入"),
        ("ประเภท", "รายจ่าย", "รายรับ"),
        ("Loại", "Chi", "Thu"),
        ("Jenis", "Pengeluaran", "Pemasukan"),
        ("النوع", "مصروف", "دخل"),
        ("סוג", "הוצאה", "הכנסה"),
    ],
)
def test_words_of_sides_are_known(header: str, out: str, in_: str, tmp_path: Path) -> None:
    """Money that came back would be a charge, and nobody would be told."""
    content = (
        f"Date;Text;{header};Amount\n2025-02-03;ALIEXPRESS;{out};12.34\n"
        f"2025-02-05;BOOKS;{out};7.00\n2025-02-20;ALIEXPRESS;{in_};12.34\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, -12.34]


@pytest.mark.parametrize(
    "word",
    ["返金", "İade", "Zwrot", "Vrácení", "Visszatérítés", "Rambursare", "Återbetalning", "Refusjon",
     "Tilbagebetaling", "Palautus", "Επιστροφή", "Возврат", "Повернення", "환불", "退款", "คืนเงิน",
     "Hoàn tiền", "Pengembalian dana", "استرداد", "החזר"],
)  # fmt: skip
def test_refund_words_are_known(word: str, tmp_path: Path) -> None:
    """A refund that only its type names would be read as a second charge."""
    content = (
        "Date;Text;Type;Amount\n2025-02-03;ALIEXPRESS;Card 1;12.34\n2025-02-05;BOOKS;Card 2;7.00\n"
        f"2025-02-07;TRAIN;Card 3;8.00\n2025-02-20;ALIEXPRESS;{word};12.34\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, 8.0, -12.34]


@pytest.mark.parametrize(("word", "sign"), [("返金", -1), ("Refund", -1), ("Refunded", 1)])
def test_a_status_may_name_a_refund(word: str, sign: int, tmp_path: Path) -> None:
    """A refund would be a charge; a purchase that was refunded is still the purchase."""
    content = (
        "Date;Text;Amount;ステータス\n2025-02-03;ALIEXPRESS;1234;決済確定\n"
        f"2025-02-05;BOOKS;700;決済確定\n2025-02-20;ALIEXPRESS;1234;{word}\n"
    )
    assert owed(read(tmp_path, content))[2] == sign * 1234


@pytest.mark.parametrize("word", ["取消", "취소", "キャンセル", "Storno"])
def test_what_takes_a_charge_back_is_a_refund(word: str, tmp_path: Path) -> None:
    """The refund would count as a row that never was; a charge called so still does."""
    content = (
        "Date;Text;Amount;Status\n2025-02-03;ALIEXPRESS;12.34;OK\n2025-02-05;BOOKS;7.00;OK\n"
        f"2025-02-06;BOOKS;7.00;{word}\n2025-02-20;ALIEXPRESS;-12.34;{word}\n"
    )
    frame = read(tmp_path, content)
    assert frame["status"].tolist() == ["posted", "posted", "voided", "posted"]
    assert frame["kind"].tolist()[3] == "refund"


@pytest.mark.parametrize(
    "names",
    ["ご利用金額;返品・取消額", "Amount;Refund", "Expense amount;Income amount", "Kwota;Zwrot"],
)
@pytest.mark.parametrize("none", ["", "0.00"])
def test_a_column_of_refunds_beside_the_amount(names: str, none: str, tmp_path: Path) -> None:
    """The refund would be lost, or be a charge."""
    content = (
        f"Date;Text;{names}\n2025-02-03;ALIEXPRESS;12.34;{none}\n2025-02-05;BOOKS;7.00;{none}\n"
        f"2025-02-20;ALIEXPRESS;{none};12.34\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, -12.34]


@pytest.mark.parametrize(
    "names", ["付款(轉出);收款(轉入)", "outcomeAccountName;incomeAccountName", "Money out;Money in"]
)
def test_the_filled_account_tells_the_side(names: str, tmp_path: Path) -> None:
    """Which of two columns names the account is all that such programs say of the side."""
    content = (
        f"Date;Text;Amount;{names}\n2025-02-03;ALIEXPRESS;12.34;Visa;\n"
        "2025-02-05;BOOKS;7.00;Visa;\n2025-02-20;ALIEXPRESS;12.34;;Visa\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, -12.34]


def test_each_side_has_its_currency(tmp_path: Path) -> None:
    """Refunds would have no currency, and be linked with nothing."""
    content = (
        "date;payee;outcome;outcomeCurrency;income;incomeCurrency\n2025-02-03;ALIEXPRESS;12,34;RUB;0;"
        "\n2025-02-05;BOOKS;7,00;RUB;0;\n2025-02-20;ALIEXPRESS;0;;12,34;RUB\n"
    )
    assert read(tmp_path, content)["currency"].tolist() == ["RUB"] * 3


def test_two_kinds_of_cards_are_no_sides(tmp_path: Path) -> None:
    """What was paid by the credit card would be money that came back."""
    content = (
        "Date;Text;Amount;Debit card;Credit card\n2025-02-03;ALIEXPRESS;12.34;Visa;\n"
        "2025-02-05;BOOKS;7.00;Visa;\n2025-02-20;TRAIN;8.00;;Gold\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, 8.0]


@pytest.mark.parametrize(
    "text",
    [
        "口座引落", "Pagamento recebido", "SPŁATA KARTY", "ÖDEME", "Inbetalning", "Payroll",
        "Habenzinsen", "ELECTRONIC DEPOSIT ACME", "VIREMENT EN VOTRE FAVEUR", "Pag Fatura Boleto",
        "PAGAMENTO COM SALDO", "DEPOSITO SPEI", "Przelew Blik", "ΤΟΚΟΙ",
    ],
)  # fmt: skip
def test_payments_are_no_refunds(text: str, tmp_path: Path) -> None:
    """Money paid to the card would be listed among refunds."""
    content = (
        "Date;Text;Amount\n2025-02-03;ALIEXPRESS;12.34\n2025-02-05;BOOKS;7.00\n"
        f"2025-02-20;{text};-19.34\n2025-02-21;ALIEXPRESS;-12.34\n"
    )
    assert read(tmp_path, content)["kind"].tolist()[2:] == ["payment", "refund"]


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("Refund", "INTERAC E-TRANSFER"), ("Refund", "PRZELEW BLIK"), ("", "PRZELEW BLIK ZWROT"),
        ("", "SEPA OVERBOEKING RETOUR"), ("Refund", "SEPA OVERBOEKING RETOUR"),
        ("Przelew Blik", "ZWROT ALIEXPRESS"), ("", "Depósito Bazar devolução"),
        ("", "Depósito Bazar"), ("", "KAMAT HOTEL"), ("", "RENTER CARE"),
    ],
)  # fmt: skip
def test_what_a_row_calls_a_refund_is_one_however_it_came(
    type_: str, text: str, tmp_path: Path
) -> None:
    """What came back would be listed among payments, and its purchase as still open."""
    content = (
        "Date;Text;Type;Amount\n2025-02-03;ALIEXPRESS;Purchase;-12.34\n"
        f"2025-02-05;BOOKS;Purchase;-7.00\n2025-02-20;{text};{type_};12.34\n"
    )
    assert read(tmp_path, content)["kind"].tolist() == ["purchase", "purchase", "refund"]


@pytest.mark.parametrize("name", ["Rodzaj", "Vorgang", "xyz"])
def test_any_column_of_few_words_may_name_refunds(name: str, tmp_path: Path) -> None:
    """The refund would be a charge where nobody knows what the column is called."""
    content = (
        f"Data;Opis;{name};Kwota\n2025-02-03;ALIEXPRESS;Karta;12,34\n2025-02-05;BOOKS;Karta;7,00\n"
        "2025-02-20;ALIEXPRESS;Zwrot towaru;12,34\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, -12.34]


def test_what_a_user_noted_names_no_refunds(tmp_path: Path) -> None:
    """A purchase with a note would be money that came back."""
    content = (
        "Data;Opis;Notes;Kwota\n2025-02-03;ALIEXPRESS;;12,34\n"
        "2025-02-05;BOOKS;ask for refund;7,00\n"
        "2025-02-20;TRAIN;;8,00\n"
    )
    assert owed(read(tmp_path, content)) == [12.34, 7.0, 8.0]


@pytest.mark.parametrize(
    ("header", "mark"), [("訂正区分", "取消"), ("訂正サイン", "－"), ("符号", "△"), ("Sign", "-")]
)
def test_a_mark_beside_empty_cells_tells_what_came_back(
    header: str, mark: str, tmp_path: Path
) -> None:
    """A cancelled purchase would be billed twice."""
    content = (
        f"利用日;利用先;{header};利用金額\n2025/02/03;ALIEXPRESS;;1234\n"
        f"2025/02/05;BOOKS;;700\n2025/02/06;BOOKS;;720\n2025/02/20;ALIEXPRESS;{mark};1234\n"
    )
    assert owed(read(tmp_path, content)) == [1234, 700, 720, -1234]


def test_a_status_in_japanese_tells_what_is_not_settled(tmp_path: Path) -> None:
    """A charge that may still vanish would be waited for to come back."""
    content = "ご利用日,ご利用先,ご利用金額,確定状況\n2025/02/03,ALIEXPRESS,1234,確定\n"
    content += "2025/02/05,ALIEXPRESS,700,未確定\n"
    assert read(tmp_path, content)["status"].tolist() == ["posted", "pending"]


def test_words_of_other_columns_and_shops_tell_no_side(tmp_path: Path) -> None:
    """What is sent back free, a signature, and shops called HOLD-IT and '90s would change rows."""
    head = "Date,Description,Amount,Delivery,サイン\n"
    rows = (
        "2026-01-03,ALIEXPRESS,25.00,Free return,-\n2026-01-04,HOLD-IT STORAGE,12.00,,\n"
        "2026-01-05,'90S DINER,9.00,Free return,\n2026-01-06,SPAR,4.00,,\n"
        "2026-01-07,LIDL,3.00,,\n"
    )
    path = tmp_path / "x.csv"
    path.write_text(head + rows, "utf-8")
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [2500, 1200, 900, 400, 300]
    assert set(frame["status"]) == {"posted"}
    assert frame["description"].iloc[2] == "'90S DINER"


def test_a_greek_letter_says_the_side(tmp_path: Path) -> None:
    """Every refund would be one more charge."""
    head = "Ημ/νία;Αιτιολογία;Ποσό;Πρόσημο ποσού\n"
    rows = "08/04/2026;ALIEXPRESS.COM;28,40;Π\n09/03/2026;ALIEXPRESS.COM;28,40;Χ\n"
    assert owed(read(tmp_path, head + rows)) == [-28.4, 28.4]


@pytest.mark.parametrize(
    ("header", "out", "in_"),
    [("Cargo/Abono", "C", "A"), ("Débito / Crédito", "D", "C"), ("Terhelés/Jóváírás", "T", "J")],
)
@pytest.mark.parametrize("minus", ["", "-"])
def test_letters_of_sides_are_those_of_their_names(
    header: str, out: str, in_: str, minus: str, tmp_path: Path
) -> None:
    """The `C` of a `Cargo` would be one of credit, and every purchase a refund."""
    rows = f"09/03/2026;SHOP;{minus}10,40;{out}\n08/03/2026;ALIEXPRESS;{minus}28,40;{out}\n"
    rows += f"18/04/2026;ALIEXPRESS;28,40;{in_}\n"
    assert owed(read(tmp_path, f"FECHA;DESCRIPCIÓN;MONTO;{header}\n{rows}")) == [10.4, 28.4, -28.4]


@pytest.mark.parametrize("head", ["Refunds and credits", "Payments and other credits", "返金"])
@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("back", ["DEPT STORE", "PAYMENT RECEIVED"])
def test_rows_below_a_line_that_says_refunds_came_back(
    head: str, again: bool, back: str, tmp_path: Path
) -> None:
    """Refunds that are printed without a minus would be purchases."""
    header = "Date,Description,Amount\n"
    content = f"Purchases\n{header}2026-03-06,ALIEXPRESS,51.64\n2026-03-07,SHOP,4.20\n"
    content += f"{head}\n{header if again else ''}2026-04-02,ALIEXPRESS,51.64\n"
    content += f"2026-04-03,{back},20.00\nPurchases\n2026-04-04,SHOP,1.00\n"
    frame = read(tmp_path, content)
    assert owed(frame) == [51.64, 4.2, -51.64, -20, 1]
    assert frame["kind"].tolist()[2] == "refund"


def test_a_shop_that_is_called_credits_heads_nothing(tmp_path: Path) -> None:
    """Purchases below a row whose cells are full would be refunds."""
    rows = "2026-03-06,Credits,51.64\n2026-03-07,SHOP,4.20\n"
    assert owed(read(tmp_path, f"Date,Description,Amount\n{rows}")) == [51.64, 4.2]


def test_who_paid_and_who_was_paid_tell_the_side(tmp_path: Path) -> None:
    """Without a sign every refund would be a purchase from the holder."""
    frame = read(
        tmp_path,
        "Date,From,To,Amount,Currency\n2026-03-05,Main account,AliExpress,73.15,EUR\n"
        "2026-03-07,Main account,Tesco,8.00,EUR\n2026-04-10,AliExpress,Main account,73.15,EUR\n",
    )
    assert owed(frame) == [73.15, 8.0, -73.15]
    assert frame["description"].tolist() == ["AliExpress", "Tesco", "AliExpress"]


@pytest.mark.parametrize(
    ("header", "type_"),
    [
        ("Dato;Forklaring;Rentedato;Amount", "03.02.2025"),
        ("Datum;Auftraggeber / Empfänger;Verwendungszweck;Amount", "Miete"),
        ("Datum;Název protiúčtu;Zpráva;Amount", "Zpráva"),
        ("Date;Text;Type operation;Amount", "Virement recu"),
        ("Date;Text;Type;Amount", "Credit interest"),
    ],
)
def test_money_in_on_a_bank_account_is_no_refund(header: str, type_: str, tmp_path: Path) -> None:
    """Wages would be listed among refunds."""
    rows = [("03", "ALIEXPRESS", "-12.34"), ("05", "BOOKS", "-7.00"), ("20", "ACME", "900.00")]
    lines = [f"{day}.02.2025;{text};{type_};{money}" for day, text, money in rows]
    lines.append(f"21.02.2025;ALIEXPRESS refund;{type_};12.34")
    frame = read(tmp_path, "\n".join([header, *lines, ""]))
    assert frame["kind"].tolist()[:3] == ["purchase", "purchase", "payment"]


def test_rows_without_parties_do_not_hide_the_holder(tmp_path: Path) -> None:
    """Every purchase would be called by the holder's name, and none be known as AliExpress."""
    frame = read(
        tmp_path,
        "Datetime,Type,From,To,Amount (total)\n2026-03-05,Payment,Ann Poe,AliExpress,- $73.15\n"
        "2026-03-07,Transfer,,,- $8.00\n2026-03-08,Payment,Ann Poe,Bob,- $9.00\n"
        "2026-04-10,Refund,AliExpress,Ann Poe,+ $73.15\n",
    )
    assert owed(frame) == [73.15, 8.0, 9.0, -73.15]
    assert frame["description"].tolist()[::3] == ["AliExpress", "AliExpress"]


def test_the_holder_is_who_pays_more_often(tmp_path: Path) -> None:
    """With one shop alone, its name would be the holder's on some runs, and purchases refunds."""
    rows = [("Max Muster", "AliExpress"), ("AliExpress", "Max Muster")]
    for parties, sign in ((rows[0], 1), (rows[1], -1)):
        lines = [*rows, *rows, rows[0]]
        text = "".join(f"2026-01-0{n},{a},{b},2{n}.00,EUR\n" for n, (a, b) in enumerate(lines, 3))
        frame = read(tmp_path, f"Date,From,To,Amount,Currency\n{text}")
        assert frame["description"].tolist() == ["AliExpress"] * 5
        at = lines.index(parties)
        assert owed(frame)[at] == sign * (23.0 + at)


def test_parties_that_pay_equally_often_stay(tmp_path: Path) -> None:
    """Chance would decide whose account it is."""
    rows = "2026-01-03,Max,AliExpress,-25.00,EUR\n2026-01-05,AliExpress,Max,12.00,EUR\n"
    frame = read(tmp_path, f"Date,From,To,Amount,Currency\n{rows}")
    assert owed(frame) == [25.0, -12.0]
    assert set(frame["description"]) == {"AliExpress", "Max"}


@pytest.mark.parametrize("names", ["Category,Payee", "Name,Merchant"])
def test_columns_that_are_no_parties_are_not_joined(names: str, tmp_path: Path) -> None:
    """What the bank printed would be replaced by a category."""
    frame = read(
        tmp_path,
        f"Date,{names},Amount\n2026-01-03,Transfer,ALIEXPRESS,-25.00\n"
        "2026-01-04,Income,Transfer,100.00\n2026-01-05,Transfer,SPAR,-5.00\n",
    )
    assert frame["description"].tolist() == ["ALIEXPRESS", "Transfer", "SPAR"]


@pytest.mark.parametrize(
    "text", ["Hoan tien ALIEXPRESS", "Hoàn trả ALIEXPRESS", "CREDIT ADJUSTMENT ALIEXPRESS"]
)
def test_a_refund_is_told_by_its_text(text: str, tmp_path: Path) -> None:
    """Banks of Vietnam write without accents."""
    content = f"Ngày,Mô tả,Số tiền\n2025-02-03,ALIEXPRESS,12.34\n2025-02-20,{text},12.34\n"
    assert owed(read(tmp_path, content)) == [12.34, -12.34]


def test_a_refund_that_stands_on_neither_side_is_told_by_its_status(tmp_path: Path) -> None:
    """Wallets in China count refunds as neither spent nor earned."""
    content = "时间,对方,金额(元),收支类型,状态\n"
    content += "2025-02-03 10:10:10,ALIEXPRESS,88.00,支出,交易成功\n"
    content += "2025-02-20 10:10:10,ALIEXPRESS,88.00,不计收支,退款成功\n"
    assert owed(read(tmp_path, content)) == [88.0, -88.0]


@pytest.mark.parametrize(
    "heads",
    [
        ("Refunds,,", "Domestic purchases,,"), ("Returns,,", "Purchases and adjustments,,"),
        ("Credits,,", "Card ending 4321,,"), (",Returns,,", ""), (",RETURNS", ""),
    ],
)  # fmt: skip
def test_rows_below_a_line_that_nobody_understands_are_no_refunds(
    heads: tuple[str, str], tmp_path: Path
) -> None:
    """Purchases would be refunds to the end of the file."""
    content = f"Date,Description,Amount\n2026-01-02,SHOP,9.00\n{heads[0]}\n2026-01-05,TESCO,12.00\n"
    content += f"{heads[1]}\n2026-01-03,ALIEXPRESS,25.00\n2026-01-07,SHELL,40.00\n"
    assert owed(read(tmp_path, content)) == [9, 12, 25, 40]


def test_rows_below_a_line_of_charges_are_none_of_the_refunds_above(tmp_path: Path) -> None:
    """A card of Germany prints both without a sign."""
    content = "Datum;Beschreibung;Betrag\nGutschriften;;\n05.01.2026;TESCO;12,00\n"
    content += "Belastungen;;\n03.01.2026;ALIEXPRESS;25,00\n"
    assert owed(read(tmp_path, content)) == [-12, 25]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("out", "in_"),
    [
        ("Amount Dr", "Amount Cr"), ("Withdrawal (Dr)", "Deposit (Cr)"), ("Retiro", "Depósito"),
        ("Amount Spent", "Amount Received"), ("Payments out", "Payments in"), ("Egreso", "Ingreso"),
        ("Debit Turnover", "Credit Turnover"), ("Importo dare", "Importo avere"), ("Uit", "In"),
        ("Valor Saída", "Valor Entrada"), ("Wypłaty", "Wpłaty"), ("Otot", "Panot"),
        ("借方发生额", "贷方发生额"), ("お支払い（円）", "お預かり（円）"),
        ("지급(원)", "입금(원)"), ("Çıkan", "Giren"), ("PS Nợ", "PS Có"),
        ("סכום חובה", "סכום זכות"),
    ],
)  # fmt: skip
def test_columns_of_money_out_and_in_are_told_by_their_words(
    out: str, in_: str, turned: bool, tmp_path: Path
) -> None:
    """Where the header was not understood, the first one was taken for money out."""
    names, cells = (f"{out},{in_}", "{0},") if not turned else (f"{in_},{out}", ",{0}")
    back = ",{0}" if not turned else "{0},"
    text = f"Date,Description,{names}\n"
    for day, shop, form, price in (
        (1, "RENT AGENT", cells, "500.00"), (2, "ALIEXPRESS", cells, "20.00"),
        (5, "ALIEXPRESS", back, "20.00"), (6, "ACME CORP", back, "1000.00"),
        (8, "BAKERY", cells, "7.00"),
    ):  # fmt: skip
        text += f"2026-03-0{day},{shop},{form.format(price)}\n"
    path = tmp_path / "x.csv"
    path.write_text(text, "utf-8")
    spent = read_file(path)[0]["amount"] > 0
    assert spent.tolist() == [True, True, False, False, True]
