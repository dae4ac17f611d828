"""Whose card or account each row is, by its cell, the rows above it or the file's name."""

import re

import pandas as pd

from reconcile.layout import Layout
from reconcile.ledger import Source
from reconcile.readers.rows import Roles, standing

_FOUR = re.compile(r"(?<!\d)(?<!(?:19|20)\d\d[-_. ])(?!19|20)\d{4}(?!\d)")
# Month and year, as files are named by: `0925`, `2509`.
_PERIOD = re.compile(r"(?:0[1-9]|1[0-2])(?:1[5-9]|[23]\d)|(?:1[5-9]|[23]\d)(?:0[1-9]|1[0-2])")
# The card as a user names it in a file's name, whatever the layout: `card-1234.csv`, `#1234`.
_NAMED = re.compile(r"(?i)(?:(?<![a-z])card[-_ ]?(?!19|20)|[…#])(\d{4})(?!\d)")


def keys(frame: pd.DataFrame, layout: Layout, roles: Roles, source: Source) -> pd.Series:
    """The account of each row: its own column, the holder row above, the file's name, or none."""
    key = frame["account"]
    if key.notna().all():
        return key
    key = key.astype("str")
    if roles.accounts:
        key = key.fillna(pd.Series(standing(roles.accounts, key.index), key.index, dtype="str"))
    pattern = layout.account_in_file
    found = pattern.search(source.file) if pattern is not None else None
    found = found or _NAMED.search(source.file)
    if found is not None:
        key = key.fillna(found[1])
    elif layout.any_bank:
        key = key.fillna(_digits_of(source.file))
    return key.fillna("")


def _digits_of(file: str) -> str:
    """The only group of four digits in a file's name that is no year, follows none, and is no month
    of a year.
    """
    for part in reversed(file.split("!")):
        found = set(_FOUR.findall(part))
        if len(found) == 1 and not _PERIOD.fullmatch(one := str(found.pop())):
            return one
    return ""
