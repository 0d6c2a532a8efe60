"""read.py — what nvcc made of one kernel file: a line of facts per kernel and architecture.

    python3 tests/sass/read.py CUOBJDUMP OBJECT > FACTS

FACTS is tab-separated with a line of names, as facts.py reads it. Nothing here needs a GPU.
"""
import os
import re
import subprocess
import sys

import facts

TYPES = {"float": "f32", "__nv_bfloat16": "bf16", "__half": "f16"}
RESERVED = 1024  # shared bytes that the system takes; counted as the kernel's own from sm_90 on


def run(*command, text=None):
    # cuobjdump looks for nvdisasm on the path: the one beside it is of its own version
    path = os.path.dirname(command[0]) + os.pathsep + os.environ["PATH"]
    return subprocess.run(command, check=True, input=text, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PATH": path}).stdout


def plain_names(mangled):
    names = run("c++filt", text="\n".join(mangled)).splitlines()
    return {symbol: plain_name(name) for symbol, name in zip(mangled, names)}


def plain_name(demangled):
    """A kernel as the sources call it: add_kernel<bf16> of void add_kernel<__nv_bfloat16>(...)."""
    name = demangled.split("(")[0].split(" ", 1)[-1]
    return re.sub(r"\w+", lambda word: TYPES.get(word[0], word[0]), name).replace(", ", ",")


def resources(text):
    """(arch, symbol) -> registers, stack and local bytes, static shared bytes."""
    found, arch, symbol = {}, 0, ""
    for line in text.splitlines():
        if match := re.match(r"arch = sm_(\d+)", line):
            arch = int(match[1])
        elif match := re.match(r" Function (\w+):", line):
            symbol = match[1]
        elif match := re.match(r"  REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)", line):
            registers, stack, shared, local = map(int, match.groups())
            own = shared - RESERVED if arch >= 90 and shared >= RESERVED else shared
            found[arch, symbol] = {"registers": registers, "local": stack + local, "shared": own}
    return found


def accesses(listing):
    """(arch, symbol) -> instructions, 128-bit global loads and stores, spills either way."""
    found, arch, counts = {}, 0, None
    for line in listing.splitlines():
        if match := re.search(r"code for sm_(\d+)", line):
            arch = int(match[1])
        elif match := re.search(r"Function : (\w+)", line):
            counts = found[arch, match[1]] = dict.fromkeys(facts.COUNTED, 0)
        elif match := re.match(r"\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z]\S*)", line):
            count(counts, match[1])
    return found


def count(counts, opcode):
    parts = opcode.split(".")
    wide = "128" in parts or "256" in parts
    counts["instructions"] += parts[0] != "NOP"
    counts["load128"] += wide and parts[0] in ("LDG", "LD")
    counts["store128"] += wide and parts[0] in ("STG", "ST")
    counts["spill_load"] += parts[0] == "LDL"
    counts["spill_store"] += parts[0] == "STL"


def launch_bounds(ptx):
    """symbol -> threads of a block, at most."""
    pairs = re.findall(r"\.entry (\w+)\(.*?\.maxntid (\d+)", ptx, re.DOTALL)
    return {symbol: int(threads) for symbol, threads in pairs}


def main(cuobjdump, path):
    used = resources(run(cuobjdump, "--dump-resource-usage", path))
    seen = accesses(run(cuobjdump, "-sass", path))
    bounds = launch_bounds(run(cuobjdump, "-ptx", path))
    names = plain_names(sorted({symbol for _, symbol in used}))
    rows = [facts.Facts(kernel=names[symbol], arch=arch, threads=bounds[symbol], **numbers,
                        **seen[arch, symbol]) for (arch, symbol), numbers in used.items()]
    facts.write(sorted(rows, key=lambda row: (row.kernel, row.arch)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
