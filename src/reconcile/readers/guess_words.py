"""Header words and other words of statements in many languages, from `guess.toml`."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from reconcile.layout import plain
from reconcile.money import CURRENCIES, fold
from reconcile.readers import kinds
from reconcile.text import clean, masked

_CODE = "|".join(sorted(code.casefold() for code in CURRENCIES))
# What stands beside a header word without changing its meaning: notes, marks, a currency code.
_NOTE = re.compile(r"\s*[(\[【][^)\]】]*[)\]】]?")
_AROUND = " ([【)]】"
_SHOWN = 40
# Known words that make a row a header.
KNOWN = 3
_UNIT = rf"\s+(?:in |en |i |w |v |u |σε )?(?:{_CODE}|[$€£¥₪₺₽₴₫])$"
# Letters that programs write one way or the other: both `i` of Turkish, and Greek capitals have no
# accents.
_ONE = str.maketrans("ıάέήίόύώϊϋΐΰ", "iαεηιουωιυιυ", "\u0307")

# What the merchant's side of a field is called; and a rank behind those of all words.
_FOREIGN = {"amount": "original_amount", "currency": "original_currency"}
_LAST = 1000
_AGAIN = re.compile(r"(?<=[^\d.])\.\d$")
# Where programs begin another word of a name by a capital alone: `TransactionDate`.
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z][a-z])")
# Blanks, and ends of lines, inside words of East Asia.
_PARTED = r"(?<=[\u3041-\u9fff\uac00-\ud7a3])\s+(?=[\u3041-\u9fff\uac00-\ud7a3])"
# What parts the two sides that a header cell names: `Income/Expense`.
_EITHER = re.compile(r"\s*[/|・&]\s*")


# Lists of words that stand in several patterns; `{back}` is in those of `kinds` as well.
_LISTS = {"{phrases}": ("rows", "phrases"), "{currencies}": ("accounts", "currencies")}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("reconcile").joinpath("readers", "guess.toml").read_text("utf-8"))


@cache
def pattern(group: str, name: str) -> re.Pattern[str]:
    """The pattern `name` of one of the groups in the file."""
    found: str = _data()[group][name]
    for part, (of, list_) in _LISTS.items():
        found = found.replace(part, _data()[of][list_])
    return re.compile(found.replace("{back}", "|".join(kinds.BACK)))


def names(group: str) -> tuple[str, ...]:
    """The names of a group's patterns, in file order."""
    return tuple(_data()[group])


@cache
def bare(cell: str) -> str:
    """A header cell as compared with the words: without notes in parentheses and units, with
    blanks where programs write underscores, and without the number that they give to a name that
    comes again. What is no known word is parted where capitals begin words. A note stays that says
    which way money went, where that makes another word of it, as `Amount (debit)`."""
    noted = _stripped(cell, noted=True)
    text = _stripped(cell)
    if noted != text and noted in _vocabulary():
        return noted
    parted = _HUMP.sub(" ", cell)
    return text if parted == cell or text in _vocabulary() else _stripped(parted)


def _stripped(cell: str, *, noted: bool = False) -> str:
    """The cell without marks, units and notes; where `noted`, with a note of a side, as a word."""
    text = _AGAIN.sub("", plain(cell)).translate(_ONE).replace("_", " ").strip("\"'#*※:. ")
    text = _NOTE.sub(_without_signs, text) if noted else text
    text = re.sub(_PARTED, "", text) if not text.isascii() else text
    short = re.sub(_UNIT, "", _NOTE.sub("", text).strip()).strip("*※:. ")
    return short or text


def _without_signs(note: re.Match[str]) -> str:
    """A note as a word of the cell where it says which way the money went; else as it is."""
    word = note[0].strip(_AROUND)
    return note[0] if _side(word) is None else f" {word}"


def _side(word: str) -> str | None:
    """The side that a word of more than a letter stands for, `debit` or `credit`."""
    sides = (name for name in ("debit", "credit") if pattern("direction", name).search(word))
    return next(sides, None) if len(word) > 1 else None


