"""The layout language: what it accepts, and errors that name the file and the key."""

from pathlib import Path

import pytest
from reading import read_file

from reconcile import layout, text
from reconcile.errors import InputError, LayoutError

GOOD = """
name = "own-bank"
title = "Own Bank"
currency = "JPY"

[recognise]
header = ["Day", "Shop", "Sum"]

[values]
date = ["%Y-%m-%d"]

[columns]
transaction_date = "Day"
description = "Shop"
amount = "Sum"
"""


@pytest.mark.parametrize(
    ("change", "key", "rule"),
    [
        (('currency = "JPY"', 'currency = "YEN"'), "currency", "ISO 4217"),
        (
            ("[values]", '[values]\namount_currencies = ["USD", "CAD"]'),
            "values.amount_currencies",
            "each column",
        ),
        (('name = "own-bank"', ""), "name", "is required"),
        (('title = "Own Bank"', "title = 3"), "title", "expected str"),
        (('header = ["Day", "Shop", "Sum"]', ""), "recognise.header", "or a shape"),
        (('header = ["Day", "Shop", "Sum"]', "header = [1]"), "recognise.header", "list of texts"),
        (('header = ["Day"', 'width = 3\nheader = ["Day"'), "recognise.width", "not a key"),
        (("[values]", "[values]\ncharge = 'minus'"), "values.charge", "expected one of positive"),
        (('"Day", ', '"/(/", '), "recognise.header", "is not a regular expression"),
        (('amount = "Sum"', 'amount = "/(/"'), "columns.amount", "is not a regular expression"),
        (
            ('amount = "Sum"', 'amount = "/a{99999999999999999999}/"'),
            "columns.amount",
            "is not a regular expression",
        ),
        (
            ("[values]", "shape = { a = 'x' }\n[values]"),
            "recognise.shape.a",
            "position of a column",
        ),
        (("[values]", "[text]\nwide_column = 1\n[values]"), "recognise.widths", "is required"),
        (('amount = "Sum"', 'sum = "Sum"'), "columns.sum", "is not a field"),
        (('amount = "Sum"', ""), "columns.amount", "or both debit and credit"),
        (('transaction_date = "Day"', ""), "columns.transaction_date", "or posted_date"),
        (('amount = "Sum"', "amount = 1.5"), "columns.amount", "expected str or int or list"),
        (("[columns]", "[[rows]]\nrole = 'sum'\n[columns]"), "rows[0].role", "expected one of"),
        (("[columns]", "[[rows]]\nrole = 'skip'\n[columns]"), "rows[0].match", "is required"),
        (
            ("[columns]", "[[rows]]\nrole = 'note'\nmatch = { memo = '(' }\n[columns]"),
            "rows[0].match.memo",
            "is not a regular expression",
        ),
        (
            ("[columns]", "[[rows]]\nrole = 'note'\nmatch = { memo = '(?P<fx>.)' }\n[columns]"),
            "rows[0].match.memo",
            "fills fx, which is not a field",
        ),
        (
            (
                "[columns]",
                "[[rows]]\nrole = 'charge'\ndate = 'today'\nmatch = { memo = '.' }\n[columns]",
            ),
            "rows[0].date",
            "expected a list of above, below, statement",
        ),
        (
            (
                "[columns]",
                "[[rows]]\nrole = 'total'\nover = 'all'\nmatch = { memo = '.' }\n[columns]",
            ),
            "rows[0].over",
            "expected one of block, holder, section, file",
        ),
        (
            ("[columns]", "[[words]]\nkind = 'gift'\nmatch = { type = '.' }\n[columns]"),
            "words[0].kind",
            "expected one of purchase",
        ),
        (
            ("[columns]", "[[words]]\nmatch = { type = '.', memo = '.' }\n[columns]"),
            "words[0].match",
            "exactly one column",
        ),
        (
            ("[columns]", "[[extract]]\nmatch = { memo = '.' }\n[columns]"),
            "extract[0].match",
            "names no group",
        ),
        (
            ("[columns]", "[[extract]]\nmatch = { memo = '(?P<memo>.)' }\nwhere = 1\n[columns]"),
            "extract[0].where",
            "expected dict",
        ),
        (('name = "own-bank"', 'name = "own-bank"\nlike = "nobody"'), "like", "another layout"),
        (('name = "own-bank"', 'name = "own-bank"\nrows = [1]'), "rows", "list of tables"),
    ],
)
def test_a_wrong_key_is_named_with_its_path_and_rule(
    change: tuple[str, str], key: str, rule: str
) -> None:
    """A user who mistypes a layout would not be told which key to mend."""
    with pytest.raises(LayoutError) as caught:
        layout.parse(GOOD.replace(*change, 1), "own.toml")
    assert caught.value.params["file"] == "own.toml"
    assert caught.value.params["key"] == key
    assert rule in str(caught.value.params["rule"])
    for lang in text.LANGUAGES:
        assert key in text.say(f"error.{caught.value.code}", lang, **caught.value.params)


def test_text_that_is_no_toml_is_a_layout_error() -> None:
    """A broken file would show a traceback instead of the line that is wrong."""
    with pytest.raises(LayoutError, match="layout_toml"):
        layout.parse("name = ", "own.toml")


