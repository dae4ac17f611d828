"""Names of weekdays beside a day, in the languages of statements: taken away, as they tell nothing.

`2025/06/28(土)`, `Mo., 12.05.2025`, `Saturday, 10 May 2025` and `28/06/2025 sáb` lose them.
"""

import re

# English, German, French, Spanish, Italian, Portuguese, Dutch, the Scandinavian languages, Finnish,
# Polish, Czech and Slovak, Hungarian, Romanian, Croatian, Turkish, Indonesian, Russian, Ukrainian
# and Greek.
_NAMES = """
mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat saturday sun
sunday mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag
lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche lunes martes mié mie
miércoles miercoles jue jueves vie viernes sáb sab sábado sabado dom domingo lunedì lunedi martedì
martedi mercoledì mercoledi gio giovedì giovedi venerdì venerdi sabato domenica seg segunda
segunda-feira ter terça terça-feira qua quarta quarta-feira qui quinta quinta-feira sex sexta
sexta-feira ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag mån måndag tis
tisdag ons onsdag tors torsdag tor fre fredag lör lördag sön söndag man mandag tir tirsdag lør
lørdag søn søndag maanantai ti tiistai ke keskiviikko to torstai pe perjantai la lauantai su
sunnuntai pon pn poniedziałek wt wtorek śr środa czw czwartek pt pią piątek sob sobota ndz nd
niedziela po pondělí út úterý st středa čt čtvrtek pá pátek so ne neděle pondelok ut utorok streda
št štvrtok pi piatok nedeľa hétfő kedd szerda csütörtök péntek szombat vasárnap luni marți miercuri
joi vineri sâmbătă duminică pet petak sri srijeda čet četvrtak uto nedjelja pzt pazartesi sal salı
çar çarşamba per perşembe cum cuma cmt cumartesi paz pazar sen senin sel selasa rab rabu kam kamis
jum jumat min minggu пн понедельник вт вторник ср среда чт четверг пт пятница сб суббота вс
воскресенье понеділок вівторок середа пʼятниця субота нд неділя δευ δευτέρα τρι τρίτη τετ τετάρτη
πεμ πέμπτη παρ παρασκευή σαβ σάββατο κυρ κυριακή
""".split()
_EAST = (
    r"[月火水木金土日](?:曜日?)?|(?:周|週|星期|礼拜|禮拜)?[一二三四五六日天]"
    r"|[월화수목금토일](?:요일)?"
)
_KNOWN = frozenset(_NAMES)
_EASTERN = re.compile(_EAST)
# A word that may be such a name; whether it is one tells `_is_name`, quicker than a pattern of all.
_WORD = r"(?P<name>[^\W\d_](?:[\w-]*[^\W\d_])?)\.?"
# Behind or before a day, in brackets.
_BRACKETED = re.compile(rf"(?<!\s)\s*[(\[]\s*{_WORD}\s*[)\]],?")
# Before a day that is whole without it: `mar` may be a month, too.
_BEFORE = re.compile(
    rf"^{_WORD},?\s+(?=\d{{1,2}}[-/.]\s?(?:\d{{1,2}}|[^\W\d_]{{3}})(?!\d)"
    r"|\d{1,2}\.?\s+(?:[Dd][Ee] )?[^\W\d_]{3}|\d{4}[-/.年]\s?\d|\d{1,2}月"
    r"|[^\W\d_]{3,9}\.? \d{1,2}(?!\d))"
)
# Behind one, whose month is told already.
_BEHIND = re.compile(
    rf"(?P<day>[-/.] ?\d{{1,4}}\.?|\d{{4}}|日)(?:,\s*|\s+){_WORD}(?=$|,?\s+\d{{1,2}}[:.]\d)"
)
# What a text must hold to name one.
HINT = rf"[(\[]\s*[^\W\d_]|\s(?:{_EAST})(?:\s|$)|日\s*[^\s\d]"


def without(text: str) -> str:
    """A text with a day, without the weekday beside it."""
    if "(" in text or "[" in text:
        text = _BRACKETED.sub(_left, text)
    return _BEHIND.sub(_left, text) if text[:1].isdigit() else _BEFORE.sub(_left, text)


def _left(found: re.Match[str]) -> str:
    """What of the text found stays: all of it where its word is no weekday."""
    if found["name"].lower() not in _KNOWN and not _EASTERN.fullmatch(found["name"]):
        return found[0]
    return found.groupdict().get("day") or ""
