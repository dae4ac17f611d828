"""Statements that no layout knows: what is read, what is assumed, and what is refused."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from reading import read_file

from reconcile import layout, ledger, readers
from reconcile.errors import ErrorGroup, InputError
from reconcile.ledger import Source
from reconcile.text import LANGUAGES, render

Reading = tuple[pd.DataFrame, Source]


def read(folder: Path, content: str | bytes, name: str = "x.csv", **given: str) -> Reading:
    """The one statement in a file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, **given)


def codes(source: Source) -> set[str]:
    """Codes of what was told about a file."""
    return {note.code for note in source.notes}


def days(frame: pd.DataFrame) -> list[str]:
    """Transaction days as ISO text."""
    return [f"{day:%Y-%m-%d}" for day in ledger.day(frame)]


# One row per language: header, then a day, a shop and an amount of twelve and a half spent.
HEADERS = {
    "en": ("Date,Description,Amount", "2025-03-14,Shop,-12.50"),
    "ja": ("利用日,利用店名,利用金額", "2025/03/14,Shop,1250"),
    "zh": ("交易日期,交易描述,交易金额", "2025-03-14,Shop,12.50"),
    "de": ("Buchungstag;Verwendungszweck;Betrag", "14.03.2025;Shop;-12,50"),
    "fr": ("Date de l'opération;Libellé;Montant", "14/03/2025;Shop;-12,50"),
    "es": ("Fecha operación;Concepto;Importe", "14/03/2025;Shop;-12,50"),
    "it": ("Data operazione;Descrizione;Importo", "14/03/2025;Shop;-12,50"),
    "pt": ("Data da compra;Descrição;Montante", "14/03/2025;Shop;-12,50"),
    "nl": ("Transactiedatum;Omschrijving;Bedrag", "14-03-2025;Shop;-12,50"),
    "sv": ("Transaktionsdatum;Beskrivning;Belopp", "2025-03-14;Shop;-12,50"),
    "no": ("Transaksjonsdato;Beskrivelse;Beløp", "14.03.2025;Shop;-12,50"),
    "da": ("Transaktionsdato;Tekst;Beløb", "14-03-2025;Shop;-12,50"),
    "fi": ("Tapahtumapäivä;Saaja;Määrä", "14.03.2025;Shop;-12,50"),
    "pl": ("Data transakcji;Opis operacji;Kwota", "2025-03-14;Shop;-12,50"),
    "cs": ("Datum transakce;Popis;Částka", "14.03.2025;Shop;-12,50"),
    "hu": ("Tranzakció dátuma;Megnevezés;Összeg", "2025.03.14.;Shop;-12,50"),
    "ru": ("Дата операции;Описание;Сумма", "14.03.2025;Shop;-12,50"),
    "ko": ("거래일;가맹점;금액", "2025-03-14;Shop;12.50"),
    "zh-TW": ("消費日;特店名稱;消費金額", "2025/03/14;Shop;12.50"),
}
ENCODINGS = {
    "ja": "cp932",
    "zh": "gb18030",
    "pl": "cp1250",
    "cs": "cp1250",
    "hu": "cp1250",
    "ru": "cp1251",
    "ko": "cp949",
    "zh-TW": "cp950",
}


@pytest.mark.parametrize("language", HEADERS)
def test_headers_of_many_languages_are_understood(tmp_path: Path, language: str) -> None:
    """A statement in the reader's own language would be refused for its header."""
    header, row = HEADERS[language]
    frame, source = read(tmp_path, f"{header}\n{row}\n{row.replace('Shop', 'Other')}\n")
    assert days(frame) == ["2025-03-14"] * 2
    assert frame["amount"].tolist() == [1250, 1250]
    assert frame["description"].tolist() == ["Shop", "Other"]
    assert "guess.columns" in codes(source)


@pytest.mark.parametrize("language", HEADERS)
def test_old_encodings_are_told_apart(tmp_path: Path, language: str) -> None:
    """Shop names would be garbled, and the garbled header not be understood."""
    header, row = HEADERS[language]
    content = f"{header}\n{row}\n".encode(ENCODINGS.get(language, "cp1252"))
    frame, _ = read(tmp_path, content)
    assert frame["amount"].tolist() == [1250]


