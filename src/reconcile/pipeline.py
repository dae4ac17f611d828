"""Where the stages meet: files to ledger, ledger to links, links to cases, cases to tables."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile import (
    accounts,
    card_fees,
    cases,
    decisions,
    elsewhere,
    fees,
    intake,
    ledger,
    merchants,
    orders,
    outline,
    overlap,
)
from reconcile import pool as pooled
from reconcile.advice import Spans
from reconcile.case_rows import case_id
from reconcile.decisions import Decisions
from reconcile.errors import ReconcileError, SettingsError
from reconcile.explain import Split
from reconcile.funding.join import NONE, Funded
from reconcile.funding.story import tell
from reconcile.garbage import uncollected
from reconcile.intake import Progress, Statement
from reconcile.ledger import Source
from reconcile.linking import taken
from reconcile.linking.candidates import movements
from reconcile.linking.fit import Links, link
from reconcile.markups import Terms
from reconcile.pool import Pool
from reconcile.rates import RateTable
from reconcile.settings import Settings
from reconcile.tables import Tables
from reconcile.text import Message, masked


class Held(NamedTuple):
    """All that was read for a run, and the settings it was read with: enough to link again.

    `book` is the ledger with its merchants named, `decided` the user's word on earlier cases,
    `funded` what became of its payments through PayPal; `pool` stands in place of the settings'
    pool of cards.
    """

    book: pd.DataFrame
    sources: Sequence[Source]
    table: RateTable
    settings: Settings
    wanted: orders.Orders
    decided: Decisions | None = None
    funded: Funded = NONE
    pool: Pool | None = None

    @uncollected()
    def tables(self) -> Tables:
        """The result tables."""
        found = solve(self)
        notes = [
            Message(
                "note.order_rejected", {"file": told.file, "line": bad.line, "reason": bad.reason}
            )
            for told in (self.wanted, self.decided)
            if told is not None
            for bad in told.rejected
        ]
        notes += self.wanted.notes
        notes += self.table.notes
        settings = self.settings
        if settings.cards:
            seen = set(self.book["account"].unique())
            unknown = [name for name in settings.cards if name not in seen]
            notes += [Message("fees.card_absent", {"card": masked(name)}) for name in unknown]
        notes += found.notes
        word = self.decided and replace(self.decided, heard=set(), clashing=set())
        unlinked, cases = elsewhere.on_other_cards(found.unlinked, self.book, found.cases, word)
        return Tables(
            as_of=settings.as_of or dt.date.today(), sources=list(self.sources),
            transactions=self.book, cases=cases, cards=found.cards, unlinked=unlinked,
            rates=outline.rates_used(found.links, found.split, self.table),
            summary=outline.summary(cases), notes=notes,
        )  # fmt: skip

    def changed(self, settings: Settings) -> "Held":
        """The same ledger under other settings; of files, only rates, orders and decisions that
        were not named before are read.

        Raises `SettingsError` when a setting differs that tells how statements are read.
        """
        reading = ["layout", "layouts_dir", "encoding", "currency", "cross_check"]
        if self.funded is not NONE:
            reading.append("rates")  # by which payments through PayPal were found
        for name in reading:
            if getattr(settings, name) != getattr(self.settings, name):
                raise SettingsError("relink_reading", key=name)
        was, now = self.settings, settings
        table, listed, word = self.table, self.wanted, self.decided
        if now.rates != was.rates:
            asked = now.rates == "online"
            table = intake.online_rates(self.book) if asked else intake.rate_source(now)
        if (now.orders, now.expect) != (was.orders, was.expect):
            listed = wanted(now)
        if now.decisions != was.decisions:
            word = decided(now)
        return self._replace(table=table, settings=now, wanted=listed, decided=word)


def run(
    statements: Iterable[Statement], settings: Settings, progress: Progress | None = None
) -> tuple[Tables, list[ReconcileError]]:
    """Everything from statements to result tables, and the files that could not be read.

    Raises `ErrorGroup` when no file could be read at all.
    """
    held, failed = gather(statements, settings, progress)
    return held.tables(), failed


def gather(
    statements: Iterable[Statement], settings: Settings, progress: Progress | None = None
) -> tuple[Held, list[ReconcileError]]:
    """All that a run needs, read, and the files that could not be; see `run`."""
    word, listed = decided(settings), wanted(settings)
    book, sources, funded, table, failed = intake.gather(statements, settings, progress)
    if settings.rates == "online":
        table = intake.online_rates(book)
    return Held(book, sources, table, settings, listed, word, funded), failed


def decided(settings: Settings) -> Decisions | None:
    """The user's word on earlier cases, where there is a file of it."""
    return decisions.read(settings.decisions) if settings.decisions else None


