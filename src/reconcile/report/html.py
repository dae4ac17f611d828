"""The notebook's view of a run: one HTML fragment without scripts or links to the outside."""

from html import escape

from reconcile import text
from reconcile.report.digest import clean, headline, needing, sentence, stories
from reconcile.tables import Tables

_COLUMNS = (
    "number",
    "date",
    "description",
    "charged",
    "refunded",
    "shortfall",
    "verdict",
    "confidence",
    "explanation",
)
_NUMBERS = frozenset(("number", "charged", "refunded", "shortfall", "confidence"))


def fragment(tables: Tables, lang: str) -> str:
    """The answer, the next steps and the table of cases as HTML; every text is escaped."""
    told = stories(tables)
    answer = _said(text.render(headline(tables, told), lang))
    parts = [f'<div lang="{lang}"><p><strong>{answer}</strong></p>']
    steps = needing(told)
    if steps:
        parts.append("<ul>")
        for story in steps:
            step = sentence([story.case.next_text], lang)
            if story.case.deadline is not None:
                step = text.say("console.until", lang, day=story.case.deadline, step=step)
            parts.append(f"<li>{story.number}. {_said(step)}</li>")
        parts.append("</ul>")
    if told:
        parts.append("<table><thead><tr>")
        parts += [
            f'<th scope="col">{_said(text.say(f"field.{name}", lang))}</th>' for name in _COLUMNS
        ]
        parts.append("</tr></thead><tbody>")
        for story in told:
            cells = {
                "number": str(story.number),
                "date": story.day.isoformat() if story.day else "",
                "description": story.description,
                **{
                    name: text.money(story.money(name), lang)
                    for name in ("charged", "refunded", "shortfall")
                },
                "verdict": text.say(f"verdict.{story.case.verdict}", lang),
                "confidence": f"{float(story.case.confidence):.1%}",
                "explanation": sentence(story.case.explanation, lang),
            }
            parts.append("<tr>")
            for name in _COLUMNS:
                side = "right" if name in _NUMBERS else "left"
                parts.append(f'<td style="text-align:{side}">{_said(cells[name])}</td>')
            parts.append("</tr>")
        parts.append("</tbody></table>")
    parts.append("</div>")
    return "".join(parts)


def _said(told: str) -> str:
    return escape(clean(told))
