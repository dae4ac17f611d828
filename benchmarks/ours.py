"""This program as a linker for the worlds: a ledger and its orders in, cases out."""

import datetime as dt

import pandas as pd

from reconcile import intake, pipeline
from reconcile import orders as order_lists
from reconcile.settings import Settings

# Worlds end before this day; deadlines are not what accuracy measures.
_AS_OF = dt.date(2026, 11, 23)


def linker(ledger: pd.DataFrame, orders: pd.DataFrame | None) -> pd.DataFrame:
    """Cases (`charges`, `refunds`, `confidence`, causes and their intervals in minor units)."""
    wanted = order_lists.none() if orders is None else order_lists.normalise(orders)
    settings = Settings(as_of=_AS_OF)
    book = intake.recognise(ledger.copy())
    return pipeline.Held(book, [], intake.rate_source(settings), settings, wanted).tables().cases
