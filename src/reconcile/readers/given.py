"""What goes into a reader beside the file, and what comes out of it."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from reconcile.layout_model import Layout
from reconcile.ledger import Source

# A statement's rows (the reader's columns) and what became of its lines.
Reading = tuple[pd.DataFrame, Source]


class Given(NamedTuple):
    """What the caller knows better than the file."""

    layouts: Sequence[Layout]
    layout: str | None
    encoding: str | None
    currency: str | None
