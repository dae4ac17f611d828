"""The signs that part the cells of a text, and what programs write around cells."""

import csv
import re

SIGNS = (",", ";", "\t", "|", "~")
# What HDFC Bank parts the cells of its cards by.
_LONG_DELIMITER = "~|~"
# Rows in which a header is looked for.
HEAD = 80
# One cell may be longer than Python's csv module takes by itself.
csv.field_size_limit(1 << 30)


def likeliest(text: str) -> str:
    """The sign that parts the cells, from the first lines: most even in number, then most."""
    lines = [re.sub(r'"[^"\n]*"', "", line) for line in _first_lines(text)]

    def evenness(sign: str) -> tuple[float, int]:
        counts = [line.count(sign) for line in lines]
        full = [count for count in counts if count]
        if not full:
            return (0.0, 0)
        top = max(set(full), key=full.count)
        return (full.count(top) * min(top, 3) / len(lines), sum(full))

    return max(SIGNS, key=evenness)


def with_short_delimiter(text: str) -> str:
    """The text with a delimiter of three signs made one that stands nowhere else, if it has it."""
    lines = _first_lines(text)
    if 2 * sum(line.count(_LONG_DELIMITER) > 1 for line in lines) <= len(lines):
        return text
    rest = text.replace(_LONG_DELIMITER, "")
    sign = next((sign for sign in SIGNS[::-1] if sign not in rest), None)
    return text if sign is None else text.replace(_LONG_DELIMITER, sign)


def without_formulas(text: str) -> str:
    """The text with the cells that are formulas of one text (`="0012"`, as some banks write to keep
    a spreadsheet from changing them) made that text, in quotes.
    """
    if '"' not in text or '="' not in text:  # one sign alone is found faster
        return text
    signs = re.escape("".join(SIGNS))
    cell = rf'(?m)(?:^|(?<=[{signs}]))(?:="([^"\n]*)"|"=""([^"\n]*)""")[ \t]*(?=[{signs}\r]|$)'
    return re.sub(cell, r'"\1\2"', text)


def with_close_quotes(text: str) -> str:
    """The text with quotes that stand around cells beside their delimiters, in a file that puts
    blanks between them: `, "1,000.00" ,`.
    """
    if '"' not in text or ' "' not in text:  # one sign alone is found faster
        return text
    sign = re.escape(likeliest(text))
    if re.search(f'{sign}"', text):
        return text
    # A cell that starts its line is looked at too: a delimiter and a quote inside it part nothing.
    return re.sub(rf'(?m)(?:^|(?<={sign})) *"([^"\n]*)" *(?={sign}|\r|$)', r'"\1"', text)


def without_apostrophes(text: str) -> str:
    """The text without the signs by which a spreadsheet marks numbers as texts: `'1234`."""
    if "'" not in text:
        return text
    signs = re.escape("".join(SIGNS))
    # No word may follow: a shop may be called `'90s Diner`.
    number = rf"[-+]?\d[\d.,/: -]*\"?(?:[{signs}\r]|$)"
    return re.sub(rf"(?m)(^|[{signs}])(\"?)'(?={number})", r"\1\2", text)


def head_rows(text: str, delimiter: str) -> list[list[str]]:
    """The first rows of a file as cells, enough to recognise its layout."""
    lines = text[:262144].split("\n", HEAD)[:HEAD]
    return list(csv.reader(lines, delimiter=delimiter))


def quotes_close(text: str, delimiter: str) -> bool:
    """Whether there are quotes and each stands around a whole cell, as spreadsheets write them."""
    sign = re.escape(delimiter)
    cell = rf'(?:^|(?<={sign}))"(?:[^"\n]|"")*"(?={sign}|$)'
    return '"' in text and '"' not in re.sub(cell, "", text, flags=re.MULTILINE)


def _first_lines(text: str) -> list[str]:
    """Those of the first lines that are not blank."""
    return [line for line in text[:65536].split("\n")[:HEAD] if line.strip()]
