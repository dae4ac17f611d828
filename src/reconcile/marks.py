"""What statements print for a currency beside its code: marks beside amounts, and names in words.

The one table of both. Imports nothing heavy.
"""

import re

from reconcile.signs import CURRENCIES

# What stands before a dollar sign, and whose dollar or peso that makes it.
_DOLLARS = {
    "US": "USD", "CA": "CAD", "C": "CAD", "AU": "AUD", "A": "AUD", "NZ": "NZD", "HK": "HKD",
    "SG": "SGD", "S": "SGD", "NT": "TWD", "R": "BRL", "MX": "MXN", "AR": "ARS", "RD": "DOP",
    "J": "JMD", "TT": "TTD", "BZ": "BZD", "EC": "XCD", "FJ": "FJD", "N": "NAD",
    "COL": "COP",
}  # fmt: skip
# Marks as they are printed, and the currency that each names; None where several have it. A yen
# sign alone may be yuan, a backslash is what old Japanese encodings show for it.
MARKS: dict[str, str | None] = {
    **{f"{prefix}{blank}$": code for prefix, code in _DOLLARS.items() for blank in ("", " ")},
    **dict.fromkeys(("U$S", "U$D"), "USD"),
    **dict.fromkeys(("$", "¥", "\\", "元", "Rs", "Rs.", "р.", "Bs", "Bs.", "DH", "Dh"), None),
    **dict.fromkeys(("kr", "Kr", "KR", "kr.", "Kr.", "KR."), None),
    "CN¥": "CNY", "JP¥": "JPY", "RMB": "CNY", "€": "EUR", "£": "GBP", "₩": "KRW", "₽": "RUB",
    "₹": "INR", "₺": "TRY", "₫": "VND", "đ": "VND", "฿": "THB", "₴": "UAH", "₱": "PHP", "₪": "ILS",
    "₦": "NGN", "₡": "CRC", "₵": "GHS", "₸": "KZT", "₾": "GEL", "円": "JPY", "원": "KRW",
    "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Ft.": "HUF", "RM": "MYR", "Rp": "IDR", "Rp.": "IDR",
    "TL": "TRY", "lei": "RON", "Lei": "RON", "лв": "BGN", "лв.": "BGN", "руб": "RUB",
    "руб.": "RUB", "грн": "UAH", "грн.": "UAH", "дин": "RSD", "дин.": "RSD", "din": "RSD",
    "din.": "RSD", "S/": "PEN", "S/.": "PEN", "$U": "UYU", "B/.": "PAB", "Tk": "BDT",
    "Fr.": "CHF", "SFr.": "CHF", "Lek": "ALL", "Lt": "LTL", "ден": "MKD", "ден.": "MKD",
    "KSh": "KES", "Ksh": "KES", "NIS": "ILS",
    'ש"ח': "ILS", "R": "ZAR",
}  # fmt: skip


def _any(marks: list[str]) -> str:
    """A pattern for the marks, longer ones before those that they begin with."""
    return "|".join(map(re.escape, sorted(marks, key=lambda mark: (-len(mark), mark))))


# A bare R is the rand before a number, and anything else elsewhere.
_ALONE = "R"
# A mark or a code beside an amount, at whose ends it stands; codes of either size.
MARK = (
    rf"(?:(?=[A-Za-z]{{3}}(?![A-Za-z]))(?i:{'|'.join(sorted(CURRENCIES))})"
    rf"|{_any([mark for mark in MARKS if mark != _ALONE])})"
)
# One or several of them before an amount, and behind it, where no digit is tried for one in vain.
BEFORE = rf"(?:(?:{MARK}|{_ALONE}(?=\s?-?\d))\s*)+"
BEHIND = rf"(?=[^\d.,'+-])(?:\s*{MARK})+"
_ONE = rf"{MARK}|{_ALONE}"


def named(text: str) -> str:
    """What marks and codes that stand together say: the currency that they name, the mark itself
    where it names none, nothing where they name two.
    """
    found: list[str] = [mark.strip() for mark in re.findall(_ONE, text)]
    codes = {code for mark in found if (code := MARKS.get(mark, mark.upper()))}
    if len(codes) > 1 or not found:
        return ""
    return codes.pop() if codes else found[0]


