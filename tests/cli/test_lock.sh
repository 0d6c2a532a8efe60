#!/bin/sh
# test_lock.sh — one process trains in a run folder at a time, and each new run gets its own.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words
run=00000-tiny-digits-b8

# It saves and removes a checkpoint every millisecond; both ways to resume find the folder locked.
"$gan" train $small --steps 1000000000 --save-every 1 --outdir "$work/b" > "$work/out" 2>&1 &
running=$!
await "$work/b/$run/latest"
for i in 1 2 3 4 5; do
    refuses "a second run by its path, $i" 1 "$work/b/$run: another process is training in this folder" \
        "$gan" train --resume "$work/b/$run" --quiet
    refuses "a second run by auto, $i" 1 "another process is training" \
        "$gan" train $small --steps 1000000000 --outdir "$work/b" --resume auto
done
works "a run of other settings beside it" "$gan" train $small --steps 2 --seed 2 --outdir "$work/b" \
    --resume auto
works "samples of it" "$gan" sample "$work/b/$run" --seeds 1 -o "$work/one.png" --quiet --device cpu
kill -KILL "$running"
{ wait "$running"; } 2> /dev/null
works "after its death" "$gan" train --resume "$work/b/$run" --steps 1 --quiet

# Another process trains between our look at the checkpoints and our lock.
works "a run" "$gan" train $small --steps 3 --outdir "$work/c"
HOLD_LOCK=$work/go LD_PRELOAD=$tests/kill_at.so \
    "$gan" train --resume "$work/c/$run" --steps 9 --quiet > "$work/late.out" 2> "$work/late.err" &
late=$!
waits=0
until [ -e "$work/go.asked" ] || [ "$waits" -gt 2000 ]; do sleep 0.01; waits=$((waits + 1)); done
works "another process goes on" "$gan" train --resume "$work/c/$run" --steps 6 --quiet
before=$(cd "$work/c/$run" && cksum ./*.* checkpoints/* samples/*)
: > "$work/go"
wait "$late"
equal "who comes late: exit code" "$?" 1
grep -q "another process went on with this run meanwhile" "$work/late.err" ||
    not_ok "who comes late: message" "$(cat "$work/late.err")" "another process went on"
equal "who comes late: files" "$(cd "$work/c/$run" && cksum ./*.* checkpoints/* samples/*)" "$before"

# Runs that begin at once.
for i in 1 2 3 4; do
    "$gan" train $small --steps 2 --seed "$i" --outdir "$work/d" > "$work/out.$i" 2>&1 &
done
wait
equal "four runs at once: their folders" "$(cat "$work"/out.? | sort | tr '\n' ' ')" \
    "$(for i in 0 1 2 3; do printf '%s ' "$work/d/0000$i-tiny-digits-b8"; done)"
verdict
