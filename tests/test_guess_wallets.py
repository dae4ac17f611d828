"""Wallets and prepaid cards without a layout: what they call payments is money spent."""

from pathlib import Path

import pytest
from reading import read_file

HEADER = "Date,Details,Transaction Type"
# Days, texts, types, what was spent.
ROWS = [
    ("2026-05-01", "METRO", "Payment", 1240),
    ("2026-05-03", "AliExpress", "Payment", 3011),
    ("2026-05-06", "VISA 1234", "Reload", -10000),
    ("2026-05-08", "CAFE", "Payment", 720),
    ("2026-05-12", "AliExpress", "Refund", -3011),
    ("2026-05-14", "BOOKS", "Payment", 990),
]
SPENT = [cents for *_, cents in ROWS]
KINDS = ["payment" if cents == -10000 else "refund" if cents < 0 else "purchase" for cents in SPENT]


def told(folder: Path, content: str) -> tuple[list[int], list[str]]:
    """Amounts, positive where money was spent, and kinds, in file order."""
    path = folder / "x.csv"
    path.write_text(content, "utf-8")
    rows = read_file(path)[0]
    return rows["amount"].tolist(), rows["kind"].tolist()


def _price(cents: int, sign: str = "") -> str:
    return f"{sign}{abs(cents) / 100:.2f}"


@pytest.mark.parametrize("signed", [False, True])
def test_payments_of_a_wallet_are_purchases(signed: bool, tmp_path: Path) -> None:
    """Taken for payments of a card's bill, all purchases would be money that came back."""
    lines = [f"{HEADER},Amount (RM),Wallet"] + [
        f"{day},{text},{type_},{_price(cents, '-' if signed and cents > 0 else '')},MY"
        for day, text, type_, cents in ROWS
    ]
    assert told(tmp_path, "\n".join(lines)) == (SPENT, KINDS)


def test_payments_in_a_column_of_money_out_are_purchases(tmp_path: Path) -> None:
    """No refund is looked for among payments."""
    lines = [f"{HEADER},Money In,Money Out"] + [
        f"{day},{text},{type_},{_price(cents) if cents < 0 else ''},"
        f"{_price(cents) if cents > 0 else ''}"
        for day, text, type_, cents in ROWS
    ]
    assert told(tmp_path, "\n".join(lines)) == (SPENT, KINDS)


def test_money_put_into_a_wallet_is_told_by_its_type(tmp_path: Path) -> None:
    """A charge of the wallet is no charge of a shop."""
    text = (
        "取引年月日,利用店舗,利用金額(税込),利用区分,ウォレット\n2026/5/2,売店,936円,支払,W1\n"
        "2026/5/4,ALIPAY*ALIEXPRESS,1939円,支払,W1\n2026/5/7,売店,5000円,チャージ,W1\n"
        "2026/5/28,ALIPAY*ALIEXPRESS,1939円,支払取消,W1\n"
    )
    kinds = ["purchase", "purchase", "payment", "refund"]
    assert told(tmp_path, text) == ([936, 1939, -5000, -1939], kinds)


def test_the_payment_of_a_card_is_money_back_as_before(tmp_path: Path) -> None:
    """Few rows are, on a card."""
    text = (
        "Date,Details,Type,Amount\n2026-05-01,CAFE,Sale,12.40\n2026-05-03,BOOKS,Sale,30.11\n"
        "2026-05-09,BANK,Payment,42.51\n2026-05-10,CAFE,Sale,7.20\n"
    )
    kinds = ["purchase", "purchase", "payment", "purchase"]
    assert told(tmp_path, text) == ([1240, 3011, -4251, 720], kinds)


@pytest.mark.parametrize("wallet", ["", ",Wallet"])
@pytest.mark.parametrize(
    ("types", "texts"),
    [
        (("Type,", "Sale,", "Payment,"), ("AUTOPAY", "MOBILE PAYMENT")),
        (("", "", ""), ("ONLINE PAYMENT", "MOBILE PAYMENT")),
        (("Type,", "Sale,", "Autopay,"), ("12 JAN", "12 FEB")),
    ],
)
def test_a_card_that_is_paid_more_often_than_used_is_no_wallet(
    types: tuple[str, str, str], texts: tuple[str, str], wallet: str, tmp_path: Path
) -> None:
    """The payments of its bill would be purchases."""
    title, sale, payment = types
    rows = f"Date,{title}Description,Amount{wallet}\n2026-01-03,{sale}ALIEXPRESS,25.00,\n"
    rows += f"2026-01-04,{payment}{texts[0]},12.00,\n2026-02-04,{payment}{texts[1]},13.00,\n"
    kinds = ["purchase", "payment", "payment"]
    assert told(tmp_path, rows) == ([2500, -1200, -1300], kinds)


