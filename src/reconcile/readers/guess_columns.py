"""Which column of an unknown statement holds what: by header words, else by contents."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.money import fold
from reconcile.readers import balance, fields, guess_values, guess_words
from reconcile.readers.text import HEAD

Columns = dict[str, list[int]]
_DATES = ("transaction_date", "posted_date")
_MONEY = ("amount", "debit", "credit", "original_amount", "balance", "fee_amount")
_CODES = ("currency", "original_currency")
# Share of a column's cells that must be what its header says, or what it is taken for.
_MOST = 0.6
_NEARLY_ALL = 0.8
_SOME = 0.3
# Rows looked at to tell columns; formats and signs are settled from all rows.
_SAMPLE = 1000


def by_header(head: Sequence[Sequence[str]], cells: pd.DataFrame) -> tuple[int, Columns] | None:
    """The header row that names most fields, and its columns by field; None where no row does.

    A column counts for a field only when its contents are of that kind, so that a word with two
    meanings (`Valuta`: a day or a currency) is settled by what stands below it.
    """
    best: tuple[int, Columns] | None = None
    for number, row in enumerate(head):
        if sum(bool(guess_words.meanings(cell)) for cell in row) < 2 or _is_data(row):
            continue
        if _is_last(number, head, cells):
            continue
        found = _columns(row, cells.iloc[number + 1 : number + 1 + _SAMPLE])
        if found is not None and (best is None or len(found) > len(best[1])):
            best = (number, found)
    return best


def _is_last(number: int, head: Sequence[Sequence[str]], cells: pd.DataFrame) -> bool:
    """Whether a row of words has the rows above it that a header has below it, and none below."""
    if number + 1 >= HEAD or (cells.iloc[number + 1 :] != "").any(axis=None):
        return False
    return any(len(row) == len(head[number]) and _is_data(row) for row in head[:number])


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row holds a date or an amount, which headers never do."""
    texts = pd.Series([cell for cell in row if cell.strip()], dtype="str")
    return any(
        guess_values.looks_like_dates(texts.iloc[[n]])
        or guess_values.looks_like_money(texts.iloc[[n]], decimals=True)
        for n in range(len(texts))
    )


def _columns(header: Sequence[str], body: pd.DataFrame) -> Columns | None:
    named: dict[str, list[tuple[int, int]]] = {}
    for position, cell in enumerate(header[: body.shape[1]]):
        for field, rank in guess_words.meanings(cell).items():
            if _holds(field, body[position]):
                named.setdefault(field, []).append((rank, position))
    ranked = {field: [at for _, at in sorted(found)] for field, found in named.items()}
    _by_parts(header, body, ranked)
    out: Columns = {}
    taken: set[int] = set()

    def take(field: str, *, several: bool = False) -> None:
        free = [at for at in ranked.get(field, []) if at not in taken]
        if free:
            out[field] = free if several else free[:1]
            taken.update(out[field])

    pair = _pair(ranked)
    for field in ("transaction_date", "posted_date"):
        take(field)
    if pair is not None and not _signed_amount(ranked, body, pair):
        out["debit"], out["credit"] = [pair[0]], [pair[1]]
        taken.update(pair)
    else:
        take("amount")
    if not (out.keys() & set(_DATES)) or not ("amount" in out or "debit" in out):
        return None
    direction = _direction(body, taken)
    if direction is not None and "amount" in out:
        out["direction"] = [direction]
        taken.add(direction)
    for field in ("balance", "original_amount", "original_currency", "currency", "conversion_rate",
                  "fee_amount", "status", "account", "reference"):  # fmt: skip
        take(field)
    _foreign_currency(out)
    take("description", several=True)
    if "description" in out:
        out["description"] = _telling_first(body, out["description"])
    taken -= set(out.get("description", [])[1:])
    if "type" in ranked:
        take("type")
    if "description" not in out:
        text = _longest_text(body, taken)
        if text is None:
            return None
        out["description"] = [text]
    return out


