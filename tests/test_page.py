"""The HTML page as text: whole, escaped, alone; what a browser does with it is checked apart."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fabricated import no_cases, tables

from reconcile import text
from reconcile.report import page
from reconcile.result import Reconciliation
from reconcile.text import LANGUAGES


class _Reader(HTMLParser):
    """Collects tags, and notes a tag that is closed but was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens."""
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that is closed at once."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def _read(told: str) -> _Reader:
    reader = _Reader()
    reader.feed(told)
    return reader


def test_a_step_has_one_number() -> None:
    """Two numbers in front of what to do, of the list and of the case, would be mistaken."""
    told = page.document(tables(), "en")
    assert "<ol" not in told
    assert re.search(r"<li><a href=[^>]*>Case \d+</a>: ", told)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("make", [tables, no_cases])
def test_sections_are_the_workbooks(lang: str, make: object) -> None:
    """A section of the workbook would be missing, or tags would be left open."""
    assert callable(make)
    told = page.document(make(lang), lang)
    reader = _read(told)
    assert reader.wrong == []
    assert reader.open == []
    for name in ("summary", "todo", "refunds", "timeline", "transactions", "rates", "sources"):
        assert f'<section id="{name}">' in told
        assert text.say(f"sheet.{name}", lang) in told


def test_nothing_from_a_file_is_markup() -> None:
    """A descriptor could run a script on the page."""
    told = page.document(tables(), "en", all_rows=True)
    assert "<script>alert" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "\x1b" not in told
    for tag, attributes in _read(told).tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag


def test_the_page_stands_alone() -> None:
    """Opening the report would ask another machine for something."""
    told = page.document(tables(), "en")
    for _, attributes in _read(told).tags:
        assert attributes.get("src") is None
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in told
    assert "@import" not in told


def test_policy_names_the_style_and_script_by_hash() -> None:
    """The browser would refuse the page's own script, or run a foreign one."""
    told = page.document(tables(), "en")
    for tag in ("style", "script"):
        found = re.search(rf"<{tag}>(.*?)</{tag}>", told, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in told
    assert "default-src 'none'" in told


def test_links_lead_to_rows() -> None:
    """A click on a case would do nothing."""
    reader = _read(page.document(tables(), "en"))
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] for tag, attributes in reader.tags if tag == "a"]
    assert {str(link)[1:] for link in links} <= set(ids)


def test_long_lists_are_cut_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser would freeze, or rows would be missing without a word."""
    monkeypatch.setattr(page, "MOST_ROWS", 13)
    told = page.document(tables(), "en", all_rows=True)
    assert "The page lists at most 13 rows" in told
    assert "GREENLEAF GROCERY" not in told


def test_same_tables_give_the_same_page(tmp_path: Path) -> None:
    """Two runs on the same statements would differ for no reason a user could see."""
    result = Reconciliation(tables(), "en")
    one, two = (result.to_html(tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert one == two