def noted_side(cell: str) -> str | None:
    """Which side a note in parentheses says that a header cell is of, `debit` or `credit`: that of
    `Amount (debit)`, whose neighbour may be called the same otherwise."""
    notes = (_side(note[0].strip(_AROUND)) for note in _NOTE.finditer(plain(cell)))
    return next((side for side in notes if side is not None), None)


@cache
def _vocabulary() -> dict[str, tuple[tuple[str, int, str], ...]]:
    """Header word -> (field, rank, language) for all that it may mean."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for field, languages in _data()["words"].items():
        for language, words in languages.items():
            for rank, word in enumerate(words):
                found.setdefault(_stripped(word), []).append((field, rank, language))
    return {word: tuple(meanings) for word, meanings in found.items()}


def meanings(cell: str) -> dict[str, int]:
    """Ledger fields that a header cell may name, with the rank of the word (0: most telling)."""
    out: dict[str, int] = {}
    for field, rank, _ in _vocabulary().get(bare(cell), ()):
        out[field] = min(rank, out.get(field, rank))
    if names_foreign(cell):
        for field, other in _FOREIGN.items():
            if field in out:
                # Where no other column has the field, this one does.
                out[other], out[field] = out[field], out[field] + _LAST
            elif pattern("parts", field).search(bare(cell)):
                out.setdefault(other, _LAST)
    return out


def names_foreign(cell: str) -> bool:
    """Whether a note in parentheses makes a header cell that of the merchant's currency."""
    return pattern("foreign", "note").search(fold(cell)) is not None


def is_known(cell: str) -> bool:
    """Whether a header cell, or a part of it, names a field."""
    text = bare(cell)
    return bool(meanings(cell)) or any(
        pattern("parts", name).search(text) for name in names("parts")
    )


