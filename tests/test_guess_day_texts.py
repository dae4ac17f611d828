"""Days of statements without a layout, however they are written."""

from pathlib import Path

import pandas as pd
import pytest
from reading import days, read_file

import reconcile
from reconcile.errors import InputError
from reconcile.readers import fields


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("29.09.2025.", "03.10.2025."),
        ("29. 9. 2025", "3. 10. 2025"),
        ("29.9. 2025", "3.10. 2025"),
        ("29. 9. 2025.", "3. 10. 2025."),
        ("2025. 9. 29.", "2025. 10. 3."),
        ("29.09.2025. 10:33", "03.10.2025. 9:05"),
    ],
)
def test_dots_and_blanks_of_days_are_read(first: str, second: str, tmp_path: Path) -> None:
    """Statements of Croatia, Serbia, Slovenia and Czechia would be refused row by row."""
    content = f"Date;Text;Amount\n{first};BOB;-12,00\n{second};ALI;-26,81\n"
    assert days(tmp_path, content) == ["2025-09-29", "2025-10-03"]


@pytest.mark.parametrize(
    "day",
    [
        "29 septembre 2025", "29 sept. 2025", "29. Sept. 2025", "29. September 2025",
        "29 septembrie 2025", "29 de septiembre de 2025", "29-sep-2025", "29 sett 2025",
        "29 settembre 2025", "29 de setembro de 2025", "29 set 2025", "29/SET/2025",
        "29 september 2025", "29 wrz 2025", "29 września 2025", "29. září 2025", "29 Eylül 2025",
        "29 EYLÜL 2025", "29 сентября 2025", "29 Σεπ 2025", "29th September 2025", "Sept. 29, 2025",
    ],
)  # fmt: skip
def test_months_are_read_in_many_languages(day: str, tmp_path: Path) -> None:
    """A statement with its months in words would be refused where they are not English."""
    content = f'Date;Text;Amount\n"{day}";BOB;-12,00\n"{day}";ALI;-26,81\n'
    assert days(tmp_path, content) == ["2025-09-29"] * 2


@pytest.mark.parametrize(
    "day",
    [
        "2025년 09월 29일", "2025년 9월 29일", "2025년9월29일 10:33", "2025 年 9 月 29 日",
        "2025年 9月 29日", "29 Sep '25", "29-Sep-'25", "29/09/2025 - 10:33", "29/09/2025| 10:33",
        "2025.09.29 오후 3:20", "2025/9/29 午後 3:20", "2025-09-29 下午 03:20",
    ],
)  # fmt: skip
def test_days_as_banks_of_asia_write_them_are_read(day: str, tmp_path: Path) -> None:
    """No column of days would be found."""
    content = f'Date;Text;Amount\n"{day}";BOB;-12,00\n"{day}";ALI;-26,81\n'
    assert days(tmp_path, content) == ["2025-09-29"] * 2


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(
    "names",
    [
        "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
        "Januar Februar Mrz April Mai Juni Juli August September Oktober November Dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "januar februar marts april maj juni juli august september oktober november december",
        "januar februar mars april mai juni juli august september oktober november desember",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
        "listopada grudnia",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie "
        "decembrie",
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    ],
)
def test_each_month_is_the_right_one(names: str, month: int) -> None:
    """A month taken for another would move charges and refunds, and so their rates."""
    text = f"3 {names.split()[month - 1]} 2025"
    found = fields.dates(pd.Series([text], dtype="str"), ("%d %b %Y", "%d %B %Y"))
    assert found.dt.month.tolist() == [month]


SPLIT = {
    "in parentheses": ("操作日(年),操作日(月),操作日(日),操作時刻(時)", "2025,{month},{day},10"),
    "full width": (
        "操作日（年）,操作日（月）,操作日（日）,取引順番号",
        "2025年,{month}月,{day}日,1",
    ),
    "of use": ("利用年,利用月,利用日,カード番号", "2025,{month},{day},4205********1234"),
    "alone": ("年,月,日,番号", "2025,{month},{day},1"),
    "year": ("Year,Month,Day,Id", "2025,{month},{day},a"),
}


@pytest.mark.parametrize("name", SPLIT)
def test_days_in_three_columns_are_joined(name: str, tmp_path: Path) -> None:
    """Statements of PayPay Bank would be refused: none of their columns is a day."""
    header, row = SPLIT[name]
    rows = [row.format(month="09", day="28"), row.format(month="10", day="3")]
    names = ("摘要,お支払金額,お預り金額", "Text,Debit,Credit")[header.isascii()]
    content = f"{header},{names}\n{rows[0]},SHOP,4845,\n{rows[1]},SHOP,,4845\n"
    assert days(tmp_path, content) == ["2025-09-28", "2025-10-03"]
    assert (
        reconcile.read(pd.read_csv(tmp_path / "x.csv", dtype=str))["transaction_date"].nunique()
        == 2
    )


