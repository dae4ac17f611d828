"""Unknown statements with one header in one run: what one of them only assumes, another may prove.

A month with few rows may show neither which sign charges have nor which part of a day is the month.
There the word of a file that shows it counts, and where none does, all their rows together. Files
that prove opposite things are of different banks.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from reconcile import files
from reconcile.layout import Layout, header_row
from reconcile.ledger import Source
from reconcile.readers import delimiters, guess, tabular, text
from reconcile.readers.given import Given, Reading
from reconcile.text import Message

_PROVEN, _LIKELY, _ASSUMED = 2, 1, 0
# How much what a guess says of itself is worth.
_WORTH = {
    **dict.fromkeys(("words", "balance", "owed"), _PROVEN),
    "first": _LIKELY,
    **dict.fromkeys(("even", "most", "although", "bank"), _ASSUMED),
}
_SIGNS = {
    f"guess.{sign}_{how}": worth
    for sign in ("negative", "positive")
    for how, worth in _WORTH.items()
}
_DAYS = {f"guess.{order}_first{near}": _LIKELY if near else _ASSUMED
         for order in ("day", "month", "year") for near in ("", "_near")}  # fmt: skip
_DAYS["guess.year_last"] = _ASSUMED
_CURRENCY = frozenset(("guess.currency_mark", "guess.currency_language", "guess.currency_korean"))


class _Aspect(NamedTuple):
    """Fields of a layout that are settled together, and what the notes on them are worth; where
    there is no note, `silent`.
    """

    fields: tuple[str, ...]
    worth: dict[str, int]
    silent: int | None

    def rank(self, layout: Layout) -> int | None:
        """How sure a layout is; None where the file has no such question."""
        told = [self.worth[note.code] for note in layout.assumed if note.code in self.worth]
        return min(told, default=self.silent)

    def value(self, layout: Layout) -> tuple[object, ...]:
        return tuple(getattr(layout, name) for name in self.fields)


_ASPECTS = (
    _Aspect(("charge_negative",), _SIGNS, None),
    _Aspect(("dates",), _DAYS, _PROVEN),
)


def groups(sources: Sequence[Source]) -> list[list[int]]:
    """The numbers of sources with one header of which a guess may help another."""
    known: dict[tuple[str, ...], list[int]] = {}
    for number, source in enumerate(sources):
        if source.guess is not None and source.guess.header:
            known.setdefault(source.guess.header, []).append(number)
    return [each for each in known.values() if _open([sources[n].guess for n in each])]


def _open(layouts: Sequence[Layout]) -> list[_Aspect]:
    """What the layouts do not agree on, though not more than one answer is proven."""
    out = []
    for aspect in _ASPECTS:
        asked = [
            (rank, aspect.value(each))
            for each in layouts
            if (rank := aspect.rank(each)) is not None
        ]
        proven = {value for rank, value in asked if rank == _PROVEN}
        if (
            len({value for _, value in asked}) > 1
            and len(proven) < 2
            and any(rank < _PROVEN for rank, _ in asked)
        ):
            out.append(aspect)
    return out


def read(paths: Sequence[Path], before: Sequence[Reading], given: Given) -> list[Reading]:
    """The statements with what they settle for each other; as `before` where that reads less."""
    own = [source.guess for _, source in before]
    parts, tables, starts = [], [], []
    for path, (_, source) in zip(paths, before, strict=True):
        content, fresh = tabular.decoded(files.load(path), source.file, source.sha256, given)
        content = tabular.plain_text(content)
        parts.append(fresh)
        tables.append(tabular.prepared(content, delimiters.likeliest(content), fresh))
        start = header_row(source.guess, tables[-1].head)
        if start is None:
            return list(before)
        starts.append(start)

    def together() -> Layout | None:
        # Whatever the order in which they were named.
        first, *others = sorted(range(len(parts)), key=lambda number: parts[number].sha256)
        bodies = [tables[n].cells.iloc[starts[n] + 1 :] for n in others]
        cells = pd.concat([tables[first].cells, *bodies], ignore_index=True)
        return guess.propose(tables[first].head, text.excerpt(cells))

    new = _settled(own, together)
    out = []
    for table, source, mine, was, old in zip(tables, parts, new, own, before, strict=True):
        if mine == was:
            out.append(old)
            continue
        frame, found = tabular.finish(table, mine, source, given)
        found.notes.append(Message("guess.together"))
        out.append((frame, found) if len(frame) >= len(old[0]) else old)
    return out


def _settled(own: Sequence[Layout], together: Callable[[], Layout | None]) -> list[Layout]:
    """Each layout with what others are surer of."""
    out = list(own)
    joint: list[Layout | None] = []
    for aspect in _open(own):
        ranks = [aspect.rank(each) for each in own]
        best = max(rank for rank in ranks if rank is not None)
        sure = {
            aspect.value(each): each for each, rank in zip(own, ranks, strict=True) if rank == best
        }
        leader = next(iter(sure.values())) if len(sure) == 1 else None
        if leader is None:
            joint = joint or [together()]
            leader = joint[0]
        if leader is None:
            continue
        for number, rank in enumerate(ranks):
            mine = out[number]
            if rank is not None and rank < _PROVEN and aspect.value(mine) != aspect.value(leader):
                out[number] = _taking(mine, leader, aspect)
    return out


def _taking(mine: Layout, leader: Layout, aspect: _Aspect) -> Layout:
    """A layout with an aspect of another, and what was said of it."""
    kept = [note for note in mine.assumed if note.code not in aspect.worth]
    said = [note for note in leader.assumed if note.code in aspect.worth]
    taken = {name: getattr(leader, name) for name in aspect.fields}
    # A currency that the other order of days had suggested is none any more.
    if "dates" in taken and any(note.code in _CURRENCY for note in kept):
        kept = [note for note in kept if note.code not in _CURRENCY]
        taken["currency"] = None
    return mine._replace(**taken, assumed=(*kept, *said))
