"""What one process does for the rows of many accounts: the same for every engine.

Accounts are dealt out to partitions by a hash; a partition is solved by the very pipeline of a
single run. No account needs to know of another, with one exception: an order carries no card, so
with orders the accounts with AliExpress rows are solved together (`Part.apart`).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import accounts, decisions, layout, ledger, merchants, orders, overlap, pipeline
from reconcile.case_rows import Span, shared
from reconcile.decisions import Decisions
from reconcile.engines import output
from reconcile.errors import InputError, SettingsError
from reconcile.funding.join import NONE
from reconcile.ledger import Source
from reconcile.pool import Pool
from reconcile.pool import read as read_pool
from reconcile.rates import RateTable
from reconcile.settings import Settings
from reconcile.text import choose

Ints = npt.NDArray[np.int64]
# A source by its place in the input: the number of its file, and its own inside it.
Key = tuple[int, int]

# A ledger's columns without which its rows mean nothing; what else is absent is null.
NEEDED = ("id", "account", "description", "amount", "currency", "decimals")
# Kinds of a partition's ledgers: its rows, and those of accounts that orders may concern.
BOOK, APART = "book", "apart"
# An entry among the days covered that stands for all accounts of other partitions.
_ELSEWHERE = ""


@dataclass(frozen=True)
class Job:
    """What is the same for all partitions of a run: made once, sent to every process.

    `rates` is None where each process reads the shipped table; `sources` tell layouts' issuers.
    """

    settings: Settings
    rates: RateTable | None
    sources: tuple[Source, ...]
    wanted: orders.Orders
    decided: Decisions | None
    pool: Pool | None

    def table(self) -> RateTable:
        """The reference rates."""
        return self.rates or pipeline.rate_source(self.settings)

    def alone(self) -> "Job":
        """The job of accounts that no order can concern."""
        return replace(self, wanted=orders.none())


@dataclass(frozen=True)
class Part:
    """A partition's ledger, its merchants named: `book`, and with orders `apart`, the rows of the
    accounts with AliExpress rows; `spans` are the days that all other accounts cover (None where
    there are none), `pool` what its cards say of their issuers.
    """

    book: pd.DataFrame
    apart: pd.DataFrame | None
    spans: list[Span] | None
    pool: Pool


def job(settings: Settings) -> Job:
    """Everything a run needs beside its rows, read once.

    Raises `SettingsError` for rates from the internet, which are asked for day by day, and what
    reading orders, decisions and layouts raises.
    """
    if settings.rates == "online":
        raise SettingsError("choice", key="rates", value="online", options="ecb, CSV")
    wanted = orders.read(settings.orders) if settings.orders else orders.none()
    if settings.expect:
        wanted = orders.join(wanted, orders.expect(settings.expect))
    decided = decisions.read(settings.decisions) if settings.decisions else None
    sources = tuple(
        Source("", "", one.name, "", issuer=one.issuer) for one in layout.load(settings.layouts_dir)
    )
    pool = read_pool(settings.pool) if settings.pool else None
    plain = replace(
        settings, as_of=settings.as_of or dt.date.today(), lang=choose(settings.lang),
        orders=None, decisions=None, pool=None, expect=(),
    )  # fmt: skip
    rates = None if settings.rates == "ecb" else pipeline.rate_source(settings)
    accounts.terms({}, plain)
    return Job(plain, rates, sources, wanted, decided, pool)


def absent(columns: Iterable[str]) -> list[str]:
    """The needed columns that a table of ledger columns lacks; one of the dates is enough."""
    given = set(columns)
    out = [name for name in NEEDED if name not in given]
    if not {"transaction_date", "posted_date"} & given:
        out.append("transaction_date")
    return out


def typed(frame: pd.DataFrame, file: str = "") -> pd.DataFrame:
    """A table of ledger columns with every column in its dtype; absent ones are null.

    Raises `InputError` naming the needed columns that are absent.
    """
    missing = absent(frame.columns)
    if missing:
        raise InputError("ledger_columns", file=file, columns=", ".join(missing))
    data: dict[str, Any] = {}
    for name, (dtype, _) in ledger.COLUMNS.items():
        if name in frame:
            column = frame[name]
        elif name == "kind":
            column = pd.Series("purchase", frame.index).where(frame["amount"].gt(0), "refund")
        elif name in ("status", "original_decimals"):
            column = pd.Series("posted" if name == "status" else 2, frame.index)
        else:
            column = pd.Series(None, frame.index, dtype=dtype)
        data[name] = column.astype(pd.api.types.pandas_dtype(dtype))
    return pd.DataFrame(data, copy=False)


def spread(label: pd.Series, partitions: int) -> list[tuple[int, Ints]]:
    """(partition, positions of its rows) by a hash of each row's label, the same everywhere."""
    codes, names = pd.factorize(label, use_na_sentinel=False)
    hashed = pd.util.hash_array(names.to_numpy(object)) % np.uint64(partitions)
    place = hashed.astype(np.int64)[codes]
    order = np.argsort(place, kind="stable")
    ends = np.flatnonzero(np.diff(place[order])) + 1
    return [(int(place[rows[0]]), rows) for rows in np.split(order, ends) if len(rows)]


