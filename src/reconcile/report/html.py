"""The notebook's view of a run: one HTML fragment without scripts or links to the outside."""

from html import escape

from reconcile import text
from reconcile.report.digest import (
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
# Shades that show on a light and on a dark page alike; the words say the same without colour.
_LINE = "rgba(128,128,128,.35)"
_TINTS = {
    "refunded": "rgba(46,134,193,.16)",
    "voided": "rgba(128,128,128,.16)",
    "partly_refunded": "rgba(240,190,0,.22)",
    "waiting": "rgba(240,190,0,.22)",
    "review": "rgba(204,121,167,.24)",
    "short": "rgba(213,94,0,.26)",
    "missing": "rgba(213,94,0,.38)",
}


def fragment(tables: Tables, lang: str) -> str:
    """The answer, the next steps and the table of cases as HTML; every text is escaped."""
    told = stories(tables)
    answer = said(text.render(headline(tables, told), lang))
    parts = [
        f'<div lang="{lang}" style="overflow-x:auto">',
        f'<p style="font-size:1.2em;margin:.4em 0"><strong>{answer}</strong></p>',
    ]
    if told:
        parts.append(f"<p>{said(sentence(owed(tables, told), lang))}</p>")
    for title, steps in (("what_to_do", needing(told)), ("waiting", waiting(told))):
        if not steps:
            continue
        parts.append(f"<p><strong>{said(text.say(f'console.{title}', lang))}</strong></p>")
        parts.append('<ul style="list-style:none;padding:0;margin:.4em 0 1em">')
        for story in steps:
            parts.append(f"<li>{story.number}. {said(step(story, lang))}</li>")
        parts.append("</ul>")
    if told:
        parts.append('<table style="border-collapse:collapse;font-size:13px"><thead><tr>')
        parts += [
            f'<th scope="col" style="{_style(name)}">{said(text.say(f"field.{name}", lang))}</th>'
            for name in _COLUMNS
        ]
        parts.append("</tr></thead><tbody>")
        for story in told:
            cells = {
                "number": str(story.number),
                "date": story.day.isoformat() if story.day else "",
                "description": story.description,
                **{
                    name: amount(story, name, lang) for name in ("charged", "refunded", "shortfall")
                },
                "verdict": text.say(f"verdict.{outcome(story.case)}", lang),
                "confidence": f"{sureness(story.case):.1%}",
                "explanation": sentence(story.case.explanation, lang),
            }
            parts.append("<tr>")
            for name in _COLUMNS:
                shade = _TINTS[look(outcome(story.case))]
                tint = f";background:{shade}" if name == "verdict" else ""
                parts.append(f'<td style="{_style(name)}{tint}">{said(cells[name])}</td>')
            parts.append("</tr>")
        parts.append("</tbody></table>")
    parts.append("</div>")
    return "".join(parts)


def _style(name: str) -> str:
    side = "right" if name in _NUMBERS else "left"
    room = "min-width:32em;white-space:normal" if name == "explanation" else "white-space:nowrap"
    line = f"border-bottom:1px solid {_LINE}"
    return f"text-align:{side};vertical-align:top;padding:.35em .6em;{line};{room}"


def said(told: str) -> str:
    """Text of a file as HTML shows it."""
    return escape(text.clean(told))
