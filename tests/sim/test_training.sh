#!/bin/sh
# test_training.sh — `gan train` on the simulated device beside the CPU: losses of every step agree; and
# the tutorial's network takes steps there.
#   sh tests/sim/test_training.sh [short]   short: a few steps of the tiny network alone
. tests/cli/checks.sh
. tests/sim/device.sh
only=${1:-all}

train() { # train NAME DEVICE PRECISION FLAGS...: into $work/NAME
    name=$1 device=$2 precision=$3; shift 3
    # shellcheck disable=SC2086  # a list of words
    works "$name" "$gan" train $tiny --device "$device" --precision "$precision" --outdir "$work/$name" \
        --save-every 0 --sample-every 0 --log-every 1 "$@"
}

losses() { # losses NAME: of both networks, one step a line
    sed -n 's/^{"step": [0-9]*,.*"Loss\/D": \([^,]*\), "Loss\/G": \([^,]*\),.*/\1 \2/p' "$work/$1"/*/stats.jsonl
}

# agree NAME OTHER STEPS BOUND: both have so many steps, and no loss differs by more.
agree() {
    losses "$1" > "$work/a" && losses "$2" > "$work/b"
    equal "steps of $1" "$(wc -l < "$work/a") $(wc -l < "$work/b")" "$3 $3"
    worst=$(paste "$work/a" "$work/b" | awk 'NF != 4 { print "no number"; exit }
        function apart(x, y) { return x > y ? x - y : y - x }
        { d = apart($1, $3); e = apart($2, $4); d = d > e ? d : e; worst = d > worst ? d : worst }
        END { print worst + 0 }')
    if awk -v worst="$worst" -v most="$4" 'BEGIN { exit !(worst ~ /^[0-9.e-]+$/ && worst + 0 <= most) }'; then
        ok "largest difference of a loss of $1 from $2 in $3 steps: $worst, at most $4"
    else
        not_ok "largest difference of a loss of $1 from $2" "$worst" "at most $4"
    fi
}

# same_numbers NAME OTHER: every number of every step.
same_numbers() {
    for name in "$1" "$2"; do
        sed 's/"Timing.*//' "$work/$name"/*/stats.jsonl > "$work/$name.numbers"
    done
    same_file "numbers of $1" "$work/$1.numbers" "$work/$2.numbers"
}

if [ "$only" = short ]; then
    train simulated-short cuda strict --steps 3 --data-store stream
    train simulated-short-fused cuda bf16 --steps 3 --batchnorm fused
    train simulated-short-scaled cuda fp16 --steps 3
    verdict
fi

# fp32 sums in another order: under 1e-7 for 30 steps. Two trainings part company later; that is theirs.
train cpu cpu fp32 --steps 30
train simulated cuda strict --steps 30
agree simulated cpu 30 2e-6
train simulated-cudnn cuda strict --steps 30 --batchnorm cudnn
agree simulated-cudnn cpu 30 2e-6
train simulated-streamed cuda strict --steps 30 --data-store stream
agree simulated-streamed cpu 30 2e-6

# Two programs on one arena, each with a graph and a feed of its own.
train simulated-d-steps cuda strict --steps 9 --d-steps 3 --ema 0.9
train simulated-d-steps-streamed cuda strict --steps 9 --d-steps 3 --ema 0.9 --data-store stream
train cpu-d-steps cpu fp32 --steps 9 --d-steps 3 --ema 0.9
same_numbers simulated-d-steps simulated-d-steps-streamed
agree simulated-d-steps cpu-d-steps 3 2e-6

# bf16 keeps 8 bits: 2^-8 of a logit is 4e-3, and a loss moves by no more than its logits do.
train simulated-bf16 cuda bf16 --steps 10
losses cpu | head -n 10 > "$work/ten" && rm "$work"/cpu/*/stats.jsonl
sed 's/^\([^ ]*\) \(.*\)/{"step": 0, "Loss\/D": \1, "Loss\/G": \2, }/' "$work/ten" > "$work/cpu/00000-tiny-digits-b8/stats.jsonl"
agree simulated-bf16 cpu 10 4e-3

# The tutorial's network at a batch that a simulation can bear. TF32 keeps 11 bits, bf16 8.
train mnist-cpu cpu fp32 --net dcgan-mnist --batch-size 2 --steps 3
train mnist-cuda cuda strict --net dcgan-mnist --batch-size 2 --steps 3
agree mnist-cuda mnist-cpu 3 2e-5
train mnist-tf32 cuda fp32 --net dcgan-mnist --batch-size 2 --steps 3
agree mnist-tf32 mnist-cpu 3 5e-4
verdict
