#!/bin/sh
# test_resume.sh — a run that is killed at any instant and resumed ends in the same bytes as one that
# is not: by SIGKILL at random times, and before, inside and after each system call that changes a
# file (tests/cli/kill_at.c).
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $pace are lists of words

# The last step is of no cadence; the run ends with log, checkpoint, samples, GIF, in this order.
pace="--ema 0.999 --steps 13 --save-every 3 --sample-every 4 --log-every 2"
shim=$tests/kill_at.so
all=$work/all

resume() { # resume OUTDIR: goes on, or starts
    "$gan" train $small $pace --keep 2 --outdir "$1" --resume auto
}

# What is wrong with a run folder after the end, or nothing.
faults_of() {
    for kept in "$unbroken"/checkpoints/* "$unbroken"/samples/* "$unbroken"/*.png "$unbroken"/*.gif \
        "$unbroken/config.yaml"; do
        cmp "$kept" "$1${kept#"$unbroken"}" 2>&1
    done
    for folder in checkpoints samples; do
        [ "$(ls "$1/$folder")" = "$(ls "$unbroken/$folder")" ] || ls "$1/$folder"
    done
    [ "$(readlink "$1/latest")" = "$(readlink "$unbroken/latest")" ] || readlink "$1/latest"
    find "$1" -name '*.gan-tmp'
    steps=$(steps_of "$1/stats.jsonl")
    [ "$steps" = "$(printf '%s\n' $steps | sort -nu | tr '\n' ' ')" ] || echo "steps: $steps"
    for step in $(steps_of "$unbroken/stats.jsonl"); do
        case " $steps" in *" $step "*) ;; *) echo "no line of step $step in: $steps" ;; esac
    done
    [ "$(wc -l < "$1/stats.jsonl")" -eq "$(printf '%s\n' $steps | wc -l)" ] || cat "$1/stats.jsonl"
}

# Goes on, or starts, below $work/killed, and is killed before, inside or after a call: kill_at N HOW
kill_at() {
    (
        KILL_FOLDER=$work/killed KILL_AT=$1 KILL_HOW=$2 LD_PRELOAD=$shim
        export KILL_FOLDER KILL_AT KILL_HOW LD_PRELOAD
        resume "$work/killed" > "$work/out" 2> "$work/err"
    ) 2> /dev/null
    code=$?
    for file in "$work"/killed/*/checkpoints/step-* "$work"/killed/*/samples/step-*; do
        check_whole "$file"
    done
}

# A file under its final name is what the unbroken run wrote at that step.
check_whole() {
    [ ! -e "$1" ] || cmp "$1" "$all/${1##*/}" >> "$work/faults" 2>&1
}

# Goes on with a killed run until it is through, and compares: finish_run NAME OUTDIR.
finish_run() {
    folder=$(resume "$2" 2> "$work/err") || echo "resume: $(cat "$work/err")" >> "$work/faults"
    [ -d "$folder" ] && faults_of "$folder" >> "$work/faults"
    if [ -s "$work/faults" ]; then
        not_ok "$1" "$(cat "$work/faults")" "the files of an unbroken run"
        failed_kills=$((failed_kills + 1))
    fi
    rm -rf "$2"
}

milliseconds() {
    date +%s%N | sed 's/......$//'
}

began=$(milliseconds)
unbroken=$(resume "$work/unbroken") || not_ok "unbroken run" "$?" 0
lasts=$(($(milliseconds) - began + 1))
again=$(resume "$work/again")
equal "two unbroken runs are alike" "$(faults_of "$again")" ""
equal "--keep 2 keeps the last two" "$(ls "$unbroken/checkpoints" | tr '\n' ' ')" \
    "step-00000012.safetensors step-00000013.safetensors "

# Each system call in turn; a second kill at random on the way back.
KILL_LOG=$work/calls
export KILL_LOG
kill_at 0 never
unset KILL_LOG
calls=$(wc -l < "$work/calls")
rm -rf "$work/killed"
[ "$calls" -gt 70 ] || not_ok "calls that change a file" "$calls" "more than 70: is the shim loaded?"
for call in write fsync rename symlink unlink; do
    grep -q " $call " "$work/calls" || not_ok "calls of $call" none some
