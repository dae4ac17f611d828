"""A raw table and its layout to ledger rows, column by column."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.distinct import distinct
from reconcile.errors import InputError
from reconcile.layout import Effect, Extract, Layout, find_column, header_row, plain
from reconcile.layout_model import KINDS, STATUS
from reconcile.ledger import Rejected, Source, constant, reader_frame
from reconcile.readers import (
    amounts,
    aside,
    card_numbers,
    days,
    fields,
    holders,
    kinds,
    reasons,
    totals,
    widths,
)
from reconcile.readers.backing import backing
from reconcile.readers.columns import Columns
from reconcile.readers.foreign import foreign
from reconcile.readers.rows import TRANSACTION, Body, Roles, classify, hits
from reconcile.readers.straighten import straighten
from reconcile.readers.text import RawTable
from reconcile.search import Seen
from reconcile.text import Message

# Fields that have to be known before it can be said which rows are transactions.
_EARLY = frozenset(("transaction_date", "posted_date", "amount", "debit", "credit", "currency"))

_BLANKS = re.compile(r"[\x00-\x1f\x7f\s]+")


def read_table(
    raw: RawTable, layout: Layout, source: Source, currency: str | None = None
) -> pd.DataFrame:
    """Ledger rows (reader's columns) of one statement; fills in `source`.

    `currency` is the billing currency when the user gave one. Raises `InputError` when a column
    that the layout needs is not there.
    """
    straight = straighten(raw, layout)
    cells = straight.cells
    at = header_row(layout, straight.head) if layout.header else None
    first = 0 if at is None else at + 1
    header = [] if at is None else [plain(cell) for cell in straight.head[at]]
    positions = {name: find_column(refs, header, cells.shape[1]) for name, refs in layout.columns}
    columns = Columns(cells, positions, {}, layout.blank)
    _need(columns, source)
    layout = amounts.with_decimal(layout, columns, first)
    early = [e for e in layout.extracts if _EARLY & set(e.match.pattern.groupindex)]
    # Above the header too: a row that stands there by mistake has to be known for one.
    _extract(columns, early, np.arange(len(cells)))
    billing = amounts.billing_currency(columns, layout, currency)
    if layout.guessed and currency is None and not columns.has("currency"):
        billing = aside.currencies(cells, billing)
    priced = amounts.priced(columns, layout, billing, source)
    amount = priced.value
    layout, found = _days(columns, layout, source)
    below = np.arange(len(cells)) >= first
    readable = found.known() & priced.good
    unusable = raw.swallowing | raw.spoiled & below
    usable = readable & below & ~unusable
    body = Body(first, usable, amount, priced.good, readable & ~below, unusable)
    seen = Seen()
    roles = classify(cells, layout, positions, body, seen)
    mended = straight is not raw
    moved = widths.moved(raw, layout, positions, at, roles.are(TRANSACTION), mended)
    roles.give(moved, "")
    days.complete(found, roles, layout, source.file, priced.good)
    if layout.guessed:
        aside.name(cells, positions, layout, roles)
    if columns.has("related"):
        source.backing = backing(columns, roles, amount, billing, raw.line)
    for note in roles.notes:
        for name in note:
            columns.fill(str(name), note[str(name)])
    rows = np.flatnonzero(roles.are(TRANSACTION))
    _extract(columns, [e for e in layout.extracts if e not in early], rows)
    columns = columns.of(rows)
    frame = pd.DataFrame(
        {
            "amount": amount[rows],
            "decimals": priced.places[rows],
            "currency": billing.array.take(rows),
            "transaction_date": found.used.array.take(rows),
            "posted_date": found.posted.array.take(rows),
            "description": fields.coded(columns.text("description"), _tidy),
            "line": pd.array(raw.line[rows], dtype="Int64"),
            **{name: _own(columns, name) for name in ("reference", "account")},
        },
        index=columns.index,
        copy=False,
    )
    frame = _effects(frame, columns, layout, roles, seen, priced.lone[rows])
    frame = foreign(frame, columns, layout, source)
    frame["account_key"] = holders.keys(frame, layout, roles, source)
    _account_for(raw, roles, cells, columns, layout, source, moved)
    summed = {rule.sums for rule in layout.rows if rule.sums != "amount"}
    printed = {name: columns.text(name) for name in summed if columns.has(name)}
    totals.check(frame, printed, layout, roles, source)
    source.transactions = len(frame)
    columns_out: dict[str, object] = {str(name): frame[name].array for name in frame}
    columns_out["file"] = constant(source.file, len(frame))
    columns_out["layout"] = constant(layout.name, len(frame))
    del columns_out["account"]
    return card_numbers.cut_own(reader_frame(columns_out, len(frame)))


def _need(columns: Columns, source: Source) -> None:
    missing = [name for name in ("description",) if not columns.has(name)]
    if not columns.has("transaction_date") and not columns.has("posted_date"):
        missing.append("transaction_date")
    if not columns.has("amount") and not (columns.has("debit") and columns.has("credit")):
        missing.append("amount")
    if missing:
        raise InputError(
            "columns_missing", file=source.file, layout=source.layout, columns=", ".join(missing)
        )


def _days(columns: Columns, layout: Layout, source: Source) -> tuple[Layout, days.Days]:
    """The days of all rows, and the layout with the formats by which they were read."""
    used, posted = columns.text("transaction_date"), columns.text("posted_date")
    found = days.read(used, posted, layout)
    if (saved := days.year_first(used, posted, found, layout)) is not None:
        layout, found, told = saved
        source.notes += told
    if found.undecided:
        source.notes.append(Message("layout.date_order", {"format": found.undecided[0]}))
    return layout, found


def _own(columns: Columns, name: str) -> pd.Series:
    """A field's text as printed, null where there is none."""
    if not columns.has(name):
        return pd.Series(constant(None, len(columns.index)), columns.index)

    def stripped(unique: pd.Series) -> pd.Series:
        text = unique.str.strip()
        return text.where(text.ne(""))

    # Accounts are few; the bank's own ids of rows are all different.
    read = fields.coded if name == "account" else fields.on_unique
    return read(columns.text(name), stripped)


def _tidy(unique: pd.Series) -> pd.Series:
    """Descriptors as printed, without line breaks, controls, outer spaces, card numbers."""
    texts = unique.tolist()
    tidy = fields.trimmed(texts) and "  " not in "|".join(texts)
    if not tidy:
        texts = [text if _is_tidy(text) else _BLANKS.sub(" ", text).strip() for text in texts]
    shown = card_numbers.cut(texts)
    return unique if tidy and shown is texts else pd.Series(shown, dtype="str")


def _is_tidy(text: str) -> bool:
    # No control character and no blank but single ones inside.
    return text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " "


def _extract(columns: Columns, extracts: list[Extract], rows: npt.NDArray[np.int64]) -> None:
    """Fill fields from what the layout's patterns find in the text of others, for `rows`."""
    for extract in extracts:
        match = extract.match
        if not columns.has(match.column):
            continue
        some = rows
        if (where := extract.where) is not None:
            some = rows[hits(columns.text(where.column).iloc[rows], where, Seen())]
        text = columns.text(match.column).iloc[some]
        codes, uniques = distinct(text)
        found = uniques.map(money.fold).astype("str").str.extract(match.pattern)
        for name in match.pattern.groupindex:
            values = found[name].take(codes).set_axis(text.index)
            if extract.blank_only:
                values = values.where(columns.text(name).iloc[some].str.strip().eq(""))
            columns.fill(name, values)


def _effects(
    frame: pd.DataFrame,
    columns: Columns,
    layout: Layout,
    roles: Roles,
    seen: Seen,
    lone: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Kinds, statuses and signs from sections and words, else from sign and descriptor.

    `lone` are rows that have nothing but a fee.
    """
    kind, status = np.full(len(frame), -1), np.zeros(len(frame), np.int64)
    told = np.zeros(len(frame), np.bool_)
    signed = np.zeros(len(frame), np.bool_)
    amount = frame["amount"].to_numpy(np.int64, copy=True)

    def apply(rows: npt.NDArray[np.bool_], effect: Effect) -> None:
        """Kind, status and sign are each taken from the first rule that tells them."""
        if not rows.any():
            return
        if effect.kind:
            kind[rows & (kind < 0)] = KINDS.index(effect.kind)
        if effect.status:
            status[rows & ~told] = STATUS.index(effect.status)
            told[rows] = True
        if effect.sign != "as_printed":
            open_ = rows & ~signed
            was = amount[open_]
            changed = {"positive": np.abs(was), "negative": -np.abs(was), "opposite": -was}
            amount[open_] = changed[effect.sign]
            signed[rows] = True

    for word in layout.words:
        if columns.has(word.match.column):
            rows = hits(columns.text(word.match.column), word.match, seen)
            apply(rows & ((amount < 0) == (word.side < 0)) if word.side else rows, word.effect)
    starts = sorted(roles.sections, key=lambda item: item[0])
    if starts:
        which = np.searchsorted([row for row, _ in starts], frame.index.to_numpy()) - 1
        for number, (_, rule) in enumerate(starts):
            apply(which == number, rule.effect)
    for row, rule in roles.undated:
        apply(frame.index.to_numpy() == row, rule.effect)
    kind[lone & (kind < 0)] = KINDS.index("fee")
    guessed = kinds.codes(frame["description"], amount, bank=layout.bank, seen=seen)
    return frame.assign(
        amount=amount,
        kind=pd.Categorical.from_codes(kinds.settled(kind, guessed), pd.Index(KINDS)),
        status=pd.Categorical.from_codes(status, pd.Index(STATUS)),
    )


def _account_for(
    raw: RawTable,
    roles: Roles,
    cells: pd.DataFrame,
    columns: Columns,
    layout: Layout,
    source: Source,
    moved: npt.NDArray[np.bool_],
) -> None:
    """Count the lines of every role and reject, with a reason, the records that have none."""
    records, lines = np.bincount(roles.number), np.bincount(roles.number, raw.span)
    counted = {
        role or "rejected": int(n)
        for role, many, n in zip(roles.names, records, lines, strict=False)
        if many
    }
    source.lines = dict(sorted(counted.items()))
    lost = np.flatnonzero(roles.are(""))
    source.rows = int(roles.are(TRANSACTION).sum()) + len(lost)
    if source.rows == 0:
        source.notes.append(Message("note.no_rows"))
    known = {
        "reason.quote": raw.swallowing[lost], "reason.damaged": raw.spoiled[lost],
        "reason.above_header": roles.above[lost], "reason.cells": moved[lost],
    }  # fmt: skip
    found = reasons.reasons(cells.iloc[lost], columns.positions, layout, known)
    source.rejected += [
        Rejected(int(raw.line[row]), reason) for row, reason in zip(lost, found, strict=True)
    ]
