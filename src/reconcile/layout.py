"""Statement layouts: a TOML file says how an issuer's export looks; here they are read and found.

The language is described in `docs/layouts.md`. Nothing here touches a statement's rows beyond the
first ones, which `identify` compares with every known layout.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from reconcile.errors import InputError, LayoutError
from reconcile.layout_model import (
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
from reconcile.layout_shelf import Shelf
from reconcile.layout_toml import parse
from reconcile.signs import fold

__all__ = [
    "ColumnRef",
    "Effect",
    "Extract",
    "Layout",
    "Match",
    "RowRule",
    "WordRule",
    "by_name",
    "find_column",
    "header_row",
    "identify",
    "load",
    "parse",
    "plain",
    "shipped",
]


def _name_of(text: str, file: str) -> str:
    try:
        return str(tomllib.loads(text).get("name", file))
    except tomllib.TOMLDecodeError:
        return file


def _shipped_name(text: str, file: str) -> str:
    # Of our own files all begin with their name; to parse them for it would take too long.
    line = text.partition("\n")[0]
    return _name_of(line if line.startswith("name = ") else text, file)


@cache
def _shipped_texts() -> dict[str, tuple[str, str]]:
    """File name and TOML text of the layouts that come with the package, by layout name."""
    folder = files("reconcile").joinpath("layouts")
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    texts = [(f.name, f.read_text("utf-8")) for f in found]
    return {_shipped_name(text, name): (name, text) for name, text in texts}


@cache
def shipped() -> Shelf:
    """The layouts that come with the package, by name."""
    texts = _shipped_texts()
    return Shelf(texts, {name: text for name, (_, text) in texts.items()})


def load(folder: Path | None) -> Shelf:
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
    named: dict[str, str] = {}
    for file, layout in zip(texts, own, strict=True):
        other = named.setdefault(layout.name, file)
        if other != file:
            raise LayoutError("layout_key", file=file, key="name", rule=f"is that of {other} too")
    return shipped().with_own(own)


def by_name(layouts: Iterable[Layout], name: str) -> Layout:
    """The layout called `name`; `LayoutError` lists the known names."""
    if isinstance(layouts, Shelf):
        found = layouts.named(name)
    else:
        found = next((layout for layout in layouts if layout.name == name), None)
    if found is not None:
        return found
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
    if is_regex(wanted):
        return re.fullmatch(wanted[1:-1], cell) is not None
    return cell == plain(wanted)


def header_row(layout: Layout, head: Sequence[Sequence[str]]) -> int | None:
    """The first row that carries the layout's header cells; None if there is none."""
    words = {plain(wanted) for wanted in layout.header if not is_regex(wanted)}
    patterns = [wanted[1:-1] for wanted in layout.header if is_regex(wanted)]
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


def _money_twice(layout: Layout, row: Sequence[str]) -> bool:
    """Whether a column that money is read from by its name stands twice in a header.

    Then the columns have been moved, and the cells below may stand under other names than theirs.
    """
    cells = [plain(cell) for cell in row]
    return any(
        isinstance(ref, str) and not is_regex(ref) and cells.count(plain(ref)) > 1
        for name, refs in layout.columns
        if name in ("amount", "debit", "credit")
        for ref in refs
    )


def _unpadded(layout: Layout, head: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows without the empty cells by which programs make all as wide as the widest; none where
    one holds more than the layout has columns, but for delimiters in a text that may hold them.
    """
    width, at = max(layout.widths, default=0), layout.wide_column
    out = []
    for row in head if width else ():
        filled = next((n for n in range(len(row), 0, -1) if row[n - 1].strip()), 0)
        extra = max(filled - width, 0)
        if extra and at is None:
            return []
        if extra and at is not None:
            row = [*row[:at], ",".join(row[at : at + extra + 1]), *row[at + extra + 1 :]]
        out.append(list(row[:width]))
    return out


def _fits(layout: Layout, head: Sequence[Sequence[str]]) -> bool:
    """Whether the header is there and the rows below it have the layout's shape, if any."""
    if not _mentioned(layout, head):
        return False
    if not layout.header:
        return _has_shape(layout, head)
    at = header_row(layout, head)
    if at is None or _money_twice(layout, head[at]):
        return False
    below = [row for row in head[at + 1 :] if any(cell.strip() for cell in row)]
    return not layout.shape or not below or _has_shape(layout, below)


def identify(head: Sequence[Sequence[str]], layouts: Sequence[Layout], file: str) -> Layout | None:
    """The layout that the first rows of a file fit, or None.

    A layout that asks for all that another asks for, and more, wins over it. Two that fit
    otherwise are an `InputError` that names both.
    """
    shelf = layouts if isinstance(layouts, Shelf) else Shelf({}, {}, layouts)
    fit = [each for each in shelf.likely(head) if _fits(each, head)]
    fit = fit or [each for each in shelf.headless() if _fits(each, head)]
    fit = fit or [each for each in shelf.headless() if _fits(each, _unpadded(each, head))]
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
