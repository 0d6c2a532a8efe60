#!/bin/sh
# test_make.sh — on a machine that has no compiler yet, make still says what it can do and installs one;
# what needs a compiler says so.
. tests/cli/checks.sh
unset MAKEFLAGS MAKELEVEL CUDA CUDA_HOME CUDNN_HOME CUDA_ARCH

works "help without a compiler" make help CC=no-such-compiler
equal "help: the line of demo" "$(grep -c '^  demo  *install what is missing' "$work/out")" 1
works "deps without a compiler" make -n deps CC=no-such-compiler
refuses "all without a compiler" 2 "no-such-compiler.*make deps" make all CC=no-such-compiler

# A toolkit and an old cuDNN beside it: what is missing is said, and the rest is built without it.
mkdir -p "$work/cuda/bin" "$work/cuda/include" "$work/cuda/lib64"
: > "$work/cuda/bin/nvcc" && chmod +x "$work/cuda/bin/nvcc"
: > "$work/cuda/lib64/libcublas.so.13"
: > "$work/cuda/lib64/libcudnn.so.9"
: > "$work/cuda/include/cudnn.h"
echo '#define CUDNN_BACKEND_ENGINE_DESCRIPTOR' > "$work/cuda/include/cudnn_graph.h"
works "cuda beside an old cuDNN" make cuda CUDA_HOME="$work/cuda" BUILD="$work/build"
equal "it is said" "$(grep -c '^no CUDA (cuDNN 9.8 or newer not found)$' "$work/out")" 1
refuses "CUDA=1 beside an old cuDNN" 2 "CUDA=1, but there is no cuDNN 9.8 or newer" \
    make cuda CUDA=1 CUDA_HOME="$work/cuda" BUILD="$work/build"
verdict
