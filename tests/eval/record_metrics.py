"""Records what the known implementations give for small sets of features, for test_eval_metrics.c.

    python tests/eval/record_metrics.py OUT.safetensors     (needs tests/eval/requirements.txt)

Features, logits and pictures are in the file, the numbers in its metadata under the name of the
measure, with the packages' versions. What no package has (sliced Wasserstein, and anything with
draws, which are the program's own) is computed here from its definition with NumPy and SciPy.
"""

from __future__ import annotations

import argparse
import importlib.metadata
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.ndimage
import scipy.stats
import torch
from draws import normals, philox
from prdc import compute_prdc
from safetensors.numpy import save_file
from sklearn.metrics.pairwise import polynomial_kernel
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

KID_A, KID_B, PATCH, DIRECTION = (0x20000000 + k for k in range(4))  # src/eval/draws.h
SUBSETS, SUBSET_SIZE, SEED = 5, 50, 3


def make_inputs() -> dict[str, np.ndarray]:
    """Sets that differ in mean, spread and shape; one with fewer rows than columns."""
    rng = np.random.default_rng(7)
    mix = rng.normal(size=(24, 24)) / 4
    real = np.maximum(rng.normal(size=(300, 24)) @ mix + 0.3, 0)
    fake = np.maximum(rng.normal(size=(280, 24)) @ mix * 1.1 + 0.4, 0)
    few = np.maximum(rng.normal(size=(14, 24)) @ mix, 0)
    logits = 3 * rng.normal(size=(280, 10)) + np.linspace(1, -1, 10)
    pictures = rng.integers(0, 256, size=(2, 6, 36, 40, 3))
    blurred = scipy.ndimage.gaussian_filter(pictures.astype(float), (0, 0, 1, 1, 0))
    pictures = np.where(np.arange(2).reshape(2, 1, 1, 1, 1) == 0, pictures, blurred)
    floats = {"real": real, "fake": fake, "few": few, "logits": logits}
    inputs = {name: np.ascontiguousarray(x, dtype=np.float32) for name, x in floats.items()}
    return inputs | {f"pictures{k}": pictures[k].astype(np.uint8) for k in (0, 1)}


