#!/usr/bin/env python3
"""Times the training step of TensorFlow on a network, by default the DCGAN tutorial's own step.

Modes: `function` is the tutorial's @tf.function, `xla` the same with jit_compile=True. bf16 is
Keras's mixed_bfloat16 policy: 16-bit activations, float32 variables. CPU only (tensorflow-cpu).
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys

import harness
from harness import Step
from layers import Network


def set_environment(threads: int) -> None:
    """Must come before TensorFlow is imported."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def make_step(network: Network, options: argparse.Namespace) -> Step:
    """Builds the networks and returns one training step on images in memory."""
    import keras
    import tensorflow as tf

    from keras_model import make_pair, step_alternating, step_simultaneous

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.inter_op or options.threads)
    keras.utils.set_random_seed(options.seed)
    if options.precision == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    pair = make_pair(network, keras.layers.Dropout)
    batches = itertools.cycle([tf.constant(x) for x in harness.load_batches(network, options)])
    train = step_alternating if network.alternating else step_simultaneous

    @tf.function(jit_compile=options.mode == "xla")
    def train_step(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        noise = tf.random.normal([network.batch_size, network.latent])
        step = train(pair, images, noise)
        return step.loss_d, step.loss_g

    def step() -> None:
        loss_d, _ = train_step(next(batches))
        loss_d.numpy()  # waits for the step

    return step


def main() -> None:
    parser = harness.make_parser(__doc__.splitlines()[0], ("function", "xla"), ("fp32", "bf16"),
                                 ("cpu",))
    parser.add_argument("--inter-op", type=harness.positive, metavar="N",
                        help="ops that may run at the same time (default: as --threads)")
    options = parser.parse_args()
    network = harness.with_native_statistics(harness.load_network(options), unbiased=False)
    set_environment(options.threads)
    step = make_step(network, options)
    import tensorflow as tf

    about = {"peer": "tensorflow", "version": tf.__version__}
    harness.run(options, about, network, step)


if __name__ == "__main__":
    sys.exit(harness.guarded(main))
