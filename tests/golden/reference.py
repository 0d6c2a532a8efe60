"""One training step in plain NumPy and double precision, with no framework: what a trace must hold.

Everything is written for reading: convolutions are sums over the taps of the kernel, gradients are
by hand. Activations are (N, H, W, C) or (N, F), kernels are in our layouts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, pi, sqrt
from typing import Any, Callable, Optional

import numpy as np

from layers import (
    Activation, Adam, BatchNorm, Branches, Constant, Conv, ConvTranspose, Dense, Dropout,
    GlobalPool, Layer, LeakyRelu, Learned, MinibatchStddev, Network, Normalize, Pair, Pointwise,
    Pool, Reshape, Residual, Resize, Shape, is_trained, whole_size,
)
from reference_maps import map_backward, map_forward

Array = np.ndarray
Tensors = dict[str, Array]
SELU = (1.0507009873554804934193349852946, 1.6732632423543772848170429916717)


@dataclass
class Step:
    """What one step gives: outputs, gradients as Adam gets them, and the state after it."""

    values: Tensors
    grads: Tensors
    state: Tensors
    m: Tensors
    v: Tensors


# ---- convolutions: y gathers from x, and its transpose scatters to it -------------------------


def tap(big: Array, r: int, s: int, stride: Pair, size: Shape) -> Array:
    """The view of `big` that tap (r, s) of a kernel sees from each of `size` positions."""
    end = (r + (size[0] - 1) * stride[0] + 1, s + (size[1] - 1) * stride[1] + 1)
    return big[:, r : end[0] : stride[0], s : end[1] : stride[1], :]


def gather(big: Array, w: Array, stride: Pair, size: Shape) -> Array:
    """small[n,p,q,k] = sum over taps and c of big[n, p*sh+r, q*sw+s, c] * w[k,r,s,c]."""
    small = np.zeros((len(big), *size, w.shape[0]))
    for r, s in np.ndindex(w.shape[1:3]):
        small += tap(big, r, s, stride, size) @ w[:, r, s, :].T
    return small


def scatter(small: Array, w: Array, stride: Pair, whole: Pair) -> Array:
    """The transpose of gather: `big` of `whole` rows and columns from `small`."""
    big = np.zeros((len(small), *whole, w.shape[3]))
    for r, s in np.ndindex(w.shape[1:3]):
        tap(big, r, s, stride, small.shape[1:3])[...] += small @ w[:, r, s, :]
    return big


def kernel_grad(small: Array, big: Array, shape: tuple[int, ...], stride: Pair) -> Array:
    """The gradient of the kernel that links `small` and `big`, either way round."""
    dw = np.zeros(shape)
    for r, s in np.ndindex(shape[1:3]):
        seen = tap(big, r, s, stride, small.shape[1:3])
        dw[:, r, s, :] = np.tensordot(small, seen, axes=([0, 1, 2], [0, 1, 2]))
    return dw


def in_groups(function: Callable, arrays: list[tuple[Array, int]], groups: int, axis: int) -> Array:
    """`function` of each group's part of the arrays, cut along their axes; what it gives is joined
    along `axis`."""
    parts = zip(*(np.split(array, groups, along) for array, along in arrays))
    return np.concatenate([function(*part) for part in parts], axis)


def add_border(x: Array, pads: tuple[int, ...]) -> Array:
    """Adds rows and columns of zeros; a negative number drops them instead."""
    top, left, bottom, right = (max(n, 0) for n in pads)
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    top, left, bottom, right = (max(-n, 0) for n in pads)
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right, :]


def minus(pads: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-n for n in pads)


# ---- one layer forward and backward -----------------------------------------------------------


@dataclass
class Pass:
    """One pass through one network: its layers, what each saved, and the masks by layer name."""

    layers: tuple[Layer, ...]
    state: Tensors
    masks: Tensors
    saved: list[Any]


def batch_norm_forward(layer: BatchNorm, x: Array, state: Tensors) -> tuple[Array, Any]:
    """Also moves the statistics in `state`."""
    axes = tuple(range(x.ndim - 1))
    count = x.size // x.shape[-1]
    mean, variance = x.mean(axis=axes), x.var(axis=axes)
    running = variance * count / (count - 1) if layer.unbiased else variance
    for name, value in (("moving_mean", mean), ("moving_variance", running)):
        old = state[f"{layer.name}.{name}"]
        state[f"{layer.name}.{name}"] = layer.momentum * old + (1.0 - layer.momentum) * value
    inverse = 1.0 / np.sqrt(variance + layer.epsilon)
    normal = (x - mean) * inverse
    y = normal * state[f"{layer.name}.gamma"] + state[f"{layer.name}.beta"]
    return y, (normal, inverse)


def pointwise(layer: Pointwise, x: Array) -> tuple[Array, Array]:
    """f(x) and f'(x)."""
    s = 1.0 / (1.0 + np.exp(-x))
    if layer.function in ("elu", "selu"):
        scale, alpha = (1.0, layer.alpha) if layer.function == "elu" else SELU
        low = scale * alpha * np.exp(np.minimum(x, 0.0))
        return np.where(x > 0.0, scale * x, low - scale * alpha), np.where(x > 0.0, scale, low)
    if layer.function == "linear":
        return layer.alpha * x, np.full_like(x, layer.alpha)
    if layer.function == "silu":
        return x * s, s + x * s * (1.0 - s)
    if layer.function == "gelu":
        below = 0.5 * (1.0 + np.vectorize(erf)(x / sqrt(2.0)))
        return x * below, below + x * np.exp(-x * x / 2.0) / sqrt(2.0 * pi)
    if layer.function == "softplus":
        return np.logaddexp(0.0, x), s
    return np.clip(x, 0.0, 6.0), np.where((x > 0.0) & (x < 6.0), 1.0, 0.0)


