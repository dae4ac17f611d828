"""Where the stages meet: files to ledger, ledger to links, links to cases, cases to tables."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconcile import (
    accounts,
    cases,
    decisions,
    fees,
    layout,
    ledger,
    merchants,
    orders,
    outline,
    overlap,
    readers,
)
from reconcile import pool as pooled
from reconcile import rates as rate_tables
from reconcile.case_rows import case_id
from reconcile.decisions import Decisions
from reconcile.errors import ErrorGroup, InputError, ReconcileError, SettingsError
from reconcile.explain import Split
from reconcile.funding.join import NONE, Funded, join
from reconcile.funding.story import tell
from reconcile.ledger import Source
from reconcile.linking.candidates import movements
from reconcile.linking.fit import Links, link
from reconcile.linking.worth import conversion_days
from reconcile.markups import Terms
from reconcile.pool import Pool
from reconcile.rates import RateTable
from reconcile.settings import Settings
from reconcile.tables import Tables
from reconcile.text import Message, masked

Progress = Callable[[str, int, int], None]


# What `run` reads: a file, a folder, a glob, or a table of movements in memory.
Statement = str | Path | pd.DataFrame


class Held(NamedTuple):
    """All that was read for a run, and the settings it was read with: enough to link again.

    `book` is the ledger with its merchants named; `decided` the user's word on earlier cases.
    """

    book: pd.DataFrame
    sources: Sequence[Source]
    table: RateTable
    settings: Settings
    wanted: orders.Orders
    decided: Decisions | None
    funded: Funded = NONE

    def tables(self) -> Tables:
        """The result tables."""
        return tables(
            self.book, self.sources, self.table, self.settings, self.wanted, self.decided,
            self.funded,
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
        table, wanted, decided = self.table, self.wanted, self.decided
        if now.rates != was.rates:
            table = rate_source(now) if now.rates != "online" else online_rates(self.book)
        if (now.orders, now.expect) != (was.orders, was.expect):
            wanted = _wanted(now)
        if now.decisions != was.decisions:
            decided = _decided(now)
        return Held(self.book, self.sources, table, now, wanted, decided, self.funded)


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
    given = list(statements)
    frames = [item for item in given if isinstance(item, pd.DataFrame)]
    found = expand(item for item in given if not isinstance(item, pd.DataFrame))
    layouts = layout.load(settings.layouts_dir)
    table = rate_source(settings)
    decided, wanted = _decided(settings), _wanted(settings)
    parts: list[pd.DataFrame] = []
    sources: list[Source] = []
    failed: list[ReconcileError] = []
    every: list[Path | pd.DataFrame] = [*found, *frames]
    early = _at_once(found, settings, progress)
    for number, item in enumerate(every):
        if progress:
            progress("read", number, len(every))
        try:
            inside = early.pop(number, None) or _read(item, layouts, settings)
        except ErrorGroup as group:
            failed += group.errors
            continue
        except InputError as error:
            failed.append(error)
            continue
        # Before files are joined a column's distinct texts are still known.
        parts += [recognise(frame) for frame, _ in inside]
        sources += [source for _, source in inside]
    if not sources:
        raise ErrorGroup(tuple(failed))
    if progress:
        progress("link", 0, 1)
    book, funded = join(ledger.combine(parts, sources), sources, table)
    if settings.rates == "online":
        table = online_rates(book)
    return Held(book, sources, table, settings, wanted, decided, funded), failed


def _at_once(
    found: Sequence[Path], settings: Settings, progress: Progress | None
) -> dict[int, list[readers.Reading]]:
    """What the files hold, by position, where it is worth reading them at once; else nothing."""
    if settings.cross_check or len(found) < 2:
        return {}
    from reconcile.readers import together

    if not together.worthwhile(found):
        return {}
    asked = [
        together.Asked(
            path, settings.layouts_dir, settings.layout, settings.encoding, settings.currency
        )
        for path in found
    ]
    done = None if progress is None else lambda count: progress("read", count, len(found))
    inside = together.read(asked, done)
    return {number: parts for number, parts in enumerate(inside) if parts is not None}


def _read(
    item: Path | pd.DataFrame, layouts: Sequence[layout.Layout], settings: Settings
) -> list[readers.Reading]:
    if isinstance(item, pd.DataFrame):
        return [
            readers.read_frame(item, layouts, layout=settings.layout, currency=settings.currency)
        ]
    inside = readers.read_path(
        item, layouts, layout=settings.layout, encoding=settings.encoding,
        currency=settings.currency,
    )  # fmt: skip
    if settings.cross_check:
        _cross_check(item, inside)
    return inside


def _decided(settings: Settings) -> Decisions | None:
    return decisions.read(settings.decisions) if settings.decisions else None


def _wanted(settings: Settings) -> orders.Orders:
    wanted = orders.read(settings.orders) if settings.orders else orders.none()
    return orders.join(wanted, orders.expect(settings.expect)) if settings.expect else wanted


def _cross_check(path: Path, inside: list[readers.Reading]) -> None:
    """Have an OFX file read a second time and note every difference, or that there is none."""
    from reconcile.readers import crosscheck

    for frame, source in inside:
        if source.layout in ("ofx", "qfx"):
            found = crosscheck.cross_check(path.read_bytes(), frame)
            source.notes += found or [Message("crosscheck.agrees")]


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """Statement files named by paths, folders and globs, each once, in the order given."""
    out: dict[Path, None] = {}
    for item in paths:
        path = Path(item)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and _is_statement(p))
            if not inside:
                raise InputError(
                    "empty_folder", file=masked(str(path)), suffixes=", ".join(readers.SUFFIXES)
                )
        elif not path.exists() and any(sign in str(item) for sign in "*?["):
            anchor = Path(path.anchor) if path.is_absolute() else Path()
            inside = sorted(
                anchor.glob(str(path.relative_to(path.anchor) if path.anchor else path))
            )
            inside = [p for p in inside if p.is_file()]
            if not inside:
                raise InputError("no_match", file=masked(str(item)))
        else:
            inside = [path]
        out.update(dict.fromkeys(inside))
    return list(out)


def _is_statement(path: Path) -> bool:
    """Whether a file of a folder is read: no hidden file, order list, golden or own report."""
    if any(part.startswith(".") for part in path.parts[-2:]):
        return False
    if path.suffix.lower() not in readers.SUFFIXES or path.name.endswith(".expected.txt"):
        return False
    ordered = path.stem.lower().startswith("orders") or path.parent.name == "orders"
    return not ordered and not readers.is_own_report(path)


def rate_source(settings: Settings) -> RateTable:
    """The rates asked for: the ECB's, or those of a file alone.

    With `online` they are the ECB's until `online_rates` knows which days are needed; raises
    `SettingsError` where the extra for it is not installed.
    """
    if settings.rates == "online":
        from reconcile import online

        online.check()
    if settings.rates in ("ecb", "online"):
        return rate_tables.ecb()
    return rate_tables.from_csv(Path(settings.rates))


def online_rates(book: pd.DataFrame) -> RateTable:
    """Rates from the internet for the days of AliExpress's rows, and the days before them."""
    from reconcile import online

    own = ledger.spelled(book[book["merchant"].eq(merchants.ALIEXPRESS)])
    days, _ = conversion_days(own)
    return online.table(np.concatenate([days - np.timedelta64(1, "D"), days]))


