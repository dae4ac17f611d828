"""What one process does for the rows of many accounts: the same for every engine.

Accounts are dealt out to partitions by a hash. Most of them never bought at AliExpress: their rows
are put in order and told apart (`gather`), and that is all. The others are solved by the very
pipeline of a single run (`solve`). No account needs to know of another, with one exception: an
order carries no card, so with orders all that are solved are solved together.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import (
    accounts,
    card_fees,
    cards,
    fees,
    intake,
    layout,
    ledger,
    orders,
    outline,
    overlap,
    pipeline,
)
from reconcile.case_rows import Span, shared
from reconcile.combine import combine
from reconcile.decisions import Decisions
from reconcile.distinct import distinct
from reconcile.engines import output
from reconcile.errors import InputError, SettingsError
from reconcile.funding.join import NONE
from reconcile.ledger import Source
from reconcile.pool import Pool
from reconcile.pool import read as read_pool
from reconcile.rates import RateTable
from reconcile.settings import Settings
from reconcile.text import choose, masked

Ints = npt.NDArray[np.int64]
# A source by its place in the input: the number of its file, and its own inside it.
Key = tuple[int, int]

# A ledger's columns without which its rows mean nothing; what else is absent is null.
NEEDED = ("id", "account", "description", "amount", "currency", "decimals")
_DAYS = ("transaction_date", "posted_date")
# An entry among the days covered that stands for all accounts of other partitions.
_ELSEWHERE = ""


class Job(NamedTuple):
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
        return self.rates or intake.rate_source(self.settings)


class Part(NamedTuple):
    """A partition's rows in order, their merchants named: `book`, those of the accounts that are to
    be solved; `ready`, the tables that need no solving: all transactions, and the cards of all
    other accounts. `spans` are the days that these cover (None where there are none), `pool` what
    the partition's cards say of their issuers.
    """

    book: pd.DataFrame
    ready: dict[str, pd.DataFrame]
    spans: list[Span] | None
    pool: Pool


def job(settings: Settings) -> Job:
    """Everything a run needs beside its rows, read once.

    Raises `SettingsError` for rates from the internet, which are asked for day by day, and what
    reading orders, decisions and layouts raises.
    """
    if settings.rates == "online":
        raise SettingsError("choice", key="rates", value="online", options="ecb, CSV")
    wanted, decided = pipeline.wanted(settings), pipeline.decided(settings)
    sources = tuple(
        Source("", "", one.name, "", issuer=one.issuer) for one in layout.load(settings.layouts_dir)
    )
    pool = read_pool(settings.pool) if settings.pool else None
    plain = replace(
        settings, as_of=settings.as_of or dt.date.today(), lang=choose(settings.lang),
        orders=None, decisions=None, pool=None, expect=(),
    )  # fmt: skip
    rates = None if settings.rates == "ecb" else intake.rate_source(settings)
    accounts.terms({}, plain)
    return Job(plain, rates, sources, wanted, decided, pool)


def absent(columns: Iterable[str]) -> list[str]:
    """The needed columns that a table of ledger columns lacks; one of the dates is enough."""
    given = set(columns)
    out = [name for name in NEEDED if name not in given]
    if given.isdisjoint(_DAYS):
        out.append(_DAYS[0])
    return out


def typed(frame: pd.DataFrame, file: str = "") -> pd.DataFrame:
    """A table of ledger columns with every column in its dtype; absent ones are null.

    Raises `InputError` naming the needed columns that are absent, or an amount that is no whole
    number; `ValueError` where a row lacks what no row can do without.
    """
    missing = absent(frame.columns)
    if missing:
        raise InputError("ledger_columns", file=file, columns=", ".join(missing))
    # Whole floats may be amounts in major units just as well: only the column's type tells.
    if not pd.api.types.is_integer_dtype(frame["amount"].dtype):
        raise not_whole(file, "amount", str(frame["amount"].dtype))
    for name in ("id", "account", "amount"):
        if frame[name].isna().any():
            raise ValueError(f"{name}: null")
    days = [frame[name].isna() for name in _DAYS if name in frame]
    if days and np.logical_and.reduce(days).any():
        raise ValueError(f"{', '.join(_DAYS)}: null in one row")
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
        if dtype.lower().startswith("int") and pd.api.types.is_float_dtype(column.dtype):
            # Numbers with nulls come as floats; cut to whole ones they would be other amounts.
            cut = column[column.notna() & column.mod(1).ne(0)]
            if len(cut):
                raise not_whole(file, name, str(cut.iloc[0]))
        data[name] = _cast(column, dtype)
    return pd.DataFrame(data, copy=False)


def not_whole(file: str, column: str, found: str) -> InputError:
    """What to say of a column in which minor units should stand and `found` stands."""
    return InputError("ledger_amounts", file=file, column=column, found=found)


def readable(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Like `typed`, of a table that a user gave: whatever is wrong is an `InputError`."""
    try:
        return typed(frame, file)
    except (ValueError, TypeError) as error:
        # A null where there must be an amount, a text for a day.
        raise InputError("parquet", file=file, detail=str(error)) from None


