#!/bin/sh
# test_kit.sh — the kit for GPU nodes without a network: what is in it, and what its start says of machines
# that it cannot work on. tests/sim/test_check_gpu.sh runs one.
. tests/cli/checks.sh
unset LD_LIBRARY_PATH CUDA_HOME CUDA_PATH CUDNN_HOME
kit="$work/a kit"
# any shared library stands in for the plugin, which not every build has
works "it is packed" sh mk/kit.sh "$build" "$kit" "$tests/kill_at.so"
equal "what is at its top" "$(cd "$kit" && echo *)" \
    "LICENSE bench build check-gpu cuda data glibc glibcxx kernels lib machine nvidia revision tests"
missing=$(for file in "$kit"/build/gan "$kit"/build/gan-cuda.so "$kit"/build/tests/ops/* "$kit"/lib/*.so.*; do
    LD_LIBRARY_PATH=$kit/lib:$kit/lib/c++ ldd "$file" | grep -v -e "$kit" -e linux-vdso -e 'ld-linux' -e 'statically linked' -e '/lib\(c\|m\|dl\|rt\|pthread\|resolv\)\.so\.'
done)
equal "every library but the C library comes with it" "$missing" ""
equal "none of the C library's, none of NVIDIA's" "$(cd "$kit/lib" && ls | grep -e '^lib[cm]\.so' -e '^ld-' -e '^libcu[^r]' -e '^libnv')" ""
equal "every op test that was built" "$(cd "$kit/build/tests/ops" && ls)" \
    "$(cd "$build/tests/ops" && ls | grep '^test_[^.]*$' | grep -v '^test_cpu_backend$')"
for read_by_tests in $(grep -oh '"\(tests\|data\|bench\|kernels\)/[^"%]*"' tests/ops/*.[ch] tests/cuda/*.[ch] tests/gpu/*.c | tr -d '"'); do
    equal "what a test reads is there: $read_by_tests" "$(test -f "$kit/$read_by_tests" && echo yes)" yes
done
equal "the traces" "$(cd "$kit/tests/golden" && ls ./*.safetensors | wc -l)" "$(ls tests/golden/*.safetensors | wc -l)"
equal "the C library that it needs is this one or older" \
    "$(printf '%s\n' "$(cat "$kit/glibc")" "$(getconf GNU_LIBC_VERSION | sed 's/glibc //')" | sort -V | head -n 1)" "$(cat "$kit/glibc")"

start() { capture sh "$kit/check-gpu" --report "$work/report" "$@"; }
refused() { # refused NAME TEXT: the start ends with 69 and says so
    equal "$1: exit code" "$code" 69
    equal "$1: is said" "$(grep -c "$2" "$work/err")" 1
}
capture sh "$kit/check-gpu" --help
equal "help" "$code $(grep -c '^ *--minutes N' "$work/out")" "0 1"
refuses "an unknown word" 2 "unknown word 'x'" sh "$kit/check-gpu" x
refuses "minutes that are none" 2 "'soon' is not a whole number" sh "$kit/check-gpu" --minutes soon
refuses "no minutes" 2 "minutes needs a value" sh "$kit/check-gpu" --minutes

with() { # with FILE TEXT: the kit's file says so until `back`
    changed=$1
    cp "$kit/$1" "$work/kept" && echo "$2" > "$kit/$1"
}
back() { cp "$work/kept" "$kit/$changed"; }
with glibc 9.99
start
refused "an old C library" "this kit needs glibc 9.99 or newer, and this machine has [0-9.]*: make the kit"
back
with lib/c++/glibc 9.98
echo 3.4.999 > "$kit/glibcxx"
start
refused "an old C++ library" "needs glibc 9.98 or newer (this machine has [0-9.]*), or a libstdc++ .* with GLIBCXX_3.4.999"
back
with machine riscv128
start
refused "another processor" "this kit is for riscv128, and this machine is $(uname -m)"
back
with nvidia libcufake.so.13
mkdir -p "$work/one place" && : > "$work/one place/libcufake.so.12"
LD_LIBRARY_PATH="$work/one place" start
refused "NVIDIA's library is not there" "^check-gpu: these of NVIDIA's libraries were not found: libcufake.so.13"
equal "another version of it is told" "$(grep -c "^of another version there are: .*one place/libcufake.so.12$" "$work/err")" 1
equal "and where was looked" "$(grep -c "^  $work/one place$" "$work/err")" 1
: > "$work/one place/libcufake.so.13"
mkdir -p "$work/python/nvidia/cu13/lib" && mv "$work/one place/libcufake.so.13" "$work/python/nvidia/cu13/lib/"
for found in "LD_LIBRARY_PATH=$work/python/nvidia/cu13/lib" "GAN_NVIDIA=$work/x:$work/python/nvidia/cu13/lib" "PYTHONPATH=$work/python"; do
    [ "$found" != "PYTHONPATH=$work/python" ] || command -v python3 > /dev/null || continue
    start=$(env "$found" sh "$kit/check-gpu" --report "$work/report" 2>&1)
    equal "found by ${found%%=*}" "$(printf '%s\n' "$start" | grep -c 'libraries were not found')" 0
done
echo 13 > "$kit/cuda"
start
equal "what cuDNN compiles with is missing" "$(grep -c "libnvrtc.so.13 was not found: cuDNN's batch norm" "$work/err")" \
    "$(if ldconfig -p | grep -q libnvrtc.so.13 || ls /usr/local/cuda*/lib64/libnvrtc.so.13 > /dev/null 2>&1; then echo 0; else echo 1; fi)"
: > "$kit/cuda"
back

# No GPU is here, or the stand-in is no plugin: that is said, and a report is left of it.
chmod -R a-w "$kit"
rm -rf "$work/report"
start
equal "no GPU" "$code $(grep -c "^check-gpu: no GPU can be used here" "$work/out")" "69 1"
equal "a report of it" "$(grep -c '^# gan.c on a GPU' "$work/report/report.md")" 1
equal "in JSON" "$(grep -c '"whole": false' "$work/report/report.json")" 1
chmod -R u+w "$kit"
verdict
