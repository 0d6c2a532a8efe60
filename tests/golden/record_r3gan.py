#!/usr/bin/env python3
"""Records a trajectory of R3GAN's own code as a trace for `gan verify` (trace_format.md).

`--code` is a checkout of github.com/brownvc/R3GAN. Its R3GAN/Networks.py makes both networks, of
the widths and groups that the description has, and its R3GAN/Trainer.py the gradients of loss and
penalties; torch.optim.Adam moves them, as its training loop has it. `--count` prints the number of
parameters of its presets without labels instead (tests/unit/test_net_r3gan.c).
"""

from __future__ import annotations

import argparse
import sys
import types
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from fields import NetworkError
from layers import Constant, Conv, Network, flat
from record_pytorch import ours, theirs
from recording import Masks, StepRecord, Tensors, main

PRESETS = {
    "r3gan-cifar10": ([768] * 4, [96] * 4, 2),
    "r3gan-ffhq64": ([768] * 4 + [384], [96] * 4 + [48], 2),
    "r3gan-256": ([768] * 4 + [384, 192, 96], [96] * 4 + [48, 24, 12], 2),
    "r3gan-small": ([128, 128, 64, 32], [16, 16, 8, 4], 1),
}


def load_code(folder: str) -> tuple[Any, Any]:
    """Its networks and its trainer. They ask setuptools' pkg_resources, which is no more, for one
    function."""
    versions = types.ModuleType("pkg_resources")
    versions.parse_version = torch.torch_version.TorchVersion  # type: ignore[attr-defined]
    sys.modules.setdefault("pkg_resources", versions)
    sys.path.insert(0, folder)
    from R3GAN import Networks, Trainer  # pylint: disable=import-error,import-outside-toplevel
    return Networks, Trainer


def make_networks(networks: Any, latent: int, widths: list[int], groups: list[int],
                  blocks: int) -> tuple[nn.Module, nn.Module]:
    each = [blocks] * len(widths)
    g = networks.Generator(latent, widths, groups, each, 2)
    d = networks.Discriminator(widths[::-1], groups[::-1], each, 2)
    for module in (*g.modules(), *d.modules()):
        if hasattr(module, "DataType"):
            module.DataType = torch.get_default_dtype()
        if hasattr(module, "Kernel"):
            module.Kernel = module.Kernel.float()  # upfirdn2d takes no other
    return g, d


