"""One case to look at: readable in a terminal and in a notebook, its fields at hand."""

from typing import Any

import pandas as pd

from reconcile import text
from reconcile.report.digest import (
    Story,
    known,
    outcome,
    sentence,
    step,
    sureness,
)
from reconcile.report.html import said
from reconcile.tables import CAUSES

_PARTS = ("charged", "refunded", "shortfall", *CAUSES)


class CaseView:
    """A case as `result.case(id)` gives it.

    `fields` are its columns in `result.cases` (also as attributes and by name: `case.fee`,
    `case["fee"]`), `transactions` its rows of the statement, charges first.
    """

    def __init__(
        self, story: Story, fields: pd.Series, transactions: pd.DataFrame, lang: str
    ) -> None:
        self.fields = fields
        self.transactions = transactions
        self._story = story
        self._lang = lang

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.fields.index:
            raise AttributeError(name)
        return self.fields[name]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *map(str, self.fields.index)]

    def _title(self) -> str:
        verdict = text.say(f"verdict.{outcome(self._story.case)}", self._lang)
        sure = f"{text.say('field.confidence', self._lang)}: {sureness(self._story.case):.1%}"
        day = text.show(self._story.day, self._lang) if self._story.day else ""
        return "  ".join(part for part in (day, self._story.description, verdict, sure) if part)

    def _amounts(self) -> list[tuple[str, str, str]]:
        """(name, amount, range) of what was charged, what came back and each cause that counts."""
        out = []
        for name in _PARTS:
            amount = self._story.money(name)
            ends = [
                known(getattr(self._story.case, f"{name}_{end}", None)) for end in ("low", "high")
            ]
            if name in CAUSES and not amount.minor and not any(ends):
                continue
            group = "cause" if name in CAUSES else "field"
            spread = ""
            if None not in ends and ends[0] != ends[1]:
                low, high = (
                    text.money(text.Money(int(end), amount.currency, amount.places), self._lang)
                    for end in ends
                )
                spread = f"{low} – {high}"
            out.append(
                (text.say(f"{group}.{name}", self._lang), text.money(amount, self._lang), spread)
            )
        return out

    def _reasons(self) -> list[tuple[str, list[str]]]:
        """The explanation, what speaks for it, and what to do, each under its heading."""
        case, lang = self._story.case, self._lang
        every = [
            ("field.explanation", [sentence(case.explanation, lang)]),
            ("field.evidence", [sentence([one], lang) for one in case.evidence]),
            ("field.next_step", [step(self._story, lang)]),
        ]
        return [(text.say(code, lang), [one for one in told if one]) for code, told in every]

    def __repr__(self) -> str:
        lines = [self._title()]
        lines += [
            f"  {name}: {amount}{f'  ({ends})' * bool(ends)}"
            for name, amount, ends in self._amounts()
        ]
        for title, told in self._reasons():
            if told:
                lines += [f"{title}: {told[0]}", *(f"  {one}" for one in told[1:])]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        def cell(value: str, side: str = "left", tag: str = "td") -> str:
            style = f"text-align:{side};padding:.2em .8em .2em 0;white-space:nowrap"
            return f'<{tag} style="{style}">{said(value)}</{tag}>'

        parts = [f'<div lang="{self._lang}"><p><strong>{said(self._title())}</strong></p><table>']
        for name, amount, ends in self._amounts():
            parts.append(f"<tr>{cell(name)}{cell(amount, 'right')}{cell(ends)}</tr>")
        parts.append("</table><dl>")
        for title, told in self._reasons():
            if told:
                parts.append(f"<dt><strong>{said(title)}</strong></dt>")
                parts += [f"<dd>{said(one)}</dd>" for one in told]
        return "".join([*parts, "</dl></div>"])
