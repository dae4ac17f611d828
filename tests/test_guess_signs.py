"""Signs of statements that no layout knows: which rows are charges, and which are money back."""

from pathlib import Path

import pandas as pd
import pytest
from reading import read_file

from reconcile import layout
from reconcile.ledger import Source

HEADER = "Date,Description,Amount\n"
# A purchase and its refund at three shops among others; days, shops, cents.
ROWS = [
    ("2025-02-20", "ALIEXPRESS.COM", 3300),
    ("2025-02-21", "SUPERMARKET", 500),
    ("2025-02-23", "SHOES", 9000),
    ("2025-02-26", "ALIPAY*ALIEXPRESS", 1500),
    ("2025-03-02", "ALIEXPRESS.COM", -3290),
    ("2025-03-05", "SUPERMARKET", 650),
    ("2025-03-06", "CINEMA", 700),
    ("2025-03-07", "SHOES", -9000),
    ("2025-03-08", "TRAIN", 800),
    ("2025-03-09", "ALIEXPRESS.COM", 1200),
    ("2025-03-10", "BOOKS", 950),
    ("2025-03-11", "ALIPAY*ALIEXPRESS", -1490),
    ("2025-03-12", "SUPERMARKET", 620),
    ("2025-03-14", "CINEMA", 700),
    ("2025-03-15", "TRAIN", 820),
]


def read(folder: Path, content: str) -> tuple[pd.DataFrame, Source]:
    """The one statement in a file with this content."""
    path = folder / "x.csv"
    path.write_text(content)
    return read_file(path, layout.shipped())


@pytest.mark.parametrize(
    ("titles", "own", "bill"),
    [
        ("Datum;Auftraggeber/Empfänger;Betrag", "", "Zahlung"),
        ("Дата;Номер счета;Описание;Сумма", "40817810000000000001;", "Погашение"),
        ("Datum;Protiúčet;Popis;Částka", "123;", "Splátka karty"),
        ("Data;Nadawca;Opis;Kwota", "ANNA;", "Spłata karty"),
    ],
)
def test_what_cards_have_too_does_not_beat_the_rows_words(
    titles: str, own: str, bill: str, tmp_path: Path
) -> None:
    """Every purchase of a card would be money in, and the payment of its bill a charge."""
    rows = [("SHOP", "10,00"), ("ALIEXPRESS", "25,10"), ("BAR", "7,50"), ("ALIEXPRESS", "-25,10")]
    lines = [
        f"0{day}.02.2026;{own}{text};{money}"
        for day, (text, money) in enumerate([*rows, (bill, "-17,50")], 1)
    ]
    frame = read(tmp_path, "\n".join([titles, *lines, ""]))[0]
    assert frame["amount"].tolist() == [1000, 2510, 750, -2510, -1750]
    assert frame["kind"].tolist()[3:] == ["refund", "payment"]


def amounts(frame: pd.DataFrame) -> list[int]:
    """Amounts in file order, positive where money was spent."""
    return [int(amount) for amount in frame["amount"]]


def codes(source: Source) -> set[str]:
    """Codes of what was told about a file."""
    return {note.code for note in source.notes}


def lines(rows: list[tuple[str, str, int]], printed: int = 1) -> str:
    """Rows as a statement prints them; `printed` is the sign of its charges."""
    return "".join(f"{day},{shop},{printed * cents / 100:.2f}\n" for day, shop, cents in rows)


@pytest.mark.parametrize("printed", [1, -1])
@pytest.mark.parametrize("at", [at for at, row in enumerate(ROWS) if row[2] < 0])
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_file_cut_before_a_refund_keeps_its_signs(
    tmp_path: Path, printed: int, at: int, newest_first: bool
) -> None:
    """A month that begins with the refund of last month's purchase would be read upside down."""
    for part in (ROWS, ROWS[:at], ROWS[at:]):
        rows = part[:: -1 if newest_first else 1]
        frame, _ = read(tmp_path, HEADER + lines(rows, printed))
        assert amounts(frame) == [cents for _, _, cents in rows]


