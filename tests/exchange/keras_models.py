"""The keras formats in Keras 3: what load_model() makes, and the weights in another model."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np


def compute(model, case):
    y = keras.ops.convert_to_numpy(model(case.input, training=False))
    return y if case.is_generator else y.reshape(len(y), -1)


def model(case):
    return compute(keras.models.load_model(case.export("net.keras")), case)


def weights(case):
    """The same layers with other weights, which load_weights() replaces."""
    other = keras.models.load_model(case.export("net.keras"))
    for layer in other.layers:
        layer.set_weights([np.full_like(w, 0.5) for w in layer.get_weights()])
    other.load_weights(case.export("net.weights.h5"))
    return compute(other, case)


FORMATS = {"keras, load_model": model, "keras-weights, load_weights": weights}