def _foreign_currency(out: Columns) -> None:
    """A lone currency column right behind the foreign amount is the foreign amount's."""
    amount, code = out.get("original_amount"), out.get("currency")
    if amount and code and "original_currency" not in out and code[0] == amount[0] + 1:
        out["original_currency"] = out.pop("currency")


def _telling_first(body: pd.DataFrame, columns: list[int]) -> list[int]:
    """Text columns in their order, those that repeat themselves far more (types) at the end."""
    distinct = {at: body[at].nunique() for at in columns}
    most = max(distinct.values())
    return sorted(columns, key=lambda at: 2 * distinct[at] < most)


def _by_parts(header: Sequence[str], body: pd.DataFrame, ranked: dict[str, list[int]]) -> None:
    """Name still missing dates, amounts and texts by parts of header words."""
    for field in guess_words.names("parts"):
        have_pair = field == "amount" and _pair(ranked) is not None
        if (
            ranked.get(field)
            or have_pair
            or (field == "transaction_date" and ranked.get("posted_date"))
        ):
            continue
        pattern = guess_words.pattern("parts", field)
        hits = [
            n
            for n, cell in enumerate(header[: body.shape[1]])
            if pattern.search(guess_words.bare(cell)) and _holds(field, body[n])
        ]
        if hits:
            ranked[field] = hits


def _holds(field: str, texts: pd.Series) -> bool:
    """Whether a column's contents can be what its header says (an empty column can be anything)."""
    full = texts[texts.str.strip().ne("")]
    if not len(full):
        return field not in (*_DATES, "amount") or not len(texts)
    if field in _DATES:
        return guess_values.looks_like_dates(full) >= _MOST
    if field in _MONEY:
        return (
            guess_values.looks_like_money(full) >= _MOST
            and guess_values.looks_like_dates(full) < _MOST
        )
    if field in _CODES:
        return guess_values.looks_like_currency(full) >= _MOST
    if field == "conversion_rate":
        return bool(fields.folded(full).str.fullmatch(r"[\d.,]+(?:\D.*)?").mean() >= _MOST)
    if field == "description":
        # Header words such as `Buchung` or `Valuta` name a date as often as a text.
        return (
            full.str.contains(r"[^\W\d_]", regex=True).mean() > _SOME
            and guess_values.looks_like_dates(full) < _MOST
            and guess_values.looks_like_money(full, decimals=True) < _MOST
        )
    return True


def _pair(ranked: dict[str, list[int]]) -> tuple[int, int] | None:
    """Distinct columns for money out and money in."""
    for out in ranked.get("debit", []):
        for in_ in ranked.get("credit", []):
            if in_ != out:
                return out, in_
    return None


def _signed_amount(ranked: dict[str, list[int]], body: pd.DataFrame, pair: tuple[int, int]) -> bool:
    """Whether a column besides the pair holds the amount of every row with its sign."""
    for at in ranked.get("amount", []):
        if at in pair:
            continue
        full = body[at].str.strip()
        priced = body[pair[0]].str.strip().ne("") | body[pair[1]].str.strip().ne("")
        return bool(
            full[priced].ne("").all() and full.str.contains(r"^\s*[-(]|-$", regex=True).any()
        )
    return False


def _direction(body: pd.DataFrame, taken: set[int]) -> int | None:
    """The column that says of every row on which side it stands (`D`, `Af`, `credit`)."""
    debit, credit = (guess_words.pattern("direction", name).pattern for name in ("debit", "credit"))
    for position in range(body.shape[1]):
        if position in taken:
            continue
        texts = fields.folded(body[position])
        is_credit, full = texts.str.fullmatch(credit), texts[texts.ne("")]
        if (
            len(full)
            and is_credit.any()
            and (is_credit | texts.str.fullmatch(debit) | texts.eq("")).mean() >= 0.98
        ):
            return position
    return None


