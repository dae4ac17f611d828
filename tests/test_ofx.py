import contextlib
import os
import warnings
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import InputError
from reconcile.ledger import COLUMNS, READER_COLUMNS, Source, spelled
from reconcile.readers.crosscheck import MAX_ROWS, cross_check
from reconcile.readers.ofx import read_ofx
from reconcile.readers.ofx_decode import looks_like_ofx
from reconcile.text import LANGUAGES, Message, render

CORPUS = Path(os.environ.get("RECONCILE_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:{encoding}\n"
    "CHARSET:{charset}\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)


def transaction(amount: str = "-10.00", date: str = "20250305", **leaves: str) -> str:
    """One `<STMTTRN>` with unclosed leaves; `extra` is put in as it is."""
    extra = leaves.pop("extra", "")
    fields = {"TRNTYPE": "DEBIT", "DTPOSTED": date, "TRNAMT": amount, "FITID": "f1", **leaves}
    return (
        "<STMTTRN>\n" + "".join(f"<{k}>{v}\n" for k, v in fields.items()) + extra + "</STMTTRN>\n"
    )


def statement(*rows: str, currency: str = "USD", account: str = "4111111111111234") -> str:
    """A card statement."""
    return (
        f"<CCSTMTTRNRS><CCSTMTRS>\n<CURDEF>{currency}\n<CCACCTFROM>\n<ACCTID>{account}\n"
        f"</CCACCTFROM>\n<BANKTRANLIST>\n{''.join(rows)}</BANKTRANLIST>\n"
        "<LEDGERBAL><BALAMT>1.00<DTASOF>20250331</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS>\n"
    )


def bank(*rows: str, currency: str = "USD") -> str:
    """A bank account's statement."""
    return (
        f"<STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>555-4321<ACCTTYPE>CHECKING"
        f"</BANKACCTFROM><BANKTRANLIST>{''.join(rows)}</BANKTRANLIST></STMTRS>"
    )


def ofx(*statements: str, encoding: str = "USASCII", charset: str = "1252") -> str:
    """A whole file, its header included."""
    head = HEADER.format(encoding=encoding, charset=charset)
    return head + "<OFX>\n" + "".join(statements) + "</OFX>\n"


def read(text: str | bytes, name: str = "card.ofx", **options: str) -> tuple[pd.DataFrame, Source]:
    """Read a file's text or bytes."""
    return read_ofx(text.encode() if isinstance(text, str) else text, name, "00", **options)


def one(*args: str, currency: str = "USD", **leaves: str) -> pd.Series:
    """The ledger row of a card file with a single transaction."""
    frame, source = read(ofx(statement(transaction(*args, **leaves), currency=currency)))
    assert (source.transactions, source.rejected) == (1, [])
    return frame.iloc[0]


def codes(source: Source) -> list[str]:
    """Codes of the notes."""
    return [note.code for note in source.notes]


# -- the whole row -------------------------------------------------------------------------------


def test_row() -> None:
    """A plain card row would reach the report with another date, sign, name or account."""
    row = one(
        "-48.45",
        "20250305120000.000[-5:EST]",
        DTUSER="20250303",
        NAME="ALIPAY*ALIEXPRESS",
        MEMO="SINGAPORE",
    )
    assert row["amount"] == 4845
    assert (row["currency"], row["decimals"]) == ("USD", 2)
    assert row["posted_date"] == pd.Timestamp("2025-03-05")
    assert row["transaction_date"] == pd.Timestamp("2025-03-03")
    assert row["description"] == "ALIPAY*ALIEXPRESS SINGAPORE"
    assert (row["reference"], row["account_key"]) == ("f1", "4111111111111234")
    assert (row["kind"], row["status"], row["layout"]) == ("purchase", "posted", "ofx")
    assert row[["line", "original_amount", "original_currency", "conversion_rate"]].isna().all()


def test_schema() -> None:
    """A column of another type would break joining this file with the others."""
    frame, source = read(ofx(statement(transaction()), bank()))
    assert list(frame.columns) == [*READER_COLUMNS, "account_key"]
    for name in READER_COLUMNS:
        assert str(spelled(frame)[name].dtype) == COLUMNS[name][0], name
    assert (source.rows, source.transactions, source.lines) == (1, 1, {})


def test_absent_leaves_are_null() -> None:
    """A missing FITID, name or user date would appear as an empty text or a wrong date."""
    row = read("<OFX><CCSTMTRS><CURDEF>USD<STMTTRN><DTPOSTED>20250305<TRNAMT>-1</STMTTRN></OFX>")[0]
    assert row[["reference", "transaction_date", "account_key"]].iloc[0].isna().all()
    assert row["description"].iloc[0] == ""


# -- shapes of files -----------------------------------------------------------------------------

_ONE = ofx(statement(transaction(NAME="A&B", MEMO="x"), transaction("5.00", FITID="f2")))
_XML = (
    '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="203"?>'
    '<OFX xmlns="urn:x"><CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>4111111111111234</ACCTID>'
    "</CCACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20250305</DTPOSTED>"
    "<TRNAMT>-10.00</TRNAMT><FITID>f1</FITID><NAME>A&amp;B</NAME><MEMO>x</MEMO></STMTTRN>"
    "<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20250305</DTPOSTED><TRNAMT>5.00</TRNAMT>"
    "<FITID>f2</FITID><NAME/></STMTTRN></BANKTRANLIST></CCSTMTRS></OFX>"
)


@pytest.mark.parametrize(
    "text",
    [
        _ONE,
        _ONE.replace("\n", "\r\n"),
        _ONE.replace("\n", "\r"),
        _ONE[_ONE.index("<OFX>") :].replace("\n", ""),
        _ONE.replace("\n\n<OFX>", "\n<OFX>"),
        "\n\n\r\n  " + _ONE,
        '<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?>\n' + _ONE[_ONE.index("<OFX>") :],
        _ONE.replace("<NAME>A&B", "<NAME>A&amp;amp;B</NAME>"),
        _ONE.replace("<NAME>A&B", "<NAME><![CDATA[A&B]]></NAME>"),
        _ONE.replace("<STMTTRN>", "<!-- <STMTTRN> an old row -->\n<STMTTRN>"),
        _ONE.replace("</STMTTRN>\n", ""),
        _ONE.replace("<BANKTRANLIST>", "").replace("</BANKTRANLIST>", ""),
        _ONE.replace("STMTTRN>", "stmttrn>").replace("<TRNAMT>", "<TrnAmt>"),
        _ONE.replace("<TRNTYPE>DEBIT\n<DTPOSTED>20250305\n", "<TRNTYPE>DEBIT <DTPOSTED>20250305 ")
        .replace("</STMTTRN>", "</TRNAMT></DTPOSTED></TRNTYPE></STMTTRN>"),
        _XML,
        _XML.replace("<", "<ofx:").replace("<ofx:/", "</ofx:").replace("<ofx:?", "<?"),
    ],
)  # fmt: skip
def test_shapes(text: str) -> None:
    """One bank's way to write OFX would lose or change its transactions."""
    frame, source = read(text)
    assert frame["amount"].to_list() == [1000, -500]
    assert frame["description"].to_list() == ["A&B x", ""]
    assert frame["reference"].to_list() == ["f1", "f2"]
    assert set(frame["account_key"]) == {"4111111111111234"}
    assert (source.rows, source.rejected, codes(source)) == (2, [], [])
    assert looks_like_ofx(text.encode())


def test_fragment() -> None:
    """Rows saved without any envelope would be refused or read without a word of caution."""
    frame, source = read(transaction() + transaction("-2.00"))
    assert frame["amount"].to_list() == [1000, 200]
    assert frame["currency"].isna().all()
    assert codes(source) == ["ofx.currency_unknown", "ofx.no_envelope"]


def test_text_that_looks_like_markup() -> None:
    """A name with an arrow, an address or an odd ampersand would be cut short."""
    name = "I <3 BED&NOTE <me@x.org> R&amp;D &#233;"
    assert one(NAME=name)["description"] == "I <3 BED&NOTE <me@x.org> R&D é"


def test_repeated_text_is_said_once() -> None:
    """Descriptions would be doubled where the bank writes the name into the memo again."""
    assert one(NAME="SHOP", MEMO="SHOP")["description"] == "SHOP"
    assert one(NAME="SHOP 12", MEMO="SHOP")["description"] == "SHOP 12"
    assert one(NAME="ALIEXPRESS.COM LUX", MEMO="ALIEXPRESS.COM LUXEMBOURG")["description"] == (
        "ALIEXPRESS.COM LUXEMBOURG"
    )
    assert one(extra="<PAYEE><NAME>SHOP<CITY>X</PAYEE>")["description"] == "SHOP"


def test_repeated_fitids_stay() -> None:
    """Two purchases to which a converter gave one number would become one."""
    frame, _ = read(ofx(statement(transaction(), transaction())))
    assert len(frame) == 2


def test_accounts_and_currencies_of_their_statement() -> None:
    """A row would be booked on the account or in the currency of another statement of the file."""
    frame, _ = read(
        ofx(
            bank(transaction("-1.00", extra="<BANKACCTTO><ACCTID>999</BANKACCTTO>")),
            statement(currency="EUR", account="1"),
            statement(transaction("-2"), transaction("-3"), currency="JPY", account="22"),
        )
    )
    assert frame["account_key"].to_list() == ["555-4321", "22", "22"]
    assert frame["currency"].to_list() == ["USD", "JPY", "JPY"]
    assert frame["amount"].to_list() == [100, 2, 3]


def test_layout_is_qfx_for_quicken() -> None:
    """The report would call a Quicken file by another name."""
    assert read(ofx(statement(transaction())), "a.QFX")[1].layout == "qfx"
    assert read(ofx("<INTU.BID>1", statement(transaction())))[1].layout == "qfx"


# -- encodings -----------------------------------------------------------------------------------

_JAPANESE = "アリババ　海外利用"


@pytest.mark.parametrize(
    ("claim", "real", "found"),
    [
        (("USASCII", "1252"), "utf-8", "utf-8"),
        (("USASCII", "1252"), "utf-8-sig", "utf-8-sig"),
        (("UTF-8", "CSUNICODE"), "utf-8", "utf-8"),
        (("UTF-8", "NONE"), "cp932", "cp932"),
        (("USASCII", "1252"), "cp932", "cp932"),
        (("USASCII", "932"), "cp932", "cp932"),
        (("SHIFT_JIS", "1252"), "cp932", "cp932"),
        (("EUC-JP", "NONE"), "euc_jp", "euc-jp"),
        (("USASCII", "NONE"), "euc_jp", "euc_jp"),
        (("USASCII", "NONE"), "iso2022_jp", "iso2022_jp"),
        (("UNICODE", "NONE"), "utf-16", "utf-16"),
        (("UNICODE", "NONE"), "utf-16-le", "utf-16-le"),
        (("NONSENSE", "77777"), "utf-16-be", "utf-16-be"),
    ],
)
def test_japanese_encodings(claim: tuple[str, str], real: str, found: str) -> None:
    """Names would be garbled, so that no merchant is recognised, because the header lies."""
    text = ofx(statement(transaction(NAME=_JAPANESE)), encoding=claim[0], charset=claim[1])
    data = text.encode(real)
    frame, source = read(data)
    assert frame["description"].to_list() == [_JAPANESE]
    assert source.encoding == found
    assert looks_like_ofx(data)


def test_shift_jis_xml() -> None:
    """An XML file in Shift_JIS would be garbled."""
    text = _XML.replace("UTF-8", "Shift_JIS").replace("A&amp;B", _JAPANESE)
    frame, source = read(text.encode("cp932"))
    assert frame["description"].iloc[0] == _JAPANESE + " x"
    assert source.encoding == "cp932"


@pytest.mark.parametrize("name", ["Café Métro €uro — débit", "Größe Übung", "São João ção ÉÊ"])
def test_western_encodings(name: str) -> None:
    """Accents would turn into Japanese letters or question marks."""
    frame, source = read(ofx(statement(transaction(NAME=name))).encode("cp1252"))
    assert frame["description"].to_list() == [name]
    assert (source.encoding, codes(source)) == ("cp1252", [])


def test_bytes_that_fit_nothing_are_read_with_a_word() -> None:
    """One broken byte in a name would stop the whole file, or pass unmentioned."""
    data = ofx(statement(transaction(NAME="A@B"))).encode().replace(b"@", b"\x81\xff")
    frame, source = read(data)
    assert (len(frame), codes(source)) == (1, ["ofx.encoding_guessed"])


def test_given_encoding_wins() -> None:
    """The --encoding option would do nothing."""
    data = ofx(statement(transaction(NAME="Платеж")), encoding="UTF-8").encode("cp1251")
    assert read(data, encoding="cp1251")[0]["description"].to_list() == ["Платеж"]
    for wrong, code in (("utf-8", "encoding_wrong"), ("klingon", "encoding_unknown")):
        with pytest.raises(InputError) as raised:
            read(data, encoding=wrong)
        assert raised.value.code == code


# -- amounts and dates ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "currency", "owed"),
    [
        ("-12.34", "USD", 1234),
        ("+12.34", "USD", -1234),
        ("-12,34", "EUR", 1234),
        ("-.5", "USD", 50),
        ("-1.234,56", "EUR", 123456),
        ("-1,234.56", "USD", 123456),
        ("-1 234,56", "EUR", 123456),
        ("-12,345", "JPY", 12345),
        ("-12.345", "JPY", 12345),
        ("-12345.00", "JPY", 12345),
        ("-12.345", "KWD", 12345),
        ("-12,345", "KWD", 12345),
        ("-1,234,567", "JPY", 1234567),
        ("-0.5300", "USD", 53),
        ("-12,345", "USD", 1234500),
        ("0.00", "USD", 0),
        ("−１２．３４", "USD", 1234),
    ],
)
def test_amounts(text: str, currency: str, owed: int) -> None:
    """An amount would be a thousand or a hundred times too large or small, or of the wrong sign."""
    assert one(text, currency=currency)["amount"] == owed


def test_doubtful_amounts_follow_the_others_of_the_file() -> None:
    """`1.234` euros would be read as one euro in a file that groups thousands by points."""
    rows = [transaction("-1.234"), transaction("-99,50"), transaction("-2.345.678,00")]
    frame, _ = read(ofx(statement(*rows, currency="EUR")))
    assert frame["amount"].to_list() == [123400, 9950, 234567800]


@pytest.mark.parametrize("text", ["", ".", "abc", "-12.345", "1e5", "--5", "1,2,3", "9" * 17])
def test_unreadable_amounts_are_rejected(text: str) -> None:
    """A row would vanish without a word, or be rounded, where its amount is no amount."""
    frame, source = read(ofx(statement(transaction(text), transaction("-1.00"))))
    assert frame["amount"].to_list() == [100]
    assert [(r.line, r.reason.code) for r in source.rejected] == [(None, "ofx.bad_amount")]
    assert (source.rows, source.transactions) == (2, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20250305000000[+9:JST]", "2025-03-05"),
        ("20250305235959.999[-12]", "2025-03-05"),
        ("20180804093914:014", "2018-08-04"),
        ("201808040939", "2018-08-04"),
        ("2025-03-05", "2025-03-05"),
    ],
)
def test_dates(text: str, day: str) -> None:
    """A day would shift with the time zone, or a date with odd decoration be refused."""
    assert one("-1.00", text)["posted_date"] == pd.Timestamp(day)