@pytest.mark.parametrize(("spent", "back"), [(4, 1), (6, 2), (20, 1)])
def test_most_rows_outvote_one_shop_that_begins_with_a_refund(
    tmp_path: Path, spent: int, back: int
) -> None:
    """One refund of an old purchase would turn every charge of the file into a refund."""
    rows = [("2025-03-01", "ALIEXPRESS.COM", -99000)] * back
    rows += [(f"2025-03-{day + 2:02d}", "ALIEXPRESS.COM", 900 + day) for day in range(spent)]
    frame, source = read(tmp_path, HEADER + lines(rows))
    assert amounts(frame) == [cents for _, _, cents in rows]
    assert "guess.positive_although" in codes(source)


def test_a_merchant_is_one_shop_under_two_descriptors(tmp_path: Path) -> None:
    """A refund booked under another of the merchant's names would seem to be the purchase."""
    frame, source = read(
        tmp_path,
        "利用日,利用店名,利用金額\n2025/03/05,ALIPAY*ALIEXPRESS,1000\n"
        "2025/04/05,ALIEXPRESS.COM,-990\n",
    )
    assert amounts(frame) == [1000, -990]
    assert "guess.positive_first" in codes(source)


def test_rows_of_one_day_do_not_tell_which_came_first(tmp_path: Path) -> None:
    """The order in which a bank happens to list one day's rows would decide the signs."""
    day = "2025-03-01,ALIEXPRESS.COM,-9.00\n2025-03-01,ALIEXPRESS.COM,9.00\n"
    rest = "2025-03-02,CINEMA,7.00\n2025-03-03,TRAIN,8.00\n"
    frame, _ = read(tmp_path, HEADER + day + rest)
    assert amounts(frame) == [-900, 900, 700, 800]


def test_a_row_without_a_day_has_no_say(tmp_path: Path) -> None:
    """A sum of refunds at the end, printed without a minus, would turn all signs over."""
    body = "2025-03-01,CINEMA,7.00\n2025-03-02,ALIEXPRESS.COM,9.00\n2025-03-03,ALIEXPRESS.COM,-9.00"
    frame, _ = read(tmp_path, f"{HEADER}{body}\n,Refund so far,9.00\n")
    assert amounts(frame) == [700, 900, -900]


# A card whose balance is what is owed: day, text, amount, balance; newest first.
OWED = [
    ("2025-04-28", "PAYMENT - THANK YOU", -20000, 43475),
    ("2025-04-15", "ALIEXPRESS SINGAPORE", -3796, 63475),
    ("2025-04-07", "MAPLE DINER TORONTO", 1675, 67271),
    ("2025-03-27", "ALIEXPRESS SINGAPORE", 8110, 65596),
    ("2025-03-18", "ALIEXPRESS SINGAPORE", 3796, 57486),
    ("2025-03-05", "CORNER BOOKS TORONTO", 2450, 53690),
]
Row = tuple[str, str, int, int]


def with_balance(rows: list[Row], form: str) -> str:
    """Rows with a balance: `signed` (1), `minus` (charges below zero), `unsigned`, or in `pairs` of
    columns without a header."""
    head = "" if form == "pairs" else "Date,Description,Amount,Balance\n"
    out = []
    for day, text, cents, balance in rows:
        size, sign = f"{abs(cents) / 100:.2f}", "-" if cents < 0 else ""
        printed = {
            "signed": sign + size,
            "minus": ("" if sign else "-") + size,
            "unsigned": size,
            "pairs": f",{size}" if sign else f"{size},",
        }
        out.append(f"{day},{text},{printed[form]},{balance / 100:.2f}\n")
    return head + "".join(out)


