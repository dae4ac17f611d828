"""The known layouts, each parsed when it is first needed: a file needs one of a hundred."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

from reconcile.layout_model import Layout, is_regex, plain
from reconcile.layout_toml import parse

_RECOGNISE = "[recognise]\n"
_SIMPLE_HEADER = re.compile(r'^header = \[((?:\s*"[^"\\\n]*"\s*,?)+)\s*\]$', re.MULTILINE)


class Shelf(Sequence[Layout]):
    """Layouts by name from their TOML texts (`name: (file, text)`), and some already parsed.

    `known` holds the texts that `like` may build on. `LayoutError` comes when a faulty text is
    parsed, which all are as soon as all are asked for.
    """

    def __init__(
        self,
        texts: Mapping[str, tuple[str, str]],
        known: Mapping[str, str],
        parsed: Sequence[Layout] = (),
    ) -> None:
        self._texts, self._known, self._own = dict(texts), known, tuple(parsed)
        self._parsed: dict[str, Layout] = {}

    def with_own(self, own: Sequence[Layout]) -> "Shelf":
        """These layouts and the user's own, which replace namesakes."""
        names = {layout.name for layout in own}
        rest = {name: text for name, text in self._texts.items() if name not in names}
        return Shelf(rest, self._known, own)

    def named(self, name: str) -> Layout | None:
        """The layout called `name`."""
        if name in self._texts:
            return self._one(name)
        return next((layout for layout in self._own if layout.name == name), None)

    def likely(self, head: Sequence[Sequence[str]]) -> Iterator[Layout]:
        """Those with a header whose cells, but for patterns, all stand in the first rows."""
        cells = {plain(cell) for row in head for cell in row}
        fit = [name for name, words in self._words.items() if words is not None and words <= cells]
        yield from (self._one(name) for name in fit)
        yield from (layout for layout in self._own if layout.header)

    def headless(self) -> Iterator[Layout]:
        """Those without a header."""
        yield from (self._one(name) for name, words in self._words.items() if words is None)
        yield from (layout for layout in self._own if not layout.header)

    def headings(self) -> frozenset[str]:
        """Every header cell that some layout looks for, in plain form, but patterns."""
        own = [cell for layout in self._own for cell in layout.header if not is_regex(cell)]
        return frozenset(cell for words in self._words.values() for cell in words or ()).union(own)

    @cached_property
    def _words(self) -> dict[str, frozenset[str] | None]:
        found = ((name, self._heading(name)) for name in self._texts)
        return {name: None if cells is None else frozenset(cells) for name, cells in found}

    def _heading(self, name: str) -> Sequence[str] | None:
        """A text's header cells but patterns, None if it has none; of one written in an unusual
        way, those once parsed.
        """
        text = self._texts[name][1] if name in self._texts else self._known[name]
        try:
            part = _RECOGNISE + text.split("\n" + _RECOGNISE, 1)[1].partition("\n[")[0]
            # Nearly all headers are of plain texts, which need no parser.
            if (simple := _SIMPLE_HEADER.search(part)) is not None:
                return [plain(cell) for cell in simple[1].split('"')[1::2] if not is_regex(cell)]
            header: Any = tomllib.loads(part)["recognise"].get("header")
            if isinstance(header, list) and all(isinstance(cell, str) for cell in header):
                return [plain(cell) for cell in header if not is_regex(cell)]
            like = tomllib.loads(text.partition("\n[")[0]).get("like")
            if header is None and (like is None or like in self._known):
                return None if like is None else self._heading(like)
        except (tomllib.TOMLDecodeError, IndexError):
            pass
        header = self._one(name).header if name in self._texts else ()
        return [cell for cell in header if not is_regex(cell)] if header else None

    def _one(self, name: str) -> Layout:
        if name not in self._parsed:
            file, text = self._texts[name]
            self._parsed[name] = parse(text, file, self._known)
        return self._parsed[name]

    def __len__(self) -> int:
        return len(self._texts) + len(self._own)

    @overload
    def __getitem__(self, at: int) -> Layout: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Layout]: ...
    def __getitem__(self, at: int | slice) -> Layout | Sequence[Layout]:
        return (*(self._one(name) for name in self._texts), *self._own)[at]

    def __iter__(self) -> Iterator[Layout]:
        return iter(self[:])
