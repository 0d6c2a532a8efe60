#!/bin/sh
# cppcheck.sh — static analysis of the library and the program; skipped, with a word, where missing.
set -u
if ! command -v cppcheck > /dev/null 2>&1; then
    echo "cppcheck: not installed, skipped (sh mk/deps.sh ci installs it)"
    exit 0
fi
cppcheck --quiet --std=c11 --language=c --enable=warning,portability,performance --inline-suppr \
    --error-exitcode=1 --suppress=missingIncludeSystem --suppress=unknownMacro \
    -I. -Iinclude -Isrc -j 2 src &&
    echo "cppcheck: nothing found"
