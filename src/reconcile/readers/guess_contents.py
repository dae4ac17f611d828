"""Which column of a statement without a header that is understood holds what, by its contents."""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.money import fold
from reconcile.readers import (
    balance,
    fields,
    guess_dates,
    guess_sides,
    guess_texts,
    guess_values,
    notation,
)
from reconcile.readers.guess_table import Columns, in_use
from reconcile.readers.notation import Money, Rows, Units
from reconcile.readers.text import has_digit

_MOST = 0.6
_NEARLY_ALL = 0.8
# Steps of fewer rows fit a balance by chance.
_FEW = 4
# Rows looked at to tell columns; formats and signs are settled from all rows.
_SAMPLE = 1000
# Of more columns of amounts than any bank has, the first may be money out and in: to try all pairs
# beside every balance would take minutes.
_SIDED = 12
_NUMBER = re.compile(r"\d{8,}|[A-Z]{2}\d{2}[A-Z\d]{8,30}")


def by_contents(
    cells: pd.DataFrame, hints: Mapping[int, frozenset[str]] | None = None
) -> Columns | None:
    """Columns by field of a file without a header; None where dates, amounts or texts lack.

    `hints` are what words over the columns may mean, where they do not make a whole header.
    """
    body = cells.head(_SAMPLE)
    if len(body) and not has_digit(body.iloc[0]):
        # A header in words that are not known must not speak against its own columns.
        body = body.iloc[1:]
    body = body[(body.map(str.strip) != "").sum(axis=1) >= 3]
    if not len(body):
        return None
    dates = [
        n
        for n in range(body.shape[1])
        if _full(body, n) >= _MOST and guess_values.looks_like_dates(body[n]) >= _MOST
    ]
    priced = _priced(body, dates) or _priced(body, dates, grouped=True) or _proved(body, dates)
    if not dates or all("balance" in (hints or {}).get(n, ()) for n in priced):
        return None
    # From here on without a header whose words are not known.
    body = body[_dated(body[dates[0]])]
    text = guess_texts.longest_text(body, {*dates, *priced})
    if text is None:
        return None
    out: Columns = {"transaction_date": dates[:1], "description": [text]}
    if len(dates) > 1:
        out.update(_two_dates(body, dates))
    out.update(_money_columns(body, priced, hints or {}, guess_dates.oldest_first(body[dates[0]])))
    taken = {*dates, *priced, text}
    direction = guess_sides.direction((), body, taken)
    if direction is not None and "amount" in out:
        out["direction"] = [direction]
    codes = [
        n
        for n in range(body.shape[1])
        if n not in taken
        and _full(body, n) >= _MOST
        and guess_values.looks_like_currency(body[n]) >= _NEARLY_ALL
    ]
    if codes:
        out["currency"] = codes[-1:]
    numbers = [n for n in range(body.shape[1]) if n not in taken and _is_account(body[n])]
    if numbers:
        out["account"] = numbers[:1]
    out["description"] = guess_texts.filled_up(body, out["description"], in_use(out))
    return out


def _priced(body: pd.DataFrame, dates: list[int], *, grouped: bool = False) -> list[int]:
    """Columns of amounts; without cents anywhere such as are parted in threes (`grouped`)."""
    return [
        n
        for n in range(body.shape[1])
        if n not in dates
        and guess_values.looks_like_money(body[n], decimals=True, grouped=grouped) >= _MOST
    ]


def _proved(body: pd.DataFrame, dates: list[int]) -> list[int]:
    """Columns of mere numbers where a running balance proves that they are amounts, as yen are."""
    numbers = [
        n
        for n in range(body.shape[1])
        if n not in dates and guess_values.looks_like_money(body[n]) >= _MOST
    ]
    if len(body) < _FEW or not numbers:
        return []
    share, _ = _by_balance(body, numbers, None)
    return numbers if share > _NEARLY_ALL else []


def _is_account(texts: pd.Series) -> bool:
    """Whether a column holds masked card numbers, or one long number or IBAN in all rows."""
    if texts.str.fullmatch(r"\s*\d{4,6}[ \d]*[*xX•.]{4,}[ *xX•]*\d{4}\s*").mean() > _MOST:
        return True
    one = texts.str.strip().unique()
    return len(texts) > 1 and len(one) == 1 and _NUMBER.fullmatch(one[0]) is not None


def _dated(texts: pd.Series) -> npt.NDArray[np.bool_]:
    """Rows with a digit where the days stand."""
    return texts.str.contains(r"\d", regex=True).to_numpy(np.bool_)


def _full(body: pd.DataFrame, column: int) -> float:
    return float(body[column].str.strip().ne("").mean())


def _two_dates(body: pd.DataFrame, dates: list[int]) -> Columns:
    """Of two dates the earlier one is the day of use, as far as the rows tell."""
    first, second = (body[n].map(fold) for n in dates[:2])
    order = guess_values.date_order(first, second, month_first=False, year_first=False)
    one, other = fields.dates(first, order.formats), fields.dates(second, order.formats)
    if (one > other).sum() > (one < other).sum():
        return {"transaction_date": [dates[1]], "posted_date": [dates[0]]}
    return {"transaction_date": [dates[0]], "posted_date": [dates[1]]}


def _money_columns(
    body: pd.DataFrame, priced: list[int], hints: Mapping[int, frozenset[str]], rising: bool | None
) -> Columns:
    """Amount, or money out and money in, and the balance, by what the running balance proves.

    `rising` tells whether the rows stand from the oldest to the newest, None where nothing does.
    """
    _, best = _by_balance(body, priced, rising)
    if best:
        return best
    # What a word calls a balance is no amount, as long as there is another.
    priced = [n for n in priced if "balance" not in hints.get(n, ())] or priced
    empty = [n for n in priced if _full(body, n) < 1]
    if (
        len(empty) >= 2
        and (body[empty[0]].str.strip().eq("") ^ body[empty[1]].str.strip().eq("")).all()
    ):
        return {"debit": [empty[0]], "credit": [empty[1]]}
    return {"amount": [max(priced, key=lambda n: _full(body, n))]}


def _by_balance(
    body: pd.DataFrame, priced: list[int], rising: bool | None
) -> tuple[float, Columns]:
    """The columns of money whose running balance explains the largest share of the rows, if it is
    most of them, and that share."""
    decimal, _ = notation.decimal_sign(pd.concat([body[n] for n in priced]), notation.UNKNOWN)
    read = {n: notation.minor_units(body[n].map(fold), decimal) for n in priced}
    best: tuple[float, Columns] = (0.5, {})
    sided = priced[:_SIDED]
    for total in priced:
        money, good = notation.totals(body[total], decimal)
        for one in priced:
            if one == total:
                continue
            share = balance.explains(read[one][0], money, good & read[one][1])
            if share > best[0]:
                best = (share, {"amount": [one], "balance": [total]})
            for other in sided if one in sided else ():
                if other not in (one, total):
                    found = _sided(read[one], read[other], money, good, rising)
                    if found > best[0]:
                        best = (found, {"debit": [one], "credit": [other], "balance": [total]})
    return best


def _sided(out: Money, in_: Money, total: Units, good: Rows, rising: bool | None) -> float:
    """Share of the balance's steps that money out and money in explain with the right signs."""
    amount, known = notation.out_less_in(in_, out)
    told = balance.sides(amount, total, good & known, rising)
    steps = len(amount) - 1
    return float((told == np.sign(amount))[told != 0].sum()) / steps if steps > 0 else 0.0
