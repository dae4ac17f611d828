"""Layouts are parsed when a file may need them, and the same ones are found as if all were."""

import pytest

from reconcile import layout
from reconcile.layout_shelf import Shelf
from reconcile.readers import encoding


def test_a_file_parses_few_layouts() -> None:
    """Every run would spend a twentieth of a second on banks whose files it has not."""
    layout.shipped.cache_clear()
    head = [["利用日", "利用店名・商品名", "利用者", "支払方法", "利用金額", "手数料/利息"]]
    found = layout.identify(head, layout.load(None), "enavi.csv")
    assert found is not None
    assert found.name == "rakuten-card"
    assert len(layout.shipped()._parsed) < 15


def test_telling_an_encoding_parses_no_layout() -> None:
    """Every statement in cp932 would wait for all hundred layouts to be parsed."""
    layout.shipped.cache_clear()
    encoding._known.cache_clear()
    head = "利用日,利用店名・商品名,利用者,支払方法,利用金額\n"
    assert encoding.best(head.encode("cp932")) == ("cp932", True)
    assert not layout.shipped()._parsed


@pytest.mark.parametrize("name", [one.name for one in layout.shipped()])
def test_each_layout_is_likely_for_its_own_header(name: str) -> None:
    """A statement that its layout fits would be guessed at instead."""
    one = layout.by_name(layout.shipped(), name)
    cells = [cell for cell in one.header if not cell.startswith("/")]
    shelf = layout.load(None)
    assert one in [*shelf.likely([cells]), *shelf.headless()]


def test_likely_is_what_parsing_says() -> None:
    """The short way to the header cells would differ from the long one for some layout."""
    shelf = layout.load(None)
    for one in shelf:
        words = {cell for cell in one.header if not cell.startswith("/")}
        assert shelf._words[one.name] == (words if one.header else None), one.name


def test_header_cells_in_an_unusual_place() -> None:
    """A layout of the user's friend, written in another style of TOML, would never be found."""
    toml = """
        name = "odd"
        title = "odd"
        recognise.header = ["Day", "Shop", "Price"]
        [columns]
        transaction_date = "Day"
        description = "Shop"
        amount = "Price"
    """
    shelf = Shelf({"odd": ("odd.toml", toml)}, {})
    assert [one.name for one in shelf.likely([["Day", "Shop", "Price"]])] == ["odd"]
    assert list(shelf.likely([["Date", "Shop", "Price"]])) == []
    assert shelf.headings() == {"day", "shop", "price"}


def test_the_encoding_is_told_by_the_whole_file() -> None:
    """A sign that stands far behind would be read as another, or the file not at all."""
    data = b"2025-03-05,SHOP,12.00\n" * 30_000 + "2025-03-06,Café,1.00\n".encode("cp1252")
    found = encoding.best(data)
    assert found is not None
    assert "Café" in data.decode(found[0])