def test_a_layout_like_another_inherits_all_it_does_not_say() -> None:
    """A co-branded card would need the whole layout of its bank once more."""
    toml = 'name = "b"\nlike = "a"\nissuer = "dc"\n[values]\nfee = "outside"'
    own = layout.parse(toml, "b.toml", {
        "a": GOOD.replace("own-bank", "a")
    })  # fmt: skip
    assert (own.name, own.issuer, own.currency, own.dates) == ("b", "dc", "JPY", ("%Y-%m-%d",))
    assert own.fee_outside


def test_layouts_that_build_on_each_other_in_a_circle_are_refused() -> None:
    """Two layouts, each like the other, would hang the program."""
    known = {"a": 'name = "a"\nlike = "b"', "b": 'name = "b"\nlike = "a"'}
    with pytest.raises(LayoutError, match="like"):
        layout.parse(known["a"], "a.toml", known)


def test_a_users_layout_replaces_its_shipped_namesake(tmp_path: Path) -> None:
    """A user could not correct a shipped layout without touching the package."""
    (tmp_path / "mine.toml").write_text(GOOD.replace("own-bank", "rakuten-card"), "utf-8")
    found = [each for each in layout.load(tmp_path) if each.name == "rakuten-card"]
    assert [each.title for each in found] == ["Own Bank"]


def test_two_layouts_of_one_name_are_told_when_they_are_read(tmp_path: Path) -> None:
    """Every file would fit both, and the user be asked to choose one by a name that both have."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(GOOD, "utf-8")
    with pytest.raises(LayoutError) as caught:
        layout.load(tmp_path)
    assert (caught.value.params["file"], caught.value.params["key"]) == ("b.toml", "name")
    assert "a.toml" in caught.value.params["rule"]


def test_a_users_layout_may_be_like_a_shipped_one(tmp_path: Path) -> None:
    """A user's variant of a shipped layout would have to repeat all of it."""
    (tmp_path / "mine.toml").write_text('name = "mine"\nlike = "saison"\nissuer = "uc"', "utf-8")
    found = layout.by_name(layout.load(tmp_path), "mine")
    assert found.header == layout.by_name(layout.shipped(), "saison").header


def test_a_layout_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """A stray binary file in the user's folder would end in a traceback."""
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LayoutError, match=r"x\.toml"):
        layout.load(tmp_path)


def test_an_absent_layouts_folder_is_named(tmp_path: Path) -> None:
    """A mistyped folder would be ignored in silence."""
    with pytest.raises(LayoutError, match="layouts_dir"):
        layout.load(tmp_path / "nowhere")


def test_an_unknown_layout_name_lists_the_known_ones() -> None:
    """A user who mistypes `--layout` would have to search for the right name."""
    with pytest.raises(LayoutError, match="rakuten-card"):
        layout.by_name(layout.shipped(), "rakuten")


def test_the_layout_that_asks_for_more_wins() -> None:
    """A file of the longer export would be read by the layout of the shorter one."""
    short = layout.parse(GOOD, "a.toml")
    long = layout.parse(GOOD.replace("own-bank", "b").replace('"Sum"]', '"Sum", "Rate"]'), "b.toml")
    head = [["Day", "Shop", "Sum", "Rate"], ["2026-01-01", "x", "1", "2"]]
    assert layout.identify(head, (short, long), "f.csv") is long
    assert layout.identify([row[:3] for row in head], (short, long), "f.csv") is short


def test_two_layouts_that_fit_alike_are_an_error_that_names_both() -> None:
    """Which of two layouts read a file would depend on their order."""
    both = (layout.parse(GOOD, "a.toml"), layout.parse(GOOD.replace("own-bank", "b"), "b.toml"))
    with pytest.raises(InputError, match="b, own-bank"):
        layout.identify([["Day", "Shop", "Sum"]], both, "f.csv")


def test_a_mention_tells_brands_of_one_bank_apart() -> None:
    """A co-branded card would get its bank's fee instead of its own."""
    bank = layout.parse(GOOD, "a.toml")
    brand = layout.parse(
        GOOD.replace("own-bank", "b").replace("header", "mentions = ['Gold']\nheader"), "b.toml"
    )
    head = [["Gold Card"], ["Day", "Shop", "Sum"]]
    assert layout.identify(head, (bank, brand), "f.csv") is brand
    assert layout.identify(head[1:], (bank, brand), "f.csv") is bank


def test_every_shipped_layout_parses_and_names_a_known_issuer() -> None:
    """A shipped layout with a mistake would break every run."""
    from reconcile import issuers

    known = set(issuers.known())
    names = [each.name for each in layout.shipped()]
    assert len(names) == len(set(names))
    japanese = {each.issuer for each in layout.shipped() if each.currency == "JPY" and each.issuer}
    assert japanese <= known


def test_the_worked_example_of_the_documentation_reads_as_it_says(tmp_path: Path) -> None:
    """A user who follows the documentation would get a layout that does not work."""
    page = (Path(__file__).parents[1] / "docs" / "layouts.md").read_text("utf-8")
    statement, toml = page.split("```\n", 2)[1], page.split("```toml\n")[1].split("```")[0]
    path = tmp_path / "example.csv"
    path.write_text(statement, "utf-8")
    frame, source = read_file(path, (layout.parse(toml, "example.toml"),))
    assert frame["amount"].tolist() == [3190, 1100, -3150]
    assert frame["original_amount"].fillna(0).tolist() == [2000, 0, -2000]
    assert frame["transaction_date"].dt.strftime("%Y-%m-%d").tolist()[1] == "2026-08-10"
    assert source.rejected == []
    assert source.notes == []
