#!/bin/sh
# begin.sh — `make check-gpu` on a machine that may have no more than NVIDIA's driver: installs what is
# missing, then builds for the GPUs that are there, and checks.
#   MAKE=make sh tests/gpu/begin.sh "what CUDA lacks, in words; empty if nothing"
set -eu
lacks=$1
shift
if [ "${GAN_CHECK_SIMULATED:-0}" != 1 ]; then
    # elsewhere than on Debian and Ubuntu the compiler says what is missing
    sh mk/deps.sh gpu || true
    if [ -n "$lacks" ]; then
        echo "no CUDA here ($lacks not found): taking it from PyPI"
        sh mk/wheels.sh build/cuda
        set -- CUDA=1 "CUDA_HOME=$PWD/build/cuda/toolkit" "CUDNN_HOME=$PWD/build/cuda/cudnn"
    fi
    here=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2> /dev/null | tr -d . | sort -un)
    archs="" # empty: all that gan.c knows
    for arch in $here; do
        case $arch in 75 | 80 | 86 | 89 | 90 | 100 | 120) archs="$archs $arch" ;; *) archs=""; break ;; esac
    done
    [ -z "$archs" ] || set -- "$@" "CUDA_ARCH=${archs# }"
fi
case " ${MAKEFLAGS:-} " in *" -j"* | *jobserver*) ;; *) set -- "-j$(nproc)" "$@" ;; esac
exec "${MAKE:-make}" --no-print-directory "$@" check-gpu-built
