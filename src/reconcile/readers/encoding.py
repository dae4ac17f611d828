"""Which encoding a statement without a byte order mark is in: the one whose text makes sense.

cp932, GBK, EUC-KR, Big5 and the Windows code pages accept much of each other's text without an
error. Their texts are told apart by the header words that appear, then by how letters stand
together and by which signs are the common ones.
"""

import codecs
import re
from functools import cache

from reconcile.layout import plain
from reconcile.readers import common_signs, damage, guess_words, scripts

# In order of preference where nothing tells them apart.
CANDIDATES = (
    "cp932",
    "shift_jis_2004",
    "euc_jp",
    "gb18030",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp949",
    "cp950",
    "cp1254",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
    "koi8_r",
    "latin-1",
)
# Those that tell by themselves where a byte is damaged; the others accept nearly any.
_STRICT = ("cp932", "euc_jp", "gb18030", "cp949", "cp950")
# Characters that are looked at, and bytes that one takes at most.
_SAMPLE, _MOST_BYTES = 65536, 4
_CELLS = re.compile(r"[,;\t|\n\"]+")
# With the compatibility ideographs: 﨑, 塚 and others that Japanese names are written with.
_KANJI = "\u3400-\u9fff\uf900-\ufaff"
_KANA = "\u3041-\u30ff"
_HANGUL = "\uac00-\ud7a3"
# Letters of the scripts that take the bytes of accented ones.
_FOREIGN = f"{scripts.CYRILLIC}{scripts.GREEK}{scripts.HEBREW}{scripts.ARABIC}{scripts.THAI}"
# What stands beside kana only: half-width brackets, stops and commas, where the West has `£`, `¥`.
_STOPS = re.compile("[\uff61-\uff65]")
_JAPANESE = f"[{_KANJI}{_KANA}\uff66-\uff9f]"
# What a wrong encoding leaves behind, and what the right one shows; weights are points per hit.
# Patterns that few files need are compiled by the first that does.
_SIGNS: tuple[tuple[str, int], ...] = (
    ("[\u0080-\u009f\ufffd\ue000-\uf8ff]", -8),
    # An ideograph between Latin letters: a single accented letter read as two bytes.
    (f"(?<=[A-Za-z])[{_KANJI}{_HANGUL}](?![{_KANJI}{_KANA}{_HANGUL}])", -4),
    (f"(?<![{_KANJI}{_KANA}{_HANGUL}])[{_KANJI}{_HANGUL}](?=[a-z])", -4),
    (f"[{_KANJI}{_HANGUL}](?=[a-z]{{2}})", -2),
    ("[\uff61-\uff9f](?=[A-Za-z])|(?<=[A-Za-z])[\uff61-\uff9f]", -4),
    (f"(?<=[A-Za-z])[{_FOREIGN}]|[{_FOREIGN}](?=[A-Za-z])", -4),
    (f"[{scripts.POINTS}]", -4),
    # Letters that no word has inside, and several accented letters in a row.
    ("(?<=[A-Za-z])[¡-¿×÷](?=[A-Za-z])", -4),
    ("[À-ÿĀ-ſ]{3,}", -3),
    ("[a-z][À-ÖØ-Þ]", -2),
    (f"[{_KANA}]{{2,}}", 2),
    ("[\uff66-\uff9f]{3,}", 2),
    ("[Ａ-Ｚａ-ｚ０-９]{2,}", 2),
    (f"[{_KANJI}]{{2,}}", 1),
    (f"[{_HANGUL}]{{2,}}", 1),
    (f"[{common_signs.IDEOGRAPHS}{common_signs.HANGUL}]", 1),
    # Half-width kana beside ideographs, hangul beside kana, its single letters, and kana that
    # begin no word and voicing marks that nothing before them takes.
    (f"[\uff66-\uff9f][{_KANJI}]|[{_KANJI}][\uff66-\uff9f]", -1),
    (f"[{_HANGUL}][{_KANA}]|[{_KANA}][{_HANGUL}]|[\u3131-\u318e]", -2),
    ("(?<![ｳｶ-ﾄﾊ-ﾎ])ﾞ|(?<![ﾊ-ﾎ])ﾟ|(?<![\uff66-\uff9f])[ｧ-ｰ]", -2),
    ("[а-џґ][А-ЯЃ-Џ]", -1),
    (f"(?<=[{_FOREIGN}])[¦§©¬®°±µ¶·]|[¦§©¬®°±µ¶·](?=[{_FOREIGN}])", -4),
    # Signs of Thai that hardly any word has, marks without a letter, and rows of consonants alone.
    ("[\u0e03\u0e05\u0e06\u0e0c\u0e0e\u0e0f\u0e11\u0e12\u0e2c\u0e4f-\u0e5b]", -2),
    ("(?<![\u0e01-\u0e4e])[\u0e30-\u0e3a\u0e45-\u0e4e]|[\u0e01-\u0e2e]{4,}", -1),
    # These letters begin words, or never do; where those of Turkish are, they do not.
    ("(?<=[A-Za-z])[Þþ]|(?<![A-Za-zÀ-ž])Ý", -1),
    (f"[{_FOREIGN}]{{3,}}", 2),
    ("(?<=[a-z])[à-öø-ſ]|[À-ÖØ-öø-ſ](?=[a-z])", 1),
)  # fmt: skip
_WORD, _SURE = 40, 2
# The letters of one language beside a to z; a text in a wrong encoding mixes those of several.
_ALPHABETS = tuple(
    map(
        frozenset,
        (
            "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "čćđšž", "ăâîşţșț",
            "àâæçèéêëîïôœùûüÿ", "äöüßé", "áéíñóúü", "àçèéíïòóúü", "àáâãçéêíóôõúü", "àèéìíòóùú",
            "åäöéüšž", "åæøéäöü", "áæðéíóöúýþ", "áèéëïíóöü", "äõöüšž",
            "âçğıîöşüû",
        ),
    )
)  # fmt: skip
_LETTERS = re.compile("[À-ÖØ-öø-ſș-ț]")
_STRAY, _STOP = -2, -4


