"""Web pages that banks save under the name `.xls`: their tables as raw text."""

import csv
import io
import re
from html.parser import HTMLParser


def looks_like_html(text: str) -> bool:
    """Whether a decoded file is a page with a table."""
    return text.lstrip()[:1] == "<" and re.search(r"(?i)<table\b", text[:65536]) is not None


def tables(text: str) -> str:
    """All rows of all tables of a page, in order, as lines of comma-separated cells."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end_row()
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(page.rows)
    return out.getvalue()


class _Page(HTMLParser):
    """Collects the cells of table rows; unclosed cells and rows end where the next begins."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.row: list[str] = []
        self.cell: list[str] | None = None
        self.span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A new row or cell, or a line break inside a cell."""
        if tag == "tr":
            self.end_row()
        elif tag in ("td", "th"):
            self.end_cell()
            span = dict(attrs).get("colspan") or "1"
            self.cell, self.span = [], min(int(span), 50) if span.isdecimal() else 1
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """The end of a cell or of a row."""
        if tag in ("td", "th"):
            self.end_cell()
        elif tag in ("tr", "table"):
            self.end_row()

    def handle_data(self, data: str) -> None:
        """Text, kept only inside cells."""
        if self.cell is not None:
            self.cell.append(data)

    def end_cell(self) -> None:
        """Take the open cell into the row; a wide cell is followed by empty ones."""
        if self.cell is not None:
            text = " ".join("".join(self.cell).split())
            self.row += [text, *([""] * (self.span - 1))]
            self.cell = None

    def end_row(self) -> None:
        """Take the open row into the table."""
        self.end_cell()
        if self.row:
            self.rows.append(self.row)
        self.row = []
