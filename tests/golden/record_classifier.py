#!/usr/bin/env python3
"""Records the training of a classifier by PyTorch as a trace for `gan verify` (trace_format.md).

The network is torch.nn modules (pytorch_model.py), the loss torch.nn.functional.cross_entropy, the
optimizer torch.optim.Adam.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from math import sqrt
from pathlib import Path

import numpy as np
import torch
import yaml
from torch.nn import functional as F

from fields import Fields, NetworkError
from images import smooth_images
from layers import Adam, Layer, Shape, is_trained
from network import Site, layer_lines, make_layers, read_adam, read_defaults
from pytorch_model import GivenDropout, make_side, take_grads
from record_pytorch import keep_mask, ours, theirs
from recording import Tensors, jitter, positive, single
from trace_file import Trace, TraceError, write_trace


def read_classifier(text: str) -> tuple[tuple[Layer, ...], Shape, Adam]:
    """Layers, image and optimizer of a description of one network alone."""
    top = Fields(yaml.safe_load(text), "the description")
    top.get("name")
    image, train = Fields(top.get("image"), "image"), Fields(top.get("train"), "train")
    defaults = read_defaults(top.get("defaults"))
    entries = top.get("network")
    top.get("outputs")
    top.finish()
    shape = (image.count("height"), image.count("width"), image.count("channels"))
    image.finish()
    layers = make_layers(Site("network", shape, defaults, Counter()), entries, "network",
                         layer_lines(text, "network"))
    adam = read_adam(train.get("adam"))
    for key in ("batch_size", "epochs", "ema", "ema_warmup"):
        train.get(key)
    train.finish()
    return layers, shape, adam


class Classifier:
    """The network with its optimizer, in PyTorch's default float type."""

    def __init__(self, layers: tuple[Layer, ...], adam: Adam) -> None:
        self._adam = adam
        self._side = make_side(layers, GivenDropout, True)
        self._optimizer = torch.optim.Adam(self._side.model.parameters(), lr=adam.lr_g,
                                           eps=adam.epsilon, betas=(adam.beta1, adam.beta2))

    def trained(self) -> list[str]:
        return [name for name in self._side.tensors if is_trained(name)]

    def state(self) -> Tensors:
        return {name: ours(tensor) for name, tensor in self._side.tensors.items()}

    def moments(self) -> tuple[Tensors, Tensors]:
        slots = {name: self._optimizer.state[self._side.tensors[name]] for name in self.trained()}
        m, v = (
            {name: ours(slot[key]) for name, slot in slots.items()}
            for key in ("exp_avg", "exp_avg_sq")
        )
        return m, v

    def load(self, state: Tensors, m: Tensors, v: Tensors) -> None:
        with torch.no_grad():
            for name, tensor in self._side.tensors.items():
                tensor.copy_(theirs(state[name]))
        for name in self.trained():
            slot = self._optimizer.state[self._side.tensors[name]]
            slot.setdefault("step", torch.tensor(0.0))
            slot["exp_avg"], slot["exp_avg_sq"] = theirs(m[name]), theirs(v[name])

    def draw_masks(self, images: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
        """Keep masks of the dropout layers, in order, of the shapes that reach them."""
        masks: list[np.ndarray] = []
        for dropout in self._side.dropouts.values():
            dropout.keep = torch.ones(())
        hooks = [
            dropout.register_forward_hook(lambda _, given, __: shapes.append(tuple(given[0].shape)))
            for dropout in self._side.dropouts.values()
        ]
        shapes: list[tuple[int, ...]] = []
        before = {name: tensor.clone() for name, tensor in self._side.tensors.items()}
        with torch.no_grad():
            self._side.model(theirs(images))
            for name, tensor in self._side.tensors.items():
                tensor.copy_(before[name])  # a pass moves the statistics
        for hook in hooks:
            hook.remove()
        for shape, dropout in zip(shapes, self._side.dropouts.values()):
            ordered = (shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape
            masks.append(rng.random(ordered) >= dropout.rate)
            dropout.keep = keep_mask(masks[-1])
        return masks

    def step(self, images: np.ndarray, labels: np.ndarray, smoothing: float) -> Tensors:
        """Logits, loss and gradients by their names in a trace. An epsilon of Keras's form becomes
        PyTorch's."""
        t = int(next(iter(self._optimizer.state.values()))["step"]) + 1
        scale = 1.0 if self._adam.pytorch_form else 1.0 / sqrt(1.0 - self._adam.beta2**t)
        self._optimizer.param_groups[0]["eps"] = self._adam.epsilon * scale
        logits = self._side.model(theirs(images))
        loss = F.cross_entropy(logits, torch.from_numpy(labels.astype(np.int64)),
                               label_smoothing=smoothing)
        take_grads(self._side, loss)
        self._optimizer.step()
        grads = {f"grad/{name}": ours(self._side.tensors[name].grad) for name in self.trained()}
        return {"logits": logits.detach().numpy().copy(),
                "loss": np.array([float(loss.detach())]), **grads}


def record(options: Namespace) -> Trace:
    text = options.net.read_text(encoding="utf-8")
    layers, image, adam = read_classifier(text)
    torch.set_default_dtype(torch.float64 if options.float64 else torch.float32)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    model = Classifier(layers, adam)
    classes = layers[-1].out_shape[-1]
    state = single(jitter(model.state(), options.jitter, rng))
    zeros = {name: np.zeros_like(state[name]) for name in model.trained()}
    model.load(state, zeros, zeros)
    tensors = {f"initial/{name}": value for name, value in state.items()}
    for step in range(options.steps):
        prefix = f"step{step}/"
        images = smooth_images(options.batch_size, image, rng)
        labels = rng.integers(0, classes, options.batch_size, dtype=np.int32)
        tensors[f"{prefix}images"], tensors[f"{prefix}labels"] = images, labels
        for k, mask in enumerate(model.draw_masks(images, rng)):
            tensors[f"{prefix}mask.{k}.train"] = mask
        for name, value in model.step(images, labels, 0.0).items():
            tensors[prefix + name] = value
        state, m, v = single(model.state()), *(single(moment) for moment in model.moments())
        model.load(state, m, v)
        for group, values in (("after", state), ("after_m", m), ("after_v", v)):
            tensors.update({f"{prefix}{group}/{name}": value for name, value in values.items()})
    about = {"batch_size": options.batch_size, "steps": options.steps, "schedule": "simultaneous",
             "loss": "cross_entropy", "seed": options.seed, "framework": "pytorch",
             "framework_version": str(torch.__version__),
             "compute": "float64" if options.float64 else "float32"}
    return Trace(tensors, text, about)


def main() -> int:
    parser = ArgumentParser(description="Record the training of a classifier by PyTorch.")
    parser.add_argument("--net", type=Path, required=True, metavar="FILE", help="network in YAML")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="trace to write")
    parser.add_argument("--batch-size", type=positive, default=6, metavar="N", help="default 6")
    parser.add_argument("--steps", type=positive, default=3, metavar="N", help="default 3")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--jitter", type=float, default=0.0, metavar="S",
                        help="move initial biases, gammas, betas and statistics by N(0, S)")
    parser.add_argument("--float64", action="store_true",
                        help="compute in double precision, record the state as float32")
    options = parser.parse_args()
    try:
        write_trace(options.out, record(options))
    except (NetworkError, TraceError, OSError) as error:
        print(f"record_classifier.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
