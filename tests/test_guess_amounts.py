"""Amounts of statements without a layout: currencies beside them, and such without cents."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from reading import read_file

from reconcile import marks, money
from reconcile.readers import delimiters, fields, guess_currency


@pytest.mark.parametrize(
    ("one", "other", "currency", "amount"),
    [
        ("RM 26.81", "RM 26.81-", "MYR", 2681),
        ("RM1,026.81", "-RM1,026.81", "MYR", 102681),
        ("Rp 26.810", "-Rp 26.810", "IDR", 2681000),
        ("Rp26.810,00", "-Rp26.810,00", "IDR", 2681000),
        ("Rp.26.810", "-Rp.26.810", "IDR", 2681000),
        ("SEK 26,81", "SEK -26,81", "SEK", 2681),
        ("26.81 EUR", "-26.81 EUR", "EUR", 2681),
        ("26,81 TL", "-26,81 TL", "TRY", 2681),
        ("26,81 lei", "-26,81 lei", "RON", 2681),
        ("26,81 лв.", "-26,81 лв.", "BGN", 2681),
        ("26,81 грн", "-26,81 грн", "UAH", 2681),
        ("R 26.81", "-R 26.81", "ZAR", 2681),
        ("R1 026.81", "R-1 026.81", "ZAR", 102681),
        ("S/ 26.81", "S/ -26.81", "PEN", 2681),
        ("26.810 đ", "-26.810 đ", "VND", 26810),
        ("kr 26,81", "kr -26,81", None, 2681),
        ("MX$26.81", "-MX$26.81", "MXN", 2681),
        ("26 810 Ft", "-26 810 Ft", "HUF", 2681000),
        ("RD$26.81", "-RD$26.81", "DOP", 2681),
        ("J$26.81", "-J$26.81", "JMD", 2681),
        ("U$S 26,81", "U$S -26,81", "USD", 2681),
        ("SG$26.81", "-SG$26.81", "SGD", 2681),
        ("AR$ 26,81", "-AR$ 26,81", "ARS", 2681),
        ("USD $26.81", "-USD $26.81", "USD", 2681),
        ("26.81 eur", "-26.81 eur", "EUR", 2681),
        ("KRW 26,810", "KRW -26,810", "KRW", 26810),
        ("CRC 26,81", "CRC -26,81", "CRC", 2681),
    ],
)
def test_currencies_beside_amounts_are_read(
    one: str, other: str, currency: str | None, amount: int, tmp_path: Path
) -> None:
    """Maybank's amounts would be refused, or stand in the report without their currency; Mexican
    pesos would count as dollars."""
    path = tmp_path / "x.csv"
    path.write_text(
        f"Date;Description;Amount\n2025-10-03;ALI;{other}\n2025-10-17;ALI;{one}\n", "utf-8"
    )
    frame, _ = read_file(path)
    assert frame["amount"].abs().tolist() == [amount] * 2
    assert frame["amount"].sum() == 0
    assert frame["currency"].dropna().unique().tolist() == ([currency] if currency else [])


def test_every_mark_that_names_a_currency_is_read() -> None:
    """The report would name a currency, and then reject every row of the file."""
    for mark, code in marks.MARKS.items():
        texts = pd.Series([f"-{mark}12" if code else f"{mark}12", f"{mark} 12", f"12 {mark}"])
        if mark == "R":  # behind an amount it is no rand
            texts = texts.iloc[:2]
        assert money.parse_unique(texts, 0)[1].all(), mark
        assert money.marked(texts).tolist() == [code or mark] * len(texts), mark


@pytest.mark.parametrize(("printed", "minor"), [("CR45.10", -4510), ("DR 45.10", 4510)])
def test_a_side_before_an_amount_is_no_mark(printed: str, minor: int, tmp_path: Path) -> None:
    """The R of a credit would make rand of the statement, and its rows would be rejected."""
    assert money.parse(printed, "USD") == minor
    path = tmp_path / "x.csv"
    path.write_text(
        f"Date,Description,Amount\n2025-10-17,ALI,{printed}\n2025-10-20,B,14.10\n", "utf-8"
    )
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [minor, 1410]
    assert frame["currency"].isna().all()


@pytest.mark.parametrize(
    ("cell", "code"),
    [("Importe (MX$)", "MXN"), ("Débito en U$S", "USD"), ("Saldo AR$", "ARS"), ("ValorR$", "BRL"),
     ('סכום חיוב בש"ח', "ILS"), ("Amount $", None), ("Số tiền đã trả", None)],
)  # fmt: skip
def test_marks_in_headers_are_those_beside_amounts(cell: str, code: str | None) -> None:
    """Pesos of Argentina would be billed as reais of Brazil."""
    assert guess_currency.named([cell]) == ([code] if code else [])


def test_a_bare_dollar_sign_beside_dollars_is_another(tmp_path: Path) -> None:
    """Pesos of Argentina would be billed as dollars."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Fecha;Concepto;Débito en $;Crédito en U$S\n15/10/2025;MERCADO;45100,00;\n"
        "16/10/2025;ALIEXPRESS;;14,10\n",
        "utf-8",
    )
    assert read_file(path)[0]["currency"].isna().all()