done

# What a power failure would otherwise undo: a file is synced before it gets its name, its folder after.
equal "renames without a sync before and after" "$(awk '
    wanted && ($2 != "fsync" || $3 != wanted) { print last " and then: " $0 }
    { wanted = "" }
    $2 == "rename" {
        wanted = last = $3
        sub(/\/[^\/]*$/, "", wanted)
        if ($3 !~ /\/latest$/ && (before != "fsync" || path !~ /gan-tmp$/)) print before " " path " and then: " $0
    }
    { before = $2; path = $3 }' "$work/calls")" ""
mkdir "$all"
for at in $(sed -n 's/ rename .*safetensors$//p' "$work/calls"); do
    kill_at "$at" after
    cp "$work"/killed/*/checkpoints/* "$unbroken"/samples/* "$all"
    rm -rf "$work/killed"
done
equal "checkpoints in all" "$(find "$all" -name '*.safetensors' | wc -l)" 5

failed_kills=0
draw 3
how=$drawn
at=0
while [ "$at" -lt "$calls" ]; do
    at=$((at + 1)) how=$(((how + 1) % 3))
    word=$(echo before inside after | cut -d' ' -f$((how + 1)))
    : > "$work/faults"
    kill_at "$at" "$word"
    [ "$code" -eq 137 ] || echo "not killed" >> "$work/faults"
    draw "$calls"
    kill_at $((drawn + 1)) inside
    finish_run "killed $word call $(sed -n "${at}p" "$work/calls"), then at $((drawn + 1))" "$work/killed"
done
equal "$calls kills at system calls: runs that ended otherwise" "$failed_kills" 0

# And where the last step has every cadence.
first_pace=$pace first_unbroken=$unbroken first_all=$all
pace="--ema 0.9 --steps 4 --save-every 2 --sample-every 4 --log-every 3" all=$work/all-4
unbroken=$(resume "$work/unbroken-4") || not_ok "unbroken run" "$?" 0
mkdir "$all"
cp "$unbroken"/checkpoints/* "$unbroken"/samples/* "$all"
failed_kills=0 at=0 code=137
while [ "$code" -eq 137 ]; do
    at=$((at + 1))
    : > "$work/faults"
    kill_at "$at" before
    finish_run "killed before call $at of 4 steps" "$work/killed"
done
equal "$((at - 1)) kills in 4 steps: runs that ended otherwise" "$failed_kills" 0
[ "$at" -gt 40 ] || not_ok "calls of 4 steps" "$((at - 1))" "more than 40"
pace=$first_pace unbroken=$first_unbroken all=$first_all

# At random times of a run's length on this machine, again and again until a run comes through.
failed_kills=0 kills=0 chains=0
while [ "$kills" -lt 30 ] && [ "$chains" -lt 60 ]; do
    chains=$((chains + 1))
    : > "$work/faults"
    in_chain=0
    while [ "$in_chain" -lt 10 ]; do
        in_chain=$((in_chain + 1))
        "$gan" train $small $pace --keep 2 --outdir "$work/killed" --resume auto \
            > "$work/out" 2> "$work/err" &
        draw "$lasts"
        sleep "$((drawn / 1000)).$(printf %03d $((drawn % 1000)))"
        { kill -9 $! && wait $!; } 2> /dev/null
        code=$?
        if [ "$code" -ne 137 ]; then
            break
        fi
        kills=$((kills + 1))
        for file in "$work"/killed/*/checkpoints/step-* "$work"/killed/*/samples/step-*; do
            check_whole "$file"
        done
    done
    finish_run "chain $chains of kills at random times" "$work/killed"
done
[ "$kills" -ge 30 ] || not_ok "kills at random times" "$kills" "at least 30"
equal "$kills kills at random times: runs that ended otherwise" "$failed_kills" 0
verdict
