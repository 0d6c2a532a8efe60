"""Throughput against batch size as an SVG picture: one line a program, with the spread as bars.

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
           ("#8250df", "#ab7df8"))
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
    batch: int
    median: float
    low: float
    high: float


@dataclass
class Line:
    name: str
    points: Sequence[Point]


def round_tick(high: float, most: int = 6) -> float:
    """The first of 1, 2, 5, 10, 20, ... of which at most `most` reach high."""
    tick = 10.0 ** math.floor(math.log10(high / most))
    for factor in (1, 2, 5, 10):
        if tick * factor * most >= high:
            return tick * factor
    return tick * 10


class Frame:
    """From batch sizes and images a second to places on the picture."""

    def __init__(self, lines: Sequence[Line]) -> None:
        points = [point for line in lines for point in line.points]
        self.batches = sorted({point.batch for point in points})
        self.low = math.log2(self.batches[0]) - 0.3
        self.high = math.log2(self.batches[-1]) + 0.3
        top = max(point.high for point in points)
        self.tick = round_tick(top)
        self.top = self.tick * math.ceil(1.02 * top / self.tick)

    def x(self, batch: int) -> float:
        share = (math.log2(batch) - self.low) / (self.high - self.low)
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.top


def text(x: float, y: float, anchor: str, kind: str, words: str) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
            f"{escape(words)}</text>")


def segment(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def axes(frame: Frame) -> list[str]:
    out = []
    for i in range(round(frame.top / frame.tick) + 1):
        y = frame.y(i * frame.tick)
        out += [segment("grid", LEFT, y, WIDTH - RIGHT, y),
                text(LEFT - 8, y + 4, "end", "note", f"{i * frame.tick:g}")]
    base = HEIGHT - BOTTOM
    for batch in frame.batches:
        x = frame.x(batch)
        out += [segment("grid", x, base, x, base + 5),
                text(x, base + 21, "middle", "note", str(batch))]
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "middle", "note", "batch size"))
    out.append(f'<text transform="translate(18 {(TOP + base) / 2:.0f}) rotate(-90)" '
               'text-anchor="middle" class="note">images per second</text>')
    return out


def curve(frame: Frame, line: Line, kind: str) -> list[str]:
    points = sorted(line.points, key=lambda point: point.batch)
    path = " ".join(f"{frame.x(p.batch):.1f},{frame.y(p.median):.1f}" for p in points)
    out = [f'<polyline class="line {kind}" points="{path}"/>']
    for p in points:
        x, low, high = frame.x(p.batch), frame.y(p.low), frame.y(p.high)
        out += [segment(f"line {kind}", x, low, x, high),
                segment(f"line {kind}", x - 4, low, x + 4, low),
                segment(f"line {kind}", x - 4, high, x + 4, high),
                f'<circle class="dot {kind}" cx="{x:.1f}" cy="{frame.y(p.median):.1f}" r="4"/>']
    return out


def names(frame: Frame, lines: Sequence[Line]) -> list[str]:
    """Each line's name beside its right end, moved down where it would cover another."""
    out, lowest = [], 0.0
    ends = [max(line.points, key=lambda point: point.batch).median for line in lines]
    for i in sorted(range(len(lines)), key=lambda i: -ends[i]):
        lowest = max(frame.y(ends[i]) + 4, lowest + LINE_HEIGHT)
        out.append(text(WIDTH - RIGHT + 8, lowest, "start", f"name c{i % len(COLOURS)}",
                        lines[i].name))
    return out


def picture(title: str, note: str, lines: Sequence[Line]) -> str:
    """The whole SVG file."""
    lines = [line for line in lines if line.points]
    frame = Frame(lines)
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
           *axes(frame)]
    for i, line in enumerate(lines):
        out += curve(frame, line, f"c{i % len(COLOURS)}")
    return "\n".join([*out, *names(frame, lines), "</svg>", ""])
