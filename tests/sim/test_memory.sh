#!/bin/sh
# test_memory.sh — a device with too little memory: the largest batch is named before anything is
# allocated; it runs, samples too, and one image more does not.
# shellcheck disable=SC2086  # lists of words
. tests/cli/checks.sh
. tests/sim/device.sh

steps="--data digits --limit 64 --grid 2x2 --threads 1 --quiet --device cuda --steps 1 --save-every 0 --sample-every 1"
export GAN_SIM_MEMORY GAN_SIM_REPORT="$work/counts.json"
for row in 'tiny|10000000|' 'tiny|10000000|--precision bf16' 'tiny|10000000|--precision fp16 --ema 0.99' \
    'tiny|10300000|--precision strict --batchnorm fused --ema 0.9' 'tiny|10000000|--data-store stream' \
    'dcgan-mnist|82000000|--precision strict' 'dcgan-mnist|81500000|--precision bf16 --batchnorm fused'; do
    net=${row%%|*} rest=${row#*|}
    GAN_SIM_MEMORY=${rest%%|*} flags=${rest#*|}
    name="$net of $GAN_SIM_MEMORY bytes${flags:+, $flags}"
    refuses "$name" 71 "^gan train: batch size 256 needs .*iB but only .*iB is available; the largest that fits is --batch-size [0-9]*$" \
        "$gan" train --net $net $steps $flags --batch-size 256 --outdir "$work/run"
    largest=$(sed -n 's/.*--batch-size \([0-9]*\)$/\1/p' "$work/err")
    # cuBLAS's workspace is the device's own, made when it is opened
    equal "$name: allocated" "$(sed -n 's/.*"device_allocations": \([0-9]*\),.*/\1/p' "$work/counts.json")" 1
    works "$name: --batch-size ${largest:-none} runs" "$gan" train --net $net $steps $flags \
        --batch-size "${largest:-none}" --outdir "$work/run"
    refuses "$name: one image more" 71 "the largest that fits is --batch-size $largest$" \
        "$gan" train --net $net $steps $flags --batch-size $((${largest:-1} + 1)) --outdir "$work/run"
    rm -rf "$work/run"
done

GAN_SIM_MEMORY=9000000
refuses "not one image" 71 '^gan train: one image a step needs [0-9.]* [KM]iB but only [0-9.]* KiB is available$' \
    "$gan" train --net tiny $steps --batch-size 256 --outdir "$work/run"
GAN_SIM_MEMORY=40000000
refuses "a data set too large" 71 'one image a step needs .*; --data-store stream leaves the data set on the host$' \
    "$gan" train --net tiny $steps --limit 0 --outdir "$work/run"
works "it is streamed" "$gan" train --net tiny $steps --limit 0 --batch-size 8 --data-store stream --outdir "$work/run"
verdict
