"""Which column of an unknown statement holds what, by the words of its header."""

import re
from collections.abc import Sequence

import pandas as pd

from reconcile.layout import plain
from reconcile.money import CURRENCIES
from reconcile.readers import (
    fields,
    guess_codes,
    guess_halves,
    guess_sides,
    guess_signs,
    guess_texts,
    guess_values,
    guess_words,
)
from reconcile.readers.delimiters import HEAD
from reconcile.readers.guess_table import Columns, in_use, title
from reconcile.readers.text import has_digit
from reconcile.text import Message

_DATES = ("transaction_date", "posted_date")
_MONEY = ("amount", "debit", "credit", "original_amount", "balance", "fee_amount")
_CODES = ("currency", "original_currency")
# What stands in a cell that says nothing.
NONE = ("", "-")
# Share of a column's cells that must be what its header says, or what it is taken for.
_MOST = 0.6
# What an amount may have before or behind it more than another one of its size.
_SIGN = r"^[-+(\s]+|[-+)\s]+$"
# A rank behind those of all words.
_UNUSED = 1000
# Rows looked at to tell columns; formats and signs are settled from all rows.
_SAMPLE = 1000


def by_header(head: Sequence[Sequence[str]], cells: pd.DataFrame) -> tuple[int, Columns] | None:
    """The header row that names most fields, and its columns by field; None where no row does.

    A column counts for a field only when its contents are of that kind, so that a word with two
    meanings (`Valuta`: a day or a currency) is settled by what stands below it.
    """
    best: tuple[int, Columns] | None = None
    for number, row in enumerate(head):
        if sum(map(guess_words.is_known, row)) < 2 or _is_data(row):
            continue
        if _is_last(number, head, cells):
            continue
        found = _columns(row, cells.iloc[number + 1 : number + 1 + _SAMPLE], head[:number])
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
    texts = pd.Series([cell for cell in row if any(map(str.isdigit, cell))], dtype="str")
    return len(texts) > 0 and (
        guess_values.holds_date(texts) or guess_values.looks_like_money(texts, decimals=True) > 0
    )


def _columns(
    header: Sequence[str], body: pd.DataFrame, preamble: Sequence[Sequence[str]]
) -> Columns | None:
    named: dict[str, list[tuple[int, int]]] = {}
    for position, cell in enumerate(header[: body.shape[1]]):
        for field, rank in guess_words.meanings(cell).items():
            at = _standing(field, header, body, position)
            if at is not None:
                # A column of money that holds none is one only where no other is.
                unused = field in _MONEY and not has_digit(body[at])
                named.setdefault(field, []).append((rank + unused * _UNUSED, at))
    ranked = {field: [at for _, at in sorted(found)] for field, found in named.items()}
    _beside_currency(header, ranked)
    _by_parts(header, body, ranked)
    _by_notes(header, body, ranked)
    if "account" in ranked:
        own = [n for n in ranked["account"] if _is_own(header, body, n, preamble)]
        ranked["account"] = [n for n in own if _names_accounts(body[n])]
    out: Columns = {}
    taken: set[int] = set()

    def take(field: str, *, several: bool = False) -> None:
        free = [at for at in ranked.get(field, []) if at not in taken]
        if free:
            out[field] = free if several else free[:1]
            taken.update(out[field])

    guess_halves.no_balance(body, ranked)
    pair = _pair(ranked)
    for field in ("transaction_date", "posted_date"):
        take(field)
    if pair is not None and not _signed_amount(ranked, body, pair):
        out["debit"], out["credit"] = [pair[0]], [pair[1]]
        taken.update(pair)
    else:
        take("amount")
        if "amount" in out and guess_sides.direction(header, body, taken) is None:
            out["amount"] = [_with_signs(body, out["amount"][0], taken)]
        guess_halves.other_half(header, body, out, taken, ranked)
        taken |= in_use(out)
    if not (out.keys() & set(_DATES)) or not ("amount" in out or "debit" in out):
        return None
    direction = guess_sides.direction(header, body, taken)
    if direction is not None and "amount" in out:
        out["direction"] = [direction]
        taken.add(direction)
    for field in ("balance", "original_amount", "original_currency", "currency", "conversion_rate",
                  "fee_amount", "status"):  # fmt: skip
        take(field)
    # Who paid and who was paid: each row names its own account in one of them.
    first = next((at for at in ranked.get("account", []) if at not in taken), None)
    take("account", several=first is not None and bool(body[first].str.strip().isin(NONE).any()))
    take("reference")
    guess_codes.by_place(body, out)
    taken |= in_use(out)
    take("description", several=True)
    if "description" in out:
        out["description"] = guess_texts.telling_first(body, out["description"])
    taken -= set(out.get("description", [])[1:])
    if "type" in ranked:
        take("type")
    if "description" in out:
        out["description"] = guess_texts.filled_up(body, out["description"], taken)
    else:
        # What is called a reference is where some banks print the shop.
        text = guess_texts.longest_text(body, taken - set(out.get("reference", [])))
        if text is None:
            return None
        if out.get("reference") == [text]:
            del out["reference"]
        out["description"] = [text]
    return out


