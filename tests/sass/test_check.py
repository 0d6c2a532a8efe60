"""test_check.py — does the check of the kernels see what it is for?

    python3 tests/sass/test_check.py [INCLUDE]     INCLUDE: the folder of cuda_occupancy.h

Takes kernels that keep to the committed budget, plants a regression in each, one at a time, and
wants each refused; reads listings as cuobjdump writes them; compares occupancy with NVIDIA's own
count.
"""
import copy
import os
import random
import subprocess
import sys
import tempfile
import unittest

import budget as budgets
import check
import compare
import facts
import occupancy
import read
import sources

INCLUDE = ""
RESOURCES = """
arch = sm_75
 Function _Z10add_kernelIfEvPKT_S2_PS0_lb:
  REG:28 STACK:8 SHARED:0 LOCAL:4 CONSTANT[0]:392 TEXTURE:0 SURFACE:0 SAMPLER:0
arch = sm_90
 Function _Z10add_kernelIfEvPKT_S2_PS0_lb:
  REG:30 STACK:0 SHARED:1048 LOCAL:0 CONSTANT[0]:568 TEXTURE:0 SURFACE:0 SAMPLER:0
"""
LISTING = """
\tcode for sm_75
\t\tFunction : _Z10add_kernelIfEvPKT_S2_PS0_lb
        /*0150*/                   LDG.E.128.SYS R4, [R2] ; /* 0x0000000002047381 */
  /* 0x000ea400001eed00 */
        /*0160*/              @!P0 LDG.E R8, desc[UR4][R2.64] ; /* 0x0000000002047381 */
        /*0170*/               @P1 STG.E.128 desc[UR4][R2.64], R4 ; /* 0x0000000002047381 */
        /*0180*/                   STL.64 [R1], R4 ; /* 0x0000000002047381 */
        /*0190*/              @UP0 LDL R5, [R1] ; /* 0x0000000002047381 */
        /*01a0*/                   LDS.128 R4, [R2] ; /* 0x0000000002047381 */
        /*01b0*/                   NOP ; /* 0x0000000000007918 */
"""
KERNEL_FILE = """
template <typename T> GAN_DEVICE void part(const T *x) { gan_load(x); }

template <typename T>
GAN_DEVICE void row(const T *x)
{
    gan_load(x, i, n, wide, v);
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
sum_kernel(const T *x, int64_t n)
{
    row<T>(x);
    /* gan_store(is only spoken of) */
}

extern "C" gan_status gan_sum_launch(const args *a)
{
    GAN_LAUNCH((sum_kernel<T, 4>), gan_blocks(a->n, 2), 128, stream, x, n);
}
"""


def within_budget(budget):
    """Facts of every kernel that are the budget's own."""
    threads = {"guard_kernel": 1, "report_kernel": 1}
    return [facts.Facts(kernel, arch, threads.get(kernel, 256), registers, 0, line.shared, 100,
                        line.load128, line.store128, 0, 0)
            for kernel, line in budget.lines.items() for arch, registers in line.registers.items()]


class Planted(unittest.TestCase):
    """Regressions, each in each kernel."""

    @classmethod
    def setUpClass(cls):
        cls.budget = check.read_budget()
        cls.rows = within_budget(cls.budget)
        cls.sources = sources.read(sorted(check.glob.glob(check.KERNELS)))
        cls.comparison = compare.Comparison([], cls.budget, {}, cls.budget.version)

    def wrong(self, row, version=None):
        """What is wrong with one kernel on one architecture."""
        self.comparison.same_nvcc = version is None
        self.comparison.sources = self.sources
        self.comparison.wrong = []
        self.comparison.compare_row(row)
        return self.comparison.wrong

    def plant(self, change, applies=lambda row: True):
        """The rows that `change` makes a difference to, changed."""
        chosen = [copy.copy(row) for row in self.rows if applies(row)]
        self.assertGreater(len(chosen), 40)
        for row in chosen:
            change(row)
        return chosen

    def refused(self, rows, word, version=None):
        passed = [(row.kernel, row.arch) for row in rows
                  if word not in " ".join(self.wrong(row, version))]
        self.assertEqual([], passed)

    def test_nothing(self):
        full = compare.Comparison(self.rows, self.budget, self.sources, self.budget.version)
        self.assertEqual([], full.wrong + full.notes)

    def test_spills(self):
        for name in ("spill_load", "spill_store", "local"):
            rows = self.plant(lambda row, name=name: setattr(row, name, 1))
            self.refused(rows, "there may be none")
            self.refused(rows, "there may be none", version="1.0")

    def test_registers(self):
        rows = self.plant(lambda row: setattr(row, "registers", 255))
        self.refused(rows, "occupancy falls")
        self.assertEqual([], [wrong for row in rows for wrong in self.wrong(row, version="1.0")])

    def test_registers_that_cost_nothing(self):
        rows = self.plant(lambda row: setattr(row, "registers", row.registers + 1),
                          lambda row: row.registers % 8 != 0)
        self.assertEqual([], [wrong for row in rows for wrong in self.wrong(row)])

    def test_shared(self):
        rows = self.plant(lambda row: setattr(row, "shared", 200 << 10))
        self.refused(rows, "occupancy falls")

    def test_fewer_128_bit_accesses(self):
        for name in ("load128", "store128"):
            rows = self.plant(lambda row, name=name: setattr(row, name, getattr(row, name) - 1),
                              lambda row, name=name: getattr(row, name) > 0)
            self.refused(rows, "128-bit")

    def test_no_128_bit_accesses(self):
        for name in ("load128", "store128"):
            rows = self.plant(lambda row, name=name: setattr(row, name, 0),
                              lambda row, name=name: getattr(row, name) > 0)
            self.refused(rows, "128-bit", version="1.0")

    def test_names(self):
        lost = [row for row in self.rows if row.kernel != "ema_kernel"]
        new = self.rows + [copy.copy(self.rows[0])]
        new[-1].kernel = "new_kernel"
        for rows, what in ((lost, "there is no such kernel"), (new, "not in the budget")):
            wrong = compare.Comparison(rows, self.budget, self.sources, self.budget.version).wrong
            self.assertIn(what, " ".join(wrong))


