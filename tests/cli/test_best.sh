#!/bin/sh
# test_best.sh — the best checkpoint of a measured run: its name, that it stays, and that measuring ends a
# run (--stop-when, --patience) where it would have ended without an interruption.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small, $measured and $all are lists of words
mkdir "$work/empty"
if "$gan" eval "$work/empty" --data digits 2>&1 | grep -q OpenBLAS; then
    echo "skipped: no OpenBLAS"
    exit 0
fi
run=00000-tiny-digits-b8
measured="--eval-every 4 --eval-samples 20 --eval-features pixels"
all="$small $measured --lr 0.01 --sample-every 0 --no-gif --log-every 1000"

train() { # train OUTDIR FLAGS...
    out=$1; shift
    "$gan" train $all --outdir "$out" "$@"
}
best_of() { readlink "$1/best"; }
fd_of() { # fd_of RUN STEP
    sed -n "s/^{\"step\": $2,.*\"fd\": \([0-9.]*\),.*/\1/p" "$1/stats.jsonl"
}
course_of() { # course_of CHECKPOINT: what it keeps of its evaluations, one line
    head -c 100000 "$1" | grep -ao '"course":"[^"]*"' | head -n 1
}

works "a run" train "$work/a" --steps 40 --save-every 0 --keep 1
a=$work/a/$run
lowest=$(sed -n 's/^{"step": \([0-9]*\),.*"fd": \([0-9.]*\),.*/\2 \1/p' "$a/stats.jsonl" | sort -n | head -n 1)
step=${lowest#* }
equal "ten measurements" "$(grep -c '"fd"' "$a/stats.jsonl")" 10
equal "best is of the lowest fd" "$(best_of "$a")" "checkpoints/step-$(printf %08d "$step").safetensors"
[ "$step" -lt 40 ] || not_ok "the best is not the last here" "$step" "less than 40"
equal "keep 1: the last one and the best" "$(ls "$a/checkpoints" | wc -l)" 2
works "a sample of the best" "$gan" sample "$a/best" -o "$work/best.npy" --device cpu --threads 1 --json -q
works "an export of the best" "$gan" export "$a/best" -o "$work/best.safetensors"
equal "it says the best" "$(course_of "$a/latest" | grep -o 'best_step: [0-9]*')" "best_step: $step"

# The best one by eval: the same number that training had.
works "the best by eval" "$gan" eval "$a/best" -n 20 --features pixels --json --no-log --device cpu --threads 1 -q
equal "its distance" "$(sed -n 's/.*"fd": \([0-9]*\.[0-9]\{3\}\).*/\1/p' "$work/out")" \
    "$(fd_of "$a" "$step" | grep -o '^[0-9]*\.[0-9]\{3\}')"

# Resumed at a step that is no measurement's, and at one that is: the same end.
for cut in 18 20; do
    works "$cut steps" train "$work/$cut" --steps "$cut" --save-every 0 --keep 1
    # the end is measured, too: as if it had been killed before that
    works "the rest of them" train "$work/$cut" --steps 40 --save-every 0 --keep 1 --resume "$work/$cut/$run"
    if [ "$cut" -eq 20 ]; then
        equal "resumed at $cut: the same best" "$(best_of "$work/$cut/$run")" "$(best_of "$a")"
        same_file "resumed at $cut: the same checkpoint" "$work/$cut/$run/latest" "$a/latest"
    fi
done

# What an interrupted measurement owes, at the end and elsewhere: a line of what was measured, and of nothing else.
for cut in 18 20; do
    works "$cut steps, not measured" train "$work/owed$cut" --steps "$cut" --save-every 0 --eval-every 0
    works "measured after all" train "$work/owed$cut" --steps "$cut" --resume "$work/owed$cut/$run"
    equal "at $cut, once" "$(grep -c "^{\"step\": $cut,.*\"fd\"" "$work/owed$cut/$run/stats.jsonl")" 1
    equal "no step, no loss" "$(grep '"fd"' "$work/owed$cut/$run/stats.jsonl" | grep -c 'Loss\|steps\|img_per_s')" 0
    equal "the best so far" "$(best_of "$work/owed$cut/$run")" "checkpoints/step-000000$cut.safetensors"
done

# From the best one: a new folder, where it is the best so far.
works "from the best" train "$work/b" --steps 40 --save-every 0 --resume "$a/best"
equal "a folder of its own, with its best" "$(best_of "$work/b/$run")" "$(best_of "$a")"
same_file "the same end" "$work/b/$run/checkpoints/step-00000040.safetensors" "$a/latest"

# Where there are no links, a line of text.
works "without links" failing symlink .best EPERM "$gan" train $all --outdir "$work/c" --steps 8 --save-every 0
equal "best as text" "$(cat "$work/c/$run/best")" "checkpoints/step-00000008.safetensors"
works "a sample by it" "$gan" sample "$work/c/$run/best" -o "$work/c.npy" --device cpu --threads 1 -q

# --stop-when
for bad in "fd" "< 3" "fd < x" "fd < 1 2" "fd = 3" ""; do
    refuses "--stop-when '$bad'" 2 "stop.when" train "$work/none" --steps 8 --stop-when "$bad"
done
refuses "no such measure" 2 "no measure is called 'recal' (did you mean 'recall'?)" \
    train "$work/none" --steps 8 --stop-when "recal > 0.5"
refuses "nothing is measured" 2 "eval-every 1e" train "$work/none" --steps 8 --eval-every 0 --stop-when "fd < 3"
refuses "nothing is measured, either" 2 "patience" train "$work/none" --steps 8 --eval-every 0 --patience 3
limit=$(awk -v x="$(fd_of "$a" 16)" 'BEGIN { print x + 0.001 }')
works "until a distance" train "$work/d" --steps 40 --save-every 0 --stop-when "fd<$limit" --json
d=$work/d/$run
equal "it ends there" "$(grep -o '"step": [0-9]*' "$work/out")" '"step": 16'
equal "and says so" "$(grep -c "ends at step 16: fd is .* as was waited for (--stop-when 'fd < " "$d/log.txt")" 1
works "asked again" train "$work/d" --resume "$d" --steps 40 --save-every 0 --stop-when "fd<$limit" --json
equal "it is at its end" "$(grep -o '"step": [0-9]*' "$work/out")" '"step": 16'
works "without the rule" train "$work/d" --resume "$d" --steps 40 --save-every 0 --stop-when "fd < 0" --json
equal "it goes on" "$(grep -o '"step": [0-9]*' "$work/out")" '"step": 40'

# --patience, across a resume
works "patience" train "$work/e" --steps 40 --save-every 0 --patience 2 --json
stopped=$(grep -o '"step": [0-9]*' "$work/out" | tr -dc 0-9)
[ "$stopped" -lt 40 ] || not_ok "patience ends the run" "$stopped" "before 40"
equal "it says so" "$(grep -c "ends at step $stopped: fd has been no better than .* for 2 measurements" \
    "$work/e/$run/log.txt")" 1
works "patience, in two" train "$work/f" --steps $((stopped - 4)) --save-every 0 --patience 2
works "the second" train "$work/f" --steps 40 --save-every 0 --patience 2 --json --resume "$work/f/$run"
equal "the same end" "$(grep -o '"step": [0-9]*' "$work/out" | tr -dc 0-9)" "$stopped"
same_file "the same checkpoint" "$work/f/$run/latest" "$work/e/$run/latest"

# Killed before, inside and after each call that changes a file, and resumed.
pace="--steps 8 --save-every 5 --keep 1"
go_on() { "$gan" train $all $pace --outdir "$1" --resume auto 2> "$work/err"; }
whole=$(go_on "$work/whole") || not_ok "a run to compare with" "$(cat "$work/err")" "exit code 0"
at=0 code=137 bad=0
while [ "$code" -eq 137 ]; do
    at=$((at + 1))
    how=$(echo before inside after | cut -d' ' -f$((at % 3 + 1)))
    ( KILL_FOLDER=$work/killed KILL_AT=$at KILL_HOW=$how LD_PRELOAD=$tests/kill_at.so
      export KILL_FOLDER KILL_AT KILL_HOW LD_PRELOAD
      go_on "$work/killed" > "$work/out" ) 2> /dev/null
    code=$?
    : > "$work/faults"
    if [ -L "$work/killed/$run/best" ] && [ ! -f "$work/killed/$run/best" ]; then
        echo "best leads nowhere: $(best_of "$work/killed/$run")" >> "$work/faults"
    fi
    again=$(go_on "$work/killed") || cat "$work/err" >> "$work/faults"
    if [ "$(best_of "$again")" != "$(best_of "$whole")" ] ||
        [ "$(ls "$again/checkpoints")" != "$(ls "$whole/checkpoints")" ] ||
        ! cmp "$again/latest" "$whole/latest" >> "$work/faults" 2>&1; then
        ls -l "$again" "$again/checkpoints" >> "$work/faults"
    fi
    if [ -s "$work/faults" ]; then
        not_ok "killed $how call $at" "$(cat "$work/faults")" "the files of an unbroken run"
        bad=$((bad + 1))
    fi
    rm -rf "$work/killed"
done
[ "$at" -gt 40 ] || not_ok "calls that change a file" "$at" "more than 40"
equal "$at kills: runs that ended otherwise" "$bad" 0
verdict
