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
    aside,
    balance,
    card_numbers,
    days,
    fields,
    guess_signs,
    kinds,
    notation,
    reasons,
    totals,
    widths,
)
from reconcile.readers.backing import backing
from reconcile.readers.columns import Columns
from reconcile.readers.foreign import foreign
from reconcile.readers.rows import TRANSACTION, Body, Roles, classify, hits, standing
from reconcile.readers.straighten import straighten
from reconcile.readers.text import RawTable
from reconcile.search import Seen
from reconcile.text import Message

# Fields that have to be known before it can be said which rows are transactions.
_EARLY = frozenset(("transaction_date", "posted_date", "amount", "debit", "credit", "currency"))

_FOUR = re.compile(r"(?<!\d)(?<!(?:19|20)\d\d[-_. ])(?!19|20)\d{4}(?!\d)")
# Month and year, as files are named by: `0925`, `2509`.
_PERIOD = re.compile(r"(?:0[1-9]|1[0-2])(?:1[5-9]|[23]\d)|(?:1[5-9]|[23]\d)(?:0[1-9]|1[0-2])")
# The card as a user names it in a file's name, whatever the layout: `card-1234.csv`, `#1234`.
_NAMED = re.compile(r"(?i)(?:(?<![a-z])card[-_ ]?(?!19|20)|[…#])(\d{4})(?!\d)")
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
    layout = _with_decimal(layout, columns, first)
    early = [e for e in layout.extracts if _EARLY & set(e.match.pattern.groupindex)]
    # Above the header too: a row that stands there by mistake has to be known for one.
    _extract(columns, early, np.arange(len(cells)))
    billing = _billing_currency(columns, layout, currency)
    if layout.guessed and currency is None and not columns.has("currency"):
        billing = aside.currencies(cells, billing)
    amount, priced, places, lone = _amount(columns, layout, billing, source)
    used, posted = columns.text("transaction_date"), columns.text("posted_date")
    found = days.read(used, posted, layout)
    if (saved := days.year_first(used, posted, found, layout)) is not None:
        layout, found, told = saved
        source.notes += told
    if found.undecided:
        source.notes.append(Message("layout.date_order", {"format": found.undecided[0]}))
    below = np.arange(len(cells)) >= first
    readable = found.known() & priced
    unusable = raw.swallowing | raw.spoiled & below
    body = Body(first, readable & below & ~unusable, amount, priced, readable & ~below, unusable)
    seen = Seen()
    roles = classify(cells, layout, positions, body, seen)
    mended = straight is not raw
    moved = widths.moved(raw, layout, positions, at, roles.are(TRANSACTION), mended)
    roles.give(moved, "")
    days.complete(found, roles, layout, source.file, priced)
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
            "decimals": places[rows],
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
    frame = _effects(frame, columns, layout, roles, seen, lone[rows])
    frame = foreign(frame, columns, layout, source)
    frame["account_key"] = _account_keys(frame, layout, roles, source)
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


def _with_decimal(layout: Layout, columns: Columns, first: int) -> Layout:
    """The layout with the decimal sign that this file uses, where the layout leaves it open."""
    if layout.decimal != "auto":
        return layout
    amounts = [columns.text(name).iloc[first:] for name in ("amount", "debit", "credit")]
    sign, _ = notation.decimal_sign(pd.concat(amounts), "")
    return layout._replace(decimal=sign, group=notation.group_sign(sign))


def _billing_currency(columns: Columns, layout: Layout, given: str | None) -> pd.Series:
    if columns.has("currency"):
        fallback = layout.currency or given
        return fields.currencies(columns.text("currency"), fallback)
    each = layout.amount_currencies
    if len(each) == len(columns.positions.get("amount", [])) > 1:
        place = columns.place("amount")
        return pd.Series(pd.Categorical.from_codes(place, pd.Index(each)), columns.index)
    return pd.Series(constant(given or layout.currency, len(columns.index)), columns.index)


