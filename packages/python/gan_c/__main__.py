"""The program: `gan` and `python -m gan_c`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Becomes the program of this package, with the same arguments."""
    folder = os.path.dirname(os.path.abspath(__file__))
    program = os.path.join(folder, "bin", "gan")
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
