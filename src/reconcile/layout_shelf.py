"""The known layouts, each parsed when it is first needed: a file needs one of a hundred."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

from reconcile.layout_model import Layout, is_regex, plain
from reconcile.layout_toml import parse

_RECOGNISE = "[recognise]\n"


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
        """Those whose header cells all stand in the first rows, before those without a header."""
        cells = {plain(cell) for row in head for cell in row}
        open_ = [name for name, words in self._words.items() if words and words <= cells]
        yield from (self._one(name) for name in open_)
        yield from self._own

    def headless(self) -> Iterator[Layout]:
        """Those that a file's header cells cannot rule out."""
        return (self._one(name) for name, words in self._words.items() if not words)

    def headings(self) -> frozenset[str]:
        """Every header cell that some layout looks for, in plain form, but patterns."""
        own = [cell for layout in self._own for cell in layout.header if not is_regex(cell)]
        return frozenset(cell for words in self._words.values() for cell in words).union(own)

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(self._heading(name)) for name in self._texts}

    def _heading(self, name: str) -> Sequence[str]:
        """A text's header cells but patterns; of a text told apart unusually, those once parsed."""
        text = self._texts[name][1] if name in self._texts else self._known[name]
        try:
            part = _RECOGNISE + text.split("\n" + _RECOGNISE, 1)[1].partition("\n[")[0]
            found: Any = tomllib.loads(part)["recognise"].get("header")
            if isinstance(found, list) and all(isinstance(cell, str) for cell in found):
                return [plain(cell) for cell in found if not is_regex(cell)]
            top = tomllib.loads(text.partition("\n[")[0])
        except (tomllib.TOMLDecodeError, IndexError):
            top = {}
        if top.get("like") in self._known:
            return self._heading(top["like"])
        if name not in self._texts:
            return []
        return [cell for cell in self._one(name).header if not is_regex(cell)]

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
