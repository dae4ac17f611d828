"""A column that says of every row on which side it stands (`D`, `Af`, `credit`)."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers import fields, guess_words
from reconcile.readers.guess_table import title
from reconcile.readers.text import has_digit

# Share of a column's cells that must be such words, and of those that must be one side's.
_ALL, _MOST = 0.98, 0.6


def direction(header: Sequence[str], body: pd.DataFrame, taken: set[int]) -> int | None:
    """The column of sides: all its words are known or, where its name says what it is, one of two.

    Banks that print one side alone leave the cells of the other empty.
    """
    for position in range(body.shape[1]):
        name = title(header, position)
        if position in taken or guess_words.names_a_card(name):
            continue
        texts = fields.folded(body[position])
        named = guess_words.names_sides(name)
        out, in_ = _words(texts, name) if named else _known()
        told_in, filled = texts.str.fullmatch(in_), texts.ne("")
        sided = told_in | texts.str.fullmatch(out)
        every = sided | texts.str.fullmatch(_pattern("neither")) | ~filled
        # A letter alone, beside blanks, may stand for anything: cleared, checked, contactless.
        alone = not named and not (sided & ~told_in).any()
        long = texts[told_in].str.len().gt(1)
        if alone and not long.all():
            continue
        if told_in.any() and every.mean() >= _ALL and sided[filled].mean() >= _MOST:
            return position
    return None


def unknown(header: Sequence[str], body: pd.DataFrame) -> tuple[str, list[str]] | None:
    """A column that is named for sides, and its two words, where neither is known."""
    for position, name in enumerate(header[: body.shape[1]]):
        if guess_words.names_sides(name):
            texts = fields.folded(body[position])
            words = _values(texts)
            sides = [word for word in words if any(re.fullmatch(one, word) for one in _known())]
            if len(words) == 2 and not sides and not has_digit(words):
                return guess_words.shown(name), [guess_words.shown(word) for word in words]
    return None


def money_in(texts: pd.Series, name: str) -> re.Pattern[str]:
    """What a column of sides, under this name, says where money came in."""
    return re.compile(_words(texts, name)[1])


def stated(texts: pd.Series, name: str) -> npt.NDArray[np.int8]:
    """What a column of sides says of each row: 1 money out, -1 money in, 0 nothing."""
    out, in_ = (texts.str.fullmatch(each).to_numpy(np.bool_) for each in _words(texts, name))
    return np.where(in_, -1, np.where(out, 1, 0)).astype(np.int8)


def _words(texts: pd.Series, name: str) -> tuple[str, str]:
    """Patterns of money out and in; of two words one that is not known is the other's opposite.

    Letters are those that the name begins its sides with: `C` and `A` of `Cargo/Abono`.
    """
    out, in_ = _known()
    letters = guess_words.initials(name)
    if letters is not None and set(_values(texts.str.upper())) == set(letters):
        return f"(?i)^{re.escape(letters[0])}$", f"(?i)^{re.escape(letters[1])}$"
    in_ = f"{in_}|{_pattern('topup').removeprefix('(?i)')}"
    words = _values(texts)
    is_out = [word for word in words if re.fullmatch(out, word)]
    is_in = [word for word in words if re.fullmatch(in_, word)]
    if len(words) == 2 and len(is_out) + len(is_in) == 1:
        (other,) = set(words) - {*is_out, *is_in}
        own = f"^{re.escape(other)}$"
        return (out, own) if is_out else (own, in_)
    return out, in_


def _values(texts: pd.Series) -> list[str]:
    words = texts[texts.ne("")].unique().tolist()
    return [word for word in words if not re.fullmatch(_pattern("neither"), word)]


def _known() -> tuple[str, str]:
    return _pattern("debit"), _pattern("credit")


def _pattern(name: str) -> str:
    return guess_words.pattern("direction", name).pattern
