"""The pytorch format in PyTorch: the code beside the weights, and PyTorch's DCGAN example."""

import importlib.util

import safetensors.torch
import torch
from torch import nn


def load_module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compute(module, case):
    with torch.no_grad():
        return case.as_ours(module(torch.from_numpy(case.nchw())).numpy())


def generated(case):
    path = case.export("net.safetensors")
    return compute(load_module(path.with_suffix(".py")).load(), case)


def example(case):
    """netG and netD of pytorch/examples, dcgan, by their own names; None for other networks."""
    if "name: dcgan-64" not in safetensors.safe_open(case.checkpoint, "np").metadata()["net"]:
        return None
    z, base = 100, 64
    if case.is_generator:
        sizes = [
            (z, base * 8, 1, 0),
            (base * 8, base * 4, 2, 1),
            (base * 4, base * 2, 2, 1),
            (base * 2, base, 2, 1),
        ]
        layers = []
        for i, o, stride, pad in sizes:
            layers += [
                nn.ConvTranspose2d(i, o, 4, stride, pad, bias=False),
                nn.BatchNorm2d(o),
                nn.ReLU(True),
            ]
        layers += [nn.ConvTranspose2d(base, 3, 4, 2, 1, bias=False), nn.Tanh()]
    else:
        layers = [nn.Conv2d(3, base, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
        for k in (1, 2, 4):
            layers += [
                nn.Conv2d(base * k, base * 2 * k, 4, 2, 1, bias=False),
                nn.BatchNorm2d(base * 2 * k),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers += [nn.Conv2d(base * 8, 1, 4, 1, 0, bias=False)]
    network = nn.Module()
    network.main = nn.Sequential(*layers)
    network.load_state_dict(safetensors.torch.load_file(case.export("net.safetensors")))
    network.eval()
    with torch.no_grad():
        x = torch.from_numpy(case.nchw())
        y = network.main(x[:, :, None, None] if case.is_generator else x)
    return case.as_ours((y if case.is_generator else y.flatten(1)).numpy())


FORMATS = {"pytorch, generated module": generated, "pytorch, the DCGAN example": example}
