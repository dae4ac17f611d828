"""Kind of a movement from its sign and words, where the layout does not say it."""

import pandas as pd

# Words by which statements name a payment to the card, a fee, interest or a cash advance.
_PAYMENT = (
    r"(?i)\b(?:payment|autopay|direct debit|thank you|zahlung|einzahlung|paiement|pago)\b"
    r"|お支払|ご入金|入金|口座振替|还款|還款"
)
_FEE = (
    r"(?i)foreign (?:transaction|currency|exch)[\w ]*fee|^(?:late|annual|membership|overlimit) fee"
    r"|devisenzuschlag|auslandseinsatz|^iof\b|international transaction fee|non-sterling"
    r"|海外事務手数料|海外サービス手数料|年会費"
)
_INTEREST = r"(?i)^(?:interest|purchase interest|zinsen)\b|interest charge|利息"
_CASH = r"(?i)cash advance|キャッシング"


def by_words(description: pd.Series, amount: pd.Series, *, bank: bool) -> pd.Series:
    """`kind` per row. On a card, money in is a refund unless it is called a payment.

    `description` is plain text; `amount` has the ledger's sign (positive: owed).
    """
    negative = amount.lt(0)
    kind = pd.Series("purchase", index=description.index, dtype="str").mask(negative, "refund")
    if bank:
        kind = kind.mask(negative & ~description.str.contains("(?i)refund|return|返金|返品|取消|退款"), "payment")
    for pattern, name, sign in (
        (_PAYMENT, "payment", negative),
        (_CASH, "cash_advance", ~negative),
        (_INTEREST, "interest", ~negative),
        (_FEE, "fee", amount.ne(0)),
    ):
        kind = kind.mask(sign & description.str.contains(pattern, regex=True), name)
    return kind