@pytest.mark.parametrize("text", ["", "****", "20120231", "00000000", "5 March"])
def test_unreadable_dates(text: str) -> None:
    """A row without any day would be kept with a wrong one, or lost though DTUSER has the day."""
    frame, source = read(ofx(statement(transaction("-1", text), transaction("-2"))))
    assert frame["amount"].to_list() == [200]
    assert [r.reason.code for r in source.rejected] == ["ofx.bad_date"]
    assert one("-1.00", text, DTUSER="20250303")["transaction_date"] == pd.Timestamp("2025-03-03")


def test_no_currency() -> None:
    """A file that names no currency would be refused, or its yen read as hundredths."""
    text = ofx(statement(transaction("-4845"), currency=""))
    frame, source = read(text)
    assert frame["currency"].isna().all()
    assert frame[["amount", "decimals"]].iloc[0].to_list() == [4845, 0]
    assert codes(source) == ["ofx.currency_unknown"]
    frame, source = read(text, currency="USD")
    assert frame[["amount", "currency"]].iloc[0].to_list() == [484500, "USD"]
    assert codes(source) == ["ofx.currency_given"]


# -- two currencies ------------------------------------------------------------------------------


def foreign(row: pd.Series) -> list[object]:
    """What a row says of the merchant's currency."""
    names = ["amount", "currency", "original_amount", "original_currency", "conversion_rate"]
    return [None if pd.isna(value) else value for value in row[names]]


