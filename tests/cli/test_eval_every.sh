#!/bin/sh
# test_eval_every.sh — --eval-every: the numbers of gan eval in stats.jsonl and metrics.jsonl, which change nothing
# that is trained, and are the same after a resume; and its default.
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

# metrics.jsonl: the keys and numbers of gan eval, each step once, also after a resume.
of_step() { # of_step STEP FILE: what was measured there, and how
    sed -n 's/.*"step": '"$1"', \("averaged".*\)"n_pairs".*\("fd": [0-9.e+-]*\),.*\("kid_full": [0-9.e+-]*\),.*/\1 \2 \3/p' "$2"
}
works "a line of gan eval" "$gan" eval "$run" -n 60 --device cpu --threads 2 -q
equal "one line a measurement, and one of gan eval" "$(steps_of "$run/metrics.jsonl")" "4 8 8 "
of_step 8 "$run/metrics.jsonl" > "$work/lines"
equal "a line of training says what gan eval says" "$(sed -n 1p "$work/lines")" "$(sed -n 2p "$work/lines")"
equal "it says something" "$(grep -c '"features": "digits".*"n_real": 200.*"fd": ' "$work/lines")" 2
equal "resumed: the same lines" "$(cat "$half/metrics.jsonl")" "$(sed 2q "$run/metrics.jsonl")"
equal "it is not measured: no file" "$(ls "$plain" | grep -c metrics)" 0

# The default: 40 images trained for a sample measured, whole epochs. 20 samples are 800 images, 4 epochs, 40 steps.
default="--eval-samples 20 --save-every 40 --log-every 40"
works "the default" train "$work/d" --steps 90 $default
d=$(echo "$work"/d/00000-*)
equal "when it measures" "$(steps_of "$d/metrics.jsonl")" "40 80 "
equal "it is saved as what it is" "$(sed -n 's/^eval_every: //p' "$d/config.yaml")" auto
works "never" train "$work/e" --steps 90 $default --eval-every 0
e=$(echo "$work"/e/00000-*)
works "its samples" "$gan" sample "$d" -o "$work/1.npy" --device cpu --threads 2 -q
works "those of the other" "$gan" sample "$e" -o "$work/2.npy" --device cpu --threads 2 -q
same_file "the default changes nothing that is trained" "$work/1.npy" "$work/2.npy"
works "the default in two parts" train "$work/f" --steps 55 $default
f=$(echo "$work"/f/00000-*)
works "its second part" train "$work/f" --steps 90 $default --resume "$f"
same_file "the same lines" "$f/metrics.jsonl" "$d/metrics.jsonl"
same_file "the same end" "$f/latest" "$d/latest"
works "without OpenBLAS" env GAN_OPENBLAS=/nowhere/lib.so "$gan" train --net tiny --data digits --limit 200 -b 20 --steps 40 \
    $default --sample-every 0 --no-gif --threads 2 --device cpu --outdir "$work/g" -q
g=$(echo "$work"/g/00000-*)
equal "it is trained, and told once" "$(grep -c 'samples are not measured: .*OpenBLAS' "$g/log.txt")" 1
works "shorter than that" train "$work/h" --steps 20 $default
equal "nothing is measured" "$(ls "$work"/h/00000-* | grep -c metrics)" 0
refuses "others have no such default" 2 "save-every: 'auto' is not a number of steps" train "$work/i" --save-every auto
}
verdict
