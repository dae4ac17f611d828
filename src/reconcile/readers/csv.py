"""A raw table and its layout to ledger rows, column by column."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.errors import InputError
from reconcile.layout import Effect, Layout, find_column, header_row, plain
from reconcile.ledger import Rejected, Source, reader_frame
from reconcile.readers import fields, kinds
from reconcile.readers.rows import TRANSACTION, Roles, classify
from reconcile.readers.text import HEAD, RawTable
from reconcile.text import Message, Money

# A printed rate is rounded, so is the billed amount: both together explain a difference this big.
_ANNOTATION_TOLERANCE = 1.0


@dataclass
class _Columns:
    """The columns of one statement by ledger field, after notes and extracts have filled them."""

    cells: pd.DataFrame
    positions: dict[str, list[int]]
    extra: dict[str, pd.Series]

    def has(self, name: str) -> bool:
        return name in self.extra or bool(self.positions.get(name))

    def text(self, name: str) -> pd.Series:
        """Text of a field: from its first column with content, else from a note; else empty."""
        out = pd.Series("", index=self.cells.index, dtype=object)
        where = self.positions.get(name, [])
        if where:
            out = self.cells[where[0]]
            for position in where[1:]:
                out = out.where(out.str.strip().ne(""), self.cells[position])
        if name in self.extra:
            out = self.extra[name].where(self.extra[name].notna(), out)
        return out

    def fill(self, name: str, values: pd.Series) -> None:
        """Take `values` (by row; null: nothing said) for a field, keeping what was said before."""
        values = values.groupby(level=0).first().reindex(self.cells.index)
        self.extra[name] = self.extra[name].fillna(values) if name in self.extra else values


def read_table(
    raw: RawTable, layout: Layout, source: Source, currency: str | None = None
) -> pd.DataFrame:
    """Ledger rows (reader's columns) of one statement; fills in `source`.

    `currency` is the billing currency when the user gave one. Raises `InputError` when a column
    that the layout needs is not there.
    """
    cells = _straightened(raw, layout)
    head = cells.head(HEAD).to_numpy().tolist()
    at = header_row(layout, head) if layout.header else None
    first = 0 if at is None else at + 1
    header = [] if at is None else [plain(cell) for cell in head[at]]
    positions = {name: find_column(refs, header, cells.shape[1]) for name, refs in layout.columns}
    columns = _Columns(cells, positions, {})
    _need(columns, source)
    billing = _billing_currency(columns, layout, currency)
    amount, amount_ok, places = _amount(columns, layout, billing)
    date = fields.dates(columns.text("transaction_date"), layout.dates)
    posted = fields.dates(columns.text("posted_date"), layout.dates)
    body = np.arange(len(cells)) >= first
    is_transaction = (date.notna() | posted.notna()).to_numpy() & amount_ok & body
    roles = classify(cells, layout, positions, first, is_transaction)
    for note in roles.notes:
        for name in note:
            columns.fill(str(name), note[str(name)])
    rows = np.flatnonzero(roles.role == TRANSACTION)
    _extract(columns, layout, rows)
    frame = pd.DataFrame({"amount": amount, "decimals": places, "currency": billing})
    frame["transaction_date"], frame["posted_date"] = date, posted
    frame["description"] = fields.on_unique(columns.text("description"), _tidy)
    frame["line"] = pd.array(raw.line, dtype="Int64")
    for name in ("reference", "account"):
        text = columns.text(name).astype("str").str.strip()
        frame[name] = text.where(text.ne(""))
    frame = frame.iloc[rows]
    columns.cells = cells.iloc[rows]
    columns.extra = {name: values.iloc[rows] for name, values in columns.extra.items()}
    frame = _effects(frame, columns, layout, roles)
    frame = _foreign(frame, columns, layout, source)
    frame["account_key"] = _account_keys(frame, layout, roles, source)
    _account_for(raw, roles, cells, columns, layout, source)
    _check_totals(frame, columns, layout, roles, source)
    source.transactions = len(frame)
    frame["file"], frame["layout"] = source.file, layout.name
    columns_out = {name: frame[name].to_numpy() for name in frame if name != "account"}
    return reader_frame(columns_out, len(frame))


def _straightened(raw: RawTable, layout: Layout) -> pd.DataFrame:
    """Rows whose unquoted text holds bare delimiters, brought back to the layout's width."""
    cells = raw.cells
    if layout.wide_column is None or not layout.widths:
        return cells
    width, wide = max(layout.widths), layout.wide_column
    out = cells.reindex(columns=range(max(width, cells.shape[1])), fill_value="").copy()
    for count in np.unique(raw.count[raw.count > width]):
        rows = np.flatnonzero(raw.count == count)
        over = int(count) - width
        part = out.iloc[rows]
        out.iloc[rows, wide] = part[list(range(wide, wide + over + 1))].agg(",".join, axis=1)
        tail = part[list(range(wide + over + 1, int(count)))].to_numpy()
        out.iloc[rows, wide + 1 : width] = tail
        out.iloc[rows, width:] = ""
    return out[list(range(width))]


def _need(columns: _Columns, source: Source) -> None:
    missing = [name for name in ("description",) if not columns.has(name)]
    if not columns.has("transaction_date") and not columns.has("posted_date"):
        missing.append("transaction_date")
    if not columns.has("amount") and not (columns.has("debit") and columns.has("credit")):
        missing.append("amount")
    if missing:
        raise InputError(
            "columns_missing", file=source.file, layout=source.layout, columns=", ".join(missing)
        )


def _billing_currency(columns: _Columns, layout: Layout, given: str | None) -> pd.Series:
    index = columns.cells.index
    if columns.has("currency"):
        fallback = layout.currency or given
        code = fields.currencies(columns.text("currency"))
        return code if fallback is None else code.fillna(fallback)
    return pd.Series(given or layout.currency, index=index, dtype="str")


def _amount(
    columns: _Columns, layout: Layout, billing: pd.Series
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
    """Amounts with the ledger's sign, fee column included; readable?; decimal places."""

    def read(name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
        return fields.amounts(columns.text(name), billing, layout.decimal, layout.group)

    if columns.has("amount"):
        value, good, places = read("amount")
        value = -value if layout.charge_negative else value
    else:
        (debit, debit_ok, places), (credit, credit_ok, other) = read("debit"), read("credit")
        debit_blank = columns.text("debit").astype("str").str.strip().eq("").to_numpy()
        credit_blank = columns.text("credit").astype("str").str.strip().eq("").to_numpy()
        value = np.abs(debit) - np.abs(credit)
        good = (debit_ok | debit_blank) & (credit_ok | credit_blank) & ~(debit_blank & credit_blank)
        places = np.maximum(places, other)
    if layout.fee_outside and columns.has("fee_amount"):
        fee, fee_ok, _ = read("fee_amount")
        value = value + np.where(fee_ok, np.abs(fee), 0)
    return value, good, places


def _tidy(unique: pd.Series) -> pd.Series:
    """Descriptors as printed, without line breaks, control characters and outer spaces."""
    return unique.str.replace(r"[\x00-\x1f\x7f\s]+", " ", regex=True).str.strip()


def _extract(columns: _Columns, layout: Layout, rows: npt.NDArray[np.int64]) -> None:
    for match in layout.extracts:
        if not columns.has(match.column):
            continue
        text = columns.text(match.column).iloc[rows]
        names = list(match.pattern.groupindex)

        def work(unique: pd.Series, pattern: re.Pattern[str] = match.pattern) -> pd.Series:
            found = unique.map(money.fold).str.extract(pattern)
            return found.apply(tuple, axis=1) if len(found) else pd.Series(dtype=object)

        found = fields.on_unique(text, work)
        for number, name in enumerate(names):
            values = found.map(lambda cell, number=number: cell[number])
            columns.fill(name, values.astype("str"))


def _effects(
    frame: pd.DataFrame, columns: _Columns, layout: Layout, roles: Roles
) -> pd.DataFrame:
    """Kinds, statuses and signs from sections and words, else from sign and descriptor."""
    plain_text = fields.folded(frame["description"])
    kind = pd.Series(None, index=frame.index, dtype="str")
    status = pd.Series(None, index=frame.index, dtype="str")
    amount = frame["amount"].copy()

    def apply(rows: pd.Series, effect: Effect) -> None:
        nonlocal amount
        free = rows & kind.isna() & status.isna()
        if effect.kind:
            kind[free] = effect.kind
        if effect.status:
            status[free] = effect.status
        if effect.sign != "as_printed":
            changed = {"positive": amount.abs(), "negative": -amount.abs(), "opposite": -amount}
            amount = amount.mask(free, changed[effect.sign])

    for word in layout.words:
        if columns.has(word.match.column):
            text = columns.text(word.match.column)
            pattern = word.match.pattern.pattern
            hit = fields.on_unique(
                text, lambda u, p=pattern: u.map(money.fold).str.contains(p, regex=True)
            )
            apply(hit.astype(bool), word.effect)
    starts = sorted(roles.sections, key=lambda item: item[0])
    if starts:
        which = np.searchsorted([row for row, _ in starts], frame.index.to_numpy()) - 1
        for number, (_, rule) in enumerate(starts):
            apply(pd.Series(which == number, index=frame.index), rule.effect)
    guessed = kinds.by_words(plain_text, amount, bank=layout.bank)
    return frame.assign(amount=amount, kind=kind.fillna(guessed), status=status.fillna("posted"))


def _foreign(
    frame: pd.DataFrame, columns: _Columns, layout: Layout, source: Source
) -> pd.DataFrame:
    """Original amount, currency and rate; an annotation that does not fit its row is left unread."""
    blank = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    frame = frame.assign(
        fee_amount=blank, original_amount=blank, original_decimals=np.int8(2),
        original_currency=pd.Series(None, index=frame.index, dtype="str"),
        conversion_rate=pd.Series(None, index=frame.index, dtype="str"),
        conversion_date=pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]"),
    )  # fmt: skip
    if columns.has("fee_amount"):
        fee, ok, _ = fields.amounts(
            columns.text("fee_amount"), frame["currency"], layout.decimal, layout.group
        )
        frame["fee_amount"] = pd.array(np.where(ok & (fee != 0), np.abs(fee), 0), dtype="Int64")
        frame["fee_amount"] = frame["fee_amount"].where(ok & (fee != 0))
    if not columns.has("original_amount"):
        return frame
    text = columns.text("original_amount").astype("str").fillna("")
    own = fields.currencies(columns.text("original_currency"))
    value, ok, places = fields.amounts(text, own, layout.decimal, layout.group)
    rate = fields.rates(columns.text("conversion_rate"), layout.decimal)
    # A statement may print the original of every row; in the billing currency it tells nothing.
    ok = ok & (value != 0) & ~(own.eq(frame["currency"]) & (np.abs(value) == frame["amount"].abs())).to_numpy()
    signed = np.abs(value) * np.where(frame["amount"] < 0, -1, 1)
    number = pd.to_numeric(rate, errors="coerce").to_numpy(np.float64)
    fits, turned = _annotation_fits(frame, np.abs(value), places, number)
    keep = ok & fits
    unread = int((ok & ~fits).sum())
    if unread:
        source.notes.append(Message("note.annotation", {"count": unread}))
    inverse = pd.Series([f"{v:.6g}" for v in np.where(turned, 1 / number, 1.0)], index=frame.index)
    rate = rate.where(~turned, inverse)
    return frame.assign(
        original_amount=pd.array(signed, dtype="Int64"),
        original_decimals=places,
        original_currency=own.where(keep),
        conversion_rate=rate.where(keep),
        conversion_date=_conversion_dates(columns, frame, layout).where(keep),
    ).assign(original_amount=lambda f: f["original_amount"].where(keep))


def _annotation_fits(
    frame: pd.DataFrame,
    value: npt.NDArray[np.int64],
    places: npt.NDArray[np.int8],
    rate: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether |billed - original x rate| stays within rounding; and whether only 1/rate does so."""
    bill = frame["amount"].abs().to_numpy(np.float64) - frame["fee_amount"].fillna(0).to_numpy(np.float64)
    scale = 10.0 ** frame["decimals"].to_numpy(np.float64)
    original = value / 10.0**places
    with np.errstate(divide="ignore", invalid="ignore"):
        slack = _ANNOTATION_TOLERANCE + np.abs(original) * scale * 10.0 ** -4
        straight = np.abs(bill - original * rate * scale) <= slack
        turned = np.abs(bill - original / rate * scale) <= np.maximum(slack, bill * 10.0**-4)
    unknown = np.isnan(rate)
    return unknown | straight | turned, ~unknown & ~straight & turned


def _conversion_dates(columns: _Columns, frame: pd.DataFrame, layout: Layout) -> pd.Series:
    """Printed conversion days; where the year is not printed, the first such day on or after use."""
    if not columns.has("conversion_date"):
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    text = columns.text("conversion_date").astype("str").fillna("").str.strip()
    full = fields.dates(text, layout.dates)
    part = text.str.extract(r"^(?P<month>\d{1,2})\D(?P<day>\d{1,2})$")
    used = frame["transaction_date"].fillna(frame["posted_date"])
    year = used.dt.year.astype("Int64").astype("str")

    def in_year(years: pd.Series) -> pd.Series:
        text_ = years + "-" + part["month"].str.zfill(2) + "-" + part["day"].str.zfill(2)
        return pd.to_datetime(text_, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")

    same = in_year(year)
    next_ = in_year((used.dt.year + 1).astype("Int64").astype("str"))
    return full.fillna(same.where(same.ge(used), next_))


def _account_keys(frame: pd.DataFrame, layout: Layout, roles: Roles, source: Source) -> pd.Series:
    """The account of each row: its own column, the holder row above, the file's name, or none."""
    key = frame["account"]
    if roles.accounts:
        starts = sorted(roles.accounts)
        which = np.searchsorted([row for row, _ in starts], frame.index.to_numpy()) - 1
        held = np.array([text for _, text in starts], dtype=object)[np.maximum(which, 0)]
        key = key.fillna(pd.Series(held, index=frame.index, dtype="str"))
    if layout.account_in_file is not None:
        found = layout.account_in_file.search(source.file)
        if found is not None:
            key = key.fillna(found.group(1))
    return key.fillna("")


def _account_for(
    raw: RawTable, roles: Roles, cells: pd.DataFrame, columns: _Columns, layout: Layout, source: Source
) -> None:
    """Count the lines of every role and reject, with a reason, the records that have none."""
    lines = pd.Series(raw.span).groupby(pd.Series(roles.role).replace("", "rejected")).sum()
    source.lines = {str(role): int(count) for role, count in lines.items()}
    lost = np.flatnonzero(roles.role == "")
    source.rows = int((roles.role == TRANSACTION).sum()) + len(lost)
    for row in lost:
        reason = _reason(cells.loc[row], columns.positions, layout)
        source.rejected.append(Rejected(int(raw.line[row]), reason))


def _reason(row: pd.Series, positions: dict[str, list[int]], layout: Layout) -> Message:
    """Why a record is no transaction: the first of its date and amount that cannot be read."""
    for name in ("transaction_date", "posted_date"):
        for position in positions.get(name, [])[:1]:
            cell = str(row[position])
            if not fields.dates(pd.Series([cell]), layout.dates).notna().all():
                code = "reason.no_date" if not cell.strip() else "reason.date"
                return Message(code, {"text": cell[:40], "expected": ", ".join(layout.dates)})
    for name in ("amount", "debit", "credit"):
        for position in positions.get(name, [])[:1]:
            cell = str(row[position])
            if name == "amount" or cell.strip():
                code = "reason.no_amount" if not cell.strip() else "reason.amount"
                return Message(code, {"text": cell[:40], "decimal": layout.decimal})
    return Message("reason.no_amount", {"text": "", "decimal": layout.decimal})


def _check_totals(
    frame: pd.DataFrame, columns: _Columns, layout: Layout, roles: Roles, source: Source
) -> None:
    """Compare printed totals with the sum of the rows since the total before."""
    start = -1
    for row, text, name in sorted(roles.totals):
        inside = (frame.index > start) & (frame.index < row)
        start = row
        if not inside.any() or frame["currency"].nunique(dropna=False) != 1:
            continue
        part = frame[inside]
        code, places = part["currency"].iloc[0], int(part["decimals"].iloc[0])
        printed, ok = money.parse_unique(pd.Series([text]), places, layout.decimal, layout.group)
        if name == "amount":
            total = int(part["amount"].sum())
        else:
            values, good, _ = fields.amounts(
                columns.text(name)[inside], part["currency"], layout.decimal, layout.group
            )
            total = int(values[good].sum())
        if ok[0] and int(printed[0]) != total:
            shown = None if pd.isna(code) else str(code)
            source.notes.append(
                Message("note.total", {"printed": Money(int(printed[0]), shown, places), "read": Money(total, shown, places)})
            )
