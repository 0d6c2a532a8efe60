#!/usr/bin/env python3
"""Lets gan.c, TensorFlow and PyTorch take turns at the same training step, and records who is how
much faster.

All programs of one batch size and precision are alive at once; blocks of steps are run in turns,
several rounds of them, and a ratio is the median over the rounds. Each peer is judged by its best
mode. Peers come from `sh bench/peers/setup.sh`; what is missing is left out and said.

Run it on an idle machine: `make bench` does, with gan.c built before.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import machine  # noqa: E402
from contest import Contestant, end_cleanly_on_signals, hold  # noqa: E402
from record import Cell, write  # noqa: E402

MODES = {
    "tensorflow": ("function", "xla"),
    "pytorch": ("eager", "channels_last", "compile", "compile_channels_last"),
}
SCRIPTS = {"tensorflow": "tensorflow_step.py", "pytorch": "pytorch_step.py"}
MOST_LOAD = 0.3  # of a core: with more at the start, the record says that the machine was not idle


def words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def numbers(text: str) -> list[int]:
    values = [int(word) for word in words(text)]
    if not values or min(values) < 1:
        raise argparse.ArgumentTypeError(f"not a list of batch sizes: {text!r}")
    return values


def parse() -> argparse.Namespace:
    root = machine.ROOT
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--gan", type=Path, default=root / "build" / "release" / "gan",
                        metavar="FILE", help="our program (default build/release/gan)")
    parser.add_argument("--peers", type=Path, default=root / "build" / "peers", metavar="DIR",
                        help="where setup.sh installed them (default build/peers)")
    parser.add_argument("--nets", type=words, default=["dcgan-mnist"], metavar="NAME,...",
                        help="networks of data/nets (default dcgan-mnist)")
    parser.add_argument("--batch-sizes", type=numbers, default=[32, 64, 128, 256, 512],
                        metavar="N,...", help="default 32,64,128,256,512")
    parser.add_argument("--precisions", type=words, default=["fp32"], metavar="P,...",
                        help="fp32, bf16 (default fp32)")
    parser.add_argument("--modes", type=words, default=None, metavar="MODE,...",
                        help="only these modes of the peers, such as function,channels_last")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="default 7")
    parser.add_argument("--block-seconds", type=float, default=3.0, metavar="S",
                        help="length of one turn (default 3)")
    parser.add_argument("--settle", type=float, default=0.3, metavar="S",
                        help="rest before each turn (default 0.3)")
    parser.add_argument("--data", type=Path, metavar="FILE",
                        help="images for all, an IDX file (default: digits; random ones for peers)")
    parser.add_argument("--out", type=Path, default=root / "bench" / "records", metavar="DIR",
                        help="where the record goes (default bench/records)")
    options = parser.parse_args()
    if options.rounds < 1 or options.threads < 1:
        parser.error("rounds and threads are at least 1")
    return options


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def net_file(name: str) -> Path:
    path = machine.ROOT / "data" / "nets" / f"{name}.yaml"
    return path if path.is_file() else Path(name)


def contestants(options: argparse.Namespace, net: str, precision: str, batch: int,
                ) -> list[Contestant]:
    """Everyone for one cell, gan.c first; a peer that is not installed is already absent."""
    same = ["--net", str(net_file(net)), "--precision", precision, "--threads",
            str(options.threads), "--serve"]
    if options.data is not None:
        same += ["--data", str(options.data)]
    out = [Contestant("gan.c", [str(options.gan), "bench", "--quiet", "--device", "cpu",
                                "--batch-sizes", str(batch), *same])]
    for peer, modes in MODES.items():
        python = options.peers / peer / "bin" / "python"
        for mode in modes if options.modes is None else [m for m in modes if m in options.modes]:
            one = Contestant(f"{peer} {mode}", [str(python), str(HERE / SCRIPTS[peer]), "--mode",
                                                mode, "--batch-size", str(batch), *same])
            if not python.exists():
                one.absent = f"not installed: sh bench/peers/setup.sh {peer}"
            out.append(one)
    return out


def hold_all(options: argparse.Namespace) -> list[Cell]:
    environment = {"OMP_NUM_THREADS": str(options.threads)}
    cells = []
    for net in options.nets:
        for precision in options.precisions:
            for batch in options.batch_sizes:
                everyone = contestants(options, net, precision, batch)
                say(f"{net}, {precision}, batch {batch}")
                hold(everyone, options.rounds, options.block_seconds, options.settle, environment,
                     say)
                cells.append(Cell(net, precision, batch, everyone))
    return cells


def installed(options: argparse.Namespace) -> dict[str, Any]:
    sizes: dict[str, Any] = {"gan.c": machine.gan_install_mb(options.gan)}
    for peer in MODES:
        if (options.peers / peer).is_dir():
            sizes[peer] = machine.peer_install_mb(options.peers / peer)
    return sizes


def main() -> int:
    options = parse()
    if not options.gan.is_file():
        say(f"compare.py: {options.gan}: no such program; build it by `make`, or name it by --gan")
        return 66
    where = machine.describe()
    if where["load_at_start"] > MOST_LOAD:
        say(f"compare.py: the load is {where['load_at_start']:.2f}: something else is running, and "
            "the record will say so")
    end_cleanly_on_signals()
    began = time.time()
    cells = hold_all(options)
    settings = {"threads": options.threads, "rounds": options.rounds,
                "block_seconds": options.block_seconds,
                "data": options.data.name if options.data else None,
                "minutes": round((time.time() - began) / 60, 1),
                "idle_at_start": where["load_at_start"] <= MOST_LOAD}
    summary = write(options.out, where, settings, installed(options), cells)
    print(summary)
    lacking = [cell for cell in cells if cell.ours.absent or not cell.peers()]
    for cell in lacking:
        say(f"compare.py: {cell.title}: "
            + (f"gan.c: {cell.ours.absent}" if cell.ours.absent else "no peer to compare with"))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
