"""Reads a network description (data/nets/*.yaml) and infers every shape.

The grammar is that of the C program; a mistake is a NetworkError that names line and layer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from reprlib import repr as short
from typing import Any, Callable, Sequence

import yaml

from fields import Fields, NetworkError, as_count, as_number, explicit_pads, nearest
from layers import (
    ONES, ZEROS, Activation, Adam, BatchNorm, Branches, Constant, Conv, ConvTranspose, Dense,
    Dropout, Init, Layer, LeakyRelu, Learned, MinibatchStddev, Network, Normalize, Pair,
    Pointwise, Reshape, Residual, Shape, same_crops, same_pads, whole_size,
)
from map_layers import MAKERS as MAP_MAKERS, SHORT_FORMS as MAP_SHORT_FORMS
from rates import Rate, read_rate

SHORT_FORMS = {
    "dense": "units", "dropout": "rate", "reshape": "shape", "leaky_relu": "slope",
    "residual": "layers", "elu": "alpha", "linear": "alpha", "group_norm": "groups",
    "constant": "shape",
    **MAP_SHORT_FORMS,
}
POINTWISE = ("elu", "selu", "silu", "gelu", "softplus", "relu6", "linear")
RELATIVISTIC = tuple(
    f"relativistic{kind}{loss}" for kind in ("", "_average") for loss in ("", "_lsgan", "_hinge")
)
LOSSES = ("bce", "bce_saturating", "hinge", "lsgan", "wasserstein", *RELATIVISTIC)


def as_init(value: Any, where: str) -> Init:
    """glorot_uniform | he_normal | lecun_normal | zeros | ones | {normal: s} | {normal: [mean,
    s]} | {uniform: s} | {constant: x} | {lecun_normal: gain}."""
    if value in ("zeros", "ones"):
        return ZEROS if value == "zeros" else ONES
    if value in ("glorot_uniform", "he_normal"):
        return Init(value)
    if value == "lecun_normal":
        return Init("lecun_normal", scale=1.0)
    if isinstance(value, dict) and len(value) == 1:
        kind, number = next(iter(value.items()))
        if kind == "normal":
            pair = number if isinstance(number, list) and len(number) == 2 else [0.0, number]
            return Init("normal", as_number(pair[0], where), as_number(pair[1], where))
        if kind == "lecun_normal":
            return Init(kind, scale=as_number(number, where))
        if kind == "uniform":
            return Init("uniform", 0.0, as_number(number, where))
        if kind == "constant":
            return Init("constant", as_number(number, where))
    known = "glorot_uniform, he_normal, zeros, ones, {normal: 0.02}, {uniform: s}, {constant: x}"
    raise NetworkError(f"{where}: expected one of {known}, found {short(value)}")


@dataclass(frozen=True)
class Defaults:
    """The `defaults` map: what a layer that says nothing gets."""

    init: Init
    batch_norm: dict[str, Any]
    slope: float


@dataclass(frozen=True)
class Site:
    """Where a layer stands: its parameters' prefix, what flows in, the defaults, and how often its
    network has had each word."""

    name: str
    shape: Shape
    defaults: Defaults
    counts: Counter[str]


def need_map(site: Site, fields: Fields) -> tuple[Pair, int]:
    """(height, width) and channels of the input of a convolution."""
    if len(site.shape) != 3:
        raise fields.fail(f"needs an input of [height, width, channels], has {list(site.shape)}")
    return (site.shape[0], site.shape[1]), site.shape[2]


def init_of(fields: Fields, key: str, default: Init) -> Init:
    value = fields.get(key)
    return default if value is None else as_init(value, f"{fields.where}: {key}")


def weight_keys(site: Site, fields: Fields) -> dict[str, Any]:
    """What dense and both convolutions share: bias and initial values."""
    return {
        "bias": fields.flag("bias", True),
        "init": init_of(fields, "init", site.defaults.init),
        "bias_init": init_of(fields, "bias_init", ZEROS),
    }


def groups_of(fields: Fields, inputs: int, outputs: int) -> int:
    """A number that divides the channels of both sides, or depthwise."""
    depthwise = fields.get("groups") == "depthwise"
    groups = inputs if depthwise else fields.count("groups", 1)
    if inputs % groups or outputs % groups:
        raise fields.fail(f"{inputs} and {outputs} channels do not make {groups} groups")
    return groups


def make_dense(site: Site, fields: Fields) -> Layer:
    if len(site.shape) != 1:
        raise fields.fail(f"its input has the shape {list(site.shape)}; put `flatten` before it")
    units = fields.count("units")
    return Dense(site.name, site.shape, (units,), **weight_keys(site, fields))


def make_conv(site: Site, fields: Fields) -> Layer:
    size, inputs = need_map(site, fields)
    channels, kernel = fields.count("channels"), fields.pair("kernel")
    stride, padding = fields.pair("stride", 1), fields.get("padding", "valid")
    if padding == "same":
        pads = same_pads(size, kernel, stride)
    else:
        pads = explicit_pads(0 if padding == "valid" else padding, fields.where)
    room = (size[0] + pads[0] + pads[2] - kernel[0], size[1] + pads[1] + pads[3] - kernel[1])
    if min(room) < 0:
        raise fields.fail(f"the kernel {list(kernel)} is larger than the padded {list(size)} map")
    out = (room[0] // stride[0] + 1, room[1] // stride[1] + 1, channels)
    keys = weight_keys(site, fields)
    groups = groups_of(fields, inputs, channels)
    return Conv(site.name, site.shape, out, kernel, stride, pads, **keys, groups=groups)


def transpose_crops(size: Pair, kernel: Pair, stride: Pair, fields: Fields) -> tuple[int, ...]:
    """What a transposed convolution drops at (top, left, bottom, right)."""
    padding = fields.get("padding", "valid")
    if padding in ("same", "valid"):
        if fields.has("output_padding"):
            raise fields.fail("output_padding goes with a padding in numbers")
        if padding == "same":
            return same_crops(size, kernel, stride)
        return (0, 0, min(kernel[0] - stride[0], 0), min(kernel[1] - stride[1], 0))
    top, left, bottom, right = explicit_pads(padding, fields.where)
    more = fields.pair("output_padding", 0, least=0)
    if more[0] >= stride[0] or more[1] >= stride[1]:
        raise fields.fail("output_padding must be smaller than the stride")
    return (top, left, bottom - more[0], right - more[1])


def make_conv_transpose(site: Site, fields: Fields) -> Layer:
    size, inputs = need_map(site, fields)
    channels, kernel = fields.count("channels"), fields.pair("kernel")
    stride = fields.pair("stride", 1)
    top, left, bottom, right = transpose_crops(size, kernel, stride, fields)
    whole = whole_size(size, kernel, stride)
    out = (whole[0] - top - bottom, whole[1] - left - right, channels)
    if min(out) < 1:
        raise fields.fail(f"the padding leaves nothing of the {list(whole)} map")
    crops, keys = (top, left, bottom, right), weight_keys(site, fields)
    groups = groups_of(fields, inputs, channels)
    return ConvTranspose(site.name, site.shape, out, kernel, stride, crops, **keys, groups=groups)


def make_constant(site: Site, fields: Fields) -> Layer:
    shape, scaled = fields.get("shape"), fields.flag("scaled", False)
    if not isinstance(shape, list) or len(shape) != 3:
        raise fields.fail("'shape' is [height, width, channels]")
    out = tuple(as_count(value, 1, f"{fields.where}: shape") for value in shape)
    if scaled and site.shape != out[2:]:
        raise fields.fail(f"takes a vector of {out[2]}, has {list(site.shape)}")
    init = init_of(fields, "init", Init("normal", 0.0, 1.0))
    return Constant(site.name, site.shape, out, scaled, init)


def make_batch_norm(site: Site, fields: Fields) -> Layer:
    base = Fields(site.defaults.batch_norm, "defaults: batch_norm")
    epsilon = fields.number("epsilon", base.number("epsilon", 1e-3))
    momentum = fields.number("momentum", base.number("momentum", 0.99))
    inherited = base.choice("running_variance", ("biased", "unbiased"))
    gamma, beta = init_of(base, "gamma_init", ONES), init_of(base, "beta_init", ZEROS)
    base.finish()
    other = "unbiased" if inherited == "biased" else "biased"
    unbiased = fields.choice("running_variance", (inherited, other)) == "unbiased"
    gamma, beta = init_of(fields, "gamma_init", gamma), init_of(fields, "beta_init", beta)
    return BatchNorm(
        site.name, site.shape, site.shape, epsilon, momentum, unbiased, gamma, beta
    )


def make_leaky_relu(site: Site, fields: Fields) -> Layer:
    slope = fields.number("slope", site.defaults.slope)
    return LeakyRelu(site.name, site.shape, site.shape, slope)


def make_relu(site: Site, fields: Fields) -> Layer:
    return LeakyRelu(site.name, site.shape, site.shape, 0.0)


def make_dropout(site: Site, fields: Fields) -> Layer:
    rate = fields.number("rate")
    if not 0.0 <= rate < 1.0:
        raise fields.fail(f"the rate must be at least 0 and less than 1, is {rate}")
    return Dropout(site.name, site.shape, site.shape, rate)


def make_reshape(site: Site, fields: Fields) -> Layer:
    value = fields.get("shape")
    if not isinstance(value, list) or len(value) != 3:
        raise fields.fail(f"expected [height, width, channels], found {short(value)}")
    shape = tuple(as_count(v, 1, fields.where) for v in value)
    if prod(shape) != prod(site.shape):
        raise fields.fail(f"{list(site.shape)} does not have the values of {value}")
    return Reshape(site.name, site.shape, shape)


def make_flatten(site: Site, fields: Fields) -> Layer:
    return Reshape(site.name, site.shape, (prod(site.shape),))


def make_activation(site: Site, fields: Fields) -> Layer:
    return Activation(site.name, site.shape, site.shape)


def make_pointwise(function: str) -> Callable[[Site, Fields], Layer]:
    def make(site: Site, fields: Fields) -> Layer:
        alpha = fields.number("alpha", 1.0) if function in ("elu", "linear") else 0.0
        return Pointwise(site.name, site.shape, site.shape, function, alpha)

    return make


def make_normalize(site: Site, fields: Fields) -> Layer:
    word = site.name.split(".")[1].rstrip("0123456789")
    groups = {"instance_norm": site.shape[-1]}.get(word, 1)
    if word == "group_norm":
        groups = fields.count("groups")
    epsilon = fields.number("epsilon", 1e-8 if word == "pixel_norm" else 1e-5)
    affine = word != "pixel_norm" and bool(fields.get("affine", word != "instance_norm"))
    gamma, beta = init_of(fields, "gamma_init", ONES), init_of(fields, "beta_init", ZEROS)
    return Normalize(site.name, site.shape, site.shape, groups, epsilon, affine, gamma, beta)


def make_learned(site: Site, fields: Fields) -> Layer:
    is_scale = site.name.split(".")[1].startswith("scale")
    init = init_of(fields, "init", ONES if is_scale else ZEROS)
    return Learned(site.name, site.shape, site.shape, init)


def make_stddev(site: Site, fields: Fields) -> Layer:
    group, features = fields.count("group", 4), fields.count("features", 1)
    out = (*site.shape[:-1], site.shape[-1] + features)
    return MinibatchStddev(site.name, site.shape, out, group, features)


def make_residual(site: Site, fields: Fields) -> Layer:
    def branch(key: str) -> tuple[Layer, ...]:
        entries = fields.get(key)
        return make_layers(site, entries, f"{fields.where}: {key}") if fields.has(key) else ()

    layers, shortcut = branch("layers"), branch("shortcut")
    if not layers:
        raise fields.missing("layers")
    if fields.has("scale"):
        name = f"{site.name[0]}.linear{site.counts['linear']}"
        site.counts["linear"] += 1
        shape = layers[-1].out_shape
        layers += (Pointwise(name, shape, shape, "linear", fields.number("scale")),)
    out, other = layers[-1].out_shape, shortcut[-1].out_shape if shortcut else site.shape
    if out != other:
        raise fields.fail(f"adds {list(out)} of its layers and {list(other)} of its shortcut")
    return Residual(site.name, site.shape, out, layers, shortcut)


def make_branches(site: Site, fields: Fields) -> Layer:
    join, lists = fields.choice("join", ("concat", "sum", "multiply")), fields.get("of")
    if not isinstance(lists, list) or len(lists) < 2:
        raise fields.fail("'of' is two lists of layers or more")
    branches = tuple(
        make_layers(site, entries, f"{fields.where}: of[{k}]") if entries else ()
        for k, entries in enumerate(lists)
    )
    shapes = [branch[-1].out_shape if branch else site.shape for branch in branches]
    out = shapes[0]
    if join == "concat":
        out = (*out[:-1], sum(shape[-1] for shape in shapes))
        shapes = [(*shape[:-1], 0) for shape in shapes]
    if any(shape != shapes[0] for shape in shapes):
        raise fields.fail(f"its branches give {[list(shape) for shape in shapes]}")
    return Branches(site.name, site.shape, out, join, branches)


MAKERS: dict[str, Callable[[Site, Fields], Layer]] = {
    "dense": make_dense,
    "conv": make_conv,
    "conv_transpose": make_conv_transpose,
    "constant": make_constant,
    "batch_norm": make_batch_norm,
    "leaky_relu": make_leaky_relu,
    "relu": make_relu,
    "dropout": make_dropout,
    "reshape": make_reshape,
    "flatten": make_flatten,
    "tanh": make_activation,
    "sigmoid": make_activation,
    "residual": make_residual,
    "layer_norm": make_normalize,
    "instance_norm": make_normalize,
    "group_norm": make_normalize,
    "pixel_norm": make_normalize,
    "scale": make_learned,
    "bias": make_learned,
    "branches": make_branches,
    "minibatch_stddev": make_stddev,
    **{function: make_pointwise(function) for function in POINTWISE},
    **MAP_MAKERS,
}


PREFIXES = {"generator": "g", "discriminator": "d", "network": "net"}


def split_entry(entry: Any, where: str) -> tuple[str, Any]:
    """The word of a layer and its map: a bare word, or a map of one key."""
    if isinstance(entry, dict) and len(entry) == 1:
        kind, value = next(iter(entry.items()))
    else:
        kind, value = entry, None
    if not isinstance(kind, str) or kind not in MAKERS:
        raise NetworkError(f"{where}: unknown layer {nearest(kind, tuple(MAKERS))}")
    if value is not None and not isinstance(value, dict) and kind in SHORT_FORMS:
        value = {SHORT_FORMS[kind]: value}
    return kind, value


def make_layers(
    site: Site, entries: Any, where: str, lines: Sequence[int] = ()
) -> tuple[Layer, ...]:
    """A list of layers from `site` on, the network's or a block's; `lines` are theirs if known."""
    if not isinstance(entries, list) or not entries:
        raise NetworkError(f"{where}: expected a list of layers")
    layers: list[Layer] = []
    side, shape = PREFIXES.get(site.name, site.name.split(".")[0]), site.shape
    for index, entry in enumerate(entries):
        place = f"{where}[{index}]"
        if lines:
            place = f"line {lines[index]}: {place}"
        if isinstance(entry, dict) and list(entry) == ["repeat"]:
            repeated = Fields(entry["repeat"], f"{place} repeat")
            for _ in range(repeated.count("n")):
                site = replace(site, shape=shape)
                layers += make_layers(site, repeated.get("layers"), f"{place} repeat: layers")
                shape = layers[-1].out_shape
            repeated.finish()
            continue
        kind, value = split_entry(entry, place)
        name = f"{side}.{kind}{site.counts[kind]}"
        site.counts[kind] += 1
        fields = Fields(value, f"{place} {kind}")
        if kind == "dense" and len(shape) == 3 and shape[:2] == (1, 1):
            layers.append(Reshape(f"{side}.flatten", shape, shape[2:]))
            shape = shape[2:]
        layers.append(MAKERS[kind](replace(site, name=name, shape=shape), fields))
        fields.finish()
        shape = layers[-1].out_shape
    return tuple(layers)


def read_defaults(value: Any) -> Defaults:
    fields = Fields(value, "defaults")
    init = as_init(fields.get("init", "glorot_uniform"), "defaults: init")
    leaky = fields.get("leaky_relu", {})
    leaky = Fields(leaky if isinstance(leaky, dict) else {"slope": leaky}, "defaults: leaky_relu")
    defaults = Defaults(init, fields.get("batch_norm") or {}, leaky.number("slope", 0.3))
    leaky.finish()
    fields.finish()
    return defaults


def read_adam(value: Any) -> tuple[Adam, dict[str, Rate]]:
    """As it is at the first step, and how it moves from there."""
    fields = Fields(value, "train: adam")
    lr = read_rate(fields, "lr", 1e-4)
    rates = {
        "lr_g": read_rate(fields, "lr_g", lr),
        "lr_d": read_rate(fields, "lr_d", lr),
        "beta2": read_rate(fields, "beta2", 0.999),
    }
    adam = Adam(
        **{key: rate.first for key, rate in rates.items()},
        beta1=fields.number("beta1", 0.9),
        epsilon=fields.number("epsilon", 1e-7),
        pytorch_form=fields.choice("epsilon_form", ("keras", "pytorch")) == "pytorch",
    )
    fields.finish()
    return adam, rates


def layer_lines(text: str, side: str) -> list[int]:
    """The line, from 1, on which each layer of a side starts."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    for key, node in root.value:
        if key.value == side and isinstance(node, yaml.SequenceNode):
            return [item.start_mark.line + 1 for item in node.value]
    return []


