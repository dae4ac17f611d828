"""Which of two dates in an unknown statement is the day of use: the earlier one, as rows tell."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconcile.money import fold
from reconcile.readers import balance, fields, guess_values, guess_words
from reconcile.readers.guess_table import Columns, in_use

# Share of the rows with two days in which one has to be the later.
_NEARLY_ALL = 0.8


def settled(
    body: pd.DataFrame,
    header: Sequence[str],
    columns: Mapping[str, list[int]],
    formats: Sequence[str],
) -> Columns:
    """The columns, with the earlier of two dates as the day of use.

    Banks call the day of booking by words that elsewhere name the day of use (`Data operacji`), and
    print the day of use as one of value or execution. Nothing is booked before it was done.
    """
    out = dict(columns)
    if "posted_date" not in out:
        return out
    posted = out["posted_date"]
    if "transaction_date" in out:
        if _later(body, out["transaction_date"], posted, formats):
            out["transaction_date"], out["posted_date"] = posted, out["transaction_date"]
        return out
    taken = in_use(out)
    for at, cell in enumerate(header[: body.shape[1]]):
        free = at not in taken and "posted_date" in guess_words.meanings(cell)
        if free and guess_values.looks_like_dates(body[at]) == 1:
            if _later(body, posted, [at], formats):
                return {**out, "transaction_date": [at]}
            if _later(body, [at], posted, formats):
                return {**out, "transaction_date": posted, "posted_date": [at]}
    return out


def oldest_first(texts: pd.Series) -> bool | None:
    """Whether days stand from the oldest to the newest; None where they do not tell it."""
    days = texts.map(fold)
    order = guess_values.date_order(days, days.iloc[:0], month_first=False, year_first=False)
    return balance.oldest_first(fields.dates(days, order.formats))


def _later(
    body: pd.DataFrame, one: Sequence[int], other: Sequence[int], formats: Sequence[str]
) -> bool:
    """Whether nearly all days of one column lie behind those of the other."""
    first, second = (fields.dates(body[where[0]], formats) for where in (one, other))
    both = first.notna() & second.notna()
    return bool(both.any() and (first > second)[both].mean() >= _NEARLY_ALL)