def of_ledger(parts: Sequence[pd.DataFrame], with_: Job) -> Part:
    """A partition of ledger rows, put in the order in which files are read."""
    book = together(parts)
    return _part(book, with_)


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Ledger rows in the order in which a single run has them: by account, day and id."""
    book = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    day = ledger.day(book).to_numpy("datetime64[D]").astype(np.int64)
    # The least number stands for no day, which comes last.
    day = np.where(day == np.iinfo(np.int64).min, np.iinfo(np.int64).max, day)
    account = pd.factorize(book["account"], sort=True)[0]
    order = np.lexsort((day, account))
    # Texts are slow to sort: only ids of the same account and day need to be.
    same = (np.diff(account[order]) == 0) & (np.diff(day[order]) == 0)
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    at = order[tied]
    number = pd.factorize(book["id"].iloc[at], sort=True)[0]
    order[tied] = at[np.lexsort((number, day[at], account[at]))]
    return book.iloc[order].reset_index(drop=True)


def of_files(parts: Mapping[Key, pd.DataFrame], sources: Mapping[Key, Source], with_: Job) -> Part:
    """A partition of what files hold, by the source of the rows: each movement once."""
    own = [replace(sources[key], duplicates=0) for key in sorted(parts)]
    frames = [
        parts[key].assign(file=pd.Series(one.file, parts[key].index, dtype="str"))
        for key, one in zip(sorted(parts), own, strict=True)
    ]
    return _part(ledger.combine(frames, own), with_)


def _part(book: pd.DataFrame, with_: Job) -> Part:
    book = pipeline.recognise(book)
    pool = accounts.count(book, with_.sources, with_.table(), with_.settings)
    if not len(with_.wanted.rows):
        return Part(book, None, None, pool)
    own = book.loc[book["merchant"].eq(merchants.ALIEXPRESS), "account"].unique()
    inside = book["account"].isin(own)
    rest = book[~inside].reset_index(drop=True)
    spans = shared(overlap.covered(rest).values())
    return Part(rest, book[inside].reset_index(drop=True), spans, pool)


def solve(
    book: pd.DataFrame, with_: Job, elsewhere: Sequence[Span] | None = None
) -> dict[str, pd.DataFrame]:
    """The flat tables of a partition's ledger. `elsewhere` are the days that the accounts of all
    other partitions cover, which matter for orders alone.
    """
    funded = NONE
    if elsewhere is not None:
        funded = replace(NONE, covered={**overlap.covered(book), _ELSEWHERE: list(elsewhere)})
    found = pipeline.tables(
        book, with_.sources, with_.table(), with_.settings, with_.wanted, with_.decided,
        funded, with_.pool,
    )  # fmt: skip
    if elsewhere is not None:
        cards = found.cards[found.cards["account"].ne(_ELSEWHERE)].reset_index(drop=True)
        found = replace(found, cards=cards)
    return output.flat(found, with_.settings.lang)