@pytest.mark.parametrize("form", ["signed", "minus", "unsigned", "pairs"])
def test_a_balance_owed_does_not_turn_purchases_into_payments(tmp_path: Path, form: str) -> None:
    """On a card that prints what is owed, every purchase would be money in."""
    frame, source = read(tmp_path, with_balance(OWED, form))
    assert amounts(frame) == [cents for _, _, cents, _ in OWED]
    assert frame["kind"].tolist() == ["payment", "refund", *["purchase"] * 4]
    told = "guess.balance_owed_words" if form in ("unsigned", "pairs") else "words"
    assert any(code.endswith(told) for code in codes(source))


@pytest.mark.parametrize("form", ["signed", "minus", "unsigned", "pairs"])
def test_shops_tell_a_balance_owed_where_no_word_does(tmp_path: Path, form: str) -> None:
    """A card month without a payment would be read upside down."""
    frame, source = read(tmp_path, with_balance(OWED[1:], form))
    assert amounts(frame) == [cents for _, _, cents, _ in OWED[1:]]
    assert "guess.balance_owed" in codes(source)
    assert frame["kind"].tolist()[0] == "refund"


@pytest.mark.parametrize("form", ["signed", "minus", "unsigned", "pairs"])
def test_a_bank_s_balance_is_still_money_held(tmp_path: Path, form: str) -> None:
    """Withdrawals would count as money in, now that a balance may also be owed."""
    start, rows = 500000, []
    for number, (shop, cents) in enumerate(
        [("RENT", 80000), ("SALARY", -250000), ("AUTOPAY CARD", 30000), ("SHOP", 4500)]
    ):
        start -= cents
        rows.append((f"2025-03-{number + 1:02d}", shop, cents, start))
    frame, source = read(tmp_path, with_balance(rows, form))
    assert amounts(frame) == [80000, -250000, 30000, 4500]
    assert not any("owed" in code for code in codes(source))
    assert frame["kind"].tolist()[1] == "payment"


def test_a_balance_that_nothing_explains_is_said_to_be_open(tmp_path: Path) -> None:
    """The guess that a balance is held would look like knowledge."""
    rows = [
        ("2025-03-01", "ALPHA", 1000, 9000),
        ("2025-03-02", "BETA", -2500, 11500),
        ("2025-03-03", "GAMMA", 1500, 10000),
    ]
    frame, source = read(tmp_path, with_balance(rows, "minus"))
    assert amounts(frame) == [1000, -2500, 1500]
    assert {"guess.negative_balance", "guess.balance_held"} <= codes(source)


def test_equal_amounts_do_not_hide_in_which_order_a_balance_runs(tmp_path: Path) -> None:
    """Two equal withdrawals, newest first, would seem to raise the balance and so be money in."""
    rows = [("2025-03-02", "ALPHA", 1000, 8000), ("2025-03-01", "BETA", 1000, 9000)]
    frame, _ = read(tmp_path, with_balance(rows, "minus"))
    assert amounts(frame) == [1000, 1000]


