#!/usr/bin/env python3
"""How good the pictures are after so many seconds of training: gan.c beside others, one judge.

First the speed of each contender is measured, in turns: that alone wants an idle machine
(--speed-only ends there). Seconds then become steps, and what is trained does not depend on what
else the machine does. `gan eval` measures samples at each mark beside the data set, by each of the
features. What was measured is kept in --out: a run that was interrupted continues with what is
missing, and one with more seeds or contenders adds them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

import machine  # noqa: E402
from contenders import Contender, Mark, Tools  # noqa: E402
from plot import Axes, Line, Point, picture  # noqa: E402
from record import table  # noqa: E402

DEFAULT = ("gan.c, mnist=mnist", "PyTorch, mnist=pytorch:mnist", "PyTorch, probe=pytorch:probe",
           "PyTorch, DCGAN example=pytorch:dcgan-example",
           "Keras's tutorial=tensorflow:dcgan-mnist", "gan.c, the tutorial=dcgan-mnist")
ROUNDS = 3
AXES = Axes("seconds of training", "Frechet distance", True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--gan", type=Path, default=ROOT / "build" / "release" / "gan")
    parser.add_argument("--peers", type=Path, default=ROOT / "build" / "peers", metavar="DIR",
                        help="with pytorch/ and tensorflow/, as bench/peers/setup.sh makes them")
    parser.add_argument("--data", default="mnist", help="data set of gan.c (default mnist)")
    parser.add_argument("--peer-data", type=Path, metavar="FILE",
                        help="the same images for the peers, .npy or IDX")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10, 20, 30, 60])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--features", nargs="+", default=["mnist", "random-conv"],
                        help="of gan eval (default mnist random-conv)")
    parser.add_argument("--samples", type=int, default=10000)
    parser.add_argument("--reach", type=float, metavar="FD",
                        help="also tell the time to this distance, by the first of the features")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--speed-seconds", type=float, default=5.0, metavar="S",
                        help=f"length of each of the {ROUNDS} turns (default 5)")
    parser.add_argument("--speed-only", action="store_true", help="measure speeds, train later")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--records", type=Path, metavar="DIR",
                        help="also write pictures-DATE.md, .json and plots")
    parser.add_argument("contenders", nargs="*", default=list(DEFAULT))
    return parser.parse_args()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def kept(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def keep(path: Path, value: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def same_settings(options: argparse.Namespace) -> None:
    """--out holds results of one question only."""
    asked = {key: getattr(options, key) for key in ("data", "seconds", "features", "samples",
                                                    "threads")}
    path = options.out / "settings.json"
    before = kept(path) or asked
    if before != asked:
        differs = ", ".join(key for key in asked if before[key] != asked[key])
        raise SystemExit(f"pictures.py: {options.out} holds results of another --{differs}: "
                         "name another --out")
    keep(path, asked)


def speeds(options: argparse.Namespace, tools: Tools,
           everyone: list[Contender]) -> dict[str, float]:
    """Images a second of each, the median of turns; those that are known are not measured again."""
    path = options.out / "speeds.json"
    known: dict[str, list[float]] = kept(path) or {}
    for i in range(ROUNDS):
        for one in everyone:
            turns = known.setdefault(one.name, [])
            if len(turns) <= i:
                turns.append(one.measure(tools, options.speed_seconds, options.out / "work"))
                say(f"{one.name}: {turns[-1]:.0f} img/s")
                keep(path, known)
    return {one.name: statistics.median(known[one.name]) for one in everyone}


def judge(options: argparse.Namespace, file: str, features: str) -> dict[str, Any]:
    """All that gan eval says of the samples, the floors among it."""
    out = subprocess.run([str(options.gan), "eval", file, "--data", options.data, "--features",
                          features, "-n", str(options.samples), "--no-log", "--quiet", "--json",
                          "--threads", str(options.threads)], check=True, stdout=subprocess.PIPE,
                         text=True).stdout
    return json.loads(out)


def compete(options: argparse.Namespace, tools: Tools, one: Contender, speed: float,
            seed: int) -> dict[str, Any]:
    path = options.out / f"{one.plain}-{seed}.json"
    found = kept(path)
    if found is not None:
        return found
    folder = options.out / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marks = [Mark(s, max(1, round(s * speed / one.batch))) for s in sorted(options.seconds)]
    judged = []
    for mark, file in zip(marks, one.train(tools, marks, seed, options.samples, folder)):
        row = {"seconds": mark.seconds, "images": mark.steps * one.batch,
               "judged": {f: judge(options, file, f) for f in options.features}}
        judged.append(row)
        say(f"{one.name}, seed {seed}: {mark.seconds:g} s, {row['images']} images: "
            + ", ".join(f"{f} {fd_of(row, f):.2f}" for f in options.features))
    result = {"name": one.name, "net": one.net.stem, "peer": one.peer or "gan.c", "seed": seed,
              "img_per_s": round(speed, 1), "marks": judged}
    keep(path, result)
    shutil.rmtree(folder)
    return result


def fd_of(mark: dict[str, Any], features: str) -> float:
    return mark["judged"][features]["fd"]


def at_each_mark(results: list[dict[str, Any]], features: str) -> list[tuple[float, list[float]]]:
    """Seconds, and the distances of all seeds, sorted."""
    count = len(results[0]["marks"])
    return [(results[0]["marks"][i]["seconds"],
             sorted(fd_of(result["marks"][i], features) for result in results))
            for i in range(count)]


def seconds_to(results: list[dict[str, Any]], features: str, distance: float) -> float | None:
    """When the median is there first: between marks both are straight lines of logarithms. None:
    not by the last mark; at the first mark it may have been there before."""
    before: tuple[float, float] | None = None
    for seconds, values in at_each_mark(results, features):
        now = statistics.median(values)
        if now <= distance:
            if before is None or before[1] <= now:
                return seconds
            share = math.log(before[1] / distance) / math.log(before[1] / now)
            return before[0] * (seconds / before[0]) ** share
        before = (seconds, now)
    return None


def by_name(results: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        out.setdefault(result["name"], []).append(result)
    return out


def rows(options: argparse.Namespace, results: list[dict[str, Any]]) -> list[list[str]]:
    out = []
    for name, own in by_name(results).items():
        for i, mark in enumerate(own[0]["marks"]):
            row = [name, f"{mark['seconds']:g}", f"{mark['images']}"]
            for features in options.features:
                values = at_each_mark(own, features)[i][1]
                row.append(f"{statistics.median(values):.2f} ({values[0]:.2f} to {values[-1]:.2f})")
            out.append(row)
    return out


def reached(options: argparse.Namespace, results: list[dict[str, Any]]) -> list[str]:
    if options.reach is None:
        return []
    features = options.features[0]
    out = ["", f"Seconds of training to a distance of {options.reach:g} ({features}):", ""]
    lines = []
    for name, own in by_name(results).items():
        seconds = seconds_to(own, features, options.reach)
        lines.append([name, "not reached" if seconds is None else f"{seconds:.1f}",
                      "-" if seconds is None else f"{seconds * own[0]['img_per_s']:.0f}"])
    return out + table(["contender", "s", "images"], lines)


def plots(options: argparse.Namespace, where: dict[str, Any], base: str,
          results: list[dict[str, Any]]) -> list[str]:
    """Writes a picture for each of the features; returns the lines that show them."""
    out = []
    for features in options.features:
        lines = [Line(name, [Point(s, statistics.median(v), v[0], v[-1])
                             for s, v in at_each_mark(own, features)])
                 for name, own in by_name(results).items()]
        file = f"{base}-{re.sub(r'[^A-Za-z0-9.-]+', '-', features)}.svg"
        title = f"{options.data}: distance by features {features}"
        note = f"{where['cpu']}, {options.threads} threads; bars: least and greatest of the seeds"
        (options.records / file).write_text(picture(title, note, lines, AXES), encoding="utf-8")
        out += [f"![distance against seconds]({file})", ""]
    return out


def report(options: argparse.Namespace, where: dict[str, Any], results: list[dict[str, Any]],
           absent: list[str]) -> str:
    floors = ", ".join(f"{f} {results[0]['marks'][0]['judged'][f]['fd_floor']:.2f}"
                       for f in options.features)
    speed_rows = [[name, own[0]["net"], f"{own[0]['img_per_s']:.0f}"]
                  for name, own in by_name(results).items()]
    head = [f"# Pictures after so many seconds: {options.data}", "",
            f"{machine.sentence(where)}. {options.threads} threads, seeds 1 to {options.seeds}, "
            f"{options.samples} samples; median (least to greatest). Seconds are those of training "
            "alone, by the speeds below, which were measured in turns; steps were then counted. "
            f"Real pictures that were not compared with are at {floors}.", "",
            *table(["contender", "network", "img/s"], speed_rows), ""]
    base = "pictures-" + re.sub(r"[-:]", "", where["date"])[:13]
    images: list[str] = []
    if options.records is not None:
        options.records.mkdir(parents=True, exist_ok=True)
        images = plots(options, where, base, results)
    text = "\n".join([*head, *images,
                      *table(["contender", "s of training", "images",
                              *(f"fd, {f}" for f in options.features)], rows(options, results)),
                      *reached(options, results), *absent]) + "\n"
    if options.records is not None:
        (options.records / f"{base}.md").write_text(text, encoding="utf-8")
        keep(options.records / f"{base}.json", {"machine": where, "results": results})
    return text


def main() -> int:
    options = parse()
    (options.out / "work").mkdir(parents=True, exist_ok=True)
    same_settings(options)
    tools = Tools(options.gan, options.peers, options.data, options.peer_data, options.threads)
    everyone = [Contender.read(words) for words in options.contenders]
    lacking = {one.name: one.absent(tools) for one in everyone}
    absent = [f"- {name}: absent: {why}" for name, why in lacking.items() if why]
    for line in absent:
        say(line)
    everyone = [one for one in everyone if not lacking[one.name]]
    where = kept(options.out / "machine.json") or machine.describe()
    keep(options.out / "machine.json", where)
    speed = speeds(options, tools, everyone)
    if options.speed_only or not everyone:
        return 0 if everyone else 1
    results = [compete(options, tools, one, speed[one.name], seed)
               for seed in range(1, options.seeds + 1) for one in everyone]
    print(report(options, where, results, [""] + absent if absent else []), end="")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:  # which has said why
        sys.exit(f"pictures.py: '{' '.join(error.cmd)}' failed ({error.returncode})")
