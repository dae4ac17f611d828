"""Which of several columns of money is the billed amount, and which currency is its own."""

from collections.abc import Sequence

import pandas as pd

from reconcile.readers import fields, guess_currency, guess_values, guess_words, notation
from reconcile.readers.guess_table import Columns, Table, in_use, title

_MOST = 0.6
# Share of the rows in which one of two columns has to be empty if they are halves of one, or to
# have an amount, or a currency, if it is another one of its kind.
_HALVED = 0.95
# Rows in which an amount is the same twice by chance are fewer.
_FEW = 2
# Share of the rows with an amount in another currency, at most.
_AT_HOME = 0.5
# Shorter headings of currencies (`Currency`, `Währung`) do not say whose it is.
_TELLING = 10
# Rates of a few months, and the rounding of small amounts, differ by no more.
_STEADY = 1.3


def other_half(header: Sequence[str], body: pd.DataFrame, out: Columns, taken: set[int]) -> None:
    """Money out and money in where the amount found is one of them: the other column, none of the
    `taken`, has amounts just where it has none, and words tell which is which.
    """
    if "amount" not in out:
        return
    one = out["amount"][0]
    mine = _filled(body, one)
    signed = body[one].str.contains(r"^\s*[-(]|-\s*$", regex=True).any()
    if signed or mine.all() or not mine.any():
        return
    for other in range(body.shape[1]):
        filled = _filled(body, other)
        if (
            other in taken
            or not filled.any()
            or (filled ^ mine).mean() < _HALVED
            or guess_values.looks_like_money(body[other]) < _MOST
        ):
            continue
        first_is_out = _is_money_out(title(header, one), title(header, other))
        # An advance, points or what is only held back may fill the gaps as well.
        if first_is_out is None or _is_apart(title(header, other)):
            continue
        del out["amount"]
        out["debit"], out["credit"] = ([one], [other]) if first_is_out else ([other], [one])
        return


def double_entry(body: pd.DataFrame, columns: Columns) -> bool:
    """Whether each row has one amount in both columns: bookkeeping, where the account that a side
    names tells which way money went, and not the side itself.
    """
    if not {"debit", "credit"} <= columns.keys():
        return False
    out, in_ = (body[columns[side][0]].str.strip() for side in ("debit", "credit"))
    same = out.eq(in_) & out.str.contains("[1-9]", regex=True)
    return len(same) > _FEW and float(same.mean()) > _HALVED


def _is_money_out(one: str, other: str) -> bool | None:
    """Whether the first of two header cells is that of money out; None where neither tells.

    Beside what came back, an amount that nothing is said of is what was spent.
    """
    told = guess_words.is_money_out(one, other)
    back = [guess_words.names_back(cell) for cell in (one, other)]
    return back[1] if told is None and back[0] != back[1] else told


def name_currencies(body: pd.DataFrame, out: Columns) -> None:
    """Give columns of currencies that words leave open their part, the merchant's or the bill's."""
    _foreign_currency(out)
    _unnamed_currency(body, out)


def settled(header: Sequence[str], body: pd.DataFrame, columns: Columns) -> Columns:
    """The columns, with the billed amount and the original one where they belong.

    A column with no amount but zeros is none. The amount beside the billing currency, or under a
    header that names one currency, is the billed one; that beside currencies that vary is the
    merchant's. Of two of one name the billed one is there in all rows.
    """
    out = dict(columns)
    if "amount" not in out:
        _beside_named_sides(header, body, out)
        _merchants_currency(body, out)
        return _lone_currency(body, out)
    others = _others(header, body, out)
    if not _filled(body, out["amount"][0]).any() and others:
        out["amount"] = [max(others, key=lambda at: float(_filled(body, at).mean()))]
        others = _others(header, body, out)
    if "original_amount" not in out or "original_currency" not in out:
        _by_currencies(header, body, out, others + out.get("original_amount", []))
    _billed_beside(header, body, out, others)
    _by_gaps(header, body, out, others)
    _merchants_currency(body, out)
    return _lone_currency(body, out)


