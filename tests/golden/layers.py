"""What a network is made of: layers with their shapes, parameters and initial values.

Shapes are per sample and upright: (H, W, C) or (N,). Paddings are resolved to rows and columns, so
that nobody who builds or checks a network has to know what `same` means. network.py makes these
from YAML; keras_model.py, pytorch_model.py and reference.py consume them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

Pair = tuple[int, int]
Shape = tuple[int, ...]
PARAMETER_KINDS = {
    "dense": ("kernel", "bias"),
    "conv": ("kernel", "bias"),
    "conv_transpose": ("kernel", "bias"),
    "constant": ("kernel",),
    "batch_norm": ("gamma", "beta", "moving_mean", "moving_variance"),
    "layer_norm": ("gamma", "beta"),
    "instance_norm": ("gamma", "beta"),
    "group_norm": ("gamma", "beta"),
    "scale": ("gamma",),
    "bias": ("beta",),
}
STATISTICS = ("moving_mean", "moving_variance")


@dataclass(frozen=True)
class Init:
    """How a tensor starts: glorot_uniform, he_normal, lecun_normal, normal, uniform or constant.

    normal draws N(mean, scale), uniform draws U(-scale, scale), constant is mean; lecun_normal
    has a deviation of scale / sqrt(fan in).
    """

    kind: str
    mean: float = 0.0
    scale: float = 0.0


ZEROS = Init("constant", 0.0)
ONES = Init("constant", 1.0)


@dataclass(frozen=True)
class Layer:
    """What all layers have. `name` is the prefix of its parameters, such as g.conv0."""

    name: str
    in_shape: Shape
    out_shape: Shape

    @property
    def kind(self) -> str:
        """The layer's word in the YAML, the key of PARAMETER_KINDS."""
        return self.name.split(".")[1].rstrip("0123456789")


@dataclass(frozen=True)
class Dense(Layer):
    """y = x kernel + bias, kernel (in, out)."""

    bias: bool
    init: Init
    bias_init: Init


@dataclass(frozen=True)
class Conv(Layer):
    """Cross-correlation, kernel (out, kh, kw, in). `pads` is (top, left, bottom, right). In
    groups a part of the output sees its part of the input alone, and the kernel's last axis is of
    one."""

    kernel: Pair
    stride: Pair
    pads: tuple[int, int, int, int]
    bias: bool
    init: Init
    bias_init: Init
    groups: int = 1


@dataclass(frozen=True)
class ConvTranspose(Conv):
    """The gradient of a convolution's input, kernel (in, kh, kw, out).

    The whole product has (in - 1) * stride + kernel rows; `pads` rows are dropped on each side. A
    negative bottom or right adds rows that only the bias reaches.
    """


@dataclass(frozen=True)
class Constant(Layer):
    """A learned map, kernel (channels, h, w, 1): the same for every sample or, scaled, each channel
    times its number of the input."""

    scaled: bool
    init: Init


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Normalizes each channel over the batch; `momentum` is the share kept of the old statistic."""

    epsilon: float
    momentum: float
    unbiased: bool
    gamma_init: Init
    beta_init: Init


@dataclass(frozen=True)
class Normalize(Layer):
    """layer_norm, instance_norm, group_norm or pixel_norm, by its kind: a sample's values over
    `groups` groups of channels; pixel_norm divides by the root mean square of each position."""

    groups: int
    epsilon: float
    affine: bool
    gamma_init: Init
    beta_init: Init


@dataclass(frozen=True)
class Learned(Layer):
    """A learned number per channel, times the input (`scale`) or added to it (`bias`)."""

    init: Init


@dataclass(frozen=True)
class MinibatchStddev(Layer):
    """StyleGAN2's: channels more, for how much the samples of a group differ."""

    group: int
    features: int


@dataclass(frozen=True)
class LeakyRelu(Layer):
    """x where x > 0, slope * x elsewhere."""

    slope: float


@dataclass(frozen=True)
class Dropout(Layer):
    """Keeps a value with probability 1 - rate and divides it by that."""

    rate: float


@dataclass(frozen=True)
class Reshape(Layer):
    """Another shape of the same values, in (H, W, C) order; also `flatten`."""


@dataclass(frozen=True)
class Activation(Layer):
    """tanh or sigmoid, by its kind."""


@dataclass(frozen=True)
class Pointwise(Layer):
    """elu, selu, silu, gelu, softplus or relu6; alpha is elu's."""

    function: str
    alpha: float


@dataclass(frozen=True)
class Pool(Layer):
    """max_pool and average_pool. `pads` is (top, left, bottom, right); with `ceil` a last window
    that overhangs is one; `counts` the padding, in an average."""

    kernel: Pair
    stride: Pair
    pads: tuple[int, int, int, int]
    ceil: bool
    counts: bool


@dataclass(frozen=True)
class GlobalPool(Layer):
    """The mean or the sum of a map, by its kind: a vector."""


