#!/bin/sh
# check.sh — the wheel of build/wheel in a clean environment: mypy finds nothing, the tests of the module pass, the
# command runs, and what it needs of this machine is what manylinux takes for granted.
set -eu
venv=build/wheel/tried
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet build/wheel/*.whl -r packages/python/requirements-check.txt
venv=$(cd "$venv" && pwd)
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
tests=$(pwd)/packages/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$venv/bin/mypy" --strict --no-error-summary -p gan_c
"$venv/bin/mypy" --strict --no-error-summary "$tests/test_gan_c.py"
"$venv/bin/python" -P "$tests/test_gan_c.py"
"$venv/bin/gan" train --net tiny --data digits --limit 64 -b 8 --steps 3 --quiet
"$venv/bin/gan" --version | head -n 1
foreign=$(ldd "$site/gan_c/bin/gan" "$site"/gan_c/lib/*.so.* | awk '/=> \// { print $1, $3 }' |
    grep -v -e "$site" -e '^lib\(c\|m\|pthread\|dl\|rt\|resolv\|z\|stdc++\|gcc_s\)\.so' | sort -u)
if [ -n "$foreign" ]; then
    printf 'libraries of this machine, not of the wheel:\n%s\n' "$foreign" >&2
    exit 1
fi
echo "the wheel: types, tests and command are right"