@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_needs_no_mark(tmp_path: Path, language: str, encoding: str) -> None:
    """An export in UTF-16 whose mark is missing would be called a binary file."""
    header, row = HEADERS[language]
    content = f"{header}\r\n{row}\r\n{row.replace('Shop', '　Other')}\r\n".encode(encoding)
    frame, source = read(tmp_path, content)
    assert frame["amount"].tolist() == [1250, 1250]
    assert source.encoding == encoding
    assert "guess.encoding" in codes(source)


def test_a_wide_text_cut_off_in_a_character_is_read(tmp_path: Path) -> None:
    """Half a character at the end would make the whole file unreadable."""
    content = "Date,Description,Amount\n2025-03-14,Shop,-12.50\n2025-03-15,Sh".encode("utf-16-le")
    frame, _ = read(tmp_path, content[:-1])
    assert frame["amount"].tolist() == [1250]


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 20, b"\x01\0\x02\0" * 200, b"a\0\0\0" * 200]
)
def test_zeros_alone_make_no_text(tmp_path: Path, content: bytes) -> None:
    """A program or a database would be shown as a statement in odd signs."""
    with pytest.raises(InputError) as told:
        read(tmp_path, content)
    assert told.value.code == "not_text"


def test_accented_western_text_is_not_taken_for_japanese(tmp_path: Path) -> None:
    """`Währung` and `für Bücher` would come out as Chinese characters."""
    text = "Datum;Empfänger;Betrag;Währung\n14.03.2025;Müller für Bücher;-12,50;EUR\n"
    frame, source = read(tmp_path, text.encode("cp1252"))
    assert frame["description"].tolist() == ["Müller für Bücher"]
    assert source.encoding == "cp1252"


def test_a_plain_list_with_foreign_amounts_needs_no_help(tmp_path: Path) -> None:
    """The simplest hand-made list would lose its merchant currency, rate or card."""
    frame, source = read(
        tmp_path,
        "Date,Description,Amount,Currency,Original Amount,Original Currency,Rate,Card\n"
        "2025-06-20,ALIEXPRESS,48.45,EUR,52.00,USD,0.9317,1234\n"
        "2025-07-02,ALIEXPRESS,-47.17,EUR,-52.00,USD,0.9071,1234\n",
    )
    assert frame["amount"].tolist() == [4845, -4717]
    assert frame["original_amount"].tolist() == [5200, -5200]
    assert frame["original_currency"].tolist() == ["USD", "USD"]
    assert frame["currency"].tolist() == ["EUR", "EUR"]
    assert frame["account_key"].tolist() == ["1234", "1234"]
    assert not source.rejected


def test_a_currency_in_the_header_counts(tmp_path: Path) -> None:
    """`Amount (CHF)` would leave the currency open."""
    frame, _ = read(tmp_path, "Date,Description,Amount (CHF)\n2025-03-14,Shop,12.50\n")
    assert frame["currency"].tolist() == ["CHF"]


def test_an_untold_currency_stays_open(tmp_path: Path) -> None:
    """A currency nobody printed would be claimed."""
    frame, source = read(tmp_path, "Date,Description,Amount\n2025-03-14,Shop,12.50\n")
    assert frame["currency"].isna().all()
    assert "note.no_currency" in codes(source)


@pytest.mark.parametrize(
    ("first", "day", "said"),
    [
        ("14/03/2025", "2025-03-05", set()),
        ("03/14/2025", "2025-05-03", set()),
        ("04/03/2025", "2025-03-05", {"guess.day_first"}),
    ],
)
def test_one_day_above_twelve_settles_all(
    tmp_path: Path, first: str, day: str, said: set[str]
) -> None:
    """Days and months would be swapped in the rows whose day is twelve or less."""
    frame, source = read(tmp_path, f"Date,Description,Amount\n{first},A,1.00\n05/03/2025,B,1.00\n")
    assert days(frame)[1] == day
    assert {code for code in codes(source) if "first" in code} == said


def test_an_american_hint_puts_the_month_first(tmp_path: Path) -> None:
    """An American file without a day above twelve would be read a month off, without a word."""
    frame, source = read(
        tmp_path, "Date,Description,Amount (USD)\n04/03/2025,A,1.00\n05/03/2025,B,1.00\n"
    )
    assert days(frame) == ["2025-04-03", "2025-05-03"]
    assert "guess.month_first" in codes(source)