def wanted(settings: Settings) -> orders.Orders:
    """The orders, and the refunds to come that the settings tell of without a list."""
    listed = orders.read(settings.orders) if settings.orders else orders.none()
    return orders.join(listed, orders.expect(settings.expect)) if settings.expect else listed


def link_ledger(
    held: Held, terms: dict[str, Terms], covered: Mapping[str, Spans] | None = None
) -> Links:
    """Links of a recognised ledger: card evidence from all its foreign rows, then the stories.

    `terms` are those of each account, `covered` the days of its statements. What PayPal may have
    converted is no evidence of a card's rate, and what its numbers hold together stays together.
    """
    book, table, heard, funded = held.book, held.table, held.decided, held.funded
    own = ledger.spelled(book[book["merchant"].eq(merchants.ALIEXPRESS)])
    confirmed = heard.named() if heard is not None else []
    out = taken.aside(book, own).without(frozenset().union(*confirmed))
    moves = movements(own[~own["id"].isin(out.ids)])
    pool = held.pool
    if pool is None and held.settings.pool:
        pool = pooled.read(held.settings.pool)
    setup, inside = accounts.setup(
        book, moves.accounts, terms, table, funded.converted, pool, covered
    )
    # Of other merchants only those that gave money back can teach anything.
    strange = inside & book["merchant"].ne(merchants.ALIEXPRESS).to_numpy(np.bool_)
    back = strange & book["amount"].lt(0).to_numpy(np.bool_)
    shops = book["description"].isin(book.loc[back, "description"].unique())
    others = ledger.spelled(book[strange & shops.to_numpy(np.bool_)])
    if heard is None and not funded.ties:
        links = link(moves, table, setup, held.wanted.rows, others)
        return replace(links, aside=out.reasons, undone=out.undone, stands=out.stands)
    word = heard or Decisions()
    refused: set[str] = set()

    def said(charges: list[str], refunds: list[str]) -> str | None:
        found = word.of(case_id(charges, refunds), charges + refunds)
        if found == "reject":
            refused.update(refunds)
        tied = found is None and frozenset(charges + refunds) in funded.ties
        return "confirm" if tied else found

    named = [*word.named(), *sorted(funded.ties, key=sorted)]
    links = link(moves, table, setup, held.wanted.rows, others, said, named)
    return replace(
        links, aside=out.reasons, undone=out.undone, stands=out.stands, refused=frozenset(refused)
    )


class Solved(NamedTuple):
    """What very many accounts are solved for, cases and cards, and what the other tables need."""

    cases: pd.DataFrame
    cards: pd.DataFrame
    unlinked: pd.DataFrame
    links: Links
    split: Split
    notes: list[Message]


def solve(held: Held) -> Solved:
    """Cases and cards of a recognised ledger."""
    book, table, settings, funded = held.book, held.table, held.settings, held.funded
    as_of = settings.as_of or dt.date.today()
    # Another run may have heard other decisions.
    word = None if held.decided is None else replace(held.decided, heard=set(), clashing=set())
    attached = fees.attached(book)
    printed = card_fees.printed(book, attached)
    terms = accounts.terms(accounts.issuer_of(book, held.sources), settings)
    covered = overlap.covered(book) if funded.covered is None else dict(funded.covered)
    links = link_ledger(held._replace(decided=word), accounts.in_rate(terms, printed), covered)
    # The list of orders may have changed the links.
    found, split, links = cases.build(
        links, book, table, held.wanted, as_of, covered, attached,
        accounts.calendars(terms, settings), word,
    )  # fmt: skip
    found, unlinked = tell(found, outline.unlinked(links, split, table), funded, book, as_of)
    issuers = {name: one.issuer for name, one in terms.items()}
    listed = outline.card_table(links.cards, covered, issuers, printed)
    notes = word.unheard() if word is not None else []
    aside = [name for name in printed if (terms[name].fee, terms[name].mode) != (None, None)]
    notes += [Message("fees.set_aside", {"card": masked(name)}) for name in sorted(aside)]
    notes += outline.doubtful_fees(links.cards)
    if links.solution.bounded:
        one = "_one" if links.solution.bounded == 1 else ""
        notes.append(Message(f"note.bounded{one}", {"count": links.solution.bounded}))
    return Solved(found, listed, unlinked, links, split, notes)
