#!/bin/sh
# test_eval_every.sh — --eval-every: the numbers of gan eval in stats.jsonl, which change nothing that is
# trained, and are the same after a resume.
. tests/cli/checks.sh
train() { # train OUTDIR FLAGS...
    out=$1; shift
    "$gan" train --net tiny --data digits --limit 200 -b 20 --save-every 4 --keep 0 --log-every 4 --sample-every 0 \
        --no-gif --threads 2 --device cpu --outdir "$out" -q "$@"
}
measured="--eval-every 4 --eval-samples 60"
mkdir "$work/empty"
if "$gan" eval "$work/empty" --data digits 2>&1 | grep -q OpenBLAS; then
    echo "skipped: no OpenBLAS"
    exit 0
fi

refuses "without OpenBLAS" 1 "measuring needs OpenBLAS" env GAN_OPENBLAS=/nowhere/lib.so \
    "$gan" train --net tiny --data digits --limit 200 -b 20 --steps 8 --no-gif --sample-every 0 --device cpu \
    --threads 2 --outdir "$work/none" -q $measured
refuses "no such features" 66 "nowhere" train "$work/none" --steps 8 $measured --eval-features nowhere.yaml

# shellcheck disable=SC2086  # lists of words
{
works "a run" train "$work/a" --steps 8 $measured --ema 0.9
run=$(echo "$work"/a/00000-*)
equal "two lines have a distance" "$(grep -c '"fd": [0-9.]*, "kid": [-0-9.e]*, "precision": ' "$run/stats.jsonl")" 2
fd=$(sed -n 's/.*"step": 8,.*"fd": \([0-9]*\.[0-9]\{4\}\).*/\1/p' "$run/stats.jsonl")
works "gan eval" "$gan" eval "$run" -n 60 --json --no-log --device cpu --threads 2 -q
equal "the same distance by gan eval" "$(sed -n 's/.*"fd": \([0-9]*\.[0-9]\{4\}\).*/\1/p' "$work/out")" "$fd"

works "a run that is not measured" train "$work/b" --steps 8 --ema 0.9
plain=$(echo "$work"/b/00000-*)
equal "it has no distance" "$(grep -c '"fd"' "$plain/stats.jsonl")" 0
works "samples of the measured one" "$gan" sample "$run" -o "$work/1.npy" --device cpu --threads 2 -q
works "and of the other" "$gan" sample "$plain" -o "$work/2.npy" --device cpu --threads 2 -q
same_file "measuring changes nothing that is trained" "$work/1.npy" "$work/2.npy"

works "half a run" train "$work/c" --steps 4 $measured --ema 0.9
half=$(echo "$work"/c/00000-*)
works "resumed" train "$work/c" --steps 8 $measured --resume "$half"
equal "resumed: the same numbers" \
    "$(sed -n 's/.*"step": 8,.*\("fd": .*"recall": [0-9.]*\),.*/\1/p' "$half/stats.jsonl")" \
    "$(sed -n 's/.*"step": 8,.*\("fd": .*"recall": [0-9.]*\),.*/\1/p' "$run/stats.jsonl")"
same_file "resumed: the same checkpoint" "$half/checkpoints/step-00000008.safetensors" \
    "$run/checkpoints/step-00000008.safetensors"
}
verdict