@pytest.mark.parametrize(
    ("spent", "back", "put_in"),
    [
        ("Pembayaran", "Refund", "Top Up"), ("จ่ายเงิน", "คืนเงิน", "เติมเงิน"),
        ("Thanh toán", "Hoàn tiền", "Nạp tiền"), ("شراء", "استرداد", "شحن رصيد"),
        ("Paid", "Refund", "Money added"), ("[-]결제", "[+]결제취소", "[+]충전"),
        ("付款", "退款", "儲值"), ("お支払い", "返金", "チャージ"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["Transaction Type", "取引内容"])
def test_money_put_into_a_wallet_is_known_in_many_languages(
    column: str, spent: str, back: str, put_in: str, tmp_path: Path
) -> None:
    """It would be a purchase at the bank that it came from."""
    lines = [f"日付,店舗名,{column},金額,Wallet", f"2026/05/02,CAFE,{spent},120,A"]
    lines += [f"2026/05/03,ALIEXPRESS,{spent},3011,A", f"2026/05/06,VISA,{put_in},5000,A"]
    lines += [f"2026/05/08,ALIEXPRESS,{back},3011,A", f"2026/05/09,BOOKS,{spent},990,A"]
    kinds = ["purchase", "purchase", "payment", "refund", "purchase"]
    assert told(tmp_path, "\n".join(lines)) == ([120, 3011, -5000, -3011, 990], kinds)


@pytest.mark.parametrize(
    ("column", "spent", "put_in"),
    [
        ("種別", "ショッピング", "チャージ"), ("利用区分", "買物", "チャージ"),
        ("支払区分", "1回払い", "チャージ"),
        ("Type", "Purchase", "Top-up"), ("Type", "Purchase", "Load"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("last", ["", ",ポイント残高"])
def test_what_a_card_puts_into_a_wallet_is_spent(
    column: str, spent: str, put_in: str, last: str, tmp_path: Path
) -> None:
    """On the card's statement it is a purchase, however the card calls its other ones."""
    lines = [f"利用日,利用店名,{column},利用金額{last}", f"2026/05/02,CAFE,{spent},120,"]
    lines += [f"2026/05/06,モバイルSuica,{put_in},5000,", f"2026/05/08,ALIEXPRESS,{spent},3011,"]
    kinds = ["purchase"] * 3
    assert told(tmp_path, "\n".join(lines)) == ([120, 5000, 3011], kinds)


@pytest.mark.parametrize(
    ("spent", "put_in"),
    [("支払", "チャージ"), ("付款", "儲值"), ("[-]결제", "[+]충전"), ("Paid", "Money added")],
)
def test_types_that_call_most_rows_paid_are_those_of_a_wallet(
    spent: str, put_in: str, tmp_path: Path
) -> None:
    """Many wallets print no balance, and what was put into them would be spent there."""
    lines = ["日付,店舗名,Transaction Type,金額", f"2026/05/02,CAFE,{spent},120"]
    lines += [f"2026/05/03,ALIEXPRESS,{spent},3011", f"2026/05/06,VISA,{put_in},5000"]
    kinds = ["purchase", "purchase", "payment"]
    assert told(tmp_path, "\n".join(lines)) == ([120, 3011, -5000], kinds)


@pytest.mark.parametrize(
    ("content", "amounts"),
    [
        (
            "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance\n"
            "ABC,2026-05-24 14:00:00,Merchant Payment to ALIEXPRESS.COM,Completed,,-500.00,929.00\n"
            "DEF,2026-05-25 15:00:00,Pay Bill to KPLC PREPAID,Completed,,-200.00,729.00\n"
            "GHI,2026-05-28 15:00:00,Reversal ALIEXPRESS.COM,Completed,500.00,,1229.00\n",
            [50000, 20000, -50000],
        ),
        (
            "RELEASE_DATE;TRANSACTION_TYPE;REFERENCE_ID;TRANSACTION_NET_AMOUNT;PARTIAL_BALANCE\n"
            "13-07-2026;Pagamento ALIEXPRESS;166796853458;-345,00;19,59\n"
            "14-07-2026;Reembolso ALIEXPRESS;167007937231;44,80;64,39\n",
            [34500, -4480],
        ),
        (
            "Datum der Transaktion,Referenz,Rechnungsbetrag ausgehend,Rechnungsbetrag eingehend\n"
            "20.12.2024,ALIEXPRESS.COM,0.00,31.50\n21.12.2024,ALIEXPRESS.COM,0.00,2.00\n",
            [-3150, -200],
        ),
    ],
)
def test_few_rows_of_wallets_are_read_by_their_headers(
    content: str, amounts: list[int], tmp_path: Path
) -> None:
    """M-Pesa, Mercado Pago and SumUp: a number or the empty side was taken for the amount."""
    assert told(tmp_path, content)[0] == amounts
