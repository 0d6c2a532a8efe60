#!/bin/sh
# test_faults.sh — a device that fails or lacks memory: what is said, and when.
# shellcheck disable=SC2086,SC2012  # $tiny is a list of words
. tests/cli/checks.sh
. tests/sim/device.sh

# stops NAME TEXT COMMAND...: with exit code 1 and one line that holds TEXT.
stops() {
    check=$1 text=$2; shift 2
    capture "$@"
    equal "$check" "$code $(wc -l < "$work/err") $(grep -c -- "$text" "$work/err")" "1 1 1"
}

# The 6th adam is the 5th step's: the first run of a program is one too. Saves are after even steps.
run="$gan train $tiny --device cuda --steps 12 --save-every 2 --sample-every 0 --log-every 1"
export GAN_SIM_FAULT GAN_DEBUG_SYNC
for row in 'adam:6|adam (Adam), own kernel' 'tanh_bwd:6|tanh_bwd (g.tanh0 bwd), own kernel' \
    'cuDNN conv:9|conv_d[wx] (.*), cuDNN engine' 'cuDNN norm:20|batch_norm (.*), cuDNN, compiled at run time' 'cublasGemmEx:5|matmul (.*), cuBLAS'; do
    GAN_SIM_FAULT=${row%%|*} named=${row#*|}
    lost='an illegal memory access was encountered (cudaErrorIllegalAddress, 700) at src/cuda/[a-z]*.c:[0-9]*'
    GAN_DEBUG_SYNC=1
    stops "$GAN_SIM_FAULT, waited for" "^gan train: op [0-9]*, $named.*: .*$lost; the device's context is lost: start the program again" \
        $run --outdir "$work/waited"
    rm -rf "$work/waited"
    GAN_DEBUG_SYNC=0
    stops "$GAN_SIM_FAULT, replayed" "$lost; .* start the program again, with GAN_DEBUG_SYNC=1 to learn" \
        $run --outdir "$work/replayed"
    # what was computed after the fault is in no checkpoint
    saved=$(find "$work/replayed" -name 'step-*.safetensors' 2> /dev/null | sort | tail -n 1)
    equal "$GAN_SIM_FAULT: the last checkpoint is named" "$(sed -n 's/.*Last good checkpoint: //p' "$work/err" | sed 's/none yet//')" "$saved"
    [ "$GAN_SIM_FAULT" != adam:6 ] ||
        equal "the checkpoints before it" "$(ls "$work/replayed"/*/checkpoints | tr '\n' ' ')" "step-00000002.safetensors step-00000004.safetensors "
    rm -rf "$work/replayed"
done
# Every way to lose a device is known as one.
export GAN_SIM_FAULT_CODE
for GAN_SIM_FAULT_CODE in 214 226 700 702 710 714 715 716 717 718 719 721 810 911; do
    GAN_SIM_FAULT=adam:2
    stops "error $GAN_SIM_FAULT_CODE" "$GAN_SIM_FAULT_CODE) at src/cuda/.*; the device's context is lost: start" \
        $run --outdir "$work/lost"
    rm -rf "$work/lost"
done
unset GAN_SIM_FAULT GAN_SIM_FAULT_CODE GAN_DEBUG_SYNC
verdict
