"""OFX text to a raw table of strings, one row per `<STMTTRN>`, forgiving whatever tools write.

SGML with unclosed leaves, XML, leaves closed in reverse, one endless line: an OFX value is always
the text from its opening tag to the next tag, so one split of the text finds all of them and
closing tags of leaves need not be believed. Everything after the split is vectorised.
"""

import html
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

# Leaves of a transaction that are read (OFX 2.2, 11.4.4.1 and 5.2); all others are ignored.
FIELDS = (
    "TRNTYPE", "DTPOSTED", "DTUSER", "DTTRAN", "TRNAMT", "FITID", "NAME", "EXTDNAME", "MEMO",
    "CURRENCY", "ORIGCURRENCY", "CURSYM", "CURRATE",
)  # fmt: skip
_TAG = re.compile(r"<(/?[A-Za-z][\w.:-]*)(?:\s[^<>]*)?/?>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
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

Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Scan:
    """What the text holds.

    `rows`: strings (null where absent) of `FIELDS`, of the statement's `ACCTID` and `CURDEF`, and
    the flags `card`, `pending` and `cut` (the file ends inside the transaction).
    """

    rows: pd.DataFrame
    statements: int
    truncated: bool
    enveloped: bool
    intuit: bool
    failure: str | None


class _Tokens:
    """The tags that matter, in order, as small integers, with the text that follows each."""

    def __init__(self, text: str) -> None:
        parts = _TAG.split(_plain(text))
        codes, names = pd.factorize(np.array(parts[1::2], dtype=object))
        # A namespace prefix or small letters change nothing about a tag.
        bare = [_bare(name) for name in names]
        self.intuit = any(name.startswith("INTU.") for name in bare)
        self.known = {name: code for code, name in enumerate(sorted(_USED))}
        recode = np.array([self.known.get(name, -1) for name in bare], dtype=np.int64)
        kept = np.flatnonzero(recode[codes] >= 0) if len(bare) else np.zeros(0, np.intp)
        self.codes = recode[codes[kept]]
        self.values = np.array(parts[2::2], dtype=object)[kept]

    def at(self, *names: str) -> Flags:
        wanted = np.zeros(len(self.known), np.bool_)
        wanted[[self.known[name] for name in names]] = True
        flags: Flags = wanted[self.codes]
        return flags

    def count(self, name: str) -> int:
        return int(self.at(name).sum())

    def text_at(self, where: Positions) -> pd.Series:
        return pd.Series(self.values[where], dtype="str").str.strip()


def scan(text: str) -> Scan:
    """The transactions of an OFX text with the account and currency of their statements."""
    tokens = _Tokens(text)
    index = np.arange(len(tokens.codes))
    opens = tokens.at(*_OPEN)
    row_of = np.cumsum(opens) - 1
    last_open = np.maximum.accumulate(np.where(opens, index, -1)) if len(index) else index
    ends = tokens.at(*_END)
    last_end = np.maximum.accumulate(np.where(ends, index, -1)) if len(index) else index
    inside: Flags = last_open > last_end
    starts = np.flatnonzero(opens)
    statement = np.cumsum(tokens.at(*_STATEMENT), dtype=np.int64)

    rows = {name: _field(tokens, name, inside, row_of, len(starts)) for name in FIELDS}
    for name in ("ACCTID", "CURDEF"):
        rows[name] = _from_statement(tokens, name, ~inside, starts, statement)
    table = pd.DataFrame(rows, dtype="str")
    table["card"] = _on_card(tokens, ~inside, starts, statement)
    table["pending"] = tokens.at("STMTTRNP")[starts] | _in_list(tokens, starts)
    unended = bool(len(starts)) and bool(last_end[-1] < starts[-1])
    if tokens.count("OFX"):
        truncated = tokens.count("/OFX") < tokens.count("OFX")
    else:
        # Without an envelope only the missing end of the last transaction can tell.
        truncated = unended and bool(tokens.at("/STMTTRN", "/STMTTRNP").any())
    table["cut"] = (np.arange(len(starts)) == len(starts) - 1) & (unended and truncated)
    return Scan(
        rows=table,
        statements=int(tokens.at(*_STATEMENT[:2]).sum()),
        truncated=truncated,
        enveloped=tokens.count("OFX") > 0,
        intuit=tokens.intuit,
        failure=_failure(tokens),
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


def _plain(text: str) -> str:
    """The text with CDATA as escaped text and without comments; one pass, even when unclosed."""
    if "<![CDATA[" in text:
        first, *rest = text.split("<![CDATA[")
        pieces = [first]
        for part in rest:
            inner, end, after = part.partition("]]>")
            pieces += [html.escape(inner, quote=False) if end else inner, after]
        text = "".join(pieces)
    if "<!--" in text:
        first, *rest = text.split("<!--")
        text = first + "".join(part.partition("-->")[2] for part in rest)
    return text


def _bare(tag: str) -> str:
    slash = "/" if tag.startswith("/") else ""
    return slash + tag.lstrip("/").rpartition(":")[2].upper()


def _field(
    tokens: _Tokens, name: str, inside: Flags, row_of: npt.NDArray[np.int64], length: int
) -> npt.NDArray[np.object_]:
    """The first text of a leaf in each transaction; several MEMOs are joined."""
    where = np.flatnonzero(tokens.at(name) & inside)
    texts = tokens.text_at(where)
    rows = row_of[where]
    filled = texts.ne("").to_numpy(np.bool_)
    if name in ("CURRENCY", "ORIGCURRENCY"):
        # An aggregate whose presence counts; some tools write the code straight into it.
        texts = texts.mask(~filled, "-")
    else:
        texts, rows = texts[filled], rows[filled]
    if name in ("NAME", "EXTDNAME", "MEMO"):
        texts = unescape(texts.str.replace(r"[\r\n\t]+", " ", regex=True))
    if name == "MEMO" and len(np.unique(rows)) < len(rows):
        joined = texts.groupby(rows).agg(" ".join)
        texts, rows = joined, joined.index.to_numpy(np.int64)
    found = np.full(length, None, dtype=object)
    found[rows[::-1]] = texts.to_numpy(object)[::-1]
    return found


def _from_statement(
    tokens: _Tokens, name: str, outside: Flags, starts: Positions, statement: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    """A leaf of the statement that each transaction: the nearest before it, else after."""
    where = np.flatnonzero(tokens.at(name) & outside)
    texts = tokens.text_at(where)
    where = where[texts.ne("").to_numpy(np.bool_)]
    found = np.full(len(starts), None, dtype=object)
    if not len(where):
        return found
    filled = texts[texts.ne("")].to_numpy(object)
    place = np.searchsorted(where, starts)
    for step in (place, place - 1):
        near = np.clip(step, 0, len(where) - 1)
        same = (near == step) & (statement[where[near]] == statement[starts])
        found[same] = filled[near[same]]
    return found


def _on_card(
    tokens: _Tokens, outside: Flags, starts: Positions, statement: npt.NDArray[np.int64]
) -> Flags:
    """Whether each transaction is a card's: by its statement, else unless a bank is named."""
    kinds = np.flatnonzero(tokens.at(*_STATEMENT))
    if not len(kinds):
        return np.full(len(starts), not tokens.count("BANKACCTFROM"))
    card = np.concatenate([[not tokens.count("BANKACCTFROM")], tokens.at("CCSTMTRS")[kinds]])
    line = np.flatnonzero(tokens.at("ACCTTYPE") & outside)
    credit = statement[line[tokens.text_at(line).str.upper().eq("CREDITLINE").to_numpy(np.bool_)]]
    card[credit] = True
    flags: Flags = card[statement[starts]]
    return flags


def _in_list(tokens: _Tokens, starts: Positions) -> Flags:
    """Whether each transaction stands in a list of pending ones."""
    edges = np.flatnonzero(
        tokens.at("BANKTRANLISTP", "/BANKTRANLISTP", "BANKTRANLIST", *_STATEMENT)
    )
    opened = np.concatenate([[False], tokens.at("BANKTRANLISTP")[edges]])
    flags: Flags = opened[np.searchsorted(edges, starts)]
    return flags


def _failure(tokens: _Tokens) -> str | None:
    """What the bank's server says went wrong, where it says so."""
    errors = np.flatnonzero(tokens.at("SEVERITY"))
    errors = errors[tokens.text_at(errors).str.upper().eq("ERROR").to_numpy(np.bool_)]
    if not len(errors):
        return None
    status = np.cumsum(tokens.at("STATUS"))
    for name in ("MESSAGE", "CODE"):
        where = np.flatnonzero(tokens.at(name) & np.isin(status, status[errors]))
        texts = unescape(tokens.text_at(where))
        if texts.ne("").any():
            return str(texts[texts.ne("")].iloc[0])
    return None
