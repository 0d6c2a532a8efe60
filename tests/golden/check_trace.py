#!/usr/bin/env python3
"""Checks traces against an independent NumPy computation of every step (reference.py).

For each step it starts from the recorded state, recomputes outputs, losses, gradients, statistics
and Adam (Adam from the recorded gradients), and compares every tensor. Needs NumPy and PyYAML.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np

from fields import NetworkError
from layers import Network, flat, is_trained, parameter_shapes
from network import parse_network
from recording import dropouts, passes
from reference import Step, Tensors, start, train_step
from trace_file import Trace, TraceError, read_trace

ULP = 2.0**-23
TINY = 1e-30  # below this a float32 may have lost its digits


@dataclass(frozen=True)
class Bounds:
    """Allowed L2 norms of errors, relative to the tensor; `change` is relative to the step's change
    of a parameter, on top of `ulps` units of its last place; `noise` is relative to the largest
    gradient of the network, for gradients that cancel."""

    value: float
    grad: float
    noise: float
    moment: float
    change: float
    ulps: float


# A float64 recording is rounded to float32: half a unit. A float32 one has the framework's own
# rounding: outputs sum some 100 products, gradients pass all layers, and Keras takes 1 - beta2^t
# in float32, which for beta2 = 0.999 is good to 6e-5 of itself.
BOUNDS = {
    "float64": Bounds(1e-7, 1e-7, 1e-11, 2e-7, 1e-6, 0.6),
    "float32": Bounds(1e-5, 5e-5, 1e-6, 1e-6, 1e-4, 2.0),
}


@dataclass
class Check:
    """One comparison: the error in units of what is allowed."""

    name: str
    error: float
    allowed: float

    @property
    def passed(self) -> bool:
        return self.error <= self.allowed


def norm(x: np.ndarray) -> float:
    return float(np.sqrt(np.sum(np.square(x, dtype=np.float64))))


def load_network(trace: Trace) -> Network:
    """The network of a trace, with the options of the recording."""
    return replace(
        parse_network(trace.net),
        batch_size=trace.options["batch_size"],
        alternating=trace.options["schedule"] == "alternating",
        loss=trace.options["loss"],
        d_steps=trace.options.get("d_steps", 1),
    )


def expected_shapes(network: Network, steps: int) -> dict[str, tuple[int, ...]]:
    """Every tensor that a trace of this network must hold, and nothing else."""
    layers = flat((*network.generator, *network.discriminator))
    state = {name: s for layer in layers for name, s in parameter_shapes(layer).items()}
    batch = network.batch_size
    shapes = {f"initial/{name}": shape for name, shape in state.items()}
    for i in range(steps):
        step: dict[str, tuple[int, ...]] = {
            "real": (batch, *network.image), "fakes": (batch, *network.image),
            "noise": (batch, network.latent), "loss_d": (1,),
        }
        if network.updates_g(i):
            step["loss_g"] = (1,)
        logits = prod(network.discriminator[-1].out_shape)
        for name, side in passes(network, i).items():
            if side == "d":
                step[f"logits_{name}"] = (batch, logits)
            for k, layer in enumerate(dropouts(network, side)):
                step[f"mask.{k}.{name}"] = (batch, *layer.out_shape)
        for name, shape in state.items():
            step[f"after/{name}"] = shape
            if is_trained(name):
                step.update({f"{group}/{name}": shape for group in ("after_m", "after_v")})
            if is_trained(name) and (network.updates_g(i) or name.startswith("d.")):
                step[f"grad/{name}"] = shape
        shapes.update({f"step{i}/{name}": shape for name, shape in step.items()})
    return shapes


def check_shapes(trace: Trace, network: Network) -> None:
    """Raises TraceError on a tensor that is missing, unknown, of another shape or not finite."""
    expected = expected_shapes(network, trace.options["steps"])
    for name in sorted(expected.keys() ^ trace.tensors.keys()):
        raise TraceError(f"{name}: {'missing' if name in expected else 'not part of a trace'}")
    for name, value in trace.tensors.items():
        if value.shape != expected[name]:
            raise TraceError(f"{name}: has {list(value.shape)}, expected {list(expected[name])}")
        if not np.all(np.isfinite(value)):
            raise TraceError(f"{name}: not finite")


def group(trace: Trace, prefix: str) -> Tensors:
    """The tensors under a prefix in double precision, without it."""
    return {
        name[len(prefix):]: value.astype(np.float64)
        for name, value in trace.tensors.items()
        if name.startswith(prefix)
    }


def compute_step(trace: Trace, network: Network, i: int, before: Step) -> Step:
    """Step i from the recorded inputs, with Adam on the recorded gradients."""
    prefix = f"step{i}/"
    network = network.at(i, trace.options["steps"])
    masks = {
        name: {
            layer.name: trace.tensors[f"{prefix}mask.{k}.{name}"].astype(np.float64)
            for k, layer in enumerate(dropouts(network, side))
        }
        for name, side in passes(network, i).items()
    }
    inputs = group(trace, prefix)
    given = group(trace, f"{prefix}grad/")
    return train_step(network, before, i + 1, inputs["real"], inputs["noise"], masks, given,
                      network.updates_g(i))


def compare(name: str, got: np.ndarray, want: np.ndarray, relative: float) -> Check:
    return Check(name, norm(got - want), relative * norm(want) + TINY)


def grad_allowance(name: str, grads: Tensors, bounds: Bounds) -> float:
    """The allowed error of a gradient. Biases, gammas and betas have gradients that are sums of
    terms which cancel, down to exactly zero for a bias before a batch normalization."""
    largest = max(norm(grad) for other, grad in grads.items() if other[0] == name[0])
    return bounds.grad * norm(grads[name]) + bounds.noise * largest + TINY


def check_step(
    trace: Trace, network: Network, i: int, before: Step
) -> tuple[list[Check], Step]:
    """All comparisons of step i, and the recorded state after it."""
    bounds = BOUNDS[trace.options["compute"]]
    prefix = f"step{i}/"
    want = compute_step(trace, network, i, before)
    got = group(trace, prefix)
    checks = [
        compare(name, got[name], value.reshape(got[name].shape), bounds.value)
        for name, value in want.values.items()
    ]
    for key, old, new in (("after_m", before.m, want.m), ("after_v", before.v, want.v)):
        for name in sorted(new.keys() - want.grads.keys()):
            checks.append(compare(f"{key}/{name}", got[f"{key}/{name}"], old[name], 0.0))
    for name, value in want.grads.items():
        error = norm(got[f"grad/{name}"] - value)
        checks.append(Check(f"grad/{name}", error, grad_allowance(name, want.grads, bounds)))
        for key, old, new in (("after_m", before.m, want.m), ("after_v", before.v, want.v)):
            error = norm(got[f"{key}/{name}"] - new[name])
            size = norm(old[name]) + norm(new[name])  # the old moment and the gradient may cancel
            checks.append(Check(f"{key}/{name}", error, bounds.moment * size + TINY))
    for name, value in want.state.items():
        change, last_place = norm(value - before.state[name]), ULP * norm(value)
        allowed = bounds.change * change + bounds.ulps * last_place
        checks.append(Check(f"after/{name}", norm(got[f"after/{name}"] - value), allowed + TINY))
    after = Step({}, {}, *(group(trace, f"{prefix}{k}/") for k in ("after", "after_m", "after_v")))
    return checks, after


def check_trace(path: Path, verbose: bool) -> int:
    """Prints the result for one file and returns how many comparisons failed; a file that is no
    trace counts as one. Raises OSError when it cannot be read."""
    try:
        trace = read_trace(path)
        network = load_network(trace)
        if network.r1 > 0.0 or network.r2 > 0.0:
            raise TraceError("its penalties are more than reference.py computes")
        check_shapes(trace, network)
    except (NetworkError, TraceError) as error:
        print(f"FAILED {path}: {error}")
        return 1
    state, checks = start(group(trace, "initial/")), []
    for i in range(trace.options["steps"]):
        found, state = check_step(trace, network, i, state)
        for check in found:
            check.name = f"step{i}/{check.name}"
        checks += found
    failed = [check for check in checks if not check.passed]
    for check in checks if verbose else failed:
        mark = "ok    " if check.passed else "FAILED"
        print(f"{mark} {check.name}: error {check.error:.3g}, allowed {check.allowed:.3g}")
    worst = max(checks, key=lambda check: check.error / check.allowed)
    print(f"{path}: {network.name}, {trace.options['framework']} in {trace.options['compute']}, "
          f"{len(checks)} tensors, {len(failed)} failed, worst at "
          f"{worst.error / worst.allowed:.2f} of what is allowed: {worst.name}")
    return len(failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("traces", type=Path, nargs="+", metavar="TRACE")
    parser.add_argument("--verbose", action="store_true", help="print every tensor")
    options = parser.parse_args()
    try:
        failed = [check_trace(path, options.verbose) for path in options.traces]
    except OSError as error:
        print(f"check_trace.py: {error}", file=sys.stderr)
        return 1
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
