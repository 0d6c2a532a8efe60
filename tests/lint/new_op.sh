#!/bin/sh
# new_op.sh — what CONTRIBUTING.md says of a new operation holds: with its row alone, the build names every
# function that is missing; in the files listed there, and in no others, it is built and passes its test.
# The operation is one of tests/lint/new_op, a sum of lists of any length, put into a copy of the tree.
#   CC: the compiler. SIM=1: on the simulated GPU too.
set -u
parts=$PWD/tests/lint/new_op
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
git ls-files -z | xargs -0 tar cf - 2> /dev/null | (cd "$work" && tar xf -)
cd "$work" || exit 1
failed=0
wrong() { echo "new_op: $*"; failed=1; }
build() { # build GOAL...: into out
    make -k -j2 CC="${CC:-cc}" CUDA=0 OPT=-O0 "$@" > out 2>&1
}

# The row is put before that of `add`.
sed -i "/^GAN_OP(add, /{
r $parts/row.def
N
}" src/program/ops.def
grep -q '^GAN_OP(sum_all' src/program/ops.def || { wrong "ops.def has no row of add"; exit 1; }
touched=src/program/ops.def
build build/release/gan && wrong "with its row alone it is built"
for name in gan_shape gan_rule gan_reference gan_cpu_op; do
    grep -q "${name}_sum_all" out || wrong "nothing says that ${name}_sum_all is missing"
done

for file in $(cd "$parts/append" && find . -type f | cut -c3-); do
    cat "$parts/append/$file" >> "$file"
    touched="$touched $file"
done
for file in $(cd "$parts" && find src kernels -type f); do
    cp "$parts/$file" "$file"
    touched="$touched $file"
done
sed -i "/^gan_status gan_add_launch(/{
r $parts/launch.h
N
}" kernels/kernels.h
touched="$touched kernels/kernels.h"
cp "$parts/tests/ops/test_sum_all.c" tests/ops/
test=build/release/tests/ops/test_sum_all
build build/release/gan $test || { wrong "it is not built"; tail -20 out; }
$test > out 2>&1 && wrong "its line in op_half.c is not missed"
grep -q 'sum_all.*op_half' out || { wrong "what is missing in op_half.c is not said"; cat out; }
sed -i 's/^    \[GAN_OP_add\] = .*/&\n    [GAN_OP_sum_all] = {1, 1, 0},/' tests/ops/op_half.c
if ! build $test || ! $test > out 2>&1; then
    wrong "its test fails"
    tail -20 out
fi
if [ -n "${SIM:-}" ]; then
    make -j2 build/release/gan-cuda-sim.so > out 2>&1 ||
        { wrong "it is not built for the GPU"; tail -20 out; }
    GAN_TEST_BACKEND=cuda GAN_CUDA_PLUGIN=$PWD/build/release/gan-cuda-sim.so $test > out 2>&1 ||
        { wrong "its test fails on the simulated GPU"; tail -20 out; }
fi

# Each of these files is in the list, by its name or by a pattern of it.
list=$(sed -n '/^## Add an operation/,/^## Add a loss/p' CONTRIBUTING.md)
n=0
for file in $touched; do
    n=$((n + 1))
    pattern=$(echo "$file" | sed 's/sum_all/<op>/; s/op_elementwise/op_*/')
    case $pattern in
    src/reference/*) pattern=src/reference/ ;;
    src/program/*_layers.c) pattern=$(basename "$pattern") ;;
    esac
    echo "$list" | grep -qF "$pattern" || wrong "CONTRIBUTING.md does not list $pattern"
done
[ $n -le 9 ] || wrong "an operation takes $n files: $touched"
[ $failed = 0 ] && echo "new_op: $n files of the program, and what is forgotten is named"
exit $failed
