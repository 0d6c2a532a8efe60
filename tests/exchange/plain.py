"""The plain formats: the same numbers in each, and those of the checkpoint."""

import numpy as np
import safetensors.numpy


def compare(case, tensors):
    """What is wanted if every tensor is the checkpoint's, bit for bit; else infinities."""
    checkpoint = safetensors.numpy.load_file(case.checkpoint)
    side = case.network[0] + "."
    averaged = "ema/" if case.is_generator and "--no-averaged" not in case.flags else ""
    names = {n for n in checkpoint if n.startswith(side)}
    same = names == set(tensors) and all(
        np.array_equal(checkpoint[averaged + n], tensors[n]) for n in names
    )
    return case.wanted if same else np.full_like(case.wanted, np.inf)


def plain_safetensors(case):
    return compare(
        case, safetensors.numpy.load_file(case.export("plain.safetensors", "--to", "safetensors"))
    )


def npz(case):
    return compare(case, dict(np.load(case.export("net.npz"))))


def npy(case):
    folder = case.export("arrays-" + "-".join(case.flags).replace("--", ""), "--to", "npy")
    return compare(case, {f.stem: np.load(f) for f in folder.glob("*.npy")})


FORMATS = {"safetensors, bits": plain_safetensors, "npz, bits": npz, "npy, bits": npy}
