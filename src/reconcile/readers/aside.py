"""Lines of an unknown statement that are no rows: what it says above its rows, and its legal notes
and sums.

Only lines before the first transaction and behind the last one are looked at, and only lines that
have nothing of one: a row that lost some of its cells has to be reported, and so has a merchant.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import merchants
from reconcile.distinct import distinct
from reconcile.layout import Layout
from reconcile.money import CURRENCIES, parse_unique
from reconcile.readers import fields, guess_words
from reconcile.readers.rows import TRANSACTION, Roles, standing
from reconcile.readers.shapes import DAY, EMPTY, NUMBER, TEXT, shapes

_Bools = npt.NDArray[np.bool_]
_DATES = ("transaction_date", "posted_date")
_MONEY = ("amount", "debit", "credit")
# A name and its value stand above the rows of a statement; no row has so few cells.
_NAMED, _FEWEST = 2, 4
# Lines above the rows; further down something else is wrong.
_ABOVE = 80
# A sentence has so many words and signs; no description that stands alone has so many more.
_WORDS, _SIGNS, _LONG = 6, 40, 60
_WORD, _END = r"[^\W\d_]{2,}", r"[.!。]\W*$"
# What notes begin with in their one cell: `※`, `注)`, `# `, `** `; and a rule across the page.
_NOTE = r"^\s*(?:※|注(?:意|記|\d)?[)）:：]|[*＊#]{1,3}\s|[-=_*]{5,}\s*$)"
# A sum of fewer rows may be one of them.
_SUMMED = 3
_CENTS = r"\d[.,]\d{2}\D{0,4}$"


def name(
    cells: pd.DataFrame, positions: Mapping[str, Sequence[int]], layout: Layout, roles: Roles
) -> None:
    """Give the lines above and below the transactions that are none their roles."""
    _other_table(cells, roles)
    rows = np.flatnonzero(roles.are(TRANSACTION))
    lost = np.flatnonzero(roles.are("") & ~roles.above)
    if not len(rows) or not len(lost):
        return
    above, below = lost[(lost < rows[0]) & (lost < _ABOVE)], lost[lost > rows[-1]]
    # Of a header in words that are not known nobody can say where it stands; below one that is
    # known a row may have lost cells.
    headless = any(note.code == "guess.contents" for note in layout.assumed)
    if len(above) and headless:
        filled = (cells.iloc[rows[:_ABOVE]].map(str.strip) != "").sum(axis=1).min()
        roles.give(above[_said_above(cells.iloc[above], positions, layout, filled)], "preamble")
    if len(below):
        roles.give(below[_sums(cells, positions, layout, rows, below)], "total")
        below = below[roles.are("")[below]]
    if len(below):
        after_blank = roles.are("blank")[below - 1]
        roles.give(below[_sentences(cells.iloc[below], positions, layout, after_blank)], "footer")


def currencies(cells: pd.DataFrame, billing: pd.Series) -> pd.Series:
    """The billing currency of each row, where lines above blocks of rows name different ones."""
    codes, firsts = distinct(cells[0])
    word = guess_words.pattern("accounts", "currency_word")
    lines = np.flatnonzero(firsts.str.contains(word, regex=True).to_numpy(np.bool_)[codes])
    texts = cells.iloc[lines].agg("|".join, axis=1).astype("str") if len(lines) else firsts[:0]
    named = texts.str.extract(guess_words.pattern("accounts", "currency"))["currency"].str.upper()
    told = [
        (int(row), str(code)) for row, code in zip(lines, named, strict=True) if code in CURRENCIES
    ]
    if len({code for _, code in told}) < 2:
        return billing
    return pd.Series(standing(told, cells.index), billing.index, dtype="str")


def _other_table(cells: pd.DataFrame, roles: Roles) -> None:
    """Report rows of a table with a header of its own, above the one that is read: pending ones, or
    those of another country.
    """
    lines = np.flatnonzero(roles.are("preamble")[:_ABOVE])
    texts = cells.iloc[lines].astype(object).to_numpy().tolist()
    heads = [_names_a_table(row) for row in texts]
    below = lines[np.cumsum(heads) > 0]
    if not len(below):
        return
    shape = np.array([shapes(cells.iloc[below][at]) for at in cells])
    priced = np.all([(shape == kind).any(axis=0) for kind in (DAY, NUMBER, TEXT)], axis=0)
    roles.give(below[priced], "")
    roles.above[below[priced]] = True


def _names_a_table(row: Sequence[str]) -> bool:
    """Whether a line names what movements have: a day, a text and an amount."""
    found = {field for cell in row for field in guess_words.meanings(cell)}
    return all(found & set(some) for some in (_DATES, ("description",), _MONEY))


def _said_above(
    cells: pd.DataFrame, positions: Mapping[str, Sequence[int]], layout: Layout, filled: int
) -> _Bools:
    """Lines without a day, an amount or anything like it, but for a name with its value; with fewer
    cells than the `filled` of each row, and no merchant.
    """
    shape = np.array([shapes(cells[at]) for at in cells])
    named = (shape != EMPTY).sum(axis=0) <= _NAMED
    named &= cells.shape[1] >= _FEWEST
    cents = np.array([cells[at].str.contains(_CENTS, regex=True) for at in cells], np.bool_)
    alike = (cents & (shape == NUMBER)).any(axis=0) | ((shape == DAY).any(axis=0) & ~named)
    alike |= _row_like(cells, positions, layout)
    labelled = named & cells[cells.columns[0]].str.contains(r"[:：]\s*$", regex=True)
    texts = cells.agg(" ".join, axis=1).astype("str")
    shop = merchants.match(texts)["merchant"].notna().to_numpy(np.bool_)
    whole = (shape != EMPTY).sum(axis=0) >= filled
    return np.asarray((~alike | labelled) & ~shop & ~whole, np.bool_)


def _row_like(
    cells: pd.DataFrame, positions: Mapping[str, Sequence[int]], layout: Layout
) -> _Bools:
    """Lines with a day or an amount where the rows have theirs."""
    out = np.zeros(len(cells), np.bool_)
    for field in _DATES:
        for at in positions.get(field, []):
            out |= fields.dates(cells[at], layout.dates).notna().to_numpy(np.bool_)
    for field in _MONEY:
        for at in positions.get(field, []):
            out |= parse_unique(cells[at].astype("str"), 3, layout.decimal, layout.group)[1]
    return out


def _sums(
    cells: pd.DataFrame,
    positions: Mapping[str, Sequence[int]],
    layout: Layout,
    rows: npt.NDArray[np.int64],
    below: npt.NDArray[np.int64],
) -> _Bools:
    """Lines without a day whose every amount is what the rows come to, or those of one sign; their
    words are those of a sum, or they have none. A fee may come to it by chance."""
    lines = cells.iloc[below]
    hit, other = np.zeros((2, len(below)), np.bool_)
    if len(rows) < _SUMMED:
        return hit
    for field in _MONEY:
        for at in positions.get(field, [])[:1]:
            texts = cells[at].astype("str")
            value, good = parse_unique(texts, 3, layout.decimal, layout.group)
            mine = value[rows][good[rows]]
            told = np.isin(value[below], [mine.sum(), mine[mine > 0].sum(), mine[mine < 0].sum()])
            hit |= good[below] & told
            other |= (good[below] & ~told) | (~good[below] & lines[at].str.strip().ne(""))
    for field in _DATES:
        for at in positions.get(field, []):
            other |= fields.dates(lines[at], layout.dates).notna().to_numpy(np.bool_)
    texts = lines.agg(" ".join, axis=1).astype("str")
    other |= merchants.match(texts)["merchant"].notna().to_numpy(np.bool_)
    priced = {at for field in (*_MONEY, "currency") for at in positions.get(field, [])[:1]}
    said = lines[[at for at in cells if at not in priced]].agg(" ".join, axis=1).astype("str")
    other |= said.str.contains(r"[^\W\d_]", regex=True) & ~said.str.contains(
        guess_words.pattern("rows", "sum").pattern, regex=True
    )
    return np.asarray(hit & ~other, np.bool_)


def _sentences(
    cells: pd.DataFrame,
    positions: Mapping[str, Sequence[int]],
    layout: Layout,
    after_blank: _Bools,
) -> _Bools:
    """Lines of words alone that are sentences, and what stands in one cell behind such a line.

    A line right behind the rows could be a description that lost its row, unless it ends as a
    sentence does, is longer than any or begins as notes do. A line that names a merchant is never
    passed over.
    """
    shape = np.array([shapes(cells[at]) for at in cells])
    texts = cells.agg(" ".join, axis=1).astype("str").str.strip()
    words = ~np.isin(shape, (DAY, NUMBER)).any(axis=0) & (shape == TEXT).any(axis=0)
    words &= ~_row_like(cells, positions, layout)
    words &= merchants.match(texts)["merchant"].isna().to_numpy(np.bool_)
    single, size = (shape != EMPTY).sum(axis=0) == 1, texts.str.len().to_numpy()
    ended = texts.str.contains(_END, regex=True).to_numpy(np.bool_)
    sentence = words & (texts.str.count(_WORD).to_numpy() >= _WORDS) & (size >= _SIGNS)
    sentence &= ended | after_blank | (single & (size >= _LONG))
    sentence |= words & single & texts.str.contains(_NOTE, regex=True).to_numpy(np.bool_)
    return np.asarray(sentence | words & single & np.maximum.accumulate(sentence), np.bool_)
