"""Descriptors: every form of AliExpress, and none of its look-alikes."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.merchants import match, merchant_of, normalise

OURS = (
    "ALIPAY*ALIEXPRESS.COM", "ALIPAY *ALIEXPRESS", "Aliexpress.com", "www.aliexpress.com",
    "WWW.ALIEXPRESS.COM SINGAPORE SGP", "ALIEXPRESS.COM*8123456789012345", "ALIEXPRESS INTL",
    "AliExpress - Refund", "REFUND ALIEXPRESS", "POS 1234 ALIEXPRESS COM LUX", "ALI EXPRESS LONDON",
    "ALI EXPRESS.COM", "POS 1234 ALI EXPRESS LU", "CARD PAYMENT TO ALI EXPRESS",
    "ALI EXPRESS 402935", "ALIEXPRESS.COM CAFE RACER",
    "海外利用　１　ＡＬＩＥＸＰＲＥＳＳ．ＣＯＭ", "ALIPAY*ALIEXPRESS利用国SGP", "ｱﾘｴｸｽﾌﾟﾚｽ ﾍﾝｷﾝ",
    "VISA国内利用　VS アリエクスプレス", "CARD PAYMENT TO ALIEXPRESS,LUXEMBOURG", "aliexpress\tLUX",
    "SP*ALIEXPRESS", "PP*ALIEXPRESS", "ALIEXPRESS/SINGAPORE", "Kauf ALIEXPRESS.COM 12.03. 21,22",
    "DL *ALIEXPRESS", "DL*ALIEXPRES", "ALIEXPRES", "PAYPAL *ALIPAY 4029357733", "ALIPAY*ALIEXP",
    "알리익스프레스", "체크카드 알리익스프레스", "全球速卖通", "速賣通 AE", "АлиЭкспресс",
    "Оплата Али Экспресс",
    "עליאקספרס", "علي إكسبريس", "علي اكسبرس", "アリエク",
)  # fmt: skip
WEAK = (
    "ALIPAY SINGAPORE", "ALIPAY", "Alipay.com", "ALIPAY SINGAPORE E COMMERCE P", "ALIPAY 4029",
    "BOMBAY ALI EXPRESS", "ALI EXPRESS BERLIN",
)  # fmt: skip
OTHERS = (
    "", " ", "AMAZON.CO.JP", "EXPRESS", "ALI BABA GRILL", "ALIBABA.COM", "Alibaba Cloud US LLC",
    "TAOBAO", "DALI EXPRESS", "BALI EXPRESS TRAVEL", "NATALI EXPRESS", "ALIEXPRESSO", "ALI'S KEBAB",
    "AMERICAN EXPRESS", "PAYPAL *ALIEN STORE", "ALICE EXPRESSO", "ITALIEXPRESS", "ALIPAYHK TOP UP",
    "WECHAT PAY", "アリアケ商店", "アリさんマークの引越社", "ALIMENTATION", "MEDIAEXPRESS",
    "DLALI MARKET", "ALI EXPRESS CAR WASH", "ALIEXPRESS CAFE", "Ali Express #12 Deli",
    "ALI EXPRESS & SON",
    "IOF DE ALIEXPRESS", "TEMU.COM", "SHEIN", "ALIPAY+ WALLET", "支付宝-超市", "1688.COM HANGZHOU",
    "알리바바", "НАТАЛИ ЭКСПРЕСС", "速达快递", "معرض علي", "アリエッティ",
)  # fmt: skip


def _table() -> list[tuple[str, str]]:
    """The documented descriptors, where this machine has them beside the project."""
    path = Path(__file__).parents[2] / "shared" / "descriptors.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [(row["descriptor"], row["should_match_aliexpress"]) for row in rows]


DOCUMENTED = _table()


@pytest.mark.skipif(not DOCUMENTED, reason="the table of descriptors is not on this machine")
@pytest.mark.parametrize(("descriptor", "expected"), DOCUMENTED)
def test_documented_descriptors(descriptor: str, expected: str) -> None:
    """A refund from AliExpress would be overlooked, or another shop's taken for one."""
    wanted = {"yes": ("aliexpress", "certain"), "weak": ("aliexpress", "weak"), "no": (None, None)}
    assert merchant_of(descriptor) == wanted[expected]


@pytest.mark.parametrize("descriptor", OURS)
def test_forms_of_aliexpress(descriptor: str) -> None:
    """A form in which some bank prints AliExpress would be overlooked."""
    assert merchant_of(descriptor) == ("aliexpress", "certain")


@pytest.mark.parametrize("descriptor", WEAK)
def test_bare_alipay_is_unsure(descriptor: str) -> None:
    """A purchase that only Alipay collected would be asserted to be AliExpress, or be lost."""
    assert merchant_of(descriptor) == ("aliexpress", "weak")


@pytest.mark.parametrize("descriptor", OTHERS)
def test_look_alikes(descriptor: str) -> None:
    """A restaurant or another shop would turn up in the list of AliExpress refunds."""
    assert merchant_of(descriptor) == (None, None)


@given(st.sampled_from(OURS + OTHERS), st.sampled_from([str.lower, str.upper, str]))
def test_case_and_blanks_do_not_matter(descriptor: str, change: object) -> None:
    """Lower-case or padded descriptors of some banks would be overlooked."""
    assert callable(change)
    assert merchant_of(f"  {change(descriptor)}　") == merchant_of(descriptor)


@given(st.lists(st.sampled_from(OURS + WEAK + OTHERS), max_size=20))
def test_columns_agree_with_single_descriptors(descriptors: list[str]) -> None:
    """Reading every distinct text once would give a row another row's merchant."""
    found = match(pd.Series(descriptors, index=range(5, 5 + len(descriptors)), dtype="str"))
    assert list(found.index) == list(range(5, 5 + len(descriptors)))
    got = list(zip(found["merchant"], found["merchant_strength"], strict=True))
    assert [tuple(None if pd.isna(v) else v for v in pair) for pair in got] == [
        merchant_of(text) for text in descriptors
    ]


def test_null_descriptor() -> None:
    """A row without a description would end the run in a traceback."""
    found = match(pd.Series([None, "ALIEXPRESS"], dtype="str"))
    assert found["merchant"].isna().tolist() == [True, False]


def test_normalise() -> None:
    """Full-width or dotted descriptors would count as other merchants."""
    assert (
        normalise("ｗｗｗ．ＡｌｉＥｘｐｒｅｓｓ．ｃｏｍ，　ＬＯＮＤＯＮ")
        == "WWW ALIEXPRESS COM LONDON"
    )
