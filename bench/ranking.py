#!/usr/bin/env python3
"""Do several features rank the checkpoints of a run alike, and what do its statistics change?

Each checkpoint of the run is measured by `gan eval` with each of the features, and, with --moving,
once more by the moving statistics of batch norm. Orders are compared by Kendall's tau: 1 where two
features agree on every pair of checkpoints, -1 where on none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

import machine  # noqa: E402
from record import table  # noqa: E402


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("run", type=Path, help="a run folder that kept its checkpoints (--keep 0)")
    parser.add_argument("--gan", type=Path, default=ROOT / "build" / "release" / "gan")
    parser.add_argument("--features", action="append", help="as gan eval takes them; once for each")
    parser.add_argument("--moving", action="store_true", help="also by the moving statistics")
    parser.add_argument("--key", default="fd", help="the measure (default fd)")
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--last", type=int, default=0, help="the last so many checkpoints alone")
    parser.add_argument("--plain", action="store_true", help="of G itself, not of its average")
    parser.add_argument("--least", type=float, help="end with 1 where two features agree less")
    parser.add_argument("--out", type=Path, help="a Markdown file; default: standard output")
    return parser.parse_args()


def measure(args: argparse.Namespace, checkpoint: Path, features: str, flags: list[str]) -> float:
    command = [args.gan, "eval", checkpoint, "--features", features, "-n", str(args.samples)]
    flags = flags + (["--no-averaged"] if args.plain else []) + ["--json", "--no-log", "--quiet"]
    line = subprocess.run([*command, *flags], check=True, capture_output=True, text=True).stdout
    return float(json.loads(line)[args.key])


def tau(a: list[float], b: list[float]) -> float:
    """Kendall's tau-a of two lists of as many numbers."""
    pairs = list(combinations(range(len(a)), 2))
    signs = [(a[i] - a[j]) * (b[i] - b[j]) for i, j in pairs]
    return sum((s > 0) - (s < 0) for s in signs) / len(pairs)


def main() -> int:
    args = parse()
    files = sorted((args.run / "checkpoints").glob("step-*.safetensors"))[-args.last:]
    ways = [("", [])] + ([(", moving", ["--no-precise-bn"])] if args.moving else [])
    names = args.features or ["mnist", "random-conv"]
    columns = {f"{Path(name).stem}{how}": [measure(args, f, name, flags) for f in files]
               for name in names for how, flags in ways}
    steps = [int(f.stem.split("-")[1]) for f in files]
    rows = [[str(step)] + [f"{values[i]:.4g}" for values in columns.values()]
            for i, step in enumerate(steps)]
    text = f"`{args.key}` of {args.samples} samples of {args.run.name}\n\n"
    text += "\n".join(table(["step", *columns], rows)) + "\n\n"
    worst = 1.0
    for a, b in combinations(columns, 2):
        agreement = tau(columns[a], columns[b])
        worst = min(worst, agreement)
        text += f"tau of {a} and {b}: {agreement:.2f}\n"
    text += f"\n{machine.sentence(machine.describe())}\n"
    if args.out:
        args.out.write_text(text)
    else:
        print(text, end="")
    return int(args.least is not None and worst < args.least)


if __name__ == "__main__":
    sys.exit(main())
