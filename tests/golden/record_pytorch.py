#!/usr/bin/env python3
"""Records a trajectory of PyTorch as a trace for `gan verify` (trace_format.md).

The networks are torch.nn modules and the optimizer is torch.optim.Adam. Two things are added from
outside: dropout masks are given instead of drawn, and what PyTorch cannot say (a biased moving
variance, Keras's form of epsilon) is put on top of the real module.
"""

from __future__ import annotations

import argparse
import sys
from math import sqrt

import numpy as np
import torch
from torch import Tensor

from layers import Network, is_trained
from pytorch_model import make_pair, step_alternating, step_d, step_simultaneous
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
