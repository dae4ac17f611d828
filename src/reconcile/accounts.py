"""What is known of each account's card before its rows are linked: issuer, fee, days, rates."""

import datetime as dt
from calendar import monthrange
from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import cards, issuers, ledger, markups, pool
from reconcile.advice import Spans
from reconcile.clock import Closing
from reconcile.distinct import grouped
from reconcile.errors import SettingsError
from reconcile.ledger import Source
from reconcile.linking.fit import CardSetup
from reconcile.linking.worth import Printing, original_currency
from reconcile.markups import Terms
from reconcile.pool import Pool
from reconcile.rates import RateTable
from reconcile.settings import Card, Settings
from reconcile.steps import CardDays

_ANY = Card()
_EPOCH = dt.date(1970, 1, 1)
# What a foreign row tells of its card's rates by.
_RATED = [
    "transaction_date", "posted_date", "conversion_date", "conversion_rate", "amount", "currency",
    "decimals", "fee_amount", "original_amount", "original_currency", "original_decimals",
    "account", "layout",
]  # fmt: skip


def issuer_of(book: pd.DataFrame, sources: Sequence[Source]) -> dict[str, str | None]:
    """Issuer of each account, by the layout that read it (the first, where files differ)."""
    by_layout = {source.layout: source.issuer for source in sources if source.issuer}
    # By number: text columns are slow to compare, and there may be millions of rows.
    place, names = grouped(book["account"])
    kind, layouts = grouped(book["layout"])
    out: dict[str, str | None] = dict.fromkeys(names.tolist())
    # The first layout by name stands, so it is written last.
    numbers = {str(name): number for number, name in enumerate(layouts.tolist())}
    for name in sorted(set(numbers) & set(by_layout), reverse=True):
        mine = np.unique(place[(kind == numbers[name]) & (place >= 0)])
        out.update(dict.fromkeys(names[mine].tolist(), by_layout[name]))
    return out


def terms(issuer: Mapping[str, str | None], settings: Settings) -> dict[str, Terms]:
    """What is known of each account's card: by its own settings, else all cards', else its layout.

    `SettingsError` when the user names an issuer that the table lacks.
    """
    for given in (settings.issuer, *(card.issuer for card in settings.cards.values())):
        if given is not None and given not in issuers.known():
            options = ", ".join(issuers.known())
            raise SettingsError("choice", key="issuer", value=given, options=options)
    # Made once for each issuer: most of very many accounts have no settings of their own.
    usual = {name: _terms(_ANY, name, settings) for name in set(issuer.values())}
    return {
        account: _terms(settings.cards[account], by_layout, settings)
        if account in settings.cards
        else usual[by_layout]
        for account, by_layout in issuer.items()
    }


def _terms(own: Card, by_layout: str | None, settings: Settings) -> Terms:
    name = own.issuer or settings.issuer or by_layout
    return Terms(
        name, own.network or issuers.network(name),
        settings.fee if own.fee is None else own.fee, own.refund_mode or settings.refund_mode,
    )  # fmt: skip


def in_rate(known: Mapping[str, Terms], printed: Container[str]) -> dict[str, Terms]:
    """The terms as far as a card's rates hold them.

    Where the fee stands in rows of its own, the rate holds none of it, whatever is known of it.
    """
    return {
        name: one if name not in printed else Terms(network=one.network)
        for name, one in known.items()
    }


def calendars(known: Mapping[str, Terms], settings: Settings) -> dict[str, CardDays]:
    """Closing day, payment day and end of each account's card: the user's, else the issuer's."""
    usual = {
        name: CardDays(issuers.closing(name), None)
        for name in {one.issuer for one in known.values()}
    }
    return {
        account: _calendar(settings.cards[account], one)
        if account in settings.cards
        else usual[one.issuer]
        for account, one in known.items()
    }