def test_currency_means_the_amount_is_foreign() -> None:
    """A purchase of 40 dollars on a euro card would be booked as 40 euros."""
    extra = "<CURRENCY><CURRATE>0.92<CURSYM>USD</CURRENCY>"
    assert foreign(one("-40.00", currency="EUR", extra=extra)) == [3680, "EUR", 4000, "USD", "0.92"]
    extra = "<CURRENCY><CURRATE>149.123<CURSYM>USD</CURRENCY>"
    row = one("-32.49", currency="JPY", extra=extra)
    assert foreign(row) == [4845, "JPY", 3249, "USD", "149.123"]
    assert (row["decimals"], row["original_decimals"]) == (0, 2)
    row = one("32.49", currency="JPY", extra=extra)
    assert foreign(row) == [-4845, "JPY", -3249, "USD", "149.123"]


@pytest.mark.parametrize("rate", ["", "<CURRATE>1.0000"])
def test_currency_without_rate_stays_foreign(rate: str) -> None:
    """A foreign amount without a rate would be taken for the card's own currency."""
    text = transaction("-40.00", extra=f"<CURRENCY>{rate}<CURSYM>USD</CURRENCY>")
    frame, source = read(ofx(statement(text, currency="EUR")))
    assert foreign(frame.iloc[0]) == [4000, "USD", None, None, None]
    assert codes(source) == ["ofx.foreign_kept"]