def test_a_layout_can_say_that_the_balance_is_owed(tmp_path: Path) -> None:
    """A card without signs could not be described by a layout of one's own."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "card.toml").write_text(
        'name = "own"\ntitle = "Own"\n[recognise]\nheader = ["Date", "Balance"]\n[values]\n'
        'signs_from_balance = true\nbalance_owed = true\n[columns]\ntransaction_date = "Date"\n'
        'description = "Description"\namount = "Amount"\nbalance = "Balance"\n'
    )
    path = tmp_path / "x.csv"
    path.write_text(with_balance(OWED, "unsigned"))
    frame, _ = read_file(path, layout.load(tmp_path / "own"))
    assert amounts(frame) == [cents for _, _, cents, _ in OWED]


@pytest.mark.parametrize(
    "content",
    [
        # The bill paid, in a word that elsewhere is a purchase.
        "data,lançamento,valor\n2026-06-09,PAGAMENTO EFETUADO,-1826.59\n2026-06-09,POSTO,97.13\n"
        "2026-06-08,ALIEXPRESS,115.60\n2026-06-20,ALIEXPRESS,-115.60\n2026-06-21,MERCADO,80\n",
        "Data,Descrizione,Importo\n01/02/2026,ALIEXPRESS,45.20\n13/02/2026,TRENITALIA,20.00\n"
        "14/02/2026,PAGAMENTO ESTRATTO CONTO,-500.00\n15/02/2026,BAR,30.00\n",
        # Money spent, in a word that elsewhere is money in.
        "Date,Description,Amount\n2026-01-03,ALIEXPRESS,-12.00\n2026-01-05,MOBILE TOP-UP,-10.00\n"
        "2026-01-09,TRAIN AUTO TOPUP BY CARD,-20.00\n2026-01-12,GROCER,-30.00\n",
        "Date,Description,Amount,Balance\n2026-01-03,ALIEXPRESS,-12.00,988.00\n"
        "2026-01-05,PHONE TOP-UP,-10.00,978.00\n2026-01-09,TRAIN TOPUP,-20.00,958.00\n"
        "2026-01-12,GROCER,-30.00,928.00\n2026-01-25,ALIEXPRESS,12.00,940.00\n",
    ],
)
def test_a_word_with_two_meanings_does_not_turn_a_file_over(content: str, tmp_path: Path) -> None:
    """One bill paid would make all purchases refunds, and what is due would be asked of nobody."""
    frame, _ = read(tmp_path, content)
    assert frame["amount"].iloc[frame["description"].eq("ALIEXPRESS").argmax()] > 0
    assert frame["amount"].gt(0).sum() >= len(frame) - 2


def test_few_words_do_not_make_nearly_all_rows_money_back(tmp_path: Path) -> None:
    """Two odd descriptions among sixty rows would turn all of them over."""
    rows = [("2025-02-01", f"SHOP {number}", 1000 + number) for number in range(58)]
    rows += [("2025-02-02", "PURCHASE PROTECTION PAID OUT", -500), ("2025-02-03", "SALE BACK", -70)]
    frame, _ = read(tmp_path, HEADER + lines(rows))
    assert amounts(frame)[:3] == [1000, 1001, 1002]


def test_a_bank_s_few_rows_are_read_as_banks_print_them(tmp_path: Path) -> None:
    """An account of few rows, most of them money in, would have its salary spent."""
    header = "Kontonummer;Buchungsdatum;Valutadatum;Waehrung;Betrag;Buchungstext\n"
    rows = (
        "12345678;2013-07-03;2013-07-03;EUR;150,00;Umsatz A\n"
        "12345678;2013-06-10;2013-06-10;EUR;-100,00;Auftrag\n"
        "12345678;2013-06-05;2013-06-05;EUR;5000,00;Umsatz B\n"
    )
    frame, source = read(tmp_path, header + rows)
    assert amounts(frame) == [-15000, 10000, -500000]
    assert "guess.negative_bank" in codes(source)


def test_a_balance_before_each_row_is_no_money_owed(tmp_path: Path) -> None:
    """The account would become a card, and every salary a refund."""
    content = (
        "17-06-2022,NL00ASNB9999999999,EMPLOYER BV,,130.44,EUR,223.77,Loon\n"
        "18-06-2022,NL00ASNB9999999999,SHOP BV,,354.21,EUR,-200.00,Pas\n"
        "25-06-2022,NL00ASNB9999999999,,,154.21,EUR,-2.20,Kosten rekening\n"
        "27-06-2022,NL00ASNB9999999999,OTHER BV,,152.01,EUR,503.15,Terug\n"
    )
    frame, source = read(tmp_path, content)
    assert amounts(frame) == [-22377, 20000, 220, -50315]
    assert frame["kind"].tolist() == ["payment", "purchase", "purchase", "payment"]
    assert "guess.balance_owed" not in codes(source)
    assert frame["description"].iloc[2] == "Kosten rekening"


def test_letters_behind_amounts_are_told_to_have_told_the_side(tmp_path: Path) -> None:
    """The report would say that nothing tells charges from refunds, though it read them rightly."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Description,Amount\n02-10-2025,ALIEXPRESS,45.10 Dr\n05-10-2025,SHOP,4.10 Dr\n"
        "22-10-2025,ALIEXPRESS,45.10 Cr\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [4510, 410, -4510]
    codes = {note.code for note in source.notes}
    assert "guess.letters" in codes
    assert "guess.all_positive" not in codes