def _amount(
    columns: Columns, layout: Layout, billing: pd.Series, source: Source
) -> tuple[
    npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.int8], npt.NDArray[np.bool_]
]:
    """Amounts with the ledger's sign, fee column included; readable?; decimal places; fee alone?"""

    def read(name: str) -> fields.Amounts:
        return fields.amounts(columns.text(name), billing, layout.decimal, layout.group)

    if columns.has("amount"):
        value, good, places = read("amount")
        value = -value if layout.charge_negative else value
        if layout.balance_signs and columns.has("balance"):
            total, known, other = read("balance")
            total = fields.to_places(total, other, places)
            # What lowered the balance was spent, or raised it where it is owed.
            told = balance.sides(value, total, good & known)
            back = told < 0 if layout.balance_owed else told > 0
            back |= _back_by_words(
                columns, source, np.flatnonzero(good & (value != 0) & (told == 0))
            )
            value = np.abs(value) * np.where(back, -1, 1)
    else:
        (debit, debit_ok, places), (credit, credit_ok, other) = read("debit"), read("credit")
        debit_blank = columns.text("debit").astype("str").str.strip().eq("").to_numpy()
        credit_blank = columns.text("credit").astype("str").str.strip().eq("").to_numpy()
        deepest = np.maximum(places, other)
        debit = fields.to_places(debit, places, deepest)
        credit = fields.to_places(credit, other, deepest)
        value = _one_sided(debit) - _one_sided(credit)
        good = (debit_ok | debit_blank) & (credit_ok | credit_blank) & ~(debit_blank & credit_blank)
        places = deepest
    lone = np.zeros(len(value), np.bool_)
    if layout.fee_outside and columns.has("fee_amount"):
        blank = np.ones(len(value), np.bool_)
        for name in ("amount", "debit", "credit"):
            blank &= columns.text(name).astype("str").str.strip().eq("").to_numpy(np.bool_)
        fee, fee_ok, other = read("fee_amount")
        # What stands there in a row without a readable amount may be a cell that has moved.
        fee_ok &= blank | good
        fee = np.where(fee_ok, fields.to_places(fee, other, places), 0)
        raw = -value if layout.charge_negative else value
        if columns.has("amount") and fields.alike_signed(fee, raw):
            # Printed with the amount's sign, a fee is paid or returned as the amount is.
            fee = -fee if layout.charge_negative else fee
        else:
            fee = _one_sided(fee)
        lone = (fee != 0) & (blank | good & (value == 0))
        value, good = value + fee, good | lone
    return value, good, places, lone


def _back_by_words(
    columns: Columns, source: Source, rows: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Rows without a sign that the balance does not explain either, as the first and those behind a
    gap, whose words say that money came back. All others are taken as charges, which is told.
    """
    side = guess_signs.sides(columns.text("description").iloc[rows], bank=True)
    if untold := int(np.count_nonzero(side == 0)):
        source.notes.append(Message("guess.no_side", {"count": untold}))
    back = np.zeros(len(columns.index), np.bool_)
    back[rows] = side < 0
    return back


def _one_sided(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A debit or credit column, positive for what it is named after, whichever sign most carry.

    The other sign means the opposite: a negative debit among positive ones is money back.
    """
    return values if (values > 0).sum() >= (values < 0).sum() else -values


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
        text = columns.text(match.column).iloc[rows]
        codes, uniques = distinct(text)
        found = uniques.map(money.fold).astype("str").str.extract(match.pattern)
        for name in match.pattern.groupindex:
            values = found[name].take(codes).set_axis(text.index)
            if extract.blank_only:
                values = values.where(columns.text(name).iloc[rows].str.strip().eq(""))
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


def _account_keys(frame: pd.DataFrame, layout: Layout, roles: Roles, source: Source) -> pd.Series:
    """The account of each row: its own column, the holder row above, the file's name, or none."""
    key = frame["account"]
    if key.notna().all():
        return key
    key = key.astype("str")
    if roles.accounts:
        key = key.fillna(pd.Series(standing(roles.accounts, key.index), key.index, dtype="str"))
    pattern = layout.account_in_file
    found = pattern.search(source.file) if pattern is not None else None
    found = found or _NAMED.search(source.file)
    if found is not None:
        key = key.fillna(found[1])
    elif layout.any_bank:
        key = key.fillna(_digits_of(source.file))
    return key.fillna("")


def _digits_of(file: str) -> str:
    """The only group of four digits in a file's name that is no year, follows none, and is no month
    of a year.
    """
    for part in reversed(file.split("!")):
        found = set(_FOUR.findall(part))
        if len(found) == 1 and not _PERIOD.fullmatch(one := str(found.pop())):
            return one
    return ""


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
