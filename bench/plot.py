"""A measure against a size or a time as an SVG picture: a line a program, with its spread as bars.

The picture paints its own background and follows the reader's preference for light or dark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Sequence

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 76, 150, 56, 56
LINE_HEIGHT = 16
COLOURS = (("#0969da", "#4493f8"), ("#bc4c00", "#f0883e"), ("#1a7f37", "#3fb950"),
           ("#8250df", "#ab7df8"), ("#bf3989", "#f778ba"), ("#6e7781", "#9198a1"))
STYLE = """text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.note { fill: #57606a }
.back { fill: #ffffff }
.grid { stroke: #d0d7de; stroke-width: 1 }
"""
DARK = """text { fill: #e6edf3 }
.note { fill: #9198a1 }
.back { fill: #0d1117 }
.grid { stroke: #3d444d }
"""


@dataclass
class Point:
    x: float
    median: float
    low: float
    high: float


@dataclass
class Line:
    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Axes:
    """What is measured against what. Places along x are logarithms; along y, too, with `log`."""

    x: str = "batch size"
    y: str = "images per second"
    log: bool = False


def round_tick(high: float, most: int = 6) -> float:
    """The first of 1, 2, 5, 10, 20, ... of which at most `most` reach high."""
    tick = 10.0 ** math.floor(math.log10(high / most))
    for factor in (1, 2, 5, 10):
        if tick * factor * most >= high:
            return tick * factor
    return tick * 10


def decades(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20, ... from the last one that is at most low to the first that is at least
    high."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    marks = [factor * 10.0 ** power for power in range(first, last + 1) for factor in (1, 2, 5)]
    below = [mark for mark in marks if mark <= low * (1 + 1e-9)]
    above = [mark for mark in marks if mark >= high * (1 - 1e-9)]
    return [mark for mark in marks if below[-1] <= mark <= above[0]]


class Frame:
    """From what is measured to places on the picture."""

    def __init__(self, lines: Sequence[Line], axes: Axes) -> None:
        points = [point for line in lines for point in line.points]
        self.axes = axes
        self.xs = sorted({point.x for point in points})
        self.left, self.right = math.log2(self.xs[0]) - 0.3, math.log2(self.xs[-1]) + 0.3
        top = max(point.high for point in points)
        if axes.log:
            self.ticks = decades(min(point.low for point in points), top)
        else:
            tick = round_tick(top)
            self.ticks = [tick * i for i in range(math.ceil(1.02 * top / tick) + 1)]
        self.low, self.high = self.scaled(self.ticks[0]), self.scaled(self.ticks[-1])

    def scaled(self, value: float) -> float:
        return math.log(value) if self.axes.log else value

    def x(self, value: float) -> float:
        share = (math.log2(value) - self.left) / (self.right - self.left)
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def y(self, value: float) -> float:
        share = (self.scaled(value) - self.low) / ((self.high - self.low) or 1.0)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def text(x: float, y: float, anchor: str, kind: str, words: str) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
            f"{escape(words)}</text>")


def segment(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def grid(frame: Frame) -> list[str]:
    out = []
    for tick in frame.ticks:
        y = frame.y(tick)
        out += [segment("grid", LEFT, y, WIDTH - RIGHT, y),
                text(LEFT - 8, y + 4, "end", "note", f"{tick:g}")]
    base = HEIGHT - BOTTOM
    for value in frame.xs:
        x = frame.x(value)
        out += [segment("grid", x, base, x, base + 5),
                text(x, base + 21, "middle", "note", f"{value:g}")]
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "middle", "note", frame.axes.x))
    out.append(f'<text transform="translate(18 {(TOP + base) / 2:.0f}) rotate(-90)" '
               f'text-anchor="middle" class="note">{escape(frame.axes.y)}</text>')
    return out


def curve(frame: Frame, line: Line, kind: str) -> list[str]:
    points = sorted(line.points, key=lambda point: point.x)
    path = " ".join(f"{frame.x(p.x):.1f},{frame.y(p.median):.1f}" for p in points)
    out = [f'<polyline class="line {kind}" points="{path}"/>']
    for p in points:
        x, low, high = frame.x(p.x), frame.y(p.low), frame.y(p.high)
        out += [segment(f"line {kind}", x, low, x, high),
                segment(f"line {kind}", x - 4, low, x + 4, low),
                segment(f"line {kind}", x - 4, high, x + 4, high),
                f'<circle class="dot {kind}" cx="{x:.1f}" cy="{frame.y(p.median):.1f}" r="4"/>']
    return out


def names(frame: Frame, lines: Sequence[Line]) -> list[str]:
    """Each line's name beside its right end, moved down where it would cover another."""
    out, lowest = [], 0.0
    ends = [max(line.points, key=lambda point: point.x).median for line in lines]
    for i in sorted(range(len(lines)), key=lambda i: -ends[i]):
        lowest = max(frame.y(ends[i]) + 4, lowest + LINE_HEIGHT)
        out.append(text(WIDTH - RIGHT + 8, lowest, "start", f"name c{i % len(COLOURS)}",
                        lines[i].name))
    return out


def picture(title: str, note: str, lines: Sequence[Line], axes: Axes = Axes()) -> str:
    """The whole SVG file."""
    lines = [line for line in lines if line.points]
    frame = Frame(lines, axes)
    style, dark = STYLE, DARK
    for i, (light_colour, dark_colour) in enumerate(COLOURS):
        for to, colour in ((0, light_colour), (1, dark_colour)):
            rule = (f".line.c{i} {{ stroke: {colour}; stroke-width: 2; fill: none }}\n"
                    f".dot.c{i}, .name.c{i} {{ fill: {colour} }}\n")
            style, dark = (style + rule, dark) if to == 0 else (style, dark + rule)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'width="{WIDTH}" height="{HEIGHT}" role="img">',
           f"<style>\n{style}@media (prefers-color-scheme: dark) {{\n{dark}}}\n</style>",
           f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
           text(LEFT, 24, "start", "title", title), text(LEFT, 42, "start", "note", note),
           *grid(frame)]
    for i, line in enumerate(lines):
        out += curve(frame, line, f"c{i % len(COLOURS)}")
    return "\n".join([*out, *names(frame, lines), "</svg>", ""])
