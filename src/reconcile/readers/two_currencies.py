"""A column of amounts for each of two currencies, as South American cards print them: joined.

`Pesos` and `Dólares`, of which each row has one, become one column of amounts and one of their
currencies.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from reconcile.readers import guess_currency, guess_values, guess_words
from reconcile.readers.text import RawTable, with_columns

# Share of the rows below the header that have an amount in one of the columns; none but a sum has
# two.
_MOST = 0.9
# Rows that state a sum, one for each card and one for all.
_SUMS = 20
# A currency that is called by a name of its own, and not after a country.
_DOLLAR = re.compile(r"(?i)d[oó]lar|\bu\$s\b|美元|美金|ドル")


def joined(raw: RawTable) -> RawTable:
    """The table with such amounts in the first of their columns, and in the second the code of each
    one's currency, or nothing where its name may be of several; as it is without such columns.
    """
    named = ((number, row, _currencies(row)) for number, row in raw.headings())
    found = next((each for each in named if len(each[2]) == 2), None)
    if found is None:
        return raw
    number, row, (one, other) = found
    names = [row[at].strip() for at in (one, other)]
    if guess_words.is_money_out(*names) is not None or any(map(guess_words.names_back, names)):
        return raw
    codes = [_code(name) for name in names]
    body = raw.cells.iloc[number + 1 :]
    filled = [body[at].str.contains("[1-9]", regex=True).to_numpy(np.bool_) for at in (one, other)]
    money = all(guess_values.looks_like_money(body[at]) >= _MOST for at in (one, other))
    if codes[0] == codes[1] or not money or not all(map(np.any, filled)):
        return raw
    used = (body != "").any(axis=1).to_numpy(np.bool_)
    both = filled[0] & filled[1]
    if not _only_sums(body[both]) or (filled[0] | filled[1])[used].mean() < _MOST:
        return raw
    filled = [filled[0], filled[1] & ~both]
    amounts = np.where(filled[1], body[other], body[one])
    title = f"amount ({one + 1}, {other + 1})"
    columns = {one: (title, amounts), other: ("currency", np.select(filled, codes, ""))}
    return with_columns(raw, number, columns)


def _only_sums(rows: pd.DataFrame) -> bool:
    """Whether rows with an amount in either currency are a few without a day: no movements."""
    return len(rows) <= _SUMS and not any(
        guess_values.holds_date(rows.iloc[number]) for number in range(len(rows))
    )


def _currencies(header: Sequence[str]) -> list[int]:
    """The cells of a header that name currencies."""
    return [
        at
        for at, cell in enumerate(header)
        if guess_currency.named([cell]) or guess_words.names_a_currency(cell)
    ]


def _code(name: str) -> str:
    """The one currency that a column's name can be of; empty where it may be several."""
    found = guess_currency.named([name])
    return found[0] if len(found) == 1 else "USD" if _DOLLAR.search(name) else ""
