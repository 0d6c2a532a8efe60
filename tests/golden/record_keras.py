#!/usr/bin/env python3
"""Records a trajectory of TensorFlow / Keras as a trace for `gan verify` (trace_format.md).

The networks are real Keras layers and the optimizer is keras.optimizers.Adam. Two things are added
from outside: dropout masks are given instead of drawn, and what Keras cannot say (an unbiased
moving variance, PyTorch's form of epsilon) is put on top of the real layer.
"""

from __future__ import annotations

import argparse
import os
import sys
from math import sqrt

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from keras_model import Side, make_pair, step_alternating, step_simultaneous  # noqa: E402
from layers import Network, is_trained  # noqa: E402
from recording import Masks, StepRecord, Tensors, main  # noqa: E402

# Keras keeps (kh, kw, in, out) for a convolution, (kh, kw, out, in) for a transposed one; ours are
# (out, kh, kw, in) and (in, kh, kw, out): the same move for both.
TO_OURS = (3, 0, 1, 2)
FROM_OURS = (1, 2, 3, 0)


def ours(value: np.ndarray) -> np.ndarray:
    return value.transpose(TO_OURS) if value.ndim == 4 else value


def theirs(value: np.ndarray) -> np.ndarray:
    return value.transpose(FROM_OURS) if value.ndim == 4 else value


class KerasTrainer:
    """recording.Trainer on Keras."""

    framework = "tensorflow"
    version = f"{tf.__version__} (Keras {keras.__version__})"

    def __init__(self, network: Network, options: argparse.Namespace) -> None:
        keras.config.set_floatx("float64" if options.float64 else "float32")
        keras.utils.set_random_seed(options.seed)
        self._network = network
        self._pair = make_pair(network)
        self._sides = (self._pair.g, self._pair.d)
        self._adams = (self._pair.adam_g, self._pair.adam_d)
        if options.float64:
            self._widen_betas()

    def _trained(self, side: Side) -> dict[str, keras.Variable]:
        return {name: var for name, var in side.variables.items() if is_trained(name)}

    def _slots(self) -> dict[str, tuple[keras.Variable, keras.Variable]]:
        """Adam's m and v of each trained parameter, by our names."""
        found = {}
        for side, adam in zip(self._sides, self._adams):
            slots = {var.path: var for var in adam.variables}
            for name, var in self._trained(side).items():
                stem = f"{adam.name}/{var.path.replace('/', '_')}"
                found[name] = (slots[f"{stem}_momentum"], slots[f"{stem}_velocity"])
        return found

    def state(self) -> Tensors:
        both = {**self._pair.g.variables, **self._pair.d.variables}
        return {name: ours(var.numpy()) for name, var in both.items()}

    def moments(self) -> tuple[Tensors, Tensors]:
        slots = self._slots()
        m, v = ({name: ours(pair[i].numpy()) for name, pair in slots.items()} for i in (0, 1))
        return m, v

    def load(self, state: Tensors, m: Tensors, v: Tensors) -> None:
        for side in self._sides:
            for name, var in side.variables.items():
                var.assign(theirs(state[name]))
        for name, (slot_m, slot_v) in self._slots().items():
            slot_m.assign(theirs(m[name]))
            slot_v.assign(theirs(v[name]))

    def _widen_betas(self) -> None:
        """Keras turns a Python number into float32 on its way to float64, which costs
        1 - beta2^t six digits; a float64 tensor keeps them."""
        for optimizer in self._adams:
            optimizer.beta_1 = tf.constant(optimizer.beta_1, tf.float64)
            optimizer.beta_2 = tf.constant(optimizer.beta_2, tf.float64)

    def _set_epsilon(self) -> None:
        """PyTorch's lr/(1-b1^t) * m / (sqrt(v/(1-b2^t)) + eps) is Keras's form with an epsilon of
        eps * sqrt(1-b2^t)."""
        adam = self._network.adam
        for optimizer in self._adams:
            t = int(optimizer.iterations.numpy()) + 1
            scale = sqrt(1.0 - adam.beta2**t) if adam.pytorch_form else 1.0
            optimizer.epsilon = adam.epsilon * scale

    def _grads(self, side: Side, grads: list[tf.Tensor]) -> Tensors:
        by_path = {v.path: g for v, g in zip(side.model.trainable_variables, grads)}
        return {n: ours(by_path[v.path].numpy()) for n, v in self._trained(side).items()}

    def step(self, real: np.ndarray, noise: np.ndarray, masks: Masks,
             updates_g: bool) -> StepRecord:
        assert updates_g, "no steps of D alone here: record_pytorch.py has them"

        def begin(name: str) -> None:
            for side in self._sides:
                for layer, dropout in side.dropouts.items():
                    dropout.keep = masks[name].get(layer)

        self._set_epsilon()
        run = step_alternating if self._network.alternating else step_simultaneous
        images, z = (tf.cast(x, keras.config.floatx()) for x in (real, noise))
        step = run(self._pair, images, z, begin)
        second = None if step.logits_fake2 is None else step.logits_fake2.numpy()
        grads = {**self._grads(self._pair.g, step.grads_g),
                 **self._grads(self._pair.d, step.grads_d)}
        return StepRecord(step.fakes.numpy(), step.logits_real.numpy(), step.logits_fake.numpy(),
                          second, float(step.loss_d), float(step.loss_g), grads)


if __name__ == "__main__":
    sys.exit(main("Record a training trajectory of Keras.", KerasTrainer))