def _standing(field: str, header: Sequence[str], body: pd.DataFrame, position: int) -> int | None:
    """Where a field stands that a header cell names: below it or, if that is no money and the next
    cell is blank, below that one, as where `Saldo` stands over a currency and its amount.
    """
    if _holds(field, body[position]):
        return position
    behind = position + 1
    unnamed = behind < min(len(header), body.shape[1]) and not header[behind].strip()
    if field in _MONEY and unnamed and guess_values.looks_like_money(body[behind]) >= _MOST:
        return behind
    return None


def _is_own(
    header: Sequence[str], body: pd.DataFrame, position: int, preamble: Sequence[Sequence[str]]
) -> bool:
    """Whether a column of account numbers is of the statement's own, not of who paid or was paid:
    those stand beside their bank's code, or differ from the number above the header. Cards are.
    """
    numbers = set(body[position].str.strip()) - {""}
    beside = [header[n] for n in (position - 1, position + 1) if 0 <= n < len(header)]
    if len(numbers) > 1 and any(guess_words.names_a_bank(cell) for cell in beside):
        return False
    whole = {re.sub(r"\D", "", number) for number in numbers}
    masked = any(re.search(r"[xX*•]{3}", number) for number in numbers)
    if (
        guess_words.names_a_card(header[position])
        or masked
        or len(max(whole, key=len, default="")) < 5
    ):
        return True
    told = [guess_words.account_in("|".join(row)) for row in preamble]
    own = {re.sub(r"\D", "", number) for number in told if number}
    # An account's number stands inside its IBAN.
    return not own or any(a in b or b in a for a in own for b in whole if a and b)


def _names_accounts(texts: pd.Series) -> bool:
    """Whether what a column says can be accounts, not ways to pay with one or what was bought."""
    names = texts[~texts.str.contains(r"\d{4}", regex=True)].str.strip()
    odd = guess_words.pattern("accounts", "no_name").pattern
    return not names.str.fullmatch(odd).any()


def _beside_currency(header: Sequence[str], ranked: dict[str, list[int]]) -> None:
    """Of several amounts that follow a currency each, the billed one follows the currency that the
    header calls the bill's, and the next one is the merchant's."""
    codes = ranked.get("currency", [])
    amounts = [at for code in codes for at in ranked.get("amount", []) if at == code + 1]
    if len(amounts) < 2 or guess_words.alike(*(header[at - 1] for at in amounts[:2])):
        return
    ranked["amount"] = amounts[:1]
    ranked["currency"] = [amounts[0] - 1]
    ranked["original_amount"], ranked["original_currency"] = amounts[1:2], [amounts[1] - 1]


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
            # What a whole word calls something else is this only where nothing else is.
            at_home = [
                n
                for n in hits
                if not guess_words.names_foreign(header[n])
                and (field in (said := guess_words.meanings(header[n])) or not said)
            ]
            ranked[field] = at_home or hits
    if not ranked.get("amount") and _pair(ranked) is None:
        # Some banks have a column for each currency, of which an account fills one.
        names = enumerate(plain(cell).upper() for cell in header[: body.shape[1]])
        own = [n for n, name in names if name in CURRENCIES and _holds("amount", body[n])]
        if len(own) == 1:
            ranked["amount"] = own


