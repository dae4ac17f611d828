"""A first draft of a layout file for a statement that no layout fits; guesses are marked."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from reconcile import files
from reconcile.layout import Effect, Layout, Match, find_column, header_row, plain
from reconcile.layout_model import FIELDS, SIDES, is_regex
from reconcile.money import fold
from reconcile.readers import delimiters, rows, tabular, text
from reconcile.readers.given import Given
from reconcile.search import Seen
from reconcile.text import masked

_DATES, _MONEY = ("transaction_date", "posted_date"), ("amount", "debit", "credit")
_AMOUNT = r"\D{0,5}\d[\d., ]*\D{0,5}"
_MARK = "  # guessed"
_UNTOLD = """
[values]
# date = ["%Y/%m/%d"]
# charge = "negative"  # if purchases are negative

[columns]
# transaction_date = "…"
# description = "…"
# amount = "…"
"""


def sketch(path: Path) -> str:
    """TOML of a layout guessed from a text statement; `InputError` when it is not one.

    Every line that rests on a guess ends in `# guessed`; what could not be told is a comment.
    """
    file = files.label(path.name)
    content, source = tabular.decoded(files.load(path), file, "", Given((), None, None, None))
    raw, known = _guessed(tabular.plain_text(content), file)
    first, header = _header(raw, known)
    lines = _top(masked(path.stem), known)
    names = [cell.strip() if _is_name(cell, header) else "" for cell in header]
    if known is None or any(names):
        lines += [f"header = {_quoted([name for name in names if name])}"]
    else:
        lines += _shape(raw, known)
    lines += ["", "[text]", f"encodings = {_quoted([source.encoding])}"]
    lines += [f"delimiter = {_quoted(raw.delimiter)}"]
    if known is None:
        return "\n".join(lines) + f"\n{_UNTOLD}"
    lines += [*_values(known), *_columns(known, names)]
    lines += _rules(text.excerpt(raw.cells.iloc[first:].reset_index(drop=True)), known)
    return "\n".join(lines) + "\n"


def _guessed(content: str, file: str) -> tuple[text.RawTable, Layout | None]:
    """The cells and what the reader guesses of them, with the likeliest delimiter that tells it.

    Cells that the reader puts together before it guesses stay apart: no layout says how.
    """
    likeliest = delimiters.likeliest(content)
    for sign in dict.fromkeys((likeliest, *delimiters.SIGNS)):
        raw = text.table(content, sign, file=file)
        if raw.width > 1 and (known := tabular.proposed(raw)) is not None:
            return raw, known
    return text.table(content, likeliest, file=file), None


def _header(raw: text.RawTable, known: Layout | None) -> tuple[int, Sequence[str]]:
    """The header and the row below it: what the guess found, else the first row with several cells,
    which without digits is one whatever it says.
    """
    at = header_row(known, raw.head) if known is not None and known.header else None
    if at is None:
        wide = (n for n, row in enumerate(raw.head) if sum(bool(cell.strip()) for cell in row) > 1)
        at = next(wide, None)
        if at is None or (known is not None and text.has_digit(raw.head[at])):
            return 0, ()
    return at + 1, raw.head[at]


def _is_name(cell: str, header: Sequence[str]) -> bool:
    """Whether a header cell is the name of one column, and may be shown."""
    once = sum(plain(cell) == plain(other) for other in header) == 1
    return bool(cell.strip()) and once and masked(cell) == cell and not is_regex(cell.strip())


def _top(name: str, known: Layout | None) -> list[str]:
    code = known.currency if known else None
    return [
        "# docs/layouts.md explains every key. Put this file into a folder and name it with",
        "# --layouts-dir. Check each line marked as guessed against a few rows of the statement.",
        f"name = {_quoted(name.lower().replace(' ', '-'))}",
        f"title = {_quoted(name)}",
        '# issuer = "…"  # key in issuers.toml, for the card\'s foreign fee',
        f"currency = {_quoted(code)}{_MARK}" if code else '# currency = "JPY"',
        *(["bank = true  # guessed: there is a balance column"] if known and known.bank else []),
        "",
        "[recognise]",
    ]


def _shape(raw: text.RawTable, known: Layout) -> Iterator[str]:
    """What tells rows without a header: how days and amounts look, and how many cells there are."""
    at = {name: find_column(refs, (), raw.width) for name, refs in known.columns}
    dated, *more = (at[name][0] for name in _DATES if name in at)
    days = {n: [fold(row[n]) for row in raw.head] for n in (dated, *more)}
    full = [number for number, cell in enumerate(days[dated]) if text.has_digit(cell)]
    shape = {n: "|".join({_alike(cells[row]): "" for row in full}) for n, cells in days.items()}
    optional = "" if "amount" in at else "?"
    shape |= {at[name][0]: f"(?:{_AMOUNT}){optional}" for name in _MONEY if name in at}
    pairs = ", ".join(f'"{n}" = {_pattern(pattern)}' for n, pattern in sorted(shape.items()))
    yield f"shape = {{ {pairs} }}{_MARK}"
    yield f"widths = {np.unique(raw.count[full]).tolist()}{_MARK}"


def _alike(cell: str) -> str:
    """A pattern of all texts that have digits and letters where this one has."""
    letters = re.sub(r"[^\W\d_]+", r"[^\\W\\d_]+", re.escape(cell))
    return re.sub(r"\d+", r"\\d+", letters)


def _values(known: Layout) -> Iterator[str]:
    yield from ("", "[values]")
    yield f"date = {_quoted(known.dates)}{_MARK}"
    yield f"decimal = {_quoted(known.decimal)}{_MARK}"
    yield f"group = {_quoted(known.group)}{_MARK}"
    if known.original_decimal:
        yield f"original_decimal = {_quoted(known.original_decimal)}{_MARK}"
    yield f'charge = "{"negative" if known.charge_negative else "positive"}"{_MARK}'
    if known.balance_signs:
        yield f"signs_from_balance = true{_MARK}"
    if known.balance_owed:
        yield f"balance_owed = true{_MARK}"
    if known.fee_outside:
        yield f'fee = "outside"{_MARK}'
    if known.blank:
        yield f"blank = {_quoted(known.blank)}{_MARK}"


def _columns(known: Layout, names: Sequence[str]) -> Iterator[str]:
    yield from ("", "[columns]")
    for field, refs in known.columns:
        told = {n: name for n, name in enumerate(names) if name}
        shown = [told.get(ref, ref) if isinstance(ref, int) else ref for ref in refs]
        if field in FIELDS:
            yield f"{field} = {_quoted(shown if len(shown) > 1 else shown[0])}{_MARK}"


def _rules(cells: pd.DataFrame, known: Layout) -> Iterator[str]:
    """What words tell the sign, and what else they say of a row as far as this file has such."""
    at = {name: find_column(refs, (), cells.shape[1]) for name, refs in known.columns}

    def asked(match: Match) -> bool:
        texts = rows.column_text(cells, np.arange(len(cells)), at, match)
        return bool(rows.hits(texts, match, Seen()).any())

    for word in known.words:
        column, effect = word.match.column, word.effect
        if column in FIELDS and (effect.sign != "as_printed" or asked(word.match)):
            yield from ("", "[[words]]", _match(word.match), *_effect(effect))
            yield from (
                f"only = {_quoted(key)}" for key, side in SIDES.items() if side == word.side
            )
    for rule in known.rows:
        if asked(rule.match):
            yield from ("", "[[rows]]", f"role = {_quoted(rule.role)}", _match(rule.match))
            yield from (f"name = {_quoted(rule.name)}", *_effect(rule.effect))
            yield from (["dated = true"] if rule.dated else [])
            yield from ([f"date = {_quoted(rule.date)}"] if rule.date else [])


def _match(match: Match) -> str:
    return f'match = {{ "{match.column}" = {_pattern(match.pattern.pattern)} }}{_MARK}'


def _effect(effect: Effect) -> list[str]:
    said = {
        key: value for key, value in effect._asdict().items() if value not in (None, "as_printed")
    }
    return [f"{key} = {_quoted(value)}" for key, value in said.items()]


def _pattern(pattern: str) -> str:
    """A pattern between signs that leave its backslashes alone, where it can be."""
    return _quoted(pattern) if re.search(r"['\x00-\x1f]", pattern) else f"'{pattern}'"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
