#!/bin/sh
# kit.sh — packs what `make check-gpu` needs into a folder that works on a machine with a GPU and no network:
# the program, the plugin, the tests that were built, golden traces, and every shared library but NVIDIA's
# and the C library's. The C++ library lies apart: it asks for the newest C library of all, and where that is
# not there, the machine's own may do (tests/gpu/kit.sh).
#   sh mk/kit.sh BUILD FOLDER [PLUGIN]    PLUGIN: another one than BUILD/gan-cuda.so
set -eu
build=${1:?build folder} kit=${2:?folder} plugin=${3:-$1/gan-cuda.so}
[ -f "$plugin" ] || { echo "kit: there is no $plugin" >&2; exit 1; }
rm -rf "$kit"
mkdir -p "$kit/lib" "$kit/build" "$kit/data" "$kit/tests/gpu" "$kit/tests/golden" "$kit/tests/cuda" "$kit/bench/peers"
strip="strip -g"
taken() { # taken FILE FOLDER [NAME]: without what only a debugger reads
    mkdir -p "$kit/$2"
    $strip -o "$kit/$2/${3:-$(basename "$1")}" "$1"
}
taken "$build/gan" build
taken "$plugin" build gan-cuda.so
[ ! -f "$build/gan-cuda-absent.so" ] || taken "$build/gan-cuda-absent.so" build
for program in "$build"/tests/ops/test_* "$build"/tests/cuda/test_* "$build"/tests/gpu/device_facts; do
    case ${program##*/} in
    *.* | test_cpu_backend) ;;
    *) [ ! -x "$program" ] || taken "$program" "$(dirname "build${program#"$build"}")" ;;
    esac
done

# The libraries of all these, less those that every machine has its own of.
find "$kit/build" -type f -exec sh packages/libraries.sh {} + | sort -u | while read -r name file; do
    case $name in
    libstdc++.so.* | libgcc_s.so.*) taken "$(readlink -f "$file")" lib/c++ "$name" ;;
    *) taken "$(readlink -f "$file")" lib "$name" ;;
    esac
done
[ -n "$(ls "$kit/lib")" ] || { echo "kit: ldd tells no libraries of $build/gan" >&2; exit 1; }

# What the check reads, and what the start of it goes by.
cp -R data/nets data/features data/gpus.json "$kit/data/"
cp -R kernels "$kit/" # names of kernels for compute-sanitizer
cp tests/cuda/*.yaml "$kit/tests/cuda/"
cp tests/gpu/check.sh tests/gpu/compare_device.py "$kit/tests/gpu/"
cp tests/golden/*.safetensors tests/golden/*.py "$kit/tests/golden/"
cp bench/peers/*.py bench/peers/requirements-pytorch.txt "$kit/bench/peers/"
cp LICENSE "$kit/"
cp tests/gpu/kit.sh "$kit/check-gpu"
chmod 755 "$kit/check-gpu"
sh mk/revision.sh > "$kit/revision"
uname -m > "$kit/machine"
newest() { # newest WORD FOLDER...: the newest version of WORD_N that the files there ask for
    word=$1; shift
    find "$@" -type f -exec objdump -T {} + 2> /dev/null | grep -o "[( ]${word}_[0-9][0-9.]*" | sed "s/.*_//" | sort -uV | tail -n 1
}
newest GLIBC "$kit/lib/c++" > "$kit/lib/c++/glibc"
mv "$kit/lib/c++" "$kit/c++"
newest GLIBC "$kit/build" "$kit/lib" > "$kit/glibc"
newest GLIBCXX "$kit/build" "$kit/lib" > "$kit/glibcxx"
mv "$kit/c++" "$kit/lib/c++"
objdump -p "$kit/build/gan-cuda.so" | sed -n 's/^ *NEEDED *\(libcu[^r].*\|libcurand.*\|libnv.*\)/\1/p' > "$kit/nvidia"
sed -n 's/libcublas\.so\.//p' "$kit/nvidia" > "$kit/cuda"
