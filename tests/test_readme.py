"""The README in both languages: its pictures are there, its options exist, both say the same."""

import re
from pathlib import Path

import pytest

from reconcile.cli import main

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ja.md")


@pytest.mark.parametrize("name", READMES)
def test_pictures_are_there_and_small(name: str) -> None:
    """The page would show a broken picture, or load for seconds."""
    told = (ROOT / name).read_text("utf-8")
    pictures = re.findall(r"!\[.+?\]\((docs/pictures/.+?)\)", told)
    lang = "ja" if ".ja." in name else "en"
    wanted = [
        f"docs/pictures/{what}-{lang}.png" for what in ("console", "workbook", "page", "figure")
    ]
    assert pictures == wanted
    for picture in pictures:
        content = (ROOT / picture).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 200_000


@pytest.mark.parametrize("name", READMES)
def test_options_exist(name: str) -> None:
    """A user would copy a command that the program does not understand."""
    told = (ROOT / name).read_text("utf-8")
    known = {"--help", *(option for param in main.params for option in param.opts)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", told)) <= known


def test_both_languages_show_the_same_commands() -> None:
    """A Japanese reader would not hear of an option."""
    english, japanese = (
        set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", (ROOT / name).read_text("utf-8")))
        for name in READMES
    )
    assert english <= japanese