class Sources(unittest.TestCase):
    def test_claims_and_launches(self):
        kernel = sources.parse(KERNEL_FILE)["sum_kernel"]
        self.assertEqual(sources.Source("GAN_THREADS", ["128"], True, False), kernel)

    def test_a_claim_without_accesses_and_another_block(self):
        rows = [facts.Facts("sum_kernel<f32>", 90, 256, 32, 0, 0, 9, 0, 0, 0, 0)]
        budget = budgets.of_facts("1.0", rows)
        wrong = " ".join(compare.Comparison(rows, budget, sources.parse(KERNEL_FILE), "1.0").wrong)
        self.assertIn("no 128-bit loads, which its source claims", wrong)
        self.assertIn("launched with 128 threads a block, compiled for GAN_THREADS", wrong)


class Reading(unittest.TestCase):
    def test_resources(self):
        symbol = "_Z10add_kernelIfEvPKT_S2_PS0_lb"
        expected = {(75, symbol): {"registers": 28, "local": 12, "shared": 0},
                    (90, symbol): {"registers": 30, "local": 0, "shared": 24}}
        self.assertEqual(expected, read.resources(RESOURCES))

    def test_listing(self):
        [counts] = read.accesses(LISTING).values()
        self.assertEqual({"instructions": 6, "load128": 1, "store128": 1, "spill_load": 1,
                          "spill_store": 1}, counts)

    def test_names(self):
        name = "void convert_kernel<__half, __nv_bfloat16>(__half const*, __nv_bfloat16*, long)"
        self.assertEqual("convert_kernel<f16,bf16>", read.plain_name(name))
        self.assertEqual("adam_kernel", read.plain_name("adam_kernel(adam_args)"))

    def test_budget_there_and_back(self):
        budget = check.read_budget()
        self.assertEqual(budget, budgets.from_text(budgets.to_text(budget)))


class Occupancy(unittest.TestCase):
    def test_known(self):
        limits = occupancy.read_limits()
        self.assertEqual(1.0, occupancy.occupancy(limits[90], 256, 32, 0))
        self.assertEqual(0.25, occupancy.occupancy(limits[80], 256, 128, 0))
        self.assertEqual(0, occupancy.resident_blocks(limits[75], 1024, 255, 0))

    def test_as_nvidia_counts(self):
        if not os.path.isfile(os.path.join(INCLUDE, "cuda_occupancy.h")):
            self.skipTest("no cuda_occupancy.h")
        cases, draw = [], random.Random(1)
        for arch, limits in occupancy.read_limits().items():
            for _ in range(500):
                kernel = (draw.randint(1, 1024), draw.randint(1, 255), draw.randint(0, 48 << 10))
                cases.append((arch, limits, kernel))
        counted = self.count(cases)
        wrong = [(arch, kernel, blocks, occupancy.resident_blocks(limits, *kernel))
                 for (arch, limits, kernel), blocks in zip(cases, counted, strict=True)
                 if blocks != occupancy.resident_blocks(limits, *kernel)]
        self.assertEqual([], wrong[:5])

    def count(self, cases):
        text = "".join(f"{arch // 10} {arch % 10} {limits.threads} {limits.registers}"
                       f" {limits.shared} {limits.reserved} {' '.join(map(str, kernel))}\n"
                       for arch, limits, kernel in cases)
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "blocks")
            source = os.path.join(os.path.dirname(__file__), "blocks.c")
            subprocess.run(["cc", "-isystem", INCLUDE, "-o", program, source], check=True)
            out = subprocess.run([program], input=text, stdout=subprocess.PIPE, check=True,
                                 text=True).stdout
        return [int(line) for line in out.split()]


if __name__ == "__main__":
    INCLUDE = sys.argv.pop() if len(sys.argv) > 1 else ""
    result = unittest.main(exit=False, verbosity=0, buffer=True).result
    sys.exit(not result.wasSuccessful())
