#!/usr/bin/env python3
"""How good the pictures are after so many seconds: networks of gan.c beside PyTorch, one judge.

Each contender trains alone, in turns, seed by seed, by the clock of training alone; `gan eval`
measures 10,000 samples of each mark beside the data set. A contender is NAME=NET, trained by gan.c,
or NAME=pytorch:NET, the same network's step in PyTorch (bench/peers/pytorch_train.py). What was
measured is kept in --out, and a run that was interrupted continues with what is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

import machine  # noqa: E402
from record import table  # noqa: E402

PEER = ROOT / "bench" / "peers" / "pytorch_train.py"
DEFAULT = ("mnist=mnist", "mnist in PyTorch=pytorch:mnist", "dcgan-mnist=dcgan-mnist",
           "dcgan-mnist in PyTorch=pytorch:dcgan-mnist")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--gan", type=Path, default=ROOT / "build" / "release" / "gan")
    parser.add_argument("--python", type=Path,
                        default=ROOT / "build" / "peers" / "pytorch" / "bin" / "python")
    parser.add_argument("--data", default="mnist", help="data set of gan.c (default mnist)")
    parser.add_argument("--peer-data", type=Path, metavar="FILE",
                        help="the same images for PyTorch, .npy or IDX")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10, 20, 30, 60])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--features", nargs="+", default=["mnist", "random-conv"],
                        help="of gan eval (default mnist random-conv)")
    parser.add_argument("--samples", type=int, default=10000)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("contenders", nargs="*", default=list(DEFAULT))
    return parser.parse_args()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def net_file(net: str) -> Path:
    path = ROOT / "data" / "nets" / f"{net}.yaml"
    return path if path.is_file() else Path(net)


def setting(net: str, key: str) -> float:
    """A number of the network's train section; 0 where it has none."""
    for line in net_file(net).read_text(encoding="utf-8").splitlines():
        if line.strip().startswith(f"{key}:"):
            return float(line.split(":", 1)[1].split("#")[0])
    return 0.0


def train_peer(options: argparse.Namespace, net: str, seed: int, folder: Path) -> list[dict]:
    command = [str(options.python), str(PEER), "--net", str(net_file(net)), "--data",
               str(options.peer_data), "--seconds", *map(str, options.seconds), "--samples",
               str(options.samples), "--ema", str(setting(net, "ema")), "--threads",
               str(options.threads), "--seed", str(seed), "--out", str(folder)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def train_ours(options: argparse.Namespace, net: str, seed: int, folder: Path) -> list[dict]:
    """One run for each mark, whose schedules and length are its own: what --budget is for."""
    marks = []
    for seconds in sorted(options.seconds):
        runs = folder / f"{seconds:g}s"
        subprocess.run([str(options.gan), "train", "--net", net, "--data", options.data, "--budget",
                        f"{seconds:g}s", "--threads", str(options.threads), "--seed", str(seed),
                        "--sample-every", "0", "--save-every", "0", "--eval-every", "0", "--no-gif",
                        "--quiet", "-o", str(runs)], check=True, stdout=subprocess.DEVNULL)
        (run,) = runs.iterdir()
        lines = (run / "stats.jsonl").read_text(encoding="utf-8").splitlines()
        last = json.loads(lines[-1])
        batch = int(run.name.rsplit("-b", 1)[1])
        marks.append({"seconds": round(last["Timing/seconds"], 2), "images": last["step"] * batch,
                      "file": str(run / "latest")})
    return marks


def judge(options: argparse.Namespace, file: str, features: str) -> dict[str, Any]:
    """fd of the samples, and the floor."""
    out = subprocess.run([str(options.gan), "eval", file, "--data", options.data, "--features",
                          features, "-n", str(options.samples), "--no-log", "--quiet", "--json",
                          "--threads", str(options.threads)], check=True, capture_output=True,
                         text=True).stdout
    return json.loads(out)


def compete(options: argparse.Namespace, contender: str, seed: int) -> dict[str, Any]:
    name, net = contender.split("=", 1)
    record = options.out / f"{name.replace(' ', '-')}-{seed}.json"
    if record.is_file():
        return json.loads(record.read_text(encoding="utf-8"))
    folder = options.out / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    train = train_peer if net.startswith("pytorch:") else train_ours
    marks = train(options, net.removeprefix("pytorch:"), seed, folder)
    for mark in marks:
        mark["judged"] = {f: judge(options, mark["file"], f) for f in options.features}
        del mark["file"]
        say(f"{name}, seed {seed}: {mark['seconds']:.0f} s, {mark['images']} images: "
            + ", ".join(f"{f} fd {fd_of(mark, f):.2f}" for f in options.features))
    result = {"name": name, "net": net, "seed": seed, "marks": marks}
    record.write_text(json.dumps(result, indent=1), encoding="utf-8")
    shutil.rmtree(folder)
    return result


def fd_of(mark: dict[str, Any], features: str) -> float:
    return mark["judged"][features]["fd"]


def rows(options: argparse.Namespace, results: list[dict[str, Any]]) -> list[list[str]]:
    out = []
    for name in dict.fromkeys(result["name"] for result in results):
        own = [result for result in results if result["name"] == name]
        for i in range(len(options.seconds)):
            marks = [result["marks"][i] for result in own]
            row = [name, f"{statistics.median(m['seconds'] for m in marks):.0f}",
                   f"{statistics.median(m['images'] for m in marks):.0f}"]
            for features in options.features:
                values = sorted(fd_of(mark, features) for mark in marks)
                row.append(f"{statistics.median(values):.2f} ({values[0]:.2f} to {values[-1]:.2f})")
            out.append(row)
    return out


def main() -> int:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    results = [compete(options, contender, seed) for seed in range(1, options.seeds + 1)
               for contender in options.contenders]
    print(f"# Pictures after so many seconds: {options.data}\n\n"
          f"{machine.sentence(machine.describe())}.\n"
          f"{options.seeds} seeds, {options.threads} threads; median (least to greatest).\n")
    print("\n".join(table(["contender", "s of training", "images",
                           *(f"fd, {f}" for f in options.features)], rows(options, results))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
