#!/usr/bin/env python3
"""compare.py — whether two builds train to the same bytes:

    python3 tests/bytes/compare.py OLD NEW [--steps 20] [--nets DIR] [--threads 2] [--tensors]

OLD and NEW are gan programs. Every network of DIR (default data/nets) that trains as a pair, in
every precision of the CPU, and one of them with every loss, both schedules and what else changes
arithmetic, is trained for some steps on drawn digits by both; then every tensor of the last
checkpoint is compared, byte by byte, and the printed program, line by line (told, and with
--tensors no difference). The averaged generator's warm-up is off in both: older builds have none.
What OLD refuses (a newer network, loss or setting) is told and left out; what NEW alone refuses is
a difference. Exit 0: all that was compared is the same, 1: something is not, or nothing was.
"""

import argparse
import difflib
import glob
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

PRECISIONS = ["strict", "fp32", "bf16"]
BATCHES = {"dcgan-64": 8, "dcgan-cifar10": 16}
USUAL_BATCH = 32


def run(gan, *args):
    return subprocess.run([gan, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def words_of(gan, flag):
    """The words that the help of `gan train` lists after a flag's name."""
    lines = run(gan, "help", "train").stdout.splitlines()
    line = next((l for l in lines if l.startswith(f"  --{flag} ")), "")
    prose = r"\bor\b|\band\b|of real against fake logits|default.*"
    return re.findall(r"\b[a-z]\w*", re.sub(prose, " ", line[len(flag) + 4:]))


def cases(gan, nets):
    for net in nets:
        for precision in PRECISIONS:
            yield net, ["--precision", precision]
    small = [net for net in nets if os.path.basename(net) == "mnist-quick.yaml"] or nets[:1]
    for net in small:
        for loss in words_of(gan, "loss"):
            for schedule in ("simultaneous", "alternating"):
                yield net, ["--loss", loss, "--schedule", schedule]
        for extra in ("--conv direct", "--conv dft", "--conv winograd", "--flip", "--ema 0",
                      "--ema 0.9", "--label-smoothing 0.1", "--d-steps 3", "--r1 1", "--r2 1",
                      "--threads 1"):
            yield net, extra.split()


def tensors(path):
    """Name -> (type, shape, hash) of what a checkpoint holds."""
    with open(path, "rb") as f:
        raw = f.read()
    size = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + size])
    head.pop("__metadata__", None)
    found = {}
    for name, t in head.items():
        first, end = (8 + size + offset for offset in t["data_offsets"])
        found[name] = t["dtype"], t["shape"], hashlib.sha256(raw[first:end]).hexdigest()
    return found


def train(gan, net, args, steps, threads):
    """(printed program, tensors) of a run, or the line that refuses it."""
    name = os.path.splitext(os.path.basename(net))[0]
    warm = ["--no-ema-warmup"] if "--ema-warmup" in run(gan, "help", "train").stdout else []
    common = ["train", "--net", net, "--data", "digits", "--limit", "200", "--device", "cpu",
              "--seed", "3", "-b", str(BATCHES.get(name, USUAL_BATCH)), "--steps", str(steps),
              *warm]
    common += [*args] if "--threads" in args else ["--threads", str(threads), *args]
    with tempfile.TemporaryDirectory() as folder:
        printed = run(gan, *common, "--outdir", folder, "--print-program")
        trained = run(gan, *common, "--outdir", folder, "-q", "--no-gif")
        for result in (printed, trained):
            if result.returncode != 0:
                said = result.stderr.strip().splitlines()
                return (said or [f"exit code {result.returncode}"])[0], None
        last = sorted(glob.glob(f"{glob.escape(folder)}/*/checkpoints/step*.safetensors"))[-1]
        return printed.stdout, tensors(last)


def tensor_differences(old, new):
    told = [f"tensor {name} {'differs' if name in new else 'is gone'}"
            for name in old if new.get(name) != old[name]]
    return told + [f"tensor {name} is new" for name in new if name not in old]


def program_differences(old, new):
    """The lines by which the programs differ, the first of them in full."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    lines = [l for l in lines if l[0] in "+-" and not l.startswith(("+++", "---"))]
    return [f"program: {len(lines)} lines differ: {' '.join(l.split())}" for l in lines[:1]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--nets", default="data/nets")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tensors", action="store_true", help="other programs are no difference")
    a = parser.parse_args()
    nets = [n for n in sorted(glob.glob(f"{a.nets}/*.yaml"))
            if re.search(r"^generator:", open(n, encoding="utf-8").read(), re.M)]
    same, other, programs, left_out = 0, 0, 0, 0
    for net, args in cases(a.new, nets):
        label = " ".join([os.path.splitext(os.path.basename(net))[0], *args])
        old = train(a.old, net, args, a.steps, a.threads)
        if old[1] is None:
            left_out += 1
            print(f"left out  {label}: OLD says: {old[0][:100]}", flush=True)
            continue
        new = train(a.new, net, args, a.steps, a.threads)
        bytes_told = tensor_differences(old[1], new[1]) if new[1] else [f"NEW says: {new[0]}"]
        program_told = program_differences(old[0], new[0]) if new[1] else []
        same, other = same + (not bytes_told), other + bool(bytes_told)
        programs += bool(program_told)
        print(f"{'differs' if bytes_told else 'same':8}  {label}", flush=True)
        for line in bytes_told[:5] + program_told:
            print(f"          {line[:200]}", flush=True)
    print(f"tensors after {a.steps} steps: {same} same, {other} differ; "
          f"programs: {programs} differ; {left_out} left out")
    return 0 if same > 0 and other == 0 and (a.tensors or programs == 0) else 1


if __name__ == "__main__":
    sys.exit(main())
