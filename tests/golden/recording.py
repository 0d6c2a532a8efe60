"""What both recorders share: the command line, the inputs of a step, the loop, the file.

A framework is a Trainer. record() drives it: state in our layouts, inputs made here from one seed,
everything a step produced into a trace.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any, Callable, Optional, Protocol

import numpy as np

from fields import NetworkError
from images import DataError, read_images, smooth_images
from layers import BatchNorm, Dropout, Network, flat, is_trained
from network import LOSSES, read_network
from trace_file import Trace, TraceError, write_trace

Tensors = dict[str, np.ndarray]
Masks = dict[str, dict[str, np.ndarray]]  # pass, then the dropout layer's name


@dataclass
class StepRecord:
    """What one step computed, in our layouts. Logits are as D makes them, (N, ...); those of D's
    second look, and G's loss, are None where the step has none. Gradients are those that Adam was
    given."""

    fakes: np.ndarray
    logits_real: np.ndarray
    logits_fake: np.ndarray
    logits_fake2: Optional[np.ndarray]
    loss_d: float
    loss_g: Optional[float]
    grads: Tensors
    logits_real2: Optional[np.ndarray] = None


class Trainer(Protocol):
    """A framework's training of one network. All arrays are in our layouts."""

    framework: str
    version: str

    def state(self) -> Tensors:
        """Every parameter and moving statistic."""

    def moments(self) -> tuple[Tensors, Tensors]:
        """Adam's m and v of every trained parameter."""

    def load(self, state: Tensors, m: Tensors, v: Tensors) -> None:
        """Replaces the state and Adam's moments; the step counter stays."""

    def step(self, real: np.ndarray, noise: np.ndarray, masks: Masks,
             updates_g: bool) -> StepRecord:
        """One training step of both networks, or of D alone."""


def passes(network: Network, step: int) -> dict[str, str]:
    """The training passes of a step in order, each with the prefix of its network."""
    names = {"generator": "g", "real": "d", "fake": "d"}
    if network.alternating and network.updates_g(step):
        names.update({"real2": "d"} if network.couples else {}, fake2="d")
    return names


def dropouts(network: Network, side: str) -> list[Dropout]:
    """The dropout layers of one network ('g' or 'd') in order."""
    layers = network.generator if side == "g" else network.discriminator
    return [layer for layer in flat(layers) if isinstance(layer, Dropout)]


def check_batch_norms(network: Network) -> None:
    """Raises NetworkError where a channel would be normalized over a single value."""
    for layer in flat((*network.generator, *network.discriminator)):
        if isinstance(layer, BatchNorm) and prod(layer.in_shape[:-1]) * network.batch_size == 1:
            raise NetworkError(f"{layer.name}: one value has no variance; use a larger batch")


def draw_masks(network: Network, step: int, batch: int, rng: np.random.Generator) -> Masks:
    """Fresh keep masks for every dropout layer in every pass."""
    return {
        name: {
            layer.name: rng.random((batch, *layer.out_shape)) >= layer.rate
            for layer in dropouts(network, side)
        }
        for name, side in passes(network, step).items()
    }


def put_masks(tensors: Tensors, prefix: str, masks: Masks) -> None:
    for name, by_layer in masks.items():
        for k, mask in enumerate(by_layer.values()):
            tensors[f"{prefix}mask.{k}.{name}"] = mask


def put_step(tensors: Tensors, prefix: str, record: StepRecord) -> None:
    tensors[f"{prefix}loss_d"] = np.array([record.loss_d])
    if record.loss_g is not None:
        tensors[f"{prefix}loss_g"] = np.array([record.loss_g])
    tensors[f"{prefix}fakes"] = record.fakes
    logits = {"real": record.logits_real, "fake": record.logits_fake,
              "real2": record.logits_real2, "fake2": record.logits_fake2}
    for name, value in logits.items():
        if value is not None:
            tensors[f"{prefix}logits_{name}"] = value.reshape(len(value), -1)
    for name, value in record.grads.items():
        tensors[f"{prefix}grad/{name}"] = value


def put_state(tensors: Tensors, prefix: str, trainer: Trainer) -> None:
    """Adds the state after a step, and puts its float32 values back into the trainer, so that the
    next step starts from exactly what was recorded (this matters in double precision only)."""
    state = single(trainer.state())
    m, v = (single(moment) for moment in trainer.moments())
    trainer.load(state, m, v)
    for group, values in (("after", state), ("after_m", m), ("after_v", v)):
        for name, value in values.items():
            tensors[f"{prefix}{group}/{name}"] = value


