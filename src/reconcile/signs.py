"""Currencies and plain text, for those that read no tables: imports nothing heavy."""

import re
import unicodedata

# ISO 4217 (list one, 2025): currencies whose minor unit is not 1/100.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
# ISO 4217 codes in use, and those that statements from 1999 on may still carry.
CURRENCIES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG""".split()
)

# Characters that banks print for a minus or a space and that NFKC leaves as they are; digits and
# decimal signs of Arabic and Persian; and marks that nobody sees, of the direction of writing or
# of no width.
_LOOKALIKES = str.maketrans(
    {"−": "-", "‐": "-", "‑": "-", "–": "-", "―": "-", "△": "-", "▲": "-", "’": "'", "\u00a0": " "}
    | dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,", strict=True))
    | dict.fromkeys("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "")
    | dict.fromkeys("\u200b\u2060\ufeff", "")
)
# To look for them takes a tenth of the time that to translate does, and most texts have none.
_LOOKALIKE = re.compile(f"[{''.join(map(chr, _LOOKALIKES))}]")


def decimals(currency: str | None) -> int:
    """Digits after the decimal sign of a currency's minor unit (JPY 0, USD 2, KWD 3).

    An unknown or absent currency counts 2, as nearly every currency does.
    """
    return _EXPONENTS.get(currency or "", 2)


def fold(text: str) -> str:
    """Text in its plain form: full-width to half-width (NFKC), look-alike signs, outer spaces."""
    if text.isascii():  # nothing of it is full-width or looks like another sign
        return text.strip()
    text = unicodedata.normalize("NFKC", text)
    return (text.translate(_LOOKALIKES) if _LOOKALIKE.search(text) else text).strip()