def test_booking_soon_after_the_purchase_tells_the_order(tmp_path: Path) -> None:
    """A purchase would seem to be booked months later, or months before."""
    frame, source = read(
        tmp_path,
        "Date,Value Date,Description,Amount\n03/04/2025,03/05/2025,A,1.00\n"
        "03/08/2025,03/10/2025,B,1.00\n",
    )
    assert days(frame) == ["2025-03-04", "2025-03-08"]
    assert "guess.month_first_near" in codes(source)


JA = "日付,内容,金額"
EN = "Date,Description,Amount"


@pytest.mark.parametrize(
    ("header", "printed", "meant", "said"),
    [
        # Only one order puts the days of a month beside each other.
        (JA, ["25/03/01", "25/03/09", "25/03/31"], ["2025-03-01", "2025-03-31"], "year_first_near"),
        (EN, ["25-03-01", "25-03-09", "25-03-31"], ["2025-03-01", "2025-03-31"], "year_first_near"),
        (EN, ["25/12/28", "26/01/05"], ["2025-12-28", "2026-01-05"], "year_first"),
        (EN, ["01/03/25", "09/03/25", "31/03/25"], ["2025-03-01", "2025-03-31"], None),
        (EN, ["03/01/25", "03/09/25", "03/31/25"], ["2025-03-01", "2025-03-31"], None),
        (JA, ["03/01/25", "03/09/25", "03/31/25"], ["2025-03-01", "2025-03-31"], None),
        # One day alone, or the same day of every month, leaves it open.
        (JA, ["25/03/05"], ["2025-03-05"], "year_first"),
        (JA, ["25/01/05", "25/02/05", "25/03/05"], ["2025-01-05", "2025-03-05"], "year_first"),
        (EN, ["15/01/25", "15/02/25", "15/03/25"], ["2025-01-15", "2025-03-15"], "year_last"),
        (EN, ["25/03/99"], ["1999-03-25"], None),
        # A yearly fee is no reason to go back twenty years.
        (EN, ["05.03.24", "05.03.25"], ["2024-03-05", "2025-03-05"], None),
        (JA, ["15/03/24"], ["2024-03-15"], "year_last"),
    ],
)
def test_a_year_of_two_digits_may_come_first(
    tmp_path: Path, header: str, printed: list[str], meant: list[str], said: str | None
) -> None:
    """The days of one month would be scattered over thirty years."""
    rows = "".join(f"{day},SHOP {n},100\n" for n, day in enumerate(printed))
    frame, source = read(tmp_path, f"{header}\n{rows}")
    assert [min(days(frame)), max(days(frame))] == [meant[0], meant[-1]]
    expected = {f"guess.{said}"} if said else set()
    assert {code for code in codes(source) if "year" in code} == expected


def test_no_order_of_a_date_puts_it_ahead_of_today(tmp_path: Path) -> None:
    """A purchase would lie in a year that has not come yet."""
    frame, source = read(tmp_path, f"{EN}\n25/03/59,A,1.00\n")
    assert days(frame) == ["2059-03-25"]  # the only order there is
    frame, source = read(tmp_path, f"{EN}\n20/03/30,A,1.00\n")
    assert days(frame) == ["2020-03-30"]
    assert "guess.year_first" in codes(source)


def test_a_year_of_an_era_is_asked_for(tmp_path: Path) -> None:
    """The seventh year of Reiwa would be taken for 2007 without a word."""
    frame, source = read(tmp_path, f"{JA}\n07/03/05,A,100\n07/03/17,B,100\n07/03/28,C,100\n")
    assert days(frame) == ["2007-03-05", "2007-03-17", "2007-03-28"]
    (note,) = (note for note in source.notes if note.code == "guess.era")
    assert note.params["era"] == "2025"
    _, source = read(tmp_path, f"{JA}\n7/3/15,A,100\n")
    assert "guess.year_last" in codes(source)


def test_use_and_booking_tell_that_the_year_comes_first(tmp_path: Path) -> None:
    """A purchase booked a few days later would seem to be booked years apart."""
    frame, _ = read(
        tmp_path,
        "Date,Value Date,Description,Amount\n25/03/05,25/03/08,A,1.00\n25/04/05,25/04/07,B,1.00\n",
    )
    assert days(frame) == ["2025-03-05", "2025-04-05"]


def test_times_of_day_are_passed_over(tmp_path: Path) -> None:
    """Rows with a time behind the day would be rejected."""
    frame, _ = read(
        tmp_path,
        "Date,Description,Amount\n2025-03-14 12:34:56 +0000,A,1.00\n2025-03-15T01:02:03Z,B,1.00\n",
    )
    assert days(frame) == ["2025-03-14", "2025-03-15"]


