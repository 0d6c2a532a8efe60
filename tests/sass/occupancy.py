"""occupancy.py — how many blocks of a kernel fit a multiprocessor at once.

The rules are those of NVIDIA's cuda_occupancy.h, which lies in the toolkit's include folder and
which test_check.py compares this with. The limits of each architecture are in data/gpus.json, as
devices report them and as the table "Technical Specifications per Compute Capability" of the CUDA
C++ Programming Guide has them.
"""
import dataclasses
import json
import os

GPUS = os.path.join(os.path.dirname(__file__), "../../data/gpus.json")
WARP = 32
REGISTER_UNIT = 256  # registers are given to a warp by so many
PARTITIONS = 4  # of a multiprocessor; a warp's registers lie in one


@dataclasses.dataclass
class Limits:
    """Of a multiprocessor."""
    threads: int
    blocks: int
    registers: int
    shared: int  # bytes
    reserved: int  # bytes of it that the system takes from each block
    shared_unit: int


def read_limits(path=GPUS):
    """Architecture -> limits."""
    with open(path, encoding="utf-8") as file:
        gpus = json.load(file)["gpus"]
    return {gpu["sm"]: limits_of(gpu["sm"], gpu["deviceprop"]) for gpu in gpus}


def limits_of(arch, device):
    reserved = device["reservedSharedMemoryPerBlock"]
    # One block may have all of it but what is reserved (CCCL's cuda/__device/arch_traits.h).
    shared = device["maxSharedMemoryPerBlockOptin"] + reserved
    return Limits(device["maxThreadsPerSM"], device["maxCtasPerSM"], device["maxRegistersPerSM"],
                  shared, reserved, 128 if arch >= 80 else 256)


def round_up(n, unit):
    return -(-n // unit) * unit


def resident_blocks(limits, threads, registers, shared):
    """Blocks at once; 0 if a kernel of these numbers cannot run."""
    warps = -(-threads // WARP)
    of_a_warp = round_up(registers * WARP, REGISTER_UNIT)
    by_registers = limits.registers // PARTITIONS // of_a_warp * PARTITIONS // warps
    of_a_block = round_up(shared + limits.reserved, limits.shared_unit)
    by_shared = limits.shared // of_a_block if of_a_block else limits.blocks
    return min(limits.threads // WARP // warps, limits.blocks, by_registers, by_shared)


def occupancy(limits, threads, registers, shared):
    """Warps at once as a share of the most there can be."""
    warps = -(-threads // WARP)
    return resident_blocks(limits, threads, registers, shared) * warps / (limits.threads // WARP)
