"""A payment through PayPal and the card row that paid for it: one movement, not two.

PayPal's export and the card's statement both show the money. The card's row stays, with what
PayPal knows of it. Where the refund stopped at PayPal, PayPal's rows stay, since they show where
the money is.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from reconcile.funding.pairs import Bools, Ints, candidates, settled, spoken_of
from reconcile.ledger import Source, day, spelled
from reconcile.linking.candidates import EARLIEST_DAYS, LATEST_DAYS
from reconcile.overlap import covered
from reconcile.rates import RateTable
from reconcile.same_rows import cores
from reconcile.text import Message, Money

Spans = Mapping[str, list[tuple[dt.date, dt.date]]]

# The layouts of payment services: exports that show what another account paid.
SERVICES = "paypal"


class Told(NamedTuple):
    """The row left out for one that stays: where it stands, what it says, whether it is PayPal's.

    `converted` where PayPal says that it took another currency from the card than was paid.
    """

    file: str
    line: int | None
    amount: Money
    account: str
    own: bool
    invoice: str | None
    converted: bool


class Stopped(NamedTuple):
    """A refund that PayPal shows and the card does not: the card, and whether PayPal says that it
    sent the money on to it.
    """

    account: str
    sent: bool


@dataclass(frozen=True)
class Funded:
    """What became of a ledger's payments through PayPal.

    `same` tells, by the id of the row that stays, what the row left out says; `stopped` holds the
    refunds that stopped at PayPal by id; `converted` are the ids of card rows whose original is
    PayPal's and whose rate may be too; `covered` are the days of all statements, the rows left out
    included. `ties` are ids of a charge and its refunds that PayPal's numbers hold together.
    """

    same: Mapping[str, Told] = field(default_factory=dict)
    stopped: Mapping[str, Stopped] = field(default_factory=dict)
    converted: frozenset[str] = frozenset()
    covered: Spans | None = None
    ties: frozenset[frozenset[str]] = frozenset()


NONE = Funded()


def join(
    book: pd.DataFrame, sources: Sequence[Source], rates: RateTable
) -> tuple[pd.DataFrame, Funded]:
    """The ledger with each payment through PayPal counted once, and what was found.

    `book` is a recognised ledger (one row per movement, as `combine` gives it). Counts the
    rows left out in `Source.duplicates` and notes on PayPal's file what was joined and what could
    not be. Without a PayPal export the ledger comes back as it is. Row order changes nothing.
    """
    if not any(source.layout.startswith(SERVICES) for source in sources):
        return book, NONE
    service = book["layout"].str.startswith(SERVICES).to_numpy(np.bool_)
    live = book["status"].isin(["posted", "pending"]) & book["amount"].ne(0)
    live &= ~book["kind"].isin(["fee", "interest"])
    usable = live.to_numpy(np.bool_)
    through = usable & ~service & spoken_of(book["description"])
    if not (service & usable).any():
        return book, NONE
    book = spelled(book)  # rows will be told what others know
    rows = book.reset_index(drop=True)[(service & usable) | through].sort_values(
        "id", kind="stable"
    )
    rows = _backed(rows.reset_index(names="place"), sources)
    rows = rows.assign(own=rows["layout"].str.startswith(SERVICES), day=day(rows))
    charges, unsure = settled(rows, candidates(rows, rates, refund=False))
    card_of = np.full(len(rows), -1)
    card_of[charges.own] = charges.card
    paid, printed = _payments(rows)
    # A refund goes back to the card that paid.
    home = np.where(paid >= 0, card_of[paid], -1)
    near = candidates(rows, rates, refund=True)
    account = rows["account"].to_numpy(object)
    same = (home[near.own] < 0) | (account[home[near.own]] == account[near.card])
    near = near.take(np.asarray(same, np.bool_))
    refunds, doubtful = settled(rows, near)
    stopped = np.flatnonzero((home >= 0) & ~np.isin(np.arange(len(rows)), near.own))
    # PayPal's rows stay where no part of the money went further than PayPal.
    stays = np.setdiff1d(paid[stopped], paid[near.own])
    own, card = (
        np.concatenate([charges.own, refunds.own]),
        np.concatenate([charges.card, refunds.card]),
    )
    kept_own = np.isin(own, stays)
    kept, left = np.where(kept_own, own, card), np.where(kept_own, card, own)
    _count(rows, sources, left, own, np.union1d(unsure, doubtful))
    told = _told(rows, kept, left)
    sent = rows["minor"].notna().to_numpy(np.bool_)
    ids = rows["id"].tolist()
    spans = covered(book)
    # Where each row stands in the end: in its own place, or in that of the row that stays for it.
    place = np.arange(len(rows))
    place[left] = kept
    ties = _ties(rows, place, np.where(printed, paid, -1))
    out, converted = _enriched(book, rows, own[~kept_own], card[~kept_own])
    gone = np.zeros(len(book), np.bool_)
    gone[rows["place"].to_numpy(np.int64)[left]] = True
    out = out[~gone].reset_index(drop=True)
    return out, Funded(
        told,
        {ids[i]: Stopped(str(account[home[i]]), bool(sent[i])) for i in stopped},
        converted, spans, ties,
    )  # fmt: skip


def _backed(rows: pd.DataFrame, sources: Sequence[Source]) -> pd.DataFrame:
    """The rows with what PayPal's own rows tell: `readers.backing`, its currency as `backed`."""
    names = {"number": "str", "related": "str", "invoice": "str", "minor": "Int64", "backed": "str"}
    parts = [
        one.backing.rename(columns={"currency": "backed"}).assign(file=one.file)
        for one in sources
        if one.backing is not None
    ]
    if not parts:
        empty = {name: pd.Series(None, rows.index, dtype=kind) for name, kind in names.items()}
        return rows.assign(**empty)
    told = pd.concat(parts).astype({**names, "line": "Int64"})
    return rows.merge(told, on=["file", "line"], how="left")


