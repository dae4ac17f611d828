"""Days as people and banks write them, made the texts that date formats know.

`3. 10. 2025.`, `29 de septiembre de 2025`, `2025년 10월 3일` and `'01/10` become `3.10.2025`,
`29 Sep 2025`, `2025.10.3` and `01/10`. English names of months stay as they are: formats know them.
Weekdays go (`weekdays.py`), and years of Japanese eras become common ones (`eras.py`).
"""

import re
from collections.abc import Sequence
from functools import cache

import pandas as pd

from reconcile.readers import eras, weekdays

# By month, in the languages of statements: German, French, Spanish, Italian, Portuguese, Dutch,
# the Scandinavian ones, Polish, Czech, Romanian, Turkish, Indonesian, Russian and Greek.
_NAMES = {
    "Jan": "januar jänner jän jaenner janvier janv enero ene gennaio genn gen janeiro januari "
    "stycznia styczeń sty ledna leden led ianuarie ian ocak oca января январь янв ιανουαρίου ιαν",
    "Feb": "februar feber février fevrier févr fevr fév fev febrero febbraio febbr fevereiro "
    "februari lutego luty lut února únor úno februarie şubat subat şub sub pebruari "
    "февраля февраль фев φεβρουαρίου φεβ",
    "Mar": "märz maerz mär mrz mars marzo março marco maart mrt marts marca marzec března březen "
    "bře martie mart maret марта март мар μαρτίου μαρ",
    "Apr": "avril avr abril abr aprile kwietnia kwiecień kwi dubna duben dub aprilie nisan nis "
    "апреля апрель апр απριλίου απρ",
    "May": "mai mayo maggio magg mag maio mei maj maja května květen kvě mayıs mayis мая май "
    "μαΐου μαΐ μαι μαϊ",
    "Jun": "juni juin junio giugno giu junho czerwca czerwiec cze června červen čvn iunie iun "
    "haziran haz июня июнь июн ιουνίου ιουν",
    "Jul": "juli juillet juil julio luglio lug julho lipca lipiec lip července červenec čvc iulie "
    "iul temmuz tem июля июль июл ιουλίου ιουλ",
    "Aug": "août aout aoû agosto ago augusti augustus sierpnia sierpień sie srpna srpen srp "
    "ağustos agustos ağu agu ags agustus августа август авг αυγούστου αυγ",
    "Sep": "sept septembre septiembre settembre sett set setembro września wrzesień wrz září zář "
    "septembrie eylül eylul eyl сентября сентябрь сен сент σεπτεμβρίου σεπ σεπτ",
    "Oct": "oktober okt octobre octubre ottobre ott outubro out października październik paź "
    "října říjen říj octombrie ekim eki октября октябрь окт οκτωβρίου οκτ",
    "Nov": "novembre noviembre novembro listopada listopad lis listopadu noiembrie noi kasım "
    "kasim kas nopember ноября ноябрь ноя нояб νοεμβρίου νοε",
    "Dec": "dezember dez décembre decembre déc diciembre dic dicembre dezembro desember des "
    "grudnia grudzień gru prosince prosinec pro decembrie aralık aralik ara декабря декабрь дек "
    "δεκεμβρίου δεκ",
}
_WORD = re.compile(r"[^\W\d_]{3,}")
_DIGIT = re.compile(r"\d")
# What only speech puts between the parts: `3rd`, `1er`, `3 de octubre de 2025`.
_ORDINAL = re.compile(r"(?i)(?<=\d)(?:st|nd|rd|th|er)\b")
_OF = re.compile(r"(?i)(?<=[\w.])\s+(?:de|del|of)\s+(?=\w)")
_SHORT_DOT = re.compile(r"(?<=[A-Za-z]{3})\.(?=[\s,/-])")
# Blanks beside the dots of a day, not the one before its time.
_BLANK = re.compile(r"(?<=\d)(?<![. ]\d{4})\s*\.\s*(?=\d+(?![\d:]))")
_TRAILING = re.compile(r"(?<=\d)\s*\.$")
# Signs of days that need no change, which tell most columns at once.
_PLAIN = re.compile(r"[-/:0-9\n]*")
# Days in Korean, and in Japanese with blanks; a year of which only the end is written.
_KOREAN = re.compile(r"(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일")
_PARTED = re.compile(r"(?<=\d{4}年)\s+(?=\d)|(?<=\d月)\s+(?=\d)|(?<=\d)\s+(?=[年月日])")
_CUT_YEAR = re.compile(r"(?<=[A-Za-z][\s-])['’](?=\d\d\b)")
# What a text must hold to be changed.
_ODD = re.compile(
    rf"(?m)년|\s[年月日]|[年月]\s|[\s-]['’]\d|"
    rf"[^\W\d_]{{3}}|\d\s+\.|\.\s|\.$|^'|^[^\W\d_]{{2}}[.,]* |{weekdays.HINT}|{eras.HINT}"
)


def tidied(unique: pd.Series) -> pd.Series:
    """Distinct texts in plain form, days among them as the formats of `tidied_form` expect them."""
    texts = unique.tolist()
    whole = "\n".join(texts)
    if _PLAIN.fullmatch(whole) or not _ODD.search(whole):
        return unique
    out = [text_tidied(text) if _ODD.search(text) else text for text in texts]
    return pd.Series(out, index=unique.index, dtype="str")


@cache
def tidied_form(form: str) -> str:
    """A date format for texts that are tidied."""
    form = re.sub(r"(?<=%[bB])\.", "", re.sub(r"^%[aA][.,]*\s+", "", form))
    return re.sub(r"\.$", "", re.sub(r"\.\s+(?=%[dmyY])", ".", form))


def tidied_forms(forms: Sequence[str]) -> tuple[str, ...]:
    """Date formats for texts that are tidied, each once."""
    return tuple(dict.fromkeys(map(tidied_form, forms)))


def text_tidied(text: str) -> str:
    """One text as `tidied` makes it."""
    text = text.lstrip("'")
    if not _DIGIT.search(text):
        return text
    text = _PARTED.sub("", _KOREAN.sub(r"\1.\2.\3", text))
    text = _CUT_YEAR.sub("", eras.common(weekdays.without(text)))
    if _WORD.search(text):
        text = _OF.sub(" ", _ORDINAL.sub("", text))
        text = _SHORT_DOT.sub("", _WORD.sub(_english, text))
    return _TRAILING.sub("", _BLANK.sub(".", text))


def _english(found: re.Match[str]) -> str:
    # The small form of `İ` is two signs.
    word = found[0].replace("İ", "i").lower()
    return _months().get(word, found[0])


@cache
def _months() -> dict[str, str]:
    return {name: month for month, names in _NAMES.items() for name in names.split()}
