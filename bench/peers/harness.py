"""What both peers share: the command line, timing, serving blocks of steps, the result line.

A peer is a Step: a function that runs one whole training step and returns when it is done.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "golden"))

import numpy as np  # noqa: E402

from fields import NetworkError  # noqa: E402
from images import DataError, read_images  # noqa: E402
from layers import BatchNorm, Layer, Network, Residual  # noqa: E402
from network import read_network  # noqa: E402

Step = Callable[[], None]
N_BATCHES = 4  # how many different batches are kept in memory and taken in turn
EXIT_USAGE, EXIT_NO_INPUT, EXIT_NO_DEVICE = 2, 66, 69


class DeviceError(Exception):
    """The device that was asked for is not there."""


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, is {value}")
    return value


def make_parser(
    description: str, modes: Sequence[str], precisions: Sequence[str], devices: Sequence[str]
) -> argparse.ArgumentParser:
    """The flags that every peer has; the first of each list is the default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--net", type=Path, default=ROOT / "data" / "nets" / "dcgan-mnist.yaml",
                        metavar="FILE", help="network in YAML (default: the tutorial's)")
    parser.add_argument("--batch-size", type=positive, metavar="N", help="instead of the net's")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--precision", choices=precisions, default=precisions[0])
    parser.add_argument("--device", choices=devices, default=devices[0])
    parser.add_argument("--threads", type=positive, default=2, metavar="N", help="default 2")
    parser.add_argument("--warmup", type=int, default=3, metavar="N",
                        help="steps after the first that are not counted (default 3)")
    parser.add_argument("--steps", type=positive, default=20, metavar="N",
                        help="counted steps (default 20)")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S",
                        help="stop counting after this time, if the steps are not done by then")
    parser.add_argument("--serve", action="store_true",
                        help="read 'run N' and 'quit' on stdin, a JSON line after each block")
    parser.add_argument("--data", type=Path, metavar="FILE",
                        help="images: .npy (N,H,W[,C]) or IDX, .gz too; default random ones")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    return parser


def seconds_since_start() -> float:
    """Seconds since the kernel started this process, to a hundredth."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    started = int(fields[19]) / 100.0  # clock ticks since boot, of which Linux shows 100 a second
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def peak_rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def with_native_statistics(network: Network, unbiased: bool) -> Network:
    """The network with the framework's own moving variance, so that the peer runs its own batch
    normalization at full speed; the step's cost is the same."""

    def native(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        return tuple(map(native_layer, layers))

    def native_layer(layer: Layer) -> Layer:
        if isinstance(layer, Residual):
            return replace(layer, layers=native(layer.layers), shortcut=native(layer.shortcut))
        return replace(layer, unbiased=unbiased) if isinstance(layer, BatchNorm) else layer

    return replace(network, generator=native(network.generator),
                   discriminator=native(network.discriminator))


def load_network(options: argparse.Namespace) -> Network:
    network = read_network(options.net)
    if options.batch_size is not None:
        network = replace(network, batch_size=options.batch_size)
    return network


def load_batches(network: Network, options: argparse.Namespace) -> list[np.ndarray]:
    """A few batches of real images, float32 (N, H, W, C) in [-1, 1]."""
    count = network.batch_size * N_BATCHES
    if options.data is None:
        rng = np.random.default_rng(options.seed)
        images = rng.random((count, *network.image), dtype=np.float32) * 2.0 - 1.0
    else:
        images = read_images(options.data, network.image, count)
        images = images[np.arange(count) % len(images)]
    return np.split(images, N_BATCHES)


def timed(step: Step) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def measure(step: Step, steps: int, seconds: float) -> list[float]:
    """Seconds of each of `steps` steps; fewer, but at least one, when `seconds` (0: no limit) is
    over."""
    times: list[float] = []
    while len(times) < steps and (seconds <= 0.0 or not times or sum(times) < seconds):
        times.append(timed(step))
    return times


def summary(times: Sequence[float], batch_size: int) -> dict[str, Any]:
    """Images a second at the median step, and quantiles in milliseconds."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    median = statistics.median(ordered)
    return {
        "img_per_s": round(batch_size / median, 2),
        "ms_per_step_p50": round(median * 1e3, 3),
        "ms_per_step_p95": round(p95 * 1e3, 3),
        "steps": len(ordered),
    }


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def commands() -> Iterator[int]:
    """The block lengths of 'run N' lines on stdin until 'quit' or its end; answers others with an
    error line."""
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            return
        if len(words) == 2 and words[0] == "run" and words[1].isdigit() and int(words[1]) > 0:
            yield int(words[1])
        elif words:
            say({"error": f"expected 'run N' or 'quit', read {line.strip()!r}"})


def serve(step: Step, batch_size: int) -> list[float]:
    """Runs the blocks that stdin asks for; returns the seconds of all their steps."""
    times: list[float] = []
    for steps in commands():
        block = measure(step, steps, 0.0)
        times += block
        say({"seconds": round(sum(block), 6), **summary(block, batch_size)})
    return times


def run(
    options: argparse.Namespace, about: dict[str, Any], network: Network, step: Step,
    final: Callable[[], dict[str, Any]] = dict,
) -> None:
    """Times a peer and prints its result line. `about` names it, `final` adds to the result."""
    step()
    head = {
        **about, "net": network.name, "mode": options.mode, "precision": options.precision,
        "device": options.device, "batch_size": network.batch_size, "threads": options.threads,
        "first_step_s": round(seconds_since_start(), 3),
    }
    for _ in range(options.warmup):
        step()
    if options.serve:
        say({"ready": True, **head})
        times = serve(step, network.batch_size)
    else:
        times = measure(step, options.steps, options.seconds)
    result = summary(times, network.batch_size) if times else {"steps": 0}
    say({**head, **result, "peak_rss_mb": round(peak_rss_mb(), 1), **final()})


def guarded(main: Callable[[], None]) -> int:
    """Runs main; a mistake of the user is a line on stderr and an exit code."""
    name = Path(sys.argv[0]).name
    try:
        main()
        return 0
    except (NetworkError, DataError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return EXIT_USAGE
    except DeviceError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return EXIT_NO_DEVICE
    except OSError as error:
        if error.filename is None:
            raise
        print(f"{name}: {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_NO_INPUT