def test_three_digits_behind_a_sign_are_thousands(tmp_path: Path) -> None:
    """`1,234` would be read as 1.234."""
    frame, source = read(tmp_path, 'Date,Description,Amount\n2025-03-14,A,"1,234"\n')
    assert frame["amount"].tolist() == [123400]
    assert "guess.grouping" in codes(source)


def test_the_decimal_sign_is_told_from_all_amounts(tmp_path: Path) -> None:
    """`1.234` beside `5,50` would be read as one and a bit."""
    frame, _ = read(tmp_path, "Datum;Text;Betrag\n14.03.2025;A;1.234\n15.03.2025;B;5,50\n")
    assert frame["amount"].tolist() == [123400, 550]


def test_amounts_grouped_as_in_india(tmp_path: Path) -> None:
    """A salary of 1,20,000.00 would be rejected, or the whole column taken for no amounts."""
    frame, source = read(
        tmp_path,
        "Date,Narration,Debit Amount,Credit Amount,Closing Balance\n"
        '13/08/2026,ALIEXPRESS.COM,"Rs. 1,299.00",,48701.00\n'
        '14/08/2026,SALARY,0.00,"1,20,000.00",168701.00\n'
        "15/08/2026,SWIGGY,Rs.100,0.00,168601.00\n",
    )
    assert frame["amount"].tolist() == [129900, -12000000, 10000]
    assert source.rejected == []


def test_the_cell_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The message would name a good amount beside the bad one."""
    _, source = read(
        tmp_path,
        "Date,Narration,Debit Amount,Credit Amount,Closing Balance\n"
        "13/08/2026,SHOP,10.00,0.00,90.00\n"
        "14/08/2026,SALARY,0.00,50.x0,140.00\n"
        "15/08/2026,SHOP,10.00,0.00,130.00\n",
    )
    assert [(one.line, one.reason.params["text"]) for one in source.rejected] == [(3, "50.x0")]


def test_days_that_come_first_are_no_layout_s_of_months(tmp_path: Path) -> None:
    """A British file without a header would be taken for one of TD's, and most rows rejected."""
    frame, source = read(
        tmp_path,
        "13/08/2026,SHOP,10.00,,90.00\n14/08/2026,SALARY,,50.00,140.00\n"
        "02/09/2026,SHOP,10.00,,130.00\n",
    )
    assert source.layout == "guessed"
    assert days(frame) == ["2026-08-13", "2026-08-14", "2026-09-02"]


def test_an_amount_in_the_other_notation_is_rejected(tmp_path: Path) -> None:
    """An amount that fits neither sign would be read a hundred times too big."""
    frame, source = read(
        tmp_path, "Datum;Text;Betrag\n14.03.2025;A;5,50\n15.03.2025;B;7,25\n16.03.2025;C;12.5\n"
    )
    assert len(frame) == 2
    assert [(line.line, line.reason.code) for line in source.rejected] == [(4, "reason.amount")]


@pytest.mark.parametrize(
    ("rows", "amounts", "said"),
    [
        # A refund word on one row settles the sign of all.
        ("A purchase,20.00\nB refund,-5.00\nC refund,-7.00\n", [2000, -500, -700], "words"),
        ("A,-20.00\nB,-5.00\nC,7.00\n", [2000, 500, -700], "most"),
        ("A,20.00\nB,5.00\nC,-7.00\n", [2000, 500, -700], "most"),
        # A refund follows its purchase.
        ("A,20.00\nA,-20.00\n", [2000, -2000], "first"),
        ("A,-20.00\nA,20.00\n", [2000, -2000], "first"),
        ("A,20.00\nB,-5.00\n", [-2000, 500], "even"),
    ],
)
def test_the_sign_of_charges_is_found_and_said(
    tmp_path: Path, rows: str, amounts: list[int], said: str
) -> None:
    """Charges would be taken for refunds."""
    lines = enumerate(rows.splitlines(), 11)
    body = "".join(f"2025-03-{day},{line}\n" for day, line in lines)
    frame, source = read(tmp_path, "Date,Description,Amount\n" + body)
    assert frame["amount"].tolist() == amounts
    assert any(code.endswith(f"_{said}") for code in codes(source))