def test_years_beside_months_are_no_day_by_themselves(tmp_path: Path) -> None:
    """A year and a month of a card's expiry would blank columns that say something else."""
    content = (
        "利用日,年,月,日,利用店名,利用金額\n2025/09/28,a,b,c,SHOP,4845\n2025/10/03,d,e,f,SHOP,612\n"
    )
    assert days(tmp_path, content) == ["2025-09-28", "2025-10-03"]


JA = "番号,取扱日付,お支払金額,お預り金額,摘要\n1,{0},4845,,SHOP\n2,{1},,4845,SHOP\n"
BCA = "{above}Tanggal,Keterangan,Jumlah\n'{0},SHOP,-84500.00\n'{1},SHOP,84500.00\n"
YEARLESS = {
    "by the file's name": (
        "x_202510.csv", JA, ("9月28日", "10月3日"), ("2025-09-28", "2025-10-03"),
    ),
    "by the first day in it": (
        "x_20251001.csv", JA, ("10月3日", "10月28日"), ("2025-10-03", "2025-10-28"),
    ),
    "over the new year": (
        "x_202601.csv", JA, ("12月28日", "1月3日"), ("2025-12-28", "2026-01-03"),
    ),
    "by the lines above": (
        "x.csv",
        BCA.replace("{above}", "Periode : 01/10/2025 - 31/10/2025\n\n"),
        ("03/10", "09/10"),
        ("2025-10-03", "2025-10-09"),
    ),
    "with the month first": (
        "x.csv",
        BCA.replace("{above}", "Period: 10/15/2025 - 11/14/2025\n\n"),
        ("10/16", "11/03"),
        ("2025-10-16", "2025-11-03"),
    ),
    "in words": (
        "x.csv",
        BCA.replace("{above}", "Statement of 14 November 2025\n\n"),
        ("16 Okt", "03 Nov"),
        ("2025-10-16", "2025-11-03"),
    ),
    "of Taiwan above": (
        "x.csv", BCA.replace("{above}", "信用卡帳單 115年7月\n\n"), ("06/15", "07/03"),
        ("2026-06-15", "2026-07-03"),
    ),
    "of an era above": (
        "x.csv", BCA.replace("{above}", "令和8年7月ご請求分\n\n"), ("06/15", "07/03"),
        ("2026-06-15", "2026-07-03"),
    ),
    "by a month in words above": (
        "x.csv", BCA.replace("{above}", "Statement for July 2026\n\n"), ("06/15", "07/03"),
        ("2026-06-15", "2026-07-03"),
    ),
    "by a month in numbers above": (
        "x.csv", BCA.replace("{above}", "帳單月份:2026/07\n\n"), ("15/06", "03/07"),
        ("2026-06-15", "2026-07-03"),
    ),
    "by a month in Korean above": (
        "x.csv", BCA.replace("{above}", "이용대금명세서 2026년 7월\n\n"), ("06/15", "07/03"),
        ("2026-06-15", "2026-07-03"),
    ),
    "in words without a comma": (
        "x.csv",
        BCA.replace("{above}", "Statement closing date: Nov 14 2025\n\n"),
        ("10/16", "11/03"),
        ("2025-10-16", "2025-11-03"),
    ),
    "by a month above in words": (
        "x.csv",
        BCA.replace("{above}", "Kartenabrechnung Oktober 2025\n\n"),
        ("03.10.", "09.10."),
        ("2025-10-03", "2025-10-09"),
    ),
    "by a month above": (
        "x.csv", BCA.replace("{above}", "2025年10月分\n\n"), ("3.10.", "9.10."),
        ("2025-10-03", "2025-10-09"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", YEARLESS)
def test_days_without_a_year_get_that_of_the_statement(case: str, tmp_path: Path) -> None:
    """Statements of JA Bank and BCA would be refused, or be read as of another year."""
    name, content, printed, expected = YEARLESS[case]
    assert days(tmp_path, content.format(*printed), name) == list(expected)


def test_the_year_taken_is_told(tmp_path: Path) -> None:
    """A year that is not printed would be passed off as the bank's own."""
    path = tmp_path / "x_202510.csv"
    path.write_text(JA.format("9月28日", "10月3日"), "utf-8")
    _, source = read_file(path)
    told = next(note for note in source.notes if note.code == "guess.year_file")
    assert told.params == {"example": "9月28日", "day": "2025-09-28"}


def test_without_any_year_the_file_says_so(tmp_path: Path) -> None:
    """The user would be told to describe the columns, which are understood."""
    path = tmp_path / "x.csv"
    path.write_text(JA.format("9月28日", "10月3日"), "utf-8")
    with pytest.raises(InputError) as told:
        read_file(path)
    assert told.value.code == "days_without_year"
    assert "9月28日" in str(told.value)


def test_parts_of_instalments_are_no_days(tmp_path: Path) -> None:
    """Payment 1 of 3 would be taken for the first of March."""
    content = "Date,Shop,Part,Amount\n2025-09-28,SHOP,1/3,48.45\n2025-10-03,SHOP,2/3,48.45\n"
    assert days(tmp_path, content, "x_202510.csv") == ["2025-09-28", "2025-10-03"]


def test_days_that_a_spreadsheet_counts_are_days(tmp_path: Path) -> None:
    """Cells copied without their formats would make the statement one without days."""
    content = "Statement of account,,\nTransaction Date,Details,Debit,Credit\n"
    content += (
        "46085,SHOP,4.50,\n46087.43,ALIEXPRESS,9.00,\n46101,ALIEXPRESS,,9.00\n,Total,13.50,9.00\n"
    )
    assert days(tmp_path, content) == ["2026-03-04", "2026-03-06", "2026-03-20"]


def test_numbers_that_are_no_days_of_this_century_stay(tmp_path: Path) -> None:
    """Amounts below a header that was moved would become days."""
    content = (
        "Date,Posted,Description,Amount\n2026-03-04,46085,SHOP,4.50\n2026-03-05,12,SHOP,5.50\n"
    )
    assert days(tmp_path, content) == ["2026-03-04", "2026-03-05"]


@pytest.mark.parametrize(
    "content",
    [
        "Datum;Empfänger;Verwendungszweck;Wert;Betrag\n"
        "04.03.2026;ALI;x;45000;-45,00\n20.03.2026;REWE;x;46001;-12,00\n",
        "Datum;Empfänger;Created;Betrag\n04.03.2026;ALI;45000;-45,00\n20.03.2026;REWE;46001;-12,00\n",
        "Datum;Empfänger;Wert;Betrag\n46085;ALI;45000;-45,00\n46101;REWE;46001;-12,00\n",
    ],
)
def test_numbers_beside_days_are_none(content: str, tmp_path: Path) -> None:
    """What something is worth would be the day it was bought on."""
    path = tmp_path / "x.csv"
    path.write_text(content, "utf-8")
    frame, _ = read_file(path)
    assert frame["transaction_date"].dt.strftime("%m-%d").tolist() == ["03-04", "03-20"]
    assert frame["posted_date"].isna().all()


def test_two_columns_of_counted_days_are_both_days(tmp_path: Path) -> None:
    """The day of booking would be lost."""
    path = tmp_path / "x.csv"
    path.write_text("Date,Posting Date,Text,Amount\n46085,46086,SHOP,4.50\n46101,46104,ALI,9.00\n")
    frame, _ = read_file(path)
    assert frame["transaction_date"].dt.strftime("%m-%d").tolist() == ["03-04", "03-20"]
    assert frame["posted_date"].dt.strftime("%m-%d").tolist() == ["03-05", "03-23"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("20260304T101112", "20260320T0000"),
        ("20260304T101112Z", "20260320T235959.123"),
        ("1772582400", "1774047599"),
        ("1772582400000", "1774047599999"),
    ],
)
def test_seconds_and_times_of_programs_are_days(first: str, second: str, tmp_path: Path) -> None:
    """Exports of wallets would be refused for having no day."""
    content = f"timestamp,Description,Amount\n{first},SHOP,4.50\n{second},ALIEXPRESS,9.00\n"
    assert days(tmp_path, content) == ["2026-03-04", "2026-03-20"]


@pytest.mark.parametrize(
    "above", ["Branch 2034-7", "Copyright May 2019 The Bank", "Store 105-3-12 Taipei"]
)
def test_numbers_above_that_are_no_period_tell_no_year(above: str, tmp_path: Path) -> None:
    """All days would be of the year of a branch or of a copyright."""
    content = f"{above}\nDate,Description,Amount\n03/04,ALI,-25.00\n03/11,TESCO,-12.00\n"
    assert days(tmp_path, content, "a_202603.csv") == ["2026-03-04", "2026-03-11"]
