#!/usr/bin/env python3
"""Records a trajectory of PyTorch as a trace for `gan verify` (trace_format.md).

The networks are torch.nn modules and the optimizer is torch.optim.Adam. Two things are added from
outside: dropout masks are given instead of drawn, and what PyTorch cannot say (a biased moving
variance, Keras's form of epsilon) is put on top of the real module.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from math import sqrt
from typing import Callable

import numpy as np
import torch
from torch import Tensor
from torch.optim import lr_scheduler

from layers import Network, is_trained
from pytorch_model import make_pair, step_alternating, step_d, step_simultaneous
from rates import Rate, images_of
from recording import Masks, StepRecord, Tensors, main


def ours(tensor: Tensor) -> np.ndarray:
    """(out, in, kh, kw) or (in, out, kh, kw) to (out, kh, kw, in) or (in, kh, kw, out), a map from
    (N, C, H, W) to (N, H, W, C): the same move; a dense kernel from (out, in) to (in, out)."""
    value = tensor.detach().numpy()
    if value.ndim == 4:
        value = value.transpose(0, 2, 3, 1)
    return value.T.copy() if value.ndim == 2 else value.copy()


def theirs(value: np.ndarray) -> Tensor:
    """The inverse of ours(), a copy in PyTorch's default float type."""
    if value.ndim == 4:
        value = value.transpose(0, 3, 1, 2)
    return torch.tensor(value.T if value.ndim == 2 else value, dtype=torch.get_default_dtype())


