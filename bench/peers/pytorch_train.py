#!/usr/bin/env python3
"""Trains a network of data/nets in PyTorch by the clock, and writes samples at given seconds.

The step is pytorch_step.py's, in channels-last, its fastest mode on a processor for networks with
a penalty; images are drawn in a new order each epoch. The clock counts training alone: neither the
imports and the first step before, nor the making of samples. Samples are the averaged generator's
(decay as in the network's file, smaller in the beginning: (1 + t) / (10 + t)), with its own moving
statistics. One JSON line for each file: {"seconds", "images", "file"}.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import harness
from layers import Network

SAMPLE_BATCH = 500


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--net", type=Path, required=True, metavar="FILE")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help=".npy or IDX")
    parser.add_argument("--seconds", type=float, nargs="+", required=True, metavar="S")
    parser.add_argument("--samples", type=harness.positive, default=10000, metavar="N")
    parser.add_argument("--batch-size", type=harness.positive, metavar="N",
                        help="instead of the net's")
    parser.add_argument("--ema", type=float, default=0.0, metavar="F", help="decay of the average")
    parser.add_argument("--threads", type=harness.positive, default=2, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    return parser.parse_args()


def batches(images: Any, size: int) -> Iterator[Any]:
    """Whole batches, epoch after epoch, each in an order of its own."""
    import torch

    while True:
        order = torch.randperm(len(images))
        for first in range(0, len(images) - size + 1, size):
            yield images[order[first:first + size]].contiguous(memory_format=torch.channels_last)


class Average:
    """The averaged generator, its statistics copied."""

    def __init__(self, model: Any, decay: float) -> None:
        self.model, self.source, self.decay, self.steps = copy.deepcopy(model), model, decay, 0

    def update(self) -> None:
        import torch

        decay = min(self.decay, (1.0 + self.steps) / (10.0 + self.steps))
        self.steps += 1
        with torch.no_grad():
            for mean, value in zip(self.model.parameters(), self.source.parameters()):
                mean.lerp_(value, 1.0 - decay)
            for mean, value in zip(self.model.buffers(), self.source.buffers()):
                mean.copy_(value)


def write_samples(average: Average, network: Network, count: int, path: Path) -> None:
    import numpy
    import torch

    generator = torch.Generator().manual_seed(0)
    model = average.model.eval()
    parts = []
    with torch.no_grad():
        for first in range(0, count, SAMPLE_BATCH):
            z = torch.randn(min(SAMPLE_BATCH, count - first), network.latent, generator=generator)
            parts.append(model(z).permute(0, 2, 3, 1).contiguous().numpy())
    numpy.save(path, numpy.concatenate(parts).astype(numpy.float32))


def train(options: argparse.Namespace, network: Network) -> None:
    import torch

    import pytorch_model

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    pair = pytorch_model.make_pair(network, torch.nn.Dropout, hwc=True, fused=True)
    for side in (pair.g, pair.d):
        side.model.to(memory_format=torch.channels_last)
    images = harness.read_images(options.data, network.image)
    feed = batches(torch.from_numpy(images).permute(0, 3, 1, 2), network.batch_size)
    step = (pytorch_model.step_alternating if network.alternating
            else pytorch_model.step_simultaneous)
    average = Average(pair.g.model, options.ema)
    spent, n = 0.0, 0
    for mark in sorted(options.seconds):
        while spent < mark or n == 0:
            begin = time.perf_counter()
            step(pair, next(feed), torch.randn(network.batch_size, network.latent))
            average.update()
            spent += time.perf_counter() - begin if n > 0 else 0.0  # the first one is start-up
            n += 1
        path = options.out / f"samples-{mark:g}s.npy"
        write_samples(average, network, options.samples, path)
        print(json.dumps({"seconds": round(spent, 2), "images": n * network.batch_size,
                          "file": str(path)}), flush=True)


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    network = harness.with_native_statistics(harness.load_network(options), unbiased=True)
    train(options, network)


if __name__ == "__main__":
    sys.exit(harness.guarded(main))