def _ties(rows: pd.DataFrame, place: Ints, paid: Ints) -> frozenset[frozenset[str]]:
    """The ids of each charge and its refunds by PayPal's numbers, where one account shows both."""
    back = np.flatnonzero(paid >= 0)
    table = pd.DataFrame({"charge": place[paid[back]], "refund": place[back]})
    account, ids = rows["account"].to_numpy(object), rows["id"].to_numpy(object)
    table = table[np.asarray(account[table["charge"]] == account[table["refund"]], np.bool_)]
    names = pd.Series(ids[table["refund"]]).groupby(ids[table["charge"]]).agg(list)
    found = [frozenset([str(charge), *refunds]) for charge, refunds in names.items()]
    return frozenset(found)


def _payments(rows: pd.DataFrame) -> tuple[Ints, Bools]:
    """Of each row that is PayPal's refund, the row of the payment it gives back; -1 elsewhere.

    And whether PayPal prints its number; without one, it is the only payment of that shop that
    fits.
    """
    out = np.full(len(rows), -1)
    own, back = rows["own"], rows["amount"].lt(0)
    columns = ["account", "amount", "currency", "day", "number", "related"]
    some = rows[columns].assign(core=cores(rows["description"])).reset_index(names="at")
    paid, refunds = some[own & ~back], some[own & back]
    numbered = refunds.dropna(subset="related").merge(
        paid.dropna(subset="number").drop_duplicates(["account", "number"], keep=False),
        left_on=["account", "related"], right_on=["account", "number"], suffixes=("", "_paid"),
    )  # fmt: skip
    out[numbered["at"]] = numbered["at_paid"]
    printed = out >= 0
    rest = refunds[~refunds["at"].isin(numbered["at"]) & refunds["related"].isna()]
    both = rest.merge(paid, on=["account", "currency", "core"], suffixes=("", "_paid"))
    later = (both["day"] - both["day_paid"]).dt.days
    fits = later.between(EARLIEST_DAYS, LATEST_DAYS) & (-both["amount"]).le(both["amount_paid"])
    both = both[fits].drop_duplicates("at", keep=False)
    out[both["at"]] = both["at_paid"]
    return out, printed


def _count(
    rows: pd.DataFrame, sources: Sequence[Source], left: Ints, own: Ints, unsure: Ints
) -> None:
    """Count the rows left out in their files, and note on PayPal's what was found."""
    files = rows["file"].to_numpy(object)
    unsure = np.setdiff1d(unsure, own)
    for source in sources:
        source.duplicates += int((files[left] == source.file).sum())
        joined = int((files[own] == source.file).sum())
        open_ = unsure[files[unsure] == source.file]
        if joined:
            source.notes.append(Message("funding.joined", {"count": joined}))
        if len(open_):
            lines = [str(line) for line in sorted(rows["line"].iloc[open_].dropna())]
            source.notes.append(
                Message("funding.unsure", {"count": len(open_), "lines": ", ".join(lines)})
            )


def _told(rows: pd.DataFrame, kept: Ints, left: Ints) -> dict[str, Told]:
    """What each row left out says, by the id of the row that stays."""
    gone, own = rows.iloc[left], rows["own"].to_numpy(np.bool_)[left]
    paypal = rows.iloc[np.where(own, left, kept)]
    converted = paypal["backed"].notna() & paypal["backed"].ne(paypal["currency"])
    names = ("amount", "currency", "decimals")
    amounts = zip(*(_plain(gone[name]) for name in names), strict=True)
    columns = (
        gone["file"].tolist(), _plain(gone["line"]), [Money(*one) for one in amounts],
        gone["account"].tolist(), own.tolist(), _plain(paypal["invoice"]), converted.tolist(),
    )  # fmt: skip
    told = (Told(*one) for one in zip(*columns, strict=True))
    return dict(zip(rows["id"].iloc[kept].tolist(), told, strict=True))


def _plain(column: pd.Series) -> list[Any]:
    """The values of a column, None for null."""
    return list(column.astype(object).where(column.notna(), None))


def _enriched(
    book: pd.DataFrame, rows: pd.DataFrame, own: Ints, card: Ints
) -> tuple[pd.DataFrame, frozenset[str]]:
    """The ledger with what PayPal knows put into the card's rows that stay: shop and original.

    And the ids of the rows whose original it is.
    """
    at, theirs = rows["place"].to_numpy()[card], rows.loc[own].reset_index(drop=True)
    mine = rows.loc[card].reset_index(drop=True)
    out = book.copy(deep=False)
    named = (theirs["merchant"].notna() & mine["merchant_strength"].ne("certain")).to_numpy()
    # An original in the card's own currency says that nothing was converted.
    foreign = theirs["currency"].notna() & mine["original_amount"].isna()
    # The code of an original that the card prints without one.
    unnamed = mine["original_currency"].isna() & theirs["amount"].eq(mine["original_amount"])
    back = (theirs["kind"].eq("refund") & mine["kind"].eq("payment")).to_numpy()
    for mask, names in (
        (named, {"merchant": "merchant", "merchant_strength": "merchant_strength"}),
        (foreign.to_numpy(), {"original_amount": "amount", "original_decimals": "decimals"}),
        ((foreign | unnamed.fillna(False)).to_numpy(np.bool_), {"original_currency": "currency"}),
        (back, {"kind": "kind"}),
    ):
        for name, source in names.items():
            values = out[name].copy()
            values.iloc[at[mask]] = theirs.loc[mask, source].to_numpy()
            out[name] = values.astype(book[name].dtype)
    return out, frozenset(mine.loc[foreign, "id"])
