#!/usr/bin/env python3
"""data/nets/inception-fid.yaml beside pytorch-fid's own network, with the same weights.

    BUILD=build/release python tests/features/check_inception.py     (make check-inception)

The weights are drawn, not those of 2015, which no package holds; batch norm's statistics are
calibrated on images, so that every layer gives numbers of unit variance. What is right is
pytorch-fid's network in double precision: 94 layers of drawn weights make of fp32's rounding
several 1e-4 of a feature's standard deviation over the images, in PyTorch too. The program is held
to PyTorch's own error, twice the largest, 1.5 times the root mean square, and in double precision
to 1e-4."""
import copy
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
from pytorch_fid import inception
from safetensors.numpy import save_file

IMAGES, IN_DOUBLE, LIMIT = 12, 2, 1e-4
NET = pathlib.Path(__file__).parents[2] / "data/nets/inception-fid.yaml"
PREFIX = "net"


def draw_images(count, seed):
    """Smooth pictures with noise, as bytes: (count, 32, 32, 3)."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.uniform(0, 255, (count, 3, 5, 5)))
    smooth = torch.nn.functional.interpolate(coarse, (32, 32), mode="bicubic").numpy()
    return np.clip(smooth + rng.normal(0, 20, smooth.shape), 0, 255).astype(np.uint8)


def make_peer():
    """pytorch-fid's network with drawn weights: nothing is downloaded."""
    inception.load_state_dict_from_url = lambda *args, **keys: None
    load = torchvision.models.Inception3.load_state_dict
    torchvision.models.Inception3.load_state_dict = lambda self, state: None
    torch.manual_seed(1)
    made = inception.fid_inception_v3()
    torchvision.models.Inception3.load_state_dict = load
    inception.fid_inception_v3 = lambda: made
    for name, module in made.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0.0, 0.2)
            module.momentum = None  # the mean over all batches
    return made, inception.InceptionV3([3])


def calibrate(peer):
    peer.train()
    with torch.no_grad():
        for seed in range(2):
            peer(torch.from_numpy(draw_images(8, 100 + seed)).float() / 255)
    peer.eval()


def our_tensors(made):
    """The k-th convolution and batch norm by our names, in our layouts."""
    tensors, n = {}, 0
    for name, module in made.named_modules():
        if isinstance(module, torchvision.models.inception.BasicConv2d):
            norm, values = module.bn, {}
            values[f"conv{n}.kernel"] = module.conv.weight.detach().permute(0, 2, 3, 1)
            values[f"batch_norm{n}.gamma"], values[f"batch_norm{n}.beta"] = norm.weight, norm.bias
            values[f"batch_norm{n}.moving_mean"] = norm.running_mean
            values[f"batch_norm{n}.moving_variance"] = norm.running_var
            for key, value in values.items():
                tensors[f"{PREFIX}.{key}"] = np.ascontiguousarray(value.detach().numpy())
            n += 1
    return tensors


def compute(peer, made, images):
    """Features in fp32 and in double precision by the peer, and by the program."""
    x = torch.from_numpy(images)
    with torch.no_grad():
        single = peer(x.float() / 255)[0].reshape(len(x), -1).double().numpy()
        exact = copy.deepcopy(peer).double()(x.double() / 255)[0].reshape(len(x), -1).numpy()
    with tempfile.TemporaryDirectory() as folder:
        weights = pathlib.Path(folder) / "weights.safetensors"
        save_file(our_tensors(made), weights)
        given = (images.transpose(0, 2, 3, 1).astype(np.float32) - 127.5) / 127.5
        ours = run(f"{NET}:{weights}", "cpu", given)
        # in double precision it takes a second an image and more: some of them
        in_double = run(f"{NET}:{weights}", "reference", given[:IN_DOUBLE])
    return single, exact, ours, in_double


def run(network, device, images):
    tool = pathlib.Path(os.environ["BUILD"]) / "tests/features/features_of"
    done = subprocess.run([tool, network, device], input=images.tobytes(), capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode())
    return np.frombuffer(done.stdout, np.float32).reshape(len(images), -1).astype(np.float64)


def errors(features, exact):
    """The largest and the root mean square of errors by their feature's deviation."""
    error = np.abs(features - exact).max(axis=0) / exact.std(axis=0)
    return error.max(), np.sqrt((error**2).mean())


def main():
    made, peer = make_peer()
    calibrate(peer)
    single, exact, ours, in_double = compute(peer, made, draw_images(IMAGES, 1))
    if not (exact.std(axis=0) > 0).all():
        sys.exit("a feature does not vary: the calibration is no good")
    (largest, mean), (of_peer, mean_of_peer) = errors(ours, exact), errors(single, exact)
    print(f"inception-fid, {exact.shape[1]} features of {IMAGES} images, errors by a feature's "
          f"deviation: largest {largest:.1e}, mean {mean:.1e}; pytorch-fid's own in fp32 (torch "
          f"{torch.__version__}): {of_peer:.1e}, {mean_of_peer:.1e}")
    error = np.abs(in_double - exact[:IN_DOUBLE]).max(axis=0) / exact.std(axis=0)
    print(f"in double precision (--device reference), of {IN_DOUBLE} images: {error.max():.1e}")
    held = largest <= 2 * of_peer and mean <= 1.5 * mean_of_peer and error.max() <= LIMIT
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