def header_among(rows: Iterable[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The first of some numbered rows with so many known cells that it is a header; row 0 without
    cells where none is.
    """
    return next((each for each in rows if sum(map(is_known, each[1])) >= KNOWN), (0, []))


def names_a_bank(cell: str) -> bool:
    """Whether a header cell names the code of the other side's bank."""
    return pattern("accounts", "bank").search(bare(cell)) is not None


def account_in(row: str) -> str | None:
    """The account number in a row above the header, its cells joined by `|`."""
    found = pattern("accounts", "own").search(fold(row))
    return None if found is None else found["account"].replace(" ", "")


def is_money_out(one: str, other: str) -> bool | None:
    """Whether the first of two header cells is that of money out, and the other that of money in;
    None where neither word tells.
    """
    sides, alike_ = [], False
    for name in ("out", "in"):
        search = pattern("halves", name).search
        first, second = (search(_stripped(cell, noted=True)) for cell in (one, other))
        if bool(first) != bool(second):
            sides.append((first is not None) == (name == "out"))
        alike_ = alike_ or bool(first and second)
    for field in ("debit", "credit") if not (sides or alike_) else ():
        first_is, second_is = (field in meanings(cell) for cell in (one, other))
        if first_is != second_is:
            sides.append(first_is == (field == "debit"))
    return sides[0] if sides and len(set(sides)) == 1 else None


def names_money_in(cell: str) -> bool:
    """Whether a header cell says itself that its amounts came in or back."""
    found = pattern("halves", "in").search(_stripped(cell, noted=True))
    return found is not None or "credit" in meanings(cell) or names_back(cell)


def names_charges(cell: str) -> bool:
    """Whether a header cell says that its amounts are of purchases."""
    return pattern("halves", "charge").search(bare(cell)) is not None


def side_of(cell: str) -> tuple[str, str] | None:
    """Which side a header cell names, `out` or `in`, and its other words; None where not one."""
    text = bare(cell)
    hits = [name for name in ("out", "in") if pattern("halves", name).search(text)]
    if len(hits) != 1:
        return None
    # The word goes whole: `debit currency` and `credit currency` are of one name.
    word = re.compile(rf"(?:{pattern('halves', hits[0]).pattern})[a-zà-ÿ]*")
    return hits[0], word.sub("", text).strip()


def names_a_card(cell: str) -> bool:
    """Whether a header cell speaks of cards or accounts, whose kinds are called as sides are."""
    return pattern("accounts", "card").search(bare(cell)) is not None


def names_a_currency(cell: str) -> bool:
    """Whether a header cell says in which currency its amounts are, by a name of several ones."""
    return pattern("currencies", "cell").search(fold(cell)) is not None


def names_cancelled(cell: str) -> bool:
    """Whether a header cell is of a column that says of each row whether it was cancelled."""
    return pattern("reversals", "cancels").search(bare(cell)) is not None


def names_a_wallet(cell: str) -> bool:
    """Whether a header cell speaks of a wallet, or of the money left in it."""
    return pattern("headings", "wallet").search(fold(cell)) is not None


def names_signs(cell: str) -> bool:
    """Whether a header cell is of the signs of amounts."""
    return pattern("headings", "sign").search(fold(cell)) is not None


def names_back(cell: str) -> bool:
    """Whether a header cell is of money that came back."""
    return pattern("headings", "back").search(fold(cell)) is not None


def names_the_bill(cell: str) -> bool:
    """Whether a header cell says that its amount was billed."""
    return pattern("headings", "bill").search(fold(cell)) is not None


def names_abroad(cell: str) -> bool:
    """Whether a header cell is of notes on purchases abroad."""
    return pattern("headings", "abroad").search(fold(cell)) is not None


def names_apart(cell: str) -> bool:
    """Whether a header cell names an amount that is no movement's: points, a limit, a fee."""
    return pattern("apart", "amount").search(bare(cell)) is not None


def names_notes(cell: str) -> bool:
    """Whether a header cell names what a user wrote or chose: notes, tags, categories."""
    return pattern("noted", "cell").search(bare(cell)) is not None


def shown(cell: str) -> str:
    """A header cell, or a word of the rows, as a message may show it."""
    return masked(clean(cell)).strip()[:_SHOWN]


def names_sides(cell: str) -> bool:
    """Whether a header cell names a column of sides, and nothing else that rows may be."""
    found = meanings(cell)
    if "direction" in found and "type" not in found:
        return True
    parts = _EITHER.split(bare(cell))
    sides = [
        {name for name in ("debit", "credit") if pattern("direction", name).search(part)}
        for part in parts
    ]
    return len(sides) == 2 and sides[0] != sides[1] and all(len(one) == 1 for one in sides)


def initials(cell: str) -> tuple[str, str] | None:
    """The first letters of the sides that a header cell names, that of money out first: `C` and `A`
    of `Cargo/Abono`; None where it does not name two that begin differently."""
    found: dict[str, str] = {}
    for part in _EITHER.split(bare(cell)):
        for side in ("debit", "credit"):
            if len(part) > 1 and pattern("direction", side).search(part):
                found[side] = part[0].upper()
    both = (found.get("debit", ""), found.get("credit", ""))
    return both if all(both) and both[0] != both[1] else None


def names_payee(cell: str) -> bool:
    """Whether a header cell is called for who was paid."""
    return pattern("parties", "payee").search(bare(cell)) is not None


def is_payer(one: str, other: str) -> bool | None:
    """Whether the first of two header cells is of who paid, and the other of who was paid; None
    where they are not called so.
    """
    said = [pattern("parties", "payer").search(bare(cell)) is not None for cell in (one, other)]
    paid = [names_payee(cell) for cell in (one, other)]
    return said[0] if said[0] != said[1] and paid == said[::-1] else None


def alike(cell: str, other: str) -> bool:
    """Whether two header cells are the same word."""
    return bare(cell) == bare(other)


def known_words() -> frozenset[str]:
    """All header words."""
    return frozenset(_vocabulary())


def language(header: Sequence[str]) -> str:
    """The language whose words most header cells are; English where none is, or of several."""
    votes: Counter[str] = Counter()
    for cell in header:
        votes.update({lang for _, _, lang in _vocabulary().get(bare(cell), ())})
    # In the order of their names: a set has another one on each run.
    return max(sorted(votes), key=lambda lang: (votes[lang], lang == "en"), default="en")
