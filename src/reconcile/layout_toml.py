"""TOML to `Layout`: typed getters whose errors name the file and the path of the key."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from reconcile.errors import LayoutError
from reconcile.layout_model import (
    FIELDS,
    KINDS,
    LENT_BY,
    OVER,
    ROLES,
    SIDES,
    SIGNS,
    STATUS,
    ColumnRef,
    Effect,
    Extract,
    Layout,
    Match,
    RowRule,
    WordRule,
    is_regex,
    plain,
)
from reconcile.signs import CURRENCIES


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
        except (re.error, TypeError, OverflowError, RecursionError) as error:
            raise self.fail(key, f"is not a regular expression ({error})") from None

    def heading(self, key: str, text: str) -> str:
        """A header cell to look for: plain text, or `/regex/` of a plain header cell."""
        if not is_regex(text):
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
        balance_owed=values.get("balance_owed", bool, False),
        one_date_format=values.get("one_date_format", bool, False),
        blank=values.strings("blank"),
        amount_currencies=values.strings("amount_currencies"),
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
    each = layout.amount_currencies
    if each and not (set(each) <= CURRENCIES and len(each) == len(layout.fields.get("amount", ()))):
        raise values.fail("amount_currencies", "needs an ISO 4217 code for each column of amount")
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
    if not isinstance(base, str) or base not in known or base in seen:
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


def _match(table: _Table, key: str = "match") -> Match:
    found = table.need(key, dict)
    out = []
    for column, text in found.items():
        if column != "*" and column not in FIELDS:
            raise table.fail(f"{key}.{column}", "is not a field")
        pattern = table.pattern(f"{key}.{column}", text)
        for group in pattern.groupindex:
            if group not in FIELDS:
                raise table.fail(f"{key}.{column}", f"fills {group}, which is not a field")
        out.append(Match(column, pattern))
    if len(out) != 1:
        raise table.fail(key, "expected exactly one column with its pattern")
    return out[0]


def _extract(table: _Table) -> Extract:
    blank = table.choice("fill", ("always", "blank"), "always") == "blank"
    where = _match(table, "where") if "where" in table.data else None
    rule = Extract(_match(table), blank, where)
    if not rule.match.pattern.groupindex:
        raise table.fail("match", "names no group to fill a field with")
    table.done()
    return rule


def _effect(table: _Table) -> Effect:
    return Effect(
        kind=table.choice("kind", KINDS, None),
        status=table.choice("status", STATUS, None),
        sign=table.choice("sign", SIGNS, "as_printed"),
    )


def _row_rule(table: _Table) -> RowRule:
    role = table.need("role", str)
    if role not in ROLES:
        raise table.fail("role", "expected one of " + ", ".join(ROLES))
    lent = table.strings("date")
    if not set(lent) <= set(LENT_BY):
        raise table.fail("date", "expected a list of " + ", ".join(LENT_BY))
    rule = RowRule(
        role=role,
        match=_match(table),
        name=table.get("name", str, role),
        below=table.choice("of", ("above", "below"), "above") == "below",
        effect=_effect(table),
        sums=table.get("sums", str, "amount"),
        over=table.choice("over", OVER, "block"),
        dated=table.get("dated", bool, role == "repeat"),
        drop=table.get("drop", bool, False),
        date=lent or ("above", "statement"),
    )
    if rule.sums not in FIELDS:
        raise table.fail("sums", "is not a field")
    table.done()
    return rule


def _word_rule(table: _Table) -> WordRule:
    side = table.choice("only", tuple(SIDES), None)
    rule = WordRule(_match(table), _effect(table), SIDES[side] if side else 0)
    table.done()
    return rule
