"""The program's random numbers (src/base/philox.h, normal.c), a function of four numbers."""

from __future__ import annotations

import numpy as np


def philox(seed: int, stream: int, step: int, block: int) -> list[int]:
    """Philox4x32-10: four 32-bit words."""
    low = 0xFFFFFFFF
    c = [block & low, stream & low, step & low, step >> 32 & low]
    k = [seed & low, seed >> 32 & low]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q & low, p >> 32 ^ c[3] ^ k[1], p & low]
        k = [k[0] + 0x9E3779B9 & low, k[1] + 0xBB67AE85 & low]
    return c


def normals(seed: int, stream: int, step: int, first: int, n: int) -> np.ndarray:
    """n draws of normal(0,1) from number `first` on, by Box and Muller."""
    out = []
    for i in range(first, first + n):
        words = philox(seed, stream, step, i // 4)
        pair = i % 4 // 2 * 2
        u, v = [((words[pair + k] >> 9) + 0.5) / 8388608 for k in (0, 1)]
        turn = np.sin if i % 2 else np.cos
        out.append(np.sqrt(-2 * np.log(u)) * turn(2 * np.pi * v))
    return np.array(out)
