"""A recorded trajectory as a safetensors file; trace_format.md says what is in it.

read_trace() is written against the safetensors format alone and writing goes through the official
package, so the two check each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

FORMATS = ("gan.c trace 1", "gan.c trace 2")
OPTIONS = {"batch_size", "steps", "schedule", "loss", "framework", "compute"}
DTYPES: dict[str, np.dtype] = {
    "F32": np.dtype("<f4"), "I32": np.dtype("<i4"), "U8": np.dtype("u1")
}


class TraceError(ValueError):
    """A file that is no trace, or a damaged one."""


@dataclass(frozen=True)
class Trace:
    """Tensors by name, the network's YAML text, and the options of the recording."""

    tensors: dict[str, np.ndarray]
    net: str
    options: dict[str, Any]


def type_of(name: str) -> type:
    """Masks are bytes, labels whole numbers, the rest float32."""
    if "/mask." in name:
        return np.uint8
    return np.int32 if name.endswith("/labels") else np.float32


def write_trace(path: Path, trace: Trace) -> None:
    """Writes every tensor in its type. Raises TraceError that names the file."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    tensors = {
        name: np.ascontiguousarray(value, dtype=type_of(name))
        for name, value in trace.tensors.items()
    }
    options = yaml.safe_dump(trace.options, sort_keys=False)
    metadata = {"format": FORMATS[-1], "net": trace.net, "options": options}
    try:
        save_file(tensors, str(path), metadata=metadata)
    except SafetensorError as error:
        raise TraceError(f"{path}: {error}") from error


def read_trace(path: Path) -> Trace:
    """Reads a trace. Raises TraceError with what is wrong, OSError when unreadable."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    try:
        header = json.loads(raw[8:start])
        metadata = header.pop("__metadata__", {})
        tensors = {name: read_tensor(raw[start:], entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TraceError(f"not a safetensors file, or damaged: {error}") from error
    if metadata.get("format") not in FORMATS:
        raise TraceError(f"format is {metadata.get('format')!r}, none of {', '.join(FORMATS)}")
    options = yaml.safe_load(metadata.get("options", ""))
    if not isinstance(options, dict) or not options.keys() >= OPTIONS or "net" not in metadata:
        raise TraceError(f"its metadata lack net, or an option of {', '.join(sorted(OPTIONS))}")
    return Trace(tensors, metadata["net"], options)


def read_tensor(data: bytes, entry: dict[str, Any]) -> np.ndarray:
    """One tensor of the data section, by its header entry."""
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= len(data):
        raise ValueError(f"bytes {begin} to {end} of {len(data)}")
    return np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
