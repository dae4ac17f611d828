"""Charts as inline SVG for the page: bars from one value to another, and dots over days.

Colours are classes (`loss`, `gain`, `total`, `hollow`), so that they follow the page's light or
dark look. Every text is escaped.
"""

import datetime as dt
import math
from html import escape
from typing import NamedTuple

_WIDE, _HIGH, _LEFT, _TOP, _BOTTOM = 640, 300, 70, 20, 54


class Bar(NamedTuple):
    """A bar from `start` to `end` (major units), its colour class and the text above it."""

    start: float
    end: float
    look: str
    label: str = ""


class Dot(NamedTuple):
    """A point on a day, its colour class and what it stands for."""

    day: dt.date
    value: float
    look: str
    label: str


def bars(title: str, groups: list[tuple[str, list[Bar]]], legend: list[tuple[str, str]]) -> str:
    """Bars side by side in groups with a name below each; `legend` is (class, name)."""
    ends = [value for _, some in groups for bar in some for value in (bar.start, bar.end)]
    scale = _Scale(min(0.0, *ends), max(0.0, *ends), 0)
    parts = scale.grid()
    room = (_WIDE - _LEFT) / max(len(groups), 1)
    # Names that would run into each other: only every n-th is written.
    step = max(1, math.ceil(len(groups) * 58 / (_WIDE - _LEFT)))
    for n, (name, some) in enumerate(groups):
        each = room * 0.72 / max(len(some), 1)
        for k, bar in enumerate(some):
            x = _LEFT + n * room + room * 0.14 + k * each
            top, low = scale.y(max(bar.start, bar.end)), scale.y(min(bar.start, bar.end))
            parts.append(
                f'<rect class="{bar.look}" x="{x:.1f}" y="{top:.1f}" width="{each * 0.94:.1f}" '
                f'height="{max(low - top, 0.5):.1f}"/>'
            )
            if bar.label:
                parts.append(_text(x + each * 0.47, top - 4, bar.label))
        if n % step == 0:
            lines = name.split("\n")
            for k, line in enumerate(lines):
                parts.append(_text(_LEFT + (n + 0.5) * room, _HIGH - _BOTTOM + 18 + 14 * k, line))
    return _figure(title, parts, legend)


def dots(title: str, points: list[Dot], legend: list[tuple[str, str]]) -> str:
    """Percentages by day, with a line at zero."""
    first, last = min(p.day for p in points), max(p.day for p in points)
    days = max((last - first).days, 1)
    scale = _Scale(min(0.0, *(p.value for p in points)), max(0.0, *(p.value for p in points)), 1)
    parts = scale.grid("%")
    wide = _WIDE - _LEFT - 40
    for point in points:
        x = _LEFT + 20 + wide * (point.day - first).days / days
        parts.append(
            f'<circle class="{point.look}" cx="{x:.1f}" cy="{scale.y(point.value):.1f}" r="5">'
            f"<title>{escape(point.label)}</title></circle>"
        )
    for share in (0.0, 0.5, 1.0):
        on = first + dt.timedelta(days=round(days * share))
        parts.append(_text(_LEFT + 20 + wide * share, _HIGH - _BOTTOM + 18, on.isoformat()))
    return _figure(title, parts, legend)


class _Scale:
    """Heights of values between round numbers."""

    def __init__(self, low: float, high: float, places: int) -> None:
        span = (high - low) or 1.0
        power = 10.0 ** math.floor(math.log10(span / 4))
        self.step = next(power * n for n in (1, 2, 2.5, 5, 10) if span / (power * n) <= 5)
        self.low = math.floor(low / self.step) * self.step
        self.high = math.ceil(high / self.step) * self.step
        if self.high == self.low:
            self.high += self.step
        self.places = max(places, 0 if self.step >= 1 else 2)

    def y(self, value: float) -> float:
        inside = _HIGH - _TOP - _BOTTOM
        return _TOP + inside * (self.high - value) / (self.high - self.low)

    def grid(self, unit: str = "") -> list[str]:
        out = []
        for n in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + n * self.step
            y, look = self.y(value), "axis" if abs(value) < self.step / 2 else "grid"
            out.append(
                f'<line class="{look}" x1="{_LEFT}" x2="{_WIDE}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            out.append(_text(_LEFT - 6, y + 4, f"{value:,.{self.places}f}{unit}", "end"))
        return out


def _text(x: float, y: float, told: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(told)}</text>'


def _figure(title: str, parts: list[str], legend: list[tuple[str, str]]) -> str:
    high = _HIGH + (20 if legend else 0)
    x = _LEFT
    for look, name in legend:
        parts.append(f'<rect class="{look}" x="{x}" y="{_HIGH}" width="12" height="12"/>')
        parts.append(_text(x + 18, _HIGH + 11, name, "start"))
        x += 60 + 13 * len(name)
    told = escape(title)
    return (
        f'<figure><figcaption>{told}</figcaption><svg viewBox="0 0 {_WIDE} {high}" role="img" '
        f'aria-label="{told}">{"".join(parts)}</svg></figure>'
    )
