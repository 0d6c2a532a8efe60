"""compare.py — what is wrong with the kernels, and what is worth knowing.

Wrong whatever nvcc compiled them: spills and local memory, a kernel or a line of the budget
without the other, no 128-bit access where the source claims it or the budget has it, a block of
another size than the kernel was compiled for. Wrong with the budget's nvcc: fewer 128-bit accesses;
more registers or shared memory than the budget where that costs occupancy.
"""
import budget as budgets
import occupancy


class Comparison:
    def __init__(self, rows, budget, sources, version):
        self.rows, self.budget, self.sources = rows, budget, sources
        self.same_nvcc = version == budget.version
        self.limits = occupancy.read_limits()
        self.wrong, self.notes = [], []
        self.compare_names()
        for row in rows:
            self.compare_row(row)

    def say(self, row, what, wrong=True):
        (self.wrong if wrong else self.notes).append(f"{row.kernel}, sm_{row.arch}: {what}")

    def compare_names(self):
        kernels = budgets.by_kernel(self.rows)
        for kernel in sorted(kernels.keys() - self.budget.lines.keys()):
            self.wrong.append(f"{kernel}: not in the budget")
        for kernel in sorted(self.budget.lines.keys() - kernels.keys()):
            self.wrong.append(f"{kernel}: in the budget, but there is no such kernel")
        for name, source in self.sources.items():
            for threads in source.launches:
                if threads != source.bound:
                    self.wrong.append(f"{name}: launched with {threads} threads a block, compiled"
                                      f" for {source.bound}")

    def compare_row(self, row):
        if row.local or row.spill_load or row.spill_store:
            self.say(row, f"{row.local} bytes of local memory, {row.spill_load} loads and"
                          f" {row.spill_store} stores of it; there may be none")
        source = self.sources.get(row.base())
        if source is None:
            self.say(row, "no such kernel in kernels/*.cu")
        line = self.budget.lines.get(row.kernel)
        self.compare_width(row, "loads", row.load128, line and line.load128,
                           source and source.loads)
        self.compare_width(row, "stores", row.store128, line and line.store128,
                           source and source.stores)
        if line and row.arch in line.registers:
            self.compare_use(row, line)

    def compare_width(self, row, what, found, budgeted, claimed):
        if claimed and found == 0:
            self.say(row, f"no 128-bit {what}, which its source claims by gan_{what[:-1]}")
        elif budgeted and found < budgeted:
            self.say(row, f"{found} 128-bit {what}, the budget has {budgeted}",
                     wrong=found == 0 or self.same_nvcc)

    def compare_use(self, row, line):
        registers = line.registers[row.arch]
        if row.registers <= registers and row.shared <= line.shared:
            return
        limits = self.limits[row.arch]
        now = occupancy.occupancy(limits, row.threads, row.registers, row.shared)
        then = occupancy.occupancy(limits, row.threads, registers, line.shared)
        fall = f"occupancy falls from {then:.0%} to {now:.0%}"
        lost = fall if now < then else "no occupancy lost"
        self.say(row, f"{row.registers} registers and {row.shared} bytes of shared memory, the"
                      f" budget has {registers} and {line.shared}: {lost}",
                 wrong=now < then and self.same_nvcc)