def _longest_text(body: pd.DataFrame, taken: set[int]) -> int | None:
    """Of the columns not taken, the one with the longest words that differ most from row to row."""

    def says(column: int) -> float:
        letters = body[column].str.replace(r"[\W\d_]+", "", regex=True).str.len().mean()
        return min(float(letters or 0.0), 12.0) * (body[column].nunique() / len(body)) ** 2

    open_ = {n: says(n) for n in range(body.shape[1]) if n not in taken} if len(body) else {}
    best = max(open_, key=lambda n: open_[n], default=None)
    return best if best is not None and open_[best] > 0 else None


def by_contents(cells: pd.DataFrame) -> Columns | None:
    """Columns by field of a file without a header; None where dates, amounts or texts lack."""
    body = cells.head(_SAMPLE)
    body = body[(body.map(str.strip) != "").sum(axis=1) >= 3]
    if not len(body):
        return None
    dates = [
        n
        for n in range(body.shape[1])
        if _full(body, n) >= _MOST and guess_values.looks_like_dates(body[n]) >= _MOST
    ]
    priced = [
        n
        for n in range(body.shape[1])
        if n not in dates and guess_values.looks_like_money(body[n], decimals=True) >= _MOST
    ]
    text = _longest_text(body, {*dates, *priced})
    if not dates or not priced or text is None:
        return None
    out: Columns = {"transaction_date": dates[:1], "description": [text]}
    if len(dates) > 1:
        out.update(_two_dates(body, dates))
    out.update(_money_columns(body, priced))
    taken = {*dates, *priced, text}
    direction = _direction(body, taken)
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
    cards = [n for n in range(body.shape[1]) if n not in taken and _is_card(body[n])]
    if cards:
        out["account"] = cards[:1]
    return out


def _is_card(texts: pd.Series) -> bool:
    """Whether a column holds masked card numbers."""
    return bool(texts.str.fullmatch(r"\s*\d{4,6}[ \d]*[*xX•.]{4,}[ *xX•]*\d{4}\s*").mean() > _MOST)


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


def _money_columns(body: pd.DataFrame, priced: list[int]) -> Columns:
    """Amount, or money out and money in, and the balance, by what the running balance proves."""
    decimal, _ = guess_values.decimal_sign(pd.concat([body[n] for n in priced]), "en")
    read = {n: guess_values.minor_units(body[n].map(fold), decimal) for n in priced}
    best: tuple[float, Columns] = (0.5, {})
    for total in priced:
        money, good = read[total]
        for one in priced:
            if one == total:
                continue
            share = balance.explains(read[one][0], money, good & read[one][1])
            if share > best[0]:
                best = (share, {"amount": [one], "balance": [total]})
            for other in priced:
                if other not in (one, total):
                    found = _sided(read[one], read[other], money, good)
                    if found > best[0]:
                        best = (found, {"debit": [one], "credit": [other], "balance": [total]})
    if best[1]:
        return best[1]
    empty = [n for n in priced if _full(body, n) < 1]
    if (
        len(empty) >= 2
        and (body[empty[0]].str.strip().eq("") ^ body[empty[1]].str.strip().eq("")).all()
    ):
        return {"debit": [empty[0]], "credit": [empty[1]]}
    return {"amount": [max(priced, key=lambda n: _full(body, n))]}


Money = tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]


def _sided(
    out: Money, in_: Money, total: npt.NDArray[np.int64], good: npt.NDArray[np.bool_]
) -> float:
    """Share of the balance's steps that money out and money in explain with the right signs."""
    amount = np.where(in_[1], np.abs(in_[0]), 0) - np.where(out[1], np.abs(out[0]), 0)
    rows = good & (in_[1] | out[1])
    told = balance.sides(amount, total, rows)
    steps = len(amount) - 1
    return float((told == np.sign(amount))[told != 0].sum()) / steps if steps > 0 else 0.0