def _cast(column: pd.Series, dtype: str) -> pd.Series:
    """A column in its dtype; texts of which the distinct ones are known stay so."""
    if dtype == "str" and isinstance(column.dtype, pd.CategoricalDtype):
        texts = pd.Index(column.cat.categories, dtype="str")
        coded = pd.Categorical.from_codes(column.cat.codes, texts, validate=False)
        return pd.Series(coded, column.index)
    return column.astype(pd.api.types.pandas_dtype(dtype))


def spread(label: pd.Series, partitions: int) -> list[tuple[int, Ints]]:
    """(partition, positions of its rows) by a hash of each row's label, the same everywhere."""
    codes, names = pd.factorize(label, use_na_sentinel=False)
    hashed = pd.util.hash_array(names.to_numpy(object)) % np.uint64(partitions)
    place = hashed.astype(np.int64)[codes]
    order = np.argsort(place, kind="stable")
    ends = np.flatnonzero(np.diff(place[order])) + 1
    return [(int(place[rows[0]]), rows) for rows in np.split(order, ends) if len(rows)]


def of_ledger(parts: Sequence[pd.DataFrame], with_: Job) -> Part:
    """A partition of ledger rows, put in the order in which files are read.

    Raises `InputError` for an id that stands on two rows: both would count.
    """
    book = together(parts)
    again = book.duplicated(["account", "id"])
    if again.any():
        raise InputError("ledger_repeated", id=masked(str(book.loc[again, "id"].iloc[0])))
    return _part(book, with_)


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Ledger rows in the order in which a single run has them: by account, day and id.

    The accounts come out as a categorical, which knows its distinct texts.
    """
    if len(parts) > 1:
        book = pd.concat([ledger.spelled(part) for part in parts], ignore_index=True)
    else:
        book = parts[0]
    day = ledger.day(book).to_numpy("datetime64[D]").astype(np.int64)
    # The least number stands for no day, which comes last.
    day = np.where(day == np.iinfo(np.int64).min, np.iinfo(np.int64).max, day)
    # By text, whatever the order of a categorical's categories.
    codes, texts = distinct(book["account"])
    there = np.bincount(codes, minlength=len(texts)) > 0
    place, names = pd.factorize(texts[there], sort=True)
    account = place[(np.cumsum(there) - 1)[codes]]
    order = np.lexsort((day, account))
    # Texts are slow to sort: only ids of the same account and day need to be.
    same = (np.diff(account[order]) == 0) & (np.diff(day[order]) == 0)
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    at = order[tied]
    number = pd.factorize(book["id"].iloc[at], sort=True)[0]
    order[tied] = at[np.lexsort((number, day[at], account[at]))]
    out = book.take(order).reset_index(drop=True)
    names = pd.Index(names, dtype="str")
    return out.assign(account=pd.Categorical.from_codes(account[order], names))


def of_files(parts: Mapping[Key, pd.DataFrame], sources: Mapping[Key, Source], with_: Job) -> Part:
    """A partition of what files hold, by the source of the rows: each movement once."""
    own = [replace(sources[key], duplicates=0) for key in sorted(parts)]
    frames = [
        parts[key].assign(file=pd.Series(one.file, parts[key].index, dtype="str"))
        for key, one in zip(sorted(parts), own, strict=True)
    ]
    book = combine(frames, own)
    return _part(book.assign(account=book["account"].astype("category")), with_)


def _part(book: pd.DataFrame, with_: Job) -> Part:
    book = intake.recognise(book)
    attached = fees.attached(book)
    printed = card_fees.printed(book, attached)
    terms = accounts.terms(accounts.issuer_of(book, with_.sources), with_.settings)
    pool = accounts.count(book, accounts.in_rate(terms, printed), with_.table())
    account = book["account"].cat.codes.to_numpy()
    asked = np.zeros(len(book["account"].cat.categories), np.bool_)
    asked[account[book["merchant"].notna().to_numpy(np.bool_)]] = True
    own = set(book["account"].cat.categories[asked].tolist())
    rest = {name: days for name, days in overlap.covered(book).items() if name not in own}
    issuer = {name: one.issuer for name, one in terms.items()}
    ready = {
        "transactions": book,
        "cards": output.flat_cards(outline.card_table(cards.nothing(), rest, issuer, printed)),
    }
    inside = book[asked[account]].reset_index(drop=True)
    return Part(ledger.spelled(inside), ready, shared(rest.values()), pool)


def solve(
    book: pd.DataFrame, with_: Job, elsewhere: Sequence[Span] | None = None
) -> dict[str, pd.DataFrame]:
    """The cases and cards of the accounts in `book`. `elsewhere` are the days that all other
    accounts cover, which matter for orders alone.
    """
    book = ledger.spelled(book)  # accounts put together come as a categorical
    funded = NONE
    if elsewhere is not None:
        funded = replace(NONE, covered={**overlap.covered(book), _ELSEWHERE: list(elsewhere)})
    held = pipeline.Held(
        book, with_.sources, with_.table(), with_.settings, with_.wanted, with_.decided, funded,
        with_.pool,
    )  # fmt: skip
    found = pipeline.solve(held)
    listed = found.cards[found.cards["account"].ne(_ELSEWHERE)].reset_index(drop=True)
    return {
        "cases": output.flat_cases(found.cases, with_.settings.lang),
        "cards": output.flat_cards(listed),
    }
