"""What comes out of the pipeline: the schema of cases, cards, rates and summary, in one place.

The report contract's fields under the same names. Money is minor units (`int64`); the edges
(JSON, Excel, console, notebook) turn it into text. Sentences are `Message`s until then.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from reconcile.ledger import Source
from reconcile.text import Message

CAUSES = ("fx_drift", "fee", "missing", "kept", "unexplained")
VERDICTS = ("refunded", "partly_refunded", "short", "missing", "waiting", "voided", "review")


class Due(NamedTuple):
    """What is still to come back: amount in minor units of `currency`, since when, until when."""

    amount: int
    currency: str | None
    places: int
    since: dt.date | None
    clock_ends: dt.date | None


class Alternative(NamedTuple):
    """Another story for the same refunds, with its probability."""

    charges: tuple[str, ...]
    refunds: tuple[str, ...]
    confidence: float


# name: (dtype, meaning). Lists hold transaction ids; intervals are 90%.
CASE_COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("str", "stable id, from the transactions and orders in the case"),
    "account": ("str", "card or account of the transactions"),
    "charges": ("object", "list of transaction ids"),
    "refunds": ("object", "list of transaction ids"),
    "orders": ("object", "list of order numbers, as text"),
    "fees": ("object", "list of ids of fee rows that belong to the case"),
    "currency": ("str", "billing currency; null where nothing tells it"),
    "decimals": ("int8", "digits after the decimal sign of the amounts"),
    "charged": ("int64", "sum of the charges and their fee rows"),
    "refunded": ("int64", "sum of the refunds, net of their fee rows; positive"),
    "shortfall": ("int64", "charged - refunded = the sum of the five causes"),
    **dict.fromkeys(CAUSES, ("int64", "see the report contract")),
    **{
        f"{cause}_{end}": ("Int64", f"{end} end of the 90% interval; null where unknown")
        for cause in CAUSES
        for end in ("low", "high")
    },
    "verdict": ("str", " | ".join(VERDICTS)),
    "confidence": ("float64", "probability that exactly these charges and refunds belong together"),
    "alternatives": ("object", "list of Alternative"),
    "due": ("object", "Due or None"),
    "merchant_strength": ("str", "certain | weak"),
    "evidence": ("object", "list of Message"),
    "explanation": ("object", "list of Message, read one after the other"),
    "next_step": ("str", "code of the next step; 'none' where nothing is to be done"),
    "deadline": ("object", "datetime.date or None"),
    "next_text": ("object", "Message: the next step as a sentence"),
    "message": ("object", "Message: a letter ready to send, in its reader's language; or None"),
    "checklist": ("object", "list of Message: what to check, answered where the data do"),
}
CARD_COLUMNS: dict[str, tuple[str, str]] = {
    "account": ("str", "…1234"),
    "issuer": ("str", "issuer of the card; null where unknown"),
    "fee": ("str", "foreign-transaction fee as a decimal fraction in text; null where unknown"),
    "fee_source": ("str", "issuer table | learned | given; null where unknown"),
    "refund_mode": ("str", "kept | symmetric | double | none | unknown"),
    "markup_low": ("str", "low end of the 90% interval of the markup; null where unknown"),
    "markup_high": ("str", "high end"),
    "covered": ("object", "list of (first day, last day) that the statements cover"),
}
RATE_COLUMNS: dict[str, tuple[str, str]] = {
    "base": ("str", "the one unit"),
    "quote": ("str", "what it costs"),
    "date": ("datetime64[us]", "day of the fixing"),
    "rate": ("str", "quote per one base, decimal text"),
    "source": ("str", "ecb | file | online"),
}
UNLINKED_COLUMNS: dict[str, tuple[str, str]] = {
    "transaction": ("str", "id of a refund that stands in no case"),
    "reason": ("object", "Message"),
}
SUMMARY_AMOUNTS = (
    "charged", "refunded", "shortfall", *CAUSES, "waiting", "not_returned",
)  # fmt: skip
SUMMARY_COLUMNS: dict[str, tuple[str, str]] = {
    "currency": ("str", "billing currency; null where nothing tells it"),
    "decimals": ("int8", "digits after the decimal sign"),
    **dict.fromkeys(SUMMARY_AMOUNTS, ("int64", "sum over the cases of that currency")),
}


@dataclass(frozen=True)
class Tables:
    """Everything a run found, as frames; every report is made from this and from nothing else."""

    as_of: dt.date
    sources: list[Source]
    transactions: pd.DataFrame
    cases: pd.DataFrame
    unlinked: pd.DataFrame
    cards: pd.DataFrame
    rates: pd.DataFrame
    summary: pd.DataFrame
    notes: list[Message] = field(default_factory=list)


def frame(
    columns: dict[str, tuple[str, str]], rows: dict[str, object] | None = None
) -> pd.DataFrame:
    """A frame with exactly these columns and dtypes, from lists by column name (absent: null)."""
    rows = rows or {}
    length = max((len(values) for values in rows.values() if isinstance(values, list)), default=0)
    index = pd.RangeIndex(length)
    data = {
        name: pd.Series(rows.get(name), index=index, dtype=dtype)
        for name, (dtype, _) in columns.items()
    }
    return pd.DataFrame(data, copy=False)
