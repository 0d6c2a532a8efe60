#!/usr/bin/env python3
"""Trains a network in PyTorch, and writes samples at given steps or seconds.

The step is pytorch_step.py's, in channels-last, its fastest mode on a processor for networks with
a penalty. Samples are the averaged generator's, if there is an average (decay as given, smaller in
the beginning: (1 + t) / (10 + t)), with the generator's own moving statistics.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import sys
from typing import Any

import harness
import training
from layers import Network

SAMPLE_BATCH = 500


def scaled(images: Any, height: int, width: int) -> Any:
    """Images (N, C, H, W) in another size, by antialiased bilinear scaling."""
    import torch

    if images.shape[2:] == (height, width):
        return images
    parts = [torch.nn.functional.interpolate(part, (height, width), mode="bilinear",
                                             antialias=True, align_corners=False)
             for part in images.split(SAMPLE_BATCH)]
    return torch.cat(parts).contiguous(memory_format=torch.channels_last)


def set_rates(pair: Any, now: Network) -> None:
    """What moves, as the step at hand has it."""
    for adam, rate in ((pair.adam_g, now.adam.lr_g), (pair.adam_d, now.adam.lr_d)):
        for group in adam.param_groups:
            group["lr"], group["betas"] = rate, (now.adam.beta1, now.adam.beta2)
    pair.r1, pair.r2 = now.r1, now.r2


class Average:
    """The averaged generator, its statistics copied; without a decay the generator itself."""

    def __init__(self, model: Any, decay: float) -> None:
        self.model = copy.deepcopy(model) if decay > 0.0 else model
        self.source, self.decay, self.steps = model, decay, 0

    def update(self) -> None:
        import torch

        if self.model is self.source:
            return
        decay = min(self.decay, (1.0 + self.steps) / (10.0 + self.steps))
        self.steps += 1
        with torch.no_grad():
            for mean, value in zip(self.model.parameters(), self.source.parameters()):
                mean.lerp_(value, 1.0 - decay)
            for mean, value in zip(self.model.buffers(), self.source.buffers()):
                mean.copy_(value)

    def sample(self, latent: int, count: int, size: tuple[int, int]) -> training.Images:
        """Always the same `count` images, (N, H, W, C) of the given height and width."""
        import torch

        generator = torch.Generator().manual_seed(0)
        parts = []
        self.model.eval()
        with torch.no_grad():
            for first in range(0, count, SAMPLE_BATCH):
                z = torch.randn(min(SAMPLE_BATCH, count - first), latent, generator=generator)
                parts.append(scaled(self.model(z), *size))
        self.model.train()
        return torch.cat(parts).permute(0, 2, 3, 1).contiguous().numpy()


def train(options: argparse.Namespace, network: Network) -> None:
    import torch

    import pytorch_model

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    pair = pytorch_model.make_pair(network, torch.nn.Dropout, hwc=True, fused=True)
    for side in (pair.g, pair.d):
        side.model.to(memory_format=torch.channels_last)
    stored = torch.from_numpy(training.stored_images(options.data)).permute(0, 3, 1, 2)
    images = scaled(stored, *network.image[:2])
    batches = training.orders(len(images), network.batch_size, options.seed)
    update = (pytorch_model.step_alternating if network.alternating
              else pytorch_model.step_simultaneous)
    average = Average(pair.g.model, options.ema)
    done = itertools.count()
    steps = max(options.steps) if options.steps else 1

    def step() -> None:
        if network.rates:
            set_rates(pair, network.at(next(done), steps))
        batch = images[torch.from_numpy(next(batches))]
        update(pair, batch.contiguous(memory_format=torch.channels_last),
               torch.randn(network.batch_size, network.latent))
        average.update()

    height, width = stored.shape[2:]
    training.train(options, network, step,
                   lambda count: average.sample(network.latent, count, (height, width)))


def main() -> None:
    options = training.parse((__doc__ or "").split("\n\n", maxsplit=1)[0])
    options.out.mkdir(parents=True, exist_ok=True)
    network = harness.with_native_statistics(harness.load_network(options), unbiased=True)
    train(options, network)


if __name__ == "__main__":
    sys.exit(harness.guarded(main))
