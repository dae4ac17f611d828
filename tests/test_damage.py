"""Files of which a few bytes were damaged, or whose end is missing."""

from pathlib import Path

import pytest
from reading import read_file

from reconcile import layout
from reconcile.errors import InputError
from reconcile.ledger import Source

SAMPLES = Path(__file__).parents[1] / "sample_statements"
RAKUTEN = (SAMPLES / "rakuten" / "enavi202607(4321).csv").read_bytes()
JCB = (SAMPLES / "jcb" / "202606.csv").read_bytes()
BOM = b"\xef\xbb\xbf"
CUT, DAMAGED = "note.cut_off", "note.damaged"


def read(folder: Path, name: str, data: bytes, encoding: str | None = None) -> Source:
    """How a file with these bytes is read."""
    path = folder / name
    path.write_bytes(data)
    return read_file(path, layout.shipped(), encoding=encoding)[1]


def codes(source: Source) -> set[str]:
    """What is said of a file that was damaged."""
    return {note.code for note in source.notes} & {CUT, DAMAGED, "note.open_quote"}


def lost(source: Source) -> list[tuple[int | None, str]]:
    """Line and reason of each rejected row."""
    return [(bad.line, bad.reason.code) for bad in source.rejected]


@pytest.mark.parametrize(
    ("name", "data", "sign", "found"),
    [
        ("enavi202607(4321).csv", RAKUTEN, "ﾌﾞﾝｸﾞﾉﾊﾅﾔ".encode(), "utf-8-sig"),
        ("enavi202607(4321).csv", RAKUTEN.removeprefix(BOM), "ﾌﾞﾝｸﾞﾉﾊﾅﾔ".encode(), "utf-8"),
        ("202606.csv", JCB, "アサヒナ呉服店".encode("cp932"), "cp932"),
    ],
)
def test_one_damaged_byte_costs_one_row(
    name: str, data: bytes, sign: bytes, found: str, tmp_path: Path
) -> None:
    """One byte lost in a download would cost the user the whole statement, or garble it all."""
    whole = read(tmp_path, name, data)
    at = data.index(sign)
    mended = read(tmp_path, name, data[:at] + b"\xe3" + data[at + len(sign) :])
    assert mended.encoding == found
    assert mended.layout == whole.layout
    assert mended.transactions == whole.transactions - 1
    line = data[:at].count(b"\n") + 1
    assert lost(mended) == [*lost(whole), (line, "reason.damaged")]
    assert codes(mended) == {DAMAGED}


@pytest.mark.parametrize("back", [1, 2])
@pytest.mark.parametrize("data", [RAKUTEN, RAKUTEN.removeprefix(BOM)])
def test_a_file_cut_inside_a_character_is_said_to_be_cut_off(
    data: bytes, back: int, tmp_path: Path
) -> None:
    """A broken download would be refused as written in another encoding, all rows lost."""
    end = data.rindex("円".encode()) + back
    source = read(tmp_path, "enavi202607(4321).csv", data[:end])
    assert source.layout == "rakuten-card"
    assert source.transactions > 5
    assert codes(source) == {CUT}
    assert [code for _, code in lost(source)] == ["reason.damaged"]


def test_a_file_cut_inside_quotes_keeps_its_other_rows(tmp_path: Path) -> None:
    """The quote that never closes would make all quotes plain characters, and no row readable."""
    end = RAKUTEN.rindex(b'"-1305"') + 5  # of the number a digit is missing
    source = read(tmp_path, "enavi202607(4321).csv", RAKUTEN[:end])
    assert source.transactions == 2
    assert codes(source) == {CUT}
    line = RAKUTEN[:end].count(b"\n") + 1
    assert lost(source)[-1] == (line, "reason.damaged")


def test_a_sign_the_bank_itself_printed_costs_no_row(tmp_path: Path) -> None:
    """A descriptor that was garbled at the bank would take its row away."""
    data = "Date,Description,Amount,Currency\n2026-03-09,CAF\ufffd,5.00,USD\n"
    source = read(tmp_path, "own.csv", data.encode())
    assert (source.transactions, lost(source), codes(source)) == (1, [], set())


def test_damage_far_behind_is_mended_too(tmp_path: Path) -> None:
    """Only the beginning is weighed; a byte lost behind it would let another encoding win."""
    head, row = "利用日,利用店名,利用金額\n", "2026/03/09,カメラの店,500\n"
    data = (head + row * 12_000).encode("cp932")
    at = data.rindex("カ".encode("cp932"))
    source = read(tmp_path, "far.csv", data[:at] + b"\x83," + data[at + 10 :])
    assert (source.encoding, source.transactions) == ("cp932", 11_999)
    assert lost(source) == [(12_001, "reason.damaged")]


def test_a_mark_that_lies_is_no_fault_of_the_users_option(tmp_path: Path) -> None:
    """Who gave no --encoding would be told to leave it away."""
    data = BOM + "利用日,利用店名・商品名,利用金額\n".encode("cp932") * 5
    with pytest.raises(InputError) as told:
        read(tmp_path, "lies.csv", data)
    assert told.value.code == "encoding_mark"
    with pytest.raises(InputError) as told:
        read(tmp_path, "lies.csv", data, "utf-8")
    assert told.value.code == "encoding_wrong"


def test_few_odd_letters_of_the_west_are_not_taken_for_damage(tmp_path: Path) -> None:
    """Rows with an accent would be rejected as damaged UTF-8 where the file is in cp1252."""
    rows = "Date,Description,Amount,Currency\n2026-03-09,CAFÉ RÉGAL,5.00,EUR\n"
    source = read(tmp_path, "west.csv", rows.encode("cp1252"))
    assert (source.encoding, source.transactions, codes(source)) == ("cp1252", 1, set())