def test_a_running_balance_gives_the_signs(tmp_path: Path) -> None:
    """Money in and out would look alike where the bank prints no sign."""
    frame, source = read(
        tmp_path,
        "Date,Description,Amount,Balance\n2025-03-14,A,10.00,90.00\n2025-03-15,B,25.00,115.00\n"
        "2025-03-16,C,15.00,100.00\n",
    )
    assert frame["amount"].tolist()[1:] == [-2500, 1500]
    assert "guess.balance" in codes(source)


def test_a_side_column_gives_the_signs(tmp_path: Path) -> None:
    """Credits would count as charges where a column says `CR`."""
    frame, source = read(
        tmp_path, "Date,Description,Amount,Dr/Cr\n2025-03-14,A,10.00,DR\n2025-03-15,B,4.00,CR\n"
    )
    assert frame["amount"].tolist() == [1000, -400]
    assert "guess.direction" in codes(source)


def test_debit_and_credit_columns_make_one_amount(tmp_path: Path) -> None:
    """One side of the account would be missing."""
    frame, _ = read(
        tmp_path,
        "日付,摘要,出金金額(円),入金金額(円)\n2025/03/14,A,1000,\n2025/03/15,B,,400\n",
    )
    assert frame["amount"].tolist() == [1000, -400]
    assert frame["currency"].tolist() == ["JPY", "JPY"]


def test_refunds_printed_without_a_minus_are_told_by_their_name(tmp_path: Path) -> None:
    """A refund would be added to what is owed."""
    frame, source = read(
        tmp_path, "Date,Description,Amount\n2025-03-14,A,10.00\n2025-03-15,REFUND A,4.00\n"
    )
    assert frame["amount"].tolist() == [1000, -400]
    assert "guess.words_negative" in codes(source)


def test_status_words_are_kept(tmp_path: Path) -> None:
    """A declined charge would count as paid."""
    frame, _ = read(
        tmp_path,
        "Date,Description,Amount,Status\n2025-03-14,A,1.00,Completed\n2025-03-15,B,1.00,Pending\n"
        "2025-03-16,C,1.00,Declined\n2025-03-17,D,1.00,Reversed\n",
    )
    assert frame["status"].tolist() == ["posted", "pending", "failed", "voided"]


def test_balances_and_sums_are_no_movements(tmp_path: Path) -> None:
    """The balance of last month would count as a charge."""
    frame, source = read(
        tmp_path,
        "Date,Description,Amount\n2025-03-01,Opening balance,100.00\n2025-03-14,A,1.00\n"
        "Total,,101.00\n",
    )
    assert frame["amount"].tolist() == [100]
    assert source.lines == {"header": 1, "balance": 1, "transaction": 1, "total": 1}


def test_a_file_without_a_header_is_read_by_its_contents(tmp_path: Path) -> None:
    """A headerless download would be refused, or its balance taken for the amount."""
    frame, source = read(
        tmp_path,
        "14/03/2025,COFFEE HOUSE,ref 1,3.50,,96.50\n16/03/2025,SALARY,ref 2,,50.00,146.50\n"
        "17/03/2025,BOOKSHOP,ref 3,20.00,,126.50\n",
    )
    assert frame["amount"].tolist() == [350, -5000, 2000]
    assert frame["description"].tolist() == ["COFFEE HOUSE", "SALARY", "BOOKSHOP"]
    assert "guess.contents" in codes(source)


def test_columns_parted_by_tabs_and_bars(tmp_path: Path) -> None:
    """A file with another delimiter would be one wide column."""
    for sign in "\t|":
        frame, _ = read(tmp_path, f"Date{sign}Text{sign}Amount\n2025-03-14{sign}A, B{sign}1.00\n")
        assert frame["description"].tolist() == ["A, B"]


@pytest.mark.parametrize(
    ("sign", "shop"),
    [(sign, shop) for sign in ("~", "~|~") for shop in ("ALIEXPRESS.COM", "ALI|EXPRESS")]
    + [("~|~", "A~B")],
)
def test_cells_parted_by_waves(tmp_path: Path, sign: str, shop: str) -> None:
    """A card statement of HDFC Bank would be refused, or its refunds read as charges."""
    rows = [
        ["Transaction type", "Customer Name", "DATE", "Description", "AMT", "Debit /Credit"],
        ["International", "NAME", "15/08/2025 00:00:00", shop, "1,804.20", ""],
        ["International", "NAME", "20/08/2025 00:00:00", shop, "1,790.10", "Cr"],
    ]
    frame, source = read(tmp_path, "\n".join(sign.join(row) for row in rows) + "\n")
    assert frame["amount"].tolist() == [180420, -179010]
    assert frame["description"].tolist() == [shop, shop]
    assert source.rejected == []