def _beside_named_sides(header: Sequence[str], body: pd.DataFrame, out: Columns) -> None:
    """Where the headers of money out and money in name one currency, a column that has another is
    the merchant's, and so is the amount beside it: `Whg`, `Betrag Detail`, `Belastung CHF`."""
    code = out.get("currency")
    own = guess_currency.named(title(header, out[name][0]) for name in ("debit", "credit"))
    if not code or len(own) != 1 or _codes(body, code[0]) <= set(own):
        return
    out.setdefault("original_currency", out.pop("currency"))
    beside = [at for at in _others(header, body, out) if abs(at - code[0]) == 1]
    if beside and "original_amount" not in out:
        out["original_amount"] = beside[:1]


def home_currency(body: pd.DataFrame, columns: Columns, *, abroad: bool = False) -> str | None:
    """The billing currency that a column of the merchant's currencies shows: the one of all rows
    whose two amounts are the same, or that have but one, if no other row has it; else None.
    With `abroad` there have to be other rows.
    """
    where = [columns.get(name, [])[:1] for name in ("original_currency", "original_amount")]
    if not all(where) or "currency" in columns:
        return None
    told = _by_home(body, columns, where[0][0], where[1][0])
    if told is None or told[0].nunique() != 1 or len(told[0]) < _FEW:
        return None
    if abroad and not len(told[1]):
        return None
    return str(told[0].iloc[0]) if not told[1].eq(told[0].iloc[0]).any() else None


def original_decimal(table: Table, decimal: str) -> str | None:
    """The decimal sign of amounts in the merchant's currency, where it is not that of the bill:
    forints and yen show none. None where it is the same.
    """
    texts = table.texts("original_amount")
    if not len(texts) or texts.str.contains(decimal, regex=False).any():
        return None
    sign, assumed = notation.decimal_sign(texts, notation.UNKNOWN)
    shown = texts.str.contains(sign, regex=False).any()
    return sign if shown and not assumed and sign != decimal else None


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
        if home_currency(body, {"amount": [at], **parts}, abroad=True):
            out.pop("currency")
            out.update({"amount": [at], **parts})
            return


def _merchants_currency(body: pd.DataFrame, out: Columns) -> None:
    """A currency column is the merchant's if only rows whose two amounts differ name another."""
    code, foreign = out.get("currency"), out.get("original_amount")
    if not code or not foreign or "original_currency" in out:
        return
    told = _by_home(body, out, code[0], foreign[0])
    if told is None or not len(told[1]) or told[0].nunique() > 1:
        return
    if not set(told[0]) & set(told[1]):
        out["original_currency"] = out.pop("currency")


def _by_home(
    body: pd.DataFrame, columns: Columns, code: int, foreign: int
) -> tuple[pd.Series, pd.Series] | None:
    """The currencies of rows whose billed amount is their original one, or that have no other; and
    those of the rest. None where either amount cannot be read.
    """
    billed = [body[at] for name in ("amount", "debit", "credit") for at in columns.get(name, [])]
    sizes = []
    for texts in (billed, [body[foreign]]):
        plain = [fields.folded(text) for text in texts]
        decimal, _ = notation.decimal_sign(pd.concat(plain), notation.UNKNOWN)
        read = [notation.minor_units(text, decimal) for text in plain]
        sizes.append(sum(abs(value) * good for value, good in read))
    mine, theirs = sizes
    codes = fields.currencies(body[code]).astype("str")
    known = codes.notna() & codes.ne("") & (mine != 0)
    home = (theirs == 0) | (mine == theirs)
    return codes[known & home], codes[known & ~home]


