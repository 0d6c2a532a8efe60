#!/bin/sh
# test_doctor.sh — machines that cannot train on their GPU: what `gan doctor` says of each, and what
# `gan train` does there.
# shellcheck disable=SC2086  # $tiny is a list of words
. tests/cli/checks.sh
. tests/sim/device.sh

# machine NAME FACT MEND: the doctor's finding in both its forms, and a training that needs a GPU or not.
machine() {
    capture "$gan" doctor
    equal "$1: exit code" "$code" 69
    equal "$1: the fact" "$(grep -c "^missing  *[A-Za-z:0-9 ]* $2$" "$work/out")" 1
    equal "$1: the line that mends it" "$(grep -A 1 '^missing' "$work/out" | grep -c -- "-> .*$3")" 1
    capture "$gan" doctor --json
    equal "$1: JSON" "$(sed -n 's/^{"level": "missing", "subject": "[^"]*", "fact": "\(.*\)", "mend": ".*"}$/\1/p' "$work/out" |
        grep -c "^$2$")" 1
    capture "$gan" train $tiny --device cuda --steps 1 --outdir "$work/run"
    equal "$1: --device cuda" "$code $(grep -c "$3" "$work/err")" "69 1"
    capture "$gan" train ${tiny% --quiet} --device auto --steps 1 --outdir "$work/run"
    equal "$1: --device auto" "$code $(grep -c "^no GPU is used: .*$3" "$work/err")" "0 1"
    equal "$1: the log" "$(grep -c "no GPU is used: .*$3" "$work"/run/*/log.txt)" 1
    rm -rf "$work/run"
}

works "a machine in order" "$gan" doctor
equal "says so" "$(grep -c '^ok  *cuda:0  *simulated device, compute capability 8.0, 4.0 GiB$' "$work/out")" 1
export GAN_SIM_DRIVER GAN_SIM_ARCH
GAN_SIM_DRIVER=none machine "no driver" 'there is no NVIDIA driver (CUDA error 35)' "install NVIDIA's driver 5[0-9]* or newer"
GAN_SIM_DRIVER=old machine "an old driver" 'the NVIDIA driver is too old: it serves CUDA 11.4, this build needs 1[0-9.]* (CUDA error 35)' \
    "install NVIDIA's driver 5[0-9]* or newer"
GAN_SIM_DRIVER=no-device machine "no device" 'the driver sees no device (CUDA error 100; CUDA_VISIBLE_DEVICES hides devices)' \
    'look at nvidia-smi and CUDA_VISIBLE_DEVICES'
GAN_SIM_DRIVER=stub machine "the stub library" "the toolkit's link stub stands in for the driver (CUDA error 34)" \
    "take the toolkit's lib/stubs out of LD_LIBRARY_PATH"
GAN_SIM_DRIVER=busy machine "another's device" 'simulated device, compute capability 8.0, [0-9.]* GiB' \
    "is another process's alone (CUDA error 46): wait for it"
GAN_SIM_DRIVER=no-image machine "a build for others" 'simulated device, compute capability 8.0, [0-9.]* GiB' \
    'no kernels that simulated device, compute capability 8.0, can load (CUDA error 209): build it again, with make CUDA_ARCH=80'
GAN_SIM_DRIVER=no-function machine "a build for others, told otherwise" \
    'simulated device, compute capability 8.0, [0-9.]* GiB' \
    'no kernels that simulated device, compute capability 8.0, can load (CUDA error 98): build it again, with make CUDA_ARCH=80'
unset GAN_SIM_DRIVER
GAN_SIM_ARCH=70 machine "a V100" 'simulated device, compute capability 7.0, [0-9.]* GiB' 'build gan with CUDA 12 and cuDNN 9.10'
GAN_SIM_ARCH=61 machine "a Pascal" 'simulated device, compute capability 6.1, [0-9.]* GiB' 'take a newer GPU'
unset GAN_SIM_ARCH
export GAN_SIM_CUDNN
GAN_SIM_CUDNN=90100 machine "an old cuDNN" 'cuDNN 9.1 is loaded, 9.8 or newer is needed' 'install all of cuDNN 9'
unset GAN_SIM_CUDNN
# One that knows no Turing any more serves all others.
export GAN_SIM_CUDNN_FROM=80
works "a cuDNN without Turing" "$gan" doctor
works "and a training on it" "$gan" train $tiny --device cuda --steps 1 --outdir "$work/run"
unset GAN_SIM_CUDNN_FROM
# A GPU is there: what it cannot do is no reason to train without it.
export GAN_SIM_ARCH=75
refuses "a wish that the GPU cannot fulfil" 2 'batch norm: cuDNN has none below compute capability 8.0; take fused' \
    "$gan" train $tiny --device auto --batchnorm cudnn --steps 1 --outdir "$work/run"
unset GAN_SIM_ARCH
verdict
