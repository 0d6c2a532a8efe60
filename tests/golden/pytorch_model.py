"""Both networks of a description as PyTorch modules, and the two training steps.

The alternating step is that of PyTorch's DCGAN example, the simultaneous one is the train_step of
TensorFlow's DCGAN tutorial. Inside, maps are (N, C, H, W) as PyTorch has them. record_pytorch.py
and bench/peers/pytorch_step.py run these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Optional

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from layers import (
    Activation, BatchNorm, Branches, Constant, Conv, ConvTranspose, Dense, Dropout, GlobalPool,
    Init, Layer, LeakyRelu, Learned, MinibatchStddev, Network, Normalize, Pointwise, Pool,
    Reshape, Residual, Resize,
)
from pytorch_maps import map_module


class GivenDropout(nn.Module):
    """Dropout whose keep mask is given: set `keep` (0 or 1, the input's shape) before a pass."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.keep: Optional[Tensor] = None

    def forward(self, x: Tensor) -> Tensor:
        assert self.keep is not None
        return x * self.keep / (1.0 - self.rate)


class ReshapeTo(nn.Module):
    """Another shape of the same values. With `hwc` in (H, W, C) order, as Keras has it; without,
    in PyTorch's own (C, H, W) order, which saves the copy and only renames the weights."""

    def __init__(self, shape: tuple[int, ...], hwc: bool) -> None:
        super().__init__()
        self.shape, self.hwc = shape, hwc

    def forward(self, x: Tensor) -> Tensor:
        if self.hwc and x.dim() == 4:
            x = x.permute(0, 2, 3, 1)
        if len(self.shape) == 1:
            return x.reshape(len(x), -1)
        h, w, c = self.shape
        return x.reshape(-1, h, w, c).permute(0, 3, 1, 2) if self.hwc else x.reshape(-1, c, h, w)


class Crop(nn.Module):
    """Drops rows and columns: (top, left, bottom, right)."""

    def __init__(self, crops: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.crops = crops

    def forward(self, x: Tensor) -> Tensor:
        top, left, bottom, right = self.crops
        return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


class BiasedStatistics(nn.Module):
    """A PyTorch batch norm whose moving variance moves to the biased batch variance."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        norm = self.norm
        before = norm.running_var.clone()
        y = norm(x)
        moved = norm.running_var - (1.0 - norm.momentum) * before
        # .data: autograd keeps the buffer, and its values do not matter to the gradient
        norm.running_var.data.sub_(moved * x.shape[1] / x.numel())
        return y


class PixelNorm(nn.Module):
    """Each position's channels divided by their root mean square."""

    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + self.epsilon)


class PerChannel(nn.Module):
    """A learned number per channel: a factor as `weight`, a summand as `bias`."""

    def __init__(self, shape: tuple[int, ...], is_scale: bool) -> None:
        super().__init__()
        self.view = (shape[-1],) + (1,) * (len(shape) - 1)
        self.weight = nn.Parameter(torch.empty(shape[-1])) if is_scale else None
        self.bias = None if is_scale else nn.Parameter(torch.empty(shape[-1]))

    def forward(self, x: Tensor) -> Tensor:
        if self.weight is not None:
            return x * self.weight.view(self.view)
        return x + self.bias.view(self.view)


class LearnedMap(nn.Module):
    """A learned map, or each of its channels times a number of the input."""

    def __init__(self, shape: tuple[int, ...], scaled: bool) -> None:
        super().__init__()
        h, w, channels = shape
        self.scaled, self.weight = scaled, nn.Parameter(torch.empty(channels, 1, h, w))

    def forward(self, x: Tensor) -> Tensor:
        learned = self.weight.permute(1, 0, 2, 3)
        return learned * x[:, :, None, None] if self.scaled else learned.expand(len(x), -1, -1, -1)


class Stddev(nn.Module):
    """Channels more: the deviation across each group of samples, averaged."""

    def __init__(self, group: int, features: int) -> None:
        super().__init__()
        self.group, self.features = group, features

    def forward(self, x: Tensor) -> Tensor:
        members = min(self.group, len(x))
        apart = x.reshape(members, -1, self.features, x.shape[1] // self.features, *x.shape[2:])
        deviation = (apart.var(dim=0, unbiased=False) + 1e-8).sqrt()
        values = deviation.mean(dim=tuple(range(2, deviation.dim())))
        values = values.repeat(members, 1).view(len(x), self.features, *[1] * (x.dim() - 2))
        return torch.cat([x, values.expand(-1, -1, *x.shape[2:])], dim=1)


class Times(nn.Module):
    """The input times a number that is not learned."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


class Sum(nn.Module):
    """The sum of two branches of one input, which a branch without modules passes on."""

    def __init__(self, layers: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.layers, self.shortcut = layers, shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x) + self.shortcut(x)


class Joined(nn.Module):
    """Branches of one input side by side, added or multiplied."""

    def __init__(self, join: str, branches: list[nn.Module]) -> None:
        super().__init__()
        self.join, self.branches = join, nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        given = [branch(x) for branch in self.branches]
        if self.join == "concat":
            return torch.cat(given, dim=1)
        y = given[0]
        for other in given[1:]:
            y = y + other if self.join == "sum" else y * other
        return y


@dataclass
class Side:
    """One network: the modules, its tensors by our names, and the dropout layers by name."""

    model: nn.Sequential = field(default_factory=nn.Sequential)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    dropouts: dict[str, nn.Module] = field(default_factory=dict)

    def take(self, branches: list[Side]) -> None:
        """What belongs to the branches of a block."""
        for branch in branches:
            self.tensors.update(branch.tensors)
            self.dropouts.update(branch.dropouts)


@dataclass
class Pair:
    """Generator, discriminator, their optimizers and losses, loss_d(real, fake) and
    loss_g(real, fake), and how to call the networks (see make_pair)."""

    g: Side
    d: Side
    adam_g: torch.optim.Adam
    adam_d: torch.optim.Adam
    loss_d: Callable[[Tensor, Tensor], Tensor]
    loss_g: Callable[[Tensor, Tensor], Tensor]
    run_g: Callable[[Tensor], Tensor]
    run_d: Callable[[Tensor], Tensor]
    r1: float
    r2: float
    couples: bool


@dataclass
class Step:
    """The outputs and losses of one step, None where it has none; its gradients stay in .grad of
    the parameters."""

    fakes: Tensor
    logits_real: Tensor
    logits_fake: Tensor
    logits_fake2: Optional[Tensor]
    loss_d: Tensor
    loss_g: Optional[Tensor]
    logits_real2: Optional[Tensor] = None


def apply_init(tensor: Tensor, init: Init) -> None:
    if init.kind == "glorot_uniform":
        nn.init.xavier_uniform_(tensor)
    elif init.kind == "he_normal":
        nn.init.kaiming_normal_(tensor)
    elif init.kind == "lecun_normal":
        nn.init.normal_(tensor, 0.0, init.scale / tensor[0].numel() ** 0.5)
    elif init.kind == "normal":
        nn.init.normal_(tensor, init.mean, init.scale)
    elif init.kind == "uniform":
        nn.init.uniform_(tensor, -init.scale, init.scale)
    else:
        nn.init.constant_(tensor, init.mean)


def conv_modules(layer: Conv) -> list[nn.Module]:
    """A convolution; a padding that is not the same on both sides is a module before it."""
    top, left, bottom, right = layer.pads
    even = (top, left) == (bottom, right)
    conv = nn.Conv2d(layer.in_shape[2], layer.out_shape[2], layer.kernel, layer.stride,
                     padding=(top, left) if even else 0, bias=layer.bias, groups=layer.groups)
    return [conv] if even else [nn.ZeroPad2d((left, right, top, bottom)), conv]


def split_crop(start: int, end: int, stride: int) -> tuple[int, int, int, int]:
    """How PyTorch drops `start` and `end` rows of a transposed convolution: (padding,
    output_padding, rows left to drop at the start, at the end). Its padding drops the same on
    both sides; its output_padding, less than the stride, gives some back at the end."""
    if 0 <= start - end < stride:
        return start, start - end, 0, 0
    padding = max(0, min(start, end))
    more = max(0, -end)
    return padding, more, start - padding, end - padding + more


def conv_transpose_modules(layer: ConvTranspose) -> list[nn.Module]:
    top, left, bottom, right = layer.pads
    pad_h, more_h, top, bottom = split_crop(top, bottom, layer.stride[0])
    pad_w, more_w, left, right = split_crop(left, right, layer.stride[1])
    conv = nn.ConvTranspose2d(layer.in_shape[2], layer.out_shape[2], layer.kernel, layer.stride,
                              padding=(pad_h, pad_w), output_padding=(more_h, more_w),
                              bias=layer.bias, groups=layer.groups)
    crops = (top, left, bottom, right)
    return [conv, Crop(crops)] if any(crops) else [conv]


def norm_module(layer: BatchNorm) -> nn.Module:
    make = nn.BatchNorm2d if len(layer.in_shape) == 3 else nn.BatchNorm1d
    norm = make(layer.in_shape[-1], eps=layer.epsilon, momentum=1.0 - layer.momentum)
    apply_init(norm.weight, layer.gamma_init)
    apply_init(norm.bias, layer.beta_init)
    return norm


def normalize_module(layer: Normalize) -> nn.Module:
    channels = layer.in_shape[-1]
    if layer.kind == "pixel_norm":
        return PixelNorm(layer.epsilon)
    if layer.kind == "instance_norm":
        norm: nn.Module = nn.InstanceNorm2d(channels, eps=layer.epsilon, affine=layer.affine)
    elif layer.kind == "layer_norm" and len(layer.in_shape) == 1:
        norm = nn.LayerNorm(channels, eps=layer.epsilon, elementwise_affine=layer.affine)
    else:
        norm = nn.GroupNorm(layer.groups, channels, eps=layer.epsilon, affine=layer.affine)
    if layer.affine:
        apply_init(norm.weight, layer.gamma_init)
        apply_init(norm.bias, layer.beta_init)
    return norm


def learned_module(layer: Learned) -> nn.Module:
    module = PerChannel(layer.in_shape, layer.kind == "scale")
    apply_init(module.bias if module.weight is None else module.weight, layer.init)
    return module


def activation_module(layer: Layer) -> nn.Module:
    """Layers without parameters, except dropout."""
    if isinstance(layer, LeakyRelu):
        return nn.LeakyReLU(layer.slope) if layer.slope != 0.0 else nn.ReLU()
    if isinstance(layer, Pointwise):
        return {
            "elu": nn.ELU(layer.alpha), "selu": nn.SELU(), "silu": nn.SiLU(), "gelu": nn.GELU(),
            "softplus": nn.Softplus(), "relu6": nn.ReLU6(), "linear": Times(layer.alpha),
        }[layer.function]
    assert isinstance(layer, Activation)
    return nn.Tanh() if layer.kind == "tanh" else nn.Sigmoid()


def weighted_modules(layer: Layer) -> list[nn.Module]:
    """A dense layer or a convolution, with initial values."""
    if isinstance(layer, Dense):
        modules: list[nn.Module] = [
            nn.Linear(layer.in_shape[0], layer.out_shape[0], bias=layer.bias)
        ]
    elif isinstance(layer, ConvTranspose):
        modules = conv_transpose_modules(layer)
    else:
        assert isinstance(layer, Conv)
        modules = conv_modules(layer)
    owner = next(m for m in modules if hasattr(m, "weight"))
    apply_init(owner.weight, layer.init)
    if owner.bias is not None:
        apply_init(owner.bias, layer.bias_init)
    return modules


def owned(layer: Layer, module: nn.Module) -> dict[str, Tensor]:
    """The tensors of the module that holds a layer's parameters, by our names."""
    if isinstance(layer, BatchNorm):
        names = {"gamma": "weight", "beta": "bias",
                 "moving_mean": "running_mean", "moving_variance": "running_var"}
    elif isinstance(layer, Normalize):
        names = {"gamma": "weight", "beta": "bias"} if layer.affine else {}
    elif isinstance(layer, Learned):
        names = {"gamma": "weight"} if layer.kind == "scale" else {"beta": "bias"}
    else:
        names = {"kernel": "weight"} if isinstance(layer, Constant) else \
            {"kernel": "weight", "bias": "bias"}
    found = {f"{layer.name}.{name}": getattr(module, theirs) for name, theirs in names.items()}
    return {name: tensor for name, tensor in found.items() if tensor is not None}


def make_side(layers: tuple[Layer, ...], dropout: Callable[[float], nn.Module], hwc: bool) -> Side:
    """One network, with its tensors listed in our order."""
    side = Side()
    for layer in layers:
        if isinstance(layer, (Dense, Conv)):
            modules = weighted_modules(layer)
            side.tensors.update(owned(layer, next(m for m in modules if hasattr(m, "weight"))))
        elif isinstance(layer, BatchNorm):
            norm = norm_module(layer)
            side.tensors.update(owned(layer, norm))
            modules = [norm if layer.unbiased else BiasedStatistics(norm)]
        elif isinstance(layer, (Normalize, Learned)):
            is_norm = isinstance(layer, Normalize)
            modules = [normalize_module(layer) if is_norm else learned_module(layer)]
            side.tensors.update(owned(layer, modules[0]))
        elif isinstance(layer, Constant):
            modules = [LearnedMap(layer.out_shape, layer.scaled)]
            apply_init(modules[0].weight, layer.init)
            side.tensors.update(owned(layer, modules[0]))
        elif isinstance(layer, MinibatchStddev):
            modules = [Stddev(layer.group, layer.features)]
        elif isinstance(layer, Dropout):
            modules = [dropout(layer.rate)]
            side.dropouts[layer.name] = modules[0]
        elif isinstance(layer, Reshape):
            modules = [ReshapeTo(layer.out_shape, hwc)]
        elif isinstance(layer, Residual):
            branches = [make_side(b, dropout, hwc) for b in (layer.layers, layer.shortcut)]
            modules = [Sum(*(branch.model for branch in branches))]
            side.take(branches)
        elif isinstance(layer, Branches):
            branches = [make_side(b, dropout, hwc) for b in layer.branches]
            modules = [Joined(layer.join, [branch.model for branch in branches])]
            side.take(branches)
        elif isinstance(layer, (Pool, GlobalPool, Resize)):
            modules = [map_module(layer)]
        else:
            modules = [activation_module(layer)]
        for module in modules:
            side.model.append(module)
    return side


def bce(logits: Tensor, label: float) -> Tensor:
    """Mean sigmoid cross-entropy against a constant label."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def relativistic(name: str) -> tuple[Callable, Callable]:
    """Jolicoeur-Martineau's (2018): of a real logit less a fake one, or of each logit less the
    other side's mean; `high` is a logistic, squared or hinge loss that wants x above 0."""
    high, low = {
        "relativistic": (lambda x: F.softplus(-x).mean(), lambda x: F.softplus(x).mean()),
        "lsgan": (lambda x: (x - 1.0).square().mean(), lambda x: (x + 1.0).square().mean()),
        "hinge": (lambda x: F.relu(1.0 - x).mean(), lambda x: F.relu(1.0 + x).mean()),
    }["relativistic" if name in ("relativistic", "relativistic_average") else name.split("_")[-1]]
    if "average" not in name:
        return (lambda real, fake: high(real - fake), lambda real, fake: high(fake - real))
    return (
        lambda real, fake: (high(real - fake.mean()) + low(fake - real.mean())) / 2.0,
        lambda real, fake: (low(real - fake.mean()) + high(fake - real.mean())) / 2.0,
    )


def make_losses(name: str, real_label: float) -> tuple[Callable, Callable]:
    """loss_d(real, fake) and loss_g(real, fake), means over logits. bce is the example's, its
    saturating form Goodfellow et al.'s (2014); the others are Lim and Ye's (2017), Mao et al.'s
    (2017) and Arjovsky et al.'s (2017)."""
    if name.startswith("relativistic"):
        return relativistic(name)
    return {
        "bce": (
            lambda real, fake: bce(real, real_label) + bce(fake, 0.0),
            lambda real, fake: bce(fake, 1.0),
        ),
        "bce_saturating": (
            lambda real, fake: bce(real, real_label) + bce(fake, 0.0),
            lambda real, fake: -bce(fake, 0.0),
        ),
        "hinge": (
            lambda real, fake: F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean(),
            lambda real, fake: -fake.mean(),
        ),
        "lsgan": (
            lambda real, fake: (real - real_label).square().mean() + fake.square().mean(),
            lambda real, fake: (fake - 1.0).square().mean(),
        ),
        "wasserstein": (
            lambda real, fake: fake.mean() - real.mean(),
            lambda real, fake: -fake.mean(),
        ),
    }[name]


def make_pair(
    network: Network, dropout: Callable[[float], nn.Module] = GivenDropout, hwc: bool = True,
    device: str = "cpu", **adam_options: bool,
) -> Pair:
    """Builds both networks in PyTorch's default float type, in training mode. run_g and run_d call
    the models; replace them to compile or to autocast. `adam_options` go to both optimizers."""
    adam = network.adam
    g = make_side(network.generator, dropout, hwc)
    d = make_side(network.discriminator, dropout, hwc)
    adam_g, adam_d = (
        torch.optim.Adam(side.model.to(device).parameters(), lr=lr, eps=adam.epsilon,
                         betas=(adam.beta1, adam.beta2), **adam_options)
        for side, lr in ((g, adam.lr_g), (d, adam.lr_d))
    )
    losses = make_losses(network.loss, 1.0 - network.label_smoothing)
    return Pair(g, d, adam_g, adam_d, *losses, g.model, d.model, network.r1, network.r2,
                network.couples)


def take_grads(side: Side, loss: Tensor, retain: bool = False) -> None:
    """Puts the gradient of `loss` into .grad of this network's parameters, and of no others."""
    parameters = list(side.model.parameters())
    grads = torch.autograd.grad(loss, parameters, retain_graph=retain)
    for parameter, grad in zip(parameters, grads):
        parameter.grad = grad


def penalties(pair: Pair, images: Tensor, real: Tensor, fakes: Tensor, fake: Tensor) -> Tensor:
    """R1 and R2 (Mescheder et al. 2018): half the weight times the mean squared norm of the
    gradient of a sample's logits by its image."""
    total = torch.zeros(())
    for weight, x, logits in ((pair.r1, images, real), (pair.r2, fakes, fake)):
        if weight > 0.0:
            (grad,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
            total = total + 0.5 * weight * grad.square().sum(dim=(1, 2, 3)).mean()
    return total


def no_op(_: str) -> None:
    """What happens before a pass when nothing has to."""


def step_simultaneous(
    pair: Pair, images: Tensor, noise: Tensor, begin: Callable[[str], None] = no_op
) -> Step:
    """The tutorial's step: both gradients from the same weights. `begin` is told each pass. G's
    gradient passes through the fakes alone."""
    images = images.requires_grad_(pair.r1 > 0.0)
    begin("generator")
    fakes = pair.run_g(noise)
    begin("real")
    real = pair.run_d(images)
    begin("fake")
    fake = pair.run_d(fakes)
    loss_g, loss_d = pair.loss_g(real, fake), pair.loss_d(real, fake)
    penalty = penalties(pair, images, real, fakes, fake)
    take_grads(pair.g, loss_g, retain=True)
    take_grads(pair.d, loss_d + penalty)
    pair.adam_g.step()
    pair.adam_d.step()
    return Step(fakes, real, fake, None, loss_d, loss_g)


def step_d(
    pair: Pair, images: Tensor, noise: Tensor, begin: Callable[[str], None] = no_op
) -> Step:
    """D's update alone, which G gives its fakes to."""
    images = images.requires_grad_(pair.r1 > 0.0)
    begin("generator")
    fakes = pair.run_g(noise)
    begin("real")
    real = pair.run_d(images)
    begin("fake")
    apart = fakes.detach().requires_grad_(pair.r2 > 0.0)
    fake = pair.run_d(apart)
    loss_d = pair.loss_d(real, fake)
    take_grads(pair.d, loss_d + penalties(pair, images, real, apart, fake))
    pair.adam_d.step()
    return Step(fakes, real, fake, None, loss_d, None)


def step_alternating(
    pair: Pair, images: Tensor, noise: Tensor, begin: Callable[[str], None] = no_op,
    fresh: Tensor | None = None,
) -> Step:
    """The example's step: D first, then G against the new D, from the same noise. A loss that
    couples real and fake logits has D look at the real images again, or at `fresh` ones."""
    first = step_d(pair, images, noise, begin)
    real2 = None
    if pair.couples:
        begin("real2")
        real2 = pair.run_d(images if fresh is None else fresh)
    begin("fake2")
    fake2 = pair.run_d(first.fakes)
    loss_g = pair.loss_g(real2, fake2)
    take_grads(pair.g, loss_g)
    pair.adam_g.step()
    return Step(first.fakes, first.logits_real, first.logits_fake, fake2, first.loss_d, loss_g,
                real2)
