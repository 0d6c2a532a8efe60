#!/usr/bin/env python3
"""How the cost of a step grows: with the batch size, with the image's side, with threads.

Every table is one run of `gan bench` a thread count, whose sizes are measured in turns. What counts
is useful GFLOP/s: a size where they fall steeply below a smaller one's is called a cliff.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

import machine  # noqa: E402
from record import table  # noqa: E402

CLIFF = 0.7  # GFLOP/s below this share of the best smaller size are called a cliff
WIDEST = 512  # channels of the networks for the sides

NORM = "  - batch_norm"
UP = "  - conv_transpose: {{channels: {}, kernel: 4, stride: 2, padding: 1, bias: false}}"
DOWN = "  - conv: {{channels: {}, kernel: 4, stride: 2, padding: 1, bias: false}}"


def network(side: int) -> str:
    """A DCGAN of the shape of dcgan-64 for another side: 4x4 at its narrow end, channels doubled
    at each halving, up to WIDEST."""
    widths = [min(WIDEST, 64 << i) for i in range(side.bit_length() - 3)]
    generator = [f"  - conv_transpose: {{channels: {widths[-1]}, kernel: 4, stride: 1, padding: 0, "
                 "bias: false}", NORM, "  - relu"]
    for width in reversed(widths[:-1]):
        generator += [UP.format(width), NORM, "  - relu"]
    generator += [UP.format(3), "  - tanh"]
    discriminator = [DOWN.format(widths[0]), "  - leaky_relu"]
    for width in widths[1:]:
        discriminator += [DOWN.format(width), NORM, "  - leaky_relu"]
    discriminator.append("  - conv: {channels: 1, kernel: 4, stride: 1, padding: 0, bias: false}")
    head = [f"name: dcgan-{side}", f"image: {{height: {side}, width: {side}, channels: 3}}",
            "latent: 100", "defaults:", "  init: {normal: 0.02}",
            "  batch_norm: {epsilon: 1e-5, momentum: 0.9, running_variance: unbiased}",
            "  leaky_relu: {slope: 0.2}"]
    train = ["train:", "  schedule: alternating", "  loss: bce", "  batch_size: 32", "  epochs: 1",
             "  adam: {lr: 2e-4, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, epsilon_form: pytorch}"]
    return "\n".join([*head, "generator:", "  - reshape: [1, 1, 100]", *generator, "discriminator:",
                      *discriminator, *train, ""])


def parse() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--gan", type=Path, default=ROOT / "build" / "release" / "gan",
                        metavar="FILE", help="our program (default build/release/gan)")
    parser.add_argument("--net", default="dcgan-mnist", help="for the batch sizes")
    parser.add_argument("--batch-sizes", default="2,4,8,16,32,64,128,256,512,1024")
    parser.add_argument("--sides", default="16,32,64,128", help="powers of two from 8 on")
    parser.add_argument("--side-batch", default="16", help="batch size for the sides (default 16)")
    parser.add_argument("--threads", default=",".join(str(n) for n in sorted({1, cores})))
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--steps", default="5")
    parser.add_argument("--rounds", default="3")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "records", metavar="DIR",
                        help="where the record goes (default bench/records)")
    options = parser.parse_args()
    for side in options.sides.split(","):
        if not side.isdigit() or int(side) < 8 or int(side) & (int(side) - 1):
            parser.error(f"a side must be a power of two from 8 on, not {side!r}")
    return options


def measure(options: argparse.Namespace, net: str, batches: str, threads: str
            ) -> list[dict[str, Any]]:
    command = [str(options.gan), "bench", "--device", "cpu", "--json", "--net", net,
               "--batch-sizes", batches, "--threads", threads, "--steps", options.steps, "--rounds",
               options.rounds, "--precision", options.precision]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def judged(rows: list[dict[str, Any]], of: str) -> list[list[str]]:
    """Cells of a table over sizes, with a word where the speed falls off."""
    out, best = [], 0.0
    for row in rows:
        speed = row["useful_gflop_per_s"]
        words = ["cliff"] if speed < CLIFF * best else []
        best = max(best, speed)
        if row["disturbed"]:
            words.append(f"disturbed: {row['remark']}")
        memory = row["state_bytes"] + row["activation_bytes"] + row["workspace_bytes"]
        out.append([str(row[of]), str(row["threads"]), f"{row['img_per_s']:.1f}",
                    f"{row['img_per_s_slowest']:.1f} to {row['img_per_s_fastest']:.1f}",
                    f"{row['ms_per_step_p50']:.2f}", f"{speed:.1f}", f"{memory / 2**20:.0f}",
                    "; ".join(words)])
    return out


def tables(options: argparse.Namespace, folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    titles = ["threads", "img/s", "rounds", "ms/step", "GFLOP/s", "MiB", ""]
    lines, everything = [], []
    for threads in options.threads.split(","):
        rows = measure(options, options.net, options.batch_sizes, threads)
        everything += rows
        lines += [f"## {options.net} by batch size, threads: {threads}", "",
                  *table(["batch size", *titles], judged(rows, "batch_size")), ""]
    for threads in options.threads.split(","):
        rows = []
        for side in options.sides.split(","):
            file = folder / f"dcgan-{side}.yaml"
            file.write_text(network(int(side)), encoding="utf-8")
            rows += [{**row, "side": int(side)}
                     for row in measure(options, str(file), options.side_batch, threads)]
        everything += rows
        lines += [f"## DCGAN by the image's side, batch {options.side_batch}, threads: {threads}",
                  "", *table(["side", *titles], judged(rows, "side")), ""]
    return lines, everything


def main() -> int:
    options = parse()
    where = machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        lines, rows = tables(options, Path(folder))
    text = "\n".join(["# How the cost of a step grows", "",
                      f"{machine.sentence(where)}. GFLOP/s are useful ones; MiB are state, "
                      "activations and workspace, without the data.", "", *lines])
    options.out.mkdir(parents=True, exist_ok=True)
    base = "scaling-" + re.sub(r"[-:]", "", where["date"])[:13]
    (options.out / f"{base}.md").write_text(text, encoding="utf-8")
    (options.out / f"{base}.json").write_text(
        json.dumps({"machine": where, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
