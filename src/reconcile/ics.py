"""Deadlines as a calendar file (RFC 5545): all-day events, the same bytes for the same tables."""

import datetime as dt
from typing import Any

from reconcile.tables import Tables
from reconcile.text import say, sentences

# RFC 5545, 3.1: lines of at most 75 octets without the line break.
_OCTETS = 75


def calendar(tables: Tables, lang: str) -> bytes:
    """One event for each case with a deadline, by deadline; never empty of a calendar."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//reconcile//refund deadlines//EN",
        "CALSCALE:GREGORIAN",
    ]  # fmt: skip
    cases: list[Any] = list(tables.cases.itertuples(index=False))
    dated = [case for case in cases if isinstance(case.deadline, dt.date)]
    dated.sort(key=lambda case: (case.deadline, case.id))
    stamp = f"{tables.as_of:%Y%m%d}T000000Z"
    for case in dated:
        what = say(f"advice.title_{case.next_step}", lang)
        order = ", ".join(case.orders)
        title = say("advice.event", lang, what=what, order=order) if order else what
        told = [*case.explanation, case.next_text]
        lines += [
            "BEGIN:VEVENT", f"UID:{case.id}-{case.next_step}@reconcile", f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{case.deadline:%Y%m%d}",
            f"DTEND;VALUE=DATE:{case.deadline + dt.timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escape(title)}",
            f"DESCRIPTION:{escape(sentences(told, lang))}",
            "TRANSP:TRANSPARENT", "END:VEVENT",
        ]  # fmt: skip
    lines.append("END:VCALENDAR")
    return b"".join(fold(line) for line in lines)


def escape(text: str) -> str:
    """Text as a TEXT value (RFC 5545, 3.3.11), without control characters."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(
        sign for sign in plain if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) != 127)
    )
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, "\\" + sign)
    return plain.replace("\n", "\\n")


def fold(line: str) -> bytes:
    """A content line with its CRLF, folded between characters at 75 octets."""
    out, count = bytearray(), 0
    for sign in line:
        octets = sign.encode()
        if count + len(octets) > _OCTETS:
            out += b"\r\n "
            count = 1
        out += octets
        count += len(octets)
    return bytes(out + b"\r\n")
