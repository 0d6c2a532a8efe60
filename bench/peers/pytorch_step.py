#!/usr/bin/env python3
"""Times the training step of PyTorch on a network, by default the DCGAN tutorial's.

Modes: `eager`; `channels_last`, the same on NHWC tensors; `compile` and `compile_channels_last`,
torch.compile over both networks; `graphs`, the whole eager channels-last step as one CUDA graph
(--device cuda only). bf16 is autocast: 16-bit activations, float32 parameters.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from typing import Any, Callable

import harness
from harness import DeviceError, Step
from layers import Network

MODES = ("eager", "channels_last", "compile", "compile_channels_last", "graphs")
N_CAPTURE_WARMUP = 3  # steps on a side stream before a capture, as PyTorch asks


def check_device(options: argparse.Namespace) -> None:
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("PyTorch finds no CUDA device")
    if options.device == "cpu" and options.mode == "graphs":
        raise DeviceError("--mode graphs needs --device cuda")
    if options.device == "cpu" and options.precision == "tf32":
        raise DeviceError("--precision tf32 needs --device cuda")


def set_up(options: argparse.Namespace) -> None:
    """Threads, seed and the device's choices of algorithm and precision."""
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True  # shapes never change


def make_pair(network: Network, options: argparse.Namespace) -> Any:
    """The networks with their fastest optimizer, compiled and autocast as asked."""
    import torch

    import pytorch_model

    channels_last = options.mode in ("channels_last", "compile_channels_last", "graphs")
    adam_options = {"fused": True}
    if options.mode == "graphs":
        adam_options["capturable"] = True
    pair = pytorch_model.make_pair(network, torch.nn.Dropout, hwc=channels_last,
                                   device=options.device, **adam_options)
    if channels_last:
        for side in (pair.g, pair.d):
            side.model.to(memory_format=torch.channels_last)
    if options.mode.startswith("compile"):
        # the simultaneous step goes back through D twice, and donated buffers allow it once
        torch._functorch.config.donated_buffer = network.alternating
        pair.run_g = torch.compile(pair.g.model)
        if network.r1 == 0.0 and network.r2 == 0.0:  # a penalty's double backward is not compiled
            pair.run_d = torch.compile(pair.d.model)
    if options.precision == "bf16":
        pair.run_g, pair.run_d = (autocast(f, options.device) for f in (pair.run_g, pair.run_d))
    return pair


def autocast(run: Callable[[Any], Any], device: str) -> Callable[[Any], Any]:
    """A network's forward pass in bf16 with a float32 result; losses stay in float32."""
    import torch

    def forward(x: Any) -> Any:
        with torch.autocast(device, torch.bfloat16):
            y = run(x)
        return y.float()

    return forward


def as_graph(step: Step) -> Step:
    """Captures a step and returns its replay."""
    import torch

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(N_CAPTURE_WARMUP):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def make_step(network: Network, options: argparse.Namespace) -> Step:
    """Builds the networks and returns one training step on images in memory."""
    import torch

    from pytorch_model import step_alternating, step_simultaneous

    pair = make_pair(network, options)
    nchw = options.mode in ("eager", "compile")
    layout = torch.contiguous_format if nchw else torch.channels_last
    loaded = [
        torch.from_numpy(x).permute(0, 3, 1, 2).to(options.device).contiguous(memory_format=layout)
        for x in harness.load_batches(network, options)
    ]
    batches = itertools.cycle(loaded)
    images = loaded[0].clone()
    fresh = loaded[0].clone() if network.fresh_reals else None

    def train_step() -> None:
        noise = torch.randn(network.batch_size, network.latent, device=options.device)
        real = images.detach()  # a penalty asks for the gradient by them
        if network.alternating:
            step_alternating(pair, real, noise, fresh=fresh)
        else:
            step_simultaneous(pair, real, noise)

    run_step = as_graph(train_step) if options.mode == "graphs" else train_step

    def step() -> None:
        images.copy_(next(batches))
        if fresh is not None:
            fresh.copy_(next(batches))
        run_step()
        if options.device == "cuda":
            torch.cuda.synchronize()

    return step


def gpu_memory(options: argparse.Namespace) -> dict[str, Any]:
    import torch

    if options.device == "cpu":
        return {}
    return {"gpu": torch.cuda.get_device_name(),
            "peak_gpu_mb": round(torch.cuda.max_memory_reserved() / 2.0**20, 1)}


def main() -> None:
    parser = harness.make_parser(__doc__.splitlines()[0], MODES, ("fp32", "bf16", "tf32"),
                                 ("cpu", "cuda"))
    options = parser.parse_args()
    network = harness.with_native_statistics(harness.load_network(options), unbiased=True)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    check_device(options)
    set_up(options)
    step = make_step(network, options)
    import torch

    about = {"peer": "pytorch", "version": str(torch.__version__)}
    harness.run(options, about, network, step, lambda: gpu_memory(options))


if __name__ == "__main__":
    sys.exit(harness.guarded(main))
