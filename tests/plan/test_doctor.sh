#!/bin/sh
# test_doctor.sh — what `gan doctor` says with NVIDIA's own libraries: of drivers that are none, of
# libraries that are missing. tests/sim/test_doctor.sh has the machines that need a device.
. tests/cli/checks.sh
unset LD_LIBRARY_PATH
drivers=$build/tests/plan/driver

# finds NAME SUBJECT FACT MEND VARIABLE=VALUE...: that finding, with that line, and exit code 69.
finds() {
    name=$1 subject=$2 fact=$3 mend=$4; shift 4
    capture env "$@" "$gan" doctor --json
    equal "$name" "$code $(grep -c "^{\"level\": \"missing\", \"subject\": \"$subject\", \"fact\": \"$fact\", \"mend\": \"${mend}[^\"]*\"}\$" "$work/out")" "69 1"
    [ "$code" -eq 69 ] || cat "$work/out" "$work/err"
    capture env "$@" "$gan" doctor
    equal "$name, as text" "$(grep -A 1 "^missing  *$subject " "$work/out" | grep -c "^ *-> $mend")" 1
}

driver="install NVIDIA's driver 5[0-9]* or newer and reboot"
if [ ! -e /proc/driver/nvidia/version ]; then
    finds "no driver" driver 'there is no NVIDIA driver (CUDA error 35)' "$driver" A=
fi
finds "an old driver" driver 'the NVIDIA driver is too old: it serves CUDA 11.4, this build needs 1[0-9.]* (CUDA error 35)' \
    "$driver" LD_LIBRARY_PATH="$drivers" FAKE_DRIVER_VERSION=11040
finds "no device" driver 'the driver sees no device (CUDA error 100; CUDA_VISIBLE_DEVICES hides devices)' \
    'look at nvidia-smi and CUDA_VISIBLE_DEVICES' LD_LIBRARY_PATH="$drivers" FAKE_DRIVER_INIT=100
finds "no fabric manager" driver '.*(CUDA error 802)' "start NVIDIA's fabric manager: systemctl start nvidia-fabricmanager" \
    LD_LIBRARY_PATH="$drivers" FAKE_DRIVER_INIT=802
finds "a driver replaced while it ran" driver '.*(CUDA error 803)' 'reboot' \
    LD_LIBRARY_PATH="$drivers" FAKE_DRIVER_INIT=803
finds "a driver that fails" driver 'CUDA does not start: .*999)' "look at nvidia-smi and the kernel's log" \
    LD_LIBRARY_PATH="$drivers" FAKE_DRIVER_INIT=999
if [ -n "${CUDA_STUB:-}" ] && [ -f "$CUDA_STUB" ]; then
    mkdir "$work/stub" && ln -s "$CUDA_STUB" "$work/stub/libcuda.so.1"
    finds "the stub library" driver "the toolkit's link stub stands in for the driver (CUDA error 34)" \
        "take the toolkit's lib/stubs out of LD_LIBRARY_PATH" LD_LIBRARY_PATH="$work/stub"
fi

# Libraries that are not there, or not whole: files that no loader takes stand before the real ones.
broken() { # broken NAME...: sets the folder
    rm -rf "$work/broken" && mkdir "$work/broken"
    for library in "$@"; do
        echo "not a library" > "$work/broken/$library"
    done
}
cudnn=$(sed -n 's/.*cuDNN \([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p' "$work/out" | head -n 1)
for part in heuristic engines_precompiled; do
    # cuDNN asks for its parts by each of these names
    broken "libcudnn_$part.so.9" "libcudnn_$part.so.${cudnn%.*}" "libcudnn_$part.so.$cudnn" "libcudnn_$part.so"
    finds "no libcudnn_$part" 'cuDNN engines' "libcudnn_$part.so.9 cannot be loaded" 'install all of cuDNN 9 (apt: cudnn9-cuda-1[0-9]; pip: nvidia-cudnn-cu1[0-9])' \
        LD_LIBRARY_PATH="$work/broken"
done
broken libcudnn_graph.so.9
finds "no libcudnn_graph" 'CUDA plugin' 'cannot load .*gan-cuda.so: .*libcudnn_graph.so.9: .*' 'install cuDNN 9 for this CUDA' \
    LD_LIBRARY_PATH="$work/broken"
broken libcudnn.so.9
finds "no cuDNN" 'CUDA plugin' 'cannot load .*gan-cuda.so: .*libcudnn.so.9: .*' 'install cuDNN 9 for this CUDA' \
    LD_LIBRARY_PATH="$work/broken"
broken libcublas.so.12 libcublas.so.13
finds "no cuBLAS" 'CUDA plugin' 'cannot load .*gan-cuda.so: .*libcublas.so.1[0-9]: .*' "install CUDA's libraries (apt: cuda-libraries-1" \
    LD_LIBRARY_PATH="$work/broken"
mkdir "$work/alone" && cp "$gan" "$work/alone/gan"
gan=$work/alone/gan
# shellcheck disable=SC2016  # the words
finds "no plugin" 'CUDA plugin' 'this gan was built without CUDA (no gan-cuda.so beside the program or in ../lib/gan)' \
    'build it with `make CUDA=1`' A=
verdict
