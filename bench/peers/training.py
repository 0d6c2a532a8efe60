"""What the peers that train share: the command line, images, and marks at which samples are made.

A mark is a number of steps, or of seconds of training alone: neither the imports and the first
step before count, nor the making of samples.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Callable, Iterator

import numpy as np

import harness
from images import read_idx, read_images
from layers import Network

Images = np.ndarray


def parse(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--net", type=Path, required=True, metavar="FILE")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE",
                        help=".npy or IDX; scaled where the network has another size")
    marks = parser.add_mutually_exclusive_group(required=True)
    marks.add_argument("--steps", type=harness.positive, nargs="+", metavar="N")
    marks.add_argument("--seconds", type=float, nargs="+", metavar="S")
    parser.add_argument("--samples", type=int, default=10000, metavar="N",
                        help="at each mark; 0: none (default 10000)")
    parser.add_argument("--batch-size", type=harness.positive, metavar="N",
                        help="instead of the net's")
    parser.add_argument("--ema", type=float, default=0.0, metavar="F", help="decay of the average")
    parser.add_argument("--threads", type=harness.positive, default=2, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    return parser.parse_args()


def stored_images(path: Path) -> Images:
    """The images of a file in their own size, float32 (N, H, W, C) in [-1, 1]."""
    data = np.load(path, mmap_mode="r", allow_pickle=False) if path.suffix == ".npy" \
        else read_idx(path)
    shape = data.shape[1:] if data.ndim == 4 else (*data.shape[1:], 1)
    return read_images(path, shape)


def orders(count: int, size: int, seed: int) -> Iterator[np.ndarray]:
    """Which images whole batches have, epoch after epoch, each in an order of its own."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(count)
        for first in range(0, count - size + 1, size):
            yield order[first:first + size]


def train(options: argparse.Namespace, network: Network, step: Callable[[], None],
          sample: Callable[[int], Images]) -> None:
    """Trains to each mark, and says so in a JSON line: {"seconds", "steps", "images", "file"}.
    Seconds are those of the steps after the first one."""
    spent, n = 0.0, 0
    for mark in sorted(options.steps or options.seconds):
        while n == 0 or (n < mark if options.steps else spent < mark):
            begin = time.perf_counter()
            step()
            spent += time.perf_counter() - begin if n > 0 else 0.0
            n += 1
        line = {"seconds": round(spent, 3), "steps": n, "images": n * network.batch_size}
        if options.samples > 0:
            path = options.out / f"samples-{n}.npy"
            np.save(path, sample(options.samples))
            line["file"] = str(path)
        print(json.dumps(line), flush=True)
