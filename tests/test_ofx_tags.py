"""The tags of an OFX text, against the plain definition of what a tag is."""

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconcile.readers import ofx_spans
from reconcile.readers.ofx_scan import scan
from reconcile.readers.ofx_tags import Tags

_TAG = re.compile(r"<(/?[A-Za-z][\w.:-]*)(?:\s[^<>]*)?/?>")
_USED = {"NAME", "/NAME", "STMTTRN", "LONGERTHANEIGHT", "A"}
_PARTS = st.sampled_from([
    "<", ">", "/", "<NAME>", "</NAME>", "<x:name a='/'>", "<STMTTRN/>", "< A>", "<A >", "<A/ >",
    "<A:>", "<LONGERTHANEIGHT>", "<LONGERTHANEIGHU>", "<INTU.BID>", "<Ä>", "<Aä>", "<A\u2003b>",
    "12345678", "12345679", "あ", "é", "\udc80", "\0", " ", "\n", "\r\n", "\x1c", "\u00a0", "&amp;",
    "x" * 41, "x" * 40 + "y", "x" * 96, "x" * 97, "\U0001f600",
])  # fmt: skip


def defined(text: str) -> tuple[list[tuple[str, str | None]], bool]:
    """Used tags with the text behind each, and whether Intuit wrote any, one after the other."""
    parts = _TAG.split(text)
    names = [
        ("/" if name.startswith("/") else "") + name.lstrip("/").rpartition(":")[2].upper()
        for name in parts[1::2]
    ]
    values = [value.strip() or None for value in parts[2::2]]
    kept = [(n, v) for n, v in zip(names, values, strict=True) if n in _USED]
    return kept, any(name.startswith("INTU.") for name in names)


def found(text: str) -> tuple[list[tuple[str, str | None]], bool]:
    """The same from `Tags`."""
    tags = Tags(text, _USED)
    out: dict[int, tuple[str, str | None]] = {}
    for name in _USED:
        where = tags.at(name).nonzero()[0]
        texts = tags.values(where).texts()
        values = texts.astype(object).where(texts.notna(), None)
        out |= {int(at): (name, value) for at, value in zip(where, values.tolist(), strict=True)}
    return [out[at] for at in sorted(out)], tags.intuit


@settings(max_examples=400, deadline=None)
@given(st.lists(_PARTS, max_size=40).map("".join), st.integers(1, 9))
def test_tags_are_those_of_the_definition(text: str, size: int) -> None:
    """A bank's unusual tag or value would be lost, cut off, or taken for another."""
    with pytest.MonkeyPatch.context() as patch:
        # As if the text were so large that it has to be worked on in pieces.
        patch.setattr(ofx_spans, "_PIECE", size)
        assert found(text) == defined(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PARTS, max_size=40).map("".join), st.sampled_from([0, 2**60]))
@example("<NAME>12345678<NAME>12345679", 0)
def test_contents_that_mix_alike_are_still_told_apart(text: str, factor: int) -> None:
    """Two payees would be one where what they are compared by happens to be the same number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ofx_spans, "_MIXED_BY", np.uint64(factor))
        assert found(text) == defined(text)


def test_a_long_file_in_pieces() -> None:
    """Of a file of many megabytes the rows where one piece ends would come out wrong."""
    rows = [f"<STMTTRN><TRNAMT>{n}<NAME>shop {n % 977} é</STMTTRN>\n" for n in range(30_000)]
    leaves = scan("<OFX><STMTRS>" + "".join(rows) + "</OFX>").rows
    assert leaves["TRNAMT"].texts().tolist() == [str(n) for n in range(30_000)]
    assert leaves["NAME"].texts().tolist() == [f"shop {n % 977} é" for n in range(30_000)]
    assert len(leaves["NAME"].names) == 977
