#!/bin/sh
# gpus.sh — the compute capabilities of the GPUs in this machine that gan.c can use, once each, on one line:
# "80 90". Nothing where there is none.
#   sh mk/gpus.sh [TOOLKIT]    a folder whose bin has what `nvcc -arch=native` asks, for where no nvidia-smi is
set -u
here=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2> /dev/null | sed -n 's/^ *\([0-9]*\)\.\([0-9]\) *$/\1\2/p')
if [ -z "$here" ] && [ -x "${1:-}/bin/__nvcc_device_query" ]; then
    here=$("$1/bin/__nvcc_device_query" 2> /dev/null | tr ',; ' '\n\n\n' | grep -x '[0-9][0-9]*')
fi
for arch in $(printf '%s\n' "$here" | sort -un); do
    [ "$arch" -ge 70 ] && echo "$arch"
done | paste -sd ' ' -
