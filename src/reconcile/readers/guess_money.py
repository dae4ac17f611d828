"""Which of several columns of money is the billed amount, and which one is the merchant's."""

from collections.abc import Sequence

import pandas as pd

from reconcile.readers import (
    fields,
    guess_codes,
    guess_currency,
    guess_values,
    guess_words,
    notation,
)
from reconcile.readers.guess_table import Columns, in_use, title

_MOST = 0.6
# Share of the rows in which a column has to have an amount, or a currency, to be another of its
# kind.
_NEARLY_ALL = 0.95
# Share of the rows with an amount in another currency, at most.
_AT_HOME = 0.5
# Shorter headings of currencies (`Currency`, `Währung`) do not say whose it is.
_TELLING = 10
# Rates of a few months, and the rounding of small amounts, differ by no more.
_STEADY = 1.3


def settled(header: Sequence[str], body: pd.DataFrame, columns: Columns) -> Columns:
    """The columns, with the billed amount and the original one where they belong.

    A column with no amount but zeros is none. The amount beside the billing currency, or under a
    header that names one currency, is the billed one; that beside currencies that vary is the
    merchant's. Of two of one name the billed one is there in all rows.
    """
    out = dict(columns)
    if "amount" not in out:
        _beside_named_sides(header, body, out)
        guess_codes.merchants(body, out)
        guess_codes.lone(body, out)
        return out
    others = _others(header, body, out)
    amount = body[out["amount"][0]]
    if not guess_values.not_zero(amount).any() and others:
        full = [float(guess_values.not_zero(body[at]).mean()) for at in others]
        out["amount"] = [others[full.index(max(full))]]
        others = _others(header, body, out)
    if "original_amount" not in out or "original_currency" not in out:
        _by_currencies(header, body, out, others + out.get("original_amount", []))
    _billed_beside(header, body, out, others)
    _by_gaps(header, body, out, others)
    guess_codes.merchants(body, out)
    guess_codes.lone(body, out)
    return out


def _beside_named_sides(header: Sequence[str], body: pd.DataFrame, out: Columns) -> None:
    """Where the headers of money out and money in name one currency, a column that has another is
    the merchant's, and so is the amount beside it: `Whg`, `Betrag Detail`, `Belastung CHF`."""
    code = out.get("currency")
    own = guess_currency.named(title(header, out[name][0]) for name in ("debit", "credit"))
    if not code or len(own) != 1 or guess_values.currencies(body[code[0]]) <= set(own):
        return
    out.setdefault("original_currency", out.pop("currency"))
    beside = [at for at in _others(header, body, out) if abs(at - code[0]) == 1]
    if beside and "original_amount" not in out:
        out["original_amount"] = beside[:1]


def _billed_beside(
    header: Sequence[str], body: pd.DataFrame, out: Columns, others: list[int]
) -> None:
    """Take the amount that a heading calls billed where the one beside the currencies differs from
    it just where these do."""
    amount, code = out["amount"][0], out.get("currency")
    if not code or "original_amount" in out or guess_words.names_the_bill(title(header, amount)):
        return
    for at in others:
        if not guess_words.names_the_bill(title(header, at)):
            continue
        parts = {"original_amount": [amount], "original_currency": code}
        if guess_codes.home(body, {"amount": [at], **parts}, abroad=True):
            out.pop("currency")
            out.update({"amount": [at], **parts})
            return


def rivals(header: Sequence[str], body: pd.DataFrame, columns: Columns) -> list[int]:
    """Columns that may hold the billed amount as well as the one that was taken: they show the same
    in some rows and something else in others.
    """
    if "amount" not in columns or "original_amount" in columns:
        return []
    body = body[guess_values.not_zero(body[columns["amount"][0]])]
    mine = body[columns["amount"][0]].str.strip()
    out = []
    for at in _others(header, body, columns):
        same, full = body[at].str.strip() == mine, guess_values.not_zero(body[at])
        if full.mean() > _NEARLY_ALL and (same & full).any() and not same.all():
            out.append(at)
    return out


def _others(header: Sequence[str], body: pd.DataFrame, columns: Columns) -> list[int]:
    """Columns of money that have no other part: neither a balance nor a fee, reward or tax."""
    taken = in_use(columns)
    out = []
    for at in range(body.shape[1]):
        name = title(header, at)
        if at in taken or guess_words.names_apart(name) or "balance" in guess_words.meanings(name):
            continue
        if guess_values.looks_like_money(body[at], decimals=True) >= _MOST:
            out.append(at)
    return out


