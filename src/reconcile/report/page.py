"""The whole report as one HTML page: no link to the outside, no request, nothing but itself.

Its sections are the workbook's sheets, made from the same rows. Style and script stand inside and
are named by their hashes in the page's own security policy, so that nothing else can run.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from importlib.resources import files
from itertools import islice
from typing import Any

from reconcile import text
from reconcile.money import to_decimal
from reconcile.report import excel_lists, excel_time, page_charts
from reconcile.report.cells import Column, Formula, Link, Share, Tinted, Voice
from reconcile.report.digest import (
    Story,
    each,
    headline,
    known,
    look,
    money,
    needing,
    outcome_counts,
    owed,
    sentence,
    step,
    stories,
    waiting,
)
from reconcile.report.excel_sheets import (
    CARDS,
    REFUNDS,
    SHEETS,
    TODO,
    Data,
    card_rows,
    refund_rows,
    todo_rows,
)
from reconcile.report.html import said
from reconcile.report.remarks import remarks
from reconcile.report.timeline import months, stretches
from reconcile.tables import CAUSES, SUMMARY_AMOUNTS, Tables
from reconcile.text import Money, clean, render

MOST_ROWS = 5000  # of one table; a browser becomes slow beyond
# Columns that are for looking closer: hidden until asked for.
_MORE = frozenset(
    {f"field.{cause}_{end}" for cause in CAUSES for end in ("low", "high")}
    | {"field.evidence", "field.alternatives", "field.id", "field.merchant", "field.reference"}
    | {"field.merchant_strength", "field.sha256", "field.causes_sum", "field.orders"}
)
# Columns that paper has no room for; the other of the two tables prints them.
_ON_SCREEN = {
    "refunds": frozenset(("field.next_step", "field.deadline", "field.check")),
    "todo": frozenset(("field.date", "field.description", "field.account", "field.explanation")),
}
_SHORT = 24  # characters
_SKIPPED = frozenset(("todo.decision",))  # nothing can be written into a page


def document(tables: Tables, lang: str, all_rows: bool = False) -> str:
    """The page in `lang` (`en` or `ja`); with `all_rows` every transaction, 5,000 at most."""
    voice, told = Voice(lang), stories(tables)
    data = Data(tables, told, voice, all_rows, MOST_ROWS + 2)
    page = _Page(data)
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src 'sha256-{_hash(style)}'; "
        f"script-src 'sha256-{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    answer = said(render(headline(tables, told), lang))
    missing = said(sentence(owed(tables, told), lang))
    title, as_of = (
        said(voice.say("excel.title")),
        said(voice.say("excel.as_of", day=tables.as_of)),
    )
    links = "".join(f'<li><a href="#{name}">{said(data.names[name])}</a></li>' for name in SHEETS)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#summary">{said(voice.say("html.skip"))}</a>\n'
        f'<header><h1>{title}</h1><p class="answer">{answer}</p>'
        f'<p class="owed">{missing}</p><p>{as_of}</p>'
        f'<p class="tools"><button type="button" data-print hidden>{said(voice.say("html.print"))}'
        f'</button></p></header>\n<nav aria-label="{said(voice.say("html.contents"))}"><ul>{links}'
        f"</ul></nav>\n<main>\n{page.sections()}</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )


class _Page:
    """The sections of a page."""

    def __init__(self, data: Data) -> None:
        self.data, self.say, self.lang = data, data.voice.say, data.voice.lang
        self.anchors = {title: name for name, title in data.names.items()}

    def sections(self) -> str:
        """All sections in the order of the workbook's sheets."""
        return "".join(
            f'<section id="{name}">'
            f"<h2>{said(self.data.names[name])}</h2>"
            f"{getattr(self, name)()}</section>\n"
            for name in SHEETS
        )

    def summary(self) -> str:
        """The money, what to do, what is coming, results, cards and remarks."""
        data, say = self.data, self.say
        charts = [page_charts.waterfall(data, total) for total in each(data.tables.summary)]
        return "".join(
            [
                self._money(),
                self._steps("excel.first_things", needing(data.told)),
                self._steps("excel.on_their_way", waiting(data.told)),
                _charts(charts),
                self._small(
                    "excel.verdicts",
                    ["field.verdict", "field.cases", "guide.meaning"],
                    [
                        [
                            Tinted(say(f"verdict.{name}"), look(name)),
                            n,
                            say(f"guide.verdict_{name}"),
                        ]
                        for name, n in outcome_counts(data.told)
                    ],
                ),
                self._small("excel.cards", CARDS, card_rows(data)),
                self._remarks(),
            ]
        )

    def todo(self) -> str:
        """What to do."""
        return self._table("todo", TODO, todo_rows(self.data))

    def refunds(self) -> str:
        """Every case."""
        return self._table("refunds", REFUNDS, refund_rows(self.data))

    def timeline(self) -> str:
        """By month, and how long refunds took."""
        data = self.data
        found, took = months(data.tables), stretches(data.tables)
        parts = [
            _charts(page_charts.timeline(data, found, took)),
            self._table("timeline", excel_time.MONTHS, excel_time.month_rows(data, found)),
        ]
        if took:
            rows = excel_time.delay_rows(data, took)
            parts.append(self._table("delays", excel_time.DELAYS, rows, "timeline.how_long"))
        return "".join(parts)

    def transactions(self) -> str:
        """The chosen transactions."""
        rows = list(islice(excel_lists.transaction_rows(self.data), MOST_ROWS))
        note = ""
        if self.data.outside:
            note = f"<p>{said(self.say('html.cases_left_out', n=MOST_ROWS))}</p>"
        return note + self._table("transactions", excel_lists.TRANSACTIONS, rows)

    def rates(self) -> str:
        """Reference rates, and the card's own beside them."""
        points, total = excel_time.card_rates(self.data)
        parts = [_charts([page_charts.rates(self.data, points)] if total else [])]
        parts.append(self._table("rates", excel_time.RATES, excel_time.rate_rows(self.data)))
        if total:
            rows = excel_time.card_rate_rows(self.data, points)
            parts.append(self._table("implied", excel_time.CARD_RATES, rows, "timeline.implied"))
        return "".join(parts)

    def sources(self) -> str:
        """Files and remarks."""
        files_ = self._table("sources", excel_lists.FILES, excel_lists.file_rows(self.data))
        rows = excel_lists.remark_rows(self.data)
        return files_ + self._table("remarks", excel_lists.REMARKS, rows, "excel.remarks")

    def guide(self) -> str:
        """What the words mean."""
        return self._table("guide", excel_lists.GUIDE, excel_lists.guide_rows(self.data))

    def _money(self) -> str:
        totals = list(each(self.data.tables.summary))
        if not totals:
            return ""
        heads = [known(one.currency) or self.say("report.no_currency") for one in totals]
        title = said(self.say("excel.money"))
        cells = "".join(f'<th scope="col" class="plain num">{said(head)}</th>' for head in heads)
        out = [f'<h3 id="money">{title}</h3><div class="scroll"><table aria-labelledby="money">']
        out.append(f"<thead><tr><td></td>{cells}</tr></thead><tbody>")
        for name in SUMMARY_AMOUNTS:
            cause = name in CAUSES
            label = said(self.say(f"cause.{name}" if cause else f"field.{name}"))
            look = ' class="sub"' if cause else ""
            out.append(f'<tr><th scope="row"{look}>{label}</th>')
            for one in totals:
                told = said(text.money(money(getattr(one, name), one), self.lang))
                out.append(f'<td class="num">{told}</td>')
            out.append("</tr>")
        return "".join([*out, "</tbody></table></div>"])

    def _steps(self, title: str, steps: list[Story]) -> str:
        if not steps:
            return ""
        out = [f"<h3>{said(self.say(title))}</h3><ul>"]
        for story in steps:
            told = step(story, self.lang)
            at = self.data.case_link(story.number)
            number = f'<a href="#{self._anchor(at)}">{said(self.say("field.case"))} {at.text}</a>'
            out.append(f"<li>{number}: {said(told)}</li>")
        return "".join([*out, "</ul>"])

    def _remarks(self) -> str:
        notes = [sentence([n.message], self.lang) for n in remarks(self.data.tables)
                 if n.kind == "general"]  # fmt: skip
        if not notes:
            return ""
        items = "".join(f"<li>{said(note)}</li>" for note in notes)
        return f"<h3>{said(self.say('excel.remarks'))}</h3><ul>{items}</ul>"

    def _small(self, title: str, headers: Sequence[str], rows: Sequence[list[Any]]) -> str:
        """A table too short to be worth sorting."""
        if not rows:
            return ""
        name = title.replace(".", "-")
        heads = "".join(f'<th scope="col" class="plain">{said(self.say(h))}</th>' for h in headers)
        body = "".join(
            "<tr>" + "".join(self._cell(value, Column("", _look(value))) for value in row) + "</tr>"
            for row in rows
        )
        return (
            f'<h3 id="{name}">{said(self.say(title))}</h3><div class="scroll">'
            f'<table aria-labelledby="{name}"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def _table(
        self, name: str, columns: list[Column], rows: list[list[Any]], title: str | None = None
    ) -> str:
        """A table with headers that sort it and a field that filters it."""
        say = self.say
        kept = [n for n, column in enumerate(columns) if column.header not in _SKIPPED]
        called = said(say(title) if title else self.data.names[name])
        heads = []
        for n in kept:
            numbers = any(isinstance(row[n], _NUMBERS) for row in rows)
            look = " ".join(["num"] * numbers + _kind(name, columns[n]))
            label = said(say(columns[n].header))
            heads.append(
                f'<th scope="col"{_class(look)} data-label="{label}">'
                f'<button type="button">{label}</button></th>'
            )
        body = []
        for at, row in enumerate(rows, start=2):
            cells = "".join(self._cell(row[n], columns[n], _kind(name, columns[n])) for n in kept)
            body.append(f'<tr id="{name}-{at}">{cells}</tr>\n')
        more = any(columns[n].header in _MORE for n in kept)
        button = (
            f'<button type="button" aria-pressed="false">{said(say("html.details"))}</button>'
            if more
            else ""
        )
        told = escape(say("html.shown", n="{n}", total="{total}"), quote=True)
        label = said(say("html.filter", table=called))
        above = f"<h3>{called}</h3>" if title else ""
        return (
            f'{above}<div class="tools" id="{name}-table-tools" hidden>'
            f'<label for="{name}-filter">{label}</label>'
            f'<input type="search" id="{name}-filter" autocomplete="off">{button}'
            f'<span role="status" data-text="{told}"></span></div>'
            f'<div class="scroll" role="region" tabindex="0" aria-label="{called}">'
            f'<table id="{name}-table" data-tools><caption>{said(say("html.sort_hint"))}</caption>'
            f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
        )

    def _anchor(self, link: Link) -> str:
        return f"{self.anchors[link.sheet]}-{link.row}"

    def _cell(self, value: Any, column: Column, kind: list[str] | None = None) -> str:
        look, key, link = list(kind or ()), None, None
        if isinstance(value, Link):
            link, value = self._anchor(value), value.text
        if isinstance(value, Formula):
            value = value.value
        if isinstance(value, Tinted):
            look.append(value.look)
            value = value.text
        if isinstance(value, Money):
            key, told = f"{to_decimal(value.minor, value.places):f}", text.money(value, self.lang)
        elif isinstance(value, Share):
            key, told = str(value.fraction), f"{value.fraction:.1%}"
        elif isinstance(value, Decimal | int):
            key, told = f"{value}", f"{value}"
        elif isinstance(value, dt.date):
            look.append("day")
            told = value.isoformat()
        else:
            told = "" if value is None else clean(str(value))
            look += [column.look] if column.look in ("wrap", "strong") and told else []
            # A short word or card number is not torn apart.
            look += ["day"] if column.look == "text" and 0 < len(told) <= _SHORT else []
        data = ""
        if key is not None:
            look.append("num")
            data = f' data-n data-v="{escape(key)}"'
        shown = said(told)
        inside = f'<a href="#{link}">{shown}</a>' if link else shown
        return f"<td{_class(' '.join(look))}{data}>{inside}</td>"


def _look(value: Any) -> str:
    """The look of a cell in a short table: only long texts need room to wrap."""
    return "wrap" if len(str(value)) > _SHORT else "text"


_NUMBERS = (Money, Formula, Share, Decimal, int)


def _kind(table: str, column: Column) -> list[str]:
    """Whether a column is shown only when asked for, or on the screen only."""
    if column.header in _MORE:
        return ["more"]
    return ["screen"] if column.header in _ON_SCREEN.get(table, ()) else []


def _class(look: str) -> str:
    return f' class="{look}"' if look else ""


def _charts(charts: list[str]) -> str:
    shown = "".join(charts)
    return f'<div class="charts">{shown}</div>' if shown else ""


def _asset(name: str) -> str:
    return files("reconcile").joinpath("report", name).read_text("utf-8")


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
