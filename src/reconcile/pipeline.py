"""Where the stages meet: files to ledger, ledger to links, links to cases, cases to tables."""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from reconcile import (
    cards,
    cases,
    decisions,
    fees,
    issuers,
    layout,
    ledger,
    merchants,
    orders,
    outline,
    overlap,
    readers,
)
from reconcile import rates as rate_tables
from reconcile.cards import Terms
from reconcile.case_rows import case_id
from reconcile.clock import Closing
from reconcile.decisions import Decisions
from reconcile.errors import ErrorGroup, InputError, ReconcileError, SettingsError
from reconcile.ledger import Source
from reconcile.linking.candidates import movements
from reconcile.linking.fit import CardSetup, Links, link
from reconcile.linking.worth import conversion_days, original_currency
from reconcile.rates import RateTable
from reconcile.settings import Card, Settings
from reconcile.steps import CardDays
from reconcile.tables import Tables
from reconcile.text import Message, masked

Progress = Callable[[str, int, int], None]


def run(
    paths: Iterable[str | Path], settings: Settings, progress: Progress | None = None
) -> tuple[Tables, list[ReconcileError]]:
    """Everything from statement files to result tables, and the files that could not be read.

    Raises `ErrorGroup` when no file could be read at all.
    """
    found = expand(paths)
    layouts = layout.load(settings.layouts_dir)
    table = rate_source(settings)
    decided = decisions.read(settings.decisions) if settings.decisions else None
    wanted = orders.read(settings.orders) if settings.orders else orders.none()
    if settings.expect:
        wanted = orders.join(wanted, orders.expect(settings.expect))
    parts: list[pd.DataFrame] = []
    sources: list[Source] = []
    failed: list[ReconcileError] = []
    for number, path in enumerate(found):
        if progress:
            progress("read", number, len(found))
        try:
            inside = readers.read_path(
                path, layouts, layout=settings.layout, encoding=settings.encoding,
                currency=settings.currency,
            )  # fmt: skip
        except ErrorGroup as group:
            failed += group.errors
            continue
        except InputError as error:
            failed.append(error)
            continue
        if settings.cross_check:
            _cross_check(path, inside)
        parts += [frame for frame, _ in inside]
        sources += [source for _, source in inside]
    if not sources:
        raise ErrorGroup(tuple(failed))
    if progress:
        progress("link", 0, 1)
    book = recognise(ledger.combine(parts, sources))
    if settings.rates == "online":
        table = online_rates(book)
    return tables(book, sources, table, settings, wanted, decided), failed


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

    own = book[book["merchant"].eq(merchants.ALIEXPRESS)]
    days, _ = conversion_days(own)
    return online.table(np.concatenate([days - np.timedelta64(1, "D"), days]))


def recognise(book: pd.DataFrame) -> pd.DataFrame:
    """The ledger with its merchants named; money in from a merchant is a refund, not a payment."""
    book[["merchant", "merchant_strength"]] = merchants.match(book["description"])
    back = book["merchant"].notna() & book["amount"].lt(0) & book["kind"].eq("payment")
    if back.any():
        book["kind"] = book["kind"].mask(back, "refund")
    return book


def link_ledger(
    book: pd.DataFrame,
    table: RateTable,
    settings: Settings,
    wanted: orders.Orders,
    terms: dict[str, Terms],
    decided: Decisions | None = None,
) -> Links:
    """Links of a recognised ledger: card evidence from all its foreign rows, then the stories."""
    own = book[book["merchant"].eq(merchants.ALIEXPRESS)]
    accounts = movements(own).accounts
    number = {name: at for at, name in enumerate(accounts)}
    place, names = pd.factorize(book["account"])
    codes = np.array([number.get(name, -1) for name in names], np.int64)[place]
    inside = codes >= 0
    days = ledger.day(book).to_numpy("datetime64[D]").astype(np.int64)[inside]
    first, last = np.full(len(accounts), np.iinfo(np.int64).max), np.zeros(len(accounts), np.int64)
    np.minimum.at(first, codes[inside], days)
    np.maximum.at(last, codes[inside], days)
    known = [terms.get(name, Terms()) for name in accounts]
    printed = inside & book["original_amount"].notna().to_numpy(np.bool_)
    foreign = book[printed]
    foreign = foreign.assign(original_currency=original_currency(foreign, table))
    seen = cards.observe(
        foreign, codes[printed], len(accounts), table,
        cards.same_day([one.network for one in known]),
        cards.moved(known, codes[printed], foreign, last.astype("datetime64[D]")),
    )  # fmt: skip
    setup = CardSetup(known, seen, first, last)
    # Of other merchants only those that gave money back can teach anything.
    strange = inside & book["merchant"].ne(merchants.ALIEXPRESS).to_numpy(np.bool_)
    back = strange & book["amount"].lt(0).to_numpy(np.bool_)
    shops = book["description"].isin(book.loc[back, "description"].unique())
    others = book[strange & shops.to_numpy(np.bool_)]
    if decided is None:
        return link(own, table, setup, wanted.rows, others)

    def said(charges: list[str], refunds: list[str]) -> str | None:
        return decided.of(case_id(charges, refunds), charges + refunds)

    return link(own, table, setup, wanted.rows, others, said, decided.named())