def _by_currencies(
    header: Sequence[str], body: pd.DataFrame, out: Columns, others: list[int]
) -> None:
    """Tell billed from original amount by the currency columns beside them and by the header."""
    columns = [at for name in ("currency", "original_currency") for at in out.get(name, [])]
    columns += [
        at
        for at in range(body.shape[1])
        if at not in in_use(out) and guess_values.looks_like_currency(body[at]) > _NEARLY_ALL
    ]
    amount = out["amount"][0]
    own = [at for at in (amount, *others) if at < len(header)]
    own = [at for at in own if len(guess_currency.named([header[at]])) == 1]
    whole = [at for at in columns if body[at].str.strip().ne("").all()]
    named = out.get("original_currency", [])
    fixed = [at for at in whole if at not in named and len(guess_values.currencies(body[at])) == 1]
    varied = [at for at in columns if at not in fixed]
    if len(varied) != 1:
        return
    beside = [at for at in (varied[0] - 1, varied[0] + 1) if at == amount or at in others]
    if fixed and beside:
        # Each amount has its currency, and only one of these is always the same.
        billed = [at for at in (amount, *others) if _names_it(title(header, fixed[0]), header, at)]
        near = (fixed[0] - 1, fixed[0] + 1)
        billed = billed or [at for at in near if at == amount or at in others]
        billed = [at for at in billed if at not in beside] or billed
        beside = [at for at in beside if at not in billed]
        if billed and beside:
            out["amount"], out["original_amount"] = billed[:1], beside[:1]
            out["currency"], out["original_currency"] = fixed[:1], varied
    elif own:
        # Under a header that names one currency stands the bill's, be it called the amount or not.
        amount = amount if amount in own else own[0]
        out["amount"] = [amount]
        foreign = [at for at in beside if at != amount]
        differs = [at for at in foreign if (body[at] != body[amount]).any()]
        out["original_currency"] = varied
        out.pop("currency", None)
        if foreign:
            out["original_amount"] = (differs or foreign)[:1]


def _names_it(currency: str, header: Sequence[str], at: int) -> bool:
    """Whether the heading of an amount repeats that of a currency: `Amount in account currency`."""
    word = guess_words.bare(currency)
    return len(word) >= _TELLING and word in guess_words.bare(title(header, at))


def _by_gaps(header: Sequence[str], body: pd.DataFrame, out: Columns, others: list[int]) -> None:
    """Of two amounts of which one is there wherever the other is, and in more rows, that one is the
    billed one, if the other is of purchases abroad, or has the same name.
    """
    amount, foreign = out["amount"][0], out.get("original_amount", [])
    if "balance" in out and not header:
        return  # without a header the balance is what told the amount
    mine = guess_values.not_zero(body[amount])
    for at in foreign or others:
        theirs = guess_values.not_zero(body[at])
        if (mine & ~theirs).any() or not (theirs & ~mine).any():
            continue
        if _is_abroad(header, body, out, at):
            out["amount"], out["original_amount"] = [at], [amount]
            return
        if not foreign and _alike(header, at, amount):
            out["amount"] = [at]
            return


def _is_abroad(header: Sequence[str], body: pd.DataFrame, out: Columns, other: int) -> bool:
    """Whether what was taken for the amount is that of purchases abroad, which `other` bills: it is
    converted from it, or called so, and neither a heading nor a currency says that it was billed.
    """
    amount = out["amount"][0]
    named = max(other, amount) < len(header)
    if "currency" in out or (named and guess_words.names_the_bill(header[amount])):
        return False
    mine = guess_values.not_zero(body[amount])
    # Most rows are of purchases at home; of those that are not billed yet there are few.
    if mine.mean() > _AT_HOME:
        return False
    return other in out.get("original_amount", []) or _converted(body[mine], amount, other)


def _alike(header: Sequence[str], one: int, other: int) -> bool:
    """Whether two columns have the same name, or not both have one."""
    return max(one, other) >= len(header) or guess_words.alike(header[one], header[other])


def _converted(body: pd.DataFrame, one: int, other: int) -> bool:
    """Whether the rate between two columns of amounts is about the same in several rows, and not
    one: half an amount is no amount in another currency.
    """
    texts = [fields.folded(body[at]) for at in (one, other)]
    decimal, _ = notation.decimal_sign(pd.concat(texts), "")
    (mine, known), (theirs, good) = (notation.minor_units(each, decimal) for each in texts)
    rows = known & good & (mine != 0)
    rate = theirs[rows] / mine[rows]
    if len(rate) < 2 or (rate == 1).all():
        return False
    return bool(rate.min() > 0 and rate.max() < _STEADY * rate.min())
