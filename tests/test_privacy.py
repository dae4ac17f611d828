"""Card numbers: no output shows more of one than its last four digits."""

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from reading import read_file

from reconcile.cli import main
from reconcile.errors import InputError, SettingsError
from reconcile.settings_toml import from_toml
from reconcile.text import masked

# The numbers that card networks publish for tests.
CARDS = (
    "4111111111111111",
    "4222222222222",
    "378282246310005",
    "30569309025904",
    "6304000000000000000",
    "5555555555554444",
)
CARD = CARDS[0]
HEADER = "Date,Description,Amount,Currency\n"
ROWS = "2025-03-10,ALIEXPRESS.COM,20.00,USD\n2025-03-15,CORNER SHOP,5.10,USD\n"


def run(folder: Path, file: str, content: str, *options: str) -> str:
    """Everything the command prints and writes as JSON for one statement."""
    (folder / file).write_text(content, "utf-8")
    report = folder / "out.json"
    arguments = [str(folder / file), "--json", str(report), "--lang", "en", "-v", *options]
    arguments += ["--as-of", "2025-09-30", "-o", str(folder / "out.xlsx")]
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    printed = result.output + result.stderr
    if report.exists():
        printed += json.dumps(json.loads(report.read_text("utf-8")), ensure_ascii=False)
    return printed.replace("\n", "")


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("sign", ["", " ", "-", ".", "_", "\u3000", " \u2013"])
def test_card_numbers_in_any_grouping_are_cut(number: str, sign: str) -> None:
    """A card number printed in groups would be shown whole."""
    text = sign.join(number[at : at + 4] for at in range(0, len(number), 4))
    assert masked(f"paid by {text}, thanks") == f"paid by …{number[-4:]}, thanks"


def test_card_numbers_between_slashes_are_cut() -> None:
    """Four groups with slashes between them would be shown whole; days with them stay."""
    assert masked("paid by 4111/1111/1111/1111.") == "paid by …1111."
    for text in ("04/11/1111 11/11/1111", "4111/1111/1111/1112", "4111/1111/1111/1111/1"):
        assert masked(text) == text


def test_a_card_number_in_a_files_name_is_cut() -> None:
    """A month behind the number would hide it, or the number of an account would be cut as one."""
    assert masked("4111_1111_1111_1111_202604.csv") == "…1111_202604.csv"
    assert masked("3782_822463_10005.csv") == "…0005.csv"


def test_card_numbers_beside_other_digits_are_cut() -> None:
    """A day or an amount beside a card number would hide it from the mask."""
    assert masked(f"12 {CARD} 07") == "12 …1111 07"
    assert masked(f"{CARD} {CARDS[5]}") == "…1111 …4444"
    wide = CARD.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert masked(f"カード{wide}") == "カード…１１１１"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "2025-06-01 2025-06-30",
        "20250601-20250630",
        "411111111111",
        "",
        "1.50",
        "1234567_20260401.csv",
    ],
)
def test_other_digits_stay(text: str) -> None:
    """Reference numbers, days and amounts would be cut as if they were card numbers."""
    assert masked(text) == text


def test_descriptions_are_cut(tmp_path: Path) -> None:
    """A descriptor that quotes the card number would carry it into every report."""
    printed = run(tmp_path, "a.csv", HEADER + ROWS.replace("ALIEXPRESS.COM", f"ALIEXPRESS {CARD}"))
    assert "ALIEXPRESS …1111" in printed
    assert CARD not in printed


def test_reasons_are_cut(tmp_path: Path) -> None:
    """A row shifted by one cell would show the card number as an amount that cannot be read."""
    bad = f"2025-03-16,X,{CARD[:4]} {CARD[4:]}x,USD\n4111-1111-1111-1111,X,5.00,USD\n"
    printed = run(tmp_path, "a.csv", HEADER + ROWS * 3 + bad)
    assert "…1111" in printed
    assert CARD[4:] not in printed
    assert "4111-1111" not in printed


