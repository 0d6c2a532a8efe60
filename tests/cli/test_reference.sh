#!/bin/sh
# test_reference.sh — --device reference: recorded traces replay on it, and a network trains, resumes and
# samples, with what a checkpoint does not keep said.
. tests/cli/checks.sh

for trace in tests/golden/*.safetensors; do
    works "$trace in double precision" "$gan" verify --device reference "$trace"
done
run="--net tiny --data digits --limit 64 -b 16 --device reference --outdir $work/runs"
# shellcheck disable=SC2086  # $run is a list of words
works "training" "$gan" train $run --steps 2
equal "a run of it is not resumed to the bit, and that is said" \
    "$(cat "$work/out" "$work/err" | grep -c 'a checkpoint in fp32')" 1
# shellcheck disable=SC2086
works "resuming" "$gan" train $run --steps 4 --resume auto
equal "the resumed run's steps" "$(ls "$work"/runs/*/checkpoints/step-00000004.safetensors | wc -l)" 1
works "sampling" "$gan" sample "$work"/runs/0* --device reference --output "$work/samples.png"
# shellcheck disable=SC2086
works "a step with one thread" "$gan" train $run --steps 2 --threads 1
for run in "$work"/runs/*; do sed -n 's/.*"Loss\/G": *\([-0-9.e+]*\).*/\1/p' "$run/stats.jsonl" | head -n 1; done > "$work/losses"
equal "the first loss, with one thread as with all" "$(sort -u "$work/losses" | wc -l)" 1
refuses "16 bits are no precision of it" 69 "fp32 strict" \
    "$gan" train --net tiny --data digits --device reference --precision bf16 --outdir "$work/runs"
verdict
