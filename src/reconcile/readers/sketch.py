"""A first draft of a layout file for a statement that no layout fits; guesses are marked."""

import json
from collections.abc import Sequence
from pathlib import Path

from reconcile import files
from reconcile.layout import Layout, plain
from reconcile.readers import decode, encoding, guess, text
from reconcile.text import masked


def sketch(path: Path) -> str:
    """TOML of a layout guessed from a text statement; `InputError` when it is not one.

    Every line that rests on a guess ends in `# guessed`; what could not be told is a comment.
    """
    data = files.load(path)
    likely = encoding.best(data)
    hints = (likely[0],) if likely else ()
    content, found, _ = decode.decode(data, files.label(path.name), None, hints)
    delimiter = text.delimiter_of(content)
    head = text.head_rows(content, delimiter)
    raw = text.table(content, delimiter, file=files.label(path.name))
    known = guess.propose(head, text.excerpt(raw.cells))
    header = _header(head, known)
    return _toml(path.stem, found, delimiter, header, known)


def _header(head: Sequence[Sequence[str]], known: Layout | None) -> list[str]:
    """The header cells: those the guess found, else the first row with several cells."""
    if known is not None and known.header:
        wanted = set(known.header)
        return next(
            (list(row) for row in head if wanted <= {plain(cell) for cell in row}),
            list(known.header),
        )
    return next((list(row) for row in head if sum(bool(c.strip()) for c in row) > 1), [])


def _toml(
    name: str, found: str, delimiter: str, header: Sequence[str], known: Layout | None
) -> str:
    def quoted(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    code = known.currency if known else None
    lines = [
        "# docs/layouts.md explains every key. Put this file into a folder and name it with",
        "# --layouts-dir. Check each line marked as guessed against a few rows of the statement.",
        f"name = {quoted(masked(name).lower().replace(' ', '-'))}",
        f"title = {quoted(masked(name))}",
        '# issuer = "…"  # key in issuers.toml, for the card\'s foreign fee',
        f"currency = {quoted(code)}  # guessed" if code else '# currency = "JPY"',
        *(["bank = true  # guessed: there is a balance column"] if known and known.bank else []),
        "",
        "[recognise]",
        f"header = {quoted([masked(cell.strip()) for cell in header if cell.strip()])}",
        "",
        "[text]",
        f"encodings = {quoted([found])}",
        f"delimiter = {quoted(delimiter)}",
        "",
        "[values]",
    ]  # fmt: skip
    if known is None:
        lines += ['# date = ["%Y/%m/%d"]', '# charge = "negative"  # if purchases are negative']
        lines += [
            "",
            "[columns]",
            '# transaction_date = "…"',
            '# description = "…"',
            '# amount = "…"',
        ]
        return "\n".join(lines) + "\n"
    lines += [
        f"date = {quoted(list(known.dates))}  # guessed",
        f"decimal = {quoted(known.decimal)}  # guessed",
        f"group = {quoted(known.group)}  # guessed",
        f'charge = "{"negative" if known.charge_negative else "positive"}"  # guessed',
        "",
        "[columns]",
    ]
    for field, refs in known.columns:
        ref = refs[0]
        cell = header[ref].strip() if isinstance(ref, int) and 0 <= ref < len(header) else ref
        shown = masked(cell) if isinstance(cell, str) else cell
        lines.append(f"{field} = {quoted(shown)}  # guessed")
    return "\n".join(lines) + "\n"
