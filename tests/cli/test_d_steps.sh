#!/bin/sh
# test_d_steps.sh — several updates of the discriminator for one of the generator: what a step is, what is
# known of it, and runs that end within a cycle and go on.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $three are lists of words
run=00000-tiny-digits-b8
three="$small --d-steps 3 --sample-every 0"

# The hash of all tensors of a checkpoint, its metadata left out (lengths of paths may differ).
tensors() { # tensors FILE
    header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    tail -c +$((header + 9)) "$1" | sha256sum | cut -d' ' -f1
}
counters() { # counters FILE: step, updates of G, updates of D
    header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    at=$(head -c $((header + 8)) "$1" | tail -c "$header" |
        sed -n 's/.*"counters":{[^}]*"data_offsets":\[\([0-9]*\),.*/\1/p')
    tail -c +$((header + 9 + at)) "$1" | head -c 24 | od -An -v -td8 | tr -s ' ' | sed 's/^ //; s/ $//' | tr '\n' ' ' | sed 's/ $//'
}
saved() { # saved FOLDER STEP
    printf '%s/%s/checkpoints/step-%08d.safetensors' "$work/$1" "$run" "$2"
}

for how in "" "--schedule alternating" "--precision bf16" "--device reference"; do
    rm -rf "$work/a" "$work/b"
    works "ten steps $how" "$gan" train $three $how --steps 10 --log-every 1 --outdir "$work/a"
    for at in 4 5 6; do
        rm -rf "$work/b"
        works "$at steps $how" "$gan" train $three $how --steps $at --outdir "$work/b"
        works "and on to ten" "$gan" train --resume "$work/b/$run" --steps 10 --quiet
        [ "$how" = "--device reference" ] || # its state is in double precision: no resume is exact
            equal "resumed after $at steps $how" "$(tensors "$(saved b 10)")" "$(tensors "$(saved a 10)")"
    done
    equal "steps, updates of G and of D $how" "$(counters "$(saved a 10)")" "10 3 10"
    equal "steps that know G's loss $how" \
        "$(sed -n 's/^{"step": \([0-9]*\),.*"Loss\/G": [0-9].*/\1/p' "$work/a/$run/stats.jsonl" | tr '\n' ' ')" "3 6 9 "
    equal "steps that know D's loss $how" "$(grep -c '"Loss/D": [0-9]' "$work/a/$run/stats.jsonl")" 10
done

# Killed between two updates of G.
rm -rf "$work/a" "$work/b"
works "unbroken" "$gan" train $three --steps 40 --outdir "$work/a"
"$gan" train $three --steps 40 --save-every 1 --outdir "$work/b" > "$work/killed" 2>&1 &
await "$work/b/$run/checkpoints/step-00000005.safetensors"
kill -9 $! 2> "$work/err"
wait $! 2> "$work/err"
works "continued" "$gan" train --resume "$work/b/$run" --steps 40 --quiet
equal "killed with SIGKILL and continued" "$(tensors "$(saved b 40)")" "$(tensors "$(saved a 40)")"

refuses "another number on resume" 2 "d_steps cannot change on resume: the checkpoint has 3, not 2" \
    "$gan" train --resume "$work/a/$run" --d-steps 2 --steps 50 --quiet
refuses "none" 2 "d-steps: 0 is below 1" "$gan" train $small --d-steps 0 --steps 3 --quiet

# One update of D a step is the step as it is without the setting.
works "one" "$gan" train $small --d-steps 1 --steps 3 --sample-every 0 --outdir "$work/c"
works "not set" "$gan" train $small --steps 3 --sample-every 0 --outdir "$work/d"
equal "one a step" "$(tensors "$(saved c 3)")" "$(tensors "$(saved d 3)")"

# What is told before: both programs, by how often they run.
works "programs" "$gan" train $three --steps 3 --print-program --outdir "$work/e"
equal "programs that are printed" "$(grep '^program' "$work/out" "$work/err" | sed 's/^[^:]*://' | tr '\n' ';')" \
    'program "train", 33.33 of 100 steps;program "d", 66.67 of 100 steps;'
verdict
