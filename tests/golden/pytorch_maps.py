"""Layers that make maps smaller and larger, as PyTorch has them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from layers import GlobalPool, Layer, Pair, Pool, Resize


class Apply(nn.Module):
    """A function as a module."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def padded(layer: Pool, x: Tensor, value: float) -> Tensor:
    top, left, bottom, right = layer.pads
    return F.pad(x, (left, right, top, bottom), value=value)


def pool(layer: Pool, x: Tensor) -> Tensor:
    """PyTorch pads both sides of an axis alike; other paddings are added before."""
    top, left, bottom, right = layer.pads
    alike = (top, left) == (bottom, right) and 2 * top <= layer.kernel[0] and \
        2 * left <= layer.kernel[1]
    keys = {"stride": layer.stride, "ceil_mode": layer.ceil}
    if layer.kind == "max_pool":
        if alike:
            return F.max_pool2d(x, layer.kernel, padding=(top, left), **keys)
        return F.max_pool2d(padded(layer, x, float("-inf")), layer.kernel, **keys)
    if alike:
        return F.avg_pool2d(x, layer.kernel, padding=(top, left),
                            count_include_pad=layer.counts, **keys)
    mean = F.avg_pool2d(padded(layer, x, 0.0), layer.kernel, **keys)
    if layer.counts:
        return mean
    return mean / F.avg_pool2d(padded(layer, torch.ones_like(x), 0.0), layer.kernel, **keys)


def upfirdn(x: Tensor, taps: tuple[int, ...], up: Pair, down: Pair) -> Tensor:
    """StyleGAN's upfirdn2d as its comment describes it: zeros between the pixels, padding, the
    filter, every n-th pixel."""
    n, c, h, w = x.shape
    spread = torch.zeros(n, c, h * up[0], w * up[1], dtype=x.dtype)
    spread[:, :, :: up[0], :: up[1]] = x
    pads = []
    for u, d in ((up[1], down[1]), (up[0], down[0])):
        if u > 1:
            pads += [(len(taps) + u - 1) // 2, (len(taps) - u) // 2]
        else:
            pads += [(len(taps) - d + 1) // 2, (len(taps) - d) // 2]
    f = torch.tensor(taps, dtype=x.dtype)
    f = torch.outer(f, f) / f.sum() ** 2 * (up[0] * up[1])
    kernel = f.expand(c, 1, len(taps), len(taps))
    return F.conv2d(F.pad(spread, pads), kernel, groups=c)[:, :, :: down[0], :: down[1]]


def resize(layer: Resize, x: Tensor) -> Tensor:
    size, (h, w) = layer.out_shape[:2], layer.in_shape[:2]
    up, down = (max(size[0] // h, 1), max(size[1] // w, 1)), (max(h // size[0], 1),
                                                              max(w // size[1], 1))
    if layer.filter == "adaptive":
        return F.adaptive_avg_pool2d(x, size)
    if layer.filter == "average":
        return F.avg_pool2d(x, down)
    if layer.filter == "taps":
        return upfirdn(x, layer.taps, up, (1, 1)) if layer.kind == "upsample" else \
            upfirdn(x, layer.taps, (1, 1), down)
    if layer.filter == "nearest":
        return F.interpolate(x, size, mode="nearest-exact" if layer.half_pixel else "nearest")
    if not layer.half_pixel:
        raise ValueError(f"{layer.name}: PyTorch has no half_pixel: false")
    return F.interpolate(x, size, mode=layer.filter, antialias=layer.antialias,
                         align_corners=False)


def map_module(layer: Layer) -> nn.Module:
    if isinstance(layer, GlobalPool):
        mean = layer.kind == "global_average_pool"
        return Apply(lambda x: x.mean((2, 3)) if mean else x.sum((2, 3)))
    if isinstance(layer, Pool):
        return Apply(lambda x: pool(layer, x))
    assert isinstance(layer, Resize)
    return Apply(lambda x: resize(layer, x))
