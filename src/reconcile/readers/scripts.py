"""Which of the scripts that are not Latin a text of one byte per letter is in.

Cyrillic, Greek, Hebrew and Arabic take the same bytes, so that each reads as a row of letters of
the others. How common these letters are tells which reading is a language.
"""

import math
import re
from collections.abc import Mapping

CYRILLIC, GREEK, HEBREW = "\u0400-\u04ff", "\u0370-\u03ff", "\u05d0-\u05ea"
ARABIC = "\u0621-\u064a"
# Points and accents that only scripture and school books write.
POINTS = "\u0591-\u05c7\u0384\u0385\u064b-\u0652"
# Letters from the commonest to the rarest; those that are not named are rarer still.
_RUSSIAN = "оаеинтсрвлкмдпуязыьбгчйіхжшюцїщєэфјъґё"
_COMMON = {
    "cp1251": _RUSSIAN,
    "koi8_r": _RUSSIAN,
    "cp1253": "αοιετσνηυρπκμλςίάωόέγδύχήθφβώξζψϊϋΐΰ",
    "cp1255": "יוהלארתבשמנםעדקחפכגסטזןצךףץ",
    "cp1256": "اليمنرتوبةعدسفهكقحجشأطصخضىذثإئزغءظؤآ",
}
_ALIKE, _RARE = 5, 500
_LETTER = re.compile(f"[{CYRILLIC}{GREEK}{HEBREW}{ARABIC}]")
# A small letter before a capital, and an accented one beside one of Arabic.
_BROKEN = re.compile(f"[а-џґά-ώ][А-ЯЃ-ЏΑ-Ω]|[{ARABIC}][à-ÿœ]|[à-ÿœ][{ARABIC}]")
# A final letter of Greek or Hebrew inside a word, and another one in its place.
_MISPLACED = re.compile("ς(?=[α-ώ])|σ(?![Ͱ-Ͽ])|[ךםןףץ](?=[א-ת])|[כנפצ](?![א-ת\"'׳״])")


def likeliest(name: str, texts: Mapping[str, str]) -> str:
    """Of the encodings of these scripts the one whose text has the commonest letters; `name`,
    the likeliest otherwise, where it is none of them.

    `texts` are those of the encodings that read the file.
    """
    if name not in _COMMON:
        return name
    costs = {
        other: _cost(texts[other], common) for other, common in _COMMON.items() if other in texts
    }
    return min(costs, key=lambda other: (costs[other], other != name))


def _cost(text: str, common: str) -> float:
    """How unlikely the letters are on the mean, and how many stand where none of their kind do."""
    letters = _LETTER.findall(text.lower())
    if not letters:
        return math.inf
    # Letters become rare about as fast as their rank grows, the first few being common alike.
    rank = {letter: number + _ALIKE for number, letter in enumerate(common)}
    whole = math.log(sum(1 / place for place in rank.values()))
    drawn = sum(math.log(rank.get(letter, _RARE)) + whole for letter in letters)
    odd = len(_BROKEN.findall(text)) + len(_MISPLACED.findall(text))
    odd += len(re.findall(f"[{POINTS}]", text))
    return (drawn + odd * math.log(_RARE)) / len(letters)