@pytest.mark.parametrize("rate", ["", "<CURRATE>1.0000"])
def test_currency_that_is_the_own_says_nothing(rate: str) -> None:
    """Ordinary rows of banks that always write CURRENCY would look like foreign ones."""
    row = one(extra=f"<CURRENCY>{rate}<CURSYM>USD</CURRENCY>")
    assert foreign(row) == [1000, "USD", None, None, None]


def test_origcurrency_means_the_amount_is_converted() -> None:
    """The merchant's amount would be missing, or the billed one converted a second time."""
    extra = "<ORIGCURRENCY><CURRATE>149.123<CURSYM>USD</ORIGCURRENCY>"
    row = one("-4845", currency="JPY", extra=extra)
    assert foreign(row) == [4845, "JPY", 3249, "USD", "149.123"]
    row = one("-4845", currency="JPY", extra="<ORIGCURRENCY><CURSYM>USD</ORIGCURRENCY>")
    assert foreign(row) == [4845, "JPY", None, "USD", None]


@pytest.mark.parametrize(
    ("amount", "currency", "memo", "original", "code", "rate"),
    [
        ("-4845", "JPY", "32.49 USD @ 149.123", 3249, "USD", "149.123"),
        ("4845", "JPY", "32.49 USD @ 149.123", -3249, "USD", "149.123"),
        ("-66", "JPY", "0.60　USD　110.712　07 03", 60, "USD", "110.712"),
        ("-4845", "JPY", "３２．４９　ＵＳＤ　１４９．１２３", 3249, "USD", "149.123"),
        ("-1918", "JPY", "現地通貨額:11.51 USD", 1151, "USD", None),
        ("-8.68", "GBP", "10.35 EUR@1.1923", 1035, "EUR", "0.8387150885"),
        ("-7.91", "CAD", "8.10 SGD @ .976500000000", 810, "SGD", "0.976500000000"),
        ("-31.99", "CAD", "Foreign Currency - USD 22.80 Exchange rate - 1.403070", 2280, "USD",
         "1.403070"),
        ("-8.78", "EUR", "US 9.95 USD, 1 USD = 0.88241 EUR", 995, "USD", "0.88241"),
        ("-2.04", "EUR", "Suma: 2.13 USD 01.03.2023 Kurz: 1,0423", 213, "USD", "0.9594166747"),
        ("-4845", "JPY", "32.49  USD  @   149.123", 3249, "USD", "149.123"),
        ("-4845", "JPY", "USD 32.49", 3249, "USD", None),
        ("-4845", "JPY", "32.49 USD", 3249, "USD", None),
        ("-40.00", "USD", "5,980 JPY", 5980, "JPY", None),
    ],
)  # fmt: skip
def test_printed_foreign_amounts(
    amount: str, currency: str, memo: str, original: int, code: str, rate: str | None
) -> None:
    """A merchant amount in the memo would be overlooked, so refunds could not be compared."""
    row = one(amount, currency=currency, MEMO=memo)
    assert foreign(row)[2:] == [original, code, rate]


