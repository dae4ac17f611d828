"""Amounts of an unknown statement that are not booked yet, in columns of their own."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconcile.readers import guess_values, guess_words
from reconcile.readers.guess_table import Columns, in_use

# The field that an amount held back is remembered by, beside that of the amount itself.
HELD = "held_amount"
_MOST = 0.6


def with_held(
    header: Sequence[str], body: pd.DataFrame, columns: Mapping[str, list[int]]
) -> Columns:
    """The columns, the amount also taken from where it is held back, as long as no row has both."""
    out = dict(columns)
    if "amount" not in out:
        return out
    taken = in_use(out)
    booked = body[out["amount"][0]].str.strip().ne("")
    for at, cell in enumerate(header[: body.shape[1]]):
        if at in taken or not guess_words.pattern("holds", "amount").search(guess_words.bare(cell)):
            continue
        held = body[at].str.strip().ne("")
        if (held & booked).any() or guess_values.looks_like_money(body[at]) < _MOST:
            continue
        out["amount"], out[HELD] = [*out["amount"], at], [at]
        beside = at + 1
        code = out.get("currency", [])
        own = code == [columns["amount"][0] + 1] and beside < body.shape[1] and beside not in taken
        if own and guess_values.looks_like_currency(body[beside]) >= _MOST:
            # Each of the two amounts has its currency behind it.
            out["currency"] = [*code, beside]
        return out
    return out


def with_open(
    header: Sequence[str], body: pd.DataFrame, columns: Mapping[str, list[int]]
) -> Columns:
    """The columns, where the amount taken is the confirmed one and rows have none yet: what stands
    in the column of what was asked for, in blank cells or, where they have zeros, in all rows.
    """
    out = dict(columns)
    if len(out.get("amount", [])) != 1 or not header:
        return out
    (own,) = out["amount"]
    settled = guess_words.pattern("headings", "confirmed")
    if not settled.search(guess_words.bare(header[own])):
        return out
    mine, taken = _filled(body, own), in_use(out)
    for at, cell in enumerate(header[: body.shape[1]]):
        if at in taken or not _names_amount(cell) or settled.search(guess_words.bare(cell)):
            continue
        theirs = _filled(body, at)
        lacks = theirs & ~mine
        if not lacks.any() or guess_values.looks_like_money(body[at]) < _MOST:
            continue
        if body[own][lacks].str.strip().eq("").all():
            out["amount"] = [own, at]
        elif not (mine & ~theirs).any():
            out["amount"] = [at]
        return out
    return out


def _filled(body: pd.DataFrame, at: int) -> pd.Series:
    """Rows with an amount that is not zero."""
    return body[at].str.contains("[1-9]", regex=True)


def _names_amount(cell: str) -> bool:
    """Whether a header cell names the amount of a movement, not abroad, of points or of fees."""
    word = guess_words.bare(cell)
    apart = guess_words.pattern("apart", "amount").search(word) is not None
    if apart or guess_words.names_foreign(cell) or guess_words.names_abroad(cell):
        return False
    named = guess_words.pattern("parts", "amount").search(word) is not None
    return named or "amount" in guess_words.meanings(cell)