def _by_notes(header: Sequence[str], body: pd.DataFrame, ranked: dict[str, list[int]]) -> None:
    """Name the sides of two amounts that are called the same but for notes in parentheses."""
    if _pair(ranked) is not None:
        return
    sides = {at: guess_words.noted_side(cell) for at, cell in enumerate(header[: body.shape[1]])}
    told = [at for at in ranked.get("amount", []) if sides.get(at)]
    told += [at for at, side in sides.items() if side and at not in told]
    for at in told:
        for other in told:
            called = sides[at] != sides[other] and guess_words.alike(header[at], header[other])
            if called and _holds("amount", body[at]) and _holds("debit", body[other]):
                for one in (at, other):
                    ranked[str(sides[one])] = [one]
                return


def _holds(field: str, texts: pd.Series) -> bool:
    """Whether a column's contents can be what its header says (an empty column can be anything)."""
    # A row that was billed at home has no currency or rate, which many print as a dash.
    none = NONE if field in (*_CODES, "conversion_rate") else NONE[:1]
    full = texts[~texts.str.strip().isin(none)]
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
        return guess_texts.is_text(full)
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
        if _in_another_currency(ranked, body, pair, at):
            ranked.setdefault("original_amount", []).append(at)
            continue
        full = body[at].str.strip()
        priced = body[pair[0]].str.strip().ne("") | body[pair[1]].str.strip().ne("")
        return bool(
            full[priced].ne("").all() and full.str.contains(r"^\s*[-(]|-$", regex=True).any()
        )
    return False


def _with_signs(body: pd.DataFrame, amount: int, taken: set[int]) -> int:
    """The column that shows the same amounts as this one and their signs, where this one has none;
    else this one."""
    if guess_signs.any_negative(body[amount]):
        return amount
    priced = body[amount].str.contains(r"\d", regex=True)
    sizes = body[amount][priced].str.replace(_SIGN, "", regex=True)
    for other in sorted(set(range(body.shape[1])) - taken):
        texts = body[other][priced]
        minus = texts.str.contains(r"^\s*[-(]|-\s*$", regex=True)
        signed = minus.any() and not minus.all()
        if signed and texts.str.replace(_SIGN, "", regex=True).eq(sizes).all():
            return other
    return amount


def _in_another_currency(
    ranked: dict[str, list[int]], body: pd.DataFrame, pair: tuple[int, int], at: int
) -> bool:
    """Whether a column of amounts beside one of currencies differs from money out and in just
    where the currency does."""
    columns = {"debit": [pair[0]], "credit": [pair[1]]}
    return any(
        guess_codes.home(
            body, {**columns, "original_amount": [at], "original_currency": [code]}, abroad=True
        )
        for name in _CODES
        for code in ranked.get(name, [])
        if len(set(body[code].str.strip())) > 1
    )


def shown(header: Sequence[str], columns: Columns) -> list[Message]:
    """The columns taken, as in `Used on from “Datum”`."""
    out = []
    for taken in ("transaction_date", "posted_date", "description", "amount", "debit", "credit"):
        where = columns.get(taken)
        if not where:
            continue
        label = Message(f"{'guess' if taken in ('debit', 'credit') else 'field'}.{taken}")
        name = guess_words.shown(title(header, where[0]))
        if name:
            out.append(Message("guess.column", {"field": label, "name": name}))
        else:
            out.append(Message("guess.numbered", {"field": label, "number": where[0] + 1}))
    return out