def test_a_header_of_unknown_words_hides_no_side(tmp_path: Path) -> None:
    """Refunds would be charges wherever the words above the columns are not known."""
    frame, _ = read(
        tmp_path,
        "foo;bar;baz;qux\n15/08/2025;SHOP;18.20;\n20/08/2025;OTHER;17.90;Cr\n",
    )
    assert frame["amount"].tolist() == [1820, -1790]


@pytest.mark.parametrize("header", ["取引年月日,利用店舗,利用金額（税込）,利用区分\n", ""])
def test_yen_printed_with_their_word(tmp_path: Path, header: str) -> None:
    """A list of WAON, or any whose amounts read `5,000円`, would be refused."""
    rows = '2018/11/11,板橋前野町,"5,000円",オートチャージ\n2018/11/13,イオン板橋,"1,489円",支払\n'
    frame, source = read(tmp_path, (header + rows).encode("cp932"))
    assert frame["amount"].tolist() == [5000, 1489]
    assert frame["currency"].tolist() == ["JPY", "JPY"]
    assert source.rejected == []


_AS_DBS = "Transaction Date,Description,Status,Debit Amount,Credit Amount\n"
_NOT_DBS = (
    "05/03/2024,ALIEXPRESS.COM,Completed,20.00,\n13/03/2024,ALIEXPRESS.COM,Completed,,20.00\n"
)


def test_a_layout_that_reads_no_row_gives_way(tmp_path: Path) -> None:
    """A file whose headings another bank has too would be refused for its dates."""
    frame, source = read(tmp_path, _AS_DBS + _NOT_DBS)
    assert frame["amount"].tolist() == [2000, -2000]
    assert frame["currency"].isna().all()
    assert source.layout == "guessed"
    told = next(note for note in source.notes if note.code == "layout.no_row")
    assert told.params["layout"] == "dbs"
    table = pd.read_csv(tmp_path / "x.csv", dtype=str)
    again, _ = readers.read_frame(table, layout.shipped())
    assert again["amount"].tolist() == [2000, -2000]


def test_a_layout_asked_for_stays(tmp_path: Path) -> None:
    """The user's word would be overruled by a guess."""
    frame, source = read(tmp_path, _AS_DBS + _NOT_DBS, layout="dbs")
    assert len(frame) == 0
    assert (source.layout, len(source.rejected)) == ("dbs", 2)


def test_a_guess_that_reads_nothing_either_leaves_the_layout_s_word(tmp_path: Path) -> None:
    """What is wrong with a known bank's file would be told by an outsider, twice."""
    frame, source = read(tmp_path, _AS_DBS + "31 Feb 2024,ALIEXPRESS.COM,Completed,20.00,\n")
    assert len(frame) == 0
    assert source.layout == "dbs"
    assert [one.line for one in source.rejected] == [2]
    assert "layout.no_row" not in codes(source)


