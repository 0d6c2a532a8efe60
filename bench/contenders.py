"""Who trains in bench/pictures.py, and how: gan.c, or a peer of bench/peers.

A contender is NAME=NET or NAME=PEER:NET: a network of data/nets, of bench/peers/nets, or a file.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NET_FOLDERS = (ROOT / "data" / "nets", ROOT / "bench" / "peers" / "nets")
PEERS = ("pytorch", "tensorflow")


@dataclass(frozen=True)
class Tools:
    """What trains: the program, the peers' environments, and what all are given."""

    gan: Path
    peers: Path
    data: str
    peer_data: Path | None
    threads: int


@dataclass(frozen=True)
class Mark:
    """Where a training is judged: after so many steps, which are so many seconds of its own."""

    seconds: float
    steps: int


@dataclass(frozen=True)
class Contender:
    name: str
    peer: str  # "" is gan.c
    net: Path

    @staticmethod
    def read(words: str) -> Contender:
        name, _, net = words.partition("=")
        peer, _, rest = net.partition(":")
        if peer not in PEERS:
            peer, rest = "", net
        found = [folder / f"{rest}.yaml" for folder in NET_FOLDERS]
        net_file = next((path for path in found if path.is_file()), Path(rest))
        if not name or not net_file.is_file():
            raise SystemExit(f"pictures.py: '{words}': expected NAME=NET, NAME=pytorch:NET or "
                             "NAME=tensorflow:NET, a network's name or file")
        return Contender(name, peer, net_file)

    @property
    def plain(self) -> str:
        """The name as a file has it."""
        return re.sub(r"[^A-Za-z0-9.-]+", "-", self.name)

    def setting(self, key: str) -> float:
        """A number of the network's train section; 0 where it has none."""
        match = re.search(rf"^ +{key}: *([0-9.e+-]+) *(#.*)?$",
                          self.net.read_text(encoding="utf-8"), re.MULTILINE)
        return float(match.group(1)) if match else 0.0

    @property
    def batch(self) -> int:
        return int(self.setting("batch_size"))

    def measure(self, tools: Tools, seconds: float, folder: Path) -> float:
        """Images a second of a training that is thrown away."""
        if self.peer:
            (mark,) = self.run_peer(tools, 1, folder, "--seconds", f"{seconds:g}", "--samples", 0)
            return (mark["images"] - self.batch) / mark["seconds"]
        spent, steps = 0.0, 10
        while spent < seconds:
            row = run(tools.gan, "bench", "--net", self.net, "--data", tools.data, "-b", self.batch,
                      "--threads", tools.threads, "--rounds", 1, "--steps", steps, "--json",
                      "--quiet", "--device", "cpu")[-1]
            spent = steps * self.batch / row["img_per_s"]
            steps = max(steps + 1, int(1.1 * seconds * row["img_per_s"] / self.batch))
        return row["img_per_s"]

    def train(self, tools: Tools, marks: list[Mark], seed: int, samples: int,
              folder: Path) -> list[str]:
        """What gan eval judges at each mark: a checkpoint, or a file of samples."""
        if self.peer:
            lines = self.run_peer(tools, seed, folder, "--steps", *(m.steps for m in marks),
                                  "--samples", samples)
            return [line["file"] for line in lines]
        return [self.train_ours(tools, mark, seed, folder) for mark in marks]

    def train_ours(self, tools: Tools, mark: Mark, seed: int, folder: Path) -> str:
        """A run for each mark: rates that move by shares of a run are then those of its length."""
        runs = folder / f"{mark.seconds:g}s"
        subprocess.run([str(word) for word in (
            tools.gan, "train", "--net", self.net, "--data", tools.data, "--steps", mark.steps,
            "--threads", tools.threads, "--seed", seed, "--sample-every", 0, "--save-every", 0,
            "--eval-every", 0, "--no-gif", "--quiet", "--device", "cpu", "-o", runs)],
            check=True, stdout=subprocess.DEVNULL)
        (made,) = runs.iterdir()
        return str(made / "latest")

    def run_peer(self, tools: Tools, seed: int, folder: Path, *more: Any) -> list[dict[str, Any]]:
        python = tools.peers / self.peer / "bin" / "python"
        return run(python, ROOT / "bench" / "peers" / f"{self.peer}_train.py", "--net", self.net,
                   "--data", tools.peer_data, "--ema", self.setting("ema"), "--threads",
                   tools.threads, "--seed", seed, "--out", folder, *more)

    def absent(self, tools: Tools) -> str:
        """Why it cannot take part; "" if it can."""
        if not self.peer:
            return "" if tools.gan.is_file() else f"no program {tools.gan}"
        if not (tools.peers / self.peer / "bin" / "python").exists():
            return f"not installed: sh bench/peers/setup.sh {self.peer}"
        return "" if tools.peer_data else "no --peer-data"


def run(*command: Any) -> list[dict[str, Any]]:
    """The JSON lines that a program prints."""
    done = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE,
                          text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
