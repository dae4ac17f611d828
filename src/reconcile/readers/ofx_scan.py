"""OFX text to its raw transactions, one for each `<STMTTRN>`, forgiving whatever tools write.

SGML with unclosed leaves, XML, leaves closed in reverse, one endless line: an OFX value is always
the text from its opening tag to the next tag, so the places of all tags give all values and
closing tags of leaves need not be believed. Nothing here looks at one tag after the other.
"""

import html
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers.ofx_leaf import Flags, Leaf, Positions, Rows
from reconcile.readers.ofx_tags import Tags

# Leaves of a transaction that are read (OFX 2.2, 11.4.4.1 and 5.2); all others are ignored.
FIELDS = (
    "TRNTYPE", "DTPOSTED", "DTUSER", "DTTRAN", "TRNAMT", "FITID", "NAME", "EXTDNAME", "MEMO",
    "CURRENCY", "ORIGCURRENCY", "CURSYM", "CURRATE",
)  # fmt: skip
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BREAKS = r"[\r\n\t]+"
_TO_REWRITE = re.compile("[&\r\n\t\u00a0]")
_SOME_ENTITY = "&#?[A-Za-z0-9]+;"
_COMMON_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&quot;", '"'), ("&amp;", "&"))
_OPEN = ("STMTTRN", "STMTTRNP")
_STATEMENT = ("STMTRS", "CCSTMTRS", "INVSTMTRS")
# Any of these ends a transaction that its own closing tag did not end.
_END = (
    "/STMTTRN", "/STMTTRNP", "BANKTRANLIST", "/BANKTRANLIST", "BANKTRANLISTP", "/BANKTRANLISTP",
    "LEDGERBAL", "AVAILBAL", *_STATEMENT, "/STMTRS", "/CCSTMTRS", "/INVSTMTRS", "OFX", "/OFX",
)  # fmt: skip
_USED = {
    *FIELDS, *_OPEN, *_END, "ACCTID", "ACCTTYPE", "CURDEF", "BANKACCTFROM", "STATUS", "SEVERITY",
    "MESSAGE", "CODE",
}  # fmt: skip


class Scan(NamedTuple):
    """What the text holds; `rows` have `FIELDS` and their statement's `ACCTID` and `CURDEF`."""

    rows: Rows
    statements: int
    truncated: bool
    enveloped: bool
    intuit: bool
    failure: str | None


def scan(text: str) -> Scan:
    """The transactions of an OFX text with the account and currency of their statements."""
    tags = Tags(_plain(text), _USED)
    # Half as wide as usual: half the memory to fill, and no file has so many tags.
    index = np.arange(len(tags), dtype=np.int32)
    opens = tags.at(*_OPEN)
    row_of = np.cumsum(opens, dtype=np.int32) - 1
    last_open = np.maximum.accumulate(np.where(opens, index, -1)) if len(index) else index
    ends = tags.at(*_END)
    last_end = np.maximum.accumulate(np.where(ends, index, -1)) if len(index) else index
    inside: Flags = last_open > last_end
    starts = np.flatnonzero(opens)
    statement = np.cumsum(tags.at(*_STATEMENT), dtype=np.int32)

    leaves = {name: _field(tags, name, inside, row_of, len(starts)) for name in FIELDS}
    for name in ("ACCTID", "CURDEF"):
        leaves[name] = _from_statement(tags, name, ~inside, starts, statement)
    unended = bool(len(starts)) and bool(last_end[-1] < starts[-1])
    if tags.count("OFX"):
        truncated = tags.count("/OFX") < tags.count("OFX")
    else:
        # Without an envelope only the missing end of the last transaction can tell.
        truncated = unended and bool(tags.at("/STMTTRN", "/STMTTRNP").any())
    rows = Rows(
        leaves,
        card=_on_card(tags, ~inside, starts, statement),
        pending=tags.at("STMTTRNP")[starts] | _in_list(tags, starts),
        cut=(np.arange(len(starts)) == len(starts) - 1) & (unended and truncated),
    )
    return Scan(
        rows=rows,
        statements=int(tags.at(*_STATEMENT[:2]).sum()),
        truncated=truncated,
        enveloped=tags.count("OFX") > 0,
        intuit=tags.intuit,
        failure=_failure(tags),
    )


def unescape(texts: pd.Series) -> pd.Series:
    """Entities to characters, repeatedly: converters escape what is escaped already.

    Only entities with their semicolon count, or `BED&NOTE` would turn into `BED¬E`.
    """
    for _ in range(3):
        if not texts.str.contains(_SOME_ENTITY, regex=True).any():
            break
        for entity, sign in _COMMON_ENTITIES:
            texts = texts.str.replace(entity, sign, regex=False)
        some = texts.str.contains(_SOME_ENTITY, regex=True).to_numpy(np.bool_)
        texts[some] = [
            _ENTITY.sub(lambda found: html.unescape(found[0]), text) for text in texts[some]
        ]
    return texts.str.replace("\u00a0", " ", regex=False).str.strip()


