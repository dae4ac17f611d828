"""Readers as tests use them: one statement file to ledger rows, and kinds told by words alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from reconcile import layout, readers
from reconcile.layout import Layout
from reconcile.layout_model import KINDS
from reconcile.readers import Reading, kinds
from reconcile.search import Seen


def read_file(path: Path, layouts: Sequence[Layout] | None = None, **given: str | None) -> Reading:
    """What the file holds, which must be one statement; `given` as in `readers.read_path`.

    Without `layouts` those that are shipped are known.
    """
    known = layout.shipped() if layouts is None else layouts
    (found,) = readers.read_path(path, known, **given)
    return found


def card_kinds(rows: pd.DataFrame) -> pd.Series:
    """`kind` of a card's ledger rows, as their words and signs tell it."""
    amount = rows["amount"].to_numpy(np.int64)
    found = kinds.codes(rows["description"], amount, bank=False, seen=Seen())
    return pd.Series(list(KINDS), dtype="str").take(found).set_axis(rows.index)


def days(folder: Path, content: str, name: str = "x.csv") -> list[str]:
    """The days of use that are read from a statement with this content."""
    path = folder / name
    path.write_text(content, "utf-8")
    return read_file(path)[0]["transaction_date"].dt.strftime("%Y-%m-%d").tolist()
