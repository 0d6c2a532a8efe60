"""Both networks of a description as real Keras layers, and the two training steps.

The simultaneous step is the train_step of TensorFlow's DCGAN tutorial, the alternating one is that
of PyTorch's DCGAN example. record_keras.py runs them eagerly, bench/peers/tensorflow_step.py as a
compiled function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Optional

import keras
import tensorflow as tf

from fields import NetworkError
from layers import (
    Activation, BatchNorm, Conv, ConvTranspose, Dense, Dropout, Init, Layer, LeakyRelu, Network,
    Pointwise, Reshape, Residual, Shape, same_crops, same_pads,
)

INITS: dict[str, Callable[[], keras.initializers.Initializer]] = {
    "glorot_uniform": keras.initializers.GlorotUniform,
    "he_normal": keras.initializers.HeNormal,
}


class GivenDropout(keras.layers.Layer):
    """Dropout whose keep mask is given: set `keep` (0 or 1, the input's shape) before a pass."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.keep: Any = None

    def call(self, x: tf.Tensor) -> tf.Tensor:
        if self.keep is None:
            return x
        return x * tf.cast(self.keep, x.dtype) / (1.0 - self.rate)


class UnbiasedBatchNorm(keras.layers.BatchNormalization):
    """Keras's layer, except that the moving variance moves to the unbiased batch variance."""

    def call(self, x: tf.Tensor, training: Optional[bool] = None) -> tf.Tensor:
        before = tf.convert_to_tensor(self.moving_variance.value)
        y = super().call(x, training=training)
        if training:
            count = tf.cast(tf.size(x) // x.shape[-1], before.dtype)
            moved = self.moving_variance - self.momentum * before
            self.moving_variance.assign_add(moved / (count - 1.0))
        return y


class WideLeakyReLU(keras.layers.LeakyReLU):
    """LeakyReLU for float64: TensorFlow's own keeps the slope as float32 there."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.where(x > 0.0, x, self.negative_slope * x)


@dataclass
class Side:
    """One network: the model, its variables by our names, and the dropout layers by name."""

    model: keras.Model = field(init=False)
    variables: dict[str, Any] = field(default_factory=dict)
    dropouts: dict[str, keras.layers.Layer] = field(default_factory=dict)


@dataclass
class Pair:
    """Generator, discriminator, their optimizers and losses: loss_d(real, fake), loss_g(fake)."""

    g: Side
    d: Side
    adam_g: keras.optimizers.Adam
    adam_d: keras.optimizers.Adam
    loss_d: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    loss_g: Callable[[tf.Tensor], tf.Tensor]


@dataclass
class Step:
    """The tensors of one step; gradients are in the order of model.trainable_variables."""

    fakes: tf.Tensor
    logits_real: tf.Tensor
    logits_fake: tf.Tensor
    logits_fake2: Optional[tf.Tensor]
    loss_d: tf.Tensor
    loss_g: tf.Tensor
    grads_d: list[tf.Tensor]
    grads_g: list[tf.Tensor]


def make_init(init: Init) -> keras.initializers.Initializer:
    if init.kind == "normal":
        return keras.initializers.RandomNormal(init.mean, init.scale)
    if init.kind == "uniform":
        return keras.initializers.RandomUniform(-init.scale, init.scale)
    if init.kind == "constant":
        return keras.initializers.Constant(init.mean)
    return INITS[init.kind]()


def conv_layers(layer: Conv) -> list[keras.layers.Layer]:
    """A convolution; an explicit padding that is not `same` is a layer of zeros before it."""
    size = (layer.in_shape[0], layer.in_shape[1])
    same = layer.pads == same_pads(size, layer.kernel, layer.stride)
    conv = keras.layers.Conv2D(
        layer.out_shape[2], layer.kernel, layer.stride, padding="same" if same else "valid",
        groups=layer.groups, use_bias=layer.bias, kernel_initializer=make_init(layer.init),
        bias_initializer=make_init(layer.bias_init),
    )
    top, left, bottom, right = layer.pads
    if same or not any(layer.pads):
        return [conv]
    return [keras.layers.ZeroPadding2D(((top, bottom), (left, right))), conv]


def conv_transpose_layers(layer: ConvTranspose) -> list[keras.layers.Layer]:
    """A transposed convolution; a crop that is not `same` is a layer after the whole product."""
    size = (layer.in_shape[0], layer.in_shape[1])
    same = layer.pads == same_crops(size, layer.kernel, layer.stride)
    top, left, bottom, right = layer.pads
    more = (max(0, -bottom), max(0, -right))
    if layer.groups > 1:
        raise NetworkError(f"{layer.name}: Keras' Conv2DTranspose has no groups")
    conv = keras.layers.Conv2DTranspose(
        layer.out_shape[2], layer.kernel, layer.stride, padding="same" if same else "valid",
        output_padding=None if same else more, use_bias=layer.bias,
        kernel_initializer=make_init(layer.init), bias_initializer=make_init(layer.bias_init),
    )
    crops = ((top, bottom + more[0]), (left, right + more[1]))
    if same or crops == ((0, 0), (0, 0)):
        return [conv]
    return [conv, keras.layers.Cropping2D(crops)]


def batch_norm_layer(layer: BatchNorm) -> keras.layers.Layer:
    make = UnbiasedBatchNorm if layer.unbiased else keras.layers.BatchNormalization
    return make(momentum=layer.momentum, epsilon=layer.epsilon,
                gamma_initializer=make_init(layer.gamma_init),
                beta_initializer=make_init(layer.beta_init))


def make_layers(layer: Layer, dropout: Callable[[float], Any]) -> list[keras.layers.Layer]:
    """The Keras layers of one of ours; the one that owns its parameters is conv, dense or norm."""
    if isinstance(layer, Dense):
        return [keras.layers.Dense(layer.out_shape[0], use_bias=layer.bias,
                                   kernel_initializer=make_init(layer.init),
                                   bias_initializer=make_init(layer.bias_init))]
    if isinstance(layer, ConvTranspose):
        return conv_transpose_layers(layer)
    if isinstance(layer, Conv):
        return conv_layers(layer)
    if isinstance(layer, BatchNorm):
        return [batch_norm_layer(layer)]
    if isinstance(layer, LeakyRelu):
        wide = keras.config.floatx() == "float64"
        make = WideLeakyReLU if wide else keras.layers.LeakyReLU
        return [make(negative_slope=layer.slope)]
    if isinstance(layer, Dropout):
        return [dropout(layer.rate)]
    if isinstance(layer, Reshape):
        return [keras.layers.Reshape(layer.out_shape)]
    if isinstance(layer, Pointwise):
        if layer.function == "linear":
            return [keras.layers.Rescaling(layer.alpha)]
        if layer.function == "elu":
            return [keras.layers.ELU(layer.alpha)]
        return [keras.layers.Activation(layer.function)]
    assert isinstance(layer, Activation)
    return [keras.layers.Activation(layer.kind)]


def apply_layers(
    side: Side, layers: tuple[Layer, ...], x: Any, dropout: Callable[[float], Any]
) -> Any:
    """What `layers` make of the Keras tensor x; lists their variables in our order."""
    for layer in layers:
        if isinstance(layer, Residual):
            branches = (layer.layers, layer.shortcut)
            x = keras.layers.Add()([apply_layers(side, b, x, dropout) for b in branches])
            continue
        for made in make_layers(layer, dropout):
            x = made(x)
            for variable in made.variables:
                if layer.kind != "dropout":
                    side.variables[f"{layer.name}.{variable.name}"] = variable
            if layer.kind == "dropout":
                side.dropouts[layer.name] = made
    return x


def make_side(layers: tuple[Layer, ...], shape: Shape, dropout: Callable[[float], Any]) -> Side:
    """One network from its input `shape` on."""
    side, x = Side(), keras.Input(shape)
    side.model = keras.Model(x, apply_layers(side, layers, x, dropout))
    return side


def make_losses(name: str, real_label: float) -> tuple[Callable, Callable]:
    """loss_d(real, fake) and loss_g(fake), means over logits. bce is the
    tutorial's; the others are Lim and Ye's (2017), Mao et al.'s (2017), Arjovsky et al.'s (2017).
    """
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    mean, square, relu = tf.reduce_mean, tf.square, tf.nn.relu
    return {
        "bce": (
            lambda real, fake: cross_entropy(real_label * tf.ones_like(real), real)
            + cross_entropy(tf.zeros_like(fake), fake),
            lambda fake: cross_entropy(tf.ones_like(fake), fake),
        ),
        "hinge": (
            lambda real, fake: mean(relu(1.0 - real)) + mean(relu(1.0 + fake)),
            lambda fake: -mean(fake),
        ),
        "lsgan": (
            lambda real, fake: mean(square(real - real_label)) + mean(square(fake)),
            lambda fake: mean(square(fake - 1.0)),
        ),
        "wasserstein": (lambda real, fake: mean(fake) - mean(real), lambda fake: -mean(fake)),
    }[name]


def make_pair(network: Network, dropout: Callable[[float], Any] = GivenDropout) -> Pair:
    """Builds both networks in Keras's current float type; `dropout` makes a layer from a rate."""
    adam = network.adam
    adam_g, adam_d = (
        keras.optimizers.Adam(lr, beta_1=adam.beta1, beta_2=adam.beta2, epsilon=adam.epsilon)
        for lr in (adam.lr_g, adam.lr_d)
    )
    g = make_side(network.generator, (network.latent,), dropout)
    d = make_side(network.discriminator, network.image, dropout)
    adam_g.build(g.model.trainable_variables)
    adam_d.build(d.model.trainable_variables)
    return Pair(g, d, adam_g, adam_d, *make_losses(network.loss, 1.0 - network.label_smoothing))


def no_op(_: str) -> None:
    """What happens before a pass when nothing has to."""


def step_simultaneous(
    pair: Pair, images: tf.Tensor, noise: tf.Tensor, begin: Callable[[str], None] = no_op
) -> Step:
    """The tutorial's step: both gradients from the same weights. `begin` is told each pass."""
    g, d = pair.g.model, pair.d.model
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        begin("generator")
        fakes = g(noise, training=True)
        begin("real")
        real = d(images, training=True)
        begin("fake")
        fake = d(fakes, training=True)
        loss_g = pair.loss_g(fake)
        loss_d = pair.loss_d(real, fake)
    grads_g = gen_tape.gradient(loss_g, g.trainable_variables)
    grads_d = disc_tape.gradient(loss_d, d.trainable_variables)
    pair.adam_g.apply_gradients(zip(grads_g, g.trainable_variables))
    pair.adam_d.apply_gradients(zip(grads_d, d.trainable_variables))
    return Step(fakes, real, fake, None, loss_d, loss_g, grads_d, grads_g)


def step_alternating(
    pair: Pair, images: tf.Tensor, noise: tf.Tensor, begin: Callable[[str], None] = no_op
) -> Step:
    """PyTorch's example's step: D first, then G against the new D, from the same noise."""
    g, d = pair.g.model, pair.d.model
    with tf.GradientTape() as gen_tape:
        begin("generator")
        fakes = g(noise, training=True)
        with gen_tape.stop_recording():
            with tf.GradientTape() as disc_tape:
                begin("real")
                real = d(images, training=True)
                begin("fake")
                fake = d(fakes, training=True)
                loss_d = pair.loss_d(real, fake)
            grads_d = disc_tape.gradient(loss_d, d.trainable_variables)
            pair.adam_d.apply_gradients(zip(grads_d, d.trainable_variables))
        begin("fake2")
        fake2 = d(fakes, training=True)
        loss_g = pair.loss_g(fake2)
    grads_g = gen_tape.gradient(loss_g, g.trainable_variables)
    pair.adam_g.apply_gradients(zip(grads_g, g.trainable_variables))
    return Step(fakes, real, fake, fake2, loss_d, loss_g, grads_d, grads_g)
