"""Programs that take turns at training steps, and what came out of it.

A contestant speaks the protocol of bench/peers/README.md: it warms up, prints a line with "ready",
then runs N steps for each line 'run N' on its stdin and prints one JSON line about them. All of a
contest are alive at once and one of them runs at a time, so that a change of the machine meets all.
"""

from __future__ import annotations

import json
import os
import select
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Sequence

TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS, BLOCK_SECONDS, QUIT_SECONDS = 900.0, 600.0, 60.0
LEAST_STEPS, MOST_STEPS = 3, 10000
MOST_FOREIGN = 0.10  # of the machine's time, used by others during a block: then it is disturbed
MOST_DISTURBED = 0.25  # of a contest's blocks: then the contest is


class Absent(Exception):
    """A contestant that is not there or gave up, with the reason."""


@dataclass
class Block:
    """Steps of one contestant in one round."""

    img_per_s: float
    ms_per_step_p50: float
    ms_per_step_p95: float
    steps: int
    foreign: float  # share of the machine's processor time that went to neither contestant

    @property
    def disturbed(self) -> bool:
        return self.foreign > MOST_FOREIGN


@dataclass
class Contestant:
    """One program at one batch size. `steps` is the length of its blocks."""

    name: str
    command: Sequence[str]
    ready: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    steps: int = LEAST_STEPS
    absent: str = ""
    _log: Any = field(default=None, init=False, repr=False)
    _process: Any = field(default=None, init=False, repr=False)
    _rest: bytes = field(default=b"", init=False, repr=False)

    def start(self, environment: dict[str, str] | None = None) -> None:
        """Starts the program and waits until it is ready. Absent when it cannot."""
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        try:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                env={**os.environ, **(environment or {})}, start_new_session=True)
        except OSError as error:
            raise Absent(f"{self.command[0]}: {error.strerror}") from error
        self.ready = self._answer(READY_SECONDS)
        if self.ready.get("ready") is not True:
            raise Absent(f"answered {self.ready} instead of being ready")

    def _complaint(self) -> str:
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().splitlines() if line.strip()]
        return lines[-1][:300] if lines else f"ended with code {self._process.poll()}"

    def _line(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        pipe = self._process.stdout
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise Absent(f"no answer within {seconds:.0f} s")
            part = os.read(pipe.fileno(), 65536)
            if not part:
                self._process.wait()
                raise Absent(self._complaint())
            self._rest += part
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def _answer(self, seconds: float) -> dict[str, Any]:
        """The next line that is a JSON object; libraries may print others."""
        while True:
            try:
                answer = json.loads(self._line(seconds))
            except ValueError:
                continue
            if isinstance(answer, dict):
                if "error" in answer:
                    raise Absent(str(answer["error"]))
                return answer

    def _say(self, line: str) -> None:
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Absent(self._complaint()) from error

    def run(self, steps: int) -> dict[str, Any]:
        self._say(f"run {steps}")
        return self._answer(BLOCK_SECONDS)

    def finish(self) -> None:
        """Takes the result line and lets the program end."""
        self._say("quit")
        self.result = self._answer(QUIT_SECONDS)
        self._process.wait(QUIT_SECONDS)

    def stop(self) -> None:
        """Ends the program and what it started, whatever they do; fine after finish()."""
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                try:
                    pipe.close()
                except OSError:
                    pass  # it has gone away with words of ours unread
        if self._log is not None:
            self._log.close()

    def cpu_seconds(self) -> float:
        """Processor time of the program, children that it waited for included."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return 0.0
        fields = stat.rsplit(")", 1)[1].split()
        return sum(int(ticks) for ticks in fields[11:15]) / TICKS

    @property
    def rates(self) -> list[float]:
        return [block.img_per_s for block in self.blocks]

    @property
    def median(self) -> float:
        return statistics.median(self.rates)


def end_cleanly_on_signals() -> None:
    """Lets SIGTERM and SIGHUP leave by an exception, as SIGINT does, so that hold() can end the
    programs that it started: they would go on alone."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def machine_busy_seconds() -> float:
    """Processor time that the whole machine has spent, time stolen by its host included."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(x) for x in first)
    return (user + nice + system + irq + softirq + steal) / TICKS


def measured_block(one: Contestant, everyone: Sequence[Contestant]) -> Block:
    """A block of one contestant, with what others took of the machine meanwhile."""
    own, busy, start = sum(c.cpu_seconds() for c in everyone), machine_busy_seconds(), time.time()
    answer = one.run(one.steps)
    wall = max(time.time() - start, 1e-3)
    own, busy = sum(c.cpu_seconds() for c in everyone) - own, machine_busy_seconds() - busy
    foreign = max(0.0, busy - own) / (wall * (os.cpu_count() or 1))
    return Block(answer["img_per_s"], answer["ms_per_step_p50"], answer["ms_per_step_p95"],
                 answer["steps"], round(foreign, 4))


def _guarded(one: Contestant, action: Callable[[], None], say: Callable[[str], None]) -> None:
    """Runs an action of a contestant; one that gives up is out of the contest."""
    if one.absent:
        return
    try:
        action()
    except Absent as reason:
        one.absent = str(reason)
        say(f"  {one.name}: absent: {reason}")


def hold(
    contestants: Sequence[Contestant], rounds: int, block_seconds: float, settle: float,
    environment: dict[str, str], say: Callable[[str], None],
) -> None:
    """Holds a contest. Every contestant ends with `rounds` blocks of about block_seconds each, or
    with `absent` set. Before each block the machine is left alone for `settle` seconds."""

    def begin(one: Contestant) -> None:
        one.start(environment)
        seconds = max(one.run(2)["ms_per_step_p50"] / 1e3, 1e-6)
        one.steps = min(MOST_STEPS, max(LEAST_STEPS, round(block_seconds / seconds)))
        say(f"  {one.name}: first step after {one.ready.get('first_step_s')} s, "
            f"blocks of {one.steps} steps")

    def block(one: Contestant) -> None:
        time.sleep(settle)
        here = [c for c in contestants if not c.absent]
        one.blocks.append(measured_block(one, here))

    try:
        for one in contestants:
            _guarded(one, partial(begin, one), say)
        for number in range(rounds):
            shift = number % len(contestants)  # nobody always follows the same one
            for one in [*contestants[shift:], *contestants[:shift]]:
                _guarded(one, partial(block, one), say)
            say(f"  round {number + 1} of {rounds}: " + ", ".join(
                f"{c.name} {c.rates[-1]:.1f}" for c in contestants if not c.absent))
        for one in contestants:
            _guarded(one, one.finish, say)
    finally:
        for one in contestants:
            one.stop()


@dataclass
class Ratio:
    """How many times faster one contestant was than another, round by round."""

    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.rounds):.2f} to {max(self.rounds):.2f})"


def ratio(fast: Contestant, slow: Contestant) -> Ratio:
    return Ratio([a / b for a, b in zip(fast.rates, slow.rates)])


def disturbed_share(contestants: Sequence[Contestant]) -> float:
    """The share of all blocks during which others used the machine."""
    blocks = [block for c in contestants if not c.absent for block in c.blocks]
    return sum(block.disturbed for block in blocks) / len(blocks) if blocks else 0.0
