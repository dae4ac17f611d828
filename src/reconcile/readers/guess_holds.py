"""Amounts that an unknown statement holds back, in a column of their own until they are booked."""

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