def set_means(layer: Normalize, x: Array) -> Array:
    """The mean of every element's set, in the shape of x."""
    if layer.kind == "pixel_norm":
        return np.broadcast_to(x.mean(axis=-1, keepdims=True), x.shape)
    grouped = x.reshape(len(x), -1, layer.groups, x.shape[-1] // layer.groups)
    means = grouped.mean(axis=(1, 3), keepdims=True)
    return np.broadcast_to(means, grouped.shape).reshape(x.shape)


def normalize_forward(layer: Normalize, x: Array, state: Tensors) -> tuple[Array, Any]:
    centred = x if layer.kind == "pixel_norm" else x - set_means(layer, x)
    inverse = 1.0 / np.sqrt(set_means(layer, centred * centred) + layer.epsilon)
    normal = centred * inverse
    if not layer.affine:
        return normal, (normal, inverse)
    y = normal * state[f"{layer.name}.gamma"] + state[f"{layer.name}.beta"]
    return y, (normal, inverse)


def normalize_backward(
    layer: Normalize, dy: Array, saved: Any, run: Pass, grads: Tensors
) -> Array:
    normal, inverse = saved
    if layer.affine:
        axes = tuple(range(dy.ndim - 1))
        grads[f"{layer.name}.gamma"] = (dy * normal).sum(axis=axes)
        grads[f"{layer.name}.beta"] = dy.sum(axis=axes)
        dy = dy * run.state[f"{layer.name}.gamma"]
    mean = 0.0 if layer.kind == "pixel_norm" else set_means(layer, dy)
    return inverse * (dy - mean - normal * set_means(layer, dy * normal))


def forward_branches(layer: Branches, x: Array, run: Pass) -> tuple[Array, Any]:
    given = [forward(branch, x, run.state, run.masks) for branch in layer.branches]
    parts, runs = [y for y, _ in given], [saved for _, saved in given]
    if layer.join == "concat":
        return np.concatenate(parts, axis=-1), (parts, runs)
    y = parts[0].copy()
    for part in parts[1:]:
        y = y + part if layer.join == "sum" else y * part
    return y, (parts, runs)


def backward_branches(layer: Branches, dy: Array, saved: Any, grads: Tensors) -> Array:
    """Each part's gradient is its channels of dy, dy itself, or dy times the other parts."""
    parts, runs = saved
    ends = np.cumsum([part.shape[-1] for part in parts])[:-1]
    dx = np.zeros(1)
    for k, run in enumerate(runs):
        given = np.split(dy, ends, axis=-1)[k] if layer.join == "concat" else dy
        for j, other in enumerate(parts):
            given = given * other if layer.join == "multiply" and j != k else given
        part_dx, of_part = backward(run, given)
        grads.update(of_part)
        dx = dx + part_dx
    return dx


def by_group(layer: MinibatchStddev, x: Array) -> Array:
    """(member, group, element, feature, channel of it): members are `groups` samples apart."""
    members = min(layer.group, len(x))
    parts = (layer.features, layer.in_shape[-1] // layer.features)
    return x.reshape(members, len(x) // members, -1, *parts)


def stddev_forward(layer: MinibatchStddev, x: Array) -> tuple[Array, Any]:
    apart = by_group(layer, x)
    off = apart - apart.mean(axis=0)
    deviation = np.sqrt((off * off).mean(axis=0) + 1e-8)
    values = np.tile(deviation.mean(axis=(1, 3)), (len(apart), 1))
    shaped = values.reshape(len(x), *[1] * (x.ndim - 2), layer.features)
    more = np.broadcast_to(shaped, (*x.shape[:-1], layer.features))
    return np.concatenate([x, more], axis=-1), (off, deviation)


def stddev_backward(layer: MinibatchStddev, dy: Array, saved: Any) -> Array:
    off, deviation = saved
    channels = layer.in_shape[-1]
    dx, more = dy[..., :channels], dy[..., channels:]
    axes = tuple(range(1, more.ndim - 1))
    of_values = more.sum(axis=axes).reshape(len(off), -1, layer.features).sum(axis=0)
    elements = deviation.shape[1] * deviation.shape[3]
    share = of_values[:, None, :, None] / (elements * len(off))
    return dx + (share * off / deviation).reshape(dx.shape)


def forward_layer(layer: Layer, x: Array, run: Pass) -> tuple[Array, Any]:
    """The output, and what the backward pass needs."""
    state = run.state
    if isinstance(layer, (Dense, Conv)):
        w = state[f"{layer.name}.kernel"]
        bias = state[f"{layer.name}.bias"] if layer.bias else 0.0
        if isinstance(layer, Dense):
            return x @ w + bias, x
        size = (x.shape[1], x.shape[2])
        if isinstance(layer, ConvTranspose):
            big = whole_size(size, layer.kernel, layer.stride)
            whole = in_groups(lambda a, b: scatter(a, b, layer.stride, big), [(x, 3), (w, 0)],
                              layer.groups, 3)
            return add_border(whole, minus(layer.pads)) + bias, x
        padded = add_border(x, layer.pads)
        y = in_groups(lambda a, b: gather(a, b, layer.stride, layer.out_shape[:2]),
                      [(padded, 3), (w, 0)], layer.groups, 3)
        return y + bias, padded
    if isinstance(layer, Constant):
        learned = state[f"{layer.name}.kernel"][..., 0].transpose(1, 2, 0)[None]
        factor = x[:, None, None, :] if layer.scaled else np.ones((len(x), 1, 1, 1))
        return learned * factor, x
    if isinstance(layer, BatchNorm):
        return batch_norm_forward(layer, x, state)
    if isinstance(layer, Normalize):
        return normalize_forward(layer, x, state)
    if isinstance(layer, Learned):
        if layer.kind == "scale":
            return x * state[f"{layer.name}.gamma"], x
        return x + state[f"{layer.name}.beta"], x
    if isinstance(layer, MinibatchStddev):
        return stddev_forward(layer, x)
    if isinstance(layer, LeakyRelu):
        return np.where(x > 0.0, x, layer.slope * x), x
    if isinstance(layer, Dropout):
        scale = run.masks[layer.name] / (1.0 - layer.rate)
        return x * scale, scale
    if isinstance(layer, Reshape):
        return x.reshape(len(x), *layer.out_shape), x.shape
    if isinstance(layer, Residual):
        y, run_layers = forward(layer.layers, x, state, run.masks)
        skipped, run_shortcut = forward(layer.shortcut, x, state, run.masks)
        return y + skipped, (run_layers, run_shortcut)
    if isinstance(layer, Branches):
        return forward_branches(layer, x, run)
    if isinstance(layer, Pointwise):
        return pointwise(layer, x)
    if isinstance(layer, (Pool, GlobalPool, Resize)):
        return map_forward(layer, x)
    assert isinstance(layer, Activation)
    y = np.tanh(x) if layer.kind == "tanh" else 1.0 / (1.0 + np.exp(-x))
    return y, y


def kernel_grad_of(layer: Conv, small: Array, big: Array, shape: tuple[int, ...]) -> Array:
    part = (shape[0] // layer.groups, *shape[1:])
    return in_groups(lambda a, b: kernel_grad(a, b, part, layer.stride), [(small, 3), (big, 3)],
                     layer.groups, 0)


def backward_conv(layer: Conv, dy: Array, x: Array, w: Array) -> tuple[Array, Array]:
    """dx and dw. `x` is the input; for a convolution the padded one."""
    if isinstance(layer, ConvTranspose):
        whole = add_border(dy, layer.pads)
        dx = in_groups(lambda a, b: gather(a, b, layer.stride, layer.in_shape[:2]),
                       [(whole, 3), (w, 0)], layer.groups, 3)
        return dx, kernel_grad_of(layer, x, whole, w.shape)
    dx = in_groups(lambda a, b: scatter(a, b, layer.stride, x.shape[1:3]), [(dy, 3), (w, 0)],
                   layer.groups, 3)
    return add_border(dx, minus(layer.pads)), kernel_grad_of(layer, dy, x, w.shape)


def backward_batch_norm(
    layer: BatchNorm, dy: Array, saved: Any, run: Pass, grads: Tensors
) -> Array:
    normal, inverse = saved
    axes = tuple(range(dy.ndim - 1))
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    grads[f"{layer.name}.gamma"], grads[f"{layer.name}.beta"] = dgamma, dbeta
    count = dy.size // dy.shape[-1]
    scale = run.state[f"{layer.name}.gamma"] * inverse
    return scale * (dy - (dbeta + normal * dgamma) / count)


def backward_layer(layer: Layer, dy: Array, saved: Any, run: Pass, grads: Tensors) -> Array:
    """dx; puts the gradients of the layer's parameters into `grads`."""
    if isinstance(layer, (Dense, Conv)):
        w = run.state[f"{layer.name}.kernel"]
        if layer.bias:
            grads[f"{layer.name}.bias"] = dy.sum(axis=tuple(range(dy.ndim - 1)))
        if isinstance(layer, Dense):
            dx, dw = dy @ w.T, saved.T @ dy
        else:
            dx, dw = backward_conv(layer, dy, saved, w)
        grads[f"{layer.name}.kernel"] = dw
        return dx
    if isinstance(layer, Constant):
        learned = run.state[f"{layer.name}.kernel"][..., 0].transpose(1, 2, 0)[None]
        factor = saved[:, None, None, :] if layer.scaled else np.ones((len(saved), 1, 1, 1))
        grads[f"{layer.name}.kernel"] = (dy * factor).sum(axis=0).transpose(2, 0, 1)[..., None]
        return (dy * learned).sum(axis=(1, 2)) if layer.scaled else np.zeros_like(saved)
    if isinstance(layer, BatchNorm):
        return backward_batch_norm(layer, dy, saved, run, grads)
    if isinstance(layer, Normalize):
        return normalize_backward(layer, dy, saved, run, grads)
    if isinstance(layer, Learned):
        axes = tuple(range(dy.ndim - 1))
        if layer.kind == "bias":
            grads[f"{layer.name}.beta"] = dy.sum(axis=axes)
            return dy
        grads[f"{layer.name}.gamma"] = (dy * saved).sum(axis=axes)
        return dy * run.state[f"{layer.name}.gamma"]
    if isinstance(layer, MinibatchStddev):
        return stddev_backward(layer, dy, saved)
    if isinstance(layer, LeakyRelu):
        return np.where(saved > 0.0, dy, layer.slope * dy)
    if isinstance(layer, (Dropout, Pointwise)):
        return dy * saved
    if isinstance(layer, Reshape):
        return dy.reshape(saved)
    if isinstance(layer, (Pool, GlobalPool, Resize)):
        return map_backward(layer, dy, saved)
    if isinstance(layer, Branches):
        return backward_branches(layer, dy, saved, grads)
    if isinstance(layer, Residual):
        (dx, of_layers), (dx_skipped, of_shortcut) = (backward(branch, dy) for branch in saved)
        grads.update({**of_layers, **of_shortcut})
        return dx + dx_skipped
    return dy * (1.0 - saved * saved if layer.kind == "tanh" else saved * (1.0 - saved))


def forward(layers: tuple[Layer, ...], x: Array, state: Tensors, masks: Tensors) -> tuple:
    """The output of a training pass, and the Pass to go back through."""
    run = Pass(layers, state, masks, [])
    for layer in layers:
        x, saved = forward_layer(layer, x, run)
        run.saved.append(saved)
    return x, run


def backward(run: Pass, dy: Array) -> tuple[Array, Tensors]:
    """The gradient of the input, and those of the parameters."""
    grads: Tensors = {}
    for layer, saved in zip(reversed(run.layers), reversed(run.saved)):
        dy = backward_layer(layer, dy, saved, run, grads)
    return dy, grads


# ---- losses, Adam, the step --------------------------------------------------------------------


def bce(x: Array, label: float) -> tuple[Array, Array]:
    """Cross-entropy of logits x with a label, from logits, and its derivative."""
    value = np.maximum(x, 0.0) - x * label + np.log1p(np.exp(-np.abs(x)))
    return value, 1.0 / (1.0 + np.exp(-x)) - label


def loss_terms(name: str, role: str, x: Array, real_label: float) -> tuple[Array, Array]:
    """The term at each x, and its derivative. role: real and fake in D's loss, gen and gen_real in
    G's; a relativistic loss lifts x in real and gen, and pushes it down in the others."""
    relativistic, kind = name.startswith("relativistic"), name.split("_")[-1]
    if relativistic:
        label = 1.0 if role in ("real", "gen") else -1.0
        if kind == "lsgan":
            return (x - label) ** 2, 2.0 * (x - label)
        if kind == "hinge":
            return np.maximum(1.0 - label * x, 0.0), np.where(label * x < 1.0, -label, 0.0)
        return bce(x, max(label, 0.0))
    if name in ("bce", "bce_saturating"):
        if name == "bce_saturating" and role == "gen":
            value, slope = bce(x, 0.0)
            return -value, -slope
        return bce(x, {"real": real_label, "fake": 0.0, "gen": 1.0}[role])
    if name == "lsgan":
        label = {"real": real_label, "fake": 0.0, "gen": 1.0}[role]
        return (x - label) ** 2, 2.0 * (x - label)
    sign = np.where(role == "fake", 1.0, -1.0) * np.ones_like(x)
    if name == "hinge" and role != "gen":
        return np.maximum(1.0 + sign * x, 0.0), np.where(1.0 + sign * x > 0.0, sign, 0.0)
    return sign * x, sign


def loss_of(
    network: Network, roles: tuple[str, str], real: Array, fake: Array
) -> tuple[float, Array, Array]:
    """One network's loss, with the roles of real and fake logits in it (loss_terms; "" of what has
    none), and its gradient by both."""

    def mean(role: str, x: Array) -> tuple[float, Array]:
        values, slopes = loss_terms(network.loss, role, x, 1.0 - network.label_smoothing)
        return float(values.mean()), slopes / x.size

    if network.couples and "average" not in network.loss:
        role, sign = ("real", 1.0) if roles[1] == "fake" else ("gen", -1.0)
        value, slopes = mean(role, sign * (real - fake))
        return value, sign * slopes, -sign * slopes
    if network.couples:
        (a, d_a), (b, d_b) = mean(roles[0], real - fake.mean()), mean(roles[1], fake - real.mean())
        return (a + b) / 2.0, (d_a - d_b.mean()) / 2.0, (d_b - d_a.mean()) / 2.0
    a, d_a = mean(roles[0], real) if roles[0] == "real" else (0.0, np.zeros_like(real))
    b, d_b = mean(roles[1], fake)
    return a + b, d_a, d_b


def adam_step(adam: Adam, t: int, name: str, before: tuple, grad: Array) -> tuple:
    """(w, m, v) after update number t, from (w, m, v) before it."""
    w, m, v = before
    lr = adam.lr_g if name.startswith("g.") else adam.lr_d
    m = m + (1.0 - adam.beta1) * (grad - m)
    v = v + (1.0 - adam.beta2) * (grad * grad - v)
    unbias_m, unbias_v = 1.0 - adam.beta1**t, 1.0 - adam.beta2**t
    if adam.pytorch_form:
        return w - lr / unbias_m * m / (np.sqrt(v / unbias_v) + adam.epsilon), m, v
    return w - lr * np.sqrt(unbias_v) / unbias_m * m / (np.sqrt(v) + adam.epsilon), m, v


def add(a: Tensors, b: Tensors) -> Tensors:
    return {name: a[name] + b[name] for name in a}


def train_step(
    network: Network, before: Step, t: int, real: Array, noise: Array, masks: dict[str, Tensors],
    given: Optional[Tensors] = None, updates_g: bool = True,
) -> Step:
    """Step number t (from 1) of either schedule, from the state in `before`, without penalties.

    masks: by pass, then layer name. given: the gradients that Adam is to use instead of those
    computed here; the gradients returned are the computed ones either way.
    """
    after = Step({}, {}, dict(before.state), dict(before.m), dict(before.v))
    state = after.state

    def update(grads: Tensors) -> None:
        after.grads.update(grads)
        for name in grads:
            grad = grads[name] if given is None else given[name]
            slots = (state[name], after.m[name], after.v[name])
            updates = t // network.d_steps if name.startswith("g.") else t
            state[name], after.m[name], after.v[name] = adam_step(
                network.adam, updates, name, slots, grad
            )

    d = network.discriminator
    fakes, run_g = forward(network.generator, noise, state, masks["generator"])
    logits_real, run_real = forward(d, real, state, masks["real"])
    logits_fake, run_fake = forward(d, fakes, state, masks["fake"])
    loss_d, d_real, d_fake = loss_of(network, ("real", "fake"), logits_real, logits_fake)
    after.values = {"fakes": fakes, "logits_real": logits_real, "logits_fake": logits_fake,
                    "loss_d": np.array([loss_d])}
    grads_d = add(backward(run_real, d_real)[1], backward(run_fake, d_fake)[1])
    if not updates_g:
        update(grads_d)
        return after
    judged_real, judged, run_judge = logits_real, logits_fake, run_fake
    if network.alternating:
        update(grads_d)
        if network.couples:
            judged_real, _ = forward(d, real, state, masks["real2"])
            after.values["logits_real2"] = judged_real
        judged, run_judge = forward(d, fakes, state, masks["fake2"])
        after.values["logits_fake2"] = judged
    loss_g, _, d_judged = loss_of(network, ("gen_real", "gen"), judged_real, judged)
    after.values["loss_g"] = np.array([loss_g])
    d_fakes, _ = backward(run_judge, d_judged)
    grads_g = backward(run_g, d_fakes)[1]
    if not network.alternating:
        update(grads_d)
    update(grads_g)
    return after


def start(state: Tensors) -> Step:
    """The state before the first step: these parameters, moments of zero."""
    zeros = {name: np.zeros_like(value) for name, value in state.items() if is_trained(name)}
    return Step({}, {}, dict(state), dict(zeros), dict(zeros))