def _words(texts: pd.Series) -> pd.Series:
    """Texts to be read by people: of one line, without entities."""
    # Nearly all are so already, and one search tells.
    if _TO_REWRITE.search("\0".join(texts.tolist())) is None:
        return texts
    return unescape(texts.str.replace(_BREAKS, " ", regex=True))


def _plain(text: str) -> str:
    """The text with CDATA as escaped text and without comments; one pass, even when unclosed."""
    # Each sign is rarer than the next, and so is found sooner to be absent.
    if "!" not in text:
        return text
    if "![CDATA[" in text:
        first, *rest = text.split("<![CDATA[")
        pieces = [first]
        for part in rest:
            inner, end, after = part.partition("]]>")
            pieces += [html.escape(inner, quote=False) if end else inner, after]
        text = "".join(pieces)
    if "!--" in text:
        first, *rest = text.split("<!--")
        text = first + "".join(part.partition("-->")[2] for part in rest)
    return text


def _field(
    tags: Tags, name: str, inside: Flags, row_of: npt.NDArray[np.int32], length: int
) -> Leaf:
    """The first text of a leaf in each transaction; several MEMOs are joined."""
    where = np.flatnonzero(tags.at(name) & inside)
    leaf, rows = tags.values(where), row_of[where]
    if name in ("CURRENCY", "ORIGCURRENCY"):
        # An aggregate whose presence counts; some tools write the code straight into it.
        leaf = leaf.otherwise(Leaf.constant("-", len(leaf.codes)))
    leaf, rows = leaf.at(leaf.there), rows[leaf.there]
    if name in ("NAME", "EXTDNAME", "MEMO"):
        leaf = leaf.changed(_words)
    if name == "MEMO" and len(np.unique(rows)) < len(rows):
        joined = leaf.texts().groupby(rows).agg(" ".join)
        rows = joined.index.to_numpy(np.int64)
        leaf = Leaf.of(np.arange(len(joined)), joined.reset_index(drop=True))
    codes = np.full(length, -1, np.intp)
    codes[rows[::-1]] = leaf.codes[::-1]
    return Leaf(codes, leaf.names)


def _from_statement(
    tags: Tags, name: str, outside: Flags, starts: Positions, statement: npt.NDArray[np.int32]
) -> Leaf:
    """A leaf of the statement that each transaction: the nearest before it, else after."""
    where = np.flatnonzero(tags.at(name) & outside)
    leaf = tags.values(where)
    leaf, where = leaf.at(leaf.there), where[leaf.there]
    codes = np.full(len(starts), -1, np.intp)
    if len(where):
        place = np.searchsorted(where, starts)
        for step in (place, place - 1):
            near = np.clip(step, 0, len(where) - 1)
            same = (near == step) & (statement[where[near]] == statement[starts])
            codes[same] = leaf.codes[near[same]]
    return Leaf(codes, leaf.names)


def _on_card(
    tags: Tags, outside: Flags, starts: Positions, statement: npt.NDArray[np.int32]
) -> Flags:
    """Whether each transaction is a card's: by its statement, else unless a bank is named."""
    kinds = np.flatnonzero(tags.at(*_STATEMENT))
    if not len(kinds):
        return np.full(len(starts), not tags.count("BANKACCTFROM"))
    card = np.concatenate([[not tags.count("BANKACCTFROM")], tags.at("CCSTMTRS")[kinds]])
    line = np.flatnonzero(tags.at("ACCTTYPE") & outside)
    card[statement[line[_says(tags.values(line), "CREDITLINE")]]] = True
    flags: Flags = card[statement[starts]]
    return flags


def _in_list(tags: Tags, starts: Positions) -> Flags:
    """Whether each transaction stands in a list of pending ones."""
    edges = np.flatnonzero(tags.at("BANKTRANLISTP", "/BANKTRANLISTP", "BANKTRANLIST", *_STATEMENT))
    opened = np.concatenate([[False], tags.at("BANKTRANLISTP")[edges]])
    flags: Flags = opened[np.searchsorted(edges, starts)]
    return flags


def _failure(tags: Tags) -> str | None:
    """What the bank's server says went wrong, where it says so."""
    errors = np.flatnonzero(tags.at("SEVERITY"))
    errors = errors[_says(tags.values(errors), "ERROR")]
    if not len(errors):
        return None
    status = np.cumsum(tags.at("STATUS"))
    for name in ("MESSAGE", "CODE"):
        where = np.flatnonzero(tags.at(name) & np.isin(status, status[errors]))
        texts = unescape(tags.values(where).texts().dropna())
        if texts.ne("").any():
            return str(texts[texts.ne("")].iloc[0])
    return None


def _says(leaf: Leaf, word: str) -> Flags:
    """Where a leaf is this word, in small letters or capitals."""
    return leaf.spread(leaf.names.str.upper().eq(word).to_numpy(np.bool_), False)
