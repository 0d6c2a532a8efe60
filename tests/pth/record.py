#!/usr/bin/env python3
"""Records files of the real torch.save() for tests/unit/test_pth.c.

    python3 tests/pth/record.py FOLDER     (tests/pth; torch as in tests/golden/requirements.txt)

Each NAME.pth has a NAME.safetensors beside it: the same tensors, contiguous and in fp32, under the
names that pth.h gives them. Files in refused/ are to be refused. Storages are of the numbers of a
fixed formula, so that the files are the same for one version of PyTorch.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn


def numbers(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Distinct numbers that every type of 8 bits and more holds."""
    count = 1
    for side in shape:
        count *= side
    return (torch.arange(count) % 15 + 1).reshape(shape).to(dtype)


def fill(module: nn.Module) -> nn.Module:
    with torch.no_grad():
        for i, tensor in enumerate(module.state_dict().values()):
            tensor.copy_((torch.arange(tensor.numel()).reshape(tensor.shape) - 7 + i) / 8)
    return module


def network() -> nn.Module:
    return fill(nn.Sequential(nn.Conv2d(2, 3, (3, 2)), nn.BatchNorm2d(3), nn.Linear(4, 5)))


def of_every_type() -> dict[str, Tensor]:
    names = ("float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool "
             "uint16 uint32 uint64 float8_e4m3fn float8_e5m2")
    tensors = {name: numbers(3, 5, dtype=getattr(torch, name)) for name in names.split()}
    tensors["odd float32"] = torch.tensor([0.0, -0.0, 1e-40, -1e30, float("inf"), float("-inf")])
    tensors["odd float16"] = torch.tensor([6e-8, 65504.0, float("inf")], dtype=torch.float16)
    tensors["odd float8"] = torch.tensor([-448.0, 0.001953125, -0.0]).to(torch.float8_e4m3fn)
    tensors["odd int64"] = torch.tensor([-1, 2**53 + 1, -(2**62)])
    tensors["odd float64"] = torch.tensor([0.1, -1e300, 1e-300], dtype=torch.float64)
    return tensors


def with_strides() -> dict[str, Tensor]:
    base = numbers(4, 6, 5)
    return {
        "base": base,
        "turned": base.permute(2, 0, 1),
        "part": base[1:3, ::2, 1:4],
        "channels_last": numbers(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "expanded": numbers(3, 1).expand(3, 4),
        "scalar": torch.tensor(2.5),
        "none": torch.zeros(0, 3),
        "none of a part": base[4:],
        "one": base[3, 5, 4],
    }


def training() -> dict[str, Any]:
    module = network()
    adam = torch.optim.Adam(module.parameters(), lr=0.001)
    for p in module.parameters():
        p.grad = torch.ones_like(p)
    adam.step()
    return {
        "epoch": 7,
        "best": 0.5,
        "name": "a run",
        "done": True,
        "nothing": None,
        "shape": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "large": 2**80,
        "state_dict": module.state_dict(),
        "optimizer": adam.state_dict(),
        "history": [numbers(2), (numbers(3), {"deep": numbers(1)})],
        5: numbers(4),
        "seen": {1, 2},
        "kind": torch.float16,
    }


def names_of(value: Any, path: str = "") -> dict[str, Tensor]:
    if isinstance(value, Tensor):
        return {path: value}
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, (list, tuple)):
        items = list(enumerate(value))
    found: dict[str, Tensor] = {}
    for key, item in items:
        found |= names_of(item, f"{path}.{key}" if path else str(key))
    return found


def write(folder: Path, name: str, value: Any, **options: Any) -> None:
    torch.save(value, folder / f"{name}.pth", **options)
    loaded = torch.load(folder / f"{name}.pth", weights_only=False)
    tensors = {n or "lone": t.detach().to(torch.float32).contiguous().clone()
               for n, t in names_of(loaded).items()}
    save_file(tensors, folder / f"{name}.safetensors", {"torch": torch.__version__})


def write_pair(folder: Path, name: str, value: Any) -> None:
    write(folder, name, value)
    write(folder, f"{name}_stream", value, _use_new_zipfile_serialization=False)


def record(folder: Path) -> None:
    write(folder, "types", of_every_type())
    old = {n: t for n, t in of_every_type().items() if "uint" not in n and "float8" not in n}
    write(folder, "types_stream", old, _use_new_zipfile_serialization=False)
    write_pair(folder, "strides", with_strides())
    write_pair(folder, "module", network().state_dict())
    write_pair(folder, "training", training())
    write(folder, "parameters", dict(network().named_parameters()))
    write(folder, "lone", numbers(2, 3))
    write(folder, "protocol4", network().state_dict(), pickle_protocol=4)
    write(folder, "protocol5", network().state_dict(), pickle_protocol=5)
    write(folder, "protocol4_stream", network().state_dict(), pickle_protocol=4,
          _use_new_zipfile_serialization=False)
    attributed = numbers(2, 2)
    attributed.note = "an attribute"  # type: ignore[attr-defined]
    write(folder, "attributes", OrderedDict(a=attributed, b=numbers(1)))


def record_refused(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    torch.save(network(), folder / "whole_model.pth")
    torch.save({"x": torch.eye(3).to_sparse()}, folder / "sparse.pth")
    torch.save({"x": numbers(2), "path": Path("x")}, folder / "path.pth")
    torch.save({"n": 1}, folder / "no_tensors.pth")
    order, sys.byteorder = sys.byteorder, "big"  # type: ignore[misc]
    torch.save({"x": numbers(2)}, folder / "big_endian.pth")
    torch.save({"x": numbers(2)}, folder / "big_endian_stream.pth",
               _use_new_zipfile_serialization=False)
    sys.byteorder = order  # type: ignore[misc]
    torch.save({"x": numbers(2, dtype=torch.complex64)}, folder / "complex.pth")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    target = parser.parse_args().folder
    os.makedirs(target, exist_ok=True)
    record(target)
    record_refused(target / "refused")
