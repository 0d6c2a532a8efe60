#!/bin/sh
# test_resumed.sh — on the simulated device, in every precision and mode: a run that was stopped and
# resumed ends in the same bytes as one that was not, fp16's loss scales among them.
# shellcheck disable=SC2086  # lists of words
. tests/cli/checks.sh
. tests/sim/device.sh

train() { # train OUTDIR STEPS FLAGS...
    outdir=$1 steps=$2; shift 2
    "$gan" train $tiny --device cuda --save-every 0 --sample-every 0 --outdir "$outdir" --steps "$steps" "$@" \
        2> "$work/err" || not_ok "$*, to step $steps" "$(cat "$work/err")" "exit code 0"
}

for flags in '--precision strict' '--precision tf32 --batchnorm fused' '--precision bf16 --ema 0.9' \
    '--precision fp16' '--precision fp16 --data-store stream --flip' '--precision fp32 --data-store stream'; do
    whole=$(train "$work/whole" 11 $flags)
    train "$work/parts" 4 $flags > "$work/out"
    train "$work/parts" 7 $flags --resume auto > "$work/out"
    parts=$(train "$work/parts" 11 $flags --resume auto)
    same_file "$flags: step 11 of 4, 3 and 4 steps" "$parts/checkpoints/step-00000011.safetensors" \
        "$whole/checkpoints/step-00000011.safetensors"
    scaled=$(head -c 100000 "$parts/checkpoints/step-00000011.safetensors" | grep -a -c '"loss_scale"')
    equal "$flags: loss scales are saved" "$scaled" "$(echo "$flags" | grep -c fp16)"
    rm -rf "$work/whole" "$work/parts"
done

# A scale that is lost would show: steps that overflow halve it, the others count.
"$gan" train $tiny --device cuda --precision fp16 --save-every 1 --sample-every 0 --keep 0 --outdir "$work/scales" \
    --steps 3 > "$work/out" 2> "$work/err" || not_ok "fp16" "$(cat "$work/err")" "exit code 0"
growth() { # growth STEP: bytes of the counters in that checkpoint
    python3 -c 'import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
begin, end = json.loads(b[8:8 + n])["loss_growth"]["data_offsets"]
print(*struct.unpack("<2i", b[8 + n + begin:8 + n + end]))' "$work"/scales/*/checkpoints/step-0000000"$1".safetensors
}
! command -v python3 > /dev/null 2>&1 ||
    equal "steps since the scales changed" "$(growth 1), $(growth 2), $(growth 3)" "1 1, 2 2, 3 3"
verdict
