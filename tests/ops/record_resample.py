#!/usr/bin/env python3
"""Writes tests/ops/resample_numbers.h: the matrix of one axis of each way to pool and resize, as
PyTorch has it in double precision.

    python3 record_resample.py > resample_numbers.h     (torch, see tests/golden/requirements.txt)

Every function is linear, so its matrix's column i is what it makes of the i-th unit vector; the
other axis has one element."""
import torch
import torch.nn.functional as F

# StyleGAN's upfirdn2d.upsample2d and downsample2d, as their definition reads: zeros between the
# elements, padding, a filter, every n-th element.
def binomial(n):
    row = [1.0]
    for _ in range(n - 1):
        row = [a + b for a, b in zip([0.0] + row, row + [0.0])]
    return torch.tensor(row, dtype=torch.float64) / 2 ** (n - 1)


def filtered(x, up, down, before, after, taps, gain):
    n = x.shape[2]
    spread = torch.zeros(x.shape[0], 1, n * up, 1, dtype=x.dtype)
    spread[:, :, ::up] = x
    spread = F.pad(spread, (0, 0, before, after))
    return F.conv2d(spread, gain * binomial(taps).reshape(1, 1, taps, 1))[:, :, ::down]


def up(factor, taps):
    before, after = (taps + factor - 1) // 2, (taps - factor) // 2
    return lambda x: filtered(x, factor, 1, before, after, taps, factor)


def down(factor, taps):
    return lambda x: filtered(x, 1, factor, (taps - factor + 1) // 2, (taps - factor) // 2, taps, 1)


def mean(window, stride, padding, ceil, counts):
    return lambda x: F.avg_pool2d(x, (window, 1), (stride, 1), (padding, 0), ceil, counts)


def sized(out, mode, antialias=False):
    align = {"align_corners": False} if mode != "nearest" and mode != "nearest-exact" else {}
    # Four equal columns, of which one is kept: of a single one, PyTorch 2.15's antialias makes
    # every row like the first.
    return lambda x: F.interpolate(x.repeat(1, 1, 1, 4), (out, 4), mode=mode, antialias=antialias,
                                   **align)[..., :1]


ANY = "GAN_DIVIDE_BY_INSIDE"
# kind, divisor, half_pixel, antialias, {in, out, window, stride, before, after}, function
CASES = [
    ("MEAN", "GAN_DIVIDE_BY_WINDOW", 0, 0, (7, 3, 3, 2, 0, 0), mean(3, 2, 0, False, True)),
    ("MEAN", "GAN_DIVIDE_BY_WINDOW", 0, 0, (7, 4, 3, 2, 1, 1), mean(3, 2, 1, False, True)),
    ("MEAN", ANY, 0, 0, (7, 4, 3, 2, 1, 1), mean(3, 2, 1, False, False)),
    ("MEAN", "GAN_DIVIDE_BY_WINDOW", 0, 0, (8, 5, 3, 2, 1, 1), mean(3, 2, 1, True, True)),
    ("MEAN", ANY, 0, 0, (8, 5, 3, 2, 1, 1), mean(3, 2, 1, True, False)),
    ("MEAN", ANY, 0, 0, (5, 2, 2, 3, 0, 0), mean(2, 3, 0, False, False)),
    ("ADAPTIVE", ANY, 0, 0, (7, 3, 0, 0, 0, 0), lambda x: F.adaptive_avg_pool2d(x, (3, 1))),
    ("ADAPTIVE", ANY, 0, 0, (3, 7, 0, 0, 0, 0), lambda x: F.adaptive_avg_pool2d(x, (7, 1))),
    ("ADAPTIVE", ANY, 0, 0, (11, 1, 0, 0, 0, 0), lambda x: F.adaptive_avg_pool2d(x, (1, 1))),
    ("NEAREST", ANY, 0, 0, (4, 8, 0, 0, 0, 0), sized(8, "nearest")),
    ("NEAREST", ANY, 0, 0, (7, 5, 0, 0, 0, 0), sized(5, "nearest")),
    ("NEAREST", ANY, 1, 0, (7, 5, 0, 0, 0, 0), sized(5, "nearest-exact")),
    ("NEAREST", ANY, 1, 0, (5, 13, 0, 0, 0, 0), sized(13, "nearest-exact")),
    ("LINEAR", ANY, 1, 0, (4, 8, 0, 0, 0, 0), sized(8, "bilinear")),
    ("LINEAR", ANY, 1, 0, (5, 13, 0, 0, 0, 0), sized(13, "bilinear")),
    ("LINEAR", ANY, 1, 0, (13, 5, 0, 0, 0, 0), sized(5, "bilinear")),
    ("LINEAR", ANY, 1, 1, (13, 5, 0, 0, 0, 0), sized(5, "bilinear", True)),
    ("LINEAR", ANY, 1, 1, (5, 13, 0, 0, 0, 0), sized(13, "bilinear", True)),
    ("CUBIC", ANY, 1, 0, (5, 13, 0, 0, 0, 0), sized(13, "bicubic")),
    ("CUBIC", ANY, 1, 0, (13, 5, 0, 0, 0, 0), sized(5, "bicubic")),
    ("CUBIC", ANY, 1, 0, (1, 3, 0, 0, 0, 0), sized(3, "bicubic")),
    ("CUBIC", ANY, 1, 1, (13, 5, 0, 0, 0, 0), sized(5, "bicubic", True)),
    ("CUBIC", ANY, 1, 1, (5, 13, 0, 0, 0, 0), sized(13, "bicubic", True)),
    ("BINOMIAL_UP", ANY, 0, 0, (5, 10, 3, 2, 2, 0), up(2, 3)),
    ("BINOMIAL_UP", ANY, 0, 0, (5, 10, 4, 2, 2, 1), up(2, 4)),
    ("BINOMIAL_UP", ANY, 0, 0, (4, 12, 3, 3, 2, 0), up(3, 3)),
    ("BINOMIAL_DOWN", ANY, 0, 0, (8, 4, 3, 2, 1, 0), down(2, 3)),
    ("BINOMIAL_DOWN", ANY, 0, 0, (7, 3, 3, 2, 1, 0), down(2, 3)),
    ("BINOMIAL_DOWN", ANY, 0, 0, (8, 4, 4, 2, 1, 1), down(2, 4)),
]

print("/* resample_numbers.h — the matrix of one axis, [out][in], by PyTorch %s in double precision"
      % torch.__version__.split("+")[0])
print(" * (record_resample.py). */")
print("/* clang-format off */")
print("static const struct {")
print("    gan_resample_kind kind;\n    gan_resample_divisor divisor;")
print("    bool half_pixel, antialias;")
print("    gan_map_axis axis;\n    double numbers[%d];" % max(c[4][0] * c[4][1] for c in CASES))
print("} by_pytorch[] = {")
for kind, divisor, half, anti, axis, function in CASES:
    columns = function(torch.eye(axis[0], dtype=torch.float64).reshape(axis[0], 1, axis[0], 1))
    matrix = columns.reshape(axis[0], axis[1]).T.flatten()
    print("    {GAN_RESAMPLE_%s, %s, %s, %s, {%s},"
          % (kind, divisor, "true" if half else "false", "true" if anti else "false",
             ", ".join(map(str, axis))))
    text = "     {" + ", ".join("%.17g" % v for v in matrix.tolist()) + "}},"
    while len(text) > 100:
        cut = text.rindex(", ", 0, 100) + 1
        print(text[:cut])
        text = "      " + text[cut + 1:]
    print(text)
print("};")
print("/* clang-format on */")