def test_marks_in_a_column_of_currencies_are_those_beside_amounts() -> None:
    """Rows whose currency a column names by its mark would be without one; letters alone, that may
    stand for kinds of rows, would be taken for currencies."""
    texts = pd.Series(["MX$", "zł", "U$S", "EUROS", "FT", "R", "kr"], dtype="str")
    found = fields.currencies(texts).astype("str").fillna("").tolist()
    assert found == ["MXN", "PLN", "USD", "EUR", "", "", ""]


def test_a_reference_is_no_amount_in_rand() -> None:
    """A text that begins with R would be read as money."""
    assert money.parse("Rent 12", "ZAR") is None
    assert money.parse("R.12", "ZAR") is None


def test_yen_that_old_japanese_encodings_show_as_a_backslash() -> None:
    """JA Bank prints `\\4,845` in its exports, and each row would be refused."""
    assert money.parse("\\4,845", "JPY") == 4845


WHOLE = {
    "with a minus": ("-187", "-312", "312"),
    "parted by dots": ("-1.870", "-26.810", "26.810"),
    "parted by blanks and a comma": ("-1 870,5", "-26 810,5", "26 810,5"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_amounts_without_cents_under_unknown_words(case: str, tmp_path: Path) -> None:
    """Statements of countries without cents would be refused where their words are not known."""
    first, second, third = WHOLE[case]
    path = tmp_path / "x.csv"
    path.write_text(
        f"Qqq;Www;Eee\n29.09.2025;BOB;{first}\n03.10.2025;ALI;{second}\n17.10.2025;ALI;{third}\n",
        "utf-8",
    )
    frame, _ = read_file(path)
    number = float(third.replace(".", "").replace(" ", "").replace(",", "."))
    assert frame["amount"].iloc[1:].tolist() == [100 * number, -100 * number]


def test_a_short_whole_number_tells_grouping(tmp_path: Path) -> None:
    """Among `1.200` and `187` the first is twelve hundred: of three decimals all would be shown."""
    path = tmp_path / "x.csv"
    path.write_text("Date,Text,Amount\n2025-10-03,A,-1.200\n2025-10-04,B,-187\n", "utf-8")
    assert read_file(path, currency="ISK")[0]["amount"].tolist() == [1200, 187]
    path.write_text("Date,Text,Amount\n2025-10-03,A,-1.200\n2025-10-04,B,-0.187\n", "utf-8")
    assert read_file(path, currency="KWD")[0]["amount"].tolist() == [1200, 187]


THREE = {
    "an amount": ("Text,Amount", ["A,-253.520", "B,24500.000", "A,-8.250"]),
    "a balance": ("Text,Amount,Balance", ["A,-253.520,33510.800", "B,24.000,33534.800",
                                          "A,-8.250,33526.550"]),
    "commas": ("Text;Amount;Balance", ["A;-253,520;33510,800", "B;24,000;33534,800",
                                       "A;-8,250;33526,550"]),
    "blanks": ("Text,Amount,Balance", ["A,-253.520,33 510.800", "B,24.000,33 534.800",
                                       "A,-8.250,33 526.550"]),
}  # fmt: skip


@pytest.mark.parametrize("case", THREE)
def test_three_decimals_are_told_by_one_long_amount(case: str, tmp_path: Path) -> None:
    """SEB prints `253.520` for 253.52, and each amount would be a thousand times as large."""
    names, rows = THREE[case]
    sign = ";" if ";" in names else ","
    lines = [f"2025-10-0{n}{sign}{row}" for n, row in enumerate(rows, 1)]
    path = tmp_path / "x.csv"
    path.write_text("\n".join((f"Date{sign}{names}", *lines, "")), "utf-8")
    frame, source = read_file(path, currency="SEK")
    second = 2450000 if case == "an amount" else 2400
    assert frame["amount"].tolist() == [25352, -second, 825]
    assert not {note.code for note in source.notes} & {"guess.grouping", "guess.decimal_kept"}


def test_a_third_decimal_is_not_cut_off(tmp_path: Path) -> None:
    """Half an öre would be lost in silence."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Text,Amount\n2025-10-03,A,-253.525\n2025-10-04,B,24500.000\n2025-10-05,A,-2.500\n",
        "utf-8",
    )
    frame, source = read_file(path, currency="SEK")
    assert frame["amount"].tolist() == [-2450000, 250]
    assert [(bad.line, bad.reason.code) for bad in source.rejected] == [(2, "reason.amount")]


def test_three_digits_without_a_proof_still_part_thousands(tmp_path: Path) -> None:
    """A thousand pesos would become one."""
    path = tmp_path / "x.csv"
    path.write_text("Fecha;Texto;Importe\n03/10/2025;A;-1.234\n14/10/2025;B;-2.500\n", "utf-8")
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [123400, 250000]
    assert "guess.grouping" in {note.code for note in source.notes}


def test_a_workbook_shows_fewer_decimals(tmp_path: Path) -> None:
    """Excel drops the last zeros, and a month of round amounts would be refused."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Qqq", "Www", "Eee", "Rrr"])
    sheet.append(["2025-10-03", "ALIEXPRESS", -312.4, 41300.1])
    sheet.append(["2025-10-17", "ALIEXPRESS", 312.4, 41612.5])
    sheet.append(["2025-10-20", "ICA", -12.5, 41600])
    path = tmp_path / "x.xlsx"
    book.save(path)
    assert read_file(path)[0]["amount"].tolist() == [31240, -31240, 1250]


