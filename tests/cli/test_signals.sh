#!/bin/sh
# test_signals.sh — a signal ends a run after its step, with everything saved; a second one ends it at
# once; a reader that goes away costs nothing.
if sh -c 'kill -HUP $$' 2> /dev/null; then # ignored, as under nohup: no shell can undo that, and what it starts inherits it
    env --default-signal=HUP true 2> /dev/null && exec env --default-signal=HUP sh "$0"
    echo "skipped: SIGHUP is ignored here"
    exit 0
fi
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $eight and $loud are lists of words
run=00000-tiny-digits-b8
eight="$small --steps 8 --save-every 3 --log-every 1"

# Each signal: saved, the exit code of the signal, and the printed command goes on.
for pair in INT:130 TERM:143 HUP:129 USR2:140 XCPU:152 ALRM:142; do
    signal=${pair%:*} wanted=${pair#*:}
    outdir="$work/a folder's/$signal"
    start_endless "$outdir"
    kill -s "$signal" "$running"
    wait "$running"
    equal "SIG$signal: exit code" "$?" "$wanted"
    step=$(steps_of "$outdir/$run/stats.jsonl" | awk '{ print $NF }')
    file=$(printf 'step-%08d.safetensors' "$step")
    equal "SIG$signal: the last step is saved" "$(ls "$outdir/$run/checkpoints")" "$file"
    command=$(sed -n "s/^stopped at step $step; resume with: gan //p" "$work/err")
    works "SIG$signal: the command that was printed goes on" sh -c \
        "\"\$0\" $command --steps $((step + 3)) --quiet" "$gan"
    equal "SIG$signal: and ends" "$(readlink "$outdir/$run/latest")" \
        "checkpoints/$(printf 'step-%08d.safetensors' $((step + 3)))"
    rm -rf "$outdir"
done

# SIGUSR1 saves, as often as it comes, and training goes on.
start_endless "$work/asked"
for i in 1 2; do
    before=$(readlink "$work/asked/$run/latest")
    kill -s USR1 "$running"
    waits=0
    while [ "$(readlink "$work/asked/$run/latest")" = "$before" ] && [ "$waits" -lt 2000 ]; do
        sleep 0.01; waits=$((waits + 1))
    done
    equal "SIGUSR1, $i: checkpoints" "$(find "$work/asked" -name '*.safetensors' | wc -l)" "$i"
done
lines=$(wc -l < "$work/asked/$run/stats.jsonl")
sleep 0.3
if [ "$(wc -l < "$work/asked/$run/stats.jsonl")" -gt "$lines" ]; then ok "SIGUSR1: it goes on"; else
    not_ok "SIGUSR1" "no more steps" "it goes on"; fi
kill -s TERM "$running"
wait "$running"
equal "SIGUSR1: the end by SIGTERM" "$?" 143
rm -rf "$work/asked"

# A limit on processor time warns each second.
capture sh -c 'ulimit -S -t 1 && exec "$@"' sh "$gan" train $small --steps 1000000000 --save-every 0 \
    --sample-every 0 --log-every 0 --outdir "$work/limited"
equal "processor time is over: exit code" "$code" 152
equal "processor time is over: saved" "$(find "$work/limited" -name '*.safetensors' | wc -l)" 1
rm -rf "$work/limited"

# One thread takes them, and computes nothing: a kernel's stack pointer may point into a library's heap.
if [ -r /proc/self/task ]; then
    start_endless "$work/threads" --threads 3
    threads=0 takers=0
    for status in /proc/"$running"/task/*/status; do
        mask=$(sed -n 's/^SigBlk:[[:space:]]*[0-9a-f]*\([0-9a-f]\{4\}\)$/\1/p' "$status")
        threads=$((threads + 1))
        [ $((0x$mask & 0x6a03)) -eq $((0x6a03)) ] || takers=$((takers + 1)) # HUP, INT, USR1, USR2, ALRM, TERM
    done
    equal "threads that take signals" "$takers" 1
    [ "$threads" -ge 4 ] || not_ok "threads of a run with 3" "$threads" "4 or more"
    kill -TERM "$running"
    wait "$running"
    equal "a run with 3 threads stops too" "$?" 143
    rm -rf "$work/threads"
    # SIGUSR1 ends nothing in a command that saves nothing, nor before a run is there to be saved.
    "$gan" verify tests/golden/keras_small.safetensors --device cpu --threads 1 --quiet > "$work/out" 2>&1 &
    running=$! mask=0
    while mask=$(sed -n 's/^SigBlk:[[:space:]]*[0-9a-f]*\([0-9a-f]\{4\}\)$/\1/p' "/proc/$running/status" 2> /dev/null) &&
        [ -n "$mask" ] && [ $((0x$mask & 0x200)) -eq 0 ]; do
        :
    done
    kill -s USR1 "$running"
    wait "$running"
    equal "SIGUSR1 while verifying" "$? ${mask:+held}" "0 held"
else
    echo "skipped: there is no /proc to tell which thread takes signals"
fi

# timeout(1) and a closing terminal send a signal twice: that is one.
start_endless "$work/twice"
kill -TERM "$running"
kill -TERM "$running" 2> /dev/null
wait "$running"
equal "the same signal twice at once: exit code" "$?" 143
equal "the same signal twice at once: saved" "$(find "$work/twice" -name '*.safetensors' | wc -l)" 1
rm -rf "$work/twice"

# A second signal ends a run that is held up in the sync of a checkpoint, and leaves no half a file.
"$gan" train $eight --outdir "$work/whole" > "$work/out" || not_ok "run" $? 0
KILL_FOLDER=$work/held KILL_LOG=$work/calls LD_PRELOAD=$tests/kill_at.so \
    "$gan" train $eight --outdir "$work/held" > "$work/out"
at=$(sed -n 's/ fsync .*step-00000006.*//p' "$work/calls")
for pair in "TERM INT 130" "HUP TERM 143" "INT INT 130"; do
    # shellcheck disable=SC2086
    set -- $pair
    rm -rf "$work/held" "$work/calls"
    KILL_FOLDER=$work/held KILL_AT=$at KILL_HOW=hold KILL_LOG=$work/calls LD_PRELOAD=$tests/kill_at.so \
        "$gan" train $eight --outdir "$work/held" > "$work/out" 2> "$work/err" &
    running=$!
    waits=0
    until grep -q "^$at " "$work/calls" 2> /dev/null || [ "$waits" -gt 2000 ]; do
        sleep 0.01; waits=$((waits + 1))
    done
    kill -s "$1" "$running"
    sleep 0.3
    kill -0 "$running" || not_ok "SIG$1 while held" "gone" "the step is finished first"
    kill -s "$2" "$running"
    { wait "$running"; } 2> /dev/null
    equal "SIG$1, then SIG$2: exit code" "$?" "$3"
    equal "SIG$1, then SIG$2: one checkpoint is there" "$(ls "$work/held/$run/checkpoints")" \
        "step-00000003.safetensors"
    works "SIG$1, then SIG$2: goes on" "$gan" train --resume "$work/held/$run" --quiet
    same_file "SIG$1, then SIG$2: nothing is lost" \
        "$work/held/$run/checkpoints/step-00000008.safetensors" \
        "$work/whole/$run/checkpoints/step-00000008.safetensors"
    equal "SIG$1, then SIG$2: nothing is left" "$(find "$work/held" -name '*gan-tmp')" ""
done

# Warnings end nothing, however often they come; after them, the first signal that ends is the first.
rm -rf "$work/held" "$work/calls"
KILL_FOLDER=$work/held KILL_AT=$at KILL_HOW=hold KILL_LOG=$work/calls LD_PRELOAD=$tests/kill_at.so \
    "$gan" train $eight --outdir "$work/held" > "$work/out" 2> "$work/err" &
running=$!
waits=0
until grep -q "^$at " "$work/calls" 2> /dev/null || [ "$waits" -gt 2000 ]; do
    sleep 0.01; waits=$((waits + 1))
done
for signal in USR1 USR2 XCPU XCPU ALRM TERM; do
    kill -s "$signal" "$running"
    sleep 0.3
    kill -0 "$running" || not_ok "SIG$signal after warnings" "gone" "what was begun is finished"
done
kill -s TERM "$running"
{ wait "$running"; } 2> /dev/null
equal "warnings, then SIGTERM twice: exit code" "$?" 143

# nohup: a hang-up that is ignored stays ignored.
(trap '' HUP; start_endless "$work/nohup"; echo "$running" > "$work/pid"; wait "$running")  &
inner=$!
await "$work/nohup/$run/stats.jsonl"
await "$work/pid"
lines=$(wc -l < "$work/nohup/$run/stats.jsonl")
kill -HUP "$(cat "$work/pid")"
sleep 0.3
if [ "$(wc -l < "$work/nohup/$run/stats.jsonl")" -gt "$lines" ] && kill -0 "$(cat "$work/pid")"; then
    ok "an ignored SIGHUP stays ignored"
else
    not_ok "an ignored SIGHUP" "the run ended" "it goes on"
fi
kill -TERM "$(cat "$work/pid")"
wait "$inner"

# Readers that go away, and streams that are closed from the start.
compare() { # compare NAME OUTDIR: the run came to its end as the whole one did
    same_file "$1: the same checkpoint" "$2/$run/checkpoints/step-00000008.safetensors" \
        "$work/whole/$run/checkpoints/step-00000008.safetensors"
    equal "$1: every line of statistics" "$(steps_of "$2/$run/stats.jsonl")" \
        "$(steps_of "$work/whole/$run/stats.jsonl")"
    equal "$1: no message in a file" "$(wc -c < "$2/$run/lock")" 0
}
loud=$(echo "$eight" | sed 's/ --quiet//')
rm -f "$work/code"
{
    "$gan" train $loud --outdir "$work/err-gone" 2>&1 > "$work/out"
    echo $? > "$work/code"
} | true
equal "standard error without a reader: exit code" "$(cat "$work/code")" 0
compare "standard error without a reader" "$work/err-gone"
{
    "$gan" train $eight --outdir "$work/out-gone" 2> "$work/err"
    echo $? > "$work/code"
} | true
[ "$(cat "$work/code")" -eq 0 ] || equal "standard output without a reader: exit code" "$(cat "$work/code")" 74
compare "standard output without a reader" "$work/out-gone"
"$gan" train $loud --outdir "$work/closed" <&- >&- 2>&-
equal "all streams closed: exit code" "$?" 0
compare "all streams closed" "$work/closed"
if [ -e /dev/full ]; then
    "$gan" train $eight --outdir "$work/full" > /dev/full 2> "$work/err"
    equal "standard output is full: exit code" "$?" 74
    compare "standard output is full" "$work/full"
fi

# Sampling stops too, and leaves nothing half-written.
"$gan" sample "$work/whole/$run" --seeds 0-999999 -o "$work/many.npy" --quiet --device cpu --threads 1 \
    > "$work/out" 2> "$work/err" &
running=$!
sleep 0.3
kill -TERM "$running"
{ wait "$running"; } 2> /dev/null
equal "SIGTERM while sampling: exit code" "$?" 143
equal "SIGTERM while sampling: nothing is written" "$(find "$work" -maxdepth 1 -name '*many*')" ""
verdict
