"""sources.py — what a kernel file says of its kernels: how they are launched, what they move.

Kernel files keep to one form (kernels/device.h), so patterns are enough: functions begin in the
first column, GAN_KERNEL opens a kernel, GAN_LAUNCH and GAN_LAUNCH_TOGETHER launch one.
"""
import dataclasses
import re

FUNCTION = re.compile(r"^(\w[^;{}]*?\)?)\n?\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"\b(\w+)(?:<[^;{}()]*>)?\(")
LAUNCH = re.compile(r"GAN_LAUNCH(?:_TOGETHER)?\(")


@dataclasses.dataclass
class Source:
    bound: str  # threads of a block as written: GAN_THREADS
    launches: list  # the same in each launch
    loads: bool  # by gan_load: 128 bits at a time
    stores: bool  # by gan_store


def read(paths):
    """Kernel without its types -> Source."""
    found = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found.update(parse(file.read()))
    return found


def parse(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    bodies, bounds = {}, {}
    for header, body in FUNCTION.findall(text):
        opening = re.search(r"GAN_KERNEL\((\w+)\)\s*", header)
        signature = header[opening.end():] if opening else header
        name = CALL.search(signature)
        if name:
            bodies[name[1]] = body
            if opening:
                bounds[name[1]] = opening[1]
    launches = list(launches_of(text))
    return {kernel: Source(bound, [threads for name, threads in launches if name == kernel],
                           "gan_load" in reached(kernel, bodies),
                           "gan_store" in reached(kernel, bodies))
            for kernel, bound in bounds.items()}


def reached(name, bodies):
    """All that a function calls, itself or through functions of its file."""
    seen, left = set(), [name]
    while left:
        for called in CALL.findall(bodies.get(left.pop(), "")):
            if called not in seen:
                seen.add(called)
                left.append(called)
    return seen


def launches_of(text):
    """(kernel, threads) of each launch."""
    for match in LAUNCH.finditer(text):
        kernel, _, threads = arguments(text[match.end():])[:3]
        yield re.search(r"\w+", kernel)[0], threads


def arguments(text):
    """Arguments of a call, from after its opening parenthesis."""
    text = text.replace("->", ".")  # its > closes nothing
    found, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "(<{") - (char in ")>}")
        if depth < 0 or (char == "," and depth == 0):
            found.append(text[start:at].strip())
            start = at + 1
        if depth < 0:
            break
    return found