@dataclass(frozen=True)
class Resize(Layer):
    """adaptive_average_pool, upsample, downsample and resize: to the output's size. `taps` are a
    filter's, in numbers; else `filter` is its name."""

    filter: str
    taps: tuple[int, ...]
    antialias: bool
    half_pixel: bool


@dataclass(frozen=True)
class Residual(Layer):
    """The sum of two lists of layers on one input; without layers a shortcut is that input."""

    layers: tuple[Layer, ...]
    shortcut: tuple[Layer, ...]


@dataclass(frozen=True)
class Branches(Layer):
    """Lists of layers on one input, put side by side, added or multiplied; an empty one is that
    input."""

    join: str
    branches: tuple[tuple[Layer, ...], ...]


@dataclass(frozen=True)
class Adam:
    """lr_* are per network; epsilon is added to sqrt(v) before the bias correction (Keras)
    or after it (PyTorch), as `pytorch_form` says."""

    lr_g: float
    lr_d: float
    beta1: float
    beta2: float
    epsilon: float
    pytorch_form: bool


@dataclass(frozen=True)
class Network:
    """A whole description. `text` is the YAML as read. D's label of a real image is
    1 - label_smoothing, in the losses `bce` and `lsgan`; the others have none."""

    name: str
    text: str
    image: Shape
    latent: int
    generator: tuple[Layer, ...]
    discriminator: tuple[Layer, ...]
    alternating: bool
    loss: str
    label_smoothing: float
    batch_size: int
    adam: Adam
    r1: float = 0.0
    r2: float = 0.0
    d_steps: int = 1
    rates: dict[str, Any] = field(default_factory=dict)  # rates.Rate of those that move
    fresh_reals: bool = False  # G's loss pairs its fakes with the real images of another batch

    def at(self, step: int, steps: int) -> Network:
        """With the rates of that step of a run of so many."""
        now = {key: rate.at(step, self.batch_size, steps) for key, rate in self.rates.items()}
        of_adam = {key: value for key, value in now.items() if key not in ("r1", "r2")}
        others = {key: value for key, value in now.items() if key in ("r1", "r2")}
        return replace(self, adam=replace(self.adam, **of_adam), **others)

    def updates_g(self, step: int) -> bool:
        """Whether step number `step`, from 0, updates G beside D."""
        return step % self.d_steps == self.d_steps - 1

    @property
    def couples(self) -> bool:
        """True if G's loss takes the real logits, too."""
        return self.loss.startswith("relativistic")


def flat(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """All layers in the order in which they are counted: a block follows its own."""
    for layer in layers:
        if isinstance(layer, Residual):
            yield from flat((*layer.layers, *layer.shortcut))
        if isinstance(layer, Branches):
            for branch in layer.branches:
                yield from flat(branch)
        yield layer


def parameter_shapes(layer: Layer) -> dict[str, Shape]:
    """The parameters and statistics of one layer by full name, in our layouts."""
    if isinstance(layer, Dense):
        kernel: Shape = (layer.in_shape[0], layer.out_shape[0])
    elif isinstance(layer, ConvTranspose):
        kernel = (layer.in_shape[2], *layer.kernel, layer.out_shape[2] // layer.groups)
    elif isinstance(layer, Conv):
        kernel = (layer.out_shape[2], *layer.kernel, layer.in_shape[2] // layer.groups)
    elif isinstance(layer, Constant):
        kernel = (layer.out_shape[2], *layer.out_shape[:2], 1)
    else:
        kernel = ()
    has_bias = getattr(layer, "bias", True)
    channels = (layer.out_shape[-1],)
    return {
        f"{layer.name}.{p}": kernel if p == "kernel" else channels
        for p in PARAMETER_KINDS.get(layer.kind, ())
        if (p != "bias" or has_bias) and getattr(layer, "affine", True)
    }


def is_trained(name: str) -> bool:
    """Whether Adam moves this tensor (a moving statistic it does not)."""
    return name.rsplit(".", 1)[1] not in STATISTICS


def same_pads(size: Pair, kernel: Pair, stride: Pair) -> tuple[int, int, int, int]:
    """TensorFlow's `same` for a convolution over `size`: ceil(size / stride) outputs, the odd
    row of padding at the end."""
    total = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, stride)]
    return total[0] // 2, total[1] // 2, total[0] - total[0] // 2, total[1] - total[1] // 2


def whole_size(size: Pair, kernel: Pair, stride: Pair) -> Pair:
    """Rows and columns of a transposed convolution before anything is dropped."""
    h, w = ((n - 1) * s + k for n, k, s in zip(size, kernel, stride))
    return h, w


def same_crops(size: Pair, kernel: Pair, stride: Pair) -> tuple[int, int, int, int]:
    """What Keras's `same` drops of a transposed convolution: it is the transpose of a `same`
    convolution over size * stride, and leaves size * stride rows."""
    out = (size[0] * stride[0], size[1] * stride[1])
    top, left, _, _ = same_pads(out, kernel, stride)
    whole = whole_size(size, kernel, stride)
    return top, left, whole[0] - out[0] - top, whole[1] - out[1] - left
