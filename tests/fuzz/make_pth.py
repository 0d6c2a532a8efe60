#!/usr/bin/env python3
"""Makes the corpus of fuzz_pth: pickles by hand, right and wrong, in both containers.

    python3 tests/fuzz/make_pth.py tests/fuzz/corpus/pth

Needs Python alone: the pickles are written byte by byte (Lib/pickletools.py has the opcodes).
"""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from pathlib import Path

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
DATA = struct.pack("<4f", 1, 2, 3, 4)


def storage(kind: bytes = b"FloatStorage", key: bytes = b"0", numel: int = 4) -> bytes:
    return (b"(X\x07\0\0\0storagectorch\n" + kind + b"\nX" + struct.pack("<I", len(key)) + key
            + b"X\x03\0\0\0cpuJ" + struct.pack("<i", numel) + b"tQ")


def whole(*numbers: int) -> bytes:
    return b"(" + b"".join(b"J" + struct.pack("<i", n) for n in numbers) + b"t"


def tensor(offset: int = 0, size: bytes = whole(2, 2), stride: bytes = whole(2, 1),
           of: bytes = b"") -> bytes:
    return (REBUILD + b"(" + (of or storage()) + b"J" + struct.pack("<i", offset) + size + stride
            + b"\x89ccollections\nOrderedDict\n)RtR")


def named(*tensors: bytes) -> bytes:
    rows = b"".join(b"X\x01\0\0\0" + bytes([97 + i]) + t for i, t in enumerate(tensors))
    return b"\x80\x02}(" + rows + b"u."


def archive(pickle: bytes, *, order: bytes = b"little", data: bytes = DATA,
            method: int = zipfile.ZIP_STORED, extra: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as z:
        z.writestr(zipfile.ZipInfo("archive/data.pkl"), pickle, method)
        z.writestr(zipfile.ZipInfo("archive/byteorder"), order, method)
        z.writestr(zipfile.ZipInfo("archive/data/0"), data, method)
        if extra:
            z.writestr(zipfile.ZipInfo(extra), b"", method)
    return file.getvalue()


def stream(pickle: bytes, *, little: bytes = b"\x88", keys: bytes = b"](X\x01\0\0\x000e",
           data: bytes = struct.pack("<q", 4) + DATA) -> bytes:
    machine = b"\x80\x02}X\x0d\0\0\0little_endian" + little + b"s."
    return MAGIC + b"\x80\x02M\xe9\x03." + machine + pickle + b"\x80\x02" + keys + b"." + data


def corpus() -> dict[str, bytes]:
    good = named(tensor())
    files = {
        "good": archive(good),
        "good-stream": stream(good),
        "packed": archive(good, method=zipfile.ZIP_DEFLATED),
        "packed-bomb": archive(named(tensor(of=storage(numel=1 << 20))), data=bytes(4 << 20),
                               method=zipfile.ZIP_DEFLATED),
        "strides": archive(named(tensor(stride=whole(1, 2)), tensor(stride=whole(0, 0)),
                                 tensor(3, whole(), whole()), tensor(4, whole(0), whole(1)))),
        "expanded-wide": archive(named(tensor(size=whole(1 << 30, 1 << 26), stride=whole(0, 0)))),
        "beyond": archive(named(tensor(1))),
        "beyond-stride": archive(named(tensor(stride=whole(1 << 30, 1)))),
        "dims-65": archive(named(tensor(size=whole(*[1] * 65), stride=whole(*[1] * 65)))),
        "big-endian": archive(good, order=b"big"),
        "big-endian-stream": stream(good, little=b"\x89"),
        "script": archive(good, extra="archive/constants.pkl"),
        "storage-short": archive(good, data=DATA[:8]),
        "storage-absent": archive(named(tensor(of=storage(key=b"1")))),
        "storage-negative": archive(named(tensor(of=storage(numel=-1)))),
        "storage-of-two-types": archive(named(tensor(), tensor(of=storage(b"IntStorage")))),
        "storage-as-tensor": archive(named(storage())),
        "key-long": archive(named(tensor(of=storage(key=b"k" * 300)))),
        "key-leads-out": archive(named(tensor(of=storage(key=b"../../../etc/passwd")))),
        "stream-cut": stream(good)[:-3],
        "stream-long": stream(good) + b"x",
        "stream-no-keys": stream(good, keys=b"]"),
        "stream-keys-twice": stream(good, keys=b"](X\x01\0\0\x000X\x01\0\0\x000e"),
        "stream-numel": stream(good, data=struct.pack("<q", -1) + DATA),
        "stream-magic-alone": MAGIC,
        "names-twice": archive(b"\x80\x02}(X\x01\0\0\0a" + tensor() + b"X\x01\0\0\0a" + tensor()
                               + b"u."),
        "itself": archive(b"\x80\x02]q\0h\0a."),
        "lists-of-lists": archive(b"\x80\x02]" + b"".join(
            b"q%c](h%ch%ce" % (i, i, i) for i in range(40)) + b"."),
        "deep": archive(b"\x80\x02" + b"]" * 5000 + b"a" * 4999 + b"."),
        "system": archive(b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."),
        "system-stack": archive(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R."),
        "opcode-new-object": archive(b"\x80\x02ccollections\nOrderedDict\n)\x81."),
        "opcode-none": archive(b"\x80\x02\xff."),
        "memo-far": archive(b"\x80\x02Nr\xff\xff\xff\xff."),
        "text-long": archive(b"\x80\x02X\xff\xff\xff\xff."),
        "no-pickle": archive(b""),
        "from-type": archive(named(
            b"ctorch._tensor\n_rebuild_from_type_v2\n(" + REBUILD + b"ctorch\nTensor\n("
            + storage() + b"K\0" + whole(4) + whole(1) + b"\x89}t}tR")),
        "from-type-of-itself": archive(named(
            b"ctorch._tensor\n_rebuild_from_type_v2\nq\0(h\0h\0(h\0h\0)}t}tR")),
        "typed": archive(named(
            b"ctorch._utils\n_rebuild_tensor_v3\n(" + storage(b"UntypedStorage", numel=16) + b"K\0"
            + whole(8) + whole(1) + b"\x89}ctorch\nuint16\ntR")),
        "typed-beyond": archive(named(
            b"ctorch._utils\n_rebuild_tensor_v3\n(" + storage(b"UntypedStorage", numel=16) + b"K\0"
            + whole(9) + whole(1) + b"\x89}ctorch\nuint16\ntR")),
        "empty": b"",
        "zip-alone": b"PK\3\4",
    }
    changed = bytearray(files["good"])
    changed[files["good"].index(DATA)] ^= 1
    files["sum-wrong"] = bytes(changed)
    return files


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in corpus().items():
        (folder / f"{name}.pth").write_bytes(content)
