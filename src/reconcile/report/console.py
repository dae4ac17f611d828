"""The console summary: the answer first, then the cases, what to do and where the report is."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile import text
from reconcile.report.digest import (
    Story,
    amount,
    headline,
    look,
    needing,
    outcome,
    owed,
    sentence,
    step,
    stories,
    sureness,
    waiting,
)
from reconcile.report.remarks import Remark, remarks
from reconcile.report.screen import Plain
from reconcile.report.wrap import Flowing, lines
from reconcile.tables import Tables

if TYPE_CHECKING:
    from rich.console import Console

_MOST_CASES, _MOST_STEPS, _MOST_REMARKS = 30, 3, 4
_STYLES = {
    "refunded": "green",
    "voided": "dim",
    "partly_refunded": "yellow",
    "waiting": "cyan",
    "review": "magenta",
    "short": "bold red",
    "missing": "bold red",
}
# What a console without these characters can show instead of a question mark.
_PLAIN = {
    "¥": "JPY ", "€": "EUR ", "£": "GBP ", "–": "-", "—": "-", "−": "-", "…": "...", "→": "->",
    "～": "-", "“": '"', "”": '"', "’": "'",
}  # fmt: skip


def render(
    tables: Tables,
    lang: str,
    console: "Console | Plain",
    report_paths: Sequence[Path],
    verbose: int = 0,
) -> None:
    """Print what a run found to `console`.

    A terminal gets a table, a pipe or file plain lines, one per case. At most 30 cases are shown;
    with `verbose` all of them and every remark. Characters that the console's encoding lacks are
    replaced, never an error.
    """
    printable = printable_in(console.encoding)

    def line(told: str, style: str | None = None) -> None:
        # No markup: a descriptor may hold square brackets. Plain lines are not wrapped for pipes.
        shown = printable(told)
        if console.is_terminal:
            shown = "\n".join(lines(shown, console.width))
        console.print(
            shown,
            style=style,
            markup=False,
            highlight=False,
            soft_wrap=not console.is_terminal,
        )

    told = stories(tables)
    line(text.render(headline(tables, told), lang), "bold")
    if told:
        line(sentence(owed(tables, told), lang))
    shown = told if verbose else _chosen(told)
    if shown:
        line("")
        if not isinstance(console, Plain) and console.is_terminal:
            _table(shown, lang, console, printable)
        else:
            for story in shown:
                line(_plain(story, lang))
    if len(shown) < len(told):
        line(text.say("console.more", lang, n=len(told) - len(shown)))
    for title, steps in (("what_to_do", needing(told)), ("waiting", waiting(told))):
        if steps:
            line("")
            line(text.say(f"console.{title}", lang), "bold")
        for story in steps if verbose else steps[:_MOST_STEPS]:
            line(f"{story.number}. {step(story, lang)}")
        if not verbose and len(steps) > _MOST_STEPS:
            line(text.say("console.more", lang, n=len(steps) - _MOST_STEPS))
    notes = list(_notes(remarks(tables), lang, verbose))
    if notes:
        line("")
        line(text.say("console.good_to_know", lang), "bold")
        for note in notes if verbose else notes[:_MOST_REMARKS]:
            line(f"- {note}")
        if not verbose and len(notes) > _MOST_REMARKS:
            rest = len(notes) - _MOST_REMARKS
            code = "console.more_remarks_one" if rest == 1 else "console.more_remarks"
            line(text.say(code, lang, n=rest))
    if report_paths:
        line("")
    for path in report_paths:
        line(text.say("console.report_at", lang, path=path))


def _chosen(told: list[Story]) -> list[Story]:
    """The cases to show: those that need the user first, the rest by date, in order of date."""
    if len(told) <= _MOST_CASES:
        return told
    urgent = [story.number for story in [*needing(told), *waiting(told)]]
    # Each once, in the order of its first place.
    ordered = dict.fromkeys([*urgent, *(story.number for story in reversed(told))])
    keep = frozenset(list(ordered)[:_MOST_CASES])
    return [story for story in told if story.number in keep]


def _cells(story: Story, lang: str) -> list[str]:
    amounts = [amount(story, name, lang) for name in ("charged", "refunded", "shortfall")]
    return [
        story.day.isoformat() if story.day else "",
        *amounts,
        text.say(f"verdict.{outcome(story.case)}", lang),
        f"{sureness(story.case):.1%}",
    ]


def _plain(story: Story, lang: str) -> str:
    date, charged, refunded, shortfall, verdict, confidence = _cells(story, lang)
    told = text.say(
        f"console.plain_{'case' if story.rows else 'order'}", lang, date=date, charged=charged,
        refunded=refunded, shortfall=shortfall, verdict=verdict, confidence=confidence,
    )  # fmt: skip
    return f"{story.number}. {told} {sentence(story.case.explanation, lang)}"


def _table(
    shown: list[Story], lang: str, console: "Console", printable: Callable[[str], str]
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, leading=1)
    names = (
        "number",
        "date",
        "charged",
        "refunded",
        "shortfall",
        "verdict",
        "confidence",
        "explanation",
    )
    for name in names:
        number = name in ("number", "charged", "refunded", "shortfall", "confidence")
        table.add_column(
            Text(printable(text.say(f"field.{name}", lang))),
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=name in ("charged", "refunded", "shortfall", "date"),
            ratio=1 if name == "explanation" else None,
        )
    for story in shown:
        cells = [str(story.number), *_cells(story, lang), sentence(story.case.explanation, lang)]
        made = [Text(printable(cell)) for cell in cells[:-1]]
        made[5].stylize(_STYLES[look(outcome(story.case))])
        table.add_row(*made, Flowing(printable(cells[-1])))
    console.print(table)


def _notes(found: list[Remark], lang: str, verbose: int) -> Iterable[str]:
    """Remarks in short, lines that could not be used first: those of a file are one remark unless
    all are asked for.
    """
    rejected: dict[str | None, list[Remark]] = {}
    for remark in found:
        if remark.kind == "rejected":
            rejected.setdefault(remark.file, []).append(remark)
    for file, bad in rejected.items():
        for one in bad if verbose else bad[:1]:
            code = "console.rejected" if len(bad) > 1 and not verbose else "console.rejected_one"
            place = "–" if one.line is None else one.line
            params = {"n": len(bad), "file": file, "line": place, "reason": one.message}
            yield sentence([text.Message(code, params)], lang)
    for remark in found:
        if remark.kind != "rejected":
            told = sentence([remark.message], lang)
            yield f"{remark.file}: {told}" if remark.file else told


def printable_in(encoding: str) -> Callable[[str], str]:
    """A function that leaves only characters that `encoding` can print."""

    def plain(told: str) -> str:
        try:
            told.encode(encoding)
            return told
        except UnicodeEncodeError:
            for character, instead in _PLAIN.items():
                if character in told and not _has(character, encoding):
                    told = told.replace(character, instead)
            return told.encode(encoding, "replace").decode(encoding)

    return plain


def _has(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