def test_hopeless_files_are_refused_with_what_was_seen(tmp_path: Path) -> None:
    """Numbers without meaning would be taken for money."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, "alpha,beta,gamma\none,two,three\n")
    assert caught.value.code == "layout_none"
    assert "alpha" in str(caught.value.params["seen"])


def test_everything_assumed_can_be_said_in_both_languages(tmp_path: Path) -> None:
    """The report would stop at an assumption nobody wrote a sentence for."""
    _, source = read(tmp_path, "04/03/2025,A,x,$1.00\n05/03/2025,B,y,$2.00\n")
    assert source.notes
    for language in LANGUAGES:
        for note in source.notes:
            assert "{" not in render(note, language)


def _workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"S{number}")
        assert sheet is not None
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


STATEMENT: list[list[object]] = [
    ["Card of R. Example"],
    ["Date", "Description", "Amount (EUR)"],
    [pd.Timestamp("2025-03-14").to_pydatetime(), "=SUM(1)", 0.1 + 0.2],
    ["2025-03-15", "Shop", -4],
]


def test_a_workbook_is_read_cell_by_cell(tmp_path: Path) -> None:
    """Dates would be serial numbers, and 0.30 would be 0.30000000000000004."""
    frame, source = read(tmp_path, _workbook(STATEMENT), "x.xlsx")
    assert days(frame) == ["2025-03-14", "2025-03-15"]
    assert sorted(frame["amount"].abs()) == [30, 400]
    assert frame["line"].tolist() == [3, 4]
    assert source.encoding == "workbook"


def test_each_sheet_with_a_statement_is_one(tmp_path: Path) -> None:
    """The sheet with purchases abroad would be left out."""
    path = tmp_path / "x.xlsx"
    path.write_bytes(_workbook(STATEMENT, [["just", "a", "note"]], STATEMENT[1:]))
    found = readers.read_path(path, layout.shipped())
    assert [source.file for _, source in found] == ["x.xlsx!Sheet", "x.xlsx!S2"]
    assert "guess.part_unread" in codes(found[0][1])


def _archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


CSV = b"Date,Description,Amount\n2025-03-14,A,1.00\n"


def test_a_zip_archive_is_a_folder_of_statements(tmp_path: Path) -> None:
    """A year of statements downloaded in one archive would have to be unpacked by hand."""
    path = tmp_path / "y.zip"
    path.write_bytes(
        _archive(a_csv=CSV, b__c_csv=CSV, read_me=b"?", b__d_xlsx=_workbook(STATEMENT))
    )
    found = readers.read_path(path, layout.shipped())
    assert [source.file for _, source in found] == [
        "y.zip!a.csv",
        "y.zip!b/c.csv",
        "y.zip!b/d.xlsx",
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_archive(notes_md=b"?"), "zip_empty"),
        (_archive(a_csv=CSV)[:60], "zip_damaged"),
        (_archive(a_csv=b"0" * 400_000_000), "zip_too_big"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "sheet_damaged"),
        (b"%PDF-1.7 \xff\xfe", "not_text"),
        (b"", "empty"),
    ],
    ids=["no statement", "cut off", "bomb", "broken xls", "pdf", "empty"],
)
def test_containers_that_cannot_be_read_say_why(tmp_path: Path, content: bytes, code: str) -> None:
    """A broken or malicious file would end in a traceback, or fill the memory."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert caught.value.code == code


def test_an_archive_of_nothing_readable_tells_every_member(tmp_path: Path) -> None:
    """Only the first of several problems would be told."""
    with pytest.raises(ErrorGroup) as caught:
        read(tmp_path, _archive(a_csv=b"x", b_csv=b"y,z\n"), "y.zip")
    assert len(caught.value.errors) == 2


def test_quicken_files_keep_their_lines(tmp_path: Path) -> None:
    """A line of a QIF file could not be looked up, or a transaction would be lost at its end."""
    frame, source = read(
        tmp_path, "!Type:CCard\nD14/03/2025\nT-12.50\nPShop\n^\nD15/03/2025\nT4.00\nPRefund\n"
    )
    assert frame["amount"].tolist() == [1250, -400]
    assert frame["line"].tolist() == [2, 6]
    assert sum(source.lines.values()) == 8


def test_a_web_page_called_xls_is_read(tmp_path: Path) -> None:
    """What many banks offer as Excel, and Excel opens with a warning, would be refused."""
    frame, _ = read(
        tmp_path,
        "<html><body><table><tr><th>Date<th>Description<th>Amount</tr>"
        "<tr><td>2025-03-14</td><td>A &amp; B<br>Ltd</td><td>1.00</td></tr></table></body></html>",
        "x.xls",
    )
    assert frame["description"].tolist() == ["A & B Ltd"]
    assert frame["amount"].tolist() == [100]


def test_the_program_s_own_report_is_no_statement(tmp_path: Path) -> None:
    """A report left in the folder would be read as a statement, and every charge count twice."""
    book = openpyxl.Workbook()
    book.properties.creator = "reconcile"
    path = tmp_path / "report.xlsx"
    book.save(path)
    assert readers.is_own_report(path)
    with pytest.raises(InputError) as caught:
        readers.read_path(path, layout.shipped())
    assert caught.value.code == "own_report"


@pytest.mark.parametrize("name", ["髙﨑商店", "﨑陽軒", "濵﨑", "德永 塚本"])
def test_rare_kanji_of_names_are_cp932(tmp_path: Path, name: str) -> None:
    """A shop written with 﨑 or 髙 would turn into other signs, and the encoding be misnamed."""
    try:
        content = f"利用日,利用店名,利用金額\n2026/03/01,{name},1200\n".encode("cp932")
    except UnicodeEncodeError:
        pytest.fail("the sample must be text that cp932 can hold")
    frame, source = read(tmp_path, content)
    assert source.encoding == "cp932"
    assert frame["description"].tolist() == [name]