def test_printed_conversion_day() -> None:
    """The day of conversion would be missing or fall into the wrong year."""
    row = one("-66", "20250103", currency="JPY", MEMO="0.60 USD 110.712 12 30")
    assert row["conversion_date"] == pd.Timestamp("2024-12-30")


@pytest.mark.parametrize(
    "memo",
    [
        "32.49 USD @ 150.123",
        "10.00 JPY",
        "TOP 100 ALL 50.00",
        "ROOM 12 USD",
        "USB PEN 2.00",
        "USD 1.00 HKD 7.80",
        "TEL 03-1234 USD",
        "order 1234USD567",
    ],
)
def test_doubtful_annotations_stay_text(memo: str) -> None:
    """A number in a memo would pass for the merchant's amount though nothing confirms it."""
    assert foreign(one("-4845", currency="JPY", MEMO=memo)) == [4845, "JPY", None, None, None]


def test_unread_annotation_is_told() -> None:
    """A rate that does not lead to the billed amount would be dropped without a word."""
    row = transaction("-4845", MEMO="32.49 USD @ 150.123")
    assert codes(read(ofx(statement(row, currency="JPY")))[1]) == ["ofx.annotation_unread"]


# -- kinds and status ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "amount", "name", "kind"),
    [
        ("DEBIT", "-1.00", "SHOP", "purchase"),
        ("CREDIT", "-1.00", "ALIEXPRESS", "purchase"),
        ("CREDIT", "1.00", "ALIEXPRESS", "refund"),
        ("DEBIT", "1.00", "ALIEXPRESS", "refund"),
        ("CREDIT", "1.00", "PAYMENT - THANK YOU", "payment"),
        ("CREDIT", "1.00", "ALIEXPRESS PAYMENT REFUND", "refund"),
        ("CREDIT", "1.00", "口座振替", "payment"),
        ("CREDIT", "1.00", "Pagamento recebido", "payment"),
        ("PAYMENT", "1.00", "X", "payment"),
        ("PAYMENT", "-1.00", "X", "purchase"),
        ("FEE", "-1.00", "X", "fee"),
        ("SRVCHG", "1.00", "X", "fee"),
        ("INT", "-1.00", "X", "interest"),
        ("ATM", "-1.00", "X", "cash_advance"),
        ("CASH", "-1.00", "X", "cash_advance"),
        ("DEBIT", "0.00", "SHOP", "purchase"),
    ],
)
def test_kinds_on_a_card(type_: str, amount: str, name: str, kind: str) -> None:
    """A refund would be taken for a payment, or a purchase for a refund, by a careless TRNTYPE."""
    assert one(amount, TRNTYPE=type_, NAME=name)["kind"] == kind


@pytest.mark.parametrize(
    ("type_", "amount", "kind"),
    [
        ("CREDIT", "1.00", "refund"),
        ("POS", "1.00", "refund"),
        ("DIRECTDEP", "1.00", "payment"),
        ("XFER", "1.00", "payment"),
        ("INT", "1.00", "interest"),
        ("DIV", "1.00", "interest"),
        ("POS", "-1.00", "purchase"),
    ],
)
def test_kinds_on_a_bank_account(type_: str, amount: str, kind: str) -> None:
    """Wages would be offered as AliExpress refunds, or refunds on debit cards be missed."""
    frame, _ = read(ofx(bank(transaction(amount, TRNTYPE=type_, NAME="X"))))
    assert frame["kind"].to_list() == [kind]


def test_pending() -> None:
    """An amount only on hold would count as booked."""
    text = ofx(
        statement(
            transaction(),
            "</BANKTRANLIST><BANKTRANLISTP><STMTTRNP><TRNTYPE>DEBIT<DTTRAN>20250306"
            "<TRNAMT>-2.00</STMTTRNP></BANKTRANLISTP><BANKTRANLIST>",
            transaction("-3.00", TRNTYPE="HOLD"),
            transaction("-4.00"),
        )
    )
    frame, source = read(text)
    assert frame["status"].to_list() == ["posted", "pending", "pending", "posted"]
    assert frame["transaction_date"].iloc[1] == pd.Timestamp("2025-03-06")
    assert source.rows == 4


# -- what cannot be read -------------------------------------------------------------------------

_WHOLE = ofx(statement(*(transaction(f"-{n}.00", FITID=f"f{n}", NAME="SHOP") for n in range(1, 6))))


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=1, max_value=len(_WHOLE) - 2))
def test_truncated_files_say_so(end: int) -> None:
    """A download that breaks off anywhere would lose whole rows or invent one, or not say so."""
    text = _WHOLE[:end]
    try:
        frame, source = read(text)
    except InputError as error:
        code = error.code
    else:
        code = ""
    if code:
        # Nothing whole to read: no statement yet, or not one complete row.
        assert code in ("ofx_truncated", "ofx_no_statement", "empty")
        assert "</STMTTRN>" not in text
        return
    whole = text.count("</STMTTRN>")
    assert frame["amount"].to_list() == [100 * n for n in range(1, whole + 1)]
    assert source.rows == text.count("<STMTTRN>") == whole + len(source.rejected)
    assert [r.reason.code for r in source.rejected] in ([], ["ofx.cut"])
    assert "ofx.truncated" in codes(source)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["-1", "x", "", "5.5", "-12,345", "1.2.3"]), max_size=6))
