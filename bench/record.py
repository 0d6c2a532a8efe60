"""A record of one comparison: everything as JSON, the tables as Markdown, a picture a network."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Sequence

import machine
from contest import MOST_DISTURBED, Contestant, Ratio, disturbed_share, ratio
from plot import Line, Point, picture

PEER_NAMES = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}


@dataclass
class Cell:
    """One contest: a network, a precision, a batch size. gan.c comes first."""

    net: str
    precision: str
    batch: int
    contestants: Sequence[Contestant]

    @property
    def title(self) -> str:
        return f"{self.net}, {self.precision}, batch {self.batch}"

    @property
    def ours(self) -> Contestant:
        return self.contestants[0]

    @property
    def disturbed(self) -> bool:
        return disturbed_share(self.contestants) > MOST_DISTURBED

    def best(self, peer: str) -> Contestant | None:
        """The peer's fastest mode by the median of its rounds."""
        here = [c for c in self.contestants[1:] if c.name.split()[0] == peer and not c.absent]
        return max(here, key=lambda c: c.median, default=None)

    def peers(self) -> list[str]:
        return [peer for peer in PEER_NAMES if self.best(peer) is not None]

    def ratio(self, peer: str) -> Ratio | None:
        best = self.best(peer)
        return ratio(self.ours, best) if best is not None and not self.ours.absent else None


def contestant_json(one: Contestant) -> dict[str, Any]:
    if one.absent:
        return {"name": one.name, "absent": one.absent}
    return {
        "name": one.name,
        "version": one.ready.get("version"),
        "first_step_s": one.ready.get("first_step_s"),
        "peak_rss_mb": one.result.get("peak_rss_mb"),
        "img_per_s": round(one.median, 2),
        "blocks": [asdict(block) for block in one.blocks],
    }


def ratio_json(cell: Cell, peer: str) -> dict[str, Any] | None:
    best, value = cell.best(peer), cell.ratio(peer)
    if best is None or value is None:
        return None
    return {"mode": best.name.split()[1], "median": round(value.median, 3),
            "rounds": [round(r, 3) for r in value.rounds]}


