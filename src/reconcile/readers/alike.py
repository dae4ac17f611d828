"""Unknown statements with one header in one run: read as all their rows together tell.

A month with few rows may show neither which sign charges have nor whether the day comes first, and
what is assumed there must not contradict what another month of the same card proves.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from reconcile import files
from reconcile.layout import Layout, header_row
from reconcile.ledger import Source
from reconcile.readers import dataframe, guess, tabular, text
from reconcile.readers.given import Given, Reading
from reconcile.text import Message


def groups(sources: Sequence[Source]) -> list[list[int]]:
    """The numbers of sources whose guessed layouts have one header and do not agree."""
    known: dict[tuple[str, ...], list[int]] = {}
    for number, source in enumerate(sources):
        if source.guess is not None and source.guess.header:
            known.setdefault(source.guess.header, []).append(number)
    return [each for each in known.values() if len({_told(sources[n].guess) for n in each}) > 1]


def _told(layout: Layout) -> tuple[object, ...]:
    """What a guess says that must be the same in all files of one bank."""
    return (
        layout.columns, layout.charge_negative, layout.balance_signs, layout.balance_owed,
        layout.decimal, layout.dates[:1], layout.fee_outside,
    )  # fmt: skip


def read(paths: Sequence[Path], before: Sequence[Reading], given: Given) -> list[Reading]:
    """The statements read with one guess from all of them; as `before` where that reads less."""
    parts = [
        tabular.decoded(files.load(path), source.file, source.sha256, given)
        for path, (_, source) in zip(paths, before, strict=True)
    ]
    tables = []
    for content, source in parts:
        whole = text.with_short_delimiter(content)
        tables.append(tabular.prepared(whole, text.delimiter_of(whole), source))
    heads = [dataframe.head_rows(table) for table in tables]
    own = [source.guess for _, source in before]
    starts = [header_row(layout, head) for layout, head in zip(own, heads, strict=True)]
    if None in starts:
        return list(before)
    # Whatever the order in which they were named.
    first, *others = sorted(range(len(parts)), key=lambda number: parts[number][1].sha256)
    bodies = [tables[n].cells.iloc[int(starts[n] or 0) + 1 :] for n in others]
    together = pd.concat([tables[first].cells, *bodies], ignore_index=True)
    found = guess.propose(heads[first], text.excerpt(together))
    if found is None:
        return list(before)
    out = []
    for table, (_, source), layout in zip(tables, parts, own, strict=True):
        # Where the days are read as before, each file's currency is its own.
        mine = found._replace(currency=layout.currency) if layout.dates == found.dates else found
        out.append(tabular.finish(table, mine, source, given))
    less = any(len(new) < len(old) for (new, _), (old, _) in zip(out, before, strict=True))
    if less:
        return list(before)
    for _, source in out:
        source.notes.append(Message("guess.together", {"count": len(out)}))
    return out
