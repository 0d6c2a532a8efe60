"""What a record must say about the machine, and what programs take on its disk."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
INSTRUCTION_SETS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16",
                    "asimd", "sve")
NOT_OF_A_PEER = {"pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack"}


def first_line(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()[0].strip()
    except (OSError, IndexError):
        return None


def output_of(*command: str) -> str:
    """The first line that a command prints, "" if it cannot."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.splitlines()[0].strip() if done.stdout else ""


def number_in(path: str, key: str) -> int:
    """The first number after a key in a file of 'key: number' lines, 0 if there is none."""
    match = re.search(rf"^{re.escape(key)}\s*:\s*(\d+)", Path(path).read_text(encoding="utf-8"),
                      re.MULTILINE)
    return int(match.group(1)) if match else 0


def text_in(path: str, key: str) -> str:
    match = re.search(rf"^{re.escape(key)}\s*:\s*(.+)$", Path(path).read_text(encoding="utf-8"),
                      re.MULTILINE)
    return match.group(1).strip() if match else ""


def system_name() -> str:
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return platform.system()
    match = re.search(r'^PRETTY_NAME="?([^"\n]*)', text, re.MULTILINE)
    return match.group(1) if match else platform.system()


def describe() -> dict[str, Any]:
    """The machine and the sources as they are now."""
    flags = set((text_in("/proc/cpuinfo", "flags") or text_in("/proc/cpuinfo", "Features")).split())
    return {
        "cpu": text_in("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "cores_of_machine": os.cpu_count(),
        "virtual": "hypervisor" in flags,
        "instruction_sets": [name for name in INSTRUCTION_SETS if name in flags],
        "governor": first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_gb": round(number_in("/proc/meminfo", "MemTotal") / 1024**2, 1),
        "load_at_start": os.getloadavg()[0],
        "kernel": platform.release(),
        "system": system_name(),
        "compiler": output_of(os.environ.get("CC", "cc"), "--version"),
        "python": platform.python_version(),
        "commit": output_of("git", "rev-parse", "--short=12", "HEAD"),
        "changed_files": bool(output_of("git", "status", "--porcelain", "--untracked-files=no")),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def sentence(machine: dict[str, Any]) -> str:
    """The machine in one line."""
    virtual = " (virtual)" if machine["virtual"] else ""
    governor = f", governor {machine['governor']}" if machine["governor"] else ""
    changes = " with changes" if machine["changed_files"] else ""
    return (f"{machine['cpu']}, {machine['cores']} cores{virtual}{governor}, "
            f"{machine['memory_gb']} GB, {machine['system']}, kernel {machine['kernel']}; load "
            f"{machine['load_at_start']:.2f} at the start; commit "
            f"{machine['commit'] or 'unknown'}{changes}")


def bytes_below(folder: Path) -> int:
    """Bytes of the files in a folder; what is linked twice counts once."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        stat = path.lstat()
        if path.is_file() and not path.is_symlink():
            seen[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(seen.values())


def peer_install_mb(environment: Path) -> float:
    """What a peer's virtual environment holds, without Python itself and pip."""
    total = 0
    for packages in environment.glob("lib/python*/site-packages"):
        for entry in packages.iterdir():
            if re.split(r"[-.]", entry.name)[0] not in NOT_OF_A_PEER:
                total += bytes_below(entry) if entry.is_dir() else entry.stat().st_size
    return round(total / 1e6, 1)


def libraries_of(program: Path) -> list[Path]:
    """The shared libraries that a program loads, but the C library's own."""
    own = re.compile(r"^(ld-linux|libc|libm|libpthread|libdl|librt)[-.]")
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    paths = (line.split("=>")[1].split()[0] for line in done.stdout.splitlines() if "=> /" in line)
    return [Path(path).resolve() for path in paths if not own.match(Path(path).name)]


def gan_install_mb(program: Path) -> dict[str, float]:
    """Our program with the networks it ships, without debugging symbols where strip is there; and
    with all libraries that it loads."""
    size = program.stat().st_size
    if shutil.which("strip"):
        copy = program.parent / "gan.stripped"
        if subprocess.run(["strip", "-o", str(copy), str(program)], check=False).returncode == 0:
            size = copy.stat().st_size
            copy.unlink()
    size += bytes_below(ROOT / "data" / "nets")
    libraries = sum(path.stat().st_size for path in libraries_of(program))
    return {"program": round(size / 1e6, 1), "with_libraries": round((size + libraries) / 1e6, 1)}


if __name__ == "__main__":
    print(sentence(describe()) + ".")
