"""Statement layouts: a TOML file says how an issuer's export looks; here they are read and found.

The language is described in `docs/layouts.md`. Nothing here touches a statement's rows beyond the
first ones, which `identify` compares with every known layout.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from reconcile.errors import InputError, LayoutError
from reconcile.money import CURRENCIES, fold
from reconcile.text import Message

# Ledger fields that a column, a note or a memo may fill, and helpers that only rules read.
FIELDS = frozenset(
    """transaction_date posted_date description amount debit credit currency original_amount
    original_currency conversion_rate conversion_date fee_amount reference account kind status
    billed memo type direction holder balance total
    statement_date""".split()
)
ROLES = ("note", "section", "holder", "total", "preamble", "charge", "repeat", "end", "skip")
_OVER = ("block", "holder", "section", "file")
_LENT_BY = ("above", "below", "statement")
_KINDS = ("purchase", "refund", "payment", "fee", "interest", "cash_advance", "adjustment")
_STATUS = ("posted", "pending", "failed", "voided")
_SIGNS = ("as_printed", "positive", "negative", "opposite")

# A column by header text, `/regex/` of it, or position (negative: counted from the right).
ColumnRef = str | int


@dataclass(frozen=True)
class Effect:
    """What a matching word, section or prefix makes of a row."""

    kind: str | None = None
    status: str | None = None
    sign: str = "as_printed"


@dataclass(frozen=True)
class Match:
    """A pattern looked for in one column's plain text (`*`: the whole row, cells joined by `|`)."""

    column: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class RowRule:
    """Rows that are no transaction of their own, and what they are instead."""

    role: str
    match: Match
    name: str
    below: bool = False
    effect: Effect = Effect()
    sums: str = "amount"
    over: str = "block"
    dated: bool = False
    drop: bool = False
    date: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordRule:
    """A word in a transaction's column that tells its kind, status or sign."""

    match: Match
    effect: Effect


@dataclass(frozen=True)
class Extract:
    """A pattern whose named groups fill other fields of the same row."""

    match: Match
    blank_only: bool = False


@dataclass(frozen=True)
class Layout:
    """One issuer's export. See `docs/layouts.md` for the meaning of each key."""

    name: str
    title: str
    issuer: str | None
    currency: str | None
    bank: bool
    partial: str | None
    header: tuple[str, ...]
    header_absent: tuple[str, ...]
    shape: tuple[tuple[int, re.Pattern[str]], ...]
    widths: tuple[int, ...]
    encodings: tuple[str, ...]
    delimiter: str | None
    quoted: bool
    wide_column: int | None
    dates: tuple[str, ...]
    decimal: str
    group: str
    columns: tuple[tuple[str, tuple[ColumnRef, ...]], ...]
    charge_negative: bool
    fee_outside: bool
    account_in_file: re.Pattern[str] | None
    rows: tuple[RowRule, ...]
    words: tuple[WordRule, ...]
    extracts: tuple[Extract, ...]
    assumed: tuple[Message, ...] = ()
    balance_signs: bool = False
    original_decimal: str | None = None
    mentions: tuple[re.Pattern[str], ...] = ()
    thousands_column: int | None = None
    short_column: int | None = None
    one_date_format: bool = False
    blank: tuple[str, ...] = ()
    date_in_file: re.Pattern[str] | None = None

    @property
    def fields(self) -> dict[str, tuple[ColumnRef, ...]]:
        """Columns by ledger field."""
        return dict(self.columns)


@lru_cache(maxsize=4096)  # every layout asks for the same cells
def plain(cell: str) -> str:
    """A header cell as compared: half-width, single spaces, lower case."""
    return re.sub(r"\s+", " ", fold(cell)).casefold()