def design_of(network: Network) -> tuple[list[int], list[int], int]:
    """Widths and groups of the stages and blocks of each, read off the generator."""
    widths, groups = [], []
    convs = [layer for layer in flat(network.generator) if isinstance(layer, Conv)]
    blocks = [layer for layer in convs if layer.kernel == (3, 3)]
    for layer in blocks:
        if not widths or layer.out_shape[:2] != size:
            widths.append(layer.out_shape[2] // 2)
            groups.append(layer.groups)
        size = layer.out_shape[:2]
    if not isinstance(network.generator[1], Constant) or len(blocks) % len(widths):
        raise NetworkError("not R3GAN's design")
    return widths, groups, len(blocks) // len(widths)


def in_order(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Its parameters in the order in which they are applied, each with our word for its layer."""
    for child in [module] if hasattr(module, "Basis") else module.children():
        kind = type(child).__name__
        if kind == "GenerativeBasis":
            yield from (("dense", child.LinearLayer.weight), ("constant", child.Basis))
        elif kind == "DiscriminativeBasis":
            yield from (("conv", child.Basis.weight), ("dense", child.LinearLayer.weight))
        elif kind == "ResidualBlock":
            yield from (("conv", child.LinearLayer1.Layer.weight), ("", child.NonLinearity1.Bias),
                        ("conv", child.LinearLayer2.Layer.weight), ("", child.NonLinearity2.Bias),
                        ("conv", child.LinearLayer3.Layer.weight))
        elif kind == "Convolution":
            yield "conv", child.Layer.weight
        else:
            yield from in_order(child)


def by_our_names(side: str, module: nn.Module) -> dict[str, Tensor]:
    """A word of "" is the bias of the layer before it."""
    counts: dict[str, int] = {}
    named, last = {}, ""
    for word, tensor in in_order(module):
        if word:
            last = f"{side}.{word}{counts.get(word, 0)}"
            counts[word] = counts.get(word, 0) + 1
        named[f"{last}.{'kernel' if word else 'bias'}"] = tensor
    assert len(named) == len(list(module.parameters()))
    return named


class Watched(nn.Module):
    """A network that keeps what it gave."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.given = network, []

    def forward(self, x: Tensor, y: Any = None) -> Tensor:
        self.given.append(self.network(x, y))
        return self.given[-1]


class R3ganTrainer:
    """recording.Trainer on R3GAN's code."""

    framework = "pytorch"
    version = str(torch.__version__)

    def __init__(self, network: Network, options: argparse.Namespace) -> None:
        torch.set_default_dtype(torch.float64 if options.float64 else torch.float32)
        torch.manual_seed(options.seed)
        if network.r1 != network.r2 or not network.alternating or network.loss != "relativistic":
            raise NetworkError("train is not R3GAN's")
        networks, trainer = load_code(options.code)
        g, d = make_networks(networks, network.latent, *design_of(network))
        self._gamma, self._g, self._d = network.r1, Watched(g), Watched(d)
        self._both = trainer.AdversarialTraining(self._g, self._d)
        self._named = {**by_our_names("g", g), **by_our_names("d", d)}
        adam = network.adam
        self._adams = [
            torch.optim.Adam(side.parameters(), lr=lr, betas=(adam.beta1, adam.beta2),
                             eps=adam.epsilon)
            for side, lr in ((g, adam.lr_g), (d, adam.lr_d))
        ]
        for module in (*g.modules(), *d.modules()):
            # begun as 0, the others would have no part
            if type(module).__name__ == "ResidualBlock":
                nn.init.normal_(module.LinearLayer3.Layer.weight, 0.0, 0.3)

    def _slots(self) -> dict[str, dict[str, Tensor]]:
        g, d = self._adams
        return {name: (g if name.startswith("g.") else d).state[tensor]
                for name, tensor in self._named.items()}

    def state(self) -> Tensors:
        return {name: self._ours(name, tensor) for name, tensor in self._named.items()}

    def _ours(self, name: str, tensor: Tensor) -> np.ndarray:
        return ours(tensor[:, None] if "constant" in name else tensor)

    def _theirs(self, name: str, value: np.ndarray) -> Tensor:
        return theirs(value)[:, 0] if "constant" in name else theirs(value)

    def moments(self) -> tuple[Tensors, Tensors]:
        m, v = ({name: self._ours(name, slot[key]) for name, slot in self._slots().items()}
                for key in ("exp_avg", "exp_avg_sq"))
        return m, v

    def load(self, state: Tensors, m: Tensors, v: Tensors) -> None:
        with torch.no_grad():
            for name, tensor in self._named.items():
                tensor.copy_(self._theirs(name, state[name]))
        for name, slot in self._slots().items():
            slot.setdefault("step", torch.tensor(0.0))
            slot["exp_avg"] = self._theirs(name, m[name])
            slot["exp_avg_sq"] = self._theirs(name, v[name])

    def _update(self, side: str, accumulate: Any) -> tuple[list, Tensors]:
        """One network's gradients and Adam, the other's being held, and what its loop got."""
        for watched, key in ((self._g, "g"), (self._d, "d")):
            watched.network.requires_grad_(key == side)
            watched.given.clear()
        adam = self._adams["gd".index(side)]
        adam.zero_grad(set_to_none=True)
        got = accumulate()
        grads = {name: self._ours(name, tensor.grad) for name, tensor in self._named.items()
                 if name.startswith(f"{side}.")}
        adam.step()
        return got, grads

    def step(self, real: np.ndarray, noise: np.ndarray, masks: Masks,
             updates_g: bool) -> StepRecord:
        x, z = theirs(real), torch.from_numpy(noise).to(torch.get_default_dtype())
        got_d, grads = self._update("d", lambda: self._both.AccumulateDiscriminatorGradients(
            z, x, None, self._gamma))
        fakes = ours(self._g.given[0])
        real1, fake1 = (logits.detach().numpy() for logits in self._d.given)
        got_g, grads_g = self._update("g", lambda: self._both.AccumulateGeneratorGradients(
            z, x, None))
        fake2, real2 = (logits.detach().numpy() for logits in self._d.given)
        return StepRecord(fakes, real1, fake1, fake2, float(got_d[0].mean()),
                          float(got_g[0].mean()), {**grads, **grads_g}, real2)


def print_counts(code: str) -> int:
    networks, _ = load_code(code)
    for name, (widths, groups, blocks) in PRESETS.items():
        with torch.device("meta"):
            sides = make_networks(networks, 64, widths, groups, blocks)
        print(name, *(sum(p.numel() for p in side.parameters()) for side in sides))
    return 0


def take_code() -> tuple[str, bool]:
    """This recorder's own options, taken off the command line that recording.py reads."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--code", required=True, metavar="FOLDER", help="checkout of R3GAN")
    parser.add_argument("--count", action="store_true")
    mine, rest = parser.parse_known_args()
    sys.argv[1:] = rest
    return str(Path(mine.code).resolve()), mine.count


def make(code: str) -> Any:
    def trainer(network: Network, options: argparse.Namespace) -> R3ganTrainer:
        options.code = code
        return R3ganTrainer(network, options)

    return trainer


if __name__ == "__main__":
    CODE, COUNTS = take_code()
    sys.exit(print_counts(CODE) if COUNTS else main(__doc__, make(CODE)))