@pytest.mark.parametrize("text", ["Rückerstattung Schuhe", "Reembolso de compra", "CHARGEBACK"])
def test_money_back_on_an_account_is_a_refund_in_any_language(tmp_path: Path, text: str) -> None:
    """A refund to a bank account would be taken for a deposit, and found by no charge."""
    rows = ["2025-03-01,SHOES,-90.00,910.00", f"2025-03-07,{text},90.00,1000.00"]
    rows += ["2025-03-08,TRAIN,-8.00,992.00", "2025-03-09,DEPOSIT,8.00,1000.00"]
    frame, _ = read(tmp_path, "\n".join(["Date,Description,Amount,Balance", *rows, ""]))
    assert frame["kind"].tolist() == ["purchase", "refund", "purchase", "payment"]


def test_a_credit_taken_back_is_no_money_back(tmp_path: Path) -> None:
    """A bank that charges a lost dispute again would seem to have paid the refund."""
    head = "Date,Description,Amount,Currency\n"
    rows = (
        "2026-01-05,ALIEXPRESS.COM,50.00,USD\n2026-01-09,GROCER,12.10,USD\n"
        "2026-03-20,REVERSAL OF PROVISIONAL CREDIT ALIEXPRESS.COM,50.00,USD\n"
    )
    back = "2026-03-25,REVERSAL ALIEXPRESS.COM,12.00,USD\n"
    frame, _ = read(tmp_path, head + rows + back)
    assert frame["amount"].tolist() == [5000, 1210, 5000, -1200]
    assert frame["kind"].tolist() == ["purchase", "purchase", "purchase", "refund"]


def test_a_refund_that_names_its_purchase_does_not_make_a_balance_owed(tmp_path: Path) -> None:
    """One row called `COMPRA` that raised the balance would turn a whole account upside down."""
    rows = [
        "NOMINA;13/03/2026;1.400,00EUR;3.200,00EUR",
        "TIENDA;12/03/2026;-76,77EUR;1.800,00EUR",
        "ALIEXPRESS;10/03/2026;-57,55EUR;1.876,77EUR",
        "SUPER;07/03/2026;-39,76EUR;1.934,32EUR",
    ]
    back = "{} ALIEXPRESS;09/04/2026;57,55EUR;3.257,55EUR"
    for words in ("DEV. COMPRA", "COMPRA DE VUELTA"):
        body = "\n".join([back.format(words), *rows])
        frame, _ = read(tmp_path, f"Concepto;Fecha;Importe;Saldo\n{body}\n")
        assert amounts(frame) == [-5755, -140000, 7677, 5755, 3976]


@pytest.mark.parametrize("printed", [1, -1])
def test_a_refund_of_what_was_cancelled_is_money_back(printed: int, tmp_path: Path) -> None:
    """The words of a credit that is taken back stand in these, and would turn the file round."""
    back = ("Refund - cancelled order ALIEXPRESS", "CANCELLATION REFUND TRAINLINE")
    rows = [("2026-01-03", "ALIEXPRESS", 2500), ("2026-01-04", "TESCO", 1200)]
    rows += [("2026-01-05", text, -2500) for text in back]
    frame, _ = read(tmp_path, "Date,Description,Amount\n" + lines(rows, printed))
    assert amounts(frame) == [2500, 1200, -2500, -2500]
    plain = "".join(f"{day},{text},{abs(size) / 100:.2f}\n" for day, text, size in rows)
    frame, _ = read(tmp_path, "Date,Description,Amount\n" + plain)
    assert amounts(frame) == [2500, 1200, -2500, -2500]
