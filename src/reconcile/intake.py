"""Statements to one ledger: which files there are, what they hold, whose movements they show."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from reconcile import credited, files, layout, ledger, merchants, readers
from reconcile import rates as rate_tables
from reconcile.combine import combine
from reconcile.errors import ErrorGroup, InputError, ReconcileError
from reconcile.funding.join import Funded, join
from reconcile.garbage import uncollected
from reconcile.ledger import Source
from reconcile.rates import RateTable
from reconcile.settings import Settings
from reconcile.text import Message, masked

Progress = Callable[[str, int, int], None]


# What is read: a file, a folder, a glob, a table of movements in memory, or a list of these.
One = str | PathLike[str] | pd.DataFrame
Statement = One | Sequence[One]
_ONE = (str, PathLike, pd.DataFrame)


class Gathered(NamedTuple):
    """A ledger with its merchants named, its sources, what became of payments through PayPal, the
    rates by which that was found, and the files that could not be read.
    """

    book: pd.DataFrame
    sources: Sequence[Source]
    funded: Funded
    table: RateTable
    failed: list[ReconcileError]


@uncollected()
def gather(
    statements: Iterable[Statement], settings: Settings, progress: Progress | None = None
) -> Gathered:
    """The ledger of these statements. Raises `ErrorGroup` when no file could be read at all."""
    given = listed(statements)
    frames = [item for item in given if isinstance(item, pd.DataFrame)]
    found = to_read((item for item in given if not isinstance(item, pd.DataFrame)), settings)
    if not found and not frames:
        raise InputError("nothing_named")
    layouts = layout.load(settings.layouts_dir)
    table = rate_source(settings)
    parts: list[pd.DataFrame] = []
    sources: list[Source] = []
    failed: list[ReconcileError] = []
    origins: list[Path | None] = []
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
        parts += [frame for frame, _ in inside]
        sources += [source for _, source in inside]
        whole = item if isinstance(item, Path) and len(inside) == 1 else None
        origins += [whole] * len(inside)
    if not sources:
        raise ErrorGroup(tuple(failed))
    _agree(parts, sources, origins, layouts, settings)
    # Before files are joined a column's distinct texts are still known.
    parts = [recognise(frame) for frame in parts]
    if progress:
        progress("link", 0, 1)
    book, funded = join(combine(parts, sources), sources, table)
    return Gathered(book, sources, funded, table, failed)


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


def _agree(
    parts: list[pd.DataFrame],
    sources: list[Source],
    origins: Sequence[Path | None],
    layouts: Sequence[layout.Layout],
    settings: Settings,
) -> None:
    """Read files again that were guessed apart and contradict each other, in place."""
    if sum(source.guess is not None for source in sources) < 2:
        return
    from reconcile.readers import alike

    for group in alike.groups(sources):
        paths = [path for n in group if (path := origins[n]) is not None]
        if len(paths) < len(group):
            continue
        before = [(parts[n], sources[n]) for n in group]
        asked = readers.Given(layouts, None, settings.encoding, settings.currency)
        for number, (frame, source) in zip(group, alike.read(paths, before, asked), strict=True):
            parts[number], sources[number] = frame, source


def _cross_check(path: Path, inside: list[readers.Reading]) -> None:
    """Have an OFX file read a second time and note every difference, or that there is none."""
    from reconcile.readers import crosscheck

    for frame, source in inside:
        if source.layout in ("ofx", "qfx"):
            found = crosscheck.cross_check(path.read_bytes(), frame)
            source.notes += found or [Message("crosscheck.agrees")]


def listed(statements: Iterable[Statement]) -> list[One]:
    """The statements one by one, lists of them taken apart.

    Raises `InputError` for what is neither a name nor a table.
    """
    out: list[One] = []
    item: Any
    for item in statements:
        several = isinstance(item, Iterable) and not isinstance(item, (*_ONE, bytes, Mapping))
        inside: Iterable[Any] = item if several else [item]
        for one in inside:
            if not isinstance(one, _ONE):
                raise InputError("statement_type", type=type(one).__name__)
            out.append(one)
    return out


def to_read(paths: Iterable[str | PathLike[str]], settings: Settings) -> list[Path]:
    """As `expand`, without the files that the settings name for something else."""
    apart = beside(settings)
    return [path for path in expand(paths) if path.resolve() not in apart]


def expand(paths: Iterable[str | PathLike[str]]) -> list[Path]:
    """Statement files named by paths, folders and globs, each once, in the order given."""
    out: dict[Path, None] = {}
    for item in paths:
        if item == "":
            raise InputError("nothing_named")  # else taken for the folder that one is in
        try:
            out.update(dict.fromkeys(_inside(Path(item))))
        except OSError as error:
            name, detail = files.label(str(item)), error.strerror or str(error)
            raise InputError("unreadable", file=name, detail=detail) from None
    return list(out)


def _inside(path: Path) -> list[Path]:
    """The files that one name stands for."""
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file() and _is_statement(p, path))
        if not inside:
            # A folder that may not be looked into seems empty until it is asked itself.
            os.scandir(path).close()
            raise InputError(
                "empty_folder", file=masked(str(path)), suffixes=", ".join(readers.SUFFIXES)
            )
    elif not path.exists() and any(sign in str(path) for sign in "*?["):
        anchor = Path(path.anchor) if path.is_absolute() else Path()
        inside = sorted(anchor.glob(str(path.relative_to(path.anchor) if path.anchor else path)))
        inside = [p for p in inside if p.is_file()]
        if not inside:
            raise InputError("no_match", file=masked(str(path)))
    else:
        inside = [path]
    return inside


def beside(settings: Settings) -> set[Path]:
    """The files that the settings name as order list, decisions, pool or rates, which may stand in
    one folder with the statements.
    """
    others = (settings.orders, settings.decisions, settings.pool, settings.rates_file)
    return {path.resolve() for path in others if path is not None}


def _is_statement(path: Path, folder: Path) -> bool:
    """Whether a file of a folder is read: no hidden file, order list, golden or own report."""
    if any(part.startswith(".") for part in path.relative_to(folder).parts):
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
    path = settings.rates_file
    return rate_tables.ecb() if path is None else rate_tables.from_csv(path)


def online_rates(book: pd.DataFrame) -> RateTable:
    """Rates from the internet for the days of AliExpress's rows, and the days before them."""
    from reconcile import online
    from reconcile.linking.worth import conversion_days

    own = ledger.spelled(book[book["merchant"].eq(merchants.ALIEXPRESS)])
    days, _ = conversion_days(own)
    return online.table(np.concatenate([days - np.timedelta64(1, "D"), days]))


def recognise(rows: pd.DataFrame) -> pd.DataFrame:
    """The ledger, or a reader's part of it, with its merchants named, and the kinds of their rows
    as `credited.kinds` tells them.
    """
    rows[["merchant", "merchant_strength"]] = merchants.match(rows["description"])
    own = rows["merchant"].notna().to_numpy(np.bool_)
    if own.any():
        some = rows.loc[own, ["description", "amount", "kind"]]
        named = credited.kinds(some)
        changed = named.ne(some["kind"].astype("str")).to_numpy(np.bool_)
        for name in named[changed].unique():
            here = own.copy()
            here[own] = changed & named.eq(name).to_numpy(np.bool_)
            kind = rows["kind"].astype("category")
            known = kind.cat.categories.union([name], sort=False)
            rows["kind"] = kind.cat.set_categories(known).mask(here, name)
    return rows
