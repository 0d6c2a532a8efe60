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
verdict