def recognise(rows: pd.DataFrame) -> pd.DataFrame:
    """The ledger, or a reader's part of it, with its merchants named; money in from a merchant is
    a refund, not a payment.
    """
    rows[["merchant", "merchant_strength"]] = merchants.match(rows["description"])
    back = rows["merchant"].notna() & rows["amount"].lt(0) & rows["kind"].eq("payment")
    if back.any():
        kind = rows["kind"].astype("category")
        known = kind.cat.categories.union(["refund"], sort=False)
        rows["kind"] = kind.cat.set_categories(known).mask(back, "refund")
    return rows


def link_ledger(
    book: pd.DataFrame,
    table: RateTable,
    settings: Settings,
    wanted: orders.Orders,
    terms: dict[str, Terms],
    decided: Decisions | None = None,
    funded: Funded = NONE,
    given: Pool | None = None,
) -> Links:
    """Links of a recognised ledger: card evidence from all its foreign rows, then the stories.

    What PayPal may have converted is no evidence of a card's rate, and what its numbers hold
    together stays together. `given` stands in place of the settings' pool.
    """
    own = ledger.spelled(book[book["merchant"].eq(merchants.ALIEXPRESS)])
    moves = movements(own)
    pool = pooled.read(settings.pool) if settings.pool else None
    setup, inside = accounts.setup(
        book, moves.accounts, terms, table, funded.converted, given or pool
    )
    # Of other merchants only those that gave money back can teach anything.
    strange = inside & book["merchant"].ne(merchants.ALIEXPRESS).to_numpy(np.bool_)
    back = strange & book["amount"].lt(0).to_numpy(np.bool_)
    shops = book["description"].isin(book.loc[back, "description"].unique())
    others = ledger.spelled(book[strange & shops.to_numpy(np.bool_)])
    if decided is None and not funded.ties:
        return link(moves, table, setup, wanted.rows, others)
    word = decided or Decisions()

    def said(charges: list[str], refunds: list[str]) -> str | None:
        found = word.of(case_id(charges, refunds), charges + refunds)
        tied = found is None and frozenset(charges + refunds) in funded.ties
        return "confirm" if tied else found

    named = [*word.named(), *sorted(funded.ties, key=sorted)]
    return link(moves, table, setup, wanted.rows, others, said, named)


