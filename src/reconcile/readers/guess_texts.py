"""Columns of words in an unknown statement: which say where the money went."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import merchants, money
from reconcile.readers import fields, guess_values, guess_words
from reconcile.readers.guess_table import title

# Share of a column's cells that must be what it is taken for.
_MOST = 0.6
# Share of a card's purchases that are made abroad, at most.
_ABROAD = 0.5
_PRICED = r"^(?:\d[\d.,]*\s?/?\s?|(?=[A-Z]{3} ?\d))([A-Z]{3})(?![A-Za-z])"
# What numbers of transactions look like, and how much less a column of them tells than words.
_NUMBER, _NUMBERED = r"(?=\S*\d)[\w-]{4,}", 100
# A column has words if so many of its cells do.
_SOME = 0.3


def abroad(body: pd.DataFrame, taken: set[int]) -> list[int]:
    """Columns that hold nothing but amounts with the code of their currency, and what else is said
    of purchases abroad, in a few rows."""
    out = []
    for at in range(body.shape[1]):
        full = fields.filled(body[at])
        if at not in taken and 0 < len(full) <= _ABROAD * len(body):
            codes = full.str.extract(_PRICED)[0]
            if codes.isin(money.CURRENCIES).all():
                out.append(at)
    return out


def telling_first(body: pd.DataFrame, columns: list[int]) -> list[int]:
    """Text columns in their order, those that repeat themselves far more (types) at the end."""
    distinct = {at: body[at].nunique() for at in columns}
    most = max(distinct.values())
    return sorted(columns, key=lambda at: 2 * distinct[at] < most)


def shops_first(
    titles: Sequence[str],
    body: pd.DataFrame,
    columns: list[int],
    taken: set[int],
    types: Sequence[int],
) -> list[int]:
    """The text columns, led by one with which they name more known merchants than now.

    Banks print the shop beside a constant text, the kind of payment or the name of the account,
    and in a column that may be called anything, or of a refund in another one than of a purchase;
    what the user noted is no descriptor. A column of `types` may be named after who carries out
    payments (`Alipay`), and leads only where it says more than the texts, and hides no merchant.
    """
    said = body[columns[0]].astype(object)
    for at in columns[1:]:
        said = said.where(said.str.strip().ne(""), body[at].astype(object))
    known = _known(said)
    most, best = int(known.sum()), None
    for at in range(body.shape[1]):
        noted = guess_words.names_notes(title(titles, at))
        if at not in taken and at != columns[0] and not noted and is_text(body[at]):
            own = body[at].astype(object)
            found = _known(own.where(own.str.strip().ne(""), said))
            if at in types and (own.nunique() <= said.nunique() or (known & ~found).any()):
                continue
            if found.sum() > most:
                most, best = int(found.sum()), at
    return columns if best is None else [best, *(at for at in columns if at != best)]


def filled_up(body: pd.DataFrame, columns: list[int], taken: set[int]) -> list[int]:
    """The text columns and, where they leave rows without any, one more column of words."""
    if (body[columns].map(str.strip) != "").any(axis=1).all():
        return columns
    more = longest_text(body, taken | set(columns))
    return [*columns, more] if more is not None and is_text(body[more]) else columns


def _known(texts: pd.Series) -> npt.NDArray[np.bool_]:
    """Which texts name a known merchant."""
    return merchants.match(texts.astype("str"))["merchant"].notna().to_numpy(np.bool_)


def is_text(texts: pd.Series) -> bool:
    """Whether a column's cells are words, neither dates nor amounts nor currencies."""
    full = texts[texts.str.strip().ne("")]
    return bool(
        full.str.contains(r"[^\W\d_]", regex=True).mean() > _SOME
        and guess_values.looks_like_dates(full) < _MOST
        and guess_values.looks_like_money(full, decimals=True) < _MOST
        and guess_values.looks_like_currency(full) < _MOST
    )


def longest_text(body: pd.DataFrame, taken: set[int]) -> int | None:
    """Of the columns not taken, the one with the longest words that differ most from row to row."""

    def says(column: int) -> float:
        letters = body[column].str.replace(r"[\W\d_]+", "", regex=True).str.len().mean()
        told = min(float(letters or 0.0), 12.0) * (body[column].nunique() / len(body)) ** 2
        # Numbers of transactions may hold letters, and differ in every row.
        return told / _NUMBERED if body[column].str.fullmatch(_NUMBER).mean() > _MOST else told

    open_ = {n: says(n) for n in range(body.shape[1]) if n not in taken} if len(body) else {}
    best = max(open_, key=lambda n: open_[n], default=None)
    return best if best is not None and open_[best] > 0 else None
