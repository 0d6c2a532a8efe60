#!/bin/sh
# test_killed.sh — a training on the simulated device that is killed at random and resumed, again and
# again, ends in the same bytes as one that is not.
. tests/cli/checks.sh
. tests/sim/device.sh

resume() { # resume OUTDIR: goes on, or starts
    # shellcheck disable=SC2086  # a list of words
    "$gan" train $tiny --device cuda --steps 17 --save-every 2 --sample-every 5 --log-every 3 \
        --outdir "$1" --resume auto
}

began=$(date +%s%N)
unbroken=$(resume "$work/unbroken") || not_ok "unbroken run" "$?" 0
took=$((($(date +%s%N) - began) / 1000000))

# On average every second run is killed before its end, however fast the machine is.
kills=0 ended=0 tries=0
while [ "$kills" -lt 8 ] && [ "$tries" -lt 40 ]; do
    tries=$((tries + 1))
    signal=$([ $((tries % 4)) -eq 0 ] && echo TERM || echo KILL)
    # shellcheck disable=SC2086  # a list of words
    "$gan" train $tiny --device cuda --steps 17 --save-every 2 --sample-every 5 --log-every 3 \
        --outdir "$work/killed" --resume auto > "$work/out" 2> "$work/err" &
    draw "$took"
    sleep "$(printf '%d.%03d' $((drawn / 1000)) $((drawn % 1000)))"
    { kill -"$signal" $! && wait $!; } 2> /dev/null
    code=$?
    if [ "$code" -eq 0 ] || [ -e "$work/killed/00000-tiny-digits-b8/checkpoints/step-00000017.safetensors" ]; then
        ended=$((ended + 1))
        resume "$work/killed" > /dev/null 2> "$work/err" || not_ok "a run that was through" "$(cat "$work/err")" 0
        same_file "after $kills kills" "$work"/killed/*/checkpoints/step-00000017.safetensors \
            "$unbroken/checkpoints/step-00000017.safetensors"
        rm -rf "$work/killed"
    else
        kills=$((kills + 1))
    fi
done
[ "$kills" -ge 8 ] || not_ok "kills" "$kills in $tries runs" "8"
last=$(resume "$work/killed" 2> "$work/err") || not_ok "the last resume" "$(cat "$work/err")" 0
for file in "$unbroken"/checkpoints/* "$unbroken"/samples/*; do
    same_file "after all, ${file##*/}" "$last/${file#"$unbroken/"}" "$file"
done
equal "a last checkpoint" "$(ls "$last/checkpoints" | tail -n 1)" step-00000017.safetensors
verdict
