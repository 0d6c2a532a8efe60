#!/usr/bin/env python3
"""Trains a network in TensorFlow, and writes samples at given steps or seconds.

The step is tensorflow_step.py's, the tutorial's own, compiled by XLA, its fastest mode. Samples are
those of the generator with its moving statistics, as the tutorial shows them.
"""

from __future__ import annotations

import argparse
import sys

import harness
import numpy as np
import training
from fields import NetworkError
from layers import Network
from tensorflow_step import set_environment

SAMPLE_BATCH = 500


def train(options: argparse.Namespace, network: Network) -> None:
    import keras
    import tensorflow as tf

    from keras_model import make_pair, step_alternating, step_simultaneous

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    keras.utils.set_random_seed(options.seed)
    pair = make_pair(network, keras.layers.Dropout)
    images = training.stored_images(options.data)
    if images.shape[1:] != network.image:
        raise NetworkError(f"{options.net}: images are {list(images.shape[1:])}, and only "
                           "pytorch_train.py scales them")
    batches = training.orders(len(images), network.batch_size, options.seed)
    update = step_alternating if network.alternating else step_simultaneous

    @tf.function(jit_compile=True)
    def compiled(batch: tf.Tensor) -> tf.Tensor:
        return update(pair, batch, tf.random.normal([network.batch_size, network.latent])).loss_d

    def step() -> None:
        compiled(tf.constant(images[next(batches)])).numpy()  # waits for the step

    def sample(count: int) -> training.Images:
        z = np.random.default_rng(0).standard_normal((count, network.latent), dtype=np.float32)
        parts = [pair.g.model(z[first:first + SAMPLE_BATCH], training=False).numpy()
                 for first in range(0, count, SAMPLE_BATCH)]
        return np.concatenate(parts)

    training.train(options, network, step, sample)


def main() -> None:
    options = training.parse((__doc__ or "").split("\n\n", maxsplit=1)[0])
    if options.ema > 0.0:
        raise NetworkError("--ema: only pytorch_train.py has an averaged generator")
    options.out.mkdir(parents=True, exist_ok=True)
    network = harness.with_native_statistics(harness.load_network(options), unbiased=False)
    set_environment(options.threads)
    train(options, network)


if __name__ == "__main__":
    sys.exit(harness.guarded(main))