def single(values: Tensors) -> Tensors:
    return {name: value.astype(np.float32) for name, value in values.items()}


def jitter(state: Tensors, amount: float, rng: np.random.Generator) -> Tensors:
    """Moves what starts as a constant (bias, gamma, beta, statistics) off it, so that a trace
    would show where one of them is ignored."""
    moved = dict(state)
    for name, value in state.items():
        shift = amount * rng.standard_normal(value.shape)
        if name.endswith("moving_variance"):
            moved[name] = value * np.exp(shift)
        elif not name.endswith("kernel"):
            moved[name] = value + shift
    return moved


def record(trainer: Trainer, network: Network, options: argparse.Namespace) -> Trace:
    """Runs options.steps steps and returns all of it."""
    rng = np.random.default_rng(options.seed)
    batch = network.batch_size
    if options.data is None:
        images = smooth_images(batch * options.steps, network.image, rng)
    else:
        images = read_images(options.data, network.image)
    state = single(jitter(trainer.state(), options.jitter, rng))
    zeros = {name: np.zeros_like(v) for name, v in state.items() if is_trained(name)}
    trainer.load(state, zeros, zeros)
    tensors = {f"initial/{name}": value for name, value in state.items()}
    for step in range(options.steps):
        prefix = f"step{step}/"
        real = images[np.arange(step * batch, (step + 1) * batch) % len(images)]
        noise = rng.standard_normal((batch, network.latent), dtype=np.float32)
        masks = draw_masks(network, step, batch, rng)
        tensors[f"{prefix}real"], tensors[f"{prefix}noise"] = real, noise
        put_masks(tensors, prefix, masks)
        put_step(tensors, prefix, trainer.step(real, noise, masks, network.updates_g(step)))
        put_state(tensors, prefix, trainer)
    return Trace(tensors, network.text, describe(trainer, network, options))


def describe(trainer: Trainer, network: Network, options: argparse.Namespace) -> dict[str, Any]:
    """The `options` of the file."""
    return {
        "batch_size": network.batch_size,
        "steps": options.steps,
        "schedule": "alternating" if network.alternating else "simultaneous",
        "loss": network.loss,
        "d_steps": network.d_steps,
        "seed": options.seed,
        "framework": trainer.framework,
        "framework_version": trainer.version,
        "compute": "float64" if options.float64 else "float32",
    }


def parse_args(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--net", type=Path, required=True, metavar="FILE", help="network in YAML")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="trace to write")
    parser.add_argument("--batch-size", type=positive, metavar="N", help="instead of the net's")
    parser.add_argument("--schedule", choices=("simultaneous", "alternating"),
                        help="instead of the net's")
    parser.add_argument("--loss", choices=LOSSES, help="instead of the net's")
    parser.add_argument("--d-steps", type=positive, default=1, metavar="N",
                        help="updates of D for one of G; default 1")
    parser.add_argument("--steps", type=positive, default=3, metavar="N", help="default 3")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--data", type=Path, metavar="FILE",
                        help="real images: .npy (N,H,W[,C]) or IDX, .gz too; default made-up ones")
    parser.add_argument("--jitter", type=float, default=0.0, metavar="S",
                        help="move initial biases, gammas, betas and statistics by N(0, S)")
    parser.add_argument("--float64", action="store_true",
                        help="compute in double precision, record the state as float32")
    return parser.parse_args()


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, is {value}")
    return value


def main(description: str, make: Callable[[Network, argparse.Namespace], Trainer]) -> int:
    """The whole program: `make` builds the trainer. Returns the exit code."""
    options = parse_args(description)
    try:
        network = read_network(options.net)
        if options.batch_size is not None:
            network = replace(network, batch_size=options.batch_size)
        if options.schedule is not None:
            network = replace(network, alternating=options.schedule == "alternating")
        if options.loss is not None:
            network = replace(network, loss=options.loss)
        network = replace(network, d_steps=options.d_steps)
        if network.fresh_reals:  # a trace has one batch of images a step
            raise NetworkError(f"{options.net}: train: generator_reals: fresh cannot be recorded")
        check_batch_norms(network)
        trace = record(make(network, options), network, options)
        write_trace(options.out, trace)
    except (NetworkError, DataError, TraceError) as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{Path(sys.argv[0]).name}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    size = options.out.stat().st_size
    print(f"{options.out}: {network.name}, {options.steps} steps of {network.batch_size}, "
          f"{trainer_name(trace)}, {size / 1e6:.2f} MB")
    return 0


def trainer_name(trace: Trace) -> str:
    return "{framework} {framework_version} in {compute}".format(**trace.options)