def rivals(header: Sequence[str], body: pd.DataFrame, columns: Columns) -> list[int]:
    """Columns that may hold the billed amount as well as the one that was taken: they show the same
    in some rows and something else in others.
    """
    if "amount" not in columns or "original_amount" in columns:
        return []
    body = body[_filled(body, columns["amount"][0])]
    mine = body[columns["amount"][0]].str.strip()
    out = []
    for at in _others(header, body, columns):
        same, full = body[at].str.strip() == mine, _filled(body, at)
        if full.mean() > _HALVED and (same & full).any() and not same.all():
            out.append(at)
    return out


def _others(header: Sequence[str], body: pd.DataFrame, columns: Columns) -> list[int]:
    """Columns of money that have no other part: neither a balance nor a fee, reward or tax."""
    taken = in_use(columns)
    out = []
    for at in range(body.shape[1]):
        name = title(header, at)
        if at in taken or _is_apart(name) or "balance" in guess_words.meanings(name):
            continue
        if guess_values.looks_like_money(body[at], decimals=True) >= _MOST:
            out.append(at)
    return out


def _is_apart(cell: str) -> bool:
    """Whether a header cell names an amount that is no movement's: points, a limit, a fee."""
    return guess_words.pattern("apart", "amount").search(guess_words.bare(cell)) is not None


def _filled(body: pd.DataFrame, at: int) -> pd.Series:
    """Rows with an amount that is not zero."""
    return body[at].str.contains("[1-9]", regex=True)


def _codes(body: pd.DataFrame, at: int) -> frozenset[str]:
    """The distinct currencies of a column."""
    return frozenset(map(str, fields.currencies(body[at]).dropna().unique()))


def _by_currencies(
    header: Sequence[str], body: pd.DataFrame, out: Columns, others: list[int]
) -> None:
    """Tell billed from original amount by the currency columns beside them and by the header."""
    columns = [at for name in ("currency", "original_currency") for at in out.get(name, [])]
    columns += [
        at
        for at in range(body.shape[1])
        if at not in in_use(out) and guess_values.looks_like_currency(body[at]) > _HALVED
    ]
    amount = out["amount"][0]
    own = [at for at in (amount, *others) if at < len(header)]
    own = [at for at in own if len(guess_currency.named([header[at]])) == 1]
    whole = [at for at in columns if body[at].str.strip().ne("").all()]
    named = out.get("original_currency", [])
    fixed = [at for at in whole if at not in named and len(_codes(body, at)) == 1]
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
    mine = _filled(body, amount)
    for at in foreign or others:
        theirs = _filled(body, at)
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
    mine = _filled(body, amount)
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


def _lone_currency(body: pd.DataFrame, out: Columns) -> Columns:
    """A single currency of all rows is the bill's, whatever it is called, where no amount abroad
    is printed.
    """
    code = out.get("original_currency")
    alone = code and "original_amount" not in out and "currency" not in out
    if code and alone and len(_codes(body, code[0])) == 1:
        out["currency"] = out.pop("original_currency")
    return out


def _unnamed_currency(body: pd.DataFrame, out: Columns) -> None:
    """A column of currencies that no word names: beside the amount, or the same one in all rows."""
    if "currency" in out or "original_amount" in out:
        return
    beside = {at + step for at in out.get("amount", []) for step in (-1, 1)}
    free = set(range(body.shape[1])) - in_use(out)
    for at in [*sorted(free & beside), *sorted(free - beside)]:
        texts = body[at].str.strip()
        alike = texts.ne("").all() and texts.nunique() == 1
        if (alike or at in beside) and guess_values.looks_like_currency(texts) > _HALVED:
            out["currency"] = [at]
            return


def _foreign_currency(out: Columns) -> None:
    """A lone currency column beside the foreign amount, and not right behind the billed one, is
    the foreign amount's."""
    foreign, code = out.get("original_amount"), out.get("currency")
    if not foreign or not code or "original_currency" in out:
        return
    behind_billed = code[0] - 1 in out.get("amount", [])
    if code[0] == foreign[0] + 1 or (code[0] == foreign[0] - 1 and not behind_billed):
        out["original_currency"] = out.pop("currency")
