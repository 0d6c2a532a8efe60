#!/bin/sh
# root.sh — the root holds what README.md tells of, and nothing that a slip of the pen left there (awk's
# `print a > b` writes a file named as b is); and every target that make calls phony does something.
set -u
known='.ci .clang-format .clang-tidy .gitignore CONTRIBUTING.md LICENSE Makefile README.md bench cloud data docs examples
include kernels mk packages src tests'
stray=$(git ls-files --cached --others --exclude-standard | cut -d/ -f1 | sort -u |
    grep -vxF "$(printf '%s\n' "$known" | tr ' ' '\n')")
if [ -n "$stray" ]; then
    printf 'in the root, and not known in tests/lint/root.sh:\n%s\n' "$stray"
    exit 1
fi
# make's own list of rules: a phony target with neither prerequisites nor recipe succeeds in silence.
idle=$(for cuda in 0 auto; do LC_ALL=C ${MAKE:-make} -pnq CUDA="$cuda" help 2> /dev/null | awk '
    /^[a-z][a-z0-9-]*:/ { end(); name = $1; idle = NF == 1; next }
    /^#  Phony target/ { phony = 1 }
    /^#  recipe to execute/ { idle = 0 }
    /^$/ { end() }
    function end() { if (name != "" && phony && idle) print substr(name, 1, length(name) - 1); name = ""; phony = idle = 0 }'
done | sort -u)
if [ -n "$idle" ]; then
    printf 'targets that do nothing, and succeed:\n%s\n' "$idle"
    exit 1
fi
echo "root: known files only; every target does something"