def test_every_row_is_accounted_for(amounts: list[str]) -> None:
    """A row could be neither in the ledger nor among the rejected ones."""
    frame, source = read(ofx(statement(*(transaction(amount) for amount in amounts))))
    assert source.rows == len(amounts)
    assert source.transactions == len(frame) == source.rows - len(source.rejected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("<OFX></OFX>", "ofx_no_statement"),
        ("<OFX><SIGNONMSGSRSV1><SONRS></SONRS></SIGNONMSGSRSV1></OFX>", "ofx_no_statement"),
        ("<OFX><INVSTMTRS><INVPOSLIST></INVPOSLIST></INVSTMTRS></OFX>", "ofx_no_statement"),
        ("<OFX><STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>Down</STATUS></OFX>", "ofx_bank_error"),
        (_WHOLE[: _WHOLE.index("</STMTTRN>")], "ofx_truncated"),
    ],
)
def test_files_without_a_statement(text: str, code: str) -> None:
    """A file with nothing to read would give an empty report instead of a reason."""
    with pytest.raises(InputError) as raised:
        read(text)
    assert raised.value.code == code
    assert raised.value.params["file"] == "card.ofx"


def test_statement_without_rows() -> None:
    """A month without purchases would be refused."""
    frame, source = read(ofx(statement()))
    assert (len(frame), codes(source)) == (0, ["ofx.no_rows"])


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"<html><body>x</body></html>", b"PK\x03\x04"]
)
def test_other_files_do_not_look_like_ofx(data: bytes) -> None:
    """A CSV file would be sent to the wrong reader."""
    assert not looks_like_ofx(data)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    """A damaged file would end in a traceback."""
    for junk in (data, ofx(statement(transaction())).encode() + data, b"<OFX><STMTTRN>" + data):
        with contextlib.suppress(InputError):
            read(junk)


# -- the second reading --------------------------------------------------------------------------


def checked(text: str, change: int = 0) -> list[Message]:
    """The second reading against ours, with the first amount changed."""
    frame, _ = read(text)
    frame.loc[frame.index[:1], "amount"] += change
    return cross_check(text.encode(), frame)


def test_crosscheck_agrees() -> None:
    """The check would cry wolf on an ordinary file."""
    assert checked(_WHOLE) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.decimals(-9999, 9999, places=2), min_size=1, max_size=8))
def test_two_readings_agree(amounts: list[Decimal]) -> None:
    """Amounts in the plain form of the standard would be read otherwise than by ofxparse."""
    rows = [transaction(f"{amount:f}", FITID=f"f{n}") for n, amount in enumerate(amounts)]
    assert checked(ofx(statement(*rows))) == []


def test_crosscheck_finds_a_changed_amount() -> None:
    """A wrongly read amount would pass the check."""
    found = {message.code: message.params for message in checked(_WHOLE, 5)}
    assert list(found) == ["crosscheck.sum", "crosscheck.amount"]
    assert found["crosscheck.amount"]["reference"] == "f1"
    assert found["crosscheck.amount"]["account"] == "…1234"


def test_crosscheck_finds_missing_rows() -> None:
    """A row that only one reading has would pass the check."""
    frame, _ = read(_WHOLE)
    ours = [message.code for message in cross_check(_WHOLE.encode(), frame.iloc[1:])]
    assert ours == ["crosscheck.count", "crosscheck.sum", "crosscheck.only_theirs"]
    shorter = _WHOLE.replace(transaction("-1.00", FITID="f1", NAME="SHOP"), "")
    theirs = [message.code for message in cross_check(shorter.encode(), frame)]
    assert theirs == ["crosscheck.count", "crosscheck.sum", "crosscheck.only_ours"]


def test_crosscheck_tells_where_ofxparse_errs() -> None:
    """Grouped yen, which ofxparse takes for fractions, would pass unmentioned."""
    text = ofx(statement(transaction("-12,345"), currency="JPY"))
    found = {message.code: message.params for message in checked(text)}
    assert found["crosscheck.amount"]["ours"] == ["-12345"]
    assert found["crosscheck.amount"]["theirs"] == ["-12.345"]