def _calendar(own: Card, one: Terms) -> CardDays:
    closing = issuers.closing(one.issuer)
    if own.closing_day is not None:
        # Without a payment day of their own, bills are paid at the end of the next month.
        closing = Closing(own.closing_day, own.payment_day or 31, own.payment_months)
    ends = None
    if own.expires is not None:
        year, month = (int(part) for part in own.expires.split("-"))
        ends = dt.date(year, month, monthrange(year, month)[1])
    return CardDays(closing, ends)


def setup(
    book: pd.DataFrame, accounts: Sequence[str], known: Mapping[str, Terms], table: RateTable,
    converted: frozenset[str] = frozenset(), given: Pool | None = None,
    covered: Mapping[str, Spans] | None = None,
) -> tuple[CardSetup, npt.NDArray[np.bool_]]:  # fmt: skip
    """What the foreign rows of these accounts show, and which rows of the ledger are theirs.

    `converted` are the ids of rows that another may have converted than the card: no evidence.
    `covered` are the spans of days of each account.
    """
    number = {name: at for at, name in enumerate(accounts)}
    place, names = grouped(book["account"])
    codes = np.array([number.get(name, -1) for name in names.tolist()], np.int64)[place]
    inside = codes >= 0
    days = ledger.day(book).to_numpy("datetime64[D]").astype(np.int64)[inside]
    ends = np.iinfo(np.int64)
    first, last = np.full(len(accounts), ends.max), np.full(len(accounts), ends.min)
    np.minimum.at(first, codes[inside], days)
    np.maximum.at(last, codes[inside], days)
    mine = [known.get(name, Terms()) for name in accounts]
    printed = inside & book["original_amount"].notna().to_numpy(np.bool_)
    if converted:
        printed &= ~book["id"].isin(list(converted)).to_numpy(np.bool_)
    foreign = ledger.spelled(book.loc[printed, _RATED])
    foreign = foreign.assign(original_currency=original_currency(foreign, table))
    seen = markups.observe(
        foreign, codes[printed], len(accounts), table,
        markups.same_day([one.network for one in mine]),
        markups.moved(mine, codes[printed], foreign, last.astype("datetime64[D]")),
    )  # fmt: skip
    holes = _holes([() if covered is None else covered.get(name, ()) for name in accounts])
    return CardSetup(mine, seen, first, last, given, _printing(foreign), holes), inside


def _holes(covered: Sequence[Spans]) -> npt.NDArray[np.int64]:
    """The first and last days between what each account's statements cover (accounts, holes, 2).

    Accounts with fewer holes have empty ones, which end before they begin.
    """
    most = max([1, *map(len, covered)]) - 1
    out = np.zeros((len(covered), most, 2), np.int64)
    out[:, :, 1] = -1
    for at, spans in enumerate(covered):
        for number, ((_, last), (first, _)) in enumerate(pairwise(spans)):
            out[at, number] = (last - _EPOCH).days + 1, (first - _EPOCH).days - 1
    return out


def _printing(foreign: pd.DataFrame) -> Printing:
    """How many originals in other currencies each account's statements print, by layout, and up to
    which day.
    """
    abroad = foreign[foreign["original_currency"].ne(foreign["currency"])]
    keys = [abroad["account"], abroad["layout"], abroad["amount"].lt(0)]
    day = ledger.day(abroad).to_numpy("datetime64[D]").astype(np.int64)
    found = abroad.assign(day=day).groupby(keys, dropna=False)["day"].agg(["size", "max"])
    names: list[Any] = list(found.index)
    return dict(zip(names, zip(found["size"], found["max"], strict=True), strict=True))


def count(book: pd.DataFrame, known: Mapping[str, Terms], table: RateTable) -> Pool:
    """What the printed rates of a ledger's cards say of their issuers, to be added up."""
    shown = book["original_amount"].notna()
    names = sorted(set(book.loc[shown, "account"].tolist()))
    told, _ = setup(book, names, known, table)
    days = told.last_day.astype("datetime64[D]")
    return pool.count(cards.fit(names, told.terms, days, told.observed))
