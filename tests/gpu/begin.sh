#!/bin/sh
# begin.sh — `make check-gpu` on a machine that may have no more than NVIDIA's driver: installs what is
# missing, then builds for the GPUs that are there (mk/cuda.mk), and checks.
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
fi
exec sh mk/counted.sh "${MAKE:-make}" "$@" check-gpu-built