def frechet_scipy(a: np.ndarray, b: np.ndarray) -> float:
    """By the square root of the product, which is what the first implementations took."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(s @ t).real
    difference = a.mean(axis=0) - b.mean(axis=0)
    return float(difference @ difference + np.trace(s) + np.trace(t) - 2 * np.trace(root))


def frechet_fidelity(a: np.ndarray, b: np.ndarray) -> float:
    """By torch-fidelity, of doubles: it takes the mean in the type that it is given."""
    statistics = [fid_features_to_statistics(torch.tensor(x.astype(np.float64))) for x in (a, b)]
    return fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]


def kid_fidelity(a: np.ndarray, b: np.ndarray) -> float:
    """One subset that is everything."""
    n = len(a)
    out = kid_features_to_metric(
        torch.tensor(a.astype(np.float64)), torch.tensor(b.astype(np.float64)), kid_subsets=1,
        kid_subset_size=n, kid_kernel="poly", kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=1, verbose=False)
    return out["kernel_inception_distance_mean"]


def mmd(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased, of sets of any two sizes."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    aa, bb, ab = (polynomial_kernel(x, y, degree=3, coef0=1) for x, y in ((a, a), (b, b), (a, b)))
    m, n = len(a), len(b)
    return float((aa.sum() - np.trace(aa)) / (m * (m - 1)) +
                 (bb.sum() - np.trace(bb)) / (n * (n - 1)) - 2 * ab.mean())


def pick(x: np.ndarray, stream: int, subset: int) -> np.ndarray:
    """The rows that the program draws."""
    order = list(range(len(x)))
    for i in range(SUBSET_SIZE):
        words = philox(SEED, stream, subset, i)
        k = i + (words[0] << 32 | words[1]) % (len(x) - i)
        order[i], order[k] = order[k], order[i]
    return x[order[:SUBSET_SIZE]]


FILTER = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).reshape(1, 5, 5, 1) / 256


def pyramid(x: np.ndarray) -> list[np.ndarray]:
    """Levels of pictures (N,H,W,C), the last one the small pictures themselves."""
    levels = [x.astype(np.float64)]
    while min(levels[-1].shape[1:3]) // 2 >= 16:
        big = levels[-1]
        small = scipy.ndimage.convolve(big, FILTER, mode="mirror")[:, ::2, ::2]
        large = np.zeros_like(big)
        large[:, ::2, ::2] = small
        levels[-1] = big - scipy.ndimage.convolve(large, 4 * FILTER, mode="mirror")
        levels.append(small)
    return levels


def patches(x: np.ndarray, level: int) -> np.ndarray:
    """128 patches of 7 x 7 a picture, each channel normalized over all of them."""
    n, h, w, _ = x.shape
    cut = []
    for i in range(n * 128):
        words = philox(SEED, PATCH, level, i)
        top, left = words[0] % (h - 6), words[1] % (w - 6)
        cut.append(x[i // 128, top:top + 7, left:left + 7])
    out = np.array(cut)
    out = (out - out.mean(axis=(0, 1, 2))) / out.std(axis=(0, 1, 2))
    return out.reshape(len(out), -1)


def sliced(a: np.ndarray, b: np.ndarray) -> list[float]:
    """The distance at each level, times 1000."""
    distances = []
    for level, (x, y) in enumerate(zip(pyramid(a), pyramid(b))):
        x, y = patches(x, level), patches(y, level)
        size = x.shape[1]
        directions = normals(SEED, DIRECTION, level, 0, 512 * size).reshape(512, size).T
        directions /= np.linalg.norm(directions, axis=0)
        sorted_x, sorted_y = (np.sort(s @ directions, axis=0) for s in (x, y))
        distances.append(float(1000 * np.abs(sorted_x - sorted_y).mean()))
    return distances


def measure(x: dict[str, np.ndarray]) -> dict[str, float]:
    """Every number that the test compares."""
    real, fake, few, logits = x["real"], x["fake"], x["few"], x["logits"]
    subsets = [mmd(pick(real, KID_A, s), pick(fake, KID_B, s)) for s in range(SUBSETS)]
    doubles = [torch.tensor(v.astype(np.float64)) for v in (fake, real)]
    prc = prc_features_to_metric(*doubles, prc_neighborhood=3, prc_batch_size=10000,
                                 save_cpu_ram=False, verbose=False)
    prdc = compute_prdc(real.astype(np.float64), fake.astype(np.float64), nearest_k=5)
    score = isc_features_to_metric(torch.tensor(logits), splits=7, shuffle=False)
    counts = np.bincount(logits.argmax(axis=1), minlength=10)
    distances = sliced(x["pictures0"], x["pictures1"])
    return {
        "frechet": frechet_fidelity(real, fake),
        "frechet_scipy": frechet_scipy(real, fake),
        "frechet_few": frechet_fidelity(real, few),
        "trace": float(np.trace(np.cov(real.T)) + np.trace(np.cov(fake.T))),
        "kid_same_size": kid_fidelity(real[:len(fake)], fake),
        "kid_full": mmd(real, fake),
        "kid_subsets": float(np.mean(subsets)),
        "kid_subsets_deviation": float(np.std(subsets)),
        "precision": prc["precision"], "recall": prc["recall"],
        "density": float(prdc["density"]), "coverage": float(prdc["coverage"]),
        "score": score["inception_score_mean"],
        "score_deviation": score["inception_score_std"],
        "modes": float((counts > 0).sum()),
        "kl": float(scipy.stats.entropy(counts, np.ones(10))),
    } | {f"sliced{k}": d for k, d in enumerate(distances)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    inputs = make_inputs()
    numbers = {name: repr(value) for name, value in measure(inputs).items()}
    packages = ("torch", "torch-fidelity", "prdc", "numpy", "scipy", "scikit-learn")
    versions = " ".join(f"{p} {importlib.metadata.version(p)}" for p in packages)
    save_file(inputs, str(out), metadata=numbers | {"versions": versions})
    print(out, numbers, versions, sep="\n")


if __name__ == "__main__":
    main()
