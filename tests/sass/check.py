"""check.py — the kernels' facts as a table, held against the committed budget.

    python3 tests/sass/check.py [--table] [--csv FILE] [--rewrite] --nvcc VERSION FACTS...

Architectures that no GPU of data/gpus.json has are left out.
"""
import argparse
import csv
import dataclasses
import glob
import os
import sys

import budget as budgets
import facts
import occupancy
import sources
from compare import Comparison

HERE = os.path.dirname(__file__)
BUDGET = os.path.join(HERE, "budget.txt")
KERNELS = os.path.join(HERE, "../../kernels/*.cu")


def occupancy_of(limits, row):
    return occupancy.occupancy(limits[row.arch], row.threads, row.registers, row.shared)


def print_table(rows, limits):
    """A row a kernel; what is not per architecture is the worst of all."""
    archs = sorted({row.arch for row in rows})
    print(f"{'kernel':34} sm_{' '.join(f'{arch:>3}' for arch in archs)}  spills"
          "  shared  loads  stores  occupancy")
    for kernel, of_kernel in budgets.by_kernel(rows).items():
        registers = {row.arch: row.registers for row in of_kernel}
        worst = min(of_kernel, key=lambda row: occupancy_of(limits, row))
        print(f"{kernel:34}   ", " ".join(f"{registers.get(arch, '-'):>3}" for arch in archs),
              f"{sum(row.spill_load + row.spill_store + row.local for row in of_kernel):8}"
              f"{max(row.shared for row in of_kernel):8}{min(row.load128 for row in of_kernel):7}"
              f"{min(row.store128 for row in of_kernel):8}{occupancy_of(limits, worst):10.0%}"
              f" sm_{worst.arch}")
    print("sm_: registers of a thread. spills: accesses of local memory, and its bytes. loads,\n"
          "stores: 128-bit ones of global memory. occupancy: the lowest, and where.")


def write_csv(rows, limits, path):
    with open(path, "w", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*facts.NAMES, "blocks", "occupancy"])
        for row in rows:
            blocks = occupancy.resident_blocks(limits[row.arch], row.threads, row.registers,
                                               row.shared)
            share = f"{occupancy_of(limits, row):.4f}"
            writer.writerow([*dataclasses.asdict(row).values(), blocks, share])


def read_budget():
    with open(BUDGET, encoding="utf-8") as file:
        return budgets.from_text(file.read())


def compare(rows, version):
    comparison = Comparison(rows, read_budget(), sources.read(sorted(glob.glob(KERNELS))), version)
    for note in comparison.notes:
        print(f"note: {note}")
    for wrong in comparison.wrong:
        print(f"FAILED  sass: {wrong}")
    if not comparison.same_nvcc:
        print(f"The budget is nvcc {comparison.budget.version}'s; registers that nvcc {version}"
              " gives are reported, not held against it.")
    archs = sorted({row.arch for row in rows})
    verdict = "FAILED" if comparison.wrong else "ok    "
    print(f"{verdict}  sass: {len(budgets.by_kernel(rows))} kernels on sm"
          f" {' '.join(map(str, archs))}, {len(comparison.wrong)} problems")
    return 1 if comparison.wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nvcc", required=True, help="version that compiled the kernels")
    parser.add_argument("--table", action="store_true", help="print a row a kernel")
    parser.add_argument("--csv", help="write everything there")
    parser.add_argument("--rewrite", action="store_true", help="make this the budget")
    parser.add_argument("facts", nargs="+")
    options = parser.parse_args()
    limits = occupancy.read_limits()
    rows = [row for path in options.facts for row in facts.read(path) if row.arch in limits]
    if options.table:
        print_table(rows, limits)
    if options.csv:
        write_csv(rows, limits, options.csv)
    if options.rewrite:
        with open(BUDGET, "w", encoding="utf-8") as file:
            file.write(budgets.to_text(budgets.of_facts(options.nvcc, rows)))
    return compare(rows, options.nvcc)


if __name__ == "__main__":
    sys.exit(main())