def test_a_number_in_a_heading_is_no_amount(tmp_path: Path) -> None:
    """A second column of one name (`Amount.1`) would make the header a row of data."""
    path = tmp_path / "x.csv"
    path.write_text("Date,Text,Sum,Sum.1\n2025-10-03,A,-12.00,5\n", "utf-8")
    assert next(note.code for note in read_file(path)[1].notes) == "guess.columns"


FORMS = {
    "in parentheses behind the mark": ("$(45.10)", "$45.10"),
    "in parentheses before the code": ("(45.10) USD", "45.10 USD"),
    "a minus before the code": ('"45,10- EUR"', '"45,10 EUR"'),
    "a formula of a text": ('="-45.10"', '="45.10"'),
    "a formula with a comma": ('="-1,045.10"', '="1,045.10"'),
    "a quoted formula": ('"=""-45.10"""', '"=""45.10"""'),
}


@pytest.mark.parametrize("case", FORMS)
def test_amounts_below_zero_in_odd_forms_are_charges(case: str, tmp_path: Path) -> None:
    """The statement of an American credit union would be refused, or its charges be refunds."""
    out, back = FORMS[case]
    path = tmp_path / "x.csv"
    path.write_text(
        f'Date,Description,Amount\n="2025-10-02",ALIEXPRESS,{out}\n2025-10-05,SHOP,{out}\n'
        f"2025-10-12,ALIEXPRESS,{back}\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert not source.rejected
    amount = 104510 if "1,0" in out else 4510
    assert frame["amount"].tolist() == [amount, amount, -amount]


def test_a_formula_of_a_text_is_that_text_wherever_it_stands() -> None:
    """Line breaks would move, so that a rejected row is looked for in the wrong line."""
    given = 'A,="1,5",x\r\n="02";"=""3"""\r\n"a =""b"" c",="5\n'
    told = 'A,"1,5",x\r\n"02";"3"\r\n"a =""b"" c",="5\n'
    assert delimiters.without_formulas(given) == told


def test_quotes_may_stand_apart_from_the_signs_between_cells(tmp_path: Path) -> None:
    """Every sum of a thousand and more would be rejected."""
    path = tmp_path / "x.csv"
    rows = '2 Jun 2021 , ALIEXPRESS , "1,250.00" , \n9 Jun 2021 , ALIEXPRESS ,  , "1,250.00"\n'
    path.write_text(f"Date , Description , Paid Out , Paid In\n{rows}", "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    assert frame["amount"].tolist() == [125000, -125000]


def test_quotes_behind_blanks_may_begin_a_line_as_well(tmp_path: Path) -> None:
    """No row would be read, as the comma inside a shop's name or a sum parts the cell."""
    path = tmp_path / "x.csv"
    rows = '"2025-01-02", "Shop, Inc", "1,000.00"\n"2025-01-09", "Shop, Inc", "-1,000.00"\n'
    path.write_text(f'"Date", "Description", "Amount"\n{rows}', "utf-8")
    frame, source = read_file(path)
    assert not source.rejected
    assert frame["amount"].tolist() == [100000, -100000]
    assert frame["description"].tolist() == ["Shop, Inc"] * 2


@pytest.mark.parametrize(
    "given",
    [
        '"a, "," ,b"\n1, "x" ,2\n',
        # Another sign than the one that parts the cells.
        '2025-01-02\tFoo, "Bar", x\t1.00\tEUR\n2025-01-03\tFoo, "Bar", x\t2.00\tEUR\n',
        '"a, ""x"" , b", 1.00\n"c", 2.00\n',
    ],
)
def test_blanks_inside_a_quoted_cell_stay(given: str) -> None:
    """A comma inside a text would part it."""
    assert delimiters.with_close_quotes(given) == given


@pytest.mark.parametrize("sign", ["-", "--", "N/A", "n/a", "—"])
def test_what_says_that_there_is_no_amount_is_none(sign: str, tmp_path: Path) -> None:
    """Money in would be left out, and each refund be rejected, where banks print a dash."""
    path = tmp_path / "x.csv"
    path.write_text(
        f"Date,Description,Debit,Credit\n2025-10-02,ALIEXPRESS,45.10,{sign}\n"
        f"2025-10-05,SHOP,4.10,{sign}\n2025-10-12,ALIEXPRESS,{sign},45.10\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert not source.rejected
    assert frame["amount"].tolist() == [4510, 410, -4510]


def test_a_month_without_refunds_may_print_dashes_alone(tmp_path: Path) -> None:
    """The statement would be refused for want of a column of money in."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Date,Description,Debit,Credit\n2025-10-02,ALIEXPRESS,45.10,-\n2025-10-05,SHOP,4.10,-\n",
        "utf-8",
    )
    frame, source = read_file(path)
    assert frame["amount"].tolist() == [4510, 410]
    assert not source.rejected


def test_apostrophes_of_a_spreadsheet_are_no_part_of_amounts(tmp_path: Path) -> None:
    """Excel marks numbers that are texts so, and the file would be refused."""
    path = tmp_path / "x.csv"
    rows = "'2026/05/02,L'OCCITANE,'1200\n'2026/05/03,BOB,'700\n'2026/05/04,ALI,'-300\n"
    path.write_text(f"日付,内容,金額\n{rows}", "utf-8")
    frame, _ = read_file(path)
    assert frame["amount"].tolist() == [1200, 700, -300]
    assert frame["description"].tolist() == ["L'OCCITANE", "BOB", "ALI"]
