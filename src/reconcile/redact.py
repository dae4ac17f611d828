"""A report that can be shown to others: the same findings without names, numbers and sums.

Card digits, order numbers, references, file names and the descriptors of other merchants become
pseudonyms, equal ones equal; of the descriptors of AliExpress only its own words stay; every amount
is multiplied by one secret factor. Days, currencies, rates and verdicts stay, and so does every
identity: causes still sum to the shortfall.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import pandas as pd

from reconcile import merchants, outline
from reconcile.ledger import Rejected, Source, spelled
from reconcile.tables import CAUSES, Tables
from reconcile.text import Ending, Letter, Message, Money

# Texts in notes that are the program's own words; all others quote what a file says.
_OWN = frozenset((
    "layout", "field", "encoding", "currency", "decimal", "expected", "era", "lines", "asked",
    "got", "seconds", "percent",
))  # fmt: skip
# Texts in any sentence that name what is the user's, and are shown by their pseudonyms alone.
_NAMES = frozenset(("file", "invoice"))
_UNIT = 10_000


class _Veil:
    """The secret of one report: its factor, and a pseudonym for every text seen."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        # Between 1.2 and 4: nothing vanishes by rounding, and nothing tells which it was.
        self.factor = 12_000 + int.from_bytes(self._digest("factor")[:8]) % 28_000
        self.names: dict[str, str] = {}
        self.sizes: list[int] = []

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self.key).digest()

    def code(self, text: str, length: int) -> str:
        """Hex digits in place of an id or a checksum."""
        return self._digest(text).hex()[:length]

    def name(self, texts: Iterable[str], form: str) -> None:
        """Pseudonyms for texts, numbered in an order that says nothing of them."""
        fresh = sorted({t for t in texts if t and t not in self.names}, key=self._digest)
        for number, text in enumerate(fresh, 1):
            self.names[text] = form.format(n=number, suffix=PurePath(text).suffix)

    def scaled(self, minor: int) -> int:
        """An amount times the factor, rounded half away from zero."""
        size = (abs(int(minor)) * self.factor + _UNIT // 2) // _UNIT
        return -size if minor < 0 else size

    def text(self, text: str) -> str:
        """A text with everything that has a pseudonym replaced, the longest first."""
        # There may be a name for every row, of few lengths: a pattern of all would take minutes.
        self.sizes = self.sizes or sorted({len(name) for name in self.names if name}, reverse=True)
        out, at = "", 0
        while at < len(text):
            parts = (text[at : at + size] for size in self.sizes)
            part = next((part for part in parts if part in self.names), text[at])
            out += self.names.get(part, part)
            at += len(part)
        return out

    def value(self, value: Any, amounts: dict[int, int], quoted: bool) -> Any:
        """A parameter of a message, whatever it holds; `amounts` are known results.

        Of what is `quoted` only that is shown which is a pseudonym as a whole.
        """
        if isinstance(value, Message):
            return self.message(value, amounts, quoted)
        if isinstance(value, Letter):
            return value._replace(message=self.message(value.message, amounts, quoted))
        if isinstance(value, Money):
            size = amounts.get(abs(value.minor), abs(self.scaled(value.minor)))
            return value._replace(minor=-size if value.minor < 0 else size)
        if isinstance(value, Ending):
            return Ending(self.text(value.account))
        if isinstance(value, str):
            return self.names.get(value, value and "…") if quoted else self.text(value)
        if isinstance(value, list | tuple):
            return [self.value(item, amounts, quoted) for item in value]
        return value

    def message(self, message: Message, amounts: dict[int, int], quoted: bool = False) -> Message:
        """A sentence with its parameters veiled; what it quotes of a file is left out."""
        return Message(message.code, {
            key: self.value(value, amounts, key in _NAMES or (quoted and key not in _OWN))
            for key, value in message.params.items()
        })  # fmt: skip


def redacted(tables: Tables, key: bytes | None = None) -> Tables:
    """Tables for a report to be shown to others; `key` makes the pseudonyms repeatable."""
    veil = _Veil(key or secrets.token_bytes(16))
    book, cases = spelled(tables.transactions), tables.cases
    other = book["merchant"].ne(merchants.ALIEXPRESS).fillna(True)
    veil.name((source.file for source in tables.sources), "file-{n}{suffix}")
    veil.name(book["account"].dropna().unique(), "…{n:04}")
    veil.name((one for orders in cases["orders"] for one in orders), "{n:016}")
    veil.name(book["reference"].dropna().unique(), "reference {n}")
    veil.name(book.loc[other, "description"].dropna().unique(), "merchant {n}")
    # These stay readable, but for what they tell of the buyer, or of a sum and so of the factor.
    told = book.loc[~other, "description"].dropna().unique()
    veil.names |= {text: merchants.shown(text) for text in told}
    rows = _rows(book, veil)
    found = _cases(cases, book, veil)
    return replace(
        tables,
        sources=[_source(source, veil) for source in tables.sources],
        transactions=rows,
        cases=found,
        unlinked=tables.unlinked.assign(
            transaction=[veil.code(one, 16) for one in tables.unlinked["transaction"]],
            reason=_objects([veil.message(m, {}) for m in tables.unlinked["reason"]]),
        ),
        cards=tables.cards.assign(
            account=pd.Series([veil.text(a) for a in tables.cards["account"]], dtype="str")
        ),
        summary=outline.summary(found),
        notes=[veil.message(note, {}, quoted=True) for note in tables.notes],
    )


def _objects(values: list[Any]) -> pd.Series:
    return pd.Series(values, dtype=object)


def _source(source: Source, veil: _Veil) -> Source:
    return replace(
        source,
        file=veil.text(source.file),
        sha256=veil.code(source.sha256, 64),
        rejected=[
            Rejected(bad.line, veil.message(bad.reason, {}, quoted=True)) for bad in source.rejected
        ],
        notes=[veil.message(note, {}, quoted=True) for note in source.notes],
    )


def _rows(book: pd.DataFrame, veil: _Veil) -> pd.DataFrame:
    out: dict[str, pd.Series] = {}
    for name in ("amount", "fee_amount", "original_amount"):
        out[name] = _each(book[name], veil.scaled)
    for name in ("file", "account", "reference", "description"):
        out[name] = _each(book[name], veil.text)
    # Ids are worked out from amounts and descriptors, which could be tried one after the other.
    out["id"] = _each(book["id"], lambda one: veil.code(one, 16))
    return book.assign(**out)


def _each(column: pd.Series, made: Callable[[Any], Any]) -> pd.Series:
    """A column with something made of each distinct value; null stays null."""
    codes, values = pd.factorize(column)
    new = pd.Series([made(one) for one in values], dtype=column.dtype).array
    return pd.Series(new.take(codes, allow_fill=bool((codes < 0).any())), column.index)


def _cases(cases: pd.DataFrame, book: pd.DataFrame, veil: _Veil) -> pd.DataFrame:
    owed = dict(zip(book["id"], book["amount"].tolist(), strict=True))
    listed = {str(name): cases[name].tolist() for name in cases}
    each = [{name: values[at] for name, values in listed.items()} for at in range(len(cases))]
    rows = [_case(row, owed, veil) for row in each]
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], cases.index, dtype=cases[name].dtype)
            for name in listed
        }
    )