class Solved(NamedTuple):
    """What very many accounts are solved for, cases and cards, and what the other tables need."""

    cases: pd.DataFrame
    cards: pd.DataFrame
    unlinked: pd.DataFrame
    links: Links
    split: Split
    notes: list[Message]


def solve(
    book: pd.DataFrame,
    sources: Sequence[Source],
    table: RateTable,
    settings: Settings,
    wanted: orders.Orders,
    decided: Decisions | None = None,
    funded: Funded = NONE,
    given: Pool | None = None,
) -> Solved:
    """Cases and cards of a recognised ledger; `decided` is the user's word on earlier cases,
    `funded` what became of its payments through PayPal, `given` stands in place of the settings'
    pool of cards.
    """
    as_of = settings.as_of or dt.date.today()
    # Another run may have heard other decisions.
    decided = None if decided is None else replace(decided, heard=set())
    attached = fees.attached(book)
    printed = fees.printed(book, attached)
    terms = accounts.terms(accounts.issuer_of(book, sources), settings)
    links = link_ledger(
        book, table, settings, wanted, accounts.in_rate(terms, printed), decided,
        funded, given,
    )  # fmt: skip
    covered = overlap.covered(book) if funded.covered is None else dict(funded.covered)
    # The list of orders may have changed the links.
    found, split, links = cases.build(
        links, book, table, wanted, as_of, covered, attached, accounts.calendars(terms, settings),
        decided,
    )  # fmt: skip
    found, unlinked = tell(found, outline.unlinked(links, split), funded, book, as_of)
    issuers = {name: one.issuer for name, one in terms.items()}
    listed = outline.card_table(links.cards, covered, issuers, printed)
    notes = decided.unheard() if decided is not None else []
    aside = [name for name in printed if (terms[name].fee, terms[name].mode) != (None, None)]
    notes += [Message("fees.set_aside", {"card": masked(name)}) for name in sorted(aside)]
    if links.solution.bounded:
        notes.append(Message("note.bounded", {"count": links.solution.bounded}))
    return Solved(found, listed, unlinked, links, split, notes)


def tables(
    book: pd.DataFrame,
    sources: Sequence[Source],
    table: RateTable,
    settings: Settings,
    wanted: orders.Orders,
    decided: Decisions | None = None,
    funded: Funded = NONE,
    given: Pool | None = None,
) -> Tables:
    """Result tables of a recognised ledger; arguments as of `solve`."""
    found = solve(book, sources, table, settings, wanted, decided, funded, given)
    notes = [
        Message("note.order_rejected", {"file": told.file, "line": bad.line, "reason": bad.reason})
        for told in (wanted, decided)
        if told is not None
        for bad in told.rejected
    ]
    notes += wanted.notes
    notes += table.notes
    if settings.cards:
        seen = set(book["account"].unique())
        unknown = [name for name in settings.cards if name not in seen]
        notes += [Message("fees.card_absent", {"card": masked(name)}) for name in unknown]
    notes += found.notes
    return Tables(
        as_of=settings.as_of or dt.date.today(), sources=list(sources), transactions=book,
        cases=found.cases, unlinked=found.unlinked, cards=found.cards,
        rates=outline.rates_used(found.links, found.split, table),
        summary=outline.summary(found.cases), notes=notes,
    )  # fmt: skip