def tables(
    book: pd.DataFrame,
    sources: Sequence[Source],
    table: RateTable,
    settings: Settings,
    wanted: orders.Orders,
    decided: Decisions | None = None,
) -> Tables:
    """Result tables of a recognised ledger; `decided` is the user's word on earlier cases."""
    as_of = settings.as_of or dt.date.today()
    attached = fees.attached(book)
    printed = fees.printed(book, attached)
    terms = _terms(_issuers(book, sources), settings)
    # Where the fee stands in rows of its own, the rate holds none of it, whatever is known of it.
    in_rate = {
        name: one if name not in printed else Terms(network=one.network)
        for name, one in terms.items()
    }
    links = link_ledger(book, table, settings, wanted, in_rate, decided)
    covered = overlap.covered(book)
    found, split = cases.build(
        links, book, table, wanted, as_of, covered, attached, _calendars(terms, settings),
        decided,
    )  # fmt: skip
    notes = [
        Message("note.order_rejected", {"file": told.file, "line": bad.line, "reason": bad.reason})
        for told in (wanted, decided)
        if told is not None
        for bad in told.rejected
    ]
    notes += wanted.notes
    notes += table.notes
    unknown = [name for name in settings.cards if name not in terms]
    notes += [Message("fees.card_absent", {"card": masked(name)}) for name in unknown]
    if links.solution.bounded:
        notes.append(Message("note.bounded", {"count": links.solution.bounded}))
    return Tables(
        as_of=as_of, sources=list(sources), transactions=book, cases=found,
        unlinked=outline.unlinked(links, split),
        cards=outline.card_table(
            links, covered, {name: one.issuer for name, one in terms.items()}, printed
        ),
        rates=outline.rates_used(links, split, table), summary=outline.summary(found), notes=notes,
    )  # fmt: skip


def _terms(issuer: dict[str, str | None], settings: Settings) -> dict[str, Terms]:
    """What is known of each account's card: by its own settings, else all cards', else its layout.

    `SettingsError` when the user names an issuer that the table lacks.
    """
    for given in (settings.issuer, *(card.issuer for card in settings.cards.values())):
        if given is not None and given not in issuers.known():
            options = ", ".join(issuers.known())
            raise SettingsError("choice", key="issuer", value=given, options=options)
    out = {}
    for account, by_layout in issuer.items():
        own = settings.cards.get(account, Card())
        name = own.issuer or settings.issuer or by_layout
        out[account] = Terms(
            name, own.network or issuers.network(name),
            settings.fee if own.fee is None else own.fee, own.refund_mode or settings.refund_mode,
        )  # fmt: skip
    return out


def _calendars(terms: dict[str, Terms], settings: Settings) -> dict[str, CardDays]:
    """Closing day, payment day and end of each account's card: the user's, else the issuer's."""
    out = {}
    for account, one in terms.items():
        own = settings.cards.get(account, Card())
        closing = issuers.closing(one.issuer)
        if own.closing_day is not None:
            # Without a payment day of their own, bills are paid at the end of the next month.
            closing = Closing(own.closing_day, own.payment_day or 31, own.payment_months)
        ends = None
        if own.expires is not None:
            year, month = (int(part) for part in own.expires.split("-"))
            ends = dt.date(year, month, monthrange(year, month)[1])
        out[account] = CardDays(closing, ends)
    return out


def _issuers(book: pd.DataFrame, sources: Sequence[Source]) -> dict[str, str | None]:
    """Issuer of each account, by the layout that read it (the first, where files differ)."""
    by_layout = {source.layout: source.issuer for source in sources if source.issuer}
    pairs = book[["account", "layout"]].drop_duplicates().sort_values(["account", "layout"])
    out: dict[str, str | None] = {}
    for account, name in zip(pairs["account"], pairs["layout"], strict=True):
        out[account] = out.get(account) or by_layout.get(name)
    return out
