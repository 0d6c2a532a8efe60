"""Exports beside the real tools: the same z, the same picture.

    BUILD=build/release python tests/exchange/check.py [--random N] [--net FILE] [--record] [FORMAT]

Trains every shipped network and N random ones for a few steps, exports both networks in every
format, and compares what the tools compute with the program's own arithmetic in double precision.
Prints the largest difference for each format and tool, as docs/exchange.md shows it. --record also
exports the checkpoint of tests/exchange/recorded and writes what the tools made of it, for
tests/cli/test_export.sh, which runs without them.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import imports
import keras_models
import onnx_runtime
import plain
import pytorch

BUILD = pathlib.Path(os.environ["BUILD"]).resolve()
HERE = pathlib.Path(__file__).parent
GAN = BUILD / "gan"
LARGE = ("r3gan-cifar10", "r3gan-ffhq64", "r3gan-256")  # of one design with r3gan-small
LIMIT = 1e-5  # of images in [-1, 1]; logits by the largest of 1 and their size
FORMATS = {
    **pytorch.FORMATS,
    **onnx_runtime.FORMATS,
    **keras_models.FORMATS,
    **plain.FORMATS,
    **imports.FORMATS,
}


def run(*command, **more):
    return subprocess.run(
        [str(c) for c in command], check=True, capture_output=True, text=True, **more
    ).stdout


def write_images(net_text, folder):
    """A data set that fits the network: PNGs would need a library, so arrays."""
    import re

    h, w, c = (
        int(re.search(rf"{key}: (\d+)", net_text).group(1))
        for key in ("height", "width", "channels")
    )
    images = np.random.default_rng(1).integers(0, 256, (40, h, w, c), dtype=np.uint8)
    np.savez(folder / "images.npz", x_train=images)
    return folder / "images.npz"


def train(net, folder):
    """A checkpoint of few steps, with averages."""
    data = write_images(net.read_text(), folder)
    run_folder = run(
        GAN,
        "train",
        "--net",
        net,
        "--data",
        data,
        "--batch-size",
        8,
        "--steps",
        5,
        "--ema",
        "0.8",
        "--sample-every",
        0,
        "--device",
        "cpu",
        "--outdir",
        folder / "runs",
        "--quiet",
    ).strip()
    return next((pathlib.Path(run_folder) / "checkpoints").glob("step-*.safetensors"))


def difference(got, wanted):
    if got.shape != wanted.shape:
        return float("inf"), f"shape {got.shape} for {wanted.shape}"
    return (
        float(np.max(np.abs(got.astype(np.float64) - wanted) / np.maximum(1, np.abs(wanted)))),
        "",
    )


class Refused(Exception):
    """The format cannot say the network, and gan says which layer."""


class Case:
    """One network's export and what it must compute."""

    def __init__(self, checkpoint, folder, network, averaged):
        self.checkpoint, self.folder, self.network = checkpoint, folder, network
        # the witness has a checkpoint's own statistics, not those that are measured for sampling
        self.flags = ["--network", network, "--no-precise-bn"]
        self.flags += [] if averaged else ["--no-averaged"]
        witness = folder / "witness"
        self.is_generator = network == "generator"
        self.input = np.load(witness / ("z.npy" if self.is_generator else "inputs.npy"))
        output = (
            ("images.npy" if averaged else "images_plain.npy")
            if self.is_generator
            else "logits.npy"
        )
        self.wanted = np.load(witness / output)

    def export(self, name, *flags):
        output = self.folder / name
        command = [GAN, "export", self.checkpoint, "-o", output, "--json", "--quiet"]
        try:
            report = json.loads(run(*command, *self.flags, *flags))
        except subprocess.CalledProcessError as why:
            if " cannot say " in why.stderr:
                raise Refused(why.stderr.strip()) from why
            raise
        assert report["network"] == self.network, report
        return output

    def run(self, *command):
        return run(GAN, *command)

    def nchw(self):
        """The input as tools with channels first take it."""
        return (
            self.input
            if self.is_generator
            else np.ascontiguousarray(self.input.transpose(0, 3, 1, 2))
        )

    def as_ours(self, output):
        """What such a tool gives, as ours."""
        return output.transpose(0, 2, 3, 1) if self.is_generator else output


def digest(files):
    """SHA-256 of files one after the other, the program's version taken out."""
    version = run(GAN, "--version").split()[1].encode()
    content = b"".join(f.read_bytes() for f in sorted(files))
    return hashlib.sha256(content.replace(version, b"VERSION")).hexdigest()


def record(formats, folder):
    """A line for each format and network: the export's digest, the first numbers of its tool."""
    checkpoint = HERE / "recorded/pads.safetensors"
    run(BUILD / "tests/exchange/witness", checkpoint, folder / "witness")
    lines = []
    for network in ("generator", "discriminator"):
        case = Case(checkpoint, folder, network, network == "generator")
        for name in formats:
            before = set(folder.glob("net*"))
            got = FORMATS[name](case)
            files = set(folder.glob("net*")) - before
            if (
                got is not None
                and files
                and " " not in name.split(",")[0].replace("keras", " ")
                and not name.endswith("bits")
            ):
                numbers = " ".join(f"{v:.7g}" for v in got.reshape(-1)[:12])
                lines.append(f"{name.split(',')[0]} {network} {digest(files)} {numbers}\n")
            for f in files:
                f.unlink()
    (HERE / "recorded/pads.txt").write_text("".join(lines))


def check(net, folder, formats, worst, failures, refused):
    checkpoint = train(net, folder)
    run(BUILD / "tests/exchange/witness", checkpoint, folder / "witness")
    for network, averaged in (("generator", True), ("generator", False), ("discriminator", False)):
        case = Case(checkpoint, folder, network, averaged)
        for name in formats:
            try:
                got = FORMATS[name](case)
            except Refused as why:
                refused.add(f"{net.stem}, {name}: {why}")
                continue
            if got is None:
                continue
            error, why = difference(got, case.wanted)
            worst[name] = max(worst.get(name, (0, "")), (error, f"{net.stem} {network}"))
            if not error <= LIMIT:
                failures.append(
                    f"{net.stem} {network}, averaged: {averaged}, {name}: {error:.2e} {why}"
                )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", type=int, default=20)
    parser.add_argument("--net", action="append", help="this network alone; may be repeated")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("formats", nargs="*", default=list(FORMATS))
    args = parser.parse_args()
    worst, failures, refused = {}, [], set()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        nets = (
            [pathlib.Path(n) for n in args.net]
            if args.net
            else [
                *sorted(pathlib.Path("data/nets").glob("*.yaml")),
                *sorted(HERE.glob("nets/*.yaml")),
            ]
        )
        nets = [
            net for net in nets if "\ngenerator:" in net.read_text() and net.stem not in LARGE
        ]
        for seed in range(args.random):
            net = scratch / f"random-{seed}.yaml"
            net.write_text(run(BUILD / "tests/cli/random_net", seed))
            nets.append(net)
        for net in nets:
            folder = scratch / (net.stem + "-run")
            folder.mkdir()
            check(net, folder, args.formats, worst, failures, refused)
            print(f"checked {net.stem}", file=sys.stderr, flush=True)
        if args.record:
            (scratch / "recorded").mkdir()
            record(args.formats, scratch / "recorded")
    print("| format and tool | largest difference | of |\n|---|---|---|")
    for name, (error, where) in worst.items():
        print(f"| {name} | {error:.1e} | {where} |")
    for line in sorted(refused):
        print("refused", line)
    for line in failures:
        print("FAILED", line)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
