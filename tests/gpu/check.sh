#!/bin/sh
# check.sh — everything that only a GPU can tell, in one go: `make check-gpu`. Writes report.md and
# report.json to build/gpu-report/DATE, to be committed as bench/records/gpu-*.md by whoever has one.
#
#   GAN_CHECK_SIMULATED=1   on the simulated device instead: tries this script out, proves nothing
#   GAN_CHECK_SHORT=1       leaves out the sanitizers and the bench
set -u
build=${BUILD:?set BUILD to the build folder}
root=$(pwd -P)
case $build in /*) ;; *) build=$root/$build ;; esac
gan=$build/gan
report=$root/build/gpu-report/$(date -u +%Y%m%d-%H%M%S)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$report"
GAN_CUDNN_CACHE=$work/plans
GAN_TEST_BACKEND=cuda
GAN_REQUIRE_GPU=1
export GAN_CUDNN_CACHE GAN_TEST_BACKEND GAN_REQUIRE_GPU
if [ "${GAN_CHECK_SIMULATED:-0}" = 1 ]; then
    GAN_CUDA_PLUGIN=${GAN_CUDA_PLUGIN:-$build/gan-cuda-sim.so}
    GAN_CHECK_SHORT=1
    net=tiny
else
    GAN_CUDA_PLUGIN=${GAN_CUDA_PLUGIN:-$build/gan-cuda.so}
    net=dcgan-mnist
fi
export GAN_CUDA_PLUGIN

passed=0 failed=0 skipped=0
md=$report/report.md
json=$report/report.json
: > "$work/rows"

say() { printf '%s\n' "$*" >> "$md"; }

# result STAGE NAME STATUS SECONDS [WORDS]: one line on the terminal, one in each report
result() {
    stage=$1 name=$2 status=$3 seconds=$4
    shift 4
    case $status in
    ok) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
    printf '%-8s %-14s %s %s\n' "$status" "$stage" "$name" "$*"
    say "| $stage | $name | $status | $seconds s | $* |"
    words=$(printf '%s' "$*" | tr '\n\t"\\' "  ''")
    printf '{"stage": "%s", "name": "%s", "status": "%s", "seconds": %s, "words": "%s"}\n' \
        "$stage" "$name" "$status" "$seconds" "$words" >> "$work/rows"
}

# try STAGE NAME COMMAND...: its output is kept beside the report
try() {
    stage=$1 name=$2
    shift 2
    log=$report/$stage-$name.txt
    began=$(date +%s)
    if "$@" > "$log" 2>&1; then
        result "$stage" "$name" ok $(($(date +%s) - began)) "$(tail -n 1 "$log" | cut -c1-120)"
        return 0
    else
        code=$?
        result "$stage" "$name" "FAILED" $(($(date +%s) - began)) \
            "exit $code: $(tail -n 1 "$log" | cut -c1-120)"
        return $code
    fi
}

# Every fp32 product in fp32, whatever the library would like: what fp32 tolerances are for.
strictly() { NVIDIA_TF32_OVERRIDE=0 "$@"; }

say "# gan.c on a GPU, $(date -u +'%Y-%m-%d %H:%M') UTC"
say ""
[ "${GAN_CHECK_SIMULATED:-0}" = 1 ] && say "**Simulated device: this report proves nothing about a GPU.**" && say ""
say "Revision $(git rev-parse --short HEAD 2> /dev/null || echo unknown)$(git diff --quiet 2> /dev/null || echo ', changed')."
say ""
say '```'
{ nvidia-smi 2>&1 || echo "no nvidia-smi"; } | head -n 20 >> "$md"
"$gan" doctor >> "$md" 2>&1
doctor=$?
say '```'
say ""
if [ $doctor -ne 0 ]; then
    cat "$md"
    echo "check-gpu: no GPU can be used here"
    exit 69
fi
say "| stage | what | result | time | |"
say "|---|---|---|---|---|"

# The catalogue's entry of this device.
if "$build/tests/gpu/device_facts" > "$report/device.json" 2> "$work/err"; then
    try catalogue device python3 tests/gpu/compare_device.py "$report/device.json" data/gpus.json
else
    result catalogue device skipped 0 "$(head -n 1 "$work/err")"
fi

# Every op against the double-precision reference.
for source in tests/ops/test_*.c; do
    test=$(basename "$source" .c)
    [ "$test" = test_cpu_backend ] && continue
    [ -x "$build/tests/ops/$test" ] && try ops "$test" strictly "$build/tests/ops/$test"
done

# The backend as a whole: state, streaming, 16 bits.
for source in tests/cuda/test_*.c; do
    test=$(basename "$source" .c)
    [ -x "$build/tests/cuda/$test" ] && try backend "$test" "$build/tests/cuda/$test"
done

# Trajectories of Keras and PyTorch, in each precision that the device has.
for trace in tests/golden/*.safetensors; do
    name=$(basename "$trace" .safetensors)
    for precision in strict tf32 bf16 fp16; do
        if "$gan" verify "$trace" --device cuda --precision "$precision" --steps 1 2>&1 |
            grep -q "cannot train in $precision"; then
            result trace "$name-$precision" skipped 0 "the device has no $precision"
        else
            try trace "$name-$precision" "$gan" verify "$trace" --device cuda --precision "$precision"
        fi
    done
done

# A run in one piece, and one that is killed and resumed: the same bytes.
train() { # train OUTDIR STEPS [FLAGS]
    folder=$1 steps=$2
    shift 2
    "$gan" train --net tiny --data digits --limit 2000 --batch-size 32 --device cuda --seed 3 \
        --outdir "$folder" --steps "$steps" --sample-every 0 --quiet "$@"
}
resume_check() {
    train "$work/whole" 60 --save-every 60 || return 1
    train "$work/parts" 25 --save-every 5 || return 1
    train "$work/parts" 60 --save-every 60 --resume auto || return 1
    for file in "$work"/whole/*/checkpoints/step-00000060.safetensors; do
        cmp "$file" "$work"/parts/*/checkpoints/step-00000060.safetensors || return 1
    done
    echo "60 steps, and 25 + 35 steps: the same checkpoint"
}
try resume exact resume_check
try repeat same-bits sh -c "
    '$gan' train --net $net --data digits --limit 2000 --device cuda --steps 20 --seed 5 --quiet \
        --sample-every 0 --outdir '$work/first' && \
    '$gan' train --net $net --data digits --limit 2000 --device cuda --steps 20 --seed 5 --quiet \
        --sample-every 0 --outdir '$work/second' && \
    cmp '$work'/first/*/checkpoints/*20.safetensors '$work'/second/*/checkpoints/*20.safetensors && \
    echo 'two runs, the same bytes'"

# True nodes of the step's graph; the library calls of a launch list are more than one each.
try graph nodes sh -c "GAN_DEBUG_GRAPH=1 '$gan' train --net $net --data digits --limit 600 --device cuda \
    --steps 1 --sample-every 0 --outdir '$work/nodes' 2>&1 | grep 'graph nodes'"

# compute-sanitizer on the kernels (the libraries' own findings are not ours to mend).
if [ "${GAN_CHECK_SHORT:-0}" = 1 ]; then
    result sanitizer all skipped 0 "GAN_CHECK_SHORT"
elif command -v compute-sanitizer > /dev/null 2>&1; then
    for tool in memcheck racecheck initcheck synccheck; do
        for test in test_adam test_batch_norm test_bias_leaky_dropout test_gather test_loss \
            test_norm test_noise test_row_dot test_stat_update test_tanh; do
            try "$tool" "$test" timeout 120 compute-sanitizer --tool "$tool" --error-exitcode 9 \
                "$build/tests/ops/$test"
        done
    done
else
    result sanitizer all skipped 0 "compute-sanitizer is not installed"
fi

# Speed, alone and beside PyTorch.
if [ "${GAN_CHECK_SHORT:-0}" = 1 ]; then
    result bench all skipped 0 "GAN_CHECK_SHORT"
else
    for precision in fp32 bf16 fp16; do
        try bench "sweep-$precision" "$gan" bench --device cuda --net dcgan-mnist --precision "$precision" \
            --batch-sizes 32,64,128,256,512 --markdown
    done
    try bench profile "$gan" bench --device cuda --net dcgan-mnist --batch-sizes 256 --profile
    python=${GAN_PEER_PYTHON:-build/peers/pytorch/bin/python}
    if "$python" -c 'import torch; assert torch.cuda.is_available()' > /dev/null 2>&1; then
        for mode in eager compile graphs; do
            try peer "pytorch-$mode" timeout 200 "$python" bench/peers/pytorch_step.py \
                --batch-size 256 --mode "$mode"
        done
    else
        result peer pytorch skipped 0 "no PyTorch with CUDA (sh bench/peers/setup.sh, GAN_PEER_PYTHON)"
    fi
fi

say ""
say "$passed passed, $failed failed, $skipped skipped"
for log in "$report"/catalogue-device.txt "$report"/bench-*.txt "$report"/peer-*.txt; do
    if [ -f "$log" ]; then
        say ""
        say "## $(basename "$log" .txt)"
        say ""
        cat "$log" >> "$md"
    fi
done
{
    printf '{"simulated": %s, "passed": %d, "failed": %d, "skipped": %d, "results": [\n' \
        "$([ "${GAN_CHECK_SIMULATED:-0}" = 1 ] && echo true || echo false)" "$passed" "$failed" "$skipped"
    sed '$!s/$/,/' "$work/rows"
    printf ']}\n'
} > "$json"
echo "$passed passed, $failed failed, $skipped skipped: $md"
[ "$failed" -eq 0 ]
