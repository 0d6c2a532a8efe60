#!/bin/sh
# test_memory.sh — too little memory, from hardly enough to start to enough: every command ends with
# its result, or with one line and a documented exit code. Never by a signal.
set -u
. tests/cli/checks.sh
OMP_WAIT_POLICY=passive # nothing here is about speed
export OMP_WAIT_POLICY

# shellcheck disable=SC2086  # lists of words
# What a command needs to load its libraries at all is the dynamic loader's affair (127).
sweep() { # sweep NAME FROM TO STEP COMMAND...: limits of address space in KiB
    name=$1 limit=$2 to=$3 step=$4; shift 4
    done_at='' refused=0
    while [ "$limit" -le "$to" ]; do
        rm -rf "$work/swept"
        (ulimit -c 0; ulimit -v "$limit"; exec "$@") > "$work/out" 2> "$work/err"
        code=$?
        case $code in
            0) done_at=${done_at:-$limit}
                [ ! -d "$work/swept" ] || cmp -s "$work/swept"/*/checkpoints/*.safetensors "$checkpoint" ||
                    not_ok "$name: $limit KiB" "another checkpoint" "that of a run with enough" ;;
            1 | 71) refused=$((refused + 1))
                [ "$(wc -l < "$work/err")" -ge 1 ] || not_ok "$name: $limit KiB" "no word" "a reason" ;;
            127) ;;
            *) not_ok "$name: $limit KiB" "$code: $(tail -n 3 "$work/err")" "0, 1 or 71" ;;
        esac
        limit=$((limit + step))
    done
    [ -n "$done_at" ] && ok "$name: done from $done_at KiB on" || not_ok "$name" "never done" "done at $to KiB"
    [ "$refused" -gt 0 ] || not_ok "$name: refused" "never" "with little memory"
}

trace=tests/golden/keras_small.safetensors
train="train --net tiny --data digits --limit 64 -b 8 --steps 1 --threads 2 --quiet"
works "a checkpoint to sample from" "$gan" $train --outdir "$work/made"
checkpoint=$(ls -d "$work"/made/*/checkpoints/*.safetensors | head -n 1)
# oneDNN 3 takes more than 2 does: the last limit is wide.
sweep train 61000 245000 9000 "$gan" $train --outdir "$work/swept"
sweep sample 61000 245000 9000 "$gan" sample "$checkpoint" -o "$work/swept.png" --quiet
sweep verify 61000 245000 9000 "$gan" verify "$trace" --device cpu --quiet
sweep bench 61000 245000 9000 "$gan" bench --net tiny --device cpu --batch-sizes 8 --steps 1 --warmup 1 \
    --rounds 1 --quiet
# A picture that there is no memory for is not a damaged one (65).
mkdir "$work/pictures"
works "a picture of noise" "$gan" sample "$checkpoint" --grid 40x40 -o "$work/pictures/a.png" --quiet
sweep "data check" 90000 190000 2000 "$gan" data check "$work/pictures"
# The libraries are of C++: their `new` finds none, at any of its requests. (A standard library that
# is not GNU's has another malloc in between: nothing is refused there.)
refused=0
for n in 1 2 10 50 100 200 400 800; do
    (ulimit -c 0; NEW_FAILS=$n LD_PRELOAD=$tests/new_fails.so exec "$gan" $train --outdir "$work/new") \
        > "$work/out" 2> "$work/err"
    case $?:$(cat "$work/err") in
        0:*) ;;
        71:*"out of memory in a library"*) refused=$((refused + 1)) ;;
        *) not_ok "new fails at $n" "$(tail -n 3 "$work/err")" "0, or 71 and a line" ;;
    esac
done
[ "$refused" -ge 3 ] && ok "new fails: $refused times said" || not_ok "new fails" "$refused refusals" "3 or more"
verdict