def test_crosscheck_never_raises() -> None:
    """A file that ofxparse cannot read would stop the report."""
    text = ofx(statement(transaction()), encoding="SHIFT_JIS")
    assert [message.code for message in checked(text)] == ["crosscheck.failed"]
    frame = pd.concat([read(_WHOLE)[0]] * (MAX_ROWS // 5 + 1))
    assert [message.code for message in cross_check(b"", frame)] == ["crosscheck.too_long"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_messages_can_be_said(lang: str) -> None:
    """A note or reason would end in a KeyError instead of a sentence."""
    no_currency = statement(transaction("-5"), transaction("x"), transaction("-5", ""), currency="")
    kept = transaction("-4.00", extra="<CURRENCY><CURSYM>USD</CURRENCY>")
    turned = transaction("-4.00", extra="<CURRENCY><CURRATE>0.9<CURSYM>USD</CURRENCY>")
    orig = transaction("-4.00", extra="<ORIGCURRENCY><CURRATE>0.9<CURSYM>USD</ORIGCURRENCY>")
    odd = transaction("-4.00", MEMO="1.00 USD @ 9.99", NAME="A\u00e9B")
    rows = statement(kept, turned, orig, odd, currency="EUR")
    files = [
        ofx(no_currency).encode(),
        ofx(rows).encode("latin-1").replace(b"A\xe9B", b"A\x81\xffB"),
        _WHOLE[:-120].encode(),
        _WHOLE[: _WHOLE.rindex("<NAME>")].encode(),
        transaction().encode(),
        ofx(statement()).encode(),
        ofx(statement(*map(transaction, "12"), transaction("3", TRNTYPE="CREDIT"))).encode(),
    ]
    seen: list[Message] = []
    for data in files:
        _, source = read(data)
        seen += [*source.notes, *(rejected.reason for rejected in source.rejected)]
    seen += read(files[0], currency="USD")[1].notes
    seen += checked(_WHOLE, 5) + cross_check(_WHOLE.encode(), read(_WHOLE)[0].iloc[1:])
    assert {message.code for message in seen} >= {
        "ofx.encoding_guessed", "ofx.truncated", "ofx.no_envelope", "ofx.no_rows",
        "ofx.currency_given", "ofx.currency_unknown", "ofx.converted", "ofx.foreign_kept",
        "ofx.original_computed", "ofx.annotation_unread", "ofx.unsigned", "ofx.cut",
        "ofx.bad_amount", "ofx.bad_date", "crosscheck.sum", "crosscheck.amount", "crosscheck.count",
    }  # fmt: skip
    assert all("{" not in render(message, lang) for message in seen)


def test_types_tell_the_side_of_amounts_without_a_minus() -> None:
    """Every purchase would be a refund."""
    rows = [transaction("5.00"), transaction("7.00", TRNTYPE="CHECK", FITID="f2")]
    back = transaction("5.00", TRNTYPE="CREDIT", FITID="f3")
    frame, source = read(ofx(statement(*rows, back)))
    assert frame["amount"].tolist() == [500, 700, -500]
    assert codes(source) == ["ofx.unsigned"]
    frame, _ = read(ofx(statement(*rows, back, transaction("-1.00", FITID="f4"))))
    assert frame["amount"].tolist() == [-500, -700, -500, 100]


@pytest.mark.parametrize("type_", ["ATM", "POS", "FEE", "SRVCHG"])
@pytest.mark.parametrize("debits", [0, 2])
def test_types_of_both_sides_tell_nothing_of_amounts_without_a_minus(
    type_: str, debits: int
) -> None:
    """Cash that was paid in would be drawn, and what a shop gave back be a purchase."""
    rows = [transaction(f"{n}.00", TRNTYPE=type_, FITID=f"f{n}") for n in (25, 50)]
    rows += [transaction(f"{n}.00", FITID=f"d{n}") for n in range(1, debits + 1)]
    frame, source = read(ofx(bank(*rows, transaction("40.00", TRNTYPE="CREDIT", FITID="f3"))))
    assert frame["amount"].tolist() == [-2500, -5000, *(100, 200)[:debits], -4000]
    assert codes(source).count("ofx.unsigned") == bool(debits)


def test_debits_alone_tell_nothing_of_amounts_without_a_minus() -> None:
    """Some banks give every row one type."""
    rows = [transaction("5.00"), transaction("7.00", FITID="f2")]
    back = transaction("5.00", TRNTYPE="OTHER", FITID="f3")
    assert read(ofx(statement(*rows, back)))[0]["amount"].tolist() == [-500, -700, -500]


# -- real files ----------------------------------------------------------------------------------

# Openings of <STMTTRN>, and what the cardholder owes in minor units: counted and summed from the
# bytes by awk, by grep with bc, and once more by ofxparse. None of it comes from our reader.
EXPECTED = {
    "bank/actual_1252.qfx": (1, 2000),
    "bank/asgrim_ofx-multiple-accounts-xml.ofx": (3, -51472),
    "bank/asgrim_ofxdata-bb-two-stmtrs.ofx": (36, 364866),
    "bank/asgrim_ofxdata-bb.ofx": (1, -23955),
    "bank/asgrim_ofxdata-bpbfc.ofx": (6, 5349),
    "bank/asgrim_ofxdata-cmfr.ofx": (42, 1349159),
    "bank/asgrim_ofxdata-emptyDateTime.ofx": (2, -48750),
    "bank/asgrim_ofxdata-xml.ofx": (3, -25000),
    "bank/asgrim_ofxdata.ofx": (3, -25000),
    "bank/fixofx_checking.ofx": (106, -464442),
    "bank/fixofx_savings.ofx": (118, -529158),
    "bank/jp_sgml_csunicode.ofx": (3, -380000),
    "bank/jp_xml_no_fitid.ofx": (1, 4500),
    "bank/ofx4j_example-response.ofx": (1, -15000),
    "bank/ofx4j_pag-seguro.ofx": (3, -11900),
    "bank/ofxjs_example-xml.qfx": (1, -84),
    "bank/ofxjs_example1.ofx": (5, 17311),
    "bank/ofxparse_bank_medium.ofx": (3, 34527),
    "bank/ofxparse_checking.ofx": (3, 5950),
    "bank/ofxparse_empty_balance.ofx": (1, -12000),
    "bank/ofxparse_multiple_accounts.ofx": (0, 0),
    "bank/ofxparse_ofx-v102-empty-tags.ofx": (1, -1234),
    "bank/ofxparse_suncorp.ofx": (1, 1685),
    "creditcard/asgrim_ofxdata-credit-card.ofx": (1, 10000),
    "creditcard/asgrim_ofxdata-memoWithQuotes.ofx": (16, -39382),
    "creditcard/fixofx_creditcard.ofx": (135, 276751),
    "creditcard/ofxjs_credit-card.qfx": (5, -8048),
    "creditcard/ofxparse_anzcc.ofx": (1, 550),
    "creditcard/reconstructed_jp_csv2ofx_card.ofx": (2, 85),
}
# Files whose rows were made unreadable on purpose: masked dates, no dates, a snipped row.
REJECTED = {
    "bank/asgrim_ofxdata-banking-xml200.ofx": (1, "ofx.bad_amount"),
    "bank/ofxjs_example2.ofx": (29, "ofx.bad_date"),
    "bank/ofxparse_date_missing.ofx": (3, "ofx.bad_date"),
}
BANK_ERRORS = {
    "other/ofx4j_fremont-bank-profile.ofx",
    "other/ofxparse_error_message.ofx",
    "other/ofxparse_signon_fail.ofx",
}
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
FILES = sorted(path.relative_to(CORPUS / "ofx").as_posix() for path in CORPUS.glob("ofx/*/*"))


@needs_corpus
@pytest.mark.parametrize("name", FILES)
def test_corpus(name: str) -> None:
    """A real file would lose rows or money, or be refused without a fitting reason."""
    data = (CORPUS / "ofx" / name).read_bytes()
    assert looks_like_ofx(data)
    if name.startswith("other/"):
        with pytest.raises(InputError) as raised:
            read(data, name)
        code = "ofx_bank_error" if name in BANK_ERRORS else "ofx_no_statement"
        assert raised.value.code == code
        return
    frame, source = read(data, name)
    assert source.rows == data.count(b"<STMTTRN>")
    if name in REJECTED:
        count, code = REJECTED[name]
        assert [r.reason.code for r in source.rejected] == [code] * count
        assert frame.empty
        return
    assert (len(frame), int(frame["amount"].sum())) == EXPECTED[name]
    assert source.rejected == []


@needs_corpus
def test_corpus_is_complete() -> None:
    """A file taken out of the corpus would take its check along unnoticed."""
    assert {*EXPECTED, *REJECTED, *BANK_ERRORS} <= set(FILES)


# ofxparse reads these otherwise: no UTF-8 without a header, no transactions without FITIDs.
DIFFERENT = {
    "bank/jp_xml_no_fitid.ofx": ["crosscheck.failed"],
    "bank/ofxparse_ofx-v102-empty-tags.ofx": [
        "crosscheck.count",
        "crosscheck.sum",
        "crosscheck.only_ours",
    ],
}


@needs_corpus
@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("other/")])
def test_corpus_by_ofxparse(name: str) -> None:
    """An amount that ofxparse reads otherwise would go unseen."""
    data = (CORPUS / "ofx" / name).read_bytes()
    frame, _ = read(data, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [message.code for message in cross_check(data, frame)]
    assert found == DIFFERENT.get(name, [])


@needs_corpus
def test_corpus_foreign_refund() -> None:
    """A Japanese converter's file would lose the dollars, rates and days in its memos."""
    path = CORPUS / "ofx" / "creditcard" / "reconstructed_jp_csv2ofx_card.ofx"
    frame, _ = read(path.read_bytes())
    assert frame["amount"].to_list() == [3180, -3095]
    assert frame["kind"].to_list() == ["purchase", "refund"]
    assert frame["original_amount"].to_list() == [2000, -2000]
    assert frame["original_currency"].to_list() == ["USD", "USD"]
    assert frame["conversion_rate"].to_list() == ["159.000", "154.750"]
    assert frame["conversion_date"].dt.strftime("%m-%d").to_list() == ["07-02", "07-21"]


@pytest.mark.parametrize("date", ["29990305", "21000101", "09991231"])
def test_year_that_no_statement_has(date: str) -> None:
    """A misprinted year would stretch the days covered over centuries, and nothing be overdue."""
    _, source = read(ofx(statement(transaction(), transaction(date=date))))
    assert [bad.reason.code for bad in source.rejected] == ["ofx.bad_date"]
    assert one(date="20991231")["posted_date"] == pd.Timestamp("2099-12-31")


def test_amounts_without_a_minus_are_signed_by_their_type() -> None:
    """Every purchase of a converter's file would be money that came back."""
    types = [("1200", "DEBIT"), ("700", "REPEATPMT"), ("1200", "CREDIT")]
    rows = [transaction(amount, TRNTYPE=name, FITID=name) for amount, name in types]
    frame, source = read(ofx(statement(*rows)))
    assert frame["amount"].tolist() == [120000, 70000, -120000]
    assert "ofx.unsigned" in codes(source)


def test_amounts_with_a_minus_are_believed_whatever_their_type() -> None:
    """Some banks call all rows debits."""
    rows = [transaction(amount, TRNTYPE="DEBIT", FITID=amount) for amount in ("-12.00", "12.00")]
    frame, source = read(ofx(statement(*rows)))
    assert frame["amount"].tolist() == [1200, -1200]
    assert "ofx.unsigned" not in codes(source)