class _Table:
    """Typed access to a TOML table; every error names the file and the path of the key."""

    def __init__(self, data: dict[str, Any], file: str, path: str = "") -> None:
        self.data, self.file, self.path, self.seen = data, file, path, set[str]()

    def fail(self, key: str, rule: str) -> LayoutError:
        where = f"{self.path}.{key}" if self.path else key
        return LayoutError("layout_key", file=self.file, key=where, rule=rule)

    def get(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        self.seen.add(key)
        value = self.data.get(key, default)
        if value is not default and (
            not isinstance(value, kind) or isinstance(value, bool) != (kind is bool)
        ):
            wanted = kind if isinstance(kind, tuple) else (kind,)
            raise self.fail(key, "expected " + " or ".join(t.__name__ for t in wanted))
        return value

    def need(self, key: str, kind: type) -> Any:
        value = self.get(key, kind)
        if value is None:
            raise self.fail(key, "is required")
        return value

    def choice(self, key: str, options: Sequence[str], default: str | None) -> Any:
        value = self.get(key, str, default)
        if value is not None and value not in options:
            raise self.fail(key, "expected one of " + ", ".join(options))
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        value = self.get(key, (str, list), [])
        items = [value] if isinstance(value, str) else value
        if not all(isinstance(item, str) for item in items):
            raise self.fail(key, "expected text or a list of texts")
        return tuple(items)

    def pattern(self, key: str, text: Any) -> re.Pattern[str]:
        try:
            return re.compile(text)
        except (re.error, TypeError) as error:
            raise self.fail(key, f"is not a regular expression ({error})") from None

    def heading(self, key: str, text: str) -> str:
        """A header cell to look for: plain text, or `/regex/` of a plain header cell."""
        if not _is_regex(text):
            return plain(text)
        self.pattern(key, text[1:-1])
        return text

    def column_shape(self, column: str, pattern: Any) -> tuple[int, re.Pattern[str]]:
        if not column.isdecimal():
            raise self.fail(f"shape.{column}", "expected the position of a column, from 0")
        return int(column), self.pattern(f"shape.{column}", pattern)

    def table(self, key: str) -> "_Table":
        return _Table(self.get(key, dict, {}), self.file, f"{self.path}.{key}".lstrip("."))

    def whole_numbers(self, key: str) -> tuple[int, ...]:
        value = self.get(key, list, [])
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            raise self.fail(key, "expected a list of whole numbers")
        return tuple(value)

    def tables(self, key: str) -> list["_Table"]:
        items = self.get(key, list, [])
        if not all(isinstance(item, dict) for item in items):
            raise self.fail(key, "expected a list of tables")
        return [_Table(item, self.file, f"{key}[{n}]") for n, item in enumerate(items)]

    def done(self) -> None:
        for key in self.data:
            if key not in self.seen:
                raise self.fail(key, "is not a key of the layout language")


def parse(text: str, file: str, known: Mapping[str, str] | None = None) -> Layout:
    """A layout from TOML text; `LayoutError` names the file, the key and the rule it breaks.

    `known` holds the TOML texts of other layouts by name, which `like` may build on.
    """
    top = _Table(_resolved(text, file, known or {}, ()), file)
    recognise, values, format_ = top.table("recognise"), top.table("values"), top.table("text")
    shape = recognise.get("shape", dict, {})
    currency = top.get("currency", str)
    if currency is not None and currency not in CURRENCIES:
        raise top.fail("currency", "is not an ISO 4217 code")
    in_file, dated_file = top.get("account_in_file_name", str), top.get("date_in_file_name", str)
    layout = Layout(
        name=top.need("name", str),
        title=top.need("title", str),
        issuer=top.get("issuer", str),
        currency=currency,
        bank=top.get("bank", bool, False),
        partial=top.get("partial", str),
        header=tuple(recognise.heading("header", h) for h in recognise.strings("header")),
        header_absent=tuple(plain(h) for h in recognise.strings("header_absent")),
        shape=tuple(recognise.column_shape(n, p) for n, p in shape.items()),
        widths=recognise.whole_numbers("widths"),
        mentions=tuple(recognise.pattern("mentions", m) for m in recognise.strings("mentions")),
        encodings=format_.strings("encodings"),
        delimiter=format_.get("delimiter", str),
        quoted=format_.get("quoted", bool, True),
        wide_column=format_.get("wide_column", int),
        thousands_column=format_.get("thousands_column", int),
        short_column=format_.get("short_column", int),
        dates=values.strings("date") or ("%Y-%m-%d",),
        original_decimal=values.get("original_decimal", str),
        balance_signs=values.get("signs_from_balance", bool, False),
        one_date_format=values.get("one_date_format", bool, False),
        blank=values.strings("blank"),
        decimal=values.get("decimal", str, "."),
        group=values.get("group", str, ","),
        columns=_columns(top.table("columns")),
        charge_negative=values.choice("charge", ("positive", "negative"), "positive") == "negative",
        fee_outside=values.choice("fee", ("inside", "outside"), "inside") == "outside",
        account_in_file=None if in_file is None else top.pattern("account_in_file_name", in_file),
        date_in_file=None if dated_file is None else top.pattern("date_in_file_name", dated_file),
        rows=tuple(_row_rule(table) for table in top.tables("rows")),
        words=tuple(_word_rule(table) for table in top.tables("words")),
        extracts=tuple(_extract(table) for table in top.tables("extract")),
    )
    if not layout.header and not layout.shape:
        raise recognise.fail("header", "or a shape is required")
    bends = (layout.wide_column, layout.thousands_column, layout.short_column)
    if any(column is not None for column in bends) and not layout.widths:
        raise recognise.fail("widths", "is required where a row may be too wide or too short")
    top.seen.add("like")
    for table in (top, recognise, values, format_):
        table.done()
    return layout


def _resolved(
    text: str, file: str, known: Mapping[str, str], seen: tuple[str, ...]
) -> dict[str, Any]:
    """The TOML as a dictionary, laid over that of the layout it is `like`."""
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError("layout_toml", file=file, detail=str(error)) from None
    base = own.get("like")
    if base is None:
        return own
    if base not in known or base in seen:
        raise _Table(own, file).fail("like", "expected the name of another layout")
    under = _resolved(known[base], f"{base}.toml", known, (*seen, base))
    for key, value in under.items():
        if isinstance(value, dict) and isinstance(own.get(key, {}), dict):
            own[key] = {**value, **own.get(key, {})}
        elif isinstance(value, list) and isinstance(own.get(key, []), list):
            own[key] = [*own.get(key, []), *value]
        else:
            own.setdefault(key, value)
    return own


def _is_regex(text: str) -> bool:
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def _columns(table: _Table) -> tuple[tuple[str, tuple[ColumnRef, ...]], ...]:
    out = []
    for name in table.data:
        if name not in FIELDS:
            raise table.fail(name, "is not a field; expected one of " + ", ".join(sorted(FIELDS)))
        value = table.get(name, (str, int, list))
        refs = value if isinstance(value, list) else [value]
        if not all(isinstance(ref, (str, int)) for ref in refs):
            raise table.fail(name, "expected a header text, a position or a list of them")
        for ref in refs:
            if isinstance(ref, str):
                table.heading(name, ref)
        out.append((name, tuple(refs)))
    fields = {name for name, _ in out}
    if not fields & {"transaction_date", "posted_date"}:
        raise table.fail("transaction_date", "or posted_date is required")
    if "amount" not in fields and not {"debit", "credit"} <= fields:
        raise table.fail("amount", "or both debit and credit are required")
    return tuple(out)


def _match(table: _Table) -> Match:
    found = table.need("match", dict)
    out = []
    for column, text in found.items():
        if column != "*" and column not in FIELDS:
            raise table.fail(f"match.{column}", "is not a field")
        pattern = table.pattern(f"match.{column}", text)
        for group in pattern.groupindex:
            if group not in FIELDS:
                raise table.fail(f"match.{column}", f"fills {group}, which is not a field")
        out.append(Match(column, pattern))
    if len(out) != 1:
        raise table.fail("match", "expected exactly one column with its pattern")
    return out[0]


def _extract(table: _Table) -> Extract:
    rule = Extract(_match(table), table.choice("fill", ("always", "blank"), "always") == "blank")
    if not rule.match.pattern.groupindex:
        raise table.fail("match", "names no group to fill a field with")
    table.done()
    return rule


def _effect(table: _Table) -> Effect:
    return Effect(
        kind=table.choice("kind", _KINDS, None),
        status=table.choice("status", _STATUS, None),
        sign=table.choice("sign", _SIGNS, "as_printed"),
    )


def _row_rule(table: _Table) -> RowRule:
    role = table.need("role", str)
    if role not in ROLES:
        raise table.fail("role", "expected one of " + ", ".join(ROLES))
    lent = table.strings("date")
    if not set(lent) <= set(_LENT_BY):
        raise table.fail("date", "expected a list of " + ", ".join(_LENT_BY))
    rule = RowRule(
        role=role,
        match=_match(table),
        name=table.get("name", str, role),
        below=table.choice("of", ("above", "below"), "above") == "below",
        effect=_effect(table),
        sums=table.get("sums", str, "amount"),
        over=table.choice("over", _OVER, "block"),
        dated=table.get("dated", bool, role == "repeat"),
        drop=table.get("drop", bool, False),
        date=lent or ("above", "statement"),
    )
    if rule.sums not in FIELDS:
        raise table.fail("sums", "is not a field")
    table.done()
    return rule


def _word_rule(table: _Table) -> WordRule:
    rule = WordRule(_match(table), _effect(table))
    table.done()
    return rule


def _name_of(text: str, file: str) -> str:
    try:
        return str(tomllib.loads(text).get("name", file))
    except tomllib.TOMLDecodeError:
        return file


@cache
def _shipped_texts() -> dict[str, tuple[str, str]]:
    """File name and TOML text of the layouts that come with the package, by layout name."""
    folder = files("reconcile").joinpath("layouts")
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    texts = [(f.name, f.read_text("utf-8")) for f in found]
    return {_name_of(text, name): (name, text) for name, text in texts}


@cache
def shipped() -> tuple[Layout, ...]:
    """The layouts that come with the package, by name."""
    known = {name: text for name, (_, text) in _shipped_texts().items()}
    return tuple(parse(text, file, known) for file, text in _shipped_texts().values())


def load(folder: Path | None) -> tuple[Layout, ...]:
    """The shipped layouts and those of the user's folder; the user's replace shipped namesakes."""
    if folder is None:
        return shipped()
    if not folder.is_dir():
        raise LayoutError("layouts_dir", folder=str(folder))
    texts = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            texts[path.name] = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise LayoutError("layout_toml", file=path.name, detail=type(error).__name__) from None
    known = {name: text for name, (_, text) in _shipped_texts().items()}
    mine = {_name_of(text, file): text for file, text in texts.items()}
    own = [parse(text, file, {**known, **mine}) for file, text in texts.items()]
    names = {layout.name for layout in own}
    return (*(layout for layout in shipped() if layout.name not in names), *own)


def by_name(layouts: Iterable[Layout], name: str) -> Layout:
    """The layout called `name`; `LayoutError` lists the known names."""
    for layout in layouts:
        if layout.name == name:
            return layout
    raise LayoutError(
        "layout_unknown", name=name, known=", ".join(sorted(each.name for each in layouts))
    )


def find_column(refs: Sequence[ColumnRef], header: Sequence[str], width: int) -> list[int]:
    """Positions of the columns that `refs` name, in order, as far as this file has them."""
    out = []
    for ref in refs:
        if isinstance(ref, int):
            position = ref if ref >= 0 else width + ref
            out += [position] if 0 <= position < width else []
        else:
            out += [n for n, cell in enumerate(header) if _cell_is(cell, ref)][:1]
    return out


def _cell_is(cell: str, wanted: str) -> bool:
    if _is_regex(wanted):
        return re.fullmatch(wanted[1:-1], cell) is not None
    return cell == plain(wanted)


def header_row(layout: Layout, head: Sequence[Sequence[str]]) -> int | None:
    """The first row that carries the layout's header cells; None if there is none."""
    words = {plain(wanted) for wanted in layout.header if not _is_regex(wanted)}
    patterns = [wanted[1:-1] for wanted in layout.header if _is_regex(wanted)]
    for number, row in enumerate(head):
        cells = {plain(cell) for cell in row}
        if (
            words <= cells
            and cells.isdisjoint(layout.header_absent)
            and all(any(re.fullmatch(p, cell) for cell in cells) for p in patterns)
        ):
            return number
    return None


def _has_shape(layout: Layout, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the rows look like the layout's transactions: half of those that no rule explains."""
    wide = [row for row in rows if not layout.widths or len(row) in layout.widths]
    fit = other = 0
    for row in wide:
        cells = [fold(cell) for cell in row]
        if all(n < len(cells) and pattern.fullmatch(cells[n]) for n, pattern in layout.shape):
            fit += 1
        elif any(cells) and not _explained(layout, cells):
            other += 1
    return fit > 0 and fit >= other


def _explained(layout: Layout, cells: Sequence[str]) -> bool:
    """Whether a row rule that looks at the whole row says what this row is."""
    text = "|".join(cells)
    return any(rule.match.column == "*" and rule.match.pattern.search(text) for rule in layout.rows)


def _mentioned(layout: Layout, head: Sequence[Sequence[str]]) -> bool:
    """Whether every text that the layout asks for stands somewhere in the first rows."""
    if not layout.mentions:
        return True
    text = "\n".join("|".join(fold(cell) for cell in row) for row in head)
    return all(pattern.search(text) for pattern in layout.mentions)


def _fits(layout: Layout, head: Sequence[Sequence[str]]) -> bool:
    """Whether the header is there and the rows below it have the layout's shape, if any."""
    if not _mentioned(layout, head):
        return False
    if not layout.header:
        return _has_shape(layout, head)
    at = header_row(layout, head)
    if at is None:
        return False
    below = [row for row in head[at + 1 :] if any(cell.strip() for cell in row)]
    return not layout.shape or not below or _has_shape(layout, below)


def identify(head: Sequence[Sequence[str]], layouts: Sequence[Layout], file: str) -> Layout | None:
    """The layout that the first rows of a file fit, or None.

    A layout that asks for all that another asks for, and more, wins over it. Two that fit
    otherwise are an `InputError` that names both.
    """
    fit = [each for each in layouts if each.header and _fits(each, head)]
    fit = fit or [each for each in layouts if not each.header and _fits(each, head)]
    best = [one for one in fit if not any(_yields(one, other) for other in fit if other is not one)]
    if len(best) > 1:
        raise InputError(
            "layout_ambiguous", file=file, layouts=", ".join(sorted(each.name for each in best))
        )
    return best[0] if best else None


def _yields(one: Layout, other: Layout) -> bool:
    """Whether `other` asks for more than `one`: more header cells, mentions or shaped columns."""
    if set(one.header) != set(other.header):
        return set(one.header) < set(other.header)
    return (len(one.mentions), len(one.shape)) < (len(other.mentions), len(other.shape))
