"""facts.py — the numbers of one kernel on one architecture, and the files that hold them."""
import csv
import dataclasses

# What is counted in the listing of a kernel's machine code.
COUNTED = ("instructions", "load128", "store128", "spill_load", "spill_store")


@dataclasses.dataclass
class Facts:
    kernel: str  # add_kernel<bf16>
    arch: int  # 75: sm_75
    threads: int  # of a block, at most: its launch bound
    registers: int  # of a thread
    local: int  # bytes of a thread: stack and local memory
    shared: int  # bytes of a block, without what the system reserves
    instructions: int
    load128: int  # global loads of 128 bits or more
    store128: int
    spill_load: int  # accesses of local memory
    spill_store: int

    def base(self):
        """The kernel without its types, as the sources declare it."""
        return self.kernel.split("<")[0]


NAMES = [field.name for field in dataclasses.fields(Facts)]


def write(rows, file):
    writer = csv.DictWriter(file, NAMES, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(dataclasses.asdict(row) for row in rows)


def read(path):
    with open(path, encoding="utf-8") as file:
        return [from_text(row) for row in csv.DictReader(file, delimiter="\t")]


def from_text(row):
    numbers = {name: int(row[name]) for name in NAMES if name != "kernel"}
    return Facts(kernel=row["kernel"], **numbers)
