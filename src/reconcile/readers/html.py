"""Web pages that banks save under the name `.xls`: their tables as raw text."""

import csv
import html
import io
import re

# A row is cut here; whoever reads the rows refuses those that are too wide.
_MOST_CELLS = 2_000
_TAG = re.compile(r"(/?)([A-Za-z][A-Za-z0-9]*)")
_SPAN = re.compile(r"(?i)\bcolspan\s*=\s*[\"']?\s*(\d{1,6})")


def looks_like_html(text: str) -> bool:
    """Whether a decoded file is a page with a table."""
    return text.lstrip()[:1] == "<" and re.search(r"(?i)<table\b", text[:65536]) is not None


def is_page(text: str) -> bool:
    """Whether a decoded file is a page, with a table or without."""
    return text.lstrip("\ufeff \t\r\n")[:14].lower().startswith(("<!doctype html", "<html"))


def tables(text: str) -> str:
    """All rows of all tables of a page, in order, as lines of comma-separated cells.

    One pass over the pieces between `<` signs: a page of millions of unclosed tags, on which
    general parsers spend hours, costs no more than any other of its length.
    """
    page = _Page()
    first, *comments = text.split("<!--")
    text = first + "".join(comment.partition("-->")[2] for comment in comments)
    first, *pieces = text.split("<")
    page.data(first)
    for piece in pieces:
        tag = _TAG.match(piece)
        if tag is None:
            # A sign "less than" in the text; declarations and instructions hold no cells.
            if piece[:1] not in ("!", "?"):
                page.data("<" + piece)
            continue
        inside, _, after = piece.partition(">")
        name = tag[2].lower()
        if tag[1]:
            page.close(name)
        else:
            page.open(name, inside)
        page.data(after)
    page.end_row()
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(page.rows)
    return out.getvalue()


class _Page:
    """Collects the cells of table rows; unclosed cells and rows end where the next begins."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.row: list[str] = []
        self.cell: list[str] | None = None
        self.span = 1
        self.hidden = ""

    def open(self, tag: str, inside: str) -> None:
        """A new row or cell, or a line break inside a cell."""
        if self.hidden:
            return
        if tag in ("script", "style"):
            self.hidden = tag
        elif tag == "tr":
            self.end_row()
        elif tag in ("td", "th"):
            self.end_cell()
            span = _SPAN.search(inside)
            self.cell, self.span = [], min(int(span[1]), 50) if span else 1
        elif tag == "br":
            self.data(" ")

    def close(self, tag: str) -> None:
        """The end of a cell or of a row."""
        if self.hidden:
            self.hidden = "" if tag == self.hidden else self.hidden
        elif tag in ("td", "th"):
            self.end_cell()
        elif tag in ("tr", "table"):
            self.end_row()

    def data(self, text: str) -> None:
        """Text, kept only inside cells."""
        if self.cell is not None and text and not self.hidden:
            self.cell.append(text)

    def end_cell(self) -> None:
        """Take the open cell into the row; a wide cell is followed by empty ones."""
        if self.cell is not None and len(self.row) < _MOST_CELLS:
            text = " ".join(html.unescape("".join(self.cell)).split())
            self.row += [text, *([""] * (max(self.span, 1) - 1))]
        self.cell = None

    def end_row(self) -> None:
        """Take the open row into the table."""
        self.end_cell()
        if self.row:
            self.rows.append(self.row)
        self.row = []
