"""What every case of a run is made from, and what all case rows share."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from reconcile import credited
from reconcile.explain import Split
from reconcile.fees import Attached
from reconcile.ledger import day
from reconcile.linking.fit import Links
from reconcile.linking.worth import UNNAMED, original_currency
from reconcile.rates import RateTable
from reconcile.readings import Readings
from reconcile.steps import CardDays
from reconcile.text import Money

Span = tuple[dt.date, dt.date]

Covered = dict[str, list[tuple[dt.date, dt.date]]]


class Scene(NamedTuple):
    """What every case of a run is made from; lists hold one value per movement of the links."""

    links: Links
    split: Split
    read: Readings
    covered: Covered
    as_of: dt.date
    id: list[str]
    currency: list[str | None]
    places: list[int]
    day: list[dt.date | None]
    description: list[str]
    strength: list[str]
    original: list[int | None]
    original_places: list[int]
    merchant_currency: list[str | None]
    named: list[bool]
    accounts: list[int]
    # Per account: is enough known of its fee to tell it, and its refund mode.
    fee_told: list[bool]
    mode: list[str]
    attached: Attached
    cards: dict[str, CardDays]
    pending: list[bool]
    # By its words a card company may take this credit back.
    provisional: list[bool]

    def spans(self, row: int) -> list[tuple[dt.date, dt.date]]:
        """The days covered for the account of a movement."""
        return self.covered[self.account(row)]

    def every(self) -> list[tuple[dt.date, dt.date]]:
        """The days that the statements of all cards cover; the card of an order is not known."""
        return shared(self.covered.values()) or []

    def account(self, row: int) -> str:
        """The account of a movement."""
        return self.links.moves.accounts[self.accounts[row]]


def shared(covered: Iterable[Sequence[Span] | None]) -> list[Span] | None:
    """The days that all of these cover; None stands for no account, and comes of none."""
    out: list[Span] | None = None
    for spans in covered:
        if spans is None:
            continue
        if out is None:
            out = list(spans)
            continue
        out = [
            (max(a, first), min(b, last))
            for a, b in out
            for first, last in spans
            if max(a, first) <= min(b, last)
        ]
    return out


def make(
    links: Links, split: Split, read: Readings, table: RateTable, as_of: dt.date, covered: Covered,
    attached: Attached, cards: dict[str, CardDays],
) -> Scene:  # fmt: skip
    """The scene of a run's links."""
    rows = links.moves.frame
    known = original_currency(rows, table)
    original = rows["original_amount"].abs()
    sources = links.cards.source
    learned = links.cards.learned().tolist()
    fee = [s is not None or told for s, told in zip(sources, learned, strict=True)]
    return Scene(
        links, split, read, covered, as_of, rows["id"].tolist(), _known(rows["currency"]),
        rows["decimals"].tolist(), day(rows).to_numpy("datetime64[D]").tolist(),
        rows["description"].astype(object).map(str).tolist(),
        rows["merchant_strength"].tolist(), _known(original), rows["original_decimals"].tolist(),
        _known(known.mask(known.eq(UNNAMED))), rows["original_currency"].notna().tolist(),
        links.moves.account.tolist(), fee, [links.cards.mode(n) for n in range(len(sources))],
        attached, cards, rows["status"].eq("pending").tolist(),
        (links.moves.refund & credited.saying(rows["description"], "provisional")).tolist(),
    )  # fmt: skip


def _known(column: pd.Series) -> list[Any]:
    """The values of a column, None for null."""
    return list(column.astype(object).where(column.notna(), None))


def case_id(charges: Sequence[str], refunds: Sequence[str], orders: Sequence[str] = ()) -> str:
    """A stable id from the transactions of a case; from its orders where it has none."""
    parts = (charges, refunds, () if charges or refunds else orders)
    text = "|".join(",".join(sorted(part)) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def case_row(
    scene: Scene, charge: list[int], refund: list[int], causes: dict[str, int], **values: Any
) -> dict[str, Any]:
    """A case row: what all cases share, then `values`."""
    row = {
        "account": scene.account(charge[0]) if charge else None,
        "charges": [scene.id[i] for i in charge], "refunds": [scene.id[i] for i in refund],
        "fees": scene.attached.rows([scene.id[i] for i in charge + refund]),
        "shortfall": values["charged"] - values["refunded"], **causes, **values,
        "_day": (scene.day[charge[0]] if charge else None) or scene.as_of,
    }  # fmt: skip
    row["id"] = case_id(row["charges"], row["refunds"], row["orders"])
    return row


def place(scene: Scene, row: int) -> dict[str, Any]:
    """What a next step needs to know of a charge's card, as fields of a `Situation`."""
    account = scene.account(row)
    days = scene.cards.get(account, CardDays())
    return {
        "as_of": scene.as_of, "covered": scene.spans(row), "account": account,
        "currency": scene.currency[row], "closing": days.closing, "expires": days.expires,
        "description": scene.description[row],
    }  # fmt: skip


def on_statement(scene: Scene, rows: Sequence[int]) -> Money:
    """What the statement prints for these rows together, without fee rows of their own."""
    minor = int(scene.links.moves.minor[list(rows)].sum())
    return Money(minor, scene.currency[rows[0]], scene.places[rows[0]])