def _case(row: dict[str, Any], owed: dict[str, int], veil: _Veil) -> dict[str, Any]:
    new = dict(row)
    lists = ("charges", "refunds", "fees")
    before = [sum(owed[one] for one in row[name]) for name in lists]
    after = [sum(veil.scaled(owed[one]) for one in row[name]) for name in lists]
    if row["shortfall"] == sum(before):
        # Sums of scaled rows: what is listed in the report adds up to the unit.
        new["charged"] = after[0] + veil.scaled(row["charged"] - before[0])
        new["shortfall"] = sum(after)
        new["refunded"] = new["charged"] - new["shortfall"]
    else:
        new["charged"] = veil.scaled(row["charged"])
        new["refunded"] = veil.scaled(row["refunded"])
        if row["shortfall"] == 0:
            new["refunded"] = new["charged"]
        new["shortfall"] = new["charged"] - new["refunded"]
    for cause in CAUSES:
        new[cause] = veil.scaled(row[cause])
    largest = max(CAUSES, key=lambda cause: abs(row[cause]))
    new[largest] += new["shortfall"] - sum(new[cause] for cause in CAUSES)
    for cause in CAUSES:
        for end, further in (("low", min), ("high", max)):
            old = row[f"{cause}_{end}"]
            if not pd.isna(old):
                new[f"{cause}_{end}"] = further(veil.scaled(old), new[cause])
    known = {abs(row[n]): abs(new[n]) for n in (*CAUSES, "shortfall", "refunded", "charged")}
    for name in (*lists, "id"):
        codes = [veil.code(one, 16) for one in ([row[name]] if name == "id" else row[name])]
        new[name] = codes[0] if name == "id" else codes
    new["account"] = veil.text(row["account"]) if isinstance(row["account"], str) else None
    new["orders"] = [veil.text(one) for one in row["orders"]]
    new["alternatives"] = [
        one._replace(
            charges=tuple(veil.code(x, 16) for x in one.charges),
            refunds=tuple(veil.code(x, 16) for x in one.refunds),
        )
        for one in row["alternatives"]
    ]
    if row["due"] is not None:
        due = row["due"].amount
        new["due"] = row["due"]._replace(amount=known.get(abs(due), veil.scaled(due)))
    for name in ("evidence", "explanation", "checklist"):
        new[name] = [veil.message(one, known) for one in row[name]]
    for name in ("next_text", "message"):
        new[name] = row[name] and veil.message(row[name], known)
    return new