def cell_json(cell: Cell) -> dict[str, Any]:
    return {
        "net": cell.net, "precision": cell.precision, "batch_size": cell.batch,
        "disturbed": cell.disturbed,
        "disturbed_share": round(disturbed_share(cell.contestants), 3),
        "ratios": {peer: ratio_json(cell, peer) for peer in PEER_NAMES},
        "contestants": [contestant_json(one) for one in cell.contestants],
    }


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table whose first column is set to the left."""
    line = "|---" + "|---:" * (len(titles) - 1) + "|"
    return ["| " + " | ".join(titles) + " |", line, *("| " + " | ".join(r) + " |" for r in rows)]


def rate(one: Contestant | None) -> str:
    if one is None or one.absent:
        return "-"
    mode = one.name.split()[1:]
    return f"{one.median:.0f}" + (f" ({mode[0]})" if mode else "")


def speed_row(cell: Cell) -> list[str]:
    row = [f"{cell.batch}{' *' if cell.disturbed else ''}", rate(cell.ours)]
    for peer in PEER_NAMES:
        value = cell.ratio(peer)
        row += [rate(cell.best(peer)), str(value) if value is not None else "-"]
    return row


def cost_row(cell: Cell, peers: Sequence[str]) -> list[str]:
    row = [str(cell.batch)]
    for one in (cell.ours, *(cell.best(peer) for peer in peers)):
        if one is None or one.absent:
            row += ["-", "-"]
        else:
            row += [f"{one.result['peak_rss_mb']:.0f}", f"{one.ready['first_step_s']:.2f}"]
    return row


def section(cells: Sequence[Cell], image: str | None) -> list[str]:
    """One network at one precision."""
    names = list(PEER_NAMES.values())
    speed_titles = ["batch size", "gan.c img/s"]
    cost_titles = ["batch size", "gan.c MB", "first step s"]
    for name in names:
        speed_titles += [f"{name} img/s", "ratio (spread)"]
        cost_titles += [f"{name} MB", "first step s"]
    out = [f"## {cells[0].net}, {cells[0].precision}", ""]
    if image is not None:
        out += [f"![images per second against batch size]({image})", ""]
    out += [*table(speed_titles, [speed_row(cell) for cell in cells]), ""]
    if any(cell.disturbed for cell in cells):
        out += ["\\* other programs used the machine meanwhile: not a result", ""]
    out += ["Peak memory of the process, and seconds from its start to the end of its first step:",
            "", *table(cost_titles, [cost_row(cell, list(PEER_NAMES)) for cell in cells]), ""]
    absent = {f"- {c.name}: absent: {c.absent}" for x in cells for c in x.contestants if c.absent}
    return [*out, *sorted(absent), *([""] if absent else [])]


def sizes_line(sizes: dict[str, Any]) -> str:
    ours = sizes["gan.c"]
    peers = "".join(f"; {name} {sizes[peer]:.0f} MB" for peer, name in PEER_NAMES.items()
                    if peer in sizes)
    return (f"On disk: gan.c {ours['program']} MB, {ours['with_libraries']} MB with every library "
            f"that it loads{peers} (packages of its virtual environment, Python left out; a "
            "CPU-only PyTorch is smaller than one with CUDA, which +cu in its version tells).")


def versions_line(cells: Sequence[Cell]) -> str:
    versions = {PEER_NAMES.get(c.name.split()[0], "gan.c"): c.ready.get("version")
                for cell in cells for c in cell.contestants if c.ready}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def plot_lines(cells: Sequence[Cell]) -> list[Line]:
    lines: dict[str, list[Contestant | None]] = {"gan.c": [cell.ours for cell in cells]}
    for peer, name in PEER_NAMES.items():
        lines[name] = [cell.best(peer) for cell in cells]
    return [Line(name, [Point(cell.batch, one.median, min(one.rates), max(one.rates))
                        for cell, one in zip(cells, ones) if one is not None and not one.absent])
            for name, ones in lines.items()]


def groups(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells of one network and precision together, in the order they were held."""
    out: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        out.setdefault((cell.net, cell.precision), []).append(cell)
    return list(out.values())


def plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", Path(name).stem)


def write(folder: Path, where: dict[str, Any], settings: dict[str, Any], sizes: dict[str, Any],
          cells: Sequence[Cell]) -> str:
    """Writes peers-DATE.json, .md and a picture for each group; returns the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    base = "peers-" + re.sub(r"[-:]", "", where["date"])[:13]
    idle = "" if settings["idle_at_start"] else " **The machine was not idle.**"
    out = ["# gan.c beside TensorFlow and PyTorch", "",
           f"{machine.sentence(where)}.{idle} {versions_line(cells)}; "
           f"{settings['threads']} threads each. Ratios are images per second of gan.c over those "
           f"of the peer's best mode, the median of {settings['rounds']} interleaved rounds, "
           "with the least and the greatest.",
           "", sizes_line(sizes), ""]
    for group in groups(cells):
        image = None
        lines = plot_lines(group)
        if any(line.points for line in lines):
            image = f"{base}-{plain(group[0].net)}-{group[0].precision}.svg"
            title = f"{group[0].net}, {group[0].precision}: training step"
            note = f"{where['cpu']}, {settings['threads']} threads"
            (folder / image).write_text(picture(title, note, lines), encoding="utf-8")
        out += section(group, image)
    everything = {"machine": where, "settings": settings, "installed_mb": sizes,
                  "cells": [cell_json(cell) for cell in cells]}
    (folder / f"{base}.json").write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    markdown = "\n".join(out).rstrip() + "\n"
    (folder / f"{base}.md").write_text(markdown, encoding="utf-8")
    return markdown
