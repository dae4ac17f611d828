"""Statements of Korean and Taiwanese banks, which no layout knows."""

from pathlib import Path

import pytest
from test_guess import Reading, codes, days, read

from reconcile.errors import InputError

CARD = """이용일,카드번호,가맹점명,이용금액,승인번호,취소
2026-01-15,1234,별빛커피,5500,A1,
2026-01-17,1234,ALIEXPRESS,25000,A3,
2026-01-18,1234,ALIEXPRESS,25000,A3,취소
"""
BANK = """거래일시,적요,출금액(원),입금액(원),내용
2026-09-01 13:45:12,체크카드,"12,300원",0,동네서점
2026-09-02 09:00:00,급여,0,"1,900,000원",가상상사
"""
ABROAD = """消費日,入帳起息日,摘要,幣別,消費地金額,新臺幣金額,末四碼
115/06/01,115/06/03,藍天超商,TWD,150,150,4321
115/06/05,115/06/07,ALIEXPRESS.COM,USD,20.00,655,4321
"""


def both(folder: Path, text: str, encoding: str) -> Reading:
    """What is read of a text in its old encoding, after the same was read of it in UTF-8."""
    frame, source = read(folder, text.encode(encoding))
    other, _ = read(folder, text)
    assert source.encoding == encoding
    assert frame["amount"].tolist() == other["amount"].tolist()
    return frame, source


def test_a_korean_card_is_read(tmp_path: Path) -> None:
    """The file would be refused, and a cancelled order be taken for a second charge."""
    frame, source = both(tmp_path, CARD, "cp949")
    assert frame["amount"].tolist() == [5500, 25000, -25000]
    assert frame["kind"].tolist() == ["purchase", "purchase", "refund"]
    assert frame["currency"].tolist() == ["KRW"] * 3
    assert "guess.currency_korean" in codes(source)


def test_a_header_broken_inside_its_words_is_one(tmp_path: Path) -> None:
    """Without a header the currency and what was cancelled are not known."""
    text = '이용일,카드번호,가맹점명,이용 금액,상태\n2026-05-10,1234,ALIEXPRESS,"25,000",정상\n'
    text += '2026-05-11,1234,ALIEXPRESS,"25,000",취소\n'
    frame, source = read(tmp_path, text.replace("이용 금액", '"이용\n금액"'))
    assert frame["currency"].tolist() == ["KRW"] * 2
    assert "guess.columns" in codes(source)
    assert read(tmp_path, text)[0]["status"].tolist() == frame["status"].tolist()


def test_a_column_says_which_charges_were_cancelled(tmp_path: Path) -> None:
    """A purchase that was never billed would be waited for to come back."""
    text = '승인일자,가맹점명,승인금액(원),취소여부\n2026.05.10,ALIEXPRESS,"25,000",N\n'
    text += '2026.05.11,ALIEXPRESS,"15,900",Y\n2026.05.20,ALIEXPRESS,"-25,000",N\n'
    frame, _ = read(tmp_path, text)
    assert frame["status"].tolist() == ["posted", "voided", "posted"]


def test_a_korean_account_is_read(tmp_path: Path) -> None:
    """Amounts written with 원 would not be read, and wages count as a refund."""
    frame, source = both(tmp_path, BANK, "cp949")
    assert frame["amount"].tolist() == [12300, -1900000]
    assert frame["description"].tolist() == ["동네서점", "가상상사"]
    assert frame["kind"].tolist() == ["purchase", "payment"]
    assert frame["currency"].tolist() == ["KRW"] * 2
    assert "guess.currency_korean" not in codes(source)


def test_the_billed_amount_of_a_taiwanese_card_is_taken(tmp_path: Path) -> None:
    """USD 20 would be billed instead of TWD 655, as both stand in the row."""
    frame, source = both(tmp_path, ABROAD, "cp950")
    assert days(frame) == ["2026-06-01", "2026-06-05"]
    assert frame["amount"].tolist() == [15000, 65500]
    assert frame["currency"].tolist() == ["TWD"] * 2
    assert frame["original_amount"].fillna(0).tolist() == [0, 2000]
    assert frame["original_currency"].iloc[1] == "USD"
    assert "guess.taiwan" in codes(source)


def test_the_billed_one_of_two_amounts_with_currencies_is_taken(tmp_path: Path) -> None:
    """The amount abroad would be billed in Taiwan dollars where both columns have one name."""
    frame, _ = read(
        tmp_path,
        "消費日,消費明細,幣別,金額,繳款幣別,金額.1,卡號末四碼\n"
        "114/06/05,ALIEXPRESS,USD,20.00,TWD,655,5413\n"
        "114/06/10,藍天超市,TWD,500,TWD,500,5413\n",
    )
    assert frame["amount"].tolist() == [65500, 50000]
    assert frame["original_currency"].astype("str").fillna("").tolist() == ["USD", ""]


def test_a_currency_behind_the_country_is_read(tmp_path: Path) -> None:
    """What the shop charged would be lost where the bank prints `US/USD`."""
    frame, _ = read(
        tmp_path,
        "消費日,入帳起息日,交易說明,消費國家/幣別,消費金額,新臺幣金額\n"
        "2025/10/05,2025/10/07,藍天食堂,TW/TWD,,150\n"
        "2025/10/12,2025/10/14,ALIEXPRESS,CN/USD,12.99,420\n"
        "2025/10/13,2025/10/15,APPS,IE/TWD,30,960\n",
    )
    assert frame["amount"].tolist() == [15000, 42000, 96000]
    assert frame["original_amount"].fillna(0).tolist() == [0, 1299, 0]
    assert frame["original_currency"].astype("str").fillna("").tolist() == ["", "USD", ""]


@pytest.mark.parametrize("day", ["115/06/{}", "115-06-{}", "115.06.{}", "115年6月{}日", "11506{}"])
def test_years_of_taiwan_are_read(tmp_path: Path, day: str) -> None:
    """Every row would be rejected, and the file refused."""
    rows = "".join(f"{day.format(n)},藍天超市,{n}0\n" for n in (11, 12, 13))
    frame, source = read(tmp_path, f"消費日,消費明細,新臺幣金額\n{rows}")
    assert days(frame) == ["2026-06-11", "2026-06-12", "2026-06-13"]
    assert "guess.taiwan" in codes(source)


def test_years_of_taiwan_may_stand_beside_common_ones(tmp_path: Path) -> None:
    """A file joined of two exports would lose the rows of one of them."""
    text = "消費日,消費明細,新臺幣金額\n2026/06/10,藍天超市,180\n115/06/09,高山書店,90\n"
    assert days(read(tmp_path, text)[0]) == ["2026-06-10", "2026-06-09"]


def test_two_digits_are_no_year_of_taiwan(tmp_path: Path) -> None:
    """`95/06/01` is as likely 1995 as 2006; a year that is a guess must not be taken for known."""
    text = "消費日,消費明細,新臺幣金額\n95/06/01,藍天超市,180\n115/06/09,高山書店,90\n"
    with pytest.raises(InputError):
        read(tmp_path, text + "115/06/10,高山書店,80\n")


def test_one_amount_of_seven_digits_is_no_day(tmp_path: Path) -> None:
    """A single payment of 1,120,510 won would make its column one of days, the file unreadable."""
    frame, _ = read(tmp_path, "거래일,가맹점명,이용금액\n2026-06-10,고산서점,1120510\n")
    assert frame["amount"].tolist() == [1120510]