# Marks that hold a sign other than plain letters: those say what they are wherever they stand.
SIGNS = {
    mark: code
    for mark, code in MARKS.items()
    if code and " " not in mark and not (mark.rstrip(".").isascii() and mark.rstrip(".").isalpha())
}
# A mark of one currency in a header cell, or a word; letters that are marks may be part of a word.
# A dollar sign alone names none, a yen sign does there.
IN_HEADER = (
    r"(?:"
    # In brackets letters are no part of a word.
    rf"(?<=[(\[])(?:{_any([m for m, code in MARKS.items() if code and m != _ALONE])})(?=[)\]])|"
    r"(?<![A-Z])(?:"
    + _any([mark for mark in SIGNS if "$" in mark])
    + ")|"
    + _any([mark for mark in [*SIGNS, "¥"] if len(mark) == 1 and not mark.isalpha()])
    + r'|円|ש"ח|新?[臺台]幣|人民币|人民幣|港幣|港币|원화|บาท|\bTL\b'
    + r"|(?i:\beuro[as]?\b|\b(?:рублях|гривнях|тенге)\b))"
)
# Names in capitals, as banks print them behind an amount or in a column of currencies.
WORDS = {
    r"(?:U\.? ?S\.?[ -]?|UNITED STATES )DOLLARS?": "USD",
    "(?:EUROPEAN UNION )?EUROS?": "EUR",
    "(?:UNITED KINGDOM )?POUNDS?(?: STERLING)?": "GBP",
    "AUSTRALIAN? DOLLARS?": "AUD",
    "CANADIAN DOLLARS?|CANADA DOLLARS?": "CAD",
    "NEW ZEALAND DOLLARS?": "NZD",
    "SINGAPORE DOLLARS?": "SGD",
    "HONG KONG DOLLARS?": "HKD",
    "JAPANESE YEN": "JPY",
    "CHINESE YUAN|CHINA YUAN RENMINBI|YUAN RENMINBI": "CNY",
    "SWISS FRANCS?": "CHF",
    "KOREAN WON": "KRW",
    "SWEDISH KRON(?:A|OR)": "SEK",
    "NORWEGIAN KRONER?": "NOK",
    "DANISH KRONER?": "DKK",
    "MEXICAN PESOS?": "MXN",
    "POLISH ZLOTY": "PLN",
    "CZECH KORUNA": "CZK",
}
# The same in a column of currencies, in the languages that print them there in words.
NAMES = {
    **{mark.upper(): code for mark, code in SIGNS.items()},
    "¥": "JPY", "$": "USD", "元": "CNY", "TL": "TRY", "RUR": "RUB",
    "日本円": "JPY", "米ドル": "USD", "ユーロ": "EUR", "英ポンド": "GBP", "人民币": "CNY",
    "人民元": "CNY", "人民币元": "CNY", "ドル": "USD", "アメリカドル": "USD", "ポンド": "GBP",
    "スイスフラン": "CHF", "豪ドル": "AUD", "オーストラリアドル": "AUD", "加ドル": "CAD",
    "カナダドル": "CAD", "NZドル": "NZD", "ニュージーランドドル": "NZD", "香港ドル": "HKD",
    "シンガポールドル": "SGD", "台湾ドル": "TWD", "韓国ウォン": "KRW", "ウォン": "KRW",
    "タイバーツ": "THB", "バーツ": "THB", "ランド": "ZAR", "南アフリカランド": "ZAR",
    "スウェーデンクローナ": "SEK", "ブラジルレアル": "BRL", "美元": "USD",
    "新臺幣": "TWD", "新台幣": "TWD", "臺幣": "TWD", "台幣": "TWD", "원화": "KRW",
    "人民幣": "CNY", "港幣": "HKD", "欧元": "EUR",
    "日元": "JPY", "港币": "HKD", "港元": "HKD", "英镑": "GBP", "韩元": "KRW", "新加坡元": "SGD",
    "澳大利亚元": "AUD", "加拿大元": "CAD", "บาท": "THB", "РУБЛЯХ": "RUB", "ГРИВНЯХ": "UAH",
    "ТЕНГЕ": "KZT",
}  # fmt: skip
# Names in other scripts, which may stand right behind an amount; longer ones first.
EAST = {
    name: NAMES[name]
    for name in sorted(NAMES, key=lambda name: (-len(name), name))
    if not name.isascii() and len(name) > 1
}
_WORDS = re.compile("|".join(f"(?P<{code}>{words})" for words, code in WORDS.items()))


def code(text: str) -> str | None:
    """The currency that a text in capitals names, by its code, a mark or a word; else None."""
    if text in CURRENCIES:
        return text
    if (known := NAMES.get(text)) is not None:
        return known
    found = _WORDS.fullmatch(text)
    return found.lastgroup if found else None
