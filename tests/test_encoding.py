"""Which encoding a file is in, told from the few rows of a short statement."""

from pathlib import Path

import pytest
from reading import read_file

from reconcile.errors import InputError
from reconcile.readers import encoding

# Shops of invented statements, in each language and the encodings that its banks write.
SHOPS = {
    "ja": ("cp932", "euc_jp"),
    "ja_half": ("cp932",),
    "zh": ("gb18030",),
    "ko": ("cp949",),
    "tw": ("cp950",),
    "ru": ("cp1251", "koi8_r"),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "tr": ("cp1254",),
    "pl": ("cp1250",),
    "cs": ("cp1250",),
    "hu": ("cp1250",),
    "de": ("cp1252",),
    "fr": ("cp1252",),
    "sv": ("cp1252",),
}
ROWS = {
    "ja": ["アサヒナ呉服店", "桜町薬局", "カフェ・ひだまり", "海外手数料", "松本製麺所", "年会費"],
    "ja_half": ["ﾌﾘｺﾐ ﾀﾅｶ ﾀﾛｳ", "ﾃﾞﾝｷﾀﾞｲ", "ｽｲﾄﾞｳ", "ｶﾌﾞｼｷｶﾞｲｼﾔ ﾐﾄﾞﾘ", "ｺｳｻﾞﾌﾘｶｴ", "ﾔﾁﾝ"],
    "zh": ["蓝天超市", "小张面馆", "手机充值", "北京地铁", "微信转账", "退款"],
    "ko": ["스타벅스강남", "체크카드", "별빛서점", "바다횟집", "해외이용수수료", "환불"],
    "tw": ["藍天藥局", "牛肉麵店", "國外交易手續費", "夜市小吃", "退款項目", "停車費"],
    "ru": ["Продукты", "Кофейня Уют", "Аптека", "Возврат", "Пятёрочка", "Книжный дом"],
    "el": ["Σκλαβενίτης", "Μισθός", "Επιστροφή", "ΠΛΗΡΩΜΗ ΛΟΓΑΡΙΑΣΜΟΥ", "Φαρμακείο", "Προμήθεια"],
    "he": ["שופרסל דיל", "משכורת", "סופר פארם", "העברה", "החזר", "רמי לוי"],
    "ar": ["كارفور", "صيدلية النهدي", "راتب شهر مايو", "استرداد", "مكتبة جرير", "فودافون مصر"],
    "tr": ["Alışveriş", "İade", "Maaş ödemesi", "MİGROS İSTANBUL", "Ağustos kirası", "Çarşı"],
    "pl": ["Żabka", "Księgarnia", "Opłata miesięczna", "Łódź", "Zwrot", "Śniadania"],
    "cs": ["Řeznictví", "Květiny", "Lékárna", "Vrácení", "Pekařství", "Žižkov"],
    "hu": ["Könyvesbolt", "Győr", "Szűcs és Fia", "Díj", "Visszatérítés", "Őszi vásár"],
    "de": ["Bäckerei", "Müller", "Überweisung", "Gebühr", "Größe", "Café Köln"],
    "fr": ["Épicerie", "Forêt", "Prélèvement", "Hôtel", "Électricité", "Garçon"],
    "sv": ["Åhléns", "Återbetalning", "Göteborg", "Lön", "Kött", "Överföring"],
}  # fmt: skip
CASES = [
    (language, name, count)
    for language, names in SHOPS.items()
    for name in names
    for count in (3, 6)
]


@pytest.mark.parametrize(("language", "name", "count"), CASES)
def test_few_rows_tell_the_encoding(language: str, name: str, count: int) -> None:
    """A short file without a header that is known would be read with garbled names."""
    rows = [f"2026-0{n + 1}-11,{shop},{n}250\n" for n, shop in enumerate(ROWS[language][:count])]
    data = ("A,B,C\n" + "".join(rows)).encode(name)
    found = encoding.best(data)
    assert found is not None
    assert data.decode(found[0]) == data.decode(name)


@pytest.mark.parametrize("language", ["zh", "ko", "tw"])
def test_one_row_tells_east_asian_encodings_apart(language: str) -> None:
    """One purchase a month, and another country's signs would stand for the shop."""
    (name,) = SHOPS[language]
    for shop in ROWS[language][:5]:
        found = encoding.best(f"A,B,C\n2026-01-11,{shop},1250\n".encode(name))
        assert found is not None
        assert found[0] == name, shop


def test_letters_of_several_languages_speak_against_an_encoding() -> None:
    """Czech names in cp1250 would be read as cp1252, since `ø` and `ì` are letters too."""
    rows = "A,B,C\n2026-01-11,Při dálnici,5\n2026-01-12,U věže,6\n2026-01-12,Švestka,6\n"
    assert encoding.best(rows.encode("cp1250")) == ("cp1250", False)


@pytest.mark.parametrize("amount", ["£26.81", "-£26.81", "£-26.81", "£ 1,026.81", "¥2681"])
@pytest.mark.parametrize("name", ["cp1252", "latin-1"])
def test_a_pound_alone_is_no_japanese_bracket(amount: str, name: str, tmp_path: Path) -> None:
    """British statements whose only sign beyond ASCII is the pound would be refused."""
    path = tmp_path / "x.csv"
    rows = f'2025-10-03,SHOP,"{amount}"\n2025-10-17,OTHER,"{amount}"\n'
    path.write_bytes(f"Date,Description,Amount\n{rows}".encode(name))
    assert read_file(path)[0]["amount"].abs().gt(0).all()


def test_brackets_beside_kana_are_japanese() -> None:
    """Half-width shops of a Japanese bank would be read as Western letters."""
    found = encoding.best("A,B,C\n2026-01-11,｢ｾﾝﾀｰ｣,5\n".encode("cp932"))
    assert found is not None
    assert found[0] == "cp932"


def test_a_korean_file_is_taken_although_a_byte_is_damaged() -> None:
    """One byte lost in a download would cost the file, or garble all its names."""
    rows = [f"2026-01-1{n},{shop},1250\n" for n, shop in enumerate(ROWS["ko"] * 3)]
    data = ("A,B,C\n" + "".join(rows)).encode("cp949")
    at = data.index("바다".encode("cp949"))
    found = encoding.best(data[:at] + b"\xff" + data[at + 1 :])
    assert found is not None
    assert found[0] == "cp949"


def test_a_garbled_header_says_so(tmp_path: Path) -> None:
    """Who named the wrong encoding would be told to describe a layout that is known."""
    path = tmp_path / "x.csv"
    path.write_bytes("이용일,가맹점명,이용금액\n2026-01-15,별빛커피,5500\n".encode("cp949"))
    with pytest.raises(InputError) as told:
        read_file(path, encoding="cp1252")
    assert told.value.code == "layout_garbled"
    assert "--encoding" in str(told.value)
    assert len(read_file(path)[0]) == 1


def test_the_rows_of_a_long_file_do_not_outweigh_its_header() -> None:
    """A year of a Japanese card would be read as Chinese, and refused."""
    rows = "".join(f"2026/01/{1 + n % 28:02d},カ）BOOTS {n},500,一括\n" for n in range(20_000))
    found = encoding.best(f"利用日,利用店名,利用金額,支払方法\n{rows}".encode("cp932"))
    assert found == ("cp932", True)
