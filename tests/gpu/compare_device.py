"""Holds the live device against its entry in data/gpus.json.

    compare_device.py FACTS.json data/gpus.json

FACTS.json is what device_facts printed. Prints a Markdown table of every field that both have, and
what the catalogue should say where they differ; exit 1 when a field that cuDNN's choices depend on
does, exit 75 when the catalogue does not have the device.
"""
import json
import sys

DECISIVE = {"deviceVer", "multiProcessorCount", "maxGridSize"}
TOLERANCE = {"totalGlobalMem": 0.03, "smClockRateKHz": 0.10, "memClockRateKHz": 0.10}
IGNORED = {"driverVer", "cudaDeviceId", "pciDeviceId", "isTccDriver"}


def find_entry(gpus, live):
    """The entry of the same name, else of the same capability and multiprocessors, or None."""
    for gpu in gpus:
        if gpu["deviceprop"]["deviceName"] == live["deviceName"]:
            return gpu
    for gpu in gpus:
        prop = gpu["deviceprop"]
        if all(prop[key] == live[key] for key in ("deviceVer", "multiProcessorCount")):
            return gpu
    return None


def agrees(key, live, known):
    if key in TOLERANCE:
        return abs(live - known) <= TOLERANCE[key] * known
    return live == known


def compare(title, live, known):
    """Prints the table; returns the fields that differ."""
    print(f"\n{title}\n\n| field | live | catalogue | |\n|---|---|---|---|")
    differing = []
    for key in sorted(set(live) & set(known) - IGNORED):
        good = agrees(key, live[key], known[key])
        print(f"| {key} | {live[key]} | {known[key]} | {'' if good else 'differs'} |")
        if not good:
            differing.append(key)
    return differing


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        facts = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        gpus = json.load(file)["gpus"]
    live = facts["properties"]
    entry = find_entry(gpus, live)
    if entry is None:
        print(f"{live['deviceName']} (capability {live['deviceVer']}) is not in the catalogue")
        return 75
    print(f"{live['deviceName']}: catalogue entry {entry['id']}")
    differing = compare("CUDA's properties", live, entry["deviceprop"])
    if facts["cudnn"]:
        differing += compare("cuDNN's own description", facts["cudnn"], entry["deviceprop"])
    return 1 if DECISIVE & set(differing) else 0


if __name__ == "__main__":
    sys.exit(main())
