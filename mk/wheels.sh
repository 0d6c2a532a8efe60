#!/bin/sh
# wheels.sh — fetches NVIDIA's compiler and libraries (CUDA 13, cuDNN 9: 2 GB) from PyPI into a folder,
# without root:
#   sh mk/wheels.sh build/cuda && make CUDA=1 CUDA_HOME=build/cuda/toolkit CUDNN_HOME=build/cuda/cudnn
set -eu
folder=${1:?folder}
serves=$( (nvidia-smi 2> /dev/null || true) | sed -n 's/.*CUDA[A-Za-z ]*Version: *\([0-9]*\).*/\1/p')
if [ -n "$serves" ] && [ "$serves" -lt 13 ]; then
    echo "the driver serves CUDA $serves, the wheels are of CUDA 13: install NVIDIA's driver 580 or newer," >&2
    echo "or a CUDA $serves toolkit and cuDNN 9.8 or newer for it (apt: cuda-toolkit-$serves-*, cudnn9-cuda-$serves)" >&2
    exit 1
fi
if [ ! -x "$folder/toolkit/bin/nvcc" ] || [ ! -f "$folder/cudnn/include/cudnn.h" ]; then
    python3 -m venv "$folder/venv" || { echo "no python3-venv: sh mk/deps.sh gpu" >&2; exit 1; }
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check nvidia-cuda-nvcc nvidia-cuda-cccl \
        nvidia-cublas nvidia-cudnn-cu13 nvidia-cuda-sanitizer-api
    site=$(cd "$folder" && ls -d venv/lib/python3*/site-packages/nvidia)
    ln -sfn "$site/cu13" "$folder/toolkit"
    ln -sfn "$site/cudnn" "$folder/cudnn"
fi
"$folder/toolkit/bin/nvcc" --version | tail -n 2 | head -n 1
