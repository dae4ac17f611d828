"""`python -m tests.figures` writes the figures of `docs/accuracy.md` into both READMEs."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "accuracy.md"
READMES = {"en": ROOT / "README.md", "ja": ROOT / "README.ja.md"}
START, END = "<!-- figures: python -m tests.figures -->", "<!-- end of figures -->"
OURS = "reconcile"
# Worlds of the page, as the table of each language calls them.
WORLDS = {
    "original amount": ("the merchant's amount is printed", "現地通貨額が載っている明細"),
    "no FX column": ("only the billed amount is printed", "請求額しか載っていない明細"),
    "no FX column, orders": ("the same, with a list of orders", "同じ明細と注文の一覧"),
    "no FX column, 200 a year": ("the same, 200 purchases a year", "同じ明細で年 200 件の買い物"),
}
HEADS = {
    "en": """\
Measured on made-up statements whose truth is known, by `python -m benchmarks.accuracy`
([all figures](docs/accuracy.md)). F1 is 1 when every pair of charge and refund is found and none
is wrong. Other ways are those of other tools: the same amount, or the nearest one within some days.
What is less sure is said to be so.

| statement | pairs (F1) | best other way | cases said at 90% or more | of these, right |""",
    "ja": """\
正解の分かっている作りものの明細で測った値です（`python -m benchmarks.accuracy`、
[すべての値](docs/accuracy.md)）。F1 は、請求と返金の組をすべて見つけ、間違いがないとき 1 です。
ほかの方法とは、ほかの道具が使う「同じ金額」や「何日か以内で最も近い金額」のことです。確かでない案件は、そうと
分かるように示します。

| 明細 | 組の F1 | ほかの方法の最良 | 90% 以上と言った案件 | そのうち正解 |""",
}


class Figures(NamedTuple):
    """Of one world: F1 of this program and of the best peer, share of cases said at 0.9 or more,
    and share of these that are exactly right."""

    ours: float
    peer: float
    sure: float
    right: float


def _rows(page: str, title: str) -> list[dict[str, str]]:
    """The rows of the first table below a title, by their headers."""
    body = page.split(f"## {title}\n", 1)[1]
    lines = []
    for line in body.splitlines():
        if line.startswith("|"):
            lines.append([cell.strip() for cell in line.strip("|").split("|")])
        elif lines:
            break
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]]


def figures(page: str) -> dict[str, Figures]:
    """What the page says of each world that the READMEs show."""
    pairs, sure = _rows(page, "Pairs by kind of world"), _rows(page, "Confidence")
    out = {}
    for world in WORLDS:
        by_linker = {row["linker"]: float(row["F1"]) for row in pairs if row["world"] == world}
        exact = next(row for row in sure if row["world or currency"] == world)
        peers = [value for name, value in by_linker.items() if name != OURS]
        out[world] = Figures(
            by_linker[OURS], max(peers), float(exact["cases at ≥ 0.9"]),
            float(exact["exact at ≥ 0.9"]),
        )  # fmt: skip
    return out


def section(page: str, lang: str) -> str:
    """The table of a README in `lang`, with its markers."""
    lines = [START, HEADS[lang], "|---|---|---|---|---|"]
    for world, one in figures(page).items():
        name = WORLDS[world][lang == "ja"]
        shares = f"{one.sure:.1%} | {one.right:.1%}"
        lines.append(f"| {name} | {one.ours:.3f} | {one.peer:.3f} | {shares} |")
    return "\n".join([*lines, END])


def replaced(readme: str, page: str, lang: str) -> str:
    """A README with the figures of the page in it."""
    pattern = re.compile(re.escape(START) + ".*?" + re.escape(END), re.DOTALL)
    new, count = pattern.subn(lambda _: section(page, lang), readme)
    assert count == 1, "the README has no place for the figures"
    return new


def main() -> None:
    """Write the figures into both READMEs."""
    page = PAGE.read_text("utf-8")
    for lang, path in READMES.items():
        path.write_text(replaced(path.read_text("utf-8"), page, lang), "utf-8")


if __name__ == "__main__":
    main()