@cache
def _known() -> frozenset[str]:
    from reconcile.layout import shipped

    words = guess_words.known_words() | shipped().headings()
    return frozenset(word for word in words if not word.isascii())


def best(data: bytes) -> tuple[str, bool] | None:
    """The likeliest encoding of bytes that are not UTF-8, and whether known words confirm it.

    None where the bytes are UTF-8 (or plain ASCII), carry a byte order mark, or are no text.
    """
    if (
        data[:3] == b"\xef\xbb\xbf"
        or data[:2] in (b"\xff\xfe", b"\xfe\xff")
        or b"\0" in data[:4096]
    ):
        return None
    if data.isascii():
        # Japanese as mail has it, in sevens of bits: escapes lead from one set of signs to another.
        return ("iso2022_jp", True) if b"\x1b$" in data and _reads("iso2022_jp", data) else None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return None
    found: list[tuple[int, int, int, str, bool]] = []
    texts: dict[str, str] = {}
    for number, name in enumerate(CANDIDATES):
        text = _beginning(data, name)
        if text is not None:
            cells = _odd_cells(text)
            words = _words(cells)
            if words >= _SURE and name in _STRICT and _reads(name, data):
                return name, True  # no other reads bytes of it as words
            # Two known words are no chance, however many points the rows of a long file give.
            found.append((min(words, _SURE), _points(cells, words), -number, name, words > 0))
            texts[name] = text
    # latin-1 reads all there is.
    best = next(one for one in sorted(found, reverse=True) if _reads(one[3], data))
    if best[4]:
        return best[3:]
    return _nearly(data, best[1]) or (scripts.likeliest(best[3], texts), False)


def is_garbled(text: str) -> bool:
    """Whether letters stand together as in no language: they were written in another encoding."""
    cells = _odd_cells(text[:_SAMPLE])
    return _points(cells, _words(cells)) < 0


def _nearly(data: bytes, points: int) -> tuple[str, bool] | None:
    """An encoding that reads all but a few damaged bytes and makes more sense than `points`."""
    first = data[: _MOST_BYTES * _SAMPLE]
    # No character is cut in two where a line ends.
    first = first if len(first) == len(data) else first[: first.rfind(b"\n") + 1]
    first = data if first.isascii() else first
    # So many bytes of another encoding never make characters of UTF-8 by chance.
    if damage.nearly(first, "utf-8") is not None and damage.mended(data, "utf-8"):
        return "utf-8", True
    found: list[tuple[int, int, str, bool]] = []
    for number, name in enumerate(_STRICT):
        text = damage.nearly(first, name)
        if text is not None:
            cells = _odd_cells(text[:_SAMPLE])
            words = _words(cells)
            found.append((_points(cells, words), -number, name, words > 0))
    best = max(found, default=None)
    if best is None or best[0] <= points or damage.mended(data, best[2]) is None:
        return None
    return best[2:]


def _beginning(data: bytes, name: str) -> str | None:
    """The first characters in an encoding; None where they are not all in it."""
    decoder = codecs.getincrementaldecoder(name)()
    first = data[: _MOST_BYTES * _SAMPLE]
    try:
        return decoder.decode(first, final=len(first) == len(data))[:_SAMPLE]
    except UnicodeDecodeError:
        return None


def _reads(name: str, data: bytes) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _odd_cells(text: str) -> set[str]:
    """The different cells of a decoded text that are not ASCII."""
    return {cell for cell in _CELLS.split(text) if cell.strip() and not cell.isascii()}


def _words(cells: set[str]) -> int:
    """How many are known words of headers."""
    return sum(plain(cell) in _known() or guess_words.bare(cell) in _known() for cell in cells)


def _points(cells: set[str], words: int) -> int:
    """How much sense the cells of a decoded text make, `words` of them known."""
    odd = "\n".join(sorted(cells))
    points = sum(weight * len(re.findall(sign, odd)) for sign, weight in _SIGNS)
    if not re.search(_JAPANESE, odd):
        points += _STOP * len(_STOPS.findall(odd))
    # The small form of `İ` is two signs.
    letters = set("".join(_LETTERS.findall(odd)).replace("İ", "ı").lower())
    stray = min(len(letters - alphabet) for alphabet in _ALPHABETS)
    return points + _STRAY * stray + _WORD * words
