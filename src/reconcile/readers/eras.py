"""Years of Japanese eras, as banks print them before a day: made common ones."""

import re

# In which common year the year before an era's first lies.
_BEFORE = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988}
# `令和7年5月8日` anywhere, `R07.05.08` and `R7/5/8` alone; the first year has a name of its own.
_YEAR = re.compile(
    r"(?i)(?P<era>令和|平成|(?<![^\W_])[RH](?=\d{1,2}[-./年]\s?\d{1,2}[-./月]\s?\d))"
    r"\s?(?P<year>\d{1,2}|元)(?=\s?[-./年])"
)
# What a text must hold to have one.
HINT = r"令和|平成|(?<![^\W_])[RHrh]\d{1,2}[-./年]"


def common(text: str) -> str:
    """A text with common years for those of Japanese eras."""
    return _YEAR.sub(_counted, text)


def _counted(found: re.Match[str]) -> str:
    number = 1 if found["year"] == "元" else int(found["year"])
    return str(_BEFORE[found["era"].lower()] + number)
