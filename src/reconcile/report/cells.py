"""What stands in the cells of the report's tables, in the workbook and on the page alike."""

from decimal import Decimal
from typing import Any, NamedTuple

from reconcile import text
from reconcile.text import Money


class Link(NamedTuple):
    """A text that leads to column A of a row of another sheet."""

    text: str | int
    sheet: str
    row: int


class Formula(NamedTuple):
    """A live formula, with the value it has now for viewers that do not calculate."""

    body: str
    value: Money


class Share(NamedTuple):
    """A fraction shown in percent."""

    fraction: float | Decimal


class Tinted(NamedTuple):
    """A word on the background of its meaning (a verdict)."""

    text: str
    look: str


class Column(NamedTuple):
    """A column of a table: code of its header, look of its cells, narrowest and widest width, and
    whether rows are made high for it.
    """

    header: str
    look: str = "text"
    low: int = 8
    high: int = 40
    fits: bool = True


class Voice:
    """Says what stands in a report, in its language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def say(self, code: str, **params: Any) -> str:
        """A sentence in the report's language."""
        return text.say(code, self.lang, **params)

    def account(self, label: Any) -> str:
        """The label of an account as a reader knows it; empty where a case has none."""
        return text.account(label, self.lang) if isinstance(label, str) else ""


# What is set to the right.
NUMBERS = (Money, Formula, Share, Decimal)
