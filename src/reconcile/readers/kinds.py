"""Kind of a movement from its sign and words, where the layout does not say it."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.layout_model import KINDS
from reconcile.readers import fields
from reconcile.search import Seen, saying

# Words by which statements name a payment to the card, or wages, a fee, interest or a cash advance.
_PAYMENT = (
    r"(?i)\b(?:payment|autopay|direct debit|thank you|zahlung|einzahlung|paiement|pago"
    r"|payroll|salary|direct dep(?:osit)?|e-transfer"
    r"|pagamento (?:recebido|efetuado|d[ae] fatura))\b"
    r"|お支払|ご入金|入金|口座振替|还款|還款|繳款|扣繳|카드대금"
)
# An amount that includes the fee is no fee.
_FEE = (
    r"(?i)(?<!inc )(?<!incl )(?<!including )foreign (?:transaction|currency|exch)[\w ]*fee"
    r"|^(?:late|annual|membership|overlimit) fee"
    r"|(?:overseas|international|intl|cross.?border)[\w ]* fee\b"
    r"|devisenzuschlag|auslandseinsatz|^iof\b|non-sterling"
    r"|海外事務手数料|海外サービス手数料|年会費|國外交易(?:手續|服務)費|年費|해외.{0,8}수수료|연회비"
)
_INTEREST = r"(?i)^(?:interest|purchase interest|zinsen)\b|interest charge|利息"
_CASH = r"(?i)cash advance|キャッシング"
# Parts of words, in small letters, by which statements in many languages name money that came back.
BACK = (
    "refund", "return", "revers", "chargeback", "reimburs", "erstatt", "rembours", "reembols",
    "devoluci", "estorno", "rimbors", "返金", "返品", "取消", "退款", "退貨", "취소", "환불",
    "반품",
)  # fmt: skip
_BACK = rf"(?i){'|'.join(BACK)}"
# In small letters, what a text must hold to fit at all: quicker to look for than the patterns.
_HINTS = {
    _PAYMENT: (
        "payment", "autopay", "direct debit", "thank you", "zahlung", "paiement", "pago",
        "payroll", "salary", "direct dep", "e-transfer", "pagamento", "お支払",
        "入金", "口座振替", "还款", "還款", "繳款", "扣繳", "카드대금",
    ),
    _FEE: (
        "fee", "zuschlag", "auslandseinsatz", "iof", "sterling", "手数料", "年会費", "手續費",
        "服務費", "年費", "수수료", "연회비",
    ),
    _INTEREST: ("interest", "zinsen", "利息"),
    _CASH: ("cash advance", "キャッシング"),
    _BACK: BACK,
}  # fmt: skip
# What a fee that is named so may be called by a column of types.
_CALLED = ("purchase", "refund", "adjustment")
_CODES = {name: number for number, name in enumerate(KINDS)}


def codes(
    description: pd.Series, amount: npt.NDArray[np.int64], *, bank: bool, seen: Seen
) -> npt.NDArray[np.int64]:
    """Number of the kind in `KINDS` per row.

    On a card, money in is a refund unless it is called a payment. `amount` has the ledger's sign
    (positive: owed); `seen` knows the texts that were looked through before.
    """
    place, texts = seen.of(description, fields.plain)

    def named(pattern: str) -> npt.NDArray[np.bool_]:
        def fitting(alike: list[str]) -> npt.NDArray[np.bool_]:
            words = [text.lower() for text in alike]
            fits, search = saying(words, _HINTS[pattern]), re.compile(pattern).search
            for number in np.flatnonzero(fits):
                fits[number] = search(words[number]) is not None
            return fits

        fits = texts.meaning(fitting)
        return fits[place] if fits.any() else np.zeros(len(place), np.bool_)

    negative = amount < 0
    kind = np.where(negative, _CODES["refund"], _CODES["purchase"])
    if bank:
        kind[negative & ~named(_BACK)] = _CODES["payment"]
    for pattern, name, sign in (
        (_PAYMENT, "payment", negative),
        (_CASH, "cash_advance", ~negative),
        (_INTEREST, "interest", ~negative),
        (_FEE, "fee", amount != 0),
    ):
        kind[sign & named(pattern)] = _CODES[name]
    return kind


def settled(said: npt.NDArray[np.int64], guessed: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The kinds that a layout tells (-1: it does not), else those of `codes`.

    A foreign fee that came back is one, though its type is that of a refund.
    """
    fee = np.isin(said, [_CODES[name] for name in _CALLED]) & (guessed == _CODES["fee"])
    return np.where((said < 0) | fee, guessed, said)