def check_ends(network: Network) -> None:
    """The generator must end in an image, the discriminator in logits: a vector, or a map of one
    channel."""
    made = network.generator[-1].out_shape
    if made != network.image:
        raise NetworkError(f"generator: makes {list(made)}, the image is {list(network.image)}")
    judged = network.discriminator[-1].out_shape
    if len(judged) == 3 and judged[:2] != (1, 1) and judged[2] != 1:
        raise NetworkError(f"discriminator: ends in {list(judged)}, neither vector nor one channel")
    if network.discriminator[-1].kind == "sigmoid":
        raise NetworkError("discriminator: ends in sigmoid, but the losses take logits")


def parse_network(text: str) -> Network:
    """Parses a description. Raises NetworkError without a file name."""
    try:
        root = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise NetworkError(f"not YAML: {error}") from error
    top = Fields(root, "the description")
    name, latent = str(top.get("name", "unnamed")), top.count("latent")
    image, train = Fields(top.get("image"), "image"), Fields(top.get("train"), "train")
    defaults = read_defaults(top.get("defaults"))
    entries = {side: top.get(side) for side in ("generator", "discriminator")}
    top.finish()
    shape = (image.count("height"), image.count("width"), image.count("channels"))
    image.finish()
    sides = [
        make_layers(Site(side, start, defaults, Counter()), entries[side], side,
                    layer_lines(text, side))
        for side, start in (("generator", (latent,)), ("discriminator", shape))
    ]
    alternating = train.choice("schedule", ("simultaneous", "alternating")) == "alternating"
    loss, smoothing = train.choice("loss", LOSSES), train.number("label_smoothing", 0.0)
    batch_size, (adam, rates) = train.count("batch_size", 256), read_adam(train.get("adam"))
    rates.update({key: read_rate(train, key, 0.0) for key in ("r1", "r2")})
    fresh = train.choice("generator_reals", ("same", "fresh")) == "fresh"
    train.count("epochs", 50)
    train.number("ema", 0.0)
    for key in ("ema_warmup", "ema_half_life", "ema_ramp", "ema_statistics"):
        train.get(key)
    train.finish()
    network = Network(name, text, shape, latent, sides[0], sides[1], alternating, loss, smoothing,
                      batch_size, adam, rates["r1"].first, rates["r2"].first,
                      rates={key: rate for key, rate in rates.items() if rate.moves},
                      fresh_reals=fresh)
    check_ends(network)
    return network


def read_network(path: Path) -> Network:
    """Reads and parses a file. Raises NetworkError that names it; OSError when unreadable."""
    try:
        return parse_network(path.read_text(encoding="utf-8"))
    except (NetworkError, UnicodeDecodeError) as error:
        raise NetworkError(f"{path}: {error}") from error
