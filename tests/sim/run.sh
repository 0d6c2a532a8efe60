#!/bin/sh
# run.sh — the simulated device's tests, built in $BUILD: one line each, then the sum.
#   sh tests/sim/run.sh plain|tsan|asan     how $BUILD was compiled; mk/sim.mk says what each is for
set -u
build=${BUILD:?set BUILD to the build folder}
kind=$1
passed=0 failed=0 names=""
log=$build/tests/log/sim
mkdir -p "$log"
export BUILD
GAN_TEST_BACKEND=cuda
GAN_CUDA_PLUGIN=$build/gan-cuda-sim.so
GAN_CUDNN_CACHE=
TSAN_OPTIONS=atexit_sleep_ms=0
export GAN_TEST_BACKEND GAN_CUDA_PLUGIN GAN_CUDNN_CACHE TSAN_OPTIONS
# kernels are the same for every type, and ThreadSanitizer forty times slower
[ "$kind" != tsan ] || export GAN_TEST_FP32_ONLY=1
case $GAN_CUDA_PLUGIN in /*) ;; *) GAN_CUDA_PLUGIN=$PWD/$GAN_CUDA_PLUGIN ;; esac

run() { # run NAME COMMAND...: its output is shown when it fails, and its lines of "largest" anyway
    name=$1; shift
    if "$@" > "$log/$name.txt" 2>&1; then
        passed=$((passed + 1)); echo "ok      sim $kind $name"
    else
        failed=$((failed + 1)); names="$names $name"; echo "FAILED  sim $kind $name"
        tail -n 40 "$log/$name.txt"
    fi
    sed -n 's/^ok largest/        largest/p' "$log/$name.txt"
}

# An op test whose cases go to the backend that was asked for; the others are the CPU's alone.
goes_to_backend() {
    grep -qE 'op_case_check\(|conv_check_shapes\(|op_backend\(\)->name' "$1"
}

# What ThreadSanitizer, forty times slower, does without, its kernels being in every trace and its
# streams in the trainings: an op test of four minutes, networks of the whole language, the tests that
# repeat whole trainings (two), and traces in TF32, whose kernels are those of strict.
left_out() {
    [ "$kind" = tsan ] && case $1 in
    test_bias_leaky_dropout | test_language | test_cuda_* | tf32) true ;;
    *) false ;;
    esac
}

for test in tests/ops/test_*.c tests/cuda/test_*.c; do
    name=$(basename "$test" .c)
    case $test in tests/ops/*) goes_to_backend "$test" || continue ;; esac
    left_out "$name" || run "$name" "$build/${test%.c}"
done
run defects sh tests/sim/defects.sh "$build/sim/defects" "$kind"
sed -n 's/^caught  /        caught /p' "$log/defects.txt"

# What a trace is compared with is computed on the host, by GNU's OpenMP, whose barriers ThreadSanitizer
# does not see: one thread of it then.
[ "$kind" != tsan ] || threads="--threads 1"
for trace in tests/golden/*.safetensors; do
    for precision in strict tf32 bf16 fp16; do
        # traces of twenty steps in one precision where sanitizers slow them down: kernels as in others
        case $kind:$trace:$precision in
        plain:* | *:strict) ;;
        *:tests/golden/loss_* | *:tests/golden/schedule_* | *:*_r3.safetensors:* | *:*r3gan*) continue ;;
        esac
        # refused: the squares of a penalty do not fit fp16
        [ $precision = fp16 ] && head -c 8192 "$trace" | grep -aqE '\\n  r[12]: ' && continue
        left_out $precision || run "verify-$(basename "$trace" .safetensors)-$precision" \
            "$build/gan" verify "$trace" --device cuda --precision $precision --quiet ${threads:-}
    done
done
if [ "$kind" = plain ]; then
    # a T4 has neither bf16 nor TF32, nor cuDNN's batch normalization
    for name in cuda/test_cuda_half cuda/test_cuda_memory cuda/test_cuda_step ops/test_ways ops/test_conv; do
        run "t4-$(basename "$name")" env GAN_SIM_ARCH=75 "$build/tests/$name"
    done
    # operands where no two elements can be accessed at once
    for op in add tanh sigmoid scale_rows row_dot ema matmul adam conv not_finite; do
        for operands in i o; do
            run "shifted-$operands-$op" env GAN_TEST_SHIFT=$operands "$build/tests/ops/test_$op"
        done
    done
    run training sh tests/sim/test_training.sh
    run killed sh tests/sim/test_killed.sh
    run resumed sh tests/sim/test_resumed.sh
    run faults sh tests/sim/test_faults.sh
    run memory sh tests/sim/test_memory.sh
    run doctor sh tests/sim/test_doctor.sh
    run check-gpu sh tests/sim/test_check_gpu.sh
else
    run training sh tests/sim/test_training.sh short
fi
echo "$passed passed, $failed failed${names:+:$names}"
[ "$failed" -eq 0 ]
