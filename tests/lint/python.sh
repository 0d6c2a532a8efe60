#!/bin/sh
# python.sh — every Python file is one: what only a recorder runs is not run by a test.
set -u
if ! command -v python3 > /dev/null 2>&1; then
    echo "python: not installed, skipped"
    [ -z "${CI:-}" ]
    exit
fi
git ls-files -- '*.py' | python3 -c '
import ast, sys
for path in sys.stdin.read().split():
    ast.parse(open(path, encoding="utf-8").read(), path)' && echo "python: every file can be read"
