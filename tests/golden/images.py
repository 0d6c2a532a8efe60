"""Real images for a recording or a timing: from a file, or made up.

Images are float32 (N, H, W, C) in [-1, 1]; bytes become (x - 127.5) / 127.5, as in the tutorial.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Optional

import numpy as np

from layers import Shape

IDX_BYTES = 8  # type code of unsigned bytes in the third byte of an IDX file
WAVES = 4


class DataError(ValueError):
    """A file of images that cannot be used; the text says which and why."""


def read_idx(path: Path) -> np.ndarray:
    """The unsigned bytes of an IDX file, compressed by gzip or not, in the file's shape."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip: {error}") from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] != IDX_BYTES:
        raise DataError(f"{path}: not an IDX file of unsigned bytes")
    start = 4 + 4 * raw[3]
    shape = tuple(int(n) for n in np.frombuffer(raw[4:start], dtype=">u4"))
    if len(shape) != raw[3] or len(raw) - start != int(np.prod(shape, dtype=np.int64)):
        raise DataError(f"{path}: {len(raw)} bytes do not hold a tensor of {list(shape)}")
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)


def read_images(path: Path, image: Shape, most: Optional[int] = None) -> np.ndarray:
    """The images of a .npy or IDX file, the first `most` if given. Bytes are scaled; floats must
    already be in [-1, 1]."""
    data = np.load(path, allow_pickle=False) if path.suffix == ".npy" else read_idx(path)
    if data.ndim == 3:
        data = data[..., np.newaxis]
    if data.ndim != 4 or data.shape[1:] != image or len(data) == 0:
        raise DataError(f"{path}: holds {list(data.shape)}, the network needs [N, *{list(image)}]")
    data = data[:most]
    if data.dtype == np.uint8:
        return (data.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)
    data = data.astype(np.float32)
    if not np.abs(data).max() <= 1.0:
        raise DataError(f"{path}: values must be bytes, or floats in [-1, 1]")
    return data


def smooth_images(count: int, image: Shape, rng: np.random.Generator) -> np.ndarray:
    """Made-up images: a few plane waves each, squashed into (-1, 1)."""
    height, width, channels = image
    y, x = np.mgrid[0:height, 0:width] / float(max(height, width))
    freq = rng.uniform(-3.0, 3.0, (count, channels, WAVES, 2))
    phase = rng.uniform(0.0, 2.0 * np.pi, (count, channels, WAVES, 1, 1))
    angle = 2.0 * np.pi * (freq[..., 0, None, None] * y + freq[..., 1, None, None] * x) + phase
    return np.tanh(np.cos(angle).sum(axis=2)).transpose(0, 2, 3, 1).astype(np.float32)
