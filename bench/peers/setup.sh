#!/bin/sh
# setup.sh — installs the peers, each into a virtual environment of its own under build/peers, so
# that its size on disk can be told. What is there and unchanged is left alone.
#   sh bench/peers/setup.sh [tensorflow] [pytorch]      default: both
#   PYTHON=python3.12       another Python (3.10 or newer)
#   PIP_INSTALL_ARGS=...    more arguments for pip install, such as --index-url for CPU-only wheels
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=$here/../../build/peers
python=${PYTHON:-python3}

fail() {
    echo "setup.sh: $*" >&2
    exit 1
}

install_peer() { # install_peer NAME
    venv=$target/$1
    list=$here/requirements-$1.txt
    if cmp -s "$list" "$venv/installed.txt"; then
        echo "$1: already installed"
        return
    fi
    "$python" -m venv "$venv" ||
        fail "cannot make a virtual environment (on Debian, install python3-venv)"
    # shellcheck disable=SC2086 # the variable holds several arguments
    "$venv/bin/pip" install --quiet --disable-pip-version-check ${PIP_INSTALL_ARGS:-} -r "$list" ||
        fail "pip could not install $1"
    cp "$list" "$venv/installed.txt"
    echo "$1: installed, $(du -sm "$venv" | cut -f 1) MB in build/peers/$1"
}

command -v "$python" > /dev/null || fail "no $python here; install Python 3.10 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "needs Python 3.10 or newer; $python is $("$python" --version 2>&1)"
[ $# -gt 0 ] || set -- tensorflow pytorch
for peer in "$@"; do
    [ -f "$here/requirements-$peer.txt" ] || fail "unknown peer '$peer': tensorflow or pytorch"
done
mkdir -p "$target"
for peer in "$@"; do
    install_peer "$peer"
done
