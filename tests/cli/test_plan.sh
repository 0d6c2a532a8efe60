#!/bin/sh
# test_plan.sh — gan plan where no plan can be made: GPUs are listed, and what was mistyped is said
# before the library that is missing.
. tests/cli/checks.sh

GAN_CUDA_PLUGIN=$work/none.so GAN_GPUS=$(pwd -P)/data/gpus.json
export GAN_CUDA_PLUGIN GAN_GPUS
n=$(grep -c '"id":' "$GAN_GPUS")
for flags in "" "--gpu list"; do
    # shellcheck disable=SC2086  # a list of words
    works "gan plan $flags" "$gan" plan $flags
    equal "gan plan $flags: GPUs" "$(grep -c '^[a-z]' "$work/out")" "$n"
    equal "gan plan $flags: why" "$(grep -c '^no plan can be made here: .*none.so' "$work/err")" 1
done
works "gan plan --json" "$gan" plan --json
equal "gan plan --json: GPUs" "$(grep -c '^{"gpu": ".*", "gpu_name": ".*", "supported": .*}$' "$work/out")" "$n"
refuses "an unknown GPU" 2 "unknown GPU 'h10O' (did you mean 'h100'?); there are t4, " "$gan" plan --gpu h10O
refuses "no name" 2 "unknown GPU ''; there are t4" "$gan" plan --gpu ""
refuses "one and all" 2 "--gpu or --all, not both" "$gan" plan --gpu t4 --all
refuses "an unknown precision" 2 "precision: 'fp8' is not one of fp32" "$gan" plan --gpu t4 --precision fp8
refuses "an unknown batchnorm" 2 "batchnorm: 'x' is not one of cudnn|fused" "$gan" plan --gpu t4 --batchnorm x
refuses "a precision that the GPU has not" 1 "Tesla T4 has no bf16" "$gan" plan --gpu t4 --precision bf16
refuses "no batch" 2 "--batch-size: '0' is not a whole number from 1" "$gan" plan --gpu t4 --batch-size 0
refuses "no steps of D" 2 "--d-steps: '0' is not a whole number from 1" "$gan" plan --gpu t4 --d-steps 0
refuses "too many images" 2 "images: '9223372036854775807' is not" "$gan" plan --gpu t4 --images 9223372036854775807
refuses "a price of nothing" 2 "price: 'nan' is not" "$gan" plan --gpu t4 --price nan
refuses "no catalogue" 66 "none.json" "$gan" plan --catalogue "$work/none.json"
refuses "a catalogue of another kind" 65 "not JSON" "$gan" plan --catalogue "$0"
refuses "a known GPU" 69 "none.so" "$gan" plan --gpu h100
refuses "all of them" 69 "none.so" "$gan" plan --all
# What a run costs, by a step's time that is given: 10 s of a dollar's hour are a 360th of it; where whole hours are
# billed, the hour.
cost() { "$gan" plan --cost --json --gpu l4 --net dcgan-64 "$@" 2> "$work/err"; }
row() { python3 -c 'import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row["provider"] == sys.argv[1]: print(*[row[k] for k in sys.argv[2:]])' "$@"; }
equal "a run's steps" "$(cost --step-ms 10 --epochs 2 --images 1000 --batch-size 128 | row gcp steps epochs step run_seconds)" "16 2.0 given 0.16"
equal "steps, not epochs" "$(cost --step-ms 10 --steps 1000 | row gcp steps run_seconds)" "1000 10.0"
equal "seconds are billed" "$(cost --step-ms 10 --steps 1000 | row gcp cost_on_demand price_date)" "$(python3 -c 'print("%.9g" % (0.706832 / 360), "2025-03-06")')"
equal "hours are billed" "$(cost --step-ms 10 --steps 1000 | row ovh cost_on_demand currency cost_spot)" "0.75 EUR None"
equal "a price of one's own" "$(cost --step-ms 10 --steps 1000 --price 3.6 | row - cost_on_demand)" 0.01
works "its table" "$gan" plan --cost --gpu l4 --step-ms 10
equal "says what it is" "$(grep -c 'An estimate of training alone' "$work/out")" 1
equal "and where its prices come from" "$(grep -c '^[a-z]*, 20[0-9-]*: ' "$work/out")" 3
cat > "$work/own.json" <<'EOF'
{"prices": {"sources": {"us": {"date": "2026-05", "billed_seconds": 60, "text": "our contract"}}, "list": [
 {"gpu": "l4", "provider": "us", "instance": "shelf", "region": "cellar", "gpus": 1, "currency": "CHF", "on_demand": 6, "spot": 3, "source": "us"}]}}
EOF
equal "own prices, by the minute" "$(cost --step-ms 10 --steps 6001 --prices "$work/own.json" | row us cost_on_demand cost_spot currency)" "0.2 0.1 CHF"
spoil() { # spoil FROM TO WORDS: a damage to the prices is refused by its place
    sed "s/$1/$2/" "$work/own.json" > "$work/bad.json"
    refuses "prices with $2" 65 "$3" "$gan" plan --cost --gpu l4 --step-ms 1 --prices "$work/bad.json"
}
spoil '"l4"' '"l44"' "price 1: gpu: unknown GPU 'l44' (did you mean 'l4'?)"
spoil '"on_demand": 6' '"on_demand": 0' "price 1: on_demand must be a number"
spoil '2026-05' 'May' "price 1: date of its source must be YYYY"
spoil '"source": "us"' '"source": "them"' "price 1: source must be one of"
spoil '"list"' '"lists"' 'no "prices" with a "list"'
refuses "prices that are not there" 66 "none.json" "$gan" plan --cost --gpu l4 --step-ms 1 --prices "$work/none.json"
refuses "no price of that GPU" 66 "no price of rtx4090 is known" "$gan" plan --cost --gpu rtx4090 --step-ms 1
refuses "a step of no GPU" 2 "which --gpu it was measured on" "$gan" plan --cost --step-ms 1
refuses "a price of no GPU" 2 "which --gpu it is for" "$gan" plan --cost --price 1
refuses "no time" 2 "step-ms: '0' is not" "$gan" plan --cost --gpu l4 --step-ms 0
refuses "epochs and steps" 2 "give one" "$gan" plan --cost --gpu l4 --step-ms 1 --epochs 1 --steps 1
refuses "epochs of no cost" 2 "epochs is of what a run costs: add --cost" "$gan" plan --gpu l4 --epochs 2
refuses "costs of what cannot be planned" 69 "needs no plan" "$gan" plan --cost
verdict