def scheduled(first: float, steps: int, make: Callable) -> list[float]:
    """The learning rates that a scheduler of torch.optim gives an optimizer in so many steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=first)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def torch_rates(rate: Rate, batch: int, steps: int) -> list[float]:
    """A rate at each step by CosineAnnealingLR or LinearLR, which go by steps, and LinearLR from
    1/n as its warm-up. Lengths must be whole steps; rates.py must say the same."""
    begin, end, warm = (
        round(images_of(text, batch, steps) / batch) for text in (rate.begin, rate.end, rate.warm)
    )
    top = max(rate.first, rate.last)  # LinearLR's factors are 1 at most
    make = {
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, end - begin, eta_min=rate.last),
        "linear": lambda o: lr_scheduler.LinearLR(
            o, rate.first / top, rate.last / top, end - begin
        ),
        "": lambda o: lr_scheduler.ConstantLR(o, 1.0),
    }[rate.curve]
    first = top if rate.curve == "linear" else rate.first
    moving = scheduled(first, max(end - begin, 1), make) if rate.curve else []
    curve = [rate.first] * begin + moving + [rate.last] * steps
    if warm > 0:
        rise = partial(lr_scheduler.LinearLR, start_factor=1.0 / warm, total_iters=warm - 1)
        factors = scheduled(1.0, warm, rise)
        curve = [value * f for value, f in zip(curve, factors + [1.0] * steps)]
    ours = [rate.at(step, batch, steps) for step in range(steps)]
    assert np.allclose(curve[:steps], ours, rtol=1e-12, atol=0.0), (curve, ours)
    return curve[:steps]


class PytorchTrainer:
    """recording.Trainer on PyTorch."""

    framework = "pytorch"
    version = str(torch.__version__)

    def __init__(self, network: Network, options: argparse.Namespace) -> None:
        torch.set_default_dtype(torch.float64 if options.float64 else torch.float32)
        torch.manual_seed(options.seed)
        self._network = network
        self._pair = make_pair(network)
        self._sides = (self._pair.g, self._pair.d)
        self._adams = (self._pair.adam_g, self._pair.adam_d)
        self._done, self._steps = 0, options.steps
        self._rates = {
            key: torch_rates(rate, network.batch_size, options.steps)
            for key, rate in network.rates.items()
        }

    def _slots(self) -> dict[str, dict[str, Tensor]]:
        """Adam's state of each trained parameter, by our names."""
        return {
            name: adam.state[tensor]
            for side, adam in zip(self._sides, self._adams)
            for name, tensor in side.tensors.items()
            if is_trained(name)
        }

    def state(self) -> Tensors:
        both = {**self._pair.g.tensors, **self._pair.d.tensors}
        return {name: ours(tensor) for name, tensor in both.items()}

    def moments(self) -> tuple[Tensors, Tensors]:
        slots = self._slots()
        m, v = (
            {name: ours(slot[key]) for name, slot in slots.items()}
            for key in ("exp_avg", "exp_avg_sq")
        )
        return m, v

    def load(self, state: Tensors, m: Tensors, v: Tensors) -> None:
        with torch.no_grad():
            for side in self._sides:
                for name, tensor in side.tensors.items():
                    tensor.copy_(theirs(state[name]))
        for name, slot in self._slots().items():
            slot.setdefault("step", torch.tensor(0.0))
            slot["exp_avg"], slot["exp_avg_sq"] = theirs(m[name]), theirs(v[name])

    def _set_epsilon(self) -> None:
        """Keras's lr*sqrt(1-b2^t)/(1-b1^t) * m / (sqrt(v) + eps) is PyTorch's form with an epsilon
        of eps / sqrt(1-b2^t)."""
        adam = self._network.adam
        for optimizer in self._adams:
            t = int(next(iter(optimizer.state.values()))["step"]) + 1
            scale = 1.0 if adam.pytorch_form else 1.0 / sqrt(1.0 - adam.beta2**t)
            optimizer.param_groups[0]["eps"] = adam.epsilon * scale

    def _set_rates(self) -> None:
        """What moves, as PyTorch's schedulers have it."""
        now = {key: values[self._done] for key, values in self._rates.items()}
        for adam, key in zip(self._adams, ("lr_g", "lr_d")):
            group = adam.param_groups[0]
            group["lr"] = now.get(key, group["lr"])
            group["betas"] = (group["betas"][0], now.get("beta2", group["betas"][1]))
        self._pair.r1 = now.get("r1", self._pair.r1)
        self._pair.r2 = now.get("r2", self._pair.r2)
        self._network = self._network.at(self._done, self._steps)
        self._done += 1

    def _grads(self, updates_g: bool) -> Tensors:
        return {
            name: ours(tensor.grad)
            for side in (self._sides if updates_g else self._sides[1:])
            for name, tensor in side.tensors.items()
            if is_trained(name)
        }

    def step(self, real: np.ndarray, noise: np.ndarray, masks: Masks,
             updates_g: bool) -> StepRecord:
        def begin(name: str) -> None:
            for side in self._sides:
                for layer, dropout in side.dropouts.items():
                    if layer in masks[name]:
                        dropout.keep = keep_mask(masks[name][layer])

        self._set_rates()
        self._set_epsilon()
        run = step_alternating if self._network.alternating else step_simultaneous
        run = run if updates_g else step_d
        z = torch.from_numpy(noise).to(torch.get_default_dtype())
        step = run(self._pair, theirs(real), z, begin)
        real1, fake1, real2, fake2 = (
            None if logits is None else logits.detach().numpy()
            for logits in (step.logits_real, step.logits_fake, step.logits_real2,
                           step.logits_fake2)
        )
        loss_g = None if step.loss_g is None else float(step.loss_g.detach())
        return StepRecord(ours(step.fakes), real1, fake1, fake2, float(step.loss_d.detach()),
                          loss_g, self._grads(updates_g), real2)


def keep_mask(mask: np.ndarray) -> Tensor:
    """A mask in our layout as PyTorch's; one of a flat layer is (N, F) in both."""
    value = mask.transpose(0, 3, 1, 2) if mask.ndim == 4 else mask
    return torch.tensor(value, dtype=torch.get_default_dtype())


if __name__ == "__main__":
    sys.exit(main("Record a training trajectory of PyTorch.", PytorchTrainer))
