"""Layers that make maps smaller and larger: their keys and shapes."""

from __future__ import annotations

from typing import Any, Callable

from fields import Fields, as_count, explicit_pads
from layers import GlobalPool, Layer, Pair, Pool, Resize, same_pads

SHORT_FORMS = {
    "max_pool": "kernel", "average_pool": "kernel", "adaptive_average_pool": "size",
    "upsample": "factor", "downsample": "factor", "resize": "size",
}


def map_size(site: Any, fields: Fields) -> Pair:
    if len(site.shape) != 3:
        raise fields.fail(f"needs an input of [height, width, channels], has {list(site.shape)}")
    return site.shape[0], site.shape[1]


def windows(n: int, kernel: int, stride: int, before: int, after: int, ceil: bool) -> int:
    room = n + before + after - kernel
    if not ceil:
        return room // stride + 1
    out = -(-room // stride) + 1
    return out - 1 if (out - 1) * stride >= n + before else out


def make_pool(site: Any, fields: Fields) -> Layer:
    size = map_size(site, fields)
    kernel = fields.pair("kernel")
    stride = fields.pair("stride") if fields.has("stride") else kernel
    padding, ceil = fields.get("padding", "valid"), fields.flag("ceil", False)
    if padding == "same":
        pads = same_pads(size, kernel, stride)
    else:
        pads = explicit_pads(0 if padding == "valid" else padding, fields.where)
    average = ".average_pool" in site.name
    counts = fields.flag("count_padding", padding not in ("same", "valid")) if average else False
    h, w = (windows(size[i], kernel[i], stride[i], pads[i], pads[i + 2], ceil) for i in (0, 1))
    if min(h, w) < 1:
        raise fields.fail(f"the kernel {list(kernel)} is larger than the padded {list(size)} map")
    return Pool(site.name, site.shape, (h, w, site.shape[2]), kernel, stride, pads, ceil, counts)


def make_global_pool(site: Any, fields: Fields) -> Layer:
    map_size(site, fields)
    return GlobalPool(site.name, site.shape, site.shape[2:])


def filter_of(fields: Fields, known: tuple[str, ...]) -> tuple[str, tuple[int, ...]]:
    """A word, or the taps of a list."""
    value = fields.get("filter")
    if isinstance(value, list):
        return "taps", tuple(as_count(v, 1, f"{fields.where}: filter") for v in value)
    return (fields.choice("filter", known) if value is not None else known[0]), ()


def make_resized(site: Any, fields: Fields) -> Layer:
    """The four that are told a size or a factor."""
    size, kind = map_size(site, fields), site.name.split(".")[1].rstrip("0123456789")
    known = {"upsample": ("nearest", "bilinear"), "downsample": ("average",),
             "resize": ("bilinear", "bicubic", "nearest")}.get(kind, ("adaptive",))
    name, taps = filter_of(fields, known) if kind != "adaptive_average_pool" else ("adaptive", ())
    antialias = half_pixel = False
    if kind == "resize":
        antialias, half_pixel = fields.flag("antialias", False), fields.flag("half_pixel", True)
    if kind in ("upsample", "downsample"):
        fh, fw = fields.pair("factor")
        up = kind == "upsample"
        h, w = (size[0] * fh, size[1] * fw) if up else (size[0] // fh, size[1] // fw)
        half_pixel = True
    else:
        h, w = fields.pair("size")
    return Resize(site.name, site.shape, (h, w, site.shape[2]), name, taps, antialias, half_pixel)


MAKERS: dict[str, Callable[[Any, Fields], Layer]] = {
    "max_pool": make_pool,
    "average_pool": make_pool,
    "global_average_pool": make_global_pool,
    "global_sum_pool": make_global_pool,
    "adaptive_average_pool": make_resized,
    "upsample": make_resized,
    "downsample": make_resized,
    "resize": make_resized,
}
