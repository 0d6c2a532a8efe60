#!/bin/sh
# test_schedules.sh — rates that move: what each step has, told in stats.jsonl, against closed forms; a
# run that is killed in a warm-up and resumed ends in the same bytes; another length is refused.
. tests/cli/checks.sh
# shellcheck disable=SC2086,SC2154  # $small is a list of words; $small and $work are of checks.sh
run=00000-tiny-digits-b8
plain="$small --sample-every 0 --log-every 1 --save-every 0 --steps 20"

# column KEY: of each line of the run's stats, or "-" where it is not
column() {
    sed -n "s/.*\"step\": [0-9]*,.*/&/p" "$work/a/$run/stats.jsonl" |
        sed "s|.*\"$1\": \([^,}]*\).*|\1|; /^{/s/.*/-/"
}

# follows NAME KEY 'AWK EXPRESSION OF x, THE IMAGES BEFORE A STEP': within 1e-7 of itself, as what is a
# float is written with a float's digits
follows() {
    column "$2" | awk -v pi=3.14159265358979 "
        function min(a, b) { return a < b ? a : b }
        { x = 8 * (NR - 1); want = $3; off = \$1 - want; size = want < 0 ? -want : want
          if (\$1 == \"-\" || off > 1e-7 * size || off < -1e-7 * size) print NR \": \" \$1 \" and not \" want }
        END { if (NR != 20) print NR \" lines\" }" > "$work/off"
    equal "$1" "$(cat "$work/off")" ""
}

train() { # train FLAGS...: 20 steps of 8 images into $work/a
    rm -rf "$work/a"
    works "$*" "$gan" train $plain --outdir "$work/a" "$@"
}

train --lr-g '2e-3 to 5e-4 cosine over 50%' --lr-d '1e-3 warmup 5 steps' --r1 '1 to 0.1 over 40 images..3 epochs'
follows "cosine over half the run" "Learning rate/G" "x < 80 ? 5e-4 + 1.5e-3 * (1 + cos(pi * x / 80)) / 2 : 5e-4"
follows "a warm-up of 5 steps" "Learning rate/D" "1e-3 * min(1, (x + 8) / 40)"
epoch=$(sed -n 's/.*"epoch": \([^,]*\).*/\1/p;q' "$work/a/$run/stats.jsonl")
images=$(echo "$epoch" | awk '{ printf "%.0f", 8 / $1 }')
follows "linear, from images to epochs" Rate/r1 \
    "x <= 40 ? 1 : x >= 3 * $images ? 0.1 : 1 - 0.9 * (x - 40) / (3 * $images - 40)"
equal "what rests is not told" "$(column Rate/beta2 | sort -u)" "-"
"$gan" train ${plain%--quiet*} ${plain#*--quiet} --lr-g '2e-3 to 5e-4 cosine over 50%' --outdir "$work/told" > "$work/out" 2> "$work/err"
equal "it is told when" "$(grep '^lr_g from' "$work/err")" "lr_g from 0.002 to 0.0005, cosine, from step 0 to 10"
train --beta2 '0.9 to 0.99 cosine' --ema-half-life 40 --ema-ramp 0.5
follows "beta2 over the whole run" Rate/beta2 "0.99 - 0.09 * (1 + cos(pi * x / 160)) / 2"
follows "the decay of a half-life with its ramp" Rate/ema_decay \
    "x == 0 ? 0 : exp(-log(2) * 8 / min(40, 0.5 * x))"
train --d-steps 4 --ema-half-life '0 to 40 over 100%'
follows "a half-life counts D's images" Rate/ema_decay "x == 0 ? 0 : exp(-log(2) * 32 / (40 * x / 160))"
train
equal "a run without schedules tells none" "$(grep -c 'Learning rate\|Rate/' "$work/a/$run/stats.jsonl")" 0

# In a network's own section.
sed 's/adam: {/adam: {lr_g: 2e-3 to 5e-4 cosine over 50%, /; s/lr: [^,}]*, //' data/nets/tiny.yaml > "$work/moves.yaml"
works "a network that says it" "$gan" train $plain --net "$work/moves.yaml" --outdir "$work/d" --dry-run
equal "a network that says it: the setting" "$(sed -n 's/^  lr_g: //p' "$work/out")" "0.002 to 0.0005 cosine over 50%"
sed 's/cosine over/cosin over/' "$work/moves.yaml" > "$work/wrong.yaml"
refuses "a network that says it wrong" 65 "lr_g: .*'cosin' where one of to, linear, cosine, over, warmup" \
    "$gan" train $plain --net "$work/wrong.yaml" --dry-run
refuses "a flag that says it wrong" 2 "--lr: '1e-3 to' ends where a number should be" "$gan" train $plain --lr '1e-3 to'
refuses "out of range" 2 "--beta2: 0.9 to 1 is above 0.9999999" "$gan" train $plain --beta2 '0.9 to 1'
refuses "two kinds of average" 2 "ema, ema_half_life: give one" \
    "$gan" train $plain --ema 0.9 --ema-half-life 40
refuses "a ramp of nothing" 2 "there is no half-life" "$gan" train $plain --ema-ramp 0.1

# Killed in the warm-up, in the curve, after it; resumed with the same words and by its folder alone.
moving="$small --sample-every 0 --log-every 2 --save-every 2 --steps 14 --ema-half-life 50"
set -- --ema-ramp 0.5 --lr '3e-3 to 1e-4 cosine over 80% warmup 40%' --beta2 '0.5 to 0.9' --r1 '1 to 0 over 64 images'
kill_at() { # kill_at CALL HOW: a run that is killed at a call which changes a file
    rm -rf "$work/killed"
    (
        KILL_FOLDER=$work/killed KILL_AT=$1 KILL_HOW=$2 LD_PRELOAD=$tests/kill_at.so
        export KILL_FOLDER KILL_AT KILL_HOW LD_PRELOAD
        shift 2
        "$gan" train $moving "$@" --outdir "$work/killed" > "$work/out" 2> "$work/err"
    ) 2> /dev/null
}
works "an unbroken run" "$gan" train $moving "$@" --outdir "$work/whole"
KILL_LOG=$work/calls
export KILL_LOG
kill_at 0 never "$@"
unset KILL_LOG
calls=$(wc -l < "$work/calls")
[ "$calls" -gt 70 ] || not_ok "calls that change a file" "$calls" "more than 70"
for eighth in 1 3 4 5 7; do
    kill_at $((calls * eighth / 8)) before "$@"
    equal "killed after $eighth eighths" $? 137
    works "killed after $eighth eighths: goes on" "$gan" train $moving "$@" --outdir "$work/killed" --resume auto
    for folder in "$work"/killed/0*; do :; done # the last: a new one, where there was no checkpoint yet
    same_file "killed after $eighth eighths: the same bytes" "$folder/latest" "$work/whole/$run/latest"
done

# Another length moves what is a share of it.
works "a run to extend" "$gan" train $plain --lr '3e-3 to 1e-4' --outdir "$work/e"
refuses "another length" 2 "lr_g is scheduled by shares of a run of 20 steps, and this one is to have 30: with --reschedule" \
    "$gan" train --resume "$work/e/$run" --steps 30
works "the same length" "$gan" train --resume "$work/e/$run" --dry-run
works "--reschedule" "$gan" train --resume "$work/e/$run" --steps 30 --reschedule
equal "--reschedule: shares of the new length" "$(sed -n '21s/.*"Learning rate\/G": \([^,]*\).*/\1/p' "$work/e/$run/stats.jsonl" |
    awk '{ print ($1 > 0.00106 && $1 < 0.00107) }')" 1
works "a run by images" "$gan" train $plain --lr '3e-3 to 1e-4 over 160 images' --outdir "$work/f"
works "is extended" "$gan" train --resume "$work/f/$run" --steps 30
verdict
