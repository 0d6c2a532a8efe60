"""budget.py — what each kernel may use: a committed line a kernel, and the comparison with it.

A line says, per architecture, the registers of a thread; then the bytes of shared memory, and the
128-bit global loads and stores. Spills and local memory have no column: there may be none.
"""
import dataclasses

HEAD = """\
# What each kernel may use, as nvcc {version} compiled it. `make sass` compares, `make sass-budget`
# rewrites this file; read what it changes before committing.
#
#   kernel   registers of a thread per architecture   bytes of shared memory   128-bit loads, stores
"""


@dataclasses.dataclass
class Line:
    registers: dict  # architecture -> of a thread
    shared: int  # bytes, on any architecture at most
    load128: int  # on any architecture at least
    store128: int


@dataclasses.dataclass
class Budget:
    version: str  # of nvcc
    lines: dict  # kernel -> Line


def by_kernel(rows):
    kernels = {}
    for row in rows:
        kernels.setdefault(row.kernel, []).append(row)
    return kernels


def of_facts(version, rows):
    lines = {kernel: Line({row.arch: row.registers for row in of_kernel},
                          max(row.shared for row in of_kernel),
                          min(row.load128 for row in of_kernel),
                          min(row.store128 for row in of_kernel))
             for kernel, of_kernel in by_kernel(rows).items()}
    return Budget(version, lines)


def to_text(budget):
    archs = sorted({arch for line in budget.lines.values() for arch in line.registers})
    width = max(len(kernel) for kernel in budget.lines)
    rows = [HEAD.format(version=budget.version), f"nvcc {budget.version}\n",
            " ".join([f"{'kernel':{width}}", *(f"{arch:>4}" for arch in archs)]),
            "  shared  loads stores\n"]
    for kernel, line in sorted(budget.lines.items()):
        registers = " ".join(f"{line.registers[arch]:>4}" for arch in archs)
        rows.append(f"{kernel:{width}} {registers}  {line.shared:>6} {line.load128:>6}"
                    f" {line.store128:>6}\n")
    return "".join(rows)


def from_text(text):
    rows = [row.split() for row in text.splitlines() if row and not row.startswith("#")]
    version, archs = rows[0][1], [int(arch) for arch in rows[1][1:-3]]
    lines = {}
    for kernel, *numbers in rows[2:]:
        *registers, shared, load128, store128 = map(int, numbers)
        lines[kernel] = Line(dict(zip(archs, registers, strict=True)), shared, load128, store128)
    return Budget(version, lines)