def test_file_names_are_cut(tmp_path: Path) -> None:
    """A statement named by its card would put the number into every report."""
    printed = run(tmp_path, f"visa-{CARD}.csv", HEADER + ROWS)
    assert "visa-…1111.csv" in printed
    assert CARD not in printed


def test_errors_are_cut(tmp_path: Path) -> None:
    """An error that quotes the file's first cells or its name would show the card number."""
    path = tmp_path / f"{CARD}.csv"
    with pytest.raises(InputError) as missing:
        read_file(path, ())
    assert CARD not in str(missing.value)
    path.write_text(f"Card {CARD},x\nnothing,here\n", "utf-8")
    with pytest.raises(InputError) as unread:
        read_file(path)
    assert unread.value.code == "layout_none"
    assert CARD not in str(unread.value)


def test_settings_are_cut(tmp_path: Path) -> None:
    """A card named by its full number in the settings would be shown so in the notes."""
    config = tmp_path / "r.toml"
    config.write_text(f'[cards."{CARD}"]\nfee = 0.02\n', "utf-8")
    printed = run(tmp_path, "a.csv", HEADER + ROWS, "--config", str(config))
    assert "…1111" in printed
    assert CARD not in printed
    config.write_text(f'[cards."{CARD}"]\nnonsense = 1\n', "utf-8")
    with pytest.raises(SettingsError) as wrong:
        from_toml(config)
    assert CARD not in str(wrong.value)


