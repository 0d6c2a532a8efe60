#!/bin/sh
# test_stuck.sh — one signal ends a command whose step does not end; no more is lost than the steps
# since the last save.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words
run=00000-tiny-digits-b8
eight="$small --steps 8 --save-every 3 --log-every 1"
works "a run that nothing holds up" "$gan" train $eight --outdir "$work/whole"

stuck() { # stuck NAME FILE COMMAND...: starts it; it hangs when FILE is there; its process is $running
    name=$1 file=$2; shift 2
    env LD_PRELOAD="$tests/stuck_at.so" STUCK_FILE="$file" "$@" > "$work/$name.out" 2> "$work/$name.err" &
    running=$!
    waits=0
    until [ -e "$file.stuck" ] || [ "$waits" -gt 2000 ]; do
        sleep 0.01; waits=$((waits + 1))
    done
}

ended() { # ended PROCESS: sets code to its exit code; a process that goes on for long is ended
    waits=0
    while kill -0 "$1" 2> /dev/null && [ "$waits" -lt 600 ]; do
        sleep 0.1; waits=$((waits + 1))
    done
    kill -KILL "$1" 2> /dev/null
    { wait "$1"; } 2> /dev/null
    code=$?
}

# All three at once, for the patience is seconds.
stuck saved "$work/saved/$run/checkpoints/step-00000006.safetensors" "$gan" train $eight --outdir "$work/saved"
kill -INT "$running"
saved=$running
touch "$work/now"
stuck unsaved "$work/now" "$gan" train $eight --outdir "$work/unsaved"
kill -TERM "$running"
unsaved=$running
rm "$work/now.stuck"
stuck sample "$work/now" "$gan" sample "$work/whole/$run" --seeds 0-3 --device cpu -o "$work/x.png" --quiet
kill -HUP "$running"
sample=$running
sleep 3
kill -0 "$saved" || not_ok "a signal" "ended at once" "the step is given time"
ended "$saved"
equal "a step that hangs: exit code" "$code" 130
equal "a step that hangs: what is told" "$(cat "$work/saved.err")" "gan train: the step at hand does not \
end, so it was given up; what was not saved is lost; resume with: gan train --resume $work/saved/$run"
ended "$unsaved"
equal "the first samples hang: exit code" "$code" 143
equal "the first samples hang: what is told" "$(cat "$work/unsaved.err")" \
    "gan train: the step at hand does not end, so it was given up; nothing was saved yet"
ended "$sample"
equal "gan sample hangs: exit code" "$code" 129
equal "gan sample hangs: what is told" "$(cat "$work/sample.err")" \
    "gan sample: making images does not end, so it was given up"
equal "gan sample hangs: nothing is written" "$(find "$work" -name 'x.png*')" ""
rm -f "$work"/saved/$run/checkpoints/*.stuck
works "the command that was told" sh -c "\"\$0\" train --resume \"$work/saved/$run\" --quiet" "$gan"
same_file "nothing is lost that was saved" "$work/saved/$run/checkpoints/step-00000008.safetensors" \
    "$work/whole/$run/checkpoints/step-00000008.safetensors"
verdict