def test_a_header_with_all_rows_above_it_loses_none_of_them(tmp_path: Path) -> None:
    """Of a file sorted by mistake nothing would be read, and nothing said."""
    rows = ["2025-03-01,SHOP ONE,-12.50", "2025-03-02,SHOP TWO,-7.25"]
    frame, source = read(tmp_path, "\n".join([*rows, "Date,Description,Amount", ""]))
    assert frame["amount"].abs().tolist() == [1250, 725]
    assert source.lines["transaction"] == 2


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("OPEN BALANCE", "CLOSE BALANCE"),
        ("Saldo Anterior", "S A L D O"),
        ("Balance Forward", "Statement Balance"),
        ("BALANCE B/F", "BALANCE C/F"),
        ("Počiatočný zostatok", "Konečný zostatok"),
        ("Sold initial", "Sold final"),
        ("Saldo awal", "Saldo akhir"),
        ("Önceki bakiye", "Devir"),
    ],
)
def test_rows_that_state_a_balance_are_no_movement(
    opened: str, closed: str, tmp_path: Path
) -> None:
    """What is on the account would be money back, and be looked for among the charges."""
    rows = f"2025-09-28,{opened},5000.00\n2025-09-29,NEW BALANCE SHOES,-45.20\n"
    rows += f"2025-10-24,ACME,2100.00\n2025-10-31,{closed},7054.80\n"
    frame, source = read(tmp_path, "Date,Description,Amount\n" + rows)
    assert frame["amount"].tolist() == [4520, -210000]
    assert source.lines["balance"] == 2


def test_a_balance_is_named_in_whatever_column_the_row_has_words(tmp_path: Path) -> None:
    """Where movements name the other side, the balance stands in the column behind it."""
    content = (
        "Data;Odbiorca;Tytuł;Kwota\n2025-09-28;;Saldo początkowe;5000,00\n"
        "2025-09-29;SKLEP;Zakup;-45,20\n2025-09-30;;Opłata;-1,00\n"
    )
    frame, source = read(tmp_path, content)
    assert frame["amount"].tolist() == [4520, 100]
    assert source.lines["balance"] == 1


def test_a_header_outweighs_the_shape_of_the_rows(tmp_path: Path) -> None:
    """Another bank's rows have the same shape: what it calls withdrawals would be money in."""
    content = (
        "Date,Description,Deposits,Withdrawals,Balance\n10/03/2025,ALIEXPRESS,,26.81,973.19\n"
        "10/17/2025,ALIEXPRESS,26.81,,1000.00\n10/20/2025,BOB,,1.81,998.19\n"
    )
    frame, source = read(tmp_path, content)
    assert source.layout == "guessed"
    assert frame["amount"].tolist() == [2681, -2681, 181]


@pytest.mark.parametrize(
    ("name", "out", "in_"),
    [
        ("Debit or Credit", "DBIT", "CRDT"),
        ("Dr/Cr", "Dr.", "Cr."),
        ("Sign", "-", "+"),
        ("Richtung", "Ausgang", "Eingang"),
        ("Type", "Money out", "Money in"),
        ("Transaction Type", "Purchase", "Refund"),
        # One word that is known tells the other where the column is named for it.
        ("Debit/Credit", "Xyz", "Credit"),
        ("Direction", "Debit", "Xyz"),
    ],
)
def test_sides_are_told_in_many_words(name: str, out: str, in_: str, tmp_path: Path) -> None:
    """Every refund would be one more charge."""
    rows = f"2025-10-03,ALIEXPRESS,26.81,{out}\n2025-10-17,ALIEXPRESS,26.81,{in_}\n"
    frame, _ = read(tmp_path, f"Date,Description,Amount,{name}\n{rows}")
    assert frame["amount"].tolist() == [2681, -2681]


def test_sides_in_unknown_words_are_told_to_be_unknown(tmp_path: Path) -> None:
    """The report would say that nothing came back, as if it could know."""
    rows = "2025-10-03,ALIEXPRESS,26.81,Foo\n2025-10-17,ALIEXPRESS,26.81,Bar\n"
    _, source = read(tmp_path, f"Date,Description,Amount,Debit/Credit\n{rows}")
    (told,) = [note for note in source.notes if note.code == "guess.sides_unknown"]
    assert told.params == {"column": "Debit/Credit", "words": ["Foo", "Bar"]}
