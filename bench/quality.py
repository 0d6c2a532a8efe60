#!/usr/bin/env python3
"""Does another way to compute train another GAN? Loss curves and samples, side by side.

Every variant is trained with every seed on the same data. How much two seeds of the same variant
differ is the yardstick: a variant whose mean lies within it cannot be told from the first.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import struct
import subprocess
import sys
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

import machine  # noqa: E402
from record import table  # noqa: E402

VARIANTS = {"fp32": [], "fp32, --conv direct": ["--conv", "direct"],
            "bf16": ["--precision", "bf16"]}
METRICS = {"Loss/D": "Loss_D", "Loss/G": "Loss_G", "D/real": "D(x)", "D/fake": "D(G(z))"}
SAMPLES = 1024


@dataclass
class Outcome:
    curves: dict[str, list[float]]  # one value a log line
    steps: list[int]
    mean: float  # of the pixels of the samples, in [-1, 1]
    deviation: float  # of a pixel over the samples, averaged over the pixels
    contrast: float  # of the pixels within a sample, averaged over the samples


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--gan", type=Path, default=ROOT / "build" / "release" / "gan")
    parser.add_argument("--net", default="mnist-quick")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--steps", type=int, default=938, help="default: an epoch of MNIST at 64")
    parser.add_argument("--log-every", type=int, default=67)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="a Markdown file; default: standard output")
    return parser.parse_args()


def read_npy(path: Path) -> tuple[tuple[int, ...], array[float]]:
    """The shape and the float32 values of a file of NumPy's format 1.0."""
    raw = path.read_bytes()
    length = struct.unpack("<H", raw[8:10])[0]
    header = ast.literal_eval(raw[10:10 + length].decode("latin-1"))
    values = array("f")
    values.frombytes(raw[10 + length:])
    return header["shape"], values


def describe_samples(path: Path) -> tuple[float, float, float]:
    shape, values = read_npy(path)
    n, size = shape[0], len(values) // shape[0]
    images = [values[i * size:(i + 1) * size] for i in range(n)]
    contrast = statistics.fmean(statistics.pstdev(image) for image in images)
    # every seventh pixel is enough, and quick
    deviation = statistics.fmean(statistics.pstdev(values[p::size]) for p in range(0, size, 7))
    return statistics.fmean(values), deviation, contrast


def train(options: argparse.Namespace, flags: list[str], seed: int, folder: Path) -> Outcome:
    run = subprocess.run(
        [options.gan, "train", "--net", options.net, "--data", options.data, "--steps",
         str(options.steps), "--log-every", str(options.log_every), "--sample-every", "0",
         "--save-every", "0", "--no-gif", "--seed", str(seed), "--device", "cpu", "--quiet",
         "--outdir", folder, *flags], check=True, capture_output=True, text=True).stdout.strip()
    npy = folder / "samples.npy"
    subprocess.run([options.gan, "sample", run, "--seeds", f"0-{SAMPLES - 1}", "--device", "cpu",
                    "--no-averaged", "-o", npy], check=True, capture_output=True)
    lines = [json.loads(line) for line in (Path(run) / "stats.jsonl").read_text().splitlines()][1:]
    return Outcome({key: [line[key] for line in lines] for key in METRICS},
                   [line["step"] for line in lines], *describe_samples(npy))


def mean_over(outcomes: list[Outcome], key: str, i: int) -> float:
    return statistics.fmean(o.curves[key][i] for o in outcomes)


def report(options: argparse.Namespace, all_of: dict[str, list[Outcome]]) -> str:
    base = next(iter(all_of.values()))
    text = [f"# Quality: {options.net} on {options.data}, {options.steps} steps, "
            f"{options.seeds} seeds", "", machine.sentence(machine.describe()), ""]
    for key, name in METRICS.items():
        rows = [[str(step), *(f"{mean_over(outcomes, key, i):.3f}" for outcomes in all_of.values()),
                 f"{min(o.curves[key][i] for o in base):.3f} to "
                 f"{max(o.curves[key][i] for o in base):.3f}"]
                for i, step in enumerate(base[0].steps)]
        text += [f"## {name}, mean of {options.log_every} steps and all seeds", "",
                 *table(["step", *all_of, f"seeds of {next(iter(all_of))}"], rows), ""]
    rows = []
    for variant, outcomes in all_of.items():
        rows.append([variant, *(
            f"{statistics.fmean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
            for values in ([o.mean for o in outcomes], [o.deviation for o in outcomes],
                           [o.contrast for o in outcomes]))])
    text += [f"## {SAMPLES} samples a seed", "",
             *table(["variant", "mean of the pixels", "deviation of a pixel from sample to sample",
                     "contrast within a sample"], rows), ""]
    return "\n".join(text)


def main() -> int:
    options = parse()
    all_of: dict[str, list[Outcome]] = {variant: [] for variant in VARIANTS}
    with tempfile.TemporaryDirectory() as work:
        for seed in range(1, options.seeds + 1):
            for i, (variant, flags) in enumerate(VARIANTS.items()):
                print(f"seed {seed}, {variant}", file=sys.stderr)
                all_of[variant].append(train(options, flags, seed, Path(work) / f"{seed}-{i}"))
    text = report(options, all_of)
    if options.out:
        options.out.write_text(text)
        print(options.out)
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
