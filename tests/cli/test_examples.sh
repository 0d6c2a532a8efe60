#!/bin/sh
# test_examples.sh — every example is built as a stranger would, from what `make install` gives, by pkg-config,
# and runs; together they call every public function.
. tests/cli/checks.sh

works "install" make --no-print-directory install BUILD="$build" DESTDIR="$work/root" PREFIX=/opt/gan
export PKG_CONFIG_PATH="$work/root/opt/gan/lib/pkgconfig" LD_LIBRARY_PATH="$work/root/opt/gan/lib"
cc=${CC:-cc} cxx=${CXX:-c++}
flags=$(pkg-config --cflags libgan) libs=$(pkg-config --libs libgan)
nets=$(cd data/nets && pwd) here=$(pwd)
# The library is not below a program that uses it: it is told where the networks are.
export GAN_NETS="$nets" OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}"
mkdir "$work/there"

build_one() { # build_one SOURCE: to $work/NAME, with warnings as errors
    name=$(basename "${1%.*}") strict='-Wall -Wextra -Werror'
    case $1 in
    *.cc) works "$1: compiles" sh -c "$cxx -std=c++17 $strict -o '$work/$name' '$1' $flags $libs" ;;
    *) works "$1: compiles" sh -c "$cc -std=c11 $strict -o '$work/$name' '$1' $flags $libs" ;;
    esac
}
runs() { # runs NAME ARGUMENTS...: in a folder of its own
    name=$1; shift
    (cd "$work/there" && "$work/$name" "$@") > "$work/out" 2> "$work/err" < /dev/null && ok "$name: runs" ||
        not_ok "$name: runs" "status $?: $(tail -n 3 "$work/out" "$work/err")" "0"
}

for source in examples/*.c examples/api/*.c; do build_one "$source"; done
if command -v "${cxx%% *}" > /dev/null; then
    build_one examples/train_cpp.cc
    runs train_cpp cpp.png
    equal "C++: its steps" "$(cat "$work/out")" "trained 30 steps"
else
    echo "skipped: no C++ compiler here"
fi

runs train digits.png 1
runs own_data runs 30
checkpoint=$(tail -n 1 "$work/out")
equal "own images: where they were from is in the checkpoint" \
    "$(cd "$work/there" && grep -ac 'data: discs' "$checkpoint")" 1
runs sample "$checkpoint" 2
equal "two images of 14 lines" "$(wc -l < "$work/out")" 28
runs own_data chosen 1 auto
equal "own images: the network that suits them" "$(grep -c '^net auto: discs has 1024 grey pictures, 28 high and 28 wide: mnist$' "$work/out")" 1
equal "and its run" "$(tail -n 1 "$work/out")" "chosen/00000-mnist-discs-b32/checkpoints/step-00000001.safetensors"

(cd "$work/there" && printf 'status\nsample\n' | "$work/event_loop" loop.png 3) > "$work/out" 2> "$work/err"
equal "event loop: told its step" "$(grep -c '^step [0-9]*, Loss_D' "$work/out")" 1
equal "and drew" "$(od -An -tx1 -N4 "$work/there/loop.png" | tr -d ' \n')" 89504e47
mkfifo "$work/orders"
(cd "$work/there" && "$work/event_loop" loop.png 1000000 < "$work/orders") > "$work/out" 2> "$work/err" &
loop=$!
exec 9> "$work/orders"
echo status >&9
for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q . "$work/out" && break || sleep 1; done
echo quit >&9
exec 9>&-
wait $loop
equal "event loop: an order while it trains, and its end" "$? $(grep -c '^step [0-9]*, Loss' "$work/out")" "0 1"

for name in options net data image session run bench; do runs "$name"; done
runs generator "$(cd "$work/there" && echo runs/*-tiny-digits-b8)"
runs machine "$here/tests/golden/keras_small.safetensors"
equal "machine: the trace" "$(grep -c '^tensorflow .*: 0 of' "$work/out")" 1

# Functions that the public headers declare, and those that examples call.
printf '#include "gan/gan.h"\n' | $cc -std=c11 -Iinclude -E -P - | tr '\n' ' ' | tr ';{}' '\n\n\n' |
    grep -v 'typedef\|static' | grep -o '\bgan_[a-z0-9_]*(' | tr -d '(' | sort -u > "$work/declared"
cat examples/*.c examples/api/*.c | grep -o '\bgan_[a-z0-9_]*(' | tr -d '(' | sort -u > "$work/called"
equal "functions without an example" "$(comm -23 "$work/declared" "$work/called" | tr '\n' ' ')" ""
[ "$(wc -l < "$work/declared")" -gt 100 ] && ok "of all" || not_ok "functions" "$(wc -l < "$work/declared")" "over 100"
verdict