def test_ofx_is_cut_but_for_its_ids(tmp_path: Path) -> None:
    """An OFX memo would show the card number; a FITID cut short would merge different rows."""
    content = (
        "<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>1111"
        "</CCACCTFROM><BANKTRANLIST>"
        f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250310<TRNAMT>-20.00<FITID>{CARDS[5]}<NAME>SHOP"
        f"<MEMO>card {CARD}</STMTTRN>"
        f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250310<TRNAMT>{CARD}x<FITID>2<NAME>SHOP</STMTTRN>"
        "</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )
    path = tmp_path / "a.ofx"
    path.write_text(content, "utf-8")
    frame, source = read_file(path, ())
    assert frame["description"].tolist() == ["SHOP card …1111"]
    assert frame["reference"].tolist() == [CARDS[5]]
    assert CARD not in str(source.rejected)


@pytest.mark.parametrize("spelled", [CARD, "4111 1111 1111 1111", "4111-1111-1111-1111"])
def test_the_cards_own_number_inside_an_id_is_cut(spelled: str, tmp_path: Path) -> None:
    """A bank whose ids begin with the card's number would have it shown on every row."""
    content = (
        "<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>"
        f"{spelled}</CCACCTFROM><BANKTRANLIST>"
        f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250310<TRNAMT>-20.00<FITID>{CARD}20250310001<NAME>A"
        f"</STMTTRN><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250310<TRNAMT>-21.00<FITID>2<NAME>B"
        "</STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )
    (tmp_path / "a.ofx").write_text(content, "utf-8")
    frame, _ = read_file(tmp_path / "a.ofx", ())
    assert frame["reference"].tolist() == ["…111120250310001", "2"]
    rows = f"2025-03-10,SHOP,20.00,USD,x{CARD},{spelled}\n2025-03-11,SHOP,20.00,USD,{CARDS[5]},\n"
    (tmp_path / "b.csv").write_text(f"Date,Description,Amount,Currency,Reference,Card\n{rows}")
    frame, _ = read_file(tmp_path / "b.csv", ())
    assert frame["reference"].tolist() == ["x…1111", CARDS[5]]


@pytest.mark.parametrize("shown", ["411111******1111", "4111 **** **** 1111", "****1111", "1111"])
@pytest.mark.parametrize(
    ("id_", "cut"),
    [
        (CARD, "…1111"),
        ("4111 1111 1111 1111", "…1111"),
        ("4111-1111-1111-1111-07", "…1111-07"),
        (f"{CARD}251015001", "…1111251015001"),
        (f"A/{CARD}/1", "A/…1111/1"),
        (f"25101{CARD}", "25101…1111"),
    ],
)
def test_the_whole_number_of_a_masked_card_is_cut(
    shown: str, id_: str, cut: str, tmp_path: Path
) -> None:
    """A file that masks its card's number in one column, and not in its ids, would have it shown;
    other ids would be cut wherever they pass the check of a card number by chance."""
    header = "Date,Card Number,Reference Number,Description,Amount,Currency\n"
    ids = [id_, CARDS[5], "4111111111111112", "24011111111111119", "2401111X111", ""]
    rows = [f"2025-03-{10 + n},{shown},{each},SHOP,4.10,USD\n" for n, each in enumerate(ids)]
    (tmp_path / "a.csv").write_text(header + "".join(rows), "utf-8")
    frame, _ = read_file(tmp_path / "a.csv", ())
    assert frame["reference"].fillna("").tolist() == [cut, *ids[1:]]


def test_a_card_number_inside_longer_ids_is_cut(tmp_path: Path) -> None:
    """Where the file shows four digits of its card, a number between a day and a count in each id
    would stay; a number that is once there by chance would go."""
    header = "Date,Card,Reference,Description,Amount,Currency\n"
    ids = [f"251015{CARD}001", f"251016{CARD}002", f"251016{CARDS[1]}1111003"]
    rows = [f"2025-03-1{n},****1111,{each},SHOP,4.10,USD\n" for n, each in enumerate(ids)]
    (tmp_path / "a.csv").write_text(header + "".join(rows), "utf-8")
    frame, _ = read_file(tmp_path / "a.csv", ())
    assert frame["reference"].tolist() == ["251015…1111001", "251016…1111002", ids[2]]


def test_numbers_in_turn_before_the_cards_last_digits_stay(tmp_path: Path) -> None:
    """Ids that a bank makes of a counter and the card's last digits would be cut at random."""
    header = "Date,Card,Reference,Description,Amount,Currency\n"
    ids = [f"{480120260001735 + 37 * n}1486" for n in range(40)]
    rows = [
        f"2025-03-{1 + n % 28:02d},**** 1486,{each},SHOP,4.10,USD\n" for n, each in enumerate(ids)
    ]
    (tmp_path / "a.csv").write_text(header + "".join(rows), "utf-8")
    frame, _ = read_file(tmp_path / "a.csv", ())
    assert sorted(frame["reference"]) == sorted(ids)


def test_an_id_with_the_number_of_a_masked_card_is_shown_nowhere(tmp_path: Path) -> None:
    """A FITID that begins with the card's number would carry it into the report."""
    content = (
        "<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM>"
        "<ACCTID>XXXXXXXXXXXX1111</CCACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT"
        f"<DTPOSTED>20251003<TRNAMT>-45.10<FITID>{CARD}-20251003-1<NAME>ALIEXPRESS</STMTTRN>"
        "</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )
    printed = run(tmp_path, "a.ofx", content)
    assert "…1111-20251003-1" in printed
    assert CARD not in printed


def test_what_is_said_of_a_damaged_archive_is_cut(tmp_path: Path) -> None:
    """The name of the file inside would show the card number."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"statement_{CARD}.csv", HEADER + ROWS)
    path.write_bytes(path.read_bytes().replace(b"SHOP", b"SHIP"))
    with pytest.raises(InputError) as damaged:
        read_file(path)
    assert damaged.value.code == "zip_damaged"
    assert CARD not in str(damaged.value)
    assert CARD not in str(damaged.value.params)


def test_card_numbers_in_headers_and_words_are_cut(tmp_path: Path) -> None:
    """What is said of a column would show a number that stands in its name or in its cells."""
    header = f"Date,Description,Amount,Amount card {CARD},Debit/Credit\n"
    rows = f"2026-01-05,A,34.80,34.80,{CARD}\n2026-01-06,B,6.20,7.20,{CARDS[5]}\n"
    printed = run(tmp_path, "a.csv", header + rows)
    assert CARD not in printed
    assert CARDS[5] not in printed
