"""What a layout is: its types, and the plain form in which texts are compared."""

import re
from functools import lru_cache
from typing import NamedTuple

from reconcile.signs import fold
from reconcile.text import Message

# Ledger fields that a column, a note or a memo may fill, and helpers that only rules read.
FIELDS = frozenset(
    """transaction_date posted_date description amount debit credit currency original_amount
    original_currency conversion_rate conversion_date fee_amount reference account kind status
    billed memo type direction holder balance total
    statement_date related invoice""".split()
)
ROLES = ("note", "section", "holder", "total", "preamble", "charge", "repeat", "end", "skip")
OVER = ("block", "holder", "section", "file")
LENT_BY = ("above", "below", "statement")
KINDS = ("purchase", "refund", "payment", "fee", "interest", "cash_advance", "adjustment")
STATUS = ("posted", "pending", "failed", "voided")
# The name of layouts that were made for one file.
GUESSED = "guessed"
# Rows that a word tells something of, where it does not of all.
SIDES = {"charges": 1, "money_back": -1}
SIGNS = ("as_printed", "positive", "negative", "opposite")

# A column by header text, `/regex/` of it, or position (negative: counted from the right).
ColumnRef = str | int


class Effect(NamedTuple):
    """What a matching word, section or prefix makes of a row."""

    kind: str | None = None
    status: str | None = None
    sign: str = "as_printed"


class Match(NamedTuple):
    """A pattern looked for in one column's plain text (`*`: the whole row, cells joined by `|`)."""

    column: str
    pattern: re.Pattern[str]


class RowRule(NamedTuple):
    """Rows that are no transaction of their own, and what they are instead."""

    role: str
    match: Match
    name: str
    below: bool = False
    effect: Effect = Effect()
    sums: str = "amount"
    over: str = "block"
    dated: bool = False
    drop: bool = False
    date: tuple[str, ...] = ()


class WordRule(NamedTuple):
    """A word in a transaction's column that tells its kind, status or sign; where `side` is not 0
    of charges (1) or of money back (-1) alone."""

    match: Match
    effect: Effect
    side: int = 0


class Extract(NamedTuple):
    """A pattern whose named groups fill other fields of the same row, of those rows alone that
    `where` fits, if given."""

    match: Match
    blank_only: bool = False
    where: Match | None = None


class Layout(NamedTuple):
    """One issuer's export. See `docs/layouts.md` for the meaning of each key."""

    name: str
    title: str
    issuer: str | None
    currency: str | None
    bank: bool
    partial: str | None
    header: tuple[str, ...]
    header_absent: tuple[str, ...]
    shape: tuple[tuple[int, re.Pattern[str]], ...]
    widths: tuple[int, ...]
    encodings: tuple[str, ...]
    delimiter: str | None
    quoted: bool
    wide_column: int | None
    dates: tuple[str, ...]
    decimal: str
    group: str
    columns: tuple[tuple[str, tuple[ColumnRef, ...]], ...]
    charge_negative: bool
    fee_outside: bool
    account_in_file: re.Pattern[str] | None
    rows: tuple[RowRule, ...]
    words: tuple[WordRule, ...]
    extracts: tuple[Extract, ...]
    assumed: tuple[Message, ...] = ()
    balance_signs: bool = False
    balance_owed: bool = False
    original_decimal: str | None = None
    mentions: tuple[re.Pattern[str], ...] = ()
    thousands_column: int | None = None
    short_column: int | None = None
    one_date_format: bool = False
    blank: tuple[str, ...] = ()
    date_in_file: re.Pattern[str] | None = None
    amount_currencies: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, tuple[ColumnRef, ...]]:
        """Columns by ledger field."""
        return dict(self.columns)

    @property
    def guessed(self) -> bool:
        """Whether it was made for this file, whose bank is not known."""
        return self.name == GUESSED

    @property
    def any_bank(self) -> bool:
        """Whether it says nothing of the bank, so that only the file tells what its columns hold
        and whose card it is.
        """
        return self.guessed or self.name == "qif"


@lru_cache(maxsize=4096)  # every layout asks for the same cells
def plain(cell: str) -> str:
    """A header cell as compared: half-width, single spaces, lower case."""
    return re.sub(r"\s+", " ", fold(cell)).casefold()


def is_regex(text: str) -> bool:
    """Whether a header cell is given as `/pattern/`."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")
