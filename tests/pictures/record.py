#!/usr/bin/env python3
"""Records small pictures of the formats that are read beside PNG and JPEG, by Pillow.

    python3 tests/pictures/record.py FOLDER     (tests/pictures; pillow and numpy)

Beside each NAME.webp, .bmp, .gif, .tif there is NAME.<ending>.png: what Pillow decodes it to, of
the channels that the picture has (L, LA, RGB, RGBA). tests/unit/test_data_formats.c compares them.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin

HEIGHT, WIDTH = 9, 13


def smooth(channels: int) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    planes = [x * 19 + y * 3, y * 27 + x, 255 - x * 11 - y * 7, (x + y) * 12]
    return np.stack(planes[:channels], -1).clip(0, 255).astype(np.uint8)


def image(mode: str) -> Image.Image:
    if mode == "L":
        return Image.fromarray(smooth(1)[..., 0])
    if mode == "LA":
        return Image.fromarray(np.stack([smooth(1)[..., 0], smooth(4)[..., 3]], -1), "LA")
    return Image.fromarray(smooth(len(mode)), mode)


def palette(bits: int) -> Image.Image:
    return image("RGB").quantize(1 << bits, dither=Image.Dither.NONE)


def write(folder: Path, name: str, picture: Image.Image, mode: str, **options: object) -> None:
    picture.save(folder / name, **options)
    expect(folder, name, mode)


def expect(folder: Path, name: str, mode: str) -> None:
    with Image.open(folder / name) as written:
        written.convert(mode).save(folder / f"{name}.png")


def webp(folder: Path) -> None:
    write(folder, "lossy.webp", image("RGB"), "RGB", quality=80)
    write(folder, "lossless.webp", image("RGB"), "RGB", lossless=True)
    write(folder, "alpha.webp", image("RGBA"), "RGBA", lossless=True, exact=True)
    write(folder, "lossy_alpha.webp", image("RGBA"), "RGBA", quality=70, exact=True)
    exif = Image.Exif()
    exif[274] = 6
    image("RGB").save(folder / "turned.webp", lossless=True, exif=exif)
    image("RGB").transpose(Image.Transpose.ROTATE_270).save(folder / "turned.webp.png")
    image("RGB").save(folder / "animated.webp", save_all=True,
                      append_images=[image("RGB").rotate(90)], lossless=True)


def bmp(folder: Path) -> None:
    for bits in (1, 4, 8):
        picture = palette(bits) if bits > 1 else image("L").convert("1")
        write(folder, f"palette{bits}.bmp", picture, "RGB")
    write(folder, "grey.bmp", image("L"), "RGB")
    write(folder, "rgb.bmp", image("RGB"), "RGB")
    pixels = smooth(4).astype(np.uint32)
    info = struct.pack("<IiiHHII", 124, WIDTH, -HEIGHT, 1, 32, 3, 0) + bytes(16)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = (info + masks).ljust(124, b"\0")
    data = (pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2] | pixels[..., 3] << 24)
    file(folder / "masks.bmp", header, data.astype("<u4").tobytes())
    image("RGBA").save(folder / "masks.bmp.png")
    high = pixels[..., 0] >> 3 << 11 | pixels[..., 1] >> 2 << 5 | pixels[..., 2] >> 3
    info = struct.pack("<IiiHHII", 40, WIDTH, HEIGHT, 1, 16, 3, 0) + bytes(16)
    masks = struct.pack("<3I", 0xF800, 0x7E0, 0x1F)
    rows = np.zeros((HEIGHT, WIDTH + WIDTH % 2), "<u2")
    rows[:, :WIDTH] = high[::-1]
    file(folder / "rgb565.bmp", info + masks, rows.tobytes())
    most = np.array([31, 63, 31])
    value = np.stack([high >> 11, high >> 5 & 63, high & 31], -1).astype(np.int64)
    Image.fromarray(((value * 255 + most // 2) // most).astype(np.uint8)).save(
        folder / "rgb565.bmp.png")
    info = struct.pack("<IiiHHII", 40, WIDTH, HEIGHT, 1, 8, 1, 0) + bytes(16)
    file(folder / "packed.bmp", info + bytes(1024), bytes(64))


def file(path: Path, header: bytes, data: bytes) -> None:
    at = 14 + len(header)
    path.write_bytes(b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + header + data)


def gif(folder: Path) -> None:
    write(folder, "plain.gif", palette(6), "RGB", interlace=0)
    write(folder, "interlaced.gif", palette(6), "RGB", interlace=1)
    clear = palette(5)
    write(folder, "transparent.gif", clear, "RGBA", transparency=3)
    write(folder, "animated.gif", palette(5), "RGB", save_all=True,
          append_images=[palette(5).rotate(180)], duration=50)


def tiff(folder: Path) -> None:
    for name, mode in (("grey", "L"), ("rgb", "RGB"), ("rgba", "RGBA"), ("grey_alpha", "LA")):
        write(folder, f"{name}.tif", image(mode), mode)
    write(folder, "lzw.tif", image("RGB"), "RGB", compression="tiff_lzw")
    write(folder, "deflate.tif", image("RGB"), "RGB", compression="tiff_adobe_deflate")
    write(folder, "palette.tif", palette(4), "RGB")
    write(folder, "bits.tif", image("L").convert("1"), "L")
    deep = (smooth(1)[..., 0].astype(np.uint16) * 257 - 3).clip(0, 65535).astype(np.uint16)
    Image.fromarray(deep).save(folder / "grey16.tif")
    Image.fromarray(((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)).save(
        folder / "grey16.tif.png")
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[274] = 6
    image("RGB").save(folder / "turned.tif", tiffinfo=tags)
    image("RGB").transpose(Image.Transpose.ROTATE_270).save(folder / "turned.tif.png")
    write(folder, "pages.tif", image("RGB"), "RGB", save_all=True,
          append_images=[image("RGB").rotate(90)])


def resize(folder: Path) -> None:
    """A noisy picture by every filter, smaller and larger: for test_data_fit.c."""
    source = np.random.default_rng(5).integers(0, 256, (37, 53, 3), np.uint8)
    source[:12, :20] = 255
    source[20:, 30:] = 0
    picture = Image.fromarray(source)
    picture.save(folder / "source.png")
    for name in ("bilinear", "box", "bicubic", "lanczos"):
        for height, width in ((16, 16), (64, 80), (9, 53), (37, 7)):
            small = picture.resize((width, height), getattr(Image.Resampling, name.upper()))
            small.save(folder / f"{name}_{height}x{width}.png")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for record in (webp, bmp, gif, tiff):
        record(target)
    (target / "resize").mkdir(exist_ok=True)
    resize(target / "resize")
