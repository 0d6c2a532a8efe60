#!/bin/sh
# test_pack.sh — training on a packed set, which is mapped: the bytes of the set in memory, killed and resumed or not;
# and in a control group that is smaller than the set, where one can be made.
. tests/cli/checks.sh

mkdir "$work/pictures" || exit 1
for kind in rgb jpeg grey palette rgba; do
    "$tests/pictures" "$kind" "$work/pictures/$kind.png" || not_ok "making a $kind" $? 0
done
works "packing" "$gan" data pack "$work/pictures" -o "$work/set.safetensors" --size 28x28 --channels 1
flags="--net tiny --batch-size 3 --steps 9 --save-every 2 --d-steps 2 --flip --grid 1x2 --device cpu --threads 1 --quiet"

# shellcheck disable=SC2086  # $flags is a list of words
run() { "$gan" train $flags --keep 0 --data "$1" --outdir "$2" --resume auto; } # run DATA OUTDIR
run "$work/pictures" "$work/memory" > "$work/out" 2> "$work/err" || not_ok "from memory" "$(cat "$work/err")" 0
run "$work/set.safetensors" "$work/mapped" > "$work/out" 2> "$work/err" || not_ok "mapped" "$(cat "$work/err")" 0
end=checkpoints/step-00000009.safetensors
weights() { # what a checkpoint samples, of the run in a folder
    "$gan" sample "$work/$1"/*/"$end" --seeds 0-7 -o "$work/$1.npy" --device cpu --threads 1
}
works "images of the mapped set's run" weights mapped
works "images of the other's" weights memory
same_file "mapped as in memory" "$work/mapped.npy" "$work/memory.npy"

# Killed after each call that writes, one after the other, and resumed in between.
for at in 3 9 15 21; do
    (
        KILL_FOLDER=$work/killed KILL_AT=$at KILL_HOW=after LD_PRELOAD=$tests/kill_at.so
        export KILL_FOLDER KILL_AT KILL_HOW LD_PRELOAD
        run "$work/set.safetensors" "$work/killed" > "$work/out" 2> "$work/err"
    ) 2> /dev/null
    equal "killed at call $at" $? 137
done
run "$work/set.safetensors" "$work/killed" > "$work/out" 2> "$work/err" || not_ok "resumed" "$(cat "$work/err")" 0
same_file "killed and resumed" "$work"/killed/*/"$end" "$work"/mapped/*/"$end"

# A group of 64 MB and a set of 192: what was read of it is no memory that is missing, and training goes through.
make_group() { # make_group ROOT LIMIT: a folder that is no group has no such file
    group=$1/gan-test-$$
    mkdir "$group" 2> /dev/null && [ -f "$group/$2" ] && echo 67108864 > "$group/$2" && return
    rmdir "$group" 2> /dev/null
    group=none
}
make_group /sys/fs/cgroup memory.max
[ "$group" != none ] || make_group /sys/fs/cgroup/memory memory.limit_in_bytes
if [ "$group" = none ]; then
    echo "skipped: no control group of memory can be made here"
else
    trap 'status=$?; rmdir "$group" 2> /dev/null; (exit $status); clean_up' EXIT
    # idx of 250,880 images of 28x28 bytes
    { printf '\0\0\010\003\0\003\324\000\0\0\0\034\0\0\0\034'; head -c $((250880 * 784)) /dev/zero; } > "$work/many"
    works "packing many" "$gan" data pack "$work/many" -o "$work/many.safetensors"
    rm "$work/many"
    inside() { sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$group" "$@"; }
    inside cat "$work/many.safetensors" > /dev/null
    inside "$gan" train --net tiny --batch-size 3 --data digits --limit 64 --outdir "$work/plan" --device cpu --dry-run \
        > "$work/out" 2> "$work/err"
    free=$(sed -n 's/.*; \([0-9.]*\) MiB free.*/\1/p' "$work/out")
    if [ "${free%.*}" -gt 32 ] 2> /dev/null; then
        ok "what files hold is free: $free MiB"
    else
        not_ok "a group full of files" "$free MiB free of 64; $(cat "$work/err")" "more than 32"
    fi
    # shellcheck disable=SC2086
    works "a set of three times the memory" inside "$gan" train $flags --batch-size 64 --steps 40 \
        --data "$work/many.safetensors" --outdir "$work/large"
fi
verdict
