"""Layers that make maps smaller and larger, in plain NumPy: windows one after the other, and for
what is linear the matrix of each axis, written out."""

from __future__ import annotations

from math import comb, floor
from typing import Any

import numpy as np

from layers import GlobalPool, Layer, Pool, Resize

Array = np.ndarray


def mean_row(n: int, start: int, kernel: int, after: int, counts: bool) -> Array:
    row, end = np.zeros(n), min(start + kernel, n + after)
    inside = range(max(start, 0), min(end, n))
    row[list(inside)] = 1.0 / (end - start if counts else len(inside))
    return row


def keys_kernel(x: float, a: float) -> float:
    x = abs(x)
    if x < 1.0:
        return (a + 2.0) * x**3 - (a + 3.0) * x**2 + 1.0
    return a * x**3 - 5.0 * a * x**2 + 8.0 * a * x - 4.0 * a if x < 2.0 else 0.0


def resize_row(layer: Resize, n: int, out: int, p: int) -> Array:
    row, scale = np.zeros(n), n / out
    if layer.antialias:
        wide, middle = max(scale, 1.0), (p + 0.5) * scale
        for i in range(n):
            x = (i + 0.5 - middle) / wide
            row[i] = max(0.0, 1.0 - abs(x)) if layer.filter == "bilinear" else keys_kernel(x, -0.5)
        return row / row.sum()
    if layer.filter == "nearest":
        row[(2 * p + layer.half_pixel) * n // (2 * out)] = 1.0
        return row
    at = (p + 0.5) * scale - 0.5 if layer.half_pixel else p * scale
    if layer.filter == "bilinear":
        at = max(at, 0.0)
        taps = {0: 1.0 - (at - floor(at)), 1: at - floor(at)}
    else:
        taps = {k: keys_kernel(at - floor(at) - k, -0.75) for k in range(-1, 3)}
    for k, weight in taps.items():
        row[min(max(floor(at) + k, 0), n - 1)] += weight
    return row


def filter_row(layer: Resize, n: int, out: int, p: int) -> Array:
    """StyleGAN's upfirdn2d along one axis."""
    taps, row = len(layer.taps), np.zeros(n)
    assert list(layer.taps) == [comb(taps - 1, k) for k in range(taps)]
    if layer.kind == "upsample":
        factor = out // n
        for k, tap in enumerate(layer.taps):
            at = p + k - (taps + factor - 1) // 2
            if at % factor == 0 and 0 <= at // factor < n:
                row[at // factor] += factor * tap / sum(layer.taps)
        return row
    factor = n // out
    for k, tap in enumerate(layer.taps):
        at = p * factor + k - (taps - factor + 1) // 2
        if 0 <= at < n:
            row[at] += tap / sum(layer.taps)
    return row


def row_of(layer: Layer, axis: int, p: int) -> Array:
    """Row p of the matrix of an axis: what element p of the output takes of the input's."""
    n, out = layer.in_shape[axis], layer.out_shape[axis]
    if isinstance(layer, Pool):
        start = p * layer.stride[axis] - layer.pads[axis]
        return mean_row(n, start, layer.kernel[axis], layer.pads[axis + 2], layer.counts)
    assert isinstance(layer, Resize)
    if layer.filter == "adaptive":
        start, end = p * n // out, -(-(p + 1) * n // out)
        return mean_row(n, start, end - start, 0, False)
    if layer.filter == "average":
        return mean_row(n, p * (n // out), n // out, 0, False)
    return (filter_row if layer.taps else resize_row)(layer, n, out, p)


def matrices(layer: Layer) -> list[Array]:
    return [np.array([row_of(layer, axis, p) for p in range(layer.out_shape[axis])])
            for axis in (0, 1)]


def max_pool(layer: Pool, x: Array) -> tuple[Array, Any]:
    """The largest of each window, and where in the map it stood, as one index."""
    h, w, c = layer.out_shape
    y, index = np.zeros((len(x), h, w, c)), np.zeros((len(x), h, w, c), dtype=int)
    for p, q in np.ndindex(h, w):
        rows, columns = (
            [i for i in range(at * layer.stride[axis] - layer.pads[axis],
                              at * layer.stride[axis] - layer.pads[axis] + layer.kernel[axis])
             if 0 <= i < layer.in_shape[axis]]
            for axis, at in ((0, p), (1, q)))
        places = np.array([i * layer.in_shape[1] + j for i in rows for j in columns])
        seen = x.reshape(len(x), -1, c)[:, places, :]
        first = seen.argmax(axis=1)
        index[:, p, q, :] = places[first]
        y[:, p, q, :] = np.take_along_axis(seen, first[:, None, :], axis=1)[:, 0, :]
    return y, index


def max_pool_backward(layer: Pool, dy: Array, index: Array) -> Array:
    n, c = len(dy), layer.in_shape[2]
    dx = np.zeros((n, layer.in_shape[0] * layer.in_shape[1], c))
    for sample, p, q, channel in np.ndindex(dy.shape):
        dx[sample, index[sample, p, q, channel], channel] += dy[sample, p, q, channel]
    return dx.reshape(n, *layer.in_shape)


def map_forward(layer: Layer, x: Array) -> tuple[Array, Any]:
    if isinstance(layer, GlobalPool):
        return (x.mean if layer.kind == "global_average_pool" else x.sum)(axis=(1, 2)), None
    if isinstance(layer, Pool) and layer.kind == "max_pool":
        return max_pool(layer, x)
    h, w = matrices(layer)
    return np.einsum("pi,qj,nijc->npqc", h, w, x), (h, w)


def map_backward(layer: Layer, dy: Array, saved: Any) -> Array:
    if isinstance(layer, GlobalPool):
        share = layer.in_shape[0] * layer.in_shape[1] if layer.kind == "global_average_pool" else 1
        return np.broadcast_to(dy[:, None, None, :] / share, (len(dy), *layer.in_shape)).copy()
    if isinstance(layer, Pool) and layer.kind == "max_pool":
        return max_pool_backward(layer, dy, saved)
    h, w = saved
    return np.einsum("pi,qj,npqc->nijc", h, w, dy)
